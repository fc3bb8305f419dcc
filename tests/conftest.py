"""Shared settings: the Hypothesis profiles, the modules that tests write, and a look at processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("ci", parent=settings.get_profile("dev"), derandomize=True, database=None)
# Few examples, none shrunk: a mutation run asks only whether a test fails, thousands of times.
settings.register_profile(
    "mutation", parent=settings.get_profile("ci"), max_examples=20, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


@pytest.fixture(autouse=True)
def _forget_modules_of_users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a test imports from a folder of its own, no later test of this process may find under the same name."""
    before, path = set(sys.modules), list(sys.path)
    yield
    sys.path[:] = path
    temporary = str(tmp_path_factory.getbasetemp())
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(temporary):
            del sys.modules[name]


@pytest.fixture
def alive() -> Callable[[int], list[int]]:
    """Processes of a session that have not ended; needs /proc."""

    def found(session: int) -> list[int]:
        living = []
        for entry in Path("/proc").iterdir():
            try:
                state, _, _, owner = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            except (OSError, ValueError):
                continue
            if owner == str(session) and state != "Z":
                living.append(int(entry.name))
        return living

    return found
