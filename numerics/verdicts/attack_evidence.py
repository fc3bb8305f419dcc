"""What an attack returned, checked point by point against the problem before it is believed.

Of each attacked point an attack returns an error that it found near it, or NaN. Nothing else that it says is looked at:
on a sphere the point is moved there along its ray, the model is asked there, and the distance is measured here. A point
that is no error counts as a failed attack. The length is 0 where the attacked point is an error itself, and only there.

So whatever the attack does, each length is an upper bound on that to the nearest error. For a limit of the mean it has
to treat each point without regard to the others, too: this alone it is trusted with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import BoolArray, FloatArray
from ...theory.nearest.on_sphere import rounding_allowance
from ...theory.spaces.space import Space
from ...theory.spaces.sphere import Sphere
from ..attacks.geometry import angles_between, dots, unit_rows
from ..models.problem import Problem
from .evidence import AttackDistances

_ROUNDING = 1e-12


class AttackOutcome(Protocol):
    """What an attack may return: the errors that it found. It may say on the sphere of which ``radius``, too."""

    @property
    def points(self) -> FloatArray:
        """An error near each attacked point, shape (n, dim); a row of NaN where none was found."""


Attack: TypeAlias = Callable[..., "AttackOutcome | ArrayLike"]
"""attack(model, points, sphere, outer_radius=radius) -> an AttackOutcome, or its points alone, shape (n, dim).

In Gaussian noise it is called as attack(problem, points).
"""


def ask(attack: Attack, problem: Problem, points: FloatArray) -> AttackOutcome | ArrayLike:
    """What an attack finds near points of a problem."""
    if isinstance(problem.space, Sphere):
        return attack(problem.model, points.copy(), problem.sphere, outer_radius=problem.space.radius)
    return attack(problem, points.copy())


def verified_distances(
    outcome: AttackOutcome | ArrayLike, problem: Problem, attacked: FloatArray, wrong: BoolArray
) -> AttackDistances:
    """The errors that an attack found, as evidence; failed attacks enter as the largest possible distance.

    Parameters
    ----------
    outcome
        What the attack returned.
    problem
        On a sphere or in Gaussian noise; it is asked about each point that was returned.
    attacked, wrong
        The attacked points, shape (n, dim), and which of them are errors themselves.

    Returns
    -------
    AttackDistances
        **Guarantee**: upper bounds of the lengths to the nearest error.

    Raises
    ------
    InvalidArgumentError
        The attack returned something else than points, or says that it searched elsewhere, where the same model may
        err elsewhere.
    """
    space = problem.space
    returned = _candidates(outcome, attacked.shape)
    if isinstance(space, Sphere):
        returned = _on_sphere(returned, _searched(outcome, space.radius))
    given = np.flatnonzero(np.isfinite(returned).all(axis=1) & ~wrong)
    sure = problem.errors(returned[given])
    at = given[sure]
    largest = np.pi if isinstance(space, Sphere) else space.largest_distance
    lengths = np.where(wrong, 0.0, np.inf)
    found = _lengths(space, attacked[at], returned[at]) * (1.0 + rounding_allowance(space.dim))
    lengths[at] = np.minimum(found, largest)
    no_errors = int(np.count_nonzero(~sure))
    return AttackDistances(lengths, np.isfinite(lengths), no_errors=no_errors, largest=largest)


def _lengths(space: Space, attacked: FloatArray, returned: FloatArray) -> FloatArray:
    """Lengths between rows: angles, or distances; infinite where no double holds the squares."""
    if isinstance(space, Sphere):
        return angles_between(unit_rows(attacked), unit_rows(returned))
    with np.errstate(over="ignore"):
        return np.asarray(np.linalg.norm(returned - attacked, ord=getattr(space, "norm", 2.0), axis=1))


def _searched(outcome: AttackOutcome | ArrayLike, radius: float) -> float:
    """The radius, after checking that the attack says no other."""
    searched = getattr(outcome, "radius", radius)
    if searched != radius:
        allowed = f"one that searches on the sphere of radius {radius:g}"
        raise InvalidArgumentError("attack", f"radius {searched}", allowed)
    return radius


def _candidates(outcome: AttackOutcome | ArrayLike, shape: tuple[int, ...]) -> NDArray[Any]:
    """The points that were returned, or a refusal that says what to return."""
    allowed = (
        f"a function that returns the errors it found, points of shape {shape} with a row of NaN where it found none, "
        "or an object that has them as `points`: angles alone are no evidence"
    )
    try:
        points = np.asarray(getattr(outcome, "points", outcome))
    except (ValueError, TypeError, RuntimeError) as error:
        raise InvalidArgumentError("attack", type(outcome).__name__, allowed) from error
    if points.shape != shape or points.dtype.kind not in "fiu":
        raise InvalidArgumentError("attack", f"{points.dtype} of shape {points.shape}", allowed)
    return points.astype(np.float64)


def _on_sphere(points: FloatArray, radius: float) -> FloatArray:
    """Points moved on the sphere along their rays; NaN where there is no ray. Those on it stay, bit by bit."""
    largest = np.abs(points).max(axis=1, keepdims=True)
    usable = np.isfinite(largest) & (largest > 0.0)
    scaled = np.where(usable, points / np.where(usable, largest, 1.0), np.nan)
    norms = np.where(usable, largest, np.nan)[:, 0] * np.sqrt(dots(scaled, scaled))
    off = ~(np.abs(norms / radius - 1.0) <= _ROUNDING)
    return np.asarray(np.where(off[:, None], radius * unit_rows(scaled), points))
