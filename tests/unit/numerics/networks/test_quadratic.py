"""The quadratic network: values, initialisations, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.numerics.networks.quadratic import QuadraticNetwork, mean_cross_entropy
from adversarial_spheres.numerics.sampling.points import block_generator, sample_two_spheres
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.quadratic.error_rate import exact_error_rate


def test_logits_by_the_formula() -> None:
    rng = block_generator(0)
    weights, points = rng.standard_normal((4, 3)), rng.standard_normal((2, 5, 3))
    network = QuadraticNetwork(weights, -0.7, 0.3)
    for index in np.ndindex(2, 5):
        expected = -0.7 * sum((row @ points[index]) ** 2 for row in weights) + 0.3
        assert network.logits(points)[index] == pytest.approx(expected, rel=1e-13, abs=0.0)


def test_classifier_is_the_same_function() -> None:
    network = QuadraticNetwork.random(7, 4, block_generator(1), np.float64)
    classifier = network.classifier()
    _, basis = np.linalg.eigh(network.weights.T @ network.weights)
    points = block_generator(2).standard_normal((10, 4))
    by_eigenvalues = (points @ basis) ** 2 @ np.sort(classifier.eigenvalues) + classifier.bias
    np.testing.assert_allclose(network.logits(points), by_eigenvalues, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_random_initialisation(dtype: type) -> None:
    network = QuadraticNetwork.random(400, 100, block_generator(3), dtype)
    assert network.dtype == np.dtype(dtype)
    assert (network.hidden, network.dim) == (400, 100)
    assert (network.output_weight, network.bias) == (1.0, -1.0)
    assert network.logits(np.ones(100, dtype=dtype)).dtype == np.dtype(dtype)
    # 40,000 normal numbers of variance 1/400: the mean square within 6.5 standard deviations.
    assert np.mean(network.weights.astype(np.float64) ** 2) * 400 == pytest.approx(1.0, abs=6.5 * np.sqrt(2 / 40_000))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("hidden", "dim"), [(5, 5), (9, 2), (60, 40)])
def test_perfect_initialisation(hidden: int, dim: int, dtype: type) -> None:
    network = QuadraticNetwork.perfect(hidden, dim, 1.3, block_generator(4), dtype)
    classifier = network.classifier()
    np.testing.assert_allclose(classifier.alphas, 2.0 / 2.69, rtol=20 * np.finfo(dtype).eps)
    for sphere in ("inner", "outer"):
        assert classifier.is_perfect(sphere, 1.3)
        assert exact_error_rate(classifier, sphere, 1.3).log == -np.inf
    points, labels = sample_two_spheres(100, dim, 1.3, block_generator(5), dtype)
    assert np.array_equal(network.logits(points) > 0, labels)
    surer = QuadraticNetwork.perfect(hidden, dim, 1.3, block_generator(4), dtype, scale=8.0)
    np.testing.assert_allclose(surer.logits(points), 8.0 * network.logits(points), rtol=1e-6)
    np.testing.assert_allclose(np.abs(surer.logits(points)), 8.0 * 0.69 / 2.69, rtol=1e-4)


def test_too_few_units_for_a_perfect_network() -> None:
    with pytest.raises(InvalidArgumentError, match="hidden must be at least dim = 5"):
        QuadraticNetwork.perfect(4, 5, 1.3, block_generator(0))


def test_weights_are_copied_and_float32_is_kept() -> None:
    weights = np.ones((3, 2), dtype=np.float32)
    network = QuadraticNetwork(weights, 1.0, -1.0)
    network.weights[:] = 0.0
    assert np.all(weights == 1.0)
    assert network.dtype == np.float32
    assert QuadraticNetwork([[1, 2]], 1, -1).dtype == np.float64


@pytest.mark.parametrize(
    ("weights", "output_weight", "bias", "name"),
    [
        ([[1.0, np.nan]], 1.0, 0.0, "weights"),
        ([[1.0]], 1.0, 0.0, "weights"),
        ([1.0, 2.0], 1.0, 0.0, "weights"),
        (np.empty((0, 3)), 1.0, 0.0, "weights"),
        ([[1.0, 2.0]], np.inf, 0.0, "output_weight"),
        ([[1.0, 2.0]], 1.0, np.nan, "bias"),
        ([[1.0, 2.0]], [1.0, 2.0], 0.0, "output_weight"),
        (np.ones((1, 2), dtype=np.float32), 1.0, 1e39, "bias"),
    ],
)
def test_bad_weights(weights: object, output_weight: float, bias: float, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"^{name} must be"):
        QuadraticNetwork(weights, output_weight, bias)  # type: ignore[arg-type]


def test_bad_points_and_labels() -> None:
    network = QuadraticNetwork(np.ones((3, 2)), 1.0, -1.0)
    for points in ([[1.0, 2.0, 3.0]], 1.0, [[np.nan, 1.0]]):
        with pytest.raises(InvalidArgumentError, match=r"^points must be"):
            network.logits(points)
    for labels in ([0], [0, 2], [0.5, 1], [[0, 1]]):
        with pytest.raises(InvalidArgumentError, match=r"^labels must be"):
            network.loss_and_gradients(np.ones((2, 2)), labels)
    with pytest.raises(InvalidArgumentError, match=r"^points must be"):
        network.loss_and_gradients(np.ones(2), [1])


def test_cross_entropy_is_stable() -> None:
    logits = np.array([800.0, -800.0, 800.0, -800.0, 0.0, -40.0])
    labels = np.array([0.0, 0.0, 1.0, 1.0, 1.0, 0.0])
    each = [mean_cross_entropy(logits[i : i + 1], labels[i : i + 1]) for i in range(6)]
    assert each[:5] == [800.0, 0.0, 0.0, 800.0, np.log(2.0)]
    assert each[5] == pytest.approx(np.exp(-40.0), rel=1e-14, abs=0.0)
    assert mean_cross_entropy(logits, labels) == pytest.approx(np.mean(each), rel=1e-14)
    assert np.isnan(mean_cross_entropy(np.array([np.nan]), np.array([1.0])))
