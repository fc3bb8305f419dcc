"""A sweep of training runs over dimensions, training sets, seeds, networks and objectives, and its summary.

The record has one row a run, in the order of :meth:`SweepConfig.combinations`: what was run (``network``, ``dim``,
``hidden``, ``train_size`` with -1 for fresh points at every step, ``objective``, ``seed``), and how it ended: the last
column of the arrays that :mod:`~.runs.trained` describes, shape (2, runs), inner and outer sphere, and ``ratio``, the
mean distance over its bound. Distances of ReLU networks are upper bounds, so their ratio is one as well, up to what the
bound owes to an estimated error rate.
``curve_bound`` holds the isoperimetric bound of each dimension at the error rates ``curve_log10_error_rate``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, TypeAlias

import numpy as np

from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.log_probability import LogProbability
from ...theory.spaces.isoperimetry import mean_distance_bound
from ..cells.cell import cell_key
from ..runs.sides import last_sides
from ..runs.trained import QuadraticRun, ReluRun
from ..storage.records import Record, plain
from ..training.config import TrainingConfig

KIND = "sweep"
MAX_RUNS = 10_000
"""Listing more takes longer than anyone waits for a first word, and each is a folder on disk."""
Run: TypeAlias = QuadraticRun | ReluRun

_FINAL = (
    "log10_error_rate",
    "log10_error_rate_low",
    "log10_error_rate_high",
    "error_rate_method",
    "mean_distance",
    "mean_distance_low",
    "mean_distance_high",
    "bound",
)
_CURVE_POINTS = 161


@dataclass(frozen=True)
class SweepConfig:
    """What to run: every combination of the sequences.

    Parameters
    ----------
    dims, train_sizes, seeds, networks, objectives
        At least one of each, all different; a ``train_size`` of None draws fresh points at every step. At most
        ``MAX_RUNS`` combinations.
    hidden
        Hidden units (of each layer); None takes twice the dimension, 1000 at the paper's 500.
    steps, batch_size, learning_rate, outer_radius
        Of every run, see :class:`~.training.config.TrainingConfig`.
    monte_carlo_samples, distance_samples
        Points a sphere and measured step; distances of the quadratic network are exact, 0 measures none.
    attack_points
        Points a sphere whose nearest error is looked for by an attack on a ReLU network.
    rare_event_runs
        Runs of multilevel splitting for error rates of ReLU networks that are too small to count; 0: none.
    confidence
        Of every single interval.
    """

    dims: tuple[int, ...] = (60,)
    train_sizes: tuple[int | None, ...] = (None,)
    seeds: tuple[int, ...] = (0,)
    networks: tuple[str, ...] = ("quadratic",)
    objectives: tuple[str, ...] = ("average",)
    hidden: int | None = None
    steps: int = 5000
    batch_size: int = 50
    learning_rate: float = 1e-3
    outer_radius: float = 1.3
    monte_carlo_samples: int = 100_000
    distance_samples: int = 2000
    attack_points: int = 200
    rare_event_runs: int = 10
    confidence: float = 0.99

    def __post_init__(self) -> None:
        lists = {name: getattr(self, name) for name in ("dims", "train_sizes", "seeds", "networks", "objectives")}
        for name, values in lists.items():
            if not values or len(set(values)) < len(values):
                raise InvalidArgumentError(name, values, "at least one value, and each of them once")
        runs = prod(map(len, lists.values()))
        if runs > MAX_RUNS:
            raise InvalidArgumentError("sweep", f"{runs:,} runs", f"at most {MAX_RUNS:,} combinations of its lists")

    def combinations(self) -> Iterator[TrainingConfig]:
        """The training runs: networks, objectives, dimensions, training sets, seeds, the last of them fastest."""
        for network, objective, dim, size, seed in product(
            self.networks, self.objectives, self.dims, self.train_sizes, self.seeds
        ):
            yield TrainingConfig(
                dim=dim,
                hidden=2 * dim if self.hidden is None else self.hidden,
                steps=self.steps,
                batch_size=self.batch_size,
                learning_rate=self.learning_rate,
                outer_radius=self.outer_radius,
                train_size=size,
                network=network,
                objective=objective,
                seed=seed,
            )


def sweep_cells(config: SweepConfig) -> list[Run]:
    """The cells of a sweep.

    Raises
    ------
    InvalidArgumentError
        A value is out of its range, or two do not go together, such as the objective "worst-case" and a ReLU network.
    """
    make: dict[str, Callable[[TrainingConfig, SweepConfig], Run]] = {"quadratic": _quadratic, "relu": _relu}
    return [make[training.network](training, config) for training in config.combinations()]


def _quadratic(training: TrainingConfig, config: SweepConfig) -> QuadraticRun:
    return QuadraticRun(training, config.monte_carlo_samples, config.distance_samples, config.confidence)


def _relu(training: TrainingConfig, config: SweepConfig) -> ReluRun:
    return ReluRun(
        training,
        (training.steps,),
        monte_carlo_samples=config.monte_carlo_samples,
        attack_points=config.attack_points,
        rare_event_runs=config.rare_event_runs,
        confidence=config.confidence,
    )


def summarise(config: SweepConfig, records: Sequence[Record]) -> Record:
    """One row for each run, from the records of :func:`sweep_cells` in their order."""
    cells = sweep_cells(config)
    runs = [cell.training for cell in cells]
    arrays: dict[str, Any] = {
        name: np.array([getattr(run, name) for run in runs]) for name in ("network", "objective", "dim", "hidden")
    }
    arrays["seed"] = np.array([str(run.seed) for run in runs])  # a seed may be too large for any integer type
    arrays["train_size"] = np.array([-1 if run.train_size is None else run.train_size for run in runs])
    arrays["loss"] = np.array([record.arrays["loss"][-1] for record in records])
    arrays |= last_sides(records, _FINAL)
    arrays["ratio"] = arrays["mean_distance"] / arrays["bound"]
    rows = [
        {"key": cell_key(cell), "label": cell.label, "distance_guarantee": record.values["distance_guarantee"]}
        for cell, record in zip(cells, records, strict=True)
    ]
    return Record(KIND, plain({"config": config, "cells": rows}), arrays | _curves(config, arrays))


def _curves(config: SweepConfig, arrays: dict[str, Any]) -> dict[str, Any]:
    """The bound of each dimension at error rates from below the smallest one that was found to 0.96."""
    rates = arrays["log10_error_rate"]
    lowest = min([-6.0, *(rates[np.isfinite(rates)] * 1.1)])
    log10_rate = np.linspace(lowest, -0.02, _CURVE_POINTS)
    rate = LogProbability.from_log10(log10_rate)
    bounds = [mean_distance_bound(rate, dim, metric="euclidean") for dim in config.dims]
    return {"curve_log10_error_rate": log10_rate, "curve_bound": np.stack(bounds)}
