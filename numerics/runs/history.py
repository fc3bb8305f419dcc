"""What is exactly known and measured of a quadratic network along its training: one row for each logged step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...theory.basics.arguments import Progress
from ...theory.basics.sphere import sphere_radius
from ...theory.basics.validation import FloatArray, Sphere
from ...theory.quadratic.classifier import QuadraticClassifier
from ...theory.quadratic.errors import QuadraticErrors
from ...theory.spaces.sphere import Sphere as RoundSpace
from ..distances.exact import observe_nearest_distances
from ..distances.measurement import Measurement
from ..distances.predicted import estimated_mean, proved_mean
from ..error_rates.counting import monte_carlo_error_rates_of_forms
from ..models.adapters import as_model
from ..models.problem import Problem
from ..sampling.streams import SPHERE_KEY
from ..training.log import SPHERES, TrainingLog
from .sides import by_sphere
from .values import LN10

HISTORY_KEY = 10
"""Second word of the keys of the samples along training."""

_DISTANCES = ("mean_distance", "mean_distance_low", "mean_distance_high", "bound")
_PREDICTIONS = ("predicted_low", "predicted")
_NOT_PREDICTED = dict.fromkeys(_PREDICTIONS, float("nan"))


@dataclass(frozen=True)
class HistoryBudget:
    """How much to measure at each logged step.

    Parameters
    ----------
    outer_radius
        R > 1.
    monte_carlo_samples
        Points a sphere for the sampled error rate; the same points at every step.
    distance_samples
        Points a sphere for the mean distance; 0: none, and its mean is NaN.
    confidence
        Of every single interval.
    seed
        Same seed, same numbers.
    """

    outer_radius: float
    monte_carlo_samples: int
    distance_samples: int
    confidence: float
    seed: int


def history_arrays(log: TrainingLog, budget: HistoryBudget, say: Progress) -> dict[str, Any]:
    """Error rates and measured distances along training, one row a logged step.

    Returns
    -------
    dict
        step, loss, alphas_outside, of shape (n,), and for both spheres, in the order of ``SPHERES``, what
        :func:`history_error_rates` and :func:`history_distance` give; shapes (2, n).
    """
    history = log.classifier()
    arrays: dict[str, Any] = {"step": log.steps, "loss": log.mean_losses, "alphas_outside": log.alphas_outside}
    sides: list[dict[str, Any]] = []
    for sphere in SPHERES:
        errors = history.errors_on(sphere, budget.outer_radius)
        rates = history_error_rates(errors, sphere, budget)  # all at once, in a tenth of the time of one by one
        rows = []
        for index in range(len(log)):
            say(f"distances along training, {sphere} sphere", index, len(log), "")
            rows.append(history_distance(history[index], errors[index], sphere, budget, index))
        say(f"distances along training, {sphere} sphere", len(log), len(log), "")
        sides.append(rates | _columns(rows, _DISTANCES))
    return arrays | by_sphere(sides)


def history_predictions(log: TrainingLog, outer_radius: float, say: Progress, *, every: int = 1) -> dict[str, Any]:
    """What theory predicts of the mean distance along training, one row a logged step.

    It takes longer than all that is measured of a small network, so only who shows it asks for it.

    Parameters
    ----------
    log, outer_radius, say
        The training run, R > 1, and whom to tell.
    every
        Predicted is every so many rows, counted back from the last.

    Returns
    -------
    dict
        predicted_low, a proved lower bound, and predicted, an estimate, in units of the radius, of both spheres in the
        order of ``SPHERES``; shapes (2, n). NaN where there is no error, and where nothing was asked for.
    """
    history = log.classifier()
    sides: list[dict[str, FloatArray]] = []
    for sphere in SPHERES:
        say(f"predictions along training, {sphere} sphere", 0, 1, "")
        rows = [
            _NOT_PREDICTED if (len(log) - 1 - index) % every else _predictions(history[index], sphere, outer_radius)
            for index in range(len(log))
        ]
        sides.append(_columns(rows, _PREDICTIONS))
    return by_sphere(sides)


def _columns(rows: list[dict[str, float]], names: tuple[str, ...]) -> dict[str, FloatArray]:
    return {name: np.array([row[name] for row in rows]) for name in names}


def _predictions(classifier: QuadraticClassifier, sphere: Sphere, outer_radius: float) -> dict[str, float]:
    if bool(classifier.is_perfect(sphere, outer_radius)):
        return _NOT_PREDICTED
    radius = sphere_radius(sphere, outer_radius)
    errors, space = classifier.errors_on(sphere, outer_radius), RoundSpace(classifier.dim, radius)
    # The proved interval of all that is known would take seconds a step.
    found = (proved_mean(errors, space) / radius, estimated_mean(errors, space) / radius)
    return dict(zip(_PREDICTIONS, found, strict=True))


def history_error_rates(errors: QuadraticErrors, sphere: Sphere, budget: HistoryBudget) -> dict[str, FloatArray]:
    """Exact, central-limit, Chernoff and sampled error rates along training, and the exact worst-case loss."""
    counted = monte_carlo_error_rates_of_forms(
        errors,
        samples=budget.monte_carlo_samples,
        seed=budget.seed,
        key=HISTORY_KEY + SPHERE_KEY[sphere],
        confidence=budget.confidence,
    )
    return {
        "log10_exact": errors.rate.log10,
        "log10_clt": errors.clt_rate.log10,
        "log10_chernoff": errors.chernoff_log_rate / LN10,
        "monte_carlo_estimate": np.array([row.estimate for row in counted]),
        "monte_carlo_low": np.array([row.interval.low for row in counted]),
        "monte_carlo_high": np.array([row.interval.high for row in counted]),
        "worst_case_loss": errors.worst_loss,
    }


def history_distance(
    classifier: QuadraticClassifier, errors: QuadraticErrors, sphere: Sphere, budget: HistoryBudget, index: int
) -> dict[str, float]:
    """Mean Euclidean distance at one logged step in units of the radius, with its interval and its limit.

    NaN where there is no error to be near, and for what was not measured. ``errors`` are those of ``classifier``.
    """
    nothing = dict.fromkeys(_DISTANCES, float("nan"))
    if errors.is_null:
        return nothing
    space = RoundSpace(errors.dim, sphere_radius(sphere, budget.outer_radius))
    limited = nothing | {"bound": float(space.mean_distance_bound(errors.rate)) / space.radius}
    if budget.distance_samples == 0:
        return limited
    statistics = observe_nearest_distances(
        errors,
        samples=budget.distance_samples,
        seed=budget.seed,
        key=(SPHERE_KEY[sphere], HISTORY_KEY, index),
        workers=1,
    )
    problem = Problem(as_model(classifier), space, sphere)
    seen = Measurement(problem, errors.rate, statistics, None, budget.confidence).observed
    if seen is None:
        return nothing
    ends = (seen.mean, seen.interval.low, seen.interval.high)
    return limited | {name: end / space.radius for name, end in zip(_DISTANCES, ends, strict=False)}
