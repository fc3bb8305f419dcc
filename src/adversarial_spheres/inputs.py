"""Reading what users bring: models by name, and files of alphas (:mod:`.alphas`)."""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from pathlib import Path

from .alphas import load_alphas, paper_alphas
from .numerics.models import AnyModel, CheckedModel, is_model
from .numerics.networks.quadratic import QuadraticNetwork
from .theory.errors import InvalidArgumentError, ModelError
from .theory.quadratic_classifier import QuadraticClassifier

__all__ = ["load_alphas", "load_model", "paper_alphas"]


def load_model(reference: str) -> AnyModel:
    """The model that ``MODULE:NAME`` names; MODULE is looked up in the working directory, too.

    Parameters
    ----------
    reference
        A module that can be imported, a colon, and the name of something in it (dots reach into it): an object with a
        method ``logits`` or ``labels``, or a function of points (n, dim) that returns logits (n,).

    Returns
    -------
    model
        A quadratic network or classifier as it is, since its errors are computed exactly; anything else checked.

    Raises
    ------
    InvalidArgumentError
        Module or name do not exist, importing raises, or what is found is no model; the message says which. So does
        a module of that name that this process has imported from another file than the one found now: it would be
        the one used, silently.

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
    module_name, colon, name = reference.partition(":")
    if not (colon and module_name and name):
        raise InvalidArgumentError("model", reference, "of the form MODULE:NAME")
    found = _import(module_name, reference)
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError as error:
            raise InvalidArgumentError("model", reference, f"something that exists: {error}") from error
    if isinstance(found, QuadraticNetwork | QuadraticClassifier | CheckedModel):
        return found
    if is_model(found) and not isinstance(found, type):
        return CheckedModel(found)  # type: ignore[arg-type]
    if callable(found) and not isinstance(found, type):
        from .numerics.adapters import from_callable

        return from_callable(found)
    allowed = "an object with logits or labels, or a function that returns logits"
    raise ModelError("model", f"{reference}, {type(found).__name__}", allowed)


def _import(module_name: str, reference: str) -> object:
    working_directory = str(Path.cwd())
    sys.path.insert(0, working_directory)
    importlib.invalidate_caches()
    try:
        _check_same_file(module_name.partition(".")[0], reference)
        return importlib.import_module(module_name)
    except InvalidArgumentError:
        raise
    except Exception as error:  # a user's module may raise anything while it is imported
        why = f"{type(error).__name__}: {error}"
        raise InvalidArgumentError("model", reference, f"in a module that can be imported ({why})") from error
    finally:
        if working_directory in sys.path:
            sys.path.remove(working_directory)


def _check_same_file(package: str, reference: str) -> None:
    """What is imported already hides a module of the same name elsewhere, whose errors would never be looked at."""
    imported = getattr(sys.modules.get(package), "__file__", None)
    if imported is None:
        return
    found = importlib.machinery.PathFinder.find_spec(package)
    if found is None or not found.has_location or found.origin is None:
        return
    if Path(found.origin).resolve() != Path(imported).resolve():
        allowed = f"in a module of another name ({package} is {found.origin} here, and was imported from {imported})"
        raise InvalidArgumentError("model", reference, allowed)
