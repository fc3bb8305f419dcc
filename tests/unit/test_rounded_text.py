"""Bounds in text are rounded outwards: what is printed, read back exactly, lies on the side that it says."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mpmath import mp, mpf

from adversarial_spheres.theory.rounded_text import (
    probability_rounded_down,
    probability_rounded_up,
    rounded_down,
    rounded_up,
)

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(FINITE, st.integers(1, 17))
@example(0.1, 6)
@example(5e-324, 1)
@example(1.7976931348623157e308, 6)
@example(-9.9999999e-5, 3)
def test_significant_digits_are_rounded_outwards(value: float, digits: int) -> None:
    low, high, exact = rounded_down(value, digits), rounded_up(value, digits), Fraction(repr(value))
    assert Fraction(low) <= exact <= Fraction(high)
    assert Fraction(high) - Fraction(low) <= 10 ** (1 - digits) * 10 * abs(exact)
    assert (low == high) == (exact in (Fraction(low), Fraction(high)))
    for text in (low, high):
        assert len(text.partition("e")[0].replace("-", "").replace(".", "").strip("0")) <= digits
        finite = abs(Fraction(text)) <= Fraction(1.7976931348623157e308)
        assert not finite or digits > 15 or f"{float(text):.{digits}g}" == text or abs(value) < 1e-290


@given(st.floats(-1e6, 1e6), st.integers(1, 8))
@example(-1e-9, 3)
def test_decimals_are_rounded_outwards(value: float, places: int) -> None:
    low, high, exact = rounded_down(value, places=places), rounded_up(value, places=places), Fraction(repr(value))
    assert Fraction(low) <= exact <= Fraction(high)
    assert Fraction(high) - Fraction(low) <= Fraction(1, 10**places)
    assert len(low.partition(".")[2]) == len(high.partition(".")[2]) == places


@given(FINITE)
def test_doubles_that_are_read_back_are_on_the_right_side(value: float) -> None:
    assert float(rounded_down(value)) <= value <= float(rounded_up(value))


def _read(text: str) -> mpf:
    return mpf(10) ** mpf(text[3:]) if text.startswith("10^") else mpf(text)


@given(st.floats(-1e9, 0.0))
@example(-690.775527898)
@example(-690.775527899)
@example(-1e-300)
def test_probabilities_are_rounded_outwards(log: float) -> None:
    with mp.workdps(60):
        exact = mp.exp(mpf(repr(log)))
        low, high = _read(probability_rounded_down(log)), _read(probability_rounded_up(log))
        assert low <= exact <= high
        assert abs(mp.log(high / low)) <= 1e-4 * max(1, abs(log))


@pytest.mark.parametrize(
    ("value", "below", "above"),
    [
        (0.25, "0.25", "0.25"),
        (0.1, "0.1", "0.1"),
        (0.0, "0", "0"),
        (-0.0, "0", "0"),
        (123456.5, "123456", "123457"),
        (999999.5, "999999", "1e+06"),
        (1234567.0, "1.23456e+06", "1.23457e+06"),
        (6.9524837e-06, "6.95248e-06", "6.95249e-06"),
        (-30.38969696425333, "-30.3897", "-30.3896"),
        (math.inf, "inf", "inf"),
        (-math.inf, "-inf", "-inf"),
    ],
)
def test_the_form_is_that_of_plain_numbers(value: float, below: str, above: str) -> None:
    assert (rounded_down(value), rounded_up(value)) == (below, above)


def test_probabilities_zero_and_one() -> None:
    assert probability_rounded_up(-math.inf) == probability_rounded_down(-math.inf) == "0"
    assert probability_rounded_up(0.0) == probability_rounded_down(0.0) == "1"
