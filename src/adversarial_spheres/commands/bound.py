"""``bound``: the limit on the mean distance to the nearest error in a space, for any classifier."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

from .common import INTEGER, REAL, Real, common_options, emit, is_given, metric_option
from .spaces import OPTIONS, SPACES, space_of, space_values

if TYPE_CHECKING:
    from ..theory.basics.log_probability import LogProbability
    from ..theory.spaces.space import Space
    from ..theory.spaces.sphere import Sphere


@click.command(short_help="Limit on the distance to errors for any classifier.")
@click.option("--dim", type=INTEGER, required=True, help="Number of coordinates of a point, up to 10^9.")
@click.option(
    "--space", "name", type=click.Choice(list(SPACES)), default="sphere", show_default=True, help="Where points are."
)
@click.option("--error-rate", type=Real("give --log10-error-rate"), help="Error rate in the space, in [0, 1].")
@click.option("--log10-error-rate", type=REAL, help="Its decimal logarithm: for rates too small for a double.")
@click.option("--distance", type=REAL, help="Mean distance: gives the largest error rate compatible with it.")
@click.option(
    "--radius", type=REAL, default=1.0, show_default=True, help="Radius of the sphere or ball, unit of distances."
)
@metric_option
@click.option("--sigma", type=REAL, default=1.0, show_default=True, help="Standard deviation of Gaussian noise.")
@click.option("--norm", type=REAL, default=2.0, show_default=True, help="In noise: distances are in l_p, p >= 1.")
@click.option("--epsilon", type=REAL, help="Also the largest accuracy that is robust to this distance.")
@common_options(unused=("quiet", "seed", "workers", "confidence"))
def bound(
    dim: int,
    name: str,
    error_rate: float | None,
    log10_error_rate: float | None,
    distance: float | None,
    epsilon: float | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Limit on the mean distance to the nearest error at an error rate, or the converse.

    Holds for ANY classifier: among all error sets of the same measure, a cap of the sphere is the farthest away, and a
    half-space in Gaussian noise (--space gaussian --sigma 0.1), around a data point, say.
    """
    from ..rendering.answers import bound_answer
    from ..theory.basics.log_probability import LogProbability

    if sum(value is not None for value in (error_rate, log10_error_rate, distance)) != 1:
        raise click.UsageError("give exactly one of --error-rate, --log10-error-rate and --distance")
    space = space_of(name, dim, {option: options[option] for option in OPTIONS if is_given(option)})
    if distance is not None:
        rate = space.max_error_rate(distance)
    elif error_rate is not None:
        rate = LogProbability.of(error_rate)
    else:
        rate = LogProbability.from_log10(float(log10_error_rate))  # type: ignore[arg-type]
    result = {"dim": dim, **space_values(space), **describe_bound(rate, space, epsilon)}
    # What was given is answered as given, not as it comes back from its inverse or its logarithm.
    if distance is not None:
        result |= {"distance": distance, "mean_distance_bound": distance}
    if error_rate is not None and error_rate > 0.0:
        result |= {"error_rate": error_rate, "log10_error_rate": math.log10(error_rate)}
    if log10_error_rate is not None and math.isfinite(log10_error_rate):
        result["log10_error_rate"] = log10_error_rate
    emit(result, as_json=as_json, words=bound_answer)


def describe_bound(rate: LogProbability, space: Space, epsilon: float | None) -> dict[str, Any]:
    """All that geometry says at one error rate, as plain values."""
    from ..numerics.runs.values import finite_or_none, probability_values
    from ..theory.spaces.sphere import Sphere

    empty = math.isinf(float(rate.log))
    values = _on_sphere(rate, space, empty=empty) if isinstance(space, Sphere) else _elsewhere()
    if empty:
        values["notes"] |= {"mean_distance_bound": _EMPTY}
    if math.isinf(getattr(space, "norm", 2.0)):
        values["notes"] |= {"norm": "infinite: the distance is the largest change of a coordinate"}
    result: dict[str, Any] = {
        **probability_values(rate, "error_rate"),
        "error_rate_underflows": not empty and float(rate) == 0.0,
        "empty_error_set": empty,
        "mean_distance_bound": finite_or_none(float(space.mean_distance_bound(rate))),
        **values,
    }
    if epsilon is not None:
        robust = space.max_robust_accuracy(rate, epsilon)
        result |= {"epsilon": epsilon, "max_robust_accuracy": 1.0 if empty else float(robust)}
    return result


_EMPTY = "no bound: the error set is empty, there is no error to be near"
_CAP = ("cap_height", "cap_angle", "log_sin_cap_angle")


def _on_sphere(rate: LogProbability, space: Sphere, *, empty: bool) -> dict[str, Any]:
    """What is known on spheres alone: closed forms, and the cap."""
    from ..numerics.runs.values import finite_or_none
    from ..theory.caps.cap import cap_of_measure
    from ..theory.spaces.comparison import asymptotic_mean_distance, explicit_mean_distance_bound

    dim, radius = space.dim, space.radius
    cap = None if empty else cap_of_measure(rate, dim)
    asymptote = float(asymptotic_mean_distance(rate, dim, radius=radius))
    return {
        "explicit_bound": None if dim == 2 or empty else float(explicit_mean_distance_bound(rate, dim, radius=radius)),
        "asymptotic": finite_or_none(asymptote),
        "cap_height": None if cap is None else float(cap.height),
        "cap_angle": None if cap is None else float(cap.angle),
        "log_sin_cap_angle": None if cap is None else float(cap.log_sin_angle),
        "notes": _notes(empty=empty, dim=dim, asymptote=asymptote),
    }


def _notes(*, empty: bool, dim: int, asymptote: float) -> dict[str, str]:
    notes = {"asymptotic": "an asymptote for large dimension, not a bound"}
    if empty:
        notes |= dict.fromkeys(("explicit_bound", *_CAP[:2]), _EMPTY)
    elif dim == 2:
        notes["explicit_bound"] = "the explicit bound needs a dimension of at least 3"
    if not math.isfinite(asymptote):
        notes["asymptotic"] = "the asymptote is infinite at error rates 0 and 1"
    return notes


def _elsewhere() -> dict[str, Any]:
    """The same keys in other spaces."""
    keys = ("explicit_bound", "asymptotic", *_CAP)
    return {**dict.fromkeys(keys), "notes": dict.fromkeys(keys, "known on the sphere only")}
