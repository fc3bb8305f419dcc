"""The upper bounds of the mean distance by the concave envelope: tight on the paper's network, never below a mean."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres import QuadraticClassifier, paper_alphas
from adversarial_spheres.numerics.verdicts.exact_sample import sample_nearest_angles
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.predicted import envelope
from adversarial_spheres.theory.predicted.envelope import mean_angle_upper_bound, mean_chord_upper_bound
from adversarial_spheres.theory.predicted.mean_distance import mean_angle_lower_bound, mean_chord_lower_bound
from adversarial_spheres.theory.quadratic.errors import QuadraticErrors


@pytest.mark.parametrize(("sphere", "width"), [("inner", 0.0095), ("outer", 0.027)])
def test_the_bounds_of_the_papers_network_are_near_each_other(sphere, width):
    errors = QuadraticClassifier.from_alphas(paper_alphas()).errors_on(sphere, 1.3)
    assert_near(errors, width)


@pytest.mark.parametrize(("dim", "width"), [(500, 0.005), (10, 0.16)])
def test_the_bounds_of_normal_alphas_are_near_each_other(dim, width):
    alphas = np.random.default_rng(0).normal(0.8, 0.3, dim)
    assert_near(QuadraticClassifier.from_alphas(alphas).errors_on("inner", 1.3), width)


def assert_near(errors: QuadraticErrors, width: float) -> None:
    """The upper bound is at most so much above the lower one."""
    for low, high in (
        (mean_angle_lower_bound, mean_angle_upper_bound),
        (mean_chord_lower_bound, mean_chord_upper_bound),
    ):
        lower = low(errors, error_rate=errors.rate)
        assert lower <= high(errors, error_rate=errors.rate) <= lower * (1.0 + width)


@pytest.mark.parametrize("function", [envelope._ANGLE, envelope._CHORD])
def test_the_envelope_is_concave_and_above_the_distance(function):
    x = np.linspace(0.0, 1.0, 100_001)
    above = function(x)
    assert np.all(above >= function.distance(x))
    assert np.all(np.diff(above, 2) <= 1e-12)
    assert above[-1] <= function.distance(np.ones(1)) * 1.0001  # and not much above its end


def test_a_tangent_beyond_the_right_point_is_no_bound():
    """Negative control: the property is not true of every tangent."""
    wrong = envelope._tangent(envelope._angle, 0.2, chord=False)
    assert wrong(np.ones(1)) < np.pi / 2.0


@pytest.mark.parametrize("dim", [2, 3, 4, 10, 60])
def test_observed_means_lie_between_the_bounds(dim):
    """Means of 4000 points; 6 standard errors: a false alarm in 1e9."""
    rng = np.random.default_rng(dim)
    for _ in range(6):
        network = QuadraticClassifier.from_alphas(rng.uniform(0.0, 1.6, dim))
        for sphere in ("inner", "outer"):
            errors = network.errors_on(sphere, 1.3)
            if errors.is_null:
                continue
            angles = sample_nearest_angles(errors, samples=4000, seed=1, key=(0,)).upper
            spread = 6.0 * np.sqrt(0.5 / 4000)
            lower, upper = (f(errors, error_rate=errors.rate) for f in (mean_angle_lower_bound, mean_angle_upper_bound))
            assert lower - spread < angles.mean() < upper + spread


def test_error_rates_sharpen_the_bound_and_lower_bounds_on_them_serve():
    c = np.linspace(-1.0, 0.6, 12)
    loose, tight = mean_angle_upper_bound(c), mean_angle_upper_bound(c, error_rate=0.1)
    assert tight < loose
    assert mean_chord_upper_bound(c, error_rate=0.1) < tight


def test_ends_of_the_range():
    assert mean_angle_upper_bound([-1.0, -2.0]) == np.inf
    assert mean_angle_upper_bound([0.0, 0.0, 0.0], error_rate=1.0, boundary_is_error=True) == 0.0
    # To a null space of one dimension of three: E sin^2 = 2/3, and the mean angle is 1 radian.
    assert 1.0 < mean_angle_upper_bound([0.0, -1.0, -1.0], boundary_is_error=True) < 1.3
    nearly_all = LogProbability.from_log_complement(-60.0)
    assert 0.0 < mean_angle_upper_bound([1.0] * 40 + [-1e-3], error_rate=nearly_all) <= np.pi / 2 * np.exp(-60.0) * 1.01
