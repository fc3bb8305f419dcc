"""What every experiment is: from a configuration to cells, and from their records to one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..cells.cell import Cell
from ..storage.records import Record

Config = TypeVar("Config")
PROFILES = ("quick", "standard", "paper")


@dataclass(frozen=True)
class Experiment(Generic[Config]):
    """A figure of the paper, or a group of them, as a function from a configuration to a record.

    Parameters
    ----------
    kind
        Kind of its record, and name of its folder in a report.
    title
        A few words.
    profiles
        A configuration for each of "quick", "standard" and "paper": frozen dataclasses with at least the fields
        ``seed`` and ``confidence``.
    cells
        The cells that a configuration needs, in a fixed order; none where theory alone answers.
    assemble
        From a configuration and the records of its cells, in the same order, to the record; cheap and deterministic.
    """

    kind: str
    title: str
    profiles: Mapping[str, Config]
    cells: Callable[[Config], Sequence[Cell]]
    assemble: Callable[[Config, Sequence[Record]], Record]
