"""Ball and cube: the constants in arbitrary precision, half-spaces beside the bounds, refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from mpmath import mp
from scipy import integrate, special

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.reference import gaussian as twin
from adversarial_spheres.theory.reference import isoperimetry as sphere_twin
from adversarial_spheres.theory.reference.caps import LogPair
from adversarial_spheres.theory.spaces.bodies import Ball, Cube
from adversarial_spheres.theory.spaces.sphere import Sphere

LOGS = [-1e6, -1000.0, -12.5, -0.1]
DIMS = (1, 2, 3, 10, 60, 500)


def ball_half(dim: int, height: Any) -> Any:
    """Share of the unit ball where x_1 >= height: the density is (1 - x^2)^((dim - 1) / 2)."""
    upper = 0.5 * special.betainc((dim + 1) / 2, 0.5, 1.0 - np.square(height))
    return np.where(np.asarray(height) >= 0.0, upper, 1.0 - upper)


@pytest.mark.parametrize("log", LOGS)
def test_the_ball_is_the_sphere_of_two_more_dimensions(log: float) -> None:
    rate, pair = LogProbability.from_log(log), LogPair.from_log(log, digits=60)
    for dim in (1, 10, 784):
        with mp.workdps(40):
            exact = sphere_twin.mean_distance_bound(pair, dim + 2, metric="euclidean", digits=25) * mp.mpf(1.3)
            assert abs(mp.mpf(float(Ball(dim, 1.3).mean_distance_bound(rate))) / exact - 1) <= 1e-12


@pytest.mark.parametrize("log", LOGS)
def test_the_cube_is_gaussian_at_its_constant(log: float) -> None:
    rate, pair = LogProbability.from_log(log), LogPair.from_log(log, digits=60)
    dim = 10**9  # so that the diagonal is longer than every bound
    with mp.workdps(40):
        exact = twin.mean_distance(pair, digits=25) * twin.cube_scale(1.3)
        assert abs(mp.mpf(float(Cube(dim, 1.3).mean_distance_bound(rate))) / exact - 1) <= 1e-12


@pytest.mark.parametrize("dim", DIMS)
def test_half_balls_are_never_farther(dim: int) -> None:
    """Points within t of the half-space x_1 >= h have x_1 >= h - t, whatever the ball cuts off."""
    heights = np.linspace(-0.95, 0.95, 25)
    space, rates = Ball(dim), ball_half(dim, heights)
    for t in (1e-4, 0.01, 0.1, 0.5):
        within = ball_half(dim, np.maximum(heights - t, -1.0))
        assert np.all(space.neighbourhood(rates, t).probability <= within + 1e-12)
    for height, rate in zip(heights, rates, strict=True):
        mean = integrate.quad(lambda t, h=height: 1.0 - ball_half(dim, max(h - t, -1.0)), 0.0, 1.0 + height)[0]
        assert mean <= space.mean_distance_bound(rate) * (1.0 + 1e-9)


def test_half_cubes_are_never_farther() -> None:
    rates = np.linspace(0.02, 0.98, 25)
    space = Cube(3)
    for t in (1e-4, 0.01, 0.1, 0.5):
        assert np.all(space.neighbourhood(rates, t).probability <= np.minimum(rates + t, 1.0) + 1e-15)
    assert np.all((1.0 - rates) ** 2 / 2.0 <= space.mean_distance_bound(rates))


@pytest.mark.parametrize("dim", [2, 60, 500])
def test_control_a_ball_whose_radius_is_one_percent_smaller_has_a_false_bound(dim: int) -> None:
    t = 1e-3 / np.sqrt(dim)
    assert Ball(dim, 0.99).neighbourhood(0.5, t).probability > ball_half(dim, -t)
    assert Ball(dim).neighbourhood(0.5, t).probability <= ball_half(dim, -t)


def test_control_a_cube_whose_side_is_one_percent_smaller_has_a_false_bound() -> None:
    assert Cube(3, 0.99).neighbourhood(0.5, 1e-3).probability > 0.5 + 1e-3
    assert Cube(3).neighbourhood(0.5, 1e-3).probability <= 0.5 + 1e-3


@pytest.mark.parametrize("radius", [1e100, 1.3, 1e-100])
@pytest.mark.parametrize("kind", [Ball, Sphere])
def test_a_space_takes_back_its_own_bounds_whatever_its_radius(kind: Any, radius: float) -> None:
    """The logarithm of a large radius was rounded by more than what separates rare errors from a single point."""
    space, unit = kind(3, radius), kind(3)
    for rate in (1e-300, 1e-30, 1e-3):
        mean = float(space.mean_distance_bound(rate))
        assert mean == pytest.approx(radius * float(unit.mean_distance_bound(rate)), rel=1e-15)
        assert float(space.max_error_rate(mean)) >= rate * (1.0 - 1e-5)
    nearly_all = LogProbability.from_log_complement(-900.0)
    log = float(space.log_mean_distance_bound(nearly_all))
    assert float(space.mean_distance_bound(nearly_all)) == pytest.approx(math.exp(log), rel=1e-12)


def test_what_they_say_of_themselves() -> None:
    assert (Ball(10, 2.0).largest_distance, Cube(9, 2.0).largest_distance) == (4.0, 6.0)
    assert Ball(10, 2.0).concentration == pytest.approx(4.0 / 11.0)
    assert Cube(9, 2.0).concentration == pytest.approx(4.0 / (2.0 * np.pi))
    assert not Ball(3).sharp
    assert not Cube(3).sharp
    assert Ball(3) == Ball(3, 1) != Ball(3, 2.0)


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (Ball, {"dim": 0}, "dim must be"),
        (Ball, {"dim": 10**9 - 1}, "dim must be an integer from 1 to 10\\^9 - 2"),
        (Ball, {"dim": 3, "radius": 0.0}, "radius must be"),
        (Ball, {"dim": [3, 4]}, "dim must be"),
        (Cube, {"dim": 0}, "dim must be"),
        (Cube, {"dim": 3, "side": -1.0}, "side must be"),
        (Cube, {"dim": 3, "side": np.inf}, "side must be"),
    ],
)
def test_what_is_neither(kind: Any, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        kind(**arguments)
