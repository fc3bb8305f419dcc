"""Statistics of distances to the nearest error that can be merged block by block, in constant memory."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...theory.basics.by_value import ByValue
from ...theory.basics.metrics import distance_from_angle
from ...theory.basics.validation import FloatArray, Metric, check_metric, check_range
from ...theory.nearest.many import BulkResult
from .control import ControlledDistances
from .moments import Moments

BINS = 2**15
"""Bins of the histogram over the angle, equally wide on [0, pi/2]: 4.8e-5 radians each."""


@dataclass(frozen=True, eq=False)
class DistanceStatistics(ByValue):
    """Distances from uniform points of the unit sphere to their nearest errors; points of the error set count as 0.

    Parameters
    ----------
    samples
        Number of points.
    no_errors
        No error exists: all distances are infinite, and the fields below describe no point.
    angle, chord
        Moments of the geodesic and of the Euclidean distance on the unit sphere, from the upper ends of the
        certificates; the exact means are at most ``gap_max`` lower.
    angle_min, angle_max
        Smallest and largest angle.
    errors
        Number of points that are errors.
    within, possibly_within
        Number of points with an error at most ``epsilon`` away, for certain (upper end of the certificate) and at most
        (lower end); None without an epsilon.
    epsilon
        The angle asked for, in radians.
    gap_max, relative_gap_max
        Widest certificate in radians, and widest relative to its angle among angles above 1e-3.
    safe
        Number of points that the fast path handed to the safe solver.
    histogram
        Counts of the angles in ``BINS`` equal bins on [0, pi/2]; points of the error set are in the first.
    controlled
        The same means by a control variate, where one was observed.
    """

    samples: int
    no_errors: bool
    angle: Moments
    chord: Moments
    angle_min: float
    angle_max: float
    errors: int
    within: int | None
    possibly_within: int | None
    epsilon: float | None
    gap_max: float
    relative_gap_max: float
    safe: int
    histogram: NDArray[np.int64]
    controlled: ControlledDistances | None = None

    def merged(self, other: DistanceStatistics) -> DistanceStatistics:
        """Both samples together."""
        return replace(
            self,
            samples=self.samples + other.samples,
            no_errors=self.no_errors or other.no_errors,
            angle=self.angle.merged(other.angle),
            chord=self.chord.merged(other.chord),
            angle_min=min(self.angle_min, other.angle_min),
            angle_max=max(self.angle_max, other.angle_max),
            errors=self.errors + other.errors,
            within=_sum(self.within, other.within),
            possibly_within=_sum(self.possibly_within, other.possibly_within),
            gap_max=max(self.gap_max, other.gap_max),
            relative_gap_max=max(self.relative_gap_max, other.relative_gap_max),
            safe=self.safe + other.safe,
            histogram=self.histogram + other.histogram,
            controlled=self._joined(other),
        )

    def _joined(self, other: DistanceStatistics) -> ControlledDistances | None:
        """The control variate of both samples, if each that is not empty has one."""
        if self.samples == 0 or self.controlled is None or other.controlled is None:
            return other.controlled if self.samples == 0 else None
        return self.controlled.merged(other.controlled)

    def mean(self, *, radius: float = 1.0, metric: Metric) -> float:
        """Observed mean distance on the sphere of ``radius``; inf where no error exists."""
        moments = self.angle if check_metric(metric) == "geodesic" else self.chord
        return np.inf if self.no_errors else radius * moments.mean

    def variance(self, *, radius: float = 1.0, metric: Metric) -> float:
        """Sample variance of the distances on the sphere of ``radius``."""
        moments = self.angle if check_metric(metric) == "geodesic" else self.chord
        return radius**2 * moments.variance

    def standard_error(self, *, radius: float = 1.0, metric: Metric) -> float:
        """Estimated standard error of the observed mean."""
        moments = self.angle if check_metric(metric) == "geodesic" else self.chord
        return float(radius * np.sqrt(moments.variance / max(moments.count, 1)))

    def mean_over_correct_points(self, *, radius: float = 1.0, metric: Metric) -> float:
        """Mean over the points that are no errors; nan if there are none."""
        correct = self.samples - self.errors
        return float("nan") if correct == 0 else self.mean(radius=radius, metric=metric) * self.samples / correct

    def order_statistic(self, rank: int, *, radius: float = 1.0, metric: Metric, from_below: bool) -> float:
        """A bound on the order statistic number ``rank`` (from 1) of the true distances, from above or from below.

        An edge of the histogram's bin that holds it, from below less the widest certificate; off by at most one bin
        (4.8e-5 times the radius) and that certificate.
        """
        if rank <= self.errors:
            return 0.0
        place = int(np.searchsorted(np.cumsum(self.histogram), rank))
        width = 0.5 * np.pi / BINS
        if from_below:
            angle = max(place * width - self.gap_max, 0.0)
        else:
            angle = min((place + 1) * width, self.angle_max)
        return float(distance_from_angle(angle, radius=radius, metric=metric))

    def quantiles(self, probabilities: ArrayLike, *, radius: float = 1.0, metric: Metric) -> FloatArray:
        """Quantiles of the distance: the upper end of the histogram's bin that holds each order statistic.

        Guarantee: at least the sample's quantile (its order statistic number ceil(p n)) and above it by at most one
        bin, pi / 2 / BINS = 4.8e-5 times the radius; never outside the smallest and largest distance.
        """
        p = check_range("probabilities", probabilities, 0.0, 1.0)
        if self.no_errors:
            return np.full(p.shape, np.inf)
        rank = np.clip(np.ceil(p * self.samples), 1, self.samples)
        bins = np.searchsorted(np.cumsum(self.histogram), rank)
        angle = np.where(rank <= self.errors, 0.0, (bins + 1.0) * (0.5 * np.pi / BINS))
        angle = np.clip(angle, self.angle_min, self.angle_max)
        return distance_from_angle(angle, radius=radius, metric=metric)


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def reduced(found: BulkResult, epsilon: float | None) -> DistanceStatistics:
    """The statistics of one block; ``epsilon`` is an angle."""
    count, lower, upper = found.angle_upper.size, found.angle_lower, found.angle_upper
    if np.isinf(upper).any():
        return nothing_observed(epsilon, samples=count, no_errors=True)
    gap = upper - lower
    wide = upper > 1e-3
    bins = np.minimum((upper * (BINS / (0.5 * np.pi))).astype(np.int64), BINS - 1)
    return DistanceStatistics(
        samples=count,
        no_errors=False,
        angle=Moments.of(upper),
        chord=Moments.of(2.0 * np.sin(0.5 * upper)),
        angle_min=float(upper.min()),
        angle_max=float(upper.max()),
        errors=int(np.count_nonzero(found.is_error)),
        within=None if epsilon is None else int(np.count_nonzero(upper <= epsilon)),
        possibly_within=None if epsilon is None else int(np.count_nonzero(lower <= epsilon)),
        epsilon=epsilon,
        gap_max=float(gap.max()),
        relative_gap_max=float((gap[wide] / upper[wide]).max(initial=0.0)),
        safe=int(np.count_nonzero(found.safe)),
        histogram=np.bincount(bins, minlength=BINS).astype(np.int64),
    )


def nothing_observed(epsilon: float | None, *, samples: int = 0, no_errors: bool = False) -> DistanceStatistics:
    """The statistics of no point, or of ``samples`` points that have no errors to be near."""
    return DistanceStatistics(
        samples=samples,
        no_errors=no_errors,
        angle=Moments(),
        chord=Moments(),
        angle_min=np.inf,
        angle_max=np.inf if no_errors else 0.0,
        errors=0,
        within=None if epsilon is None else 0,
        possibly_within=None if epsilon is None else 0,
        epsilon=epsilon,
        gap_max=0.0,
        relative_gap_max=0.0,
        safe=0,
        histogram=np.zeros(BINS, dtype=np.int64),
    )
