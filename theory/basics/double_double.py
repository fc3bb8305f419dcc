"""Double-double arithmetic: a number as the unevaluated sum of two doubles, about 32 digits.

Only what the exact tails need. ``two_sum`` and ``two_product`` are error-free transformations (Knuth; Dekker and
Veltkamp): the sum of the two results is exactly the sum or product of the arguments, as long as nothing overflows
and no low part underflows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from .validation import FloatArray

Pair: TypeAlias = tuple[FloatArray, FloatArray]
"""(high, low): the number is high + low, with high the double nearest to it."""

_SPLITTER = 134217729.0  # 2^27 + 1
_LOG_2_HIGH = 6.93147180369123816490e-01  # the leading 33 bits of log 2: an integer below 2^20 times it is exact
_LOG_2_LOW = 1.90821492927058770002e-10


def two_sum(a: FloatArray, b: FloatArray) -> Pair:
    """The exact sum of two doubles.

    Examples
    --------
    >>> [float(x) for x in two_sum(np.float64(1.0), np.float64(1e-20))]
    [1.0, 1e-20]
    """
    total = a + b
    shadow = total - a
    return total, (a - (total - shadow)) + (b - shadow)


def fast_two_sum(a: FloatArray, b: FloatArray) -> Pair:
    """The exact sum of two doubles with abs(a) >= abs(b).

    Examples
    --------
    >>> [float(x) for x in fast_two_sum(np.float64(1.0), np.float64(1e-20))]
    [1.0, 1e-20]
    """
    total = a + b
    return total, b - (total - a)


def split(a: FloatArray) -> Pair:
    """The double as the sum of two numbers of at most 26 bits each; abs(a) below 1e300.

    Examples
    --------
    >>> high, low = split(np.float64(0.1))
    >>> float(high + low), bool(abs(low) < 1e-8)
    (0.1, True)
    """
    scaled = _SPLITTER * a
    high = scaled - (scaled - a)
    return high, a - high


def two_product(a: FloatArray, b: FloatArray) -> Pair:
    """The exact product of two doubles below 1e150 in size.

    Examples
    --------
    >>> [float(x) for x in two_product(np.float64(1.0 + 2.0**-30), np.float64(1.0 - 2.0**-30))]  # 1 - 2^-60
    [1.0, -8.673617379884035e-19]
    """
    product = a * b
    a_high, a_low = split(a)
    b_high, b_low = split(b)
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, error


def accurate_sum(terms: Sequence[FloatArray]) -> FloatArray:
    """The sum of doubles as if in four times the working precision, then rounded ([ORO2005], algorithm SumK).

    Parameters
    ----------
    terms
        Arrays of one shape; no sum of some of them overflows.

    Returns
    -------
    ndarray
        For up to eight terms the error is at most 2^-52 times the sum and 2^-190 times the largest term. So it is less
        than the sum itself, and 0 where the sum is, where all terms are multiples of 2^-189 times the largest.

    Examples
    --------
    >>> float(accurate_sum([np.float64(x) for x in (1.0, 1e-30, -1.0, 1e-47, -1e-30)]))
    1e-47
    """
    values = list(terms)
    for _ in range(3):
        for i in range(1, len(values)):
            values[i], values[i - 1] = two_sum(values[i], values[i - 1])
    return sum(values[:-1], np.zeros_like(values[-1])) + values[-1]


def rounded_sum(terms: FloatArray, largest: FloatArray | float, scratch: FloatArray) -> FloatArray:
    """The sum over the last axis to about one rounding of the result.

    A term is cut in two. All high parts are multiples of so large a number that their sum is exact, in any order; the
    low parts are so small that the rounding of theirs does not matter.

    Parameters
    ----------
    terms
        (..., d), at most ``largest`` in size; they are overwritten.
    scratch
        Working memory of the same shape.

    Examples
    --------
    >>> terms = np.array([1.0, 2.0**-52, 2.0**-53, 2.0**-53, -1.0])
    >>> float(rounded_sum(terms, 1.0, np.empty(5))) == 2.0**-51
    True
    """
    shift = 1.5 * largest * 2.0 ** np.ceil(np.log2(terms.shape[-1]))
    np.add(terms, shift, out=scratch)
    scratch -= shift
    terms -= scratch
    return np.asarray(scratch.sum(axis=-1) + terms.sum(axis=-1))


def multiply(a: Pair, b: Pair) -> Pair:
    """Product, relative error about 2^-102.

    Examples
    --------
    >>> third = divide((np.float64(1.0), np.float64(0.0)), np.float64(3.0))
    >>> high, low = multiply(third, (np.float64(3.0), np.float64(0.0)))
    >>> float(high), bool(abs(low) < 1e-31)
    (1.0, True)
    """
    high, low = two_product(a[0], b[0])
    return fast_two_sum(high, low + (a[0] * b[1] + a[1] * b[0]))


def divide(a: Pair, b: FloatArray) -> Pair:
    """Quotient by a double, relative error about 2^-102.

    Examples
    --------
    >>> [float(x) for x in divide((np.float64(1.0), np.float64(0.0)), np.float64(3.0))]
    [0.3333333333333333, 1.850371707708594e-17]
    """
    quotient = a[0] / b
    product, error = two_product(quotient, b)
    return fast_two_sum(quotient, (((a[0] - product) - error) + a[1]) / b)


def log_product(factors: Pair, exponent: FloatArray) -> FloatArray:
    """log(2^exponent prod_i factor_i) over the last axis, to one rounding of the result.

    A sum of d logarithms carries d rounding errors, which add up coherently where factors repeat; a product in
    double-double arithmetic, with the powers of two taken out, carries none that show.

    Parameters
    ----------
    factors
        Positive, between 2^-500 and 2^500; shape (..., d) each.
    exponent
        Integers, shape (...), added to the binary exponent.

    Examples
    --------
    >>> factors = np.full(4, 2.0), np.zeros(4)
    >>> print(f"{log_product(factors, np.array(0.0)):.15f}")  # 4 log 2
    2.772588722239781
    """
    high, low = factors
    exponent = np.array(exponent, dtype=np.float64)
    while high.shape[-1] > 1:
        half, whole = (high.shape[-1] + 1) // 2, high.shape[-1]
        pairs = whole - half
        product = multiply((high[..., :pairs], low[..., :pairs]), (high[..., half:], low[..., half:]))
        high, low = (
            np.concatenate([p, x[..., pairs:half]], axis=-1) for p, x in zip(product, (high, low), strict=True)
        )
        high, power = np.frexp(high)
        low = np.ldexp(low, -power)
        exponent += power.sum(axis=-1)
    high, low = high[..., 0], low[..., 0]
    rest: FloatArray = np.log(high) + (low / high + exponent * _LOG_2_LOW)
    return exponent * _LOG_2_HIGH + rest
