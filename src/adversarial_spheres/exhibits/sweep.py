"""A sweep: figure of final error rates against mean distances, with the limit of each dimension."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numerics.storage.records import Record
from ..rendering.formatting import SPHERES
from ..theory.basics.rounded_text import confidence_percent
from .style import BLACK, COLOURS, DASHES, Exhibit, FigureSpec, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = {"quadratic": "o", "relu": "^"}
NONE_SEEN = 3


def error_rate_against_distance(record: Record) -> Figure:
    """Final error rate against mean distance of every run, one panel a sphere, with the cap curve of each dimension."""
    figure, panels = new_figure(7.2, 4.0, 2, sharey=True)
    dims = record.values["config"]["dims"]
    for side, (axis, sphere) in enumerate(zip(panels, SPHERES, strict=True)):
        for index, dim in enumerate(dims):
            colour, dash = COLOURS[index % len(COLOURS)], DASHES[index % len(DASHES)]
            x, y = record.arrays["curve_log10_error_rate"], record.arrays["curve_bound"][index]
            axis.plot(x, y, color=colour, ls=dash, lw=1.0, label=f"bound, d = {dim:,}")
            for network in record.values["config"]["networks"]:
                _plot_runs(axis, record.arrays, side, network, dim, colour)
        left = _lowest(record.arrays, side) * 1.1 - 0.3
        axis.set(title=f"{sphere} sphere", xlabel=r"$\log_{10}$ error rate of the sphere", xlim=(left, 0.05))
    furthest = min(axis.get_xlim()[0] for axis in panels)
    panels[0].set_ylim(0, 1.05 * _highest(record.arrays, furthest))
    panels[0].set_ylabel("mean Euclidean distance / radius\n(points in error count as 0)")
    handles = [*panels[0].get_legend_handles_labels()[0], *_network_handles(record)]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _lowest(arrays: Mapping[str, Any], side: int) -> float:
    """The smallest error rate, or limit of one, that is drawn."""
    unseen = arrays["error_rate_method"][side] == NONE_SEEN
    rate = np.where(unseen, arrays["log10_error_rate_high"][side] - 0.5, arrays["log10_error_rate"][side])
    return float(min([-1.0, *rate[np.isfinite(rate)]]))


def _highest(arrays: Mapping[str, Any], left: float) -> float:
    """The highest curve where a panel begins."""
    return max(float(np.interp(left, arrays["curve_log10_error_rate"], bound)) for bound in arrays["curve_bound"])


def _plot_runs(axis: Axes, arrays: Mapping[str, Any], side: int, network: str, dim: int, colour: str) -> None:
    unseen = arrays["error_rate_method"][side] == NONE_SEEN
    rate = np.where(unseen, arrays["log10_error_rate_high"][side], arrays["log10_error_rate"][side])
    shown = (arrays["network"] == network) & (arrays["dim"] == dim)
    shown &= np.isfinite(rate) & np.isfinite(arrays["mean_distance"][side])
    # Only what is shown: the difference of two infinities is no length.
    x, unseen = rate[shown], unseen[shown]
    low_rate, high_rate = (arrays[f"log10_error_rate_{end}"][side, shown] for end in ("low", "high"))
    mean, low, high = (arrays[f"mean_distance{end}"][side, shown] for end in ("", "_low", "_high"))
    left = np.where(unseen, 0.5, x - low_rate)  # an arrow's length where only a limit is known
    right = np.where(unseen, 0.0, high_rate - x)
    axis.errorbar(
        x,
        mean,
        yerr=np.abs(np.stack([low, high]) - mean),
        xerr=np.stack([left, right]),
        xuplims=unseen,
        ls="",
        marker=MARKERS[network],
        ms=4,
        mfc="white" if network == "relu" else colour,
        color=colour,
        elinewidth=0.8,
        capsize=1.5,
    )


def _network_handles(record: Record) -> list[Any]:
    from matplotlib.lines import Line2D

    words = {"quadratic": "quadratic network (exact)", "relu": "ReLU network (attack: an upper bound)"}
    faces = {"quadratic": BLACK, "relu": "white"}
    return [
        Line2D([], [], ls="", marker=MARKERS[name], color=BLACK, mfc=faces[name], ms=4, label=words[name])
        for name in record.values["config"]["networks"]
    ]


def caption(record: Record) -> str:
    """What was run, and how each axis is known."""
    config = record.values["config"]
    parts = [
        f"One marker for each of {len(record.values['cells'])} runs after {config['steps']:,} steps, in the colour of "
        "its dimension; no classifier can lie above the curve of its dimension."
    ]
    if "quadratic" in config["networks"]:
        parts.append(
            "Quadratic networks: exact error rates, and means of the exact distances of "
            f"{config['distance_samples']:,} points a sphere."
        )
    if "relu" in config["networks"]:
        parts.append(
            f"ReLU networks: error rates by counting among {config['monte_carlo_samples']:,} points or, where those "
            "show too few errors, by multilevel splitting; an arrow to the left where only an upper limit is known. "
            f"Their distances are upper bounds, from an attack on {config['attack_points']:,} points a sphere, so "
            "they may lie above the curve, and the true means below their bars."
        )
    return " ".join([*parts, f"Bars are {confidence_percent(config['confidence'])} intervals of each run by itself."])


EXHIBIT = Exhibit(
    {
        "error_rate_vs_distance": FigureSpec(
            "Error rate against mean distance",
            caption,
            error_rate_against_distance,
            "Two panels, inner and outer sphere: one marker a run, mean distance against log10 of the error "
            "rate, and the falling curve of the cap of each dimension.",
        )
    }
)
