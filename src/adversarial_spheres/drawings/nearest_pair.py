"""Figure of the nearest two of many random points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..numerics.storage.records import Record
from .style import BLACK, BLUE, PURPLE, VERMILION, FigureSpec, new_figure

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


def caption(record: Record) -> str:
    """What is drawn."""
    config = record.values["config"]
    return (
        f"The nearest two of {config['points']:,} uniform points on a sphere in dimension {config['dim']}. Shaded: "
        "proved bounds on the probability that they are within a distance, from the mean and the variance of the "
        "number of "
        "near pairs; dashed: that number taken as Poisson. Markers: independent draws, in order, at their mid-ranks."
    )


FIGURES: Mapping[str, FigureSpec] = {
    "nearest_pair": FigureSpec("The nearest two of many random points", caption, nearest_pair)
}
