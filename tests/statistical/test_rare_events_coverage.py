"""Splitting and importance sampling against exact error rates: depth, coverage over many seeds, and the mean."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from adversarial_spheres.numerics.error_rates.importance import importance_error_rate
from adversarial_spheres.numerics.error_rates.pilot import SplittingBudget
from adversarial_spheres.numerics.error_rates.splitting import splitting_error_rate
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.error_rate import exact_error_rate

SEEDS = 200
NEEDED = 170


def classifier_of_rate(dim: int, log10_rate: float, wrong: int) -> tuple[QuadraticClassifier, float]:
    """A classifier of about this inner error rate, ``wrong`` of its alphas above 1, and the exact natural log."""

    def build(log_alpha: float) -> QuadraticClassifier:
        rest = np.linspace(0.6, 0.9, dim - wrong)
        return QuadraticClassifier.from_alphas(np.r_[np.full(wrong, np.exp(log_alpha)), rest])

    def excess(log_alpha: float) -> float:
        return float(exact_error_rate(build(log_alpha), "inner", 1.3).log10) - log10_rate

    model = build(brentq(excess, 1e-9, math.log(50.0), xtol=1e-6))
    return model, float(exact_error_rate(model, "inner", 1.3).log)


@pytest.mark.slow
@pytest.mark.parametrize("log10_rate", [-6.0, -20.0])
def test_intervals_cover_and_the_mean_is_right_over_200_seeds(log10_rate: float) -> None:
    """False alarms, fixed seeds: fewer than 170 of 200 at 95% has probability 1e-8, five standard errors 6e-7."""
    dim = 24
    model, exact = classifier_of_rate(dim, log10_rate, 3)
    budget = SplittingBudget(particles=250, runs=8, steps=5)
    covered, shifted, logs = 0, 0, []
    for seed in range(SEEDS):
        found = splitting_error_rate(model, dim, "inner", budget=budget, seed=seed, confidence=0.95)
        covered += exact in found.interval
        shifted += exact + math.log(2.0) in found.interval
        logs.append(float(found.probability.log))
    ratios = np.exp(np.array(logs) - exact)
    error = ratios.std(ddof=1) / math.sqrt(SEEDS)
    assert covered >= NEEDED
    assert abs(ratios.mean() - 1.0) <= 5.0 * error
    assert error < 0.05
    # Control: the same intervals fail for twice the error rate, and so does the mean.
    assert shifted < NEEDED
    assert abs(ratios.mean() - 2.0) > 5.0 * error


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dim", "wrong", "log10_rate"),
    [
        (20, 1, -3.0),
        (20, 3, -50.0),
        (50, 10, -12.0),
        (100, 1, -20.0),
        (100, 30, -50.0),
        (500, 100, -8.0),
        (500, 20, -50.0),
    ],
)
def test_both_methods_from_1e_3_to_1e_50(dim: int, wrong: int, log10_rate: float) -> None:
    """Nominal false-alarm probability 1e-9 each, fixed seeds; 100 times more or less must fall outside."""
    model, exact = classifier_of_rate(dim, log10_rate, wrong)
    budget = SplittingBudget(particles=250, runs=32, steps=5)
    split = splitting_error_rate(model, dim, "inner", budget=budget, seed=1, confidence=1 - 1e-9, workers=2)
    tilted = importance_error_rate(model, "inner", 1.3, samples=20_000, seed=1, confidence=1 - 1e-9)
    for interval in (split.interval, tilted.interval):
        assert exact in interval
        assert exact + math.log(100.0) not in interval
        assert exact - math.log(100.0) not in interval


@pytest.mark.slow
@pytest.mark.parametrize("log10_rate", [-6.0, -20.0, -60.0])
def test_intervals_of_importance_sampling_cover_over_200_seeds(log10_rate: float) -> None:
    """The rigorous interval must cover always here (it is wide); the central limit one as often as splitting's."""
    dim = 100
    model, exact = classifier_of_rate(dim, log10_rate, 20)
    rigorous, normal, logs = 0, 0, []
    for seed in range(SEEDS):
        found = importance_error_rate(model, "inner", 1.3, samples=3000, seed=seed, confidence=0.95)
        rigorous += exact in found.interval
        normal += exact in found.normal_interval
        logs.append(float(found.probability.log))
    ratios = np.exp(np.array(logs) - exact)
    assert rigorous >= 190
    assert normal >= NEEDED
    assert abs(ratios.mean() - 1.0) <= 5.0 * ratios.std(ddof=1) / math.sqrt(SEEDS)
