"""Reading what users bring: models by name, data points, and files of alphas (:mod:`~.numerics.storage.alphas`)."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

from .numerics.models.adapters import as_model
from .numerics.models.checked import AnyModel
from .numerics.models.references import named_object
from .numerics.models.users_code import users_code
from .numerics.networks.quadratic import QuadraticNetwork
from .numerics.storage.arrays import read_npy
from .numerics.storage.files import check_path, read_file
from .theory.basics.errors import InvalidArgumentError, ModelError
from .theory.basics.validation import FloatArray, check_finite
from .theory.quadratic.classifier import QuadraticClassifier

__all__ = ["load_centre", "load_model", "load_named"]

MAX_CENTRE_BYTES = 2**30
Found = TypeVar("Found")


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
    return load_named(reference, lambda found: _model(found, reference))


def load_named(reference: str, use: Callable[[Any], Found]) -> Found:
    """What ``use`` makes of the object that ``MODULE:NAME`` names, which is otherwise left as it is.

    Parameters, errors and notes as for :func:`load_model`; what ``use`` raises is the user's code's error, too.

    Examples
    --------
    >>> load_named("math:pi", lambda number: round(number, 2))
    3.14
    """
    found = named_object(reference)
    with users_code("model", "something that exists", about=reference, passing=InvalidArgumentError):
        return use(found)


def load_centre(path: str | os.PathLike[str]) -> FloatArray:
    """A data point, of any shape, from a ``.npy`` file of finite numbers.

    Parameters
    ----------
    path
        Of at most 1 GiB.

    Returns
    -------
    ndarray
        Float64.

    Raises
    ------
    InvalidArgumentError
        The file is missing or another one, or a number in it is not finite.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(Path(folder, "image.npy"), np.zeros((28, 28)))
    ...     load_centre(Path(folder, "image.npy")).shape
    (28, 28)
    """
    file = check_path(path, name="centre")
    data = read_file(file, name="centre", limit=MAX_CENTRE_BYTES)
    try:
        array = read_npy(data)
    except ValueError as error:
        raise InvalidArgumentError("centre", str(file), f"a .npy file with one array of numbers ({error})") from error
    return check_finite("centre", array)


def _model(found: object, reference: str) -> AnyModel:
    if isinstance(found, QuadraticNetwork | QuadraticClassifier):
        return found
    try:
        return as_model(found)
    except ModelError as error:
        raise ModelError("model", f"{reference}: {error.value}", error.allowed) from error
