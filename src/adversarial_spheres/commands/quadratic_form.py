"""``quadratic-form``: the tail, or a quantile, of any quadratic form of normal variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .common import REAL, Real, common_options, emit

if TYPE_CHECKING:
    from ..theory.basics.validation import FloatArray

_FILE = click.Path(dir_okay=True, path_type=str)


@click.command("quadratic-form", short_help="Tail or quantile of a quadratic form of normal variables.")
@click.option("--weights", type=_FILE, required=True, help="File of the weights w: .npy, .npz, .csv or .json.")
@click.option("--degrees", type=_FILE, help="File of the degrees of freedom k, one for each weight; 1 each without it.")
@click.option("--noncentrality", type=_FILE, help="File of the noncentralities, at least 0; 0 each without it.")
@click.option("--normal", type=REAL, default=0.0, show_default=True, help="Standard deviation of a normal term.")
@click.option("--threshold", type=REAL, help="Gives the probability of a larger value.")
@click.option("--quantile", type=Real("in (0, 1)"), help="Gives the value that is not exceeded with this probability.")
@common_options(unused=("quiet", "seed", "workers", "confidence"))
def quadratic_form(
    weights: str,
    degrees: str | None,
    noncentrality: str | None,
    normal: float,
    threshold: float | None,
    quantile: float | None,
    as_json: bool,
) -> None:
    """Tail or quantile of Q = sum of w chi^2_k(delta), independent, plus a normal term.

    The tail is exact to the error that is printed, which is proved, however small the tail is.
    """
    from ..rendering.answers import tail_answer
    from ..theory.quadratic.general import quadratic_form_quantile, quadratic_form_tail

    if (threshold is None) == (quantile is None):
        raise click.UsageError("give exactly one of --threshold and --quantile")
    form = {
        "degrees": _numbers("degrees", degrees, 1.0),
        "noncentrality": _numbers("noncentrality", noncentrality, 0.0),
    }
    w = _numbers("weights", weights, 1.0)
    if quantile is not None:
        value = float(quadratic_form_quantile(quantile, w, normal=normal, **form))
        emit({"quantile": value}, as_json=as_json, words=tail_answer)
        return
    tail = quadratic_form_tail(threshold, w, normal=normal, **form)  # type: ignore[arg-type]
    emit({"tail": _tail_values(tail)}, as_json=as_json, words=tail_answer)


def _numbers(name: str, file: str | None, default: float) -> FloatArray | float:
    from ..numerics.storage.alphas import load_numbers

    if file is None:
        return default
    numbers = load_numbers(file, name=name, minimum=1)
    return numbers if name == "weights" or numbers.size > 1 else float(numbers[0])


def _tail_values(tail: Any) -> dict[str, Any]:
    from ..numerics.runs.values import probability_values

    return {**probability_values(tail.probability, "probability"), "log_error": float(tail.log_error)}
