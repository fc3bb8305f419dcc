"""The mean distance to an error compared with Gauss space: an explicit bound, and the asymptote that is none.

Notation. z = Phi^-1(1 - mu) for the error rate mu, phi and Phi the density and distribution function of the standard
normal law, d = dim the ambient dimension, r the radius. The exact bounds are in
:mod:`adversarial_spheres.theory.isoperimetry`, which also offers the names of this module.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .cap_inverse import crossing_log_measure
from .log_probability import LogProbability
from .validation import FloatArray, Metric, check_dim, check_metric, check_radius, scalar_if_0d

_HALF_LOG_TWO_PI = 0.5 * np.log(2.0 * np.pi)


def explicit_mean_distance_bound(
    error_rate: ArrayLike | LogProbability, dim: ArrayLike, *, radius: ArrayLike = 1.0
) -> FloatArray:
    """Closed-form upper bound on the mean distance to the nearest error, in both metrics.

    r (z Phi(z) + phi(z)) / sqrt(d - 2), z = Phi^-1(1 - mu). The sphere has curvature d - 2, so its isoperimetric
    profile dominates the Gaussian one of that scale [BL1996], and with it every neighbourhood; the mean is that of
    (z + gaussian)+. With d - 1 in place of d - 2 it would be false.

    Parameters
    ----------
    error_rate
        Measure of the error set, in [0, 1], or a LogProbability; broadcasts against ``dim`` and ``radius``.
    dim
        Ambient dimensions, integers from 3 to 10^9.
    radius
        Radius of the sphere, > 0.

    Returns
    -------
    ndarray
        In the unit of ``radius``; upper bound on the geodesic, hence also on the euclidean mean distance, computed to
        a relative error of 1e-12. +inf at error rate 0, 0 at error rate 1.

    Raises
    ------
    InvalidArgumentError
        A bad error rate or radius, or a dimension below 3.

    Examples
    --------
    >>> round(float(explicit_mean_distance_bound(0.5, 500)), 9)  # 1 / sqrt(2 pi 498)
    0.017877031
    """
    return scalar_if_0d(np.exp(log_explicit_mean_distance_bound(error_rate, dim, radius=radius)))


def log_explicit_mean_distance_bound(
    error_rate: ArrayLike | LogProbability, dim: ArrayLike, *, radius: ArrayLike = 1.0
) -> FloatArray:
    """Natural logarithm of :func:`explicit_mean_distance_bound`, which underflows for error rates close to 1.

    Parameters
    ----------
    error_rate, dim, radius
        As for :func:`explicit_mean_distance_bound`.

    Returns
    -------
    ndarray
        Upper bound; +inf at error rate 0, -inf at error rate 1.

    Raises
    ------
    InvalidArgumentError
        As for :func:`explicit_mean_distance_bound`.

    Examples
    --------
    >>> nearly_one = LogProbability.from_log_complement(-1000.0)
    >>> round(float(log_explicit_mean_distance_bound(nearly_one, 500)), 3)
    -1006.904
    """
    d, r, z = np.broadcast_arrays(
        check_dim(dim, minimum=3), check_radius(radius), _normal_score(LogProbability.of(error_rate))
    )
    return scalar_if_0d(np.log(r) - 0.5 * np.log(d - 2.0) + _log_mean_excess(z))


def asymptotic_mean_distance(
    error_rate: ArrayLike | LogProbability, dim: ArrayLike, *, radius: ArrayLike = 1.0
) -> FloatArray:
    """The curve r Phi^-1(1 - mu) / sqrt(d) that [Gil2018] draws: the limit of large dimension, NOT a bound.

    Parameters
    ----------
    error_rate
        Measure of the error set, in [0, 1], or a LogProbability; broadcasts against ``dim`` and ``radius``.
    dim
        Ambient dimensions, integers from 2 to 10^9.
    radius
        Radius of the sphere, > 0.

    Returns
    -------
    ndarray
        In the unit of ``radius``; asymptotic. Below the exact bound for error rates above
        :func:`asymptote_crossing`, where sets farther than this exist; above it for smaller ones. Negative beyond
        error rate 1/2; +inf at 0, -inf at 1.

    Raises
    ------
    InvalidArgumentError
        A bad error rate, dimension or radius.

    Examples
    --------
    >>> float(asymptotic_mean_distance(0.5, 500))
    0.0
    """
    d, r, z = np.broadcast_arrays(check_dim(dim), check_radius(radius), _normal_score(LogProbability.of(error_rate)))
    return scalar_if_0d(r * z / np.sqrt(d))


def asymptote_crossing(dim: ArrayLike, *, metric: Metric) -> LogProbability:
    """The error rate at which :func:`asymptotic_mean_distance` crosses the exact bound on the mean distance.

    Parameters
    ----------
    dim
        Ambient dimensions, integers from 2 to 10^9.
    metric
        "geodesic" or "euclidean".

    Returns
    -------
    LogProbability
        Exact up to the difference of the two curves being flat there: the logarithm has a relative error of at most
        1e-10 for dim <= 10^4 and 1e-6 for dim = 10^9. For larger error rates the asymptote is below the bound.

    Raises
    ------
    InvalidArgumentError
        A bad dimension or metric.

    Examples
    --------
    >>> round(float(asymptote_crossing(500, metric="geodesic")), 5)
    0.00102
    """
    which, d = check_metric(metric), check_dim(dim)
    return LogProbability.from_log(crossing_log_measure(d.ravel(), which).reshape(d.shape))


def _normal_score(rate: LogProbability) -> FloatArray:
    """Phi^-1(1 - mu) from whichever of log mu and log(1 - mu) is smaller."""
    low, high = np.asarray(rate.log), np.asarray(rate.log_complement)
    tail = special.ndtri_exp(np.minimum(low, high))
    return np.asarray(np.where(low <= high, -tail, tail) + 0.0)


def _log_mean_excess(z: FloatArray) -> FloatArray:
    """Log of E (z + gaussian)+ = z Phi(z) + phi(z), without the cancellation for z << 0."""
    below = z < 0.0
    a = np.where(below & np.isfinite(z), -z, 0.0)
    log_below = -0.5 * a * a - _HALF_LOG_TWO_PI + np.log(_scaled_excess(a))
    above = np.where(below, 0.0, z)
    with np.errstate(invalid="ignore"):
        density = np.exp(-0.5 * above * above - _HALF_LOG_TWO_PI)
        log_above = np.log(above * special.ndtr(above) + density)
    return np.where(np.isneginf(z), -np.inf, np.where(below, log_below, log_above))


def _scaled_excess(a: FloatArray) -> FloatArray:
    """1 - a R(a) for a >= 0, R the Mills ratio of the normal law: integral of x exp(-a x - x^2/2) over x > 0.

    Directly from erfcx while the subtraction keeps its digits; else M1 = M0 r1 for the moments M_k of the integral
    with r_k = M_k / M_(k-1) = 1 / (a + (k + 1) r_(k+1) / k) ... as a continued fraction of positive terms.
    """
    mills = np.sqrt(np.pi / 2.0) * special.erfcx(a / np.sqrt(2.0))
    far = np.maximum(a, 2.5)
    fraction = far
    for k in range(100, 1, -1):
        fraction = far + k / fraction
    return np.asarray(np.where(a < 2.5, 1.0 - a * mills, mills / fraction))
