"""Sets of errors in any space as values: membership and distance, and the measure where it can be derived.

Each set knows its ``space``, ``distances(points)`` to its nearest point, ``contains(points)`` and ``measure()`` (a
LogProbability, or None). They are what the bounds of a space can be tried on, as :mod:`.models.error_sets` is for the
unit sphere; :func:`farthest_set` is the one that attains them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ...theory.basics.arguments import check_instance, check_sequence, check_single
from ...theory.basics.by_value import ByValue, frozen_copy
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.normal_tail import normal_score
from ...theory.basics.validation import BoolArray, FloatArray, check_finite, check_number, check_range
from ...theory.spaces.anisotropic import AnisotropicGaussian
from ...theory.spaces.curved import SphereProduct
from ...theory.spaces.gaussian import Gaussian
from ...theory.spaces.hamming import Hamming
from ...theory.spaces.space import Space
from ...theory.spaces.sphere import Sphere


class SpaceSet(ABC):
    """A set of points of a space."""

    space: Space

    @abstractmethod
    def distances(self, points: ArrayLike) -> FloatArray:
        """Distances of points, shape (n, dim), to the nearest point of the set, exact up to rounding; 0 inside."""

    def contains(self, points: ArrayLike) -> BoolArray:
        """Which of the points lie in the set."""
        inside: BoolArray = self.distances(points) <= 0.0
        return inside

    def measure(self) -> LogProbability | None:
        """Probability of the set, exact; None where it cannot be derived."""
        return None


@dataclass(frozen=True, eq=False)
class BallsSet(ByValue, SpaceSet):
    """All points within given distances of some points of the space.

    The distance (d - r)+ is exact where two points are joined by a shortest path within the space, as in all spaces
    here but images, where it is a lower bound, and chords of spheres, which are taken from angles.

    Examples
    --------
    >>> errors = BallsSet(Gaussian(2), [[0.0, 0.0], [9.0, 0.0]], [1.0, 2.0])
    >>> errors.distances([[3.0, 0.0], [7.0, 0.0]]).tolist(), errors.contains([[0.5, 0.5]]).tolist()
    ([2.0, 0.0], [True])
    """

    space: Space
    centres: FloatArray
    radii: FloatArray

    def __post_init__(self) -> None:
        check_instance("space", self.space, Space, "a Space")
        centres = _rows("centres", self.centres, self.space)
        radii = check_range("radii", check_finite("radii", self.radii), 0.0, np.inf)
        if radii.shape != (len(centres),) or not len(radii):
            raise InvalidArgumentError("radii", radii.shape, f"of shape ({len(centres)},), at least one")
        object.__setattr__(self, "centres", frozen_copy(centres))
        object.__setattr__(self, "radii", frozen_copy(radii))

    def distances(self, points: ArrayLike) -> FloatArray:
        """To the nearest of the balls."""
        x = _rows("points", points, self.space)
        return np.min([_to_ball(self.space, x, c, float(r)) for c, r in zip(self.centres, self.radii, strict=True)], 0)


@dataclass(frozen=True, eq=False)
class HalfSpaceSet(ByValue, SpaceSet):
    """The half-space {x : normal . x >= height} of normal points.

    Examples
    --------
    >>> errors = HalfSpaceSet(Gaussian(2), [3.0, 4.0], 5.0)
    >>> errors.distances([[0.0, 0.0]]).tolist(), round(float(errors.measure()), 4)
    ([1.0], 0.1587)
    """

    space: Gaussian | AnisotropicGaussian
    normal: FloatArray
    height: float

    def __post_init__(self) -> None:
        check_instance("space", self.space, (Gaussian, AnisotropicGaussian), "a Gaussian space")
        normal = check_finite("normal", self.normal)
        if normal.shape != (self.space.dim,) or not np.any(normal):
            raise InvalidArgumentError("normal", normal.shape, f"a nonzero vector of shape ({self.space.dim},)")
        object.__setattr__(self, "normal", frozen_copy(normal))
        object.__setattr__(self, "height", check_number("height", self.height))

    @property
    def deviation(self) -> float:
        """Standard deviation of normal . x."""
        covariance = np.asarray(getattr(self.space, "covariance", np.square(getattr(self.space, "sigma", 1.0))))
        image = covariance @ self.normal if covariance.ndim == 2 else covariance * self.normal
        return float(np.sqrt(self.normal @ image))

    def distances(self, points: ArrayLike) -> FloatArray:
        """(height - normal . x)+ over the dual norm of the normal vector."""
        gap = self.height - _rows("points", points, self.space) @ self.normal
        size = np.max(np.abs(self.normal))  # its powers neither overflow nor vanish
        dual = size * np.linalg.norm(self.normal / size, ord=_dual(self.space.norm))
        return np.asarray(np.maximum(gap, 0.0) / dual)

    def measure(self) -> LogProbability:
        """The normal law's tail."""
        z = self.height / self.deviation
        return LogProbability(np.asarray(special.log_ndtr(-z))[()], np.asarray(special.log_ndtr(z))[()])


@dataclass(frozen=True, eq=False)
class PointsSet(ByValue, SpaceSet):
    """Some points of {0, 1}^dim, no two of them the same.

    Examples
    --------
    >>> errors = PointsSet(Hamming(3), [[0, 0, 0], [1, 0, 0]])
    >>> errors.distances([[1.0, 1.0, 1.0]]).tolist(), float(errors.measure())
    ([2.0], 0.25)
    """

    space: Hamming
    points: FloatArray

    def __post_init__(self) -> None:
        check_instance("space", self.space, Hamming, "a Hamming space")
        points = _rows("points", self.points, self.space)
        if not np.all((points == 0.0) | (points == 1.0)) or not 0 < len(points) == len(np.unique(points, axis=0)):
            raise InvalidArgumentError("points", points.shape, "different rows of 0 and 1, at least one")
        object.__setattr__(self, "points", frozen_copy(points))

    def distances(self, points: ArrayLike) -> FloatArray:
        """Least number of different coordinates."""
        x = _rows("points", points, self.space)
        # |x - y|_1 = sum x + sum y - 2 x . y for 0 and 1.
        return np.asarray(np.min(x.sum(1)[:, None] + self.points.sum(1) - 2.0 * (x @ self.points.T), axis=1))

    def measure(self) -> LogProbability:
        """Number of points over 2^dim."""
        log = np.log(len(self.points)) - self.space.dim * np.log(2.0)
        return LogProbability.from_log(min(float(log), 0.0))


@dataclass(frozen=True, eq=False)
class UnionOfSets(ByValue, SpaceSet):
    """A union of sets of one space: the distance is the smallest."""

    parts: tuple[SpaceSet, ...]

    def __post_init__(self) -> None:
        check_sequence("parts", self.parts, SpaceSet, "a tuple of sets")
        if not self.parts or any(part.space != self.parts[0].space for part in self.parts):
            raise InvalidArgumentError("parts", len(self.parts), "at least one set, all of one space")

    @property
    def space(self) -> Space:  # type: ignore[override]
        """That of the parts."""
        return self.parts[0].space

    def distances(self, points: ArrayLike) -> FloatArray:
        """To the nearest part."""
        return np.min([part.distances(points) for part in self.parts], axis=0)


def farthest_set(space: Gaussian | AnisotropicGaussian, error_rate: float) -> HalfSpaceSet:
    """The half-space of an error rate that attains the bounds of normal points.

    Examples
    --------
    >>> space = AnisotropicGaussian([1.0, 4.0])
    >>> farthest_set(space, 0.1).normal.tolist()
    [0.0, 1.0]
    """
    check_instance("space", space, (Gaussian, AnisotropicGaussian), "a Gaussian space")
    rate = check_single("error_rate", check_range("error_rate", error_rate, 0.0, 1.0, low_open=True, high_open=True))
    covariance = np.asarray(getattr(space, "covariance", np.ones(space.dim)))
    diagonal = np.diag(covariance) if covariance.ndim == 2 else covariance
    if covariance.ndim == 2 and space.norm == 2.0:
        normal = np.linalg.eigh(covariance)[1][:, -1]
    elif space.norm >= 2.0:
        normal = np.eye(1, space.dim, int(np.argmax(diagonal)))[0]
    else:  # equality in Hölder's inequality
        normal = (diagonal / diagonal.max()) ** ((space.norm - 1.0) / (2.0 - space.norm))
    unit = HalfSpaceSet(space, normal, 0.0)
    return HalfSpaceSet(space, normal, unit.deviation * float(normal_score(LogProbability.of(rate))))


@singledispatch
def _between(space: Space, points: FloatArray, centre: FloatArray) -> FloatArray:
    """Distances of points to one point of the space."""
    return np.asarray(np.linalg.norm(points - centre, axis=1, ord=getattr(space, "norm", 2.0)))


@_between.register
def _(space: Hamming, points: FloatArray, centre: FloatArray) -> FloatArray:
    return np.sum(points != centre, axis=1).astype(np.float64)


@_between.register
def _(space: SphereProduct, points: FloatArray, centre: FloatArray) -> FloatArray:
    total, start = np.zeros(len(points)), 0
    for dim, radius in space.factors:
        part = slice(start, start + dim)
        total += np.square(radius * _angles(points[:, part], centre[part]))
        start += dim
    return np.asarray(np.sqrt(total))


def _to_ball(space: Space, points: FloatArray, centre: FloatArray, radius: float) -> FloatArray:
    if isinstance(space, Sphere):  # arcs, whatever the metric: chords do not add up
        geodesic = space.metric == "geodesic"
        reach = radius / space.radius if geodesic else 2.0 * np.arcsin(min(radius / (2.0 * space.radius), 1.0))
        arc = np.maximum(_angles(points, centre) - reach, 0.0)
        return np.asarray(space.radius * (arc if geodesic else 2.0 * np.sin(0.5 * arc)))
    reach = np.floor(radius) if isinstance(space, Hamming) else radius
    return np.maximum(_between(space, points, centre) - reach, 0.0)


def _angles(points: FloatArray, centre: FloatArray) -> FloatArray:
    near, far = np.linalg.norm(points - centre, axis=1), np.linalg.norm(points + centre, axis=1)
    return np.asarray(2.0 * np.arctan2(near, far))


def _dual(norm: float) -> float:
    return np.inf if norm == 1.0 else 1.0 if norm == np.inf else norm / (norm - 1.0)


def _rows(name: str, points: ArrayLike, space: Space) -> FloatArray:
    x = check_finite(name, points)
    if x.ndim != 2 or x.shape[1] != space.dim:
        raise InvalidArgumentError(name, x.shape, f"of shape (n, {space.dim})")
    return x
