"""Splitting: plans, determinism, honesty where the error set is not reached, and bad input."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.error_rates.counting import monte_carlo_error_rate
from adversarial_spheres.numerics.error_rates.pilot import (
    ErrorSetNotReachedError,
    SplittingBudget,
    SplittingPlan,
    next_level,
)
from adversarial_spheres.numerics.error_rates.splitting import plan_splitting, run_splitting, splitting_error_rate
from adversarial_spheres.numerics.models.problem import two_spheres
from adversarial_spheres.numerics.runs.rare_event import rare_event_values
from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError
from adversarial_spheres.theory.caps.cap import cap_log_measure
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.error_rate import exact_error_rate

DIM = 20
SMALL = SplittingBudget(particles=200, runs=8, steps=5)
RARE = QuadraticClassifier.from_alphas([1.1, 1.1, 1.1] + [0.6] * (DIM - 3))


class Function:
    """A model from a function."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.logits = function


def test_the_interval_holds_the_exact_rate_and_not_a_wrong_one() -> None:
    """Nominal false-alarm probability 1e-9, fixed seed; an error rate 10 times larger or smaller falls outside."""
    exact = float(exact_error_rate(RARE, "inner", 1.3).log)
    found = splitting_error_rate(RARE, DIM, "inner", budget=SplittingBudget(400, 30, 5), seed=4, confidence=1 - 1e-9)
    assert exact < math.log(1e-4)
    assert exact in found.interval
    assert exact + math.log(10.0) not in found.interval
    assert exact - math.log(10.0) not in found.interval
    assert float(found.probability.log) in found.interval
    assert found.interval.method.startswith("Cox")
    assert not found.interval.rigorous


def test_a_linear_logit_gives_the_measure_of_a_cap() -> None:
    """Nominal false-alarm probability 1e-9, fixed seed; a hundred times more or less must fall outside."""
    dim, height = 40, 0.85
    exact = float(cap_log_measure(height, dim).log)
    model = Function(lambda x: x[:, 0] - height)
    found = splitting_error_rate(
        model, dim, "inner", budget=SplittingBudget(300, 30, 5), seed=2, confidence=1 - 1e-9, workers=2
    )
    assert exact < math.log(1e-11)
    assert exact in found.interval
    assert exact + math.log(100.0) not in found.interval
    assert exact - math.log(100.0) not in found.interval


def test_a_relu_network_agrees_with_counting() -> None:
    """Difference of two estimates in standard errors, false-alarm probability 1e-9; twice the rate must not agree."""
    rng = np.random.default_rng(5)
    first, second = rng.standard_normal((15, 40)).astype(np.float32), rng.standard_normal(40).astype(np.float32)
    model = Function(lambda x: np.maximum(x.astype(np.float32) @ first + 0.2, 0.0) @ second - 26.0)
    counted = monte_carlo_error_rate(model, 15, "inner", samples=800_000, seed=1, workers=2)
    found = splitting_error_rate(model, 15, "inner", budget=SplittingBudget(500, 40, 5), seed=1, workers=2)
    rates = np.exp(found.log_estimates)
    error = math.sqrt(rates.var(ddof=1) / found.runs + counted.estimate / counted.samples)
    assert 500 < counted.errors < 2000
    assert abs(rates.mean() - counted.estimate) < 6.1 * error
    assert abs(rates.mean() * 2.0 - counted.estimate) > 6.1 * error


def test_the_outer_sphere_has_its_radius_and_its_ties() -> None:
    model = QuadraticClassifier.from_alphas([0.3] * 2 + [0.9] * (DIM - 2))
    exact = float(exact_error_rate(model, "outer", 1.5).log)
    found = splitting_error_rate(
        model, DIM, "outer", outer_radius=1.5, budget=SplittingBudget(400, 30, 5), seed=2, confidence=1 - 1e-9
    )
    assert -30.0 < exact < -7.0
    assert exact in found.interval
    assert exact + math.log(10.0) not in found.interval


def test_a_plan_has_increasing_levels_up_to_zero() -> None:
    plan = plan_splitting(RARE, DIM, "inner", budget=SMALL, seed=0)
    assert len(plan.levels) == len(plan.steps) + 1 > 3
    assert np.all(np.diff(plan.levels) > 0.0)
    assert plan.levels[-1] == 0.0
    assert plan.steps[-1] < plan.steps[0]  # steps shrink as the sets do


def test_seeds_and_plans_decide_the_numbers_and_workers_do_not() -> None:
    first, second, other = (
        splitting_error_rate(RARE, DIM, "inner", budget=SMALL, seed=seed, workers=workers)
        for seed, workers in ((5, 1), (5, 3), (6, 1))
    )
    np.testing.assert_array_equal(first.log_estimates, second.log_estimates)
    np.testing.assert_array_equal(first.plan.levels, second.plan.levels)
    assert first.interval == second.interval
    assert len(set(first.log_estimates)) == SMALL.runs  # the runs are different from each other
    assert not np.any(first.log_estimates == other.log_estimates)


def test_a_run_is_the_same_whatever_the_number_of_runs() -> None:
    plan = plan_splitting(RARE, DIM, "inner", budget=SMALL, seed=5)
    few = run_splitting(RARE, DIM, "inner", plan, budget=SplittingBudget(200, 4, 5), seed=5)
    many = run_splitting(RARE, DIM, "inner", plan, budget=SplittingBudget(200, 9, 5), seed=5)
    np.testing.assert_array_equal(few.log_estimates, many.log_estimates[:4])


def test_an_increasing_function_of_the_logit_changes_nothing() -> None:
    plain = splitting_error_rate(RARE, DIM, "inner", budget=SMALL, seed=3)
    for change in (lambda y: 1024.0 * y, np.cbrt, np.arctan):
        model = Function(lambda x, f=change: f(RARE.logits(x)))
        changed = splitting_error_rate(model, DIM, "inner", budget=SMALL, seed=3)
        np.testing.assert_allclose(changed.log_estimates, plain.log_estimates, rtol=1e-13)


@pytest.mark.filterwarnings("ignore::adversarial_spheres.ModelWarning")
def test_frequent_errors_are_counted_with_a_rigorous_interval() -> None:
    half = splitting_error_rate(Function(lambda x: x[:, 0]), 5, "inner", budget=SMALL, seed=1, confidence=1 - 1e-9)
    assert len(half.plan.levels) == 1
    assert half.interval.rigorous
    assert half.interval.method == "Clopper-Pearson"
    assert math.log(0.5) in half.interval
    everything = splitting_error_rate(Function(lambda x: np.ones(len(x))), 5, "inner", budget=SMALL, seed=1)
    assert float(everything.probability.log) == 0.0
    assert everything.interval.log_low < 0.0 == everything.interval.log_high
    ties = splitting_error_rate(Function(lambda x: np.zeros(len(x))), 5, "outer", budget=SMALL, seed=1)
    assert float(ties.probability.log) == 0.0


@pytest.mark.filterwarnings("ignore::adversarial_spheres.ModelWarning")
@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_a_flat_logit_stalls(sphere: Any) -> None:
    value = -1.0 if sphere == "inner" else 1.0
    with pytest.raises(ErrorSetNotReachedError, match="does not rise above") as caught:
        splitting_error_rate(Function(lambda x: np.full(len(x), value)), 5, sphere, budget=SMALL, seed=0)
    assert caught.value.log_reached == 0.0


@pytest.mark.filterwarnings("ignore::adversarial_spheres.ModelWarning")
@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_a_plateau_below_the_boundary_stalls(sphere: Any) -> None:
    sign = 1.0 if sphere == "inner" else -1.0
    model = Function(lambda x: sign * np.minimum(x[:, 0] / np.linalg.norm(x, axis=1) - 0.9, -0.4))
    with pytest.raises(ErrorSetNotReachedError) as caught:
        splitting_error_rate(model, 5, sphere, budget=SMALL, seed=0)
    assert caught.value.level <= -0.4
    assert caught.value.log_reached < 0.0


def test_a_perfect_classifier_is_not_given_an_error_rate() -> None:
    perfect = QuadraticClassifier.from_alphas(np.linspace(0.7, 0.95, 8))
    limits = SplittingBudget(100, 4, 3, max_levels=60)
    with pytest.raises(ErrorSetNotReachedError, match="no error after 60 levels") as caught:
        splitting_error_rate(perfect, 8, "inner", budget=limits, seed=0)
    assert caught.value.log_reached == pytest.approx(60 * math.log(0.2), rel=0.1)
    assert -0.051 < caught.value.level < -0.04
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.log_reached, again.level) == (
        str(caught.value),
        caught.value.log_reached,
        caught.value.level,
    )


@pytest.mark.filterwarnings("ignore::adversarial_spheres.ModelWarning")
def test_an_error_set_behind_a_decoy_is_missed_and_zero_is_not_claimed() -> None:
    """What no walk finds is missed: the pit of the decoy leads away from a cap of measure 1e-4 with real errors."""

    def logits(x: np.ndarray) -> np.ndarray:
        u = x[:, 0] / np.linalg.norm(x, axis=1)
        result: np.ndarray = np.where(u < -0.88, 1.0, np.minimum(u - 1.1, -0.1))
        return result

    with pytest.raises(ErrorSetNotReachedError) as caught:
        splitting_error_rate(Function(logits), 8, "inner", budget=SplittingBudget(100, 4, 5, max_levels=30), seed=0)
    assert caught.value.log_reached < math.log(1e-10)  # far below the true error rate: an estimate, no bound


def test_extinction_is_an_error_with_the_best_estimate() -> None:
    plan = SplittingPlan(np.array([-0.9, 0.0]), np.array([1.0]))
    with pytest.raises(AccuracyError, match="runs have lost all particles") as caught:
        run_splitting(RARE, DIM, "inner", plan, budget=SMALL, seed=0)
    assert caught.value.best_estimate < -1.0  # type: ignore[operator]


def test_progress_is_reported() -> None:
    calls: list[tuple[str, int, int, str]] = []
    splitting_error_rate(RARE, DIM, "inner", budget=SMALL, seed=0, progress=lambda *a: calls.append(a))
    runs = [call for call in calls if call[0] == "splitting, inner sphere"]
    assert [call[1:3] for call in runs] == [(done, 8) for done in range(1, 9)]
    assert calls[0][0] == "levels, inner sphere"


@pytest.mark.parametrize(
    ("scores", "previous", "keep", "strict", "expected"),
    [
        ([1, 2, 3, 4, 5], -9, 2, True, 3),
        ([1, 2, 3, 4, 5], -9, 2, False, 4),
        ([1, 2, 5, 5, 5], -9, 2, True, 2),
        ([1, 5, 5, 5, 5], -9, 2, False, 5),
        ([5, 5, 5, 5, 5], 1, 2, True, 0),
        ([-5, -5, -5, -5, -5], -6, 2, True, None),
        ([-5, -5, -5, -5, -5], -5, 2, False, None),
        ([-5, -5, -5, -5, -3], -5, 2, False, -3),
    ],
)
def test_next_level(scores: list[float], previous: float, keep: int, strict: bool, expected: float | None) -> None:
    assert next_level(np.array(scores, dtype=float), previous, keep, strict=strict) == expected


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"particles": 10}, "particles"),
        ({"particles": 100.0}, "particles"),
        ({"runs": 2}, "runs"),
        ({"steps": 0}, "steps"),
        ({"level_probability": 0.0}, "level_probability"),
        ({"level_probability": np.nan}, "level_probability"),
        ({"max_levels": 0}, "max_levels"),
    ],
)
def test_bad_budgets(arguments: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidArgumentError, match=word):
        SplittingBudget(**arguments)


@pytest.mark.parametrize(
    ("levels", "steps", "word"),
    [
        ([], [], "levels"),
        ([-1.0], [], "levels"),
        ([-1.0, -1.0, 0.0], [1.0, 1.0], "levels"),
        ([-1.0, np.nan, 0.0], [1.0, 1.0], "levels"),
        ([-1.0, 0.0], [], "steps"),
        ([-1.0, 0.0], [0.0], "steps"),
        ([-1.0, 0.0], [np.nan], "steps"),
    ],
)
def test_bad_plans(levels: list[float], steps: list[float], word: str) -> None:
    with pytest.raises(InvalidArgumentError, match=word):
        SplittingPlan(np.array(levels), np.array(steps))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"dim": 1}, "dim"),
        ({"sphere": "middle"}, "sphere"),
        ({"outer_radius": 1.0}, "outer_radius"),
        ({"seed": -1}, "seed"),
        ({"confidence": 1.0}, "confidence"),
        ({"workers": 0}, "workers"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], word: str) -> None:
    given = {"dim": DIM, "sphere": "inner", "seed": 0, "budget": SMALL} | arguments
    with pytest.raises(InvalidArgumentError, match=word):
        splitting_error_rate(RARE, **given)


@pytest.mark.parametrize("function", [lambda x: np.zeros((len(x), 1)), lambda x: np.full(len(x), np.nan)])
def test_bad_models(function: Callable[[Any], Any]) -> None:
    with pytest.raises(InvalidArgumentError, match="model must be a function that returns"):
        splitting_error_rate(Function(function), 5, "inner", budget=SMALL, seed=0)


@pytest.mark.filterwarnings("ignore::adversarial_spheres.ModelWarning")
def test_values_have_the_agreed_keys_and_flags() -> None:
    arguments: dict[str, Any] = {"seed": 0, "confidence": 0.95, "budget": SMALL}
    inner, flat = (two_spheres(model, DIM)[0] for model in (RARE, Function(lambda x: np.full(len(x), -1.0))))
    found = rare_event_values(inner, **arguments)
    assert set(found) >= {"estimate", "log10_estimate", "low", "high", "runs", "rigorous", "method", "reached"}
    assert 0.0 < found["low"] < found["estimate"] < found["high"] < 1.0
    assert found["log10_estimate"] == pytest.approx(math.log10(found["estimate"]))
    assert (found["runs"], found["rigorous"], found["reached"]) == (8, False, True)
    missed = rare_event_values(flat, **arguments)
    assert (missed["reached"], missed["estimate"], missed["log10_reached"]) == (False, None, 0.0)
    known = rare_event_values(inner, no_errors=True, **arguments)
    assert (known["reached"], known["estimate"], known["log10_reached"]) == (False, None, None)
