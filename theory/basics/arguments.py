"""Checks of arguments that only this room needs: integers, single numbers and precisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import index
from types import UnionType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .errors import InvalidArgumentError
from .validation import check_dim

__all__ = [
    "Progress",
    "RealArray",
    "check_dtype",
    "check_function",
    "check_instance",
    "check_integer",
    "check_key",
    "check_progress",
    "check_sequence",
    "check_single",
    "check_word",
    "single_dim",
]

Progress: TypeAlias = Callable[[str, int, int, str], None]
"""Called with the name of a stage, how much of it is done, how much there is at most, and a note."""
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
        if isinstance(dtype, type | str | np.dtype) and dtype in (known, np.dtype(known).name):
            return np.dtype(known)
    raise InvalidArgumentError("dtype", dtype, "float32 or float64")


def check_integer(name: str, value: int, low: int, high: int | None = None, words: str | None = None) -> int:
    """Return an integer of at least ``low``, and at most ``high`` where there is such a limit.

    ``words`` describe the range where its numbers would be long.

    Raises
    ------
    InvalidArgumentError
        ``value`` is not an integer (neither True nor a float with an integer value is one) or lies outside the range.

    Examples
    --------
    >>> check_integer("samples", 3, 1)
    3
    """
    allowed = f"an integer of at least {low}" if high is None else f"an integer in {words or f'[{low}, {high}]'}"
    try:
        number = index(value)
    except TypeError as error:
        raise InvalidArgumentError(name, value, allowed) from error
    if isinstance(value, bool) or number < low or (high is not None and number > high):
        raise InvalidArgumentError(name, value, allowed)
    return number


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


def single_dim(dim: int, *, minimum: int = 2, name: str = "dim") -> int:
    """Return a single ambient dimension, an integer in [minimum, 10^9]."""
    return int(check_single(name, check_dim(dim, minimum=minimum, name=name)))


def check_word(name: str, value: str, known: Sequence[str], allowed: str | None = None) -> None:
    """Refuse what is not one of a few words, whatever it is instead: an array of words is none.

    Parameters
    ----------
    name, value, known
        The argument, what was given, and the words.
    allowed
        The words in words; default: all of them, in quotation marks.

    Raises
    ------
    InvalidArgumentError
        It is something else.

    Examples
    --------
    >>> check_word("init", "best", ("random", "perfect"))
    Traceback (most recent call last):
    adversarial_spheres.theory.basics.errors.InvalidArgumentError: init must be "random" or "perfect", got 'best'
    """
    if not (isinstance(value, str) and value in known):
        raise InvalidArgumentError(name, value, allowed or " or ".join(f'"{word}"' for word in known))


def check_function(name: str, value: object) -> None:
    """Refuse what is neither None nor can be called."""
    if value is not None and not callable(value):
        raise InvalidArgumentError(name, value, "None or a function")


def check_instance(name: str, value: object, kind: type | UnionType | tuple[type, ...], words: str) -> None:
    """Refuse a value that is not of a type; ``words`` describe what is.

    Raises
    ------
    InvalidArgumentError
        It is of another type.
    """
    if not isinstance(value, kind):
        raise InvalidArgumentError(name, value, words)


def check_progress(progress: object) -> None:
    """Refuse a ``progress`` that cannot be called."""
    check_function("progress", progress)


def check_key(key: int | tuple[int, ...]) -> tuple[int, ...]:
    """Return a key of a stream, one integer or several in [0, 2^32), as a tuple."""
    words = key if isinstance(key, tuple | list) else (key,)
    return tuple(check_integer("key", word, 0, 2**32 - 1, "[0, 2^32)") for word in words)


def check_sequence(name: str, values: object, kind: type | UnionType | tuple[type, ...], words: str) -> None:
    """Refuse what is not a tuple or list whose members are all of a type."""
    if not isinstance(values, tuple | list) or not all(isinstance(value, kind) for value in values):
        raise InvalidArgumentError(name, values, words)
