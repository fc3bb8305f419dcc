"""Several seeds of an experiment: each run of it from each of them, so that the spread of what is found is seen."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Protocol, TypeVar

Run = TypeVar("Run")


class Seeded(Protocol):
    """A configuration with a seed of its own, and those that are added to it, one run each."""

    @property
    def seed(self) -> int:
        """Of the experiment."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of its runs, (0,) for one run alone."""


def with_seeds(config: Seeded, runs: Iterable[Run]) -> list[tuple[Run, int]]:
    """Each of the runs with each seed, the configuration's own added to it; by run and within it by seed."""
    return [(run, config.seed + seed) for run, seed in product(runs, config.seeds)]
