"""Chebyshev series of the dual: weights, error bounds, stationary points and enclosures of the maximum."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.theory.nearest import dual_series as module
from adversarial_spheres.theory.nearest.dual_series import (
    MAX_DEGREE,
    DualInterval,
    enclosed_maximum,
    least_degree,
    weight_series,
    weights,
)

LAM = np.array([1.0, 0.4, -0.2, -1.5, -3.0])
INTERVAL = DualInterval(0.3, 3.1, 3.0)
X = np.linspace(-1.0, 1.0, 20001)


def problem(seed: int, interval: DualInterval, count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Series of h = -sum l u^2/(1 - m l) for random points, and S = m h on the grid."""
    squares = np.random.default_rng(seed).dirichlet(np.full(5, 0.5), count)
    series = -(squares @ weight_series(LAM, interval, 40)).T
    m = interval.multiplier(X)[0]
    exact = -m[:, None] * ((LAM / (1.0 - m[:, None] * LAM)) @ squares.T)
    return series, exact


def test_the_multiplier_and_its_derivatives() -> None:
    for interval in (INTERVAL, DualInterval(-2.0, 0.5, 0.0), DualInterval(0.0, 5.0, 40.0)):
        x = np.linspace(-0.9, 0.9, 7)
        m, first, second = interval.multiplier(x)
        t = interval.centre + interval.half * x
        np.testing.assert_allclose((1.0 + interval.largest * m) / (1.0 - m), np.exp(t), rtol=1e-13)
        step = 1e-4
        low, high = interval.multiplier(x - step), interval.multiplier(x + step)
        np.testing.assert_allclose(first, (high[0] - low[0]) / (2.0 * step), rtol=1e-6)
        np.testing.assert_allclose(second, (high[1] - low[1]) / (2.0 * step), rtol=1e-6, atol=1e-9)
    assert (INTERVAL.half, INTERVAL.centre) == (pytest.approx(1.4), pytest.approx(1.7))


def test_weights_are_those_of_the_multiplier() -> None:
    t = np.array([-1.0, 0.0, 0.5, 4.0])
    m = (np.exp(t) - 1.0) / (np.exp(t) + 3.0)
    np.testing.assert_allclose(weights(LAM, INTERVAL, t), 1.0 / (1.0 - np.outer(LAM, m)), rtol=1e-13)


@pytest.mark.parametrize("interval", [INTERVAL, DualInterval(-1.0, 1.0, 3.0), DualInterval(0.0, 8.0, 3.0)])
def test_the_least_degree_keeps_its_promise_and_one_less_would_not(interval: DualInterval) -> None:
    m = interval.multiplier(X[::50])[0]
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


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("unit_error", [1e-13, 1e-9])
def test_the_maximum_is_enclosed_wherever_it_is_inside(seed: int, unit_error: float) -> None:
    for interval in (INTERVAL, DualInterval(0.05, 6.0, 3.0)):
        series, exact = problem(seed, interval)
        found = enclosed_maximum(interval, series, np.full(series.shape[1], unit_error), 1e-15)
        best, at = exact.max(axis=0), X[np.argmax(exact, axis=0)]
        inside = np.abs(at) < 0.9
        assert np.array_equal(found.inside[inside], np.ones(inside.sum(), dtype=bool))
        assert not np.any(found.inside[np.abs(at) == 1.0])
        sure = found.inside
        assert sure.sum() > 5
        # the grid's best is at most the maximum
        assert np.all(best[sure] <= (found.value + found.error + found.over)[sure] + 1e-15)
        assert np.all((found.value - found.error)[sure] <= best[sure] + 1e-8)
        m = interval.multiplier(at)[0]
        assert np.all(found.error[sure] >= (unit_error * m)[sure] * 0.9)
        assert np.all(found.error[sure] <= (2.0 * unit_error * np.maximum(m, 0.05) + 1e-14)[sure])
        # three points 4 roots of the error apart
        assert np.all(found.over[sure] <= 40.0 * found.error[sure])


def test_three_points_enclose_wherever_the_middle_one_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dual is concave in m, not in x: where the interval is wide, equal steps of x are very unequal ones of m."""
    interval, best, step, rounding = DualInterval(1.0, 251.0, 1.0), -0.97, 0.02, 1e-9
    top = interval.multiplier(np.array([best]))[0]
    angles = np.pi * (np.arange(400) + 0.5) / 400
    m = interval.multiplier(np.cos(angles))[0]
    series = (2.0 / 400) * np.cos(np.arange(400)[:, None] * angles) @ ((1.0 - (m - top) ** 2) / m)[:, None]
    series[0] /= 2.0
    enclosed = 0
    for off in np.linspace(-1.5, 1.5, 61):
        at = np.array([best + off * step]), np.array([-16.0 * rounding / step**2])
        monkeypatch.setattr(module, "_stationary_points", lambda *_, at=at: at)
        found = enclosed_maximum(interval, series, np.zeros(1), rounding)
        assert (found.value - found.error)[0] <= 1.0
        if found.inside[0]:
            enclosed += 1
            assert abs(off) < 1.0  # else one of the others is higher
            assert (found.value + found.error + found.over)[0] >= 1.0
    assert enclosed > 10


def test_without_an_error_the_three_points_still_enclose() -> None:
    series, exact = problem(9, INTERVAL)
    found = enclosed_maximum(INTERVAL, series, np.zeros(series.shape[1]), 1e-15)
    at = X[np.argmax(exact, axis=0)]
    sure = np.abs(at) < 0.99
    assert np.all(found.inside[sure])
    assert np.all(np.abs(found.value - exact.max(axis=0))[sure] <= 1e-8)


def test_a_convex_or_flat_dual_is_not_enclosed() -> None:
    # S = m h with h = m: no maximum inside
    rising = np.array([[0.5], [0.5]])
    flat = np.array([[0.0], [0.0]])
    for series in (rising, flat):
        assert not enclosed_maximum(INTERVAL, series, np.full(1, 1e-12), 1e-15).inside[0]


@pytest.mark.parametrize("seed", range(4))
def test_newtons_method_ends_at_the_stationary_point(seed: int) -> None:
    for interval in (INTERVAL, DualInterval(0.05, 6.0, 3.0)):
        series, exact = problem(seed, interval)
        at = X[np.argmax(exact, axis=0)]
        inner = np.abs(at) < 0.97
        guess = module._first_guess(interval, series)
        grid = 2.0 / (8 + 4 * int(interval.high - interval.low))
        assert np.all(np.abs(guess - at)[inner] <= 0.5 * grid)
        assert np.median(np.abs(guess - at)[inner]) <= 0.1 * grid
        x, bend = module._stationary_points(interval, series)
        slope, exact_bend = module._derivatives(interval, series, x)
        assert np.all(np.abs(slope[inner]) <= 1e-6 * np.abs(bend[inner]))
        np.testing.assert_allclose(bend[inner], exact_bend[inner], rtol=1e-2)
        assert np.all(np.abs(x - at)[inner] <= 2e-4)
        assert np.all(np.abs(x) <= 1.0)


def test_derivatives_are_those_of_the_series_times_the_multiplier() -> None:
    series, _ = problem(2, INTERVAL, 6)
    x = np.array([-0.9, -0.3, 0.0, 0.2, 0.7, 0.95])
    for column, at in enumerate(x):
        coefficients = series[:, column]
        value, first, second = (
            np.polynomial.chebyshev.chebval(at, np.polynomial.chebyshev.chebder(coefficients, k)) for k in range(3)
        )
        m, m1, m2 = (part.item() for part in INTERVAL.multiplier(np.array([at])))
        slope, bend = module._derivatives(INTERVAL, series[:, column : column + 1], np.array([at]))
        assert slope.item() == pytest.approx(m1 * value + m * first, rel=1e-11, abs=1e-11)
        assert bend.item() == pytest.approx(m2 * value + 2.0 * m1 * first + m * second, rel=1e-11, abs=1e-11)
        assert module._clenshaw(series[:, column : column + 1], np.array([at])).item() == pytest.approx(
            value, rel=1e-13, abs=0.0
        )
