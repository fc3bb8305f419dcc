"""The paper says, we measure, theory says: verdicts made from records, never written down beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from ...latex import Table
from ...numerics.records import Record
from .statement import Statement

MODULES = ("quadratic", "nearest_pair")
"""Modules of this package in the order of the table; each exports ``KIND`` and ``STATEMENTS``."""
COLUMNS = ("verdict", "the paper says", "we measure", "theory says")
RECALLED = " (recalled from the paper, not read in it)"


def statements(records: Mapping[str, Record]) -> list[Statement]:
    """The statements that the records, by kind, say something of."""
    found = []
    for name in MODULES:
        module = import_module(f".{name}", __name__)
        if module.KIND in records:
            found += [make(records[module.KIND]) for make in module.STATEMENTS]
    return [statement for statement in found if statement is not None]


def statement_table(found: list[Statement]) -> Table:
    """The statements as a table."""
    caption = (
        "Statements of the paper, what is measured here and what exact theory says. A statement that fails at a scale "
        'smaller than the paper\'s is marked "not at this scale".'
    )
    rows = [[s.verdict, s.paper + (RECALLED if s.recalled else ""), s.measured, s.theory] for s in found]
    return Table("statements", caption, COLUMNS, rows)
