"""The last measured step of training cells, as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...theory.basics.validation import FloatArray, Sphere
from ..storage.records import Record

DISTANCES = ("mean_distance", "mean_distance_low", "mean_distance_high", "bound")
ERROR_RATES = ("log10_error_rate", "log10_error_rate_low", "log10_error_rate_high")


def final_columns(records: Sequence[Record], sphere: Sphere) -> dict[str, FloatArray]:
    """What the cells of training_cells know of one sphere at the end, shape (n,) each, named as in their records."""
    names = (*ERROR_RATES, *DISTANCES)
    return {f"{name}_{sphere}": np.array([r.arrays[f"{name}_{sphere}"][-1] for r in records]) for name in names}


def table_rows(columns: dict[str, Any]) -> list[dict[str, Any]]:
    """Columns of equal length as one mapping a row."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
