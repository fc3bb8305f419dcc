"""Arbitrary-precision twins of the bounds in Gaussian space, and of the constants by which spaces are compared with it.

The half-space is integrated at unit scale.

Error rates come as :class:`~adversarial_spheres.theory.reference.caps.LogPair`; ``digits`` is the number of correct
decimal digits wanted.
"""

from __future__ import annotations

from collections.abc import Sequence

from mpmath import mp

from .caps import LogPair, Number
from .normal_tail import log_mean_excess

_GUARD = 20


def half_space_score(error_rate: LogPair, *, digits: int = 50) -> Number:
    """The z with Phi(-z) = error rate: Newton's steps for the logarithm of the smaller side.

    Examples
    --------
    >>> mp.nstr(half_space_score(LogPair.from_log(mp.log(mp.mpf(1) / 40))), 12)
    '1.95996398454'
    """
    if mp.isinf(error_rate.log):
        return mp.inf
    if mp.isinf(error_rate.log_complement):
        return -mp.inf
    with mp.workdps(digits + _GUARD):
        small = min(error_rate.log, error_rate.log_complement)
        a = mp.sqrt(max(mp.mpf(0), -2 * small))
        for _ in range(200):
            tail = mp.erfc(a / mp.sqrt(2)) / 2
            step = (mp.log(tail) - small) * tail / mp.npdf(a)
            a += step
            if abs(step) <= mp.mpf(10) ** (-digits - 5) * max(1, abs(a)):
                break
        return a if error_rate.log <= error_rate.log_complement else -a


def mean_distance(error_rate: LogPair, *, digits: int = 50) -> Number:
    """Twin of the mean distance to a half-space, at unit scale: E (z + x)+.

    Examples
    --------
    >>> mp.nstr(mean_distance(LogPair.from_log(mp.log(mp.mpf(1) / 2))), 12)  # 1/sqrt(2 pi)
    '0.398942280401'
    """
    return mp.exp(log_mean_excess(half_space_score(error_rate, digits=2 * digits), digits=digits))


def quantile_distance(quantile: LogPair, error_rate: LogPair, *, digits: int = 50) -> Number:
    """Twin of the quantile of the distance to a half-space, at unit scale.

    Examples
    --------
    >>> half, tenth = (LogPair.from_log(mp.log(mp.mpf(p))) for p in (0.5, 0.1))
    >>> mp.nstr(quantile_distance(half, tenth), 12)
    '1.28155156554'
    """
    if mp.isinf(error_rate.log):
        return mp.inf
    gap = half_space_score(error_rate, digits=digits) - half_space_score(quantile, digits=digits)
    return max(gap, mp.mpf(0))


def neighbourhood(error_rate: LogPair, distance: Number, *, digits: int = 50) -> LogPair:
    """Twin of the measure of a half-space that is widened by a distance, at unit scale.

    Examples
    --------
    >>> half = LogPair.from_log(mp.log(mp.mpf(1) / 2))
    >>> mp.nstr(mp.exp(neighbourhood(half, 1).log), 12)  # Phi(1)
    '0.841344746069'
    """
    moved = mp.mpf(distance) - half_space_score(error_rate, digits=digits + _GUARD)
    with mp.workdps(digits + _GUARD):
        return LogPair(mp.log(mp.erfc(-moved / mp.sqrt(2)) / 2), mp.log(mp.erfc(moved / mp.sqrt(2)) / 2))


def largest_deviation(covariance: Sequence[Sequence[float]], *, digits: int = 50) -> Number:
    """Twin of the scale of a covariance matrix in l_2: the root of its largest eigenvalue.

    Examples
    --------
    >>> mp.nstr(largest_deviation([[2.0, 1.0], [1.0, 2.0]], digits=12), 12)
    '1.73205080757'
    """
    with mp.workdps(digits + _GUARD):
        return mp.sqrt(max(mp.eigsy(mp.matrix(covariance), eigvals_only=True)))


def variances_scale(variances: Sequence[float], norm: float, *, digits: int = 50) -> Number:
    """Twin of the scale of independent coordinates in l_p, by its limit from inside: a sum for p < 2, else a maximum.

    Examples
    --------
    >>> mp.nstr(variances_scale([9.0, 16.0], 1.0), 12)
    '5.0'
    """
    with mp.workdps(digits + _GUARD):
        if norm >= 2.0:
            return mp.sqrt(max(map(mp.mpf, variances)))
        power = mp.mpf(norm) / (2 - mp.mpf(norm))
        return mp.fsum(mp.mpf(v) ** power for v in variances) ** (1 / (2 * power))


def cube_scale(side: float, *, digits: int = 50) -> Number:
    """Twin of the constant of the cube: the largest slope of the normal distribution function, times the side.

    Examples
    --------
    >>> mp.nstr(cube_scale(1.0), 12)
    '0.398942280401'
    """
    with mp.workdps(digits + _GUARD):
        return mp.mpf(side) * mp.diff(mp.ncdf, 0)


def curvature(dims: Sequence[int], radii: Sequence[float], *, digits: int = 50) -> Number:
    """Twin of the Ricci curvature of a product of spheres.

    Examples
    --------
    >>> mp.nstr(curvature([500, 300], [1.0, 0.5]), 12)
    '498.0'
    """
    with mp.workdps(digits + _GUARD):
        return min((d - 2) / mp.mpf(r) ** 2 for d, r in zip(dims, radii, strict=True))
