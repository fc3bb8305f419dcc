"""Records: what an experiment found, on disk, apart from where and when it ran.

A record is a folder with ``record.json`` (numbers and words) and ``record.npz`` (arrays). Both are deterministic:
same configuration, seed and versions, same bytes. Time, machine and duration stand in ``provenance.json`` beside
them. Figures and pages are made from records alone.

The form of a record has a version of its own, ``schema_version``. A record of an older version is brought up to date as
it is read, one version after the other (``MIGRATIONS``); the files stay as they are.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import platform
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..theory.by_value import ByValue
from ..theory.errors import InvalidArgumentError
from .files import open_to_read, read_file, write_atomically

SENSELESS_ARCHIVE = (ValueError, LookupError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error)
"""What reading bytes that are no archive of arrays may raise."""
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


SCHEMA_VERSION = 1
Migration: TypeAlias = Callable[[Record], Record]
MIGRATIONS: Mapping[int, Migration] = {}
"""What turns a record of each older version into one of the next; none is older than version 1."""


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


def save_record(record: Record, folder: str | Path, *, provenance: Mapping[str, Any] | None = None) -> Path:
    """Write a record into ``folder`` (made if missing); returns the path of its ``record.json``.

    The arrays are written first and ``record.json``, which holds their checksum, last: a reader never sees a pair
    that does not belong together without noticing.
    """
    target = Path(folder)
    make_folder(target)
    arrays = _npz_bytes(record.arrays)
    content = {
        "kind": record.kind,
        "schema_version": SCHEMA_VERSION,
        "versions": library_versions(),
        "arrays_sha256": hashlib.sha256(arrays).hexdigest(),
        "values": record.values,
    }
    write_atomically(target / ARRAYS_FILE, arrays)
    write_atomically(target / RECORD_FILE, (to_json(content) + "\n").encode())
    if provenance is not None:
        write_atomically(target / PROVENANCE_FILE, (to_json(provenance) + "\n").encode())
    return target / RECORD_FILE


def load_record(path: str | Path) -> Record:
    """Read a record from its folder or its ``record.json``; one of an older schema is brought up to date.

    Raises
    ------
    InvalidArgumentError
        Not a record, of a newer schema version, or the arrays are missing, truncated or another record's.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_record(Record("lengths", {"unit": "m"}, {"length": np.ones(2)}), folder)
    ...     load_record(path).arrays["length"].tolist()
    [1.0, 1.0]
    """
    file, content = _content(path)
    check_schema(content["schema_version"], path)
    arrays = _named(str(path), _load_arrays(file.with_name(ARRAYS_FILE), content["arrays_sha256"]))
    return migrated(Record(content["kind"], content["values"], arrays), content["schema_version"])


_PARTS = {"kind": str, "schema_version": object, "arrays_sha256": str, "values": dict, "versions": dict}


def _content(path: str | Path) -> tuple[Path, dict[str, Any]]:
    """The file and content of a ``record.json``, which has all its parts, each of its type."""
    try:
        file = Path(path)
        file = file / RECORD_FILE if file.is_dir() else file
    except (ValueError, TypeError, OSError) as error:
        raise InvalidArgumentError("record", str(path), "a file or a folder") from error
    try:
        with open_to_read(file, name="record") as stream:
            # A record begins with a brace: what begins otherwise is not read, however long it is.
            text = stream.read(1) == b"{" and b"{" + stream.read()
        named = partial(_named, str(path))
        content = json.loads(text or "", parse_constant=_refuse_constant, object_hook=named)
        if all(isinstance(content.get(part), kind) for part, kind in _PARTS.items()):
            return file, content
    except InvalidArgumentError:
        raise
    except (ValueError, AttributeError, RecursionError) as error:
        raise InvalidArgumentError("record", str(path), f"a folder with a {RECORD_FILE} of this package") from error
    raise InvalidArgumentError("record", str(path), f"a folder with a {RECORD_FILE} of this package")


class _Named(dict[str, Any]):
    """Values or arrays of a record that was read: what it lacks is said in the words of this package."""

    source = ""

    def __missing__(self, key: str) -> NoReturn:
        raise InvalidArgumentError("record", self.source, f"a record of its kind: it has no {key}")


def _named(source: str, values: dict[str, Any]) -> _Named:
    named = _Named(values)
    named.source = source
    return named


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is in no record")


def check_schema(schema: Any, path: str | Path) -> None:
    """Refuse a record whose form this version of the package does not know.

    Raises
    ------
    InvalidArgumentError
        A schema version that is no integer from 1 to the present one.
    """
    if type(schema) is not int or schema < 1:
        raise InvalidArgumentError("record", f"{path}: schema {schema}", "of an integer schema version of at least 1")
    if schema > SCHEMA_VERSION:
        allowed = (
            f"of schema version {SCHEMA_VERSION} or older (a newer adversarial-spheres wrote it: upgrade to read it)"
        )
        raise InvalidArgumentError("record", f"{path}: schema {schema}", allowed)


def migrated(
    record: Record, schema: int, *, migrations: Mapping[int, Migration] = MIGRATIONS, target: int = SCHEMA_VERSION
) -> Record:
    """Bring a record of an older schema up to date, one version after the other.

    Parameters
    ----------
    record, schema
        What was read, and the version of its form.
    migrations, target
        What leads from each version to the next, and the version that is wanted.
    """
    for older in range(schema, target):
        record = migrations[older](record)
    return record


def load_versions(path: str | Path) -> dict[str, str]:
    """Versions of the libraries that a record was made with; ``path`` as for :func:`load_record`, which has read it."""
    return {str(name): str(version) for name, version in _content(path)[1]["versions"].items()}


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, or say in one line why it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidArgumentError("out", str(folder), f"a folder that can be written ({error.strerror})") from error


def _npz_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    buffer = io.BytesIO()
    in_order: dict[str, Any] = {name: arrays[name] for name in sorted(arrays)}
    np.savez(buffer, **in_order)
    return buffer.getvalue()


def _load_arrays(file: Path, digest: str) -> dict[str, NDArray[Any]]:
    data = read_file(file, name="record")
    if hashlib.sha256(data).hexdigest() != digest:
        raise InvalidArgumentError("record", str(file), "the arrays that its record.json was written with")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return {name.removesuffix(".npy"): arrays[name] for name in names}
    except (*SENSELESS_ARCHIVE, MemoryError) as error:
        raise InvalidArgumentError("record", str(file), "an archive of arrays (npz)") from error
