"""Sweeps: same bytes for any number of workers, nothing lost whatever ends badly, nothing damaged taken."""

from __future__ import annotations

import json
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy_cells import Toy, bytes_of

from adversarial_spheres.numerics.cells.cell import cell_key
from adversarial_spheres.numerics.cells.run import run_cells
from adversarial_spheres.numerics.cells.store import CellStore
from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError

CELLS = [Toy(number) for number in range(5)]


@pytest.fixture(name="serial", scope="module")
def _serial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serial")
    run_cells(CELLS, folder)
    return folder


def test_records_come_in_the_order_of_the_cells_and_equal_cells_run_once(tmp_path: Path) -> None:
    told: list[tuple[Any, ...]] = []
    records = run_cells([CELLS[3], CELLS[0], Toy(3)], tmp_path, progress=lambda *step: told.append(step))
    assert [record.values["number"] for record in records] == [3, 0, 3]
    assert [step[:3] for step in told] == [("cells", 0, 2), ("cells", 1, 2), ("cells", 2, 2)]
    assert len(list(tmp_path.iterdir())) == 2


def test_processes_give_the_bytes_of_a_serial_run(tmp_path: Path, serial: Path) -> None:
    records = run_cells(CELLS, tmp_path, workers=2)
    assert bytes_of(tmp_path, CELLS) == bytes_of(serial, CELLS)
    assert [record.values["number"] for record in records] == [0, 1, 2, 3, 4]


def test_processes_find_a_relative_folder(tmp_path: Path, serial: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        run_cells(CELLS, "cells", workers=2)
        assert bytes_of(tmp_path / name / "cells", CELLS) == bytes_of(serial, CELLS)


@pytest.mark.parametrize("executor", [ThreadPoolExecutor(2), ProcessPoolExecutor(2, get_context("spawn"))])
def test_any_executor_gives_the_bytes_of_a_serial_run_and_stays_open(
    tmp_path: Path, serial: Path, executor: Executor
) -> None:
    with executor:
        run_cells(CELLS, tmp_path, executor=executor)
        assert executor.submit(abs, -1).result() == 1
    assert bytes_of(tmp_path, CELLS) == bytes_of(serial, CELLS)


def test_an_executor_whose_process_dies_is_refused_with_the_cell(tmp_path: Path) -> None:
    with (
        ProcessPoolExecutor(1, get_context("spawn")) as executor,
        pytest.raises(InvalidArgumentError, match=r"toy number 7.*BrokenProcessPool") as caught,
    ):
        run_cells([Toy(7, ending="dies")], tmp_path, executor=executor)
    assert caught.value.argument == "executor"


class Postal(Executor):
    """Workers that see nothing of the caller's disk."""

    def __init__(self, elsewhere: Path) -> None:
        self.elsewhere = elsewhere

    def submit(self, task: Any, cell: Any) -> Future[Any]:  # type: ignore[override]
        future = Future[Any]()
        future.set_result(replace(task, store=CellStore(self.elsewhere))(cell))
        return future


def test_workers_of_another_disk_send_records_that_the_caller_saves(tmp_path: Path, serial: Path) -> None:
    run_cells(CELLS, tmp_path / "here", executor=Postal(tmp_path / "elsewhere"))
    assert bytes_of(tmp_path / "here", CELLS) == bytes_of(serial, CELLS)
    assert not (tmp_path / "elsewhere").exists()


def test_only_what_is_missing_is_computed(tmp_path: Path, serial: Path) -> None:
    store = CellStore(tmp_path)
    run_cells(CELLS[:3], tmp_path)
    times = [(store.place(cell) / "cell.json").stat().st_mtime_ns for cell in CELLS[:3]]
    done: list[int] = []
    run_cells(CELLS, tmp_path, progress=lambda stage, number, total, note: done.append(number))
    assert done == [3, 4, 5]
    assert times == [(store.place(cell) / "cell.json").stat().st_mtime_ns for cell in CELLS[:3]]
    assert bytes_of(tmp_path, CELLS) == bytes_of(serial, CELLS)


def test_the_longest_cells_start_first(tmp_path: Path) -> None:
    cells = [Toy(0), Toy(1, pause=0.01), Toy(2, pause=0.005)]
    run_cells(cells, tmp_path)
    ended = [(CellStore(tmp_path).place(cell) / "cell.json").stat().st_mtime_ns for cell in cells]
    assert ended[1] < ended[2] < ended[0]


def test_the_time_left_follows_the_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 30.0, 40.0])
    monkeypatch.setattr("adversarial_spheres.numerics.cells.run.time.monotonic", lambda: next(clock))
    monkeypatch.setattr(Toy, "cost", property(lambda cell: float(cell.number)))
    notes: list[str] = []
    # Cells of 6 and 2 units: 30 s for six, so 10 s for the two that are left.
    run_cells([Toy(2), Toy(6)], tmp_path, progress=lambda stage, done, total, note: notes.append(note))
    assert notes == ["", "10 s left", ""]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("ending", "error", "words"),
    [("invalid", InvalidArgumentError, "ending must be well"), ("inaccurate", AccuracyError, "it diverged")],
)
def test_an_error_names_the_cell_after_all_others_are_saved(
    tmp_path: Path, workers: int, ending: str, error: type[Exception], words: str
) -> None:
    bad = Toy(9, steps=5, ending=ending)
    with pytest.raises(error, match=words) as caught:
        run_cells([bad, *CELLS], tmp_path, workers=workers)
    assert bad.label in str(caught.value)
    assert len(list(tmp_path.glob("*/cell.json"))) == len(CELLS)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_bug_in_a_cell_is_raised_as_it_is_with_a_note(tmp_path: Path, workers: int) -> None:
    with pytest.raises(RuntimeError, match="a bug") as caught:
        run_cells([Toy(9, ending="bug"), CELLS[0]], tmp_path, workers=workers)
    assert any("toy number 9" in note for note in caught.value.__notes__)


def test_a_process_that_dies_loses_nothing(tmp_path: Path) -> None:
    dying = Toy(7, steps=8, ending=str(tmp_path / "died"))
    records = run_cells([dying, *CELLS], tmp_path / "out", workers=2)
    assert (tmp_path / "died").exists()
    assert [record.values["number"] for record in records] == [7, 0, 1, 2, 3, 4]
    run_cells([dying], tmp_path / "alone")
    assert bytes_of(tmp_path / "out", [dying]) == bytes_of(tmp_path / "alone", [dying])


def test_a_cell_that_always_kills_its_process_is_named(tmp_path: Path) -> None:
    with pytest.raises(AccuracyError, match=r"toy number 7: its process died 3 times"):
        run_cells([Toy(7, ending="dies"), *CELLS], tmp_path, workers=2)
    assert len(list(tmp_path.glob("*/cell.json"))) == len(CELLS)


def damage_json(place: Path) -> None:
    text = (place / "record.json").read_text(encoding="utf-8")
    (place / "record.json").write_text(text.replace('"number": 0', '"number": 1'), encoding="utf-8")


def damage_arrays(place: Path) -> None:
    whole = (place / "record.npz").read_bytes()
    (place / "record.npz").write_bytes(whole[:-7])


def damage_identity(place: Path) -> None:
    (place / "cell.json").write_text("{", encoding="utf-8")


def claim_another_cell(place: Path) -> None:
    content = json.loads((place / "cell.json").read_text(encoding="utf-8"))
    content["cell"]["fields"]["steps"] = 5
    (place / "cell.json").write_text(json.dumps(content), encoding="utf-8")


def remove_record(place: Path) -> None:
    (place / "record.json").unlink()


@pytest.mark.parametrize("damage", [damage_json, damage_arrays, damage_identity, claim_another_cell, remove_record])
def test_a_damaged_result_is_refused_before_anything_runs(tmp_path: Path, damage: Any) -> None:
    run_cells(CELLS[:1], tmp_path)
    place = CellStore(tmp_path).place(CELLS[0])
    whole = bytes_of(tmp_path, CELLS[:1])
    damage(place)
    with pytest.raises(InvalidArgumentError, match="to compute it anew remove") as caught:
        run_cells(CELLS, tmp_path)
    assert str(place / "cell.json") in str(caught.value)
    assert len(list(tmp_path.iterdir())) == 1
    (place / "cell.json").unlink()  # as the message says
    run_cells(CELLS[:1], tmp_path)
    assert bytes_of(tmp_path, CELLS[:1]) == whole


def test_a_new_version_of_a_cell_is_computed_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = cell_key(CELLS[0])
    monkeypatch.setattr(Toy, "VERSION", 2)
    assert cell_key(CELLS[0]) != old
    assert cell_key(replace(CELLS[0], pause=0.5)) != cell_key(CELLS[0])


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"workers": 0}, "workers"),
        ({"executor": "cluster"}, "executor"),
        ({"executor": "dask"}, "scheduler"),
        ({"executor": 7}, "executor"),
        ({"executor": []}, "executor"),
        ({"executor": Postal(Path()), "scheduler": "tcp://127.0.0.1:1"}, "scheduler"),
        ({"scheduler": "tcp://127.0.0.1:1"}, "scheduler"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_written(
    tmp_path: Path, options: dict[str, Any], name: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        run_cells(CELLS, tmp_path / "out", **options)
    assert caught.value.argument == name
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(InvalidArgumentError, match="out"):
        run_cells(CELLS, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "precious"


def test_checkpoints_stay_beside_the_result_and_provenance_tells_the_seconds(serial: Path) -> None:
    place = CellStore(serial).place(CELLS[1])
    states = np.array([float.fromhex(text) for text in (place / "checkpoint").read_text().split()])
    with np.load(place / "record.npz") as arrays:
        np.testing.assert_array_equal(states, arrays["states"])
    provenance = json.loads((place / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["seconds"] >= 0
    assert provenance["cpu_seconds"] >= 0
    assert {"numpy", "adversarial-spheres"} <= set(provenance["versions"])
