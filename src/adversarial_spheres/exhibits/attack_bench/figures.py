"""The bench of attacks: ratios against queries and against time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numerics.storage.records import Record
from ...rendering.formatting import counted
from ..style import COLOURS, FigureSpec, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*", "h", "p", "d", "8")
FLOOR = 1e-7
"""Excesses below it are drawn there: the attacks' own tolerances."""


def ratio_against_cost(record: Record) -> Figure:
    """Median excess over the exact distance of every attack on every problem, against queries and against seconds."""
    figure, panels = new_figure(7.2, 4.4, 2, sharey=True)
    farthest = max((row["median_ratio"] or 1.0) - 1.0 for row in record.values["rows"])
    for axis, cost in zip(panels, ("queries", "seconds"), strict=True):
        costs = [_cost(row, cost) for row in record.values["rows"]]
        limits = {"xlim": (0.5 * min(costs), 2.0 * max(costs)), "ylim": (0.5 * FLOOR, max(1.0, 2.0 * farthest))}
        # Set first: what is at one place has no limits of its own.
        axis.set(xscale="log", yscale="log", xlabel=f"{cost} for each point", **limits)
        for index, attack in enumerate(record.values["config"]["attacks"]):
            _plot_attack(axis, rows_of(record, attack), cost, attack, index)
    panels[0].set_ylabel("median of distance / exact distance, minus 1")
    handles = panels[0].get_legend_handles_labels()[0]
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def _plot_attack(axis: Axes, rows: Sequence[Mapping[str, Any]], cost: str, label: str, index: int) -> None:
    """Small markers for problems, a large one for their middle; hollow on the upper edge: half of the points failed."""
    turn = index // len(MARKERS)  # a marker that is used again has another colour
    colour, marker = COLOURS[(index + turn) % len(COLOURS)], MARKERS[index % len(MARKERS)]
    x = np.array([_cost(row, cost) for row in rows])
    known = np.array([row["median_ratio"] is not None for row in rows])
    y = np.array([max((row["median_ratio"] or 1.0) - 1.0, FLOOR) for row in rows])
    style: dict[str, Any] = {"ls": "", "marker": marker, "color": colour}
    axis.plot(x[known], y[known], ms=3, alpha=0.5, **style)
    if not known.all():
        edge = np.ones(np.count_nonzero(~known))
        axis.plot(x[~known], edge, ms=4, mfc="white", clip_on=False, transform=axis.get_xaxis_transform(), **style)
    middle = (np.exp(np.median(np.log(x[known]))), np.exp(np.median(np.log(y[known])))) if known.any() else ((), ())
    axis.plot(*middle, ms=8, mec="black", mew=0.6, label=label, **style)


def _cost(row: Mapping[str, Any], cost: str) -> float:
    """Questions or seconds for each point."""
    return float(max(row[cost] / row["points"], FLOOR))


def rows_of(record: Record, attack: str) -> list[Mapping[str, Any]]:
    """The scores of an attack."""
    return [row for row in record.values["rows"] if row["attack"] == attack]


def caption(record: Record) -> str:
    """What is drawn."""
    config = record.values["config"]
    return (
        f"Each small marker is an attack on one problem, {counted(config['points'], 'point')}: half of the points have "
        "an error that is found, verified and at most this much farther than the nearest one, relatively. Failures "
        "count as infinitely far; hollow on the upper edge: half of the points or more. Large markers: the middle of "
        f"an attack's problems. Excesses below {FLOOR:g} are drawn there. Questions are counted by the model; seconds "
        "are those of one machine."
    )


FIGURES = {
    "ratio_vs_cost": FigureSpec(
        "Attacks against the nearest error",
        caption,
        ratio_against_cost,
        "Two panels: how far the attacks' errors are beyond the nearest ones, against queries and against "
        "seconds, one marker an attack and problem; lower and further left is better.",
    )
}
