"""Reading what users bring: files of alphas, and models by name."""

from __future__ import annotations

import csv
import functools
import importlib
import importlib.machinery
import io
import json
import os
import shlex
import signal
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import numpy as np

from .numerics.files import read_file
from .numerics.models import AnyModel, CheckedModel, is_model
from .numerics.networks.quadratic import QuadraticNetwork
from .numerics.users_code import users_code
from .theory.errors import InvalidArgumentError, ModelError
from .theory.quadratic_classifier import QuadraticClassifier
from .theory.validation import FloatArray

ALPHA_FORMATS = (".npy", ".npz", ".csv", ".json")


def load_alphas(path: str | Path) -> FloatArray:
    """Alphas, shape (dim,), from a file with one array of at least two finite numbers.

    Parameters
    ----------
    path
        ``.npy``; ``.npz`` or ``.json`` with one array; ``.csv`` with one column, or with a second column named
        "count" that says how often each alpha occurs (a histogram). Lines of a csv that begin with "#" are comments,
        and one header line is allowed.

    Returns
    -------
    ndarray
        Float64, shape (dim,); the numbers of the file, exact.

    Raises
    ------
    InvalidArgumentError
        The file is missing, of another kind, holds no or several arrays, or numbers that are not finite.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from adversarial_spheres import load_alphas
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "alphas.csv")
    ...     _ = file.write_text("alpha,count\\n0.7,2\\n1.1,1\\n")
    ...     load_alphas(file).tolist()
    [0.7, 0.7, 1.1]
    """
    file = Path(path)
    readers = {".npy": _from_npy, ".npz": _from_npz, ".csv": _from_csv, ".json": _from_json}
    if file.suffix.lower() not in readers:
        raise InvalidArgumentError("alphas", str(path), f"a file that ends in one of {', '.join(ALPHA_FORMATS)}")
    data = read_file(path, name="alphas")
    try:
        values = readers[file.suffix.lower()](data, file)
    except InvalidArgumentError:
        raise
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise InvalidArgumentError("alphas", str(path), f"a {file.suffix} file with one array of numbers") from error
    return check_alphas(values, source=str(path))


def check_alphas(values: object, *, source: str = "alphas") -> FloatArray:
    """Return alphas as a float64 array of shape (dim,), at least two finite numbers."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InvalidArgumentError("alphas", source, "one array of numbers, not nested lists") from error
    if array.dtype.kind not in "iuf" or array.ndim != 1 or array.size < 2:
        raise InvalidArgumentError(
            "alphas", f"{source}: shape {array.shape}, type {array.dtype}", "one array of at least two real numbers"
        )
    alphas = array.astype(np.float64)
    bad = ~np.isfinite(alphas)
    if np.any(bad):
        index = int(np.argmax(bad))
        raise InvalidArgumentError("alphas", f"{source}: {alphas[index]} at index {index}", "finite numbers")
    return alphas


def paper_alphas() -> FloatArray:
    """The 500 alphas of figure 3 (left) of [Gil2018], read off the published histogram to its bin width (0.0392).

    Returns
    -------
    ndarray
        Float64, shape (500,), in rising order; estimates: each is the middle of its bin.

    Examples
    --------
    >>> from adversarial_spheres import paper_alphas
    >>> alphas = paper_alphas()
    >>> alphas.shape, float(alphas.min()), float(alphas.max())
    ((500,), 0.0196, 1.9404)
    >>> int(((alphas < 1 / 1.3**2) | (alphas > 1)).sum())  # wrong, for the outer radius 1.3
    390
    """
    with resources.as_file(resources.files("adversarial_spheres") / "data" / "paper_alphas.csv") as path:
        return load_alphas(path)


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
    if isinstance(found, QuadraticNetwork | QuadraticClassifier | CheckedModel):
        return found
    if is_model(found) and not isinstance(found, type):
        return CheckedModel(found)  # type: ignore[arg-type]
    if callable(found) and not isinstance(found, type):
        from .numerics.adapters import from_callable

        return from_callable(found)
    allowed = "an object with logits or labels, or a function that returns logits"
    raise ModelError("model", f"{reference}, {type(found).__name__}", allowed)


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


def _from_npy(data: bytes, file: Path) -> object:
    return np.load(io.BytesIO(data), allow_pickle=False)


def _from_npz(data: bytes, file: Path) -> object:
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        if len(archive.files) != 1:
            raise InvalidArgumentError("alphas", f"{file}: arrays {archive.files}", "a file with exactly one array")
        return archive[archive.files[0]]


def _from_json(data: bytes, file: Path) -> object:
    content = json.loads(data.decode("utf-8"))
    if isinstance(content, dict):
        if len(content) != 1:
            raise InvalidArgumentError("alphas", f"{file}: keys {sorted(content)}", "a file with exactly one array")
        content = next(iter(content.values()))
    return content


def _from_csv(data: bytes, file: Path) -> object:
    text = io.StringIO(data.decode("utf-8"), newline="")
    lines = [line for line in text if line.strip() and not line.lstrip().startswith("#")]
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines)]
    header = rows.pop(0) if rows and not _is_number(rows[0][0]) else []
    if len(rows) == 1 and not header:
        return [float(cell) for cell in rows[0]]
    widths = {len(row) for row in rows}
    if widths == {1}:
        return [float(row[0]) for row in rows]
    if widths == {2} and [name.lower() for name in header[1:]] == ["count"]:
        return np.repeat([float(row[0]) for row in rows], [int(row[1]) for row in rows])
    raise InvalidArgumentError(
        "alphas", f"{file}: {sorted(widths)} columns", 'one column, or two of which the second is "count"'
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
