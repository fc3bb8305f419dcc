"""The exact distance from a unit vector to the errors of a quadratic classifier, with a certificate.

On a sphere the errors of a quadratic network are the unit vectors of a cone {Q > 0} or {Q >= 0},
Q(u) = sum c_i u_i^2. For a unit vector z with Q(z) < 0 the angle theta to the cone satisfies

    cos^2 theta = min over 0 <= m < 1/max c of psi(m),    psi(m) = sum z_i^2 / (1 - m c_i),

so every m proves a lower bound on the angle, and the vector z_i / (1 - m c_i), moved onto the cone, an upper bound.
The problem has one quadratic constraint, hence no duality gap ([PT2007], S-lemma): the two meet at the optimum, and
the distance is that of the globally nearest error, not of one that a search happened to find.

Small angles never come from an arccos: sin^2 theta = 1 - psi is formed as -m sum c_i z_i^2 / (1 - m c_i), the upper
bound from the norm of the difference, and the angle is atan2 of sine and cosine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..basics.by_value import ByValue
from ..basics.errors import AccuracyError, InvalidArgumentError
from ..basics.metrics import distance_from_angle
from ..basics.validation import FloatArray, Metric, check_finite, check_flag, scalar_if_0d
from ..quadratic.errors import QuadraticErrors, as_errors
from .secular import NEGLIGIBLE, UNIT_ROUNDOFF, Solution, SplitForm, solve

_CHUNK_ENTRIES = 2**15
_WIDEST_GAP = 1e-10


@dataclass(frozen=True, eq=False)
class NearestError(ByValue):
    """Certified angles from unit vectors to their nearest errors, in radians.

    Parameters
    ----------
    angle_lower, angle_upper
        The true angle lies between them; 0 where the point is an error, +inf where no error exists.
    points
        Unit vectors at which the upper bound is attained (on the boundary of the error set), or None;
        NaN where no error exists.

    Examples
    --------
    >>> found = nearest_error([0.0, 1.0], [1.0, -1.0], boundary_is_error=False, return_points=True)
    >>> found.points.round(12).tolist(), float(found.distance(radius=2.0, metric="euclidean").round(12))
    ([0.707106781187, 0.707106781187], 1.53073372946)
    """

    angle_lower: FloatArray
    angle_upper: FloatArray
    points: FloatArray | None = None

    @property
    def gap(self) -> FloatArray:
        """Width of the certificate in radians; 0 where no error exists (both bounds are infinite)."""
        finite = np.isfinite(self.angle_upper)
        return scalar_if_0d(np.where(finite, self.angle_upper, 0.0) - np.where(finite, self.angle_lower, 0.0))

    def distance(self, *, radius: float = 1.0, metric: Metric) -> FloatArray:
        """Distance on the sphere of ``radius``, from the upper bound of the angle: an error that near exists."""
        return distance_from_angle(self.angle_upper, radius=radius, metric=metric)


def nearest_error(
    points: ArrayLike,
    coefficients: QuadraticErrors | ArrayLike,
    *,
    boundary_is_error: bool = False,
    return_points: bool = False,
) -> NearestError:
    r"""Angle from each point to the nearest unit vector u with sum c_i u_i^2 > 0 (or >= 0).

    .. math:: \cos^2\theta = \min_{0 \le m < 1/\max c} \sum_i z_i^2 / (1 - m c_i)

    Source: projection on a quadratic cone by Lagrange duality with one constraint ([PT2007]); [Gil2018] section 4
    has the error set.

    Parameters
    ----------
    points
        Nonzero vectors in the eigenbasis of the form, shape (..., dim), finite; only their directions count.
    coefficients
        The errors: those of ``classifier.errors_on(sphere, outer_radius)``, or their c, shape (dim,), finite,
        dim >= 2; only their ratios count. For the outer sphere: the negated logit form.
    boundary_is_error
        Beside c: whether errors are Q >= 0 (outer sphere), not Q > 0. It matters only where max c = 0.
    return_points
        Also return the nearest vectors, shape (..., dim).

    Returns
    -------
    NearestError
        Guarantee: lower bound <= exact angle <= upper bound, in [0, pi/2]. 0 where the point is an error. With
        max c > 0 the infimum over Q > 0 is meant, and a point with Q = 0 has distance 0. +inf both where no error
        exists: max c < 0, or max c = 0 and the boundary does not count.

    Raises
    ------
    InvalidArgumentError
        A point is the zero vector or has another dimension than c; a value is not finite.
    AccuracyError
        A certificate is wider than 1e-10 radians (not seen in tests).

    Notes
    -----
    The certificate's width is at rounding: below 1e-14 sqrt(dim) + 1e-14 in tests with coefficients from 1e-12 to
    1e12, near-hard and hard cases included. The allowance for rounding is (16 + 2 sqrt(dim)) times 2.2e-16 relative,
    the probabilistic bound on a sum ([HM2019]), not the worst case. Coordinates below 1e-100 count as 0, as do
    coefficients between 0 and 1e-100 max c, and those below -1e100 max c as that; angles move by less than 1e-49.

    Examples
    --------
    >>> import numpy as np
    >>> found = nearest_error([[0.0, 1.0]], [1.0, -1.0], boundary_is_error=False)
    >>> bool(abs(found.angle_upper[0] - np.pi / 4) < 1e-14)
    True
    """
    errors = as_errors(coefficients, boundary_is_error).single
    c = errors.coefficients
    z, shape = _unit_rows(points, c.size)
    lower, upper = np.empty(len(z)), np.empty(len(z))
    nearest = np.empty_like(z) if check_flag("return_points", return_points) else None
    form = SplitForm.of(c) if np.any(c) else None
    for rows in chunks(len(z), c.size):
        lower[rows], upper[rows], found = _angles(z[rows], errors, form, return_points)
        if nearest is not None and found is not None:
            nearest[rows] = found
    result = NearestError(
        scalar_if_0d(lower.reshape(shape[:-1])),
        scalar_if_0d(upper.reshape(shape[:-1])),
        None if nearest is None else nearest.reshape(shape),
    )
    if not np.all(result.gap <= _WIDEST_GAP):
        wide = np.count_nonzero(~(result.gap <= _WIDEST_GAP))
        message = f"the nearest errors of {wide} of {len(z)} points were not certified to {_WIDEST_GAP:g}"
        raise AccuracyError(message, result)
    return result


def rounding_allowance(dim: int) -> float:
    """Relative allowance for the rounding of a sum of ``dim`` products of a few factors each ([HM2019]).

    Examples
    --------
    >>> rounding_allowance(500) < 2e-14
    True
    """
    return (16.0 + 2.0 * float(np.sqrt(dim))) * UNIT_ROUNDOFF


def chunks(count: int, dim: int, *, entries: int = _CHUNK_ENTRIES) -> Iterator[slice]:
    """Slices of rows whose matrices stay in cache.

    Examples
    --------
    >>> list(chunks(5, 10, entries=20))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    size = max(1, entries // dim)
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def _unit_rows(points: ArrayLike, dim: int) -> tuple[FloatArray, tuple[int, ...]]:
    z = check_finite("points", points)
    if z.ndim < 1 or z.shape[-1] != dim:
        raise InvalidArgumentError("points", z.shape, f"of shape (..., {dim}), as there are {dim} coefficients")
    rows = z.reshape(-1, dim)
    largest = np.abs(rows).max(axis=1, initial=0.0)
    if np.any(largest == 0.0):
        raise InvalidArgumentError("points", "a zero vector", "nonzero vectors: the zero vector has no direction")
    rows = rows / largest[:, None]
    return rows / np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None], z.shape


def _angles(
    z: FloatArray, errors: QuadraticErrors, form: SplitForm | None, return_points: bool
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    if form is None or not form.bounded:
        return _without_positive(z, errors, return_points)
    positive_sq, rest_sq = form.split_squares(z)
    correct = np.flatnonzero(positive_sq @ form.positive < rest_sq @ form.rest)
    lower, upper = np.zeros(len(z)), np.zeros(len(z))
    points = z.copy() if return_points else None
    if correct.size:
        every = correct.size == len(z)
        squares = (positive_sq, rest_sq) if every else (positive_sq[correct], rest_sq[correct])
        solution = solve(form, *squares, 0)
        lower[correct] = lower_angles(solution, errors.dim)
        upper[correct], stretch = upper_angles(solution, errors.dim)
        if points is not None:
            points[correct] = unit_rows_of(boundary_points(form, z[correct], solution, stretch))
    return lower, np.maximum(upper, lower), points


def _without_positive(
    z: FloatArray, errors: QuadraticErrors, return_points: bool
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """No c is positive: no errors, or with the boundary the null space of the form."""
    null = errors.coefficients == 0.0
    if not (errors.ties_are_errors and null.any()):
        infinite = np.full(len(z), np.inf)
        return infinite, infinite.copy(), np.full_like(z, np.nan) if return_points else None
    inside, outside = np.linalg.norm(z[:, null], axis=1), np.linalg.norm(z[:, ~null], axis=1)
    angle = np.arctan2(outside, inside)
    slack = rounding_allowance(errors.dim)
    points = None
    if return_points:
        points = np.where(null, z, 0.0)
        points[np.ix_(inside == 0.0, [int(np.flatnonzero(null)[0])])] = 1.0
        points = unit_rows_of(points)
    return angle * (1.0 - slack), np.minimum(angle * (1.0 + slack), 0.5 * np.pi), points


def lower_angles(solution: Solution, dim: int) -> FloatArray:
    """Proved by the dual value at the multiplier: tan^2 >= (1 - psi)/psi, less the allowance for rounding.

    Examples
    --------
    >>> form, z = SplitForm.of(np.array([1.0, -1.0])), np.array([[0.0, 1.0]])
    >>> solution = solve(form, *form.split_squares(z), 0)
    >>> lower_angles(solution, 2).round(12).tolist()  # 45 degrees
    [0.785398163397]
    """
    s, slack = solution.sums, rounding_allowance(dim)
    size = solution.multiplier * (s.lagrange_n + s.lagrange_p)
    sine_sq = np.maximum(solution.multiplier * (s.lagrange_n - s.lagrange_p) - slack * size, 0.0)
    angle = np.arctan2(np.sqrt(sine_sq), np.sqrt((s.dot_p + s.dot_n) * (1.0 + slack)))
    return np.asarray(np.maximum(angle - 2.0 * UNIT_ROUNDOFF, 0.0))


def upper_angles(solution: Solution, dim: int) -> tuple[FloatArray, FloatArray]:
    """Attained by y: x = z/(1 - m l) with its positive part stretched by k so that the form vanishes; also k.

    With e = y - z, the part of e orthogonal to z has the squared length |e|^2 - (e.z)^2; |e|^2 is a sum of terms
    that are small when the angle is.

    Examples
    --------
    >>> form, z = SplitForm.of(np.array([1.0, -1.0])), np.array([[0.0, 1.0]])
    >>> solution = solve(form, *form.split_squares(z), 0)
    >>> upper_angles(solution, 2)[0].round(12).tolist()  # 45 degrees
    [0.785398163397]
    """
    s, m, slack = solution.sums, solution.multiplier, rounding_allowance(dim)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        stretch = np.where(solution.added_square > 0.0, 1.0, np.sqrt(s.form_n / s.form_p))
        change = np.where(solution.added_square > 0.0, 0.0, (s.form_n - s.form_p) / s.form_p / (stretch + 1.0))
    dot = stretch * s.dot_p + s.dot_n
    norm_sq = stretch**2 * s.norm_p + s.norm_n + solution.added_square
    moved_sq = m**2 * (s.moved_p + s.moved_n) + change * (2.0 * m * s.form_p + change * s.norm_p)
    along = m * (s.lagrange_p - s.lagrange_n) + change * s.dot_p
    small = moved_sq + solution.added_square - along**2
    sine_sq = np.where(2.0 * dot**2 >= norm_sq, small, norm_sq - dot**2)
    angle = np.arctan2(np.sqrt(np.maximum(sine_sq, 0.0)), dot)
    # the rounding of k moves y along its positive part
    shift = slack * stretch * np.sqrt((s.norm_p + solution.added_square) / norm_sq)
    angle = angle * (1.0 + slack) + shift + 2.0 * UNIT_ROUNDOFF
    return np.minimum(angle, 0.5 * np.pi), stretch


def boundary_points(form: SplitForm, z: FloatArray, solution: Solution, stretch: FloatArray) -> FloatArray:
    """The points y at which the upper bound is attained, not normalised.

    Examples
    --------
    >>> form, z = SplitForm.of(np.array([1.0, -1.0])), np.array([[0.0, 1.0]])
    >>> solution = solve(form, *form.split_squares(z), 0)
    >>> boundary_points(form, z, solution, np.ones(1)).tolist()
    [[0.5, 0.5]]
    """
    m, w = solution.multiplier[:, None], solution.complement[:, None]
    y, z = np.empty_like(z), np.where(z * z < NEGLIGIBLE**2, 0.0, z)
    divisor = w + m * form.gaps
    divisor[divisor == 0.0] = np.inf
    y[:, form.positive_at] = stretch[:, None] * z[:, form.positive_at] / divisor
    y[:, form.rest_at] = z[:, form.rest_at] / (1.0 + m * form.rest)
    hard = solution.added_square > 0.0
    if hard.any():
        first_top = int(form.positive_at[np.flatnonzero(form.top)[0]])
        y[hard, first_top] = np.sqrt(solution.added_square[hard])
    return y


def unit_rows_of(y: FloatArray) -> FloatArray:
    """Rows divided by their norms.

    Examples
    --------
    >>> unit_rows_of(np.array([[3.0, 4.0]])).tolist()
    [[0.6, 0.8]]
    """
    return np.asarray(y / np.linalg.norm(y, axis=1, keepdims=True))
