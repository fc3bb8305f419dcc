r"""Arbitrary-precision twin of :mod:`adversarial_spheres.theory.relu.rounding`, and the network of real numbers itself.

The bound is the same recursion from the same numbers, without the share by which the float code enlarges it for its own
rounding. ``logit`` evaluates the network that the bound is about: factors and offsets of batch normalisation in exact
arithmetic, which no folding into doubles has rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from mpmath import mp
from numpy.typing import NDArray

Number = Any
"""An int, a float or an mpmath number; results are mpmath numbers."""


class Layer(NamedTuple):
    """A hidden layer: W (units, inputs); g, s, m and v, each (units,).

    Examples
    --------
    >>> layer = Layer(np.eye(2), np.ones(2), np.zeros(2), np.zeros(2), np.ones(2))
    >>> mp.nstr(logit([layer], [1.0, 1.0, -1.0], [3.0, -2.0], 0.0), 12)
    '2.0'
    """

    weights: NDArray[Any]
    scale: NDArray[Any]
    shift: NDArray[Any]
    mean: NDArray[Any]
    variance: NDArray[Any]


def logit(
    layers: Sequence[Layer], readout: Sequence[float], point: Sequence[float], epsilon: float, *, digits: int = 50
) -> Number:
    """Logit of the network of real numbers at one point.

    Examples
    --------
    >>> layer = Layer(np.eye(2), np.ones(2), np.zeros(2), np.zeros(2), np.ones(2))
    >>> mp.nstr(logit([layer], [1.0, 1.0, -1.0], [3.0, -2.0], 0.0), 12)
    '2.0'
    """
    with mp.workdps(digits):
        active = _exact(point)
        for layer in layers:
            rows = zip(layer.weights, *map(_exact, layer[1:]), strict=True)
            active = [
                max(g * (mp.fdot(_exact(row), active) - m) / mp.sqrt(v + mp.mpf(epsilon)) + s, mp.mpf(0))
                for row, g, s, m, v in rows
            ]
        *w, c = _exact(readout)
        return mp.fdot(w, active) + c


def logit_error(
    weights: Sequence[NDArray[Any]],
    factors: Sequence[NDArray[Any]],
    offsets: Sequence[NDArray[Any]],
    readout: NDArray[Any],
    dtype: Any,
    x: Sequence[float],
    radius: Number,
    uppers: Sequence[NDArray[Any]],
    *,
    digits: int = 50,
) -> Number:
    """Twin of ``EvaluatedRelu.logit_error``; infinite where something may overflow or a factor is nearly subnormal.

    Examples
    --------
    >>> one = np.ones(2)
    >>> error = logit_error([np.eye(2)], [one], [0 * one], np.array([1.0, 1.0, -1.0]), "float32", one, 0, [one])
    >>> bool(1e-6 < error < 1e-5)
    True
    """
    kind = np.finfo(dtype)
    with mp.workdps(digits):
        unit, tiny, most = mp.mpf(float(kind.eps)) / 2, mp.mpf(float(kind.tiny)), mp.mpf(float(kind.max)) / 4
        inputs, errors, spread = _absolute(x), list[Number](), mp.mpf(radius)
        last = np.asarray(readout, dtype=np.float64)
        layers = [*zip(weights, factors, offsets, strict=True), (last[None, :-1], np.ones(1), np.abs(last[-1:]))]
        for k, (matrix, factor, offset) in enumerate(layers):
            count, sums, moved = matrix.shape[1], [], []
            for row in map(_absolute, matrix):
                sums.append(mp.fdot(row, inputs) + spread * mp.norm(row))
                moved.append(unit * sums[-1] + tiny * mp.fsum(row) if k == 0 else mp.fdot(row, errors))
            gamma = (count + 16) * unit / (1 - (count + 16) * unit)
            if 2 * (count + 16) * unit >= 1 or any(0 < f < tiny / unit for f in _absolute(factor)):
                return mp.inf
            largest = max(inputs) + spread
            errors = [
                gamma * (f * (a + e) + b) + f * e + tiny * (count * (f + largest) + 2)
                for f, b, a, e in zip(_absolute(factor), _exact(offset), sums, moved, strict=True)
            ]
            rows = zip(_absolute(factor), _exact(offset), sums, moved, errors, strict=True)
            if any(max(a + e, f * (a + e) + b, f, error) > most for f, b, a, e, error in rows):
                return mp.inf
            inputs, spread = _exact(uppers[k]) if k < len(uppers) else [], mp.mpf(0)
        return errors[0]


def _exact(values: Any) -> list[Number]:
    return [mp.mpf(float(value)) for value in values]


def _absolute(values: Any) -> list[Number]:
    return [abs(value) for value in _exact(values)]
