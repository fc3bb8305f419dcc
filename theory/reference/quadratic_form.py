r"""Arbitrary-precision twin of :mod:`adversarial_spheres.theory.quadratic.form`.

Two independent ways to the tail P(Q > 0) of Q = sum c_i u_i^2. Both use formulas, paths and node maps other than those
of the fast code, so that the three share nothing but the coefficients:

- :func:`contour_tail`: the inversion integral along a line beside the saddle point, exp-sinh nodes;
- :func:`gil_pelaez_tail`: the characteristic function on the imaginary axis ([GP1951]), with as many extra digits as
  the tail needs.

For coefficients of two values :func:`two_valued_tail` has it in closed form, for those that come in pairs
:func:`paired_tail`.

Coefficients are exact doubles or mpmath numbers. All functions work at ``digits`` decimal digits and return mpmath
numbers. They are slow: seconds to minutes for hundreds of distinct coefficients and hundreds of digits.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mpmath import mp, mpf, workdps

from ..basics.errors import AccuracyError, InvalidArgumentError

Tail = tuple[Any, Any]
"""(log P, log(1 - P)) as mpmath numbers."""

_MAX_LEVELS = 14


def contour_tail(coefficients: Iterable[Any], *, digits: int = 50) -> Tail:
    """(log P(Q > 0), log P(Q <= 0)) from the inversion integral along a vertical line.

    Parameters
    ----------
    coefficients
        Finite numbers, at least one.
    digits
        Relative accuracy of the smaller probability, in decimal digits.

    Examples
    --------
    >>> from mpmath import nstr, exp
    >>> nstr(exp(contour_tail([1, -1, -1], digits=30)[0]), 12)
    '0.292893218813'
    """
    return _both_sides(coefficients, digits, _contour_side)


def gil_pelaez_tail(coefficients: Iterable[Any], *, digits: int = 50) -> Tail:
    """(log P(Q > 0), log P(Q <= 0)) from 1/2 + (1/pi) integral Im(phi(t))/t dt, phi the characteristic function.

    Parameters
    ----------
    coefficients
        Finite numbers, at least one.
    digits
        Relative accuracy of the smaller probability, in decimal digits; digits lost to 1/2 - 1/2 come on top.

    Examples
    --------
    >>> from mpmath import nstr, exp
    >>> nstr(exp(gil_pelaez_tail([1, -1, -1], digits=30)[0]), 12)
    '0.292893218813'
    """
    return _both_sides(coefficients, digits, _gil_pelaez_side)


def clt_tail(coefficients: Iterable[Any], *, digits: int = 50) -> Tail:
    """Twin of ``clt_probability``: logs of Phi(z) and Phi(-z), z = sum c / sqrt(2 sum c^2).

    Examples
    --------
    >>> mp.nstr(mp.exp(clt_tail([1, -1])[0]), 12)
    '0.5'
    """
    with workdps(digits + 10):
        c = _exact(coefficients)
        z = sum(c) / mp.sqrt(2 * sum(x * x for x in c))
        return mp.log(mp.erfc(-z / mp.sqrt(2)) / 2), mp.log(mp.erfc(z / mp.sqrt(2)) / 2)


def chernoff_log_bound(coefficients: Iterable[Any], *, digits: int = 50) -> Any:
    """Twin of ``chernoff_log_bound``: the minimum of K over 0 <= s < 1/(2 max c).

    Examples
    --------
    >>> mp.nstr(chernoff_log_bound([1, -1, -1]), 12)  # -log(32/27)/2
    '-0.0849495183977'
    """
    with workdps(digits + 10):
        c = _exact(coefficients)
        if max(c) <= 0:
            return mpf("-inf")
        if sum(c) >= 0:
            return mpf(0)
        groups = _groups(c)
        return _cumulant(groups, _abscissa(groups, pole=0, steps=2 * digits + 60))


def lugannani_rice_tail(coefficients: Iterable[Any], *, digits: int = 50) -> Any:
    """Twin of ``lugannani_rice_probability``: log of the approximation to P(Q > 0), for a negative sum.

    Examples
    --------
    >>> mp.nstr(mp.exp(lugannani_rice_tail([1, -1, -1])), 6)  # exact: 0.292893
    '0.297345'
    """
    with workdps(digits + 10):
        groups = _groups(_exact(coefficients))
        v = _abscissa(groups, pole=0, steps=4 * digits + 60)
        w = mp.sqrt(-2 * _cumulant(groups, v))
        u = v * mp.sqrt(sum(n * (r / (1 - v * r)) ** 2 for r, n in groups) / 2)
        return mp.log(mp.erfc(w / mp.sqrt(2)) / 2 + mp.npdf(w) * (1 / u - 1 / w))


def two_valued_tail(few: int, many: int, ratio: float, *, digits: int = 60) -> Tail:
    """Logs of P and 1 - P for the coefficients 1 (``few`` times) and -ratio (``many`` times): a beta law.

    Examples
    --------
    >>> mp.nstr(mp.exp(two_valued_tail(1, 2, 1.0)[0]), 12)  # the cone u1^2 > u2^2 + u3^2
    '0.292893218813'
    """
    with workdps(digits):
        a, b, edge = mpf(few) / 2, mpf(many) / 2, mpf(ratio) / (1 + mpf(ratio))
        size = a * mp.log(edge) + b * mp.log(1 - edge) - mp.log(mp.beta(a, b))
        above = size - mp.log(b) + mp.log(mp.hyp2f1(a + b, 1, b + 1, 1 - edge, maxterms=10**7))
        below = size - mp.log(a) + mp.log(mp.hyp2f1(a + b, 1, a + 1, edge, maxterms=10**7))
        return above, below


def paired_tail(single: Iterable[Any], repeated: Iterable[tuple[Any, int]], *, digits: int = 40) -> Tail:
    r"""Logs of P and 1 - P where each coefficient comes an even number of times: a sum of exponential laws.

    .. math:: P(Q > 0) = \sum_{c_j > 0} \prod_{i \ne j} (1 - c_i/c_j)^{-m_i}

    for m_i pairs of c_i, if the positive ones are all different; from the poles of the inversion integral.

    Parameters
    ----------
    single
        Values of the pairs of one sign, all different.
    repeated
        (value, number of pairs) of the other sign.

    Examples
    --------
    >>> mp.nstr(mp.exp(paired_tail([1], [(-1, 1)])[0]), 12)
    '0.5'
    """
    single, repeated = list(single), list(repeated)
    extra = 20
    while True:
        with workdps(digits + extra):
            values, others = [mpf(x) for x in single], [(mpf(x), n) for x, n in repeated]
            terms = [
                mp.fprod([1 / (1 - x / c) for x in values if x != c] + [(1 - x / c) ** -n for x, n in others])
                for c in values
            ]
            p = mp.fsum(terms)
            least = min(abs(p), abs(1 - p))
            lost = (max(abs(x) for x in [1, *terms]) / least) if least > 0 else mpf(10) ** (2 * extra)
            if mp.log10(lost) < extra - 5:
                found = mp.log(p), mp.log1p(-p)
                return found if values[0] > 0 else found[::-1]
            extra = 2 * max(extra, int(mp.log10(lost)))


def _exact(coefficients: Iterable[Any]) -> list[Any]:
    c = [mpf(x) for x in coefficients]
    if not c or not all(mp.isfinite(x) for x in c):
        raise InvalidArgumentError("coefficients", c, "at least one finite number")
    return c


def _both_sides(coefficients: Iterable[Any], digits: int, side: Callable[[Any, int], Any]) -> Tail:
    with workdps(digits + 15):
        c = [x for x in _exact(coefficients) if x != 0]
        if not c or max(c) < 0:
            return mpf("-inf"), mpf(0)
        if min(c) > 0:
            return mpf(0), mpf("-inf")
        flip = sum(c) > 0
        log_side = side(_groups([-x for x in c] if flip else c), digits)
        log_other = mp.log1p(-mp.exp(log_side))
        return (log_other, log_side) if flip else (log_side, log_other)


def _groups(c: Sequence[Any]) -> list[tuple[Any, int]]:
    """Distinct ratios c_i / max c with their multiplicities."""
    largest = max(c)
    return [(value / largest, count) for value, count in Counter(c).items()]


def _cumulant(groups: list[tuple[Any, int]], v: Any) -> Any:
    return -sum(n * mp.log(1 - v * r) for r, n in groups) / 2


def _abscissa(groups: list[tuple[Any, int]], *, pole: int, steps: int) -> Any:
    """The minimum of K - pole log s over (0, 1) in units of the branch point, by bisection of the log odds."""
    count = sum(n for _, n in groups)
    low, high = (-mp.log(count + 1) if pole else mpf(-100)), mp.log(count + 3)
    for _ in range(steps):
        y = (low + high) / 2
        v, w = 1 / (1 + mp.exp(-y)), 1 / (1 + mp.exp(y))
        slope = sum(n * r / ((1 - r) + w * r) for r, n in groups) / 2 - pole / v
        low, high = (y, high) if slope < 0 else (low, y)
    return 1 / (1 + mp.exp(-(low + high) / 2))


def _contour_side(groups: list[tuple[Any, int]], digits: int) -> Any:
    """Log P along the line through v, somewhat beside the saddle point, t = a exp(pi/2 sinh x)."""
    saddle = _abscissa(groups, pole=1, steps=40)
    v = saddle / (saddle + (1 - saddle) * mpf("1.1"))
    kappa = [(r / (1 - v * r), n) for r, n in groups]
    a = 1 / mp.sqrt(sum(n * k * k for k, n in kappa) / 2 + 1 / v**2)

    def integrand(x: Any) -> Any:
        t = a * mp.exp(mp.pi / 2 * mp.sinh(x))
        value = 1 / (_root_of_product(kappa, t) * mp.mpc(1, t / v))
        return value.real * t * mp.pi / 2 * mp.cosh(x)

    return _cumulant(groups, v) + mp.log(_integral(integrand, digits) / (mp.pi * v))


def _gil_pelaez_side(groups: list[tuple[Any, int]], digits: int) -> Any:
    """Log P from the imaginary axis; t = a exp(x - exp(-x)), so that dt / t = (1 + exp(-x)) dx."""
    extra = int(-_cumulant(groups, _abscissa(groups, pole=1, steps=40)) / mp.log(10)) + 10
    with workdps(digits + max(extra, 10) + 15):
        a = 1 / mp.sqrt(sum(n * r * r for r, n in groups))

        def integrand(x: Any) -> Any:
            t = a * mp.exp(x - mp.exp(-x))
            return (1 / _root_of_product(groups, t)).imag * (1 + mp.exp(-x))

        return mp.log(mpf(1) / 2 + _integral(integrand, digits + max(extra, 10), floor=1) / mp.pi)


def _root_of_product(kappa: list[tuple[Any, int]], t: Any) -> Any:
    """prod (1 - i t kappa)^(n/2) on its continuous branch, from one square root instead of one logarithm a factor."""
    product, phase = mp.mpc(1), 0.0
    for k, n in kappa:
        tk = t * k
        product *= mp.mpc(1, -tk) ** n
        phase -= n * math.atan(float(max(min(tk, mpf(1e300)), mpf(-1e300))))
    root = mp.sqrt(product)
    turns = (phase / 2 - float(mp.arg(root))) / math.pi  # an integer up to rounding: the sign of the root
    return root if round(turns) % 2 == 0 else -root


def _integral(integrand: Callable[[Any], Any], digits: int, floor: int = 0) -> Any:
    """Trapezoid rule over the whole line for an analytic integrand that falls off quickly; step halved until agreed.

    With floor = 1 the accuracy asked for is absolute where the integral is small, or 0 (Gil-Pelaez at P = 1/2).
    """
    step = mpf(1) / 4
    middle = integrand(mpf(0))
    left, right = (_outward(integrand, side, digits, floor) for side in (-step, step))
    total = middle + left[0] + right[0]
    low, high = -left[1] * step, right[1] * step
    size = max(abs(middle), left[2], right[2], floor) * step
    value = total * step
    for _ in range(_MAX_LEVELS):
        count = int((high - low) / step)
        total += mp.fsum(integrand(low + (i + mpf(1) / 2) * step) for i in range(count))
        step, previous = step / 2, value
        value = total * step
        # The error squares with each halving: agreement to half of the digits would do; a tenth more is asked for.
        if abs(value - previous) <= max(abs(value), size) * mpf(10) ** (-(6 * digits) // 10):
            return value
    raise AccuracyError("the reference integral did not converge", value)


def _outward(integrand: Callable[[Any], Any], step: Any, digits: int, floor: int) -> tuple[Any, int, Any]:
    """Sum of the integrand at step, 2 step, ... until it has fallen below the digits; number of steps; largest term."""
    total, largest, quiet, count = mpf(0), mpf(floor), 0, 0
    while quiet < 4:
        count += 1
        term = integrand(count * step)
        total += term
        largest = max(largest, abs(term))
        quiet = quiet + 1 if abs(term) <= largest * mpf(10) ** (-digits - 5) else 0
        if count > 100_000:
            raise AccuracyError("the reference integrand does not fall off", total)
    return total, count, largest
