"""Text and tables of the dimension at which errors appear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...numerics.storage.records import Record
from ...rendering.formatting import SPHERES, number, rate
from ...rendering.latex import Table
from .section import Section

NETWORKS = {"quadratic": "quadratic", "relu": "ReLU"}


def text(record: Record) -> list[str]:
    """What was seen."""
    values = record.values
    config, points = values["config"], 2 * values["test_points_a_sphere"]
    return [
        f"Quadratic networks of {config['units_a_dim']} hidden units a dimension, {config['quadratic_steps']:,} steps: "
        f"{_least(values, 'quadratic')}. Whether there are errors is known exactly.",
        f"ReLU networks of {config['relu_depth']} × {config['relu_hidden']} units, {config['relu_steps']:,} steps: "
        f"{_least(values, 'relu')}. Here an error is known to exist where the attack, counting or splitting found one; "
        "where none was found nothing is proved.",
        f"The paper's test has {points:,} points: error rates far below its reach look like none, so that the "
        "dimension "
        "at which errors “appear” is that of the test, of the width and of the time of training, not one of geometry.",
    ]


def _least(values: Mapping[str, Any], network: str) -> str:
    exist, seen = values[f"{network}_least_dim_with_errors"], values[f"{network}_least_dim_seen_in_test"]
    if exist is None:
        return "no errors in any dimension"
    reach = f"{2 * values['test_points_a_sphere']:,} random points would show them from d = {seen} on"
    return f"errors exist from d = {exist} on, and " + (
        f"{2 * values['test_points_a_sphere']:,} random points would show none" if seen is None else reach
    )


def tables(record: Record) -> list[Table]:
    """One table a network, one row a dimension."""
    return [_table(record, network) for network in NETWORKS]


def _table(record: Record, network: str) -> Table:
    rows = record.values[network]
    dims = sorted({row["dim"] for row in rows})
    caption = (
        f"{NETWORKS[network][0].upper()}{NETWORKS[network][1:]} networks by dimension: with how many seeds errors "
        "exist, with how many at least one is expected in the paper's test, and the range of error rates and of mean "
        "distances to the nearest error over the seeds"
        + (
            " (exact)."
            if network == "quadratic"
            else "; error rates counted or by splitting, distances of an attack: upper bounds."
        )
    )
    columns = ["dimension", "errors exist", "seen in test"]
    columns += [f"{name}, {sphere}" for sphere in SPHERES for name in ("error rate", "mean distance")]
    return Table(network, caption, columns, [_row(dim, [row for row in rows if row["dim"] == dim]) for dim in dims])


def _row(dim: int, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    counts = [f"{sum(row[name] for row in rows)} of {len(rows)}" for name in ("has_errors", "seen_in_test")]
    cells = []
    for sphere in SPHERES:
        cells.append(_rates(rows, sphere))
        means = [row[f"mean_distance_{sphere}"] for row in rows if _has_distance(row, sphere)]
        cells.append(_range([number(mean, 2) for mean in sorted(means)]))
    return [str(dim), *counts, *cells]


def _has_distance(row: Mapping[str, Any], sphere: str) -> bool:
    """Whether there is a mean distance: none without errors, and none where every attack failed."""
    return row[f"mean_distance_{sphere}"] is not None and row.get(f"share_found_{sphere}", 1.0) > 0.0


def _rates(rows: Sequence[Mapping[str, Any]], sphere: str) -> str:
    known = sorted(row[f"log10_error_rate_{sphere}"] for row in rows if row[f"log10_error_rate_{sphere}"] is not None)
    none = "none" if "perfect_inner" in rows[0] else "none seen"
    return _range(([none] if len(known) < len(rows) else []) + [rate(log10) for log10 in known])


def _range(words: Sequence[str]) -> str:
    if not words:
        return number(None)
    return words[0] if words[0] == words[-1] else f"{words[0]} to {words[-1]}"


SECTION = Section(text, tables)
