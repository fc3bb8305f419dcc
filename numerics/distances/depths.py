"""How deep errors lie: distances from uniformly drawn errors of a quadratic classifier to the nearest correct point.

The errors are drawn by rejection, however rare (:func:`~.error_rates.importance.uniform_errors`); the correct points
are the errors of the opposite form, so that their distances are certified as those to the errors are.

Theory: let A be the part of an error set of measure mu that lies deeper than an angle e. All points within e of A are
errors, so that by Lévy's inequality the cap of the measure of A, widened by e, has at most the measure mu. Hence a
share of 1 - q of the errors at most is deeper than theta(mu) - theta((1 - q) mu), theta the angle of a cap of that
measure: for any classifier, and exact for the cap itself.
"""

from __future__ import annotations

import numpy as np

from ...theory.basics.log_probability import LogProbability
from ...theory.basics.validation import FloatArray, check_dim, check_range
from ...theory.caps.cap import cap_of_measure
from ...theory.quadratic.errors import QuadraticErrors
from ..error_rates.importance import uniform_errors
from .exact import nearest_distances_of

__all__ = ["error_depths", "largest_depth"]


def error_depths(errors: QuadraticErrors, *, draws: int, seed: int, key: int = 0) -> FloatArray:
    """Distances from errors, drawn uniformly among all of them, to the nearest correct point.

    Parameters
    ----------
    errors
        Those of one classifier on one sphere.
    draws, seed, key
        As :func:`~.error_rates.importance.uniform_errors` takes them.

    Returns
    -------
    ndarray
        Euclidean, in units of the radius, shape (n,); infinite where there is no correct point. **Guarantee**: exact,
        each certified to a relative 1e-9 with a floor of 1e-12.

    Examples
    --------
    >>> from adversarial_spheres.theory.quadratic.errors import QuadraticErrors
    >>> depths = error_depths(QuadraticErrors([1.0, -1.0], False), draws=1000, seed=0)
    >>> bool(abs(np.mean(2.0 * np.arcsin(depths / 2.0)) - np.pi / 8) < 0.03)
    True
    """
    points = uniform_errors(errors, draws=draws, seed=seed, key=key)
    correct = QuadraticErrors(-errors.coefficients, not errors.ties_are_errors)
    if correct.is_null and not correct.touches:
        return np.full(len(points), np.inf)
    return np.asarray(2.0 * np.sin(nearest_distances_of(points, correct, workers=1).angle_upper / 2.0))


def largest_depth(error_rate: LogProbability, dim: int, quantile: float = 0.5) -> float:
    """The largest quantile of the depth that the errors of any classifier of this error rate can have.

    Parameters
    ----------
    error_rate
        Of one sphere, one number above 0.
    dim
        Ambient dimension.
    quantile
        In [0, 1).

    Returns
    -------
    float
        Euclidean, in units of the radius. **Guarantee**: exact for the cap, an upper bound for any other error set.

    Examples
    --------
    >>> round(largest_depth(LogProbability.of(1e-5), 500), 5)
    0.00676
    """
    share = 1.0 - float(check_range("quantile", quantile, 0.0, 1.0, high_open=True))
    log = float(error_rate.log)
    angles = [
        float(np.asarray(cap_of_measure(LogProbability.from_log(value), check_dim(dim)).angle))
        for value in (log, log + np.log(share))
    ]
    return float(2.0 * np.sin(0.5 * (angles[0] - angles[1])))
