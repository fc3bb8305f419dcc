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
from scipy import special

from ..basics.errors import AccuracyError
from ..basics.log_probability import LOG_HALF
from ..basics.validation import FloatArray

CHUNK = 4096
"""Elements handled at once: the working arrays of one chunk stay in the cache of a core."""

_CUT = 40.0  # the integrand is dropped where it has fallen below exp(-40) of its top
_SMOOTH_FROM = 40.0  # least n at which the integrand of the second form is smooth enough up to the cut
_SHIFT = 20  # steps n -> n + 2 that lift every n >= 1 there
_MAX_STEPS = 40
_HALF_LOG_PI = 0.5 * np.log(np.pi)
# log G(n) = log(q)/2 + sum_j -E_2j / (j 4^(2j+1)) q^(-2j), q = n/2 - 1/4, with the Euler numbers E_2j
_GAMMA_SERIES = tuple(-e / (j * 4.0 ** (2 * j + 1)) for j, e in enumerate((-1, 5, -61, 1385, -50521, 2702765), start=1))


def _unit_rule(count: int) -> tuple[FloatArray, FloatArray]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1.0) / 2.0, weights / 2.0


_FINE = _unit_rule(26)
_COARSE = _unit_rule(13)


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
    lift = np.ones_like(q)
    for k in range(0, 32, 2):  # G(n) = G(n + 2) n / (n + 1)
        lift = lift * np.where(small, (n + k) / (n + k + 1.0), 1.0)
    return 0.5 * np.log(q) + series + np.log(lift)


def log_norm(n: FloatArray) -> FloatArray:
    """Log of G(n) / sqrt(pi), the constant of the density of psi.

    Examples
    --------
    >>> np.exp(log_norm(np.array([2.0]))).round(12).tolist()
    [0.5]
    """
    return np.asarray(log_gamma_ratio(n) - _HALF_LOG_PI)


def scaled_tail(h: FloatArray, s2: FloatArray, n: FloatArray, *, coarse: bool = False) -> FloatArray:
    """J(h, n) for h in [0, 1]: relative error below 6e-15 (1e-6 with ``coarse``). One-dimensional arrays.

    Examples
    --------
    >>> scaled_tail(np.array([0.5]), np.array([0.75]), np.array([2.0])).round(12).tolist()  # 1/(1 + h)
    [0.666666666667]
    """
    small = n < _SMOOTH_FROM
    any_small = bool(small.any())
    lifted = np.where(small, n + 2 * _SHIFT, n) if any_small else n
    result = _smooth_tail(h, s2, lifted, _COARSE if coarse else _FINE)
    if any_small:
        result[small] = _lowered(result[small], h[small], s2[small], n[small])
    return result


def _smooth_tail(h: FloatArray, s2: FloatArray, n: FloatArray, rule: tuple[FloatArray, FloatArray]) -> FloatArray:
    """J by Gauss-Legendre in v, for n >= 40."""
    power = n / 2.0 - 1.0
    y_max = -np.expm1(-_CUT / power)
    v_max = y_max / (h + np.sqrt(h * h + s2 * y_max))
    linear, square = -2.0 * h * v_max, -s2 * v_max * v_max
    total, term = np.zeros_like(power), np.empty_like(power)
    for x, weight in zip(*rule, strict=True):
        np.multiply(square, x, out=term)
        term += linear
        term *= x
        np.log1p(term, out=term)
        term *= power
        np.exp(term, out=term)
        term *= weight
        total += term
    total *= v_max
    return total


def _lowered(tail: FloatArray, h: FloatArray, s2: FloatArray, n: FloatArray) -> FloatArray:
    """Carry J down from n + 40 to n: J(n) = ((n + 1) s2 J(n + 2) + h) / n, all terms positive."""
    for j in range(_SHIFT - 1, -1, -1):
        k = n + 2 * j
        tail = ((k + 1.0) * s2 * tail + h) / k
    return tail


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
    small = np.clip(step, -1.0, 1.0)
    near = c + np.log1p(2.0 * np.sinh(small / 2.0) ** 2 + h * np.sinh(small))
    if np.all(np.abs(step) <= 1.0):
        return np.maximum(near, 0.0)
    psi = np.maximum(c + np.log1p(h) + step, 0.0)
    far = psi + np.log1p(np.expm1(-2.0 * psi) / 2.0)
    return np.maximum(np.where(np.abs(step) <= 1.0, near, far), 0.0)


def log_measure(h: FloatArray, s2: FloatArray, c: FloatArray, n: FloatArray) -> FloatArray:
    """Log-measure of caps no larger than half a sphere; arrays of one shape; -inf where c is +inf.

    Examples
    --------
    >>> c = -0.5 * np.log(np.array([0.75]))
    >>> np.exp(log_measure(*height_and_s2(c), c, np.array([2.0]))).round(12).tolist()  # height 1/2 of the sphere
    [0.25]
    """
    flat = [np.ravel(x) for x in (h, s2, c, n)]
    result = np.minimum(in_chunks(_log_measure_chunk, *flat), LOG_HALF)
    return np.asarray(np.where(flat[0] == 0.0, LOG_HALF, result).reshape(h.shape))


def _log_measure_chunk(h: FloatArray, s2: FloatArray, c: FloatArray, n: FloatArray) -> FloatArray:
    return log_norm(n) + np.log(scaled_tail(h, s2, n)) - n * c


def in_chunks(function: Callable[..., FloatArray], *flat: FloatArray) -> FloatArray:
    """Apply a function of equally long flat arrays chunk by chunk.

    Examples
    --------
    >>> in_chunks(lambda x, y: x + y, np.arange(3.0), np.ones(3)).tolist()
    [1.0, 2.0, 3.0]
    """
    size = flat[0].size
    if size <= CHUNK:
        return function(*flat)
    result = np.empty(size)
    for start in range(0, size, CHUNK):
        part = slice(start, start + CHUNK)
        result[part] = function(*(x[part] for x in flat))
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
    flat_log, flat_n = np.minimum(np.ravel(log_p), LOG_HALF), np.ravel(n)
    empty = np.isneginf(flat_log)
    solved = in_chunks(_solve_chunk, np.where(empty, -1.0, flat_log), flat_n)
    solved = np.where(flat_log == LOG_HALF, 0.0, solved)
    return np.asarray(np.where(empty, np.inf, solved).reshape(log_p.shape))


def _solve_chunk(log_p: FloatArray, n: FloatArray) -> FloatArray:
    constant = log_norm(n)
    c = first_guess(log_p, n)
    for step in range(_MAX_STEPS):
        h, s2 = height_and_s2(c)
        tail = scaled_tail(h, s2, n, coarse=step == 0)
        # log P - log p, its terms ordered so that the two large ones meet first
        error = (-n * c - log_p) + (constant + np.log(tail))
        c = shifted(c, h, _psi_step(-error, h, s2, n, tail))
        # the step just taken leaves an error of fifth order; the second term is the rounding of log P itself
        if step > 0 and np.all(np.abs(error) < 3e-4 - 4e-15 * log_p):
            return np.asarray(c)
    raise AccuracyError("the height of a cap did not converge from its log-measure", best_estimate=c)


def _psi_step(change: FloatArray, h: FloatArray, s2: FloatArray, n: FloatArray, tail: FloatArray) -> FloatArray:
    """Step in psi that changes log P by ``change``: Taylor to fourth order where that is small, else Newton.

    log P is concave in psi, so a plain Newton step never overshoots to the side from which it would diverge.
    """
    d1 = n * h * tail - 1.0
    d2 = n * (s2 * tail + h * d1)
    d3 = n * (2.0 * s2 * (d1 - h * tail) + h * d2)
    third = d1 * d1 + tail * d2
    fourth = d1 * third + tail * (3.0 * d1 * d2 + tail * d3)
    near = np.where(np.abs(change) < 0.5, change, 0.0)
    taylor = tail * near * (-1.0 + near * (d1 / 2.0 - near * (third / 6.0 - near * fourth / 24.0)))
    return np.where(np.abs(change) < 0.5, taylor, -tail * change)


def first_guess(log_p: FloatArray, n: FloatArray) -> FloatArray:
    """The c of a cap from its log-measure, within 0.26 (n = 1) to 1e-6 (n = 10^9) in the log-measure.

    With zeta = sqrt(2 c), P is close to Phi(-r*) for r*^2 / 2 = n c - log(zeta / h), the Lugannani-Rice correction of
    the exponent; solved for c by Newton.

    Examples
    --------
    >>> np.exp(-first_guess(np.log(np.array([0.25])), np.array([2.0]))).round(3).tolist()  # exact: 0.866
    [0.86]
    """
    exponent = 0.5 * special.ndtri_exp(log_p) ** 2
    c = exponent / n
    for _ in range(2):
        c = c - _guess_residual(c, exponent, n)
    return np.asarray(c)


def _guess_residual(c: FloatArray, exponent: FloatArray, n: FloatArray) -> FloatArray:
    twice = np.maximum(2.0 * c, 1e-12)
    fraction = -np.expm1(-twice)
    value = n * c - 0.5 * np.log(twice / fraction) - exponent
    slope = n - (1.0 / twice - (1.0 - fraction) / fraction)
    return value / slope
