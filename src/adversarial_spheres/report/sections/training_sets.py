"""Text and table of the size of the training set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...numerics.storage.records import Record
from ...rendering.formatting import SPHERES, number, rate, signed
from ...rendering.latex import Table
from .section import Section


def text(record: Record) -> list[str]:
    """What was seen."""
    grid, sizes = record.values["config"]["grid"], record.values["sizes"]
    first, last = sizes[0], sizes[-1]
    return [
        f"The quadratic network (d = {grid['dim']}, {grid['hidden']:,} units, {grid['steps']:,} steps) ends with "
        f"{first['alphas_outside']} of {grid['dim']} wrong coefficients when it learns from {size_words(first)} and "
        f"with {last['alphas_outside']} {_how(last)}: one is enough for errors to exist.",
        f"The exact error rates differ by orders of magnitude: {_rates(first)} (inner, outer) from "
        f"{size_words(first)}, {_rates(last)} {_how(last)}.",
    ]


def size_words(entry: Mapping[str, Any]) -> str:
    """The size of a training set in words."""
    return "fresh points at every step" if entry["train_size"] is None else f"{entry['train_size']:,} points"


def _how(entry: Mapping[str, Any]) -> str:
    return "online" if entry["train_size"] is None else f"from {size_words(entry)}"


def _rates(entry: Mapping[str, Any]) -> str:
    return " and ".join("0" if entry[s]["log10_exact"] is None else rate(entry[s]["log10_exact"]) for s in SPHERES)


def tables(record: Record) -> list[Table]:
    """One row for each size and sphere."""
    grid = record.values["config"]["grid"]
    rows = [_row(entry, sphere) for entry in record.values["sizes"] for sphere in SPHERES]
    caption = (
        f"The quadratic network after {grid['steps']:,} steps from training sets of several sizes (d = {grid['dim']}, "
        f"{grid['hidden']:,} hidden units): exact error rates, how many decades they are above the central limit "
        "estimate, and exact mean distances of a sample in units of the radius."
    )
    columns = ["training points", "wrong", "sphere", "exact", "decades above CLT", "mean distance", "bound"]
    return [Table("sizes", caption, columns, rows)]


def _row(entry: Mapping[str, Any], sphere: str) -> list[str]:
    found = entry[sphere]
    too_low = found["clt_error"]
    return [
        "online" if entry["train_size"] is None else f"{entry['train_size']:,}",
        str(entry["alphas_outside"]),
        sphere,
        "no errors" if found["log10_exact"] is None else rate(found["log10_exact"]),
        number(None) if too_low is None else signed(too_low),
        number(found["mean_distance"], 3),
        number(found["bound"], 3, 1),
    ]


SECTION = Section(text, tables)
