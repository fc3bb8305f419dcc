"""Bounds in few digits, rounded outwards: what is printed of an upper bound is never below it, of a lower never above.

A double is taken for the number that it is printed as in full (``repr``), which is what records and ``--json`` hold:
0.1 stays 0.1. So ``float(rounded_up(x)) >= x`` and ``float(rounded_down(x)) <= x`` for every double.
"""

from __future__ import annotations

import math
from decimal import MAX_EMAX, MIN_EMIN, ROUND_CEILING, ROUND_FLOOR, ROUND_UP, Context, Decimal

DIGITS = 6
"""Significant digits of a bound in text."""
_WIDE = Context(prec=40, Emax=MAX_EMAX, Emin=MIN_EMIN)
_FINE, _ROUNDING = Decimal("1e-12"), Decimal("1e-15")
"""Probabilities of being wrong above the first are told without what rounding adds."""
_LN10 = _WIDE.ln(Decimal(10))
_AS_A_POWER_BELOW = Decimal(-300)  # log10 of the probabilities that are printed as a power of ten


def rounded_up(value: float, digits: int = DIGITS, *, places: int | None = None) -> str:
    """An upper bound in ``digits`` significant digits, or with ``places`` decimals: the least such number >= value.

    Examples
    --------
    >>> rounded_up(0.2116451624), rounded_up(-30.3896969, 4), rounded_up(0.5), rounded_up(2.1e-7, places=3)
    ('0.211646', '-30.38', '0.5', '0.001')
    """
    return _rounded(Decimal(repr(float(value))), ROUND_CEILING, digits, places)


def rounded_down(value: float, digits: int = DIGITS, *, places: int | None = None) -> str:
    """A lower bound in ``digits`` significant digits, or with ``places`` decimals: the largest such number <= value.

    Examples
    --------
    >>> rounded_down(0.2116451624), rounded_down(-30.3896969, 4), rounded_down(0.5), rounded_down(2.1e-7, places=3)
    ('0.211645', '-30.39', '0.5', '0.000')
    """
    return _rounded(Decimal(repr(float(value))), ROUND_FLOOR, digits, places)


def rounded_out(value: float, side: int, digits: int = DIGITS) -> str:
    """A bound from above (``side`` > 0) rounded up, from below (else) rounded down.

    Examples
    --------
    >>> rounded_out(0.2116451624, 1), rounded_out(0.2116451624, -1)
    ('0.211646', '0.211645')
    """
    return rounded_up(value, digits) if side > 0 else rounded_down(value, digits)


def probability_rounded_up(log_probability: float, digits: int = DIGITS) -> str:
    """An upper bound of a probability, given as its natural logarithm; a power of ten where it is tiny.

    Examples
    --------
    >>> probability_rounded_up(-11.87641), probability_rounded_up(-1e6), probability_rounded_up(-float("inf"))
    ('6.95249e-06', '10^-434294', '0')
    """
    return _probability(log_probability, ROUND_CEILING, digits)


def probability_rounded_down(log_probability: float, digits: int = DIGITS) -> str:
    """A lower bound of a probability, given as its natural logarithm; a power of ten where it is tiny.

    Examples
    --------
    >>> probability_rounded_down(-11.87641), probability_rounded_down(-1e6), probability_rounded_down(0.0)
    ('6.95248e-06', '10^-434295', '1')
    """
    return _probability(log_probability, ROUND_FLOOR, digits)


def power_of_ten_rounded_out(log10: float, side: int, digits: int = DIGITS) -> str:
    """A number given as its decimal logarithm, however small: from above (``side`` > 0) rounded up, else down.

    Examples
    --------
    >>> power_of_ten_rounded_out(-30.38969696, 1, 3), power_of_ten_rounded_out(-1000.5, -1, 2)
    ('4.08e-31', '3.1e-1001')
    """
    rounding = ROUND_CEILING if side > 0 else ROUND_FLOOR
    power = _WIDE.power(Decimal(10), Decimal(repr(float(log10))))
    if not float(log10).is_integer():
        power = _WIDE.next_plus(power) if side > 0 else _WIDE.next_minus(power)
    return _rounded(power, rounding, digits, None)


def confidence_text(confidence: float) -> str:
    """A confidence in words: "1", which means proof, for exactly 1 alone; any other rounded down.

    The probability of being wrong is told to three digits, so that every 9 of the confidence is seen.

    Examples
    --------
    >>> [confidence_text(value) for value in (1.0, 0.9999996, 0.995, 1 - 0.01 / 12, 0.5)]
    ['1', '0.9999996', '0.995', '0.999166', '0.5']
    """
    if confidence == 1.0:
        return "1"
    wrong = 1 - Decimal(repr(float(confidence)))
    if wrong > _FINE:  # 0.1 + 0.2 is no more than 0.3
        wrong = wrong.quantize(_ROUNDING)
    upwards = wrong.quantize(Decimal(1).scaleb(wrong.adjusted() - 2), ROUND_UP)
    return f"{(1 - upwards).normalize():f}"


def confidence_percent(confidence: float) -> str:
    """A confidence in percent, as :func:`confidence_text` tells it: "100%" for exactly 1 alone.

    Examples
    --------
    >>> confidence_percent(0.99), confidence_percent(0.999)
    ('99%', '99.9%')
    """
    return f"{(100 * Decimal(confidence_text(confidence))).normalize():f}%"


def _probability(log_probability: float, rounding: str, digits: int) -> str:
    if log_probability == -math.inf:
        return "0"
    if log_probability == 0.0:
        return "1"
    log = Decimal(repr(float(log_probability)))
    log10 = _WIDE.divide(log, _LN10)
    # Neither is a decimal: a step beyond the last of 40 digits is beyond the value.
    beyond = _WIDE.next_plus if rounding == ROUND_CEILING else _WIDE.next_minus
    if log10 < _AS_A_POWER_BELOW:
        return f"10^{_rounded(beyond(log10), rounding, digits, None)}"
    return _rounded(min(beyond(_WIDE.exp(log)), Decimal(1)), rounding, digits, None)


def probability_words(log_probability: float) -> str:
    """A probability, given as its natural logarithm, to six digits: 0, a plain number, or a power of ten."""
    if log_probability == -math.inf:
        return "0"
    log10 = log_probability / math.log(10.0)
    return f"{10.0**log10:.6g}" if log10 > -300.0 else f"10^{log10:.6g}"


def _rounded(exact: Decimal, rounding: str, digits: int, places: int | None) -> str:
    if not exact.is_finite():
        return f"{float(exact):g}"
    if places is not None:
        return f"{exact.quantize(Decimal(1).scaleb(-places), rounding, Context(prec=1000)):zf}"
    return _general(Context(prec=digits, rounding=rounding, Emax=MAX_EMAX, Emin=MIN_EMIN).plus(exact), digits)


def _general(number: Decimal, digits: int) -> str:
    """A decimal in the form of ``format(x, "g")``, which for decimals chooses other exponents."""
    short, exponent = number.normalize(), number.adjusted()
    if not short:
        return "0"
    if -5 < exponent < digits:
        return f"{short:f}"
    return f"{short.scaleb(-exponent):f}e{exponent:+03d}"
