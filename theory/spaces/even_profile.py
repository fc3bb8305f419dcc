r"""How fast the neighbourhoods of an even set of the sphere must grow: the profile of tubes, and the growth it proves.

Notation. A set E of the unit sphere of R^d is even if E = -E; n = d - 2. The tube of radius phi about a great
S^(k-1) is {x : angle(x, S^(k-1)) <= phi}, 1 <= k <= d - 1; its measure is v = P(Beta((d-k)/2, k/2) <= sin^2 phi) and

    p_k(v) = dv/dphi = 2 cos(phi)^(k-1) sin(phi)^(d-k-1) / B(k/2, (d-k)/2)

its boundary's. Tubes solve the isoperimetric problem of the projective space [Via2019], so that no even set of measure
v has less boundary than P(v) = min over k of p_k(v). docs/theory/even.md writes the steps out.

1. p_k is concave (its derivative, the mean curvature, falls), p_k(1 - v) = p_(d-k)(v), so P is concave and symmetric,
   and increasing up to 1/2.
2. p_k p_k'' = -F_k(p_k') with F_k(H) = n + (d-k-1) x^2 + (k-1)/x^2 at the x > 0 with (d-k-1) x - (k-1)/x = H. For
   H > 0, F_k grows with k. So for j <= d/2, j < k, the difference p_j - p_k has no maximum where it is positive on
   (0, 1/2): there is a c with p_j <= p_k up to c and p_j > p_k from c to 1/2. Hence the best k grows with v, and in an
   interval only those compete that lie between the best ones at its ends.

So k = 1, the double cap, is best up to an edge v1, which is exact; and between v1 and 1/2 the values of P at nodes give
what a chord of a concave function gives: a lower bound. The growth is integrated with r >= 1/P, equal to 1/p_1 up to
v1 and from 1 - v1 on (complements of double caps), and piecewise linear between, above the convex function 1/chord.

Along it: tau is the time at which the set has reached the measure v; up to v1 it is the radius of the double cap, from
1 - v1 on the end T less the radius of the complement's. S = 1 - v is the share that is not reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, betaln

from ..basics.errors import AccuracyError
from ..basics.log_probability import LOG_HALF, LogProbability
from ..basics.validation import FloatArray
from ..caps.cap import cap_log_measure_from_angle, cap_of_measure

__all__ = ["Growth", "best_tube", "first_area", "growth", "middle_area", "slack", "tube_profile"]

MOST_DIM = 10**6
_FEW_NODES, _MANY_NODES, _LARGE_DIM = 8, 64, 20_000
_BISECTIONS = 40
_FINEST, _RATIO, _EVEN_STEPS = 0.01, 1.02, 256  # of the angles before the edge, the first in units of 1/sqrt(d)


def tube_profile(measure: float, k: FloatArray, dim: int) -> FloatArray:
    """p_k(v): boundary of the tubes of a measure about great spheres of k - 1 dimensions, relative to the sphere.

    Examples
    --------
    >>> tube_profile(0.5, np.array([1.0, 2.0]), 3).round(6).tolist()  # sin(60 degrees), cos(30 degrees)
    [0.866025, 0.866025]
    """
    a, b = 0.5 * (dim - k), 0.5 * k
    x = betaincinv(a, b, measure)
    if np.any(np.abs(betainc(a, b, x) / measure - 1.0) > slack(dim)):
        raise AccuracyError("the radius of a tube of given measure was not found", x)
    return np.asarray(2.0 * np.exp((b - 0.5) * np.log1p(-x) + (a - 0.5) * np.log(x) - betaln(a, b)))


def slack(dim: int) -> float:
    """More than the relative error of SciPy's beta functions, and of what is made of them here.

    Examples
    --------
    >>> slack(500) < 2e-9
    True
    """
    return 1e-9 + 1e-13 * dim


def best_tube(measure: float, dim: int, least: int = 1, most: int | None = None) -> tuple[float, int, int]:
    """min of p_k over least <= k <= most (d/2 if None), the least k that may attain it, and the one that does.

    Examples
    --------
    >>> best_tube(1e-3, 500)[2], best_tube(0.5, 500)[2]
    (1, 250)
    """
    k = np.arange(least, (dim // 2 if most is None else most) + 1.0)
    values = tube_profile(measure, k, dim)
    lowest = values.min()
    near = np.flatnonzero(values <= lowest * (1.0 + slack(dim)))
    return float(lowest), int(k[near[0]]), int(k[near[-1]])


@dataclass(frozen=True, eq=False)
class Growth:
    """The slowest growth of even sets that is proved, as a table along its time tau.

    Parameters
    ----------
    dim
        Ambient dimension d.
    edge, edge_angle
        v1 and the radius of the double cap of measure v1.
    measure, rate
        Nodes between v1 and 1 - v1 and r there, (m,) each; m = 1 where v1 = 1/2.
    end
        T: all is reached.
    time, left, area
        Nodes of tau from 0 to T, S there (n,), and an upper bound of the integral of S between two of them (n - 1,).

    Examples
    --------
    >>> found = growth(500)
    >>> bool(0.29 < found.edge < 0.30), bool(found.measure[0] == found.edge)
    (True, True)
    """

    dim: int
    edge: float
    edge_angle: float
    measure: FloatArray
    rate: FloatArray
    end: float
    time: FloatArray
    left: FloatArray
    area: FloatArray

    @property
    def middle_times(self) -> FloatArray:
        """tau at the nodes of the middle."""
        steps = 0.5 * np.diff(self.measure) * (self.rate[1:] + self.rate[:-1])
        return np.asarray(self.edge_angle + np.concatenate([[0.0], np.cumsum(steps)]))

    def time_at(self, p: LogProbability) -> FloatArray:
        """tau at which a measure is reached."""
        log_p, log_q = np.asarray(p.log), np.asarray(p.log_complement)
        low, high = log_p <= np.log(self.edge), log_q <= np.log(self.edge)
        side = LogProbability.from_log(np.minimum(np.minimum(log_p, log_q), LOG_HALF) + LOG_HALF)
        angle = np.asarray(cap_of_measure(side, self.dim).angle)
        v = np.clip(np.exp(log_p), self.measure[0], self.measure[-1])
        i, x, rate = self._within(v)
        middle = self.middle_times[i] + 0.5 * x * (self.rate[i] + rate)
        return np.where(low, angle, np.where(high, self.end - angle, middle))

    def left_at(self, time: FloatArray) -> LogProbability:
        """The measure that is reached at times in [0, T]."""
        low, high = time <= self.edge_angle, time >= self.end - self.edge_angle
        angle = np.clip(np.minimum(time, self.end - time), 0.0, self.edge_angle)
        log_side = np.asarray(cap_log_measure_from_angle(angle, self.dim).log) - LOG_HALF
        side = LogProbability.from_log(np.minimum(log_side, LOG_HALF))
        times = self.middle_times
        i = np.clip(np.searchsorted(times, time, side="right") - 1, 0, max(len(times) - 2, 0))
        v = self.measure[i] + self._step(i, np.clip(time - times[i], 0.0, None))
        middle = LogProbability.of(np.clip(v, self.measure[0], self.measure[-1]))
        return LogProbability(
            np.where(low, side.log, np.where(high, side.log_complement, middle.log)),
            np.where(low, side.log_complement, np.where(high, side.log, middle.log_complement)),
        )

    def _within(self, v: FloatArray) -> tuple[NDArray[np.int64], FloatArray, FloatArray]:
        """Panel of each measure, how far it lies in it, and r there."""
        i = np.clip(np.searchsorted(self.measure, v, side="right") - 1, 0, max(len(self.measure) - 2, 0))
        x = v - self.measure[i]
        return i, x, self.rate[i] + self._slope(i) * x

    def _slope(self, i: NDArray[np.int64]) -> FloatArray:
        if len(self.measure) == 1:
            return np.zeros(np.shape(i))
        return np.asarray((np.diff(self.rate) / np.diff(self.measure))[i])

    def _step(self, i: NDArray[np.int64], time: FloatArray) -> FloatArray:
        """x with r_i x + slope x^2 / 2 = time."""
        rate = self.rate[i]
        return np.asarray(2.0 * time / (rate + np.sqrt(np.maximum(rate**2 + 2.0 * self._slope(i) * time, 0.0))))


@lru_cache(maxsize=64)
def growth(dim: int) -> Growth:
    """The table of one dimension, from 2 to 10^6; a minute at 10^6, then kept.

    Examples
    --------
    >>> bool(growth(3).edge == 0.5)  # two dimensions: double caps below one half, their complements above
    True
    """
    edge, most = _edge(dim)
    angle = float(cap_of_measure(0.5 * edge, dim).angle)
    measure, profile = _middle(dim, edge, most)
    rate = (1.0 + 2.0 * slack(dim)) / profile
    angles = _angles(angle, dim)
    steps = 0.5 * np.diff(measure) * (rate[1:] + rate[:-1])
    middle = angle + np.concatenate([[0.0], np.cumsum(steps)])
    end = float(middle[-1] + angle)
    half = np.exp(np.asarray(cap_log_measure_from_angle(angles, dim).log))
    half[-1] = 0.5 * edge
    time = np.concatenate([angles, middle[1:], (end - angles)[::-1][1:]])
    left = np.concatenate([1.0 - 2.0 * half, 1.0 - measure[1:], 2.0 * half[::-1][1:]])
    width = np.diff(angles)
    area = [first_area(width, half[:-1], half[1:]), middle_area(measure, rate), (width * (half[1:] + half[:-1]))[::-1]]
    return Growth(dim, edge, angle, measure, rate, end, time, left, np.concatenate(area))


def first_area(width: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Upper bound of the integral of S = 1 - 2 M, M the measure of a cap: M is log-concave in its angle.

    Examples
    --------
    >>> first_area(np.array([1.0]), np.array([0.1]), np.array([0.1])).tolist()
    [0.8]
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mean = (high - low) / np.log(high / low)
    return np.asarray(width * (1.0 - 2.0 * np.where(high - low > 1e-6 * high, mean, low)))


def middle_area(measure: FloatArray, rate: FloatArray) -> FloatArray:
    """The integral of (1 - v) r(v) between nodes, r linear between them.

    Examples
    --------
    >>> middle_area(np.array([0.25, 0.75]), np.array([2.0, 2.0])).tolist()
    [0.5]
    """
    left, width = 1.0 - measure, np.diff(measure)
    same = left[:-1] * rate[:-1] + left[1:] * rate[1:]
    crossed = left[:-1] * rate[1:] + left[1:] * rate[:-1]
    return np.asarray(width * (2.0 * same + crossed) / 6.0)


def _edge(dim: int) -> tuple[float, int]:
    """v1, where the double cap is best, to 40 bits from below; and the best k at a measure just above."""
    value, _, most = best_tube(0.5, dim)
    first = float(tube_profile(0.5, np.array([1.0]), dim)[0])
    if first <= value:
        return 0.5, 1
    low, high = 0.0, 0.5
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        value, _, best = best_tube(middle, dim, most=most)
        first = float(tube_profile(middle, np.array([1.0]), dim)[0])
        if first <= value:
            low = middle
        else:
            high, most = middle, best
    return low, most


def _middle(dim: int, edge: float, most: int) -> tuple[FloatArray, FloatArray]:
    """Nodes from v1 to 1 - v1 and P there."""
    at_edge = float(tube_profile(edge, np.array([1.0]), dim)[0])
    if edge == 0.5:
        return np.array([0.5]), np.array([at_edge])
    count = _MANY_NODES if dim <= _LARGE_DIM else _FEW_NODES
    measure = edge + (0.5 - edge) * np.linspace(0.0, 1.0, count + 1)
    profile = np.full(count + 1, at_edge)
    least, best = np.ones(count + 1, dtype=int), np.ones(count + 1, dtype=int)
    profile[-1], least[-1], best[-1] = best_tube(0.5, dim)
    step = count
    while step > 1:  # halving: the best k lies between those of the neighbours
        for i in range(step // 2, count, step):
            low, high = i - step // 2, i + step // 2
            profile[i], least[i], best[i] = best_tube(measure[i], dim, least[low], best[high])
        step //= 2
    return np.concatenate([measure, 1.0 - measure[-2::-1]]), np.concatenate([profile, profile[-2::-1]])


def _angles(angle: float, dim: int) -> FloatArray:
    """From 0 to the edge's angle, dense where a cap is not yet nothing."""
    unit = min(1.0 / np.sqrt(dim), angle)
    count = int(np.ceil(np.log1p(angle / unit * (_RATIO - 1.0) / _FINEST) / np.log(_RATIO))) + 1
    before = unit * _FINEST * np.expm1(np.arange(count) * np.log(_RATIO)) / (_RATIO - 1.0)
    return np.union1d(angle - before[before < angle], np.linspace(0.0, angle, _EVEN_STEPS + 1))
