"""Error rates by sampling: counts of misclassified points with an interval for the error rate.

Which logits are errors: :mod:`~.basics.sphere`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.arguments import check_instance, single_dim
from ...theory.basics.validation import Sphere, check_outer_radius, check_sphere
from ...theory.quadratic.errors import QuadraticErrors
from ...theory.spaces.sphere import Sphere as RoundSpace
from ..models.adapters import as_model
from ..models.checked import AnyModel
from ..models.problem import Problem
from ..models.sanity import RECHECKED, confirm, examine
from ..sampling.blocks import map_blocks
from ..sampling.points import block_generator
from ..sampling.streams import MONTE_CARLO_KEY, SPHERE_KEY
from ..statistics.intervals import Interval, check_samples, clopper_pearson_interval
from ..storage.results import Result

BLOCK_SIZE = 8192


@dataclass(frozen=True)
class MonteCarloErrorRate(Result):
    """Number of errors among independent points of one sphere, with the Clopper-Pearson interval."""

    errors: int
    samples: int
    interval: Interval

    def to_dict(self) -> dict[str, Any]:
        """Keys errors, samples, low, high, confidence."""
        interval = self.interval
        return {
            "errors": self.errors,
            "samples": self.samples,
            "low": interval.low,
            "high": interval.high,
            "confidence": interval.confidence,
        }

    def _shown(self) -> dict[str, Any]:
        return {"errors": self.errors, "samples": self.samples} | self.interval._shown()

    @property
    def estimate(self) -> float:
        """Share of the points that are errors."""
        return self.errors / self.samples


def monte_carlo_error_rate(
    model: AnyModel,
    dim: int,
    sphere: Sphere,
    *,
    outer_radius: float = 1.3,
    samples: int,
    seed: int,
    confidence: float = 0.99,
    workers: int = 1,
) -> MonteCarloErrorRate:
    """Error rate of a model on one sphere from independent uniform points.

    Parameters
    ----------
    model
        Has a method ``logits`` or ``labels``; called with float64 arrays of shape (n, dim), from several threads
        where ``workers`` > 1.
    dim
        Ambient dimension, >= 2.
    sphere
        "inner" (radius 1) or "outer" (radius ``outer_radius``).
    samples
        Number of points; memory does not grow with it.
    seed
        Same seed, same count, whatever the number of workers.
    confidence
        Coverage of the interval, in (0, 1).

    Returns
    -------
    MonteCarloErrorRate
        **Guarantee**: the interval holds the true error rate with at least the stated confidence.

    Raises
    ------
    ModelError
        The model's answers are no answers; see :class:`~.models.checked.CheckedModel`.

    Examples
    --------
    >>> class HalfSpace:
    ...     def logits(self, x):
    ...         return x[:, 0] - 0.5
    >>> found = monte_carlo_error_rate(HalfSpace(), 3, "inner", samples=10_000, seed=0)
    >>> 0.25 in found.interval, round(found.estimate, 1)
    (True, 0.2)
    """
    d, answering = single_dim(dim), as_model(model)
    outer = check_outer_radius(outer_radius)
    space = RoundSpace(d, 1.0 if check_sphere(sphere) == "inner" else outer)
    return count_errors(
        Problem(answering, space, sphere), samples=samples, seed=seed, confidence=confidence, workers=workers
    )


def count_errors(
    problem: Problem, *, samples: int, seed: int, confidence: float = 0.99, workers: int = 1
) -> MonteCarloErrorRate:
    """Error rate of a problem from independent random points of its space.

    Parameters
    ----------
    problem
        A model on any space whose points can be drawn, and what an error is.
    samples, seed, confidence, workers
        As for :func:`monte_carlo_error_rate`.

    Returns
    -------
    MonteCarloErrorRate
        **Guarantee**: the interval holds the true error rate with at least the stated confidence.

    Examples
    --------
    >>> from adversarial_spheres import around
    >>> problem = around(lambda points: points, [1.0, 0.0], label=0, noise=1.0)  # an error is x < y
    >>> found = count_errors(problem, samples=10_000, seed=0)
    >>> 0.23975 in found.interval  # the tail of the normal law beyond 1 / sqrt(2)
    True
    """
    check_instance("problem", problem, Problem, "a Problem")
    examine(problem.model, problem.dim, problem.sphere, problem.typical_norm, problem.probes)

    first: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []

    def count(block: int, size: int) -> int:
        rng = block_generator(seed, MONTE_CARLO_KEY, SPHERE_KEY[problem.sphere], block)
        points = problem.sample(size, rng)
        scores = problem.model.scores(points)
        if block == 0:
            first.append((points[:RECHECKED].copy(), scores))
        return int(np.count_nonzero(problem.errors_of(scores)))

    n = check_samples(samples)
    errors = sum(map_blocks(count, n, BLOCK_SIZE, workers=workers))
    confirm(problem.model, *first[0])
    return MonteCarloErrorRate(errors, n, clopper_pearson_interval(errors, n, confidence))


def monte_carlo_error_rates_of_forms(
    errors: QuadraticErrors,
    *,
    samples: int,
    seed: int,
    key: int,
    confidence: float = 0.99,
    workers: int = 1,
) -> list[MonteCarloErrorRate]:
    """Error rates of many quadratic classifiers at once, from one common sample.

    Parameters
    ----------
    errors
        Those of k classifiers (a training history, say): coefficients of shape (k, d).
    key
        Tells this sample from others of the same seed.

    Returns
    -------
    list of MonteCarloErrorRate
        One for each row. Each interval holds with the stated confidence; as the sample is common, the k intervals
        are not independent of each other.
    """
    forms, n = errors.coefficients, check_samples(samples)
    # The sign of the form does not depend on the length of the vector, so nothing is normalised.
    is_error = np.greater_equal if errors.ties_are_errors else np.greater

    def count(block: int, size: int) -> NDArray[np.int64]:
        normal = block_generator(seed, MONTE_CARLO_KEY, key, block).standard_normal((size, forms.shape[1]))
        np.square(normal, out=normal)
        return np.count_nonzero(is_error(normal @ forms.T, 0.0), axis=0)

    totals = np.zeros(len(forms), dtype=np.int64)
    for counts in map_blocks(count, n, BLOCK_SIZE, workers=workers):
        totals += counts
    return [MonteCarloErrorRate(int(k), n, clopper_pearson_interval(int(k), n, confidence)) for k in totals]
