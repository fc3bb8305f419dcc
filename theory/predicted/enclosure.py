r"""Proved bounds on both sides of the mean distance to the nearest error, from exact moments of its angle.

Let theta be the angle from a uniform unit vector to the nearest error, X = sin^2 theta, f(theta) the distance: the
angle or the chord 2 sin(theta/2). X is 0 on the errors, of measure mu, and at most sin^2 T = L/(1 + L) elsewhere, L the
ratio of the sizes of the least and the largest coefficient: cos^2 theta = min over m of psi(m), psi(m) >= 1/(1 + m L).
Known are the measure 1 - mu of the other points, E X^k for k = 1 ... 6, and (where asked for) E sin theta and
E(1 - cos theta). So any function

    p(theta) = sum of p_k y^k + a sin theta + b (1 - cos theta),        y = (X/x - M)/S,

has a known mean over the points that are no errors (x, a power of two, is the unit of X, no less than sin^2 T, so that
powers do not underflow where all angles are tiny), and where p >= f on [0, T] it bounds the mean of f; p <= f from the
other side. The best p is the solution of a linear programme [KS1966]; that is a proposal only. It is held against f
between 16,000 nodes, where it is above the lesser end less h^2/8 times a bound of the second derivative, and lifted by
a multiple of 1 + y^2 until it is above f: p is a proof whatever the programme did. Moments enter with their errors.

What f lacks to be a polynomial of X are its roots sqrt(X) at 0 and sqrt(1 - X) at 1; sin theta and 1 - cos theta have
the same ones. Hence six moments of X leave 20% where many points are near errors, and these two with them 1e-4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import comb
from typing import TypeAlias

import numpy as np
from scipy.optimize import linprog

from ..basics.errors import AccuracyError
from ..basics.validation import FloatArray, Metric, check_metric
from ..quadratic.errors import QuadraticErrors
from .envelope import mean_angle_upper_bound, mean_chord_upper_bound
from .mean_distance import (
    MOMENTS,
    QUADRATURE_ERROR,
    mean_angle_lower_bound,
    mean_angle_prediction,
    mean_chord_lower_bound,
    mean_chord_prediction,
    shared_nodes,
)
from .quadrature import DualNodes
from .root_moments import mean_roots

__all__ = ["mean_distance_enclosure"]

Distance: TypeAlias = Callable[[FloatArray], FloatArray]

WIDE = 1e-3  # the roots are asked for where the powers leave more than that, relative
_UNRESOLVED = 1e-280  # a mean of sin^2 below it may have underflowed in parts
_LEAST_UNIT = 1e-90  # of sin^2: beside smaller ones squares of inverse roots overflow
_NODES = 1 << 13
_UNITS = (1, 2)  # neither is best everywhere, and the solver gives up on one or the other at times
_ROUNDING = 1e-14  # more than that of a sum of a dozen terms, relative to the sum of their sizes
_LEAST_MEAN = 5e-324  # a mean that is not 0 may be less than any double
_NARROWEST = 1e-5  # of S relative to M: narrower laws are told apart by rounding


def mean_distance_enclosure(errors: QuadraticErrors, *, metric: Metric) -> tuple[float, float]:
    """Lower and upper bound on the mean distance to the nearest error on the unit sphere (errors count as 0).

    Source: majorants and minorants of known mean [KS1966]; this module's introduction.

    Parameters
    ----------
    errors
        Those of one classifier.
    metric
        "geodesic" (radians) or "euclidean" (chords).

    Returns
    -------
    tuple of float
        Guarantee: lower and upper bound, proved but for quadratures: the moments enter with an error of 1e-9 (the
        roots 1e-7), more than what is estimated of them. (+inf, +inf) where no error exists.

    Raises
    ------
    AccuracyError
        The quadrature of a moment, or the error rate, could not be computed to its accuracy.

    Notes
    -----
    The width is at most 1e-3 of the mean in tests, for dims 2 to 10^4: 1e-3 where powers of sin^2 do, else about 1e-4.
    At dim 500 it takes 0.3 s without roots, and 1 to 5 s with them.

    Examples
    --------
    >>> low, high = mean_distance_enclosure(QuadraticErrors([1.0, -1.0], False), metric="geodesic")
    >>> bool(low <= np.pi / 16 <= high <= 1.001 * low)  # half of the angles are uniform up to pi/4
    True
    """
    c, chord = errors.single.coefficients, check_metric(metric) == "euclidean"
    if errors.is_everything:
        return 0.0, 0.0
    largest, smallest = c.max(), c.min()
    if largest <= 0.0:
        mean = float(mean_chord_prediction(errors) if chord else mean_angle_prediction(errors))
        return mean * (1.0 - QUADRATURE_ERROR), mean * (1.0 + QUADRATURE_ERROR)
    if smallest >= 0.0:
        return 0.0, 0.0
    with np.errstate(over="ignore"):
        lam = np.maximum(c / largest, -1e100)
    found = shared_nodes(lam)
    law = _Law.of(errors, found)
    if law is None:
        coarse = _COARSE[metric]
        ends = [float(bound(errors, error_rate=errors.rate)) for bound in coarse]
        return ends[0], max(ends[1], _LEAST_MEAN)
    distance = _chord if chord else _angle
    low, high = (law.bound(distance, side) for side in (-1.0, 1.0))
    if high - low > WIDE * low:
        law = law.with_roots(*_roots(found))
        low, high = max(low, law.bound(distance, -1.0)), min(high, law.bound(distance, 1.0))
    return max(low, 0.0), max(high, _LEAST_MEAN)


@lru_cache(maxsize=4)
def _roots(found: DualNodes) -> tuple[FloatArray, FloatArray]:
    return mean_roots(found)


_COARSE = {
    "geodesic": (mean_angle_lower_bound, mean_angle_upper_bound),
    "euclidean": (mean_chord_lower_bound, mean_chord_upper_bound),
}


def _angle(theta: FloatArray) -> FloatArray:
    return theta


def _chord(theta: FloatArray) -> FloatArray:
    return np.asarray(2.0 * np.sin(0.5 * theta))


@dataclass(frozen=True, eq=False)
class _Law:
    """What is known of the angles of the points that are no errors.

    Parameters
    ----------
    powers
        E (X/unit)^k over them for k = 0 ... 6, k = 0 their measure.
    roots
        E sin theta and E(1 - cos theta); none, or both.
    uncertain
        Relative errors of the powers, and then of the roots.
    farthest
        T, no less than any angle.
    unit
        x, of X.
    """

    powers: FloatArray
    roots: FloatArray
    uncertain: FloatArray
    farthest: float
    unit: float

    @classmethod
    def of(cls, errors: QuadraticErrors, found: DualNodes) -> _Law | None:
        """From the powers; None where they have underflowed, or all angles are below 1e-45."""
        k = np.arange(1.0, MOMENTS + 1.0)
        powers = k * (found.moments @ found.weights) / found.unit
        if not np.all(np.isfinite(powers)):
            raise AccuracyError("the moments of sin^2 broke down", float(powers[0]))
        if found.unit < _LEAST_UNIT or found.unit * powers[0] < _UNRESOLVED:
            return None
        correct = float(np.exp(errors.rate.log_complement))
        off = float(np.expm1(errors.log_error)) + _ROUNDING
        uncertain = np.append(off, np.full(MOMENTS, QUADRATURE_ERROR))
        farthest = float(np.arctan(np.sqrt(-found.lam.min()))) * (1.0 + _ROUNDING)
        return cls(np.append(correct, powers), np.zeros(0), uncertain, farthest, found.unit)

    def with_roots(self, means: FloatArray, errors: FloatArray) -> _Law:
        """With E sin theta and E(1 - cos theta), too."""
        uncertain = np.append(self.uncertain, errors / means)
        return replace(self, roots=means, uncertain=uncertain)

    @property
    def centre(self) -> float:
        """M, the mean of X in its unit."""
        return float(min(self.powers[1] / self.powers[0], 1.0))

    @property
    def scale(self) -> float:
        """S, its standard deviation."""
        variance = self.powers[2] / self.powers[0] - self.centre**2
        return float(np.sqrt(max(variance, (_NARROWEST * self.centre) ** 2)))

    def bound(self, distance: Distance, side: float) -> float:
        """Upper (side 1) or lower (-1) bound on the mean distance: the best of what is proposed."""
        plain = np.zeros(len(self.uncertain))
        if side > 0.0:
            plain[0] = float(distance(np.array(self.farthest)))
        else:  # X is at most a chord
            plain[:2] = self.centre, self.scale
        proposed = [plain, *(self._proposal(distance, side, power) for power in _UNITS)]
        found = [self._mean(self._lifted(p, distance, side), side) for p in proposed if p is not None]
        if not np.all(np.isfinite(found)):
            raise AccuracyError("a bound from the moments of sin^2 broke down", self.centre)
        return min(found) if side > 0.0 else max(found)

    def _proposal(self, distance: Distance, side: float, power: int) -> FloatArray | None:
        """Coefficients (p_0 ... p_6, a, b) with the best mean, moments' errors counted, by the programme on a grid.

        p and f are compared in units of (1 + y^2)^power, as the programme has a slack of its own; None where it failed.
        """
        theta = self._angles(160, np.geomspace(1e-4, 1.0, 160))
        y = self._standard(theta)
        values, weights = self._functions(theta, y), (1.0 + y**2) ** -float(power)
        unit = float(distance(np.arcsin(np.sqrt(self.unit * self.centre))))
        basis, change = np.linalg.qr(values * weights[:, None])
        terms = np.linalg.solve(change.T, self._terms() / self.powers[0])  # of the mean, by basis function
        off = (self.uncertain * terms).T
        if not np.all(np.isfinite(off)):  # some powers of y beyond the doubles
            return None
        none, one = np.zeros_like(basis), np.eye(len(off))
        solved = linprog(
            np.append(side * terms.sum(axis=1), np.ones(len(off))),
            A_ub=np.block([[-side * basis, none], [off, -one], [-off, -one]]),
            b_ub=np.concatenate([-side * distance(theta) / unit * weights, np.zeros(2 * len(off))]),
            bounds=[(None, None)] * (2 * len(off)),
            method="highs",
        )
        return None if solved.x is None else np.asarray(unit * np.linalg.solve(change, solved.x[: len(off)]))

    def _angles(self, count: int, near: FloatArray) -> FloatArray:
        """Angles everywhere, near 0 (shares of the farthest), and where most points are."""
        middle, scale = np.arcsin(np.sqrt(self.unit * self.centre)), self.unit * self.scale
        width = scale / max(np.sin(2.0 * middle), scale)
        parts = [np.linspace(0.0, self.farthest, count), self.farthest * near]
        parts.append(middle + width * np.linspace(-8.0, 8.0, count))
        return np.unique(np.clip(np.concatenate(parts), 0.0, self.farthest))

    def _standard(self, theta: FloatArray) -> FloatArray:
        """y."""
        return np.asarray((np.sin(theta) ** 2 / self.unit - self.centre) / self.scale)

    def _functions(self, theta: FloatArray, y: FloatArray) -> FloatArray:
        """y^0 ... y^6, and the roots where they are known: shape (angles, functions)."""
        columns = [y**k for k in range(MOMENTS + 1)]
        if len(self.roots):
            columns += [np.sin(theta), 2.0 * np.sin(0.5 * theta) ** 2]
        return np.stack(columns, axis=1)

    def _terms(self) -> FloatArray:
        """What each coefficient of p adds to its mean by each moment that is known, shape (coefficients, moments)."""
        known = np.append(self.powers, self.roots)
        terms = np.diag(known)
        for k in range(MOMENTS + 1):
            rows = [comb(k, j) * (-self.centre) ** (k - j) * known[j] for j in range(k + 1)]
            terms[k, : k + 1] = np.array(rows) / self.scale**k
        return terms

    def _mean(self, p: FloatArray, side: float) -> float:
        """The mean of p over the points that are no errors, moved by what the moments may be off."""
        terms = self._terms()
        off = np.abs(p @ terms) @ self.uncertain + _ROUNDING * (np.abs(p) @ np.abs(terms)).sum()
        return float((p @ terms).sum() + side * off)

    def _lifted(self, p: FloatArray, distance: Distance, side: float) -> FloatArray:
        """p with as much of 1 + y^2 as brings it above f (side 1), or below (-1), on all of [0, T]."""
        theta = self._angles(_NODES, np.geomspace(1e-9, 1.0, 200))
        y, far = self._standard(theta), distance(theta)
        functions = self._functions(theta, y)
        above = side * (functions @ p - far) - self._rounding(p, functions, far)
        least = np.minimum(above[:-1], above[1:]) - np.diff(theta) ** 2 / 8.0 * self._bend(p, theta, y)
        nearest = np.where(y[:-1] * y[1:] < 0.0, 0.0, np.minimum(np.abs(y[:-1]), np.abs(y[1:])))
        share = float(np.max(-least / (1.0 + nearest**2), initial=0.0)) * (1.0 + _ROUNDING)
        lifted = p.copy()
        lifted[[0, 2]] += side * share
        return lifted

    def _rounding(self, p: FloatArray, functions: FloatArray, far: FloatArray) -> FloatArray:
        """More than the rounding of p - f: of its terms, and of y, whose numerator is off by 1e-16."""
        sizes = np.abs(p)
        k = np.arange(1.0, MOMENTS + 1.0)
        slopes = (k * sizes[1 : MOMENTS + 1]) * np.abs(functions[:, :MOMENTS])
        terms = _ROUNDING * (np.abs(functions) @ sizes + far)
        return np.asarray(terms + 1e-15 / self.scale * slopes.sum(axis=1))

    def _bend(self, p: FloatArray, theta: FloatArray, y: FloatArray) -> FloatArray:
        """Bounds on the size of the second derivative of p - f in theta, between neighbours.

        y' = sin(2 theta)/(x S) and y'' = 2 cos(2 theta)/(x S); f'' is at most 1/4 in size.
        """
        scale = self.unit * self.scale
        largest = np.maximum(np.abs(y[:-1]), np.abs(y[1:]))
        speed = np.minimum(np.maximum(np.sin(2.0 * theta)[:-1], np.sin(2.0 * theta)[1:]) + 2.0 * np.diff(theta), 1.0)
        total = np.abs(p[MOMENTS + 1 :]).sum() + 0.25
        for k in range(1, MOMENTS + 1):
            curved = k * (k - 1) * largest ** max(k - 2, 0) * (speed / scale) ** 2
            total = total + np.abs(p[k]) * (curved + 2.0 * k * largest ** (k - 1) / scale)
        return np.asarray(total, dtype=np.float64)
