"""Arbitrary-precision twins of the constants by which spaces are compared with Gaussian space."""

from __future__ import annotations

from collections.abc import Sequence

from mpmath import mp

from .caps import Number

_GUARD = 15


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
