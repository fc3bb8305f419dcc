"""A statement of the paper beside what is measured and what exact theory says, with a verdict from a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HOLDS, FAILS, IN_PART = "holds", "does not hold", "holds in part"
UNLIKELY, OTHER_ORDER = "unlikely", "order differs"
OTHER_SCALE, UNDECIDED = "not at this scale", "cannot be decided"
VERDICTS = (HOLDS, IN_PART, UNLIKELY, OTHER_ORDER, FAILS, OTHER_SCALE, UNDECIDED)
"""What a verdict can be: "unlikely" of a random number whose probability is known to be small; "not at this scale"
where it fails in a setting smaller than the paper's, which says nothing of the paper's own; "cannot be decided" where
the measurement is too weak."""


@dataclass(frozen=True)
class PaperStatement:
    """One row of the table.

    Parameters
    ----------
    name
        A word to point at it.
    kind
        Of the record that it is decided by.
    paper
        What the paper says.
    measured
        What the record says, with its scale where that is smaller than the paper's.
    theory
        What is known exactly, or that nothing is.
    verdict
        One of :data:`VERDICTS`.
    rule
        Which verdict is given when: conditions on the record by verdict, in the order of :data:`VERDICTS`.
    recalled
        Whether the paper's side is recalled, not read in the source.
    """

    name: str
    kind: str
    paper: str
    measured: str
    theory: str
    verdict: str
    rule: Mapping[str, str]
    recalled: bool = False

    def __post_init__(self) -> None:
        if self.verdict not in self.rule or not set(self.rule) <= set(VERDICTS):
            raise ValueError(f"the rule of the statement {self.name!r} does not give {self.verdict!r}: {self.rule}")
