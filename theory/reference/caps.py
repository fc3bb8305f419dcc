"""Arbitrary-precision twins of :mod:`adversarial_spheres.theory.caps.cap`, by integration of the density itself.

The measure of a cap of angular radius phi is the integral of p(theta) = sin(theta)^(dim-2) / B((dim-1)/2, 1/2) over
[0, phi]: no variable, formula or quadrature is shared with the float code. Every function takes ``digits``, the
number of correct decimal digits wanted, and one value at a time.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import mpmath
from mpmath import mp

from ..basics.errors import AccuracyError, InvalidArgumentError

Number = Any
"""An int, a float or an mpmath number; results are mpmath numbers."""

GUARD = 15
MAX_NEWTON = 200


class LogPair(NamedTuple):
    """A probability p as log p and log(1 - p), mpmath numbers.

    Examples
    --------
    >>> mp.nstr(cap_log_measure(0, 500).log, 12)
    '-0.69314718056'
    """

    log: Number
    log_complement: Number

    @classmethod
    def of(cls, p: Number, *, digits: int = 50) -> LogPair:
        """From a number in [0, 1]."""
        with mp.workdps(digits + GUARD):
            value = mp.mpf(p)
            if not 0 <= value <= 1:
                raise InvalidArgumentError("p", p, "in [0, 1]")
            return cls(_log(value), mp.log1p(-value) if value < 1 else -mp.inf)

    @classmethod
    def from_log(cls, log_p: Number, *, digits: int = 50) -> LogPair:
        """From log p."""
        with mp.workdps(digits + GUARD):
            return cls(mp.mpf(log_p), log_one_minus_exp(log_p))

    @classmethod
    def from_log_complement(cls, log_q: Number, *, digits: int = 50) -> LogPair:
        """From log(1 - p)."""
        with mp.workdps(digits + GUARD):
            return cls(log_one_minus_exp(log_q), mp.mpf(log_q))


class ReferenceCap(NamedTuple):
    """A cap: height, angular radius, log sin(angle), and the angular radius of the complement.

    Examples
    --------
    >>> mp.nstr(cap_of_measure(cap_log_measure(0.5, 3), 3).height, 20)
    '0.5'
    """

    height: Number
    angle: Number
    log_sin_angle: Number
    complement_angle: Number


def log_one_minus_exp(x: Number) -> Number:
    """log(1 - exp(x)) for x <= 0, at the current working precision.

    Examples
    --------
    >>> mp.nstr(log_one_minus_exp(mp.log(mp.mpf(1) / 4)), 12)
    '-0.287682072452'
    """
    x = mp.mpf(x)
    if x == 0:
        return -mp.inf
    return mp.log1p(-mp.exp(x)) if x < -1 else mp.log(-mp.expm1(x))


def cap_log_measure(height: Number, dim: int, *, digits: int = 50) -> LogPair:
    """Twin of :func:`adversarial_spheres.theory.caps.cap.cap_log_measure` for one height and dimension.

    Examples
    --------
    >>> mp.nstr(mp.exp(cap_log_measure(0.5, 3).log), 20)
    '0.25'
    """
    with working_precision(digits, dim):
        h = _checked("height", height, -1, 1)
        smaller = log_tail(mp.acos(abs(h)) if abs(h) < 0.5 else mp.asin(mp.sqrt((1 - h) * (1 + h))), dim, digits)
        return _sided(smaller, h >= 0)


def cap_log_measure_from_angle(angle: Number, dim: int, *, digits: int = 50) -> LogPair:
    """Twin of :func:`adversarial_spheres.theory.caps.cap.cap_log_measure_from_angle`.

    Examples
    --------
    >>> mp.nstr(mp.exp(cap_log_measure_from_angle(mp.pi / 3, 3).log), 12)
    '0.25'
    """
    with working_precision(digits, dim):
        phi = _checked("angle", angle, 0, mp.pi)
        return _sided(log_tail(min(phi, mp.pi - phi), dim, digits), phi <= mp.pi / 2)


def cap_log_measure_from_log_sin(log_sin_angle: Number, dim: int, *, digits: int = 50) -> LogPair:
    """Twin of :func:`adversarial_spheres.theory.caps.cap.cap_log_measure_from_log_sin`.

    Examples
    --------
    >>> mp.nstr(cap_log_measure_from_log_sin(-1000, 1000).log, 12)
    '-999004.372566'
    """
    with working_precision(digits, dim):
        log_sin = _checked("log_sin_angle", log_sin_angle, -mp.inf, 0)
        return _sided(log_tail(angle_of_log_sin(log_sin), dim, digits), True)


def cap_of_measure(measure: LogPair, dim: int, *, digits: int = 50) -> ReferenceCap:
    """Twin of :func:`adversarial_spheres.theory.caps.cap.cap_of_measure`.

    Examples
    --------
    >>> quarter = cap_log_measure(0.5, 3)
    >>> mp.nstr(cap_of_measure(quarter, 3).angle, 12)  # 60 degrees
    '1.0471975512'
    """
    with working_precision(digits, dim):
        small = measure.log <= measure.log_complement
        log_p = min(measure)
        c = mp.inf if log_p == -mp.inf else _solve_log_cosecant(log_p, dim, digits)
        angle = mp.mpf(0) if c == mp.inf else angle_of_log_sin(-c)
        height = mp.sqrt(-mp.expm1(-2 * c))
        if small:
            return ReferenceCap(height, angle, -c, mp.pi - angle)
        return ReferenceCap(-height, mp.pi - angle, -c, angle)


def log_gamma_ratio(n: Number, *, digits: int = 50) -> Number:
    """Twin of log Gamma((n + 1)/2) - log Gamma(n/2).

    Examples
    --------
    >>> mp.nstr(mp.exp(log_gamma_ratio(1)) * mp.sqrt(mp.pi), 12)
    '1.0'
    """
    with mp.workdps(digits + GUARD + int(mp.log10(n) + 1)):
        half = mp.mpf(n) / 2
        return mp.loggamma(half + mp.mpf(1) / 2) - mp.loggamma(half)


def angle_of_log_sin(log_sin: Number) -> Number:
    """The angle in [0, pi/2] with this log-sine, accurate near pi/2 too; current working precision.

    Examples
    --------
    >>> mp.nstr(angle_of_log_sin(mp.log(mp.mpf(1) / 2)), 12)  # 30 degrees
    '0.523598775598'
    """
    x = mp.mpf(log_sin)
    return mp.asin(mp.exp(x)) if x < -0.5 else mp.pi / 2 - mp.asin(mp.sqrt(-mp.expm1(2 * x)))


def log_density(theta: Number, dim: int) -> Number:
    """Log of p(theta), the density of the angle from a fixed point; current working precision.

    Examples
    --------
    >>> mp.nstr(mp.exp(log_density(mp.pi / 2, 3)), 12)  # half of the sine
    '0.5'
    """
    log_beta = mp.loggamma(mp.mpf(dim - 1) / 2) + mp.loggamma(mp.mpf(1) / 2) - mp.loggamma(mp.mpf(dim) / 2)
    return (dim - 2) * mp.log(mp.sin(theta)) - log_beta


def log_tail(phi: Number, dim: int, digits: int, weight: Any = None) -> Number:
    """Log of the integral of p(theta) weight(phi - theta) over [0, phi], phi <= pi/2; weight 1 if not given.

    Examples
    --------
    >>> mp.nstr(mp.exp(log_tail(mp.pi / 3, 3, 20)), 12)
    '0.25'
    """
    if phi <= 0:
        return -mp.inf
    rim = log_density(phi, dim)
    drop = (digits + GUARD) * mp.log(10)
    low = mp.mpf(0) if dim == 2 else mp.asin(mp.sin(phi) * mp.exp(-drop / (dim - 2)))

    def integrand(x: Number) -> Number:
        below = x * (phi - low)  # phi - theta
        ratio = mp.sin(phi - below) / mp.sin(phi)
        return ratio ** (dim - 2) * (1 if weight is None else weight(below))

    return rim + mp.log(phi - low) + mp.log(integral(integrand, [0, 1], digits))


def integral(function: Any, points: list[Number], digits: int) -> Number:
    """Integral by tanh-sinh quadrature, its error estimate held to ``digits``.

    Examples
    --------
    >>> mp.nstr(integral(lambda t: t**2, [0, 1], 20), 12)
    '0.333333333333'
    """
    value, error = mp.quad(function, points, error=True, maxdegree=10)
    if error > abs(value) * mp.mpf(10) ** (-digits):
        raise AccuracyError(f"the reference integral has an estimated error of {mpmath.nstr(error, 3)}", value)
    return value


def _solve_log_cosecant(log_p: Number, dim: int, digits: int) -> Number:
    """c = -log sin(phi) of the cap with log-measure ``log_p`` <= log(1/2).

    The measure is at most sin(phi)^(dim-1) / 2, which gives a start beyond the root in psi = atanh(height); log P
    is concave there, so Newton comes down to the root without overshooting.
    """
    n = dim - 1
    start = max(-(mp.mpf(log_p) + mp.log(2)) / n, mp.mpf(0))
    psi = start + mp.log1p(mp.sqrt(-mp.expm1(-2 * start)))
    if start < mp.mpf(10) ** (-digits - GUARD // 2):
        return start
    for _ in range(MAX_NEWTON):
        # phi from psi: sin(phi) = 1 / cosh(psi)
        phi = 2 * mp.atan(mp.exp(-psi))
        value = log_tail(phi, dim, digits)
        # d log P / d psi = -sin(phi) p(phi) / P
        step = (value - log_p) / (mp.sin(phi) * mp.exp(log_density(phi, dim) - value))
        psi += step
        if abs(step) <= mp.mpf(10) ** (-(digits // 2) - 3) * psi:
            return psi + mp.log1p(mp.exp(-2 * psi)) - mp.log(2)
    raise AccuracyError("the reference height did not converge", psi)


def _sided(smaller: Number, small: bool) -> LogPair:
    rest = log_one_minus_exp(smaller)
    return LogPair(smaller, rest) if small else LogPair(rest, smaller)


def working_precision(digits: int, dim: int) -> Any:
    """Working precision: the exponent dim costs as many digits as it has."""
    if digits < 10 or dim != int(dim) or dim < 2:
        raise InvalidArgumentError("digits, dim", (digits, dim), "at least 10 digits and a dimension of at least 2")
    return mp.workdps(digits + 2 * GUARD + len(str(int(dim))))


def _checked(name: str, value: Number, low: Number, high: Number) -> Number:
    number = mp.mpf(value)
    if not low <= number <= high:
        raise InvalidArgumentError(name, value, f"in [{mpmath.nstr(low, 6)}, {mpmath.nstr(high, 6)}]")
    return number


def _log(x: Number) -> Number:
    return mp.log(x) if x > 0 else -mp.inf
