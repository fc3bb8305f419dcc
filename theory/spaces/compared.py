"""Spaces whose bound is that of another space at a scale: one mechanism for images, bodies, covariances, curvature.

If every set of measure mu has a t-neighbourhood of measure at least N(mu, t / L), N that of a base space, then every
bound is that of the base with distances multiplied by L. That is so for the image of the base under a map of Lipschitz
constant L: the preimage of a set E has the measure of E, and the preimage of E_t holds its (t/L)-neighbourhood. And it
is so by comparison theorems, where no map need be known. What differs is the base, the number L, and the assumption.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ..basics.arguments import check_function, check_instance, check_single, single_dim
from ..basics.by_value import ByValue
from ..basics.errors import InvalidArgumentError
from ..basics.log_probability import LogProbability
from ..basics.validation import FloatArray, broadcast, check_radius, check_range, scalar_if_0d
from .space import Space

_TINY = 1e-300
"""Below it a distance may have lost digits before it was scaled."""


class ComparedSpace(Space):
    """A space with the bounds of a base space, at distances multiplied by a constant.

    No distance is above :attr:`largest_distance`: a bound that is says that number instead.

    Examples
    --------
    >>> from adversarial_spheres import Cube
    >>> base, constant = Cube(784).comparison
    >>> base, round(constant, 6)
    (Gaussian(dim=784, sigma=1.0, norm=2.0), 0.398942)
    """

    @property
    @abstractmethod
    def comparison(self) -> tuple[Space, float]:
        """The base space, and the constant L."""

    @property
    def concentration(self) -> float:
        """L^2 times that of the base."""
        base, constant = self.comparison
        return base.concentration * constant * constant

    @property
    def largest_distance(self) -> float:
        """L times that of the base, where nothing else limits it."""
        base, constant = self.comparison
        return base.largest_distance * constant

    @property
    def largest_mean_distance(self) -> float:
        """L times that of the base, where nothing else limits it."""
        base, constant = self.comparison
        return min(base.largest_mean_distance * constant, self.largest_distance)

    def neighbourhood(self, error_rate: ArrayLike | LogProbability, distance: ArrayLike) -> LogProbability:
        """That of the base at distance / L; see :meth:`.Space.neighbourhood`."""
        base, constant = self.comparison
        p = LogProbability.of(error_rate)
        t, log = broadcast(distance=check_range("distance", distance, 0.0, np.inf), error_rate=np.asarray(p.log))
        with np.errstate(over="ignore"):  # a quotient that overflows is farther than any doubles' error rate
            within = base.neighbourhood(p, t / constant)
        everything = (t >= self.largest_distance) & (log > -np.inf)
        return LogProbability(
            scalar_if_0d(np.where(everything, 0.0, within.log)),
            scalar_if_0d(np.where(everything, -np.inf, within.log_complement)),
        )

    def log_mean_distance_bound(self, error_rate: ArrayLike | LogProbability) -> FloatArray:
        """log L + that of the base; +inf at error rate 0, -inf at error rate 1."""
        base, constant = self.comparison
        found = np.log(constant) + np.asarray(base.log_mean_distance_bound(error_rate))
        return scalar_if_0d(np.where(np.isposinf(found), found, np.minimum(found, np.log(self.largest_distance))))

    def mean_distance_bound(self, error_rate: ArrayLike | LogProbability) -> FloatArray:
        """See :meth:`.Space.mean_distance_bound`; its own inverse takes it, whatever the logarithm was rounded to."""
        base, constant = self.comparison
        unscaled = np.asarray(base.mean_distance_bound(error_rate))
        found = constant * unscaled
        if np.any(unscaled < _TINY):
            found = np.where(unscaled < _TINY, super().mean_distance_bound(error_rate), found)
        return scalar_if_0d(np.where(np.isposinf(found), found, np.minimum(found, self.largest_distance)))

    def quantile_distance_bound(
        self, quantile: ArrayLike | LogProbability, error_rate: ArrayLike | LogProbability
    ) -> FloatArray:
        """L times that of the base; see :meth:`.Space.quantile_distance_bound`."""
        base, constant = self.comparison
        p = LogProbability.of(error_rate)
        found, log = broadcast(
            quantile=np.asarray(base.quantile_distance_bound(quantile, p)), error_rate=np.asarray(p.log)
        )
        return scalar_if_0d(np.where(np.isneginf(log), np.inf, np.minimum(constant * found, self.largest_distance)))

    def max_error_rate(self, mean_distance: ArrayLike) -> LogProbability:
        """That of the base at mean_distance / L; see :meth:`.Space.max_error_rate`."""
        base, constant = self.comparison
        mean = check_range("mean_distance", mean_distance, 0.0, np.inf)
        if np.any(mean > self.largest_distance):
            allowed = f"at most {self.largest_distance:.6g}, the largest distance of the space"
            raise InvalidArgumentError("mean_distance", float(mean.max()), allowed)
        with np.errstate(over="ignore"):
            scaled = mean / constant
        try:
            return base.max_error_rate(scaled)
        except InvalidArgumentError as error:
            allowed = error.allowed if constant == 1.0 else f"{constant:.6g} times a number that is {error.allowed}"
            raise InvalidArgumentError("mean_distance", float(mean.max()), allowed) from error


@dataclass(frozen=True, eq=False)
class LipschitzImage(ByValue, ComparedSpace):
    """Images of the points of a space under a map that stretches no distance by more than a constant.

    A generator or decoder of images, say: latent points are normal, distances are those of the images [Faw2018].

    Parameters
    ----------
    base
        The space of the latent points.
    constant
        Its Lipschitz constant L, > 0: the distance of two images is at most L times that of their points in the base.
        It must be proved, or what follows rests on it as an assumption; one that points which are drawn show to be
        false is refused by the samplers, where distances of the base are Euclidean.
    image
        The map g, for samplers alone: latent points of shape (n, base.dim) to images of shape (n, outputs).
    outputs
        Number of coordinates of an image; default as many as latent ones.

    Raises
    ------
    InvalidArgumentError
        A base that is no Space, or a bad constant, map or number.

    Notes
    -----
    Attained by linear maps that stretch a worst direction of the base by L; by most other maps it is not.

    Examples
    --------
    >>> from adversarial_spheres import Gaussian
    >>> images = LipschitzImage(Gaussian(100), 3.0)
    >>> round(float(images.mean_distance_bound(0.5) / Gaussian(100).mean_distance_bound(0.5)), 12)
    3.0
    """

    base: Space
    constant: float
    image: Callable[[FloatArray], FloatArray] | None = None
    outputs: int | None = None
    dim: int = field(init=False, repr=False)
    sharp: ClassVar[bool] = False
    assumption: ClassVar[str] = "points are images of the base's points under a map of this Lipschitz constant"
    sources: ClassVar[tuple[str, ...]] = ("Faw2018",)

    def __post_init__(self) -> None:
        check_instance("base", self.base, Space, "a Space")
        object.__setattr__(self, "constant", check_single("constant", check_radius(self.constant, name="constant")))
        check_function("image", self.image)
        outputs = self.base.dim if self.outputs is None else single_dim(self.outputs, minimum=1, name="outputs")
        object.__setattr__(self, "dim", outputs)

    @property
    def comparison(self) -> tuple[Space, float]:
        """The base and the constant."""
        return self.base, self.constant
