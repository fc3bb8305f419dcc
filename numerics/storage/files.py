"""Files that are either the old ones or the new ones, never something in between.

A file is written under a temporary name in the same folder, forced to disk and renamed: the rename is atomic, so a
process that is killed at any moment, and a disk that fills up, leave the previous file whole.

Every function of the package that takes a path asks :func:`check_path` first: to Python, an integer is an open file
(True is standard output), which it would read and close.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from ...theory.basics.errors import InvalidArgumentError, NotWrittenError

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


def check_path(path: str | os.PathLike[str], *, name: str = "path") -> Path:
    """Return a path that was given as text or as an ``os.PathLike`` of text; bytes and file descriptors are refused.

    Raises
    ------
    InvalidArgumentError
        It is something else, empty, or holds a null byte.

    Examples
    --------
    >>> check_path("runs/alphas.csv").name
    'alphas.csv'
    >>> check_path(True, name="checkpoint")
    Traceback (most recent call last):
    adversarial_spheres...InvalidArgumentError: checkpoint must be a path: text or an os.PathLike, got True
    """
    try:
        text = os.fspath(path)
    except TypeError as error:
        raise InvalidArgumentError(name, path, "a path: text or an os.PathLike") from error
    if not isinstance(text, str):
        raise InvalidArgumentError(name, path, "a path: text or an os.PathLike")
    if not text or "\0" in text:
        raise InvalidArgumentError(name, text, "a path that is not empty and has no null byte")
    return Path(text)


def mode_of(path: str | os.PathLike[str], *, name: str = "path") -> int | None:
    """Type and rights of what stands at a path; None where nothing does.

    Raises
    ------
    InvalidArgumentError
        It cannot be known: the name is too long, links go in a circle, a folder above may not be searched.
        ``Path.exists`` hides some of these, and raises others.

    Examples
    --------
    >>> mode_of("no such file") is None
    True
    """
    place = check_path(path, name=name)
    try:
        return place.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeError) as error:
        raise InvalidArgumentError(name, str(path), f"a path that can be followed ({_reason(error)})") from error


def is_file(path: str | os.PathLike[str], *, name: str = "path") -> bool:
    """Whether a regular file stands there; errors as for :func:`mode_of`."""
    return stat.S_ISREG(mode_of(path, name=name) or 0)


def is_folder(path: str | os.PathLike[str], *, name: str = "path") -> bool:
    """Whether a folder stands there; errors as for :func:`mode_of`."""
    return stat.S_ISDIR(mode_of(path, name=name) or 0)


@contextmanager
def open_to_read(path: str | os.PathLike[str], *, name: str = "path") -> Iterator[BinaryIO]:
    """Open a regular file for reading; a device may have no end, and a pipe wait for ever: they are refused.

    Raises
    ------
    InvalidArgumentError
        There is no such file, it is not a regular one, or it can't be read: by whatever is done in the context, too.
    """
    place = check_path(path, name=name)
    try:
        with open(place, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InvalidArgumentError(name, str(path), "a regular file")
            yield file
    except (OSError, UnicodeError) as error:
        raise InvalidArgumentError(name, str(path), f"a file that can be read ({_reason(error)})") from error


def read_file(path: str | os.PathLike[str], *, name: str = "path", limit: int | None = None) -> bytes:
    """All of a regular file, which is at most ``limit`` bytes long; errors as for :func:`open_to_read`.

    Examples
    --------
    >>> read_file("/dev/zero", name="alphas")
    Traceback (most recent call last):
    adversarial_spheres.theory.basics.errors.InvalidArgumentError: alphas must be a regular file, got '/dev/zero'
    """
    with open_to_read(path, name=name) as file:
        if limit is not None and os.fstat(file.fileno()).st_size > limit:
            raise InvalidArgumentError(name, str(path), f"a file of at most {limit:,} bytes")
        return file.read()


def make_folder(folder: str | os.PathLike[str], *, name: str = "out") -> Path:
    """Make a folder and its parents where they are missing; returns it.

    Raises
    ------
    InvalidArgumentError
        It cannot be made; the message says why.
    NotWrittenError
        The disk is full or fails.
    """
    place = check_path(folder, name=name)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(error, folder, name, "a folder") from error
    except UnicodeError as error:
        raise InvalidArgumentError(name, str(folder), f"a folder that can be written ({error})") from error
    return place


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
    adversarial_spheres.theory.basics.errors.InvalidArgumentError: out must be a regular file, got '/dev/null'
    """
    place = check_path(path, name=name)
    try:
        target = place.resolve()
        mode = mode_of(target, name=name)
        has_folder = mode is not None or target.parent.is_dir()
    except (OSError, UnicodeError, RuntimeError) as error:  # too long, links in a circle
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
