"""What the page says of one kind of record, beside its figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...numerics.storage.records import Record
from ...rendering.latex import Table


@dataclass(frozen=True)
class Section:
    """Texts and tables of a kind of record.

    Parameters
    ----------
    text
        From a record to paragraphs: what is seen, with the record's own numbers, and at which scale.
    tables
        From a record to tables.
    """

    text: Callable[[Record], Sequence[str]]
    tables: Callable[[Record], Sequence[Table]]
