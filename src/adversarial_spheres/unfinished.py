"""Interrupted work is not overwritten: a folder or checkpoint that holds an unfinished run is refused, or gone on with.

A folder in which a long run is at work is marked by a file, which the end of the run removes. Ctrl-C, a crash,
``kill -9`` and a power cut leave it there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .numerics.storage.files import is_file, is_folder, make_folder, mode_of, write_atomically
from .numerics.storage.records import ARRAYS_FILE, PROVENANCE_FILE, RECORD_FILE, load_record, plain
from .numerics.training.checkpoint import load_checkpoint
from .numerics.training.config import TrainingConfig
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


def check_folder(out: Path, config: Any, *, kind: str, own: Sequence[str], resume: bool) -> None:
    """Refuse a folder in which a summary of many cells would make something lost, or that holds something else.

    With ``resume`` other files are left alone, and a summary of the same kind of another configuration is replaced: its
    cells stay. The record of anything else is never replaced.

    Parameters
    ----------
    out, config, kind
        The folder, the configuration of the summary, and the kind of its record.
    own
        Names beside the record that such a folder has.
    resume
        Whether to go on with what is there.

    Raises
    ------
    InvalidArgumentError
        The folder is refused.
    """
    if not is_folder(out, name="out"):
        return  # made later, or refused then
    ours = {*own, RECORD_FILE, ARRAYS_FILE, PROVENANCE_FILE}
    strangers = sorted(path.name for path in out.iterdir() if path.name not in ours and not path.name.startswith("."))
    if strangers and not resume:
        allowed = f"a new folder, an empty one or that of a {kind}, not one with {strangers[0]} in it (or --resume)"
        raise InvalidArgumentError("out", str(out), allowed)
    if mode_of(out / RECORD_FILE, name="out") is None:
        return
    record = load_record(out)
    if record.kind != kind:
        raise InvalidArgumentError("out", str(out), f"a folder without the record of something else ({record.kind})")
    if record.values["config"] != plain(config) and not resume:
        allowed = f"another folder: its {kind} is of other options (--resume adds to it and replaces its summary)"
        raise InvalidArgumentError("out", str(out), allowed)


def refuse_other_checkpoint(path: str | Path, config: TrainingConfig, *, name: str = "checkpoint") -> None:
    """Refuse to begin a run where a file holds one that has steps left to take, or the end of another one.

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
    if state.config != config:
        raise InvalidArgumentError(name, str(path), "another file: it holds the end of a run of other options")
