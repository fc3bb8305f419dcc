"""Concave duals of many points at once: Chebyshev series in a variable in which all weights are tame, and enclosures.

Distances under one quadratic constraint with coefficients l_i <= 1 are maxima of S(m) = m h(m), concave in m, where h
is a mean of combinations of the weights 1/(1 - m l_i). With L >= max(-min l, 0) and t = log((1 + L m)/(1 - m)), all
weights are analytic in the strip |Im t| < pi, so on an interval of t they are polynomials of low degree up to a proved
error.

Certificate. On the Bernstein ellipse with parameter rho around the interval, height y < pi,
|1 - m l_i| >= cos(y/2) (1 - m(Re t) l_i), so |l_i/(1 - m l_i)| <= B_i, reached on the real axis at the right end for
l_i > 0 and at the left end for l_i < 0, over cos(y/2); interpolation in N + 1 Chebyshev points is off by at most
4 B_i rho^-N/(rho - 1) ([Tre2013] theorem 8.2). As S is concave in m, three points m1 < m0 < m2 with
S(m0) >= S(m1), S(m2) enclose its maximum:

    S(m0) <= max S <= S(m0) + max((S(m0) - S(m1)) r, (S(m0) - S(m2))/r),      r = (m2 - m0)/(m0 - m1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..basics.validation import BoolArray, FloatArray

MAX_DEGREE = 96
"""Beyond this degree there is no fast path."""

_NEWTON_STEPS = 6
_STEP_TOLERANCE = 3e-4  # the next iterate is then right to about its square


@dataclass(frozen=True)
class DualInterval:
    """An interval [low, high] of t = log((1 + L m)/(1 - m)), and the multiplier m on it.

    Parameters
    ----------
    low, high
        Ends, low < high; t = 0 is m = 0, and t has the sign of m.
    largest
        L >= max(-min l, 0).

    Examples
    --------
    >>> interval = DualInterval(0.0, 2.0, 1.0)
    >>> interval.centre, interval.multiplier(np.array([-1.0, 1.0]))[0].round(6).tolist()  # m = tanh(t/2)
    (1.0, [0.0, 0.761594])
    """

    low: float
    high: float
    largest: float

    @property
    def half(self) -> float:
        """Half the width."""
        return 0.5 * (self.high - self.low)

    @property
    def centre(self) -> float:
        """The middle."""
        return 0.5 * (self.high + self.low)

    def multiplier(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """m and its first two derivatives with respect to x in [-1, 1]."""
        half, big = self.half, self.largest
        t = self.centre + half * x
        decay = np.exp(-t)
        below = 1.0 + big * decay
        m = -np.expm1(-t) / below
        first = half * (1.0 + big) * decay / (below * below)
        return m, first, half * first * (big * decay - 1.0) / below


@dataclass(frozen=True)
class Enclosure:
    """An enclosure of max S for each point of a block.

    Parameters
    ----------
    value
        S at the multiplier found, shape (n,).
    error
        Bound on the error of ``value``: the maximum is at least value - error.
    over
        The maximum is at most value + error + over where ``inside``.
    inside
        The enclosure holds; False where the optimum is not enclosed by the interval.

    Examples
    --------
    >>> interval = DualInterval(0.0, 2.0, 1.0)
    >>> series = np.array([[1.0], [-0.6]])  # h = 1 - 0.6 x
    >>> found = enclosed_maximum(interval, series, np.full(1, 1e-12), 1e-16)
    >>> bool(found.inside[0]), bool(found.error[0] + found.over[0] < 1e-10)
    (True, True)
    """

    value: FloatArray
    error: FloatArray
    over: FloatArray
    inside: BoolArray


def enclosed_maximum(
    interval: DualInterval, series: FloatArray, unit_error: FloatArray, rounding: float | FloatArray
) -> Enclosure:
    """Enclose max of S = m h by three points of its graph: this module's introduction.

    Parameters
    ----------
    interval
        Where the optima are sought.
    series
        Chebyshev coefficients of h, shape (degree + 1, n).
    unit_error
        Bound on the error of h, shape (n,).
    rounding
        Bound on the error of S apart from |m| unit_error.

    Returns
    -------
    Enclosure
        Guarantee: as its fields say.

    Examples
    --------
    >>> interval = DualInterval(0.0, 2.0, 1.0)
    >>> series = np.array([[1.0], [-0.6]])  # h = 1 - 0.6 x
    >>> x = np.linspace(-1.0, 1.0, 100001)
    >>> best = (interval.multiplier(x)[0] * (1.0 - 0.6 * x)).max()
    >>> bool(abs(enclosed_maximum(interval, series, np.zeros(1), 1e-15).value[0] - best) < 1e-8)
    True
    """
    x, bend = _stationary_points(interval, series)
    m, _, _ = interval.multiplier(x)
    value = m * _clenshaw(series, x)
    error = unit_error * np.abs(m) + rounding
    # far enough that the fall of S is about 8 times its error
    reach = np.sqrt(16.0 * error / np.maximum(-bend, 1e-300))
    inside = (bend < 0.0) & (np.abs(x) + reach < 1.0) & (reach < 0.1)
    reach = np.where(inside, reach, 1e-3)
    left, right = np.maximum(x - reach, -1.0), np.minimum(x + reach, 1.0)
    m1, m2 = interval.multiplier(left)[0], interval.multiplier(right)[0]
    fall1, fall2 = value - m1 * _clenshaw(series, left), value - m2 * _clenshaw(series, right)
    error = unit_error * np.maximum(np.abs(m1), np.abs(m2)) + rounding
    inside &= (fall1 >= 2.0 * error) & (fall2 >= 2.0 * error) & (m1 < m) & (m < m2)
    ratio = np.where(inside, (m2 - m) / np.where(inside, m - m1, 1.0), 1.0)
    over = np.maximum((fall1 + 2.0 * error) * ratio, (fall2 + 2.0 * error) / ratio)
    return Enclosure(value, error, over, inside)


def least_degree(lam: FloatArray, interval: DualInterval, target: float) -> tuple[int, FloatArray]:
    """The least degree whose proved interpolation errors have a mean within the target, and these errors.

    Examples
    --------
    >>> degree, error = least_degree(np.array([1.0, -1.0]), DualInterval(0.0, 2.0, 1.0), 1e-10)
    >>> degree, bool(error.max() < 2e-10)
    (16, True)
    """
    half, centre = interval.half, interval.centre
    heights = np.pi * np.linspace(0.02, 0.98, 49)
    ratio = heights / half
    rho = ratio + np.sqrt(1.0 + ratio**2)  # the ellipse of height y has (rho - 1/rho)/2 = y / half
    reach = half * np.sqrt(1.0 + ratio**2)
    right, left = weights(lam, interval, centre + reach), weights(lam, interval, centre - reach)
    bounds = 4.0 * np.maximum(right, left) * np.abs(lam)[:, None] / (np.cos(0.5 * heights) * (rho - 1.0))
    means = bounds.mean(axis=0)
    for degree in range(4, MAX_DEGREE + 1):
        decay = rho ** (-float(degree))
        if np.min(means * decay) <= target:
            return degree, np.min(bounds * decay, axis=1)
    return MAX_DEGREE + 1, bounds[:, 0]


def weights(lam: FloatArray, interval: DualInterval, t: FloatArray) -> FloatArray:
    """1/(1 - m l), shape (dim, len(t)): 1 - m l = ((1 - l) + (L + l) exp(-t)) / (1 + L exp(-t)) has no cancellation.

    Examples
    --------
    >>> interval = DualInterval(0.0, 2.0, 1.0)
    >>> weights(np.array([1.0, -1.0]), interval, np.array([np.log(3.0)])).round(9).tolist()  # m = 1/2
    [[2.0], [0.666666667]]
    """
    decay, largest = np.exp(-t), interval.largest
    return np.asarray((1.0 + largest * decay) / ((1.0 - lam)[:, None] + (largest + lam)[:, None] * decay))


def weight_series(lam: FloatArray, interval: DualInterval, degree: int) -> FloatArray:
    """Chebyshev coefficients (dim, degree + 1) of the interpolants of l/(1 - m l) in Chebyshev points.

    Examples
    --------
    >>> interval = DualInterval(0.0, 2.0, 1.0)
    >>> series = weight_series(np.array([1.0, -1.0]), interval, 20)
    >>> series.sum(axis=1).round(9).tolist()  # l/(1 - m l) at the right end, m = tanh(1)
    [4.194528049, -0.567667642]
    """
    theta = np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1)
    values = lam[:, None] * weights(lam, interval, interval.centre + interval.half * np.cos(theta))
    transform = 2.0 / (degree + 1) * np.cos(np.outer(theta, np.arange(degree + 1)))
    transform[:, 0] *= 0.5
    return np.asarray(values @ transform)


def _stationary_points(interval: DualInterval, series: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Newton's method for S' = 0: x, and S'' near it; points that have converged rest."""
    x = _first_guess(interval, series)
    bend = np.empty_like(x)
    active = np.arange(x.size)
    for _ in range(_NEWTON_STEPS):
        some = series if active.size == x.size else series[:, active]
        slope, bend[active] = _derivatives(interval, some, x[active])
        step = np.divide(slope, -bend[active], out=np.zeros_like(slope), where=bend[active] < 0.0)
        x[active] = np.clip(x[active] + np.clip(step, -0.25, 0.25), -1.0, 1.0)
        active = active[np.abs(step) > _STEP_TOLERANCE]
        if active.size == 0:
            break
    return x, bend


def _first_guess(interval: DualInterval, series: FloatArray) -> FloatArray:
    """The highest of S at equally spaced points, moved to the vertex of the parabola through its neighbours."""
    grid = np.linspace(-1.0, 1.0, 9 + 4 * int(interval.high - interval.low))
    basis = np.cos(np.outer(np.arccos(grid), np.arange(len(series))))
    values = (basis @ series) * interval.multiplier(grid)[0][:, None]
    best = np.clip(np.argmax(values, axis=0), 1, len(grid) - 2)
    columns = np.arange(series.shape[1])
    before, at, after = (values[best + shift, columns] for shift in (-1, 0, 1))
    bend = before - 2.0 * at + after
    shift = np.divide(0.5 * (before - after), bend, out=np.zeros_like(at), where=bend < 0.0)
    return np.asarray(grid[best] + np.clip(shift, -1.0, 1.0) * (grid[1] - grid[0]))


def _clenshaw(series: FloatArray, x: FloatArray) -> FloatArray:
    """Chebyshev series with coefficients (degree + 1, n), each at its own x (n,)."""
    twice, now, last = 2.0 * x, np.zeros_like(x), np.zeros_like(x)
    for row in series[:0:-1]:
        np.multiply(twice, now, out=(fresh := np.empty_like(x)))
        fresh -= last
        fresh += row
        now, last = fresh, now
    return np.asarray(series[0] + x * now - last)


def _derivatives(interval: DualInterval, series: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First and second derivative of S = m h with respect to x."""
    twice = 2.0 * x
    now, last = np.zeros((3, x.size)), np.zeros((3, x.size))
    for row in series[:0:-1]:
        fresh = twice * now - last
        fresh[0] += row
        fresh[1] += 2.0 * now[0]
        fresh[2] += 4.0 * now[1]
        now, last = fresh, now
    h = series[0] + x * now[0] - last[0]
    first = now[0] + x * now[1] - last[1]
    second = 2.0 * now[1] + x * now[2] - last[2]
    m, m1, m2 = interval.multiplier(x)
    return np.asarray(m1 * h + m * first), np.asarray(m2 * h + 2.0 * m1 * first + m * second)
