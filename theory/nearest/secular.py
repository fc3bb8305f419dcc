"""The one scalar equation behind every nearest-error problem, solved for many points at once.

The problem: the point x nearest to z with q(x) = sum l_i x_i^2 >= b, where b is -1, 0 or 1 and q(z) < b. Scaled so
that max l = 1 (or, where no l is positive, max |l| = 1). The only stationary points are x_i = z_i / (1 - m l_i), and
the optimal multiplier m in [0, 1) is the root of

    P(m) - N(m) = b,    P = sum over l_i > 0 of l_i z_i^2 / (1 - m l_i)^2,    N = the same over l_i <= 0 with |l_i|,

increasing in m. One constraint: strong duality holds (S-lemma, [PT2007]), so x is the global optimum.

How digits are kept: m and w = 1 - m are carried as a pair, each updated by the same step, so that both ends of
[0, 1) have full relative accuracy; for l_i > 0, 1 - m l_i = w + m (1 - l_i) is a sum of positive numbers. Newton's
step is taken on P^(-1/2) - N^(-1/2), which is linear in m where one coefficient dominates each part ([MS1983]).

The hard case: z has no component on the coordinates with l_i = 1 and P - N < b still holds at m = 1. Then m = 1
and the missing length goes along such a coordinate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..basics.validation import BoolArray, FloatArray

IndexArray: TypeAlias = NDArray[np.intp]

NEGLIGIBLE = 1e-100
"""Where max l = 1: coordinates below this count as 0, coefficients l in (0, 1e-100) as 0 and l < -1e100 as -1e100.

That moves angles by less than 1e-49."""

UNIT_ROUNDOFF = float(np.finfo(np.float64).eps)
_STEP_TOLERANCE = 1e-6  # Newton's next iterate is then right to about its square
_MAX_ITERATIONS = 150


@dataclass(frozen=True)
class SplitForm:
    """Coefficients divided by ``scale`` and split by sign; zeros go with the negative ones.

    Examples
    --------
    >>> form = SplitForm.of(np.array([2.0, 0.5, -1.0]))
    >>> form.scale, form.positive.tolist(), form.gaps.tolist(), form.rest.tolist()
    (2.0, [1.0, 0.25], [0.0, 0.75], [0.5])
    """

    scale: float
    positive_at: IndexArray
    rest_at: IndexArray
    positive: FloatArray
    gaps: FloatArray
    rest: FloatArray

    @classmethod
    def of(cls, coefficients: FloatArray) -> SplitForm:
        """Scale and split coefficients; where all are zero the scale is 1."""
        largest = float(np.max(coefficients))
        scale = largest if largest > 0.0 else float(np.max(np.abs(coefficients))) or 1.0
        is_positive = coefficients > NEGLIGIBLE * scale
        positive_at, rest_at = np.flatnonzero(is_positive), np.flatnonzero(~is_positive)
        positive, rest = coefficients[positive_at], np.maximum(-coefficients[rest_at], 0.0)
        with np.errstate(over="ignore"):
            scaled_rest = np.minimum(rest / scale, 1.0 / NEGLIGIBLE)
        # scale - positive is exact where the two are close (Sterbenz)
        return cls(scale, positive_at, rest_at, positive / scale, (scale - positive) / scale, scaled_rest)

    @property
    def bounded(self) -> bool:
        """Whether the multiplier lies in [0, 1): some coefficient is positive."""
        return self.positive.size > 0

    @property
    def top(self) -> BoolArray:
        """Which positive coefficients are largest."""
        return np.asarray(self.gaps == 0.0)

    def split_squares(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Squares of the coordinates with positive coefficients, and of the rest."""
        squares = points * points
        squares[squares < NEGLIGIBLE**2] = 0.0
        return squares[:, self.positive_at], squares[:, self.rest_at]


@dataclass(frozen=True)
class Sums:
    """Sums over i at one multiplier for each point, D_i = 1 - m l_i, apart for l > 0 (_p) and l <= 0 (_n).

    dot: z^2/D; lagrange: |l| z^2/D; norm: z^2/D^2; form: |l| z^2/D^2; moved: l^2 z^2/D^2; slope: l^2 z^2/D^3.

    Examples
    --------
    >>> form, half = SplitForm.of(np.array([1.0, -1.0])), np.array([0.5])
    >>> sums = evaluate(form, np.array([[0.25]]), np.array([[0.75]]), half, half)
    >>> sums.form_p.tolist(), sums.form_n.round(6).tolist()
    ([1.0], [0.333333])
    """

    dot_p: FloatArray
    dot_n: FloatArray
    lagrange_p: FloatArray
    lagrange_n: FloatArray
    norm_p: FloatArray
    norm_n: FloatArray
    form_p: FloatArray
    form_n: FloatArray
    moved_p: FloatArray
    moved_n: FloatArray
    slope_p: FloatArray
    slope_n: FloatArray


@dataclass(frozen=True)
class Solution:
    """Multipliers m with w = 1 - m, the squared length added along a top coordinate, and the sums at m.

    Examples
    --------
    >>> form = SplitForm.of(np.array([1.0, -1.0]))
    >>> hard = solve(form, np.array([[0.0]]), np.array([[1.0]]), 0)
    >>> hard.multiplier.tolist(), hard.added_square.tolist()
    ([1.0], [0.25])
    """

    multiplier: FloatArray
    complement: FloatArray
    added_square: FloatArray
    sums: Sums


def evaluate(
    form: SplitForm,
    positive_sq: FloatArray,
    rest_sq: FloatArray,
    m: FloatArray,
    w: FloatArray,
    *,
    at_pole: bool = False,
) -> Sums:
    """All sums at multipliers m (n,); ``at_pole`` allows w = 0 for points without a top component.

    Examples
    --------
    >>> form = SplitForm.of(np.array([1.0, -1.0]))
    >>> sums = evaluate(form, np.array([[0.36]]), np.array([[0.64]]), np.array([0.5]), np.array([0.5]))
    >>> sums.dot_p.tolist(), sums.dot_n.round(9).tolist()  # 0.36/(1 - m), 0.64/(1 + m)
    ([0.72], [0.426666667])
    """
    divisor = w[:, None] + m[:, None] * form.gaps
    if at_pole:
        divisor[positive_sq == 0.0] = 1.0
    p = _part(positive_sq, divisor, form.positive)
    n = _part(rest_sq, 1.0 + m[:, None] * form.rest, form.rest)
    return Sums(p[0], n[0], p[1], n[1], p[2], n[2], p[3], n[3], p[4], n[4], p[5], n[5])


def _part(squares: FloatArray, divisor: FloatArray, size: FloatArray) -> tuple[FloatArray, ...]:
    weights = np.stack([np.ones_like(size), size, size * size], axis=1)
    over = squares / divisor
    first = over @ weights[:, :2]
    over /= divisor
    second = over @ weights
    over /= divisor
    third = over @ weights[:, 2]
    return first[:, 0], first[:, 1], second[:, 0], second[:, 1], second[:, 2], third


def solve(form: SplitForm, positive_sq: FloatArray, rest_sq: FloatArray, offset: int) -> Solution:
    """Solve P(m) - N(m) = offset for every point; all points must satisfy q(z) < offset.

    Parameters
    ----------
    form
        The scaled coefficients l.
    positive_sq, rest_sq
        Squared coordinates (n, p) and (n, d - p), as :meth:`SplitForm.split_squares` gives them.
    offset
        The level b: -1, 0 or 1; -1 where no coefficient is positive.

    Returns
    -------
    Solution
        Estimates of the optimal multipliers; any error in them enters the bounds of the callers in second order.

    Examples
    --------
    >>> form = SplitForm.of(np.array([1.0, -1.0]))
    >>> found = solve(form, np.array([[0.1]]), np.array([[0.9]]), 0)
    >>> found.multiplier.round(9).tolist()  # ((1 + m)/(1 - m))^2 = 9
    [0.5]
    """
    hard = _hard_cases(form, positive_sq, rest_sq, offset)
    m, w = np.ones(len(hard)), np.zeros(len(hard))
    easy = np.flatnonzero(~hard)
    if easy.size:
        every = easy.size == hard.size
        squares = (positive_sq, rest_sq) if every else (positive_sq[easy], rest_sq[easy])
        bracket = _first_bracket(form, *squares, offset)
        m[easy], w[easy] = newton(_Secular(form, *squares, offset), bracket, np.zeros(easy.size), np.ones(easy.size))
    sums = evaluate(form, positive_sq, rest_sq, m, w, at_pole=bool(hard.any()))
    missing = sums.form_n + max(offset, 0) - (sums.form_p + max(-offset, 0))
    return Solution(m, w, np.where(hard, np.maximum(missing, 0.0), 0.0), sums)


def _hard_cases(form: SplitForm, positive_sq: FloatArray, rest_sq: FloatArray, offset: int) -> BoolArray:
    hard = np.zeros(len(rest_sq), dtype=bool)
    if not form.bounded:
        return hard
    suspects = np.flatnonzero(positive_sq[:, form.top].sum(axis=1) == 0.0)
    if suspects.size:
        one, zero = np.ones(suspects.size), np.zeros(suspects.size)
        sums = evaluate(form, positive_sq[suspects], rest_sq[suspects], one, zero, at_pole=True)
        hard[suspects] = sums.form_p - sums.form_n <= offset
    return hard


class Equation(Protocol):
    """One increasing equation in a multiplier for each of many points."""

    @property
    def bounded(self) -> bool:
        """Whether the multipliers lie in [0, 1), not in [0, inf)."""

    def step(self, m: FloatArray, w: FloatArray) -> tuple[BoolArray, FloatArray]:
        """Which roots are at m or beyond it, and the steps to take."""

    def select(self, keep: BoolArray) -> Equation:
        """That of some of the points."""


@dataclass(frozen=True)
class _Secular:
    """P(m) - N(m) = b."""

    form: SplitForm
    positive_sq: FloatArray
    rest_sq: FloatArray
    offset: int

    @property
    def bounded(self) -> bool:
        return self.form.bounded

    def step(self, m: FloatArray, w: FloatArray) -> tuple[BoolArray, FloatArray]:
        form, offset = self.form, self.offset
        form_p, slope_p = _form_and_slope(self.positive_sq, w[:, None] + m[:, None] * form.gaps, form.positive)
        form_n, slope_n = _form_and_slope(self.rest_sq, 1.0 + m[:, None] * form.rest, form.rest)
        p, n = 1.0 / np.sqrt(form_p + max(-offset, 0)), 1.0 / np.sqrt(form_n + max(offset, 0))
        return np.asarray(p >= n), (p - n) / (p**3 * slope_p + n**3 * slope_n)

    def select(self, keep: BoolArray) -> _Secular:
        return _Secular(self.form, self.positive_sq[keep], self.rest_sq[keep], self.offset)


def newton(equation: Equation, bracket: Bracket, m: FloatArray, w: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Safeguarded Newton iteration from m; returns m and w = 1 - m (w = 1 where m is not bounded by 1).

    Examples
    --------
    >>> class Tangent:  # m/w = 3
    ...     bounded = True
    ...     def step(self, m, w):
    ...         return m < 3.0 * w, w * (3.0 * w - m)
    ...     def select(self, keep):
    ...         return self
    >>> one = np.ones(1)
    >>> newton(Tangent(), Bracket(0.0 * one, one, one, 0.0 * one), 0.0 * one, one)[0].round(9).tolist()
    [0.75]
    """
    result_m, result_w = m.copy(), w.copy()
    active = np.arange(len(m))
    for _ in range(_MAX_ITERATIONS):
        below, step = equation.step(m, w)
        bracket.tighten(m, w, below)
        new_m, new_w = _move(m, w, step, equation.bounded)
        outside = ~bracket.contains(new_m, new_w)
        if outside.any():
            new_m[outside], new_w[outside] = bracket.middle(outside, equation.bounded)
        small = np.minimum(new_m, new_w) if equation.bounded else new_m
        done = (np.abs(step) <= _STEP_TOLERANCE * small) & ~outside | bracket.collapsed()
        m, w = new_m, new_w
        result_m[active], result_w[active] = m, w
        if done.all():
            break
        if np.count_nonzero(done) * 2 > len(done):
            keep = ~done
            active, m, w = active[keep], m[keep], w[keep]
            equation, bracket = equation.select(keep), bracket.select(keep)
    return result_m, result_w


def _form_and_slope(squares: FloatArray, divisor: FloatArray, size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The sums ``form`` and ``slope`` of :class:`Sums`: an iteration needs no others."""
    over = squares / divisor
    over /= divisor
    form = over @ size
    over /= divisor
    return form, over @ (size * size)


def _move(m: FloatArray, w: FloatArray, step: FloatArray, bounded: bool) -> tuple[FloatArray, FloatArray]:
    """Take the step in m and in w, then derive the larger of the two from the smaller."""
    m = m + step
    if not bounded:
        return m, w
    w = w - step
    return np.where(w < 0.5, 1.0 - w, m), np.where(w < 0.5, w, 1.0 - m)


@dataclass
class Bracket:
    """The root lies between (low_m, low_w) and (high_m, high_w); w falls as m grows.

    Examples
    --------
    >>> one = np.ones(1)
    >>> Bracket(0.0 * one, one, one, 0.0 * one).contains(0.5 * one, 0.5 * one).tolist()
    [True]
    """

    low_m: FloatArray
    low_w: FloatArray
    high_m: FloatArray
    high_w: FloatArray

    def tighten(self, m: FloatArray, w: FloatArray, below: BoolArray) -> None:
        """Take points into the bracket, below the roots or beyond them."""
        up, down = below & ((m > self.low_m) | (w < self.low_w)), ~below & ((m < self.high_m) | (w > self.high_w))
        self.low_m, self.low_w = np.where(up, m, self.low_m), np.where(up, w, self.low_w)
        self.high_m, self.high_w = np.where(down, m, self.high_m), np.where(down, w, self.high_w)

    def contains(self, m: FloatArray, w: FloatArray) -> BoolArray:
        """Which points lie between the ends."""
        # equality passes: a converged iterate sits on an end of its bracket
        inside = (m >= self.low_m) & (m <= self.high_m) & (w <= self.low_w) & (w >= self.high_w) & (w > 0.0)
        return np.asarray(inside)

    def middle(self, at: BoolArray, bounded: bool) -> tuple[FloatArray, FloatArray]:
        """Geometric mean of the odds m/w at the two ends; a tenth of the other end where one is 0 or infinite."""
        low, high = self.low_m[at] / self.low_w[at], self.high_m[at]
        with np.errstate(divide="ignore"):
            high = high / self.high_w[at] if bounded else high
        finite_high = np.where(np.isinf(high), 100.0 * np.maximum(low, 1.0), high)
        positive_low = np.where(low > 0.0, low, 0.01 * finite_high)
        odds = np.sqrt(positive_low) * np.sqrt(finite_high)
        if not bounded:
            return odds, np.ones_like(odds)
        return odds / (1.0 + odds), 1.0 / (1.0 + odds)

    def collapsed(self) -> BoolArray:
        """Which brackets are as narrow as rounding allows."""
        near_m = self.high_m - self.low_m <= 4.0 * UNIT_ROUNDOFF * self.high_m
        near_w = self.low_w - self.high_w <= 4.0 * UNIT_ROUNDOFF * self.low_w
        return np.asarray(near_m & near_w)

    def select(self, keep: BoolArray) -> Bracket:
        """Those of some of the points."""
        return Bracket(self.low_m[keep], self.low_w[keep], self.high_m[keep], self.high_w[keep])


def _first_bracket(form: SplitForm, positive_sq: FloatArray, rest_sq: FloatArray, offset: int) -> Bracket:
    """Bounds on the root from single terms, with a margin for rounding.

    Below: P <= P(0)/w^2 and N >= N(0)/(1 + m L)^2, L the largest |l|, give m >= (k - 1)/(L + k), k^2 = N(0)/P(0).
    Above: each l_i z_i^2/D_i^2 <= P = N + b <= N(0) + b bounds D_i, hence w, from below; where no l is positive,
    t/(1 + m t)^2 <= 1/(4 m) bounds m <= |z|^2/(4 |b|).
    """
    start_p = positive_sq @ form.positive + max(-offset, 0)
    start_n = rest_sq @ form.rest + max(offset, 0)
    ratio = np.sqrt(start_n / start_p)
    excess = np.maximum(start_n - start_p, 0.0) / start_p / (ratio + 1.0)
    largest = float(form.rest.max(initial=0.0))
    low_m = (1.0 - 1e-9) * excess / (largest + ratio)
    if not form.bounded:
        high_m = (1.0 + 1e-9) * rest_sq.sum(axis=1) / (4.0 * abs(offset))
        return Bracket(low_m, np.ones_like(low_m), high_m, np.ones_like(low_m))
    root = (1.0 - 1e-9) * np.sqrt(positive_sq * form.positive / start_n[:, None])
    single = (root - (1.0 + 4.0 * UNIT_ROUNDOFF) * form.gaps) / form.positive
    high_w = np.clip(single.max(axis=1), 0.0, 1.0)
    return Bracket(low_m, 1.0 - low_m, 1.0 - high_w, high_w)
