"""The pytest plugin, run by pytest on files that a user could have written."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from adversarial_spheres.numerics.storage.records import load_record

pytest_plugins = ["pytester"]
RunUser = Callable[..., pytest.RunResult]

QUADRATIC = """
from adversarial_spheres import QuadraticClassifier, paper_alphas

network = QuadraticClassifier.from_alphas(paper_alphas())

def test_possible(bound_check):
    bound_check(network, claim_error_rate=1e-4, claim_mean_distance=0.2, dim=500, sphere="inner")
"""
IMPOSSIBLE = """
def test_impossible(bound_check):
    bound_check(network, claim_error_rate=1e-4, claim_mean_distance=0.9, dim=500, sphere="inner")
"""
ANY_MODEL = """
import numpy as np
import pytest

class HalfSpace:
    def logits(self, points):
        return points[:, 0] - 0.1

@pytest.mark.bound_check(dim=500, samples=4000)
def test_half_space(bound_check):
    bound_check(HalfSpace(), claim_error_rate=0.03, claim_mean_distance=0.05)
"""


def run(pytester: pytest.Pytester, source: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(test_user=source)
    separate = "-n" in options or "import torch" in source
    start = pytester.runpytest_subprocess if separate else pytester.runpytest_inprocess
    return start("-p", "no:cacheprovider", "--strict-markers", "-q", "-Wdefault", *options)


def test_a_possible_claim_passes_and_an_impossible_one_fails_with_the_reason(pytester: pytest.Pytester) -> None:
    result = run(pytester, QUADRATIC + IMPOSSIBLE, "-v")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "adversarial-spheres *: confidence 0.99 over the session, at most 20,000 points*",
            "*bound check refuted (dim 500, inner sphere of radius 1)",
            "*REFUTED *the mean euclidean distance to the nearest error is at least 0.9",
            "*impossible: no classifier of error rate * has a mean distance above 0.289435 if -x is *",
            "*== adversarial spheres ==*",
            "verdict *claimed *predicted *observed*",
            "refuted *0.9 *0.28943 *test_user.py::test_impossible",
            "verified *0.2 *0.28943 *test_user.py::test_possible",
            "error budget: 0 of 0.01 spent*",
        ]
    )


@pytest.mark.parametrize(
    ("treat", "outcomes"),
    [("fail", {"failed": 1}), ("xfail", {"xfailed": 1}), ("warn", {"passed": 1, "warnings": 1})],
)
def test_inconclusive_claims_are_treated_as_asked(
    pytester: pytest.Pytester, treat: str, outcomes: dict[str, int]
) -> None:
    result = run(pytester, ANY_MODEL, f"--spheres-inconclusive={treat}")
    result.assert_outcomes(**outcomes)
    result.stdout.fnmatch_lines(["*inconclusive *0.05 *test_user.py::test_half_space"])


def test_results_travel_under_xdist_to_table_record_and_junit(pytester: pytest.Pytester) -> None:
    source = QUADRATIC + ANY_MODEL
    results = {}
    for name, options in {"one": (), "two": ("-n", "2")}.items():
        found = run(
            pytester, source, f"--spheres-record={name}", f"--junitxml={name}.xml", "--spheres-seed=3", *options
        )
        found.assert_outcomes(passed=2, warnings=1)
        found.stdout.fnmatch_lines(["error budget: 0.0025 of 0.01 spent*", f"record: {name}"])
        record = load_record(pytester.path / name)
        assert record.kind == "pytest-bound-checks"
        results[name] = record.values
        properties = [
            json.loads(node.attrib["value"])
            for node in ElementTree.parse(pytester.path / f"{name}.xml").iter("property")
            if node.attrib["name"] == "adversarial_spheres"
        ]
        assert sorted(p["test"] for p in properties) == ["test_user.py::test_half_space", "test_user.py::test_possible"]
    assert results["one"] == results["two"]


def test_the_budget_is_shared_by_tests_and_calls(pytester: pytest.Pytester) -> None:
    source = (
        ANY_MODEL
        + """
    bound_check(HalfSpace(), claim_error_rate=0.03)
    bound_check(HalfSpace(), claim_error_rate=0.03, confidence=0.9)

@pytest.mark.parametrize("share", [0.03, 0.04, 0.05])
def test_others(bound_check, share):
    bound_check(HalfSpace(), claim_error_rate=share, dim=500)
"""
    )
    run(pytester, source, "--spheres-record=record", "--spheres-confidence=0.92").assert_outcomes(passed=4, warnings=1)
    values = load_record(pytester.path / "record").values
    allowed = [
        round(result["error_budget"]["allowed"], 12)
        for result in values["results"]
        if result["test"].endswith("half_space")
    ]
    # A quarter of 0.08, half of it for the first call and a sixth for the second; the third names its confidence.
    assert allowed == pytest.approx([0.01, 0.02 / 6, 0.1])
    first = values["results"][0]["checks"]
    assert [check["confidence"] for check in first] == pytest.approx([0.995, 0.995])


BY_REQUEST = """
def test_uncounted(request):
    request.getfixturevalue("bound_check")(HalfSpace(), claim_error_rate=0.03, dim=500)

def test_uncounted_with_its_own(request):
    request.getfixturevalue("bound_check")(HalfSpace(), claim_error_rate=0.03, dim=500, confidence=0.9)

@pytest.mark.bound_check(dim=500)
def test_counted_by_its_marker(request):
    request.getfixturevalue("bound_check")(HalfSpace(), claim_error_rate=0.03)

@pytest.mark.usefixtures("bound_check")
def test_counted_by_name(request):
    request.getfixturevalue("bound_check")(HalfSpace(), claim_error_rate=0.03, dim=500)
"""


@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_a_test_that_was_not_counted_has_no_share_of_the_budget(
    pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    result = run(pytester, ANY_MODEL + BY_REQUEST, "--spheres-record=record", *options)
    result.assert_outcomes(passed=4, failed=1, warnings=1)
    result.stdout.fnmatch_lines(["*test_uncounted* was not counted*usefixtures*confidence=*"])
    allowed = {
        result["test"].partition("::")[2]: round(result["error_budget"]["allowed"], 12)
        for result in load_record(pytester.path / "record").values["results"]
    }
    # A third of 0.01, and half of it for the first call.
    third = pytest.approx(0.01 / 6)
    assert allowed == {
        "test_half_space": third,
        "test_uncounted_with_its_own": pytest.approx(0.1),
        "test_counted_by_its_marker": third,
        "test_counted_by_name": third,
    }


def test_an_attack_that_is_too_weak_fails_and_the_attack_is_blamed(pytester: pytest.Pytester) -> None:
    source = (
        ANY_MODEL
        + """
def careless(model, points, sphere, outer_radius):
    pole = np.zeros_like(points)  # an error, but far away
    pole[:, 0] = outer_radius
    return pole

def test_attack(bound_check):
    bound_check(HalfSpace(), dim=500, attack=careless)
"""
    )
    result = run(pytester, source)
    result.assert_outcomes(passed=1, failed=1, warnings=1)
    result.stdout.fnmatch_lines(["*the attack is too weak: closer errors exist than it found*"])
    result.stdout.no_fnmatch_line("*impossible*")


def test_bad_use_is_told(pytester: pytest.Pytester) -> None:
    source = (
        ANY_MODEL
        + """
@pytest.mark.bound_check(dimension=3)
def test_marker(bound_check):
    pass

def test_argument(bound_check):
    bound_check(HalfSpace(), claim_errors=0.1, dim=3)

def test_no_dim(bound_check):
    bound_check(HalfSpace(), claim_error_rate=0.1)

class Wrong:
    def logits(self, points):
        return points

def test_wrong_shape(bound_check):
    bound_check(Wrong(), claim_error_rate=0.1, dim=3)
"""
    )
    result = run(pytester, source)
    result.assert_outcomes(passed=1, failed=3, errors=1, warnings=1)
    result.stdout.fnmatch_lines(
        [
            "*the marker bound_check does not take dimension but around, *",
            "*TypeError: bound_check does not take claim_errors but *",
            "*dim must be given for a model that does not say it*",
            "*ModelError: model must be a function that returns logits of shape (*",
        ]
    )
    result.stdout.no_fnmatch_line("*numerics*")  # of a wrong argument the user's line is shown, not ours


def test_the_table_says_where_a_claim_is_made_and_has_the_worst_first(run_user: RunUser) -> None:
    source = (
        "from adversarial_spheres import QuadraticClassifier\n"
        + ANY_MODEL
        + """
def test_all(bound_check):
    network = QuadraticClassifier.from_alphas([0.9, 0.8, 1.1])
    bound_check(network, claim_error_rate=0.4)
    bound_check(HalfSpace(), claim_error_rate=0.5, dim=30, confidence=0.9999996, radius=2.0, metric="geodesic")
    bound_check(network, claim_error_rate=0.2, sphere="outer", radius=1.05)
"""
    )
    result = run_user(source)
    result.assert_outcomes(passed=1, failed=1, warnings=1)
    lines = result.outlines
    start = next(i for i, line in enumerate(lines) if "adversarial spheres =" in line)
    head, *rows = (line.split() for line in lines[start + 1 : start + 7])
    assert head[:7] == ["verdict", "claimed", "predicted", "observed", "points", "seconds", "confidence"]
    assert head[7:] == ["dim", "sphere", "radius", "metric", "check", "test"]
    assert [row[0] for row in rows] == ["refuted", "inconclusive", "verified", "verified", "verified"]
    cells = [dict(zip(head, row, strict=True)) for row in rows]
    refuted = {"dim": "3", "sphere": "outer", "radius": "1.05", "metric": "euclidean", "check": "error_rate"}
    assert refuted.items() <= cells[0].items()
    # Geometry limits distances; of an error rate it says nothing, and only a proof has confidence 1.
    assert (cells[0]["predicted"], cells[0]["confidence"], cells[0]["points"]) == ("-", "1", "-")
    ours = next(cell for cell in cells if cell["dim"] == "30")
    assert {"radius": "2", "metric": "geodesic", "confidence": "0.9999996"}.items() <= ours.items()
    assert cells[1]["predicted"] != "-"


def test_a_session_without_bound_checks_says_nothing_more(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_nothing(): pass")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*adversarial spheres*")


def test_the_plugin_imports_nothing_heavy() -> None:
    code = "import sys, adversarial_spheres.pytest_plugin; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    out: Any = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"numpy", "scipy", "sympy", "matplotlib", "mpmath", "hypothesis"} & set(out)


TORCH = """
import torch

from adversarial_spheres import from_torch

layer = torch.nn.Linear(50, 1)
with torch.no_grad():
    layer.weight.zero_()
    layer.weight[0, 0] = 1.0
    layer.bias.fill_(-0.3)
model = from_torch(layer)

def test_possible(bound_check):
    bound_check(model, claim_error_rate=0.05, dim=50)

def test_impossible(bound_check):
    bound_check(model, claim_mean_distance=1.0, dim=50)
"""


@pytest.mark.libraries
def test_a_pytorch_model_is_held_to_its_claims(pytester: pytest.Pytester) -> None:
    # Not imported here: pytester forgets the modules that a test loads, and PyTorch does not survive a second import.
    if importlib.util.find_spec("torch") is None:
        pytest.skip("could not find 'torch'")
    result = run(pytester, TORCH)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*REFUTED *the mean euclidean distance to the nearest error is at least 1", "*impossible*"]
    )
