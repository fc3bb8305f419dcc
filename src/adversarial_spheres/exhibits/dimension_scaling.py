"""Distance against the dimension: figures, text and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numerics.storage.records import Record
from ..rendering.formatting import NONE, SPHERES, number, rate
from ..rendering.latex import Table
from ..theory.basics.rounded_text import confidence_percent
from ..theory.basics.validation import FloatArray
from .style import BLACK, COLOURS, DASHES, SPHERE_STYLE, Exhibit, FigureSpec, new_figure, set_dimension_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = "osD^vP"


def power(log10: float) -> str:
    """10 to this power, in mathematical type."""
    return f"$10^{{{log10:g}}}$"


def distance_against_dimension(record: Record) -> Figure:
    """Mean distance to a cap against the dimension, and sqrt(d) times it with its limits."""
    arrays = record.arrays
    figure, (plain, scaled) = new_figure(7.4, 4.3, 2)
    dims, root = arrays["dims"], np.sqrt(arrays["dims"])
    for i, (log10, colour) in enumerate(zip(arrays["log10_error_rate"], _colours(arrays), strict=True)):
        exact: dict[str, Any] = {
            "color": colour,
            "marker": MARKERS[i % len(MARKERS)],
            "ms": 3.5,
            "markevery": (5 * i, 20),
        }
        plain.plot(dims, arrays["exact_euclidean"][i], label=f"cap, exact: $\\mu =$ {power(log10)}", **exact)
        for axis, factor in ((plain, 1.0), (scaled, root)):
            axis.plot(dims, factor * arrays["explicit"][i], color=colour, ls=DASHES[1], lw=0.9)
            axis.plot(dims, factor * arrays["asymptote"][i], color=colour, ls=DASHES[3], lw=0.9)
        scaled.plot(dims, root * arrays["exact_geodesic"][i], **exact)
        scaled.plot(dims[-1] * 2.2, arrays["limit"][i], ls="", marker="<", ms=5, color=colour, clip_on=False)
    paper = record.values["paper"]
    style: dict[str, Any] = {"ls": "", "marker": "X", "ms": 6, "color": BLACK, "zorder": 5}
    plain.plot(
        [r["dim"] for r in paper], [r["paper"] for r in paper], label=r"printed in the paper, $10^{-2}$", **style
    )
    for label, dash in (("explicit bound (zΦ(z) + φ(z))/√(d − 2)", 1), ("asymptote z/√d", 3)):
        plain.plot([], [], color=BLACK, ls=DASHES[dash], lw=0.9, label=label)
    plain.plot([], [], ls="", marker="<", color=BLACK, label="limit zΦ(z) + φ(z) of the exact curve")
    plain.set(xscale="log", yscale="log", xlabel="dimension $d$", ylabel="mean Euclidean distance to the error set")
    plain.set_ylim(top=3.0)
    scaled.set(xscale="log", xlabel="dimension $d$", ylabel="√d × mean geodesic distance")
    scaled.set_ylim(0.0, 1.25 * float(arrays["limit"].max()))
    figure.legend(*plain.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _colours(arrays: Mapping[str, Any]) -> list[str]:
    return [COLOURS[1 + i % (len(COLOURS) - 1)] for i in range(len(arrays["log10_error_rate"]))]


def trained_networks(record: Record) -> Figure:
    """Trained networks, stopped at a target error rate, against the cap of their own error rate."""
    figure, (plain, share) = new_figure(7.4, 3.9, 2)
    rows = [row for row in record.values["trained"] if row["reached"]]
    targets = sorted({row["target"] for row in rows}, reverse=True)
    groups = [(sphere, target) for sphere in SPHERE_STYLE for target in targets]
    for index, (sphere, target) in enumerate(groups):
        chosen = [row for row in rows if row["target"] == target and row[f"mean_distance_{sphere}"] is not None]
        style = SPHERE_STYLE[sphere]
        face = _faces(style["color"], len(targets))[targets.index(target)]
        label = f"{sphere} sphere, stopped below {power(np.log10(target))}"
        aside = 1.05 ** (index - 0.5 * (len(groups) - 1))  # side by side, not one on the other
        if chosen:
            _plot_trained(plain, share, _columns(chosen, sphere), aside, {**style, "mfc": face, "label": label})
    share.axhline(1.0, color=BLACK)
    plain.plot([], [], ls="", marker="_", ms=9, mew=1.5, color=BLACK, label="limit: the cap of the same error rate")
    for axis in (plain, share):
        set_dimension_axis(axis, [row["dim"] for row in rows])
    plain.set(ylabel="mean distance to the\nnearest error / radius", ylim=(0.0, None))
    share.set(ylabel="mean distance / that of the cap", ylim=(0.0, 1.1))
    figure.legend(*plain.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _faces(colour: str, count: int) -> list[str]:
    """Marker faces that tell targets apart: open, then filled in ever darker tints."""
    from matplotlib.colors import to_hex, to_rgb

    shades = np.linspace(0.0, 1.0, max(count, 2))[:count]
    return [to_hex((1.0 - shade) * np.ones(3) + shade * np.array(to_rgb(colour))) for shade in shades]


def _columns(rows: list[Mapping[str, Any]], sphere: str) -> dict[str, FloatArray]:
    names = ("mean_distance", "mean_distance_low", "mean_distance_high", "bound")
    columns = {name: np.array([row[f"{name}_{sphere}"] for row in rows]) for name in names}
    return {"dim": np.array([row["dim"] for row in rows], dtype=np.float64), **columns}


def _plot_trained(
    plain: Axes, share: Axes, columns: Mapping[str, FloatArray], aside: float, style: dict[str, Any]
) -> None:
    mean, bound = columns["mean_distance"], columns["bound"]
    bars = np.stack([mean - columns["mean_distance_low"], columns["mean_distance_high"] - mean])
    points: dict[str, Any] = {"ls": "", "ms": 4.5, "elinewidth": 0.8, "capsize": 1.5, **style}
    place = aside * columns["dim"]
    plain.errorbar(place, mean, bars, **points)
    plain.plot(place, bound, ls="", marker="_", ms=9, mew=1.5, color=BLACK)
    share.errorbar(place, mean / bound, bars / bound, **points)


def caption_curves(record: Record) -> str:
    """Caption of the curves."""
    first = record.values["paper"][0]
    return (
        "Left: the mean distance from a random point to a cap of measure µ: no classifier of error rate µ is farther "
        "from its errors (solid, exact). Crosses: what the paper's figure prints for µ = 0.01; its "
        f"{first['paper']:g} at d = {first['dim']} is the chord from the equator to the edge of the cap, the median "
        f"{first['cap_median']:.3f}, while the mean is {first['cap_mean']:.3f}. "
        "Right: at a fixed error rate √d times the mean geodesic distance tends to zΦ(z) + φ(z), z = Φ⁻¹(1 − µ) "
        "(arrowheads), not to z: the asymptote z/√d is below the exact curve at large µ, above it at small, and is no "
        "bound. Dashed: the explicit bound."
    )


def caption_trained(record: Record) -> str:
    """Caption of the trained networks."""
    config = record.values["config"]
    missed = sum(not row["reached"] for row in record.values["trained"])
    left_out = f" {missed} networks that did not reach their target are left out." if missed else ""
    return (
        f"Quadratic networks with {config['units_a_dim']} hidden units a dimension, trained on fresh points (batch 50, "
        f"learning rate {config['learning_rate']:g}) until the exact error rates of both spheres were below the target "
        f"(tested every {config['check_every']} steps). Exact distances of {config['distance_samples']:,} points a "
        "sphere, Euclidean, points in error counting as 0; bars are "
        f"{confidence_percent(config['confidence'])} intervals. Dashes on "
        "the left: the cap of the very same exact error rate; right: the share of it that the network reaches."
        f"{left_out}"
    )


def text(record: Record) -> list[str]:
    """What was seen."""
    limits, trained = record.values["limits"], record.values["trained"]
    row = limits[0]
    shares = [found[f"share_of_bound_{s}"] for found in trained for s in SPHERES]
    known = [share for share in shares if share is not None]
    return [
        f"At a fixed error rate the farthest that errors can be shrinks like 1/√d. At an error rate of "
        f"{rate(row['log10_error_rate'])} √d times the bound is {number(row['scaled_at_largest_dim'])} at the largest "
        f"dimension drawn; its limit is {number(row['limit'])}, not the {number(row['asymptote'])} of the asymptote "
        "that the paper draws.",
        f"{len(trained)} quadratic networks, stopped as soon as both exact error rates are below a target, come to "
        f"between {min(known):.0%} and {max(known):.0%} of the bound of their own error rate."
        if known
        else "No trained network has an error.",
    ]


def tables(record: Record) -> list[Table]:
    """The paper's numbers, the limits, and the trained networks."""
    values = record.values
    paper = [
        [f"{row['dim']:,}", *(number(row[name], 3) for name in ("paper", "cap_median", "cap_mean", "asymptote"))]
        for row in values["paper"]
    ]
    limits = [
        [
            rate(row["log10_error_rate"]),
            *(number(row[name], 5) for name in ("scaled_at_largest_dim", "limit", "asymptote")),
        ]
        for row in values["limits"]
    ]
    trained = [
        [f"{row['dim']:,}", f"{row['target']:g}", f"{row['steps']:,}", "yes" if row["reached"] else "no"]
        + [
            NONE
            if row[f"share_of_bound_{s}"] is None
            else f"{number(row[f'mean_distance_{s}'], 3)} of {number(row[f'bound_{s}'], 3, 1)}"
            for s in SPHERES
        ]
        for row in values["trained"]
    ]
    return [
        Table(
            "paper",
            "The numbers in the paper's figure at an error rate of 0.01, and the exact median (chord from the equator "
            "to the edge of the cap) and mean of the distance to a cap of that measure, unit sphere.",
            ["dimension", "paper", "median", "mean", "asymptote"],
            paper,
        ),
        Table(
            "limits",
            "√d times the geodesic bound at the largest dimension drawn, its limit, and the asymptote's.",
            ["error rate", "√d × bound", "limit", "asymptote"],
            limits,
        ),
        Table(
            "trained",
            "Quadratic networks stopped at a target error rate: mean distance to the nearest error (exact distances "
            "of a "
            "sample) and the bound at their own exact error rate, both in units of the radius.",
            ["dimension", "target", "steps", "reached", "inner, of bound", "outer, of bound"],
            trained,
        ),
    ]


EXHIBIT = Exhibit(
    {
        "distance_against_dimension": FigureSpec(
            "Distance against dimension",
            caption_curves,
            distance_against_dimension,
            "Left: mean distances to a cap against the dimension on logarithmic axes, one nearly straight "
            "falling line an error rate; crosses mark what the paper prints. Right: the same times the "
            "root of the dimension: each curve levels off at its limit, marked by a triangle.",
        ),
        "trained_networks": FigureSpec(
            "Trained networks against dimension",
            caption_trained,
            trained_networks,
            "Left: mean distances of trained networks by dimension, each below the dash of the cap of its "
            "own error rate. Right: the same as shares of that cap, below the line at 1.",
        ),
    },
    text,
    tables,
)
