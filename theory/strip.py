"""prototype"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .hyperbola import Path, Sizes
from .validation import FloatArray

_TARGET = 36.0
_RAY = 2.6221  # integral of (1 + y^2)^(-3/4) over the half line, rounded up
_FEW, _INTERVALS = 3, 6
_ARCS = 4
_MOST = 0.97  # of the angle to the cut
_LONGEST = 42.0
_DEVIATIONS = 8.6
_POLE = 6.0  # what the pole adds is at most exp(-6)
_SEARCH = 40
_SIDES = np.array([1.0, -1.0])[:, None]


@dataclass(frozen=True)
class Strip:
    end: FloatArray
    count: NDArray[np.int64]
    error: FloatArray
    pole: FloatArray
    log_residue: FloatArray

    @classmethod
    def of_many(cls, path: Path, size) -> Strip:
        parts = [cls.about(path[np.arange(i, min(i + size, len(path.v)))]) for i in range(0, len(path.v), size)]
        return cls(*(np.concatenate([getattr(p, f) for p in parts]) for f in ("end","count","error","pole","log_residue")))

    @classmethod
    def about(cls, path: Path) -> Strip:
        sizes, unit = Sizes(path), path.deviation
        cumulant = path.cumulant
        target = _TARGET - np.log(np.maximum(1.0, -cumulant))
        end, log_ray = _end(path, sizes, unit, target)
        edges, reach = _edges(path, sizes, unit, end, target)
        arcs = _arcs(path, sizes, end, reach) + np.log(path.focus * np.cosh(end) / unit)
        places = np.linspace(0.0, 1.0, _ARCS + 1)[:, None, None] * reach
        need = np.max((np.maximum(edges, 0.0) + target) / reach, axis=0)
        need = np.maximum(need, ((arcs[1:] + target) / places[1:]).max(axis=(0, 1)))
        pole = _pole(path, reach[1])
        need = np.maximum(need, (np.log(np.pi * path.v / unit) - cumulant + _POLE) / pole)
        count = np.maximum(np.ceil(end * need / (2.0 * np.pi) - 0.5), 1.0)
        frequency = 2.0 * np.pi * (count + 0.5) / end
        error = np.exp(log_ray) + (np.exp(edges - frequency * reach) / -np.expm1(-frequency * reach)).sum(axis=0)
        damped = np.exp(arcs - frequency * places)
        error = error + (np.maximum(damped[1:], damped[:-1]) * (reach / _ARCS)).sum(axis=(0, 1))
        return cls(end, count.astype(np.int64), 1.001 * unit * error, pole, np.log(np.pi * path.v) - cumulant)

    def pole_term(self, step):
        """What the pole adds to the rule, and a bound on its rounding error in units of EPS."""
        exponent = 2.0 * np.pi * self.pole / step
        term = np.exp(self.log_residue - exponent) / -np.expm1(-exponent)
        return term, np.where(term > 0.0, term * (4.0 + 100.0 * np.minimum(exponent, 1e4) + 2.0 * np.abs(self.log_residue)), 0.0)

    def __getitem__(self, rows) -> Strip:
        return Strip(self.end[rows], self.count[rows], self.error[rows], self.pole[rows], self.log_residue[rows])


def _end(path: Path, sizes: Sizes, unit: FloatArray, target) -> tuple[FloatArray, FloatArray]:
    far = np.maximum(path.v, 1.0 / path.kappa.max(axis=-1)) 
    sine = np.sin(path.angle)

    def ray(x: FloatArray) -> FloatArray:
        return sizes.at(sine[None], np.cosh(x)[None])[0] + np.log(_RAY * (far + path.distance(x)) / unit)

    x = np.arcsinh(7.0 * unit / (path.focus * np.cos(path.angle)))
    value, power = ray(x), np.full_like(x, 1.7)
    for step in range(_SEARCH):
        todo = (value > -target) & (x < _LONGEST) | ((value < -target - 2.0) & (step < 6))
        if not todo.any():
            break
        decay = np.log1p(np.maximum(-value, 0.0))
        factor = np.exp(np.clip((np.log(target + 1.8) - decay) / power, -0.7, 0.7))
        new = np.where(todo, np.minimum(x * factor, _LONGEST), x)
        new_value = ray(new)
        moved = new != x
        slope = (np.log1p(np.maximum(-new_value, 0.0)) - decay) / np.where(moved, np.log(new / x), 1.0)
        power = np.where(moved, np.clip(slope, 0.7, 3.0), power)
        x, value = new, new_value
    return x, value


def _edges(path: Path, sizes: Sizes, unit: FloatArray, end: FloatArray, target) -> tuple[FloatArray, FloatArray]:
    """Log of integral of abs(f dz) over both edges / unit and their angles from the path, (2, n)."""
    def log_integral(reach: FloatArray, pieces) -> FloatArray:
        grid = np.linspace(0.0, 1.0, pieces + 1)[:, None] * end
        cosh, length = np.cosh(grid), np.diff(grid, axis=0)
        sine = np.sin(path.angle + _SIDES * reach)[:, None]
        shape = (2, *length.shape)
        flat = (-1, length.shape[1])
        logs = sizes.over(
            *(np.broadcast_to(x, shape).reshape(flat) for x in (sine, cosh[None, :-1], cosh[None, 1:]))
        ).reshape(shape)
        top = logs.max(axis=1)
        weights = length * np.sqrt(cosh[1:] ** 2 - sine**2)
        total = (np.exp(logs - top[:, None]) * weights).sum(axis=1)
        return np.asarray(top + np.log(total * path.focus / unit))

    limit = _MOST * (0.5 * np.pi - _SIDES * path.angle)
    near = np.clip(_SIDES * np.sin(path.angle) + _DEVIATIONS * unit / path.focus, -1.0, 1.0)
    reach = np.minimum(limit, np.arcsin(near) - _SIDES * path.angle)
    first = log_integral(reach, _FEW)
    other = np.minimum(limit, reach * np.clip(np.sqrt(target / np.maximum(first, 1.0)), 0.2, 2.0))
    second = log_integral(other, _INTERVALS)
    better = (np.maximum(second, 0.0) + target) / other < (np.maximum(first, 0.0) + target) / reach
    return np.where(better, second, first), np.where(better, other, reach)


def _pole(path: Path, reach: FloatArray) -> FloatArray:
    """Angle from path to pole where it lies within the strip, else inf."""
    sine = np.sin(path.angle) - path.v / path.focus
    angle = path.angle - np.arcsin(np.maximum(sine, -1.0))
    return np.where((sine > -1.0) & (angle < reach), angle, np.inf)


def _arcs(path, sizes, end, reach):
    """Bounds of log abs(f) at the ends of the pieces of both arcs at x = end, (pieces + 1, 2, n), and their length."""
    part = np.linspace(0.0, 1.0, _ARCS + 1)[:, None, None]
    sine = np.sin(path.angle + _SIDES * reach * part)
    steps = np.abs(np.diff(sine, axis=0))
    less = np.broadcast_to(steps.max(axis=0) ** 2 / 4.0, sine.shape)
    cosh = np.broadcast_to(np.cosh(end), sine.shape)
    flat = (-1, len(end))
    logs = sizes.at(*(x.reshape(flat) for x in (sine, cosh, less))).reshape(sine.shape)
    bend = (np.abs(np.diff(logs, axis=0)) / steps).max(axis=0) * (reach / _ARCS) ** 2 / 8.0
    return logs + bend
