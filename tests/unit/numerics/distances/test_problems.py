"""Any classifier around a data point: digits of scikit-learn, ten classes, on a sphere and in Gaussian noise."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.attacks.settings import AttackSettings
from adversarial_spheres.numerics.distances.attacked import measure_problem
from adversarial_spheres.numerics.distances.exact import measure_distances
from adversarial_spheres.numerics.error_rates.counting import count_errors
from adversarial_spheres.numerics.models.adapters import from_callable
from adversarial_spheres.numerics.models.around import around
from adversarial_spheres.numerics.models.problem import Problem, two_spheres
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.spaces.gaussian import Gaussian
from adversarial_spheres.theory.spaces.sphere import Sphere

sklearn = pytest.importorskip("sklearn")

NORMAL = np.array([2.0, -1.0, 0.5, 0.0, 1.0])
HEIGHT = 1.5
WAYS = {
    "walk": lambda f, g: from_callable(f, gradient=g),
    "differences": lambda f, g: from_callable(f),
    "labels": lambda f, g: from_callable(lambda x: (f(x) > 0).astype(int), returns="labels"),
}


@cache
def digits() -> tuple[Any, Any]:
    from sklearn.datasets import load_digits

    found = load_digits()
    return found.data / 16.0, found.target


@cache
def fitted(name: str) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier

    kinds = {"linear": LogisticRegression(max_iter=500), "mlp": MLPClassifier((32,), random_state=0, max_iter=60)}
    images, targets = digits()
    import warnings

    with warnings.catch_warnings(action="ignore"):  # 60 passes are enough here
        return kinds[name].fit(images[:600], targets[:600])


def problem_of(name: str, index: int, **space: Any) -> tuple[Problem, Any, int]:
    images, targets = digits()
    return around(fitted(name), images[index], label=int(targets[index]), **space), fitted(name), int(targets[index])


CASES = [
    (name, 1600, space) for name in ("linear", "mlp") for space in ({"radius": 2.0}, {"radius": 3.0}, {"noise": 0.3})
]


@pytest.mark.parametrize(("name", "index", "space"), CASES)
def test_digits_error_rates_are_those_of_a_plain_loop(name: str, index: int, space: Any) -> None:
    problem, estimator, label = problem_of(name, index, **space)
    counted = count_errors(problem, samples=20_000, seed=0, confidence=0.999)
    rng, centre = np.random.default_rng(1), digits()[0][index]
    noise = rng.standard_normal((20_000, 64))
    if "radius" in space:
        noise *= space["radius"] / np.linalg.norm(noise, axis=1, keepdims=True)
    else:
        noise *= space["noise"]
    share = float(np.mean(estimator.predict(centre + noise) != label))
    assert 0.001 < share < 0.9
    assert abs(counted.estimate - share) < 4.5 * np.sqrt(2 * share * (1 - share) / 20_000)


@pytest.mark.parametrize(("name", "index", "space"), CASES)
def test_digits_distances_are_below_the_bound_and_end_in_errors(name: str, index: int, space: Any) -> None:
    problem, estimator, label = problem_of(name, index, **space)
    measured = measure_problem(problem, samples=48, counted_samples=20_000, seed=0)
    assert measured.found.failed == 0
    assert 0.2 * measured.bound < measured.mean < measured.bound
    assert np.all(estimator.predict(problem.inputs(measured.found.points)) != label)


@pytest.mark.parametrize("index", [1500, 1550, 1600, 1650])
def test_errors_of_a_linear_classifier_in_noise_are_found_where_they_are(index: int) -> None:
    """The points that keep the label are a polytope: the nearest error lies on one of its nine walls."""
    problem, estimator, label = problem_of("linear", index, noise=0.3)

    def exact(points: Any) -> Any:
        scores = estimator.decision_function(problem.inputs(points))
        others = np.arange(10) != label
        walls = np.linalg.norm(estimator.coef_[label] - estimator.coef_[others], axis=1)
        return np.maximum((scores[:, [label]] - scores[:, others]) / walls, 0.0).min(axis=1)

    rng = np.random.default_rng(5)
    points, many = problem.sample(16, rng), problem.sample(50_000, rng)
    found = attack(problem, points)
    assert np.all(found.distance_upper >= exact(points) * (1.0 - 1e-12))
    # Each wall is a local minimum: one search in four may end on another than the nearest.
    close = np.abs(found.distance_upper - exact(points)) <= 1e-5 * exact(points) + 1e-9
    assert np.mean(close) >= 0.75
    assert np.mean(found.distance_upper) < 1.05 * np.mean(exact(points))
    distances, rate = exact(many), float(np.mean(problem.errors(many)))
    bound = float(problem.space.mean_distance_bound(rate))
    assert 0.5 * bound < np.mean(distances) < bound + 4.0 * np.std(distances) / np.sqrt(len(many))


def half_space(way: str, sigma: float) -> Problem:
    model = WAYS[way](lambda x: x @ NORMAL - HEIGHT, lambda x: np.tile(NORMAL, (len(x), 1)))
    return Problem(model, Gaussian(5, sigma), "inner")


@pytest.mark.parametrize("sigma", [1e-3, 1.0, 500.0])
@pytest.mark.parametrize("way", WAYS)
def test_distances_to_a_half_space_are_exact(way: str, sigma: float) -> None:
    problem = half_space(way, sigma)
    points = problem.sample(20, np.random.default_rng(3))
    exact = np.maximum(HEIGHT - points @ NORMAL, 0.0) / np.linalg.norm(NORMAL)
    found = attack(problem, points)
    if sigma == 1e-3:  # the half-space is six hundred standard deviations away
        assert found.failed == 0 or way == "labels"
    ok = found.succeeded
    assert np.all(found.distance_upper >= exact)
    np.testing.assert_allclose(found.distance_upper[ok], exact[ok], rtol=1e-2 if way == "labels" else 1e-6, atol=1e-9)
    distances = np.linalg.norm(found.points - points, axis=1)
    assert np.all((distances <= found.distance_upper)[ok])
    assert np.all(problem.errors(found.points[ok]))


def test_a_half_space_attains_the_bound() -> None:
    problem = half_space("walk", 1.0)
    measured = measure_problem(problem, samples=2000, counted_samples=200_000, seed=0)
    rate = norm.sf(HEIGHT / np.linalg.norm(NORMAL))
    assert rate in measured.counted.interval
    exact = float(problem.space.mean_distance_bound(rate))
    assert abs(measured.mean - exact) < 0.05
    assert exact < measured.mean_high < exact + 0.15
    assert exact < measured.bound


@pytest.mark.filterwarnings("ignore:the scores of all")  # the ball is small
def test_a_ball_of_errors_is_found_from_outside() -> None:
    problem = Problem(from_callable(lambda x: 1.0 - np.sum((x - 2.0) ** 2, axis=1)), Gaussian(6, 1.0), "inner")
    points = problem.sample(12, np.random.default_rng(0))
    exact = np.maximum(np.linalg.norm(points - 2.0, axis=1) - 1.0, 0.0)
    found = attack(problem, points)
    assert found.failed == 0
    np.testing.assert_allclose(found.distance_upper, exact, rtol=1e-5)


@pytest.mark.parametrize("p", [1.0, np.inf])
def test_distances_in_other_norms_are_upper_bounds(p: float) -> None:
    problem = Problem(half_space("walk", 1.0).model, Gaussian(5, 1.0, norm=p), "inner")
    points = problem.sample(20, np.random.default_rng(3))
    dual = np.linalg.norm(NORMAL, ord=np.inf if p == 1.0 else 1.0)
    found = attack(problem, points)
    assert np.all(found.distance_upper >= np.maximum(HEIGHT - points @ NORMAL, 0.0) / dual)


@pytest.mark.filterwarnings("ignore:the scores of all")  # they are all of one sign, and are told to be
@pytest.mark.parametrize("way", WAYS)
def test_without_errors_the_attack_fails_and_says_so(way: str) -> None:
    model = WAYS[way](lambda x: -1.0 - x[:, 0] ** 2, lambda x: np.c_[-2.0 * x[:, :1], np.zeros((len(x), 2))])
    problem = Problem(model, Gaussian(3, 1.0), "inner")
    found = attack(problem, np.ones((2, 3)), settings=AttackSettings(query_budget=500))
    assert found.failed == 2
    assert np.all(np.isposinf(found.distance_upper))
    assert np.isnan(found.points).all()


def test_the_same_seed_gives_the_same_numbers_whatever_the_workers() -> None:
    problem = half_space("walk", 1.0)
    one, two = (measure_problem(problem, samples=600, seed=7, workers=workers) for workers in (1, 2))
    assert np.array_equal(one.found.distance_upper, two.found.distance_upper)
    assert one.counted == two.counted


def test_what_a_problem_says_is_not_said_otherwise() -> None:
    problem: Any = half_space("walk", 1.0)
    with pytest.raises(InvalidArgumentError, match="sphere"):
        attack(problem, np.ones((2, 5)), "outer")
    with pytest.raises(InvalidArgumentError, match="points"):
        attack(problem, np.ones((2, 4)))
    with pytest.raises(InvalidArgumentError, match="sphere"):
        attack(problem.model, np.ones((2, 5)))


@pytest.mark.parametrize(("side", "radius"), [(0, 1.3), (1, 1.3), (1, 2.0)])
def test_a_quadratic_classifier_in_a_problem_is_measured_exactly(side: int, radius: float) -> None:
    classifier, sphere = QuadraticClassifier.from_alphas([0.9, 0.3, 1.1, 0.7]), ("inner", "outer")[side]
    problem = two_spheres(classifier, 4, radius, metric="geodesic")[side]
    found = measure_problem(problem, samples=200, seed=3, epsilon=0.2)
    same = measure_distances(
        classifier, sphere, outer_radius=radius, metric="geodesic", samples=200, seed=3, epsilon=0.2
    )
    assert found.is_exact
    assert found.to_dict() == same.to_dict()


@pytest.mark.parametrize(("radius", "sphere"), [(2.0, "inner"), (0.5, "outer"), (1.0, "outer")])
def test_other_spheres_are_attacked(radius: float, sphere: Any) -> None:
    problem = Problem(QuadraticClassifier.from_alphas([0.9, 0.3, 1.1]), Sphere(3, radius), sphere)
    assert not measure_problem(problem, samples=20, seed=0).is_exact
