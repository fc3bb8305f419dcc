"""Laws of training: a run is a function of its configuration, wherever it was interrupted."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adversarial_spheres.numerics.training.checkpoint import load_checkpoint, save_checkpoint
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.log import SPHERES
from adversarial_spheres.numerics.training.loop import train

CONFIGS = st.builds(
    TrainingConfig,
    dim=st.integers(2, 5),
    hidden=st.integers(5, 8),
    steps=st.integers(0, 40),
    batch_size=st.integers(1, 9),
    learning_rate=st.floats(1e-4, 1e-1),
    outer_radius=st.floats(1.05, 3.0),
    train_size=st.none() | st.integers(1, 30),
    init=st.sampled_from(["random", "perfect"]),
    seed=st.integers(0, 2**64),
    dtype=st.sampled_from(["float32", "float64"]),
    stop_below=st.none() | st.floats(1e-3, 0.5),
    check_every=st.integers(1, 10),
    ema_decay=st.none() | st.floats(0.01, 0.999),
)


RELU_CONFIGS = st.builds(
    TrainingConfig,
    network=st.just("relu"),
    dim=st.integers(2, 5),
    hidden=st.integers(1, 8),
    depth=st.integers(1, 3),
    steps=st.integers(0, 40),
    batch_size=st.integers(2, 9),
    learning_rate=st.floats(1e-4, 1e-1),
    train_size=st.none() | st.integers(1, 30),
    seed=st.integers(0, 2**64),
    dtype=st.sampled_from(["float32", "float64"]),
    ema_decay=st.none() | st.floats(0.01, 0.999),
)


@pytest.mark.slow
@settings(max_examples=40)
@given(CONFIGS | RELU_CONFIGS, st.lists(st.integers(0, 40), max_size=3))
def test_interruptions_change_no_bit(config: TrainingConfig, stops: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, whole = Path(folder, "run"), Path(folder, "whole")
        for stop in sorted(min(stop, config.steps) for stop in stops):
            train(replace(config, steps=stop), checkpoint=path, resume=True)
        train(config, checkpoint=path, resume=True)
        save_checkpoint(whole, train(config))
        assert path.read_bytes() == whole.read_bytes()
        save_checkpoint(whole, load_checkpoint(path))
        assert path.read_bytes() == whole.read_bytes()


@settings(max_examples=40)
@given(CONFIGS)
def test_log_is_consistent(config: TrainingConfig) -> None:
    state = train(config)
    log = state.log
    assert log.steps[0] == 0
    assert log.steps[-1] == state.step <= config.steps
    assert np.all(np.diff(log.steps) > 0)
    assert state.stopped or state.step == config.steps
    assert np.all(log.mean_losses[1:] >= 0.0)
    final = state.quadratic()[0].classifier()
    assert np.array_equal(log.entries[-1].eigenvalues, final.eigenvalues)
    assert log.entries[-1].bias == final.bias
    perfect = [log.classifier().is_perfect(sphere, config.outer_radius) for sphere in SPHERES]
    for sphere, flags in zip(SPHERES, perfect, strict=True):
        assert np.array_equal(log.error_rate(sphere).log == -np.inf, flags)
    # All alphas inside the range: no errors on either sphere, and the other way round.
    known = log.alphas_outside >= 0
    assert np.array_equal((log.alphas_outside == 0)[known], (perfect[0] & perfect[1])[known])
    # Log 2 is the loss of a logit of 0: the worst loss is above it exactly where errors exist.
    for sphere, flags in zip(SPHERES, perfect, strict=True):
        assert np.all((log.worst_case_loss(sphere) <= np.log(2.0)) == flags)


def test_from_a_perfect_network_the_average_falls_while_the_worst_case_rises() -> None:
    state = train(TrainingConfig(dim=100, hidden=150, steps=1000, init="perfect"))
    log = state.log
    start = np.log1p(np.exp(-0.69 / 2.69))  # loss of every point at the start
    for sphere in SPHERES:
        worst = log.worst_case_loss(sphere)
        np.testing.assert_allclose(worst[0], start, rtol=1e-6)
        assert worst[-1] > 1.5 * start
        assert log.error_rate(sphere).log[0] == -np.inf
        assert log.error_rate(sphere).log[-1] > np.log(1e-12)
    assert log.mean_losses[-1] < 0.9 * start
    assert log.alphas_outside[0] == 0
    assert log.alphas_outside[-1] > 50
