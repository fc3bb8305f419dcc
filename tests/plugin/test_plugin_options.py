"""Options of the plugin: command line over ini file over default; what is not allowed is refused by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest_plugins = ["pytester"]
RunUser = Callable[..., pytest.RunResult]
Recorded = Callable[[], dict[str, Any]]

SOURCE = """
class HalfSpace:
    def logits(self, points):
        return points[:, 0] - 0.3

def test_open(bound_check):
    bound_check(HalfSpace(), claim_error_rate=0.0931, dim=20)
"""
INI = """
[pytest]
spheres_confidence = 0.9
spheres_samples = 3000
spheres_seed = 5
spheres_inconclusive = fail
spheres_record = record
spheres_max_seconds = 100
spheres_max_queries = 2900
"""


def test_every_option_has_an_ini_key(pytester: pytest.Pytester, run_user: RunUser, recorded: Recorded) -> None:
    pytester.makeini(INI)
    result = run_user(SOURCE, "-v")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "adversarial-spheres *: confidence 0.9 over the session, at most 3,000 points and 2,900 queries and "
            "100 seconds a check, seed 5, inconclusive: fail"
        ]
    )
    values = recorded()
    assert [values[name] for name in ("confidence", "seed", "max_samples")] == [0.9, 5, 3000]
    assert [values[name] for name in ("max_queries", "max_seconds", "test_confidence")] == [2900, 100.0, None]


def test_the_command_line_wins_over_the_ini_file(
    pytester: pytest.Pytester, run_user: RunUser, recorded: Recorded
) -> None:
    pytester.makeini(INI)
    options = ("--spheres-confidence=0.95", "--spheres-samples=4000", "--spheres-seed=6", "--spheres-max-queries=2000")
    result = run_user(SOURCE, "--spheres-inconclusive=xfail", "--spheres-record=other", *options)
    result.assert_outcomes(xfailed=1)
    assert not (pytester.path / "record").exists()
    pytester.path.joinpath("other").rename(pytester.path / "record")
    values = recorded()
    assert [values[name] for name in ("confidence", "seed", "max_samples")] == [0.95, 6, 4000]
    assert [values[name] for name in ("max_queries", "max_seconds")] == [2000, 100.0]


@pytest.mark.slow
def test_ini_keys_reach_the_workers_of_xdist(pytester: pytest.Pytester, run_user: RunUser, recorded: Recorded) -> None:
    pytester.makeini(INI)
    run_user(SOURCE, "-n", "1").assert_outcomes(failed=1)
    (result,) = recorded()["results"]
    assert result["checks"][0]["samples"] < 2900


def test_a_session_wide_confidence_given_now_wins_over_one_of_each_test_in_the_ini_file(
    pytester: pytest.Pytester, run_user: RunUser
) -> None:
    pytester.makeini("[pytest]\nspheres_test_confidence = 0.9\n")
    run_user(SOURCE, "-v").stdout.fnmatch_lines(["*confidence 0.9 of each test*"])
    run_user(SOURCE, "-v", "--spheres-confidence=0.8").stdout.fnmatch_lines(["*confidence 0.8 over the session*"])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("confidence", "1"),
        ("confidence", "nan"),
        ("test_confidence", "2"),
        ("samples", "1"),
        ("samples", "1e3"),
        ("samples", "1_000"),
        ("confidence", "0.9_9"),
        ("seed", "-1"),
        ("inconclusive", "maybe"),
        ("max_seconds", "0"),
        ("max_seconds", "inf"),
        ("max_queries", "none"),
        ("record", "test_user.py"),
    ],
)
@pytest.mark.parametrize("place", ["ini", "command line"])
def test_what_is_not_allowed_is_refused_by_its_name(
    pytester: pytest.Pytester, run_user: RunUser, place: str, key: str, value: str
) -> None:
    option = f"--spheres-{key.replace('_', '-')}"
    if place == "ini":
        pytester.makeini(f"[pytest]\nspheres_{key} = {value}\n")
    result = run_user(SOURCE, *([] if place == "ini" else [f"{option}={value}"]))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    name = f"spheres_{key} in the ini file" if place == "ini" else f"argument {option}:"
    result.stderr.fnmatch_lines([f"*{name} must be *{value}*"])


def test_two_confidences_are_refused(pytester: pytest.Pytester, run_user: RunUser) -> None:
    result = run_user(SOURCE, "--spheres-confidence=0.9", "--spheres-test-confidence=0.9")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*on the command line*spheres_confidence and spheres_test_confidence, not both*"])


LIMITED = """
import numpy as np

class Counting:
    asked = 0

    def logits(self, points):
        self.asked += len(points)
        return points[:, 0] - 0.3

def test_limits(bound_check):
    model = Counting()
    found = bound_check(model, claim_error_rate=0.0931, dim=20, {}, inconclusive="warn")
    assert found.verdict == "inconclusive"
    print("asked", model.asked)
"""


@pytest.mark.parametrize("limit", [10, 100, 3000])
def test_max_queries_counts_every_question(run_user: RunUser, limit: int) -> None:
    result = run_user(LIMITED.format(f"max_queries={limit}"), "-s")
    result.assert_outcomes(passed=1, warnings=1)
    (line,) = (line for line in result.outlines if "asked" in line and "questions" not in line)
    assert int(line.split("asked ")[1].split()[0]) <= limit
    result.stdout.fnmatch_lines(["*stopped by max_queries*"])


def test_max_seconds_ends_a_check(run_user: RunUser) -> None:
    result = run_user(LIMITED.format("max_seconds=1e-9"))
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*stopped by max_seconds*"])


@pytest.mark.slow
def test_what_was_refuted_in_time_stays_refuted_when_time_is_short(run_user: RunUser, recorded: Recorded) -> None:
    # The second attempt is so slow that the limit would leave the claim open: one run of the model takes longer.
    source = """
import time

class Slowing:
    runs = 0

    def logits(self, points):
        time.sleep(0.0 if Slowing.runs == 1 else 1.2)
        return points[:, 0] - 0.3

def test_slow(bound_check):
    Slowing.runs += 1
    bound_check(Slowing(), claim_error_rate=0.01, dim=20, max_seconds=1.0)
"""
    result = run_user(source, "--reruns=1", "--spheres-record=record")
    assert result.parseoutcomes() == {"failed": 1, "rerun": 1}
    assert [result["verdict"] for result in recorded()["results"]] == ["refuted"]
