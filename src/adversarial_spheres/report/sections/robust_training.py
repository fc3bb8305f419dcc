"""Text and table of training until all coefficients are right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...numerics.storage.records import Record
from ...rendering.formatting import NONE, SPHERES, number, rate
from ...rendering.latex import Table
from .section import Section

NAMES = {
    "worst-case": "exact worst points",
    "pgd-100": "PGD, 100 steps",
    "pgd-50": "PGD, 50 steps",
    "average": "ordinary",
}


def text(record: Record) -> list[str]:
    """What was seen."""
    config, runs = record.values["config"], record.values["runs"]
    parts = "; ".join(f"{NAMES[name]}: {steps_words(run)}" for name, run in in_order(runs).items())
    return [
        f"The same network (d = {config['dim']}, {config['hidden']:,} units, learning rate "
        f"{config['learning_rate']:g}) "
        f"is trained on four kinds of points until every coefficient is right, so that no error exists: {parts}.",
        "A re-implementation of the paper reports about 3,000, 40,000, 250,000 and 500,000 steps in dimension 500 "
        "(read "
        "off a figure).",
    ]


def in_order(runs: Mapping[str, Any]) -> dict[str, Any]:
    """The runs in the order of ``NAMES``."""
    return {name: runs[name] for name in NAMES if name in runs}


def steps_words(run: Mapping[str, Any]) -> str:
    """After how many steps all coefficients are right."""
    if run["steps_until_all_right"] is None:
        return f"{run['wrong_alphas_final']} still wrong after {run['steps_taken']:,} steps"
    return f"{run['steps_until_all_right']:,} steps"


def tables(record: Record) -> list[Table]:
    """One row for each way of training."""
    config = record.values["config"]
    rows = [
        [
            NAMES[name],
            number(run["steps_until_all_right"]),
            f"{run['limit']:,}",
            str(run["wrong_alphas_final"]),
            *(number(run[f"worst_case_loss_final_{s}"], 3) for s in SPHERES),
            *(_rate(run[f"log10_error_rate_final_{s}"]) for s in SPHERES),
            NONE if run["reported_steps"] is None else f"{run['reported_steps']:,}",
        ]
        for name, run in in_order(record.values["runs"]).items()
    ]
    caption = (
        f"Training until all coefficients are right, d = {config['dim']}, {config['hidden']:,} hidden units: steps "
        "until "
        "then (a dash: not within the limit), and at the end the wrong coefficients, the exact worst-case losses and "
        "the exact error rates; last, the steps that a re-implementation reports for d = 500."
    )
    columns = ["training", "steps", "limit", "wrong", "inner worst", "outer worst", "inner", "outer", "reported"]
    return [Table("runs", caption, columns, rows)]


def _rate(log10: float | None) -> str:
    return "0" if log10 is None else rate(log10)


SECTION = Section(text, tables)
