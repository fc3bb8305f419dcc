"""Sets of errors on the unit sphere as values: membership, and measure and distance where they can be derived.

Each set knows ``dim``, ``contains(points)``, ``measure()`` (a LogProbability, or None where it cannot be derived) and
``angles(points)`` (radians to the nearest point of the set, or None). Points are unit vectors, shape (n, dim). They are
what the isoperimetric bound can be tried on: :func:`as_model` makes a classifier of any of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...theory.basics.arguments import check_instance, check_sequence, check_single, single_dim
from ...theory.basics.by_value import ByValue, frozen_copy
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.sphere import error_sign
from ...theory.basics.validation import (
    BoolArray,
    FloatArray,
    Sphere,
    check_coefficients,
    check_finite,
    check_number,
    check_range,
    check_sphere,
)
from ...theory.caps.cap import cap_log_measure
from ...theory.nearest.on_sphere import nearest_error
from ...theory.quadratic.form import positive_probability
from ..sampling.points import block_generator, check_seed
from ..sampling.rotations import RandomRotation
from ..sampling.streams import NETWORK_KEY, ROTATION_KEY

_UNIT_TOLERANCE = 1e-9


class ErrorSet(ABC):
    """A set on the unit sphere of R^dim."""

    @property
    @abstractmethod
    def dim(self) -> int:
        """Ambient dimension."""

    @abstractmethod
    def contains(self, points: ArrayLike) -> BoolArray:
        """Which of the unit vectors, shape (n, dim), lie in the set."""

    def measure(self) -> LogProbability | None:
        """Fraction of the sphere that the set covers, exact; None where it cannot be derived."""
        return None

    def angles(self, points: ArrayLike) -> FloatArray | None:
        """Angles (radians) from unit vectors to the set, exact up to rounding; None where they cannot be derived."""
        return None


@dataclass(frozen=True, eq=False)
class CapSet(ByValue, ErrorSet):
    """The cap {u : u . pole >= height}: the set that attains the isoperimetric bound.

    Examples
    --------
    >>> cap = CapSet(np.array([1.0, 0.0, 0.0]), 0.5)
    >>> round(float(cap.measure()), 12), cap.angles([[0.0, 1.0, 0.0]]).round(6).tolist()
    (0.25, [0.523599])
    """

    pole: FloatArray
    height: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "pole", frozen_copy(_unit("pole", self.pole)))
        check_single("height", check_range("height", self.height, -1.0, 1.0))

    @property
    def dim(self) -> int:
        """Ambient dimension."""
        return len(self.pole)

    def contains(self, points: ArrayLike) -> BoolArray:
        """Which points lie in the cap."""
        inside: BoolArray = _points(points, self.dim) @ self.pole >= self.height
        return inside

    def measure(self) -> LogProbability:
        """Measure of the cap."""
        return cap_log_measure(self.height, self.dim)

    def angles(self, points: ArrayLike) -> FloatArray:
        """(theta - phi)+, theta the angle to the pole."""
        return np.maximum(_angle_to(_points(points, self.dim), self.pole) - np.arccos(self.height), 0.0)


@dataclass(frozen=True, eq=False)
class BandSet(ByValue, ErrorSet):
    """The band {u : abs(u . pole) <= height} around the equator.

    Examples
    --------
    >>> band = BandSet(np.array([1.0, 0.0, 0.0]), 0.5)
    >>> round(float(band.measure()), 12), band.contains([[0.0, 1.0, 0.0]]).tolist()
    (0.5, [True])
    """

    pole: FloatArray
    height: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "pole", frozen_copy(_unit("pole", self.pole)))
        check_single("height", check_range("height", self.height, 0.0, 1.0))

    @property
    def dim(self) -> int:
        """Ambient dimension."""
        return len(self.pole)

    def contains(self, points: ArrayLike) -> BoolArray:
        """Which points lie in the band."""
        inside: BoolArray = np.abs(_points(points, self.dim) @ self.pole) <= self.height
        return inside

    def measure(self) -> LogProbability:
        """1 minus the two caps beside the band."""
        return LogProbability.from_log_complement(
            np.minimum(np.log(2.0) + cap_log_measure(self.height, self.dim).log, 0.0)
        )

    def angles(self, points: ArrayLike) -> FloatArray:
        """Latitude beyond the band's."""
        theta = _angle_to(_points(points, self.dim), self.pole)
        return np.maximum(np.abs(0.5 * np.pi - theta) - np.arcsin(self.height), 0.0)


@dataclass(frozen=True, eq=False)
class UnionSet(ByValue, ErrorSet):
    """A union of sets: the distance is the smallest; the measure is derived for caps that do not overlap."""

    parts: tuple[ErrorSet, ...]

    def __post_init__(self) -> None:
        check_sequence("parts", self.parts, ErrorSet, "a tuple of sets")
        if not self.parts or len({part.dim for part in self.parts}) != 1:
            raise InvalidArgumentError("parts", len(self.parts), "at least one set, all of one dimension")

    @property
    def dim(self) -> int:
        """Ambient dimension."""
        return self.parts[0].dim

    def contains(self, points: ArrayLike) -> BoolArray:
        """Which points lie in any of the sets."""
        inside: BoolArray = np.any([part.contains(points) for part in self.parts], axis=0)
        return inside

    def measure(self) -> LogProbability | None:
        """Sum of the measures, for caps that are proved not to overlap."""
        caps = [part for part in self.parts if isinstance(part, CapSet)]
        if len(caps) < len(self.parts) or not _are_apart(caps):
            return None
        log = np.logaddexp.reduce([float(cap.measure().log) for cap in caps])
        return LogProbability.from_log(min(float(log), 0.0))

    def angles(self, points: ArrayLike) -> FloatArray | None:
        """Smallest of the angles to the sets."""
        found = [part.angles(points) for part in self.parts]
        known = [angles for angles in found if angles is not None]
        return np.min(known, axis=0) if len(known) == len(found) else None


@dataclass(frozen=True, eq=False)
class QuadraticConeSet(ByValue, ErrorSet):
    """{u : sum c_i (u . q_i)^2 > 0}, q_i the columns of an orthogonal basis: the errors of a quadratic network.

    The basis is a matrix, shape (dim, dim), or a rotation that is never written out; None for the axes.
    """

    coefficients: FloatArray
    basis: FloatArray | RandomRotation | None = None

    def __post_init__(self) -> None:
        c = check_coefficients("coefficients", self.coefficients, minimum=2)
        if c.ndim != 1 or not np.any(c > 0.0):
            raise InvalidArgumentError("coefficients", c.shape, "of shape (dim,), at least one of them positive")
        object.__setattr__(self, "coefficients", frozen_copy(c))
        if isinstance(self.basis, RandomRotation):
            if self.basis.dim != len(c):
                raise InvalidArgumentError("basis", self.basis.dim, f"of dimension {len(c)}")
        elif self.basis is not None:
            basis = check_finite("basis", self.basis)
            if basis.shape != (len(c), len(c)) or not np.allclose(
                basis.T @ basis, np.eye(len(c)), atol=_UNIT_TOLERANCE
            ):
                raise InvalidArgumentError("basis", basis.shape, f"orthogonal, of shape ({len(c)}, {len(c)})")
            object.__setattr__(self, "basis", frozen_copy(basis))

    @property
    def dim(self) -> int:
        """Ambient dimension."""
        return len(self.coefficients)

    def contains(self, points: ArrayLike) -> BoolArray:
        """Where the form is positive."""
        inside: BoolArray = np.square(self._coordinates(points)) @ self.coefficients > 0.0
        return inside

    def measure(self) -> LogProbability:
        """P(sum c_i z_i^2 > 0), z standard normal."""
        return positive_probability(self.coefficients).probability

    def angles(self, points: ArrayLike) -> FloatArray:
        """Certified upper bounds, within 1e-10 of the exact angles (mostly within rounding)."""
        found = nearest_error(self._coordinates(points), self.coefficients, boundary_is_error=False)
        return np.asarray(found.angle_upper)

    def _coordinates(self, points: ArrayLike) -> FloatArray:
        units = _points(points, self.dim)
        if isinstance(self.basis, RandomRotation):
            return self.basis.coordinates(units)
        return units if self.basis is None else units @ self.basis


@dataclass(frozen=True, eq=False)
class HalfSpacesSet(ByValue, ErrorSet):
    """An intersection of half-spaces {u : normals @ u >= heights}; a cap for a single one."""

    normals: FloatArray
    heights: FloatArray

    def __post_init__(self) -> None:
        normals, heights = check_finite("normals", self.normals), check_finite("heights", self.heights)
        if normals.ndim != 2 or normals.shape[1] < 2 or heights.shape != normals.shape[:1]:
            raise InvalidArgumentError("normals", normals.shape, "of shape (k, dim), with k heights")
        object.__setattr__(self, "normals", frozen_copy(normals))
        object.__setattr__(self, "heights", frozen_copy(heights))

    @property
    def dim(self) -> int:
        """Ambient dimension."""
        return int(self.normals.shape[1])

    def contains(self, points: ArrayLike) -> BoolArray:
        """Which points lie in all half-spaces."""
        inside: BoolArray = np.all(_points(points, self.dim) @ self.normals.T >= self.heights, axis=1)
        return inside


@dataclass(frozen=True, eq=False)
class NetworkSet(ByValue, ErrorSet):
    """Where a random ReLU network of one hidden layer exceeds a level: neither measure nor distance are known."""

    dimension: int
    hidden: int
    seed: int
    level: float = 0.0

    def __post_init__(self) -> None:
        single_dim(self.dimension, name="dimension")
        single_dim(self.hidden, minimum=1, name="hidden")
        check_seed(self.seed)
        check_number("level", self.level)

    @property
    def dim(self) -> int:
        """Ambient dimension."""
        return self.dimension

    def contains(self, points: ArrayLike) -> BoolArray:
        """Where the network's output is above the level."""
        rng = block_generator(self.seed, NETWORK_KEY)
        first = rng.standard_normal((self.dimension, self.hidden))
        last = rng.standard_normal(self.hidden) / np.sqrt(self.hidden)
        inside: BoolArray = np.maximum(_points(points, self.dim) @ first, 0.0) @ last > self.level
        return inside


@dataclass(frozen=True, eq=False)
class SetModel(ByValue):
    """A classifier of one sphere whose errors are a given set: logits of +1 and -1."""

    errors: ErrorSet
    sphere: Sphere = "inner"

    def __post_init__(self) -> None:
        check_instance("errors", self.errors, ErrorSet, "an ErrorSet")
        check_sphere(self.sphere)

    def logits(self, points: NDArray[Any]) -> FloatArray:
        """Wrong exactly in the set: +1 (outer) there on the inner sphere, -1 there on the outer one."""
        norms = np.linalg.norm(points, axis=1, keepdims=True)
        wrong = self.errors.contains(points / norms)
        return error_sign(self.sphere) * np.where(wrong, 1.0, -1.0)


def as_model(errors: ErrorSet, sphere: Sphere = "inner") -> SetModel:
    """A classifier that errs on one sphere exactly in the set, for ``bound_check`` and attacks.

    Examples
    --------
    >>> import numpy as np
    >>> cap = CapSet(np.array([1.0, 0.0, 0.0]), 0.5)
    >>> as_model(cap).logits(np.array([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]])).tolist()
    [1.0, -1.0]
    """
    return SetModel(errors, sphere)


def random_rotation(dim: int, seed: int) -> FloatArray:
    """A random orthogonal matrix, shape (dim, dim), uniform (Haar); the same for the same seed.

    QR of a normal matrix, with the signs of the triangle's diagonal moved into the orthogonal factor.

    Examples
    --------
    >>> rotation = random_rotation(3, seed=0)
    >>> bool(np.allclose(rotation @ rotation.T, np.eye(3)))
    True
    """
    size = single_dim(dim)
    orthogonal, triangle = np.linalg.qr(block_generator(seed, ROTATION_KEY).standard_normal((size, size)))
    rotation: FloatArray = orthogonal * np.where(np.diag(triangle) < 0.0, -1.0, 1.0)
    return rotation


def _angle_to(points: FloatArray, pole: FloatArray) -> FloatArray:
    """Angles from the chords to the pole and to its antipode: no digits are lost near either."""
    near, far = np.linalg.norm(points - pole, axis=1), np.linalg.norm(points + pole, axis=1)
    angle: FloatArray = 2.0 * np.arctan2(near, far)
    return angle


def _are_apart(caps: list[CapSet]) -> bool:
    radii = [float(np.arccos(cap.height)) for cap in caps]
    return all(
        float(_angle_to(caps[i].pole[None, :], caps[j].pole)[0]) > radii[i] + radii[j] + _UNIT_TOLERANCE
        for i in range(len(caps))
        for j in range(i)
    )


def _unit(name: str, vector: ArrayLike) -> FloatArray:
    v = check_finite(name, vector)
    if v.ndim != 1 or len(v) < 2 or not np.any(v):
        raise InvalidArgumentError(name, v.shape, "a nonzero vector of shape (dim,), dim >= 2")
    v = v / np.max(np.abs(v))
    unit: FloatArray = v / np.linalg.norm(v)
    return unit


def _points(points: ArrayLike, dim: int) -> FloatArray:
    x = check_finite("points", points)
    if x.ndim != 2 or x.shape[1] != dim:
        raise InvalidArgumentError("points", x.shape, f"of shape (n, {dim})")
    norms = np.linalg.norm(x, axis=1)
    if np.any(np.abs(norms - 1.0) > _UNIT_TOLERANCE):
        raise InvalidArgumentError("points", float(norms[np.argmax(np.abs(norms - 1.0))]), "unit vectors")
    return x
