"""The main experiment: train the quadratic network, predict, measure and check ([Gil2018], sections 3 and 4).

From a configuration to a record: exact error rates, distances to the nearest error, their predictions and bounds,
for the trained network and along its training, and the same exact error rates for the paper's own network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...theory.basics.arguments import Progress
from ...theory.basics.validation import FloatArray, Sphere
from ...theory.quadratic.classifier import QuadraticClassifier
from ..distances.exact import measure_distances
from ..distances.measurement import Measurement, distance_histogram
from ..distances.predicted import predict_distance
from ..distances.statistics import DistanceStatistics
from ..runs.curves import hidden_unit_curves, limit_curves
from ..runs.experiment import Experiment
from ..runs.history import HistoryBudget, history_arrays, history_predictions
from ..runs.sides import by_sphere
from ..runs.training import silent, train_told, training_seconds
from ..runs.values import distance_values, error_rate_values, monte_carlo_values
from ..sampling.blas import blas_threads
from ..storage.alphas import paper_alphas
from ..storage.records import Record
from ..training.config import TrainingConfig
from ..training.log import SPHERES
from ..training.state import TrainingState
from ..verdicts.suite import SphereResult, SuiteSettings, run_suite

HISTOGRAM_BINS = 60
CONTROLLED = 5_000_000
"""Fewer points than these are helped by a control variate; more decide all checks without."""


@dataclass(frozen=True)
class QuadraticNetworkConfig:
    """What to train and how much to measure.

    Parameters
    ----------
    dim, hidden, outer_radius
        The problem and the network's width.
    batch_size, learning_rate, train_size
        Training; ``train_size`` None draws fresh points at every step.
    max_steps, stop_below
        Training ends when the exact error rates of BOTH spheres are below ``stop_below``, or at ``max_steps``
        (``stop_below`` None: only there).
    distance_samples, monte_carlo_samples
        Points a sphere for the trained network.
    history_samples, history_monte_carlo_samples
        Points a sphere and logged step along training.
    predicted_every
        Theory predicts the mean distance at every so many logged steps, counted back from the last; between: NaN.
    confidence
        Of the suite of checks, and of every single interval along training.
    seed
        Same seed and versions, same record.
    """

    dim: int = 500
    hidden: int = 1000
    outer_radius: float = 1.3
    batch_size: int = 50
    learning_rate: float = 1e-3
    train_size: int | None = None
    max_steps: int = 100_000
    stop_below: float | None = 1e-6
    distance_samples: int = 5_000_000
    monte_carlo_samples: int = 1_000_000
    history_samples: int = 20_000
    history_monte_carlo_samples: int = 100_000
    predicted_every: int = 1
    confidence: float = 0.99
    seed: int = 0


PROFILES: Mapping[str, QuadraticNetworkConfig] = {
    # What decides its checks, with the control variate: to measure more took longer than to train.
    "quick": QuadraticNetworkConfig(
        distance_samples=400_000,
        monte_carlo_samples=100_000,
        history_samples=3_000,
        history_monte_carlo_samples=20_000,
        predicted_every=5,
    ),
    "standard": QuadraticNetworkConfig(
        stop_below=1e-12,
        distance_samples=10_000_000,
        monte_carlo_samples=10_000_000,
        history_samples=100_000,
        history_monte_carlo_samples=1_000_000,
    ),
    "paper": QuadraticNetworkConfig(
        learning_rate=1e-4,
        train_size=1_000_000,
        max_steps=1_000_000,
        stop_below=None,
        distance_samples=10_000_000,
        monte_carlo_samples=20_000_000,
        history_samples=100_000,
        history_monte_carlo_samples=1_000_000,
    ),
}


@dataclass(frozen=True)
class MainRun:
    """The cell of the main experiment: train, measure, check; its record is that of the experiment."""

    config: QuadraticNetworkConfig

    KIND: ClassVar[str] = "quadratic-network"
    VERSION: ClassVar[int] = 2

    @property
    def cost(self) -> float:
        """Rough seconds on one core."""
        config = self.config
        trained = training_seconds(_training(config)) * (0.25 if config.stop_below else 1.0)
        return trained + 1e-5 * (config.distance_samples + config.monte_carlo_samples + 80 * config.history_samples)

    @property
    def label(self) -> str:
        """Network, dimension and seed."""
        return f"the main experiment, d = {self.config.dim}, seed {self.config.seed}"

    def run(self, checkpoint: Path | None = None, progress: Progress | None = None) -> Record:
        """Train, or go on from ``checkpoint``; measure and check."""
        say = progress or silent
        with blas_threads(1):  # the bits of eigenvalues depend on the number of BLAS threads
            trained = train_told(_training(self.config), checkpoint, say)
            return _measured(trained, self.config, say)


def _training(config: QuadraticNetworkConfig) -> TrainingConfig:
    return TrainingConfig(
        dim=config.dim,
        hidden=config.hidden,
        outer_radius=config.outer_radius,
        steps=config.max_steps,
        batch_size=config.batch_size,
        learning_rate=config.learning_rate,
        train_size=config.train_size,
        stop_below=config.stop_below,
        seed=config.seed,
    )


def _measured(trained: TrainingState, config: QuadraticNetworkConfig, say: Progress) -> Record:
    """Everything that is known of the trained network, and of the paper's own."""
    network, log = trained.quadratic()
    classifier, printed = network.classifier(), paper_alphas()
    settings = SuiteSettings(
        config.distance_samples,
        config.monte_carlo_samples,
        config.seed,
        config.confidence,
        control=config.distance_samples < CONTROLLED,
    )
    say("measuring the trained network", 0, 1, "")
    suite = run_suite(classifier, config.outer_radius, settings, model=network)
    say("measuring the trained network", 1, 1, "")
    arrays: dict[str, Any] = {"paper_alphas": printed, "final_alphas": np.sort(classifier.alphas)}
    arrays |= limit_curves(config.dim) | hidden_unit_curves(config.outer_radius)
    history = history_arrays(log, _budget(config), say)
    history |= history_predictions(log, config.outer_radius, say, every=config.predicted_every)
    arrays |= {f"history_{name}": values for name, values in history.items()}
    arrays |= by_sphere([histogram_arrays(suite.spheres[sphere].distances, config.dim) for sphere in SPHERES])
    values = {
        "config": config,
        "training": training_values(trained, config),
        "spheres": {
            sphere: sphere_values(classifier, config, sphere, result) for sphere, result in suite.spheres.items()
        },
        "paper_network": paper_network_values(printed, config.outer_radius),
        "checks": suite.checks,
        "verdict": suite.verdict,
        "error_budget": suite.error_budget,
    }
    return Record(MainRun.KIND, values, arrays)


def _budget(config: QuadraticNetworkConfig) -> HistoryBudget:
    return HistoryBudget(
        config.outer_radius,
        config.history_monte_carlo_samples,
        config.history_samples,
        config.confidence,
        config.seed,
    )


def histogram_arrays(measured: Measurement, dim: int) -> dict[str, Any]:
    """Histogram of the Euclidean distances on one sphere, and the law of the cap of the same measure.

    Without errors there are no distances: counts of 0, and NaN.
    """
    found = distance_histogram(measured, HISTOGRAM_BINS, dim)
    if found is None:
        nothing = np.full(HISTOGRAM_BINS + 1, np.nan)
        counts = np.zeros(HISTOGRAM_BINS, dtype=np.int64)
        return {"distance_edges": nothing, "distance_counts": counts, "cap_survival": nothing}
    return {
        "distance_edges": found.edges,
        "distance_counts": found.counts,
        "cap_survival": found.cap_survival,
    }


def _without_epsilon(statistics: DistanceStatistics | None) -> DistanceStatistics | None:
    """The same statistics for another metric, in which nobody counted the points within a distance."""
    return None if statistics is None else replace(statistics, within=None, possibly_within=None, epsilon=None)


def training_values(trained: TrainingState, config: QuadraticNetworkConfig) -> dict[str, Any]:
    """How training ended."""
    network, log = trained.quadratic()
    last, classifier = log.entries[-1], network.classifier()
    return {
        "steps": trained.step,
        "reached_target": config.stop_below is None or last.is_below(config.stop_below),
        "final_loss": last.mean_loss,
        "alphas_outside": int(classifier.alphas_outside(config.outer_radius)),
        "alpha_min": float(np.min(classifier.alphas)),
        "alpha_max": float(np.max(classifier.alphas)),
        "points_seen": trained.step * config.batch_size,
    }


def sphere_values(
    classifier: QuadraticClassifier, config: QuadraticNetworkConfig, sphere: Sphere, result: SphereResult
) -> dict[str, Any]:
    """Error rates and distances of the trained network on one sphere, in both metrics."""
    errors = classifier.errors_on(sphere, config.outer_radius)
    values: dict[str, Any] = {
        "error_rate": error_rate_values(errors),
        "monte_carlo": monte_carlo_values(result.monte_carlo),
        "worst_case_loss": float(errors.worst_loss),
        "distances": {"euclidean": distance_values(result.distances)},
    }
    geodesic = measure_distances(
        classifier,
        sphere,
        outer_radius=config.outer_radius,
        metric="geodesic",
        samples=config.distance_samples,
        seed=config.seed,
        confidence=config.confidence,
        statistics=_without_epsilon(result.distances.statistics),
    )
    values["distances"]["geodesic"] = distance_values(geodesic)
    return values


def paper_network_values(printed: FloatArray, outer_radius: float) -> dict[str, Any]:
    """What exact theory says of the paper's own network, beside what the paper printed."""
    classifier = QuadraticClassifier.from_alphas(printed)
    return {
        "printed_log10_error_rate": -10.99,
        "printed_for": "inner sphere, central limit estimate ([Gil2018], figure 3 left)",
        "alphas_outside": int(classifier.alphas_outside(outer_radius)),
        "printed_alphas_outside": 394,
        **{sphere: error_rate_values(classifier.errors_on(sphere, outer_radius)) for sphere in SPHERES},
        "predicted_distance": {
            sphere: predict_distance(classifier, sphere, outer_radius=outer_radius, metric="euclidean")
            for sphere in SPHERES
        },
    }


def assemble(config: QuadraticNetworkConfig, records: Sequence[Record]) -> Record:
    """The record of the one cell."""
    (record,) = records
    return record


EXPERIMENT: Experiment[QuadraticNetworkConfig] = Experiment(
    MainRun.KIND, "The quadratic network", PROFILES, lambda config: [MainRun(config)], assemble
)
