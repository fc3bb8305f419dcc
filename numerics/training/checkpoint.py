"""Checkpoints: one file that holds a training run between two steps, whole or not at all.

Layout: magic text, then little-endian format version (uint32) and payload length (uint64), the SHA-256 digest of
version, length and payload, then the payload, an uncompressed NumPy archive (npz, never pickled). The file is written
under another name and renamed, so that a killed process leaves the previous checkpoint.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO, NoReturn

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.arguments import check_instance, check_integer
from ...theory.basics.errors import AccuracyError, InvalidArgumentError
from ...theory.basics.validation import check_flag
from ..storage.arrays import read_npz, write_npz
from ..storage.files import mode_of, open_to_read, write_atomically
from ..storage.strict_json import read_json
from .config import TrainingConfig
from .state import TrainingState

MAGIC = b"adversarial-spheres checkpoint\n"
FORMAT_VERSION = 4
_OLDEST_VERSION = 3
_SINCE_VERSION_3 = {"schedule": "constant", "ema_decay": None}
"""Version 3 knew no other learning rate and no average; long runs have such files."""

_FACTS = {"config", "step", "optimizer_steps", "loss_count", "error_count", "stopped"}

_HEADER = struct.Struct("<IQ")
_PREFIX = len(MAGIC) + _HEADER.size + hashlib.sha256().digest_size


def save_checkpoint(path: str | os.PathLike[str], state: TrainingState) -> None:
    """Write a training run to a file, atomically.

    Parameters
    ----------
    path
        File to create or replace, in a folder that exists.
    state
        The run; it is not changed. The same state gives the same bytes.

    Raises
    ------
    AccuracyError
        A parameter is not a finite number; the previous file stays.
    InvalidArgumentError
        The file can't be written, or no run of this configuration can be in this state; the previous file stays.
    """
    check_instance("state", state, TrainingState, "a TrainingState")
    if not state.is_finite:
        raise AccuracyError(f"the parameters after step {state.step} are not finite; the checkpoint was not replaced")
    state.check()
    payload = _encode(state)
    header = _HEADER.pack(FORMAT_VERSION, len(payload))
    write_atomically(path, b"".join([MAGIC, header, hashlib.sha256(header + payload).digest(), payload]))


def load_checkpoint(path: str | os.PathLike[str]) -> TrainingState:
    """Read a training run from a file; the file is not changed.

    Parameters
    ----------
    path
        A file that :func:`save_checkpoint` wrote.

    Returns
    -------
    TrainingState
        With ``network``, ``config``, ``log``, ``step`` and all that is needed to go on: the same bits that were saved.

    Raises
    ------
    InvalidArgumentError
        The file is missing or can't be read, is no checkpoint, has another format version, is truncated or damaged, or
        no run can be in the state that it tells; the message says which.

    Examples
    --------
    >>> import tempfile
    >>> from adversarial_spheres.numerics.training.loop import train
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     state = train(TrainingConfig(dim=3, hidden=3, steps=2), checkpoint=f"{folder}/run")
    ...     load_checkpoint(f"{folder}/run").step
    2
    """
    with open_to_read(path, name="checkpoint") as file:
        version, payload = _checked_payload(path, file)
    try:
        return _decode(payload, version)
    except ValueError as error:
        reason = f"its content can't be understood: {error}"
        raise InvalidArgumentError("checkpoint", str(path), f"a whole checkpoint ({reason})") from error


def is_replaceable(path: str | os.PathLike[str]) -> bool:
    """Whether a new run may write here: no file, an empty one, or one that begins like a checkpoint.

    Raises
    ------
    InvalidArgumentError
        The file exists and can't be read.

    Examples
    --------
    >>> is_replaceable("no such file")
    True
    """
    if mode_of(path, name="checkpoint") is None:
        return True
    with open_to_read(path, name="checkpoint") as file:
        return file.read(len(MAGIC)) in (b"", MAGIC)


def _checked_payload(path: str | os.PathLike[str], file: BinaryIO) -> tuple[int, bytes]:
    """Format version and payload; the payload is read only where the file is as long as its header says."""

    def refuse(reason: str) -> NoReturn:
        raise InvalidArgumentError("checkpoint", str(path), f"a whole checkpoint ({reason})")

    data, size = file.read(_PREFIX), os.fstat(file.fileno()).st_size
    if not data.startswith(MAGIC):
        refuse(
            "the file is truncated" if data and MAGIC.startswith(data) else "the file is none: it begins differently"
        )
    if len(data) < _PREFIX:
        refuse("the file is truncated")
    header, digest = data[len(MAGIC) : len(MAGIC) + _HEADER.size], data[len(MAGIC) + _HEADER.size : _PREFIX]
    version, length = _HEADER.unpack(header)
    if not _OLDEST_VERSION <= version <= FORMAT_VERSION:
        refuse(f"it has format version {version}, this program reads {_OLDEST_VERSION} to {FORMAT_VERSION}")
    if size - _PREFIX < length:
        refuse(f"the file is truncated: {size - _PREFIX} of {length} bytes")
    if size - _PREFIX > length:
        refuse(f"the file is damaged: {size - _PREFIX - length} bytes follow its end")
    try:
        payload = file.read(length)
    except MemoryError:
        refuse(f"its {length} bytes do not fit into memory")
    if hashlib.sha256(header + payload).digest() != digest:
        refuse("the file is damaged: its checksum differs")
    return version, payload


def _encode(state: TrainingState) -> bytes:
    facts = {
        "config": state.config.as_dict(),
        "step": state.step,
        "optimizer_steps": state.optimizer.steps,
        "loss_count": state.loss_count,
        "error_count": state.error_count,
        "stopped": state.stopped,
    }
    text = json.dumps(facts, sort_keys=True).encode()
    arrays: dict[str, NDArray[Any]] = {"facts": np.frombuffer(text, dtype=np.uint8)}
    arrays["loss_sum"] = np.array([state.loss_sum])
    for name, group in _groups(state).items():
        arrays |= {f"{name}_{i}": array for i, array in enumerate(group)}
    return write_npz(arrays | {f"log_{name}": array for name, array in state.log.as_arrays().items()})


def _decode(payload: bytes, version: int) -> TrainingState:
    """The state in a payload; ValueError says what no run can have left there."""
    arrays = read_npz(payload, limit=len(payload))  # nothing in it is compressed
    facts = _facts(_taken(arrays, "facts"), version)
    config = TrainingConfig.from_dict(facts["config"])
    _check_shapes(arrays, config)  # before a network of any size is made
    state = TrainingState.initial(config)
    for name, group in _groups(state).items():
        for i, array in enumerate(group):
            array[...] = _taken(arrays, f"{name}_{i}", array.shape, array.dtype)
    state.loss_sum = float(_taken(arrays, "loss_sum", (1,), np.dtype(np.float64))[0])
    state.optimizer.steps, state.step = (check_integer(n, facts[n], 0) for n in ("optimizer_steps", "step"))
    state.loss_count, state.error_count = (check_integer(n, facts[n], 0) for n in ("loss_count", "error_count"))
    state.stopped = check_flag("stopped", facts["stopped"])
    if strangers := sorted(name for name in arrays if not name.startswith("log_")):
        raise ValueError(f"it holds {strangers[0]!a}")
    state.log = type(state.log).from_arrays({k.removeprefix("log_"): v for k, v in arrays.items()})
    state.check()
    if not state.is_finite:
        raise ValueError("a parameter is not a finite number")
    return state


def _facts(text: NDArray[Any], version: int) -> dict[str, Any]:
    facts = read_json(text.tobytes())
    if not isinstance(facts, dict) or not isinstance(facts.get("config"), dict):
        raise ValueError("it has no configuration")
    if version == 3:
        facts = {**facts, "config": {**facts["config"], **_SINCE_VERSION_3}}
    if set(facts) != _FACTS:
        raise ValueError(f"its facts are {sorted(facts)}"[:200])
    return facts


def _taken(
    arrays: dict[str, NDArray[Any]],
    name: str,
    shape: tuple[int, ...] | None = None,
    dtype: np.dtype[Any] | None = None,
) -> NDArray[Any]:
    """Take out the array of a name, which has this shape and type."""
    array = arrays.pop(name, None)
    if array is None:
        raise ValueError(f"it has no {name}")
    if (shape is not None and array.shape != shape) or (dtype is not None and array.dtype != dtype):
        raise ValueError(f"{name} is {array.dtype} of shape {array.shape}, not {dtype} of shape {shape}")
    return array


def _check_shapes(arrays: Mapping[str, NDArray[Any]], config: TrainingConfig) -> None:
    for i, shape in enumerate(config.parameter_shapes):
        found = arrays.get(f"parameter_{i}")
        if found is None or found.shape != shape:
            raise ValueError(f"parameter_{i} has shape {None if found is None else found.shape}, not {shape}")


def _groups(state: TrainingState) -> dict[str, list[NDArray[Any]]]:
    """The arrays of a run that change from step to step; filled in place when a run is read."""
    return {
        "parameter": list(state.network.parameters),
        "first": list(state.optimizer.first),
        "second": list(state.optimizer.second),
        "statistic": list(state.network.statistics),
        "average": list(state.average),
    }
