"""``check``: claims about a classifier against proof, exact computation and samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .around import around_options, is_around, load_problem, problem_values, tell_problem_findings
from .common import (
    REAL,
    IntegerRange,
    any_model_options,
    common_options,
    echo,
    emit,
    emit_checks,
    emit_csv,
    load_any_model,
    metric_option,
    tell_findings,
)

if TYPE_CHECKING:
    from ..numerics.verdicts.checks import Decisions
    from ..theory.basics.validation import Metric, Sphere


@click.command(short_help="Check theory and claims: verdicts.")
@any_model_options
@around_options
@click.option("--claim-error-rate", type=REAL, help="Claim: the error rate of each sphere is at most this.")
@click.option(
    "--claim-mean-distance", type=REAL, help="Claim: the mean distance to the nearest error is at least this."
)
@click.option(
    "--claim-robust-accuracy", type=REAL, help="Claim: this share of the points has no error within --epsilon."
)
@click.option("--epsilon", type=REAL, help="Distance of --claim-robust-accuracy, in the units of --metric.")
@click.option(
    "--claim-quantile",
    type=(REAL, REAL),
    metavar="Q DISTANCE",
    help="Claim: the Q-quantile (0.5: the median) of the distance to the nearest error is at least DISTANCE.",
)
@click.option(
    "--claim-tightness",
    type=REAL,
    help="Claim: the mean distance is at least this share of the isoperimetric bound at the error rate.",
)
@click.option("--claim-perfect", is_flag=True, help="Claim: there is no error at all.")
@metric_option
@click.option(
    "--sphere", type=click.Choice(["inner", "outer", "both"]), default="both", show_default=True, help="Which sphere."
)
@click.option(
    "--max-samples",
    type=IntegerRange(2),
    default=20_000,
    show_default=True,
    help="Most random points a sphere; a check stops as soon as it is decided.",
)
@click.option(
    "--certify",
    type=IntegerRange(2),
    metavar="N",
    help="Also certified lower bounds near N random points a sphere; for ReLU networks; slow.",
)
@click.option(
    "--attacked-points",
    type=IntegerRange(1),
    default=256,
    show_default=True,
    help="Most points a sphere that are attacked, for claims that counting leaves open.",
)
@click.option(
    "--max-queries",
    type=IntegerRange(1),
    metavar="N",
    help="Most questions to --model a sphere, attacks included; what is open then is inconclusive.",
)
@click.option(
    "--max-seconds",
    type=REAL,
    metavar="S",
    help="Most seconds a sphere; what is open then is inconclusive, and may be another time: not reproducible.",
)
@click.option("--strict", is_flag=True, help="Exit with status 1 where a check is inconclusive, too.")
@common_options()
def check(
    alphas: str | None,
    checkpoint: str | None,
    reference: str | None,
    dim: int | None,
    outer_radius: float | None,
    claim_error_rate: float | None,
    claim_mean_distance: float | None,
    claim_robust_accuracy: float | None,
    epsilon: float | None,
    claim_quantile: tuple[float, float] | None,
    claim_tightness: float | None,
    claim_perfect: bool,
    metric: Metric,
    sphere: str,
    max_samples: int,
    certify: int | None,
    attacked_points: int,
    max_queries: int | None,
    max_seconds: float | None,
    strict: bool,
    as_json: bool,
    quiet: bool,
    seed: int,
    workers: int,
    confidence: float,
    **options: Any,
) -> None:
    """Check theory against samples, and claims against both: verified, refuted, inconclusive or vacuous.

    Of a quadratic network everything is exact. Of any other model (--model) errors are counted, geometry limits what
    the count allows, and where that leaves a claim open an attack finds errors: an upper bound on each distance. With
    --around the points are near a data point, of any number of classes.
    """
    from ..numerics.models.checked import exact_classifier
    from ..numerics.verdicts.bound_check import check_bound
    from ..numerics.verdicts.claims import Claims
    from ..numerics.verdicts.suite import SuiteSettings, run_model_suite, run_sequential_suite
    from ..theory.basics.rounded_text import confidence_text

    if (claim_robust_accuracy is None) != (epsilon is None):
        raise click.UsageError("--claim-robust-accuracy and --epsilon go together")
    quantile, quantile_distance = (None, None) if claim_quantile is None else claim_quantile
    claims = Claims(
        claim_error_rate,
        claim_mean_distance,
        claim_robust_accuracy,
        epsilon,
        quantile,
        quantile_distance,
        claim_tightness,
        claim_perfect,
    )
    limits: dict[str, Any] = {
        "attacked_points": attacked_points,
        "max_queries": max_queries,
        "max_seconds": max_seconds,
    }
    about: dict[str, Any] = {}
    result: Decisions
    if is_around(options):
        problem = load_problem(reference, metric, options)
        findings, about = tell_problem_findings(problem), problem_values(problem, options)
        limits |= {"max_samples": max_samples, "confidence": confidence, "seed": seed, "workers": workers}
        result = check_bound(problem, claims, **limits)
    else:
        model, d, radius = load_any_model(alphas, checkpoint, reference, dim, outer_radius)
        spheres: tuple[Sphere, ...] = ("inner", "outer") if sphere == "both" else (sphere,)  # type: ignore[assignment]
        findings = tell_findings(model, d, spheres, radius)
        settings = SuiteSettings(max_samples, max_samples, seed, confidence, metric, workers)
        classifier = exact_classifier(model)
        if classifier is None:
            result = run_model_suite(
                model,
                d,
                radius,
                settings,
                spheres=spheres,
                claims=claims,
                certified_points=certify or 0,
                **limits,
            )
        elif certify is not None:
            raise click.UsageError("--certify is for ReLU networks: of a quadratic one everything is exact")
        else:
            result = run_sequential_suite(
                classifier, radius, settings, spheres=spheres, claims=claims, max_seconds=max_seconds
            )
    if as_json:
        content = result.to_dict() | about | {"metric": metric, "max_samples": max_samples}
        content |= {"findings": findings}
        emit(content, as_json=True)
    elif not emit_csv(result.to_dict()["checks"]):
        emit_checks(result.checks)
        level = confidence_text(confidence)
        echo("")
        echo(f"{result.verdict} at confidence {level} (one error budget over {len(result.checks)} checks)")
    if result.verdict == "refuted" or (strict and result.verdict == "inconclusive"):
        click.get_current_context().exit(1)
