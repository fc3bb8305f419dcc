"""The batches of a training run, a pure function of configuration and step.

No generator's state has to be kept: fresh points come from blocks of batches, each with a generator of its own, and a
fixed training set is visited in the order of a seeded permutation for each epoch. So a resumed run sees the same
points as an uninterrupted one. The next block is prepared in a second thread: NumPy's generators release the
interpreter's lock.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.arguments import RealArray
from ...theory.basics.errors import InvalidArgumentError
from ..sampling.points import block_generator, sample_two_spheres
from ..sampling.streams import ONLINE_KEY, ORDER_KEY, TRAINING_SET_KEY
from .config import TrainingConfig

LabelledPoints: TypeAlias = tuple[RealArray, RealArray]

# These numbers are part of the definition of the data: changing one changes every run.
_BLOCK_NUMBERS = 2**19  # coordinates in a block of batches: what the caches hold
_MAX_BLOCK_BATCHES = 256
_SET_BLOCK_NUMBERS = 2**21


class BatchStream:
    """Batches of labelled points; a context manager that owns the thread that draws ahead.

    Parameters
    ----------
    config
        The run; dim, outer_radius, batch_size, train_size, seed and dtype matter.

    Raises
    ------
    InvalidArgumentError
        The training set doesn't fit in memory.

    Examples
    --------
    >>> with BatchStream(TrainingConfig(dim=3, hidden=4, steps=10, batch_size=2)) as stream:
    ...     points, labels = stream.batch(7)
    >>> points.shape, labels.shape
    ((2, 3), (2,))
    """

    def __init__(self, config: TrainingConfig) -> None:
        self._batch_size = config.batch_size
        self._source = _Fresh(config) if config.train_size is None else _FixedSet(config)
        per_batch = config.batch_size * config.dim
        self._batches = max(1, min(_MAX_BLOCK_BATCHES, _BLOCK_NUMBERS // per_batch))
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="draw-ahead")
        self._index = -1
        self._block: LabelledPoints | None = None
        self._next: tuple[int, Future[LabelledPoints]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)

    def batch(self, step: int) -> LabelledPoints:
        """Points (batch_size, dim) and labels (batch_size,), 0.0 or 1.0, of the step from ``step`` to ``step + 1``."""
        index, within = divmod(step, self._batches)
        points, labels = self._take(index)
        rows = slice(within * self._batch_size, (within + 1) * self._batch_size)
        return points[rows], labels[rows]

    def _take(self, index: int) -> LabelledPoints:
        if self._block is not None and self._index == index:
            return self._block
        if self._next is not None and self._next[0] == index:
            block = self._next[1].result()
        else:
            block = self._executor.submit(self._draw, index).result()
        self._index, self._block = index, block
        self._next = index + 1, self._executor.submit(self._draw, index + 1)
        return block

    def _draw(self, index: int) -> LabelledPoints:
        return self._source.block(index, self._batches * self._batch_size)


def first_points(config: TrainingConfig, count: int) -> RealArray:
    """The first points that a run is trained on, shape (n, dim) with n >= ``count`` whole batches."""
    with BatchStream(config) as stream:
        batches = [stream.batch(step)[0] for step in range(-(-count // config.batch_size))]
        return np.concatenate(batches)


class _Fresh:
    """New points at every step."""

    def __init__(self, config: TrainingConfig) -> None:
        self._config = config

    def block(self, index: int, count: int) -> LabelledPoints:
        config = self._config
        rng = block_generator(config.seed, ONLINE_KEY, index)
        points, labels = sample_two_spheres(count, config.dim, config.outer_radius, rng, config.dtype)
        return points, labels.astype(points.dtype)


class _FixedSet:
    """The points of a training set, each once in every epoch; an epoch may end within a batch."""

    def __init__(self, config: TrainingConfig) -> None:
        self._seed = config.seed
        self._points, self._labels = training_set(config)
        self._epoch, self._order = -1, np.empty(0, dtype=np.int64)

    def block(self, index: int, count: int) -> LabelledPoints:
        rows = self._rows(index * count, count)
        return self._points[rows], self._labels[rows]

    def _rows(self, start: int, count: int) -> NDArray[np.int64]:
        parts, size = [], len(self._points)
        while count > 0:
            epoch, offset = divmod(start, size)
            part = self._permutation(epoch)[offset : offset + count]
            parts.append(part)
            start, count = start + len(part), count - len(part)
        return np.concatenate(parts)

    def _permutation(self, epoch: int) -> NDArray[np.int64]:
        if epoch != self._epoch:
            rng = block_generator(self._seed, ORDER_KEY, epoch)
            self._epoch, self._order = epoch, rng.permutation(len(self._points))
        return self._order


def training_set(config: TrainingConfig) -> LabelledPoints:
    """The points (train_size, dim) and labels (train_size,), 0.0 or 1.0, of the fixed training set of a run.

    Parameters
    ----------
    config
        A run with a ``train_size``.

    Raises
    ------
    InvalidArgumentError
        The run has no training set, or it doesn't fit in memory.
    """
    size = config.train_size
    if size is None:
        raise InvalidArgumentError("train_size", size, "a number of points")
    try:
        points: RealArray = np.empty((size, config.dim), dtype=config.dtype)
        labels: RealArray = np.empty(size, dtype=config.dtype)
    except (MemoryError, ValueError) as error:
        raise InvalidArgumentError("train_size", size, "a number of points that fit in memory") from error
    step = max(1, _SET_BLOCK_NUMBERS // config.dim)
    for block, start in enumerate(range(0, size, step)):
        # Whole blocks are drawn and the last one is cut: a smaller set is the beginning of a larger one.
        rng = block_generator(config.seed, TRAINING_SET_KEY, block)
        drawn, kinds = sample_two_spheres(step, config.dim, config.outer_radius, rng, config.dtype)
        kept = min(step, size - start)
        points[start : start + kept] = drawn[:kept]
        labels[start : start + kept] = kinds[:kept]
    return points, labels
