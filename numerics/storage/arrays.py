"""Arrays in NumPy's files (.npy, .npz), read without trust in what their headers say.

A header is compared with the bytes that are there before anything is made of it: no array is larger than its bytes, no
archive unfolds beyond a limit. Only what NumPy writes is taken: archives that store or deflate, real and complex
numbers, truth values and words. Nothing is unpickled.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

NPY_MAGIC, ZIP_MAGIC = b"\x93NUMPY", b"PK"
_KINDS = "biufcSU"
_LENGTH = {1: struct.Struct("<H"), 2: struct.Struct("<I")}
_LONGEST_HEADER = 4096
_FIELDS = re.compile(r"'(descr|fortran_order|shape)' *: *('[^']*'|True|False|\([0-9, ]*\)) *(?:, *|(?=}))")
_SHAPE = re.compile(r"\((?:[0-9]{1,19}, *)*(?:[0-9]{1,19})?\)")
_SENSELESS = (ValueError, LookupError, EOFError, RuntimeError, OSError, ArithmeticError, struct.error)
"""What reading senseless bytes as an archive may raise, beside the errors of its own modules."""


def read_npy(data: bytes) -> NDArray[Any]:
    """The array of a .npy file; a copy, which may be written to.

    Raises
    ------
    ValueError
        The bytes are no array that NumPy writes without pickling, or not as many as their header says; the message
        says which.

    Examples
    --------
    >>> buffer = io.BytesIO()
    >>> np.save(buffer, np.array([0.5, 1.25]))
    >>> read_npy(buffer.getvalue()).tolist()
    [0.5, 1.25]
    """
    header, start = _npy_header(data)
    dtype, fortran, shape = _described(header)
    size, there = math.prod(shape) * dtype.itemsize, len(data) - start
    if size != there:
        raise ValueError(f"its header asks for shape {str(shape)[:40]} of {dtype}, {there:,} bytes are there")
    flat = np.frombuffer(data, dtype=dtype, offset=start).copy() if size else np.empty(0, dtype=dtype)
    try:
        return flat.reshape(shape, order="F" if fortran else "C")
    except (ValueError, OverflowError) as error:
        raise ValueError(f"its header asks for shape {str(shape)[:40]}") from error


def read_npz(data: bytes, *, limit: int) -> dict[str, NDArray[Any]]:
    """The arrays of a .npz file by their names, in its order.

    Parameters
    ----------
    data
        The archive.
    limit
        Bytes that the arrays may take together.

    Raises
    ------
    ValueError
        The bytes are no archive of such arrays, two have one name, their checksums differ, or they are larger.

    Examples
    --------
    >>> sorted(read_npz(write_npz({"x": np.ones(2), "n": np.arange(3)}), limit=1000))
    ['n', 'x']
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check_members(members, limit)
            return {member.filename.removesuffix(".npy"): _read_member(archive, member) for member in members}
    except ValueError:
        raise
    except (*_SENSELESS, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"it is no archive of arrays: {error}") from error


def write_npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The bytes of an uncompressed .npz file, the same for the same arrays.

    Raises
    ------
    ValueError
        An array has masked entries, or entries that :func:`read_npz` does not take.

    Examples
    --------
    >>> read_npz(write_npz({"x": np.ones(2)}), limit=1000)["x"].tolist()
    [1.0, 1.0]
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            if isinstance(array, np.ma.MaskedArray):
                raise ValueError(f"{name} is a masked array: its mask would be lost")
            entries = np.asarray(array)
            if entries.dtype.kind not in _KINDS:
                raise ValueError(f"{name} is an array of {entries.dtype}, not of numbers, truth values or words")
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, entries, allow_pickle=False)
    return buffer.getvalue()


def _npy_header(data: bytes) -> tuple[str, int]:
    """The text of a header, and where the numbers begin."""
    if not data.startswith(NPY_MAGIC):
        raise ValueError("it does not begin like a .npy file")
    version = data[len(NPY_MAGIC)] if len(data) > len(NPY_MAGIC) + 1 else 0
    if version not in _LENGTH:
        raise ValueError(f"its .npy version is {version}, not 1 or 2" if version else "it is truncated")
    begin = len(NPY_MAGIC) + 2 + _LENGTH[version].size
    if len(data) < begin:
        raise ValueError("it is truncated")
    (length,) = _LENGTH[version].unpack(data[len(NPY_MAGIC) + 2 : begin])
    if length > _LONGEST_HEADER or begin + length > len(data):
        raise ValueError(f"its header is {length:,} bytes long")
    return data[begin : begin + length].decode("latin-1"), begin + length


def _described(header: str) -> tuple[np.dtype[Any], bool, tuple[int, ...]]:
    """Type, order and shape in a header, read as text: it is never evaluated."""
    text = header.strip()
    pairs = _FIELDS.findall(text)
    found = dict(pairs)
    if len(pairs) != 3 or len(found) != 3 or _FIELDS.sub("", text) != "{}":
        raise ValueError("its header is not that of an array of numbers, truth values or words")
    kind, fortran, shape = found["descr"][1:-1], found["fortran_order"], found["shape"]
    if kind == "|O":
        raise ValueError("its entries are Python objects")
    if fortran not in ("True", "False") or not _SHAPE.fullmatch(shape):
        raise ValueError(f"its header says order {fortran[:20]} and shape {shape[:40]}")
    return _dtype(kind), fortran == "True", tuple(int(length) for length in re.findall("[0-9]+", shape))


def _dtype(kind: str) -> np.dtype[Any]:
    """The type of the entries, of those that have bytes."""
    if re.fullmatch(rf"[<>|=][{_KINDS}][1-9][0-9]{{0,5}}", kind):
        with contextlib.suppress(TypeError, ValueError):
            return np.dtype(kind)
    raise ValueError(f"its entries are of type {kind[:20]!a}")


def _check_members(members: list[zipfile.ZipInfo], limit: int) -> None:
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        raise ValueError("two arrays in it have one name")
    size = sum(member.file_size for member in members)
    if size > limit:
        raise ValueError(f"it unfolds to {size:,} bytes, more than {limit:,}")
    for member in members:
        if not member.filename.endswith(".npy"):
            raise ValueError("something in it is no array")
        if member.flag_bits & 1:
            raise ValueError("it is encrypted")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError("it is compressed in a way that NumPy does not use")


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(member) as stream:
        return read_npy(stream.read(member.file_size))  # a length that is given bounds what is unfolded
