"""The tables of the page of the attack bench, from the record that is kept in docs/bench.

``python docs/_ext/bench_tables.py`` prints them; a test holds the page to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adversarial_spheres.numerics.storage.records import Record, load_record

RECORD = Path(__file__).parents[1] / "bench"


def tables(record: Record) -> str:
    """Ratios and costs, a row for each attack."""
    problems = [problem["name"] for problem in record.values["problems"]]
    heads = [f"{family}, {dim}" for family, _, dim in (name.rpartition("-") for name in problems)]
    ratios, costs = [_line(["attack", *heads]), _rule(len(heads))], [_line(["attack", *heads]), _rule(len(heads))]
    for attack in record.values["config"]["attacks"]:
        rows = [row for row in record.values["rows"] if row["attack"] == attack]
        ratios.append(_line([attack, *map(_ratio, rows)]))
        costs.append(_line([attack, *map(_cost, rows)]))
    return "\n".join([*ratios, "", *costs])


def _ratio(row: Mapping[str, Any]) -> str:
    """Mean ratio, and the share of points with an error where that is not all."""
    if row["mean_ratio"] is None:
        return "none found"
    share = "" if row["success"] == 1.0 else f" ({100.0 * row['success']:.0f}%)"
    return f"{row['mean_ratio']:.6f}"[:8] + share


def _cost(row: Mapping[str, Any]) -> str:
    """Queries and milliseconds a point."""
    milliseconds = 1e3 * row["seconds"] / row["points"]
    time = f"{milliseconds:,.0f}" if milliseconds >= 100 else f"{milliseconds:.2g}"
    return f"{row['queries'] / row['points']:,.0f}; {time} ms"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return "|---" * (columns + 1) + "|"


if __name__ == "__main__":
    print(tables(load_record(RECORD)))  # noqa: T201
