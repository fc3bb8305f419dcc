"""Checks of arguments that only this room needs: integers, single numbers and precisions."""

from __future__ import annotations

from operator import index
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ..theory.errors import InvalidArgumentError
from ..theory.validation import check_finite

RealArray: TypeAlias = NDArray[np.floating[Any]]
"""An array of float32 or float64."""


def check_dtype(dtype: DTypeLike) -> np.dtype[np.floating[Any]]:
    """Return float32 or float64 as a dtype.

    Raises
    ------
    InvalidArgumentError
        Another type is asked for.
    """
    for known in (np.float32, np.float64):
        if dtype in (known, np.dtype(known).name):
            return np.dtype(known)
    raise InvalidArgumentError("dtype", dtype, "float32 or float64")


def check_integer(name: str, value: int, low: int, high: int | None = None, words: str | None = None) -> int:
    """Return an integer of at least ``low``, and at most ``high`` where there is such a limit.

    ``words`` describe the range where its numbers would be long.

    Raises
    ------
    InvalidArgumentError
        ``value`` is not an integer (neither True nor a float with an integer value is one) or lies outside the range.
    """
    allowed = f"an integer of at least {low}" if high is None else f"an integer in {words or f'[{low}, {high}]'}"
    try:
        number = index(value)
    except TypeError as error:
        raise InvalidArgumentError(name, value, allowed) from error
    if isinstance(value, bool) or number < low or (high is not None and number > high):
        raise InvalidArgumentError(name, value, allowed)
    return number


def check_number(name: str, value: ArrayLike) -> float:
    """Return a single finite number.

    Raises
    ------
    InvalidArgumentError
        ``value`` is an array, not a number or not finite.
    """
    return check_single(name, check_finite(name, value))


def check_single(name: str, value: ArrayLike) -> float:
    """Return a number that has been checked otherwise, where it is a single one.

    Raises
    ------
    InvalidArgumentError
        ``value`` is an array.
    """
    if np.ndim(value):
        raise InvalidArgumentError(name, np.shape(value), "a single number")
    return float(np.asarray(value))
