"""What commands answer to people: every number there is a number of the result, a bound rounded outwards."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from adversarial_spheres.cli import main

ALPHAS = "0.5,0.7,1.2"


@pytest.fixture
def alphas(tmp_path: Path) -> str:
    file = tmp_path / "alphas.csv"
    file.write_text("\n".join(ALPHAS.split(",")))
    return str(file)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def test_bound_is_rounded_up() -> None:
    words = run("bound", "--dim", "500", "--error-rate", "1e-6", "--epsilon", "0.1")
    values = json.loads(run("bound", "--dim", "500", "--error-rate", "1e-6", "--epsilon", "0.1", "--json"))
    printed = [float(number) for number in re.findall(r"at most ([\d.]+)", words)]
    exact = [values[key] for key in ("mean_distance_bound", "explicit_bound", "max_robust_accuracy")]
    assert all(0.0 <= text - value < 2e-4 for text, value in zip(printed, exact, strict=True))
    assert words.startswith("Any classifier that errs on 10^-6 of the sphere in 500 dimensions")


@pytest.mark.parametrize(
    ("distance", "exact", "told"), [("0.5", "log10_error_rate", "10^-30.389"), ("0.05", "error_rate", "0.1493")]
)
def test_the_error_rate_that_a_distance_rules_out_is_rounded_up(distance: str, exact: str, told: str) -> None:
    # Up: of a smaller error rate than the limit it would not be true.
    asked = ("bound", "--dim", "500", "--distance", distance)
    assert run(*asked).startswith(f"Any classifier that errs on {told} of the sphere")
    assert float(told.removeprefix("10^")) >= json.loads(run(*asked, "--json"))[exact]


@pytest.mark.parametrize("space", ["gaussian", "ball", "cube", "hamming", "even-sphere"])
def test_no_row_is_empty(space: str) -> None:
    words = run("bound", "--space", space, "--dim", "20", "--error-rate", "0.01")
    assert "None" not in words
    assert "–" not in words
    assert "null" not in words


def test_error_rate_puts_spheres_side_by_side(alphas: str) -> None:
    lines = run("error-rate", "--alphas", alphas, "--samples", "1000").splitlines()
    assert [line.split()[0] for line in lines[3:]] == ["exact", "central", "Chernoff,", "counted", "its"]
    assert len(lines) < 12


def test_distances_say_whether_prediction_and_sample_agree(alphas: str) -> None:
    words = run("distances", "--alphas", alphas, "--samples", "2000")
    assert "Prediction and sample agree" in words
    assert "inconclusive" not in words


def test_no_errors_are_told_as_such(tmp_path: Path) -> None:
    file = tmp_path / "perfect.csv"
    file.write_text("0.8\n0.8\n0.8\n")
    assert "no errors" in run("error-rate", "--alphas", str(file))
    assert run("distances", "--alphas", str(file)).startswith("No distances: there is no error.")


def test_csv_has_every_digit(alphas: str) -> None:
    names, values = csv.reader(run("error-rate", "--alphas", alphas, "--format", "csv").splitlines())
    found = json.loads(run("error-rate", "--alphas", alphas, "--format", "json"))
    assert float(values[names.index("inner.log10_exact")]) == found["inner"]["log10_exact"]


def test_csv_of_checks_has_a_row_each(alphas: str) -> None:
    rows = list(csv.DictReader(run("check", "--alphas", alphas, "--format", "csv").splitlines()))
    assert len(rows) > 1
    assert all(row["verdict"] in ("verified", "inconclusive") for row in rows)


def test_csv_leaves_what_is_null_empty() -> None:
    """A dash would make text of a column of numbers, for pandas.read_csv."""
    (row,) = csv.DictReader(run("bound", "--dim", "2", "--error-rate", "0", "--format", "csv").splitlines())
    assert row["mean_distance_bound"] == row["explicit_bound"] == ""
    assert "–" not in row.values()


def test_two_formats_contradict_each_other() -> None:
    refused = CliRunner().invoke(main, ["bound", "--dim", "9", "--error-rate", "0.1", "--json", "--format", "csv"])
    assert refused.exit_code == 2
    assert "--format csv" in refused.stderr
