"""How numbers read on the page and in LaTeX."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..theory.basics.rounded_text import power_of_ten_rounded_out, rounded_out, rounded_up

SPHERES = ("inner", "outer")
NONE = "–"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLAIN_NUMBER = re.compile(r"(?<![\w.])(-?\d[\d.]*)e([+-]\d+)\b|(?<![\w.])-(?=\d)|(?<=10\^)-(?=\d)")


def number(value: float | None, digits: int = 4, side: int = 0) -> str:
    """A number with significant digits; a dash for None and NaN.

    A bound is rounded outwards: from above (``side`` 1) up, from below (-1) down.
    """
    if value is None or math.isnan(value):
        return NONE
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e15 and abs(value) >= 1):
        return typeset(f"{int(value):,}")
    return typeset(rounded(value, digits, side))


def rounded(value: float, digits: int = 4, side: int = 0) -> str:
    """A number in significant digits, with the zeros among them where it was rounded; a bound is rounded outwards.

    So the digits of a column line up, and a number that somebody chose, 0.1 say, stays as it was written.

    Examples
    --------
    >>> rounded(0.49996), rounded(0.1), rounded(0.53951, 3, 1), rounded(363.98, 3), rounded(1.1998e-7, 3)
    ('0.5000', '0.1', '0.540', '364', '1.20e-07')
    """
    short = rounded_out(value, side, digits) if side else f"{value:.{digits}g}"
    if math.isclose(float(short), value, rel_tol=1e-12):
        return short
    return f"{float(short):#.{digits}g}".rstrip(".")


def interval(low: float | None, high: float | None, digits: int = 4) -> str:
    """From a bound from below to one from above, rounded outwards; a dash where there is none."""
    return NONE if low is None or high is None else f"{number(low, digits, -1)} to {number(high, digits, 1)}"


def spread(values: Iterable[float | None], write: Callable[[float], str] = number) -> str:
    """From the least to the greatest of the numbers that are known; one where both read alike, a dash for none."""
    known = [value for value in values if value is not None]
    ends = [write(min(known)), write(max(known))] if known else [NONE]
    return ends[0] if ends[0] == ends[-1] else " to ".join(ends)


def of_seeds(rows: Iterable[Mapping[str, Any]]) -> str:
    """How many seeds a spread is of, "; least to greatest of 3 seeds"; nothing for one alone."""
    count = len({row.get("seed") for row in rows})
    return f"; least to greatest of {count} seeds" if count > 1 else ""


def typeset(text: str) -> str:
    """Text with its numbers as a page has them: with a minus sign, and a power of ten instead of an "e"."""
    return _PLAIN_NUMBER.sub(_typeset, text)


def _typeset(found: re.Match[str]) -> str:
    if found[2] is None:
        return "−"
    return f"{found[1].replace('-', '−')}×10{superscript(int(found[2]))}"


def superscript(exponent: int) -> str:
    """An integer in superscript digits."""
    return str(exponent).translate(_SUPERSCRIPT)


def rate(log10: float | None, digits: int = 2, side: int = 0) -> str:
    """An error rate, given as its decimal logarithm, however small; a dash for None and NaN, 0 for an exact zero.

    A bound is rounded outwards: from above (``side`` 1) up, from below (-1) down.
    """
    if log10 is None or math.isnan(log10):
        return NONE
    if log10 == -math.inf:
        return "0"
    if side:
        return typeset(power_of_ten_rounded_out(log10, side, digits))
    if log10 > -3:
        return number(10.0**log10, digits)
    exponent = math.floor(log10)
    mantissa = f"{10.0 ** (log10 - exponent):.{digits - 1}f}"
    if mantissa.startswith("10"):
        exponent, mantissa = exponent + 1, f"{1:.{digits - 1}f}"
    return f"{mantissa}×10{superscript(exponent)}"


def one_in(log10: float) -> str:
    """How many points there are to one error, in words, to two digits: "510 million"."""
    count = 10.0 ** -min(log10, 0.0)
    if not count < 1e15:
        return f"10{superscript(round(-log10))}" if log10 > -math.inf else "∞"
    digits = max(math.floor(math.log10(count)) - 1, 0)
    whole = round(count / 10**digits) * 10**digits
    for size, word in ((10**12, "trillion"), (10**9, "billion"), (10**6, "million")):
        if whole >= size:
            return f"{whole / size:g} {word}"
    return f"{whole:,}"


def signed(value: float, digits: int = 2) -> str:
    """A number with so many decimals and a proper minus sign."""
    return typeset(f"{value:.{digits}f}")


def log10_number(value: float | None, *, no_errors: bool, upper_bound: bool = False) -> str:
    """A decimal logarithm; the exact zero in words. An upper bound is rounded up."""
    if value is None:
        return "no errors" if no_errors else NONE
    return typeset(rounded_up(value, places=3) if upper_bound else f"{value:.3f}")


def counted(count: int, noun: str) -> str:
    """A count with its noun, in the plural but for one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
