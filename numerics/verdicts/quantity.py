"""What all quantities share: the class, geometry as a source of limits, ratios to the bound, what was observed."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar, Literal, TypeAlias

import numpy as np

from ...theory.basics.arguments import check_single
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.rounded_text import probability_rounded_up, rounded_down, rounded_out, rounded_up
from ...theory.basics.validation import check_range
from ...theory.spaces.space import Space
from ...theory.spaces.sphere import Sphere
from ..distances.sample import DistanceSample, Growth
from .evidence import ErrorCounts, Evidence, ExactErrorRate, FromBelow, ProvedMeanDistance
from .sources import (
    Limit,
    Source,
    Tally,
    certain,
    lower_sample,
    upper_sample,
)

Relation: TypeAlias = Literal["at least", "at most"]
JUST_ABOVE_ZERO = -float(np.finfo(np.float64).max)
"""Log of an error rate that is known to be positive and no more."""
ROUNDING = 1e-10
"""More than the relative error of any computed bound: a claim that is nearer than this to one is not decided by it."""


@dataclass(frozen=True)
class Limits:
    """All sources for one quantity, and what was observed of it (None without a sample)."""

    low: list[Source] = field(default_factory=list)
    high: list[Source] = field(default_factory=list)
    observed: float | None = None


class Quantity(ABC):
    """What a claim is about.

    Attributes
    ----------
    key, argument
        Its name for scripts, and that of the argument that claims it.
    text
        What it is, in words with places for the metric and its own parameters.
    largest
        The largest number that can be claimed; +inf stands for any finite one.
    own_number
        The only number that can be claimed, where there is no choice.
    unit
        What follows a number.
    of_distances
        Whether it is decided by distances, so that an attack is worth its questions.
    by_any_error
        Whether a single error that an attack finds may decide it: a few points tell nothing.
    """

    key: ClassVar[str]
    argument: ClassVar[str]
    text: ClassVar[str]
    largest: ClassVar[float] = math.inf
    own_number: ClassVar[float | None] = None
    unit: ClassVar[str] = ""
    of_distances: ClassVar[bool] = True
    by_any_error: ClassVar[bool] = False

    @abstractmethod
    def limits(self, evidence: Evidence) -> Limits:
        """Its limits from below and above, and what was observed of it."""

    def bound_at(self, rate: LogProbability, space: Space) -> float | None:
        """What geometry says of it at an error rate: the most that it can be; None where it says nothing."""
        return None

    @property
    def by_attack(self) -> bool:
        """Whether an attack may decide it."""
        return self.of_distances or self.by_any_error

    def words(self, metric: str) -> str:
        """What it is."""
        return self.text.format(metric=metric, **vars(self))

    def claim(self, relation: Relation, threshold: float, metric: str) -> str:
        """A claim in words; the threshold is on the scale of the limits."""
        return f"{self.words(metric)} is {relation} {self.shown(threshold)}{self.unit}"

    def check(self, number: float | LogProbability) -> None:
        """Refuse a number that it cannot have."""
        inside = check_range(self.argument, number, 0.0, self.largest, high_open=math.isinf(self.largest))  # type: ignore[arg-type]
        check_single(self.argument, inside)

    def scale(self, number: float | LogProbability) -> float:
        """A claimed number on the scale of the limits."""
        return float(number)

    def shown(self, value: float, side: int = 0) -> str:
        """A number on the scale of the limits; one from below (side -1) or above (1) is rounded outwards."""
        return rounded_out(value, side) if side else f"{value:.6g}"

    def is_limit(self, value: float) -> bool:
        """Whether a number limits it at all."""
        return math.isfinite(value)

    def unit_in(self, space: Space) -> str:
        """What follows a limit in a space."""
        return self.unit

    def remark(self, evidence: Evidence) -> str:
        """What else is to be said where it stays open."""
        return ""

    def vacuous(self, evidence: Evidence) -> str | None:
        """Why nothing is claimed of it; None where something is."""
        return None

    def rests_on_samples(self, evidence: Evidence) -> bool:
        """Whether deciding a claim may spend error budget, given what is known without a sample."""
        return not evidence.no_errors

    def refuted(self, limit: Limit) -> str:
        """Why a claim about it is refuted."""
        return f"impossible: {limit.grounds}" if limit.impossible else limit.grounds


def rate_from_distances(evidence: Evidence, distances: FromBelow) -> Source:
    """Upper limit of the log error rate from lower bounds of distances."""
    sample = lower_sample(evidence, distances)

    def limit(delta: float, growth: Growth) -> Limit:
        return _largest_rate(evidence, sample.mean - sample.width(delta, growth))

    return Source(limit, samples=sample.count, points=sample.points)


def rate_from_proof(evidence: Evidence, proof: ProvedMeanDistance) -> Source:
    """The same from a proved lower bound of their mean."""
    limit = _largest_rate(evidence, proof.at_least * (1.0 - ROUNDING))
    return Source(lambda delta, growth: limit, certain=True)


def _largest_rate(evidence: Evidence, mean: float) -> Limit:
    at_least = float(np.clip(mean, 0.0, largest_mean(evidence.geometry)))
    log = float(evidence.geometry.max_error_rate(at_least).log)
    # True of every classifier: the larger the distance, the smaller the largest error rate.
    words = f"with a mean distance of at least {rounded_up(at_least)} no classifier has an error rate above"
    return Limit(log, f"{words} {probability_rounded_up(log)}")


def from_geometry(evidence: Evidence, words: str, bound: Callable[[LogProbability], float]) -> list[Source]:
    """Upper limits of a distance or a robust accuracy, from lower limits of the error rate."""
    rate = evidence.error_rate
    if isinstance(rate, ExactErrorRate):
        if rate.is_zero:
            return []
        limit = bound(rate.rate)
        rounding = ROUNDING * limit + (bound(_lowered(rate)) - limit if rate.log_error > 0.0 else 0.0)
        # True of every classifier: the larger the error rate, the smaller the largest distance.
        known = f"of error rate {probability_rounded_up(float(rate.rate.log))}"
        why = f"no classifier {known} {words} {rounded_up(limit + rounding)}{_assumed(evidence)}"
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
            f"at which no classifier {words} {rounded_up(found)}{_assumed(evidence)}"
        )
        return Limit(found, why, impossible=True)

    return [Source(at, samples=rate.samples, points={"max_samples": rate.samples})]


def _lowered(rate: ExactErrorRate) -> LogProbability:
    """The least error rate that may be meant by a computed one."""
    log, log_complement = float(rate.rate.log), float(rate.rate.log_complement)
    if log < log_complement:
        return LogProbability.from_log(log - rate.log_error)
    return LogProbability.from_log_complement(min(log_complement + rate.log_error, 0.0))


def _assumed(evidence: Evidence) -> str:
    """What the bounds of a space rest on, in words; that points of a sphere are random is what every claim says."""
    if evidence.even:
        return "" if isinstance(evidence.geometry, Sphere) else " if -x is an error where x is one, as here"
    return "" if isinstance(evidence.space, Sphere) else f", if {evidence.space.assumption}"


@lru_cache(maxsize=4096)
def _bound_at(space: Space, log: float, log_complement: float) -> float:
    # Checks ask again and again for the bound at the same counts.
    return float(space.mean_distance_bound(LogProbability(log, log_complement)))  # type: ignore[arg-type]


def mean_bound(space: Space, rate: LogProbability) -> float:
    """The largest mean distance at an error rate; at 0 that of the smallest error sets."""
    log = float(rate.log)
    return largest_mean(space) if log == -math.inf else _bound_at(space, log, float(rate.log_complement))


@lru_cache(maxsize=256)
def largest_mean(space: Space) -> float:
    """The largest mean distance to any nonempty set."""
    return space.largest_mean_distance


def ratio(evidence: Evidence, mean: Source, rate: Source, side: int) -> Source:
    """Limit of mean over bound from above (side 1) or below (-1); delta is split where both rest on samples."""
    parts = max(1, (not mean.certain) + (not rate.certain))

    def limit(delta: float, growth: Growth) -> Limit:
        top, log_rate = mean.limit(delta / parts, growth), rate.limit(delta / parts, growth)
        if log_rate.value in (-np.inf, JUST_ABOVE_ZERO):
            bound = largest_mean(evidence.geometry)
        else:
            rate_log = min(log_rate.value + side * log_rate.rounding, 0.0)
            bound = mean_bound(evidence.geometry, LogProbability.from_log(rate_log))
        if math.isinf(top.value):
            ratio = top.value
        elif bound > 0.0:
            ratio = top.value / bound
        else:
            ratio = np.inf if top.value > 0.0 else 1.0
        rounding = ROUNDING * ratio if mean.certain and rate.certain and ratio < np.inf else 0.0
        why = f"{top.grounds}; {log_rate.grounds}, where the isoperimetric bound is {rounded_out(bound, -side)}"
        return Limit(ratio, why, rounding=rounding)

    points = {**rate.points, **mean.points}
    return Source(limit, mean.certain and rate.certain, max(mean.samples, rate.samples), points)


def observed_quantile(sample: DistanceSample, quantile: float) -> float | None:
    """The quantile of a sample."""
    if sample.values is not None and sample.mean < np.inf:
        return float(np.quantile(sample.values, quantile))
    return finite(sample.rank_value(max(1, int(np.ceil(quantile * sample.count))), 1))


def observed_mean(evidence: Evidence) -> float | None:
    """The mean of the first evidence that has one, from above if any is."""
    samples = [upper_sample(evidence, d) for d in evidence.from_above] or [
        lower_sample(evidence, d) for d in evidence.from_below
    ]
    return finite(samples[0].mean) if samples else None


def finite(value: float) -> float | None:
    """A value that was observed; of failed attacks in unbounded spaces there is none."""
    return value if math.isfinite(value) else None


def observed_ratio(evidence: Evidence, mean: float | None) -> float | None:
    """A mean over the bound at the best known error rate."""
    estimate = evidence.best_rate
    if mean is None or estimate is None:
        return None
    bound = mean_bound(evidence.geometry, estimate)
    return mean / bound if 0.0 < bound < np.inf else None
