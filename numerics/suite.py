"""The suite of checks of a quadratic classifier: theory against what is sampled, and a user's claims.

On each sphere: the exact error rate lies in the Monte Carlo interval; the mean exact distance is at most the
isoperimetric bound and at least the proved lower bound; the share of points within the bound of an error is at least
what geometry demands; and the range of the alphas agrees with the exact error rate on perfection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..theory.isoperimetry import mean_distance_bound
from ..theory.quadratic_network import QuadraticClassifier, exact_error_rate
from ..theory.validation import Metric, Sphere
from .checks import Check, check_exactly, check_inside, overall_verdict, share_of_budget, spent_budget
from .claims import Claims, error_rate_claim, mean_distance_claim, robust_accuracy_claim
from .distances import DistanceMeasurement, distance_checks, measure_distances, sphere_radius
from .error_rate import Model, MonteCarloErrorRate, monte_carlo_error_rate

STATISTICAL_CHECKS_A_SPHERE = 4


@dataclass(frozen=True)
class SuiteSettings:
    """How a suite samples: number of points, seed, confidence of the whole suite, metric, workers (threads)."""

    distance_samples: int
    monte_carlo_samples: int
    seed: int
    confidence: float = 0.99
    metric: Metric = "euclidean"
    workers: int = 1


@dataclass(frozen=True)
class SphereResult:
    """What the suite measured on one sphere."""

    distances: DistanceMeasurement
    monte_carlo: MonteCarloErrorRate
    checks: Sequence[Check]


@dataclass(frozen=True)
class SuiteResult:
    """All that a suite found; the verdicts hold together with the suite's confidence."""

    spheres: dict[Sphere, SphereResult]
    confidence: float

    @property
    def checks(self) -> list[Check]:
        """The checks of all spheres."""
        return [check for result in self.spheres.values() for check in result.checks]

    @property
    def verdict(self) -> str:
        """The suite's verdict."""
        return overall_verdict(self.checks)

    @property
    def error_budget(self) -> dict[str, float]:
        """Allowed and spent probability of any wrong verdict."""
        return {"allowed": 1.0 - self.confidence, "spent": spent_budget(self.checks)}


def run_suite(
    classifier: QuadraticClassifier,
    outer_radius: float,
    settings: SuiteSettings,
    *,
    spheres: Sequence[Sphere] = ("inner", "outer"),
    model: Model | None = None,
    claims: Claims = Claims(),  # noqa: B008 (immutable)
) -> SuiteResult:
    """Run all checks.

    Parameters
    ----------
    classifier
        The exact description of the classifier.
    model
        What is sampled for the Monte Carlo error rate: the network itself, in its original basis, say; default the
        classifier.
    claims
        A user's claims, checked on each sphere.
    """
    statistical = len(spheres) * (STATISTICAL_CHECKS_A_SPHERE + claims.on_distances)
    each = share_of_budget(settings.confidence, statistical)
    results = {
        sphere: _run_sphere(
            classifier, classifier if model is None else model, sphere, outer_radius, settings, each, claims
        )
        for sphere in spheres
    }
    return SuiteResult(results, settings.confidence)


def _run_sphere(
    classifier: QuadraticClassifier,
    model: Model,
    sphere: Sphere,
    outer_radius: float,
    settings: SuiteSettings,
    confidence: float,
    claims: Claims,
) -> SphereResult:
    dim = classifier.eigenvalues.shape[-1]
    counted = monte_carlo_error_rate(
        model,
        dim,
        sphere,
        outer_radius=outer_radius,
        samples=settings.monte_carlo_samples,
        seed=settings.seed,
        confidence=confidence,
        workers=settings.workers,
    )
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
        *distance_checks(measured, dim),
        perfection_check(classifier, sphere, outer_radius),
    ]
    if claims.error_rate is not None:
        checks.append(error_rate_claim(classifier, sphere, outer_radius, claims.error_rate))
    if claims.mean_distance is not None:
        checks.append(mean_distance_claim(measured, dim, claims.mean_distance))
    if claims.robust_accuracy is not None:
        checks.append(robust_accuracy_claim(measured, dim, claims.robust_accuracy))
    return SphereResult(measured, counted, checks)


def _epsilon(
    classifier: QuadraticClassifier, sphere: Sphere, outer_radius: float, metric: Metric, claims: Claims
) -> float | None:
    """The distance at which robust accuracy is looked at: the user's, else the isoperimetric bound on the mean."""
    if claims.epsilon is not None:
        return claims.epsilon
    rate = exact_error_rate(classifier, sphere, outer_radius)
    if np.isneginf(rate.log):
        return None
    dim = classifier.eigenvalues.shape[-1]
    return float(mean_distance_bound(rate, dim, radius=sphere_radius(sphere, outer_radius), metric=metric))


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
