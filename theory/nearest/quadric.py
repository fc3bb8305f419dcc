r"""The exact distance in space from a point to where any quadratic function is at least 0, with a certificate.

Seen from the point z, with q(z) = -B < 0, the slope g = 2 A z + b and the eigenvalues l_i of A,

    q(z + y) = sum (l_i y_i^2 + g_i y_i) - B,

one quadratic constraint, so that the dual is exact here as well ([PT2007], S-lemma):

    dist^2 = max over m of m B - m^2 sum (g_i/2)^2 / D_i,    D_i = 1 - m l_i > 0,    y_i = m (g_i/2) / D_i,

and the optimal m is the root of m sum (g_i/2)^2 (1/D_i + 1/D_i^2) = B, whose terms are all positive: nothing cancels,
however small an eigenvalue is beside its slope, down to linear functions. (The centred form of :mod:`.in_space` has no
slopes; there the origin is the better place to look from, since a point may be far away from a small ellipsoid.)

What rounding may have moved the function by (:meth:`~.quadratic.function.QuadraticFunction.doubt`) enters both ends:
the lower bound is that of B less it, and the upper bound is attained where q exceeds it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from ..basics.arguments import check_instance
from ..basics.errors import AccuracyError, InvalidArgumentError
from ..basics.validation import BoolArray, FloatArray, check_flag, scalar_if_0d
from ..quadratic.function import QuadraticFunction, check_size
from .in_space import NearestBoundary
from .on_sphere import chunks, rounding_allowance
from .secular import NEGLIGIBLE, Bracket, SplitForm, newton

__all__ = ["multipliers", "nearest_positive_point"]

_WIDEST_RELATIVE_GAP = 1e-6
_FARTHEST = 1e140


def nearest_positive_point(
    points: ArrayLike, function: QuadraticFunction, *, return_points: bool = False
) -> NearestBoundary:
    r"""Euclidean distance from each point to the nearest x with q(x) >= 0.

    .. math:: \mathrm{dist}^2 = \max_m\; m B - m^2 \sum_i \frac{(g_i/2)^2}{1 - m \lambda_i}, \qquad
              B = -q(z),\; g = 2Az + b

    Source: projection under one quadratic constraint ([PT2007]).

    Parameters
    ----------
    points
        Shape (..., dim), each number at most 1e100 in size.
    function
        q.
    return_points
        Also return the nearest points, shape (..., dim).

    Returns
    -------
    NearestBoundary
        Guarantee: lower bound <= exact distance <= upper bound, for the function that was meant, all roundings since
        its ``sizes`` included. 0 where q(z) >= 0; +inf where it is proved that q is nowhere positive.

    Raises
    ------
    InvalidArgumentError
        Shapes do not agree, or a value is not finite or too large.
    AccuracyError
        A certificate is wider than 1e-6 (distance + |z|): a function whose sign rounding leaves open.

    Examples
    --------
    >>> ball = QuadraticFunction([-1.0, -1.0], [2.0, 0.0], 3.0)  # |x - (1, 0)| <= 2
    >>> found = nearest_positive_point([[6.0, 0.0], [1.0, 1.0]], ball, return_points=True)
    >>> found.distance_upper.round(12).tolist(), found.points[0].round(12).tolist()
    ([3.0, 0.0], [3.0, 0.0])
    """
    check_instance("function", function, QuadraticFunction, "a QuadraticFunction")
    z = check_size("points", points)
    if z.ndim < 1 or z.shape[-1] != function.dim:
        raise InvalidArgumentError("points", z.shape, f"of shape (..., {function.dim})")
    rows = z.reshape(-1, function.dim)
    lower, upper = np.zeros(len(rows)), np.zeros(len(rows))
    nearest = rows.copy() if check_flag("return_points", return_points) else None
    if function.is_never_positive:
        lower[:], upper[:] = np.inf, np.inf
        nearest = None if nearest is None else np.full_like(rows, np.nan)
    else:
        function = function.balanced
        with np.errstate(all="ignore"):  # what is no number bounds nothing, and is refused below
            for part in chunks(len(rows), function.dim):
                found = _Block.of(rows[part], function).solved()
                lower[part], upper[part] = found.bounds()
                if nearest is not None:
                    nearest[part] += found.moves()
    result = NearestBoundary(
        scalar_if_0d(lower.reshape(z.shape[:-1])),
        scalar_if_0d(upper.reshape(z.shape[:-1])),
        None if nearest is None else nearest.reshape(z.shape),
    )
    allowed = _WIDEST_RELATIVE_GAP * (lower + np.linalg.norm(rows, axis=1))
    wide = ~(np.isposinf(lower) | (upper <= lower + allowed))
    if wide.any():
        raise AccuracyError(f"{int(wide.sum())} of {len(rows)} distances were not certified", result)
    return result


@dataclass(frozen=True)
class _Equation:
    """m sum h (1/D + 1/D^2) = B for each point, h the squared half slopes; multipliers as in :mod:`.secular`."""

    form: SplitForm
    slopes: FloatArray
    level: FloatArray

    @property
    def bounded(self) -> bool:
        return self.form.bounded

    def divisors(self, m: FloatArray, w: FloatArray) -> FloatArray:
        d = np.empty_like(self.slopes)
        d[:, self.form.positive_at] = w[:, None] + m[:, None] * self.form.gaps
        d[:, self.form.rest_at] = 1.0 + m[:, None] * self.form.rest
        return d

    def sums(self, m: FloatArray, w: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Sums of h/D, h/D^2 and h/D^3; where there is no slope there is no pole."""
        d = self.divisors(m, w)
        once = np.where(self.slopes > 0.0, self.slopes / d, 0.0)
        twice = np.where(once > 0.0, once / d, 0.0)
        return once.sum(axis=1), twice.sum(axis=1), np.where(twice > 0.0, twice / d, 0.0).sum(axis=1)

    def step(self, m: FloatArray, w: FloatArray) -> tuple[BoolArray, FloatArray]:
        """Newton's on the reciprocal root of the left side, which is linear in m near a pole."""
        first, second, third = self.sums(m, w)
        size = m * (first + second)
        step = (1.0 - np.sqrt(size / self.level)) * size / third
        return np.asarray(size <= self.level), np.nan_to_num(step, nan=np.inf, posinf=np.inf)

    def select(self, keep: BoolArray) -> _Equation:
        return _Equation(self.form, self.slopes[keep], self.level[keep])


@dataclass
class _Block:
    """Points of a block, in the eigenbasis and in units of the largest eigenvalue; what is solved for is filled in."""

    function: QuadraticFunction
    form: SplitForm
    norm: FloatArray
    value: FloatArray
    half: FloatArray  # g/2, in eigenvectors
    m: FloatArray
    w: FloatArray
    added: FloatArray
    stretch: FloatArray
    outside: BoolArray

    @classmethod
    def of(cls, z: FloatArray, function: QuadraticFunction) -> _Block:
        (lam, basis, b), (s2, s1, _) = function.spectrum, function.sizes or (0.0, 0.0, 0.0)
        form = SplitForm.of(lam)
        if function.is_linear and s1 > 0.0:
            form = replace(form, scale=s1)
        turned = z if basis is None else z @ basis
        half = (lam * turned + 0.5 * b) / form.scale
        value = (np.sum(turned * (lam * turned + b), axis=1) + function.constant) / form.scale
        zero, norm = np.zeros(len(z)), np.linalg.norm(z, axis=1)
        # Slopes whose squares may vanish: together they move q by far less than its doubt.
        half[np.abs(half) < NEGLIGIBLE / form.scale * (s2 * norm + s1)[:, None]] = 0.0
        outside = value < function.doubt(norm) / form.scale
        return cls(function, form, norm, value, half, zero, zero + 1.0, zero.copy(), zero.copy(), outside)

    def solved(self) -> _Block:
        equation = self._equation()
        hard = self._hard(equation)
        easy = np.flatnonzero(self.outside & ~hard)
        self.m, self.w = np.where(hard, 1.0, 0.0), np.where(hard, 0.0, 1.0)
        if easy.size:
            some = equation.select(self.outside & ~hard)
            at = 0.5 * some.level / some.slopes.sum(axis=1)  # the root were all D = w, or 1
            w = 2.0 / (1.0 + np.sqrt(1.0 + 4.0 * at)) if some.bounded else np.ones_like(at)
            m = at * w * w
            bracket = Bracket(np.zeros_like(m), np.ones_like(m), *_top(m, some.bounded))
            self.m[easy], self.w[easy] = newton(some, bracket, m, w)
        return self

    def _equation(self) -> _Equation:
        least = self.function.doubt(self.norm) / self.form.scale
        return _Equation(self.form, self.half * self.half, np.maximum(-self.value, least))

    def _hard(self, equation: _Equation) -> BoolArray:
        """No slope along the largest eigenvalues, and too short at the pole: the rest goes along one of them."""
        hard = np.zeros(len(self.m), dtype=np.bool_)
        if not self.form.bounded:
            return hard
        flat = self.outside & ~np.any(self.half[:, self.form.positive_at[self.form.top]], axis=1)
        one = np.ones(len(self.m))
        first, second, _ = equation.sums(one, 0.0 * one)
        missing = equation.level - (first + second)
        hard = np.asarray(flat & (missing >= 0.0))
        self.added = np.where(hard, missing, 0.0)
        return hard

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Lower and upper bounds of the distances; the displacement is stretched until q exceeds its doubt."""
        equation, slack = self._equation(), rounding_allowance(self.function.dim)
        first, second, _ = equation.sums(self.m, self.w)
        square = self.m**2 * second + self.added
        reach = self.norm + 1.01 * np.sqrt(square)
        size = self.m * (first + second) + self.added + np.abs(self.value)
        doubt = self.function.doubt(reach) / self.form.scale + slack * size
        short = doubt - (self.m * (first + second) + self.added + self.value)
        slope, bend = self.m * second + self.added, self.m * (second - first) + self.added
        longer = short / (slope + np.sqrt(slope * slope + bend * short))
        upper = (1.0 + longer) * np.sqrt(square) * (1.0 + slack)
        dual = self.m * (-self.value - doubt) - self.m**2 * first * (1.0 + slack)
        lower = np.sqrt(np.maximum(dual, 0.0)) * (1.0 - slack)
        upper = np.where(np.abs(longer) < 0.01, upper, np.inf)  # else the doubt was that of too short a reach
        self.stretch = np.where(self.outside, 1.0 + longer, 0.0)
        # What overflowed proves nothing.
        lower, upper = np.where(np.isfinite(lower), lower, 0.0), np.where(np.isfinite(upper), upper, np.inf)
        lower, upper = (np.where(self.outside, bound, 0.0) for bound in (lower, upper))
        return np.minimum(lower, upper), upper

    def moves(self) -> FloatArray:
        """From the points to the nearest ones, after :meth:`bounds`."""
        y = np.where(self.half == 0.0, 0.0, self.m[:, None] * self.half / self._equation().divisors(self.m, self.w))
        if np.any(self.added):
            y[:, self.form.positive_at[np.flatnonzero(self.form.top)[0]]] += np.sqrt(self.added)
        y *= self.stretch[:, None]
        basis = self.function.spectrum[1]
        return np.asarray(y if basis is None else y @ basis.T)


def _top(m: FloatArray, bounded: bool) -> tuple[FloatArray, FloatArray]:
    one = np.ones_like(m)
    return (one, 0.0 * one) if bounded else (np.full_like(m, _FARTHEST), one)


def multipliers(points: FloatArray, function: QuadraticFunction) -> tuple[FloatArray, FloatArray]:
    """Upper bounds of the distances of points (n, dim), and the multipliers that are best for them: estimates.

    Examples
    --------
    >>> plane = QuadraticFunction([0.0, 0.0], [1.0, 0.0], -2.0)
    >>> multipliers(np.zeros((1, 2)), plane)[1].round(12).tolist()
    [4.0]
    """
    with np.errstate(all="ignore"):  # what is no number is no good multiplier
        block = _Block.of(points, function).solved()
        return block.bounds()[1], np.where(block.outside, block.m / block.form.scale, 0.0)
