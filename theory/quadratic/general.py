r"""Quadratic forms of normal variables in full: tails, density and quantiles, in log space, with proved errors.

Q = sum_i w_i chi^2_{k_i}(delta_i) + s N(0, 1), all independent, is what any quadratic function of a normal vector is:
w_i the eigenvalues of its matrix, k_i their multiplicities, delta_i the squared means along them, and s what is linear
along the null space. The tail is the inversion integral of Lugannani and Rice [LR1980] on a hyperbola through its
saddle point (:mod:`.tilted`), with a bound on the error of the trapezoid rule that is proved, not estimated.
The side that is at most about one half is integrated, so that neither tail loses digits however small it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_ndtr

from ..basics.errors import AccuracyError, InvalidArgumentError
from ..basics.log_probability import LogProbability, log_one_minus_exp
from ..basics.validation import FloatArray, check_finite, check_number, check_range, scalar_if_0d
from .form import QuadraticFormTail
from .tilted import EPS, integrate_tilted, saddle, tilt

__all__ = [
    "quadratic_form_log_density",
    "quadratic_form_quantile",
    "quadratic_form_tail",
]

_PROMISE = 1e-12
_LARGE = -0.6  # a side above 0.55 makes way for the other, whose error it would enlarge
_STEPS = 200
_SETTLED = 1e-14
_LEAST = 1e-150  # of a weight or of the normal term beside the largest: their squares are doubles


def quadratic_form_tail(
    threshold: ArrayLike,
    weights: ArrayLike,
    *,
    degrees: ArrayLike = 1.0,
    noncentrality: ArrayLike = 0.0,
    normal: float = 0.0,
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
        An error above 1e-12 max(1, abs(log)/100, sum of degrees/200), log being the smaller of the two logarithms, as
        where noncentralities of many thousands cancel.

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
    rows = np.array([_both_sides(float(x), form) for x in q.ravel()]).reshape(-1, 4)
    log_p, log_q, error, nodes = (column.reshape(q.shape) for column in rows.T)
    probability = LogProbability(scalar_if_0d(log_p), scalar_if_0d(log_q))
    return QuadraticFormTail(probability, scalar_if_0d(error), np.asarray(nodes, dtype=np.int64)[()])


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


@dataclass(frozen=True)
class _Form:
    """Weights that are not 0, scaled by a power of two, with their degrees and noncentralities."""

    weights: FloatArray
    degrees: FloatArray
    noncentrality: FloatArray
    normal: float
    exponent: int

    @property
    def constant(self) -> bool:
        return not len(self.weights) and self.normal == 0.0

    @property
    def definite(self) -> bool:
        """Whether the support ends at 0."""
        return self.normal == 0.0 and bool(np.all(self.weights > 0.0) or np.all(self.weights < 0.0))

    @property
    def negated(self) -> _Form:
        return _Form(-self.weights, self.degrees, self.noncentrality, self.normal, self.exponent)

    @property
    def mean(self) -> float:
        return float((self.weights * (self.degrees + self.noncentrality)).sum())

    @property
    def deviation(self) -> float:
        square = 2.0 * self.weights**2 * (self.degrees + 2.0 * self.noncentrality)
        return float(np.sqrt(square.sum() + self.normal**2))

    def scaled(self, q: float) -> float:
        with np.errstate(over="ignore", under="ignore"):
            x = float(np.ldexp(q, -self.exponent))
        if not np.isfinite(x) or (x == 0.0 and q != 0.0):
            raise AccuracyError("the threshold and the weights are too many orders of magnitude apart", q)
        return x


def _checked(
    point: ArrayLike, weights: ArrayLike, degrees: ArrayLike, noncentrality: ArrayLike, normal: float
) -> tuple[FloatArray, _Form]:
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
    if np.any(np.abs(w[some]) < _LEAST) or (wide and s < _LEAST):
        raise AccuracyError("the weights are too many orders of magnitude apart", w)
    k, delta = np.broadcast_to(k, w.shape), np.broadcast_to(delta, w.shape)
    return q, _Form(w[some], k[some], delta[some], s, exponent)


def _both_sides(q: float, form: _Form) -> tuple[float, float, float, int]:
    """Log P(Q > q), log P(Q <= q), error, nodes."""
    x = form.scaled(q)
    certain = _certain(x, form)
    if certain is not None:
        return certain
    if not len(form.weights):
        z = x / form.normal
        return float(log_ndtr(-z)), float(log_ndtr(z)), 8.0 * EPS * max(1.0, z * z), 0
    flip = x < form.mean
    side = _side(-x if flip else x, form.negated if flip else form)
    if side[0] > _LARGE:
        flip = not flip
        side = _side(-x if flip else x, form.negated if flip else form)
    log, error, nodes = side
    log = min(log, 0.0)
    other = float(log_one_minus_exp(log))
    error = error * max(1.0, np.exp(log - other)) + EPS * min(1.0, abs(other))
    _keep_promise(error, log, form)
    return (other, log, error, nodes) if flip else (log, other, error, nodes)


def _certain(x: float, form: _Form) -> tuple[float, float, float, int] | None:
    """The answer where q lies outside of the support of Q, or Q is constant."""
    if form.normal > 0.0:
        return None
    if x >= 0.0 and form.weights.max(initial=0.0) <= 0.0:
        return -np.inf, 0.0, 0.0, 0
    if (x <= 0.0 and form.weights.min(initial=0.0) >= 0.0 and len(form.weights)) or (x < 0.0 and form.constant):
        return 0.0, -np.inf, 0.0, 0
    return None


def _side(x: float, form: _Form) -> tuple[float, float, int]:
    """Log P(Q > x), its error, nodes."""
    return _integral(x, form, 1)


def _integral(x: float, form: _Form, pole: int) -> tuple[float, float, int]:
    arguments = form.weights, form.degrees, form.noncentrality, form.normal**2, x
    with np.errstate(all="ignore"):  # what overflows on the way is no number in the end, and refused
        return integrate_tilted(tilt(*arguments, saddle(*arguments, pole), pole))


def _keep_promise(error: float, log: float, form: _Form) -> None:
    promise = _PROMISE * max(1.0, abs(log) / 100.0, float(form.degrees.sum()) / 200.0)
    if not error <= promise:
        raise AccuracyError(f"the tail is known to {error:.1e} in the log only, promised is {promise:.1e}", log)


def _log_density(q: float, form: _Form) -> tuple[float, float]:
    x = form.scaled(q)
    unit = form.exponent * np.log(2.0)
    if not len(form.weights):
        z = x / form.normal
        log = -0.5 * z * z - 0.5 * np.log(2.0 * np.pi) - np.log(form.normal)
        return float(log - unit), 8.0 * EPS * (1.0 + z * z)
    outside = form.normal == 0.0 and (x < 0.0 if form.weights.min() > 0.0 else x > 0.0 and form.weights.max() < 0.0)
    if outside:
        return -np.inf, 0.0
    log, error, _ = _integral(x, form, 0)
    _keep_promise(error, log, form)
    return float(log - unit), error + EPS * abs(float(unit))


def _quantile(log_p: float, log_q: float, form: _Form) -> float:
    """Root of the logarithm of the smaller side: Newton's steps in a bracket."""
    lower = log_p < log_q
    target = log_p if lower else log_q

    def excess(x: float) -> float:
        """Falls where the upper side is meant, grows where the lower one is."""
        log_above, log_below, _, _ = _both_sides(x, form)
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


def _middle(low: float, high: float, form: _Form) -> float:
    """Of the logarithms where the support ends at 0: quantiles may lie at any power of ten beside it."""
    if not form.definite:
        return 0.5 * (low + high)
    near, far = sorted((low, high), key=abs)
    return float(np.copysign(np.sqrt(abs(near)) * np.sqrt(abs(far)), far)) if near != 0.0 else 1e-3 * far


def _bracket(rising: Callable[[float], float], form: _Form) -> tuple[float, float]:
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
