"""The law of the distance in space to the decision boundary, observed on any number of uniform points of one sphere.

Points are drawn, squared and projected in blocks as in ``nearest_distances``, certified by
``theory.nearest.many_in_space``, reduced to sums and a histogram, and forgotten: what is found depends neither on the
number of workers nor on their order, and the memory does not grow with the number of points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...theory.basics.arguments import as_array, check_key, check_progress
from ...theory.basics.by_value import ByValue
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray, Sphere, check_range
from ...theory.nearest.many_in_space import (
    BulkBoundaryPlan,
    BulkBoundaryResult,
    bulk_boundary,
    bulk_boundary_plan,
)
from ..sampling.blocks import check_workers, map_blocks
from ..sampling.points import block_generator
from ..sampling.streams import BOUNDARY_DISTANCE_KEY, SPHERE_KEY
from ..statistics.intervals import check_samples
from .exact import Progress, block_rows, drawn_squares, squares_of
from .statistics import BINS, Moments


@dataclass(frozen=True, eq=False)
class ObservedBoundaryDistances(ByValue):
    """Distances in space from uniform points of one sphere to the boundary; errors, on its wrong side, count as 0.

    Parameters
    ----------
    samples
        Number of points.
    no_boundary
        There is no boundary: all distances are infinite, and the fields below describe no point.
    distance
        Moments of the distance, from the upper ends of the certificates; the exact mean is at most ``gap_max`` lower.
    distance_min, distance_max
        Smallest and largest distance.
    errors
        Number of points that are errors.
    gap_max, relative_gap_max
        Widest certificate, and widest relative to its distance among distances above 1e-3.
    safe
        Number of points that the fast path handed to the safe solver.
    reach
        Upper end of the histogram; no distance is larger.
    histogram
        Counts of the distances in equal bins on [0, reach]; errors are in the first.
    """

    samples: int
    no_boundary: bool
    distance: Moments
    distance_min: float
    distance_max: float
    errors: int
    gap_max: float
    relative_gap_max: float
    safe: int
    reach: float
    histogram: NDArray[np.int64]

    def merged(self, other: ObservedBoundaryDistances) -> ObservedBoundaryDistances:
        """Both samples together; they must have the same ``reach``."""
        return replace(
            self,
            samples=self.samples + other.samples,
            no_boundary=self.no_boundary or other.no_boundary,
            distance=self.distance.merged(other.distance),
            distance_min=min(self.distance_min, other.distance_min),
            distance_max=max(self.distance_max, other.distance_max),
            errors=self.errors + other.errors,
            gap_max=max(self.gap_max, other.gap_max),
            relative_gap_max=max(self.relative_gap_max, other.relative_gap_max),
            safe=self.safe + other.safe,
            histogram=self.histogram + other.histogram,
        )

    @property
    def mean(self) -> float:
        """Observed mean distance; inf where there is no boundary."""
        return np.inf if self.no_boundary else self.distance.mean

    @property
    def variance(self) -> float:
        """Sample variance of the distances."""
        return self.distance.variance

    @property
    def standard_error(self) -> float:
        """Estimated standard error of the observed mean."""
        return float(np.sqrt(self.distance.variance / max(self.distance.count, 1)))

    @property
    def mean_over_correct_points(self) -> float:
        """Mean over the points that are no errors; nan if there are none."""
        correct = self.samples - self.errors
        return float("nan") if correct == 0 else self.mean * self.samples / correct

    def quantiles(self, probabilities: ArrayLike) -> FloatArray:
        """Quantiles of the distance: the upper end of the histogram's bin that holds each order statistic.

        Guarantee: at least the sample's quantile (its order statistic number ceil(p n)) and above it by at most one
        bin, ``reach`` / 32768; never outside the smallest and largest distance.
        """
        p = check_range("probabilities", probabilities, 0.0, 1.0)
        if self.no_boundary:
            return np.full(p.shape, np.inf)
        rank = np.clip(np.ceil(p * self.samples), 1, self.samples)
        bins = np.searchsorted(np.cumsum(self.histogram), rank)
        upper = np.where(rank <= self.errors, 0.0, (bins + 1.0) * (self.reach / BINS))
        return np.asarray(np.clip(upper, self.distance_min, self.distance_max))


def observe_boundary_distances(
    alphas: ArrayLike,
    *,
    radius: float,
    sphere: Sphere,
    samples: int,
    seed: int,
    key: int | tuple[int, ...] = 0,
    workers: int = 2,
    progress: Progress | None = None,
) -> ObservedBoundaryDistances:
    """Draw uniform points on a sphere and observe their certified distances in space to sum alpha_i x_i^2 = 1.

    Parameters
    ----------
    alphas
        Shape (dim,), dim >= 2, finite, any sign.
    radius
        Radius of the sphere, > 0.
    sphere
        Which side is correct: "inner" points are correct inside the boundary, "outer" ones outside.
    samples
        Number of points, >= 1.
    seed, key
        The points are those of the generators ``(seed, 114, 0 for inner or 1 for outer, *key, block)``.
    workers
        Number of threads, >= 1; the result does not depend on it. Each uses one thread of BLAS.
    progress
        Called with (points done, points in all) after each block.

    Returns
    -------
    ObservedBoundaryDistances
        Guarantee: exact distances to a relative 1e-9 with a floor of 1e-12, each certified; ``gap_max`` and
        ``relative_gap_max`` say what was reached, points of the safe solver included.

    Raises
    ------
    InvalidArgumentError
        An argument is out of range.
    AccuracyError
        The safe solver could not certify one of its points (not seen in tests).

    Examples
    --------
    >>> found = observe_boundary_distances([0.25, 0.25], radius=1.0, sphere="inner", samples=1000, seed=1)
    >>> round(found.mean, 9)
    1.0
    """
    plan = bulk_boundary_plan(alphas, radius=radius, sphere=sphere)
    check_samples(samples)
    check_workers(workers)
    check_progress(progress)
    stream = (seed, BOUNDARY_DISTANCE_KEY, SPHERE_KEY[plan.sphere], *check_key(key))
    block = _observer(plan, stream)
    total = _reduced(plan, _NOTHING)
    for part in map_blocks(block, samples, block_rows(plan.alphas.size), workers=workers):
        total = total.merged(part)
        if progress is not None:
            progress(total.samples, samples)
    return total


def boundary_distances_of(
    points: ArrayLike, alphas: ArrayLike, *, radius: float, sphere: Sphere, workers: int = 2
) -> BulkBoundaryResult:
    """Certified distances in space from given points of a sphere to the boundary, by the fast path.

    Parameters
    ----------
    points
        Nonzero points in the eigenbasis, shape (n, dim), finite; only their directions count: they are scaled to the
        sphere.
    alphas, radius, sphere, workers
        As for :func:`observe_boundary_distances`.

    Returns
    -------
    BulkBoundaryResult
        Distances in the order of the points. Guarantee: exact, each certified to a relative 1e-9 with a floor of
        1e-12 by the fast path, and to the width of ``nearest_boundary_point`` where ``safe``.

    Raises
    ------
    InvalidArgumentError
        A point is zero or not finite, or shapes do not agree.

    Examples
    --------
    >>> found = boundary_distances_of([[1.0, 0.0]], [1.0, 0.25], radius=3.0, sphere="outer")
    >>> round(float(found.distance_upper[0]), 9)
    2.0
    """
    plan = bulk_boundary_plan(alphas, radius=radius, sphere=sphere)
    x, dim = as_array("points", points), plan.alphas.size
    if x.ndim != 2 or x.shape[1] != dim or x.dtype.kind not in "buif":
        raise InvalidArgumentError("points", f"{x.dtype} {x.shape}", f"real numbers of shape (n, {dim})")
    check_workers(workers)
    rows = block_rows(dim)

    def solve(index: int, size: int) -> BulkBoundaryResult:
        start = index * rows
        return _solve_points(plan, x[start : start + size])

    parts = [*map_blocks(solve, len(x), rows, workers=workers)] or [solve(0, 0)]
    return BulkBoundaryResult(
        np.concatenate([part.distance_lower for part in parts]),
        np.concatenate([part.distance_upper for part in parts]),
        np.concatenate([part.is_error for part in parts]),
        np.concatenate([part.safe for part in parts]),
    )


_NOTHING = BulkBoundaryResult(np.empty(0), np.empty(0), np.empty(0, dtype=bool), np.empty(0, dtype=bool))


def _solve_points(plan: BulkBoundaryPlan, points: NDArray[Any]) -> BulkBoundaryResult:
    squares, projections = squares_of(points, plan.matrix)
    return bulk_boundary(plan, squares, projections=projections)


def _observer(plan: BulkBoundaryPlan, stream: tuple[int, ...]) -> Callable[[int, int], ObservedBoundaryDistances]:
    def block(index: int, count: int) -> ObservedBoundaryDistances:
        rng = block_generator(*stream, index)
        squares, projections = drawn_squares(count, plan.alphas.size, plan.matrix, rng)
        return _reduced(plan, bulk_boundary(plan, squares, projections=projections))

    return block


def _reduced(plan: BulkBoundaryPlan, found: BulkBoundaryResult) -> ObservedBoundaryDistances:
    """The statistics of one block."""
    lower, upper, reach = found.distance_lower, found.distance_upper, plan.largest_distance
    nowhere = bool(np.isinf(reach))
    described = np.empty(0) if nowhere else upper
    gap = described - (described if nowhere else lower)
    wide = described > 1e-3
    bins = np.minimum((described / reach * BINS).astype(np.int64), BINS - 1)
    return ObservedBoundaryDistances(
        samples=upper.size,
        no_boundary=nowhere,
        distance=Moments.of(described),
        distance_min=float(described.min(initial=np.inf)),
        distance_max=np.inf if nowhere else float(described.max(initial=0.0)),
        errors=int(np.count_nonzero(found.is_error)),
        gap_max=float(gap.max(initial=0.0)),
        relative_gap_max=float((gap[wide] / described[wide]).max(initial=0.0)),
        safe=int(np.count_nonzero(found.safe)),
        reach=reach,
        histogram=np.bincount(bins, minlength=BINS).astype(np.int64),
    )
