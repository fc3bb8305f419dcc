"""Distances to the nearest error of a quadratic classifier: observed by the exact solver, predicted by theory.

Every distance is the exact, global one, between a certified lower and a certified upper bound. Points that are
errors themselves count as distance 0, as in the paper's d(E).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..theory.isoperimetry import max_robust_accuracy, mean_distance_bound
from ..theory.log_probability import LogProbability
from ..theory.metrics import angle_from_distance, distance_from_angle
from ..theory.nearest_error import nearest_error
from ..theory.predicted_distance import (
    mean_angle_lower_bound,
    mean_angle_prediction,
    mean_chord_lower_bound,
    mean_chord_prediction,
)
from ..theory.quadratic_network import QuadraticClassifier, exact_error_rate
from ..theory.validation import FloatArray, Metric, Sphere, check_metric, check_outer_radius, check_sphere
from .blocks import map_blocks
from .checks import Check, vacuous_check
from .claims import MeanDistanceClaim, NearErrorsClaim
from .confidence import Interval, check_samples, clopper_pearson_interval, mean_distance_interval
from .error_rate import SPHERE_KEY
from .evidence import Evidence, ExactDistances
from .sequential import Question, answer
from .spheres import block_generator, sample_unit_vectors

BLOCK_SIZE = 2048
DISTANCE_KEY = 102
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True)
class NearestAngles:
    """Certified bounds of the angles (radians) from sampled points to their nearest error, shape (n,) each."""

    lower: FloatArray
    upper: FloatArray


@dataclass(frozen=True)
class PredictedDistance:
    """What theory says of the mean distance without a sample, in the unit of the radius.

    upper: isoperimetric bound at the exact error rate; lower: proved lower bound; point: estimate.
    """

    lower: float
    point: float
    upper: float


@dataclass(frozen=True)
class ObservedDistance:
    """Mean distance to the nearest error of a sample, with its interval; in the unit of the radius."""

    mean: float
    interval: Interval
    quantiles: Mapping[str, float]
    mean_over_correct_points: float | None
    errors_in_sample: int


@dataclass(frozen=True)
class WithinEpsilon:
    """Share of points within epsilon of an error, its interval, and the least share that geometry allows."""

    epsilon: float
    observed: float
    interval: Interval
    at_least: float


@dataclass(frozen=True)
class DistanceMeasurement:
    """Predicted and observed distances on one sphere in one metric."""

    sphere: Sphere
    radius: float
    metric: Metric
    samples: int
    error_rate: LogProbability
    predicted: PredictedDistance | None
    observed: ObservedDistance | None
    certificate_gap_max: float | None
    within_epsilon: WithinEpsilon | None
    angles: NearestAngles | None = None

    @property
    def no_errors(self) -> bool:
        """Whether there is no error at all, so that no distance exists."""
        return self.observed is None


def sphere_radius(sphere: Sphere, outer_radius: float) -> float:
    """Radius of the inner (1) or outer sphere."""
    return 1.0 if check_sphere(sphere) == "inner" else check_outer_radius(outer_radius)


def sample_nearest_angles(
    coefficients: FloatArray,
    *,
    boundary_is_error: bool,
    samples: int,
    seed: int,
    key: tuple[int, ...],
    workers: int = 1,
    first_block: int = 0,
) -> NearestAngles:
    """Angles from uniform points to the nearest error of {sum c_i u_i^2 > 0}, in the eigenbasis.

    The uniform law does not know the basis, so the points are drawn in the eigenbasis.

    Parameters
    ----------
    coefficients
        Error coefficients, shape (d,).
    boundary_is_error
        Whether sum c_i u_i^2 = 0 counts as an error.
    samples, seed, key
        Number of points and what they are drawn from.
    first_block
        Where a sample is continued: number of the blocks (of ``BLOCK_SIZE`` points) that were drawn before.
    """

    def solve(block: int, size: int) -> tuple[FloatArray, FloatArray]:
        rng = block_generator(seed, DISTANCE_KEY, *key, first_block + block)
        points = sample_unit_vectors(size, len(coefficients), rng)
        found = nearest_error(points, coefficients, boundary_is_error=boundary_is_error)
        return found.angle_lower, found.angle_upper

    parts = list(map_blocks(solve, check_samples(samples), BLOCK_SIZE, workers=workers))
    return NearestAngles(np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]))


def predict_distance(
    classifier: QuadraticClassifier, sphere: Sphere, *, outer_radius: float = 1.3, metric: Metric
) -> PredictedDistance:
    """Lower bound, estimate and upper bound of the mean distance to the nearest error, without a sample.

    In the unit of the radii; all three are infinite where there is no error.
    """
    coefficients = classifier.error_coefficients(sphere, outer_radius)
    error_rate = exact_error_rate(classifier, sphere, outer_radius)
    dim, radius, boundary_is_error = coefficients.shape[-1], sphere_radius(sphere, outer_radius), sphere == "outer"
    upper = float(mean_distance_bound(error_rate, dim, radius=radius, metric=metric))
    geodesic = check_metric(metric) == "geodesic"
    bound, prediction = (
        (mean_angle_lower_bound, mean_angle_prediction) if geodesic else (mean_chord_lower_bound, mean_chord_prediction)
    )
    lower = bound(coefficients, error_rate=error_rate, boundary_is_error=boundary_is_error)
    point = prediction(coefficients, boundary_is_error=boundary_is_error)
    return PredictedDistance(radius * float(lower), radius * float(point), upper)


def measure_distances(
    classifier: QuadraticClassifier,
    sphere: Sphere,
    *,
    outer_radius: float = 1.3,
    metric: Metric = "euclidean",
    samples: int,
    seed: int,
    confidence: float = 0.99,
    epsilon: float | None = None,
    workers: int = 1,
    key: tuple[int, ...] | None = None,
    angles: NearestAngles | None = None,
) -> DistanceMeasurement:
    """Predicted and observed mean distance to the nearest error on one sphere.

    Parameters
    ----------
    classifier
        One classifier (no leading axes).
    metric
        "geodesic" or "euclidean"; the unit is that of the radii.
    samples, seed
        Number of points and what they are drawn from.
    epsilon
        If given, also the share of points within this distance (in the metric) of an error.
    key
        Tells this sample from others of the same seed; default one for each sphere.
    angles
        Angles that were sampled before (by :func:`sample_nearest_angles`), to be read in another metric.
    """
    radius = sphere_radius(sphere, outer_radius)
    coefficients = classifier.error_coefficients(sphere, outer_radius)
    rate = exact_error_rate(classifier, sphere, outer_radius)
    if bool(classifier.is_perfect(sphere, outer_radius)):
        return DistanceMeasurement(sphere, radius, metric, samples, rate, None, None, None, None)
    if angles is None:
        angles = sample_nearest_angles(
            coefficients,
            boundary_is_error=sphere == "outer",
            samples=samples,
            seed=seed,
            key=(SPHERE_KEY[sphere],) if key is None else key,
            workers=workers,
        )
    return DistanceMeasurement(
        sphere,
        radius,
        metric,
        samples,
        rate,
        predict_distance(classifier, sphere, outer_radius=outer_radius, metric=metric),
        summarise_angles(angles, len(coefficients), radius=radius, metric=metric, confidence=confidence),
        float(np.max(angles.upper - angles.lower)),
        None
        if epsilon is None
        else share_within(
            angles, epsilon, rate, len(coefficients), radius=radius, metric=metric, confidence=confidence
        ),
        angles,
    )


def summarise_angles(
    angles: NearestAngles, dim: int, *, radius: float, metric: Metric, confidence: float
) -> ObservedDistance:
    """Mean, interval and quantiles of sampled distances."""
    low = distance_from_angle(angles.lower, radius=radius, metric=metric)
    high = distance_from_angle(angles.upper, radius=radius, metric=metric)
    n = len(high)
    wrong = angles.upper == 0.0
    interval = mean_distance_interval(
        float(np.mean(low)),
        float(np.mean(high)),
        float(np.var(high, ddof=1)) if n > 1 else 0.0,
        n,
        dim,
        confidence,
        radius=radius,
        largest_distance=float(distance_from_angle(np.pi, radius=radius, metric=metric)),
    )
    quantiles = {f"{q:g}": float(np.quantile(high, q)) for q in QUANTILES}
    over_correct = float(np.mean(high[~wrong])) if not np.all(wrong) else None
    return ObservedDistance(float(np.mean(high)), interval, quantiles, over_correct, int(np.sum(wrong)))


def share_within(
    angles: NearestAngles,
    epsilon: float,
    error_rate: LogProbability,
    dim: int,
    *,
    radius: float,
    metric: Metric,
    confidence: float,
) -> WithinEpsilon:
    """Share of points that have an error within ``epsilon``, against the least share that geometry allows."""
    limit = float(angle_from_distance(epsilon, radius=radius, metric=metric, name="epsilon"))
    inside = int(np.count_nonzero(angles.upper <= limit))
    n = len(angles.upper)
    robust = max_robust_accuracy(error_rate, dim, epsilon, radius=radius, metric=metric)
    return WithinEpsilon(
        epsilon, inside / n, clopper_pearson_interval(inside, n, confidence), float(robust.complement.probability)
    )


def theory_questions(
    sphere: Sphere, metric: Metric, predicted: PredictedDistance, within: tuple[float, float] | None
) -> list[Question]:
    """What theory says of the distances, to be held against a sample that knows nothing of theory.

    Parameters
    ----------
    predicted
        The sandwich of the mean distance.
    within
        A distance epsilon, and the least share of points that geometry wants within it of an error; None for no such
        question.
    """
    names, words = _sandwich_words(sphere, metric)
    sandwich = MeanDistanceClaim(predicted.upper, "at most"), MeanDistanceClaim(predicted.lower, "at least")
    questions = [Question(names[i], words[i], sandwich[i], by_sample=True) for i in range(2)]
    if within is not None:
        epsilon, share = within
        near = f"the share of points within {epsilon:.6g} of an error"
        text = f"{sphere} sphere: {near} is at least what geometry demands"
        name = f"{sphere}_share_within_epsilon_at_least_bound"
        questions.append(Question(name, text, NearErrorsClaim(share, epsilon), by_sample=True))
    return questions


def vacuous_theory_checks(sphere: Sphere, metric: Metric) -> list[Check]:
    """The answers to :func:`theory_questions` where there is no error."""
    return [vacuous_check(name, words) for name, words in zip(*_sandwich_words(sphere, metric), strict=True)]


def exact_distances(angles: NearestAngles, *, anytime: bool = False) -> ExactDistances:
    """Sampled angles as evidence."""
    return ExactDistances(angles.lower, angles.upper, anytime)


def distance_checks(measurement: DistanceMeasurement, dim: int) -> list[Check]:
    """The sandwich as checks: lower bound <= mean distance <= isoperimetric bound, and the share within epsilon."""
    sphere, metric, share = measurement.sphere, measurement.metric, measurement.within_epsilon
    if measurement.observed is None or measurement.predicted is None or measurement.angles is None:
        return vacuous_theory_checks(sphere, metric)
    within = None if share is None else (share.epsilon, share.at_least)
    evidence = Evidence(dim, measurement.radius, metric, None, (exact_distances(measurement.angles),))
    level = measurement.observed.interval.confidence
    questions = theory_questions(sphere, metric, measurement.predicted, within)
    return [answer(question, evidence, level) for question in questions]


def _sandwich_words(sphere: Sphere, metric: Metric) -> tuple[list[str], list[str]]:
    mean = f"{sphere} sphere: mean {metric} distance to the nearest error is"
    return (
        [f"{sphere}_mean_distance_at_most_bound", f"{sphere}_mean_distance_at_least_lower_bound"],
        [f"{mean} at most the isoperimetric bound", f"{mean} at least the proved lower bound"],
    )
