r"""Gaussian noise: half-spaces as the farthest error sets (Borell; Sudakov and Tsirelson).

Notation. z = Phi^-1(1 - mu) for the error rate mu; Phi and phi are distribution function and density of the standard
normal law. Among all sets of measure mu the half-space has the smallest t-neighbourhood, Phi(t/s - z), for every t
[Bor1975], [ST1978]; its distance from a random point is s (z + x)+, x standard normal.

Distances in the norm l_p. As \|x\|_p <= n^(1/p - 1/2) \|x\|_2 for p < 2 and \|x\|_p <= \|x\|_2 for p >= 2, every
bound holds with s = sigma max(1, n^(1/p - 1/2)). Half-spaces attain it: a coordinate one for p >= 2, for p < 2 one
whose normal is the diagonal (the distance of a point to a half-space is its l_2 distance over the dual norm of the
unit normal).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ..basics.arguments import check_single
from ..basics.errors import AccuracyError, InvalidArgumentError
from ..basics.log_probability import LogProbability
from ..basics.normal_tail import log_mean_excess, normal_score
from ..basics.validation import FloatArray, broadcast, check_dim, check_radius, check_range, scalar_if_0d
from .space import Space

LARGEST_SCORE = 1e150
"""Beyond it the logarithm of an error rate, -z^2/2, is no double."""
_MAX_STEPS = 100
_SETTLED = 1e-8  # Newton doubles the digits: a step this small leaves an error at rounding


@dataclass(frozen=True)
class Gaussian(Space):
    """Points with independent normal coordinates: a point of R^dim plus noise, say.

    Parameters
    ----------
    dim
        Number of coordinates, an integer from 1 to 10^9.
    sigma
        Standard deviation of each coordinate, > 0.
    norm
        p in [1, inf]: distances are in l_p.

    Raises
    ------
    InvalidArgumentError
        A bad dimension, standard deviation or norm.

    Notes
    -----
    The bounds do not depend on the mean of the points, nor, for p >= 2, on their dimension. Accuracy: means and their
    inverse to a relative error of 1e-12; quantiles to 1e-12 of the larger of the two scores times sigma.

    Examples
    --------
    >>> noise = Gaussian(784, 0.1)
    >>> [round(float(noise.mean_distance_bound(mu)), 6) for mu in (0.5, 1e-3)]  # sigma / sqrt(2 pi), ...
    [0.039894, 0.309051]
    >>> round(float(noise.quantile_distance_bound(0.5, 1e-3)), 6)  # sigma z
    0.309023
    >>> round(float(Gaussian(784, 0.1, norm=1).mean_distance_bound(0.5)) / 28, 6)  # sqrt(784) = 28
    0.039894
    """

    dim: int
    sigma: float = 1.0
    norm: float = 2.0
    sharp: ClassVar[bool] = True
    assumption: ClassVar[str] = "coordinates are independent and normal, of one standard deviation"
    sources: ClassVar[tuple[str, ...]] = ("Bor1975", "ST1978")

    def __post_init__(self) -> None:
        object.__setattr__(self, "dim", int(check_single("dim", check_dim(self.dim, minimum=1))))
        object.__setattr__(self, "sigma", check_single("sigma", check_radius(self.sigma, name="sigma")))
        object.__setattr__(self, "norm", check_single("norm", check_range("norm", self.norm, 1.0, np.inf)))

    @property
    def scale(self) -> float:
        """sigma max(1, dim^(1/p - 1/2)): the standard deviation of the signed distance to the farthest half-space."""
        return float(self.sigma * max(1.0, self.dim ** (1.0 / self.norm - 0.5)))

    @property
    def concentration(self) -> float:
        """scale^2: a distance in l_p is Lipschitz in l_2 with scale / sigma, and the Gaussian one with sigma."""
        return self.scale * self.scale

    @property
    def largest_distance(self) -> float:
        """No bound: +inf."""
        return float("inf")

    @property
    def metric(self) -> str:
        """ "euclidean", or l_p."""
        return "euclidean" if self.norm == 2.0 else f"l_{self.norm:g}"

    def neighbourhood(self, error_rate: ArrayLike | LogProbability, distance: ArrayLike) -> LogProbability:
        """Phi(t/s - z), the measure of the half-space moved by t; see :meth:`.Space.neighbourhood`."""
        p = LogProbability.of(error_rate)
        t, z = broadcast(distance=check_range("distance", distance, 0.0, np.inf), error_rate=normal_score(p))
        with np.errstate(over="ignore", invalid="ignore"):  # inf - inf, where one of the two rules decides
            moved = np.where(np.isposinf(z), -np.inf, np.where(np.isposinf(t), np.inf, t / self.scale) - z)
        beyond = _upper_tail(-moved)
        same = (t == 0.0) | np.isneginf(p.log)  # the score is rounded, the rate is not
        return LogProbability(
            scalar_if_0d(np.where(same, p.log, beyond.log)),
            scalar_if_0d(np.where(same, p.log_complement, beyond.log_complement)),
        )

    def log_mean_distance_bound(self, error_rate: ArrayLike | LogProbability) -> FloatArray:
        """log s + log(z Phi(z) + phi(z)); +inf at error rate 0, -inf at error rate 1."""
        z = normal_score(LogProbability.of(error_rate))
        return scalar_if_0d(np.log(self.scale) + log_mean_excess(z))

    def quantile_distance_bound(
        self, quantile: ArrayLike | LogProbability, error_rate: ArrayLike | LogProbability
    ) -> FloatArray:
        """s (z + Phi^-1(quantile))+; see :meth:`.Space.quantile_distance_bound`."""
        level, p = LogProbability.of(quantile, name="quantile"), LogProbability.of(error_rate)
        upper, z = broadcast(quantile=-normal_score(level), error_rate=normal_score(p))
        inside = (np.asarray(level.log) <= p.log) & (np.asarray(level.log_complement) >= p.log_complement)
        with np.errstate(invalid="ignore"):  # inf - inf, where one of the two rules below decides
            gap = self.scale * np.maximum(z + upper, 0.0)
        return scalar_if_0d(np.where(np.isposinf(z), np.inf, np.where(inside, 0.0, gap)))

    def max_error_rate(self, mean_distance: ArrayLike) -> LogProbability:
        """1 - Phi(z) with s (z Phi(z) + phi(z)) = mean_distance; see :meth:`.Space.max_error_rate`.

        Raises
        ------
        InvalidArgumentError
            A negative distance, or one beyond 1e150 scales, whose error rate has no logarithm among the doubles.
        AccuracyError
            The iteration did not converge (never seen).
        """
        mean = check_range("mean_distance", mean_distance, 0.0, np.inf)
        with np.errstate(divide="ignore"):
            log_ratio = np.log(mean) - np.log(self.scale)  # the ratio itself may underflow
        if np.any(log_ratio > np.log(LARGEST_SCORE)):
            allowed = f"at most {LARGEST_SCORE:g} times {self.scale:g}, the scale of the noise"
            raise InvalidArgumentError("mean_distance", mean_distance, allowed)
        z = np.where(mean == 0.0, -np.inf, _score_at_log_mean_excess(np.where(mean == 0.0, 0.0, log_ratio)))
        return _upper_tail(z)


def _upper_tail(z: FloatArray) -> LogProbability:
    """P(x > z)."""
    return LogProbability(scalar_if_0d(special.log_ndtr(-z) + 0.0), scalar_if_0d(special.log_ndtr(z) + 0.0))


def _score_at_log_mean_excess(target: FloatArray) -> FloatArray:
    """The z with log(z Phi(z) + phi(z)) = target.

    The left side rises and is concave (the logarithm of a twice integrated log-concave density), so that Newton's steps
    come to the root from the left, wherever they start, after at most one step beyond it.
    """
    # For z >> 0 the mean excess is z; for z << 0 it is about exp(-z^2 / 2).
    z = np.where(target > 0.0, np.exp(np.maximum(target, 0.0)), -np.sqrt(2.0 * np.maximum(-target, 0.0)))
    for _ in range(_MAX_STEPS):
        value = log_mean_excess(z)
        step = (target - value) * np.exp(value - special.log_ndtr(z))  # the derivative is Phi / (z Phi + phi)
        z = z + step
        if np.all(np.abs(step) <= _SETTLED * np.maximum(np.abs(z), 1.0)):
            return np.asarray(z)
    raise AccuracyError("the error rate at a mean distance was not found", z)
