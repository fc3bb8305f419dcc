"""kill -9 and Ctrl-C of a sweep at any moment: what was done stays, the resumed sweep ends with the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from toy_cells import Toy, bytes_of

from adversarial_spheres.numerics.cells.run import run_cells
from adversarial_spheres.numerics.sampling.points import block_generator

CELLS = [Toy(number, steps=8, pause=0.01) for number in range(6)]
# A shell's background jobs ignore Ctrl-C, and so do all that they start, tests too: here it counts.
CHILD = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from toy_cells import Toy
from adversarial_spheres.numerics.cells.run import run_cells
print("ready", flush=True)
run_cells(eval(sys.argv[1]), sys.argv[2], workers=int(sys.argv[3]))
print("done", flush=True)
"""


def start_child(cells: list[Toy], folder: Path, workers: int) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, repr(cells), str(folder), str(workers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def end_child(child: subprocess.Popen[str], sent: signal.Signals) -> int:
    """Send a signal (SIGINT to all its processes, as a terminal does), wait, and give the exit status."""
    if sent == signal.SIGINT:
        os.killpg(child.pid, sent)
    else:
        child.send_signal(sent)
    status = child.wait(timeout=60)
    child.stdout.close()  # type: ignore[union-attr]
    return status


@pytest.fixture(name="expected", scope="module")
def _expected(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("whole")
    run_cells(CELLS, folder)
    return bytes_of(folder, CELLS)


def length_of_a_sweep(folder: Path, workers: int) -> float:
    """Seconds that a child takes by itself, on this machine at this time."""
    child, began = start_child(CELLS, folder, workers), time.monotonic()
    assert child.wait(timeout=60) == 0
    child.stdout.close()  # type: ignore[union-attr]
    return time.monotonic() - began


def kill_and_resume(tmp_path: Path, expected: list[bytes], workers: int, kills: int) -> None:
    """Kill sweeps at random instants until so many of the kills have met a living one, twice in each folder."""
    length, rng, killed = length_of_a_sweep(tmp_path / "alone", workers), block_generator(workers), 0
    for attempt in range(10 * kills):
        folder = tmp_path / str(attempt)
        for _ in range(2):
            child = start_child(CELLS, folder, workers)
            time.sleep(rng.uniform(0.0, 0.9 * length))
            killed += end_child(child, signal.SIGKILL) == -signal.SIGKILL
        run_cells(CELLS, folder)
        assert bytes_of(folder, CELLS) == expected
        if killed >= kills:
            return
    pytest.fail(f"{killed} of {20 * kills} kills met a living sweep")


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_at_a_few_random_instants(tmp_path: Path, expected: list[bytes], workers: int) -> None:
    kill_and_resume(tmp_path, expected, workers, kills=1)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_killed_at_many_random_instants(tmp_path: Path, expected: list[bytes], workers: int) -> None:
    kill_and_resume(tmp_path, expected, workers, kills=8)


def wait_for(condition: object, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_an_ended_sweep_leaves_no_process_and_a_folder_to_resume(
    alive: Callable[[int], list[int]], tmp_path: Path, sent: signal.Signals
) -> None:
    quick, long = Toy(0), [Toy(number, steps=3000, pause=0.02) for number in (1, 2)]
    child = start_child([quick, *long], tmp_path, workers=3)
    wait_for(lambda: len(list(tmp_path.glob("*/cell.json"))) == 1 and len(list(tmp_path.glob("*/checkpoint"))) == 3)
    assert end_child(child, sent) != 0
    wait_for(lambda: not alive(child.pid))
    assert [record.values["number"] for record in run_cells([quick], tmp_path)] == [0]
    assert len(list(tmp_path.glob("*/checkpoint"))) == 3


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_workers_end_with_their_parent_before_their_first_cell(
    alive: Callable[[int], list[int]], tmp_path: Path
) -> None:
    child = start_child([Toy(number, steps=3000, pause=0.02) for number in range(3)], tmp_path, workers=3)
    wait_for(lambda: len(workers_among(alive(child.pid))) == 3)
    assert end_child(child, signal.SIGKILL) == -signal.SIGKILL
    wait_for(lambda: not alive(child.pid))


def workers_among(processes: list[int]) -> list[int]:
    return [process for process in processes if b"spawn_main" in command_line(process)]


def command_line(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def test_two_sweeps_of_one_folder_at_once(tmp_path: Path, expected: list[bytes]) -> None:
    children = [start_child(CELLS, tmp_path, 1) for _ in range(2)]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.read() == "done\n"
        child.stdout.close()
        assert child.wait(timeout=60) == 0
    assert bytes_of(tmp_path, CELLS) == expected
