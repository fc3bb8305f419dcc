"""Slices of a decision: figures, text and table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numerics.storage.records import Record
from ..rendering.formatting import NONE, SPHERES, rate
from ..rendering.latex import Table
from ..theory.basics.validation import FloatArray
from .style import BLACK, SPHERE_STYLE, Exhibit, FigureSpec, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = {"relu": "ReLU", "quadratic": "quadratic"}
PLANES = {
    "random_random": "two random directions",
    "adversarial_random": "adversarial and random",
    "adversarial_adversarial": "two adversarial points",
}
PLANE_TITLES = PLANES | {"adversarial_random": "adversarial, random"}
REGIONS = ("#D5E8F5", "#F9E3B4")
"""Light blue where the network says inner, light orange where it says outer."""

WRONG = {
    "inner": {"color": SPHERE_STYLE["inner"]["color"], "lw": 3.0},
    "outer": {"color": SPHERE_STYLE["outer"]["color"], "lw": 3.0},
}
ZOOM = 0.2
"""Half the side of the enlarged square, in inner radii."""


def slices(record: Record, network: str) -> Figure:
    """The three planes and an enlargement about an adversarial point."""
    figure, panels = new_figure(9.6, 3.1, len(PLANE_TITLES) + 1)
    figure.set_layout_engine("compressed")  # equal scales leave room that the panels can share
    cut = {plane["name"] for plane in record.values["networks"][network]["planes"]}
    for axis, (plane, title) in zip(panels, PLANE_TITLES.items(), strict=False):
        axis.set_title(title)
        _plot_plane(axis, record, network, plane if plane in cut else None)
    enlarged = "adversarial_random" if "adversarial_random" in cut else None
    panels[-1].set_title("the second plane, enlarged")
    _plot_plane(panels[-1], record, network, enlarged)
    if enlarged is not None:
        s, t = record.arrays[f"{network}_{enlarged}_marks"][0]
        panels[-1].set(xlim=(s - ZOOM, s + ZOOM), ylim=(t - ZOOM, t + ZOOM))
    figure.legend(handles=_legend(), loc="outside lower center", ncols=4)
    return figure


def _plot_plane(axis: Axes, record: Record, network: str, plane: str | None) -> None:
    axis.grid(visible=False)
    axis.set_aspect("equal")
    if plane is None:
        axis.set(xticks=[], yticks=[])
        axis.text(0.5, 0.5, "the attack found\ntoo few errors", transform=axis.transAxes, ha="center", va="center")
        return
    arrays = {part: record.arrays[f"{network}_{plane}_{part}"] for part in ("axis", "logits", "marks", "circles")}
    places, logits = arrays["axis"], arrays["logits"]
    axis.contourf(places, places, logits, levels=[-np.inf, 0.0, np.inf], colors=REGIONS)
    if logits.min() < 0.0 < logits.max():
        axis.contour(places, places, logits, levels=[0.0], colors=[BLACK], linewidths=0.8)
    outer_radius = record.values["networks"][network]["outer_radius"]
    wrong = (arrays["circles"][0] > 0.0, arrays["circles"][1] <= 0.0)
    for sphere, radius, mask in zip(SPHERE_STYLE, (1.0, outer_radius), wrong, strict=True):
        _plot_circle(axis, record.arrays["angles"], radius, mask, sphere)
    axis.plot(*arrays["marks"].T, ls="", marker="X", ms=7, mfc=BLACK, mec="white", mew=0.8, zorder=5)
    axis.set(xlim=(places[0], places[-1]), ylim=(places[0], places[-1]))


def _plot_circle(axis: Axes, angles: FloatArray, radius: float, wrong: Any, sphere: str) -> None:
    """The whole circle thin and dashed, its wrong parts thick."""
    closed = np.append(angles, 2.0 * np.pi)
    x, y = radius * np.cos(closed), radius * np.sin(closed)
    axis.plot(x, y, color=BLACK, lw=0.8, ls="--" if sphere == "inner" else "-")
    bad = np.append(wrong, wrong[0])
    axis.plot(np.where(bad, x, np.nan), np.where(bad, y, np.nan), solid_capstyle="butt", **WRONG[sphere])


def _legend() -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        Patch(fc=REGIONS[0], ec=BLACK, lw=0.5, label='network says "inner"'),
        Patch(fc=REGIONS[1], ec=BLACK, lw=0.5, label='network says "outer"'),
        Line2D([], [], color=BLACK, lw=0.8, ls="--", label="inner sphere, radius 1"),
        Line2D([], [], color=BLACK, lw=0.8, label="outer sphere, radius R"),
        Line2D([], [], label="inner sphere, misclassified", **WRONG["inner"]),
        Line2D([], [], label="outer sphere, misclassified", **WRONG["outer"]),
        Line2D([], [], ls="", marker="X", ms=7, mfc=BLACK, mec="white", label="adversarial point"),
    ]


def figure_caption(record: Record, network: str) -> str:
    """Caption of one network's slices."""
    values = record.values["networks"][network]
    shape = (
        f"{values['depth']} hidden layers of {values['hidden']} units"
        if network == "relu"
        else (f"{values['hidden']} hidden units")
    )
    return (
        f"Planes through the common centre of the spheres (d = {values['dim']}, R = {values['outer_radius']}): the "
        f"decision of a {NAMES[network]} network with {shape} after {values['steps']:,} steps on fresh points "
        f"(learning rate {values['learning_rate']:g}). {_wrong_words(values)} Adversarial points are errors on the "
        "inner sphere that an attack found near random points; nearer ones may exist, so their distances are upper "
        "bounds. Each plane is spanned by the vectors named above it. Regions are drawn from a grid of "
        f"{values['resolution']} × {values['resolution']} points, the circles from 1440 points each; the last panel "
        "enlarges the same grid."
    )


def _wrong_words(values: Mapping[str, Any]) -> str:
    shares = {plane["name"]: plane for plane in values["planes"]}["random_random"]
    wrong = f"{shares['wrong_share_inner']:.2%} of the inner and {shares['wrong_share_outer']:.2%} of the outer circle"
    rates = [values[f"log10_error_rate_{sphere}"] for sphere in SPHERE_STYLE]
    known = [f"{'' if values['error_rate_exact'] else 'about '}10^{rate:.1f}" for rate in rates if rate is not None]
    whole = f" (whole spheres: {' and '.join(known)})" if len(known) == len(rates) else ""
    return f"In the random plane {wrong} are misclassified{whole}."


def _spec(network: str) -> FigureSpec:
    draw: Callable[[Record], Figure] = partial(slices, network=network)
    return FigureSpec(f"Slices of the {NAMES[network]} network", partial(figure_caption, network=network), draw)


def text(record: Record) -> list[str]:
    """What was seen."""
    networks = record.values["networks"]
    parts = [_words(NAMES[name], networks[name]) for name in NAMES]
    return [
        " ".join(parts),
        "Points drawn at random lie in planes of the first kind, where errors are rare or absent; the planes through "
        "adversarial points show that they are there, and how close.",
    ]


def _words(name: str, found: Mapping[str, Any]) -> str:
    shares = {plane["name"]: plane for plane in found["planes"]}
    random = _both(shares["random_random"])
    sentence = (
        f"In a plane of two random directions the {name} network (d = {found['dim']}, {found['steps']:,} steps) is "
        f"wrong on {random} of the inner and outer circle"
    )
    if "adversarial_adversarial" in shares:
        return sentence + f"; in one through two adversarial points on {_both(shares['adversarial_adversarial'])}."
    return sentence + "; the attack found too few errors for a plane through two of them."


def _both(plane: Mapping[str, Any]) -> str:
    return " and ".join(f"{plane[f'wrong_share_{s}']:.1%}" for s in SPHERES)


def tables(record: Record) -> list[Table]:
    """One row for each network and plane."""
    rows = []
    for name, found in record.values["networks"].items():
        rates = [found[f"log10_error_rate_{s}"] for s in SPHERES]
        whole = [NONE if log10 is None else rate(log10) for log10 in rates]
        for plane in found["planes"]:
            shares = [f"{plane[f'wrong_share_{s}']:.2%}" for s in SPHERES]
            rows.append([NAMES[name], PLANES[plane["name"]], *shares, *whole])
    caption = (
        "Share of each plane's circles that is misclassified (1440 points each), and the error rate of the whole "
        "sphere beside it (a dash: none is known, or it is exactly 0)."
    )
    columns = ["network", "plane", "inner circle", "outer circle", "inner sphere", "outer sphere"]
    return [Table("circles", caption, columns, rows)]


EXHIBIT = Exhibit({f"slices_{network}": _spec(network) for network in NAMES}, text, tables)
