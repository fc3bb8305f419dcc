"""Cells that train a network and measure it along its training; several experiments share them.

Arrays of both kinds of record, one entry a measured step; those of the spheres have two rows, inner and outer:

step, loss
    Steps taken, and mean loss of the batches since the log's previous scheduled entry.
log10_error_rate, log10_error_rate_low, log10_error_rate_high, error_rate_method
    Error rate, the ends of its interval (all equal where it is exact), and how it is known: 0 exact, 1 Monte Carlo,
    2 rare event (the interval is not rigorous), 3 none seen (the error rate is NaN, its lower limit -inf).
mean_distance, mean_distance_low, mean_distance_high
    Mean Euclidean distance to the nearest error in units of the radius, points in error counting as 0.
    ``values["distance_guarantee"]`` says whether distances are "exact" or an "upper bound".
bound
    Isoperimetric bound on the mean distance in the same unit at the error rate; NaN where that is unknown.
monte_carlo_estimate, monte_carlo_low, monte_carlo_high
    Error rate by counting, with its Clopper-Pearson interval.

The values hold the configuration (``config``) and how training ended (``training``: steps, final_loss, points_seen).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...theory.basics.arguments import Progress, check_integer
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray
from ..cells.cell import cell_key
from ..networks.relu import ReluNetwork
from ..sampling.blas import blas_threads
from ..statistics.intervals import check_confidence, check_samples
from ..storage.files import read_file, write_atomically
from ..storage.records import SCHEMA_VERSION, Record, content_digest, json_bytes, plain
from ..storage.strict_json import read_json
from ..training.checkpoint import load_checkpoint
from ..training.config import TrainingConfig
from ..training.log import TrainingLog
from ..training.state import TrainingState
from .history import HistoryBudget, history_arrays
from .relu_measurement import EXACT, MeasurementBudget, Row, columns, measure_network
from .slices import decision_slices, slice_arrays
from .training import silent, train_told, training_label, training_seconds, training_values


@dataclass(frozen=True)
class QuadraticRun:
    """Train the quadratic network and measure it exactly, at every logged step or at the end alone.

    Further arrays: ``alphas`` (n, dim), ascending, NaN where the network has no boundary; ``alphas_outside``, -1 there;
    and of both spheres ``log10_clt``, ``log10_chernoff`` and ``worst_case_loss``.

    Parameters
    ----------
    training
        A run of the quadratic network.
    monte_carlo_samples, distance_samples
        Points a sphere and logged step, >= 1 and >= 0; 0: no distances are measured.
    confidence
        Of every single interval, in (0, 1).
    final_only
        Measure the trained network alone: one row.
    """

    training: TrainingConfig
    monte_carlo_samples: int = 100_000
    distance_samples: int = 20_000
    confidence: float = 0.99
    final_only: bool = False

    KIND: ClassVar[str] = "quadratic-run"
    VERSION: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if self.training.network != "quadratic":
            raise InvalidArgumentError("training", self.training.network, 'a run of the "quadratic" network')
        check_samples(self.monte_carlo_samples, name="monte_carlo_samples")
        if self.distance_samples != 0:
            check_samples(self.distance_samples, name="distance_samples", minimum=2)
        check_confidence(self.confidence)

    @property
    def cost(self) -> float:
        """Rough seconds on one core."""
        measured = (1.0 if self.final_only else 40.0) * (0.03 + 4e-5 * self.distance_samples)
        return training_seconds(self.training) + measured

    @property
    def label(self) -> str:
        """Network, dimension and training set."""
        return training_label(self.training)

    def run(self, checkpoint: Path | None = None, progress: Progress | None = None) -> Record:
        """Train, or go on from ``checkpoint``, and measure."""
        say = progress or silent
        with blas_threads(1):
            trained = train_told(self.training, checkpoint, say)
            _, log = trained.quadratic()
            if self.final_only:
                log = TrainingLog(log.outer_radius, log.entries[-1:])
            budget = HistoryBudget(
                self.training.outer_radius,
                self.monte_carlo_samples,
                self.distance_samples,
                self.confidence,
                self.training.seed,
            )
            arrays = history_arrays(log, budget, say)
        exact = arrays.pop("log10_exact")
        arrays |= {f"log10_error_rate{end}": exact for end in ("", "_low", "_high")}
        arrays["error_rate_method"] = np.full(exact.shape, EXACT)
        arrays["alphas"] = _alphas(log)
        values = {"config": self, "training": training_values(trained), "distance_guarantee": "exact"}
        return Record(self.KIND, plain(values), arrays)


def _alphas(log: TrainingLog) -> FloatArray:
    """Sorted alphas of each entry, shape (n, dim); NaN where the bias is not negative and so no boundary exists."""
    eigenvalues = np.stack([entry.eigenvalues for entry in log])
    bias = np.array([[entry.bias] for entry in log])
    alphas: FloatArray = np.full(eigenvalues.shape, np.nan)
    np.divide(eigenvalues, -bias, out=alphas, where=bias < 0.0)
    return np.sort(alphas, axis=1)


@dataclass(frozen=True)
class ReluRun:
    """Train a ReLU network and measure it at given steps: counting, splitting, attacks and slices.

    Further arrays, of both spheres: ``monte_carlo_errors``; ``log10_rare_event`` and its ``_low``, ``_high``, NaN
    where splitting was not asked for, not needed or has not reached the error set; ``failed_attacks``, which count
    with the largest possible distance; ``bound_low`` and ``bound_high``, the bound at the upper and at the lower
    end of the error rate's interval. ``mean_distance_high_s`` is an upper limit for the true mean distance,
    ``mean_distance_low_s`` a lower limit for that of the attack: the true one may lie below. Last, the slices of
    the trained network (:func:`~.runs.slices.slice_arrays`) where ``slice_resolution`` is not 0.

    Parameters
    ----------
    training
        A run of the ReLU network.
    measured_steps
        Steps to measure at, ascending, the last one ``training.steps``.
    monte_carlo_samples, attack_points
        Points a sphere and measured step, >= 1 and >= 2.
    rare_event_runs, rare_event_particles, rare_event_levels
        Splitting, where Monte Carlo saw fewer than 100 errors; 0 runs: never. The search is given up after that many
        levels: 40 of them reach down to an error rate of about 1e-28.
    slice_resolution
        Grid points along each axis of the slices; 0: none.
    confidence
        Of what is said of one sphere at one step, in (0, 1): see :class:`~.runs.relu_measurement.MeasurementBudget`.
    final_monte_carlo_samples, final_attack_points, final_rare_event_particles
        The same as above at the last step; None: as many as at the others.
    """

    training: TrainingConfig
    measured_steps: tuple[int, ...]
    monte_carlo_samples: int = 100_000
    attack_points: int = 200
    rare_event_runs: int = 10
    rare_event_particles: int = 1000
    rare_event_levels: int = 40
    slice_resolution: int = 0
    confidence: float = 0.99
    final_monte_carlo_samples: int | None = None
    final_attack_points: int | None = None
    final_rare_event_particles: int | None = None

    KIND: ClassVar[str] = "relu-run"
    VERSION: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if self.training.network != "relu":
            raise InvalidArgumentError("training", self.training.network, 'a run of the "relu" network')
        steps = tuple(check_integer("measured_steps", step, 0, 2**53) for step in self.measured_steps)
        object.__setattr__(self, "measured_steps", steps)
        if not steps or steps[-1] != self.training.steps or any(a >= b for a, b in pairwise(steps)):
            raise InvalidArgumentError("measured_steps", steps, f"ascending and end with {self.training.steps}")
        for last in (False, True):
            budget = self._budget(last)
            check_samples(budget.monte_carlo_samples, name="monte_carlo_samples")
            check_samples(budget.attack_points, name="attack_points", minimum=2)
        if self.rare_event_runs != 0:
            for last in (False, True):
                self._budget(last).splitting()
        if self.slice_resolution != 0:
            check_integer("slice_resolution", self.slice_resolution, 2, 4096)
        check_confidence(self.confidence)

    @property
    def cost(self) -> float:
        """Rough seconds on one core."""
        return 1.5 * training_seconds(self.training) + 3.0 * len(self.measured_steps)

    @property
    def label(self) -> str:
        """Network, dimension and training set."""
        return training_label(self.training)

    def run(self, checkpoint: Path | None = None, progress: Progress | None = None) -> Record:
        """Train, or go on from ``checkpoint``, and measure on the way.

        Beside ``checkpoint`` stands a file with ".rows" at the end of its name: what was measured so far. A run that
        goes on repeats at most the measurement that was interrupted.
        """
        say = progress or silent
        with blas_threads(1):
            rows = _MeasuredRows(self, checkpoint)

            def visit(state: TrainingState) -> None:
                if state.step in self.measured_steps and state.step not in rows.found:
                    say("measuring", state.step, self.training.steps, "")
                    rows.add(state.step, self._row(state, say))

            trained = train_told(self.training, checkpoint, say, resume=rows.allow_resume(checkpoint), visit=visit)
            slices = self._slices(_relu(trained))
        arrays = columns([rows.found[step] for step in self.measured_steps])
        arrays |= {"step": np.array(self.measured_steps), **slices}
        values = {"config": self, "training": training_values(trained), "distance_guarantee": "upper bound"}
        return Record(self.KIND, plain(values), arrays)

    def _budget(self, last: bool) -> MeasurementBudget:
        def chosen(usual: int, final: int | None) -> int:
            return final if last and final is not None else usual

        return MeasurementBudget(
            outer_radius=self.training.outer_radius,
            monte_carlo_samples=chosen(self.monte_carlo_samples, self.final_monte_carlo_samples),
            attack_points=chosen(self.attack_points, self.final_attack_points),
            rare_event_runs=self.rare_event_runs,
            rare_event_particles=chosen(self.rare_event_particles, self.final_rare_event_particles),
            rare_event_levels=self.rare_event_levels,
            confidence=self.confidence,
            seed=self.training.seed,
        )

    def _row(self, state: TrainingState, say: Progress) -> Row:
        loss = state.loss_sum / state.loss_count if state.loss_count else state.log.entries[-1].mean_loss
        budget = self._budget(last=state.step == self.training.steps)
        return {"loss": loss, **measure_network(_relu(state), budget, say)}

    def _slices(self, network: ReluNetwork) -> dict[str, Any]:
        if self.slice_resolution == 0:
            return {}
        training = self.training
        cuts = decision_slices(
            network,
            training.dim,
            outer_radius=training.outer_radius,
            resolution=self.slice_resolution,
            seed=training.seed,
        )
        return slice_arrays(cuts)


class _MeasuredRows:
    """Rows measured so far, in memory and, where there is a checkpoint, in a file beside it."""

    def __init__(self, cell: ReluRun, checkpoint: Path | None) -> None:
        self._key, self._steps = cell_key(cell), cell.measured_steps
        self._file = None if checkpoint is None else checkpoint.with_name(f"{checkpoint.name}.rows")
        self.found: dict[int, Row] = {}
        if self._file is not None and self._file.exists():
            self.found = self._read(self._file)

    def _read(self, file: Path) -> dict[int, Row]:
        """The rows in the file; none where it is damaged or another cell's, and then they are measured again."""
        try:
            saved = read_json(read_file(file))
            claimed = saved["key"], saved["schema_version"], saved["content_sha256"]
            whole = claimed == (self._key, SCHEMA_VERSION, content_digest(saved))
            return {int(step): _from_hex(row) for step, row in saved["rows"].items()} if whole else {}
        except (ValueError, LookupError, TypeError, AttributeError):
            return {}

    def add(self, step: int, row: Row) -> None:
        self.found[step] = row
        if self._file is not None:
            rows = {str(step): _to_hex(row) for step, row in self.found.items()}
            content = {"key": self._key, "schema_version": SCHEMA_VERSION, "rows": rows}
            write_atomically(self._file, json_bytes({**content, "content_sha256": content_digest(content)}))

    def allow_resume(self, checkpoint: Path | None) -> bool:
        """Whether training may go on from the checkpoint: no measured step that is missing here lies before it."""
        if checkpoint is None or not checkpoint.exists():
            return True
        reached = load_checkpoint(checkpoint).step
        return all(step in self.found for step in self._steps if step < reached)


def _to_hex(row: Row) -> dict[str, str | list[str]]:
    return {
        name: [float(number).hex() for number in value] if isinstance(value, tuple) else float(value).hex()
        for name, value in row.items()
    }


def _from_hex(row: dict[str, str | list[str]]) -> Row:
    return {
        name: tuple(map(float.fromhex, value)) if isinstance(value, list) else float.fromhex(value)
        for name, value in row.items()
    }


def _relu(state: TrainingState) -> ReluNetwork:
    network = state.trained_network()
    if not isinstance(network, ReluNetwork):
        raise InvalidArgumentError("network", state.config.network, '"relu" here')
    return network
