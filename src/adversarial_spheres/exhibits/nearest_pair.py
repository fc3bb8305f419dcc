"""The nearest two of many random points: figure, text and table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..numerics.storage.records import Record
from ..rendering.formatting import counted, interval, number
from ..rendering.latex import Table
from ..theory.basics.rounded_text import confidence_text
from .style import BLACK, BLUE, PURPLE, VERMILION, Exhibit, FigureSpec, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAPER = 1.25


def nearest_pair(record: Record) -> Figure:
    """Probability that the nearest pair is within a distance: proved bounds, estimate, draws and the paper's number."""
    arrays, nearest = record.arrays, np.sort(record.values["nearest"])
    figure, (axis,) = new_figure(5.4, 3.7)
    x = arrays["curve_distance"]
    axis.fill_between(x, arrays["curve_low"], arrays["curve_high"], color=BLUE, alpha=0.2, lw=0, label="proved bounds")
    axis.plot(x, arrays["curve_poisson"], color=BLACK, ls="--", label="estimate (Poisson)")
    share = (np.arange(len(nearest)) + 0.5) / len(nearest)
    draws = f"{len(nearest)} draws" if len(nearest) > 1 else "1 draw"
    axis.plot(
        nearest,
        share,
        ls="",
        marker="o",
        mfc="white",
        color=VERMILION,
        label=f"{draws} of {record.values['config']['points']:,} points",
    )
    axis.axvline(PAPER, color=PURPLE, ls=":", label=f"the paper: {PAPER}")
    axis.set(
        xlabel="Euclidean distance of the nearest pair / radius", ylabel="probability that it is within", ylim=(0, 1)
    )
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def figure_caption(record: Record) -> str:
    """What is drawn."""
    config = record.values["config"]
    return (
        f"The nearest two of {config['points']:,} uniform points on a sphere in dimension {config['dim']}. Shaded: "
        "proved bounds on the probability that they are within a distance, from the mean and the variance of the "
        "number of "
        "near pairs; dashed: that number taken as Poisson. Markers: independent draws, in order, at their mid-ranks."
    )


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


EXHIBIT = Exhibit(
    {
        "nearest_pair": FigureSpec(
            "The nearest two of many random points",
            figure_caption,
            nearest_pair,
            "The probability that the nearest pair is within a distance rises from 0 to 1 in an S. A dashed "
            "estimate runs inside a shaded band of proved bounds; open circles, the draws, follow it. A "
            "dotted vertical line marks the number of the paper.",
        )
    },
    text,
    tables,
)
