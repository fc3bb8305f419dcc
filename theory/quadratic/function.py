r"""Quadratic functions x'Ax + b'x + c, and how often they are positive at normal points.

The scores of quadratic discriminants, Gaussian naive Bayes and every linear classifier are such functions. With a
standard normal g and the eigenvalues l_i of A, q(g) = sum (l_i g_i^2 + b_i g_i) + c is a noncentral quadratic form
with a normal term, whose tail is known exactly (:func:`~.sloped.sloped_form_tail`).

How far rounding may have moved a function is carried along: what is computed misses the function that is meant by at
most u (s2 |x|^2 + s1 |x| + s0), where (s2, s1, s0) are the ``sizes`` of what it was computed from and u counts the
roundings. With |g|^2 <= R^2 but for a probability exp(-y), R^2 = n + 2 sqrt(n y) + 2 y [LM2000], the probability that
the function meant is positive lies between those of q > e and q > -e, e that bound at R, but for exp(-y).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from ..basics.arguments import check_instance
from ..basics.by_value import ByValue, frozen_copy
from ..basics.errors import AccuracyError, InvalidArgumentError
from ..basics.log_probability import LogProbability
from ..basics.validation import BoolArray, FloatArray, check_finite, check_number, scalar_if_0d
from .contour import EPS
from .form import QuadraticFormTail
from .sloped import sloped_form_tail

__all__ = ["QuadraticFunction", "check_size"]

_LARGEST, _SMALLEST = 1e100, 1e-290
_FLAT = 2.0**-44  # of the slope: a curvature below it moves the tail by no more than rounding
_SURE = 45.0  # exp(-45) beside a probability
_ACCURACY = 1e-6
_OPEN = "whether a quadratic function is ever positive is lost in rounding"


@dataclass(frozen=True, eq=False)
class QuadraticFunction(ByValue):
    """The function q(x) = x'Ax + b'x + c.

    Parameters
    ----------
    matrix
        A, symmetric, shape (dim, dim); or the diagonal of a diagonal one, shape (dim,).
    linear
        b, shape (dim,).
    constant
        c.
    sizes
        (s2, s1, s0), upper bounds on norms of what the three were computed from: their rounding errors are measured
        against them. Default: their own norms.

    Raises
    ------
    InvalidArgumentError
        Shapes that do not fit, a matrix that is not symmetric, a number that is not finite or beyond 1e100 in size.

    Examples
    --------
    >>> ball = QuadraticFunction([-1.0, -1.0], [2.0, 0.0], 3.0)  # 4 - (x - 1)^2 - y^2
    >>> ball.values([[1.0, 0.0], [3.0, 0.0]]).tolist(), ball.at([1.0, 0.0]).constant
    ([4.0, 0.0], 4.0)
    >>> plane = QuadraticFunction([0.0, 0.0], [3.0, 4.0], -5.0)
    >>> print(f"{plane.positive.probability.log10:.10f}")  # the normal tail beyond 1
    -0.7995455415
    """

    matrix: FloatArray
    linear: FloatArray
    constant: float
    sizes: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        b, a = check_size("linear", self.linear), check_size("matrix", self.matrix)
        if b.ndim != 1 or not len(b):
            raise InvalidArgumentError("linear", b.shape, "of shape (dim,)")
        if a.shape not in (b.shape, (len(b), len(b))):
            raise InvalidArgumentError("matrix", a.shape, f"of shape ({len(b)},) or ({len(b)}, {len(b)})")
        if a.ndim == 2 and float(np.abs(a - a.T).max()) > len(b) * EPS * float(np.abs(a).max()):
            raise InvalidArgumentError("matrix", float(np.abs(a - a.T).max()), "symmetric")
        c = float(check_size("constant", check_number("constant", self.constant)))
        object.__setattr__(self, "matrix", frozen_copy(0.5 * (a + a.T) if a.ndim == 2 else a))
        object.__setattr__(self, "linear", frozen_copy(b))
        object.__setattr__(self, "constant", c)
        own = np.array([_norm(a), _norm(b), abs(c)])
        given = own if self.sizes is None else check_size("sizes", self.sizes)
        if given.shape != (3,):
            raise InvalidArgumentError("sizes", given.shape, "three numbers")
        object.__setattr__(self, "sizes", tuple(float(x) for x in np.maximum(given, own)))

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return len(self.linear)

    @cached_property
    def balanced(self) -> QuadraticFunction:
        """The same over a power of two that makes its largest size 1/2 to 1: squares neither vanish nor overflow."""
        exponent = int(np.frexp(max(self._sizes))[1])
        if exponent == 0:
            return self
        matrix, linear, constant, sizes = (
            np.ldexp(part, -exponent) for part in (self.matrix, self.linear, self.constant, np.array(self._sizes))
        )
        return QuadraticFunction(matrix, linear, float(constant), tuple(sizes.tolist()))

    @property
    def is_linear(self) -> bool:
        """Whether the matrix is 0."""
        return not np.any(self.matrix)

    def values(self, points: ArrayLike) -> FloatArray:
        """q at points of shape (..., dim), each number at most 1e100 in size."""
        x = check_size("points", points)
        if x.shape[-1:] != (self.dim,):
            raise InvalidArgumentError("points", x.shape, f"of shape (..., {self.dim})")
        image = x @ self.matrix if self.matrix.ndim == 2 else x * self.matrix
        return np.asarray(np.sum(x * (image + self.linear), axis=-1) + self.constant)

    def doubt(self, size: ArrayLike) -> FloatArray:
        """Upper bound on what rounding adds to q at points of a norm, eigenvectors and their rotation included."""
        s2, s1, s0 = self._sizes
        norm = np.asarray(size, dtype=np.float64)
        return np.asarray(self._unit * ((s2 * norm + s1) * norm + s0))

    def at(self, centre: ArrayLike) -> QuadraticFunction:
        """The function x -> q(centre + x)."""
        x = check_size("centre", centre)
        if x.shape != (self.dim,):
            raise InvalidArgumentError("centre", x.shape, f"of shape ({self.dim},)")
        slope = 2.0 * (self.matrix @ x if self.matrix.ndim == 2 else self.matrix * x) + self.linear
        (s2, s1, s0), norm = self._sizes, _norm(x)
        sizes = s2, s1 + 2.0 * s2 * norm, s0 + (s1 + s2 * norm) * norm
        return QuadraticFunction(self.matrix, slope, float(self.values(x)), sizes)

    def times(self, factor: float) -> QuadraticFunction:
        """The function x -> factor q(x); -1 for the negated one."""
        f = check_number("factor", factor)
        sizes = tuple(abs(f) * s for s in self._sizes)
        return QuadraticFunction(f * self.matrix, f * self.linear, f * self.constant, sizes)  # type: ignore[arg-type]

    def minus(self, other: QuadraticFunction) -> QuadraticFunction:
        """The difference of two functions."""
        check_instance("other", other, QuadraticFunction, "a QuadraticFunction")
        if other.dim != self.dim:
            raise InvalidArgumentError("other", other.dim, f"of {self.dim} coordinates")
        a, b = self.matrix, other.matrix
        if a.ndim != b.ndim:
            a, b = (np.diag(m) if m.ndim == 1 else m for m in (a, b))
        sizes = tuple(s + t for s, t in zip(self._sizes, other._sizes, strict=True))
        return QuadraticFunction(a - b, self.linear - other.linear, self.constant - other.constant, sizes)  # type: ignore[arg-type]

    def image(self, factor: ArrayLike) -> QuadraticFunction:
        """The function g -> q(L g): of standard normal g where L L' is the covariance of x.

        Parameters
        ----------
        factor
            L: a number, a diagonal of shape (dim,), or a matrix of shape (dim, dim).

        Raises
        ------
        AccuracyError
            Nothing of the image is above 1e-290, so that digits vanish.
        """
        f = check_size("factor", factor)
        if f.ndim == 2 and f.shape == (self.dim, self.dim):
            full = self.matrix if self.matrix.ndim == 2 else np.diag(self.matrix)
            a, b, norm = f.T @ full @ f, f.T @ self.linear, _norm(f)
        elif f.shape in ((), (self.dim,)):
            each = np.broadcast_to(f, (self.dim,))
            a = each[:, None] * self.matrix * each if self.matrix.ndim == 2 else each * self.matrix * each
            b, norm = each * self.linear, float(np.abs(f).max())
        else:
            raise InvalidArgumentError("factor", f.shape, f"a number, or of shape ({self.dim},) or ({self.dim}, dim)")
        s2, s1, s0 = self._sizes
        sizes = s2 * norm * norm, s1 * norm, s0
        if norm > 0.0 and max(self._sizes) > 0.0 and max(sizes) < _SMALLEST:
            raise AccuracyError("the image of a quadratic function is too small for doubles", max(sizes))
        return QuadraticFunction(a, b, self.constant, sizes)

    @cached_property
    def spectrum(self) -> tuple[FloatArray, FloatArray | None, FloatArray]:
        """Eigenvalues (dim,), eigenvectors in columns (None: the coordinates themselves), and b in these."""
        if self.matrix.ndim == 1 or self.is_linear:
            lam = self.matrix if self.matrix.ndim == 1 else np.zeros(self.dim)
            return np.asarray(lam), None, self.linear
        values, vectors = np.linalg.eigh(self.matrix)
        return values, vectors, np.asarray(self.linear @ vectors)

    @property
    def is_never_positive(self) -> bool:
        """Whether it is proved that q < 0 everywhere, whatever rounding has moved."""
        unit = self._unit
        if self.is_linear:
            _, s1, s0 = self._sizes
            return not np.any(self.linear) and s1 == 0.0 and self.constant + unit * s0 < 0.0
        q = self.balanced
        (lam, _, b), (s2, s1, s0) = q.spectrum, q._sizes  # below: s1 |x| <= s1 (1 + |x|^2)/2
        moved = lam + unit * (s2 + 0.5 * s1)
        if np.any(moved >= 0.0):
            return False
        return bool(q.constant + unit * (s0 + 0.5 * s1) - 0.25 * (1.0 + unit) * np.sum(b * b / moved) < 0.0)

    @cached_property
    def positive(self) -> QuadraticFormTail:
        """P(q(g) > 0), g standard normal, as :func:`~.quadratic.sloped.sloped_form_tail` gives tails.

        ``log_error`` bounds the error of both logarithms: of the quadrature, which is proved, and of all roundings
        since the ``sizes``. The probability is exactly 0 (or 1) only where it is proved that no point (every point) is
        positive.

        Raises
        ------
        AccuracyError
            An error above 1e-6, as where eigenvalues are tiny beside the slope, or a sign that rounding leaves open.
        """
        none = LogProbability.of(0.0)
        for function, certain in ((self, none), (self.times(-1.0), none.complement)):
            if function.is_never_positive:
                return QuadraticFormTail(certain, scalar_if_0d(0.0), np.zeros((), dtype=np.int64))
        return self.balanced._tail()

    @property
    def positive_at_least(self) -> float:
        """A number that P(q(g) > 0) is not below: one tail instead of three, and no more than exp(-45) lost."""
        if self.is_never_positive:
            return 0.0
        q = self.balanced
        low = q._tails([-q.constant + q._moved(_SURE)]).probability
        low_log = float(np.asarray(low.log)[0]) - _ACCURACY
        return max(float(np.exp(low_log)) - float(np.exp(-_SURE)), 0.0)

    def _tail(self) -> QuadraticFormTail:
        middle = self._tails(-self.constant)
        least = float(min(middle.probability.log, middle.probability.log_complement))
        if not np.isfinite(least):
            raise AccuracyError(_OPEN, least)
        moved = self._moved(_SURE - least)
        ends = self._tails([-self.constant - moved, -self.constant + moved]).probability
        here = middle.probability
        apart = max(np.abs(ends.log - here.log).max(), np.abs(ends.log_complement - here.log_complement).max())
        error = float(middle.log_error) + float(apart) + 2.0 * np.exp(-_SURE)
        if not error <= _ACCURACY * max(1.0, abs(least) / 100.0):
            raise AccuracyError(f"rounding leaves the logarithm of the tail open by {error:.1e}", least)
        return QuadraticFormTail(middle.probability, scalar_if_0d(error), middle.nodes)

    @property
    def _curved(self) -> BoolArray:
        """Which eigenvalues are more than rounding; the others count as 0."""
        lam, _, b = self.spectrum
        least = np.maximum(_FLAT * np.abs(b), self._unit * self._sizes[0])
        return np.asarray(np.abs(lam) > least)

    def _tails(self, level: ArrayLike) -> QuadraticFormTail:
        """Tails of sum (l_i g_i^2 + b_i g_i)."""
        (lam, _, b), curved = self.spectrum, self._curved
        normal = float(np.linalg.norm(b[~curved]))
        if not np.any(curved) and normal == 0.0:
            raise AccuracyError(_OPEN, self.constant)
        return sloped_form_tail(level, lam[curved], b[curved], normal=normal, accuracy=_ACCURACY)

    def _moved(self, y: float) -> float:
        """By how much the function meant may differ from that of :meth:`_tails`, but for a probability exp(-y)."""
        square = self.dim + 2.0 * np.sqrt(self.dim * y) + 2.0 * y
        flat = float(np.abs(self.spectrum[0][~self._curved]).max(initial=0.0))
        return flat * float(square) + float(self.doubt(np.sqrt(square)))

    @property
    def _unit(self) -> float:
        return (32.0 + 2.0 * self.dim) * EPS

    @property
    def _sizes(self) -> tuple[float, float, float]:
        return self.sizes  # type: ignore[return-value]


def _norm(array: FloatArray) -> float:
    """The norm of numbers whose squares may vanish."""
    exponent = int(np.frexp(np.abs(array).max())[1])
    return float(np.ldexp(np.linalg.norm(np.ldexp(array, -exponent)), exponent))


def check_size(name: str, value: ArrayLike) -> FloatArray:
    """An array of finite numbers, each at most 1e100 in size: squares of their sums are doubles.

    Examples
    --------
    >>> check_size("points", [1e100, 0.0]).tolist()
    [1e+100, 0.0]
    """
    array = check_finite(name, value)
    if array.size and float(np.abs(array).max()) > _LARGEST:
        raise InvalidArgumentError(name, float(np.abs(array).max()), f"at most {_LARGEST:g} in size")
    return array
