"""The mean distance to an error compared with Gauss space: an explicit bound, and the asymptote that is none.

Notation. z = Phi^-1(1 - mu) for the error rate mu, phi and Phi the density and distribution function of the standard
normal law, d = dim the ambient dimension, r the radius. The exact bounds are in
:mod:`adversarial_spheres.theory.spaces.isoperimetry`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..basics.log_probability import LogProbability
from ..basics.normal_tail import log_mean_excess, normal_score
from ..basics.validation import (
    FloatArray,
    Metric,
    broadcast,
    check_dim,
    check_metric,
    check_radius,
    scalar_if_0d,
)
from ..caps.inverse import crossing_log_measure


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
    d, r, z = broadcast(
        dim=check_dim(dim, minimum=3),
        radius=check_radius(radius),
        error_rate=normal_score(LogProbability.of(error_rate)),
    )
    return scalar_if_0d(np.log(r) - 0.5 * np.log(d - 2.0) + log_mean_excess(z))


def asymptotic_mean_distance(
    error_rate: ArrayLike | LogProbability, dim: ArrayLike, *, radius: ArrayLike = 1.0
) -> FloatArray:
    """The curve r Phi^-1(1 - mu) / sqrt(d) that [Gil2018] draws: an asymptote, NOT a bound.

    It is approached when first dim grows, where sqrt(dim) times the cap's mean distance tends to
    r (z Phi(z) + phi(z)) with z = Phi^-1(1 - mu), and then mu falls, so that z grows. At a fixed error rate the gap
    does not close with the dimension.

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
    z = normal_score(LogProbability.of(error_rate))
    d, r, z = broadcast(dim=check_dim(dim), radius=check_radius(radius), error_rate=z)
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
        1e-11 for dim <= 10^4 and 1e-7 for dim = 10^9. For larger error rates the asymptote is below the bound.

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
