"""Laws of splitting and of importance sampling: what must not matter does not; the exact tail lies in the interval."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from adversarial_spheres.numerics.error_rates.importance import importance_probability
from adversarial_spheres.numerics.error_rates.pilot import SplittingBudget
from adversarial_spheres.numerics.error_rates.splitting import plan_splitting, run_splitting
from adversarial_spheres.numerics.statistics.log_intervals import cox_interval
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.form import positive_probability

DIM = 8
SMALL = SplittingBudget(particles=60, runs=4, steps=2)
alphas = st.lists(st.floats(0.3, 1.15), min_size=DIM, max_size=DIM).filter(lambda a: max(a) > 1.02)
forms = st.lists(st.floats(-4.0, 1.0), min_size=2, max_size=40).filter(lambda c: max(c) > 0.01 and min(c) < -0.01)


class Through:
    """A quadratic classifier seen through an orthogonal matrix, or with a function applied to its logit."""

    def __init__(self, model: QuadraticClassifier, matrix: Any = None, function: Any = None) -> None:
        self.model, self.matrix, self.function = model, matrix, function

    def logits(self, points: np.ndarray) -> np.ndarray:
        logits = self.model.logits(points if self.matrix is None else points @ self.matrix)
        return logits if self.function is None else np.asarray(self.function(logits))


@settings(max_examples=25)
@given(alphas, st.integers(0, 2**32))
def test_levels_increase_to_zero_and_steps_are_positive(values: list[float], seed: int) -> None:
    plan = plan_splitting(QuadraticClassifier.from_alphas(values), DIM, "inner", budget=SMALL, seed=seed)
    assert plan.levels[-1] == 0.0
    assert np.all(np.diff(plan.levels) > 0.0)
    assert np.all(plan.steps > 0.0)


@settings(max_examples=15)
@given(alphas, st.integers(-30, 30), st.integers(0, 2**32))
def test_the_unit_of_the_logit_does_not_matter(values: list[float], exponent: int, seed: int) -> None:
    model = QuadraticClassifier.from_alphas(values)
    scaled = Through(model, function=lambda y: np.ldexp(y, exponent))
    plans = [plan_splitting(m, DIM, "inner", budget=SMALL, seed=seed) for m in (model, scaled)]
    np.testing.assert_array_equal(np.ldexp(plans[0].levels, exponent), plans[1].levels)
    np.testing.assert_array_equal(plans[0].steps, plans[1].steps)


def log_estimates(model: Any, sphere: Any, plan: Any, seed: int) -> np.ndarray:
    budget = SplittingBudget(particles=100, runs=300, steps=3)
    found = run_splitting(model, DIM, sphere, plan, outer_radius=1.0 + 2.0**-52, budget=budget, seed=seed)
    return found.log_estimates


def same_law_p_value(other: Any, sphere: Any = "inner") -> float:
    """Kolmogorov-Smirnov p-value of the estimates of one model against those of another, with one plan."""
    model = QuadraticClassifier.from_alphas([1.1] + [0.6] * (DIM - 1))
    plan = plan_splitting(model, DIM, "inner", budget=SplittingBudget(400, 4, 5), seed=0)
    first = log_estimates(model, "inner", plan, 1)
    return float(ks_2samp(first, log_estimates(other, sphere, plan, 2)).pvalue)


@pytest.mark.parametrize(("alpha", "same"), [(1.1, True), (1.16, False)])
def test_a_rotated_model_has_estimates_of_the_same_law(alpha: float, same: bool) -> None:
    """False-alarm probability 1e-9, fixed seeds; another error rate is the control that must fail."""
    matrix = np.linalg.qr(np.random.default_rng(1).standard_normal((DIM, DIM)))[0]
    model = QuadraticClassifier.from_alphas([alpha] + [0.6] * (DIM - 1))
    assert (same_law_p_value(Through(model, matrix)) > 1e-9) == same


def test_changing_the_sign_and_the_sphere_gives_the_same_law() -> None:
    """Errors of -f on the outer sphere of radius 1 + 2^-52 are those of f on the inner one (same false alarms)."""
    model = QuadraticClassifier.from_alphas([1.1] + [0.6] * (DIM - 1))
    assert same_law_p_value(Through(model, function=np.negative), "outer") > 1e-9


@settings(max_examples=40)
@given(forms, st.integers(0, 2**32))
def test_importance_sampling_agrees_with_the_exact_tail(c: list[float], seed: int) -> None:
    """Rigorous interval: false-alarm probability 1e-12 for each example."""
    exact = float(positive_probability(c).probability.log)
    found = importance_probability(c, samples=2000, seed=seed, confidence=1 - 1e-12)
    assert found.interval.log_low - 1e-9 <= exact <= found.interval.log_high + 1e-9
    assert found.interval.log_low <= float(found.probability.log) <= found.interval.log_high
    assert found.normal_interval.log_high <= 0.0


@settings(max_examples=40)
@given(forms, st.integers(-300, 300))
def test_the_unit_of_the_form_does_not_matter(c: list[float], exponent: int) -> None:
    # A coefficient of 5e-323 becomes 0 in smaller units: another form, and another tilt.
    assume(np.array_equal(np.ldexp(np.ldexp(c, exponent), -exponent), c))
    plain, scaled = (importance_probability(np.ldexp(c, e), samples=200, seed=0) for e in (0, exponent))
    assert float(scaled.probability.log) == pytest.approx(float(plain.probability.log), rel=1e-9, abs=1e-12)


@settings(max_examples=100)
@given(
    st.lists(st.floats(-3000.0, -5.0), min_size=2, max_size=30),
    st.floats(0.01, 0.99),
    st.floats(0.001, 0.009),
    st.floats(-100.0, 0.0),
)
def test_laws_of_the_cox_interval(logs: list[float], confidence: float, more: float, shift: float) -> None:
    """Wider for more confidence, holds the mean, and moves with the unit of the estimates."""
    narrow, wide = cox_interval(logs, confidence), cox_interval(logs, confidence + more)
    assert wide.log_low <= narrow.log_low <= narrow.log_high <= wide.log_high
    moved = cox_interval(np.add(logs, shift), confidence)
    assert moved.log_low == pytest.approx(min(0.0, narrow.log_low + shift), rel=1e-7, abs=1e-6) or (
        narrow.log_high == 0.0
    )
    assert math.isfinite(narrow.log_low)
