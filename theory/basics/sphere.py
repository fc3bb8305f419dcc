"""The two spheres: radii, and what is allowed."""

from __future__ import annotations

from .arguments import check_number
from .validation import Sphere, check_outer_radius, check_range, check_sphere

RADII = (1e-100, 1e100)
"""Smallest and largest radius: beyond them squares of distances leave the doubles, and variances are none."""


def sphere_radius(sphere: Sphere, outer_radius: float) -> float:
    """Radius of the inner (1) or outer sphere, the latter at most 1e100: squares of distances must be doubles."""
    if check_sphere(sphere) == "inner":
        check_range("outer_radius", check_number("outer_radius", outer_radius), 0.0, RADII[1], low_open=True)
        return 1.0
    return float(check_range("outer_radius", check_outer_radius(outer_radius), 1.0, RADII[1], low_open=True))


def any_radius(radius: float) -> float:
    """A radius of a sphere of either kind, from 1e-100 to 1e100."""
    return float(check_range("radius", check_number("radius", radius), *RADII))
