"""Enclosures of the maxima of concave duals S of many points, from polynomials on short pieces of an interval.

Distances under one quadratic constraint with coefficients l_i <= 1 are maxima over m in [0, 1) of

    S(m) = m h(m) = 1 - sum u_i^2 W_i,      h = -sum l_i u_i^2 W_i,      W_i = 1/(1 - m l_i),

concave in m, u_i^2 being squares of sum 1. With L >= max(-min l, 0) and t = log((1 + L m)/(1 - m)) all W_i are
analytic in the strip |Im t| < pi, and W_i, 1/W_i and dm/dt grow at most like exp(|t|).

Interpolation. On a piece of half width d, S is replaced by its interpolant q of degree K in Chebyshev points. On the
Bernstein ellipse with parameter rho around the piece, of height y < pi and half length ``reach``, |1 - m l_i| >=
cos(y/2) (1 - m(Re t) l_i), so that ([Tre2013] theorem 8.2) at every t and for any t* of the piece

    |q - S| <= C (1 - S(t*)),    C = 4 rho^-K/(rho - 1) exp(reach + d)/cos(y/2).

Where the values at the points are off, by e, it adds at most the Lebesgue constant times e. Derivatives in
(t - centre)/d are off by at most (K + 2)^2 times as much, second ones by (K + 2)^4/3: of polynomials of degree K by
Markov's inequality, and what interpolation misses is a Chebyshev series whose terms beyond K fall like rho^-k, rho > 4,
each with an alias of degree at most K.

Enclosure. The curvature -d^2S/dm^2 = 2 sum u_i^2 l_i^2 W_i^3 changes at most like exp(3 |t|). So with g = |dS/dt| and
b = -d^2S/dt^2 - g at one t, which is at most that curvature times (dm/dt)^2,

    g <= b exp(-3 s) (1 - exp(-s))    puts the maximum within s of t,    max S <= S(t) + exp(3 s) g^2/(2 b).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from ..basics.by_value import ByValue
from ..basics.validation import BoolArray, FloatArray

DEGREE = 13
"""K."""

_WIDEST = 0.25  # half width of a piece
_LEBESGUE = 2.7  # of 14 Chebyshev points, at most 1 + (2/pi) log 14 = 2.69
_SLOPE_ERROR, _BEND_ERROR = (DEGREE + 2.0) ** 2, (DEGREE + 2.0) ** 4 / 3.0
_NEAR, _OVER = 0.04, 0.6  # s = 0.05: exp(-3 s) (1 - exp(-s)) = 0.042, exp(3 s)/2 = 0.58
_ROUNDING = 6.0e-16  # of the powers and of the angles
_START_TERMS = 7  # the others are too small to matter for a start


@dataclass(frozen=True)
class DualInterval:
    """An interval [low, high] of t = log((1 + L m)/(1 - m)), its pieces, and the multiplier m on it.

    Parameters
    ----------
    low, high
        Ends, low < high; t = 0 is m = 0, and t has the sign of m.
    largest
        L >= max(-min l, 0).

    Examples
    --------
    >>> interval = DualInterval(0.0, 2.0, 1.0)
    >>> interval.nodes.shape, interval.multiplier(np.array([0.0, 2.0])).round(6).tolist()  # m = tanh(t/2)
    ((4, 14), [0.0, 0.761594])
    """

    low: float
    high: float
    largest: float

    @property
    def piece(self) -> float:
        """d, half the width of a piece."""
        return (self.high - self.low) / (2.0 * max(1.0, float(np.ceil((self.high - self.low) / (2.0 * _WIDEST)))))

    @property
    def nodes(self) -> FloatArray:
        """The Chebyshev points of the pieces, shape (pieces, K + 1)."""
        centres = np.arange(self.low + self.piece, self.high, 2.0 * self.piece)
        return np.asarray(centres[:, None] + self.piece * chebyshev_nodes(DEGREE)[0])

    def multiplier(self, t: FloatArray) -> FloatArray:
        """m."""
        return np.asarray(-np.expm1(-t) / (1.0 + self.largest * np.exp(-t)))


@dataclass(frozen=True, eq=False)
class Pieces(ByValue):
    """S on pieces of an interval, as linear maps of projections onto a few functions.

    Parameters
    ----------
    half
        d, half of a piece's width in t.
    powers
        (pieces, r, K + 1): coefficients of q in powers of (t - centre)/d.
    slopes
        (pieces - 1, r): the sign of S' where two pieces meet tells on which side the maximum is.
    error
        (pieces,): bound on |q - S| for points of length 1, rounding included.

    Examples
    --------
    >>> interval = DualInterval(0.0, 2.0, 1.0)
    >>> h = 1.0 - 0.6 * (interval.nodes - 1.0)
    >>> found = Pieces.of(interval, h[None], np.zeros_like(h))
    >>> found.powers.shape, found.slopes.shape, bool(found.error.max() < 1e-14)
    ((4, 1, 14), (3, 1), True)
    """

    half: float
    powers: FloatArray
    slopes: FloatArray
    error: FloatArray

    @classmethod
    def of(cls, interval: DualInterval, functions: FloatArray, error: FloatArray) -> Pieces:
        """From the functions at the interval's nodes, (r, pieces, K + 1), and bounds on what h misses there."""
        half, multiplier = interval.piece, interval.multiplier(interval.nodes)
        # first to Chebyshev coefficients: large powers cancel in the small ones alone
        powers = np.moveaxis((functions * multiplier) @ chebyshev_nodes(DEGREE)[1] @ _to_powers(DEGREE), 0, 1)
        heights, rho, reach = ellipses(half)
        log_missed = reach + half - np.log(np.cos(0.5 * heights) * (rho - 1.0)) - DEGREE * np.log(rho)
        # 1 - S <= 1.02 wherever the value found is not negative and the errors are small
        missed = 1.02 * 4.0 * float(np.exp(log_missed[rho > 4.0].min())) + _ROUNDING
        return cls(
            half,
            np.ascontiguousarray(powers),
            powers[:-1] @ np.arange(DEGREE + 1.0),
            _LEBESGUE * (multiplier * error).max(axis=1) + missed,
        )


@dataclass(frozen=True)
class Enclosure:
    """An enclosure of max S for each point of a block.

    Parameters
    ----------
    lower, upper
        The maximum lies between them where ``inside``, shape (n,); it is always at least ``lower``.
    inside
        The enclosure holds; False where the optimum is not enclosed by one piece.

    Examples
    --------
    >>> interval, one = DualInterval(0.0, 2.0, 1.0), np.ones(1)
    >>> h = 1.0 - 0.6 * (interval.nodes - 1.0)
    >>> found = enclosed_maximum(Pieces.of(interval, h[None], np.zeros_like(h)), one[:, None], one)
    >>> bool(found.inside[0]), bool(found.upper[0] - found.lower[0] < 1e-10)
    (True, True)
    """

    lower: FloatArray
    upper: FloatArray
    inside: BoolArray


def enclosed_maximum(pieces: Pieces, projections: FloatArray, length: FloatArray) -> Enclosure:
    """Enclose max S from S, its slope and its bend at one point: this module's introduction.

    Parameters
    ----------
    pieces
        Where the optima are sought.
    projections
        sum_i x_i^2 A_i for points x of any length, shape (n, r); further columns are not read.
    length
        sum_i x_i^2, shape (n,).

    Returns
    -------
    Enclosure
        Guarantee: as its fields say.

    Examples
    --------
    >>> interval, one, t = DualInterval(0.0, 2.0, 1.0), np.ones(1), np.linspace(0.0, 2.0, 100001)
    >>> h = 1.0 - 0.6 * (interval.nodes - 1.0)
    >>> found = enclosed_maximum(Pieces.of(interval, h[None], np.zeros_like(h)), one[:, None], one)
    >>> bool(abs(found.lower[0] - (interval.multiplier(t) * (1.0 - 0.6 * (t - 1.0))).max()) < 1e-8)
    True
    """
    order, powers, counts = _on_pieces(pieces, projections)
    length = length[order]
    error = np.repeat(pieces.error, counts) * length
    value, slope, half_bend = _taylor(powers, _stationary_points(powers))
    slope = np.abs(slope) + _SLOPE_ERROR * error
    bend = -2.0 * half_bend - _BEND_ERROR * error - pieces.half * slope
    inside = (pieces.half * slope <= _NEAR * bend) & (value >= 0.0) & (error <= 0.01 * length)
    over = _OVER * slope * np.divide(slope, bend, out=np.zeros_like(bend), where=inside)
    found, lower, upper = np.empty_like(inside), np.empty_like(value), np.empty_like(value)
    found[order], lower[order], upper[order] = inside, (value - error) / length, (value + error + over) / length
    return Enclosure(lower, upper, found)


def _on_pieces(pieces: Pieces, projections: FloatArray) -> tuple[NDArray[np.intp], FloatArray, NDArray[np.intp]]:
    """The order of points by the piece that holds their maximum, in it their powers (K + 1, n), how many each holds."""
    rank = pieces.powers.shape[1]
    piece = np.add.reduce(pieces.slopes @ projections[:, :rank].T > 0.0, axis=0, dtype=np.int16)
    order = np.argsort(piece, kind="stable")
    counts = np.bincount(piece, minlength=len(pieces.powers))
    rows = np.take(projections, order, axis=0)  # whole rows: several times faster than of a part of their columns
    powers, start = np.empty((DEGREE + 1, len(piece))), 0
    for stop, matrix in zip(np.cumsum(counts), pieces.powers, strict=True):
        np.matmul(matrix.T, rows[start:stop, :rank].T, out=powers[:, start:stop])
        start = stop
    return order, powers, counts


def _stationary_points(powers: FloatArray) -> FloatArray:
    """Nearly where q' = 0, by one step of Newton's method from where its first three terms vanish."""
    bend = 2.0 * powers[2]
    vertex = _ratio(powers[1], bend)
    y = 2.0 * vertex / (1.0 + np.sqrt(np.maximum(1.0 + 12.0 * vertex * _ratio(-powers[3], bend), 0.0)))
    y = np.clip(y, -1.0, 1.0)
    _, slope, half_bend = _taylor(powers[:_START_TERMS], y)
    return np.asarray(np.clip(y + _ratio(slope, 2.0 * half_bend), -1.0, 1.0))


def _ratio(slope: FloatArray, bend: FloatArray) -> FloatArray:
    """-slope/bend; 0 where the polynomial is not concave."""
    return np.divide(slope, -bend, out=np.zeros_like(slope), where=bend < 0.0)


def _taylor(powers: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Values, slopes and half the bends at y (n,) of polynomials (K + 1, n), by synthetic division."""
    value, slope, half_bend = np.zeros_like(y), np.zeros_like(y), np.zeros_like(y)
    for row in powers[::-1]:
        half_bend *= y
        half_bend += slope
        slope *= y
        slope += value
        value *= y
        value += row
    return value, slope, half_bend


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


@cache
def _to_powers(degree: int) -> FloatArray:
    """The matrix that turns Chebyshev coefficients into those of powers."""
    rows = enumerate(np.eye(degree + 1))
    return np.stack([np.pad(chebyshev.cheb2poly(row), (0, degree - k)) for k, row in rows])
