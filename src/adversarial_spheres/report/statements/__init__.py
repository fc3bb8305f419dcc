"""The paper says, we measure, theory says: verdicts made from records, never written down beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...numerics.storage.records import Record
from ...rendering.latex import Table
from . import distance_curves, geometry, quadratic, quadratic_runs
from .statement import (
    FAILS,
    HOLDS,
    IN_PART,
    OTHER_ORDER,
    OTHER_SCALE,
    UNDECIDED,
    UNLIKELY,
    VERDICTS,
    PaperStatement,
)

CATALOGUE: Mapping[str, Sequence[Callable[[Record], PaperStatement]]] = {
    "quadratic-network": quadratic.STATEMENTS,
    "distance-curves": distance_curves.STATEMENTS,
    **quadratic_runs.STATEMENTS,
    **geometry.STATEMENTS,
}
"""The statements that each kind of record decides."""
MEANINGS = {
    "a check": {
        "verified": "true, at the stated confidence (1: by proof)",
        "refuted": "false, at the stated confidence (1: by proof)",
        "inconclusive": "the sample does not decide it",
        "vacuous": "there is no error, so there is no distance to one",
    },
    "a statement": {
        HOLDS: "the record agrees with what the paper says",
        IN_PART: "it agrees with a part of it, or in a weaker form",
        UNLIKELY: "possible, but of a small probability, which theory knows",
        OTHER_ORDER: "the numbers are there, their order is another",
        FAILS: "it contradicts what the paper says",
        OTHER_SCALE: "it contradicts it in a setting smaller than the paper's, which says nothing of the paper's own",
        UNDECIDED: "the measurement is too weak",
    },
}
COLUMNS = ("verdict", "the paper says", "we measure", "theory says")
RECALLED = " (recalled from the paper, not read in it)"


def statements(records: Mapping[str, Record]) -> list[PaperStatement]:
    """The statements that the records, by kind, say something of."""
    return [make(records[kind]) for kind, makers in CATALOGUE.items() if kind in records for make in makers]


def rule_table(found: Sequence[PaperStatement]) -> Table:
    """How the verdict on each statement is made from its record, as a table."""
    caption = "How each verdict is made from its record: of the conditions on a statement the first that is met counts."
    rows = [[s.name if first else "", verdict, s.rule[verdict]] for s in found for first, verdict in _in_order(s)]
    return Table("rules", caption, ("statement", "verdict", "where"), rows)


def _in_order(statement: PaperStatement) -> list[tuple[bool, str]]:
    given = [verdict for verdict in VERDICTS if verdict in statement.rule]
    return [(index == 0, verdict) for index, verdict in enumerate(given)]


def verdict_table() -> Table:
    """What each verdict means, as a table."""
    caption = "What the verdicts mean, on checks of theory and claims, and on statements of the paper."
    rows = [[of, verdict, meaning] for of, means in MEANINGS.items() for verdict, meaning in means.items()]
    return Table("verdicts", caption, ("of", "verdict", "means"), rows)


def statement_table(found: list[PaperStatement]) -> Table:
    """The statements as a table."""
    caption = (
        "Statements of the paper, what is measured here and what exact theory says. A statement that fails at a scale "
        'smaller than the paper\'s is marked "not at this scale".'
    )
    rows = [[s.verdict, f"{s.name}: {s.paper}" + (RECALLED if s.recalled else ""), s.measured, s.theory] for s in found]
    return Table("statements", caption, COLUMNS, rows)
