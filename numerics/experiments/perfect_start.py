"""Training from a network without an error: the average loss falls, the worst case rises ([Gil2018], figure 3 right).

The quadratic network starts with all coefficients at 2 / (1 + R^2) and learns online by the average loss. The paper
prints that of 500 coefficients about 265 have become wrong after half of 40,000 batches, that the worst-case loss rises
to about 7, and that the average loss falls from about 0.03 to 0.015. An average loss of 0.03 says how sure of itself
the paper's network was at its start, and that decides what follows: the network here starts at the same loss.

Notation: at scale k the logits are -k c and k c with c = (R^2 - 1)/(R^2 + 1), and the loss is log(1 + exp(-k c)) at
every point; so k = -log(exp(loss) - 1) / c.

Arrays, one row a run (by learning rate and within it by seed) and one column a logged step: ``learning_rate`` and
``seed`` (runs,), ``step`` (steps,), ``loss`` (the mean of the batches since the entry before), ``alphas_outside``, and
of shape (2, runs, steps), inner and outer sphere, ``worst_case_loss`` (exact: the largest loss of any point),
``log10_error_rate`` (exact; -inf where no error exists), ``mean_distance`` (exact mean distance / radius; NaN there),
``bound``; ``alphas`` (runs, dim) after the last step.

Values: ``config``, ``runs`` (one entry a run) and ``summary``, the entry of the first: ``learning_rate``, ``seed``,
``most_alphas_outside`` and ``step_of_most``, ``alphas_outside_half`` (at the logged step nearest to half of the run)
and its ``step_half``, ``alphas_outside_end``, ``first_wrong_step`` (the first logged step with a wrong coefficient;
null: none), ``worst_case_loss_most`` (of both spheres), ``worst_case_loss_start`` and ``worst_case_loss_end``,
``average_loss_first`` (the first mean), ``average_loss_end``, ``average_loss_least``, and ``log10_error_rate_end_s``
(null: no error).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...theory.basics.validation import check_range
from ..cells.cell import Cell
from ..runs.experiment import Experiment
from ..runs.seeds import with_seeds
from ..runs.sides import stacked, stacked_sides
from ..runs.trained import QuadraticRun
from ..storage.records import Record, plain
from ..training.config import TrainingConfig
from ..training.log import SPHERES

KIND = "perfect-start"


@dataclass(frozen=True)
class PerfectStartConfig:
    """The run.

    Parameters
    ----------
    dim, hidden, outer_radius
        The problem and the network's width, at least ``dim``.
    start_loss
        Loss at the start, the same at every point, in (0, log 2).
    steps, batch_size, learning_rates
        Training; the summary is that of the first rate and seed.
    monte_carlo_samples, distance_samples
        Points a sphere and logged step.
    confidence, seed
        Of every interval; of every stream.
    seeds
        One run each, ``seed`` added to it: they share the start, not the points.
    """

    dim: int = 500
    hidden: int = 1000
    outer_radius: float = 1.3
    start_loss: float = 0.03
    steps: int = 40_000
    batch_size: int = 50
    learning_rates: tuple[float, ...] = (1e-4,)
    monte_carlo_samples: int = 20_000
    distance_samples: int = 2000
    confidence: float = 0.99
    seed: int = 0
    seeds: tuple[int, ...] = (0,)

    @property
    def init_scale(self) -> float:
        """k."""
        check_range("start_loss", self.start_loss, 0.0, math.log(2.0), low_open=True, high_open=True)
        square = self.outer_radius**2
        return -math.log(math.expm1(self.start_loss)) * (square + 1.0) / (square - 1.0)


PROFILES: Mapping[str, PerfectStartConfig] = {
    "quick": PerfectStartConfig(steps=2500),
    "standard": PerfectStartConfig(seeds=(0, 1, 2)),
    "paper": PerfectStartConfig(
        steps=1_000_000, learning_rates=(1e-4, 3e-4, 1e-3), monte_carlo_samples=1_000_000, distance_samples=100_000
    ),
}


def cells(config: PerfectStartConfig) -> Sequence[Cell]:
    """One run for each learning rate and seed."""
    return [
        QuadraticRun(
            TrainingConfig(
                dim=config.dim,
                hidden=config.hidden,
                steps=config.steps,
                batch_size=config.batch_size,
                learning_rate=rate,
                outer_radius=config.outer_radius,
                init="perfect",
                init_scale=config.init_scale,
                seed=seed,
            ),
            config.monte_carlo_samples,
            config.distance_samples,
            config.confidence,
        )
        for rate, seed in with_seeds(config, config.learning_rates)
    ]


def assemble(config: PerfectStartConfig, records: Sequence[Record]) -> Record:
    """Join the runs."""
    pairs = with_seeds(config, config.learning_rates)
    arrays: dict[str, Any] = {
        "learning_rate": np.array([rate for rate, _ in pairs]),
        "seed": np.array([seed for _, seed in pairs]),
        "step": records[0].arrays["step"],
        "alphas": np.stack([record.arrays["alphas"][-1] for record in records]),
        **stacked(records, ("loss", "alphas_outside")),
        **stacked_sides(records, ("worst_case_loss", "log10_error_rate", "mean_distance", "bound")),
    }
    runs = [_run_values(*pair, record.arrays) for pair, record in zip(pairs, records, strict=True)]
    return Record(KIND, plain({"config": config, "runs": runs, "summary": runs[0]}), arrays)


def _run_values(rate: float, seed: int, arrays: Mapping[str, Any]) -> dict[str, Any]:
    step, outside, loss = arrays["step"], arrays["alphas_outside"], arrays["loss"]
    worst = arrays["worst_case_loss"].max(axis=0)
    ends = zip(SPHERES, arrays["log10_error_rate"][:, -1], strict=True)
    half = int(np.argmin(np.abs(step - step[-1] / 2)))
    wrong = np.flatnonzero(outside > 0)
    return {
        "learning_rate": rate,
        "seed": seed,
        "most_alphas_outside": int(outside.max()),
        "step_of_most": int(step[np.argmax(outside)]),
        "alphas_outside_half": int(outside[half]),
        "step_half": int(step[half]),
        "alphas_outside_end": int(outside[-1]),
        "first_wrong_step": int(step[wrong[0]]) if len(wrong) else None,
        "worst_case_loss_start": worst[0],
        "worst_case_loss_most": worst.max(),
        "worst_case_loss_end": worst[-1],
        "average_loss_first": loss[1],
        "average_loss_end": loss[-1],
        "average_loss_least": float(np.nanmin(loss)),
        **{f"log10_error_rate_end_{sphere}": rate for sphere, rate in ends},
    }


EXPERIMENT = Experiment(KIND, "From a perfect start", PROFILES, cells, assemble)
