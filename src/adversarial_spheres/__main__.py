"""The process of the command line: ``adversarial-spheres``, or ``python -m adversarial_spheres``.

Ctrl-C ends it with exit status 130 and one line that says what is kept on disk (:mod:`.interrupts`). An error that
nobody expected ends it with status 70 and one line that asks for a report. Standard output is for results alone
(:mod:`.output`).
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import traceback
from typing import NoReturn

from . import interrupts, output


def run() -> None:
    """Run the command line as the only thing that this process does."""
    interrupts.listen()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")  # what is printed has signs that not every terminal knows
    output.keep_descriptor_for_results()
    try:
        from .cli import main
    except KeyboardInterrupt:
        _say("Interrupted: nothing is kept on disk; run the command again")
        interrupts.leave()
    except BaseException as error:
        _leave_unexpectedly(error)
    try:
        main(prog_name="adversarial-spheres")
    except SystemExit as ended:
        if ended.code == interrupts.INTERRUPTED:
            interrupts.leave()
        _end_streams()
        raise
    except BaseException as error:
        if interrupts.heard():
            # Ctrl-C at a bad moment became another error in somebody's code: a lock that is not held, say.
            interrupts.leave_at_once()
        _leave_unexpectedly(error)


def _leave_unexpectedly(error: BaseException) -> NoReturn:
    if "--debug" in sys.argv[1:2]:
        _say("".join(traceback.format_exception(error)).rstrip())
    _say(f"Error: {output.unexpected(error)}")
    _end_streams()
    raise SystemExit(output.UNEXPECTED) from None


def _end_streams() -> None:
    """Let nothing that is printed from here on, as the process ends, reach standard output or change the status."""
    sys.stdout = sys.stderr = output.errors()


def _say(line: str) -> None:
    with contextlib.suppress(OSError):
        os.write(2, f"{line}\n".encode(errors="backslashreplace"))


if __name__ == "__main__":
    run()
