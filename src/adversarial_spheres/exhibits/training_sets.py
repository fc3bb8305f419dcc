"""The size of the training set: figures, text and table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numerics.storage.records import Record
from ..rendering.formatting import SPHERES, number, rate, signed
from ..rendering.latex import Table
from ..theory.basics.rounded_text import confidence_percent
from .style import BLUE, DASHES, GREEN, ORANGE, PURPLE, SKY, VERMILION, Exhibit, FigureSpec, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE_COLOURS = (VERMILION, ORANGE, GREEN, SKY, BLUE, PURPLE)
SIZE_MARKERS = ("o", "s", "^", "D", "P", "*")


def size_styles(sizes: Any) -> list[dict[str, Any]]:
    """Colour, line style, marker and label of each size of the training set, 0 being online."""
    return [
        {
            "color": SIZE_COLOURS[i % len(SIZE_COLOURS)],
            "ls": DASHES[i % len(DASHES)],
            "marker": SIZE_MARKERS[i % len(SIZE_MARKERS)],
            "label": size_label(int(size)),
        }
        for i, size in enumerate(sizes)
    ]


def size_label(size: int) -> str:
    """A size of the training set in words."""
    return "online" if size == 0 else f"{size:,} points"


def alphas(record: Record) -> Figure:
    """The coefficients after training, sorted, for each size; and how many are wrong along training."""
    arrays, config = record.arrays, record.values["config"]["grid"]
    figure, (left, right) = new_figure(7.2, 3.5, 2)
    low = 1.0 / config["outer_radius"] ** 2
    left.axhspan(low, 1.0, color=GREEN, alpha=0.18, lw=0, label="correct: $1/R^2$ to 1")
    share = (np.arange(config["dim"]) + 0.5) / config["dim"]
    for style, row, outside in zip(
        size_styles(arrays["train_size"]), arrays["alphas"], arrays["alphas_outside"], strict=True
    ):
        line = {key: style[key] for key in ("color", "ls", "label")}
        left.plot(share, row, **line)
        right.plot(arrays["step"], np.where(outside < 0, np.nan, outside), **line)
    left.set(xlabel="rank of the coefficient / dimension", ylabel=r"coefficient $\alpha_i$ of the boundary")
    # A small training set drives a few coefficients to a hundred times the others: linear up to 2, logarithmic beyond.
    left.set_yscale("symlog", linthresh=2.0, linscale=2.0)
    ticks = [tick for tick in (0, 0.5, 1, 1.5, 2, 5, 10, 20, 50, 100, 200, 500) if tick <= np.nanmax(arrays["alphas"])]
    left.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    left.minorticks_off()
    left.set_title("boundary after training")
    right.set_xscale("symlog", linthresh=1)
    right.set(xlabel="training step", ylabel="coefficients outside the band", ylim=(0, config["dim"] * 1.02))
    right.set_title(f"wrong coefficients, of {config['dim']}")
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def caption_alphas(record: Record) -> str:
    """Caption of the figure of coefficients."""
    config = record.values["config"]["grid"]
    return (
        f"{_runs(record)} Left: the {config['dim']} coefficients after the last step, sorted; above 1 they cause "
        "errors on the inner sphere, below 1/R² on the outer one; the axis is linear up to 2 and logarithmic beyond. "
        "Right: how many are outside along training."
    )


def _runs(record: Record) -> str:
    """The networks in words, and where their scale is smaller than the paper's."""
    grid, sizes = record.values["config"]["grid"], record.values["sizes"]
    rounded = [float(f"{entry['epochs']:.3g}") for entry in sizes if entry["train_size"] is not None]
    epochs = [f"{times:,g} times" for times in rounded]
    seen = f" (each point of the fixed sets is seen {', '.join(epochs)}, from the smallest set on)" if epochs else ""
    return (
        f"Quadratic networks, d = {grid['dim']}, {grid['hidden']:,} hidden units, {grid['steps']:,} steps of "
        f"{grid['batch_size']} points at learning rate {grid['learning_rate']:g}{seen}; "
        "the paper trains at d = 500 for about a million steps."
    )


def wrong_alphas_and_error_rates(record: Record) -> Figure:
    """Exact, central-limit and counted error rates against the number of wrong coefficients, one panel a sphere."""
    figure, panels = new_figure(7.2, 4.2, 2)
    for side, (axis, sphere) in enumerate(zip(panels, SPHERES, strict=True)):
        for index, style in enumerate(size_styles(record.arrays["train_size"])):
            _plot_rates(axis, record, (side, index), style)
        axis.set(title=f"{sphere} sphere", xlabel="wrong coefficients on either sphere")
        axis.set_ylim(_lowest(record.arrays[f"log10_{name}"][side] for name in ("error_rate", "clt")), 0.8)
    panels[0].set_ylabel(r"$\log_{10}$ error rate")
    figure.legend(handles=_rate_handles(record), loc="outside lower center", ncols=3)
    return figure


def _plot_rates(axis: Axes, record: Record, place: tuple[int, int], style: Mapping[str, Any]) -> None:
    """One sphere and one size of the training set: their indices are the place."""
    arrays, colour = record.arrays, style["color"]
    outside = np.where(arrays["alphas_outside"][place[1]] < 0, np.nan, arrays["alphas_outside"][place[1]])
    exact, clt = (arrays[f"log10_{name}"][place] for name in ("error_rate", "clt"))
    axis.plot(outside, exact, color=colour, lw=1.0, alpha=0.35)
    axis.plot(outside[-1:], clt[-1:], ls="", marker=style["marker"], ms=8, mfc="white", mew=1.2, color=colour)
    axis.plot(outside[-1:], exact[-1:], ls="", marker=style["marker"], ms=6, color=colour)
    low, mid, high = (arrays[f"monte_carlo_{part}"][place][-1] for part in ("low", "estimate", "high"))
    if mid > 0:
        bars = np.log10([[mid / low], [high / mid]])
        axis.errorbar(outside[-1:], np.log10([mid]), bars, ls="", capsize=5, elinewidth=0.8, color=colour)
    else:
        axis.plot(outside[-1:], np.log10([high]), ls="", marker=11, ms=6, color=colour)


def _lowest(rates: Iterable[Any]) -> float:
    """Where an axis of log10 error rates ends below."""
    drawn = np.concatenate([array.ravel() for array in rates])
    return max(float(np.min(drawn[np.isfinite(drawn)], initial=0.0)) - 1.0, -60.0)


def _rate_handles(record: Record) -> list[Any]:
    from matplotlib.lines import Line2D

    grid, level = record.values["config"]["grid"], confidence_percent(record.values["config"]["confidence"])
    kinds = [
        Line2D([], [], color="0.4", ls="", marker="o", ms=6, label="exact, after the last step"),
        Line2D([], [], color="0.4", lw=1.0, alpha=0.35, label="exact, along training"),
        Line2D([], [], color="0.4", ls="", marker="o", ms=8, mfc="white", label="central limit estimate (the paper's)"),
        Line2D([], [], color="0.4", ls="", marker="_", ms=8, label=f"Monte Carlo, {level} interval"),
        Line2D(
            [],
            [],
            color="0.4",
            ls="",
            marker=11,
            ms=5,
            label=f"none in {grid['monte_carlo_samples']:,}: upper limit",
        ),
    ]
    sizes = [
        Line2D([], [], color=style["color"], marker=style["marker"], ms=6, ls="", label=style["label"])
        for style in size_styles(record.arrays["train_size"])
    ]
    return [*kinds, *sizes]


def caption_rates(record: Record) -> str:
    """Caption of the figure of error rates."""
    config = record.values["config"]
    return (
        f"{_runs(record)} Error rates of one sphere against the number of coefficients outside the band: markers after "
        "the last step, faint lines on the way there. Exact values and central limit estimates part where errors are "
        f"rare. Monte Carlo: {config['grid']['monte_carlo_samples']:,} points a sphere; bars are "
        f"{confidence_percent(config['confidence'])} Clopper–Pearson intervals, triangles the upper limits where no "
        "error was seen."
    )


def error_rates_along_training(record: Record) -> Figure:
    """Exact error rates along training for each size, one panel a sphere, and the central limit estimate."""
    arrays = record.arrays
    figure, panels = new_figure(7.2, 3.6, 2)
    for axis, sphere, exact in zip(panels, SPHERES, arrays["log10_error_rate"], strict=True):
        for row, style in zip(exact, size_styles(arrays["train_size"]), strict=True):
            axis.plot(arrays["step"], row, ms=3, lw=1.2, **{key: style[key] for key in ("color", "ls", "label")})
        axis.set_xscale("symlog", linthresh=1)
        axis.set(title=f"{sphere} sphere", xlabel="training step", ylim=(_lowest([exact]), 0.8))
    panels[0].set_ylabel(r"$\log_{10}$ error rate (exact)")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def caption_training(record: Record) -> str:
    """Caption of the figure of error rates along training."""
    return f"{_runs(record)} Exact error rates, to rounding; no sampling enters."


def text(record: Record) -> list[str]:
    """What was seen."""
    grid, sizes = record.values["config"]["grid"], record.values["sizes"]
    first, last = sizes[0], sizes[-1]
    return [
        f"The quadratic network (d = {grid['dim']}, {grid['hidden']:,} units, {grid['steps']:,} steps) ends with "
        f"{first['alphas_outside']} of {grid['dim']} wrong coefficients when it learns from {size_words(first)} and "
        f"with {last['alphas_outside']} {_how(last)}: one is enough for errors to exist.",
        f"The exact error rates differ by orders of magnitude: {_rates(first)} (inner, outer) from "
        f"{size_words(first)}, {_rates(last)} {_how(last)}.",
    ]


def size_words(entry: Mapping[str, Any]) -> str:
    """The size of a training set in words."""
    return "fresh points at every step" if entry["train_size"] is None else f"{entry['train_size']:,} points"


def _how(entry: Mapping[str, Any]) -> str:
    return "online" if entry["train_size"] is None else f"from {size_words(entry)}"


def _rates(entry: Mapping[str, Any]) -> str:
    return " and ".join("0" if entry[s]["log10_exact"] is None else rate(entry[s]["log10_exact"]) for s in SPHERES)


def tables(record: Record) -> list[Table]:
    """One row for each size and sphere."""
    grid = record.values["config"]["grid"]
    rows = [_row(entry, sphere) for entry in record.values["sizes"] for sphere in SPHERES]
    caption = (
        f"The quadratic network after {grid['steps']:,} steps from training sets of several sizes (d = {grid['dim']}, "
        f"{grid['hidden']:,} hidden units): exact error rates, how many decades they are above the central limit "
        "estimate, and exact mean distances of a sample in units of the radius."
    )
    columns = ["training points", "wrong", "sphere", "exact", "decades above CLT", "mean distance", "bound"]
    return [Table("sizes", caption, columns, rows)]


def _row(entry: Mapping[str, Any], sphere: str) -> list[str]:
    found = entry[sphere]
    too_low = found["clt_error"]
    return [
        "online" if entry["train_size"] is None else f"{entry['train_size']:,}",
        str(entry["alphas_outside"]),
        sphere,
        "no errors" if found["log10_exact"] is None else rate(found["log10_exact"]),
        number(None) if too_low is None else signed(too_low),
        number(found["mean_distance"], 3),
        number(found["bound"], 3, 1),
    ]


EXHIBIT = Exhibit(
    {
        "alphas": FigureSpec(
            "Coefficients by size of the training set",
            caption_alphas,
            alphas,
            "Left: the sorted coefficients after training, one rising curve a size of the training set, "
            "and the shaded band where they are right. Right: how many are wrong along training.",
        ),
        "wrong_alphas": FigureSpec(
            "Wrong coefficients and error rates",
            caption_rates,
            wrong_alphas_and_error_rates,
            "Two panels, inner and outer sphere: log10 of the error rate against the number of wrong "
            "coefficients. One filled marker a size of the training set for the exact rate after "
            "training, an open one for the central limit estimate, and faint lines for the way there.",
        ),
        "error_rates": FigureSpec(
            "Error rates by size of the training set",
            caption_training,
            error_rates_along_training,
            "Two panels, inner and outer sphere: log10 of the exact error rate against the training step, "
            "one line a size of the training set.",
        ),
    },
    text,
    tables,
)
