"""The command attack-bench: its keys, a user's attack, going on after kill -9, and what it refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from outcomes import refused

from adversarial_spheres.numerics.storage.records import Record, load_record, save_record

Cli = Callable[..., Any]
COMMAND = [sys.executable, "-c", "from adversarial_spheres.cli import main; main()"]
SMALL = ("--problems", "cap,easy", "--dims", 10, "--points", 5, "--quiet")
KEYS = {"attack", "problem", "success", "mean_ratio", "worst_ratio", "queries", "seconds"}
USERS = """
import numpy as np


def far(model, points):
    print("this is no JSON")
    x = points - 10.0 * model.logits(points)[:, None] * model.input_gradient(points)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def raising(model, points):
    raise SystemExit(0)


def original(model, points):
    return points


number = 3
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "users_attacks.py").write_text(USERS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def apart_from_times(folder: Path) -> Any:
    record = load_record(folder)
    rows = [{**row, "seconds": None} for row in record.values["rows"]]
    return {**record.values, "rows": rows}, record.arrays["ratio"].tolist()


def test_quick_is_one_problem_with_all_of_ours(cli: Cli, tmp_path: Path) -> None:
    result = cli("attack-bench", "--quick", "--points", 5, "--out", tmp_path / "b", "--quiet", "--json").json
    assert {row["problem"] for row in result["attacks"]} == {"easy-50"}
    names = [row["attack"] for row in result["attacks"]]
    assert names[:5] == ["walk", "walk-once", "differences", "paper", "labels"]
    assert names[5:] == [f"secants-{most}" for most in (5, 10, 20, 50, 100, 1000)]
    for row in result["attacks"]:
        assert set(row) >= KEYS
        assert row["success"] == 1.0
        assert 1.0 - 1e-6 <= row["mean_ratio"] <= row["worst_ratio"]
        assert row["queries"] >= row["points"] == 5
    assert {Path(figure).suffix for figure in result["figures"]} == {".pdf", ".svg", ".png"}
    assert load_record(result["record"]).kind == "attack-bench"


def test_the_attacks_of_a_user_are_told_apart(cli: Cli, folder: Path) -> None:
    names = [word for name in ("far", "raising", "original") for word in ("--attack", f"users_attacks:{name}")]
    outcome = cli("attack-bench", *names, "--attack", "walk", *SMALL, "--out", folder / "b", "--json")
    assert outcome.status == 0
    rows = {(row["attack"].partition(":")[2] or "walk", row["problem"]): row for row in outcome.json["attacks"]}
    assert rows["walk", "easy-10"]["success"] == rows["far", "cap-10"]["success"] == 1.0
    assert rows["far", "cap-10"]["worst_ratio"] > 1.01 > rows["walk", "cap-10"]["worst_ratio"]
    for problem in ("cap-10", "easy-10"):
        assert rows["original", problem]["success"] == 0.0
        assert rows["original", problem]["mean_ratio"] is None
        assert rows["raising", problem]["note"] == "it raised SystemExit: 0"
    shown = cli("attack-bench", *names, "--attack", "walk", *SMALL, "--out", folder / "b").out
    assert "it raised SystemExit: 0" in shown


def test_of_a_relu_network_the_interval_is_shown(cli: Cli, tmp_path: Path) -> None:
    command = ("attack-bench", "--attack", "paper", "--problems", "relu,cap", "--dims", 10, "--points", 3, "--quiet")
    lines = cli(*command, "--out", tmp_path / "b").out.splitlines()
    assert " to " in lines[1]
    assert " to " not in lines[2]
    assert len({line.rindex(line.split()[-1]) + len(line.split()[-1]) for line in lines[:3]}) == 1


def test_started_again_it_computes_nothing_and_says_the_same(cli: Cli, tmp_path: Path) -> None:
    command = ("attack-bench", "--attack", "walk", *SMALL, "--out", tmp_path / "b", "--json")
    first, second = cli(*command).json, cli(*command).json
    assert (first["scores_computed"], second["scores_computed"], second["scores_found"]) == (2, 0, 2)
    assert first["attacks"] == second["attacks"]


@pytest.mark.slow
def test_killed_and_started_again_it_ends_with_the_same_record(cli: Cli, tmp_path: Path) -> None:
    attacks = ("--attack", "walk", "--attack", "paper", "--attack", "labels")
    command = [str(word) for word in ("attack-bench", *attacks, *SMALL, "--out")]
    child = subprocess.Popen([*COMMAND, *command, str(tmp_path / "b")], stdout=subprocess.DEVNULL)
    end = time.monotonic() + 60.0
    while not list(tmp_path.glob("b/cells/*/cell.json")) and child.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait(timeout=60)
    result = cli(*command, tmp_path / "b", "--json").json
    assert result["scores_found"] >= 1
    assert cli(*command, tmp_path / "whole").status == 0
    assert apart_from_times(tmp_path / "b") == apart_from_times(tmp_path / "whole")


def test_ctrl_c_that_nobody_pressed_is_bad_input(folder: Path) -> None:
    """The same command would never go on, so it may not say so."""
    text = "def f(model, points):\n    raise KeyboardInterrupt\n"
    (folder / "users_attacks.py").write_text(text)
    command = ("-m", "adversarial_spheres", "attack-bench", "--attack", "users_attacks:f", *SMALL, "--out", "b")
    done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "nobody pressed it" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_an_attack_whose_code_has_changed_is_run_anew(folder: Path) -> None:
    """In processes of their own: a module that is loaded is not loaded again."""
    found = []
    for text in (USERS, USERS.replace("return points\n", "return -points\n")):
        (folder / "users_attacks.py").write_text(text)
        command = ("attack-bench", "--attack", "users_attacks:original", *SMALL, "--out", "b", "--json")
        done = subprocess.run([*COMMAND, *map(str, command)], capture_output=True, text=True, check=True)
        found.append(json.loads(done.stdout))
    assert [result["scores_computed"] for result in found] == [2, 2]
    easy = [result["attacks"][1] for result in found]
    assert [row["no_error"] for row in easy] == [5, 5]  # the network is even: right at the opposite point, too


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--attack", "best"), ("attack", "walk")),
        (("--attack", "no_such_module_at_all:f"), ("attack", "No module")),
        (("--attack", "users_attacks:number"), ("attack", "function")),
        (("--attack", "users_attacks.py:far"), ("attack", "users_attacks:far")),
        (("--attack", "walk", "--attack", "walk"), ("attacks", "twice")),
        (("--problems", "hard"), ("families",)),
        (("--problems", ""), ("families",)),
        (("--dims", "2"), ("dims",)),
        (("--dims", "ten"), ("--dims",)),
        (("--points", "0"), ("points",)),
        (("--points", "many"), ("--points",)),
        (("--seed", "-1"), ("--seed",)),
        (("--workers", "0"), ("--workers",)),
        (("--workers", str(10**20)), ("workers",)),
    ],
)
def test_bad_input(cli: Cli, options: tuple[str, ...], words: tuple[str, ...]) -> None:
    refused(cli("attack-bench", *options, "--out", "b"), *words)
    assert not Path("b").exists()


def test_out_is_needed(cli: Cli) -> None:
    refused(cli("attack-bench", "--quick"), "--out")


def test_a_folder_is_refused_where_something_could_be_lost(cli: Cli, tmp_path: Path) -> None:
    command = ("attack-bench", "--attack", "paper", *SMALL, "--out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    refused(cli(*command, tmp_path / "mine"), "out", "thesis.txt", "--resume")
    save_record(Record("sweep", {}, {}), tmp_path / "other")
    refused(cli(*command, tmp_path / "other", "--resume"), "sweep")
    assert cli(*command, tmp_path / "b").status == 0
    more = ("attack-bench", "--attack", "walk", "--attack", "paper", *SMALL, "--json", "--out", tmp_path / "b")
    refused(cli(*more), "out", "--resume")
    assert cli(*more, "--resume").json["scores_found"] == 2
    (tmp_path / "file").write_text("precious")
    refused(cli(*command, tmp_path / "file"), "out")
