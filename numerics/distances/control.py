"""A control variate for mean distances to the errors of a quadratic classifier, with the range of what it leaves.

On the unit sphere let q = sum l_i u_i^2 with l = c / max c, so that -L <= q <= 1, L = -min l > 0, and a point is an
error where q > 0. The mean of q is m = sum l_i / d, exactly. For a slope b > 0 and a distance f (angle or chord),

    Y = f + b q,    E f = E Y - b m,    -L max(0, b - 0.9/(1 + L)) <= Y <= max(b, 1/(4 b)).

Proof: docs/theory/samples.md. As f falls where q rises, Y varies less than f, and the one-sided empirical Bernstein
inequality for values that lie no farther out than this makes a rigorous limit of it. Any slope that does not depend on
the sample will do; b = 1/(2 s), s the standard deviation of l, is that of f where the gradient of q has its typical
length. That inequality wants a centre and a guess of the spread, too: both are of a few points that are drawn for this.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from ...theory.basics.validation import FloatArray, Metric
from ...theory.nearest.many import BulkPlan, bulk_nearest
from ..sampling.points import block_generator
from ..sampling.streams import CONTROL_KEY
from .moments import Moments

CHORD_OF_ANGLE = 0.9
"""A chord is at least this share of its angle up to pi/2, where it is 2 sqrt(2)/pi = 0.9003."""


@dataclass(frozen=True)
class ControlVariate:
    """The slope b, the exact mean b m, the ends of an interval that holds every Y, and what a few other points tell.

    Parameters
    ----------
    slope, known, lowest, highest
        b, b m, and the ends.
    centres
        Near the mean of Y, for angles and for chords.
    spread
        A guess of the variance of Y.

    Examples
    --------
    >>> from adversarial_spheres.theory.nearest.many import bulk_plan
    >>> control = ControlVariate.of(bulk_plan([1.0, -1.0, -2.0]))
    >>> round(control.slope, 4), round(control.known, 4), round(control.lowest, 4), round(control.highest, 4)
    (0.4009, -0.2673, -0.2018, 0.6236)
    """

    slope: float
    known: float
    lowest: float
    highest: float
    centres: tuple[float, float] = (0.0, 0.0)
    spread: float = 0.0

    @classmethod
    def of(cls, plan: BulkPlan) -> Self | None:
        """The control variate for the errors of a plan; None where it has no fast path."""
        if plan.matrix is None:
            return None
        lam = plan.matrix[:, -2]
        slope = 0.5 / float(lam.std())
        below = plan.largest * max(0.0, slope - CHORD_OF_ANGLE / (1.0 + plan.largest))
        bare = cls(slope, slope * float(lam.mean()), -below, max(slope, 0.25 / slope))
        squares = np.square(block_generator(0, CONTROL_KEY).standard_normal((_pilots(lam.size), lam.size)))
        projections = squares @ plan.matrix
        angle = bulk_nearest(plan, squares, projections=projections).angle_upper
        pilot = bare.observed(projections, angle)
        return replace(bare, centres=(pilot.angle.mean, pilot.chord.mean), spread=pilot.angle.variance)

    def observed(self, projections: FloatArray, angle: FloatArray) -> ControlledDistances:
        """The moments of Y of a block: projections as for :func:`~.nearest.many.bulk_nearest`, and the angles found."""
        added = self.slope * (projections[:, -2] / projections[:, -1])
        return ControlledDistances(self, Moments.of(angle + added), Moments.of(2.0 * np.sin(0.5 * angle) + added))


@dataclass(frozen=True)
class ControlledDistances:
    """Moments of Y for both kinds of distances, on the unit sphere."""

    control: ControlVariate
    angle: Moments
    chord: Moments

    def merged(self, other: ControlledDistances) -> ControlledDistances:
        """Both samples together."""
        return replace(self, angle=self.angle.merged(other.angle), chord=self.chord.merged(other.chord))

    def mean(self, radius: float, metric: Metric) -> float:
        """Estimate of the mean distance on the sphere of ``radius``."""
        return radius * (self._of(metric)[0].mean - self.control.known)

    def spread_and_reach(self, metric: Metric, side: int) -> tuple[float, float]:
        """Mean square of Y about its centre, and how much farther out on a side (1: above, -1: below) Y may lie."""
        found, centre = self._of(metric)
        reach = self.control.highest - centre if side > 0 else centre - self.control.lowest
        return found.squares / max(found.count, 1) + (found.mean - centre) ** 2, reach

    def _of(self, metric: Metric) -> tuple[Moments, float]:
        """Moments and centre of Y for one kind of distances."""
        of_angles, of_chords = self.control.centres
        return (self.angle, of_angles) if metric == "geodesic" else (self.chord, of_chords)


def _pilots(dim: int) -> int:
    """How many points tell centre and spread: few where many do not fit in the caches."""
    return int(np.clip(2**20 // dim, 8, 256))
