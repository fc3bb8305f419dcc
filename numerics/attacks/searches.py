"""The searches of the attacks: circles through errors near given points, by walks, differences, climbs or labels.

:mod:`.attacks.attack` says what each of them does; what they find is confirmed there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.validation import BoolArray, FloatArray
from ..models.checked import IndexArray
from .circles import ErrorField
from .labels import label_search
from .paper import climb
from .secants import secant_search
from .walk import Circles, circles_through, pushed_inside, reach_errors, reach_summits, walk

_TWICE, _ALIKE = 2, 0.01
_SUMMITS = 4

if TYPE_CHECKING:
    from .settings import AttackSettings, Method


def _search_by_walk(
    field: ErrorField,
    rows: IndexArray,
    z: FloatArray,
    margins: FloatArray,
    settings: AttackSettings,
    rng: np.random.Generator,
) -> Circles:
    return _walks(field, rows, z, margins, settings, rng, rescues=settings.rescues)[0]


def _walks(
    field: ErrorField,
    rows: IndexArray,
    z: FloatArray,
    margins: FloatArray,
    settings: AttackSettings,
    rng: np.random.Generator,
    *,
    rescues: int,
) -> tuple[Circles, BoolArray]:
    """The best circles of all starts, and where a gradient was of use.

    After the first ones a start serves those points alone whose best angle was found once only, or not at all. What a
    point draws does not depend on how others fare.
    """
    best, reached = Circles.empty(z, margins), np.zeros(len(z), dtype=np.int64)
    useful, geometry = np.zeros(len(z), dtype=np.bool_), field.geometry
    for start in range(1 + max(settings.restarts + rescues, settings.most_restarts)):
        begins = z if start == 0 else geometry.placed(z + geometry.random(len(z), z.shape[1], rng))
        lost = np.isinf(best.angle)
        if start > settings.restarts:
            begins[lost] = geometry.random(len(z), z.shape[1], rng)[lost]
        doubtful = (reached < _TWICE) & (start <= settings.most_restarts)
        wanted = np.where(lost, start <= settings.restarts + rescues, doubtful) | (start <= settings.restarts)
        at = np.flatnonzero(wanted)
        if not at.size:
            break
        found, of_use = _walked(field, rows[at], z[at], margins[at], begins[at], settings)
        useful[at] |= of_use
        reached[at] = _times_reached(reached[at], best.angle[at], found.angle)
        best.take_better(at, found)
    # Differences tell no summit to the last digits.
    for start in range(_SUMMITS if rescues and field.model.has_gradient else 0):
        at = np.flatnonzero(np.isinf(best.angle))
        if not at.size:
            break
        begins = z[at] if start == 0 else geometry.random(len(z), z.shape[1], rng)[at]
        best.take_better(at, _walked(field, rows[at], z[at], margins[at], begins, settings, reach_summits)[0])
    return best, useful


def _times_reached(reached: NDArray[np.int64], best: FloatArray, found: FloatArray) -> NDArray[np.int64]:
    """How many starts have led to the best angle by now, up to a hundredth."""
    with np.errstate(invalid="ignore"):
        again = found <= best * (1.0 + _ALIKE)
        anew = found < best * (1.0 - _ALIKE)
    return np.where(np.isinf(found), reached, np.where(anew, 1, reached + again))


def _walked(
    field: ErrorField,
    rows: IndexArray,
    z: FloatArray,
    margins: FloatArray,
    starts: FloatArray,
    settings: AttackSettings,
    climbed: Callable[..., tuple[FloatArray, FloatArray]] = reach_errors,
) -> tuple[Circles, BoolArray]:
    """The circles that climbs from ``starts`` and walks lead to, and where a gradient was of use."""
    ends, end_margins = climbed(field, rows, starts)
    found = circles_through(field, rows, z, margins, ends, end_margins)
    of_use = walk(field, rows, found, steps=settings.steps, gain=settings.gain)
    # An error that rounding alone makes may not take the place of a true one that another start has found.
    at = np.flatnonzero(np.isfinite(found.angle))
    sure = pushed_inside(field, rows[at], z[at], found.v[at], found.angle[at])[1]
    found.angle[at[~sure]] = np.inf
    if climbed is reach_summits:
        found.keep(ends, field.is_error(end_margins), field.geometry)
    return found, of_use


def _search_by_secants(
    field: ErrorField,
    rows: IndexArray,
    z: FloatArray,
    margins: FloatArray,
    settings: AttackSettings,
    rng: np.random.Generator,
) -> Circles:
    return secant_search(field, rows, z, margins, rng, budget=settings.query_budget)


def _search_by_differences(
    field: ErrorField,
    rows: IndexArray,
    z: FloatArray,
    margins: FloatArray,
    settings: AttackSettings,
    rng: np.random.Generator,
) -> Circles:
    best, useful = _walks(field, rows, z, margins, settings, rng, rescues=0)
    lost = np.flatnonzero(~useful)
    if lost.size:
        best.take_better(lost, _search_by_labels(field, rows[lost], z[lost], margins[lost], settings, rng))
    return best


def _search_as_paper(
    field: ErrorField,
    rows: IndexArray,
    z: FloatArray,
    margins: FloatArray,
    settings: AttackSettings,
    rng: np.random.Generator,
) -> Circles:
    begins = z
    if settings.paper_start:
        begins = field.geometry.placed(z + settings.paper_start * field.geometry.random(len(z), z.shape[1], rng))
    ends, end_margins = climb(field, rows, begins, step=settings.paper_step, steps=settings.paper_steps)
    return circles_through(field, rows, z, margins, ends, end_margins)


def _search_by_labels(
    field: ErrorField,
    rows: IndexArray,
    z: FloatArray,
    margins: FloatArray,
    settings: AttackSettings,
    rng: np.random.Generator,
) -> Circles:
    return label_search(field, rows, z, margins, rng, budget=settings.query_budget)


SEARCHES: dict[Method, Callable[..., Circles]] = {
    "walk": _search_by_walk,
    "secants": _search_by_secants,
    "differences": _search_by_differences,
    "paper": _search_as_paper,
    "labels": _search_by_labels,
}
SURE_AS_FOUND: frozenset[Method] = frozenset({"secants"})
"""Methods whose circles end at errors that were asked about and lie beyond rounding: nothing is left to confirm."""
