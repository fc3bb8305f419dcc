"""The tail of one coordinate of a uniform point on a sphere: the numerical core under caps and their distances.

Notation. n = dim - 1; a cap no larger than half the sphere has angular radius phi in [0, pi/2], height h = cos(phi),
s2 = sin(phi)^2 and c = -log sin(phi) >= 0. The single number c carries the cap over the whole domain: it keeps its
digits where h rounds to 1, where phi underflows, and (h being sqrt(-expm1(-2c))) where phi rounds to pi/2.

The measure is P = G(n)/sqrt(pi) * exp(-n c) * J with G(n) = Gamma((n+1)/2)/Gamma(n/2) and

    J(h, n) = integral_0^inf (cosh t + h sinh t)^(-n) dt
            = integral_0^vmax (1 - v (2h + s2 v))^(n/2-1) dv,        height of the slice: u = h + s2 v,

in which no term cancels. The first form is the density of psi = atanh(u), proportional to sech(psi)^n, relative to
its value at the rim of the cap.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..basics.errors import AccuracyError
from ..basics.log_probability import LOG_HALF
from ..basics.validation import FloatArray
from .tail_series import first_guess, tail_ratio

CHUNK = 4096
"""Elements handled at once: the working arrays of one chunk stay in the cache of a core."""

_MAX_STEPS = 40
_HALF_LOG_PI = 0.5 * np.log(np.pi)
# log G(n) = log(q)/2 + sum_j -E_2j / (j 4^(2j+1)) q^(-2j), q = n/2 - 1/4, with the Euler numbers E_2j
_GAMMA_SERIES = tuple(-e / (j * 4.0 ** (2 * j + 1)) for j, e in enumerate((-1, 5, -61, 1385, -50521, 2702765), start=1))


def log_gamma_ratio(n: FloatArray) -> FloatArray:
    """Log of G(n) = Gamma((n+1)/2) / Gamma(n/2) for n > 0, absolute error below 4e-15.

    A difference of log-gammas would lose all digits beyond 1e-16 n log n.

    Examples
    --------
    >>> np.exp(log_gamma_ratio(np.array([1.0, 1e9]))).round(6).tolist()  # 1/sqrt(pi), and nearly sqrt(n/2)
    [0.56419, 22360.679769]
    """
    small = n < 33.0
    q = (np.where(small, n + 32.0, n) - 0.5) / 2.0
    inverse = 1.0 / q**2
    series = np.zeros_like(q)
    for coefficient in reversed(_GAMMA_SERIES):
        series = (series + coefficient) * inverse
    result = 0.5 * np.log(q) + series
    if np.any(small):
        lift = np.ones_like(q)
        for k in range(0, 32, 2):  # G(n) = G(n + 2) n / (n + 1)
            lift = lift * np.where(small, (n + k) / (n + k + 1.0), 1.0)
        result += np.log(lift)
    return np.asarray(result)


def log_norm(n: FloatArray) -> FloatArray:
    """Log of G(n) / sqrt(pi), the constant of the density of psi.

    Examples
    --------
    >>> np.exp(log_norm(np.array([2.0]))).round(12).tolist()
    [0.5]
    """
    return np.asarray(log_gamma_ratio(n) - _HALF_LOG_PI)


def scaled_tail(h: FloatArray, n: FloatArray) -> FloatArray:
    """J(h, n) for h in [0, 1]: relative error below 1.5e-14. One-dimensional arrays.

    Examples
    --------
    >>> scaled_tail(np.array([0.5]), np.array([2.0])).round(12).tolist()  # 1/(1 + h)
    [0.666666666667]
    """
    return np.asarray(tail_ratio(h, n) * (0.5 * np.exp(-log_norm(n))))


def height_and_s2(c: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Height h and sin(phi)^2 from c = -log sin(phi).

    Examples
    --------
    >>> [x.round(12).tolist() for x in height_and_s2(-np.log(np.array([0.6])))]
    [[0.8], [0.36]]
    """
    return np.sqrt(-np.expm1(-2.0 * c)), np.exp(-2.0 * c)


def shifted(c: FloatArray, h: FloatArray, step: FloatArray) -> FloatArray:
    """The c of psi + step, psi = atanh(h): c + log(cosh(step) + h sinh(step)); at least 0.

    Steps of at most 1 lose no digits to cancellation; longer ones only come before those.

    Examples
    --------
    >>> c = -np.log(np.array([0.6]))
    >>> shifted(c, np.array([0.8]), np.array([-np.arctanh(0.8)])).round(9).tolist()  # to the equator
    [0.0]
    """
    rise = np.expm1(np.clip(step, -1.0, 1.0))
    near = c + np.log1p(0.5 * rise * (2.0 * h + rise * (1.0 + h)) / (1.0 + rise))
    if np.all(np.abs(step) <= 1.0):
        return np.maximum(near, 0.0)
    psi = np.maximum(c + np.log1p(h) + step, 0.0)
    far = psi + np.log1p(np.expm1(-2.0 * psi) / 2.0)
    return np.maximum(np.where(np.abs(step) <= 1.0, near, far), 0.0)


def log_measure(h: FloatArray, c: FloatArray, n: FloatArray) -> FloatArray:
    """Log-measure of caps no larger than half a sphere; arrays of one shape; -inf where c is +inf.

    Examples
    --------
    >>> c = -0.5 * np.log(np.array([0.75]))
    >>> np.exp(log_measure(np.array([0.5]), c, np.array([2.0]))).round(12).tolist()  # height 1/2 of the sphere
    [0.25]
    """
    result = in_chunks(_log_measure_chunk, *(x.reshape(-1) for x in (h, c, n)))
    return np.asarray(np.minimum(result, LOG_HALF).reshape(h.shape))


def _log_measure_chunk(h: FloatArray, c: FloatArray, n: FloatArray) -> FloatArray:
    n = _one_for_all(n)
    return np.asarray(np.where(h == 0.0, LOG_HALF, (LOG_HALF + np.log(tail_ratio(h, n))) - n * c))


def _one_for_all(n: FloatArray) -> FloatArray:
    """A single dimension, where there is no other: what depends on it alone is computed once."""
    return n[:1] if np.all(n == n[:1]) else n


def in_chunks(function: Callable[..., FloatArray], *flat: FloatArray) -> FloatArray:
    """Apply a function of equally long flat arrays chunk by chunk; it may give one array or several rows.

    Examples
    --------
    >>> in_chunks(lambda x, y: x + y, np.arange(3.0), np.ones(3)).tolist()
    [1.0, 2.0, 3.0]
    """
    size = flat[0].size
    first = function(*(x[:CHUNK] for x in flat))
    if size <= CHUNK:
        return first
    result = np.empty((*first.shape[:-1], size))
    result[..., :CHUNK] = first
    for start in range(CHUNK, size, CHUNK):
        part = slice(start, start + CHUNK)
        result[..., part] = function(*(x[part] for x in flat))
    return result


def solve_log_measure(log_p: FloatArray, n: FloatArray) -> FloatArray:
    """The c of the cap whose log-measure is ``log_p`` <= log(1/2); arrays of one shape; +inf where it is -inf.

    A Gaussian guess corrected for the curvature of the tail, then steps of fourth order in psi: every derivative of
    psi with respect to log P follows from J alone, since dJ/dpsi = n h J - 1.

    Examples
    --------
    >>> np.exp(-solve_log_measure(np.log(np.array([0.25])), np.array([2.0]))).round(12).tolist()  # sin 60 degrees
    [0.866025403784]
    """
    return in_chunks(_solve_chunk, log_p.reshape(-1), n.reshape(-1)).reshape(log_p.shape)


def _solve_chunk(log_p: FloatArray, n: FloatArray) -> FloatArray:
    n, empty, half = _one_for_all(n), log_p == -np.inf, log_p >= LOG_HALF
    log_p = np.where(empty | half, LOG_HALF, log_p)
    half_tail = 0.5 * np.exp(-log_norm(n))
    c = first_guess(log_p, n)
    for _ in range(_MAX_STEPS):
        h = np.sqrt(-np.expm1(-2.0 * c))
        ratio = tail_ratio(h, n)
        # log P - log p, its terms ordered so that the two large ones meet first
        error = (-n * c - log_p) + (LOG_HALF + np.log(ratio))
        c = shifted(c, h, _psi_step(-error, h, n, ratio * half_tail))
        # the step just taken leaves an error of fifth order; the second term is the rounding of log P itself
        if np.all(np.abs(error) < 1e-3 - 4e-15 * log_p):
            return np.where(half, 0.0, np.where(empty, np.inf, c))
    raise AccuracyError("the height of a cap did not converge from its log-measure", best_estimate=c)


def _psi_step(change: FloatArray, h: FloatArray, n: FloatArray, tail: FloatArray) -> FloatArray:
    """Step in psi that changes log P by ``change``: Taylor to fourth order where that is small, else Newton.

    log P is concave in psi, so a plain Newton step never overshoots to the side from which it would diverge.
    """
    s2 = 1.0 - h * h
    d1 = n * h * tail - 1.0
    d2 = n * (s2 * tail + h * d1)
    d3 = n * (2.0 * s2 * (d1 - h * tail) + h * d2)
    third = d1 * d1 + tail * d2
    fourth = d1 * third + tail * (3.0 * d1 * d2 + tail * d3)
    is_near = np.abs(change) < 0.5
    near = np.where(is_near, change, 0.0)
    taylor = near * (d1 / 2.0 - near * (third / 6.0 - near * (fourth / 24.0)))
    return np.asarray(tail * change * (taylor - 1.0))
