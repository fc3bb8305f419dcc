"""Quadratic forms in full: against closed forms, laws and the twin; errors within the bound that is claimed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf
from scipy import special, stats

from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.quadratic.form import positive_probability
from adversarial_spheres.theory.quadratic.general import (
    quadratic_form_log_density,
    quadratic_form_quantile,
    quadratic_form_tail,
)
from adversarial_spheres.theory.quadratic.sloped import sloped_form_tail
from adversarial_spheres.theory.quadratic.tilted import SlopedForm, saddle, tilt
from adversarial_spheres.theory.quadratic.tilted_integral import integrate_tilted
from adversarial_spheres.theory.reference import general_form as twin
from adversarial_spheres.theory.reference.quadratic_form import paired_tail

Form = dict[str, Any]


def random_form(rng: np.random.Generator) -> Form:
    """Weights of four orders of magnitude, degrees, noncentralities (some 0), in half of them a normal term."""
    n = int(rng.integers(1, 9))
    weights = rng.normal(size=n) * 10.0 ** rng.uniform(-2.0, 2.0, n)
    return {
        "weights": np.abs(weights) if rng.random() < 0.3 else weights,
        "degrees": rng.integers(1, 7, n).astype(float),
        "noncentrality": rng.choice([0.0, 1.0], n) * rng.uniform(0.0, 25.0, n),
        "normal": float(rng.choice([0.0, 1.0]) * 10.0 ** rng.uniform(-2.0, 2.0)),
    }


def random_level(rng: np.random.Generator) -> LogProbability:
    """Either tail, half of them between 1/2 and 1e-10, half down to 1e-295."""
    p = LogProbability.from_log10(-float(rng.uniform(0.31, 10.0) if rng.random() < 0.5 else rng.uniform(10.0, 295.0)))
    return p if rng.random() < 0.5 else p.complement


def check_case(seed: int) -> None:
    """A random form at a random quantile agrees with the twin within the claimed error, which keeps the promise."""
    rng = np.random.default_rng([171, seed])
    form, level = random_form(rng), random_level(rng)
    q = float(quadratic_form_quantile(level, **form))
    found = quadratic_form_tail(q, **form)
    exact = twin.tail(q, *(list(form[name]) for name in ("weights", "degrees", "noncentrality")), form["normal"])
    logs = found.probability.log, found.probability.log_complement
    for ours, theirs in zip(logs, exact, strict=True):
        assert abs(mpf(float(ours)) - theirs) <= min(float(found.log_error), 1e-12)
    assert min(abs(float(level.log - logs[1])), abs(float(level.log_complement - logs[0]))) < 1e-10
    value, error = quadratic_form_log_density(q, **form)
    density = twin.log_density(q, *(list(form[n]) for n in ("weights", "degrees", "noncentrality")), form["normal"])
    assert abs(mpf(float(value)) - density) <= float(error) <= 1e-10


@pytest.mark.parametrize("seed", range(4))
def test_random_forms_agree_with_the_twin(seed: int) -> None:
    check_case(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4, 504))
def test_500_random_forms_agree_with_the_twin(seed: int) -> None:
    check_case(seed)


@pytest.mark.parametrize("degrees", [1, 2, 3, 17, 400])
def test_one_weight_is_a_chi_square(degrees: int) -> None:
    q = np.array([0.01, 0.5, 1.0, 1.5, 4.0]) * degrees
    found = quadratic_form_tail(3.0 * q, [3.0], degrees=degrees)
    for i, x in enumerate(q):
        with mp.workdps(40):
            above = mp.log(mp.gammainc(mpf(degrees) / 2, mpf(3.0 * x) / 6, regularized=True))
            below = mp.log(mp.gammainc(mpf(degrees) / 2, 0, mpf(3.0 * x) / 6, regularized=True))
        assert abs(mpf(float(found[i].probability.log)) - above) <= found[i].log_error <= 1e-11
        assert abs(mpf(float(found[i].probability.log_complement)) - below) <= found[i].log_error


def test_one_weight_is_a_noncentral_chi_square() -> None:
    for degrees, delta in ((1.0, 4.0), (3.0, 30.0), (2.5, 0.1)):
        q = np.array([1.0, 10.0, 60.0])
        found = quadratic_form_tail(q, [1.0], degrees=degrees, noncentrality=delta).probability
        assert np.allclose(found.probability, stats.ncx2.sf(q, degrees, delta), rtol=1e-9)
        assert np.allclose(found.complement.probability, stats.ncx2.cdf(q, degrees, delta), rtol=1e-9)


def test_even_degrees_are_sums_of_exponentials() -> None:
    """Pairs of squares have a closed form, here at 40 digits."""
    above, below = paired_tail([3, 2], [(-1, 2), (mpf(-1) / 2, 3)])
    found = quadratic_form_tail(0.0, [3.0, 2.0, -1.0, -0.5], degrees=[2, 2, 4, 6])
    assert abs(found.probability.log - above) <= found.log_error < 1e-12
    assert abs(found.probability.log_complement - below) <= found.log_error


def test_without_a_threshold_it_is_the_tail_that_networks_have() -> None:
    rng = np.random.default_rng(5)
    for _ in range(8):
        c = rng.normal(-0.4, 1.0, 30)
        old, new = positive_probability(c), quadratic_form_tail(0.0, c)
        assert abs(old.probability.log - new.probability.log) <= old.log_error + new.log_error


def test_only_a_normal_term() -> None:
    for weights in ([0.0], [0.0, 0.0]):
        found = quadratic_form_tail([-80.0, 0.0, 2.0, 76.0], weights, normal=2.0)
        assert np.allclose(found.probability.log, special.log_ndtr([40.0, 0.0, -1.0, -38.0]), rtol=1e-14)
    assert quadratic_form_log_density(1.0, [0.0], normal=2.0)[0] == pytest.approx(stats.norm.logpdf(1.0, 0.0, 2.0))


def test_a_normal_term_alone_keeps_the_promise_or_raises() -> None:
    with pytest.raises(AccuracyError):  # the tail is not 0
        quadratic_form_tail(1e200, [0.0], normal=1.0)
    with pytest.raises(AccuracyError):
        quadratic_form_log_density(-1e200, [0.0], normal=1.0)
    with pytest.raises(AccuracyError):
        sloped_form_tail(40.0, [], [], normal=1.0, accuracy=1e-18)


def test_constants_and_ends_of_the_support() -> None:
    assert quadratic_form_tail([-1.0, 0.0, 1.0], [0.0]).probability.log.tolist() == [0.0, -np.inf, -np.inf]
    assert quadratic_form_tail([-1.0, 0.0], [2.0, 1.0]).probability.log.tolist() == [0.0, 0.0]
    assert quadratic_form_tail([0.0, 1.0], [-2.0, -1.0]).probability.log.tolist() == [-np.inf, -np.inf]
    assert quadratic_form_log_density(-1.0, [2.0, 1.0])[0] == -np.inf


@pytest.mark.parametrize("seed", range(6))
def test_laws(seed: int) -> None:
    """Falling in q, scaling, sign, complement; a convolution by degrees is one form."""
    rng = np.random.default_rng([18, seed])
    form = random_form(rng)
    weights = form["weights"]
    mean = float((weights * (form["degrees"] + form["noncentrality"])).sum())
    spread = float(np.sqrt((weights**2 * (form["degrees"] + form["noncentrality"])).sum())) + form["normal"]
    q = mean + spread * np.array([-8.0, -3.0, -1.0, 0.0, 1.0, 3.0, 8.0, 30.0])
    found = quadratic_form_tail(q, **form).probability
    assert np.all(np.diff(found.log) <= 0.0)
    assert np.all(np.diff(found.log_complement) >= 0.0)
    assert np.allclose(np.exp(found.log) + np.exp(found.log_complement), 1.0, atol=1e-12)
    scaled = {**form, "weights": 7.0 * weights, "normal": 7.0 * form["normal"]}
    assert np.allclose(quadratic_form_tail(7.0 * q, **scaled).probability.log, found.log, rtol=1e-11, atol=1e-12)
    turned = quadratic_form_tail(-q, **{**form, "weights": -weights}).probability
    assert np.allclose(turned.log_complement, found.log, rtol=1e-11, atol=1e-12)
    halves = {
        "weights": np.repeat(weights, 2),
        "degrees": np.repeat(0.5 * form["degrees"], 2),
        "noncentrality": np.repeat(0.5 * form["noncentrality"], 2),
        "normal": form["normal"],
    }
    assert np.allclose(quadratic_form_tail(q, **halves).probability.log, found.log, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_the_tail_is_the_integral_of_the_density(seed: int) -> None:
    form = random_form(np.random.default_rng([19, seed]))
    low, high = quadratic_form_quantile([0.2, 0.7], **form)
    x, g = np.polynomial.legendre.leggauss(40)
    density = np.exp(quadratic_form_log_density(0.5 * (low + high) + 0.5 * (high - low) * x, **form)[0])
    assert 0.5 * (high - low) * (g @ density) == pytest.approx(0.5, rel=1e-6)


def test_the_convolution_with_a_normal_variable() -> None:
    """P(chi^2_2 + s N > q), in closed form by completing the square."""
    s, q = 0.7, 5.0
    exact = special.ndtr(-q / s) + np.exp(s * s / 8.0 - q / 2.0) * special.ndtr(q / s - s / 2.0)
    assert quadratic_form_tail(q, [1.0], degrees=2, normal=s).probability.probability == pytest.approx(exact, rel=1e-13)


def test_the_integral_is_within_its_bound() -> None:
    one = np.ones(1)
    form = SlopedForm.noncentral(one, 3.0 * one, one, 0.0, 0)
    log, error, nodes = integrate_tilted(tilt(form, 12.0, saddle(form, 12.0, 1), 1))
    exact = twin.tail(12, [1], [3], [1])[0]
    assert abs(mpf(log) - exact) <= error < 1e-13
    assert 10 < nodes < 200


@pytest.mark.parametrize("q", [1e-3, 1.0, 50.0, 3000.0])
def test_many_weights(q: float) -> None:
    """Two halves of 400 equal weights are one chi-square."""
    found = quadratic_form_tail(q, np.full(400, 0.5), degrees=2)
    with mp.workdps(40):
        below = mp.log(mp.gammainc(400, 0, mpf(q), regularized=True))
        assert abs(mpf(float(found.probability.log_complement)) - below) <= found.log_error


def test_batches_are_single_calls() -> None:
    q = np.array([[0.5, 3.0], [9.0, 100.0]])
    batch = quadratic_form_tail(q, [1.0, -0.5], degrees=[2, 3])
    assert batch.log_error.shape == batch.nodes.shape == (2, 2)
    for i in np.ndindex(2, 2):
        assert batch[i].probability.log == quadratic_form_tail(q[i], [1.0, -0.5], degrees=[2, 3]).probability.log


def test_what_cannot_be_kept_is_refused() -> None:
    assert quadratic_form_tail(4.0, [1.0, -0.5], noncentrality=3.0, accuracy=1e-6).log_error < 1e-12
    with pytest.raises(AccuracyError):
        quadratic_form_tail(4.0, [1.0, -0.5], noncentrality=3.0, accuracy=1e-18)


def test_thresholds_whose_squares_vanish_are_refused() -> None:
    for q in (1e-200, 1e-300):
        with pytest.raises(AccuracyError):
            quadratic_form_tail(q, [1.0])
    with pytest.raises(AccuracyError):
        sloped_form_tail(1.0, [1e300], [1.0], normal=1.0)


@pytest.mark.parametrize("noncentrality", [1e3, 1e6, 1e9, 1e12, 1e15])
def test_large_noncentralities_that_cancel(noncentrality: float) -> None:
    """Twice one law with opposite signs is above 0 half of the time; with slopes it tends to a normal law."""
    half = quadratic_form_tail(0.0, [1.0, -1.0], noncentrality=noncentrality)
    assert abs(half.probability.log + np.log(2.0)) <= half.log_error < 1e-12
    weight = 0.5 / np.sqrt(noncentrality)  # w (g + 1/(2 w))^2 = g + 1/(4 w) and w g^2
    for side in (1.0, -1.0):
        found = sloped_form_tail([1.0, 4.0], [side * weight], [1.0])
        assert found.log_error.max() < 1e-12
        np.testing.assert_allclose(found.probability.log, special.log_ndtr([-1.0, -4.0]), atol=100.0 * weight)


@pytest.mark.parametrize(
    ("weight", "q"),
    [(0.1, 15.0), (1e-4, 0.3), *(pytest.param(w, q, marks=pytest.mark.slow) for w, q in [(-0.01, 15.0), (-1e-6, 4.0)])],
)
def test_small_weights_beside_their_slopes_agree_with_the_twin(weight: float, q: float) -> None:
    found = sloped_form_tail(q, [weight, 0.3], [1.0, 0.2])
    with mp.workdps(60):
        w, v = mpf(weight), mpf(0.3)
        squares = [1 / (4 * w * w), mpf(0.2) ** 2 / (4 * v * v)]
        exact = twin.tail(mpf(q) + w * squares[0] + v * squares[1], [w, v], [1, 1], squares)
        for ours, theirs in zip((found.probability.log, found.probability.log_complement), exact, strict=True):
            assert abs(mpf(float(ours)) - theirs) <= found.log_error < 1e-12


@pytest.mark.parametrize(
    "arguments",
    [
        (np.nan, [1.0], {}),
        (1.0, [np.inf], {}),
        (1.0, [], {}),
        (1.0, [[1.0]], {}),
        (1.0, [1.0], {"degrees": 0.0}),
        (1.0, [1.0], {"degrees": [1.0, 2.0]}),
        (1.0, [1.0, 2.0], {"noncentrality": [-1.0, 0.0]}),
        (1.0, [1.0], {"normal": -1.0}),
    ],
)
def test_bad_arguments(arguments: tuple[Any, Any, Form]) -> None:
    q, weights, rest = arguments
    with pytest.raises(InvalidArgumentError):
        quadratic_form_tail(q, weights, **rest)


def test_quantiles_beside_the_end_of_the_support() -> None:
    """P(chi^2_1 <= q) is sqrt(2 q / pi) for small q: the quantile of 1e-30 is pi/2 1e-60."""
    found = quadratic_form_quantile(LogProbability.from_log10(-30.0), [2.0])
    assert found == pytest.approx(np.pi * 1e-60, rel=1e-10)
    turned = quadratic_form_quantile(LogProbability.from_log10(-30.0).complement, [-2.0])
    assert turned == pytest.approx(-np.pi * 1e-60, rel=1e-10)


def test_quantiles_need_a_level_inside() -> None:
    for level in (0.0, 1.0, -0.1):
        with pytest.raises(InvalidArgumentError):
            quadratic_form_quantile(level, [1.0])
    for function in (quadratic_form_quantile, quadratic_form_log_density):
        with pytest.raises(InvalidArgumentError):
            function(0.5, [0.0])


@pytest.mark.parametrize(
    ("q", "form", "published"),
    [
        (1.0, {"weights": [6, 3, 1]}, 0.054212946675253226),
        (
            140.0,
            {"weights": [7, 3, -7, -3], "degrees": [6, 2, 1, 1], "noncentrality": [6, 2, 6, 2]},
            0.96037034711779101,
        ),
        (
            1.0,
            {"weights": [6, 3, 1], "degrees": [1, 1, 2], "noncentrality": [0.5, 0, 0], "normal": 2.0},
            0.050870657088644244,
        ),
    ],
)
def test_published_values_of_davies_algorithm(q: float, form: Form, published: float) -> None:
    """Examples of chi2comb 0.1.0 (its README and tests), which runs Davies' algorithm to an accuracy of 1e-4."""
    assert abs(float(quadratic_form_tail(q, **form).probability.complement) - published) < 1e-5


def test_forms_that_neither_shifts_nor_slopes_alone_can_write_keep_their_digits() -> None:
    """The first term far below its mean, the second nearly a normal law about 2.5: each was lost in the other's way."""
    form = [1.0, 1e-9], [1.0, 1.0], [25.0, 2.5e9]
    found = quadratic_form_tail(2.5, form[0], noncentrality=form[2])
    exact = twin.tail(2.5, *form)[1]
    assert abs(mpf(float(found.probability.log_complement)) - exact) <= found.log_error < 1e-12
