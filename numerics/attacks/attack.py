"""Attacks: errors near given points of a sphere, for models whose nearest error cannot be computed.

Every angle that an attack reports is an UPPER BOUND on the angle to the nearest error: it belongs to a point of the
sphere that the model was seen to misclassify. An attack that finds nothing reports the largest possible angle, pi; it
is counted as failed and stays in every mean.

walk
    Climb to an error, then walk on the decision boundary (:mod:`.attacks.walk`); needs a gradient.
secants
    The nearest boundary point of a quadratic model of the margin, again and again (:mod:`.attacks.secants`): for few
    questions; needs a gradient.
differences
    As "walk", with gradients from differences of logits, dim + 1 questions each; where they are of no use (a logit of
    plateaus, as that of a forest), as "labels".
paper
    The attack of [Gil2018] (:mod:`.attacks.paper`); needs a gradient.
labels
    Random great circles, then a walk along normals estimated from labels (:mod:`.attacks.labels`); for any model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...theory.basics.arguments import check_instance, check_key
from ...theory.basics.by_value import ByValue
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.metrics import distance_from_angle
from ...theory.basics.sphere import any_radius, sphere_radius
from ...theory.basics.validation import BoolArray, FloatArray, Metric, Sphere, check_coefficients, check_sphere
from ...theory.nearest.on_sphere import rounding_allowance
from ...theory.spaces.anisotropic import AnisotropicGaussian
from ...theory.spaces.gaussian import Gaussian
from ...theory.spaces.space import Space
from ...theory.spaces.sphere import Sphere as RoundSpace
from ..models.adapters import as_model
from ..models.checked import AnyModel, CheckedModel, IndexArray
from ..models.problem import Problem, check_scale
from ..models.sanity import examine
from ..sampling.blocks import map_blocks
from ..sampling.points import block_generator, check_seed
from ..sampling.streams import ATTACK_KEY
from .circles import Brackets, ErrorField, crossings
from .geometry import FLAT, unit_rows
from .searches import SEARCHES, SURE_AS_FOUND
from .settings import DEFAULT_SETTINGS, AttackSettings, Method
from .walk import Circles, pushed_inside

_BLOCK_ENTRIES, _MOST_ROWS = 2**17, 256
_FINAL_TOLERANCE, _FINAL_LABEL_TOLERANCE = 1e-10, 1e-6


@dataclass(frozen=True, eq=False)
class NearErrors(ByValue):
    """The errors that an attack found near n points of a problem, or the nearest ones where they are known.

    Parameters
    ----------
    space
        Where it was searched, and how distance is measured.
    distance_upper
        Upper bounds on the distances to the nearest error, shape (n,): 0 where the point is an error itself, the
        largest distance of the space where the attack failed (+inf in noise).
    points
        The errors that were found, shape (n, dim), as the problem was asked about them; the point itself where it is
        an error, NaN where the attack failed.
    succeeded
        Whether an error was found, shape (n,).
    queries
        Points that the model was asked about for each attacked point (a gradient counts as one), shape (n,).
    method
        The attack; "exact" where these are the nearest errors, certified.

    Examples
    --------
    >>> from adversarial_spheres import around, attack
    >>> problem = around(lambda x: x, [3.0, 0.0], label=0, noise=1.0)  # column 0 against column 1
    >>> attack(problem, [[0.0, 0.0], [-1.0, 0.0]]).distance_upper.round(6)  # 3 / sqrt(2), 2 / sqrt(2)
    array([2.12132 , 1.414214])
    """

    space: Space
    distance_upper: FloatArray
    points: FloatArray
    succeeded: BoolArray
    queries: NDArray[np.int64]
    method: Method | Literal["exact"]

    @property
    def guarantee(self) -> str:
        """What the distances are: "upper bound", or "exact"."""
        return "exact" if self.method == "exact" else "upper bound"

    @property
    def failed(self) -> int:
        """Number of points near which no error was found."""
        return int(np.count_nonzero(~self.succeeded))


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


@overload
def attack(
    model: Problem,
    points: ArrayLike,
    *,
    settings: AttackSettings = ...,
    seed: int = ...,
    key: tuple[int, ...] = ...,
    workers: int = ...,
) -> NearErrors: ...


@overload
def attack(
    model: AnyModel,
    points: ArrayLike,
    sphere: Sphere,
    *,
    outer_radius: float = ...,
    radius: float | None = ...,
    settings: AttackSettings = ...,
    seed: int = ...,
    key: tuple[int, ...] = ...,
    workers: int = ...,
) -> AttackResult: ...


def attack(
    model: AnyModel | Problem,
    points: ArrayLike,
    sphere: Sphere | None = None,
    *,
    outer_radius: float = 1.3,
    radius: float | None = None,
    settings: AttackSettings = DEFAULT_SETTINGS,
    seed: int = 0,
    key: tuple[int, ...] = (),
    workers: int = 1,
) -> AttackResult | NearErrors:
    """Search errors near given points of a sphere, or of a problem.

    Parameters
    ----------
    model
        With ``logits`` and ``input_gradient``, with ``logits`` alone, or with ``labels``; float64 arrays of shape
        (n, dim) come in, from several threads where ``workers`` > 1. The attack by labels asks at other radii, too. Or
        a :class:`~.models.problem.Problem`, which says itself what the sphere or other space is.
    points
        Nonzero vectors, shape (n, dim), dim >= 2; they are moved on the sphere along their directions. In Gaussian
        noise any vectors, which stay where they are.
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
    AttackResult, or NearErrors for a problem
        **Guarantee**: upper bounds on the angles or distances, up to the rounding of the model's own logits.

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
    if isinstance(model, Problem):
        if sphere is not None or radius is not None:
            raise InvalidArgumentError("sphere", sphere or radius, "left out, and the radius: the problem says them")
        check_scale(model.space)
        return _attack_problem(model, points, settings, (seed, *words), workers)
    units, answering = _unit_points(points), as_model(model)
    kind = check_sphere(sphere)  # type: ignore[arg-type]
    size = sphere_radius(kind, outer_radius) if radius is None else any_radius(radius)
    examine(answering, units.shape[1], kind, size)
    most = block_rows(units.shape[1])

    def block_result(block: int, rows: int) -> AttackResult:
        part = units[block * most : block * most + rows]
        return attack_block(answering, part, kind, size, settings, block_generator(seed, ATTACK_KEY, *words, block))

    parts = list(map_blocks(block_result, len(units), most, workers=workers))
    return AttackResult(
        np.concatenate([part.angle_upper for part in parts]),
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.succeeded for part in parts]),
        np.concatenate([part.queries for part in parts]),
        size,
        settings.method_for(answering),
    )


def _attack_problem(
    problem: Problem, points: ArrayLike, settings: AttackSettings, key: tuple[int, ...], workers: int
) -> NearErrors:
    """The same for a problem; ``key`` is the seed and further words."""
    check_attackable(problem, "model")
    given = _points_of(problem, points)
    examine(problem.model, problem.dim, problem.sphere, problem.typical_norm, problem.probes)
    return attack_known(problem, given, settings, key, workers)


def attack_known(
    problem: Problem, points: FloatArray, settings: AttackSettings, key: tuple[int, ...] = (0,), workers: int = 1
) -> NearErrors:
    """Attack points of a problem whose model is known to be one: it is not questioned before."""
    most = block_rows(problem.dim)

    def block_result(block: int, rows: int) -> NearErrors:
        rng = block_generator(key[0], ATTACK_KEY, *key[1:], block)
        return attack_problem_block(problem, points[block * most : block * most + rows], settings, rng)

    return joined(list(map_blocks(block_result, len(points), most, workers=workers)))


def is_attackable(space: Space) -> bool:
    """Whether a search stays in a space: on a sphere, and in normal noise, which is everywhere.

    Examples
    --------
    >>> is_attackable(Gaussian(3)), is_attackable(RoundSpace(3))
    (True, True)
    """
    return isinstance(space, RoundSpace | Gaussian | AnisotropicGaussian)


def check_attackable(problem: Problem, name: str) -> None:
    """Refuse a problem on a space that a search would leave: errors are searched on spheres and in normal noise."""
    if not is_attackable(problem.space):
        allowed = "a problem on a sphere or in normal noise: in other spaces a search would leave the space"
        raise InvalidArgumentError(name, problem.space, allowed)


def joined(parts: Sequence[NearErrors]) -> NearErrors:
    """The results of several blocks of one problem, as one."""
    return NearErrors(
        parts[0].space,
        np.concatenate([part.distance_upper for part in parts]),
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.succeeded for part in parts]),
        np.concatenate([part.queries for part in parts]),
        parts[0].method,
    )


def attack_problem_block(
    problem: Problem, points: FloatArray, settings: AttackSettings, rng: np.random.Generator
) -> NearErrors:
    """Attack one block of points of a problem; see :func:`attack`."""
    space = problem.space
    if isinstance(space, RoundSpace):
        return attack_units(problem, unit_rows(points), settings, rng)
    # A power of 2, so that no point is moved by rounding when lengths are measured in it.
    unit = 2.0 ** round(math.log2(problem.typical_norm))
    field = ErrorField(problem.model, problem.sphere, unit, len(points), FLAT)
    _, errors, succeeded = search(field, points / unit, settings, rng)
    distances = np.linalg.norm(errors - points, ord=getattr(space, "norm", 2.0), axis=1)
    distances = np.where(succeeded, distances * (1.0 + rounding_allowance(problem.dim)), np.inf)
    return NearErrors(space, distances, errors, succeeded, field.queries, settings.method_for(problem.model))


def attack_units(problem: Problem, units: FloatArray, settings: AttackSettings, rng: np.random.Generator) -> NearErrors:
    """Attack one block of points of a sphere, given as unit vectors."""
    space = problem.space
    if not isinstance(space, RoundSpace):
        raise InvalidArgumentError("problem", space, "one on a sphere")
    found = attack_block(problem.model, units, problem.sphere, space.radius, settings, rng)
    distances = found.distance_upper(metric=space.metric)
    return NearErrors(space, distances, found.points, found.succeeded, found.queries, found.method)


def _points_of(problem: Problem, points: ArrayLike) -> FloatArray:
    """Points of a problem: any in flat space; on a sphere moved there along their directions."""
    if isinstance(problem.space, RoundSpace):
        given = _unit_points(points)
    else:
        given = check_coefficients("points", points, minimum=2)
    if given.ndim != 2 or not len(given) or given.shape[1] != problem.dim:
        raise InvalidArgumentError("points", given.shape, f"of shape (n, {problem.dim}) with n >= 1")
    return given


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
    field = ErrorField(model, sphere, radius, len(units))
    angle, points, found = search(field, units, settings, rng)
    return AttackResult(angle, points, found, field.queries, radius, settings.method_for(model))


def search(
    field: ErrorField, units: FloatArray, settings: AttackSettings, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Attack a block of points in the units of a field.

    Returns
    -------
    lengths : ndarray, shape (n,)
        Upper bounds on the lengths to the nearest errors; the largest of the geometry where the attack failed.
    points : ndarray, shape (n, dim)
        The errors, as the model was asked about them; NaN where it failed.
    found : ndarray of bool, shape (n,)
        Where it did not.
    """
    rows, method = np.arange(len(units)), settings.method_for(field.model)
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
    return _confirm_all(field, best, method)


def _confirm_all(field: ErrorField, best: Circles, method: Method) -> tuple[FloatArray, FloatArray, BoolArray]:
    """The found errors as points that the model is asked about once more, and their angles."""
    z, found = best.z, np.isfinite(best.angle)
    points = np.full_like(z, np.nan)
    points[best.angle == 0.0] = z[best.angle == 0.0]
    moving = np.flatnonzero(found & (best.angle > 0.0))
    if method in SURE_AS_FOUND:
        points[moving] = field.geometry.points_at(z[moving], best.v[moving], best.angle[moving])
        sure = np.ones(len(moving), dtype=np.bool_)
    else:
        points[moving], sure = _confirmed(field, best, moving, 1e-2 if method == "labels" else 1e-5)
    slivers = np.flatnonzero(~np.isnan(best.ends[moving, 0]))
    if slivers.size:
        at = moving[slivers]
        points[at], sure[slivers] = _in_slivers(field, best.ends[at], at, points[at], sure[slivers])
    angle = np.where(found, 0.0, field.geometry.largest)
    angle[moving] = field.geometry.distances(z[moving], points[moving]) * (1.0 + rounding_allowance(z.shape[1]))
    failed = moving[~sure]
    angle[failed], points[failed], found[failed] = field.geometry.largest, np.nan, False
    return np.minimum(angle, field.geometry.largest), field.radius * points, found


def _in_slivers(
    field: ErrorField, ends: FloatArray, at: IndexArray, points: FloatArray, sure: BoolArray
) -> tuple[FloatArray, BoolArray]:
    """Points that are errors after they were put back into the space, too, else the ends of climbs; and whether."""
    placed = field.geometry.placed(points)
    near = sure & field.is_error(field.margins(at, placed))
    return np.where(near[:, None], placed, ends), near | field.is_error(field.margins(at, ends))


def _confirmed(field: ErrorField, best: Circles, at: IndexArray, tolerance: float) -> tuple[FloatArray, BoolArray]:
    """Crossings narrowed to the last digits, as points, and whether the model errs at exactly these numbers."""
    z, v, angle = best.z[at], best.v[at], best.angle[at]
    margins, before = (field.margins(at, field.geometry.points_at(z, v, t)) for t in (angle, angle * (1.0 - tolerance)))
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
