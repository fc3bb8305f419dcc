"""Arbitrary-precision twins of :mod:`adversarial_spheres.theory.basics.metrics`, by coordinates of the two points."""

from __future__ import annotations

from typing import Any

from mpmath import mp

from ..basics.validation import Metric, check_metric

Number = Any
"""An int, a float or an mpmath number; results are mpmath numbers."""
_GUARD = 15


def distance_from_angle(angle: Number, *, radius: Number = 1, metric: Metric, digits: int = 50) -> Number:
    """Distance between r (1, 0) and r (cos, sin): along the circle, or in space.

    Examples
    --------
    >>> mp.nstr(distance_from_angle(mp.pi / 3, radius=2, metric="euclidean"), 12)
    '2.0'
    """
    with mp.workdps(2 * digits + _GUARD):
        r, theta = mp.mpf(radius), mp.mpf(angle)
        if check_metric(metric) == "geodesic":
            return r * theta
        return r * mp.hypot(1 - mp.cos(theta), mp.sin(theta))


def angle_from_distance(distance: Number, *, radius: Number = 1, metric: Metric, digits: int = 50) -> Number:
    """Angle between two points at this distance: in space by the law of cosines.

    Examples
    --------
    >>> mp.nstr(angle_from_distance(2, radius=2, metric="euclidean"), 12)  # 60 degrees
    '1.0471975512'
    """
    with mp.workdps(4 * digits + _GUARD):
        ratio = mp.mpf(distance) / mp.mpf(radius)
        return ratio if check_metric(metric) == "geodesic" else mp.acos(1 - ratio**2 / 2)
