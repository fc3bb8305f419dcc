"""Executors on this machine: from cells to their outcomes, in this process or in several.

An outcome is a cell that has ended, well or badly. Cells run with one BLAS thread each, so that their bits do not
depend on how many run at once. A process that dies takes no result with it: those that were done are on disk, the cells
that were in progress are tried again, each alone, so that one which kills its process is found and named.

Ctrl-C is the caller's: a terminal sends it to all processes of a command, and a worker that met it while it holds a
lock of the queues would leave the others waiting. Workers do not hear it; the caller ends them.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from joblib import Parallel, delayed

from ...theory.basics.errors import AccuracyError, InvalidArgumentError
from ..sampling.blas import blas_threads
from ..storage.records import Record
from .cell import Cell, cell_key
from .store import CellStore

TRIES = 3
"""How often the process of a cell may die before the cell is given up."""

_ORPHAN_SECONDS = 1.0


@dataclass(frozen=True)
class Outcome:
    """How a cell ended: saved already (no record, no error), with a record to be saved, or with an error."""

    key: str
    record: Record | None = None
    seconds: float = 0.0
    cpu_seconds: float | None = None
    error: Exception | None = None


def attempt(cell: Cell, checkpoint: Path | None) -> Outcome:
    """Run a cell; errors that are the cell's own become part of the outcome and name it, others are raised.

    BLAS must be held to one thread by the caller.
    """
    started, cpu = time.perf_counter(), time.process_time()
    try:
        record = cell.run(checkpoint)
    except (InvalidArgumentError, AccuracyError) as error:
        return Outcome(cell_key(cell), error=_named(error, cell))
    except Exception as error:
        error.add_note(f"in the cell {cell.label} ({cell_key(cell)})")
        raise
    return Outcome(cell_key(cell), record, time.perf_counter() - started, time.process_time() - cpu)


def died(cell: Cell, times: int) -> Outcome:
    """Outcome of a cell whose process died too often."""
    message = f"{cell.label}: its process died {times} times (killed, or out of memory?)"
    return Outcome(cell_key(cell), error=AccuracyError(message))


def run_here(cells: Sequence[Cell], store: CellStore) -> Generator[Outcome]:
    """Run cells one after another in this process."""
    for cell in cells:
        yield _run_and_save(cell, store)


def run_in_processes(cells: Sequence[Cell], store: CellStore, workers: int) -> Generator[Outcome]:
    """Run cells in that many processes; each outcome is yielded once, in the order in which cells end."""
    waiting, suspects = list(cells), list[Cell]()
    while waiting:
        started, ended = list[Cell](), set[str]()
        try:
            for outcome in _pool(waiting, store, workers, started):
                ended.add(outcome.key)
                yield outcome
        except BrokenProcessPool:
            for cell in started:
                if cell_key(cell) not in ended:
                    suspects.append(cell)
        waiting = [cell for cell in waiting if cell_key(cell) not in ended and cell not in suspects]
    for cell in suspects:
        yield _alone(cell, store)


def _pool(cells: Sequence[Cell], store: CellStore, workers: int, started: list[Cell]) -> Generator[Outcome]:
    """Run cells in processes; ``started`` grows by each cell that is handed to one."""

    # Processes are used again, and stay in the folder in which they were started.
    found_from_anywhere = CellStore(store.folder.absolute())

    def tasks() -> Iterator[object]:
        for cell in cells:
            started.append(cell)
            yield delayed(_run_and_save)(cell, found_from_anywhere)

    # At least two: joblib would run them in this process. As many at once as there are processes: what has been handed
    # out and not come back is in progress.
    workers = max(2, min(workers, len(cells)))
    parallel = Parallel(
        n_jobs=workers,
        backend="loky",
        batch_size=1,
        pre_dispatch=workers,
        return_as="generator_unordered",
        initializer=begin_worker,
        initargs=(os.getpid(),),
    )
    with interrupts_held():
        outcomes = parallel(tasks())
    try:
        yield from outcomes
    except GeneratorExit:
        with warnings.catch_warnings():  # joblib warns of what the caller did on purpose
            warnings.simplefilter("ignore")
            outcomes.close()
        raise


def begin_worker(parent: int) -> None:
    """Let this process, a worker, not hear Ctrl-C, and end, busy or idle, when its parent has ended.

    Parameters
    ----------
    parent
        The process that started this one: when it is killed, its work must not go on in the background.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_ORPHAN_SECONDS)
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


def _alone(cell: Cell, store: CellStore) -> Outcome:
    """Run a cell in a process of its own, several times if it dies."""
    for _ in range(1, TRIES):
        if store.load(cell) is not None:  # saved just before its process died
            return Outcome(cell_key(cell))
        try:
            (outcome,) = _pool([cell], store, 1, [])
        except BrokenProcessPool:
            continue
        return outcome
    return died(cell, TRIES)


def _run_and_save(cell: Cell, store: CellStore) -> Outcome:
    with blas_threads(1):
        outcome = attempt(cell, store.checkpoint(cell))
    if outcome.record is None:
        return outcome
    store.save(cell, outcome.record, outcome.seconds, outcome.cpu_seconds)
    return Outcome(outcome.key)


def _named(error: InvalidArgumentError | AccuracyError, cell: Cell) -> InvalidArgumentError | AccuracyError:
    """The same error, with the cell's label in its message."""
    if isinstance(error, InvalidArgumentError):
        return type(error)(error.argument, error.value, f"{error.allowed} (in the cell {cell.label})")
    return AccuracyError(f"{cell.label}: {error.message}", error.best_estimate)
