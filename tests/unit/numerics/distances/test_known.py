"""Errors that are known exactly: against counts, searches and attacks; claims that the model does not keep."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.distances.attacked import measure_model_distances, measure_problem
from adversarial_spheres.numerics.distances.known import KnownErrors, known_errors
from adversarial_spheres.numerics.models.around import on
from adversarial_spheres.numerics.models.problem import Problem
from adversarial_spheres.numerics.runs.values import distance_values
from adversarial_spheres.numerics.verdicts.bound_check import check_bound
from adversarial_spheres.numerics.verdicts.claims import Claims
from adversarial_spheres.numerics.verdicts.questions import model_distance_checks
from adversarial_spheres.theory.quadratic.function import QuadraticFunction
from adversarial_spheres.theory.spaces.anisotropic import AnisotropicGaussian
from adversarial_spheres.theory.spaces.gaussian import Gaussian
from adversarial_spheres.theory.spaces.sphere import Sphere

CURVED = QuadraticFunction([0.3, -0.5, 0.1], [1.0, 0.5, 0.0], -1.5)
FLAT = QuadraticFunction(np.zeros(3), [1.0, 2.0, -2.0], -1.5)
SKEW = AnisotropicGaussian([[2.0, 0.5, 0.0], [0.5, 1.0, 0.2], [0.0, 0.2, 0.5]])


class Honest:
    """A model that says which function it is."""

    def __init__(self, function: QuadraticFunction) -> None:
        self.function, self.asked = function, 0

    def logits(self, points: Any) -> Any:
        self.asked += len(points)
        return self.function.values(points)

    def quadratic(self) -> QuadraticFunction:
        return self.function


class Shifted(Honest):
    """One that answers a little otherwise."""

    def logits(self, points: Any) -> Any:
        return self.function.values(points) + 1e-2


class Cornered(Honest):
    """One that answers otherwise in one corner."""

    def logits(self, points: Any) -> Any:
        corner = np.all(points > 1.0, axis=1)
        return np.where(corner, -1.0, 1.0) * self.function.values(points)


@pytest.mark.parametrize(
    "space", [Gaussian(3, 0.8), SKEW, AnisotropicGaussian([1.0, 0.5, 2.0])], ids=["round", "full", "diagonal"]
)
@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_rates_and_distances_in_noise(space: Any, sphere: Any) -> None:
    for function in (CURVED, FLAT):
        problem = Problem(Honest(function), space, sphere)
        known = known_errors(problem)
        assert known is not None
        points = problem.sample(100_000, np.random.default_rng(1))
        share, p = problem.errors(points).mean(), float(known.rate)
        assert abs(share - p) < 5.0 * np.sqrt(p * (1.0 - p) / 1e5)
        low, high = known.distances(points[:5000])
        assert np.all(low <= high)
        assert (high - low).max() < 1e-10
        np.testing.assert_array_equal(high == 0.0, problem.errors(points[:5000]))
        nearest = known.nearest(points[:50])
        np.testing.assert_allclose(np.linalg.norm(nearest - points[:50], axis=1), high[:50], atol=1e-9)
        slack = 4.0 * np.std(high) / np.sqrt(5000)
        assert 0.75 * high.mean() - slack < known.mean_at_least < high.mean() + slack
        assert high.mean() - slack <= space.mean_distance_bound(known.rate)


@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
def test_a_linear_model_on_a_sphere_is_a_cap(metric: Any) -> None:
    problem = Problem(Honest(FLAT), Sphere(3, 2.0, metric))
    known = known_errors(problem)
    assert known is not None
    assert float(known.rate) == pytest.approx(0.375, rel=1e-12)  # height 1.5 / 3 / 2 = 1/4, in three dimensions
    points = problem.sample(400, np.random.default_rng(0))
    low, high = known.distances(points)
    assert (high - low).max() < 1e-13
    np.testing.assert_array_equal(high == 0.0, problem.errors(points))
    nearest = known.nearest(points)
    np.testing.assert_allclose(np.linalg.norm(nearest, axis=1), 2.0)
    chords = np.linalg.norm(nearest - points, axis=1)
    np.testing.assert_allclose(chords if metric == "euclidean" else 4.0 * np.arcsin(chords / 4.0), high, atol=1e-12)
    bound = float(problem.space.mean_distance_bound(known.rate))
    assert known.mean_at_least == pytest.approx(bound, rel=1e-8)
    assert known.mean_at_least < bound


@pytest.mark.parametrize(
    ("size", "radius"), [(1e-300, 1.0), (1e-161, 1.0), (1e-90, 1e-200), (1e90, 1e-160), (1e-60, 1e100)]
)
def test_units_change_no_cap(size: float, radius: float) -> None:
    """Squares of the slope or of the coordinates may vanish or overflow."""
    function = QuadraticFunction(np.zeros(3), [0.6 * size, 0.8 * size, 0.0], -0.25 * size * radius)
    known = KnownErrors.of(Sphere(3, radius, "geodesic"), function)
    assert known is not None
    assert float(known.rate) == pytest.approx(0.375, rel=1e-12)
    np.testing.assert_allclose(known.distances(radius * np.eye(3)[2:]), radius * np.arcsin(0.25), rtol=1e-12)
    nearest = known.nearest(radius * np.eye(3)[2:]) / radius
    np.testing.assert_allclose(nearest @ [0.6, 0.8, 0.0], 0.25)


def test_a_slope_that_vanishes_beside_the_constant() -> None:
    for constant, rate in ((1.0, 1.0), (-1.0, 0.0)):
        known = KnownErrors.of(Sphere(3), QuadraticFunction(np.zeros(3), [1e-300, 0.0, 0.0], constant))
        assert known is not None
        assert float(known.rate) == rate
    touching = QuadraticFunction(np.zeros(3), [1e-161, 0.0, 0.0], 1e-161)  # of height -1: rounding leaves it open
    assert KnownErrors.of(Sphere(3), touching) is None


@pytest.mark.parametrize(("sphere", "rate"), [("inner", 0.25), ("outer", 9.0 / 13.0)])
def test_a_linear_model_on_the_two_spheres_is_measured_exactly(sphere: Any, rate: float) -> None:
    """x . u > 1/2 of the inner sphere's height 1; of the outer one's 1.3 all that is below: Archimedes."""
    measured = measure_model_distances(Honest(FLAT), 3, sphere, samples=400, seed=0, epsilon=0.3)
    values = distance_values(measured)
    assert values["method"] == values["guarantee"] == "exact"
    assert values["error_rate"] == pytest.approx(rate, rel=1e-12)
    assert values["predicted"]["lower"] == pytest.approx(values["predicted"]["upper"], rel=1e-8)
    assert measured.mean_low < values["predicted"]["lower"] < measured.mean_high
    mean, share = model_distance_checks(measured)
    assert (mean.observed, share.observed) == (measured.mean, values["within_epsilon"]["observed"])
    assert share.bound == pytest.approx(values["within_epsilon"]["at_least"])
    assert mean.verdict == share.verdict == "inconclusive"  # caps attain both bounds


def test_what_is_not_known() -> None:
    spheres = [Problem(Honest(CURVED), Sphere(3, 2.0)), Problem(Honest(FLAT), Gaussian(3, norm=1.0))]
    constant = QuadraticFunction(np.zeros(3), np.zeros(3), 1.0)
    beside = [Problem(Honest(constant), Gaussian(3)), Problem(lambda points: points[:, 0], Gaussian(3))]
    open_sign = QuadraticFunction([-1.0, -2.0, -1.0], [2.0, 0.0, 0.0], -1.0)  # touches 0
    assert [known_errors(p) for p in [*spheres, *beside, Problem(Honest(open_sign), Gaussian(3))]] == [None] * 5


@pytest.mark.filterwarnings("ignore::adversarial_spheres.ModelWarning")
def test_without_errors_everything_is_certain() -> None:
    never = QuadraticFunction([-1.0, -1.0, -1.0], [0.0, 0.0, 0.0], -1.0)
    far = QuadraticFunction(np.zeros(3), [1.0, 0.0, 0.0], -5.0)
    for problem in (Problem(Honest(never), Gaussian(3)), Problem(Honest(far), Sphere(3, 2.0))):
        known = known_errors(problem)
        assert known is not None
        assert known.no_errors
        assert np.isposinf(known.distances(np.ones((1, 3)))[0]).all()
        assert known.mean_at_least == np.inf
        assert check_bound(problem, Claims(error_rate=1e-300)).verdict == "verified"
        assert check_bound(problem, Claims(mean_distance=0.5)).verdict == "vacuous"
        measured = measure_problem(problem, samples=5, seed=0)
        assert (measured.mean, measured.bound) == (np.inf, np.inf)
        values = distance_values(measured)
        assert (values["no_errors"], values["observed"]["mean"]) == (True, None)


@pytest.mark.parametrize("lie", [Shifted, Cornered])
def test_a_model_that_answers_otherwise_than_it_says_is_counted(lie: type[Honest]) -> None:
    problem = Problem(lie(CURVED), Gaussian(3))
    assert known_errors(Problem(Honest(CURVED), Gaussian(3))) is not None
    assert known_errors(problem) is None
    check = check_bound(problem, Claims(error_rate=0.5)).checks[0]
    assert (check.verdict, check.samples is None) == ("verified", False)


def test_claims_are_decided_exactly() -> None:
    problem = Problem(Honest(CURVED), Gaussian(3))
    known = known_errors(problem)
    assert known is not None
    p = float(known.rate)
    exactly = [check_bound(problem, Claims(error_rate=p * (1.0 + side * 1e-7))) for side in (1.0, -1.0)]
    assert [(found.verdict, found.checks[0].samples) for found in exactly] == [("verified", None), ("refuted", None)]
    mean = float(np.mean(known.distances(problem.sample(50_000, np.random.default_rng(3)))[1]))
    assert check_bound(problem, Claims(mean_distance=0.9 * mean)).verdict == "verified"
    assert check_bound(problem, Claims(mean_distance=1.1 * mean)).verdict == "refuted"
    assert check_bound(problem, Claims(robust_accuracy=0.05, epsilon=0.5)).verdict == "verified"


def test_few_questions_and_own_attacks_are_as_of_any_model() -> None:
    model = Honest(CURVED)
    problem = Problem(model, Gaussian(3))
    found = check_bound(problem, Claims(error_rate=0.5), max_queries=1000)
    assert found.checks[0].samples is not None
    assert model.asked <= 1000 + 64
    held = check_bound(problem, Claims(mean_distance=0.1), attack=attack, attacked_points=32, max_samples=2000)
    assert held.checks[-1].name == "gaussian_claimed_attack"


def test_a_measurement_says_that_it_is_exact() -> None:
    problem = Problem(Honest(CURVED), Gaussian(3))
    measured = measure_problem(problem, samples=500, seed=0, epsilon=0.5)
    values = distance_values(measured)
    assert values["method"] == values["guarantee"] == values["error_rate_method"] == "exact"
    assert measured.mean_low < measured.mean < measured.mean_high
    assert values["predicted"]["lower"] < values["predicted"]["upper"]
    assert values["within_epsilon"]["high"] < 1.0
    found = attack(problem, measured.problem.sample(20, np.random.default_rng(5)))
    exact = KnownErrors.of(problem.space, CURVED)
    assert exact is not None
    ours = exact.distances(problem.sample(20, np.random.default_rng(5)))[0]
    assert np.all(ours <= found.distance_upper + 1e-9)


def test_two_classes_of_a_fitted_discriminant_on_a_space() -> None:
    discriminant = pytest.importorskip("sklearn.discriminant_analysis").QuadraticDiscriminantAnalysis
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.standard_normal((200, 3)), rng.standard_normal((200, 3)) * 0.5 + 1.5])
    estimator = discriminant().fit(points, np.repeat([0, 1], 200))
    known = known_errors(on(estimator, SKEW, label=0))
    assert known is not None
    answers = estimator.predict(SKEW.from_standard(rng.standard_normal((100_000, 3))))
    assert abs(float(known.rate) - answers.mean()) < 0.008
