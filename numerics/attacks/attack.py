"""Attacks: errors near given points of a sphere, for models whose nearest error cannot be computed.

Every angle that an attack reports is an UPPER BOUND on the angle to the nearest error: it belongs to a point of the
sphere that the model was seen to misclassify. An attack that finds nothing reports the largest possible angle, pi; it
is counted as failed and stays in every mean.

walk
    Climb to an error, then walk on the decision boundary (:mod:`.attacks.walk`); needs a gradient.
differences
    The same with gradients from differences of logits, dim + 1 questions each; where they are of no use (a logit of
    plateaus, as that of a forest), as "labels".
paper
    The attack of [Gil2018] (:mod:`.attacks.paper`); needs a gradient.
labels
    Random great circles, then a walk along normals estimated from labels (:mod:`.attacks.labels`); for any model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...theory.basics.arguments import check_instance, check_key
from ...theory.basics.by_value import ByValue
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.metrics import distance_from_angle
from ...theory.basics.sphere import any_radius, sphere_radius
from ...theory.basics.validation import FloatArray, Metric, Sphere, check_coefficients, check_sphere
from ...theory.nearest.on_sphere import rounding_allowance
from ..models.adapters import as_model
from ..models.checked import AnyModel, CheckedModel
from ..models.sanity import examine
from ..sampling.blocks import map_blocks
from ..sampling.points import block_generator, check_seed
from ..sampling.streams import ATTACK_KEY
from .circles import (
    BoolArray,
    Brackets,
    ErrorField,
    IndexArray,
    angles_between,
    crossings,
    points_at,
    unit_rows,
)
from .searches import SEARCHES
from .settings import DEFAULT_SETTINGS, AttackSettings, Method
from .walk import Circles, pushed_inside

_BLOCK_ENTRIES, _MOST_ROWS = 2**17, 256
_FINAL_TOLERANCE, _FINAL_LABEL_TOLERANCE = 1e-10, 1e-6


@dataclass(frozen=True, eq=False)
class AttackResult(ByValue):
    """What an attack found near n points.

    Parameters
    ----------
    angle_upper
        Upper bounds on the angles (radians) to the nearest error, shape (n,): 0 where the point is an error itself,
        pi where the attack failed.
    points
        The errors that were found, on the sphere of the attacked points, shape (n, dim); the point itself where it is
        an error; NaN where the attack failed. The model was asked about exactly these numbers.
    succeeded
        Whether an error was found, shape (n,).
    queries
        Points that the model was asked about for each attacked point (a gradient counts as one), shape (n,).
    radius
        Radius of the sphere.
    method
        The attack.

    Examples
    --------
    >>> from adversarial_spheres import attack, from_callable
    >>> found = attack(from_callable(lambda points: points[:, 0] - 0.1), [[0.0, 1.0]], "inner")
    >>> found.succeeded, found.failed, found.guarantee
    (array([ True]), 0, 'upper bound')
    >>> found.angle_upper  # the exact angle is arcsin 0.1
    array([0.10016742])
    """

    angle_upper: FloatArray
    points: FloatArray
    succeeded: NDArray[np.bool_]
    queries: NDArray[np.int64]
    radius: float
    method: Method

    guarantee = "upper bound"

    @property
    def failed(self) -> int:
        """Number of points near which no error was found."""
        return int(np.count_nonzero(~self.succeeded))

    def distance_upper(self, *, metric: Metric) -> FloatArray:
        """Upper bounds on the distances to the nearest error; the largest possible distance where the attack failed."""
        return distance_from_angle(self.angle_upper, radius=self.radius, metric=metric)


def attack(
    model: AnyModel,
    points: ArrayLike,
    sphere: Sphere,
    *,
    outer_radius: float = 1.3,
    radius: float | None = None,
    settings: AttackSettings = DEFAULT_SETTINGS,
    seed: int = 0,
    key: tuple[int, ...] = (),
    workers: int = 1,
) -> AttackResult:
    """Search errors near given points of a sphere.

    Parameters
    ----------
    model
        With ``logits`` and ``input_gradient``, with ``logits`` alone, or with ``labels``; float64 arrays of shape
        (n, dim) come in, from several threads where ``workers`` > 1. The attack by labels asks at other radii, too.
    points
        Nonzero vectors, shape (n, dim), dim >= 2; they are moved on the sphere along their directions.
    sphere
        "inner" (radius 1) or "outer" (radius ``outer_radius``): where to search, and what is an error.
    radius
        Radius of the sphere, whichever it is, instead of these.
    settings
        How hard to try.
    seed, key
        What random starts are drawn from. Same seed and key, same result, whatever the number of workers.

    Returns
    -------
    AttackResult
        **Guarantee**: upper bounds on the angles, up to the rounding of the model's own logits.

    Raises
    ------
    ModelError
        The model's answers are no answers; see :class:`~.models.checked.CheckedModel`.

    Examples
    --------
    >>> class HalfSpace:
    ...     def logits(self, x):
    ...         return x[:, 0] - 0.5
    ...     def input_gradient(self, x):
    ...         return np.tile([1.0, 0.0, 0.0], (len(x), 1))
    >>> found = attack(HalfSpace(), [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], "inner")
    >>> found.angle_upper.round(8).tolist()  # 30 degrees, and a point that is an error
    [0.52359878, 0.0]
    """
    check_instance("settings", settings, AttackSettings, "AttackSettings")
    check_seed(seed)
    words = check_key(key)
    units, answering = _unit_points(points), as_model(model)
    size = sphere_radius(sphere, outer_radius) if radius is None else any_radius(radius)
    examine(answering, units.shape[1], check_sphere(sphere), size)
    most = block_rows(units.shape[1])

    def block_result(block: int, rows: int) -> AttackResult:
        part = units[block * most : block * most + rows]
        return attack_block(answering, part, sphere, size, settings, block_generator(seed, ATTACK_KEY, *words, block))

    parts = list(map_blocks(block_result, len(units), most, workers=workers))
    return AttackResult(
        np.concatenate([part.angle_upper for part in parts]),
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.succeeded for part in parts]),
        np.concatenate([part.queries for part in parts]),
        size,
        settings.method_for(answering),
    )


def block_rows(dim: int) -> int:
    """Points of a block: a function of the dimension alone, since the bits of a matrix product depend on its shape."""
    return int(np.clip(_BLOCK_ENTRIES // dim, 8, _MOST_ROWS))


def attack_block(
    model: CheckedModel,
    units: FloatArray,
    sphere: Sphere,
    radius: float,
    settings: AttackSettings,
    rng: np.random.Generator,
) -> AttackResult:
    """Attack one block of unit vectors (n, dim); see :func:`attack`."""
    field, rows = ErrorField(model, sphere, radius, len(units)), np.arange(len(units))
    method = settings.method_for(model)
    margins = field.margins(rows, units)
    largest = float(np.max(np.abs(margins)))
    if largest > 0.0:
        field.scale, margins = largest, margins / largest
    correct = np.flatnonzero(~field.is_error(margins))
    best = Circles.empty(units, margins)
    best.angle[field.is_error(margins)] = 0.0
    if correct.size:
        found = SEARCHES[method](field, correct, units[correct], margins[correct], settings, rng)
        best.take_better(correct, found)
    return _result(field, best, method)


def _result(field: ErrorField, best: Circles, method: Method) -> AttackResult:
    """The found errors as points that the model is asked about once more, and their angles."""
    z, found = best.z, np.isfinite(best.angle)
    points = np.full_like(z, np.nan)
    points[best.angle == 0.0] = z[best.angle == 0.0]
    moving = np.flatnonzero(found & (best.angle > 0.0))
    points[moving], sure = _confirmed(field, best, moving, 1e-2 if method == "labels" else 1e-5)
    angle = np.where(found, 0.0, np.pi)
    angle[moving] = angles_between(z[moving], points[moving]) * (1.0 + rounding_allowance(z.shape[1]))
    failed = moving[~sure]
    angle[failed], points[failed], found[failed] = np.pi, np.nan, False
    return AttackResult(np.minimum(angle, np.pi), field.radius * points, found, field.queries, field.radius, method)


def _confirmed(field: ErrorField, best: Circles, at: IndexArray, tolerance: float) -> tuple[FloatArray, BoolArray]:
    """Crossings narrowed to the last digits, as points, and whether the model errs at exactly these numbers."""
    z, v, angle = best.z[at], best.v[at], best.angle[at]
    margins, before = (field.margins(at, points_at(z, v, t)) for t in (angle, angle * (1.0 - tolerance)))
    open_ = np.flatnonzero(field.is_error(margins) & ~field.is_error(before))
    low = angle[open_] * (1.0 - tolerance)
    b = Brackets(low, angle[open_].copy(), before[open_], margins[open_])
    final = _FINAL_TOLERANCE if field.model.returns_logits else _FINAL_LABEL_TOLERANCE
    angle[open_] = crossings(field, at[open_], z[open_], v[open_], b, tolerance=final)
    return pushed_inside(field, at, z, v, angle)


def _unit_points(points: ArrayLike) -> FloatArray:
    array = check_coefficients("points", points, minimum=2)
    if array.ndim != 2 or not len(array):
        raise InvalidArgumentError("points", array.shape, "of shape (n, dim) with n >= 1")
    largest = np.abs(array).max(axis=1, keepdims=True)
    if np.any(largest == 0.0):
        raise InvalidArgumentError("points", "a zero vector", "nonzero vectors: the zero vector has no direction")
    return unit_rows(array / largest)
