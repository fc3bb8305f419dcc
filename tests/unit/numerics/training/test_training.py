"""The training loop: schedule, stopping, reporting, failing, resuming in the same process."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from adversarial_spheres.numerics.networks.protocols import Workspace
from adversarial_spheres.numerics.sampling.points import block_generator, sample_two_spheres
from adversarial_spheres.numerics.training import adam as optimizer
from adversarial_spheres.numerics.training import loop as training
from adversarial_spheres.numerics.training.adam import Adam
from adversarial_spheres.numerics.training.checkpoint import load_checkpoint, save_checkpoint
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.data import BatchStream
from adversarial_spheres.numerics.training.log import BatchLog, TrainingLog
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.numerics.training.state import TrainingState
from adversarial_spheres.theory.basics.arguments import RealArray
from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError
from adversarial_spheres.theory.quadratic.error_rate import exact_error_rate

CONFIG = TrainingConfig(dim=4, hidden=8, steps=37, batch_size=6)
RELU = replace(CONFIG, network="relu")


@pytest.mark.parametrize("train_size", [None, 20])
def test_is_the_plain_loop(train_size: int | None) -> None:
    config = replace(CONFIG, dtype="float64", train_size=train_size)
    network = config.initial_network()
    adam = Adam(network.parameters, learning_rate=config.learning_rate)
    losses = []
    with BatchStream(config) as stream:
        for step in range(config.steps):
            loss, gradients = network.loss_and_gradients(*stream.batch(step))
            losses.append(loss)
            adam.step(gradients)
    state = train(config)
    np.testing.assert_allclose(state.network.weights, network.weights, rtol=1e-12)
    assert state.step == 37
    scheduled = [0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 32, 37]
    assert state.log.steps.tolist() == scheduled
    expected = [np.mean(losses[a:b]) for a, b in pairwise(scheduled)]
    np.testing.assert_allclose(state.log.mean_losses[1:], expected, rtol=1e-12)
    last = state.log.entries[-1]
    rate = exact_error_rate(network.classifier(), "outer", 1.3)
    np.testing.assert_allclose(last.log_error_rates[1], [rate.log, rate.log_complement], rtol=1e-9)


def test_learns() -> None:
    state = train(replace(CONFIG, steps=1500, learning_rate=1e-2))
    assert state.log.mean_losses[-1] < 0.5 * state.log.mean_losses[1]
    for sphere in ("inner", "outer"):
        assert state.log.error_rate(sphere).log[-1] < np.log(0.02)


def test_same_bits_again_and_other_bits_with_another_seed() -> None:
    weights = [train(replace(CONFIG, seed=seed)).network.weights for seed in (0, 0, 1)]
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


def test_no_steps_measure_the_initial_network() -> None:
    state = train(replace(CONFIG, steps=0))
    assert state.log.steps.tolist() == [0]
    assert np.array_equal(state.network.weights, CONFIG.initial_network().weights)


def test_stops_below_a_rate_on_both_spheres() -> None:
    config = replace(CONFIG, steps=100_000, learning_rate=1e-2, stop_below=0.05, check_every=7)
    state = train(config)
    assert state.stopped
    assert state.step % 7 == 0
    assert state.step < 100_000
    assert state.log.steps[-1] == state.step
    rates = [state.log.error_rate(sphere).probability for sphere in ("inner", "outer")]
    assert max(rates[0][-1], rates[1][-1]) < 0.05
    checks = replace(config, steps=state.step - 7)
    assert not train(checks).stopped
    assert train(replace(config, steps=state.step)).stopped


def test_perfect_network_stops_at_once() -> None:
    state = train(replace(CONFIG, init="perfect", stop_below=1e-6))
    assert (state.step, state.stopped) == (0, True)


def test_progress_is_called_at_the_end_and_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[int, int, float]] = []
    train(CONFIG, progress=lambda *args: calls.append(args))
    assert calls[-1][:2] == (37, 37)
    assert np.isfinite(calls[-1][2])
    monkeypatch.setattr(training, "_PROGRESS_SECONDS", 0.0)
    calls.clear()
    train(CONFIG, progress=lambda *args: calls.append(args))
    assert [call[0] for call in calls] == list(range(1, 38))


@pytest.mark.parametrize("kind", ["weights", "gradient"])
@pytest.mark.parametrize("step", [15, 16, 19, 20])
def test_divergence_is_an_error_and_keeps_the_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, step: int
) -> None:
    plain, calls = training.OBJECTIVES["average"], 0

    def diverging(workspace: Workspace, points: RealArray, labels: RealArray, config: TrainingConfig) -> float:
        nonlocal calls
        calls += 1
        if calls == step and kind == "weights":
            workspace.network.parameters[0][...] = 1e30  # their squares leave single precision
        loss = plain(workspace, points, labels, config)
        if calls == step and kind == "gradient":
            workspace.gradients[0][0, 0] = np.nan
        return loss

    monkeypatch.setitem(training.OBJECTIVES, "average", diverging)
    path = tmp_path / "run"
    with pytest.raises(AccuracyError, match=r"step \d+ ") as caught:
        train(CONFIG, checkpoint=path, checkpoint_steps=5)
    assert abs(int(re.findall(r"step (\d+)", str(caught.value))[0]) - step) <= 1
    monkeypatch.undo()
    kept = load_checkpoint(path)
    assert kept.is_finite
    assert kept.step == 5 * ((step - 1) // 5)
    train(CONFIG, checkpoint=path, resume=True)
    assert np.array_equal(load_checkpoint(path).network.weights, train(CONFIG).network.weights)


@pytest.mark.parametrize(("split", "longer"), [(0, 37), (1, 37), (7, 37), (20, 37), (36, 37), (37, 37), (37, 50)])
@pytest.mark.parametrize("train_size", [None, 20])
@pytest.mark.parametrize("network", ["quadratic", "relu"])
def test_resumed_run_has_the_bits_of_an_uninterrupted_one(
    tmp_path: Path, split: int, longer: int, train_size: int | None, network: str
) -> None:
    path = tmp_path / "run"
    config = replace(CONFIG if network == "quadratic" else RELU, train_size=train_size)
    train(replace(config, steps=split), checkpoint=path)
    train(replace(config, steps=longer), checkpoint=path, resume=True)
    save_checkpoint(tmp_path / "whole", train(replace(config, steps=longer)))
    assert path.read_bytes() == (tmp_path / "whole").read_bytes()


def test_times_of_writing_change_nothing(tmp_path: Path) -> None:
    train(CONFIG, checkpoint=tmp_path / "a", checkpoint_steps=1)
    train(CONFIG, checkpoint=tmp_path / "b", checkpoint_seconds=1e-9)
    train(CONFIG, checkpoint=tmp_path / "c", checkpoint_seconds=None)
    contents = {(tmp_path / name).read_bytes() for name in "abc"}
    assert len(contents) == 1


def test_resuming_a_finished_run_does_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run"
    train(CONFIG, checkpoint=path)
    before = path.read_bytes()
    assert train(CONFIG, checkpoint=path, resume=True).step == 37
    assert path.read_bytes() == before


def test_resuming_with_another_configuration_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run"
    train(CONFIG, checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(InvalidArgumentError, match=r"^batch_size must be 6 as in the checkpoint"):
        train(replace(CONFIG, batch_size=7), checkpoint=path, resume=True)
    with pytest.raises(InvalidArgumentError, match=r"^steps must be at least 37"):
        train(replace(CONFIG, steps=5), checkpoint=path, resume=True)
    assert path.read_bytes() == before


def test_resuming_without_a_file_starts_anew(tmp_path: Path) -> None:
    state = train(CONFIG, checkpoint=tmp_path / "run", resume=True)
    assert np.array_equal(state.network.weights, train(CONFIG).network.weights)
    with pytest.raises(InvalidArgumentError, match=r"^checkpoint must be"):
        train(CONFIG, resume=True)


def test_only_checkpoints_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "alphas.csv"
    path.write_text("1,2,3\n")
    with pytest.raises(InvalidArgumentError, match=r"a new file or a checkpoint to replace"):
        train(CONFIG, checkpoint=path)
    assert path.read_text() == "1,2,3\n"
    train(CONFIG, checkpoint=tmp_path / "run")
    train(replace(CONFIG, seed=1), checkpoint=tmp_path / "run")
    assert load_checkpoint(tmp_path / "run").config.seed == 1


def test_bad_places_and_intervals_are_refused_before_training(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^checkpoint must be a file in a folder that exists"):
        train(replace(CONFIG, steps=10**9), checkpoint=tmp_path / "missing" / "run")
    for bad in ({"checkpoint_seconds": 0.0}, {"checkpoint_seconds": float("nan")}, {"checkpoint_steps": 0}):
        with pytest.raises(InvalidArgumentError, match=rf"^{next(iter(bad))} must be"):
            train(CONFIG, checkpoint=tmp_path / "run", **bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("threads", [1, 2])
def test_blas_threads_are_limited_during_training_only(threads: int) -> None:
    from threadpoolctl import threadpool_info

    def blas() -> list[int]:
        return [lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"]

    before, seen = blas(), []
    train(replace(CONFIG, blas_threads=threads), progress=lambda *_: seen.extend(blas()))
    assert set(seen) == {threads}
    assert blas() == before


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_number_of_workers_changes_no_bit(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimizer, "_BLOCK", 500)
    config = replace(CONFIG, dim=5, hidden=2000, dtype=dtype)
    states = [train(config, workers=workers) for workers in (1, 2, 3, 7, None)]
    for state in states[1:]:
        assert np.array_equal(state.network.weights, states[0].network.weights)
        assert np.array_equal(state.optimizer.second[0], states[0].optimizer.second[0])
    with pytest.raises(InvalidArgumentError, match=r"^workers must be"):
        train(CONFIG, workers=0)


def test_divergence_in_a_helper_is_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    config = replace(CONFIG, hidden=1000)
    network = config.initial_network()
    network.weights[-1] = 1e25
    monkeypatch.setattr(TrainingConfig, "initial_network", lambda _: network)
    monkeypatch.setattr(TrainingState, "observe", lambda _: None)
    with pytest.raises(AccuracyError, match="loss of step 1 is inf"):
        train(config, workers=2)


def test_relu_network_is_the_plain_loop() -> None:
    config = replace(RELU, dtype="float64")
    network, losses, errors = config.initial_network(), [], []
    adam = Adam(network.parameters, learning_rate=config.learning_rate)
    with BatchStream(config) as stream:
        for step in range(config.steps):
            workspace = network.workspace(config.batch_size)
            losses.append(workspace.loss_and_gradients(*stream.batch(step)))
            errors.append(workspace.errors / config.batch_size)
            adam.step(workspace.gradients)
            workspace.update_statistics(step)
    state = train(config)
    for got, expected in zip(
        state.network.parameters + state.network.statistics, network.parameters + network.statistics, strict=True
    ):
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)
    assert isinstance(state.log, BatchLog)
    scheduled = [0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 32, 37]
    assert state.log.steps.tolist() == scheduled
    for column, values in ((state.log.mean_losses, losses), (state.log.training_errors, errors)):
        assert np.isnan(column[0])
        np.testing.assert_allclose(column[1:], [np.mean(values[a:b]) for a, b in pairwise(scheduled)], rtol=1e-12)


def test_relu_network_learns() -> None:
    state = train(replace(RELU, hidden=50, steps=1000, learning_rate=1e-2, batch_size=100))
    assert state.log.training_errors[-1] < 0.1 < state.log.training_errors[1]
    points, labels = sample_two_spheres(2000, 4, 1.3, block_generator(5))
    assert np.mean((state.network.logits(points) > 0) != labels) < 0.05
    assert state.network.loss(points, labels) < 0.3
    with pytest.raises(InvalidArgumentError, match=r"^network must be"):
        state.quadratic()
    network, log = train(CONFIG).quadratic()
    assert isinstance(log, TrainingLog)
    assert network.dim == 4


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_number_of_workers_changes_no_bit_of_the_relu_network(dtype: str) -> None:
    config = replace(RELU, hidden=1100, dtype=dtype, steps=10)
    states = [train(config, workers=workers) for workers in (1, 2, 3)]
    for state in states[1:]:
        arrays = zip(
            state.network.parameters + state.network.statistics + state.optimizer.second,
            states[0].network.parameters + states[0].network.statistics + states[0].optimizer.second,
            strict=True,
        )
        assert all(np.array_equal(a, b) for a, b in arrays)


def test_divergence_of_the_relu_network_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    network = RELU.initial_network()
    network.parameters[-1][...] = 3e38
    monkeypatch.setattr(TrainingConfig, "initial_network", lambda _: network)
    with pytest.raises(AccuracyError, match=r"loss of step 1 is (inf|nan)"):
        train(RELU, workers=2)
