"""Certified distances in space to the boundary sum a_i x_i^2 = 1 for many points of one sphere at once.

With A = max a > 0, l_i = a_i/A and n = m A, the dual of ``nearest_boundary`` for z = r u, |u| = 1, becomes

    A dist^2 = max over n of S(n) = n h(n),      h = sum u_i^2 (1 - r^2 a_i/(1 - n l_i)),

concave in n: n in [0, 1) for points inside, n <= 0 for points outside. In t = log((1 + L n)/(1 - n)),
L = max(-min l, 0), t >= 0 inside and t <= 0 outside, h is a Chebyshev series with coefficients U @ M, with a proved
error, and three points of the graph of S enclose its maximum: see ``dual_series``. The optimum lies above n exactly if
sum u_i^2 (1 - r^2 a_i/(1 - n l_i)^2) > 0, so Chernoff's bound tells where nearly all optima are.

A point whose enclosure is not tight enough, or whose optimum lies outside the interval, and a point so near the
boundary that rounding decides on which side it lies, goes to ``nearest_boundary_point``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..basics.by_value import ByValue
from ..basics.errors import InvalidArgumentError
from ..basics.validation import (
    FloatArray,
    Sphere,
    check_coefficients,
    check_number,
    check_radius,
    check_sphere,
)
from .dual_interval import crossing, log_chernoff
from .dual_series import MAX_DEGREE, DualInterval, enclosed_maximum, least_degree, weight_series, weights
from .in_space import nearest_boundary_point
from .many import GAP_FLOOR, RELATIVE_GAP
from .on_sphere import rounding_allowance
from .secular import UNIT_ROUNDOFF, BoolArray

_TARGET = 1e-11
_LEFT_OUT = 4e-3
_RANGE = 60.0  # of t: optima beyond need more than the largest degree
_MARGIN = 0.02
_VECTOR_ENTRIES = 2**17
_LONGEST = 1e40


@dataclass(frozen=True, eq=False)
class BulkBoundaryPlan(ByValue):
    """What the fast path knows about one vector of alphas and one sphere.

    Parameters
    ----------
    alphas, radius, sphere
        The boundary, the radius r of the sphere, and the side on which its points are correct.
    error_form
        Shape (dim,): r^2 a - 1, negated for the outer sphere; points with a positive mean of it are errors.
    matrix
        Shape (dim, degree + 4): Chebyshev coefficients of 1 - r^2 a/(1 - n l), proved bounds on their error (of
        interpolation and rounding together), ``error_form``, and ones; None where there is no fast path (no positive
        alpha, alphas too far apart, hardly any correct point): all correct points then go to the safe solver.
    interval
        The interval of t; None without a fast path.

    Examples
    --------
    >>> plan = bulk_boundary_plan([1.0, 0.25], radius=1.3, sphere="outer")
    >>> plan.error_form.round(4).tolist(), plan.largest_distance
    ([-0.69, 0.5775], 1.3)
    """

    alphas: FloatArray
    radius: float
    sphere: Sphere
    error_form: FloatArray
    matrix: FloatArray | None = None
    interval: DualInterval | None = None

    @property
    def columns(self) -> int:
        """Number of columns of the projections; 0 without a fast path."""
        return 0 if self.matrix is None else int(self.matrix.shape[1])

    @property
    def largest_distance(self) -> float:
        """No correct point is farther from the boundary; +inf where there is none.

        From outside the centre is beyond the boundary; from inside S <= 1 + r^2 A L, as n < 1.
        """
        if self.sphere == "outer":
            return self.radius
        top, low = float(self.alphas.max()), max(-float(self.alphas.min()), 0.0)
        return float(np.hypot(1.0, self.radius * np.sqrt(low)) / np.sqrt(top)) if top > 0.0 else np.inf


@dataclass(frozen=True, eq=False)
class BulkBoundaryResult(ByValue):
    """Certified distances of a block of points, and how they were found.

    Parameters
    ----------
    distance_lower, distance_upper
        Shape (n,); the true distance lies between them; 0 for errors, +inf where there is no boundary.
    is_error
        Shape (n,): the point is an error.
    safe
        Shape (n,): the point was handed to the safe solver.

    Examples
    --------
    >>> plan = bulk_boundary_plan([1.0, 0.25], radius=1.0, sphere="inner")
    >>> found = bulk_boundary(plan, np.array([[0.0, 1.0]]))
    >>> found.distance_upper.round(9).tolist(), found.is_error.tolist()
    ([0.816496581], [False])
    """

    distance_lower: FloatArray
    distance_upper: FloatArray
    is_error: BoolArray
    safe: BoolArray


def bulk_boundary_plan(alphas: ArrayLike, *, radius: float, sphere: str) -> BulkBoundaryPlan:
    """Prepare the fast path for one vector of alphas and one sphere.

    Formula and source: this module's introduction. The interval of t leaves out a fraction of at most 4e-3 of the
    sphere at each end (Chernoff bound); the degree is the least whose proved error is 1e-11 of a typical h,
    and less where the interval is wide.

    Parameters
    ----------
    alphas
        Shape (dim,), dim >= 2, finite, any sign.
    radius
        Radius r > 0 of the sphere on which all points lie; r sqrt(max |alpha|) <= 1e40.
    sphere
        "inner": correct points are inside the boundary, sum a_i z_i^2 <= 1; "outer": outside, > 1.

    Returns
    -------
    BulkBoundaryPlan
        Guarantee: exact up to the proved bound that it carries.

    Raises
    ------
    InvalidArgumentError
        An argument is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> bulk_boundary_plan(np.linspace(0.5, 1.1, 50), radius=1.0, sphere="inner").columns > 5
    True
    """
    a = check_coefficients("alphas", alphas, minimum=2)
    if a.ndim != 1:
        raise InvalidArgumentError("alphas", a.shape, "one vector of alphas, shape (dim,)")
    side, r = check_sphere(sphere), check_number("radius", check_radius(radius))
    with np.errstate(over="ignore"):
        too_long = r * np.sqrt(np.abs(a).max()) > _LONGEST
    if too_long:
        raise InvalidArgumentError("radius", r, f"at most {_LONGEST:g} / sqrt(max |alpha|)")
    moment = (r * np.sqrt(np.abs(a))) ** 2 * np.sign(a)  # r^2 by itself may overflow
    form = moment - 1.0 if side == "inner" else 1.0 - moment
    none = BulkBoundaryPlan(a, r, side, form)
    top = float(a.max())
    if not (1e-150 < top < 1e150 and a.min() >= -1e8 * top and moment.max() > 1e-50):
        return none
    lam = a / top
    found = _interval(lam, moment, side)
    if found is None:
        return none
    interval, typical = found
    scale = float(moment.max())
    # the wider the interval, the more h and its error vary between points
    target = _TARGET * typical / (1.0 + interval.high - interval.low) ** 2
    degree, error = least_degree(lam, interval, target / scale)
    if degree > MAX_DEGREE:
        return none
    series = -scale * weight_series(lam, interval, degree)
    error = scale * error + _rounding(lam, scale, interval, np.abs(series).sum(axis=1))
    series[:, 0] += 1.0
    matrix = np.concatenate([series, np.stack([error, form, np.ones(a.size)], axis=1)], axis=1)
    return BulkBoundaryPlan(a, r, side, form, matrix, interval)


def bulk_boundary(
    plan: BulkBoundaryPlan, squares: FloatArray, *, projections: FloatArray | None = None
) -> BulkBoundaryResult:
    """Certified distances to the boundary for a block of points, given by the squares of their coordinates.

    Parameters
    ----------
    plan
        From :func:`bulk_boundary_plan`.
    squares
        Shape (n, dim), not negative, no zero rows; they are scaled to the sphere. Not checked: this is the inner loop.
    projections
        ``squares @ plan.matrix`` where the caller already has it (in cache, while drawing).

    Returns
    -------
    BulkBoundaryResult
        Guarantee: lower <= exact distance <= upper; the width is at most 1e-9 relative with a floor of 1e-12 for the
        fast path, and that of ``nearest_boundary_point`` for points of the safe path.

    Raises
    ------
    AccuracyError
        The safe solver could not certify one of its points (not seen in tests).

    Examples
    --------
    >>> import numpy as np
    >>> plan = bulk_boundary_plan([1.0, 0.25], radius=3.0, sphere="outer")
    >>> round(float(bulk_boundary(plan, np.array([[1.0, 0.0]])).distance_upper[0]), 9)
    2.0
    """
    count = len(squares)
    lower, upper = np.zeros(count), np.zeros(count)
    settled = np.zeros(count, dtype=bool)
    if plan.matrix is None or plan.interval is None:
        excess = (squares @ plan.error_form) / squares.sum(axis=1)
    else:
        projections = squares @ plan.matrix if projections is None else projections
        excess = projections[:, -2] / projections[:, -1]
        step = max(1, _VECTOR_ENTRIES // plan.columns)
        for start in range(0, count, step):
            rows = slice(start, start + step)
            lower[rows], upper[rows], settled[rows] = _fast(plan, plan.interval, projections[rows])
    doubt = 2.0 * rounding_allowance(plan.alphas.size) * (2.0 + float(np.abs(plan.error_form).max()))
    is_error = excess > doubt
    lower[is_error], upper[is_error] = 0.0, 0.0
    safe = ~is_error & ~(settled & (excess < -doubt))
    at = np.flatnonzero(safe)
    if at.size:
        lower[at], upper[at] = _safe(plan, squares[at])
        tied = at[excess[at] >= -doubt]  # either side: the error set may hold the point itself
        lower[tied] = 0.0
        is_error[tied] = excess[tied] > 0.0 if plan.sphere == "inner" else excess[tied] >= 0.0
    return BulkBoundaryResult(lower, upper, is_error, safe)


def _interval(lam: FloatArray, moment: FloatArray, side: Sphere) -> tuple[DualInterval, float] | None:
    """Where nearly all optima of correct points lie, and a typical size of h there."""
    largest = max(-float(lam.min()), 0.0)
    free = DualInterval(-_RANGE, _RANGE, largest)
    level = float(np.log(_LEFT_OUT))

    def form(t: float) -> FloatArray:
        return np.asarray(1.0 - moment * weights(lam, free, np.array([t]))[:, 0] ** 2)

    ends = (0.0, _RANGE) if side == "inner" else (-_RANGE, 0.0)
    if log_chernoff(form(0.0) if side == "inner" else -form(0.0)) <= level:
        return None  # nearly all points are errors
    low = crossing(lambda t: log_chernoff(-form(t)) < level, *ends)
    high = crossing(lambda t: log_chernoff(form(t)) > level, *ends)
    margin = _MARGIN * (1.0 + high - low)  # also for optima near an end, and where all are at one place
    interval = DualInterval(low - margin, high + margin, largest)
    middle = weights(lam, free, np.array([0.5 * (low + high)]))[:, 0]
    # u_i^2 of points with this optimum: all alike, or less where the weight is large
    typical = min(_size(1.0 - moment * middle, share) for share in (np.ones(lam.size), middle**-2))
    return interval, max(typical, 1e-12)


def _size(terms: FloatArray, share: FloatArray) -> float:
    """The mean, unless it cancels by accident."""
    return float(max(abs(np.average(terms, weights=share)), 1e-3 * np.average(np.abs(terms), weights=share)))


def _rounding(lam: FloatArray, scale: float, interval: DualInterval, size: FloatArray) -> FloatArray:
    """Bounds on the errors of h from rounding: of sums and products, of t at the nodes, and of l near a pole."""
    ends = weights(lam, interval, np.array([interval.low, interval.high])).max(axis=1)
    reach = float(np.abs(interval.multiplier(np.array([-1.0, 1.0]))[0]).max())
    shift = 4.0 * UNIT_ROUNDOFF * max(abs(interval.low), abs(interval.high))
    pole = 2.0 * UNIT_ROUNDOFF * scale * lam**2 * reach * ends**2
    return np.asarray((2.0 * rounding_allowance(lam.size) + shift) * (1.0 + size) + pole)


def _fast(
    plan: BulkBoundaryPlan, interval: DualInterval, projections: FloatArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Enclosures of the distances from the Chebyshev series of h, and which of them are tight."""
    columns = np.ascontiguousarray(projections.T)
    columns[:-1] /= columns[-1]
    found = enclosed_maximum(interval, columns[:-3], columns[-3], 1e-300)
    top, ulps = float(plan.alphas.max()), 4.0 * UNIT_ROUNDOFF
    lower = np.sqrt(np.maximum(found.value - found.error, 0.0) / top) * (1.0 - ulps)
    upper = np.sqrt(np.maximum(found.value + found.error + found.over, 0.0) / top) * (1.0 + ulps)
    settled = found.inside & (upper - lower <= np.maximum(RELATIVE_GAP * lower, GAP_FLOOR))
    return lower, upper, settled


def _safe(plan: BulkBoundaryPlan, squares: FloatArray) -> tuple[FloatArray, FloatArray]:
    points = np.sqrt(squares / squares.sum(axis=1, keepdims=True)) * plan.radius
    found = nearest_boundary_point(points, plan.alphas)
    moved = 8.0 * UNIT_ROUNDOFF * plan.radius  # by the rounding of the points
    return np.maximum(found.distance_lower - moved, 0.0), found.distance_upper + moved
