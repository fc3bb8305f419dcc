"""Probabilities that may be far too small, or too close to 1, for a double.

A probability p is carried as the pair (log p, log(1 - p)): each side keeps its digits where the other has lost
them. Error rates go in and come out of the theory room in this form or as plain numbers in [0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .by_value import ByValue, frozen_copy
from .errors import InvalidArgumentError
from .validation import BoolArray, FloatArray, check_range, scalar_if_0d

LOG_HALF = -np.log(2.0)
_LN10 = np.log(10.0)
_POWER_BELOW = -3.0 * _LN10  # logarithm of the probabilities that are printed as powers of ten
_LEAST_LOG = -1e307  # finite logarithms below would overflow on the way to a height or another base


def log_one_minus_exp(log_p: ArrayLike) -> FloatArray:
    """log(1 - exp(log_p)) for log_p <= 0, accurate to rounding at both ends.

    Examples
    --------
    >>> log_one_minus_exp([-1e-20, -50.0]).tolist()
    [-46.051701859880914, -1.9287498479639178e-22]
    """
    x = check_range("log_p", log_p, -np.inf, 0.0)
    with np.errstate(divide="ignore"):
        result = np.asarray(-np.exp(x))
        np.log1p(result, out=result, where=x > -40.0)  # below it is the same to rounding
        above = x > LOG_HALF  # the exponential has lost the digits of what is near 1
        if np.any(above):
            result[above] = np.log(-np.expm1(x[above]))
    return scalar_if_0d(result)


@dataclass(frozen=True, eq=False)
class LogProbability(ByValue):
    """A probability p, or an array of them, as the pair (log p, log(1 - p)), natural logarithms.

    Parameters
    ----------
    log
        log p in [-inf, 0].
    log_complement
        log(1 - p) in [-inf, 0], same shape. The pair is trusted; use the constructors below to derive one side.

    Examples
    --------
    >>> rate = LogProbability.from_log10(-1000.0)
    >>> float(rate.probability), round(float(rate.log), 6), float(rate.complement)
    (0.0, -2302.585093, 1.0)
    >>> rate, rate.complement, bool(rate < 1e-300)
    (LogProbability(10^-1000), LogProbability(1 - 10^-1000), True)
    """

    log: FloatArray
    log_complement: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "log", frozen_copy(self.log))
        object.__setattr__(self, "log_complement", frozen_copy(self.log_complement))

    @classmethod
    def of(cls, probability: ArrayLike | LogProbability, *, name: str = "error_rate") -> LogProbability:
        """Take numbers in [0, 1], or a LogProbability as it is."""
        if isinstance(probability, LogProbability):
            return probability
        p = check_range(name, probability, 0.0, 1.0)
        with np.errstate(divide="ignore"):
            return cls(scalar_if_0d(np.log(p)), scalar_if_0d(np.log1p(-p)))

    @classmethod
    def from_log(cls, log_p: ArrayLike, *, name: str = "log_error_rate") -> Self:
        """From natural logarithms in [-1e307, 0], or -inf for probability 0."""
        x = _check_log(name, log_p)
        return cls(scalar_if_0d(x), log_one_minus_exp(x))

    @classmethod
    def from_log10(cls, log10_p: ArrayLike, *, name: str = "log10_error_rate") -> Self:
        """From decimal logarithms in [-1e307, 0], or -inf for probability 0."""
        x = _check_log(name, log10_p) * _LN10
        return cls(scalar_if_0d(x), log_one_minus_exp(x))

    @classmethod
    def from_log_complement(cls, log_q: ArrayLike, *, name: str = "log_complement") -> Self:
        """From log(1 - p) in [-1e307, 0], or -inf for probability 1: for probabilities close to 1."""
        x = _check_log(name, log_q)
        return cls(log_one_minus_exp(x), scalar_if_0d(x))

    @property
    def probability(self) -> FloatArray:
        """p as a plain number; 0 where it underflows."""
        return scalar_if_0d(np.exp(self.log))

    @property
    def log10(self) -> FloatArray:
        """Decimal logarithm of p; -inf for an exact zero only."""
        return scalar_if_0d(np.asarray(self.log) / _LN10)

    @property
    def complement(self) -> LogProbability:
        """The probability 1 - p."""
        return LogProbability(self.log_complement, self.log)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array of probabilities; () for one."""
        return np.shape(self.log)

    def __getitem__(self, index: Any) -> LogProbability:
        log, rest = np.asarray(self.log), np.asarray(self.log_complement)
        return LogProbability(scalar_if_0d(log[index]), scalar_if_0d(rest[index]))

    def __lt__(self, other: ArrayLike | LogProbability) -> BoolArray:
        """Compare with a probability, or an array of them: the side that is small decides, so no digit is lost."""
        mine, theirs = _order(self), _order(_compared(other))
        return _truth((mine[0] < theirs[0]) | ((mine[0] == theirs[0]) & (mine[1] < theirs[1])))

    def __gt__(self, other: ArrayLike | LogProbability) -> BoolArray:
        mine, theirs = _order(self), _order(_compared(other))
        return _truth((mine[0] > theirs[0]) | ((mine[0] == theirs[0]) & (mine[1] > theirs[1])))

    def __le__(self, other: ArrayLike | LogProbability) -> BoolArray:
        return _truth(np.logical_not(self > other))

    def __ge__(self, other: ArrayLike | LogProbability) -> BoolArray:
        return _truth(np.logical_not(self < other))

    def __repr__(self) -> str:
        if self.shape == ():
            return f"LogProbability({_text(float(self.log), float(self.log_complement))})"
        return f"LogProbability(log10={np.array2string(np.asarray(self.log10), precision=4, threshold=6)})"

    def __float__(self) -> float:
        if self.shape != ():
            raise InvalidArgumentError("probability", self.shape, "a single probability to become a float")
        return float(self.probability)


def _compared(other: ArrayLike | LogProbability) -> LogProbability:
    return LogProbability.of(other, name="the probability to compare with")


def _truth(answers: BoolArray) -> BoolArray:
    """The answers; one that stands alone as a scalar."""
    return np.asarray(answers)[()]


def _order(probability: LogProbability) -> tuple[FloatArray, FloatArray]:
    """A pair that grows with p in lexical order and keeps the digits of both ends: of the small sides' logarithms."""
    log, rest = np.asarray(probability.log), np.asarray(probability.log_complement)
    return np.where(log < LOG_HALF, 0.0, 1.0), np.where(log < LOG_HALF, log, -rest)


def _text(log: float, log_complement: float) -> str:
    """p in few digits: a power of ten where it is small, 1 less one where it is close to 1."""
    if log < _POWER_BELOW:
        return "0" if log == -np.inf else f"10^{log / _LN10:.4f}".rstrip("0").rstrip(".")
    if log_complement < _POWER_BELOW:
        return "1" if log_complement == -np.inf else f"1 - {_text(log_complement, log)}"
    return f"{np.exp(log):.6g}"


def _check_log(name: str, log_p: ArrayLike) -> FloatArray:
    """A logarithm that is too small is no probability 0: only -inf is."""
    x = check_range(name, log_p, -np.inf, 0.0)
    too_small = (x < _LEAST_LOG) & np.isfinite(x)
    if np.any(too_small):
        raise InvalidArgumentError(name, float(x[too_small].flat[0]), "at least -1e+307, or -inf for probability 0")
    return x
