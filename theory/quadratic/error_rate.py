r"""Error rates of a quadratic classifier of two concentric spheres, exact and estimated.

An error is a logit > 0 on the inner sphere (radius 1) and a logit <= 0 on the outer one (``outer_radius`` > 1): the
sign of a quadratic form at a uniform point, whose coefficients a
:class:`~.quadratic.classifier.QuadraticClassifier` gives.
"""

from __future__ import annotations

import numpy as np

from ..basics.errors import InvalidArgumentError
from ..basics.log_probability import LogProbability, log_one_minus_exp
from ..basics.validation import FloatArray, scalar_if_0d
from .classifier import QuadraticClassifier as QuadraticClassifier  # noqa: PLC0414 (it is looked for here)
from .classifier import eigenbasis_of_weights as eigenbasis_of_weights  # noqa: PLC0414 (the same)
from .contour import EPS
from .form import chernoff_log_bound, clt_probability, positive_probability, promised_log_error


def exact_error_rate(classifier: QuadraticClassifier, sphere: str, outer_radius: float) -> LogProbability:
    """The exact error rate of a quadratic classifier on one sphere.

    Inner: P(sum (a_i + b) u_i^2 > 0); outer: P(sum (a_i R^2 + b) u_i^2 <= 0); u uniform on the unit sphere.

    Parameters
    ----------
    classifier
        One classifier, or a history of shape (...).
    sphere
        "inner" (radius 1) or "outer".
    outer_radius
        R > 1.

    Returns
    -------
    LogProbability
        Exact, shape (...): to the accuracy of :func:`~.quadratic.form.positive_probability` for the coefficients
        after one rounding each. Exactly 0 for a perfect classifier, exactly 1 where all logits are wrong, and 1 on
        the outer sphere where all logits are 0.

    Raises
    ------
    AccuracyError
        The promise of :func:`~.quadratic.form.positive_probability` is missed.

    Examples
    --------
    >>> classifier = QuadraticClassifier.from_alphas([1.05] * 100 + [0.8] * 400)
    >>> print(f"{exact_error_rate(classifier, 'inner', 1.3).log10:.6f}")
    -92.084676
    """
    c = _error_coefficients(classifier, sphere, outer_radius)
    return _tie_counts(positive_probability(c).probability, c, sphere)


def exact_error_rate_enclosure(
    classifier: QuadraticClassifier, sphere: str, outer_radius: float
) -> tuple[LogProbability, LogProbability]:
    """Two error rates, of which the exact one is neither below the first nor above the second.

    Parameters and shapes as in :func:`exact_error_rate`.

    Returns
    -------
    low, high
        The tails of coefficients that are moved down and up by a unit in the last place, since the error rate grows
        with every coefficient and each was rounded by less; and the promised error of those tails on top. Equal where
        the error rate is 0 or 1. Both are for the eigenvalues and bias as given, not for weights they come from.

    Raises
    ------
    AccuracyError
        The promise of :func:`~.quadratic.form.positive_probability` is missed.

    Examples
    --------
    >>> classifier = QuadraticClassifier.from_alphas([1.05] * 100 + [0.8] * 400)
    >>> low, high = exact_error_rate_enclosure(classifier, "inner", 1.3)
    >>> bool(low.log < exact_error_rate(classifier, "inner", 1.3).log < high.log), float(high.log - low.log) < 1e-11
    (True, True)
    """
    c = _error_coefficients(classifier, sphere, outer_radius)
    low, high = (_tie_counts(_moved_tail(_moved(c, to), to), c, sphere) for to in (-np.inf, np.inf))
    return low, high


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


def clt_error_rate(classifier: QuadraticClassifier, sphere: str, outer_radius: float) -> LogProbability:
    """The central limit estimate of the error rate ([Gil2018], equation 3, misprints removed).

    Parameters and shapes as in :func:`exact_error_rate`. An estimate without a guarantee: wrong by orders of
    magnitude in the tail, where trained networks live; it gives a perfect classifier a positive error rate.

    Examples
    --------
    >>> classifier = QuadraticClassifier.from_alphas([1.05] * 100 + [0.8] * 400)
    >>> print(f"{clt_error_rate(classifier, 'inner', 1.3).log10:.6f}")  # the exact one is -92.084676
    -39.103860
    """
    c = _error_coefficients(classifier, sphere, outer_radius)
    return _tie_counts(clt_probability(c), c, sphere)


def chernoff_log_error_rate(classifier: QuadraticClassifier, sphere: str, outer_radius: float) -> FloatArray:
    """Rigorous upper bound on the log error rate (Chernoff), shape (...); parameters as in :func:`exact_error_rate`.

    0 (trivial) where the mean logit is wrong, -inf for a perfect classifier.

    Examples
    --------
    >>> classifier = QuadraticClassifier.from_alphas([1.05] * 100 + [0.8] * 400)
    >>> print(f"{chernoff_log_error_rate(classifier, 'inner', 1.3) / np.log(10.0):.6f}")  # exact: -92.084676
    -90.308999
    """
    c = _error_coefficients(classifier, sphere, outer_radius)
    tied = np.all(c == 0.0, axis=-1) & (sphere == "outer")
    # P(Q > 0) grows with every coefficient: enlarged by more than their rounding, the bound is that of the network.
    with np.errstate(over="ignore"):
        larger = np.minimum(c * np.where(c > 0.0, 1.0 + 4.0 * EPS, 1.0 - 4.0 * EPS), np.finfo(np.float64).max)
    return scalar_if_0d(np.where(tied, 0.0, chernoff_log_bound(larger)))


def worst_case_loss(classifier: QuadraticClassifier, sphere: str, outer_radius: float) -> FloatArray:
    r"""The largest sigmoid cross-entropy loss over one sphere.

    .. math:: \operatorname{softplus}(\max_i a_i + b) \text{ (inner)}, \quad
              \operatorname{softplus}(-(R^2 \min_i a_i + b)) \text{ (outer)}

    over all dim eigenvalues, zeros included. Parameters as in :func:`exact_error_rate`; exact, shape (...).

    Examples
    --------
    >>> print(f"{worst_case_loss(QuadraticClassifier.from_alphas([0.5, 1.0]), 'inner', 1.3):.6f}")
    0.693147
    """
    c = _error_coefficients(classifier, sphere, outer_radius)
    return scalar_if_0d(np.logaddexp(0.0, c.max(axis=-1)))


def _error_coefficients(classifier: QuadraticClassifier, sphere: str, outer_radius: float) -> FloatArray:
    if not isinstance(classifier, QuadraticClassifier):
        raise InvalidArgumentError("classifier", classifier, "a QuadraticClassifier")
    return classifier.error_coefficients(sphere, outer_radius)


def _tie_counts(probability: LogProbability, c: FloatArray, sphere: str) -> LogProbability:
    """On the outer sphere a logit of 0 is an error, which has positive measure only where all coefficients are 0."""
    tied = np.all(c == 0.0, axis=-1) & (sphere == "outer")
    log, rest = np.where(tied, 0.0, probability.log), np.where(tied, -np.inf, probability.log_complement)
    return LogProbability(scalar_if_0d(log), scalar_if_0d(rest))
