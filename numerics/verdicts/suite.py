"""Suites of checks on both spheres under one error budget: theory against what is sampled, and a user's claims.

Of a quadratic classifier, on each sphere: the exact error rate lies in the Monte Carlo interval; the mean exact
distance is at most the isoperimetric bound and at least the proved lower bound; the share of points within the bound of
an error is at least what geometry demands; and the range of the alphas agrees with the exact error rate on perfection.

:func:`run_suite` measures with samples of fixed size; :func:`run_sequential_suite` draws until all is decided. Of any
other model :func:`run_model_suite` checks claims by :func:`~.verdicts.bound_check.check_bound`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

import numpy as np

from ...theory.basics.arguments import check_instance, check_sequence
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.sphere import sphere_radius
from ...theory.basics.validation import Metric, Sphere, check_flag, check_metric, check_sphere
from ...theory.quadratic.classifier import QuadraticClassifier, check_single_classifier
from ...theory.quadratic.errors import QuadraticErrors
from ...theory.spaces.even_sphere import even_space
from ...theory.spaces.space import Space
from ...theory.spaces.sphere import Sphere as Round
from ..distances.exact import measure_distances
from ..distances.measurement import Measurement
from ..distances.predicted import PredictedMean, predicted_mean
from ..error_rates.counting import MonteCarloErrorRate, count_errors
from ..models.adapters import as_model
from ..models.checked import AnyModel, Model
from ..models.problem import Problem, two_spheres
from ..models.query_limits import Meter
from ..sampling.blocks import check_workers
from ..sampling.points import check_seed
from ..statistics.intervals import check_confidence, check_samples, share_of_budget
from .bound_check import ATTACKED_POINTS, check_bound
from .checks import Check, Decisions, check_exactly, check_inside
from .claims import Claims
from .evidence import Evidence, ExactErrorRate, SummarisedDistances
from .exact_sample import ExactSample, exact_rate, known_evidence
from .questions import theory_questions, vacuous_theory_checks
from .sequential import Question, answer, decide_by_sample

STATISTICAL_CHECKS_A_SPHERE = 4
CONSISTENCY_SAMPLES = 20_000
"""Points for the check of the exact error rate against a count: no sample can settle it early."""


@dataclass(frozen=True)
class SuiteSettings:
    """How a suite samples: number of points, seed, confidence of the whole suite, metric, workers (threads).

    For :func:`run_sequential_suite` the numbers of points are the largest ones. ``control``: :func:`run_suite` observes
    a control variate of the distances, too, which decides narrow questions on fewer points.

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
    control: bool = False

    def __post_init__(self) -> None:
        check_samples(self.distance_samples, name="distance_samples")
        check_samples(self.monte_carlo_samples, name="monte_carlo_samples")
        check_seed(self.seed)
        check_confidence(self.confidence)
        check_metric(self.metric)
        check_workers(self.workers)
        check_flag("control", self.control)


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

    distances: Measurement
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
    >>> found = run_suite(classifier, 1.3, SuiteSettings(5000, 2000, seed=0), spheres=["inner"])
    >>> found.checks[1].verdict, round(found.spheres["inner"].distances.observed.mean, 2)  # at most the bound
    ('verified', 0.36)
    """
    asked = _asked(classifier, outer_radius, settings, spheres, claims)
    results = {one.sphere: one.measured(classifier if model is None else model) for one in asked}
    checks = [list(result.checks) for result in results.values()]
    return SuiteResult(list(chain(*checks)), settings.confidence, results, about_claims=_of_claims(checks, claims))


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
    asked = _asked(classifier, outer_radius, settings, spheres, claims)
    checks = [one.drawn(max_seconds) for one in asked]
    return Decisions(list(chain(*checks)), settings.confidence, about_claims=_of_claims(checks, claims))


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


def _of_claims(checks: list[list[Check]], claims: Claims) -> list[Check]:
    """The checks that answer claims: the last ones of each sphere."""
    count = len(claims.values())
    return [check for found in checks for check in found[len(found) - count :]]


@dataclass(frozen=True)
class _Asked:
    """What is asked of a quadratic classifier on one sphere, each check at a confidence."""

    classifier: QuadraticClassifier
    sphere: Sphere
    outer_radius: float
    settings: SuiteSettings
    claims: Claims
    confidence: float

    @cached_property
    def errors(self) -> QuadraticErrors:
        return self.classifier.errors_on(self.sphere, self.outer_radius)

    @cached_property
    def rate(self) -> ExactErrorRate:
        return exact_rate(self.errors)

    @property
    def space(self) -> Round:
        return Round(self.classifier.dim, sphere_radius(self.sphere, self.outer_radius), self.settings.metric)

    @property
    def limiting(self) -> Space:
        """The space whose bounds limit the errors, which are even."""
        return even_space(self.space.dim, self.space.radius, self.space.metric)

    @property
    def epsilon(self) -> float | None:
        """The distance at which robust accuracy is looked at: the user's, else the limit of the mean of even errors."""
        if self.claims.epsilon is not None or self.rate.is_zero:
            return self.claims.epsilon
        return float(self.limiting.mean_distance_bound(self.rate.rate))

    def measured(self, model: Model) -> SphereResult:
        """All checks, on samples of fixed size."""
        settings, counted = self.settings, self._counted(model, self.settings.monte_carlo_samples)
        measured = measure_distances(
            self.classifier,
            self.sphere,
            outer_radius=self.outer_radius,
            metric=settings.metric,
            samples=settings.distance_samples,
            seed=settings.seed,
            confidence=self.confidence,
            epsilon=self.epsilon,
            workers=settings.workers,
            control=settings.control,
        )

        def decide(questions: list[Question], known: Evidence) -> list[Check]:
            statistics = measured.statistics
            seen = () if statistics is None or statistics.no_errors else (SummarisedDistances(statistics),)
            evidence = replace(known, distances=(*known.distances, *seen))
            return [answer(question, evidence, self.confidence) for question in questions]

        return SphereResult(measured, counted, self._checks(counted, measured.predicted, decide))

    def drawn(self, max_seconds: float | None) -> list[Check]:
        """All checks, on as many points as decide them."""
        settings = self.settings
        counted = self._counted(self.classifier, min(settings.monte_carlo_samples, CONSISTENCY_SAMPLES))
        predicted = None if self.rate.is_zero else predicted_mean(self.errors, self.space)

        def decide(questions: list[Question], known: Evidence) -> list[Check]:
            meter = Meter(max_seconds=max_seconds)
            sample = ExactSample(self.errors, known, settings.seed, settings.workers, meter)
            return decide_by_sample(questions, sample, self.confidence, settings.distance_samples)

        return self._checks(counted, predicted, decide)

    def _within(self) -> tuple[float, float] | None:
        """A distance, and the least share of points that geometry wants within it of an error."""
        if self.epsilon is None:
            return None
        return self.epsilon, float(self.limiting.neighbourhood(self.rate.rate, self.epsilon).probability)

    def _counted(self, model: Model, samples: int) -> MonteCarloErrorRate:
        problem, settings = Problem(as_model(model), self.space, self.sphere), self.settings
        return count_errors(
            problem, samples=samples, seed=settings.seed, confidence=self.confidence, workers=settings.workers
        )

    def _checks(
        self,
        counted: MonteCarloErrorRate,
        predicted: PredictedMean | None,
        decide: Callable[[list[Question], Evidence], list[Check]],
    ) -> list[Check]:
        """All checks; ``decide`` answers questions, given what is known without a sample."""
        metric = self.settings.metric
        known = known_evidence(self.errors, self.space, lower=None if predicted is None else predicted.lower)
        theory = [] if predicted is None else theory_questions(self.sphere, metric, predicted, self._within())
        vacuous = [] if theory else vacuous_theory_checks(self.sphere, metric)
        claimed = [Question.about(claim, known, self.sphere) for claim in self.claims.values()]
        decided = decide([*theory, *claimed], known)
        about_theory = vacuous + decided[: len(theory)]
        return [self._error_rate_check(counted), *about_theory, self._perfection_check(), *decided[len(theory) :]]

    def _error_rate_check(self, counted: MonteCarloErrorRate) -> Check:
        """Check that the exact error rate lies in the Monte Carlo interval."""
        claim = f"{self.sphere} sphere: the exact error rate lies in the interval of {counted.samples:,} random points"
        name = f"{self.sphere}_exact_error_rate_in_monte_carlo_interval"
        return check_inside(name, claim, counted.estimate, counted.interval, float(self.rate.rate))

    def _perfection_check(self) -> Check:
        """Check that the range of the coefficients and the exact tail agree on whether there are errors at all."""
        wrong, rate = int(np.count_nonzero(self.errors.coefficients > 0)), self.rate
        shown = "0" if rate.is_zero else f"10^{float(rate.rate.log10):.6g}"
        return check_exactly(
            f"{self.sphere}_alphas_agree_with_perfection",
            f"{self.sphere} sphere: the error rate is 0 exactly if no coefficient leaves its range",
            bool(self.errors.is_null) == rate.is_zero,
            f"{wrong} of {self.errors.dim} coefficients cause errors, the exact error rate is {shown}",
            observed=float(rate.rate),
        )


def _asked(
    classifier: QuadraticClassifier,
    outer_radius: float,
    settings: SuiteSettings,
    spheres: Sequence[Sphere],
    claims: Claims,
) -> list[_Asked]:
    """What is asked on each sphere; all checks that may rest on a sample share the error budget."""
    check_single_classifier(classifier)
    check_suite(settings, spheres, claims)
    asked = [_Asked(classifier, sphere, outer_radius, settings, claims, settings.confidence) for sphere in spheres]
    statistical = STATISTICAL_CHECKS_A_SPHERE * len(spheres) + sum(
        claim.quantity.rests_on_samples(Evidence(one.space, one.rate)) for one in asked for claim in claims.values()
    )
    each = share_of_budget(settings.confidence, statistical)
    return [replace(one, confidence=each) for one in asked]
