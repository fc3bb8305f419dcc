r"""The tail P(Q > 0) of a quadratic form Q = sum_i c_i u_i^2 in a uniform unit vector or standard normal vector u.

Both give the same probability, as Q > 0 does not depend on the length of u. Beside the exact value stand the
estimates that are in use: the central limit theorem ([Gil2018], equation 3), the saddle-point approximation
([LR1980]), and Chernoff's upper bound.

Everything is a natural logarithm; shapes are (..., d) for coefficients and (...) for results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfcx, log_ndtr, ndtr

from ..basics.by_value import ByValue
from ..basics.errors import AccuracyError
from ..basics.log_probability import LogProbability, log_one_minus_exp
from ..basics.validation import FloatArray, check_coefficients, scalar_if_0d
from .contour import (
    EPS,
    Abscissa,
    ScaledForm,
    cumulant,
    integrate,
    rounded_off,
    saddle_log_odds,
    scale,
    scratch_for,
)
from .hyperbola import Path
from .strip import Strip

_LOG_SMALLEST_PROBABILITY = -690.7755278982137  # log 1e-300
_LOG_LARGE = -0.68  # a side above 0.507 makes way for the other, whose error it would enlarge
_ROWS = 1 << 16  # coefficients treated together: bounds the memory of a long training history
_SMALL_ROWS = 1 << 14


@dataclass(frozen=True, eq=False)
class QuadraticFormTail(ByValue):
    """An exact tail with its error estimate.

    Parameters
    ----------
    probability
        P(Q > 0), both sides in log space.
    log_error
        Bound on the absolute error of ``probability.log`` and of ``probability.log_complement``, shape (...); 0 where
        the probability is exactly 0 or 1.
    nodes
        Number of quadrature nodes spent, shape (...); 0 where no integral was needed.

    Examples
    --------
    >>> tail = positive_probability([[1.0, -1.0, -1.0], [1.0, 1.0, 0.0]])
    >>> tail.probability.probability.round(12).tolist(), bool(tail.log_error.max() < 1e-14), int(tail[1].nodes)
    ([0.292893218813, 1.0], True, 0)
    """

    probability: LogProbability
    log_error: FloatArray
    nodes: NDArray[np.int64]

    def __getitem__(self, index: Any) -> QuadraticFormTail:
        return QuadraticFormTail(
            self.probability[index],
            scalar_if_0d(np.asarray(self.log_error)[index]),
            np.asarray(self.nodes)[index],
        )


def positive_probability(coefficients: ArrayLike) -> QuadraticFormTail:
    r"""P(Q > 0) for Q = sum_i c_i u_i^2, exactly.

    .. math:: P(Q > 0) = \frac{1}{2 \pi i} \int_{s - i\infty}^{s + i\infty} e^{K(z)} \frac{dz}{z}, \qquad
              K(z) = -\tfrac12 \sum_i \log(1 - 2 z c_i)

    along a line or hyperbola through the saddle point of K(z) - log z ([LR1980], inverted exactly instead of expanded).

    Parameters
    ----------
    coefficients
        Shape (..., d), finite, any sign and size, d >= 1; repeated and zero coefficients are welcome.

    Returns
    -------
    QuadraticFormTail
        Exact up to ``log_error``, shape (...). Strict: where all coefficients are 0 the probability is 0.

    Raises
    ------
    InvalidArgumentError
        The coefficients aren't finite, or there are none.
    AccuracyError
        A value misses the accuracy below.

    Notes
    -----
    Absolute error of the logarithms of P and of 1 - P: at most :func:`promised_log_error`, which is 1e-14 max(1.1,
    abs(log), sqrt(d) / 100), log being the smaller of the two, and at most 1e-12 where that side is at least 1e-300.
    ``log_error`` is proved, if elementary functions are right to a unit in the last place: what quadrature misses is
    bounded by the integrand's size around its path (``strip``), roundings are counted. Held against two independent
    methods down to log P = -5000.

    This is the error for the coefficients as given. Relative changes of up to e in them move the logarithm of the
    smaller side by up to about e (abs(log) + sqrt(d abs(log))), where the positive ones grow and the negative ones
    shrink: proved for the exponent of Chernoff's bound, tested for the tail. P grows with every coefficient, so that
    two more tails enclose what is meant.

    Cost: linear in d. Of many coefficients most enter by 5 to 30 moments of both kinds (:mod:`~.basics.products`), the
    others by 12 to 250 evaluations of the integrand.

    Examples
    --------
    >>> tail = positive_probability([1.0, -1.0, -1.0])
    >>> print(f"{tail.probability.probability:.12f}")
    0.292893218813
    """
    c = check_coefficients("coefficients", coefficients)
    rows = c.reshape(-1, c.shape[-1])
    log_p, log_q, error = (np.zeros(len(rows)) for _ in range(3))
    nodes = np.zeros(len(rows), dtype=np.int64)
    has_positive, has_negative = np.any(rows > 0.0, axis=-1), np.any(rows < 0.0, axis=-1)
    log_p[~has_positive], log_q[has_positive & ~has_negative] = -np.inf, -np.inf
    mixed = np.flatnonzero(has_positive & has_negative)
    size = max(1, _ROWS // rows.shape[-1])
    for part in (mixed[i : i + size] for i in range(0, len(mixed), size)):
        log_p[part], log_q[part], error[part], nodes[part] = _both_sides(rows[part])
    _check_accuracy(log_p, log_q, error, rows.shape[-1])
    shape = c.shape[:-1]
    probability = LogProbability(scalar_if_0d(log_p.reshape(shape)), scalar_if_0d(log_q.reshape(shape)))
    return QuadraticFormTail(probability, scalar_if_0d(error.reshape(shape)), nodes.reshape(shape)[()])


def _both_sides(rows: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.int64]]:
    """Log P, log(1 - P), error, nodes; computed on the side that is at most about 1/2."""
    flip = _median_sign(rows) > 0.0
    log_side, error, nodes = _lower_side(np.where(flip[:, None], -rows, rows))
    larger = np.flatnonzero(log_side > _LOG_LARGE)
    if len(larger):
        flip[larger] = ~flip[larger]
        log_side[larger], error[larger], nodes[larger] = _lower_side(
            np.where(flip[larger, None], -rows[larger], rows[larger])
        )
    log_other = np.asarray(log_one_minus_exp(log_side))
    # d log(1-p) = -p/(1-p) d log p, and a rounding of its own.
    error = np.maximum(error, error * np.exp(log_side - log_other) + EPS * np.minimum(1.0, np.abs(log_other)))
    return np.where(flip, log_other, log_side), np.where(flip, log_side, log_other), error, nodes


def _mean_sign(rows: FloatArray) -> FloatArray:
    """Sum of the coefficients, scaled so that it can't overflow."""
    exponent = np.frexp(np.abs(rows).max(axis=-1))[1]
    total: FloatArray = np.ldexp(rows, -exponent[:, None]).sum(axis=-1)
    return total


def _median_sign(rows: FloatArray) -> FloatArray:
    """The median of Q to the order of its skewness, sum c - (2/3) sum c^3 / sum c^2, scaled."""
    scaled = np.ldexp(rows, -np.frexp(np.abs(rows).max(axis=-1))[1][:, None])
    square = scaled * scaled
    skew: FloatArray = np.einsum("ij,ij->i", square, scaled) / square.sum(axis=-1)
    return np.asarray(scaled.sum(axis=-1) - skew / 1.5)


def _lower_side(rows: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Log P(Q > 0), its error and the nodes spent, for rows of mixed sign whose sum isn't positive."""
    form = scale(rows)
    at = Abscissa.from_log_odds(saddle_log_odds(form, pole=1.0, tolerance=1e-4))
    log_cumulant, kappa = cumulant(form, at)
    path = Path.through_saddle(kappa, at.v, log_cumulant, rounded_off(form, at, kappa))
    value, error = np.empty(len(rows)), np.empty(len(rows))
    nodes = np.empty(len(rows), dtype=np.int64)
    size = max(1, _SMALL_ROWS // rows.shape[-1])
    scratch = scratch_for(size, rows.shape[-1])
    strip = Strip.about(path)
    bent, order = path.angle != 0.0, np.argsort(strip.count)
    for group in (order[bent[order]], order[~bent[order]]):
        for part in (group[i : i + size] for i in range(0, len(group), size)):
            integral = integrate(path[part], strip[part], scratch)
            value[part], error[part], nodes[part] = integral.value, integral.error, integral.nodes
    if np.any(value <= 0.0):
        raise AccuracyError("the contour integral of the quadratic form is not positive", log_cumulant)
    log_p = log_cumulant + (np.log(value) - at.log_v)
    return log_p, error + EPS * (2.0 + 2.0 * np.abs(log_cumulant)), nodes


def promised_log_error(probability: LogProbability, dim: int) -> FloatArray:
    """The accuracy that :func:`positive_probability` keeps or raises for: absolute error of both logarithms.

    Parameters
    ----------
    probability
        A tail, shape (...).
    dim
        Number of coefficients.

    Returns
    -------
    ndarray
        1e-14 max(1.1, abs(log), sqrt(dim) / 100), log being the smaller of the two, and at most 1e-12 where that side
        is at least 1e-300; 0 where the probability is 0 or 1. Shape (...).

    Examples
    --------
    >>> [float(promised_log_error(LogProbability.from_log(log), 500)) for log in (-1.0, -50.0, -650.0, -1000.0)]
    [1.1e-14, 5e-13, 1e-12, 1e-11]
    """
    size = np.abs(np.minimum(probability.log, probability.log_complement))
    promise = 1e-14 * np.maximum(max(1.1, np.sqrt(dim) / 100.0), size)
    promise = np.where(size <= -_LOG_SMALLEST_PROBABILITY, np.minimum(promise, 1e-12), promise)
    return scalar_if_0d(np.where(np.isinf(size), 0.0, promise))


def _check_accuracy(log_p: FloatArray, log_q: FloatArray, error: FloatArray, dim: int) -> None:
    promise = np.asarray(promised_log_error(LogProbability(log_p, log_q), dim))
    missed = error > promise
    if np.any(missed):
        worst = int(np.argmax(np.where(missed, error / promise, 0.0)))
        message = f"P(Q > 0) is known to {error[worst]:.1e} in the log only, promised is {promise[worst]:.1e}"
        raise AccuracyError(message, float(log_p[worst]))


def clt_probability(coefficients: ArrayLike) -> LogProbability:
    r"""The central limit estimate of P(Q > 0).

    .. math:: P \approx \Phi(s / \sigma), \quad s = \sum_i c_i, \quad \sigma^2 = 2 \sum_i c_i^2

    ([Gil2018], equation 3, with its misprints removed.)

    Parameters
    ----------
    coefficients
        Shape (..., d), finite.

    Returns
    -------
    LogProbability
        An estimate without a guarantee: in the tail it is wrong by orders of magnitude, in both directions. Where all
        coefficients are 0 the probability is 0.

    Notes
    -----
    The formula itself is evaluated to a relative error of 1e-13 of the logarithm, or of the probability near 1.

    Examples
    --------
    >>> float(clt_probability([1.0, -1.0]).probability)
    0.5
    """
    c = check_coefficients("coefficients", coefficients)
    scaled = np.ldexp(c, -np.frexp(np.abs(c).max(axis=-1, keepdims=True))[1])
    spread = np.sqrt(2.0 * np.einsum("...i,...i->...", scaled, scaled))
    zero = spread == 0.0
    z = np.where(zero, -np.inf, scaled.sum(axis=-1) / np.where(zero, 1.0, spread))
    return LogProbability(scalar_if_0d(log_ndtr(z)), scalar_if_0d(log_ndtr(-z)))


def chernoff_log_bound(coefficients: ArrayLike) -> FloatArray:
    r"""Chernoff's bound on log P(Q > 0).

    .. math:: \log P(Q > 0) \le \min_{0 \le s < 1/(2 \max c)} K(s), \qquad K(s) = -\tfrac12 \sum_i \log(1 - 2 s c_i)

    Parameters
    ----------
    coefficients
        Shape (..., d), finite.

    Returns
    -------
    ndarray
        Upper bound on log P(Q > 0), shape (...); 0 (trivial) where the mean of Q isn't negative, -inf where no
        coefficient is positive.

    Notes
    -----
    K is evaluated at a point within 1e-8 of its minimum, to an absolute error of 2 u max(1, abs(K)), u = 2.2e-16, as it
    is the logarithm of a product near 1 where K is near 0; 4 u (1 + abs(K)) is added, so that the computed number is a
    bound as well.

    Examples
    --------
    >>> bound = chernoff_log_bound([1.0] + [-1.0] * 99)
    >>> bool(positive_probability([1.0] + [-1.0] * 99).probability.log <= bound < -30.0)
    True
    """
    c = check_coefficients("coefficients", coefficients)
    rows = c.reshape(-1, c.shape[-1])
    bound = np.zeros(len(rows))
    has_positive = np.any(rows > 0.0, axis=-1)
    bound[~has_positive] = -np.inf
    useful = np.flatnonzero(has_positive)
    useful = useful[_mean_sign(rows[useful]) < 0.0]
    size = max(1, _ROWS // rows.shape[-1])
    for part in (useful[i : i + size] for i in range(0, len(useful), size)):
        value = _saddle_of_cumulant(rows[part])[2]
        bound[part] = np.minimum(value + 4.0 * EPS * (1.0 + np.abs(value)), 0.0)
    return scalar_if_0d(bound.reshape(c.shape[:-1]))


def _saddle_of_cumulant(rows: FloatArray) -> tuple[ScaledForm, Abscissa, FloatArray, FloatArray]:
    """Scaled form, minimum of K, K there and the kappa_i there; the rows have mixed sign and a negative sum."""
    form = scale(rows)
    at = Abscissa.from_log_odds(saddle_log_odds(form, pole=0.0, tolerance=1e-8))
    value, kappa = cumulant(form, at)
    return form, at, value, kappa


def lugannani_rice_probability(coefficients: ArrayLike) -> LogProbability:
    r"""The saddle-point approximation of Lugannani and Rice ([LR1980]) to P(Q > 0).

    .. math:: P \approx 1 - \Phi(w) + \phi(w) (1/u - 1/w), \quad
              w = \operatorname{sign}(s) \sqrt{-2 K(s)}, \quad u = s \sqrt{K''(s)}, \quad K'(s) = 0

    Parameters
    ----------
    coefficients
        Shape (..., d), finite.

    Returns
    -------
    LogProbability
        An estimate without a guarantee; typically 1e-3 to 1e-1 relative for d = 500, worse for a few dominant
        coefficients. Exactly 0 or 1 where all coefficients have one sign (0 where all are 0).

    Raises
    ------
    AccuracyError
        The formula gives no positive number, as can happen for very few coefficients.

    Notes
    -----
    The formula itself is evaluated to 1e-6 of the logarithm; where the mean of Q is within 1e-3 standard deviations
    of 0 it is replaced by its limit there, Edgeworth's first term.

    Examples
    --------
    >>> c = [1.0] * 20 + [-1.0] * 80
    >>> ratio = lugannani_rice_probability(c).probability / positive_probability(c).probability.probability
    >>> bool(abs(ratio - 1.0) < 0.01)
    True
    """
    c = check_coefficients("coefficients", coefficients)
    rows = c.reshape(-1, c.shape[-1])
    has_positive, has_negative = np.any(rows > 0.0, axis=-1), np.any(rows < 0.0, axis=-1)
    log_p, log_q = np.zeros(len(rows)), np.zeros(len(rows))
    log_p[~has_positive], log_q[has_positive & ~has_negative] = -np.inf, -np.inf
    mixed = np.flatnonzero(has_positive & has_negative)
    size = max(1, _ROWS // rows.shape[-1])
    for part in (mixed[i : i + size] for i in range(0, len(mixed), size)):
        flip = _mean_sign(rows[part]) > 0.0
        side = _lugannani_rice_side(np.where(flip[:, None], -rows[part], rows[part]))
        other = np.asarray(log_one_minus_exp(side))
        log_p[part], log_q[part] = np.where(flip, other, side), np.where(flip, side, other)
    shape = c.shape[:-1]
    return LogProbability(scalar_if_0d(log_p.reshape(shape)), scalar_if_0d(log_q.reshape(shape)))


def _lugannani_rice_side(rows: FloatArray) -> FloatArray:
    """Log of the approximation for rows of mixed sign whose sum isn't positive."""
    log_p = np.empty(len(rows))
    scaled = np.ldexp(rows, -np.frexp(np.abs(rows).max(axis=-1, keepdims=True))[1])
    second, third = np.sum(scaled**2, axis=-1), np.sum(scaled**3, axis=-1)
    z = scaled.sum(axis=-1) / np.sqrt(2.0 * second)
    # Towards w = 0 the two poles cancel; what is left is Edgeworth's term with the skewness K''' / K''^(3/2),
    # K'' = 2 sum c^2, K''' = 8 sum c^3.
    central = np.abs(z) < 1e-3
    skewness, z = 8.0 * third[central] / (2.0 * second[central]) ** 1.5, z[central]
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    log_p[central] = np.log(ndtr(z) + density * skewness / 6.0 * (z**2 - 1.0))
    if not central.all():
        _, at, value, kappa = _saddle_of_cumulant(rows[~central])
        curvature = 0.5 * np.einsum("ij,ij->i", kappa, kappa)
        # The last Newton step, as u is of first order in the error of the saddle point (w is of second).
        w, u = np.sqrt(-2.0 * value), (at.v - 0.5 * kappa.sum(axis=-1) / curvature) * np.sqrt(curvature)
        bracket = 0.5 * erfcx(w / np.sqrt(2.0)) + (1.0 / u - 1.0 / w) / np.sqrt(2.0 * np.pi)
        if np.any(bracket <= 0.0):
            raise AccuracyError("the Lugannani-Rice formula gives no positive probability here", value)
        log_p[~central] = value + np.log(bracket)
    return log_p
