"""The two metrics of a sphere.

``geodesic``: angle times radius. ``euclidean``: the chord, 2 r sin(angle/2). Angles are in radians, in [0, pi].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .errors import InvalidArgumentError
from .validation import FloatArray, Metric, check_metric, check_radius, check_range, scalar_if_0d


def distance_from_angle(angle: ArrayLike, *, radius: ArrayLike = 1.0, metric: Metric) -> FloatArray:
    """Distance between two points of a sphere that are ``angle`` apart.

    Parameters
    ----------
    angle
        Radians, in [0, pi]; +inf (no such point) is passed through.
    radius
        Radius of the sphere, > 0.
    metric
        "geodesic" (r * angle) or "euclidean" (2 r sin(angle/2)).

    Returns
    -------
    ndarray
        Same unit as ``radius``; exact up to rounding.
    """
    r = check_radius(radius)
    theta = np.asarray(angle, dtype=np.float64)
    finite = np.where(np.isposinf(theta), 0.0, theta)
    check_range("angle", finite, 0.0, np.nextafter(np.pi, 4.0))
    if check_metric(metric) == "geodesic":
        distance = r * finite
    else:
        distance = 2.0 * r * np.sin(finite / 2.0)
    return scalar_if_0d(np.where(np.isposinf(theta), np.inf, distance))


def angle_from_distance(
    distance: ArrayLike, *, radius: ArrayLike = 1.0, metric: Metric, name: str = "distance"
) -> FloatArray:
    """Angle (radians) between two points of a sphere that are ``distance`` apart; inverse of the above.

    Raises
    ------
    InvalidArgumentError
        ``distance`` is negative or above the largest on the sphere, pi r (geodesic) or 2 r (euclidean).
    """
    r = check_radius(radius)
    ratio = np.asarray(distance, dtype=np.float64) / r
    largest = np.pi if check_metric(metric) == "geodesic" else 2.0
    if np.any(~((ratio >= 0.0) & (ratio <= largest))):
        raise InvalidArgumentError(name, distance, f"in [0, {largest:g} r], r the radius, in the {metric} metric")
    if metric == "geodesic":
        return scalar_if_0d(ratio)
    return scalar_if_0d(2.0 * np.arcsin(ratio / 2.0))
