"""Estimators of scikit-learn whose answer is the sign of one quadratic function of the point.

With two classes these are all linear classifiers, linear and quadratic discriminants, and Gaussian naive Bayes, alone
or behind a StandardScaler. With three or more classes a region is an intersection of pairwise ones, which no quadratic
function describes: they are not recognised, nor are subclasses whose answers are computed by methods of their own. What
is recognised is a claim, to be checked against the estimator's own predictions
(:func:`~.distances.known.known_errors`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ....theory.basics.errors import InvalidArgumentError, SpheresError
from ....theory.quadratic.function import QuadraticFunction

__all__ = ["quadratic_score"]

_LINEAR = {
    "predict": ("sklearn.linear_model._base", "sklearn.linear_model._ridge"),
    "decision_function": ("sklearn.linear_model._base", "sklearn.discriminant_analysis"),
}
_DISCRIMINANT = {"predict": ("sklearn.discriminant_analysis",)}
_BAYES = dict.fromkeys(("predict", "_joint_log_likelihood"), ("sklearn.naive_bayes",))
_PIPELINE = {"predict": ("sklearn.pipeline",)}
_SCALER = {"transform": ("sklearn.preprocessing._data",)}


def quadratic_score(estimator: Any, outer: int) -> QuadraticFunction | None:
    """The quadratic function that is positive where an estimator answers with one of its two classes.

    Parameters
    ----------
    estimator
        A fitted classifier; anything at all.
    outer
        Which of the two classes.

    Returns
    -------
    QuadraticFunction or None
        None where it is not one of those that are known, or has other than two classes.

    Examples
    --------
    >>> quadratic_score(object(), 1) is None
    True
    """
    try:
        if np.shape(estimator.classes_) != (2,):
            return None
        found = _score(estimator)
    except (AttributeError, TypeError, ValueError, SpheresError, np.linalg.LinAlgError):
        return None  # not fitted as usual: its answers can still be asked for
    return found if found is None or outer == 1 else found.times(-1.0)


def _score(estimator: Any) -> QuadraticFunction | None:
    """Positive for the second class."""
    if _by(estimator, _PIPELINE):
        return _behind_scalers(estimator)
    if _by(estimator, _LINEAR) and hasattr(estimator, "coef_"):
        return _linear(estimator)
    if _by(estimator, _DISCRIMINANT) and hasattr(estimator, "rotations_"):
        first, second = (_log_density(estimator, k) for k in (0, 1))
        return second.minus(first)
    if _by(estimator, _BAYES) and hasattr(estimator, "var_"):
        first, second = (_naive_log_density(estimator, k) for k in (0, 1))
        return second.minus(first)
    return None


def _by(estimator: Any, methods: Mapping[str, Sequence[str]]) -> bool:
    """Whether its methods are those of modules that were read."""
    return all(getattr(getattr(estimator, n, None), "__module__", None) in where for n, where in methods.items())


def _linear(estimator: Any) -> QuadraticFunction:
    coefficients = np.asarray(estimator.coef_, dtype=np.float64)
    if coefficients.ndim == 2 and len(coefficients) != 1:
        raise InvalidArgumentError("coef_", coefficients.shape, "one row")
    coefficients = coefficients.reshape(-1)
    constant = float(np.asarray(estimator.intercept_, dtype=np.float64).sum())  # a number, or a row of one
    return QuadraticFunction(np.zeros(len(coefficients)), coefficients, constant)


def _log_density(estimator: Any, k: int) -> QuadraticFunction:
    """Log of prior times normal density, of covariance R S R', less what both classes share."""
    rotation, variances = np.asarray(estimator.rotations_[k]), np.asarray(estimator.scalings_[k])
    mean = np.asarray(estimator.means_[k], dtype=np.float64)
    half = rotation * variances**-0.5
    constant = float(np.log(estimator.priors_[k]) - 0.5 * np.sum(np.log(variances)))
    return QuadraticFunction(-0.5 * half @ half.T, np.zeros(len(mean)), constant).at(-mean)


def _naive_log_density(estimator: Any, k: int) -> QuadraticFunction:
    mean, variances = np.asarray(estimator.theta_[k]), np.asarray(estimator.var_[k])
    constant = float(np.log(estimator.class_prior_[k]) - 0.5 * np.sum(np.log(variances)))
    return QuadraticFunction(-0.5 / variances, np.zeros(len(mean)), constant).at(-mean)


def _behind_scalers(pipeline: Any) -> QuadraticFunction | None:
    """The last step's function of the points as they are before the scalers."""
    *scalers, (_, last) = pipeline.steps
    found = _score(last)
    for _, scaler in reversed(scalers):
        if found is None or not _by(scaler, _SCALER) or type(scaler).__name__ != "StandardScaler":
            return None
        if scaler.with_std:
            found = found.image(1.0 / np.asarray(scaler.scale_))
        if scaler.with_mean:
            found = found.at(-np.asarray(scaler.mean_))
    return found
