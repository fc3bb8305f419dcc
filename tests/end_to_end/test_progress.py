"""Progress of a report: a bar with the time left on a terminal, plain lines in a pipe, nothing with --quiet."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

SCRIPT = """
from dataclasses import replace
from adversarial_spheres.cli import main
from adversarial_spheres.numerics.experiments.nearest_pair import EXPERIMENT, NearestPairConfig
from adversarial_spheres.report import job
pairs = NearestPairConfig(dim=100, points=3000, draws=6)
job.EXPERIMENTS = (replace(EXPERIMENT, profiles={"quick": pairs}),)
main()
"""
REPORT = ("report", "--only", "nearest-pair", "--workers", "1", "--out")


def on_a_terminal(*arguments: str) -> str:
    """What a report writes on standard error, a terminal of 100 columns."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-c", SCRIPT, *arguments]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=follower, env=environment)
    os.close(follower)
    written = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # Linux says so when the last writer has gone
            break
        if not part:
            break
        written += part
    os.close(leader)
    assert child.wait() == 0
    return written.decode()


def test_a_bar_with_the_time_left_on_a_terminal(tmp_path: Path) -> None:
    shown = on_a_terminal(*REPORT, str(tmp_path))
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    assert "\x1b[" in shown
    assert re.search(r"cells .*6/6", plain)
    assert re.search(r"\d:\d\d:\d\d", plain)
    assert re.search(r"figures .*1/1", plain)


def test_silent_with_quiet_on_a_terminal(tmp_path: Path) -> None:
    assert on_a_terminal(*REPORT, str(tmp_path), "--quiet") == ""


def test_plain_lines_in_a_pipe(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, *REPORT, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "\x1b" not in done.stderr
    assert "\r" not in done.stderr
    lines = done.stderr.splitlines()
    assert lines[0].startswith("cells: 0 of 6")
    assert any(line.startswith("cells: 6 of 6") for line in lines)
    assert any(line.startswith("figures: 1 of 1") for line in lines)
