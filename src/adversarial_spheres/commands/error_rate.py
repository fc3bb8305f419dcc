"""``error-rate``: exact error rates of a quadratic network on both spheres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .common import common_options, emit, load_classifier, model_options
from .rare_event import rare_event_with_progress

if TYPE_CHECKING:
    from ..theory.validation import Sphere


@click.command("error-rate", short_help="Exact error rates on both spheres.")
@model_options
@click.option("--samples", type=click.IntRange(1), help="Also count errors among this many random points a sphere.")
@click.option("--rare-event", is_flag=True, help="Also estimate error rates that no count can see, by splitting.")
@common_options(sampling=True)
def error_rate(
    alphas: str | None,
    checkpoint: str | None,
    outer_radius: float | None,
    samples: int | None,
    rare_event: bool,
    as_json: bool,
    quiet: bool,
    seed: int,
    workers: int,
    confidence: float,
) -> None:
    """Exact error rates on both spheres, however small, beside the central limit estimate and the Chernoff bound."""
    from ..numerics.confidence import check_confidence
    from ..numerics.error_rate import monte_carlo_error_rate
    from ..numerics.summaries import error_rate_values, monte_carlo_values

    check_confidence(confidence)
    classifier, radius = load_classifier(alphas, checkpoint, outer_radius)
    dim = classifier.eigenvalues.shape[-1]
    spheres: tuple[Sphere, Sphere] = ("inner", "outer")
    result: dict[str, Any] = {"dim": dim, "outer_radius": radius}
    for sphere in spheres:
        result[sphere] = error_rate_values(classifier, sphere, radius)
        if samples is not None:
            counted = monte_carlo_error_rate(
                classifier,
                dim,
                sphere,
                outer_radius=radius,
                samples=samples,
                seed=seed,
                confidence=confidence,
                workers=workers,
            )
            result[sphere]["monte_carlo"] = monte_carlo_values(counted)
        if rare_event:
            known = {"outer_radius": radius, "no_errors": result[sphere]["no_errors"]}
            result[sphere]["rare_event"] = rare_event_with_progress(
                classifier, dim, sphere, **known, seed=seed, confidence=confidence, workers=workers, quiet=quiet
            )
    emit(result, as_json=as_json)
