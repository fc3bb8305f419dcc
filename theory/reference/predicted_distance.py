"""Arbitrary-precision twins of ``theory.predicted.negative_part`` and ``theory.predicted.mean_distance``.

The same formulas by other quadratures: a straight vertical contour, always on the side of the negative part, and
panels in another variable. Meant for few dimensions: a mean takes seconds at dim 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import comb, factorial
from typing import Any

import mpmath as mp


def negative_part_moments(form: Sequence[Any], weights: Sequence[Any], order: int, *, digits: int = 20) -> list[Any]:
    """E[S^k max(-Q, 0)] on the unit sphere, Q = sum q_i u_i^2, S = sum s_i u_i^2, for k = 0 ... order.

    Examples
    --------
    >>> [mp.nstr(x, 10) for x in negative_part_moments([-1, -1], [1, 1], 1)]
    ['1.0', '1.0']
    """
    with mp.workdps(digits + 10):
        q, s = [mp.mpf(x) for x in form], [mp.mpf(x) for x in weights]
        if min(q) >= 0:
            return [mp.mpf(0)] * (order + 1)
        c = _saddle(q)

        step, tolerance = mp.mpf(1) / (digits + 8), mp.mpf(10) ** (-digits - 8)
        totals, node, done = [mp.mpf(0)] * (order + 1), 0, False
        while not done:
            x = node * step
            contour = mp.mpc(c, -c * mp.sinh(x))
            factors = [1 - 2 * contour * a for a in q]
            core = mp.exp(-mp.fsum(mp.log(f) for f in factors) / 2) / contour**2 * mp.cosh(x)
            terms = [core * u for u in _moments([b / f for b, f in zip(s, factors, strict=True)], order)]
            totals = [a + mp.re(b) * (1 if node else mp.mpf(1) / 2) for a, b in zip(totals, terms, strict=True)]
            done = all(abs(b) <= tolerance * abs(a) for a, b in zip(totals, terms, strict=True))
            node += 1
        values, norm = [], mp.mpf(1)
        for k, total in enumerate(totals):
            norm *= len(q) + 2 * k
            values.append(total * step * (-c) / mp.pi / norm)
        return values


def _saddle(q: list[Any]) -> Any:
    """The minimum of K(s) - 2 log(-s) on the negative axis."""
    low, high = -1 / (2 * -min(q)), mp.mpf(0)
    for _ in range(60):
        middle = (low + high) / 2
        slope = mp.fsum(a / (1 - 2 * middle * a) for a in q) - 2 / middle
        low, high = (middle, high) if slope < 0 else (low, middle)
    return (low + high) / 2


def _moments(terms: list[Any], order: int) -> list[Any]:
    cumulants = [2 ** (j - 1) * factorial(j - 1) * mp.fsum(t**j for t in terms) for j in range(1, order + 1)]
    moments = [mp.mpc(1)]
    for n in range(1, order + 1):
        moments.append(mp.fsum(comb(n - 1, j) * cumulants[j] * moments[n - 1 - j] for j in range(n)))
    return moments


def mean_sine_square(coefficients: Sequence[Any], *, digits: int = 15) -> Any:
    """E sin^2 of the angle to the nearest error, max c > 0."""
    return _along_the_dual(coefficients, 0, lambda moments: moments[0], digits)


def mean_angle_prediction(coefficients: Sequence[Any], *, digits: int = 15) -> Any:
    """The three-point prediction of the mean angle, max c > 0."""
    return _along_the_dual(coefficients, 5, lambda u: _estimate(u, lambda x: 1 / (2 * mp.sqrt(x * (1 - x)))), digits)


def mean_chord_prediction(coefficients: Sequence[Any], *, digits: int = 15) -> Any:
    """The three-point prediction of the mean chord, max c > 0."""

    def slope(x: Any) -> Any:
        angle = mp.asin(mp.sqrt(x))
        return 1 / (4 * mp.sin(angle / 2) * mp.cos(angle))

    return _along_the_dual(coefficients, 5, lambda u: _estimate(u, slope), digits)


def jensen_sine_square(coefficients: Sequence[Any], *, digits: int = 30) -> Any:
    """1 - min over m of the mean of 1/(1 - m c_i / max c), max c > 0.

    Examples
    --------
    >>> mp.nstr(jensen_sine_square([1, -1, -1]), 10)
    '0.02859547921'
    """
    with mp.workdps(2 * digits + 20):
        c = [mp.mpf(x) for x in coefficients]
        lam = [x / max(c) for x in c]
        if mp.fsum(lam) >= 0:
            return mp.mpf(0)
        low, high = mp.mpf(0), mp.mpf(1)
        for _ in range(4 * digits):
            m = (low + high) / 2
            low, high = (m, high) if mp.fsum(x / (1 - m * x) ** 2 for x in lam) < 0 else (low, m)
        return 1 - mp.fsum(1 / (1 - low * x) for x in lam) / len(lam)


def mean_angle_lower_bound(coefficients: Sequence[Any], *, error_rate: Any = 0, digits: int = 15) -> Any:
    """arcsin sqrt(e - (1 - mu - e)/(2d)) with the exact e."""
    with mp.workdps(digits + 10):
        e, dim = mean_sine_square(coefficients, digits=digits), len(coefficients)
        return mp.asin(mp.sqrt(max(mp.mpf(0), e - (1 - mp.mpf(error_rate) - e) / (2 * dim))))


def _along_the_dual(coefficients: Sequence[Any], order: int, value: Callable[[list[Any]], Any], digits: int) -> Any:
    with mp.workdps(digits + 10):
        c = [mp.mpf(x) for x in coefficients]
        lam = [x / max(c) for x in c]
        if min(lam) >= 0:
            return mp.mpf(0)

        largest = -min(lam)

        def integrand(x: Any) -> Any:
            # log((1 + L m)/(1 - m)) = x^2: even in x near 0, so roots of m are smooth
            decay = mp.exp(-(x**2))
            below = 1 + largest * decay
            m, w = -mp.expm1(-(x**2)) / below, (1 + largest) * decay / below
            divisors = [w + m * (1 - a) if a > 0 else 1 - m * a for a in lam]
            form = [a / d**2 for a, d in zip(lam, divisors, strict=True)]
            sine_sq = [-m * a / d for a, d in zip(lam, divisors, strict=True)]
            speed = (1 + largest) * decay / below**2 * 2 * x
            return value(negative_part_moments(form, sine_sq, order, digits=digits)) * speed

        end = mp.sqrt(mp.log(1 + largest) + 20)
        points = [end * k / 10 for k in range(11)]
        points[0] = mp.mpf(1) / 10**9
        return mp.quad(integrand, points, method="gauss-legendre", maxdegree=3)


def _estimate(moments: list[Any], function: Callable[[Any], Any]) -> Any:
    """The Gauss rule times its defect for x^(-1/2) and the gamma law of the same mean and variance."""
    relative_variance = moments[2] * moments[0] / moments[1] ** 2 - 1
    if relative_variance <= 25e-6:
        return _gauss(moments, function)
    shape = max(1 / relative_variance, mp.mpf(1))
    law = [mp.rf(shape, k) for k in range(6)]
    matrix = [[law[i + j] for j in range(3)] for i in range(3)]
    cubic = mp.lu_solve(mp.matrix(matrix), mp.matrix([-law[3], -law[4], -law[5]]))
    nodes = mp.polyroots([1, cubic[2], cubic[1], cubic[0]], maxsteps=200, extraprec=200)
    shares = mp.lu_solve(mp.matrix([[x**i for x in nodes] for i in range(3)]), mp.matrix(law[:3]))
    rule = mp.fsum(share / mp.sqrt(mp.re(x)) for share, x in zip(shares, nodes, strict=True))
    return _gauss(moments, function) * mp.gamma(shape - mp.mpf(1) / 2) / mp.gamma(shape) / mp.re(rule)


def _gauss(moments: list[Any], function: Callable[[Any], Any]) -> Any:
    """Gauss rule of the moments 0 ... 5; two points or one where the law is nearly supported there."""
    u = [m / moments[0] for m in moments]
    mean = u[1]
    central = [mp.fsum((-1) ** (n - j) * comb(n, j) * u[j] * mean ** (n - j) for j in range(n + 1)) for n in range(6)]
    spread = mp.sqrt(max(central[2], mp.mpf(0)))
    if spread <= 1e-5 * mean:
        return moments[0] * function(mean)
    skew, fourth, fifth = (central[n] / spread**n for n in (3, 4, 5))
    size = fourth - skew**2 - 1 if spread > 5e-3 * mean else mp.mpf(0)
    nodes, shares = _jacobi_rule(skew, size, (fifth - 2 * skew * fourth + skew**3) / size if size > 1e-6 else None)
    nodes = [mean + spread * x for x in nodes]
    if any(not 0 < x < 1 for x in nodes) and len(nodes) == 3:
        nodes, shares = _jacobi_rule(skew, size, None)
        nodes = [mean + spread * x for x in nodes]
    if any(not 0 < x < 1 for x in nodes):
        return moments[0] * function(mean)
    return moments[0] * mp.fsum(share * function(x) for share, x in zip(shares, nodes, strict=True))


def _jacobi_rule(skew: Any, size: Any, last: Any | None) -> tuple[list[Any], list[Any]]:
    matrix = mp.matrix([[0, 1], [1, skew]])
    if last is not None:
        third = mp.sqrt(size)
        matrix = mp.matrix([[0, 1, 0], [1, skew, third], [0, third, last]])
    values, vectors = mp.eigsy(matrix)
    return list(values), [vectors[0, j] ** 2 for j in range(len(values))]


def mean_angle_second_order(coefficients: Sequence[Any], *, digits: int = 30) -> Any:
    """The second-order closed form, for coefficients of both signs with a negative sum.

    Examples
    --------
    >>> mp.nstr(mean_angle_second_order([1] + [-1] * 9), 10)
    '0.5281751669'
    """
    with mp.workdps(2 * digits + 20):
        c = [mp.mpf(x) for x in coefficients]
        lam, dim = [x / max(c) for x in c], len(c)
        low, high = mp.mpf(0), mp.mpf(1)
        for _ in range(8 * digits):
            m = (low + high) / 2
            low, high = (m, high) if mp.fsum(x / (1 - m * x) ** 2 for x in lam) < 0 else (low, m)
        w = [1 / (1 - low * x) for x in lam]

        def variance(form: list[Any]) -> Any:
            mean = mp.fsum(form) / dim
            return 2 * mp.fsum((x - mean) ** 2 for x in form) / (dim * (dim + 2))

        curvature = 2 * mp.fsum(x**2 * y**3 for x, y in zip(lam, w, strict=True)) / dim
        slopes = [x * y**2 for x, y in zip(lam, w, strict=True)]
        cosine_sq = mp.fsum(w) / dim - variance(slopes) / (2 * curvature)
        bend = (1 - 2 * cosine_sq) / (4 * (cosine_sq * (1 - cosine_sq)) ** mp.mpf("1.5"))
        return mp.acos(mp.sqrt(cosine_sq)) + bend * variance(w) / 2
