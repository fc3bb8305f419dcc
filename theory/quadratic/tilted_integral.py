r"""The contour integral of a tilted form (:mod:`.tilted`), with a proved error.

The path is the hyperbola

    z(x) = b (sin(a + i x) - sin a),

as in :mod:`.hyperbola`, which leans to the side where exp(ell z) falls. With infinitely many nodes the trapezoid rule
of step h misses at most, for each of two edges (hyperbolas of the angles a + r and a - r'),

    (integral over the edge of abs(f dz)) / (exp(2 pi r/h) - 1)                                   ([TW2014], section 5)

since f is analytic between the edges: cuts and pole lie outside. On a hyperbola of angle A, with S = sin A, C = cosh x,

    abs(w)^2 = (Re w)^2 + (kappa b cos A)^2 (C^2 - 1),    Re w = 1 + kappa b (sin a - S C),    Re 1/w = Re w/abs(w)^2,
    Re z = b (S C - sin a),    Re z^2 = b^2 ((2 S^2 - 1) C^2 - 2 S sin(a) C + sin(a)^2 + 1 - S^2),
    Re z^2/w = (Re z^2 - kappa Re z abs(z)^2)/abs(w)^2,    abs(dz) <= b cosh x dx,

so that abs(f) is bounded on pieces of it: abs(w)^2 is convex in C, Re w linear, the rest quadratic; of the two ways to
write the slopes the better one counts, near z = 0 that with tau, far out that with ell. Beyond the last
piece, at C = C_X, factors with abs(kappa) b cos(A) sinh X >= 1 grow at least like sinh x from there, the others are
bounded by their least value; and the exponent is concave in C. The nodes beyond X are left out; as the bound falls
there, they are at most its integral. Nothing is inferred from values of the rule.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from math import fsum

import numpy as np

from ..basics.errors import AccuracyError
from ..basics.validation import FloatArray
from .tilted import EPS, Tilted

__all__ = ["integrate_tilted"]

_TARGET = 37.0  # parts of the error are brought below exp(-37) of the integral
_LEAN, _LEAN_NORMAL = 0.5, 0.35  # angle of the path
_LEAN_LESS = 0.1  # where exp(tau z) grows while exp(ell z) falls
_REACH, _REACH_NORMAL = 0.96 * np.pi / 2.0, 0.75  # of edges: below pi/4 the real part of z^2 falls
_SHARES = np.array([1.0, 0.7, 0.45, 0.28, 0.16, 0.08])  # of the reach that are tried
_PIECES, _FINER, _ENDS = 48, 8.0, 60
_LONGEST, _MOST_NODES = 45.0, 20_000
_WIDEST = 30.0  # focus, in deviations
_GUARD = 1e-14  # of the terms of a squared factor: more than its rounding
_FAR = 1e150


def integrate_tilted(form: Tilted) -> tuple[float, float, int]:
    """Log of exp(K(c)) c^(-m) (1/(2 pi i)) integral of f dz, a proved bound on its error, and the nodes spent.

    Raises
    ------
    AccuracyError
        Too many nodes would be needed, or the value is lost in its error.

    Examples
    --------
    >>> from adversarial_spheres.theory.quadratic.tilted import SlopedForm, tilt
    >>> one = np.ones(1)
    >>> form = SlopedForm.noncentral(one, 2.0 * one, 0.0 * one, 0.0, 0)
    >>> found = integrate_tilted(tilt(form, 2.0, 0.25, 1))  # P(chi^2_2 > 2) = 1/e
    >>> print(f"{found[0]:.12f}", found[1] < 1e-13)
    -1.000000000000 True
    """
    if not (np.isfinite(form.log_top) and 0.0 < form.deviation < np.inf and np.all(np.isfinite(form.kappa))):
        raise AccuracyError("the saddle point of the quadratic form is too near to the end of its domain", form.log_top)
    *tried, last = _leans(form)
    for lean in tried:
        with suppress(AccuracyError):
            return _along_path(form, lean)
    return _along_path(form, last)


def _leans(form: Tilted) -> tuple[float, ...]:
    """Angles of paths, in the order in which they are tried: of a steep form one that leans less may do better."""
    wide = _LEAN_NORMAL if form.square > 0.0 else _LEAN
    if not form.steep:
        return (wide,)
    return (_LEAN_LESS, wide) if form.tangent * form.linear < 0.0 else (wide, _LEAN_LESS)


def _along_path(form: Tilted, lean: float) -> tuple[float, float, int]:
    """The integral on a hyperbola that leans by an angle."""
    with np.errstate(all="ignore"):  # what overflows or is no number bounds nothing
        path = _Path.of(form, lean)
        end, log_rest = path.end()
        rate = path.rate(end)
    step = 2.0 * np.pi / rate
    if not rate <= 2.0 * np.pi * _MOST_NODES / end:
        raise AccuracyError("the contour integral of the quadratic form asks for too many nodes", form.log_top)
    count = int(np.ceil(end / step))
    terms, rounding = path.terms(np.asarray(step * np.arange(count + 1.0)))
    terms[0] *= 0.5
    value = step * fsum(terms)
    missed = form.deviation * (2.0 * np.exp(-_TARGET) + np.exp(log_rest))
    error = 1.001 * missed + EPS * step * float(rounding.sum())
    if not value > 2.0 * error:
        raise AccuracyError("the contour integral of the quadratic form is lost in its error", form.log_top)
    relative = error / value
    return form.log_top + float(np.log(value / np.pi)), relative / (1.0 - relative) + form.top_error + 4.0 * EPS, count


@dataclass(frozen=True)
class _Path:
    """The hyperbola of a form."""

    form: Tilted
    focus: float
    angle: float

    @classmethod
    def of(cls, form: Tilted, lean: float) -> _Path:
        angle = -lean * float(np.sign(form.linear))
        sine, cuts = np.sin(angle), form.kappa[: len(form.kappa) - form.pole]
        # The pole is a point, not a cut: it may lie between the foci.
        right, left = cuts.max(initial=0.0), -cuts.min(initial=0.0)
        focus = min(
            1.0 / ((1.0 - sine) * right) if right > 0.0 else np.inf,
            1.0 / ((1.0 + sine) * left) if left > 0.0 else np.inf,
            _WIDEST * form.deviation,
        )
        if not 0.0 < focus < np.inf:
            raise AccuracyError("the path of the integral of the quadratic form was not found", form.log_top)
        return cls(form, float(focus), angle)

    def end(self) -> tuple[float, float]:
        """X, and the log of what is left out beyond it in deviations."""
        first = self.form.deviation / self.focus
        x = np.geomspace(min(4.0 * first, 0.5 * _LONGEST), _LONGEST, _ENDS)
        rest = self._log_rest(np.array([[self.angle]]), x)[0]
        fallen = rest <= -_TARGET
        if self.form.steep:  # the narrowest edges must have fallen off, too
            narrow = 0.98 * _SHARES[-1] * np.array([[self._reach(1.0)], [-self._reach(-1.0)]])
            fallen &= np.all(self._log_rest(self.angle + narrow, x) <= 0.0, axis=0)
        enough = np.flatnonzero(fallen)
        if not len(enough):
            raise AccuracyError("the integrand of the quadratic form does not fall off", self.form.log_top)
        return float(x[enough[0]]), float(rest[enough[0]])

    def rate(self, end: float) -> float:
        """2 pi/h for which both edges miss exp(-target) deviations, the least among some edges."""
        reaches = 0.98 * np.array([[self._reach(1.0)], [self._reach(-1.0)]]) * _SHARES
        angles = self.angle + np.array([[1.0], [-1.0]]) * reaches
        needs = (self._log_edges(angles.ravel(), end).reshape(reaches.shape) + _TARGET) / reaches
        return float(np.maximum(needs, (_TARGET + 1.0) / reaches).min(axis=1).max())

    def _reach(self, side: float) -> float:
        """How far an edge may be from the path: exp(ell z) grows beyond the vertical, and the pole lies outside."""
        limit = _REACH_NORMAL if self.form.square > 0.0 else _REACH
        reach = (0.0 if self.form.linear * side > 0.0 else limit) - side * self.angle
        if self.form.pole and side < 0.0:
            sine = np.sin(self.angle) - self.form.abscissa / self.focus
            reach = min(reach, self.angle - float(np.arcsin(max(sine, -1.0))))
        return reach

    def _log_edges(self, angles: FloatArray, end: float) -> FloatArray:
        """Logs of the integrals of abs(f dz) over halves of edges, in deviations."""
        x = np.linspace(0.0, end, max(_PIECES, int(_FINER * end)) + 1)
        logs = self._log_sizes(angles[:, None], np.cosh(x[:-1]), np.cosh(x[1:]))
        logs = logs + np.log(self.focus * np.diff(np.sinh(x)) / self.form.deviation)
        rest = self._log_rest(angles[:, None], np.array([end]))[:, 0]
        return np.asarray(np.logaddexp(np.logaddexp.reduce(logs, axis=1), rest) + 0.01)

    def _factors(self, angle: FloatArray, cosh: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Real parts of the factors and a lower bound of their squares: (a, 1, 1) and (..., n) give (a, pieces, n)."""
        k = self.form.kappa * self.focus
        base = 1.0 + k * np.sin(self.angle)
        scaled = k * cosh
        real = base - np.sin(angle) * scaled
        square = scaled * scaled
        imaginary = np.cos(angle) ** 2 * np.maximum(square - k * k, 0.0)
        return real, real * real + imaginary - _GUARD * (base * base + square)

    def _squares(self, angle: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
        """Lower bounds of the squares of the factors on pieces: they are least where C is nearest to a point."""
        k, sine = self.form.kappa * self.focus, np.sin(angle)
        nearest = np.nan_to_num((1.0 + k * np.sin(self.angle)) * sine / k, posinf=_FAR, neginf=-_FAR)
        return np.maximum(self._factors(angle, np.clip(nearest, low, high))[1], 0.0)

    def _log_sizes(self, angle: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
        """Upper bounds of log abs(f) on pieces of hyperbolas: angles (a, 1) and pieces (p,) give (a, p)."""
        at = angle[..., None], low[:, None], high[:, None]
        square = self._squares(*at)
        logs = -0.5 * (np.log(square) @ self.form.power)
        far = self._exponent(angle, low, high, self.form.linear)[0]
        if not np.any(self.form.eta):
            return np.asarray(logs + far)
        real, widest = np.maximum(self._factors(*at[:2]), self._factors(at[0], at[2]))
        inverse = np.fmin(np.maximum(real, 0.0) / square, 1.0 / np.sqrt(square))
        far = far + np.where(self.form.eta > 0.0, self.form.eta * (inverse - 1.0), 0.0).sum(axis=-1)
        if self.form.steep:
            near = self._exponent(angle, low, high, self.form.tangent)[0] + self._bends(*at, square, widest)
            far = np.fmin(near, far)
        return np.asarray(logs + far)

    def _bends(
        self, angle: FloatArray, low: FloatArray, high: FloatArray, square: FloatArray, widest: FloatArray
    ) -> FloatArray:
        """Upper bounds of the real part of sum gamma z^2/w on pieces, by the ends of each of its parts."""
        sine, bent = np.sin(angle), np.sin(self.angle)
        real = np.stack([sine * c - bent for c in (low, high)])
        up = [np.cos(angle) ** 2 * (c * c - 1.0) for c in (low, high)]
        along = real * real
        least = np.where(real[0] * real[1] > 0.0, along.min(axis=0), 0.0)
        size = np.stack([least + up[0], along.max(axis=0) + up[1]])  # of abs(z)^2, least and largest
        leans = self.form.kappa * self.focus * np.stack([r * s for r in real for s in size])
        top = along.max(axis=0) - up[0] - leans.min(axis=0)
        top = top + 16.0 * EPS * (along.max(axis=0) + up[0] + np.abs(leans).max(axis=0))
        widest = widest * (1.0 + 1e-9) + 4.0 * _GUARD * (1.0 + (self.form.kappa * self.focus * high) ** 2)
        over = np.where(top > 0.0, top / square, top / widest)
        bends = self.form.gamma * self.focus**2 * over
        return np.asarray(np.where(self.form.gamma > 0.0, bends, 0.0).sum(axis=-1))

    def _exponent(
        self, angle: FloatArray, low: FloatArray, high: FloatArray, slope: float
    ) -> tuple[FloatArray, FloatArray]:
        """Largest real part of slope z + s^2 z^2/2 for low <= C <= high, and how fast it falls at low; (a, p) each."""
        b, sine, bent = self.focus, np.sin(angle), np.sin(self.angle)
        linear, square = slope * b, self.form.square * b * b
        second = 0.5 * square * (2.0 * sine * sine - 1.0)
        first = linear * sine - square * sine * bent
        constant = -linear * bent + 0.5 * square * (bent * bent + 1.0 - sine * sine)
        top = np.where(second < 0.0, np.clip(-0.5 * first / second, low, high), np.where(first > 0.0, high, low))
        value = constant + np.where(first == 0.0, 0.0, first * top) + np.where(second == 0.0, 0.0, second * top * top)
        size = np.abs(constant) + np.abs(first * low) + np.abs(second * low * low)
        return np.asarray(value + 4.0 * EPS * size), np.asarray(-(first + 2.0 * second * low))

    def _log_rest(self, angle: FloatArray, x: FloatArray) -> FloatArray:
        """Log bound of the integral of abs(f dz) beyond each x, in deviations: the better of two; (a, p)."""
        cosh, sinh = np.cosh(x), np.sinh(x)
        far = np.full_like(cosh, _FAR)
        grown = np.abs(self.form.kappa) * self.focus * np.cos(angle[..., None]) * sinh[:, None]
        large = grown >= 1.0
        lowest = np.log(self._squares(angle[..., None], cosh[:, None], far[:, None]))
        change = np.where(large, 0.5 * lowest - np.log(grown), 0.0) @ self.form.power
        nearest, power = self._log_sizes(angle, cosh, far), large @ self.form.power
        fall = self._exponent(angle, cosh, far, self.form.linear)[1]
        algebraic = np.where(power > 1.0, nearest + change + np.log(sinh / (power - 1.0)), np.inf)
        exponential = np.where(fall * cosh > 1.0, nearest + np.log(cosh / (sinh * fall)), np.inf)
        found = np.fmin(algebraic, exponential) + np.log(self.focus / self.form.deviation)
        return np.where(np.isnan(found), np.inf, found)

    def terms(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Real part of f dz/(i dx) at nodes, and a bound on its rounding error in units of EPS."""
        form, b, bent = self.form, self.focus, np.sin(self.angle)
        z = b * (2.0 * bent * np.sinh(0.5 * x) ** 2 + 1j * np.cos(self.angle) * np.sinh(x))
        along = b * np.cos(self.angle + 1j * x)
        zk = z[:, None] * self.form.kappa
        w = 1.0 - zk
        logs = np.log(w)
        moved = z[:, None] * (self.form.pull + self.form.bend * z[:, None]) / w
        rest = form.rest * z + 0.5 * form.square * z * z
        value = np.exp(-(self.form.power * logs).sum(axis=1) + moved.sum(axis=1) + rest) * along
        loss = (1.0 + np.abs(zk)) / np.abs(w)
        sizes = (self.form.power * (np.abs(logs) + loss)).sum(axis=1) + (np.abs(moved) * (1.0 + loss)).sum(axis=1)
        sizes += form.rest_size * np.abs(z) + form.square * np.abs(z) ** 2
        return value.real, np.abs(value) * (10.0 + 3.0 * sizes)
