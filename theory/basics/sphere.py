"""The two spheres: radii, what is allowed, and which logits are errors on them.

The tie rule stands here and nowhere else: the logit says "outer" where it is positive, so on the inner sphere an error
is a logit > 0, on the outer one a logit <= 0.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from .validation import BoolArray, Sphere, check_number, check_outer_radius, check_range, check_sphere

RADII = (1e-100, 1e100)
"""Smallest and largest radius: beyond them squares of distances leave the doubles, and variances are none."""


def ties_are_errors(sphere: str) -> bool:
    """Whether a logit of exactly 0 is an error: on the outer sphere only."""
    return check_sphere(sphere) == "outer"


def error_sign(sphere: str) -> float:
    """1 where positive logits are errors (inner sphere), -1 where negative ones are (outer sphere)."""
    return -1.0 if ties_are_errors(sphere) else 1.0


def misclassified(logits: NDArray[Any], sphere: str) -> BoolArray:
    """Which points of a sphere are errors, by their logits of any shape."""
    result: BoolArray = logits <= 0 if ties_are_errors(sphere) else logits > 0
    return result


def sphere_radius(sphere: Sphere, outer_radius: float) -> float:
    """Radius of the inner (1) or outer sphere, the latter at most 1e100: squares of distances must be doubles."""
    if check_sphere(sphere) == "inner":
        check_range("outer_radius", check_number("outer_radius", outer_radius), 0.0, RADII[1], low_open=True)
        return 1.0
    return float(check_range("outer_radius", check_outer_radius(outer_radius), 1.0, RADII[1], low_open=True))


def any_radius(radius: float) -> float:
    """A radius of a sphere of either kind, from 1e-100 to 1e100."""
    return float(check_range("radius", check_number("radius", radius), *RADII))
