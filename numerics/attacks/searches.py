"""The searches of the attacks: circles through errors near given points, by walks, differences, climbs or labels.

:mod:`.attacks.attack` says what each of them does; what they find is confirmed there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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

    Starts come in groups, whose climbs and walks go side by side: the first ones, then groups that double where a
    gradient makes questions cheap beside calls. After the first group a start serves those points alone whose best
    angle was found once only, or not at all, when its group begins. What a point draws does not depend on how others
    fare.
    """
    starts = _Starts(field, rows, Circles.empty(z, margins), settings, rng, rescues)
    cheap = field.model.has_gradient
    last = max(settings.restarts + rescues, settings.most_restarts)
    for group in start_groups(1 + settings.restarts, last + 1, 2 if cheap else 1):
        if not starts.go([starts.begin(start) for start in group], reach_errors):
            break
    if rescues and cheap:  # differences tell no summit to the last digits
        starts.go([starts.begin_to_climb(start) for start in range(_SUMMITS)], reach_summits)
    return starts.best, starts.useful


class _Starts:
    """Attacked points, the best circles that starts have led to, how often, and where a gradient was of use."""

    def __init__(
        self,
        field: ErrorField,
        rows: IndexArray,
        best: Circles,
        settings: AttackSettings,
        rng: np.random.Generator,
        rescues: int,
    ) -> None:
        self._field, self._rows, self._settings, self._rng, self._rescues = field, rows, settings, rng, rescues
        self.best, self.useful = best, np.zeros(len(rows), dtype=np.bool_)
        self._reached = np.zeros(len(rows), dtype=np.int64)

    def _random(self) -> FloatArray:
        count, dim = self.best.z.shape
        return self._field.geometry.random(count, dim, self._rng)

    def begin(self, start: int) -> tuple[IndexArray, FloatArray]:
        """The points that a start serves, and where it begins."""
        z, settings = self.best.z, self._settings
        begins = z if start == 0 else self._field.geometry.placed(z + self._random())
        lost, first = np.isinf(self.best.angle), start <= settings.restarts
        if not first:
            begins[lost] = self._random()[lost]
        doubtful = (self._reached < _TWICE) & (start <= settings.most_restarts)
        at = np.flatnonzero(np.where(lost, start <= settings.restarts + self._rescues, doubtful) | first)
        return at, begins[at]

    def begin_to_climb(self, start: int) -> tuple[IndexArray, FloatArray]:
        """The same for a climb to a summit, which serves the points without an error."""
        at = np.flatnonzero(np.isinf(self.best.angle))
        return at, (self.best.z if start == 0 else self._random())[at]

    def go(
        self, begun: list[tuple[IndexArray, FloatArray]], climbed: Callable[..., tuple[FloatArray, FloatArray]]
    ) -> bool:
        """Climb and walk from all these starts at once; False: they serve no point."""
        at, starts = (np.concatenate(parts) for parts in zip(*begun, strict=True))
        if not at.size:
            return False
        best, end = self.best, 0
        rows, z, margins = self._rows[at], best.z[at], best.start_margin[at]
        found, of_use = _walked(self._field, rows, z, margins, starts, self._settings, climbed)
        self.useful[at[of_use]] = True
        for served, _ in begun:
            end += len(served)
            one = found.part(slice(end - len(served), end))
            self._reached[served] = _times_reached(self._reached[served], best.angle[served], one.angle)
            best.take_better(served, one)
        return True


def start_groups(first: int, count: int, growth: int) -> Iterator[range]:
    """The numbers below ``count`` in groups: the ``first`` ones, then groups of 1, growth, growth^2, ..."""
    start, size, following = 0, first, 1
    while start < count:
        yield range(start, min(start + size, count))
        start, size, following = start + size, following, following * growth


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
    climbed: Callable[..., tuple[FloatArray, FloatArray]],
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
