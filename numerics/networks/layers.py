"""Layers of a ReLU network: their parameters and statistics, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from ...theory.basics.arguments import RealArray
from ...theory.basics.by_value import ByValue
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray, check_finite
from .protocols import Network


@dataclass(frozen=True, eq=False)
class ReluLayer(ByValue):
    """A hidden layer.

    Parameters
    ----------
    weights
        W, shape (units, inputs).
    normalisation
        Scales g and shifts s, shape (2, units).
    statistics
        Running means and variances (>= 0) of z, shape (2, units).
    """

    weights: RealArray
    normalisation: RealArray
    statistics: RealArray

    @property
    def units(self) -> int:
        """Number of units."""
        return int(self.weights.shape[0])

    def folded(self) -> tuple[RealArray, RealArray]:
        """Factors f and offsets o, shape (units,), with g x + s = f z + o in inference."""
        (scale, shift), (mean, variance) = self.normalisation, self.statistics
        factor: RealArray = scale / np.sqrt(variance + variance.dtype.type(EPSILON))
        return factor, shift - mean * factor


def _checked_layer(layer: ReluLayer, inputs: int | None, dtype: np.dtype[np.floating[Any]]) -> ReluLayer:
    shape = np.shape(layer.weights)
    if len(shape) != 2 or shape[0] < 1 or (shape[1] < 2 if inputs is None else shape[1] != inputs):
        wanted = "dim >= 2" if inputs is None else f"{inputs}"
        raise InvalidArgumentError("weights", shape, f"of shape (units, {wanted}), units >= 1")
    statistics = _checked_array("statistics", layer.statistics, (2, shape[0]), dtype)
    if np.any(statistics[1] < 0.0):
        raise InvalidArgumentError("statistics", float(statistics[1].min()), "variances >= 0 in the second row")
    normalisation = _checked_array("normalisation", layer.normalisation, (2, shape[0]), dtype)
    return ReluLayer(_checked_array("weights", layer.weights, shape, dtype), normalisation, statistics)


def _checked_array(
    name: str, values: ArrayLike, shape: tuple[int, ...], dtype: np.dtype[np.floating[Any]]
) -> RealArray:
    array: FloatArray = check_finite(name, values)
    if array.shape != shape:
        raise InvalidArgumentError(name, array.shape, f"of shape {shape}")
    largest = float(np.finfo(dtype).max)
    if np.any(np.abs(array) > largest):
        raise InvalidArgumentError(name, float(np.abs(array).max()), f"in [-{largest:.6g}, {largest:.6g}]")
    return np.array(array, dtype=dtype, order="C")


EPSILON = 1e-5
"""Added to each variance."""


class LayeredNetwork(Network, Protocol):
    """What the passes of training read of a network of layers, and write."""

    layers: list[ReluLayer]
    readout: RealArray
