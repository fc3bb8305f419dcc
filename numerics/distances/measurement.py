"""A measurement: distances from random points to their nearest errors, and what limits their mean.

The distances are exact (:mod:`.distances.exact`), or an attack found them (:mod:`.distances.attacked`): then each is an
upper bound of the true one, and so all that is said of the mean is one-sided. An attack can verify that a mean distance
is small, never that it is large.

Notation: n points, x_i the distances found and t_i <= x_i the true ones. A true distance is a 1-Lipschitz function of
the point, so that the mean of the t_i falls short of its expectation by more than the concentration of the space allows
with probability at most delta [Led2001]; that of the x_i by more than the empirical Bernstein width [MP2009]. Either
width added to the mean of the x_i bounds the true mean from above. So does the space, by the bound at the lower limit
of the error rate [CP1934]: where the attack's mean lies above that, the attack is too weak.

Points that are errors themselves count as distance 0, as in the paper's d(E).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.by_value import ByValue, ShortRepr
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.metrics import distance_from_angle
from ...theory.basics.rounded_text import probability_words
from ...theory.basics.validation import FloatArray, Metric, Sphere
from ...theory.spaces.even_sphere import even_space
from ...theory.spaces.isoperimetry import cap_distance_survival, quantile_distance_bound
from ...theory.spaces.space import Space
from ..attacks.attack import NearErrors
from ..error_rates.counting import MonteCarloErrorRate
from ..models.problem import Problem
from ..statistics.intervals import (
    Interval,
    check_confidence,
    clopper_pearson_interval,
    share_of_budget,
)
from ..storage.results import Result, at_most, finite_or_none, probability_values
from .known import KnownErrors
from .predicted import PredictedMean
from .sample import (
    NOTHING_OBSERVED,
    ObservedDistance,
    WithinEpsilon,
    both_sides,
    in_metric,
    sample_of,
    summary_of_exact,
    summary_of_found,
)
from .statistics import BINS, DistanceStatistics

PREDICTION_ACCURACY = 0.04
"""Largest relative error that :func:`~.predicted.mean_distance.mean_angle_prediction` states for its estimate."""
_PREDICTED = tuple(field.name for field in fields(PredictedMean))


@dataclass(frozen=True, eq=False)
class Measurement(Result, ByValue):
    """Distances to the nearest error that were measured in one problem.

    Parameters
    ----------
    problem
        What was measured.
    error_rate
        The exact one, or a count of errors among other random points.
    statistics
        Exact distances, in sum, which know whether there is an error at all; None of an attack.
    found
        An attack's distances; None where they are exact.
    confidence
        Of all that is said together: of the interval of the mean, and of that of the error rate where it was counted.
    predicted
        What theory says of the mean without a sample; None where that is unknown.
    epsilon
        A distance: see ``within_epsilon``.
    known
        The errors, where they are known exactly: ``found`` has then the nearest ones.
    gap_max
        Widest certificate of these, in the unit of the space.

    Examples
    --------
    >>> from adversarial_spheres import around, measure_problem
    >>> problem = around(lambda points: points, [3.0, 0.0], label=0, noise=1.0)  # half-planes attain the bound
    >>> measured = measure_problem(problem, samples=200, seed=0)
    >>> measured.mean < measured.bound, round(float(measured.bound_at_estimate), 2)
    (True, 2.12)
    >>> measured.to_dict()["observed"]["mean"] == measured.mean
    True
    """

    problem: Problem
    error_rate: LogProbability | MonteCarloErrorRate
    statistics: DistanceStatistics | None
    found: NearErrors | None
    confidence: float
    predicted: PredictedMean | None = None
    epsilon: float | None = None
    known: KnownErrors | None = None
    gap_max: float | None = None

    @property
    def space(self) -> Space:
        """Where points are random, and how distance is measured."""
        return self.problem.space

    @property
    def sphere(self) -> Sphere:
        """What an error is; see :class:`~.models.problem.Problem`."""
        return self.problem.sphere

    @property
    def radius(self) -> float:
        """Of the sphere; other spaces have none, and are refused."""
        return in_metric(self.space, None).radius

    @property
    def metric(self) -> str:
        """How distance is measured, in a word."""
        return self.space.metric

    @property
    def samples(self) -> int:
        """Number of points whose distances were measured."""
        if self.found is not None:
            return len(self.found.succeeded)
        return 0 if self.statistics is None else self.statistics.samples

    @property
    def counted(self) -> MonteCarloErrorRate:
        """The count of errors."""
        if isinstance(self.error_rate, LogProbability):
            raise TypeError("the error rate is exact: no errors were counted")
        return self.error_rate

    @property
    def no_errors(self) -> bool:
        """Whether there is no error at all, so that no distance exists; unknown, and False, of an attack."""
        if self.known is not None:
            return self.known.no_errors
        return self.statistics is not None and self.statistics.no_errors

    @property
    def is_exact(self) -> bool:
        """Whether the distances are exact, those to the nearest errors; else an attack's, upper bounds of them."""
        return self.found is None or self.known is not None

    @property
    def some_errors(self) -> bool:
        """Whether any error is known: else there may be none, and nothing limits a distance."""
        if self.found is None or self.known is not None:
            return not self.no_errors
        return self.counted.errors > 0 or self.found.failed < self.samples

    @property
    def failed_attacks(self) -> int:
        """Points near which an attack found nothing; they count with the largest distance, +inf in noise."""
        return 0 if self.found is None or self.known is not None else self.found.failed

    @property
    def certificate_gap_max(self) -> float | None:
        """Widest certificate of an exact distance, in radians; of known errors in the unit of the space."""
        if self.known is not None:
            return self.gap_max
        return None if self.statistics is None or self.no_errors else self.statistics.gap_max

    @property
    def each(self) -> float:
        """Confidence of the interval of the mean by itself, and of the share within epsilon."""
        return self.confidence if self.found is None else share_of_budget(self.confidence, 2)

    @cached_property
    def observed(self) -> ObservedDistance | None:
        """The summary in the metric of the problem, at the confidence of the measurement."""
        return self.summary()

    @property
    def mean(self) -> float:
        """Mean of the distances; +inf where no error is known, and where an attack failed in noise."""
        return math.inf if self.observed is None else self.observed.mean

    @property
    def mean_low(self) -> float:
        """Lower limit of the true mean distance: 0 from an attack; +inf where no error exists."""
        return math.inf if self.observed is None else self.observed.interval.low

    @property
    def mean_high(self) -> float:
        """Upper limit of the true mean distance, from these distances; +inf where no error is known."""
        return math.inf if self.observed is None else self.observed.interval.high

    @property
    def width(self) -> float:
        """How much chance may add to the mean."""
        return self.mean_high - self.mean if self.found is None else sample_of(self.found).width(1.0 - self.each)

    @property
    def bound(self) -> float:
        """Upper limit of the true mean distance, from the lower limit of the error rate; +inf where that is 0."""
        return self._bound(lambda counted: counted.interval.low)

    @property
    def bound_at_estimate(self) -> float:
        """An estimate: the bound at the share of errors that was counted; +inf where none was."""
        return self._bound(lambda counted: counted.estimate)

    @property
    def bound_at_high(self) -> float:
        """The bound at the upper limit of the error rate: at most that at the true one."""
        return self._bound(lambda counted: counted.interval.high)

    @property
    def within_epsilon(self) -> WithinEpsilon | None:
        """The share of points within epsilon of an error; None without an epsilon, and where no error exists."""
        if self.epsilon is None or self.no_errors:
            return None
        rate, epsilon = self._rate(lambda counted: counted.interval.low), self.epsilon
        at_least = float(self._limiting.neighbourhood(rate, epsilon).probability)
        if self.found is None:
            inside = (self.statistics and self.statistics.within) or 0
            return WithinEpsilon(
                epsilon, inside / self.samples, clopper_pearson_interval(inside, self.samples, self.each), at_least
            )
        inside = int(np.count_nonzero(self.found.succeeded & (self.found.distance_upper <= epsilon)))
        two_sided = clopper_pearson_interval(inside, self.samples, self.each)
        if self.known is not None:
            return WithinEpsilon(epsilon, inside / self.samples, two_sided, at_least)
        interval = Interval(two_sided.low, 1.0, self.each, "Clopper-Pearson, one-sided: distances of an attack")
        return WithinEpsilon(epsilon, inside / self.samples, interval, at_least)

    def summary(self, metric: Metric | None = None, confidence: float | None = None) -> ObservedDistance | None:
        """Mean, interval and quantiles of the distances; None where no error exists.

        Parameters
        ----------
        metric
            "geodesic" or "euclidean", on a sphere; default that of the problem.
        confidence
            Of the interval; default :attr:`each`.

        Returns
        -------
        ObservedDistance
            **Guarantee**: the interval holds the true mean with the stated confidence. Of an attack it is [0, high],
            and high is +inf where no error is known.

        Examples
        --------
        >>> from adversarial_spheres import QuadraticClassifier, measure_distances
        >>> found = measure_distances(QuadraticClassifier.from_alphas([0.9, 0.8, 1.1]), "inner", samples=1000, seed=0)
        >>> round(found.summary("euclidean").mean, 4), round(found.summary("geodesic").mean, 4)
        (0.3547, 0.361)
        """
        level = self.each if confidence is None else check_confidence(confidence)
        if self.found is not None and not self.no_errors:
            seen = summary_of_found(sample_of(self.found, metric), self.some_errors, level)
            return seen if self.known is None else both_sides(seen, sample_of(self.found, metric), self.gap_max or 0.0)
        if self.statistics is None or self.statistics.no_errors:
            return None
        return summary_of_exact(self.statistics, in_metric(self.space, metric), level)

    def to_dict(self) -> dict[str, Any]:
        """What ``distances --json`` says of it, without the points."""
        seen, predicted, share = self.observed, self.predicted, self.within_epsilon
        values: dict[str, Any] = {
            "sphere": self.sphere,
            "radius": getattr(self.space, "radius", None),
            "metric": self.metric,
            "samples": self.samples,
            "method": "exact" if self.is_exact else "attack",
            "guarantee": "exact" if self.found is None else self.found.guarantee,
            "counts_errors_as_zero": True,
            **_error_rate_values(self.error_rate, self.known),
            "no_errors": self.no_errors,
            "failed_attacks": self.failed_attacks,
            "certificate_gap_max": self.certificate_gap_max,
            "observed": dict(NOTHING_OBSERVED) if seen is None else seen.to_dict(),
            "predicted": dict.fromkeys(_PREDICTED) if predicted is None else predicted.to_dict(),
        }
        if self.found is not None:
            values["predicted"]["upper"] = finite_or_none(self.bound)
            values |= {
                "attack": None if self.is_exact else self.found.method,
                "queries_per_point": float(np.mean(self.found.queries)),
                "notes": _attack_notes(self),
            }
        if self.known is not None:
            values["predicted"]["proved_upper"] = finite_or_none(self.bound)
            values["predicted"]["lower"] = finite_or_none(self.known.mean_at_least)
        if share is not None:
            values["within_epsilon"] = share.to_dict()
        return values

    def _shown(self) -> dict[str, Any]:
        values, seen = self.to_dict(), self.observed
        rate, limit = values["log10_error_rate"], values["predicted"]["upper"]
        return {
            "space": type(self.space).__name__,
            "dim": self.space.dim,
            "metric": self.metric,
            "samples": self.samples,
            "distances": "exact" if self.is_exact else "upper bounds, by an attack",
            "error_rate": values["error_rate"] if rate is None else probability_words(rate * math.log(10.0)),
            "mean": values["observed"]["mean"],
            **({} if seen is None else {name: seen.interval._shown()[name] for name in ("low", "high", "confidence")}),
            "predicted": values["predicted"]["point"],
            "any_classifier": limit and f"at most {at_most(limit)}",
        }

    @property
    def _limiting(self) -> Space:
        """The space whose bounds limit the errors: exact ones of a quadratic classifier are even."""
        if self.found is not None:
            return self.space
        sphere = in_metric(self.space, None)
        return even_space(sphere.dim, sphere.radius, sphere.metric)

    def _rate(self, end: Callable[[MonteCarloErrorRate], float]) -> LogProbability | float:
        if self.known is not None:
            return self.known.rate
        return self.error_rate if isinstance(self.error_rate, LogProbability) else end(self.error_rate)

    def _bound(self, end: Callable[[MonteCarloErrorRate], float]) -> float:
        return float(self.space.mean_distance_bound(self._rate(end)))


def _error_rate_values(rate: LogProbability | MonteCarloErrorRate, known: KnownErrors | None) -> dict[str, Any]:
    if isinstance(rate, LogProbability):
        return probability_values(rate, "error_rate")
    counted = {"error_rate_method": "counted", "monte_carlo": rate.to_dict()}
    if known is not None:
        return {**counted, **probability_values(known.rate, "error_rate"), "error_rate_method": "exact"}
    log10 = math.log10(rate.estimate) if rate.errors else None
    return {**counted, "error_rate": rate.estimate, "log10_error_rate": log10}


def _attack_notes(measured: Measurement) -> dict[str, str]:
    """Why values of an attack are null, and what the others are."""
    if measured.known is not None:
        return {"predicted": "upper: the limit for any classifier of this error rate; lower: proved for this one"}
    notes = {
        "observed": "distances of an attack: each an upper bound on the true one; low and high hold for the true mean",
        "predicted": "even_limit, proved_upper, lower and point are known for quadratic networks only",
    }
    if math.isinf(measured.bound):
        notes["predicted.upper"] = "no bound: no error was counted, so that the lower limit of the error rate is 0"
    if measured.counted.errors == 0:
        notes["error_rate"] = "no error among the counted points; monte_carlo.high bounds the error rate"
    if measured.failed_attacks:
        notes["failed_attacks"] = "counted with the largest distance; in noise that is infinite, and so is the mean"
    if not measured.some_errors:
        notes["no_errors"] = "no error was found; whether there is one is unknown"
    return notes


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


def agreement(measurement: Measurement) -> Agreement | None:
    """Whether the point prediction and the observed mean agree; None where there is no error.

    Examples
    --------
    >>> from adversarial_spheres import QuadraticClassifier, measure_distances
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


@dataclass(frozen=True, eq=False)
class DistanceHistogram(ShortRepr):
    """Counts of distances in bins, shape (n,), between edges, shape (n + 1,), in the metric and unit of a measurement.

    ``cap_survival``, shape (n + 1,): the probability that the cap of the same measure is farther than each edge; None
    where no dimension was given.
    """

    edges: FloatArray
    counts: NDArray[np.int64]
    cap_survival: FloatArray | None


def distance_histogram(measurement: Measurement, bins: int, dim: int | None = None) -> DistanceHistogram | None:
    """Histogram of exact distances in at most ``bins`` bins, and the law of the cap of the same measure.

    None where no error exists, and of an attack. It reaches to the largest distance, and to where a thousandth of the
    cap's law is left. Bins are equal in angle: whole bins of the fine histogram, joined.

    Examples
    --------
    >>> from adversarial_spheres import QuadraticClassifier, measure_distances
    >>> classifier = QuadraticClassifier.from_alphas([0.9, 0.8, 1.1])
    >>> found = distance_histogram(measure_distances(classifier, "inner", samples=1000, seed=0), 4, 3)
    >>> found.counts.tolist(), found.cap_survival.round(2).tolist()
    ([538, 365, 97, 0], [0.77, 0.59, 0.39, 0.21, 0.08])
    """
    seen, rate = measurement.statistics, measurement.error_rate
    if seen is None or seen.no_errors or not isinstance(rate, LogProbability):
        return None
    sphere, farthest = in_metric(measurement.space, None), seen.angle_max
    if dim is not None:
        farthest = max(farthest, float(quantile_distance_bound(0.999, rate, dim, radius=1.0, metric="geodesic")))
    joined = max(1, int(np.ceil(min(farthest, np.pi / 2) / (np.pi / 2) * BINS / bins)))
    counts = np.add.reduceat(seen.histogram, np.arange(0, BINS, joined))[:bins]
    angles = np.minimum(joined * np.arange(len(counts) + 1), BINS) * (np.pi / 2 / BINS)
    edges = distance_from_angle(angles, radius=sphere.radius, metric=sphere.metric)
    if dim is None:
        return DistanceHistogram(edges, counts, None)
    survival = cap_distance_survival(edges, rate, dim, radius=sphere.radius, metric=sphere.metric)
    return DistanceHistogram(edges, counts, survival.probability)
