"""Falling learning rates and averaged weights: what they are, held against plain loops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.numerics.training.adam import Adam
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.data import BatchStream, first_points
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.numerics.training.state import TrainingState

QUADRATIC = TrainingConfig(dim=5, hidden=8, steps=37, batch_size=6, dtype="float64")
RELU = TrainingConfig(dim=5, hidden=8, steps=37, batch_size=6, network="relu", dtype="float64")


def parameters_after_each_step(config: TrainingConfig) -> list[list[np.ndarray]]:
    seen: list[list[np.ndarray]] = []
    train(config, visit=lambda state: seen.append([p.copy() for p in state.network.parameters]))
    return seen[1:]


@pytest.mark.parametrize("config", [QUADRATIC, RELU], ids=["quadratic", "relu"])
@pytest.mark.parametrize("decay", [0.5, 0.9, 1.0 - 1e-9])
def test_the_average_is_of_the_steps_and_changes_no_step(config: TrainingConfig, decay: float) -> None:
    steps = parameters_after_each_step(config)
    state = train(replace(config, ema_decay=decay))
    for i, (parameter, average) in enumerate(zip(state.network.parameters, state.average, strict=True)):
        assert np.array_equal(parameter, steps[-1][i])
        expected = np.zeros_like(parameter)
        for k, values in enumerate(steps, start=1):
            share = max(1.0 - decay, 1.0 / k)
            expected = (1.0 - share) * expected + share * values[i]
        np.testing.assert_allclose(average, expected, rtol=1e-12, atol=1e-14)
        assert np.array_equal(state.trained_network().parameters[i], average)


def test_an_average_over_all_steps_is_their_mean() -> None:
    steps = parameters_after_each_step(QUADRATIC)
    state = train(replace(QUADRATIC, ema_decay=1.0 - 1e-12))
    np.testing.assert_allclose(state.average[0], np.mean([values[0] for values in steps], axis=0), rtol=1e-12)


def test_without_an_average_the_network_is_the_one_that_is_trained() -> None:
    state = train(QUADRATIC)
    assert state.average == []
    assert state.trained_network() is state.network


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_a_falling_rate_is_the_plain_loop(schedule: str) -> None:
    config = replace(QUADRATIC, schedule=schedule)
    network = config.initial_network()
    adam = Adam(network.parameters)
    with BatchStream(config) as stream:
        for step in range(config.steps):
            adam.learning_rate = config.learning_rate_at(step)
            workspace = network.workspace(config.batch_size)
            workspace.loss_and_gradients(*stream.batch(step))
            adam.step(workspace.gradients)
    assert np.array_equal(train(config).network.parameters[0], network.parameters[0])


def test_a_falling_rate_resumes_to_the_same_bits(tmp_path: Path) -> None:
    class EnoughError(Exception):
        pass

    def stop(state: TrainingState) -> None:
        if state.step == 20:
            raise EnoughError

    config = replace(RELU, schedule="cosine", ema_decay=0.9)
    with pytest.raises(EnoughError):
        train(config, checkpoint=tmp_path / "a", checkpoint_steps=10, visit=stop)
    train(config, checkpoint=tmp_path / "a", resume=True)
    train(config, checkpoint=tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_statistics_set_from_points_are_those_of_the_points() -> None:
    network = ReluNetwork.random(7, 3, 4, block_generator(1, 0), np.float64)
    points = np.random.default_rng(2).standard_normal((50, 4))
    network.set_statistics(points)
    logits = network.workspace(50).loss_and_gradients(points, np.ones(50))  # those of the batch itself
    unbiased = network.loss(points, np.ones(50))
    assert abs(logits - unbiased) < 0.1 * logits
    inputs = points @ network.layers[0].weights.T
    np.testing.assert_allclose(network.layers[0].statistics, [inputs.mean(0), inputs.var(0, ddof=1)], rtol=1e-12)


def test_the_averaged_relu_network_has_statistics_of_training_points() -> None:
    config = replace(RELU, ema_decay=0.9, train_size=40)
    state = train(config)
    network = state.trained_network()
    assert isinstance(network, ReluNetwork)
    inputs = first_points(config, 2**14) @ network.layers[0].weights.T
    np.testing.assert_allclose(network.layers[0].statistics[0], inputs.mean(0), rtol=1e-9)
    assert not np.array_equal(network.statistics[0], state.network.statistics[0])
    assert np.array_equal(state.trained_network().statistics[1], network.statistics[1])
