"""The error rate that a distance needs: figure, text and table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numerics.storage.records import Record
from ..rendering.formatting import number, rate
from ..rendering.latex import Table
from ..theory.basics.rounded_text import confidence_percent
from .style import COLOURS, DASHES, Exhibit, FigureSpec, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOWEST = -40.0
"""Where the axis of log10 error rates ends: below, curves go on steeply and no network was trained."""


def error_rate_against_distance(record: Record) -> Figure:
    """Largest error rate compatible with a mean distance, with trained networks, and the slope of its logarithm."""
    arrays = record.arrays
    figure, (axis, slopes) = new_figure(7.4, 4.2, 2, width_ratios=(1.5, 1.0))
    styles = _styles(arrays["dims"])
    curves = zip(arrays["dims"], arrays["log10_max_error_rate"], arrays["slope"], strict=True)
    for index, (dim, curve, slope) in enumerate(curves):
        colour, dash = styles[dim]
        axis.plot(arrays["distance"], curve, color=colour, ls=dash)
        slopes.plot(arrays["slope_distance"], -0.1 * slope, color=colour, ls=dash)
        _label_curve(axis, arrays["distance"], curve, f"{dim:,.0f}", colour, 6 + 12 * (index % 2))
        slopes.text(1.02, -0.1 * slope[-1], f"{dim:,.0f}", color=colour, va="center", transform=_right_of(slopes))
    _plot_points(axis, arrays, styles)
    axis.set(xlabel="mean Euclidean distance / radius", ylabel=r"$\log_{10}$ error rate")
    axis.set(ylim=(LOWEST, 1.0), xlim=(0.0, arrays["distance"][-1]))
    slopes.set(yscale="log", xlabel="mean Euclidean distance / radius", xlim=(0.0, arrays["distance"][-1]))
    slopes.set_ylabel("decades of error rate per 0.1 of distance")
    axis.set_title("largest error rate, by dimension")
    slopes.set_title("its slope, by dimension")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _label_curve(axis: Axes, x: Any, y: Any, name: str, colour: str, height: float) -> None:
    """The name of a curve where it leaves the axes: at their right, or so many points above their lower edge."""
    inside = int(np.count_nonzero(y >= LOWEST))
    if inside == len(y):
        axis.text(1.02, y[-1], name, color=colour, va="center", transform=_right_of(axis))
        return
    cut = np.interp(-LOWEST, -y[inside - 1 : inside + 1], x[inside - 1 : inside + 1])
    place = max(float(cut), 0.011 * len(name) * x[-1])  # not over the axis at the left
    box = {"fc": "white", "ec": "none", "pad": 1.0}
    offset: dict[str, Any] = {"xytext": (0, height), "textcoords": "offset points", "ha": "center"}
    axis.annotate(name, (place, LOWEST), **offset, color=colour, bbox=box, size="small")


def _right_of(axis: Axes) -> Any:
    """Ordinates in data, abscissae in shares of the width."""
    return axis.get_yaxis_transform()


def _styles(dims: Any) -> dict[float, tuple[str, Any]]:
    """Colour and dash of each dimension; beyond seven colours the dashes are shifted, so that no two are alike."""
    count = len(COLOURS)
    return {dim: (COLOURS[i % count], DASHES[(i + i // count) % count]) for i, dim in enumerate(dims)}


def _plot_points(axis: Axes, arrays: Mapping[str, Any], styles: Mapping[float, tuple[str, Any]]) -> None:
    for dim in np.unique(arrays["point_dim"]):
        colour = styles[dim][0] if dim in styles else "0.5"
        for sphere in (0, 1):
            chosen = (arrays["point_dim"] == dim) & (arrays["point_sphere"] == sphere)
            axis.plot(
                arrays["point_distance"][chosen],
                arrays["point_log10_error_rate"][chosen],
                ls="",
                marker="os"[sphere],
                ms=3.5,
                mew=0.8,
                mfc="white",
                color=colour,
            )
    for marker, name in (("o", "inner"), ("s", "outer")):
        axis.plot([], [], ls="", marker=marker, ms=3.5, mfc="white", color="0.3", label=f"network, {name} sphere")


def figure_caption(record: Record) -> str:
    """Caption of the figure."""
    values = record.values
    networks = values["config"]["networks"]
    dims = ", ".join(str(dim) for dim in networks["trained_dims"])
    return (
        "Left: the largest error rate that is compatible with a mean distance, exactly, one curve a dimension; to "
        "be farther from its errors a classifier needs an error rate below its dimension's curve. Markers: quadratic "
        f"networks of d = {dims} in the curves' colours along their training (exact error rates, mean exact distances "
        f"of {networks['distance_samples']:,} points); "
        f"{values['points_above_curve']} of {values['points']} have their whole "
        f"{confidence_percent(networks['confidence'])} interval "
        "to the right of their curve. Right: by how much the logarithm of the error rate must fall for the distance to "
        "grow: at a fixed distance in proportion to d, and more with every further step."
    )


def text(record: Record) -> list[str]:
    """What was seen."""
    values = record.values
    curve = next((curve for curve in values["curves"] if curve["dim"] == 500), values["curves"][0])
    first, last = curve["rows"][0], curve["rows"][-1]
    above = values["points_above_curve"]
    return [
        f"For errors to be {number(first['distance'])} away on average in dimension {curve['dim']} the error rate must "
        f"be at most {rate(first['log10_max_error_rate'], side=1)}, for {number(last['distance'])} at most "
        f"{rate(last['log10_max_error_rate'], side=1)}. Each further 0.1 costs more than the one before: "
        f"{number(first['decades_for_next_tenth'], 3)} decades first, {number(last['decades_for_next_tenth'], 3)} at "
        "last.",
        f"Of {values['points']} measurements of networks along their training {above or 'none'} "
        f"{'lies' if above in (0, 1) else 'lie'} above the curve of their dimension with its whole interval.",
    ]


def tables(record: Record) -> list[Table]:
    """One row a dimension, one column a distance."""
    curves = record.values["curves"]
    rows = [
        [f"{curve['dim']:,}", *(number(row["log10_max_error_rate"], 4, 1) for row in curve["rows"])] for curve in curves
    ]
    columns = ["dimension", *(number(row["distance"]) for row in curves[0]["rows"])]
    caption = (
        "log10 of the largest error rate that a mean Euclidean distance to the nearest error (columns, unit sphere) "
        "allows, exact."
    )
    return [Table("curves", caption, columns, rows)]


EXHIBIT = Exhibit(
    {
        "error_rate_needed": FigureSpec(
            "Error rate that a distance needs",
            figure_caption,
            error_rate_against_distance,
            "Left: log10 of the largest error rate falls with the mean distance, one curve a dimension, "
            "steeper for each larger one; markers of trained networks lie below the curve of their dimension. "
            "Right: the decades that each further tenth of distance costs, one rising curve a dimension.",
        )
    },
    text,
    tables,
)
