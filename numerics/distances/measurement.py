"""Distances to the nearest error of a quadratic classifier: observed by the exact solver, predicted by theory.

Every distance is the exact, global one, between a certified lower and a certified upper bound. Points that are
errors themselves count as distance 0, as in the paper's d(E).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.arguments import check_instance, check_key, check_progress
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.metrics import distance_from_angle
from ...theory.basics.sphere import sphere_radius
from ...theory.basics.validation import FloatArray, Metric, Sphere, check_metric
from ...theory.predicted.envelope import mean_angle_upper_bound, mean_chord_upper_bound
from ...theory.predicted.mean_distance import (
    mean_angle_lower_bound,
    mean_angle_prediction,
    mean_chord_lower_bound,
    mean_chord_prediction,
)
from ...theory.quadratic.classifier import QuadraticClassifier, check_single_classifier
from ...theory.spaces.even_sphere import MOST_DIM, EvenSphere
from ...theory.spaces.isoperimetry import (
    cap_distance_survival,
    max_robust_accuracy,
    mean_distance_bound,
    quantile_distance_bound,
)
from ..sampling.blocks import check_workers
from ..sampling.points import check_seed
from ..sampling.streams import SPHERE_KEY
from ..statistics.intervals import (
    Interval,
    check_confidence,
    check_samples,
    clopper_pearson_interval,
    mean_distance_interval,
)
from .exact import epsilon_angle, observe_nearest_distances
from .statistics import BINS, DistanceStatistics

PREDICTION_ACCURACY = 0.04
"""Largest relative error that :func:`~.predicted.mean_distance.mean_angle_prediction` states for its estimate."""
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True)
class PredictedMean:
    """What theory says of the mean distance without a sample, in the unit of the radius.

    upper: the limit for any classifier of this error rate; proved_upper: the least upper bound for this one; lower:
    proved lower bound; point: estimate, between ``lower`` and ``proved_upper``.

    Examples
    --------
    >>> from adversarial_spheres import QuadraticClassifier, predict_distance
    >>> predict_distance(QuadraticClassifier.from_alphas([0.9, 0.9, 1.2]), "inner").point
    0.1818
    """

    lower: float
    point: float
    upper: float
    proved_upper: float


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
    predicted: PredictedMean | None
    observed: ObservedDistance | None
    certificate_gap_max: float | None
    within_epsilon: WithinEpsilon | None
    statistics: DistanceStatistics | None = None

    @property
    def no_errors(self) -> bool:
        """Whether there is no error at all, so that no distance exists."""
        return self.observed is None


@dataclass(frozen=True)
class Agreement:
    """Whether a point prediction and a sample agree: the prediction lies in [low, high]; difference is observed - it.

    It is no verdict: the prediction is an estimate, and one that agrees is not proved.
    """

    consistent: bool
    difference: float
    low: float
    high: float
    explanation: str


def predict_distance(
    classifier: QuadraticClassifier, sphere: Sphere, *, outer_radius: float = 1.3, metric: Metric = "euclidean"
) -> PredictedMean:
    """Lower bound, estimate and upper bound of the mean distance to the nearest error, without a sample.

    Points that are errors themselves count as distance 0.

    Parameters
    ----------
    classifier
        One quadratic classifier (no leading axes): ``QuadraticClassifier.from_alphas(alphas)``, or of a trained network
        ``load_checkpoint(path).trained_network().classifier()``.
    sphere
        "inner" or "outer".
    outer_radius
        R, in (1, 1e100].
    metric
        "geodesic" or "euclidean".

    Returns
    -------
    PredictedMean
        Numbers in the unit of the radii, all infinite where there is no error. ``upper``: upper bound for any
        classifier, the isoperimetric one at the exact error rate; ``proved_upper``: upper bound for this one, the least
        of that, of the one for even error sets and of the concave envelope's; ``lower``: lower bound; ``point``:
        estimate, moved to the nearer end where it is outside of the bounds. ``lower`` and the envelope are proved but
        for a quadrature.

    Raises
    ------
    InvalidArgumentError
        Several classifiers at once, or an argument outside its range.
    AccuracyError
        The error rate could not be computed to its accuracy.

    Notes
    -----
    :func:`~adversarial_spheres.theory.spaces.isoperimetry.mean_distance_bound` ([Lev1951], [FLM1977]), and
    :mod:`~adversarial_spheres.theory.predicted.envelope` for the upper bounds, and
    :mod:`~adversarial_spheres.theory.predicted.mean_distance` for the other two.

    Examples
    --------
    >>> from adversarial_spheres import QuadraticClassifier, paper_alphas, predict_distance
    >>> predict_distance(QuadraticClassifier.from_alphas(paper_alphas()), "outer")
    PredictedMean(lower=0.17726, point=0.17732, upper=0.25175, proved_upper=0.18192)
    """
    check_single_classifier(classifier)
    radius = sphere_radius(sphere, outer_radius)
    errors = classifier.errors_on(sphere, outer_radius)
    cap = float(mean_distance_bound(errors.rate, classifier.dim, radius=radius, metric=metric))
    envelope = mean_angle_upper_bound if metric == "geodesic" else mean_chord_upper_bound
    upper = min(cap, radius * float(envelope(errors, error_rate=errors.rate)))
    if classifier.dim <= MOST_DIM:  # a quadratic form takes x and -x alike
        upper = min(upper, float(EvenSphere(classifier.dim, radius, metric).mean_distance_bound(errors.rate)))
    lower = proved_mean_distance(classifier, sphere, outer_radius=outer_radius, metric=metric)
    prediction = mean_angle_prediction if metric == "geodesic" else mean_chord_prediction
    point = radius * float(prediction(errors))
    return PredictedMean(lower, min(max(point, lower), upper), cap, upper)


def proved_mean_distance(
    classifier: QuadraticClassifier, sphere: Sphere, *, outer_radius: float = 1.3, metric: Metric
) -> float:
    """Lower bound of the mean distance to the nearest error, in the unit of the radii.

    Proved but for a quadrature, whose error is estimated and not proved; it enters less 1e-9, more than that estimate
    (:func:`~.predicted.mean_distance.mean_angle_lower_bound`).

    Examples
    --------
    >>> classifier = QuadraticClassifier.from_alphas([0.9, 0.8, 1.1])
    >>> round(proved_mean_distance(classifier, "inner", metric="euclidean"), 3)
    0.297
    """
    check_single_classifier(classifier)
    bound = mean_angle_lower_bound if check_metric(metric) == "geodesic" else mean_chord_lower_bound
    errors = classifier.errors_on(sphere, outer_radius)
    return sphere_radius(sphere, outer_radius) * float(bound(errors, error_rate=errors.rate))


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
    key: tuple[int, ...] = (),
    statistics: DistanceStatistics | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> DistanceMeasurement:
    """Predicted and observed mean distance to the nearest error on one sphere, in constant memory.

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
        Tells this sample from others of the same seed and sphere.
    statistics
        What was observed before of the same error set (``DistanceMeasurement.statistics``), to be read in another
        metric without drawing anew.
    progress
        Called with the points done and their number.

    Examples
    --------
    >>> classifier = QuadraticClassifier.from_alphas([0.9, 0.8, 1.1])
    >>> found = measure_distances(classifier, "inner", samples=1000, seed=0)
    >>> round(found.observed.mean, 3), found.observed.mean in found.observed.interval
    (0.355, True)
    """
    check_single_classifier(classifier)
    radius = sphere_radius(sphere, outer_radius)
    check_metric(metric)
    check_samples(samples, minimum=2)
    check_seed(seed)
    check_confidence(confidence)
    check_workers(workers)
    check_progress(progress)
    words = check_key(key)
    if statistics is not None:
        check_instance("statistics", statistics, DistanceStatistics, "DistanceStatistics or None")
    angle = epsilon_angle(epsilon, radius=radius, metric=metric)
    errors = classifier.errors_on(sphere, outer_radius)
    rate = errors.rate
    if errors.is_null:
        return DistanceMeasurement(sphere, radius, metric, samples, rate, None, None, None, None)
    if statistics is None:
        statistics = observe_nearest_distances(
            errors,
            samples=check_samples(samples),
            seed=seed,
            key=(SPHERE_KEY[sphere], *words),
            epsilon=angle,
            workers=workers,
            progress=progress,
        )
    elif statistics.epsilon != angle:
        raise InvalidArgumentError("epsilon", epsilon, "the one of the statistics that are read again")
    return DistanceMeasurement(
        sphere,
        radius,
        metric,
        statistics.samples,
        rate,
        predict_distance(classifier, sphere, outer_radius=outer_radius, metric=metric),
        summarise(statistics, classifier.dim, radius=radius, metric=metric, confidence=confidence),
        statistics.gap_max,
        None
        if epsilon is None
        else _share_within(statistics, epsilon, rate, classifier.dim, radius, metric, confidence),
        statistics,
    )


def summarise(
    statistics: DistanceStatistics, dim: int, *, radius: float, metric: Metric, confidence: float
) -> ObservedDistance:
    """Mean, interval and quantiles of observed distances."""
    mean = statistics.mean(radius=radius, metric=metric)
    interval = mean_distance_interval(
        max(mean - radius * statistics.gap_max, 0.0),
        mean,
        statistics.variance(radius=radius, metric=metric),
        statistics.samples,
        dim,
        confidence,
        radius=radius,
        largest_distance=float(distance_from_angle(np.pi, radius=radius, metric=metric)),
    )
    values = statistics.quantiles(QUANTILES, radius=radius, metric=metric)
    quantiles = {f"{q:g}": float(value) for q, value in zip(QUANTILES, values, strict=True)}
    over_correct = statistics.mean_over_correct_points(radius=radius, metric=metric)
    correct = statistics.samples > statistics.errors
    return ObservedDistance(mean, interval, quantiles, over_correct if correct else None, statistics.errors)


@dataclass(frozen=True, eq=False)
class DistanceHistogram:
    """Counts of distances in bins, shape (n,), between edges, shape (n + 1,), in the metric and unit of a measurement.

    ``cap_survival``, shape (n + 1,): the probability that the cap of the same measure is farther than each edge; None
    where no dimension was given.
    """

    edges: FloatArray
    counts: NDArray[np.int64]
    cap_survival: FloatArray | None


def distance_histogram(measurement: DistanceMeasurement, bins: int, dim: int | None = None) -> DistanceHistogram | None:
    """Histogram of at most ``bins`` bins, and the law of the cap of the same measure; None where no error exists.

    It reaches to the largest distance, and to where a thousandth of the cap's law is left. Bins are equal in angle:
    whole bins of the fine histogram, joined.

    Examples
    --------
    >>> classifier = QuadraticClassifier.from_alphas([0.9, 0.8, 1.1])
    >>> found = distance_histogram(measure_distances(classifier, "inner", samples=1000, seed=0), 4, 3)
    >>> found.counts.tolist(), found.cap_survival.round(2).tolist()
    ([538, 365, 97, 0], [0.77, 0.59, 0.39, 0.21, 0.08])
    """
    seen, metric, radius = measurement.statistics, measurement.metric, measurement.radius
    if seen is None:
        return None
    rate, farthest = measurement.error_rate, seen.angle_max
    if dim is not None:
        farthest = max(farthest, float(quantile_distance_bound(0.999, rate, dim, radius=1.0, metric="geodesic")))
    joined = max(1, int(np.ceil(min(farthest, np.pi / 2) / (np.pi / 2) * BINS / bins)))
    counts = np.add.reduceat(seen.histogram, np.arange(0, BINS, joined))[:bins]
    angles = np.minimum(joined * np.arange(len(counts) + 1), BINS) * (np.pi / 2 / BINS)
    edges = distance_from_angle(angles, radius=radius, metric=metric)
    if dim is None:
        return DistanceHistogram(edges, counts, None)
    survival = cap_distance_survival(edges, rate, dim, radius=radius, metric=metric)
    return DistanceHistogram(edges, counts, survival.probability)


def _share_within(
    statistics: DistanceStatistics,
    epsilon: float,
    error_rate: LogProbability,
    dim: int,
    radius: float,
    metric: Metric,
    confidence: float,
) -> WithinEpsilon:
    """Share of points that have an error within ``epsilon``, against the least share that geometry allows."""
    inside, n = statistics.within or 0, statistics.samples
    robust = max_robust_accuracy(error_rate, dim, epsilon, radius=radius, metric=metric)
    return WithinEpsilon(
        epsilon, inside / n, clopper_pearson_interval(inside, n, confidence), float(robust.complement.probability)
    )


def agreement(measurement: DistanceMeasurement) -> Agreement | None:
    """Whether the point prediction and the observed mean agree; None where there is no error.

    Examples
    --------
    >>> classifier = QuadraticClassifier.from_alphas([0.9, 0.8, 1.1])
    >>> agreement(measure_distances(classifier, "inner", samples=1000, seed=0)).consistent
    True
    """
    if measurement.observed is None or measurement.predicted is None:
        return None
    observed, point = measurement.observed, measurement.predicted.point
    slack = PREDICTION_ACCURACY * point
    low, high = observed.interval.low - slack, observed.interval.high + slack
    consistent = low <= point <= high
    words = (
        f"the estimate {point:.6g} lies {'inside' if consistent else 'outside'} [{low:.6g}, {high:.6g}], the sample's "
        f"interval widened by {PREDICTION_ACCURACY:.0%} of it, the accuracy stated for it: "
        f"{'consistent' if consistent else 'not consistent'}; an estimate is not proved by that"
    )
    return Agreement(consistent, observed.mean - point, low, high, words)
