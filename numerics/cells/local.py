"""Executors on this machine: this process, or several.

A process that dies takes no result with it: those that were done are on disk, the cells that were in progress are tried
again, each alone, so that one which kills its process is found and named.

Ctrl-C is the caller's: a terminal sends it to all processes of a command, and a worker that met it while it holds a
lock of the queues would leave the others waiting. Workers do not hear it; the caller ends them.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from .cell import Cell
from .store import CellStore
from .task import Outcome, Task, died

Item = TypeVar("Item")
Result = TypeVar("Result")
TRIES = 3
"""How often the process of a cell may die before the cell is given up."""


def run_here(cells: Sequence[Cell], store: CellStore, workers: int) -> Generator[Outcome]:
    """Run cells in that many processes; each outcome is yielded once, in the order in which cells end."""
    task, left, deaths = Task.here(store), list(cells), Counter[Cell]()
    while left:
        batch = [cell for cell in left if not deaths[cell]] or left[:1]
        with processes(workers) as executor:
            for cell, future in completed(executor, task, batch, workers):
                try:
                    outcome = future.result()
                except BrokenExecutor:
                    deaths[cell] += 1
                    if deaths[cell] < TRIES:
                        continue
                    outcome = died(cell, TRIES)
                left.remove(cell)
                yield outcome


def completed(
    executor: Executor, function: Callable[[Item], Result], items: Sequence[Item], at_most: int
) -> Generator[tuple[Item, Future[Result]]]:
    """Yield items with what became of them, in the order in which they end; not those that never began.

    No more than ``at_most`` are with the executor at once: where a process dies, those were in progress.
    """
    waiting, running = deque(items), dict[Future[Result], Item]()
    try:
        while waiting or running:
            while waiting and len(running) < at_most:
                try:
                    running[executor.submit(function, waiting[0])] = waiting[0]
                except BrokenExecutor:
                    waiting.clear()
                else:
                    waiting.popleft()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future
    finally:
        for future in running:
            future.cancel()


@contextmanager
def processes(workers: int) -> Iterator[Executor]:
    """Executor of that many processes, this one if it is one; who leaves by an exception ends them at once."""
    if workers == 1:
        yield _ThisProcess()
        return
    context = multiprocessing.get_context("spawn")
    reader, writer = context.Pipe(duplex=False)
    with reader, writer, _Processes(workers, context, begin_worker, (reader,)) as executor:
        try:
            yield executor
        except BaseException:
            writer.close()
            raise


def begin_worker(parent: Connection) -> None:
    """Let this process, a worker, not hear Ctrl-C, and end, busy or idle, when the pipe from its parent is closed.

    When the parent is killed, its work must not go on in the background.
    """

    def watch() -> None:
        with suppress(OSError):
            parent.poll(None)
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=watch, name="adversarial-spheres watches its parent", daemon=True).start()


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Put Ctrl-C off until the end of the context; processes that are started in it do not hear it from the first."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Processes(ProcessPoolExecutor):
    def submit(self, function: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        with interrupts_held():  # processes are started here
            return super().submit(function, *args, **options)


class _ThisProcess(Executor):
    def submit(self, function: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        future = Future[Any]()
        try:
            future.set_result(function(*args, **options))
        except Exception as error:
            future.set_exception(error)
        return future
