"""Standard output is for results: whatever else is printed while a command runs goes to standard error.

A user's model may print, from Python, from C or from a process that it starts, as it is imported, whenever it is asked
and when the process ends; it may replace or close what it believes to be standard output. None of this reaches the
stream that results are written to.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import traceback
from collections.abc import Iterator
from typing import TextIO

from .theory.basics.errors import described

UNEXPECTED = 70
"""Exit status of an error that nobody expected, EX_SOFTWARE of sysexits.h: Python's own, 1, means "refuted" here."""
_kept: TextIO | None = None


def keep_descriptor_for_results() -> None:
    """Lead descriptor 1 to standard error, for the rest of this process; ``sys.stdout`` still leads where it led."""
    stream = sys.stdout
    with contextlib.suppress(OSError, ValueError):
        _open_descriptor_2()
        if stream is not None and stream.fileno() == 1:
            stream.flush()
            encoding, signs = stream.encoding, stream.errors
            sys.stdout = open(os.dup(1), "w", encoding=encoding, errors=signs, closefd=False)  # noqa: SIM115
        os.dup2(2, 1)


def _open_descriptor_2() -> None:
    """Where standard error is closed, the next descriptor that is opened would be taken for it."""
    try:
        os.fstat(2)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def results() -> TextIO:
    """The stream for results."""
    return sys.stdout if _kept is None else _kept


@contextlib.contextmanager
def kept_for_results() -> Iterator[None]:
    """Keep ``sys.stdout`` for :func:`results` as long as the context lasts: prints go to standard error."""
    global _kept  # noqa: PLW0603 (a process has one standard output)
    before, _kept = _kept, results()
    try:
        with contextlib.redirect_stdout(_new_standard_error()), contextlib.redirect_stderr(sys.stderr):
            yield
    finally:
        _kept = before


def errors() -> TextIO:
    """Standard error, and a new stream to it where a user's code has closed it."""
    stream = sys.stderr
    return _new_standard_error() if stream is None or stream.closed else stream


def _new_standard_error() -> TextIO:
    """A stream of its own to descriptor 2, which takes nothing with it where it is closed."""
    try:
        raw = io.FileIO(2, "w", closefd=False)
    except OSError:
        return io.StringIO()
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)


def printable(text: str) -> str:
    """Text in one line: what cannot be printed (a line's end, a terminal's commands) stands there as an escape.

    Examples
    --------
    >>> print(printable("network\\n\\x1b[31m.checkpoint – λ"))
    network\\n\\x1b[31m.checkpoint – λ
    """
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def place_of(error: BaseException) -> str:
    """File and line in which an error was raised; empty where that is not known."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{os.path.basename(frames[-1].filename)}, line {frames[-1].lineno}" if frames else ""


def unexpected(error: BaseException) -> str:
    """The line for an error that is nobody's input, without "Error: "."""
    place = place_of(error)
    found = printable(described(error)) + (f" ({place})" if place else "")
    return f"unexpected {found}; please report this line and what --debug before the command adds to it"
