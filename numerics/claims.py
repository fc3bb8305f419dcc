"""Claims about a quadratic classifier, decided by theory where it suffices and by exact distances otherwise.

A claim that the geometry forbids (a distance above the isoperimetric bound at the exact error rate, a robust accuracy
above its limit) is refuted by proof, without a sample; so is one verified that the proved lower bound implies.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..theory.isoperimetry import max_robust_accuracy
from ..theory.log_probability import LogProbability
from ..theory.quadratic_network import QuadraticClassifier, exact_error_rate
from ..theory.validation import Sphere, check_finite, check_range
from .checks import Check, check_at_least, check_exactly, vacuous_check
from .confidence import Interval, samples_for_half_width
from .distances import DistanceMeasurement, WithinEpsilon


@dataclass(frozen=True)
class Claims:
    """What a user claims of a classifier, on each sphere; None where nothing is claimed.

    Parameters
    ----------
    error_rate
        "The error rate is at most this", in [0, 1].
    mean_distance
        "The mean distance to the nearest error is at least this", in the unit of the radii.
    robust_accuracy, epsilon
        "At least this share of the points has no error within epsilon" (both or none).
    """

    error_rate: float | None = None
    mean_distance: float | None = None
    robust_accuracy: float | None = None
    epsilon: float | None = None

    def __post_init__(self) -> None:
        if self.error_rate is not None:
            check_range("claim_error_rate", self.error_rate, 0.0, 1.0)
        if self.mean_distance is not None:
            check_finite("claim_mean_distance", self.mean_distance)
        if self.robust_accuracy is not None:
            check_range("claim_robust_accuracy", self.robust_accuracy, 0.0, 1.0)
            check_range("epsilon", float("nan") if self.epsilon is None else self.epsilon, 0.0, float("inf"))

    @property
    def on_distances(self) -> int:
        """How many of the claims may need a sample."""
        return (self.mean_distance is not None) + (self.robust_accuracy is not None)


def error_rate_claim(classifier: QuadraticClassifier, sphere: Sphere, outer_radius: float, claimed: float) -> Check:
    """Decide "the error rate of this sphere is at most ``claimed``" by the exact error rate."""
    rate = exact_error_rate(classifier, sphere, outer_radius)
    holds = float(rate.log) <= float(LogProbability.of(claimed).log)
    return check_exactly(
        f"{sphere}_claimed_error_rate",
        f"{sphere} sphere: the error rate is at most {claimed:.6g}",
        holds,
        f"the exact error rate is 10^{float(rate.log10):.6g}"
        if float(rate.log) > -float("inf")
        else "there is no error",
        observed=float(rate),
        bound=claimed,
    )


def mean_distance_claim(measured: DistanceMeasurement, dim: int, claimed: float) -> Check:
    """Decide "the mean distance to the nearest error is at least ``claimed``"."""
    sphere, metric = measured.sphere, measured.metric
    name = f"{sphere}_claimed_mean_distance"
    claim = f"{sphere} sphere: the mean {metric} distance to the nearest error is at least {claimed:.6g}"
    if measured.observed is None or measured.predicted is None:
        return vacuous_check(name, claim)
    seen, theory = measured.observed, measured.predicted
    rate = f"10^{float(measured.error_rate.log10):.6g}"
    if claimed > theory.upper:
        why = f"impossible: no classifier of error rate {rate} has a mean distance above {theory.upper:.6g}"
        return check_exactly(name, claim, False, why, observed=seen.mean, bound=theory.upper)
    if claimed <= theory.lower:
        why = f"proved: the mean distance is at least {theory.lower:.6g}"
        return check_exactly(name, claim, True, why, observed=seen.mean, bound=theory.lower)
    needed = samples_for_half_width(abs(claimed - seen.mean), dim, seen.interval.confidence, radius=measured.radius)
    return check_at_least(name, claim, seen.mean, seen.interval, claimed, samples_needed=needed)


def robust_accuracy_claim(measured: DistanceMeasurement, dim: int, claimed: float) -> Check:
    """Decide "a share of at least ``claimed`` of the points has no error within epsilon"."""
    sphere, metric, share = measured.sphere, measured.metric, measured.within_epsilon
    name = f"{sphere}_claimed_robust_accuracy"
    claim = f"{sphere} sphere: the accuracy robust to a {metric} distance is at least {claimed:.6g}"
    if measured.no_errors or share is None:
        return check_exactly(name, claim, True, "there is no error", observed=1.0, bound=claimed)
    claim = f"{sphere} sphere: the accuracy robust to {metric} distance {share.epsilon:.6g} is at least {claimed:.6g}"
    limit = float(max_robust_accuracy(measured.error_rate, dim, share.epsilon, radius=measured.radius, metric=metric))
    robust, interval = 1.0 - share.observed, _complement(share)
    if claimed > limit:
        rate = f"10^{float(measured.error_rate.log10):.6g}"
        why = f"impossible: no classifier of error rate {rate} has a robust accuracy above {limit:.6g}"
        return check_exactly(name, claim, False, why, observed=robust, bound=limit)
    return check_at_least(name, claim, robust, interval, claimed)


def _complement(share: WithinEpsilon) -> Interval:
    inside = share.interval
    return Interval(1.0 - inside.high, 1.0 - inside.low, inside.confidence, inside.method)
