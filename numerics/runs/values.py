"""Results as plain values under the stable keys that records and the command line share.

See :mod:`.storage.results`; results that have ``to_dict`` name their keys themselves.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..distances.smoothing import smoothed_distance_bound
from ..storage.results import finite_or_none, probability_values

if TYPE_CHECKING:
    from ...theory.quadratic.errors import QuadraticErrors
    from ..distances.known import KnownErrors
    from ..distances.measurement import Measurement
    from ..error_rates.counting import MonteCarloErrorRate
    from ..models.problem import Problem

__all__ = [
    "distance_values",
    "error_rate_values",
    "exact_values",
    "finite_or_none",
    "monte_carlo_values",
    "probability_values",
    "smoothed_values",
    "unknown_error_rate_values",
]

LN10 = math.log(10.0)
SMOOTHED = (
    "the smoothed classifier, which gives a point the label that the model gives most of its noisy copies: it keeps "
    "the label within this distance of the data point; the model itself may err nearer"
)


def error_rate_values(errors: QuadraticErrors) -> dict[str, Any]:
    """Exact, central-limit and Chernoff error rates of one classifier on one sphere."""
    return {
        **probability_values(errors.rate, "exact"),
        **probability_values(errors.clt_rate, "clt"),
        "chernoff_log10": finite_or_none(float(errors.chernoff_log_rate) / LN10),
        "no_errors": bool(errors.is_null),
        "touches_boundary": bool(errors.touches),
    }


def unknown_error_rate_values() -> dict[str, Any]:
    """The same keys for a model that is not quadratic: all null, and why."""
    keys = ("exact", "log10_exact", "clt", "log10_clt", "chernoff_log10", "no_errors", "touches_boundary")
    return {**dict.fromkeys(keys), "notes": {"exact": "known for quadratic networks only"}}


def monte_carlo_values(counted: MonteCarloErrorRate) -> dict[str, Any]:
    """A count of errors with its interval."""
    return counted.to_dict()


def smoothed_values(problem: Problem, counted: MonteCarloErrorRate) -> dict[str, Any]:
    """What a count in noise says of the smoothed classifier; ``about`` says that it is another one.

    Returns
    -------
    dict
        Keys distance_at_least, error_rate_high, confidence (of the interval whose upper end that is) and about.
    """
    at_least = smoothed_distance_bound(problem.space, counted.interval.high)  # type: ignore[arg-type]
    return {
        "distance_at_least": float(at_least),
        "error_rate_high": counted.interval.high,
        "confidence": counted.interval.confidence,
        "about": SMOOTHED,
    }


def distance_values(measured: Measurement) -> dict[str, Any]:
    """A measurement of distances, exact or by an attack, without the points."""
    return measured.to_dict()


def exact_values(known: KnownErrors | None) -> dict[str, Any]:
    """An exact error rate that is known, under the keys of one sphere; nothing where it is not."""
    if known is None:
        return {}
    rate = probability_values(known.rate, "exact")
    notes = {"clt": "an estimate of quadratic networks; chernoff_log10 as well"}
    return {**rate, "no_errors": known.no_errors, "touches_boundary": False, "notes": notes}
