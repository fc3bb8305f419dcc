"""The paper says, we measure, theory says: verdicts made from records, never written down beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...latex import Table
from ...numerics.records import Record
from . import distance_curves, geometry, quadratic, quadratic_runs
from .statement import Statement

CATALOGUE: Mapping[str, Sequence[Callable[[Record], Statement]]] = {
    "quadratic-network": quadratic.STATEMENTS,
    "distance-curves": distance_curves.STATEMENTS,
    **quadratic_runs.STATEMENTS,
    **geometry.STATEMENTS,
}
"""The statements that each kind of record decides."""
COLUMNS = ("verdict", "the paper says", "we measure", "theory says")
RECALLED = " (recalled from the paper, not read in it)"


def statements(records: Mapping[str, Record]) -> list[Statement]:
    """The statements that the records, by kind, say something of."""
    return [make(records[kind]) for kind, makers in CATALOGUE.items() if kind in records for make in makers]


def statement_table(found: list[Statement]) -> Table:
    """The statements as a table."""
    caption = (
        "Statements of the paper, what is measured here and what exact theory says. A statement that fails at a scale "
        'smaller than the paper\'s is marked "not at this scale".'
    )
    rows = [[s.verdict, s.paper + (RECALLED if s.recalled else ""), s.measured, s.theory] for s in found]
    return Table("statements", caption, COLUMNS, rows)
