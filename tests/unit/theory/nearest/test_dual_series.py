"""Chebyshev series of the dual: weights and error bounds."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.theory.nearest.dual_series import (
    MAX_DEGREE,
    DualInterval,
    least_degree,
    weight_series,
    weights,
)

LAM = np.array([1.0, 0.4, -0.2, -1.5, -3.0])
INTERVAL = DualInterval(0.3, 3.1, 3.0)
X = np.linspace(-1.0, 1.0, 20001)


def test_the_multiplier_has_the_odds_of_its_variable() -> None:
    for interval in (INTERVAL, DualInterval(-2.0, 0.5, 0.0), DualInterval(0.0, 5.0, 40.0)):
        t = np.linspace(interval.low, interval.high, 7)
        m = interval.multiplier(t)
        np.testing.assert_allclose((1.0 + interval.largest * m) / (1.0 - m), np.exp(t), rtol=1e-13)
    assert (INTERVAL.half, INTERVAL.centre) == (pytest.approx(1.4), pytest.approx(1.7))


def test_weights_are_those_of_the_multiplier() -> None:
    t = np.array([-1.0, 0.0, 0.5, 4.0])
    m = (np.exp(t) - 1.0) / (np.exp(t) + 3.0)
    np.testing.assert_allclose(weights(LAM, INTERVAL, t), 1.0 / (1.0 - np.outer(LAM, m)), rtol=1e-13)


@pytest.mark.parametrize("interval", [INTERVAL, DualInterval(-1.0, 1.0, 3.0), DualInterval(0.0, 8.0, 3.0)])
def test_the_least_degree_keeps_its_promise_and_one_less_would_not(interval: DualInterval) -> None:
    m = interval.multiplier(interval.centre + interval.half * X[::50])
    exact = LAM[:, None] / (1.0 - np.outer(LAM, m))
    for target in (1e-4, 1e-7, 1e-9):
        degree, error = least_degree(LAM, interval, target)
        series = weight_series(LAM, interval, degree)
        off = np.abs(np.polynomial.chebyshev.chebval(X[::50], series.T) - exact).max(axis=1)
        assert np.all(off <= error + 1e-14 * np.abs(exact).max(axis=1))
        assert error.mean() <= target * 3.0
        # the proof is not far from the truth: the series is off by the target at a quarter of the degree
        quarter = weight_series(LAM, interval, degree // 4)
        assert np.abs(np.polynomial.chebyshev.chebval(X[::50], quarter.T) - exact).max() > target
    assert least_degree(LAM, interval, 1e-300)[0] == MAX_DEGREE + 1


def test_degrees_grow_with_the_width_and_the_digits() -> None:
    narrow, wide = DualInterval(0.0, 1.0, 3.0), DualInterval(0.0, 9.0, 3.0)
    found = [least_degree(LAM, interval, target)[0] for interval in (narrow, wide) for target in (1e-6, 1e-12)]
    assert found == sorted(found)
    assert found == [7, 13, 40, 62]  # measured: the least that is proved
