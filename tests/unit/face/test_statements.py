"""Verdicts on the paper's statements follow the record: the same function gives each of them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest

from adversarial_spheres.numerics.experiments.catalogue import EXPERIMENTS
from adversarial_spheres.numerics.storage.records import Record
from adversarial_spheres.numerics.verdicts.checks import Verdict
from adversarial_spheres.report.statements import (
    CATALOGUE,
    distance_curves,
    geometry,
    quadratic_runs,
    rule_table,
    statement_table,
    verdict_table,
)
from adversarial_spheres.report.statements import quadratic as main
from adversarial_spheres.report.statements.statement import (
    FAILS,
    HOLDS,
    IN_PART,
    OTHER_ORDER,
    OTHER_SCALE,
    UNDECIDED,
    UNLIKELY,
    VERDICTS,
    PaperStatement,
)

Change = dict[str, Any]


def changed(values: Change, changes: Change) -> Change:
    """A copy of a tree of values with other leaves: the keys are paths with dots."""
    result = copy.deepcopy(values)
    for path, value in changes.items():
        *parents, leaf = path.split(".")
        place = result
        for name in parents:
            place = place[name]
        place[leaf] = value
    return result


PAIR = {
    "config": {"dim": 500, "points": 10_000, "confidence": 0.99, "seed": 0},
    "nearest": [1.24],
    "theory": {"low": 1.20, "median": 1.23, "high": 1.27},
}
ROBUST = {
    "config": {"dim": 500, "hidden": 500, "learning_rate": 1e-4},
    "runs": {
        name: {"steps_until_all_right": steps, "reported_steps": steps, "wrong_alphas_final": 0, "steps_taken": steps}
        for name, steps in (("worst-case", 3000), ("pgd-100", 40_000), ("pgd-50", 250_000), ("average", 500_000))
    },
}
START_RUN = {
    "learning_rate": 1e-4,
    "seed": 0,
    "alphas_outside_half": 265,
    "alphas_outside_end": 200,
    "step_half": 20_000,
    "worst_case_loss_start": 0.03,
    "worst_case_loss_most": 7.0,
    "average_loss_first": 0.03,
    "average_loss_end": 0.015,
}
OTHER_RATE = {**START_RUN, "learning_rate": 1e-3, "average_loss_end": 0.04}
START = {
    "config": {"dim": 500, "hidden": 1000, "steps": 40_000},
    "runs": [START_RUN, OTHER_RATE],
    "summary": START_RUN,
}


def start_runs(**changes: Any) -> Change:
    """A second seed of the perfect start, changed."""
    return {"runs": [START_RUN, {**START_RUN, "seed": 1, **changes}, OTHER_RATE]}


SETS = {
    "config": {"grid": {"dim": 500, "steps": 30_000}},
    "sizes": [{"alphas_outside": 400, "train_size": 1000}, {"alphas_outside": 390, "train_size": None}],
}
CLT = {
    "config": {"grid": {"dim": 500}},
    "summary": {f"most_too_{way}_{sphere}": 0.1 for way in ("low", "high") for sphere in ("inner", "outer")},
}
DIMENSION = {
    "config": {"quadratic_steps": 10, "relu_steps": 10},
    "quadratic": [{"dim": 2}],
    "quadratic_least_dim_with_errors": 40,
    "quadratic_least_dim_seen_in_test": 60,
    "relu_least_dim_with_errors": 20,
    "relu_least_dim_seen_in_test": 80,
}
WIDTH = {
    "config": {"dim": 500, "steps": 10},
    "trained": [{"hidden": 300, "log10_mean_error_rate": -7.0, "hidden_equal_alphas": 290}],
}
SCALING = {"paper": [{"dim": 100, "paper": 0.23, "cap_mean": 0.2328, "cap_median": 0.2329}]}
LAW = {
    "points": 10,
    "points_above_curve": 0,
    "curves": [
        {
            "dim": 500,
            "rows": [
                {"distance": 0.1, "log10_max_error_rate": -2.0, "decades_for_next_tenth": 3.0},
                {"distance": 0.2, "log10_max_error_rate": -5.0, "decades_for_next_tenth": 6.0},
            ],
        }
    ],
}
DEPTHS = {
    "config": {"dim": 100},
    "quadratic": [
        {
            "outer_radius": radius,
            **{f"log10_error_rate_{sphere}": -4.0 for sphere in ("inner", "outer")},
            **{f"errors_drawn_{sphere}": 500 for sphere in ("inner", "outer")},
            **{f"share_near_{sphere}": 0.9 for sphere in ("inner", "outer")},
            **{f"median_depth_{sphere}": 0.02 for sphere in ("inner", "outer")},
            **{f"largest_median_depth_{sphere}": 0.03 for sphere in ("inner", "outer")},
        }
        for radius in (1.1, 1.3)
    ],
}
THICK = {**DEPTHS["quadratic"][0], "share_near_inner": 0.3}
THICK_AND_COMMON = {**THICK, "log10_error_rate_inner": -0.4}
NONE_DRAWN = {**DEPTHS["quadratic"][0], "errors_drawn_inner": 0, "errors_drawn_outer": 0}
SLOWER = {"runs.pgd-50.steps_until_all_right": 600_000}
CASES: list[tuple[Callable[[Record], PaperStatement], Change, Change, str]] = [
    (geometry.nearest_pair, PAIR, {}, UNLIKELY),
    (geometry.nearest_pair, PAIR, {"config.dim": 50}, OTHER_SCALE),
    (quadratic_runs.robust_training, ROBUST, {}, HOLDS),
    (quadratic_runs.robust_training, ROBUST, {"runs.worst-case.steps_until_all_right": 100}, IN_PART),
    (quadratic_runs.robust_training, ROBUST, {"config.dim": 100}, IN_PART),
    (quadratic_runs.robust_training, ROBUST, SLOWER, OTHER_ORDER),
    (quadratic_runs.robust_training, ROBUST, {**SLOWER, "config.dim": 100}, OTHER_ORDER),
    (quadratic_runs.robust_training, ROBUST, {"runs.pgd-50.steps_until_all_right": None}, UNDECIDED),
    (
        quadratic_runs.robust_training,
        ROBUST,
        {"runs.pgd-50.steps_until_all_right": None, "runs.pgd-50.steps_taken": 600_000},
        OTHER_ORDER,
    ),
    (quadratic_runs.robust_training, ROBUST, {"runs.average.steps_until_all_right": None}, IN_PART),
    (quadratic_runs.perfect_start, START, {}, HOLDS),
    (quadratic_runs.perfect_start, START, start_runs(), HOLDS),
    (quadratic_runs.perfect_start, START, start_runs(alphas_outside_half=100), IN_PART),
    (quadratic_runs.perfect_start, START, start_runs(average_loss_end=0.04), FAILS),
    (quadratic_runs.perfect_start, START, {**start_runs(alphas_outside_end=0), "config.dim": 100}, OTHER_SCALE),
    (quadratic_runs.most_coefficients_wrong, SETS, {}, HOLDS),
    (quadratic_runs.most_coefficients_wrong, SETS, {"sizes": [{"alphas_outside": 0, "train_size": None}]}, FAILS),
    (quadratic_runs.central_limit_map, CLT, {}, HOLDS),
    (quadratic_runs.central_limit_map, CLT, {"summary.most_too_low_outer": 2.0}, FAILS),
    (geometry.dimension_of_errors, DIMENSION, {}, HOLDS),
    (geometry.dimension_of_errors, DIMENSION, {"relu_least_dim_seen_in_test": 10}, IN_PART),
    (
        geometry.dimension_of_errors,
        DIMENSION,
        {"relu_least_dim_seen_in_test": None, "quadratic_least_dim_seen_in_test": 20},
        OTHER_SCALE,
    ),
    (geometry.depth_of_errors, DEPTHS, {}, HOLDS),
    (geometry.depth_of_errors, DEPTHS, {"quadratic": [THICK, DEPTHS["quadratic"][1]]}, IN_PART),
    (geometry.depth_of_errors, DEPTHS, {"quadratic": [{**THICK, "share_near_outer": 0.1}]}, FAILS),
    (geometry.depth_of_errors, DEPTHS, {"quadratic": [NONE_DRAWN]}, UNDECIDED),
    (geometry.depth_of_errors, DEPTHS, {"quadratic": [THICK_AND_COMMON, DEPTHS["quadratic"][1]]}, HOLDS),
    (geometry.width, WIDTH, {}, HOLDS),
    (geometry.width, WIDTH, {"trained": [{**WIDTH["trained"][0], "log10_mean_error_rate": -4.0}]}, IN_PART),
    (geometry.width, WIDTH, {"trained": [{**WIDTH["trained"][0], "log10_mean_error_rate": -1.0}]}, FAILS),
    (geometry.figure_numbers, SCALING, {}, HOLDS),
    (geometry.figure_numbers, SCALING, {"paper": [{**SCALING["paper"][0], "cap_mean": 0.25}]}, IN_PART),
    (
        geometry.figure_numbers,
        SCALING,
        {"paper": [{**SCALING["paper"][0], "cap_mean": 0.25, "cap_median": 0.25}]},
        FAILS,
    ),
    (geometry.exponential_law, LAW, {}, HOLDS),
    (geometry.exponential_law, LAW, {"curves": [{"dim": 500, "rows": LAW["curves"][0]["rows"][::-1]}]}, FAILS),
]


@pytest.mark.parametrize(("make", "values", "changes", "verdict"), CASES)
def test_the_verdict_follows_the_record(
    make: Callable[[Record], PaperStatement], values: Change, changes: Change, verdict: str
) -> None:
    found = make(Record("any", changed(values, changes), {}))
    assert found.verdict == verdict
    assert found.measured
    assert found.theory


@pytest.mark.parametrize(("verdict", "rule"), [(FAILS, {HOLDS: "so it is"}), (HOLDS, {HOLDS: "yes", "perhaps": "no"})])
def test_a_verdict_that_its_rule_does_not_give_is_an_error(verdict: str, rule: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="rule"):
        PaperStatement("name", "kind", "paper", "measured", "theory", verdict, rule)


def test_numbers_of_several_seeds_are_told_from_the_least_to_the_greatest() -> None:
    found = quadratic_runs.perfect_start(Record("any", changed(START, start_runs(alphas_outside_half=240)), {}))
    assert (
        "240 to 265 of 500 wrong at step 20,000, largest worst-case loss 7, average loss at first 0.03"
        in found.measured
    )
    assert "least to greatest of 2 seeds" in found.measured
    assert "seeds" not in quadratic_runs.perfect_start(Record("any", START, {})).measured


def test_rules_and_meanings_as_tables() -> None:
    found = [distance_curves.mean_distance(relu()), main.asymptote(curves(0.9, 0.7))]
    rows = rule_table(found).rows
    assert [row[0] for row in rows] == ["mean distance 0.18", "", "", "", "the drawn limit", ""]
    assert [row[1] for row in rows][:4] == [HOLDS, FAILS, OTHER_SCALE, UNDECIDED]
    assert rows[0][2] == "the mean is within 0.02 of 0.18"
    meant = [row[1] for row in verdict_table().rows]
    assert meant == [*get_args(Verdict), *VERDICTS]


def relu(**changes: Any) -> Record:
    """A record of distance curves with one ReLU network that is at the paper's scale."""
    sphere = {
        "error_rate": {"log10": -9.0, "log10_low": -9.5, "log10_high": -8.5, "method": "rare event"},
        "mean_distance": {"points": 100, "failed_attacks": 0, "mean": 0.18},
    }
    summary = {
        "relu_mean_distance_inner": 0.18,
        "relu_bound_inner": 0.19,
        "relu_monte_carlo_errors": 0,
        "relu_monte_carlo_points": 20_000_000,
        "exact_points_above_bound": 0,
    }
    values: dict[str, Any] = {
        "config": {"grid": {"dim": 500}},
        "relu": {"depth": 2, "hidden": 1000, "steps": 1_000_000, "inner": sphere, "outer": copy.deepcopy(sphere)},
        "summary": summary,
        "networks": [{"label": "quadratic", "guarantee": "exact"}],
    }
    arrays = {
        "log10_error_rate": np.array([[-3.0], [-3.0]]),
        "is_last": np.array([True]),
        "network": np.array([0]),
        "mean_distance": np.array([[changes.pop("share", 0.9)], [0.1]]),
        "bound": np.array([[1.0], [1.0]]),
    }
    arrays["log10_error_rate"][0] = changes.pop("log10_error_rate", -3.0)
    return Record("distance-curves", changed(values, changes), arrays)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, HOLDS),
        ({"relu.inner.mean_distance.failed_attacks": 100, "relu.outer.mean_distance.failed_attacks": 100}, UNDECIDED),
        ({"relu.inner.error_rate.log10": None, "relu.inner.error_rate.log10_high": -5.0}, UNDECIDED),
        ({"relu.inner.error_rate.log10": -4.0, "relu.inner.error_rate.log10_high": -3.9}, FAILS),
        (
            {"relu.inner.error_rate.log10": -4.0, "relu.inner.error_rate.log10_high": -3.9, "relu.steps": 1000},
            OTHER_SCALE,
        ),
    ],
)
def test_no_error_in_the_paper_s_test(changes: Change, verdict: str) -> None:
    assert distance_curves.no_errors_in_the_test(relu(**changes)).verdict == verdict


def test_the_recalled_distance_is_told_as_such() -> None:
    found = distance_curves.mean_distance(relu())
    assert found.verdict == HOLDS
    assert distance_curves.mean_distance(relu(**{"summary.relu_mean_distance_inner": 0.3})).verdict == FAILS
    assert distance_curves.mean_distance(relu(**{"summary.relu_mean_distance_inner": None})).verdict == UNDECIDED
    assert found.recalled
    assert "recalled" in statement_table([found]).rows[0][1]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, HOLDS),
        ({"share": 0.6}, FAILS),
        ({"share": 0.99}, FAILS),
        ({"share": 0.6, "relu.steps": 1000}, OTHER_SCALE),
        ({"log10_error_rate": -9.0}, UNDECIDED),
    ],
)
def test_close_to_optimal_is_judged_by_the_paper_s_own_points(changes: Change, verdict: str) -> None:
    found = distance_curves.close_to_optimal(relu(**changes))
    assert found.verdict == verdict
    assert "0.66 to 0.92 of the largest possible, median 0.77" in found.theory


def test_nobody_is_said_to_hold_that_no_network_lies_above_the_curve_of_figure_4() -> None:
    found = [main.asymptote(curves(0.9, 0.7)), distance_curves.close_to_optimal(relu())]
    assert all("approximate" in statement.paper for statement in found)
    assert not any("no network lies above" in statement.paper.lower() for statement in found)


def test_the_crossing_of_the_drawn_curve_is_exact_not_a_point_of_a_grid() -> None:
    assert "above 0.00418," in main.asymptote(curves(0.9, 0.7)).measured


def test_the_paper_s_nearest_pair_has_a_small_probability() -> None:
    """Suen's inequality: below it with Cantelli's bound nothing so small is proved."""
    found = geometry.nearest_pair(Record("nearest-pair", PAIR, {}))
    assert "at least 1.245 apart has a probability of at most 0.00013 (proved)" in found.theory


def curves(asymptotic: float, seen: float) -> Record:
    """A record of the main experiment with a bound of 1 at each of two error rates."""
    arrays = {
        "curve_log10_error_rate": np.array([-2.0, -1.0]),
        "curve_exact_euclidean": np.ones(2),
        "curve_explicit": np.array([1.1, 1.2]),
        "curve_asymptotic": np.array([1.05, asymptotic]),
        "history_mean_distance_low": np.array([[seen, np.nan]] * 2),
        "history_bound": np.ones((2, 2)),
    }
    return Record("quadratic-network", {"config": {"dim": 500}}, arrays)


def test_theorem_and_asymptote() -> None:
    assert main.theorem(curves(0.9, 0.7)).verdict == HOLDS
    assert main.theorem(curves(0.9, 1.01)).verdict == FAILS
    assert main.theorem(curves(0.9, np.nan)).verdict == UNDECIDED
    assert main.asymptote(curves(0.8, 0.7)).verdict == FAILS
    assert main.asymptote(curves(0.9, 0.7)).verdict == HOLDS


def test_every_kind_is_one_of_an_experiment_and_its_own() -> None:
    kinds = {experiment.kind for experiment in EXPERIMENTS}
    assert set(CATALOGUE) <= kinds
    assert len(set(VERDICTS)) == 7
