"""How a fuzzed case is watched: its time, its warnings, its memory, and what it leaves on disk."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TypeAlias

Fault: TypeAlias = tuple[str, str]
"""The call or command line to paste, and what was wrong."""
SECONDS, PATIENCE = 10.0, 120.0
"""Seconds of the processor and by the clock that a case may take: beyond, it does what nobody asked for, or waits."""
MODELS_OF_OTHERS = ("playground_models.py",)
"""Files that warn on purpose: what a user's model warns of is the user's."""
MEGABYTES = 600.0
"""The peak of memory may rise by this much in one case: all inputs are small."""


class TooSlow(BaseException):
    """A case did not end in time; no ``except Exception`` of the package swallows it."""


@dataclass
class Watched:
    """What was seen while a case ran."""

    faults: list[str] = field(default_factory=list)


@contextmanager
def watched() -> Iterator[Watched]:
    """Note what a case does wrong beside its result: warnings, memory, and time, which ends it."""
    seen, before = Watched(), _peak()
    old = [signal.signal(number, _too_slow) for number in (signal.SIGPROF, signal.SIGALRM)]
    streams = {number: os.dup(number) for number in (0, 1, 2)}
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            yield seen
    except TooSlow:
        seen.faults.append(f"not done after {SECONDS:g} s of the processor, or {PATIENCE:g} s of waiting")
    finally:
        for timer, number, handler in zip(
            (signal.ITIMER_PROF, signal.ITIMER_REAL), (signal.SIGPROF, signal.SIGALRM), old, strict=True
        ):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)
    seen.faults += [f"stream {number} is closed or another" for number, copy in streams.items() if _lost(number, copy)]
    told_by_us = [w for w in told if Path(w.filename).name not in MODELS_OF_OTHERS]
    seen.faults += [f"{w.category.__name__} from {w.filename}:{w.lineno}: {w.message}" for w in told_by_us]
    if (grown := _peak() - before) > MEGABYTES:
        seen.faults.append(f"{grown:.0f} MB of memory more than before")


def _too_slow(signum: int, frame: FrameType | None) -> None:
    raise TooSlow


def _lost(number: int, copy: int) -> bool:
    """Whether a standard stream is no longer what it was; it is, afterwards."""
    try:
        lost = not os.path.sameopenfile(number, copy)
    except OSError:
        lost = True
    if lost:
        os.dup2(copy, number)
    os.close(copy)
    return lost


def _peak() -> float:
    """Peak of this process's memory, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def snapshot(folder: Path) -> dict[str, bytes | str]:
    """Everything in a folder: content of files, aims of links, kinds of the rest."""
    found: dict[str, bytes | str] = {}
    for path in folder.rglob("*"):
        name, mode = str(path.relative_to(folder)), path.lstat().st_mode
        if stat.S_ISLNK(mode):
            found[name] = os.readlink(path)
        elif stat.S_ISREG(mode):
            found[name] = path.read_bytes()
        else:
            found[name] = f"kind {stat.S_IFMT(mode):o}"
    return found


def changes(before: dict[str, bytes | str], after: dict[str, bytes | str]) -> list[str]:
    """Names of what is new, gone or different."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def restore(folder: Path, template: Path) -> None:
    """Make a folder what its template is; the folder itself stays, as the working directory that it may be."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for path in template.iterdir():
        target = folder / path.name
        if stat.S_ISFIFO(path.lstat().st_mode):
            os.mkfifo(target)
        elif path.is_dir() and not path.is_symlink():
            shutil.copytree(path, target, symlinks=True)
        else:
            shutil.copy2(path, target, follow_symlinks=False)


def told(faults: list[Fault]) -> str:
    """The faults of a test by kind: how often each was found, and the first cases to paste."""
    kinds: dict[str, list[str]] = {}
    for case, wrong in faults:
        kinds.setdefault(re.sub(r"\d+", "N", wrong), []).append(f"    {case}\n        {wrong}")
    rows = [f"{len(cases)} times:\n" + "\n".join(cases[:3]) for cases in kinds.values()]
    return "\n".join([f"{len(faults)} faults of {len(kinds)} kinds", *rows])
