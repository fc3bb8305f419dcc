"""Arbitrary-precision twin of :mod:`adversarial_spheres.theory.quadratic.general`.

The inversion integral on a hyperbola that leans less and lies beside the saddle point, by the trapezoid rule, its step
halved until two values agree. Slow: 0.1 s for each value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mpmath import mp, mpf, workdps

from .quadratic_form import Tail, _integral


def tail(
    threshold: Any,
    weights: Sequence[Any],
    degrees: Sequence[Any],
    noncentrality: Sequence[Any],
    normal: Any = 0,
    *,
    digits: int = 25,
) -> Tail:
    """Logs of P(Q > q) and P(Q <= q) for a q inside of the support.

    Examples
    --------
    >>> mp.nstr(tail(2, [1], [2], [0])[0], 12)  # exp(-1)
    '-1.0'
    """
    with workdps(digits + 15):
        form = _Form(threshold, weights, degrees, noncentrality, normal)
        above = form.q >= sum(w * (k + d) for w, k, d in form.parts)
        side = mp.log(_inverted(form if above else form.negated, 1, digits))
        other = mp.log1p(-mp.exp(side))
        return (side, other) if above else (other, side)


def log_density(
    point: Any,
    weights: Sequence[Any],
    degrees: Sequence[Any],
    noncentrality: Sequence[Any],
    normal: Any = 0,
    *,
    digits: int = 25,
) -> Any:
    """Log of the density of Q at a q inside of the support.

    Examples
    --------
    >>> mp.nstr(log_density(2, [1], [2], [0]), 12)  # log(exp(-1)/2)
    '-1.69314718056'
    """
    with workdps(digits + 15):
        return mp.log(_inverted(_Form(point, weights, degrees, noncentrality, normal), 0, digits))


class _Form:
    """Exact numbers, and K with its derivative."""

    def __init__(self, q: Any, w: Sequence[Any], k: Sequence[Any], d: Sequence[Any], s: Any) -> None:
        self.q, self.s2 = mpf(q), mpf(s) ** 2
        self.parts = [(mpf(a), mpf(b), mpf(c)) for a, b, c in zip(w, k, d, strict=True) if a != 0]

    @property
    def negated(self) -> _Form:
        other = _Form(-self.q, [], [], [], mp.sqrt(self.s2))
        other.parts = [(-w, k, d) for w, k, d in self.parts]
        return other

    def slope(self, t: Any) -> Any:
        terms = (k * w / (1 - 2 * t * w) + w * d / (1 - 2 * t * w) ** 2 for w, k, d in self.parts)
        return mp.fsum(terms) + self.s2 * t - self.q

    def log(self, t: Any) -> Any:
        terms = (-k / 2 * mp.log(1 - 2 * t * w) + t * w * d / (1 - 2 * t * w) for w, k, d in self.parts)
        return mp.fsum(terms) + self.s2 * t**2 / 2 - t * self.q

    def domain(self, pole: int) -> tuple[Any, Any]:
        """Where K is finite; beyond the pole only."""
        high, low = max([w for w, _, _ in self.parts] + [0]), min([w for w, _, _ in self.parts] + [0])
        left = mpf(0) if pole else (1 / (2 * low) if low < 0 else mpf("-inf"))
        return left, (1 / (2 * high) if high > 0 else mpf("inf"))


def _inverted(form: _Form, pole: int, digits: int) -> Any:
    low, high = form.domain(pole)
    c = _beside_saddle(form, pole, low, high)
    left, right = form.domain(0)
    bent = -mpf(3) / 10 * mp.sign(form.s2 * c - form.q)
    sine, cosine = mp.sin(bent), mp.cos(bent)
    second = (form.slope(c + abs(c) / 10**6) - form.slope(c)) / (abs(c) / 10**6) + (pole / c**2)
    focus = mpf("0.9") * min((right - c) / (1 - sine), (c - left) / (1 + sine), 20 / mp.sqrt(second))
    top = form.log(c)

    def integrand(x: Any) -> Any:
        z = focus * mp.mpc(sine * (mp.cosh(x) - 1), cosine * mp.sinh(x))
        along = focus * mp.mpc(cosine * mp.cosh(x), -sine * mp.sinh(x))
        return (mp.exp(form.log(c + z) - top) / (c + z) ** pole * along).real

    return mp.exp(top) * _integral(integrand, digits) / (2 * mp.pi)


def _beside_saddle(form: _Form, pole: int, low: Any, high: Any) -> Any:
    """A tenth of the way from the minimum of K - m log t, found by bisection, to a point at half the way to an end."""
    left, right = low, high
    if mp.isinf(right):
        right = max(left, mpf(0)) + 1 if not mp.isinf(left) else mpf(1)
        while form.slope(right) - (pole / right) < 0:
            right *= 4
    if mp.isinf(left):
        left = min(right, mpf(0)) - 1
        while form.slope(left) > 0:
            left *= 4
    for _ in range(60):
        middle = (left + right) / 2
        less = form.slope(middle) - (pole / middle if pole else 0) < 0
        left, right = (middle, right) if less else (left, middle)
    scale = 1 / mp.sqrt((form.slope(left + abs(left) * mpf(10) ** -9) - form.slope(left)) / (abs(left) * mpf(10) ** -9))
    return (left + right) / 2 + min(scale, (high - left) / 2) / 20
