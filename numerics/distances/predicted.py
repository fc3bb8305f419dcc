"""What theory says of the mean distance to the nearest error of a quadratic classifier, without a sample.

Points that are errors themselves count as distance 0, as in the paper's d(E).
"""

from __future__ import annotations

from dataclasses import dataclass

from ...theory.basics.sphere import sphere_radius
from ...theory.basics.validation import Metric, Sphere
from ...theory.predicted.envelope import mean_angle_upper_bound, mean_chord_upper_bound
from ...theory.predicted.mean_distance import (
    mean_angle_lower_bound,
    mean_angle_prediction,
    mean_chord_lower_bound,
    mean_chord_prediction,
)
from ...theory.quadratic.classifier import QuadraticClassifier, check_single_classifier
from ...theory.quadratic.errors import QuadraticErrors
from ...theory.spaces.even_sphere import MOST_DIM, EvenSphere
from ...theory.spaces.sphere import Sphere as RoundSpace


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
    space = RoundSpace(classifier.dim, sphere_radius(sphere, outer_radius), metric)
    return predicted_mean(classifier.errors_on(sphere, outer_radius), space)


def predicted_mean(errors: QuadraticErrors, space: RoundSpace) -> PredictedMean:
    """What :func:`predict_distance` returns, of the errors of one classifier on a sphere."""
    cap = float(space.mean_distance_bound(errors.rate))
    envelope = mean_angle_upper_bound if space.metric == "geodesic" else mean_chord_upper_bound
    upper = min(cap, space.radius * float(envelope(errors, error_rate=errors.rate)))
    if space.dim <= MOST_DIM:  # a quadratic form takes x and -x alike
        even = EvenSphere(space.dim, space.radius, space.metric)
        upper = min(upper, float(even.mean_distance_bound(errors.rate)))
    lower = proved_mean(errors, space)
    prediction = mean_angle_prediction if space.metric == "geodesic" else mean_chord_prediction
    point = space.radius * float(prediction(errors))
    return PredictedMean(lower, min(max(point, lower), upper), cap, upper)


def proved_mean(errors: QuadraticErrors, space: RoundSpace) -> float:
    """Lower bound of the mean distance to the nearest error of one classifier on a sphere.

    Proved but for a quadrature, whose error is estimated and not proved; it enters less 1e-9, more than that estimate
    (:func:`~.predicted.mean_distance.mean_angle_lower_bound`).

    Examples
    --------
    >>> errors = QuadraticClassifier.from_alphas([0.9, 0.8, 1.1]).errors_on("inner", 1.3)
    >>> round(proved_mean(errors, RoundSpace(3)), 3)
    0.297
    """
    bound = mean_angle_lower_bound if space.metric == "geodesic" else mean_chord_lower_bound
    return space.radius * float(bound(errors, error_rate=errors.rate))
