"""The number of threads of the BLAS, on which the bits of a matrix product may depend: held for a while, by one owner.

The BLAS keeps one number for the whole process. Who sets it and sets it back beside another who does the same changes
the other's bits: the first to leave would give the BLAS its threads back while the second still computes. Here all
holders of one number share it, and the last one to leave sets back what was found; holders of another number wait.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import OpenBLASController, ThreadpoolController, threadpool_limits


class _Owner:
    """Which number is set, and by whom."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._limit: int | None = None
        self._holders: dict[object, int] = {}  # with the thread of each
        self._found: list[threadpool_limits] = []  # what to set back

    def enter(self, holder: object, limit: int, blas: ThreadpoolController) -> tuple[int | None, dict[object, int]]:
        """Hold a number; returns what this thread held before of another one, which it does not use meanwhile."""
        me = threading.get_ident()
        with self._changed:
            before = self._limit
            mine = {} if before == limit else {h: thread for h, thread in self._holders.items() if thread == me}
            self._drop(mine)
            self._hold({holder: me}, limit, blas)
        return before, mine

    def leave(self, holder: object, before: int | None, mine: dict[object, int], blas: ThreadpoolController) -> None:
        """Hold it no longer, and again what was held before."""
        with self._changed:
            self._drop({holder: 0})
            if mine and before is not None:
                self._hold(mine, before, blas)

    def _hold(self, holders: dict[object, int], limit: int, blas: ThreadpoolController) -> None:
        self._changed.wait_for(lambda: not self._holders or self._limit == limit)
        self._holders |= holders
        self._limit = limit
        self._found += limit_this_thread(limit, blas)

    def _drop(self, holders: dict[object, int]) -> None:
        for holder in holders:
            self._holders.pop(holder, None)
        if not self._holders:
            while self._found:
                set_back(self._found.pop())
            self._limit = None
        self._changed.notify_all()


_OWNER = _Owner()


def limit_this_thread(limit: int, blas: ThreadpoolController | None = None) -> list[threadpool_limits]:
    """Set the number where it is another one; returns what sets it back.

    For a thread that helps a holder: most builds of the BLAS keep one number for the process, some one for each thread.

    Examples
    --------
    >>> with blas_threads(1):
    ...     limit_this_thread(1)
    []
    """
    libraries = ThreadpoolController().select(user_api="blas") if blas is None else blas
    if all(library["num_threads"] == limit for library in libraries.info()):
        return []
    _take_control()
    return [libraries.limit(limits=limit)]


def set_back(limiter: threadpool_limits) -> None:
    """Set back what :func:`limit_this_thread` found; the BLAS is anybody's again.

    Examples
    --------
    >>> for limiter in limit_this_thread(1):
    ...     set_back(limiter)
    """
    _take_control()
    limiter.restore_original_limits()
    _take_control()


def _take_control() -> None:
    """Make the next call count: newer threadpoolctl ignores all threads but the first that has set OpenBLAS."""
    release = getattr(OpenBLASController, "clear_controlling_thread", None)
    if release is not None:
        release(force=True)


@contextmanager
def blas_threads(limit: int) -> Iterator[None]:
    """Hold the BLAS, and OpenMP in this thread, to a number of threads.

    Any number of threads may hold the same number at once. Who wants another one waits until the others have left; what
    the same thread holds already counts as left meanwhile.

    Examples
    --------
    >>> with blas_threads(1):
    ...     [library["num_threads"] for library in ThreadpoolController().select(user_api="blas").info()][:1]
    [1]
    """
    holder, libraries = object(), ThreadpoolController()
    blas, openmp = (libraries.select(user_api=kind) for kind in ("blas", "openmp"))
    before, mine = _OWNER.enter(holder, limit, blas)
    try:
        with openmp.limit(limits=limit):
            yield
    finally:
        _OWNER.leave(holder, before, mine, blas)
