"""Quantities that claims are about: their limits from evidence, what geometry allows, their words.

All that is known of a quantity lies in its class, so that a new one touches this module (and
:class:`~.verdicts.claims.Claims`, where users may claim it). Geometry is a source of limits like any other: at an error
rate of at least mu no classifier has a mean distance above that of the farthest set [Gil2018], so a lower limit of the
error rate is an upper limit of the distance, and a lower limit of the mean distance one of the error rate from above.

Distances are to the nearest error, in the unit and metric of the space; a point that is an error counts as distance 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from ...theory.basics.arguments import check_single
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.rounded_text import (
    probability_rounded_down,
    probability_rounded_up,
    probability_words,
    rounded_down,
    rounded_up,
)
from ...theory.basics.validation import check_range
from ...theory.spaces.space import Space
from ...theory.spaces.sphere import Sphere
from .evidence import AttackDistances, ErrorCounts, Evidence, ExactErrorRate, ProvedMeanDistance
from .quantity import (
    JUST_ABOVE_ZERO,
    ROUNDING,
    Limits,
    Quantity,
    Relation,
    finite,
    from_geometry,
    largest_mean,
    mean_bound,
    observed_mean,
    observed_quantile,
    observed_ratio,
    rate_from_distances,
    rate_from_proof,
    ratio,
)
from .sources import (
    Limit,
    certain,
    counted_errors,
    free_tallies,
    lower_sample,
    mean_of_found,
    mean_of_true,
    mirrored,
    order_statistic,
    share_of,
    still_to_come,
    upper_sample,
)

TOO_WEAK = "the attack is too weak: closer errors exist than it found"
_TIMES = " times the isoperimetric bound"


@dataclass(frozen=True)
class ErrorRate(Quantity):
    """The measure of the errors, on the scale of its natural logarithm."""

    key: ClassVar[str] = "error_rate"
    argument: ClassVar[str] = "claim_error_rate"
    text: ClassVar[str] = "the error rate"
    of_distances: ClassVar[bool] = False

    def limits(self, evidence: Evidence) -> Limits:
        """From counts, proofs and distances."""
        rate = evidence.error_rate
        if isinstance(rate, ExactErrorRate):
            log = float(rate.rate.log)
            rounding = rate.log_error if -math.inf < log < 0.0 else 0.0
            source = certain(log, f"the exact error rate is {probability_words(log)}", rounding=rounding)
            return Limits([source], [source], float(rate.rate))
        low, high = [], [rate_from_distances(evidence, d) for d in evidence.from_below]
        high += still_to_come(evidence, "below")
        high += [rate_from_proof(evidence, d) for d in evidence.distances if isinstance(d, ProvedMeanDistance)]
        observed = None
        if isinstance(rate, ErrorCounts):
            low.append(counted_errors(rate, 0))
            high.append(counted_errors(rate, 1))
            observed = rate.errors / rate.samples
            if rate.errors:
                seen = f"{rate.errors:,} of {rate.samples:,} points were errors"
                low.append(certain(JUST_ABOVE_ZERO, seen, samples=rate.samples))
        return Limits(low, high, observed)

    def check(self, number: float | LogProbability) -> None:
        """Refuse what is no single probability."""
        check_single(self.argument, LogProbability.of(number, name=self.argument).log)

    def scale(self, number: float | LogProbability) -> float:
        """Its natural logarithm."""
        return float(LogProbability.of(number).log)

    def shown(self, value: float, side: int = 0) -> str:
        """A probability, given as its logarithm."""
        if -math.inf < value < -1e300:
            return "just above 0"
        outwards = {-1: probability_rounded_down, 0: probability_words, 1: probability_rounded_up}
        return outwards[side](value)

    def is_limit(self, value: float) -> bool:
        """The logarithm of 0 is one."""
        return value < 0.0 or math.isfinite(value)

    def rests_on_samples(self, evidence: Evidence) -> bool:
        """Not where the exact rate is known."""
        return not isinstance(evidence.error_rate, ExactErrorRate)


@dataclass(frozen=True)
class Perfection(ErrorRate):
    """The error rate, where errors of measure 0 count, too: a single error refutes that it is at most 0."""

    key: ClassVar[str] = "perfection"
    own_number: ClassVar[float | None] = 0.0
    by_any_error: ClassVar[bool] = True

    def limits(self, evidence: Evidence) -> Limits:
        """Those of the error rate, and any error."""
        found = super().limits(evidence)
        if isinstance(evidence.error_rate, ExactErrorRate) and evidence.error_rate.touches:
            return Limits([certain(JUST_ABOVE_ZERO, "errors exist, though their measure is 0")], [], 0.0)
        if any(isinstance(d, AttackDistances) and d.found_errors for d in evidence.distances):
            found.low.append(certain(JUST_ABOVE_ZERO, "the attack found errors"))
        return found

    def claim(self, relation: Relation, threshold: float, metric: str) -> str:
        """A claim in words."""
        return "there is no error"


class _Distance(Quantity):
    """A statistic of the distances."""

    def unit_in(self, space: Space) -> str:
        on_sphere = f" on the sphere of radius {space.radius:g}" if isinstance(space, Sphere) else ""
        return self.unit or on_sphere

    def vacuous(self, evidence: Evidence) -> str | None:
        return "there are no errors to be near" if evidence.no_errors else None


class _Mean(_Distance):
    """A mean of distances."""

    def remark(self, evidence: Evidence) -> str:
        """Failed attacks in unbounded spaces: there is no largest distance to count them with."""
        attacks = (d for d in evidence.distances if isinstance(d, AttackDistances) and math.isinf(d.largest))
        failed = sum(attack.failed for attack in attacks)
        words = f"; {failed:,} failed attacks may be any distance away: they leave a mean without an upper limit"
        return words if failed else ""


@dataclass(frozen=True)
class MeanDistance(_Mean):
    """The mean distance to the nearest error."""

    key: ClassVar[str] = "mean_distance"
    argument: ClassVar[str] = "claim_mean_distance"
    text: ClassVar[str] = "the mean {metric} distance to the nearest error"

    def limits(self, evidence: Evidence) -> Limits:
        """From distances, proofs and geometry."""
        low = [mean_of_true(lower_sample(evidence, d), -1) for d in evidence.from_below]
        low += still_to_come(evidence, "below")
        low += [
            certain(
                d.at_least,
                f"proved: the mean distance is at least {rounded_down(d.at_least)}",
                rounding=ROUNDING * abs(d.at_least),
            )
            for d in evidence.distances
            if isinstance(d, ProvedMeanDistance)
        ]
        high = from_geometry(evidence, "has a mean distance above", partial(mean_bound, evidence.geometry))
        if evidence.some_errors:
            high += [mean_of_true(upper_sample(evidence, d), 1) for d in evidence.from_above]
            high += still_to_come(evidence, "above")
            point = largest_mean(evidence.geometry)
            why = f"no set of errors, not even a single point, has a mean distance above {rounded_up(point)}"
            high.append(certain(point, why, impossible=True, rounding=ROUNDING * point))
        return Limits(low, high, observed_mean(evidence))

    def bound_at(self, rate: LogProbability, space: Space) -> float:
        """That of the farthest error set."""
        return float(space.mean_distance_bound(rate))


@dataclass(frozen=True)
class QuantileDistance(_Distance):
    """A quantile of the distance to the nearest error.

    Parameters
    ----------
    level
        In (0, 1); 0.5 is the median.
    """

    level: float
    key: ClassVar[str] = "quantile_distance"
    argument: ClassVar[str] = "claim_quantile_distance"
    text: ClassVar[str] = "the {level:g}-quantile of the {metric} distance to the nearest error"

    def __post_init__(self) -> None:
        level = check_range("claim_quantile", self.level, 0.0, 1.0, low_open=True, high_open=True)
        check_single("claim_quantile", level)

    def limits(self, evidence: Evidence) -> Limits:
        """Order statistics, and geometry."""
        low = [order_statistic(lower_sample(evidence, d), self.level, -1) for d in evidence.from_below]
        low += still_to_come(evidence, "below")
        high = from_geometry(
            evidence,
            f"has a {self.level:g}-quantile of the distance above",
            partial(self.bound_at, space=evidence.geometry),
        )
        if evidence.some_errors:
            high += [order_statistic(upper_sample(evidence, d), self.level, 1) for d in evidence.from_above]
            high += still_to_come(evidence, "above")
        samples = [upper_sample(evidence, d) for d in evidence.from_above] or [
            lower_sample(evidence, d) for d in evidence.from_below
        ]
        return Limits(low, high, observed_quantile(samples[0], self.level) if samples else None)

    def bound_at(self, rate: LogProbability, space: Space) -> float:
        """That of the farthest error set."""
        return float(space.quantile_distance_bound(self.level, rate))


@dataclass(frozen=True)
class RobustAccuracy(Quantity):
    """The share of points without an error within epsilon.

    Parameters
    ----------
    epsilon
        Finite, >= 0.
    """

    epsilon: float
    key: ClassVar[str] = "robust_accuracy"
    argument: ClassVar[str] = "claim_robust_accuracy"
    text: ClassVar[str] = "the accuracy robust to {metric} distance {epsilon:.6g}"
    largest: ClassVar[float] = 1.0

    def __post_init__(self) -> None:
        check_single("epsilon", check_range("epsilon", self.epsilon, 0.0, math.inf, high_open=True))

    def limits(self, evidence: Evidence) -> Limits:
        """Shares of points, and geometry."""
        if evidence.no_errors:
            source = certain(1.0, "there is no error")
            return Limits([source], [source], 1.0)
        length = float(evidence.lengths(self.epsilon))

        proved = [free_tallies(d, length)[0] for d in evidence.from_below]
        left = [free_tallies(d, length)[1] for d in evidence.from_above]
        low = [
            share_of(tally, "proved to be free of errors within epsilon", 0) for tally in proved if tally is not None
        ]
        low += still_to_come(evidence, "below")
        high = from_geometry(evidence, "has a robust accuracy above", partial(self.bound_at, space=evidence.geometry))
        high += [share_of(tally, "left without an error within epsilon", 1) for tally in left if tally is not None]
        high += still_to_come(evidence, "above")
        rates = [tally.rate for tally in [*left, *proved] if tally is not None]
        return Limits(low, high, rates[0] if rates else None)

    def bound_at(self, rate: LogProbability, space: Space) -> float:
        """That of the farthest error set."""
        return float(space.max_robust_accuracy(rate, self.epsilon))


@dataclass(frozen=True)
class NearErrors(RobustAccuracy):
    """The complement of the robust accuracy: the share of points with an error within epsilon."""

    key: ClassVar[str] = "share_within_epsilon"
    argument: ClassVar[str] = "claim_share"
    text: ClassVar[str] = "the share of points within {metric} distance {epsilon:.6g} of an error"

    def limits(self, evidence: Evidence) -> Limits:
        """Those of the robust accuracy, mirrored."""
        robust = RobustAccuracy(self.epsilon).limits(evidence)
        observed = None if robust.observed is None else 1.0 - robust.observed
        return Limits([mirrored(s) for s in robust.high], [mirrored(s) for s in robust.low], observed)

    def bound_at(self, rate: LogProbability, space: Space) -> float:
        """The least share, which geometry demands."""
        return float(space.neighbourhood(rate, self.epsilon))


@dataclass(frozen=True)
class Tightness(_Mean):
    """The mean distance as a share of the isoperimetric bound at the classifier's error rate."""

    key: ClassVar[str] = "tightness"
    argument: ClassVar[str] = "claim_tightness"
    text: ClassVar[str] = "the mean {metric} distance"
    unit: ClassVar[str] = _TIMES

    def limits(self, evidence: Evidence) -> Limits:
        """Those of the mean over those of the bound."""
        rate, mean = ErrorRate().limits(evidence), MeanDistance().limits(replace(evidence, error_rate=None))
        low = [ratio(evidence, m, r, -1) for m in mean.low for r in rate.low]
        high = [ratio(evidence, m, r, 1) for m in mean.high for r in rate.high]
        known = evidence.error_rate
        if not (isinstance(known, ExactErrorRate) and float(known.rate.log) == 0.0):  # there the bound is 0
            high.append(certain(1.0, "the isoperimetric bound holds for every classifier", impossible=True))
        return Limits(low, high, observed_ratio(evidence, mean.observed))

    def bound_at(self, rate: LogProbability, space: Space) -> float:
        """At most 1, always."""
        return 1.0

    def vacuous(self, evidence: Evidence) -> str | None:
        """At error rate 0 there is no bound."""
        rate = evidence.error_rate
        zero = isinstance(rate, ExactErrorRate) and rate.is_zero
        infinite = "the error rate is 0, where the isoperimetric bound is infinite" if zero else None
        return super().vacuous(evidence) or infinite


@dataclass(frozen=True)
class AttackedMean(_Mean):
    """The mean distance that the attack found, as a share of the isoperimetric bound: may exceed 1.

    No set of errors is farther away, so that a longer mean proves the attack too weak; it says nothing against the
    theorem, nor about the classifier.
    """

    key: ClassVar[str] = "attack"
    argument: ClassVar[str] = "claim_attack"
    text: ClassVar[str] = "the mean {metric} distance that the attack found"
    own_number: ClassVar[float | None] = 1.0
    unit: ClassVar[str] = _TIMES
    by_any_error: ClassVar[bool] = True

    def limits(self, evidence: Evidence) -> Limits:
        """Those of the mean of what was found over those of the bound."""
        rate = ErrorRate().limits(evidence)
        samples = [
            upper_sample(evidence, d) for d in evidence.from_above if isinstance(d, AttackDistances) and d.found_errors
        ]
        low = [ratio(evidence, mean_of_found(s, -1), r, -1) for s in samples for r in rate.low]
        high = [ratio(evidence, mean_of_found(s, 1), r, 1) for s in samples for r in rate.high]
        return Limits(low, high, observed_ratio(evidence, finite(samples[0].mean) if samples else None))

    def bound_at(self, rate: LogProbability, space: Space) -> float:
        """At most 1, if the attack is any good."""
        return 1.0

    def claim(self, relation: Relation, threshold: float, metric: str) -> str:
        """A claim in words."""
        return f"{self.words(metric)} is {relation} the isoperimetric bound"

    def rests_on_samples(self, evidence: Evidence) -> bool:
        """Always: what an attack finds is never known before."""
        return True

    def refuted(self, limit: Limit) -> str:
        """The attack is blamed."""
        return f"{TOO_WEAK} ({limit.grounds})"
