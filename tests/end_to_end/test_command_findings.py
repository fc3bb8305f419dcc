"""What makes a model doubtful, at the command line: a line each on standard error, and the key ``findings``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
MODULE = """
import numpy as np
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier

def sigmoid(points):
    return 1 / (1 + np.exp(-10 * (points[:, 0] - 0.1)))

def cap(points):
    return points[:, 0] - 0.1

def by_batch(points):
    return points[:, 0] - points[:, 0].mean() - 0.05

def column(points):
    return points[:, :1] - 0.1

quadratic = QuadraticClassifier.from_alphas([0.5, 1.2, 1.0, 0.8])
"""
COMMANDS = {
    "check": ("--claim-error-rate", 0.9, "--max-samples", 200),
    "error-rate": ("--samples", 200),
    "distances": ("--samples", 20, "--quiet"),
}


@pytest.fixture(autouse=True)
def _module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "doubtful_models.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", COMMANDS)
def test_findings_are_told_once_and_stand_in_json(cli: Cli, command: str) -> None:
    outcome = cli(command, "--model", "doubtful_models:sigmoid", "--dim", 20, *COMMANDS[command], "--json")
    assert outcome.status in (0, 1)
    assert [finding["name"] for finding in outcome.json["findings"]] == ["probabilities"]
    assert set(outcome.json["findings"][0]) == {"level", "name", "message"}
    lines = [line for line in outcome.err.splitlines() if 'returns="probabilities"' in line]
    assert lines == [f"Warning: {outcome.json['findings'][0]['message']}"]


@pytest.mark.parametrize("command", COMMANDS)
def test_honest_models_hear_nothing(cli: Cli, command: str) -> None:
    for name in ("cap", "column", "quadratic"):
        arguments = ("--dim", 4 if name == "quadratic" else 20)
        outcome = cli(command, "--model", f"doubtful_models:{name}", *arguments, *COMMANDS[command], "--json")
        assert outcome.json["findings"] == []
        assert "Warning" not in outcome.err


@pytest.mark.parametrize("command", COMMANDS)
def test_v2_answers_that_depend_on_the_batch_end_with_status_2(cli: Cli, command: str) -> None:
    outcome = cli(command, "--model", "doubtful_models:by_batch", "--dim", 20, *COMMANDS[command], "--json")
    assert (outcome.status, outcome.out) == (2, "")
    assert "a function of each point by itself" in outcome.err.strip().splitlines()[-1]
