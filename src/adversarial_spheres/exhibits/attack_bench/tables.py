"""The bench of attacks in words, and its table."""

from __future__ import annotations

import numpy as np

from ...numerics.storage.records import Record
from ...numerics.storage.results import between
from ...rendering.formatting import counted, number
from ...rendering.latex import Table
from .figures import rows_of


def text(record: Record) -> list[str]:
    """How many points each attack finds within 1%."""
    lines = []
    for attack in record.values["config"]["attacks"]:
        rows = rows_of(record, attack)
        shares = [row["share_within"] for row in rows]
        lines.append(
            f"{attack}: within 1% of the nearest error on {100.0 * float(np.mean(shares)):.1f}% of the points of "
            f"{counted(len(rows), 'problem')}, verified errors on {100.0 * np.mean([r['success'] for r in rows]):.1f}%."
        )
    return lines


def tables(record: Record) -> list[Table]:
    """A row for each attack and problem."""
    heads = ["attack", "problem", "found", "within 1%", "mean ratio", "worst ratio", "queries a point", "ms a point"]
    rows = [
        [
            row["attack"],
            row["problem"],
            f"{100.0 * row['success']:.0f}%",
            f"{100.0 * row['share_within']:.0f}%",
            between(row["mean_ratio"], row["mean_ratio_upper"], 6),
            between(row["worst_ratio"], None, 6),
            number(row["queries"] / row["points"], 3),
            number(1e3 * row["seconds"] / row["points"], 3),
        ]
        for row in record.values["rows"]
    ]
    words = (
        "Attacks against exact distances. Found: verified errors, of all points; the ratios are over these. Within 1%: "
        "of all points. Of ReLU networks the mean ratio to the exact distance lies in an interval, and the others are "
        "to the best error that is known."
    )
    return [Table("attack_bench", words, heads, rows)]
