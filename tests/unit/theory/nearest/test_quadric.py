"""The nearest point at which a quadratic function is not negative: searches, closed forms, hard cases, rounding."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError
from adversarial_spheres.theory.nearest import quadric
from adversarial_spheres.theory.nearest.in_space import nearest_boundary_point
from adversarial_spheres.theory.nearest.quadric import nearest_positive_point
from adversarial_spheres.theory.quadratic.function import QuadraticFunction


@pytest.mark.parametrize("seed", range(8))
def test_no_search_beats_the_certificate(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dim = int(rng.integers(2, 6))
    a = rng.standard_normal((dim, dim))
    matrix = [a + a.T, -a @ a.T, np.zeros((dim, dim)), np.outer(a[0], a[0])][seed % 4]
    function = QuadraticFunction(matrix, rng.standard_normal(dim), -0.5)
    z = 2.0 * rng.standard_normal(dim)
    found = nearest_positive_point(z, function, return_points=True)
    if found.distance_upper == np.inf:
        assert function.is_never_positive
        return
    best = 0.0 if function.values(z) >= 0.0 else np.inf
    for _ in range(10 if best else 0):
        search = minimize(
            lambda x: float((x - z) @ (x - z)),
            z + 2.0 * rng.standard_normal(dim),
            jac=lambda x: 2.0 * (x - z),
            method="SLSQP",
            constraints={
                "type": "ineq",
                "fun": lambda x: float(function.values(x)),
                "jac": lambda x: 2.0 * function.matrix @ x + function.linear,
            },
            options={"ftol": 1e-15, "maxiter": 300},
        )
        if function.values(search.x) > -1e-9:
            best = min(best, float(np.sqrt(search.fun)))
    assert found.gap < 1e-9
    assert abs(best - found.distance_upper) < 1e-6
    assert function.values(found.points) >= 0.0
    assert np.linalg.norm(found.points - z) == pytest.approx(float(found.distance_upper), abs=1e-9)


def test_a_linear_function_is_a_half_space() -> None:
    found = nearest_positive_point([[0.0, 0.0], [6.0, 8.0]], QuadraticFunction([0.0, 0.0], [3.0, 4.0], -5.0))
    assert found.distance_upper.round(12).tolist() == [1.0, 0.0]
    assert found.gap.max() < 1e-13


def test_centred_forms_agree_with_the_solver_that_looks_from_the_origin() -> None:
    rng = np.random.default_rng(1)
    alphas, z = rng.normal(0.5, 1.0, 6), 2.0 * rng.standard_normal((200, 6))
    function = QuadraticFunction(alphas, np.zeros(6), -1.0)
    known = nearest_boundary_point(z, alphas)
    outwards = nearest_positive_point(z, function)
    inwards = nearest_positive_point(z, function.times(-1.0))
    ours = np.maximum(outwards.distance_upper, inwards.distance_upper)
    np.testing.assert_allclose(ours, known.distance_upper, rtol=1e-10)
    assert np.all(np.maximum(outwards.distance_lower, inwards.distance_lower) <= known.distance_upper)


def test_in_the_hard_case_the_rest_goes_along_a_largest_eigenvalue() -> None:
    # x^2/2 + y^2 >= 1 from (0.3, 0): the y axis bends more; from 0 both directions of y are nearest
    function = QuadraticFunction([0.5, 1.0], [0.0, 0.0], -1.0)
    found = nearest_positive_point([[0.3, 0.0], [0.0, 0.0]], function, return_points=True)
    np.testing.assert_allclose(function.values(found.points), 0.0, atol=1e-13)
    np.testing.assert_allclose(found.distance_upper, [np.hypot(0.3, np.sqrt(1.0 - 0.18)), 1.0], rtol=1e-12)
    moved = QuadraticFunction([0.5, 1.0], [0.2, 0.0], -1.0)  # a slope along the other axis only
    from_middle = nearest_positive_point([0.1, 0.0], moved, return_points=True)
    assert from_middle.gap < 1e-12
    assert abs(moved.values(from_middle.points)) < 1e-12


def test_slopes_whose_squares_vanish() -> None:
    plane = QuadraticFunction([0.0, 0.0], [1e-161, 1e-161], -0.5e-161)
    assert nearest_positive_point([0.0, 0.0], plane).distance_upper == pytest.approx(np.sqrt(0.125), rel=1e-12)
    far = nearest_positive_point([0.0, 0.0], QuadraticFunction([0.0, 0.0], [1e-100, 0.0], -1.0))
    assert far.distance_upper == pytest.approx(1e100, rel=1e-12)
    nearly_hard = nearest_positive_point([1e-170, 0.5], QuadraticFunction([1.0, -1.0], [0.0, 0.0], -1.0))
    assert nearly_hard.distance_upper == pytest.approx(np.sqrt(1.0 + 0.125), rel=1e-12)  # at y = 1/4
    with pytest.raises(AccuracyError):  # 1e160 away: the number is lost, and it is not infinite
        nearest_positive_point([0.0, 0.0], QuadraticFunction([0.0, 0.0], [1e-160, 0.0], -1.0))


def test_nowhere_positive_is_infinitely_far() -> None:
    found = nearest_positive_point([[0.0, 0.0]], QuadraticFunction([-1.0, -1.0], [0.5, 0.0], -1.0), return_points=True)
    assert np.isposinf(found.distance_lower[0])
    assert np.isnan(found.points).all()
    assert found.gap[0] == 0.0


def test_a_small_ball_far_away_has_both_ends() -> None:
    ball = QuadraticFunction([-1.0, -1.0], [0.0, 0.0], 1e-4).at([-100.0, 0.0])  # of radius 0.01 about (100, 0)
    found = nearest_positive_point([[0.0, 0.0], [100.0, 0.0]], ball)
    assert found.distance_lower[0] <= 99.99 <= found.distance_upper[0]
    assert found.gap[0] < 1e-5
    assert found.distance_upper[1] == 0.0


def test_roundings_since_the_sizes_widen_both_ends() -> None:
    function = QuadraticFunction([0.5, -1.0], [1.0, 0.5], -2.0)
    rounded = QuadraticFunction(function.matrix, function.linear, function.constant, (1e6, 1e6, 1e6))
    exact, wide = (nearest_positive_point([0.2, 0.3], f) for f in (function, rounded))
    assert wide.distance_lower < exact.distance_lower <= exact.distance_upper < wide.distance_upper
    assert 1e-9 < wide.gap < 1e-6


def test_wide_certificates_raise_with_the_best_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quadric, "_WIDEST_RELATIVE_GAP", -1.0)
    with pytest.raises(AccuracyError, match=r"^1 of 1 distances were not certified") as caught:
        nearest_positive_point([[0.0, 0.0]], QuadraticFunction([1.0, 0.0], [1.0, 0.0], -1.0))
    assert caught.value.best_estimate.distance_upper.shape == (1,)
    # a single point, which rounding may take away
    with pytest.raises(AccuracyError):
        nearest_positive_point([3.0, 0.0], QuadraticFunction([-1.0, -1.0], [2.0, 0.0], -1.0))


@pytest.mark.parametrize(("points", "function"), [([1.0], None), ([1.0, np.nan], None), ([1.0, 2.0], "q")])
def test_bad_input_is_named(points: object, function: object) -> None:
    good = QuadraticFunction([1.0, 0.0], [1.0, 0.0], -1.0)
    with pytest.raises(InvalidArgumentError):
        nearest_positive_point(points, good if function is None else function)  # type: ignore[arg-type]
