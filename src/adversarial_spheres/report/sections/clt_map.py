"""Text and table of the error of the central limit estimate."""

from __future__ import annotations

from ...numerics.storage.records import Record
from ...rendering.formatting import SPHERES, number, rate, signed
from ...rendering.latex import Table
from .section import Section


def text(record: Record) -> list[str]:
    """What was seen."""
    summary, grid = record.values["summary"], record.values["config"]["grid"]
    low, high = (max(summary[f"most_too_{way}_{s}"] for s in SPHERES) for way in ("low", "high"))
    return [
        f"Over training sets of all sizes and all steps (d = {grid['dim']}), the central limit estimate is up to "
        f"{number(low, 2)} decades too low, a promise of fewer errors than there are, and up to {number(high, 2)} "
        "decades too high. The error is one of the tail: where error rates are common the estimate is right.",
    ]


def tables(record: Record) -> list[Table]:
    """One row for each sphere."""
    summary, grid = record.values["summary"], record.values["config"]["grid"]
    rows = []
    for sphere in SPHERES:
        end = summary[f"at_the_end_online_{sphere}"]
        rows.append(
            [
                sphere,
                number(summary[f"most_too_low_{sphere}"], 3),
                number(summary[f"most_too_high_{sphere}"], 3),
                rate(summary[f"worst_log10_exact_{sphere}"]),
                rate(summary[f"worst_log10_clt_{sphere}"]),
                number(None) if end is None else signed(end),
            ]
        )
    caption = (
        "Error of the central limit estimate in decades over training and sizes of the training set, d = "
        f"{grid['dim']}: "
        "the most too low, the most too high, both error rates where it is the farthest off, and log10 of the exact "
        "rate less log10 of the estimate at the end of the online run."
    )
    columns = ["sphere", "most too low", "most too high", "farthest off: exact", "estimate", "at the end, online"]
    return [Table("errors", caption, columns, rows)]


SECTION = Section(text, tables)
