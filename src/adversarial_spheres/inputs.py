"""Reading what users bring: files of alphas."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from importlib import resources
from pathlib import Path

import numpy as np

from .theory.errors import InvalidArgumentError
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

    Raises
    ------
    InvalidArgumentError
        The file is missing, of another kind, holds no or several arrays, or numbers that are not finite.
    """
    file = Path(path)
    readers = {".npy": _from_npy, ".npz": _from_npz, ".csv": _from_csv, ".json": _from_json}
    if file.suffix.lower() not in readers:
        raise InvalidArgumentError("alphas", str(path), f"a file that ends in one of {', '.join(ALPHA_FORMATS)}")
    try:
        values = readers[file.suffix.lower()](file)
    except InvalidArgumentError:
        raise
    except OSError as error:
        raise InvalidArgumentError("alphas", str(path), f"a file that can be read ({error.strerror})") from error
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
    """The 500 alphas of figure 3 (left) of [Gil2018], read off the published histogram to its bin width (0.0392)."""
    with resources.as_file(resources.files("adversarial_spheres") / "data" / "paper_alphas.csv") as path:
        return load_alphas(path)


def _from_npy(file: Path) -> object:
    return np.load(io.BytesIO(file.read_bytes()), allow_pickle=False)


def _from_npz(file: Path) -> object:
    # Read first: NumPy leaves the file open where its content is damaged.
    with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as archive:
        if len(archive.files) != 1:
            raise InvalidArgumentError("alphas", f"{file}: arrays {archive.files}", "a file with exactly one array")
        return archive[archive.files[0]]


def _from_json(file: Path) -> object:
    content = json.loads(file.read_text(encoding="utf-8"))
    if isinstance(content, dict):
        if len(content) != 1:
            raise InvalidArgumentError("alphas", f"{file}: keys {sorted(content)}", "a file with exactly one array")
        content = next(iter(content.values()))
    return content


def _from_csv(file: Path) -> object:
    with file.open(encoding="utf-8", newline="") as stream:
        lines = [line for line in stream if line.strip() and not line.lstrip().startswith("#")]
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
