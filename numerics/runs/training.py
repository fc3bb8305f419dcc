"""The training of a cell: told as it goes on, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...theory.basics.arguments import Progress
from ..training.config import TrainingConfig
from ..training.loop import Visit, train
from ..training.state import TrainingState


def silent(stage: str, done: int, total: int, note: str) -> None:
    """Tell nobody about progress."""


def train_told(
    training: TrainingConfig,
    checkpoint: Path | None,
    say: Progress,
    *,
    resume: bool = True,
    visit: Visit | None = None,
) -> TrainingState:
    """Train, or go on from ``checkpoint`` if it exists and ``resume``, and say how far it is."""
    return train(
        training,
        checkpoint=checkpoint,
        resume=resume and checkpoint is not None,
        progress=lambda step, total, loss: say("training", step, total, f"loss {loss:.3g}"),
        visit=visit,
        workers=1,
    )


def training_values(trained: TrainingState) -> dict[str, Any]:
    """How training ended, as a record tells it."""
    return {
        "steps": trained.step,
        "final_loss": trained.log.entries[-1].mean_loss,
        "points_seen": trained.step * trained.config.batch_size,
    }


def training_label(training: TrainingConfig) -> str:
    """Network, dimension, outer radius (where it is not the paper's), training set and seed in a few words."""
    size = "online" if training.train_size is None else f"{training.train_size:,} points"
    start = ", perfect start" if training.init == "perfect" else ""
    shape = f"{training.depth} x {training.hidden}" if training.network == "relu" else f"{training.hidden}"
    radius = "" if training.outer_radius == 1.3 else f", R = {training.outer_radius:g}"
    return f"{training.network} {shape}, d = {training.dim}{radius}, {size}{start}, seed {training.seed}"


def training_seconds(training: TrainingConfig) -> float:
    """Rough seconds on one core: the paper's quadratic network takes about 450 steps a second, its ReLU network 120."""
    layers = (training.depth or 1) - 1
    weights = training.hidden * (training.dim + layers * training.hidden)
    seconds_a_weight = 1.0 / (450 * 5e5) if training.network == "quadratic" else 1.0 / (120 * 1.5e6)
    return training.steps * weights * seconds_a_weight * training.batch_size / 50
