"""Arbitrary-precision twin of the profile of even sets, and of the mean distance that it bounds.

The minimum is over all tubes, each by a root of the incomplete beta function; the mean geodesic distance, the integral
of (1 - v)/P(v), by quadrature in log v and log(1 - v). Slow: small dimensions and few digits.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from mpmath import mp, mpf, workdps


def tube(measure: Any, k: int, dim: int, *, digits: int = 20) -> Any:
    """p_k(v), the boundary of the tube of a measure about a great sphere of k - 1 dimensions.

    Examples
    --------
    >>> mp.nstr(tube(0.5, 1, 3), 12)  # sin(60 degrees)
    '0.866025403784'
    """
    with workdps(digits + 10):
        a, b, v = mpf(dim - k) / 2, mpf(k) / 2, mpf(measure)
        if v > mpf(1) / 2:
            return tube(1 - v, dim - k, dim, digits=digits)
        norm = mp.beta(a, b)

        def excess(y: Any) -> Any:
            return mp.log(mp.betainc(a, b, 0, mp.exp(y), regularized=True)) - mp.log(v)

        start = min((mp.log(v) + mp.log(a * norm)) / a, mpf(-1) / 100)
        x = mp.exp(mp.findroot(excess, (start, start * mpf("0.99")), tol=mpf(10) ** (-2 * digits)))
        return 2 * (1 - x) ** (b - mpf(1) / 2) * x ** (a - mpf(1) / 2) / norm


@cache
def profile(measure: Any, dim: int, *, digits: int = 20) -> Any:
    """P(v), the least of all tubes.

    Examples
    --------
    >>> mp.nstr(profile(mpf(1) / 2, 4), 12)  # tube about a circle: 2 cos(45) sin(45)
    '1.0'
    """
    return min(tube(measure, k, dim, digits=digits) for k in range(1, dim))


def mean_distance(measure: Any, dim: int, *, digits: int = 10) -> Any:
    """Integral of (1 - v)/P(v) from a measure below 1/2 to 1.

    Examples
    --------
    >>> mp.nstr(mean_distance(mpf(1) / 4, 2), 8)  # pi/4 (3/4)^2
    '0.44178647'
    """
    with workdps(digits + 5):
        half = mp.log(mpf(1) / 2)
        low, step = mp.log(mpf(measure)), mpf(2)
        marks = [low + i * step for i in range(int((half - low) / step) + 1)] + [half]
        below = mp.quad(lambda y: mp.exp(y) * (1 - mp.exp(y)) / profile(mp.exp(y), dim, digits=digits), marks)
        ends = [half - i * step for i in range(13)]
        above = mp.quad(lambda y: mp.exp(2 * y) / profile(mp.exp(y), dim, digits=digits), ends[::-1])
        return below + above
