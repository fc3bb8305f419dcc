"""Reading what users bring: models by name, and files of alphas (:mod:`~.numerics.storage.alphas`)."""

from __future__ import annotations

import functools
import importlib
import importlib.machinery
import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .numerics.models.adapters import as_model
from .numerics.models.checked import AnyModel
from .numerics.models.users_code import users_code
from .numerics.networks.quadratic import QuadraticNetwork
from .theory.basics.arguments import check_instance
from .theory.basics.errors import InvalidArgumentError, ModelError
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
    check_instance("model", reference, str, "text of the form MODULE:NAME")
    module_name, colon, name = reference.partition(":")
    if not (colon and module_name and name):
        raise InvalidArgumentError("model", reference, "of the form MODULE:NAME")
    if "/" in module_name or os.sep in module_name or module_name.endswith(".py"):
        hint = f"{_module_of(module_name)}:{name}"
        raise InvalidArgumentError("model", reference, f"of the form MODULE:NAME ({hint} for that file)")
    with _as_it_would_run_alone(module_name):
        _check_same_file(module_name.partition(".")[0], reference)
        with users_code("model", "in a module that can be imported", about=reference):
            module = importlib.import_module(module_name)
    with users_code("model", "something that exists", about=reference):
        return _model(functools.reduce(getattr, name.split("."), module), reference)


def _module_of(path: str) -> str:
    """The module that a path to a file means."""
    *folders, stem = Path(os.path.relpath(path.removesuffix(".py") or ".")).parts or ("",)
    if ".." in folders:
        return f"after cd {shlex.quote(str(Path(path).parent))}, {stem}"
    return ".".join([*folders, stem])


def _model(found: object, reference: str) -> AnyModel:
    if isinstance(found, QuadraticNetwork | QuadraticClassifier):
        return found
    try:
        return as_model(found)
    except ModelError as error:
        raise ModelError("model", f"{reference}: {error.value}", error.allowed) from error


@contextmanager
def _as_it_would_run_alone(module_name: str) -> Iterator[None]:
    """The working directory first on the path, no arguments of ours, and afterwards what Python was set to before.

    The directory stays on the path, at its end: a function may import what lies beside its file when it is called.
    """
    directory, argv, path = _working_directory(), sys.argv, list(sys.path)
    sys.argv = [_file_of(module_name, directory)]
    sys.path.insert(0, directory)
    importlib.invalidate_caches()
    try:
        with _ctrl_c_unchanged():
            yield
    finally:
        sys.argv = argv
        added = [place for place in (*sys.path, directory) if place not in path]
        sys.path[:] = [*path, *dict.fromkeys(added)]


def _working_directory() -> str:
    try:
        return str(Path.cwd())
    except OSError as error:
        raise InvalidArgumentError(
            "model", error.strerror, "looked for from a working directory that exists"
        ) from error


def _file_of(module_name: str, directory: str) -> str:
    """What would stand in ``sys.argv`` if a module were the main program."""
    place = Path(directory, *module_name.split("."))
    return str(place / "__main__.py" if place.is_dir() else place.with_name(f"{place.name}.py"))


@contextmanager
def _ctrl_c_unchanged() -> Iterator[None]:
    """What Ctrl-C does stays as it was, in the one thread that may set it."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if before is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


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
