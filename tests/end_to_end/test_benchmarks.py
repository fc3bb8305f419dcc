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


def test_weight_averaging_counts_errors_of_three_forms() -> None:
    sizes = ("--dim", "10", "--hidden", "10", "--steps", "30", "--window", "10", "--points", "500")
    done = run("benchmarks.weight_averaging", *sizes)
    assert done.returncode == 0, done.stderr
    rows = [line.split("|")[1:4] for line in done.stdout.splitlines() if line.startswith("| ")][1:]
    assert [row[0].strip() for row in rows] == [
        "as trained",
        "fresh statistics",
        "averaged over 10 steps, fresh statistics",
    ]
    assert all(0 <= int(count) <= 500 for row in rows for count in row[1:])


@pytest.mark.slow
@pytest.mark.parametrize("topic", ["tails", "nearest", "attacks", "certificates", "rare-events"])
def test_every_row_has_all_columns(topic: str) -> None:
    done = run("benchmarks", topic)
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert len(rows) >= 4
    assert {row.count("|") for row in rows} == {8}
    assert all(float(row.split("|")[2]) > 0 for row in rows[2:])
