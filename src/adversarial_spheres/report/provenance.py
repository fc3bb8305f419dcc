"""Where, when and how long: all that may differ between two runs of one configuration, kept apart from the record."""

from __future__ import annotations

import os
import platform
import shlex
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..numerics.cells.cell import Cell, cell_key
from ..numerics.storage.files import read_file
from ..numerics.storage.records import PROVENANCE_FILE, library_versions
from ..numerics.storage.strict_json import read_json


class Clock:
    """Wall-clock seconds of the stages of a run, and the seconds that it took of processors in this process."""

    def __init__(self) -> None:
        self.started = datetime.now(UTC)
        self._cpu = time.process_time()
        self._begin = self._last = time.perf_counter()
        self.stages: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """End a stage."""
        now = time.perf_counter()
        self.stages[stage] = round(now - self._last, 1)
        self._last = now

    @property
    def seconds(self) -> float:
        """Since the start, by the clock."""
        return round(time.perf_counter() - self._begin, 1)

    @property
    def cpu_seconds(self) -> float:
        """Since the start, of processors, all threads of this process together; its children count for themselves."""
        return round(time.process_time() - self._cpu, 1)


def provenance(
    options: dict[str, Any], workers: int, clock: Clock, cells: Iterable[Cell], folder: Path
) -> dict[str, Any]:
    """All that may differ between two runs, as plain values.

    Parameters
    ----------
    options
        The options of the command, by name; None and False leave one out.
    workers
        Processes and threads.
    clock
        Of this run.
    cells
        The cells of the report, whose seconds are read in ``folder``.
    """
    return {
        "command": command(options),
        "started": clock.started.isoformat(timespec="seconds"),
        "seconds": clock.seconds,
        "cpu_seconds": clock.cpu_seconds,
        "stages": clock.stages,
        "cells": cell_seconds(cells, folder),
        "workers": workers,
        "machine": machine(),
        "versions": library_versions() | {"matplotlib": version("matplotlib")},
    }


def command(options: dict[str, Any]) -> str:
    """The command line that does the same."""
    words = ["adversarial-spheres", "report"]
    for name, value in options.items():
        if value is True:
            words.append(f"--{name}")
        elif value is not None and value is not False:
            words += [f"--{name}", str(value)]
    return shlex.join([*words, "--out", "DIR"])


def cell_seconds(cells: Iterable[Cell], folder: Path) -> list[dict[str, Any]]:
    """Key, label and seconds of each cell, by the clock and of processors; None where they are not known."""
    unique = {cell_key(cell): cell for cell in cells}
    return [
        {"key": key, "label": cell.label, **_seconds(folder / key / PROVENANCE_FILE)} for key, cell in unique.items()
    ]


def _seconds(file: Path) -> dict[str, float | None]:
    try:
        found = read_json(read_file(file))
    except ValueError:
        found = None
    told = found if isinstance(found, dict) else {}
    return {name: told.get(name) for name in ("seconds", "cpu_seconds")}


def machine() -> dict[str, Any]:
    """What the job ran on."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
