"""``error-rate``: error rates on both spheres, exact for a quadratic network and counted for any model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .around import around_options, is_around, load_problem, problem_values, tell_problem_findings
from .common import IntegerRange, any_model_options, common_options, emit, load_any_model, tell_findings

if TYPE_CHECKING:
    from ..numerics.models.problem import Problem
    from ..theory.basics.validation import Sphere

COUNTED = 100_000


@click.command("error-rate", short_help="Exact or counted error rates on both spheres.")
@any_model_options
@around_options
@click.option("--samples", type=IntegerRange(1), help="Also count errors among this many random points a sphere.")
@click.option("--rare-event", is_flag=True, help="Also estimate error rates that no count can see, by splitting.")
@click.option(
    "--smoothed",
    is_flag=True,
    help="With --around and --noise: how far from the data point the smoothed classifier, which is another one, keeps "
    "the label.",
)
@common_options()
def error_rate(
    alphas: str | None,
    checkpoint: str | None,
    reference: str | None,
    dim: int | None,
    outer_radius: float | None,
    samples: int | None,
    rare_event: bool,
    smoothed: bool,
    as_json: bool,
    quiet: bool,
    seed: int,
    workers: int,
    confidence: float,
    **options: Any,
) -> None:
    """Exact error rates on both spheres, however small, beside the central limit estimate and the Chernoff bound.

    Those are for quadratic networks. For any other network or model (--model) errors are counted, on 100,000 points a
    sphere or on --samples; the rate of a linear model of scikit-learn is exact, too. With --around they are counted
    near a data point, of any number of classes; there the rate of any estimator that is recognised (discriminants,
    naive Bayes, linear models of two classes) is exact, too.
    """
    from ..numerics.distances.known import known_errors
    from ..numerics.error_rates.counting import monte_carlo_error_rate
    from ..numerics.models.checked import exact_classifier
    from ..numerics.models.problem import two_spheres
    from ..numerics.runs.values import (
        error_rate_values,
        exact_values,
        monte_carlo_values,
        unknown_error_rate_values,
    )
    from ..numerics.statistics.intervals import check_confidence
    from ..rendering.answers import error_rate_answer

    check_confidence(confidence)
    if is_around(options):
        drawn = {"samples": samples or COUNTED, "seed": seed, "confidence": confidence, "workers": workers}
        rare = {"seed": seed, "confidence": confidence, "workers": workers, "quiet": quiet} if rare_event else None
        found = _around(reference, options, drawn, rare, smoothed=smoothed)
        emit(found, as_json=as_json, words=error_rate_answer)
        return
    if smoothed:
        raise click.UsageError("--smoothed goes with --around and --noise")
    model, d, radius = load_any_model(alphas, checkpoint, reference, dim, outer_radius)
    exact = exact_classifier(model)
    if exact is None and samples is None:
        samples = COUNTED
    spheres: tuple[Sphere, Sphere] = ("inner", "outer")
    result: dict[str, Any] = {"dim": d, "outer_radius": radius}
    findings = tell_findings(model, d, spheres, radius)
    problems = dict(zip(spheres, two_spheres(model, d, radius), strict=True))
    for sphere in spheres:
        if exact is None:
            result[sphere] = unknown_error_rate_values() | exact_values(known_errors(problems[sphere]))
        else:
            result[sphere] = error_rate_values(exact.errors_on(sphere, radius))
        if samples is not None:
            counted = monte_carlo_error_rate(
                model,
                d,
                sphere,
                outer_radius=radius,
                samples=samples,
                seed=seed,
                confidence=confidence,
                workers=workers,
            )
            result[sphere]["monte_carlo"] = monte_carlo_values(counted)
        if rare_event:
            result[sphere]["rare_event"] = _rare_event_with_progress(
                problems[sphere],
                no_errors=bool(result[sphere].get("no_errors")),
                seed=seed,
                confidence=confidence,
                workers=workers,
                quiet=quiet,
            )
    emit(result | {"findings": findings}, as_json=as_json, words=error_rate_answer)


def _around(
    reference: str | None,
    options: dict[str, Any],
    drawn: dict[str, Any],
    rare: dict[str, Any] | None,
    *,
    smoothed: bool,
) -> dict[str, Any]:
    """The error rate near a data point, under the keys of a sphere."""
    from ..numerics.distances.known import known_errors
    from ..numerics.error_rates.counting import count_errors
    from ..numerics.runs.values import exact_values, monte_carlo_values, smoothed_values, unknown_error_rate_values

    if smoothed and options["noise"] is None:
        raise click.UsageError("--smoothed goes with --noise")
    problem = load_problem(reference, "euclidean", options)
    findings = tell_problem_findings(problem)
    counted = count_errors(problem, **drawn)
    exact = exact_values(known_errors(problem))
    here = unknown_error_rate_values() | exact | {"monte_carlo": monte_carlo_values(counted)}
    if smoothed:
        here["smoothed"] = smoothed_values(problem, counted)
    if rare is not None:
        here["rare_event"] = _rare_event_with_progress(problem, **rare)
    return {**problem_values(problem, options), "around": here, "findings": findings}


def _rare_event_with_progress(problem: Problem, *, quiet: bool, **asked: Any) -> dict[str, Any]:
    """The values under ``rare_event``, progress on standard error."""
    from ..numerics.runs.rare_event import rare_event_values
    from ..progress import progress

    with progress(quiet=quiet) as callback:
        return rare_event_values(problem, **asked, progress=callback)
