"""Intervals: closed forms, coverage by exact enumeration, and bad input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from adversarial_spheres.numerics.statistics.intervals import (
    clopper_pearson_interval,
    empirical_bernstein_half_width,
    lipschitz_half_width,
    mean_distance_interval,
    one_sided_bernstein_width,
)
from adversarial_spheres.theory.basics.errors import InvalidArgumentError


def test_clopper_pearson_without_errors_is_the_closed_form() -> None:
    interval = clopper_pearson_interval(0, 500, 0.99)
    assert interval.low == 0.0
    assert interval.high == pytest.approx(1.0 - 0.005 ** (1 / 500), rel=1e-12, abs=0.0)


@pytest.mark.parametrize("error_rate", [0.0, 1e-3, 0.02, 0.5, 0.97, 1.0])
def test_clopper_pearson_covers_at_every_error_rate(error_rate: float) -> None:
    n, confidence = 60, 0.95
    covered = sum(
        binom.pmf(k, n, error_rate) for k in range(n + 1) if error_rate in clopper_pearson_interval(k, n, confidence)
    )
    assert covered >= confidence - 1e-12


def test_lipschitz_half_width_of_the_paper_s_size() -> None:
    assert lipschitz_half_width(1000, 500, 1 - 1e-6) == pytest.approx(math.sqrt(2 * math.log(2e6) / (1000 * 499)))
    assert lipschitz_half_width(1000, 500, 1 - 1e-6) == pytest.approx(0.0076, abs=5e-5)


def test_half_widths_scale_with_the_radius() -> None:
    assert lipschitz_half_width(10, 5, 0.9, radius=3.0) == pytest.approx(3 * lipschitz_half_width(10, 5, 0.9))
    one = empirical_bernstein_half_width(0.5, 100, 2.0, 0.9)
    assert empirical_bernstein_half_width(0.5 * 9, 100, 6.0, 0.9) == pytest.approx(3 * one)


def test_bernstein_of_a_constant_sample_shrinks_like_one_over_n() -> None:
    narrow, wide = (empirical_bernstein_half_width(0.0, n, 1.0, 0.99) for n in (10_001, 1001))
    assert wide / narrow == pytest.approx(10.0)


def test_the_interval_takes_the_tighter_of_the_two() -> None:
    high_dim = mean_distance_interval(0.2, 0.2, 1e-2, 1000, 100_000, 0.99, largest_distance=math.pi)
    low_dim = mean_distance_interval(0.2, 0.2, 1e-8, 100_000, 2, 0.99, largest_distance=math.pi)
    assert (high_dim.method, low_dim.method) == ("Lipschitz", "empirical Bernstein")


def test_the_interval_stays_within_what_is_possible() -> None:
    interval = mean_distance_interval(0.0, 2.0, 1.0, 2, 2, 0.99, largest_distance=2.0)
    assert (interval.low, interval.high) == (0.0, 2.0)


@pytest.mark.parametrize(
    ("errors", "samples", "confidence", "argument"),
    [(-1, 10, 0.9, "errors"), (11, 10, 0.9, "errors"), (0, 0, 0.9, "samples"), (1, 10, 1.0, "confidence")],
)
def test_bad_input_is_named(errors: int, samples: int, confidence: float, argument: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        clopper_pearson_interval(errors, samples, confidence)
    assert caught.value.argument == argument


def test_lipschitz_interval_covers_and_a_tenth_of_it_does_not() -> None:
    """Distances to a half-space, whose mean is known: 400 repeats, false-alarm probability below 1e-9."""
    rng = np.random.default_rng(1)
    dim, n, confidence = 20, 50, 0.9
    points = rng.standard_normal((400, n, dim))
    height = points[..., 0] / np.linalg.norm(points, axis=-1)
    distance = np.maximum(0.0, np.arcsin(-height))
    truth = float(np.mean(np.maximum(0.0, np.arcsin(-height))))
    miss = np.abs(distance.mean(axis=1) - truth)
    width = lipschitz_half_width(n, dim, confidence)
    assert binom.sf(np.count_nonzero(miss > width) - 1, 400, 1 - confidence) > 1e-9
    assert binom.sf(np.count_nonzero(miss > 0.1 * width) - 1, 400, 1 - confidence) < 1e-9


@given(
    rare=st.floats(1e-4, 0.5),
    top=st.floats(0.01, 10.0),
    centre=st.floats(0.05, 0.95),
    guess=st.floats(1e-6, 10.0),
    count=st.integers(2, 400),
    delta=st.floats(1e-4, 0.4),
)
def test_one_sided_limits_fail_no_more_often_than_they_say(
    rare: float, top: float, centre: float, guess: float, count: int, delta: float
) -> None:
    """Values are 0, rarely, or ``top``: the chance that the lower limit lies above the mean, summed exactly."""
    seen = np.arange(count + 1)
    middle = centre * top
    spread = (seen * middle**2 + (count - seen) * (top - middle) ** 2) / count
    width = np.array([one_sided_bernstein_width(s, count, middle, delta, guess) for s in spread])
    too_high = (count - seen) / count * top - width > (1.0 - rare) * top * (1.0 + 1e-12)
    assert binom.pmf(seen, count, rare)[too_high].sum() <= delta


def test_one_sided_widths_know_bernsteins_limit_and_guesses_cost_width_alone() -> None:
    log_term = np.log(1e3)
    for spread, count, reach in ((1e-4, 10**5, 1.0), (1.0, 10**9, 1e-6), (0.25, 100, 0.5)):
        limit = np.sqrt(2.0 * spread * log_term / count) + reach * log_term / count
        right = one_sided_bernstein_width(spread, count, reach, 1e-3, spread)
        assert 0.8 * limit < right <= limit * (1.0 + 1e-12)
        assert all(one_sided_bernstein_width(spread, count, reach, 1e-3, spread * k) > 0.9 * right for k in (0.01, 100))
    assert one_sided_bernstein_width(1.0, 100, 0.0, 1e-3, 1.0) == pytest.approx(np.sqrt(0.02 * log_term))
    assert one_sided_bernstein_width(1.0, 100, 1.0, 1e-3, 0.0) == np.inf
