"""The tail of one coordinate: pieces, the quality of the first guess, the order of the steps, the shift."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp

from adversarial_spheres.theory.basics.errors import AccuracyError
from adversarial_spheres.theory.caps import tail as module
from adversarial_spheres.theory.caps.tail import (
    height_and_s2,
    in_chunks,
    log_measure,
    log_norm,
    scaled_tail,
    shifted,
    solve_log_measure,
)
from adversarial_spheres.theory.caps.tail_series import first_guess, integrated_tail
from adversarial_spheres.theory.reference.caps import cap_log_measure, log_gamma_ratio

N = np.array([1.0, 2.0, 5.0, 19.0, 20.0, 26.0, 40.0, 499.0, 1e6])


def test_pieces_give_what_the_whole_does(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = np.arange(11.0), np.arange(11.0) ** 2
    seen = []

    def total(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        seen.append(len(a))
        return a + 2.0 * b

    for size, pieces in ((4, [4, 4, 3]), (11, [11]), (12, [11]), (1, [1] * 11)):
        seen.clear()
        monkeypatch.setattr(module, "CHUNK", size)
        np.testing.assert_array_equal(in_chunks(total, x, y), x + 2.0 * y)
        assert seen == pieces


@pytest.mark.parametrize("height", [0.0, 1e-9, 0.3, 0.9, 1.0])
def test_the_scaled_tail_is_its_integral(height: float) -> None:
    found = scaled_tail(np.full(len(N), height), N)
    alone = np.array([scaled_tail(np.array([height]), N[i : i + 1]).item() for i in range(len(N))])
    np.testing.assert_allclose(found, alone, rtol=3e-15)
    integrated = integrated_tail(np.full(len(N), height), N)
    for n, series, integral in zip(N, found, integrated, strict=True):
        with mp.workdps(40):
            # P = G(n)/sqrt(pi) sin(phi)^n J
            log_sin = mp.log(1 - mp.mpf(height) ** 2) / 2 if height < 1.0 else mp.mpf(0)
            log_p = cap_log_measure(height, int(n) + 1, digits=25).log
            log_j = log_p - n * log_sin - log_gamma_ratio(n) + mp.log(mp.pi) / 2 if height < 1.0 else -mp.log(n)
        assert series == pytest.approx(float(mp.exp(log_j)), rel=1.5e-14, abs=0.0)
        assert integral == pytest.approx(float(mp.exp(log_j)), rel=8e-15, abs=0.0)


def test_the_constant_of_the_density() -> None:
    for n in (1.0, 31.0, 32.0, 33.0, 34.0, 1e9):
        exact = log_gamma_ratio(n) - mp.log(mp.pi) / 2
        assert abs(float(log_norm(np.array([n])).item() - exact)) <= 4e-15 * max(1.0, abs(float(exact)))


@pytest.mark.parametrize("n", [1.0, 10.0, 499.0, 1e9])
def test_the_first_guess_is_near(n: float) -> None:
    wanted = -np.append(np.log(2.0) + np.logspace(-8.0, 1.0, 60), np.logspace(1.0, 6.0, 60))
    dims = np.full_like(wanted, n)
    c = first_guess(wanted, dims)
    found = log_measure(height_and_s2(c)[0], c, dims)
    assert np.abs(found - wanted).max() <= 2e-3
    assert np.abs(found - wanted).max() >= 1e-7


def test_heights_keep_their_digits_next_to_the_equator() -> None:
    for n in (1.0, 3.0, 499.0, 1e6):
        h = np.geomspace(1e-12, 1e-2, 60) / np.sqrt(n)
        log_p = np.log1p(-2.0 * h * np.exp(log_norm(np.array([n])))) - np.log(2.0)  # but for the square of h sqrt(n)
        found = height_and_s2(solve_log_measure(log_p, np.full(60, n)))[0]
        assert np.all(np.abs(found - h) * np.sqrt(n) <= 3e-15 + (h * np.sqrt(n)) ** 3)


@pytest.mark.parametrize("n", [2.0, 40.0, 499.0, 1e6])
def test_a_step_is_of_fourth_order(n: float) -> None:
    start = np.array([0.1, 1.0, 5.0]) / n
    dims = np.full(3, n)

    def miss(change: float) -> np.ndarray:
        h, _ = height_and_s2(start)
        step = module._psi_step(np.full(3, change), h, dims, scaled_tail(h, dims))
        moved = shifted(start, h, step)
        after = log_measure(height_and_s2(moved)[0], moved, dims)
        return np.abs(after - log_measure(h, start, dims) - change)

    for sign in (-1.0, 1.0):
        large, small = miss(sign * 0.04), miss(sign * 0.02)
        assert np.all(large <= 0.04**5)
        # the fifth power: a factor of 32, of 16 if one term were off
        assert np.all(small <= large / 25.0 + 1e-14)


def test_long_steps_are_newtons() -> None:
    h, n = np.array([0.5]), np.array([30.0])
    tail = scaled_tail(h, n)
    for change in (-5.0, -0.5, 0.5, 5.0):
        np.testing.assert_allclose(module._psi_step(np.array([change]), h, n, tail), -tail * change, rtol=1e-15)


@pytest.mark.parametrize("height", [0.0, 0.3, 0.95])
def test_shifts_add_in_the_hyperbolic_angle(height: float) -> None:
    h = np.array([height])
    c = -0.5 * np.log1p(-(h**2))
    for step in (-0.999, -0.2, 0.0, 1e-8, 0.5, 1.0, 1.001, 7.0, 300.0):
        psi = np.arctanh(height) + step
        with mp.workdps(30):
            exact = mp.log(mp.cosh(max(mp.mpf(psi), 0)))
        if psi >= 0.0:
            assert shifted(c, h, np.array([step])).item() == pytest.approx(float(exact), rel=1e-13, abs=3e-16)
    assert shifted(c, h, np.array([-9.0])).item() == 0.0


def test_heights_from_c_and_back() -> None:
    for c in (0.0, 1e-20, 0.1, 1.0, 300.0, 1e6, np.inf):
        h, s2 = height_and_s2(np.array([c]))
        assert s2.item() == pytest.approx(np.exp(-2.0 * c), rel=1e-15, abs=0.0)
        assert h.item() == pytest.approx(float(mp.sqrt(-mp.expm1(-2 * mp.mpf(c)))), rel=1e-15, abs=0.0)


def test_equal_shares_empty_caps_and_what_does_not_converge(monkeypatch: pytest.MonkeyPatch) -> None:
    found = solve_log_measure(np.array([[np.log(0.5), -np.inf, -3.0]]), np.array([[9.0, 9.0, 9.0]]))
    assert found.shape == (1, 3)
    assert found[0, :2].tolist() == [0.0, np.inf]
    assert log_measure(height_and_s2(found[:, 2])[0], found[:, 2], np.array([9.0])).item() == pytest.approx(
        -3.0, rel=1e-14, abs=0.0
    )
    monkeypatch.setattr(module, "_MAX_STEPS", 0)
    with pytest.raises(AccuracyError, match="height of a cap did not converge") as caught:
        solve_log_measure(np.array([-3.0]), np.array([9.0]))
    assert caught.value.best_estimate.shape == (1,)


def test_one_step_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_STEPS", 1)
    for n in (1.0, 2.0, 3.0, 10.0, 1e3, 1e9):
        wanted = -np.logspace(np.log10(0.6932), 6.0, 200)
        c = solve_log_measure(wanted, np.full(200, n))
        found = log_measure(height_and_s2(c)[0], c, np.full(200, n))
        np.testing.assert_allclose(found, wanted, rtol=1e-13)
