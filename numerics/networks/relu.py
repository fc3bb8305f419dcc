r"""The ReLU network of the two spheres, with batch normalisation on the hidden layers ([Gil2018], section 3; [IS2015]).

Notation: layer k maps the activations h of the layer before it (the point, for the first) to

    z = W h,   x = (z - m) / sqrt(v + EPSILON),   h' = max(0, g x + s),

with W of shape (units, inputs), scale g and shift s of each unit, and its mean m and variance v: those of the batch in
training, running averages of them in inference. The logit is w . h + b on the last h; it has no normalisation.
The layers have no bias of their own: subtracting the mean would undo it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ...theory.basics.arguments import RealArray, check_dtype, check_integer, check_sequence, single_dim
from ...theory.basics.errors import InvalidArgumentError
from ..sampling.points import check_rng
from ..sampling.threads import Team
from .layers import ReluLayer, _checked_array, _checked_layer
from .protocols import check_labels, check_points, mean_cross_entropy
from .relu_workspace import ReluWorkspace

_unlimited = np.errstate(over="ignore", invalid="ignore")
"""Far out, logits are infinite or NaN; whoever asks is told by the values, and not by warnings as well."""


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

    @_unlimited
    def set_statistics(self, points: ArrayLike) -> None:
        """Set the statistics of each layer to mean and variance over the points, layer by layer.

        Parameters
        ----------
        points
            Shape (n, dim), n >= 2; the variances are taken times n / (n - 1), without bias.
        """
        active = check_points(points, self.dim, self.dtype)
        if active.ndim != 2 or len(active) < 2:
            raise InvalidArgumentError("points", active.shape, "of shape (n, dim) with n >= 2: they have a variance")
        for layer in self.layers:
            inputs = active @ layer.weights.T
            layer.statistics[0] = inputs.mean(axis=0, dtype=np.float64)
            layer.statistics[1] = inputs.var(axis=0, ddof=1, dtype=np.float64)
            active = _activations(layer, active)

    def workspace(self, batch_size: int, team: Team | None = None) -> ReluWorkspace:
        """Buffers for many evaluations of :meth:`loss_and_gradients` on batches of one size, shared by ``team``."""
        return ReluWorkspace(self, batch_size, team)


def _activations(layer: ReluLayer, inputs: RealArray) -> RealArray:
    factor, offset = layer.folded()
    values: RealArray = inputs @ layer.weights.T
    values *= factor
    values += offset
    return np.maximum(values, 0.0, out=values)
