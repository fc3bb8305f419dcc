"""How many hidden units a quadratic network needs: theory, and narrow networks that were trained.

A network with k < d hidden units has at least d - k alphas that are 0, so its error rate on the outer sphere is
positive, yet it can be tiny ([Gil2018], section 4). Theory knows the least k among networks whose other alphas are
equal (:mod:`~.quadratic.hidden_units`), an upper bound on the least k of all; a trained network may
be better or worse than the best equal alphas.

The record's values: ``config``; ``trained``, for each network ``hidden``, ``share`` (hidden / dim), ``zero_alphas``
(dim - hidden), for each sphere ``log10_error_rate_{s}`` (exact, at the end of training), ``log10_mean_error_rate`` of
both spheres, ``log10_equal_alphas`` (the mean error rate of the best network of as many equal alphas) and
``hidden_equal_alphas`` (how many equal alphas suffice for the trained network's mean error rate, an upper bound on the
least number of units).

Arrays: ``hidden_log10_error_rate``, ``hidden_dims``, ``hidden_share`` (least k among equal alphas over d); for the
dimension of the trained networks ``equal_hidden`` (n,), ``log10_equal`` (2, n), inner and outer sphere, and
``log10_equal_mean`` (n,); and of each trained network the ascending ``alphas`` (networks, dim).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...theory.basics.log_probability import LogProbability
from ...theory.basics.validation import FloatArray
from ...theory.quadratic.hidden_units import equal_alphas_error_rates, hidden_units_needed
from ..runs.curves import hidden_unit_curves
from ..runs.experiment import Experiment
from ..runs.sides import last_sides, table_rows
from ..runs.trained import QuadraticRun
from ..runs.values import LN10
from ..storage.records import Record
from ..training.config import TrainingConfig

KIND = "width"


@dataclass(frozen=True)
class WidthConfig:
    """Narrow networks to train.

    Parameters
    ----------
    dim
        Of the networks; the theory is drawn for others, too.
    hidden
        Numbers of hidden units, each below ``dim``, ascending.
    steps
        Of the training.
    monte_carlo_samples
        Points a sphere and logged step that check the exact error rates.
    confidence
        Of their intervals.
    """

    dim: int
    hidden: tuple[int, ...]
    steps: int
    monte_carlo_samples: int = 10_000
    outer_radius: float = 1.3
    learning_rate: float = 1e-3
    confidence: float = 0.99
    seed: int = 0


PROFILES: Mapping[str, WidthConfig] = {
    "quick": WidthConfig(100, (10, 40, 60, 80, 95), 9_000),
    "standard": WidthConfig(500, (50, 100, 150, 200, 250, 300, 350, 400, 450), 20_000),
    "paper": WidthConfig(500, tuple(range(25, 500, 25)), 1_000_000, 1_000_000, learning_rate=1e-4),
}


def cells(config: WidthConfig) -> list[QuadraticRun]:
    """One network a width."""
    return [
        QuadraticRun(_training(config, k), config.monte_carlo_samples, 0, config.confidence, final_only=True)
        for k in config.hidden
    ]


def _training(config: WidthConfig, hidden: int) -> TrainingConfig:
    return TrainingConfig(
        dim=config.dim,
        hidden=hidden,
        steps=config.steps,
        learning_rate=config.learning_rate,
        outer_radius=config.outer_radius,
        seed=config.seed,
    )


def assemble(config: WidthConfig, records: Sequence[Record]) -> Record:
    """Curves from theory, networks from their cells."""
    arrays = hidden_unit_curves(config.outer_radius) | _equal_alphas(config)
    arrays["alphas"] = np.stack([record.arrays["alphas"][-1] for record in records])
    hidden = np.array(config.hidden)
    rates = last_sides(records, ("log10_error_rate",))
    mean = (np.logaddexp(*(rates["log10_error_rate"] * LN10)) - np.log(2.0)) / LN10
    columns: dict[str, Any] = {
        "hidden": hidden,
        "share": hidden / config.dim,
        "zero_alphas": config.dim - hidden,
        **rates,
        "log10_mean_error_rate": mean,
        "log10_equal_alphas": _log10_equal(hidden, config)[2],
        "hidden_equal_alphas": hidden_units_needed(LogProbability.from_log10(mean), config.dim, config.outer_radius),
    }
    return Record(KIND, {"config": config, "trained": table_rows(columns)}, arrays)


def _equal_alphas(config: WidthConfig) -> dict[str, FloatArray]:
    hidden = np.arange(1.0, config.dim)
    inner, outer, mean = _log10_equal(hidden, config)
    return {
        "equal_hidden": hidden,
        "log10_equal": np.stack([inner, outer]),
        "log10_equal_mean": mean,
    }


def _log10_equal(hidden: FloatArray, config: WidthConfig) -> tuple[FloatArray, FloatArray, FloatArray]:
    """log10 of the error rates of the best equal alphas: inner, outer, and their mean."""
    inner, outer = equal_alphas_error_rates(hidden, config.dim, config.outer_radius)
    with np.errstate(divide="ignore"):  # 0 where the incomplete beta function underflows
        return np.log10(inner), np.log10(outer), np.log10(0.5 * inner + 0.5 * outer)


EXPERIMENT = Experiment(KIND, "Hidden units needed", PROFILES, cells, assemble)
