"""Laws of the predicted means: invariances, monotony, order of the bounds."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adversarial_spheres.theory.predicted.mean_distance import (
    jensen_sine_square,
    mean_angle_lower_bound,
    mean_angle_prediction,
    mean_chord_lower_bound,
    mean_chord_prediction,
    mean_sine_square,
)

SPECTRA = st.lists(st.floats(-2.0, 1.0).map(lambda x: round(x, 6)), min_size=2, max_size=8).map(np.array)


@given(SPECTRA)
@settings(max_examples=25)
def test_the_sandwich_is_ordered(c: np.ndarray) -> None:
    assume(c.max() > 0.0)
    exact = mean_sine_square(c)
    assert 0.0 <= jensen_sine_square(c) <= exact * (1.0 + 1e-9) + 1e-13
    assert exact <= 1.0
    lower, upper = mean_angle_lower_bound(c), np.pi / 2.0 * np.sqrt(exact)
    assert lower <= upper + 1e-12  # theta <= (pi/2) sin theta
    assert 2.0 * np.sin(lower / 2.0) - 1e-15 <= mean_chord_lower_bound(c) <= lower
    assert mean_chord_prediction(c) <= mean_angle_prediction(c) * (1.0 + 1e-12)
    # sin theta <= theta, and sin^2 <= sin: both hold for any rule with positive weights
    assert exact <= mean_angle_prediction(c) * (1.0 + 1e-9) + 1e-12


@given(SPECTRA, st.floats(-6.0, 6.0), st.integers(0, 10**6))
@settings(max_examples=25)
def test_scale_and_order_of_the_coefficients_do_not_matter(c: np.ndarray, log_scale: float, seed: int) -> None:
    assume(c.max() > 0.0)
    other = np.random.default_rng(seed).permutation(c) * 10.0**log_scale
    first, second = mean_sine_square(c), mean_sine_square(other)
    assert abs(first - second) <= 1e-10 * first + 1e-14


@given(SPECTRA, st.integers(0, 7), st.floats(0.0, 1.0))
@settings(max_examples=25)
def test_a_growing_coefficient_brings_errors_nearer(c: np.ndarray, index: int, growth: float) -> None:
    assume(c.max() > 0.0)
    larger = c.copy()
    larger[index % c.size] += growth
    assert mean_sine_square(larger) <= mean_sine_square(c) * (1.0 + 1e-9) + 1e-14


@given(SPECTRA, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
@settings(max_examples=15)
def test_a_larger_error_rate_tightens_the_bound(c: np.ndarray, first: float, second: float) -> None:
    assume(c.max() > 0.0)
    low, high = sorted((first, second))
    assert mean_angle_lower_bound(c, error_rate=low) <= mean_angle_lower_bound(c, error_rate=high)


def test_repeated_spectra_concentrate() -> None:
    c = np.array([0.5, -0.3, -0.8, -1.0])
    gaps = [mean_sine_square(np.tile(c, k)) - jensen_sine_square(np.tile(c, k)) for k in (1, 4, 16, 64)]
    assert np.all(np.diff(gaps) < 0.0)
    assert gaps[-1] < 0.05 * gaps[0]
