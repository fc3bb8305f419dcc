"""Pytest plugin of the mutation runs: quick tests first, and a limit on the time and memory of each test.

A mutant dies at its first failing test, so that the order decides the cost of a run. A mutant that loops for ever is
stopped after a multiple of the time that the test takes without a mutation.
"""

from __future__ import annotations

import json
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TIMED_OUT = 36  # the exit status that mutmut reads as a time-out
SLACK_SECONDS, SLACK_FACTOR = 5.0, 10.0
MEMORY_BYTES = 6 * 2**30


def known_durations() -> dict[str, float]:
    """Seconds of each test on the unchanged code, as mutmut measured them; empty before it has."""
    file = Path("mutmut-stats.json")  # mutmut runs pytest inside its folder of mutants
    return json.loads(file.read_text(encoding="utf-8"))["duration_by_test"] if file.exists() else {}


def mutant_runs() -> bool:
    """Whether this process runs a mutant: neither the unchanged code nor the collection of statistics."""
    return "__mutmut_" in os.environ.get("MUTANT_UNDER_TEST", "")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests by the time they take."""
    seconds = known_durations()
    items.sort(key=lambda item: seconds.get(item.nodeid, 0.0))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Run a test of a mutant under limits."""
    if not mutant_runs():
        yield
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, SLACK_SECONDS + SLACK_FACTOR * known_durations().get(item.nodeid, 1.0))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)


def _stop(*_: Any) -> None:
    os._exit(TIMED_OUT)
