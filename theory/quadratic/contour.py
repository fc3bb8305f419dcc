r"""The contour integral behind the exact tail of Q = sum_i c_i u_i^2, u standard normal.

Notation: K(s) = -1/2 sum log(1 - 2 s c_i) is the cumulant generating function of Q, s+ = 1/(2 max c) its branch
point. For any abscissa s = s+ v with 0 < v < 1

    P(Q > 0) = 1/(2 pi i) integral over s + iR of exp(K(s))/s ds = exp(F(v)) (1/pi) integral_0^inf
        prod_i (1 + t^2 kappa_i^2)^(-1/4) (1 + t^2/v^2)^(-1/2) cos(1/2 sum_i atan(t kappa_i) - atan(t/v)) dt,

F(v) = -1/2 sum_i log D_i - log v, D_i = 1 - v r_i, r_i = c_i / max c, kappa_i = r_i / D_i (the inversion formula of
Lugannani and Rice, [LR1980]). The saddle point of F, NOT of K (which runs into the pole at s = 0 where P is near
1/2), keeps the cosine from oscillating; any v near it gives the same value, so v is rounded to few bits, which makes
the D_i computable to twice the working precision. For the same reason the line may be bent into a hyperbola
(:mod:`.hyperbola`). The trapezoid rule on it has a proved error (:mod:`.strip`). With pole = 0 the same code finds the
saddle point of K.

Bounds used below, from F'(v) = 1/2 sum kappa_i - 1/v = 0 with k+ positive and k- negative coefficients: the odds
u = v/(1-v) lie in [2/k+, 2 + k-]. So neither v nor 1 - v can be tiny.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum

import numpy as np
from numpy.typing import NDArray

from ..basics.double_double import Pair, divide, fast_two_sum, log_product, split, two_product, two_sum
from ..basics.errors import AccuracyError
from ..basics.products import RootProduct
from ..basics.validation import FloatArray
from .hyperbola import Path
from .strip import Strip

EPS = float(np.finfo(np.float64).eps)
_BLOCK = 1 << 15  # elements of a temporary array: four of them stay in the cache
_MAX_STEPS = 200
_POWERS = 6


@dataclass(frozen=True)
class ScaledForm:
    """Coefficients with exact powers of two taken out: c_i is proportional to ratio_i 2^lift_i / top.

    Parameters
    ----------
    ratio
        (n, d), at most 1 in size; the largest coefficient has ratio = top.
    top
        (n, 1), in [1/2, 1).
    unit
        2^-lift_i, (n, d): below 1 only for negative coefficients far larger in size than the largest positive one,
        whose D_i is carried as 2^lift_i (unit_i - v ratio_i / top).
    lift
        sum_i lift_i, (n,).

    Examples
    --------
    >>> scale(np.array([[0.5, -4.0]])).lift.tolist()
    [3.0]
    """

    ratio: FloatArray
    top: FloatArray
    unit: FloatArray
    lift: FloatArray


def scale(coefficients: FloatArray) -> ScaledForm:
    """Scale rows of coefficients, each with a positive largest entry.

    Examples
    --------
    >>> form = scale(np.array([[0.5, -4.0]]))
    >>> form.ratio.tolist(), form.top.tolist(), form.unit.tolist()
    ([[0.5, -0.5]], [[0.5]], [[1.0, 0.125]])
    """
    mantissa, exponent = np.frexp(coefficients)
    largest = np.argmax(coefficients, axis=-1)[:, None]
    top = np.take_along_axis(mantissa, largest, axis=-1)
    shift = exponent - np.take_along_axis(exponent, largest, axis=-1)
    lift = np.where(mantissa == 0.0, 0, np.maximum(shift, 0))
    ratio = np.ldexp(mantissa, np.minimum(shift, 0))
    return ScaledForm(ratio, top, np.ldexp(1.0, -lift), lift.sum(axis=-1).astype(np.float64))


@dataclass(frozen=True)
class Abscissa:
    """A point v in (0, 1) on the real axis, in units of the branch point, as the short one of v and 1 - v.

    Examples
    --------
    >>> Abscissa.from_log_odds(np.array([0.0, 3.0])).v.round(6).tolist()
    [0.5, 0.952574]
    """

    short: FloatArray
    is_small: NDArray[np.bool_]

    @classmethod
    def from_log_odds(cls, log_odds: FloatArray) -> Abscissa:
        """v / (1 - v) = exp(log_odds), with the smaller of v and 1 - v rounded to 26 bits."""
        mantissa, exponent = np.frexp(1.0 / (1.0 + np.exp(np.abs(log_odds))))
        return cls(np.ldexp(np.round(np.ldexp(mantissa, 26)), exponent - 26), log_odds <= 0.0)

    @property
    def v(self) -> FloatArray:
        """v itself, rounded to a double."""
        return np.where(self.is_small, self.short, 1.0 - self.short)

    @property
    def log_v(self) -> FloatArray:
        """log v."""
        return np.where(self.is_small, np.log(self.short), np.log1p(-self.short))


def saddle_log_odds(form: ScaledForm, *, pole: float, tolerance: float) -> FloatArray:
    """Log odds of the minimum of K(s) - pole log s, by Newton steps kept in a bracket.

    Parameters
    ----------
    form
        n rows. With pole = 0 the sum of the coefficients must be negative.
    pole
        1: the saddle point of the integrand of the tail. 0: of K alone (Chernoff).
    tolerance
        Stop where the slope is below tolerance times the square root of the curvature.

    Returns
    -------
    ndarray
        (n,), log(v / (1 - v)).

    Examples
    --------
    >>> form = scale(np.array([[1.0, -1.0, -1.0]]))
    >>> v = Abscissa.from_log_odds(saddle_log_odds(form, pole=0.0, tolerance=1e-8)).v
    >>> v.round(6).tolist()  # K(s) is least at s = 1/6: v = 2 s
    [0.333333]
    """
    ratio = form.ratio
    positive, negative = np.sum(ratio > 0.0, axis=-1), np.sum(ratio < 0.0, axis=-1)
    low = np.log(2.0 / positive) if pole else np.full(len(ratio), -80.0)
    high = np.log(2.0 + negative)
    result = np.clip(_gaussian_log_odds(ratio / form.top, pole), low, high)
    active = np.arange(len(ratio))
    for _ in range(_MAX_STEPS):
        y = result[active]
        w, v = 1.0 / (1.0 + np.exp(y)), 1.0 / (1.0 + np.exp(-y))
        kappa = _kappa(form, active, v, w)
        slope = 0.5 * kappa.sum(axis=-1) - pole / v
        curvature = 0.5 * np.einsum("ij,ij->i", kappa, kappa) + pole / v**2
        left = np.abs(slope) > tolerance * np.sqrt(curvature)
        if not left.any():
            return result
        active, y, v, w, slope, curvature = (part[left] for part in (active, y, v, w, slope, curvature))
        low[active], high[active] = np.where(slope < 0.0, y, low[active]), np.where(slope > 0.0, y, high[active])
        step = y - slope / (curvature * v * w)
        inside = (step > low[active]) & (step < high[active])
        result[active] = np.where(inside, step, 0.5 * (low[active] + high[active]))
    raise AccuracyError("the saddle point of the quadratic form was not found", result)


def _kappa(form: ScaledForm, rows: NDArray[np.int64], v: FloatArray, w: FloatArray) -> FloatArray:
    """kappa at v = 1 - w, with the D_i from the smaller of the two so that they don't cancel."""
    ratio, base = form.ratio[rows], form.top[rows] * form.unit[rows]
    small = (v <= 0.5)[:, None]
    kappa: FloatArray = ratio / (np.where(small, base, base - ratio) + np.where(small, -v[:, None], w[:, None]) * ratio)
    return kappa


def _gaussian_log_odds(ratio: FloatArray, pole: float) -> FloatArray:
    """The saddle point if Q were Gaussian: a start for Newton's steps."""
    mean = 0.5 * np.minimum(ratio.sum(axis=-1), 0.0)
    spread = 0.5 * np.einsum("ij,ij->i", ratio, ratio)
    v = np.clip((np.sqrt(mean**2 + 4.0 * pole * spread) - mean) / (2.0 * spread), 1e-16, 1.0 - 1e-12)
    start: FloatArray = np.log(v) - np.log1p(-v)
    return start


def cumulant(form: ScaledForm, at: Abscissa) -> tuple[FloatArray, FloatArray]:
    """K at the abscissa, to one rounding, and the kappa_i there.

    Examples
    --------
    >>> value, kappa = cumulant(scale(np.array([[1.0, -1.0]])), Abscissa.from_log_odds(np.zeros(1)))
    >>> value.round(9).tolist(), kappa.round(9).tolist()  # -log(1 - 1/4)/2 at v = 1/2
    ([0.143841036], [[2.0, -0.666666667]])
    """
    factors = _factors(form, at)
    log_determinant = log_product(divide(factors, form.top), form.lift)
    return -0.5 * log_determinant, form.ratio / factors[0]


def rounded_off(form: ScaledForm, at: Abscissa, kappa: FloatArray) -> FloatArray:
    """Sum of what the roundings of the kappa_i have taken off them, (n,).

    Examples
    --------
    >>> form, at = scale(np.array([[1.0, -1.0]])), Abscissa.from_log_odds(np.zeros(1))
    >>> bool(abs(rounded_off(form, at, cumulant(form, at)[1])[0]) < 1e-16)  # 2 is exact, -2/3 is not
    True
    """
    high, low = _factors(form, at)
    product, error = two_product(kappa, high)
    return np.asarray(((((form.ratio - product) - error) - kappa * low) / high).sum(axis=-1))


def _factors(form: ScaledForm, at: Abscissa) -> Pair:
    """top D_i 2^-lift_i in double-double: (unit top) - v ratio, or (unit top - ratio) + (1 - v) ratio."""
    short, small = at.short[:, None], at.is_small[:, None]
    base, rest = two_sum(form.top * form.unit, np.where(small, 0.0, -form.ratio))
    high, low = split(np.where(small, -form.ratio, form.ratio))
    total, error = two_sum(base, short * high)  # exact: 26 bits times 26 bits
    return fast_two_sum(total, error + (rest + short * low))


@dataclass(frozen=True)
class Integral:
    """Value of the integral over t for each row, relative error, and the number of nodes used.

    Examples
    --------
    >>> value, kappa = cumulant(scale(np.array([[1.0, -1.0]])), at := Abscissa.from_log_odds(np.zeros(1)))
    >>> path = Path.through_saddle(kappa, at.v, value, np.zeros(1))
    >>> found = integrate(path, Strip.about(path), scratch_for(1, 2))
    >>> bool(found.error[0] < 1e-13), found.nodes > 10
    (True, True)
    """

    value: FloatArray
    error: FloatArray
    nodes: int


def scratch_for(rows: int, dim: int) -> FloatArray:
    """Working memory for :func:`integrate` on up to that many rows.

    Examples
    --------
    >>> scratch_for(2, 3).shape
    (4, 32768)
    """
    return np.empty((4, max(_BLOCK, rows * dim)))


def integrate(path: Path, strip: Strip, scratch: FloatArray) -> Integral:
    """(1/pi) times the integral over t of the module's formula, by the trapezoid rule in x.

    The error is the sum of what the rule misses, which is proved (:mod:`.strip`), and of a bound on the rounding of the
    nodes, of their sum and of what the pole adds, if the elementary functions are right to a unit in the last place.

    Examples
    --------
    >>> value, kappa = cumulant(scale(np.array([[1.0, -1.0, -1.0]])), at := Abscissa.from_log_odds(np.array([-0.5])))
    >>> path = Path.through_saddle(kappa, at.v, value, np.zeros(1))
    >>> found = integrate(path, Strip.about(path), scratch_for(1, 3))
    >>> print(f"{(np.exp(value) * found.value / at.v)[0]:.12f}")  # P(u1^2 > u2^2 + u3^2)
    0.292893218813
    """
    if np.any(np.isinf(strip.count)):
        raise AccuracyError("the contour integral of the quadratic form asks for too many nodes", path.cumulant)
    count = int(strip.count.max())
    step = _shortened(strip.end / (count + 0.5))
    terms, rounding = _terms(path, step[:, None] * np.arange(count + 1), scratch)
    terms[:, 0] *= 0.5
    value = step * np.array([fsum(row) for row in terms])
    pole, uncertain = strip.pole_term(step)
    value = value - pole
    error = (strip.error + EPS * (step * rounding.sum(axis=-1) + pole * uncertain)) / value
    return Integral(value / np.pi, error, count)


def _shortened(step: FloatArray) -> FloatArray:
    """Lowered to 30 bits, so that its multiples are exact."""
    mantissa, exponent = np.frexp(step)
    return np.asarray(np.ldexp(np.floor(np.ldexp(mantissa, 30)), exponent - 30))


def _terms(path: Path, x: FloatArray, scratch: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Integrand times dt/dx at the nodes, and a bound on its rounding error in units of EPS, (n, nodes) each."""
    along, across = (path.focus[:, None] * f(path.angle)[:, None] for f in (np.cos, np.sin))
    sinh, cosh = np.sinh(x), np.cosh(x)
    tau, eta = along * sinh, across * (2.0 * np.sinh(0.5 * x) ** 2)
    bent, v = bool(np.any(path.angle)), path.v[:, None]
    product = RootProduct.at(path.kappa, tau, eta if bent else None, scratch)
    phase = product.phase + 0.5 * tau * path.rounded_off[:, None]
    phase -= np.arctan2(tau / v, 1.0 + eta / v) + np.arctan2(across * sinh, along * cosh)
    size = np.exp(product.log_size) * np.hypot(along * cosh, across * sinh) / np.hypot(1.0 + eta / v, tau / v)
    rounding = _rounding(path, product, tau, eta, np.abs(np.sin(phase)), bent)
    return np.asarray(size * np.cos(phase)), np.asarray(size * rounding)


def _rounding(
    path: Path, product: RootProduct, tau: FloatArray, eta: FloatArray, turned: FloatArray, bent: bool
) -> FloatArray:
    """Bound on the relative rounding error of terms, in units of EPS, for elementary functions to an ulp.

    A sum of angles or logarithms has the error of its terms only (:func:`~.basics.double_double.rounded_sum`). With
    w_i = z kappa_i, a relative change e of kappa_i moves log f by e/2 abs(w_i/(1 - w_i)), of z all of it by e times its
    slope, at most min(abs(z/deviation)^2 / cos^2, 1 + sum min(abs(w_i), 1) / (2 cos)), as abs(1 - w_i) >= cos(angle).
    What moves the phase counts by its sine. Where the roundings of the kappa_i are put back, their first order is gone.
    The factors taken by moments have the error of theirs, and of their first order.
    """
    spread, single = (np.abs(kappa).sum(axis=-1)[:, None] for kappa in (path.kappa, product.single))
    z, cosine = np.hypot(tau, eta), np.cos(path.angle)[:, None]
    single_sums, rest = _limited_sum(product.single, path.deviation, z), np.maximum(spread - single, 0.0) * z
    limited, linear = single_sums + rest, np.abs(product.linear) * z
    single_sums = np.minimum(0.5 * single * z, 0.8 * single_sums)
    sums = single_sums + 0.5 * rest
    square = (z / path.deviation[:, None]) ** 2
    moved = np.minimum(square / cosine**2, 1.0 + 0.5 * limited / cosine)
    common = 8.0 + 2.0 * product.logs + product.error + (2.4 if bent else 1.5) * moved
    if not bent:
        lost = np.minimum(square * z * np.abs(path.kappa).max(axis=-1)[:, None], 0.5 * spread * z)
        lost = np.where(path.rounded_off[:, None] == 0.0, sums, lost)
        turns = 3.0 + 1.5 * (single_sums + linear) + lost
        return np.asarray(common + np.minimum(1.75 * square, 0.875 * limited) + turns * turned)
    real = np.minimum((2.25 * square + np.abs(eta) * spread) / cosine**2, 4.0 * limited / cosine)
    return np.asarray(common + real + 1.5 * linear + (3.0 + 5.6 * sums) * turned)


def _limited_sum(kappa: FloatArray, deviation: FloatArray, z: FloatArray) -> FloatArray:
    """Upper bound of sum_i min(z abs(kappa_i), 1), (n, nodes), from its values at powers of two of the deviation."""
    place = deviation[:, None] * 2.0 ** np.arange(_POWERS + 1)
    value = np.minimum(np.abs(kappa)[:, None] * place[..., None], 1.0).sum(axis=-1)
    farther = np.maximum(z[:, None] / place[..., None], 1.0)
    return np.asarray(np.minimum((value[..., None] * farther).min(axis=1), kappa.shape[-1]))
