"""Great circles, or lines, through sampled points, and where a model's decision changes along them.

Notation (see :mod:`.attacks.geometry`): z the point that is attacked, v a direction there, and y(t) the point at angle,
or length, t. The model is asked at r y, r the radius of the sphere, or the unit of length. The margin of y is the score
with the sign that makes errors positive: y is an error iff its margin is > 0 (inner sphere) or >= 0 (outer sphere).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...theory.basics.sphere import error_sign, misclassified
from ...theory.basics.validation import BoolArray, FloatArray, Sphere
from ..models.checked import CheckedModel, IndexArray
from .geometry import ROUND, Geometry

_SECANT_STEPS, _MOST_STEPS = 10, 70
_ENTRIES_AT_ONCE = 2**20


class ErrorField:
    """Margins of a block of attacked points on one sphere; it counts the questions that each point cost.

    Parameters
    ----------
    model
        The attacked model, in its checking wrapper.
    sphere, radius
        Which errors count, and where the model is asked.
    count
        Number of attacked points; a question belongs to the attacked point whose row it names.
    geometry
        What the curves are, along which it is searched.

    Attributes
    ----------
    queries
        Points that the model was asked about (a gradient counts as one), shape (count,).
    scale
        What margins and slopes are divided by, so that logits of any size neither overflow nor underflow in squares.
    """

    def __init__(
        self, model: CheckedModel, sphere: Sphere, radius: float, count: int, geometry: Geometry = ROUND
    ) -> None:
        self.model, self.sphere, self.radius, self.geometry = model, sphere, radius, geometry
        self.sign = error_sign(sphere)
        self.queries = np.zeros(count, dtype=np.int64)
        self.scale = 1.0

    def margins(self, rows: IndexArray, units: FloatArray) -> FloatArray:
        """Margins of unit vectors (n, dim) that belong to the attacked points ``rows``, shape (n,)."""
        np.add.at(self.queries, rows, 1)
        return self.sign * self.model.scores(self.radius * units) / self.scale

    def margins_of_many(self, rows: IndexArray, units: Callable[[int], FloatArray], count: int) -> FloatArray:
        """Margins of ``count`` sets of unit vectors, ``units(k)`` of shape (n, dim) each, shape (count, n).

        They are asked together, as many as memory allows: with some models a call costs more than a thousand points.
        """
        found: list[FloatArray] = []
        while len(found) < count:
            first = units(len(found))
            sets = min(max(1, _ENTRIES_AT_ONCE // max(1, first.size)), count - len(found))
            together = np.concatenate([first, *(units(len(found) + k) for k in range(1, sets))])
            found.extend(self.margins(np.tile(rows, sets), together).reshape(sets, len(rows)))
        return np.array(found).reshape(count, len(rows))

    def apart(self, count: int) -> ErrorField:
        """The same field for ``count`` points of its own, with margins as they are."""
        return ErrorField(self.model, self.sphere, self.radius, count, self.geometry)

    def share_queries(self, other: ErrorField) -> None:
        """Charge what another field was asked for the sake of all points of this one, evenly and rounded up."""
        self.queries += -(-int(other.queries.sum()) // len(self.queries))

    def is_error(self, margins: FloatArray) -> BoolArray:
        """Whether points of these margins are errors."""
        return misclassified(self.sign * margins, self.sphere)

    def slopes(self, rows: IndexArray, units: FloatArray) -> FloatArray:
        """Gradients of the margin along the sphere (orthogonal to the unit vectors), shape (n, dim).

        Forward differences, dim + 1 questions a point, for a model of logits without a gradient.
        """
        if self.model.has_gradient:
            np.add.at(self.queries, rows, 1)
            gradients = (self.sign * self.radius) * (self.model.input_gradient(self.radius * units) / self.scale)
        else:
            gradients = self._differences(rows, units)
        return self.geometry.along(gradients, units)

    def _differences(self, rows: IndexArray, units: FloatArray) -> FloatArray:
        here, step = self.margins(rows, units), np.sqrt(self.model.resolution)

        def moved(axis: int) -> FloatArray:
            other = units.copy()
            other[:, axis] += step
            return other

        return np.asarray((self.margins_of_many(rows, moved, units.shape[1]) - here).T / step)


@dataclass
class Brackets:
    """Great circles with a correct point at the angles ``low`` and an error at ``high``, and their margins."""

    low: FloatArray
    high: FloatArray
    low_margin: FloatArray
    high_margin: FloatArray

    @classmethod
    def from_start(cls, start_margin: FloatArray, high: FloatArray, high_margin: FloatArray) -> Brackets:
        """From the attacked points (angle 0) to the angles ``high``."""
        return cls(np.zeros_like(high), high.copy(), start_margin.copy(), high_margin.copy())


def crossings(
    field: ErrorField,
    rows: IndexArray,
    z: FloatArray,
    v: FloatArray,
    brackets: Brackets,
    *,
    tolerance: float,
    guess: FloatArray | None = None,
) -> FloatArray:
    """Angles t on each great circle at which y(t) is an error and y(t (1 - tolerance)) is none.

    Parameters
    ----------
    field, rows
        The model, and the attacked points to which the circles belong.
    z, v
        Attacked points, which are no errors, and directions, shape (n, dim).
    brackets
        Where the decision changes; it is narrowed in place.
    tolerance
        Relative width of the brackets at the end.
    guess
        Angles to try first.

    Returns
    -------
    ndarray
        Shape (n,), at most ``brackets.high``. y(t) was seen to be an error: an upper bound on the angle to the nearest
        error. The crossing need not be the first one of its circle.

    Notes
    -----
    Regula falsi with the weights of Illinois, never closer to an end than half the tolerance so that both ends move;
    bisection where the model tells labels only, and for whatever is open after ten steps.
    """
    b, last = brackets, np.zeros(len(brackets.high), dtype=np.int8)
    trial = _trial(b, tolerance, 0, field)
    if guess is not None:
        trial = np.where((guess > b.low) & (guess < b.high), guess, trial)
    for step in range(1, _MOST_STEPS):
        at = np.flatnonzero(b.high - b.low > tolerance * b.high)
        if not at.size:
            break
        margins = field.margins(rows[at], field.geometry.points_at(z[at], v[at], trial[at]))
        error = field.is_error(margins)
        up, down = at[error], at[~error]
        # Illinois: an end that stays for the second time counts half, so that the next trial comes closer to it.
        b.low_margin[up] *= np.where(last[up] == 1, 0.5, 1.0)
        b.high_margin[down] *= np.where(last[down] == -1, 0.5, 1.0)
        b.high[up], b.high_margin[up], last[up] = trial[up], margins[error], 1
        b.low[down], b.low_margin[down], last[down] = trial[down], margins[~error], -1
        trial = _trial(b, tolerance, step, field)
    return b.high


def _trial(b: Brackets, tolerance: float, step: int, field: ErrorField) -> FloatArray:
    middle = 0.5 * (b.low + b.high)
    if step >= _SECANT_STEPS or not field.model.returns_logits:
        return middle
    rise = b.high_margin - b.low_margin
    secant = b.low - b.low_margin * (b.high - b.low) / np.where(rise > 0.0, rise, 1.0)
    inset = 0.5 * tolerance * b.high
    inside = np.clip(secant, b.low + inset, np.maximum(b.high - inset, b.low + inset))
    return np.asarray(np.where((rise > 0.0) & (inside < b.high), inside, middle))
