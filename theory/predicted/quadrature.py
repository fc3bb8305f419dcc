"""Quadrature along the dual variable of the nearest-error problem.

Notation: l, shape (dim,), with max l = 1 and min l < 0; for a uniform unit vector u,
psi(m) = sum u_i^2/(1 - m l_i), 0 <= m < 1. Used by ``predicted_distance``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from ..basics.errors import AccuracyError
from ..basics.validation import FloatArray
from .negative_part import negative_part_moments

_PANEL_NODES = 12
_CHUNK_ENTRIES = 2**16
_HALVINGS = 12
_PANEL_ERROR = 2e-10
_SMALLEST = 1e-290  # of an integral, for its relative error to mean something
_NARROW = 5e-3  # below this relative spread higher moments are rounding, and do not matter


def divisors(lam: FloatArray, m: FloatArray, w: FloatArray) -> FloatArray:
    """1 - m lam from m and w = 1 - m without cancellation.

    Examples
    --------
    >>> divisors(np.array([1.0, -1.0]), np.array([0.75]), np.array([0.25])).tolist()
    [[0.25, 1.75]]
    """
    return np.where(lam > 0.0, w[..., None] + m[..., None] * (1.0 - lam), 1.0 - m[..., None] * lam)


def jensen_optimum(lam: FloatArray) -> tuple[FloatArray, float]:
    """The m that minimises (1/d) sum 1/(1 - m l_i), as (m, 1 - m), and the Jensen bound there.

    Examples
    --------
    >>> pair, bound = jensen_optimum(np.array([1.0, -1.0, -1.0]))
    >>> pair.round(6).tolist(), round(float(bound), 6)
    ([0.171573, 0.828427], 0.028595)
    """
    low, high = -60.0, 60.0
    pair = np.array([0.0, 1.0])
    if lam.sum() >= 0.0:
        return pair, 0.0
    for _ in range(70):
        middle = 0.5 * (low + high)
        pair = np.array([1.0 / (1.0 + np.exp(-middle)), 1.0 / (1.0 + np.exp(middle))])
        slope = float((lam / divisors(lam, pair[:1], pair[1:])[0] ** 2).sum())
        low, high = (middle, high) if slope < 0.0 else (low, middle)
    bound = -pair[0] * float((lam / divisors(lam, pair[:1], pair[1:])[0]).mean())
    return pair, max(bound, 0.0)


def _multiplier_spread(lam: FloatArray, pair: FloatArray) -> float:
    """Standard deviation of the optimal m, to first order."""
    w, dim = 1.0 / divisors(lam, pair[:1], pair[1:])[0], lam.size
    return float(np.sqrt(form_variance(lam * w**2)) / (2.0 / dim * (lam**2 * w**3).sum()))


def form_variance(c: FloatArray) -> float:
    """Variance of sum c_i u_i^2 on the unit sphere.

    Examples
    --------
    >>> round(form_variance(np.array([1.0, 0.0, 0.0])), 9)  # of u_1^2 on the ordinary sphere: 1/5 - 1/9
    0.088888889
    """
    centred = c - c.mean()
    return float(2.0 * (centred**2).sum() / (c.size * (c.size + 2.0)))


@dataclass(frozen=True)
class _Panels:
    """Panels of Gauss-Legendre nodes in t = log((1 + L m)/(1 - m)), or in its root: ends there, and which it is."""

    low: FloatArray
    high: FloatArray
    rooted: NDArray[np.bool_]

    @classmethod
    def over(cls, lam: FloatArray, largest: float) -> _Panels:
        """Panels for 0 < m < 1: all 1/(1 - m l_i) are analytic for |Im t| < pi.

        They are short where the optimal m concentrates; the first is in the root, as integrands may go like m^(-1/2).
        """
        pair, _ = jensen_optimum(lam)
        spread = _multiplier_spread(lam, pair) * (largest / (1.0 + largest * pair[0]) + 1.0 / pair[1])
        middle = np.log1p(largest * pair[0]) - np.log(pair[1])
        marks = middle + spread * np.array([-6.0, -3.0, -1.0, 1.0, 3.0, 6.0])
        marks = np.concatenate([[0.0], marks[marks > 0.05 * spread]])
        end = max(marks[-1], np.log1p(largest))
        marks = np.concatenate([marks, end + np.array([2.0, 5.0, 12.0, 25.0])])
        pieces = np.maximum(np.ceil(np.diff(marks[:-3]) / 2.0).astype(int), 1)
        inner = [np.linspace(a, b, n, endpoint=False) for a, b, n in zip(marks, marks[1:], pieces, strict=False)]
        edges = np.concatenate([*inner, marks[-4:]])
        rooted = np.arange(len(edges) - 1) == 0
        return cls(edges[:-1], np.where(rooted, np.sqrt(edges[1:]), edges[1:]), rooted)

    def nodes(self, largest: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Nodes m, 1 - m and weights dm, panel by panel."""
        x, g = np.polynomial.legendre.leggauss(_PANEL_NODES)
        half, centre = 0.5 * (self.high - self.low), 0.5 * (self.high + self.low)
        root = self.rooted[:, None]
        at = np.where(root, self.low[:, None] + half[:, None] * (x + 1.0), centre[:, None] + half[:, None] * x)
        weights = half[:, None] * g
        return _from_log_odds(
            np.where(root, at**2, at).ravel(), np.where(root, 2.0 * at * weights, weights).ravel(), largest
        )

    def halves(self, which: NDArray[np.bool_]) -> _Panels:
        """Both halves of some of them."""
        low, high = self.low[which], self.high[which]
        middle = 0.5 * (low + high)
        return _Panels(np.concatenate([low, middle]), np.concatenate([middle, high]), np.tile(self.rooted[which], 2))


def _panel_errors(parts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Integrals over the panels, and estimates of their errors, from the summands of Gauss's rule.

    The coefficients of the Legendre series fall geometrically. A rule of n nodes integrates all up to degree 2n - 1;
    what it misses is about the square of what they fall to by degree n, relative to the largest.
    """
    parts = parts.reshape(-1, _PANEL_NODES)
    x, _ = np.polynomial.legendre.leggauss(_PANEL_NODES)
    degrees = np.arange(_PANEL_NODES)
    series = np.abs(parts @ (np.polynomial.legendre.legvander(x, _PANEL_NODES - 1) * (2.0 * degrees + 1.0)))
    largest = series.max(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        fall = np.where(largest > 0.0, series[:, -2:].max(axis=1) / largest, 0.0)
    return parts.sum(axis=1), largest * fall**2


def _from_log_odds(t: FloatArray, weights: FloatArray, largest: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    decay = np.exp(-t)
    below = 1.0 + largest * decay
    m, w = -np.expm1(-t) / below, (1.0 + largest) * decay / below
    return m, w, weights * (1.0 + largest) * decay / below**2


@dataclass(frozen=True, eq=False)
class DualNodes:
    """Nodes along the dual variable, panel by panel, and what is integrated.

    Parameters
    ----------
    lam
        l, shape (dim,).
    m, w, weights
        m, 1 - m and dm, shape (nodes,).
    moments
        E[((1 - psi)/unit)^k max(-psi', 0)] at the nodes for k = 0 ... order, shape (order + 1, nodes).

    Examples
    --------
    >>> found = dual_nodes(np.array([1.0, -1.0]), 0)
    >>> print(f"{found.integrals(found.moments)[0][0]:.9f}")  # E sin^2 theta = 1/4 - 1/(2 pi)
    0.090845057
    """

    lam: FloatArray
    m: FloatArray
    w: FloatArray
    weights: FloatArray
    moments: FloatArray

    @property
    def unit(self) -> float:
        """See :func:`sine_unit`."""
        return sine_unit(self.lam)

    def integrals(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Integrals of values at the nodes, shape (rows, nodes), and estimates of their errors, shape (rows,) each."""
        found = [_panel_errors(row) for row in self.weights * values]
        return np.array([parts.sum() for parts, _ in found]), np.array([errors.sum() for _, errors in found])


def dual_nodes(lam: FloatArray, order: int) -> DualNodes:
    """Nodes such that the integral of each moment 0 ... order is known to about 1e-9 of it: panels are halved until.

    Raises
    ------
    AccuracyError
        It is not after twelve halvings.

    Examples
    --------
    >>> dual_nodes(np.array([1.0, -1.0]), 2).moments.shape[0]
    3
    """
    largest = -float(lam.min())
    panels, settled = _Panels.over(lam, largest), np.zeros(order + 1)
    kept = list[FloatArray]()
    for _ in range(_HALVINGS + 1):
        m, w, weights = panels.nodes(largest)
        moments = _moments_at(lam, m, w, order)
        found = [_panel_errors(row) for row in weights * moments]
        integrals, errors = (np.array([pair[i] for pair in found]) for i in range(2))
        total = (settled + integrals.sum(axis=1))[:, None]
        coarse = np.any((errors > _PANEL_ERROR * np.abs(total)) & (np.abs(total) > _SMALLEST), axis=0)
        fine = np.repeat(~coarse, _PANEL_NODES)
        kept.append(np.vstack([m, w, weights, moments])[:, fine])
        if not np.any(coarse):
            m, w, weights, *rows = np.concatenate(kept, axis=1)
            return DualNodes(lam, m, w, weights, np.array(rows))
        settled, panels = settled + integrals[:, ~coarse].sum(axis=1), panels.halves(coarse)
    raise AccuracyError("the integral along the dual variable did not converge", float(total[0, 0]))


def sine_unit(lam: FloatArray) -> float:
    """The least power of two above L/(1 + L), L = -min l: of sin^2 of the farthest angle, so that powers are doubles.

    Examples
    --------
    >>> sine_unit(np.array([1.0, -1.0])), sine_unit(np.array([1.0, -0.2]))
    (1.0, 0.25)
    """
    largest = -float(lam.min())
    return float(np.ldexp(1.0, int(np.frexp(largest / (1.0 + largest))[1])))


def _moments_at(lam: FloatArray, m: FloatArray, w: FloatArray, order: int) -> FloatArray:
    def moments(m: FloatArray, w: FloatArray) -> FloatArray:
        forms, sines = dual_forms(lam, m, w)
        return negative_part_moments(forms, sines / sine_unit(lam), order)

    return by_chunks(moments, lam.size, m, w)


def dual_forms(lam: FloatArray, m: FloatArray, w: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Coefficients of psi'(m) and 1 - psi(m), shape (nodes, dim) each.

    Examples
    --------
    >>> [x.tolist() for x in dual_forms(np.array([1.0, -1.0]), np.array([0.5]), np.array([0.5]))]
    [[[4.0, -0.4444444444444444]], [[-1.0, 0.3333333333333333]]]
    """
    d = divisors(lam, m, w)
    return lam / d**2, -m[:, None] * lam / d


def by_chunks(function: Callable[..., FloatArray], dim: int, *arrays: FloatArray) -> FloatArray:
    """A function of arrays of nodes, applied to parts of them that leave arrays of shape (part, dim) small.

    Examples
    --------
    >>> by_chunks(lambda m: m**2, 10**9, np.array([1.0, 2.0])).tolist()
    [1.0, 4.0]
    """
    size = max(1, _CHUNK_ENTRIES // dim)
    starts = range(0, len(arrays[0]), size)
    return np.concatenate([function(*(x[i : i + size] for x in arrays)) for i in starts], axis=-1)


def gauss_rules(moments: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Three-point Gauss rules in (0, 1) with the given moments 0 ... 5 (columns); fewer points where those leave it.

    Examples
    --------
    >>> moments = np.array([[1.0 / (k + 1) for k in range(6)]]).T  # of the uniform law
    >>> [x.round(6).tolist() for x in gauss_rules(moments)]
    [[[0.112702, 0.5, 0.887298]], [[0.277778, 0.444444, 0.277778]]]
    """
    u = moments / moments[0]
    mean = u[1]
    scaled = u / mean ** np.arange(6)[:, None]
    central = [sum(_signed_binomial(n, j) * scaled[j] for j in range(n + 1)) for n in range(6)]
    spread = np.sqrt(np.maximum(central[2], 0.0))
    safe = np.maximum(spread, 1e-8)
    skew, fourth, fifth = (central[n] / safe**n for n in (3, 4, 5))
    size = np.where(spread > _NARROW, np.maximum(fourth - skew**2 - 1.0, 0.0), 0.0)
    last = np.where(size > 1e-6, (fifth - 2.0 * skew * fourth + skew**3) / np.maximum(size, 1e-6), 0.0)
    second, third = np.where(spread > 1e-5, 1.0, 0.0), np.sqrt(np.where(size > 1e-6, size, 0.0))
    for _ in range(3):
        x, shares = _jacobi_rule(skew * second, last, second, third)
        nodes = mean[:, None] * (1.0 + safe[:, None] * x)
        bad = np.any((shares > 0.0) & ((nodes <= 0.0) | (nodes >= 1.0)), axis=1)
        second, third = np.where(bad & (third == 0.0), 0.0, second), np.where(bad, 0.0, third)
    return np.where(shares > 0.0, np.clip(nodes, 1e-300, np.nextafter(1.0, 0.0)), 0.5), shares


def inverse_root_factors(moments: FloatArray) -> FloatArray:
    """What the three-point rule misses of the mean of x^(-1/2), as a factor: exact / rule for the gamma law.

    The gamma law of the same mean and variance has the shape a = mean^2 / variance, the mean of x^(-1/2) in closed
    form, and its own three-point rule (Laguerre polynomials).

    Examples
    --------
    >>> moments = np.array([[1.0], [0.2], [0.06]])  # the gamma law of shape 2
    >>> inverse_root_factors(moments).round(4).tolist()
    [1.0665]
    """
    relative_variance = np.maximum(moments[2] * moments[0] / moments[1] ** 2 - 1.0, 0.0)
    matters = relative_variance > _NARROW**2
    a = np.where(matters, 1.0 / np.maximum(relative_variance, _NARROW**2), 1.0)
    a = np.maximum(a, 1.0)
    root = np.sqrt(a)
    x, shares = _jacobi_rule(2.0 / root, 4.0 / root, np.ones_like(a), np.sqrt(2.0 * (a + 1.0) / a))
    rule = (shares / np.sqrt(1.0 + x / root[:, None])).sum(axis=1)
    return np.where(matters, np.exp(gammaln(a - 0.5) - gammaln(a)) * root / rule, 1.0)


def _signed_binomial(n: int, j: int) -> float:
    return float((-1) ** (n - j)) * float(np.prod(np.arange(n, n - j, -1)) / np.prod(np.arange(1, j + 1)))


def _jacobi_rule(
    middle: FloatArray, last: FloatArray, second: FloatArray, third: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of the Jacobi matrices with diagonal (0, middle, last) and off-diagonal (second, third)."""
    matrix = np.zeros((len(middle), 3, 3))
    matrix[:, 1, 1], matrix[:, 2, 2] = middle, last
    matrix[:, 0, 1] = matrix[:, 1, 0] = second
    matrix[:, 1, 2] = matrix[:, 2, 1] = third
    nodes, vectors = np.linalg.eigh(matrix)
    shares = vectors[:, 0, :] ** 2
    return nodes, np.where(shares > 1e-14, shares, 0.0)
