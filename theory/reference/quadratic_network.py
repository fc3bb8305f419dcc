"""Arbitrary-precision twins of :mod:`~adversarial_spheres.theory.quadratic.error_rate` and
:mod:`~adversarial_spheres.theory.quadratic.hidden_units`.

The doubles that come in are taken as exact; everything after that is done at ``digits`` decimal digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mpmath import mp, mpf, workdps

from ..basics.validation import check_sphere
from .quadratic_form import Tail, clt_tail, contour_tail
from .quadratic_form import chernoff_log_bound as _chernoff_log_bound

_GOLDEN_STEPS_PER_DIGIT = 5


def error_coefficients(
    eigenvalues: Sequence[float], bias: float, sphere: str, outer_radius: float, *, digits: int = 50
) -> list[Any]:
    """Twin of ``QuadraticClassifier.error_coefficients``: a + b, or -(a R^2 + b), without rounding.

    ``digits`` has no effect as long as 160 bits hold the products, which they do for doubles of similar size; it is
    raised to that.

    Examples
    --------
    >>> [mp.nstr(x, 12) for x in error_coefficients([0.5, 1.25], -1, "inner", 1.3)]
    ['-0.5', '0.25']
    """
    with workdps(max(digits, 50) + 700 * _spread(eigenvalues, bias)):
        b = mpf(bias)
        if check_sphere(sphere) == "inner":
            return [mpf(a) + b for a in eigenvalues]
        return [-(mpf(a) * mpf(outer_radius) ** 2 + b) for a in eigenvalues]


def exact_error_rate(
    eigenvalues: Sequence[float], bias: float, sphere: str, outer_radius: float, *, digits: int = 50
) -> Tail:
    """Twin of ``exact_error_rate``: logs of the error rate and of its complement.

    Examples
    --------
    >>> mp.nstr(mp.exp(exact_error_rate([2, 0.5, 0.5], -1, "inner", 1.3)[0]), 12)
    '0.42264973081'
    """
    c = error_coefficients(eigenvalues, bias, sphere, outer_radius, digits=digits)
    if sphere == "outer" and not any(c):
        return mpf(0), mpf("-inf")
    return contour_tail(c, digits=digits)


def clt_error_rate(
    eigenvalues: Sequence[float], bias: float, sphere: str, outer_radius: float, *, digits: int = 50
) -> Tail:
    """Twin of ``clt_error_rate``, for coefficients that aren't all 0.

    Examples
    --------
    >>> mp.nstr(mp.exp(clt_error_rate([2, 0], -1, "inner", 1.3)[0]), 12)
    '0.5'
    """
    return clt_tail(error_coefficients(eigenvalues, bias, sphere, outer_radius, digits=digits), digits=digits)


def chernoff_log_error_rate(
    eigenvalues: Sequence[float], bias: float, sphere: str, outer_radius: float, *, digits: int = 50
) -> Any:
    """Twin of ``chernoff_log_error_rate``, for coefficients that aren't all 0.

    Examples
    --------
    >>> mp.nstr(chernoff_log_error_rate([2, 0, 0], -1, "inner", 1.3), 12)
    '-0.0849495183977'
    """
    c = error_coefficients(eigenvalues, bias, sphere, outer_radius, digits=digits)
    return _chernoff_log_bound(c, digits=digits)


def worst_case_loss(
    eigenvalues: Sequence[float], bias: float, sphere: str, outer_radius: float, *, digits: int = 50
) -> Any:
    """Twin of ``worst_case_loss``: log(1 + exp(largest error coefficient)).

    Examples
    --------
    >>> mp.nstr(worst_case_loss([0.5, 1], -1, "inner", 1.3), 12)  # log 2
    '0.69314718056'
    """
    with workdps(digits + 10):
        c = error_coefficients(eigenvalues, bias, sphere, outer_radius, digits=digits)
        return mp.log1p(mp.exp(max(c)))


def equal_alphas_error_rates(hidden: int, dim: int, outer_radius: float, alpha: Any, *, digits: int = 50) -> Any:
    """Inner and outer error rate with ``hidden`` alphas equal to alpha and the others 0, as numbers.

    Examples
    --------
    >>> [mp.nstr(x, 8) for x in equal_alphas_error_rates(5, 10, 1.3, 1.5)]
    ['0.23251132', '0.32482181']
    """
    with workdps(digits + 10):
        a, square, rest = mpf(alpha), mpf(outer_radius) ** 2, dim - hidden
        inner = contour_tail([a - 1] * hidden + [mpf(-1)] * rest, digits=digits)[0]
        outer = contour_tail([1 - a * square] * hidden + [mpf(1)] * rest, digits=digits)[0]
        return mp.exp(inner), mp.exp(outer)


def best_equal_alpha(hidden: int, dim: int, outer_radius: float, *, digits: int = 15) -> Any:
    """The alpha that minimises the mean of the two rates, by golden-section search: the closed form isn't used.

    ``digits`` is the accuracy of alpha; the rates are computed with twice as many.

    Examples
    --------
    >>> mp.nstr(best_equal_alpha(7, 10, 1.3, digits=4), 3)
    '1.01'
    """
    with workdps(2 * digits + 20):

        def mean(alpha: Any) -> Any:
            return sum(equal_alphas_error_rates(hidden, dim, outer_radius, alpha, digits=2 * digits + 5))

        low, high, ratio = mpf(1), mpf(4 * dim), (mp.sqrt(5) - 1) / 2
        points = [high - ratio * (high - low), low + ratio * (high - low)]
        values = [mean(p) for p in points]
        for _ in range(_GOLDEN_STEPS_PER_DIGIT * digits + 20):
            if values[0] < values[1]:
                high, points[1], values[1] = points[1], points[0], values[0]
                points[0] = high - ratio * (high - low)
                values[0] = mean(points[0])
            else:
                low, points[0], values[0] = points[0], points[1], values[1]
                points[1] = low + ratio * (high - low)
                values[1] = mean(points[1])
        return (low + high) / 2


def _spread(eigenvalues: Sequence[float], bias: float) -> int:
    """1 where sizes differ so much that a sum needs more digits than usual to be exact."""
    sizes = [abs(x) for x in (*eigenvalues, bias) if x]
    return int(bool(sizes) and max(sizes) > 1e20 * min(sizes))
