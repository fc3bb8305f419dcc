"""Comparison of records, number by number: what differs, where, and by how much.

Two numbers differ relatively by |a - b| / max(|a|, |b|). A tolerance is relative; 0 asks for equal numbers. Of arrays
only the largest differences are told. Two NaN in the same place are equal, and so are two equal infinities. The
versions of the libraries that made the records are no part of their values.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import check_number, check_range
from .files import check_path, is_file
from .records import RECORD_FILE, load_record, load_versions

MISSING = "(missing)"


@dataclass(frozen=True)
class Difference:
    """Something that two records do not have in common.

    Parameters
    ----------
    path
        Where: "values.config.dim", "arrays.alphas".
    first, second
        What stands there, or for an array its type and shape; "(missing)" where nothing does.
    absolute, relative
        Of two numbers, the largest ones of an array; None where they cannot be told (words, NaN against a number).
    entries, where
        Of an array: how many entries differ by more than the tolerance, and the index of the largest relative
        difference (of the first one where it can't be told).
    """

    path: str
    first: Any
    second: Any
    absolute: float | None = None
    relative: float | None = None
    entries: int | None = None
    where: tuple[int, ...] | None = None


@dataclass(frozen=True)
class RecordComparison:
    """Differences of two records: beyond the tolerance, and how many numbers and arrays differ within it."""

    name: str
    versions: tuple[Mapping[str, str], Mapping[str, str]]
    differences: tuple[Difference, ...]
    within_tolerance: int


@dataclass(frozen=True)
class Comparison:
    """All records that two places have in common, and those that one of them lacks."""

    records: tuple[RecordComparison, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether nothing is missing and nothing differs by more than the tolerance."""
        return not (self.only_first or self.only_second or any(record.differences for record in self.records))


def compare(first: str | os.PathLike[str], second: str | os.PathLike[str], *, tolerance: float = 0.0) -> Comparison:
    """Compare two records, or all records below two folders that have the same relative path.

    Parameters
    ----------
    first, second
        A ``record.json``, or a folder with records in it or anywhere below it. Where one is a file, only the record of
        the other folder itself is taken.
    tolerance
        Relative, in [0, 1): differences up to it are counted only.

    Raises
    ------
    InvalidArgumentError
        One of them holds no record, or a record is damaged.

    Examples
    --------
    >>> import tempfile
    >>> from adversarial_spheres.numerics.storage.records import Record, save_record
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = [save_record(Record("length", {"meters": m}, {}), f"{folder}/{m}") for m in (1.0, 1.5)]
    ...     [difference.path for difference in compare(*paths).records[0].differences]
    ['values.meters']
    """
    places = [check_path(place, name=name) for name, place in (("first", first), ("second", second))]
    limit = float(check_range("tolerance", check_number("tolerance", tolerance), 0.0, 1.0, high_open=True))
    alone = any(is_file(place, name="record") for place in places)
    left, right = (_records_below(place, alone) for place in places)
    common = [name for name in left if name in right]
    return Comparison(
        tuple(compare_records(left[name], right[name], tolerance=limit, name=name) for name in common),
        tuple(name for name in left if name not in right),
        tuple(name for name in right if name not in left),
    )


def compare_records(first: Path, second: Path, *, tolerance: float = 0.0, name: str = "") -> RecordComparison:
    """Compare two records: their kinds, values and arrays."""
    a, b = load_record(first), load_record(second)
    found = [
        *_compare_values("kind", a.kind, b.kind),
        *_compare_values("values", a.values, b.values),
        *_compare_all_arrays(a.arrays, b.arrays, tolerance),
    ]
    beyond = tuple(difference for difference in found if _exceeds(difference, tolerance))
    return RecordComparison(name, (load_versions(first), load_versions(second)), beyond, len(found) - len(beyond))


def _records_below(place: Path, alone: bool) -> dict[str, Path]:
    if is_file(place, name="record") or (alone and is_file(place / RECORD_FILE, name="record")):
        return {".": place}
    found = {} if alone else {path.parent.relative_to(place).as_posix(): path for path in place.rglob(RECORD_FILE)}
    if not found:
        raise InvalidArgumentError("record", str(place), f"a {RECORD_FILE} or a folder with one in it")
    return dict(sorted(found.items()))


def _exceeds(difference: Difference, tolerance: float) -> bool:
    if difference.entries is not None:
        return difference.entries > 0
    return tolerance == 0.0 or difference.relative is None or difference.relative > tolerance


def _compare_values(path: str, a: Any, b: Any) -> Iterator[Difference]:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        for key in sorted({*a, *b}):
            yield from _compare_values(f"{path}.{key}", a.get(key, MISSING), b.get(key, MISSING))
    elif isinstance(a, list) and isinstance(b, list):
        for index in range(max(len(a), len(b))):
            first, second = (side[index] if index < len(side) else MISSING for side in (a, b))
            yield from _compare_values(f"{path}[{index}]", first, second)
    elif _is_number(a) and _is_number(b):
        if a != b:
            size = float(abs(a - b))
            yield Difference(path, a, b, *(None, None) if math.isinf(size) else (size, size / max(abs(a), abs(b))))
    elif a != b or type(a) is not type(b):
        yield Difference(path, a, b)


def _is_number(value: Any) -> bool:
    # Integers beyond the doubles have no relative difference: they are compared as words are.
    return isinstance(value, float) or (isinstance(value, int) and type(value) is not bool and abs(value) < 2**1023)


def _compare_all_arrays(
    a: Mapping[str, NDArray[Any]], b: Mapping[str, NDArray[Any]], tolerance: float
) -> Iterator[Difference]:
    for name in sorted({*a, *b}):
        path = f"arrays.{name}"
        if name in a and name in b:
            yield from _compare_arrays(path, a[name], b[name], tolerance)
        else:
            yield Difference(path, _describe(a.get(name)), _describe(b.get(name)))


def _describe(array: NDArray[Any] | None) -> str:
    return MISSING if array is None else f"{array.dtype.name} {list(array.shape)}"


def _compare_arrays(path: str, a: NDArray[Any], b: NDArray[Any], tolerance: float) -> Iterator[Difference]:
    what = Difference(path, _describe(a), _describe(b))
    words = a.dtype.kind == b.dtype.kind == "U"
    if a.shape != b.shape or (a.dtype != b.dtype and not words):
        yield what
        return
    unequal = np.asarray(a != b)
    if a.dtype.kind == "f":
        unequal &= ~(np.isnan(a) & np.isnan(b))
    if unequal.any():
        yield replace(what, **(_sizes_of(a, b, unequal, tolerance) if a.dtype.kind in "iuf" else _count(unequal)))


def _count(unequal: NDArray[np.bool_]) -> dict[str, Any]:
    return {"entries": int(unequal.sum()), "where": _index(unequal)}


def _sizes_of(a: NDArray[Any], b: NDArray[Any], unequal: NDArray[np.bool_], tolerance: float) -> dict[str, Any]:
    absolute, relative = _sizes(a, b, unequal)
    beyond = unequal & (relative > tolerance) if tolerance > 0.0 else unequal
    largest = {"absolute": float(absolute.max()), "relative": float(relative.max())}
    found: dict[str, Any] = {name: size if np.isfinite(size) else None for name, size in largest.items()}
    return {**found, "entries": int(beyond.sum()), "where": _index(relative)}


def _sizes(
    a: NDArray[Any], b: NDArray[Any], unequal: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Absolute and relative differences, 0 where equal, infinite where one side, or the difference, is not finite."""
    absolute = np.full(a.shape, np.inf)
    with np.errstate(over="ignore"):
        x, y = a.astype(np.float64), b.astype(np.float64)
        np.subtract(x, y, out=absolute, where=np.isfinite(x) & np.isfinite(y))
    absolute = np.where(unequal, np.abs(absolute), 0.0)
    size = np.maximum(np.abs(x), np.abs(y))
    relative = np.full(a.shape, np.inf)
    np.divide(absolute, size, out=relative, where=np.isfinite(absolute) & (size > 0.0))
    return absolute, np.where(unequal, relative, 0.0)


def _index(array: NDArray[Any]) -> tuple[int, ...]:
    """Index of the largest entry."""
    return tuple(int(index) for index in np.unravel_index(int(np.argmax(array)), array.shape))
