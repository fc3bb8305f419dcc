"""More than fits: refused before anything is built, or told in words that help."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from outcomes import refused

from adversarial_spheres.numerics.experiments.sweep import MAX_RUNS, SweepConfig
from adversarial_spheres.numerics.sampling.blocks import block_sizes, map_blocks
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

Cli = Callable[..., Any]


@pytest.mark.parametrize("workers", [1, 2])
def test_blocks_of_a_huge_sample_take_no_memory(workers: int) -> None:
    def stops(index: int, size: int) -> int:
        if index == 3:
            raise LookupError("enough")
        return size

    tracemalloc.start()
    with pytest.raises(LookupError, match="enough"):
        list(map_blocks(stops, 10**12, 4096, workers=workers))
    assert list(islice(block_sizes(10**12, 7), 2)) == [7, 7]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


def test_a_sweep_of_forty_million_runs_is_refused_at_once(cli: Cli, tmp_path: Path) -> None:
    dims, seeds = (",".join(map(str, range(2, 6326))) for _ in range(2))
    outcome = cli("sweep", "--dims", dims, "--seeds", seeds, "--out", tmp_path / "s")
    refused(outcome, "39,992,976", f"{MAX_RUNS:,}")
    assert not (tmp_path / "s").exists()


def test_the_most_runs_of_a_sweep() -> None:
    assert SweepConfig(dims=tuple(range(2, 102)), seeds=tuple(range(MAX_RUNS // 100))).steps == 5000
    with pytest.raises(InvalidArgumentError, match="10,100"):
        SweepConfig(dims=tuple(range(2, 103)), seeds=tuple(range(MAX_RUNS // 100)))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("distances", "--samples", 10**15), ("--samples 1000000000000000", "smaller")),
        (("check", "--max-samples", 10**6, "--workers", 3), ("--max-samples 1000000", "smaller")),
    ],
)
def test_too_little_memory_says_what_was_asked_and_what_helps(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: tuple[object, ...], words: tuple[str, ...]
) -> None:
    def too_much(*_: object, **__: object) -> None:
        raise MemoryError("Unable to allocate 7.28 PiB")

    for name in (
        "verdicts.exact_sample.draw_and_solve",
        "verdicts.suite.run_sequential_suite",
        "distances.exact.map_blocks",
    ):
        monkeypatch.setattr(f"adversarial_spheres.numerics.{name}", too_much)
    outcome = cli(*arguments, "--alphas", "src/adversarial_spheres/data/paper_alphas.csv", "--quiet")
    assert (outcome.status, outcome.out) == (3, "")
    (line,) = outcome.err.splitlines()
    for word in ("not enough memory", "7.28 PiB", *words):
        assert word in line
