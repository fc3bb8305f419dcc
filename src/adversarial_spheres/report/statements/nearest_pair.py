"""The statement on the nearest two of many random points."""

from __future__ import annotations

from ...numerics.records import Record
from ..formatting import counted, number
from .statement import FAILS, HOLDS, OTHER_SCALE, Statement

KIND = "nearest-pair"
PAPER_DIM, PAPER_POINTS, PAPER_DISTANCE = 500, 10_000, 1.25


def nearest_pair(record: Record) -> Statement:
    """The paper's number against the proved interval of one draw."""
    config, theory, nearest = record.values["config"], record.values["theory"], record.values["nearest"]
    same = (config["dim"], config["points"]) == (PAPER_DIM, PAPER_POINTS)
    inside = theory["low"] <= PAPER_DISTANCE + 0.005 and theory["high"] >= PAPER_DISTANCE - 0.005
    return Statement(
        "nearest pair",
        KIND,
        f"Among {PAPER_POINTS:,} random points of the inner sphere the nearest pair is {PAPER_DISTANCE} apart.",
        f"{number(min(nearest))} to {number(max(nearest))} in {counted(len(nearest), 'draw')} of {config['points']:,} "
        f"points, d = {config['dim']}.",
        f"Between {number(theory['low'])} and {number(theory['high'])} with probability {config['confidence']:g} "
        f"(proved), median about {number(theory['median'])}.",
        (HOLDS if inside else FAILS) if same else OTHER_SCALE,
    )


STATEMENTS = (nearest_pair,)
