"""Checkpoints: one file that holds a training run between two steps, whole or not at all.

Layout: magic text, then little-endian format version (uint32) and payload length (uint64), the SHA-256 digest of
version, length and payload, then the payload, an uncompressed NumPy archive (npz, never pickled). The file is written
under another name and renamed, so that a killed process leaves the previous checkpoint.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
from typing import Any, BinaryIO, NoReturn

import numpy as np
from numpy.typing import NDArray

from ..theory.errors import AccuracyError, InvalidArgumentError
from .arguments import check_instance
from .files import open_to_read, write_atomically
from .records import SENSELESS_ARCHIVE
from .training_config import TrainingConfig
from .training_state import TrainingState

MAGIC = b"adversarial-spheres checkpoint\n"
FORMAT_VERSION = 3
"""Version 1 knew the quadratic network alone, version 2 no scale of a perfect start; they are read, too."""

_SINCE_VERSION_1 = {"depth": 1, "pgd_steps": 10, "pgd_step": 0.05}
_SINCE_VERSION_2 = {"init_scale": 1.0}

# What reading senseless bytes as an archive of arrays with JSON inside may raise.
_SENSELESS = (*SENSELESS_ARCHIVE, TypeError, AttributeError, OverflowError, MemoryError, RecursionError)

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
        The file can't be written; the previous file stays.
    """
    check_instance("state", state, TrainingState, "a TrainingState")
    if not state.is_finite:
        raise AccuracyError(f"the parameters after step {state.step} are not finite; the checkpoint was not replaced")
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
        The file is missing or can't be read, is no checkpoint, has another format version, is truncated or damaged;
        the message says which.

    Examples
    --------
    >>> import tempfile
    >>> from adversarial_spheres.numerics.training import train
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     state = train(TrainingConfig(dim=3, hidden=3, steps=2), checkpoint=f"{folder}/run")
    ...     load_checkpoint(f"{folder}/run").step
    2
    """
    with open_to_read(path, name="checkpoint") as file:
        version, payload = _checked_payload(path, file)
    try:
        return _decode(payload, version)
    except _SENSELESS as error:
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
    if not os.path.lexists(path):
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
    if not 1 <= version <= FORMAT_VERSION:
        refuse(f"it has format version {version}, this program reads 1 to {FORMAT_VERSION}")
    if size - _PREFIX < length:
        refuse(f"the file is truncated: {size - _PREFIX} of {length} bytes")
    if size - _PREFIX > length:
        refuse(f"the file is damaged: {size - _PREFIX - length} bytes follow its end")
    payload = file.read(length)
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
    arrays |= {f"log_{name}": array for name, array in state.log.as_arrays().items()}
    buffer = io.BytesIO()
    named: dict[str, Any] = dict(arrays)
    np.savez(buffer, **named)
    return buffer.getvalue()


def _decode(payload: bytes, version: int) -> TrainingState:
    with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
        arrays = dict(archive)
    facts = json.loads(arrays["facts"].tobytes())
    if version <= 2:
        facts = {**facts, "config": {**facts["config"], **_SINCE_VERSION_2}}
    if version == 1:
        # The log of the quadratic network does not use the count of errors.
        facts = {**facts, "config": {**facts["config"], **_SINCE_VERSION_1}, "error_count": 0}
    config = TrainingConfig.from_dict(facts["config"])
    first = arrays["parameter_0"].shape
    if first != (config.hidden, config.dim):  # before a network of any size is made
        raise ValueError(f"parameter_0 has shape {first}, not {(config.hidden, config.dim)}")
    state = TrainingState.initial(config)
    for name, group in _groups(state).items():
        for i, array in enumerate(group):
            saved = arrays[f"{name}_{i}"]
            if saved.shape != array.shape or saved.dtype != array.dtype:
                raise ValueError(f"{name}_{i} has shape {saved.shape}, not {array.shape}")
            array[...] = saved
    state.optimizer.steps = int(facts["optimizer_steps"])
    state.step, state.loss_count = int(facts["step"]), int(facts["loss_count"])
    state.error_count = int(facts["error_count"])
    state.loss_sum, state.stopped = float(arrays["loss_sum"][0]), bool(facts["stopped"])
    state.log = type(state.log).from_arrays(
        {k.removeprefix("log_"): v for k, v in arrays.items() if k.startswith("log_")}
    )
    return state


def _groups(state: TrainingState) -> dict[str, list[NDArray[Any]]]:
    """The arrays of a run that change from step to step; filled in place when a run is read."""
    return {
        "parameter": list(state.network.parameters),
        "first": list(state.optimizer.first),
        "second": list(state.optimizer.second),
        "statistic": list(state.network.statistics),
    }
