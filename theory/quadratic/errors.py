"""The errors of a quadratic classifier on one sphere, and how much of the sphere they are.

A unit vector u is an error where Q(u) = sum c_i u_i^2 > 0, and where Q(u) = 0 if ties count (on the outer sphere they
do: :mod:`~.basics.sphere`). So the errors are a cone, and all that is asked about them needs its coefficients and the
tie rule only: their measure here, the distance to them in ``nearest`` and ``predicted``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from ..basics.arguments import check_sequence
from ..basics.by_value import ByValue, frozen_copy
from ..basics.errors import InvalidArgumentError
from ..basics.log_probability import LogProbability, log_one_minus_exp
from ..basics.validation import BoolArray, FloatArray, check_coefficients, check_flag, scalar_if_0d
from .contour import EPS
from .form import chernoff_log_bound, clt_probability, positive_probability, promised_log_error


@dataclass(frozen=True, eq=False)
class QuadraticErrors(ByValue):
    """The errors {sum c_i u_i^2 > 0} on a sphere, or those of a whole history of classifiers along leading axes.

    What is computed is kept, so that a second question costs nothing.

    Parameters
    ----------
    coefficients
        c, shape (..., dim), finite, dim >= 2; made by
        :meth:`~.quadratic.classifier.QuadraticClassifier.errors_on`.
    ties_are_errors
        Whether sum c_i u_i^2 = 0 is an error, too.

    Examples
    --------
    >>> errors = QuadraticErrors([1.0, -1.0, -1.0], ties_are_errors=False)
    >>> round(float(errors.rate), 12), bool(errors.is_null), round(float(errors.worst_loss), 6)
    (0.292893218813, False, 1.313262)
    """

    coefficients: FloatArray
    ties_are_errors: bool

    def __post_init__(self) -> None:
        c = check_coefficients("coefficients", self.coefficients, minimum=2)
        object.__setattr__(self, "coefficients", frozen_copy(c))
        object.__setattr__(self, "ties_are_errors", check_flag("ties_are_errors", self.ties_are_errors))

    @property
    def dim(self) -> int:
        """Ambient dimension."""
        return int(self.coefficients.shape[-1])

    def __getitem__(self, index: int) -> QuadraticErrors:
        """The errors of one classifier of a history, whose rate is known where that of all is."""
        if self.coefficients.ndim == 1:
            raise InvalidArgumentError("index", index, "used on the errors of a history only")
        one = QuadraticErrors(self.coefficients[index], self.ties_are_errors)
        if "rate" in self.__dict__:
            one.__dict__["rate"] = self.rate[index]
        return one

    @property
    def single(self) -> QuadraticErrors:
        """These errors, where they are those of one classifier.

        Raises
        ------
        InvalidArgumentError
            They are those of a history.
        """
        if self.coefficients.ndim != 1:
            raise InvalidArgumentError(
                "coefficients", self.coefficients.shape, "one vector of coefficients, shape (dim,)"
            )
        return self

    @property
    def is_everything(self) -> BoolArray:
        """Whether every point is an error by a tie, as all coefficients are 0 and ties count: shape (...)."""
        return np.asarray(np.all(self.coefficients == 0.0, axis=-1) & self.ties_are_errors)[()]

    @property
    def is_null(self) -> BoolArray:
        """Whether the error rate is exactly 0 (ties of measure 0 are allowed): shape (...)."""
        return np.asarray(np.all(self.coefficients <= 0.0, axis=-1) & ~self.is_everything)[()]

    @property
    def touches(self) -> BoolArray:
        """Whether the error rate is 0 while the logit is 0 somewhere on the sphere: shape (...)."""
        return np.asarray(self.is_null & (self.coefficients.max(axis=-1) == 0.0))[()]

    @cached_property
    def rate(self) -> LogProbability:
        """The exact error rate; see :func:`~.quadratic.error_rate.exact_error_rate`."""
        return self._with_ties(positive_probability(self.coefficients).probability)

    @cached_property
    def enclosure(self) -> tuple[LogProbability, LogProbability]:
        """Two rates that enclose the exact one; see :func:`~.quadratic.error_rate.exact_error_rate_enclosure`."""
        low, high = (self._with_ties(_moved_tail(_moved(self.coefficients, to), to)) for to in (-np.inf, np.inf))
        return low, high

    @cached_property
    def log_error(self) -> FloatArray:
        """By how much a logarithm of the rate or its complement may be off, shape (...); 0 for a rate of 0 or 1."""
        low, high = self.enclosure
        logs = np.array([[side.log, side.log_complement] for side in (low, self.rate, high)])
        logs = np.where(np.isneginf(logs[1]).any(axis=0), 0.0, logs)
        return scalar_if_0d(np.abs(logs - logs[1]).max(axis=(0, 1)))

    @cached_property
    def clt_rate(self) -> LogProbability:
        """The central limit estimate; see :func:`~.quadratic.error_rate.clt_error_rate`."""
        return self._with_ties(clt_probability(self.coefficients))

    @cached_property
    def chernoff_log_rate(self) -> FloatArray:
        """Upper bound on the log rate; see :func:`~.quadratic.error_rate.chernoff_log_error_rate`."""
        c = self.coefficients
        # P(Q > 0) grows with every coefficient: enlarged by more than their rounding, the bound is that of the network.
        with np.errstate(over="ignore"):
            larger = np.minimum(c * np.where(c > 0.0, 1.0 + 4.0 * EPS, 1.0 - 4.0 * EPS), np.finfo(np.float64).max)
        return scalar_if_0d(np.where(self.is_everything, 0.0, chernoff_log_bound(larger)))

    @property
    def worst_loss(self) -> FloatArray:
        """The largest sigmoid cross-entropy loss; see :func:`~.quadratic.error_rate.worst_case_loss`."""
        return scalar_if_0d(np.logaddexp(0.0, self.coefficients.max(axis=-1)))

    def _with_ties(self, probability: LogProbability) -> LogProbability:
        """P(Q > 0), or 1: ties have positive measure only where all coefficients are 0."""
        log = np.where(self.is_everything, 0.0, probability.log)
        rest = np.where(self.is_everything, -np.inf, probability.log_complement)
        return LogProbability(scalar_if_0d(log), scalar_if_0d(rest))


def rates_of(several: Sequence[QuadraticErrors]) -> list[LogProbability]:
    """The exact error rates of several sets of errors of one shape, computed together: ten cost little more than one.

    Parameters
    ----------
    several
        At least one, of equal shapes.

    Returns
    -------
    list of LogProbability
        As :attr:`QuadraticErrors.rate` of each, up to the promised error.

    Raises
    ------
    InvalidArgumentError
        Their shapes differ, or there are none.
    AccuracyError
        The promise of :func:`~.quadratic.form.positive_probability` is missed.

    Examples
    --------
    >>> both = [QuadraticErrors([1.0, -1.0, -1.0], False), QuadraticErrors([0.0, 0.0, 0.0], True)]
    >>> [round(float(rate), 12) for rate in rates_of(both)]
    [0.292893218813, 1.0]
    """
    check_sequence("several", several, QuadraticErrors, "a list of QuadraticErrors")
    shapes = {errors.coefficients.shape for errors in several}
    if len(shapes) != 1:
        raise InvalidArgumentError("several", sorted(shapes), "errors of one shape, at least one")
    together = positive_probability(np.stack([errors.coefficients for errors in several])).probability
    return [errors._with_ties(together[number]) for number, errors in enumerate(several)]


def as_errors(coefficients: QuadraticErrors | ArrayLike, boundary_is_error: bool = False) -> QuadraticErrors:
    """The errors that a caller means: given as they are, or by coefficients and whether Q = 0 counts.

    Raises
    ------
    InvalidArgumentError
        ``boundary_is_error`` is said beside errors, which know their tie rule.

    Examples
    --------
    >>> as_errors([1.0, -1.0]) == QuadraticErrors(np.array([1.0, -1.0]), False)
    True
    """
    if not isinstance(coefficients, QuadraticErrors):
        ties = check_flag("boundary_is_error", boundary_is_error)
        return QuadraticErrors(check_coefficients("coefficients", coefficients), ties)
    if check_flag("boundary_is_error", boundary_is_error):
        raise InvalidArgumentError("boundary_is_error", True, "left out beside QuadraticErrors, which know their ties")
    return coefficients


def _moved(c: FloatArray, to: float) -> FloatArray:
    """Coefficients one unit in the last place further; those that are 0 are exact, and the ends of the doubles stay."""
    largest = np.finfo(np.float64).max
    return np.where(c == 0.0, 0.0, np.clip(np.nextafter(c, to), -largest, largest))


def _moved_tail(c: FloatArray, to: float) -> LogProbability:
    """P(Q > 0), moved by its promised error."""
    p = positive_probability(c).probability
    error = np.copysign(promised_log_error(p, c.shape[-1]), to)
    is_smaller = np.asarray(p.log <= p.log_complement)
    smaller = np.minimum(np.where(is_smaller, p.log + error, p.log_complement - error), 0.0)
    outward = np.where(is_smaller, 1.0, -1.0) * np.copysign(4.0 * EPS, to)  # more than the rounding of log(1 - p)
    larger = np.asarray(log_one_minus_exp(smaller)) * (1.0 + outward)
    return LogProbability(
        scalar_if_0d(np.where(is_smaller, smaller, larger)), scalar_if_0d(np.where(is_smaller, larger, smaller))
    )
