"""Verdicts from intervals, the error budget, and overall verdicts."""

from __future__ import annotations

import math

import pytest

from adversarial_spheres.commands.common import emit_checks
from adversarial_spheres.numerics.statistics.intervals import Interval, share_of_budget
from adversarial_spheres.numerics.verdicts.checks import (
    Check,
    check_exactly,
    check_inside,
    overall_verdict,
    spent_budget,
    vacuous_check,
)
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

INTERVAL = Interval(0.4, 0.6, 0.95, "test")


def test_a_computed_value_outside_the_interval_is_refuted() -> None:
    assert check_inside("n", "c", 0.5, INTERVAL, 0.45).verdict == "verified"
    assert check_inside("n", "c", 0.5, INTERVAL, 0.7).verdict == "refuted"


def test_budget_is_shared_and_spent_by_statistical_checks_only() -> None:
    each = share_of_budget(0.99, 4)
    assert each == pytest.approx(0.9975)
    statistical = [Check("n", "c", 0.5, 0.5, each, "verified", "w")] * 4
    assert spent_budget([*statistical, check_exactly("n", "c", True, "w")]) == pytest.approx(0.01)


def test_overall_verdict_is_the_worst() -> None:
    verified, refuted = check_exactly("n", "c", True, "w"), check_exactly("n", "c", False, "w")
    inconclusive, vacuous = Check("n", "c", 0.5, 0.5, 0.95, "inconclusive", "w"), vacuous_check("n", "c")
    assert overall_verdict([verified, inconclusive, refuted]) == "refuted"
    assert overall_verdict([verified, inconclusive, vacuous]) == "inconclusive"
    assert overall_verdict([verified, vacuous]) == "verified"
    assert overall_verdict([vacuous]) == "vacuous"


def test_an_observed_value_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="observed"):
        check_inside("n", "c", math.nan, INTERVAL, 0.5)


def test_the_command_line_tells_a_confidence_below_1_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    emit_checks([Check("n", "c", 0.1, None, 0.9999996, "verified", "why", samples=10)])
    assert "(confidence 0.9999996, 10 points)" in capsys.readouterr().out
