"""The contour of the exact tail: scaling, saddle points, the path of steepest descent, and what its nodes are worth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mpmath import mp

from adversarial_spheres.theory.basics.errors import AccuracyError
from adversarial_spheres.theory.quadratic import contour, strip
from adversarial_spheres.theory.quadratic.contour import (
    Abscissa,
    cumulant,
    integrate,
    rounded_off,
    saddle_log_odds,
    scale,
    scratch_for,
)
from adversarial_spheres.theory.quadratic.hyperbola import Path
from adversarial_spheres.theory.quadratic.strip import Strip

RNG = np.random.default_rng(11)
ROWS = {
    "one positive": np.concatenate([[1.0], -RNG.uniform(0.1, 1.0, 9)])[None, :],
    "near the middle": RNG.normal(-0.01, 1.0, (3, 20)),
    "far tail": RNG.normal(-0.5, 0.4, (3, 60)),
    "wide": np.array([[1.0, 1e-3, -1e3, -2.0], [1e-6, -1.0, -1e6, -1e-9]]),
    "many equal": np.repeat([1.0, -1.0], [3, 300])[None, :],
    "zeros and tiny": np.array([[1e-290, 0.0, -2e-290, 0.0, -1e-291]]),
}
ROWS = {name: rows * np.where(rows.sum(axis=1) > 0.0, -1.0, 1.0)[:, None] for name, rows in ROWS.items()}


def exponent(row: np.ndarray, v: mp.mpf, pole: int) -> mp.mpf:
    """F(v) = -1/2 sum log(1 - v r) - pole log v."""
    top = mp.mpf(float(row.max()))
    return -mp.fsum(mp.log(1 - v * mp.mpf(float(c)) / top) for c in row) / 2 - pole * mp.log(v)


@pytest.mark.parametrize("name", ROWS)
def test_scaling_takes_powers_of_two_out_and_nothing_else(name: str) -> None:
    rows = ROWS[name]
    form = scale(rows)
    assert np.all(np.abs(form.ratio) <= 1.0)
    assert np.all((form.top >= 0.5) & (form.top < 1.0))
    np.testing.assert_array_equal(form.ratio / form.top / form.unit, rows / rows.max(axis=1, keepdims=True))
    np.testing.assert_array_equal(form.lift, -np.log2(form.unit).sum(axis=1))
    assert np.all(form.unit[rows >= 0.0] == 1.0)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("pole", [0, 1])
def test_saddle_points_are_where_the_slope_vanishes(name: str, pole: int) -> None:
    form = scale(ROWS[name])
    log_odds = saddle_log_odds(form, pole=float(pole), tolerance=1e-8)
    for row, y in zip(ROWS[name], log_odds, strict=True):
        with mp.workdps(40):
            v = 1 / (1 + mp.exp(-mp.mpf(y)))
            slope, curvature = (mp.diff(lambda x, row=row: exponent(row, x, pole), v, n) for n in (1, 2))
            assert abs(slope) <= 2e-8 * mp.sqrt(curvature)


def test_an_abscissa_has_26_bits_in_the_smaller_of_both_sides() -> None:
    log_odds = np.array([-30.0, -1.0, 0.0, 0.7, 20.0])
    at = Abscissa.from_log_odds(log_odds)
    mantissa = np.frexp(at.short)[0] * 2.0**26
    np.testing.assert_array_equal(mantissa, np.round(mantissa))
    np.testing.assert_allclose(at.short, 1.0 / (1.0 + np.exp(np.abs(log_odds))), rtol=2.0**-26)
    assert at.is_small.tolist() == [True, True, True, False, False]
    np.testing.assert_allclose(at.v, 1.0 / (1.0 + np.exp(-log_odds)), rtol=2.0**-26)
    np.testing.assert_allclose(at.log_v, np.log(at.v), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("name", ROWS)
def test_the_cumulant_has_one_rounding(name: str) -> None:
    form = scale(ROWS[name])
    at = Abscissa.from_log_odds(saddle_log_odds(form, pole=1.0, tolerance=1e-4))
    value, kappa = cumulant(form, at)
    for row, found, at_row, short, small in zip(ROWS[name], value, kappa, at.short, at.is_small, strict=True):
        with mp.workdps(40):
            v = mp.mpf(float(short)) if small else 1 - mp.mpf(float(short))
            top = mp.mpf(float(row.max()))
            exact = exponent(row, v, 0)
            assert abs(found - exact) <= 2.0**-52 * (1 + abs(exact))
            ratios = [mp.mpf(float(c)) / top for c in row]
            for k, r in zip(at_row, ratios, strict=True):
                assert abs(k - r / (1 - v * r)) <= 2.0**-51 * abs(r / (1 - v * r))


def path_of(rows: np.ndarray, shift: float = 0.0) -> tuple[Path, np.ndarray]:
    """The path through the saddle point, or beside it, and the log of the integral's factor there."""
    form = scale(rows)
    at = Abscissa.from_log_odds(saddle_log_odds(form, pole=1.0, tolerance=1e-4) + shift)
    value, kappa = cumulant(form, at)
    return Path.through_saddle(kappa, at.v, value, rounded_off(form, at, kappa)), value - at.log_v


@pytest.mark.parametrize("name", ROWS)
def test_what_was_rounded_off_the_kappas_is_known(name: str) -> None:
    form = scale(ROWS[name])
    at = Abscissa.from_log_odds(saddle_log_odds(form, pole=1.0, tolerance=1e-4))
    kappa = cumulant(form, at)[1]
    for row, short, small, rounded, lost in zip(
        ROWS[name], at.short, at.is_small, kappa, rounded_off(form, at, kappa), strict=True
    ):
        with mp.workdps(60):
            v = mp.mpf(float(short)) if small else 1 - mp.mpf(float(short))
            ratios = [mp.mpf(float(c)) / mp.mpf(float(row.max())) for c in row]
            exact = mp.fsum(r / (1 - v * r) - mp.mpf(float(k)) for r, k in zip(ratios, rounded, strict=True))
            assert abs(lost - exact) <= 2.0**-48 * abs(exact) + 2.0**-100 * np.abs(rounded).max()


@pytest.mark.parametrize("name", ROWS)
def test_any_path_gives_the_same_integral_within_the_errors_told(name: str) -> None:
    (path, factor), scratch = path_of(ROWS[name]), scratch_for(*ROWS[name].shape)
    best = integrate(path, Strip.about(path), scratch)
    assert np.all((best.error < 1e-13) & (best.error >= 5.0 * contour.EPS))
    for angle in (0.0, 0.3, -0.3):
        focus = 0.9 * path.focus * (1.0 - np.abs(np.sin(path.angle))) / (1.0 + abs(np.sin(angle)))
        bent = replace(path, focus=focus, angle=np.full_like(focus, angle), rounded_off=0.0 * focus)
        other = integrate(bent, Strip.about(bent), scratch)
        assert np.all(np.abs(other.value / best.value - 1.0) <= best.error + other.error)
    # another abscissa: exp(K)/v times the integral is the probability
    shifted, other_factor = path_of(ROWS[name], -0.05)
    other = integrate(shifted, Strip.about(shifted), scratch)
    first, second = factor + np.log(best.value), other_factor + np.log(other.value)
    np.testing.assert_allclose(first, second, rtol=4e-15, atol=4e-15)


def test_too_many_nodes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = path_of(ROWS["wide"])
    monkeypatch.setattr(strip, "_MOST_NODES", 10.0)
    with pytest.raises(AccuracyError, match="asks for too many nodes") as caught:
        integrate(path, Strip.about(path), scratch_for(2, 4))
    assert caught.value.best_estimate.shape == (2,)


def test_a_saddle_point_that_is_not_found_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contour, "_MAX_STEPS", 1)
    with pytest.raises(AccuracyError, match="saddle point of the quadratic form was not found") as caught:
        saddle_log_odds(scale(ROWS["wide"]), pole=1.0, tolerance=1e-8)
    assert caught.value.best_estimate.shape == (2,)
