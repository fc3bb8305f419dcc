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

CIRCLES = {"inner": "--", "outer": "-"}
MARK: dict[str, Any] = {"ls": "", "marker": "X", "ms": 7, "mfc": BLACK, "mec": "white", "mew": 0.8, "zorder": 5}
WRONG = {
    "inner": {"color": SPHERE_STYLE["inner"]["color"], "lw": 3.5},
    "outer": {"color": SPHERE_STYLE["outer"]["color"], "lw": 3.5},
}
MARGIN = 0.15
"""The unrolled planes reach so far within the inner and beyond the outer sphere, in inner radii."""
ANGLES, RADII, GRID = 181, 61, 101
"""Points of the drawings: around, outwards, and at most so many along each axis of a plane."""


def slices(record: Record, network: str) -> Figure:
    """The three planes, and below each the same plane unrolled: radius against angle, near the two circles."""
    figure, panels = new_figure(7.2, 5.2, len(PLANE_TITLES), rows=2, height_ratios=(1.15, 1.0))
    cut = {plane["name"] for plane in record.values["networks"][network]["planes"]}
    for index, (plane, title) in enumerate(PLANE_TITLES.items()):
        flat, unrolled = panels[index], panels[index + len(PLANE_TITLES)]
        flat.set_title(title)
        for axis, draw in ((flat, _plot_plane), (unrolled, _plot_unrolled)):
            axis.grid(visible=False)
            if plane in cut:
                parts = ("axis", "logits", "marks", "circles")
                draw(axis, record, network, {part: record.arrays[f"{network}_{plane}_{part}"] for part in parts})
            else:
                axis.set(xticks=[], yticks=[])
                axis.text(0.5, 0.5, "the attack found\ntoo few errors", transform=axis.transAxes, ha="center")
    panels[len(PLANE_TITLES)].set_ylabel("radius, in inner radii")
    figure.legend(handles=_legend(), loc="outside lower center", ncols=3)
    return figure


def _plot_plane(axis: Axes, record: Record, network: str, arrays: Mapping[str, Any]) -> None:
    axis.set_aspect("equal")
    places, every = arrays["axis"], -(-len(arrays["axis"]) // GRID)
    _plot_regions(axis, places[::every], places[::every], arrays["logits"][::every, ::every])
    closed = np.append(record.arrays["angles"], 2.0 * np.pi)
    for sphere, radius, bad in _circles(record, network, arrays):
        x, y = radius * np.cos(closed), radius * np.sin(closed)
        axis.plot(x, y, color=BLACK, lw=0.8, ls=CIRCLES[sphere])
        axis.plot(np.where(bad, x, np.nan), np.where(bad, y, np.nan), solid_capstyle="butt", **WRONG[sphere])
    axis.plot(*arrays["marks"].T, **MARK)
    axis.set(xlim=(places[0], places[-1]), ylim=(places[0], places[-1]))


def _plot_unrolled(axis: Axes, record: Record, network: str, arrays: Mapping[str, Any]) -> None:
    """A misclassified arc of any length is seen: its stroke is at least as long as it is wide."""
    largest = record.values["networks"][network]["outer_radius"] + MARGIN
    degrees, radii = np.linspace(0.0, 360.0, ANGLES), np.linspace(1.0 - MARGIN, min(largest, arrays["axis"][-1]), RADII)
    _plot_regions(axis, degrees, radii, _unrolled(arrays["axis"], arrays["logits"], degrees, radii))
    around = np.degrees(np.append(record.arrays["angles"], 2.0 * np.pi))
    for sphere, radius, bad in _circles(record, network, arrays):
        axis.axhline(radius, color=BLACK, lw=0.8, ls=CIRCLES[sphere])
        axis.plot(
            np.where(bad, around, np.nan), np.full(len(bad), radius), solid_capstyle="projecting", **WRONG[sphere]
        )
    s, t = arrays["marks"].T
    axis.plot(np.degrees(np.arctan2(t, s)) % 360.0, np.hypot(s, t), **MARK)
    axis.set(xlabel="angle (degrees)", xlim=(0, 360), xticks=(0, 90, 180, 270, 360), ylim=(radii[0], radii[-1]))


def _plot_regions(axis: Axes, x: FloatArray, y: FloatArray, logits: FloatArray) -> None:
    axis.set_facecolor(REGIONS[1])
    if logits.min() < 0.0:
        axis.contourf(x, y, logits, levels=[-np.inf, 0.0], colors=REGIONS[:1])
    if logits.min() < 0.0 < logits.max():
        axis.contour(x, y, logits, levels=[0.0], colors=[BLACK], linewidths=0.8)


def _unrolled(places: FloatArray, logits: FloatArray, degrees: FloatArray, radii: FloatArray) -> FloatArray:
    """Logits between the points of a square grid, linearly, at each radius (rows) and angle (columns)."""
    from scipy.ndimage import map_coordinates

    angle, radius = np.meshgrid(np.radians(degrees), radii)
    points = np.stack([radius * np.sin(angle), radius * np.cos(angle)])
    found: FloatArray = map_coordinates(logits, (points - places[0]) / (places[1] - places[0]), order=1, mode="nearest")
    return found


def _circles(record: Record, network: str, arrays: Mapping[str, Any]) -> list[tuple[str, float, Any]]:
    """Sphere, radius, and where its circle is misclassified, closed."""
    wrong = (arrays["circles"][0] > 0.0, arrays["circles"][1] <= 0.0)
    radii = (1.0, record.values["networks"][network]["outer_radius"])
    return [(s, r, np.append(bad, bad[0])) for s, r, bad in zip(SPHERE_STYLE, radii, wrong, strict=True)]


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
        Line2D([], [], **MARK, label="adversarial point"),
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
        f"{values['resolution']} × {values['resolution']} points, the circles from 1,440 points each. Below, each "
        "plane is unrolled: radius against angle, in inner radii; where the boundary leaves the ring between the "
        "spheres, a sphere is misclassified, and its stroke is as long as is needed to be seen."
    )


def _wrong_words(values: Mapping[str, Any]) -> str:
    shares = {plane["name"]: plane for plane in values["planes"]}["random_random"]
    wrong = f"{shares['wrong_share_inner']:.2%} of the inner and {shares['wrong_share_outer']:.2%} of the outer circle"
    rates = [values[f"log10_error_rate_{sphere}"] for sphere in SPHERE_STYLE]
    known = [f"{'' if values['error_rate_exact'] else 'about '}{rate(log10)}" for log10 in rates if log10 is not None]
    whole = f" (whole spheres: {' and '.join(known)})" if len(known) == len(rates) else ""
    return f"In the random plane {wrong} are misclassified{whole}."


def _spec(network: str) -> FigureSpec:
    draw: Callable[[Record], Figure] = partial(slices, network=network)
    alt = (
        "Three planes through the centre: the region that the network calls inner, blue, and the two circles that it "
        "should part. Below each its ring unrolled: the boundary as a wavy line between the lines of the two spheres, "
        "thick strokes where it crosses one and a sphere is misclassified, and crosses at adversarial points."
    )
    return FigureSpec(f"Slices of the {NAMES[network]} network", partial(figure_caption, network=network), draw, alt)


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
        "Share of each plane's circles that is misclassified (1,440 points each), and the error rate of the whole "
        "sphere beside it (a dash: none is known, or it is exactly 0)."
    )
    columns = ["network", "plane", "inner circle", "outer circle", "inner sphere", "outer sphere"]
    return [Table("circles", caption, columns, rows)]


EXHIBIT = Exhibit({f"slices_{network}": _spec(network) for network in NAMES}, text, tables)
