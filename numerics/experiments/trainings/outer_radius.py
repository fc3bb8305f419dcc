"""Networks for outer radii from near 1 to far away: error rates, distances, and how deep the errors lie.

[Gil2018] takes R = 1.3 throughout. The nearer the spheres, the narrower is the interval [1/R^2, 1] of right alphas and
the more errors there are; what geometry allows at an error rate does not depend on R. A quadratic network is measured
exactly, a ReLU network by counting and by attack; each R is trained from the same start. Beside it stands, for R = 1.3,
the quadratic network whose weights start with the variance 1 / dim instead of 1 / hidden.

The record's values: ``config``; ``quadratic`` and ``relu``, one row for each R and within it for each seed:
``outer_radius``, ``seed``, and for each sphere ``log10_error_rate_{s}``, ``mean_distance_{s}`` (Euclidean, in units of
the radius; an upper bound for the ReLU network) and ``bound_{s}``, null where unknown, where there is no error, or
where an attack failed (``failed_attacks_{s}``).

Of the quadratic network also ``alphas_outside``, ``errors_drawn_{s}`` (errors drawn uniformly among all),
``median_depth_{s}`` (their median distance to the nearest correct point), ``share_near_{s}`` (of those nearer to a
correct point than the mean distance of random points to the errors), ``largest_median_depth_{s}`` (of any classifier of
this error rate); ``starts``, such rows of the two starts with the key ``init``. Arrays: ``outer_radius`` (n,), each R
once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ....theory.quadratic.classifier import QuadraticClassifier
from ...cells.cell import Cell
from ...distances.depths import error_depths, largest_depth
from ...runs.experiment import Experiment
from ...runs.seeds import with_seeds
from ...runs.sides import last_sides, table_rows
from ...runs.trained import QuadraticRun, ReluRun
from ...sampling.streams import SPHERE_KEY
from ...storage.records import Record, plain
from ...training.config import TrainingConfig
from ...training.log import SPHERES

KIND = "outer-radius"
PAPER_RADIUS = 1.3
STARTS = ("random", "random-dim")
Networks = Sequence[tuple[float, int]]
"""Outer radius and seed of each."""


@dataclass(frozen=True)
class OuterRadiusConfig:
    """Networks to train.

    Parameters
    ----------
    dim, hidden
        Of the quadratic network; the ReLU network has two layers of ``hidden`` units.
    outer_radii
        R > 1, ascending.
    steps, relu_steps
        Of the two networks; 0: no ReLU network.
    distance_samples, depth_draws
        Points a sphere, and tilted directions from which errors are drawn.
    monte_carlo_samples, attack_points
        Points a sphere for the ReLU network.
    confidence
        Of the intervals in the cells.
    seed, seeds
        All networks share them: each is trained from each of ``seeds``, ``seed`` added to it.
    """

    dim: int = 100
    hidden: int = 200
    outer_radii: tuple[float, ...] = (1.05, 1.1, 1.2, 1.3, 1.5, 2.0, 3.0)
    steps: int = 10_000
    relu_steps: int = 5000
    learning_rate: float = 1e-3
    distance_samples: int = 2000
    depth_draws: int = 20_000
    monte_carlo_samples: int = 100_000
    attack_points: int = 100
    confidence: float = 0.99
    seed: int = 0
    seeds: tuple[int, ...] = (0,)


PROFILES: Mapping[str, OuterRadiusConfig] = {
    "quick": OuterRadiusConfig(
        dim=50,
        hidden=100,
        outer_radii=(1.1, 1.3, 2.0),
        steps=1000,
        relu_steps=0,
        distance_samples=500,
        depth_draws=4000,
    ),
    "standard": OuterRadiusConfig(seeds=(0, 1, 2)),
    "paper": OuterRadiusConfig(
        dim=500,
        hidden=1000,
        steps=1_000_000,
        relu_steps=1_000_000,
        learning_rate=1e-4,
        monte_carlo_samples=1_000_000,
        attack_points=1000,
    ),
}


def cells(config: OuterRadiusConfig) -> list[Cell]:
    """The quadratic networks of the two starts, those by R, then those of ReLU; each by seed."""
    starts = [_quadratic(config, PAPER_RADIUS, seed, init) for init, seed in with_seeds(config, STARTS)]
    networks = with_seeds(config, config.outer_radii)
    quadratic = [_quadratic(config, radius, seed) for radius, seed in networks]
    return [*starts, *quadratic, *(_relu(config, radius, seed) for radius, seed in networks if config.relu_steps)]


def _quadratic(config: OuterRadiusConfig, radius: float, seed: int, init: str = "random") -> QuadraticRun:
    training = replace(_training(config, radius, seed, "quadratic", config.steps), init=init)
    return QuadraticRun(training, 1000, config.distance_samples, config.confidence, final_only=True)


def _relu(config: OuterRadiusConfig, radius: float, seed: int) -> ReluRun:
    return ReluRun(
        _training(config, radius, seed, "relu", config.relu_steps),
        (config.relu_steps,),
        monte_carlo_samples=config.monte_carlo_samples,
        attack_points=config.attack_points,
        rare_event_runs=0,
        confidence=config.confidence,
    )


def _training(config: OuterRadiusConfig, radius: float, seed: int, network: str, steps: int) -> TrainingConfig:
    return TrainingConfig(
        dim=config.dim,
        hidden=config.hidden,
        network=network,
        steps=steps,
        learning_rate=config.learning_rate,
        outer_radius=radius,
        seed=seed,
    )


def assemble(config: OuterRadiusConfig, records: Sequence[Record]) -> Record:
    """All networks as tables, and the depths of the quadratic networks' errors."""
    starts, networks = with_seeds(config, STARTS), with_seeds(config, config.outer_radii)
    first, last = len(starts), len(starts) + len(networks)
    started = _exact_rows(config, [(PAPER_RADIUS, seed) for _, seed in starts], records[:first])
    values = {
        "config": config,
        "starts": [{"init": init, **row} for (init, _), row in zip(starts, started, strict=True)],
        "quadratic": _exact_rows(config, networks, records[first:last]),
        "relu": [_attacked(row) for row in _rows(networks, records[last:], "failed_attacks")]
        if config.relu_steps
        else [],
    }
    return Record(KIND, plain(values), {"outer_radius": np.array(config.outer_radii)})


def _exact_rows(config: OuterRadiusConfig, networks: Networks, records: Sequence[Record]) -> list[dict[str, Any]]:
    """Rows of quadratic networks."""
    rows = _rows(networks, records)
    for row, record in zip(rows, records, strict=True):
        row["alphas_outside"] = int(record.arrays["alphas_outside"][-1])
        for sphere in SPHERES:
            row |= {f"{name}_{sphere}": value for name, value in _depths(config, record, row, sphere).items()}
    return rows


def _rows(networks: Networks, records: Sequence[Record], *further: str) -> list[dict[str, Any]]:
    radii, seeds = np.array([radius for radius, _ in networks]), np.array([seed for _, seed in networks])
    found = last_sides(records, ("log10_error_rate", "mean_distance", "bound", *further))
    return table_rows({"outer_radius": radii, "seed": seeds, **found})


def _attacked(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose mean distances are those of attacks that succeeded everywhere; failures count as the farthest."""
    failed = {f"mean_distance_{sphere}": None for sphere in SPHERES if row[f"failed_attacks_{sphere}"]}
    return {**row, **failed}


def _depths(config: OuterRadiusConfig, record: Record, row: Mapping[str, Any], sphere: str) -> dict[str, Any]:
    nothing = {"errors_drawn": 0, "median_depth": None, "share_near": None, "largest_median_depth": None}
    alphas = record.arrays["alphas"][-1]
    if np.any(np.isnan(alphas)):  # no boundary: one label everywhere
        return nothing
    errors = QuadraticClassifier.from_alphas(alphas).errors_on(sphere, row["outer_radius"])
    if errors.is_null:
        return nothing
    depths = error_depths(errors, draws=config.depth_draws, seed=int(row["seed"]), key=SPHERE_KEY[sphere])
    return {
        "errors_drawn": len(depths),
        "median_depth": float(np.median(depths)) if len(depths) else None,
        "share_near": float(np.mean(depths < row[f"mean_distance_{sphere}"])) if len(depths) else None,
        "largest_median_depth": largest_depth(errors.rate, config.dim),
    }


EXPERIMENT = Experiment(KIND, "Other outer radii, and the depth of errors", PROFILES, cells, assemble)
