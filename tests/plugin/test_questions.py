"""One question counts once, however often it is asked, and a refuted claim stays refuted."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adversarial_spheres import Problem, QuadraticClassifier, Sphere, around, from_callable
from adversarial_spheres.plugin_budget import Ledger, key_of, process_part

pytest_plugins = ["pytester"]
RunUser = Callable[..., pytest.RunResult]
Recorded = Callable[[], dict[str, Any]]

MODELS = """
import numpy as np
import pytest

class HalfSpace:
    def __init__(self, height):
        self.height = height

    def logits(self, points):
        return points[:, 0] - self.height

class Labels(HalfSpace):
    logits = None

    def labels(self, points):
        return (points[:, 0] > self.height).astype(int)

def times_run(name="times_run"):
    with open(name, "a+") as file:
        file.write("x")
        file.seek(0)
        return len(file.read())
"""
REFUTED = (
    MODELS
    + """
# The truth is 0.0932: refuted at the share of the first call, open at that of the second.
def test_refuted(bound_check):
    bound_check({}(0.3), claim_error_rate={}, dim=20)
"""
)


def shares(values: dict[str, Any]) -> list[float]:
    return [result["error_budget"]["allowed"] for result in values["results"]]


def within_budget(values: dict[str, Any]) -> bool:
    budget = values["error_budget"]
    return bool(budget["spent"] <= budget["allowed"] * (1 + 1e-9))


@pytest.mark.parametrize(
    ("kind", "options"), [("HalfSpace", ()), ("Labels", ()), ("HalfSpace", ("-n", "2"))], ids=["", "labels", "xdist"]
)
def test_v4_a_refuted_claim_stays_refuted_on_a_rerun(
    run_user: RunUser, recorded: Recorded, kind: str, options: tuple[str, ...]
) -> None:
    result = run_user(REFUTED.format(kind, 0.0805), "--reruns=2", "--spheres-record=record", *options)
    assert result.parseoutcomes() == {"failed": 1, "rerun": 2}
    assert shares(recorded()) == pytest.approx([0.005])
    result.stdout.fnmatch_lines(["error budget: 0.005 of 0.01 spent*"])


@pytest.mark.parametrize(
    "arguments",
    ["HalfSpace(0.3), attack=Search()", "HalfSpace(0.3 * (1 + 2e-16 * times_run()))"],
    ids=["attack without a name", "model trained anew"],
)
def test_v4_what_is_made_anew_on_a_rerun_is_the_same_question(
    run_user: RunUser, recorded: Recorded, arguments: str
) -> None:
    source = MODELS + (
        "class Search:\n"
        "    def __call__(self, model, points, sphere, outer_radius):\n"
        "        errors = np.zeros_like(points)\n"
        "        errors[:, 0] = 1.0\n"
        "        return errors\n"
        "def test_refuted(bound_check):\n"
        f"    bound_check({arguments}, claim_error_rate=0.0805, dim=20)\n"
    )
    run_user(source, "--reruns=2", "--spheres-record=record")
    assert shares(recorded()) == pytest.approx([0.005])


def test_repeated_reports_count_once(run_user: RunUser, recorded: Recorded) -> None:
    source = MODELS + (
        "def test_fails_later(bound_check):\n"
        "    bound_check(HalfSpace(0.3), claim_error_rate=0.2, dim=20)\n"
        "    assert times_run() > 2\n"
    )
    result = run_user(source, "--reruns=2", "--spheres-record=record")
    assert result.parseoutcomes() == {"passed": 1, "rerun": 2}
    assert shares(recorded()) == pytest.approx([0.005])


def test_another_model_on_a_rerun_is_a_new_question(run_user: RunUser, recorded: Recorded) -> None:
    source = MODELS + (
        "def test_model(bound_check):\n"
        "    bound_check(HalfSpace(0.1 + 0.2 * times_run()), claim_error_rate=0.05, dim=20)\n"
    )
    result = run_user(source, "--reruns=1", "--spheres-record=record")
    assert result.parseoutcomes() == {"passed": 1, "rerun": 1}
    assert [result["verdict"] for result in recorded()["results"]] == ["refuted", "verified"]
    assert shares(recorded()) == pytest.approx([0.005, 0.01 / 6])


def test_other_arguments_on_a_rerun_are_a_new_question(run_user: RunUser, recorded: Recorded) -> None:
    source = MODELS + (
        "def test_model(bound_check):\n"
        "    bound_check(HalfSpace(0.3), claim_error_rate=0.03 + 0.04 * times_run(), dim=20)\n"
    )
    result = run_user(source, "--reruns=1", "--spheres-record=record")
    assert result.parseoutcomes() == {"passed": 1, "rerun": 1}
    assert shares(recorded()) == pytest.approx([0.005, 0.01 / 6])


HYPOTHESIS = (
    MODELS
    + """
from hypothesis import HealthCheck, given, settings, strategies as st

@settings(max_examples=40, database=None, derandomize=True, suppress_health_check=list(HealthCheck), deadline=None)
@given(height=st.sampled_from([0.3, 0.4, 0.5]))
def test_examples(bound_check, height):
    bound_check(HalfSpace(height), claim_error_rate={}, dim=20)
"""
)


def test_hypothesis_replays_count_once(run_user: RunUser, recorded: Recorded) -> None:
    run_user(HYPOTHESIS.format(0.2), "--spheres-record=record").assert_outcomes(passed=1)
    assert sorted(shares(recorded()), reverse=True) == pytest.approx([0.005, 0.01 / 6, 0.01 / 12])


def test_hypothesis_finds_a_refuted_claim_refuted_again(run_user: RunUser, recorded: Recorded) -> None:
    result = run_user(HYPOTHESIS.format(0.0805), "--spheres-record=record")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*Flaky*")
    assert len(recorded()["results"]) <= 3


def test_one_question_asked_again_within_a_test_counts_once(run_user: RunUser, recorded: Recorded) -> None:
    source = MODELS + (
        "def test_again(bound_check):\n"
        "    for _ in range(5):\n"
        "        with pytest.raises(pytest.fail.Exception, match='REFUTED'):\n"
        "            bound_check(HalfSpace(0.3), claim_error_rate=0.0805, dim=20)\n"
    )
    run_user(source, "--spheres-record=record").assert_outcomes(passed=1)
    assert shares(recorded()) == pytest.approx([0.005])


def test_models_of_labels_are_not_taken_for_one_another(run_user: RunUser, recorded: Recorded) -> None:
    source = MODELS + (
        "def test_rare(bound_check):\n"
        "    for height in (0.9, 0.95):\n"
        "        bound_check(Labels(height), claim_error_rate=0.01, dim=20)\n"
    )
    run_user(source, "--spheres-record=record").assert_outcomes(passed=1)
    assert shares(recorded()) == pytest.approx([0.005, 0.01 / 6])


def test_a_model_that_differs_in_a_corner_gets_its_own_verdict(run_user: RunUser, recorded: Recorded) -> None:
    source = MODELS + (
        "class Corner(HalfSpace):\n"
        "    def logits(self, points):\n"
        "        return np.where(points[:, 0] > 0.6, 1.0, points[:, 0] - 2.0)\n"
        "def test_corner(bound_check):\n"
        "    bound_check(HalfSpace(2.0), claim_error_rate=0.003, dim=10)\n"
        "    with pytest.raises(pytest.fail.Exception, match='REFUTED'):\n"
        "        bound_check(Corner(2.0), claim_error_rate=0.003, dim=10)\n"
    )
    run_user(source, "--spheres-record=record").assert_outcomes(passed=1)
    assert shares(recorded()) == pytest.approx([0.005, 0.01 / 6])


def test_a_model_that_changes_in_place_is_another_model(run_user: RunUser, recorded: Recorded) -> None:
    source = MODELS + (
        "def test_training(bound_check):\n"
        "    model = HalfSpace(0.5)\n"
        "    bound_check(model, claim_error_rate=0.05, dim=20)\n"
        "    model.height = 0.2\n"
        "    with pytest.raises(pytest.fail.Exception, match='REFUTED'):\n"
        "        bound_check(model, claim_error_rate=0.05, dim=20)\n"
    )
    run_user(source, "--spheres-record=record").assert_outcomes(passed=1)
    assert shares(recorded()) == pytest.approx([0.005, 0.01 / 6])


def test_a_quadratic_model_is_known_by_its_coefficients(run_user: RunUser, recorded: Recorded) -> None:
    source = (
        "from adversarial_spheres import QuadraticClassifier\n"
        "def test_quadratic(bound_check):\n"
        "    for last in (1.1, 1.2, 1.1):\n"
        "        bound_check(QuadraticClassifier.from_alphas([0.9, 0.8, last]), claim_mean_distance=0.01)\n"
    )
    run_user(source, "--spheres-record=record").assert_outcomes(passed=1)
    assert len(recorded()["results"]) == 2


def test_a_confidence_of_its_own_is_no_part_of_the_series_and_counts_once(
    run_user: RunUser, recorded: Recorded
) -> None:
    source = MODELS + (
        "def test_own(bound_check):\n"
        "    for confidence in (0.9, None, 0.9):\n"
        "        bound_check(HalfSpace(0.3), claim_error_rate=0.2, dim=20, confidence=confidence)\n"
    )
    result = run_user(source, "--spheres-record=record")
    result.assert_outcomes(passed=1)
    assert shares(recorded()) == pytest.approx([0.1, 0.005])
    result.stdout.fnmatch_lines(["error budget: 0.005 of 0.01 spent, and 0.1 by calls with a confidence of their own*"])


SCOPES = (
    MODELS
    + """
@pytest.fixture(scope="module")
def checked(module_bound_check):
    module_bound_check(HalfSpace(0.3), claim_error_rate=0.2, dim=20)
    yield HalfSpace(0.3)

@pytest.fixture(scope="session")
def checked_once(session_bound_check):
    return session_bound_check(HalfSpace(0.4), claim_error_rate=0.2, dim=20)

def test_module(checked):
    pass

def test_both(checked, checked_once, bound_check):
    bound_check(checked, claim_error_rate=0.2, dim=20)

class TestClass:
    @pytest.fixture(scope="class")
    def in_class(self, class_bound_check):
        return class_bound_check(HalfSpace(0.5), claim_error_rate=0.2, dim=20)

    def test_one(self, in_class):
        assert in_class.verdict == "verified"

    def test_two(self, in_class, checked_once):
        pass
"""
)


def test_wider_scopes_are_questioners_of_their_own(run_user: RunUser, recorded: Recorded) -> None:
    run_user(SCOPES, "--spheres-record=record").assert_outcomes(passed=4)
    values = recorded()
    # One test, one module, one class and the session: a quarter of the budget each, half of it for the first call.
    assert shares(values) == pytest.approx([0.01 / 8] * 4)
    assert [result["test"] for result in values["results"]] == [
        "session",
        "test_user.py (module)",
        "test_user.py::TestClass (class)",
        "test_user.py::test_both",
    ]


def test_a_refuted_claim_of_a_module_fails_each_of_its_tests_and_counts_once(
    run_user: RunUser, recorded: Recorded
) -> None:
    source = MODELS + (
        "@pytest.fixture(scope='module')\n"
        "def checked(module_bound_check):\n"
        "    module_bound_check(HalfSpace(0.3), claim_error_rate=0.0805, dim=20)\n"
        "def test_one(checked): pass\n"
        "def test_two(checked): pass\n"
    )
    result = run_user(source, "--reruns=1", "--spheres-record=record")
    assert result.parseoutcomes() == {"errors": 2, "rerun": 2}
    assert shares(recorded()) == pytest.approx([0.005])


SLOW_MODES = [("-n", "2"), ("-n", "2", "--dist", "loadscope"), ("--reruns=1", "-n", "2", "--dist", "loadgroup")]
MODES = [(), ("--reruns=1",), ("--reruns=1", "-n", "2", "--dist", "each")]
MODES += [pytest.param(mode, marks=pytest.mark.slow) for mode in SLOW_MODES]


@pytest.mark.parametrize("options", MODES, ids=lambda mode: " ".join(mode) or "one process")
def test_the_budget_holds_in_every_mode(run_user: RunUser, recorded: Recorded, options: tuple[str, ...]) -> None:
    several = REFUTED.format("HalfSpace", 0.0805) + SCOPES.removeprefix(MODELS)
    run_user(several, "--spheres-record=record", *options)
    values = recorded()
    assert within_budget(values)
    assert {result["test"] for result in values["results"]} >= {"session", "test_user.py::test_refuted"}


@pytest.mark.slow
def test_each_process_under_dist_each_has_its_part(run_user: RunUser, recorded: Recorded) -> None:
    source = REFUTED.format("HalfSpace", 0.2)
    run_user(source, "--spheres-record=record", "-n", "2", "--dist", "each").assert_outcomes(passed=2)
    assert shares(recorded()) == pytest.approx([0.01 / 8] * 2)


def test_a_fixed_confidence_of_each_test_does_not_depend_on_the_selection(
    run_user: RunUser, recorded: Recorded
) -> None:
    source = REFUTED.format("HalfSpace", 0.0805) + (
        "@pytest.mark.parametrize('height', [0.4, 0.5, 0.6])\n"
        "def test_others(bound_check, height):\n"
        "    bound_check(HalfSpace(height), claim_error_rate=0.1, dim=20)\n"
    )
    found = {}
    for selection in ("refuted", "test"):
        result = run_user(source, "--spheres-record=record", "--spheres-test-confidence=0.99", "-v", "-k", selection)
        (found[selection],) = [r for r in recorded()["results"] if r["test"].endswith("refuted")]
    assert found["refuted"] == found["test"]
    assert found["test"]["verdict"] == "refuted"
    result.stdout.fnmatch_lines(
        [
            "adversarial-spheres *: confidence 0.99 of each test*",
            "error budget: 0.01 for each test, 0.02 spent; no verdict above is wrong, with probability at least 0.98",
        ]
    )


@pytest.mark.slow
def test_a_test_that_a_crash_moves_to_another_process_keeps_its_share(run_user: RunUser, recorded: Recorded) -> None:
    source = MODELS + (
        "import os\n"
        "def test_crash(bound_check):\n"
        "    bound_check(HalfSpace(0.3), claim_error_rate=0.2, dim=20)\n"
        "    if times_run() == 1:\n"
        "        os._exit(1)\n"
    )
    result = run_user(source, "--reruns=1", "-n", "1", "--spheres-record=record")
    assert result.parseoutcomes()["passed"] == 1
    assert shares(recorded()) == pytest.approx([0.005])


@pytest.mark.parametrize("seed", range(5))
def test_no_order_of_questions_spends_more_than_the_share(seed: int) -> None:
    rng, share = random.Random(seed), {"a": 0.01 / 3, "b": 0.02 / 3}
    ledger = Ledger(share)
    asked: dict[tuple[str, str], float] = {}
    for _ in range(20_000):
        who, key, another = rng.choice("ab"), rng.randrange(5000), rng.random() < 0.3
        question = ledger.question(who, key, None, another=another)
        known = asked.setdefault((who, question.number), question.confidence)
        assert known == question.confidence
    for who, allowed in share.items():
        assert math.fsum(1.0 - c for (asker, _), c in asked.items() if asker == who) <= allowed * (1 + 1e-9)


@pytest.mark.parametrize("processes", [1, 2, 7])
def test_processes_share_a_whole_however_often_they_crash(processes: int) -> None:
    parts = [process_part(number, processes) for number in range(1000)]
    assert math.fsum(parts) <= 1.0
    assert len(set(parts[:processes])) == 1


LABELS = from_callable(lambda points: (points[:, 0] > 0.3).astype(int), returns="labels")
LOGITS = from_callable(lambda points: points[:, 0] - 0.3)
ASKED = {"seed": 0, "samples": 2000, "dim": 20, "claim_error_rate": 0.5, "attack": "default"}


@pytest.mark.parametrize("model", [LABELS, LOGITS])
@pytest.mark.parametrize(
    "otherwise",
    [
        {"dim": np.int64(20)},
        {"dim": 20.0},
        {"seed": np.uint8(0), "samples": 2000.0},
        {"radius": 1},
        {"radius": 1.0},
        {"radius": np.float32(1.0)},
        {"sphere": "inner"},
        {"metric": "euclidean", "attacked_points": 256},
        {"claim_error_rate": np.float64(0.5)},
        {"claim_error_rate": np.array(0.5)},
        {"claim_perfect": False},
        {"workers": 2},
    ],
)
def test_equal_arguments_in_another_form_are_the_same_question(model: Any, otherwise: dict[str, Any]) -> None:
    """faults.md: each form began another question, with a smaller share of the budget."""
    assert key_of(model, ASKED, "here") == key_of(model, ASKED | otherwise, "here")


@pytest.mark.parametrize(
    "otherwise",
    [{"dim": 21}, {"seed": 1}, {"radius": 1.3}, {"sphere": "outer"}, {"attack": None}, {"claim_error_rate": 0.51}],
)
def test_other_arguments_are_another_question(otherwise: dict[str, Any]) -> None:
    assert key_of(LOGITS, ASKED, "here") != key_of(LOGITS, ASKED | otherwise, "here")


def test_the_dimension_of_an_estimator_may_be_left_out() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    points = np.random.default_rng(0).standard_normal((50, 3))
    model, asked = linear_model.LogisticRegression().fit(points, points[:, 0] > 0.0), {"seed": 0, "samples": 2000}
    assert key_of(model, asked, "here") == key_of(model, asked | {"dim": 3}, "there")


def test_the_dimension_of_a_quadratic_model_may_be_left_out() -> None:
    model, asked = QuadraticClassifier.from_alphas([0.9, 0.8, 1.1]), {"seed": 0, "samples": 2000}
    assert key_of(model, asked, "here") == key_of(model, asked | {"dim": 3}, "there")


def test_a_problem_is_known_by_its_space_and_its_answers() -> None:
    asked = {"seed": 0, "samples": 2000}

    def problem(centre: float, **where: float) -> Problem:
        return around(lambda x: x[:, :2], [centre, 0.0, 0.0], label=0, **where)

    assert key_of(problem(1.0, noise=1.0), asked, "here") == key_of(problem(1.0, noise=1), asked, "there")
    keys = {key_of(problem(*p[:1], **p[1]), asked, "here") for p in ((1.0, {"noise": 1.0}), (1.0, {"noise": 2.0}))}  # type: ignore[arg-type,misc]
    keys |= {key_of(problem(1.1, noise=1.0), asked, "here"), key_of(problem(1.0, radius=1.0), asked, "here")}
    assert len(keys) == 4
    assert key_of(Problem(LABELS, Sphere(20)), asked, "here") != key_of(Problem(LABELS, Sphere(20)), asked, "there")


def test_problems_are_checked_and_reported(run_user: RunUser, recorded: Recorded) -> None:
    source = (
        MODELS
        + """
from adversarial_spheres import around

def test_noise(bound_check):
    problem = around(lambda x: x[:, :2], [1.5, 0.0, 0.0], label=0, noise=1.0)
    assert bound_check(problem, claim_error_rate=0.2).verdict == "verified"

def test_far(bound_check):
    bound_check(around(lambda x: x[:, :2], [1.5, 0.0, 0.0], label=0, noise=1.0), claim_mean_distance=2.0)
"""
    )
    result = run_user(source, "--spheres-record=record")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*dim 3, Gaussian space*", "*refuted*2*3*gaussian*-*euclidean*mean_distance*"])
    rows = recorded()["results"]
    assert [(row["space"], row["sphere"], row["radius"]) for row in rows] == [("Gaussian", None, None)] * 2
