"""Checks that stop when decided: looks, budgets, and the suite that uses them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from adversarial_spheres import paper_alphas
from adversarial_spheres.numerics.distances.exact import block_rows, measure_distances
from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.numerics.verdicts.claims import (
    Claims,
    ErrorRateClaim,
    MeanDistanceClaim,
    PerfectionClaim,
    QuantileDistanceClaim,
    RobustAccuracyClaim,
)
from adversarial_spheres.numerics.verdicts.evidence import (
    ErrorCounts,
    Evidence,
    ExactDistances,
    SummarisedDistances,
)
from adversarial_spheres.numerics.verdicts.exact_sample import ExactSample, known_evidence
from adversarial_spheres.numerics.verdicts.sequential import Question, answer, decide_sequentially, looks
from adversarial_spheres.numerics.verdicts.suite import (
    SuiteSettings,
    run_sequential_suite,
    run_suite,
)
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.spaces.sphere import Sphere

PAPER = QuadraticClassifier.from_alphas(paper_alphas())
SMALL = QuadraticClassifier.from_alphas(np.concatenate([np.linspace(0.3, 1.2, 25), [1.6]]))
ERRORS = SMALL.errors_on("inner", 1.3)


class Coin:
    """Evidence of an error rate of exactly one in ten, and a diary of how it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, bool]] = []

    def evidence(self, samples: int, anytime: bool) -> Evidence:
        self.asked.append((samples, anytime))
        counts = ErrorCounts(samples // 10, samples, anytime) if samples else None
        return Evidence(Sphere(50), error_rate=counts)


def question(claim: ErrorRateClaim) -> Question:
    return Question("name", "words", claim)


@pytest.mark.parametrize(("most", "sizes"), [(2, [2]), (10, [10]), (11, [10, 11]), (80, [10, 20, 40, 80])])
def test_looks_double_up_to_the_largest(most: int, sizes: list[int]) -> None:
    assert looks(most, 10) == sizes


def test_a_check_stops_when_it_is_decided() -> None:
    coin = Coin()
    easy, hard = question(ErrorRateClaim(0.5)), question(ErrorRateClaim(0.11))
    checks = decide_sequentially([easy, hard], coin.evidence, 0.99, max_samples=10_000_000, first=100)
    assert [check.verdict for check in checks] == ["verified", "verified"]
    assert checks[0].samples == 100
    assert checks[1].samples is not None
    assert 1000 < checks[1].samples < 100_000
    assert coin.asked[0] == (0, True)
    assert coin.asked[-1] == (checks[1].samples, True)


def test_a_single_look_keeps_the_sharper_limits() -> None:
    coin = Coin()
    decide_sequentially([question(ErrorRateClaim(0.11))], coin.evidence, 0.99, max_samples=100, first=100)
    assert coin.asked[:2] == [(0, False), (100, False)]


def test_what_stays_open_says_how_many_samples_it_needs() -> None:
    (check,) = decide_sequentially([question(ErrorRateClaim(0.101))], Coin().evidence, 0.99, max_samples=2000)
    assert check.verdict == "inconclusive"
    assert check.samples == 2000
    assert check.samples_needed is not None
    needed = check.samples_needed
    (later,) = decide_sequentially([question(ErrorRateClaim(0.101))], Coin().evidence, 0.99, max_samples=2 * needed)
    assert later.verdict == "verified"


def test_a_growing_sample_keeps_its_points() -> None:
    known = known_evidence(ERRORS, Sphere(SMALL.dim, metric="geodesic"))
    sample, once = (ExactSample(ERRORS, known, seed=5) for _ in range(2))
    for size in (2048, 4096, 5000):
        grown = sample.evidence(size, True).from_above[0]
    assert isinstance(grown, ExactDistances)
    whole = once.evidence(5000, True).from_above[0]
    assert isinstance(whole, ExactDistances)
    assert np.array_equal(grown.upper, whole.upper)
    shorter = sample.evidence(3000, True).from_above[0]
    assert isinstance(shorter, ExactDistances)
    assert np.array_equal(shorter.upper, whole.upper[:3000])
    with pytest.raises(InvalidArgumentError, match="samples"):
        sample.evidence(6000, True)


def angles_of_the_same_points(samples: int, *, seed: int) -> np.ndarray:
    """Angles of the points that ``measure_distances`` draws on the inner sphere: one block at this dimension."""
    assert block_rows(SMALL.dim) >= samples
    points = block_generator(seed, 102, 0, 0).standard_normal((samples, SMALL.dim))
    coefficients = SMALL.error_coefficients("inner", 1.3)
    return nearest_error(points, coefficients, boundary_is_error=False).angle_upper


def test_distances_in_sum_decide_like_the_distances_themselves() -> None:
    known = known_evidence(ERRORS, Sphere(SMALL.dim, metric="geodesic"))
    measured = measure_distances(SMALL, "inner", metric="geodesic", samples=4000, seed=5, epsilon=0.1)
    assert measured.statistics is not None
    assert measured.observed is not None
    points = angles_of_the_same_points(4000, seed=5)
    mean = measured.observed.mean
    assert abs(mean - points.mean()) < 1e-9
    for claim in (
        MeanDistanceClaim(mean * 1.2),
        MeanDistanceClaim(mean * 0.8),
        MeanDistanceClaim(mean),
        QuantileDistanceClaim(0.5, float(np.quantile(points, 0.5)) * 1.3),
        QuantileDistanceClaim(0.5, float(np.quantile(points, 0.5)) * 0.7),
        RobustAccuracyClaim(0.99, 0.1),
        RobustAccuracyClaim(0.01, 0.1),
    ):
        in_sum = replace(known, distances=(SummarisedDistances(measured.statistics),))
        one_by_one = replace(known, distances=(ExactDistances(points, points),))
        asked = Question("n", "w", claim, by_sample=True)
        first, second = answer(asked, in_sum, 0.99), answer(asked, one_by_one, 0.99)
        assert first.verdict == second.verdict
        assert first.observed == pytest.approx(second.observed, abs=2e-4)


def test_proof_costs_no_sample() -> None:
    settings = SuiteSettings(4000, 10**12, 0)  # nobody could count that many
    claims = Claims(error_rate=1e-4, mean_distance=0.9, perfect=True)
    result = run_sequential_suite(PAPER, 1.3, settings, spheres=("inner",), claims=claims)
    found = {check.name: check for check in result.checks}
    assert found["inner_claimed_mean_distance"].verdict == "refuted"
    assert found["inner_claimed_error_rate"].verdict == "verified"
    assert found["inner_claimed_perfection"].verdict == "refuted"
    for name in ("mean_distance", "error_rate", "perfection"):
        assert (found[f"inner_claimed_{name}"].samples, found[f"inner_claimed_{name}"].confidence) == (None, 1.0)


def test_the_sequential_suite_asks_what_the_fixed_one_asks() -> None:
    claims = Claims(error_rate=0.2, mean_distance=0.3, robust_accuracy=0.5, epsilon=0.1, tightness=0.2)
    settings = SuiteSettings(5000, 5000, 1, 1 - 1e-6)
    fixed = run_suite(SMALL, 1.3, settings, claims=claims)
    grown = run_sequential_suite(SMALL, 1.3, settings, claims=claims)
    assert [(check.name, check.claim) for check in grown.checks] == [(c.name, c.claim) for c in fixed.checks]
    for one, other in zip(grown.checks, fixed.checks, strict=True):
        assert one.verdict == other.verdict or "inconclusive" in (one.verdict, other.verdict)
    for result in (fixed, grown):
        assert result.error_budget["spent"] <= result.error_budget["allowed"] * (1 + 1e-6)


def test_a_perfect_network_needs_no_sample() -> None:
    perfect = QuadraticClassifier.from_alphas([0.7, 0.8, 0.9])
    settings = SuiteSettings(10**12, 1000, 0)
    result = run_sequential_suite(perfect, 1.3, settings, claims=Claims(mean_distance=1.0, perfect=True))
    verdicts = {check.name: check.verdict for check in result.checks}
    assert verdicts["inner_claimed_mean_distance"] == "vacuous"
    assert verdicts["outer_mean_distance_at_most_bound"] == "vacuous"
    assert verdicts["outer_claimed_perfection"] == "verified"


def test_questions_have_default_names() -> None:
    asked = Question.about(MeanDistanceClaim(0.25), Evidence(Sphere(5, metric="geodesic")), "outer")
    assert asked.name == "outer_claimed_mean_distance"
    assert asked.words == "outer sphere: the mean geodesic distance to the nearest error is at least 0.25"
    assert Question.about(PerfectionClaim(), Evidence(Sphere(5)), "inner").words == "inner sphere: there is no error"


@pytest.mark.parametrize("first", [0, -1, 1.5, True, "2", None])
def test_the_first_look_has_points(first: object) -> None:
    """From 0 a sample never doubles: the looks would have no end."""
    with pytest.raises(InvalidArgumentError, match=r"^first must be an integer in \[1, "):
        looks(100, first)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match=r"^first must be"):
        decide_sequentially([], Coin().evidence, 0.9, max_samples=10, first=first)  # type: ignore[arg-type]


def test_the_confidence_is_checked_whatever_is_asked() -> None:
    with pytest.raises(InvalidArgumentError, match=r"^confidence must be"):
        decide_sequentially([], Coin().evidence, 1.0, max_samples=10)
