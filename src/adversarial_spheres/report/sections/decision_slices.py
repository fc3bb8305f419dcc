"""Text and table of the slices of a decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...numerics.storage.records import Record
from ...rendering.formatting import NONE, SPHERES, rate
from ...rendering.latex import Table
from .section import Section

NAMES = {"relu": "ReLU", "quadratic": "quadratic"}
PLANES = {
    "random_random": "two random directions",
    "adversarial_random": "adversarial and random",
    "adversarial_adversarial": "two adversarial points",
}


def text(record: Record) -> list[str]:
    """What was seen."""
    networks = record.values["networks"]
    parts = [_words(NAMES[name], networks[name]) for name in NAMES]
    return [
        " ".join(parts),
        "Points drawn at random lie in planes of the first kind, where errors are rare or absent; the planes through "
        "adversarial points show that they are there, and how close.",
    ]


def _words(name: str, found: Mapping[str, Any]) -> str:
    shares = {plane["name"]: plane for plane in found["planes"]}
    random = _both(shares["random_random"])
    sentence = (
        f"In a plane of two random directions the {name} network (d = {found['dim']}, {found['steps']:,} steps) is "
        f"wrong on {random} of the inner and outer circle"
    )
    if "adversarial_adversarial" in shares:
        return sentence + f"; in one through two adversarial points on {_both(shares['adversarial_adversarial'])}."
    return sentence + "; the attack found too few errors for a plane through two of them."


def _both(plane: Mapping[str, Any]) -> str:
    return " and ".join(f"{plane[f'wrong_share_{s}']:.1%}" for s in SPHERES)


def tables(record: Record) -> list[Table]:
    """One row for each network and plane."""
    rows = []
    for name, found in record.values["networks"].items():
        rates = [found[f"log10_error_rate_{s}"] for s in SPHERES]
        whole = [NONE if log10 is None else rate(log10) for log10 in rates]
        for plane in found["planes"]:
            shares = [f"{plane[f'wrong_share_{s}']:.2%}" for s in SPHERES]
            rows.append([NAMES[name], PLANES[plane["name"]], *shares, *whole])
    caption = (
        "Share of each plane's circles that is misclassified (1440 points each), and the error rate of the whole "
        "sphere beside it (a dash: none is known, or it is exactly 0)."
    )
    columns = ["network", "plane", "inner circle", "outer circle", "inner sphere", "outer sphere"]
    return [Table("circles", caption, columns, rows)]


SECTION = Section(text, tables)
