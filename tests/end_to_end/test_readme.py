"""The README: its Python code runs, its commands run, and the numbers that it quotes are what they print."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adversarial_spheres.theory.basics.rounded_text import rounded_up

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^adversarial-spheres ([^#\n]*)", README, flags=re.MULTILINE)


BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


@pytest.mark.parametrize("code", [block for block in BLOCKS if not block.startswith("# test_")])
def test_python_code_runs(code: str) -> None:
    exec(compile(code, "README.md", "exec"), {})


def test_the_user_s_test_file_runs(pytester: pytest.Pytester) -> None:
    source = next(block for block in BLOCKS if block.startswith("# test_claims"))
    pytester.makepyfile(test_claims=source)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--strict-markers")
    result.assert_outcomes(passed=2, failed=1)
    explanation = re.search(r"REFUTED.*\n.*\(confidence 1\)", README)
    assert explanation is not None
    for line in explanation.group().splitlines():
        result.stdout.fnmatch_lines([f"*{line.strip()}*"])


def test_the_test_of_an_image_classifier_runs(pytester: pytest.Pytester) -> None:
    source = next(block for block in BLOCKS if block.startswith("# test_images"))
    assert len([line for line in source.splitlines() if line]) <= 10
    pytester.makepyfile(test_images=source)
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "--strict-markers").assert_outcomes(passed=1)


def test_commands_run(cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # One test, since later commands read what earlier ones wrote.
    (tmp_path / "src").symlink_to(ROOT / "src")
    monkeypatch.chdir(tmp_path)
    for command in COMMANDS:
        outcome = cli(*shlex.split(command))
        assert outcome.status == (1 if "--claim-mean-distance 0.4" in command else 0), command
        assert outcome.out, command


@pytest.mark.parametrize("page", ["README.md", "docs/index.md"])
def test_printed_answers_are_those_of_the_commands(
    cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    assert blocks
    for block in blocks:
        asked_and_answered = r"^\$ \S*adversarial-spheres (.*)\n((?:(?!\$ ).*\n)*)"
        for asked, answer in re.findall(asked_and_answered, block, flags=re.MULTILINE):
            assert cli(*shlex.split(asked)).out == answer, asked


def test_quoted_numbers(cli: Callable[..., Any]) -> None:
    assert len(COMMANDS) >= 6
    quoted = cli("bound", "--dim", 500, "--error-rate", 1e-6, "--json").json
    assert f"at most {rounded_up(quoted['mean_distance_bound'], places=4)} on average" in README
    noisy = cli("bound", "--space", "gaussian", "--dim", 784, "--sigma", 0.1, "--error-rate", 0.003, "--json").json
    assert f"within {rounded_up(noisy['mean_distance_bound'], places=3)} of them on average" in README
    needed = cli("bound", "--dim", 500, "--distance", 0.5, "--json").json
    assert f"rules out error rates above 10^{rounded_up(needed['log10_error_rate'], places=2)}" in README
