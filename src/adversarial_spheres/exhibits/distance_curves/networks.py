"""Error rate against distance, three networks below the curve of the cap: figures, text and table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numerics.storage.records import Record
from ...rendering.formatting import NONE, SPHERES, counted, number, rate
from ...rendering.latex import Table
from ...theory.basics.rounded_text import confidence_percent
from ..style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SPHERE_STYLE, VERMILION, FigureSpec, new_figure, set_step_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NETWORK_STYLE: tuple[dict[str, Any], ...] = (
    {"color": BLUE, "marker": "o"},
    {"color": VERMILION, "marker": "^"},
    {"color": ORANGE, "marker": "D"},
)
METHODS = ("exact", "counted", "splitting (interval not rigorous)", "none seen")
"""How an error rate is known, by the number that the record holds."""

RARE_EVENT, NONE_SEEN = 2, 3
MAX_DECADES = 60.0


def distance_curves(record: Record) -> Figure:
    """Mean distance against error rate of three networks, one panel a sphere, with the limit for any classifier."""
    arrays = record.arrays
    figure, panels = new_figure(7.2, 4.6, 2, sharex=True, sharey=True)
    for side, (axis, sphere) in enumerate(zip(panels, SPHERES, strict=True)):
        _draw_limits(axis, arrays)
        for index, style in enumerate(NETWORK_STYLE):
            _draw_network(axis, arrays, side, index, style)
        axis.set(title=f"{sphere} sphere", xlabel=r"$\log_{10}$ error rate $\mu$ of the sphere")
    panels[0].set(xlim=(_lowest_rate(arrays), 0.3), ylim=(0, _highest(arrays)))
    panels[0].set_ylabel("mean Euclidean distance / radius\n(points in error count as 0)")
    handles = [*panels[0].get_legend_handles_labels()[0][:3], *_network_handles(record)]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _draw_limits(axis: Axes, arrays: Mapping[str, Any]) -> None:
    x = arrays["curve_log10_error_rate"]
    axis.plot(x, arrays["curve_exact_euclidean"], color=BLACK, label="exact bound for any classifier: the cap")
    if "curve_even_euclidean" in arrays:
        even = arrays["curve_even_euclidean"]
        axis.plot(x, even, color=BLACK, ls="-.", label="bound for even error sets: quadratic networks")
    axis.plot(x, arrays["curve_explicit"], color=GREEN, ls="--", lw=1.0, label="explicit bound")
    axis.plot(x, arrays["curve_asymptotic"], color=PURPLE, ls=":", lw=1.2, label="asymptote, not a bound")


def _draw_network(axis: Axes, arrays: Mapping[str, Any], side: int, index: int, style: Mapping[str, Any]) -> None:
    """Filled markers: online; open: a fixed training set. Without a rate there is no place under the curve."""
    mine, mean = arrays["network"] == index, arrays["mean_distance"][side]
    rate, low, high = (arrays[f"log10_error_rate{end}"][side] for end in ("", "_low", "_high"))
    below, above = _mean_bars(arrays, "", side, exact=index == 0)
    known = mine & np.isfinite(rate) & np.isfinite(mean)
    for online in (False, True):
        at = known & ((arrays["train_size"] == 0) == online)
        axis.errorbar(
            rate[at],
            mean[at],
            yerr=np.stack([below[at], above[at]]),
            xerr=np.stack([rate[at] - np.maximum(low[at], rate[at] - MAX_DECADES), high[at] - rate[at]]),
            ls="",
            ms=3.5,
            elinewidth=0.5,
            markeredgewidth=0.8,
            mfc=style["color"] if online else "white",
            alpha=0.9,
            **style,
        )


def _mean_bars(arrays: Mapping[str, Any], prefix: str, side: int, *, exact: bool) -> tuple[Any, Any]:
    """Lengths of the bars at the mean distances: none downwards where these are upper bounds."""
    low, mean, high = (arrays[f"{prefix}mean_distance{end}"][side] for end in ("_low", "", "_high"))
    return (mean - low if exact else np.zeros(len(mean))), high - mean


def _lowest_rate(arrays: Mapping[str, Any]) -> float:
    rates = arrays["log10_error_rate"][np.isfinite(arrays["mean_distance"])]
    return max(float(np.min(rates[np.isfinite(rates)], initial=-2.0)), float(arrays["curve_log10_error_rate"][0])) - 0.5


def _highest(arrays: Mapping[str, Any]) -> float:
    """Above every mean and above the curve where it is drawn; not above every error bar."""
    shown = arrays["curve_log10_error_rate"] >= _lowest_rate(arrays)
    return 1.08 * max(float(np.nanmax(arrays["mean_distance"])), float(arrays["curve_exact_euclidean"][shown].max()))


def _network_handles(record: Record) -> list[Any]:
    from matplotlib.lines import Line2D

    handles = []
    for style, network in zip(NETWORK_STYLE, record.values["networks"], strict=True):
        found = "exact" if network["guarantee"] == "exact" else "upper bounds, by attack"
        handles.append(Line2D([], [], ls="", ms=4, **style, label=f"{network['label']}: distances {found}"))
    grey: dict[str, Any] = {"color": "0.4", "ls": "", "marker": "o", "ms": 4}
    handles.append(Line2D([], [], **grey, label="filled: online"))
    handles.append(Line2D([], [], **grey, mfc="white", label="open: fixed training set"))
    return handles


def _unseen_handles(methods: Any) -> list[Any]:
    """What the carets are, if there are any."""
    from matplotlib.lines import Line2D

    label = "no error seen: upper limit of the rate"
    return [Line2D([], [], color="0.4", ls="", marker=11, ms=5, label=label)] if NONE_SEEN in methods else []


def caption_curves(record: Record) -> str:
    """Caption of the main figure."""
    config = record.values["config"]
    grid = config["grid"]
    return (
        f"d = {grid['dim']}. One marker for each measured training step of each run; training sets of "
        f"{_sizes(record)}. Quadratic network: exact error rate, mean exact distance of {grid['distance_samples']:,} "
        "points. ReLU networks: error rate counted, or by multilevel splitting where few errors were counted (whose "
        "interval is not rigorous); distances are those of an attack, so upper bounds: the truth is at the marker or "
        "below, and a bar goes up to an upper limit for the true mean. Bars are "
        f"{confidence_percent(config['confidence'])} "
        f"limits of each point by itself{_unseen(record)}. No classifier can lie above the solid curve.{_scale(record)}"
    )


def _unseen(record: Record) -> str:
    """How many measurements have no error rate, and so no place in the main figure."""
    count = int(np.sum(record.arrays["error_rate_method"] == NONE_SEEN))
    return f" (left out: {counted(count, 'measurement')} of a sphere, where no error was seen)" if count else ""


def _sizes(record: Record) -> str:
    sizes = sorted({int(size) for size in record.arrays["train_size"]} - {0})
    return f"{', '.join(f'{size:,}' for size in sizes)} points, and online"


def _scale(record: Record) -> str:
    """Where the scale is smaller than the paper's."""
    few, deep = record.values["networks"][1:]
    if record.values["config"]["grid"]["dim"] >= 500 and deep["hidden"] >= 2000:
        return ""
    return (
        f" Smaller than in the paper, which takes d = 500, quadratic 1,000 units, ReLU 2 × 1,000 and 8 × 2,000 units, "
        f"and about a million steps: here {few['depth']} × {few['hidden']:,} and {deep['depth']} × "
        f"{deep['hidden']:,} units, and {record.values['relu']['steps']:,} steps at most for the ReLU networks."
    )


def training_set_sizes(record: Record) -> Figure:
    """Error rate, and mean distance by its bound, after the last step, against the size of the training set."""
    arrays = record.arrays
    sizes = sorted({int(size) for size in arrays["train_size"]} - {0})
    places = {size: place for place, size in enumerate([*sizes, 0])}
    figure, panels = new_figure(7.2, 3.9, 2)
    for index, style in enumerate(NETWORK_STYLE):
        at = (arrays["network"] == index) & arrays["is_last"]
        x = np.array([places[int(size)] for size in arrays["train_size"][at]]) + 0.12 * (index - 1)
        _draw_final_rates(panels[0], arrays, at, x, style)
        _draw_ratios(panels[1], arrays, at, x, style, exact=index == 0)
    panels[1].axhline(1.0, color=BLACK, lw=1.0)
    for axis in panels:
        axis.set_xticks(range(len(places)), [f"{size:,}" if size else "online" for size in places], rotation=30)
        axis.set(xlabel="training set", xlim=(-0.5, len(places) - 0.5))
    panels[0].set(title="inner sphere", ylabel=r"$\log_{10}$ error rate after the last step")
    panels[1].set(title="inner sphere", ylabel="mean distance / its upper bound", ylim=(0, 1.15))
    unseen = _unseen_handles(arrays["error_rate_method"][0, arrays["is_last"]])
    figure.legend(handles=[*_network_handles(record)[:3], *unseen], loc="outside lower center", ncols=2)
    return figure


def _draw_final_rates(axis: Axes, arrays: Mapping[str, Any], at: Any, x: Any, style: Mapping[str, Any]) -> None:
    rate, low, high = (arrays[f"log10_error_rate{end}"][0, at] for end in ("", "_low", "_high"))
    known = np.isfinite(rate)
    bars = np.stack([np.minimum(rate - low, MAX_DECADES), high - rate])[:, known]
    axis.errorbar(x[known], rate[known], bars, ls="", ms=4, capsize=1.5, elinewidth=0.8, **style)
    unseen = arrays["error_rate_method"][0, at] == NONE_SEEN
    axis.plot(x[unseen], high[unseen], ls="", marker=11, ms=6, color=style["color"])


def _draw_ratios(
    axis: Axes, arrays: Mapping[str, Any], at: Any, x: Any, style: Mapping[str, Any], *, exact: bool
) -> None:
    """Mean distances by their bound; the bars come from the intervals of mean and error rate together."""
    at_low, bound, at_high = (arrays[f"bound{end}"][0] for end in ("_high", "", "_low"))
    known = at & np.isfinite(at_low) & (at_high > 0.0)  # with both ends of the rate's interval
    mean = arrays["mean_distance"][0, known]
    below, above = (bar[known] for bar in _mean_bars(arrays, "", 0, exact=exact))
    ratio, low, high = mean / bound[known], (mean - below) / at_low[known], (mean + above) / at_high[known]
    bars = np.stack([ratio - low, high - ratio])
    axis.errorbar(x[known[at]], ratio, bars, ls="", ms=4, capsize=1.5, elinewidth=0.8, **style)


def caption_sizes(record: Record) -> str:
    """Caption of the figure of sizes."""
    return (
        "Inner sphere, after the last step of each run: error rate with its interval (left), and mean distance to the "
        "nearest error by the isoperimetric bound at the estimated error rate (right; 1 is the farthest that any "
        "errors of that rate can be; bars join the limits of the mean and of the rate; no marker where the rate is "
        "unknown). Distances of the ReLU networks are upper bounds, by attack. Runs of different networks have "
        f"different numbers of steps.{_scale(record)}"
    )


def relu_training(record: Record) -> Figure:
    """The ReLU network along online training: error rates with intervals, and attack distances with their bound."""
    figure, (rates, distances) = new_figure(7.2, 4.4, 2)
    for side, style in enumerate(SPHERE_STYLE.values()):
        _draw_relu_rates(rates, record.arrays, side, style)
        _draw_relu_distances(distances, record.arrays, side, style)
    for axis in (rates, distances):
        set_step_axis(axis, record.arrays["relu_step"])
    rates.set(ylabel=r"$\log_{10}$ error rate", title="error rate")
    distances.set(ylabel="mean distance / radius (Euclidean)", title="distance to the nearest error")
    distances.set_ylim(0, 1.25 * _highest_relu(record.arrays))
    figure.legend(handles=_relu_handles(record.arrays), loc="outside lower center", ncols=2)
    return figure


def _draw_relu_rates(axis: Axes, arrays: Mapping[str, Any], side: int, style: Mapping[str, Any]) -> None:
    step, method = arrays["relu_step"], arrays["relu_error_rate_method"][side]
    rate, low, high = (arrays[f"relu_log10_error_rate{end}"][side] for end in ("", "_low", "_high"))
    axis.plot(step, rate, color=style["color"], lw=0.6)
    for rare in (False, True):
        at = np.isfinite(rate) & ((method == RARE_EVENT) == rare)
        bars = np.stack([np.minimum(rate[at] - low[at], MAX_DECADES), high[at] - rate[at]])
        face = "white" if rare else style["color"]
        axis.errorbar(step[at], rate[at], bars, ls="", ms=4, capsize=1.5, elinewidth=0.8, mfc=face, **style)
    unseen = method == NONE_SEEN
    axis.plot(step[unseen], high[unseen], ls="", marker=11, ms=6, color=style["color"])


def _draw_relu_distances(axis: Axes, arrays: Mapping[str, Any], side: int, style: Mapping[str, Any]) -> None:
    step, mean = arrays["relu_step"], arrays["relu_mean_distance"][side]
    _, above = _mean_bars(arrays, "relu_", side, exact=False)
    axis.errorbar(step, mean, [0.0 * above, above], ls="-", lw=0.6, ms=4, capsize=1.5, elinewidth=0.8, **style)
    arrow = np.full(len(mean), 0.03 * _highest_relu(arrays))
    axis.errorbar(step, mean, arrow, uplims=True, ls="", elinewidth=0.8, color=style["color"])  # the truth lies below
    low, mid, high = (arrays[f"relu_bound{end}"][side] for end in ("_low", "", "_high"))
    axis.plot(step, mid, color=style["color"], ls="--", lw=1.2)
    band = np.isfinite(low) & np.isfinite(high)
    axis.fill_between(step, low, high, where=band, color=style["color"], alpha=0.15, lw=0)


def _highest_relu(arrays: Mapping[str, Any]) -> float:
    values = np.stack([arrays["relu_mean_distance"], arrays["relu_bound"]])
    return float(np.max(values[np.isfinite(values)], initial=0.1))


def _relu_handles(arrays: Mapping[str, Any]) -> list[Any]:
    from matplotlib.lines import Line2D

    grey: dict[str, Any] = {"color": "0.4", "ms": 4}
    spheres = [Line2D([], [], ms=4, **style, label=f"{sphere} sphere") for sphere, style in SPHERE_STYLE.items()]
    return [
        *spheres,
        Line2D([], [], ls="", marker="o", **grey, label="filled: rate counted (left), distance by attack (right)"),
        Line2D(
            [], [], ls="", marker=r"$\downarrow$", **{**grey, "ms": 6}, label="upper bound: the truth is there or below"
        ),
        Line2D([], [], ls="", marker="o", mfc="white", **grey, label="open: rate by splitting, interval not rigorous"),
        *_unseen_handles(arrays["relu_error_rate_method"]),
        Line2D([], [], ls="--", **grey, label="bound on the mean for any classifier of that rate"),
    ]


def caption_relu(record: Record) -> str:
    """Caption of the figure of the ReLU network along training."""
    config, relu = record.values["config"], record.values["relu"]
    plan, inner = config["relu"][0], relu["inner"]
    counted, attacked = inner["monte_carlo"]["samples"], inner["mean_distance"]["points"]
    return (
        f"ReLU network of {relu['depth']} × {relu['hidden']:,} units, d = {config['grid']['dim']}, online, "
        f"{relu['steps']:,} steps of {relu['batch_size']} points at learning rate {relu['learning_rate']:g} (the "
        f"paper: a million steps). Left: errors counted on {plan['monte_carlo_samples']:,} points a sphere "
        f"({counted:,} at the last step), or by multilevel splitting where few were seen. Right: mean distance found "
        f"by an attack on {plan['attack_points']:,} points ({attacked:,} at the last step), an upper bound on the "
        "true mean; its bar ends at an upper limit for the true mean. Dashed: the isoperimetric bound at the estimated "
        "error rate, "
        "shaded at the ends of its interval. "
        f"{confidence_percent(config['confidence'])} for rate and distance of one sphere at one "
        "step together."
    )


def text(record: Record) -> list[str]:
    """What was seen."""
    relu, summary, config = record.values["relu"], record.values["summary"], record.values["config"]
    inner = relu["inner"]
    paragraphs = [
        f"The ReLU network of {relu['depth']} × {relu['hidden']:,} units (d = {config['grid']['dim']}, "
        f"{relu['steps']:,} steps on {relu['points_seen']:,} points) errs on {summary['relu_monte_carlo_errors']:,} of "
        f"{summary['relu_monte_carlo_points']:,} random points; its inner error rate is {error_rate_words(inner)}. "
        f"The attack finds an error at a mean distance of {number(inner['mean_distance']['mean'], 3, 1)} from random "
        f"inner points: an upper bound on the true mean"
        + (
            "."
            if summary["relu_bound_inner"] is None
            else f", and {number(summary['relu_tightness_inner'], 2)} of the most that any classifier of this error "
            f"rate can have, {number(summary['relu_bound_inner'], 3, 1)}."
        )
    ]
    above = summary["exact_points_above_bound"]
    exact = int(np.sum(np.isfinite(record.arrays["mean_distance"][0, record.arrays["network"] == 0])))
    paragraphs.append(
        f"No network lies above the curve that holds for any classifier: of the {exact} measurements of the quadratic "
        f"networks, whose distances are exact, {above if above else 'none'} "
        f"{'lies' if above in (0, 1) else 'lie'} above it on either sphere. The paper trains for 1,000,000 steps, here "
        f"the ReLU network was trained for {relu['steps']:,}."
    )
    return paragraphs


def error_rate_words(found: Mapping[str, Any]) -> str:
    """An error rate with its interval and how it is known."""
    known = found["error_rate"]
    if known["log10"] is None:
        return f"at most {rate(known['log10_high'], side=1)} (none seen)"
    interval = f"{rate(known['log10_low'], side=-1)} to {rate(known['log10_high'], side=1)}"
    method = {"rare event": "by splitting, interval not rigorous", "Monte Carlo": "counted"}
    return f"{rate(known['log10'])} ({interval}, {method.get(known['method'], known['method'])})"


def tables(record: Record) -> list[Table]:
    """The networks after their last step."""
    arrays, networks, config = record.arrays, record.values["networks"], record.values["config"]
    rows = [
        _row(arrays, networks, int(index), sphere) for index in np.flatnonzero(arrays["is_last"]) for sphere in SPHERES
    ]
    caption = (
        f"The networks after their last step, d = {config['grid']['dim']}: error rate and mean Euclidean distance to "
        "the "
        "nearest error in units of the radius. Distances of ReLU networks are found by an attack: upper bounds on the "
        "true means. The bound is the largest mean distance of any classifier of this error rate."
    )
    columns = ["network", "training points", "steps", "sphere", "error rate", "known by", "mean distance", "bound"]
    return [Table("networks", caption, columns, rows)]


def _row(arrays: Mapping[str, Any], networks: list[Mapping[str, Any]], index: int, sphere: str) -> list[str]:
    size, network = int(arrays["train_size"][index]), networks[int(arrays["network"][index])]
    at = SPHERES.index(sphere), index
    method = int(arrays["error_rate_method"][at])
    log10 = float(arrays[f"log10_error_rate{'_high' if method == NONE_SEEN else ''}"][at])
    sign = "≤ " if network["guarantee"] == "upper bound" else ""
    mean = float(arrays["mean_distance"][at])
    return [
        network["label"],
        f"{size:,}" if size else "online",
        f"{int(arrays['step'][index]):,}",
        sphere,
        f"≤ {rate(log10, side=1)}" if method == NONE_SEEN else rate(log10),
        METHODS[method],
        NONE if np.isnan(mean) else f"{sign}{number(mean, 3, 1 if sign else 0)}",
        number(float(arrays["bound"][at]), 3, 1),
    ]


FIGURES = {
    "curves": FigureSpec(
        "Error rate against mean distance, three networks",
        caption_curves,
        distance_curves,
        "Two panels, inner and outer sphere: mean distance to the nearest error against log10 of the "
        "error rate. The solid curve of the cap falls to 0 where all points are errors; blue circles "
        "(quadratic), red triangles and orange diamonds (ReLU networks) lie in a cloud below it.",
    ),
    "sizes": FigureSpec(
        "Size of the training set, three networks",
        caption_sizes,
        training_set_sizes,
        "Left: log10 of the inner error rate after training for each size of the training set and "
        "network. Right: mean distance as a share of the bound, against a line at 1.",
    ),
    "relu_training": FigureSpec(
        "The ReLU network along training",
        caption_relu,
        relu_training,
        "Two panels against the training step. Left: log10 of the error rates of both spheres with "
        "their intervals. Right: mean distances found by an attack, each with an arrow that points "
        "down, below dashed curves with shaded bands, the bounds at those error rates.",
    ),
}
