"""Experiments from several seeds: each seed is a run of its own, the same as where it is alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from adversarial_spheres.numerics.cells.cell import cell_key
from adversarial_spheres.numerics.experiments.catalogue import EXPERIMENTS
from adversarial_spheres.numerics.experiments.perfect_start import PerfectStartConfig
from adversarial_spheres.numerics.experiments.trainings.outer_radius import OuterRadiusConfig
from adversarial_spheres.numerics.runs.seeds import with_seeds
from adversarial_spheres.numerics.storage.records import Record

CONFIGS: dict[str, Any] = {
    "perfect-start": PerfectStartConfig(
        dim=4, hidden=6, steps=5, learning_rates=(0.02, 0.002), monte_carlo_samples=50, distance_samples=10, seed=1
    ),
    "outer-radius": OuterRadiusConfig(
        4, 6, (1.1,), 4, 3, distance_samples=10, depth_draws=50, monte_carlo_samples=50, attack_points=2, seed=1
    ),
}
ROWS: dict[str, tuple[str, ...]] = {"perfect-start": ("runs",), "outer-radius": ("starts", "quadratic", "relu")}
BY_KIND = {experiment.kind: experiment for experiment in EXPERIMENTS}


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_seed_among_others_gives_the_rows_that_it_gives_alone(kind: str) -> None:
    both = _found(kind, replace(CONFIGS[kind], seeds=(0, 3)))
    alone = [_found(kind, replace(CONFIGS[kind], seed=seed)) for seed in (1, 4)]
    for name in ROWS[kind]:
        rows = both.values[name]
        assert [row["seed"] for row in rows] == [1, 4] * (len(rows) // 2)
        for one, seed in zip(alone, (1, 4), strict=True):
            assert [row for row in rows if row["seed"] == seed] == one.values[name]


@pytest.mark.parametrize("kind", CONFIGS)
def test_what_was_run_from_one_seed_is_not_run_again_for_three(kind: str) -> None:
    def keys(**changes: Any) -> set[str]:
        return {cell_key(cell) for cell in BY_KIND[kind].cells(replace(CONFIGS[kind], **changes))}

    assert keys(seeds=(0, 1, 2)) == keys() | keys(seed=2) | keys(seed=3)
    assert len(keys(seeds=(0, 1, 2))) == 3 * len(keys())


def test_runs_come_by_run_and_within_it_by_seed() -> None:
    config = OuterRadiusConfig(seed=10, seeds=(0, 2))
    assert with_seeds(config, ("a", "b")) == [("a", 10), ("a", 12), ("b", 10), ("b", 12)]


def _found(kind: str, config: Any) -> Record:
    experiment: Any = BY_KIND[kind]
    record: Record = experiment.assemble(config, [_run(cell) for cell in experiment.cells(config)])
    return record


@cache
def _run(cell: Any) -> Record:
    record: Record = cell.run()
    return record
