"""Angles between caps, and caps that are widened: what the law of the distance to a cap is made of.

Notation. The cap has angular radius phi; a uniform point at the angle theta from its centre is at distance
r (theta - phi)+ (geodesic) or 2 r sin((theta - phi)+ / 2) (euclidean). Mean, quantiles and law of that distance are
those of :mod:`~.spaces.isoperimetry`, which bound the distance to every other set of the same measure; the mean's own
integral is in :mod:`~.caps.moment`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..basics.validation import (
    BoolArray,
    FloatArray,
    Metric,
    broadcast,
    check_dim,
    check_metric,
    check_radius,
    scalar_if_0d,
)
from .cap import CapCoordinates
from .moment import half_angle_sine
from .tail import height_and_s2

SINGLE_POINT_ERROR = 1e-14
"""Relative error of :func:`single_point_mean_distance`."""
ANGLE_ERROR = 1e-15
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


def angle_between(near: CapCoordinates, far: CapCoordinates) -> FloatArray:
    """phi(far) - phi(near), at least 0, from whichever angles are exact: from the pole, the equator or the antipole.

    Examples
    --------
    >>> from adversarial_spheres import LogProbability
    >>> from adversarial_spheres.theory.caps.cap import coordinates_of_measure
    >>> quarter, rest = (coordinates_of_measure(LogProbability.of(p), np.asarray(3.0)) for p in (0.25, 0.75))
    >>> round(float(angle_between(quarter, rest)), 12)  # from 60 to 120 degrees
    1.047197551197
    """
    sine_near, sine_far = np.exp(-near.c), np.exp(-far.c)
    h_near, h_far = np.copysign(near.h, near.side), np.copysign(far.h, far.side)
    from_pole = np.arctan2(sine_far, h_far) - np.arctan2(sine_near, h_near)
    from_equator = np.arctan2(h_near, sine_near) - np.arctan2(h_far, sine_far)
    from_antipole = np.arctan2(sine_near, -h_near) - np.arctan2(sine_far, -h_far)
    angle = np.where(h_near > 0.7, from_pole, np.where(h_far < -0.7, from_antipole, from_equator))
    return np.maximum(angle, 0.0)


def widened(caps: CapCoordinates, turn: FloatArray, beyond: BoolArray) -> CapCoordinates:
    """The caps with their angular radius phi enlarged by ``turn``; the whole sphere if certain, or ``beyond``.

    phi + turn is formed from sines and cosines with an error of some 1e-16 times the larger of the height of the cap
    and ``turn``; where that error decides whether it reaches pi, it does not.

    Examples
    --------
    >>> from adversarial_spheres import LogProbability
    >>> from adversarial_spheres.theory.caps.cap import coordinates_of_measure
    >>> quarter = coordinates_of_measure(LogProbability.of(0.25), np.asarray(3.0))
    >>> half = widened(quarter, np.asarray(np.pi / 6.0), np.asarray(False)).measure()
    >>> round(float(half), 12)
    0.5
    """
    h, sine = np.copysign(caps.h, caps.side), np.exp(-caps.c)
    angle = np.arctan2(sine, h) + turn
    rest = np.arctan2(sine, -h)
    left = rest - turn  # angular radius of what is left of the complement
    unknown = ANGLE_ERROR * rest * (1.0 + np.where(h < 0.0, np.minimum(caps.c, 1e3), 0.0))  # the sine is exp(-c)
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
