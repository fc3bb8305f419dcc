"""Confidence sequences: limits that hold at every sample size at once, however often one looks and whenever one stops.

A fixed-sample interval is wrong with probability delta at ONE sample size that was chosen beforehand. Who looks after
every batch and stops when pleased is wrong far more often. The limits here satisfy

    P(there is an n >= 1 at which the limit is wrong) <= delta

and so allow a check to stop as soon as it is decided. All rest on Ville's inequality [Vil1939]: a nonnegative
supermartingale that starts at 1 ever reaches 1/delta with probability at most delta.

Error rates
    Robbins' mixture of likelihood ratios [Rob1970] with a Beta(1/2, 1/2) mixture [KT1981].
Mean distances
    x -> dist(x, E) is 1-Lipschitz, so each distance is sub-Gaussian with variance proxy r^2/(d-1) [Led2001]; the
    half-normal mixture of its exponential supermartingale is the one-sided normal mixture of [HRMS2021], section 3.2.
Means of values in an interval
    Empirical Bernstein: [HRMS2021], theorem 4, with the polynomial stitched boundary of their theorem 1.

References: [Vil1939] Ville 1939; [Rob1970] Robbins, Statistical methods related to the law of the iterated logarithm,
1970; [KT1981] Krichevsky and Trofimov 1981; [HRMS2021] Howard, Ramdas, McAuliffe and Sekhon, Time-uniform,
nonparametric, nonasymptotic confidence sequences, Annals of Statistics 49, 2021; [Led2001] Ledoux 2001, chapter 5.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, zeta

from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray, as_array, check_number, check_range, scalar_if_0d
from .intervals import check_confidence

TUNED_FOR = 4096
"""Number of samples at which the normal mixture is tightest; any other number costs little."""

_PRIOR = 0.5
_BISECTIONS = 60
_LARGEST_LOG_ODDS = 700.0
# Stitching: epochs double the accumulated variance, epoch k has the share 1 / (zeta(s) (k+1)^s) of the error.
_EPOCH = 2.0
_POWER = 1.4
_K1 = (_EPOCH**0.25 + _EPOCH**-0.25) / np.sqrt(2.0)
_K2 = (np.sqrt(_EPOCH) + 1.0) / 2.0


def beta_binomial_limits(successes: ArrayLike, samples: ArrayLike, delta: float) -> tuple[FloatArray, FloatArray]:
    """Lower and upper limit of a probability that hold at every sample size at once.

    All p with B(k + 1/2, n - k + 1/2) / (B(1/2, 1/2) p^k (1-p)^(n-k)) < 1/delta: [Rob1970], [KT1981].

    Parameters
    ----------
    successes, samples
        k and n, arrays with 0 <= k <= n, n > 0 (not checked; k need not be an integer, for projections).
    delta
        In (0, 1): probability that any of the limits is ever wrong (both sides together).

    Returns
    -------
    low, high : ndarray
        **Guarantee**: anytime-valid; rounded outwards.

    Examples
    --------
    >>> low, high = beta_binomial_limits(0, 1000, 0.01)
    >>> float(low), round(float(high), 5)
    (0.0, 0.00859)
    """
    k, n = np.broadcast_arrays(np.asarray(successes, dtype=np.float64), np.asarray(samples, dtype=np.float64))
    mixture = _log_mixture(k, n) - np.log(1.0 / delta)

    def outside(log_odds: FloatArray) -> NDArray[np.bool_]:
        # log p = -log(1 + e^-x), log(1 - p) = -log(1 + e^x)
        result: NDArray[np.bool_] = (
            mixture + k * np.logaddexp(0.0, -log_odds) + (n - k) * np.logaddexp(0.0, log_odds) >= 0
        )
        return result

    with np.errstate(divide="ignore"):
        centre = np.clip(np.log(k) - np.log(n - k), -_LARGEST_LOG_ODDS, _LARGEST_LOG_ODDS)
    low = _edge(outside, centre, np.full(k.shape, -_LARGEST_LOG_ODDS))
    high = _edge(outside, centre, np.full(k.shape, _LARGEST_LOG_ODDS))
    return (
        scalar_if_0d(np.where(k <= 0.0, 0.0, 1.0 / (1.0 + np.exp(-low)))),
        scalar_if_0d(np.where(k >= n, 1.0, 1.0 / (1.0 + np.exp(-high)))),
    )


def excludes(successes: float, samples: float, probability: float, delta: float) -> bool:
    """Whether :func:`beta_binomial_limits` exclude a probability in (0, 1): the test without solving for the limits."""
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(samples, dtype=np.float64)
    ratio = _log_mixture(k, n) - k * np.log(probability) - (n - k) * np.log1p(-probability)
    return bool(ratio >= np.log(1.0 / delta))


def _log_mixture(k: FloatArray, n: FloatArray) -> FloatArray:
    """Log of the likelihood, averaged over the mixture."""
    mixture: FloatArray = betaln(_PRIOR + k, _PRIOR + n - k) - betaln(_PRIOR, _PRIOR)
    return mixture


def _edge(outside: Callable[[FloatArray], NDArray[np.bool_]], inner: FloatArray, outer: FloatArray) -> FloatArray:
    """Bisect between a point inside and one outside; returns the outer end of the bracket."""
    for _ in range(_BISECTIONS):
        middle = 0.5 * (inner + outer)
        out = outside(middle)
        inner, outer = np.where(out, inner, middle), np.where(out, middle, outer)
    return outer


def normal_mixture_width(samples: ArrayLike, concentration: float, delta: float) -> FloatArray:
    """One-sided width for the mean of n true distances that holds at every n at once.

    sqrt(2 (V + rho) log(sqrt((V + rho)/rho) / (2 delta) + 1/2)) / n, V = n C, rho fixed beforehand so that
    the width is nearly smallest at n = 4096. Source: half-normal mixture, [HRMS2021] section 3.2; the constant 1/2
    comes from Phi(x) >= 1 - exp(-x^2/2)/2.

    Parameters
    ----------
    samples
        n > 0, array.
    concentration
        C, that of the space: r^2/(d-1) on a sphere.
    delta
        In (0, 1).
    """
    n = np.asarray(samples, dtype=np.float64)
    log_term = np.log(1.0 / delta)
    rho = TUNED_FOR * concentration / (2.0 * log_term + np.log1p(2.0 * log_term))
    total = n * concentration + rho
    width = np.sqrt(2.0 * total * np.log(0.5 * np.sqrt(total / rho) / delta + 0.5)) / n
    return scalar_if_0d(width)


def predictable_squares(values: ArrayLike, low: float, high: float) -> FloatArray:
    """Running sums V_n of (X_i - mean of X_1 ... X_{i-1})^2, the first prediction being the middle of [low, high]."""
    x = np.asarray(values, dtype=np.float64)
    if not len(x):
        return np.zeros(0)
    earlier = np.cumsum(x)[:-1] / np.arange(1, len(x))
    predictions = np.concatenate([[0.5 * (low + high)], earlier])
    sums: FloatArray = np.cumsum(np.square(x - predictions))
    return sums


def stitched_bernstein_width(squares: ArrayLike, samples: ArrayLike, value_range: float, delta: float) -> FloatArray:
    """One-sided width for the mean of values in an interval of length b that holds at every n at once.

    (sqrt(k1^2 V l + k2^2 l^2) + k2 l) b / n with V = max(1, sum of predictable squares / b^2) and
    l = 1.4 log(1 + log2 V) + log(zeta(1.4)/delta). Source: [HRMS2021], theorem 4 with theorem 1 (eta = 2, s = 1.4,
    m = 1); a sub-exponential process of scale c is sub-gamma of scale c.

    Parameters
    ----------
    squares
        Last entry (or all entries) of :func:`predictable_squares`.
    samples
        n > 0.
    value_range
        b.
    delta
        In (0, 1).
    """
    v = np.maximum(np.asarray(squares, dtype=np.float64) / value_range**2, 1.0)
    n = np.asarray(samples, dtype=np.float64)
    term = _POWER * np.log1p(np.log(v) / np.log(_EPOCH)) + np.log(zeta(_POWER) / delta)
    width = np.sqrt(_K1**2 * v * term + (_K2 * term) ** 2) + _K2 * term
    return scalar_if_0d(value_range * width / n)


def error_rate_sequence(errors: ArrayLike, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Lower and upper limits of an error rate after each of n points.

    Parameters
    ----------
    errors
        For each point in the order of drawing, whether it was an error: booleans, shape (n,).
    confidence
        In (0, 1).

    Returns
    -------
    low, high : ndarray, shape (n,)
        **Guarantee**: with probability ``confidence`` ALL of them hold: one may look and stop at any time.

    Examples
    --------
    >>> low, high = error_rate_sequence([False, True, False, True] * 500, 0.99)
    >>> bool(low[-1] < 0.5 < high[-1]), round(float(high[-1] - low[-1]), 3)
    (True, 0.093)
    """
    wrong = as_array("errors", errors)
    if wrong.dtype.kind != "b" or wrong.ndim != 1:
        raise InvalidArgumentError("errors", (wrong.dtype, wrong.shape), "booleans of shape (n,)")
    return beta_binomial_limits(np.cumsum(wrong), np.arange(1, len(wrong) + 1), 1.0 - check_confidence(confidence))


def bounded_mean_sequence(
    values: ArrayLike, confidence: float, *, low: float, high: float
) -> tuple[FloatArray, FloatArray]:
    """Lower and upper limits, after each of n values, of the mean of independent values in [low, high].

    Parameters
    ----------
    values
        In the order of drawing, shape (n,), each in [low, high].
    confidence
        In (0, 1); half of the error budget goes to each side.
    low, high
        Interval that is known to hold every value: at least 1e-150 long, of numbers up to 1e150, as it is squared.

    Returns
    -------
    lower, upper : ndarray, shape (n,)
        **Guarantee**: with probability ``confidence`` ALL of them hold: one may look and stop at any time.

    Raises
    ------
    InvalidArgumentError
        A value lies outside [low, high].

    Examples
    --------
    >>> lower, upper = bounded_mean_sequence([0.2, 0.4] * 1000, 0.99, low=0.0, high=1.0)
    >>> bool(lower[-1] < 0.3 < upper[-1]), round(float(upper[-1] - lower[-1]), 3)
    (True, 0.032)
    """
    low, high = check_number("low", low), check_number("high", high)
    if not low < high:
        raise InvalidArgumentError("low and high", (low, high), "in this order")
    if not (high - low >= 1e-150 and low >= -1e150 and high <= 1e150):
        raise InvalidArgumentError("low and high", (low, high), "at least 1e-150 apart, and at most 1e150 in size")
    x = check_range("values", values, low, high)
    if x.ndim != 1:
        raise InvalidArgumentError("values", x.shape, "of shape (n,)")
    n = np.arange(1, len(x) + 1)
    half = (1.0 - check_confidence(confidence)) / 2.0
    width = stitched_bernstein_width(predictable_squares(x, low, high), n, high - low, half)
    mean = np.cumsum(x) / n
    return np.maximum(mean - width, low), np.minimum(mean + width, high)
