"""Ctrl-C, a full disk and a closed pipe: one line or none, never a traceback, an exit status that says which, and
nothing that was done is lost.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.loop import train

Cli = Callable[..., Any]
SCRIPT = """
import signal
from adversarial_spheres.__main__ import run
signal.signal(signal.SIGINT, signal.default_int_handler)
run()
"""
COMMAND = [sys.executable, "-c", SCRIPT]
TRAIN = ("train", "--dim", 6, "--hidden", 8, "--seed", 3)
SWEEP = ("sweep", "--dims", "6,7", "--steps", 10**7, "--monte-carlo-samples", 100, "--distance-samples", 0)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and devices of POSIX")


def start(*arguments: object) -> subprocess.Popen[str]:
    """A command in a session of its own, in which Ctrl-C counts (a shell's background jobs ignore it)."""
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def interrupt(child: subprocess.Popen[str]) -> tuple[int, str, list[str]]:
    """Ctrl-C for all processes of a session; exit status, standard output and the lines on standard error."""
    os.killpg(child.pid, signal.SIGINT)
    out, err = child.communicate(timeout=60)
    return child.returncode, out, err.splitlines()


def wait_for(child: subprocess.Popen[str], condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60.0
    while not condition():
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_training_interrupted_before_a_checkpoint_says_that_nothing_is_kept(tmp_path: Path) -> None:
    child = start(*TRAIN, "--steps", 10**7, "--out", tmp_path / "c")
    assert child.stderr is not None
    assert child.stderr.readline().startswith("training: ")
    status, out, (line,) = interrupt(child)
    assert (status, out) == (130, "")
    assert line.startswith("Interrupted: ")
    assert "nothing" in line
    assert not list(tmp_path.iterdir())


def test_training_that_goes_on_tells_which_step_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "c"
    train(TrainingConfig(dim=6, hidden=8, steps=7, seed=3), checkpoint=path)
    before = path.read_bytes()
    child = start(*TRAIN, "--steps", 10**7, "--out", path, "--resume")
    assert child.stderr is not None
    assert child.stderr.readline().startswith("training: ")
    status, _, (line,) = interrupt(child)
    assert status == 130
    assert f"{path} holds step 7 of 10,000,000" in line
    assert "--resume" in line
    assert path.read_bytes() == before


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_sweep_tells_how_to_go_on_and_leaves_no_process(
    cli: Cli, alive: Callable[[int], list[int]], tmp_path: Path, workers: int
) -> None:
    out = tmp_path / "s"
    child = start(*SWEEP, "--out", out, "--workers", workers)
    wait_for(child, lambda: len(list(out.glob("cells/*"))) >= workers)
    time.sleep(0.5)
    status, printed, lines = interrupt(child)
    assert (status, printed) == (130, "")
    assert lines[-1].startswith("Interrupted: 0 of 2 runs")
    assert "--resume" in lines[-1]
    assert [line for line in lines[:-1] if not line.startswith("cells: ")] == []
    if Path("/proc/self/stat").exists():
        end = time.monotonic() + 10.0
        while alive(child.pid):
            assert time.monotonic() < end
            time.sleep(0.05)
    again = cli(*SWEEP, "--out", out, "--quiet")
    assert again.status == 2
    assert "--resume" in again.err


def test_an_interrupted_report_is_not_begun_anew(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "r"
    arguments = ("report", "--profile", "paper", "--only", "quadratic-network", "--out", out)
    child = start(*arguments)
    assert child.stderr is not None
    assert child.stderr.readline()
    status, _, lines = interrupt(child)
    assert status == 130
    assert lines[-1].startswith("Interrupted: ")
    assert "--resume" in lines[-1]
    assert "Traceback" not in "".join(lines)
    again = cli(*arguments, "--quiet")
    assert again.status == 2
    assert "--resume" in again.err


def test_a_training_run_that_was_interrupted_is_not_begun_anew(cli: Cli, tmp_path: Path) -> None:
    class StopError(Exception):
        pass

    def stop(state: Any) -> None:
        if state.step == 5:
            raise StopError

    path = tmp_path / "c"
    config = TrainingConfig(dim=6, hidden=8, steps=9, seed=3)
    with pytest.raises(StopError):
        train(config, checkpoint=path, checkpoint_steps=1, visit=stop)
    before = path.read_bytes()
    outcome = cli(*TRAIN, "--steps", 9, "--out", path, "--quiet")
    assert outcome.status == 2
    assert "step 5 of 9" in outcome.err
    assert "--resume" in outcome.err
    assert path.read_bytes() == before
    assert cli(*TRAIN, "--steps", 9, "--out", path, "--quiet", "--resume").status == 0
    assert cli(*TRAIN, "--steps", 9, "--out", path, "--quiet").status == 0  # it has ended: begun anew


def test_a_short_command_is_interrupted_quietly() -> None:
    child = start("error-rate", "--alphas", "src/adversarial_spheres/data/paper_alphas.csv", "--samples", 10**9)
    time.sleep(2.0)
    status, out, lines = interrupt(child)
    assert (status, out) == (130, "")
    assert len(lines) == 1
    assert lines[0].startswith("Interrupted: ")


def test_a_second_interrupt_ends_at_once(tmp_path: Path) -> None:
    child = start(*SWEEP, "--out", tmp_path / "s", "--workers", 2)
    wait_for(child, lambda: len(list(tmp_path.glob("s/cells/*"))) == 2)
    os.killpg(child.pid, signal.SIGINT)
    status, _, lines = interrupt(child)
    assert status == 130
    assert "Traceback" not in "\n".join(lines)


BAD_MOMENT = """
import os, signal
from adversarial_spheres import __main__ as entry, cli

def main(**options):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        raise RuntimeError("cannot release un-acquired lock")

signal.signal(signal.SIGINT, signal.default_int_handler)
cli.main = main
entry.run()
"""


def test_an_interrupt_that_becomes_another_error_is_an_interrupt() -> None:
    ended = subprocess.run([sys.executable, "-c", BAD_MOMENT], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr.splitlines() == ["Interrupted: ended at once; what was on disk is kept"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("bound", "--help"), ("bound", "--dim", 5, "--error-rate", 0.1)],
)
def test_a_full_disk_behind_standard_output(arguments: tuple[object, ...]) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        ended = subprocess.run(
            [*COMMAND, *map(str, arguments)], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ended.returncode == 3
    assert len(ended.stderr.splitlines()) == 1
    assert "standard output" in ended.stderr
    assert "No space left" in ended.stderr


@pytest.mark.parametrize("arguments", [("--help",), ("bound", "--dim", 5, "--error-rate", 0.1)])
def test_a_pipe_that_nobody_reads(arguments: tuple[object, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [*COMMAND, *map(str, arguments)], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert ended.returncode == 128 + signal.SIGPIPE
    assert ended.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_progress_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        command = [*COMMAND, *map(str, TRAIN), "--steps", "20", "--out", str(tmp_path / "c")]
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=full, text=True, check=False)
    assert ended.returncode == 0
    assert (tmp_path / "c").exists()


def test_standard_output_that_is_closed() -> None:
    command = shlex.join([*COMMAND, "bound", "--dim", "5", "--error-rate", "0.1"])
    ended = subprocess.run(f"{command} >&-", shell=True, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 3
    assert "standard output" in ended.stderr


def test_a_terminal_that_does_not_know_every_sign(tmp_path: Path) -> None:
    (tmp_path / "alphas.json").write_text("[0.7, 0.8, 1.2]")
    ended = subprocess.run(
        [*COMMAND, "error-rate", "--alphas", str(tmp_path / "alphas.json")],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"\\u2013" in ended.stdout
