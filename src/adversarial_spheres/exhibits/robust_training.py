"""Training until all coefficients are right: figure, text and table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numerics.storage.records import Record
from ..rendering.formatting import NONE, SPHERES, number, rate
from ..rendering.latex import Table
from .style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, Exhibit, FigureSpec, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RUN_STYLE: dict[str, dict[str, Any]] = {
    "worst-case": {"color": VERMILION, "ls": "-", "marker": "s"},
    "pgd-100": {"color": ORANGE, "ls": "--", "marker": "^"},
    "pgd-50": {"color": GREEN, "ls": "-.", "marker": "v"},
    "pgd-10": {"color": SKY, "ls": "-", "marker": "<"},
    "pgd-5": {"color": PURPLE, "ls": "--", "marker": ">"},
    "pgd-1": {"color": BLACK, "ls": "-.", "marker": "D"},
    "average": {"color": BLUE, "ls": ":", "marker": "o"},
}
RUN_NAMES = {
    "worst-case": "exact worst-case points",
    "pgd-100": "PGD, 100 steps",
    "pgd-50": "PGD, 50 steps",
    "pgd-10": "PGD, 10 steps",
    "pgd-5": "PGD, 5 steps",
    "pgd-1": "PGD, 1 step",
    "average": "ordinary training",
}
NAMES = {**RUN_NAMES, "worst-case": "exact worst points", "average": "ordinary"}
"""The shorter names of text and table."""

LOWEST = -60.0
"""The axis of log10 error rates ends there, or just below the least rate."""


def wrong_alphas(record: Record) -> Figure:
    """Wrong alphas and exact error rate of the worse sphere against the step, one curve a way of training."""
    arrays, config = record.arrays, record.values["config"]
    figure, (left, right) = new_figure(7.4, 3.9, 2)
    lowest = _lowest(record)
    for name, run in in_order(record.values["runs"]).items():
        style = {"ms": 3.5, "mfc": "white", **RUN_STYLE[name]}
        step, outside = arrays[f"{name}_step"], arrays[f"{name}_alphas_outside"].astype(float)
        outside[outside < 0] = np.nan  # no boundary at that step
        left.plot(step, outside, label=f"{RUN_NAMES[name]}: {_ending(run)}", **style)
        worse = arrays[f"{name}_log10_error_rate"].max(axis=0)
        worse = np.where(worse == -np.inf, np.nan, worse)
        right.plot(step, worse, **style)
        if run["steps_until_all_right"] is not None:
            right.plot(step[-1], lowest, **{**style, "ls": "", "mfc": style["color"], "clip_on": False})
    for axis in (left, right):
        axis.set_xscale("symlog", linthresh=10)
        axis.set(xlabel="training step", xlim=(0, None))
    left.set(ylabel=f"wrong coefficients, of {config['dim']}", ylim=(-0.02 * config["dim"], 1.02 * config["dim"]))
    right.set(ylabel=r"$\log_{10}$ exact error rate, worse sphere", ylim=(lowest, 1.0))
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _lowest(record: Record) -> float:
    rates = np.concatenate([record.arrays[f"{name}_log10_error_rate"].max(axis=0) for name in record.values["runs"]])
    return max(LOWEST, 5.0 * float(np.floor(np.min(rates[np.isfinite(rates)], initial=0.0) / 5.0)) - 5.0)


def _ending(run: Mapping[str, Any]) -> str:
    if run["steps_until_all_right"] is None:
        return f"{run['wrong_alphas_final']} wrong after {run['steps_taken']:,} steps"
    return f"all right after {run['steps_until_all_right']:,} steps"


def figure_caption(record: Record) -> str:
    """Caption of the figure."""
    config, runs = record.values["config"], in_order(record.values["runs"])
    reported = ", ".join(
        f"{RUN_NAMES[name]} {run['reported_steps']:,}" for name, run in runs.items() if run["reported_steps"]
    )
    batches = {trial["name"]: trial["batch_size"] for trial in config["trials"]}
    return (
        f"The same quadratic network (d = {config['dim']}, {config['hidden']} hidden units, learning rate "
        f"{config['learning_rate']:g}, {batches['average']} fresh points a step, {batches['worst-case']} for the worst "
        f"case) trained on {len(runs)} kinds of points, "
        "until every coefficient of its boundary lies between 1/R² and 1, where no error exists. PGD moves each point "
        f"of the batch in steps of {config['pgd_step']:g} radii along its sphere. Right: the exact error rate on the "
        "worse of both spheres, tiny long before it is 0; filled markers on the axis: exactly 0. A re-implementation "
        "of the paper reports, at d = 500 with 500 hidden units and rate 10⁻⁴ (read off a figure): "
        f"{reported} steps; PGD with fewer steps later than ordinary training, or never. "
        + ("" if config["dim"] == 500 else "This run is smaller: its numbers of steps are not comparable one by one.")
    )


def text(record: Record) -> list[str]:
    """What was seen."""
    config, runs = record.values["config"], record.values["runs"]
    parts = "; ".join(f"{NAMES[name]}: {steps_words(run)}" for name, run in in_order(runs).items())
    return [
        f"The same network (d = {config['dim']}, {config['hidden']:,} units, learning rate "
        f"{config['learning_rate']:g}) "
        f"is trained on {len(runs)} kinds of points until every coefficient is right, so that no error exists: "
        f"{parts}.",
        "A re-implementation of the paper reports about 3,000 (worst points), 40,000 (PGD-100), 250,000 (PGD-50) and "
        "500,000 steps (ordinary) in dimension 500, and that PGD of 1, 5 and 10 steps takes longer than ordinary "
        "training or never ends (read off a figure).",
    ]


def in_order(runs: Mapping[str, Any]) -> dict[str, Any]:
    """The runs in the order of ``NAMES``."""
    return {name: runs[name] for name in NAMES if name in runs}


def steps_words(run: Mapping[str, Any]) -> str:
    """After how many steps all coefficients are right."""
    if run["steps_until_all_right"] is None:
        return f"{run['wrong_alphas_final']} still wrong after {run['steps_taken']:,} steps"
    return f"{run['steps_until_all_right']:,} steps"


def tables(record: Record) -> list[Table]:
    """One row for each way of training."""
    config = record.values["config"]
    rows = [
        [
            NAMES[name],
            number(run["steps_until_all_right"]),
            f"{run['limit']:,}",
            str(run["wrong_alphas_final"]),
            *(number(run[f"worst_case_loss_final_{s}"], 3) for s in SPHERES),
            *(_rate(run[f"log10_error_rate_final_{s}"]) for s in SPHERES),
            NONE if run["reported_steps"] is None else f"{run['reported_steps']:,}",
        ]
        for name, run in in_order(record.values["runs"]).items()
    ]
    caption = (
        f"Training until all coefficients are right, d = {config['dim']}, {config['hidden']:,} hidden units: steps "
        "until "
        "then (a dash: not within the limit), and at the end the wrong coefficients, the exact worst-case losses and "
        "the exact error rates; last, the steps that a re-implementation reports for d = 500."
    )
    columns = ["training", "steps", "limit", "wrong", "inner worst", "outer worst", "inner", "outer", "reported"]
    return [Table("runs", caption, columns, rows)]


def _rate(log10: float | None) -> str:
    return "0" if log10 is None else rate(log10)


EXHIBIT = Exhibit(
    {
        "wrong_alphas": FigureSpec(
            "Training until all coefficients are right",
            figure_caption,
            wrong_alphas,
            "Two panels against the training step, one line a way of training. Left: wrong coefficients. "
            "Right: log10 of the exact error rate of the worse sphere; a filled marker on the lower edge "
            "stands for exactly 0.",
        )
    },
    text,
    tables,
)
