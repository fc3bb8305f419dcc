r"""The contour integral behind the exact tail of Q = sum_i c_i u_i^2, u standard normal.

Notation: K(s) = -1/2 sum log(1 - 2 s c_i) is the cumulant generating function of Q, s+ = 1/(2 max c) its branch
point. For any abscissa s = s+ v with 0 < v < 1

    P(Q > 0) = 1/(2 pi i) integral over s + iR of exp(K(s))/s ds = exp(F(v)) (1/pi) integral_0^inf
        prod_i (1 + t^2 kappa_i^2)^(-1/4) (1 + t^2/v^2)^(-1/2) cos(1/2 sum_i atan(t kappa_i) - atan(t/v)) dt,

F(v) = -1/2 sum_i log D_i - log v, D_i = 1 - v r_i, r_i = c_i / max c, kappa_i = r_i / D_i (the inversion formula of
Lugannani and Rice, [LR1980]). The saddle point of F, NOT of K (which runs into the pole at s = 0 where P is near
1/2), keeps the cosine from oscillating; any v near it gives the same value, so v is rounded to few bits, which makes
the D_i computable to twice the working precision. For the same reason the line may be bent into a hyperbola (see
:class:`Path`). With pole = 0 the same code finds the saddle point of K.

Bounds used below, from F'(v) = 1/2 sum kappa_i - 1/v = 0 with k+ positive and k- negative coefficients: the odds
u = v/(1-v) lie in [2/k+, 2 + k-]. So neither v nor 1 - v can be tiny.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .double_double import Pair, divide, fast_two_sum, log_product, split, two_sum
from .errors import AccuracyError
from .validation import FloatArray

EPS = float(np.finfo(np.float64).eps)
_BLOCK = 1 << 15  # elements of a temporary array: four of them stay in the cache
_CUT = 40.0  # the integrand is cut where it has fallen below exp(-40) of its top
_FIRST_STEP = 0.25
_AGREEMENT = 1e-8  # relative, of two trapezoid rules; the finer one is then at rounding level
_MAX_LEVELS = 9
_TURN = 5.0  # of the phase from one node to the next, below 2 pi by what the envelope of the integrand needs
_UNRESOLVED = 1e-15  # of the integral, at nodes too far apart for the phase
_FEW_LEVELS = 3  # what is unresolved after more halvings is left to the straight line
_MAX_STEPS = 200


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


def _factors(form: ScaledForm, at: Abscissa) -> Pair:
    """top D_i 2^-lift_i in double-double: (unit top) - v ratio, or (unit top - ratio) + (1 - v) ratio."""
    short, small = at.short[:, None], at.is_small[:, None]
    base, rest = two_sum(form.top * form.unit, np.where(small, 0.0, -form.ratio))
    high, low = split(np.where(small, -form.ratio, form.ratio))
    total, error = two_sum(base, short * high)  # exact: 26 bits times 26 bits
    return fast_two_sum(total, error + (rest + short * low))


@dataclass(frozen=True)
class Integral:
    """Value of the integral over t for each row, relative error estimate, and the number of nodes used.

    Examples
    --------
    >>> path = Path.through_saddle(np.array([[2.0, -1.0]]), np.array([0.5]))
    >>> found = integrate(path, scratch_for(1, 2))
    >>> bool(found.error[0] < 1e-13), found.nodes > 10
    (True, True)
    """

    value: FloatArray
    error: FloatArray
    nodes: int


@dataclass(frozen=True)
class Path:
    """Line or hyperbola t(x) = tau(x) - i eta(x) on which the integral of each row is taken.

    tau = width cos(angle) sinh x, eta = width sin(angle) (cosh x - 1). With angle = 0 it is the vertical line through
    the saddle point. Where few kappa_i dominate, the integrand oscillates on that line long before it falls off; bent
    along the path of steepest descent, whose curvature at the saddle point is the third derivative of F over three
    times its second, it does neither.

    Parameters
    ----------
    kappa
        (n, d).
    v, width, angle
        (n,) each; angle in [-pi/4, pi/4].

    Examples
    --------
    >>> path = Path.through_saddle(np.array([[2.0, -1.0]]), np.array([0.5]))
    >>> path.width.round(6).tolist(), path.angle.round(6).tolist()
    ([0.392232], [-0.218982])
    """

    kappa: FloatArray
    v: FloatArray
    width: FloatArray
    angle: FloatArray

    @classmethod
    def through_saddle(cls, kappa: FloatArray, v: FloatArray) -> Path:
        """Width from the second derivative of F at the saddle point, angle from the third."""
        square = kappa * kappa
        width = 1.0 / np.sqrt(0.5 * square.sum(axis=-1) + 1.0 / v**2)
        skewness = width**3 * (np.einsum("ij,ij->i", square, kappa) - 2.0 / v**3)
        angle = np.arcsin(np.clip(skewness / 2.5, -np.sqrt(0.5), np.sqrt(0.5)))
        # Off the line the size of the integrand is a difference of sums of size width sum |kappa|, which costs digits.
        spread = width * np.abs(kappa).sum(axis=-1)
        return cls(kappa, v, width, np.where((np.abs(skewness) > 0.2) & (spread < 16.0), angle, 0.0))

    def __getitem__(self, rows: NDArray[np.int64]) -> Path:
        return Path(self.kappa[rows], self.v[rows], self.width[rows], self.angle[rows])


def scratch_for(rows: int, dim: int) -> FloatArray:
    """Working memory for :func:`integrate` on up to that many rows.

    Examples
    --------
    >>> scratch_for(2, 3).shape
    (4, 32768)
    """
    return np.empty((4, max(_BLOCK, rows * dim)))


def integrate(path: Path, scratch: FloatArray) -> Integral:
    """(1/pi) times the integral over t of the module's formula, by the trapezoid rule in x.

    The integrand is analytic in a strip around the real x axis, so the trapezoid rule converges geometrically: halving
    the step doubles the number of correct digits. The error of the last value is at most about 2 change^2 for all
    kinds of coefficients tried; ten times change^2 is reported. That two rules agree says little where the integrand
    turns faster than the nodes follow: what it has there counts as error. On a bent path it can rise again, turning
    fast, where many small coefficients outgrow a few large ones; then the straight line is taken, on which its size
    only falls.

    Examples
    --------
    >>> value, kappa = cumulant(scale(np.array([[1.0, -1.0, -1.0]])), at := Abscissa.from_log_odds(np.array([-0.5])))
    >>> found = integrate(Path.through_saddle(kappa, at.v), scratch_for(1, 3))
    >>> print(f"{(np.exp(value) * found.value / at.v)[0]:.12f}")  # P(u1^2 > u2^2 + u3^2)
    0.292893218813
    """
    step = _FIRST_STEP
    with np.errstate(over="ignore", invalid="ignore"):
        first = _first_sums(path, scratch)
    half = 0.5 * np.cos(path.angle)  # the node x = 0 counts one half
    seen = first.unresolved(_FEW_LEVELS) <= _UNRESOLVED * step * np.abs(first.sums[0] - half)
    lost = (path.angle != 0.0) & ~seen  # also where the size overflows
    if np.any(lost):
        path = Path(path.kappa, path.v, path.width, np.where(lost, 0.0, path.angle))
        first, half = _first_sums(path, scratch), 0.5 * np.cos(path.angle)
    sums, count = first.sums, first.count
    value = step * (sums[0] - half)
    for level in range(1, _MAX_LEVELS + 1):
        middle = step * (np.arange(count, dtype=np.float64) + 0.5)
        sums = sums + _terms(path, middle, scratch)[:3].sum(axis=-1)
        count, step, previous = 2 * count, step / 2, value
        value = step * (sums[0] - half)
        size = np.abs(value)
        change = np.abs(value - previous) / size
        if np.all(change <= _AGREEMENT):
            unresolved = first.unresolved(level) / size
            if np.all(unresolved <= _UNRESOLVED):
                rounding = step * (4.0 * sums[1] + sums[2]) / size
                error = 10.0 * change**2 + EPS * rounding + np.exp(-_CUT) + unresolved
                return Integral(value * path.width / np.pi, error, count)
    raise AccuracyError("the contour integral of the quadratic form did not converge", value * path.width / np.pi)


@dataclass(frozen=True)
class _FirstSums:
    """Sums of three terms over the first nodes, their number, and by how much the phase turns from one to the next."""

    sums: FloatArray
    count: int
    turns: FloatArray
    sizes: FloatArray

    def unresolved(self, level: int) -> FloatArray:
        """Integral of the size where the phase turns too far between the nodes of a later level."""
        fast = self.turns > _TURN * 2.0**level
        return np.asarray(_FIRST_STEP * np.where(fast, self.sizes, 0.0).sum(axis=-1))


def _first_sums(path: Path, scratch: FloatArray) -> _FirstSums:
    """Sums over the nodes 0, 1/4, 2/4, ... as far as the integrand matters."""
    blocks, start, block = [], 0, 12
    while True:
        terms = _terms(path, _FIRST_STEP * np.arange(start, start + block, dtype=np.float64), scratch)
        blocks.append(terms)
        negligible = np.all(terms[1] < np.exp(-_CUT), axis=0)
        if negligible[-1]:
            break
        start, block = start + block, 8
    count = start + int(np.argmax(negligible)) + 1
    terms = np.concatenate(blocks, axis=-1)
    sizes = np.maximum(terms[1, :, 1:], terms[1, :, :-1])
    return _FirstSums(terms[:3].sum(axis=-1), count, np.abs(np.diff(terms[3], axis=-1)), sizes)


def _terms(path: Path, nodes: FloatArray, scratch: FloatArray) -> FloatArray:
    """(4, n, nodes): integrand times dt/dx / width at the nodes, its size, sensitivity to rounding of kappa, phase."""
    block = scratch.shape[-1] // path.kappa.size
    terms = np.empty((4, len(path.v), len(nodes)))
    cosine, sine = np.cos(path.angle)[:, None], np.sin(path.angle)[:, None]
    v, width = path.v[:, None], path.width[:, None]
    spread = np.abs(path.kappa).sum(axis=-1)[:, None]
    for start in range(0, len(nodes), block):
        x = nodes[start : start + block]
        tau, eta = width * cosine * np.sinh(x), width * sine * (2.0 * np.sinh(0.5 * x) ** 2)
        log_size, phase = _product(path.kappa, tau, eta if np.any(path.angle) else None, scratch)
        phase = phase - np.arctan2(tau / v, 1.0 + eta / v) - np.arctan2(sine * np.sinh(x), cosine * np.cosh(x))
        size = np.exp(log_size) / np.hypot(1.0 + eta / v, tau / v) * np.hypot(cosine * np.cosh(x), sine * np.sinh(x))
        # A relative change e of the kappa_i moves phase and log size by at most e times these.
        limit = 1.5 * path.kappa.shape[-1]
        shift, growth = np.minimum(tau * spread, limit), np.minimum(np.abs(eta) * spread, limit)
        terms[0, :, start : start + block] = size * np.cos(phase)
        terms[1, :, start : start + block] = size
        terms[2, :, start : start + block] = size * (np.abs(np.sin(phase)) * shift + growth)
        terms[3, :, start : start + block] = phase
    return terms


def _product(
    kappa: FloatArray, tau: FloatArray, eta: FloatArray | None, scratch: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Log size and phase of prod_i (1 - i t kappa_i)^(-1/2) at t = tau - i eta, each (n, nodes).

    All large arrays live in scratch: fresh ones would cost more in page faults than the arithmetic on them.
    """
    k, tau = kappa[:, None, :], tau[:, :, None]
    shape = (*tau.shape[:2], k.shape[-1])
    size = tau.size * k.shape[-1]
    tk, excess, modulus, shift = (part[:size].reshape(shape) for part in scratch)
    np.multiply(tau, k, out=tk)
    if eta is None:
        np.multiply(tk, tk, out=excess)
        phase = 0.5 * np.arctan(tk, out=tk).sum(axis=-1)
        return -0.25 * np.log1p(excess, out=excess).sum(axis=-1), phase
    eta = eta[:, :, None]
    # abs(1 - i t kappa)^2 - 1 = kappa (abs(t)^2 kappa - 2 eta)
    np.multiply(tau * tau + eta * eta, k, out=excess)
    excess -= 2.0 * eta
    excess *= k
    # Half the argument of a complex number z is atan(Im z / (abs(z) + Re z)): one branch for all of (-pi, pi).
    np.add(excess, 1.0, out=modulus)
    np.sqrt(modulus, out=modulus)
    modulus += 1.0
    modulus -= np.multiply(eta, k, out=shift)
    tk /= modulus
    phase = np.arctan(tk, out=tk).sum(axis=-1)
    return -0.25 * np.log1p(excess, out=excess).sum(axis=-1), phase
