"""Runs a command line and says what was wrong with how it ended."""

from __future__ import annotations

import io
import json
import os
import re
import resource
import shlex
import subprocess
import sys
import traceback
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

from playground import REPOSITORY
from watching import watched

from adversarial_spheres.cli import main

UNEXPECTED = 70
"""The status of an error that nobody thought of: documented, and always a fault."""
MEMORY = 4 * 2**30
PROGRESS = re.compile(r"[^:]+: [\d,]+ of [\d,]+")
USAGE = re.compile(r"Usage: adversarial-spheres .*\nTry 'adversarial-spheres .*' for help\.\n\n")


def documented_statuses() -> set[int]:
    """The table of exit statuses in the documentation, without the one of faults."""
    text = (REPOSITORY / "docs" / "commands.md").read_text(encoding="utf-8")
    table = text.partition("## Exit status")[2].partition("\n## ")[0]
    return {int(row) for row in re.findall(r"^\| (\d+) \|", table, flags=re.MULTILINE)} - {UNEXPECTED}


@dataclass
class Ending:
    """How a command ended."""

    line: Sequence[str]
    status: int | None = None
    out: str = ""
    err: str = ""
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "adversarial-spheres " + shlex.join(self.line)


def run_here(line: Sequence[str], folder: Path) -> Ending:
    """Run it in this process, with the handling of the real one."""
    ending = Ending(line)
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace", write_through=True) for _ in range(2))
    with watched() as seen, redirect_stdout(out), redirect_stderr(err):
        try:
            main.main(list(line), prog_name="adversarial-spheres")
        except SystemExit as error:
            ending.status = int(error.code or 0)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            ending.faults.append(f"traceback: {type(error).__name__}: {error} ({where.filename}:{where.lineno})")
    ending.out, ending.err = (stream.buffer.getvalue().decode() for stream in (out, err))  # type: ignore[attr-defined]
    ending.faults += seen.faults
    return ending


def run_process(line: Sequence[str], folder: Path, seconds: float = 30.0) -> Ending:
    """Run it as a process of its own, whose memory is limited."""
    ending = Ending(line)
    command = [sys.executable, "-W", "error", "-m", "adversarial_spheres", *line]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            timeout=seconds,
            check=False,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            preexec_fn=_limit_memory,
        )
    except subprocess.TimeoutExpired:
        ending.faults.append(f"not done after {seconds:g} s")
        return ending
    ending.status, ending.out, ending.err = done.returncode, done.stdout.decode(), done.stderr.decode()
    return ending


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def complaints(ending: Ending) -> list[str]:
    """What is wrong with how a command ended, against docs/commands.md."""
    wrong = list(ending.faults)
    if ending.status is None:
        return wrong or ["no exit status"]
    if ending.status not in documented_statuses():
        wrong.append(f"exit status {ending.status}")
    # "Warning: " alone begins a finding about a model, which is told; UserWarning and its like are Python's.
    for word in re.findall(r"Traceback|\w+Warning:", ending.err.replace("UserWarning: a warning of the model", "")):
        wrong.append(f"{word} on standard error")
    said = USAGE.sub("", ending.err)
    lines = [row for row in said.splitlines() if row.strip() and not PROGRESS.match(row)]
    if ending.status in (2, 3) and (len(lines) != 1 or not lines[0].startswith("Error: ")):
        wrong.append(f"{len(lines)} lines on standard error, not one that begins with Error: {said[:300]!r}")
    if ending.status in (0, 1) and any(row.startswith("Error: ") for row in lines):
        wrong.append(f"an error and status {ending.status}")
    if ending.status == 2 and ending.out:
        wrong.append("bad input, and something on standard output")
    if ending.status in (0, 1) and not ending.out:
        wrong.append(f"status {ending.status} and nothing on standard output")
    if ending.status in (0, 1) and "--json" in ending.line and not {"-h", "--help"} & set(ending.line):
        wrong += _json_faults(ending.out)
    if any(ord(sign) < 32 and sign != "\n" for sign in ending.out + ending.err):
        wrong.append("control characters of the input are printed")
    return wrong


def _json_faults(text: str) -> list[str]:
    def refuse(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError as error:
        return [f"standard output is not one JSON object: {error}"]
    return []
