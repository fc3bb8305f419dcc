"""Sweeps: many cells, each computed once, by any number of processes, here or on a cluster.

What is on disk is not computed again, so a sweep that was killed, at any instant, goes on where it was: only the cells
in progress are missing, and those go on from their own checkpoints. The records do not depend on the number of
workers, on the executor, or on the order in which cells end.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import is_dataclass
from functools import partial

from ...theory.basics.arguments import Progress, check_function, check_progress
from ...theory.basics.errors import AccuracyError, InvalidArgumentError
from ..sampling.blocks import check_workers
from ..storage.files import check_path, make_folder
from ..storage.records import Record
from .cell import Cell, canonical_bytes, cell_key
from .dask import check_scheduler, run_on, run_on_dask
from .local import run_here
from .store import CellStore
from .task import Outcome

EXECUTORS = ("local", "dask")
STAGE = "cells"


def run_cells(
    cells: Sequence[Cell],
    folder: str | os.PathLike[str],
    *,
    workers: int = 1,
    executor: str | Executor = "local",
    scheduler: str | None = None,
    progress: Progress | None = None,
    done: Callable[[str], None] | None = None,
) -> list[Record]:
    """Give the records of cells: those that ``folder`` holds are read, the others computed and kept there.

    Parameters
    ----------
    cells
        What to compute, in any order; equal cells are computed once.
    folder
        Where results are kept, ``folder/KEY`` for each cell; made if missing. Other files in it are left alone.
    workers
        Processes of the executor "local"; 1 computes in this process. No influence on a number.
    executor
        "local"; or "dask": the workers of a Dask scheduler; or any executor of ``concurrent.futures``, which is left
        open. Workers must have this package, and the libraries in the caller's versions.
    scheduler
        Address of the Dask scheduler, such as ``tcp://127.0.0.1:8786``; for the executor "dask" only.
    progress
        Called with the stage "cells", the number of cells that are done, their number, and the time left: an estimate
        from the costs of what is done and what is left.
    done
        Called with the key of each cell, once, as soon as its result is in ``folder``: those that were there first.

    Returns
    -------
    list of Record
        One for each of ``cells``, in their order.

    Raises
    ------
    InvalidArgumentError, AccuracyError
        A cell raised it; the message names the cell. It is raised after all other cells are done and saved.
        AccuracyError also where a cell's process died again and again.
    InvalidArgumentError
        A result on disk is damaged or another cell's: nothing has been computed then, and the message names the file
        to remove. Or the scheduler can't be reached, or has no workers, or the executor can't run a cell.

    Notes
    -----
    Each result is saved as its cell ends, by files that are replaced as a whole. Remote workers may see another disk
    than the caller: their results travel back and are saved here, and their checkpoints are kept only where they see
    ``folder`` itself.
    """
    if not isinstance(cells, tuple | list) or not all(is_dataclass(c) and hasattr(c, "KIND") for c in cells):
        raise InvalidArgumentError("cells", cells, "a list of cells")
    place = check_path(folder, name="folder")
    check_progress(progress)
    check_function("done", done)
    run = _executor(workers, executor, scheduler)
    wanted = _by_key(cells)
    store = CellStore(make_folder(place))
    records = {key: store.load(cell) for key, cell in wanted.items()}
    missing = {key: cell for key, cell in wanted.items() if records[key] is None}
    tally = _Tally(wanted, missing, progress)
    tell = done or (lambda key: None)
    for key in wanted:
        if key not in missing:
            tell(key)
    failed: dict[str, Exception] = {}
    # Closed at once where this loop is left by an exception, an interrupt too: closing ends the processes.
    with closing(run(sorted(missing.values(), key=_longest_first), store)) as outcomes:
        for outcome in outcomes if missing else ():
            cell = missing[outcome.key]
            if isinstance(outcome.error, InvalidArgumentError | AccuracyError):
                failed[outcome.key] = outcome.error
            elif outcome.error is not None:
                raise outcome.error
            elif outcome.record is not None:
                store.save(cell, outcome.record, outcome.seconds, outcome.cpu_seconds)
            if outcome.error is None:
                tell(outcome.key)
            tally.count(cell)
    if failed:
        raise failed[next(key for key in wanted if key in failed)]
    records |= {key: store.load(cell) for key, cell in missing.items()}
    return [_present(records[cell_key(cell)], cell, store) for cell in cells]


def check_executor(*, workers: int = 1, executor: str | Executor = "local", scheduler: str | None = None) -> None:
    """Refuse an executor that could not run a cell; for the arguments see :func:`run_cells`.

    Raises
    ------
    InvalidArgumentError
        No such executor, or a scheduler that does not answer.
    """
    _executor(workers, executor, scheduler)
    if scheduler is not None:
        check_scheduler(scheduler)


def _executor(
    workers: int, executor: str | Executor, scheduler: str | None
) -> Callable[[Sequence[Cell], CellStore], Generator[Outcome]]:
    check_workers(workers)
    if not isinstance(executor, Executor) and executor not in EXECUTORS:
        names = ", ".join(f'"{name}"' for name in EXECUTORS)
        raise InvalidArgumentError("executor", executor, f"{names} or an executor of concurrent.futures")
    if executor == "dask":
        if scheduler is None:
            raise InvalidArgumentError("scheduler", None, "the address of a Dask scheduler, such as tcp://HOST:8786")
        return partial(run_on_dask, address=scheduler)
    if scheduler is not None:
        raise InvalidArgumentError("scheduler", scheduler, 'None for any executor but "dask"')
    if isinstance(executor, Executor):
        return partial(run_on, executor=executor)
    return partial(run_here, workers=workers)


def _by_key(cells: Sequence[Cell]) -> dict[str, Cell]:
    """Each cell once."""
    found: dict[str, Cell] = {}
    for cell in cells:
        first = found.setdefault(cell_key(cell), cell)
        if canonical_bytes(first) != canonical_bytes(cell):
            raise InvalidArgumentError("cells", f"{first.label} and {cell.label}", "cells of different keys")
    return found


def _longest_first(cell: Cell) -> tuple[float, str]:
    return -cell.cost, cell_key(cell)


def _present(record: Record | None, cell: Cell, store: CellStore) -> Record:
    if record is None:
        raise InvalidArgumentError("folder", str(store.folder), f"left alone while a sweep runs: {cell.label} is gone")
    return record


class _Tally:
    """Counts the cells that are done, and guesses the time left from the costs of what is done and left."""

    def __init__(self, wanted: Mapping[str, Cell], missing: Mapping[str, Cell], progress: Progress | None) -> None:
        self._total, self._done = len(wanted), len(wanted) - len(missing)
        self._cost_left, self._cost_done = sum(cell.cost for cell in missing.values()), 0.0
        self._progress, self._began = progress, time.monotonic()
        self._say(f"{self._done:,} were there" if self._done else "")

    def count(self, cell: Cell) -> None:
        """One cell more has ended."""
        self._done += 1
        self._cost_done, self._cost_left = self._cost_done + cell.cost, self._cost_left - cell.cost
        elapsed = time.monotonic() - self._began
        left = elapsed / self._cost_done * self._cost_left if self._cost_done > 0 and self._done < self._total else 0.0
        self._say(f"{_duration(left)} left" if left > 0 else "")

    def _say(self, note: str) -> None:
        if self._progress is not None:
            self._progress(STAGE, self._done, self._total, note)


def _duration(seconds: float) -> str:
    """A time in words of two digits or so: "40 s", "12 min", "3.5 h", "2.1 days"."""
    for size, unit in ((86_400.0, "days"), (3600.0, "h")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
