"""Cells: the units of which experiments and sweeps are made, each from a configuration to a record.

A cell is a value (a frozen dataclass of numbers and words) and knows how to run itself. Its key is a hash of its kind,
its version and its fields, so that results on disk are found again, and two experiments that need the same cell share
one result. A cell's numbers depend on nothing but its fields: not on where, when, in what order or by how many workers
it runs.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Protocol

from ...theory.basics.arguments import Progress
from ..storage.records import Record, to_json

KEY_DIGITS = 16


class Cell(Protocol):
    """What a sweep runs: a frozen dataclass that can be pickled and hashed.

    Attributes
    ----------
    KIND
        Kind of the record that it gives.
    VERSION
        Grows whenever the same fields would give other numbers, so that old results are not taken for new ones.
    """

    KIND: ClassVar[str]
    VERSION: ClassVar[int]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def cost(self) -> float:
        """Rough seconds on one core: the longest cells start first. No influence on a number."""

    @property
    def label(self) -> str:
        """A few words that name the cell in progress and messages."""

    def run(self, checkpoint: Path | None = None, progress: Progress | None = None) -> Record:
        """Give the record.

        Parameters
        ----------
        checkpoint
            File for work in progress: if it exists the cell goes on from it, and what it leaves there may be kept or
            thrown away. None: nothing is kept.
        progress
            Called now and then.
        """


def cell_key(cell: Cell) -> str:
    """Key of a cell: its kind and the first digits of a SHA-256 of kind, version and fields."""
    return f"{cell.KIND}-{hashlib.sha256(canonical_bytes(cell)).hexdigest()[:KEY_DIGITS]}"


def canonical_bytes(cell: Cell) -> bytes:
    """Kind, version and fields as bytes that are equal for equal cells only."""
    content = {"kind": cell.KIND, "version": cell.VERSION, "fields": asdict(cell)}
    return to_json(content, indent=None).encode()
