"""Networks for other outer radii, and how deep their errors lie: figure, text and table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numerics.storage.records import Record
from ..rendering.formatting import SPHERES, number, rate
from ..rendering.latex import Table
from .style import BLACK, SPHERE_STYLE, Exhibit, FigureSpec, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..theory.basics.validation import FloatArray

Rows = Sequence[dict[str, Any]]


def outer_radii(record: Record) -> Figure:
    """Error rates, distances of random points to the errors, and of errors to correct points, against R."""
    quadratic, relu = record.values["quadratic"], record.values["relu"]
    figure, (rates, distances, depths) = new_figure(7.4, 3.9, 3)
    for sphere, style in SPHERE_STYLE.items():
        options: dict[str, Any] = {"ms": 4, "lw": 0.8, **style}
        for rows, face, ending in ((quadratic, style["color"], "quadratic"), (relu, "white", "ReLU")):
            named = {**options, "mfc": face, "label": f"{ending}, {sphere} sphere"}
            if rows:
                _draw(rates, rows, f"log10_error_rate_{sphere}", **named)
                _draw(distances, rows, f"mean_distance_{sphere}", **named)
        _draw(distances, quadratic, f"bound_{sphere}", color=style["color"], ls=":", lw=1.2)
        _draw(depths, quadratic, f"median_depth_{sphere}", **options)
        _draw(depths, quadratic, f"largest_median_depth_{sphere}", color=style["color"], ls=":", lw=1.2)
    rates.set(ylabel=r"$\log_{10}$ error rate")
    distances.set(ylabel="mean distance / radius,\nrandom point to error", ylim=(0, None))
    depths.set(ylabel="median distance / radius,\nerror to correct point", ylim=(0, None))
    for axis in (rates, distances, depths):
        axis.set(xlabel="outer radius $R$")
    handles = [*rates.get_legend_handles_labels()[0], *distances.plot([], [], color=BLACK, ls=":", label=BOUND)]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


BOUND = "largest possible at the quadratic network's rate"


def _draw(axis: Axes, rows: Rows, name: str, **options: Any) -> None:
    axis.plot([row["outer_radius"] for row in rows], _column(rows, name), **options)


def _column(rows: Rows, name: str) -> FloatArray:
    """Numbers of a column, NaN for null."""
    return np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=np.float64)


def figure_caption(record: Record) -> str:
    """Caption of the figure."""
    config = record.values["config"]
    relu = (
        f"; open: ReLU networks of 2 x {config['hidden']} units after {config['relu_steps']:,} steps, errors counted "
        f"in {config['monte_carlo_samples']:,} points (no marker where none was seen), distances by attack, so upper "
        "bounds (no marker where an attack failed)"
    )
    return (
        f"Networks for outer radii R from {config['outer_radii'][0]:g} to {config['outer_radii'][-1]:g}, "
        f"d = {config['dim']}. Filled: quadratic network of {config['hidden']} units after {config['steps']:,} steps, "
        f"exact{relu if config['relu_steps'] else ''}. Right: errors drawn uniformly among all errors of the quadratic "
        "network, however rare, and their exact distances to the nearest correct point. Dotted: the largest that "
        "these distances can be for any classifier of the same error rate."
    )


def text(record: Record) -> list[str]:
    """What was seen."""
    config, rows, starts = record.values["config"], record.values["quadratic"], record.values["starts"]
    first, last = rows[0], rows[-1]
    return [
        f"The quadratic network (d = {config['dim']}, {config['steps']:,} steps) errs on {_worse(first)} of the points "
        f"at R = {first['outer_radius']:g} and on {_worse(last)} at R = {last['outer_radius']:g} (the worse sphere, "
        "exact).",
        _depth_words(rows),
        "Where the weights start with the variance 1/d instead of 1 by the number of hidden units, the network for "
        f"R = {starts[1]['outer_radius']:g} ends with {starts[1]['alphas_outside']} wrong coefficients and the rate "
        f"{_worse(starts[1])}, instead of {starts[0]['alphas_outside']} and {_worse(starts[0])}.",
    ]


def _worse(row: dict[str, Any]) -> str:
    return rate(float(np.fmax.reduce([_column([row], f"log10_error_rate_{s}")[0] for s in SPHERES], initial=-np.inf)))


def _rate(row: dict[str, Any], sphere: str, *, exact: bool) -> str:
    """An error rate; null is exactly 0 where it is exact, and "none seen" where it is counted."""
    log10 = row[f"log10_error_rate_{sphere}"]
    return "0" if exact and log10 is None else rate(log10)


def _depth_words(rows: Rows) -> str:
    found = [row[f"median_depth_{s}"] for row in rows for s in SPHERES if row[f"median_depth_{s}"] is not None]
    if not found:
        return "No error was drawn, so nothing is said of how deep errors lie."
    return (
        f"Half of the errors are within {number(min(found), 2)} to {number(max(found), 2)} radii of a correct point "
        "(exact distances of errors drawn uniformly, over R and both spheres)."
    )


def _distance(mean: float | None, *, exact: bool) -> str:
    return number(mean, 3) if exact or mean is None else f"≤ {number(mean, 3, 1)}"


def tables(record: Record) -> list[Table]:
    """One row for each R and sphere, of both networks."""
    rows = [
        [
            name,
            f"{row['outer_radius']:g}",
            sphere,
            number(row.get("alphas_outside")),
            _rate(row, sphere, exact=name == "quadratic"),
            _distance(row[f"mean_distance_{sphere}"], exact=name == "quadratic"),
            number(row[f"bound_{sphere}"], 3, 1),
            number(row.get(f"median_depth_{sphere}"), 2),
            number(row.get(f"largest_median_depth_{sphere}"), 2, 1),
        ]
        for name, kind in (("quadratic", "quadratic"), ("ReLU", "relu"))
        for row in record.values[kind]
        for sphere in SPHERES
    ]
    caption = (
        f"Networks for other outer radii, d = {record.values['config']['dim']}, after the last step: wrong "
        "coefficients, error rate (a dash: no error seen), mean distance of random points to the nearest error beside "
        "the largest possible one, and median distance of errors to the nearest correct point beside the largest "
        "possible one, in radii."
    )
    columns = ["network", "R", "sphere", "wrong", "error rate", "mean distance", "bound", "median depth", "at most"]
    return [Table("outer_radii", caption, columns, rows)]


EXHIBIT = Exhibit(
    {
        "outer_radii": FigureSpec(
            "Other outer radii, and the depth of errors",
            figure_caption,
            outer_radii,
            "Three panels against the outer radius, one line a sphere and network: log10 of the error rates, mean "
            "distances of random points to the errors with their bounds dotted, and depths of the errors, from them to "
            "correct points.",
        )
    },
    text,
    tables,
)
