"""Mean distance to the nearest error against the dimension, at a fixed error rate ([Gil2018], Theorem 5.1).

At the error rate mu no set of errors is farther away than a cap. As the dimension d grows, sqrt(d) times the cap's
mean distance tends to z Phi(z) + phi(z), z = Phi^-1(1 - mu), and not to the z of the asymptote that the paper draws.
Trained networks are stopped as soon as the exact error rates of both spheres are below a target and held against the
cap of exactly their own error rate.

The record's values:

``config``
    What was run.
``paper``
    For each dimension of the paper's figure at mu = 0.01: ``paper`` (the number printed there), ``cap_mean`` (ours,
    exact), ``cap_median`` (exact: the chord from the equator to the edge of the cap) and ``asymptote``.
``limits``
    For each error rate of the curves: ``log10_error_rate``, ``limit`` z Phi(z) + phi(z), ``asymptote`` z, and
    ``scaled_at_largest_dim``, sqrt(d) times the cap's mean geodesic distance at the largest d.
``trained``
    For each network: ``dim``, ``target``, ``steps``, ``reached`` (whether both spheres are below the target), and for
    each sphere ``log10_error_rate_{s}`` (exact), ``mean_distance_{s}`` with ``_low``, ``_high`` (Euclidean / radius,
    exact distances of a sample with its interval), ``bound_{s}`` (the cap of the same error rate) and
    ``share_of_bound_{s}``.

Arrays: ``dims`` (n,), ``log10_error_rate`` (m,), ``exact_euclidean``, ``exact_geodesic``, ``explicit`` (upper bounds)
and ``asymptote``, all (m, n); ``limit`` (m,).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...theory.basics.log_probability import LogProbability
from ...theory.basics.validation import FloatArray
from ...theory.spaces.comparison import asymptotic_mean_distance, explicit_mean_distance_bound
from ...theory.spaces.isoperimetry import mean_distance_bound, quantile_distance_bound
from ..runs.curves import final_columns
from ..runs.experiment import Experiment
from ..runs.sides import table_rows
from ..runs.trained import QuadraticRun
from ..storage.records import Record
from ..training.config import TrainingConfig

KIND = "dimension-scaling"
PAPER_ERROR_RATE = 0.01
PAPER_DISTANCES: Mapping[int, float] = {2: 1.4, 100: 0.23, 500: 0.104, 2000: 0.052}
"""Printed in a figure of the paper for caps of this error rate, by dimension."""


@dataclass(frozen=True)
class DimensionScalingConfig:
    """Curves and networks.

    Parameters
    ----------
    log10_error_rates
        One curve each, descending.
    largest_dim
        Curves run from 2 to this dimension.
    targets, trained_dims
        One network for each pair of a target error rate and a dimension.
    max_steps, check_every
        Limit of the training, and steps between two tests of the stopping rule.
    units_a_dim
        Hidden units of the networks divided by the dimension.
    distance_samples, monte_carlo_samples
        Points a sphere and logged step.
    confidence
        Of each interval.
    """

    targets: tuple[float, ...]
    trained_dims: tuple[int, ...]
    max_steps: int
    distance_samples: int
    monte_carlo_samples: int = 10_000
    log10_error_rates: tuple[float, ...] = (-1.0, -2.0, -4.0, -8.0)
    largest_dim: int = 1_000_000
    check_every: int = 100
    units_a_dim: int = 2
    outer_radius: float = 1.3
    learning_rate: float = 1e-3
    confidence: float = 0.99
    seed: int = 0


PROFILES: Mapping[str, DimensionScalingConfig] = {
    "quick": DimensionScalingConfig((1e-2, 1e-4), (20, 50, 100, 200), 20_000, 2_000),
    "standard": DimensionScalingConfig((1e-2, 1e-4, 1e-8), (20, 50, 100, 200, 500), 50_000, 10_000),
    "paper": DimensionScalingConfig(
        (1e-1, 1e-2, 1e-4, 1e-8), (20, 50, 100, 200, 500, 1000, 2000), 200_000, 100_000, 1_000_000
    ),
}


def cells(config: DimensionScalingConfig) -> list[QuadraticRun]:
    """The networks, by target and within it by dimension."""
    return [_cell(config, target, dim) for target in config.targets for dim in config.trained_dims]


def _cell(config: DimensionScalingConfig, target: float, dim: int) -> QuadraticRun:
    training = TrainingConfig(
        dim=dim,
        hidden=config.units_a_dim * dim,
        steps=config.max_steps,
        learning_rate=config.learning_rate,
        outer_radius=config.outer_radius,
        stop_below=target,
        check_every=config.check_every,
        seed=config.seed,
    )
    # Those of the lowest target are measured along their training, for the experiment on the exponential law.
    final_only = target != min(config.targets)
    return QuadraticRun(
        training, config.monte_carlo_samples, config.distance_samples, config.confidence, final_only=final_only
    )


def assemble(config: DimensionScalingConfig, records: Sequence[Record]) -> Record:
    """Curves from theory, networks from their cells."""
    arrays = _curves(config)
    values = {
        "config": config,
        "paper": _paper_rows(),
        "limits": _limit_rows(arrays),
        "trained": table_rows(_trained_columns(config, records)),
    }
    return Record(KIND, values, arrays)


def _curves(config: DimensionScalingConfig) -> dict[str, FloatArray]:
    dims = np.unique(np.round(np.geomspace(2, config.largest_dim, 120)))
    log10_rate = np.array(config.log10_error_rates)
    rate = LogProbability.from_log10(log10_rate[:, None])
    explicit = np.full((len(log10_rate), len(dims)), np.nan)  # d = 2 has none
    explicit[:, dims > 2] = explicit_mean_distance_bound(rate, dims[dims > 2])
    return {
        "dims": dims,
        "log10_error_rate": log10_rate,
        "exact_euclidean": mean_distance_bound(rate, dims, metric="euclidean"),
        "exact_geodesic": mean_distance_bound(rate, dims, metric="geodesic"),
        "explicit": explicit,
        "asymptote": asymptotic_mean_distance(rate, dims),
        "limit": explicit_mean_distance_bound(rate[:, 0], 3),  # its numerator: the denominator is sqrt(3 - 2)
    }


def _paper_rows() -> list[dict[str, Any]]:
    dims = np.array(list(PAPER_DISTANCES))
    columns: dict[str, Any] = {
        "dim": dims,
        "paper": list(PAPER_DISTANCES.values()),
        "cap_mean": mean_distance_bound(PAPER_ERROR_RATE, dims, metric="euclidean"),
        "cap_median": quantile_distance_bound(0.5, PAPER_ERROR_RATE, dims, metric="euclidean"),
        "asymptote": asymptotic_mean_distance(PAPER_ERROR_RATE, dims),
    }
    return table_rows(columns)


def _limit_rows(arrays: Mapping[str, FloatArray]) -> list[dict[str, Any]]:
    root = np.sqrt(arrays["dims"][-1])
    columns: dict[str, Any] = {
        "log10_error_rate": arrays["log10_error_rate"],
        "limit": arrays["limit"],
        "asymptote": root * arrays["asymptote"][:, -1],
        "scaled_at_largest_dim": root * arrays["exact_geodesic"][:, -1],
    }
    return table_rows(columns)


def _trained_columns(config: DimensionScalingConfig, records: Sequence[Record]) -> dict[str, Any]:
    pairs = [(target, dim) for target in config.targets for dim in config.trained_dims]
    found = final_columns(records)
    found["share_of_bound"] = found["mean_distance"] / found["bound"]
    target = np.array([pair[0] for pair in pairs])
    worse = found["log10_error_rate"].max(axis=0)
    return {
        "dim": [pair[1] for pair in pairs],
        "target": target,
        "steps": [record.values["training"]["steps"] for record in records],
        "reached": worse < np.log10(target),
        **found,
    }


EXPERIMENT = Experiment(KIND, "Distance against dimension", PROFILES, cells, assemble)
