"""Importance sampling of quadratic error sets: against the exact tail, its bounds, and bad input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.error_rates.importance import importance_error_rate, importance_probability
from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.error_rate import exact_error_rate
from adversarial_spheres.theory.quadratic.form import chernoff_log_bound, positive_probability

FORMS = {
    "1e-2": np.r_[np.full(4, 1.0), np.full(16, -1.12)],
    "1e-8": np.r_[np.linspace(0.1, 1.0, 30), np.linspace(-3.0, -0.1, 70)],
    "1e-98": np.r_[np.full(100, 0.05), np.full(400, -0.22)],
    "1e-203": np.r_[np.full(50, 0.02), np.linspace(-0.4, -0.05, 450)],
    "one positive, 1e-61": np.r_[1e-3, np.full(40, -1.0)],
    "below all doubles, 1e-418": np.r_[np.full(50, 0.02), np.full(450, -2.0)],
    "mean above 0": np.r_[np.full(10, 1.0), np.full(10, -0.9)],
    "plane": np.array([1e-3, -1.0]),
}


@pytest.mark.parametrize("name", FORMS)
def test_the_rigorous_interval_holds_the_exact_value_and_not_a_wrong_one(name: str) -> None:
    """False-alarm probability 1e-9 (guaranteed), fixed seed; half or twice the probability must fall outside."""
    c = FORMS[name]
    exact = float(positive_probability(c).probability.log)
    found = importance_probability(c, samples=40_000, seed=1, confidence=1 - 1e-9)
    assert exact in found.interval
    assert exact in found.normal_interval
    assert exact - math.log(2.0) not in found.interval
    assert exact + math.log(2.0) not in found.interval
    assert found.interval.rigorous
    assert not found.normal_interval.rigorous
    assert 0.01 * found.samples < found.hits < 0.8 * found.samples
    assert found.interval.log_high <= 0.0


def test_chernoff_s_bound_is_the_largest_weight() -> None:
    c = FORMS["1e-8"]
    found = importance_probability(c, samples=2000, seed=1)
    assert float(found.probability.log) < float(chernoff_log_bound(c))


@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_error_rates_of_classifiers(sphere: Any) -> None:
    model = QuadraticClassifier.from_alphas(np.linspace(0.45, 1.25, 40))
    exact = float(exact_error_rate(model, sphere, 1.3).log)
    found = importance_error_rate(model, sphere, 1.3, samples=20_000, seed=3, confidence=1 - 1e-9)
    assert exact in found.interval
    assert exact + math.log(1.5) not in found.interval


def test_scale_and_order_change_nothing() -> None:
    c = FORMS["1e-8"]
    plain = importance_probability(c, samples=4000, seed=2)
    assert float(importance_probability(c * 2.0**-900, samples=4000, seed=2).probability.log) == pytest.approx(
        float(plain.probability.log), rel=1e-12
    )


def test_workers_change_nothing_and_seeds_and_keys_do() -> None:
    def log(seed: int, key: int, workers: int) -> float:
        c = FORMS["1e-8"]
        return float(importance_probability(c, samples=9000, seed=seed, key=key, workers=workers).probability.log)

    assert log(0, 0, 1) == log(0, 0, 3)
    assert len({log(0, 0, 1), log(1, 0, 1), log(0, 1, 1)}) == 3


@pytest.mark.parametrize(
    ("c", "log"), [([-1.0, 0.0], -math.inf), ([0.0, 0.0], -math.inf), ([1.0, 0.0], 0.0), ([1.0, 2.0], 0.0)]
)
def test_certain_forms_need_no_samples(c: list[float], log: float) -> None:
    found = importance_probability(c, samples=10, seed=0)
    assert (float(found.probability.log), found.samples, found.interval.rigorous) == (log, 0, True)


def test_a_tie_everywhere_is_an_error_on_the_outer_sphere_only() -> None:
    tied = QuadraticClassifier(np.full(3, 1.0), np.float64(-4.0))  # type: ignore[arg-type]
    assert float(importance_error_rate(tied, "outer", 2.0, samples=10, seed=0).probability.log) == 0.0
    flat = QuadraticClassifier(np.full(3, 1.0), np.float64(-1.0))  # type: ignore[arg-type]
    assert float(importance_error_rate(flat, "inner", 2.0, samples=10, seed=0).probability.log) == -math.inf


def test_no_hit_is_an_error_with_chernoff_s_bound() -> None:
    c = np.r_[1.0, np.full(30, -1.0)]
    seeds = range(40)
    caught = []
    for seed in seeds:
        try:
            importance_probability(c, samples=2, seed=seed)
        except AccuracyError as error:
            caught.append(error)
    assert 0 < len(caught) < len(seeds)
    assert caught[0].best_estimate == pytest.approx(float(chernoff_log_bound(c)), rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"coefficients": [1.0]}, "coefficients"),
        ({"coefficients": [[1.0, -1.0]]}, "coefficients"),
        ({"coefficients": [1.0, np.nan]}, "coefficients"),
        ({"samples": 1}, "samples"),
        ({"seed": -1}, "seed"),
        ({"confidence": 0.0}, "confidence"),
        ({"workers": 0}, "workers"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], word: str) -> None:
    given = {"coefficients": [1.0, -1.0, -1.0], "samples": 100, "seed": 0} | arguments
    with pytest.raises(InvalidArgumentError, match=word):
        importance_probability(**given)


def test_coefficients_too_far_apart() -> None:
    with pytest.raises(AccuracyError, match="1e308"):
        importance_probability([1e-200, -1e200], samples=10, seed=0)


def test_histories_are_refused() -> None:
    history = QuadraticClassifier.from_alphas([[1.1, 0.5], [1.2, 0.5]])
    with pytest.raises(InvalidArgumentError, match="classifier"):
        importance_error_rate(history, "inner", 1.3, samples=10, seed=0)
