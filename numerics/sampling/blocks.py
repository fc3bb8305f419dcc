"""Sampling in blocks: the same numbers whatever the number of workers, in constant memory.

A sample is cut into blocks of fixed size. Each block draws from a generator of its own, keyed by the seed and the
block's index, so that neither the order in which blocks run nor the number of workers changes a number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import repeat
from typing import TypeVar

from ...theory.basics.arguments import check_integer
from .blas import blas_threads

Result = TypeVar("Result")


def block_sizes(samples: int, block_size: int) -> Iterator[int]:
    """Yield the sizes of the blocks, all equal but for the last: of a huge sample they would not fit into memory."""
    full, rest = divmod(samples, block_size)
    yield from repeat(block_size, full)
    if rest:
        yield rest


def check_workers(workers: int) -> int:
    """Return a number of workers, an integer from 1 to 1024: each is a thread or a process, even if idle."""
    return check_integer("workers", workers, 1, 1024)


def map_blocks(
    function: Callable[[int, int], Result], samples: int, block_size: int, *, workers: int = 1
) -> Iterator[Result]:
    """Yield ``function(block index, size of the block)`` in the order of the blocks.

    Workers are threads, and BLAS is held to one thread in each, since the bits of a matrix product may depend on
    the number of its threads. ``function`` must spend its time in NumPy, which releases the interpreter's lock.
    """
    sizes = block_sizes(samples, block_size)
    with blas_threads(1):
        if check_workers(workers) == 1:
            for index, size in enumerate(sizes):
                yield function(index, size)
        else:
            yield from _in_threads(function, sizes, workers)


def _in_threads(function: Callable[[int, int], Result], sizes: Iterator[int], workers: int) -> Iterator[Result]:
    """The same in threads, a few blocks ahead of who asks; who stops asking does not wait for those in progress."""
    ahead = deque[Future[Result]]()
    threads = ThreadPoolExecutor(workers)
    try:
        for index, size in enumerate(sizes):
            ahead.append(threads.submit(function, index, size))
            if len(ahead) == 2 * workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
