"""A way to run the command line in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from adversarial_spheres.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a command printed and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON, which must be strict: no Infinity, no NaN."""
        return json.loads(self.out, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run ``adversarial-spheres`` with arguments."""

    def run(*arguments: object) -> Outcome:
        with pytest.raises(SystemExit) as caught:
            main.main([str(argument) for argument in arguments], prog_name="adversarial-spheres")
        captured = capsys.readouterr()
        return Outcome(int(caught.value.code or 0), captured.out, captured.err)

    return run
