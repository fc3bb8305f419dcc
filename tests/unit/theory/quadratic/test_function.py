"""Quadratic functions at normal points: closed forms, moved and turned functions, rounding told, signs left open."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import chdtrc, log_ndtr
from scipy.stats import ncx2

from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError
from adversarial_spheres.theory.quadratic.function import QuadraticFunction

RNG = np.random.default_rng(0)


def random_function(dim: int) -> QuadraticFunction:
    a = RNG.standard_normal((dim, dim))
    return QuadraticFunction(a + a.T, RNG.standard_normal(dim), float(RNG.standard_normal()))


def test_a_half_space_has_the_normal_tail_however_small() -> None:
    for distance in (0.0, 1.0, 8.0, 40.0):
        tail = QuadraticFunction(np.zeros(3), [2.0, -1.0, 2.0], -3.0 * distance).positive
        assert abs(tail.probability.log - log_ndtr(-distance)) <= tail.log_error + 1e-13
        assert tail.log_error <= 1e-9


def test_a_ball_and_its_outside_have_the_noncentral_tails() -> None:
    centre = np.array([1.0, 2.0, -0.5])
    ball = QuadraticFunction(-np.ones(3), np.zeros(3), 4.0).at(-centre)
    inside = ball.positive.probability
    assert float(inside) == pytest.approx(ncx2.cdf(4.0, 3, centre @ centre), rel=1e-9)
    outside = ball.times(-1.0).positive.probability
    assert float(outside.complement) == pytest.approx(float(inside), rel=1e-9)
    central = QuadraticFunction([1.0, 1.0], [0.0, 0.0], -9.0).positive.probability
    assert float(central) == pytest.approx(chdtrc(2, 9.0), rel=1e-11)


@pytest.mark.parametrize("form", ["full", "diagonal", "flat", "rank one"])
def test_the_share_of_a_million_points(form: str) -> None:
    function = random_function(4)
    matrix: Any = {
        "full": function.matrix,
        "diagonal": np.diag(function.matrix),
        "flat": np.zeros(4),
        "rank one": -np.outer(function.linear, function.linear),
    }[form]
    function = QuadraticFunction(matrix, [0.3, -0.2, 0.7, 0.1], -0.4)
    share = np.mean(function.values(np.random.default_rng(1).standard_normal((10**6, 4))) > 0.0)
    p = float(function.positive.probability)
    assert abs(share - p) < 5.0 * np.sqrt(p * (1.0 - p) / 1e6)


def test_moved_and_turned_functions_have_the_same_values() -> None:
    function, points = random_function(4), RNG.standard_normal((5, 4))
    centre, factor = RNG.standard_normal(4), RNG.standard_normal((4, 4))
    values = function.values(points)
    assert np.allclose(function.at(centre).values(points - centre), values)
    assert np.allclose(function.times(-2.0).values(points), -2.0 * values)
    assert np.allclose(function.minus(random_function(4).times(0.0)).values(points), values)
    assert np.allclose(function.image(factor).values(points), function.values(points @ factor.T))
    each = np.array([1.0, 2.0, 3.0, 0.5])
    assert np.allclose(function.image(each).values(points), function.values(points * each))
    diagonal = QuadraticFunction([1.0, -1.0, 0.0, 2.0], function.linear, 1.0)
    assert np.allclose(diagonal.image(3.0).values(points), diagonal.values(3.0 * points))
    assert np.allclose(diagonal.minus(function).values(points), diagonal.values(points) - values)


def test_the_probability_knows_no_basis() -> None:
    function = random_function(5)
    turn = np.linalg.qr(RNG.standard_normal((5, 5)))[0]
    one, other = function.positive, function.image(turn).positive
    assert abs(one.probability.log - other.probability.log) <= one.log_error + other.log_error


def test_what_cancelled_is_told_by_the_error() -> None:
    near = random_function(3)
    far = near.at([1e3, 0.0, 0.0]).at([-1e3, 0.0, 0.0])
    assert far.positive.log_error > 1e2 * near.positive.log_error
    assert abs(far.positive.probability.log - near.positive.probability.log) <= far.positive.log_error
    with pytest.raises(AccuracyError):
        near.at([1e6, 0.0, 0.0]).at([-1e6, 0.0, 0.0]).positive  # noqa: B018


def test_certain_signs_are_proved_and_open_ones_raise() -> None:
    nowhere = QuadraticFunction([-1.0, -2.0], [1.0, 0.0], -1.0)
    assert nowhere.is_never_positive
    assert nowhere.positive.probability.log == -np.inf
    assert nowhere.times(-1.0).positive.probability.log == 0.0
    touching = QuadraticFunction([-1.0, -2.0], [2.0, 0.0], -1.0)  # -(x - 1)^2 - 2 y^2
    assert not touching.is_never_positive
    with pytest.raises(AccuracyError):
        touching.positive  # noqa: B018
    assert QuadraticFunction([0.0, 0.0], [0.0, 0.0], -1.0).is_never_positive


def test_tiny_curvature_beside_a_slope_is_that_of_a_half_space() -> None:
    for curvature in (1e-10, -1e-10, 1e-14, -1e-14, 1e-300):
        tail = QuadraticFunction([curvature, 0.0], [1.0, 0.0], -3.0).positive
        assert abs(tail.probability.log - log_ndtr(-3.0)) <= tail.log_error + 40.0 * abs(curvature)
        assert tail.log_error < 1e-10


def test_a_factor_changes_no_sign_however_small_it_makes_squares() -> None:
    half_space = QuadraticFunction([0.0, 0.0], [1e-161, 1e-161], -0.5e-161).positive
    assert abs(half_space.probability.log - log_ndtr(-np.sqrt(0.125))) <= half_space.log_error + 1e-14
    # 1e-19 x^2 - 1e-9 x + 1 <= 0 between 1.1e9 and 8.9e9
    rare = QuadraticFunction([-1e-200], [1e-190], -1e-181)
    assert not rare.is_never_positive
    assert rare.positive.probability.log == pytest.approx(-0.5 * (5e9 - 15e18**0.5) ** 2)
    assert rare.positive_at_least == 0.0
    saddle = QuadraticFunction([1.0, -0.77], [0.0, 0.0], 0.0)
    smaller, same = (f.positive.probability.log for f in (saddle.image(1e-140), saddle))
    assert smaller == pytest.approx(same, rel=1e-14)
    with pytest.raises(AccuracyError):
        saddle.image(1e-161)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (([1.0], [1.0, 2.0], 0.0), "matrix"),
        (([[0.0, 1.0], [0.5, 0.0]], [1.0, 2.0], 0.0), "matrix"),
        (([1.0, 2.0], [np.nan, 2.0], 0.0), "linear"),
        (([1.0, 2.0], [[1.0, 2.0]], 0.0), "linear"),
        (([1.0, 2.0], [1.0, 2.0], 1e101), "constant"),
        (([1.0, 2.0], [1.0, 2.0], 0.0, (1.0, 2.0)), "sizes"),
    ],
)
def test_bad_input_is_named(given: Any, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"^{name} "):
        QuadraticFunction(*given)


def test_bad_arguments_of_methods_are_named() -> None:
    function = random_function(3)
    for method, value in (("values", [1.0]), ("at", [1.0]), ("image", [1.0, 2.0]), ("minus", random_function(2))):
        with pytest.raises(InvalidArgumentError):
            getattr(function, method)(value)
