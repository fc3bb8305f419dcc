"""Two-dimensional slices of a model's decision through the common centre of the spheres ([Gil2018], section 4).

Notation: a plane has an orthonormal basis e, f; the model is asked at s e + t f on a square grid of (s, t). Both
spheres meet every such plane in circles of radius 1 and R. Three planes are cut: through two random directions, through
an adversarial point and a random direction, and through two adversarial points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.arguments import check_instance, check_integer, single_dim
from ...theory.basics.by_value import ShortRepr
from ...theory.basics.sphere import sphere_radius
from ...theory.basics.validation import FloatArray, Sphere, check_outer_radius
from ..attacks.attack import attack
from ..attacks.settings import DEFAULT_SETTINGS, AttackSettings
from ..models.adapters import as_model
from ..models.checked import AnyModel, CheckedModel
from ..sampling.blocks import map_blocks
from ..sampling.points import block_generator, sample_unit_vectors
from ..sampling.streams import SLICE_KEY

EXTENT = 1.2
"""Half the side of a slice, in outer radii."""

CIRCLE_POINTS = 1440
"""Points on each circle: wrong parts shorter than a quarter of a degree may be missed."""

_ATTACKED_POINTS, _BLOCK, _PARALLEL = 16, 4096, 1e-12


@dataclass(frozen=True, eq=False)
class Slice(ShortRepr):
    """A model's logits on one plane.

    Parameters
    ----------
    name
        "random_random", "adversarial_random" or "adversarial_adversarial".
    basis
        e and f, orthonormal, shape (2, dim).
    axis
        Coordinates of the grid, ascending, symmetric about 0, shape (n,).
    logits
        ``logits[i, j]`` at ``axis[j] e + axis[i] f``, shape (n, n); +1 and -1 for a model of labels.
    marks
        Coordinates (s, t) of the adversarial points in the plane, shape (k, 2) with k = 0, 1, 2.
    circles
        Logits on the inner and on the outer sphere's circle, shape (2, CIRCLE_POINTS), at the angles
        :func:`circle_angles` from e towards f.
    """

    name: str
    basis: FloatArray
    axis: FloatArray
    logits: FloatArray
    marks: FloatArray
    circles: FloatArray


def circle_angles() -> FloatArray:
    """The angles at which a model is asked on each circle, ascending from 0, shape (CIRCLE_POINTS,)."""
    angles: FloatArray = np.linspace(0.0, 2.0 * np.pi, CIRCLE_POINTS, endpoint=False)
    return angles


def decision_slices(
    model: AnyModel,
    dim: int,
    *,
    outer_radius: float = 1.3,
    sphere: Sphere = "inner",
    resolution: int = 201,
    seed: int = 0,
    workers: int = 1,
    settings: AttackSettings = DEFAULT_SETTINGS,
) -> list[Slice]:
    """Cut the three planes.

    Parameters
    ----------
    model
        With ``logits`` or ``labels``.
    dim
        Ambient dimension, >= 2.
    outer_radius
        R > 1.
    sphere
        Where the adversarial points lie: errors near random points of this sphere that are none themselves.
    resolution
        Grid points along each axis, 2 ... 4096.
    seed, workers
        Same seed, same arrays, whatever the number of threads.
    settings
        How hard the attack tries.

    Returns
    -------
    list of Slice
        In the order above; the planes of adversarial points are missing where the attack found too few errors.

    Raises
    ------
    InvalidArgumentError, ModelError
        An argument is out of range; the model's answers are no answers.

    Examples
    --------
    >>> class HalfSpace:
    ...     def logits(self, x):
    ...         return x[:, 0] - 0.5
    >>> [cut.name for cut in decision_slices(HalfSpace(), 5, resolution=5)]
    ['random_random', 'adversarial_random', 'adversarial_adversarial']
    """
    check_instance("settings", settings, AttackSettings, "AttackSettings")
    d, radius, answering = single_dim(dim), check_outer_radius(outer_radius), as_model(model)
    axis = np.linspace(-EXTENT * radius, EXTENT * radius, check_integer("resolution", resolution, 2, 4096))
    first, second = sample_unit_vectors(2, d, block_generator(seed, SLICE_KEY, 0)).astype(np.float64)
    points = _adversarial_points(answering, d, sphere, radius, seed, workers, settings)
    planes = [("random_random", first, second, points[:0])]
    if len(points) > 0:
        planes.append(("adversarial_random", points[0], second, points[:1]))
    if len(points) > 1:
        planes.append(("adversarial_adversarial", points[0], points[1], points[:2]))
    return [_cut(answering, name, orthonormal(x, y), axis, radius, marked, workers) for name, x, y, marked in planes]


def slice_arrays(slices: Sequence[Slice]) -> dict[str, NDArray[Any]]:
    """Axes, logits, marks and circles of slices as named arrays, ready for a record; the bases are left out."""
    parts = ("axis", "logits", "marks", "circles")
    return {f"slice_{cut.name}_{part}": getattr(cut, part) for cut in slices for part in parts}


def orthonormal(x: FloatArray, y: FloatArray) -> FloatArray:
    """Orthonormal basis (2, dim) of the plane of two vectors: the first along x, the second towards y.

    Notes
    -----
    Projected twice, so that the basis is orthogonal to rounding for vectors that are nearly parallel, too.
    """
    e = x / np.linalg.norm(x)
    f = y / np.linalg.norm(y)
    for _ in range(2):
        f = f - (f @ e) * e
        f = f / np.linalg.norm(f)
    return np.stack([e, f])


def _adversarial_points(
    model: CheckedModel,
    dim: int,
    sphere: Sphere,
    outer_radius: float,
    seed: int,
    workers: int,
    settings: AttackSettings,
) -> FloatArray:
    """Up to two errors that an attack found near correctly classified random points, shape (k, dim)."""
    starts = sample_unit_vectors(_ATTACKED_POINTS, dim, block_generator(seed, SLICE_KEY, 1))
    found = attack(
        model,
        starts * sphere_radius(sphere, outer_radius),
        sphere,
        outer_radius=outer_radius,
        settings=settings,
        seed=seed,
        key=(SLICE_KEY,),
        workers=workers,
    )
    moved: FloatArray = found.points[found.succeeded & (found.angle_upper > 0.0)]
    # Two points on one line through the centre span no plane.
    cosines = moved @ moved[:1].T / sphere_radius(sphere, outer_radius) ** 2
    others = moved[np.abs(cosines.ravel()) < 1.0 - _PARALLEL] if len(moved) else moved
    return np.concatenate([moved[:1], others[:1]])


def _cut(
    model: CheckedModel,
    name: str,
    basis: FloatArray,
    axis: FloatArray,
    outer_radius: float,
    marked: FloatArray,
    workers: int,
) -> Slice:
    count, angles = len(axis), circle_angles()
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1) @ basis

    def scores(block: int, size: int) -> FloatArray:
        rows, columns = np.divmod(np.arange(block * _BLOCK, block * _BLOCK + size), count)
        return model.scores(np.stack([axis[columns], axis[rows]], axis=1) @ basis)

    logits = np.concatenate(list(map_blocks(scores, count**2, _BLOCK, workers=workers)))
    circles = np.stack([model.scores(radius * circle) for radius in (1.0, outer_radius)])
    return Slice(name, basis, axis, logits.reshape(count, count), marked @ basis.T, circles)
