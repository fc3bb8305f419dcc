"""Arbitrary-precision twins of the nearest errors of ``theory.nearest``, on a sphere and in space: one point at a time.

A different road to the same numbers: the derivative of the dual is bisected in the log-odds of the multiplier.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath as mp

_GUARD_DIGITS = 220  # 1 - m may be as small as 1e-170 in near-hard cases
_LOG_ODDS_LIMIT = 400


def nearest_error_angle(
    point: Sequence[Any], coefficients: Sequence[Any], *, boundary_is_error: bool, digits: int = 50
) -> Any:
    """Angle from a point to the nearest u with sum c_i u_i^2 > 0 (or >= 0), to ``digits`` digits; mp.inf if none.

    Examples
    --------
    >>> mp.nstr(nearest_error_angle([0, 1], [1, -1], boundary_is_error=False) / mp.pi, 12)
    '0.25'
    """
    with mp.workdps(digits + _GUARD_DIGITS):
        z, c = [mp.mpf(x) for x in point], [mp.mpf(x) for x in coefficients]
        length = mp.sqrt(mp.fsum(x * x for x in z))
        squares = [(x / length) ** 2 for x in z]
        largest = max(c)
        if largest < 0 or (largest == 0 and not boundary_is_error):
            return mp.inf
        if largest == 0:
            return +mp.acos(mp.sqrt(mp.fsum(s for s, x in zip(squares, c, strict=True) if x == 0)))
        lam = [x / largest for x in c]
        if mp.fsum(x * s for x, s in zip(lam, squares, strict=True)) >= 0:
            return mp.mpf(0)
        value = _dual_maximum(squares, lam, 0, digits)
        return mp.asin(mp.sqrt(value)) if value < 0.5 else mp.acos(mp.sqrt(1 - value))


def nearest_boundary_distance(point: Sequence[Any], alphas: Sequence[Any], *, digits: int = 50) -> Any:
    """Distance in space from a point to sum alpha_i x_i^2 = 1, to ``digits`` digits; mp.inf if there is none.

    Examples
    --------
    >>> mp.nstr(nearest_boundary_distance([3, 0], [1, 0.25]), 12)
    '2.0'
    """
    with mp.workdps(digits + _GUARD_DIGITS):
        squares, a = [mp.mpf(x) ** 2 for x in point], [mp.mpf(x) for x in alphas]
        if max(a) <= 0:
            return mp.inf
        level = 1 if mp.fsum(x * s for x, s in zip(a, squares, strict=True)) <= 1 else -1
        c = [level * x for x in a]
        unit = max(c) if max(c) > 0 else max(abs(x) for x in c)
        value = _dual_maximum([s * unit for s in squares], [x / unit for x in c], level, digits)
        return mp.sqrt(value / unit)


def nearest_positive_distance(
    point: Sequence[Any], matrix: Sequence[Sequence[Any]], linear: Sequence[Any], constant: Any, *, digits: int = 50
) -> Any:
    """Distance from a point to the nearest x with x'Ax + b'x + c >= 0, to ``digits`` digits; mp.inf if there is none.

    Examples
    --------
    >>> mp.nstr(nearest_positive_distance([0, 0], [[0, 0], [0, 0]], [3, 4], -5), 12)
    '1.0'
    """
    with mp.workdps(digits + _GUARD_DIGITS):
        a, b, z = mp.matrix(matrix), mp.matrix(linear), mp.matrix(point)
        values, vectors = mp.eigsy(a)
        value = (z.T * a * z)[0] + (b.T * z)[0] + mp.mpf(constant)
        if value >= 0:
            return mp.mpf(0)
        half = vectors.T * (a * z + b / 2)
        lam, slopes = list(values), [x * x for x in half]
        largest = max(lam)
        if largest <= 0 and all(x < 0 or s == 0 for x, s in zip(lam, slopes, strict=True)):
            highest = value - mp.fsum(s / x for x, s in zip(lam, slopes, strict=True) if x < 0)
            if highest < 0:
                return mp.inf

        def moved(m: Any) -> Any:
            return mp.fsum(s * m * (2 - m * x) / (1 - m * x) ** 2 for x, s in zip(lam, slopes, strict=True))

        low, high = mp.mpf(0), 1 / largest if largest > 0 else mp.mpf(1)
        while largest <= 0 and moved(high) < -value:
            high *= 4
        for _ in range(int((digits + 40) * 3.4)):
            middle = (low + high) / 2
            low, high = (middle, high) if moved(middle) < -value else (low, middle)
        m = low
        return mp.sqrt(-m * value - m * m * mp.fsum(s / (1 - m * x) for x, s in zip(lam, slopes, strict=True)))


def _dual_maximum(squares: list[Any], lam: list[Any], level: int, digits: int) -> Any:
    """Max over m of m (level - sum lam z^2/(1 - m lam)), 0 <= m < 1, or m >= 0 where no lam is positive."""
    bounded = max(lam) > 0

    def pair(x: Any) -> tuple[Any, Any]:
        return (1 / (1 + mp.exp(-x)), 1 / (1 + mp.exp(x))) if bounded else (mp.exp(x), mp.mpf(1))

    def divisors(m: Any, w: Any) -> list[Any]:
        return [w + m * (1 - x) if bounded else 1 - m * x for x in lam]

    def rises(x: Any) -> bool:
        terms = zip(lam, squares, divisors(*pair(x)), strict=True)
        return bool(mp.fsum(a * s / d**2 for a, s, d in terms) < level)

    low, high = mp.mpf(-_LOG_ODDS_LIMIT), mp.mpf(_LOG_ODDS_LIMIT)
    while high - low > mp.mpf(10) ** (-digits):
        middle = (low + high) / 2
        low, high = (middle, high) if rises(middle) else (low, middle)
    m, w = pair((low + high) / 2)
    terms = zip(lam, squares, divisors(m, w), strict=True)
    return m * (level - mp.fsum(a * s / d for a, s, d in terms))
