"""Verdicts keep their promise: thousands of simulated checks whose truth is known.

Each row is rejected by a one-sided binomial test at level 1e-6; with fixed seeds the outcome is always the same.
"""

from __future__ import annotations

import pytest
from calibration import calibrate, calibration_row, peeking_row

from adversarial_spheres.numerics.statistics.intervals import clopper_pearson_limits
from adversarial_spheres.numerics.statistics.sequences import beta_binomial_limits


@pytest.mark.slow
def test_ten_thousand_checks_of_each_kind() -> None:
    rows = calibrate(10_000, seed=1)
    assert [row.name for row in rows if not row.passes] == []
    assert sum(row.kind == "false alarms" for row in rows) >= 10
    assert all(row.checks == 10_000 for row in rows if row.kind == "false alarms")
    caught = {row.name: row.refuted / row.checks for row in rows if row.kind == "power"}
    assert caught["a bound that is 10% too small"] > 0.98
    assert caught["an attack 60% too long, one of fifty failed"] > 0.98


def test_a_few_checks_of_each_kind() -> None:
    rows = calibrate(200, seed=2)
    assert [row.name for row in rows if not row.passes] == []


def test_looking_after_every_batch_needs_a_confidence_sequence() -> None:
    """The negative control: fixed-sample limits, looked at a hundred times, are wrong far too often."""
    assert peeking_row(beta_binomial_limits, 3000).passes
    fixed = peeking_row(clopper_pearson_limits, 3000)
    assert not fixed.passes
    assert fixed.refuted / fixed.checks > 3 * fixed.promised


def test_a_broken_promise_is_noticed() -> None:
    assert calibration_row("n", 10_000, 100, 0.99, None).passes
    assert not calibration_row("n", 10_000, 160, 0.99, None).passes
    assert calibration_row("n", 1000, 990, 0.99, 0.99).passes
    assert not calibration_row("n", 1000, 960, 0.99, 0.99).passes
