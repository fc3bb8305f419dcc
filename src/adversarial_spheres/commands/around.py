"""``--around``: any classifier near a data point, as a problem that the options name."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

import click

from .common import REAL, Function, IntegerRange, Listed, is_given, told
from .spaces import space_values

if TYPE_CHECKING:
    from ..numerics.models.problem import Problem
    from ..theory.basics.validation import Metric

NAMES = ("around", "noise", "sphere_radius", "label", "shape")
_OF_SPHERES = {"alphas", "checkpoint", "dim", "outer_radius", "sphere", "certify", "history"}


def around_options(function: Function) -> Function:
    """Add --around, --noise, --sphere-radius, --label and --shape; the command takes them as ``**options``."""
    options = [
        click.option("--around", metavar="FILE", help="A data point, .npy: random points near it, any --model."),
        click.option("--noise", type=REAL, help="They are it plus normal noise of this standard deviation."),
        click.option("--sphere-radius", type=REAL, help="They are on the sphere of this radius about it."),
        click.option("--label", help="Its class: any other answer is an error."),
        click.option(
            "--shape", type=Listed(IntegerRange(1)), metavar="1,28,28", help="Of one point, as --model takes it."
        ),
    ]
    return functools.reduce(lambda f, option: option(f), reversed(options), function)


def is_around(options: dict[str, Any]) -> bool:
    """Whether the command is about a data point; options of the other kind of command are refused."""
    if options["around"] is not None:
        return True
    for name in NAMES:
        if options[name] is not None:
            raise click.UsageError(f"{_option(name)} goes with --around")
    return False


def load_problem(reference: str | None, metric: Metric, options: dict[str, Any]) -> Problem:
    """The problem that the options name, after refusing options that concern two spheres."""
    from ..inputs import load_centre, load_named
    from ..numerics.models.around import around

    for name in sorted(_OF_SPHERES & set(click.get_current_context().params)):
        if is_given(name):
            raise click.UsageError(f"{_option(name)} does not go with --around")
    noise, radius, text = options["noise"], options["sphere_radius"], options["label"]
    if reference is None or text is None:
        raise click.UsageError("--around needs --model and --label")
    if (noise is None) == (radius is None):
        raise click.UsageError("--around needs exactly one of --noise and --sphere-radius")
    centre = load_centre(options["around"])
    return load_named(
        reference,
        lambda model: around(
            model,
            centre,
            label=_label(model, text),
            noise=noise,
            radius=radius,
            shape=options["shape"],
            metric=metric,
        ),
    )


def problem_values(problem: Problem, options: dict[str, Any]) -> dict[str, Any]:
    """Dimension, space and centre of a problem, as plain values."""
    return {
        "dim": problem.dim,
        **space_values(problem.space),
        "centre": {"file": options["around"], "label": options["label"], "wrong": problem.wrong_at_centre},
    }


def tell_problem_findings(problem: Problem) -> list[dict[str, Any]]:
    """Question the model of a problem before it is measured."""
    import warnings

    from ..numerics.models.sanity import ModelWarning

    with warnings.catch_warnings(action="ignore", category=ModelWarning):
        return told(problem.findings())


def _label(model: Any, text: str) -> Any:
    """What the command line calls a label: a class of an estimator by how it is written, an integer, or a word."""
    for known in getattr(model, "classes_", ()):
        if str(known) == text:
            return known
    return int(text) if re.fullmatch("[+-]?[0-9]+", text) else text


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
