"""Laws of the ReLU network: gradients against finite differences of a plain forward pass, symmetries, precision."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adversarial_spheres.numerics.networks.layers import EPSILON, ReluLayer
from adversarial_spheres.numerics.networks.protocols import mean_cross_entropy
from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.sampling.points import block_generator, sample_two_spheres

SEEDS = st.integers(0, 2**32 - 1)
WIDTHS = st.lists(st.integers(1, 5), min_size=1, max_size=3)
DIMS, BATCHES = st.integers(2, 5), st.integers(3, 8)
KINK = 1e-3


def example(seed: int, widths: list[int], dim: int, count: int) -> tuple[ReluNetwork, np.ndarray, np.ndarray]:
    """A network with all its numbers random, and a batch with both labels."""
    rng, layers, inputs = block_generator(seed), [], dim
    for units in widths:
        weights = rng.standard_normal((units, inputs))
        statistics = np.stack([rng.standard_normal(units), rng.uniform(0.1, 2.0, units)])
        layers.append(ReluLayer(weights, rng.standard_normal((2, units)), statistics))
        inputs = units
    network = ReluNetwork(layers, rng.standard_normal(inputs + 1))
    points, labels = sample_two_spheres(count, dim, 1.3, rng)
    return network, points, labels.astype(float)


def plain_forward(network: ReluNetwork, points: np.ndarray, *, training: bool) -> tuple[np.ndarray, float]:
    """Logits as the definition has them, and the smallest distance of a unit from its kink."""
    h, nearest = points, np.inf
    for layer in network.layers:
        z = h @ layer.weights.T
        mean, variance = (z.mean(axis=0), z.var(axis=0)) if training else layer.statistics
        value = layer.normalisation[0] * (z - mean) / np.sqrt(variance + EPSILON) + layer.normalisation[1]
        nearest = min(nearest, float(np.min(np.abs(value))))
        h = np.maximum(value, 0.0)
    return h @ network.readout[:-1] + network.readout[-1], nearest


def away_from_kinks(network: ReluNetwork, points: np.ndarray, *, training: bool) -> None:
    assume(plain_forward(network, points, training=training)[1] > KINK)
    if training:  # a unit that hardly varies over the batch has slopes of size 1 / sqrt(EPSILON)
        h = points
        for layer in network.layers:
            z = h @ layer.weights.T
            assume(np.all(z.var(axis=0) > 1e-2))
            x = (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + EPSILON)
            h = np.maximum(layer.normalisation[0] * x + layer.normalisation[1], 0.0)


def central_difference(function: object, array: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Fourth-order central differences of a scalar function of ``array``, changed in place and restored."""
    slope = np.empty_like(array)
    for index in np.ndindex(array.shape):
        kept, values = array[index], []
        for shift in (-2, -1, 1, 2):
            array[index] = kept + shift * step
            values.append(function())  # type: ignore[operator]
        array[index] = kept
        slope[index] = (values[0] - 8.0 * values[1] + 8.0 * values[2] - values[3]) / (12.0 * step)
    return slope


@settings(max_examples=60)
@given(SEEDS, WIDTHS, DIMS, BATCHES)
def test_parameter_gradients_are_slopes(seed: int, widths: list[int], dim: int, count: int) -> None:
    network, points, labels = example(seed, widths, dim, count)
    away_from_kinks(network, points, training=True)

    def plain_loss() -> float:
        return mean_cross_entropy(plain_forward(network, points, training=True)[0], labels)

    loss, gradients = network.loss_and_gradients(points, labels)
    assert loss == pytest.approx(plain_loss(), rel=1e-10)
    for parameter, gradient in zip(network.parameters, gradients, strict=True):
        slope = central_difference(plain_loss, parameter)
        np.testing.assert_allclose(gradient, slope, rtol=1e-5, atol=1e-7)


@settings(max_examples=60)
@given(SEEDS, WIDTHS, DIMS, BATCHES)
def test_input_gradient_is_the_slope_of_the_logit(seed: int, widths: list[int], dim: int, count: int) -> None:
    network, points, _ = example(seed, widths, dim, count)
    away_from_kinks(network, points, training=False)
    logits = plain_forward(network, points, training=False)[0]
    np.testing.assert_allclose(network.logits(points), logits, rtol=1e-10, atol=1e-10)
    slope = central_difference(lambda: float(np.sum(network.logits(points))), points)
    np.testing.assert_allclose(network.input_gradient(points), slope, rtol=1e-6, atol=1e-7)


@given(SEEDS, WIDTHS, DIMS, BATCHES)
def test_inference_with_the_statistics_of_the_batch_is_training(
    seed: int, widths: list[int], dim: int, count: int
) -> None:
    network, points, labels = example(seed, widths, dim, count)
    workspace = network.workspace(count)
    trained = workspace.loss_and_gradients(points, labels)
    workspace.update_statistics(0)  # the first batch replaces what was there
    for layer in network.layers:
        layer.statistics[1] *= (count - 1) / count
    assert network.loss(points, labels) == pytest.approx(trained, rel=1e-9)


@given(SEEDS, WIDTHS, DIMS, BATCHES, st.floats(0.5, 20.0))
def test_scale_of_normalised_weights_hardly_matters(
    seed: int, widths: list[int], dim: int, count: int, factor: float
) -> None:
    network, points, labels = example(seed, widths, dim, count)
    away_from_kinks(network, points, training=True)
    before, gradients = network.loss_and_gradients(points, labels)
    # Along the weights of a layer the loss is constant up to EPSILON, so that the gradient is orthogonal to them.
    for k in range(network.depth):
        slope = np.abs(np.sum(gradients[2 * k] * network.parameters[2 * k]))
        assert slope <= 1e-2 * (1.0 + np.abs(gradients[2 * k + 1]).sum() * np.abs(network.parameters[2 * k + 1]).sum())
    network.parameters[0][...] *= factor
    assert network.loss(points, labels) >= 0.0
    assert network.loss_and_gradients(points, labels)[0] == pytest.approx(before, rel=0.1, abs=0.1)


@given(SEEDS, WIDTHS, DIMS, BATCHES)
def test_single_precision_agrees_with_double(seed: int, widths: list[int], dim: int, count: int) -> None:
    network, points, labels = example(seed, widths, dim, count)
    away_from_kinks(network, points, training=True)
    layers = [ReluLayer(layer.weights.astype(np.float32), *layer_rest(layer)) for layer in network.layers]
    single = ReluNetwork(layers, network.readout)
    assert single.dtype == single.logits(points).dtype == single.input_gradient(points).dtype == np.float32
    scale = 1.0 + float(np.max(np.abs(network.logits(points))))
    np.testing.assert_allclose(single.logits(points), network.logits(points), rtol=0.0, atol=1e-3 * scale)
    got, expected = (n.loss_and_gradients(points, labels) for n in (single, network))
    assert got[0] == pytest.approx(expected[0], rel=1e-2, abs=1e-2)
    assert {g.dtype for g in got[1]} == {np.dtype(np.float32)}


def layer_rest(layer: ReluLayer) -> tuple[np.ndarray, np.ndarray]:
    return layer.normalisation, layer.statistics
