"""Splitting on the problems of any space that has moves: exact answers, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.special import log_ndtr, ndtr, ndtri
from scipy.stats import kstest

from adversarial_spheres import AnisotropicGaussian, Cube, Gaussian, Problem, Space, Sphere, around, from_callable, on
from adversarial_spheres.numerics.error_rates.pilot import SplittingBudget
from adversarial_spheres.numerics.error_rates.splitting import splitting_error_rate
from adversarial_spheres.numerics.error_rates.walkers import Walkers
from adversarial_spheres.numerics.models.problem import two_spheres
from adversarial_spheres.numerics.runs.rare_event import rare_event_values
from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.caps.cap import cap_of_measure

BUDGET = SplittingBudget(particles=200, runs=20, steps=4)
SURE = 1.0 - 1e-9


def two_scores(points: np.ndarray) -> np.ndarray:
    """Of two classes; equal at distance x_0 from a point that is x_0 at the first coordinate and 0 at the second."""
    return np.stack([points[:, 0], -points[:, 0]], axis=1)


def near(distance: float, dim: int, **space: float) -> Problem:
    """A data point of class 0, so far from the flat boundary."""
    return around(two_scores, np.append(distance, np.zeros(dim - 1)), label=0, **space)


def assert_found(problem: Problem, exact: float, seed: int) -> None:
    """The exact log rate lies in the interval, nominal false-alarm probability 1e-9; 100 times more or less do not."""
    found = splitting_error_rate(problem, budget=BUDGET, seed=seed, confidence=SURE)
    assert exact in found.interval
    assert exact + math.log(100.0) not in found.interval
    assert exact - math.log(100.0) not in found.interval
    assert not found.interval.rigorous


def test_progress_in_noise_speaks_of_no_inner_sphere() -> None:
    said: set[str] = set()
    problem, budget = near(0.6, 20, noise=0.3), SplittingBudget(particles=100, runs=4, steps=2)
    splitting_error_rate(problem, budget=budget, seed=0, progress=lambda stage, *_: said.add(stage))
    assert said == {"levels, Gaussian space", "splitting, Gaussian space"}


@pytest.mark.parametrize("rate", [1e-6, 1e-12])
def test_a_linear_model_in_gaussian_noise_errs_at_the_rate_of_its_half_space(rate: float) -> None:
    t = -float(ndtri(rate))
    assert_found(near(0.3 * t, 20, noise=0.3), math.log(rate), seed=1)


@pytest.mark.parametrize("rate", [1e-6, 1e-12])
def test_a_linear_model_near_a_point_of_a_sphere_errs_at_the_rate_of_its_cap(rate: float) -> None:
    height = float(cap_of_measure(rate, 20).height)
    assert_found(near(2.0 * height, 20, radius=2.0), math.log(rate), seed=1)


def test_a_half_space_in_noise_of_any_covariance() -> None:
    covariance = np.array([[0.5, 0.4], [0.4, 1.0]])
    problem = Problem(from_callable(lambda x: x[:, 0] - 5.0 * math.sqrt(0.5)), AnisotropicGaussian(covariance))
    assert_found(problem, float(log_ndtr(-5.0)), seed=1)


def law_after_steps(space: Space, start: float, repeats: int) -> float:
    """p-value of a coordinate of the law N(0, 1) above 1, after steps there from the law above ``start``."""
    walk = Walkers(Problem(from_callable(lambda x: x[:, 0]), space), 4000, block_generator(3))
    walk.points[:, 0] = -np.random.default_rng(4).permutation(_quantiles(start, 4000))
    walk.scores[:] = walk.points[:, 0]
    walk.move(1.0, 0.6, repeats)
    return float(kstest(walk.points[:, 0], lambda x: 1.0 - ndtr(-x) / ndtr(-1.0)).pvalue)


def _quantiles(start: float, count: int) -> np.ndarray:
    return np.asarray(ndtri(ndtr(-start) * (np.arange(count) + 0.5) / count))


@pytest.mark.parametrize("space", [Gaussian(6), AnisotropicGaussian([1.0] + [0.2] * 5)])
def test_the_normal_law_above_a_level_is_left_unchanged(space: Space) -> None:
    """False-alarm probability 1e-9, fixed seed; from another law it is approached, and one step shows that."""
    assert law_after_steps(space, 1.0, 10) > 1e-9
    assert law_after_steps(space, 1.15, 1) < 1e-9
    assert law_after_steps(space, 1.15, 60) > 1e-9


@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_a_problem_on_one_of_two_spheres_has_the_same_bits_as_its_model(sphere: Any) -> None:
    limits = SplittingBudget(100, 4, 3)

    def model(points: np.ndarray) -> np.ndarray:
        return points[:, 0] - (0.9 if sphere == "inner" else -1.1)

    problem = two_spheres(model, 10, 1.5)[sphere == "outer"]
    asked = splitting_error_rate(problem, budget=limits, seed=3)
    given = splitting_error_rate(from_callable(model), 10, sphere, outer_radius=1.5, budget=limits, seed=3)
    assert np.array_equal(asked.log_estimates, given.log_estimates)
    assert asked.interval == given.interval


@pytest.mark.parametrize("given", [{"dim": 5}, {"sphere": "inner"}, {"outer_radius": 1.3}])
def test_what_a_problem_says_is_not_said_again(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=next(iter(given))):
        splitting_error_rate(near(1.0, 5, noise=0.3), seed=0, **given)


def test_spaces_without_moves_and_models_of_labels_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="space"):
        splitting_error_rate(on(two_scores, Cube(5), label=0), seed=0)
    labels = around(lambda x: (x[:, 0] < 0.0).astype(int), [1.0, 0.0], label=0, noise=0.2)
    with pytest.raises(InvalidArgumentError, match="labels have no levels"):
        splitting_error_rate(labels, seed=0)


def test_the_values_near_a_data_point_have_the_keys_of_two_spheres() -> None:
    small = SplittingBudget(100, 4, 3)
    problem, inner = near(1.5, 5, noise=0.3), two_spheres(lambda x: x[:, 0] - 0.9, 5)[0]
    values = [rare_event_values(p, seed=0, confidence=0.99, budget=small) for p in (problem, inner)]
    assert set(values[0]) == set(values[1])
    assert values[0]["low"] < float(ndtr(-5.0)) < values[0]["high"]
    assert Sphere(5, 1.0) == inner.space
