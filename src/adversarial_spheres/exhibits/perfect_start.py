"""Training from a network without an error: figure, text and table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numerics.storage.records import Record
from ..rendering.formatting import SPHERES, number, rate
from ..rendering.latex import Table
from .style import BLACK, DASHES, PURPLE, SPHERE_STYLE, Exhibit, FigureSpec, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def losses(record: Record) -> Figure:
    """Average and worst-case loss, wrong coefficients, and exact error rates along training; a dash for each rate."""
    figure, axes = new_figure(9.6, 3.7, 3, sharex=True)
    for index in range(len(record.arrays["learning_rate"])):
        dashes = DASHES[index % len(DASHES)]
        _draw_losses(axes[0], record, index, dashes)
        _draw_wrong(axes[1], record, index, dashes)
        _draw_rates(axes[2], record, index, dashes)
    for axis in axes:
        axis.set_xscale("symlog", linthresh=1)
        axis.set_xlabel("training step")
    dim = record.values["config"]["dim"]
    axes[0].set(title="average against worst case", ylabel="loss", yscale="log")
    axes[1].set(title=f"wrong coefficients, of {dim}", ylabel="coefficients outside the band", ylim=(0, dim * 1.02))
    axes[2].set(title="error rates", ylabel=r"$\log_{10}$ error rate (exact)", ylim=(_lowest(record), 0.8))
    for axis_formatter in (axes[0].yaxis.set_major_formatter, axes[0].yaxis.set_minor_formatter):
        axis_formatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "125" else "")
    spheres = [(f"{sphere} sphere", style) for sphere, style in SPHERE_STYLE.items()]
    worst = [(f"worst case, {sphere}", {"color": style["color"]}) for sphere, style in SPHERE_STYLE.items()]
    axes[0].legend(handles=_handles([("average of the batches", {"color": BLACK}), *worst]), loc="best")
    axes[1].legend(handles=_rates_of_learning(record), loc="upper left")
    axes[2].legend(handles=_handles(spheres), loc="best")
    return figure


def _draw_losses(axis: Axes, record: Record, index: int, dashes: Any) -> None:
    arrays = record.arrays
    axis.plot(arrays["step"], arrays["loss"][index], color=BLACK, ls=dashes)
    for worst, style in zip(arrays["worst_case_loss"], SPHERE_STYLE.values(), strict=True):
        axis.plot(arrays["step"], worst[index], color=style["color"], ls=dashes)


def _draw_wrong(axis: Axes, record: Record, index: int, dashes: Any) -> None:
    axis.plot(record.arrays["step"], record.arrays["alphas_outside"][index], color=PURPLE, ls=dashes)


def _draw_rates(axis: Axes, record: Record, index: int, dashes: Any) -> None:
    for rates, style in zip(record.arrays["log10_error_rate"], SPHERE_STYLE.values(), strict=True):
        shown = np.where(np.isfinite(rates[index]), rates[index], np.nan)
        axis.plot(record.arrays["step"], shown, color=style["color"], ls=dashes, marker=style["marker"], ms=3)


def _lowest(record: Record) -> float:
    rates = record.arrays["log10_error_rate"]
    return max(float(np.min(rates[np.isfinite(rates)], initial=-1.0)) * 1.05, -80.0)


def _handles(lines: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Any]:
    from matplotlib.lines import Line2D

    return [Line2D([], [], label=label, ms=3, **style) for label, style in lines]


def _rates_of_learning(record: Record) -> list[Any]:
    rates = record.arrays["learning_rate"]
    dashes = [DASHES[i % len(DASHES)] for i in range(len(rates))]
    return _handles(
        (f"learning rate {rate:g}", {"color": PURPLE, "ls": ls}) for rate, ls in zip(rates, dashes, strict=True)
    )


def caption_losses(record: Record) -> str:
    """Caption of the figure."""
    config, found = record.values["config"], record.values["summary"]
    as_paper = config["dim"] >= 500 and config["steps"] >= 40_000
    smaller = "" if as_paper else " The paper's run has d = 500, 1,000 hidden units and 40,000 steps."
    return (
        f"The quadratic network (d = {config['dim']}, {config['hidden']:,} hidden units) learns online from a start "
        f"without an error and with a loss of {config['start_loss']:g} at every point, {config['steps']:,} steps of "
        f"{config['batch_size']} points. Left: mean loss of the batches "
        "since the last logged step, and the exact largest loss of any point of each sphere. Middle: coefficients "
        f"outside [1/R², 1]: at learning rate {found['learning_rate']:g}, {found['alphas_outside_half']} after "
        f"{found['step_half']:,} steps. Right: exact error rates; no point is drawn where no error exists, nor below "
        f"10⁻⁸⁰.{smaller}"
    )


def text(record: Record) -> list[str]:
    """What was seen."""
    config, found = record.values["config"], record.values["summary"]
    size = f"d = {config['dim']}, {config['hidden']:,} units, {config['steps']:,} steps"
    if found["first_wrong_step"] is None:
        return [f"The network ({size}) keeps all its coefficients right."]
    return [
        f"The network starts without a single error and learns online by the average loss ({size}, learning rate "
        f"{found['learning_rate']:g}). The average loss falls from {number(found['average_loss_first'], 2)} to "
        f"{number(found['average_loss_end'], 2)}, while the worst-case loss goes from "
        f"{number(found['worst_case_loss_start'], 2)} up to {number(found['worst_case_loss_most'], 2)}: up to "
        f"{found['most_alphas_outside']} of {config['dim']} coefficients become wrong, "
        f"{found['alphas_outside_half']} of them by step {found['step_half']:,}.",
        "The average loss does not see it: the error rates end at "
        f"{_end(found, 'inner')} on the inner and {_end(found, 'outer')} on the outer sphere (exact).",
    ]


def _end(found: Mapping[str, Any], sphere: str) -> str:
    log10 = found[f"log10_error_rate_end_{sphere}"]
    return "0" if log10 is None else rate(log10)


def tables(record: Record) -> list[Table]:
    """One row for each learning rate."""
    config = record.values["config"]
    rows = [
        [
            f"{run['learning_rate']:g}",
            str(run["alphas_outside_half"]),
            str(run["alphas_outside_end"]),
            f"{run['most_alphas_outside']} at {run['step_of_most']:,}",
            number(run["average_loss_first"], 2),
            number(run["average_loss_end"], 2),
            number(run["worst_case_loss_start"], 2),
            number(run["worst_case_loss_most"], 3),
            *(_end(run, sphere) for sphere in SPHERES),
        ]
        for run in record.values["runs"]
    ]
    caption = (
        f"From a network without an error, d = {config['dim']}, {config['hidden']:,} hidden units, {config['steps']:,} "
        f"steps: wrong coefficients of {config['dim']} (half way, at the end, at most and when), average loss of the "
        "batches, exact worst-case loss, exact error rates at the end."
    )
    columns = [
        "learning rate",
        "wrong half way",
        "wrong at the end",
        "most wrong",
        "first average loss",
        "last average loss",
        "first worst case",
        "largest worst case",
        "inner error rate",
        "outer error rate",
    ]
    return [Table("runs", caption, columns, rows)]


EXHIBIT = Exhibit(
    {
        "losses": FigureSpec(
            "From a perfect start",
            caption_losses,
            losses,
            "Three panels against the training step. Left: the average loss, and far above it the largest loss of "
            "either sphere. Middle: wrong coefficients, from 0 on. Right: log10 of the exact error rates of both "
            "spheres, from where the first errors exist.",
        )
    },
    text,
    tables,
)
