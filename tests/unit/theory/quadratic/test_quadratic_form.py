from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from scipy import special, stats

from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError
from adversarial_spheres.theory.quadratic import contour, strip
from adversarial_spheres.theory.quadratic import form as module
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.error_rate import exact_error_rate_enclosure
from adversarial_spheres.theory.quadratic.form import (
    _check_accuracy,
    chernoff_log_bound,
    clt_probability,
    lugannani_rice_probability,
    positive_probability,
)
from adversarial_spheres.theory.quadratic.hyperbola import Path
from adversarial_spheres.theory.reference import quadratic_form as reference


def assert_within_estimate(coefficients, expected_log: float, slack: float = 0.0) -> None:
    tail = positive_probability(coefficients)
    error = abs(float(tail.probability.log) - expected_log)
    assert error <= tail.log_error + slack
    assert tail.log_error <= 1e-14 * max(1.0, abs(expected_log))


@pytest.mark.parametrize("ratio", [1.0, 3.0, 1e3, 1e9, 1e100, 1e308])
def test_two_coefficients_are_an_arc_tangent(ratio: float) -> None:
    expected = np.log(2.0 / np.pi * np.arctan(np.sqrt(1.0 / ratio)))
    assert_within_estimate([1.0, -ratio], expected, slack=2e-16 * abs(expected))


def test_the_ratio_of_two_coefficients_may_leave_the_range_of_doubles() -> None:
    assert_within_estimate([1e-300, -1e300], np.log(2.0 / np.pi) - 300 * np.log(10.0), slack=1e-13)
    both = positive_probability([1e300, -1e-300]).probability
    assert both.log == pytest.approx(-2.0 / np.pi * 1e-300, rel=1e-12, abs=0.0)
    assert_within_estimate([5e-324, -1e308], np.log(2.0 / np.pi) + 0.5 * (np.log(5e-324) - 308 * np.log(10.0)), 1e-13)


def test_three_coefficients_of_a_cone() -> None:
    # Half the opening angle of the cone x^2 > y^2 + z^2 is 45 degrees: two caps of measure (1 - cos 45) / 2 each.
    assert_within_estimate([1.0, -1.0, -1.0], np.log1p(-np.sqrt(0.5)), slack=2e-16)


def test_one_sign_is_certain_and_exact() -> None:
    rows = [[1.0, 0.0], [0.0, -1e-320], [0.0, 0.0], [1e300, 1e-300], [-1.0, -2.0]]
    tail = positive_probability(rows)
    np.testing.assert_array_equal(tail.probability.log, [0, -np.inf, -np.inf, 0, -np.inf])
    np.testing.assert_array_equal(tail.probability.log_complement, [-np.inf, 0, 0, -np.inf, 0])
    np.testing.assert_array_equal(tail.log_error, 0)
    np.testing.assert_array_equal(tail.nodes, 0)
    assert positive_probability([2.0]).probability.probability == 1.0
    assert positive_probability([-2.0]).probability.probability == 0.0


def test_a_near_miss_that_other_inversions_get_wrong_by_a_factor_of_two() -> None:
    tail = positive_probability(np.array([1.000001, 0.5, 0.3]) - 1.0)
    assert tail.probability.probability == pytest.approx(8.45e-7, rel=1e-3)


def test_zero_coefficients_and_histories_change_nothing() -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(-0.2, 0.2, (2, 3, 30))
    rows[0, 0] = np.abs(rows[0, 0])
    tail = positive_probability(rows)
    assert tail.probability.shape == (2, 3) == tail.log_error.shape == tail.nodes.shape
    padded = positive_probability(np.concatenate([rows, np.zeros((2, 3, 470))], axis=-1))
    np.testing.assert_allclose(padded.probability.log, tail.probability.log, rtol=0, atol=1e-14)
    one = positive_probability(rows[1, 2])
    assert np.ndim(one.log_error) == 0
    assert one.probability.log == pytest.approx(tail[1, 2].probability.log, abs=1e-14)


def test_a_tail_far_beyond_doubles_is_finite() -> None:
    tail = positive_probability([1.0] + [-1e12] * 400)
    assert tail.probability.log < -5000.0
    assert tail.probability.log_complement == 0.0
    # Rare because u_1^2 must exceed 1e12 times a chi-square of 400: to leading order E over its density.
    log_beta = special.betaln(0.5, 200.0)
    expected = -200.0 * np.log(1e12) - np.log(200.0) - log_beta
    assert tail.probability.log == pytest.approx(expected, rel=1e-9)


def test_an_empty_history_is_allowed_and_no_coefficients_are_not() -> None:
    assert positive_probability(np.empty((0, 4))).probability.shape == (0,)
    for bad in (np.empty((3, 0)), 1.0, [np.nan, 1.0], [np.inf, 1.0], ["a"], [1j, 2.0]):
        for function in (positive_probability, clt_probability, chernoff_log_bound, lugannani_rice_probability):
            with pytest.raises(InvalidArgumentError):
                function(bad)


def test_a_missed_promise_raises_and_carries_the_estimate(monkeypatch) -> None:
    monkeypatch.setattr(strip, "_TARGET", 10.0)
    with pytest.raises(AccuracyError, match="promised") as caught:
        positive_probability([0.001] + [-1.0] * 5)
    assert caught.value.best_estimate < -10.0
    monkeypatch.setattr(strip, "_MOST_NODES", 1.0)
    with pytest.raises(AccuracyError, match="too many nodes"):
        positive_probability([1.0, -1.0])


def test_two_trapezoid_rules_that_agree_by_chance_prove_nothing() -> None:
    # Two rules agreed to 1e-8 here, and 3.9e-15 was claimed where the error was 3e-11.
    c = [1.0, 1.0, 0.5, 0.5, -1.0] + [-2e-5] * 49
    with mp.workdps(40):
        exact = reference.contour_tail(c, digits=25)[1]
        tail = positive_probability(c)
        assert mp.nstr(exact, 15) == "-1.81238687907861"
        assert abs(tail.probability.log_complement - exact) <= tail.log_error <= 1.9e-14


def test_an_enclosure_of_an_error_rate_holds_what_two_agreeing_rules_left_out() -> None:
    alphas = np.array([2.0, 2.0, 1.5, 1.5, 0.0] + [1.0 - 2e-5] * 49)
    classifier = QuadraticClassifier.from_alphas(alphas)
    low, high = exact_error_rate_enclosure(classifier, "inner", 1.3)
    with mp.workdps(40):
        exact = reference.contour_tail([mp.mpf(a) - 1 for a in alphas], digits=25)
    assert low.log_complement >= exact[1] >= high.log_complement
    assert high.log - low.log < 1e-13


def test_central_limit_estimate() -> None:
    c = np.array([0.3, -0.5, -0.2, 1e-3])
    z = c.sum() / np.sqrt(2 * np.sum(c**2))
    assert clt_probability(c).log == pytest.approx(stats.norm.logcdf(z), rel=1e-13)
    assert clt_probability(c).log_complement == pytest.approx(stats.norm.logsf(z), rel=1e-13, abs=0.0)
    assert clt_probability(1e300 * c).log == pytest.approx(clt_probability(c).log, rel=1e-12)
    assert clt_probability([[0.0, 0.0], [1.0, -1.0]]).log.tolist() == pytest.approx([-np.inf, np.log(0.5)])


def test_chernoff_bound_in_closed_form() -> None:
    # k coefficients 1 and m coefficients -1: the minimum is at 2 s = (m - k) / (m + k).
    k, m = 30, 70
    s = (m - k) / (m + k)
    assert chernoff_log_bound([1.0] * k + [-1.0] * m) == pytest.approx(
        -0.5 * k * np.log1p(-s) - 0.5 * m * np.log1p(s), rel=1e-13, abs=0.0
    )
    rows = [[1.0, -0.5], [1.0, -1.0], [-1.0, -1.0], [0.0, 0.0], [1.0, 1.0]]
    np.testing.assert_array_equal(chernoff_log_bound(rows), [0.0, 0.0, -np.inf, -np.inf, 0.0])


def test_lugannani_rice_is_close_in_the_tail_and_in_the_centre() -> None:
    rng = np.random.default_rng(7)
    rows = rng.normal(0.8, 0.3, (50, 500)) - 1.0
    ours, exact = lugannani_rice_probability(rows), positive_probability(rows).probability
    assert np.all(np.abs(ours.log - exact.log) < 0.2)
    centred = rng.standard_normal((3, 500))
    centred -= centred.mean(axis=-1, keepdims=True)
    np.testing.assert_allclose(
        lugannani_rice_probability(centred).probability,
        positive_probability(centred).probability.probability,
        rtol=1e-3,
    )
    np.testing.assert_array_equal(lugannani_rice_probability([[1.0, 2.0], [0.0, -1.0]]).log, [0.0, -np.inf])


def test_estimates_of_a_history_have_its_shape() -> None:
    rows = np.random.default_rng(4).normal(-0.1, 1.0, (2, 3, 12))
    for estimate in (clt_probability(rows), lugannani_rice_probability(rows)):
        assert estimate.log.shape == estimate.log_complement.shape == (2, 3)
        np.testing.assert_allclose(np.exp(estimate.log) + np.exp(estimate.log_complement), 1.0, rtol=1e-12)
    assert chernoff_log_bound(rows).shape == (2, 3)
    assert lugannani_rice_probability(rows)[1, 2].log == lugannani_rice_probability(rows[1, 2]).log


@pytest.mark.parametrize("exponent", range(-16, 0))
def test_chernoff_lies_above_its_exact_value_where_the_mean_is_near_zero(exponent: int) -> None:
    # K is the logarithm of a product near 1 there: its error is absolute, not relative
    for k in (1, 5, 8, 17, 21, 26):
        c = [1.0] * k + [-k * (1.0 + 10.0**exponent)]
        assert mp.mpf(float(chernoff_log_bound(c))) >= reference.chernoff_log_bound(c, digits=40)


@pytest.mark.parametrize("size", [1e-320, 1e-300, 1e300])
def test_chernoff_lies_above_and_close_at_any_size(size: float) -> None:
    rng = np.random.default_rng(3)
    for _ in range(10):
        c = rng.normal(-0.3, 1.0, 12) * size
        exact = reference.chernoff_log_bound(c, digits=30) if c.sum() < 0.0 else mp.mpf(0)
        bound = mp.mpf(float(chernoff_log_bound(c)))
        assert exact <= bound <= exact + 2e-15 * (1 - exact)


@pytest.mark.parametrize(("dim", "log_p", "promise"), [(2, -3.0, 3e-14), (40_000, -0.7, 2e-14), (2, -700.0, 7e-12)])
@pytest.mark.parametrize("flip", [False, True])
def test_an_error_beyond_the_promise_raises(dim: int, log_p: float, promise: float, flip: bool) -> None:
    p, q = np.array([-0.5, log_p]), np.array([-0.9, -1e-9])
    if flip:
        p, q = q, p
    _check_accuracy(p, q, np.array([0.0, 0.999 * promise]), dim)
    with pytest.raises(AccuracyError, match=rf"to {1.001 * promise:.1e} in the log only, promised is") as caught:
        _check_accuracy(p, q, np.array([0.0, 1.001 * promise]), dim)
    assert caught.value.best_estimate == p[1]


def test_the_promise_is_never_looser_than_1e_12_above_1e_300() -> None:
    for log_p, most in ((-690.0, 1e-12), (-690.0 + 600.0, 0.9e-12), (-691.0, 6.91e-12)):
        _check_accuracy(np.array([log_p]), np.array([0.0]), np.array([0.99 * most]), 2)
        with pytest.raises(AccuracyError):
            _check_accuracy(np.array([log_p]), np.array([0.0]), np.array([1.01 * most]), 2)


def test_the_worst_of_several_misses_is_told() -> None:
    log_p, log_q = np.array([-1.0, -100.0, -2.0]), np.full(3, -0.5)
    with pytest.raises(AccuracyError, match=r"known to 8\.0e-14 in the log only, promised is 2\.0e-14") as caught:
        _check_accuracy(log_p, log_q, np.array([2e-14, 1.1e-12, 8e-14]), 2)
    assert caught.value.best_estimate == -2.0


def test_the_promise_of_the_tail_is_checked_with_its_own_dimension(monkeypatch: pytest.MonkeyPatch) -> None:
    def poor(rows: np.ndarray) -> tuple[np.ndarray, ...]:
        one = np.ones(len(rows))
        return np.log(0.5) * one, np.log(0.5) * one, 1.5e-14 * one, one.astype(np.int64)

    monkeypatch.setattr(module, "_both_sides", poor)
    assert positive_probability(np.tile([1.0, -1.0], 20_000)).log_error == 1.5e-14
    with pytest.raises(AccuracyError, match=r"known to 1\.5e-14"):
        positive_probability([1.0, -1.0])


def test_an_integral_that_is_not_positive_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    real = contour.integrate

    def negative(path: Path, about: strip.Strip, scratch: np.ndarray) -> contour.Integral:
        found = real(path, about, scratch)
        return contour.Integral(-0.0 * found.value, found.error, found.nodes)

    monkeypatch.setattr(module, "integrate", negative)
    with pytest.raises(AccuracyError, match="the contour integral of the quadratic form is not positive") as caught:
        positive_probability([1.0, -1.0, -2.0])
    assert float(caught.value.best_estimate[0]) < 0.0


@pytest.mark.parametrize("share", [-0.99, -0.5, 0.0, 0.5, 0.99])
def test_lugannani_rice_within_a_thousandth_of_a_deviation_is_edgeworths_first_term(share: float) -> None:
    # P(Q > 0) = Phi(z) - phi(z) k (z^2 - 1)/6 at the upper side: z = mean over deviation, k the skewness
    base = np.array([3.0, 1.0, -0.5, -1.5, -2.0])
    deviation = np.sqrt(2.0 * (base @ base))
    c = base + 1e-3 * share * deviation / 5.0
    with mp.workdps(30):
        exact = [mp.mpf(x) for x in c]
        variance, third = 2 * mp.fsum(x**2 for x in exact), 8 * mp.fsum(x**3 for x in exact)
        z = mp.fsum(exact) / mp.sqrt(variance)
        expected = mp.ncdf(z) + mp.npdf(z) * third / variance ** mp.mpf(1.5) / 6 * (z**2 - 1)
    assert abs(z) < 1e-3
    found = lugannani_rice_probability(c)
    assert float(found.probability) == pytest.approx(float(expected), rel=1e-13, abs=0.0)
    assert float(found.complement.probability) == pytest.approx(float(1 - expected), rel=1e-13, abs=0.0)


def test_the_seam_of_lugannani_rice_at_a_thousandth_of_a_deviation_is_small() -> None:
    base = np.linspace(-1.0, 1.0, 40)
    deviation = np.sqrt(2.0 * (base @ base))
    for side in (-1.0, 1.0):
        inner, outer = (base + side * 1e-3 * share * deviation / 40.0 for share in (0.999, 1.001))
        seam = lugannani_rice_probability(outer).log - lugannani_rice_probability(inner).log
        exact = positive_probability(outer).probability.log - positive_probability(inner).probability.log
        assert abs(seam - exact) < 1e-4


def test_a_formula_of_lugannani_and_rice_that_is_not_positive_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "erfcx", lambda x: -x)
    with pytest.raises(AccuracyError, match="Lugannani-Rice formula gives no positive probability") as caught:
        lugannani_rice_probability([1.0, -1.0, -2.0])
    assert float(caught.value.best_estimate[0]) == pytest.approx(
        float(chernoff_log_bound([1.0, -1.0, -2.0])), rel=1e-14, abs=0.0
    )


@pytest.mark.parametrize("sizes", [(1e-300, 1e300), (1e300, 1e-300), (1.0, 1e-250)])
def test_rows_of_all_sizes_are_treated_apart(sizes: tuple[float, float]) -> None:
    row = np.array([1.0, 0.5, -1.5, -0.75])
    rows = np.stack([row * size for size in sizes])
    for function in (clt_probability, lugannani_rice_probability):
        both = function(rows)
        for index in range(2):
            assert both.log[index] == pytest.approx(function(row).log, rel=1e-12)
            assert both.log_complement[index] == pytest.approx(function(row).log_complement, rel=1e-12)
    np.testing.assert_allclose(positive_probability(rows).probability.log, positive_probability(row).probability.log)
    np.testing.assert_allclose(chernoff_log_bound(rows), chernoff_log_bound(row), rtol=1e-12)


def test_chernoffs_bound_keeps_its_side_where_its_logarithm_is_large() -> None:
    rng = np.random.default_rng(8)
    for _ in range(20):
        c = np.concatenate([[1.0], -rng.lognormal(15.0, 1.0, 40)])
        with mp.workdps(30):
            assert chernoff_log_bound(c) >= reference.chernoff_log_bound(c, digits=30)
