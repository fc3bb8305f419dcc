"""Command lines at random: a documented exit status, one line, no traceback, no warning, nothing lost."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import playground
import pytest
from command_lines import PLAIN, at_random, every_value
from running import Ending, complaints, run_here, run_process
from watching import Fault, changes, restore, snapshot, told

from adversarial_spheres.cli import main
from adversarial_spheres.theory.basics.errors import AccuracyError

Runner = Callable[[Sequence[str], Path], Ending]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "playground"
    playground.build(folder)
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the playground, deep enough that ".." stays within the test's own folder, as working directory."""
    place = tmp_path / "above" / "playground"
    place.mkdir(parents=True)
    restore(place, template)
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def _no_long_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes a report minutes ends at once, as if it could not be computed; a sweep draws nothing."""

    def reached(*_: object, **__: object) -> None:
        raise AccuracyError("the work begins here")

    monkeypatch.setattr("adversarial_spheres.report.job.run_plans", reached)
    monkeypatch.setattr("adversarial_spheres.figures.save_figures", lambda *_, **__: [])


def faults_of(lines: Iterable[Sequence[str]], folder: Path, template: Path, run: Runner = run_here) -> list[Fault]:
    """Every fault of these command lines, each run in a fresh copy of the playground."""
    faults: list[Fault] = []
    fresh = snapshot(folder.parent)
    for line in lines:
        ending = run(line, folder)
        wrong = complaints(ending)
        changed = changes(fresh, snapshot(folder.parent))
        if changed:
            restore(folder, template)
        if ending.status == 2 and changed:
            wrong.append(f"bad input, and {', '.join(changed)} changed")
        lost = [name for name in changed if name in fresh and not _asked_for(name, line)]
        if lost:
            wrong.append(f"{', '.join(lost)} changed, which is not --out")
        faults += [(str(ending), word) for word in wrong]
    return faults


def _asked_for(name: str, line: Sequence[str]) -> bool:
    outs = [line[index + 1] for index, word in enumerate(line[:-1]) if word == "--out"]
    return any(Path("playground", out).parts == Path(name).parts[: len(Path("playground", out).parts)] for out in outs)


def lines_at_random(command: str, number: int, seed: int) -> list[list[str]]:
    rng = random.Random(zlib.crc32(command.encode()) + seed)
    return [at_random(command, rng) for _ in range(number)]


@pytest.mark.usefixtures("_no_long_work")
@pytest.mark.parametrize("command", sorted(main.commands))
def test_commands_at_random(command: str, folder: Path, template: Path) -> None:
    faults = faults_of(lines_at_random(command, 15 if command == "sweep" else 40, seed=0), folder, template)
    assert not faults, told(faults)


@pytest.mark.slow
@pytest.mark.usefixtures("_no_long_work")
@pytest.mark.parametrize("command", sorted(main.commands))
def test_values_of_every_option(command: str, folder: Path, template: Path) -> None:
    lines = list(every_value(command))
    lines = random.Random(4).sample(lines, min(len(lines), 50 if command == "sweep" else 150))  # a sweep trains
    faults = faults_of(lines, folder, template)
    assert not faults, told(faults)


@pytest.mark.slow
@pytest.mark.usefixtures("_no_long_work")
@pytest.mark.parametrize("command", sorted(main.commands))
def test_many_commands_at_random(command: str, folder: Path, template: Path) -> None:
    faults = faults_of(lines_at_random(command, 30 if command == "sweep" else 200, seed=1), folder, template)
    assert not faults, told(faults)


GROUP: list[list[str]] = [
    ["x"],
    [""],
    ["--x"],
    ["--version", "x"],
    ["-h"],
    ["bound", "-h"],
    ["--json", "bound"],
    ["bound\n"],
]


def test_the_group_itself(folder: Path, template: Path) -> None:
    faults = [fault for fault in faults_of(GROUP, folder, template) if "nothing on standard output" not in fault[1]]
    assert not faults, told(faults)


def processes(number: int, seed: int) -> list[list[str]]:
    """Command lines that can be given to a process: no zero bytes, no report, which would begin its work."""
    kept = []
    for command in sorted(set(main.commands) - {"report"}):
        lines = lines_at_random(command, 20 * number, seed)
        kept += [line for line in lines if not any("\0" in word or len(word) > 3000 for word in line)][:number]
    return kept


def test_a_few_processes(folder: Path, template: Path) -> None:
    faults = faults_of(processes(1, seed=2), folder, template, run_process)
    assert not faults, told(faults)


@pytest.mark.slow
def test_processes_end_as_commands_here_do(folder: Path, template: Path) -> None:
    faults = faults_of(processes(3, seed=3), folder, template, run_process)
    assert not faults, told(faults)


def test_every_command_and_option_is_fuzzed() -> None:
    assert set(PLAIN) == set(main.commands)
    for command, known in main.commands.items():
        given = {word.partition("=")[0] for line in every_value(command) for word in line}
        assert {option for p in known.params for option in p.opts[:1] if option.startswith("-")} <= given


PLANTED: list[tuple[str, Any]] = [
    ("exit status 70", lambda *_, **__: 1 / 0),
    ("exit status 7", lambda *_, **__: exit_with(7)),
    ("UserWarning", lambda *_, **__: warn()),
    ("not one JSON", lambda *_, **__: {"log10_error_rate": float("nan")}),
    ("text.txt changed", lambda *_, **__: Path("text.txt").write_text("lost")),
]


def main_prints(result: Any) -> None:
    """A careless printer of results."""
    import click

    click.echo(json.dumps(result))


def exit_with(status: int) -> None:
    raise SystemExit(status)


def warn() -> None:
    import warnings

    warnings.warn("planted", stacklevel=1)


@pytest.mark.parametrize(("word", "planted"), PLANTED)
def test_a_planted_fault_is_found(
    word: str, planted: Any, folder: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ["bound", "--dim", "5", "--error-rate", "0.1", "--json"]
    assert not faults_of([line], folder, template)
    monkeypatch.setattr("adversarial_spheres.commands.bound.describe_bound", planted)
    monkeypatch.setattr("adversarial_spheres.commands.bound.emit", lambda result, **_: main_prints(result))
    assert word in told(faults_of([line], folder, template))
