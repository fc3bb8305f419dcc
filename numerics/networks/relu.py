r"""The ReLU network of the two spheres, with batch normalisation on the hidden layers ([Gil2018], section 3; [IS2015]).

Notation: layer k maps the activations h of the layer before it (the point, for the first) to

    z = W h,   x = (z - m) / sqrt(v + EPSILON),   h' = max(0, g x + s),

with W of shape (units, inputs), scale g and shift s of each unit, and its mean m and variance v: those of the batch in
training, running averages of them in inference. The logit is w . h + b on the last h; it has no normalisation.
The layers have no bias of their own: subtracting the mean would undo it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ...theory.basics.arguments import (
    RealArray,
    check_dtype,
    check_integer,
    check_rng,
    check_sequence,
    single_dim,
)
from ...theory.basics.by_value import ByValue
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray, check_finite
from ..sampling.threads import Lanes
from .protocols import check_labels, check_points, mean_cross_entropy
from .relu_workspace import EPSILON, ReluWorkspace

_unlimited = np.errstate(over="ignore", invalid="ignore")
"""Far out, logits are infinite or NaN; whoever asks is told by the values, and not by warnings as well."""


@dataclass(frozen=True, eq=False)
class ReluLayer(ByValue):
    """A hidden layer.

    Parameters
    ----------
    weights
        W, shape (units, inputs).
    normalisation
        Scales g and shifts s, shape (2, units).
    statistics
        Running means and variances (>= 0) of z, shape (2, units).
    """

    weights: RealArray
    normalisation: RealArray
    statistics: RealArray

    @property
    def units(self) -> int:
        """Number of units."""
        return int(self.weights.shape[0])

    def folded(self) -> tuple[RealArray, RealArray]:
        """Factors f and offsets o, shape (units,), with g x + s = f z + o in inference."""
        (scale, shift), (mean, variance) = self.normalisation, self.statistics
        factor: RealArray = scale / np.sqrt(variance + variance.dtype.type(EPSILON))
        return factor, shift - mean * factor


class ReluNetwork:
    """A ReLU network with batch normalisation, with its gradients.

    Parameters
    ----------
    layers
        At least one; the first takes dim >= 2 inputs, each other one as many as the layer before it has units. All
        finite. The network is in single precision where all weights are, else in double precision.
    readout
        Read-out weights w and, last, the bias b: shape (units of the last layer + 1,).

    Attributes
    ----------
    layers
        Copies of the layers.
    parameters
        The arrays that training changes in place: weights and normalisation of each layer, then the read-out.
    statistics
        The running statistics of each layer, which the batches of training change in place.

    Raises
    ------
    InvalidArgumentError
        A number is not finite, a variance is negative, or a shape is wrong.

    Examples
    --------
    >>> identity = ReluLayer(np.eye(2), np.array([[1.0, 1.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [1.0, 1.0]]))
    >>> ReluNetwork([identity], [1.0, 1.0, -1.0]).logits([[3.0, -2.0]]).round(3).tolist()
    [2.0]
    """

    def __init__(self, layers: Sequence[ReluLayer], readout: ArrayLike) -> None:
        check_sequence("layers", layers, ReluLayer, "a list of ReluLayer")
        if not layers:
            raise InvalidArgumentError("layers", list(layers), "at least one layer")
        single = all(getattr(layer.weights, "dtype", None) == np.float32 for layer in layers)
        dtype: np.dtype[np.floating[Any]] = np.dtype(np.float32 if single else np.float64)
        inputs, self.layers = None, list[ReluLayer]()
        for layer in layers:
            self.layers.append(_checked_layer(layer, inputs, dtype))
            inputs = self.layers[-1].units
        self.readout = _checked_array("readout", readout, (self.layers[-1].units + 1,), dtype)
        self.parameters: list[RealArray] = [p for layer in self.layers for p in (layer.weights, layer.normalisation)]
        self.parameters.append(self.readout)
        self.statistics: list[RealArray] = [layer.statistics for layer in self.layers]

    @classmethod
    def random(cls, hidden: int, depth: int, dim: int, rng: np.random.Generator, dtype: DTypeLike = np.float32) -> Self:
        """Untrained network: weights N(0, 2/inputs) ([He2015]), read-out N(0, 1/hidden), g = 1, s = b = 0.

        Parameters
        ----------
        hidden
            Units of each hidden layer, >= 1.
        depth
            Number of hidden layers, >= 1.
        dim
            Ambient dimension, >= 2.
        rng
            Generator; it is advanced.
        dtype
            float32 or float64.

        Notes
        -----
        The running statistics are those of independent unit inputs for the first layer, means 0 and variances 2/dim;
        training replaces them from its first batch on.
        """
        check_rng(rng)
        units, inputs = single_dim(hidden, minimum=1, name="hidden"), single_dim(dim)
        kind, layers = check_dtype(dtype), []
        for _ in range(check_integer("depth", depth, 1, 1000)):
            weights = (rng.standard_normal((units, inputs)) * np.sqrt(2.0 / inputs)).astype(kind)
            normalisation = np.stack([np.ones(units), np.zeros(units)])
            statistics = np.stack([np.zeros(units), np.full(units, 2.0 / inputs)])
            layers.append(ReluLayer(weights, normalisation, statistics))
            inputs = units
        return cls(layers, np.append(rng.standard_normal(units) / np.sqrt(units), 0.0))

    @property
    def hidden(self) -> int:
        """Units of the widest layer."""
        return max(layer.units for layer in self.layers)

    @property
    def depth(self) -> int:
        """Number of hidden layers."""
        return len(self.layers)

    @property
    def dim(self) -> int:
        """Ambient dimension."""
        return int(self.layers[0].weights.shape[1])

    @property
    def dtype(self) -> np.dtype[np.floating[Any]]:
        """float32 or float64, the precision of weights and logits."""
        return self.readout.dtype

    @_unlimited
    def logits(self, points: ArrayLike) -> RealArray:
        """Logits in inference of points (..., dim), shape (...), in the network's precision; positive means outer."""
        active = check_points(points, self.dim, self.dtype)
        for layer in self.layers:
            active = _activations(layer, active)
        logits: RealArray = active @ self.readout[:-1] + self.readout[-1]
        return logits

    @_unlimited
    def input_gradient(self, points: ArrayLike) -> RealArray:
        """Gradient in inference of the logit with respect to the point, shape (..., dim).

        Where a unit sits exactly at its kink, the derivative 0 of its inactive side is taken.
        """
        active, masks = check_points(points, self.dim, self.dtype), []
        for layer in self.layers:
            active = _activations(layer, active)
            masks.append(active > 0.0)
        flow: RealArray = np.broadcast_to(self.readout[:-1], active.shape)
        for layer, mask in zip(reversed(self.layers), reversed(masks), strict=True):
            flow = (flow * mask * layer.folded()[0]) @ layer.weights
        return flow

    def loss(self, points: ArrayLike, labels: ArrayLike) -> float:
        """Mean sigmoid cross-entropy in inference of points (n, dim), labels (n,): 1 (or True) on the outer sphere."""
        batch = check_points(points, self.dim, self.dtype)
        return mean_cross_entropy(self.logits(batch), check_labels(labels, batch))

    def loss_and_gradients(self, points: ArrayLike, labels: ArrayLike) -> tuple[float, list[RealArray]]:
        """Mean sigmoid cross-entropy in training and its gradients with respect to ``parameters``.

        Means and variances are those of the batch, and the gradients go through them; the running statistics stay.

        Parameters
        ----------
        points
            Shape (n, dim), n >= 2.
        labels
            Shape (n,): 1 (or True) on the outer sphere, 0 on the inner.

        Returns
        -------
        loss : float
        gradients : list of ndarray
            Exact up to rounding in the network's precision.
        """
        batch = check_points(points, self.dim, self.dtype)
        if batch.ndim != 2 or len(batch) < 2:
            raise InvalidArgumentError("points", batch.shape, "of shape (n, dim) with n >= 2: a batch has a variance")
        workspace = ReluWorkspace(self, len(batch))
        return workspace.loss_and_gradients(batch, check_labels(labels, batch)), workspace.gradients

    def workspace(self, batch_size: int, lanes: Lanes | None = None) -> ReluWorkspace:
        """Buffers for many evaluations of :meth:`loss_and_gradients` on batches of one size, shared by ``lanes``."""
        return ReluWorkspace(self, batch_size, lanes)


@_unlimited
def _activations(layer: ReluLayer, inputs: RealArray) -> RealArray:
    factor, offset = layer.folded()
    values: RealArray = inputs @ layer.weights.T
    values *= factor
    values += offset
    return np.maximum(values, 0.0, out=values)


def _checked_layer(layer: ReluLayer, inputs: int | None, dtype: np.dtype[np.floating[Any]]) -> ReluLayer:
    shape = np.shape(layer.weights)
    if len(shape) != 2 or shape[0] < 1 or (shape[1] < 2 if inputs is None else shape[1] != inputs):
        wanted = "dim >= 2" if inputs is None else f"{inputs}"
        raise InvalidArgumentError("weights", shape, f"of shape (units, {wanted}), units >= 1")
    statistics = _checked_array("statistics", layer.statistics, (2, shape[0]), dtype)
    if np.any(statistics[1] < 0.0):
        raise InvalidArgumentError("statistics", float(statistics[1].min()), "variances >= 0 in the second row")
    normalisation = _checked_array("normalisation", layer.normalisation, (2, shape[0]), dtype)
    return ReluLayer(_checked_array("weights", layer.weights, shape, dtype), normalisation, statistics)


def _checked_array(
    name: str, values: ArrayLike, shape: tuple[int, ...], dtype: np.dtype[np.floating[Any]]
) -> RealArray:
    array: FloatArray = check_finite(name, values)
    if array.shape != shape:
        raise InvalidArgumentError(name, array.shape, f"of shape {shape}")
    largest = float(np.finfo(dtype).max)
    if np.any(np.abs(array) > largest):
        raise InvalidArgumentError(name, float(np.abs(array).max()), f"in [-{largest:.6g}, {largest:.6g}]")
    return np.array(array, dtype=dtype, order="C")
