r"""Error rates of a quadratic classifier of two concentric spheres, exact and estimated: short forms.

Each asks the :class:`~.quadratic.errors.QuadraticErrors` of ``classifier.errors_on(sphere, outer_radius)``, which
answer all questions about one sphere, and the second one of a kind at no cost.
"""

from __future__ import annotations

from ..basics.arguments import check_instance
from ..basics.log_probability import LogProbability
from ..basics.validation import FloatArray
from .classifier import QuadraticClassifier
from .errors import QuadraticErrors


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
    return _errors(classifier, sphere, outer_radius).rate


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
    return _errors(classifier, sphere, outer_radius).enclosure


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
    return _errors(classifier, sphere, outer_radius).clt_rate


def chernoff_log_error_rate(classifier: QuadraticClassifier, sphere: str, outer_radius: float) -> FloatArray:
    """Rigorous upper bound on the log error rate (Chernoff), shape (...); parameters as in :func:`exact_error_rate`.

    0 (trivial) where the mean logit is wrong, -inf for a perfect classifier.

    Examples
    --------
    >>> classifier = QuadraticClassifier.from_alphas([1.05] * 100 + [0.8] * 400)
    >>> print(f"{chernoff_log_error_rate(classifier, 'inner', 1.3) / 2.302585093:.6f}")  # exact: -92.084676
    -90.308999
    """
    return _errors(classifier, sphere, outer_radius).chernoff_log_rate


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
    return _errors(classifier, sphere, outer_radius).worst_loss


def _errors(classifier: QuadraticClassifier, sphere: str, outer_radius: float) -> QuadraticErrors:
    check_instance("classifier", classifier, QuadraticClassifier, "a QuadraticClassifier")
    return classifier.errors_on(sphere, outer_radius)
