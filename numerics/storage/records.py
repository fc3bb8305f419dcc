"""Records: what an experiment found, on disk, apart from where and when it ran.

A record is a folder with ``record.json`` (numbers and words) and ``record.npz`` (arrays). Both are deterministic:
same configuration, seed and versions, same bytes. Time, machine and duration stand in ``provenance.json`` beside
them. Figures and pages are made from records alone.

``record.json`` holds the checksum of the arrays and one of itself: what was changed since it was written is noticed,
wherever it was changed.

The form of a record has a version of its own, ``schema_version``; a record of another version is refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.by_value import ByValue
from ...theory.basics.errors import InvalidArgumentError
from .arrays import read_npz, write_npz
from .files import check_path, is_folder, make_folder, open_to_read, read_file, write_atomically
from .strict_json import read_json

RECORD_FILE, ARRAYS_FILE, PROVENANCE_FILE = "record.json", "record.npz", "provenance.json"


@dataclass(frozen=True, eq=False)
class Record(ByValue):
    """Numbers and words (``values``, a tree of plain types) and arrays of one experiment.

    Examples
    --------
    >>> Record("lengths", {"unit": "m"}, {"length": np.ones(2)}).values["unit"]
    'm'
    """

    kind: str
    values: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]


SCHEMA_VERSION = 2
"""2: arrays of both spheres have an axis of spheres, inner and outer; in 1 each sphere had arrays of its own."""
MAX_TEXT, MAX_ARRAYS = 2**28, 2**32
"""Bytes of a record's two files at most: more is neither written nor read."""


def plain(value: Any) -> Any:
    """Turn NumPy numbers, arrays, tuples and dataclasses into what JSON knows; infinities and NaN become None."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def to_json(values: Any, *, indent: int | None = 2) -> str:
    """JSON text with sorted keys, without Infinity and NaN."""
    return json.dumps(plain(values), indent=indent, sort_keys=True, allow_nan=False, ensure_ascii=False)


def library_versions() -> dict[str, str]:
    """Versions of what the numbers of a record depend on."""
    names = ("adversarial-spheres", "numpy", "scipy")
    return {"python": platform.python_version()} | {name: version(name) for name in names}


def json_bytes(values: Any) -> bytes:
    """JSON text as it stands in a file; the name of a file that is no text in UTF-8 is escaped."""
    return (to_json(values) + "\n").encode("utf-8", "backslashreplace")


def save_record(record: Record, folder: str | os.PathLike[str], *, provenance: Mapping[str, Any] | None = None) -> Path:
    """Write a record into ``folder`` (made if missing); returns the path of its ``record.json``.

    The arrays are written first and ``record.json``, which holds their checksum, last: a reader never sees a pair
    that does not belong together without noticing.

    Raises
    ------
    InvalidArgumentError
        A file can't be written, or an array is none that :func:`load_record` takes.
    """
    target = check_path(folder, name="folder")
    try:
        arrays = write_npz(dict(sorted(record.arrays.items())))
    except ValueError as error:
        raise InvalidArgumentError("record", record.kind, f"a record of arrays that can be kept ({error})") from error
    content: dict[str, Any] = {
        "kind": record.kind,
        "schema_version": SCHEMA_VERSION,
        "versions": library_versions(),
        "arrays_sha256": hashlib.sha256(arrays).hexdigest(),
        "values": record.values,
    }
    text = json_bytes({**content, "content_sha256": content_digest(content)})
    if len(text) > MAX_TEXT or len(arrays) > MAX_ARRAYS:
        raise InvalidArgumentError("record", record.kind, f"a record of at most {MAX_TEXT:,} and {MAX_ARRAYS:,} bytes")
    make_folder(target)
    write_atomically(target / ARRAYS_FILE, arrays)
    write_atomically(target / RECORD_FILE, text)
    if provenance is not None:
        write_atomically(target / PROVENANCE_FILE, json_bytes(provenance))
    return target / RECORD_FILE


def content_digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of what ``record.json`` says, but for this checksum itself: of its text, as it is written."""
    return hashlib.sha256(json_bytes({k: v for k, v in content.items() if k != "content_sha256"})).hexdigest()


def load_record(path: str | os.PathLike[str]) -> Record:
    """Read a record from its folder or its ``record.json``.

    Raises
    ------
    InvalidArgumentError
        Not a record, of another schema version, changed since it was written, or the arrays are missing, truncated or
        another record's.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_record(Record("lengths", {"unit": "m"}, {"length": np.ones(2)}), folder)
    ...     load_record(path).arrays["length"].tolist()
    [1.0, 1.0]
    """
    file, content = _content(path)
    arrays = _named(str(path), _load_arrays(file.with_name(ARRAYS_FILE), content["arrays_sha256"]))
    return Record(content["kind"], content["values"], arrays)


_ALLOWED = f"a folder with a {RECORD_FILE} of this package"
_PARTS = {"kind": str, "arrays_sha256": str, "content_sha256": str, "values": dict, "versions": dict}


def _content(path: str | os.PathLike[str]) -> tuple[Path, dict[str, Any]]:
    """The file and content of a ``record.json``: whole, of a known schema, with all its parts, each of its type."""
    place = check_path(path, name="record")
    file = place / RECORD_FILE if is_folder(place, name="record") else place
    with open_to_read(file, name="record") as stream:
        # A record begins with a brace: what begins otherwise is not read, however long it is.
        text = b"{" + stream.read(MAX_TEXT) if stream.read(1) == b"{" else b""
    try:
        content = read_json(text, members=partial(_named, str(path)))
    except ValueError as error:
        raise InvalidArgumentError("record", str(path), f"{_ALLOWED} ({error})") from error
    if not isinstance(content, dict) or "schema_version" not in content:
        raise InvalidArgumentError("record", str(path), _ALLOWED)
    check_schema(content["schema_version"], path)
    for part, kind in _PARTS.items():
        if not isinstance(content.get(part), kind):
            raise InvalidArgumentError("record", str(path), f"{_ALLOWED} ({part} is missing, or of another type)")
    if not _is_unchanged(content):
        raise InvalidArgumentError("record", str(path), f"a {RECORD_FILE} that was not changed since it was written")
    return file, content


def _is_unchanged(content: Mapping[str, Any]) -> bool:
    with contextlib.suppress(RecursionError):  # nested more deeply than what is written
        return content_digest(content) == content["content_sha256"]
    return False


class _Named(dict[str, Any]):
    """Values or arrays of a record that was read: what it lacks is said in the words of this package."""

    source = ""

    def __missing__(self, key: str) -> NoReturn:
        raise InvalidArgumentError("record", self.source, f"a record of its kind: it has no {key}")


def _named(source: str, values: Mapping[str, Any]) -> _Named:
    named = _Named(values)
    named.source = source
    return named


def check_schema(schema: Any, path: str | os.PathLike[str]) -> None:
    """Refuse a record whose form this version of the package does not know.

    Raises
    ------
    InvalidArgumentError
        A schema version other than the present one.
    """
    if type(schema) is not int or schema < 1:
        raise InvalidArgumentError("record", f"{path}: schema {schema}", "of an integer schema version of at least 1")
    if schema != SCHEMA_VERSION:
        writer = "a newer" if schema > SCHEMA_VERSION else "an older"
        way = "upgrade to read it" if schema > SCHEMA_VERSION else "run what made it again"
        allowed = f"of schema version {SCHEMA_VERSION} ({writer} adversarial-spheres wrote it: {way})"
        raise InvalidArgumentError("record", f"{path}: schema {schema}", allowed)


def load_versions(path: str | os.PathLike[str]) -> dict[str, str]:
    """Versions of the libraries that a record was made with; ``path`` as for :func:`load_record`, which has read it."""
    return {str(name): str(version) for name, version in _content(path)[1]["versions"].items()}


def _load_arrays(file: Path, digest: str) -> dict[str, NDArray[Any]]:
    data = read_file(file, name="record", limit=MAX_ARRAYS)
    if hashlib.sha256(data).hexdigest() != digest:
        raise InvalidArgumentError("record", str(file), "the arrays that its record.json was written with")
    try:
        return read_npz(data, limit=len(data))  # nothing in it is compressed
    except ValueError as error:
        raise InvalidArgumentError("record", str(file), f"an archive of arrays (npz): {error}") from error
