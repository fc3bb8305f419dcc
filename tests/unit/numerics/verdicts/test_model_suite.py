"""Checks of any model on both spheres share one error budget."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.verdicts.claims import Claims
from adversarial_spheres.numerics.verdicts.suite import SuiteSettings, run_model_suite
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

SETTINGS = SuiteSettings(2000, 2000, seed=0, confidence=0.96)


class Norm:
    """Right on both spheres."""

    def logits(self, points: np.ndarray) -> np.ndarray:
        return (points**2).sum(axis=1) - 1.3


def test_both_spheres_are_checked_within_one_budget() -> None:
    found = run_model_suite(Norm(), 5, 1.3, SETTINGS, claims=Claims(error_rate=0.02, tightness=2.0))
    assert [check.name for check in found.checks] == [
        f"{sphere}_claimed_{key}" for sphere in ("inner", "outer") for key in ("error_rate", "tightness")
    ]
    assert found.checks[0].verdict == found.checks[2].verdict == "verified"
    assert found.checks[0].confidence == pytest.approx(0.99)  # a quarter of the budget each
    assert found.error_budget["spent"] <= found.error_budget["allowed"] * (1.0 + 1e-12)


def test_without_claims_the_attack_is_held_against_the_bound() -> None:
    found = run_model_suite(Norm(), 5, 1.3, SETTINGS, spheres=("outer",))
    assert [check.name for check in found.checks] == ["outer_claimed_attack"]
    assert found.confidence == 0.96


@pytest.mark.parametrize("spheres", [(), ("inner", "inner"), ("both",), "inner", None])
def test_each_sphere_is_asked_for_once(spheres: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="sphere"):
        run_model_suite(Norm(), 5, 1.3, SETTINGS, spheres=spheres, claims=Claims(error_rate=0.1))
