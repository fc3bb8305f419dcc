r"""The contour integral of a general quadratic form, with a proved error: sum w_i chi^2_{k_i} + slopes + s N(0, 1).

Notation. K(t) = sum_i [-k_i/2 log(1 - 2 t w_i) + t^2 v_i/(2 (1 - 2 t w_i))] + s^2 t^2/2 - t q is the cumulant
generating function of Q - q, where each w_i chi^2_{k_i} has a slope of square v_i beside it: w g^2 + b g with v = b^2,
say. That is w_i chi^2_{k_i}(delta_i), v_i = 4 w_i^2 delta_i, less its shift w_i delta_i; slopes have no large numbers
that cancel where w_i is small beside them. For a real c in the domain of K (and c > 0, m = 1: the tail; m = 0: the
density)

    P(Q > q) or p(q) = 1/(2 pi i) integral over c + iR of exp(K(t)) t^(-m) dt = exp(K(c)) c^(-m) (1/(2 pi i)) integral
                       of f(z) dz, z = t - c,

    f(z) = prod_i w_i^(-k_i/2) exp(sum_i gamma_i z^2/w_i + tau z + s^2 z^2/2) (1 + z/c)^(-m),   w_i = 1 - z kappa_i,

with D_i = 1 - 2 c w_i, kappa_i = 2 w_i/D_i, gamma_i = v_i/(2 D_i^3), tau = s^2 c + sum v_i c (1 + D_i)/(2 D_i^2) - q.
Far out z^2/w tends to -z/kappa: gamma z^2/w = eta (1/w - 1) - eta kappa z, eta = gamma/kappa^2, whose linear parts
leave ell = tau - sum eta_i kappa_i. The path is the hyperbola

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

from ..basics.double_double import two_product
from ..basics.errors import AccuracyError
from ..basics.validation import FloatArray

__all__ = ["Tilted", "integrate_tilted", "saddle", "tilt"]

EPS = float(np.finfo(np.float64).eps)
_TARGET = 37.0  # parts of the error are brought below exp(-37) of the integral
_LEAN, _LEAN_NORMAL = 0.5, 0.35  # angle of the path
_LEAN_LESS = 0.1  # where exp(tau z) grows while exp(ell z) falls
_REACH, _REACH_NORMAL = 0.96 * np.pi / 2.0, 0.75  # of edges: below pi/4 the real part of z^2 falls
_SHARES = np.array([1.0, 0.7, 0.45, 0.28, 0.16, 0.08])  # of the reach that are tried
_PIECES, _FINER, _ENDS = 48, 8.0, 60
_LONGEST, _MOST_NODES = 45.0, 20_000
_WIDEST = 30.0  # focus, in deviations
_GUARD = 1e-14  # of the terms of a squared factor: more than its rounding
_STEPS = 200
_FAR = 1e150


@dataclass(frozen=True, eq=False)
class Tilted:
    """The integrand about an abscissa c: one entry for each weight, and numbers.

    Parameters
    ----------
    kappa, degrees, gamma, eta
        (n,) each, as in the module's introduction; eta is 0 where gamma is.
    linear, tangent, square
        ell, tau and s^2.
    abscissa, pole
        c, and m: 1 for a tail, 0 for a density.
    log_top, top_error
        K(c) - m log c, and a bound on its rounding error.
    linear_size
        Sum of the sizes of the terms of tau, which is rounded by EPS of it.

    Examples
    --------
    >>> one = np.ones(1)
    >>> form = tilt(one, 2.0 * one, 0.0 * one, 0.0, 2.0, 0.25, 1)  # exp(K(1/4)) / (1/4) = 8 exp(-1/2)
    >>> round(form.log_top, 6), form.kappa.tolist()
    (1.579442, [4.0])
    """

    kappa: FloatArray
    degrees: FloatArray
    gamma: FloatArray
    eta: FloatArray
    linear: float
    tangent: float
    square: float
    abscissa: float
    pole: int
    log_top: float
    top_error: float
    linear_size: float

    @property
    def leans(self) -> tuple[float, ...]:
        """Angles of paths, in the order in which they are tried: with slopes, one that leans less may do better."""
        wide = _LEAN_NORMAL if self.square > 0.0 else _LEAN
        if not np.any(self.gamma):
            return (wide,)
        return (_LEAN_LESS, wide) if self.tangent * self.linear < 0.0 else (wide, _LEAN_LESS)

    @property
    def deviation(self) -> float:
        """1/sqrt of the second derivative of log f at z = 0."""
        terms = 0.5 * self.kappa**2 * self.degrees + 2.0 * self.gamma
        return float(1.0 / np.sqrt(terms.sum() + self.square + self.pole / self.abscissa / self.abscissa))


def saddle(
    weights: FloatArray, degrees: FloatArray, slopes: FloatArray, variance: float, threshold: float, pole: int
) -> float:
    """A point near the minimum of K(t) - m log t in the domain, by bisection.

    Examples
    --------
    >>> one = np.ones(1)
    >>> round(float(saddle(one, 2.0 * one, 0.0 * one, 0.0, 4.0, 0)), 6)  # 2/(1 - 2t) = 4
    0.25
    """
    with np.errstate(divide="ignore"):
        high = 0.5 / weights.max(initial=0.0) if weights.max(initial=0.0) > 0.0 else np.inf
        low = 0.0 if pole else (0.5 / weights.min(initial=0.0) if weights.min(initial=0.0) < 0.0 else -np.inf)

    def slope(t: float) -> float:
        d = 1.0 - 2.0 * t * weights
        terms = degrees * weights / d + 0.5 * slopes * t * (1.0 + d) / d**2
        return float(terms.sum()) + variance * t - threshold - (pole / t if pole else 0.0)

    left, right = _finite_bracket(slope, low, high)
    for _ in range(_STEPS):
        middle = 0.5 * (left + right)
        if not left < middle < right or right - left <= 1e-7 * min(abs(middle), right - low, high - left):
            break
        left, right = (middle, right) if slope(middle) < 0.0 else (left, middle)
    return 0.5 * (left + right)


def _finite_bracket(slope: object, low: float, high: float) -> tuple[float, float]:
    """Ends of the domain, the infinite ones replaced by points at which the slope has its sign there."""
    size = 1.0
    if np.isinf(high):
        high = size if np.isinf(low) else low + size
        while slope(high) < 0.0:  # type: ignore[operator]
            size *= 4.0
            high = (0.0 if np.isinf(low) else low) + size
            if size > 1e300:
                raise AccuracyError("the saddle point of the quadratic form was not found", high)
    size = 1.0
    if np.isinf(low):
        low = high - size
        while slope(low) > 0.0:  # type: ignore[operator]
            size *= 4.0
            low = high - size
            if size > 1e300:
                raise AccuracyError("the saddle point of the quadratic form was not found", low)
    return low, high


def tilt(
    weights: FloatArray,
    degrees: FloatArray,
    slopes: FloatArray,
    variance: float,
    threshold: float,
    abscissa: float,
    pole: int,
) -> Tilted:
    """The integrand about c, from exact products 2 c w_i; ``slopes`` are the v_i, ``variance`` is s^2.

    Examples
    --------
    >>> one = np.ones(1)
    >>> tilt(one, one, 4.0 * one, 0.0, 2.0, 0.25, 0).eta.tolist()
    [1.0]
    """
    high, low = two_product(np.full_like(weights, 2.0 * abscissa), weights)
    divisor = (1.0 - high) - low
    small = np.abs(high) < 0.5
    logs = np.where(small, np.log1p(-np.where(small, high, 0.0)) - np.where(small, low / divisor, 0.0), np.log(divisor))
    logs = -0.5 * degrees * logs
    moved = 0.5 * slopes * abscissa / divisor * abscissa
    rest = [0.5 * variance * abscissa * abscissa, -abscissa * threshold, -np.log(abscissa) if pole else 0.0]
    terms = np.concatenate([logs, moved, rest])
    error = EPS * (1.0 + 1.5 * float(np.abs(terms).sum() + 0.5 * degrees.sum() + 2.0 * np.abs(moved).sum()))
    kappa, gamma = 2.0 * weights / divisor, 0.5 * slopes / divisor**3
    along = [*(0.5 * abscissa * slopes * (1.0 + divisor) / divisor**2), variance * abscissa, -threshold]
    eta = np.where(gamma > 0.0, gamma / kappa / kappa, 0.0)
    linear = fsum([*along, *(-eta * kappa)]) if np.all(np.isfinite(eta * kappa)) else np.nan
    size = 4.0 * float(np.abs(along).sum())
    return Tilted(kappa, degrees, gamma, eta, linear, _sum(along), variance, abscissa, pole, _sum(terms), error, size)


def _sum(terms: list[float] | FloatArray) -> float:
    """The sum, rounded once; no number where a term is none."""
    return fsum(terms) if np.all(np.isfinite(terms)) else np.nan


def integrate_tilted(form: Tilted) -> tuple[float, float, int]:
    """Log of exp(K(c)) c^(-m) (1/(2 pi i)) integral of f dz, a proved bound on its error, and the nodes spent.

    Raises
    ------
    AccuracyError
        Too many nodes would be needed, or the value is lost in its error.

    Examples
    --------
    >>> one = np.ones(1)
    >>> found = integrate_tilted(tilt(one, 2.0 * one, 0.0 * one, 0.0, 2.0, 0.25, 1))  # P(chi^2_2 > 2) = 1/e
    >>> print(f"{found[0]:.12f}", found[1] < 1e-13)
    -1.000000000000 True
    """
    if not (np.isfinite(form.log_top) and 0.0 < form.deviation < np.inf and np.all(np.isfinite(form.kappa))):
        raise AccuracyError("the saddle point of the quadratic form is too near to the end of its domain", form.log_top)
    *tried, last = form.leans
    for lean in tried:
        with suppress(AccuracyError):
            return _along_path(form, lean)
    return _along_path(form, last)


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
    """The hyperbola of a form; factors hold the pole as one more."""

    form: Tilted
    kappa: FloatArray
    power: FloatArray
    gamma: FloatArray
    eta: FloatArray
    focus: float
    angle: float

    @classmethod
    def of(cls, form: Tilted, lean: float) -> _Path:
        kappa, power, gamma, eta = form.kappa, 0.5 * form.degrees, form.gamma, form.eta
        if form.pole:
            kappa, power = np.append(kappa, -1.0 / form.abscissa), np.append(power, 1.0)
            gamma, eta = np.append(gamma, 0.0), np.append(eta, 0.0)
        angle = -lean * float(np.sign(form.linear))
        sine = np.sin(angle)
        # The pole is a point, not a cut: it may lie between the foci.
        right, left = form.kappa.max(initial=0.0), -form.kappa.min(initial=0.0)
        focus = min(
            1.0 / ((1.0 - sine) * right) if right > 0.0 else np.inf,
            1.0 / ((1.0 + sine) * left) if left > 0.0 else np.inf,
            _WIDEST * form.deviation,
        )
        if not 0.0 < focus < np.inf:
            raise AccuracyError("the path of the integral of the quadratic form was not found", form.log_top)
        return cls(form, kappa, power, gamma, eta, float(focus), angle)

    def end(self) -> tuple[float, float]:
        """X, and the log of what is left out beyond it in deviations."""
        first = self.form.deviation / self.focus
        x = np.geomspace(min(4.0 * first, 0.5 * _LONGEST), _LONGEST, _ENDS)
        rest = self._log_rest(np.array([[self.angle]]), x)[0]
        fallen = rest <= -_TARGET
        if np.any(self.gamma):  # the narrowest edges must have fallen off, too
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
        k = self.kappa * self.focus
        base = 1.0 + k * np.sin(self.angle)
        scaled = k * cosh
        real = base - np.sin(angle) * scaled
        square = scaled * scaled
        imaginary = np.cos(angle) ** 2 * np.maximum(square - k * k, 0.0)
        return real, real * real + imaginary - _GUARD * (base * base + square)

    def _squares(self, angle: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
        """Lower bounds of the squares of the factors on pieces: they are least where C is nearest to a point."""
        k, sine = self.kappa * self.focus, np.sin(angle)
        nearest = np.nan_to_num((1.0 + k * np.sin(self.angle)) * sine / k, posinf=_FAR, neginf=-_FAR)
        return np.maximum(self._factors(angle, np.clip(nearest, low, high))[1], 0.0)

    def _log_sizes(self, angle: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
        """Upper bounds of log abs(f) on pieces of hyperbolas: angles (a, 1) and pieces (p,) give (a, p)."""
        at = angle[..., None], low[:, None], high[:, None]
        square = self._squares(*at)
        logs = -0.5 * (np.log(square) @ self.power)
        far = self._exponent(angle, low, high, self.form.linear)[0]
        if not np.any(self.gamma):
            return np.asarray(logs + far)
        real = np.maximum(self._factors(at[0], at[1])[0], self._factors(at[0], at[2])[0])
        inverse = np.fmin(np.maximum(real, 0.0) / square, 1.0 / np.sqrt(square))
        far = far + np.where(self.eta > 0.0, self.eta * (inverse - 1.0), 0.0).sum(axis=-1)
        near = self._exponent(angle, low, high, self.form.tangent)[0] + self._bends(*at, square)
        return np.asarray(logs + np.fmin(near, far))

    def _bends(self, angle: FloatArray, low: FloatArray, high: FloatArray, square: FloatArray) -> FloatArray:
        """Upper bounds of the real part of sum gamma z^2/w on pieces, by the ends of each of its parts."""
        sine, bent = np.sin(angle), np.sin(self.angle)
        real = np.stack([sine * c - bent for c in (low, high)])
        up = [np.cos(angle) ** 2 * (c * c - 1.0) for c in (low, high)]
        along = real * real
        least = np.where(real[0] * real[1] > 0.0, along.min(axis=0), 0.0)
        size = np.stack([least + up[0], along.max(axis=0) + up[1]])  # of abs(z)^2, least and largest
        leans = self.kappa * self.focus * np.stack([r * s for r in real for s in size])
        top = along.max(axis=0) - up[0] - leans.min(axis=0)
        top = top + 16.0 * EPS * (along.max(axis=0) + up[0] + np.abs(leans).max(axis=0))
        widest = np.maximum(*(self._factors(angle, c)[1] for c in (low, high)))
        widest = widest * (1.0 + 1e-9) + 4.0 * _GUARD * (1.0 + (self.kappa * self.focus * high) ** 2)
        over = np.where(top > 0.0, top / square, top / widest)
        bends = self.gamma * self.focus**2 * over
        return np.asarray(np.where(self.gamma > 0.0, bends, 0.0).sum(axis=-1))

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
        grown = np.abs(self.kappa) * self.focus * np.cos(angle[..., None]) * sinh[:, None]
        large = grown >= 1.0
        lowest = np.log(self._squares(angle[..., None], cosh[:, None], far[:, None]))
        change = np.where(large, 0.5 * lowest - np.log(grown), 0.0) @ self.power
        nearest, power = self._log_sizes(angle, cosh, far), large @ self.power
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
        zk = z[:, None] * self.kappa
        w = 1.0 - zk
        logs = np.log(w)
        moved = self.gamma * (z * z)[:, None] / w
        rest = form.tangent * z + 0.5 * form.square * z * z
        value = np.exp(-(self.power * logs).sum(axis=1) + moved.sum(axis=1) + rest) * along
        loss = (1.0 + np.abs(zk)) / np.abs(w)
        sizes = (self.power * (np.abs(logs) + loss)).sum(axis=1) + (np.abs(moved) * (1.0 + loss)).sum(axis=1)
        sizes += form.linear_size * np.abs(z) + form.square * np.abs(z) ** 2
        return value.real, np.abs(value) * (10.0 + 3.0 * sizes)
