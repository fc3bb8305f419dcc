"""Suites of checks on both spheres under one error budget: theory against what is sampled, and a user's claims.

Of a quadratic classifier, on each sphere: the exact error rate lies in the Monte Carlo interval; the mean exact
distance is at most the isoperimetric bound and at least the proved lower bound; the share of points within the bound of
an error is at least what geometry demands; and the range of the alphas agrees with the exact error rate on perfection.

:func:`run_suite` measures with samples of fixed size; :func:`run_sequential_suite` draws until all is decided. Of any
other model :func:`run_model_suite` checks claims by :func:`~.verdicts.bound_check.check_bound`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...theory.basics.arguments import check_instance, check_sequence
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.sphere import sphere_radius
from ...theory.basics.validation import Metric, Sphere, check_metric, check_sphere
from ...theory.quadratic.classifier import QuadraticClassifier, check_single_classifier
from ...theory.quadratic.error_rate import exact_error_rate
from ...theory.spaces.isoperimetry import mean_distance_bound
from ...theory.spaces.sphere import Sphere as Round
from ..distances.measurement import (
    DistanceMeasurement,
    PredictedDistance,
    measure_distances,
    predict_distance,
)
from ..error_rates.counting import Model, MonteCarloErrorRate, monte_carlo_error_rate
from ..models.checked import AnyModel
from ..models.problem import two_spheres
from ..models.query_limits import Meter
from ..sampling.blocks import check_workers
from ..sampling.points import check_seed
from ..statistics.intervals import check_confidence, check_samples, share_of_budget
from .bound_check import ATTACKED_POINTS, check_bound
from .checks import Check, Decisions, check_exactly, check_inside
from .claims import Claims
from .evidence import DistanceEvidence, Evidence, ExactErrorRate, ProvedMeanDistance, SummarisedDistances
from .exact_sample import ExactSample, exact_rate, known_evidence
from .questions import distance_checks, theory_questions, vacuous_theory_checks
from .sequential import Question, answer, decide_by_sample

STATISTICAL_CHECKS_A_SPHERE = 4
CONSISTENCY_SAMPLES = 20_000
"""Points for the check of the exact error rate against a count: no sample can settle it early."""


@dataclass(frozen=True)
class SuiteSettings:
    """How a suite samples: number of points, seed, confidence of the whole suite, metric, workers (threads).

    For :func:`run_sequential_suite` the numbers of points are the largest ones.

    Raises
    ------
    InvalidArgumentError
        A field is out of range.

    Examples
    --------
    >>> SuiteSettings(distance_samples=1000, monte_carlo_samples=1000, seed=0).metric
    'euclidean'
    """

    distance_samples: int
    monte_carlo_samples: int
    seed: int
    confidence: float = 0.99
    metric: Metric = "euclidean"
    workers: int = 1

    def __post_init__(self) -> None:
        check_samples(self.distance_samples, name="distance_samples")
        check_samples(self.monte_carlo_samples, name="monte_carlo_samples")
        check_seed(self.seed)
        check_confidence(self.confidence)
        check_metric(self.metric)
        check_workers(self.workers)


def check_suite(settings: SuiteSettings, spheres: Sequence[Sphere], claims: Claims) -> None:
    """Refuse settings, spheres or claims that are none; each sphere is asked for once."""
    check_instance("settings", settings, SuiteSettings, "SuiteSettings")
    check_instance("claims", claims, Claims, "Claims")
    check_sequence("spheres", spheres, str, 'a tuple of "inner" and "outer"')
    if not spheres or len(set(map(check_sphere, spheres))) < len(spheres):
        raise InvalidArgumentError("spheres", spheres, "at least one sphere, each once")


@dataclass(frozen=True)
class SphereResult:
    """What the suite measured on one sphere."""

    distances: DistanceMeasurement
    monte_carlo: MonteCarloErrorRate
    checks: Sequence[Check]


@dataclass(frozen=True)
class SuiteResult(Decisions):
    """All that a suite found, sphere by sphere."""

    spheres: dict[Sphere, SphereResult]


def run_suite(
    classifier: QuadraticClassifier,
    outer_radius: float,
    settings: SuiteSettings,
    *,
    spheres: Sequence[Sphere] = ("inner", "outer"),
    model: Model | None = None,
    claims: Claims = Claims(),  # noqa: B008 (immutable)
) -> SuiteResult:
    """Run all checks on samples of fixed size.

    Parameters
    ----------
    classifier
        The exact description of the classifier.
    model
        What is sampled for the Monte Carlo error rate: the network itself, in its original basis, say; default the
        classifier.
    claims
        A user's claims, checked on each sphere.

    Examples
    --------
    >>> classifier = QuadraticClassifier.from_alphas([0.9, 0.8, 1.1])
    >>> found = run_suite(classifier, 1.3, SuiteSettings(2000, 2000, seed=0), spheres=["inner"])
    >>> found.verdict, round(found.spheres["inner"].distances.observed.mean, 2)
    ('verified', 0.36)
    """
    each = _share(classifier, outer_radius, settings, spheres, claims)
    sampled = classifier if model is None else model
    results = {
        sphere: _run_sphere(classifier, sampled, sphere, outer_radius, settings, each, claims) for sphere in spheres
    }
    checks = [check for result in results.values() for check in result.checks]
    return SuiteResult(checks, settings.confidence, results)


def run_sequential_suite(
    classifier: QuadraticClassifier,
    outer_radius: float,
    settings: SuiteSettings,
    *,
    spheres: Sequence[Sphere] = ("inner", "outer"),
    claims: Claims = Claims(),  # noqa: B008 (immutable)
    max_seconds: float | None = None,
) -> Decisions:
    """Run all checks, each until it is decided or the largest sample is drawn.

    What proof decides costs no sample. The verdicts hold together with the stated confidence, however often one
    looked. Parameters as for :func:`run_suite`; ``max_seconds`` limits the sample of distances of each sphere, as for
    :func:`~.verdicts.bound_check.check_bound`.

    Examples
    --------
    >>> classifier = QuadraticClassifier.from_alphas([0.9, 0.8, 1.1])
    >>> found = run_sequential_suite(classifier, 1.3, SuiteSettings(5000, 500, seed=0), claims=Claims(error_rate=0.5))
    >>> found.verdict, len(found.checks)
    ('verified', 11)
    """
    each = _share(classifier, outer_radius, settings, spheres, claims)
    checks: list[Check] = []
    for sphere in spheres:
        count = min(settings.monte_carlo_samples, CONSISTENCY_SAMPLES)
        counted = _count(classifier, classifier, sphere, outer_radius, settings, each, count)
        predicted = (
            None
            if np.isneginf(exact_error_rate(classifier, sphere, outer_radius).log)
            else predict_distance(classifier, sphere, outer_radius=outer_radius, metric=settings.metric)
        )
        known = known_evidence(
            classifier, sphere, outer_radius, settings.metric, lower=None if predicted is None else predicted.lower
        )
        epsilon = _epsilon(classifier, sphere, outer_radius, settings.metric, claims)
        theory = (
            [] if predicted is None else theory_questions(sphere, settings.metric, predicted, _within(known, epsilon))
        )
        meter = Meter(max_seconds=max_seconds)
        sample = ExactSample(classifier, sphere, outer_radius, known, settings.seed, settings.workers, meter)
        claimed = [Question.about(claim, known, sphere) for claim in claims.values()]
        decided = decide_by_sample([*theory, *claimed], sample, each, settings.distance_samples)
        checks += [
            error_rate_check(classifier, sphere, outer_radius, counted),
            *(vacuous_theory_checks(sphere, settings.metric) if predicted is None else decided[: len(theory)]),
            perfection_check(classifier, sphere, outer_radius),
            *decided[len(theory) :],
        ]
    return Decisions(checks, settings.confidence)


def run_model_suite(
    model: AnyModel,
    dim: int,
    outer_radius: float,
    settings: SuiteSettings,
    *,
    spheres: Sequence[Sphere] = ("inner", "outer"),
    claims: Claims = Claims(),  # noqa: B008 (immutable)
    certified_points: int = 0,
    attacked_points: int = ATTACKED_POINTS,
    max_queries: int | None = None,
    max_seconds: float | None = None,
) -> Decisions:
    """Check claims about any model on each sphere; without any, hold its attack against the isoperimetric bound.

    Parameters
    ----------
    model
        With ``logits`` or ``labels``.
    dim
        Ambient dimension, >= 2.
    settings
        ``distance_samples`` is the largest number of points a sphere; the confidence holds for all verdicts together.
    certified_points
        Largest number of points a sphere that get a certified lower bound; for ReLU networks alone.
    attacked_points
        Largest number of points a sphere that are attacked.
    max_queries, max_seconds
        Limits a sphere, as for :func:`~.verdicts.bound_check.check_bound`.

    Returns
    -------
    Decisions
        Each sphere's checks, as :func:`~.verdicts.bound_check.check_bound` makes them.

    Examples
    --------
    >>> class HalfSpace:
    ...     def logits(self, x):
    ...         return x[:, 0] - 0.5
    >>> settings = SuiteSettings(distance_samples=2000, monte_carlo_samples=2000, seed=0)
    >>> found = run_model_suite(HalfSpace(), 3, 1.3, settings, spheres=["inner"], claims=Claims(error_rate=0.3))
    >>> found.verdict
    'verified'
    """
    check_suite(settings, spheres, claims)
    each = share_of_budget(settings.confidence, len(spheres))
    inner, outer = two_spheres(model, dim, outer_radius, metric=settings.metric)
    found = [
        check_bound(
            inner if sphere == "inner" else outer,
            claims,
            max_samples=settings.distance_samples,
            confidence=each,
            seed=settings.seed,
            workers=settings.workers,
            certified_points=certified_points,
            attacked_points=attacked_points,
            max_queries=max_queries,
            max_seconds=max_seconds,
        )
        for sphere in spheres
    ]
    findings = dict.fromkeys(finding for one in found for finding in one.findings)
    return Decisions([check for one in found for check in one.checks], settings.confidence, findings=tuple(findings))


def _run_sphere(
    classifier: QuadraticClassifier,
    model: Model,
    sphere: Sphere,
    outer_radius: float,
    settings: SuiteSettings,
    confidence: float,
    claims: Claims,
) -> SphereResult:
    counted = _count(classifier, model, sphere, outer_radius, settings, confidence, settings.monte_carlo_samples)
    measured = measure_distances(
        classifier,
        sphere,
        outer_radius=outer_radius,
        metric=settings.metric,
        samples=settings.distance_samples,
        seed=settings.seed,
        confidence=confidence,
        epsilon=_epsilon(classifier, sphere, outer_radius, settings.metric, claims),
        workers=settings.workers,
    )
    checks = [
        error_rate_check(classifier, sphere, outer_radius, counted),
        *distance_checks(measured, classifier.dim),
        perfection_check(classifier, sphere, outer_radius),
    ]
    evidence = _measured_evidence(measured, classifier, exact_rate(classifier, sphere, outer_radius))
    for claim in claims.values():
        checks.append(answer(Question.about(claim, evidence, sphere), evidence, confidence))
    return SphereResult(measured, counted, checks)


def _measured_evidence(
    measured: DistanceMeasurement, classifier: QuadraticClassifier, rate: ExactErrorRate
) -> Evidence:
    distances: list[DistanceEvidence] = []
    if measured.statistics is not None and isinstance(measured.predicted, PredictedDistance):
        distances = [ProvedMeanDistance(measured.predicted.lower), SummarisedDistances(measured.statistics)]
    return Evidence(Round(classifier.dim, measured.radius, measured.metric), rate, tuple(distances))


def _share(
    classifier: QuadraticClassifier,
    outer_radius: float,
    settings: SuiteSettings,
    spheres: Sequence[Sphere],
    claims: Claims,
) -> float:
    """Confidence of each check that may rest on a sample, after the checks of what all suites are given."""
    check_single_classifier(classifier)
    check_suite(settings, spheres, claims)
    statistical = 0
    for sphere in spheres:
        evidence = Evidence(Round(classifier.dim), error_rate=exact_rate(classifier, sphere, outer_radius))
        statistical += STATISTICAL_CHECKS_A_SPHERE
        statistical += sum(claim.quantity.rests_on_samples(evidence) for claim in claims.values())
    return share_of_budget(settings.confidence, statistical)


def _count(
    classifier: QuadraticClassifier,
    model: Model,
    sphere: Sphere,
    outer_radius: float,
    settings: SuiteSettings,
    confidence: float,
    samples: int,
) -> MonteCarloErrorRate:
    return monte_carlo_error_rate(
        model,
        classifier.dim,
        sphere,
        outer_radius=outer_radius,
        samples=samples,
        seed=settings.seed,
        confidence=confidence,
        workers=settings.workers,
    )


def _within(known: Evidence, epsilon: float | None) -> tuple[float, float] | None:
    """A distance, and the least share of points that geometry wants within it of an error."""
    if epsilon is None or not isinstance(known.error_rate, ExactErrorRate):
        return None
    return epsilon, float(known.space.neighbourhood(known.error_rate.rate, epsilon).probability)


def _epsilon(
    classifier: QuadraticClassifier, sphere: Sphere, outer_radius: float, metric: Metric, claims: Claims
) -> float | None:
    """The distance at which robust accuracy is looked at: the user's, else the isoperimetric bound on the mean."""
    if claims.epsilon is not None:
        return claims.epsilon
    rate = exact_error_rate(classifier, sphere, outer_radius)
    if np.isneginf(rate.log):
        return None
    radius = sphere_radius(sphere, outer_radius)
    return float(mean_distance_bound(rate, classifier.dim, radius=radius, metric=metric))


def error_rate_check(
    classifier: QuadraticClassifier, sphere: Sphere, outer_radius: float, counted: MonteCarloErrorRate
) -> Check:
    """Check that the exact error rate lies in the Monte Carlo interval."""
    exact = float(exact_error_rate(classifier, sphere, outer_radius))
    claim = f"{sphere} sphere: the exact error rate lies in the interval of {counted.samples:,} random points"
    name = f"{sphere}_exact_error_rate_in_monte_carlo_interval"
    return check_inside(name, claim, counted.estimate, counted.interval, exact)


def perfection_check(classifier: QuadraticClassifier, sphere: Sphere, outer_radius: float) -> Check:
    """Check that the range of the coefficients and the exact tail agree on whether there are errors at all."""
    coefficients = classifier.error_coefficients(sphere, outer_radius)
    wrong = int(np.count_nonzero(coefficients > 0))
    rate = exact_error_rate(classifier, sphere, outer_radius)
    has_errors = bool(np.max(coefficients) > 0 or (sphere == "outer" and not np.any(coefficients)))
    why = f"{wrong} of {coefficients.size} coefficients cause errors, the exact error rate is " + (
        "0" if np.isneginf(rate.log) else f"10^{float(rate.log10):.6g}"
    )
    return check_exactly(
        f"{sphere}_alphas_agree_with_perfection",
        f"{sphere} sphere: the error rate is 0 exactly if no coefficient leaves its range",
        has_errors == (not np.isneginf(rate.log)),
        why,
        observed=float(rate),
    )
