"""Checkpoints with a right checksum that claim what no run can have done: each field is checked."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import tracemalloc
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.training import checkpoint as module
from adversarial_spheres.numerics.training.checkpoint import MAGIC, load_checkpoint, save_checkpoint
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.numerics.training.state import TrainingState
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

CONFIG = TrainingConfig(dim=3, hidden=4, steps=12, batch_size=5)
RELU = TrainingConfig(dim=3, hidden=4, steps=12, batch_size=5, network="relu", depth=2)
PREFIX = len(MAGIC) + 12 + 32
Arrays = dict[str, Any]


@pytest.fixture(name="states", scope="module")
def _states() -> dict[str, TrainingState]:
    return {"quadratic": train(CONFIG), "relu": train(RELU), "short": train(replace(CONFIG, dim=2))}


def arrays_of(state: TrainingState) -> Arrays:
    with np.load(io.BytesIO(module._encode(state))) as archive:
        return dict(archive)


def file_of(arrays: Arrays) -> bytes:
    """A checkpoint of this content, with a right checksum."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    header = struct.pack("<IQ", 3, len(buffer.getvalue()))
    return MAGIC + header + hashlib.sha256(header + buffer.getvalue()).digest() + buffer.getvalue()


def with_facts(arrays: Arrays, **changes: Any) -> Arrays:
    facts = {**json.loads(arrays["facts"].tobytes()), **changes}
    return {**arrays, "facts": np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)}


def refusal(path: Path, arrays: Arrays) -> str:
    path.write_bytes(file_of(arrays))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(
            InvalidArgumentError, match=r"^checkpoint must be a whole checkpoint \(its content"
        ) as caught:
            load_checkpoint(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_changed_here_is_taken_as_it_is(states: dict[str, TrainingState], tmp_path: Path) -> None:
    for state in states.values():
        (tmp_path / "run").write_bytes(file_of(arrays_of(state)))
        assert module._encode(load_checkpoint(tmp_path / "run")) == module._encode(state)


NO_COUNTS = [1e30, -1, 1.7, float("nan"), float("inf"), True, None, "3", [3], {}, 10**30, 13, 3.0]


@pytest.mark.parametrize("value", NO_COUNTS, ids=repr)
@pytest.mark.parametrize("name", ["step", "optimizer_steps", "loss_count", "error_count"])
def test_counts_that_no_run_has(states: dict[str, TrainingState], tmp_path: Path, name: str, value: Any) -> None:
    """A checkpoint of step 1e30, -1, 1.7 or NaN was taken."""
    if name == "error_count" and value == 13:
        value = 11  # two batches of five points since the last entry
    refusal(tmp_path / "run", with_facts(arrays_of(states["quadratic"]), **{name: value}))


@pytest.mark.parametrize("value", [1, 0, None, "false", 1.0, []], ids=repr)
def test_stopped_is_true_or_false(states: dict[str, TrainingState], tmp_path: Path, value: Any) -> None:
    refusal(tmp_path / "run", with_facts(arrays_of(states["quadratic"]), stopped=value))


def test_a_run_that_nothing_stops_has_not_stopped(states: dict[str, TrainingState], tmp_path: Path) -> None:
    refusal(tmp_path / "run", with_facts(arrays_of(states["quadratic"]), stopped=True))


@pytest.mark.parametrize("step", [0, 5, 11])
def test_the_step_is_that_of_the_optimizer_and_not_before_the_log(
    states: dict[str, TrainingState], tmp_path: Path, step: int
) -> None:
    arrays = arrays_of(states["quadratic"])
    assert "optimizer_steps" in refusal(tmp_path / "run", with_facts(arrays, step=step, loss_count=0, error_count=0))
    both = with_facts(arrays, step=step, optimizer_steps=step, loss_count=0, error_count=0)
    refusal(tmp_path / "run", {**both, "loss_sum": np.array([0.0])})


CONFIGS: list[dict[str, Any]] = [
    {"dim": 4}, {"dim": 3.0}, {"dim": True}, {"dim": 10**9}, {"hidden": 10**9}, {"steps": 11}, {"steps": 1e30},
    {"steps": -1}, {"learning_rate": -1.0}, {"learning_rate": None}, {"outer_radius": 0.5}, {"outer_radius": 1.4},
    {"network": "relu"}, {"depth": 2}, {"batch_size": 0}, {"seed": -1}, {"dtype": "float64"}, {"more": 1},
    {"objective": "none"}, {"blas_threads": 0}, {"stop_below": 7}, {"check_every": 0}, {"init_scale": 2.0},
]  # fmt: skip


@pytest.mark.parametrize("change", CONFIGS, ids=repr)
def test_configurations_that_do_not_fit(
    states: dict[str, TrainingState], tmp_path: Path, change: dict[str, Any]
) -> None:
    arrays = arrays_of(states["quadratic"])
    config = json.loads(arrays["facts"].tobytes())["config"]
    refusal(tmp_path / "run", with_facts(arrays, config={**config, **change}))


def test_a_deep_network_of_few_numbers_is_not_made(states: dict[str, TrainingState], tmp_path: Path) -> None:
    """Its first layer is there, and 999 larger ones are claimed: 8 GB."""
    arrays = arrays_of(states["relu"])
    config = json.loads(arrays["facts"].tobytes())["config"]
    arrays |= {"parameter_0": np.zeros((1000, 2), dtype=np.float32)}
    claimed = with_facts(arrays, config={**config, "dim": 2, "hidden": 1000, "depth": 1000})
    tracemalloc.start()
    try:
        assert "parameter_1 has shape" in refusal(tmp_path / "run", claimed)
        assert tracemalloc.get_traced_memory()[1] < 10e6
    finally:
        tracemalloc.stop()


def test_facts_of_other_names(states: dict[str, TrainingState], tmp_path: Path) -> None:
    arrays = arrays_of(states["quadratic"])
    refusal(tmp_path / "run", with_facts(arrays, more=1))
    facts = json.loads(arrays["facts"].tobytes())
    for name in facts:
        less = json.dumps({key: value for key, value in facts.items() if key != name}).encode()
        refusal(tmp_path / "run", {**arrays, "facts": np.frombuffer(less, dtype=np.uint8)})
    twice = arrays["facts"].tobytes().replace(b'"step": 12', b'"step": 12, "step": 12')
    assert "stands there twice" in refusal(tmp_path / "run", {**arrays, "facts": np.frombuffer(twice, dtype=np.uint8)})


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "NaN": lambda array: np.full_like(array, np.nan),
    "infinity": lambda array: np.full_like(array, np.inf),
    "one more": lambda array: np.concatenate([array, array[:1]]),
    "one less": lambda array: array[:-1],
    "no axis": lambda array: array.ravel()[0],
    "one axis more": lambda array: array[None],
    "other precision": lambda array: array.astype(np.float16),
    "words": lambda array: array.astype(str),
    "truth": lambda array: array.astype(bool),
    "complex": lambda array: array.astype(complex),
    "negative": lambda array: -np.abs(array) - 1,
}
MAY_BE = {("second", "infinity"), ("first", "negative"), ("parameter", "negative"), ("log_log_error_rates", "negative"),
          ("log_bias", "negative"), ("log_eigenvalues", "negative"), ("log_mean_loss", "infinity"),
          ("log_worst_case_losses", "infinity")}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("network", ["quadratic", "relu", "short"])
def test_arrays_that_no_run_has(states: dict[str, TrainingState], tmp_path: Path, network: str, change: str) -> None:
    arrays = arrays_of(states[network])
    for name, array in arrays.items():
        kind = name if name.startswith("log_") else name.partition("_")[0]
        if name == "facts" or (kind, change) in MAY_BE or (kind == "statistic" and change == "negative"):
            continue
        if change in ("NaN", "infinity") and array.dtype.kind != "f":
            continue
        refusal(tmp_path / "run", {**arrays, name: CHANGES[change](array)})


def test_arrays_of_other_names(states: dict[str, TrainingState], tmp_path: Path) -> None:
    for state in states.values():
        arrays = arrays_of(state)
        for stranger in ("more", "parameter_9", "log_more", "first_9", "statistic_9"):
            refusal(tmp_path / "run", {**arrays, stranger: np.zeros(1)})
        for name in arrays:
            refusal(tmp_path / "run", {key: value for key, value in arrays.items() if key != name})


def test_running_variances_are_not_negative(states: dict[str, TrainingState], tmp_path: Path) -> None:
    arrays = arrays_of(states["relu"])
    refusal(
        tmp_path / "run", {**arrays, "statistic_0": arrays["statistic_0"] * np.array([[1], [-1]], dtype=np.float32)}
    )


@pytest.mark.parametrize("steps", ["falling", "twice", "negative", "beyond", "floats"])
def test_logs_of_impossible_steps(states: dict[str, TrainingState], tmp_path: Path, steps: str) -> None:
    for network in ("quadratic", "relu"):
        arrays = arrays_of(states[network])
        step = arrays["log_step"].copy()
        if steps == "falling":
            step = step[::-1]
        elif steps == "twice":
            step[2] = step[1]
        elif steps == "negative":
            step[0] = -1
        elif steps == "beyond":
            step[-1] = 13
        else:
            step = step.astype(float)
        refusal(tmp_path / "run", {**arrays, "log_step": step})


def test_a_log_of_another_outer_radius(states: dict[str, TrainingState], tmp_path: Path) -> None:
    arrays = arrays_of(states["quadratic"])
    assert "outer radius" in refusal(tmp_path / "run", {**arrays, "log_outer_radius": np.array([1.4])})


def test_what_could_not_be_read_is_not_written(tmp_path: Path) -> None:
    state = train(CONFIG)
    save_checkpoint(tmp_path / "run", state)
    before = (tmp_path / "run").read_bytes()
    for name, value in (("step", 13), ("step", 11), ("loss_count", -1), ("error_count", 99), ("stopped", True)):
        wrong = train(CONFIG)
        setattr(wrong, name, value)
        with pytest.raises(InvalidArgumentError, match=name if name != "step" else "step"):
            save_checkpoint(tmp_path / "run", wrong)
    assert (tmp_path / "run").read_bytes() == before


def test_states_of_every_moment_are_written_and_read(tmp_path: Path) -> None:
    """Between any two steps, before the first one, and after a run that was stopped."""

    def look(state: TrainingState) -> None:
        save_checkpoint(tmp_path / "run", state)
        assert module._encode(load_checkpoint(tmp_path / "run")) == module._encode(state)

    for config in (CONFIG, RELU, replace(CONFIG, dim=2, objective="worst-case"), replace(CONFIG, stop_below=0.999)):
        look(TrainingState.initial(config))
        train(config, visit=look)
        state = train(config)
        look(state)
        state.extend(replace(config, steps=20))
        look(state)


def test_a_file_as_large_as_its_header_says_is_not_read_into_memory(tmp_path: Path) -> None:
    """A header of 8 TiB and a sparse file of that length."""
    header = struct.pack("<IQ", 3, 2**43)
    (tmp_path / "run").write_bytes(MAGIC + header + bytes(32))
    with (tmp_path / "run").open("r+b") as file:
        file.truncate(PREFIX + 2**43)
    tracemalloc.start()
    try:
        with pytest.raises(InvalidArgumentError, match=r"^checkpoint must be a whole checkpoint"):
            load_checkpoint(tmp_path / "run")
        assert tracemalloc.get_traced_memory()[1] < 10e6
    finally:
        tracemalloc.stop()
