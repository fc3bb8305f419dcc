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
from ..basics.metrics import distance_from_angle
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
from ..caps.cap import coordinates_of_measure
from ..caps.distance import ANGLE_ERROR, SINGLE_POINT_ERROR, angle_between, single_point_mean_distance, widened
from ..caps.inverse import measure_at_mean_distance
from ..caps.moment import log_mean_distance

__all__ = [
    "cap_distance_survival",
    "log_mean_distance_bound",
    "max_error_rate",
    "max_robust_accuracy",
    "mean_distance_bound",
    "quantile_distance_bound",
]

_LOG_TINY = -700.0
"""Of distances that may lose digits before they are scaled."""


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
    log = np.asarray(log_mean_distance_bound(error_rate, dim, metric=metric))
    r, log = broadcast(radius=check_radius(radius), error_rate=log)
    # The logarithm of a radius is rounded by more than the distance to a single point allows.
    return scalar_if_0d(np.where(log > _LOG_TINY, r * np.exp(log), np.exp(np.log(r) + log)))


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
        Upper bound, attained by the cap: absolute error at most 1e-12 where above -700 and relative error at most 1e-13
        below. +inf at error rate 0, -inf at error rate 1.

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
    r, d, p, which = check_radius(radius), check_dim(dim), _rate(error_rate), check_metric(metric)
    _, d, r = broadcast(error_rate=np.asarray(p.log), dim=d, radius=r)
    caps = coordinates_of_measure(p, d)
    empty = np.isposinf(caps.c) & (caps.side >= 0.0)
    return scalar_if_0d(np.where(empty, np.inf, np.log(r) + log_mean_distance(caps, which)))


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
        In the unit of ``radius``; upper bound, attained by the cap: relative error at most 1e-12 where quantile and
        error rate lie on both sides of 1/2, else limited by the cancellation between the two heights. +inf at error
        rate 0, 0 where the quantile is at most the error rate.

    Raises
    ------
    InvalidArgumentError
        A bad quantile, error rate, dimension, radius or metric.

    Examples
    --------
    >>> round(float(quantile_distance_bound(0.5, 0.25, 3, metric="geodesic")), 12)  # 30 degrees
    0.523598775598
    """
    level, p = LogProbability.of(quantile, name="quantile"), _rate(error_rate)
    d, r = check_dim(dim), check_radius(radius)
    shape_of = broadcast(quantile=np.asarray(level.log), error_rate=np.asarray(p.log), dim=d, radius=r)[0]
    near, far = (coordinates_of_measure(x, np.broadcast_to(d, shape_of.shape)) for x in (p, level))
    angle = angle_between(near, far)
    # the angle is rounded: the order of the two probabilities is not
    inside = (np.asarray(level.log) <= p.log) & (np.asarray(level.log_complement) >= p.log_complement)
    angle = np.where(inside, 0.0, np.where(angle > 0.0, angle, ANGLE_ERROR))
    distance = distance_from_angle(angle, radius=radius, metric=metric)
    return scalar_if_0d(np.where(np.isneginf(p.log), np.inf, distance))


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
        Exact for the cap (with its angles as rounded, :func:`~.caps.distance.widened`), hence an upper bound on
        P(distance to the nearest error > distance) for any error set; 1 at error rate 0, 0 at error rate 1.

    Raises
    ------
    InvalidArgumentError
        A negative distance; a bad error rate, dimension, radius or metric.

    Examples
    --------
    >>> float(cap_distance_survival(0.0, 0.25, 500, metric="geodesic"))
    0.75
    """
    length, r = broadcast(distance=check_range("distance", distance, 0.0, np.inf), radius=check_radius(radius))
    with np.errstate(over="ignore"):  # beyond the sphere
        t = length / r
    p, d = _rate(error_rate), check_dim(dim)
    if check_metric(metric) == "geodesic":
        turn, beyond = np.minimum(t, np.pi), t > np.pi
    else:
        turn, beyond = 2.0 * np.arcsin(np.minimum(t, 2.0) / 2.0), t >= 2.0
    shape_of = broadcast(distance=turn, error_rate=np.asarray(p.log), dim=d)[0]
    caps = coordinates_of_measure(p, np.broadcast_to(d, shape_of.shape))
    law = widened(caps, *np.broadcast_arrays(turn, beyond, caps.h)[:2]).measure()
    same = (turn == 0.0) | np.isneginf(p.log)
    return LogProbability(
        scalar_if_0d(np.where(same, p.log_complement, law.log_complement)),
        scalar_if_0d(np.where(same, p.log, law.log)),
    )


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
    return cap_distance_survival(size, error_rate, dim, radius=radius, metric=metric)


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
    limit = np.asarray(single_point_mean_distance(d, radius=r, metric=which))
    impossible = given > limit * (1.0 + SINGLE_POINT_ERROR)
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
