r"""How close the two nearest of many random points are: no two random points are near each other in high dimension.

[Gil2018], section 3, remarks that of 10,000 random points of the inner sphere the nearest two are 1.25 apart, so a
network cannot be right by remembering its training points.

Theory: let N be the number of the m = n(n-1)/2 pairs within an angle, and lambda = m times the measure of the cap of
that angle its mean. The pairs are independent two by two, so N has variance below lambda. Hence P(nearest pair within
the angle) <= lambda (first moment) and P(none within) <= 1/(1 + lambda) (Cantelli): a proved interval. The estimate of
the median takes N as Poisson: lambda = log 2. Far out Suen's inequality is sharper ([Jan1998], theorem 2), for pairs
without a common point are independent as families: log P(none within) <= -lambda + Delta exp(2 delta), with q the
measure of the cap, Delta = m (n - 2) q^2 for the pairs of pairs with a common point, delta = 2 (n - 2) q.

The record's values: ``config``, ``pairs``, ``nearest`` (Euclidean distance / radius of the nearest pair, one for each
seed), ``theory`` (``low``, ``high``: proved interval of one draw at ``confidence``; ``median``: estimate). Arrays:
``curve_distance``, ``curve_low``, ``curve_high`` (proved bounds on the probability that the nearest pair is within the
distance) and ``curve_poisson`` (estimate).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...theory.basics.arguments import Progress, RealArray, check_integer
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.validation import check_dim
from ...theory.caps.cap import cap_log_measure_from_angle, cap_of_measure
from ..runs.experiment import Experiment
from ..sampling.points import block_generator, sample_unit_vectors
from ..sampling.streams import NEAREST_PAIR_KEY
from ..storage.records import Record

KIND = "nearest-pair"
_ROWS = 1000


@dataclass(frozen=True)
class NearestPair:
    """Distance between the nearest two of many random points.

    Parameters
    ----------
    dim, points
        How many points of the unit sphere of R^dim, at least 2.
    seed
        Same seed, same points.
    """

    dim: int
    points: int
    seed: int

    KIND: ClassVar[str] = "nearest-pair-draw"
    VERSION: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_dim(self.dim)
        check_integer("points", self.points, 2, 2**31)

    @property
    def cost(self) -> float:
        """Rough seconds on one core."""
        return 1e-10 * self.points**2 * self.dim / 2

    @property
    def label(self) -> str:
        """Size and seed."""
        return f"nearest of {self.points:,} points, d = {self.dim}, seed {self.seed}"

    def run(self, checkpoint: Path | None = None, progress: Progress | None = None) -> Record:
        """Draw the points and compare all pairs; seconds, so nothing is kept in progress."""
        points = sample_unit_vectors(self.points, self.dim, block_generator(self.seed, NEAREST_PAIR_KEY))
        first, second = nearest_pair(points)
        distance = float(np.linalg.norm(points[first] - points[second]))
        return Record(self.KIND, {"cell": self, "distance": distance}, {})


def nearest_pair(points: RealArray) -> tuple[int, int]:
    """Indices of the two points of the unit sphere with the largest inner product."""
    best, pair = -math.inf, (0, 1)
    for start in range(0, len(points), _ROWS):
        products = points[start : start + _ROWS] @ points[start:].T
        products[np.tril_indices(len(products))] = -math.inf
        row, column = np.unravel_index(int(products.argmax()), products.shape)
        if products[row, column] > best:
            best, pair = float(products[row, column]), (start + int(row), start + int(column))
    return pair


@dataclass(frozen=True)
class NearestPairConfig:
    """Draws of ``points`` points, with seeds that follow ``seed``; confidence of the proved interval of one draw."""

    dim: int = 500
    points: int = 10_000
    draws: int = 2
    confidence: float = 0.99
    seed: int = 0


def cells(config: NearestPairConfig) -> Sequence[NearestPair]:
    """One cell a draw."""
    return [NearestPair(config.dim, config.points, config.seed + index) for index in range(config.draws)]


def distance_at(mean_pairs: float, pairs: int, dim: int) -> float:
    """Chord within which a mean of ``mean_pairs`` of so many pairs lie; the diameter if there are no more."""
    if mean_pairs >= pairs:
        return 2.0
    cap = cap_of_measure(LogProbability.from_log(math.log(mean_pairs) - math.log(pairs)), dim)
    return float(2.0 * np.sin(np.asarray(cap.angle) / 2.0))


def log_none_within(distance: float, dim: int, points: int) -> float:
    """Upper bound on the logarithm of the probability that no two points are within a Euclidean distance."""
    log_cap = float(cap_log_measure_from_angle(2.0 * math.asin(0.5 * distance), dim).log)
    pairs, cap, others = points * (points - 1) // 2, math.exp(log_cap), points - 2
    return min(0.0, -pairs * cap + pairs * others * cap**2 * math.exp(min(4.0 * others * cap, 700.0)))


def assemble(config: NearestPairConfig, records: Sequence[Record]) -> Record:
    """The draws beside the proved interval."""
    pairs, tail = config.points * (config.points - 1) // 2, (1.0 - config.confidence) / 2.0
    low, median, high = (distance_at(mean, pairs, config.dim) for mean in (tail, math.log(2.0), 1.0 / tail - 1.0))
    values = {
        "config": config,
        "pairs": pairs,
        "nearest": [record.values["distance"] for record in records],
        "theory": {"low": low, "median": median, "high": high},
    }
    return Record(KIND, values, curves(config.dim, pairs, low, high))


def curves(dim: int, pairs: int, low: float, high: float) -> dict[str, Any]:
    """Bounds on the probability that the nearest pair is within a distance, and its estimate."""
    distance = np.linspace(low, high, 101)
    mean = np.exp(cap_log_measure_from_angle(2.0 * np.arcsin(distance / 2.0), dim).log + math.log(pairs))
    return {
        "curve_distance": distance,
        "curve_low": mean / (1.0 + mean),
        "curve_high": np.minimum(mean, 1.0),
        "curve_poisson": -np.expm1(-mean),
    }


EXPERIMENT = Experiment(
    KIND,
    "The nearest two of many random points",
    {
        "quick": NearestPairConfig(),
        "standard": NearestPairConfig(draws=10),
        "paper": NearestPairConfig(draws=100),
    },
    cells,
    assemble,
)
