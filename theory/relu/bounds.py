r"""Lower bounds on the distance from a point to the decision boundary of a ReLU network, proved in real arithmetic.

Notation: h_0 = x, z_k = W_k h_{k-1} + b_k, h_k = max(0, z_k), logit = w . h_K + c; ball: |x' - x| <= r (Euclidean).

Global bound: the logit is Lipschitz with L = |w| prod_k |W_k|_2, so that no boundary is nearer than |logit| / L.

Local bound (linear relaxation, [Zhang2018] CROWN, here for Euclidean balls): where l <= z <= u, max(0, z) lies between
the lines a z and s z + t, for any a, s in [0, 1] and t >= max(-s l, (1 - s) u). Put into z_k one layer after the other,
the lines bound each z_k by linear functions of x', whose extremes on the ball are A x + constant -+ r |A|. For the
first layer they are exact. The logit keeps its sign on the ball where its bound of that sign does.

Cap: where only points of the sphere |x'| = |x| = R matter, split A = A_t + (q / R) x, A_t orthogonal to x. As
x (x' - x) = -|x' - x|^2 / 2, on the cap A (x' - x) >= -r |A_t| - max(q, 0) r^2 / (2 R), often larger than -r |A|.
Points with |x'| within a share of 1e-9 of R lower it by at most 1.5e-9 |q| R; |A_t| is enlarged by more than the
cancellation in |A|^2 - q^2. A change of A by e changes the bound by at most |e| (R + 2 r), so that S_0 is R + 2 r here.

Rounding: every sum of products is off by at most gamma_m times the sum of its absolute values, where
gamma_m = m u / (1 - m u) and m is the longest chain of operations, in whatever order it is summed ([Hig2002], section
3.1). As the slopes are at most 1, that sum is at most |row of W_k|_2 S_{k-1} + |b_k|, with
S_k = |W_k|_F S_{k-1} + |b_k|_2 + |t_k|_2 and S_0 = |x| + r. Every bound is moved outwards by twice as much.
Underflow: a product loses at most 2^-1075, a norm of n numbers sqrt(n) 2^-537. Norms are enlarged by 2^-500, and a
bound is moved by 2^-500 (S_0 + ... + S_k), more than what forms off by so little do to it. Overflow: nothing is proved.
What is certified is the network of exactly these doubles and, where its evaluation is given
(:class:`~.relu.rounding.EvaluatedRelu`), the program that evaluates it: the logit keeps its sign by more than rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..basics.by_value import ByValue
from ..basics.errors import InvalidArgumentError
from ..basics.validation import FloatArray, check_finite, check_flag, check_number, check_range
from .rounding import EvaluatedRelu, check_layers

_UNIT = float(np.finfo(np.float64).eps)
_TINY = float(np.finfo(np.float64).tiny)
_FLOOR = 2.0**-500
_ENLARGED = 1.0 + 1e-9
"""More than the rounding of a spectral norm, for matrices of up to 10^5 rows and columns."""
_SHELL = 2e-9
"""More than what a share of 1e-9 of the norm, in which points of a sphere may differ, moves a bound by."""
_GROWTHS, _HALVINGS = 60, 8


@dataclass(frozen=True, eq=False)
class FoldedRelu(ByValue):
    """A ReLU network without normalisation, in double precision.

    Parameters
    ----------
    weights
        W_k of shape (units, inputs), one for each hidden layer; converted to double precision, as all arrays here.
    biases
        b_k of shape (units,).
    readout
        w and, last, c: shape (units of the last layer + 1,).

    Raises
    ------
    InvalidArgumentError
        Values that are not finite, or layers that do not fit one another.

    Examples
    --------
    >>> network = FoldedRelu((np.array([[1.0, 0.0]]),), (np.array([0.0]),), np.array([2.0, -1.0]))
    >>> float(network.logits(np.array([[3.0, 4.0]]))[0]), network.lipschitz_upper() >= 2.0
    (5.0, True)
    """

    weights: tuple[FloatArray, ...]
    biases: tuple[FloatArray, ...]
    readout: FloatArray

    def __post_init__(self) -> None:
        # In single precision the norms would be rounded by more than the margins of the bounds.
        layers, readout = check_layers(self.weights, self.readout, biases=self.biases)
        for name, value in (*layers.items(), ("readout", readout)):
            object.__setattr__(self, name, value)

    @property
    def dim(self) -> int:
        """Dimension of the points."""
        return int(self.weights[0].shape[1])

    def logits(self, points: FloatArray) -> FloatArray:
        """Logits of points (n, dim), shape (n,), up to rounding."""
        active = check_points(points, self.dim)
        for matrix, bias in zip(self.weights, self.biases, strict=True):
            active = np.maximum(active @ matrix.T + bias, 0.0)
        return np.asarray(active @ self.readout[:-1] + self.readout[-1])

    @np.errstate(over="ignore")
    def lipschitz_upper(self) -> float:
        """Upper bound on the Lipschitz constant: |w| times the spectral norms.

        By a backward stable SVD, plus a margin of 100 times the sizes in units of rounding, and 2^-500 for underflow.
        """
        product = _norm(self.readout[:-1])
        for norm in self.spectral_norms:
            product = product * norm + _FLOOR
        return product * (1.0 + 100.0 * _UNIT * self.chain)

    @cached_property
    def spectral_norms(self) -> list[float]:
        """Spectral norms of the W_k, up to rounding."""
        return [float(np.linalg.norm(matrix, 2)) for matrix in self.weights]

    @property
    def chain(self) -> int:
        """More than the operations of any chain from a point to the logit and back."""
        return sum(sum(matrix.shape) + 16 for matrix in self.weights) + 2 * len(self.readout) + 64

    @property
    def gamma(self) -> float:
        """Twice the relative rounding of such a chain."""
        m = self.chain * _UNIT
        return 2.0 * m / (1.0 - m)


@np.errstate(over="ignore", invalid="ignore")
def lipschitz_radius(
    network: FoldedRelu, points: FloatArray, *, largest: float = np.inf, evaluation: EvaluatedRelu | None = None
) -> FloatArray:
    """Radii of balls on which the logit keeps its sign, from the global Lipschitz bound: |logit| / L, shape (n,).

    Parameters
    ----------
    points
        Shape (n, dim), finite.
    largest
        Larger radii are not of interest; finite where an evaluation is given, as its rounding grows with the ball.
    evaluation
        The program whose computed logits shall keep their sign, too.

    Returns
    -------
    ndarray
        **Guarantee**: lower bounds on the Euclidean distance to the nearest point of logit 0, and to the nearest whose
        computed logit is 0 or has the other sign.

    Raises
    ------
    InvalidArgumentError
        Points of another shape or not finite, or ``largest`` not above 0.

    Examples
    --------
    >>> network = FoldedRelu((np.array([[3.0, 4.0]]),), (np.zeros(1),), np.array([1.0, -5.0]))
    >>> print(f"{lipschitz_radius(network, np.array([[0.0, 0.0]]))[0]:.9f}")
    1.000000000
    """
    points, largest = check_points(points, network.dim), _check_largest(largest)
    values, bounds, slope = network.logits(points), _Bounds(network, evaluation), network.lipschitz_upper()
    margin = np.abs(values) - np.array([bounds.logit_error(x) for x in points])
    # Where something overflowed, the margin is infinite or NaN.
    radius = np.minimum(np.where(np.isfinite(margin) & (margin > 0.0), margin, 0.0) / slope, largest)
    if evaluation is not None:
        # Rounding is largest on the largest ball, so that what holds there holds on the smaller one, too.
        margin = margin - np.array([bounds.evaluation_error(x, r) for x, r in zip(points, radius, strict=True)])
        radius = np.where(margin > 0.0, np.minimum(margin / slope, radius), 0.0)
    return np.asarray(radius * (1.0 - 8.0 * _UNIT))


@np.errstate(over="ignore", invalid="ignore")
def relaxation_radius(
    network: FoldedRelu,
    points: FloatArray,
    *,
    largest: float,
    evaluation: EvaluatedRelu | None = None,
    on_sphere: bool = False,
) -> FloatArray:
    """Radii of balls on which linear relaxations prove that the logit keeps its sign, shape (n,), at most ``largest``.

    Parameters
    ----------
    points
        Shape (n, dim), finite.
    largest
        Radius at which the search ends, > 0: the diameter of the sphere, say.
    evaluation
        The program whose computed logits shall keep their sign, too.
    on_sphere
        Whether only the points of the sphere about 0 through each point matter (of a norm within a share of 1e-9 of its
        own): then more is proved.

    Returns
    -------
    ndarray
        **Guarantee**: lower bounds on the Euclidean distance to the nearest point (of the sphere, if ``on_sphere``) of
        logit 0, and to the nearest whose computed logit is 0 or has the other sign; at least :func:`lipschitz_radius`;
        within 1/256 of the largest radius that the relaxation proves, if that is monotone.

    Raises
    ------
    InvalidArgumentError
        Points of another shape or not finite, or ``largest`` not above 0.

    Examples
    --------
    >>> network = FoldedRelu((np.eye(2),), (np.zeros(2),), np.array([1.0, 1.0, -1.0]))
    >>> bool(0.70 < relaxation_radius(network, np.array([[1.0, 1.0]]), largest=9.0)[0] <= 0.5**0.5)
    True
    >>> bool(relaxation_radius(network, np.array([[1.0, 1.0]]), largest=9.0, on_sphere=True)[0] > 0.80)
    True
    """
    points, largest = check_points(points, network.dim), _check_largest(largest)
    bounds = _Bounds(network, evaluation, on_sphere=check_flag("on_sphere", on_sphere))
    start = lipschitz_radius(network, points, largest=largest, evaluation=evaluation)
    signs = np.where(network.logits(points) > 0.0, 1.0, -1.0)

    def searched(x: FloatArray, sign: float, low: float) -> float:
        return _largest_proved(lambda radius: bounds.signed_logit_lower(x, radius, sign) > 0.0, low, largest)

    return np.array([searched(*row) for row in zip(points, signs, start, strict=True)])


def check_points(points: FloatArray, dim: int) -> FloatArray:
    """Return finite points of shape (n, dim) in double precision.

    Examples
    --------
    >>> check_points([[0.0, 1.0]], 2).tolist()
    [[0.0, 1.0]]
    """
    x = check_finite("points", points)
    if x.ndim != 2 or x.shape[1] != dim:
        raise InvalidArgumentError("points", x.shape, f"of shape (n, {dim})")
    return x


def _check_largest(largest: float) -> float:
    return check_number("largest", check_range("largest", largest, 0.0, np.inf, low_open=True), finite=False)


def _largest_proved(proved: Callable[[float], bool], start: float, largest: float) -> float:
    """Doubled from a radius that is proved until nothing is, then halved between; 0 from 0."""
    low, high = start, largest
    if low <= 0.0:
        return 0.0
    for _ in range(_GROWTHS):
        trial = min(2.0 * low, largest)
        if not proved(trial):
            high = trial
            break
        low = trial
        if low >= largest:
            return largest
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if proved(middle) else (low, middle)
    return low


@dataclass(frozen=True)
class _Lines:
    """Lines around max(0, z) for the units of a layer: lower slope, upper slope, upper intercept; and its maximum."""

    lower: FloatArray
    upper: FloatArray
    intercept: FloatArray
    maximum: FloatArray

    @classmethod
    def between(cls, low: FloatArray, high: FloatArray) -> _Lines:
        active, off = low >= 0.0, high <= 0.0
        width = np.where(active | off, 1.0, high - low)
        slope = np.where(active, 1.0, np.where(off, 0.0, np.clip(high / width, 0.0, 1.0)))
        # The upper line must be above both ends whatever the slope was rounded to.
        needed = np.maximum(np.maximum(-slope * low, (1.0 - slope) * high), 0.0) * (1.0 + 8.0 * _UNIT) + _TINY
        # The lower slope may be anything in [0, 1]; that of the larger side cuts off least.
        lower, intercept = np.where(active | (~off & (high > -low)), 1.0, 0.0), np.where(active | off, 0.0, needed)
        return cls(lower, slope, intercept, np.maximum(high, 0.0))


class _Bounds:
    """Bounds of the logit of one network, and of what a program computes of it, on Euclidean balls or their caps."""

    def __init__(
        self, network: FoldedRelu, evaluation: EvaluatedRelu | None = None, *, on_sphere: bool = False
    ) -> None:
        self._network, self._evaluation, self._on_sphere = network, evaluation, on_sphere
        self._frobenius = [_norm(matrix) for matrix in network.weights]
        self._rows = [np.linalg.norm(matrix, axis=1) + _FLOOR for matrix in network.weights]
        self._offsets = [_norm(bias) for bias in network.biases]
        self._gamma = network.gamma

    def logit_error(self, x: FloatArray) -> float:
        """Bound on the rounding of the logit at a point."""
        size = _norm(x)
        for frobenius, offset in zip(self._frobenius, self._offsets, strict=True):
            size = frobenius * size + offset
        return self._readout_error(size) + _TINY

    def _readout_error(self, size: float) -> float:
        readout = self._network.readout
        return self._gamma * (_norm(readout[:-1]) * size + abs(float(readout[-1])))

    def signed_logit_lower(self, x: FloatArray, radius: float, sign: float) -> float:
        """Lower bound of sign * logit on the ball."""
        lines, size, reach = self.lines(x, radius)
        w, c = sign * self._network.readout[:-1], sign * self._network.readout[-1:]
        lower = self._form_lower(w[None, :], c, lines, x, radius)[0]
        if self._evaluation is not None:
            lower = lower - self._evaluation.logit_error(x, radius, [line.maximum for line in lines])
        return float(lower - self._readout_error(size) - _FLOOR * reach)

    def evaluation_error(self, x: FloatArray, radius: float) -> float:
        """Bound on |computed - real logit| on the ball, from spectral norms; 0 without a program."""
        if self._evaluation is None:
            return 0.0
        return self._evaluation.logit_error(x, radius, self._maxima(x, radius))

    def _maxima(self, x: FloatArray, radius: float) -> list[FloatArray]:
        """Upper bounds of the activations on the ball: their values at x, and as much as they can have risen."""
        maxima, active, size, moved = list[FloatArray](), x, _norm(x), radius
        reach = size + radius
        for k, (matrix, bias) in enumerate(zip(self._network.weights, self._network.biases, strict=True)):
            error = self._gamma * (self._rows[k] * (size + moved) + np.abs(bias)) + _FLOOR * reach
            preactivations = matrix @ active + bias
            maxima.append(np.maximum(preactivations + self._rows[k] * moved + error, 0.0))
            active = np.maximum(preactivations, 0.0)
            size = self._frobenius[k] * size + self._offsets[k]
            moved = moved * self._network.spectral_norms[k] * _ENLARGED + _FLOOR
            reach += size + moved
        return maxima

    def lines(self, x: FloatArray, radius: float) -> tuple[list[_Lines], float, float]:
        """Lines of every layer on the ball, S_K, and S_0 + ... + S_K."""
        lines, size = list[_Lines](), _norm(x) + (2.0 * radius if self._on_sphere else radius)
        reach = size
        for k, (matrix, bias) in enumerate(zip(self._network.weights, self._network.biases, strict=True)):
            error = self._gamma * (self._rows[k] * size + np.abs(bias)) + _FLOOR * reach
            low = self._form_lower(matrix, bias, lines, x, radius) - error
            high = -self._form_lower(-matrix, -bias, lines, x, radius) + error
            lines.append(_Lines.between(low, high))
            size = self._frobenius[k] * size + self._offsets[k] + float(np.linalg.norm(lines[-1].intercept))
            reach += size
        return lines, size, reach

    def _form_lower(
        self, form: FloatArray, constant: FloatArray, lines: list[_Lines], x: FloatArray, radius: float
    ) -> FloatArray:
        """Lower bounds (m,) of ``form @ h + constant`` on the ball, h the activations after the layers of ``lines``."""
        network, total = self._network, constant.copy()
        for k in range(len(lines) - 1, -1, -1):
            line = lines[k]
            total += np.minimum(form, 0.0) @ line.intercept
            form = form * np.where(form >= 0.0, line.lower, line.upper)
            total += form @ network.biases[k]
            form = form @ network.weights[k]
        value = form @ x
        return np.asarray(total + value - self._fall(form, value, x, radius))

    def _fall(self, form: FloatArray, value: FloatArray, x: FloatArray, radius: float) -> FloatArray:
        """By how much ``form @ x``, the ``value``, falls at most within the radius, up to rounding."""
        norm = np.linalg.norm(form, axis=1)
        if not self._on_sphere or not (length := _norm(x)) > radius / 2.0:
            return np.asarray(radius * norm)
        radial = value / length
        tangential = np.sqrt(np.maximum(norm**2 - radial**2, 0.0) + 16.0 * self._gamma * norm**2)
        curved = radius * tangential + radius**2 / (2.0 * length) * np.maximum(radial, 0.0)
        return np.asarray(np.fmin(radius * norm, curved + _SHELL * length * np.abs(radial)))


def _norm(x: FloatArray) -> float:
    """Upper bound, up to rounding, on the Euclidean (Frobenius) norm: squares of small numbers underflow."""
    return float(np.linalg.norm(x)) + _FLOOR
