"""Arbitrary-precision twins of the distances to caps and of the isoperimetric bounds, one value at a time.

The mean is the integral of the distance against the density over all angles beyond the cap, without the split into
two terms of the float code. Error rates come as :class:`~adversarial_spheres.theory.reference.caps.LogPair`; all
distances are on the unit sphere, means and bounds as mpmath numbers (they do not underflow). ``digits`` is the
number of correct decimal digits wanted.
"""

from __future__ import annotations

from typing import Any

from mpmath import mp

from ..basics.errors import AccuracyError
from ..basics.validation import Metric, check_metric
from .caps import (
    GUARD,
    MAX_NEWTON,
    LogPair,
    Number,
    cap_log_measure_from_angle,
    cap_of_measure,
    integral,
    log_density,
    log_tail,
    working_precision,
)


def mean_distance_bound(error_rate: LogPair, dim: int, *, metric: Metric, digits: int = 50) -> Number:
    """Twin of the mean distance to a cap, hence of the bound: integral of distance times density beyond the cap.

    Examples
    --------
    >>> from .caps import cap_log_measure
    >>> mp.nstr(mean_distance_bound(cap_log_measure(0, 3), 3, metric="geodesic"), 12)  # pi/4 - 1/2
    '0.285398163397'
    """
    if error_rate.log == -mp.inf:
        return mp.inf
    with working_precision(digits, dim):
        cap = cap_of_measure(error_rate, dim, digits=digits + GUARD)
        if error_rate.log > error_rate.log_complement:
            return _mean_beyond_large_cap(cap.complement_angle, dim, metric, digits)
        return _mean_beyond_small_cap(cap.angle, dim, metric, digits)


def single_point_mean_distance(dim: int, *, metric: Metric, digits: int = 50) -> Number:
    """Twin of the mean distance to a single point, by integration.

    Examples
    --------
    >>> mp.nstr(single_point_mean_distance(3, metric="euclidean"), 12)
    '1.33333333333'
    """
    with working_precision(digits, dim):
        return _mean_beyond_small_cap(mp.mpf(0), dim, metric, digits)


def quantile_distance_bound(
    quantile: LogPair, error_rate: LogPair, dim: int, *, metric: Metric, digits: int = 50
) -> Number:
    """Twin of the quantile of the distance to a cap: a difference of two angles, at enough digits.

    Examples
    --------
    >>> from .caps import cap_log_measure
    >>> half, quarter = cap_log_measure(0, 3), cap_log_measure(0.5, 3)
    >>> mp.nstr(quantile_distance_bound(half, quarter, 3, metric="geodesic"), 12)  # 30 degrees
    '0.523598775598'
    """
    if error_rate.log == -mp.inf:
        return mp.inf
    with working_precision(digits, dim):
        near, far = (cap_of_measure(p, dim, digits=digits + GUARD) for p in (error_rate, quantile))
        both_large = near.height < 0 and far.height < 0
        gap = near.complement_angle - far.complement_angle if both_large else far.angle - near.angle
        return _distance(max(gap, mp.mpf(0)), metric)


def cap_distance_survival(
    distance: Number, error_rate: LogPair, dim: int, *, metric: Metric, digits: int = 50
) -> LogPair:
    """Twin of P(distance to the cap > distance).

    Examples
    --------
    >>> from .caps import cap_log_measure
    >>> found = cap_distance_survival(0, cap_log_measure(0.5, 3), 3, metric="geodesic")
    >>> mp.nstr(mp.exp(found.log), 12)
    '0.75'
    """
    if error_rate.log == -mp.inf:
        return LogPair(mp.mpf(0), -mp.inf)
    with working_precision(digits, dim):
        cap = cap_of_measure(error_rate, dim, digits=digits + GUARD)
        turn = mp.mpf(distance) if metric == "geodesic" else 2 * mp.asin(mp.mpf(distance) / 2)
        if cap.angle + turn < mp.pi / 2:
            widened = cap_log_measure_from_angle(cap.angle + turn, dim, digits=digits)
            return LogPair(widened.log_complement, widened.log)
        if cap.complement_angle <= turn:
            return LogPair(-mp.inf, mp.mpf(0))
        return cap_log_measure_from_angle(cap.complement_angle - turn, dim, digits=digits)


def max_error_rate(mean_distance: Number, dim: int, *, metric: Metric, digits: int = 50) -> LogPair:
    """Twin of the inverse of the bound on the mean: by the secant method on the angle (on its log near a pole).

    Examples
    --------
    >>> mp.nstr(max_error_rate(0.5, 500, metric="geodesic", digits=20).log / mp.log(10), 12)
    '-29.7312322001'
    """
    with working_precision(digits, dim):
        target = mp.mpf(mean_distance)
        middle = _mean_beyond_small_cap(mp.pi / 2, dim, metric, digits)
        mean = _mean_beyond_small_cap if target > middle else _mean_beyond_large_cap
        first, second = mp.log(mp.pi / 2), mp.log(mp.pi / 2) - mp.mpf(1) / dim

        def residual(log_angle: Number) -> Number:
            angle = mp.exp(log_angle)
            if angle > mp.pi / 2:
                return mp.mpf(1)
            value = mean(angle, dim, metric, digits)
            return value - target if target > middle else mp.log(value / target)

        root = _bracketed_root(residual, first, second, digits)
        found = cap_log_measure_from_angle(mp.exp(root), dim, digits=digits)
        return found if target > middle else LogPair(found.log_complement, found.log)


def normal_score(error_rate: LogPair, *, digits: int = 50) -> Number:
    """z = Phi^-1(1 - mu), by Newton on log Phi(-|z|), which is concave.

    Examples
    --------
    >>> from .caps import cap_log_measure
    >>> mp.nstr(normal_score(cap_log_measure(0.5, 3)), 12)  # the upper quartile of the normal law
    '0.674489750196'
    """
    with mp.workdps(digits + 2 * GUARD):
        target = min(error_rate)
        side = 1 if error_rate.log <= error_rate.log_complement else -1
        z = mp.sqrt(2 * max(-mp.log(2) - target, 0))  # Phi(-z) <= exp(-z^2/2) / 2: beyond the root
        for _ in range(MAX_NEWTON):
            tail = mp.erfc(z / mp.sqrt(2)) / 2
            step = (mp.log(tail) - target) * tail / mp.npdf(z)
            z += step
            if abs(step) <= mp.mpf(10) ** (-digits) * max(z, mp.mpf(10) ** -20):
                return side * z
        raise AccuracyError("the reference normal score did not converge", z)


def explicit_mean_distance_bound(error_rate: LogPair, dim: int, *, digits: int = 50) -> Number:
    """Twin of (z Phi(z) + phi(z)) / sqrt(dim - 2): the integral of (z + x)+ against the normal density.

    Examples
    --------
    >>> from .caps import cap_log_measure
    >>> mp.nstr(explicit_mean_distance_bound(cap_log_measure(0, 3), 500), 8)  # 1 / sqrt(2 pi 498)
    '0.017877031'
    """
    with mp.workdps(digits + 2 * GUARD):
        z = normal_score(error_rate, digits=digits + GUARD)
        excess = z * mp.ncdf(z) + mp.npdf(z)
        if z < -1:
            # what cancels above: 1/z^2 of each term is left
            with mp.workdps(digits + 3 * GUARD):
                a = -z
                excess = mp.npdf(a) - a * mp.erfc(a / mp.sqrt(2)) / 2
        return excess / mp.sqrt(dim - 2)


def asymptotic_mean_distance(error_rate: LogPair, dim: int, *, digits: int = 50) -> Number:
    """Twin of Phi^-1(1 - mu) / sqrt(dim).

    Examples
    --------
    >>> from .caps import cap_log_measure
    >>> mp.nstr(asymptotic_mean_distance(cap_log_measure(0.5, 3), 500), 12)
    '0.0301640986313'
    """
    with mp.workdps(digits + GUARD):
        return normal_score(error_rate, digits=digits) / mp.sqrt(dim)


def asymptote_crossing(dim: int, *, metric: Metric, digits: int = 25) -> LogPair:
    """Twin of the error rate at which the asymptote crosses the exact mean.

    Examples
    --------
    >>> mp.nstr(mp.exp(asymptote_crossing(500, metric="geodesic", digits=10).log), 5)
    '0.0010158'
    """
    with working_precision(digits, dim):

        def residual(log_p: Number) -> Number:
            pair = LogPair.from_log(log_p, digits=digits + GUARD)
            gap = normal_score(pair, digits=digits + GUARD) / mp.sqrt(dim)
            return gap - mean_distance_bound(pair, dim, metric=metric, digits=digits + GUARD)

        return LogPair.from_log(_bracketed_root(residual, mp.mpf(-1), mp.mpf(-40), digits), digits=digits)


def _mean_beyond_small_cap(phi: Number, dim: int, metric: Metric, digits: int) -> Number:
    """Integral over [phi, pi], cut where the density is below the wanted digits; phi <= pi/2."""
    drop = (digits + GUARD) * mp.log(10)
    spread = mp.pi / 2 if dim == 2 else mp.acos(mp.exp(-drop / (dim - 2)))
    low, high, middle = max(phi, mp.pi / 2 - spread), mp.pi / 2 + spread, mp.pi / 2
    points = [low, middle, high] if middle - low > spread * mp.mpf(10) ** -6 else [low, high]
    top = log_density(middle, dim)

    def integrand(theta: Number) -> Number:
        return mp.sin(theta) ** (dim - 2) * _distance(theta - phi, metric)

    return mp.exp(top) * integral(integrand, points, digits)


def _mean_beyond_large_cap(chi: Number, dim: int, metric: Metric, digits: int) -> Number:
    """The same for a cap of angular radius pi - chi, chi <= pi/2."""
    # mpmath stops on an absolute error: integrate a weight of order 1
    return chi * mp.exp(log_tail(chi, dim, digits, weight=lambda gap: _distance(gap, metric) / chi))


def _distance(angle: Number, metric: Metric) -> Number:
    return angle if check_metric(metric) == "geodesic" else 2 * mp.sin(angle / 2)


def _bracketed_root(function: Any, first: Number, second: Number, digits: int) -> Number:
    """Root beyond ``first`` in the direction of ``second``: the bracket is doubled, then shrunk (Illinois)."""
    a, fa, b = first, function(first), second
    fb = function(b)
    for _ in range(MAX_NEWTON):
        if fa == 0 or fa * fb <= 0:
            break
        a, fa, b = b, fb, b + 2 * (b - a)
        fb = function(b)
    for _ in range(MAX_NEWTON):
        c = b - fb * (b - a) / (fb - fa)
        fc = function(c)
        if abs(c - b) <= mp.mpf(10) ** (-digits) * max(abs(c), mp.mpf(10) ** (-digits)) or fc == 0:
            return c
        if fb * fc <= 0:
            a, fa = b, fb
        else:
            fa = fa / 2
        b, fb = c, fc
    raise AccuracyError("the reference root did not converge", b)
