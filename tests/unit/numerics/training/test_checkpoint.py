"""Checkpoints: whole or refused, never changed by reading."""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from adversarial_spheres.numerics.training import checkpoint as module
from adversarial_spheres.numerics.training.checkpoint import (
    MAGIC,
    is_replaceable,
    load_checkpoint,
    save_checkpoint,
)
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.numerics.training.state import TrainingState
from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError

CONFIG = TrainingConfig(dim=3, hidden=4, steps=12, batch_size=5)
RELU = {"network": "relu", "depth": 3}
PREFIX = len(MAGIC) + 12 + 32


def same_state(a: TrainingState, b: TrainingState) -> bool:
    return module._encode(a) == module._encode(b)


@pytest.fixture(name="saved")
def _saved(tmp_path: Path) -> tuple[Path, TrainingState]:
    state = train(CONFIG)
    save_checkpoint(tmp_path / "run.ckpt", state)
    return tmp_path / "run.ckpt", state


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"dtype": "float64"},
        {"init": "perfect"},
        {"train_size": 7, "stop_below": 0.9},
        {"schedule": "cosine", "ema_decay": 0.8},
        RELU,
        {**RELU, "dtype": "float64", "steps": 0},
        {**RELU, "ema_decay": 0.8},
    ],
)
def test_comes_back_bit_by_bit(tmp_path: Path, change: dict[str, object]) -> None:
    state = train(TrainingConfig(**{**CONFIG.as_dict(), **change}))  # type: ignore[arg-type]
    save_checkpoint(tmp_path / "a", state)
    again = load_checkpoint(tmp_path / "a")
    assert again.config == state.config
    assert (again.step, again.stopped, again.loss_sum) == (state.step, state.stopped, state.loss_sum)
    for saved, loaded in zip(module._groups(state).values(), module._groups(again).values(), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(saved, loaded, strict=True))
    assert again.optimizer.parameters[0] is again.network.parameters[0]
    points = np.eye(3)
    assert np.array_equal(again.network.logits(points), state.network.logits(points))
    assert np.array_equal(again.trained_network().logits(points), state.trained_network().logits(points))
    assert same_state(state, again)
    save_checkpoint(tmp_path / "b", again)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def refusal(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(InvalidArgumentError) as caught:
        load_checkpoint(path)
    with pytest.raises(InvalidArgumentError):
        train(CONFIG, checkpoint=path, resume=True)
    assert path.read_bytes() == data
    return str(caught.value)


def test_every_truncation_is_refused(saved: tuple[Path, TrainingState]) -> None:
    path, _ = saved
    data = path.read_bytes()
    for length in [1, 5, len(MAGIC), len(MAGIC) + 3, PREFIX - 1, PREFIX, PREFIX + 1, len(data) // 2, len(data) - 1]:
        assert "truncated" in refusal(path, data[:length])
    assert "begins differently" in refusal(path, b"")


def test_every_flipped_bit_is_refused(saved: tuple[Path, TrainingState]) -> None:
    path, _ = saved
    data = path.read_bytes()
    places = [*range(PREFIX), *np.linspace(PREFIX, len(data) - 1, 150).astype(int)]
    for i, place in enumerate(places):
        flipped = bytearray(data)
        flipped[place] ^= 1 << (i % 8)
        path.write_bytes(bytes(flipped))
        with pytest.raises(InvalidArgumentError, match=r"^checkpoint must be a whole checkpoint"):
            load_checkpoint(path)
    assert "damaged" in refusal(path, data[:-1] + bytes([data[-1] ^ 1]))
    assert "damaged" in refusal(path, data + b"more")


def test_other_versions_and_foreign_files(saved: tuple[Path, TrainingState]) -> None:
    path, _ = saved
    data = path.read_bytes()
    for version in (0, 2, 5):
        other = data[: len(MAGIC)] + struct.pack("<I", version) + data[len(MAGIC) + 4 :]
        assert f"format version {version}, this program reads 3 to 4" in refusal(path, other)
    buffer = io.BytesIO()
    np.savez(buffer, alphas=np.ones(3))
    for foreign in (buffer.getvalue(), b"step,loss\n0,1\n", b"\x80\x04."):
        assert "begins differently" in refusal(path, foreign)


def with_payload(payload: bytes, version: int = module.FORMAT_VERSION) -> bytes:
    header = struct.pack("<IQ", version, len(payload))
    return MAGIC + header + hashlib.sha256(header + payload).digest() + payload


def test_whole_files_with_senseless_content(saved: tuple[Path, TrainingState]) -> None:
    path, state = saved
    with np.load(io.BytesIO(module._encode(state))) as archive:
        arrays = dict(archive)
    facts = json.loads(arrays["facts"].tobytes())
    wrong_config = json.dumps({**facts, "config": {**facts["config"], "dim": 1}}).encode()
    changes: list[dict[str, np.ndarray]] = [
        {"parameter_0": np.ones((2, 2), dtype=np.float32)},
        {"parameter_0": arrays["parameter_0"].astype(np.float64)},
        {"facts": np.frombuffer(b"{}", dtype=np.uint8)},
        {"facts": np.frombuffer(b"not json", dtype=np.uint8)},
        {"facts": np.frombuffer(wrong_config, dtype=np.uint8)},
        {"first_0": np.array([{"pickled": 1}], dtype=object)},
    ]
    for change in changes:
        buffer = io.BytesIO()
        np.savez(buffer, **{**arrays, **change})
        assert "can't be understood" in refusal(path, with_payload(buffer.getvalue()))
    assert "can't be understood" in refusal(path, with_payload(b"no archive"))


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(InvalidArgumentError, match=r"^checkpoint must be a file that can be read"):
            load_checkpoint(path)


def test_a_file_that_can_not_be_read_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "run"
    path.write_bytes(b"secret")
    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(InvalidArgumentError, match=r"can be read \(Permission denied\)"):
        is_replaceable(path)
    monkeypatch.undo()
    assert path.read_bytes() == b"secret"


def test_a_state_that_is_not_finite_is_not_saved(saved: tuple[Path, TrainingState]) -> None:
    path, state = saved
    before = path.read_bytes()
    state.network.weights[0, 0] = np.nan
    with pytest.raises(AccuracyError, match="step 12"):
        save_checkpoint(path, state)
    assert path.read_bytes() == before


def test_version_3_is_read(saved: tuple[Path, TrainingState], tmp_path: Path) -> None:
    _, state = saved
    with np.load(io.BytesIO(module._encode(state))) as archive:
        arrays = dict(archive)
    facts = json.loads(arrays["facts"].tobytes())
    del facts["config"]["schedule"], facts["config"]["ema_decay"]  # nothing else has changed since
    arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    (tmp_path / "old").write_bytes(with_payload(buffer.getvalue(), version=3))
    assert same_state(load_checkpoint(tmp_path / "old"), state)


def test_statistics_that_are_not_finite_are_not_saved(tmp_path: Path) -> None:
    state = train(replace(CONFIG, **RELU))
    state.network.statistics[1][1, 0] = np.inf
    with pytest.raises(AccuracyError, match="step 12"):
        save_checkpoint(tmp_path / "run", state)


def test_what_has_no_end_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in ("/dev/zero", "/dev/null", tmp_path / "pipe"):
        for read in (load_checkpoint, is_replaceable):
            with pytest.raises(InvalidArgumentError, match=r"^checkpoint must be a regular file"):
                read(path)


def test_a_file_far_larger_than_its_header_says_is_not_read_into_memory(
    saved: tuple[Path, TrainingState], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = saved
    with path.open("ab") as file:
        file.truncate(2**40)  # sparse: 1 TiB that take no room
    with pytest.raises(InvalidArgumentError, match="damaged"):
        load_checkpoint(path)
    path.write_bytes(b"")
    with path.open("ab") as file:
        file.truncate(2**40)
    with pytest.raises(InvalidArgumentError, match="begins differently"):
        load_checkpoint(path)


def test_a_configuration_that_does_not_fit_the_arrays_builds_no_network(saved: tuple[Path, TrainingState]) -> None:
    path, state = saved
    with np.load(io.BytesIO(module._encode(state))) as archive:
        arrays = dict(archive)
    facts = json.loads(arrays["facts"].tobytes())
    huge = json.dumps({**facts, "config": {**facts["config"], "dim": 10**9, "hidden": 10**9}}).encode()
    buffer = io.BytesIO()
    np.savez(buffer, **{**arrays, "facts": np.frombuffer(huge, dtype=np.uint8)})
    assert "can't be understood" in refusal(path, with_payload(buffer.getvalue()))


@pytest.mark.parametrize("facts", ["[]", "3", "null", '{"config": []}', '{"config": null}', '{"a":' * 99999])
def test_facts_of_other_types(saved: tuple[Path, TrainingState], facts: str) -> None:
    path, state = saved
    with np.load(io.BytesIO(module._encode(state))) as archive:
        arrays = dict(archive)
    buffer = io.BytesIO()
    np.savez(buffer, **{**arrays, "facts": np.frombuffer(facts.encode(), dtype=np.uint8)})
    assert "can't be understood" in refusal(path, with_payload(buffer.getvalue()))
