"""Intervals for probabilities that may lie far below the smallest double: all ends are natural logarithms.

Two kinds that must not be confused. A *rigorous* interval holds the true value with at least its confidence, for every
sample size. Cox's interval is calibrated (a test holds its coverage) but rests on the log-normal law of its inputs: it
is evidence, no proof, and never decides a verdict alone.

References: [Ols2005] Olsson 2005, the interval of Cox with Student quantiles; [BDD2014] Bérard, Del Moral and Doucet
2014, why estimates by splitting are log-normal; [MP2009] Maurer and Pontil 2009.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray, check_finite, check_range
from .intervals import Interval, check_confidence, check_samples, empirical_bernstein_half_width

LN10 = math.log(10.0)


@dataclass(frozen=True)
class LogInterval:
    """An interval for a probability, as natural logarithms.

    Parameters
    ----------
    log_low, log_high
        Its ends, log_low <= log_high <= 0; log_low is -inf where nothing can be said from below.
    confidence
        Nominal probability, over the draw of the sample, that the true value lies inside.
    method
        Name of the construction.
    rigorous
        Whether the confidence is guaranteed for every sample size.
    """

    log_low: float
    log_high: float
    confidence: float
    method: str
    rigorous: bool

    def __contains__(self, log_probability: float) -> bool:
        return self.log_low <= log_probability <= self.log_high

    @property
    def log10_low(self) -> float:
        """Decimal logarithm of the lower end; -inf for an end of exactly 0 only."""
        return self.log_low / LN10

    @property
    def log10_high(self) -> float:
        """Decimal logarithm of the upper end."""
        return self.log_high / LN10

    @property
    def interval(self) -> Interval:
        """The ends as plain numbers, 0 where they underflow."""
        return Interval(math.exp(self.log_low), math.exp(self.log_high), self.confidence, self.method)

    @classmethod
    def of(cls, interval: Interval, *, rigorous: bool) -> LogInterval:
        """The same interval in logarithms."""
        low = math.log(interval.low) if interval.low > 0.0 else -math.inf
        return cls(low, math.log(interval.high), interval.confidence, interval.method, rigorous)


def log_mean_exp(logs: ArrayLike) -> float:
    """Log of the mean of exp(logs), without overflow or underflow; -inf entries count as zeros."""
    values = np.asarray(logs, dtype=np.float64)
    top = float(values.max())
    return top + math.log(float(np.exp(values - top).mean())) if top > -math.inf else -math.inf


def cox_interval(logs: ArrayLike, confidence: float) -> LogInterval:
    r"""Interval for the mean of log-normal values, from the logarithms of independent ones.

    .. math:: \bar y + \tfrac12 s^2 \pm t_{n-1} \sqrt{\frac{s^2}{n} + \frac{s^4}{2 (n-1)}}

    Source: [Ols2005] (the interval of Cox with Student's quantiles).

    Parameters
    ----------
    logs
        y, shape (n,), n >= 2, finite natural logarithms of independent unbiased estimates of one probability.
    confidence
        In (0, 1).

    Returns
    -------
    LogInterval
        Not rigorous: for log-normal values whose logarithms have a standard deviation up to 1 it covers 93% or more at
        a confidence of 95%, and 97.5% or more at 99%, from n = 4 on (Student's interval for the mean of the values
        themselves covers 82%). Widened, where need be, to hold the mean of the values; cut at probability 1.

    Raises
    ------
    InvalidArgumentError
        Fewer than two logarithms, or one that isn't finite.

    Examples
    --------
    >>> interval = cox_interval([-46.2, -45.9, -46.0, -46.3, -45.8, -46.1, -46.0, -46.1], 0.95)
    >>> bool(-46.2 < interval.log_low < -46.04 < interval.log_high < -45.8), interval.rigorous
    (True, False)
    """
    from scipy.stats import t as student

    y = _check_logs(logs)
    level = check_confidence(confidence)
    variance = float(y.var(ddof=1))
    centre = float(y.mean()) + 0.5 * variance
    error = math.sqrt(variance / len(y) + 0.5 * variance**2 / (len(y) - 1))
    half = float(student.ppf(0.5 + 0.5 * level, len(y) - 1)) * error
    mean = log_mean_exp(y)
    low, high = min(centre - half, mean), max(centre + half, mean)
    return LogInterval(min(low, 0.0), min(high, 0.0), level, "Cox (log-normal, Student t)", False)


def bernstein_log_interval(
    log_scale: float, mean: float, variance: float, samples: int, confidence: float
) -> LogInterval:
    """Rigorous interval for exp(log_scale) times the mean of values in [0, 1].

    Source: [MP2009], theorem 4 (see :func:`~.statistics.intervals.empirical_bernstein_half_width`).

    Parameters
    ----------
    log_scale
        Logarithm of the factor in front, finite.
    mean, variance
        Sample mean and sample variance (divisor n - 1) of independent values in [0, 1].
    samples
        n >= 2.
    confidence
        In (0, 1).

    Returns
    -------
    LogInterval
        Rigorous; log_low is -inf where the half-width exceeds the mean. Cut at probability 1.
    """
    centre = float(check_range("mean", mean, 0.0, 1.0))
    scale = float(check_finite("log_scale", log_scale))
    half = empirical_bernstein_half_width(variance, samples, 1.0, confidence)
    low = scale + math.log(centre - half) if centre > half else -math.inf
    high = min(0.0, scale + math.log(min(centre + half, 1.0)))
    return LogInterval(min(low, high), high, float(confidence), "empirical Bernstein", True)


def delta_log_interval(log_scale: float, mean: float, variance: float, samples: int, confidence: float) -> LogInterval:
    """Interval by the central limit theorem for the logarithm of a mean (delta method); not rigorous.

    Parameters as in :func:`bernstein_log_interval`, with mean > 0. Ends: log of the mean -+ z times the relative
    standard error, so that both are positive probabilities. Cut at probability 1.
    """
    centre = float(check_range("mean", mean, 0.0, 1.0, low_open=True))
    level, n = check_confidence(confidence), check_samples(samples, minimum=2)
    half = float(ndtri(0.5 + 0.5 * level)) * math.sqrt(variance / n) / centre
    log = log_scale + math.log(centre)
    return LogInterval(min(0.0, log - half), min(0.0, log + half), level, "central limit (log)", False)


def _check_logs(logs: ArrayLike) -> FloatArray:
    y = check_finite("logs", logs)
    if y.ndim != 1 or len(y) < 2:
        raise InvalidArgumentError("logs", y.shape, "of shape (n,) with n >= 2")
    return y
