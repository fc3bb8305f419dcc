"""Limits of what a check may cost: questions to the model, and seconds.

A :class:`Meter` counts every point that a model is asked about (a gradient counts as one) and is asked before each
batch whether it may go on. Where it may not, :class:`LimitReachedError` ends whatever asked; whoever collects evidence
catches it, keeps what is sound, and says which limit it was. It never leaves the package.

A limit of queries stops the same check at the same place every time. A limit of seconds cannot: it depends on the
machine and on what else runs there.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Any, Literal, NoReturn, TypeAlias

from ...theory.basics.arguments import check_integer, check_single
from ...theory.basics.validation import check_range

LimitName: TypeAlias = Literal["max_queries", "max_seconds"]


class LimitReachedError(Exception):
    """A limit was reached: what was being done is broken off.

    Parameters
    ----------
    limit
        The argument that set it.
    done
        What was done until then, in words.
    samples
        How many points of the sample are known; the evidence that is left.
    """

    def __init__(self, limit: LimitName, done: str = "", samples: int = 0) -> None:
        self.limit, self.done, self.samples = limit, done, samples
        super().__init__(limit, done, samples)

    def __str__(self) -> str:
        return f"stopped by {self.limit} after {self.done}: a larger {self.limit} may decide it"


class Meter:
    """What was asked of a model, and whether more may be; the clock starts when it is made.

    Parameters
    ----------
    max_queries
        Most points that the model is asked about; None for any number.
    max_seconds
        Most seconds; None for any number.
    kept_back
        How many of them, but for the first one, are kept for questions that are not counted.
    clock
        Seconds since some beginning.

    Examples
    --------
    >>> meter = Meter(max_queries=10)
    >>> meter.charge(8)
    >>> meter.left, meter.queries
    (2, 8)
    """

    def __init__(
        self,
        max_queries: int | None = None,
        max_seconds: float | None = None,
        *,
        kept_back: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if max_queries is not None:
            most = check_integer("max_queries", max_queries, 1, 10**15, "an integer in [1, 10^15], or None")
            max_queries = max(most - kept_back, 1)
        if max_seconds is not None:
            seconds = check_range("max_seconds", max_seconds, 0.0, math.inf, low_open=True, high_open=True)
            check_single("max_seconds", seconds)
        self.limited = max_queries is not None or max_seconds is not None
        self.queries, self._max_queries = 0, max_queries
        self._clock = clock
        self._until = math.inf if max_seconds is None else clock() + float(max_seconds)
        self._lock = threading.Lock()
        self._refused: LimitName | None = None

    def __getstate__(self) -> dict[str, Any]:
        """All but the lock: models are copied, and results that hold one go from process to process."""
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock())

    @property
    def left(self) -> float:
        """How many points the model may still be asked about; infinite without a limit."""
        return math.inf if self._max_queries is None else self._max_queries - self.queries

    def charge(self, points: int) -> None:
        """Count a batch of questions before it is asked, or refuse it."""
        self.check_time()
        with self._lock:
            if points > self.left:
                self._refuse("max_queries")
            self.queries += points

    def check_time(self) -> None:
        """Refuse to go on where the time is over."""
        if self._clock() > self._until:
            self._refuse("max_seconds")

    def check(self) -> None:
        """Refuse to go on where the time is over or a question was refused before, whoever may have caught that."""
        if self._refused is not None:
            raise LimitReachedError(self._refused)
        self.check_time()

    def _refuse(self, limit: LimitName) -> NoReturn:
        self._refused = limit
        raise LimitReachedError(limit)
