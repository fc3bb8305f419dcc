"""What the isoperimetric inequality of the sphere says about classifiers: bounds on distances and on robust accuracy.

Among all sets of measure mu on the sphere the cap has the smallest t-neighbourhood for every t >= 0 [Lev1951],
[FLM1977]. So the distance from a uniform point to ANY set of errors of rate mu is stochastically at most its
distance to the cap: every bound here holds for every classifier, and the cap attains the exact ones. This is Theorem
5.1 of [Gil2018] for finite dimension, without its asymptotic step.

An error rate is a number in [0, 1] or a :class:`~.basics.log_probability.LogProbability`. At error
rate 0 there is no error to be near: distance bounds are +inf; at error rate 1 they are 0. Points that are errors
themselves count as distance 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..basics.errors import InvalidArgumentError
from ..basics.log_probability import LogProbability
from ..basics.validation import (
    FloatArray,
    Metric,
    broadcast,
    check_dim,
    check_metric,
    check_radius,
    check_range,
    scalar_if_0d,
)
from ..caps import distance as cap
from ..caps.inverse import measure_at_mean_distance
from .comparison import (
    asymptote_crossing,
    asymptotic_mean_distance,
    explicit_mean_distance_bound,
    log_explicit_mean_distance_bound,
)

__all__ = [
    "asymptote_crossing",
    "asymptotic_mean_distance",
    "cap_distance_survival",
    "explicit_mean_distance_bound",
    "log_explicit_mean_distance_bound",
    "log_mean_distance_bound",
    "max_error_rate",
    "max_robust_accuracy",
    "mean_distance_bound",
    "quantile_distance_bound",
]


def mean_distance_bound(
    error_rate: ArrayLike | LogProbability, dim: ArrayLike, *, radius: ArrayLike = 1.0, metric: Metric
) -> FloatArray:
    """Largest mean distance to the nearest error that any classifier with this error rate can have.

    D(mu, d) = r E (theta - phi)+ (geodesic) or r E 2 sin((theta - phi)+ / 2) (euclidean), phi the angular radius of
    the cap of measure mu: [Gil2018] Theorem 5.1, exactly.

    Parameters
    ----------
    error_rate
        Measure of the error set, in [0, 1], or a LogProbability; broadcasts against ``dim`` and ``radius``.
    dim
        Ambient dimensions, integers from 2 to 10^9.
    radius
        Radius of the sphere, > 0.
    metric
        "geodesic" or "euclidean".

    Returns
    -------
    ndarray
        In the unit of ``radius``; upper bound, attained by the cap, relative error at most 1e-12. +inf at error
        rate 0, 0 at error rate 1.

    Raises
    ------
    InvalidArgumentError
        A bad error rate, dimension, radius or metric.

    Examples
    --------
    >>> round(float(mean_distance_bound(0.001, 500, metric="euclidean")), 6)
    0.138054
    >>> float(mean_distance_bound(0.0, 500, metric="euclidean"))
    inf
    """
    return cap.cap_mean_distance(_rate(error_rate), dim, radius=radius, metric=metric)


def log_mean_distance_bound(
    error_rate: ArrayLike | LogProbability, dim: ArrayLike, *, radius: ArrayLike = 1.0, metric: Metric
) -> FloatArray:
    """Natural logarithm of :func:`mean_distance_bound`, for error rates so close to 1 that the bound underflows.

    Parameters
    ----------
    error_rate, dim, radius, metric
        As for :func:`mean_distance_bound`.

    Returns
    -------
    ndarray
        Upper bound, attained by the cap; +inf at error rate 0, -inf at error rate 1.

    Raises
    ------
    InvalidArgumentError
        As for :func:`mean_distance_bound`.

    Examples
    --------
    >>> nearly_one = LogProbability.from_log_complement(-1000.0)
    >>> round(float(log_mean_distance_bound(nearly_one, 500, metric="geodesic")), 3)
    -1008.201
    """
    return cap.cap_log_mean_distance(_rate(error_rate), dim, radius=radius, metric=metric)


def quantile_distance_bound(
    quantile: ArrayLike | LogProbability,
    error_rate: ArrayLike | LogProbability,
    dim: ArrayLike,
    *,
    radius: ArrayLike = 1.0,
    metric: Metric,
) -> FloatArray:
    """Largest quantile of the distance to the nearest error that any classifier with this error rate can have.

    The angle (phi(quantile) - phi(mu))+, phi(q) the angular radius of the cap of measure q.

    Parameters
    ----------
    quantile
        Levels in [0, 1], or a LogProbability; 0.5 for the median.
    error_rate, dim, radius, metric
        As for :func:`mean_distance_bound`; all broadcast.

    Returns
    -------
    ndarray
        In the unit of ``radius``; upper bound, attained by the cap. +inf at error rate 0, 0 where the quantile is at
        most the error rate.

    Raises
    ------
    InvalidArgumentError
        A bad quantile, error rate, dimension, radius or metric.

    Examples
    --------
    >>> round(float(quantile_distance_bound(0.5, 0.25, 3, metric="geodesic")), 12)  # 30 degrees
    0.523598775598
    """
    return cap.cap_quantile_distance(quantile, _rate(error_rate), dim, radius=radius, metric=metric)


def cap_distance_survival(
    distance: ArrayLike,
    error_rate: ArrayLike | LogProbability,
    dim: ArrayLike,
    *,
    radius: ArrayLike = 1.0,
    metric: Metric,
) -> LogProbability:
    """P(distance to the cap of measure ``error_rate`` > distance), the law that bounds every other set's.

    Parameters
    ----------
    distance
        Distances >= 0 in the unit of ``radius``, +inf included.
    error_rate, dim, radius, metric
        As for :func:`mean_distance_bound`; all broadcast.

    Returns
    -------
    LogProbability
        Exact for the cap, hence an upper bound on P(distance to the nearest error > distance) for any error set.

    Raises
    ------
    InvalidArgumentError
        A negative distance; a bad error rate, dimension, radius or metric.

    Examples
    --------
    >>> float(cap_distance_survival(0.0, 0.25, 500, metric="geodesic"))
    0.75
    """
    return cap.cap_distance_survival(distance, _rate(error_rate), dim, radius=radius, metric=metric)


def max_robust_accuracy(
    error_rate: ArrayLike | LogProbability,
    dim: ArrayLike,
    epsilon: ArrayLike,
    *,
    radius: ArrayLike = 1.0,
    metric: Metric,
) -> LogProbability:
    """Largest fraction of points without an error within ``epsilon`` that a classifier with this error rate can have.

    1 - mu(cos(phi + epsilon / r)), with the angle 2 arcsin(epsilon / 2r) for epsilon / r in the euclidean metric;
    0 once the angles add up to pi.

    Parameters
    ----------
    error_rate, dim
        As for :func:`mean_distance_bound`.
    epsilon
        Size of the perturbation, >= 0, in the unit of ``radius`` and in ``metric``; one larger than the sphere is
        allowed and leaves nothing robust. All broadcast.
    radius, metric
        As for :func:`mean_distance_bound`.

    Returns
    -------
    LogProbability
        Upper bound on the robust accuracy, attained by the cap; 1 at error rate 0.

    Raises
    ------
    InvalidArgumentError
        A negative epsilon; a bad error rate, dimension, radius or metric.

    Examples
    --------
    >>> round(float(max_robust_accuracy(0.01, 500, 0.2, metric="euclidean")), 6)
    0.015765
    """
    size = check_range("epsilon", epsilon, 0.0, np.inf)
    return cap.cap_distance_survival(size, _rate(error_rate), dim, radius=radius, metric=metric)


def max_error_rate(
    mean_distance: ArrayLike, dim: ArrayLike, *, radius: ArrayLike = 1.0, metric: Metric
) -> LogProbability:
    """Largest error rate that is compatible with a mean distance to the nearest error: the bound, inverted.

    The mu with D(mu, d) = mean_distance. To raise the distance linearly the error rate must fall exponentially
    [Gil2018].

    Parameters
    ----------
    mean_distance
        Mean distances in the unit of ``radius``, from 0 to the mean distance to a single point (pi r / 2 geodesic,
        2 r E sin(theta/2) euclidean); broadcasts against ``dim`` and ``radius``.
    dim
        Ambient dimensions, integers from 2 to 10^9.
    radius
        Radius of the sphere, > 0.
    metric
        "geodesic" or "euclidean".

    Returns
    -------
    LogProbability
        Upper bound, attained by the cap: the inverse of :func:`mean_distance_bound`, never below it. Its own mean
        distance is below the given one, by a relative 1e-12 at most. 1 at distance 0; never 0: no double is known to be
        the mean distance to a single point.

    Raises
    ------
    InvalidArgumentError
        A negative distance, or one that is impossible for any nonempty set; a bad dimension, radius or metric.
    AccuracyError
        The iteration did not converge (never seen).

    Examples
    --------
    >>> round(float(max_error_rate(0.5, 500, metric="geodesic").log10), 4)
    -29.7312
    """
    which = check_metric(metric)
    given, r, d = broadcast(
        mean_distance=check_range("mean_distance", mean_distance, 0.0, np.inf),
        radius=check_radius(radius),
        dim=check_dim(dim),
    )
    limit = np.asarray(cap.single_point_mean_distance(d, radius=r, metric=which))
    impossible = given > limit * (1.0 + cap.SINGLE_POINT_ERROR)
    if np.any(impossible):
        at = np.unravel_index(np.argmax(impossible), given.shape)
        allowed = (
            f"at most {limit[at]:.6g}, the mean distance to a single point; "
            "a larger one is impossible for any nonempty set"
        )
        raise InvalidArgumentError("mean_distance", float(given[at]), allowed)
    log, log_complement = np.zeros(given.shape), np.full(given.shape, -np.inf)
    some = given > 0.0
    if some.any():
        found = measure_at_mean_distance(given[some], r[some], d[some] - 1.0, which)
        log[some], log_complement[some] = found.log, found.log_complement
    return LogProbability(scalar_if_0d(log), scalar_if_0d(log_complement))


def _rate(error_rate: ArrayLike | LogProbability) -> LogProbability:
    return LogProbability.of(error_rate, name="error_rate")
