"""The ReLU network: construction, initialisation, statistics, threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.models.checked import CheckedModel
from adversarial_spheres.numerics.networks import relu_workspace
from adversarial_spheres.numerics.networks.layers import ReluLayer
from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.networks.relu_workspace import MOMENTUM
from adversarial_spheres.numerics.sampling.points import block_generator, sample_two_spheres
from adversarial_spheres.numerics.sampling.threads import Team
from adversarial_spheres.theory.basics.errors import InvalidArgumentError


def layer(units: int, inputs: int, **change: Any) -> ReluLayer:
    plain = {
        "weights": np.ones((units, inputs)),
        "normalisation": np.ones((2, units)),
        "statistics": np.ones((2, units)),
    }
    return ReluLayer(**{**plain, **change})


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("depth", [1, 3])
def test_random_initialisation(depth: int, dtype: type) -> None:
    network = ReluNetwork.random(300, depth, 100, block_generator(3), dtype)
    assert network.dtype == np.dtype(dtype)
    assert (network.hidden, network.depth, network.dim) == (300, depth, 100)
    assert len(network.parameters) == 2 * depth + 1
    assert {p.dtype for p in network.parameters + network.statistics} == {np.dtype(dtype)}
    for hidden in network.layers:
        inputs, numbers = hidden.weights.shape[1], hidden.weights.size
        # The mean square of normal numbers of variance 2/inputs, within 6.5 standard deviations.
        square = np.mean(hidden.weights.astype(np.float64) ** 2) * inputs / 2.0
        assert square == pytest.approx(1.0, abs=6.5 * np.sqrt(2.0 / numbers))
    assert network.logits(np.ones(100, dtype=dtype)).shape == ()
    assert network.logits(np.ones((2, 3, 100), dtype=dtype)).shape == (2, 3)
    assert network.input_gradient(np.ones((2, 3, 100), dtype=dtype)).shape == (2, 3, 100)


@pytest.mark.parametrize(
    ("layers", "readout", "name"),
    [
        ([], [1.0], "layers"),
        ([layer(3, 1)], np.ones(4), "weights"),
        ([layer(3, 2), layer(3, 2)], np.ones(4), "weights"),
        ([layer(3, 2, weights=np.ones(3))], np.ones(4), "weights"),
        ([layer(3, 2, weights=np.full((3, 2), np.nan))], np.ones(4), "weights"),
        ([layer(3, 2, normalisation=np.ones((3, 2)))], np.ones(4), "normalisation"),
        ([layer(3, 2, statistics=np.ones((1, 3)))], np.ones(4), "statistics"),
        ([layer(3, 2, statistics=-np.ones((2, 3)))], np.ones(4), "statistics"),
        ([layer(3, 2)], np.ones(3), "readout"),
        ([layer(3, 2)], [1.0, 1.0, 1.0, np.inf], "readout"),
        ([layer(3, 2, weights=np.ones((3, 2), dtype=np.float32))], [1e39, 0, 0, 0], "readout"),
    ],
)
def test_bad_numbers(layers: list[ReluLayer], readout: Any, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"^{name} must be"):
        ReluNetwork(layers, readout)


def test_bad_points_labels_and_sizes() -> None:
    network = ReluNetwork([layer(3, 2)], np.ones(4))
    for points in ([[1.0, 2.0, 3.0]], 1.0, [[np.nan, 1.0]]):
        with pytest.raises(InvalidArgumentError, match=r"^points must be"):
            network.logits(points)
    with pytest.raises(InvalidArgumentError, match=r"^points must be .* n >= 2"):
        network.loss_and_gradients(np.ones((1, 2)), [1])
    with pytest.raises(InvalidArgumentError, match=r"^labels must be"):
        network.loss_and_gradients(np.ones((2, 2)), [0, 2])
    for name, sizes in (("hidden", (0, 1, 3)), ("depth", (1, 0, 3)), ("dim", (1, 1, 1))):
        with pytest.raises(InvalidArgumentError, match=f"^{name} must be"):
            ReluNetwork.random(*sizes, block_generator(0))


def test_numbers_are_copied() -> None:
    given = layer(3, 2)
    network = ReluNetwork([given], np.ones(4))
    network.parameters[0][...] = network.statistics[0][...] = 0.0
    assert np.all(given.weights == 1.0)
    assert np.all(given.statistics == 1.0)


def test_running_statistics_average_evenly_and_then_forget() -> None:
    network = ReluNetwork.random(7, 2, 4, block_generator(0), np.float64)
    workspace, rng, means, variances = network.workspace(5), block_generator(1), [], []
    for step in range(300):
        points, labels = sample_two_spheres(5, 4, 1.3, rng)
        workspace.loss_and_gradients(points, labels.astype(float))
        workspace.update_statistics(step)
        z = points @ network.layers[0].weights.T
        means.append(z.mean(axis=0))
        variances.append(z.var(axis=0, ddof=1))
        if step in (0, 1, 99):
            np.testing.assert_allclose(network.statistics[0][0], np.mean(means, axis=0), rtol=1e-11, atol=1e-13)
            np.testing.assert_allclose(network.statistics[0][1], np.mean(variances, axis=0), rtol=1e-11)
    weights = np.where(np.arange(300) < 100, (1 - MOMENTUM) ** 200 / 100, MOMENTUM)
    weights[100:] *= (1 - MOMENTUM) ** np.arange(199, -1, -1)
    np.testing.assert_allclose(network.statistics[0][1], weights @ np.array(variances), rtol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_number_of_threads_changes_no_bit(dtype: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relu_workspace, "_PART_UNITS", 20)
    network = ReluNetwork.random(150, 3, 30, block_generator(0), dtype)
    points, labels = sample_two_spheres(11, 30, 1.3, block_generator(1), dtype)
    results = []
    for threads in (1, 2, 3):
        with Team(threads) as team:
            workspace = network.workspace(11, team)
            loss = workspace.loss_and_gradients(points, labels.astype(dtype))
            results.append((loss, workspace.gradients))
    for loss, gradients in results[1:]:
        assert loss == results[0][0]
        assert all(np.array_equal(a, b) for a, b in zip(gradients, results[0][1], strict=True))


def test_errors_of_a_batch_are_counted() -> None:
    network = ReluNetwork.random(8, 2, 3, block_generator(0), np.float64)
    points, _ = sample_two_spheres(6, 3, 1.3, block_generator(1))
    workspace = network.workspace(6)
    counts = []
    for label in (0.0, 1.0):
        workspace.loss_and_gradients(points, np.full(6, label))
        counts.append(workspace.errors)
    assert sum(counts) == 6


def test_is_a_model_with_a_gradient() -> None:
    model = CheckedModel(ReluNetwork.random(8, 2, 3, block_generator(0)))
    assert model.has_gradient
    points, _ = sample_two_spheres(6, 3, 1.3, block_generator(1))
    assert model.scores(points).shape == (6,)
    assert model.input_gradient(points).shape == (6, 3)
    assert model.resolution == np.finfo(np.float32).eps
