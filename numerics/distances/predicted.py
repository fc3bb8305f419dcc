"""What theory says of the mean distance to the nearest error of a quadratic classifier, without a sample.

Points that are errors themselves count as distance 0, as in the paper's d(E).
"""

from __future__ import annotations

from dataclasses import dataclass

from ...theory.basics.sphere import sphere_radius
from ...theory.basics.validation import Metric, Sphere, check_metric
from ...theory.predicted.envelope import mean_angle_upper_bound, mean_chord_upper_bound
from ...theory.predicted.mean_distance import (
    mean_angle_lower_bound,
    mean_angle_prediction,
    mean_chord_lower_bound,
    mean_chord_prediction,
)
from ...theory.quadratic.classifier import QuadraticClassifier, check_single_classifier
from ...theory.spaces.even_sphere import MOST_DIM, EvenSphere
from ...theory.spaces.isoperimetry import mean_distance_bound


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
