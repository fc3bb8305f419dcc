"""Distances near a data point as plain values, under the keys of :mod:`.runs.values`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ...theory.basics.validation import check_range
from ..distances.measurement import QUANTILES
from ..statistics.intervals import clopper_pearson_interval, share_of_budget
from .values import finite_or_none, monte_carlo_values

if TYPE_CHECKING:
    from ..distances.problems import ProblemMeasurement

LIPSCHITZ = "a distance is 1-Lipschitz, one-sided: distances of an attack"


def problem_distance_values(measured: ProblemMeasurement, epsilon: float | None = None) -> dict[str, Any]:
    """What an attack found near random points of a problem, without the points.

    Parameters
    ----------
    measured
        Of a sphere or of Gaussian noise.
    epsilon
        Also the share of the points within this distance of an error.

    Returns
    -------
    dict
        The keys of an attacked model on one of two spheres but for those of the space; null is what is not known.
    """
    found, counted = measured.found, measured.counted
    estimate = counted.estimate
    values = {
        "sphere": None,
        "samples": len(found.succeeded),
        "method": "attack",
        "attack": found.method,
        "queries_per_point": float(np.mean(found.queries)),
        "guarantee": found.guarantee,
        "counts_errors_as_zero": True,
        "error_rate": estimate,
        "log10_error_rate": math.log10(estimate) if estimate > 0.0 else None,
        "error_rate_method": "counted",
        "monte_carlo": monte_carlo_values(counted),
        "no_errors": False,
        "failed_attacks": found.failed,
        "certificate_gap_max": None,
        "observed": _observed_values(measured),
        "predicted": {"upper": finite_or_none(measured.bound), "proved_upper": None, "lower": None, "point": None},
        "notes": _notes(measured),
    }
    if epsilon is not None:
        values["within_epsilon"] = _within_values(measured, float(check_range("epsilon", epsilon, 0.0, math.inf)))
    return values


def _observed_values(measured: ProblemMeasurement) -> dict[str, Any]:
    distances = measured.found.distance_upper
    wrong = distances == 0.0
    return {
        "mean": finite_or_none(measured.mean),
        "low": 0.0,
        "high": finite_or_none(measured.mean_high),
        "confidence": share_of_budget(measured.confidence, 2),
        "interval_method": LIPSCHITZ,
        "quantiles": {f"{q:g}": _order_statistic(distances, q) for q in QUANTILES},
        "mean_over_correct_points": None if np.all(wrong) else finite_or_none(float(np.mean(distances[~wrong]))),
        "errors_in_sample": int(np.count_nonzero(wrong)),
    }


def _order_statistic(distances: Any, level: float) -> float | None:
    """The smallest distance that so large a share of them does not exceed: one of them, which may be infinite."""
    return finite_or_none(float(np.sort(distances)[math.ceil(level * len(distances)) - 1]))


def _within_values(measured: ProblemMeasurement, epsilon: float) -> dict[str, Any]:
    found = measured.found
    inside, count = int(np.count_nonzero(found.succeeded & (found.distance_upper <= epsilon))), len(found.succeeded)
    low = clopper_pearson_interval(inside, count, share_of_budget(measured.confidence, 2)).low
    robust = measured.problem.space.max_robust_accuracy(measured.counted.interval.low, epsilon)
    at_least = float(robust.complement.probability)
    return {"epsilon": epsilon, "observed": inside / count, "low": low, "high": 1.0, "at_least": at_least}


def _notes(measured: ProblemMeasurement) -> dict[str, str]:
    notes = {
        "observed": "distances of an attack: each an upper bound on the true one; low and high hold for the true mean",
        "predicted": "lower and point are known for quadratic networks only",
    }
    if math.isinf(measured.bound):
        notes["predicted.upper"] = "no bound: no error was counted, so that the lower limit of the error rate is 0"
    if measured.counted.errors == 0:
        notes["error_rate"] = "no error among the counted points; monte_carlo.high bounds the error rate"
    if measured.found.failed:
        notes["failed_attacks"] = "counted with the largest distance; in noise that is infinite, and so is the mean"
    if not measured.found.succeeded.any() and measured.counted.errors == 0:
        notes["no_errors"] = "no error was found; whether there is one is unknown"
    return notes
