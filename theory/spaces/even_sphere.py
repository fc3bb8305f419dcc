r"""The sphere for even error sets: E = -E, as every quadratic network's and every f with f(-x) = f(x) has.

Among even sets the cap is not allowed, and the bound is 7 to 18% below the cap's at d = 500. It holds for EVEN ERROR
SETS ONLY: a classifier that may tell x from -x is bound by :class:`.Sphere` alone.

The neighbourhoods of an even set grow at least as the isoperimetric profile of the projective space says [Via2019],
whose lower bound, time and table are :mod:`.even_profile`'s: E of measure mu has, at the angle t, at least the measure
that the growth has at the time tau(mu) + t. From there all bounds follow. No point is farther than pi/2 from an even
set that is not empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..basics.arguments import check_single, single_dim
from ..basics.errors import InvalidArgumentError
from ..basics.log_probability import LOG_HALF, LogProbability
from ..basics.metrics import distance_from_angle
from ..basics.validation import (
    FloatArray,
    Metric,
    broadcast,
    check_metric,
    check_radius,
    check_range,
    scalar_if_0d,
)
from .even_profile import MOST_DIM, Growth, first_area, growth, middle_area
from .isoperimetry import cap_distance_survival, log_mean_distance_bound, quantile_distance_bound
from .space import Space
from .sphere import Sphere

__all__ = ["MOST_DIM", "EvenSphere", "even_space"]

_ROUNDING = 1e-11  # more than the relative rounding of a mean
_MOST_LOGIT = 1e8  # at dim 10^6 caps of that measure have a radius of e^-100
_BISECTIONS = 90
_ROWS = 1 << 10


@dataclass(frozen=True)
class EvenSphere(Space):
    """Uniform points of a sphere in R^dim, for error sets that hold -x with each x, and for no others.

    Parameters
    ----------
    dim
        Ambient dimension, an integer from 2 to 10^6.
    radius
        Its radius, > 0, which sets the unit.
    metric
        "euclidean" (chords) or "geodesic" (arcs).

    Raises
    ------
    InvalidArgumentError
        A bad dimension, radius or metric.

    Notes
    -----
    Every bound errs on the safe side: the profile is bounded from below between the nodes of a table, by chords of a
    concave function, and integrals by what convexity says, to about 1e-4 of the integral at most. Up to the measure
    where double caps stop to be the best tubes (0.29 at dim 500) :meth:`neighbourhood` is exact to rounding. SciPy's
    beta functions are taken to be right to 1e-9. A dimension's table takes 0.1 s up to 10^4, a minute at 10^6, once.

    Examples
    --------
    >>> even = EvenSphere(500)
    >>> round(float(even.mean_distance_bound(1e-12)), 3)  # of any set: 0.311
    0.286
    >>> bool(even.max_robust_accuracy(0.01, 0.2).log < -5.0)
    True
    """

    dim: int
    radius: float = 1.0
    metric: Metric = "euclidean"
    sharp: ClassVar[bool] = False
    assumption: ClassVar[str] = "points are uniform on the sphere, and -x is an error where x is one"
    sources: ClassVar[tuple[str, ...]] = ("Via2019",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dim", single_dim(self.dim))
        if self.dim > MOST_DIM:
            raise InvalidArgumentError("dim", self.dim, f"at most {MOST_DIM} for even error sets")
        object.__setattr__(self, "radius", check_single("radius", check_radius(self.radius)))
        check_metric(self.metric)

    @property
    def concentration(self) -> float:
        """r^2 / (d - 1), as on :class:`.Sphere`."""
        return self.radius**2 / (self.dim - 1.0)

    @property
    def largest_distance(self) -> float:
        """A quarter of the circumference, or its chord: to the nearer of two antipodes."""
        return float(self.radius * (0.5 * np.pi if self.metric == "geodesic" else np.sqrt(2.0)))

    @property
    def largest_mean_distance(self) -> float:
        """The bound at the least rate that is tried, e^-100000000: hardly more than of two antipodes."""
        return float(self.mean_distance_bound(_of_logit(np.array(-_MOST_LOGIT))))

    def neighbourhood(self, error_rate: ArrayLike | LogProbability, distance: ArrayLike) -> LogProbability:
        """Least measure of the neighbourhood of an even set; see :meth:`.Space.neighbourhood`."""
        given = LogProbability.of(error_rate)
        size = check_range("distance", distance, 0.0, np.inf)
        log_p, log_q, t = np.broadcast_arrays(given.log, given.log_complement, self._angle(size))
        p, table = LogProbability(log_p, log_q), growth(self.dim)
        start = table.time_at(p)
        reached = table.left_at(np.minimum(start + t, table.end))
        turn = np.minimum(t, np.pi)
        low = cap_distance_survival(turn, _half(p), self.dim, metric="geodesic")
        high = cap_distance_survival(turn, _half(p.complement).complement, self.dim, metric="geodesic")
        first, last = start + t <= table.edge_angle, start >= table.end - table.edge_angle
        log_low = np.minimum(np.asarray(low.log_complement) - LOG_HALF, 0.0)
        log_high = np.minimum(np.asarray(high.log) - LOG_HALF, 0.0)
        small, large = LogProbability.from_log(log_low), LogProbability.from_log_complement(log_high)
        log, rest = (
            np.where(first, a, np.where(last, b, c))
            for a, b, c in (
                (small.log, large.log, reached.log),
                (small.log_complement, large.log_complement, reached.log_complement),
            )
        )
        all_of_it, same = (t >= 0.5 * np.pi) & (log_p > -np.inf), (t == 0.0) | np.isneginf(log_p)
        log = np.where(same, log_p, np.where(all_of_it, 0.0, log))
        rest = np.where(same, log_q, np.where(all_of_it, -np.inf, rest))
        return LogProbability(scalar_if_0d(log), scalar_if_0d(rest))

    def log_mean_distance_bound(self, error_rate: ArrayLike | LogProbability) -> FloatArray:
        """Log of the integral of (1 - v) / P(v) from the error rate to 1, bounded from above."""
        p = LogProbability.of(error_rate)
        shape = np.shape(p.log)
        log_p, log_q = np.atleast_1d(p.log).ravel(), np.atleast_1d(p.log_complement).ravel()
        result = np.full(log_p.shape, np.inf)
        last = log_q <= np.log(growth(self.dim).edge)
        some, caps = (log_p > -np.inf) & ~last, _half(LogProbability(log_q, log_p)).complement
        result[some] = self._log_mean(LogProbability(log_p[some], log_q[some]))
        exact = np.asarray(log_mean_distance_bound(caps, self.dim, metric=self.metric)) - LOG_HALF
        result[last] = exact[last] + _ROUNDING
        return scalar_if_0d((result + np.log(self.radius)).reshape(shape))

    def quantile_distance_bound(
        self, quantile: ArrayLike | LogProbability, error_rate: ArrayLike | LogProbability
    ) -> FloatArray:
        """tau(quantile) - tau(error rate); see :meth:`.Space.quantile_distance_bound`."""
        level, p = LogProbability.of(quantile, name="quantile"), LogProbability.of(error_rate)
        broadcast(quantile=np.asarray(level.log), error_rate=np.asarray(p.log))
        table = growth(self.dim)
        start, stop = table.time_at(p), table.time_at(level)
        low = quantile_distance_bound(_half(level), _half(p), self.dim, metric="geodesic")
        upper, lower = (_half(x.complement).complement for x in (level, p))
        high = quantile_distance_bound(upper, lower, self.dim, metric="geodesic")
        first, last = stop <= table.edge_angle, start >= table.end - table.edge_angle
        angle = np.where(first, low, np.where(last, high, stop - start))
        inside = (np.asarray(level.log) <= p.log) & (np.asarray(level.log_complement) >= p.log_complement)
        angle = np.where(inside, 0.0, np.clip(angle, 1e-15, 0.5 * np.pi))
        found = distance_from_angle(angle, radius=self.radius, metric=self.metric)
        return scalar_if_0d(np.where(np.isneginf(p.log), np.inf, found))

    def max_error_rate(self, mean_distance: ArrayLike) -> LogProbability:
        """The bound on the mean, inverted by bisection, from above; see :meth:`.Space.max_error_rate`.

        Never below e^-100000000, the least rate that is tried.
        """
        mean = check_range("mean_distance", mean_distance, 0.0, np.inf)
        limit = self.largest_mean_distance
        if np.any(mean > limit * (1.0 + _ROUNDING)):
            allowed = f"at most {limit:.6g}: a larger one is impossible for any nonempty even set"
            raise InvalidArgumentError("mean_distance", mean_distance, allowed)
        with np.errstate(divide="ignore"):
            target = np.log(np.atleast_1d(mean))
        low, high = np.full(target.shape, -_MOST_LOGIT), np.full(target.shape, _MOST_LOGIT)
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            above = np.asarray(self.log_mean_distance_bound(_of_logit(middle))) > target
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        found = _of_logit(high.reshape(np.shape(mean)))
        none = mean == 0.0
        return LogProbability(
            scalar_if_0d(np.where(none, 0.0, found.log)), scalar_if_0d(np.where(none, -np.inf, found.log_complement))
        )

    def _angle(self, distance: FloatArray) -> FloatArray:
        with np.errstate(over="ignore"):
            ratio = distance / self.radius
        if self.metric == "geodesic":
            return np.asarray(ratio)
        return 2.0 * np.arcsin(np.minimum(0.5 * ratio, 1.0))

    def _log_mean(self, p: LogProbability) -> FloatArray:
        """For measures up to 1 - v1, radius 1: a sum over the panels of the table."""
        table, result = growth(self.dim), np.empty(np.shape(p.log))
        for part in (slice(i, i + _ROWS) for i in range(0, len(result), _ROWS)):
            result[part] = np.log(self._mean(table, p[part]))
        return result + _ROUNDING

    def _mean(self, table: Growth, p: LogProbability) -> FloatArray:
        """Integral of S dc, c the distance at the time since tau(mu).

        On a panel S and c' both fall, and the mean of the product of two such functions is at most the product of their
        means plus a quarter of the product of their falls (Grüss).
        """
        start = table.time_at(p)
        first = np.clip(np.searchsorted(table.time, start, side="right"), 1, len(table.time) - 1)
        columns = np.arange(len(table.time))
        begins = columns == (first - 1)[:, None]
        time = np.where(begins, start[:, None], table.time)
        left = np.where(begins, np.exp(np.asarray(p.log_complement))[:, None], table.left)
        area = np.where(begins[:, :-1], self._part(table, p, start, first)[:, None], table.area)
        since = np.clip(time - start[:, None], 0.0, 0.5 * np.pi)
        width, slope = np.diff(time, axis=1), self._slope(time - start[:, None])
        distance = np.asarray(distance_from_angle(since, radius=1.0, metric=self.metric))
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(width > 0.0, np.diff(distance, axis=1) / width, 1.0)
        parts = area * share + 0.25 * width * np.diff(left, axis=1) * np.diff(slope, axis=1)
        return np.asarray(np.where(columns[:-1] >= (first - 1)[:, None], parts, 0.0).sum(axis=1))

    def _part(self, table: Growth, p: LogProbability, start: FloatArray, first: NDArray[np.intp]) -> FloatArray:
        """Bound of the integral of S from tau(mu) to the next node."""
        v, stop, left = np.exp(np.asarray(p.log)), table.time[first], table.left[first]
        begin = first_area(np.maximum(stop - start, 0.0), 0.5 * v, 0.5 * (1.0 - left))
        index, _, rate = table._within(np.clip(v, table.measure[0], table.measure[-1]))
        ahead = np.minimum(index + 1, len(table.measure) - 1)
        pairs = np.stack([v, table.measure[ahead]]), np.stack([rate, table.rate[ahead]])
        middle = np.array([middle_area(*(x[:, j] for x in pairs))[0] for j in range(len(v))])
        return np.where(start < table.edge_angle, begin, middle)

    def _slope(self, since: FloatArray) -> FloatArray:
        """dc/dt; 0 from pi/2 on, where nothing is left."""
        slope = np.ones_like(since) if self.metric == "geodesic" else np.cos(0.5 * np.clip(since, 0.0, np.pi))
        return np.where(since < 0.5 * np.pi, slope, 0.0)


def even_space(dim: int, radius: float, metric: Metric) -> Space:
    """The space that bounds a classifier with f(-x) = f(x): of even error sets, and beyond dim 10^6 the sphere.

    Examples
    --------
    >>> even_space(500, 1.3, "euclidean")
    EvenSphere(dim=500, radius=1.3, metric='euclidean')
    """
    return EvenSphere(dim, radius, metric) if dim <= MOST_DIM else Sphere(dim, radius, metric)


def _half(p: LogProbability) -> LogProbability:
    """p / 2: of a double cap of measure p each cap has half."""
    return LogProbability.from_log(np.asarray(p.log) + LOG_HALF)


def _of_logit(x: FloatArray) -> LogProbability:
    return LogProbability(-np.logaddexp(0.0, -x), -np.logaddexp(0.0, x))
