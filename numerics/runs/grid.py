"""The quadratic networks that several experiments share: one run for each size of the training set.

Experiments that name the same grid get the same cells, and so share their results.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray
from ..training.config import TrainingConfig
from .trained import QuadraticRun

ONLINE = 0
"""Stands in arrays for the size of a training set of which no point is seen twice."""


@dataclass(frozen=True)
class QuadraticGrid:
    """Quadratic networks that differ in the size of the training set alone.

    Parameters
    ----------
    dim, hidden, outer_radius
        The problem and the network's width.
    steps, learning_rate, batch_size
        Training.
    train_sizes
        Sizes of the training sets; None draws fresh points at every step.
    monte_carlo_samples, distance_samples
        Points a sphere and logged step.
    """

    dim: int = 500
    hidden: int = 1000
    outer_radius: float = 1.3
    steps: int = 30_000
    learning_rate: float = 1e-3
    batch_size: int = 50
    train_sizes: tuple[int | None, ...] = (1000, 10_000, 100_000, 1_000_000, None)
    monte_carlo_samples: int = 100_000
    distance_samples: int = 5000

    def __post_init__(self) -> None:
        if len(set(self.train_sizes)) != len(self.train_sizes) or not self.train_sizes:
            raise InvalidArgumentError("train_sizes", self.train_sizes, "different sizes, at least one")

    def cells(self, seed: int, confidence: float) -> list[QuadraticRun]:
        """One cell for each size, in their order."""
        return [
            QuadraticRun(
                TrainingConfig(
                    dim=self.dim,
                    hidden=self.hidden,
                    steps=self.steps,
                    batch_size=self.batch_size,
                    learning_rate=self.learning_rate,
                    outer_radius=self.outer_radius,
                    train_size=size,
                    seed=seed,
                ),
                self.monte_carlo_samples,
                self.distance_samples,
                confidence,
            )
            for size in self.train_sizes
        ]

    @property
    def size_numbers(self) -> FloatArray:
        """The sizes as numbers, ONLINE for None."""
        return np.array([ONLINE if size is None else size for size in self.train_sizes])


GRIDS: Mapping[str, QuadraticGrid] = {
    "quick": QuadraticGrid(
        dim=100,
        hidden=200,
        steps=10_000,
        train_sizes=(1000, 10_000, 100_000, None),
        monte_carlo_samples=20_000,
        distance_samples=2000,
    ),
    "standard": QuadraticGrid(),
    "paper": QuadraticGrid(
        steps=1_000_000,
        learning_rate=1e-4,
        train_sizes=(1000, 10_000, 100_000, 1_000_000, None),
        monte_carlo_samples=1_000_000,
        distance_samples=100_000,
    ),
}
"""The grid of each profile."""
