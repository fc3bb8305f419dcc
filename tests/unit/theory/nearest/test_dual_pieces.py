"""The dual on pieces: weights, what interpolation misses, stationary points, and enclosures of the maximum."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import polynomial

from adversarial_spheres.theory.nearest import dual_pieces as module
from adversarial_spheres.theory.nearest.dual_pieces import DEGREE, DualInterval, Pieces, enclosed_maximum, weights

LAM = np.array([1.0, 0.4, -0.2, -1.5, -3.0])
INTERVAL = DualInterval(0.3, 3.1, 3.0)
INTERVALS = [INTERVAL, DualInterval(0.05, 6.0, 3.0), DualInterval(0.0, 0.2, 3.0)]


def pieces_of(interval: DualInterval, missed: float = 0.0) -> Pieces:
    t = interval.nodes
    functions = -LAM[:, None] * weights(LAM, interval, t.reshape(-1))
    return Pieces.of(interval, functions.reshape(-1, *t.shape), np.full(t.shape, missed))


def problem(seed: int, interval: DualInterval, count: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Squares of random points of any length (they are their projections), and t and S on a grid."""
    rng = np.random.default_rng(seed)
    squares = rng.dirichlet(np.full(5, 0.5), count)
    t = np.linspace(interval.low, interval.high, 20001)
    return squares * rng.uniform(0.5, 9.0, (count, 1)), t, 1.0 - squares @ weights(LAM, interval, t)


def derivatives(interval: DualInterval, t: np.ndarray) -> list[np.ndarray]:
    """1 - W and its first two derivatives in t."""
    largest, w, m = interval.largest, weights(LAM, interval, t), interval.multiplier(t)
    first = (1.0 - m) * (1.0 + largest * m) / (1.0 + largest)
    second = first * (largest - 1.0 - 2.0 * largest * m) / (1.0 + largest)
    lam = LAM[:, None]
    return [1.0 - w, -lam * w**2 * first, -2.0 * lam**2 * w**3 * first**2 - lam * w**2 * second]


def test_the_multiplier_has_the_odds_of_its_variable() -> None:
    for interval in (INTERVAL, DualInterval(-2.0, 0.5, 0.0), DualInterval(0.0, 5.0, 40.0)):
        t = np.linspace(interval.low, interval.high, 7)
        m = interval.multiplier(t)
        np.testing.assert_allclose((1.0 + interval.largest * m) / (1.0 - m), np.exp(t), rtol=1e-13)


def test_weights_are_those_of_the_multiplier() -> None:
    t = np.array([-1.0, 0.0, 0.5, 4.0])
    m = (np.exp(t) - 1.0) / (np.exp(t) + 3.0)
    np.testing.assert_allclose(weights(LAM, INTERVAL, t), 1.0 / (1.0 - np.outer(LAM, m)), rtol=1e-13)


@pytest.mark.parametrize("interval", [*INTERVALS, DualInterval(1.0, 1.5, 1.0), DualInterval(1.0, 1.501, 1.0)])
def test_pieces_cover_the_interval_and_are_no_wider_than_they_may_be(interval: DualInterval) -> None:
    t, half = interval.nodes, interval.piece
    assert half <= 0.25
    assert len(t) == 1 or half * len(t) / (len(t) - 1) > 0.25  # fewer would be too wide
    centres = interval.low + half * (2.0 * np.arange(len(t)) + 1.0)
    assert centres[-1] + half == pytest.approx(interval.high, rel=1e-14)
    np.testing.assert_allclose(t, centres[:, None] + half * np.cos(np.pi * (np.arange(14) + 0.5) / 14), rtol=1e-14)


@pytest.mark.parametrize("degree", [DEGREE, 3])
@pytest.mark.parametrize("interval", INTERVALS)
def test_interpolation_keeps_its_bounds_for_every_coefficient_and_two_derivatives(
    interval: DualInterval, degree: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DEGREE", degree)
    pieces, y, worst = pieces_of(interval), np.linspace(-1.0, 1.0, 41), np.zeros(3)
    allowed = pieces.error[0] * np.array([1.0, (degree + 2.0) ** 2, (degree + 2.0) ** 4 / 3.0])
    for k, powers in enumerate(pieces.powers):
        t = interval.low + pieces.half * (2 * k + 1 + y)
        w = weights(LAM, interval, t)
        for order, exact in enumerate(derivatives(interval, t)):
            found = polynomial.polyval(y, polynomial.polyder(powers.T, order))
            off = np.abs(found - exact * pieces.half**order).max(axis=1)
            # C times the weight at any point of the piece, and rounding
            assert np.all(off <= allowed[order] * w.min(axis=1) + 1e-14 * degree ** (2 * order) * w.max(axis=1))
            worst[order] = max(worst[order], (off / w.min(axis=1)).max())
    if degree == 3:
        assert np.all(allowed < 1e4 * worst)  # the proof is not far from the truth
    assert (pieces.error[0] < 2e-15) == (degree == DEGREE)
    assert len(pieces.slopes) == len(pieces.powers) - 1


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("missed", [0.0, 1e-13, 1e-9])
def test_the_maximum_is_enclosed_wherever_it_is_inside(seed: int, missed: float) -> None:
    for interval in INTERVALS[:2]:
        squares, t, exact = problem(seed, interval)
        pieces = pieces_of(interval, missed)
        found = enclosed_maximum(pieces, squares, squares.sum(axis=1))
        best, at = exact.max(axis=1), t[np.argmax(exact, axis=1)]
        within = (at > t[0]) & (at < t[-1]) & (best > 1e-6)
        assert np.all(found.inside[within])
        sure = found.inside
        assert sure.sum() > 5
        # the grid's best is at most the maximum
        assert np.all(best[sure] <= found.upper[sure] + 1e-15)
        assert np.all(found.lower[sure] <= best[sure] + 1e-7)
        error = pieces.error[np.minimum((at - t[0]) / (2.0 * pieces.half), len(pieces.error) - 1).astype(int)]
        wide = (found.upper - found.lower)[within] / error[within]
        assert np.median(wide) <= 2.3
        assert np.all(wide <= 3.0 + 1e-12 / error[within])


@pytest.mark.parametrize("seed", range(4))
def test_an_enclosure_holds_for_every_h_that_misses_no_more_than_it_is_told(seed: int) -> None:
    interval, missed, times = INTERVALS[0], 2e-7, 0
    squares, _, exact = problem(seed, interval)
    nodes = interval.nodes
    h = -LAM[:, None] * weights(LAM, interval, nodes.reshape(-1))
    rng = np.random.default_rng(seed)
    # all the same at a piece, alternating as a polynomial with steep slopes does, any
    ways = [
        np.ones(nodes.shape),
        (-1.0) ** np.arange(nodes.shape[1]) * np.ones(nodes.shape),
        rng.uniform(-1.0, 1.0, nodes.shape),
    ]
    for way in (sign * missed * shape for shape in ways for sign in (1.0, -1.0)):
        pieces = Pieces.of(interval, h.reshape(-1, *nodes.shape) + way, np.full(nodes.shape, missed))
        found = enclosed_maximum(pieces, squares, squares.sum(axis=1))
        best, sure = exact.max(axis=1), found.inside
        assert np.all(best[sure] <= found.upper[sure])
        assert np.all(found.lower[sure] <= best[sure] + 1e-7)
        times += np.count_nonzero(sure)
    assert times > 60


@pytest.mark.parametrize("seed", range(4))
def test_one_point_encloses_wherever_it_lies_beside_the_maximum(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    interval = DualInterval(1.0, 1.5, 3.0)
    squares, _, exact = problem(seed, interval, 200)
    best, place = exact.max(axis=1), np.argmax(exact, axis=1) / 10000.0 - 1.0
    kept = (np.abs(place) < 0.7) & (best > 0.0)
    squares, best, place = squares[kept], best[kept], place[kept]
    assert len(best) > 5
    pieces, times, sharpest = pieces_of(interval), 0, np.inf
    assert len(pieces.powers) == 1
    for off in np.linspace(-0.3, 0.3, 61):
        monkeypatch.setattr(module, "_stationary_points", lambda _, off=off: place + off)
        found = enclosed_maximum(pieces, squares, squares.sum(axis=1))
        assert np.all(found.lower <= best + 1e-9)
        inside = found.inside
        assert np.all(found.upper[inside] >= best[inside])
        assert not np.any(inside) or abs(off) < 0.25  # s = 0.05 is 0.2 of half a piece
        times += np.count_nonzero(inside)
        if abs(off) > 0.05 and inside.any():
            sharpest = min(sharpest, np.min(((found.upper - found.lower) / (best - found.lower))[inside]))
    assert times > 10 * len(best)
    assert 1.0 <= sharpest < 1.5


def test_a_convex_or_flat_dual_and_one_below_zero_are_not_enclosed() -> None:
    x, one = (INTERVAL.nodes - 1.7) / 1.4, np.ones(1)
    for h in (0.5 + 0.5 * x, 0.0 * x, -1.0 - 0.9 * x):
        pieces = Pieces.of(INTERVAL, h[None], np.full_like(h, 1e-12))
        assert not enclosed_maximum(pieces, one[:, None], one).inside[0]


def test_what_h_misses_at_the_nodes_is_part_of_the_error_of_its_piece() -> None:
    t, m = INTERVAL.nodes, INTERVAL.multiplier(INTERVAL.nodes)
    missed = np.zeros_like(t)
    missed[1, 3], missed[2] = 1e-6, 1e-7
    error = Pieces.of(INTERVAL, np.zeros((1, *t.shape)), missed).error
    largest = np.array([0.0, 1e-6 * m[1, 3], 1e-7 * m[2].max()])
    lebesgue = 1.0 + 2.0 / np.pi * np.log(14.0)
    assert np.all(error[:3] >= lebesgue * largest)
    assert np.all(error[:3] <= 1.01 * lebesgue * largest + 2e-15)


@pytest.mark.parametrize("seed", range(4))
def test_a_step_of_newtons_method_ends_near_the_stationary_point_of_the_right_piece(seed: int) -> None:
    for interval in INTERVALS[:2]:
        squares, t, exact = problem(seed, interval)
        at, pieces = t[np.argmax(exact, axis=1)], pieces_of(interval)
        order, powers, counts = module._on_pieces(pieces, squares)
        assert np.array_equal(np.sort(order), np.arange(len(squares)))
        piece = np.repeat(np.arange(len(counts)), counts)
        place = (at[order] - interval.low) / (2.0 * pieces.half)
        inner = (np.abs(place - np.round(place)) > 0.02) & (exact.max(axis=1)[order] > 1e-6)
        assert np.array_equal(piece[inner], np.floor(place[inner]))
        y = module._stationary_points(powers)
        _, slope, half_bend = module._taylor(powers, y)
        assert np.all(np.abs(slope[inner]) <= 1e-4 * np.abs(half_bend[inner]))
        assert np.all(np.abs(y) <= 1.0)


def test_taylor_coefficients_are_those_of_the_polynomials() -> None:
    powers = np.random.default_rng(3).standard_normal((DEGREE + 1, 6))
    y = np.array([-0.9, -0.3, 0.0, 0.2, 0.7, 0.95])
    found = module._taylor(powers, y)
    for k, at in enumerate(y):
        expected = [polynomial.polyval(at, polynomial.polyder(powers[:, k], n)) for n in range(3)]
        assert [found[0][k], found[1][k], 2.0 * found[2][k]] == pytest.approx(expected, rel=1e-11, abs=1e-11)
