"""What ``MODULE:NAME`` names in the code of users; MODULE is looked up in the working directory, too.

While the module is imported, ``sys.argv`` holds its file alone, and the working directory is the first place to import
from; it stays the last one, for modules that its functions import when they are called.
"""

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

from ...theory.basics.arguments import check_instance
from ...theory.basics.errors import InvalidArgumentError
from .users_code import users_code

__all__ = ["named_object"]


def named_object(reference: str, name: str = "model") -> object:
    """The object that a reference names.

    Parameters
    ----------
    reference
        A module that can be imported, a colon, and the name of something in it (dots reach into it).
    name
        Of the argument, for messages.

    Raises
    ------
    InvalidArgumentError
        Module or name do not exist, importing raises or ends the process (SystemExit); the message says which. So does
        a module of that name that this process has imported from another file than the one found now: it would be the
        one used, silently.

    Notes
    -----
    What Ctrl-C and NumPy's floating-point errors do is afterwards as it was. A module that calls ``os._exit`` or kills
    the process cannot be stopped.

    Examples
    --------
    >>> named_object("math:hypot")(3.0, 4.0)
    5.0
    """
    check_instance(name, reference, str, "text of the form MODULE:NAME")
    module_name, colon, place = reference.partition(":")
    if not (colon and module_name and place):
        raise InvalidArgumentError(name, reference, "of the form MODULE:NAME")
    if "/" in module_name or os.sep in module_name or module_name.endswith(".py"):
        hint = f"{_module_of(module_name)}:{place}"
        raise InvalidArgumentError(name, reference, f"of the form MODULE:NAME ({hint} for that file)")
    with _as_it_would_run_alone(module_name, name):
        _check_same_file(module_name.partition(".")[0], reference, name)
        with users_code(name, "in a module that can be imported", about=reference):
            module = importlib.import_module(module_name)
    with users_code(name, "something that exists", about=reference):
        return functools.reduce(getattr, place.split("."), module)


def _module_of(path: str) -> str:
    """The module that a path to a file means."""
    *folders, stem = Path(os.path.relpath(path.removesuffix(".py") or ".")).parts or ("",)
    if ".." in folders:
        return f"after cd {shlex.quote(str(Path(path).parent))}, {stem}"
    return ".".join([*folders, stem])


@contextmanager
def _as_it_would_run_alone(module_name: str, name: str) -> Iterator[None]:
    """The working directory first on the path, no arguments of ours, and afterwards what Python was set to before.

    The directory stays on the path, at its end: a function may import what lies beside its file when it is called.
    """
    directory, argv, path = _working_directory(name), sys.argv, list(sys.path)
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


def _working_directory(name: str) -> str:
    try:
        return str(Path.cwd())
    except OSError as error:
        raise InvalidArgumentError(name, error.strerror, "looked for from a working directory that exists") from error


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


def _check_same_file(package: str, reference: str, name: str) -> None:
    """What is imported already hides a module of the same name elsewhere, whose errors would never be looked at."""
    imported = getattr(sys.modules.get(package), "__file__", None)
    if imported is None:
        return
    found = importlib.machinery.PathFinder.find_spec(package)
    if found is None or not found.has_location or found.origin is None:
        return
    if Path(found.origin).resolve() != Path(imported).resolve():
        allowed = f"in a module of another name ({package} is {found.origin} here, and was imported from {imported})"
        raise InvalidArgumentError(name, reference, allowed)
