"""The two metrics of a sphere.

``geodesic``: angle times radius. ``euclidean``: the chord, 2 r sin(angle/2). Angles are in radians, in [0, pi].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .errors import InvalidArgumentError
from .validation import (
    FloatArray,
    Metric,
    broadcast,
    check_metric,
    check_radius,
    check_range,
    check_real,
    scalar_if_0d,
)


def distance_from_angle(angle: ArrayLike, *, radius: ArrayLike = 1.0, metric: Metric) -> FloatArray:
    """Distance between two points of a sphere that are ``angle`` apart.

    Parameters
    ----------
    angle
        Radians, in [0, pi]; +inf (no such point) is passed through.
    radius
        Radius of the sphere, > 0; broadcasts against ``angle``.
    metric
        "geodesic" (r * angle) or "euclidean" (2 r sin(angle/2)).

    Returns
    -------
    ndarray
        Same unit as ``radius``; exact up to rounding.

    Raises
    ------
    InvalidArgumentError
        An angle outside [0, pi], a bad radius or metric, or shapes that do not broadcast.

    Examples
    --------
    >>> [round(float(distance_from_angle(np.pi / 3, radius=2.0, metric=m)), 12) for m in ("geodesic", "euclidean")]
    [2.094395102393, 2.0]
    """
    theta, r = broadcast(angle=check_real("angle", angle), radius=check_radius(radius))
    finite = np.where(np.isposinf(theta), 0.0, theta)
    check_range("angle", finite, 0.0, np.nextafter(np.pi, 4.0))
    distance = r * finite if check_metric(metric) == "geodesic" else 2.0 * r * np.sin(finite / 2.0)
    return scalar_if_0d(np.where(np.isposinf(theta), np.inf, distance))


def angle_from_distance(
    distance: ArrayLike, *, radius: ArrayLike = 1.0, metric: Metric, name: str = "distance"
) -> FloatArray:
    """Angle (radians) between two points of a sphere that are ``distance`` apart; inverse of the above.

    Parameters
    ----------
    distance
        From 0 to the largest on the sphere, pi r (geodesic) or 2 r (euclidean); broadcasts against ``radius``.
    radius
        Radius of the sphere, > 0.
    metric
        "geodesic" (distance / r) or "euclidean" (2 arcsin(distance / 2r)).
    name
        What the caller calls the distance, for the message of a refusal.

    Returns
    -------
    ndarray
        Radians, in [0, pi]; exact up to rounding for the distance as given.

    Raises
    ------
    InvalidArgumentError
        A distance that is negative or too large, a bad radius or metric, or shapes that do not broadcast.

    Examples
    --------
    >>> round(float(angle_from_distance(2.0, radius=2.0, metric="euclidean")), 12)  # 60 degrees
    1.047197551197
    """
    length, r = broadcast(**{name: check_real(name, distance), "radius": check_radius(radius)})
    with np.errstate(over="ignore"):  # beyond all distances
        ratio = length / r
    largest = np.pi if check_metric(metric) == "geodesic" else 2.0
    bad = (ratio < 0.0) | (ratio > largest)
    if np.any(bad):
        at = np.unravel_index(np.argmax(bad), bad.shape)
        allowed = f"in [0, {largest:g} r], r the radius, in the {metric} metric"
        raise InvalidArgumentError(name, float(length[at]), allowed)
    if metric == "geodesic":
        return scalar_if_0d(ratio)
    return scalar_if_0d(2.0 * np.arcsin(ratio / 2.0))
