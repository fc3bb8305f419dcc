"""Checks of a model that is not quadratic, on both spheres under one error budget."""

from __future__ import annotations

from collections.abc import Sequence

from ...theory.basics.sphere import sphere_radius
from ...theory.basics.validation import Sphere
from ..models.adapters import as_model
from ..models.checked import AnyModel
from ..models.findings import Finding
from ..statistics.intervals import share_of_budget
from .bound_check import ATTACKED_POINTS, check_bound
from .checks import Check, Decisions
from .claims import Claims
from .suite import SuiteSettings, check_suite


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
    model, checks, findings = as_model(model), list[Check](), dict[Finding, None]()
    for sphere in spheres:
        found = check_bound(
            model,
            claims,
            dim=dim,
            sphere=sphere,
            radius=sphere_radius(sphere, outer_radius),
            metric=settings.metric,
            max_samples=settings.distance_samples,
            confidence=each,
            seed=settings.seed,
            workers=settings.workers,
            certified_points=certified_points,
            attacked_points=attacked_points,
            max_queries=max_queries,
            max_seconds=max_seconds,
        )
        checks += found.checks
        findings |= dict.fromkeys(found.findings)
    return Decisions(checks, settings.confidence, findings=tuple(findings))
