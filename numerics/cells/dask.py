"""Executors that are not ours: any of concurrent.futures, and that of a Dask cluster."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from ...theory.basics.errors import InvalidArgumentError
from .cell import Cell
from .local import completed
from .store import CellStore
from .task import Outcome, Task, died

CONNECT_SECONDS = 5.0
_TALKATIVE = ("distributed.client", "distributed.utils")
"""Loggers that tell of a lost connection in tracebacks; the error that is raised says the same in a line."""


def run_on(
    cells: Sequence[Cell], store: CellStore, executor: Executor, *, scheduler: str | None = None
) -> Generator[Outcome]:
    """Run cells on an executor, at ``scheduler`` if it is Dask's; outcomes in the order in which cells end.

    Raises
    ------
    InvalidArgumentError
        A cell could not be run, for a reason that lies with the executor.
    """
    for cell, future in completed(executor, Task.anywhere(store), cells, len(cells)):
        try:
            outcome = future.result()
        except (Exception, asyncio.CancelledError) as error:
            failures = getattr(error, "allowed_failures", None)  # Dask's KilledWorker
            if failures is None:
                raise _refusal(error, cell, scheduler) from error
            outcome = died(cell, failures + 1)
        yield outcome


def run_on_dask(cells: Sequence[Cell], store: CellStore, address: str) -> Generator[Outcome]:
    """Run cells on the workers of a Dask scheduler; outcomes in the order in which cells end.

    Raises
    ------
    InvalidArgumentError
        Dask is not installed, the scheduler does not answer, is lost on the way, or has no workers.
    """
    client = _connected(address)
    try:
        with _silenced():
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
            yield from run_on(cells, store, client.get_executor(), scheduler=address)
    except TimeoutError as error:
        allowed = "that of a Dask scheduler with workers: it has none"
        raise InvalidArgumentError("scheduler", address, allowed) from error
    finally:
        with _silenced():
            client.close(timeout=CONNECT_SECONDS)


def check_scheduler(address: str) -> None:
    """Refuse an address at which no Dask scheduler answers.

    Raises
    ------
    InvalidArgumentError
        Dask is not installed, or the scheduler does not answer.
    """
    _connected(address).close(timeout=CONNECT_SECONDS)


def _connected(address: str) -> Any:
    """A client of the scheduler, which answers."""
    try:
        from distributed import Client
        from distributed.comm.core import connect
    except ImportError as error:
        allowed = 'one that is installed (pip install "adversarial-spheres[dask]")'
        raise InvalidArgumentError("executor", "dask", allowed) from error

    async def probe() -> None:
        await (await connect(address, timeout=CONNECT_SECONDS)).close()

    try:
        # A client that never connects leaves a thread behind that complains when the program ends. In a thread of its
        # own, because the caller's may run an event loop already.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(probe())).result()
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:  # a TimeoutError is an OSError
        allowed = "the address of a Dask scheduler that answers, such as tcp://HOST:8786"
        raise InvalidArgumentError("scheduler", address, allowed) from error


@contextmanager
def _silenced() -> Iterator[None]:
    levels = {name: logging.getLogger(name).level for name in _TALKATIVE}
    try:
        for name in levels:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _refusal(error: BaseException, cell: Cell, scheduler: str | None) -> InvalidArgumentError:
    said = f"{type(error).__name__}: {error}"
    if scheduler is None:
        allowed = f"one that can run a cell, not one that fails with {cell.label} (results so far are kept)"
        return InvalidArgumentError("executor", said, allowed)
    if isinstance(error, asyncio.CancelledError | concurrent.futures.CancelledError):
        allowed = "the address of a Dask scheduler that stays reachable (connection lost; results so far are kept)"
        return InvalidArgumentError("scheduler", scheduler, allowed)
    allowed = "that of workers that can run a cell; is this package installed there, too?"
    return InvalidArgumentError("scheduler", said, allowed)
