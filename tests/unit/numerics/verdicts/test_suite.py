"""The suite of checks on small quadratic classifiers: verdicts, claims, edge cases, and a broken theory caught."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.distances import exact
from adversarial_spheres.numerics.distances.exact import measure_distances
from adversarial_spheres.numerics.storage.alphas import paper_alphas
from adversarial_spheres.numerics.verdicts.claims import Claims
from adversarial_spheres.numerics.verdicts.suite import SuiteSettings, run_sequential_suite, run_suite
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.caps.cap import cap_measure
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier

SETTINGS = SuiteSettings(distance_samples=3000, monte_carlo_samples=3000, seed=1, confidence=1 - 1e-9)
ALPHAS = np.concatenate([np.linspace(0.3, 1.2, 25), [1.6]])


def verdicts(result: Any) -> dict[str, str]:
    return {check.name: check.verdict for check in result.checks}


@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
def test_no_check_of_a_true_theory_is_refuted(metric: Any) -> None:
    settings = SuiteSettings(3000, 3000, 2, 1 - 1e-9, metric)
    result = run_suite(QuadraticClassifier.from_alphas(ALPHAS), 1.3, settings)
    assert "refuted" not in verdicts(result).values()
    assert len(result.checks) == 10
    assert result.error_budget["spent"] <= result.error_budget["allowed"] * (1 + 1e-6)


def test_a_bound_that_is_too_small_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: with the upper bound at a third, the suite must notice."""
    true = exact.predicted_mean

    def too_small(*where: Any) -> Any:
        found = true(*where)
        return replace(found, even_limit=found.even_limit / 3)

    monkeypatch.setattr(exact, "predicted_mean", too_small)
    result = run_suite(QuadraticClassifier.from_alphas(ALPHAS), 1.3, SETTINGS)
    assert verdicts(result)["inner_mean_distance_at_most_bound"] == "refuted"


def test_a_wrong_model_is_refuted_by_the_count() -> None:
    wrong = QuadraticClassifier.from_alphas(np.full(26, 1.05))
    result = run_suite(QuadraticClassifier.from_alphas(ALPHAS), 1.3, SETTINGS, model=wrong)
    assert verdicts(result)["inner_exact_error_rate_in_monte_carlo_interval"] == "refuted"


def test_a_perfect_network_is_vacuous_about_distances() -> None:
    claims = Claims(error_rate=0.0, mean_distance=1.0, robust_accuracy=1.0, epsilon=0.5)
    result = run_suite(QuadraticClassifier.from_alphas([0.7, 0.8, 0.9]), 1.3, SETTINGS, claims=claims)
    found = verdicts(result)
    for sphere in ("inner", "outer"):
        assert found[f"{sphere}_mean_distance_at_most_bound"] == "vacuous"
        assert found[f"{sphere}_claimed_mean_distance"] == "vacuous"
        assert found[f"{sphere}_claimed_error_rate"] == "verified"
        assert found[f"{sphere}_claimed_robust_accuracy"] == "verified"
    assert result.verdict == "verified"


def test_all_alphas_at_the_outer_limit_make_every_outer_point_an_error() -> None:
    classifier = QuadraticClassifier.from_alphas(np.full(4, 1.0 / 1.5**2))
    measured = measure_distances(classifier, "outer", outer_radius=1.5, samples=100, seed=0)
    assert measured.observed is not None
    assert measured.observed.mean == 0.0
    assert measured.observed.mean_over_correct_points is None
    assert measured.observed.errors_in_sample == 100
    assert measured.predicted is not None
    assert measured.predicted.upper == 0.0
    assert measure_distances(classifier, "inner", outer_radius=1.5, samples=100, seed=0).no_errors


def test_the_share_within_a_distance_that_geometry_demands_is_that_of_even_errors() -> None:
    """The errors are a double cap, x_1^2 > 1/7, which attains the bound of even sets; a cap's share is smaller."""
    classifier = QuadraticClassifier.from_alphas([4.0] + [0.5] * 19)
    measured = measure_distances(classifier, "inner", metric="geodesic", samples=20_000, seed=1, epsilon=0.05)
    within, angle = measured.within_epsilon, np.arccos(np.sqrt(1.0 / 7.0))
    assert within is not None
    assert within.at_least == pytest.approx(2.0 * cap_measure(np.cos(angle + 0.05), 20), rel=1e-9)
    assert within.interval.low <= within.at_least <= within.interval.high
    result = run_suite(classifier, 1.3, SETTINGS, spheres=("inner",))
    found = result.spheres["inner"].distances
    assert found.within_epsilon is not None
    assert found.predicted is not None
    assert found.within_epsilon.epsilon == found.predicted.even_limit < found.predicted.upper
    assert verdicts(result)["inner_share_within_epsilon_at_least_bound"] == "inconclusive"  # attained


def test_a_network_without_boundary_ellipsoid_is_measured_too() -> None:
    """A positive bias has no alphas but an error rate and distances like any other."""
    classifier = QuadraticClassifier(np.array([-1.2, -1.1, -0.4, -0.9]), np.asarray(0.8))
    result = run_suite(classifier, 1.3, SETTINGS)
    assert "refuted" not in verdicts(result).values()


@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
def test_the_mean_of_a_half_plane_like_error_set_in_the_plane(metric: Any) -> None:
    """d = 2, errors |x_1| > |x_2|: the angle is uniform on [0, pi/4] for half of the points."""
    classifier = QuadraticClassifier(np.array([2.0, 0.0]), np.asarray(-1.0))
    measured = measure_distances(classifier, "inner", metric=metric, samples=20_000, seed=3, confidence=1 - 1e-9)
    quarter = math.pi / 4
    expected = quarter / 4 if metric == "geodesic" else 0.5 * 4 * (1 - math.cos(quarter / 2)) / quarter
    assert measured.observed is not None
    assert expected in measured.observed.interval
    assert 1.2 * expected not in measured.observed.interval


@pytest.mark.parametrize(
    "bad",
    [
        {"error_rate": 1.5},
        {"error_rate": math.nan},
        {"mean_distance": math.inf},
        {"robust_accuracy": 0.5},
        {"robust_accuracy": -0.1, "epsilon": 0.1},
        {"robust_accuracy": 0.5, "epsilon": -0.1},
    ],
)
def test_bad_claims_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(InvalidArgumentError):
        Claims(**bad)


def test_bad_epsilon_is_named() -> None:
    classifier = QuadraticClassifier.from_alphas(ALPHAS)
    for epsilon in (-0.1, 2.5):
        with pytest.raises(InvalidArgumentError, match="epsilon"):
            measure_distances(classifier, "inner", samples=10, seed=0, epsilon=epsilon)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("distance_samples", 0),
        ("distance_samples", 2.5),
        ("monte_carlo_samples", -1),
        ("monte_carlo_samples", None),
        ("seed", -1),
        ("seed", 2**128),
        ("seed", "0"),
        ("confidence", 1.0),
        ("confidence", math.nan),
        ("metric", "taxi"),
        ("workers", 0),
        ("workers", True),
    ],
)
def test_settings_are_checked_when_they_are_made(field: str, value: object) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        SuiteSettings(**{"distance_samples": 10, "monte_carlo_samples": 10, "seed": 0, field: value})  # type: ignore[arg-type]
    assert caught.value.argument == field


def test_the_verdict_is_that_of_the_claims_where_a_check_of_the_theory_stays_open() -> None:
    """All that was claimed is proved; that 50 points cannot tell the mean from its proved lower bound is no doubt."""
    classifier = QuadraticClassifier.from_alphas(paper_alphas())
    settings = SuiteSettings(50, 50, seed=0)
    for run in (run_suite, run_sequential_suite):
        found = run(classifier, 1.3, settings, spheres=("outer",), claims=Claims(error_rate=1e-5))
        assert "inconclusive" in {check.verdict for check in found.checks}
        assert found.verdict == "verified"
        assert run(classifier, 1.3, settings, spheres=("outer",)).verdict == "inconclusive"
