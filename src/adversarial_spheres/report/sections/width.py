"""Text and table of the hidden units needed."""

from __future__ import annotations

from ...numerics.storage.records import Record
from ...rendering.formatting import SPHERES, rate
from ...rendering.latex import Table
from .section import Section


def text(record: Record) -> list[str]:
    """What was seen."""
    config, trained = record.values["config"], record.values["trained"]
    best = min(trained, key=lambda row: row["log10_mean_error_rate"])
    return [
        "With fewer hidden units than dimensions some coefficients are 0, so a network has errors for certain. Yet "
        "one "
        f"of {best['hidden']} units in dimension {config['dim']}, with {best['zero_alphas']} coefficients that are 0, "
        f"ends training ({config['steps']:,} steps) with a mean error rate of {rate(best['log10_mean_error_rate'])} "
        "(exact).",
        f"By theory {best['hidden_equal_alphas']} equal coefficients suffice for this error rate, an upper bound on "
        "the least number of units; training does not find the best ones.",
    ]


def tables(record: Record) -> list[Table]:
    """One row for each width."""
    config = record.values["config"]
    rows = [
        [
            str(row["hidden"]),
            f"{row['share']:.2f}",
            *(rate(row[f"log10_error_rate_{sphere}"]) for sphere in SPHERES),
            rate(row["log10_mean_error_rate"]),
            rate(row["log10_equal_alphas"]),
            str(row["hidden_equal_alphas"]),
        ]
        for row in record.values["trained"]
    ]
    caption = (
        f"Quadratic networks narrower than the dimension {config['dim']} after {config['steps']:,} steps: exact error "
        "rates, the mean of both spheres for as many equal coefficients at their best, and how many of these suffice "
        "for the trained network's error rate."
    )
    columns = ["units", "share of d", "inner", "outer", "mean", "best equal", "equal ones needed"]
    return [Table("trained", caption, columns, rows)]


SECTION = Section(text, tables)
