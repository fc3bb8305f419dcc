"""The commands sweep and compare: a sweep of small networks, resumed after kill -9, compared, drawn, refused."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from outcomes import refused

from adversarial_spheres.commands.sweep import command_of
from adversarial_spheres.numerics.experiments.sweep import SweepConfig
from adversarial_spheres.numerics.storage.records import Record, load_record, save_record

Cli = Callable[..., Any]
QUADRATIC = ("--dims", "6,9", "--seeds", "0", "--train-sizes", "online,300", "--steps", 20)
BUDGET = ("--monte-carlo-samples", 500, "--distance-samples", 40, "--attack-points", 5, "--rare-event-runs", 0)
MIXED = ("--dims", 8, "--networks", "quadratic,relu", "--steps", 20, *BUDGET)
COMMAND = [sys.executable, "-c", "from adversarial_spheres.cli import main; main()"]


def bytes_of(folder: Path) -> dict[str, bytes]:
    names = ("record.json", "record.npz", "cell.json")
    return {str(path.relative_to(folder)): path.read_bytes() for name in names for path in folder.rglob(name)}


@pytest.fixture(name="finished", scope="module")
def _finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished") / "sweep"
    arguments = [str(word) for word in ("sweep", *QUADRATIC, *BUDGET, "--out", folder, "--workers", 1, "--quiet")]
    subprocess.run([*COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL)
    return folder


def test_summary_has_a_row_for_each_run(cli: Cli, tmp_path: Path) -> None:
    result = cli("sweep", *MIXED, "--out", tmp_path / "s", "--workers", 1, "--quiet", "--json").json
    assert (result["runs_computed"], result["runs_found"]) == (2, 0)
    record = load_record(result["record"])
    assert record.kind == "sweep"
    assert record.arrays["network"].tolist() == ["quadratic", "relu"]
    assert record.arrays["hidden"].tolist() == [16, 16]
    assert record.arrays["train_size"].tolist() == [-1, -1]
    for index, run in enumerate(result["runs"]):
        cell = load_record(Path(result["cells"]) / run["folder"])
        for side, sphere in enumerate(("inner", "outer")):
            last = cell.arrays["mean_distance"][side, -1]
            assert record.arrays["mean_distance"][side, index] == last == run[sphere]["mean_distance"]
            assert record.arrays["ratio"][side, index] == pytest.approx(last / cell.arrays["bound"][side, -1])
    assert [run["distance_guarantee"] for run in result["runs"]] == ["exact", "upper bound"]
    assert {Path(figure).suffix for figure in result["figures"]} == {".pdf", ".svg", ".png"}
    again = cli("sweep", *MIXED, "--out", tmp_path / "s", "--workers", 1, "--quiet", "--json").json
    assert (again["runs_computed"], again["runs_found"], again["runs"]) == (0, 2, result["runs"])


def test_seed_is_another_name_of_seeds(cli: Cli, tmp_path: Path) -> None:
    small = ("sweep", "--dims", 6, "--steps", 2, *BUDGET, "--workers", 1, "--quiet", "--json", "--out")
    cli(*small, tmp_path / "s", "--seed", "4")
    assert load_record(tmp_path / "s").arrays["seed"].tolist() == ["4"]


def test_quadratic_networks_stay_below_the_bound(finished: Path) -> None:
    arrays = load_record(finished).arrays
    assert len(arrays["dim"]) == 4
    low = arrays["mean_distance_low"] / arrays["bound"]
    assert low.shape == (2, 4)
    assert np.all((low < 1.0) & (low >= 0.0))
    assert np.all(arrays["error_rate_method"] == 0)


@pytest.mark.slow
def test_killed_and_run_again_it_ends_with_the_same_bytes(cli: Cli, tmp_path: Path, finished: Path) -> None:
    arguments = ("sweep", *QUADRATIC, *BUDGET, "--out", tmp_path / "s", "--workers", 2, "--quiet")
    child = subprocess.Popen([*COMMAND, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60.0
    while not list(tmp_path.glob("s/cells/*/cell.json")) and child.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    assert child.wait(timeout=60) == -signal.SIGKILL
    before = len(list(tmp_path.glob("s/cells/*/cell.json")))
    refused(cli(*arguments), "interrupted", "--resume")
    result = cli(*arguments[:-3], "--workers", 1, "--quiet", "--json", "--resume").json
    assert 0 < before <= result["runs_found"] < 4  # one more may have been saved by a worker that was just ending
    assert bytes_of(tmp_path / "s") == bytes_of(finished)
    assert cli("compare", tmp_path / "s", finished).status == 0


def test_a_folder_is_refused_where_something_could_be_lost(cli: Cli, tmp_path: Path, finished: Path) -> None:
    arguments = ("sweep", *MIXED, "--quiet", "--workers", 1, "--out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    refused(cli(*arguments, tmp_path / "mine"), "out", "thesis.txt", "--resume")
    save_record(Record("quadratic-network", {}, {}), tmp_path / "other")
    refused(cli(*arguments, tmp_path / "other"), "quadratic-network")
    refused(cli(*arguments, tmp_path / "other", "--resume"), "quadratic-network")
    copy = shutil.copytree(finished, tmp_path / "copy")
    refused(cli(*arguments, copy), "--resume")
    assert bytes_of(copy) == bytes_of(finished)
    assert cli(*arguments, copy, "--resume").status == 0
    kept = bytes_of(copy)
    assert all(kept[name] == data for name, data in bytes_of(finished).items() if name.startswith("cells"))
    (tmp_path / "file").write_text("precious")
    refused(cli(*arguments, tmp_path / "file"), "out")
    assert (tmp_path / "file").read_text() == "precious"


def test_a_damaged_run_is_refused(cli: Cli, tmp_path: Path, finished: Path) -> None:
    copy = shutil.copytree(finished, tmp_path / "copy")
    victim = sorted(copy.glob("cells/*/record.npz"))[0]
    victim.write_bytes(victim.read_bytes()[:100])
    refused(cli("sweep", *QUADRATIC, *BUDGET, "--out", copy, "--quiet"), "result", "cell.json", "remove")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--objectives", "average,worst-case", "--networks", "quadratic,relu"), "objective"),
        (("--dims", "1"), "dim"),
        (("--dims", "twenty"), "--dims"),
        (("--dims", ""), "--dims"),
        (("--seeds", "0,0"), "seeds"),
        (("--networks", "cubic"), "--networks"),
        (("--train-sizes", "0"), "--train-sizes"),
        (("--learning-rate", "nan"), "learning_rate"),
        (("--distance-samples", "1"), "distance_samples"),
        (("--networks", "relu", "--rare-event-runs", "1"), "runs"),
        (("--executor", "dask"), "scheduler"),
        (("--scheduler", "tcp://127.0.0.1:1"), "scheduler"),
        (("--executor", "dask", "--scheduler", "nonsense"), "scheduler"),
    ],
)
def test_bad_options_are_refused_before_anything_runs(
    cli: Cli, tmp_path: Path, options: tuple[str, ...], word: str
) -> None:
    refused(cli("sweep", "--steps", 10, *options, "--out", tmp_path / "s", "--quiet"), word)
    assert not list(tmp_path.rglob("*/record.json"))


def test_the_command_in_the_provenance_gives_the_same_configuration(finished: Path) -> None:
    config = SweepConfig((8, 12), (None, 300), (0, 1), ("quadratic",), hidden=7, learning_rate=1e-4)
    command = command_of(config)
    assert "--dims 8,12 --train-sizes online,300 --seeds 0,1" in command
    assert "--hidden 7" in command
    assert "--batch 50" in command
    assert "--hidden" not in command_of(SweepConfig())


def test_progress_in_plain_lines_and_silence(finished: Path) -> None:
    command = [*COMMAND, "sweep", *map(str, QUADRATIC), *map(str, BUDGET), "--out", str(finished), "--workers", "1"]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    assert told.stderr == "cells: 4 of 4  (4 were there)\n"
    assert subprocess.run([*command, "--quiet"], check=True, capture_output=True).stderr == b""


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_progress_as_a_bar_on_a_terminal(tmp_path: Path) -> None:
    main, terminal = os.openpty()
    command = [*COMMAND, "sweep", *map(str, MIXED), "--out", str(tmp_path / "s"), "--workers", "1"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    child = subprocess.Popen(command, stderr=terminal, stdout=subprocess.DEVNULL, env=environment)
    os.close(terminal)
    shown = b""
    try:
        while part := os.read(main, 65536):
            shown += part
    except OSError:  # Linux: the other end is closed
        pass
    os.close(main)
    assert child.wait(timeout=60) == 0
    assert b"2/2" in shown
    assert b"\x1b[" in shown  # drawn over and over, not line by line
    assert b"left" in shown


def test_compare_tells_what_differs(cli: Cli, tmp_path: Path, finished: Path) -> None:
    record = load_record(finished)
    arrays = {**record.arrays, "loss": record.arrays["loss"] * (1 + 1e-7)}
    save_record(Record(record.kind, {**record.values, "more": 1}, arrays), tmp_path / "b")
    outcome = cli("compare", finished / "record.json", tmp_path / "b", "--json")
    assert outcome.status == 1
    (found,) = outcome.json["records"]
    assert [row["path"] for row in found["differences"]] == ["values.more", "arrays.loss"]
    assert found["differences"][1]["relative"] == pytest.approx(1e-7, rel=1e-3)
    assert "numpy" in found["versions"]["first"]
    words = cli("compare", finished / "record.json", tmp_path / "b", "--limit", 1)
    assert words.status == 1
    assert "values.more" in words.out
    assert "1 more" in words.out
    whole = cli("compare", finished, tmp_path / "b", "--tolerance", 1e-6)
    assert whole.status == 1
    assert whole.out.count("missing in") == 4
    assert cli("compare", finished, finished).status == 0


def test_compare_refuses_what_is_no_record(cli: Cli, tmp_path: Path, finished: Path) -> None:
    refused(cli("compare", finished, tmp_path), "record")
    refused(cli("compare", finished, tmp_path / "missing"), "record")
    refused(cli("compare", finished, finished, "--tolerance", 2), "tolerance")
