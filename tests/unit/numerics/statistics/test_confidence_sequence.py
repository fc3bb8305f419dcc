"""Confidence sequences: the equations that define them, limiting cases, and bad input."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from scipy.stats import binomtest

from adversarial_spheres.numerics.statistics.intervals import clopper_pearson_limits, lipschitz_width
from adversarial_spheres.numerics.statistics.sequences import (
    TUNED_FOR,
    beta_binomial_limits,
    bounded_mean_sequence,
    error_rate_sequence,
    excludes,
    normal_mixture_width,
    predictable_squares,
    stitched_bernstein_width,
)
from adversarial_spheres.theory.basics.errors import InvalidArgumentError


def log_mixture_ratio(p: float, k: int, n: int) -> mpmath.mpf:
    """log of the mixture's likelihood ratio against p, in 40 digits."""
    with mpmath.workdps(40):
        top = mpmath.log(mpmath.beta(k + 0.5, n - k + 0.5) / mpmath.beta(0.5, 0.5))
        return top - k * mpmath.log(mpmath.mpf(p)) - (n - k) * mpmath.log1p(-mpmath.mpf(p))


@pytest.mark.parametrize("delta", [0.05, 1e-9])
@pytest.mark.parametrize(("k", "n"), [(1, 2), (1, 10), (7, 1000), (500, 1000), (999, 1000), (3, 10**7), (10**6, 10**7)])
def test_limits_of_error_rates_solve_their_equation(k: int, n: int, delta: float) -> None:
    low, high = (float(limit) for limit in beta_binomial_limits(k, n, delta))
    level = math.log(1.0 / delta)
    assert low < k / n < high
    # Each limit is the nearest double but one, and the log-beta function is right to some 1e-15 n.
    slack = 1e-7 + 1e-15 * n * level
    for limit, inner, outer in ((low, 1.0, 0.0), (high, 0.0, 1.0)):
        assert float(log_mixture_ratio(np.nextafter(limit, inner), k, n)) <= level + slack
        assert float(log_mixture_ratio(np.nextafter(limit, outer), k, n)) >= level - slack


@pytest.mark.parametrize(("k", "n"), [(0, 20), (7, 1000), (500, 1000), (1000, 1000)])
def test_a_probability_is_excluded_where_the_limits_say_so(k: int, n: int) -> None:
    low, high = (float(limit) for limit in beta_binomial_limits(k, n, 0.01))
    for p in np.concatenate([np.geomspace(1e-6, 0.5, 50), 1.0 - np.geomspace(1e-6, 0.4, 50)]):
        assert excludes(k, n, float(p), 0.01) == (not low < p < high)


def test_without_and_with_only_errors() -> None:
    none, every = beta_binomial_limits(0, 1000, 0.01), beta_binomial_limits(1000, 1000, 0.01)
    assert (float(none[0]), float(every[1])) == (0.0, 1.0)
    assert float(none[1]) == pytest.approx(1.0 - float(every[0]), rel=1e-9)
    assert float(none[1]) == pytest.approx((math.log(100) + 0.5 * math.log(math.pi * 1000)) / 1000, rel=1e-2)


def test_an_anytime_limit_contains_the_fixed_sample_limit() -> None:
    k, n = np.array([0, 3, 50, 999, 1000]), 1000
    for delta in (0.05, 1e-6):
        anytime, fixed = beta_binomial_limits(k, n, delta), clopper_pearson_limits(k, n, delta)
        assert np.all(anytime[0] <= fixed[0])
        assert np.all(anytime[1] >= fixed[1])


@pytest.mark.parametrize(("k", "n"), [(0, 10), (1, 10), (10, 10), (31, 20_000), (7, 10**6)])
@pytest.mark.parametrize("delta", [0.025, 1e-9])
def test_clopper_pearson_limits_are_scipy_s(k: int, n: int, delta: float) -> None:
    expected = binomtest(k, n).proportion_ci(confidence_level=1 - 2 * delta, method="exact")
    low, high = clopper_pearson_limits(k, n, delta)
    # SciPy's root finder stops within 2e-12.
    assert float(low) == pytest.approx(expected.low, rel=1e-7, abs=4e-12)
    assert float(high) == pytest.approx(expected.high, rel=1e-7, abs=4e-12)


def test_the_normal_mixture_is_the_root_of_its_martingale() -> None:
    """Where 2 sqrt(rho/(v+rho)) exp(x^2/2) Phi(x) reaches 1/delta, or a little later; tuned near n = 4096."""
    dim, delta = 500, 0.01
    proxy = 1.0 / (dim - 1)
    log_term = math.log(1 / delta)
    rho = TUNED_FOR * proxy / (2 * log_term + math.log1p(2 * log_term))
    for n in (1, 100, 4096, 10**6):
        v = n * proxy
        x = float(normal_mixture_width(n, 1.0 / (dim - 1.0), delta)) * n / math.sqrt(v + rho)
        martingale = 2 * math.sqrt(rho / (v + rho)) * math.exp(x * x / 2) * float(mpmath.ncdf(x))
        assert 1.0 / delta <= martingale <= 1.05 / delta
    ratio = [
        float(normal_mixture_width(n, 1.0 / (dim - 1.0), delta)) / lipschitz_width(n, dim, delta)
        for n in (64, 4096, 262_144)
    ]
    assert ratio[1] < min(ratio[0], ratio[2])


def test_predictable_squares_use_earlier_values_only() -> None:
    squares = predictable_squares([1.0, 0.0, 0.5], 0.0, 1.0)
    assert squares.tolist() == [0.25, 0.25 + 1.0, 1.25 + 0.0]
    assert predictable_squares([], 0.0, 1.0).tolist() == []


def test_widths_scale_with_the_range() -> None:
    x = np.random.default_rng(0).random(500)
    one = stitched_bernstein_width(predictable_squares(x, 0.0, 1.0), np.arange(1, 501), 1.0, 0.01)
    seven = stitched_bernstein_width(predictable_squares(7 * x, 0.0, 7.0), np.arange(1, 501), 7.0, 0.01)
    assert np.allclose(seven, 7 * one, rtol=1e-12)
    assert float(normal_mixture_width(10, 9.0 / 4.0, 0.1)) == pytest.approx(
        3 * float(normal_mixture_width(10, 1.0 / 4.0, 0.1)), rel=1e-12
    )


def test_a_small_variance_gives_a_narrow_sequence() -> None:
    n = 20_000
    rng = np.random.default_rng(1)
    low, high = bounded_mean_sequence(0.5 + 0.001 * rng.random(n), 0.99, low=0.0, high=1.0)
    assert high[-1] - low[-1] < 0.01
    assert np.all((low >= 0.0) & (high <= 1.0))


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: error_rate_sequence([0.5, 1.0], 0.9), "errors"),
        (lambda: error_rate_sequence([[True]], 0.9), "errors"),
        (lambda: error_rate_sequence([True], 1.0), "confidence"),
        (lambda: bounded_mean_sequence([0.5, 1.5], 0.9, low=0.0, high=1.0), "values"),
        (lambda: bounded_mean_sequence([[0.5]], 0.9, low=0.0, high=1.0), "values"),
        (lambda: bounded_mean_sequence([0.5], 0.9, low=1.0, high=1.0), "low and high"),
        (lambda: bounded_mean_sequence([0.5], 1.0, low=0.0, high=1.0), "confidence"),
    ],
)
def test_bad_input_is_named(make: object, argument: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.argument == argument
