"""The smoothed classifier: its distance is never overstated, whatever was counted and however it is rounded."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy.special import ndtr

from adversarial_spheres import Gaussian, Sphere, around, count_errors
from adversarial_spheres.numerics.distances.smoothing import smoothed_distance_bound
from adversarial_spheres.numerics.statistics.intervals import clopper_pearson_interval
from adversarial_spheres.theory.basics.errors import InvalidArgumentError


def bounds_of_a_linear_model(confidence: float, distance: float = 0.7, sigma: float = 0.5) -> np.ndarray:
    """From 1,000 counts of 2,000 copies; smoothed, a half-space is itself: the exact distance is that of its edge."""
    space, rng = Gaussian(20, sigma), np.random.default_rng(1)
    counts = rng.binomial(2000, ndtr(-distance / sigma), size=1000)
    highs = [clopper_pearson_interval(int(k), 2000, confidence).high for k in counts]
    return np.asarray(smoothed_distance_bound(space, highs))


def test_a_linear_model_is_never_above_its_exact_distance() -> None:
    """1,000 repetitions, each wrong with probability at most 5e-13; and they are worth something."""
    found = bounds_of_a_linear_model(1.0 - 1e-12)
    assert np.all(found <= 0.7)
    assert np.all(found > 0.5)


def test_it_is_above_its_exact_distance_as_seldom_as_its_confidence_says() -> None:
    """At 90% (5% on this side) in at most 92 of 1,000 (false-alarm probability 1e-9); at 1% in about half of them."""
    assert 10 < np.count_nonzero(bounds_of_a_linear_model(0.9) > 0.7) <= 92
    assert np.count_nonzero(bounds_of_a_linear_model(0.01) > 0.7) > 300  # control: the test sees what is too large


def test_a_count_near_a_data_point_says_how_far_the_smoothed_classifier_keeps_its_label() -> None:
    problem = around(lambda x: x[:, :2], np.append(1.4, np.zeros(9)), label=0, noise=0.5)  # 1.4 / sqrt(2) = 0.99
    high = count_errors(problem, samples=20_000, seed=0, confidence=1.0 - 1e-9).interval.high
    assert 0.9 < float(smoothed_distance_bound(problem.space, high)) < 1.4 / np.sqrt(2.0)


@pytest.mark.parametrize("rate", [5e-324, 1e-300, 1e-12, 1e-3, 0.2, 0.4999999, 0.5 - 1e-12])
def test_it_is_rounded_downwards(rate: float) -> None:
    with mpmath.workdps(40):
        exact = -0.3 * float(mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(rate) - 1)) if rate > 1e-20 else None
    found = float(smoothed_distance_bound(Gaussian(5, 0.3), rate))
    if exact is None:
        assert 0.3 * 30.0 < found < 0.3 * 40.0
    else:
        assert exact - 1e-9 <= found <= exact


def test_where_half_of_the_copies_may_be_errors_nothing_is_known() -> None:
    space = Gaussian(5)
    assert smoothed_distance_bound(space, [0.5, 0.7, 1.0]).tolist() == [0.0, 0.0, 0.0]
    assert float(smoothed_distance_bound(space, 0.0)) == np.inf


@pytest.mark.parametrize("space", [Sphere(5), Gaussian(5, 1.0, 1.0), None])
def test_other_noise_is_refused(space: object) -> None:
    with pytest.raises(InvalidArgumentError, match="space"):
        smoothed_distance_bound(space, 0.1)  # type: ignore[arg-type]


@pytest.mark.parametrize("rate", [-0.1, 1.1, np.nan])
def test_what_is_no_error_rate_is_refused(rate: float) -> None:
    with pytest.raises(InvalidArgumentError, match="error_rate"):
        smoothed_distance_bound(Gaussian(5), rate)
