"""The mean distance to a cap on the unit sphere, in the working coordinates of caps: the quadrature.

Notation. theta is the angle of a uniform point from the centre of a cap of angular radius phi <= pi/2;
T = E (phi - theta)+ in the geodesic metric, E 2 sin((phi - theta)+ / 2) in the euclidean one. With a cap of at most
half the sphere the mean distance is a sum of two positive terms, so that nothing cancels,

    geodesic   E (theta - phi)+             = (pi/2 - phi) + T
    euclidean  E 2 sin((theta - phi)+ / 2)  = 2 kappa h / sqrt(1 + sin phi) + T,      kappa = E sin(theta / 2),

and the mean distance to the complement of the cap is T itself. n = dim - 1 throughout.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..basics.validation import FloatArray, Metric
from .cap import CapCoordinates
from .tail import log_gamma_ratio, log_norm

_CUT = 42.0  # the integrand is dropped where its weight has fallen to exp(-42)
_CHUNK = 512
_ONE_PANEL_FROM = 30.0  # least n at which a single panel resolves the integrand up to the cut
_LONG = (4, 32)
_SHORT = (1, 32)


def _composite_rule(panels: int, count: int) -> tuple[FloatArray, FloatArray]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    starts = np.arange(panels)[:, None]
    unit = ((nodes + 1.0) / 2.0 + starts).ravel() / panels
    return unit[:, None], (np.tile(weights / 2.0, panels) / panels)[:, None]


_LONG_RULE, _SHORT_RULE = _composite_rule(*_LONG), _composite_rule(*_SHORT)


class TailMoment(NamedTuple):
    """T of the module's notation and its derivative dT/dphi, both as logarithms.

    Examples
    --------
    >>> zero = np.zeros(1)
    >>> half = tail_moment(zero, zero + 1.0, zero, zero + 2.0, "geodesic")  # half of the ordinary sphere
    >>> np.exp(half.log).round(9).tolist(), np.exp(half.log_slope).round(9).tolist()
    ([0.285398163], [0.5])
    """

    log: FloatArray
    log_slope: FloatArray


def tail_moment(h: FloatArray, s2: FloatArray, c: FloatArray, n: FloatArray, metric: Metric) -> TailMoment:
    """T and dT/dphi for caps of at most half a sphere; arrays of one shape, relative error about 2e-15 each.

    Examples
    --------
    >>> zero = np.zeros(1)
    >>> np.exp(tail_moment(zero, zero + 1.0, zero, zero + 2.0, "geodesic").log).round(9).tolist()  # pi/2 - 1, halved
    [0.285398163]
    """
    flat = [np.ravel(x) for x in (h, s2, n)]
    sums = np.empty((2, flat[0].size))
    short = flat[2] >= _ONE_PANEL_FROM
    for group, rule in ((short, _SHORT_RULE), (~short, _LONG_RULE)):
        chosen = np.flatnonzero(group)
        for start in range(0, chosen.size, _CHUNK):
            part = chosen[start : start + _CHUNK]
            sums[:, part] = _integrals(flat[0][part], flat[1][part], flat[2][part], metric, rule)
    log_t, log_slope = (log_norm(n) - n * c) + np.log(sums).reshape(2, *h.shape)
    return TailMoment(log_t - c, log_slope)


def _integrals(
    h: FloatArray, s2: FloatArray, n: FloatArray, metric: Metric, rule: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Integrals of w(t) D(t) and w(t) D'(t), where w = (cosh t + h sinh t)^(-n) and D is the distance over sin(phi).

    The rim psi and the point psi + t are D apart: tan(D/2) = sin(phi) tau with tau below, no difference of angles.
    """
    nodes, weights = rule
    length = _cut_off(h, s2, n)
    t = nodes * length
    half_sinh = np.sinh(t / 2.0)
    sinh = 2.0 * half_sinh * np.sqrt(1.0 + half_sinh * half_sinh)
    weight = weights * np.exp(-n * np.log1p(2.0 * half_sinh * half_sinh + h * sinh))
    ratio = s2 / (1.0 + h) ** 2  # exp(-2 psi)
    fall = np.expm1(-t)
    tau = -0.5 * (1.0 + ratio) * fall / (1.0 + ratio * (1.0 + fall))
    derivative: FloatArray | float
    if metric == "geodesic":
        sine = np.maximum(np.sqrt(s2), 1e-100)  # below, the arc over the sine is 2 tau to the last bit
        distance, derivative = 2.0 * np.arctan(sine * tau) / sine, 1.0
    else:
        derivative = 1.0 / np.sqrt(1.0 + s2 * tau * tau)
        distance = 2.0 * tau * derivative
    return length * np.sum(weight * distance, axis=0), length * np.sum(weight * derivative, axis=0)


def _cut_off(h: FloatArray, s2: FloatArray, n: FloatArray) -> FloatArray:
    """The t at which (cosh t + h sinh t)^n reaches exp(42)."""
    excess = np.expm1(_CUT / n)
    square = np.sqrt(excess) * np.sqrt(excess + 2.0)  # sqrt(E^2 - 1), E = 1 + excess
    root = np.hypot(square, h)
    return np.asarray(np.log1p((excess + square * (square / (root + h))) / (1.0 + h)))


def log_mean_distance(caps: CapCoordinates, metric: Metric) -> FloatArray:
    """Log of the mean distance on the unit sphere; -inf for the whole sphere, not defined for the empty cap.

    Examples
    --------
    >>> caps = CapCoordinates(*(np.array([x]) for x in (0.0, 1.0, 0.0, 2.0, 1.0)))  # half of the ordinary sphere
    >>> np.exp(log_mean_distance(caps, "geodesic")).round(9).tolist()
    [0.285398163]
    """
    log_t = np.full(caps.h.shape, -np.inf)
    some = np.isfinite(caps.c)
    log_t[some] = tail_moment(caps.h[some], caps.s2[some], caps.c[some], caps.n[some], metric).log
    with np.errstate(divide="ignore"):
        log_whole = np.log(excess_over_tail(caps, metric) + np.exp(log_t))
    return np.where(caps.side >= 0.0, log_whole, log_t)


def excess_over_tail(caps: CapCoordinates, metric: Metric) -> FloatArray:
    """Mean distance minus T, for caps of at most half a sphere: the first term of the module's two formulas.

    Examples
    --------
    >>> caps = CapCoordinates(*(np.array([x]) for x in (0.5, 0.75, -0.5 * np.log(0.75), 2.0, 1.0)))
    >>> excess_over_tail(caps, "geodesic").round(9).tolist()  # from 60 to 90 degrees
    [0.523598776]
    """
    if metric == "geodesic":
        # pi/2 - phi, from the better of sine and cosine
        return np.arctan2(caps.h, np.exp(-caps.c))
    return 2.0 * half_angle_sine(caps.n) * caps.h / np.sqrt(1.0 + np.exp(-caps.c))


def half_angle_sine(n: FloatArray) -> FloatArray:
    """The mean kappa = G(n) / G(2n) of sin(theta / 2), G(n) = Gamma((n+1)/2) / Gamma(n/2).

    sin(theta / 2)^2 has the law Beta(n/2, n/2).

    Examples
    --------
    >>> half_angle_sine(np.array([1.0, 2.0])).round(9).tolist()  # 2/pi on the circle, 2/3 on the sphere
    [0.636619772, 0.666666667]
    """
    return np.exp(log_gamma_ratio(n) - log_gamma_ratio(2.0 * n))
