"""The distance from a uniform point of the sphere to a cap: its mean, quantiles and law, in both metrics.

Notation. The cap has angular radius phi and measure mu; theta is the angle of a uniform point from the cap's centre,
with density sin(theta)^(d-2) / B((d-1)/2, 1/2). The distance is r (theta - phi)+ (geodesic) or
2 r sin((theta - phi)+ / 2) (euclidean); points of the cap count, with distance 0.

An empty cap is at distance +inf from everything, the whole sphere at distance 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
from .cap import CapCoordinates, coordinates_of_measure
from .moment import half_angle_sine, log_mean_distance
from .tail import height_and_s2

SINGLE_POINT_ERROR = 1e-14
"""Relative error of :func:`single_point_mean_distance`."""
_ANGLE_ERROR = 1e-15
"""More than the relative rounding error of an angle: a difference of two that is nearer to 0 is not known to be 0."""


def single_point_mean_distance(dim: ArrayLike, *, radius: ArrayLike = 1.0, metric: Metric) -> FloatArray:
    """Mean distance from a uniform point to one fixed point: the largest mean distance to any nonempty set.

    pi r / 2 (geodesic); 2 r G(d-1) / G(2d-2), which tends to r sqrt(2) (euclidean);
    G(n) = Gamma((n+1)/2) / Gamma(n/2).

    Parameters
    ----------
    dim
        Ambient dimensions, integers from 2 to 10^9; broadcasts against ``radius``.
    radius
        Radius of the sphere, > 0.
    metric
        "geodesic" or "euclidean".

    Returns
    -------
    ndarray
        In the unit of ``radius``; exact, relative error at most 1e-14.

    Raises
    ------
    InvalidArgumentError
        A bad dimension, radius or metric.

    Examples
    --------
    >>> round(float(single_point_mean_distance(3, metric="euclidean")), 12)  # 4/3 on the ordinary sphere
    1.333333333333
    """
    d, r = broadcast(dim=check_dim(dim), radius=check_radius(radius))
    if check_metric(metric) == "geodesic":
        return scalar_if_0d(r * (np.pi / 2.0))
    return scalar_if_0d(2.0 * r * half_angle_sine(d - 1.0))


def cap_mean_distance(
    measure: ArrayLike | LogProbability, dim: ArrayLike, *, radius: ArrayLike = 1.0, metric: Metric
) -> FloatArray:
    """Mean distance from a uniform point of the sphere to the cap of given measure.

    E r (theta - phi)+ or E 2 r sin((theta - phi)+ / 2); points of the cap count as distance 0. Computed without
    cancellation, see :mod:`adversarial_spheres.theory.caps.moment`.

    Parameters
    ----------
    measure
        Measure of the cap, in [0, 1], or a LogProbability; broadcasts against ``dim`` and ``radius``.
    dim
        Ambient dimensions, integers from 2 to 10^9.
    radius
        Radius of the sphere, > 0.
    metric
        "geodesic" or "euclidean".

    Returns
    -------
    ndarray
        In the unit of ``radius``; exact, relative error at most 1e-12. +inf for measure 0, 0 for measure 1.

    Raises
    ------
    InvalidArgumentError
        A bad measure, dimension, radius or metric.

    Examples
    --------
    >>> round(float(cap_mean_distance(0.5, 3, metric="geodesic")), 12)  # pi/4 - E of the other half
    0.285398163397
    """
    return scalar_if_0d(np.exp(cap_log_mean_distance(measure, dim, radius=radius, metric=metric)))


def cap_log_mean_distance(
    measure: ArrayLike | LogProbability, dim: ArrayLike, *, radius: ArrayLike = 1.0, metric: Metric
) -> FloatArray:
    """Log of :func:`cap_mean_distance`, for caps so close to the whole sphere that the mean underflows.

    Parameters
    ----------
    measure, dim, radius, metric
        As for :func:`cap_mean_distance`.

    Returns
    -------
    ndarray
        Natural logarithms; exact, absolute error at most 1e-12 where above -700 and relative error at most 1e-13
        below. +inf for measure 0, -inf for measure 1.

    Raises
    ------
    InvalidArgumentError
        As for :func:`cap_mean_distance`.

    Examples
    --------
    >>> nearly_all = LogProbability.from_log_complement(-1e6)
    >>> round(float(cap_log_mean_distance(nearly_all, 500, metric="geodesic")), 3)
    -1002010.215
    """
    r, caps = _prepared(measure, dim, radius, metric)
    empty = np.isposinf(caps.c) & (caps.side >= 0.0)
    return scalar_if_0d(np.where(empty, np.inf, np.log(r) + log_mean_distance(caps, metric)))


def cap_quantile_distance(
    quantile: ArrayLike | LogProbability,
    measure: ArrayLike | LogProbability,
    dim: ArrayLike,
    *,
    radius: ArrayLike = 1.0,
    metric: Metric,
) -> FloatArray:
    """Quantile of the distance from a uniform point of the sphere to the cap of given measure.

    The least t with P(distance <= t) >= quantile: the angle (phi(quantile) - phi(measure))+, phi(q) being the angular
    radius of the cap of measure q.

    Parameters
    ----------
    quantile
        Levels in [0, 1], or a LogProbability; 0.5 for the median. Broadcasts against the others.
    measure, dim, radius, metric
        As for :func:`cap_mean_distance`.

    Returns
    -------
    ndarray
        In the unit of ``radius``; exact: relative error at most 1e-12 where quantile and measure lie on both sides of
        1/2, else limited by the cancellation between the two heights. +inf for measure 0, 0 where
        quantile <= measure.

    Raises
    ------
    InvalidArgumentError
        A bad quantile, measure, dimension, radius or metric.

    Examples
    --------
    >>> round(float(cap_quantile_distance(0.75, 0.25, 3, metric="geodesic")), 12)  # from 60 to 120 degrees
    1.047197551197
    """
    level = LogProbability.of(quantile, name="quantile")
    p = LogProbability.of(measure, name="measure")
    d = check_dim(dim)
    r = check_radius(radius)
    shape_of = broadcast(quantile=np.asarray(level.log), measure=np.asarray(p.log), dim=d, radius=r)[0]
    near, far = (coordinates_of_measure(x, np.broadcast_to(d, shape_of.shape)) for x in (p, level))
    angle = _angle_between(near, far)
    # the angle is rounded: the order of the two probabilities is not
    inside = (np.asarray(level.log) <= p.log) & (np.asarray(level.log_complement) >= p.log_complement)
    angle = np.where(inside, 0.0, np.where(angle > 0.0, angle, _ANGLE_ERROR))
    distance = distance_from_angle(angle, radius=radius, metric=metric)
    return scalar_if_0d(np.where(np.isneginf(p.log), np.inf, distance))


def cap_median_distance(
    measure: ArrayLike | LogProbability, dim: ArrayLike, *, radius: ArrayLike = 1.0, metric: Metric
) -> FloatArray:
    """Median of the distance from a uniform point of the sphere to the cap: the quantile at level 1/2.

    Parameters
    ----------
    measure, dim, radius, metric
        As for :func:`cap_mean_distance`.

    Returns
    -------
    ndarray
        In the unit of ``radius``; exact, as :func:`cap_quantile_distance`. Geodesic: r arcsin(height of the cap),
        or 0 for a cap of half the sphere or more.

    Raises
    ------
    InvalidArgumentError
        As for :func:`cap_mean_distance`.

    Examples
    --------
    >>> round(float(cap_median_distance(0.25, 3, metric="geodesic")), 12)  # 30 degrees
    0.523598775598
    """
    return cap_quantile_distance(0.5, measure, dim, radius=radius, metric=metric)


def _angle_between(near: CapCoordinates, far: CapCoordinates) -> FloatArray:
    """phi(far) - phi(near), at least 0, from whichever angles are exact: from the pole, the equator or the antipole."""
    sine_near, sine_far = np.exp(-near.c), np.exp(-far.c)
    h_near, h_far = np.copysign(near.h, near.side), np.copysign(far.h, far.side)
    from_pole = np.arctan2(sine_far, h_far) - np.arctan2(sine_near, h_near)
    from_equator = np.arctan2(h_near, sine_near) - np.arctan2(h_far, sine_far)
    from_antipole = np.arctan2(sine_near, -h_near) - np.arctan2(sine_far, -h_far)
    angle = np.where(h_near > 0.7, from_pole, np.where(h_far < -0.7, from_antipole, from_equator))
    return np.maximum(angle, 0.0)


def cap_distance_survival(
    distance: ArrayLike,
    measure: ArrayLike | LogProbability,
    dim: ArrayLike,
    *,
    radius: ArrayLike = 1.0,
    metric: Metric,
) -> LogProbability:
    """P(distance to the cap of given measure > t): one minus the measure of the cap widened by t.

    1 - mu(cos(phi + t / r)), or with 2 arcsin(t / 2r) for t / r in the euclidean metric; 0 once that angle is pi.

    Parameters
    ----------
    distance
        Distances t >= 0 in the unit of ``radius``, +inf included; broadcasts against the others.
    measure, dim, radius, metric
        As for :func:`cap_mean_distance`.

    Returns
    -------
    LogProbability
        Exact for the angles as rounded: phi + t is formed from sines and cosines with an error of some 1e-16 times
        the larger of the height of the cap and t; where that error decides whether it reaches pi, it does not.
        1 for measure 0 (nothing to be near), 0 for measure 1.

    Raises
    ------
    InvalidArgumentError
        A negative distance; a bad measure, dimension, radius or metric.

    Examples
    --------
    >>> law = cap_distance_survival(0.5, 0.001, 500, radius=1.0, metric="geodesic")
    >>> round(float(law.log), 6)
    -36.401075
    """
    length, r = broadcast(distance=check_range("distance", distance, 0.0, np.inf), radius=check_radius(radius))
    with np.errstate(over="ignore"):  # beyond the sphere
        t = length / r
    p, d = LogProbability.of(measure, name="measure"), check_dim(dim)
    if check_metric(metric) == "geodesic":
        turn, beyond = np.minimum(t, np.pi), t > np.pi
    else:
        turn, beyond = 2.0 * np.arcsin(np.minimum(t, 2.0) / 2.0), t >= 2.0
    shape_of = broadcast(distance=turn, measure=np.asarray(p.log), dim=d)[0]
    caps = coordinates_of_measure(p, np.broadcast_to(d, shape_of.shape))
    widened = _widened(caps, *np.broadcast_arrays(turn, beyond, caps.h)[:2]).measure()
    same = (turn == 0.0) | np.isneginf(p.log)
    return LogProbability(
        scalar_if_0d(np.where(same, p.log_complement, widened.log_complement)),
        scalar_if_0d(np.where(same, p.log, widened.log)),
    )


def _widened(caps: CapCoordinates, turn: FloatArray, beyond: NDArray[np.bool_]) -> CapCoordinates:
    """The caps with their angular radius phi enlarged by ``turn``; the whole sphere if certain, or ``beyond``."""
    h, sine = np.copysign(caps.h, caps.side), np.exp(-caps.c)
    angle = np.arctan2(sine, h) + turn
    rest = np.arctan2(sine, -h)
    left = rest - turn  # angular radius of what is left of the complement
    unknown = _ANGLE_ERROR * rest * (1.0 + np.where(h < 0.0, np.minimum(caps.c, 1e3), 0.0))  # the sine is exp(-c)
    left = np.where(beyond | (left <= -unknown), 0.0, np.maximum(left, unknown))
    height = h * np.cos(turn) - sine * np.sin(turn)
    with np.errstate(divide="ignore"):
        # log sin(phi + turn) of a narrow cap: phi itself may underflow
        log_narrow = np.logaddexp(
            -caps.c + np.log(np.cos(np.minimum(turn, 1.5))), np.log(caps.h) + np.log(np.sin(turn))
        )
        log_wide = np.log(np.sin(left))
        flat = -0.5 * np.log1p(-(np.minimum(np.abs(height), 0.7) ** 2))
    c = np.where(np.abs(height) < 0.7, flat, np.where(angle < 1.0, -log_narrow, -log_wide))
    c = np.where(left <= 0.0, np.inf, c)
    size, s2 = height_and_s2(c)
    size = np.where(np.abs(height) < 0.7, np.abs(height), size)
    return CapCoordinates(size, s2, c, caps.n, np.where(left <= 0.0, -1.0, height))


def _prepared(
    measure: ArrayLike | LogProbability, dim: ArrayLike, radius: ArrayLike, metric: str
) -> tuple[FloatArray, CapCoordinates]:
    r, d, p = check_radius(radius), check_dim(dim), LogProbability.of(measure, name="measure")
    check_metric(metric)
    _, d, r = broadcast(measure=np.asarray(p.log), dim=d, radius=r)
    return r, coordinates_of_measure(p, d)
