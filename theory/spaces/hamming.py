"""Binary features: points of {0, 1}^n, the number of flipped ones as the distance, Harper's theorem as the bound.

The sets with the smallest neighbourhoods are the initial segments of the simplicial order [Har1966]: balls, and balls
with a part of the next layer, for every size that a set can have (:mod:`.spaces.simplicial`).

Sizes are integers. No set has an error rate that is no multiple of 2^-n; the bounds at one are those of the next
greater multiple, which hold for all sets of *at least* that rate: so they may be taken at a lower limit of an error
rate. Distances are integers, too: a neighbourhood at t is that at the integer below.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ..basics.arguments import check_single
from ..basics.errors import InvalidArgumentError
from ..basics.log_probability import LogProbability
from ..basics.validation import FloatArray, broadcast, check_dim, check_range, scalar_if_0d
from .simplicial import ROUNDING, Segment
from .space import Space

MOST_FEATURES = 10_000
"""Largest dimension: one evaluation takes a table of all layers."""
_BISECTIONS = 60


@dataclass(frozen=True)
class Hamming(Space):
    """Uniform points of {0, 1}^dim; the distance of two is the number of coordinates in which they differ.

    Parameters
    ----------
    dim
        Number of binary features, an integer from 1 to 10^4.

    Raises
    ------
    InvalidArgumentError
        A bad dimension.

    Notes
    -----
    Exact for every size of a set. Error rates and levels of quantiles are taken to a relative 1e-13 for each unit of
    their logarithm: two sizes that are closer are the same. Accuracy: means and their inverse to a relative 1e-11,
    logarithms of measures to the larger of 1e-11 and a relative 1e-11.

    Examples
    --------
    >>> features = Hamming(100)
    >>> float(features.quantile_distance_bound(0.5, 1e-6))  # half of all points are 24 flips from an error, or nearer
    24.0
    >>> round(float(features.mean_distance_bound(1e-6)), 4)
    23.6299
    >>> features.max_robust_accuracy(1e-6, [22.5, 40.0]).probability.round(6).tolist()
    [0.590036, 0.000298]
    """

    dim: int
    sharp: ClassVar[bool] = True
    assumption: ClassVar[str] = "features are 0 or 1, each with probability 1/2, independently"
    sources: ClassVar[tuple[str, ...]] = ("Har1966",)

    def __post_init__(self) -> None:
        dim = int(check_single("dim", check_dim(self.dim, minimum=1)))
        if dim > MOST_FEATURES:
            raise InvalidArgumentError("dim", dim, f"an integer from 1 to {MOST_FEATURES}")
        object.__setattr__(self, "dim", dim)

    @property
    def concentration(self) -> float:
        """dim / 4: each feature changes a distance by 1 at most [McD1989]."""
        return self.dim / 4.0

    @property
    def largest_distance(self) -> float:
        """All features are flipped."""
        return float(self.dim)

    @property
    def largest_mean_distance(self) -> float:
        """That to a single point: half of the features."""
        return 0.5 * self.dim

    @property
    def metric(self) -> str:
        """ "Hamming": the number of features that differ."""
        return "Hamming"

    def neighbourhood(self, error_rate: ArrayLike | LogProbability, distance: ArrayLike) -> LogProbability:
        """Measure of the initial segment, widened; see :meth:`.Space.neighbourhood`."""
        t = np.minimum(np.floor(check_range("distance", distance, 0.0, np.inf)), self.dim)
        found = [
            (-np.inf, 0.0) if segment is None else segment.within(int(far))
            for segment, far in self._segments(LogProbability.of(error_rate), distance=t)
        ]
        return _joined(found, np.broadcast_shapes(np.shape(t), np.shape(LogProbability.of(error_rate).log)))

    def log_mean_distance_bound(self, error_rate: ArrayLike | LogProbability) -> FloatArray:
        """Logarithm of the mean number of flips to the initial segment; +inf at error rate 0, -inf at error rate 1."""
        p = LogProbability.of(error_rate)
        found = [
            np.inf if segment is None else segment.log_mean_distance()
            for segment, _ in self._segments(p, distance=np.zeros(()))
        ]
        return scalar_if_0d(np.reshape(found, p.shape))

    def quantile_distance_bound(
        self, quantile: ArrayLike | LogProbability, error_rate: ArrayLike | LogProbability
    ) -> FloatArray:
        """The least t whose neighbourhood has a measure of at least the level; see the method of :class:`.Space`."""
        level, p = LogProbability.of(quantile, name="quantile"), LogProbability.of(error_rate)
        log, rest, _ = broadcast(
            quantile=np.asarray(level.log), rest=np.asarray(level.log_complement), error_rate=np.asarray(p.log)
        )
        levels = LogProbability(log.ravel(), rest.ravel())
        found = [
            np.inf if segment is None else segment.quantile(levels[i])
            for i, (segment, _) in enumerate(self._segments(p, quantile=log))
        ]
        return scalar_if_0d(np.reshape(found, log.shape))

    def max_error_rate(self, mean_distance: ArrayLike) -> LogProbability:
        """Largest error rate of a set with this mean distance or more; see :meth:`.Space.max_error_rate`.

        It is a multiple of 2^-dim. A single point has the mean distance dim / 2, and no set a larger one.
        """
        mean = check_range("mean_distance", mean_distance, 0.0, np.inf)
        impossible = mean > 0.5 * self.dim * (1.0 + ROUNDING)
        if np.any(impossible):
            allowed = f"at most {0.5 * self.dim:g}, the mean distance to a single point"
            raise InvalidArgumentError("mean_distance", float(mean[impossible].flat[0]), allowed)
        return _joined([_largest_rate(self.dim, float(x)) for x in mean.flat], mean.shape)

    def _segments(self, rate: LogProbability, **other: FloatArray) -> Iterator[tuple[Segment | None, float]]:
        """The segment of each error rate, None for 0, beside the number that it is broadcast against."""
        arrays = broadcast(**other, error_rate=np.asarray(rate.log), rest=np.asarray(rate.log_complement))
        for value, log, rest in zip(*(array.flat for array in arrays), strict=True):
            yield (None if np.isneginf(log) else _segment(float(log), float(rest), self.dim)), float(value)


@lru_cache(maxsize=1024)
def _segment(log: float, rest: float, dim: int) -> Segment:
    return Segment.of(LogProbability(scalar_if_0d(log), scalar_if_0d(rest)), dim)


def _joined(pairs: list[tuple[float, float]], shape: tuple[int, ...]) -> LogProbability:
    """An array of probabilities from pairs (log p, log(1 - p))."""
    log, rest = (np.reshape([pair[side] for pair in pairs], shape) for side in (0, 1))
    return LogProbability(scalar_if_0d(log), scalar_if_0d(rest))


def _largest_rate(dim: int, mean: float) -> tuple[float, float]:
    """Measure of the largest segment whose mean distance is at least a number above 0; 1 at 0."""
    if mean == 0.0:
        return 0.0, -np.inf
    target = np.log(mean) - ROUNDING

    def part(first: int, share: float) -> Segment:
        return Segment.part_of_layer(dim, first, share, ROUNDING)

    # Ball by ball, then within a layer: the mean falls as the segment grows.
    first = bisect_left(range(1, dim + 1), True, key=lambda k: part(k, 1.0).log_mean_distance() < target) + 1
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if part(first, middle).log_mean_distance() >= target else (low, middle)
    return part(first, low).within(0)
