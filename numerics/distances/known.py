"""Errors that are known exactly: where the score is a quadratic function in normal noise, or a linear one on a sphere.

A model says so by a method ``quadratic()`` (estimators of scikit-learn that are recognised do, as problems about them
near a data point). It is believed only if its own answers agree: at random points of the space, farther out, and on
both sides of the boundary nearest to them. Else, and where rounding leaves the function's sign open, nothing is known,
and errors are counted and attacked as those of any model.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np

from ...theory.basics.arguments import check_instance
from ...theory.basics.by_value import ByValue
from ...theory.basics.errors import AccuracyError, SpheresError
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.metrics import distance_from_angle
from ...theory.basics.validation import FloatArray
from ...theory.caps.cap import cap_log_measure
from ...theory.nearest.in_space import NearestBoundary
from ...theory.nearest.mean_distance import mean_positive_distance_lower_bound
from ...theory.nearest.quadric import nearest_positive_point
from ...theory.quadratic.function import QuadraticFunction
from ...theory.spaces.anisotropic import AnisotropicGaussian
from ...theory.spaces.gaussian import Gaussian
from ...theory.spaces.space import Space
from ...theory.spaces.sphere import Sphere
from ..models.checked import described
from ..models.problem import Problem
from ..sampling.points import block_generator
from ..sampling.streams import DESCRIPTION_KEY

__all__ = ["CHECKED_POINTS", "KnownErrors", "known_errors"]

CHECKED_POINTS = 256
"""Random points at which a claim is checked; the model is asked about four times as many."""
_BESIDE = 1e-4  # of the way to the boundary
_SURE = 1e-9  # of the sizes of a function's terms: a sign that the model's own rounding does not change
_TAIL_ERROR = 1e-12
_ROUNDING = 1e-9
_TYPICAL = 1024


@dataclass(frozen=True, eq=False)
class KnownErrors(ByValue):
    """The errors {q >= 0} in a space, exactly: their measure, the distance to them, bounds of its mean.

    Parameters
    ----------
    space
        Normal noise (any covariance, Euclidean distances), or a sphere where q is linear.
    function
        q, of the points of the space.
    rate, log_error
        The error rate, and how far its logarithm and that of its complement may be off.

    Examples
    --------
    >>> from adversarial_spheres import Gaussian, QuadraticFunction
    >>> known = KnownErrors.of(Gaussian(2), QuadraticFunction([0.0, 0.0], [3.0, 4.0], -5.0))
    >>> round(float(known.rate), 6), known.distances([[0.0, 0.0], [3.0, 4.0]])[1].round(12).tolist()
    (0.158655, [1.0, 0.0])
    """

    space: Space
    function: QuadraticFunction
    rate: LogProbability
    log_error: float

    @classmethod
    def of(cls, space: Space, function: QuadraticFunction) -> KnownErrors | None:
        """The errors {q >= 0} in a space; None where they are not known exactly."""
        try:
            if isinstance(space, Sphere):
                return _cap(space, function) if function.is_linear and np.any(function.linear) else None
            factor = _factor(space)
            if factor is None or (function.is_linear and not np.any(function.linear)):
                return None
            tail = function.balanced.image(factor).positive
        except AccuracyError:
            return None
        return cls(space, function, tail.probability, float(tail.log_error))

    @property
    def no_errors(self) -> bool:
        """Whether it is proved that there is none."""
        return bool(np.isneginf(self.rate.log))

    def distances(self, points: Any) -> tuple[FloatArray, FloatArray]:
        """Certified lower and upper bounds of the distances of points (n, dim), in the unit of the space."""
        low, high = self.lengths(points)
        if not isinstance(self.space, Sphere):
            return low, high
        where: dict[str, Any] = {"radius": self.space.radius, "metric": self.space.metric}
        return distance_from_angle(low, **where), distance_from_angle(high, **where)

    def lengths(self, points: Any) -> tuple[FloatArray, FloatArray]:
        """The same; on a sphere angles in radians. +inf without errors."""
        if self.no_errors:
            return np.full(len(points), np.inf), np.full(len(points), np.inf)
        if isinstance(self.space, Sphere):
            return self._angles(np.asarray(points, dtype=np.float64))
        found = self._nearest(points)
        return found.distance_lower, found.distance_upper

    def nearest(self, points: Any) -> FloatArray:
        """Nearest points of the boundary to points (n, dim), up to rounding; these themselves where they err."""
        if self.no_errors or not isinstance(self.space, Sphere):
            return np.asarray(self._nearest(points, return_points=True).points)
        pole, height, _ = _pole(self.space, self.function)
        units = points / self.space.radius
        across = units - (units @ pole)[:, None] * pole
        unit = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), np.finfo(np.float64).tiny)
        edge = self.space.radius * (height * pole + np.sqrt((1.0 - height) * (1.0 + height)) * unit)
        return np.where((self.function.values(points) >= 0.0)[:, None], points, edge)

    @cached_property
    def mean_at_least(self) -> float:
        """A proved lower bound of the mean distance, in the unit of the space; +inf without errors.

        Half-spaces in isotropic noise and caps attain the bound of the space; else
        :func:`~.nearest.mean_distance.mean_positive_distance_lower_bound`.
        """
        if self.no_errors:
            return np.inf
        if self.function.is_linear and isinstance(self.space, Sphere | Gaussian):
            more = LogProbability.from_log(min(float(self.rate.log) + self.log_error, 0.0))
            return float(self.space.mean_distance_bound(more)) * (1.0 - _ROUNDING)
        typical = block_generator(0, DESCRIPTION_KEY, 2).standard_normal((_TYPICAL, self.space.dim))
        return mean_positive_distance_lower_bound(self.function, typical, _factor(self.space))  # type: ignore[arg-type]

    def _nearest(self, points: Any, *, return_points: bool = False) -> NearestBoundary:
        try:
            return nearest_positive_point(points, self.function, return_points=return_points)
        except AccuracyError as error:  # both bounds still hold, a few of them far apart
            return cast(NearestBoundary, error.best_estimate)

    def _angles(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        pole, height, doubt = _pole(self.space, self.function)  # type: ignore[arg-type]
        units = points / self.space.radius  # type: ignore[attr-defined]
        along = units @ pole
        across = np.linalg.norm(units - along[:, None] * pole, axis=1)
        to_pole = np.arctan2(across, along)
        slack = 1e-15 * (8.0 + np.sqrt(len(pole)))
        ends = np.arccos(np.clip([height - doubt, height + doubt], -1.0, 1.0))
        low, high = np.maximum(to_pole - slack - ends[0], 0.0), np.maximum(to_pole + slack - ends[1], 0.0)
        inside = to_pole <= np.arccos(np.clip(height, -1.0, 1.0))
        return low, np.where(inside, 0.0, np.minimum(high, np.pi))


def _factor(space: Space) -> FloatArray | None:
    """L with points L g of standard normal g; None for other spaces, and distances that are not Euclidean."""
    if isinstance(space, Gaussian) and space.norm == 2.0:
        return np.asarray(space.sigma)
    if isinstance(space, AnisotropicGaussian) and space.norm == 2.0:
        if space.covariance.ndim == 1:
            return np.sqrt(space.covariance)
        return np.asarray(space.from_standard(np.eye(space.dim)).T)
    return None


def _pole(space: Sphere, function: QuadraticFunction) -> tuple[FloatArray, float, float]:
    """Pole and height of the cap {b . u >= -c/r} of a linear function, and what rounding leaves open of the height."""
    q, radius = function.balanced, space.radius
    with np.errstate(all="ignore"):  # heights beyond all numbers are no number, or infinite
        largest = np.abs(q.linear).max()
        linear = q.linear / largest
        size = np.linalg.norm(linear)
        height, doubt = (x / largest / radius / size for x in (-q.constant, q.doubt(radius)))
    return linear / size, float(height), float(doubt)


def _cap(space: Sphere, function: QuadraticFunction) -> KnownErrors | None:
    _, height, doubt = _pole(space, function)
    if abs(height) - doubt > 1.0:
        return KnownErrors(space, function, LogProbability.of(0.0 if height > 0.0 else 1.0), 0.0)
    if not abs(height) + doubt < 1.0:  # whether there are any errors is open
        return None
    rate = cap_log_measure(height, space.dim)
    moved = cap_log_measure(np.clip([height - doubt, height + doubt], -1.0, 1.0), space.dim)
    size = max(abs(float(rate.log)), abs(float(rate.log_complement)))
    apart = max(
        np.abs(moved.log - rate.log).max(), np.abs(moved.log_complement - rate.log_complement).max(), _TAIL_ERROR * size
    )
    return KnownErrors(space, function, rate, float(apart)) if np.isfinite(apart) else None


def known_errors(problem: Problem) -> KnownErrors | None:
    """The errors of a problem, where they are known exactly: of a quadratic score in noise, a linear one on a sphere.

    Parameters
    ----------
    problem
        Its model is asked about some 1000 points, if it says that it is of this kind.

    Returns
    -------
    KnownErrors or None
        None for any other model or space, where the model does not answer as it says, and where rounding leaves the
        numbers open. The claim itself is checked, not proved: a model that answers otherwise only where nobody looked
        is described wrongly.

    Raises
    ------
    ModelError
        The model's answers are no answers.

    Examples
    --------
    >>> from adversarial_spheres import around
    >>> known_errors(around(lambda points: points, [3.0, 0.0], label=0, noise=1.0)) is None  # a function: anything
    True
    """
    check_instance("problem", problem, Problem, "a Problem")
    function = described(problem.model)
    if function is None or function.dim != problem.dim:
        return None
    errors = function if problem.sphere == "inner" else function.times(-1.0)
    try:
        known = KnownErrors.of(problem.space, errors)
        agreed = known is not None and _agrees(problem, errors)
    except AccuracyError:
        return None
    return known if agreed else None


def _agrees(problem: Problem, function: QuadraticFunction) -> bool:
    """Whether a model errs where the function is positive: at random points, farther out, and beside the boundary."""
    near = problem.sample(CHECKED_POINTS, block_generator(0, DESCRIPTION_KEY, 1))
    try:
        nearest = nearest_positive_point(near, function, return_points=True).points
    except SpheresError:
        return False
    step = np.asarray(nearest) - near
    moved = np.all(np.isfinite(step), axis=1) & np.any(step, axis=1)
    beside = [near[moved] + (1.0 + side * _BESIDE) * step[moved] for side in (-1.0, 1.0)]
    points = np.concatenate([near, 3.0 * near, *beside])
    value = function.values(points)
    s2, s1, s0 = function.sizes or (0.0, 0.0, 0.0)
    norm = np.linalg.norm(points, axis=1)
    sure = np.abs(value) > _SURE * ((s2 * norm + s1) * norm + s0)
    return bool(np.array_equal(problem.errors(points)[sure], (value > 0.0)[sure]))
