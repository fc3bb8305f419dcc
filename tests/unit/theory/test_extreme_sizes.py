"""Numbers near the ends of the doubles: the right answer or a refusal, never a NaN and no warning (they are errors)."""

from __future__ import annotations

import contextlib
from itertools import product

import mpmath as mp
import numpy as np
import pytest

from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError
from adversarial_spheres.theory.nearest.in_space import nearest_boundary_point
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.predicted.mean_distance import (
    jensen_sine_square,
    mean_angle_lower_bound,
    mean_angle_prediction,
    mean_angle_second_order,
    mean_chord_prediction,
    mean_sine_square,
)
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.error_rate import (
    chernoff_log_error_rate,
    exact_error_rate,
    worst_case_loss,
)
from adversarial_spheres.theory.reference import nearest_error as twin
from adversarial_spheres.theory.reference import quadratic_network as network_twin

EXPONENTS = (-320, -300, -200, 0, 160, 200, 300)


@pytest.mark.parametrize(("size", "point"), list(product((-320, -300, -200, 160, 300), EXPONENTS)))
def test_boundary_distances(size: int, point: int) -> None:
    alphas, z = np.array([1.0, 0.3, 0.7]) * 10.0**size, np.array([0.6, 0.0, -0.9]) * 10.0**point
    if size / 2 + point >= 40:
        with pytest.raises(InvalidArgumentError, match=r"^points must be at most 1e\+40"):
            nearest_boundary_point(z, alphas)
        return
    found = nearest_boundary_point(z, alphas, return_points=True)
    exact = twin.nearest_boundary_distance(z, alphas, digits=30)
    assert mp.mpf(float(found.distance_lower)) <= exact <= mp.mpf(float(found.distance_upper))
    assert found.gap <= 1e-13 * (exact + np.abs(z).max())
    assert np.all(np.isfinite(found.points))


def test_points_whose_square_overflows_have_a_distance() -> None:
    # the sphere of radius 1e150
    found = nearest_boundary_point([[3e149, 4e149], [6e159, 8e159], [0.0, 0.0]], [1e-300, 1e-300])
    np.testing.assert_allclose(found.distance_upper, [5e149, 1e160, 1e150], rtol=1e-9)


@pytest.mark.parametrize(("size", "point"), list(product(EXPONENTS, EXPONENTS)))
def test_angles_depend_on_directions_and_ratios_only(size: int, point: int) -> None:
    c, z = np.array([1.0, 0.25, -0.5]), np.array([0.125, 0.5, 1.0])
    plain = nearest_error(z, c, boundary_is_error=False)
    moved = nearest_error(z * 10.0**point, c * 10.0**size, boundary_is_error=False)
    loose = 1e-3 if -320 in (size, point) else 1e-14  # these are not denser
    assert moved.angle_upper == pytest.approx(float(plain.angle_upper), rel=loose)


@pytest.mark.parametrize("radius", [1.0 + 2.0**-52, 1e100, 1e160, 1e300, 1.7e308])
@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_error_rates_on_every_outer_sphere(radius: float, sphere: str) -> None:
    # alphas around 1/R^2, or as small as doubles are
    alphas = np.maximum(np.array([1.5, 0.5, 1.1]) / radius / radius, 1e-310)
    classifier = QuadraticClassifier.from_alphas(alphas)
    c = network_twin.error_coefficients(alphas, -1.0, sphere, radius)
    np.testing.assert_allclose(
        classifier.error_coefficients(sphere, radius), [float(x) for x in c], rtol=2.5e-16, atol=0.0
    )
    rate = exact_error_rate(classifier, sphere, radius)
    assert rate.log <= chernoff_log_error_rate(classifier, sphere, radius) <= 0.0
    assert worst_case_loss(classifier, sphere, radius) >= 0.0
    assert classifier.is_perfect(sphere, radius) == all(x <= 0 for x in c)


def test_the_bound_on_the_error_rate_outweighs_the_rounding_of_the_coefficients() -> None:
    # a R^2 + b loses digits where alpha is near 1/R^2; the twin takes it exactly
    rng = np.random.default_rng(7)
    for _ in range(20):
        alphas = 1.0 / 1.69 + rng.normal(0.02, 0.05, 30)
        classifier = QuadraticClassifier.from_alphas(alphas)
        exact = network_twin.chernoff_log_error_rate(alphas, -1.0, "outer", 1.3, digits=30)
        bound = mp.mpf(float(chernoff_log_error_rate(classifier, "outer", 1.3)))
        assert exact <= bound <= exact + 1e-13 * (1 - exact)


@pytest.mark.parametrize(("positive", "negative"), list(product(EXPONENTS, EXPONENTS)))
def test_predictions(positive: int, negative: int) -> None:
    c = np.array([1.0, 0.5, -0.9, -0.2]) * 10.0 ** np.array([positive, positive, negative, negative])
    for function in (jensen_sine_square, mean_sine_square, mean_angle_lower_bound, mean_angle_prediction):
        with contextlib.suppress(AccuracyError):  # hardly any point is correct
            assert 0.0 <= function(c) <= 0.5 * np.pi
    if positive > negative + 10:  # nearly every point is an error
        with pytest.raises(InvalidArgumentError, match="of negative sum"):
            mean_angle_second_order(c)


def test_predictions_with_negative_coefficients_that_vanish_beside_the_others() -> None:
    c = [1e300, 1e300, -1e-300]
    assert mean_sine_square(c) == mean_angle_prediction(c) == mean_chord_prediction(c) == 0.0


def test_the_largest_doubles_have_a_chernoff_bound() -> None:
    largest = float(np.finfo(np.float64).max)
    classifier = QuadraticClassifier([largest, -largest, -largest], 0.0)
    # -log(32/27)/2
    assert chernoff_log_error_rate(classifier, "inner", 1.3) == pytest.approx(
        -0.5 * np.log(32.0 / 27.0), rel=1e-13, abs=0.0
    )
