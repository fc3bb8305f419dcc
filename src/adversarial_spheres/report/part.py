"""A part of the report: what one kind of record gives to the page and to the folders of figures and tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..exhibits import exhibit_of
from ..figures import figure_label, figures_of
from ..numerics.storage.records import Record
from ..rendering.latex import Table, latex_figure, latex_table
from .downloads import data_uri, downloads

SHOWN = "svg"
DOWNLOADS = ("pdf", "pgf")
"""Links to files of their own; the picture that is shown can be saved itself."""
REM_PER_POINT = 4 / 3 * 4 / 3 / 16


@dataclass(frozen=True)
class Part:
    """One experiment on the page.

    Parameters
    ----------
    kind, title
        Of the experiment.
    record
        What it found; None where it failed.
    failure
        Why it failed.
    files
        Content of the figures' files by name and format.
    """

    kind: str
    title: str
    record: Record | None
    failure: str | None = None
    files: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)

    @property
    def text(self) -> Sequence[str]:
        """Paragraphs."""
        return [] if self.record is None else exhibit_of(self.kind).text(self.record)

    @property
    def tables(self) -> Sequence[Table]:
        """Tables."""
        return [] if self.record is None else exhibit_of(self.kind).tables(self.record)

    @property
    def table_views(self) -> list[dict[str, Any]]:
        """What the page needs of each table."""
        return [{"table": table, "latex": self.latex(table)} for table in self.tables]

    @property
    def figure_views(self) -> list[dict[str, Any]]:
        """What the page needs of each figure."""
        if self.record is None:
            return []
        return [
            self._figure_view(name, spec.title, spec.caption(self.record), spec.alt_text(self.record))
            for name, spec in figures_of(self.record).items()
        ]

    def latex(self, table: Table) -> str:
        """A table for direct use."""
        return latex_table(table, figure_label(self.kind, table.name))

    def _figure_view(self, name: str, title: str, caption: str, alt: str) -> dict[str, Any]:
        files = self.files[name]
        wanted = {kind: files.get(kind) for kind in DOWNLOADS if any(kind in made for made in self.files.values())}
        return {
            "id": f"figure-{self.kind}-{name}",
            "name": name,
            "title": title,
            "caption": caption,
            "alt": alt,
            "file": f"{self.kind}-{name}.{SHOWN}",
            "source": data_uri(files[SHOWN], SHOWN),
            "width": shown_width(files[SHOWN]),
            "downloads": downloads(f"{self.kind}-{name}", wanted),
            "latex": latex_figure(f"{self.kind}-{name}.pdf", f"{title}. {caption}", figure_label(self.kind, name)),
        }


def shown_width(svg: bytes) -> float:
    """Width of a figure on the page in rem: its own, and a third more."""
    found = re.search(rb'<svg [^>]*width="([0-9.]+)pt"', svg)
    if found is None:
        raise ValueError("an SVG file without a width in points")
    return round(float(found[1]) * REM_PER_POINT, 2)


def records_of(parts: Sequence[Part]) -> dict[str, Record]:
    """Records by kind; failed parts have none."""
    return {part.kind: part.record for part in parts if part.record is not None}


def checked_kind(records: Mapping[str, Record]) -> str | None:
    """The kind of the record with checks and a verdict, which the page begins with; None where there is none."""
    return next((kind for kind, record in records.items() if "verdict" in record.values), None)
