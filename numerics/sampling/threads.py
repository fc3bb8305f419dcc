"""One step of work in fixed parts, shared by a few threads: the same bits whatever their number.

NumPy and the BLAS release the interpreter's lock, so threads do run side by side. The parts are fixed by the sizes of
the arrays alone and their results are combined in their order; the number of threads only decides who does what. The
threads of the BLAS itself promise no such thing, and they lose most of their speed when the cores are busy elsewhere.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import pairwise
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np

from .blas import blas_threads, limit_this_thread

Result = TypeVar("Result")


class Team:
    """A calling thread and its helpers; a context manager, without helpers outside of its block.

    Parameters
    ----------
    threads
        Number of threads, >= 1, the caller included; 1 works without any helper.
    blas_threads
        Threads of each matrix product within a part.

    Examples
    --------
    >>> with Team(2) as team:
    ...     team.map(lambda part: part * 10, [1, 2, 3])
    [10, 20, 30]
    """

    def __init__(self, threads: int = 1, *, blas_threads: int = 1) -> None:
        self.threads = threads
        self._blas_threads = blas_threads
        # A thread of its own and a queue without Python code: a pool of futures takes three times as long to wake.
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._helpers: list[threading.Thread] = []
        self._held = ExitStack()

    def __enter__(self) -> Self:
        if self.threads > 1:
            self._held.enter_context(blas_threads(self._blas_threads))
        ready: SimpleQueue[None] = SimpleQueue()
        for index in range(self.threads - 1):
            helper = threading.Thread(target=self._help, args=(ready,), name=f"team_{index}", daemon=True)
            helper.start()
            self._helpers.append(helper)
        for _ in self._helpers:
            ready.get()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _ in self._helpers:
            self._jobs.put(None)
        for helper in self._helpers:
            helper.join()
        self._helpers.clear()
        self._held.close()

    def map(self, function: Callable[..., Result], parts: Sequence[object], *args: object) -> list[Result]:
        """``[function(part, *args) for part in parts]``; each thread takes the next part when it has done one.

        An exception of any thread reaches the caller, after all threads have ended their parts.
        """
        helpers = min(len(self._helpers), len(parts) - 1)
        if helpers <= 0:
            return [function(part, *args) for part in parts]
        job = _Job(function, parts, args)
        for _ in range(helpers):
            self._jobs.put(job)
        job.work()
        for _ in range(helpers):
            job.ended.get()
        if job.errors:
            raise job.errors[0]
        return job.results

    def _help(self, ready: SimpleQueue[None]) -> None:
        limit_this_thread(self._blas_threads)
        ready.put(None)
        # NumPy's handling of overflow is a property of the thread: as in the loop of training.
        with np.errstate(over="ignore", invalid="ignore"):
            while (job := self._jobs.get()) is not None:
                job.work()
                job.ended.put(None)


class _Job:
    """Parts of which each is taken by the first thread that is free."""

    def __init__(self, function: Callable[..., Any], parts: Sequence[object], args: tuple[object, ...]) -> None:
        self._function, self._parts, self._args = function, parts, args
        self._next = itertools.count()  # its step is one operation of the interpreter: no two threads get one number
        self.results: list[Any] = [None] * len(parts)
        self.errors: list[BaseException] = []
        self.ended: SimpleQueue[None] = SimpleQueue()

    def work(self) -> None:
        """Do parts until none is left."""
        for index in self._next:
            if index >= len(self._parts):
                return
            try:
                self.results[index] = self._function(self._parts[index], *self._args)
            except BaseException as error:  # the caller raises it
                self.errors.append(error)


def equal_slices(length: int, largest: int) -> list[slice]:
    """The fewest slices of at most ``largest`` rows that cover ``length`` rows, as equal as possible."""
    count = max(1, -(-length // largest))
    edges = [length * i // count for i in range(count + 1)]
    return [slice(low, high) for low, high in pairwise(edges)]


def available_cores() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
