"""Families of problems with exact answers: a model on a space, and the distances of any points to its nearest errors.

On the sphere, distance is measured along it; in space it is the l2 distance.

quadratic networks on the sphere
    The distance is certified (:mod:`.nearest.on_sphere`): a lower and an upper bound that differ by rounding.
a quadratic network in space
    The same (:mod:`.nearest.in_space`).
the quadratic discriminant of two normal distributions
    Its boundary is a central quadric around another centre and in other axes: the same again.
linear models
    On the sphere the errors {w . u > h}, |w| = 1, are a cap; a point at angle t to w is t - arccos h from it. In space
    the errors {w . x > h} are a half-space, at h - w . x.
a ReLU network
    Nobody knows its nearest errors. They are farther away than a certificate proves (:mod:`.distances.certified`), and
    at most as far as the best error that a long search of ours has found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, ndtri

from ...theory.basics.validation import FloatArray
from ...theory.basics.validation import Sphere as Side
from ...theory.nearest.in_space import nearest_boundary_point
from ...theory.nearest.on_sphere import nearest_error, rounding_allowance
from ...theory.quadratic.classifier import QuadraticClassifier
from ...theory.spaces.gaussian import Gaussian
from ...theory.spaces.sphere import Sphere
from ..attacks.attack import attack_known
from ..attacks.geometry import angles_between, unit_rows
from ..attacks.settings import AttackSettings
from ..distances.certified import certify_on
from ..models.adapters import as_model
from ..models.problem import Problem
from ..networks.relu import ReluNetwork
from ..sampling.points import block_generator
from ..sampling.streams import BENCH_KEY

__all__ = ["FAMILIES", "Discriminant", "Family", "Instance", "Linear"]

OUTER_RADIUS = 1.3
Nearest = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""From points (n, dim) to lower and upper bounds on their distances to the nearest error."""
_SHAPE = (0.8 / 0.55) ** 2
_HIGH, _NEAR_THE_TOP = 3.0, 1e-9
_HIDDEN, _LOOKED_AT = 10, 256
_LONG_SEARCH = AttackSettings(method="walk", restarts=2, most_restarts=2, steps=20)


class Discriminant:
    """The quadratic discriminant of N(0, 1) and another normal distribution: the logarithm of their densities' ratio.

    In the axes y = x - 2 (a . x) a it is sum (1 - p_i) y_i^2 / 2 + p_i m_i y_i + constant, and that is
    sum h_i (y_i - centre_i)^2 + level.

    Parameters
    ----------
    precisions
        p, of the second distribution in its own axes; none is 1, shape (dim,).
    mean
        m, shape (dim,).
    axis
        a, of norm 1: the axes are mirrored by it, shape (dim,).

    Examples
    --------
    >>> model = Discriminant(np.array([2.0, 0.5]), np.zeros(2), np.array([1.0, 0.0]))
    >>> model.logits(np.array([[0.0, 0.0], [0.0, 2.0], [2.0, 0.0]])).round(12).tolist()
    [0.0, 1.0, -2.0]
    """

    def __init__(self, precisions: FloatArray, mean: FloatArray, axis: FloatArray) -> None:
        self.curvatures, self._axis = 0.5 * (1.0 - precisions), axis
        linear = precisions * mean
        self.centre = -0.5 * linear / self.curvatures
        constant = 0.5 * float(np.sum(np.log(precisions)) - linear @ mean)
        self.level = constant - float(self.curvatures @ self.centre**2)

    def reflected(self, points: FloatArray) -> FloatArray:
        """Points (n, dim) in the other axes, and back."""
        return np.asarray(points - 2.0 * (points @ self._axis)[:, None] * self._axis)

    def logits(self, points: FloatArray) -> FloatArray:
        """Logits, shape (n,)."""
        return np.asarray((self.reflected(points) - self.centre) ** 2 @ self.curvatures + self.level)

    def input_gradient(self, points: FloatArray) -> FloatArray:
        """Their gradients, shape (n, dim)."""
        return self.reflected(2.0 * self.curvatures * (self.reflected(points) - self.centre))


@dataclass(frozen=True, eq=False)
class Instance:
    """A member of a family: the problem, the exact distances of points, and what is done to random points first."""

    problem: Problem
    nearest: Nearest
    prepared: Callable[[FloatArray], FloatArray] = lambda points: points


@dataclass(frozen=True)
class Family:
    """A family of problems, one for each dimension from 10 to 10,000.

    Parameters
    ----------
    words
        What it is.
    make
        The member of a dimension.
    """

    words: str
    make: Callable[[int], Instance]


class Linear:
    """A linear model: logit w . x - h.

    Parameters
    ----------
    weights
        w, of norm 1, shape (dim,).
    height
        h.

    Examples
    --------
    >>> Linear(np.array([0.6, 0.8]), 0.5).logits(np.array([[1.0, 1.0]])).round(12).tolist()
    [0.9]
    """

    def __init__(self, weights: FloatArray, height: float) -> None:
        self.weights, self.height = weights, height

    def logits(self, points: FloatArray) -> FloatArray:
        """Logits, shape (n,)."""
        return np.asarray(points @ self.weights - self.height)

    def input_gradient(self, points: FloatArray) -> FloatArray:
        """Gradients, shape (n, dim)."""
        return np.tile(self.weights, (len(points), 1))


def _on_sphere(
    alphas: FloatArray, side: Side = "inner", prepared: Callable[[FloatArray], FloatArray] = lambda points: points
) -> Instance:
    """A quadratic network on the inner or outer sphere."""
    classifier, radius = QuadraticClassifier.from_alphas(alphas), 1.0 if side == "inner" else OUTER_RADIUS
    coefficients = classifier.error_coefficients(side, OUTER_RADIUS)

    def nearest(points: FloatArray) -> tuple[FloatArray, FloatArray]:
        found = nearest_error(points, coefficients, boundary_is_error=side == "outer")
        return radius * found.angle_lower, radius * found.angle_upper

    return Instance(Problem(as_model(classifier), Sphere(alphas.size, radius, "geodesic"), side), nearest, prepared)


def _quantiles(dim: int) -> FloatArray:
    return (np.arange(dim) + 0.5) / dim


def _easy(dim: int) -> Instance:
    return _on_sphere(0.96 + 0.11 * ndtri(_quantiles(dim)))


def _outer(dim: int) -> Instance:
    return _on_sphere(gammaincinv(_SHAPE, _quantiles(dim)) * 0.8 / _SHAPE, "outer")


def _ill_conditioned(dim: int) -> Instance:
    return _on_sphere(np.logspace(-6.0, np.log10(1.5), dim))


def _beside(dim: int, *first: float) -> FloatArray:
    """Coefficients that are no errors, after the first ones."""
    return np.concatenate([first, np.linspace(0.5, 0.9, dim - len(first))])


def _huge_alpha(dim: int) -> Instance:
    return _on_sphere(_beside(dim, 1000.0))


def _touching(dim: int) -> Instance:
    return _on_sphere(_beside(dim, np.nextafter(1.0, 2.0)))


def _near_hard_case(dim: int) -> Instance:
    def prepared(points: FloatArray) -> FloatArray:
        moved = points.copy()
        moved[:, 0] *= _NEAR_THE_TOP
        return unit_rows(moved)

    return _on_sphere(_beside(dim, 2.0, 1.05), prepared=prepared)


def _weights(dim: int) -> FloatArray:
    return np.asarray(np.arange(1.0, dim + 1.0) / np.linalg.norm(np.arange(1.0, dim + 1.0)))


def _cap(dim: int) -> Instance:
    w, height = _weights(dim), _HIGH / np.sqrt(dim)
    rim, rounding = float(np.arctan2(np.sqrt((1.0 - height) * (1.0 + height)), height)), rounding_allowance(dim)

    def nearest(points: FloatArray) -> tuple[FloatArray, FloatArray]:
        angle = angles_between(points, np.broadcast_to(w, points.shape))
        return np.maximum(angle - rim - rounding * np.pi, 0.0), np.maximum(angle - rim + rounding * np.pi, 0.0)

    return Instance(Problem(as_model(Linear(w, height)), Sphere(dim, 1.0, "geodesic")), nearest)


def _half_space(dim: int) -> Instance:
    w = _weights(dim)

    def nearest(points: FloatArray) -> tuple[FloatArray, FloatArray]:
        distance = _HIGH - points @ w
        rounding = rounding_allowance(dim) * (_HIGH + np.linalg.norm(points, axis=1))
        return np.maximum(distance - rounding, 0.0), np.maximum(distance + rounding, 0.0)

    return Instance(Problem(as_model(Linear(w, _HIGH)), Gaussian(dim)), nearest)


def _ellipsoid(dim: int) -> Instance:
    alphas = np.logspace(-2.0, 2.0, dim)

    def nearest(points: FloatArray) -> tuple[FloatArray, FloatArray]:
        found = nearest_boundary_point(points, alphas)
        return found.distance_lower, found.distance_upper

    model = as_model(QuadraticClassifier.from_alphas(alphas))
    return Instance(Problem(model, Gaussian(dim, float(0.8 / np.sqrt(alphas.sum())))), nearest)


def _qda(dim: int) -> Instance:
    away = np.where(np.arange(dim) % 2, 1.0, -1.0) * np.linspace(1.0, 3.0, dim) / np.sqrt(dim)
    model = Discriminant(1.0 + away, np.full(dim, 2.0 / np.sqrt(dim)), _weights(dim))

    def nearest(points: FloatArray) -> tuple[FloatArray, FloatArray]:
        found = nearest_boundary_point(model.reflected(points) - model.centre, model.curvatures / -model.level)
        return found.distance_lower, found.distance_upper

    return Instance(Problem(as_model(model), Gaussian(dim)), nearest)


def _relu(dim: int) -> Instance:
    rng = block_generator(0, BENCH_KEY, dim)
    network = ReluNetwork.random(_HIDDEN, 1, dim, rng, np.float64)
    random = network.logits(unit_rows(rng.standard_normal((_LOOKED_AT, dim))))
    network.readout[-1] = -np.mean(random) - _HIGH * np.std(random)
    problem = Problem(as_model(network), Sphere(dim, 1.0, "geodesic"))

    def nearest(points: FloatArray) -> tuple[FloatArray, FloatArray]:
        found = attack_known(problem, points, _LONG_SEARCH).distance_upper
        return certify_on(network, points, "inner", 1.0).angle_lower, found

    return Instance(problem, nearest)


FAMILIES: Mapping[str, Family] = {
    "easy": Family("quadratic network, alphas as after training, on the inner sphere", _easy),
    "outer": Family("quadratic network, alphas as after training, on the outer sphere", _outer),
    "ill-conditioned": Family("quadratic network on the sphere, alphas from 1e-6 to 1.5", _ill_conditioned),
    "huge-alpha": Family("quadratic network on the sphere, one alpha of 1000", _huge_alpha),
    "touching": Family("quadratic network on the sphere, one alpha an ulp above 1", _touching),
    "near-hard-case": Family("the same with alphas 2 and 1.05, points 1e-9 from the first hyperplane", _near_hard_case),
    "cap": Family("linear model on the sphere", _cap),
    "half-space": Family("linear model in space, l2", _half_space),
    "ellipsoid": Family("quadratic network in space, l2, alphas from 0.01 to 100", _ellipsoid),
    "qda": Family("quadratic discriminant of two normal distributions, in space, l2", _qda),
    "relu": Family("ReLU network on the sphere, between a certificate and the best error that is known", _relu),
}
"""The families of problems, by name."""
