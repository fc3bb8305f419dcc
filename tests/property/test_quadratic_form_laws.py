"""Laws of the tail of a quadratic form, for coefficients that nobody designed for it."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, reject, settings
from hypothesis import strategies as st
from mpmath import mp
from scipy import special

from adversarial_spheres.theory.basics.errors import AccuracyError
from adversarial_spheres.theory.quadratic.form import (
    QuadraticFormTail,
    chernoff_log_bound,
    clt_probability,
    lugannani_rice_probability,
    positive_probability,
    promised_log_error,
)
from adversarial_spheres.theory.reference import quadratic_form as reference

ROUNDING = 4e-15

ordinary = st.floats(-10.0, 10.0)
any_size = st.builds(
    lambda sign, exponent, mantissa: sign * mantissa * 10.0**exponent,
    st.sampled_from([-1.0, 1.0]),
    st.integers(-300, 300),
    st.floats(1.0, 9.9),
)
mixtures = st.one_of(ordinary, any_size, st.just(0.0), st.sampled_from([-1.0, 1.0, 0.5]))
coefficient_lists = st.lists(mixtures, min_size=1, max_size=40).map(np.array)


def assert_close(one, other, slack: float = 0.0) -> None:
    """Both sides of both tails agree within their own error estimates."""
    for name in ("log", "log_complement"):
        a, b = getattr(one.probability, name), getattr(other.probability, name)
        if np.isinf(a) or np.isinf(b):
            assert a == b
        else:
            assert abs(a - b) <= one.log_error + other.log_error + slack * max(1.0, abs(a))


@given(coefficient_lists)
@example(np.array([1e300, -1e-300]))
@example(np.array([1e-300, -1e300]))
@example(np.array([1e-300, -1e300, 1e300]))
@example(np.array([0.0]))
def test_both_tails_sum_to_one_and_swap_with_the_sign(c) -> None:
    tail, mirror = positive_probability(c), positive_probability(-c)
    p = tail.probability
    assert abs(np.exp(p.log) + np.exp(p.log_complement) - 1.0) <= ROUNDING
    if np.any(c != 0.0):  # the two strict events leave out a tie, which has measure 0 unless all is tied
        assert_close(mirror, QuadraticFormTail(p.complement, tail.log_error, tail.nodes))
    assert tail.log_error >= 0.0


@given(coefficient_lists, st.integers(-300, 300), st.randoms(use_true_random=False))
def test_powers_of_two_and_order_change_nothing(c, power, random) -> None:
    tail = positive_probability(c)
    with np.errstate(over="ignore"):
        scaled = np.ldexp(c, power)
    if np.all(np.isfinite(scaled)) and np.all(np.ldexp(scaled, -power) == c):
        assert_close(positive_probability(scaled), tail)
    order = list(range(len(c)))
    random.shuffle(order)
    assert_close(positive_probability(c[order]), tail)


@given(st.lists(ordinary, min_size=1, max_size=30).map(np.array), st.floats(0.01, 100.0))
def test_scale_changes_nothing_up_to_rounding_of_the_coefficients(c, factor) -> None:
    tail = positive_probability(c)
    finite = abs(min(tail.probability.log, tail.probability.log_complement))
    if np.all((c == 0.0) | (np.abs(c) > 1e-300)):
        rounding = 2.3e-16 * (finite if np.isfinite(finite) else 0.0) + 1e-15
        assert_close(positive_probability(factor * c), tail, slack=rounding)


@given(coefficient_lists, st.integers(0, 30))
def test_zero_coefficients_change_nothing(c, zeros) -> None:
    assert_close(positive_probability(np.concatenate([c, np.zeros(zeros)])), positive_probability(c))


@given(coefficient_lists, st.data())
def test_grows_with_each_coefficient(c, data) -> None:
    larger = c.copy()
    where = data.draw(st.integers(0, len(c) - 1))
    larger[where] += data.draw(st.floats(0.0, 5.0))
    below, above = positive_probability(c), positive_probability(larger)
    allowance = below.log_error + above.log_error
    assert above.probability.log >= below.probability.log - allowance
    assert above.probability.log_complement <= below.probability.log_complement + allowance


@given(st.integers(1, 8), st.data())
def test_interlacing_a_compression_lies_between(dim, data) -> None:
    """Cutting the form to a hyperplane interlaces the eigenvalues, so the tail lies between its neighbours'."""
    numbers = data.draw(st.lists(st.floats(-3, 3), min_size=(dim + 1) ** 2, max_size=(dim + 1) ** 2))
    matrix = np.array(numbers).reshape(dim + 1, dim + 1)
    matrix = matrix + matrix.T
    cut = np.linalg.eigvalsh(matrix[:dim, :dim])
    full = np.linalg.eigvalsh(matrix)
    lowest, inner, highest = (positive_probability(np.round(x, 9)) for x in (full[:-1], cut, full[1:]))
    # Rounded to nine decimals the order of the eigenvalues survives: rounding is monotone.
    allowance = lowest.log_error + inner.log_error + highest.log_error
    assert lowest.probability.log <= inner.probability.log + allowance
    assert inner.probability.log <= highest.probability.log + allowance


@given(st.integers(1, 300), st.integers(1, 300), st.floats(0.05, 20.0))
def test_two_values_are_an_incomplete_beta_function(k, rest, ratio) -> None:
    """a (k times) and -b: P = P(B > b/(a+b)), B ~ Beta(k/2, rest/2)."""
    tail = positive_probability(np.concatenate([np.full(k, 1.0), np.full(rest, -ratio)]))
    x = ratio / (1.0 + ratio)
    expected = special.betaincc(k / 2, rest / 2, x), special.betainc(k / 2, rest / 2, x)
    for log, p in zip((tail.probability.log, tail.probability.log_complement), expected, strict=True):
        if p > 1e-290:
            assert abs(log - np.log(p)) <= 2e-11  # the accuracy of the incomplete beta function


@given(any_size.map(abs), any_size.map(abs))
def test_two_coefficients_are_an_arc_tangent(a, b) -> None:
    tail = positive_probability([a, -b])
    with np.errstate(over="ignore", under="ignore"):
        small = np.sqrt(a) / np.sqrt(b)
        other = np.sqrt(b) / np.sqrt(a)
    assert abs(tail.probability.log - np.log(2 / np.pi * np.arctan(small))) <= tail.log_error + ROUNDING
    assert abs(tail.probability.log_complement - np.log(2 / np.pi * np.arctan(other))) <= tail.log_error + ROUNDING


@given(coefficient_lists)
def test_chernoff_lies_above(c) -> None:
    tail = positive_probability(c)
    bound = chernoff_log_bound(c)
    assert bound <= 0.0
    assert tail.probability.log <= bound + tail.log_error
    if not np.any(c > 0.0):
        assert bound == -np.inf


@given(st.lists(ordinary.filter(lambda x: x == 0 or abs(x) > 1e-3), min_size=1, max_size=6), st.integers(200, 400))
def test_estimates_tend_to_the_exact_value_near_the_centre(base, copies) -> None:
    """Many copies of a few centred coefficients: the central limit estimate and Lugannani-Rice are both close."""
    c = np.concatenate([base, -np.array(base)])
    c = np.tile(c, copies)
    exact = positive_probability(c).probability.probability
    if np.any(c != 0.0):
        assert abs(exact - 0.5) <= 1e-13
        assert abs(clt_probability(c).probability - 0.5) <= 1e-10
        assert abs(lugannani_rice_probability(c).probability - 0.5) <= 1e-10


@settings(max_examples=25)
@given(st.lists(st.floats(-2.0, 1.0), min_size=2, max_size=8))
def test_the_twins_in_arbitrary_precision_agree(c) -> None:
    tail = positive_probability(c)
    log, complement = reference.contour_tail(c, digits=25)
    if np.isinf(float(log)) or np.isinf(float(complement)):
        assert (tail.probability.log, tail.probability.log_complement) == (float(log), float(complement))
        return
    assert abs(float(tail.probability.log - log)) <= tail.log_error
    assert abs(float(tail.probability.log_complement - complement)) <= tail.log_error
    bound, ours = float(reference.chernoff_log_bound(c, digits=20)), float(chernoff_log_bound(c))
    assert bound <= ours or abs(bound - ours) <= 1e-14 * max(1.0, abs(bound))
    assert abs(bound - ours) <= 1e-12 * max(1.0, abs(bound))
    clt = clt_probability(c).log
    assert abs(float(clt - reference.clt_tail(c, digits=20)[0])) <= 1e-12 * max(1.0, abs(clt))
    if sum(c) < -0.1 and not np.isinf(bound):
        theirs = reference.lugannani_rice_tail(c, digits=20)
        if mp.im(theirs) == 0:
            assert abs(float(lugannani_rice_probability(c).log - theirs)) <= 1e-6 * max(1.0, abs(float(theirs)))


@given(st.integers(1, 3000), st.integers(1, 3000), st.floats(-4.0, 4.0), st.floats(0.0, 2.0), st.integers(0, 2**32 - 1))
@example(5000, 5000, float(np.log(1.1)), 0.0, 0)
@example(193, 153, 0.0, 1.5, 806)  # few kappa outweigh the others, on a straight path
def test_a_tail_moves_no_faster_with_its_coefficients_than_stated(up, down, shift, spread, seed) -> None:
    # The worst relative change for the smaller side: the positive coefficients one way, the negative ones the other.
    size = np.exp(spread * np.random.default_rng(seed).standard_normal(up + down))
    c = np.where(np.arange(up + down) < up, size, -size * np.exp(shift) * up / down)
    step = 1e-6
    try:
        p, *tails = (positive_probability(c * (1.0 + np.sign(c) * e)).probability for e in (0.0, -step, step))
    except AccuracyError:  # half a per cent of the wide ones with thousands of coefficients are refused
        reject()
    name = "log" if p.log <= p.log_complement else "log_complement"
    moved = [getattr(tail, name) for tail in tails]
    size_of_log = abs(getattr(p, name))
    allowed = size_of_log + np.sqrt(len(c) * size_of_log)
    assert abs(moved[1] - moved[0]) / (2.0 * step) <= allowed * (1.0 + 1e-3)


@given(
    st.floats(0.0, 6.0).map(lambda x: int(np.exp(x))),
    st.floats(0.0, 9.0).map(lambda x: int(np.exp(x))),
    st.one_of(st.just(0.0), st.floats(-2.0, 2.0)),
    st.sampled_from([-1.0, 1.0]),
)
@example(33, 7841, float(np.log(0.004208646860104618 * 7841 / 33)), 1.0)
@example(19, 6463, 0.0, 1.0)
@example(15, 7265, 0.0, -1.0)
@example(114, 88, 0.0, 1.0)  # the first piece of an arc is too long for any number of nodes
@example(148, 90, 0.0, -1.0)
@example(1, 403, -1.0, -1.0)  # 0.15% above 1e-14
@example(49, 142474, 0.0, 1.0)  # on a bent path the integrand rises beyond the doubles
def test_two_values_of_very_different_number_give_a_beta_law(few, many, shift, sign) -> None:
    ratio = float(np.exp(shift)) * few / many
    tail = positive_probability(sign * np.repeat([1.0, -ratio], [few, many]))
    above, below = reference.two_valued_tail(few, many, ratio)
    with mp.workdps(60):
        assert abs(mp.exp(above) + mp.exp(below) - 1) < mp.mpf(10) ** -30
    log, complement = (above, below) if sign > 0.0 else (below, above)
    assert abs(tail.probability.log - log) <= tail.log_error
    assert abs(tail.probability.log_complement - complement) <= tail.log_error
    assert tail.log_error <= promised_log_error(tail.probability, few + many)
