"""Measured distances to the nearest error as a histogram, with their mean, its prediction and its limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..numerics.distances.measurement import DistanceHistogram, Measurement, distance_histogram
from ..theory.basics.arguments import check_instance, check_integer, single_dim
from .axes import check_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("C0", "C1", "C2", "C3", "C4")


def plot_distances(
    ax: Axes,
    measurement: Measurement,
    *,
    dim: int | None = None,
    bins: int = 60,
    colours: Sequence[str] = COLOURS,
) -> Axes:
    """Draw a histogram of the distances of a sample, their mean, and what theory says of the mean.

    Parameters
    ----------
    ax
        To draw on.
    measurement
        From :func:`~.distances.exact.measure_distances`; in its metric and unit.
    dim
        Ambient dimension; if given, the law of the cap of the same measure is drawn too, which no error set of this
        measure exceeds.
    bins
        At most so many.
    colours
        Of observed, predicted, lower bound, upper bound, and cap and bound for even error sets.

    Returns
    -------
    Axes
        ``ax``, with bars (a density), a line at the observed mean, a triangle at the predicted one, the range that
        theory leaves to it shaded, and labels; with a sentence where no error exists.

    Raises
    ------
    InvalidArgumentError
        An argument outside its range, or ``ax`` is not an Axes.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from adversarial_spheres import QuadraticClassifier, measure_distances
    >>> from adversarial_spheres.plotting import plot_distances
    >>> found = measure_distances(QuadraticClassifier.from_alphas([0.9, 0.8, 1.1]), "inner", samples=1000, seed=0)
    >>> ax = plot_distances(Figure().subplots(), found, dim=3)
    >>> [line.get_label() for line in ax.lines][:2]
    ['cap of the same measure', 'observed mean: 0.3546']
    """
    check_axes(ax)
    check_instance("measurement", measurement, Measurement, "a Measurement")
    check_integer("bins", bins, 1)
    found = distance_histogram(measurement, bins, None if dim is None else single_dim(dim))
    if found is None or measurement.observed is None or measurement.predicted is None:
        no_errors(ax)
    else:
        theory = measurement.predicted
        means = (measurement.observed.mean, theory.point, theory.lower, theory.upper, theory.even_limit)
        draw_distances(ax, found, means, colours)
    ax.set(xlabel=f"distance to the nearest error ({measurement.metric})", ylabel="density")
    return ax


def no_errors(ax: Axes) -> None:
    """Say that there is nothing to be near."""
    ax.text(0.5, 0.5, "no errors to be near", transform=ax.transAxes, ha="center")


def draw_distances(ax: Axes, found: DistanceHistogram, means: Sequence[float], colours: Sequence[str]) -> None:
    """Bars, the law of the cap where there is one; means: observed, predicted, lower and upper bound,
    and the upper bound for even error sets where it is given.

    The first three may agree to all digits: each has a form of its own, so that none hides another.
    """
    edges, widths = found.edges, np.diff(found.edges)
    density = found.counts / found.counts.sum() / widths
    ax.stairs(density, edges, fill=True, color=colours[0], alpha=0.45, label="observed (exact)")
    if found.cap_survival is not None:
        centres, law = (edges[:-1] + edges[1:]) / 2, -np.diff(found.cap_survival) / widths
        ax.plot(centres, law, color=colours[4], label="cap of the same measure")
    observed, predicted, lower, upper, *even = means
    ax.axvline(observed, color=colours[0], label=f"observed mean: {observed:.4f}")
    top = ax.get_xaxis_transform()  # abscissae in data, ordinates in shares of the height
    ax.plot(predicted, 0.97, marker="v", ls="", ms=8, color=colours[1], transform=top)
    ax.lines[-1].set_label(f"predicted mean: {predicted:.4f}")
    ax.axvspan(lower, upper, color=colours[2], alpha=0.15, lw=0, zorder=0)
    for x, dashes, colour, side in (
        (lower, ":", colours[2], "proved lower"),
        (upper, "-.", colours[3], "isoperimetric"),
    ):
        ax.axvline(x, color=colour, ls=dashes, label=f"{side} bound on the mean: {x:.4f}")
    for x in even:
        ax.axvline(x, color=colours[4], ls=(0, (1, 1)), label=f"the same for even error sets: {x:.4f}")
