"""Reading files of alphas: each number of the file is taken as it is, or the file is refused with the place in it."""

from __future__ import annotations

import csv
import io
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import resources
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray
from .arrays import NPY_MAGIC, ZIP_MAGIC, read_npy, read_npz
from .files import check_path, read_file
from .strict_json import exact_number, read_json, shown

MAX_BYTES = 2**30
"""Of the file, and of what it unfolds to."""
MAX_TEXT_BYTES = 2**25
"""Of a file of text, whose numbers take many times the memory of their characters as they are read."""
MAX_ALPHAS = MAX_BYTES // 8
Row: TypeAlias = tuple[int, list[str]]
"""Number of a line, and its cells."""


def load_alphas(path: str | os.PathLike[str]) -> FloatArray:
    """Alphas, shape (dim,), from a file with one array of at least two finite numbers.

    Parameters
    ----------
    path
        ``.npy``; ``.npz`` or ``.json`` with one array; ``.csv`` with one column, or with a second column named
        "count" that says how often each alpha occurs (a histogram). Text is UTF-8. Lines of a csv that begin with "# "
        are comments; its first line may be one of names, such as "alpha": words without digits. At most 1 GiB, files of
        text 32 MiB, and no more than 134,217,728 alphas.

    Returns
    -------
    ndarray
        Float64, shape (dim,); the numbers of the file, exact: decimals and longer floats as the nearest double.

    Raises
    ------
    InvalidArgumentError
        The file is missing, too large, of another kind, holds no or several arrays; or something in it is no finite
        number or cannot be kept as one: it would become zero or infinite, or is an integer that no double holds. The
        message names the line and the cell, or the index.

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
    return load_numbers(path, name="alphas", minimum=2)


def load_numbers(path: str | os.PathLike[str], *, name: str, minimum: int) -> FloatArray:
    """Numbers from a file as :func:`load_alphas` reads it, under another name and of another least number.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "weights.json")
    ...     _ = file.write_text("[0.5]")
    ...     load_numbers(file, name="weights", minimum=1).tolist()
    [0.5]
    """
    file = check_path(path, name=name)
    suffix = file.suffix.lower()
    if suffix not in _READERS:
        raise InvalidArgumentError(name, str(file), f"a file that ends in one of {', '.join(_READERS)}")
    data = read_file(file, name=name, limit=MAX_TEXT_BYTES if suffix in (".csv", ".json") else MAX_BYTES)
    try:
        values = _READERS[suffix](data)
    except ValueError as error:
        allowed = f"a {suffix} file with one array of at least {_WORDS[minimum]} ({error})"
        raise InvalidArgumentError(name, str(file), allowed) from error
    return check_alphas(values, source=str(file), name=name, minimum=minimum)


def check_alphas(values: object, *, source: str = "alphas", name: str = "alphas", minimum: int = 2) -> FloatArray:
    """Return alphas as a float64 array of shape (dim,): at least two finite numbers, each of them kept.

    Raises
    ------
    InvalidArgumentError
        They are of another shape or type, masked or too many, or one is not finite or would be another number as a
        double.

    Examples
    --------
    >>> check_alphas([1, 0.5]).tolist()
    [1.0, 0.5]
    """
    try:
        array = np.asanyarray(values)
    except ValueError as error:
        raise InvalidArgumentError(name, source, "one array of numbers, not nested lists") from error
    if isinstance(array, np.ma.MaskedArray):
        raise InvalidArgumentError(name, source, "one array without a mask: fill masked entries, or leave them out")
    if array.dtype.kind not in "iuf":
        entries = _ENTRIES.get(array.dtype.kind, str(array.dtype))
        raise InvalidArgumentError(name, source, f"one array of real numbers, not of {entries}")
    if array.ndim != 1 or not minimum <= array.size <= MAX_ALPHAS:
        allowed = f"one array of {minimum} to {MAX_ALPHAS:,} real numbers, of shape (dim,)"
        raise InvalidArgumentError(name, f"{source}: shape {array.shape}", allowed)
    with np.errstate(over="ignore"):
        alphas: FloatArray = np.array(array, dtype=np.float64, subok=False)
    bad = ~np.isfinite(alphas)
    bad |= _is_changed(np.asarray(array), alphas)
    if np.any(bad):
        index = int(np.argmax(bad))
        allowed = "finite numbers that doubles hold: integers exactly, none so small or large that digits are lost"
        raise InvalidArgumentError(name, f"{source}: {array[index]} at index {index}", allowed)
    return alphas


_WORDS = {1: "one finite number", 2: "two finite numbers"}
_ENTRIES = {"b": "truth values", "c": "complex numbers", "O": "Python objects", "S": "bytes", "U": "words", "V": "rows"}


def _is_changed(numbers: NDArray[Any], doubles: FloatArray) -> NDArray[np.bool_]:
    """Where a number has become another one, beyond the rounding of its last digits."""
    if numbers.dtype.itemsize < 8 or numbers.dtype == np.float64:
        return np.zeros(numbers.shape, dtype=np.bool_)
    if numbers.dtype.kind == "f":  # longer than doubles
        return (np.abs(doubles) < np.finfo(np.float64).tiny) & (doubles != numbers)
    beyond = (doubles >= 2.0**53) | (doubles <= -(2.0**53))
    beyond[beyond] = [int(n) != int(x) for n, x in zip(numbers[beyond], doubles[beyond], strict=True)]
    return beyond


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


def _from_npy(data: bytes) -> NDArray[Any]:
    if data.startswith(ZIP_MAGIC):
        raise ValueError("it is an archive, whose name should end in .npz")
    return read_npy(data)


def _from_npz(data: bytes) -> NDArray[Any]:
    if data.startswith(NPY_MAGIC):
        raise ValueError("it is a single array, whose name should end in .npy")
    return _only(read_npz(data, limit=MAX_BYTES))


def _from_json(data: bytes) -> list[float]:
    content = read_json(data, number=exact_number)
    values = _only(content) if isinstance(content, dict) else content
    if not isinstance(values, list):
        raise ValueError("it holds no array")
    for index, value in enumerate(values):
        if type(value) is not float:
            raise ValueError(f"at index {index} there is no number but {_JSON_WORDS[type(value)]}")
    return values


_JSON_WORDS = {bool: "true or false", str: "a word", type(None): "null", list: "an array", dict: "an object"}


def _only(arrays: Mapping[str, Any]) -> Any:
    if len(arrays) != 1:
        names = ", ".join(shown(name) for name in sorted(arrays)[:4])
        raise ValueError(f"it holds {len(arrays)} ({names}), not exactly one array")
    return next(iter(arrays.values()))


def _from_csv(data: bytes) -> FloatArray | list[float]:
    rows = _rows(data)
    line, cells = next(rows, (0, []))
    names = [cell.lower() for cell in cells if _is_name(cell)]
    is_header = bool(cells) and len(names) == len(cells)
    first = [] if is_header else [_number(line, cell) for cell in cells]
    second = next(rows, None)
    if second is None:
        return first
    rest = _of_width(len(cells), itertools.chain([second], rows))
    if is_header and names[1:] == ["count"]:
        return _histogram(rest)
    if len(cells) > 1:
        raise ValueError(f'{len(cells)} columns, not one, or two with "count" above the second; decimals have a point')
    return np.fromiter(itertools.chain(first, (_number(line, cells[0]) for line, cells in rest)), dtype=np.float64)


def _rows(data: bytes) -> Iterator[Row]:
    """The lines of a csv that are neither empty nor comments."""
    try:
        text = io.StringIO(data.decode("utf-8-sig"), newline=None)
    except UnicodeDecodeError as error:
        raise ValueError(f"it is no text in UTF-8: byte {error.start + 1}") from error
    for number, line in enumerate(text, 1):
        content = line.strip()
        if content.startswith("#"):
            if _NO_COMMENT.match(content):
                raise ValueError(f"line {number}: {shown(content)} could be a lost number; a comment begins with '# '")
        elif content:
            yield number, _cells(number, content)


def _of_width(width: int, rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, each of which has so many cells."""
    for line, cells in rows:
        if len(cells) != width:
            raise ValueError(f"line {line} has {len(cells)} cells, not {width}")
        yield line, cells


_NO_COMMENT = re.compile(r"#\S*[0-9/!?]")
"""Digits, and what spreadsheets write for a number that they have lost: #N/A, #DIV/0!, #NAME?."""


def _cells(line: int, content: str) -> list[str]:
    if ";" in content or "\t" in content:
        raise ValueError(f"line {line} has ';' or a tab; commas stand between columns, a point in a decimal")
    try:
        row = next(csv.reader([content], skipinitialspace=True, strict=True)) if '"' in content else content.split(",")
    except csv.Error as error:
        raise ValueError(f"line {line}: {error}") from error
    return [cell.strip() for cell in row]


def _is_name(cell: str) -> bool:
    """Whether a cell of the first line is a name, and cannot be a number that something has happened to.

    A name begins with a letter and has no digits; one letter could be a damaged digit, and other words say that a
    number is missing.
    """
    if not cell[:1].isalpha() or any(sign.isnumeric() for sign in cell):
        return False
    return len(cell.encode("utf-8", "replace")) > 1 and cell.lower() not in _NO_NAMES


_NO_NAMES = {"nan", "inf", "infinity", "na", "n/a", "null", "none", "nil", "missing", "true", "false"}


def _number(line: int, cell: str) -> float:
    try:
        return exact_number(cell)
    except ValueError as error:
        raise ValueError(f"line {line}: {error}") from error


def _histogram(rows: Iterable[Row]) -> FloatArray:
    """Each number as often as its count says."""
    table = [(_number(line, cells[0]), _count(line, cells[1])) for line, cells in rows]
    numbers, counts = [number for number, _ in table], [count for _, count in table]
    if sum(counts) > MAX_ALPHAS:
        raise ValueError(f"its counts ask for more than {MAX_ALPHAS:,} alphas")
    return np.repeat(np.array(numbers, dtype=np.float64), counts)


def _count(line: int, cell: str) -> int:
    if not re.fullmatch("[0-9]+", cell):
        raise ValueError(f"line {line}: the count {shown(cell)} is no whole number")
    return int(cell) if len(cell) <= 18 else 10**18


_READERS: dict[str, Callable[[bytes], object]] = {
    ".npy": _from_npy,
    ".npz": _from_npz,
    ".csv": _from_csv,
    ".json": _from_json,
}
