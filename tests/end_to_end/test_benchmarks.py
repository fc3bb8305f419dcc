"""The benchmarks run: their numbers are nobody's promise, their tables are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_an_unknown_topic_is_refused() -> None:
    done = run("benchmarks", "haste")
    assert done.returncode == 1
    assert "no topic haste; there are caps, tails" in done.stderr


@pytest.mark.slow
def test_settling_measures_four_forms_and_goes_on_from_a_checkpoint(tmp_path: Path) -> None:
    sizes = (
        "--dim",
        "10",
        "--hidden",
        "10",
        "--steps",
        "30",
        "--points",
        "500",
        "--seeds",
        "0",
        "--out",
        str(tmp_path),
    )
    for more, names in (
        ((), ["constant rate", "fresh statistics", "averaged weights", "decayed rate"]),
        (("--checkpoint", str(tmp_path / "constant_0.checkpoint"), "--windows", "5,10"), ["5 steps", "10 steps"]),
    ):
        done = run("benchmarks.settling", *sizes, *more)
        assert done.returncode == 0, done.stderr
        rows = [line.split("|")[1:4] for line in done.stdout.splitlines() if line.startswith("| ")][1:]
        assert [row[0].strip().removeprefix("averaged over ") for row in rows] == names
        assert all(0 <= int(count) <= 500 for row in rows for count in row[2].split(","))


@pytest.mark.slow
@pytest.mark.parametrize("topic", ["tails", "nearest", "attacks", "certificates", "rare-events"])
def test_every_row_has_all_columns(topic: str) -> None:
    done = run("benchmarks", topic)
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert len(rows) >= 4
    assert {row.count("|") for row in rows} == {8}
    assert all(float(row.split("|")[2]) > 0 for row in rows[2:])
