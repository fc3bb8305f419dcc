"""Blocks: every point is drawn once, in order, whatever the number of workers."""

from __future__ import annotations

import pytest

from adversarial_spheres.numerics.sampling.blocks import block_sizes, map_blocks
from adversarial_spheres.theory.basics.errors import InvalidArgumentError


@pytest.mark.parametrize(("samples", "size", "expected"), [(10, 4, [4, 4, 2]), (8, 4, [4, 4]), (3, 4, [3]), (0, 4, [])])
def test_sizes_add_up(samples: int, size: int, expected: list[int]) -> None:
    assert list(block_sizes(samples, size)) == expected


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_the_order_of_the_blocks(workers: int) -> None:
    assert list(map_blocks(lambda index, size: (index, size), 23, 5, workers=workers)) == [
        (0, 5),
        (1, 5),
        (2, 5),
        (3, 5),
        (4, 3),
    ]


@pytest.mark.parametrize("workers", [0, -1, True, 1.5, 1025])
def test_bad_workers_are_refused(workers: int) -> None:
    with pytest.raises(InvalidArgumentError, match="workers"):
        list(map_blocks(lambda index, size: index, 3, 1, workers=workers))
