"""The proved lower bound of a mean distance in normal noise: below every sample, and near to it."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.nearest import mean_distance as module
from adversarial_spheres.theory.nearest.mean_distance import dual_function, mean_positive_distance_lower_bound
from adversarial_spheres.theory.nearest.quadric import nearest_positive_point
from adversarial_spheres.theory.quadratic.function import QuadraticFunction

TYPICAL = np.random.default_rng(7).standard_normal((1000, 3))


def test_every_multiplier_proves_a_lower_bound() -> None:
    rng = np.random.default_rng(0)
    a = rng.standard_normal((4, 4))
    function = QuadraticFunction(a + a.T, rng.standard_normal(4), -2.0)
    z = rng.standard_normal((500, 4))
    distance = nearest_positive_point(z, function).distance_upper
    largest = 1.0 / np.linalg.eigvalsh(function.matrix).max()
    for share in (0.1, 0.5, 0.9, 0.999):
        proved = dual_function(function, share * largest, 0.0).values(z)
        assert np.all(np.sqrt(np.maximum(proved, 0.0)) <= distance * (1.0 + 1e-9) + 1e-9)


@pytest.mark.parametrize("kind", ["curved", "convex", "linear, correlated"])
def test_the_bound_is_below_the_mean_and_near_to_it(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LEVELS", 16)
    function = {
        "curved": QuadraticFunction([0.5, -1.0, 0.1], [1.0, 0.5, 0.0], -2.0),
        "convex": QuadraticFunction([-1.0, -0.5, -0.2], [2.0, 1.0, 0.0], 0.5),
        "linear, correlated": QuadraticFunction(np.zeros(3), [1.0, 1.0, 0.0], -2.0),
    }[kind]
    factor = np.array([[1.0, 0.5, 0.0], [0.0, 0.8, 0.0], [0.0, 0.0, 0.3]]) if "correlated" in kind else np.float64(0.7)
    points = np.random.default_rng(3).standard_normal((20_000, 3))
    distances = nearest_positive_point(points @ (factor.T if factor.ndim else factor * np.eye(3)), function)
    mean = float(np.mean(distances.distance_lower))
    bound = mean_positive_distance_lower_bound(function, TYPICAL, factor)
    assert 0.75 * mean < bound < mean + 4.0 * np.std(distances.distance_lower) / np.sqrt(20_000)


def test_without_errors_and_without_a_factor_that_fits() -> None:
    nowhere = QuadraticFunction([-1.0, -1.0], [0.0, 0.0], -1.0)
    assert mean_positive_distance_lower_bound(nowhere, TYPICAL[:, :2]) == np.inf
    with pytest.raises(InvalidArgumentError, match="factor"):
        mean_positive_distance_lower_bound(nowhere, TYPICAL[:, :2], [1.0, 2.0, 3.0])
    with pytest.raises(InvalidArgumentError, match="normal"):
        mean_positive_distance_lower_bound(nowhere, TYPICAL)


def test_whatever_the_points_are_the_bound_is_below() -> None:
    plane = QuadraticFunction(np.zeros(3), [1.0, 0.0, 0.0], -2.0)
    for odd in (TYPICAL[:1], 100.0 * TYPICAL[:50], np.zeros((5, 3))):
        assert mean_positive_distance_lower_bound(plane, odd) < 2.0084908
