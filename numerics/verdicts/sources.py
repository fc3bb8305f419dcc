"""Ways to limit a quantity from one side: proofs, counts, means and quantiles of distances.

A :class:`Source` is certain (a proof, an exact value, geometry at an exact error rate), or it is wrong with probability
at most ``delta``. Sources can be asked what they would say of another number of points with the same statistics
(:class:`~.distances.sample.Growth`): that is how the number of samples that a check needs is found, and which
argument gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.rounded_text import rounded_out
from ...theory.basics.validation import FloatArray, Metric
from ..distances.sample import AS_IT_IS, Argument, Controlled, DistanceSample, Growth
from ..distances.statistics import DistanceStatistics
from ..statistics.intervals import clopper_pearson_limits
from ..statistics.sequences import beta_binomial_limits, excludes
from .evidence import (
    AttackDistances,
    ErrorCounts,
    Evidence,
    ExactDistances,
    FromAbove,
    FromBelow,
    LowerCertificates,
    PlannedDistances,
    SummarisedDistances,
)

Pair: TypeAlias = tuple[float, float]
_CUTS, _FAR = 6, 64.0


@dataclass(frozen=True)
class Limit:
    """A number that a quantity is not beyond.

    Parameters
    ----------
    value
        The number, as it was computed.
    grounds
        Why, in words.
    impossible
        Whether geometry forbids what is beyond it.
    rounding
        How far beyond the computed number the quantity may be after all, by the rounding of its computation.
    """

    value: float
    grounds: str
    impossible: bool = False
    rounding: float = 0.0

    def beyond(self, side: int) -> float:
        """What the quantity is at most (side 1) or at least (-1), rounding included."""
        return self.value + side * self.rounding


@dataclass(frozen=True)
class Source:
    """One way to limit a quantity from one side.

    Parameters
    ----------
    limit
        (delta, growth) -> Limit, wrong with probability at most delta, projected on as many points with the same
        statistics. A certain source ignores both.
    certain
        Whether it cannot be wrong: a proof, or an error that was seen.
    samples
        How many points were looked at.
    points
        How many of them each argument gave.
    """

    limit: Callable[[float, Growth], Limit]
    certain: bool = False
    samples: int = 0
    points: Mapping[Argument, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Tally:
    """Successes among independent trials."""

    successes: float
    samples: int
    anytime: bool
    argument: Argument = "max_samples"

    def limits(self, delta: float, growth: Growth = AS_IT_IS) -> Pair:
        """Lower and upper limit of the probability, each wrong with probability at most delta."""
        factor = growth.of(self.argument)
        k, n = self.successes * factor, self.samples * factor
        low, high = (beta_binomial_limits if self.anytime else clopper_pearson_limits)(k, n, delta)
        return float(low), float(high)

    @property
    def rate(self) -> float:
        """Share of successes."""
        return self.successes / self.samples


def certain(value: float, grounds: str, *, impossible: bool = False, samples: int = 0, rounding: float = 0.0) -> Source:
    """A limit that cannot be wrong; ``samples`` where points had to be looked at to know it."""
    limit = Limit(value, grounds, impossible, rounding)
    return Source(lambda delta, growth: limit, True, samples)


def counted_errors(counts: ErrorCounts, side: int) -> Source:
    """Limit of the log error rate from a count; side 1 from above, 0 from below."""
    tally = Tally(counts.errors, counts.samples, counts.anytime)

    def limit(delta: float, growth: Growth) -> Limit:
        value = tally.limits(delta, growth)[side]
        which = "at most" if side else "at least"
        log = float(np.log(value)) if value > 0.0 else -np.inf
        seen = f"{counts.errors:,} errors in {counts.samples:,} points"
        return Limit(log, f"{seen}: the error rate is {which} {rounded_out(value, side)}")

    return Source(limit, samples=counts.samples, points={"max_samples": counts.samples})


def lower_sample(evidence: Evidence, distances: FromBelow) -> DistanceSample:
    """Lower bounds of the distances."""
    if isinstance(distances, SummarisedDistances):
        return _summary(evidence, distances.statistics, -1)
    return _sample(evidence, distances.lower, distances.anytime, distances)


def upper_sample(evidence: Evidence, distances: FromAbove) -> DistanceSample:
    """Upper bounds of the distances."""
    if isinstance(distances, SummarisedDistances):
        return _summary(evidence, distances.statistics, 1)
    return _sample(evidence, distances.upper, distances.anytime, distances)


def _summary(evidence: Evidence, statistics: DistanceStatistics, side: int) -> DistanceSample:
    """Upper (side 1) or lower (-1) bounds of distances that are known in sum: the moments are those of upper bounds."""
    space = evidence.sphere
    radius, metric = space.radius, space.metric
    slack = 0.0 if side > 0 else radius * statistics.gap_max  # a chord shrinks by no more than its angle

    def rank_value(rank: int, wanted: int) -> float:
        return statistics.order_statistic(rank, radius=radius, metric=metric, from_below=wanted < 0)

    return DistanceSample(
        statistics.samples,
        max(statistics.mean(radius=radius, metric=metric) - slack, 0.0),
        (np.sqrt(statistics.variance(radius=radius, metric=metric)) + slack) ** 2,
        space.concentration,
        space.largest_distance,
        False,
        "exact distances",
        rank_value,
        controlled=_controlled(statistics, radius, metric, side, slack),
    )


def _controlled(
    statistics: DistanceStatistics, radius: float, metric: Metric, side: int, slack: float
) -> Controlled | None:
    """The mean by the control variate, as seen from the sample's: its values carry the same certificates."""
    if (found := statistics.controlled) is None:
        return None
    spread, reach = found.spread_and_reach(metric, side)
    return Controlled(
        farther=side * (found.mean(radius, metric) - statistics.mean(radius=radius, metric=metric)),
        spread=(radius * np.sqrt(spread) + slack) ** 2,
        reach=radius * (reach + statistics.gap_max),
        guess=radius**2 * found.control.spread,
    )


def _sample(evidence: Evidence, lengths: FloatArray, anytime: bool, source: object) -> DistanceSample:
    if isinstance(source, AttackDistances):
        found = f"distances found by the attack{_failures(source)}"
    else:
        found = "exact distances" if isinstance(source, ExactDistances) else "certified distances"
    return DistanceSample.of(
        evidence.distance(lengths),
        concentration=evidence.space.concentration,
        largest=evidence.space.largest_distance,
        anytime=anytime,
        found=found,
        argument=_argument_of(source),
    )


def _argument_of(source: object) -> Argument:
    if isinstance(source, AttackDistances):
        return "attacked_points"
    return "certified_points" if isinstance(source, LowerCertificates) else "max_samples"


def _failures(attack: AttackDistances) -> str:
    if not attack.failed:
        return ""
    of_them = f", {attack.no_errors:,} with a point that is no error" if attack.no_errors else ""
    return f" ({attack.failed:,} failed{of_them})"


def still_to_come(evidence: Evidence, side: Literal["above", "below"]) -> list[Source]:
    """Sources of planned evidence: they limit nothing yet, and keep their share of the error budget."""
    nothing = Limit(np.inf if side == "above" else -np.inf, "not looked at yet")
    planned = [d for d in evidence.distances if isinstance(d, PlannedDistances) and d.limits_from == side]
    return [Source(lambda delta, growth: nothing) for _ in planned]


def free_tallies(distances: FromAbove | FromBelow, length: float) -> tuple[Tally | None, Tally | None]:
    """Points without an error within a length: those that are proved free, and those where none was found.

    None where the evidence does not say: one-sided evidence, or distances in sum that were counted at another angle.
    """
    if isinstance(distances, SummarisedDistances):
        seen = distances.statistics
        if seen.epsilon != length or seen.within is None or seen.possibly_within is None:
            return None, None
        counts = seen.samples - seen.possibly_within, seen.samples - seen.within
        return tuple(Tally(count, seen.samples, False) for count in counts)  # type: ignore[return-value]
    lower, upper = getattr(distances, "lower", None), getattr(distances, "upper", None)
    # An attack that failed has found no error, not even at the other end of the sphere.
    failed = ~np.asarray(distances.succeeded) if isinstance(distances, AttackDistances) else False
    argument = _argument_of(distances)
    return (
        None if lower is None else tally_of(lower > length, distances.anytime, argument),
        None if upper is None else tally_of(~(upper <= length) | failed, distances.anytime, argument),
    )


def mean_of_true(sample: DistanceSample, side: int) -> Source:
    """Limit of the mean of the true distances; side 1 from above, -1 from below."""

    def limit(delta: float, growth: Growth) -> Limit:
        return mean_limit(sample, sample.mean + side * sample.width(delta, growth), side)

    return Source(limit, samples=sample.count, points=sample.points)


def mean_of_found(sample: DistanceSample, side: int) -> Source:
    """Limit of the mean of the found distances themselves.

    From below also by the means of min(X, b), b = largest / 2^k, k = 0 ... 5: where all distances are far below the
    largest possible one, these have a far smaller range; delta is split among the six. Unbounded spaces are cut at
    a distance that is farther than errors of any rate that can be seen.
    """
    most = sample.largest if sample.largest < np.inf else _FAR * np.sqrt(sample.concentration)
    cuts = [sample.cut_at(most / 2**k) for k in range(_CUTS)]

    def limit(delta: float, growth: Growth) -> Limit:
        if side > 0:
            return mean_limit(sample, sample.mean + sample.own_width(delta, growth), side)
        return mean_limit(sample, max(cut.mean - cut.own_width(delta / _CUTS, growth) for cut in cuts), side)

    return Source(limit, samples=sample.count, points=sample.points)


def mean_limit(sample: DistanceSample, value: float, side: int) -> Limit:
    """A limit of a mean, within what is possible."""
    possible = float(np.clip(value, 0.0, sample.largest))
    which = "at most" if side > 0 else "at least"
    seen = f"{sample.count:,} {sample.found} of mean {sample.mean:.6g}"
    return Limit(possible, f"{seen}: the mean is {which} {rounded_out(possible, side)}")


def order_statistic(sample: DistanceSample, quantile: float, side: int) -> Source:
    """Limit of a quantile of the true distances; side 1 from above, -1 from below."""
    count = sample.count

    def limit(delta: float, growth: Growth) -> Limit:
        n = int(count * growth.of(sample.argument))
        rank = _rank(quantile, n, delta, side, sample.anytime)
        if rank is None:
            value = sample.largest if side > 0 else 0.0
        else:
            value = sample.rank_value(1 + min(int((rank - 1) * (count / n)), count - 1), side)
        which = "at most" if side > 0 else "at least"
        return Limit(
            value, f"{count:,} {sample.found}: the {quantile:g}-quantile is {which} {rounded_out(value, side)}"
        )

    return Source(limit, samples=count, points=sample.points)


def _rank(quantile: float, n: int, delta: float, side: int, anytime: bool) -> int | None:
    """Rank (from 1) of the order statistic that limits the quantile; None where no rank does.

    From above: with count points strictly below the quantile, lower limit(count) <= quantile but for probability
    delta, so the first rank whose lower limit exceeds the quantile is not strictly below it. From below: the same
    with the upper limit of the count of points up to the quantile.
    """

    def beyond(count: int) -> bool:
        if anytime:
            out = excludes(count, n, quantile, delta)
            return out and count > n * quantile if side > 0 else not (out and count < n * quantile)
        low, high = clopper_pearson_limits(count, n, delta)
        return bool(low > quantile) if side > 0 else bool(high >= quantile)

    if not beyond(n):
        return None
    outside, inside = -1, n
    while inside - outside > 1:
        middle = (inside + outside) // 2
        outside, inside = (outside, middle) if beyond(middle) else (middle, inside)
    # From below: more than inside - 1 points lie up to the quantile, so the point of rank ``inside`` does.
    return inside if inside >= 1 else None


def tally_of(hits: NDArray[np.bool_], anytime: bool, argument: Argument = "max_samples") -> Tally:
    """How many hits among the points."""
    return Tally(float(np.count_nonzero(hits)), len(hits), anytime, argument)


def share_of(tally: Tally, words: str, side: int) -> Source:
    """Limit of the probability of a success; side 1 from above, 0 from below."""

    def limit(delta: float, growth: Growth) -> Limit:
        value = tally.limits(delta, growth)[side]
        which = "at most" if side else "at least"
        seen = f"{int(tally.successes):,} of {tally.samples:,} points are {words}"
        return Limit(value, f"{seen}: the share is {which} {rounded_out(value, side)}")

    return Source(limit, samples=tally.samples, points={tally.argument: tally.samples})


def mirrored(source: Source) -> Source:
    """The same limit of 1 minus the quantity."""

    def limit(delta: float, growth: Growth) -> Limit:
        found = source.limit(delta, growth)
        return replace(found, value=1.0 - found.value)

    return replace(source, limit=limit)
