"""The contour of the exact tail: scaling, saddle points, the path of steepest descent, and what its nodes are worth."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp

from adversarial_spheres.theory import contour
from adversarial_spheres.theory.contour import Abscissa, Path, cumulant, integrate, saddle_log_odds, scale, scratch_for
from adversarial_spheres.theory.errors import AccuracyError

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


@pytest.mark.parametrize("name", ROWS)
def test_the_path_leaves_the_saddle_as_its_derivatives_say(name: str) -> None:
    form = scale(ROWS[name])
    at = Abscissa.from_log_odds(saddle_log_odds(form, pole=1.0, tolerance=1e-8))
    path = Path.through_saddle(cumulant(form, at)[1], at.v)
    for row, v, width, angle in zip(ROWS[name], path.v, path.width, path.angle, strict=True):
        with mp.workdps(40):
            second, third = (mp.diff(lambda x, row=row: exponent(row, x, 1), mp.mpf(v), n) for n in (2, 3))
            exact_width = 1 / mp.sqrt(second)
            skewness = float(exact_width**3 * third)
            spread = float(exact_width) * float(
                mp.fsum(abs(mp.mpf(float(c)) / (mp.mpf(float(row.max())) - mp.mpf(v) * mp.mpf(float(c)))) for c in row)
            )
        assert width == pytest.approx(float(exact_width), rel=1e-9)
        bent = abs(skewness) > 0.2 and spread < 16.0
        expected = np.arcsin(np.clip(skewness / 2.5, -np.sqrt(0.5), np.sqrt(0.5))) if bent else 0.0
        assert angle == pytest.approx(float(expected), rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("name", ROWS)
def test_any_path_gives_the_same_integral_within_the_errors_told(name: str) -> None:
    form = scale(ROWS[name])
    at = Abscissa.from_log_odds(saddle_log_odds(form, pole=1.0, tolerance=1e-4))
    value, kappa = cumulant(form, at)
    path = Path.through_saddle(kappa, at.v)
    scratch = scratch_for(*kappa.shape)
    best = integrate(path, scratch)
    assert np.all(best.error < 1e-13)
    assert np.all(best.error >= 4.0 * contour.EPS)  # four roundings of sums that are no smaller than their value
    for angle in (0.0, 0.1, -0.1):
        other = integrate(Path(kappa, at.v, 0.9 * path.width, np.full(len(kappa), angle)), scratch)
        off = np.abs(other.value / best.value - 1.0)
        assert np.all(off <= best.error + other.error + 4e-16)
    # another abscissa: exp(K)/v times the integral is the probability
    shifted = Abscissa.from_log_odds(np.log(at.v / (1.0 - at.v)) - 0.05)
    other_value, other_kappa = cumulant(form, shifted)
    other = integrate(Path.through_saddle(other_kappa, shifted.v), scratch)
    first = value + np.log(best.value) - at.log_v
    second = other_value + np.log(other.value) - shifted.log_v
    np.testing.assert_allclose(first, second, rtol=4e-15, atol=4e-15)


def test_what_does_not_converge_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    form = scale(ROWS["wide"])
    monkeypatch.setattr(contour, "_MAX_LEVELS", 0)
    at = Abscissa.from_log_odds(saddle_log_odds(form, pole=1.0, tolerance=1e-4))
    path = Path.through_saddle(cumulant(form, at)[1], at.v)
    with pytest.raises(AccuracyError, match="did not converge") as caught:
        integrate(path, scratch_for(2, 4))
    assert caught.value.best_estimate.shape == (2,)
    monkeypatch.setattr(contour, "_MAX_STEPS", 1)
    with pytest.raises(AccuracyError, match="saddle point of the quadratic form was not found") as caught:
        saddle_log_odds(form, pole=1.0, tolerance=1e-8)
    assert caught.value.best_estimate.shape == (2,)
