r"""How many hidden units a quadratic network needs for a given error rate.

With hidden = k < dim at least dim - k of the alphas are 0, so errors on the outer sphere exist whatever the other
alphas are; yet their measure can be tiny. Among networks whose k other alphas are equal to a,

    inner error rate  P(B > 1/a),   outer error rate  P(B < 1/(a R^2)),   B ~ Beta(k/2, (dim - k)/2),

and setting the derivative of their sum to 0 gives the best a in closed form. That equal alphas are optimal isn't
proved: the k found is the least among equal alphas, an upper bound on the least k of all. As dim grows it tends to a
constant that depends on the target and on R alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaincc

from ..basics.errors import AccuracyError, InvalidArgumentError
from ..basics.log_probability import LogProbability
from ..basics.validation import FloatArray, broadcast, check_dim, check_outer_radius, check_real, scalar_if_0d

_LARGEST_RADIUS = 1e150
_SMALLEST = 1e-290  # below, the incomplete beta function has no digits to rely on


def best_equal_alpha(hidden: ArrayLike, dim: ArrayLike, outer_radius: float) -> FloatArray:
    r"""The a that minimises the mean error rate of both spheres with ``hidden`` alphas equal to a, the others 0.

    .. math:: a = \frac{1 - \rho / R^2}{1 - \rho}, \quad \rho = R^{-2k / (d - k - 2)} \qquad (d - k \ge 3)

    and a = 1 for d - k <= 2, where lowering a to 1 costs nothing.

    Parameters
    ----------
    hidden
        k, integers in [1, dim]; broadcast against dim.
    dim
        d, integers >= 2.
    outer_radius
        R > 1.

    Returns
    -------
    ndarray
        Exact up to rounding, at least 1; shape of the broadcast.

    Examples
    --------
    >>> print(f"{best_equal_alpha(100, 500, 1.3):.6f}")
    3.897125
    """
    k, d, radius = _check(hidden, dim, outer_radius)
    rest = np.maximum(d - k - 2.0, 1.0)
    log_rho = -2.0 * k / rest * np.log(radius)
    # (1 - rho / R^2) / (1 - rho) without cancellation for rho near 1
    alpha = np.expm1(log_rho - 2.0 * np.log(radius)) / np.expm1(log_rho)
    return scalar_if_0d(np.where(d - k <= 2.0, 1.0, alpha))


def equal_alphas_error_rates(hidden: ArrayLike, dim: ArrayLike, outer_radius: float) -> tuple[FloatArray, FloatArray]:
    """Error rates of the inner and of the outer sphere at the best equal alphas.

    Parameters
    ----------
    hidden, dim, outer_radius
        As in :func:`best_equal_alpha`.

    Returns
    -------
    tuple
        (inner, outer), exact up to a relative error of about 1e-11 (that of the incomplete beta function) where they
        don't underflow; (0, 0) for hidden = dim.

    Examples
    --------
    >>> inner, outer = equal_alphas_error_rates(250, 500, 1.3)
    >>> print(f"{inner:.3e} {outer:.3e}")
    1.329e-05 2.316e-05
    """
    k, d, radius = _check(hidden, dim, outer_radius)
    a = best_equal_alpha(k, d, radius)
    full = k == d
    p, q = 0.5 * k, np.where(full, 1.0, 0.5 * (d - k))
    # The shares 1 - 1/a and 1 - 1/(a R^2) of the other coordinates, without cancellation.
    inner = betainc(q, p, (a - 1.0) / a)  # 0 where full, as a = 1 there
    left = ((a - 1.0) * radius**2 + (radius - 1.0) * (radius + 1.0)) / (a * radius**2)
    outer = np.where(full, 0.0, betaincc(q, p, left))
    return scalar_if_0d(inner), scalar_if_0d(outer)


def hidden_units_needed(
    error_rate: ArrayLike | LogProbability, dim: ArrayLike, outer_radius: float
) -> NDArray[np.int64]:
    """The least number of hidden units for a mean error rate of both spheres, among equal alphas.

    Parameters
    ----------
    error_rate
        Target in [0, 1]: mean of the error rates of the inner and the outer sphere; a LogProbability is taken too.
    dim
        Integers >= 2, broadcast against ``error_rate``.
    outer_radius
        R > 1.

    Returns
    -------
    ndarray
        Least k among equal alphas: an upper bound on the least k of all. dim where the target is 0.

    Raises
    ------
    AccuracyError
        The target is positive but below 1e-290.

    Examples
    --------
    >>> hidden_units_needed([1e-3, 1e-10, 1e-20], 500, 1.3)
    array([180, 354, 424])
    """
    target = np.asarray(LogProbability.of(error_rate).log)
    if np.any((target < np.log(_SMALLEST)) & (target > -np.inf)):
        raise AccuracyError("hidden units for a mean error rate that is positive but below 1e-290 are not offered")
    log_target, d = broadcast(error_rate=target, dim=check_dim(dim))
    low, high = np.ones(d.shape), d.copy()
    while np.any(low < high):
        middle = np.floor(0.5 * (low + high))
        inner, outer = equal_alphas_error_rates(middle, d, outer_radius)
        with np.errstate(divide="ignore"):
            enough = np.log(0.5 * inner + 0.5 * outer) <= log_target
        low, high = np.where(enough, low, np.minimum(middle + 1.0, high)), np.where(enough, middle, high)
    return high.astype(np.int64)[()]


def _check(hidden: ArrayLike, dim: ArrayLike, outer_radius: float) -> tuple[FloatArray, FloatArray, float]:
    k, d = broadcast(hidden=check_real("hidden", hidden), dim=check_dim(dim))
    bad = (k < 1.0) | (k > d) | (k != np.floor(k))
    if np.any(bad):
        at = np.unravel_index(np.argmax(bad), bad.shape)
        shown = int(k[at]) if float(k[at]).is_integer() else float(k[at])
        raise InvalidArgumentError("hidden", shown, f"an integer from 1 to dim, here {d[at]:.0f}")
    radius = check_outer_radius(outer_radius)
    if radius > _LARGEST_RADIUS:
        raise InvalidArgumentError("outer_radius", radius, f"at most {_LARGEST_RADIUS:g}, so that its square is finite")
    return k, d, radius
