r"""Lower bounds on the distance, on a sphere, to the decision boundary of a ReLU network, by quadratic relaxations.

Notation of :mod:`~.relu.bounds`. Lines around each unit (:func:`~.relu.bounds.relaxation_radius`) let every unit go to
its worst end at once. A step of length r cannot do that: together the units move by |W_1| r at most. Quadratic bounds
know it, as those of SDP-CROWN [Chiu2025] do; these here are derived in docs/theory/relu.md.

About a centre, numbers z*_k near the network's at some point x* and h*_k = max(0, z*_k), with Delta for differences
to it, bound F_k = f . Delta h_k - (mu / 2) |Delta h_k|^2 from below, from k = K (the logit, mu = 0) down to the points:

1. Units. For m > mu, each term is at least t + s Delta z - (m / 2) Delta z^2: with (m / 2) Delta z^2 added it is two
   convex parabolas that meet at z = 0, and the highest line below is a tangent to both or to one. Any slope s holds,
   with t the smaller of the two minima. A unit with f >= 0 and mu = 0 needs no curvature.
2. Layer. Delta z = W Delta h, and W^T W <= (a - b) v v^T + b I, a and b its two largest eigenvalues, v a unit vector.
   That leaves -(m b / 2) |Delta h|^2, and a parabola in the one number v . h, which lies on its interval above a chord.
   The interval is the same bound, of the forms +-v at layer k - 1.
3. Points. On the cap, x (x' - x) = -|x' - x|^2 / 2 and |x' - x| <= r. With all eigenvalues of W_1^T W_1 in their basis,
   l . y - (1/2) sum m_i y_i^2 >= -(nu + eta) r^2 / 2 - (1/2) sum (l_i - eta x_i)^2 / (nu - m_i)  for any nu > max m_i
   and eta >= -nu, by Lagrange multipliers.

Whatever centre and multipliers are tried, the bound holds; those are sought that make it large. Rounding: as in
:mod:`~.relu.bounds`, with gamma twice that of the longest chain of operations, and the measured defect of the
eigenvectors on top; the error of the spectra is bounded by their residuals. A centre whose z* differ from W h* + b by e
costs |s| e, and with |W Delta h + e|^2 <= (1 + 1e-9) |W Delta h|^2 + 2e9 e^2 little in the squares. All is done on a
network scaled by powers of two, which changes no digit, to matrices of norm 1/2 to 1; what underflows there is less
than the 2^-500 that is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..basics.errors import AccuracyError
from ..basics.validation import FloatArray
from .bounds import FoldedRelu, _Bounds, _check_largest, _largest_proved, check_points, lipschitz_radius
from .rounding import EvaluatedRelu

_FLOOR, _TINY = 2.0**-500, 2.0**-1000
_SHELL = 2e-9
"""More than what a share of 1e-9 of the norm, in which points of a sphere may differ, moves a squared norm by."""
_EPSILON = 1e-9
_SHARES = np.geomspace(1e-4, 1.2, 48)
"""Of what the multiplier of the ball is at most."""
_NOTABLY = 1.0 + 1.0 / 256.0
"""How much more than what was searched first the other must prove at once to be searched, too."""
_FEW = 2**14
"""Weights of a layer up to which lines cost less than parabolas and are searched first."""
_FINEST, _WORTHWHILE = 0.2, 0.998
"""Steps in centre and logarithms of curvatures at which the search ends; the share of the fall that repeats a step."""


@np.errstate(all="ignore")
def quadratic_radius(
    network: FoldedRelu, points: FloatArray, *, largest: float, evaluation: EvaluatedRelu | None = None
) -> FloatArray:
    """Radii of caps, at most ``largest``, on which quadratic or linear relaxations prove that the logit keeps its sign.

    Parameters
    ----------
    points
        Shape (n, dim), finite. Only points of the sphere about 0 through each (of a norm within a share of 1e-9 of its
        own) matter.
    largest
        Radius at which the search ends, > 0: the diameter of the sphere, say.
    evaluation
        The program whose computed logits shall keep their sign, too.

    Returns
    -------
    ndarray
        **Guarantee**: lower bounds on the Euclidean distance to the nearest point of the sphere of logit 0, and to the
        nearest whose computed logit is 0 or has the other sign; at least 0.99 of what linear relaxations prove
        (:func:`~.relu.bounds.relaxation_radius`, ``on_sphere``), if that is monotone.

    Raises
    ------
    InvalidArgumentError
        Points of another shape or not finite, or ``largest`` not above 0.

    Examples
    --------
    On this circle x + y is at most 1.42, so that there is no error; lines for each unit prove 0.5.

    >>> network = FoldedRelu((np.eye(2),), (np.zeros(2),), np.array([-1.0, -1.0, 1.5]))
    >>> quadratic_radius(network, np.array([[1.0, 0.0]]), largest=2.0).tolist()
    [2.0]
    """
    points, largest = check_points(points, network.dim), _check_largest(largest)
    start = lipschitz_radius(network, points, largest=largest, evaluation=evaluation)
    signs = np.where(network.logits(points) > 0.0, 1.0, -1.0)
    lines = _Bounds(network, evaluation, on_sphere=True)
    relaxed = {sign: _Relaxed.of(network, sign) for sign in np.unique(signs[start > 0.0])}
    few = max(matrix.size for matrix in network.weights) <= _FEW

    def searched(x: FloatArray, sign: float, low: float) -> float:
        if low <= 0.0:
            return 0.0
        caps = _Caps(relaxed[sign], x)

        def by_parabolas(radius: float) -> bool:
            return caps.proves(radius, lines.evaluation_error(x, radius))

        def by_lines(radius: float) -> bool:
            return lines.signed_logit_lower(x, radius, sign) > 0.0

        first, second = (by_lines, by_parabolas) if few else (by_parabolas, by_lines)
        low = _largest_proved(first, low, largest)
        more = low < largest and second(min(_NOTABLY * low, largest))
        return _largest_proved(second, low, largest) if more else low

    return np.array([searched(*row) for row in zip(points, signs, start, strict=True)])


def _unit_bounds(
    form: FloatArray, mu: float, centre: FloatArray, curvature: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Slopes s, constants t (up to rounding) and sizes of their terms: t + s u - m u^2 / 2 is below each unit's part.

    That is f (h - h*) - mu (h - h*)^2 / 2 with u = z - z*, h = max(0, z) and h* = max(0, z*), for ``curvature`` m > mu.
    """
    h, below, gap = np.maximum(centre, 0.0), np.minimum(centre, 0.0), curvature - mu
    kink = -(form + mu * h)  # by how much the two parabolas fail to be convex where they meet
    root, other = np.sqrt(curvature), np.sqrt(gap)
    left, right = -kink / (root * (root + other)), kink / (other * (root + other))
    common = -kink * root / (root + other) - curvature * centre
    slope = np.where((kink > 0.0) & (left < centre) & (centre < right), common, np.where(centre > 0.0, form, 0.0))
    u = np.minimum(slope / curvature, -centre)
    off = -form * h - 0.5 * mu * h**2 - slope * u + 0.5 * curvature * u**2
    size = np.abs(form * h) + 0.5 * mu * h**2 + np.abs(slope * u) + 0.5 * curvature * u**2
    tilt = form - mu * below - slope
    u = np.maximum(-tilt / gap, -centre)
    on = form * below - 0.5 * mu * below**2 + tilt * u + 0.5 * gap * u**2
    sizes = (np.abs(form) + mu * np.abs(below) + np.abs(slope)) * np.abs(u) + 0.5 * gap * u**2
    return slope, np.minimum(off, on), size + sizes + np.abs(form * below) + 0.5 * mu * below**2


@dataclass(frozen=True)
class _Relaxed:
    """A network for one sign of its logit, scaled by powers of two, with the spectra of its layers."""

    weights: list[FloatArray]
    biases: list[FloatArray]
    form: FloatArray
    constant: float
    powers: list[int]
    gamma: float
    values: list[FloatArray]
    bases: list[FloatArray]

    @classmethod
    def of(cls, network: FoldedRelu, sign: float) -> _Relaxed:
        form = sign * network.readout[:-1]
        scaled = [_unit_scaled(matrix) for matrix in (*network.weights, form)]
        weights, powers = [matrix for matrix, _ in scaled], [power for _, power in scaled]
        # In the last layer only the units with a negative factor are curved.
        curved = [*weights[:-2], weights[-2][form < 0.0]]
        spectra = [_spectrum(matrix) for matrix in curved]
        values = [found + margin for found, _, margin, _ in spectra]
        gamma = network.gamma + max(defect for *_, defect in spectra)
        constant, bases = sign * float(network.readout[-1]), [basis for _, basis, *_ in spectra]
        return cls(weights[:-1], list(network.biases), weights[-1], constant, powers, gamma, values, bases)

    @cached_property
    def rotated(self) -> FloatArray:
        """W_1 in the basis of the points, shape (units, dim)."""
        return np.asarray(self.weights[0] @ self.bases[0])

    @cached_property
    def sizes(self) -> list[float]:
        return [float(np.linalg.norm(matrix)) + _TINY for matrix in self.weights]


def _spectrum(matrix: FloatArray) -> tuple[FloatArray, FloatArray, float, float]:
    """Eigenvalues (at least 0) and eigenvectors V of G = W^T W, a bound of their error, and one of |V^T V - I|.

    They are checked, whatever solver they are from. With Q the orthogonal matrix nearest to V, |V - Q| <= |V^T V - I|,
    so that |G - Q L Q^T| = |G Q - Q L| <= |G V - V L| + (|G| + |L|) |V^T V - I|; norms are those of Frobenius. The
    roundings of G, of G V and of V^T V are those of sums as long as a side of the matrix, which ``gamma`` bounds twice:
    the defect enters every bound, and one of 1e-8 would take half of what is proved at 1000 units.
    """
    gram, root = matrix.T @ matrix, float(np.sqrt(matrix.shape[1]))
    spectrum, basis = np.linalg.eigh(gram)
    gamma = (max(matrix.shape) + 16) * float(np.finfo(np.float64).eps)
    size = float(np.sum(matrix**2)) + float(np.linalg.norm(spectrum))
    defect = float(np.linalg.norm(basis.T @ basis - np.eye(len(gram)))) + gamma * float(np.sum(basis**2))
    # The columns of V are at most 2 long where the defect is below 1.
    residual = float(np.linalg.norm(gram @ basis - basis * spectrum)) + 4.0 * gamma * root * size
    if not defect < 1e-3:
        raise AccuracyError(f"the eigenvectors of a layer are orthogonal up to {defect:.1e} only: no certificate")
    return np.maximum(spectrum, 0.0), basis, 2.0 * (residual + size * defect) + _TINY, defect


def _unit_scaled(matrix: FloatArray) -> tuple[FloatArray, int]:
    """The matrix over a power of two that makes its norm 1/2 to 1 (0 stays), and the exponent."""
    exponent = int(np.frexp(np.max(np.abs(matrix)))[1])
    exponent += int(np.frexp(np.linalg.norm(np.ldexp(matrix, -exponent)))[1])
    return np.ldexp(matrix, -exponent), exponent


@dataclass(frozen=True)
class _Centre:
    """Where the relaxations touch: ``step`` from x in the basis of the points, z* and h* of the layers."""

    step: FloatArray
    z: list[FloatArray]
    h: list[FloatArray]
    errors: list[float]
    """Bounds e_k of |W_k h*_{k-1} + b_k - z*_k|."""
    reach: list[float]
    """Bounds of |Delta h_k|, from |Delta h_0| on."""


class _Caps:
    """Bounds of the scaled logit on the caps around one point."""

    def __init__(self, network: _Relaxed, x: FloatArray) -> None:
        self._network = network
        power = int(np.frexp(np.max(np.abs(x)))[1])
        self._x = np.ldexp(x, -power)
        self._exponents = [power + total for total in np.cumsum(network.powers).tolist()]
        self._power = power
        self._length = float(np.linalg.norm(self._x))
        self._rotated = self._x @ network.bases[0]
        self._first = network.weights[0] @ self._x
        self._biases = [np.ldexp(b, -e) for b, e in zip(network.biases, self._exponents, strict=False)]
        self._start: dict[tuple[int, float], FloatArray] = {}

    def proves(self, radius: float, margin: float) -> bool:
        """Whether the logit keeps its sign by more than the margin on the cap."""
        network, r = self._network, float(np.ldexp(radius, -self._power))
        constant = float(np.ldexp(network.constant, -self._exponents[-1]))
        needed = float(np.ldexp(margin, -self._exponents[-1])) - constant
        needed += network.gamma * (abs(constant) + abs(needed)) + _FLOOR
        # What was best on the last cap is tried before a search.
        return any(self._logit_lower(r, needed, step) > needed for step in (0.0, 1.0 if not self._start else 0.3))

    def _logit_lower(self, r: float, enough: float, step: float) -> float:
        network, layers = self._network, len(self._network.weights)
        self._intervals = list[tuple[float, float]]()
        for k in range(1, layers):
            v = network.bases[k][:, -1]
            low, high = (self._best(v * side, k, r, np.inf, step, (k, side)) for side in (1.0, -1.0))
            self._intervals.append((low, -high))
        return self._best(network.form, layers, r, enough, step, (layers, 1.0))

    def _best(
        self, form: FloatArray, layer: int, r: float, enough: float, step: float, key: tuple[int, float]
    ) -> float:
        """Lower bound of ``form . h_layer``; the search, of this first step, ends where it is ``enough``."""
        direction, scales, middle = self._scales(form, layer, r)

        def fall(tried: FloatArray) -> float:
            centre = self._centre(direction * (tried[0] * r), r, layer)
            found = self._lower(form, 0.0, layer, centre, scales * np.exp(tried[1:]), r)
            h = centre.h[layer - 1]
            error = self._network.gamma * float(np.linalg.norm(form) * (np.linalg.norm(h) + abs(middle))) + _FLOOR
            fallen = float(middle - (form @ h + found - 2.0 * error))
            return fallen if np.isfinite(fallen) else np.inf  # what overflowed, to either side, proves nothing

        start = self._start.get(key, np.array([0.7, *np.zeros(layer)]))
        least, self._start[key] = _descended(fall, start, step, middle - enough)
        return middle - least

    def _scales(self, form: FloatArray, layer: int, r: float) -> tuple[FloatArray, FloatArray, float]:
        """Where the form falls at x, curvatures to begin with (its factors over their reach), and its value at x."""
        network, centre, norms = self._network, self._centre(np.zeros(len(self._x)), r, layer), np.empty(layer)
        middle = float(form @ centre.h[-1])
        for k in range(layer - 1, -1, -1):
            norms[k] = np.linalg.norm(form)
            form = (form * (centre.z[k] > 0.0)) @ (network.weights[k] if k > 0 else network.rotated)
        reach = r * np.cumprod([np.sqrt(values[-1]) for values in network.values[:layer]])
        form = form - (form @ self._rotated) / self._length**2 * self._rotated
        return -form / (np.linalg.norm(form) + _TINY), norms / reach + _FLOOR, middle

    def _centre(self, step: FloatArray, r: float, layers: int) -> _Centre:
        network, length = self._network, float(np.linalg.norm(step))
        size, reach = self._length + length, r + length
        z, h, errors, reaches = list[FloatArray](), list[FloatArray](), list[float](), [reach]
        for k in range(layers):
            moved = network.weights[k] @ h[-1] if k > 0 else self._first + network.rotated @ step
            z.append(moved + self._biases[k])
            h.append(np.maximum(z[-1], 0.0))
            sizes = network.sizes[k] * size + float(np.linalg.norm(self._biases[k]))
            errors.append(16.0 * network.gamma * sizes + _TINY)
            reach = network.sizes[k] * reach + errors[-1]
            reaches.append(reach)
            size = float(np.linalg.norm(h[-1]))
        return _Centre(step, z, h, errors, reaches)

    def _lower(
        self, form: FloatArray, mu: float, layer: int, centre: _Centre, curvatures: FloatArray, r: float
    ) -> float:
        """Lower bound of form . Delta h - mu |Delta h|^2 / 2, h the activations after the layer."""
        network, k = self._network, layer - 1
        curvature = mu + max(float(curvatures[k]), _EPSILON * mu)
        slope, constant, size = _unit_bounds(form, mu, centre.z[k], curvature)
        error, norm = centre.errors[k], float(np.linalg.norm(slope))
        rounding = network.gamma * (float(np.sum(size)) + norm * network.sizes[k] * centre.reach[k])
        given = float(np.sum(constant)) - rounding - norm * error - curvature / _EPSILON * error**2 - _FLOOR
        curvature *= 1.0 + 2.0 * _EPSILON
        if k == 0:
            return given - self._fall(slope @ network.rotated, curvature, centre, norm, r)
        v, values = network.bases[k][:, -1], network.values[k]
        rest = curvature * float(values[-2]) if len(values) > 1 else 0.0
        spread = curvature * float(values[-1]) - rest
        at = float(v @ centre.h[k - 1])
        slack = 2.0 * network.gamma * float(np.linalg.norm(centre.h[k - 1])) + _FLOOR
        low, high = self._intervals[k - 1][0] - at - slack, self._intervals[k - 1][1] - at + slack
        given += 0.5 * spread * low * high
        ends = abs(low) + abs(high)
        given -= network.gamma * spread * ends * (ends + centre.reach[k])
        form = slope @ network.weights[k] - 0.5 * spread * (low + high) * v
        return given + self._lower(form, rest, k, centre, curvatures, r)

    def _fall(self, form: FloatArray, curvature: float, centre: _Centre, norm: float, r: float) -> float:
        """Upper bound of how far form . u - sum m_i u_i^2 / 2 falls below 0 on the cap, u = y - step."""
        network, x, step = self._network, self._rotated, centre.step
        m = curvature * network.values[0]
        tilt = form + m * step
        top = float(m.max())
        ball = top * (1.0 + 1e-5) + (float(np.linalg.norm(tilt)) / r) * _SHARES + _TINY
        inverse = (1.0 + 1e-9) / (ball - m[:, None])
        square, mixed, radial = tilt**2 @ inverse, (tilt * x) @ inverse, x**2 @ inverse
        eta = np.maximum((mixed - 0.5 * r * r) / radial, -ball)
        eta = np.where(np.isfinite(eta), eta, 0.0)
        falls = 0.5 * (ball + eta) * r * r + 0.5 * (square - 2.0 * eta * mixed + eta**2 * radial)
        reach = centre.reach[0]
        sizes = (ball + np.abs(eta)) * r * r + square + eta**2 * radial
        sizes += 16.0 * (norm * network.sizes[0] + top * reach + np.abs(eta) * self._length) * reach
        falls += network.gamma * sizes + np.abs(eta) * _SHELL * self._length**2
        return float(np.min(np.where(np.isnan(falls), np.inf, falls))) + float(form @ step + 0.5 * (m @ step**2))


def _descended(
    fall: Callable[[FloatArray], float], start: FloatArray, step: float, enough: float
) -> tuple[float, FloatArray]:
    """The least fall that steps along the axes find from the start, the first below ``enough``, and where."""
    least, at = fall(start), start
    while step > _FINEST and not least < enough:
        before = least
        for tried in _neighbours(at, step):
            if (found := fall(tried)) < least:
                least, at = found, tried
        step = step if least < _WORTHWHILE * before else 0.5 * step
    return least, at


def _neighbours(at: FloatArray, step: float) -> Iterator[FloatArray]:
    for axis in range(len(at)):
        for side in (step, -step):
            tried = at.copy()
            tried[axis] += side if axis else 0.5 * side
            yield tried
