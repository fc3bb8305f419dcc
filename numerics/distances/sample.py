"""Distances of independent points as a sample, the widths that it allows for their mean, and the sample in sum."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np

from ...theory.basics.by_value import ShortRepr
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.metrics import angle_from_distance, distance_from_angle
from ...theory.basics.validation import FloatArray, Metric, check_metric
from ...theory.spaces.space import Space
from ...theory.spaces.sphere import Sphere as RoundSpace
from ..attacks.attack import NearErrors
from ..statistics.intervals import (
    Interval,
    concentration_width,
    empirical_bernstein_width,
    mean_distance_interval,
    one_sided_bernstein_width,
)
from ..statistics.sequences import normal_mixture_width, predictable_squares, stitched_bernstein_width
from ..storage.records import plain
from ..storage.results import Result, at_least
from .statistics import DistanceStatistics

Argument: TypeAlias = Literal["max_samples", "attacked_points", "certified_points"]


@dataclass(frozen=True)
class Growth:
    """How many times as many points one imagines, of one kind or of all.

    Parameters
    ----------
    factor
        1 for the sample as it is.
    argument
        Which points: those of ``max_samples``, ``attacked_points`` or ``certified_points``; None for all.
    """

    factor: float = 1.0
    argument: Argument | None = None

    def of(self, argument: Argument) -> float:
        """The factor of the points that an argument gives."""
        return self.factor if self.argument in (None, argument) else 1.0


AS_IT_IS = Growth()


@dataclass(frozen=True)
class Controlled:
    """The same mean by a control variate.

    Parameters
    ----------
    farther
        How much farther out on the side in question its estimate is than the mean of the sample.
    spread, reach, guess
        Of its values: mean square about a centre, how much farther out on that side one may lie, and the spread that
        was guessed beforehand.
    """

    farther: float
    spread: float
    reach: float
    guess: float


@dataclass(frozen=True, eq=False)
class DistanceSample(ShortRepr):
    """Distances of independent points: true ones, or bounds of true ones on one side.

    Parameters
    ----------
    count, mean, variance
        Statistics of the sample.
    concentration, largest
        Of the space: by how much distances vary at most, and the largest one.
    anytime
        Whether the number of points depended on what was seen.
    found
        What the distances are, in words.
    rank_value
        (rank from 1, side) -> the order statistic; a bound on it, from above (side 1) or below (-1), where the
        distances are known in sum only.
    values
        The distances; None where they are known in sum only.
    argument
        What gives more of them.
    controlled
        The same mean by a control variate, where one was observed.
    """

    count: int
    mean: float
    variance: float
    concentration: float
    largest: float
    anytime: bool
    found: str
    rank_value: Callable[[int, int], float]
    values: FloatArray | None = None
    argument: Argument = "max_samples"
    controlled: Controlled | None = None

    @classmethod
    def of(
        cls,
        values: FloatArray,
        *,
        concentration: float,
        largest: float,
        anytime: bool,
        found: str,
        argument: Argument = "max_samples",
    ) -> DistanceSample:
        """The sample of these distances."""
        count, mean, rank_value = len(values), float(np.mean(values)), _RankOf(values)
        variance = float(np.var(values, ddof=1)) if count > 1 and mean < np.inf else 0.0
        return cls(count, mean, variance, concentration, largest, anytime, found, rank_value, values, argument)

    @property
    def points(self) -> dict[Argument, int]:
        """How many points its argument gave."""
        return {self.argument: self.count}

    @cached_property
    def squares(self) -> float:
        """Predictable squares, for the confidence sequence."""
        return float(predictable_squares(self.all_values(), 0.0, self.largest)[-1])

    def width(self, delta: float, growth: Growth = AS_IT_IS) -> float:
        """One-sided width for the mean of the TRUE distances: the least of several, which share delta evenly.

        Lipschitz, empirical Bernstein, and its one-sided form with the control variate where one was observed.

        The Lipschitz width belongs to the sample mean of the true distances. As that lies on the known side of the
        mean of one-sided bounds, point by point, it serves for these as well.
        """
        known = normal_mixture_width if self.anytime else concentration_width
        # In unbounded spaces the second is never of use.
        each = delta if self.largest == np.inf else delta / (2.0 if self.controlled is None else 3.0)
        n = self.count * growth.of(self.argument)
        lipschitz = float(known(n, self.concentration, each))
        width = min(lipschitz, self.own_width(each, growth))
        if (other := self.controlled) is None:
            return width
        return min(width, other.farther + one_sided_bernstein_width(other.spread, n, other.reach, each, other.guess))

    def own_width(self, delta: float, growth: Growth = AS_IT_IS) -> float:
        """One-sided width for the mean of these very values, which need not be Lipschitz: empirical Bernstein.

        Infinite in unbounded spaces, where one value that was not drawn may be as large as it likes.
        """
        if self.largest == np.inf:
            return np.inf
        factor = growth.of(self.argument)
        n = self.count * factor
        if self.anytime:
            return float(stitched_bernstein_width(self.squares * factor, n, self.largest, delta))
        return empirical_bernstein_width(self.variance, n, self.largest, delta)

    def cut_at(self, most: float) -> DistanceSample:
        """The same distances, those above ``most`` lowered to it: their mean is no larger."""
        return DistanceSample.of(
            np.minimum(self.all_values(), most),
            concentration=self.concentration,
            largest=most,
            anytime=self.anytime,
            found=self.found,
            argument=self.argument,
        )

    def all_values(self) -> FloatArray:
        """The distances, where they are known one by one."""
        if self.values is None:
            raise InvalidArgumentError("distances", self.found, "given one by one, not in sum, for this question")
        return self.values


@dataclass(frozen=True)
class _RankOf:
    """Order statistics of values, which are sorted when they are first asked for."""

    values: FloatArray

    @cached_property
    def ordered(self) -> FloatArray:
        return np.sort(self.values)

    def __call__(self, rank: int, side: int) -> float:
        return float(self.ordered[rank - 1])


@dataclass(frozen=True)
class ObservedDistance(Result):
    """Mean distance to the nearest error of a sample, with its interval; in the unit of the radius."""

    mean: float
    interval: Interval
    quantiles: Mapping[str, float]
    mean_over_correct_points: float | None
    errors_in_sample: int

    def to_dict(self) -> dict[str, Any]:
        """Keys of ``observed`` in the JSON of ``distances``."""
        interval = self.interval.to_dict()
        interval["interval_method"] = interval.pop("method")
        own = {name: getattr(self, name) for name in ("mean", "quantiles", "mean_over_correct_points")}
        return {**plain(own), **interval, "errors_in_sample": self.errors_in_sample}

    def _shown(self) -> dict[str, Any]:
        return {"mean": self.mean, **self.interval._shown(), "errors_in_sample": self.errors_in_sample}


NOTHING_OBSERVED: dict[str, Any] = {
    **dict.fromkeys(("mean", "low", "high", "confidence", "interval_method", "quantiles", "mean_over_correct_points")),
    "errors_in_sample": 0,
}
"""The same keys where no error exists."""


@dataclass(frozen=True)
class WithinEpsilon(Result):
    """Share of points within epsilon of an error, its interval, and the least share that geometry allows."""

    epsilon: float
    observed: float
    interval: Interval
    at_least: float

    def to_dict(self) -> dict[str, Any]:
        """Keys of ``within_epsilon`` in the JSON of ``distances``."""
        ends = {"low": self.interval.low, "high": self.interval.high}
        return {"epsilon": self.epsilon, "observed": self.observed, **ends, "at_least": self.at_least}

    def _shown(self) -> dict[str, Any]:
        shown = {"epsilon": self.epsilon, "observed": self.observed, **self.interval._shown()}
        return {**shown, "at_least": at_least(self.at_least)}


QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def sample_of(found: NearErrors, metric: Metric | None = None) -> DistanceSample:
    """An attack's distances as a sample, those of failed attacks the largest of the space."""
    distances, space = found.distance_upper, found.space
    if metric not in (None, space.metric):
        seen, space = in_metric(space, None), in_metric(space, metric)
        angles = angle_from_distance(distances, radius=seen.radius, metric=seen.metric)
        distances = distance_from_angle(angles, radius=space.radius, metric=space.metric)
    return DistanceSample.of(
        distances,
        concentration=space.concentration,
        largest=space.largest_distance,
        anytime=False,
        found="distances found by the attack",
        argument="attacked_points",
    )


def in_metric(space: Space, metric: Metric | None) -> RoundSpace:
    """A sphere in another metric."""
    if not isinstance(space, RoundSpace):
        raise InvalidArgumentError("metric", metric, "left out: there is another one on spheres alone")
    return space if metric is None else replace(space, metric=check_metric(metric))


def summary_of_exact(seen: DistanceStatistics, sphere: RoundSpace, confidence: float) -> ObservedDistance:
    """Mean and interval of exact distances in sum."""
    where: dict[str, Any] = {"radius": sphere.radius, "metric": sphere.metric}
    mean = seen.mean(**where)
    interval = mean_distance_interval(
        max(mean - sphere.radius * seen.gap_max, 0.0),
        mean,
        seen.variance(**where),
        seen.samples,
        sphere.dim,
        confidence,
        radius=sphere.radius,
        largest_distance=sphere.largest_distance,
    )
    over_correct = seen.mean_over_correct_points(**where) if seen.samples > seen.errors else None
    return ObservedDistance(mean, interval, _named(seen.quantiles(QUANTILES, **where)), over_correct, seen.errors)


def summary_of_found(sample: DistanceSample, some_errors: bool, confidence: float) -> ObservedDistance:
    """The same of an attack's distances: the interval begins at 0."""
    distances = np.sort(sample.all_values())
    wrong, ranks = int(np.count_nonzero(distances == 0.0)), np.ceil(np.multiply(QUANTILES, sample.count)).astype(int)
    high = min(sample.mean + sample.width(1.0 - confidence), sample.largest) if some_errors else math.inf
    return ObservedDistance(
        sample.mean if some_errors else math.inf,
        Interval(0.0, high, confidence, "Lipschitz or empirical Bernstein, one-sided: distances of an attack"),
        _named(distances[ranks - 1]),
        float(np.mean(distances[wrong:])) if wrong < sample.count else None,
        wrong,
    )


def both_sides(seen: ObservedDistance, sample: DistanceSample, gap: float) -> ObservedDistance:
    """The same of exact distances: an interval with both sides, each at half of what may be wrong."""
    level = seen.interval.confidence
    width = sample.width(0.5 * (1.0 - level))
    words = "Lipschitz or empirical Bernstein: exact distances"
    interval = Interval(max(seen.mean - gap - width, 0.0), min(seen.mean + width, sample.largest), level, words)
    return replace(seen, interval=interval)


def _named(quantiles: FloatArray) -> dict[str, float]:
    return {f"{q:g}": float(value) for q, value in zip(QUANTILES, quantiles, strict=True)}
