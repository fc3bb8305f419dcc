"""Frozen dataclasses with arrays as values: equal by content, usable in sets, out of reach of the caller's arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray


class ByValue:
    """Base of frozen dataclasses (``eq=False``) with arrays among their fields: ``==`` and ``hash`` by value.

    Two are equal where they are of one class and all fields are equal: arrays in shape, type and every entry (0 and -0
    are equal, and so is a NaN to the same NaN).

    Examples
    --------
    >>> from adversarial_spheres import QuadraticClassifier
    >>> first, second = (QuadraticClassifier.from_alphas([0.9, 1.1]) for _ in range(2))
    >>> first == second, len({first, second}), first == QuadraticClassifier.from_alphas([0.9, 1.2])
    (True, 1, False)
    """

    def __eq__(self, other: object) -> bool:
        return _content(self) == _content(other) if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        return hash(_content(self))


def frozen_copy(value: Any) -> Any:
    """A copy of an array that nobody can write on; numbers as they are.

    Examples
    --------
    >>> mine = np.ones(2)
    >>> copy = frozen_copy(mine)
    >>> mine[0] = 3.0
    >>> copy.tolist(), copy.flags.writeable
    ([1.0, 1.0], False)
    """
    if not isinstance(value, np.ndarray):
        return value
    copy: NDArray[Any] = value.copy()
    copy.setflags(write=False)
    return copy


def _content(value: Any) -> Any:
    """What tells values from each other, as something that can be compared and hashed."""
    if isinstance(value, ByValue):
        return type(value), *(_content(getattr(value, field.name)) for field in fields(value))  # type: ignore[arg-type]
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, np.add(value, 0).tobytes()  # -0 becomes 0
    if isinstance(value, Mapping):
        return frozenset((name, _content(entry)) for name, entry in value.items())
    if isinstance(value, tuple | list):
        return tuple(map(_content, value))
    return value
