"""Enclosures of the maxima of concave duals S = m h of many points, from polynomials on short pieces of t.

Notation as in :mod:`.dual_series`. For a point with squares u_i^2 (sum 1), h = sum u_i^2 f_i, and each f_i is, up to
a proved error e_i, a combination A_i of a few functions. On a piece of half width d about a centre, S is replaced by
its interpolant q of degree K in Chebyshev points. As S = 1 - sum u_i^2 W_i with W_i = 1/(1 - m l_i), and both W_i and
1/W_i grow at most like exp(|t|), the ellipse of :mod:`.dual_series` about the piece gives at every t of it

    |q - S| <= C (1 - S(t*)),    C = 4 rho^-K/(rho - 1) exp(reach + d)/cos(y/2),

whichever t* of the piece is taken: at one with S >= 0 it is at most C. What e adds is at most the Lebesgue constant
times m sum u_i^2 e_i. As S is concave in m, three points m1 < m0 < m2 with S(m0) >= S(m1), S(m2) enclose its maximum:

    S(m0) <= max S <= S(m0) + max((S(m0) - S(m1)) r, (S(m0) - S(m2))/r),      r = (m2 - m0)/(m0 - m1).

For points at t0 - s, t0, t0 + s both r and 1/r are at most exp(2 s), since |(log dm/dt)'| < 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from ..basics.by_value import ByValue
from ..basics.validation import BoolArray, FloatArray
from .dual_series import DualInterval, chebyshev_nodes, ellipses

DEGREE = 10
"""K."""

_WIDEST = 0.125  # half width of a piece
_LEBESGUE = 2.6  # of 11 Chebyshev points, at most 1 + (2/pi) log 11 = 2.53
_NEWTON_STEPS = 2


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
    top
        (pieces,): Lebesgue constant times the largest m of a piece.
    error
        C.
    most
        (pieces,): bound on the error of h for any point whose maximum is there.

    Examples
    --------
    >>> found = Pieces.of(DualInterval(0.0, 1.0, 1.0), np.array([[1.0, -0.6]]))  # h = 1 - 0.6 x
    >>> found.powers.shape, found.slopes.shape, found.error < 1e-14
    ((4, 1, 11), (3, 1), True)
    """

    half: float
    powers: FloatArray
    slopes: FloatArray
    top: FloatArray
    error: float
    most: FloatArray

    @classmethod
    def of(cls, interval: DualInterval, series: FloatArray) -> Pieces:
        """From the Chebyshev series (r, N + 1) of the functions on the interval."""
        count = max(1, int(np.ceil(interval.half / _WIDEST)))
        half = float(interval.half / count)
        centres = np.asarray(interval.low + half * (2.0 * np.arange(count) + 1.0), dtype=np.float64)
        nodes, transform = chebyshev_nodes(DEGREE)
        t = centres[:, None] + half * nodes
        h = chebyshev.chebval((t - interval.centre) / interval.half, series.T)
        to_powers = np.stack(
            [np.pad(chebyshev.cheb2poly(row), (0, DEGREE - k)) for k, row in enumerate(np.eye(DEGREE + 1))]
        )
        powers = np.moveaxis((h * interval.multiplier(t)) @ transform @ to_powers, 0, 1)
        slopes = powers[:-1] @ np.arange(DEGREE + 1.0)
        top = _LEBESGUE * interval.multiplier(centres + half)
        heights, rho, reach = ellipses(half)
        log_error = reach + half - np.log(np.cos(0.5 * heights) * (rho - 1.0)) - DEGREE * np.log(rho)
        return cls(
            half,
            np.ascontiguousarray(powers),
            slopes,
            top,
            4.0 * float(np.exp(log_error.min())),
            np.full(count, np.inf),
        )


@dataclass(frozen=True)
class Enclosure:
    """An enclosure of max S for each point of a block.

    Parameters
    ----------
    value
        S at the multiplier found, shape (n,).
    error
        Bound on the error of ``value``: the maximum is at least value - error.
    over
        The maximum is at most value + error + over where ``inside``.
    inside
        The enclosure holds; False where the optimum is not enclosed by one piece.

    Examples
    --------
    >>> pieces = Pieces.of(DualInterval(0.0, 2.0, 1.0), np.array([[1.0, -0.6]]))  # h = 1 - 0.6 x
    >>> one = np.ones(1)
    >>> found = enclosed_maximum(pieces, one[:, None], one, 1e-12 * one, 1e-16)
    >>> bool(found.inside[0]), bool(found.error[0] + found.over[0] < 1e-10)
    (True, True)
    """

    value: FloatArray
    error: FloatArray
    over: FloatArray
    inside: BoolArray


def enclosed_maximum(
    pieces: Pieces, projections: FloatArray, length: FloatArray, unit_error: FloatArray, rounding: float
) -> Enclosure:
    """Enclose max of S by three points of its graph: this module's introduction.

    Parameters
    ----------
    pieces
        Where the optima are sought.
    projections
        sum_i x_i^2 A_i for points x of any length, shape (n, r); further columns are not read.
    length
        sum_i x_i^2, shape (n,).
    unit_error
        Bound on the error of h times the length, shape (n,).
    rounding
        Bound on the error of S apart from |m| unit_error and from what interpolation misses.

    Returns
    -------
    Enclosure
        Guarantee: as its fields say.

    Examples
    --------
    >>> interval = DualInterval(0.0, 2.0, 1.0)
    >>> t = np.linspace(0.0, 2.0, 100001)
    >>> best = (interval.multiplier(t) * (1.0 - 0.6 * (t - 1.0))).max()
    >>> one = np.ones(1)
    >>> found = enclosed_maximum(Pieces.of(interval, np.array([[1.0, -0.6]])), one[:, None], one, 0.0 * one, 1e-15)
    >>> bool(abs(found.value[0] - best) < 1e-8)
    True
    """
    order, powers, piece = _on_pieces(pieces, projections)
    length = length[order]
    unit_error = np.minimum(unit_error[order], pieces.most[piece] * length)
    y, bend = _stationary_points(powers)
    # 1 - S <= 1.02 wherever the value found is not negative and the errors are small
    error = pieces.top[piece] * unit_error + (rounding + 1.02 * pieces.error) * length
    with np.errstate(divide="ignore", invalid="ignore"):
        # far enough that the fall of S is about 8 times its error
        reach = np.sqrt(16.0 * error / -bend)
    inside = (bend < 0.0) & (np.abs(y) + reach < 1.0) & (reach < 0.1)
    reach = np.where(inside, reach, 0.0)
    value = _horner(powers, y)
    before, after = _horner(powers, y - reach), _horner(powers, y + reach)
    inside &= (value - np.maximum(before, after) >= 2.0 * error) & (value >= 0.0) & (error <= 0.01 * length)
    over = (value - np.minimum(before, after) + 2.0 * error) * (1.001 + 2.1 * pieces.half * reach)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return Enclosure((value / length)[back], (error / length)[back], (over / length)[back], inside[back])


def _on_pieces(pieces: Pieces, projections: FloatArray) -> tuple[NDArray[np.intp], FloatArray, NDArray[np.int16]]:
    """The order of the points by the piece that holds their maximum, and in it their powers (K + 1, n) and piece."""
    rank = pieces.powers.shape[1]
    piece = np.add.reduce(pieces.slopes @ projections[:, :rank].T > 0.0, axis=0, dtype=np.int16)
    order = np.argsort(piece, kind="stable")
    ends = np.cumsum(np.bincount(piece, minlength=len(pieces.powers)))
    rows = np.take(projections, order, axis=0)  # whole rows: several times faster than of a part of their columns
    powers, start = np.empty((DEGREE + 1, len(piece))), 0
    for stop, matrix in zip(ends, pieces.powers, strict=True):
        np.matmul(matrix.T, rows[start:stop, :rank].T, out=powers[:, start:stop])
        start = stop
    return order, powers, piece[order]


def _stationary_points(powers: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Newton's method for q' = 0 from the vertex of the parabola: y, and q'' near it."""
    bend = 2.0 * powers[2]
    y = _stepped(np.zeros_like(bend), powers[1], bend)
    for _ in range(_NEWTON_STEPS):
        slope, bend = _derivatives(powers, y)
        y = _stepped(y, slope, bend)
    return y, bend


def _stepped(y: FloatArray, slope: FloatArray, bend: FloatArray) -> FloatArray:
    step = np.divide(slope, -bend, out=np.zeros_like(slope), where=bend < 0.0)
    return np.clip(y + step, -1.0, 1.0)


def _horner(powers: FloatArray, y: FloatArray) -> FloatArray:
    """Polynomials with coefficients (K + 1, n), each at its own y (n,)."""
    value = powers[-1] * y
    for row in powers[-2:0:-1]:
        value += row
        value *= y
    return np.asarray(value + powers[0])


def _derivatives(powers: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First and second derivative of polynomials with coefficients (K + 1, n)."""
    first, second = DEGREE * powers[DEGREE], np.zeros_like(y)
    for k in range(DEGREE - 1, 0, -1):
        second *= y
        second += first
        first *= y
        first += k * powers[k]
    return first, second
