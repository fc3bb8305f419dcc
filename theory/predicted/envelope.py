r"""Upper bounds on the mean distance to the nearest error of a quadratic classifier, from the mean of sin^2 alone.

Let theta be the angle from a uniform unit vector to the nearest error, X = sin^2 theta (0 on the errors, which have
measure mu) and e = E X, which is exact (:mod:`~.predicted.mean_distance`). The error set is a cone, so theta <= pi/2,
and a distance is f(X) with f(x) = arcsin sqrt(x) (angle) or 2 sin(arcsin(sqrt x)/2) (chord). Both f are concave on [0,
a] and convex on [a, 1], with a = 1/2 and 5/9 (where f' = 1/(2 sin theta cos theta), and 1/(4 sin(theta/2) cos theta),
is least). So the tangent at a point x* < a that meets or passes above the end (1, f(1)) lies above f everywhere: on [0,
a] as a tangent of a concave function, on [a, 1] as a line that is above a convex one at both ends. With fhat = f up to
x* and that tangent beyond, a concave function, Jensen's inequality among the points that are no errors says

    E f(X) = (1 - mu) E[f(X) | correct] <= (1 - mu) fhat(e/(1 - mu)).

The right side grows with e and, as fhat is concave with fhat(0) = 0, falls with mu: an upper bound on e and a lower
bound on mu keep it a bound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..basics.log_probability import LogProbability
from ..basics.validation import FloatArray, scalar_if_0d
from ..quadratic.errors import QuadraticErrors
from .mean_distance import QUADRATURE_ERROR, RATE_ERROR, mean_sine_square

__all__ = ["mean_angle_upper_bound", "mean_chord_upper_bound"]

_UNRESOLVED = 1e-280  # a mean below it may have underflowed in parts: nothing is known of it but that 0 <= X <= 1
_ROUNDING = 1e-14  # more than the relative rounding of the formula


def mean_angle_upper_bound(
    coefficients: QuadraticErrors | ArrayLike,
    *,
    error_rate: ArrayLike | LogProbability = 0.0,
    boundary_is_error: bool = False,
) -> FloatArray:
    r"""Upper bound on the mean angle to the nearest error (points of the error set count as 0).

    .. math:: E\theta \le (1 - \mu) \hat f(e / (1 - \mu)), \qquad e = E \sin^2 \theta

    with the least concave function above arcsin sqrt(x) (its tangent begins 2e-5 before the best one).

    Source: Jensen's inequality for a concave envelope, this module's introduction.

    Parameters
    ----------
    coefficients
        c, shape (..., dim), dim >= 2, finite; errors are sum c_i u_i^2 > 0 (or >= 0).
    error_rate
        mu, or any lower bound on it (0 serves), in [0, 1]; broadcast against the leading axes of c. Where nearly all
        points are errors give a LogProbability: the nearest double may be above mu.
    boundary_is_error
        Whether Q = 0 counts; it matters only where max c = 0 (then the errors are the null space of the form).

    Returns
    -------
    ndarray
        Radians, in [0, pi/2]. Guarantee: upper bound, proved but for the quadrature of e. That enters with 1e-9 more,
        more than its estimated error; all roundings go up but underflow. +inf where no error exists.

    Raises
    ------
    AccuracyError
        The quadrature of e did not converge.

    Examples
    --------
    >>> bool(0.95 < mean_angle_upper_bound(np.linspace(-1.0, 0.1, 60)) < 0.98)
    True
    """
    return _bound(_ANGLE, coefficients, error_rate, boundary_is_error)


def mean_chord_upper_bound(
    coefficients: QuadraticErrors | ArrayLike,
    *,
    error_rate: ArrayLike | LogProbability = 0.0,
    boundary_is_error: bool = False,
) -> FloatArray:
    r"""Upper bound on the mean chord (Euclidean distance on the unit sphere) to the nearest error.

    As :func:`mean_angle_upper_bound`, with the least concave function above :math:`\sqrt{2 (1 - \sqrt{1 - x})}`.

    Parameters
    ----------
    coefficients, error_rate, boundary_is_error
        As for :func:`mean_angle_upper_bound`.

    Returns
    -------
    ndarray
        In the unit of the radius. Guarantee: upper bound as :func:`mean_angle_upper_bound`; +inf where no error exists.

    Examples
    --------
    >>> c = np.linspace(-1.0, 0.1, 60)
    >>> bool(mean_chord_upper_bound(c) < mean_angle_upper_bound(c))
    True
    """
    return _bound(_CHORD, coefficients, error_rate, boundary_is_error)


@dataclass(frozen=True)
class _Envelope:
    """A distance as a function of X = sin^2 theta, and the point where its concave envelope leaves it, rounded down."""

    distance: Callable[[FloatArray], FloatArray]
    leaves: float
    slope: float

    def __call__(self, x: FloatArray) -> FloatArray:
        start = float(self.distance(np.array(self.leaves)))
        line = start + self.slope * (x - self.leaves)
        return np.where(x <= self.leaves, self.distance(np.minimum(x, self.leaves)), line)


def _angle(x: FloatArray) -> FloatArray:
    return np.asarray(np.arcsin(np.sqrt(x)))


def _chord(x: FloatArray) -> FloatArray:
    return np.asarray(2.0 * np.sin(0.5 * _angle(x)))


def _tangent(distance: Callable[[FloatArray], FloatArray], leaves: float, chord: bool) -> _Envelope:
    angle = float(_angle(np.array(leaves)))
    slope = 0.25 / (np.sin(0.5 * angle) * np.cos(angle)) if chord else 0.5 / (np.sin(angle) * np.cos(angle))
    return _Envelope(distance, leaves, float(slope))


# Any point up to the one where the tangent meets the end of the curve gives a bound (0.155421..., 17/81).
_ANGLE, _CHORD = _tangent(_angle, 0.1554, chord=False), _tangent(_chord, 0.2098, chord=True)


def _bound(
    envelope: _Envelope,
    coefficients: QuadraticErrors | ArrayLike,
    error_rate: ArrayLike | LogProbability,
    boundary_is_error: bool,
) -> FloatArray:
    e = np.asarray(mean_sine_square(coefficients, boundary_is_error=boundary_is_error))
    correct = np.minimum(np.exp(np.asarray(LogProbability.of(error_rate).log_complement)) * (1.0 + RATE_ERROR), 1.0)
    some = np.isfinite(e)
    known = some & (e > _UNRESOLVED)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.where(known, e * (1.0 + QUADRATURE_ERROR) / correct, 1.0)
    bound = correct * envelope(np.clip(x, 0.0, 1.0)) * (1.0 + _ROUNDING)
    return scalar_if_0d(np.where(some, bound, np.inf))
