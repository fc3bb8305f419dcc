r"""Arbitrary-precision twins of :mod:`adversarial_spheres.theory.relu.bounds`, one point at a time.

The doubles of the network, the point and the radius are taken as exact, and nothing is moved outwards for rounding:
what is computed is the linear relaxation of [Zhang2018] itself. ``digits`` is the precision relative to the sizes of
the terms that are added, as is usual for sums.

The relaxation proves what it says for ANY lines that hold on the intervals of the units. It therefore also takes the
lines that the float code chose: with them each step of its proof can be checked, while lines of one's own may differ
where a unit's interval is symmetric and rounding decides on which side the line is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from mpmath import mp

from ..basics.validation import FloatArray

Number = Any
"""An int, a float or an mpmath number; results are mpmath numbers."""


class Folded(NamedTuple):
    """A network as :class:`~.relu.bounds.FoldedRelu` holds it, which serves here as well.

    Parameters
    ----------
    weights, biases
        Of the hidden layers: (units, inputs) and (units,).
    readout
        Output weights and, last, the output bias.

    Examples
    --------
    >>> network = Folded([np.eye(2)], [np.zeros(2)], np.array([1.0, 1.0, -1.0]))
    >>> mp.nstr(logit(network, [3.0, -2.0]), 12)
    '2.0'
    """

    weights: Sequence[FloatArray]
    biases: Sequence[FloatArray]
    readout: FloatArray


class Lines(NamedTuple):
    """Lines around max(0, z) for the units of a layer: lower slope, upper slope and upper intercept.

    Examples
    --------
    >>> lines_hold(Interval([1], [2]), Lines([1], [1], [0]))
    True
    """

    lower: Sequence[Number]
    upper: Sequence[Number]
    intercept: Sequence[Number]


class Interval(NamedTuple):
    """Bounds of the units of a layer before max(0, .), on the ball.

    Examples
    --------
    >>> lines_between(Interval([-2], [-1])).upper
    (mpf('0.0'),)
    """

    low: list[Number]
    high: list[Number]


class Relaxation(NamedTuple):
    """Intervals and lines of every layer, and the lower bound of sign * logit on the ball.

    Examples
    --------
    >>> network = Folded([np.eye(2)], [np.zeros(2)], np.array([1.0, 1.0, -1.0]))
    >>> relaxation(network, [1.0, 1.0], 0.5, 1).intervals[0].low[0] == 0.5
    True
    """

    intervals: list[Interval]
    lines: list[Lines]
    lower: Number


def logit(network: Folded, point: Sequence[float], *, digits: int = 50) -> Number:
    """Twin of ``FoldedRelu.logits`` for one point.

    Examples
    --------
    >>> network = Folded([np.eye(2)], [np.zeros(2)], np.array([1.0, 1.0, -1.0]))
    >>> mp.nstr(logit(network, [3.0, -2.0]), 12)
    '2.0'
    """
    with mp.workdps(digits):
        active = [mp.mpf(float(x)) for x in point]
        for matrix, bias in zip(network.weights, network.biases, strict=True):
            active = [max(mp.fdot(row, active) + b, mp.mpf(0)) for row, b in zip(_exact(matrix), bias, strict=True)]
        *w, c = _exact(network.readout[None, :])[0]
        return mp.fdot(w, active) + c


def lipschitz_upper(network: Folded, *, digits: int = 50) -> Number:
    """Twin of ``FoldedRelu.lipschitz_upper``: |w| times the largest singular values of the W_k.

    Examples
    --------
    >>> network = Folded([np.eye(2)], [np.zeros(2)], np.array([1.0, 1.0, -1.0]))
    >>> mp.nstr(lipschitz_upper(network), 12)
    '1.41421356237'
    """
    with mp.workdps(digits):
        product = mp.norm(_exact(network.readout[None, :-1])[0])
        for matrix in network.weights:
            product *= max(mp.svd_r(mp.matrix(_exact(matrix)), compute_uv=False))
        return product


def relaxation(
    network: Folded,
    point: Sequence[float],
    radius: Number,
    sign: int,
    *,
    lines: Sequence[Lines] | None = None,
    on_sphere: bool = False,
    digits: int = 50,
) -> Relaxation:
    """Twin of the linear relaxation on the ball of this radius around ``point``.

    Parameters
    ----------
    on_sphere
        On the cap instead, the points of the ball with the norm of ``point``: the exact minima, which the float code
        bounds from below.
    lines
        Lines of every layer to use; chosen as the float code chooses them if not given.

    Returns
    -------
    Relaxation
        **Guarantee**: ``lower`` is a lower bound of sign * logit on the ball if the lines hold on the intervals, as
        :func:`lines_hold` says; those chosen here do.

    Examples
    --------
    >>> network = Folded([np.eye(2)], [np.zeros(2)], np.array([1.0, 1.0, -1.0]))
    >>> mp.nstr(relaxation(network, [1.0, 1.0], 0.5, 1).lower, 12)  # 1 - sqrt(2)/2
    '0.292893218813'
    """
    with mp.workdps(digits):
        x = [mp.mpf(float(value)) for value in point]
        region = _Region(radius, on_sphere)
        intervals, chosen = list[Interval](), list[Lines]()
        for k, (matrix, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
            rows = list(zip(_exact(matrix), bias, strict=True))
            low = [_form_lower(network, row, b, chosen, x, region) for row, b in rows]
            high = [-_form_lower(network, [-a for a in row], -b, chosen, x, region) for row, b in rows]
            intervals.append(Interval(low, high))
            chosen.append(lines_between(intervals[-1]) if lines is None else _exact_lines(lines[k]))
        *w, c = [sign * value for value in _exact(network.readout[None, :])[0]]
        return Relaxation(intervals, chosen, _form_lower(network, w, c, chosen, x, region))


def lines_between(interval: Interval) -> Lines:
    """Lines of the float code: the chord above; below, 0 or z, whichever cuts off less.

    Examples
    --------
    >>> lines = lines_between(Interval([-1], [3]))
    >>> [mp.nstr(x[0], 6) for x in lines]
    ['1.0', '0.75', '0.75']
    """
    rows = [_lines_of_unit(low, high) for low, high in zip(*interval, strict=True)]
    lower, upper, intercept = zip(*rows, strict=True)
    return Lines(lower, upper, intercept)


def lines_hold(interval: Interval, lines: Lines, *, digits: int = 50) -> bool:
    """Whether a z <= max(0, z) <= s z + t on the intervals, up to the rounding of ``digits``.

    At the ends and, between them, at 0: all three are linear from one to the next.

    Examples
    --------
    >>> interval = Interval([-1], [3])
    >>> lines_hold(interval, lines_between(interval)), lines_hold(interval, Lines([1], [0.5], [0]))
    (True, False)
    """
    with mp.workdps(digits):
        rounding = mp.mpf(10) ** (3 - digits)
        for low, high, a, s, t in zip(*interval, *lines, strict=True):
            slack = rounding * max(abs(low), abs(high))
            for z in (low, high, *([mp.mpf(0)] if low < 0 < high else [])):
                if not a * z - slack <= max(z, mp.mpf(0)) <= s * z + t + slack:
                    return False
    return True


def _lines_of_unit(low: Number, high: Number) -> tuple[Number, Number, Number]:
    zero, one = mp.mpf(0), mp.mpf(1)
    if low >= 0:
        return one, one, zero
    if high <= 0:
        return zero, zero, zero
    slope = high / (high - low)
    return (one if high > -low else zero), slope, -slope * low


class _Region(NamedTuple):
    radius: Number
    on_sphere: bool

    def fall(self, form: Sequence[Number], x: Sequence[Number]) -> Number:
        """By how much ``form . x`` falls at most."""
        norm, length = mp.norm(form), mp.norm(x)
        if not self.on_sphere or length == 0:
            return self.radius * norm
        value, angle = mp.fdot(form, x), 2 * mp.asin(min(self.radius / (2 * length), mp.mpf(1)))
        tangential = mp.sqrt(max(norm**2 - (value / length) ** 2, mp.mpf(0)))
        lowest = min(angle, mp.pi - mp.atan2(tangential * length, value))
        return value - value * mp.cos(lowest) + length * tangential * mp.sin(lowest)


def _form_lower(
    network: Folded,
    form: Sequence[Number],
    constant: Number,
    lines: Sequence[Lines],
    x: Sequence[Number],
    region: _Region,
) -> Number:
    """Lower bound of ``form . h + constant`` there, h the activations after the layers of ``lines``."""
    coefficients, total = list(form), mp.mpf(constant)
    for k in range(len(lines) - 1, -1, -1):
        for unit, (f, a, s, t) in enumerate(zip(coefficients, *lines[k], strict=True)):
            total += f * t if f < 0 else 0
            coefficients[unit] = f * (s if f < 0 else a)
        total += mp.fdot(coefficients, [mp.mpf(float(b)) for b in network.biases[k]])
        coefficients = [mp.fdot(coefficients, column) for column in _exact(network.weights[k].T)]
    return total + mp.fdot(coefficients, x) - region.fall(coefficients, x)


def _exact(matrix: FloatArray) -> list[list[Number]]:
    return [[mp.mpf(float(value)) for value in row] for row in np.asarray(matrix, dtype=np.float64)]


def _exact_lines(lines: Lines) -> Lines:
    return Lines(*([mp.mpf(value) for value in part] for part in lines))
