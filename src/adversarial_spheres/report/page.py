"""The page: one HTML file that needs nothing else, made from a record alone."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ..figures import figures_of
from ..numerics.records import Record
from .formatting import SPHERES, number, tables
from .formulas import formulas


def render_page(record: Record, provenance: Mapping[str, Any], drawings: Mapping[str, bytes]) -> str:
    """HTML of the report; the figures (SVG by name) are inline, no request leaves the page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("adversarial_spheres", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    figures = [
        {
            "name": name,
            "title": spec.title,
            "caption": spec.caption(record),
            "source": _inline(drawings[name]),
        }
        for name, spec in figures_of(record).items()
    ]
    by_name = {table.name: table for table in tables(record)}
    return environment.get_template("page.html.jinja").render(
        values=record.values,
        config=record.values["config"],
        spheres=SPHERES,
        figures=figures,
        formulas=formulas(),
        tables=by_name,
        provenance=provenance,
        verdicts=_counted_verdicts(record),
    )


def _inline(svg: bytes) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii")


def _counted_verdicts(record: Record) -> dict[str, int]:
    counts: dict[str, int] = {}
    for check in record.values["checks"]:
        counts[check["verdict"]] = counts.get(check["verdict"], 0) + 1
    return counts
