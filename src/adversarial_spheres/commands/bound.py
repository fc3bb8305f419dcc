"""``bound``: the isoperimetric limit on the mean distance to the nearest error, for any classifier."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

from .common import REAL, Real, common_options, emit, metric_option

if TYPE_CHECKING:
    from ..theory.basics.log_probability import LogProbability
    from ..theory.basics.validation import Metric


@click.command(short_help="Limit on the distance to errors for any classifier.")
@click.option("--dim", type=int, required=True, help="Ambient dimension, 2 to 10^9.")
@click.option("--error-rate", type=Real("give --log10-error-rate"), help="Error rate on the sphere, in [0, 1].")
@click.option("--log10-error-rate", type=REAL, help="Its decimal logarithm: for rates too small for a double.")
@click.option("--distance", type=REAL, help="Mean distance: gives the largest error rate compatible with it.")
@click.option("--radius", type=REAL, default=1.0, show_default=True, help="Radius of the sphere, unit of distances.")
@metric_option
@click.option("--epsilon", type=REAL, help="Also the largest accuracy that is robust to this distance.")
@common_options(unused=("quiet", "seed", "workers", "confidence"))
def bound(
    dim: int,
    error_rate: float | None,
    log10_error_rate: float | None,
    distance: float | None,
    radius: float,
    metric: Metric,
    epsilon: float | None,
    as_json: bool,
) -> None:
    """Limit on the mean distance to the nearest error at an error rate, or the converse.

    Holds for ANY classifier: among all error sets of the same measure, a spherical cap is the farthest away.
    """
    from ..theory.basics.log_probability import LogProbability
    from ..theory.spaces.isoperimetry import max_error_rate

    if sum(value is not None for value in (error_rate, log10_error_rate, distance)) != 1:
        raise click.UsageError("give exactly one of --error-rate, --log10-error-rate and --distance")
    if distance is not None:
        rate = max_error_rate(distance, dim, radius=radius, metric=metric)
    elif error_rate is not None:
        rate = LogProbability.of(error_rate)
    else:
        rate = LogProbability.from_log10(float(log10_error_rate))  # type: ignore[arg-type]
    result = describe_bound(rate, dim, radius, metric, epsilon)
    # What was given is answered as given, not as it comes back from its inverse or its logarithm.
    if distance is not None:
        result |= {"distance": distance, "mean_distance_bound": distance}
    if error_rate is not None and error_rate > 0.0:
        result |= {"error_rate": error_rate, "log10_error_rate": math.log10(error_rate)}
    if log10_error_rate is not None and math.isfinite(log10_error_rate):
        result["log10_error_rate"] = log10_error_rate
    emit(result, as_json=as_json)


def describe_bound(
    rate: LogProbability, dim: int, radius: float, metric: Metric, epsilon: float | None
) -> dict[str, Any]:
    """All that isoperimetry says at one error rate, as plain values."""
    from ..numerics.runs.values import finite_or_none, probability_values
    from ..theory.caps.cap import cap_of_measure
    from ..theory.spaces.comparison import asymptotic_mean_distance, explicit_mean_distance_bound
    from ..theory.spaces.isoperimetry import max_robust_accuracy, mean_distance_bound

    limit = float(mean_distance_bound(rate, dim, radius=radius, metric=metric))
    empty = math.isinf(float(rate.log))
    cap = None if empty else cap_of_measure(rate, dim)
    asymptote = float(asymptotic_mean_distance(rate, dim, radius=radius))
    explicit = None if dim == 2 or empty else float(explicit_mean_distance_bound(rate, dim, radius=radius))
    result: dict[str, Any] = {
        "dim": dim,
        "radius": radius,
        "metric": metric,
        **probability_values(rate, "error_rate"),
        "error_rate_underflows": not empty and float(rate) == 0.0,
        "empty_error_set": empty,
        "mean_distance_bound": None if empty else limit,
        "explicit_bound": explicit,
        "asymptotic": finite_or_none(asymptote),
        "cap_height": None if cap is None else float(cap.height),
        "cap_angle": None if cap is None else float(cap.angle),
        "log_sin_cap_angle": None if cap is None else float(cap.log_sin_angle),
        "notes": _notes(empty=empty, dim=dim, asymptote=asymptote),
    }
    if epsilon is not None:
        robust = max_robust_accuracy(rate, dim, epsilon, radius=radius, metric=metric)
        result |= {"epsilon": epsilon, "max_robust_accuracy": 1.0 if empty else float(robust)}
    return result


def _notes(*, empty: bool, dim: int, asymptote: float) -> dict[str, str]:
    notes = {"asymptotic": "an asymptote for large dimension, not a bound"}
    if empty:
        reason = "no bound: the error set is empty, there is no error to be near"
        notes |= dict.fromkeys(("mean_distance_bound", "explicit_bound", "cap_height", "cap_angle"), reason)
    elif dim == 2:
        notes["explicit_bound"] = "the explicit bound needs a dimension of at least 3"
    if not math.isfinite(asymptote):
        notes["asymptotic"] = "the asymptote is infinite at error rates 0 and 1"
    return notes
