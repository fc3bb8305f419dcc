"""Spaces of positive curvature: bounded by Gaussian space of variance 1 / curvature (Bakry and Ledoux).

A law exp(-V) on R^n whose V has second derivatives of at least kappa in every direction, and the uniform law of a
manifold whose Ricci curvature is at least kappa, have at least the isoperimetric profile of Gaussian space of variance
1/kappa [BL1996], and so its bounds on neighbourhoods. On R^n it is the image of that space under a 1-Lipschitz map, too
[Caf2000].
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from ..basics.arguments import check_single, single_dim
from ..basics.errors import InvalidArgumentError
from ..basics.validation import check_dim, check_radius
from .compared import ComparedSpace
from .gaussian import Gaussian
from .space import Space


@dataclass(frozen=True)
class Curved(ComparedSpace):
    """Any law of a curvature of at least kappa: strongly log-concave, or uniform on a manifold.

    Parameters
    ----------
    kappa
        Lower bound on the second derivatives of -log density (distances are Euclidean), or on the Ricci curvature of a
        manifold (distances are geodesic, or shorter ones); > 0.
    dim
        Number of coordinates of a point, an integer from 1 to 10^9; the bounds don't depend on it.

    Raises
    ------
    InvalidArgumentError
        A bad curvature or dimension.

    Notes
    -----
    Attained where the law has a factor that is normal of variance 1 / kappa; of a law of which kappa alone is known,
    no better bound holds.

    Examples
    --------
    >>> from adversarial_spheres import Gaussian
    >>> float(Curved(4.0, 10).mean_distance_bound(0.1)) == float(Gaussian(10, 0.5).mean_distance_bound(0.1))
    True
    """

    kappa: float
    dim: int
    sharp: ClassVar[bool] = False
    assumption: ClassVar[str] = "-log density, or the manifold, has a curvature of at least kappa"
    sources: ClassVar[tuple[str, ...]] = ("BL1996", "Caf2000")

    def __post_init__(self) -> None:
        object.__setattr__(self, "kappa", check_single("kappa", check_radius(self.kappa, name="kappa")))
        object.__setattr__(self, "dim", single_dim(self.dim, minimum=1))

    @property
    def comparison(self) -> tuple[Space, float]:
        """Gaussian space of variance 1 / kappa."""
        return Gaussian(self.dim), 1.0 / math.sqrt(self.kappa)


@dataclass(frozen=True)
class SphereProduct(ComparedSpace):
    """Independent uniform points of several spheres: their product, with its geodesic distance.

    Parameters
    ----------
    dims
        Ambient dimension of each sphere, integers from 3 on, at most 10^9 together.
    radii
        Radius of each sphere, > 0; default 1.

    Raises
    ------
    InvalidArgumentError
        A bad dimension or radius, or another number of radii than of dimensions.

    Notes
    -----
    The sphere of radius r in R^d has Ricci curvature (d - 2) / r^2, and a product the least of its factors. The
    distance is the root of the sum of the squares of the arcs; chords are shorter, so that the bounds hold for them,
    too. With one factor :class:`~.sphere.Sphere` is the sharp bound.

    Examples
    --------
    >>> torus = SphereProduct((500, 300), (1.0, 0.5))
    >>> torus.kappa, torus.dim
    (498.0, 800)
    """

    dims: tuple[int, ...]
    radii: tuple[float, ...] | None = None
    dim: int = field(init=False, repr=False)
    sharp: ClassVar[bool] = False
    assumption: ClassVar[str] = "points are uniform on each sphere, independently"
    sources: ClassVar[tuple[str, ...]] = ("BL1996",)

    def __post_init__(self) -> None:
        dims = check_dim(_listed("dims", self.dims), minimum=3, name="dims")
        radii = np.ones(len(dims)) if self.radii is None else check_radius(_listed("radii", self.radii), name="radii")
        if dims.ndim != 1 or len(dims) == 0:
            raise InvalidArgumentError("dims", dims.shape, "a sequence of at least one dimension")
        if radii.shape != dims.shape:
            raise InvalidArgumentError("radii", radii.shape, f"of the shape of dims, {dims.shape}")
        object.__setattr__(self, "dims", tuple(int(d) for d in dims))
        object.__setattr__(self, "radii", tuple(float(r) for r in radii))
        object.__setattr__(self, "dim", single_dim(int(dims.sum()), name="dims"))

    @property
    def kappa(self) -> float:
        """The least curvature of a factor."""
        return min((d - 2.0) / r / r for d, r in self.factors)

    @property
    def factors(self) -> list[tuple[int, float]]:
        """Dimension and radius of each sphere."""
        return list(zip(self.dims, self.radii or (), strict=True))

    @property
    def comparison(self) -> tuple[Space, float]:
        """Gaussian space of variance 1 / kappa."""
        return Gaussian(self.dim), max(r / math.sqrt(d - 2.0) for d, r in self.factors)

    @property
    def largest_distance(self) -> float:
        """pi times the root of the sum of the squares of the radii: opposite points in every factor."""
        return math.pi * math.hypot(*(r for _, r in self.factors))


def _listed(name: str, values: object) -> Sequence[float]:
    if not isinstance(values, tuple | list | np.ndarray):
        raise InvalidArgumentError(name, values, "a sequence of numbers")
    return values  # type: ignore[return-value]
