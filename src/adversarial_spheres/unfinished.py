"""Interrupted work is not overwritten: a folder or checkpoint that holds an unfinished run is refused, or gone on with.

A folder in which a long run is at work is marked by a file, which the end of the run removes. Ctrl-C, a crash,
``kill -9`` and a power cut leave it there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .numerics.storage.files import is_file, make_folder, mode_of, write_atomically
from .numerics.training.checkpoint import load_checkpoint
from .theory.basics.errors import InvalidArgumentError, NotWrittenError, SpheresError

MARKER = ".unfinished"
_TEXT = b"A run is at work in this folder, or was interrupted: the same command with --resume goes on with it.\n"


@contextmanager
def marked_as_unfinished(folder: Path, *, resume: bool) -> Iterator[None]:
    """Mark a folder, made if missing, as long as the context lasts.

    Parameters
    ----------
    folder
        Where the results of a run go.
    resume
        Whether to go on with a run that was interrupted there.

    Raises
    ------
    InvalidArgumentError
        Without ``resume``: the folder is marked already.

    Notes
    -----
    An error that the package raises on purpose ends a run as its end does: it has told what is the matter. Whatever
    else ends it leaves the mark, and so does a full disk: the run can go on when there is room.
    """
    marker = folder / MARKER
    was_there = mode_of(marker, name="out") is not None
    if was_there and not resume:
        allowed = "another folder: it holds an interrupted run (add --resume to go on with it)"
        raise InvalidArgumentError("out", str(folder), allowed)
    make_folder(folder)
    write_atomically(marker, _TEXT)
    try:
        yield
    except SpheresError as error:
        if not was_there and not isinstance(error, NotWrittenError):
            marker.unlink(missing_ok=True)
        raise
    marker.unlink(missing_ok=True)


def refuse_unfinished_checkpoint(path: str | Path, *, name: str = "checkpoint") -> None:
    """Refuse to begin anew where a file holds a training run that has steps left to take.

    Raises
    ------
    InvalidArgumentError
        It does; the message says how far the run is.
    """
    if not is_file(path, name=name):
        return
    try:
        state = load_checkpoint(path)
    except InvalidArgumentError:  # nobody could go on with it
        return
    if not state.finished:
        done = f"step {state.step:,} of {state.config.steps:,}"
        allowed = f"another file: it holds an interrupted run, {done} (add --resume to go on with it)"
        raise InvalidArgumentError(name, str(path), allowed)
