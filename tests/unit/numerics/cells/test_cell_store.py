"""Results of cells on disk: taken whole and of that very cell, or refused with the file to remove."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from adversarial_spheres.numerics.cells.cell import canonical_bytes, cell_key
from adversarial_spheres.numerics.cells.store import CELL_FILE, CellStore
from adversarial_spheres.numerics.storage.records import ARRAYS_FILE, RECORD_FILE, Record
from adversarial_spheres.theory.basics.arguments import Progress
from adversarial_spheres.theory.basics.errors import InvalidArgumentError


@dataclass(frozen=True)
class Square:
    """A cell that squares a number."""

    number: float
    KIND: ClassVar[str] = "square"
    VERSION: ClassVar[int] = 1
    cost: ClassVar[float] = 1.0

    @property
    def label(self) -> str:
        return f"square of {self.number}"

    def run(self, checkpoint: Path | None = None, progress: Progress | None = None) -> Record:
        return Record(self.KIND, {"square": self.number**2}, {"number": np.array([self.number])})


THREE, FOUR = Square(3.0), Square(4.0)


@pytest.fixture
def store(tmp_path: Path) -> CellStore:
    kept = CellStore(tmp_path)
    kept.save(THREE, THREE.run(), 0.1)
    return kept


def test_what_was_saved_is_found_again(store: CellStore) -> None:
    record = store.load(THREE)
    assert record is not None
    assert (record.values["square"], record.arrays["number"][0]) == (9.0, 3.0)
    assert store.is_done(THREE)
    assert not store.is_done(FOUR)
    assert store.load(FOUR) is None
    assert store.checkpoint(FOUR).parent.is_dir()
    assert store.load(FOUR) is None


def test_equal_cells_have_equal_keys_and_others_not() -> None:
    assert cell_key(Square(3.0)) == cell_key(THREE) != cell_key(FOUR)
    assert cell_key(THREE).startswith("square-")
    assert canonical_bytes(THREE) != canonical_bytes(FOUR)


@pytest.mark.parametrize("text", ["", "[]", "3", "null", '{"cell": 1}', '{"a":' * 99999, "\x00"])
def test_a_damaged_cell_file_is_named(store: CellStore, text: str) -> None:
    (store.place(THREE) / CELL_FILE).write_text(text)
    with pytest.raises(InvalidArgumentError, match=rf"to compute it anew remove .*{CELL_FILE}"):
        store.load(THREE)


@pytest.mark.parametrize("name", [RECORD_FILE, ARRAYS_FILE])
@pytest.mark.parametrize("harm", ["changed", "gone", "folder"])
def test_a_harmed_record_is_not_taken(store: CellStore, name: str, harm: str) -> None:
    file = store.place(THREE) / name
    data = file.read_bytes()
    file.unlink()
    if harm == "changed":
        file.write_bytes(data + b" ")
    elif harm == "folder":
        file.mkdir()
    with pytest.raises(InvalidArgumentError, match="to compute it anew remove"):
        store.load(THREE)


def test_another_cell_s_result_is_not_taken(store: CellStore) -> None:
    store.save(FOUR, FOUR.run(), 0.1)
    for name in (CELL_FILE, RECORD_FILE, ARRAYS_FILE):
        (store.place(THREE) / name).write_bytes((store.place(FOUR) / name).read_bytes())
    with pytest.raises(InvalidArgumentError, match="result of another cell"):
        store.load(THREE)


def test_a_record_of_another_kind_is_not_taken(store: CellStore) -> None:
    store.save(THREE, Record("circle", {}, {}), 0.1)
    with pytest.raises(InvalidArgumentError, match="of kind circle, not square"):
        store.load(THREE)


def test_provenance_is_apart(store: CellStore) -> None:
    before = (store.place(THREE) / RECORD_FILE).read_bytes()
    store.save(THREE, THREE.run(), 99.0)
    assert (store.place(THREE) / RECORD_FILE).read_bytes() == before
    provenance = json.loads((store.place(THREE) / "provenance.json").read_text())
    assert (provenance["seconds"], provenance["cell"]) == (99.0, "square of 3.0")
