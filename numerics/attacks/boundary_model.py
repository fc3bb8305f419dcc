"""A quadratic model of a margin near attacked points, learnt from gradients, and its nearest point of margin zero.

Notation: u a position relative to the attacked point, M(u) the margin, g its gradient. A pair of gradients tells what
the second derivative H does to the step between them: H s = y, y the difference of the gradients. The symmetric
update of rank one, H + r r' / (r . s) with r = y - H s, keeps what was learnt before where M is a quadratic form, so
that H = sum w_i r_i r_i' of few terms [NW2006, section 6.2].

The nearest point of the model's boundary solves: minimise |u| under q(u) = c + b . u + u' H u / 2 >= 0. Its solution is
u(m) = m (I - m H)^-1 b with the m in (0, 1 / max eigenvalue) at which q(u(m)) = 0: q(u(m)) rises with m. Where q stays
below 0 up to the end, b has no part along the top eigenvector, and a multiple of that is added (the hard case).
"""

from __future__ import annotations

import numpy as np

from ...theory.basics.validation import BoolArray, FloatArray
from ..models.checked import IndexArray
from .geometry import dots, unit_rows

__all__ = ["BoundaryModel"]

_MEMORY = 12
_SMALLEST_CURVATURE = 1e-8
_HALVINGS, _DECADES, _EDGE = 60, 1e12, 1e-12


class BoundaryModel:
    """Models of n points, each learnt on its own.

    Parameters
    ----------
    count, dim
        Number of points, and of coordinates.

    Examples
    --------
    >>> model, first = BoundaryModel(1, 2), np.array([0])  # the margin 3 x^2 + y - 1
    >>> model.learn(first, np.array([[0.5, 0.0]]), np.array([[3.0, 0.0]]))
    >>> u, known = model.nearest(first, np.array([[0.0, 0.0]]), np.array([-1.0]), np.array([[0.0, 1.0]]))
    >>> np.abs(u).round(6).tolist(), known.tolist()  # x^2 + y^2 is least at y = 1/6
    ([[0.527046, 0.166667]], [True])
    """

    def __init__(self, count: int, dim: int) -> None:
        self._vectors = np.zeros((count, _MEMORY, dim))
        self._weights = np.zeros((count, _MEMORY))

    def forget(self, at: IndexArray) -> None:
        """Nothing is known any more of the points ``at``."""
        self._vectors[at], self._weights[at] = 0.0, 0.0

    def curved(self, at: IndexArray, u: FloatArray) -> FloatArray:
        """H u of the points ``at``, shape (len(at), dim)."""
        parts = self._weights[at] * np.einsum("nkd,nd->nk", self._vectors[at], u)
        return np.asarray(np.einsum("nk,nkd->nd", parts, self._vectors[at]))

    def learn(self, at: IndexArray, step: FloatArray, change: FloatArray) -> None:
        """Take in that the gradient has changed by ``change`` along ``step``, each (len(at), dim)."""
        rest = change - self.curved(at, step)
        bent = dots(rest, step)
        told = np.abs(bent) > _SMALLEST_CURVATURE * np.sqrt(dots(rest, rest) * dots(step, step))
        at, rest, bent = at[told], rest[told], bent[told]
        self._vectors[at] = np.concatenate([self._vectors[at, 1:], rest[:, None]], axis=1)
        self._weights[at] = np.concatenate([self._weights[at, 1:], 1.0 / bent[:, None]], axis=1)

    def nearest(
        self, at: IndexArray, u: FloatArray, margins: FloatArray, slopes: FloatArray
    ) -> tuple[FloatArray, BoolArray]:
        """The nearest points at which the models of the points ``at`` are zero.

        Parameters
        ----------
        u, margins, slopes
            Where a margin and its gradient are known, and these: shapes (len(at), dim), (len(at),), (len(at), dim).

        Returns
        -------
        nearest : ndarray, shape (len(at), dim)
        known : ndarray of bool, shape (len(at),)
            False where the model has no such point.
        """
        bent = self.curved(at, u)
        c, b = margins - dots(slopes, u) + 0.5 * dots(bent, u), slopes - bent
        basis, matrix = self._reduced(at, b)
        curvatures, axes = np.linalg.eigh(matrix)
        frame = np.einsum("ndj,nji->ndi", basis, axes)
        found, known = _least(c, np.einsum("nd,ndi->ni", b, frame), curvatures)
        return np.einsum("ndi,ni->nd", frame, found), known

    def _reduced(self, at: IndexArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
        """An orthonormal basis of b and all that is known, and H in it."""
        vectors = self._vectors[at]
        spanning = np.concatenate([vectors, b[:, None]], axis=1)
        spanning = unit_rows(spanning.reshape(-1, spanning.shape[2])).reshape(spanning.shape)
        basis = np.linalg.qr(np.swapaxes(spanning, 1, 2))[0]
        parts = np.einsum("nkd,ndj->nkj", vectors, basis)
        return basis, np.einsum("nki,nk,nkj->nij", parts, self._weights[at], parts)


def _least(c: FloatArray, b: FloatArray, curvatures: FloatArray) -> tuple[FloatArray, BoolArray]:
    """The shortest u with c + sum b_i u_i + sum h_i u_i^2 / 2 = 0, and where there is one; h_i rise with i."""

    def position(m: FloatArray) -> FloatArray:
        return m[:, None] * b / (1.0 - m[:, None] * curvatures)

    def value(u: FloatArray) -> FloatArray:
        return c + np.sum((b + 0.5 * curvatures * u) * u, axis=1)

    top, steep = curvatures[:, -1], np.maximum(dots(b, b), np.finfo(np.float64).tiny)
    linear = np.maximum(-c, np.finfo(np.float64).tiny) / steep
    high = np.where(top > 0.0, (1.0 - _EDGE) / np.where(top > 0.0, top, 1.0), _DECADES * linear)
    low, reached = np.minimum(linear / _DECADES, high), value(position(high)) >= 0.0
    hard = position(high * (1.0 - np.sqrt(_EDGE)))
    for _ in range(_HALVINGS):
        middle = np.sqrt(low) * np.sqrt(high)
        beyond = value(position(middle)) >= 0.0
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    hard[:, -1] = _root(value(hard * (np.arange(b.shape[1]) < b.shape[1] - 1)), b[:, -1], top)
    return np.where(reached[:, None], position(high), hard), (c < 0.0) & (reached | (top > 0.0))


def _root(c: FloatArray, b: FloatArray, h: FloatArray) -> FloatArray:
    """The root of c + b t + h t^2 / 2 that has the sign of b; 0 where there is none."""
    root = np.sqrt(np.maximum(b * b - 2.0 * h * c, 0.0))
    return np.where(h > 0.0, (np.where(b >= 0.0, root, -root) - b) / np.where(h > 0.0, h, 1.0), 0.0)
