"""Bounds in text are rounded outwards: what is printed, read back exactly, lies on the side that it says."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mpmath import mp, mpf

from adversarial_spheres.rendering.formatting import interval, log10_number, rate
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.basics.rounded_text import (
    confidence_percent,
    confidence_text,
    probability_rounded_down,
    probability_rounded_up,
    rounded_down,
    rounded_up,
)
from adversarial_spheres.theory.spaces.isoperimetry import max_error_rate, mean_distance_bound

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


def test_n9_the_distance_of_the_readme_rules_out_what_it_says() -> None:
    """The largest error rate at mean distance 0.5 is 10^-30.38970: any rate above 10^-30.38 is ruled out, as printed.

    10^-30.39 would be false: a cap of 10^-30.3899 is that far away, and larger.
    """
    readme = (Path(__file__).resolve().parents[4] / "README.md").read_text(encoding="utf-8")
    printed = re.search(r"--distance 0\.5 .*# rules out error rates above 10\^(-[\d.]+)", readme)
    largest = float(max_error_rate(0.5, 500, metric="euclidean").log10)
    assert printed is not None
    assert printed[1] == rounded_up(largest, places=2) == "-30.38"
    assert mean_distance_bound(LogProbability.from_log10(-30.3899), 500, metric="euclidean") > 0.5
    assert mean_distance_bound(LogProbability.from_log10(-30.38), 500, metric="euclidean") < 0.5


def test_n9_the_bound_of_the_readme_is_rounded_up() -> None:
    readme = (Path(__file__).resolve().parents[4] / "README.md").read_text(encoding="utf-8")
    printed = re.search(r"--error-rate 1e-6 .*# at most ([\d.]+) on average", readme)
    assert printed is not None
    assert printed[1] == rounded_up(float(mean_distance_bound(1e-6, 500, metric="euclidean")), 4)


@given(st.floats(-1e5, 0.0), st.integers(2, 6))
@example(-3.0, 2)
@example(-30.38969696425333, 2)
def test_n9_error_rates_of_the_report_are_rounded_outwards(log10: float, digits: int) -> None:
    with mp.workdps(60):
        exact = mp.mpf(10) ** mp.mpf(repr(log10))
        assert _of_report(rate(log10, digits, -1)) <= exact <= _of_report(rate(log10, digits, 1))


@given(st.floats(1e-12, 1e12), st.integers(2, 6))
def test_n9_bounds_of_the_report_are_rounded_outwards(value: float, digits: int) -> None:
    with mp.workdps(60):
        low, high = map(_of_report, interval(value, value, digits).split(" to "))
        assert low <= mp.mpf(repr(value)) <= high


def test_n9_forms_of_the_report() -> None:
    assert rate(-30.38969696425333, side=1) == "4.1×10⁻³¹"
    assert rate(-30.38969696425333, side=-1) == "4×10⁻³¹"
    assert interval(0.251752, 0.2517521, 4) == "0.2517 to 0.2518"
    assert interval(None, 0.3) == "–"
    assert log10_number(-10.9177, no_errors=False, upper_bound=True) == "−10.917"
    assert log10_number(None, no_errors=True) == "no errors"


def _of_report(text: str) -> Any:
    digits = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    mantissa, _, exponent = text.replace(",", "").partition("×10")
    return mp.mpf(mantissa) * mp.mpf(10) ** int(exponent.translate(digits) or 0)


@pytest.mark.parametrize(
    ("confidence", "text"),
    [
        (1.0, "1"),
        (0.9999996, "0.9999996"),
        (0.99999999999999, "0.99999999999999"),
        (math.nextafter(1.0, 0.0), "0.9999999999999999"),
        (0.995, "0.995"),
        (1.0 - (1.0 - 0.99) / 4.0, "0.9975"),
        (1.0 - 0.01 / 12, "0.999166"),
        (0.9, "0.9"),
        (0.25, "0.25"),
    ],
)
def test_only_a_proof_prints_as_1_and_confidence_is_rounded_down(confidence: float, text: str) -> None:
    assert confidence_text(confidence) == text
    assert confidence_percent(confidence).removesuffix("%") == f"{(100 * Decimal(text)).normalize():f}"


def test_no_confidence_below_1_is_told_as_more_than_it_is() -> None:
    rng = np.random.default_rng(0)
    for wrong in 10.0 ** rng.uniform(-15.5, -0.01, 2000):
        told = float(confidence_text(1.0 - wrong))
        assert told < 1.0
        assert told <= (1.0 - wrong) * (1.0 + 1e-15)
        assert (1.0 - told) <= 1.011 * wrong + 2e-16
