"""How wrong the central limit estimate of an error rate is, over training and the size of the training set.

The number shown is log10 exact - log10 CLT: 2 says that the true error rate is 100 times the estimate, -2 that the
estimate is 100 times the true error rate. The networks are those of
:mod:`~adversarial_spheres.numerics.experiments.training_sets`, and further ones that learn online in other dimensions.

Arrays: ``train_size`` (0: online), ``step``; ``clt_error`` and ``log10_error_rate``, shape (2, sizes, steps), inner and
outer sphere; ``dims``, ``dim_step``, and ``dim_clt_error``, ``dim_log10_error_rate``, shape (2, dims, dim steps).
NaN where there is no error at all.

Values: ``config`` and ``summary``: for each sphere s ``most_too_low_s`` and ``most_too_high_s``, the largest error of
each sign over the map in decades (0 where that sign does not occur), ``at_the_end_online_s``, and
``worst_log10_exact_s`` and ``worst_log10_clt_s``, the rates where the estimate is the farthest off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..cells.cell import Cell
from ..runs.experiment import Experiment
from ..runs.grid import GRIDS, ONLINE, QuadraticGrid
from ..runs.sides import stacked_sides
from ..runs.trained import QuadraticRun
from ..storage.records import Record, plain
from ..training.log import SPHERES
from .training_sets import clt_error

KIND = "clt-map"


@dataclass(frozen=True)
class CltMapConfig:
    """Which networks.

    Parameters
    ----------
    grid
        The networks of the map.
    dims
        Dimensions of further networks, each with ``hidden_per_dim`` hidden units a dimension, trained online.
    dim_steps, dim_monte_carlo_samples
        Steps of these networks, and points a sphere and logged step.
    confidence, seed
        Of every interval in the cells; of every stream.
    """

    grid: QuadraticGrid
    dims: tuple[int, ...]
    dim_steps: int
    hidden_per_dim: int = 2
    dim_monte_carlo_samples: int = 10_000
    confidence: float = 0.99
    seed: int = 0

    def dim_cells(self) -> list[QuadraticRun]:
        """The runs in other dimensions."""
        grids = (
            QuadraticGrid(
                dim=dim,
                hidden=self.hidden_per_dim * dim,
                outer_radius=self.grid.outer_radius,
                steps=self.dim_steps,
                learning_rate=self.grid.learning_rate,
                train_sizes=(None,),
                monte_carlo_samples=self.dim_monte_carlo_samples,
                distance_samples=0,
            )
            for dim in self.dims
        )
        return [cell for grid in grids for cell in grid.cells(self.seed, self.confidence)]


PROFILES: Mapping[str, CltMapConfig] = {
    "quick": CltMapConfig(GRIDS["quick"], dims=(20, 50, 200), dim_steps=5000),
    "standard": CltMapConfig(GRIDS["standard"], dims=(20, 50, 100, 200), dim_steps=20_000),
    "paper": CltMapConfig(GRIDS["paper"], dims=(20, 50, 100, 200, 1000, 2000), dim_steps=500_000),
}


def cells(config: CltMapConfig) -> Sequence[Cell]:
    """The runs of the map, then those in other dimensions."""
    return [*config.grid.cells(config.seed, config.confidence), *config.dim_cells()]


def assemble(config: CltMapConfig, records: Sequence[Record]) -> Record:
    """Join the runs."""
    count = len(config.grid.train_sizes)
    on_map, others = records[:count], records[count:]
    arrays: dict[str, Any] = {
        "train_size": config.grid.size_numbers,
        "step": on_map[0].arrays["step"],
        **_errors(on_map),
        "dims": np.array(config.dims, dtype=np.int64),
        "dim_step": others[0].arrays["step"] if others else np.empty(0, dtype=np.int64),
        **{f"dim_{name}": array for name, array in (_errors(others) if others else {}).items()},
    }
    summary: dict[str, Any] = {}
    for side, sphere in enumerate(SPHERES):
        summary |= {f"{name}_{sphere}": value for name, value in _summary(arrays, on_map, side).items()}
    return Record(KIND, plain({"config": config, "summary": summary}), arrays)


def _errors(records: Sequence[Record]) -> dict[str, Any]:
    exact, clt = stacked_sides(records, ("log10_error_rate", "log10_clt")).values()
    return {"log10_error_rate": exact, "clt_error": clt_error(exact, clt)}


def _summary(arrays: Mapping[str, Any], records: Sequence[Record], side: int) -> dict[str, Any]:
    errors = arrays["clt_error"][side]
    known = np.where(np.isfinite(errors), errors, 0.0)
    worst = np.unravel_index(np.argmax(np.abs(known)), known.shape)
    online = arrays["train_size"] == ONLINE
    return {
        "most_too_low": max(float(known.max()), 0.0),
        "most_too_high": max(float(-known.min()), 0.0),
        "at_the_end_online": float(errors[online, -1][0]) if online.any() else None,
        "worst_log10_exact": float(arrays["log10_error_rate"][side][worst]),
        "worst_log10_clt": float(records[int(worst[0])].arrays["log10_clt"][side, worst[1]]),
    }


EXPERIMENT = Experiment(KIND, "Error of the central limit estimate", PROFILES, cells, assemble)
