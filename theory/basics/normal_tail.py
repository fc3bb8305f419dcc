"""Far tails of the standard normal law: quantiles from log-probabilities, and the mean excess E (z + x)+.

Notation: phi and Phi are its density and distribution function, R(a) = Phi(-a) / phi(a) is the Mills ratio.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from .log_probability import LOG_HALF, LogProbability
from .validation import FloatArray

_HALF_LOG_TWO_PI = 0.5 * np.log(2.0 * np.pi)
_DIRECT_UP_TO = 2.5  # below, 1 - a R(a) keeps its digits; above, 100 terms of the continued fraction suffice


def mills_ratio(a: FloatArray) -> FloatArray:
    """R(a) for a >= 0.

    Examples
    --------
    >>> mills_ratio(np.array([0.0, 1e9])).round(12).tolist()  # sqrt(pi/2), and nearly 1/a
    [1.253314137316, 1e-09]
    """
    return np.asarray(np.sqrt(np.pi / 2.0) * special.erfcx(a / np.sqrt(2.0)))


def upper_quantile(log_p: FloatArray) -> FloatArray:
    """The a >= 0 with log Phi(-a) = log_p <= log(1/2); +inf where log_p is -inf.

    One Newton step, from erfcx, lifts SciPy's quantile from 1e-12 to rounding.

    Examples
    --------
    >>> upper_quantile(np.log(np.array([0.5, 0.025]))).round(12).tolist()
    [0.0, 1.95996398454]
    """
    a = np.maximum(-special.ndtri_exp(np.minimum(log_p, LOG_HALF)), 0.0)
    finite = np.where(np.isfinite(a), a, 0.0)
    ratio = mills_ratio(finite)
    error = (-0.5 * finite * finite - np.where(np.isfinite(a), log_p, 0.0)) + (np.log(ratio) - _HALF_LOG_TWO_PI)
    return np.asarray(np.where(np.isfinite(a), np.maximum(finite + error * ratio, 0.0), np.inf))


def normal_score(p: LogProbability) -> FloatArray:
    """Phi^-1(1 - p), from whichever of log p and log(1 - p) is smaller; +inf at 0 and -inf at 1.

    Examples
    --------
    >>> float(normal_score(LogProbability.from_log10(-1000.0)).round(9))
    67.785685597
    """
    low, high = np.asarray(p.log), np.asarray(p.log_complement)
    a = upper_quantile(np.minimum(low, high))
    return np.asarray(np.where(low <= high, a, -a) + 0.0)


def log_mean_excess(z: FloatArray) -> FloatArray:
    """Log of E (z + x)+ = z Phi(z) + phi(z), x standard normal, without its cancellation for z << 0.

    Examples
    --------
    >>> np.exp(log_mean_excess(np.array([0.0]))).round(12).tolist()  # 1/sqrt(2 pi)
    [0.398942280401]
    """
    below = z < 0.0
    a = np.where(below & np.isfinite(z), -z, 0.0)
    log_below = -0.5 * a * a - _HALF_LOG_TWO_PI + np.log(_scaled_excess(a))
    above = np.where(below, 0.0, z)
    finite = np.where(np.isfinite(above), above, 0.0)
    log_above = np.log(above * special.ndtr(above) + np.exp(-0.5 * finite * finite - _HALF_LOG_TWO_PI))
    return np.asarray(np.where(np.isneginf(z), -np.inf, np.where(below, log_below, log_above)))


def _scaled_excess(a: FloatArray) -> FloatArray:
    """1 - a R(a) = E (x - a)+ / phi(a) for a >= 0: the first moment M_1 of exp(-a x - x^2/2) on x > 0.

    For large a it is R(a) M_1 / M_0 with the continued fraction M_1 / M_0 = 1/(a + 2/(a + 3/(a + ...))), which
    follows from M_(k+1) = k M_(k-1) - a M_k.
    """
    ratio = mills_ratio(a)
    far = np.maximum(a, _DIRECT_UP_TO)
    fraction = far
    for k in range(100, 1, -1):
        fraction = far + k / fraction
    return np.asarray(np.where(a < _DIRECT_UP_TO, 1.0 - a * ratio, ratio / fraction))
