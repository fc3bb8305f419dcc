"""Figures of a record: matplotlib, from the record alone, same record and versions, same bytes.

Colours are those of Okabe and Ito, which colour-blind readers can tell apart; curves differ in line style and
points in marker as well.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .numerics.files import write_atomically
from .numerics.records import Record, make_folder
from .theory.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("pdf", "svg", "png", "pgf")
BLACK, ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
SPHERE_STYLE: dict[str, dict[str, Any]] = {
    "inner": {"color": BLUE, "marker": "o"},
    "outer": {"color": VERMILION, "marker": "s"},
}
STYLE: dict[str, Any] = {
    "font.size": 9,
    "axes.titlesize": 9,
    "legend.fontsize": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.4,
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "svg.hashsalt": "adversarial-spheres",
    "pdf.fonttype": 42,
    "legend.frameon": False,
}


@dataclass(frozen=True)
class FigureSpec:
    """A figure that can be drawn from a record: its title, its caption and the function that draws it."""

    title: str
    caption: Callable[[Record], str]
    draw: Callable[[Record], Figure]


@contextmanager
def _style() -> Iterator[None]:
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        yield


def _new(width: float, height: float, columns: int = 1, **options: Any) -> tuple[Figure, list[Axes]]:
    """A figure without pyplot, so that nothing global is touched."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, columns, squeeze=False, **options)
    return figure, list(axes[0])


def spectrum(record: Record) -> Figure:
    """Histogram of the trained alphas with the band of correct values, and the number outside along training."""
    arrays, config = record.arrays, record.values["config"]
    low = 1.0 / config["outer_radius"] ** 2
    figure, (left, right) = _new(7.2, 2.9, 2)
    trained, printed = arrays["final_alphas"], arrays["paper_alphas"]
    top = max(trained.max(), printed.max())
    edges = np.linspace(0.0, 0.05 * np.ceil(top / 0.05), int(np.ceil(top / 0.05)) + 1)
    left.axvspan(low, 1.0, color=GREEN, alpha=0.18, lw=0, label="correct: $1/R^2$ to 1")
    left.hist(trained, edges, color=BLUE, alpha=0.75, label="trained here")
    left.hist(printed, edges, histtype="step", color=BLACK, lw=1.2, label="paper, figure 3 (left)")
    left.set(xlabel=r"coefficient $\alpha_i$ of the boundary ellipsoid", ylabel="number of coefficients")
    left.set_title("spectrum of the decision boundary")
    left.legend()
    step = arrays["history_step"]
    right.plot(step, arrays["history_alphas_outside"], color=BLUE, marker="o", ms=3)
    right.set_xscale("symlog", linthresh=1)
    right.set(xlabel="training step", ylabel="coefficients outside the band", ylim=(0, config["dim"] * 1.02))
    right.set_title(f"coefficients that cause errors, of {config['dim']}")
    return figure


def error_rate_against_distance(record: Record) -> Figure:
    """Mean distance to the nearest error against the error rate along training, with the limit for any classifier."""
    arrays = record.arrays
    figure, (axis,) = _new(6.4, 4.0)
    x = arrays["curve_log10_error_rate"]
    axis.plot(x, arrays["curve_exact_euclidean"], color=BLACK, label="cap: no set of this measure is farther away")
    axis.plot(
        x, arrays["curve_explicit"], color=GREEN, ls="--", label=r"explicit bound, $(z\Phi(z)+\varphi(z))/\sqrt{d-2}$"
    )
    axis.plot(
        x,
        arrays["curve_asymptotic"],
        color=PURPLE,
        ls=":",
        label=r"asymptote $\Phi^{-1}(1-\mu)/\sqrt{d}$ (not a bound)",
    )
    for sphere, style in SPHERE_STYLE.items():
        mean = arrays[f"history_mean_distance_{sphere}"]
        rate = arrays[f"history_log10_exact_{sphere}"]
        shown = np.isfinite(rate) & np.isfinite(mean)
        errors = np.abs(np.stack([arrays[f"history_mean_distance_{end}_{sphere}"] for end in ("low", "high")]) - mean)
        axis.errorbar(
            rate[shown], mean[shown], errors[:, shown], ls="-", lw=0.5, ms=4, capsize=1.5, elinewidth=0.8,
            markerfacecolor="white", label=f"{sphere} sphere along training, observed", **style,
        )  # fmt: skip
    axis.set(xlabel=r"$\log_{10}$ error rate $\mu$ of the sphere (exact)", xlim=(x.min(), x.max()), ylim=(0, None))
    axis.set_ylabel("mean distance to the nearest error / radius\n(Euclidean, points in error count as 0)")
    axis.legend(loc="upper right")
    return figure


def error_rates_along_training(record: Record) -> Figure:
    """Central-limit, exact and sampled error rates along training, one panel a sphere."""
    arrays, values = record.arrays, record.values
    figure, panels = _new(7.2, 3.2, 2, sharey=True)
    step = arrays["history_step"]
    samples = values["config"]["history_monte_carlo_samples"]
    for axis, sphere in zip(panels, SPHERE_STYLE, strict=True):
        axis.plot(step, arrays[f"history_log10_exact_{sphere}"], color=BLACK, label="exact")
        axis.plot(
            step, arrays[f"history_log10_clt_{sphere}"], color=ORANGE, ls="--", label="central limit estimate (paper)"
        )
        axis.plot(step, arrays[f"history_log10_chernoff_{sphere}"], color=SKY, ls="-.", label="Chernoff (upper bound)")
        low, mid, high = (arrays[f"history_monte_carlo_{part}_{sphere}"] for part in ("low", "estimate", "high"))
        seen = mid > 0
        with np.errstate(divide="ignore"):
            y = np.log10(mid[seen])
            bars = np.stack([y - np.log10(np.maximum(low[seen], 1e-300)), np.log10(high[seen]) - y])
        axis.errorbar(
            step[seen],
            y,
            bars,
            ls="",
            capsize=2,
            ms=4,
            mfc="white",
            label="Monte Carlo, Clopper–Pearson",
            **SPHERE_STYLE[sphere],
        )
        if np.any(~seen):
            axis.plot(
                step[~seen],
                np.log10(high[~seen]),
                ls="",
                marker="v",
                color=SPHERE_STYLE[sphere]["color"],
                ms=5,
                label=f"none in {samples:.0e} points: upper limit",
            )
        axis.set_xscale("symlog", linthresh=1)
        axis.set(xlabel="training step", title=f"{sphere} sphere")
    panels[0].set_ylabel(r"$\log_{10}$ error rate")
    panels[0].set_ylim(bottom=_nice_floor(arrays))
    for axis in panels:
        axis.legend(loc="lower left")
    return figure


def _nice_floor(arrays: Mapping[str, Any]) -> float:
    lowest = min(np.min(arrays[f"history_log10_{kind}_{s}"]) for kind in ("exact", "clt") for s in SPHERE_STYLE)
    return float(np.floor(lowest - 1.0))


def distance_histograms(record: Record) -> Figure:
    """Distances to the nearest error with their mean, its prediction and bounds, against the law of the cap."""
    arrays, values = record.arrays, record.values
    figure, panels = _new(7.2, 3.3, 2)
    for axis, sphere in zip(panels, SPHERE_STYLE, strict=True):
        found = values["spheres"][sphere]["distances"]["euclidean"]
        axis.set(title=f"{sphere} sphere", xlabel="Euclidean distance to the nearest error", ylabel="density")
        if found["no_errors"]:
            axis.text(0.5, 0.5, "no errors to be near", transform=axis.transAxes, ha="center")
            continue
        edges, counts = arrays[f"distance_edges_{sphere}"], arrays[f"distance_counts_{sphere}"]
        widths = np.diff(edges)
        axis.stairs(
            counts / counts.sum() / widths,
            edges,
            fill=True,
            color=SPHERE_STYLE[sphere]["color"],
            alpha=0.45,
            label="observed (exact)",
        )
        survival = arrays[f"cap_survival_{sphere}"]
        axis.plot(
            (edges[:-1] + edges[1:]) / 2, -np.diff(survival) / widths, color=BLACK, label="cap of the same measure"
        )
        lines = (
            (found["observed"]["mean"], SPHERE_STYLE[sphere]["color"], "-", "observed mean"),
            (found["predicted"]["point"], ORANGE, "--", "predicted mean"),
            (found["predicted"]["lower"], GREEN, ":", "lower bound on the mean"),
            (found["predicted"]["upper"], PURPLE, "-.", "isoperimetric bound on the mean"),
        )
        for x, colour, dashes, label in lines:
            axis.axvline(x, color=colour, ls=dashes, label=f"{label} {x:.4f}")
        axis.set_ylim(0, axis.get_ylim()[1] * 1.75)
        axis.legend(loc="upper left", ncols=1)
    return figure


def _caption_spectrum(record: Record) -> str:
    config, training = record.values["config"], record.values["training"]
    return (
        f"Left: the {config['dim']} coefficients of the boundary ellipsoid after {training['steps']:,} steps (filled), "
        "and those of the paper's network, read off its published histogram to a bin width of 0.0392 (outline). "
        "A coefficient above 1 causes errors on the inner sphere, one below 1/R² on the outer sphere. "
        "Right: how many lie outside the band along training."
    )


def _caption_distance(record: Record) -> str:
    config = record.values["config"]
    return (
        "One marker for each logged training step and sphere: exact error rate, and mean exact distance of "
        f"{config['history_samples']:,} points in units of the sphere's radius; bars are {config['confidence']:.0%} "
        f"intervals of each step by itself. No classifier can lie above the solid curve (d = {config['dim']}). "
        "The asymptote that the paper draws crosses that curve and is not a bound."
    )


def _caption_rates(record: Record) -> str:
    config = record.values["config"]
    return (
        "The exact error rate is the tail of a weighted sum of chi-squares. The central limit estimate follows it in "
        "the middle and leaves it in the tail. Monte Carlo uses "
        f"{config['history_monte_carlo_samples']:,} points a sphere, the same points at every step; bars are "
        f"{config['confidence']:.0%} intervals of each step by itself."
    )


def _caption_histogram(record: Record) -> str:
    config = record.values["config"]
    return (
        f"Exact distances of {config['distance_samples']:,} points a sphere to the nearest error of the "
        "trained network (points in error count as 0). Black: the law for a cap of the same measure, which is "
        "stochastically the largest that any error set of this measure can have."
    )


FIGURES: Mapping[str, Mapping[str, FigureSpec]] = {
    "quadratic-network": {
        "alphas": FigureSpec("Spectrum of the alphas", _caption_spectrum, spectrum),
        "error_rate_vs_distance": FigureSpec(
            "Error rate against mean distance", _caption_distance, error_rate_against_distance
        ),
        "error_rates": FigureSpec("Error rates along training", _caption_rates, error_rates_along_training),
        "distances": FigureSpec("Distances to the nearest error", _caption_histogram, distance_histograms),
    }
}


def figures_of(record: Record) -> Mapping[str, FigureSpec]:
    """The figures that a record of this kind has."""
    if record.kind not in FIGURES:
        raise InvalidArgumentError("record", record.kind, f"of a kind that has figures ({', '.join(FIGURES)})")
    return FIGURES[record.kind]


def check_formats(formats: Iterable[str]) -> list[str]:
    """Return names of figure formats."""
    names = [name.strip().lower() for name in formats]
    for name in names:
        if name not in FORMATS:
            raise InvalidArgumentError("format", name, f"one of {', '.join(FORMATS)}")
    return names


def render(spec: FigureSpec, record: Record, file_format: str) -> bytes:
    """Draw one figure and return the file's bytes: the same for the same record and versions."""
    check_formats([file_format])
    dateless: dict[str, dict[str, Any]] = {
        "svg": {"Date": None, "Creator": "adversarial-spheres"},
        "pdf": {"CreationDate": None, "Creator": "adversarial-spheres"},
        "png": {"Software": "adversarial-spheres"},
        "pgf": {},
    }
    buffer = io.BytesIO()
    with _style():
        figure = spec.draw(record)
        try:
            figure.savefig(buffer, format=file_format, metadata=dateless[file_format] or None)
        except (RuntimeError, FileNotFoundError) as error:
            if file_format != "pgf":
                raise
            raise InvalidArgumentError("format", "pgf", "another one where no LaTeX is installed") from error
    return buffer.getvalue()


def save_figures(record: Record, folder: str | Path, formats: Iterable[str] = ("pdf", "svg", "png")) -> list[Path]:
    """Draw every figure of a record in every format; returns the paths."""
    target = Path(folder)
    make_folder(target)
    paths = []
    wanted = check_formats(formats)
    for name, spec in figures_of(record).items():
        for file_format in wanted:
            path = target / f"{name}.{file_format}"
            write_atomically(path, render(spec, record, file_format))
            paths.append(path)
    return paths
