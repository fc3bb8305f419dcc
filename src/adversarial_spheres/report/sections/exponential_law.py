"""Text and table of the error rate that a distance needs."""

from __future__ import annotations

from ...numerics.storage.records import Record
from ...rendering.formatting import number, rate
from ...rendering.latex import Table
from .section import Section


def text(record: Record) -> list[str]:
    """What was seen."""
    values = record.values
    curve = next((curve for curve in values["curves"] if curve["dim"] == 500), values["curves"][0])
    first, last = curve["rows"][0], curve["rows"][-1]
    above = values["points_above_curve"]
    return [
        f"For errors to be {number(first['distance'])} away on average in dimension {curve['dim']} the error rate must "
        f"be at most {rate(first['log10_max_error_rate'], side=1)}, for {number(last['distance'])} at most "
        f"{rate(last['log10_max_error_rate'], side=1)}. Each further 0.1 costs more than the one before: "
        f"{number(first['decades_for_next_tenth'], 3)} decades first, {number(last['decades_for_next_tenth'], 3)} at "
        "last.",
        f"Of {values['points']} measurements of networks along their training {above or 'none'} "
        f"{'lies' if above in (0, 1) else 'lie'} above the curve of their dimension with its whole interval.",
    ]


def tables(record: Record) -> list[Table]:
    """One row a dimension, one column a distance."""
    curves = record.values["curves"]
    rows = [
        [f"{curve['dim']:,}", *(number(row["log10_max_error_rate"], 4, 1) for row in curve["rows"])] for curve in curves
    ]
    columns = ["dimension", *(number(row["distance"]) for row in curves[0]["rows"])]
    caption = (
        "log10 of the largest error rate that a mean Euclidean distance to the nearest error (columns, unit sphere) "
        "allows, exact."
    )
    return [Table("curves", caption, columns, rows)]


SECTION = Section(text, tables)
