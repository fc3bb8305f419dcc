"""The axis of spheres: arrays of both spheres have it in front, the inner one first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...theory.basics.validation import FloatArray
from ..storage.records import Record
from ..training.log import SPHERES


def by_sphere(sides: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Arrays of each sphere, in the order of ``SPHERES``, as arrays of both: shapes (...) become (2, ...)."""
    return {name: np.stack([side[name] for side in sides]) for name in sides[0]}


def stacked(records: Sequence[Record], names: Sequence[str]) -> dict[str, FloatArray]:
    """Arrays (n,) of several records of runs of the same length as arrays (records, n)."""
    return {name: np.stack([record.arrays[name] for record in records]) for name in names}


def stacked_sides(records: Sequence[Record], names: Sequence[str]) -> dict[str, FloatArray]:
    """Arrays (2, n) of several records of runs of the same length as arrays (2, records, n)."""
    return {name: np.stack([record.arrays[name] for record in records], axis=1) for name in names}


def last_sides(records: Sequence[Record], names: Sequence[str]) -> dict[str, FloatArray]:
    """The last column of arrays (2, n) of several records, as arrays (2, records)."""
    return {name: np.stack([record.arrays[name][:, -1] for record in records], axis=1) for name in names}


def table_rows(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Columns of equal length as one mapping a row; of a column (2, n) each row has an entry for each sphere."""
    flat: dict[str, Any] = {}
    for name, column in columns.items():
        if np.ndim(column) == 2:
            flat |= {f"{name}_{sphere}": side for sphere, side in zip(SPHERES, column, strict=True)}
        else:
            flat[name] = column
    return [dict(zip(flat, row, strict=True)) for row in zip(*flat.values(), strict=True)]
