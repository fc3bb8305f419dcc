"""Training passes of the ReLU network in preallocated arrays; notation as in :mod:`~.networks.relu`.

Units stand along the first axis and points along the second: the normalisation of a unit then runs along memory, and
each part of the units is a contiguous piece, which one thread takes from the matrix product to the activation.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from ...theory.basics.arguments import RealArray
from ..sampling.threads import Team, equal_slices
from .layers import EPSILON, LayeredNetwork, ReluLayer
from .protocols import count_errors, mean_cross_entropy

MOMENTUM = 0.01
"""Share of a batch in the running statistics; larger at first, so that the first batches are averaged evenly."""

# Units of a part of the work; part of the definition of the rounding, so that it may not depend on the machine.
_PART_UNITS = 512


class ReluWorkspace:
    """Buffers of one network and one batch size: losses and gradients without a new large array.

    Parameters
    ----------
    network
        Its parameters are read anew at each call.
    batch_size
        Number of points of each batch, >= 2.
    team
        Threads that share the work; no influence on the result.

    Attributes
    ----------
    gradients
        Filled by :meth:`loss_and_gradients`, aligned with ``network.parameters``.
    errors
        Number of misclassified points of the last batch, by the logits in training.
    """

    def __init__(self, network: LayeredNetwork, batch_size: int, team: Team | None = None) -> None:
        self.network, self.errors = network, 0
        self.gradients: list[RealArray] = [np.empty_like(p) for p in network.parameters]
        self._team = Team() if team is None else team
        self._batch_size = batch_size
        self._layers = [_LayerBuffers(layer, batch_size) for layer in network.layers]

    def loss_and_gradients(self, points: RealArray, labels: RealArray) -> float:
        """Mean cross-entropy of a batch (n, dim), labels 0 or 1 of shape (n,); not checked: the inner loop of training.

        Returns
        -------
        float
            The loss; NaN or infinite if the weights or logits have left the range of the dtype.
        """
        active = points.T
        for buffers in self._layers:
            self._team.map(buffers.forward, buffers.parts, active)
            active = buffers.active
        readout = self.network.readout
        logits = readout[:-1] @ active + readout[-1]
        self._backward(points, (expit(logits) - labels) / logits.dtype.type(len(logits)))
        self.errors = count_errors(logits, labels)
        return mean_cross_entropy(logits, labels)

    def update_statistics(self, step: int) -> None:
        """Take the last batch into the running statistics: all batches evenly at first, then with share MOMENTUM.

        The variance of n points is taken times n / (n - 1), without bias.
        """
        share = self.network.readout.dtype.type(max(MOMENTUM, 1.0 / (step + 1)))
        unbiased = share.dtype.type(self._batch_size / (self._batch_size - 1))
        for buffers in self._layers:
            mean, variance = buffers.layer.statistics
            mean += share * (buffers.mean - mean)
            variance += share * (unbiased * buffers.variance - variance)

    def _backward(self, points: RealArray, delta: RealArray) -> None:
        """Fill the gradients from the derivatives of the loss with respect to the logits, shape (n,)."""
        readout, gradient = self.network.readout, self.gradients[-1]
        np.matmul(self._layers[-1].active, delta, out=gradient[:-1])
        gradient[-1] = np.add.reduce(delta)
        above, flow = readout[:-1, None], delta[None, :]
        for k in range(len(self._layers) - 1, -1, -1):
            buffers = self._layers[k]
            inputs = points if k == 0 else self._layers[k - 1].active.T
            # The derivatives with respect to the activations are above @ flow, a product that each part makes itself.
            self._team.map(buffers.backward, buffers.parts, above, flow, inputs, self.gradients[2 * k : 2 * k + 2])
            above, flow = buffers.layer.weights.T, buffers.flow


class _LayerBuffers:
    """One layer of a workspace.

    Attributes
    ----------
    centred, active, flow
        z - m, then scratch; the activations; the derivatives of the loss with respect to z. Shape (units, n) each.
    mean, variance
        Of z over the batch, shape (units,).
    """

    def __init__(self, layer: ReluLayer, batch_size: int) -> None:
        self.layer, self.parts = layer, equal_slices(layer.units, _PART_UNITS)
        dtype, shape = layer.weights.dtype, (layer.units, batch_size)
        self.centred, self.active, self.flow = (np.empty(shape, dtype=dtype) for _ in range(3))
        self.mean, self.variance, self._inverse, self._factor = (np.empty(layer.units, dtype=dtype) for _ in range(4))
        self._is_active = np.empty(shape, dtype=np.bool_)
        # Sums over the short rows are products with a vector: NumPy's own reduction takes five times as long.
        self._ones, self._count = np.ones(batch_size, dtype=dtype), dtype.type(batch_size)
        self._epsilon = dtype.type(EPSILON)

    def forward(self, part: slice, inputs: RealArray) -> None:
        """Activations of the units of one part from the inputs, shape (inputs, n)."""
        z = np.matmul(self.layer.weights[part], inputs, out=self.centred[part])
        mean, variance, inverse = self.mean[part], self.variance[part], self._inverse[part]
        np.matmul(z, self._ones, out=mean)
        mean /= self._count
        z -= mean[:, None]
        np.einsum("ij,ij->i", z, z, out=variance)
        variance /= self._count
        np.sqrt(variance + self._epsilon, out=inverse)
        np.reciprocal(inverse, out=inverse)
        scale, shift = self.layer.normalisation[:, part]
        factor = np.multiply(scale, inverse, out=self._factor[part])
        active = np.multiply(z, factor[:, None], out=self.active[part])
        active += shift[:, None]
        active *= np.greater(active, 0.0, out=self._is_active[part])

    def backward(
        self, part: slice, above: RealArray, flow: RealArray, inputs: RealArray, gradients: list[RealArray]
    ) -> None:
        """Derivatives with respect to z and the layer's gradients, for the units of one part.

        With the derivatives y of the loss with respect to g x + s and means over the batch,
        dz = g / sqrt(v + EPSILON) (y - mean(y) - x mean(y x)), where x = (z - m) / sqrt(v + EPSILON).
        """
        centred, y = self.centred[part], np.matmul(above[part], flow, out=self.flow[part])
        y *= self._is_active[part]
        of_scale, of_shift = gradients[1][:, part]
        np.einsum("ij,ij->i", y, centred, out=of_scale)
        of_scale *= self._inverse[part]
        np.matmul(y, self._ones, out=of_shift)
        centred *= (of_scale * self._inverse[part] / self._count)[:, None]
        y -= centred
        y -= (of_shift / self._count)[:, None]
        y *= self._factor[part, None]
        np.matmul(y, inputs, out=gradients[0][part])
