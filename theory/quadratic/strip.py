r"""What the trapezoid rule on a hyperbola misses of the integral of an exact tail: a proved bound, and its step.

Notation as in :mod:`.hyperbola`. The nodes are x = 0, h, ..., n h, and X = (n + 1/2) h is the end. With g(x) = f dz/dx
the rule differs from the integral over -X < x < X by contour integrals of g times a kernel ([TW2014], section 2): over
both edges of a strip about the path, on which the kernel is at most 1/(exp(w r) - 1), r being the edge's angle from the
path and w = 2 pi / h; and over the arcs x = +-X + i q, on which it is at most exp(-w abs(q)), since X lies half way
between two nodes. By symmetry the half line has half of that. So the error is at most the sum over both sides of

    integral over half the edge of abs(g) / (exp(w r) - 1)  +  integral over the arc of abs(g) exp(-w abs(q)).

* Edges: abs(f) is bounded on pieces of them by :meth:`.Sizes.over`, and abs(dz/dx) = b sqrt(C^2 - S^2) grows with C.
* Arcs: log abs(f) is at most the chord in S of lowered values (:mod:`.hyperbola`). As a function of the angle it is off
  a chord by no more than its slope times (angle of the piece)^2 / 8.
* Beyond X the path may go straight up, on which no factor falls: the rest is at most abs(f(X)) (v' + abs(z(X))) times
  the integral of (1 + y^2)^(-3/4), v' being the larger of v and 1/max kappa.
* If the pole lies between path and edge, its residue adds exactly pi v exp(-K) / (exp(w q) - 1), q its angle from the
  path, which is subtracted.

None of this is asymptotic, and nothing is inferred from the values of the rule. That the step is chosen so that the
bound is small enough needs no proof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ..basics.validation import FloatArray
from .hyperbola import Path, Sizes

_TARGET = 36.0  # parts of the error are brought below exp(-36) of the integral, or of the error of K
_RAY = 2.6221  # integral of (1 + y^2)^(-3/4) over y > 0, rounded up
_SLACK = 1.001  # for the rounding of all that enters a bound
_FEW_PIECES, _PIECES, _ARC_PIECES = 3, 6, 4
_AIM = 0.5  # of the rate of the first choice, whose bounds are coarse
_REACH = 0.97  # of the angle between the path and the cut
_DEVIATIONS = 8.6  # at which a Gaussian has the best edges
_POLE = 6.0  # what the pole adds is at most exp(-6) of the integral
_LONGEST = 42.0
_MOST_NODES = 1e6
_SEARCHES, _SHORTENINGS, _SHORT = 40, 4, 3.0
_SIDES = np.array([1.0, -1.0])[:, None]


@dataclass(frozen=True)
class Strip:
    """Nodes, error and pole of the trapezoid rule on each of n paths.

    Parameters
    ----------
    end
        X, (n,).
    count
        Nodes beyond x = 0, (n,): with more the error is smaller. inf where no number would do.
    error
        Proved bound on the error of the integral over t, (n,).
    pole, pole_error
        Angle between path and pole, inf where the pole lies outside of the strip, and its rounding error in units of
        EPS, (n,) each.
    log_residue
        log(pi v) - K, (n,).

    Examples
    --------
    >>> path = Path.through_saddle(np.array([[2.0, -1.0]]), np.array([0.5]), np.array([0.14]), np.zeros(1))
    >>> strip = Strip.about(path)
    >>> bool(strip.error[0] < 1e-14 and 20 < strip.count[0] < 300)
    True
    """

    end: FloatArray
    count: FloatArray
    error: FloatArray
    pole: FloatArray
    pole_error: FloatArray
    log_residue: FloatArray

    @classmethod
    def about(cls, path: Path, *, pieces: int = _ARC_PIECES) -> Strip:
        """The strip of each path, its widths chosen for few nodes; its arcs are bounded in so many pieces at first."""
        sizes = Sizes(path)
        target = np.maximum(_TARGET - np.log(np.maximum(1.0, -path.cumulant)), 2.0)
        end, log_ray = _end(path, sizes, target)
        log_edges, reach = _edges(path, sizes, end, target)
        log_arcs, places = _arcs(path, sizes, end, reach, pieces)
        pole, pole_error = _pole(path, reach[1])
        log_residue = np.log(np.pi * path.v) - path.cumulant
        needs = [
            ((log_edges + target) / reach).max(axis=0),
            ((log_arcs[1:] + target) / places[1:]).max(axis=(0, 1)),
            (log_residue - np.log(path.deviation) + _POLE) / pole,
            target / reach.max(axis=0),
        ]
        count = np.maximum(np.ceil(end * np.max(needs, axis=0) / (2.0 * np.pi) - 0.5), 1.0)
        count = np.where(count < _MOST_NODES, count, np.inf)
        frequency = 2.0 * np.pi * (np.minimum(count, _MOST_NODES) + 0.5) / end
        edges = np.exp(log_edges - frequency * reach) / -np.expm1(-frequency * reach)
        arcs = np.exp(log_arcs - frequency * places)
        arcs = np.maximum(arcs[1:], arcs[:-1]) * places[1]
        error = _SLACK * path.deviation * (np.exp(log_ray) + edges.sum(axis=0) + arcs.sum(axis=(0, 1)))
        strip = cls(end, count, error, pole, pole_error, log_residue)
        # Pieces may be too long for their lowered factors to be positive, or for a first one that no nodes make small.
        coarse = np.flatnonzero(np.isinf(log_arcs).any(axis=(0, 1)) | (log_arcs[0] > -target).any(axis=0))
        if len(coarse) and pieces == _ARC_PIECES:
            strip._put(coarse, cls.about(path[coarse], pieces=4 * pieces))
        return strip

    def _put(self, rows: NDArray[np.int64], found: Strip) -> None:
        for field in fields(self):
            getattr(self, field.name)[rows] = getattr(found, field.name)

    def pole_term(self, step: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What the pole adds to the rule, and how many roundings it is uncertain by, (n,) each."""
        exponent = np.where(np.isinf(self.pole), np.inf, 2.0 * np.pi * self.pole / step)
        term = np.exp(self.log_residue - exponent) / -np.expm1(-exponent)
        return term, 4.0 + 2.0 * np.abs(self.log_residue) + 2.0 * np.pi * self.pole_error / step

    def __getitem__(self, rows: NDArray[np.int64]) -> Strip:
        return Strip(*(getattr(self, field.name)[rows] for field in fields(self)))


def _end(path: Path, sizes: Sizes, target: FloatArray) -> tuple[FloatArray, FloatArray]:
    """X, and the log of the rest beyond it in deviations, (n,): secant steps on the logs of both."""
    farther, sine = np.maximum(path.v, 1.0 / path.kappa.max(axis=-1)), np.sin(path.angle)[None]

    def log_rest(x: FloatArray) -> FloatArray:
        size = np.log(_RAY * (farther + path.distance(x)) / path.deviation)
        return np.asarray(sizes.at(sine, np.cosh(x)[None])[0] + size)

    x = np.arcsinh(7.0 * path.deviation / (path.focus * np.cos(path.angle)))
    value, power = log_rest(x), np.full_like(x, 1.7)
    for search in range(_SEARCHES):
        long = (value < -target - _SHORT) & (search < _SHORTENINGS)
        todo = ((value > -target) & (x < _LONGEST)) | long
        if not todo.any():
            break
        decay = np.log1p(np.maximum(-value, 0.0))
        factor = np.exp(np.clip((np.log(target + 1.8) - decay) / power, -0.7, 0.7))
        new = np.where(todo, np.minimum(x * factor, _LONGEST), x)
        before, moved, value = decay, new != x, log_rest(new)
        slope = (np.log1p(np.maximum(-value, 0.0)) - before) / np.where(moved, np.log(new / x), 1.0)
        x, power = new, np.where(moved, np.clip(slope, 0.7, 3.0), power)
    return x, value


def _edges(path: Path, sizes: Sizes, end: FloatArray, target: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log of the integral of abs(g) over half of each edge in deviations, and the edges' angles from the path, (2, n).

    The log grows about like the square of the angle, so that a first choice tells the best angle, and by which side the
    step is bound. The other side takes no more than it needs: arcs are short then.
    """
    limit = _REACH * (0.5 * np.pi - _SIDES * path.angle)
    near = _SIDES * np.sin(path.angle) + _DEVIATIONS * path.deviation / path.focus
    first = np.minimum(limit, np.arcsin(np.minimum(near, 1.0)) - _SIDES * path.angle)
    log_first = _log_edges(path, sizes, end, first, _FEW_PIECES)
    growth = np.maximum(log_first, 1.0) / first**2
    best = np.minimum(limit, np.sqrt(target / growth))
    rate = _AIM * np.max(growth * best + target / best, axis=0)
    least = 2.0 * target / (rate + np.sqrt(np.maximum(rate**2 - 4.0 * growth * target, 0.0)))
    second = np.minimum(best, least)
    log_second = _log_edges(path, sizes, end, second, _PIECES)
    rates = (log_first + target) / first, (log_second + target) / second
    missed = (rates[1] > np.minimum(*rates).max(axis=0)) & (rates[1] > rates[0])
    return np.where(missed, log_first, log_second), np.where(missed, first, second)


def _log_edges(path: Path, sizes: Sizes, end: FloatArray, reach: FloatArray, pieces: int) -> FloatArray:
    grid = np.linspace(0.0, 1.0, pieces + 1)[:, None, None] * end
    cosh, sine = np.cosh(grid), np.sin(path.angle + _SIDES * reach)
    logs = _flat(sizes.over, sine, cosh[:-1], cosh[1:])
    top = logs.max(axis=0)
    lengths = np.diff(grid, axis=0) * path.focus * np.sqrt(cosh[1:] ** 2 - sine**2)
    return np.asarray(top + np.log((np.exp(logs - top) * lengths).sum(axis=0) / path.deviation))


def _arcs(path: Path, sizes: Sizes, end: FloatArray, reach: FloatArray, pieces: int) -> tuple[FloatArray, FloatArray]:
    """Bounds of log abs(g) in deviations at the ends of pieces of both arcs, and their angles, (pieces + 1, 2, n)."""
    places = np.linspace(0.0, 1.0, pieces + 1)[:, None, None] * reach
    sine = np.sin(path.angle + _SIDES * places)
    steps = np.abs(np.diff(sine, axis=0))
    logs = _flat(sizes.at, sine, np.cosh(end), steps.max(axis=0) ** 2 / 4.0)
    with np.errstate(invalid="ignore"):
        slopes = np.abs(np.diff(logs, axis=0)) / steps
    bend = np.where(np.isnan(slopes), np.inf, slopes).max(axis=0) * (reach / pieces) ** 2 / 8.0
    return logs + bend + np.log(path.focus * np.cosh(end) / path.deviation), places


def _flat(function: Callable[..., FloatArray], *arguments: FloatArray) -> FloatArray:
    """Call with arguments broadcast to (pieces, 2, n) as one (2 pieces, n)."""
    full = np.broadcast_arrays(*arguments)
    return np.asarray(function(*(x.reshape(-1, x.shape[-1]) for x in full)).reshape(full[0].shape))


def _pole(path: Path, reach: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Angle between path and pole within the strip, inf elsewhere, and its rounding error in units of EPS."""
    sine = np.sin(path.angle) - path.v / path.focus
    angle = path.angle - np.arcsin(np.maximum(sine, -1.0))
    inside = (sine > -1.0) & (angle < reach)
    cosine = np.sqrt(np.where(inside, 1.0 - sine * sine, 1.0))
    return np.where(inside, angle, np.inf), np.where(inside, 2.0 + 3.0 / cosine, 0.0)
