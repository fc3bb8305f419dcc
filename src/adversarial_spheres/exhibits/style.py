"""What all exhibits share: colours, line styles, empty figures, and the description of a figure and of an exhibit.

Colours are those of Okabe and Ito, which colour-blind readers can tell apart; curves differ in line style and
points in marker as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..numerics.storage.records import Record
from ..rendering.latex import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLACK, ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE = COLOURS = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
"""One line style for each of the colours."""

SPHERE_STYLE: dict[str, dict[str, Any]] = {
    "inner": {"color": BLUE, "marker": "o"},
    "outer": {"color": VERMILION, "marker": "s"},
}


@dataclass(frozen=True)
class FigureSpec:
    """A figure that can be drawn from a record.

    Parameters
    ----------
    title
        A few words.
    caption
        From a record: what is drawn, in which units.
    draw
        From a record to the figure.
    alt
        What is seen, for those who do not see it: one text, or made from a record.
    """

    title: str
    caption: Callable[[Record], str]
    draw: Callable[[Record], Figure]
    alt: str | Callable[[Record], str] = ""

    def alt_text(self, record: Record) -> str:
        """What is seen, and the title first."""
        seen = self.alt if isinstance(self.alt, str) else self.alt(record)
        return f"{self.title}. {seen}".strip()


def _none(_record: Record) -> tuple[()]:
    return ()


@dataclass(frozen=True)
class Exhibit:
    """All that is shown of one kind of record.

    Parameters
    ----------
    figures
        By name.
    text
        From a record to paragraphs: what is seen, with the record's own numbers, and at which scale.
    tables
        From a record to tables.
    """

    figures: Mapping[str, FigureSpec]
    text: Callable[[Record], Sequence[str]] = _none
    tables: Callable[[Record], Sequence[Table]] = _none


def new_figure(
    width: float, height: float, columns: int = 1, *, rows: int = 1, **options: Any
) -> tuple[Figure, list[Axes]]:
    """A figure with axes, row by row, made without pyplot, so that nothing global is touched; sizes in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False, **options)
    return figure, list(axes.ravel())


def set_step_axis(axis: Axes, steps: Iterable[float]) -> None:
    """A logarithmic x axis of steps: powers of ten, or 1, 2 and 5 times such where ``steps`` span too few of them."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axis.set(xscale="log", xlabel="training step")
    logs = [math.log10(step) for step in steps if step > 0]
    if logs and math.floor(max(logs)) - math.ceil(min(logs)) < 1:
        axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axis.xaxis.set_minor_formatter(NullFormatter())  # 2 x 10^3 beside 3 x 10^3: they overlap


def set_dimension_axis(axis: Axes, dims: Iterable[float]) -> None:
    """A logarithmic x axis of dimensions with a plain number at each of ``dims``."""
    from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

    axis.set(xscale="log", xlabel="dimension $d$")
    axis.xaxis.set_major_locator(FixedLocator(sorted(set(dims))))
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axis.xaxis.set_minor_locator(NullLocator())
