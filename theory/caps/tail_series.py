r"""The tail J of a coordinate, and a first guess of its inverse, as one polynomial for each dimension.

Notation as in :mod:`adversarial_spheres.theory.caps.tail`. The measure of a cap is P = exp(-n c) R / 2 with

    R(h, n) = J(h, n) / J(0, n),      J(h, n) = integral_0^vmax (1 - v (2h + s2 v))^(n/2-1) dv,

which falls like Mills' ratio in h sqrt(n). So R (1 + sqrt(pi n/2) h) is close to 1, and smooth in

    z = ((2 + a) h - 1)/(1 + a h),      a = sqrt(n + 5.25)/2.5 - 1,      from z = -1 at h = 0 to z = 1 at h = 1:

24 terms give it to rounding for all n, and their coefficients are smooth in 1/sqrt(n + 5.25). Where n is small each n
has coefficients of its own. They are found at the first call, from the integral, in some milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.polynomial import chebyshev

from ..basics.log_probability import LOG_HALF
from ..basics.validation import FloatArray

_CUT = 40.0  # the integrand is dropped where it has fallen below exp(-40) of its top
_SMOOTH_FROM = 40.0  # least n at which the integrand is smooth enough up to the cut
_LIFT = 20  # steps n -> n + 2 that lift every n >= 1 there
_FEW = 20  # least n whose coefficients are those of all larger ones
_NEARLY_HALF = 1e-3
_NOISE = 6e-16  # of the coefficients, from rounding: it would blur the slope at h = 0
_OFFSET, _SCALE = 5.25, 2.5
_TERMS, _GUESS_TERMS, _ORDERS = 24, 13, 16


def integrated_tail(h: FloatArray, n: FloatArray) -> FloatArray:
    """J(h, n) for h in [0, 1] by Gauss-Legendre in v: relative error below 6e-15. One-dimensional arrays.

    Examples
    --------
    >>> integrated_tail(np.array([0.5]), np.array([2.0])).round(12).tolist()  # 1/(1 + h)
    [0.666666666667]
    """
    s2 = (1.0 - h) * (1.0 + h)
    small = n < _SMOOTH_FROM
    power = np.where(small, n + 2 * _LIFT, n) / 2.0 - 1.0
    y_max = -np.expm1(-_CUT / power)
    v_max = y_max / (h + np.sqrt(h * h + s2 * y_max))
    nodes, weights = np.polynomial.legendre.leggauss(40)
    x = (nodes[:, None] + 1.0) / 2.0
    v = v_max * x * x
    tail = v_max * ((weights * x[:, 0]) @ np.exp(power * np.log1p(-v * (2.0 * h + s2 * v))))
    for k in range(2 * _LIFT - 2, -1, -2):  # J(n) = ((n + 1) s2 J(n + 2) + h) / n, all terms positive
        tail = np.where(small, ((n + k + 1.0) * s2 * tail + h) / (n + k), tail)
    return np.asarray(tail)


def tail_ratio(h: FloatArray, n: FloatArray) -> FloatArray:
    """R(h, n) for h in [0, 1] and integers n >= 1, one for each h or one for all: relative error below 1e-14.

    Examples
    --------
    >>> tail_ratio(np.array([0.0, 0.5]), np.array([2.0])).round(12).tolist()  # 1/(1 + h)
    [1.0, 0.666666666667]
    """
    return _ratio_table().at(h, n) / _mills(h, n)


def first_guess(log_p: FloatArray, n: FloatArray) -> FloatArray:
    """The c of a cap from its log-measure, within 2e-3 in the log-measure; n as in :func:`tail_ratio`.

    n c = x + log R, x = -log 2P: with the height that x/n would have as c, 1/R is as smooth as R is.

    Examples
    --------
    >>> np.exp(-first_guess(np.log(np.array([0.25])), np.array([2.0]))).round(4).tolist()  # sin 60 degrees
    [0.866]
    """
    x = LOG_HALF - log_p
    h = np.sqrt(-np.expm1(-2.0 / n * x))
    c = np.maximum(x - np.log(_guess_table().at(h, n) * _mills(h, n)), 0.0) / n
    return np.where(x < _NEARLY_HALF, 0.0, c)  # where rounding would leave no digit of c


def _mills(h: FloatArray, n: FloatArray) -> FloatArray:
    """About 1/R."""
    return 1.0 + np.sqrt(0.5 * np.pi * n) * h


def _bend(n: FloatArray) -> FloatArray:
    return np.sqrt(n + _OFFSET) / _SCALE - 1.0


def _place(h: FloatArray, n: FloatArray) -> FloatArray:
    """1 + z of the module's notation."""
    a = _bend(n)
    return np.asarray((2.0 + 2.0 * a) * h / (1.0 + a * h))


@dataclass(frozen=True, eq=False)
class _Table:
    """A polynomial in z that is 1 at -1, less 1 and divided by 1 + z: coefficients of powers, the highest first.

    They are given for each n below ``_FEW``, and as Chebyshev series beyond: in 2 sqrt(25.25/(n + 5.25)) - 1, which
    goes from 1 at n = 20 to -1 at infinity.
    """

    few: FloatArray
    many: FloatArray

    @classmethod
    def of(cls, columns: Callable[[FloatArray], FloatArray]) -> _Table:
        """From the Chebyshev coefficients in z that a function gives, one column for each n."""
        order = np.arange(_ORDERS)
        angles = np.pi * (order + 0.5) / _ORDERS
        n = (_FEW + _OFFSET) / (0.5 + 0.5 * np.cos(angles)) ** 2 - _OFFSET
        found = columns(np.concatenate([np.arange(1.0, _FEW), n]))
        found = (_powers(len(found)) @ found)[:-1]  # the polynomials are 1 at z = -1: less 1, divided by 1 + z
        for k in range(1, len(found)):
            found[k] -= found[k - 1]
        series = 2.0 / _ORDERS * found[:, _FEW - 1 :] @ np.cos(np.outer(angles, order))
        series[:, 0] *= 0.5
        return cls(found[:, : _FEW - 1], series)

    def at(self, h: FloatArray, n: FloatArray) -> FloatArray:
        """The polynomials of n at the heights h."""
        rows = self._one(float(n[0]))[:, None] if n.size == 1 else self._coefficients(n)
        near = _place(h, n)
        z = near - 1.0
        value = rows[0] * z
        for row in rows[1:-1]:
            value += row
            value *= z
        value += rows[-1]
        value *= near  # 1 + z without rounding, for the digits of low heights
        value += 1.0
        return np.asarray(value)

    @lru_cache(maxsize=64)  # noqa: B019  there are two tables, for good
    def _one(self, n: float) -> FloatArray:
        return np.ascontiguousarray(self._coefficients(np.array([n]))[:, 0])

    def _coefficients(self, n: FloatArray) -> FloatArray:
        inverse = 2.0 * np.sqrt((_FEW + _OFFSET) / (n + _OFFSET)) - 1.0
        rows = self.many @ chebyshev.chebvander(np.minimum(inverse, 1.0), _ORDERS - 1).T
        few = n < _FEW
        if few.any():
            rows[:, few] = self.few[:, n[few].astype(np.intp) - 1]
        return np.asarray(rows)


def _powers(count: int) -> FloatArray:
    """The matrix from Chebyshev coefficients to those of powers, the highest first."""
    rows = np.zeros((count, count))
    rows[0, 0] = rows[1, 1] = 1.0
    for degree in range(2, count):
        rows[degree, 1:] = 2.0 * rows[degree - 1, :-1]
        rows[degree] -= rows[degree - 2]
    return np.asarray(rows.T[::-1])


def _heights(count: int, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Heights at Chebyshev nodes in z, shape (count, n.size), and the angles of the nodes."""
    angles = np.pi * (np.arange(count) + 0.5) / count
    z = np.cos(angles)[:, None]
    return (1.0 + z) / (2.0 + _bend(n) * (1.0 - z)), angles


def _integrated_ratio(h: FloatArray, n: FloatArray) -> FloatArray:
    tail = integrated_tail(h.ravel(), np.broadcast_to(n, h.shape).ravel()).reshape(h.shape)
    return np.asarray(tail / integrated_tail(np.zeros_like(n), n))


@cache
def _ratio_table() -> _Table:
    def columns(n: FloatArray) -> FloatArray:
        h, angles = _heights(4 * _TERMS, n)  # many, whose rounding errors cancel
        values = _integrated_ratio(h, n) * _mills(h, n)
        found = 2.0 / len(angles) * np.cos(np.outer(np.arange(_TERMS), angles)) @ values
        found[0] *= 0.5
        return np.asarray(np.where(np.abs(found) < _NOISE, 0.0, found))

    return _Table.of(columns)


@cache
def _guess_table() -> _Table:
    def columns(n: FloatArray) -> FloatArray:
        root = np.sqrt(n)
        t, _ = _heights(2 * _GUESS_TERMS, n)
        h = t * t * (1.0 + root) / (1.0 + t * root)  # the heights that follow from them below lie near t
        ratio = _integrated_ratio(h, n)
        start = np.sqrt(1.0 - (1.0 - h * h) * ratio ** (2.0 / n))
        basis = chebyshev.chebvander(_place(start, n) - 1.0, _GUESS_TERMS - 1).transpose(1, 2, 0)
        values = (1.0 / (ratio * _mills(start, n))).T[:, :, None]  # least squares, by their normal equations
        solved = np.linalg.solve(basis @ basis.transpose(0, 2, 1), basis @ values)[:, :, 0]
        return np.asarray(solved.T, dtype=np.float64)

    return _Table.of(columns)
