"""Walking on the decision boundary of a model towards the attacked point: a minimal-distance attack with gradients.

For a direction v let t(v) be the length at which its curve meets the errors; :mod:`.attacks.geometry` has the turn D
that would lead to the nearest point of the boundary if that were straight. A step of the walk turns v towards v + s D;
it is taken only if the new curve meets an error before the old length (one question), and the crossing is then found
anew. The length never grows, and each one belongs to a point that the model was seen to misclassify.

On the sphere the curves are great circles, and lengths are angles.

References: [BB1988] Barzilai and Borwein 1988.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...theory.basics.validation import BoolArray, FloatArray
from ..models.checked import IndexArray
from .circles import Brackets, ErrorField, crossings
from .geometry import Geometry, dots

REACH_STEPS = 60
_SUMMIT_STEPS, _NEAR_SUMMIT = 200, 1e-6
_REACH_OVERSHOOT = 1.1
_REACH_SHORTEST, _REACH_LONGEST = 0.02, 0.3
_WALK_TOLERANCE = 1e-6
_SMALLEST_PUSH, _LARGEST_PUSH = 1e-9, 1e-3
_STEP_TRIALS, _IDLE_STEPS = 6, 3
_SMALLEST_STEP, _LARGEST_STEP = 1e-2, 64.0


@dataclass
class Circles:
    """For each attacked point of a block the best great circle found so far.

    Parameters
    ----------
    z
        Attacked points, unit vectors, shape (n, dim).
    start_margin
        Their margins.
    v
        Directions; zero where none was found.
    angle
        Angle of an error on the circle; +inf where none was found.
    ends
        An error that a climb has ended at, for where rounding hides those made of z, v and an angle; NaN elsewhere.
    """

    z: FloatArray
    start_margin: FloatArray
    v: FloatArray
    angle: FloatArray
    ends: FloatArray

    @classmethod
    def empty(cls, z: FloatArray, start_margin: FloatArray) -> Circles:
        """No circle found yet."""
        return cls(z, start_margin, np.zeros_like(z), np.full(len(z), np.inf), np.full_like(z, np.nan))

    def part(self, rows: slice) -> Circles:
        """The circles of some rows."""
        return Circles(self.z[rows], self.start_margin[rows], self.v[rows], self.angle[rows], self.ends[rows])

    def take_better(self, rows: IndexArray, found: Circles) -> None:
        """Take over the circles of ``found`` where their angle is smaller."""
        better = found.angle < self.angle[rows]
        self.v[rows[better]], self.angle[rows[better]] = found.v[better], found.angle[better]
        self.ends[rows[better]] = found.ends[better]

    def keep(self, ends: FloatArray, errors: BoolArray, geometry: Geometry) -> None:
        """Keep the ends of climbs, shape (n, dim), that are errors, as circles to them where there are no others."""
        self.ends[errors] = ends[errors]
        at = np.flatnonzero(errors & np.isinf(self.angle))
        self.v[at], self.angle[at] = geometry.towards(self.z[at], ends[at]), geometry.distances(self.z[at], ends[at])


def reach_errors(field: ErrorField, rows: IndexArray, starts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Climb from unit vectors to errors along the gradient of the margin, renormalised after each step.

    The step is the one at which the linearised margin is zero, a tenth more, between 0.02 and 0.3 radians; in flat
    space, where errors may be far out, the largest step grows.

    Returns
    -------
    points : ndarray, shape (n, dim)
        Where the climb ended.
    margins : ndarray, shape (n,)
        Their margins; no error was reached where they say so.
    """
    u, geometry = starts.copy(), field.geometry
    margins = field.margins(rows, u)
    at = np.flatnonzero(~field.is_error(margins))
    for number in range(REACH_STEPS):
        if not at.size:
            break
        slope = field.slopes(rows[at], u[at])
        steep = np.sqrt(dots(slope, slope))
        at, slope, steep = at[steep > 0.0], slope[steep > 0.0], steep[steep > 0.0]
        longest = _REACH_LONGEST * geometry.growth**number
        step = np.clip(-_REACH_OVERSHOOT * margins[at] / steep, _REACH_SHORTEST, longest)
        u[at] = geometry.placed(geometry.points_at(u[at], slope / steep[:, None], step))
        margins[at] = field.margins(rows[at], u[at])
        at = at[~field.is_error(margins[at])]
    return u, margins


def reach_summits(field: ErrorField, rows: IndexArray, starts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Climb from unit vectors to where the margin is largest, or to errors: for errors that are a sliver around it.

    Steps along the gradient, of the size of Barzilai and Borwein [BB1988]: they shrink with the gradient, so that the
    climb ends within rounding of the summit, where margins tell nothing more. Returns as :func:`reach_errors`.
    """
    u, geometry = starts.copy(), field.geometry
    margins, slope = field.margins(rows, u), field.slopes(rows, u)
    size, move = np.full(len(u), np.inf), np.full(len(u), _REACH_LONGEST)
    for number in range(_SUMMIT_STEPS):
        steep = np.sqrt(dots(slope, slope))
        climbing = ~field.is_error(margins) | (move < _NEAR_SUMMIT)
        at = np.flatnonzero(climbing & (steep > 0.0) & (move > field.model.resolution))
        if not at.size:
            break
        longest = _REACH_LONGEST * geometry.growth**number
        moved = geometry.placed(u[at] + np.minimum(size[at], longest / steep[at])[:, None] * slope[at])
        after, moves = field.slopes(rows[at], moved), moved - u[at]
        bent, move[at] = dots(moves, slope[at] - after), np.sqrt(dots(moves, moves))
        size[at] = np.where(bent > 0.0, move[at] ** 2 / np.where(bent > 0.0, bent, 1.0), np.inf)
        u[at], slope[at], margins[at] = moved, after, field.margins(rows[at], moved)
    return u, margins


def circles_through(
    field: ErrorField,
    rows: IndexArray,
    z: FloatArray,
    start_margin: FloatArray,
    points: FloatArray,
    margins: FloatArray,
    *,
    tolerance: float = _WALK_TOLERANCE,
) -> Circles:
    """The great circles from z to errors, with the crossing between them; no circle where the points are no errors."""
    found, geometry = Circles.empty(z, start_margin), field.geometry
    v = geometry.towards(z, points)
    at = np.flatnonzero(field.is_error(margins) & (dots(v, v) > 0.5))
    angle = geometry.lengths(z[at], v[at], points[at])
    # The point is asked again as it is made from z, v and the angle: rounding may have made it none.
    again = field.margins(rows[at], geometry.points_at(z[at], v[at], angle))
    sure = field.is_error(again)
    at, angle, again = at[sure], angle[sure], again[sure]
    brackets = Brackets.from_start(start_margin[at], angle, again)
    found.v[at] = v[at]
    found.angle[at] = crossings(field, rows[at], z[at], v[at], brackets, tolerance=tolerance)
    return found


def pushed_inside(
    field: ErrorField, rows: IndexArray, z: FloatArray, v: FloatArray, angle: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Points a little beyond the crossings, so that rounding in the model does not undo the error.

    A logit changes in its last digits with the number of points in a batch, so each point is asked twice.
    """
    resolution, geometry = field.model.resolution, field.geometry
    push = min(max(_SMALLEST_PUSH, 256.0 * resolution), _LARGEST_PUSH)
    points, sure = geometry.points_at(z, v, angle), np.zeros(len(z), dtype=np.bool_)
    while push <= _LARGEST_PUSH and not sure.all():
        at = np.flatnonzero(~sure)
        pushed = np.minimum(angle[at] * (1.0 + push) + 16.0 * resolution, geometry.largest)
        points[at] = geometry.points_at(z[at], v[at], pushed)
        together = field.is_error(field.margins(rows, points))
        halves = [field.is_error(field.margins(rows[part], points[part])) for part in np.array_split(at, 2)]
        sure[at] = together[at] & np.concatenate(halves)
        push *= 10.0
    return points, sure


def walk(field: ErrorField, rows: IndexArray, circles: Circles, *, steps: int, gain: float) -> BoolArray:
    """Lower the angles of ``circles`` in place by at most ``steps`` steps along the boundary.

    Returns where the gradient was of use: False where there is no circle, or the margin did not rise along it.

    The size of a step is that of Barzilai and Borwein [BB1988] from the last two turns, for each point on its own. A
    point stops when three steps in a row have gained less than ``gain`` of its angle each.
    """
    at = np.flatnonzero(np.isfinite(circles.angle) & (circles.angle > 0.0))
    memory = _Memory.empty(circles.z)
    idle, useful = np.zeros(len(circles.angle), dtype=np.int64), np.zeros(len(circles.angle), dtype=np.bool_)
    for _ in range(steps):
        if not at.size:
            break
        before = circles.angle[at]
        rising = _step(field, rows[at], circles, at, memory)
        useful[at] |= rising
        idle[at] = np.where(before - circles.angle[at] > gain * before, 0, idle[at] + 1)
        at = at[(idle[at] < _IDLE_STEPS) & rising]
    return useful


@dataclass
class _Memory:
    """Direction, turn and size of the last step of each point."""

    v: FloatArray
    turn: FloatArray
    size: FloatArray
    known: BoolArray

    @classmethod
    def empty(cls, z: FloatArray) -> _Memory:
        return cls(np.zeros_like(z), np.zeros_like(z), np.ones(len(z)), np.zeros(len(z), dtype=np.bool_))

    def sizes(self, at: IndexArray, v: FloatArray, turn: FloatArray) -> FloatArray:
        """Sizes of the next steps: |dv|^2 / (dv . d(-turn)), the inverse of the curvature along the last step."""
        moved = v - self.v[at]
        bent = dots(moved, self.turn[at] - turn)
        measured = dots(moved, moved) / np.where(bent > 0.0, bent, 1.0)
        usable = self.known[at] & (bent > 0.0)
        return np.where(usable, np.clip(measured, _SMALLEST_STEP, _LARGEST_STEP), self.size[at])

    def remember(self, at: IndexArray, v: FloatArray, turn: FloatArray) -> None:
        self.v[at], self.turn[at], self.known[at] = v, turn, True


def _step(field: ErrorField, rows: IndexArray, circles: Circles, at: IndexArray, memory: _Memory) -> BoolArray:
    """One step of the points ``at``; returns where the margin rises along the circle (elsewhere no step is known)."""
    z, v, angle, geometry = circles.z[at], circles.v[at], circles.angle[at], field.geometry
    turn, rise = _turns(field, rows, z, v, angle)
    size = memory.sizes(at, v, turn)
    memory.remember(at, v, turn)
    moved = np.zeros(len(at), dtype=np.bool_)
    target = angle * (1.0 - 2.0 * _WALK_TOLERANCE)
    for _ in range(_STEP_TRIALS):
        trying = np.flatnonzero(~moved & (rise > 0.0))
        if not trying.size:
            break
        w = geometry.directions(z[trying], v[trying] + size[trying, None] * turn[trying])
        margins = field.margins(rows[trying], geometry.points_at(z[trying], w, target[trying]))
        error = field.is_error(margins)
        size[trying[~error]] /= 3.0
        hit, w, margins = trying[error], w[error], margins[error]
        moved[hit], circles.v[at[hit]] = True, w
        brackets = Brackets.from_start(circles.start_margin[at[hit]], target[hit], margins)
        guess = target[hit] - margins / rise[hit]
        tolerance = _WALK_TOLERANCE
        circles.angle[at[hit]] = crossings(field, rows[hit], z[hit], w, brackets, tolerance=tolerance, guess=guess)
    memory.size[at] = np.clip(np.where(moved, 1.5 * size, size), _SMALLEST_STEP, _LARGEST_STEP)
    return rise > 0.0


def _turns(
    field: ErrorField, rows: IndexArray, z: FloatArray, v: FloatArray, angle: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The turn D of the geometry, and the rise of the margin along the circle."""
    slope = field.slopes(rows, field.geometry.points_at(z, v, angle))
    return field.geometry.turns(slope, z, v, angle)
