r"""Quadratic forms with slopes, sum_i (w_i chi^2_{k_i} with a slope of square v_i beside it) + shift + s N(0, 1).

What :mod:`.general` and quadratic functions (:mod:`.function`) have in common: the integral of :mod:`.tilted_integral`,
which of both sides is integrated, and the promise about its error.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_ndtr

from ..basics.arguments import check_single
from ..basics.errors import AccuracyError, InvalidArgumentError
from ..basics.log_probability import LogProbability, log_one_minus_exp
from ..basics.validation import FloatArray, check_finite, check_range, scalar_if_0d
from .form import QuadraticFormTail
from .tilted import EPS, SlopedForm, saddle, tilt
from .tilted_integral import integrate_tilted

__all__ = [
    "LEAST",
    "PROMISE",
    "both_sides",
    "check_accuracy",
    "integral",
    "keep_promise",
    "sloped_form_tail",
    "tails",
]

PROMISE = 1e-12
"""Error of the logarithms that is allowed where nothing else is said."""
_LARGE = -0.6  # a side above 0.55 makes way for the other, whose error it would enlarge
LEAST = 1e-150
"""Of a weight or of the normal term beside the largest: their squares are doubles."""


def check_accuracy(accuracy: float) -> float:
    """The error that is allowed, in (0, 1e-3].

    Examples
    --------
    >>> check_accuracy(1e-9)
    1e-09
    """
    return check_single("accuracy", check_range("accuracy", accuracy, 0.0, 1e-3, low_open=True))


def sloped_form_tail(
    threshold: ArrayLike, weights: ArrayLike, slopes: ArrayLike, *, normal: float = 0.0, accuracy: float = PROMISE
) -> QuadraticFormTail:
    r"""P(Q > q) and P(Q <= q) for Q = sum_i (w_i g_i^2 + b_i g_i) + s N(0, 1), all normal and independent.

    The same form as that of :func:`~.general.quadratic_form_tail` with noncentralities b^2/(4 w^2), less sum b^2/(4 w),
    without the large numbers that cancel where weights are small beside their slopes.

    Parameters
    ----------
    threshold
        q, finite, any shape.
    weights, slopes
        w, none of them 0, and b, finite, shape (n,) each, n >= 0.
    normal, accuracy
        As for :func:`~.general.quadratic_form_tail`.

    Returns
    -------
    QuadraticFormTail
        As there.

    Raises
    ------
    InvalidArgumentError
        An argument outside its range, or shapes that do not fit.
    AccuracyError
        As there.

    Examples
    --------
    >>> tail = sloped_form_tail(3.0, [1.0], [2.0])  # (g + 1)^2 > 4: the tails beyond 1 and 3
    >>> print(f"{tail.probability.probability:.12f}")
    0.160005151963
    """
    q, w, b = (check_finite(n, v) for n, v in (("threshold", threshold), ("weights", weights), ("slopes", slopes)))
    s = check_single("normal", check_range("normal", normal, 0.0, np.inf, high_open=True))
    if w.ndim != 1 or b.shape != w.shape or not np.all(w) or not (len(w) or s):
        raise InvalidArgumentError("weights", w.shape, "one row of weights that are not 0, and as many slopes")
    exponent = int(np.frexp(max(float(np.abs([*w, *b]).max(initial=0.0)), s))[1])
    with np.errstate(under="ignore"):
        w, b, s = np.ldexp(w, -exponent), np.ldexp(b, -exponent), float(np.ldexp(s, -exponent))
    if np.any(np.abs(w) < LEAST):
        raise AccuracyError("the weights are too many orders of magnitude apart", w)
    edge = -0.25 * float(np.sum(b * b / w))
    form = SlopedForm(w, np.ones_like(w), b * b, np.zeros((2, len(w))), edge, s, exponent)
    return tails(q, form, check_accuracy(accuracy))


def tails(q: FloatArray, form: SlopedForm, accuracy: float) -> QuadraticFormTail:
    """Both tails at points of any shape, within an error of their logarithms.

    Examples
    --------
    >>> form = SlopedForm.noncentral(np.ones(1), 2.0 * np.ones(1), np.zeros(1), 0.0, 0)
    >>> bool(abs(tails(np.array(2.0), form, 1e-12).probability.log + 1.0) < 1e-12)
    True
    """
    rows = np.array([both_sides(float(x), form, accuracy) for x in q.ravel()]).reshape(-1, 4)
    log_p, log_q, error, nodes = (column.reshape(q.shape) for column in rows.T)
    probability = LogProbability(scalar_if_0d(log_p), scalar_if_0d(log_q))
    return QuadraticFormTail(probability, scalar_if_0d(error), np.asarray(nodes, dtype=np.int64)[()])


def both_sides(q: float, form: SlopedForm, accuracy: float = PROMISE) -> tuple[float, float, float, int]:
    """Log P(Q > q), log P(Q <= q), error, nodes.

    Examples
    --------
    >>> form = SlopedForm.noncentral(np.ones(1), 2.0 * np.ones(1), np.zeros(1), 0.0, 0)
    >>> round(both_sides(2.0, form)[0], 12)
    -1.0
    """
    x = form.scaled(q)
    certain = _certain(x, form)
    if certain is not None:
        return certain
    if not len(form.weights):
        z = x / form.normal
        log_above, log_below, error = float(log_ndtr(-z)), float(log_ndtr(z)), 8.0 * EPS * max(1.0, z * z)
        keep_promise(error, min(log_above, log_below), form, accuracy)
        return log_above, log_below, error, 0
    flip = x < form.mean
    side = integral(-x if flip else x, form.negated if flip else form, 1)
    if side[0] > _LARGE:
        flip = not flip
        side = integral(-x if flip else x, form.negated if flip else form, 1)
    log, error, nodes = side
    log = min(log, 0.0)
    other = float(log_one_minus_exp(log))
    error = error * max(1.0, np.exp(log - other)) + EPS * min(1.0, abs(other))
    keep_promise(error, log, form, accuracy)
    return (other, log, error, nodes) if flip else (log, other, error, nodes)


def _certain(x: float, form: SlopedForm) -> tuple[float, float, float, int] | None:
    """The answer where q lies outside of the support of Q, or Q is constant."""
    if form.normal > 0.0:
        return None
    if x >= form.edge and form.weights.max(initial=0.0) <= 0.0:
        return -np.inf, 0.0, 0.0, 0
    if (x <= form.edge and form.weights.min(initial=0.0) >= 0.0 and len(form.weights)) or (x < 0.0 and form.constant):
        return 0.0, -np.inf, 0.0, 0
    return None


def integral(x: float, form: SlopedForm, pole: int) -> tuple[float, float, int]:
    """Log P(Q > x) (pole 1) or of the density at x (pole 0), a bound on its error, nodes.

    Examples
    --------
    >>> form = SlopedForm.noncentral(np.ones(1), 2.0 * np.ones(1), np.zeros(1), 0.0, 0)
    >>> round(integral(2.0, form, 0)[0], 9)  # log(exp(-1)/2)
    -1.693147181
    """
    with np.errstate(all="ignore"):  # what overflows on the way is no number in the end, and refused
        return integrate_tilted(tilt(form, x, saddle(form, x, pole), pole))


def keep_promise(error: float, log: float, form: SlopedForm, accuracy: float = PROMISE) -> None:
    """Refuse an error above what is allowed.

    Examples
    --------
    >>> form = SlopedForm.noncentral(np.ones(1), 2.0 * np.ones(1), np.zeros(1), 0.0, 0)
    >>> keep_promise(1e-13, -1.0, form)
    """
    promise = accuracy * max(1.0, abs(log) / 100.0, float(form.degrees.sum()) / 200.0)
    if not error <= promise < np.inf:
        raise AccuracyError(f"the tail is known to {error:.1e} in the log only, promised is {promise:.1e}", log)
