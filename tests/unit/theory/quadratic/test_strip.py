"""The proved error of the trapezoid rule: bounds of the integrand about its path, and the rule against exact values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mpmath import mp

from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.theory.basics import products
from adversarial_spheres.theory.basics.errors import AccuracyError
from adversarial_spheres.theory.quadratic.contour import (
    Abscissa,
    cumulant,
    integrate,
    saddle_log_odds,
    scale,
    scratch_for,
)
from adversarial_spheres.theory.quadratic.form import positive_probability, promised_log_error
from adversarial_spheres.theory.quadratic.hyperbola import Path, Sizes
from adversarial_spheres.theory.quadratic.strip import Strip
from adversarial_spheres.theory.reference.quadratic_form import paired_tail, two_valued_tail

FORMS = {
    "two": [1.0, -1.0],
    "two that agreed by chance": [1.0] + [-0.5] * 2 + [-1.0] * 2 + [2e-5] * 49,
    "one positive": [0.001] + [-1.0] * 30,
    "one negative": [-1.0] + [0.1] * 9,
    "many": list(np.linspace(-1.0, 0.9, 40)),
    "all sizes": [1.0, 1e-3, -1e3, -2.0, 1e-9, -1e-200, 0.0],
}


def path_of(name: str) -> Path:
    form = scale(np.array([FORMS[name]]))
    at = Abscissa.from_log_odds(saddle_log_odds(form, pole=1.0, tolerance=1e-4))
    value, kappa = cumulant(form, at)
    return Path.through_saddle(kappa, at.v, value, np.zeros(1))


def log_size(path: Path, sine: float, cosh: float) -> float:
    """log abs(f) at a point given by its confocal coordinates."""
    with mp.workdps(40):
        cosine, sinh = mp.sqrt(1 - mp.mpf(sine) ** 2), mp.sqrt(mp.mpf(cosh) ** 2 - 1)
        z = mp.mpf(path.focus[0]) * mp.mpc(sine * mp.mpf(cosh) - mp.sin(path.angle[0]), cosine * sinh)
        factors = mp.fsum(mp.log(abs(1 - z * mp.mpf(float(k)))) for k in path.kappa[0])
        return float(-factors / 2 - mp.log(abs(1 + z / mp.mpf(path.v[0]))))


@pytest.mark.parametrize("name", FORMS)
def test_sizes_bound_the_integrand_and_not_by_much(name: str) -> None:
    path, rng = path_of(name), np.random.default_rng(1)
    sizes = Sizes(path)
    for _ in range(10):
        sine, cosh = float(rng.uniform(-0.95, 0.95)), float(np.cosh(rng.exponential(2.0)))
        exact = log_size(path, sine, cosh)
        assert 0.0 <= sizes.at(np.full((1, 1), sine), np.full((1, 1), cosh))[0, 0] - exact < 1e-9
        high = cosh * float(np.exp(rng.uniform(0.0, 0.5)))
        bound = sizes.over(*(np.full((1, 1), x) for x in (sine, cosh, high)))[0, 0]
        assert all(log_size(path, sine, c) <= bound for c in np.linspace(cosh, high, 7))
        # between two points of an ellipse: below the chord of the lowered values
        other = float(np.clip(sine + rng.uniform(-0.2, 0.2), -0.95, 0.95))
        ends = sizes.at(np.array([[sine], [other]]), np.full((2, 1), cosh), np.full((2, 1), (other - sine) ** 2 / 4.0))[
            :, 0
        ]
        for share in np.linspace(0.0, 1.0, 5):
            chord = ends[0] if share == 0.0 else ends[1] if share == 1.0 else ends[0] + share * (ends[1] - ends[0])
            assert log_size(path, sine + share * (other - sine), cosh) <= chord + 1e-12


@pytest.mark.parametrize("name", FORMS)
def test_few_nodes_have_an_error_that_the_bound_of_their_strip_covers(name: str) -> None:
    path, scratch = path_of(name), scratch_for(1, len(FORMS[name]))
    best = integrate(path, Strip.about(path), scratch)
    with pytest.MonkeyPatch.context() as patch:
        for target in (8.0, 12.0, 16.0, 22.0):
            patch.setattr("adversarial_spheres.theory.quadratic.strip._TARGET", target)
            rough = integrate(path, Strip.about(path), scratch)
            assert rough.nodes < best.nodes
            assert 1e-13 < rough.error[0] < 30.0 * np.exp(-target) * max(1.0, -path.cumulant[0])
            assert abs(rough.value[0] - best.value[0]) <= rough.error[0] * abs(rough.value[0]) + 1e-14


@pytest.mark.parametrize("name", FORMS)
def test_more_nodes_than_a_strip_asks_for_change_nothing_beyond_its_error(name: str) -> None:
    path, scratch = path_of(name), scratch_for(1, len(FORMS[name]))
    strip = Strip.about(path)
    some, more = integrate(path, strip, scratch), integrate(path, replace(strip, count=strip.count + 13), scratch)
    assert abs(some.value[0] / more.value[0] - 1.0) <= some.error[0] + more.error[0]


def paired(rng: np.random.Generator) -> tuple[np.ndarray, tuple]:
    """Pairs: few large coefficients of both signs, many small ones of one; coefficients, log P and log(1 - P)."""
    sign = float(rng.choice([-1.0, 1.0]))
    few = np.exp(rng.normal(0.0, 0.5, rng.integers(1, 4)))
    against = np.exp(rng.normal(0.0, 0.5, rng.integers(1, 4)))
    small, pairs = 10.0 ** rng.uniform(-5.0, -3.3), int(rng.integers(25, 101))
    c = np.concatenate([np.repeat(sign * few, 2), np.repeat(-sign * against, 2), np.full(2 * pairs, -sign * small)])
    repeated = [(-sign * x, 1) for x in against] + [(-sign * small, pairs)]
    return c, paired_tail(sign * few, repeated, digits=30)


def two_valued(rng: np.random.Generator) -> tuple[np.ndarray, tuple]:
    """One to three coefficients against many of the other sign, near the balance of both."""
    few, many = int(rng.integers(1, 4)), int(np.exp(rng.uniform(0.0, 7.0)))
    ratio = few / many * float(np.exp(rng.normal(0.0, rng.choice([1e-9, 0.5]))))
    sign = float(rng.choice([-1.0, 1.0]))
    law = two_valued_tail(few, many, ratio, digits=40)
    return sign * np.repeat([1.0, -ratio], [few, many]), law if sign > 0.0 else law[::-1]


@pytest.mark.parametrize(("worth", "draws"), [(products._WORTH, 100), (0, 40)])
@pytest.mark.parametrize("family", [paired, two_valued])
def test_told_errors_cover_true_ones(family, worth: int, draws: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "_WORTH", worth)  # 0: moments of all small coefficients
    rng = block_generator(21)
    for _ in range(draws):
        c, (log, rest) = family(rng)
        tail = positive_probability(c)
        assert abs(tail.probability.log - log) <= tail.log_error, c
        assert abs(tail.probability.log_complement - rest) <= tail.log_error, c
        assert tail.log_error <= promised_log_error(tail.probability, len(c))


def test_spectra_of_all_sizes_cause_no_warning_and_hardly_any_refusal() -> None:
    rng, refused = block_generator(22), 0
    for _ in range(200):
        dim = int(np.exp(rng.uniform(np.log(2.0), 5.0)))
        signs = rng.choice([-1.0, 1.0], dim)
        c = signs * 10.0 ** rng.choice([rng.uniform(-300.0, 300.0, dim), rng.uniform(-20.0, 20.0, dim)])
        try:
            positive_probability(c if rng.random() < 0.7 else signs * (1.0 + 1e-12 * rng.standard_normal(dim)))
        except AccuracyError:
            refused += 1
    assert refused <= 2
