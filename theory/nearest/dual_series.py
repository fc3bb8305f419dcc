"""Concave duals of many points at once: Chebyshev series in a variable in which all weights are tame.

Distances under one quadratic constraint with coefficients l_i <= 1 are maxima of S(m) = m h(m), concave in m, where h
is a mean of combinations of the weights 1/(1 - m l_i). With L >= max(-min l, 0) and t = log((1 + L m)/(1 - m)), all
weights are analytic in the strip |Im t| < pi, so on an interval of t they are polynomials of low degree up to a proved
error.

Certificate. On the Bernstein ellipse with parameter rho around the interval, height y < pi,
|1 - m l_i| >= cos(y/2) (1 - m(Re t) l_i), so |l_i/(1 - m l_i)| <= B_i, reached on the real axis at the right end for
l_i > 0 and at the left end for l_i < 0, over cos(y/2); interpolation in N + 1 Chebyshev points is off by at most
4 B_i rho^-N/(rho - 1) ([Tre2013] theorem 8.2). What is done with the series: :mod:`.dual_pieces`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..basics.validation import FloatArray

MAX_DEGREE = 128
"""Beyond this degree there is no fast path."""


@dataclass(frozen=True)
class DualInterval:
    """An interval [low, high] of t = log((1 + L m)/(1 - m)), and the multiplier m on it.

    Parameters
    ----------
    low, high
        Ends, low < high; t = 0 is m = 0, and t has the sign of m.
    largest
        L >= max(-min l, 0).

    Examples
    --------
    >>> interval = DualInterval(0.0, 2.0, 1.0)
    >>> interval.centre, interval.multiplier(np.array([0.0, 2.0])).round(6).tolist()  # m = tanh(t/2)
    (1.0, [0.0, 0.761594])
    """

    low: float
    high: float
    largest: float

    @property
    def half(self) -> float:
        """Half the width."""
        return 0.5 * (self.high - self.low)

    @property
    def centre(self) -> float:
        """The middle."""
        return 0.5 * (self.high + self.low)

    def multiplier(self, t: FloatArray) -> FloatArray:
        """m."""
        return np.asarray(-np.expm1(-t) / (1.0 + self.largest * np.exp(-t)))


def least_degree(lam: FloatArray, interval: DualInterval, target: float) -> tuple[int, FloatArray]:
    """The least degree whose proved interpolation errors have a mean within the target, and these errors.

    Examples
    --------
    >>> degree, error = least_degree(np.array([1.0, -1.0]), DualInterval(0.0, 2.0, 1.0), 1e-10)
    >>> degree, bool(error.max() < 2e-10)
    (16, True)
    """
    half, centre = interval.half, interval.centre
    heights, rho, reach = ellipses(half)
    right, left = weights(lam, interval, centre + reach), weights(lam, interval, centre - reach)
    bounds = 4.0 * np.maximum(right, left) * np.abs(lam)[:, None] / (np.cos(0.5 * heights) * (rho - 1.0))
    means = bounds.mean(axis=0)
    for degree in range(4, MAX_DEGREE + 1):
        decay = rho ** (-float(degree))
        if np.min(means * decay) <= target:
            return degree, np.min(bounds * decay, axis=1)
    return MAX_DEGREE + 1, bounds[:, 0]


def ellipses(half: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Heights of Bernstein ellipses around an interval of half width ``half``, their rho, and half their lengths.

    Examples
    --------
    >>> heights, rho, reach = ellipses(1.0)
    >>> bool(np.allclose(rho - 1.0 / rho, 2.0 * heights)), bool(np.allclose(rho + 1.0 / rho, 2.0 * reach))
    (True, True)
    """
    heights = np.pi * np.linspace(0.02, 0.98, 49)
    ratio = heights / half
    root = np.sqrt(1.0 + ratio**2)
    return heights, ratio + root, half * root


def weights(lam: FloatArray, interval: DualInterval, t: FloatArray) -> FloatArray:
    """1/(1 - m l), shape (dim, len(t)): 1 - m l = ((1 - l) + (L + l) exp(-t)) / (1 + L exp(-t)) has no cancellation.

    Examples
    --------
    >>> interval = DualInterval(0.0, 2.0, 1.0)
    >>> weights(np.array([1.0, -1.0]), interval, np.array([np.log(3.0)])).round(9).tolist()  # m = 1/2
    [[2.0], [0.666666667]]
    """
    decay, largest = np.exp(-t), interval.largest
    return np.asarray((1.0 + largest * decay) / ((1.0 - lam)[:, None] + (largest + lam)[:, None] * decay))


def weight_series(lam: FloatArray, interval: DualInterval, degree: int) -> FloatArray:
    """Chebyshev coefficients (dim, degree + 1) of the interpolants of l/(1 - m l) in Chebyshev points.

    Examples
    --------
    >>> interval = DualInterval(0.0, 2.0, 1.0)
    >>> series = weight_series(np.array([1.0, -1.0]), interval, 20)
    >>> series.sum(axis=1).round(9).tolist()  # l/(1 - m l) at the right end, m = tanh(1)
    [4.194528049, -0.567667642]
    """
    nodes, transform = chebyshev_nodes(degree)
    return np.asarray((lam[:, None] * weights(lam, interval, interval.centre + interval.half * nodes)) @ transform)


def chebyshev_nodes(degree: int) -> tuple[FloatArray, FloatArray]:
    """The degree + 1 Chebyshev points, and the matrix that turns values there into coefficients.

    Examples
    --------
    >>> nodes, transform = chebyshev_nodes(2)
    >>> ((2.0 * nodes**2 - 1.0) @ transform).round(12).tolist()  # that of degree 2
    [0.0, 0.0, 1.0]
    """
    count = degree + 1
    # reduced to one turn as whole numbers: cosines of large angles would lose digits
    turns = np.outer(2 * np.arange(count) + 1, np.arange(count)) % (4 * count)
    transform = 2.0 / count * np.cos(0.5 * np.pi / count * turns)
    transform[:, 0] *= 0.5
    return np.cos(np.pi * (np.arange(count) + 0.5) / count), transform
