"""Networks for other outer radii, and how deep their errors lie: figure, text and table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numerics.storage.records import Record
from ..rendering.formatting import SPHERES, number, of_seeds, rate, spread
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
        options: dict[str, Any] = {"ms": 3.5, "mew": 0.7, "lw": 0.6, **style}
        for rows, face, ending in ((quadratic, style["color"], "quadratic"), (relu, "white", "ReLU")):
            named = {**options, "mfc": face, "label": f"{ending}, {sphere} sphere"}
            if rows:
                _draw(rates, rows, f"log10_error_rate_{sphere}", **named)
                _draw(distances, rows, f"mean_distance_{sphere}", **named)
        _draw(distances, quadratic, f"bound_{sphere}", color=style["color"], ls=":", lw=1.0)
        _draw(depths, quadratic, f"median_depth_{sphere}", **options)
        _draw(depths, quadratic, f"largest_median_depth_{sphere}", color=style["color"], ls=":", lw=1.0)
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
    """A line for each seed, all of one style."""
    for seed in dict.fromkeys(row.get("seed") for row in rows):
        own = [row for row in rows if row.get("seed") == seed]
        axis.plot([row["outer_radius"] for row in own], _column(own, name), **options)
        options["label"] = None


def _column(rows: Rows, name: str) -> FloatArray:
    """Numbers of a column, NaN for null."""
    return np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=np.float64)


def figure_caption(record: Record) -> str:
    """Caption of the figure."""
    config = record.values["config"]
    relu = (
        f"; open: ReLU networks of 2 × {config['hidden']} units after {config['relu_steps']:,} steps, errors counted "
        f"in {config['monte_carlo_samples']:,} points (no marker where none was seen), distances by attack, so upper "
        "bounds (no marker where an attack failed)"
    )
    return (
        f"Networks for outer radii R from {config['outer_radii'][0]:g} to {config['outer_radii'][-1]:g}, "
        f"d = {config['dim']}. Filled: quadratic network of {config['hidden']} units after {config['steps']:,} steps, "
        f"exact{relu if config['relu_steps'] else ''}. Right: errors drawn uniformly among all errors of the quadratic "
        "network, however rare, and their exact distances to the nearest correct point. Dotted: the largest that "
        f"these distances can be for any classifier of the same error rate.{_seed_words(record)}"
    )


def _seed_words(record: Record) -> str:
    count = len(record.values["config"].get("seeds", (0,)))
    return f" Each network was trained from {count} seeds, a thin line each." if count > 1 else ""


def text(record: Record) -> list[str]:
    """What was seen."""
    config, rows, starts = record.values["config"], record.values["quadratic"], record.values["starts"]
    nearest, farthest = (_at(rows, radius) for radius in (config["outer_radii"][0], config["outer_radii"][-1]))
    usual, other = ([row for row in starts if row["init"] == end["init"]] for end in (starts[0], starts[-1]))
    return [
        f"The quadratic network (d = {config['dim']}, {config['steps']:,} steps) errs on {_worse(nearest)} of the "
        f"points at R = {nearest[0]['outer_radius']:g} and on {_worse(farthest)} at R = "
        f"{farthest[0]['outer_radius']:g} (the worse sphere, exact{of_seeds(rows)}).",
        _depth_words(rows),
        "Where the weights start with the variance 1/d instead of 1 by the number of hidden units, the network for "
        f"R = {other[0]['outer_radius']:g} ends with {_wrong(other)} wrong coefficients and the rate "
        f"{_worse(other)}, instead of {_wrong(usual)} and {_worse(usual)}{of_seeds(starts)}.",
    ]


def _at(rows: Rows, radius: float) -> Rows:
    return [row for row in rows if row["outer_radius"] == radius]


def _wrong(rows: Rows) -> str:
    return spread([row["alphas_outside"] for row in rows])


def _worse(rows: Rows) -> str:
    """The error rate of the worse sphere, over the seeds."""
    columns = [_column(rows, f"log10_error_rate_{sphere}") for sphere in SPHERES]
    return spread(np.fmax.reduce([*columns, np.full(len(rows), -np.inf)]).tolist(), rate)


def _rates(rows: Rows, sphere: str, *, exact: bool) -> str:
    """Error rates; null is exactly 0 where they are exact, and none seen where they are counted."""
    found = [row[f"log10_error_rate_{sphere}"] for row in rows]
    if exact:
        return spread([-np.inf if log10 is None else log10 for log10 in found], rate)
    unseen = found.count(None)
    return spread(found, rate) + (f" ({unseen} of {len(found)} seeds: none)" if 0 < unseen < len(found) else "")


def _depth_words(rows: Rows) -> str:
    found = [row[f"median_depth_{s}"] for row in rows for s in SPHERES if row[f"median_depth_{s}"] is not None]
    if not found:
        return "No error was drawn, so nothing is said of how deep errors lie."
    return (
        f"Half of the errors are within {number(min(found), 2)} to {number(max(found), 2)} radii of a correct point "
        "(exact distances of errors drawn uniformly, over all these networks and both spheres)."
    )


def tables(record: Record) -> list[Table]:
    """One row for each R and sphere, of both networks, with the spread over the seeds."""
    config = record.values["config"]
    rows = [
        _cells(name, _at(record.values[kind], radius), sphere)
        for name, kind in (("quadratic", "quadratic"), ("ReLU", "relu"))
        for radius in config["outer_radii"]
        for sphere in SPHERES
        if record.values[kind]
    ]
    caption = (
        f"Networks for other outer radii, d = {config['dim']}, after the last step: wrong "
        "coefficients, error rate (a dash: no error seen), mean distance of random points to the nearest error beside "
        "the largest possible one, and median distance of errors to the nearest correct point beside the largest "
        f"possible one, in radii{of_seeds(record.values['quadratic'])}."
    )
    columns = ["network", "R", "sphere", "wrong", "error rate", "mean distance", "bound", "median depth", "at most"]
    return [Table("outer_radii", caption, columns, rows)]


def _cells(name: str, rows: Rows, sphere: str) -> list[str]:
    """A row of the table: the networks of one kind and R, the spread over their seeds."""

    def column(key: str, digits: int, side: int = 0) -> str:
        return spread([row.get(f"{key}_{sphere}") for row in rows], lambda value: number(value, digits, side))

    exact = name == "quadratic"
    means = [row[f"mean_distance_{sphere}"] for row in rows]
    return [
        name,
        f"{rows[0]['outer_radius']:g}",
        sphere,
        spread([row.get("alphas_outside") for row in rows]),
        _rates(rows, sphere, exact=exact),
        spread(means, lambda mean: number(mean, 3) if exact else f"≤ {number(mean, 3, 1)}"),
        column("bound", 3, 1),
        column("median_depth", 2),
        column("largest_median_depth", 2, 1),
    ]


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
