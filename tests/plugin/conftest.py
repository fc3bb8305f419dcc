"""What the tests of the plugin share: pytest runs on files that a user could have written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

# pytester forgets the modules that a test loads, and NumPy and SciPy do not survive a second import.
import adversarial_spheres.numerics.verdicts.bound_check  # noqa: F401
from adversarial_spheres.numerics.storage.records import load_record

RunUser = Callable[..., pytest.RunResult]


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture
def run_user(pytester: pytest.Pytester) -> RunUser:
    """Run a test file of a user; in a process of its own where it starts workers."""

    def run(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_user=source)
        start = pytester.runpytest_subprocess if "-n" in options else pytester.runpytest_inprocess
        return start("-p", "no:cacheprovider", "--strict-markers", "-q", "-Wdefault", *options)

    return run


@pytest.fixture
def recorded(pytester: pytest.Pytester) -> Callable[[], dict[str, Any]]:
    """The values of the record that the run wrote into the folder "record"."""
    return lambda: dict(load_record(pytester.path / "record").values)
