"""The process of the command line: ``adversarial-spheres``, or ``python -m adversarial_spheres``.

Ctrl-C ends it with exit status 130 and one line that says what is kept on disk (:mod:`.cli`). It ends for sure: a
second Ctrl-C, or ten seconds of tidying up, and the process and its children are gone at once. Where the process was
started with Ctrl-C ignored, as a shell does with a background job, it stays ignored.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

INTERRUPTED = 128 + signal.SIGINT
TIDYING_SECONDS = 10.0


def run() -> None:
    """Run the command line as the only thing that this process does."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")  # what is printed has signs that not every terminal knows
    try:
        from .cli import main
    except KeyboardInterrupt:
        _say(b"Interrupted: nothing is kept on disk; run the command again\n")
        _leave()
    try:
        main(prog_name="adversarial-spheres")
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            _leave()
        raise
    except BaseException:
        if signal.getsignal(signal.SIGINT) is not _end_now:
            raise
        # Ctrl-C at a bad moment became another error in somebody's code: a lock that is not held, say.
        _say(b"Interrupted: ended at once; what was on disk is kept\n")
        _leave()


def _interrupt(signum: int, frame: FrameType | None) -> None:
    """Let the command tidy up, for a while."""
    signal.signal(signal.SIGINT, _end_now)
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _end_now)
        signal.setitimer(signal.ITIMER_REAL, TIDYING_SECONDS)
    raise KeyboardInterrupt


def _end_now(signum: int, frame: FrameType | None) -> None:
    _say(b"Interrupted: ended at once; what was on disk is kept\n")
    _leave()


def _leave() -> NoReturn:
    """End this process and its children, now: what Python does at its end may wait for threads, or be waited for."""
    try:
        import multiprocessing

        for child in multiprocessing.active_children():
            child.kill()
    finally:
        os._exit(INTERRUPTED)


def _say(line: bytes) -> None:
    with contextlib.suppress(OSError):
        os.write(2, line)


if __name__ == "__main__":
    run()
