"""``distances``: predicted against observed distances to the nearest error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .common import check_json, common_options, emit, load_classifier, model_options

if TYPE_CHECKING:
    from ..theory.validation import Metric, Sphere


@click.command(short_help="Predicted against observed distances.")
@model_options
@click.option(
    "--sphere", type=click.Choice(["inner", "outer"]), default="inner", show_default=True, help="Which sphere."
)
@click.option("--samples", type=click.IntRange(2), default=20_000, show_default=True, help="Number of random points.")
@click.option(
    "--metric",
    type=click.Choice(["geodesic", "euclidean"]),
    default="euclidean",
    show_default=True,
    help="Metric of distances.",
)
@click.option("--epsilon", type=float, help="Also the share of points within this distance of an error.")
@common_options(sampling=True)
def distances(
    alphas: str | None,
    checkpoint: str | None,
    outer_radius: float | None,
    sphere: Sphere,
    samples: int,
    metric: Metric,
    epsilon: float | None,
    as_json: bool,
    quiet: bool,
    seed: int,
    workers: int,
    confidence: float,
) -> None:
    """Exact distances from random points to the nearest error, against what theory predicts without sampling."""
    from ..numerics.checks import overall_verdict, share_of_budget
    from ..numerics.distances import distance_checks, measure_distances
    from ..numerics.summaries import distance_values

    classifier, radius = load_classifier(alphas, checkpoint, outer_radius)
    dim = classifier.eigenvalues.shape[-1]
    each = share_of_budget(confidence, 2 if epsilon is None else 3)
    measured = measure_distances(
        classifier,
        sphere,
        outer_radius=radius,
        metric=metric,
        samples=samples,
        seed=seed,
        confidence=each,
        epsilon=epsilon,
        workers=workers,
    )
    checks = distance_checks(measured, dim)
    verdict = overall_verdict(checks)
    result = {"dim": dim, **distance_values(measured), "verdict": verdict}
    result |= {"checks": [check_json(check) for check in checks], "suite_confidence": confidence}
    emit(result, as_json=as_json)
    if verdict == "refuted":
        click.get_current_context().exit(1)
