"""Records that were changed after they were written: whatever the byte, it is noticed or changes nothing."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.storage.comparison import compare
from adversarial_spheres.numerics.storage.records import (
    ARRAYS_FILE,
    RECORD_FILE,
    Record,
    load_record,
    load_versions,
    save_record,
)
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

KEPT = Path(__file__).resolve().parents[4] / "docs" / "standard" / "experiments" / "nearest-pair"
RECORD = Record("test", {"config": {"dim": 3, "rate": 1e-30}, "note": "a"}, {"x": np.arange(3.0), "n": np.arange(2)})


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    save_record(RECORD, tmp_path / "r")
    return tmp_path / "r"


def everything(folder: Path) -> tuple[Any, ...]:
    """All that a record says, as values that can be compared."""
    record = load_record(folder)
    arrays = {name: (array.dtype.str, array.shape, array.tobytes()) for name, array in record.arrays.items()}
    return record.kind, dict(record.values), arrays, load_versions(folder)


def accepted_changes(folder: Path, name: str, flips: int, seed: int) -> tuple[int, int]:
    """How many of so many flipped bytes are taken, and how many of these change what the record says."""
    path, whole, rng = folder / name, everything(folder), np.random.default_rng(seed)
    data = path.read_bytes()
    taken = changed = 0
    for _ in range(flips):
        place, value = int(rng.integers(len(data))), int(rng.integers(1, 256))
        flipped = bytearray(data)
        flipped[place] ^= value
        path.write_bytes(bytes(flipped))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                found = everything(folder)
        except InvalidArgumentError:
            continue
        taken += 1
        changed += found != whole
    path.write_bytes(data)
    assert everything(folder) == whole
    return taken, changed


@pytest.mark.parametrize("name", [RECORD_FILE, ARRAYS_FILE])
def test_none_of_300_flipped_bytes_changes_what_a_record_says(folder: Path, name: str) -> None:
    """Before there was a checksum of record.json, 76 of 300 were accepted."""
    assert accepted_changes(folder, name, 300, seed=0)[1] == 0


@pytest.mark.parametrize("name", [RECORD_FILE, ARRAYS_FILE])
def test_none_of_300_flipped_bytes_changes_what_a_kept_record_says(tmp_path: Path, name: str) -> None:
    shutil.copytree(KEPT, tmp_path / "r")
    assert accepted_changes(tmp_path / "r", name, 300, seed=1)[1] == 0


CHANGES = {
    "another value": ('"dim": 3', '"dim": 4'),
    "another float": ("1e-30", "1e-31"),
    "another kind": ('"kind": "test"', '"kind": "toast"'),
    "another version": ('"numpy": "', '"numpy": "9'),
    "another name": ('"note"', '"nope"'),
    "no checksum": ('"content_sha256"', '"content_sha257"'),
    "a name twice": ('"note": "a"', '"note": "a", "note": "a"'),
    "a name twice, at the top": ('"kind": "test"', '"kind": "test", "kind": "test"'),
    "NaN": ("1e-30", "NaN"),
    "Infinity": ("1e-30", "Infinity"),
    "beyond doubles": ("1e-30", "1e400"),
    "below doubles": ("1e-30", "1e-400"),
    "truth for a number": ('"dim": 3', '"dim": true'),
    "more": ('"note": "a"', '"note": "a", "more": 1'),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_record_is_refused(folder: Path, change: str) -> None:
    path = folder / RECORD_FILE
    text = path.read_text()
    old, new = CHANGES[change]
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    for read in (load_record, load_versions, lambda place: compare(place, place)):
        with pytest.raises(InvalidArgumentError, match=r"^record must be"):
            read(folder)


def test_a_record_that_is_only_laid_out_otherwise_is_taken(folder: Path) -> None:
    """White space and the order of names say nothing."""
    content = json.loads((folder / RECORD_FILE).read_text())
    whole = everything(folder)
    for text in (json.dumps(content), json.dumps(dict(reversed(content.items())), indent=7).replace("\n", "\r\n")):
        (folder / RECORD_FILE).write_text(text)
        assert everything(folder) == whole


def test_the_checksum_is_that_of_the_text_without_it(folder: Path) -> None:
    """As docs/records.md says, so that others can check it."""
    content = json.loads((folder / RECORD_FILE).read_text())
    claimed = content.pop("content_sha256")
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert hashlib.sha256(text.encode()).hexdigest() == claimed


def with_arrays(folder: Path, data: bytes) -> None:
    """Let a record have these arrays, with all checksums right."""
    (folder / ARRAYS_FILE).write_bytes(data)
    content = json.loads((folder / RECORD_FILE).read_text())
    content["arrays_sha256"] = hashlib.sha256(data).hexdigest()
    del content["content_sha256"]
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    content["content_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    (folder / RECORD_FILE).write_text(json.dumps(content))


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def archive(*members: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as file:
        warnings.simplefilter("ignore")  # of names that stand there twice
        for name, data in members:
            file.writestr(name, data)
    return buffer.getvalue()


def test_whole_arrays_of_others_are_taken(folder: Path) -> None:
    with_arrays(folder, archive(("y.npy", npy(np.eye(2)))))
    assert load_record(folder).arrays["y"].tolist() == np.eye(2).tolist()


ODD_ARRAYS = {
    "longer than its header": archive(("x.npy", npy(np.ones(2)) + b"more")),
    "shorter than its header": archive(("x.npy", npy(np.ones(2))[:-1])),
    "a header of gigabytes": archive(("x.npy", npy(np.ones(2)).replace(b"(2,), }", b"(2000000000,), }"))),
    "unfolded beyond the file": archive(("x.npy", npy(np.zeros(2**20))), method=zipfile.ZIP_DEFLATED),
    "bzip2": archive(("x.npy", npy(np.zeros(2))), method=zipfile.ZIP_BZIP2),
    "one name twice": archive(("x.npy", npy(np.ones(2))), ("x.npy", npy(np.zeros(2)))),
    "one name twice, by another end": archive(("x.npy", npy(np.ones(2))), ("x", npy(np.zeros(2)))),
    "no array": archive(("readme.txt", b"hello")),
    "a single array": npy(np.ones(2)),
    "nothing": b"",
    "no archive": b"no archive",
    "the beginning of one": b"PK\x03\x04",
}


@pytest.mark.parametrize("name", ODD_ARRAYS)
def test_arrays_that_make_no_sense_are_refused(folder: Path, name: str) -> None:
    with_arrays(folder, ODD_ARRAYS[name])
    with pytest.raises(InvalidArgumentError, match=r"^record must be an archive of arrays \(npz\): "):
        load_record(folder)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.ma.array([1.0, 2.0], mask=[True, False]), "x is a masked array"),
        (np.array([{}, None], dtype=object), "x is an array of object"),
        (np.array(["2020-01-01"], dtype="M8[D]"), "x is an array of datetime"),
    ],
    ids=["masked", "objects", "dates"],
)
def test_n4_arrays_that_could_not_be_read_again_are_not_written(tmp_path: Path, array: Any, words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        save_record(Record("test", {}, {"x": array}), tmp_path / "r")
    assert not (tmp_path / "r").exists()


def test_arrays_of_any_name_and_kind_come_back(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {
        "file": np.arange(3.0),
        "allow_pickle": np.array([True, False]),
        "a.npy": np.array(["a", "\u03b1\u03b2"]),
        "empty": np.empty((0, 3)),
        "one": np.array(3),
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "big": np.arange(3, dtype=">i4"),
        "complex": np.array([1j]),
    }
    save_record(Record("test", {}, arrays), tmp_path)
    found = load_record(tmp_path).arrays
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        assert (found[name].dtype, found[name].tolist()) == (array.dtype, array.tolist())
        assert found[name].flags.writeable


def test_the_file_of_arrays_is_that_of_numpy(folder: Path) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, n=RECORD.arrays["n"], x=RECORD.arrays["x"])
    assert (folder / ARRAYS_FILE).read_bytes() == buffer.getvalue()


def test_brackets_that_are_nested_deeply_are_refused(folder: Path) -> None:
    for depth in (300, 700, 950, 5000):
        content = json.loads((folder / RECORD_FILE).read_text())
        text = json.dumps({**content, "content_sha256": "0" * 64, "values": {"x": 0}})
        (folder / "deep").mkdir(exist_ok=True)
        (folder / "deep" / RECORD_FILE).write_text(text.replace('"x": 0', '"x": ' + "[" * depth + "]" * depth))
        with pytest.raises(InvalidArgumentError, match=r"^record must be"):
            load_record(folder / "deep")


def test_large_numbers_are_compared_without_a_warning(tmp_path: Path) -> None:
    for name, sign in (("a", 1.0), ("b", -1.0)):
        save_record(Record("test", {"n": sign * 1e308}, {"x": np.array([sign * 1.7e308, 1.0])}), tmp_path / name)
    found = compare(tmp_path / "a", tmp_path / "b", tolerance=0.5).records[0].differences
    assert {row.path: (row.entries, row.absolute, row.relative) for row in found} == {
        "arrays.x": (1, None, None),
        "values.n": (None, None, None),
    }
