"""Spherical caps: measure from height, angle or log sin(angle), and back, in log space for every dimension.

Notation. The cap of height h on the unit sphere of R^dim is {x : x_1 >= h}; its angular radius is phi = arccos h.
Its measure is the fraction of the sphere that it covers, h = 0 being one half. Angles are in radians, logarithms
natural. The radius of the sphere plays no part here.

Sources: [Gil2018] section 5 (the cap as extremal error set), [Lev1951].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..basics.by_value import ByValue, frozen_copy
from ..basics.log_probability import LOG_HALF, LogProbability, log_one_minus_exp
from ..basics.validation import FloatArray, broadcast, check_dim, check_range, scalar_if_0d
from .tail import height_and_s2, in_chunks, log_measure, solve_log_measure


@dataclass(frozen=True, eq=False)
class Cap(ByValue):
    """A spherical cap, or an array of them, by three coordinates of which at least one is well conditioned.

    Parameters
    ----------
    dim
        Ambient dimension.
    height
        h = cos(angle) in [-1, 1]; the one to use near measure 1/2, rounds to 1 for the smallest caps.
    angle
        Angular radius in [0, pi], radians; underflows to 0 for the smallest caps.
    log_sin_angle
        log sin(angle) in [-inf, 0]; carries every cap far from half a sphere. It does not tell a cap from its
        complement: the sign of ``height`` does.

    Examples
    --------
    >>> cap = cap_of_measure(0.25, 3)
    >>> round(float(cap.angle), 9), round(float(cap.complement.height), 9), round(float(cap.log_measure), 9)
    (1.047197551, -0.5, 0.25)
    """

    dim: FloatArray
    height: FloatArray
    angle: FloatArray
    log_sin_angle: FloatArray

    def __post_init__(self) -> None:
        for name in ("dim", "height", "angle", "log_sin_angle"):
            object.__setattr__(self, name, frozen_copy(getattr(self, name)))

    @property
    def log_measure(self) -> LogProbability:
        """Measure of the cap, computed from ``log_sin_angle``, or from ``height`` where |height| < 1/2."""
        h, c = np.abs(np.asarray(self.height)), -np.asarray(self.log_sin_angle)
        flat = h < 0.5
        c = np.where(flat, -0.5 * np.log1p(-np.where(flat, h * h, 0.0)), c)
        from_c, s2 = height_and_s2(c)
        sides = CapCoordinates(np.where(flat, h, from_c), s2, c, np.asarray(self.dim) - 1.0, np.asarray(self.height))
        return sides.measure()

    @property
    def complement(self) -> Cap:
        """The cap on the other side, of measure 1 minus this one's."""
        h = np.asarray(self.height)
        other = np.arctan2(np.exp(self.log_sin_angle), -h)
        return Cap(self.dim, scalar_if_0d(-h), scalar_if_0d(other), self.log_sin_angle)


class CapCoordinates(NamedTuple):
    """Working coordinates of caps, arrays of one shape: the smaller of a cap and its complement, and the side.

    ``h``, ``s2``, ``c`` and ``n`` are as in :mod:`adversarial_spheres.theory.caps.tail`; ``side`` >= 0 (any size)
    where the cap itself is the smaller one, < 0 where its complement is.

    Examples
    --------
    >>> quarter = coordinates_of_measure(LogProbability.of(0.25), np.asarray(3.0))
    >>> round(float(quarter.h), 9), round(float(quarter.measure()), 9)
    (0.5, 0.25)
    """

    h: FloatArray
    s2: FloatArray
    c: FloatArray
    n: FloatArray
    side: FloatArray

    def measure(self) -> LogProbability:
        """Measure of the caps, both sides of the probability."""
        smaller = log_measure(self.h, self.c, self.n)
        log, rest = _by_side(self.side, smaller, log_one_minus_exp(smaller))
        return LogProbability(scalar_if_0d(log), scalar_if_0d(rest))


def _by_side(side: FloatArray, smaller: FloatArray, larger: FloatArray) -> FloatArray:
    """Logarithms of measures, the smaller ones where ``side`` >= 0, and of their complements, in two rows."""
    mine, larger = side >= 0.0, larger + 0.0  # not -0.0
    return np.stack([np.where(mine, smaller, larger), np.where(mine, larger, smaller)])


_Form: TypeAlias = Callable[[FloatArray], FloatArray]
# by n = dim - 1: measures of at most 1/2 from heights, and heights from log(2 measure)
_MEASURES: dict[float, _Form] = {1.0: lambda h: np.arccos(h) / np.pi, 2.0: lambda h: 0.5 * (1.0 - h)}
_HEIGHTS: dict[float, _Form] = {
    1.0: lambda x: np.sin(-0.5 * np.pi * np.expm1(x)),
    2.0: lambda x: -np.expm1(x),
    4.0: lambda x: 2.0 * np.sin(np.arctan2(1.0 - (e := np.exp(x)), np.sqrt(e * (2.0 - e))) / 3.0),
}


def _closed_form(forms: dict[float, _Form], n: FloatArray) -> _Form | None:
    """That of the one n which all caps have, if there is one."""
    return forms.get(n.flat[0]) if n.size == 1 or (n.size and not any(n.strides)) else None


def _sides(measure: LogProbability, n: FloatArray) -> tuple[FloatArray, ...]:
    log_p, log_q = np.asarray(measure.log), np.asarray(measure.log_complement)
    return broadcast(measure=log_p, complement=log_q, dim=n)


def coordinates_of_measure(measure: LogProbability, dim: FloatArray) -> CapCoordinates:
    """Working coordinates of the caps of given measure; broadcasts.

    Examples
    --------
    >>> most = coordinates_of_measure(LogProbability.of(0.75), np.asarray(3.0))
    >>> round(float(most.h), 9), float(most.side)
    (0.5, -1.0)
    """
    log_p, log_q, n = _sides(measure, dim - 1.0)
    c = solve_log_measure(np.minimum(log_p, log_q), n)
    h, s2 = height_and_s2(c)
    return CapCoordinates(h, s2, c, n, np.where(log_p <= log_q, 1.0, -1.0))


def cap_measure(height: ArrayLike, dim: ArrayLike) -> FloatArray:
    """Fraction of the sphere covered by the cap {x_1 >= height}.

    mu(h, d) = I_{1 - h^2}((d - 1)/2, 1/2) / 2 for h >= 0 and 1 - mu(-h, d) for h < 0, I being the regularised
    incomplete beta function [Lev1951].

    Parameters
    ----------
    height
        Heights in [-1, 1] on the unit sphere; broadcasts against ``dim``.
    dim
        Ambient dimensions, integers from 2 to 10^9.

    Returns
    -------
    ndarray
        Measures in [0, 1], broadcast shape; exact, relative error at most 1e-11 where it does not underflow
        (for the height as given: one unit in the last place of h alone moves it more when dim is large).

    Raises
    ------
    InvalidArgumentError
        A height outside [-1, 1] or a dimension that is not an integer from 2 to 10^9.

    Examples
    --------
    >>> float(cap_measure(0.0, 500))
    0.5
    >>> round(float(cap_measure(0.5, 3)), 12)
    0.25
    """
    return cap_log_measure(height, dim).probability


def cap_log_measure(height: ArrayLike, dim: ArrayLike) -> LogProbability:
    """Measure of the cap {x_1 >= height} in log space.

    log mu = n log sin(phi) + log G(n) - log(pi)/2 + log J(h, n) with n = dim - 1; see
    :mod:`adversarial_spheres.theory.caps.tail`.

    Parameters
    ----------
    height
        Heights in [-1, 1] on the unit sphere; broadcasts against ``dim``.
    dim
        Ambient dimensions, integers from 2 to 10^9.

    Returns
    -------
    LogProbability
        Broadcast shape; exact, the relative error of the smaller side's logarithm is at most 1e-13.

    Raises
    ------
    InvalidArgumentError
        A height outside [-1, 1] or a dimension that is not an integer from 2 to 10^9.

    Notes
    -----
    Beyond a log-measure of about -18 (dim - 1) the height is 1 in double precision: use
    :func:`cap_log_measure_from_angle` or :func:`cap_log_measure_from_log_sin` there.

    Examples
    --------
    >>> round(float(cap_log_measure(0.9, 10_000).log), 6)
    -8308.244415
    """
    h, n = broadcast(height=check_range("height", height, -1.0, 1.0), dim=check_dim(dim) - 1.0)
    log, rest = in_chunks(_sides_of_height, h.reshape(-1), n.reshape(-1)).reshape(2, *h.shape)
    return LogProbability(scalar_if_0d(log), scalar_if_0d(rest))


def _sides_of_height(h: FloatArray, n: FloatArray) -> FloatArray:
    size, closed = np.abs(h), _closed_form(_MEASURES, n)
    with np.errstate(divide="ignore"):
        if closed is not None:
            smaller = closed(size)
            return _by_side(h, np.log(smaller), np.log1p(-smaller))
        c = -0.5 * np.where(size < 0.5, np.log1p(-size * size), np.log((1.0 - size) * (1.0 + size)))
    log_smaller = log_measure(size, c, n)
    return _by_side(h, log_smaller, log_one_minus_exp(log_smaller))


def cap_log_measure_from_angle(angle: ArrayLike, dim: ArrayLike) -> LogProbability:
    """Measure of the cap of angular radius ``angle`` in log space.

    Parameters
    ----------
    angle
        Angular radii in [0, pi], radians; broadcasts against ``dim``.
    dim
        Ambient dimensions, integers from 2 to 10^9.

    Returns
    -------
    LogProbability
        Broadcast shape; exact for the angle as given, the relative error of the smaller side's logarithm is at
        most 1e-13. The double nearest to pi is a little less than pi, so its cap just falls short of the sphere.

    Raises
    ------
    InvalidArgumentError
        An angle outside [0, pi] or a dimension that is not an integer from 2 to 10^9.

    Examples
    --------
    >>> round(float(cap_log_measure_from_angle(1e-200, 2).log10), 4)
    -200.4971
    """
    phi, d = broadcast(angle=check_range("angle", angle, 0.0, np.pi), dim=check_dim(dim))
    height, sine = np.cos(phi), np.sin(phi)
    size = np.abs(height)
    with np.errstate(divide="ignore"):
        c = -np.where(size < 0.5, 0.5 * np.log1p(-(np.minimum(size, 0.5) ** 2)), np.log(sine))
    return CapCoordinates(size, sine * sine, c, d - 1.0, height).measure()


def cap_log_measure_from_log_sin(log_sin_angle: ArrayLike, dim: ArrayLike) -> LogProbability:
    """Measure, in log space, of the cap smaller than half a sphere whose angular radius has this log-sine.

    Parameters
    ----------
    log_sin_angle
        log sin(angle) in [-inf, 0] of an angle in [0, pi/2]; broadcasts against ``dim``.
    dim
        Ambient dimensions, integers from 2 to 10^9.

    Returns
    -------
    LogProbability
        Broadcast shape, at most 1/2; exact, the relative error of its logarithm is at most 1e-13. -inf gives
        measure 0.

    Raises
    ------
    InvalidArgumentError
        A log-sine above 0 or a dimension that is not an integer from 2 to 10^9.

    Examples
    --------
    >>> round(float(cap_log_measure_from_log_sin(-1000.0, 1000).log), 4)
    -999004.3726
    """
    log_sin = check_range("log_sin_angle", log_sin_angle, -np.inf, 0.0)
    log_sin, d = broadcast(log_sin_angle=log_sin, dim=check_dim(dim))
    h, s2 = height_and_s2(-log_sin)
    return CapCoordinates(h, s2, -log_sin, d - 1.0, np.ones_like(h)).measure()


def cap_height(measure: ArrayLike | LogProbability, dim: ArrayLike) -> FloatArray:
    """Height of the cap that covers a given fraction of the sphere: :func:`cap_of_measure` where no angle is wanted.

    Parameters
    ----------
    measure
        Measures in [0, 1], or a LogProbability for those that are too close to 0 or 1; broadcasts against ``dim``.
    dim
        Ambient dimensions, integers from 2 to 10^9.

    Returns
    -------
    ndarray
        In [-1, 1], on the unit sphere, broadcast shape; exact: relative error at most 1e-12, where the measure is near
        1/2 absolute error at most 1e-14 / sqrt(dim). Beyond a log-measure of about -18 (dim - 1) it is 1.

    Raises
    ------
    InvalidArgumentError
        A measure outside [0, 1] or a dimension that is not an integer from 2 to 10^9.

    Examples
    --------
    >>> cap_height([0.25, 0.5, 1.0], 3).tolist()
    [0.5, 0.0, -1.0]
    """
    mu, n = LogProbability.of(measure, name="measure"), check_dim(dim) - 1.0
    log_p, log_q, n = _sides(mu, n)
    height = in_chunks(_heights_of_sides, log_p.reshape(-1), log_q.reshape(-1), n.reshape(-1))
    return scalar_if_0d(height.reshape(log_p.shape))


def _heights_of_sides(log_p: FloatArray, log_q: FloatArray, n: FloatArray) -> FloatArray:
    smaller, closed = np.minimum(log_p, log_q), _closed_form(_HEIGHTS, n)
    if closed is None:
        height = np.sqrt(-np.expm1(-2.0 * solve_log_measure(smaller, n)))
    else:
        height = closed(smaller - LOG_HALF)
    return np.where(log_p <= log_q, height, -height) + 0.0  # not -0.0


def cap_of_measure(measure: ArrayLike | LogProbability, dim: ArrayLike) -> Cap:
    """The cap that covers a given fraction of the sphere.

    Parameters
    ----------
    measure
        Measures in [0, 1], or a LogProbability for those that are too close to 0 or 1; broadcasts against ``dim``.
    dim
        Ambient dimensions, integers from 2 to 10^9.

    Returns
    -------
    Cap
        Broadcast shape; exact: the best conditioned of height, angle and log sin(angle) gives the log-measure
        back to a relative error of 1e-13. Measure 0 gives height 1, angle 0 and log-sine -inf; measure 1 gives
        height -1, angle pi and log-sine -inf. Near measure 1/2 the height has the absolute accuracy that the
        measure has.

    Raises
    ------
    InvalidArgumentError
        A measure outside [0, 1] or a dimension that is not an integer from 2 to 10^9.
    AccuracyError
        The iteration did not converge (never seen).

    Examples
    --------
    >>> cap = cap_of_measure(0.25, 3)
    >>> round(float(cap.height), 12)
    0.5
    >>> float(cap_of_measure(LogProbability.from_log(-1e6), 1000).angle)
    0.0
    """
    log_p, log_q, n = _sides(LogProbability.of(measure, name="measure"), check_dim(dim) - 1.0)
    rows = in_chunks(_coordinates_of_sides, log_p.reshape(-1), log_q.reshape(-1), n.reshape(-1))
    return Cap(scalar_if_0d(n + 1.0), *(scalar_if_0d(row) for row in rows.reshape(3, *n.shape)))


def _coordinates_of_sides(log_p: FloatArray, log_q: FloatArray, n: FloatArray) -> FloatArray:
    c = solve_log_measure(np.minimum(log_p, log_q), n)
    height = np.copysign(np.sqrt(-np.expm1(-2.0 * c)), log_q - log_p)
    return np.stack([height, np.arctan2(np.exp(-c), height), 0.0 - c])
