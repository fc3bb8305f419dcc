"""What a check may cost: cheap evidence first, limits of questions and of seconds."""

from __future__ import annotations

import copy
import pickle
import time
from typing import Any

import numpy as np
import pytest

from adversarial_spheres import Gaussian, Problem, Space, Sphere, from_callable, paper_alphas
from adversarial_spheres.numerics.distances.exact import measure_distances
from adversarial_spheres.numerics.models.query_limits import LimitReachedError, Meter
from adversarial_spheres.numerics.verdicts.bound_check import check_bound
from adversarial_spheres.numerics.verdicts.claims import Claims
from adversarial_spheres.numerics.verdicts.suite import SuiteSettings, run_model_suite
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda found: pickle.loads(pickle.dumps(found))], ids=["deep", "pickle"]
)
def test_results_that_hold_a_model_go_to_other_processes(copied: Any) -> None:
    measured = measure_distances(QuadraticClassifier.from_alphas([0.9, 0.8, 1.1]), "inner", samples=50, seed=0)
    again = copied(measured)
    assert again.to_dict() == measured.to_dict()
    again.problem.errors(np.eye(3))  # its meter counts


class Plane:
    """Errs on the inner sphere where x_1 > level; counts what it is asked, and may be slow."""

    def __init__(self, level: float = 0.1, seconds: float = 0.0) -> None:
        self.level, self.seconds, self.asked = level, seconds, 0

    def logits(self, points: np.ndarray) -> np.ndarray:
        self.asked += len(points)
        time.sleep(self.seconds)
        return points[:, 0] - self.level


OPEN = Claims(mean_distance=0.1)
"""True of the plane in 100 dimensions (0.1082), so that neither counting nor an attack decides it."""


def test_counting_alone_refutes_a_mean_distance_at_dimension_500() -> None:
    """faults.md: 871,283 questions and an attack, where the count refutes it in 2,560."""
    model = Plane()
    found = check_bound(model, Claims(mean_distance=0.3), dim=500)
    assert found.verdict == "refuted"
    assert "impossible" in found.checks[0].explanation
    assert model.asked <= 3000


def test_an_attack_that_would_decide_nothing_is_only_tried() -> None:
    model = Plane(0.5)
    found = check_bound(model, Claims(mean_distance=0.1), dim=20)
    assert found.verdict == "inconclusive"
    assert "near 16 of 16 other points: attacking more could not decide it" in found.checks[0].explanation
    assert model.asked < 20_512 + 16 * 500


@pytest.mark.filterwarnings("ignore::adversarial_spheres.ModelWarning")
@pytest.mark.parametrize("space", [Sphere(4), Gaussian(4)])
def test_a_try_that_finds_no_error_says_so_and_gives_no_mean(space: Space) -> None:
    """It said: "errors at a mean angle of 3.142 (16 failed)"; that is the other end of the sphere."""
    nowhere = Problem(from_callable(lambda x: -np.abs(x[:, 0]) - 1.0), space)
    (check,) = check_bound(nowhere, Claims(mean_distance=0.5), max_samples=2000).checks
    assert "the attack found no error near any of 16 other points: attacking more could not decide" in check.explanation
    assert "3.142" not in check.explanation


@pytest.mark.parametrize("limit", [1, 300, 1000, 5000, 30_000])
def test_no_more_questions_than_allowed_and_the_same_for_all_workers(limit: int) -> None:
    explanations = []
    for workers in (1, 3):
        model = Plane()
        found = check_bound(model, OPEN, dim=100, max_queries=limit, workers=workers)
        assert found.verdict == "inconclusive"
        assert model.asked <= limit
        explanations.append(found.checks[0].explanation)
    assert explanations[0] == explanations[1]
    assert "stopped by max_queries after" in explanations[0]
    assert "a larger max_queries may decide it" in explanations[0]


def test_what_is_decided_before_the_limit_stays_decided() -> None:
    found = check_bound(Plane(), Claims(error_rate=0.3, mean_distance=0.1), dim=100, max_queries=4000)
    assert [check.verdict for check in found.checks] == ["verified", "inconclusive"]


def test_a_limit_that_is_not_reached_changes_no_verdict() -> None:
    claims = Claims(error_rate=0.2, mean_distance=0.3)
    free, limited = (check_bound(Plane(), claims, dim=100, max_queries=limit) for limit in (None, 10**9))
    assert free.checks == limited.checks


def test_seconds_end_a_slow_model_between_batches() -> None:
    start = time.monotonic()
    found = check_bound(Plane(seconds=0.05), OPEN, dim=100, max_seconds=0.3)
    assert time.monotonic() - start < 5.0
    assert found.verdict == "inconclusive"
    assert "stopped by max_seconds after" in found.checks[0].explanation


def test_seconds_end_an_attack_even_one_that_catches_all_errors() -> None:
    def stubborn(model: Any, points: np.ndarray, sphere: str, *, outer_radius: float) -> np.ndarray:
        for _ in range(10):
            try:
                model.logits(points)
            except Exception:  # a user's attack may do that
                break
        return np.full_like(points, np.nan)

    found = check_bound(Plane(seconds=0.1), OPEN, dim=100, max_samples=500, max_seconds=0.6, attack=stubborn)
    assert {check.verdict for check in found.checks} == {"inconclusive"}
    assert all("stopped by max_seconds" in check.explanation for check in found.checks)


def test_seconds_end_a_sample_of_exact_distances() -> None:
    paper = QuadraticClassifier.from_alphas(paper_alphas())
    found = check_bound(paper, Claims(tightness=0.9999), max_samples=10**8, max_seconds=1e-6)
    assert found.verdict in ("inconclusive", "refuted")
    assert found.checks[0].samples is None


def test_the_suite_hands_the_limits_on() -> None:
    settings = SuiteSettings(2000, 2000, seed=0)
    found = run_model_suite(Plane(), 100, 1.3, settings, spheres=["inner"], claims=OPEN, max_queries=700)
    assert "stopped by max_queries" in found.checks[0].explanation


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_queries", 0), ("max_queries", 1.5), ("max_seconds", 0.0), ("max_seconds", -1.0), ("max_seconds", np.nan)],
)
def test_limits_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"^{name} must be"):
        check_bound(Plane(), OPEN, dim=100, **{name: value})  # type: ignore[arg-type]


def test_a_meter_counts_and_refuses() -> None:
    now = [0.0]
    meter = Meter(10, 5.0, clock=lambda: now[0])
    meter.charge(7)
    with pytest.raises(LimitReachedError, match="max_queries"):
        meter.charge(4)
    assert (meter.queries, meter.left) == (7, 3)
    with pytest.raises(LimitReachedError):  # somebody may have caught the refusal
        meter.check()
    now[0] = 6.0
    with pytest.raises(LimitReachedError, match="max_seconds"):
        meter.charge(1)
