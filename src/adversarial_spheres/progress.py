"""Progress of long runs on standard error: a bar with the time left on a terminal, plain lines when piped.

A note that ends in "left" is the caller's own estimate of the time left, and takes the place of the one that is made
from the counts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .theory.basics.arguments import Progress


SECONDS_BETWEEN_LINES = 10.0


def _is_estimate(note: str) -> bool:
    return note.endswith("left")


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """Give a callback that shows progress for as long as the context lasts."""
    if quiet:
        yield _silent
    elif sys.stderr is not None and sys.stderr.isatty():
        with _bar() as callback:
            yield callback
    else:
        yield _PlainLines()


def _silent(stage: str, done: int, total: int, note: str = "") -> None:
    """Show nothing."""


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class TimeLeft(TimeRemainingColumn):
        """The estimate from the counts, where the note does not have a better one."""

        def render(self, task: Task) -> Text:
            return Text("") if _is_estimate(task.fields["note"]) else super().render(task)

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeLeft(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks = {}

        def update(stage: str, done: int, total: int, note: str = "") -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total, note=note)
            bar.update(tasks[stage], completed=done, total=total, note=note)

        yield update


class _PlainLines:
    """A line at the start and the end of each stage, and one every few seconds between."""

    def __init__(self) -> None:
        self._started: dict[str, tuple[float, int]] = {}
        self._last_line = 0.0

    def __call__(self, stage: str, done: int, total: int, note: str = "") -> None:
        now = time.monotonic()
        first = stage not in self._started
        began, done_before = self._started.setdefault(stage, (now, done))
        if not first and done < total and now - self._last_line < SECONDS_BETWEEN_LINES:
            return
        self._last_line = now
        advanced = done - done_before
        counted = advanced and done < total and not _is_estimate(note)
        left = f", {(now - began) / advanced * (total - done):.0f} s left" if counted else ""
        tail = f"  ({note})" if note else ""
        with suppress(OSError, ValueError):  # days of work do not end because nobody can be told how far they are
            print(f"{stage}: {done:,} of {total:,}{left}{tail}", file=sys.stderr, flush=True)  # noqa: T201
