"""What the size of the training set changes: coefficients of the boundary and error rates ([Gil2018], section 5).

The same quadratic network learns from training sets of several sizes, and online. Arrays have one row a size (in the
order of ``train_size``, 0: online) and one column a logged step:

step, loss, alphas_outside
    ``step`` has shape (steps,); ``alphas_outside`` is -1 where no boundary exists.
alphas
    Shape (sizes, dim), ascending: after the last step.
log10_error_rate, log10_clt, log10_chernoff, monte_carlo_estimate, monte_carlo_low, monte_carlo_high
    Shape (2, sizes, steps), inner and outer sphere: exact, central limit, Chernoff and counted error rates.
mean_distance, bound
    Of the same shape: exact mean distance / radius, and its isoperimetric bound.

Values: ``config``, ``sizes`` (one entry a size: train_size, epochs, alphas_outside, final_loss, and for each sphere
log10_exact, log10_clt, clt_error = log10 exact - log10 CLT, monte_carlo_errors_seen, mean_distance, bound),
and ``summary`` for the table of the paper's numbers: ``alphas_outside_fewest`` and ``alphas_outside_most`` at the end
over the sizes, ``alphas_outside_online``, ``largest_clt_error_inner`` and ``_outer`` (its absolute value over sizes and
steps, in decades).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..cells.cell import Cell
from ..runs.experiment import Experiment
from ..runs.grid import GRIDS, QuadraticGrid
from ..runs.sides import stacked, stacked_sides
from ..storage.records import Record, plain
from ..training.log import SPHERES

KIND = "training-sets"


@dataclass(frozen=True)
class TrainingSetsConfig:
    """Which networks, and of which confidence each interval is."""

    grid: QuadraticGrid
    confidence: float = 0.99
    seed: int = 0


PROFILES: Mapping[str, TrainingSetsConfig] = {name: TrainingSetsConfig(grid) for name, grid in GRIDS.items()}


def cells(config: TrainingSetsConfig) -> Sequence[Cell]:
    """One run of the quadratic network for each size."""
    return config.grid.cells(config.seed, config.confidence)


def assemble(config: TrainingSetsConfig, records: Sequence[Record]) -> Record:
    """Join the runs."""
    rates = ("log10_error_rate", "log10_clt", "log10_chernoff")
    counts = ("monte_carlo_estimate", "monte_carlo_low", "monte_carlo_high")
    arrays: dict[str, Any] = {
        "train_size": config.grid.size_numbers,
        "step": records[0].arrays["step"],
        "alphas": np.stack([record.arrays["alphas"][-1] for record in records]),
        **stacked(records, ("loss", "alphas_outside")),
        **stacked_sides(records, (*rates, *counts, "mean_distance", "bound")),
    }
    sizes = [_size_values(config.grid, index, records[index]) for index in range(len(records))]
    values = {"config": config, "sizes": sizes, "summary": _summary(arrays)}
    return Record(KIND, plain(values), arrays)


def _size_values(grid: QuadraticGrid, index: int, record: Record) -> dict[str, Any]:
    size, arrays = grid.train_sizes[index], record.arrays
    return {
        "train_size": size,
        "epochs": None if size is None else record.values["training"]["points_seen"] / size,
        "alphas_outside": int(arrays["alphas_outside"][-1]),
        "final_loss": record.values["training"]["final_loss"],
        **{sphere: _sphere_values(arrays, side) for side, sphere in enumerate(SPHERES)},
    }


def _sphere_values(arrays: Mapping[str, Any], side: int) -> dict[str, Any]:
    exact, clt = arrays["log10_error_rate"][side, -1], arrays["log10_clt"][side, -1]
    return {
        "log10_exact": exact,
        "log10_clt": clt,
        "clt_error": clt_error(exact, clt),
        "monte_carlo_errors_seen": bool(arrays["monte_carlo_estimate"][side, -1] > 0.0),
        "mean_distance": arrays["mean_distance"][side, -1],
        "bound": arrays["bound"][side, -1],
    }


def clt_error(log10_exact: Any, log10_clt: Any) -> Any:
    """log10 exact - log10 CLT: positive where the central limit theorem promises too few errors; NaN without errors."""
    exact, clt = np.asarray(log10_exact, dtype=np.float64), np.asarray(log10_clt, dtype=np.float64)
    known = np.isfinite(exact) & np.isfinite(clt)
    return np.where(known, np.where(known, exact, 0.0) - np.where(known, clt, 0.0), np.nan)


def _summary(arrays: Mapping[str, Any]) -> dict[str, Any]:
    last = arrays["alphas_outside"][:, -1]
    online = arrays["train_size"] == 0
    summary: dict[str, Any] = {
        "alphas_outside_fewest": int(last.min()),
        "alphas_outside_most": int(last.max()),
        "alphas_outside_online": int(last[online][0]) if online.any() else None,
    }
    errors = np.abs(clt_error(arrays["log10_error_rate"], arrays["log10_clt"]))
    for sphere, wrong in zip(SPHERES, errors, strict=True):
        summary[f"largest_clt_error_{sphere}"] = float(np.nanmax(wrong)) if np.any(np.isfinite(wrong)) else None
    return summary


EXPERIMENT = Experiment(KIND, "Size of the training set", PROFILES, cells, assemble)
