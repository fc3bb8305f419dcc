r"""Hyperbolas on which the exact tail of a quadratic form is integrated, and upper bounds of the integrand near them.

Notation as in :mod:`.contour`, with z = i t: the integrand is f(z) = prod_i (1 - z kappa_i)^(-1/2) / (1 + z/v),
analytic but for cuts on the real axis (from 1/max kappa to the right, from 1/min kappa to the left) and the pole -v.
With b the focus and a the angle of a path,

    z(x) = b (sin(a + i x) - sin a) = b (sin a (cosh x - 1) + i cos a sinh x)

maps the real x axis to a hyperbola through the saddle point z = 0, and the parallels x - i q to the confocal
hyperbolas of the angles a + q; arcs of confocal ellipses cross them. In the confocal coordinates S = sin(a + q) and
C = cosh x a factor is a polynomial that is convex in each of them:

    abs(1 - z kappa)^2 = alpha^2 - 2 alpha k S C + k^2 (S^2 + C^2 - 1),   k = b kappa,   alpha = 1 + k sin a.

Over a piece of a hyperbola it is least where C is closest to alpha S / k. Over a piece of an ellipse of length D in S
it lies above its chord less k^2 D^2 / 4, and the logarithm of the chord above the chord of the logarithms. Both give
upper bounds of abs(f), which is what the proof in :mod:`.strip` asks for. The pole is a factor with kappa = -1/v.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ..basics.validation import FloatArray

_MOST_LEAN = 0.7  # sine of the largest angle
_LEAST_LEAN = 0.35
_LEAN = 0.12  # of that sine, for each e-fold of the ratio of the numbers of both signs
_SPREAD = 10.0  # above it many kappa_i share the integrand
_SOME = 4.0  # above it more than two or three do
_LANES = 8  # factors multiplied before a logarithm is taken: their products stay within the doubles
_GUARD = 2.0**-48  # of its terms: more than the rounding of a factor
_BLOCK = 1 << 15  # elements of a temporary array


@dataclass(frozen=True)
class Path:
    """Hyperbola on which the integral of each row is taken; a straight line where the angle is 0.

    Where few kappa_i of one sign stand against many of the other, the integrand oscillates on the straight line long
    before it falls off; bent around the few it does not.

    Parameters
    ----------
    kappa
        (n, d), both signs in each row.
    v, cumulant
        (n,) each: the saddle point and K there.
    rounded_off
        (n,), sum of what the rounding of the kappa_i took off them, where it is put back (it is not where 0).
    deviation
        (n,), 1/sqrt(F'') at the saddle point: near it abs(f) is like a Gaussian of that deviation.
    focus, angle
        (n,) each. No branch point lies between the foci, -focus (1 + sin(angle)) and focus (1 - sin(angle)).

    Examples
    --------
    >>> path = Path.through_saddle(np.array([[2.0, -1.0]]), np.array([0.5]), np.array([0.14]), np.zeros(1))
    >>> path.focus.round(6).tolist(), path.angle.round(6).tolist()
    ([0.5], [0.0])
    """

    kappa: FloatArray
    v: FloatArray
    cumulant: FloatArray
    rounded_off: FloatArray
    deviation: FloatArray
    focus: FloatArray
    angle: FloatArray

    @classmethod
    def through_saddle(cls, kappa: FloatArray, v: FloatArray, cumulant: FloatArray, rounded_off: FloatArray) -> Path:
        """The nearer branch point is a focus; the path leans away from the sign of which there are more."""
        right, left = 1.0 / kappa.max(axis=-1), -1.0 / kappa.min(axis=-1)
        up, down = np.maximum(kappa, 0.0).sum(axis=-1), -np.minimum(kappa, 0.0).sum(axis=-1)
        deviation = 1.0 / np.sqrt(0.5 * np.einsum("ij,ij->i", kappa, kappa) + 1.0 / v**2)
        # Off the line the size of the integrand is a difference of sums of size abs(z) sum |kappa|, which costs digits.
        spread = (up + down) * deviation
        sine = np.clip(_LEAN * np.log((down * left) / (up * right)), -_MOST_LEAN, _MOST_LEAN)
        sine = np.where((spread > _SPREAD) | (np.abs(sine) < _LEAST_LEAN), 0.0, sine)
        focus = np.minimum(right / (1.0 - sine), left / (1.0 + sine))
        return cls(
            kappa,
            v,
            cumulant,
            np.where((sine == 0.0) & (spread > _SOME), rounded_off, 0.0),
            deviation,
            focus,
            np.arcsin(sine),
        )

    def distance(self, x: FloatArray) -> FloatArray:
        """abs(z(x)), (n,)."""
        across, along = 2.0 * np.sin(self.angle) * np.sinh(0.5 * x) ** 2, np.cos(self.angle) * np.sinh(x)
        return np.asarray(self.focus * np.hypot(across, along))

    def __getitem__(self, rows: NDArray[np.int64]) -> Path:
        return Path(*(getattr(self, field.name)[rows] for field in fields(self)))


class Sizes:
    """Upper bounds of log abs(f) around paths; arguments and results are (m, n): m for each of n rows.

    inf where a factor may be 0. That is nowhere on the edges of a strip: as abs(k) <= alpha, the factors are at least
    alpha^2 (1 - S^2)^2 there, far more than the guard.

    Examples
    --------
    >>> sizes = Sizes(Path.through_saddle(np.array([[2.0, -1.0]]), np.array([0.5]), np.array([0.14]), np.zeros(1)))
    >>> half, one = np.full((1, 1), 0.5), np.ones((1, 1))
    >>> exact = -0.5 * np.log(0.5 * 1.25) - np.log(1.5)  # z = 1/4
    >>> bool(0.0 <= sizes.at(half, one)[0, 0] - exact < 1e-13)
    True
    """

    def __init__(self, path: Path) -> None:
        rows, dim = path.kappa.shape
        k = np.zeros((rows, -(-dim // _LANES) * _LANES))
        np.multiply(path.kappa, path.focus[:, None], out=k[:, :dim])
        k = k.reshape(rows, _LANES, -1)
        sine = np.sin(path.angle)
        alpha = 1.0 + k * sine[:, None, None]
        tiny = np.abs(k) < 1e-150  # such a factor is 1 wherever it is asked for
        self._nearest = np.where(tiny, 0.0, alpha / np.where(tiny, 1.0, k))
        self._cross, self._square = 2.0 * alpha * k, k * k * (1.0 - _GUARD)
        self._rest = (1.0 - _GUARD) * alpha * alpha - (1.0 + 2.0 * _GUARD) * self._square
        self._pole = path.v / path.focus
        self._pole_nearest = sine - self._pole
        self._scratch = np.empty((2, max(1, _BLOCK // k.size), *k.shape))

    def at(self, sine: FloatArray, cosh: FloatArray, less: FloatArray | float = 0.0) -> FloatArray:
        """At single points, each factor lowered by k^2 less."""
        return self._logs(self._at, (sine, cosh, sine * sine - less)) + self._pole_log(sine, cosh, less)

    def over(self, sine: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
        """The largest over the pieces low <= C <= high of hyperbolas."""
        nearest = np.clip(sine * self._pole_nearest, low, high)
        return self._logs(self._over, (sine, low, high)) + self._pole_log(sine, nearest, 0.0)

    def _at(self, q: FloatArray, other: FloatArray, sine: FloatArray, cosh: FloatArray, off: FloatArray) -> None:
        np.multiply(self._square, cosh, out=q)
        q -= np.multiply(self._cross, sine, out=other)
        q *= cosh
        q += np.multiply(self._square, off, out=other)

    def _over(self, q: FloatArray, cosh: FloatArray, sine: FloatArray, low: FloatArray, high: FloatArray) -> None:
        np.multiply(self._nearest, sine, out=cosh)
        np.maximum(cosh, low, out=cosh)
        np.minimum(cosh, high, out=cosh)
        # C (C - 2 S alpha / k) + S^2
        np.multiply(self._nearest, -2.0 * sine, out=q)
        q += cosh
        q *= cosh
        q += sine * sine
        q *= self._square

    def _logs(self, factors: Callable[..., None], arguments: tuple[FloatArray, ...]) -> FloatArray:
        result = np.empty_like(arguments[0])
        size = self._scratch.shape[1]
        for start in range(0, len(result), size):
            part = [x[start : start + size, :, None, None] for x in arguments]
            q, other = self._scratch[:, : len(part[0])]
            factors(q, other, *part)
            q += self._rest
            product = np.multiply.reduce(np.maximum(q, 0.0, out=q), axis=-2)
            with np.errstate(divide="ignore"):
                result[start : start + size] = -0.25 * np.log(product, out=product).sum(axis=-1)
        return result

    def _pole_log(self, sine: FloatArray, cosh: FloatArray, less: FloatArray | float) -> FloatArray:
        nearest = self._pole_nearest
        square = (1.0 - _GUARD) * (nearest * nearest + cosh * cosh) - 2.0 * nearest * sine * cosh
        square += sine * sine - 1.0 - less - _GUARD
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self._pole) - 0.5 * np.log(np.maximum(square, 0.0)))
