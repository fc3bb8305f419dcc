"""Sweeps on a Dask cluster: the bytes of a serial run, whatever happens to a worker."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from toy_cells import Toy, bytes_of

from adversarial_spheres.numerics.cells import dask as executors_dask
from adversarial_spheres.numerics.cells.run import run_cells
from adversarial_spheres.numerics.cells.store import CellStore
from adversarial_spheres.numerics.cells.task import Task, folder_identity, sees_folder
from adversarial_spheres.numerics.storage.records import library_versions
from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError

pytest.importorskip("distributed")
CELLS = [Toy(number) for number in range(6)]
CLUSTER = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    workers = int(sys.argv[2])
    sys.path.insert(0, sys.argv[1])
    with LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


def start_cluster(folder: Path, workers: int) -> tuple[subprocess.Popen[str], str]:
    script = folder / "cluster.py"
    script.write_text(CLUSTER)
    command = [sys.executable, str(script), str(Path(__file__).parent), str(workers)]
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        # How long the scheduler tries to reach a worker that has died; 30 s by default.
        env={**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "3s"},
    )
    assert child.stdout is not None
    return child, child.stdout.readline().strip()


def stop_cluster(child: subprocess.Popen[str]) -> None:
    child.communicate("", timeout=60)


@pytest.fixture(name="scheduler", scope="module")
def _scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    child, address = start_cluster(tmp_path_factory.mktemp("cluster"), 2)
    yield address
    stop_cluster(child)


def test_a_cluster_gives_the_bytes_of_a_serial_run(tmp_path: Path, scheduler: str) -> None:
    run_cells(CELLS, tmp_path / "serial")
    records = run_cells(CELLS, tmp_path / "dask", executor="dask", scheduler=scheduler)
    assert [record.values["number"] for record in records] == list(range(6))
    assert bytes_of(tmp_path / "dask", CELLS) == bytes_of(tmp_path / "serial", CELLS)


def test_a_worker_that_dies_loses_nothing(tmp_path: Path, scheduler: str) -> None:
    cells = [Toy(7, steps=8, ending=str(tmp_path / "died")), *CELLS]
    run_cells(cells, tmp_path / "dask", executor="dask", scheduler=scheduler)
    assert (tmp_path / "died").exists()
    run_cells(cells, tmp_path / "serial")
    assert bytes_of(tmp_path / "dask", cells) == bytes_of(tmp_path / "serial", cells)


def test_errors_name_the_cell_and_the_others_are_saved(tmp_path: Path, scheduler: str) -> None:
    with pytest.raises(AccuracyError, match=r"toy number 9: it diverged"):
        run_cells([Toy(9, ending="inaccurate"), *CELLS], tmp_path, executor="dask", scheduler=scheduler)
    assert len(list(tmp_path.glob("*/cell.json"))) == len(CELLS)


def test_a_cell_that_always_kills_its_worker_is_named(tmp_path: Path, scheduler: str) -> None:
    with pytest.raises(AccuracyError, match=r"toy number 7: its process died 4 times"):
        run_cells([Toy(7, ending="dies")], tmp_path, executor="dask", scheduler=scheduler)


def test_a_scheduler_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors_dask, "CONNECT_SECONDS", 1.0)
    began = time.monotonic()
    for address in ("tcp://127.0.0.1:1", "nonsense", "nonsense://host"):
        with pytest.raises(InvalidArgumentError, match="scheduler must be"):
            run_cells(CELLS, tmp_path, executor="dask", scheduler=address)
    assert time.monotonic() - began < 10
    assert not list(tmp_path.iterdir())


def test_a_scheduler_without_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child, address = start_cluster(tmp_path, 0)
    monkeypatch.setattr(executors_dask, "CONNECT_SECONDS", 1.0)
    try:
        with pytest.raises(InvalidArgumentError, match="a Dask scheduler with workers"):
            run_cells(CELLS, tmp_path / "out", executor="dask", scheduler=address)
    finally:
        stop_cluster(child)


def test_a_scheduler_that_is_lost_on_the_way(tmp_path: Path) -> None:
    child, address = start_cluster(tmp_path, 1)

    def lose(stage: str, done: int, total: int, note: str) -> None:
        if done == 1:
            child.kill()

    cells = [Toy(number, pause=0.2) for number in range(3)]
    try:
        with pytest.raises(InvalidArgumentError, match="connection lost"):
            run_cells(cells, tmp_path / "out", executor="dask", scheduler=address, progress=lose)
    finally:
        stop_cluster(child)
    assert len(list(tmp_path.glob("out/*/cell.json"))) == 1


def test_without_dask_the_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InvalidArgumentError, match=r"adversarial-spheres\[dask\]"):
        run_cells(CELLS, tmp_path, executor="dask", scheduler="tcp://127.0.0.1:1")


def test_checkpoints_are_kept_only_where_the_caller_s_disk_is_seen(tmp_path: Path) -> None:
    store, elsewhere = CellStore(tmp_path / "here"), CellStore(tmp_path / "elsewhere")
    for place in (store, elsewhere):
        place.folder.mkdir()
    identity = folder_identity(store.folder)
    assert identity == folder_identity(store.folder) != folder_identity(elsewhere.folder)
    assert sees_folder(store.folder, identity)
    assert not sees_folder(elsewhere.folder, identity)
    assert not sees_folder(tmp_path / "missing", identity)
    here, there = (Task(place, identity, library_versions())(CELLS[1]) for place in (store, elsewhere))
    assert (store.place(CELLS[1]) / "checkpoint").exists()
    assert not elsewhere.place(CELLS[1]).exists()
    assert here.error is there.error is here.record is None
    assert there.record is not None
    elsewhere.save(CELLS[1], there.record, there.seconds)
    assert bytes_of(store.folder, CELLS[1:2]) == bytes_of(elsewhere.folder, CELLS[1:2])


def test_a_worker_of_other_versions_is_refused(tmp_path: Path) -> None:
    outcome = Task(CellStore(tmp_path), "", {**library_versions(), "numpy": "0.1"})(CELLS[0])
    assert outcome.record is None
    assert isinstance(outcome.error, InvalidArgumentError)
    assert "numpy" in str(outcome.error)
