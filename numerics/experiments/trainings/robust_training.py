"""Ordinary, adversarial and worst-case training of the quadratic network, until all alphas are right.

[Gil2018], section 4, trains on the exact worst points; a re-implementation of it counts the steps until every alpha
lies in [1/R^2, 1], where no error exists (:data:`REPORTED_STEPS`, read off a figure, d = 500). Its settings are as many
hidden units as dimensions, Adam with rate 1e-4, one point a step for the worst case and 50 else, and steps of 0.01 for
projected gradient ascent (PGD), which it begins at a random point 0.01 away and we at the point itself. Here the same
network is trained from the same start on several objectives: "worst-case", "pgd-100" and the like (the batch after so
many steps of PGD), and "average".

The record's values: ``config``; ``runs``, for each run ``steps_until_all_right`` (the first measured step without a
wrong alpha, None where the limit came first), ``steps_taken``, ``limit``, ``test_every`` (how often it was looked),
``wrong_alphas_final``, ``worst_case_loss_final_{sphere}``,
``log10_error_rate_final_{sphere}`` (None: exactly 0), and ``reported_steps`` of the re-implementation. Arrays
``{run}_{name}``, one entry a measured step: ``step``, ``loss``, ``alphas_outside`` (-1 where no alphas exist), and with
two rows, inner and outer sphere, ``worst_case_loss``, ``log10_error_rate`` (exact, -inf where there is no error).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import numpy as np

from ....theory.basics.arguments import Progress, check_integer
from ....theory.basics.errors import InvalidArgumentError
from ...runs.experiment import Experiment
from ...storage.records import Record
from ...training.checkpoint import load_checkpoint
from ...training.config import TrainingConfig
from ...training.log import SPHERES, TrainingLog
from ...training.loop import train
from ...training.state import TrainingState

KIND = "robust-training"
REPORTED_STEPS: Mapping[str, int] = {"worst-case": 3_000, "pgd-100": 40_000, "pgd-50": 250_000, "average": 500_000}
"""Steps of each objective until every alpha lies in [1/R^2, 1], read off the published figure (d = 500)."""


@dataclass(frozen=True)
class RobustRun:
    """Training until all alphas are right.

    Parameters
    ----------
    training
        The run; ``training.steps`` is the limit. Without ``stop_below``: errors may be rare long before there are none.
    test_every
        Steps between two looks at the alphas.
    """

    training: TrainingConfig
    test_every: int

    KIND: ClassVar[str] = "robust-run"
    VERSION: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_integer("test_every", self.test_every, 1, 2**53)
        if self.training.network != "quadratic":
            raise InvalidArgumentError("network", self.training.network, '"quadratic": no other has alphas')
        if self.training.stop_below is not None:
            raise InvalidArgumentError("stop_below", self.training.stop_below, "None: the alphas end this run")

    @property
    def cost(self) -> float:
        """Rough seconds on one core, were the limit reached."""
        config = self.training
        passes = config.pgd_steps + 1 if config.objective == "pgd" else 1
        second = 2e-9 * passes * config.batch_size * config.hidden * config.dim / 50 + 2e-4
        if config.objective == "worst-case":
            second += 3e-10 * config.dim**3
        return config.steps * second

    @property
    def label(self) -> str:
        """Objective and dimension."""
        steps = f"-{self.training.pgd_steps}" if self.training.objective == "pgd" else ""
        return f"{self.training.objective}{steps} training, d = {self.training.dim}"

    def run(self, checkpoint: Path | None = None, progress: Progress | None = None) -> Record:
        """Train in segments of ``test_every`` steps; the file of the training run is the work in progress."""
        if checkpoint is None:
            with TemporaryDirectory() as folder:
                return self.run(Path(folder, "training"), progress)

        def told(step: int, _end: int, loss: float) -> None:
            if progress is not None:
                progress("training", step, self.training.steps, f"loss {loss:.3g}")

        state = load_checkpoint(checkpoint) if checkpoint.exists() else None
        while state is None or not self._is_over(state):
            segment = replace(self.training, steps=self._next_look(0 if state is None else state.step))
            state = train(segment, checkpoint=checkpoint, resume=True, progress=told, workers=1)
        _, log = state.quadratic()
        return Record(self.KIND, {"training": self.training, "test_every": self.test_every}, _log_arrays(log))

    def _next_look(self, step: int) -> int:
        return min((step // self.test_every + 1) * self.test_every, self.training.steps)

    def _is_over(self, state: TrainingState) -> bool:
        # A run that was killed within a segment is not finished: only the ends of segments decide, as they would have.
        all_right = state.quadratic()[1].entries[-1].alphas_outside == 0
        return state.finished and (all_right or state.step >= self.training.steps)


@dataclass(frozen=True)
class Trial:
    """One way of training: the run's name, TrainingConfig's objective, pgd_steps and batch_size, limit and looks."""

    name: str
    objective: str
    steps: int
    test_every: int
    pgd_steps: int = 10
    batch_size: int = 50


@dataclass(frozen=True)
class RobustTrainingConfig:
    """What to train.

    Parameters
    ----------
    dim, hidden, outer_radius, learning_rate
        The same for all runs.
    pgd_step
        Length of a step of the attacks, in units of the radius.
    trials
        The ways of training.
    confidence
        Of nothing here: all numbers are exact.
    seed
        The runs share start and data.
    """

    dim: int
    hidden: int
    trials: tuple[Trial, ...]
    outer_radius: float = 1.3
    learning_rate: float = 1e-3
    pgd_step: float = 0.01
    confidence: float = 0.99
    seed: int = 0


def trials(
    *, average: tuple[int, int], worst_case: tuple[int, int], pgd: Mapping[int, tuple[int, int]]
) -> tuple[Trial, ...]:
    """The ways of training, each with its limit and the steps between looks; those of PGD by its number of steps."""
    attacks = [Trial(f"pgd-{steps}", "pgd", *limit, pgd_steps=steps) for steps, limit in pgd.items()]
    worst = Trial("worst-case", "worst-case", *worst_case, batch_size=1)
    return (worst, *attacks, Trial("average", "average", *average))


PROFILES: Mapping[str, RobustTrainingConfig] = {
    "quick": RobustTrainingConfig(
        dim=50,
        hidden=50,
        trials=trials(
            average=(30_000, 250), worst_case=(5_000, 25), pgd={100: (1_000, 10), 50: (2_000, 10), 10: (4_000, 50)}
        ),
    ),
    "standard": RobustTrainingConfig(
        dim=100,
        hidden=100,
        learning_rate=1e-4,
        trials=trials(
            average=(300_000, 2_000),
            worst_case=(40_000, 200),
            pgd={
                100: (6_000, 100),
                50: (10_000, 100),
                10: (40_000, 500),
                5: (60_000, 1_000),
                1: (200_000, 2_000),
            },
        ),
    ),
    "paper": RobustTrainingConfig(
        dim=500,
        hidden=500,
        learning_rate=1e-4,
        trials=trials(
            average=(3_000_000, 5_000),
            worst_case=(500_000, 500),
            pgd=dict.fromkeys((100, 50), (500000, 500)) | dict.fromkeys((10, 5, 1), (3000000, 5000)),
        ),
    ),
}


def cells(config: RobustTrainingConfig) -> list[RobustRun]:
    """One run a trial."""
    return [RobustRun(_training(config, trial), trial.test_every) for trial in config.trials]


def _training(config: RobustTrainingConfig, trial: Trial) -> TrainingConfig:
    return TrainingConfig(
        dim=config.dim,
        hidden=config.hidden,
        steps=trial.steps,
        batch_size=trial.batch_size,
        learning_rate=config.learning_rate,
        outer_radius=config.outer_radius,
        objective=trial.objective,
        pgd_steps=trial.pgd_steps,
        pgd_step=config.pgd_step,
        seed=config.seed,
    )


def assemble(config: RobustTrainingConfig, records: Sequence[Record]) -> Record:
    """All runs as one record."""
    arrays: dict[str, Any] = {}
    runs: dict[str, Any] = {}
    for trial, record in zip(config.trials, records, strict=True):
        runs[trial.name] = _summary(trial, record.arrays)
        arrays |= {f"{trial.name}_{name}": values for name, values in record.arrays.items()}
    return Record(KIND, {"config": config, "runs": runs}, arrays)


def _summary(trial: Trial, arrays: Mapping[str, Any]) -> dict[str, Any]:
    step, outside = arrays["step"], arrays["alphas_outside"]
    right = step[outside == 0]
    values: dict[str, Any] = {
        "steps_until_all_right": int(right[0]) if len(right) else None,
        "steps_taken": int(step[-1]),
        "limit": trial.steps,
        "test_every": trial.test_every,
        "wrong_alphas_final": int(outside[-1]),
        "reported_steps": REPORTED_STEPS.get(trial.name),
    }
    for name in ("worst_case_loss", "log10_error_rate"):
        ends = zip(SPHERES, arrays[name][:, -1], strict=True)
        values |= {f"{name}_final_{sphere}": float(end) for sphere, end in ends}
    return values


def _log_arrays(log: TrainingLog) -> dict[str, Any]:
    return {
        "step": log.steps,
        "loss": log.mean_losses,
        "alphas_outside": log.alphas_outside,
        "worst_case_loss": np.stack([log.worst_case_loss(sphere) for sphere in SPHERES]),
        "log10_error_rate": np.stack([log.error_rate(sphere).log10 for sphere in SPHERES]),
    }


EXPERIMENT = Experiment(KIND, "Training until all coefficients are right", PROFILES, cells, assemble)
