"""Results as plain values under the stable keys that records and the command line share.

A value that is infinite or undefined is None with a flag beside it that says why; a decimal logarithm is None for an
exact zero only, never for an underflow.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ...theory.basics.log_probability import LogProbability
from ..distances.smoothing import smoothed_distance_bound

if TYPE_CHECKING:
    from ...theory.quadratic.errors import QuadraticErrors
    from ..distances.known import KnownErrors
    from ..distances.measurement import Measurement, ObservedDistance
    from ..error_rates.counting import MonteCarloErrorRate
    from ..models.problem import Problem

LN10 = math.log(10.0)
SMOOTHED = (
    "the smoothed classifier, which gives a point the label that the model gives most of its noisy copies: it keeps "
    "the label within this distance of the data point; the model itself may err nearer"
)


def finite_or_none(value: float) -> float | None:
    """The value, or None where it is infinite or not a number."""
    return float(value) if math.isfinite(value) else None


def probability_values(probability: LogProbability, name: str) -> dict[str, Any]:
    """Keys ``name`` and ``log10_name``."""
    return {name: float(probability), f"log10_{name}": finite_or_none(float(probability.log10))}


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
    interval = counted.interval
    return {
        "errors": counted.errors,
        "samples": counted.samples,
        "low": interval.low,
        "high": interval.high,
        "confidence": interval.confidence,
    }


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
    predicted, share = measured.predicted, measured.within_epsilon
    values = {
        "sphere": measured.sphere,
        "radius": getattr(measured.space, "radius", None),
        "metric": measured.metric,
        "samples": measured.samples,
        "method": "exact" if measured.found is None or measured.known is not None else "attack",
        "guarantee": "exact" if measured.found is None else measured.found.guarantee,
        "counts_errors_as_zero": True,
        **_error_rate_values(measured.error_rate),
        **_known_rate_values(measured.known),
        "no_errors": measured.no_errors,
        "failed_attacks": measured.failed_attacks,
        "certificate_gap_max": measured.certificate_gap_max,
        "observed": _observed_values(measured.observed),
        "predicted": {
            name: None if predicted is None else getattr(predicted, name)
            for name in ("upper", "even_limit", "proved_upper", "lower", "point")
        },
    }
    if measured.found is not None:
        values["predicted"]["upper"] = finite_or_none(measured.bound)
        values |= {
            "attack": measured.found.method if measured.known is None else None,
            "queries_per_point": float(np.mean(measured.found.queries)),
            "notes": _attack_notes(measured),
        }
    if measured.known is not None:
        values["predicted"]["proved_upper"] = finite_or_none(measured.bound)
        values["predicted"]["lower"] = finite_or_none(measured.known.mean_at_least)
    if share is not None:
        values["within_epsilon"] = {
            "epsilon": share.epsilon,
            "observed": share.observed,
            "low": share.interval.low,
            "high": share.interval.high,
            "at_least": share.at_least,
        }
    return values


def _error_rate_values(rate: LogProbability | MonteCarloErrorRate) -> dict[str, Any]:
    if isinstance(rate, LogProbability):
        return probability_values(rate, "error_rate")
    return {
        "error_rate": rate.estimate,
        "log10_error_rate": math.log10(rate.estimate) if rate.errors else None,
        "error_rate_method": "counted",
        "monte_carlo": monte_carlo_values(rate),
    }


def _known_rate_values(known: KnownErrors | None) -> dict[str, Any]:
    return {} if known is None else probability_values(known.rate, "error_rate") | {"error_rate_method": "exact"}


def exact_values(known: KnownErrors | None) -> dict[str, Any]:
    """The exact error rate near a data point, under the keys of one sphere; nothing where it is not known."""
    if known is None:
        return {}
    rate = probability_values(known.rate, "exact")
    notes = {"clt": "an estimate of quadratic networks; chernoff_log10 as well"}
    return {**rate, "no_errors": known.no_errors, "touches_boundary": False, "notes": notes}


def _attack_notes(measured: Measurement) -> dict[str, str]:
    """Why values of an attack are null, and what the others are."""
    if measured.known is not None:
        return {"predicted": "upper: the limit for any classifier of this error rate; lower: proved for this one"}
    notes = {
        "observed": "distances of an attack: each an upper bound on the true one; low and high hold for the true mean",
        "predicted": "even_limit, proved_upper, lower and point are known for quadratic networks only",
    }
    if math.isinf(measured.bound):
        notes["predicted.upper"] = "no bound: no error was counted, so that the lower limit of the error rate is 0"
    if measured.counted.errors == 0:
        notes["error_rate"] = "no error among the counted points; monte_carlo.high bounds the error rate"
    if measured.failed_attacks:
        notes["failed_attacks"] = "counted with the largest distance; in noise that is infinite, and so is the mean"
    if not measured.some_errors:
        notes["no_errors"] = "no error was found; whether there is one is unknown"
    return notes


def _observed_values(seen: ObservedDistance | None) -> dict[str, Any]:
    if seen is None:
        keys = ("mean", "low", "high", "confidence", "interval_method", "quantiles", "mean_over_correct_points")
        return {**dict.fromkeys(keys), "errors_in_sample": 0}
    over_correct = seen.mean_over_correct_points
    return {
        "mean": finite_or_none(seen.mean),
        "low": seen.interval.low,
        "high": finite_or_none(seen.interval.high),
        "confidence": seen.interval.confidence,
        "interval_method": seen.interval.method,
        "quantiles": {level: finite_or_none(value) for level, value in seen.quantiles.items()},
        "mean_over_correct_points": None if over_correct is None else finite_or_none(over_correct),
        "errors_in_sample": seen.errors_in_sample,
    }
