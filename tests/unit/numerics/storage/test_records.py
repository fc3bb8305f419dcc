"""Records: what is read is what was written; same content, same bytes; damage is noticed."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from adversarial_spheres.numerics.storage.records import (
    ARRAYS_FILE,
    RECORD_FILE,
    SCHEMA_VERSION,
    Record,
    load_record,
    load_versions,
    plain,
    save_record,
    to_json,
)
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

PRESENT = f'"schema_version": {SCHEMA_VERSION}'
RECORD = Record("test", {"a": 1, "b": [0.5, None]}, {"x": np.arange(3.0), "n": np.array([1, 2])})


def test_round_trip(tmp_path: Path) -> None:
    save_record(RECORD, tmp_path)
    loaded = load_record(tmp_path)
    assert (loaded.kind, loaded.values) == (RECORD.kind, RECORD.values)
    for name, array in RECORD.arrays.items():
        np.testing.assert_array_equal(loaded.arrays[name], array)


def test_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        save_record(RECORD, tmp_path / folder, provenance={"time": folder})
    for name in (RECORD_FILE, ARRAYS_FILE):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_json_has_no_infinity_and_no_nan() -> None:
    text = to_json({"a": float("inf"), "b": np.array([np.nan, 1.0]), "c": np.float64(2.0), "d": np.bool_(True)})
    assert json.loads(text) == {"a": None, "b": [None, 1.0], "c": 2.0, "d": True}


def test_plain_takes_dataclasses_and_tuples() -> None:
    assert plain({"r": (1, np.int64(2))}) == {"r": [1, 2]}


@pytest.mark.parametrize(
    "damage", ["truncated arrays", "another's arrays", "no arrays", "no json", "schema", "foreign"]
)
def test_damage_is_refused_and_nothing_is_lost(tmp_path: Path, damage: str) -> None:
    save_record(RECORD, tmp_path)
    arrays, record = tmp_path / ARRAYS_FILE, tmp_path / RECORD_FILE
    if damage == "truncated arrays":
        arrays.write_bytes(arrays.read_bytes()[:-7])
    elif damage == "another's arrays":
        save_record(Record("test", {}, {"x": np.zeros(3)}), tmp_path / "other")
        arrays.write_bytes((tmp_path / "other" / ARRAYS_FILE).read_bytes())
    elif damage == "no arrays":
        arrays.unlink()
    elif damage == "no json":
        record.unlink()
    elif damage == "schema":
        record.write_text(record.read_text().replace(PRESENT, '"schema_version": 99'))
    else:
        record.write_text("[1, 2, 3]")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with pytest.raises(InvalidArgumentError, match="record must be"):
        load_record(tmp_path)
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}


@pytest.mark.parametrize("schema", ["99", "1", "0", "-1", "2.0", '"2"', "true", "null"])
def test_a_schema_that_is_not_known_is_refused(tmp_path: Path, schema: str) -> None:
    save_record(RECORD, tmp_path)
    file = tmp_path / RECORD_FILE
    file.write_text(file.read_text().replace(PRESENT, f'"schema_version": {schema}'))
    words = {
        "99": r"of schema version 2 \(a newer adversarial-spheres wrote it: upgrade.*schema 99'",
        "1": r"of schema version 2 \(an older adversarial-spheres wrote it: run what made it again\).*schema 1'",
    }
    with pytest.raises(InvalidArgumentError, match=words.get(schema, "an integer schema version")) as caught:
        load_record(tmp_path)
    assert str(tmp_path)[-20:] in str(caught.value)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InvalidArgumentError, match="out must be"):
        save_record(RECORD, tmp_path / "file" / "folder")


FOREIGN = {
    "kind": 7,
    "values": [1, 2],
    "arrays_sha256": None,
    "versions": ["numpy"],
}


@pytest.mark.parametrize("name", FOREIGN)
def test_parts_of_other_types_are_refused(tmp_path: Path, name: str) -> None:
    save_record(RECORD, tmp_path)
    file = tmp_path / RECORD_FILE
    file.write_text(json.dumps({**json.loads(file.read_text()), name: FOREIGN[name]}))
    for read in (load_record, load_versions):
        with pytest.raises(InvalidArgumentError, match=r"^record must be"):
            read(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "3", '"record"', "[]", "{}", '{"kind": "x"}', '{"a":' * 99999, "\ufeff{}", '{"kind": NaN}'],
)
def test_json_of_others_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / RECORD_FILE
    file.write_text(text)
    for read in (load_record, load_versions):
        for path in (tmp_path, file):
            with pytest.raises(InvalidArgumentError, match=r"^record must be"):
                read(path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04", "npy", "pickled"])
def test_arrays_of_others_are_refused(tmp_path: Path, content: bytes | str) -> None:
    """Files that fit one another, but no program of ours wrote them."""
    save_record(RECORD, tmp_path)
    buffer = io.BytesIO()
    if content == "npy":
        np.save(buffer, np.ones(3))
    elif content == "pickled":
        np.savez(buffer, a=np.array([{}], dtype=object))
    data = content if isinstance(content, bytes) else buffer.getvalue()
    file = tmp_path / RECORD_FILE
    (tmp_path / ARRAYS_FILE).write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    file.write_text(json.dumps({**json.loads(file.read_text()), "arrays_sha256": digest}))
    with pytest.raises(InvalidArgumentError, match=r"^record must be"):
        load_record(tmp_path)


def test_what_has_no_end_is_not_read(tmp_path: Path) -> None:
    save_record(RECORD, tmp_path)
    (tmp_path / ARRAYS_FILE).unlink()
    (tmp_path / ARRAYS_FILE).symlink_to("/dev/zero")
    (tmp_path / "sparse").mkdir()
    with (tmp_path / "sparse" / RECORD_FILE).open("wb") as file:
        file.truncate(2**40)
    for path in (tmp_path, "/dev/zero", tmp_path / "sparse", "a\0b"):
        with pytest.raises(InvalidArgumentError, match=r"^record must be"):
            load_record(path)


def test_what_a_record_lacks_is_named(tmp_path: Path) -> None:
    """A record of a known kind that another program, or another version, wrote: no KeyError reaches the user."""
    save_record(Record("test", {"config": {"dim": 3}, "rows": [{"a": 1}]}, {"x": np.ones(2)}), tmp_path)
    found = load_record(tmp_path)
    assert found.values == {"config": {"dim": 3}, "rows": [{"a": 1}]}
    assert ("seed" in found.values["config"], found.values["config"].get("seed", 7)) == (False, 7)
    for read in (
        lambda: found.values["spheres"],
        lambda: found.values["config"]["seed"],
        lambda: found.values["rows"][0]["b"],
        lambda: found.arrays["y"],
    ):
        with pytest.raises(InvalidArgumentError, match=r"^record must be a record of its kind: it has no"):
            read()
    again = pickle.loads(pickle.dumps(found))
    assert again.values == found.values
    with pytest.raises(InvalidArgumentError, match="it has no spheres"):
        again.values["spheres"]
