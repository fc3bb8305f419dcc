"""The searches of the attacks: circles through errors near given points, by walks, differences, climbs or labels.

:mod:`.attacks` says what each of them does; what they find is confirmed there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ..theory.validation import FloatArray
from .boundary_walk import Circles, circles_through, reach_errors, walk
from .great_circles import BoolArray, ErrorField, IndexArray, unit_rows
from .label_attack import label_search
from .manifold_attack import climb
from .spheres import sample_unit_vectors

if TYPE_CHECKING:
    from .attacks import AttackSettings, Method


def _search_by_walk(
    field: ErrorField,
    rows: IndexArray,
    z: FloatArray,
    margins: FloatArray,
    settings: AttackSettings,
    rng: np.random.Generator,
) -> Circles:
    best = _walks(field, rows, z, margins, settings, rng)[0]
    for _ in range(settings.rescues):
        lost = np.flatnonzero(~np.isfinite(best.angle))
        if not lost.size:
            break
        starts = np.asarray(sample_unit_vectors(len(lost), z.shape[1], rng), dtype=np.float64)
        best.take_better(lost, _walked(field, rows[lost], z[lost], margins[lost], starts, settings)[0])
    return best


def _walks(
    field: ErrorField,
    rows: IndexArray,
    z: FloatArray,
    margins: FloatArray,
    settings: AttackSettings,
    rng: np.random.Generator,
) -> tuple[Circles, BoolArray]:
    """The best circles of all starts, and where a gradient was of use."""
    best, every = Circles.empty(z, margins), np.arange(len(z))
    useful = np.zeros(len(z), dtype=np.bool_)
    for start in range(settings.restarts + 1):
        starts = z if start == 0 else unit_rows(z + sample_unit_vectors(len(z), z.shape[1], rng))
        found, of_use = _walked(field, rows, z, margins, starts, settings)
        useful |= of_use
        best.take_better(every, found)
    return best, useful


def _walked(
    field: ErrorField,
    rows: IndexArray,
    z: FloatArray,
    margins: FloatArray,
    starts: FloatArray,
    settings: AttackSettings,
) -> tuple[Circles, BoolArray]:
    """The circles that climbs from ``starts`` and walks lead to, and where a gradient was of use."""
    ends, end_margins = reach_errors(field, rows, starts)
    found = circles_through(field, rows, z, margins, ends, end_margins)
    return found, walk(field, rows, found, steps=settings.steps, gain=settings.gain)


def _search_by_differences(
    field: ErrorField,
    rows: IndexArray,
    z: FloatArray,
    margins: FloatArray,
    settings: AttackSettings,
    rng: np.random.Generator,
) -> Circles:
    best, useful = _walks(field, rows, z, margins, settings, rng)
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
    ends, end_margins = climb(field, rows, z, step=settings.paper_step, steps=settings.paper_steps)
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
    "differences": _search_by_differences,
    "paper": _search_as_paper,
    "labels": _search_by_labels,
}
