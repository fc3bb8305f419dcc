"""What the commands share: options, the choice of the model, and how results are printed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from ..numerics.checks import Check
    from ..theory.quadratic_network import QuadraticClassifier

Function = TypeVar("Function", bound=Callable[..., Any])


def common_options(*, sampling: bool) -> Callable[[Function], Function]:
    """Add --json, and where a command draws samples --seed, --workers, --confidence and --quiet."""

    def decorate(function: Function) -> Function:
        options = [click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")]
        if sampling:
            options += [
                click.option("--quiet", is_flag=True, help="No progress on standard error."),
                click.option(
                    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Same seed, same numbers."
                ),
                click.option(
                    "--workers",
                    type=click.IntRange(1),
                    default=2,
                    show_default=True,
                    help="Threads; they change no number.",
                ),
                click.option(
                    "--confidence",
                    type=float,
                    default=0.99,
                    show_default=True,
                    help="Of intervals and verdicts, in (0, 1).",
                ),
            ]
        return functools.reduce(lambda f, option: option(f), reversed(options), function)

    return decorate


def model_options(function: Function) -> Function:
    """Add --alphas, --checkpoint and --outer-radius."""
    options = [
        click.option(
            "--alphas", metavar="FILE", help="Coefficients of a quadratic network: .npy, .npz, .csv or .json."
        ),
        click.option("--checkpoint", metavar="FILE", help="A checkpoint written by `train`."),
        click.option(
            "--outer-radius",
            type=float,
            default=None,
            help="Radius of the outer sphere  [default: the checkpoint's, else 1.3]",
        ),
    ]
    return functools.reduce(lambda f, option: option(f), reversed(options), function)


def load_classifier(
    alphas: str | None, checkpoint: str | None, outer_radius: float | None
) -> tuple[QuadraticClassifier, float]:
    """The quadratic classifier that the options name, and the outer radius."""
    from ..theory.quadratic_network import QuadraticClassifier
    from ..theory.validation import check_outer_radius

    if (alphas is None) == (checkpoint is None):
        raise click.UsageError("give exactly one of --alphas and --checkpoint")
    if alphas is not None:
        from ..inputs import load_alphas

        radius = check_outer_radius(1.3 if outer_radius is None else outer_radius)
        return QuadraticClassifier.from_alphas(load_alphas(alphas)), radius
    from ..numerics.checkpoint import load_checkpoint

    loaded = load_checkpoint(str(checkpoint))
    radius = check_outer_radius(loaded.config.outer_radius if outer_radius is None else outer_radius)
    return loaded.network.classifier(), radius


def check_json(check: Check) -> dict[str, Any]:
    """A check as plain values."""
    from dataclasses import asdict

    return asdict(check)


def emit(result: Mapping[str, Any], *, as_json: bool) -> None:
    """Print a result: one JSON object, or a line for each value."""
    from ..numerics.records import plain, to_json

    if as_json:
        click.echo(to_json(result))
        return
    rows = list(_flatten(plain(result)))
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        click.echo(f"{name:<{width}}  {value}")


def emit_checks(checks: Sequence[Check]) -> None:
    """Print checks for people: the verdict first."""
    colours = {"verified": "green", "refuted": "red", "inconclusive": "yellow", "vacuous": "cyan"}
    for check in checks:
        verdict = click.style(f"{check.verdict:<12}", fg=colours[check.verdict])
        points = "" if check.samples is None else f", {check.samples:,} points"
        click.echo(f"{verdict} {check.claim}\n{'':12} {check.explanation} (confidence {check.confidence:.6g}{points})")
        if check.samples_needed is not None:
            click.echo(f"{'':12} about {check.samples_needed:,} samples would decide it")


def _flatten(value: Any, name: str = "") -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        return [row for key, item in value.items() for row in _flatten(item, f"{name}.{key}" if name else str(key))]
    if isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        return [row for index, item in enumerate(value) for row in _flatten(item, f"{name}[{index}]")]
    return [(name, "–" if value is None else str(value))]
