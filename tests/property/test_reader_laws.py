"""Damage of any kind: a file is read to what it says, or refused in one line; nothing else is raised, nothing warned.

Files with a checksum (records, checkpoints, results of cells, archives) say what they said or are refused. A file of
alphas without one may say other numbers once a digit was changed; it says at least two finite ones, or is refused.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adversarial_spheres import load_alphas
from adversarial_spheres.numerics.cells.store import CellStore
from adversarial_spheres.numerics.runs.trained import QuadraticRun
from adversarial_spheres.numerics.storage.comparison import compare
from adversarial_spheres.numerics.storage.records import (
    Record,
    content_digest,
    load_record,
    load_versions,
    save_record,
)
from adversarial_spheres.numerics.training import checkpoint
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

CASES = 120
ALPHAS = np.array([1.6, 0.7, 0.8, 1e-3, 2.5e2, 0.9])
CONFIG = TrainingConfig(dim=3, hidden=4, steps=3, batch_size=5)
RECORD = Record("test", {"config": {"dim": 3}, "rate": 0.25, "words": ["a", None]}, {"x": np.arange(3.0)})


@dataclass(frozen=True)
class Reader:
    """A way to write a file below a folder, and one to read all that it says.

    ``keeps``: whether what is read is what was written, whatever has happened to the file in between.
    """

    write: Callable[[Path], Path]
    read: Callable[[Path], Any]
    keeps: bool


def alphas_in(name: str, text: str = "") -> Reader:
    def write(folder: Path) -> Path:
        path = folder / name
        if name.endswith(".npy"):
            np.save(path, ALPHAS)
        elif name == "compressed.npz":
            np.savez_compressed(path, alphas=ALPHAS)
        elif name.endswith(".npz"):
            np.savez(path, alphas=ALPHAS)
        else:
            path.write_text(text)
        return path

    def read(path: Path) -> Any:
        alphas = load_alphas(path)
        assert alphas.dtype == np.float64
        assert alphas.ndim == 1
        assert alphas.size >= 2
        assert np.all(np.isfinite(alphas))
        return alphas.tolist()

    return Reader(write, read, keeps=name.endswith(".npz"))


def record_file(name: str) -> Reader:
    def write(folder: Path) -> Path:
        return save_record(RECORD, folder).with_name(name)

    def read(path: Path) -> Any:
        record = load_record(path.parent)
        assert compare(path.parent, path.parent).equal
        arrays = {name: (array.dtype, array.tolist()) for name, array in record.arrays.items()}
        return record.kind, record.values, arrays, load_versions(path.parent)

    return Reader(write, read, keeps=True)


def checkpoint_file(config: TrainingConfig) -> Reader:
    def write(folder: Path) -> Path:
        checkpoint.save_checkpoint(folder / "run", train(config))
        return folder / "run"

    return Reader(write, lambda path: checkpoint._encode(checkpoint.load_checkpoint(path)), keeps=True)


CELL = QuadraticRun(CONFIG)


def sealed_checkpoint(config: TrainingConfig) -> Reader:
    """The content of a checkpoint alone: damage of it gets a right checksum."""

    def write(folder: Path) -> Path:
        (folder / "payload").write_bytes(checkpoint._encode(train(config)))
        return folder / "payload"

    def read(path: Path) -> Any:
        payload = path.read_bytes()
        header = struct.pack("<IQ", checkpoint.FORMAT_VERSION, len(payload))
        whole = checkpoint.MAGIC + header + hashlib.sha256(header + payload).digest() + payload
        path.with_name("run").write_bytes(whole)
        return checkpoint._encode(checkpoint.load_checkpoint(path.with_name("run")))

    return Reader(write, read, keeps=False)


def sealed_record(name: str) -> Reader:
    """A file of a record whose damage gets right checksums."""
    plain = record_file(name)

    def read(path: Path) -> Any:
        file = path.with_name("record.json")
        try:
            content = json.loads(file.read_bytes())
            content["arrays_sha256"] = hashlib.sha256(path.with_name("record.npz").read_bytes()).hexdigest()
            content["content_sha256"] = content_digest(content)
        except (ValueError, TypeError):  # no JSON: as it is
            return plain.read(path)
        before = file.read_bytes()
        file.write_text(json.dumps(content))
        try:
            return plain.read(path)
        finally:
            file.write_bytes(before)

    return Reader(plain.write, read, keeps=False)


def cell_file(name: str) -> Reader:
    def write(folder: Path) -> Path:
        store = CellStore(folder)
        store.save(CELL, Record(CELL.KIND, {"a": 1}, {"x": np.ones(2)}), 1.0)
        return store.place(CELL) / name

    def read(path: Path) -> Any:
        record = CellStore(path.parent.parent).load(CELL)
        assert record is not None
        return record.kind, record.values, record.arrays["x"].tolist()

    return Reader(write, read, keeps=True)


LINES = "\n".join(map(str, ALPHAS.tolist()))
READERS = {
    "npy": alphas_in("a.npy"),
    "npz": alphas_in("a.npz"),
    "compressed npz": alphas_in("compressed.npz"),
    "csv": alphas_in("a.csv", f"# comment\nalpha\n{LINES}\n"),
    "csv without header": alphas_in("a.csv", LINES),
    "csv with counts": alphas_in("a.csv", '"alpha","count"\n0.7,2\n1.1,1\n"0.8",3\n'),
    "csv in a row": alphas_in("a.csv", ", ".join(map(str, ALPHAS.tolist()))),
    "json": alphas_in("a.json", json.dumps({"alphas": ALPHAS.tolist()}, indent=1)),
    "record.json": record_file("record.json"),
    "record.npz": record_file("record.npz"),
    "checkpoint": checkpoint_file(CONFIG),
    "checkpoint of a ReLU network": checkpoint_file(replace(CONFIG, network="relu", depth=2)),
    "sealed record.json": sealed_record("record.json"),
    "sealed record.npz": sealed_record("record.npz"),
    "sealed checkpoint": sealed_checkpoint(CONFIG),
    "cell.json": cell_file("cell.json"),
    "record.json of a cell": cell_file("record.json"),
}


def damaged(data: bytes, seed: int) -> Iterator[bytes]:
    """Flipped bits, other bytes, bytes that are lost, doubled or added, and files that end early or go on."""
    rng = np.random.default_rng(seed)
    for case in range(CASES):
        place, other = sorted(rng.integers(len(data), size=2))
        flipped = bytearray(data)
        if case % 2 == 0:
            flipped[place] ^= 1 << int(rng.integers(8))
            yield bytes(flipped)
        elif case % 12 == 1:
            for at in rng.integers(len(data), size=int(rng.integers(2, 9))):
                flipped[at] = int(rng.integers(256))
            yield bytes(flipped)
        elif case % 12 == 3:
            yield data[:place]
        elif case % 12 == 5:
            yield data + rng.bytes(int(rng.integers(1, 40)))
        elif case % 12 == 7:
            yield data[:place] + data[other:]
        elif case % 12 == 9:
            yield data[:other] + data[place:]
        else:
            yield data[:place] + rng.bytes(int(rng.integers(1, 9))) + data[place:]


def check_damage(reader: Reader, folder: Path, seed: int) -> tuple[int, int]:
    """Numbers of damaged files that were read, and refused."""
    path = reader.write(folder)
    data, whole = path.read_bytes(), reader.read(path)
    read = refused = 0
    for content in damaged(data, seed):
        path.write_bytes(content)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                found = reader.read(path)
        except InvalidArgumentError as error:
            refused += "\n" not in str(error)  # in one line
        else:
            assert found == whole or not reader.keeps, content
            read += 1
        assert path.read_bytes() == content
    return read, refused


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_says_the_same_or_is_refused(tmp_path: Path, name: str) -> None:
    read, refused = check_damage(READERS[name], tmp_path, seed=0)
    assert read + refused == CASES
    assert refused > CASES // 4


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("seed", range(1, 26))
def test_thousands_of_damaged_files(tmp_path: Path, name: str, seed: int) -> None:
    check_damage(READERS[name], tmp_path, seed)


def test_the_damage_is_real(tmp_path: Path) -> None:
    """The negative control: a reader that believes everything does not pass."""

    def write(folder: Path) -> Path:
        return alphas_in("a.npy").write(folder)

    believing = Reader(write, lambda path: np.load(path).tolist(), keeps=True)
    with pytest.raises(Exception, match=r"."):
        check_damage(believing, tmp_path, seed=0)
    shutil.rmtree(tmp_path)
