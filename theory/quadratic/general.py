r"""Quadratic forms of normal variables in full: tails, density and quantiles, in log space, with proved errors.

Q = sum_i w_i chi^2_{k_i}(delta_i) + s N(0, 1), all independent, is what any quadratic function of a normal vector is:
w_i the eigenvalues of its matrix, k_i their multiplicities, delta_i the squared means along them, and s what is linear
along the null space. The tail is the inversion integral of Lugannani and Rice [LR1980] on a hyperbola through its
saddle point (:mod:`.tilted_integral`), with a bound on the error of the trapezoid rule that is proved, not estimated.
The side that is at most about one half is integrated, so that neither tail loses digits however small it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from ..basics.errors import AccuracyError, InvalidArgumentError
from ..basics.log_probability import LogProbability
from ..basics.validation import FloatArray, check_finite, check_number, check_range, scalar_if_0d
from .form import QuadraticFormTail
from .sloped import LEAST, PROMISE, both_sides, check_accuracy, integral, keep_promise, tails
from .tilted import EPS, SlopedForm

__all__ = [
    "quadratic_form_log_density",
    "quadratic_form_quantile",
    "quadratic_form_tail",
]

_STEPS = 200
_SETTLED = 1e-14


def quadratic_form_tail(
    threshold: ArrayLike,
    weights: ArrayLike,
    *,
    degrees: ArrayLike = 1.0,
    noncentrality: ArrayLike = 0.0,
    normal: float = 0.0,
    accuracy: float = PROMISE,
) -> QuadraticFormTail:
    r"""P(Q > q) and P(Q <= q) for Q = sum_i w_i chi^2_{k_i}(delta_i) + s N(0, 1).

    .. math:: P(Q > q) = \frac{1}{2 \pi i} \int_{c - i\infty}^{c + i\infty} e^{K(t)} \frac{dt}{t}, \qquad
              K(t) = \sum_i \Big[-\tfrac{k_i}{2} \log(1 - 2 t w_i) + \frac{t w_i \delta_i}{1 - 2 t w_i}\Big]
              + \tfrac{s^2 t^2}{2} - t q

    Source: [LR1980], inverted exactly instead of expanded, on a hyperbola through the saddle point of K(t) - log t.

    Parameters
    ----------
    threshold
        q, finite, any shape.
    weights
        w, shape (n,), n >= 1, finite, any sign; zero weights are welcome.
    degrees
        k > 0, not necessarily integers, () or (n,).
    noncentrality
        delta >= 0, the sum of the squared means, () or (n,).
    normal
        s >= 0, the standard deviation of a normal term.
    accuracy
        The error that is allowed, in (0, 1e-3].

    Returns
    -------
    QuadraticFormTail
        Shape of ``threshold``. Strict: where Q is a constant 0, P(Q > 0) is 0. ``log_error`` bounds the error of both
        logarithms; it is proved, if elementary functions are right to a unit in the last place.

    Raises
    ------
    InvalidArgumentError
        An argument outside its range, or shapes that do not fit.
    AccuracyError
        An error above accuracy max(1, abs(log)/100, sum of degrees/200), log being the smaller of the two logarithms,
        as where noncentralities beyond 10^9 leave little of each other.

    Notes
    -----
    For the arguments as given. 15 to 100 evaluations of the integrand, some milliseconds for each q; cost linear in n.

    Examples
    --------
    >>> tail = quadratic_form_tail([3.0, 200.0], [1.0, 0.5], degrees=[2, 3])
    >>> [f"{p:.10g}" for p in tail.probability.log10]
    ['-0.3049036885', '-42.9779032']
    >>> exact = quadratic_form_tail(2.0, [1.0], degrees=2).probability  # exp(-1)
    >>> bool(abs(exact.log + 1.0) < 1e-13)
    True
    """
    q, form = _checked(threshold, weights, degrees, noncentrality, normal)
    return tails(q, form, check_accuracy(accuracy))


def quadratic_form_log_density(
    point: ArrayLike,
    weights: ArrayLike,
    *,
    degrees: ArrayLike = 1.0,
    noncentrality: ArrayLike = 0.0,
    normal: float = 0.0,
) -> tuple[FloatArray, FloatArray]:
    r"""Natural logarithm of the density of Q at points, and a bound on its error.

    The integral of :func:`quadratic_form_tail` without its pole, through the saddle point of K.

    Parameters
    ----------
    point
        q, finite, any shape; not 0 where the density may be infinite there (no normal term, few degrees).
    weights, degrees, noncentrality, normal
        As for :func:`quadratic_form_tail`.

    Returns
    -------
    ndarray, ndarray
        Log density (-inf outside of the support) and the proved bound on its absolute error, shape of ``point``.

    Raises
    ------
    InvalidArgumentError
        An argument outside its range; a Q that is constant.
    AccuracyError
        As for :func:`quadratic_form_tail`; at the end of the support.

    Examples
    --------
    >>> value, error = quadratic_form_log_density(2.0, [1.0], degrees=2)  # exp(-1)/2
    >>> bool(abs(value + 1.0 + np.log(2.0)) < 1e-13), bool(error < 1e-12)
    (True, True)
    """
    q, form = _checked(point, weights, degrees, noncentrality, normal)
    if form.constant:
        raise InvalidArgumentError("weights", weights, "not all 0 without a normal term: a constant has no density")
    rows = np.array([_log_density(float(x), form) for x in q.ravel()]).reshape(-1, 2)
    value, error = (column.reshape(q.shape) for column in rows.T)
    return scalar_if_0d(value), scalar_if_0d(error)


def quadratic_form_quantile(
    probability: ArrayLike | LogProbability,
    weights: ArrayLike,
    *,
    degrees: ArrayLike = 1.0,
    noncentrality: ArrayLike = 0.0,
    normal: float = 0.0,
) -> FloatArray:
    """The q with P(Q <= q) = probability.

    Parameters
    ----------
    probability
        Levels strictly between 0 and 1, any shape, or a LogProbability for those too close to 0 or 1.
    weights, degrees, noncentrality, normal
        As for :func:`quadratic_form_tail`.

    Returns
    -------
    ndarray
        Shape of ``probability``. Estimate of an exact root: what :func:`quadratic_form_tail` says there agrees to
        1e-11 in the logarithm of the smaller side, to which its ``log_error`` comes; or q is known to 1e-14 of itself,
        or of the scale of Q where both signs are possible.

    Raises
    ------
    InvalidArgumentError
        A level of 0 or 1, another argument outside its range, or a Q that is constant.
    AccuracyError
        As for :func:`quadratic_form_tail`, or the root was not found.

    Examples
    --------
    >>> print(f"{quadratic_form_quantile(0.95, [1.0], degrees=2):.10f}")  # -2 log(0.05)
    5.9914645471
    """
    p = LogProbability.of(probability, name="probability")
    _, form = _checked(0.0, weights, degrees, noncentrality, normal)
    log_p, log_q = np.asarray(p.log), np.asarray(p.log_complement)
    if np.any(np.isneginf(log_p) | np.isneginf(log_q)):
        raise InvalidArgumentError("probability", probability, "strictly between 0 and 1")
    if form.constant:
        raise InvalidArgumentError("weights", weights, "not all 0 without a normal term: a constant has no quantiles")
    unit = replace(form, exponent=0)
    found = [_quantile(float(a), float(b), unit) for a, b in zip(log_p.ravel(), log_q.ravel(), strict=True)]
    with np.errstate(over="ignore", under="ignore"):
        q = np.ldexp(np.array(found).reshape(log_p.shape), form.exponent)
    if not np.all(np.isfinite(q) & ((q != 0.0) | (np.array(found).reshape(q.shape) == 0.0))):
        raise AccuracyError("the quantile is too large or too small for a double", q)
    return scalar_if_0d(q)


def _checked(
    point: ArrayLike, weights: ArrayLike, degrees: ArrayLike, noncentrality: ArrayLike, normal: float
) -> tuple[FloatArray, SlopedForm]:
    q, w = check_finite("threshold", point), check_finite("weights", weights)
    if w.ndim != 1 or not len(w):
        raise InvalidArgumentError("weights", w.shape, "one row of at least one weight")
    k = check_range("degrees", degrees, np.finfo(np.float64).tiny, 1e15)
    delta = check_range("noncentrality", noncentrality, 0.0, 1e15)
    for name, array in (("degrees", k), ("noncentrality", delta)):
        if array.shape not in ((), w.shape):
            raise InvalidArgumentError(name, array.shape, f"one number, or {len(w)} as there are weights")
    s = check_number("normal", normal)
    if s < 0.0:
        raise InvalidArgumentError("normal", s, "at least 0")
    exponent = int(np.frexp(max(float(np.abs(w).max()), s))[1])
    some = w != 0.0
    with np.errstate(under="ignore"):
        w, wide = np.ldexp(w, -exponent), s > 0.0
        s = float(np.ldexp(s, -exponent))
    if np.any(np.abs(w[some]) < LEAST) or (wide and s < LEAST):
        raise AccuracyError("the weights are too many orders of magnitude apart", w)
    k, delta = np.broadcast_to(k, w.shape), np.broadcast_to(delta, w.shape)
    return q, SlopedForm.noncentral(w[some], k[some], delta[some], s, exponent)


def _log_density(q: float, form: SlopedForm) -> tuple[float, float]:
    x = form.scaled(q)
    unit = form.exponent * np.log(2.0)
    if not len(form.weights):
        z = x / form.normal
        log, error = -0.5 * z * z - 0.5 * np.log(2.0 * np.pi) - np.log(form.normal), 8.0 * EPS * (1.0 + z * z)
        keep_promise(error, log, form)
        return float(log - unit), error
    outside = form.normal == 0.0 and (x < 0.0 if form.weights.min() > 0.0 else x > 0.0 and form.weights.max() < 0.0)
    if outside:
        return -np.inf, 0.0
    log, error, _ = integral(x, form, 0)
    keep_promise(error, log, form)
    return float(log - unit), error + EPS * abs(float(unit))


def _quantile(log_p: float, log_q: float, form: SlopedForm) -> float:
    """Root of the logarithm of the smaller side: Newton's steps in a bracket."""
    lower = log_p < log_q
    target = log_p if lower else log_q

    def excess(x: float) -> float:
        """Falls where the upper side is meant, grows where the lower one is."""
        log_above, log_below, _, _ = both_sides(x, form)
        return (log_below if lower else log_above) - target

    sign = 1.0 if lower else -1.0
    low, high = _bracket(lambda x: sign * excess(x), form)
    for _ in range(_STEPS):
        x = _middle(low, high, form)
        value = excess(x)
        for _ in range(3):  # Newton's steps converge from nearly anywhere, as the logarithm is nearly concave
            with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
                moved = float(x - sign * value * np.exp(target + value - _log_density(x, form)[0]))
            if not low < moved < high:
                break
            low, high = (x, high) if sign * value < 0.0 else (low, x)
            x, value = moved, excess(moved)
            if abs(value) < 1e-12:
                return x
        low, high = (x, high) if sign * value < 0.0 else (low, x)
        if high - low <= _SETTLED * max(abs(x), 0.0 if form.definite else form.deviation):
            return 0.5 * (low + high)
    raise AccuracyError("the quantile was not found", x)


def _middle(low: float, high: float, form: SlopedForm) -> float:
    """Of the logarithms where the support ends at 0: quantiles may lie at any power of ten beside it."""
    if not form.definite:
        return 0.5 * (low + high)
    near, far = sorted((low, high), key=abs)
    return float(np.copysign(np.sqrt(abs(near)) * np.sqrt(abs(far)), far)) if near != 0.0 else 1e-3 * far


def _bracket(rising: Callable[[float], float], form: SlopedForm) -> tuple[float, float]:
    """Points, on both sides of the root, that double their distance from the mean until they are."""
    ends = []
    for side in (-1.0, 1.0):
        step = form.deviation
        edge = form.normal == 0.0 and (form.weights.min() > 0.0 if side < 0.0 else form.weights.max() < 0.0)
        while True:
            x = form.mean + side * step
            if edge and side * x >= 0.0:
                ends.append(0.0)
                break
            if side * rising(x) > 0.0:
                ends.append(x)
                break
            step *= 2.0
            if step > 1e12 * form.deviation:
                raise AccuracyError("the quantile was not found", x)
    return ends[0], ends[1]
