"""Measured distances to the nearest error as a histogram, with their mean, its prediction and its limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..numerics.distances.measurement import DistanceHistogram, Measurement, distance_histogram
from ..theory.basics.arguments import check_instance, check_integer, single_dim
from ..theory.basics.errors import InvalidArgumentError
from ..theory.basics.rounded_text import rounded_down, rounded_up
from .axes import axes_may_come_first, checked_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NO_ERRORS = "no errors to be near"
COLOURS = ("C0", "C1", "C2", "C3", "C4")


@axes_may_come_first
def plot_distances(
    measurement: Measurement,
    *,
    ax: Axes | None = None,
    dim: int | None = None,
    bins: int = 60,
    colours: Sequence[str] = COLOURS,
) -> Axes:
    """Draw a histogram of the distances of a sample, their mean, and what theory says of the mean.

    Parameters
    ----------
    measurement
        Exact, from :func:`~.distances.exact.measure_distances`, or an attack's, whose distances are upper bounds; in
        its metric and unit.
    ax
        To draw on; default the current axes of pyplot. It may also come first.
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
        The axes, with bars (a density), a line at the observed mean, a triangle at the predicted one, the range that
        theory leaves to it shaded, and labels; with a sentence where no error exists, or an attack has found none. Of
        an attack: the bars of its successes, their mean, and the bound on the true mean.

    Raises
    ------
    InvalidArgumentError
        An argument outside its range, or ``ax`` is no Axes.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from adversarial_spheres import QuadraticClassifier, measure_distances
    >>> from adversarial_spheres.plotting import plot_distances
    >>> found = measure_distances(QuadraticClassifier.from_alphas([0.9, 0.8, 1.1]), "inner", samples=1000, seed=0)
    >>> ax = plot_distances(found, ax=Figure().subplots(), dim=3)
    >>> [line.get_label() for line in ax.lines][:2]
    ['cap of the same measure', 'observed mean: 0.3546']
    """
    ax = checked_axes(ax)
    check_instance("measurement", measurement, Measurement, "a Measurement")
    check_integer("bins", bins, 1)
    size = None if dim is None else single_dim(dim)
    if measurement.found is not None:
        if size is not None:
            raise InvalidArgumentError("dim", dim, "left out: that cap is drawn for quadratic networks alone")
        _draw_found(ax, measurement, bins, colours)
    else:
        _draw_exact(ax, measurement, distance_histogram(measurement, bins, size), colours)
    ax.set(xlabel=f"distance to the nearest error ({measurement.metric})", ylabel="density")
    return ax


def _draw_exact(ax: Axes, measured: Measurement, found: DistanceHistogram | None, colours: Sequence[str]) -> None:
    if found is None or measured.observed is None or measured.predicted is None:
        no_errors(ax)
        return
    theory = measured.predicted
    means = (measured.observed.mean, theory.point, theory.lower, theory.upper, theory.even_limit)
    draw_distances(ax, found, means, colours)


def _draw_found(ax: Axes, measured: Measurement, bins: int, colours: Sequence[str]) -> None:
    """Distances point by point, an attack's upper bounds; one that failed in noise, at infinity, has no bar."""
    distances = measured.found.distance_upper  # type: ignore[union-attr]
    shown = distances[np.isfinite(distances)] if measured.some_errors else distances[:0]
    if not len(shown):
        no_errors(ax, NO_ERRORS if measured.no_errors else "no error was found")
        return
    counts, edges = np.histogram(shown, bins)
    density = counts / len(distances) / np.diff(edges)
    label = "observed (exact)" if measured.is_exact else "upper bounds, found by an attack"
    ax.stairs(density, edges, fill=True, color=colours[0], alpha=0.45, label=label)
    for x, colour, dashes, name in (
        (measured.mean, colours[0], "-", "their mean"),
        (measured.bound, colours[3], "-.", "isoperimetric bound on the true mean"),
    ):
        if np.isfinite(x):
            ax.axvline(x, color=colour, ls=dashes, label=f"{name}: {rounded_up(x, places=4)}")


def no_errors(ax: Axes, words: str = NO_ERRORS) -> None:
    """Say that there is nothing to be near."""
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center")


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
    least, most, *even_most = rounded_down(lower, places=4), *(rounded_up(x, places=4) for x in (upper, *even))
    ax.axvline(lower, color=colours[2], ls=":", label=f"proved lower bound on the mean: {least}")
    ax.axvline(upper, color=colours[3], ls="-.", label=f"isoperimetric bound on the mean: {most}")
    for x, text in zip(even, even_most, strict=True):
        ax.axvline(x, color=colours[4], ls=(0, (1, 1)), label=f"the same for even error sets: {text}")
