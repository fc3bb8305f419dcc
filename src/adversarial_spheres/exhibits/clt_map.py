"""The error of the central limit estimate: figures, text and table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numerics.storage.records import Record
from ..rendering.formatting import SPHERES, number, rate, signed
from ..rendering.latex import Table
from .style import BLACK, COLOURS, DASHES, Exhibit, FigureSpec, new_figure, set_step_axis
from .training_sets import size_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

UNKNOWN = "0.85"


def error_map(record: Record) -> Figure:
    """log10 exact - log10 CLT over training step and size of the training set, one panel a sphere."""
    arrays = record.arrays
    figure, panels = new_figure(7.6, 3.0, 2, sharey=True)
    largest = max(map(_largest, arrays["clt_error"]))
    drawn: Any = None
    for axis, sphere, errors in zip(panels, SPHERES, arrays["clt_error"], strict=True):
        drawn = _draw_map(axis, arrays, errors, largest)
        set_step_axis(axis, arrays["step"])
        axis.set_title(f"{sphere} sphere")
    panels[0].set_yticks(np.arange(len(arrays["train_size"])), [size_label(int(n)) for n in arrays["train_size"]])
    panels[0].set_ylabel("training set")
    figure.colorbar(drawn, ax=panels, label=r"$\log_{10}$ exact $-$ $\log_{10}$ CLT", extend=_extend(arrays, largest))
    return figure


def _largest(errors: Any) -> float:
    """End of the colour scale: all but the most extreme hundredth of the values."""
    known = np.abs(errors[np.isfinite(errors)])
    return float(max(np.quantile(known, 0.99), 0.1)) if known.size else 0.1


def _extend(arrays: Mapping[str, Any], largest: float) -> str:
    known = arrays["clt_error"][np.isfinite(arrays["clt_error"])]
    above, below = bool(np.any(known > largest)), bool(np.any(known < -largest))
    return {(True, True): "both", (True, False): "max", (False, True): "min"}.get((above, below), "neither")


def _draw_map(axis: Axes, arrays: Mapping[str, Any], errors: Any, largest: float) -> Any:
    from matplotlib.colors import SymLogNorm

    step = arrays["step"][1:].astype(float)  # a logarithmic axis has no place for step 0
    middle = np.sqrt(step[1:] * step[:-1])
    edges = np.concatenate([[step[0] ** 2 / middle[0]], middle, [step[-1] ** 2 / middle[-1]]])
    rows = np.arange(len(arrays["train_size"]) + 1) - 0.5
    axis.set_facecolor(UNKNOWN)
    norm = SymLogNorm(0.1, vmin=-largest, vmax=largest)
    axis.grid(visible=False)
    return axis.pcolormesh(edges, rows, np.ma.masked_invalid(errors[:, 1:]), cmap="PuOr_r", norm=norm)


def caption_map(record: Record) -> str:
    """Caption of the map."""
    grid, found = record.values["config"]["grid"], record.values["summary"]
    high, low = ([number(found[f"most_too_{way}_{sphere}"], 2) for sphere in SPHERES] for way in ("high", "low"))
    return (
        f"Quadratic networks, d = {grid['dim']}, {grid['hidden']:,} hidden units, {grid['steps']:,} steps at learning "
        f"rate {grid['learning_rate']:g}, one row for each size of the training set. Colour: by how many powers of ten "
        "the exact error rate is above (orange) or below (violet) the central limit estimate; the scale is linear "
        "within 0.1 and logarithmic beyond; grey where the network has no error. The estimate is too high by up to "
        f"{high[0]} (inner) and {high[1]} (outer sphere) powers of ten and too low by up to {low[0]} and {low[1]}."
    )


def error_against_rate(record: Record) -> Figure:
    """log10 CLT against log10 exact along online training in several dimensions, one panel a sphere."""
    arrays, grid = record.arrays, record.values["config"]["grid"]
    figure, panels = new_figure(7.2, 3.9, 2, sharex=True, sharey=True)
    for side, axis in enumerate(panels):
        for index, (dim, exact, error) in enumerate(_runs(arrays, grid, side)):
            shown = np.isfinite(error)
            axis.plot(
                exact[shown],
                (exact - error)[shown],
                color=COLOURS[1 + index % (len(COLOURS) - 1)],
                ls=DASHES[index % len(DASHES)],
                marker=".",
                ms=4,
                lw=1.0,
                label=f"d = {dim:,}",
            )
    lowest = panels[0].get_ylim()[0]  # of the estimates; the exact rates reach farther down
    for axis, sphere in zip(panels, SPHERES, strict=True):
        axis.plot([lowest, 0], [lowest, 0], color=BLACK, lw=0.8, label="equal")
        axis.set(title=f"{sphere} sphere", xlabel=r"$\log_{10}$ error rate, exact")
    panels[0].set_ylabel(r"$\log_{10}$ error rate, central limit estimate")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=6)
    return figure


def _runs(arrays: Mapping[str, Any], grid: Mapping[str, Any], side: int) -> list[tuple[int, Any, Any]]:
    """Dimension, log10 exact and error of the estimate along each online run, by dimension."""
    exact, error = arrays["log10_error_rate"][side], arrays["clt_error"][side]
    runs = [(int(grid["dim"]), exact[i], error[i]) for i in np.flatnonzero(arrays["train_size"] == 0)]
    for index, dim in enumerate(arrays["dims"]):
        runs.append((int(dim), *(arrays[f"dim_{name}"][side, index] for name in ("log10_error_rate", "clt_error"))))
    return sorted(runs, key=lambda run: run[0])


def caption_rates(record: Record) -> str:
    """Caption of the figure of several dimensions."""
    config = record.values["config"]
    grid = config["grid"]
    return (
        f"The central limit estimate against the exact error rate along online training: d = {grid['dim']} with "
        f"{grid['hidden']:,} hidden units over {grid['steps']:,} steps, and other dimensions with "
        f"{config['hidden_per_dim']} hidden units a dimension over {config['dim_steps']:,} steps. Above the line the "
        "estimate promises more errors than there are, below it fewer."
    )


def text(record: Record) -> list[str]:
    """What was seen."""
    summary, grid = record.values["summary"], record.values["config"]["grid"]
    low, high = (max(summary[f"most_too_{way}_{s}"] for s in SPHERES) for way in ("low", "high"))
    return [
        f"Over training sets of all sizes and all steps (d = {grid['dim']}), the central limit estimate is up to "
        f"{number(low, 2)} decades too low, a promise of fewer errors than there are, and up to {number(high, 2)} "
        "decades too high. The error is one of the tail: where error rates are common the estimate is right.",
    ]


def tables(record: Record) -> list[Table]:
    """One row for each sphere."""
    summary, grid = record.values["summary"], record.values["config"]["grid"]
    rows = []
    for sphere in SPHERES:
        end = summary[f"at_the_end_online_{sphere}"]
        rows.append(
            [
                sphere,
                number(summary[f"most_too_low_{sphere}"], 3),
                number(summary[f"most_too_high_{sphere}"], 3),
                rate(summary[f"worst_log10_exact_{sphere}"]),
                rate(summary[f"worst_log10_clt_{sphere}"]),
                number(None) if end is None else signed(end),
            ]
        )
    caption = (
        "Error of the central limit estimate in decades over training and sizes of the training set, d = "
        f"{grid['dim']}: "
        "the most too low, the most too high, both error rates where it is the farthest off, and log10 of the exact "
        "rate less log10 of the estimate at the end of the online run."
    )
    columns = ["sphere", "most too low", "most too high", "farthest off: exact", "estimate", "at the end, online"]
    return [Table("errors", caption, columns, rows)]


EXHIBIT = Exhibit(
    {
        "map": FigureSpec(
            "Error of the central limit estimate",
            caption_map,
            error_map,
            "Two maps, inner and outer sphere: size of the training set against training step. Orange "
            "where the exact error rate is above the central limit estimate, violet where it is below, "
            "white where both agree.",
        ),
        "rates": FigureSpec(
            "Central limit estimate against exact error rate",
            caption_rates,
            error_against_rate,
            "Two panels: log10 of the central limit estimate against log10 of the exact error rate, one "
            "line a dimension. Near 0 the lines follow the diagonal; where errors are rare they leave it.",
        ),
    },
    text,
    tables,
)
