r"""The error rate that a distance needs: to raise it linearly, the error rate must fall exponentially ([Gil2018], 5).

The largest error rate that is compatible with a mean distance x to the nearest error is that of the cap with this mean
distance; its logarithm falls by d log10(mu) / dx per unit of distance, for small mu and large dimension d about
-d x / log(10), faster and faster. Trained networks, measured along their training, lie below the curve of their
dimension: no classifier lies above.

The record's values: ``config``; ``curves``, for each dimension ``dim`` and ``rows`` at round distances: ``distance``
(Euclidean, radius 1), ``log10_max_error_rate`` and ``decades_for_next_tenth`` (by how many decades the error rate must
fall for the distance to be 0.1 larger); ``points``, the number of measured steps and spheres, and
``points_above_curve``, the number of those whose whole interval of the distance lies above the curve (the curve is a
theorem; intervals miss at the stated rate).

Arrays: ``dims`` (m,), ``distance`` (n,), ``log10_max_error_rate`` (m, n), the exact inverse of the bound;
``slope_distance`` (n - 1,) and ``slope`` (m, n - 1), the mean slope between two distances; and one entry for each
sphere and measured step of the networks in ``point_dim``, ``point_sphere`` (0 inner, 1 outer), ``point_step``,
``point_log10_error_rate`` (exact), ``point_distance``, ``point_distance_low`` and ``point_distance_high``
(Euclidean / radius).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.log_probability import LogProbability
from ...theory.basics.validation import FloatArray
from ...theory.spaces.isoperimetry import max_error_rate, mean_distance_bound
from ..runs.experiment import PROFILES as PROFILE_NAMES
from ..runs.experiment import Experiment
from ..runs.sides import table_rows
from ..runs.trained import QuadraticRun
from ..storage.records import Record
from ..training.log import SPHERES
from . import dimension_scaling
from .dimension_scaling import DimensionScalingConfig

KIND = "exponential-law"
TABLE_DISTANCES = (0.1, 0.2, 0.3, 0.4, 0.5)
POINT_FIELDS = ("dim", "sphere", "step", "log10_error_rate", "distance", "distance_low", "distance_high")


@dataclass(frozen=True)
class ExponentialLawConfig:
    """Curves, and the networks whose training is drawn beside them.

    Parameters
    ----------
    networks
        The networks of the experiment on the dimension; those of the lowest target error rate are taken here.
    dims
        One curve each.
    largest_distance, distances
        The curves have so many distances up to the largest one.
    confidence
        Of each interval, the networks' own.
    """

    networks: DimensionScalingConfig
    dims: tuple[int, ...] = (20, 50, 100, 200, 500, 2000, 10_000, 100_000)
    largest_distance: float = 0.8
    distances: int = 161
    confidence: float = 0.99
    seed: int = 0


PROFILES: Mapping[str, ExponentialLawConfig] = {
    name: ExponentialLawConfig(dimension_scaling.PROFILES[name]) for name in PROFILE_NAMES
}


def cells(config: ExponentialLawConfig) -> list[QuadraticRun]:
    """The networks that were trained to the lowest error rate, by dimension."""
    lowest = min(config.networks.targets)
    return [cell for cell in dimension_scaling.cells(config.networks) if cell.training.stop_below == lowest]


def assemble(config: ExponentialLawConfig, records: Sequence[Record]) -> Record:
    """Curves from theory, points from the networks."""
    arrays = _curves(config) | _points(records, [cell.training.dim for cell in cells(config)])
    above = points_above_curve(arrays)
    values = {
        "config": config,
        "curves": _table(config),
        "points": len(above),
        "points_above_curve": int(np.sum(above)),
    }
    return Record(KIND, values, arrays)


def _curves(config: ExponentialLawConfig) -> dict[str, FloatArray]:
    distance = np.linspace(0.0, config.largest_distance, config.distances)
    dims = np.array(config.dims, dtype=np.float64)
    curve = max_error_rate(distance, dims[:, None], metric="euclidean").log10
    return {
        "dims": dims,
        "distance": distance,
        "log10_max_error_rate": curve,
        "slope_distance": 0.5 * (distance[1:] + distance[:-1]),
        "slope": np.diff(curve) / np.diff(distance),
    }


def _table(config: ExponentialLawConfig) -> list[dict[str, Any]]:
    x, dims = np.array(TABLE_DISTANCES), np.array(config.dims)[:, None]
    here, further = (max_error_rate(distance, dims, metric="euclidean").log10 for distance in (x, x + 0.1))
    rows = zip(config.dims, here, here - further, strict=True)
    return [
        {"dim": dim, "rows": table_rows({"distance": x, "log10_max_error_rate": log10, "decades_for_next_tenth": fall})}
        for dim, log10, fall in rows
    ]


def _points(records: Sequence[Record], dims: Sequence[int]) -> dict[str, Any]:
    """All measured steps of all networks, those without an error left out: there is no distance then."""
    rows: list[dict[str, Any]] = []
    for record, dim in zip(records, dims, strict=True):
        for index in range(len(SPHERES)):
            found = {end: record.arrays[f"mean_distance{end}"][index] for end in ("", "_low", "_high")}
            rate, step = record.arrays["log10_error_rate"][index], record.arrays["step"]
            rows += [
                {"dim": dim, "sphere": index, "step": step[i], "log10_error_rate": rate[i]}
                | {f"distance{end}": values[i] for end, values in found.items()}
                for i in np.flatnonzero(np.isfinite(found[""]) & np.isfinite(rate))
            ]
    return {f"point_{name}": np.array([row[name] for row in rows]) for name in POINT_FIELDS}


def points_above_curve(arrays: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Which points have their whole interval above the limit of their dimension."""
    rate = LogProbability.from_log10(arrays["point_log10_error_rate"])
    limit = mean_distance_bound(rate, arrays["point_dim"], metric="euclidean")
    above: NDArray[np.bool_] = arrays["point_distance_low"] > limit
    return above


EXPERIMENT = Experiment(KIND, "Error rate that a distance needs", PROFILES, cells, assemble)
