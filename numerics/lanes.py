"""One step of work in fixed parts, shared by a few threads: the same bits whatever their number.

NumPy and the BLAS release the interpreter's lock, so threads do run side by side. The parts are fixed by the sizes of
the arrays alone and their results are combined in their order; the number of threads only decides who does what. The
threads of the BLAS itself promise no such thing, and they lose most of their speed when the cores are busy elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import TracebackType
from typing import Self, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

Result = TypeVar("Result")


class Lanes:
    """A calling thread and its helpers; a context manager.

    Parameters
    ----------
    threads
        Number of threads, >= 1, the caller included; 1 works without any helper.
    blas_threads
        Threads of each matrix product within a part.

    Examples
    --------
    >>> with Lanes(2) as lanes:
    ...     lanes.map(lambda part: part * 10, [1, 2, 3])
    [10, 20, 30]
    """

    def __init__(self, threads: int = 1, *, blas_threads: int = 1) -> None:
        self.threads = threads
        self._blas_threads = blas_threads
        self._helpers = ThreadPoolExecutor(threads - 1, "lane", self._start_helper) if threads > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._helpers is not None:
            self._helpers.shutdown(wait=True)

    def map(self, function: Callable[..., Result], parts: Sequence[object], *args: object) -> list[Result]:
        """``[function(part, *args) for part in parts]``, the parts dealt out to the threads in equal shares.

        An exception of any thread reaches the caller, after all threads have ended their shares.
        """
        lanes = min(self.threads, len(parts))
        if self._helpers is None or lanes <= 1:
            return [function(part, *args) for part in parts]
        edges = [len(parts) * lane // lanes for lane in range(lanes + 1)]
        shares = [parts[low:high] for low, high in pairwise(edges)]
        futures = [self._helpers.submit(_share, function, share, args) for share in shares[1:]]
        try:
            results = [function(part, *args) for part in shares[0]]
        finally:
            for future in futures:
                future.exception()  # waits
        return results + [result for future in futures for result in future.result()]

    def _start_helper(self) -> None:
        # Some builds of the BLAS keep the limit for each thread of its own.
        threadpool_limits(limits=self._blas_threads, user_api="blas")


def _share(function: Callable[..., Result], parts: Sequence[object], args: tuple[object, ...]) -> list[Result]:
    # NumPy's handling of overflow is a property of the thread: as in the loop of training.
    with np.errstate(over="ignore", invalid="ignore"):
        return [function(part, *args) for part in parts]


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
