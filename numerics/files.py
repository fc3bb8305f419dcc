"""Files that are either the old ones or the new ones, never something in between.

A file is written under a temporary name in the same folder, forced to disk and renamed: the rename is atomic, so a
process that is killed at any moment, and a disk that fills up, leave the previous file whole.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from ..theory.errors import InvalidArgumentError, NotWrittenError

_SUFFIX = ".partial"
_STALE_SECONDS = 600.0
_OF_THE_DISK = {getattr(errno, name, None) for name in ("ENOSPC", "EDQUOT", "EIO", "EFBIG")}


def write_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Write ``data`` so that ``path`` holds either what it held before or all of ``data``.

    Parameters
    ----------
    path
        File to create or to replace; a symbolic link is followed. Its folder must exist.
    data
        The whole content.

    Raises
    ------
    InvalidArgumentError
        The folder is missing or can't be written, or ``path`` is a folder or a device; nothing has changed then.
    NotWrittenError
        The disk is full or fails; nothing has changed then.

    Notes
    -----
    Data and folder entry are forced to disk (fsync) before the function returns. A process killed in the middle
    leaves a hidden file ``.NAME.*.partial`` behind; the next write of the same file after ten minutes removes it.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> target = pathlib.Path(folder.name, "numbers.txt")
    >>> write_atomically(target, b"1 2 3")
    >>> target.read_bytes()
    b'1 2 3'
    >>> folder.cleanup()
    """
    target = check_output_file(path)
    temporary = target.with_name(f".{target.name}.{token_hex(8)}{_SUFFIX}")
    try:
        _remove_stale(target)
        try:
            _write_and_sync(temporary, data)
            os.replace(temporary, target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)
    except OSError as error:
        raise not_written(error, path, "path", "a file") from error


def not_written(
    error: OSError, path: str | os.PathLike[str], name: str, what: str
) -> InvalidArgumentError | NotWrittenError:
    """What to raise where a file or folder could not be written: the disk is to blame, or the argument ``name``."""
    if is_of_the_disk(error):
        return NotWrittenError(error.errno, error.strerror, os.fspath(path))
    return InvalidArgumentError(name, str(path), f"{what} that can be written ({error.strerror})")


def is_of_the_disk(error: BaseException) -> bool:
    """Whether an error says that a disk is full or fails, or that a quota or a limit on the size of files is met."""
    return isinstance(error, OSError) and error.errno in _OF_THE_DISK


def open_to_read(path: str | os.PathLike[str], *, name: str = "path") -> BinaryIO:
    """Open a regular file for reading; a device may have no end, and a pipe wait for ever: they are refused.

    Raises
    ------
    InvalidArgumentError
        There is no such file, it can't be read, or it is not a regular one.
    """
    try:
        file: BinaryIO = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 (the caller closes it)
    except (OSError, ValueError, TypeError) as error:
        raise InvalidArgumentError(name, str(path), f"a file that can be read ({_reason(error)})") from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise InvalidArgumentError(name, str(path), "a regular file")
    return file


def read_file(path: str | os.PathLike[str], *, name: str = "path") -> bytes:
    """All of a regular file; errors as for :func:`open_to_read`.

    Examples
    --------
    >>> read_file("/dev/zero", name="alphas")
    Traceback (most recent call last):
    adversarial_spheres.theory.errors.InvalidArgumentError: alphas must be a regular file, got '/dev/zero'
    """
    with open_to_read(path, name=name) as file:
        return file.read()


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe that nobody writes to would wait


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def check_output_file(path: str | os.PathLike[str], *, name: str = "path") -> Path:
    """Return the resolved path of a file that can be written, so that a long run doesn't fail at its end.

    Raises
    ------
    InvalidArgumentError
        The folder is missing or can't be written, or ``path`` is a folder, a device or no name that a file can have.

    Examples
    --------
    >>> check_output_file("/dev/null", name="out")
    Traceback (most recent call last):
    adversarial_spheres.theory.errors.InvalidArgumentError: out must be a regular file, got '/dev/null'
    """
    try:
        target = Path(path).resolve()
        mode = _mode(target)
        has_folder = mode is not None or target.parent.is_dir()
    except (OSError, ValueError, TypeError, RuntimeError) as error:  # too long, a null byte, no path, links in a circle
        raise InvalidArgumentError(name, str(path), f"a file that can be written ({_reason(error)})") from error
    if mode is not None and stat.S_ISDIR(mode):
        raise InvalidArgumentError(name, str(path), "a file, not a folder")
    if mode is not None and not stat.S_ISREG(mode):  # renaming onto a device would remove the device
        raise InvalidArgumentError(name, str(path), "a regular file")
    if not has_folder:
        raise InvalidArgumentError(name, str(path), "a file in a folder that exists")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise InvalidArgumentError(name, str(path), "a file in a folder that can be written")
    return target


def _mode(target: Path) -> int | None:
    """Type and rights of what stands there; None where nothing does. ``Path.exists`` hides other errors."""
    try:
        return target.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def _write_and_sync(path: Path, data: bytes) -> None:
    with open(path, "xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):  # only POSIX systems open folders
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_stale(target: Path) -> None:
    # Names are compared, not globbed: a file name may hold the special characters of a pattern. Young files stay,
    # they may belong to a writer that is alive.
    youngest = time.time() - _STALE_SECONDS
    for entry in os.scandir(target.parent):
        if entry.name.startswith(f".{target.name}.") and entry.name.endswith(_SUFFIX):
            try:
                if entry.stat().st_mtime < youngest:
                    os.unlink(entry.path)
            except FileNotFoundError:  # another writer was quicker
                continue
