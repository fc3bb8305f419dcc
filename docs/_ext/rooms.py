"""The diagram of the rooms, drawn from the table of arrows that a test holds the code to."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Text
from matplotlib.transforms import Bbox

TABLE = Path(__file__).parents[2] / "tests" / "rooms.toml"
BANDS = ("theory", "numerics", "adversarial_spheres")
COLOURS = {"theory": "#dbe9f6", "numerics": "#fdeed0", "adversarial_spheres": "#e3f1dc"}


def write_rooms(target: Path) -> None:
    """Draw ``rooms.svg``."""
    arrows = {room: set(targets) for room, targets in tomllib.loads(TABLE.read_text(encoding="utf-8")).items()}
    places = placed(arrows)
    figure = Figure(figsize=(9.0, 0.62 * (1 + max(y for _, y in places.values())) + 0.8))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    boxes = {}
    for room, (x, y) in places.items():
        style = {"boxstyle": "round,pad=0.4", "facecolor": COLOURS[band(room)], "edgecolor": "#666666"}
        boxes[room] = axes.text(x, y, name(room), ha="center", va="center", fontsize=9, bbox=style, zorder=3)
    for column, title in enumerate(BANDS):
        axes.text(column, -0.8, f"{title}/", ha="center", va="center", fontsize=11, fontweight="bold")
    axes.set_xlim(-0.5, 2.5)
    axes.set_ylim(max(y for _, y in places.values()) + 0.6, -1.3)
    axes.set_axis_off()
    figure.draw_without_rendering()  # an arrow ends at the edge of a box, which has a size only then
    for room, targets in shown(arrows).items():
        for other in sorted(targets):
            _arrow(axes, boxes[room], boxes[other])
    figure.savefig(target / "rooms.svg", metadata={"Date": None})


def band(room: str) -> str:
    """Theory, numerics or face."""
    first = room.partition(".")[0]
    return first if first in BANDS else BANDS[-1]


def name(room: str) -> str:
    """How a room is called inside its band."""
    return room.removeprefix(f"{band(room)}.")


def placed(arrows: Mapping[str, set[str]]) -> dict[str, tuple[float, float]]:
    """A column for each band; within it what is imported stands above what imports it."""

    @cache
    def depth(room: str) -> int:
        return max((1 + depth(other) for other in arrows[room] if band(other) == band(room)), default=0)

    places = {}
    for column, title in enumerate(BANDS):
        rooms = sorted((room for room in arrows if band(room) == title), key=lambda room: (depth(room), room))
        for row, room in enumerate(rooms):
            # A little to the left and to the right, so that an arrow passes beside the rooms between its ends.
            places[room] = (column + 0.16 * (row % 2) - 0.08, float(row))
    return places


def shown(arrows: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The arrows that no longer way replaces."""

    @cache
    def reached(room: str) -> frozenset[str]:
        return frozenset(arrows[room]).union(*(reached(other) for other in arrows[room]))

    return {
        room: {other for other in targets if not any(other in reached(between) for between in targets - {other})}
        for room, targets in arrows.items()
    }


def _arrow(axes: Axes, start: Text, end: Text) -> None:
    """From the edge of one box to the edge of another, sideways between columns and upwards within one."""
    left, right = (_edges(axes, text) for text in (start, end))
    if abs(start.get_position()[0] - end.get_position()[0]) > 0.5:
        ends = ((left.x0, start.get_position()[1]), (right.x1, end.get_position()[1]))
        if right.x0 > left.x1:
            ends = ((left.x1, ends[0][1]), (right.x0, ends[1][1]))
        bend = 0.0
    else:
        ends = ((start.get_position()[0], left.y1), (end.get_position()[0], right.y0))
        bend = 0.35
    style = {"arrowstyle": "-|>", "mutation_scale": 9, "shrinkA": 0, "shrinkB": 0}
    line = {"color": "#8a8a8a", "linewidth": 0.8, "connectionstyle": f"arc3,rad={bend}"}
    axes.add_patch(FancyArrowPatch(*ends, **style, **line))


def _edges(axes: Axes, text: Text) -> Bbox:
    """The box around a text, in the coordinates of the axes' data: y1 is its upper edge."""
    box = text.get_bbox_patch()
    assert box is not None
    return box.get_window_extent().transformed(axes.transData.inverted())
