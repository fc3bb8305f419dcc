"""Laws of the quadratic network: gradients against finite differences, symmetries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adversarial_spheres.numerics.networks.quadratic import QuadraticNetwork
from adversarial_spheres.numerics.sampling.points import block_generator, sample_two_spheres

SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.tuples(st.integers(1, 6), st.integers(2, 6))
SCALARS = st.floats(-3.0, 3.0, allow_subnormal=False)


def example(seed: int, sizes: tuple[int, int], w: float, b: float) -> tuple[QuadraticNetwork, np.ndarray, np.ndarray]:
    rng = block_generator(seed)
    network = QuadraticNetwork(rng.standard_normal(sizes), w, b)
    points, labels = sample_two_spheres(4, sizes[1], 1.3, rng)
    return network, points, labels


def central_difference(function: object, array: np.ndarray, step: float = 1e-4) -> np.ndarray:
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


@given(SEEDS, SIZES, SCALARS, SCALARS)
def test_parameter_gradients_are_slopes(seed: int, sizes: tuple[int, int], w: float, b: float) -> None:
    network, points, labels = example(seed, sizes, w, b)
    loss, gradients = network.loss_and_gradients(points, labels)
    assert loss == pytest.approx(network.loss(points, labels), rel=1e-12, abs=1e-300)
    for parameter, gradient in zip(network.parameters, gradients, strict=True):
        slope = central_difference(lambda: network.loss(points, labels), parameter)
        np.testing.assert_allclose(gradient, slope, rtol=1e-6, atol=1e-9)


@given(SEEDS, SIZES, SCALARS, SCALARS)
def test_input_gradient_is_the_slope_of_the_logit(seed: int, sizes: tuple[int, int], w: float, b: float) -> None:
    network, points, _ = example(seed, sizes, w, b)
    slope = central_difference(lambda: float(np.sum(network.logits(points))), points, 1e-2)
    np.testing.assert_allclose(network.input_gradient(points), slope, rtol=1e-9, atol=1e-9)


@given(SEEDS, SIZES, SCALARS, SCALARS)
def test_single_precision_agrees_with_double(seed: int, sizes: tuple[int, int], w: float, b: float) -> None:
    network, points, labels = example(seed, sizes, w, b)
    single = QuadraticNetwork(network.weights.astype(np.float32), w, b)
    rounded = QuadraticNetwork(single.weights.astype(np.float64), single.output_weight, single.bias)
    points = points.astype(np.float32)
    scale = 1.0 + float(np.sum(network.weights**2)) * 1.69 * (1.0 + abs(w))
    for got, expected in zip(
        single.loss_and_gradients(points, labels)[1], rounded.loss_and_gradients(points, labels)[1], strict=True
    ):
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, expected, rtol=0.0, atol=1e-5 * scale)


@given(SEEDS, SIZES, SCALARS, SCALARS)
def test_rotations_of_units_and_of_space_change_nothing(seed: int, sizes: tuple[int, int], w: float, b: float) -> None:
    network, points, _ = example(seed, sizes, w, b)
    rng = block_generator(seed, 1)
    units, space = (np.linalg.qr(rng.standard_normal((n, n)))[0] for n in sizes)
    turned = QuadraticNetwork(units @ network.weights @ space.T, w, b)
    np.testing.assert_allclose(turned.logits(points @ space.T), network.logits(points), rtol=1e-10, atol=1e-10)


@given(SEEDS, SIZES, SCALARS, SCALARS, st.floats(-4.0, 4.0))
def test_logit_is_even_and_quadratic(seed: int, sizes: tuple[int, int], w: float, b: float, scale: float) -> None:
    network, points, _ = example(seed, sizes, w, b)
    expected = scale**2 * (network.logits(points) - b) + b
    np.testing.assert_allclose(network.logits(scale * points), expected, rtol=1e-11, atol=1e-11)


@given(SEEDS, SIZES, SCALARS, SCALARS)
def test_mean_loss_is_the_mean(seed: int, sizes: tuple[int, int], w: float, b: float) -> None:
    network, points, labels = example(seed, sizes, w, b)
    each = [network.loss(points[i : i + 1], labels[i : i + 1]) for i in range(len(points))]
    assert network.loss(points, labels) == pytest.approx(np.mean(each), rel=1e-12, abs=0.0)
    # The loss on points with the labels exchanged differs by the mean signed logit: softplus(t) - softplus(-t) = t.
    signed = np.where(labels, network.logits(points), -network.logits(points))
    exchanged = network.loss(points, ~labels)
    assert exchanged - network.loss(points, labels) == pytest.approx(np.mean(signed), rel=1e-9, abs=1e-11)
