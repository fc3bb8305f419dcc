"""Intervals in log space: closed forms, calibration, and bad input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom
from scipy.stats import t as student

from adversarial_spheres.numerics.statistics.intervals import Interval
from adversarial_spheres.numerics.statistics.log_intervals import (
    LogInterval,
    bernstein_log_interval,
    cox_interval,
    delta_log_interval,
    log_mean_exp,
)
from adversarial_spheres.theory.basics.errors import InvalidArgumentError


def test_log_mean_exp_far_below_doubles() -> None:
    assert log_mean_exp([-5000.0, -5000.0 + math.log(3.0)]) == pytest.approx(-5000.0 + math.log(2.0), rel=1e-15)
    assert log_mean_exp([-np.inf, 0.0]) == pytest.approx(-math.log(2.0))
    assert log_mean_exp([-np.inf, -np.inf]) == -math.inf


def test_cox_interval_is_its_formula() -> None:
    logs = np.array([-10.0, -11.0, -10.5, -10.2])
    interval = cox_interval(logs, 0.9)
    s2 = logs.var(ddof=1)
    half = student.ppf(0.95, 3) * math.sqrt(s2 / 4 + s2**2 / 6)
    assert interval.log_low == pytest.approx(logs.mean() + s2 / 2 - half, rel=1e-14)
    assert interval.log_high == pytest.approx(logs.mean() + s2 / 2 + half, rel=1e-14, abs=0.0)
    assert not interval.rigorous


@pytest.mark.parametrize("confidence", [0.01, 0.5, 0.95])
def test_cox_interval_holds_the_mean_and_stays_below_one(confidence: float) -> None:
    logs = np.array([-9.0, -0.1, -0.2, -0.1])
    interval = cox_interval(logs, confidence)
    assert log_mean_exp(logs) in interval
    assert interval.log_high <= 0.0


@pytest.mark.parametrize(("confidence", "promise"), [(0.95, 0.93), (0.99, 0.975)])
@pytest.mark.parametrize(("runs", "spread"), [(4, 1.0), (10, 0.3), (10, 1.0)])
def test_cox_interval_is_calibrated(confidence: float, promise: float, runs: int, spread: float) -> None:
    """False-alarm probability 1e-9 at the promised coverage, fixed seed."""
    trials = 1500
    logs = np.random.default_rng(3).normal(-50.0 - spread**2 / 2, spread, (trials, runs))
    covered = sum(-50.0 in cox_interval(row, confidence) for row in logs)
    assert covered >= binom.ppf(1e-9, trials, promise)


def test_the_calibration_can_fail() -> None:
    """Control: the same interval without its shift by half of the variance is one for the median, not the mean."""
    logs = np.random.default_rng(3).normal(-50.5, 1.0, (1500, 30))
    shift = logs.var(axis=1, ddof=1) / 2
    covered = sum(-50.0 + s in cox_interval(row, 0.95) for row, s in zip(logs, shift, strict=True))
    assert covered < binom.ppf(1e-9, 1500, 0.93)


def test_bernstein_interval_scales_and_gives_up_honestly() -> None:
    small = bernstein_log_interval(-1000.0, 0.2, 0.01, 10_000, 0.99)
    assert small.rigorous
    assert -1001.7 < small.log_low < -1000.0 + math.log(0.2) < small.log_high < -1001.5
    assert bernstein_log_interval(-1000.0, 0.01, 0.01, 20, 0.99).log_low == -math.inf
    assert bernstein_log_interval(0.0, 1.0, 0.0, 20, 0.99).log_high == 0.0


def test_delta_interval_is_narrower_and_not_rigorous() -> None:
    normal = delta_log_interval(-30.0, 0.2, 0.01, 1000, 0.99)
    bound = bernstein_log_interval(-30.0, 0.2, 0.01, 1000, 0.99)
    assert bound.log_low < normal.log_low < normal.log_high < bound.log_high
    assert not normal.rigorous
    assert (normal.log_high - normal.log_low) / 2 == pytest.approx(2.5758 * 0.1 / 0.2 / math.sqrt(1000), rel=1e-4)


def test_conversions() -> None:
    log = LogInterval(-1000.0, -2.0, 0.9, "a name", False)
    assert (log.log10_low, log.log10_high) == (pytest.approx(-434.294481903), pytest.approx(-0.868588963807))
    assert log.interval == Interval(0.0, math.exp(-2.0), 0.9, "a name")
    assert LogInterval.of(Interval(0.0, 0.5, 0.9, "x"), rigorous=True).log_low == -math.inf


@pytest.mark.parametrize("logs", [[-1.0], [[-1.0, -2.0]], [-1.0, -np.inf], [-1.0, np.nan], -1.0])
def test_bad_logs(logs: object) -> None:
    with pytest.raises(InvalidArgumentError, match="logs"):
        cox_interval(logs, 0.95)  # type: ignore[arg-type]


@pytest.mark.parametrize("confidence", [0.0, 1.0, -1.0, np.nan])
def test_bad_confidence(confidence: float) -> None:
    with pytest.raises(InvalidArgumentError, match="confidence"):
        cox_interval([-1.0, -2.0], confidence)
    with pytest.raises(InvalidArgumentError, match="confidence"):
        bernstein_log_interval(0.0, 0.5, 0.1, 10, confidence)
    with pytest.raises(InvalidArgumentError, match="confidence"):
        delta_log_interval(0.0, 0.5, 0.1, 10, confidence)


def test_a_mean_outside_the_unit_interval() -> None:
    with pytest.raises(InvalidArgumentError, match="mean"):
        bernstein_log_interval(0.0, 1.1, 0.1, 10, 0.9)
    with pytest.raises(InvalidArgumentError, match="mean"):
        delta_log_interval(0.0, 0.0, 0.1, 10, 0.9)
