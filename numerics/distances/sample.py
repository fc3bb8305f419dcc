"""Distances of independent points as a sample, and the widths that it allows for their mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from ...theory.basics.by_value import ByValue
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray
from ..statistics.intervals import concentration_width, empirical_bernstein_width
from ..statistics.sequences import normal_mixture_width, predictable_squares, stitched_bernstein_width

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
    variance, value_range
        Of its values; all of them lie in an interval of that length.
    """

    farther: float
    variance: float
    value_range: float


@dataclass(frozen=True, eq=False)
class DistanceSample(ByValue):
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

        Lipschitz, empirical Bernstein, and empirical Bernstein with the control variate where one was observed.

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
        return min(width, other.farther + empirical_bernstein_width(other.variance, n, other.value_range, each))

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
