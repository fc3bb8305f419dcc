"""What an attack returned, checked point by point against the model before it is believed.

Of each attacked point an attack returns an error that it found near it, or NaN. Nothing else that it says is looked at:
the point is moved on the sphere along its ray, the model is asked there, and the angle is measured here. A point that
is no error counts as a failed attack. The angle is 0 where the attacked point is an error itself, and only there.

So whatever the attack does, each angle is an upper bound on that to the nearest error. For a limit of the mean it has
to treat each point without regard to the others, too: this alone it is trusted with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray, Sphere
from ...theory.nearest.on_sphere import rounding_allowance
from ..attacks.geometry import angles_between, dots, unit_rows
from ..models.checked import BoolArray, CheckedModel, misclassified
from .evidence import AttackDistances

_ROUNDING = 1e-12


class AttackOutcome(Protocol):
    """What an attack may return: the errors that it found. It may say on the sphere of which ``radius``, too."""

    @property
    def points(self) -> FloatArray:
        """An error near each attacked point, shape (n, dim); a row of NaN where none was found."""


Attack: TypeAlias = Callable[..., "AttackOutcome | ArrayLike"]
"""attack(model, points, sphere, outer_radius=radius) -> an AttackOutcome, or its points alone, shape (n, dim)."""


def verified_distances(
    outcome: AttackOutcome | ArrayLike,
    model: CheckedModel,
    attacked: FloatArray,
    wrong: BoolArray,
    sphere: Sphere,
    radius: float,
) -> AttackDistances:
    """The errors that an attack found, as evidence; failed attacks enter as the largest possible distance.

    Parameters
    ----------
    outcome
        What the attack returned.
    model
        It is asked about each point that was returned.
    attacked, wrong
        The attacked points on the sphere, shape (n, dim), and which of them are errors themselves.
    sphere, radius
        What is an error, and the radius of the sphere.

    Returns
    -------
    AttackDistances
        **Guarantee**: upper bounds of the angles to the nearest error.

    Raises
    ------
    InvalidArgumentError
        The attack returned something else than points, or says that it searched on another sphere, where the same
        model errs elsewhere.
    """
    searched = getattr(outcome, "radius", radius)
    if searched != radius:
        allowed = f"one that searches on the sphere of radius {radius:g}"
        raise InvalidArgumentError("attack", f"radius {searched}", allowed)
    returned = _on_sphere(_candidates(outcome, attacked.shape), radius)
    given = np.flatnonzero(np.isfinite(returned).all(axis=1) & ~wrong)
    sure = misclassified(model.scores(returned[given]), sphere)
    angles = np.where(wrong, 0.0, np.inf)
    at = given[sure]
    found = angles_between(unit_rows(attacked[at]), unit_rows(returned[at]))
    angles[at] = np.minimum(found * (1.0 + rounding_allowance(attacked.shape[1])), np.pi)
    return AttackDistances(angles, np.isfinite(angles), no_errors=int(np.count_nonzero(~sure)))


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
