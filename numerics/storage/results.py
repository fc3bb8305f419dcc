"""Results in hand: as plain values, as a frame of pandas, and as a small table where one is shown.

A class says what it holds (``to_dict``), the rows of its frame where it has other ones, and what of it is shown; all
else stands here. Plain values have the stable keys of records and of the command line: what is infinite or undefined is
None, and a decimal logarithm is None for an exact zero only, never for an underflow.
"""

from __future__ import annotations

import html
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ...theory.basics.by_value import ShortRepr
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.rounded_text import confidence_text, rounded_down, rounded_up

__all__ = ["Result", "aligned", "at_least", "at_most", "between", "finite_or_none", "probability_values", "sure"]

DIGITS = 4
MOST_ROWS = 20
NONE = "–"


def finite_or_none(value: float) -> float | None:
    """The value, or None where it is infinite or not a number."""
    return float(value) if math.isfinite(value) else None


def probability_values(probability: LogProbability, name: str) -> dict[str, Any]:
    """Keys ``name`` and ``log10_name``."""
    return {name: float(probability), f"log10_{name}": finite_or_none(float(probability.log10))}


def at_least(value: float | None) -> str:
    """A lower bound as it is shown, rounded down."""
    return _as_text(value, partial(rounded_down, digits=DIGITS))


def at_most(value: float | None) -> str:
    """An upper bound as it is shown, rounded up."""
    return _as_text(value, partial(rounded_up, digits=DIGITS))


def between(low: float | None, high: float | None, digits: int = DIGITS) -> str:
    """A value as it is shown: a number, or the interval that it lies in where ``high`` is above ``low``.

    Examples
    --------
    >>> between(1.25, 1.25), between(1.04119, 1.87001), between(None, None)
    ('1.25', '1.041 to 1.871', '–')
    """
    if low is None:
        return NONE
    if high is None or high <= low:
        return f"{low:.{digits}g}"
    return f"{rounded_down(low, digits)} to {rounded_up(high, digits)}"


def sure(confidence: float) -> str:
    """A confidence as it is shown: every 9 of it, and 1 for a proof alone."""
    return _as_text(confidence, confidence_text)


def _as_text(value: Any, text: Callable[[Any], str]) -> str:
    try:
        return text(value)
    except (TypeError, ValueError, ArithmeticError):  # None, or what a user has put there
        return _cell(value)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table, columns two spaces apart.

    Examples
    --------
    >>> aligned([("", "inner"), ("exact", "10^-12.24")])
    ['         inner', '  exact  10^-12.24']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [("  " + "  ".join(map(str.ljust, row, widths))).rstrip() for row in rows]


class Result(ShortRepr, ABC):
    """Base of what functions return: one thing, or a list of things that are shown as a table.

    Examples
    --------
    >>> from adversarial_spheres.numerics.statistics.intervals import clopper_pearson_interval
    >>> clopper_pearson_interval(3, 1000, 0.99)
    Interval(low=0.0003381, high=0.01094, confidence=0.99, method=Clopper-Pearson)
    """

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; infinities and NaN are None."""

    def _rows(self) -> list[dict[str, Any]]:
        """Rows of the frame; a nested value has a column of its own, "observed.mean" for instance."""
        return [self.to_dict()]

    @abstractmethod
    def _shown(self) -> dict[str, Any] | list[dict[str, Any]]:
        """What is shown: of one thing its values, else a row for each thing. Numbers get four digits, text stays."""

    def _heading(self) -> str:
        """What stands above a table."""
        return type(self).__name__

    def _notes(self, rows: Sequence[Any]) -> list[str]:
        """What stands below a table."""
        return [f"and {len(rows) - MOST_ROWS:,} rows more: see to_frame()"] if len(rows) > MOST_ROWS else []

    def to_frame(self) -> Any:
        """A frame of pandas (extra ``pandas``), a row for each thing.

        Raises
        ------
        ImportError
            pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise ImportError('to_frame needs pandas: pip install "adversarial-spheres[pandas]"') from error
        return pandas.json_normalize(self._rows())

    def __repr__(self) -> str:
        shown = self._shown()
        if isinstance(shown, Mapping):
            return f"{type(self).__name__}({', '.join(f'{name}={_cell(value)}' for name, value in shown.items())})"
        return "\n".join([self._heading(), *aligned(_table(shown)), *self._notes(shown)])

    def _repr_html_(self) -> str:
        """The table of a notebook."""
        shown = self._shown()
        one = isinstance(shown, Mapping)
        rows = [[name, _cell(value)] for name, value in shown.items()] if isinstance(shown, Mapping) else _table(shown)
        lines = [_html_row(row, heads=1 if one else len(row) * (index == 0)) for index, row in enumerate(rows)]
        notes = [] if isinstance(shown, Mapping) else [f"<p>{html.escape(note)}</p>" for note in self._notes(shown)]
        caption = f"<caption>{html.escape(self._heading())}</caption>"
        return "\n".join(["<table>", caption, *lines, "</table>", *notes])


def _table(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Names, and the first rows as text."""
    return [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows[:MOST_ROWS])] if rows else []


def _html_row(cells: Sequence[str], *, heads: int) -> str:
    kinds = ["th" if place < heads else "td" for place in range(len(cells))]
    return "<tr>" + "".join(f"<{k}>{html.escape(c)}</{k}>" for k, c in zip(kinds, cells, strict=True)) + "</tr>"


def _cell(value: Any) -> str:
    if value is None:
        return NONE
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return value if isinstance(value, str) else repr(value)
