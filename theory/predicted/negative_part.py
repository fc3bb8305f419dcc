"""Exact moments of the negative part of a quadratic form on the sphere.

For Q(u) = sum q_i u_i^2 and S(u) = sum s_i u_i^2, u uniform on the unit sphere of R^d, this module computes
E[S^k max(-Q, 0)]. With g standard normal, E[exp(s Q(g))] = exp(K(s)), K(s) = -1/2 sum log(1 - 2 s q_i), and

    E[S(g)^k max(-Q(g), 0)] = (1/(2 pi i)) integral over c + iR of exp(K(s)) M_k(s) / s^2 ds,      c < 0,

where M_k(s) is the k-th moment whose cumulants are 2^(j-1) (j-1)! sum (s_i / (1 - 2 s q_i))^j: the tilted law of
S. Degree 2k + 2 in |g| separates from the direction: divide by d (d + 2) ... (d + 2k). The contour goes through the
real saddle of K(s) - 2 log(-s) and is stretched by sinh, so the trapezoid rule converges geometrically; the step is one
that was enough in tests, its error is not proved (unlike that of the tail, ``strip``). Where the mean
of Q is negative, max(-Q, 0) = max(Q, 0) - Q: the side that is integrated is always the smaller one. The contour is
half a hyperbola that leans to the side where exp(K) decays: when most of Q is nearly deterministic, a vertical line
would oscillate sqrt(d) times before its integrand is small.
"""

from __future__ import annotations

from math import comb, factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..basics.errors import AccuracyError
from ..basics.validation import FloatArray

_STEP = 1.0 / 8.0
_LEAST_STEP = 1.0 / 4096.0
_LAST = 1e-17
_MAX_NODES = 600
_TURN = 5.0  # of the phase from one node to the next: from about 2 pi - 8 steps on, digits are lost
_UNRESOLVED = 1e-13  # of the integral: what may turn faster
_FAR = 10.0  # where the drift of the integrand's phase is looked at, in units of its width
_BISECTIONS = 40


def negative_part_moments(forms: FloatArray, weights: FloatArray, order: int, *, step: float = _STEP) -> FloatArray:
    """E[S^k max(-Q, 0)] over the unit sphere for k = 0 ... order, for each row.

    Parameters
    ----------
    forms
        q, shape (rows, dim); each row has a negative entry.
    weights
        s, shape (rows, dim).
    order
        The largest power k of S.
    step
        Step of the trapezoid rule in the stretched variable; halved for rows whose integrand turns faster than it.

    Returns
    -------
    ndarray
        Shape (order + 1, rows). Guarantee: estimate of an exact formula; in tests 1e-13 relative to
        E[|S|^k max(-Q, 0)] for k = 0, and a digit less for each k.

    Raises
    ------
    AccuracyError
        The integrand did not decay within the nodes allowed, or turns faster than the finest nodes follow.

    Examples
    --------
    >>> import numpy as np
    >>> found = negative_part_moments(np.array([[-1.0, -1.0]]), np.array([[1.0, 1.0]]), 1)
    >>> bool(np.allclose(found, 1.0, rtol=1e-13))
    True
    """
    norms = np.cumprod(forms.shape[1] + 2.0 * np.arange(order + 1))[:, None]
    means = forms.sum(axis=1)
    flipped = means < 0.0
    result = np.empty((order + 1, len(forms)))
    for rows, sign in ((flipped, -1.0), (~flipped, 1.0)):
        if rows.any():
            result[:, rows] = _smaller_side(sign * forms[rows], weights[rows], np.zeros(rows.sum()), order, step, _LAST)
    result[:, flipped] -= _signed_moments(forms[flipped], weights[flipped], order)
    return np.asarray(result / norms)


def damped_negative_part(
    forms: FloatArray, rates: FloatArray, *, step: float = _STEP, last: float = _LAST
) -> FloatArray:
    """E[N exp(-rate N)], N = max(-Q(g), 0), for g standard normal (not on the sphere), for each row.

    The contour passes to the right of the pole at -rate, (s + rate)^(-2) in place of s^(-2).

    Parameters
    ----------
    forms
        q, shape (rows, dim).
    rates
        At least 0, shape (rows,).
    step
        As for :func:`negative_part_moments`.
    last
        The rule ends where its terms have fallen to this share of the sum.

    Returns
    -------
    ndarray
        Shape (rows,). Guarantee: estimate of an exact formula, as :func:`negative_part_moments`.

    Raises
    ------
    AccuracyError
        As :func:`negative_part_moments`.

    Examples
    --------
    >>> import numpy as np
    >>> found = damped_negative_part(np.array([[-0.5, -0.5]]), np.array([1.0]))  # of an exponential law: 1/(1 + 1)^2
    >>> print(f"{found[0]:.12f}")
    0.250000000000
    """
    means = forms.sum(axis=1)
    flipped = (means < 0.0) & (rates == 0.0)
    result = np.empty(len(forms))
    for rows, sign in ((flipped, -1.0), (~flipped, 1.0)):
        if rows.any():
            result[rows] = _smaller_side(sign * forms[rows], forms[rows], rates[rows], 0, step, last)[0]
    result[flipped] -= means[flipped]
    return result


def _smaller_side(
    forms: FloatArray, weights: FloatArray, rates: FloatArray, order: int, step: float, last: float
) -> FloatArray:
    """E[S^k N exp(-rate N)], N = max(-Q, 0), for g standard normal.

    The rate is positive, or the mean of Q is not negative: no oscillation on the contour.
    """
    largest = (-forms).max(axis=1, keepdims=True)
    some = largest[:, 0] > 0.0
    if not some.all():
        result = np.zeros((order + 1, len(forms)))
        if some.any():
            result[:, some] = _smaller_side(forms[some], weights[some], rates[some], order, step, last)
        return result
    ratios = -forms / largest
    v, w, beyond = _saddle(ratios, 2.0 * largest[:, 0] * rates)
    divisor = w[:, None] + v[:, None] * (1.0 - ratios)
    curvatures, tilted = ratios / divisor, weights / divisor
    spread = (0.5 * (curvatures**2).sum(axis=1) + 2.0 / beyond**2) ** -0.5
    lean = _lean(curvatures * spread[:, None])
    total = np.zeros((order + 1, len(v)))
    fastest, phase = np.zeros(len(v)), np.zeros(len(v))
    for node in range(int(_MAX_NODES * _STEP / step)):
        x = node * step
        t = spread * (1j * np.sinh(x) + lean * (np.cosh(x) - 1.0))
        log_core = -0.5 * _log_factors(t, curvatures)
        jacobian = spread * (np.cosh(x) - 1j * lean * np.sinh(x))
        core = np.exp(log_core) * (1.0 + t / beyond) ** -2.0 * jacobian
        if order == 0:
            terms = core[None, :]
        else:
            terms = core * _moments_from_cumulants(tilted / (1.0 - t[:, None] * curvatures), order)
        total += terms.real * (step if node else 0.5 * step)
        before, phase = phase, log_core.imag - 2.0 * np.angle(1.0 + t / beyond) + np.angle(jacobian)
        matters = np.abs(terms[0]) * step > _UNRESOLVED * np.abs(total[0])
        fastest = np.where(matters, np.maximum(fastest, np.abs(phase - before)), fastest)
        if np.all(np.abs(terms) <= last * np.abs(total)):
            break
    else:
        raise AccuracyError("the moments of a negative part did not converge", total)
    top = 2.0 / np.pi * largest[:, 0] * np.exp(-0.5 * np.log(divisor).sum(axis=1) - 2.0 * np.log(beyond))
    result = np.asarray(total * top)
    fast = fastest > _TURN
    if np.any(fast):  # the integrand turns faster than the nodes follow
        if step < _LEAST_STEP:
            raise AccuracyError("the moments of a negative part were not resolved", result)
        result[:, fast] = _smaller_side(forms[fast], weights[fast], rates[fast], order, 0.5 * step, last)
    return result


def _signed_moments(forms: FloatArray, weights: FloatArray, order: int) -> FloatArray:
    """E[S^k Q] for g standard normal: joint cumulants of Q and j factors S are 2^j j! sum q_i s_i^j."""
    moments = _moments_from_cumulants(weights, order).real
    joint = [2.0**j * factorial(j) * (forms * weights**j).sum(axis=1) for j in range(order + 1)]
    return np.array([sum(comb(k, j) * joint[j] * moments[k - j] for j in range(k + 1)) for k in range(order + 1)])


def _log_factors(t: NDArray[np.complex128], curvatures: FloatArray) -> NDArray[np.complex128]:
    """Sum of log(1 - t kappa_i); for Im t > 0 no factor meets the cut. Real functions: NumPy's complex log is slow."""
    a, b = t.real[:, None], t.imag[:, None]
    excess = curvatures * (curvatures * (a * a + b * b) - 2.0 * a)
    angle = np.arctan2(-b * curvatures, 1.0 - a * curvatures)
    return np.asarray(0.5 * np.log1p(excess).sum(axis=1) + 1j * angle.sum(axis=1))


def _lean(scaled: FloatArray) -> FloatArray:
    """How far the contour leans: against the drift of K due to the coefficients not yet damped far out."""
    drift = 0.5 * _FAR * (scaled / (1.0 + (_FAR * scaled) ** 2)).sum(axis=1)
    return np.asarray(-0.5 * drift / np.sqrt(drift**2 + 25.0))


def _saddle(ratios: FloatArray, pole: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """v < 1, near the root of 1/2 sum r_i/(1 - v r_i) = 2/(v + pole), w = 1 - v and v + pole; bisection in a logit.

    v is above the pole, and where no factor 1 - v r_i vanishes.
    """
    least = np.minimum(ratios.min(axis=1), -1e-300)
    start = np.maximum(-pole, 1.0 / least)
    low, high = np.full(len(ratios), -45.0), np.full(len(ratios), 45.0)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        beyond, w = (1.0 - start) / (1.0 + np.exp(-middle)), (1.0 - start) / (1.0 + np.exp(middle))
        v, beyond = start + beyond, beyond + (start + pole)
        slope = (ratios / (w[:, None] + v[:, None] * (1.0 - ratios))).sum(axis=1)
        above = slope * beyond > 4.0
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return v, w, beyond


def _moments_from_cumulants(terms: NDArray[Any], order: int) -> NDArray[np.complex128]:
    """Moments 0 ... order of a sum of weighted squares whose tilted weights are ``terms`` (rows, dim)."""
    cumulants, power = [], np.ones_like(terms)
    for j in range(1, order + 1):
        power = power * terms
        cumulants.append(2.0 ** (j - 1) * factorial(j - 1) * power.sum(axis=1))
    moments = [np.ones(len(terms), dtype=complex)]
    for n in range(1, order + 1):
        moments.append(sum(comb(n - 1, j) * cumulants[j] * moments[n - 1 - j] for j in range(n)))
    return np.array(moments)
