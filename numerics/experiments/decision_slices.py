"""Slices of the decision of a ReLU and of a quadratic network ([Gil2018], section 4).

The ReLU network is the main run of :mod:`~adversarial_spheres.numerics.experiments.distance_curves`, cell and all, so
that it is trained once; the quadratic network is a run of its own. The planes are those of
:mod:`~adversarial_spheres.numerics.runs.slices`; adversarial points lie on the inner sphere and are those that
an attack found near random points: their distances are upper bounds.

The record's values: ``config``; ``networks``, for "relu" and "quadratic" ``dim``, ``hidden``, ``depth``, ``steps``,
``outer_radius``, ``resolution``, ``log10_error_rate_{sphere}`` (of the whole sphere; None where none is known, or it is
exactly 0), ``error_rate_exact``, and ``planes``: for each plane that could be cut ``name``, ``adversarial_points`` and
``wrong_share_{sphere}``, the share of its circle that is misclassified (at 1440 points).

Arrays: ``angles`` of the points on the circles (m,); ``{network}_{plane}_axis`` (n,), ``_logits`` (n, n), ``_marks``
(k, 2) and ``_circles`` (2, m).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...theory.basics.arguments import Progress, check_integer
from ...theory.basics.errors import InvalidArgumentError
from ..cells.cell import Cell
from ..runs.experiment import Experiment
from ..runs.slices import circle_angles, decision_slices, slice_arrays
from ..runs.trained import QuadraticRun
from ..sampling.blas import blas_threads
from ..storage.records import Record
from ..training.config import TrainingConfig
from ..training.log import SPHERES
from ..training.loop import train
from . import distance_curves
from .distance_curves import DistanceCurvesConfig

KIND = "decision-slices"
NETWORKS = ("relu", "quadratic")
PLANES = ("random_random", "adversarial_random", "adversarial_adversarial")
EXACT = 0


@dataclass(frozen=True)
class QuadraticSlices:
    """Train a quadratic network and cut its decision.

    Parameters
    ----------
    training
        A run of the quadratic network.
    resolution
        Grid points along each axis of a slice.
    """

    training: TrainingConfig
    resolution: int

    KIND: ClassVar[str] = "quadratic-slices"
    VERSION: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_integer("resolution", self.resolution, 2, 4096)
        if self.training.network != "quadratic":
            raise InvalidArgumentError("training", self.training.network, 'a run of the "quadratic" network')

    @property
    def cost(self) -> float:
        """Rough seconds on one core."""
        return QuadraticRun(self.training, distance_samples=0, final_only=True).cost + 1e-4 * self.resolution**2

    @property
    def label(self) -> str:
        """Network and dimension."""
        return f"slices of a quadratic network, d = {self.training.dim}"

    def run(self, checkpoint: Path | None = None, progress: Progress | None = None) -> Record:
        """Train, or go on from ``checkpoint``, and cut."""

        def told(step: int, total: int, loss: float) -> None:
            if progress is not None:
                progress("training", step, total, f"loss {loss:.3g}")

        training = self.training
        with blas_threads(1):
            trained = train(training, checkpoint=checkpoint, resume=checkpoint is not None, progress=told, workers=1)
            network, log = trained.quadratic()
            cuts = decision_slices(
                network,
                training.dim,
                outer_radius=training.outer_radius,
                resolution=self.resolution,
                seed=training.seed,
            )
        arrays: dict[str, Any] = slice_arrays(cuts)
        arrays["log10_error_rate"] = np.stack([log.error_rate(sphere).log10[-1:] for sphere in SPHERES])
        arrays["error_rate_method"] = np.full(arrays["log10_error_rate"].shape, EXACT)
        values = {"config": {"training": training, "resolution": self.resolution}, "training": {"steps": trained.step}}
        return Record(self.KIND, values, arrays)


@dataclass(frozen=True)
class DecisionSlicesConfig:
    """What is cut.

    Parameters
    ----------
    curves
        The experiment whose main ReLU run is shown.
    dim, hidden, steps, learning_rate, resolution
        The quadratic network and its slices.
    confidence
        Of the ReLU network's error rates, as in ``curves``.
    """

    curves: DistanceCurvesConfig
    dim: int
    hidden: int
    steps: int
    resolution: int
    learning_rate: float = 1e-3
    outer_radius: float = 1.3
    confidence: float = 0.99
    seed: int = 0


PROFILES: Mapping[str, DecisionSlicesConfig] = {
    "quick": DecisionSlicesConfig(distance_curves.PROFILES["quick"], 100, 200, 5_000, 201),
    "standard": DecisionSlicesConfig(distance_curves.PROFILES["standard"], 500, 1000, 20_000, 401),
    "paper": DecisionSlicesConfig(distance_curves.PROFILES["paper"], 500, 1000, 300_000, 801, learning_rate=1e-4),
}


def cells(config: DecisionSlicesConfig) -> list[Cell]:
    """The main ReLU run of the other experiment, and the quadratic network."""
    curves = config.curves
    relu = curves.relu[0].cell(curves.grid.dim, curves.grid.outer_radius, curves.seed, curves.confidence)
    training = TrainingConfig(
        dim=config.dim,
        hidden=config.hidden,
        steps=config.steps,
        learning_rate=config.learning_rate,
        outer_radius=config.outer_radius,
        seed=config.seed,
    )
    return [relu, QuadraticSlices(training, config.resolution)]


def assemble(config: DecisionSlicesConfig, records: Sequence[Record]) -> Record:
    """The slices of both networks, and the wrong share of each circle."""
    arrays: dict[str, Any] = {"angles": circle_angles()}
    networks: dict[str, Any] = {}
    for name, record in zip(NETWORKS, records, strict=True):
        networks[name] = _network_values(record)
        arrays |= {
            f"{name}_{key.removeprefix('slice_')}": values
            for key, values in record.arrays.items()
            if key.startswith("slice_")
        }
    return Record(KIND, {"config": config, "networks": networks}, arrays)


def _network_values(record: Record) -> dict[str, Any]:
    training = record.values["config"]["training"]
    shape = training.as_dict() if isinstance(training, TrainingConfig) else training
    planes = [plane for plane in PLANES if f"slice_{plane}_axis" in record.arrays]
    rates = zip(SPHERES, record.arrays["log10_error_rate"][:, -1], strict=True)
    return {
        **{name: shape[name] for name in ("dim", "hidden", "depth", "outer_radius", "learning_rate")},
        "steps": record.values["training"]["steps"],
        "resolution": len(record.arrays["slice_random_random_axis"]),
        **{f"log10_error_rate_{sphere}": rate for sphere, rate in rates},
        "error_rate_exact": bool(np.all(record.arrays["error_rate_method"][:, -1] == EXACT)),
        "planes": [_plane_values(record, plane) for plane in planes],
    }


def _plane_values(record: Record, plane: str) -> dict[str, Any]:
    inner, outer = record.arrays[f"slice_{plane}_circles"]
    return {
        "name": plane,
        "adversarial_points": len(record.arrays[f"slice_{plane}_marks"]),
        "wrong_share_inner": float(np.mean(inner > 0.0)),
        "wrong_share_outer": float(np.mean(outer <= 0.0)),
    }


EXPERIMENT = Experiment(KIND, "Slices of the decision", PROFILES, cells, assemble)
