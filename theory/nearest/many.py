"""Certified distances to the nearest error for many points at once, at the cost of one matrix product.

With l_i = c_i / max c, all weights W_i = 1/(1 - m l_i) of the dual are analytic in a variable t (:mod:`.dual_pieces`).
So at the points of an interval of t that interpolation needs they are nearly combinations of a few functions, their
leading singular vectors. For a block of squared unit vectors U

    h = -sum l_i u_i^2 W_i  is a combination with coefficients U @ A,     sin^2 theta = max of m h.

What h misses is at most a + b (1 - S), S = m h, where the singular vectors miss at most a of a coordinate with l_i <= 0
and b W_i of another: sum u_i^2 W_i = 1 - S. ``dual_pieces`` encloses the maximum.

A point whose enclosure is not tight enough, or whose optimum lies outside the interval, goes to ``nearest_error``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..basics.by_value import ByValue
from ..basics.validation import BoolArray, FloatArray
from ..quadratic.errors import QuadraticErrors, as_errors
from .dual_interval import dual_interval
from .dual_pieces import DEGREE, DualInterval, Pieces, enclosed_maximum, weights
from .on_sphere import chunks, nearest_error, rounding_allowance
from .secular import UNIT_ROUNDOFF

RELATIVE_GAP = 1e-9
"""Points of the fast path are certified to this relative width of the angle ..."""
GAP_FLOOR = 1e-12
"""... or to this many radians, whichever is wider."""

_RANK_TARGET = 5e-14  # of a typical h
_RANK_NOISE = 16.0 * UNIT_ROUNDOFF  # smaller singular vectors are rounding
_RANK_ROWS = 256  # tell the leading singular vectors
_PLAN_ENTRIES = 2**20
_STEP_ROWS = 2**13


@dataclass(frozen=True, eq=False)
class BulkPlan(ByValue):
    """What the fast path knows about one set of errors.

    Parameters
    ----------
    errors
        Those of one classifier.
    matrix
        Shape (dim, r + 2): what the r functions are taken times in -l/(1 - m l), then l, and ones; None where there is
        no fast path (no positive or no negative coefficient, or coefficients too far apart): all points are then handed
        to the safe solver.
    largest
        L = -min l.
    pieces
        m times the functions, on pieces of an interval of t, and the proved bounds on the error; None without a fast
        path.

    Examples
    --------
    >>> plan = bulk_plan([1.0, -1.0, -2.0], boundary_is_error=False)
    >>> plan.largest, bulk_plan([-1.0, -2.0], boundary_is_error=False).columns
    (2.0, 0)
    """

    errors: QuadraticErrors
    matrix: FloatArray | None
    largest: float = 0.0
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
    at each end (Chernoff bound); the number of functions is the least for errors of 5e-14 of a typical h.

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
    t = variable.nodes
    directions = _directions(lam, variable, _RANK_TARGET * typical)
    shares, functions, missed = _factors(lam, variable, directions)
    matrix = np.concatenate([shares, np.stack([lam, np.ones(c.size)], axis=1)], axis=1)
    pieces = Pieces.of(variable, functions.reshape(-1, *t.shape), missed.reshape(t.shape))
    return BulkPlan(errors, matrix, largest, pieces)


def _directions(lam: FloatArray, variable: DualInterval, target: float) -> FloatArray | None:
    """The leading right singular vectors of the weights (dim, nodes) whose errors are within the target on average.

    None where there are as many as coefficients.
    """
    # the largest l differ most
    places = np.unique(np.geomspace(1.0, lam.size, _RANK_ROWS).astype(np.intp)) - 1
    rows = _terms(np.sort(lam)[::-1][places], variable)[0]
    _, sizes, directions = np.linalg.svd(rows, full_matrices=False)
    left = np.sqrt(np.cumsum(sizes[::-1] ** 2)[::-1] / rows.size)
    rank = int(np.count_nonzero(left > max(target, _RANK_NOISE * left[0])))
    return None if rank >= lam.size else np.asarray(directions[:rank])


def _terms(lam: FloatArray, variable: DualInterval) -> tuple[FloatArray, FloatArray]:
    """-l W and W at the nodes, (len(lam), nodes)."""
    found = weights(lam, variable, variable.nodes.reshape(-1))
    return -lam[:, None] * found, found


def _factors(
    lam: FloatArray, variable: DualInterval, directions: FloatArray | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Shares (dim, r) and functions (r, nodes) whose product is nearly -l W, and what h misses with it at each node."""
    count = lam.size if directions is None else len(directions)
    shares, allowance = np.eye(lam.size, count), 3.0 * rounding_allowance(max(lam.size, DEGREE))
    functions = _terms(lam, variable)[0] if directions is None else directions
    below, above = np.zeros(functions.shape[1]), np.zeros(functions.shape[1])
    for rows in chunks(lam.size, functions.shape[1], entries=_PLAN_ENTRIES):
        terms, weight = _terms(lam[rows], variable)
        if directions is not None:
            shares[rows] = terms @ directions.T
        off = np.abs(terms - shares[rows] @ functions) + allowance * (np.abs(shares[rows]) @ np.abs(functions))
        positive = lam[rows] > 0.0
        below = np.maximum(below, off[~positive].max(axis=0, initial=0.0))
        above = np.maximum(above, (off[positive] / weight[positive]).max(axis=0, initial=0.0))
    # sum u^2 W is at most 1.02 where the maximum is, and grows at most like exp(t) on a piece
    return shares, functions, below + 1.02 * np.exp(2.0 * variable.piece) * above


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
    found = enclosed_maximum(pieces, projections, projections[:, -1])
    lower, width = _angles(found.lower, found.upper)
    settled = found.inside & (width <= np.maximum(RELATIVE_GAP * lower, GAP_FLOOR))
    return lower, lower + width, settled


def _angles(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The angle whose squared sine is ``low``, and a bound on how much larger that of ``high`` is, maybe infinite."""
    sine_sq = np.minimum(np.maximum(low, 0.0), 1.0)
    angle = np.arcsin(np.sqrt(np.minimum(sine_sq, 1.0 - sine_sq)))
    with np.errstate(divide="ignore", invalid="ignore"):
        # the derivative of the angle is 1/(2 sine cosine)
        width = (high - sine_sq) / (2.0 * np.sqrt(sine_sq * np.maximum(1.0 - high, 0.0)))
    return np.where(sine_sq <= 0.5, angle, 0.5 * np.pi - angle), width
