"""The task that every executor runs: one cell, from the caller to its outcome.

An outcome is a cell that has ended, well or badly. A cell runs with one BLAS thread, so that its bits do not depend on
how many run at once. A worker may see another disk than the caller: the caller's folder has a random identity in the
file ``.folder-id``, and a worker that finds the same file with the same content sees the same disk. It keeps the cell's
checkpoint there and saves the result; from another one the record travels back, and a cell that it loses begins anew.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from ...theory.basics.errors import AccuracyError, InvalidArgumentError
from ..sampling.blas import blas_threads
from ..storage.files import read_file, write_atomically
from ..storage.records import Record, library_versions
from .cell import Cell, cell_key
from .store import CellStore

ID_FILE = ".folder-id"


@dataclass(frozen=True)
class Outcome:
    """How a cell ended: saved already (no record, no error), with a record to be saved, or with an error.

    An InvalidArgumentError or an AccuracyError is the cell's own and names it; any other error stops a sweep.
    """

    key: str
    record: Record | None = None
    seconds: float = 0.0
    cpu_seconds: float | None = None
    error: Exception | None = None


@dataclass(frozen=True)
class Task:
    """What a worker does with a cell.

    Attributes
    ----------
    store
        The caller's.
    identity
        That of the store's folder; None on the caller's machine, where it is seen for sure and libraries are the same.
    versions
        Libraries of the caller, who vouches for the record; a worker with others is refused.
    """

    store: CellStore
    identity: str | None
    versions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def here(cls, store: CellStore) -> Task:
        """The task for workers on this machine."""
        return cls(CellStore(store.folder.resolve()), None)

    @classmethod
    def anywhere(cls, store: CellStore) -> Task:
        """The task for workers that may see another disk; the folder gets its identity."""
        return cls(CellStore(store.folder.resolve()), folder_identity(store.folder), library_versions())

    def __call__(self, cell: Cell) -> Outcome:
        """Run the cell, and save its result where the caller's folder is seen; nothing is raised."""
        try:
            if self.identity is not None:
                self._refuse_other_libraries()
                if not sees_folder(self.store.folder, self.identity):
                    return self._run(cell, None)
            if self.store.load(cell) is not None:  # by a process that died then, or by another sweep
                return Outcome(cell_key(cell))
            outcome = self._run(cell, self.store.checkpoint(cell))
            if outcome.record is None:
                return outcome
            self.store.save(cell, outcome.record, outcome.seconds, outcome.cpu_seconds)
            return Outcome(outcome.key)
        except Exception as error:
            # The traceback does not travel, but a note does.
            lines = "".join(traceback.format_tb(error.__traceback__))
            error.add_note(f"in the cell {cell.label} ({cell_key(cell)})\n{lines}")
            return Outcome(cell_key(cell), error=error)

    def _run(self, cell: Cell, checkpoint: Path | None) -> Outcome:
        started, cpu = time.perf_counter(), time.process_time()
        try:
            with blas_threads(1):
                record = cell.run(checkpoint)
        except (InvalidArgumentError, AccuracyError) as error:
            return Outcome(cell_key(cell), error=_named(error, cell))
        # Elsewhere other threads of this process may run cells, too.
        used = time.process_time() - cpu if self.identity is None else None
        return Outcome(cell_key(cell), record, time.perf_counter() - started, used)

    def _refuse_other_libraries(self) -> None:
        here, theirs = library_versions(), self.versions
        if here != theirs:
            differing = {name: f"{here[name]}, not {theirs[name]}" for name in theirs if here[name] != theirs[name]}
            allowed = "one whose workers have the caller's versions of the libraries"
            raise InvalidArgumentError("executor", differing, allowed)


def died(cell: Cell, times: int) -> Outcome:
    """Outcome of a cell whose process died too often."""
    message = f"{cell.label}: its process died {times} times (killed, or out of memory?)"
    return Outcome(cell_key(cell), error=AccuracyError(message))


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


def _named(error: InvalidArgumentError | AccuracyError, cell: Cell) -> InvalidArgumentError | AccuracyError:
    """The same error, with the cell's label in its message."""
    if isinstance(error, InvalidArgumentError):
        return type(error)(error.argument, error.value, f"{error.allowed} (in the cell {cell.label})")
    return AccuracyError(f"{cell.label}: {error.message}", error.best_estimate)
