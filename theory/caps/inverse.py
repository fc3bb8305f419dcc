"""The largest measure of a cap at a given mean distance, and where the asymptote meets that mean: the solvers.

Notation as in :mod:`adversarial_spheres.theory.caps.moment`; n = dim - 1, all distances on the unit sphere.
"""

from __future__ import annotations

import numpy as np

from ..basics.errors import AccuracyError
from ..basics.log_probability import LogProbability
from ..basics.normal_tail import upper_quantile
from ..basics.validation import FloatArray, Metric
from .cap import CapCoordinates
from .moment import excess_over_tail, half_angle_sine, tail_moment
from .tail import height_and_s2, log_measure, shifted

_MAX_STEPS = 100
_SETTLED = 1e-8  # Newton doubles the digits: a step this small leaves an error at rounding
_ALLOWANCE = 2e-14, 8e-16
"""Of a mean distance, relative, and for each unit of its logarithm: more than the errors of the bound and of its
inverse together."""
_TINY = 1e-300
_PI_LOW = 1.2246467991473532e-16  # pi minus the double nearest to it


def measure_at_mean_distance(distance: FloatArray, radius: FloatArray, n: FloatArray, metric: Metric) -> LogProbability:
    """Measure of the cap with a mean distance in (0, mean distance to a point); flat arrays of one length.

    It is that of a distance which is smaller by the allowance: so it is never below the exact one, and above 0 even
    where the distance is the largest possible one but for rounding.

    Examples
    --------
    >>> one = np.ones(1)
    >>> found = measure_at_mean_distance(0.5 * one, one, 499.0 * one, "geodesic")
    >>> print(f"{found.log10[0]:.4f}")
    -29.7312
    """
    ratio = distance / radius
    with np.errstate(divide="ignore"):  # the ratio may underflow; else the difference of two logarithms is rounded more
        log_ratio = np.where(ratio > _TINY, np.log(ratio), np.log(distance) - np.log(radius))
    allowance = _ALLOWANCE[0] + _ALLOWANCE[1] * np.abs(log_ratio)
    ratio, log_ratio = ratio * (1.0 - allowance), log_ratio - allowance
    zero = np.zeros_like(n)
    half_sphere = tail_moment(zero, zero + 1.0, zero, n, metric).log
    with np.errstate(under="ignore"):
        far = ratio >= np.exp(half_sphere)  # measure at most 1/2
    found = [np.zeros_like(n) for _ in range(3)]
    for mask, solve, target in ((far, _solve_small_cap, ratio), (~far, _solve_large_cap, log_ratio)):
        if mask.any():
            for array, values in zip(found, solve(target[mask], n[mask], metric), strict=True):
                array[mask] = values
    h, s2, c = found
    return CapCoordinates(h, s2, c, n, np.where(far, 1.0, -1.0)).measure()


def _solve_large_cap(target: FloatArray, n: FloatArray, metric: Metric) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Cap of more than half the sphere: log T = log(distance) = target, by Newton in psi.

    log T decreases and is concave in psi (it is a twice integrated log-concave density), so the first step from the
    equator lands beyond the root and the following ones come down to it.
    """
    c = np.zeros_like(n)
    for _ in range(_MAX_STEPS):
        h, s2 = height_and_s2(c)
        moment = tail_moment(h, s2, c, n, metric)
        error = moment.log - target
        # -d log T / dpsi = sin(phi) T'(phi) / T
        c = shifted(c, h, error * np.exp(moment.log + c - moment.log_slope))
        if np.all(np.abs(error) <= _SETTLED):
            return *height_and_s2(c), c
    raise AccuracyError("the error rate did not converge from the mean distance", best_estimate=c)


def _solve_small_cap(distance: FloatArray, n: FloatArray, metric: Metric) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Cap of at most half the sphere, by Newton in the angle.

    Without T the equation solves itself, for an angle start = phi from the pole and equator = pi/2 - phi from the
    equator. T > 0 adds a shift S to phi: the root of S = T(start + S) (geodesic), and likewise in the euclidean metric.
    Keeping both angles and S apart loses no digits of a narrow cap, nor of a low one.
    """
    equator, start = _angles_without_tail(distance, n, metric)
    shift = np.zeros_like(n)
    for _ in range(_MAX_STEPS):
        h, s2, c = _small_cap(equator - shift, start + shift)
        moment = tail_moment(h, s2, c, n, metric)
        tail, slope = np.exp(moment.log), np.exp(moment.log_slope)
        if metric == "geodesic":
            step = (tail - shift) / (1.0 - slope)
        else:
            x, root = equator - shift, np.sqrt(2.0) * half_angle_sine(n)
            gap = 4.0 * root * np.cos((equator + x) / 4.0) * np.sin(shift / 4.0)
            step = (tail - gap) / (root * np.cos(x / 2.0) - slope)
        shift = np.clip(shift + step, 0.0, equator)
        if np.all(np.abs(step) <= _SETTLED * np.minimum(start + shift, 1.0 / np.sqrt(n))):
            return _small_cap(equator - shift, start + shift)
    raise AccuracyError("the error rate did not converge from the mean distance", best_estimate=shift)


def _angles_without_tail(distance: FloatArray, n: FloatArray, metric: Metric) -> tuple[FloatArray, FloatArray]:
    if metric == "geodesic":
        return distance, (np.pi / 2.0 - distance) + _PI_LOW / 2.0
    s = distance / (2.0 * half_angle_sine(n))  # = sqrt(2) sin(equator / 2) = sqrt(1 - sin(start))
    short = np.maximum(1.0 - s, 2.0**-54)
    return 2.0 * np.arcsin(np.minimum(s, 1.0) / np.sqrt(2.0)), np.arcsin(short * (1.0 + s))


def _small_cap(equator: FloatArray, pole: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """h, s2 and c of a cap from its angle to the equator and its angular radius, each used where it is small."""
    low = equator < pole
    h = np.where(low, np.sin(equator), np.cos(pole))
    sine = np.where(low, np.cos(equator), np.sin(pole))
    c = -np.where(low, 0.5 * np.log1p(-np.where(low, h * h, 0.0)), np.log(sine))
    return h, sine * sine, c + 0.0


def crossing_log_measure(dim: FloatArray, metric: Metric) -> FloatArray:
    """Log-measure of the cap whose mean distance equals Phi^-1(1 - measure) / sqrt(dim); a flat array.

    By bisection in sqrt(2 n c), close to Phi^-1(1 - measure): at 0 the asymptote lies below the mean, at 60 above.

    Examples
    --------
    >>> crossing_log_measure(np.array([500.0]), "geodesic").round(6).tolist()
    [-6.892101]
    """
    n = dim - 1.0
    low, high = np.zeros_like(n), np.full_like(n, 60.0)
    for _ in range(_MAX_STEPS):
        middle = (low + high) / 2.0
        above = _asymptote_minus_mean(middle**2 / (2.0 * n), n, metric) > 0.0
        low, high = np.where(above, low, middle), np.where(above, middle, high)
        if np.all(high - low <= 4e-16 * high):
            break
    c = high**2 / (2.0 * n)
    return log_measure(height_and_s2(c)[0], c, n)


def _asymptote_minus_mean(c: FloatArray, n: FloatArray, metric: Metric) -> FloatArray:
    h, s2 = height_and_s2(c)
    asymptote = upper_quantile(log_measure(h, c, n)) / np.sqrt(n + 1.0)
    caps = CapCoordinates(h, s2, c, n, np.ones_like(n))
    return np.asarray(asymptote - excess_over_tail(caps, metric) - np.exp(tail_moment(h, s2, c, n, metric).log))
