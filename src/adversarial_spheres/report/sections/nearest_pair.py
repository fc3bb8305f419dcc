"""Text and table of the nearest two of many random points."""

from __future__ import annotations

from ...numerics.storage.records import Record
from ...numerics.verdicts.checks import confidence_text
from ...rendering.formatting import counted, interval, number
from ...rendering.latex import Table
from .section import Section


def text(record: Record) -> list[str]:
    """What was seen."""
    config, theory, nearest = record.values["config"], record.values["theory"], record.values["nearest"]
    return [
        f"Among {config['points']:,} random points in dimension {config['dim']} the two nearest are "
        f"{number(min(nearest))} to {number(max(nearest))} apart ({counted(len(nearest), 'draw')}); the opposite point "
        "is at distance 2, a random one at about √2. So a network cannot tell the spheres apart by "
        "remembering its training points: no test point is near one of them.",
        f"Theory needs no sample: with probability {confidence_text(config['confidence'])} the nearest pair is between "
        f"{number(theory['low'], side=-1)} and {number(theory['high'], side=1)} apart (proved), and its median is "
        f"about {number(theory['median'])} (estimate).",
    ]


def tables(record: Record) -> list[Table]:
    """The draws and the proved interval."""
    config, theory = record.values["config"], record.values["theory"]
    caption = (
        f"Euclidean distance of the nearest two of {config['points']:,} uniform points on the unit sphere in dimension "
        f"{config['dim']}. The proved interval holds for one draw with probability "
        f"{confidence_text(config['confidence'])}."
    )
    rows = [
        [
            str(config["seed"] + index),
            number(distance, 5),
            interval(theory["low"], theory["high"]),
            number(theory["median"], 5),
        ]
        for index, distance in enumerate(record.values["nearest"])
    ]
    return [Table("nearest_pair", caption, ["seed", "nearest pair", "proved interval", "median (estimate)"], rows)]


SECTION = Section(text, tables)
