"""The number of BLAS threads has one owner: the bits of what runs side by side are those of each alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from adversarial_spheres.numerics.distances.exact import nearest_distances_of
from adversarial_spheres.numerics.sampling.blas import blas_threads, limit_this_thread, set_back
from adversarial_spheres.numerics.sampling.blocks import map_blocks
from adversarial_spheres.numerics.sampling.threads import Team
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.numerics.training.state import TrainingState
from adversarial_spheres.theory.quadratic.errors import QuadraticErrors

CONFIG = TrainingConfig(dim=30, hidden=300, steps=30, dtype="float32", batch_size=64)
SEVERAL = 3
"""Threads that the BLAS is given here, whatever the machine has."""


def found() -> list[int]:
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.fixture(autouse=True)
def several_threads() -> Iterator[None]:
    before = found()
    wanted = limit_this_thread(SEVERAL)
    yield
    assert set(found()) == {SEVERAL}, "what was found is set back"
    for limiter in wanted:
        set_back(limiter)
    assert found() == before


def beside(*works: Callable[[], object]) -> None:
    errors: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60.0)
        assert not thread.is_alive()
    assert errors == []


def test_n6_the_first_to_leave_does_not_give_the_threads_back() -> None:
    inside, left, seen = threading.Barrier(2, timeout=30), threading.Event(), []

    def first() -> None:
        with blas_threads(1):
            inside.wait()
        left.set()

    def second() -> None:
        with blas_threads(1):
            inside.wait()
            left.wait(30)
            seen.extend(found())

    beside(first, second)
    assert set(seen) == {1}


def test_n6_another_number_waits_until_all_have_left() -> None:
    seen = []

    def hold(limit: int) -> None:
        for _ in range(20):
            with blas_threads(limit):
                seen.append((limit, set(found())))
                time.sleep(0.0005)
                seen.append((limit, set(found())))

    beside(*(lambda limit=limit: hold(limit) for limit in (1, 2, 1, 2)))  # type: ignore[misc]
    assert len(seen) == 160
    assert all(numbers == {limit} for limit, numbers in seen)


def test_n6_another_number_within_one_thread_holds_inside_only() -> None:
    with blas_threads(1):
        with blas_threads(2):
            assert set(found()) == {2}
            with blas_threads(1):
                assert set(found()) == {1}
            assert set(found()) == {2}
        assert set(found()) == {1}


def test_n6_two_that_nest_other_numbers_do_not_wait_for_each_other() -> None:
    inside = threading.Barrier(2, timeout=30)

    def nest() -> None:
        with blas_threads(1):
            inside.wait()
            with blas_threads(2):
                assert set(found()) == {2}
            assert set(found()) == {1}

    beside(nest, nest)


def test_n6_an_error_and_an_unfinished_sample_leave_nothing_behind() -> None:
    with pytest.raises(ZeroDivisionError), blas_threads(1):
        raise ZeroDivisionError
    blocks = map_blocks(lambda index, size: found(), 10, 1)
    assert set(next(blocks)) == {1}
    blocks.close()  # type: ignore[attr-defined]
    with Team(3) as team:
        assert team.map(lambda _: set(found()), range(6)) == [{1}] * 6


def _weights(config: TrainingConfig) -> bytes:
    return train(config, workers=2).network.weights.tobytes()  # type: ignore[union-attr]


def _others(stop: threading.Event) -> None:
    """Calls of this package that hold the BLAS to one thread, and leave, all the time."""
    points = np.random.default_rng(0).standard_normal((50, 8))
    while not stop.is_set():
        nearest_distances_of(points, QuadraticErrors(np.linspace(-1.0, 0.5, 8), False), workers=2)
        points @ points.T


def test_n6_a_training_that_goes_on_when_another_ends_keeps_its_number() -> None:
    second_runs, first_ended, seen = threading.Event(), threading.Event(), []

    def first() -> None:
        train(CONFIG, visit=lambda _: second_runs.wait(30))
        first_ended.set()

    def second() -> None:
        def visit(state: TrainingState) -> None:
            second_runs.set()
            if state.step == CONFIG.steps // 2:
                first_ended.wait(30)
            if state.step > CONFIG.steps // 2:
                seen.extend(found())

        time.sleep(0.2)  # the first one holds the BLAS
        train(CONFIG, visit=visit)

    beside(first, second)
    assert set(seen) == {1}


def test_n6_training_beside_training_and_other_calls_gives_the_bits_of_training_alone() -> None:
    """One of sixteen runs differed once."""
    alone = {seed: _weights(replace(CONFIG, seed=seed)) for seed in (0, 1)}
    different = []

    def runs(seed: int) -> None:
        for _ in range(4):
            if _weights(replace(CONFIG, seed=seed)) != alone[seed]:
                different.append(seed)

    stop = threading.Event()

    def both() -> None:
        beside(lambda: runs(0), lambda: runs(1))
        stop.set()

    beside(both, lambda: _others(stop))
    assert different == []


def test_nothing_else_in_the_package_sets_the_number() -> None:
    here = Path(__file__).resolve().parents[4]
    users = {
        path.relative_to(here).as_posix()
        for room in ("theory", "numerics", "src")
        for path in (here / room).rglob("*.py")
        if "threadpoolctl" in path.read_text(encoding="utf-8")
    }
    assert users == {"numerics/sampling/blas.py"}
