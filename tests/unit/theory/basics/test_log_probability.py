"""Probabilities as pairs of logarithms: both sides keep their digits, however small they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LOG_HALF, LogProbability, log_one_minus_exp


def complement_log(log_p: float) -> float:
    with mp.workdps(400):
        return float(mp.log(1 - mp.exp(mp.mpf(log_p))))


@given(st.floats(-700.0, -1e-300))
def test_the_other_side_keeps_its_digits(log_p: float) -> None:
    assert log_one_minus_exp(log_p) == pytest.approx(complement_log(log_p), rel=4e-16, abs=0.0)


@pytest.mark.parametrize("log_p", [-1e-300, -1e-17, -0.3, LOG_HALF, -0.7, -1.0, -40.0, -700.0])
def test_the_other_side_at_chosen_points(log_p: float) -> None:
    assert log_one_minus_exp(log_p) == pytest.approx(complement_log(log_p), rel=4e-16, abs=0.0)


def test_the_ends() -> None:
    assert log_one_minus_exp([0.0, -np.inf]).tolist() == [-np.inf, 0.0]
    ends = LogProbability.of([0.0, 1.0])
    assert (ends.log.tolist(), ends.log_complement.tolist()) == ([-np.inf, 0.0], [0.0, -np.inf])
    assert ends.probability.tolist() == [0.0, 1.0]
    assert ends.log10.tolist() == [-np.inf, 0.0]


@given(st.floats(0.0, 1.0))
def test_all_constructors_agree(p: float) -> None:
    plain = LogProbability.of(p)
    assert float(plain) == pytest.approx(p, rel=1e-13, abs=1e-300)
    assert plain.complement.log == plain.log_complement
    assert plain.complement.log_complement == plain.log
    with np.errstate(divide="ignore"):
        others = [
            LogProbability.from_log(np.log(p)),
            LogProbability.from_log10(np.log10(p)),
            LogProbability.from_log_complement(np.log1p(-p)),
        ]
    for other in others:
        np.testing.assert_allclose(other.probability, p, rtol=1e-12, atol=3e-16)
        np.testing.assert_allclose(other.complement.probability, 1.0 - p, rtol=1e-12, atol=3e-16)


def test_each_constructor_keeps_what_it_is_given() -> None:
    assert LogProbability.from_log(-1e5).log == -1e5
    assert LogProbability.from_log(-1e5).log_complement == 0.0
    assert LogProbability.from_log10(-1000.0).log == pytest.approx(-1000.0 * np.log(10.0), rel=1e-15)
    assert LogProbability.from_log10(-1000.0).log10 == pytest.approx(-1000.0, rel=1e-15)
    nearly_one = LogProbability.from_log_complement(-1e5)
    assert (nearly_one.log, nearly_one.log_complement) == (0.0, -1e5)
    assert LogProbability.of(nearly_one) is nearly_one


def test_arrays_have_a_shape_and_elements() -> None:
    p = LogProbability.of([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    assert p.shape == (2, 3)
    assert p[1].shape == (3,)
    assert float(p[0, 2]) == pytest.approx(0.3, rel=1e-15, abs=0.0)
    assert p[0, 2].log_complement == pytest.approx(np.log(0.7), rel=1e-15, abs=0.0)
    assert isinstance(p[0, 2].log, np.float64)
    assert isinstance(p[0, 2].log_complement, np.float64)
    assert LogProbability.of(0.5).shape == ()


@pytest.mark.parametrize(
    ("make", "name", "allowed"),
    [
        (LogProbability.of, "error_rate", r"\[0, 1\]"),
        (LogProbability.from_log, "log_error_rate", r"\[-inf, 0\]"),
        (LogProbability.from_log10, "log10_error_rate", r"\[-inf, 0\]"),
        (LogProbability.from_log_complement, "log_complement", r"\[-inf, 0\]"),
    ],
)
def test_what_is_no_probability_is_refused(make, name: str, allowed: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"^{name} must be in {allowed}, got 1.5"):
        make(1.5)
    with pytest.raises(InvalidArgumentError, match=f"^rate must be in {allowed}, got 1.5"):
        make([0.0, 1.5], name="rate")


def test_an_array_is_no_float() -> None:
    with pytest.raises(InvalidArgumentError, match=r"^probability must be a single probability .*, got \(2,\)"):
        float(LogProbability.of([0.1, 0.2]))


TINY, ALMOST_ONE = LogProbability.from_log(-1e6), LogProbability.from_log_complement(-1e6)


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (LogProbability.from_log10(-5.15784), "LogProbability(10^-5.1578)"),
        (TINY, "LogProbability(10^-434294.4819)"),
        (ALMOST_ONE, "LogProbability(1 - 10^-434294.4819)"),
        (LogProbability.of(0.25), "LogProbability(0.25)"),
        (LogProbability.of(0.0), "LogProbability(0)"),
        (LogProbability.of(1.0), "LogProbability(1)"),
        (LogProbability.of([0.1, 0.01]), "LogProbability(log10=[-1. -2.])"),
    ],
)
def test_one_line(probability: LogProbability, text: str) -> None:
    assert repr(probability) == text


def test_neighbours_beyond_a_double() -> None:
    assert LogProbability.from_log(-1e6 - 1) < TINY < 1e-300
    assert ALMOST_ONE < LogProbability.from_log_complement(-1e6 - 1) < 1.0
    assert ALMOST_ONE > 1 - 1e-16
    assert ALMOST_ONE <= 1.0
    assert not ALMOST_ONE >= 1.0
    assert (LogProbability.of([0.1, 0.9]) < 0.5).tolist() == [True, False]


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_order_is_that_of_the_numbers(p: float, q: float) -> None:
    first, second = LogProbability.of(p), LogProbability.of(q)
    if abs(p - q) > 1e-15:
        assert (first < second) == (p < q) == (second > first) == (first < q) == (p < second)
    assert (first <= second) or (second <= first)
    assert not first < p
    assert not first > p


def test_no_probability() -> None:
    with pytest.raises(InvalidArgumentError, match="compare"):
        _ = TINY < 2.0
