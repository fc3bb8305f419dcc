from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf, workdps

from adversarial_spheres.theory.basics.double_double import (
    accurate_sum,
    divide,
    log_product,
    multiply,
    rounded_sum,
    split,
    two_product,
    two_sum,
)

numbers = st.floats(-1e100, 1e100, allow_subnormal=False).filter(lambda x: x == 0.0 or abs(x) > 1e-100)


@given(numbers, numbers)
def test_sum_and_product_are_exact(a, b) -> None:
    a, b = np.float64(a), np.float64(b)
    total, rest = two_sum(a, b)
    assert Fraction(float(total)) + Fraction(float(rest)) == Fraction(float(a)) + Fraction(float(b))
    product, error = two_product(a, b)
    assert Fraction(float(product)) + Fraction(float(error)) == Fraction(float(a)) * Fraction(float(b))


@given(
    st.lists(st.integers(-(2**53), 2**53), min_size=2, max_size=7),
    st.lists(st.integers(0, 130), min_size=7, max_size=7),
)
def test_a_sum_that_cancels_is_rounded_once(mantissas, powers) -> None:
    terms = [np.float64(m) * 2.0 ** -float(k) for m, k in zip(mantissas, powers, strict=False)]
    terms.append(np.float64(-float(sum(Fraction(float(x)) for x in terms))))  # what is left are the last digits
    exact = sum(Fraction(float(x)) for x in terms)
    error = abs(Fraction(float(accurate_sum(terms))) - exact)
    assert error <= abs(exact) / 2**52 + Fraction(float(max(map(abs, terms)))) / 2**190


@given(numbers)
def test_split_halves_are_short(a) -> None:
    high, low = split(np.float64(a))
    assert high + low == a
    for part in (high, low):
        assert (np.frexp(part)[0] * 2.0**26) % 1.0 == 0.0


@given(numbers.filter(bool), numbers.filter(bool), numbers.filter(bool))
def test_product_and_quotient_carry_thirty_digits(a, b, c) -> None:
    x = two_sum(np.float64(a), np.float64(a) * 1e-17)
    y = two_sum(np.float64(b), np.float64(b) * 1e-18)
    exact_x, exact_y = (Fraction(float(z[0])) + Fraction(float(z[1])) for z in (x, y))
    quotient = divide(x, np.float64(c))
    for ours, exact in ((multiply(x, y), exact_x * exact_y), (quotient, exact_x / Fraction(float(c)))):
        error = Fraction(float(ours[0])) + Fraction(float(ours[1])) - exact
        assert abs(error) <= abs(exact) * Fraction(1, 2**98)


@given(st.integers(1, 70), st.integers(-(10**6), 10**6), st.integers(0, 2**32 - 1))
def test_log_of_a_product_is_rounded_once(count, exponent, seed) -> None:
    rng = np.random.default_rng(seed)
    high = np.exp(rng.normal(0.0, 3.0, count))
    low = high * rng.uniform(-1e-16, 1e-16, count)
    high, low = two_sum(high, low)
    ours = log_product((high, low), np.float64(exponent))
    with workdps(60):
        exact = sum(
            (mp.log(mpf(float(h)) + mpf(float(x))) for h, x in zip(high, low, strict=True)), exponent * mp.log(2)
        )
        assert abs(float(exact - mpf(float(ours)))) <= 2.5e-16 * max(1.0, abs(float(exact)))


def test_a_million_equal_factors_do_not_add_up_their_rounding() -> None:
    high = np.full((2, 10**6), 1.0 + 2.0**-10)
    ours = log_product((high, np.zeros_like(high)), np.zeros(2))
    np.testing.assert_allclose(ours, 10**6 * np.log1p(2.0**-10), rtol=2e-16)


@pytest.mark.parametrize("length", [1, 2, 7, 500, 4097])
def test_sums_have_one_rounding(length: int) -> None:
    terms = np.random.default_rng(length).uniform(-2.0, 2.0, (3, length))
    exact = [math.fsum(row) for row in terms]
    found = rounded_sum(terms.copy(), 2.0, np.empty_like(terms))
    np.testing.assert_allclose(found, exact, rtol=2.0**-52, atol=length * 1e-24)
