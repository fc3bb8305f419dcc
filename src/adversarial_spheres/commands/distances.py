"""``distances``: predicted against observed distances to the nearest error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .common import any_model_options, check_json, common_options, emit, load_any_model

if TYPE_CHECKING:
    from ..theory.validation import Metric, Sphere


EXACT_SAMPLES, ATTACKED_SAMPLES = 20_000, 1000


@click.command(short_help="Predicted against observed distances.")
@any_model_options
@click.option(
    "--sphere", type=click.Choice(["inner", "outer"]), default="inner", show_default=True, help="Which sphere."
)
@click.option(
    "--samples",
    type=click.IntRange(2),
    help="Number of random points  [default: 20000 for a quadratic network, 1000 for a model that is attacked]",
)
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
    reference: str | None,
    dim: int | None,
    outer_radius: float | None,
    sphere: Sphere,
    samples: int | None,
    metric: Metric,
    epsilon: float | None,
    as_json: bool,
    quiet: bool,
    seed: int,
    workers: int,
    confidence: float,
) -> None:
    """Distances from random points to the nearest error, against what theory predicts without sampling.

    Exact for quadratic networks. Any other network or model (--model) is attacked: each distance is then an upper
    bound, and so is what is said of the mean.
    """
    from ..numerics.checks import overall_verdict, share_of_budget
    from ..numerics.model_distances import measure_model_distances, model_distance_checks
    from ..numerics.models import exact_classifier
    from ..numerics.summaries import distance_values
    from ..progress import progress

    model, d, radius = load_any_model(alphas, checkpoint, reference, dim, outer_radius)
    quadratic = exact_classifier(model) is not None
    if samples is None:
        samples = EXACT_SAMPLES if quadratic else ATTACKED_SAMPLES
    # Exact distances are checked against two bounds, those of an attack against one.
    checks_of_mean = 2 if quadratic else 1
    with progress(quiet=quiet or quadratic) as say:
        measured = measure_model_distances(
            model,
            d,
            sphere,
            outer_radius=radius,
            metric=metric,
            samples=samples,
            seed=seed,
            confidence=share_of_budget(confidence, checks_of_mean + (epsilon is not None)),
            epsilon=epsilon,
            workers=workers,
            progress=lambda done, total: say("attack", done, total, ""),
        )
    checks = model_distance_checks(measured, d)
    verdict = overall_verdict(checks)
    result = {"dim": d, **distance_values(measured), "verdict": verdict}
    result |= {"checks": [check_json(check) for check in checks], "suite_confidence": confidence}
    emit(result, as_json=as_json)
    if verdict == "refuted":
        click.get_current_context().exit(1)
