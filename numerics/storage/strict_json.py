"""JSON that is taken literally or refused: a name that stands twice, NaN, or a number that no double holds.

Python's reader takes the last of two equal names, reads 1e400 as infinity and 1e-400 as zero, and ends with a
RecursionError where brackets are nested deeply.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def exact_number(text: str) -> float:
    """A number as people write it: digits, a point, an exponent; rounded to the nearest double.

    Raises
    ------
    ValueError
        It is no such number; it is a whole number that no double holds; or its size is none that doubles hold in full:
        a number that is not zero never becomes zero. The message says which. Below 2.3e-308, where digits are lost, a
        number is taken only if it is the shortest text of its double, as programs write it.

    Examples
    --------
    >>> exact_number("1.25e-1")
    0.125
    >>> exact_number("1_0")
    Traceback (most recent call last):
    ValueError: '1_0' is no number of digits, a point and an exponent
    """
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{shown(text)} is no number of digits, a point and an exponent")
    number = float(text)
    if sys.float_info.min <= abs(number) < 2.0**53:
        return number
    digits = text.lstrip("+-0")
    if math.isinf(number) or _is_underflow(text, number):
        raise ValueError(f"{shown(text)} is no size that doubles hold in full, from 2.3e-308 to 1.7e308, or 0")
    if digits.isdigit() and int(digits) != abs(number):
        raise ValueError(f"{shown(text)} is a whole number that no double holds (all are held up to 2^53)")
    return number


def _is_underflow(text: str, number: float) -> bool:
    """Whether digits are lost below the smallest normal double; the shortest text of a double there loses none."""
    if abs(number) >= sys.float_info.min or not re.search("[1-9]", re.split("[eE]", text)[0]):
        return False
    return number == 0.0 or Decimal(text) != Decimal(repr(number))


def shown(text: str) -> str:
    """Text as it can stand in a line, a long one shortened."""
    return ascii(text if len(text) <= 24 else f"{text[:16]}...{text[-5:]}")


def read_json(
    data: bytes,
    *,
    number: Callable[[str], Any] | None = None,
    members: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> Any:
    """The value that a JSON text in UTF-8 holds.

    Parameters
    ----------
    data
        The text; a byte-order mark before it is no part of it.
    number
        What a number is read with; None: integers as integers, others as :func:`exact_number` does.
    members
        What is made of each object.

    Raises
    ------
    ValueError
        It is no JSON, or cannot be taken literally; the message says what stands in the way.

    Examples
    --------
    >>> read_json(b'{"a": [1, 0.5]}')
    {'a': [1, 0.5]}
    >>> read_json(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ValueError: the name 'a' stands there twice
    """

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for name, value in found:
            if name in content:
                raise ValueError(f"the name {shown(name)} stands there twice")
            content[name] = value
        return members(content)

    try:
        return json.loads(
            data.decode("utf-8-sig"),
            parse_float=number or exact_number,
            parse_int=number or int,
            parse_constant=_refuse_constant,
            object_pairs_hook=pairs,
        )
    except RecursionError as error:
        raise ValueError("its brackets are nested too deeply") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"it is no text in UTF-8: byte {error.start + 1}") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
