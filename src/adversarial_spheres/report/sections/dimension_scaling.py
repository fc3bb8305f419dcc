"""Text and tables of distance against dimension."""

from __future__ import annotations

from ...numerics.storage.records import Record
from ...rendering.formatting import NONE, SPHERES, number, rate
from ...rendering.latex import Table
from .section import Section


def text(record: Record) -> list[str]:
    """What was seen."""
    limits, trained = record.values["limits"], record.values["trained"]
    row = limits[0]
    shares = [found[f"share_of_bound_{s}"] for found in trained for s in SPHERES]
    known = [share for share in shares if share is not None]
    return [
        f"At a fixed error rate the farthest that errors can be shrinks like 1/√d. At an error rate of "
        f"{rate(row['log10_error_rate'])} √d times the bound is {number(row['scaled_at_largest_dim'])} at the largest "
        f"dimension drawn; its limit is {number(row['limit'])}, not the {number(row['asymptote'])} of the asymptote "
        "that the paper draws.",
        f"{len(trained)} quadratic networks, stopped as soon as both exact error rates are below a target, come to "
        f"between {min(known):.0%} and {max(known):.0%} of the bound of their own error rate."
        if known
        else "No trained network has an error.",
    ]


def tables(record: Record) -> list[Table]:
    """The paper's numbers, the limits, and the trained networks."""
    values = record.values
    paper = [
        [str(row["dim"]), *(number(row[name], 3) for name in ("paper", "cap_median", "cap_mean", "asymptote"))]
        for row in values["paper"]
    ]
    limits = [
        [
            rate(row["log10_error_rate"]),
            *(number(row[name], 5) for name in ("scaled_at_largest_dim", "limit", "asymptote")),
        ]
        for row in values["limits"]
    ]
    trained = [
        [str(row["dim"]), f"{row['target']:g}", f"{row['steps']:,}", "yes" if row["reached"] else "no"]
        + [
            NONE
            if row[f"share_of_bound_{s}"] is None
            else f"{number(row[f'mean_distance_{s}'], 3)} of {number(row[f'bound_{s}'], 3, 1)}"
            for s in SPHERES
        ]
        for row in values["trained"]
    ]
    return [
        Table(
            "paper",
            "The numbers in the paper's figure at an error rate of 0.01, and the exact median (chord from the equator "
            "to the edge of the cap) and mean of the distance to a cap of that measure, unit sphere.",
            ["dimension", "paper", "median", "mean", "asymptote"],
            paper,
        ),
        Table(
            "limits",
            "√d times the geodesic bound at the largest dimension drawn, its limit, and the asymptote's.",
            ["error rate", "√d × bound", "limit", "asymptote"],
            limits,
        ),
        Table(
            "trained",
            "Quadratic networks stopped at a target error rate: mean distance to the nearest error (exact distances "
            "of a "
            "sample) and the bound at their own exact error rate, both in units of the radius.",
            ["dimension", "target", "steps", "reached", "inner, of bound", "outer, of bound"],
            trained,
        ),
    ]


SECTION = Section(text, tables)
