"""Hypothesis strategies of spaces and of sets of errors in them; needs the extra ``hypothesis``.

.. code-block:: python

    from hypothesis import given
    from hypothesis import strategies as st
    from adversarial_spheres import sample
    from adversarial_spheres.space_strategies import error_sets_of, spaces

    @given(spaces().flatmap(error_sets_of), st.integers(0, 1000))
    def test_my_attack(errors, seed):
        points = sample(errors.space, 100, seed)
        assert (my_attack(errors.contains, points) >= errors.distances(points) - 1e-9).all()

:mod:`.strategies` has those of the unit sphere, of error rates and of dimensions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from .numerics.models.space_sets import BallsSet, HalfSpaceSet, PointsSet, SpaceSet, UnionOfSets, farthest_set
from .numerics.sampling.spaces import sample
from .strategies import dims
from .theory.basics.arguments import check_instance
from .theory.basics.errors import InvalidArgumentError
from .theory.spaces.anisotropic import AnisotropicGaussian
from .theory.spaces.bodies import Ball, Cube
from .theory.spaces.compared import LipschitzImage
from .theory.spaces.curved import SphereProduct
from .theory.spaces.gaussian import Gaussian
from .theory.spaces.hamming import Hamming
from .theory.spaces.space import Space
from .theory.spaces.sphere import Sphere

_SEEDS = st.integers(0, 2**32 - 1)
_NORMS = st.one_of(st.sampled_from([2.0, 1.0, np.inf]), st.floats(1.0, 10.0))
_UNITS = st.floats(0.1, 10.0)
_LISTED = 12  # dimensions up to which a set of binary features is a list of points


def spaces(dim: SearchStrategy[int] | int | None = None, *, kind: type[Space] | None = None) -> SearchStrategy[Space]:
    """Spaces of which points can be drawn.

    Parameters
    ----------
    dim
        Number of coordinates, or a strategy for it; default ``dims(max_dim=40)``. A product of spheres has four more.
    kind
        A class of spaces; default all of them.

    Examples
    --------
    >>> from hypothesis import find
    >>> from adversarial_spheres.space_strategies import spaces
    >>> find(spaces(3), lambda space: space.dim == 3).dim
    3
    """
    sizes = st.just(dim) if isinstance(dim, int) else dims(max_dim=40) if dim is None else dim
    kinds: dict[type[Space], SearchStrategy[Any]] = {
        Gaussian: st.builds(Gaussian, sizes, st.one_of(st.just(1.0), _UNITS), _NORMS),
        AnisotropicGaussian: anisotropic_gaussians(sizes),
        Sphere: st.builds(Sphere, sizes, _UNITS, st.sampled_from(["euclidean", "geodesic"])),
        Ball: st.builds(Ball, sizes, _UNITS),
        Cube: st.builds(Cube, sizes, _UNITS),
        Hamming: st.builds(Hamming, sizes),
        SphereProduct: st.builds(lambda d, r, s: SphereProduct((d + 1, 3), (r, s)), sizes, _UNITS, _UNITS),
        LipschitzImage: st.builds(network_image, sizes, st.integers(1, 20), _SEEDS),
    }
    if kind is None:
        return st.one_of(list(kinds.values()))
    if kind not in kinds:
        raise InvalidArgumentError("kind", kind, f"one of {', '.join(k.__name__ for k in kinds)}")
    return kinds[kind]


@st.composite
def anisotropic_gaussians(draw: Any, dim: SearchStrategy[int]) -> AnisotropicGaussian:
    """Normal points with a random covariance matrix, or random variances and any norm."""
    size, rng = draw(dim), np.random.default_rng(draw(_SEEDS))
    if draw(st.booleans()):
        return AnisotropicGaussian(rng.exponential(size=size) ** 2, draw(_NORMS))
    factor = rng.standard_normal((size, draw(st.integers(1, size))))
    return AnisotropicGaussian(factor @ factor.T, draw(st.sampled_from([2.0, np.inf])))


def network_image(dim: int, outputs: int, seed: int) -> LipschitzImage:
    """What a random ReLU network of one hidden layer makes of normal points; its Lipschitz constant is proved.

    It is the product of the layers' largest singular values: the map between them does not stretch.

    Examples
    --------
    >>> images = network_image(5, 3, seed=0)
    >>> images.base, images.dim, images.constant > 0.0
    (Gaussian(dim=5, sigma=1.0, norm=2.0), 3, True)
    """
    rng = np.random.default_rng(seed)
    first, second = rng.standard_normal((dim, 16)), rng.standard_normal((16, outputs))
    constant = float(np.linalg.norm(first, 2) * np.linalg.norm(second, 2))
    return LipschitzImage(Gaussian(dim), constant, lambda z: np.maximum(z @ first, 0.0) @ second, outputs)


def error_sets_of(space: Space) -> SearchStrategy[SpaceSet]:
    """Sets of errors of a space: balls about its points and, where there are such, half-spaces and lists of points.

    Parameters
    ----------
    space
        One of which points can be drawn.

    Examples
    --------
    >>> from hypothesis import find
    >>> from adversarial_spheres import Gaussian
    >>> from adversarial_spheres.space_strategies import error_sets_of
    >>> find(error_sets_of(Gaussian(3)), lambda errors: True).space.dim
    3
    """
    check_instance("space", space, Space, "a Space")
    kinds: list[SearchStrategy[SpaceSet]] = [unions_of_balls(space)]
    if isinstance(space, Gaussian | AnisotropicGaussian):
        kinds += [farthest_sets(space), unions_of_half_spaces(space)]
    if isinstance(space, Hamming) and space.dim <= _LISTED:
        kinds.append(lists_of_points(space))
    return st.one_of(kinds)


@st.composite
def unions_of_balls(draw: Any, space: Space) -> BallsSet:
    """Up to six balls about random points, which hold up to nine tenths of the space each."""
    seed = draw(_SEEDS)
    points = sample(space, 256, seed)
    centres = points[: draw(st.integers(1, 6))]
    shares = draw(st.lists(st.floats(0.0, 0.9), min_size=len(centres), max_size=len(centres)))
    points_only = [BallsSet(space, centre[None], np.zeros(1)) for centre in centres]
    radii = [np.quantile(s.distances(points), share) for s, share in zip(points_only, shares, strict=True)]
    return BallsSet(space, centres, np.array(radii))


def farthest_sets(space: Gaussian | AnisotropicGaussian) -> SearchStrategy[HalfSpaceSet]:
    """The half-spaces that attain the bounds, of every error rate from e^-12 on."""
    return st.floats(-12.0, -0.01).map(lambda log: farthest_set(space, float(np.exp(log))))


@st.composite
def unions_of_half_spaces(draw: Any, space: Gaussian | AnisotropicGaussian) -> UnionOfSets:
    """Up to five half-spaces in random directions."""
    rng = np.random.default_rng(draw(_SEEDS))
    heights = draw(st.lists(st.floats(-1.0, 4.0), min_size=1, max_size=5))
    normals = rng.standard_normal((len(heights), space.dim))
    parts = (HalfSpaceSet(space, n, 0.0) for n in normals)
    return UnionOfSets(
        tuple(HalfSpaceSet(space, p.normal, h * p.deviation) for p, h in zip(parts, heights, strict=True))
    )


@st.composite
def lists_of_points(draw: Any, space: Hamming) -> PointsSet:
    """Any points of {0, 1}^dim: at random, or where a random network or a parity is above a level."""
    everything = np.array(np.meshgrid(*[[0.0, 1.0]] * space.dim, indexing="ij")).reshape(space.dim, -1).T
    rng = np.random.default_rng(draw(_SEEDS))
    kind = draw(st.sampled_from(["random", "network", "parity"]))
    if kind == "random":
        value = rng.random(len(everything))
    elif kind == "network":
        hidden = np.maximum((everything - 0.5) @ rng.standard_normal((space.dim, 8)), 0.0)
        value = hidden @ rng.standard_normal(8)
    else:
        value = (everything @ rng.integers(0, 2, space.dim)) % 2 + 1e-3 * rng.random(len(everything))
    number = draw(st.integers(1, len(everything)))
    return PointsSet(space, everything[np.argsort(value, kind="stable")[-number:]])
