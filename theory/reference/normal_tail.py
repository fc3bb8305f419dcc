"""Arbitrary-precision twins of :mod:`~.basics.normal_tail`; its quantile's is in ``isoperimetry``."""

from __future__ import annotations

from typing import Any

from mpmath import mp

Number = Any
"""An int, a float or an mpmath number; results are mpmath numbers."""
_GUARD = 15


def mills_ratio(a: Number, *, digits: int = 50) -> Number:
    """Twin of Phi(-a) / phi(a), by the complementary error function.

    Examples
    --------
    >>> mp.nstr(mills_ratio(0), 12)  # sqrt(pi/2)
    '1.25331413732'
    """
    with mp.workdps(digits + _GUARD):
        return mp.erfc(mp.mpf(a) / mp.sqrt(2)) / (2 * mp.npdf(a))


def log_mean_excess(z: Number, *, digits: int = 50) -> Number:
    """Twin of log(z Phi(z) + phi(z)): for z << 0 with as many more digits as cancel, 1/z^2 of each term being left.

    Examples
    --------
    >>> mp.nstr(mp.exp(log_mean_excess(0)), 12)  # 1/sqrt(2 pi)
    '0.398942280401'
    """
    with mp.workdps(digits + _GUARD):
        lost = int(2 * mp.log10(1 + abs(mp.mpf(z)))) + 1
    with mp.workdps(digits + _GUARD + lost):
        return mp.log(mp.mpf(z) * mp.erfc(-mp.mpf(z) / mp.sqrt(2)) / 2 + mp.npdf(z))
