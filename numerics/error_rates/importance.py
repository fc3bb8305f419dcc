r"""Error rates of quadratic classifiers by importance sampling: a second method that shares nothing with splitting.

Notation: Q(u) = sum c_i u_i^2, K(s) = -1/2 sum log(1 - 2 s c_i), D_i = 1 - 2 s c_i > 0. The coordinates are drawn as
u_i ~ N(0, 1/D_i), the exponentially tilted law [Sie1976], with s at the minimum of K, where Q has mean 0. As the sign
of Q depends on the direction of u alone, the length is integrated out: directions follow the angular central Gaussian
law [Tyl1987], and an error weighs

    exp(K(s)) (sum D_i u_i^2 / sum u_i^2)^(d/2) = exp(K(s)) (1 - 2 s Q(u) / |u|^2)^(d/2).

On {Q >= 0} the power lies in [0, 1]. So the error rate is exp(K(s)), Chernoff's bound, times the mean of values in
[0, 1], and the empirical Bernstein inequality [MP2009] gives a rigorous interval, down to any depth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...theory.basics.arguments import check_key
from ...theory.basics.errors import AccuracyError, InvalidArgumentError
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.validation import FloatArray, Sphere, check_coefficients
from ...theory.quadratic.classifier import QuadraticClassifier, check_single_classifier
from ...theory.quadratic.contour import Abscissa, saddle_log_odds, scale
from ...theory.quadratic.errors import QuadraticErrors
from ..sampling.blocks import check_workers, map_blocks
from ..sampling.points import block_generator, check_seed
from ..sampling.streams import ERROR_KEY, IMPORTANCE_KEY, SPHERE_KEY
from ..statistics.intervals import check_confidence, check_samples
from ..statistics.log_intervals import LogInterval, bernstein_log_interval, delta_log_interval

_BLOCK = 4096


@dataclass(frozen=True)
class ImportanceEstimate:
    """A probability by importance sampling.

    Parameters
    ----------
    probability
        Unbiased estimate, both sides in log space.
    interval
        Empirical Bernstein: rigorous.
    normal_interval
        Narrower, by the central limit theorem: not rigorous.
    samples
        Number of independent directions; 0 where the answer needs none (all coefficients of one sign).
    hits
        How many of them had Q > 0.
    """

    probability: LogProbability
    interval: LogInterval
    normal_interval: LogInterval
    samples: int
    hits: int


def importance_probability(
    coefficients: ArrayLike, *, samples: int, seed: int, key: int = 0, confidence: float = 0.99, workers: int = 1
) -> ImportanceEstimate:
    """P(Q > 0) for Q = sum c_i u_i^2, u uniform on the sphere, by exponentially tilted sampling.

    Source: [Sie1976], [Tyl1987], [MP2009]; see the top of the module.

    Parameters
    ----------
    coefficients
        c, shape (d,), finite, d >= 2.
    samples
        Number of directions, >= 2; memory does not grow with it.
    seed, key
        Same seed and key, same numbers, whatever the number of workers.
    confidence
        Of both intervals, in (0, 1).
    workers
        Threads.

    Returns
    -------
    ImportanceEstimate
        **Guarantee**: unbiased; ``interval`` holds P with at least the stated confidence for every number of samples.
        Where no coefficient is positive the probability is exactly 0, where none is negative (and one positive) 1.

    Raises
    ------
    InvalidArgumentError
        Bad coefficients, samples or confidence.
    AccuracyError
        Not one direction had Q > 0: more samples are needed.

    Notes
    -----
    The relative standard deviation of one weight is about 3 at 1e-7, 5 at 1e-100 and 8 at 1e-400 where the error set is
    spread over many coordinates, and up to twice that where a single coefficient is positive.
    Where the mean of Q is not negative, nothing is tilted and the points are counted.

    Examples
    --------
    >>> c = [0.05] * 100 + [-0.2] * 400
    >>> found = importance_probability(c, samples=20_000, seed=1)
    >>> round(float(found.probability.log10), 1), found.interval.rigorous
    (-92.1, True)
    """
    c = check_coefficients("coefficients", coefficients, minimum=2)
    if c.ndim != 1:
        raise InvalidArgumentError("coefficients", c.shape, "of shape (d,)")
    n, level = check_samples(samples, minimum=2), check_confidence(confidence)
    check_key(key)
    check_seed(seed)
    check_workers(workers)
    if not np.any(c > 0.0) or not np.any(c < 0.0):
        return _certain(bool(np.any(c > 0.0)), level)
    factors = _tilt(c)
    log_scale = -0.5 * float(np.log(factors).sum())

    def block(index: int, size: int) -> tuple[float, float, int]:
        return _weights(c, factors, size, block_generator(seed, IMPORTANCE_KEY, key, index))

    total, squares, hits = (sum(part) for part in zip(*map_blocks(block, n, _BLOCK, workers=workers), strict=True))
    if hits == 0:
        raise AccuracyError(f"none of {n} tilted directions had Q > 0: use more samples", log_scale)
    mean = total / n
    variance = max(0.0, squares - n * mean**2) / (n - 1)
    log = min(0.0, log_scale + float(np.log(mean)))
    return ImportanceEstimate(
        LogProbability.from_log(log),
        bernstein_log_interval(log_scale, mean, variance, n, level),
        delta_log_interval(log_scale, mean, variance, n, level),
        n,
        int(hits),
    )


def importance_error_rate(
    classifier: QuadraticClassifier,
    sphere: Sphere,
    outer_radius: float,
    *,
    samples: int,
    seed: int,
    confidence: float = 0.99,
    workers: int = 1,
) -> ImportanceEstimate:
    """Error rate of one quadratic classifier on one sphere by importance sampling.

    Parameters, result and errors as in :func:`importance_probability`; ties have measure 0 but where all logits of the
    outer sphere are 0, which is an error rate of exactly 1.

    Examples
    --------
    >>> classifier = QuadraticClassifier.from_alphas([1.05] * 100 + [0.8] * 400)
    >>> found = importance_error_rate(classifier, "inner", 1.3, samples=20_000, seed=0)
    >>> round(float(found.probability.log10), 1)
    -92.1
    """
    check_single_classifier(classifier)
    check_seed(seed)
    check_workers(workers)
    errors = classifier.errors_on(sphere, outer_radius)
    if errors.is_everything:
        return _certain(True, check_confidence(confidence))
    return importance_probability(
        errors.coefficients, samples=samples, seed=seed, key=SPHERE_KEY[sphere], confidence=confidence, workers=workers
    )


def uniform_errors(errors: QuadraticErrors, *, draws: int, seed: int, key: int = 0) -> FloatArray:
    """Directions drawn uniformly among the errors of one quadratic classifier, however rare these are.

    Of the tilted directions those with Q > 0 are kept with a chance of their weight, which lies in [0, 1] (rejection):
    what is left is distributed as the uniform law on {Q > 0}, exactly.

    Parameters
    ----------
    errors
        Those of one classifier on one sphere.
    draws
        Number of tilted directions; one of 10 to 100 is kept where errors are rare.
    seed, key
        Same seed and key, same directions.

    Returns
    -------
    ndarray
        Unit vectors in the eigenbasis of the classifier, shape (n, dim), 0 <= n <= draws; none where the error rate
        is 0.

    Examples
    --------
    >>> found = uniform_errors(QuadraticErrors([0.05] * 100 + [-0.2] * 400, False), draws=2000, seed=0)
    >>> bool(len(found) > 10 and np.all(np.sum(found[:, :100] ** 2, axis=1) > 0.8))
    True
    """
    c, n = errors.single.coefficients, check_samples(draws)
    if errors.is_null:
        return np.empty((0, len(c)))
    factors = np.ones_like(c) if errors.is_everything else _tilt(c)

    def block(index: int, size: int) -> FloatArray:
        rng = block_generator(seed, ERROR_KEY, key, index)
        z, log_chance = rng.standard_normal((size, len(c))), np.log(rng.random(size))
        u = z / np.sqrt(factors)
        squares = u * u
        value, length = squares @ c, squares.sum(axis=1)
        hit = (value > 0.0) | errors.is_everything
        kept = hit & (log_chance < 0.5 * len(c) * np.log(np.sum(z * z, axis=1) / length))
        return np.asarray(u[kept] / np.sqrt(length[kept, None]))

    return np.concatenate(list(map_blocks(block, n, _BLOCK)))


def _certain(is_error: bool, confidence: float) -> ImportanceEstimate:
    probability = LogProbability.of(1.0 if is_error else 0.0)
    log = float(probability.log)
    exact = LogInterval(log, log, confidence, "exact", True)
    return ImportanceEstimate(probability, exact, exact, 0, 0)


def _tilt(c: FloatArray) -> FloatArray:
    """D_i at the minimum of K; all 1 where the mean of Q is not negative."""
    scaled = np.ldexp(c, -np.frexp(np.abs(c).max())[1])
    if scaled.sum() >= 0.0:
        return np.ones_like(c)
    v = Abscissa.from_log_odds(saddle_log_odds(scale(c[None, :]), pole=0.0, tolerance=1e-8)).v[0]
    # 1 - v is at least about 1/(d + 3): the subtraction is harmless.
    with np.errstate(over="ignore"):
        factors: FloatArray = 1.0 - v * (c / c.max())
    if not np.all(np.isfinite(factors)):
        raise AccuracyError("the coefficients differ by more than 1e308 in size", -np.inf)
    return factors


def _weights(c: FloatArray, factors: FloatArray, size: int, rng: np.random.Generator) -> tuple[float, float, int]:
    """Sum, sum of squares and number of the powers in [0, 1] of some directions with Q > 0."""
    z = rng.standard_normal((size, len(c)))
    np.square(z, out=z)
    normal = z.sum(axis=1)  # sum D_i u_i^2, whatever the rounding of D
    tilted = z @ (1.0 / factors)  # |u|^2
    hit = z @ (c / factors) > 0.0
    powers = np.exp(np.minimum(0.0, 0.5 * len(c) * np.log(normal[hit] / tilted[hit])))
    return float(powers.sum()), float(np.square(powers).sum()), int(np.count_nonzero(hit))
