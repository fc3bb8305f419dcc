"""Executor on a Dask cluster, through joblib's backend for Dask.

Each task is one cell. Its result travels back and is saved by the caller, whose disk the workers may not see. The
caller's folder has a random identity in the file ``.folder-id``: a worker that finds the same file with the same
content sees the same disk and keeps the cell's checkpoint there; another one keeps none, and a cell that it loses
begins anew.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Any

from joblib import Parallel, delayed

from ...theory.basics.errors import InvalidArgumentError
from ..sampling.blas import blas_threads
from ..storage.files import read_file, write_atomically
from ..storage.records import library_versions
from .cell import Cell, cell_key
from .local import Outcome, attempt, died
from .store import CellStore

ID_FILE = ".folder-id"
CONNECT_SECONDS = 5.0
_TALKATIVE = ("distributed.client", "distributed.utils")
"""Loggers that tell of a lost connection in tracebacks; the error that is raised says the same in a line."""


def run_on_dask(cells: Sequence[Cell], store: CellStore, address: str) -> Generator[Outcome]:
    """Run cells on the workers of a Dask scheduler; outcomes in the order in which cells end.

    Raises
    ------
    InvalidArgumentError
        Dask is not installed, the scheduler does not answer, is lost on the way, or has no workers.
    """
    client = _connected(address)
    levels = {name: logging.getLogger(name).level for name in _TALKATIVE}
    try:
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        backend = _backend(client)
        identity, versions = folder_identity(store.folder), library_versions()
        shared = CellStore(store.folder.resolve())
        tasks = [delayed(run_remotely)(cell, shared, identity, versions) for cell in cells]
        parallel = Parallel(backend=backend, batch_size=1, pre_dispatch="all", return_as="generator_unordered")
        yield from parallel(tasks)
    except TimeoutError as error:
        raise InvalidArgumentError(
            "scheduler", address, "that of a Dask scheduler with workers: it has none"
        ) from error
    except (asyncio.CancelledError, concurrent.futures.CancelledError) as error:
        allowed = "the address of a Dask scheduler that stays reachable (connection lost; results so far are kept)"
        raise InvalidArgumentError("scheduler", address, allowed) from error
    finally:
        client.close(timeout=CONNECT_SECONDS)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def check_scheduler(address: str) -> None:
    """Refuse an address at which no Dask scheduler answers.

    Raises
    ------
    InvalidArgumentError
        Dask is not installed, or the scheduler does not answer.
    """
    _connected(address).close(timeout=CONNECT_SECONDS)


def run_remotely(cell: Cell, store: CellStore, identity: str, versions: dict[str, str]) -> Outcome:
    """Run a cell on a worker; refuses one whose libraries differ from the caller's, which vouches for the record."""
    here = library_versions()
    if here != versions:
        differing = {name: f"{here[name]}, not {versions[name]}" for name in versions if here[name] != versions[name]}
        allowed = "those of Dask workers with the caller's versions of the libraries"
        return Outcome(cell_key(cell), error=InvalidArgumentError("scheduler", differing, allowed))
    with blas_threads(1):
        outcome = attempt(cell, store.checkpoint(cell) if sees_folder(store.folder, identity) else None)
    return replace(outcome, cpu_seconds=None)  # other threads of this process may run cells, too


def folder_identity(folder: Path) -> str:
    """Random text that names a folder, the same whenever it is asked for."""
    file = folder / ID_FILE
    if not file.is_file():
        write_atomically(file, token_hex(16).encode())
    return read_file(file, name="folder").decode("latin-1")  # whatever it holds, the same for all


def sees_folder(folder: Path, identity: str) -> bool:
    """Whether that path leads to the folder of that identity on this machine."""
    try:
        return read_file(folder / ID_FILE).decode("latin-1") == identity
    except InvalidArgumentError:
        return False


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


def _backend(client: Any) -> Any:
    """joblib's backend for Dask, with two changes.

    By itself it waits for ever for a task that Dask has given up, and runs all tasks in the calling process where the
    cluster has a single core (perhaps only just now, while another worker starts again).
    """
    from distributed.scheduler import KilledWorker
    from joblib._dask import DaskDistributedBackend

    class Backend(DaskDistributedBackend):
        def effective_n_jobs(self, n_jobs: int) -> int:
            return max(2, super().effective_n_jobs(n_jobs))

        def submit(self, func: Any, callback: Any = None) -> Future[Any]:
            future: Future[Any] = super().submit(func, callback)
            cell = func.items[0][1][0]

            def ended(done: Future[Any]) -> None:
                error = done.exception()
                if isinstance(error, KilledWorker):
                    callback([died(cell, error.allowed_failures + 1)])
                elif error is not None:
                    callback(_not_run(error))

            future.add_done_callback(ended)
            return future

    return Backend(client=client, wait_for_workers_timeout=CONNECT_SECONDS)


def _not_run(error: BaseException) -> InvalidArgumentError:
    allowed = "that of workers that can run a cell; is this package installed there, too?"
    return InvalidArgumentError("scheduler", f"{type(error).__name__}: {error}", allowed)
