"""Error rate against mean distance for three networks ([Gil2018], figure 4): whatever is trained stays below the cap.

A quadratic network, a ReLU network of 2 hidden layers and a deep one learn from training sets of several sizes, and
online, and are measured along training. Distances of the quadratic network are exact; those of the ReLU networks are
found by an attack and are upper bounds, so that their true points lie at their markers or below.

Arrays, one entry a network, size and measured step; those of the spheres have two rows, inner and outer:

network, train_size, step, is_last
    Index into ``values["networks"]``; 0 for online; steps taken; whether it is the last step of its run.
log10_error_rate, mean_distance, bound, each with _low and _high too; error_rate_method
    As :mod:`.runs.trained` describes them; the three bounds are equal where the error rate is exact.
above_bound
    Whether the whole interval of the mean distance lies above the bound at the LOWER end of the error rate's interval.
    Geometry forbids it for exact distances; for those of an attack it says that the attack was too weak.

``relu_*`` are the arrays of the main run alone (the ReLU network that is trained longest: the first of ``relu``), its
slices apart; ``curve_*`` those of :func:`~.runs.curves.limit_curves`.

Values: ``config``; ``networks`` (name, label, depth, hidden, guarantee); ``relu``, the main run after its last step:
steps, learning_rate, points_seen, final_loss, and for each sphere error_rate {log10, log10_low, log10_high, method},
monte_carlo {errors, samples, low, high}, rare_event {log10, log10_low, log10_high, rigorous: false} (null where it was
not needed or got nowhere), mean_distance {mean, low, high, guarantee, points, failed_attacks}, bound, bound_low,
bound_high (at the upper and at the lower end of the error rate's interval), tightness = mean / bound, tightness_low,
tightness_high (the mean by bound_high and by bound_low);
and ``summary`` for the table of the paper's numbers: ``relu_mean_distance_inner``, ``relu_bound_inner``,
``relu_tightness_inner``, ``relu_monte_carlo_errors`` and ``relu_monte_carlo_points`` of both spheres together,
``quadratic_tightness_inner`` (online, last step), and ``exact_points_above_bound``: geometry allows none, and each has
a chance below 1 - confidence to be counted here wrongly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.validation import FloatArray
from ...theory.spaces.isoperimetry import mean_distance_bound
from ..cells.cell import Cell
from ..runs.curves import limit_curves
from ..runs.experiment import Experiment
from ..runs.grid import GRIDS, ONLINE, QuadraticGrid
from ..runs.trained import ReluRun
from ..runs.values import finite_or_none
from ..storage.records import Record, plain
from ..training.config import TrainingConfig
from ..training.log import SPHERES

KIND = "distance-curves"
METHODS = ("exact", "Monte Carlo", "rare event", "none seen")

_SHARED = ("log10_error_rate", "log10_error_rate_low", "log10_error_rate_high", "error_rate_method", "bound")
_DISTANCES = ("mean_distance", "mean_distance_low", "mean_distance_high")


@dataclass(frozen=True)
class ReluPlan:
    """One run of a ReLU network.

    Parameters
    ----------
    hidden, depth
        Units of each hidden layer, and number of layers.
    measured_steps
        Where it is measured; the last one ends training.
    train_size
        None: online.
    learning_rate, batch_size
        Training.
    monte_carlo_samples, attack_points, rare_event_runs, rare_event_particles, slice_resolution
        As :class:`~.runs.trained.ReluRun` has them.
    final_monte_carlo_samples, final_attack_points, final_rare_event_particles
        At the last step; None: as many as before.
    """

    hidden: int
    depth: int
    measured_steps: tuple[int, ...]
    train_size: int | None = None
    learning_rate: float = 1e-4
    batch_size: int = 50
    monte_carlo_samples: int = 20_000
    attack_points: int = 200
    rare_event_runs: int = 8
    rare_event_particles: int = 60
    slice_resolution: int = 0
    final_monte_carlo_samples: int | None = None
    final_attack_points: int | None = None
    final_rare_event_particles: int | None = None

    def cell(self, dim: int, outer_radius: float, seed: int, confidence: float) -> ReluRun:
        """The run as a cell."""
        training = TrainingConfig(
            dim=dim,
            hidden=self.hidden,
            depth=self.depth,
            network="relu",
            steps=self.measured_steps[-1],
            train_size=self.train_size,
            learning_rate=self.learning_rate,
            batch_size=self.batch_size,
            outer_radius=outer_radius,
            seed=seed,
        )
        return ReluRun(
            training,
            self.measured_steps,
            monte_carlo_samples=self.monte_carlo_samples,
            attack_points=self.attack_points,
            rare_event_runs=self.rare_event_runs,
            rare_event_particles=self.rare_event_particles,
            slice_resolution=self.slice_resolution,
            confidence=confidence,
            final_monte_carlo_samples=self.final_monte_carlo_samples,
            final_attack_points=self.final_attack_points,
            final_rare_event_particles=self.final_rare_event_particles,
        )


@dataclass(frozen=True)
class DistanceCurvesConfig:
    """The three networks.

    Parameters
    ----------
    grid
        The quadratic network; dimension and outer radius hold for all three.
    relu
        Runs of the network with few layers; the first one is the main run.
    deep
        Runs of the deep network.
    confidence
        Of every single interval of the quadratic network, and of what is said together of one sphere of a ReLU network
        at one step.
    seed
        Of every stream.
    """

    grid: QuadraticGrid
    relu: tuple[ReluPlan, ...]
    deep: tuple[ReluPlan, ...]
    confidence: float = 0.99
    seed: int = 0

    def __post_init__(self) -> None:
        for name, plans in (("relu", self.relu), ("deep", self.deep)):
            if len({(plan.hidden, plan.depth) for plan in plans}) != 1:
                raise InvalidArgumentError(name, plans, "one network, trained at least once")


def _bare(plan: ReluPlan, **changes: Any) -> ReluPlan:
    """The plan without slices and without a larger measurement at the end."""
    nothing: dict[str, Any] = {
        "slice_resolution": 0,
        "final_monte_carlo_samples": None,
        "final_attack_points": None,
        "final_rare_event_particles": None,
    }
    return replace(plan, **nothing | changes)


def _sizes(plan: ReluPlan, sizes: Sequence[int | None], steps: tuple[int, ...]) -> tuple[ReluPlan, ...]:
    """The same plan with other training sets."""
    return tuple(_bare(plan, train_size=size, measured_steps=steps) for size in sizes)


_QUICK = ReluPlan(
    hidden=200,
    depth=2,
    measured_steps=(300, 1000, 3000, 8000),
    attack_points=40,
    slice_resolution=101,
    final_monte_carlo_samples=100_000,
    final_attack_points=100,
    final_rare_event_particles=100,
)
_STANDARD = ReluPlan(
    hidden=1000,
    depth=2,
    measured_steps=(200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000),
    slice_resolution=201,
    final_monte_carlo_samples=10_000_000,
    final_attack_points=1000,
    final_rare_event_particles=400,
)
_PAPER = ReluPlan(
    hidden=1000,
    depth=2,
    measured_steps=(1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000),
    monte_carlo_samples=1_000_000,
    attack_points=1000,
    rare_event_particles=1000,
    slice_resolution=401,
    final_monte_carlo_samples=10_000_000,
    final_attack_points=10_000,
)
_DEEP_QUICK = ReluPlan(hidden=100, depth=8, measured_steps=(1000, 2000), attack_points=40)
_DEEP_STANDARD = ReluPlan(hidden=500, depth=8, measured_steps=(500, 2000, 8000))
_DEEP_PAPER = _bare(_PAPER, hidden=2000, depth=8)

PROFILES: Mapping[str, DistanceCurvesConfig] = {
    "quick": DistanceCurvesConfig(
        GRIDS["quick"],
        relu=(_QUICK, *_sizes(_QUICK, (1000, 10_000), (3000,))),
        deep=(_DEEP_QUICK,),
    ),
    "standard": DistanceCurvesConfig(
        GRIDS["standard"],
        relu=(
            _STANDARD,
            *_sizes(_STANDARD, (1000, 10_000), (500, 2000, 5000)),
            *_sizes(_STANDARD, (100_000,), (2000, 10_000)),
            *_sizes(_STANDARD, (1_000_000,), (5000, 20_000, 50_000)),
        ),
        deep=(
            _DEEP_STANDARD,
            *_sizes(_DEEP_STANDARD, (1000, 10_000), (500, 2000, 4000)),
            *_sizes(_DEEP_STANDARD, (100_000, 1_000_000), (2000, 8000)),
        ),
    ),
    "paper": DistanceCurvesConfig(
        GRIDS["paper"],
        relu=(_PAPER, *_sizes(_PAPER, (1000, 10_000, 100_000, 1_000_000), _PAPER.measured_steps)),
        deep=(_DEEP_PAPER, *_sizes(_DEEP_PAPER, (1000, 10_000, 100_000, 1_000_000), _PAPER.measured_steps)),
    ),
}


def cells(config: DistanceCurvesConfig) -> Sequence[Cell]:
    """The quadratic runs, then those of the ReLU network, then those of the deep one."""
    grid, plans = config.grid, (*config.relu, *config.deep)
    quadratic = grid.cells(config.seed, config.confidence)
    return [*quadratic, *(plan.cell(grid.dim, grid.outer_radius, config.seed, config.confidence) for plan in plans)]


def assemble(config: DistanceCurvesConfig, records: Sequence[Record]) -> Record:
    """Join the runs into one table, and read off the main run."""
    networks = _networks(config)
    counts = (len(config.grid.train_sizes), len(config.relu), len(config.deep))
    owners = np.repeat(np.arange(3), counts)
    tables = [_rows(record, int(owner)) for record, owner in zip(records, owners, strict=True)]
    table = {name: np.concatenate([rows[name] for rows in tables], axis=-1) for name in tables[0]}
    table["above_bound"] = _above_bound(table, config.grid.dim)
    main = records[counts[0]]
    arrays = {
        **table,
        **{f"relu_{name}": array for name, array in _without_slices(main).items()},
        **limit_curves(config.grid.dim),
    }
    relu = _main_values(config.relu[0], main)
    values = {"config": config, "networks": networks, "relu": relu, "summary": _summary(relu, table)}
    return Record(KIND, plain(values), arrays)


def _networks(config: DistanceCurvesConfig) -> list[dict[str, Any]]:
    quadratic, few, deep = config.grid, config.relu[0], config.deep[0]
    return [
        {
            "name": "quadratic",
            "label": f"quadratic, {quadratic.hidden:,} units",
            "depth": 1,
            "hidden": quadratic.hidden,
            "guarantee": "exact",
        },
        *(
            {
                "name": name,
                "label": f"ReLU, {plan.depth} × {plan.hidden:,} units",
                "depth": plan.depth,
                "hidden": plan.hidden,
                "guarantee": "upper bound",
            }
            for name, plan in (("relu", few), ("deep", deep))
        ),
    ]


def _rows(record: Record, owner: int) -> dict[str, Any]:
    """The rows of one run."""
    arrays, count = record.arrays, len(record.arrays["step"])
    size = record.values["config"]["training"]["train_size"]
    return {
        "network": np.full(count, owner),
        "train_size": np.full(count, ONLINE if size is None else size),
        "step": arrays["step"],
        "is_last": np.arange(count) == count - 1,
        **{name: arrays[name] for name in (*_SHARED, *_DISTANCES)},
        **{name: arrays.get(name, arrays["bound"]) for name in ("bound_low", "bound_high")},
    }


def _above_bound(table: Mapping[str, Any], dim: int) -> Any:
    low_rate, low_mean = table["log10_error_rate_low"], table["mean_distance_low"]
    known = np.isfinite(low_rate)
    bound: FloatArray = np.full(low_rate.shape, np.inf)
    bound[known] = mean_distance_bound(
        LogProbability.from_log10(np.minimum(low_rate[known], 0.0)), dim, metric="euclidean"
    )
    return low_mean > bound


def _without_slices(record: Record) -> dict[str, Any]:
    return {name: array for name, array in record.arrays.items() if not name.startswith("slice_")}


def _main_values(plan: ReluPlan, record: Record) -> dict[str, Any]:
    training = record.values["training"]
    return {
        "hidden": plan.hidden,
        "depth": plan.depth,
        "learning_rate": plan.learning_rate,
        "batch_size": plan.batch_size,
        "steps": training["steps"],
        "points_seen": training["points_seen"],
        "final_loss": training["final_loss"],
        **{sphere: _main_sphere(plan, record, sphere) for sphere in SPHERES},
    }


def _main_sphere(plan: ReluPlan, record: Record, sphere: str) -> dict[str, Any]:
    side = SPHERES.index(sphere)
    last = {name: array[side, -1] for name, array in _without_slices(record).items() if array.ndim == 2}
    samples = plan.monte_carlo_samples if plan.final_monte_carlo_samples is None else plan.final_monte_carlo_samples
    points = plan.attack_points if plan.final_attack_points is None else plan.final_attack_points
    mean = last["mean_distance"]
    rare = {end: finite_or_none(last[f"log10_rare_event{end}"]) for end in ("", "_low", "_high")}
    return {
        "error_rate": {
            **{f"log10{end}": finite_or_none(last[f"log10_error_rate{end}"]) for end in ("", "_low", "_high")},
            "method": METHODS[int(last["error_rate_method"])],
        },
        "monte_carlo": {
            "errors": int(last["monte_carlo_errors"]),
            "samples": samples,
            "low": last["monte_carlo_low"],
            "high": last["monte_carlo_high"],
        },
        "rare_event": None
        if rare[""] is None
        else {**{f"log10{end}": value for end, value in rare.items()}, "rigorous": False},
        "mean_distance": {
            "mean": mean,
            "low": last["mean_distance_low"],
            "high": last["mean_distance_high"],
            "guarantee": "upper bound",
            "points": points,
            "failed_attacks": int(last["failed_attacks"]),
        },
        **{f"bound{end}": last[f"bound{end}"] for end in ("", "_low", "_high")},
        "tightness": mean / last["bound"],
        "tightness_low": mean / last["bound_high"],
        "tightness_high": mean / last["bound_low"],
    }


def _summary(relu: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    exact = table["network"] == 0
    online = exact & (table["train_size"] == ONLINE) & table["is_last"]
    tight = table["mean_distance"][0, online] / table["bound"][0, online]
    return {
        "relu_mean_distance_inner": relu["inner"]["mean_distance"]["mean"],
        "relu_bound_inner": relu["inner"]["bound"],
        "relu_tightness_inner": relu["inner"]["tightness"],
        "relu_monte_carlo_errors": sum(relu[sphere]["monte_carlo"]["errors"] for sphere in SPHERES),
        "relu_monte_carlo_points": sum(relu[sphere]["monte_carlo"]["samples"] for sphere in SPHERES),
        "quadratic_tightness_inner": float(tight[0]) if len(tight) else None,
        "exact_points_above_bound": int(np.count_nonzero(table["above_bound"] & exact)),
    }


EXPERIMENT = Experiment(KIND, "Error rate against distance", PROFILES, cells, assemble)
