"""Initial segments of the simplicial order on {0, 1}^n: the sets of every size with the smallest neighbourhoods.

The order goes by the number of ones, and among points of k ones lexicographically, those with earlier ones first. An
initial segment is a ball of layers below k and a first part of layer k; Harper's theorem [Har1966] says that no set of
its size has a smaller t-neighbourhood, for any t, and that neighbourhood is an initial segment again.

Notation. A *block* (N, K) of layer k holds the points that agree on the first n - N coordinates and have K ones among
the other N: C(N, K) points. A first part of a layer is a list of whole blocks, found by asking one coordinate after
another which half the first point outside lies in. A point of layer k + t is within t of the part exactly if its first
k ones are one of the part's points: so block (N, K) becomes C(N, K + t) points, and the blocks outside of the part
likewise, with nothing subtracted. All is in logarithms, relative to 2^n.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ..basics.log_probability import LOG_HALF, LogProbability, log_one_minus_exp
from ..basics.validation import FloatArray

ROUNDING = 1e-13
"""Relative difference of error rates, for each unit of their logarithm, below which they are taken for one size."""
_NEGLIGIBLE = -45.0
_MOST_TERMS = 2**18


@dataclass(frozen=True, eq=False)
class Layers:
    """Measures of the layers of {0, 1}^dim: ``layer[k]`` of k ones, ``below[k]`` of fewer; logarithms.

    Examples
    --------
    >>> np.exp(Layers.of(3).below).round(12).tolist()
    [0.0, 0.125, 0.5, 0.875, 1.0]
    """

    layer: FloatArray
    below: FloatArray

    @classmethod
    @lru_cache(maxsize=16)
    def of(cls, dim: int) -> Self:
        """Those of one dimension."""
        layer = _log_binomial(np.full(dim + 1, dim), np.arange(dim + 1)) - dim * np.log(2.0)
        below = np.concatenate([[-np.inf], np.minimum(np.logaddexp.accumulate(layer), 0.0)])
        upper = np.arange(dim + 2) > (dim + 1) // 2  # what is above the middle is one minus its mirror image
        below = np.where(upper, log_one_minus_exp(np.minimum(below[::-1], LOG_HALF)), below)
        return cls(layer, below)


@dataclass(frozen=True, eq=False)
class Segment:
    """All layers below ``first`` and the ``inside`` blocks of that layer; the ``outside`` ones are the rest of it.

    Parameters
    ----------
    dim
        n, the number of coordinates.
    first
        Index of the first layer that is not wholly inside; n + 1 where everything is.
    inside, outside
        Blocks, shape (m, 2), columns N and K.

    Examples
    --------
    >>> segment = Segment.of(LogProbability.of(5 / 16), 4)  # the origin, and all points with one 1
    >>> float(segment.neighbourhood(np.array([1])).probability.item() * 16)
    11.0
    """

    dim: int
    first: int
    inside: NDArray[np.int64]
    outside: NDArray[np.int64]

    @classmethod
    def of(cls, rate: LogProbability, dim: int) -> Self:
        """The smallest segment whose measure is at least a rate above 0, up to :data:`ROUNDING`."""
        layers = Layers.of(dim)
        log, rest = max(float(rate.log), float(layers.layer[0])), float(rate.log_complement)
        if np.isneginf(rest):
            return cls.part_of_layer(dim, dim + 1, 0.0, 0.0)
        slack = _rounding(min(log, rest))
        if log <= rest:
            k = int(np.searchsorted(layers.below[1:], log - slack))
            share = np.exp(log - layers.layer[k]) - np.exp(layers.below[k] - layers.layer[k])
        else:
            above = int(np.searchsorted(layers.below, rest + slack, side="right")) - 1
            k = dim - above
            share = 1.0 - (np.exp(rest - layers.layer[k]) - np.exp(layers.below[above] - layers.layer[k]))
        return cls.part_of_layer(dim, k, float(share), slack * float(np.exp(min(log, rest) - layers.layer[k])))

    @classmethod
    def part_of_layer(cls, dim: int, first: int, share: float, slack: float) -> Self:
        """The layers below ``first`` and the smallest part of it of at least a share, which is known to a slack."""
        inside, outside = [], []
        n, k = (dim, first) if first <= dim else (0, 0)
        while True:
            if share <= slack:
                outside.append((n, k))
                break
            if share >= 1.0 - slack or k in (0, n):  # one point counts in full
                inside.append((n, k))
                break
            ones = k / n
            if share >= ones - slack:
                inside.append((n - 1, k - 1))
                share, slack, n = (share - ones) / (1.0 - ones), slack / (1.0 - ones), n - 1
            else:
                outside.append((n - 1, k))
                share, slack, n, k = share / ones, slack / ones, n - 1, k - 1
        return cls(dim, first, _blocks(inside), _blocks(outside if first <= dim else []))

    def neighbourhood(self, distance: NDArray[Any]) -> LogProbability:
        """Measure of the points within integer distances, shape (m,)."""
        below = Layers.of(self.dim).below
        layer = np.minimum(self.first + distance, self.dim + 1).astype(np.int64)
        inside, outside = (self._part(blocks, distance) for blocks in (self.inside, self.outside))
        log = np.minimum(np.logaddexp(below[layer], inside), 0.0)
        rest = np.minimum(np.logaddexp(below[np.maximum(self.dim - layer, 0)], outside), 0.0)
        small = log <= rest  # the larger side is one minus the smaller
        return LogProbability(
            np.where(small, log, log_one_minus_exp(np.where(small, LOG_HALF, np.minimum(rest, LOG_HALF)))),
            np.where(small, log_one_minus_exp(np.where(small, np.minimum(log, LOG_HALF), LOG_HALF)), rest),
        )

    def within(self, distance: int) -> tuple[float, float]:
        """Logarithms of the measure of the points within one distance, and of the rest."""
        found = self.neighbourhood(np.array([distance]))
        return float(found.log.item()), float(found.log_complement.item())

    def quantile(self, level: LogProbability) -> float:
        """The least distance within which a share of at least a level lies."""
        below, log, rest = Layers.of(self.dim).below, float(level.log), float(level.log_complement)
        slack = _rounding(min(log, rest))
        if log <= rest:
            balls = int(np.searchsorted(below, log - slack))
        else:
            balls = self.dim + 2 - int(np.searchsorted(below, rest + slack, side="right"))
        # The ball inside of the widened segment reaches the level there; the ball around it one step earlier.
        at = balls - self.first
        found, beyond = self.within(max(at - 1, 0))
        reached = found >= log - slack if log <= rest else beyond <= rest + slack
        return float(max(at - 1 if reached else at, 0))

    def log_mean_distance(self) -> float:
        """log of the sum over t >= 0 of the measure of what is farther than t."""
        below = Layers.of(self.dim).below
        start = self.neighbourhood(np.zeros(1, dtype=np.int64)).log_complement.item()
        if np.isneginf(start):
            return float("-inf")
        # What is nearer than `near` is nobody, what is farther than `far` is too rare to count.
        near = max(0, int(np.searchsorted(below, _NEGLIGIBLE)) - self.first - 1)
        far = self.dim - self.first + 1 - int(np.searchsorted(below, start + _NEGLIGIBLE))
        survival = self.neighbourhood(np.arange(near, max(far, near) + 1)).log_complement
        return float(np.logaddexp(np.log(near) if near else -np.inf, special.logsumexp(survival)))

    def _part(self, blocks: NDArray[np.int64], distance: NDArray[Any]) -> FloatArray:
        """log of the measure that blocks have become, for each distance."""
        found = np.full(len(distance), -np.inf)
        if len(blocks):
            size = max(1, _MOST_TERMS // len(blocks))
            for start in range(0, len(distance), size):
                part = slice(start, start + size)
                terms = _log_binomial(blocks[:, :1], blocks[:, 1:] + distance[None, part]) - self.dim * np.log(2.0)
                found[part] = np.logaddexp.reduce(terms, axis=0)
        return found


def _rounding(log_rate: float) -> float:
    """Relative uncertainty of a rate whose smaller side has this logarithm; 0 and 1 have none."""
    return ROUNDING * max(1.0, -log_rate) if log_rate > -np.inf else 0.0


def _blocks(pairs: list[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _log_binomial(n: NDArray[Any], k: NDArray[Any]) -> FloatArray:
    """log C(n, k), -inf outside of 0 <= k <= n: Stirling's formula and its corrections.

    With gamma functions the error would be that of log n!, not of the result.
    """
    n, k = np.broadcast_arrays(np.asarray(n, dtype=float), np.asarray(k, dtype=float))
    inner = (k > 0.0) & (k < n)
    m, j = np.where(inner, n, 2.0), np.where(inner, k, 1.0)
    rest = m - j
    entropy = -j * np.log(j / m) - rest * np.log(rest / m)
    corrections = _stirling_error(m) - _stirling_error(j) - _stirling_error(rest)
    value = entropy + corrections + 0.5 * np.log(m / (2.0 * np.pi * j * rest))
    return np.where(inner, value, np.where((k == 0.0) | (k == n), 0.0, -np.inf))


def _stirling_error(x: FloatArray) -> FloatArray:
    """log x! - ((x + 1/2) log x - x + log(2 pi) / 2) for x >= 1."""
    small = np.minimum(x, 16.0)
    direct = special.gammaln(small + 1.0) - ((small + 0.5) * np.log(small) - small + 0.5 * np.log(2.0 * np.pi))
    s = 1.0 / (x * x)
    series = (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - s / 1188) * s) * s) * s) / x
    return np.where(x < 16.0, direct, series)
