"""``distances``: predicted against observed distances to the nearest error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .around import around_options, is_around, load_problem, problem_values, tell_problem_findings
from .common import (
    REAL,
    IntegerRange,
    any_model_options,
    check_json,
    common_options,
    emit,
    is_csv,
    load_any_model,
    metric_option,
    tell_findings,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..numerics.models.checked import AnyModel
    from ..numerics.models.problem import Problem
    from ..numerics.verdicts.checks import Check
    from ..theory.basics.validation import Metric, Sphere


EXACT_SAMPLES, ATTACKED_SAMPLES = 20_000, 1000
HISTORY_ROWS = 10


@click.command(short_help="Predicted against observed distances.")
@any_model_options
@around_options
@click.option(
    "--sphere", type=click.Choice(["inner", "outer"]), default="inner", show_default=True, help="Which sphere."
)
@click.option(
    "--samples",
    type=IntegerRange(2),
    help="Number of random points  [default: 20000 for a quadratic network, 1000 for a model that is attacked]",
)
@metric_option
@click.option("--epsilon", type=REAL, help="Also the share of points within this distance of an error.")
@click.option(
    "--certify",
    type=IntegerRange(2),
    metavar="N",
    help="Also certified lower bounds near N random points; for ReLU networks; slow.",
)
@click.option(
    "--history",
    is_flag=True,
    help="Also ten steps of the training of --checkpoint; with --json all logged ones.",
)
@common_options()
def distances(
    alphas: str | None,
    checkpoint: str | None,
    reference: str | None,
    dim: int | None,
    outer_radius: float | None,
    sphere: Sphere,
    samples: int | None,
    metric: Metric,
    epsilon: float | None,
    certify: int | None,
    history: bool,
    as_json: bool,
    quiet: bool,
    seed: int,
    workers: int,
    confidence: float,
    **options: Any,
) -> None:
    """Distances from random points to the nearest error, against what theory predicts without sampling.

    Exact for quadratic networks and linear models of scikit-learn. Any other network or model (--model) is attacked:
    each distance is then an upper bound, and so is what is said of the mean. With --around the points are near a data
    point, of any number of classes; there those of any estimator that is recognised (discriminants, naive Bayes, linear
    models of two classes) are exact.
    """
    if is_around(options):
        problem = load_problem(reference, metric, options)
        _distances_around(problem, options, samples, epsilon, seed, workers, confidence, quiet=quiet, as_json=as_json)
        return
    from dataclasses import asdict

    from ..numerics.distances.attacked import measure_model_distances
    from ..numerics.distances.certified import certifiable
    from ..numerics.distances.measurement import agreement
    from ..numerics.models.checked import exact_classifier
    from ..numerics.runs.values import distance_values
    from ..numerics.statistics.intervals import share_of_budget
    from ..numerics.verdicts.checks import overall_verdict
    from ..numerics.verdicts.questions import model_distance_checks
    from ..progress import progress

    model, d, radius = load_any_model(alphas, checkpoint, reference, dim, outer_radius)
    quadratic = exact_classifier(model) is not None
    if certify is not None and quadratic:
        raise click.UsageError("--certify is for ReLU networks: of a quadratic one everything is exact")
    if history and checkpoint is None:
        raise click.UsageError("--history goes with --checkpoint")
    if history and not quadratic:
        raise click.UsageError("--history is for the checkpoint of a quadratic network")
    if certify is not None:
        certifiable(model)
    findings = tell_findings(model, d, (sphere,), radius)
    # Exact distances are checked against two bounds, those of an attack against one.
    checked = (2 if quadratic else 1) + (epsilon is not None)
    with progress(quiet=quiet or quadratic) as say:
        measured = measure_model_distances(
            model,
            d,
            sphere,
            outer_radius=radius,
            metric=metric,
            samples=samples or (EXACT_SAMPLES if quadratic else ATTACKED_SAMPLES),
            seed=seed,
            confidence=share_of_budget(confidence, checked),
            epsilon=epsilon,
            workers=workers,
            progress=lambda done, total: say("attack", done, total, ""),
        )
    extra: dict[str, Any] = {}
    if certify is not None:
        extra["certified_lower"] = _certified(model, sphere, radius, metric, certify, seed, confidence, workers)
    if history and checkpoint is not None:
        extra["history"] = _along_training(
            checkpoint,
            sphere,
            quiet,
            most=None if as_json or is_csv() else HISTORY_ROWS,
            outer_radius=radius,
            metric=metric,
            samples=samples or EXACT_SAMPLES,
            seed=seed,
            workers=workers,
            confidence=confidence,
        )
    checks = model_distance_checks(measured)
    verdict = overall_verdict(checks)
    agreed = agreement(measured)
    result = {
        "dim": d,
        **distance_values(measured),
        "agreement": agreed and asdict(agreed),
        "verdict": verdict,
        "findings": findings,
        **extra,
    }
    _emit(result, checks, confidence, as_json=as_json)
    if verdict == "refuted":
        click.get_current_context().exit(1)


def _distances_around(
    problem: Problem,
    options: dict[str, Any],
    samples: int | None,
    epsilon: float | None,
    seed: int,
    workers: int,
    confidence: float,
    *,
    quiet: bool,
    as_json: bool,
) -> None:
    """The same near a data point: exact where the errors are known, else by an attack."""
    from ..numerics.distances.attacked import measure_problem
    from ..numerics.runs.values import distance_values
    from ..numerics.verdicts.checks import overall_verdict
    from ..numerics.verdicts.questions import problem_checks
    from ..progress import progress

    findings = tell_problem_findings(problem)
    with progress(quiet=quiet) as say:
        measured = measure_problem(
            problem,
            samples=samples or ATTACKED_SAMPLES,
            seed=seed,
            confidence=confidence,
            epsilon=epsilon,
            workers=workers,
            progress=lambda done, total: say("attack", done, total, ""),
        )
    checks = problem_checks(measured)
    result = {
        **distance_values(measured),
        **problem_values(problem, options),
        "sphere": None,
        "agreement": None,
        "verdict": overall_verdict(checks),
        "findings": findings,
    }
    _emit(result, checks, confidence, as_json=as_json)


def _emit(result: dict[str, Any], checks: Sequence[Check], confidence: float, *, as_json: bool) -> None:
    """Print what was measured, and for people the checks below it."""
    from ..rendering.answers import distances_answer

    result |= {"checks": [check_json(c) for c in checks], "suite_confidence": confidence}
    emit(result, as_json=as_json, words=distances_answer)


def _certified(
    model: AnyModel,
    sphere: Sphere,
    outer_radius: float,
    metric: Metric,
    points: int,
    seed: int,
    confidence: float,
    workers: int,
) -> dict[str, Any]:
    """Certified lower bounds beside the attack's upper bounds; ``low`` holds by itself at the confidence."""
    from dataclasses import asdict

    from ..numerics.distances.certified import certifiable
    from ..numerics.verdicts.samples import certified_mean

    found = certified_mean(
        certifiable(model),
        sphere,
        outer_radius=outer_radius,
        metric=metric,
        points=points,
        seed=seed,
        confidence=confidence,
        workers=workers,
    )
    return asdict(found) | {"guarantee": found.guarantee}


def _along_training(
    checkpoint: str, sphere: Sphere, quiet: bool, most: int | None, **options: Any
) -> list[dict[str, Any]]:
    """Error rate and distances at every logged step, each interval by itself; at ``most`` some: without predictions."""
    import numpy as np

    from ..numerics.distances.exact import measure_distances
    from ..numerics.runs.values import distance_values
    from ..numerics.training.checkpoint import load_checkpoint
    from ..progress import progress

    _, log = load_checkpoint(checkpoint).quadratic()
    classifiers, rows = log.classifier(), []
    shown = np.unique(np.linspace(0, len(log) - 1, len(log) if most is None else most).astype(int))
    with progress(quiet=quiet) as say:
        for done, index in enumerate(shown):
            say("distances along training", done, len(shown), "")
            step = int(log.steps[index])
            measured = measure_distances(classifiers[index], sphere, key=(step,), predict=most is None, **options)
            rows.append({"step": step, **distance_values(measured)})
        say("distances along training", len(shown), len(shown), "")
    return rows
