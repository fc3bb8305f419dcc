"""Ctrl-C in the process of the command line: a while to tidy up, and an end for sure.

The first Ctrl-C raises KeyboardInterrupt, which a command turns into one line that says what is kept on disk. A second
one, or ten seconds of tidying up, and the process and its children are gone at once. Where the process was started with
Ctrl-C ignored, as a shell does with a background job, it stays ignored.
"""

from __future__ import annotations

import contextlib
import os
import signal
from types import FrameType
from typing import NoReturn

INTERRUPTED = 128 + signal.SIGINT
TIDYING_SECONDS = 10.0
_heard: bool | None = None


def listen() -> None:
    """Take Ctrl-C over, where it would raise KeyboardInterrupt; where it is ignored, none is to be heard."""
    global _heard  # noqa: PLW0603 (a process has one Ctrl-C)
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    if handler in (signal.default_int_handler, signal.SIG_IGN):
        _heard = False


def heard() -> bool | None:
    """Whether Ctrl-C was pressed; None where this module does not listen: a KeyboardInterrupt is one then."""
    return _heard


def leave() -> NoReturn:
    """End this process and its children, now: what Python does at its end may wait for threads, or be waited for."""
    try:
        import multiprocessing

        for child in multiprocessing.active_children():
            child.kill()
    finally:
        os._exit(INTERRUPTED)


def leave_at_once() -> NoReturn:
    """Say that there was no time to tidy up, and leave."""
    with contextlib.suppress(OSError):
        os.write(2, b"Interrupted: ended at once; what was on disk is kept\n")
    leave()


def _interrupt(signum: int, frame: FrameType | None) -> None:
    """Let the command tidy up, for a while."""
    global _heard  # noqa: PLW0603
    _heard = True
    signal.signal(signal.SIGINT, _end_now)
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _end_now)
        signal.setitimer(signal.ITIMER_REAL, TIDYING_SECONDS)
    raise KeyboardInterrupt


def _end_now(signum: int, frame: FrameType | None) -> None:
    leave_at_once()
