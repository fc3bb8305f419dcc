r"""Quadratic forms with slopes, sum w_i chi^2_{k_i} + slopes + s N(0, 1), and the integrand of their inversion.

Notation. K(t) = sum_i [-k_i/2 log(1 - 2 t w_i) + t^2 v_i/(2 (1 - 2 t w_i))] + s^2 t^2/2 - t q is the cumulant
generating function of Q - q, where each w_i chi^2_{k_i} has a slope of square v_i beside it: w g^2 + b g with v = b^2,
say. That is w_i chi^2_{k_i}(delta_i), v_i = 4 w_i^2 delta_i, less its shift w_i delta_i. For a real c in the domain of
K (and c > 0, m = 1: the tail; m = 0: the density)

    P(Q > q) or p(q) = 1/(2 pi i) integral over c + iR of exp(K(t)) t^(-m) dt = exp(K(c)) c^(-m) (1/(2 pi i)) integral
                       of f(z) dz, z = t - c,

    f(z) = prod_i w_i^(-k_i/2) exp(sum_i gamma_i z^2/w_i + tau z + s^2 z^2/2) (1 + z/c)^(-m),   w_i = 1 - z kappa_i,

with D_i = 1 - 2 c w_i, kappa_i = 2 w_i/D_i, gamma_i = v_i/(2 D_i^3), tau = s^2 c + sum v_i c (1 + D_i)/(2 D_i^2) - q.
The pole is one more factor, of k = 2 and kappa = -1/c. Far out z^2/w tends to -z/kappa: gamma z^2/w =
eta (1/w - 1) - eta kappa z, eta = gamma/kappa^2, whose linear parts leave ell = tau - sum eta_i kappa_i.

Slopes have no large numbers that cancel where w_i is small beside them, noncentralities have none where D_i is large:
with the shift and the slope put together, t w_i delta_i/(1 - 2 t w_i) stands in K, and eta kappa z/w in f. Of a shift
that is known, each weight takes the way whose numbers are smaller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import fsum

import numpy as np

from ..basics.double_double import two_product
from ..basics.errors import AccuracyError
from ..basics.validation import BoolArray, FloatArray

__all__ = ["SlopedForm", "Tilted", "saddle", "tilt"]

EPS = float(np.finfo(np.float64).eps)
_LARGE = 1.5  # D beyond which shift and slope are put together
_STEEP = 300.0
_NEAR = 1e-4  # of a deviation
_STEPS = 200


@dataclass(frozen=True, eq=False)
class SlopedForm:
    """Weights that are not 0, scaled by a power of two, with degrees and squared slopes, v_i of the introduction.

    The form is their sum and all of ``shift``, (2, n): w delta as a number and its rounding error, or 0 for slopes that
    are given. Where the form is definite it ends at ``edge``.

    Examples
    --------
    >>> one = np.ones(1)
    >>> form = SlopedForm.noncentral(one, 2.0 * one, 3.0 * one, 0.0, 0)
    >>> form.mean, form.deviation  # 2 + 3, the root of 2 (2 + 2 * 3)
    (5.0, 4.0)
    """

    weights: FloatArray
    degrees: FloatArray
    slopes: FloatArray
    shift: FloatArray
    edge: float
    normal: float
    exponent: int

    @classmethod
    def noncentral(
        cls, weights: FloatArray, degrees: FloatArray, noncentrality: FloatArray, normal: float, exponent: int
    ) -> SlopedForm:
        """Noncentral chi-squares: of slopes 4 w^2 delta, shifted by w delta."""
        shift = np.stack(two_product(weights, noncentrality))
        slopes = 4.0 * weights**2 * noncentrality
        return cls(weights, degrees, slopes, shift, 0.0, normal, exponent)

    @property
    def constant(self) -> bool:
        """Whether there is nothing random in it."""
        return not len(self.weights) and self.normal == 0.0

    @property
    def definite(self) -> bool:
        """Whether the support ends."""
        return self.normal == 0.0 and bool(np.all(self.weights > 0.0) or np.all(self.weights < 0.0))

    @property
    def negated(self) -> SlopedForm:
        """That of the opposite sign."""
        return replace(self, weights=-self.weights, shift=-self.shift, edge=-self.edge)

    @property
    def mean(self) -> float:
        """Its expectation."""
        return float((self.weights * self.degrees).sum() + self.shift.sum())

    @property
    def deviation(self) -> float:
        """Its standard deviation."""
        square = 2.0 * self.weights**2 * self.degrees + self.slopes
        return float(np.sqrt(square.sum() + self.normal**2))

    def scaled(self, q: float) -> float:
        """A threshold in the unit of the weights."""
        with np.errstate(over="ignore", under="ignore"):
            x = float(np.ldexp(q, -self.exponent))
        if not np.isfinite(x) or (x == 0.0 and q != 0.0):
            raise AccuracyError("the threshold and the weights are too many orders of magnitude apart", q)
        return x

    def together(self, divisor: FloatArray) -> BoolArray:
        """Which weights have shift and slope put together, where the D_i are as given."""
        return np.asarray((divisor > _LARGE) & (self.shift[0] != 0.0))


@dataclass(frozen=True, eq=False)
class Tilted:
    """The integrand about an abscissa c: one entry for each factor, the pole the last of them, and numbers.

    Parameters
    ----------
    kappa, power, gamma, eta
        (n,) each, as in the module's introduction; powers are k/2.
    pull, bend
        eta kappa where shift and slope are put together and gamma elsewhere, (n,) each, and 0: exp((pull + bend z) z/w)
        is a factor of f.
    linear, tangent, rest, square
        ell, tau, what stands beside pull and bend in the exponent, linear in z, and s^2.
    abscissa, pole
        c, and m: 1 for a tail, 0 for a density.
    log_top, top_error
        K(c) - m log c, and a bound on its rounding error.
    rest_size
        Sum of the sizes of the terms of ``rest``, which is rounded by EPS of it.

    Examples
    --------
    >>> one = np.ones(1)
    >>> form = tilt(SlopedForm.noncentral(one, 2.0 * one, 0.0 * one, 0.0, 0), 2.0, 0.25, 1)
    >>> round(form.log_top, 6), form.kappa.tolist()  # exp(K(1/4)) / (1/4) = 8 exp(-1/2)
    (1.579442, [4.0, -4.0])
    """

    kappa: FloatArray
    power: FloatArray
    gamma: FloatArray
    eta: FloatArray
    pull: FloatArray
    bend: FloatArray
    linear: float
    tangent: float
    rest: float
    square: float
    abscissa: float
    pole: int
    log_top: float
    top_error: float
    rest_size: float

    @property
    def steep(self) -> bool:
        """Whether bounds that take noncentral terms apart lose much."""
        return not self.eta.sum() <= _STEEP

    @property
    def deviation(self) -> float:
        """1/sqrt of the second derivative of log f at z = 0."""
        return float(1.0 / np.sqrt((self.kappa**2 * self.power + 2.0 * self.gamma).sum() + self.square))


def saddle(form: SlopedForm, threshold: float, pole: int) -> float:
    """A point near the minimum of K(t) - m log t in the domain, by Newton's steps kept in a bracket.

    Examples
    --------
    >>> form = SlopedForm.noncentral(np.ones(1), 2.0 * np.ones(1), np.zeros(1), 0.0, 0)
    >>> round(float(saddle(form, 4.0, 0)), 6)  # 2/(1 - 2t) = 4
    0.25
    """
    w, shift = form.weights, form.shift.sum(axis=0)
    most, least = w.max(initial=0.0), w.min(initial=0.0)

    def slopes(t: float) -> tuple[float, float]:
        """The first and the second derivative."""
        d = 1.0 - 2.0 * t * w
        together, ratio, pull = form.together(d), w / d, pole / t if pole else 0.0
        drawn = np.where(together, shift, 0.5 * form.slopes * t * (1.0 + d)) / d**2
        past = threshold - float(shift[~together].sum())
        first = float((form.degrees * ratio + drawn).sum()) + form.normal**2 * t - past - pull
        second = float((2.0 * form.degrees * ratio**2 + form.slopes / d**3).sum()) + form.normal**2
        return first, second + (pull / t if pole else 0.0)

    low = 0.0 if pole else 0.5 / least if least < 0.0 else -np.inf
    left, right = _bracket(lambda t: slopes(t)[0], low, 0.5 / most if most > 0.0 else np.inf)
    point = 0.5 * (left + right)
    for _ in range(_STEPS):
        first, second = slopes(point)
        if abs(first) <= _NEAR * np.sqrt(second):
            break
        left, right = (point, right) if first < 0.0 else (left, point)
        moved = point - first / second if second > 0.0 else left  # it may vanish: then the bracket is halved
        point = moved if left < moved < right else 0.5 * (left + right)
    return point


def _bracket(slope: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Ends of the domain, the infinite ones replaced by points at which the slope has its sign there."""
    ends = {-1.0: low, 1.0: high}
    for side in (1.0, -1.0):
        size, start = 1.0, ends[-side] if np.isfinite(ends[-side]) else 0.0
        while np.isinf(ends[side]):
            if side * slope(start + side * size) >= 0.0:
                ends[side] = start + side * size
            elif size > 1e300:
                raise AccuracyError("the saddle point of the quadratic form was not found", start + side * size)
            size *= 4.0
    return ends[-1.0], ends[1.0]


def tilt(form: SlopedForm, threshold: float, abscissa: float, pole: int) -> Tilted:
    """The integrand about c, from exact products 2 c w_i.

    Examples
    --------
    >>> one = np.ones(1)
    >>> tilt(SlopedForm.noncentral(one, one, one, 0.0, 0), 2.0, 0.25, 0).eta.tolist()
    [1.0]
    """
    w, v, c, variance = form.weights, form.slopes, abscissa, form.normal**2
    high, low = two_product(np.full_like(w, 2.0 * c), w)
    d = (1.0 - high) - low
    together = form.together(d)
    past = fsum([threshold, *-form.shift[:, ~together].ravel()])
    small = np.abs(high) < 0.5
    logs = np.where(small, np.log1p(-np.where(small, high, 0.0)) - np.where(small, low / d, 0.0), np.log(d))
    moved = np.where(together, c * form.shift[0], 0.5 * v * c * c) / d
    terms = [*(-0.5 * form.degrees * logs), *moved, 0.5 * variance * c * c, -c * past, -np.log(c) if pole else 0.0]
    size = float(np.abs(terms).sum() + 0.5 * form.degrees.sum() + 2.0 * np.abs(moved).sum())
    drawn = np.where(together, form.shift[0], 0.25 * v / w) / d / d
    along = [*np.where(together, 0.0, 0.5 * c * v * (1.0 + d) / d**2), variance * c, -past]
    kappa, gamma, none = 2.0 * w / d, 0.5 * v / d**3, np.zeros(pole)
    return Tilted(
        np.append(kappa, none - 1.0 / c if pole else none),
        np.append(0.5 * form.degrees, none + 1.0),
        np.append(gamma, none),
        np.append(drawn / kappa, none),
        np.append(np.where(together, drawn, 0.0), none),
        np.append(np.where(together, 0.0, gamma), none),
        _sum([*along, *-drawn[~together]]),
        _sum([*along, *drawn[together]]),
        _sum(along),
        variance,
        c,
        pole,
        _sum(terms),
        EPS * (1.0 + 1.5 * size),
        4.0 * float(np.abs(along).sum()),
    )


def _sum(terms: list[float]) -> float:
    """The sum, rounded once; no number where a term is none."""
    return fsum(terms) if np.all(np.isfinite(terms)) else np.nan
