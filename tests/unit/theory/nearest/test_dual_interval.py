"""Where the optimal multipliers of random points lie: Chernoff's bound, its crossings, the interval between them."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.theory.nearest.dual_interval import crossing, dual_interval, log_chernoff
from adversarial_spheres.theory.reference.quadratic_form import chernoff_log_bound

RNG = np.random.default_rng(8)
SPECTRA = {
    "plane": np.array([1.0, -1.0]),
    "few positive": np.concatenate([[1.0, 0.5], -RNG.uniform(0.1, 1.0, 60)]),
    "half": np.append(RNG.uniform(-1.0, 0.9, 99), 1.0),
    "wide": np.concatenate([[1.0, 1e-3], -np.logspace(-6, 3, 30)]),
}


@pytest.mark.parametrize("seed", range(6))
def test_chernoffs_bound_is_above_its_least_value_and_close(seed: int) -> None:
    rng = np.random.default_rng(seed)
    form = rng.normal(-0.4, 1.0, 12) * 10.0 ** rng.uniform(-5.0, 5.0)
    form *= np.where(form.sum() > 0.0, -1.0, 1.0)
    exact = float(chernoff_log_bound(form.tolist(), digits=20))
    assert exact <= log_chernoff(form) <= exact + 1e-7 * abs(exact) + 1e-9
    assert log_chernoff(3.0 * form) == pytest.approx(log_chernoff(form), rel=1e-13, abs=0.0)


def test_chernoff_is_trivial_where_the_mean_is_not_negative() -> None:
    assert log_chernoff(np.array([1.0, -1.0])) == 0.0
    assert log_chernoff(np.array([1.0, -0.5])) == 0.0
    assert log_chernoff(np.array([-1.0, 0.0])) == -np.inf
    assert log_chernoff(np.array([1e-30, -1.0])) < -30.0


def test_a_crossing_is_found_to_its_share_of_the_range() -> None:
    for where in (0.1, 1.0, 2.9):
        found = crossing(lambda t, where=where: t < where, 0.0, 3.0)
        assert abs(found - where) <= 3.0 / 2**10
    assert crossing(lambda _: True, 0.0, 3.0) > 3.0 - 3.0 / 2**10
    assert crossing(lambda _: False, 0.0, 3.0) < 3.0 / 2**10


def form_at(lam: np.ndarray, t: float) -> np.ndarray:
    largest = -lam.min()
    m = np.expm1(t) / (np.exp(t) + largest)
    return lam / (1.0 - m * lam) ** 2


@pytest.mark.parametrize("name", SPECTRA)
@pytest.mark.parametrize("left_out", [4e-3, 0.05])
def test_the_interval_ends_where_chernoff_says(name: str, left_out: float) -> None:
    lam = SPECTRA[name]
    interval = dual_interval(lam, left_out)
    assert interval is not None
    low, high, typical = interval
    level, step = np.log(left_out), (np.log1p(-lam.min()) + 40.0) / 2**9
    assert log_chernoff(-form_at(lam, high + step)) <= level + 1e-6
    assert log_chernoff(-form_at(lam, max(high - step, 0.0))) >= level - 1e-6
    if low > 0.0:
        assert log_chernoff(form_at(lam, low + step)) >= level - 1e-6
        assert log_chernoff(form_at(lam, max(low - step, 0.0))) <= level + 1e-6
    else:
        assert log_chernoff(lam) >= level
    middle = 0.5 * (low + high)
    m = np.expm1(middle) / (np.exp(middle) - lam.min())
    terms = lam / (1.0 - m * lam)
    assert typical == pytest.approx(max(abs(terms.mean()), 1e-3 * np.abs(terms).mean()), rel=1e-9)


def test_there_is_no_interval_where_hardly_any_point_is_correct() -> None:
    many = np.append(np.full(200, 1.0), -1.0)
    assert dual_interval(many) is None
    assert dual_interval(many, 1e-60) is not None


@pytest.mark.parametrize("name", SPECTRA)
def test_it_holds_nearly_all_optima(name: str) -> None:
    lam = SPECTRA[name]
    interval = dual_interval(lam, 0.02)
    assert interval is not None
    squares = np.random.default_rng(1).standard_normal((4000, lam.size)) ** 2
    correct = squares[squares @ lam < 0.0]
    beyond = (correct @ form_at(lam, interval[1]) < 0.0).sum()
    before = (correct @ form_at(lam, interval[0]) > 0.0).sum() if interval[0] > 0.0 else 0
    # a count above 140 of 4000 has a probability below 1e-9 at a share of 0.02
    assert max(beyond, before) <= 140
