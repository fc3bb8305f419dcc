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
from numpy.typing import DTypeLike, NDArray

from .validation import FloatArray

_EXTRA = 16
# This bound is itself computed with rounding, by sums of terms >= 0.
_DOUBLE = float(np.finfo(np.float64).eps)


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
        kind = np.finfo(np.dtype(dtype).type)
        self._unit, self._tiny, self._largest = 0.5 * float(kind.eps), float(kind.tiny), 0.25 * float(kind.max)
        last = np.abs(np.asarray(readout, dtype=np.float64))
        # The read-out is a layer of one unit without normalisation.
        self._weights = [*(np.abs(np.asarray(matrix, dtype=np.float64)) for matrix in weights), last[None, :-1]]
        self._factors = [*(np.abs(factor) for factor in factors), np.ones(1)]
        self._offsets = [*(np.asarray(offset) for offset in offsets), last[-1:]]
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
