"""An error that nobody expected: status 70 and one line that asks for a report, of every command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adversarial_spheres.cli import main
from adversarial_spheres.numerics.storage.records import Record, save_record

Cli = Callable[..., Any]
ALPHAS = ("--alphas", "src/adversarial_spheres/data/paper_alphas.csv")
ARGUMENTS: dict[str, tuple[object, ...]] = {
    "bound": ("--dim", 5, "--error-rate", 0.1),
    "error-rate": ALPHAS,
    "distances": (*ALPHAS, "--samples", 10),
    "check": (*ALPHAS, "--max-samples", 10),
    "train": ("--dim", 3, "--steps", 1, "--out", "c"),
    "sweep": ("--dims", 3, "--steps", 1, "--out", "s"),
    "figures": ("docs/standard/experiments/width", "--out", "f"),
    "report": ("--out", "r"),
    "compare": ("docs/standard", "docs/standard"),
    "quadratic-form": ("--weights", "src/adversarial_spheres/data/paper_alphas.csv", "--threshold", 1),
    "attack-bench": ("--quick", "--out", "b"),
}
UNEXPECTED: list[BaseException] = [
    RuntimeError("boom"),
    ZeroDivisionError("of\nseveral\x1b lines"),
    OSError(9, "Bad file descriptor"),
    SystemExit(0),
    GeneratorExit(),
    RecursionError("maximum recursion depth exceeded"),
]


def test_every_command_is_tried() -> None:
    assert set(ARGUMENTS) == set(main.commands)


def failing(monkeypatch: pytest.MonkeyPatch, command: str, error: BaseException) -> None:
    def body(**_: object) -> None:
        raise error

    monkeypatch.setattr(main.commands[command], "callback", body)


@pytest.mark.parametrize("error", UNEXPECTED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("command", ARGUMENTS)
def test_status_70_and_one_line(cli: Cli, monkeypatch: pytest.MonkeyPatch, command: str, error: BaseException) -> None:
    failing(monkeypatch, command, error)
    outcome = cli(command, *ARGUMENTS[command])
    assert (outcome.status, outcome.out) == (70, "")
    (line,) = outcome.err.splitlines()
    assert line.startswith(f"Error: unexpected {type(error).__name__}")
    assert "report" in line
    assert "--debug" in line
    assert line.isprintable()


@pytest.mark.parametrize("command", ARGUMENTS)
def test_with_debug_the_traceback_too(cli: Cli, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    failing(monkeypatch, command, RuntimeError("boom"))
    outcome = cli("--debug", command, *ARGUMENTS[command])
    assert (outcome.status, outcome.out) == (70, "")
    assert outcome.err.startswith("Traceback (most recent call last):")
    assert "RuntimeError: boom\n" in outcome.err
    assert outcome.err.splitlines()[-1].startswith("Error: unexpected RuntimeError: boom")


def test_debug_shows_where_a_models_error_came_from(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "theirs_fails.py").write_text("def logits(points):\n    raise KeyError('weights')\n")
    monkeypatch.chdir(tmp_path)
    arguments = ("check", "--model", "theirs_fails:logits", "--dim", 4)
    assert "theirs_fails.py" not in cli(*arguments).err
    outcome = cli("--debug", *arguments)
    assert outcome.status == 2
    assert 'theirs_fails.py", line 2' in outcome.err


def test_a_line_of_bad_input_stays_one_line(cli: Cli) -> None:
    for arguments in (
        ("bound", "two\nlines"),
        ("bound", "--dim", "5\n6", "--error-rate", 0.1),
        ("error-rate", "--alphas", "two\nlines\x1b[31m.csv"),
        ("check", "--model", "two\nlines:logits", "--dim", 4),
        ("compare", "a\nb", "c\nd"),
    ):
        outcome = cli(*arguments)
        assert outcome.status == 2
        message = outcome.err[outcome.err.index("Error: ") :].removesuffix("\n")
        assert message.isprintable()


@pytest.mark.parametrize("where", ["import", "main"])
def test_in_a_process_of_its_own(tmp_path: Path, where: str) -> None:
    """Also where the command line cannot even be loaded."""
    broken = {
        "import": "import sys; sys.modules['adversarial_spheres.commands'] = None\n",
        "main": "from adversarial_spheres import cli\ndef main(**_): raise RuntimeError('boom')\ncli.main = main\n",
    }
    code = broken[where] + "from adversarial_spheres.__main__ import run\nrun()\n"
    command = [sys.executable, "-c", code, "--version"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"COLUMNS": "80"})
    assert (ended.returncode, ended.stdout) == (70, "")
    assert len(ended.stderr.splitlines()) == 1
    assert "report" in ended.stderr


def test_a_path_with_signs_that_cannot_be_printed(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = "two\nlines\x1b[31m"
    outcome = cli("train", "--dim", 3, "--hidden", 4, "--steps", 2, "--out", name, "--quiet")
    assert outcome.status == 0
    assert "two\\nlines\\x1b[31m" in outcome.out
    assert all(line.isprintable() for line in outcome.out.splitlines())
    assert len(outcome.out.splitlines()) == 7  # a sentence, an empty line and five rows
    found = cli("train", "--dim", 3, "--hidden", 4, "--steps", 2, "--out", name, "--quiet", "--json")
    assert found.json["checkpoint"] == name


def test_folders_with_signs_that_cannot_be_printed(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for place in ("a\nb/one\n", "c\x1bd/one\n", "c\x1bd/two\n"):
        save_record(Record("lengths", {"unit": "m"}, {}), place)
    outcome = cli("compare", "a\nb", "c\x1bd")
    assert outcome.status == 1
    assert all(line.isprintable() for line in outcome.out.splitlines())
