"""Reading what users bring: models by name, and files of alphas (:mod:`~.numerics.storage.alphas`)."""

from __future__ import annotations

from .numerics.models.adapters import as_model
from .numerics.models.checked import AnyModel
from .numerics.models.references import named_object
from .numerics.models.users_code import users_code
from .numerics.networks.quadratic import QuadraticNetwork
from .theory.basics.errors import ModelError
from .theory.quadratic.classifier import QuadraticClassifier

__all__ = ["load_model"]


def load_model(reference: str) -> AnyModel:
    """The model that ``MODULE:NAME`` names; MODULE is looked up in the working directory, too.

    Parameters
    ----------
    reference
        A module that can be imported, a colon, and the name of something in it (dots reach into it): an object with a
        method ``logits`` or ``labels``, a function of points (n, dim) that returns logits (n,), a PyTorch module, or a
        fitted classifier of scikit-learn.

    Returns
    -------
    model
        A quadratic network or classifier as it is, since its errors are computed exactly; anything else checked.

    Raises
    ------
    InvalidArgumentError
        Module or name do not exist, importing raises or ends the process (SystemExit), or what is found is no model;
        the message says which. So does a module of that name that this process has imported from another file than
        the one found now: it would be the one used, silently.

    Notes
    -----
    While the module is imported, ``sys.argv`` holds its file alone, and the working directory is the first place to
    import from; it stays the last one, for modules that its functions import when they are called. What Ctrl-C and
    NumPy's floating-point errors do is afterwards as it was. A module that calls ``os._exit`` or kills the process
    cannot be stopped.

    Examples
    --------
    >>> import tempfile
    >>> from contextlib import chdir
    >>> from pathlib import Path
    >>> from adversarial_spheres import load_model
    >>> with tempfile.TemporaryDirectory() as folder, chdir(folder):
    ...     _ = Path("cap_at_tenth.py").write_text("def logits(points):\\n    return points[:, 0] - 0.1\\n")
    ...     model = load_model("cap_at_tenth:logits")
    >>> model.logits([[0.3, 0.4]])
    array([0.2])
    """
    found = named_object(reference)
    with users_code("model", "something that exists", about=reference):
        return _model(found, reference)


def _model(found: object, reference: str) -> AnyModel:
    if isinstance(found, QuadraticNetwork | QuadraticClassifier):
        return found
    try:
        return as_model(found)
    except ModelError as error:
        raise ModelError("model", f"{reference}: {error.value}", error.allowed) from error
