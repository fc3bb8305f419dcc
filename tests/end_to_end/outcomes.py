"""What the tests of commands ask of an outcome."""

from __future__ import annotations

from typing import Any


def refused(outcome: Any, *words: str) -> None:
    """Exit status 2, nothing on standard output, and one line of error with these words."""
    assert outcome.status == 2
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    message = outcome.err.strip().splitlines()[-1]
    assert message.startswith("Error: ")
    for word in words:
        assert word in message
