"""The dual on pieces: what interpolation misses, stationary points, and enclosures of the maximum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.polynomial import chebyshev, polynomial

from adversarial_spheres.theory.nearest import dual_pieces as module
from adversarial_spheres.theory.nearest.dual_pieces import DEGREE, Pieces, enclosed_maximum
from adversarial_spheres.theory.nearest.dual_series import DualInterval, weight_series

LAM = np.array([1.0, 0.4, -0.2, -1.5, -3.0])
INTERVAL = DualInterval(0.3, 3.1, 3.0)
INTERVALS = [INTERVAL, DualInterval(0.05, 6.0, 3.0), DualInterval(0.0, 0.2, 3.0)]


def problem(seed: int, interval: DualInterval, count: int = 40) -> tuple[Pieces, np.ndarray, np.ndarray, np.ndarray]:
    """Pieces, squares of random points of any length (they are their projections), and t and S on a grid."""
    rng = np.random.default_rng(seed)
    squares = rng.dirichlet(np.full(5, 0.5), count)
    t = np.linspace(interval.low, interval.high, 20001)
    m = interval.multiplier(t)
    exact = -m[:, None] * ((LAM / (1.0 - m[:, None] * LAM)) @ squares.T)
    pieces = Pieces.of(interval, -weight_series(LAM, interval, 80))
    return pieces, squares * rng.uniform(0.5, 9.0, (count, 1)), t, exact


def enclosed(pieces: Pieces, squares: np.ndarray, unit_error: float = 0.0) -> module.Enclosure:
    length = squares.sum(axis=1)
    return enclosed_maximum(pieces, squares, length, unit_error * length, 1e-15)


@pytest.mark.parametrize("interval", INTERVALS)
def test_interpolation_on_pieces_keeps_its_bound_for_every_coefficient(interval: DualInterval) -> None:
    pieces = Pieces.of(interval, -weight_series(LAM, interval, 80))
    y = np.linspace(-1.0, 1.0, 41)
    for k, powers in enumerate(pieces.powers):
        m = interval.multiplier(interval.low + pieces.half * (2 * k + 1 + y))
        weights = 1.0 / (1.0 - np.outer(LAM, m))
        off = np.abs(polynomial.polyval(y, powers.T) - (1.0 - weights))
        # C times the weight at any point of the piece, and rounding
        assert np.all(off.max(axis=1) <= (pieces.error * weights).min(axis=1) + 1e-13 * weights.max(axis=1))
        assert pieces.top[k] >= 2.53 * m.max()
    assert pieces.error < 1e-14
    assert len(pieces.slopes) == len(pieces.powers) - 1


def test_too_low_a_degree_is_told_by_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEGREE", 3)
    pieces = Pieces.of(INTERVAL, -weight_series(LAM, INTERVAL, 80))
    y = np.linspace(-1.0, 1.0, 41)
    worst = 0.0
    for k, powers in enumerate(pieces.powers):
        m = INTERVAL.multiplier(INTERVAL.low + pieces.half * (2 * k + 1 + y))
        weights = 1.0 / (1.0 - np.outer(LAM, m))
        off = np.abs(polynomial.polyval(y, powers.T) - (1.0 - weights)).max(axis=1)
        worst = max(worst, float((off / weights.min(axis=1)).max()))
    assert 1e-9 < worst <= pieces.error < 1000.0 * worst


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("unit_error", [0.0, 1e-13, 1e-9])
def test_the_maximum_is_enclosed_wherever_it_is_inside(seed: int, unit_error: float) -> None:
    for interval in INTERVALS[:2]:
        pieces, squares, t, exact = problem(seed, interval)
        found = enclosed(pieces, squares, unit_error)
        best, at = exact.max(axis=0), t[np.argmax(exact, axis=0)]
        place = (at - interval.low) / (2.0 * pieces.half)
        inside = (np.abs(place - np.round(place)) > 0.02) & (best > 1e-6)
        assert np.all(found.inside[inside])
        assert not np.any(found.inside[(at == t[0]) | (at == t[-1])])
        sure = found.inside
        assert sure.sum() > 5
        # the grid's best is at most the maximum
        assert np.all(best[sure] <= (found.value + found.error + found.over)[sure] + 1e-15)
        assert np.all((found.value - found.error)[sure] <= best[sure] + 1e-7)
        m = interval.multiplier(at)
        assert np.all(found.error[sure] >= 2.5 * unit_error * m[sure])
        assert np.all(found.error[sure] <= 2.7 * unit_error * m[sure] + 0.7 * unit_error + 1e-14)
        assert np.all(found.over[sure] <= 40.0 * found.error[sure])  # three points 4 roots of the error apart


def test_three_points_enclose_wherever_the_middle_one_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dual is concave in m, not in t: equal steps of t are unequal ones of m."""
    interval, rounding = DualInterval(1.0, 1.25, 1.0), 1e-6
    top, reach = 1.1, 0.05
    theta = np.pi * (np.arange(40) + 0.5) / 40
    m = interval.multiplier(interval.centre + interval.half * np.cos(theta))
    dual = 1.0 - (m - interval.multiplier(np.array(top))) ** 2
    series = chebyshev.chebfit(np.cos(theta), dual / m, 30)[None]
    pieces, one = Pieces.of(interval, series), np.ones(1)
    assert len(pieces.powers) == 1
    place, times = (top - interval.centre) / interval.half, 0
    for off in np.linspace(-1.5, 1.5, 61):
        at = np.array([place + off * reach]), np.array([-16.0 * rounding / reach**2])
        monkeypatch.setattr(module, "_stationary_points", lambda *_, at=at: at)
        found = enclosed_maximum(pieces, one[:, None], one, 0.0 * one, rounding)
        assert (found.value - found.error)[0] <= 1.0
        if found.inside[0]:
            times += 1
            assert (found.value + found.error + found.over)[0] >= 1.0
    assert times > 10


def test_a_convex_or_flat_dual_and_one_below_zero_are_not_enclosed() -> None:
    one = np.ones(1)
    for series in ([0.5, 0.5], [0.0, 0.0], [-1.0, -0.9]):
        pieces = Pieces.of(INTERVAL, np.array([series]))
        assert not enclosed_maximum(pieces, one[:, None], one, 1e-12 * one, 1e-15).inside[0]


def test_the_error_is_the_smaller_of_that_of_the_point_and_that_of_its_piece() -> None:
    pieces, squares, _, _ = problem(5, INTERVAL)
    wide = enclosed(pieces, squares, 1e-9)
    narrow = enclosed(replace(pieces, most=np.full_like(pieces.top, 1e-12)), squares, 1e-9)
    same = enclosed(replace(pieces, most=np.full_like(pieces.top, 1.0)), squares, 1e-9)
    np.testing.assert_array_equal(same.error, wide.error)
    np.testing.assert_allclose(narrow.error, 1e-3 * wide.error, rtol=1e-2)


@pytest.mark.parametrize("seed", range(4))
def test_newtons_method_ends_at_the_stationary_point_of_the_right_piece(seed: int) -> None:
    for interval in INTERVALS[:2]:
        pieces, squares, t, exact = problem(seed, interval)
        at = t[np.argmax(exact, axis=0)]
        order, powers, piece = module._on_pieces(pieces, squares)
        assert np.array_equal(np.sort(order), np.arange(len(squares)))
        assert np.all(np.diff(piece) >= 0)
        place = (at[order] - interval.low) / (2.0 * pieces.half)
        inner = (np.abs(place - np.round(place)) > 0.02) & (exact.max(axis=0)[order] > 1e-6)
        assert np.array_equal(piece[inner], np.floor(place[inner]))
        y, bend = module._stationary_points(powers)
        slope, exact_bend = module._derivatives(powers, y)
        assert np.all(np.abs(slope[inner]) <= 1e-6 * np.abs(bend[inner]))
        np.testing.assert_allclose(bend[inner], exact_bend[inner], rtol=1e-2)
        assert np.all(np.abs(y) <= 1.0)


def test_values_and_derivatives_are_those_of_the_polynomials() -> None:
    powers = np.random.default_rng(3).standard_normal((DEGREE + 1, 6))
    y = np.array([-0.9, -0.3, 0.0, 0.2, 0.7, 0.95])
    first, second = module._derivatives(powers, y)
    for k, at in enumerate(y):
        expected = [polynomial.polyval(at, polynomial.polyder(powers[:, k], n)) for n in range(3)]
        assert [module._horner(powers, y)[k], first[k], second[k]] == pytest.approx(expected, rel=1e-11, abs=1e-11)
