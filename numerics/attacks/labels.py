"""A minimal-distance attack on models that tell labels only: great circles, radial search, and estimated normals.

1. Random great circles through the attacked point are looked at on a grid of angles, and random points of the whole
   sphere; the nearest error of either is a start.
2. Where there is none (errors of small measure are hardly ever met by chance), the label's change along the RAY through
   a point serves as a logit: the model is asked off the sphere, at rho u, for the rho nearest to the sphere at which u
   would be called an error. Turning u so that this rho comes nearer to the sphere leads to an error on it. It is done
   from the attacked point, and where that fails from random points. In flat space nothing is off the sphere; there the
   circles of the first stage are lines that go far out.
3. From the best error on, a walk along the boundary: its normal is estimated from the labels of points that are moved
   along random orthogonal directions ([CJW2020], here with votes that fade slowly from step to step); where turning
   towards it fails, single orthogonal directions are tried ([MFL2021]).

Every angle kept belongs to a point of the sphere that the model was seen to misclassify.

References: [CJW2020] Chen, Jordan and Wainwright 2020; [MFL2021] Maho, Furon and Le Merrer 2021.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.validation import BoolArray, FloatArray
from ..models.checked import IndexArray
from .circles import Brackets, ErrorField, crossings
from .geometry import dots, points_at, tangent_directions
from .walk import Circles

_CIRCLES, _RANDOM_POINTS, _RADIAL_STARTS = 3, 2048, 8
_RADIAL_FACTORS = (1.1, 1.25, 1.5, 2.0, 3.0, 6.0, 20.0, 100.0, 1e4)
_RADIAL_HALVINGS, _RADIAL_SHARE = 10, 0.75
_RADIAL_PATIENCE, _RADIAL_PROGRESS = 20, 0.9
_DIRECTIONS, _ORTHOGONAL_TRIES = 40, 4
_FORGET, _REACH, _LONGEST_REACH = 0.9, 0.05, 0.1
_TOLERANCE = 2e-4
_FIRST_TURN, _SMALLEST_TURN = 0.5, 1e-3


def label_search(
    field: ErrorField,
    rows: IndexArray,
    z: FloatArray,
    start_margin: FloatArray,
    rng: np.random.Generator,
    *,
    budget: int,
) -> Circles:
    """Great circles to errors near unit vectors z that are no errors, from labels alone.

    Parameters
    ----------
    field, rows, z, start_margin
        The model, and the attacked points with their margins (-1 for a label).
    rng
        Generator; it is advanced.
    budget
        A point stops after about as many questions.
    """
    circles, asked = Circles.empty(z, start_margin), field.queries[rows].copy()
    # What one point draws may not depend on how others fare, or their distances would not be independent: so nothing
    # that was found for one point serves another, and each stage has a generator of its own.
    for_circles, for_sphere, for_rays, for_pool, for_walk = rng.spawn(5)
    _scan_random_circles(field, rows, circles, for_circles)
    _adopt_nearest(field, rows, circles, _random_errors(field, z.shape[1], for_sphere))
    if field.geometry.has_outside:
        _search_rays(field, rows, circles, for_rays, for_pool, asked, int(_RADIAL_SHARE * budget))
    _walk(field, rows, circles, for_walk, asked + budget)
    return circles


def _search_rays(
    field: ErrorField,
    rows: IndexArray,
    circles: Circles,
    for_rays: np.random.Generator,
    for_pool: np.random.Generator,
    asked: NDArray[np.int64],
    share: int,
) -> None:
    """The second stage, for the points that the first one has left without an error."""
    lost = np.flatnonzero(np.isinf(circles.angle))
    if lost.size:
        ends, found = _radial_search(field, rows[lost], circles.z[lost], for_rays, asked[lost] + share)
        _adopt(field, rows, circles, lost[found], ends[found])
    if np.any(np.isinf(circles.angle)):
        _adopt_nearest(field, rows, circles, _radial_errors(field, circles.z.shape[1], for_pool, share))


def _random_errors(field: ErrorField, dim: int, rng: np.random.Generator) -> FloatArray:
    """Errors among random points of the sphere."""
    units = field.geometry.random(_RANDOM_POINTS, dim, rng)
    apart = field.apart(len(units))
    errors = units[apart.is_error(apart.margins(np.arange(len(units)), units))]
    field.share_queries(apart)
    return errors


def _radial_errors(field: ErrorField, dim: int, rng: np.random.Generator, budget: int) -> FloatArray:
    """Errors that the radial search finds from a few random points of the sphere."""
    units = field.geometry.random(_RADIAL_STARTS, dim, rng)
    apart = field.apart(len(units))
    every = np.arange(len(units))
    ends, found = _radial_search(apart, every, units, rng, np.full(len(units), budget))
    field.share_queries(apart)
    return ends[found]


def _adopt_nearest(field: ErrorField, rows: IndexArray, circles: Circles, errors: FloatArray) -> None:
    """Start from the nearest of some errors where that is nearer than what is known."""
    if len(errors):
        nearest = errors[field.geometry.nearest(circles.z, errors)]
        closer = np.flatnonzero(field.geometry.distances(circles.z, nearest) < circles.angle)
        _adopt(field, rows, circles, closer, nearest[closer])


def _scan_random_circles(field: ErrorField, rows: IndexArray, circles: Circles, rng: np.random.Generator) -> None:
    every = np.arange(len(circles.z))
    for _ in range(_CIRCLES):
        v = field.geometry.directions(circles.z, rng.standard_normal(circles.z.shape))
        for angle in field.geometry.grid:
            for w in (v, -v):
                at = every[circles.angle > angle]
                if at.size:
                    _try(field, rows, circles, at, w[at], np.full(at.size, angle))
    _narrow(field, rows, circles, np.flatnonzero(np.isfinite(circles.angle)), np.zeros(len(every)))


def _try(
    field: ErrorField, rows: IndexArray, circles: Circles, at: IndexArray, v: FloatArray, angle: FloatArray
) -> BoolArray:
    """Take over directions and angles where the point there is an error; returns where it is."""
    margins = field.margins(rows[at], field.geometry.points_at(circles.z[at], v, angle))
    error = field.is_error(margins)
    circles.v[at[error]], circles.angle[at[error]] = v[error], angle[error]
    return error


def _narrow(field: ErrorField, rows: IndexArray, circles: Circles, at: IndexArray, low: FloatArray) -> None:
    """Move the angles of the points ``at`` down to a change of the decision on the same circle."""
    ones = np.ones(at.size)
    brackets = Brackets(low[at].copy(), circles.angle[at].copy(), -ones, ones)
    circles.angle[at] = crossings(field, rows[at], circles.z[at], circles.v[at], brackets, tolerance=_TOLERANCE)


def _adopt(field: ErrorField, rows: IndexArray, circles: Circles, at: IndexArray, ends: FloatArray) -> None:
    v = field.geometry.towards(circles.z[at], ends)
    angle = field.geometry.lengths(circles.z[at], v, ends)
    found = at[_try(field, rows, circles, at, v, angle)]
    _narrow(field, rows, circles, found, np.zeros(len(circles.angle)))


def _radial_search(
    field: ErrorField, rows: IndexArray, z: FloatArray, rng: np.random.Generator, until: NDArray[np.int64]
) -> tuple[FloatArray, BoolArray]:
    """Turn unit vectors until the model, asked along their rays, errs on the sphere itself.

    One that has not come a tenth nearer to the sphere in twenty turns is given up: there are rarely errors to be found.
    """
    u, stretch = z.copy(), np.full(len(z), np.inf)
    for factor in _RADIAL_FACTORS:
        at = np.flatnonzero(np.isinf(stretch))
        stretch[at[_errs_off_sphere(field, rows[at], u[at], np.full(at.size, factor))]] = factor
    step, votes = np.full(len(z), _FIRST_TURN), np.zeros_like(z)
    goal, turns = np.full(len(z), np.inf), 0
    hopeless = np.zeros(len(z), dtype=np.bool_)
    while True:
        if turns % _RADIAL_PATIENCE == 0:
            hopeless |= stretch - 1.0 > goal
            goal = _RADIAL_PROGRESS * (stretch - 1.0)
        turns += 1
        at = np.flatnonzero(
            np.isfinite(stretch) & (stretch > 1.0) & (step > _SMALLEST_TURN) & (field.queries[rows] < until) & ~hopeless
        )
        if not at.size:
            break
        stretch[at] = _radial_crossings(field, rows[at], u[at], stretch[at])
        votes[at] = _FORGET * votes[at] + _votes(field, rows[at], u[at], stretch[at], step[at], rng)
        moved = points_at(u[at], tangent_directions(u[at], votes[at]), step[at])
        better = _errs_off_sphere(field, rows[at], moved, stretch[at])
        u[at[better]] = moved[better]
        step[at] *= np.where(better, 1.3, 0.7)
    return u, stretch == 1.0


def _errs_off_sphere(field: ErrorField, rows: IndexArray, u: FloatArray, stretch: FloatArray) -> BoolArray:
    return field.is_error(field.margins(rows, _stretches(field, stretch)[:, None] * u))


def _stretches(field: ErrorField, stretch: FloatArray) -> FloatArray:
    return stretch if field.sphere == "inner" else 1.0 / stretch


def _radial_crossings(field: ErrorField, rows: IndexArray, u: FloatArray, high: FloatArray) -> FloatArray:
    """Stretches at which u errs, close to where that begins; exactly 1 where it errs on the sphere."""
    on_sphere = _errs_off_sphere(field, rows, u, np.ones(len(u)))
    low, high = np.ones(len(u)), np.where(on_sphere, 1.0, high)
    for _ in range(_RADIAL_HALVINGS):
        at = np.flatnonzero(high > low)
        middle = np.sqrt(low[at] * high[at])
        error = _errs_off_sphere(field, rows[at], u[at], middle)
        high[at[error]], low[at[~error]] = middle[error], middle[~error]
    return high


def _votes(
    field: ErrorField,
    rows: IndexArray,
    u: FloatArray,
    stretch: FloatArray,
    reach: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Sum of random orthogonal directions with the sign in which errors become more, from labels on both sides of u."""
    directions = _orthogonal_directions(u.shape[1], rng)
    reaches, factor = np.minimum(reach, _LONGEST_REACH), _stretches(field, stretch)[:, None]

    def direction(index: int) -> FloatArray:
        return field.geometry.directions(u, np.broadcast_to(directions[index], u.shape))

    def both_sides(index: int) -> FloatArray:
        side = 1.0 if index % 2 == 0 else -1.0
        return factor * field.geometry.points_at(u, direction(index // 2), side * reaches)

    errors = field.is_error(field.margins_of_many(rows, both_sides, 2 * len(directions)))
    more = np.where(errors[::2], 1.0, -1.0) - np.where(errors[1::2], 1.0, -1.0)
    total = np.zeros_like(u)
    for index, votes in enumerate(more):
        total += votes[:, None] * direction(index)
    return total


def _orthogonal_directions(dim: int, rng: np.random.Generator) -> FloatArray:
    """Random orthonormal rows: at most 40 of them, fewer in small dimension."""
    count = min(_DIRECTIONS, dim)
    return np.ascontiguousarray(np.linalg.qr(rng.standard_normal((dim, count)))[0].T)


def _walk(
    field: ErrorField, rows: IndexArray, circles: Circles, rng: np.random.Generator, until: NDArray[np.int64]
) -> None:
    turn, votes = np.full(len(circles.angle), _FIRST_TURN), np.zeros_like(circles.z)
    while True:
        open_ = np.isfinite(circles.angle) & (circles.angle > 0.0) & (turn > _SMALLEST_TURN)
        at = np.flatnonzero(open_ & (field.queries[rows] < until))
        if not at.size:
            break
        z, v, angle = circles.z[at], circles.v[at], circles.angle[at]
        ones = np.ones(at.size)
        votes[at] = _FORGET * votes[at] + _votes(
            field, rows[at], field.geometry.points_at(z, v, angle), ones, _REACH * angle, rng
        )
        moved = _turn_towards(field, rows, circles, at, votes[at], turn)
        for direction in rng.standard_normal((_ORTHOGONAL_TRIES, circles.z.shape[1])):
            still = at[~moved]
            random = np.broadcast_to(direction, circles.z[still].shape)
            moved[~moved] = _turn_towards(field, rows, circles, still, random, turn, both_sides=True)
        turn[at] = np.where(moved, np.minimum(1.3 * turn[at], 1.0), 0.7 * turn[at])


def _turn_towards(
    field: ErrorField,
    rows: IndexArray,
    circles: Circles,
    at: IndexArray,
    directions: FloatArray,
    turn: FloatArray,
    *,
    both_sides: bool = False,
) -> BoolArray:
    """Turn v towards directions where the new circle meets an error before the old angle; returns where it did."""
    v = circles.v[at]
    across = directions - dots(directions, v)[:, None] * v
    w = field.geometry.directions(circles.z[at], across)
    target = circles.angle[at] * (1.0 - 2.0 * _TOLERANCE)
    moved = np.zeros(at.size, dtype=np.bool_)
    for side in (1.0, -1.0) if both_sides else (1.0,):
        trying = np.flatnonzero(~moved)
        size = side * turn[at[trying]]
        turned = field.geometry.directions(circles.z[at[trying]], points_at(v[trying], w[trying], size))
        moved[trying] = _try(field, rows, circles, at[trying], turned, target[trying])
    _narrow(field, rows, circles, at[moved], _correct_below(field, rows, circles, at[moved]))
    return moved


def _correct_below(field: ErrorField, rows: IndexArray, circles: Circles, at: IndexArray) -> FloatArray:
    """Angles below those of the circles at which the points ``at`` are no errors, for bisection to begin at."""
    low = np.zeros(len(circles.angle))
    if at.size:
        nearly = 0.97 * circles.angle[at]
        margins = field.margins(rows[at], field.geometry.points_at(circles.z[at], circles.v[at], nearly))
        low[at] = np.where(field.is_error(margins), 0.0, nearly)
    return low
