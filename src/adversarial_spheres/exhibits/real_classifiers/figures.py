"""Figures of real classifiers near the images of a data set, and their captions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ...numerics.distances.data_sets import DataSetMeasurement
from ...numerics.storage.records import Record
from ...plotting.data_sets import plot_centre_distances, plot_mean_distances
from ...rendering.formatting import counted
from ...theory.spaces.gaussian import Gaussian
from ..style import COLOURS, FigureSpec, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLES = {
    "mlp": "neural network",
    "forest": "random forest",
    "svc": "support vector machine",
    "conv": "convolutional network",
}
MARKERS = "os^v"
DIM = 64


def real_classifiers(record: Record) -> Figure:
    """Error rates in noise against mean distances, an image a point, below the limit for any classifier."""
    return _panels(record, plot_mean_distances)


def real_classifiers_centres(record: Record) -> Figure:
    """Distances from the images themselves to the error that was found, against the estimate from the error rate."""
    return _panels(record, plot_centre_distances)


def _panels(record: Record, plot: Callable[[Axes, DataSetMeasurement], Axes]) -> Figure:
    """A panel for each classifier."""
    rows = record.values["classifiers"]
    figure, axes = new_figure(8.2, 3.3, max(len(rows), 1))
    if record.values["skipped"]:
        axes[0].text(0.5, 0.5, f"skipped: {record.values['skipped']}", transform=axes[0].transAxes, ha="center")
        return figure
    for axis, row in zip(axes, rows, strict=True):
        plot(axis, _measured(record, row["name"]))
        *points, curve = axis.lines
        for line, colour, marker in zip(points, COLOURS[1:], MARKERS, strict=False):
            line.set(color=colour, marker=marker, markersize=4, alpha=0.8)
        curve.set(color=COLOURS[0])
        axis.set_title(TITLES[row["name"]], fontsize="medium")
    for axis in axes[1:]:
        axis.set_ylabel("")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _measured(record: Record, name: str) -> DataSetMeasurement:
    """What was measured of one classifier."""
    config = record.values["config"]
    start = f"{name}_"
    return DataSetMeasurement(
        sizes=np.array(config["noise"]),
        spaces=tuple(Gaussian(DIM, size) for size in config["noise"]),
        samples=config["samples"],
        counted_samples=config["counted_samples"],
        confidence=config["confidence"],
        **{key.removeprefix(start): array for key, array in record.arrays.items() if key.startswith(start)},
    )


def means_caption(record: Record) -> str:
    """What is drawn."""
    config = record.values["config"]
    return (
        f"Classifiers of scikit-learn's digits near {counted(config['images'], 'test image')}: each point is an image "
        "at one size of the noise. Abscissa: the share of its noisy copies that are given another digit, of "
        f"{config['counted_samples']:,}. Ordinate: the mean distance of {config['samples']} copies to an error that an "
        "attack found, an upper bound on the distance to the nearest one, in units of the noise. Line: the limit for "
        "any classifier. Points above it come of an attack that is too weak, or of the chance in so few copies; images "
        "of which no copy was wrong are left out."
    )


def centres_caption(record: Record) -> str:
    """What is drawn."""
    return (
        "The distance from the images themselves to an error that an attack found, an upper bound, against the "
        "distance to a half-space of the counted error rate, an estimate that is exact where the boundary is flat. On "
        "the line both agree; on the left edge are images most of whose noisy copies are wrong. Nothing is proved "
        "here: from the image itself geometry bounds the distance by about the size of the noise, 8 standard "
        "deviations, off the scale of the figure."
    )


FIGURES = {
    "real_classifiers": FigureSpec(
        "Classifiers of digits in noise",
        means_caption,
        real_classifiers,
        "One panel a classifier: mean distance of the errors found, in units of the noise, against log10 "
        "of the error rate near one image, one marker an image and strength of noise; the falling curve "
        "is the limit for any classifier.",
    ),
    "real_classifiers_centres": FigureSpec(
        "Distances from the images themselves",
        centres_caption,
        real_classifiers_centres,
        "One panel a classifier: the distance from an image to the error that was found, against the "
        "estimate from its error rate; on the diagonal both agree.",
    ),
}
