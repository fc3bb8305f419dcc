"""One-sided limits of the quantities that claims are about, from evidence.

Geometry is a source like any other: at an error rate of at least mu no classifier has a mean distance above the cap's
[Gil2018], so a lower limit of the error rate is an upper limit of the distance, and a lower limit of the mean distance
is an upper limit of the error rate.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial

import numpy as np

from ...theory.basics.log_probability import LogProbability
from ...theory.basics.rounded_text import probability_rounded_up, rounded_down, rounded_out, rounded_up
from ...theory.spaces.space import Space
from ...theory.spaces.sphere import Sphere
from .evidence import AttackDistances, ErrorCounts, Evidence, ExactErrorRate, FromBelow, ProvedMeanDistance
from .quantities import probability_words
from .sources import (
    DistanceSample,
    Growth,
    Limit,
    Source,
    Tally,
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

_JUST_ABOVE_ZERO = -float(np.finfo(np.float64).max)
"""Log of an error rate that is known to be positive and no more."""
_ROUNDING = 1e-10
"""More than the relative error of any computed bound: a claim that is nearer than this to one is not decided by it."""


@dataclass(frozen=True)
class Limits:
    """All sources for one quantity, and what was observed of it (None without a sample)."""

    low: list[Source] = field(default_factory=list)
    high: list[Source] = field(default_factory=list)
    observed: float | None = None


def error_rate_limits(evidence: Evidence) -> Limits:
    """Limits of the natural logarithm of the error rate."""
    rate = evidence.error_rate
    if isinstance(rate, ExactErrorRate):
        log = float(rate.rate.log)
        rounding = rate.log_error if -math.inf < log < 0.0 else 0.0
        source = certain(log, f"the exact error rate is {probability_words(log)}", rounding=rounding)
        return Limits([source], [source], float(rate.rate))
    low, high = [], [_rate_from_distances(evidence, d) for d in evidence.from_below]
    high += still_to_come(evidence, "below")
    high += [_rate_from_proof(evidence, d) for d in evidence.distances if isinstance(d, ProvedMeanDistance)]
    observed = None
    if isinstance(rate, ErrorCounts):
        low.append(counted_errors(rate, 0))
        high.append(counted_errors(rate, 1))
        observed = rate.errors / rate.samples
        if rate.errors:
            seen = f"{rate.errors:,} of {rate.samples:,} points were errors"
            low.append(certain(_JUST_ABOVE_ZERO, seen, samples=rate.samples))
    return Limits(low, high, observed)


def perfection_limits(evidence: Evidence) -> Limits:
    """Limits of the error rate for the claim that there is no error: a single one refutes it."""
    found = error_rate_limits(evidence)
    if isinstance(evidence.error_rate, ExactErrorRate) and evidence.error_rate.touches:
        return Limits([certain(_JUST_ABOVE_ZERO, "errors exist, though their measure is 0")], [], 0.0)
    if any(isinstance(d, AttackDistances) and d.found_errors for d in evidence.distances):
        found.low.append(certain(_JUST_ABOVE_ZERO, "the attack found errors"))
    return found


def mean_distance_limits(evidence: Evidence) -> Limits:
    """Limits of the mean distance to the nearest error."""
    low = [mean_of_true(lower_sample(evidence, d), -1) for d in evidence.from_below]
    low += still_to_come(evidence, "below")
    low += [
        certain(
            d.at_least,
            f"proved: the mean distance is at least {rounded_down(d.at_least)}",
            rounding=_ROUNDING * abs(d.at_least),
        )
        for d in evidence.distances
        if isinstance(d, ProvedMeanDistance)
    ]
    high = _geometric(evidence, "has a mean distance above", partial(_mean_bound, evidence.space))
    if evidence.some_errors:
        high += [mean_of_true(upper_sample(evidence, d), 1) for d in evidence.from_above]
        high += still_to_come(evidence, "above")
        point = _largest_mean(evidence.space)
        why = f"no set of errors, not even a single point, has a mean distance above {rounded_up(point)}"
        high.append(certain(point, why, impossible=True, rounding=_ROUNDING * point))
    return Limits(low, high, _observed_mean(evidence))


def quantile_distance_limits(evidence: Evidence, quantile: float) -> Limits:
    """Limits of a quantile of the distance to the nearest error: order statistics."""

    def bound(rate: LogProbability) -> float:
        return float(evidence.space.quantile_distance_bound(quantile, rate))

    low = [order_statistic(lower_sample(evidence, d), quantile, -1) for d in evidence.from_below]
    low += still_to_come(evidence, "below")
    high = _geometric(evidence, f"has a {quantile:g}-quantile of the distance above", bound)
    if evidence.some_errors:
        high += [order_statistic(upper_sample(evidence, d), quantile, 1) for d in evidence.from_above]
        high += still_to_come(evidence, "above")
    samples = [upper_sample(evidence, d) for d in evidence.from_above] or [
        lower_sample(evidence, d) for d in evidence.from_below
    ]
    return Limits(low, high, _observed_quantile(samples[0], quantile) if samples else None)


def robust_accuracy_limits(evidence: Evidence, epsilon: float) -> Limits:
    """Limits of the share of points without an error within epsilon."""
    if evidence.no_errors:
        source = certain(1.0, "there is no error")
        return Limits([source], [source], 1.0)
    length = evidence.length(epsilon)

    def bound(rate: LogProbability) -> float:
        return float(evidence.space.max_robust_accuracy(rate, epsilon))

    proved = [free_tallies(d, length)[0] for d in evidence.from_below]
    left = [free_tallies(d, length)[1] for d in evidence.from_above]
    low = [share_of(tally, "proved to be free of errors within epsilon", 0) for tally in proved if tally is not None]
    low += still_to_come(evidence, "below")
    high = _geometric(evidence, "has a robust accuracy above", bound)
    high += [share_of(tally, "left without an error within epsilon", 1) for tally in left if tally is not None]
    high += still_to_come(evidence, "above")
    rates = [tally.rate for tally in [*left, *proved] if tally is not None]
    return Limits(low, high, rates[0] if rates else None)


def near_errors_limits(evidence: Evidence, epsilon: float) -> Limits:
    """Limits of the share of points that have an error within epsilon."""
    robust = robust_accuracy_limits(evidence, epsilon)
    observed = None if robust.observed is None else 1.0 - robust.observed
    return Limits([mirrored(s) for s in robust.high], [mirrored(s) for s in robust.low], observed)


def tightness_limits(evidence: Evidence) -> Limits:
    """Limits of the mean distance over the isoperimetric bound at the classifier's error rate."""
    rate, mean = error_rate_limits(evidence), mean_distance_limits(replace(evidence, error_rate=None))
    low = [_ratio(evidence, m, r, -1) for m in mean.low for r in rate.low]
    high = [_ratio(evidence, m, r, 1) for m in mean.high for r in rate.high]
    known = evidence.error_rate
    if not (isinstance(known, ExactErrorRate) and float(known.rate.log) == 0.0):  # there the bound is 0
        high.append(certain(1.0, "the isoperimetric bound holds for every classifier", impossible=True))
    return Limits(low, high, _observed_tightness(evidence, mean.observed))


def attack_limits(evidence: Evidence) -> Limits:
    """Limits of the mean of the distances that an attack found, over the isoperimetric bound: may exceed 1."""
    rate = error_rate_limits(evidence)
    samples = [
        upper_sample(evidence, d) for d in evidence.from_above if isinstance(d, AttackDistances) and d.found_errors
    ]
    low = [_ratio(evidence, mean_of_found(s, -1), r, -1) for s in samples for r in rate.low]
    high = [_ratio(evidence, mean_of_found(s, 1), r, 1) for s in samples for r in rate.high]
    return Limits(low, high, _observed_tightness(evidence, _finite(samples[0].mean) if samples else None))


def _rate_from_distances(evidence: Evidence, distances: FromBelow) -> Source:
    sample = lower_sample(evidence, distances)

    def limit(delta: float, growth: Growth) -> Limit:
        return _largest_rate(evidence, sample.mean - sample.width(delta, growth))

    return Source(limit, samples=sample.count, points=sample.points)


def _rate_from_proof(evidence: Evidence, proof: ProvedMeanDistance) -> Source:
    limit = _largest_rate(evidence, proof.at_least * (1.0 - _ROUNDING))
    return Source(lambda delta, growth: limit, certain=True)


def _largest_rate(evidence: Evidence, mean: float) -> Limit:
    at_least = float(np.clip(mean, 0.0, _largest_mean(evidence.space)))
    log = float(evidence.space.max_error_rate(at_least).log)
    # True of every classifier: the larger the distance, the smaller the largest error rate.
    words = f"with a mean distance of at least {rounded_up(at_least)} no classifier has an error rate above"
    return Limit(log, f"{words} {probability_rounded_up(log)}")


def _geometric(evidence: Evidence, words: str, bound: Callable[[LogProbability], float]) -> list[Source]:
    """Upper limits of a distance or a robust accuracy, from lower limits of the error rate."""
    rate = evidence.error_rate
    if isinstance(rate, ExactErrorRate):
        if rate.is_zero:
            return []
        limit = bound(rate.rate)
        rounding = _ROUNDING * limit + (bound(_lowered(rate)) - limit if rate.log_error > 0.0 else 0.0)
        # True of every classifier: the larger the error rate, the smaller the largest distance.
        known = f"of error rate {probability_rounded_up(float(rate.rate.log))}"
        why = f"no classifier {known} {words} {rounded_up(limit + rounding)}{_assumed(evidence.space)}"
        return [certain(limit, why, impossible=True, rounding=rounding)]
    if not isinstance(rate, ErrorCounts):
        return []
    if rate.errors == 0:
        # There may be no error at all, and geometry demands nothing. It keeps its share of the error budget, though:
        # in a growing sample the shares must not change with what was seen.
        nothing = Limit(math.inf, f"no error in {rate.samples:,} points")
        return [Source(lambda delta, growth: nothing, samples=rate.samples, points={"max_samples": rate.samples})]
    tally = Tally(rate.errors, rate.samples, rate.anytime)

    def at(delta: float, growth: Growth) -> Limit:
        low = tally.limits(delta, growth)[0]
        found = bound(LogProbability.of(low))
        why = (
            f"{rate.errors:,} errors in {rate.samples:,} points show an error rate of at least {rounded_down(low)}, "
            f"at which no classifier {words} {rounded_up(found)}{_assumed(evidence.space)}"
        )
        return Limit(found, why, impossible=True)

    return [Source(at, samples=rate.samples, points={"max_samples": rate.samples})]


def _lowered(rate: ExactErrorRate) -> LogProbability:
    """The least error rate that may be meant by a computed one."""
    log, log_complement = float(rate.rate.log), float(rate.rate.log_complement)
    if log < log_complement:
        return LogProbability.from_log(log - rate.log_error)
    return LogProbability.from_log_complement(min(log_complement + rate.log_error, 0.0))


def _assumed(space: Space) -> str:
    """What the bounds of a space rest on, in words; that points of a sphere are random is what every claim says."""
    return "" if isinstance(space, Sphere) else f", if {space.assumption}"


@lru_cache(maxsize=4096)
def _bound_at(space: Space, log: float, log_complement: float) -> float:
    # Checks ask again and again for the bound at the same counts.
    return float(space.mean_distance_bound(LogProbability(log, log_complement)))  # type: ignore[arg-type]


def _mean_bound(space: Space, rate: LogProbability) -> float:
    """The largest mean distance at an error rate; at 0 that of the smallest error sets."""
    log = float(rate.log)
    return _largest_mean(space) if log == -math.inf else _bound_at(space, log, float(rate.log_complement))


@lru_cache(maxsize=256)
def _largest_mean(space: Space) -> float:
    return space.largest_mean_distance


def _ratio(evidence: Evidence, mean: Source, rate: Source, side: int) -> Source:
    """Limit of mean over bound from above (side 1) or below (-1); delta is split where both rest on samples."""
    parts = max(1, (not mean.certain) + (not rate.certain))

    def limit(delta: float, growth: Growth) -> Limit:
        top, log_rate = mean.limit(delta / parts, growth), rate.limit(delta / parts, growth)
        if log_rate.value in (-np.inf, _JUST_ABOVE_ZERO):
            bound = _largest_mean(evidence.space)
        else:
            rate_log = min(log_rate.value + side * log_rate.rounding, 0.0)
            bound = _mean_bound(evidence.space, LogProbability.from_log(rate_log))
        if math.isinf(top.value):
            ratio = top.value
        elif bound > 0.0:
            ratio = top.value / bound
        else:
            ratio = np.inf if top.value > 0.0 else 1.0
        rounding = _ROUNDING * ratio if mean.certain and rate.certain and ratio < np.inf else 0.0
        why = f"{top.grounds}; {log_rate.grounds}, where the isoperimetric bound is {rounded_out(bound, -side)}"
        return Limit(ratio, why, rounding=rounding)

    points = {**rate.points, **mean.points}
    return Source(limit, mean.certain and rate.certain, max(mean.samples, rate.samples), points)


def _observed_quantile(sample: DistanceSample, quantile: float) -> float | None:
    if sample.values is not None and sample.mean < np.inf:
        return float(np.quantile(sample.values, quantile))
    return _finite(sample.rank_value(max(1, int(np.ceil(quantile * sample.count))), 1))


def _observed_mean(evidence: Evidence) -> float | None:
    samples = [upper_sample(evidence, d) for d in evidence.from_above] or [
        lower_sample(evidence, d) for d in evidence.from_below
    ]
    return _finite(samples[0].mean) if samples else None


def _finite(value: float) -> float | None:
    """A value that was observed; of failed attacks in unbounded spaces there is none."""
    return value if math.isfinite(value) else None


def _observed_tightness(evidence: Evidence, mean: float | None) -> float | None:
    rate = evidence.error_rate
    if mean is None or rate is None:
        return None
    estimate = rate.rate if isinstance(rate, ExactErrorRate) else LogProbability.of(rate.errors / rate.samples)
    bound = _mean_bound(evidence.space, estimate)
    return mean / bound if 0.0 < bound < np.inf else None
