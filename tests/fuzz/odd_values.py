"""Values of all kinds for the arguments of public functions, each made anew, with what it must be taken for.

``REFUSED`` says that no argument that is a number takes it; a number says that it means just that number, so that a
function either refuses it or answers as for that plain float; ``None`` says nothing.
"""

from __future__ import annotations

import decimal
import fractions
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

REFUSED = "refused"


@dataclass(frozen=True)
class Odd:
    """A value: the expression that makes it, and what it means as a number."""

    text: str
    means: float | str | None = None

    def make(self) -> Any:
        """The value, new each time."""
        return eval(self.text, {"np": np, **NAMES})


class Real(float):
    """A float by inheritance."""


class Answering:
    """Has every method and attribute that is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self


class Shouting:
    """Raises whatever is asked of it, even its name."""

    def __repr__(self) -> str:
        raise RuntimeError("no name")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no array")

    def __len__(self) -> int:
        raise RuntimeError("no length")


def _frozen(array: Any) -> Any:
    array.setflags(write=False)
    return array


def _loop() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


NAMES: dict[str, Any] = {
    "Decimal": decimal.Decimal,
    "Fraction": fractions.Fraction,
    "Real": Real,
    "Answering": Answering,
    "Shouting": Shouting,
    "frozen": _frozen,
    "loop": _loop,
}
NO_NUMBERS = (
    *(
        "'0.5'",
        "''",
        "b'0.5'",
        "'\\x00'",
        "'a\\nb'",
        "{}",
        "{'a': 1}",
        "set()",
        "object()",
        "object",
        "len",
        "iter([0.5])",
    ),
    *(
        "0.5j",
        "np.complex128(0.5)",
        "np.array([0.5j])",
        "np.str_('0.5')",
        "np.array(['0.5', '1'])",
        "np.datetime64('2020')",
    ),
    *("np.timedelta64(1, 's')", "np.array([None, 1.0])", "np.array([object()])", "[[0.5], [0.5, 0.6]]", "loop()"),
    *("np.ma.array([0.5, 0.6], mask=[True, False])", "Shouting()", "Answering()", "NotImplemented", "..."),
    *("float('nan')", "np.array([0.5, np.nan])", "np.float32('nan')", "Decimal('nan')", "np.longdouble('1e-400')"),
    *("np.array([np.longdouble('1e400')])", "np.rec.array([(1, 2.0)])", "10**400", "-(10**400)", "[10**400, 1]"),
)
NUMBERS: dict[str, float] = {
    "np.float64(0.5)": 0.5,
    "np.float32(0.5)": 0.5,
    "np.float16(0.5)": 0.5,
    "np.longdouble(0.5)": 0.5,
    "Real(0.5)": 0.5,
    "Fraction(1, 2)": 0.5,
    "Decimal('0.5')": 0.5,
    "np.array(0.5)": 0.5,
    "np.array(0.5, dtype='>f8')": 0.5,
    "np.array(3, dtype='>i2')": 3,
    "np.int8(3)": 3,
    "np.uint64(3)": 3,
    "np.int64(5)": 5,
    "5": 5,
    "5.0": 5,
}
OTHERS = (
    *(
        "None",
        "True",
        "False",
        "np.True_",
        "0",
        "-1",
        "1",
        "2",
        "0.0",
        "-0.0",
        "1.0",
        "1e-320",
        "1e-17",
        "1 - 1e-16",
        "1e308",
    ),
    *("float('inf')", "-float('inf')", "2**53 + 1", "np.int64(2**53 + 1)", "2**64", "10**30", "-(10**30)"),
    *(
        "[]",
        "()",
        "np.array([])",
        "np.zeros((0, 3))",
        "np.zeros((3, 0))",
        "[0.5]",
        "(0.5, 0.6)",
        "[[0.5, 0.6]]",
        "range(3)",
    ),
    *("np.array([[0.5, 0.6], [0.7, 0.8]])[:, ::-1]", "frozen(np.array([0.5, 0.6]))", "np.zeros((2, 2, 2, 2))"),
    *(
        "np.array([0.5, 0.6], dtype='>f4')",
        "np.array([True, False])",
        "np.broadcast_to(0.5, (3,))",
        "np.full(3, 1e308)",
    ),
    *(
        "np.array([1e-308, 1e308])",
        "np.array([0.0, -0.0])",
        "np.array([np.inf, 1.0])",
        "np.arange(5)",
        "'inner'",
        "'outer'",
    ),
    *(
        "'INNER'",
        "'geodesic'",
        "'euclidean'",
        "'at most'",
        "'x' * 500",
        "'\\udcff'",
        "'missing.npy'",
        "'..'",
        "'/dev/zero'",
    ),
)
ODD: tuple[Odd, ...] = (
    *(Odd(text, REFUSED) for text in NO_NUMBERS),
    *(Odd(text, value) for text, value in NUMBERS.items()),
    *(Odd(text) for text in OTHERS),
)
Maker = Callable[[], dict[str, Any]]
