"""Training from a network without an error: figure, text and table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numerics.storage.records import Record
from ..rendering.formatting import SPHERES, number, of_seeds, rate, spread
from ..rendering.latex import Table
from .style import BLACK, DASHES, PURPLE, SPHERE_STYLE, Exhibit, FigureSpec, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def losses(record: Record) -> Figure:
    """Average and worst-case loss, wrong coefficients, and exact error rates along training.

    A dash for each learning rate, a thin line for each seed.
    """
    figure, axes = new_figure(9.6, 3.7, 3, sharex=True)
    styles = _dashes(record)
    for index, learning_rate in enumerate(record.arrays["learning_rate"]):
        dashes = styles[learning_rate]
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
    spheres = [(f"{sphere} sphere", {**OPEN, **style}) for sphere, style in SPHERE_STYLE.items()]
    worst = [(f"worst case, {sphere}", {"color": style["color"]}) for sphere, style in SPHERE_STYLE.items()]
    axes[0].legend(handles=_handles([("average of the batches", {"color": BLACK}), *worst]), loc="best")
    axes[1].legend(handles=_rates_of_learning(record), loc="upper left")
    axes[2].legend(handles=_handles(spheres), loc="best")
    return figure


OPEN: dict[str, Any] = {"mfc": "white", "mew": 0.6}
THIN = 0.8
"""Width of a line: those of several seeds are near each other."""


def _dashes(record: Record) -> dict[float, Any]:
    """A dash for each learning rate, in their order."""
    rates = dict.fromkeys(record.arrays["learning_rate"].tolist())
    return {rate: DASHES[i % len(DASHES)] for i, rate in enumerate(rates)}


def _draw_losses(axis: Axes, record: Record, index: int, dashes: Any) -> None:
    arrays = record.arrays
    axis.plot(arrays["step"], arrays["loss"][index], color=BLACK, ls=dashes, lw=THIN)
    for worst, style in zip(arrays["worst_case_loss"], SPHERE_STYLE.values(), strict=True):
        axis.plot(arrays["step"], worst[index], color=style["color"], ls=dashes, lw=THIN)


def _draw_wrong(axis: Axes, record: Record, index: int, dashes: Any) -> None:
    axis.plot(record.arrays["step"], record.arrays["alphas_outside"][index], color=PURPLE, ls=dashes, lw=THIN)


def _draw_rates(axis: Axes, record: Record, index: int, dashes: Any) -> None:
    for rates, style in zip(record.arrays["log10_error_rate"], SPHERE_STYLE.values(), strict=True):
        shown = np.where(np.isfinite(rates[index]), rates[index], np.nan)
        line: dict[str, Any] = {"ls": dashes, "lw": THIN, "ms": 2.5, **OPEN, **style}
        axis.plot(record.arrays["step"], shown, **line)


def _lowest(record: Record) -> float:
    rates = record.arrays["log10_error_rate"]
    return max(float(np.min(rates[np.isfinite(rates)], initial=-1.0)) * 1.05, -80.0)


def _handles(lines: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Any]:
    from matplotlib.lines import Line2D

    return [Line2D([], [], label=label, ms=3, **style) for label, style in lines]


def _rates_of_learning(record: Record) -> list[Any]:
    return _handles(
        (f"learning rate {rate:g}", {"color": PURPLE, "ls": dash}) for rate, dash in _dashes(record).items()
    )


def caption_losses(record: Record) -> str:
    """Caption of the figure."""
    config, runs = record.values["config"], paper_runs(record)
    as_paper = config["dim"] >= 500 and config["steps"] >= 40_000
    smaller = "" if as_paper else " The paper's run has d = 500, 1,000 hidden units and 40,000 steps."
    return (
        f"The quadratic network (d = {config['dim']}, {config['hidden']:,} hidden units) learns online from a start "
        f"without an error and with a loss of {config['start_loss']:g} at every point, {config['steps']:,} steps of "
        f"{config['batch_size']} points. Left: mean loss of the batches "
        "since the last logged step, and the exact largest loss of any point of each sphere. Middle: coefficients "
        f"outside [1/R², 1]: at learning rate {runs[0]['learning_rate']:g}, "
        f"{spread(run['alphas_outside_half'] for run in runs)} after {runs[0]['step_half']:,} steps{of_seeds(runs)}. "
        "Right: exact error rates; no point is drawn where no error exists, nor below "
        f"10⁻⁸⁰.{' A line for each seed.' if of_seeds(runs) else ''}{smaller}"
    )


def paper_runs(record: Record) -> list[Mapping[str, Any]]:
    """The runs at the first learning rate, one a seed: those that are held against the paper's numbers."""
    return [run for run in record.values["runs"] if run["learning_rate"] == record.values["summary"]["learning_rate"]]


def text(record: Record) -> list[str]:
    """What was seen."""
    config, runs = record.values["config"], paper_runs(record)
    size = f"d = {config['dim']}, {config['hidden']:,} units, {config['steps']:,} steps"
    if all(run["first_wrong_step"] is None for run in runs):
        return [f"The network ({size}) keeps all its coefficients right."]

    def over_seeds(name: str) -> str:
        return spread((run[name] for run in runs), lambda value: number(value, 2))

    return [
        f"The network starts without a single error and learns online by the average loss ({size}, learning rate "
        f"{runs[0]['learning_rate']:g}{of_seeds(runs)}). The average loss is {over_seeds('average_loss_first')} at "
        f"first and {over_seeds('average_loss_end')} at the end, the worst-case loss "
        f"{over_seeds('worst_case_loss_start')} at first and {over_seeds('worst_case_loss_most')} at most; of "
        f"{config['dim']} coefficients {over_seeds('alphas_outside_half')} are wrong after {runs[0]['step_half']:,} "
        f"steps, {over_seeds('most_alphas_outside')} at most.",
        "The average loss does not see it: the error rates end at "
        f"{_ends(runs, 'inner')} on the inner and {_ends(runs, 'outer')} on the outer sphere (exact).",
    ]


def _ends(runs: Iterable[Mapping[str, Any]], sphere: str) -> str:
    """Error rates at the end; null: exactly 0."""
    found = [run[f"log10_error_rate_end_{sphere}"] for run in runs]
    return spread([-math.inf if log10 is None else log10 for log10 in found], rate)


def tables(record: Record) -> list[Table]:
    """One row for each learning rate and seed."""
    config = record.values["config"]
    rows = [
        [
            f"{run['learning_rate']:g}",
            number(run.get("seed")),
            str(run["alphas_outside_half"]),
            str(run["alphas_outside_end"]),
            f"{run['most_alphas_outside']} at {run['step_of_most']:,}",
            number(run["average_loss_first"], 2),
            number(run["average_loss_end"], 2),
            number(run["worst_case_loss_start"], 2),
            number(run["worst_case_loss_most"], 3),
            *(_ends([run], sphere) for sphere in SPHERES),
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
        "seed",
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
