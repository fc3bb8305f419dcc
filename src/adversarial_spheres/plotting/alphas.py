"""The coefficients of a quadratic classifier as a histogram, with the band where they cause no errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..theory.basics.arguments import check_integer
from ..theory.basics.errors import InvalidArgumentError
from ..theory.basics.validation import FloatArray, check_finite, check_outer_radius
from ..theory.quadratic.classifier import QuadraticClassifier, check_single_classifier
from .axes import axes_may_come_first, checked_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = 50


@axes_may_come_first
def plot_alphas(
    alphas: ArrayLike | QuadraticClassifier,
    *,
    ax: Axes | None = None,
    outer_radius: float = 1.3,
    bins: int | Sequence[float] = BINS,
    band: str = "C2",
    **bars: Any,
) -> Axes:
    """Draw a histogram of the coefficients of the boundary ellipsoid, and the band from 1/R^2 to 1.

    A coefficient above 1 causes errors on the inner sphere, one below 1/R^2 on the outer one.

    Parameters
    ----------
    alphas
        Shape (dim,), or one classifier with a negative bias.
    ax
        To draw on; default the current axes of pyplot. It may also come first.
    outer_radius
        R > 1, of the outer sphere.
    bins
        Their number, or their edges.
    band
        Colour of the band.
    bars
        For ``ax.hist``: ``color``, ``label``, ...

    Returns
    -------
    Axes
        The axes, with band, bars and labels.

    Raises
    ------
    InvalidArgumentError
        An argument outside its range, a history of classifiers, or ``ax`` is no Axes.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from adversarial_spheres import paper_alphas
    >>> from adversarial_spheres.plotting import plot_alphas
    >>> ax = plot_alphas(paper_alphas(), ax=Figure().subplots(), bins=[0.0, 1 / 1.3**2, 1.0, 3.0])
    >>> [int(bar.get_height()) for bar in ax.patches[1:]]  # the first is the band
    [227, 110, 163]
    """
    ax = checked_axes(ax)
    classifier = alphas if isinstance(alphas, QuadraticClassifier) else QuadraticClassifier.from_alphas(alphas)
    check_single_classifier(classifier)
    values, low = classifier.alphas, 1.0 / check_outer_radius(outer_radius) ** 2
    edges = _edges(values, bins)
    ax.axvspan(low, 1.0, color=band, alpha=0.18, lw=0, label="correct: $1/R^2$ to 1")
    ax.hist(values, edges, **bars)
    ax.set(xlabel=r"coefficient $\alpha_i$ of the boundary ellipsoid", ylabel="number of coefficients")
    return ax


def _edges(alphas: FloatArray, bins: Any) -> list[float]:
    """Edges of so many bins, or those that were given."""
    if np.ndim(bins) > 0:
        edges = check_finite("bins", bins)
        if edges.ndim != 1 or len(edges) < 2 or np.any(np.diff(edges) <= 0.0):
            raise InvalidArgumentError("bins", bins, "a number of bins, or their edges, ascending")
        return edges.tolist()
    count = check_integer("bins", bins, 1)
    try:
        with np.errstate(over="raise", invalid="raise"):
            return np.histogram_bin_edges(alphas, count).tolist()
    except (ValueError, FloatingPointError) as error:
        ends = [float(alphas.min()), float(alphas.max())]
        raise InvalidArgumentError("alphas", ends, f"such that {count} bins part them") from error
