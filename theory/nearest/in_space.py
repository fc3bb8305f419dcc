"""The exact distance in space from a point to the decision boundary of a quadratic classifier, with a certificate.

The boundary is {sum a_i x_i^2 = 1}, an ellipsoid where all alphas a_i are positive (a cylinder or a hyperboloid
where some are zero or negative). From inside the nearest point solves: minimise |x - z| under sum a_i x_i^2 >= 1;
from outside the same with c_i = -a_i and the level b = -1. Both are one quadratic constraint, so the dual

    dist^2 = max over m >= 0 of  m b - m sum c_i z_i^2 / (1 - m c_i)

is exact ([PT2007], S-lemma): every m proves a lower bound, and z_i / (1 - m c_i), moved onto the boundary, an upper
bound. Here the distance leaves the sphere; for the nearest error ON the sphere see ``nearest_error``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..basics.by_value import ByValue
from ..basics.errors import AccuracyError, InvalidArgumentError
from ..basics.validation import FloatArray, check_coefficients, check_finite, check_flag, scalar_if_0d
from .on_sphere import boundary_points, chunks, rounding_allowance
from .secular import NEGLIGIBLE, UNIT_ROUNDOFF, Solution, SplitForm, solve

_WIDEST_RELATIVE_GAP = 1e-10
_LONGEST = 1e40


@dataclass(frozen=True, eq=False)
class NearestBoundary(ByValue):
    """Certified ambient distances from points to the decision boundary.

    Parameters
    ----------
    distance_lower, distance_upper
        The true distance lies between them, in the unit of the points; +inf where there is no boundary.
    points
        Points on the boundary at which the upper bound is attained, or None; NaN where there is no boundary.

    Examples
    --------
    >>> found = nearest_boundary_point([0.5, 0.0], [1.0, 1.0], return_points=True)
    >>> float(round(found.distance_upper, 12)), found.points.round(12).tolist(), bool(found.gap < 1e-13)
    (0.5, [1.0, 0.0], True)
    """

    distance_lower: FloatArray
    distance_upper: FloatArray
    points: FloatArray | None = None

    @property
    def gap(self) -> FloatArray:
        """Width of the certificate; 0 where there is no boundary."""
        finite = np.isfinite(self.distance_upper)
        return scalar_if_0d(np.where(finite, self.distance_upper, 0.0) - np.where(finite, self.distance_lower, 0.0))


def nearest_boundary_point(points: ArrayLike, alphas: ArrayLike, *, return_points: bool = False) -> NearestBoundary:
    r"""Distance in space from each point to the set sum alpha_i x_i^2 = 1.

    .. math:: \mathrm{dist}^2 = \max_m\; m - m \sum_i \alpha_i z_i^2 / (1 - m \alpha_i)

    with 0 <= m < 1/max alpha for a point inside and m <= 0 for a point outside.

    Source: projection under one quadratic constraint ([PT2007]); [Gil2018] section 4 has the boundary.

    Parameters
    ----------
    points
        Points in the eigenbasis, any length (the zero vector too), shape (..., dim), finite.
    alphas
        Shape (dim,), finite, dim >= 2, any sign.
    return_points
        Also return the nearest points, shape (..., dim).

    Returns
    -------
    NearestBoundary
        Guarantee: lower bound <= exact distance <= upper bound. 0 on the boundary; +inf where max alpha <= 0.

    Raises
    ------
    InvalidArgumentError
        Shapes do not agree, a value is not finite, or |z| sqrt(max |alpha|) exceeds 1e40.
    AccuracyError
        A certificate is wider than 1e-10 (distance + |z|) (not seen in tests).

    Notes
    -----
    The certificate's width is below (1e-14 sqrt(dim) + 1e-14) (distance + |z|) in tests. Negative alphas below
    1e-100 times the largest count as 0.

    Examples
    --------
    >>> found = nearest_boundary_point([[0.0, 0.0], [3.0, 0.0]], [1.0, 0.25])
    >>> [round(float(x), 12) for x in found.distance_upper]
    [1.0, 2.0]
    """
    a = check_coefficients("alphas", alphas, minimum=2)
    z = check_finite("points", points)
    if a.ndim != 1 or z.ndim < 1 or z.shape[-1] != a.size:
        raise InvalidArgumentError("points", z.shape, f"of shape (..., dim) for alphas of shape (dim,), here {a.shape}")
    rows = z.reshape(-1, a.size)
    length = _lengths(rows)
    with np.errstate(over="ignore", invalid="ignore"):
        too_long = length.max(initial=0.0) * np.sqrt(np.abs(a).max()) > _LONGEST
    if too_long:
        raise InvalidArgumentError("points", float(length.max()), f"at most {_LONGEST:g} / sqrt(max |alpha|) long")
    a = np.where((a < 0.0) & (-a < NEGLIGIBLE * a.max()), 0.0, a)
    lower, upper = np.full(len(rows), np.inf), np.full(len(rows), np.inf)
    nearest = np.full_like(rows, np.nan) if check_flag("return_points", return_points) else None
    if np.any(a > 0.0):
        for part in chunks(len(rows), a.size):
            _both_sides(rows[part], a, lower[part], upper[part], None if nearest is None else nearest[part])
    result = NearestBoundary(
        scalar_if_0d(lower.reshape(z.shape[:-1])),
        scalar_if_0d(upper.reshape(z.shape[:-1])),
        None if nearest is None else nearest.reshape(z.shape),
    )
    wide = np.isfinite(upper) & ~(np.where(np.isfinite(upper), upper, 0.0) - lower <= _allowed_gap(lower, length))
    if wide.any():
        raise AccuracyError(f"{int(wide.sum())} of {len(rows)} distances were not certified", result)
    return result


def _lengths(rows: FloatArray) -> FloatArray:
    """Euclidean norms of rows whose squares may overflow or vanish; +inf where the norm itself overflows."""
    largest = np.abs(rows).max(axis=1)
    unit = np.where(largest > 0.0, largest, 1.0)
    with np.errstate(over="ignore"):
        return np.asarray(unit * np.linalg.norm(rows / unit[:, None], axis=1))


def _allowed_gap(lower: FloatArray, length: FloatArray) -> FloatArray:
    return _WIDEST_RELATIVE_GAP * (np.where(np.isfinite(lower), lower, 0.0) + length)


def _both_sides(
    z: FloatArray, alphas: FloatArray, lower: FloatArray, upper: FloatArray, nearest: FloatArray | None
) -> None:
    """Fill the slices ``lower``, ``upper`` and ``nearest``; points on the boundary keep distance 0."""
    lower[:], upper[:] = 0.0, 0.0
    if nearest is not None:
        nearest[:] = z
    for form, offset in ((SplitForm.of(alphas), 1), (SplitForm.of(-alphas), -1)):
        unit = np.sqrt(form.scale)
        scaled = z * unit
        positive_sq, rest_sq = form.split_squares(scaled)
        value = positive_sq @ form.positive - rest_sq @ form.rest
        here = np.flatnonzero(value < offset)
        if here.size == 0:
            continue
        solution = solve(form, positive_sq[here], rest_sq[here], offset)
        low = _lower(solution, offset, alphas.size)
        high, stretch = _upper(solution, offset, alphas.size)
        rounding = 2.0 * UNIT_ROUNDOFF * np.sqrt(positive_sq[here].sum(axis=1) + rest_sq[here].sum(axis=1))
        lower[here], upper[here] = np.maximum(low - rounding, 0.0) / unit, np.maximum(high + rounding, low) / unit
        if nearest is not None:
            inside = offset == 1
            found = boundary_points(form, scaled[here], solution, stretch if inside else np.ones_like(stretch))
            if not inside:
                found[:, form.rest_at] *= stretch[:, None]
            nearest[here] = found / unit


def _lower(solution: Solution, offset: int, dim: int) -> FloatArray:
    s, m = solution.sums, solution.multiplier
    size = m * (1.0 + s.lagrange_n + s.lagrange_p)
    square = m * (offset + s.lagrange_n - s.lagrange_p) - rounding_allowance(dim) * size
    return np.asarray(np.sqrt(np.maximum(square, 0.0)))


def _upper(solution: Solution, offset: int, dim: int) -> tuple[FloatArray, FloatArray]:
    """Norm of y - z, where one part of x = z/(1 - m l) is stretched by k so that y lies on the boundary; also k.

    From inside the part with positive coefficients is stretched, from outside the rest, which is not zero there.
    """
    s, m, slack = solution.sums, solution.multiplier, rounding_allowance(dim)
    inside = offset == 1
    target = s.form_n + 1.0 if inside else s.form_p + 1.0
    own, norm_sq, sign = (s.form_p, s.norm_p, 1.0) if inside else (s.form_n, s.norm_n, -1.0)
    hard = solution.added_square > 0.0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        stretch = np.where(hard, 1.0, np.sqrt(target / own))
        change = np.where(hard, 0.0, (target - own) / own / (stretch + 1.0))
    square = m**2 * (s.moved_p + s.moved_n) + change * (2.0 * sign * m * own + change * norm_sq)
    distance = np.sqrt(np.maximum(square, 0.0) + solution.added_square)
    return distance * (1.0 + slack) + slack * stretch * np.sqrt(norm_sq + solution.added_square), stretch
