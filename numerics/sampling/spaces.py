"""Random points of any space: one function that asks what the space is.

A space with a method ``from_standard(normal)``, which makes points of standard normal numbers, both of shape (n, dim),
is drawn by it.
"""

from __future__ import annotations

from functools import singledispatch

import numpy as np

from ...theory.basics.arguments import check_instance, check_integer
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray
from ...theory.spaces.bodies import Ball, Cube
from ...theory.spaces.compared import LipschitzImage
from ...theory.spaces.curved import SphereProduct
from ...theory.spaces.even_sphere import EvenSphere
from ...theory.spaces.gaussian import Gaussian
from ...theory.spaces.hamming import Hamming
from ...theory.spaces.space import Space
from ...theory.spaces.sphere import Sphere
from .points import block_generator, check_rng, sample_unit_vectors
from .streams import SPACE_KEY

MOST_NUMBERS = 10**9
"""Largest number of coordinates that one call draws: 8 GB."""
_ROUNDING = 1e-6
"""Of a map in single precision, and more."""


def sample(space: Space, count: int, seed: int) -> FloatArray:
    """Independent random points of a space.

    Parameters
    ----------
    space
        One that says how its points are drawn: all but :class:`~.spaces.curved.Curved`, of which only a curvature is
        known, and images without their map.
    count
        Number of points, >= 0; at most 10^9 numbers in all.
    seed
        Same seed, same points. More points than one call gives have other seeds.

    Returns
    -------
    ndarray, shape (count, space.dim)
        Centred at the origin, but for the cube, [0, side]^dim, and binary features, 0 or 1.

    Raises
    ------
    InvalidArgumentError
        A space whose points nobody can draw, or a bad number or seed.

    Examples
    --------
    >>> from adversarial_spheres import Ball, Hamming
    >>> points = sample(Ball(3, 2.0), 1000, seed=0)
    >>> bool(np.linalg.norm(points, axis=1).max() <= 2.0), sample(Hamming(4), 2, seed=0).shape
    (True, (2, 4))
    """
    check_instance("space", space, Space, "a Space")
    most = MOST_NUMBERS // space.dim
    check_integer("count", count, 0, most, f"[0, {most}] for points of {space.dim} coordinates")
    return sample_points(space, count, block_generator(seed, SPACE_KEY))


def sample_points(space: Space, count: int, rng: np.random.Generator) -> FloatArray:
    """Independent random points of a space from a generator, which is advanced; see :func:`sample`."""
    check_instance("space", space, Space, "a Space")
    check_rng(rng)
    return _drawn(space, check_integer("count", count, 0, 2**63 - 1, "[0, 2^63)"), rng)


@singledispatch
def _drawn(space: Space, count: int, rng: np.random.Generator) -> FloatArray:
    image = getattr(space, "from_standard", None)
    if image is None:
        allowed = "one whose points can be drawn: of a curvature alone no law is known"
        raise InvalidArgumentError("space", space, allowed)
    return np.asarray(image(rng.standard_normal((count, space.dim))), dtype=np.float64)


@_drawn.register
def _(space: Sphere, count: int, rng: np.random.Generator) -> FloatArray:
    return np.asarray(sample_unit_vectors(count, space.dim, rng), dtype=np.float64) * space.radius


@_drawn.register
def _(space: EvenSphere, count: int, rng: np.random.Generator) -> FloatArray:
    return _drawn(Sphere(space.dim, space.radius), count, rng)


@_drawn.register
def _(space: Gaussian, count: int, rng: np.random.Generator) -> FloatArray:
    return rng.standard_normal((count, space.dim)) * space.sigma


@_drawn.register
def _(space: Ball, count: int, rng: np.random.Generator) -> FloatArray:
    base, _ = space.comparison
    return _drawn(base, count, rng)[:, : space.dim]  # a projection of the sphere, which is what the bound rests on


@_drawn.register
def _(space: Cube, count: int, rng: np.random.Generator) -> FloatArray:
    return rng.random((count, space.dim)) * space.side


@_drawn.register
def _(space: Hamming, count: int, rng: np.random.Generator) -> FloatArray:
    return rng.integers(0, 2, size=(count, space.dim), dtype=np.int8).astype(np.float64)


@_drawn.register
def _(space: SphereProduct, count: int, rng: np.random.Generator) -> FloatArray:
    return np.hstack([_drawn(Sphere(dim, radius), count, rng) for dim, radius in space.factors])


@_drawn.register
def _(space: LipschitzImage, count: int, rng: np.random.Generator) -> FloatArray:
    if space.image is None:
        raise InvalidArgumentError("space", space, "given its map, image=..., for points to be drawn")
    latent = _drawn(space.base, count, rng)
    points = np.asarray(space.image(latent), dtype=np.float64)
    if points.shape != (count, space.dim) or not np.all(np.isfinite(points)):
        raise InvalidArgumentError("image", points.shape, f"a map to finite points of shape ({count}, {space.dim})")
    _check_stretch(space, latent, points)
    return points


def _check_stretch(space: LipschitzImage, latent: FloatArray, points: FloatArray) -> None:
    """Refuse a constant that two of the points show to be false; that none do proves nothing."""
    if space.base.metric != "euclidean":
        return
    apart, before = (np.linalg.norm(x[1:] - x[:-1], axis=1) for x in (points, latent))
    stretch = (apart - _ROUNDING * np.abs(points).max(initial=0.0)) / np.maximum(before, np.finfo(float).tiny)
    if np.any(stretch > space.constant * (1.0 + _ROUNDING)):
        allowed = f"at least {stretch.max():.6g}, by which the map stretches the distance of two of the points drawn"
        raise InvalidArgumentError("constant", space.constant, allowed)
