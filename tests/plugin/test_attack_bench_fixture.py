"""The fixture ``attack_bench``: a good attack passes, and a bad one fails in words that say why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

# pytester forgets the modules that a test loads, and NumPy does not survive a second import.
from adversarial_spheres.numerics.bench.bench import REACHABLE, BenchConfig

pytest_plugins = ["pytester"]

RunUser = Callable[..., pytest.RunResult]

GOOD = """
def test_a_good_attack(attack_bench):
    scores = attack_bench("walk", problems=["easy", "near-hard-case"], dims=[20], points=20)
    assert [score.problem for score in scores] == ["easy-20", "near-hard-case-20"]
    assert all(score.share_within >= 0.99 for score in scores)
"""
BAD = """
import numpy as np

def forgets(model, points):
    found = points - 1e-3 * model.input_gradient(points)
    found[0] = np.nan
    return found

def raises(model, points):
    raise RuntimeError("out of luck")

def test_forgets(attack_bench):
    attack_bench(forgets, problems=["easy"], dims=[20], points=20)

def test_raises(attack_bench):
    attack_bench(raises, problems=["cap"], dims=[10], points=5)

def test_not_near_enough(attack_bench):
    attack_bench("paper", problems=["easy"], dims=[20], points=20, within=1.001)

def test_near_enough_for_less(attack_bench):
    attack_bench("paper", problems=["easy"], dims=[20], points=20, within=1.1, share=0.9)

def test_bad_argument(attack_bench):
    attack_bench("walk", share=2.0)
"""


def test_a_good_attack_passes(run_user: RunUser) -> None:
    run_user(GOOD).assert_outcomes(passed=1)


def test_bad_attacks_fail_and_the_reason_is_told(run_user: RunUser) -> None:
    result = run_user(BAD)
    result.assert_outcomes(passed=1, failed=4)
    result.stdout.fnmatch_lines(
        [
            "forgets on easy-20: 0.0% of 20 points within 1.01 times the exact distance, not 99.0%; errors at 0.0%*",
            "*raises on cap-10:*5 missing (it raised RuntimeError: out of luck)",
            "paper on easy-20:*errors at 100.0%, the farthest 1.* times as far as the nearest",
            "*InvalidArgumentError: share must be in*",
        ]
    )
    result.stdout.no_fnmatch_line("*def shortfall*")  # of a wrong argument the user's line is shown, not ours


def test_marks_and_budget_are_left_alone(run_user: RunUser) -> None:
    result = run_user(GOOD, "--spheres-record=record")
    result.assert_outcomes(passed=1)
    assert "error budget" not in result.stdout.str()


def test_all_problems_are_tried_but_the_one_that_rounding_hides() -> None:
    assert set(REACHABLE) == set(BenchConfig().families) - {"touching", "relu"}
