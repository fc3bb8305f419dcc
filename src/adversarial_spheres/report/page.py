"""The page: one HTML file that needs nothing else, made from records alone.

All that may differ between two runs of one configuration (time, machine, seconds) stands between the two comments
:data:`PROVENANCE_BEGIN` and :data:`PROVENANCE_END`; the rest of the page is the same for the same records and versions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..numerics.storage.records import Record
from ..rendering.formatting import SPHERES, number, one_in
from ..rendering.latex import Table, latex_long_table
from .formulas import formulas, latex_formulas
from .part import Part, checked_kind, records_of
from .statements import rule_table, statement_table, statements, verdict_table

PROVENANCE_BEGIN, PROVENANCE_END = "<!-- provenance: begin -->", "<!-- provenance: end -->"
"""What stands between these comments may differ between two pages of the same records."""

FIRST_PICTURE = "scale"
"""The figure of the record with checks that stands on the first screen."""


def render_page(parts: Sequence[Part], provenance: Mapping[str, Any]) -> str:
    """HTML of the report; figures and downloads are inline, no request leaves the page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("adversarial_spheres", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "one_in": one_in}
    records = records_of(parts)
    found = statements(records)
    checked = checked_kind(records)
    main = records[checked] if checked else None
    views = {part.kind: part.figure_views for part in parts}
    first = next((view for view in views.get(checked or "", []) if view["name"] == FIRST_PICTURE), None)
    return environment.get_template("page.html.jinja").render(
        main=main.values if main else None,
        spheres=SPHERES,
        parts=parts,
        figures=views,
        first=first,
        statements=found,
        verdict_views=[_view(verdict_table()), *([_view(rule_table(found))] if found else [])],
        statements_latex=latex_long_table(statement_table(found), "statements"),
        titles={part.kind: part.title for part in parts},
        formulas=formulas(),
        formulas_latex=latex_formulas(),
        provenance=provenance,
        markers=(PROVENANCE_BEGIN, PROVENANCE_END),
        verdicts=_counted_verdicts(main) if main else {},
    )


def without_provenance(page: str) -> str:
    """The page without what may differ between two runs of one configuration."""
    head, _, rest = page.partition(PROVENANCE_BEGIN)
    return head + rest.partition(PROVENANCE_END)[2]


def _view(table: Table) -> dict[str, Any]:
    return {"table": table, "latex": latex_long_table(table, table.name)}


def _counted_verdicts(record: Record) -> dict[str, int]:
    counts: dict[str, int] = {}
    for check in record.values["checks"]:
        counts[check["verdict"]] = counts.get(check["verdict"], 0) + 1
    return counts
