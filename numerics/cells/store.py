"""Results of cells on disk: found again by the cell's key, taken only if they are whole and of that very cell.

A result is the folder ``KEY``: a record (``record.json``, ``record.npz``), ``provenance.json`` (seconds, versions) and
``cell.json``, which is written last. It holds the identity of the cell (kind, version, fields) and the checksum of
``record.json``, which holds the checksum of ``record.npz``: a folder without it is unfinished, a changed byte in any of
the three is noticed. ``checkpoint`` in the same folder is the cell's work in progress, kept when the cell is done: it
is the trained network, which took longest to make.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from ...theory.basics.errors import InvalidArgumentError
from ..storage.files import make_folder, mode_of, read_file, write_atomically
from ..storage.records import RECORD_FILE, Record, json_bytes, library_versions, load_record, save_record
from ..storage.strict_json import read_json
from .cell import Cell, canonical_bytes, cell_key

CELL_FILE, CHECKPOINT_FILE = "cell.json", "checkpoint"


@dataclass(frozen=True)
class CellStore:
    """The folder with the results of cells.

    Any number of processes may read and write it at once: every file is replaced as a whole, and equal cells give
    equal bytes.
    """

    folder: Path

    def place(self, cell: Cell) -> Path:
        """Folder of a cell's result."""
        return self.folder / cell_key(cell)

    def checkpoint(self, cell: Cell) -> Path:
        """File for a cell's work in progress; its folder is made."""
        make_folder(self.place(cell))
        return self.place(cell) / CHECKPOINT_FILE

    def is_done(self, cell: Cell) -> bool:
        """Whether there is a result, whole or not."""
        return mode_of(self.place(cell) / CELL_FILE, name="folder") is not None

    def load(self, cell: Cell) -> Record | None:
        """The record of a cell; None where there is none or an unfinished one.

        Raises
        ------
        InvalidArgumentError
            The result is damaged, truncated or of another cell; the message names the file to remove.
        """
        file = self.place(cell) / CELL_FILE
        if not self.is_done(cell):
            return None
        data = read_file(file, name="folder")
        try:
            content = read_json(data)
            identity, digest = content["cell"], content["record_sha256"]
        except (ValueError, LookupError, TypeError):
            _refuse(file, "this file is damaged")
        if identity != json.loads(canonical_bytes(cell)):
            _refuse(file, "it is the result of another cell")
        return _whole_record(file, digest, cell)

    def save(self, cell: Cell, record: Record, seconds: float, cpu_seconds: float | None = None) -> None:
        """Write the result of a cell; the same cell gives the same bytes but for its provenance.

        Parameters
        ----------
        cell, record
            The cell and its result.
        seconds, cpu_seconds
            How long it took by the clock, and of processors; None: not known.
        """
        provenance = {
            "cell": cell.label,
            "seconds": round(seconds, 3),
            "cpu_seconds": None if cpu_seconds is None else round(cpu_seconds, 3),
            "versions": library_versions(),
        }
        path = save_record(record, self.place(cell), provenance=provenance)
        content: dict[str, Any] = {"cell": json.loads(canonical_bytes(cell))}
        content["record_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        write_atomically(path.with_name(CELL_FILE), json_bytes(content))


def _whole_record(file: Path, digest: str, cell: Cell) -> Record:
    path = file.with_name(RECORD_FILE)
    try:
        found = hashlib.sha256(read_file(path)).hexdigest()
    except InvalidArgumentError as error:
        _refuse(file, f"{RECORD_FILE} cannot be read: {error}")
    if found != digest:
        _refuse(file, f"{RECORD_FILE} has been changed since it was written")
    try:
        record = load_record(path)  # reads it a second time: whoever replaces it in between writes the same bytes
    except InvalidArgumentError as error:
        _refuse(file, str(error))
    if record.kind != cell.KIND:
        _refuse(file, f"its record is of kind {record.kind}, not {cell.KIND}")
    return record


def _refuse(file: Path, why: str) -> NoReturn:
    allowed = f"a whole result of its cell ({why}; to compute it anew remove {file})"
    raise InvalidArgumentError("result", file.parent.name, allowed)
