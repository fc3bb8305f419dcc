"""The nearest boundary point in space: closed forms, brute force, edges and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.nearest.in_space import nearest_boundary_point


@pytest.mark.parametrize("seed", range(9))
def test_no_search_beats_the_certificate(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dim = int(rng.integers(2, 8))
    alphas = rng.gamma(2.0, 0.5, dim)
    if seed % 3 == 1:
        alphas[0] = -0.3
    z = rng.standard_normal(dim) * [0.1, 0.5, 2.0][seed % 3]
    if seed % 2:
        z[np.argmax(alphas)] = 0.0
    best = np.inf
    for _ in range(15):
        found = minimize(
            lambda x: float((x - z) @ (x - z)),
            rng.standard_normal(dim),
            jac=lambda x: 2.0 * (x - z),
            method="SLSQP",
            constraints={"type": "eq", "fun": lambda x: alphas @ x**2 - 1.0, "jac": lambda x: 2.0 * alphas * x},
            options={"ftol": 1e-15, "maxiter": 300},
        )
        if abs(alphas @ found.x**2 - 1.0) < 1e-9:
            best = min(best, float(np.sqrt(found.fun)))
    exact = nearest_boundary_point(z, alphas)
    assert exact.gap < 1e-13
    assert abs(best - exact.distance_upper) < 1e-6


def test_the_unit_sphere() -> None:
    z = np.array([[0.0, 0.0, 0.0], [0.5, 0.0, 0.0], [0.0, 3.0, 4.0], [0.6, 0.0, 0.8]])
    found = nearest_boundary_point(z, np.ones(3), return_points=True)
    assert np.allclose(found.distance_upper, [1.0, 0.5, 4.0, 0.0], atol=1e-14)
    assert np.allclose(np.linalg.norm(found.points, axis=1), 1.0, atol=1e-14)
    assert np.allclose(np.linalg.norm(found.points - z, axis=1), found.distance_upper, atol=1e-14)


def test_points_on_the_boundary_have_distance_zero() -> None:
    points = np.array([[1.0, 0.0], [0.0, 2.0]])
    found = nearest_boundary_point(points, [1.0, 0.25], return_points=True)
    assert found.distance_lower.tolist() == found.distance_upper.tolist() == [0.0, 0.0]
    assert np.array_equal(found.points, points)


def test_no_boundary_is_infinitely_far() -> None:
    found = nearest_boundary_point([[1.0, 2.0]], [0.0, -1.0], return_points=True)
    assert np.isposinf(found.distance_lower[0])
    assert np.isposinf(found.distance_upper[0])
    assert found.gap[0] == 0.0
    assert np.all(np.isnan(found.points))


def test_a_rounding_error_in_a_zero_alpha_does_no_harm() -> None:
    z = np.random.default_rng(2).standard_normal((30, 4)) * 3.0
    clean = nearest_boundary_point(z, [0.0, 0.5, 1.0, 1.2])
    dirty = nearest_boundary_point(z, [-1e-17, 0.5, 1.0, 1.2])
    assert np.allclose(clean.distance_upper, dirty.distance_upper, atol=1e-13)


def test_a_hyperboloid_is_reached_from_both_sides_in_the_hard_case() -> None:
    # from (2, 0): either along the axis to (1, 0), or off it where the hyperbola bends less
    found = nearest_boundary_point([[2.0, 0.0], [0.0, 0.0]], [1.0, -1.0])
    assert np.allclose(found.distance_upper, [1.0, 1.0], atol=1e-14)


@pytest.mark.parametrize(
    ("points", "alphas", "name"),
    [
        ([1.0, 2.0, 3.0], [1.0, 1.0], "points"),
        ([1.0, np.nan], [1.0, 1.0], "points"),
        ([1.0, 1.0], [1.0, np.nan], "alphas"),
        ([1e41, 1.0], [1.0, 1.0], "points"),
    ],
)
def test_bad_input_is_named(points: object, alphas: object, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=name):
        nearest_boundary_point(points, alphas)
