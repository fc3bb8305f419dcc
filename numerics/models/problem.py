"""A problem: a model on a space, and what an error is. Whatever samples, attacks or measures can take one.

The paper's two problems are its two spheres (:func:`two_spheres`); :func:`~.models.around.around` makes one of any
classifier near any data point. The points of a problem are those of its space, which is centred at the origin: random
points are drawn there and distances are measured there. The classifier is asked at centre + point.

Which scores are errors on an inner and on an outer sphere: :mod:`~.basics.sphere`. Around a data point an error is an
answer other than the label: its model is one of the "inner" kind, positive exactly where the answer is another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...theory.basics.arguments import check_instance, single_dim
from ...theory.basics.by_value import ShortRepr, frozen_copy
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.sphere import any_radius, error_sign, misclassified, sphere_radius
from ...theory.basics.validation import BoolArray, FloatArray, Metric, Sphere, check_finite, check_flag, check_sphere
from ...theory.spaces import sphere as round_space
from ...theory.spaces.gaussian import Gaussian
from ...theory.spaces.space import Space
from ..sampling.points import block_generator
from ..sampling.spaces import sample_points
from ..sampling.streams import SANITY_KEY
from .adapters import as_model
from .checked import CheckedModel
from .findings import Finding
from .sanity import examine, sanity_points

_WRONG_AT_CENTRE = Finding(
    "warn",
    "centre",
    "the model gives the data point itself another answer than its label: points near errors are no surprise",
)
_LEAST_SQUARE = 1e-210
"""Less than the square of the smallest radius: the concentration of a space is smaller by its dimension."""


@dataclass(frozen=True, eq=False)
class Problem(ShortRepr):
    """A model on a space, and what an error is.

    Parameters
    ----------
    model
        Of the points of the space.
    space
        Where points are random, and how distance is measured.
    sphere
        What an error is: a positive score ("inner"), or any other ("outer").
    centre
        What is added to a point before the user's classifier sees it, shape (dim,); default the origin.
    at_data_point
        Whether the centre is a data point, whose label is the right answer.

    Examples
    --------
    >>> inner, outer = two_spheres(lambda points: points[:, 0] - 0.1, 3)
    >>> inner.errors([[1.0, 0.0, 0.0], [0.1, 0.0, 0.0]]).tolist(), outer.margins([[1.3, 0.0, 0.0]]).round(1).tolist()
    ([True, False], [1.2])
    """

    model: CheckedModel
    space: Space
    sphere: Sphere = "inner"
    centre: FloatArray = field(default_factory=lambda: np.zeros(1))
    at_data_point: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "model", as_model(self.model))
        check_instance("space", self.space, Space, "a Space")
        if not isinstance(self.space, round_space.Sphere):  # on a sphere of any radius errors can be counted
            check_scale(self.space)
        if self.model.dim not in (None, self.space.dim):
            raise InvalidArgumentError("dim", self.space.dim, f"{self.model.dim}, that of the points the model takes")
        check_sphere(self.sphere)
        check_flag("at_data_point", self.at_data_point)
        centre = check_finite("centre", self.centre)
        if centre.shape not in ((1,), (self.space.dim,)):
            raise InvalidArgumentError("centre", centre.shape, f"of shape ({self.space.dim},)")
        object.__setattr__(self, "centre", frozen_copy(np.broadcast_to(centre, (self.space.dim,))))

    @property
    def dim(self) -> int:
        """Number of coordinates of a point."""
        return self.space.dim

    @property
    def place(self) -> str:
        """Where the points are, in words: "inner sphere", say, or "Gaussian space"."""
        return place_of(self.space, self.sphere)

    @property
    def typical_norm(self) -> float:
        """About the norm of a random point; in other spaces than spheres and noise, that of the probes."""
        space = self.space
        if isinstance(space, round_space.Sphere):
            return space.radius
        if isinstance(space, Gaussian):
            return space.sigma * math.sqrt(space.dim)
        return float(np.sqrt(np.mean(np.sum(np.square(self._known_points()), axis=1))))

    @property
    def probes(self) -> FloatArray | None:
        """Points that the model is questioned about, always the same; None where a sphere has them."""
        return None if isinstance(self.space, round_space.Sphere | Gaussian) else self._known_points()

    def _known_points(self) -> FloatArray:
        count = len(sanity_points(max(self.dim, 2), 1.0))
        return sample_points(self.space, count, block_generator(0, SANITY_KEY, 1))

    @property
    def has_gradient(self) -> bool:
        """Whether the model knows its gradients."""
        return self.model.has_gradient

    @property
    def wrong_at_centre(self) -> bool:
        """Whether the centre itself is an error: then points near errors are no surprise."""
        return bool(self.errors(np.zeros((1, self.dim)))[0])

    def findings(self) -> tuple[Finding, ...]:
        """Question the model, see :func:`~.models.sanity.examine`, and whether it errs at the data point itself."""
        found = examine(self.model, self.dim, self.sphere, self.typical_norm, self.probes)
        return (*found, *([_WRONG_AT_CENTRE] if self.at_data_point and self.wrong_at_centre else []))

    def margins(self, points: ArrayLike) -> FloatArray:
        """By how much the model is right: positive where it is, negative where it is wrong; shape (n,).

        At margin 0 the tie rule decides; :meth:`errors` knows.
        """
        return self._sign * self.model.scores(self._points(points))

    def errors(self, points: ArrayLike) -> BoolArray:
        """Which points of shape (n, dim) are errors."""
        return self.errors_of(self.model.scores(self._points(points)))

    def errors_of(self, scores: FloatArray) -> BoolArray:
        """Which scores of the model, shape (n,), are errors."""
        return misclassified(scores, self.sphere)

    def input_gradient(self, points: ArrayLike) -> FloatArray:
        """Gradients of the margins, shape (n, dim), where the model has them.

        Raises
        ------
        ModelError
            It has none.
        """
        return self._sign * self.model.input_gradient(self._points(points))

    def sample(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Independent random points of the space, shape (count, dim); the generator is advanced."""
        return sample_points(self.space, count, rng)

    def inputs(self, points: ArrayLike) -> FloatArray:
        """What the user's classifier sees for points (n, dim), flat: centre + points."""
        return self.centre + self._points(points)

    @property
    def _sign(self) -> float:
        return -error_sign(self.sphere)

    def _points(self, points: ArrayLike) -> FloatArray:
        array = check_finite("points", points)
        if array.ndim != 2 or array.shape[1] != self.dim:
            raise InvalidArgumentError("points", array.shape, f"of shape (n, {self.dim})")
        return array


def check_scale(space: Space) -> None:
    """Refuse what is no space, and one so small or so large that squares of its distances leave the doubles.

    Attacks and intervals square distances: where they vanish, a distance is 0 and a sample has no variance.

    Raises
    ------
    InvalidArgumentError
        Naming the radius of a sphere, and other spaces as a whole.

    Examples
    --------
    >>> check_scale(Gaussian(3, 1e-50))
    >>> check_scale(Gaussian(3, 1e-170))
    Traceback (most recent call last):
        ...
    adversarial_spheres...InvalidArgumentError: space must be of distances from about 1e-100 to 1e100, got Gaussian(...)
    """
    check_instance("space", space, Space, "a Space")
    if isinstance(space, round_space.Sphere):
        any_radius(space.radius)
        return
    with np.errstate(all="ignore"):
        square = float(space.concentration)
    if not _LEAST_SQUARE <= square <= 1.0 / _LEAST_SQUARE:
        raise InvalidArgumentError("space", space, "of distances from about 1e-100 to 1e100")


def place_of(space: Space, sphere: Sphere) -> str:
    """A space in words, for claims and progress: there are two spheres, and other spaces have no inside.

    Examples
    --------
    >>> place_of(round_space.Sphere(3), "outer"), place_of(Gaussian(3), "inner")
    ('outer sphere', 'Gaussian space')
    """
    return f"{sphere} sphere" if isinstance(space, round_space.Sphere) else f"{type(space).__name__} space"


def two_spheres(
    model: Any, dim: int, outer_radius: float = 1.3, *, metric: Metric = "euclidean"
) -> tuple[Problem, Problem]:
    """The paper's two problems: a model on the inner sphere (radius 1) and on the outer one.

    Parameters
    ----------
    model
        As for :func:`~.verdicts.bound_check.check_bound`: positive where it says "outer".
    dim
        Ambient dimension, >= 2.
    outer_radius
        Radius of the outer sphere, > 1.
    metric
        Of the distances.

    Returns
    -------
    tuple of Problem
        Inner and outer.

    Examples
    --------
    >>> inner, outer = two_spheres(lambda points: points[:, 0] - 0.1, 500)
    >>> inner.space.radius, outer.space.radius, round(float(inner.space.mean_distance_bound(0.001)), 3)
    (1.0, 1.3, 0.138)
    """
    answering, d = as_model(model), single_dim(dim)
    spheres: tuple[Sphere, Sphere] = ("inner", "outer")
    inner, outer = (
        Problem(answering, round_space.Sphere(d, sphere_radius(sphere, outer_radius), metric), sphere)
        for sphere in spheres
    )
    return inner, outer
