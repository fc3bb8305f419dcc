"""Where the optimal multipliers of random points lie: an interval that holds all but a small fraction of them.

The optimal m of a uniform unit vector u exceeds m0 exactly if Q(u) = sum q_i u_i^2 < 0, q_i = l_i/(1 - m0 l_i)^2, so
its tails are tails of quadratic forms, bounded by Chernoff: P(Q > 0) <= min over s of prod (1 - 2 s q_i)^(-1/2).
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp

import numpy as np

from ..basics.validation import FloatArray

_LEFT_OUT = 4e-3
_BISECTIONS = 10  # the ends need no digits
_CHERNOFF_BISECTIONS = 20  # any s gives a bound


def dual_interval(lam: FloatArray, left_out: float = _LEFT_OUT) -> tuple[float, float, float] | None:
    """An interval of t = log((1 + L m)/(1 - m)), L = -min l, and a typical h = sin^2(theta)/m in it.

    Parameters
    ----------
    lam
        l, shape (dim,), max l = 1, min l < 0.
    left_out
        Bound on the fraction of points whose optimum lies beyond each end (points of the error set, m = 0, apart).

    Returns
    -------
    (low, high, typical) or None
        Guarantee: upper bound on the fraction left out. None where hardly any point is correct.

    Examples
    --------
    >>> import numpy as np
    >>> low, high, typical = dual_interval(np.array([1.0] + [-1.0] * 9))
    >>> 0.0 <= low < high
    True
    """
    largest = -float(lam.min())
    level = np.log(left_out)
    if log_chernoff(-lam) <= level:
        return None  # nearly all points are errors

    def form(t: float) -> FloatArray:
        decay = np.exp(-t)
        weights = (1.0 + largest * decay) / ((1.0 - lam) + (largest + lam) * decay)
        return np.asarray(lam * weights**2)

    top = float(np.log1p(largest)) + 40.0
    high = crossing(lambda t: log_chernoff(-form(t)) > level, 0.0, top)
    low = crossing(lambda t: log_chernoff(form(t)) < level, 0.0, top)
    if log_chernoff(lam) >= level:
        low = 0.0
    middle = 0.5 * (low + high)
    decay = np.exp(-middle)
    weights = (1.0 + largest * decay) / ((1.0 - lam) + (largest + lam) * decay)
    typical = abs(float((lam * weights).mean()))
    return low, high, max(typical, 1e-3 * float(np.abs(lam * weights).mean()))


def log_chernoff(form: FloatArray) -> float:
    """The least log of prod (1 - 2 s q_i)^(-1/2) over s >= 0: an upper bound on log P(sum q_i u_i^2 > 0).

    Examples
    --------
    >>> print(f"{log_chernoff(np.array([1.0, -1.0, -1.0])):.6f}")  # s = 1/6: -log(32/27)/2
    -0.084950
    """
    top = float(form.max())
    if top <= 0.0:
        return -np.inf
    if form.sum() >= 0.0:
        return 0.0
    ratio = form / top
    gaps, low, high = 1.0 - ratio, -40.0, 40.0
    divisor = ratio
    for _ in range(_CHERNOFF_BISECTIONS):
        middle = 0.5 * (low + high)
        divisor = 1.0 / (1.0 + exp(middle)) + gaps / (1.0 + exp(-middle))
        low, high = (low, middle) if np.add.reduce(ratio / divisor) > 0.0 else (middle, high)
    return float(-0.5 * np.log(divisor).sum())


def crossing(holds: Callable[[float], bool], low: float, high: float) -> float:
    """The t in [low, high] at which ``holds`` turns from True to False.

    Examples
    --------
    >>> round(crossing(lambda t: t * t < 2.0, 0.0, 2.0), 1)
    1.4
    """
    for _ in range(_BISECTIONS):
        t = 0.5 * (low + high)
        low, high = (t, high) if holds(t) else (low, t)
    return 0.5 * (low + high)
