"""From which dimension on are there errors, and from which on does a test see them ([Gil2018], section 4)?

The paper reports that no errors are found in low dimension and that they appear around d = 60; another note says that
there is nothing at 100. Here networks of many dimensions are trained for the same number of steps on fresh points.
The quadratic network's error rate is exact, down to an exact 0; that of the ReLU network is counted, estimated by
splitting where errors are rare, and an attack looks for errors near random points. Whether a dimension "has errors"
depends on training, and on the test: on 10^7 points a sphere, the paper's, error rates below 10^-7 show as none.

The record's values:

``config``
    What was run.
``test_points_a_sphere``, ``log10_detection_limit``
    The paper's test: 20 million points, half of them on each sphere; one error is expected at this error rate.
``quadratic``, ``relu``
    Rows, one for each network: ``dim``, ``seed``, for each sphere ``log10_error_rate_{s}`` with ``_low``, ``_high``
    (exact for the quadratic network; None: exactly 0, or for the ReLU network none seen), ``mean_distance_{s}`` with
    ``_low``, ``_high`` and ``bound_{s}`` (Euclidean / radius; an attack's distances are upper bounds), and
    ``has_errors``, ``seen_in_test`` (whether at least one error is expected in that test, both spheres together).
    Quadratic: ``perfect_{s}``. ReLU: ``method_{s}`` (as in training_cells) and ``share_found_{s}``, the share of
    attacked points near which an error was found; there has_errors says that an error was found by any means, and no
    more follows where none was.
``quadratic_least_dim_with_errors``, ``quadratic_least_dim_seen_in_test``, ``relu_...``
    Least dimension for which this holds with at least one seed; None where there is none.

Arrays: the same columns as ``quadratic_{name}`` and ``relu_{name}``, those of the spheres with two rows, inner and
outer, and without a sphere in their names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...theory.basics.validation import FloatArray
from ..runs.curves import final_columns
from ..runs.experiment import Experiment
from ..runs.relu_measurement import NONE_SEEN
from ..runs.sides import last_sides, table_rows
from ..runs.trained import QuadraticRun, ReluRun
from ..storage.records import Record
from ..training.config import TrainingConfig

KIND = "dimension-of-errors"
TEST_POINTS_A_SPHERE = 10**7


@dataclass(frozen=True)
class DimensionOfErrorsConfig:
    """Networks of many dimensions.

    Parameters
    ----------
    quadratic_dims, quadratic_seeds, quadratic_steps, quadratic_learning_rate
        One quadratic network for each dimension and seed; it has ``units_a_dim`` hidden units a dimension.
    relu_dims, relu_seeds, relu_steps, relu_hidden, relu_depth, relu_learning_rate
        The same for the ReLU network, of fixed width.
    distance_samples
        Points a sphere and logged step of the quadratic network.
    monte_carlo_samples, attack_points, rare_event_runs, rare_event_particles
        How hard errors of the ReLU network are looked for, a sphere.
    confidence
        Of each interval.
    """

    quadratic_dims: tuple[int, ...]
    quadratic_seeds: tuple[int, ...]
    quadratic_steps: int
    relu_dims: tuple[int, ...]
    relu_seeds: tuple[int, ...]
    relu_steps: int
    relu_hidden: int
    distance_samples: int
    monte_carlo_samples: int
    attack_points: int
    rare_event_runs: int
    rare_event_particles: int
    relu_depth: int = 2
    units_a_dim: int = 2
    quadratic_learning_rate: float = 1e-3
    relu_learning_rate: float = 1e-3
    outer_radius: float = 1.3
    confidence: float = 0.99
    seed: int = 0


PROFILES: Mapping[str, DimensionOfErrorsConfig] = {
    "quick": DimensionOfErrorsConfig(
        quadratic_dims=(2, 3, 5, 10, 20, 30, 40, 50, 60, 100),
        quadratic_seeds=(0,),
        quadratic_steps=4_000,
        relu_dims=(2, 5, 10, 20, 60, 150),
        relu_seeds=(0,),
        relu_steps=2_000,
        relu_hidden=100,
        distance_samples=500,
        monte_carlo_samples=100_000,
        attack_points=50,
        rare_event_runs=5,
        rare_event_particles=300,
    ),
    "standard": DimensionOfErrorsConfig(
        quadratic_dims=(2, 3, 5, 10, 20, 30, 40, 50, 60, 70, 80, 100, 120, 150, 200, 300, 500),
        quadratic_seeds=(0, 1),
        quadratic_steps=15_000,
        relu_dims=(2, 5, 10, 20, 40, 60, 100, 200, 500),
        relu_seeds=(0, 1),
        relu_steps=10_000,
        relu_hidden=200,
        distance_samples=2_000,
        monte_carlo_samples=1_000_000,
        attack_points=200,
        rare_event_runs=10,
        rare_event_particles=500,
    ),
    "paper": DimensionOfErrorsConfig(
        quadratic_dims=(2, 3, 5, 10, 20, 30, 40, 50, 60, 70, 80, 100, 120, 150, 200, 300, 500),
        quadratic_seeds=(0, 1, 2, 3, 4),
        quadratic_steps=1_000_000,
        relu_dims=(2, 3, 5, 10, 20, 40, 60, 80, 100, 200, 500),
        relu_seeds=(0, 1, 2),
        relu_steps=1_000_000,
        relu_hidden=1000,
        distance_samples=20_000,
        monte_carlo_samples=TEST_POINTS_A_SPHERE,
        attack_points=1_000,
        rare_event_runs=20,
        rare_event_particles=1_000,
        quadratic_learning_rate=1e-4,
        relu_learning_rate=1e-4,
    ),
}


def cells(config: DimensionOfErrorsConfig) -> list[QuadraticRun | ReluRun]:
    """All quadratic networks, then all ReLU networks; by dimension and within it by seed."""
    quadratic = [_quadratic(config, dim, seed) for dim, seed in _pairs(config, "quadratic")]
    return [*quadratic, *(_relu(config, dim, seed) for dim, seed in _pairs(config, "relu"))]


def _pairs(config: DimensionOfErrorsConfig, network: str) -> list[tuple[int, int]]:
    """Dimensions and seeds of the runs, the configuration's own seed added to each."""
    dims, seeds = getattr(config, f"{network}_dims"), getattr(config, f"{network}_seeds")
    return [(dim, config.seed + seed) for dim in dims for seed in seeds]


def _quadratic(config: DimensionOfErrorsConfig, dim: int, seed: int) -> QuadraticRun:
    training = TrainingConfig(
        dim=dim,
        hidden=config.units_a_dim * dim,
        steps=config.quadratic_steps,
        learning_rate=config.quadratic_learning_rate,
        outer_radius=config.outer_radius,
        seed=seed,
    )
    return QuadraticRun(
        training, config.monte_carlo_samples, config.distance_samples, config.confidence, final_only=True
    )


def _relu(config: DimensionOfErrorsConfig, dim: int, seed: int) -> ReluRun:
    training = TrainingConfig(
        dim=dim,
        hidden=config.relu_hidden,
        depth=config.relu_depth,
        network="relu",
        steps=config.relu_steps,
        learning_rate=config.relu_learning_rate,
        outer_radius=config.outer_radius,
        seed=seed,
    )
    return ReluRun(
        training,
        (config.relu_steps,),
        monte_carlo_samples=config.monte_carlo_samples,
        attack_points=config.attack_points,
        rare_event_runs=config.rare_event_runs,
        rare_event_particles=config.rare_event_particles,
        confidence=config.confidence,
    )


def assemble(config: DimensionOfErrorsConfig, records: Sequence[Record]) -> Record:
    """The ends of all runs, and the least dimensions with errors and with errors that a test sees."""
    count = len(_pairs(config, "quadratic"))
    columns = {
        "quadratic": _columns(config, "quadratic", records[:count]),
        "relu": _columns(config, "relu", records[count:]),
    }
    values: dict[str, Any] = {
        "config": config,
        "test_points_a_sphere": TEST_POINTS_A_SPHERE,
        "log10_detection_limit": -np.log10(TEST_POINTS_A_SPHERE),
    }
    arrays: dict[str, Any] = {}
    for network, table in columns.items():
        values[network] = table_rows(table)
        values[f"{network}_least_dim_with_errors"] = _least(table, "has_errors")
        values[f"{network}_least_dim_seen_in_test"] = _least(table, "seen_in_test")
        arrays |= {f"{network}_{name}": np.asarray(column) for name, column in table.items()}
    return Record(KIND, values, arrays)


def _columns(config: DimensionOfErrorsConfig, network: str, records: Sequence[Record]) -> dict[str, Any]:
    pairs = _pairs(config, network)
    found: dict[str, Any] = {"dim": np.array([p[0] for p in pairs]), "seed": np.array([p[1] for p in pairs])}
    found |= final_columns(records)
    found["seen_in_test"] = TEST_POINTS_A_SPHERE * _sum_of_rates(found) >= 1.0
    return found | (_perfection(found) if network == "quadratic" else _finds(config, records))


def _sum_of_rates(found: Mapping[str, Any]) -> FloatArray:
    """Sum of both spheres' error rates; those that are not known, because no error was seen, count as 0."""
    rates: FloatArray = np.nan_to_num(10.0 ** found["log10_error_rate"]).sum(axis=0)
    return rates


def _perfection(found: Mapping[str, Any]) -> dict[str, Any]:
    perfect = found["log10_error_rate"] == -np.inf
    return {"perfect": perfect, "has_errors": ~perfect.all(axis=0)}


def _finds(config: DimensionOfErrorsConfig, records: Sequence[Record]) -> dict[str, Any]:
    """What was found of errors: by an attack, by counting or by splitting."""
    method, failed = last_sides(records, ("error_rate_method", "failed_attacks")).values()
    found = (failed < config.attack_points) | (method != NONE_SEEN)
    return {"method": method, "share_found": 1.0 - failed / config.attack_points, "has_errors": found.any(axis=0)}


def _least(table: Mapping[str, Any], column: str) -> int | None:
    dims = table["dim"][table[column]]
    return int(dims.min()) if len(dims) else None


EXPERIMENT = Experiment(KIND, "Dimension at which errors appear", PROFILES, cells, assemble)
