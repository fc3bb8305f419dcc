"""Certified lower bounds on the distance from points of a sphere to the nearest error of a trained ReLU network.

The network is folded (:class:`~.theory.relu.bounds.FoldedRelu`): batch normalisation in inference becomes part of the
weights, in double precision. What is certified is this network of real numbers AND the program ``network.logits``,
which evaluates it in the network's precision (:class:`~.theory.relu.rounding.EvaluatedRelu`): no point of the sphere
within the certified chord of z is an error of either, in whatever order the program sums. The angle is
2 asin(chord / (2 radius)). Misclassified points have the bound 0.

How loose: on the paper's network 500-1000-1000 after 100,000 steps, lower bound over attack distance, mean of 3 points:
inner sphere 0.135 (linear) and 0.709 (relaxation), outer 0.297 and 0.830. One point takes 0.5-0.8 s of one thread
(``OPENBLAS_NUM_THREADS=1 python -m benchmarks.certificates CHECKPOINT``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike

from ...theory.basics.by_value import ByValue
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.metrics import distance_from_angle
from ...theory.basics.sphere import any_radius, misclassified, sphere_radius
from ...theory.basics.validation import FloatArray, Metric, Sphere, check_finite, check_sphere
from ...theory.relu.bounds import FoldedRelu, lipschitz_radius, relaxation_radius
from ...theory.relu.quadratic import quadratic_radius
from ...theory.relu.rounding import EvaluatedRelu
from ..models.checked import AnyModel, CheckedModel
from ..networks.layers import EPSILON
from ..networks.relu import ReluNetwork
from ..sampling.blocks import map_blocks

CertificateMethod: TypeAlias = Literal["relaxation", "linear", "lipschitz"]

# The points are made with rounding, and so are chord and angle.
_SHRINK = 1.0 - 1e-12
_POINTS_A_BLOCK = 8
_SMALLEST_NORM = 1e-100


@dataclass(frozen=True, eq=False)
class Certificates(ByValue):
    """Certified lower bounds near n points.

    Parameters
    ----------
    angle_lower
        Angles (radians) within which no error exists, be it of the network of real numbers or as it is evaluated,
        shape (n,).
    radius
        Radius of the sphere.
    method
        How they were proved.
    """

    angle_lower: FloatArray
    radius: float
    method: CertificateMethod

    guarantee = "certified lower bound"

    def distance_lower(self, *, metric: Metric) -> FloatArray:
        """Lower bounds on the distances to the nearest error."""
        return distance_from_angle(self.angle_lower, radius=self.radius, metric=metric)


def fold(network: ReluNetwork) -> FoldedRelu:
    """The network in inference without batch normalisation, in double precision."""
    weights, biases = [], []
    for layer in network.layers:
        scale, shift = layer.normalisation.astype(np.float64)
        mean, variance = layer.statistics.astype(np.float64)
        factor = scale / np.sqrt(variance + EPSILON)
        weights.append(layer.weights.astype(np.float64) * factor[:, None])
        biases.append(shift - mean * factor)
    return FoldedRelu(tuple(weights), tuple(biases), network.readout.astype(np.float64))


def evaluation(network: ReluNetwork) -> EvaluatedRelu:
    """How ``network.logits`` computes, as far as its rounding depends on it."""
    factors, offsets = [], []
    for layer in network.layers:
        scale, shift = layer.normalisation.astype(np.float64)
        mean, variance = layer.statistics.astype(np.float64)
        factors.append(scale / np.sqrt(variance + EPSILON))
        offsets.append(np.abs(shift) + np.abs(mean * factors[-1]))
    weights = [layer.weights for layer in network.layers]
    return EvaluatedRelu(weights, factors, offsets, network.readout, network.dtype)


def certify(
    network: ReluNetwork,
    points: ArrayLike,
    sphere: Sphere,
    *,
    outer_radius: float = 1.3,
    method: CertificateMethod = "relaxation",
    workers: int = 1,
) -> Certificates:
    """Certified lower bounds on the distances from points of a sphere to the nearest error.

    Parameters
    ----------
    network
        Of any depth.
    points
        Nonzero vectors, shape (n, dim); they are moved on the sphere along their directions.
    sphere
        "inner" (radius 1) or "outer" (radius ``outer_radius``).
    method
        "relaxation" (local, quadratic and linear bounds of each layer, whichever proves more), "linear" (linear bounds
        alone, much looser in high dimension) or "lipschitz" (global, fast and looser still).
    workers
        Threads; they change no number.

    Returns
    -------
    Certificates
        **Guarantee**: lower bounds, for the network in real arithmetic and for its evaluation by ``network.logits``
        with rounding (points rounded to its precision); 0 where the point is an error or rounding may decide.

    Examples
    --------
    >>> network = ReluNetwork.random(4, 1, 3, np.random.default_rng(0))
    >>> bool(np.all(certify(network, np.eye(3), "inner").angle_lower >= 0.0))
    True
    """
    return certify_on(network, points, sphere, sphere_radius(sphere, outer_radius), method=method, workers=workers)


def certify_on(
    network: ReluNetwork,
    points: ArrayLike,
    sphere: Sphere,
    radius: float,
    *,
    method: CertificateMethod = "relaxation",
    workers: int = 1,
) -> Certificates:
    """Certified lower bounds as :func:`certify` gives them, on a sphere of any radius.

    Parameters
    ----------
    sphere
        What is an error: a positive logit ("inner") or any other ("outer").
    radius
        Radius of the sphere, from 1e-100 to 1e100.
    """
    radius, sphere = any_radius(radius), check_sphere(sphere)
    if method not in get_args(CertificateMethod):
        raise InvalidArgumentError("method", method, f"one of {', '.join(get_args(CertificateMethod))}")
    certifiable(network)
    given = check_finite("points", points)
    if given.ndim != 2 or given.shape[1] != network.dim or not np.all(np.any(given != 0.0, axis=1)):
        raise InvalidArgumentError("points", given.shape, f"nonzero vectors of shape (n, {network.dim})")
    x = _on_sphere(given, radius)
    with np.errstate(all="ignore"):  # what overflows or is undefined proves nothing
        try:
            folded, program = fold(network), evaluation(network)
        except InvalidArgumentError:  # the folded network is beyond the doubles
            return Certificates(np.zeros(len(x)), radius, method)
        real, computed = folded.logits(x), network.logits(x)

    def block_radii(block: int, rows: int) -> FloatArray:
        part = x[block * _POINTS_A_BLOCK :][:rows]
        with np.errstate(all="ignore"):
            if method == "lipschitz":
                return lipschitz_radius(folded, part, largest=2.0 * radius, evaluation=program)
            if method == "linear":
                return relaxation_radius(folded, part, largest=2.0 * radius, evaluation=program, on_sphere=True)
            return quadratic_radius(folded, part, largest=2.0 * radius, evaluation=program)

    chord = np.concatenate([np.empty(0), *map_blocks(block_radii, len(x), _POINTS_A_BLOCK, workers=workers)])
    wrong = misclassified(real, sphere) | misclassified(computed, sphere)
    proved = ~wrong & np.isfinite(real) & np.isfinite(computed) & np.isfinite(chord)
    chord = np.where(proved, chord, 0.0) * _SHRINK
    angle = 2.0 * np.arcsin(np.minimum(chord / (2.0 * radius), 1.0)) * _SHRINK
    return Certificates(angle, radius, method)


def _on_sphere(points: FloatArray, radius: float) -> FloatArray:
    """Points (n, dim) moved on the sphere along their directions, whatever their lengths."""
    with np.errstate(over="ignore"):
        norms = np.linalg.norm(points, axis=1, keepdims=True)
    odd = ~((norms > _SMALLEST_NORM) & (norms < 1.0 / _SMALLEST_NORM))[:, 0]
    if odd.any():  # squares have left the doubles
        points = points.copy()
        points[odd] /= np.abs(points[odd]).max(axis=1, keepdims=True)
        norms[odd] = np.linalg.norm(points[odd], axis=1, keepdims=True)
    return np.asarray(points * (radius / norms))


def certifiable(model: AnyModel | CheckedModel) -> ReluNetwork:
    """The ReLU network that a model is.

    Raises
    ------
    InvalidArgumentError
        It is another model, for which there are no certificates.
    """
    inner = model.model if isinstance(model, CheckedModel) else model
    if type(inner) is not ReluNetwork:  # a class derived of it may answer otherwise than its weights say
        raise InvalidArgumentError("network", type(inner).__name__, "a ReLU network (ReluNetwork), to be certified")
    return inner
