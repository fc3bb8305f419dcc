"""Mean distances to the nearest error of a quadratic classifier, predicted without sampling.

Let theta(u) be the angle from a uniform unit vector u to the cone Q >= 0, Q(u) = sum c_i u_i^2 (0 on the cone), and
l_i = c_i / max c. From cos^2 theta = min over m of psi(m), psi(m) = sum u_i^2/(1 - m l_i), and psi(0) = 1,

    f(sin^2 theta) = integral over 0 < m < 1 of f'(1 - psi(m)) max(-psi'(m), 0) dm        for f(0) = 0,

because psi falls exactly while psi' < 0. psi' and 1 - psi are quadratic forms, so every E[sin^(2k) theta] is an
integral of exact one-dimensional integrals (``negative_part``): no draw, no normal approximation, no small
parameter. In particular E[sin^2 theta] is exact for every dimension and every spectrum.

* Lower bound on the mean angle, proved up to the quadrature of E[sin^2 theta]. sin theta is even and 1-Lipschitz,
  with a gradient of length cos theta off the errors and 0 on them; the first eigenvalue of the sphere on even functions
  is 2d, so (Poincare) Var(sin theta) <= (1 - mu - E sin^2 theta)/(2d), mu the measure of the errors, and
  E theta >= arcsin(E sin theta) by Jensen, as arcsin is convex on [0, 1].
* Point prediction of the mean angle: in the formula above with f = arcsin sqrt, the expectation over 1 - psi(m)
  under the weight max(-psi'(m), 0) is taken by the three-point Gauss rule of its exact moments 0 ... 5, times the
  factor by which such a rule misses the mean of x^(-1/2) for a gamma law of the same mean and variance.
* The chord 2 sin(theta/2) is a convex increasing function of sin theta on [0, pi/2]: with y = sin theta its
  derivative is cos(theta/2)/cos(theta), which grows with theta. So Jensen carries the lower bound over.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..basics.errors import AccuracyError, InvalidArgumentError
from ..basics.log_probability import LogProbability
from ..basics.validation import FloatArray, check_coefficients, scalar_if_0d
from ..quadratic.errors import QuadraticErrors, as_errors
from .quadrature import (
    DualNodes,
    divisors,
    dual_nodes,
    form_variance,
    gauss_rules,
    inverse_root_factors,
    jensen_optimum,
)

SineFunction: TypeAlias = Callable[[FloatArray], FloatArray]

QUADRATURE_ERROR = 1e-9
MOMENTS = 6  # of sin^2 theta, all from one quadrature
RATE_ERROR = 2e-12  # more than that of any error rate whose logarithm is above -700


def jensen_sine_square(coefficients: QuadraticErrors | ArrayLike, *, boundary_is_error: bool = False) -> FloatArray:
    r"""Lower bound on E[sin^2 theta] by exchanging mean and minimum.

    .. math:: s = 1 - \min_m \frac1d \sum_i \frac{1}{1 - m \lambda_i} \le E \sin^2\theta

    Source: Jensen's inequality on the dual of the nearest-error problem.

    Parameters
    ----------
    coefficients
        The errors: those of ``classifier.errors_on(sphere, outer_radius)``, or their c, shape (..., dim), dim >= 2,
        finite.
    boundary_is_error
        Beside c: whether Q = 0 counts; it matters only where max c = 0 (the errors are the null space of the form).

    Returns
    -------
    ndarray
        Shape (...). Guarantee: lower bound, for any point of the search; +inf where no error exists.

    Examples
    --------
    >>> float(jensen_sine_square([1.0, -1.0]))
    0.0
    """
    return _over_rows(
        as_errors(coefficients, boundary_is_error),
        lambda lam: jensen_optimum(lam)[1],
        lambda null, dim: 1.0 - null / dim,
    )


def mean_sine_square(coefficients: QuadraticErrors | ArrayLike, *, boundary_is_error: bool = False) -> FloatArray:
    r"""The mean of sin^2 of the angle to the nearest error, over the whole sphere.

    .. math:: E \sin^2\theta = \int_0^1 E \max(-\psi'(m), 0)\, dm

    Source: layer-cake formula along the dual variable, this module's introduction.

    Parameters
    ----------
    coefficients, boundary_is_error
        As for :func:`jensen_sine_square`.

    Returns
    -------
    ndarray
        Shape (...). Guarantee: estimate of an exact formula. Its relative error is estimated on each panel, which is
        halved until it is at most 1e-9 (usually 1e-12), not proved. Below 1e-290 it may underflow; +inf where no error
        exists.

    Raises
    ------
    AccuracyError
        The quadrature did not converge.

    Notes
    -----
    Cost is linear in dim: 0.1 s at dim 500.

    Examples
    --------
    >>> bool(abs(mean_sine_square([1.0, -1.0]) - (0.25 - 0.5 / np.pi)) < 1e-10)
    True
    """
    return _over_rows(as_errors(coefficients, boundary_is_error), _sine_square, _null_sine_square)


def mean_angle_lower_bound(
    coefficients: QuadraticErrors | ArrayLike,
    *,
    error_rate: ArrayLike | LogProbability = 0.0,
    boundary_is_error: bool = False,
) -> FloatArray:
    r"""Lower bound on the mean angle to the nearest error (points of the error set count as 0).

    .. math:: E\theta \ge \arcsin \sqrt{\max(0,\, e - (1 - \mu - e)/(2d))}, \qquad e = E \sin^2 \theta

    Source: Poincare inequality on even functions, this module's introduction.

    Parameters
    ----------
    coefficients, boundary_is_error
        As for :func:`jensen_sine_square`.
    error_rate
        mu, or any lower bound on it (0 serves), in [0, 1]; broadcast against the leading axes of c. Where nearly all
        points are errors give a LogProbability: the nearest double may be above mu.

    Returns
    -------
    ndarray
        Radians, in [0, pi/2]. Guarantee: lower bound, proved but for the quadrature of e. That enters less 1e-9, more
        than its estimated error, and never below its Jensen bound. +inf where no error exists.

    Examples
    --------
    >>> bool(0.30 < mean_angle_lower_bound([0.1, -1.0, -1.0, -1.0]) < 0.75)
    True
    """
    errors = as_errors(coefficients, boundary_is_error)
    e = np.maximum(jensen_sine_square(errors), np.asarray(mean_sine_square(errors)) * (1.0 - QUADRATURE_ERROR))
    # 1 - mu keeps its digits where nearly all points are errors; enlarged by more than they are rounded.
    correct = np.exp(np.asarray(LogProbability.of(error_rate).log_complement)) * (1.0 + RATE_ERROR)
    some = np.isfinite(e)
    e = np.where(some, e, 0.0)
    variance = np.maximum(correct - e, 0.0) / (2.0 * errors.dim)
    angle = np.arcsin(np.sqrt(np.clip(e - variance, 0.0, 1.0)))
    return scalar_if_0d(np.where(some, angle, np.inf))


def mean_chord_lower_bound(
    coefficients: QuadraticErrors | ArrayLike,
    *,
    error_rate: ArrayLike | LogProbability = 0.0,
    boundary_is_error: bool = False,
) -> FloatArray:
    r"""Lower bound on the mean chord (Euclidean distance on the unit sphere) to the nearest error.

    .. math:: E\,2\sin(\theta/2) \ge 2 \sin(t/2), \quad t \text{ the lower bound on the mean angle}

    Source: the chord is a convex increasing function of sin theta on [0, pi/2] (its derivative there is
    cos(theta/2)/cos theta, increasing), and E sin theta >= sin t is what the bound on the angle proves first.

    Parameters
    ----------
    coefficients, error_rate, boundary_is_error
        As for :func:`mean_angle_lower_bound`.

    Returns
    -------
    ndarray
        In the unit of the radius. Guarantee: lower bound as :func:`mean_angle_lower_bound`; +inf where no error exists.

    Examples
    --------
    >>> bool(0.30 < mean_chord_lower_bound([0.1, -1.0, -1.0, -1.0]) < 0.75)
    True
    """
    angle = mean_angle_lower_bound(coefficients, error_rate=error_rate, boundary_is_error=boundary_is_error)
    finite = np.isfinite(angle)
    return scalar_if_0d(np.where(finite, 2.0 * np.sin(0.5 * np.where(finite, angle, 0.0)), np.inf))


def mean_angle_prediction(coefficients: QuadraticErrors | ArrayLike, *, boundary_is_error: bool = False) -> FloatArray:
    """Point prediction of the mean angle to the nearest error (points of the error set count as 0).

    Formula and source: this module's introduction.

    Parameters
    ----------
    coefficients, boundary_is_error
        As for :func:`jensen_sine_square`.

    Returns
    -------
    ndarray
        Radians. Guarantee: estimate; +inf where no error exists.

    Notes
    -----
    Off from the means of 10^6 to 4 * 10^6 draws by at most 0.03% at dim 500 (the paper's alphas on both spheres, and
    spectra with few positive coefficients) and at dim 60, and by 0.2% at dim 2, 3 and 10: all of it within two
    standard errors of the draws but for dims 2 to 10. Against exact means of two-valued spectra it is low by up to
    0.4%, where a large part of the points are errors or nearly so; high by up to 2% where all coefficients but one or
    two are positive and most points are errors; and off by up to 4% where hardly any are not.

    Examples
    --------
    >>> bool(abs(mean_angle_prediction(np.linspace(-1.0, 0.1, 60)) - 0.78) < 0.1)
    True
    """
    return _over_rows(
        as_errors(coefficients, boundary_is_error),
        lambda lam: _prediction(lam, _angle_slope),
        lambda k, d: _null_mean(k, d, _same),
    )


def mean_chord_prediction(coefficients: QuadraticErrors | ArrayLike, *, boundary_is_error: bool = False) -> FloatArray:
    """Point prediction of the mean chord 2 sin(theta/2) to the nearest error, unit sphere.

    Formula and source: this module's introduction, with f the chord as a function of sin^2 theta.

    Parameters
    ----------
    coefficients, boundary_is_error
        As for :func:`jensen_sine_square`.

    Returns
    -------
    ndarray
        In the unit of the radius. Guarantee: estimate, accuracy as :func:`mean_angle_prediction`; +inf where no
        error exists.

    Examples
    --------
    >>> c = np.linspace(-1.0, 0.1, 60)
    >>> bool(mean_chord_prediction(c) < mean_angle_prediction(c))
    True
    """
    return _over_rows(
        as_errors(coefficients, boundary_is_error),
        lambda lam: _prediction(lam, _chord_slope),
        lambda k, d: _null_mean(k, d, _chord),
    )


def mean_angle_second_order(coefficients: ArrayLike) -> FloatArray:
    r"""Second-order closed form of the mean angle: cheap, for spectra of many comparable coefficients.

    .. math:: E\cos^2\theta \approx h(m) - V(c)/(2 h''), \quad
       E\theta \approx f(e) + f''(e) V(w)/2, \quad f(x) = \arccos\sqrt x

    at the minimum m of h(m) = (1/d) sum w_i, w_i = 1/(1 - m l_i), c_i = l_i w_i^2, V the variance of a quadratic
    form on the sphere. Source: delta method on the dual problem.

    Parameters
    ----------
    coefficients
        c, shape (..., dim), dim >= 2, of both signs with a negative sum.

    Returns
    -------
    ndarray
        Radians. Guarantee: estimate; off by 0.03% to 0.7% at dim 500, by up to 16% at dim 10; +inf where max c <= 0.

    Raises
    ------
    InvalidArgumentError
        The sum of c is not negative: most points are errors, and the expansion has no base point.

    Examples
    --------
    >>> bool(mean_angle_second_order(np.linspace(-1.0, 0.1, 60)) > 0.5)
    True
    """
    c = check_coefficients("coefficients", coefficients, minimum=2)
    unit = np.abs(c).max(axis=-1, keepdims=True)
    means = (c / np.where(unit > 0.0, unit, 1.0)).mean(axis=-1)
    if np.any((means >= 0.0) & (c.max(axis=-1) > 0.0)):
        with np.errstate(over="ignore"):
            largest = float(np.max(np.where(means >= 0.0, c.sum(axis=-1), -np.inf)))
        raise InvalidArgumentError("coefficients", largest, "of negative sum for this expansion")
    return _over_rows(QuadraticErrors(c, False), _second_order, lambda null, dim: np.inf)


def _over_rows(
    errors: QuadraticErrors,
    with_positive: Callable[[FloatArray], float],
    null_space: Callable[[int, int], float],
) -> FloatArray:
    """Apply to each row: c scaled by max c > 0; or, where the largest c is 0 and ties count, to the null space."""
    c, dim = errors.coefficients, errors.dim
    rows = c.reshape(-1, dim)
    values = np.full(len(rows), np.inf)
    for index, row in enumerate(rows):
        largest = row.max()
        if largest > 0.0:
            with np.errstate(over="ignore"):
                scaled = np.maximum(row / largest, -1e100)
            values[index] = _finite(with_positive, scaled) if scaled.min() < 0.0 else 0.0
        elif largest == 0.0 and errors.ties_are_errors:
            values[index] = null_space(int(np.count_nonzero(row == 0.0)), dim)
    return scalar_if_0d(values.reshape(c.shape[:-1]))


def _finite(function: Callable[[FloatArray], float], lam: FloatArray) -> float:
    """The value, unless the quadrature breaks down, as it can where hardly any point is correct."""
    with np.errstate(all="ignore"):
        value = function(lam)
    if not np.isfinite(value):
        message = f"the prediction broke down: the smallest coefficient is {float(lam.min()):.1e} times the largest"
        raise AccuracyError(message, value)
    return value


def _sine_square(lam: FloatArray) -> float:
    return _sine_square_of(lam.tobytes())


@lru_cache(maxsize=64)
def _sine_square_of(lam: bytes) -> float:
    """Lower and upper bounds of both kinds of distances ask for the same integral."""
    found = dual_nodes(np.frombuffer(lam), 0)
    return float(found.weights @ found.moments[0])


def _prediction(lam: FloatArray, slope: SineFunction) -> float:
    found = shared_nodes(lam)
    weights, moments = found.weights, found.moments
    matters = moments[0] * weights > 1e-13 * float(weights @ moments[0])
    moments, weights = moments[:, matters], weights[matters]
    nodes, shares = gauss_rules(moments)
    means = (shares * slope(found.unit * nodes)).sum(axis=1) * inverse_root_factors(moments)
    return float(weights @ (moments[0] * means))


def shared_nodes(lam: FloatArray) -> DualNodes:
    """The nodes with all six moments, kept for the next question about the same errors.

    Examples
    --------
    >>> shared_nodes(np.array([1.0, -1.0])) is shared_nodes(np.array([1.0, -1.0]))
    True
    """
    return _shared_nodes(lam.tobytes())


@lru_cache(maxsize=4)
def _shared_nodes(lam: bytes) -> DualNodes:
    return dual_nodes(np.frombuffer(lam), MOMENTS - 1)


def _angle_slope(sine_sq: FloatArray) -> FloatArray:
    """d theta / d sin^2 theta."""
    return np.asarray(0.5 / np.sqrt(sine_sq * (1.0 - sine_sq)))


def _chord_slope(sine_sq: FloatArray) -> FloatArray:
    """d (2 sin(theta/2)) / d sin^2 theta."""
    angle = np.arcsin(np.sqrt(sine_sq))
    return np.asarray(0.25 / (np.sin(0.5 * angle) * np.cos(angle)))


def _same(angle: FloatArray) -> FloatArray:
    return angle


def _chord(angle: FloatArray) -> FloatArray:
    return np.asarray(2.0 * np.sin(0.5 * angle))


def _null_sine_square(null: int, dim: int) -> float:
    """Mean sin^2 of the angle to a subspace of dimension ``null``."""
    return 1.0 - null / dim


def _null_mean(null: int, dim: int, distance: SineFunction) -> float:
    """Mean distance to a subspace of dimension ``null``: theta has the density sin^(d-k-1) cos^(k-1)."""
    if null == dim:
        return 0.0
    peak = np.arctan2(np.sqrt(dim - null), np.sqrt(null))
    x, g = np.polynomial.legendre.leggauss(200)
    low, high = max(0.0, peak - 12.0 / np.sqrt(dim)), min(0.5 * np.pi, peak + 12.0 / np.sqrt(dim))
    angle = 0.5 * (low + high) + 0.5 * (high - low) * x
    log_density = (dim - null - 1.0) * np.log(np.sin(angle)) + (null - 1.0) * np.log(np.cos(angle))
    density = g * np.exp(log_density - log_density.max())
    return float(density @ distance(angle) / density.sum())


def _second_order(lam: FloatArray) -> float:
    pair, bound = jensen_optimum(lam)
    w, dim = 1.0 / divisors(lam, pair[:1], pair[1:])[0], lam.size
    curvature = 2.0 / dim * float((lam**2 * w**3).sum())
    sine_sq = bound + form_variance(lam * w**2) / (2.0 * curvature)
    bend = (1.0 - 2.0 * sine_sq) / (4.0 * (sine_sq * (1.0 - sine_sq)) ** 1.5)
    return float(np.arcsin(np.sqrt(sine_sq)) - 0.5 * bend * form_variance(w))
