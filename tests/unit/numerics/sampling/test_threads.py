"""Sharing fixed parts of work among threads."""

from __future__ import annotations

import threading

import pytest

from adversarial_spheres.numerics.sampling.threads import Team, available_cores, equal_slices


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize("parts", [0, 1, 2, 5, 9])
def test_results_come_in_the_order_of_the_parts(threads: int, parts: int) -> None:
    with Team(threads) as team:
        for _ in range(20):
            assert team.map(lambda part, add: part + add, range(parts), 100) == list(range(100, 100 + parts))


def test_work_is_shared() -> None:
    meeting = threading.Barrier(2, timeout=10)
    with Team(2) as team:
        names = team.map(lambda _: (meeting.wait(), threading.current_thread().name)[1], [0, 1])
    assert names[0] == threading.current_thread().name
    assert names[1].startswith("team")


@pytest.mark.parametrize("bad", [0, 3])
def test_errors_reach_the_caller_after_all_shares(bad: int) -> None:
    done = []

    def work(part: int) -> None:
        if part == bad:
            raise ZeroDivisionError("part")
        done.append(part)

    with Team(4) as team:
        with pytest.raises(ZeroDivisionError, match="part"):
            team.map(work, [0, 1, 2, 3])
        assert sorted(done) == [part for part in range(4) if part != bad]
        assert team.map(str, [1, 2]) == ["1", "2"]


def test_slices_cover_and_are_equal() -> None:
    for length in (0, 1, 7, 256, 257, 1000):
        for largest in (1, 3, 256):
            slices = equal_slices(length, largest)
            assert [i for s in slices for i in range(length)[s]] == list(range(length))
            sizes = [s.stop - s.start for s in slices]
            assert max(sizes) <= largest
            assert max(sizes) - min(sizes) <= 1


def test_cores() -> None:
    assert available_cores() >= 1
