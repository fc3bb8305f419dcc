from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.error_rate import exact_error_rate
from adversarial_spheres.theory.quadratic.form import positive_probability
from adversarial_spheres.theory.quadratic.hidden_units import (
    best_equal_alpha,
    equal_alphas_error_rates,
    hidden_units_needed,
)
from adversarial_spheres.theory.reference import quadratic_network as reference

R = 1.3


@pytest.mark.parametrize(("hidden", "dim"), [(1, 4), (7, 10), (20, 60)])
def test_best_alpha_is_the_minimum_found_without_its_formula(hidden: int, dim: int) -> None:
    found = reference.best_equal_alpha(hidden, dim, R, digits=4)
    assert float(found) == pytest.approx(best_equal_alpha(hidden, dim, R), rel=1e-3)


def test_lowering_alpha_to_one_is_best_with_one_or_two_units_missing() -> None:
    for dim, hidden in [(5, 4), (5, 3), (60, 58), (60, 59)]:
        at_one = sum(reference.equal_alphas_error_rates(hidden, dim, R, 1.0, digits=20))
        assert at_one < sum(reference.equal_alphas_error_rates(hidden, dim, R, 1.05, digits=20))
        assert at_one < sum(reference.equal_alphas_error_rates(hidden, dim, R, 0.95, digits=20))
        assert best_equal_alpha(hidden, dim, R) == 1.0


@pytest.mark.parametrize(
    ("hidden", "dim", "radius"),
    [
        *((hidden, dim, R) for hidden, dim in ((1, 2), (1, 3), (3, 10), (180, 500), (424, 500))),
        (299992, 300000, 1.0001),  # spheres so near to one another that 1 - 1/alpha and 1 - 1/R^2 lose their digits
        (99990, 100000, 1.00001),
        (150000, 300000, 1.01),
    ],
)
def test_rates_are_those_of_the_network_itself(hidden: int, dim: int, radius: float) -> None:
    alpha = best_equal_alpha(hidden, dim, radius)
    classifier = QuadraticClassifier.from_alphas([float(alpha)] * hidden + [0.0] * (dim - hidden))
    for sphere, rate in zip(("inner", "outer"), equal_alphas_error_rates(hidden, dim, radius), strict=True):
        assert rate == pytest.approx(exact_error_rate(classifier, sphere, radius).probability, rel=1e-11, abs=0)


def test_least_number_of_units() -> None:
    targets = np.array([0.4, 1e-3, 1e-10, 1e-20])
    for dim in (2, 3, 10, 60, 500):
        needed = hidden_units_needed(targets, dim, R)
        assert needed.dtype == np.int64
        for k, target in zip(needed, targets, strict=True):
            assert np.mean(equal_alphas_error_rates(k, dim, R)) <= target
            assert k == 1 or np.mean(equal_alphas_error_rates(k - 1, dim, R)) > target
    assert hidden_units_needed(0.0, 500, R) == 500
    assert hidden_units_needed(1.0, 500, R) == 1
    assert hidden_units_needed(LogProbability.from_log10(-20.0), 500, R) == 424
    assert hidden_units_needed(1e-3, [10, 500], R).shape == (2,)


def test_a_target_that_is_met_exactly_is_met() -> None:
    for k, dim in ((3, 10), (180, 500), (9, 10)):
        target = 0.5 * sum(equal_alphas_error_rates(k, dim, R))
        assert hidden_units_needed(target, dim, R) == k
        assert hidden_units_needed(target * (1.0 - 1e-13), dim, R) == k + 1


def test_both_rates_fall_to_zero_with_as_many_units_as_dimensions() -> None:
    for dim in (2, 3, 500, 10**9):
        assert equal_alphas_error_rates(dim, dim, R) == (0.0, 0.0)
        inner, outer = equal_alphas_error_rates(dim - 1, dim, R)
        assert inner == 0.0  # alphas of 1 make no error of the inner sphere
        assert outer > 0.0 or dim == 10**9


@pytest.mark.parametrize("radius", [1.0 + 1e-12, 1.001, 1e10, 1e150])
def test_narrow_and_wide_shells(radius: float) -> None:
    # the best alpha tends to (d - 2)/k, where both spheres are one, and to 1 as they part
    alpha = best_equal_alpha([1, 5, 7], 10, radius)
    assert np.all(alpha >= 1.0)
    if radius < 1.1:
        np.testing.assert_allclose(alpha, 8.0 / np.array([1.0, 5.0, 7.0]), rtol=5.0 * (radius - 1.0) + 1e-10)
    rates = np.array(equal_alphas_error_rates([1, 5, 7], 10, radius))
    assert np.all((rates >= 0.0) & (rates <= 1.0))


def test_targets_are_offered_down_to_their_floor() -> None:
    assert hidden_units_needed(LogProbability.from_log10(-289.9), 5000, R) > 2000
    with pytest.raises(AccuracyError, match=r"^hidden units for a mean error rate that is positive but below 1e-290"):
        hidden_units_needed(LogProbability.from_log10(-290.1), 5000, R)


def test_only_a_fraction_of_the_dimension_is_needed_and_it_shrinks() -> None:
    fraction = hidden_units_needed(1e-6, [100, 1000, 10_000, 1_000_000], R) / [100, 1000, 10_000, 1_000_000]
    assert np.all(np.diff(fraction) < 0.0)
    assert fraction[1] < 0.4


def test_large_dimensions_keep_their_digits_and_need_a_number_of_units_that_no_longer_grows() -> None:
    dims = np.array([10_000, 100_000])
    needed = hidden_units_needed(1e-10, dims, R)
    for k, dim in zip(needed, dims, strict=True):
        alpha = best_equal_alpha(k, dim, R)
        tail = positive_probability(np.concatenate([np.full(k, alpha - 1.0), np.full(dim - k, -1.0)]))
        inner, _ = equal_alphas_error_rates(k, dim, R)
        assert inner == pytest.approx(tail.probability.probability, rel=1e-11, abs=0)
    assert hidden_units_needed(1e-20, [10**8, 10**9], R).tolist() == [2503, 2503]


def test_what_cannot_be_had_is_refused() -> None:
    with pytest.raises(AccuracyError, match="1e-290"):
        hidden_units_needed(LogProbability.from_log10(-300.0), 5000, R)
    for call in (
        lambda: hidden_units_needed(1.5, 10, R),
        lambda: hidden_units_needed(0.1, 1, R),
        lambda: hidden_units_needed(0.1, 10, 1.0),
        lambda: best_equal_alpha(11, 10, R),
        lambda: best_equal_alpha(0, 10, R),
        lambda: best_equal_alpha(1.5, 10, R),
    ):
        with pytest.raises(InvalidArgumentError):
            call()
