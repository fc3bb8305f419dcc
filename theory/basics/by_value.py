"""Frozen dataclasses with arrays as values: equal by content, usable in sets, out of reach of the caller's arrays.

Their reprs tell the shapes of arrays, not the entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHOWN = 6
"""Entries of the longest array that a repr shows in full."""


class ShortRepr:
    """Base of dataclasses whose repr stays short: of an array it tells type and shape.

    A subclass keeps the ``__repr__`` that it inherits: none is made by ``@dataclass``.

    Examples
    --------
    >>> from adversarial_spheres import Record
    >>> Record("lengths", {"unit": "m"}, {"length": np.ones(5000)})
    Record(kind='lengths', values={'unit': 'm'}, arrays={'length': <float64 of shape (5000,)>})
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__repr__" not in vars(cls):
            cls.__repr__ = cls.__repr__  # type: ignore[method-assign]  # its own now, which @dataclass leaves alone

    def __repr__(self) -> str:
        shown = [f"{field.name}={_short(getattr(self, field.name))}" for field in fields(self) if field.repr]  # type: ignore[arg-type]
        return f"{type(self).__qualname__}({', '.join(shown)})"


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.size > SHOWN:
        return f"<{value.dtype} of shape {value.shape}>"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key!r}: {_short(entry)}' for key, entry in value.items())}}}"
    return repr(value)


class ByValue(ShortRepr):
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
