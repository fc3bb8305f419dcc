"""An attack that spends few questions: the nearest boundary point of a quadratic model, again and again.

Each round asks for a gradient and for one margin. The gradients seen so far make a model of the margin
(:mod:`.attacks.boundary_model`), its nearest boundary point is asked about next, a little beyond it: by a tenth of what
the model was wrong by the last time. Where the margin is a quadratic form the model becomes exact, and the rounds
converge faster than any geometric sequence; a nearer basin of the boundary that the gradient does not lead to is seen
by its curvature. Where two rounds gain nothing the search starts anew from a random direction, until two starts have
led to the same length or the questions are used up.

Every length belongs to a point that was asked about and whose margin is beyond what rounding can turn.
On the sphere it is searched within a right angle of the attacked point.
"""

from __future__ import annotations

import numpy as np

from ...theory.basics.validation import BoolArray, FloatArray
from ..models.checked import IndexArray
from .boundary_model import BoundaryModel
from .circles import ErrorField
from .geometry import dots
from .walk import Circles

__all__ = ["secant_search"]

_FIRST_OVERSHOOT, _OVERSHOOT, _LEAST_OVERSHOOT, _MOST_OVERSHOOT = 0.03, 0.1, 1e-9, 0.1
_FARTHEST, _FARTHER = 8.0, 1.5
_SURE, _TINY = 256.0, np.finfo(np.float64).tiny
_GAIN, _IDLE_ROUNDS, _LOST_ROUNDS = 1e-6, 4, 40
_TWICE, _ALIKE = 2, 1e-3


def secant_search(
    field: ErrorField,
    rows: IndexArray,
    z: FloatArray,
    margins: FloatArray,
    rng: np.random.Generator,
    *,
    budget: int,
) -> Circles:
    """The nearest circles that rounds of the search lead to, at most ``budget`` questions a point, those before too."""
    search = _Search(field, rows, z, margins)
    searching = np.ones(len(z), dtype=np.bool_)
    while True:
        searching &= field.queries[rows] + 2 <= budget
        at = np.flatnonzero(searching)
        if not at.size:
            return search.best
        search.round(at)
        ended = at[search.idle[at] >= np.where(np.isinf(search.of_start[at]), _LOST_ROUNDS, _IDLE_ROUNDS)]
        searching[ended[search.reached(ended)]] = False
        again = ended[searching[ended] & (field.queries[rows[ended]] + 3 <= budget)]
        search.start_anew(again, rng)


class _Search:
    """The searches of a block of points.

    Attributes
    ----------
    best
        The nearest errors so far.
    idle
        Rounds of the present start that have gained nothing, shape (n,).
    """

    def __init__(self, field: ErrorField, rows: IndexArray, z: FloatArray, margins: FloatArray) -> None:
        n = len(z)
        self.field, self.rows, self.z, self.geometry = field, rows, z, field.geometry
        self.best, self.idle = Circles.empty(z, margins), np.zeros(n, dtype=np.int64)
        self._model = BoundaryModel(*z.shape)
        self._v, self._radius, self._aimed, self._margin = np.zeros_like(z), np.zeros(n), np.zeros(n), margins.copy()
        self._overshoot = np.full(n, _FIRST_OVERSHOOT)
        self._u, self._slope, self._compared = np.zeros_like(z), np.zeros_like(z), np.zeros(n, dtype=np.bool_)
        self.of_start, self._least, self._times = np.full(n, np.inf), np.full(n, np.inf), np.zeros(n, dtype=np.int64)

    def round(self, at: IndexArray) -> None:
        """A gradient and a margin for each of the points ``at``."""
        u, margins, slopes = self._gradients(at)
        target, known = self._model.nearest(at, u, margins, slopes)
        steep = np.maximum(dots(slopes, slopes), _TINY)
        along = u + np.maximum(-margins / steep, 0.0)[:, None] * slopes
        target = np.where(known[:, None], target, along)
        self._aimed[at] = np.minimum(np.sqrt(dots(target, target)), self._farthest(at))
        self._ask(at, self.geometry.directions(self.z[at], target), self._aimed[at] * (1.0 + self._overshoot[at]))

    def _gradients(self, at: IndexArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Position, margin and gradient of where the points ``at`` are, which the models learn."""
        u, lengths = self._radius[at, None] * self._v[at], self.geometry.lengths_of(self._radius[at])
        slopes = self.field.slopes(self.rows[at], self.geometry.points_at(self.z[at], self._v[at], lengths))
        margins, slopes = self.geometry.by_position(self.z[at], u, self._margin[at], slopes)
        step, change, known = u - self._u[at], slopes - self._slope[at], self._compared[at]
        self._model.learn(at[known], step[known], change[known])
        self._u[at], self._slope[at], self._compared[at] = u, slopes, True
        # Along its ray the boundary is where the margin would be zero: so wrong was the model.
        rise, moved = dots(slopes, self._v[at]), self._aimed[at] > 0.0
        usable = known & moved & (np.abs(margins) < self._aimed[at] * np.abs(rise))
        crossing = self._radius[at] - margins / np.where(usable, rise, 1.0)
        wrong = np.where(usable, np.abs(crossing / np.where(moved, self._aimed[at], 1.0) - 1.0), np.inf)
        overshoot = np.clip(_OVERSHOOT * wrong, _LEAST_OVERSHOOT, _MOST_OVERSHOOT)
        self._overshoot[at] = np.where(known, overshoot, _FIRST_OVERSHOOT)
        return u, margins, slopes

    def _farthest(self, at: IndexArray) -> FloatArray:
        """No target is farther away."""
        angle = self.best.angle[at]
        known = np.isfinite(angle)
        return np.where(known, _FARTHER * self.geometry.radii(np.where(known, angle, 0.0)), _FARTHEST)

    def _ask(self, at: IndexArray, v: FloatArray, radius: FloatArray) -> None:
        """Margins at positions, which become the present ones; the best are kept."""
        lengths = self.geometry.lengths_of(radius)
        margins = self.field.margins(self.rows[at], self.geometry.points_at(self.z[at], v, lengths))
        self._v[at], self._radius[at], self._margin[at] = v, radius, margins
        sure = margins > _SURE * self.field.model.resolution
        lengths = np.where(sure, lengths, np.inf)
        gained = lengths < self.of_start[at] * (1.0 - _GAIN)
        self.of_start[at] = np.minimum(lengths, self.of_start[at])
        self.idle[at] = np.where(gained, 0, self.idle[at] + 1)
        self.best.take_better(at, Circles(self.z[at], self._margin[at], v, lengths, np.full_like(v, np.nan)))

    def reached(self, at: IndexArray) -> BoolArray:
        """Whether two starts have led to the best length, now that the last one of the points ``at`` has ended."""
        found, best = self.of_start[at], self.best.angle[at]
        with np.errstate(invalid="ignore"):
            same = self._least[at] <= best * (1.0 + _ALIKE)
            self._times[at] = np.where(same, self._times[at], 0) + (found <= best * (1.0 + _ALIKE))
        self._least[at] = best
        return np.isfinite(best) & (self._times[at] >= _TWICE)

    def start_anew(self, at: IndexArray, rng: np.random.Generator) -> None:
        """Put the points ``at`` in a random direction, as far as the best error."""
        if not at.size:
            return
        drawn = self.geometry.directions(self.z, rng.standard_normal(self.z.shape))[at]
        far = np.where(np.isfinite(self.best.angle[at]), self._farthest(at) / _FARTHER, 1.0)
        self.of_start[at], self.idle[at] = np.inf, 0
        self._model.forget(at)
        self._compared[at] = False
        self._ask(at, drawn, far)
        self._aimed[at] = far
