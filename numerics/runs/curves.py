"""Curves that need no network: limits on the distance, and hidden units needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...theory.basics.log_probability import LogProbability
from ...theory.basics.validation import FloatArray
from ...theory.quadratic.hidden_units import hidden_units_needed
from ...theory.spaces.comparison import asymptotic_mean_distance, explicit_mean_distance_bound
from ...theory.spaces.even_sphere import even_space
from ...theory.spaces.isoperimetry import mean_distance_bound
from ..storage.records import Record
from .sides import last_sides

DISTANCES = ("mean_distance", "mean_distance_low", "mean_distance_high", "bound")
ERROR_RATES = ("log10_error_rate", "log10_error_rate_low", "log10_error_rate_high")

HIDDEN_UNIT_DIMS = (60, 100, 200, 500, 2000, 10_000)


def limit_curves(dim: int) -> dict[str, FloatArray]:
    """Limits on the mean distance against the error rate, on the unit sphere."""
    log10_rate = np.linspace(-14.0, -0.02, 281)
    rate = LogProbability.from_log10(log10_rate)
    explicit = explicit_mean_distance_bound(rate, dim) if dim > 2 else np.full(log10_rate.shape, np.nan)
    return {
        "curve_log10_error_rate": log10_rate,
        "curve_exact_euclidean": mean_distance_bound(rate, dim, metric="euclidean"),
        "curve_even_euclidean": even_space(dim, 1.0, "euclidean").mean_distance_bound(rate),
        "curve_exact_geodesic": mean_distance_bound(rate, dim, metric="geodesic"),
        "curve_explicit": explicit,
        "curve_asymptotic": asymptotic_mean_distance(rate, dim),
    }


def hidden_unit_curves(outer_radius: float) -> dict[str, Any]:
    """Hidden units needed for error rates from 1e-3 to 1e-20, as a share of the dimension."""
    log10_rate = np.linspace(-20.0, -3.0, 69)
    dims = np.array(HIDDEN_UNIT_DIMS)
    units = hidden_units_needed(LogProbability.from_log10(log10_rate[None, :]), dims[:, None], outer_radius)
    return {
        "hidden_log10_error_rate": log10_rate,
        "hidden_dims": dims,
        "hidden_share": np.asarray(units) / dims[:, None],
    }


def final_columns(records: Sequence[Record]) -> dict[str, FloatArray]:
    """What the cells of :mod:`.runs.trained` know of both spheres at the end, shape (2, n) each, named as there."""
    return last_sides(records, (*ERROR_RATES, *DISTANCES))
