"""Comparison of records: what differs is told, where and by how much; what does not, is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.storage.comparison import MISSING, Difference, compare
from adversarial_spheres.numerics.storage.records import Record, save_record
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

VALUES: dict[str, Any] = {"dim": 5, "rate": {"inner": 0.25, "outer": None}, "seeds": [0, 1], "exact": True}
ARRAYS: dict[str, Any] = {
    "x": np.array([[1.0, np.nan], [np.inf, 4.0]]),
    "n": np.arange(3),
    "name": np.array(["a", "b"]),
}


def differences(
    tmp_path: Path, values: dict[str, Any] | None = None, arrays: dict[str, Any] | None = None, tolerance: float = 0.0
) -> tuple[Difference, ...]:
    save_record(Record("test", VALUES, ARRAYS), tmp_path / "a")
    save_record(Record("test", values or VALUES, arrays or ARRAYS), tmp_path / "b")
    found = compare(tmp_path / "a", tmp_path / "b", tolerance=tolerance)
    (record,) = found.records
    assert found.equal == (not record.differences)
    return record.differences


def test_equal_records_with_nan_and_infinity(tmp_path: Path) -> None:
    assert differences(tmp_path) == ()


def test_numbers_words_and_missing_values(tmp_path: Path) -> None:
    values = {"dim": 6, "rate": {"inner": 0.25 * (1 + 1e-9), "outer": 0.5}, "seeds": [0], "exact": 1, "more": "x"}
    found = {row.path: row for row in differences(tmp_path, values)}
    assert set(found) == {f"values.{n}" for n in ("dim", "rate.inner", "rate.outer", "seeds[1]", "exact", "more")}
    assert (found["values.dim"].absolute, found["values.dim"].relative) == (1.0, pytest.approx(1 / 6))
    assert found["values.rate.inner"].relative == pytest.approx(1e-9, rel=1e-6, abs=0.0)
    assert found["values.rate.outer"] == Difference("values.rate.outer", None, 0.5)
    assert found["values.seeds[1]"] == Difference("values.seeds[1]", 1, MISSING)
    assert found["values.exact"] == Difference("values.exact", True, 1)
    assert found["values.more"] == Difference("values.more", MISSING, "x")


def test_arrays_tell_how_many_entries_differ_by_how_much_and_where(tmp_path: Path) -> None:
    x = np.array([[1.0 + 1e-6, np.nan], [np.inf, 5.0]])
    (row,) = differences(tmp_path, arrays={**ARRAYS, "x": x})
    assert (row.path, row.entries, row.where) == ("arrays.x", 2, (1, 1))
    assert (row.absolute, row.relative) == (1.0, 0.2)
    (row,) = differences(tmp_path, arrays={**ARRAYS, "x": x}, tolerance=1e-3)
    assert row.entries == 1
    assert differences(tmp_path, arrays={**ARRAYS, "x": x}, tolerance=0.25) == ()


def test_arrays_that_cannot_be_compared_entry_by_entry(tmp_path: Path) -> None:
    arrays = {"x": ARRAYS["x"][:1], "n": ARRAYS["n"].astype(float), "name": np.array(["a", "other"]), "new": np.ones(2)}
    found = {row.path: row for row in differences(tmp_path, arrays=arrays, tolerance=0.5)}
    assert (found["arrays.x"].first, found["arrays.x"].second) == ("float64 [2, 2]", "float64 [1, 2]")
    assert (found["arrays.n"].first, found["arrays.n"].second) == ("int64 [3]", "float64 [3]")
    assert (found["arrays.name"].entries, found["arrays.name"].where) == (1, (1,))
    assert (found["arrays.new"].first, found["arrays.new"].second) == (MISSING, "float64 [2]")


def test_nan_against_a_number_and_large_integers_differ(tmp_path: Path) -> None:
    (row,) = differences(tmp_path, arrays={**ARRAYS, "x": np.array([[1.0, 2.0], [np.inf, 4.0]])}, tolerance=0.5)
    assert (row.entries, row.where, row.relative) == (1, (0, 1), None)
    save_record(Record("test", {}, {"n": np.array(2**62)}), tmp_path / "c")
    save_record(Record("test", {}, {"n": np.array(2**62 + 1)}), tmp_path / "d")
    assert compare(tmp_path / "c", tmp_path / "c").equal
    assert not compare(tmp_path / "c", tmp_path / "d").equal


def test_a_tolerance_counts_what_lies_within(tmp_path: Path) -> None:
    for name, rate in (("a", 1.0), ("b", 1.0 + 1e-9)):
        save_record(Record("test", {"rate": rate}, {"x": np.array([rate])}), tmp_path / name)
    assert not compare(tmp_path / "a", tmp_path / "b").equal
    (record,) = compare(tmp_path / "a", tmp_path / "b", tolerance=1e-8).records
    assert (record.differences, record.within_tolerance) == ((), 2)


def test_folders_of_records(tmp_path: Path) -> None:
    for side, names in (("a", (".", "cells/x", "cells/y")), ("b", (".", "cells/x", "cells/z"))):
        for name in names:
            save_record(Record("test", {"of": name}, {}), tmp_path / side / name)
    found = compare(tmp_path / "a", tmp_path / "b")
    assert [record.name for record in found.records] == [".", "cells/x"]
    assert (found.only_first, found.only_second) == (("cells/y",), ("cells/z",))
    assert not found.equal
    # A file is one record; the other side's is then its own alone.
    assert compare(tmp_path / "a" / "record.json", tmp_path / "b").equal


@pytest.mark.parametrize("tolerance", [-0.1, 1.0, float("nan")])
def test_a_tolerance_out_of_range(tmp_path: Path, tolerance: float) -> None:
    with pytest.raises(InvalidArgumentError, match="tolerance"):
        differences(tmp_path, tolerance=tolerance)


def test_what_is_no_record(tmp_path: Path) -> None:
    save_record(Record("test", {}, {}), tmp_path / "a")
    (tmp_path / "empty").mkdir()
    for other in ("empty", "missing"):
        with pytest.raises(InvalidArgumentError, match="record"):
            compare(tmp_path / "a", tmp_path / other)
    (tmp_path / "a" / "record.npz").write_bytes(b"")
    with pytest.raises(InvalidArgumentError, match="record"):
        compare(tmp_path / "a", tmp_path / "a")


def test_integers_beyond_the_doubles_are_compared_as_words(tmp_path: Path) -> None:
    for name, value in (("a", 10**400), ("b", 1)):
        save_record(Record("test", {"n": value}, {}), tmp_path / name)
    (difference,) = compare(tmp_path / "a", tmp_path / "b").records[0].differences
    assert (difference.path, difference.absolute) == ("values.n", None)
