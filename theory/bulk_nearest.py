"""Certified distances to the nearest error for many points at once, at the cost of one matrix product.

With l_i = c_i / max c and L = -min l, put t = log((1 + L m)/(1 - m)). All weights 1/(1 - m l_i) are analytic in the
strip |Im t| < pi, so on an interval of t they are polynomials of low degree up to a proved error, and for a block of
squared unit vectors U

    h(t) = -sum l_i u_i^2/(1 - m l_i)  is a Chebyshev series with coefficients U @ M,     sin^2 theta = max of m h.

Certificate. On the Bernstein ellipse with parameter rho around the interval, height y < pi,
|1 - m l_i| >= cos(y/2) (1 - m(Re t) l_i), so |l_i/(1 - m l_i)| <= B_i, reached on the real axis at the right end for
l_i > 0 and at the left end for l_i < 0, over cos(y/2); interpolation in N + 1 Chebyshev points is off by at most
4 B_i rho^-N/(rho - 1) ([Tre2013] theorem 8.2). The error of h is at most the sum of these with the weights u_i^2, one
more column of the product. As S(m) = m h is concave in m, three points m1 < m0 < m2 with S(m0) >= S(m1), S(m2)
enclose its maximum:

    S(m0) <= max S <= S(m0) + max((S(m0) - S(m1)) r, (S(m0) - S(m2))/r),      r = (m2 - m0)/(m0 - m1).

A point whose enclosure is not tight enough, or whose optimum lies outside the interval, goes to ``nearest_error``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .dual_interval import dual_interval
from .errors import InvalidArgumentError
from .nearest_error import nearest_error, rounding_allowance
from .secular_equation import BoolArray
from .validation import FloatArray, check_coefficients

RELATIVE_GAP = 1e-9
"""Points of the fast path are certified to this relative width of the angle ..."""
GAP_FLOOR = 1e-12
"""... or to this many radians, whichever is wider."""

_MAX_DEGREE = 96
_TARGET = 1e-11
_NEWTON_STEPS = 6
_STEP_TOLERANCE = 3e-4  # the next iterate is then right to about its square
_VECTOR_ENTRIES = 2**20


@dataclass(frozen=True)
class BulkPlan:
    """What the fast path knows about one set of coefficients.

    Parameters
    ----------
    coefficients, boundary_is_error
        The error set, as for ``nearest_error``.
    matrix
        Shape (dim, degree + 4): Chebyshev coefficients of -l/(1 - m l), then proved bounds on their error (of
        interpolation and rounding together), l, and ones; None where there is no fast path (no positive or no
        negative coefficient, or coefficients too far apart): all points are then handed to the safe solver.
    low, high
        The interval of t.
    largest
        L = -min l.
    """

    coefficients: FloatArray
    boundary_is_error: bool
    matrix: FloatArray | None
    low: float = 0.0
    high: float = 0.0
    largest: float = 0.0

    @property
    def columns(self) -> int:
        """Number of columns of the projections; 0 without a fast path."""
        return 0 if self.matrix is None else int(self.matrix.shape[1])


@dataclass(frozen=True)
class BulkResult:
    """Certified angles of a block of points (radians), as in ``nearest_error``, and how they were found.

    Parameters
    ----------
    angle_lower, angle_upper
        Shape (n,); the true angle lies between them.
    is_error
        Shape (n,): the point lies in the error set.
    safe
        Shape (n,): the point was handed to the safe solver.
    """

    angle_lower: FloatArray
    angle_upper: FloatArray
    is_error: BoolArray
    safe: BoolArray


def bulk_plan(coefficients: ArrayLike, *, boundary_is_error: bool) -> BulkPlan:
    """Prepare the fast path for one vector of coefficients.

    Formula and source: this module's introduction. The interval of t leaves out a fraction of about 1e-3 of the sphere
    at each end (Chernoff bound); the degree is the least whose proved error is 1e-11 of a typical h.

    Parameters
    ----------
    coefficients
        c, shape (dim,), dim >= 2, finite.
    boundary_is_error
        Whether Q = 0 counts.

    Returns
    -------
    BulkPlan
        Guarantee: exact up to the proved bound that it carries.

    Examples
    --------
    >>> import numpy as np
    >>> bulk_plan(np.linspace(-1.0, 0.1, 50), boundary_is_error=False).columns > 5
    True
    """
    c = check_coefficients("coefficients", coefficients, minimum=2)
    if c.ndim != 1:
        raise InvalidArgumentError("coefficients", c.shape, "one vector of coefficients, shape (dim,)")
    none = BulkPlan(c, boundary_is_error, None)
    if not c.min() < 0.0 < c.max() or -c.min() > 1e8 * c.max():
        return none
    lam = c / c.max()
    largest = -float(lam.min())
    interval = dual_interval(lam)
    if interval is None:
        return none
    low, high, typical = interval
    degree, error = _degree(lam, low, high, _TARGET * typical)
    if degree > _MAX_DEGREE:
        return none
    series = _chebyshev_series(lam, low, high, degree)
    error += 2.0 * rounding_allowance(c.size) * np.abs(series).sum(axis=1)
    matrix = np.concatenate([series, np.stack([error, lam, np.ones(c.size)], axis=1)], axis=1)
    return BulkPlan(c, boundary_is_error, matrix, low, high, largest)


def bulk_nearest(plan: BulkPlan, squares: FloatArray, *, projections: FloatArray | None = None) -> BulkResult:
    """Certified angles to the nearest error for a block of points, given by the squares of their coordinates.

    Parameters
    ----------
    plan
        From :func:`bulk_plan`.
    squares
        Shape (n, dim), not negative, no zero rows; need not be normalised. Not checked: this is the inner loop.
    projections
        ``squares @ plan.matrix`` where the caller already has it (in cache, while drawing).

    Returns
    -------
    BulkResult
        Guarantee: lower <= exact angle <= upper; the width is at most 1e-9 relative with a floor of 1e-12 radians
        for the fast path, and at rounding for points of the safe path.

    Examples
    --------
    >>> import numpy as np
    >>> c = np.linspace(-1.0, 0.1, 50)
    >>> found = bulk_nearest(bulk_plan(c, boundary_is_error=False), np.ones((1, 50)))
    >>> bool(found.angle_upper[0] - found.angle_lower[0] < 1e-9)
    True
    """
    count = len(squares)
    lower, upper = np.zeros(count), np.zeros(count)
    is_error, safe = np.zeros(count, dtype=bool), np.ones(count, dtype=bool)
    if plan.matrix is not None:
        if projections is None:
            projections = squares @ plan.matrix
        step = max(1, _VECTOR_ENTRIES // 8 // plan.columns)
        for start in range(0, count, step):
            rows = slice(start, start + step)
            is_error[rows] = projections[rows, -2] >= 0.0
            lower[rows], upper[rows], settled = _fast(plan, projections[rows])
            safe[rows] = ~(settled | is_error[rows])
        lower[is_error], upper[is_error] = 0.0, 0.0
    if safe.any():
        found = nearest_error(np.sqrt(squares[safe]), plan.coefficients, boundary_is_error=plan.boundary_is_error)
        lower[safe], upper[safe] = found.angle_lower, found.angle_upper
        is_error[safe] = found.angle_upper == 0.0
    return BulkResult(lower, upper, is_error, safe)


def _degree(lam: FloatArray, low: float, high: float, target: float) -> tuple[int, FloatArray]:
    """The least degree whose proved interpolation errors have a mean within the target, and these errors."""
    half, centre = 0.5 * (high - low), 0.5 * (high + low)
    heights = np.pi * np.linspace(0.02, 0.98, 49)
    ratio = heights / half
    rho = ratio + np.sqrt(1.0 + ratio**2)  # the ellipse of height y has (rho - 1/rho)/2 = y / half
    reach = half * np.sqrt(1.0 + ratio**2)
    right, left = _weights(lam, centre + reach), _weights(lam, centre - reach)
    bounds = 4.0 * np.maximum(right, left) * np.abs(lam)[:, None] / (np.cos(0.5 * heights) * (rho - 1.0))
    means = bounds.mean(axis=0)
    for degree in range(4, _MAX_DEGREE + 1):
        decay = rho ** (-float(degree))
        if np.min(means * decay) <= target:
            return degree, np.min(bounds * decay, axis=1)
    return _MAX_DEGREE + 1, bounds[:, 0]


def _weights(lam: FloatArray, t: FloatArray) -> FloatArray:
    """1/(1 - m l), shape (dim, len(t)): 1 - m l = ((1 - l) + (L + l) exp(-t)) / (1 + L exp(-t)) has no cancellation."""
    decay, largest = np.exp(-t), -float(lam.min())
    return np.asarray((1.0 + largest * decay) / ((1.0 - lam)[:, None] + (largest + lam)[:, None] * decay))


def _chebyshev_series(lam: FloatArray, low: float, high: float, degree: int) -> FloatArray:
    """Chebyshev coefficients (dim, degree + 1) of the interpolants of -l/(1 - m l) in Chebyshev points."""
    theta = np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1)
    values = -lam[:, None] * _weights(lam, 0.5 * (high + low) + 0.5 * (high - low) * np.cos(theta))
    transform = 2.0 / (degree + 1) * np.cos(np.outer(theta, np.arange(degree + 1)))
    transform[:, 0] *= 0.5
    return np.asarray(values @ transform)


def _fast(plan: BulkPlan, projections: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Enclosures of the angles from the Chebyshev series of h, and which of them are tight."""
    columns = np.ascontiguousarray(projections.T)
    columns[:-1] /= columns[-1]
    series, unit_error = columns[:-3], columns[-3]
    x, bend = _stationary_points(plan, series)
    m, _, _ = _multiplier(plan, x)
    value = m * _clenshaw(series, x)
    error = unit_error * m + 4.0e-16
    # far enough that the fall of S is about 8 times its error
    reach = np.sqrt(16.0 * error / np.maximum(-bend, 1e-300))
    inside = (bend < 0.0) & (np.abs(x) + reach < 1.0) & (reach < 0.1)
    reach = np.where(inside, reach, 1e-3)
    left, right = np.maximum(x - reach, -1.0), np.minimum(x + reach, 1.0)
    m1, m2 = _multiplier(plan, left)[0], _multiplier(plan, right)[0]
    fall1, fall2 = value - m1 * _clenshaw(series, left), value - m2 * _clenshaw(series, right)
    error = unit_error * m2 + 4.0e-16
    inside &= (fall1 >= 2.0 * error) & (fall2 >= 2.0 * error) & (m1 < m) & (m < m2)
    ratio = np.where(inside, (m2 - m) / np.where(inside, m - m1, 1.0), 1.0)
    over = np.maximum((fall1 + 2.0 * error) * ratio, (fall2 + 2.0 * error) / ratio)
    lower, upper = _angle(value - error), _angle(value + error + over)
    settled = inside & (upper - lower <= np.maximum(RELATIVE_GAP * lower, GAP_FLOOR))
    return lower, upper, settled


def _angle(sine_sq: FloatArray) -> FloatArray:
    s = np.clip(sine_sq, 0.0, 1.0)
    return np.asarray(np.arctan2(np.sqrt(s), np.sqrt(1.0 - s)))


def _multiplier(plan: BulkPlan, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """m and its first two derivatives with respect to x in [-1, 1]."""
    half, big = 0.5 * (plan.high - plan.low), plan.largest
    t = 0.5 * (plan.high + plan.low) + half * x
    decay = np.exp(-t)
    below = 1.0 + big * decay
    m = -np.expm1(-t) / below
    first = half * (1.0 + big) * decay / (below * below)
    return m, first, half * first * (big * decay - 1.0) / below


def _stationary_points(plan: BulkPlan, series: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Newton's method for S' = 0: x, and S'' near it; points that have converged rest."""
    x = _first_guess(plan, series)
    bend = np.empty_like(x)
    active = np.arange(x.size)
    for _ in range(_NEWTON_STEPS):
        some = series if active.size == x.size else series[:, active]
        slope, bend[active] = _derivatives(plan, some, x[active])
        step = np.divide(slope, -bend[active], out=np.zeros_like(slope), where=bend[active] < 0.0)
        x[active] = np.clip(x[active] + np.clip(step, -0.25, 0.25), -1.0, 1.0)
        active = active[np.abs(step) > _STEP_TOLERANCE]
        if active.size == 0:
            break
    return x, bend


def _first_guess(plan: BulkPlan, series: FloatArray) -> FloatArray:
    """The highest of S at equally spaced points, moved to the vertex of the parabola through its neighbours."""
    grid = np.linspace(-1.0, 1.0, 9 + 4 * int(plan.high - plan.low))
    basis = np.cos(np.outer(np.arccos(grid), np.arange(len(series))))
    values = (basis @ series) * _multiplier(plan, grid)[0][:, None]
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


def _derivatives(plan: BulkPlan, series: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray]:
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
    m, m1, m2 = _multiplier(plan, x)
    return np.asarray(m1 * h + m * first), np.asarray(m2 * h + 2.0 * m1 * first + m * second)
