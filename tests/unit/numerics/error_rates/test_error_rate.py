"""Monte Carlo error rates: counting, ties, bad models, and independence of the workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.error_rates.counting import (
    monte_carlo_error_rate,
    monte_carlo_error_rates_of_forms,
)
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.sphere import misclassified
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.error_rate import exact_error_rate


class Function:
    """A model from a function."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.logits = function


def test_a_tie_is_an_error_on_the_outer_sphere_only() -> None:
    logits = np.array([-1.0, 0.0, 1.0])
    assert misclassified(logits, "inner").tolist() == [False, False, True]
    assert misclassified(logits, "outer").tolist() == [True, True, False]


@pytest.mark.filterwarnings("ignore::adversarial_spheres.ModelWarning")
@pytest.mark.parametrize(("sphere", "radius"), [("inner", 1.0), ("outer", 1.7)])
def test_points_lie_on_the_sphere(sphere: Any, radius: float) -> None:
    def check(points: np.ndarray) -> np.ndarray:
        np.testing.assert_allclose(np.linalg.norm(points, axis=1), radius, rtol=1e-12)
        return np.zeros(len(points))

    counted = monte_carlo_error_rate(Function(check), 7, sphere, outer_radius=1.7, samples=20_000, seed=3)
    assert counted.errors == (0 if sphere == "inner" else 20_000)


def test_workers_change_nothing_and_seeds_do() -> None:
    model = QuadraticClassifier.from_alphas(np.linspace(0.5, 1.6, 30))
    counts = {
        (seed, workers): monte_carlo_error_rate(model, 30, "inner", samples=30_000, seed=seed, workers=workers).errors
        for seed in (0, 1)
        for workers in (1, 2, 3)
    }
    assert counts[0, 1] == counts[0, 2] == counts[0, 3] != counts[1, 1]


@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_interval_holds_the_exact_rate_and_not_a_wrong_one(sphere: Any) -> None:
    """False-alarm probability 1e-9 (the interval's), fixed seed; a rate 20% off must fall outside."""
    model = QuadraticClassifier.from_alphas(np.linspace(0.4, 1.3, 12))
    exact = float(exact_error_rate(model, sphere, 1.3))
    counted = monte_carlo_error_rate(model, 12, sphere, samples=200_000, seed=5, confidence=1 - 1e-9)
    assert exact in counted.interval
    assert 1.2 * exact not in counted.interval


def test_many_forms_at_once_agree_with_the_exact_rates() -> None:
    alphas = np.stack([np.linspace(0.4, top, 12) for top in (1.4, 1.6, 2.0)])
    history = QuadraticClassifier.from_alphas(alphas)
    exact = exact_error_rate(history, "inner", 1.3)
    for workers in (1, 2):
        counted = monte_carlo_error_rates_of_forms(
            history.errors_on("inner", 1.3),
            samples=100_000,
            seed=2,
            key=0,
            confidence=1 - 1e-9,
            workers=workers,
        )
        for row, rate in zip(counted, exact.probability, strict=True):
            assert rate in row.interval
            assert 1.2 * rate not in row.interval


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.zeros((len(x), 1)),
        lambda x: np.zeros(3),
        lambda x: np.full(len(x), np.nan),
        lambda x: np.array(["outer"] * len(x)),
        lambda x: 0.0,
    ],
    ids=["column", "wrong length", "nan", "words", "one number"],
)
def test_bad_models_get_a_clear_error(function: Callable[[Any], Any]) -> None:
    with pytest.raises(InvalidArgumentError, match="model must be a function that returns"):
        monte_carlo_error_rate(Function(function), 5, "inner", samples=10, seed=0)
