r"""What rounding does to a ReLU network as it runs: a bound on the error of its logit, for every point of a ball.

Notation: the network of real numbers is h_0 = x, z_k = f_k (W_k h_{k-1}) + o_k, h_k = max(0, z_k), logit = w . h_K + c,
with factors f_k = g / sqrt(v + EPSILON) and offsets o_k = s - m f_k of batch normalisation in inference; a hat marks
what a program computes with unit roundoff u. x is rounded first, products of matrices are summed in whatever order,
with or without fused operations; max(0, .) rounds nothing and is 1-Lipschitz.

By the standard model of rounding ([Hig2002], sections 2.2 and 3.1), a sum of n products, its product with a factor that
went through 9 roundings and its sum with an offset that went through 13 is off by at most gamma_{n+16} times the sum of
the absolute values, where gamma_m = m u / (1 - m u). With e_k >= |hat h_k - h_k|, unit by unit:

    e_0 = u |x|,    e_k = gamma (|f_k| |W_k| (|h_{k-1}| + e_{k-1}) + |s_k| + |m_k f_k|) + |f_k| |W_k| e_{k-1},

and likewise for the logit. Underflow: each product loses at most the smallest normal number, flushed to zero or not.
Nothing is bounded (the bound is infinite) where a sum of absolute values comes near the largest number, or a factor
near the smallest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ..basics.errors import InvalidArgumentError
from ..basics.validation import FloatArray, check_finite

_EXTRA = 16
# This bound is itself computed with rounding, by sums of terms >= 0.
_DOUBLE = float(np.finfo(np.float64).eps)


def check_layers(
    weights: Sequence[ArrayLike], readout: ArrayLike, **vectors: Sequence[ArrayLike]
) -> tuple[dict[str, tuple[FloatArray, ...]], FloatArray]:
    """Return a ReLU network's arrays in double precision, by the names of the arguments, and its read-out.

    Parameters
    ----------
    weights
        W_k of shape (units, inputs), one for each hidden layer, at least one.
    readout
        Shape (units of the last layer + 1,).
    vectors
        What else each layer has, shape (units,) each.

    Raises
    ------
    InvalidArgumentError
        Values that are not finite, or layers that do not fit one another.

    Examples
    --------
    >>> layers, readout = check_layers([np.eye(2)], [1, -1, 0], biases=[[0, 0]])
    >>> layers["biases"][0].tolist(), readout.tolist()
    ([0.0, 0.0], [1.0, -1.0, 0.0])
    """
    layers = {name: _arrays(name, given) for name, given in {"weights": weights, **vectors}.items()}
    matrices, last = layers["weights"], check_finite("readout", readout)
    if not matrices:
        raise InvalidArgumentError("weights", weights, "of at least one layer")
    inputs = matrices[0].shape[-1:]
    for matrix in matrices:
        if matrix.ndim != 2 or matrix.shape[1:] != inputs or 0 in matrix.shape:
            raise InvalidArgumentError("weights", matrix.shape, "of shapes (units, inputs) that fit one another")
        inputs = matrix.shape[:1]
    for name in vectors:
        shapes = [vector.shape for vector in layers[name]]
        if shapes != [matrix.shape[:1] for matrix in matrices]:
            raise InvalidArgumentError(name, shapes, "of shape (units,) for each layer")
    if last.shape != (inputs[0] + 1,):
        raise InvalidArgumentError("readout", last.shape, "of shape (units of the last layer + 1,)")
    return layers, last


def _arrays(name: str, given: Sequence[ArrayLike]) -> tuple[FloatArray, ...]:
    try:
        arrays = tuple(given)
    except TypeError as error:
        raise InvalidArgumentError(name, given, "a sequence of arrays, one for each layer") from error
    return tuple(check_finite(name, array) for array in arrays)


def _check_dtype(dtype: DTypeLike) -> np.finfo[np.floating[Any]]:
    try:
        kind = None if dtype is None else np.dtype(dtype)
    except TypeError:
        kind = None
    if kind not in (np.float32, np.float64):
        raise InvalidArgumentError("dtype", dtype, "float32 or float64")
    return np.finfo(kind)


class EvaluatedRelu:
    """How a ReLU network with batch normalisation is evaluated, as far as its rounding depends on it.

    Parameters
    ----------
    weights
        W_k, shape (units, inputs), one for each hidden layer.
    factors
        f_k, shape (units,).
    offsets
        Sizes |s_k| + |m_k f_k| of what the offsets are made of, shape (units,).
    readout
        w and, last, c: shape (units of the last layer + 1,).
    dtype
        float32 or float64, in which it is evaluated.

    Raises
    ------
    InvalidArgumentError
        Values that are not finite, layers that do not fit one another, or another dtype.

    Examples
    --------
    >>> network = EvaluatedRelu([np.eye(2)], [np.ones(2)], [np.zeros(2)], np.array([1.0, -1.0, 0.5]), np.float32)
    >>> bool(0.0 < network.logit_error(np.array([1.0, 1.0]), 0.0, [np.ones(2)]) < 1e-5)
    True
    """

    def __init__(
        self,
        weights: Sequence[NDArray[np.floating[Any]]],
        factors: Sequence[FloatArray],
        offsets: Sequence[FloatArray],
        readout: NDArray[np.floating[Any]],
        dtype: DTypeLike,
    ) -> None:
        kind = _check_dtype(dtype)
        self._unit, self._tiny, self._largest = 0.5 * float(kind.eps), float(kind.tiny), 0.25 * float(kind.max)
        matrices, last = check_layers(weights, readout, factors=factors, offsets=offsets)
        # The read-out is a layer of one unit without normalisation.
        self._weights = [*(np.abs(matrix) for matrix in matrices["weights"]), np.abs(last)[None, :-1]]
        self._factors = [*(np.abs(factor) for factor in matrices["factors"]), np.ones(1)]
        self._offsets = [*(np.abs(offset) for offset in matrices["offsets"]), np.abs(last)[-1:]]
        with np.errstate(over="ignore"):  # then nothing is bounded
            self._first_rows = np.linalg.norm(self._weights[0], axis=1)

    def logit_error(self, x: FloatArray, radius: float, uppers: Sequence[FloatArray]) -> float:
        """Bound on |computed logit - logit| for every point within ``radius`` of ``x``.

        Parameters
        ----------
        x
            Shape (dim,).
        radius
            Euclidean, >= 0.
        uppers
            Upper bounds of |h_k| on the ball for the network of real numbers, shapes (units,), one for each layer.

        Returns
        -------
        float
            **Guarantee**: upper bound; infinite where something may overflow.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            error = self._propagated(x, radius, uppers)
        return error if np.isfinite(error) else np.inf

    def _propagated(self, x: FloatArray, radius: float, uppers: Sequence[FloatArray]) -> float:
        # |W_1| |x'| on the ball, by the inequality of Cauchy and Schwarz for what x' differs from x by.
        sums, largest = self._weights[0] @ np.abs(x) + radius * self._first_rows, float(np.max(np.abs(x))) + radius
        moved = self._unit * sums + self._tiny * self._weights[0].sum(axis=1)
        error = np.empty(0)
        for k, (matrix, factor, offset) in enumerate(zip(self._weights, self._factors, self._offsets, strict=True)):
            if k > 0:
                sums, moved, largest = matrix @ uppers[k - 1], matrix @ error, float(np.max(uppers[k - 1]))
            error = self._of_layer(sums, moved, factor, offset, matrix.shape[1], largest)
        return float(error[0])

    def _of_layer(
        self, sums: FloatArray, moved: FloatArray, factor: FloatArray, offset: FloatArray, count: int, largest: float
    ) -> FloatArray:
        """e_k from |W_k| |h|, |W_k| e_{k-1}, |f_k| and sizes of offsets; ``count`` inputs are at most ``largest``."""
        size, share = factor * (sums + moved) + offset, (count + _EXTRA) * self._unit
        nearly_subnormal = (factor > 0.0) & (factor < self._tiny / self._unit)
        if share >= 0.5 or np.any(nearly_subnormal):
            return np.full(len(size), np.inf)
        underflow = self._tiny * (count * (factor + largest) + 2.0)
        error = share / (1.0 - share) * size + factor * moved + underflow
        fits = np.maximum(np.maximum(sums + moved, size), np.maximum(factor, error)) <= self._largest
        return np.where(fits, error * (1.0 + 4.0 * (count + _EXTRA) * _DOUBLE), np.inf)
