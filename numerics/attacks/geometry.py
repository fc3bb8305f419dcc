"""Where an attack searches: curves from a point along a direction, on the unit sphere or in flat space.

Notation: z the attacked point, v a unit vector, its direction, and y(t) the point at length t.

round
    z a unit vector, v orthogonal to it, y(t) = cos(t) z + sin(t) v; t is the angle.
flat
    y(t) = z + t v. Lengths are of the order of 1, too: the unit is about the norm of a typical point.

For a walk on the boundary, let t(v) be the length at which the curve along v meets the errors, and g the gradient of
the margin at the crossing y, along the space. If the boundary were a great subsphere (a plane) orthogonal to g, its
point nearest to z would lie in the direction v + D,

    round:  D = P g / (cos(t) g . tau),   tau = dy/dt,   P the projection orthogonal to z and v;
    flat:   D = P g / (g . v),            P the projection orthogonal to v.

Positions u relative to z are such that the curves are rays and the nearest point has the shortest u:

    round:  u = tan(t) v, the point where the ray of y meets the tangent plane of z; t < pi / 2;
    flat:   u = t v.

Margins that are quadratic forms of y stay so as functions of u: on the sphere times 1 / cos(t)^2.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ...theory.basics.validation import FloatArray
from ..models.checked import IndexArray
from ..sampling.points import sample_unit_vectors

_GRID = np.linspace(0.0, np.pi, 13)[1:-1]
_FARTHER = np.array([4.0, 8.0, 16.0, 64.0, 256.0])


def dots(left: FloatArray, right: FloatArray) -> FloatArray:
    """Inner products of rows, shape (n,)."""
    return np.asarray(np.einsum("ij,ij->i", left, right))


def unit_rows(vectors: FloatArray) -> FloatArray:
    """Rows divided by their norms; a zero row stays zero."""
    norms = np.sqrt(dots(vectors, vectors))
    return np.asarray(vectors / np.where(norms > 0.0, norms, 1.0)[:, None])


def tangent_directions(z: FloatArray, vectors: FloatArray) -> FloatArray:
    """Unit vectors orthogonal to z in the plane of z and the vectors; where these are parallel, rounding decides."""
    # The second projection removes what rounding left of z where the vectors are nearly parallel to it.
    once = unit_rows(vectors - dots(vectors, z)[:, None] * z)
    return unit_rows(once - dots(once, z)[:, None] * z)


def points_at(z: FloatArray, v: FloatArray, angles: FloatArray) -> FloatArray:
    """The points cos(t) z + sin(t) v, shape (n, dim)."""
    return np.asarray(np.cos(angles)[:, None] * z + np.sin(angles)[:, None] * v)


def angles_between(left: FloatArray, right: FloatArray) -> FloatArray:
    """Angles between unit vectors in [0, pi], accurate for small ones: 2 atan2(|x - y|, |x + y|)."""
    difference, total = left - right, left + right
    return np.asarray(2.0 * np.arctan2(np.sqrt(dots(difference, difference)), np.sqrt(dots(total, total))))


class Geometry(Protocol):
    """What the searches ask of a space; all arrays of points have shape (n, dim).

    Attributes
    ----------
    largest
        No two points are farther apart; the length of a search that failed.
    grid
        Lengths at which curves in random directions are looked at.
    growth
        Ratio of the largest steps of a climb, from one to the next.
    has_outside
        Whether there are points of R^dim that are none of the space, which a model can be asked about all the same.
    """

    largest: float
    grid: FloatArray
    growth: float
    has_outside: bool

    def points_at(self, z: FloatArray, v: FloatArray, lengths: FloatArray) -> FloatArray:
        """y(t) for each row."""

    def directions(self, z: FloatArray, vectors: FloatArray) -> FloatArray:
        """Directions at z of vectors."""

    def towards(self, z: FloatArray, ends: FloatArray) -> FloatArray:
        """Directions from z to other points."""

    def lengths(self, z: FloatArray, v: FloatArray, ends: FloatArray) -> FloatArray:
        """Lengths at which the curves come to their ends."""

    def distances(self, left: FloatArray, right: FloatArray) -> FloatArray:
        """Distances of rows, shape (n,)."""

    def nearest(self, z: FloatArray, others: FloatArray) -> IndexArray:
        """Which of the other points is nearest to each point."""

    def placed(self, points: FloatArray) -> FloatArray:
        """Points that have left the space by a little, put back."""

    def along(self, gradients: FloatArray, points: FloatArray) -> FloatArray:
        """The part of gradients along the space."""

    def turns(
        self, slope: FloatArray, z: FloatArray, v: FloatArray, lengths: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """D of the module's description, and the rise of the margin along the curves."""

    def radii(self, lengths: FloatArray) -> FloatArray:
        """|u| at lengths."""

    def lengths_of(self, radii: FloatArray) -> FloatArray:
        """Lengths at |u|."""

    def by_position(
        self, z: FloatArray, u: FloatArray, margins: FloatArray, slopes: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Margins, and their gradients along the space, as those of a function of u."""

    def random(self, count: int, dim: int, rng: np.random.Generator) -> FloatArray:
        """Random points, anywhere in the space."""


class _Round:
    """The unit sphere."""

    largest, grid, growth, has_outside = float(np.pi), _GRID, 1.0, True

    def points_at(self, z: FloatArray, v: FloatArray, lengths: FloatArray) -> FloatArray:
        return points_at(z, v, lengths)

    def directions(self, z: FloatArray, vectors: FloatArray) -> FloatArray:
        return tangent_directions(z, vectors)

    def towards(self, z: FloatArray, ends: FloatArray) -> FloatArray:
        return tangent_directions(z, ends)

    def lengths(self, z: FloatArray, v: FloatArray, ends: FloatArray) -> FloatArray:
        return np.asarray(np.arctan2(dots(ends, v), dots(ends, z)))

    def distances(self, left: FloatArray, right: FloatArray) -> FloatArray:
        return angles_between(left, right)

    def nearest(self, z: FloatArray, others: FloatArray) -> IndexArray:
        return np.asarray(np.argmax(z @ others.T, axis=1))

    def placed(self, points: FloatArray) -> FloatArray:
        return unit_rows(points)

    def along(self, gradients: FloatArray, points: FloatArray) -> FloatArray:
        return gradients - dots(gradients, points)[:, None] * points

    def turns(
        self, slope: FloatArray, z: FloatArray, v: FloatArray, lengths: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        along_z, along_v = dots(slope, z), dots(slope, v)
        cosine, sine = np.cos(lengths), np.sin(lengths)
        rise = cosine * along_v - sine * along_z
        across = slope - along_z[:, None] * z - along_v[:, None] * v
        divisor = np.maximum(cosine, 0.05) * np.where(rise > 0.0, rise, 1.0)
        return across / divisor[:, None], rise

    def radii(self, lengths: FloatArray) -> FloatArray:
        return np.asarray(np.tan(lengths))

    def lengths_of(self, radii: FloatArray) -> FloatArray:
        return np.asarray(np.arctan(radii))

    def by_position(
        self, z: FloatArray, u: FloatArray, margins: FloatArray, slopes: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        stretch = 1.0 + dots(u, u)
        gradients = np.sqrt(stretch)[:, None] * slopes + (2.0 * margins)[:, None] * u
        return margins * stretch, gradients - dots(gradients, z)[:, None] * z

    def random(self, count: int, dim: int, rng: np.random.Generator) -> FloatArray:
        return np.asarray(sample_unit_vectors(count, dim, rng), dtype=np.float64)


class _Flat:
    """R^dim, with a unit that makes norms of typical points about 1."""

    largest, grid, growth, has_outside = float("inf"), np.concatenate([_GRID, _FARTHER]), 1.25, False

    def points_at(self, z: FloatArray, v: FloatArray, lengths: FloatArray) -> FloatArray:
        return np.asarray(z + lengths[:, None] * v)

    def directions(self, z: FloatArray, vectors: FloatArray) -> FloatArray:
        return unit_rows(vectors)

    def towards(self, z: FloatArray, ends: FloatArray) -> FloatArray:
        return unit_rows(ends - z)

    def lengths(self, z: FloatArray, v: FloatArray, ends: FloatArray) -> FloatArray:
        return dots(ends - z, v)

    def distances(self, left: FloatArray, right: FloatArray) -> FloatArray:
        return np.asarray(np.sqrt(dots(left - right, left - right)))

    def nearest(self, z: FloatArray, others: FloatArray) -> IndexArray:
        return np.asarray(np.argmax(z @ others.T - 0.5 * dots(others, others), axis=1))

    def placed(self, points: FloatArray) -> FloatArray:
        return points

    def along(self, gradients: FloatArray, points: FloatArray) -> FloatArray:
        return gradients

    def turns(
        self,
        slope: FloatArray,
        z: FloatArray,
        v: FloatArray,
        lengths: FloatArray,
    ) -> tuple[FloatArray, FloatArray]:
        rise = dots(slope, v)
        return (slope - rise[:, None] * v) / np.where(rise > 0.0, rise, 1.0)[:, None], rise

    def radii(self, lengths: FloatArray) -> FloatArray:
        return lengths

    def lengths_of(self, radii: FloatArray) -> FloatArray:
        return radii

    def by_position(
        self, z: FloatArray, u: FloatArray, margins: FloatArray, slopes: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        return margins, slopes

    def random(self, count: int, dim: int, rng: np.random.Generator) -> FloatArray:
        return rng.standard_normal((count, dim)) / np.sqrt(dim)


ROUND, FLAT = _Round(), _Flat()
