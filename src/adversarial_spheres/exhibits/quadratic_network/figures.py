"""Figures of the main experiment, and of the paper's own network, with their captions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numerics.distances.measurement import DistanceHistogram
from ...numerics.storage.records import Record
from ...plotting.alphas import plot_alphas
from ...plotting.distances import draw_distances, no_errors
from ...rendering.formatting import superscript
from ...theory.basics.rounded_text import confidence_percent
from ...theory.basics.validation import FloatArray
from ..style import (
    BLACK,
    BLUE,
    COLOURS,
    DASHES,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    SPHERE_STYLE,
    VERMILION,
    FigureSpec,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAPER_BIN_WIDTH = 0.0392  # of the published histogram of alphas
LEAST_LOG10_GAP = -6
"""Decimal logarithm of where the axis of the gaps between prediction and lower bound begins: less is not told apart."""


def spectrum(record: Record) -> Figure:
    """Histogram of the trained alphas with the band of correct values, and the number outside along training."""
    arrays, config = record.arrays, record.values["config"]
    figure, (left, right) = new_figure(7.2, 2.9, 2)
    trained, printed = arrays["final_alphas"], arrays["paper_alphas"]
    top, bottom = max(trained.max(), printed.max()), min(trained.min(), 0.0)
    first, last = np.floor(bottom / PAPER_BIN_WIDTH), np.ceil(top / PAPER_BIN_WIDTH)
    edges = (PAPER_BIN_WIDTH * np.arange(first, last + 1)).tolist()  # the published histogram's own bins
    here: dict[str, Any] = {"color": BLUE, "alpha": 0.75, "label": "trained here"}
    plot_alphas(left, trained, outer_radius=config["outer_radius"], bins=edges, band=GREEN, **here)
    left.hist(printed, edges, histtype="step", color=BLACK, lw=1.2, label="paper, figure 3 (left)")
    left.set_title("spectrum of the decision boundary")
    left.legend(loc="best")
    step, outside = arrays["history_step"], arrays["history_alphas_outside"].astype(float)
    outside[outside < 0] = np.nan  # no boundary at that step
    right.plot(step, outside, color=BLUE, marker="o", ms=3)
    right.set_xscale("symlog", linthresh=1)
    right.set(xlabel="training step", ylabel="coefficients outside the band", ylim=(0, config["dim"] * 1.02))
    right.set_title(f"coefficients that cause errors, of {config['dim']}")
    return figure


def error_rate_against_distance(record: Record) -> Figure:
    """Mean distance to the nearest error against the error rate along training, with the limit for any classifier."""
    arrays = record.arrays
    figure, (axis, ratios) = new_figure(7.2, 3.9, 2, width_ratios=(1.9, 1.0))
    x, exact = arrays["curve_log10_error_rate"], arrays["curve_exact_euclidean"]
    companions = (
        ("curve_explicit", GREEN, "--", "explicit bound (zΦ(z) + φ(z))/√(d − 2)"),
        ("curve_asymptotic", PURPLE, ":", "asymptote Φ⁻¹(1 − µ)/√d, not a bound"),
    )
    axis.plot(x, exact, color=BLACK, label="exact bound: the cap of this measure")
    if "curve_even_euclidean" in arrays:
        even = arrays["curve_even_euclidean"]
        axis.plot(x, even, color=BLACK, ls="-.", label="bound for even error sets, as quadratic networks have")
    ratios.axhline(1.0, color=BLACK)
    for name, colour, dashes, label in companions:
        axis.plot(x, arrays[name], color=colour, ls=dashes, label=label)
        ratios.plot(x, arrays[name] / exact, color=colour, ls=dashes, lw=2)
    for side, (sphere, style) in enumerate(SPHERE_STYLE.items()):
        _plot_history(axis, arrays, side, {**style, "label": f"{sphere} sphere along training, observed"})
    axis.set(xlabel=r"$\log_{10}$ error rate $\mu$ of the sphere (exact)", xlim=(x.min(), x.max()), ylim=(0, None))
    axis.set_ylabel("mean Euclidean distance / radius\n(points in error count as 0)")
    ratios.set(xlabel=r"$\log_{10}$ error rate $\mu$", ylabel="ratio to the exact bound", xlim=(x.min(), x.max()))
    ratios.set_ylim(0.9, 1.05)
    ratios.set_title("which curves are bounds")
    ratios.text(x.min() + 0.5, 0.95, "below 1: not a bound")
    axis.plot([], [], ls="", marker="*", ms=9, color="0.4", label="end of training; arrows show its direction")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _plot_history(axis: Axes, arrays: Mapping[str, Any], side: int, style: Mapping[str, Any]) -> None:
    mean, rate = arrays["history_mean_distance"][side], arrays["history_log10_exact"][side]
    shown = np.isfinite(rate) & np.isfinite(mean)
    ends = np.stack([arrays[f"history_mean_distance_{end}"][side] for end in ("low", "high")])
    axis.errorbar(
        rate[shown],
        mean[shown],
        np.abs(ends - mean)[:, shown],
        ls="-",
        lw=0.5,
        ms=4,
        capsize=1.5,
        elinewidth=0.8,
        markerfacecolor="white",
        **style,
    )
    _mark_direction(axis, rate[shown], mean[shown], style["color"])


def _mark_direction(axis: Axes, x: FloatArray, y: FloatArray, colour: str) -> None:
    """The last point filled, and an arrowhead on the longest way between two points: so training goes."""
    if len(x) < 2:
        return
    axis.plot(x[-1], y[-1], ls="", marker="*", ms=11, color=colour, mec="white", mew=0.5, zorder=4)
    longest = int(np.argmax(np.diff(x) ** 2))
    middle = (x[longest] + x[longest + 1]) / 2, (y[longest] + y[longest + 1]) / 2
    arrow = {"arrowstyle": "-|>", "color": colour, "mutation_scale": 11}
    axis.annotate("", middle, (x[longest], y[longest]), arrowprops=arrow)


def error_rates_along_training(record: Record) -> Figure:
    """Central-limit, exact and sampled error rates along training, one panel a sphere."""
    arrays, config = record.arrays, record.values["config"]
    figure, panels = new_figure(7.2, 3.6, 2, sharey=True)
    step = arrays["history_step"]
    curves = (
        ("exact", BLACK, "-", "exact"),
        ("clt", ORANGE, "--", "central limit estimate (the paper's)"),
        ("chernoff", SKY, "-.", "Chernoff, an upper bound"),
    )
    for side, (axis, sphere) in enumerate(zip(panels, SPHERE_STYLE, strict=True)):
        for name, colour, dashes, label in curves:
            axis.plot(step, arrays[f"history_log10_{name}"][side], color=colour, ls=dashes, label=label)
        _plot_monte_carlo(axis, arrays, side)
        axis.set_xscale("symlog", linthresh=1)
        axis.set(xlabel="training step", title=f"{sphere} sphere")
    lowest = min(np.min(arrays[f"history_log10_{kind}"]) for kind in ("exact", "clt"))
    panels[0].set(ylabel=r"$\log_{10}$ error rate", ylim=(max(float(np.floor(lowest - 1.0)), -60.0), 0.8))
    handles = [
        *panels[0].get_legend_handles_labels()[0][: len(curves)],
        _marker("o", "white", "Monte Carlo with Clopper–Pearson interval"),
        _marker("v", VERMILION, f"none in {config['history_monte_carlo_samples']:,} points: upper limit"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _marker(marker: str, face: str, label: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], ls="", marker=marker, ms=5, color=VERMILION, mfc=face, label=label)


def _plot_monte_carlo(axis: Axes, arrays: Mapping[str, Any], side: int) -> None:
    step = arrays["history_step"]
    low, mid, high = (arrays[f"history_monte_carlo_{part}"][side] for part in ("low", "estimate", "high"))
    seen = mid > 0
    y = np.log10(mid[seen])
    bars = np.stack([y - np.log10(low[seen]), np.log10(high[seen]) - y])
    axis.errorbar(step[seen], y, bars, ls="", capsize=2, marker="o", ms=4, mfc="white", color=VERMILION)
    axis.plot(step[~seen], np.log10(high[~seen]), ls="", marker="v", color=VERMILION, ms=4)


def distance_histograms(record: Record) -> Figure:
    """Distances to the nearest error with their mean, its prediction and bounds, against the law of the cap."""
    figure, panels = new_figure(7.2, 4.1, 2)
    for side, (axis, sphere) in enumerate(zip(panels, SPHERE_STYLE, strict=True)):
        axis.set(title=f"{sphere} sphere", xlabel="Euclidean distance to the nearest error", ylabel="density")
        found = record.values["spheres"][sphere]["distances"]["euclidean"]
        if found["no_errors"]:
            no_errors(axis)
        else:
            _plot_distances(axis, record.arrays, side, found)
    return figure


def _plot_distances(axis: Axes, arrays: Mapping[str, Any], side: int, found: Mapping[str, Any]) -> None:
    names = ("distance_edges", "distance_counts", "cap_survival")
    histogram = DistanceHistogram(*(arrays[name][side] for name in names))
    known = found["predicted"]  # older records have no limit for even error sets
    means = (found["observed"]["mean"], *(known[x] for x in ("point", "lower", "upper", "even_limit") if x in known))
    draw_distances(axis, histogram, means, (SPHERE_STYLE[found["sphere"]]["color"], ORANGE, GREEN, PURPLE, BLACK))
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2))


def scale(record: Record) -> Figure:
    """Distances of random points to their nearest error, and to each other, on one axis: what "near" means."""
    arrays, dim = record.arrays, record.values["config"]["dim"]
    figure, (axis,) = new_figure(4.2, 3.1)
    apart = np.linspace(0.001, 1.999, 667)
    law = np.exp((dim - 2) * np.log(apart) + (dim - 3) / 2 * np.log1p(-(apart**2) / 4))
    axis.fill_between(apart, law / law.max(), color="0.6", lw=0, label="between two random points (exact)")
    for side, (sphere, style) in enumerate(SPHERE_STYLE.items()):
        found = record.values["spheres"][sphere]["distances"]["euclidean"]
        if not found["no_errors"]:
            edges, counts = arrays["distance_edges"][side] / found["radius"], arrays["distance_counts"][side]
            label = f"{sphere} sphere: to the nearest error"
            axis.stairs(counts / counts.max(), edges, fill=True, color=style["color"], alpha=0.55, label=label)
            limit = found["predicted"]["upper"] / found["radius"]
            axis.axvline(
                limit, color=style["color"], ls=(0, (2, 2)), label=f"{sphere} sphere: limit of the mean, any classifier"
            )
    axis.set(xlim=(0, 1.6), ylim=(0, 1.15), yticks=[], xlabel="Euclidean distance / radius")
    axis.set_ylabel("frequency, scaled")
    figure.legend(loc="outside lower center", ncols=1)
    return figure


def caption_scale(record: Record) -> str:
    """Caption of the figure of scales."""
    config = record.values["config"]
    return (
        f"How far {config['distance_samples']:,} random points of each sphere are from the nearest error of the "
        "trained network (exact distances), and how far random points of a sphere are from each other "
        f"(d = {config['dim']}), in units of the sphere's radius; each scaled to the same height. Dashed: the most "
        "that the mean can be for any classifier of the same error rate."
    )


def caption_spectrum(record: Record) -> str:
    """Caption of the spectrum."""
    config, training = record.values["config"], record.values["training"]
    return (
        f"Left: the {config['dim']} coefficients of the boundary ellipsoid after {training['steps']:,} steps (filled), "
        "and those of the paper's network, read off its published histogram to a bin width of 0.0392 (outline). "
        "A coefficient above 1 causes errors on the inner sphere, one below 1/R² on the outer sphere. "
        "Right: how many lie outside the band along training."
    )


def caption_distance(record: Record) -> str:
    """Caption of the figure of error rate against distance."""
    config = record.values["config"]
    even = "No quadratic network can lie above the dash-dotted one: its error set is even, and the cap is not. "
    return (
        "One marker for each logged training step and sphere: exact error rate, and mean exact distance of "
        f"{config['history_samples']:,} points in units of the sphere's radius; bars are "
        f"{confidence_percent(config['confidence'])} "
        f"intervals of each step by itself. Training goes along the arrows, the star is its end. No "
        f"classifier can lie above the solid curve (d = {config['dim']}). "
        f"{even if 'curve_even_euclidean' in record.arrays else ''}"
        "Right: the explicit bound stays above the exact one; the asymptote that the paper draws falls below it."
    )


def caption_rates(record: Record) -> str:
    """Caption of the figure of error rates."""
    config = record.values["config"]
    return (
        "The exact error rate is the tail of a weighted sum of chi-squares. The central limit estimate follows it in "
        "the middle and leaves it in the tail. Monte Carlo uses "
        f"{config['history_monte_carlo_samples']:,} points a sphere, the same points at every step; bars are "
        f"{confidence_percent(config['confidence'])} intervals of each step by itself."
    )


def caption_histogram(record: Record) -> str:
    """Caption of the histograms of distances."""
    config = record.values["config"]
    return (
        f"Exact distances of {config['distance_samples']:,} points a sphere to the nearest error of the "
        "trained network, in units of the inner radius (points in error count as 0). Shaded: between the proved lower "
        "bound and the isoperimetric bound on the mean. Black: the law for a cap of the same measure, which is "
        "stochastically the largest that any error set of this measure can have."
    )


def predicted_against_observed(record: Record) -> Figure:
    """Parity of predicted and observed mean distances along training, their difference, and how low the bound is."""
    arrays = record.arrays
    figure, (parity, difference, below) = new_figure(8.4, 3.0, 3)
    for side, (sphere, style) in enumerate(SPHERE_STYLE.items()):
        seen, low, high = (arrays[f"history_mean_distance{end}"][side] for end in ("", "_low", "_high"))
        predicted, lower = arrays["history_predicted"][side], arrays["history_predicted_low"][side]
        bars = np.abs(np.stack([low, high]) - seen)
        points = {"ls": "", "ms": 4, "mfc": "white", "elinewidth": 0.8, **style}
        parity.errorbar(predicted, seen, bars, label=f"{sphere} sphere", **points)
        difference.errorbar(predicted, seen - predicted, bars, capsize=1.5, **points)
        below.plot(predicted, np.maximum(predicted - lower, 10.0**LEAST_LOG10_GAP), ls="", ms=4, mfc="white", **style)
    top = parity.get_xlim()[1]
    parity.plot([0, top], [0, top], color=BLACK, lw=0.8, label="equal")
    parity.set(title="observed")
    parity.legend(loc="upper left")
    difference.axhline(0, color=BLACK, lw=0.8)
    difference.set(title="observed less predicted")
    below.set(title="predicted less proved lower bound", yscale="log")
    for panel in (parity, difference, below):
        panel.set(xlabel="predicted mean distance / radius")
    parity.set(ylabel="mean distance / radius (Euclidean)")
    return figure


def caption_prediction(record: Record) -> str:
    """Caption of the parity figure."""
    config = record.values["config"]
    return (
        "Mean Euclidean distance to the nearest error at each logged training step: predicted from the coefficients "
        f"without a sample, and observed on {config['history_samples']:,} points, with "
        f"{confidence_percent(config['confidence'])} "
        "intervals, in units of the sphere's radius. Middle: their difference. Right: how far the proved lower "
        f"bound on the mean is below the prediction; what is less than 10{superscript(LEAST_LOG10_GAP)} is drawn there."
    )


def hidden_units(record: Record) -> Figure:
    """Share of hidden units of the dimension that a quadratic network needs, against its error rate."""
    arrays = record.arrays
    figure, (axis,) = new_figure(5.4, 3.7)
    dims, share = arrays["hidden_dims"], arrays["hidden_share"]
    for dim, row, colour, dash in zip(dims, share, COLOURS, DASHES, strict=False):
        axis.plot(arrays["hidden_log10_error_rate"], row, color=colour, ls=dash, label=f"d = {dim:,}")
    axis.set(xlabel=r"$\log_{10}$ error rate, mean of both spheres", ylabel="hidden units / dimension", ylim=(0, 1.02))
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def caption_hidden_units(record: Record) -> str:
    """Caption of the figure of hidden units."""
    return (
        "Hidden units that suffice for a mean error rate of both spheres, as a share of the dimension. With fewer "
        "units than dimensions some coefficients are 0, so errors exist for certain; yet their measure can be tiny. "
        "The share is the least among networks of equal coefficients, an upper bound on the least of all "
        f"(R = {record.values['config']['outer_radius']})."
    )


FIGURES = {
    "scale": FigureSpec(
        "How near the errors are",
        caption_scale,
        scale,
        "One axis of distances in units of the radius. Two narrow hills on the left: from random points to the nearest "
        "error, with a dashed line a little further right each, the limit of the mean for any classifier. A grey hill "
        "far to the right, about the root of 2: from one random point to another.",
    ),
    "alphas": FigureSpec(
        "Spectrum of the alphas",
        caption_spectrum,
        spectrum,
        "Left: histogram of the trained coefficients, the outline of the paper's own, and the shaded band "
        "from 1/R² to 1 where a coefficient causes no error; many lie on either side of it. Right: how "
        "many are outside along training.",
    ),
    "error_rate_vs_distance": FigureSpec(
        "Error rate against mean distance",
        caption_distance,
        error_rate_against_distance,
        "Left: mean distance against log10 of the error rate. The markers of both spheres along training, "
        "with an arrow and a star at their end, lie below the solid curve, the limit for any classifier. "
        "Right: the explicit bound and the asymptote as shares of the exact one; the asymptote falls "
        "below 1 at large error rates.",
    ),
    "error_rates": FigureSpec(
        "Error rates along training",
        caption_rates,
        error_rates_along_training,
        "Two panels, inner and outer sphere: log10 of the exact error rate against the training step, "
        "with the central limit estimate, the Chernoff bound above it, and what counting sees: markers, "
        "or triangles at its limit where it sees no error.",
    ),
    "distances": FigureSpec(
        "Distances to the nearest error",
        caption_histogram,
        distance_histograms,
        "Two panels, inner and outer sphere: histogram of the distances, the black curve of the cap "
        "further right, the observed mean as a line under the triangle of the predicted one, and the "
        "range between the proved bounds on the mean shaded.",
    ),
    "prediction": FigureSpec(
        "Predicted against observed",
        caption_prediction,
        predicted_against_observed,
        "Three panels against the predicted mean distance. Left: the observed means lie on the diagonal. "
        "Middle: their differences scatter about 0 within their bars. Right, on a logarithmic axis: how "
        "far the proved lower bound is below the prediction.",
    ),
    "hidden_units": FigureSpec(
        "Hidden units needed",
        caption_hidden_units,
        hidden_units,
        "Hidden units over dimension against log10 of the error rate, one falling curve a dimension, "
        "lower for larger ones.",
    ),
}
