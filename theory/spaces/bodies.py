r"""Uniform points of a ball and of a cube: images of a sphere and of Gaussian space.

The ball of radius R in R^n is the projection of the sphere of radius R in R^(n+2), and uniform points go to uniform
points (Archimedes): over x lies a circle of length 2 pi sqrt(R^2 - \|x\|^2), and the sphere there is steeper than the
ball by R / sqrt(R^2 - \|x\|^2), so that the product is the same everywhere. Projections are 1-Lipschitz.

The cube [0, s]^n is the image of Gaussian space under x_i -> s Phi(x_i), whose slope is at most
s phi(0) = s / sqrt(2 pi).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from ..basics.arguments import check_single
from ..basics.errors import InvalidArgumentError
from ..basics.validation import MAX_DIM, check_dim, check_radius
from .compared import ComparedSpace
from .gaussian import Gaussian
from .space import Space
from .sphere import Sphere


@dataclass(frozen=True)
class Ball(ComparedSpace):
    """Uniform points of the ball of a radius in R^dim, with Euclidean distances.

    Parameters
    ----------
    dim
        Number of coordinates, an integer from 1 to 10^9 - 2.
    radius
        Its radius, > 0, which sets the unit.

    Raises
    ------
    InvalidArgumentError
        A bad dimension or radius.

    Notes
    -----
    The bounds are those of the sphere of this radius in R^(dim + 2), to the same accuracy; no set attains them, but at
    error rate 1/2 the half-ball's neighbourhoods begin to grow as fast.

    Examples
    --------
    >>> from adversarial_spheres import Sphere
    >>> float(Ball(784).mean_distance_bound(0.01)) == float(Sphere(786).mean_distance_bound(0.01))
    True
    """

    dim: int
    radius: float = 1.0
    sharp: ClassVar[bool] = False
    assumption: ClassVar[str] = "points are uniform in the ball"
    sources: ClassVar[tuple[str, ...]] = ("Lev1951", "FLM1977")

    def __post_init__(self) -> None:
        dim = int(check_single("dim", check_dim(self.dim, minimum=1)))
        if dim > MAX_DIM - 2:
            raise InvalidArgumentError("dim", dim, "an integer from 1 to 10^9 - 2")
        object.__setattr__(self, "dim", dim)
        object.__setattr__(self, "radius", check_single("radius", check_radius(self.radius)))

    @property
    def comparison(self) -> tuple[Space, float]:
        """The sphere of two more dimensions, of which the ball is a projection."""
        return Sphere(self.dim + 2, self.radius), 1.0


@dataclass(frozen=True)
class Cube(ComparedSpace):
    """Uniform points of the cube [0, side]^dim, with Euclidean distances.

    Parameters
    ----------
    dim
        Number of coordinates, an integer from 1 to 10^9.
    side
        Its side, > 0, which sets the unit.

    Raises
    ------
    InvalidArgumentError
        A bad dimension or side.

    Notes
    -----
    The bounds are those of Gaussian space at sigma = side / sqrt(2 pi), to the same accuracy, whatever the dimension.
    No set attains them, but at error rate 1/2 the half-cube's neighbourhoods begin to grow as fast.

    Examples
    --------
    >>> round(float(Cube(784).mean_distance_bound(0.5)), 6), Cube(784).largest_distance  # 1 / (2 pi)
    (0.159155, 28.0)
    """

    dim: int
    side: float = 1.0
    sharp: ClassVar[bool] = False
    assumption: ClassVar[str] = "points are uniform in the cube"
    sources: ClassVar[tuple[str, ...]] = ("Bor1975", "ST1978", "Led2001")

    def __post_init__(self) -> None:
        object.__setattr__(self, "dim", int(check_single("dim", check_dim(self.dim, minimum=1))))
        object.__setattr__(self, "side", check_single("side", check_radius(self.side, name="side")))

    @property
    def comparison(self) -> tuple[Space, float]:
        """Gaussian space, of which the cube is an image."""
        return Gaussian(self.dim), self.side / math.sqrt(2.0 * math.pi)

    @property
    def largest_distance(self) -> float:
        """The diagonal."""
        return self.side * math.sqrt(self.dim)
