"""What theory says of the mean distance to the nearest error of a quadratic classifier, without a sample.

Points that are errors themselves count as distance 0, as in the paper's d(E).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ...theory.basics.sphere import sphere_radius
from ...theory.basics.validation import Metric, Sphere
from ...theory.predicted.enclosure import mean_distance_enclosure
from ...theory.predicted.mean_distance import (
    mean_angle_lower_bound,
    mean_angle_prediction,
    mean_chord_lower_bound,
    mean_chord_prediction,
)
from ...theory.quadratic.classifier import QuadraticClassifier, check_single_classifier
from ...theory.quadratic.errors import QuadraticErrors
from ...theory.spaces.even_sphere import even_space
from ...theory.spaces.sphere import Sphere as RoundSpace
from ..storage.records import plain
from ..storage.results import Result, at_least, at_most


@dataclass(frozen=True)
class PredictedMean(Result):
    """What theory says of the mean distance without a sample, in the unit of the radius.

    upper: the limit for any classifier of this error rate; even_limit: the limit for any whose errors are even, as a
    quadratic one's are; proved_upper: the least upper bound for this one; lower: proved lower bound; point: estimate,
    between ``lower`` and ``proved_upper``; coarse_lower: :func:`proved_mean`, which samples can tell from the mean.

    Examples
    --------
    >>> from adversarial_spheres import QuadraticClassifier, predict_distance
    >>> predict_distance(QuadraticClassifier.from_alphas([0.9, 0.9, 1.2]), "inner").point
    0.18203
    """

    lower: float
    point: float
    upper: float
    proved_upper: float
    even_limit: float
    coarse_lower: float

    def to_dict(self) -> dict[str, Any]:
        """The fields; None where there is no error."""
        values: dict[str, Any] = plain(asdict(self))
        return values

    def _shown(self) -> dict[str, Any]:
        bounds = {name: at_most(value) for name, value in asdict(self).items()}
        low = {name: at_least(getattr(self, name)) for name in ("lower", "coarse_lower")}
        return {**bounds, **low, "point": self.point}


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
        classifier, the isoperimetric one at the exact error rate; ``even_limit``: upper bound for any even error set
        of this rate; ``lower`` and ``proved_upper``: lower and upper bound for this one, the latter also at most
        either limit; ``point``: estimate, moved to the nearer end where it is outside of the bounds. ``lower`` and
        ``proved_upper`` are proved but for quadratures.

    Raises
    ------
    InvalidArgumentError
        Several classifiers at once, or an argument outside its range.
    AccuracyError
        The error rate could not be computed to its accuracy.

    Notes
    -----
    :func:`~adversarial_spheres.theory.spaces.isoperimetry.mean_distance_bound` ([Lev1951], [FLM1977]) and
    :class:`~adversarial_spheres.theory.spaces.even_sphere.EvenSphere` for the limits,
    :mod:`~adversarial_spheres.theory.predicted.enclosure` for the bounds, at most 1e-3 apart in tests, and
    :mod:`~adversarial_spheres.theory.predicted.mean_distance` for the estimate.

    Examples
    --------
    >>> from adversarial_spheres import QuadraticClassifier, paper_alphas, predict_distance
    >>> found = predict_distance(QuadraticClassifier.from_alphas(paper_alphas()), "outer")
    >>> found.lower, found.point, found.proved_upper, found.even_limit, found.upper
    (0.17733, 0.17733, 0.17733, 0.22222, 0.25175)
    """
    check_single_classifier(classifier)
    space = RoundSpace(classifier.dim, sphere_radius(sphere, outer_radius), metric)
    return predicted_mean(classifier.errors_on(sphere, outer_radius), space)


def predicted_mean(errors: QuadraticErrors, space: RoundSpace) -> PredictedMean:
    """What :func:`predict_distance` returns, of the errors of one classifier on a sphere."""
    cap = float(space.mean_distance_bound(errors.rate))
    limit = float(even_space(space.dim, space.radius, space.metric).mean_distance_bound(errors.rate))
    lower, upper = (space.radius * end for end in mean_distance_enclosure(errors, metric=space.metric))
    upper = min(upper, limit, cap)
    point = min(max(estimated_mean(errors, space), lower), upper)
    return PredictedMean(lower, point, cap, upper, limit, proved_mean(errors, space))


def estimated_mean(errors: QuadraticErrors, space: RoundSpace) -> float:
    """Estimate of the mean distance, by one integral; it may lie outside the proved interval by a few percent.

    Examples
    --------
    >>> errors = QuadraticClassifier.from_alphas([0.9, 0.8, 1.1]).errors_on("inner", 1.3)
    >>> round(estimated_mean(errors, RoundSpace(3)), 3)
    0.352
    """
    prediction = mean_angle_prediction if space.metric == "geodesic" else mean_chord_prediction
    return space.radius * float(prediction(errors))


def proved_mean(errors: QuadraticErrors, space: RoundSpace) -> float:
    """Lower bound of the mean distance to the nearest error of one classifier on a sphere.

    Proved but for a quadrature, whose error is estimated and not proved; it enters less 1e-9, more than that estimate
    (:func:`~.predicted.mean_distance.mean_angle_lower_bound`). The one of :func:`predict_distance` is larger, and
    takes ten times as long.

    Examples
    --------
    >>> errors = QuadraticClassifier.from_alphas([0.9, 0.8, 1.1]).errors_on("inner", 1.3)
    >>> round(proved_mean(errors, RoundSpace(3)), 3)
    0.297
    """
    bound = mean_angle_lower_bound if space.metric == "geodesic" else mean_chord_lower_bound
    return space.radius * float(bound(errors, error_rate=errors.rate))
