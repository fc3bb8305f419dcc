"""Certified distances to the nearest error for many points at once, at the cost of one matrix product.

With l_i = c_i / max c and L = -min l, put t = log((1 + L m)/(1 - m)). All weights 1/(1 - m l_i) are analytic in the
strip |Im t| < pi, so on an interval of t they are polynomials of low degree up to a proved error, and nearly
combinations of even fewer functions, their leading singular vectors. So for a block of squared unit vectors U

    h(t) = -sum l_i u_i^2/(1 - m l_i)  is a combination with coefficients U @ A,     sin^2 theta = max of m h.

The error of h has a proved bound, one more column of the product, and as S = m h is concave in m, three points of its
graph enclose its maximum. The proofs and the arithmetic are those of ``dual_series`` and ``dual_pieces``.

A point whose enclosure is not tight enough, or whose optimum lies outside the interval, goes to ``nearest_error``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.polynomial.chebyshev import chebval
from numpy.typing import ArrayLike

from ..basics.by_value import ByValue
from ..basics.validation import BoolArray, FloatArray
from ..quadratic.errors import QuadraticErrors, as_errors
from .dual_interval import dual_interval
from .dual_pieces import Pieces, enclosed_maximum
from .dual_series import MAX_DEGREE, DualInterval, least_degree, weight_series
from .on_sphere import nearest_error, rounding_allowance
from .secular import UNIT_ROUNDOFF

RELATIVE_GAP = 1e-9
"""Points of the fast path are certified to this relative width of the angle ..."""
GAP_FLOOR = 1e-12
"""... or to this many radians, whichever is wider."""

_TARGET = 1e-14  # a higher degree costs preparation only
_RANK_TARGET = 2e-13
_RANK_NOISE = 16.0 * UNIT_ROUNDOFF  # smaller singular vectors are rounding
_RANK_ROWS = 512  # tell the leading singular vectors
_ROUNDING = 4.0e-16
_STEP_ROWS = 2**13


@dataclass(frozen=True, eq=False)
class BulkPlan(ByValue):
    """What the fast path knows about one set of errors.

    Parameters
    ----------
    errors
        Those of one classifier.
    matrix
        Shape (dim, r + 3): what the r functions are taken times in -l/(1 - m l), then proved bounds on the error (of
        interpolation, rank and rounding together), l, and ones; None where there is no fast path (no positive or no
        negative coefficient, or coefficients too far apart): all points are then handed to the safe solver.
    low, high
        The interval of t.
    largest
        L = -min l.
    functions
        Chebyshev coefficients of the r functions, shape (r, degree + 1).
    pieces
        m times the functions, on pieces of the interval; None without a fast path.

    Examples
    --------
    >>> plan = bulk_plan([1.0, -1.0, -2.0], boundary_is_error=False)
    >>> plan.largest, bulk_plan([-1.0, -2.0], boundary_is_error=False).columns
    (2.0, 0)
    """

    errors: QuadraticErrors
    matrix: FloatArray | None
    low: float = 0.0
    high: float = 0.0
    largest: float = 0.0
    functions: FloatArray | None = None
    pieces: Pieces | None = None

    @property
    def columns(self) -> int:
        """Number of columns of the projections; 0 without a fast path."""
        return 0 if self.matrix is None else int(self.matrix.shape[1])


@dataclass(frozen=True, eq=False)
class BulkResult(ByValue):
    """Certified angles of a block of points (radians), as in ``nearest_error``, and how they were found.

    Parameters
    ----------
    angle_lower, angle_upper
        Shape (n,); the true angle lies between them.
    is_error
        Shape (n,): the point lies in the error set.
    safe
        Shape (n,): the point was handed to the safe solver.

    Examples
    --------
    >>> plan = bulk_plan([1.0, -1.0, -2.0], boundary_is_error=False)
    >>> found = bulk_nearest(plan, np.array([[0.0, 1.0, 0.0], [1.0, 0.5, 0.0]]))
    >>> found.angle_upper.round(9).tolist(), found.is_error.tolist()
    ([0.785398163, 0.0], [False, True])
    """

    angle_lower: FloatArray
    angle_upper: FloatArray
    is_error: BoolArray
    safe: BoolArray


def bulk_plan(coefficients: QuadraticErrors | ArrayLike, *, boundary_is_error: bool = False) -> BulkPlan:
    """Prepare the fast path for the errors of one classifier.

    Formula and source: this module's introduction. The interval of t leaves out a fraction of about 1e-3 of the sphere
    at each end (Chernoff bound); the degree is the least whose proved error is 1e-14 of a typical h,
    and the number of functions the least for 2e-13.

    Parameters
    ----------
    coefficients, boundary_is_error
        The errors, or their c and whether Q = 0 counts, as for :func:`~.nearest.on_sphere.nearest_error`.

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
    errors = as_errors(coefficients, boundary_is_error).single
    c, none = errors.coefficients, BulkPlan(errors, None)
    if not c.min() < 0.0 < c.max() or -c.min() > 1e8 * c.max():
        return none
    lam = c / c.max()
    largest = -float(lam.min())
    interval = dual_interval(lam)
    if interval is None:
        return none
    low, high, typical = interval
    variable = DualInterval(low, high, largest)
    degree, error = least_degree(lam, variable, _TARGET * typical)
    if degree > MAX_DEGREE:
        return none
    series = -weight_series(lam, variable, degree)
    shares, functions = _factors(series, _RANK_TARGET * typical)
    error += np.abs(series - shares @ functions).sum(axis=1)
    pieces = Pieces.of(variable, functions)
    sizes = np.abs(chebval(np.linspace(-1.0, 1.0, len(pieces.top) + 1), functions.T))
    rounding = 3.0 * rounding_allowance(max(c.size, degree)) * (np.abs(shares) @ sizes)
    worst = (error[:, None] + rounding).max(axis=0)
    pieces = replace(pieces, most=np.maximum(worst[1:], worst[:-1]))
    error += rounding.max(axis=1)
    matrix = np.concatenate([shares, np.stack([error, lam, np.ones(c.size)], axis=1)], axis=1)
    return BulkPlan(errors, matrix, low, high, largest, functions, pieces)


def _factors(series: FloatArray, target: float) -> tuple[FloatArray, FloatArray]:
    """Two factors of nearly the series, of the least rank whose errors have a root mean square within the target."""
    # the largest l differ most
    places = np.unique(np.geomspace(1.0, len(series), _RANK_ROWS).astype(np.intp)) - 1
    rows = series[np.argsort(series[:, 0], kind="stable")[places]]
    _, sizes, directions = np.linalg.svd(rows, full_matrices=False)
    left = np.sqrt(np.cumsum(sizes[::-1] ** 2)[::-1] / len(rows))
    rank = int(np.count_nonzero(left > max(target, _RANK_NOISE * left[0])))
    if rank >= len(series):
        return np.eye(len(series)), series
    return series @ directions[:rank].T, directions[:rank]


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
    if plan.matrix is not None and plan.pieces is not None:
        if projections is None:
            projections = squares @ plan.matrix
        for start in range(0, count, _STEP_ROWS):
            rows = slice(start, start + _STEP_ROWS)
            is_error[rows] = projections[rows, -2] >= 0.0
            lower[rows], upper[rows], settled = _fast(plan.pieces, projections[rows])
            safe[rows] = ~(settled | is_error[rows])
        lower[is_error], upper[is_error] = 0.0, 0.0
    if safe.any():
        found = nearest_error(np.sqrt(squares[safe]), plan.errors)
        lower[safe], upper[safe] = found.angle_lower, found.angle_upper
        is_error[safe] = found.angle_upper == 0.0
    return BulkResult(lower, upper, is_error, safe)


def _fast(pieces: Pieces, projections: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Enclosures of the angles from h on pieces, and which of them are tight."""
    length, unit_error = projections[:, -1], projections[:, -3]
    found = enclosed_maximum(pieces, projections, length, unit_error, _ROUNDING)
    lower, upper = _angle(found.value - found.error), _angle(found.value + found.error + found.over)
    settled = found.inside & (upper - lower <= np.maximum(RELATIVE_GAP * lower, GAP_FLOOR))
    return lower, upper, settled


def _angle(sine_sq: FloatArray) -> FloatArray:
    s = np.clip(sine_sq, 0.0, 1.0)
    return np.asarray(np.arctan2(np.sqrt(s), np.sqrt(1.0 - s)))
