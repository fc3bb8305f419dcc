"""The limit of geometry as a curve: mean distance to the nearest error against the error rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..theory.basics.arguments import check_single, single_dim
from ..theory.basics.log_probability import LogProbability
from ..theory.basics.validation import Metric
from ..theory.spaces.isoperimetry import mean_distance_bound
from .axes import axes_may_come_first, checked_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOG10_ERROR_RATES = np.linspace(-20.0, 0.0, 201)


@axes_may_come_first
def plot_bound(
    dim: int,
    *,
    ax: Axes | None = None,
    log10_error_rates: ArrayLike = LOG10_ERROR_RATES,
    radius: float = 1.0,
    metric: Metric = "euclidean",
    **line: Any,
) -> Axes:
    """Draw the largest mean distance to the nearest error that a classifier can have, against its error rate.

    Parameters
    ----------
    dim
        Ambient dimension, an integer from 2 to 10^9.
    ax
        To draw on; default the current axes of pyplot. It may also come first.
    log10_error_rates
        Where to draw the curve: decimal logarithms of error rates, shape (n,), in [-1e307, 0] or -inf.
    radius
        Of the sphere, > 0; distances are in its unit.
    metric
        "geodesic" or "euclidean".
    line
        For ``ax.plot``: ``color``, ``label``, ... Default label: "any classifier, d = ...".

    Returns
    -------
    Axes
        The axes, with one line more: upper bound, attained by a cap, relative error at most 1e-12; and with labels.

    Raises
    ------
    InvalidArgumentError
        An argument outside its range, or ``ax`` is no Axes.

    Notes
    -----
    :func:`~adversarial_spheres.theory.spaces.isoperimetry.mean_distance_bound`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from adversarial_spheres.plotting import plot_bound
    >>> ax = plot_bound(500, ax=Figure().subplots(), log10_error_rates=[-3.0, -2.0], color="black")
    >>> ax.lines[0].get_ydata().round(6).tolist()
    [0.138054, 0.104178]
    """
    ax = checked_axes(ax)
    size = single_dim(dim)
    check_single("radius", radius)
    rates = LogProbability.from_log10(np.atleast_1d(log10_error_rates), name="log10_error_rates")
    x = np.atleast_1d(np.asarray(log10_error_rates, dtype=np.float64))
    ax.plot(
        x,
        mean_distance_bound(rates, size, radius=radius, metric=metric),
        **{"label": f"any classifier, d = {size:,}", **line},
    )
    ax.set(xlabel=r"$\log_{10}$ error rate", ylabel=f"mean distance to the nearest error ({metric})")
    return ax
