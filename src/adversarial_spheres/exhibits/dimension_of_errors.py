"""The dimensions in which errors appear: figure, text and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..numerics.storage.records import Record
from ..rendering.formatting import SPHERES, number, rate
from ..rendering.latex import Table
from ..theory.basics.rounded_text import confidence_percent
from ..theory.basics.validation import FloatArray
from .style import BLACK, GREEN, SPHERE_STYLE, Exhibit, FigureSpec, new_figure, set_dimension_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOWEST = -24.0
"""Where the axis of log10 error rates ends; rarer errors are drawn there."""

TICKS = (2, 5, 20, 100, 500)
METHODS = {1: "counted", 2: "splitting (interval not rigorous)"}
NONE_SEEN = 3
NETWORKS = {"quadratic": "quadratic", "relu": "ReLU"}


def errors_by_dimension(record: Record) -> Figure:
    """Error rates of both networks against the dimension, and the share of points near which an attack found errors."""
    figure, (quadratic, relu, attack) = new_figure(8.8, 4.6, 3, width_ratios=(1.0, 1.0, 0.75))
    _plot_quadratic(quadratic, record.arrays)
    _plot_relu(relu, record.arrays)
    _plot_attack(attack, record.arrays)
    for axis, title in ((quadratic, "quadratic network: exact"), (relu, "ReLU network: estimates")):
        axis.axhline(record.values["log10_detection_limit"], color=BLACK, ls="--", lw=1.0, label=_test(record))
        axis.set(title=title, ylabel=r"$\log_{10}$ error rate", ylim=(LOWEST - 2.5, 0.8))
    attack.set(title="ReLU network: attack", ylabel="share of points near which an error was found", ylim=(-0.03, 1.05))
    for axis in (quadratic, relu, attack):
        set_dimension_axis(axis, TICKS)
        axis.set_xlim(1.6, 1.2 * max(record.arrays["quadratic_dim"].max(), record.arrays["relu_dim"].max()))
    handles: dict[str, Any] = {}
    for axis in (quadratic, relu):
        found, labels = axis.get_legend_handles_labels()
        handles |= {label: handle for handle, label in zip(found, labels, strict=True) if label not in handles}
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=2)
    return figure


def _test(record: Record) -> str:
    points = 2 * record.values["test_points_a_sphere"]
    return f"test of {points // 10**6} million points, the paper's: one error expected a sphere"


def _aside(dims: FloatArray, seeds: NDArray[np.int64], side: int) -> FloatArray:
    """Dimensions moved a little, so that seeds and spheres stand side by side."""
    order = np.searchsorted(np.unique(seeds), seeds) + 0.5 * side
    moved: FloatArray = dims * 1.05 ** (order - 0.5 * len(np.unique(seeds)))
    return moved


def _plot_quadratic(axis: Axes, arrays: Mapping[str, Any]) -> None:
    for side, (sphere, style) in enumerate(SPHERE_STYLE.items()):
        place = _aside(arrays["quadratic_dim"], arrays["quadratic_seed"], side)
        rate, perfect = arrays["quadratic_log10_error_rate"][side], arrays["quadratic_perfect"][side]
        rare = ~perfect & (rate < LOWEST)
        seen = ~perfect & ~rare
        points: dict[str, Any] = {"ls": "", "ms": 4, "mfc": "white", **style}
        axis.plot(place[seen], rate[seen], label=f"{sphere} sphere", **points)
        axis.plot(place[rare], np.full(rare.sum(), LOWEST), **{**points, "marker": "v"})
        none: dict[str, Any] = {
            "ls": "",
            "marker": "|",
            "ms": 6,
            "mew": 1.5,
            "color": GREEN,
            "label": "no errors: exactly 0",
        }
        axis.plot(place[perfect], np.full(perfect.sum(), LOWEST - 1.5), **none)
    if np.any(~arrays["quadratic_perfect"] & (arrays["quadratic_log10_error_rate"] < LOWEST)):
        label = f"errors, rarer than $10^{{{LOWEST:g}}}$"
        axis.plot([], [], ls="", marker="v", ms=4, mfc="white", color="0.3", label=label)


def _plot_relu(axis: Axes, arrays: Mapping[str, Any]) -> None:
    for side, style in enumerate(SPHERE_STYLE.values()):
        place = _aside(arrays["relu_dim"], arrays["relu_seed"], side)
        low, rate, high = (arrays[f"relu_log10_error_rate{end}"][side] for end in ("_low", "", "_high"))
        method = arrays["relu_method"][side]
        for code in METHODS:
            chosen = method == code
            bars = np.stack([(rate - low)[chosen], (high - rate)[chosen]])
            face = style["color"] if code == 1 else "white"
            axis.errorbar(
                place[chosen], rate[chosen], bars, ls="", ms=4, elinewidth=0.8, capsize=1.5, **{**style, "mfc": face}
            )
        unseen = method == NONE_SEEN
        upper: dict[str, Any] = {"ls": "", "marker": "v", "ms": 4, "color": style["color"]}
        axis.plot(place[unseen], high[unseen], **upper)
    for code, name in METHODS.items():
        face = "0.3" if code == 1 else "white"
        axis.plot([], [], ls="", marker="o", ms=4, mfc=face, color="0.3", label=f"ReLU network: {name}")
    axis.plot([], [], ls="", marker="v", ms=4, color="0.3", label="ReLU network: none seen, upper limit")


def _plot_attack(axis: Axes, arrays: Mapping[str, Any]) -> None:
    for side, style in enumerate(SPHERE_STYLE.values()):
        place = _aside(arrays["relu_dim"], arrays["relu_seed"], side)
        axis.plot(place, arrays["relu_share_found"][side], ls="", ms=4, mfc="white", **style)


def figure_caption(record: Record) -> str:
    """Caption of the figure."""
    values, config = record.values, record.values["config"]
    return (
        f"One marker for each sphere and seed. Left: quadratic networks ({config['units_a_dim']} hidden units a "
        f"dimension) after {config['quadratic_steps']:,} steps on fresh points (batch 50, learning rate "
        f"{config['quadratic_learning_rate']:g}), exact error rates. {_least_words(values, 'quadratic')} "
        "When errors are said to appear depends on the test and on the length of training, not on the dimension alone. "
        f"Middle: ReLU networks of {config['relu_depth']} hidden layers of {config['relu_hidden']} units after "
        f"{config['relu_steps']:,} steps (the paper: 1,000 units, 1,000,000 steps), {config['monte_carlo_samples']:,} "
        "counted points a sphere, bars are "
        f"{confidence_percent(config['confidence'])} intervals. Right: of {config['attack_points']} "
        "random points a sphere, the share from which an attack reached an error, however far; that it failed proves "
        "nothing."
    )


def _least_words(values: Mapping[str, Any], network: str) -> str:
    exist, seen = values[f"{network}_least_dim_with_errors"], values[f"{network}_least_dim_seen_in_test"]
    if exist is None:
        return "None of them has an error."
    points = 2 * values["test_points_a_sphere"] // 10**6
    start = f"The least dimension with errors is {exist}"
    if seen is None:
        return f"{start}; in none does a test of {points} million points expect to see one."
    return f"{start}, the least where a test of {points} million points expects to see one is {seen}."


def text(record: Record) -> list[str]:
    """What was seen."""
    values = record.values
    config, points = values["config"], 2 * values["test_points_a_sphere"]
    return [
        f"Quadratic networks of {config['units_a_dim']} hidden units a dimension, {config['quadratic_steps']:,} steps: "
        f"{_least(values, 'quadratic')}. Whether there are errors is known exactly.",
        f"ReLU networks of {config['relu_depth']} × {config['relu_hidden']} units, {config['relu_steps']:,} steps: "
        f"{_least(values, 'relu')}. Here an error is known to exist where the attack, counting or splitting found one; "
        "where none was found nothing is proved.",
        f"The paper's test has {points:,} points: error rates far below its reach look like none, so that the "
        "dimension "
        "at which errors “appear” is that of the test, of the width and of the time of training, not one of geometry.",
    ]


def _least(values: Mapping[str, Any], network: str) -> str:
    exist, seen = values[f"{network}_least_dim_with_errors"], values[f"{network}_least_dim_seen_in_test"]
    if exist is None:
        return "no errors in any dimension"
    reach = f"{2 * values['test_points_a_sphere']:,} random points would show them from d = {seen} on"
    return f"errors exist from d = {exist} on, and " + (
        f"{2 * values['test_points_a_sphere']:,} random points would show none" if seen is None else reach
    )


def tables(record: Record) -> list[Table]:
    """One table a network, one row a dimension."""
    return [_table(record, network) for network in NETWORKS]


def _table(record: Record, network: str) -> Table:
    rows = record.values[network]
    dims = sorted({row["dim"] for row in rows})
    caption = (
        f"{NETWORKS[network][0].upper()}{NETWORKS[network][1:]} networks by dimension: with how many seeds errors "
        "exist, with how many at least one is expected in the paper's test, and the range of error rates and of mean "
        "distances to the nearest error over the seeds"
        + (
            " (exact)."
            if network == "quadratic"
            else "; error rates counted or by splitting, distances of an attack: upper bounds."
        )
    )
    columns = ["dimension", "errors exist", "seen in test"]
    columns += [f"{name}, {sphere}" for sphere in SPHERES for name in ("error rate", "mean distance")]
    return Table(network, caption, columns, [_row(dim, [row for row in rows if row["dim"] == dim]) for dim in dims])


def _row(dim: int, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    counts = [f"{sum(row[name] for row in rows)} of {len(rows)}" for name in ("has_errors", "seen_in_test")]
    cells = []
    for sphere in SPHERES:
        cells.append(_rates(rows, sphere))
        means = [row[f"mean_distance_{sphere}"] for row in rows if _has_distance(row, sphere)]
        cells.append(_range([number(mean, 2) for mean in sorted(means)]))
    return [str(dim), *counts, *cells]


def _has_distance(row: Mapping[str, Any], sphere: str) -> bool:
    """Whether there is a mean distance: none without errors, and none where every attack failed."""
    return row[f"mean_distance_{sphere}"] is not None and row.get(f"share_found_{sphere}", 1.0) > 0.0


def _rates(rows: Sequence[Mapping[str, Any]], sphere: str) -> str:
    known = sorted(row[f"log10_error_rate_{sphere}"] for row in rows if row[f"log10_error_rate_{sphere}"] is not None)
    none = "none" if "perfect_inner" in rows[0] else "none seen"
    return _range(([none] if len(known) < len(rows) else []) + [rate(log10) for log10 in known])


def _range(words: Sequence[str]) -> str:
    if not words:
        return number(None)
    return words[0] if words[0] == words[-1] else f"{words[0]} to {words[-1]}"


EXHIBIT = Exhibit(
    {
        "errors_by_dimension": FigureSpec(
            "Dimension at which errors appear",
            figure_caption,
            errors_by_dimension,
            "Three panels against the dimension. Left and middle: log10 of the error rates of the quadratic "
            "and the ReLU networks, which rise with the dimension, and a dashed line for what a test of 20 "
            "million points sees; ticks on the lower edge stand for networks without any error. Right: the "
            "share of points near which an attack found an error.",
        )
    },
    text,
    tables,
)
