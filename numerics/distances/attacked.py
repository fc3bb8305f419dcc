"""Distances to the nearest error for any model: exact where the model is quadratic, by an attack elsewhere.

An attack only ever bounds a distance from above, and so it can verify that a mean distance is small, never that it is
large: the interval for the true mean is one-sided. With m the mean of the attack's distances over n points (failed
attacks at the largest possible distance), the empirical-Bernstein upper limit of m bounds the true mean from above
[MP2009]. Isoperimetry bounds it, too: by its value at the lower limit of the error rate [CP1934]. Where the attack's
mean lies above that, the attack is too weak: closer errors exist.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.arguments import check_instance, check_progress, single_dim
from ...theory.basics.by_value import ByValue
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.metrics import angle_from_distance, distance_from_angle
from ...theory.basics.sphere import sphere_radius
from ...theory.basics.validation import FloatArray, Metric, Sphere, check_metric
from ...theory.spaces.isoperimetry import max_robust_accuracy, mean_distance_bound
from ..attacks.attack import attack_block, block_rows
from ..attacks.settings import DEFAULT_SETTINGS, AttackSettings, Method
from ..error_rates.counting import MonteCarloErrorRate, monte_carlo_error_rate
from ..models.adapters import as_model
from ..models.checked import AnyModel, CheckedModel, exact_classifier
from ..sampling.blocks import block_sizes, map_blocks
from ..sampling.points import block_generator, sample_unit_vectors
from ..sampling.streams import ATTACK_DISTANCE_KEY, SPHERE_KEY
from ..statistics.intervals import (
    Interval,
    check_samples,
    clopper_pearson_interval,
    empirical_bernstein_half_width,
    share_of_budget,
)
from .exact import epsilon_angle
from .measurement import QUANTILES, DistanceMeasurement, ObservedDistance, WithinEpsilon, measure_distances

COUNTED_FOR_EACH_ATTACKED = 20


@dataclass(frozen=True, eq=False)
class AttackMeasurement(ByValue):
    """Upper bounds on distances that an attack found on one sphere, and what isoperimetry says of their mean.

    Parameters
    ----------
    sphere, radius, metric, dim, samples
        Where and how often it was measured.
    counted
        The error rate by sampling.
    bound
        Upper bound on the true mean distance: isoperimetry at the lower limit of the error rate; None where that is 0.
    bound_at_high
        Isoperimetry at the upper limit of the error rate: at most the bound at the true error rate.
    observed
        Mean and quantiles of the attack's distances; its interval is one-sided, [0, high], for the TRUE mean: high is
        +inf where no error is known, neither by counting nor by the attack.
    attack_mean_low
        Lower limit for the mean of the attack's own distances.
    within_epsilon
        Share of the points that the attack moved at most epsilon; its interval, [low, 1], is for the true share.
    failed_attacks
        Points near which nothing was found; they count with the largest possible distance.
    queries
        Questions a point, on average.
    angles
        Upper bounds on the angles, shape (samples,).
    attack
        Name of the attack.
    """

    sphere: Sphere
    radius: float
    metric: Metric
    dim: int
    samples: int
    counted: MonteCarloErrorRate
    bound: float | None
    bound_at_high: float
    observed: ObservedDistance
    attack_mean_low: float
    within_epsilon: WithinEpsilon | None
    failed_attacks: int
    queries: float
    angles: FloatArray
    attack: Method


def measure_model_distances(
    model: AnyModel,
    dim: int,
    sphere: Sphere,
    *,
    outer_radius: float = 1.3,
    metric: Metric = "euclidean",
    samples: int,
    seed: int,
    confidence: float = 0.99,
    epsilon: float | None = None,
    workers: int = 1,
    settings: AttackSettings = DEFAULT_SETTINGS,
    counted_samples: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> DistanceMeasurement | AttackMeasurement:
    """Distances from random points to the nearest error of any model.

    Parameters
    ----------
    model
        A quadratic network or classifier (measured by the exact solver), or anything with ``logits`` or ``labels``
        (attacked); called from several threads where ``workers`` > 1.
    dim
        Ambient dimension, >= 2; for a quadratic model it must be that of the model.
    samples
        Number of points, at least 2.
    seed
        Same seed, same numbers, whatever the number of workers.
    confidence
        Of all that is said together of an attacked model: half of the error budget each for the error rate and for
        the distances; of an exact measurement see :func:`~.distances.measurement.measure_distances`.
    settings
        How hard the attack tries.
    counted_samples
        Points on which errors are counted for the error rate of an attacked model; default 20 times ``samples``.
    progress
        Called with the points attacked so far and their number.

    Returns
    -------
    DistanceMeasurement or AttackMeasurement
        **Guarantee**: exact distances, or upper bounds with a one-sided interval.

    Raises
    ------
    ModelError
        The model's answers are no answers; see :class:`~.models.checked.CheckedModel`.

    Examples
    --------
    >>> class HalfSpace:
    ...     def logits(self, x):
    ...         return x[:, 0] - 0.5
    >>> found = measure_model_distances(HalfSpace(), 5, "inner", samples=20, seed=0)
    >>> found.failed_attacks, bool(found.observed.mean <= found.observed.interval.high)
    (0, True)
    """
    d, n = single_dim(dim), check_samples(samples, minimum=2)
    sphere_radius(sphere, outer_radius)
    check_metric(metric)
    check_instance("settings", settings, AttackSettings, "AttackSettings")
    check_progress(progress)
    if counted_samples is not None:
        check_samples(counted_samples, name="counted_samples")
    epsilon_angle(epsilon, radius=sphere_radius(sphere, outer_radius), metric=metric)
    exact = exact_classifier(model)
    if exact is not None and exact.dim != d:
        raise InvalidArgumentError("dim", dim, f"that of the quadratic model, {exact.dim}")
    drawn: dict[str, Any] = {"outer_radius": outer_radius, "seed": seed, "workers": workers}
    if exact is not None:
        return measure_distances(
            exact, sphere, metric=metric, samples=n, confidence=confidence, epsilon=epsilon, **drawn
        )
    answering, half, radius = as_model(model), share_of_budget(confidence, 2), sphere_radius(sphere, outer_radius)
    counting = COUNTED_FOR_EACH_ATTACKED * n if counted_samples is None else counted_samples
    counted = monte_carlo_error_rate(answering, d, sphere, samples=counting, confidence=half, **drawn)
    reading = _Reading(sphere, radius, check_metric(metric), d, counted, half)
    found = _attack_samples(answering, d, sphere, radius, n, settings, seed, workers, progress)
    return reading.measurement(*found, settings.method_for(answering), epsilon)


def _attack_samples(
    model: CheckedModel,
    dim: int,
    sphere: Sphere,
    radius: float,
    samples: int,
    settings: AttackSettings,
    seed: int,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[FloatArray, int, float]:
    """Angles of the attack, number of failures, mean number of questions."""

    def attack_one(block: int, size: int) -> tuple[FloatArray, NDArray[np.bool_], NDArray[np.int64]]:
        rng = block_generator(seed, ATTACK_DISTANCE_KEY, SPHERE_KEY[sphere], block)
        units = np.asarray(sample_unit_vectors(size, dim, rng), dtype=np.float64)
        found = attack_block(model, units, sphere, radius, settings, rng)
        return found.angle_upper, found.succeeded, found.queries

    parts, done = [], 0
    sizes = block_sizes(samples, block_rows(dim))
    for part, size in zip(map_blocks(attack_one, samples, block_rows(dim), workers=workers), sizes, strict=True):
        parts.append(part)
        done += size
        if progress is not None:
            progress(done, samples)
    succeeded = np.concatenate([part[1] for part in parts])
    queries = float(np.mean(np.concatenate([part[2] for part in parts])))
    return np.concatenate([part[0] for part in parts]), int(np.count_nonzero(~succeeded)), queries


@dataclass(frozen=True)
class _Reading:
    """How the angles of an attack are read: metric, error rate, and confidence of each statement."""

    sphere: Sphere
    radius: float
    metric: Metric
    dim: int
    counted: MonteCarloErrorRate
    confidence: float

    def measurement(
        self, angles: FloatArray, failed: int, queries: float, method: Method, epsilon: float | None
    ) -> AttackMeasurement:
        distances = np.asarray(distance_from_angle(angles, radius=self.radius, metric=self.metric))
        mean, width = float(np.mean(distances)), self._half_width(distances)
        low_rate, some_errors = self.counted.interval.low, self.counted.errors > 0 or failed < len(angles)
        return AttackMeasurement(
            self.sphere,
            self.radius,
            self.metric,
            self.dim,
            len(angles),
            self.counted,
            self._bound(low_rate) if low_rate > 0.0 else None,
            self._bound(self.counted.interval.high),
            self._observed(angles, distances, min(mean + width, self._largest) if some_errors else np.inf),
            max(mean - width, 0.0),
            None if epsilon is None else self._within(angles, epsilon),
            failed,
            queries,
            angles,
            method,
        )

    @property
    def _largest(self) -> float:
        return float(distance_from_angle(np.pi, radius=self.radius, metric=self.metric))

    def _half_width(self, distances: FloatArray) -> float:
        variance = float(np.var(distances, ddof=1))
        return empirical_bernstein_half_width(variance, len(distances), self._largest, self.confidence)

    def _bound(self, error_rate: float) -> float:
        return float(mean_distance_bound(error_rate, self.dim, radius=self.radius, metric=self.metric))

    def _observed(self, angles: FloatArray, distances: FloatArray, high: float) -> ObservedDistance:
        wrong = angles == 0.0
        return ObservedDistance(
            float(np.mean(distances)),
            Interval(0.0, high, self.confidence, "empirical Bernstein, one-sided: distances of an attack"),
            {f"{q:g}": float(np.quantile(distances, q)) for q in QUANTILES},
            None if np.all(wrong) else float(np.mean(distances[~wrong])),
            int(np.count_nonzero(wrong)),
        )

    def _within(self, angles: FloatArray, epsilon: float) -> WithinEpsilon:
        limit = float(angle_from_distance(epsilon, radius=self.radius, metric=self.metric, name="epsilon"))
        inside = int(np.count_nonzero(found_angles(angles) <= limit))
        low = clopper_pearson_interval(inside, len(angles), self.confidence).low
        interval = Interval(low, 1.0, self.confidence, "Clopper-Pearson, one-sided: distances of an attack")
        return WithinEpsilon(epsilon, inside / len(angles), interval, self._least_share(epsilon))

    def _least_share(self, epsilon: float) -> float:
        """Least share of points within epsilon of an error, at the lower end of the interval of the error rate."""
        rate = self.counted.interval.low
        robust = max_robust_accuracy(rate, self.dim, epsilon, radius=self.radius, metric=self.metric)
        return float(robust.complement.probability)


def found_angles(angles: FloatArray) -> FloatArray:
    """Angles at which errors were found; +inf where the attack failed, which it reports as pi."""
    return np.where(angles < np.pi, angles, np.inf)
