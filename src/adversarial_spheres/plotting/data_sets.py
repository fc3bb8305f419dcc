"""A classifier near many data points: error rates against distances, and what was predicted against what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..numerics.distances.data_sets import DataSetMeasurement
from ..theory.basics.arguments import check_instance
from ..theory.basics.validation import FloatArray
from ..theory.spaces.gaussian import Gaussian
from .axes import axes_may_come_first, checked_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@axes_may_come_first
def plot_mean_distances(measured: DataSetMeasurement, *, ax: Axes | None = None, **points: Any) -> Axes:
    """Draw the mean distance of each data point's random points against their error rate, and the limit.

    Parameters
    ----------
    measured
        From :func:`~adversarial_spheres.numerics.distances.data_sets.measure_data_set`.
    ax
        To draw on; default the current axes of pyplot. It may also come first.
    points
        For ``ax.plot``, of the points: ``alpha``, ``ms``, ...

    Returns
    -------
    Axes
        The axes, with the points of each size (found by an attack: upper bounds), in the unit of the size, and with the
        curve that no classifier's true mean is above (exact, relative error at most 1e-12). Points about which no error
        was counted, or an attack failed in noise, are left out: their place is not known.

    Raises
    ------
    InvalidArgumentError
        ``ax`` is no Axes, or ``measured`` no DataSetMeasurement.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from adversarial_spheres import measure_data_set
    >>> from adversarial_spheres.plotting import plot_mean_distances
    >>> found = measure_data_set(lambda x: x, [[3.0, 0.0], [1.0, 0.0]], [0, 0], noise=1.0, samples=20, seed=0)
    >>> ax = plot_mean_distances(found, ax=Figure().subplots())
    >>> [line.get_label() for line in ax.lines]
    ['noise 1', 'any classifier']
    """
    ax = _checked(ax, measured)
    for size, label, rate, mean in _rows(measured, measured.error_rate, measured.mean_distance):
        shown = (rate > 0.0) & np.isfinite(mean)
        ax.plot(np.log10(rate[shown]), mean[shown] / size, **{"ls": "", "marker": ".", "label": label, **points})
    least = 0.5 / measured.counted_samples
    x = np.linspace(np.log10(least), 0.0, 201)
    ax.plot(x, measured.spaces[0].mean_distance_bound(10.0**x) / measured.sizes[0], label="any classifier")
    ax.set(xlabel=r"$\log_{10}$ error rate of the random points", ylabel=f"mean distance found / {_word(measured)}")
    return ax


@axes_may_come_first
def plot_centre_distances(measured: DataSetMeasurement, *, ax: Axes | None = None, **points: Any) -> Axes:
    """Draw the distance from each data point itself to the error that was found, against the estimate of it.

    Parameters
    ----------
    measured
        From :func:`~adversarial_spheres.numerics.distances.data_sets.measure_data_set`.
    ax
        To draw on; default the current axes of pyplot. It may also come first.
    points
        For ``ax.plot``, of the points: ``alpha``, ``ms``, ...

    Returns
    -------
    Axes
        The axes, with the points of each size and a line on which both agree. Abscissae are estimates, the distance to
        a half-space of that error rate [FGCC2019]; ordinates are upper bounds, found by an attack. Data points about
        which no error was counted are left out, and those near which none was found.

    Raises
    ------
    InvalidArgumentError
        ``ax`` is no Axes, or ``measured`` no DataSetMeasurement.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from adversarial_spheres import measure_data_set
    >>> from adversarial_spheres.plotting import plot_centre_distances
    >>> found = measure_data_set(lambda x: x, [[3.0, 0.0], [1.0, 0.0]], [0, 0], noise=1.0, samples=20, seed=0)
    >>> ax = plot_centre_distances(found, ax=Figure().subplots())
    >>> [line.get_label() for line in ax.lines]
    ['noise 1', 'estimate and attack agree']
    """
    ax = _checked(ax, measured)
    largest = 0.0
    for _, label, estimate, found in _rows(measured, measured.half_space_distance, measured.centre_distance):
        shown = np.isfinite(estimate) & np.isfinite(found)
        largest = max(largest, float(np.max(estimate[shown], initial=0.0)), float(np.max(found[shown], initial=0.0)))
        ax.plot(estimate[shown], found[shown], **{"ls": "", "marker": ".", "label": label, **points})
    ax.plot([0.0, largest], [0.0, largest], label="estimate and attack agree")
    ax.set(xlabel="estimate from the error rate", ylabel="distance found by an attack")
    return ax


def _checked(ax: Axes | None, measured: DataSetMeasurement) -> Axes:
    check_instance("measured", measured, DataSetMeasurement, "a DataSetMeasurement")
    return checked_axes(ax)


def _word(measured: DataSetMeasurement) -> str:
    return "noise" if isinstance(measured.spaces[0], Gaussian) else "radius"


def _rows(
    measured: DataSetMeasurement, first: FloatArray, second: FloatArray
) -> list[tuple[float, str, FloatArray, FloatArray]]:
    """Of each size: itself, its name, and its rows of two arrays."""
    names = [f"{_word(measured)} {size:g}" for size in measured.sizes]
    return list(zip(measured.sizes.tolist(), names, first, second, strict=True))
