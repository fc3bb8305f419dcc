"""Objectives of training: worst points in closed form, ascent on the spheres, and what they do to a network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adversarial_spheres.numerics.networks.quadratic import QuadraticNetwork
from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.sampling.points import block_generator, sample_two_spheres
from adversarial_spheres.numerics.training.checkpoint import save_checkpoint
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.numerics.training.objectives import OBJECTIVES, ascend, worst_points
from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError
from adversarial_spheres.theory.quadratic.error_rate import worst_case_loss

CONFIG = TrainingConfig(dim=5, hidden=9, steps=30, batch_size=6, dtype="float64")
RELU = replace(CONFIG, network="relu")


# Coefficients below 2.2e-308 have lost digits, and are refused.
PLAIN = st.floats(-2.0, 2.0).filter(lambda x: x == 0.0 or abs(x) > 1e-280)


@given(st.integers(0, 2**32), st.integers(1, 7), st.integers(2, 6), PLAIN, PLAIN)
def test_worst_points_attain_the_worst_loss(seed: int, hidden: int, dim: int, w: float, b: float) -> None:
    network = QuadraticNetwork(block_generator(seed).standard_normal((hidden, dim)), w, b)
    inner, outer = worst_points(network, 1.3)
    assert np.linalg.norm(inner) == pytest.approx(1.0)
    assert np.linalg.norm(outer) == pytest.approx(1.3)
    classifier = network.classifier()
    for sphere, point, label in (("inner", inner, 0), ("outer", outer, 1)):
        worst = float(worst_case_loss(classifier, sphere, 1.3))
        assert network.loss(point[None], [label]) == pytest.approx(worst, rel=1e-9, abs=1e-12)


def test_worst_case_objective_is_the_mean_of_the_worst_losses() -> None:
    network = CONFIG.initial_network()
    points, _ = sample_two_spheres(6, 5, 1.3, block_generator(0))
    kept, workspace = points.copy(), network.workspace(6)
    loss = OBJECTIVES["worst-case"](workspace, points, np.array([0.0, 1.0] * 3), CONFIG)
    expected = [float(worst_case_loss(network.classifier(), sphere, 1.3)) for sphere in ("inner", "outer")]
    assert loss == pytest.approx(np.mean(expected), rel=1e-10)
    assert np.array_equal(points, kept)
    # The gradient is the slope of the worst losses, whose points move with the weights (Danskin's theorem).
    gradient, change = workspace.gradients[0].copy(), block_generator(1).standard_normal(network.weights.shape)
    slope = 0.0
    for step in (1e-5, -1e-5):
        moved = QuadraticNetwork(network.weights + step * change, 1.0, -1.0).classifier()
        slope += sum(float(worst_case_loss(moved, sphere, 1.3)) for sphere in ("inner", "outer")) / (4.0 * step)
    assert slope == pytest.approx(float(np.sum(gradient * change)), rel=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["quadratic", "relu"])
def test_ascent_stays_on_the_spheres_and_climbs(kind: str, dtype: type) -> None:
    rng = block_generator(3)
    network: QuadraticNetwork | ReluNetwork = (
        QuadraticNetwork.random(12, 8, rng, dtype) if kind == "quadratic" else ReluNetwork.random(30, 2, 8, rng, dtype)
    )
    points, outer = sample_two_spheres(50, 8, 1.3, rng, dtype)
    labels, kept = outer.astype(dtype), points.copy()
    losses = []
    for steps in (0, 1, 30):
        moved = ascend(network, points, labels, step=0.02, steps=steps)
        assert moved.dtype == dtype
        np.testing.assert_allclose(np.linalg.norm(moved, axis=1), np.where(outer, 1.3, 1.0), rtol=1e-5)
        assert np.all(np.linalg.norm(moved - points, axis=1) <= 0.02 * 1.3 * steps + 1e-5)
        losses.append([network.loss(moved[i : i + 1], labels[i : i + 1]) for i in range(50)])
    assert np.array_equal(points, kept)
    np.testing.assert_allclose(losses[0], [network.loss(points[i : i + 1], labels[i : i + 1]) for i in range(50)], 1e-4)
    assert np.mean(np.array(losses[1]) > np.array(losses[0])) > 0.9
    assert np.mean(losses[2]) > np.mean(losses[1])


def test_long_ascent_on_a_quadratic_network_reaches_the_worst_points() -> None:
    network = CONFIG.initial_network()
    points, outer = sample_two_spheres(40, 5, 1.3, block_generator(2))
    moved = ascend(network, points, outer.astype(float), step=0.005, steps=2000)
    worst = [float(worst_case_loss(network.classifier(), sphere, 1.3)) for sphere in ("inner", "outer")]
    found = [network.loss(moved[i : i + 1], outer[i : i + 1]) for i in range(40)]
    np.testing.assert_allclose(found, np.array(worst)[outer.astype(int)], rtol=1e-3)


def test_points_without_a_gradient_stay() -> None:
    network = QuadraticNetwork(np.eye(3), 0.0, -1.0)
    points, outer = sample_two_spheres(4, 3, 1.3, block_generator(0))
    np.testing.assert_allclose(ascend(network, points, outer.astype(float), step=0.5, steps=3), points, rtol=1e-12)


@pytest.mark.parametrize("objective", ["worst-case", "pgd"])
def test_adversarial_training_lowers_the_worst_case(objective: str) -> None:
    config = replace(CONFIG, steps=600, learning_rate=1e-2, objective=objective, pgd_steps=20)
    state = train(config)
    for sphere in ("inner", "outer"):
        assert state.network.classifier().is_perfect(sphere, 1.3)
    plain = train(replace(config, objective="average"))
    assert not all(plain.network.classifier().is_perfect(sphere, 1.3) for sphere in ("inner", "outer"))


@pytest.mark.parametrize("config", [replace(CONFIG, objective="worst-case"), replace(RELU, objective="pgd")])
def test_resumed_run_has_the_bits_of_an_uninterrupted_one(tmp_path: Path, config: TrainingConfig) -> None:
    train(replace(config, steps=11), checkpoint=tmp_path / "run")
    train(config, checkpoint=tmp_path / "run", resume=True)
    save_checkpoint(tmp_path / "whole", train(config, workers=1))
    assert (tmp_path / "run").read_bytes() == (tmp_path / "whole").read_bytes()


@pytest.mark.parametrize("objective", ["worst-case", "pgd"])
@pytest.mark.parametrize("value", [np.inf, np.nan, 1e200])
def test_divergence_is_an_error(objective: str, value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    network = CONFIG.initial_network()
    network.parameters[0][0, 0] = value
    monkeypatch.setattr(TrainingConfig, "initial_network", lambda _: network)
    monkeypatch.setattr("adversarial_spheres.numerics.training.state.TrainingState.observe", lambda _: None)
    with pytest.raises(AccuracyError, match="loss of step 1 is"):
        train(replace(CONFIG, objective=objective))


def test_worst_case_is_for_the_quadratic_network() -> None:
    network = RELU.initial_network()
    with pytest.raises(InvalidArgumentError, match=r"^objective must be"):
        OBJECTIVES["worst-case"](network.workspace(2), np.ones((2, 5)), np.ones(2), RELU)
