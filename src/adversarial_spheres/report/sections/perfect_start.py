"""Text and table of training from a perfect start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...numerics.storage.records import Record
from ...rendering.formatting import SPHERES, number, rate
from ...rendering.latex import Table
from .section import Section


def text(record: Record) -> list[str]:
    """What was seen."""
    config, found = record.values["config"], record.values["summary"]
    size = f"d = {config['dim']}, {config['hidden']:,} units, {config['steps']:,} steps"
    if found["first_wrong_step"] is None:
        return [f"The network ({size}) keeps all its coefficients right."]
    return [
        f"The network starts without a single error and learns online by the average loss ({size}, learning rate "
        f"{found['learning_rate']:g}). The average loss falls from {number(found['average_loss_first'], 2)} to "
        f"{number(found['average_loss_end'], 2)}, while the worst-case loss goes from "
        f"{number(found['worst_case_loss_start'], 2)} up to {number(found['worst_case_loss_most'], 2)}: up to "
        f"{found['most_alphas_outside']} of {config['dim']} coefficients become wrong, "
        f"{found['alphas_outside_half']} of them by step {found['step_half']:,}.",
        "The average loss does not see it: the error rates end at "
        f"{_end(found, 'inner')} on the inner and {_end(found, 'outer')} on the outer sphere (exact).",
    ]


def _end(found: Mapping[str, Any], sphere: str) -> str:
    log10 = found[f"log10_error_rate_end_{sphere}"]
    return "0" if log10 is None else rate(log10)


def tables(record: Record) -> list[Table]:
    """One row for each learning rate."""
    config = record.values["config"]
    rows = [
        [
            f"{run['learning_rate']:g}",
            str(run["alphas_outside_half"]),
            str(run["alphas_outside_end"]),
            f"{run['most_alphas_outside']} at {run['step_of_most']:,}",
            number(run["average_loss_first"], 2),
            number(run["average_loss_end"], 2),
            number(run["worst_case_loss_start"], 2),
            number(run["worst_case_loss_most"], 3),
            *(_end(run, sphere) for sphere in SPHERES),
        ]
        for run in record.values["runs"]
    ]
    caption = (
        f"From a network without an error, d = {config['dim']}, {config['hidden']:,} hidden units, {config['steps']:,} "
        f"steps: wrong coefficients of {config['dim']} (half way, at the end, at most and when), average loss of the "
        "batches, exact worst-case loss, exact error rates at the end."
    )
    columns = [
        "learning rate",
        "wrong half way",
        "wrong at the end",
        "most wrong",
        "first average loss",
        "last average loss",
        "first worst case",
        "largest worst case",
        "inner error rate",
        "outer error rate",
    ]
    return [Table("runs", caption, columns, rows)]


SECTION = Section(text, tables)
