"""The main experiment: train the quadratic network, predict, measure and check ([Gil2018], sections 3 and 4).

From a configuration to a record: exact error rates, distances to the nearest error, their predictions and bounds,
for the trained network and along its training, and the same exact error rates for the paper's own network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...theory.basics.arguments import Progress
from ...theory.basics.validation import FloatArray, Sphere
from ...theory.quadratic.classifier import QuadraticClassifier
from ...theory.quadratic.error_rate import worst_case_loss
from ..distances.measurement import DistanceMeasurement, distance_histogram, measure_distances, predict_distance
from ..distances.statistics import DistanceStatistics
from ..runs.curves import hidden_unit_curves, limit_curves
from ..runs.history import HistoryBudget, history_arrays
from ..runs.values import distance_values, error_rate_values, monte_carlo_values
from ..sampling.blas import blas_threads
from ..storage.records import Record
from ..training.config import TrainingConfig
from ..training.log import SPHERES
from ..training.loop import train
from ..training.state import TrainingState
from ..verdicts.suite import SphereResult, SuiteSettings, run_suite

KIND = "quadratic-network"
HISTOGRAM_BINS = 60


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
    confidence: float = 0.99
    seed: int = 0


PROFILES: Mapping[str, QuadraticNetworkConfig] = {
    "quick": QuadraticNetworkConfig(),
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


def run(
    config: QuadraticNetworkConfig,
    paper_alphas: FloatArray,
    *,
    checkpoint: Path,
    resume: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Record:
    """Train, measure, check.

    Parameters
    ----------
    config
        What to do.
    paper_alphas
        Coefficients of the paper's network, to be put beside the trained one.
    checkpoint
        File of the trained network; with ``resume`` training goes on from it, if it exists.
    workers
        Threads; they change no number.
    progress
        Called with (stage, done, total, note).
    """
    with blas_threads(1):  # the bits of eigenvalues depend on the number of BLAS threads
        return _run(config, paper_alphas, checkpoint, resume, workers, progress)


def _run(
    config: QuadraticNetworkConfig,
    paper_alphas: FloatArray,
    checkpoint: Path,
    resume: bool,
    workers: int,
    progress: Progress | None,
) -> Record:
    say = progress or (lambda stage, done, total, note: None)
    trained = _train(config, checkpoint, resume, workers, say)
    network, _ = trained.quadratic()
    classifier = network.classifier()
    settings = SuiteSettings(
        config.distance_samples, config.monte_carlo_samples, config.seed, config.confidence, "euclidean", workers
    )
    say("measuring the trained network", 0, 1, "")
    suite = run_suite(classifier, config.outer_radius, settings, model=network)
    say("measuring the trained network", 1, 1, "")
    arrays: dict[str, Any] = {"paper_alphas": paper_alphas, "final_alphas": np.sort(classifier.alphas)}
    arrays |= limit_curves(config.dim) | hidden_unit_curves(config.outer_radius)
    arrays |= _history_arrays(trained, config, workers, say)
    for result in suite.spheres.values():
        arrays |= histogram_arrays(result.distances, config.dim)
    values = {
        "config": config,
        "training": training_values(trained, config),
        "spheres": {
            sphere: sphere_values(classifier, config, sphere, result) for sphere, result in suite.spheres.items()
        },
        "paper_network": paper_network_values(paper_alphas, config.outer_radius),
        "checks": suite.checks,
        "verdict": suite.verdict,
        "error_budget": suite.error_budget,
    }
    return Record(KIND, values, arrays)


def _train(
    config: QuadraticNetworkConfig, checkpoint: Path, resume: bool, workers: int, say: Progress
) -> TrainingState:
    training = TrainingConfig(
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

    def told(step: int, total: int, loss: float) -> None:
        say("training", step, total, f"loss {loss:.3g}")

    return train(training, checkpoint=checkpoint, resume=resume, progress=told, workers=workers)


def _history_arrays(
    trained: TrainingState, config: QuadraticNetworkConfig, workers: int, say: Progress
) -> dict[str, Any]:
    budget = HistoryBudget(
        config.outer_radius,
        config.history_monte_carlo_samples,
        config.history_samples,
        config.confidence,
        config.seed,
        workers,
    )
    _, log = trained.quadratic()
    return {f"history_{name}": values for name, values in history_arrays(log, budget, say).items()}


def histogram_arrays(measured: DistanceMeasurement, dim: int) -> dict[str, Any]:
    """Histogram of the Euclidean distances on one sphere, and the law of the cap of the same measure."""
    found = distance_histogram(measured, HISTOGRAM_BINS, dim)
    if found is None:
        return {}
    return {
        f"distance_edges_{measured.sphere}": found.edges,
        f"distance_counts_{measured.sphere}": found.counts,
        f"cap_survival_{measured.sphere}": found.cap_survival,
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
    values: dict[str, Any] = {
        "error_rate": error_rate_values(classifier, sphere, config.outer_radius),
        "monte_carlo": monte_carlo_values(result.monte_carlo),
        "worst_case_loss": float(worst_case_loss(classifier, sphere, config.outer_radius)),
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


def paper_network_values(paper_alphas: FloatArray, outer_radius: float) -> dict[str, Any]:
    """What exact theory says of the paper's own network, beside what the paper printed."""
    classifier = QuadraticClassifier.from_alphas(paper_alphas)
    return {
        "printed_log10_error_rate": -10.99,
        "printed_for": "inner sphere, central limit estimate ([Gil2018], figure 3 left)",
        "alphas_outside": int(classifier.alphas_outside(outer_radius)),
        "printed_alphas_outside": 394,
        **{sphere: error_rate_values(classifier, sphere, outer_radius) for sphere in SPHERES},
        "predicted_distance": {
            sphere: predict_distance(classifier, sphere, outer_radius=outer_radius, metric="euclidean")
            for sphere in SPHERES
        },
    }
