"""kill -9 at any moment of training, in the middle of a write too: the resumed run ends with the same bytes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.numerics.training.checkpoint import load_checkpoint
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.loop import train

CONFIG = TrainingConfig(dim=5, hidden=8, steps=400, batch_size=6, train_size=150, stop_below=1e-9, check_every=50)
RELU = TrainingConfig(
    dim=5,
    hidden=8,
    steps=300,
    batch_size=6,
    train_size=150,
    network="relu",
    depth=2,
    schedule="cosine",
    ema_decay=0.99,
)

# The child trains, with writes slowed down so that most of its time is spent in them, or ended at a given place.
CHILD = """
import os, signal, sys, time
from dataclasses import replace
from adversarial_spheres.numerics.storage import files
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.numerics.training.config import TrainingConfig

path, config, every, deadly, pause = sys.argv[1], eval(sys.argv[2]), int(sys.argv[3]), sys.argv[4], float(sys.argv[5])
writes, replace_file = 0, os.replace

def reach(place):
    if deadly == f"{place} {writes}":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(pause)

def slow_write(target, data):
    global writes
    writes += 1
    with open(target, "xb") as file:
        for start in range(0, len(data), 4096):
            if start >= len(data) // 2:
                reach("middle")
            file.write(data[start : start + 4096])
            file.flush()
        reach("end")
        os.fsync(file.fileno())

def slow_replace(source, target):
    reach("before")
    replace_file(source, target)
    reach("after")

files._write_and_sync, files.os.replace = slow_write, slow_replace
print("ready", flush=True)
train(config, checkpoint=path, resume=True, checkpoint_steps=every, checkpoint_seconds=None)
"""


def start_child(
    path: Path, *, every: int, deadly: str = "never", pause: float = 0.0, config: TrainingConfig = CONFIG
) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, str(path), repr(config), str(every), deadly, str(pause)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


@pytest.fixture(name="expected", scope="module")
def _expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "run"
    train(CONFIG, checkpoint=path)
    return path.read_bytes()


def test_killed_at_every_place_of_a_write(tmp_path: Path, expected: bytes) -> None:
    path = tmp_path / "run"
    steps = []
    for deadly in ("middle 1", "after 2", "end 2", "before 3"):
        child = start_child(path, every=40, deadly=deadly)
        assert child.wait(timeout=60) == -signal.SIGKILL
        steps.append(load_checkpoint(path).step if path.exists() else 0)
        child.stdout.close()  # type: ignore[union-attr]
    assert steps == [0, 80, 120, 200]
    assert len(list(tmp_path.glob(".run.*.partial"))) == 3
    train(CONFIG, checkpoint=path, resume=True)
    assert path.read_bytes() == expected


def kill_at_random_instants(path: Path, kills: int, seed: int, longest: float, config: TrainingConfig = CONFIG) -> int:
    """Kill that many children, each after a random time; the number that still lived."""
    rng, killed = block_generator(seed), 0
    for _ in range(kills):
        child = start_child(path, every=3, pause=2e-3, config=config)
        time.sleep(rng.uniform(0.0, longest))
        child.send_signal(signal.SIGKILL)
        killed += child.wait(timeout=60) == -signal.SIGKILL
        child.stdout.close()  # type: ignore[union-attr]
        if path.exists():
            load_checkpoint(path)
    return killed


def test_killed_at_a_few_random_instants(tmp_path: Path, expected: bytes) -> None:
    path = tmp_path / "run"
    assert kill_at_random_instants(path, 3, seed=1, longest=0.3) == 3
    train(CONFIG, checkpoint=path, resume=True)
    assert path.read_bytes() == expected


def test_relu_network_killed_at_a_few_random_instants(tmp_path: Path) -> None:
    path, whole = tmp_path / "run", tmp_path / "whole"
    child = start_child(path, every=40, deadly="middle 3", config=RELU)
    assert child.wait(timeout=60) == -signal.SIGKILL
    child.stdout.close()  # type: ignore[union-attr]
    assert load_checkpoint(path).step == 80
    assert kill_at_random_instants(path, 2, seed=2, longest=0.3, config=RELU) == 2
    train(RELU, checkpoint=path, resume=True)
    train(RELU, checkpoint=whole)
    assert path.read_bytes() == whole.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("config", [CONFIG, RELU], ids=["quadratic", "relu"])
def test_killed_at_many_random_instants(tmp_path: Path, config: TrainingConfig) -> None:
    whole, killed = tmp_path / "whole", 0
    train(config, checkpoint=whole)
    for attempt in range(5):
        path = tmp_path / f"run {attempt}"
        killed += kill_at_random_instants(path, 6, seed=10 + attempt, longest=0.4, config=config)
        train(config, checkpoint=path, resume=True)
        assert path.read_bytes() == whole.read_bytes()
    assert killed >= 20
    # Most of a child's time is a write: without a single half-written file the kills were no test of that.
    assert list(tmp_path.glob(".run*.partial"))
