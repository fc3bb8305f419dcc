"""Distances of any model: exact where its errors are known, by an attack elsewhere, on two spheres or in any problem.

The error rate of an attacked model is counted; what counting and attack say of the mean distance:
:mod:`.distances.measurement`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from ...theory.basics.arguments import check_instance, check_progress, single_dim
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.sphere import sphere_radius
from ...theory.basics.validation import FloatArray, Metric, Sphere, check_metric, check_outer_radius, check_range
from ...theory.spaces.sphere import Sphere as RoundSpace
from ..attacks.attack import NearErrors, attack_problem_block, attack_units, block_rows, check_attackable, joined
from ..attacks.settings import DEFAULT_SETTINGS, AttackSettings
from ..error_rates.counting import count_errors
from ..models.adapters import as_model
from ..models.checked import AnyModel, exact_classifier
from ..models.problem import Problem, check_scale
from ..sampling.blocks import map_blocks
from ..sampling.points import block_generator, check_seed, sample_unit_vectors
from ..sampling.streams import ATTACK_DISTANCE_KEY, PROBLEM_KEY, SPHERE_KEY
from ..statistics.intervals import check_samples, share_of_budget
from .exact import epsilon_angle, measure_distances
from .known import KnownErrors, known_errors
from .measurement import Measurement

COUNTED_FOR_EACH_ATTACKED = 20
_Found: TypeAlias = tuple[NearErrors, float]  # errors near a block of points, and the widest certificate


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
) -> Measurement:
    """Distances from random points to the nearest error of any model.

    Parameters
    ----------
    model
        A quadratic network or classifier (measured by the exact solver), a linear model that says so (its errors are a
        cap, see :mod:`~.distances.known`), or anything with ``logits`` or ``labels`` (attacked); called from several
        threads where ``workers`` > 1.
    dim
        Ambient dimension, >= 2; for a quadratic model it must be that of the model.
    samples
        Number of points, at least 2.
    seed
        Same seed, same numbers, whatever the number of workers.
    confidence
        Of all that is said together of an attacked model: half of the error budget each for the error rate and for
        the distances; of an exact measurement see :func:`~.distances.exact.measure_distances`.
    settings
        How hard the attack tries.
    counted_samples
        Points on which errors are counted for the error rate of an attacked model; default 20 times ``samples``.
    progress
        Called with the points attacked so far and their number.

    Returns
    -------
    Measurement
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
    d, n, radius = single_dim(dim), check_samples(samples, minimum=2), sphere_radius(sphere, outer_radius)
    check_outer_radius(outer_radius)
    check_metric(metric)
    check_instance("settings", settings, AttackSettings, "AttackSettings")
    check_progress(progress)
    if counted_samples is not None:
        check_samples(counted_samples, name="counted_samples")
    epsilon_angle(epsilon, radius=radius, metric=metric)
    exact = exact_classifier(model)
    if exact is not None and exact.dim != d:
        raise InvalidArgumentError("dim", dim, f"that of the quadratic model, {exact.dim}")
    drawn: dict[str, Any] = {"seed": seed, "confidence": confidence, "epsilon": epsilon, "workers": workers}
    if exact is not None:
        return measure_distances(exact, sphere, outer_radius=outer_radius, metric=metric, samples=n, **drawn)
    problem = Problem(as_model(model), RoundSpace(d, radius, metric), sphere)
    known = known_errors(problem)

    def find_one(block: int, size: int) -> _Found:
        rng = block_generator(seed, ATTACK_DISTANCE_KEY, SPHERE_KEY[sphere], block)
        units = np.asarray(sample_unit_vectors(size, d, rng), dtype=np.float64)
        return (attack_units(problem, units, settings, rng), 0.0) if known is None else _exactly(known, radius * units)

    return _measured(problem, known, find_one, n, counted_samples, progress, **drawn)


def measure_problem(
    problem: Problem,
    *,
    samples: int,
    seed: int,
    confidence: float = 0.99,
    epsilon: float | None = None,
    counted_samples: int | None = None,
    settings: AttackSettings = DEFAULT_SETTINGS,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Measurement:
    """Count the errors of a problem, and attack random points of it; exact distances where its errors are known.

    A quadratic classifier on one of its two spheres (radius 1, inner; more than 1, outer) is measured by the exact
    solver, as by :func:`~.distances.exact.measure_distances`.

    Parameters
    ----------
    problem
        From :func:`~.models.around.around` or :func:`~.models.problem.two_spheres`, say; its model is called from
        several threads where ``workers`` > 1.
    samples
        Points that are attacked.
    seed
        Same seed, same numbers, whatever the number of workers.
    confidence
        Of all limits together: half of the error budget each for the error rate and for the distances.
    epsilon
        If given, also the share of points within this distance of an error.
    counted_samples
        Points on which errors are counted; default 20 times ``samples``.
    settings
        How hard the attack tries.
    progress
        Called with the points attacked so far and their number.

    Returns
    -------
    Measurement
        **Guarantee**: distances are upper bounds, each at an error that the model was asked about, or exact
        (``found.guarantee``, see :mod:`~.distances.known`); the limits hold with the stated confidence.

    Raises
    ------
    ModelError
        The model's answers are no answers, or depend on chance or on the other points of a batch.

    Examples
    --------
    >>> from adversarial_spheres import around
    >>> problem = around(lambda points: points, [3.0, 0.0], label=0, radius=4.0)
    >>> measured = measure_problem(problem, samples=50, seed=0)
    >>> measured.found.failed, measured.mean < measured.bound
    (0, True)
    """
    check_instance("problem", problem, Problem, "a Problem")
    check_scale(problem.space)
    check_attackable(problem, "problem")
    check_instance("settings", settings, AttackSettings, "AttackSettings")
    check_progress(progress)
    check_seed(seed)
    n = check_samples(samples)
    if epsilon is not None:
        check_range("epsilon", epsilon, 0.0, np.inf)

    drawn: dict[str, Any] = {"seed": seed, "confidence": confidence, "epsilon": epsilon, "workers": workers}
    exact = _exact_on_its_sphere(problem)
    if exact is not None:
        return measure_distances(**exact, samples=n, progress=progress, **drawn)
    known = known_errors(problem)

    def find_one(block: int, size: int) -> _Found:
        rng = block_generator(seed, PROBLEM_KEY, block)
        points = problem.sample(size, rng)
        return (attack_problem_block(problem, points, settings, rng), 0.0) if known is None else _exactly(known, points)

    return _measured(problem, known, find_one, n, counted_samples, progress, **drawn)


def _exact_on_its_sphere(problem: Problem) -> dict[str, Any] | None:
    """What the exact solver is asked: a quadratic classifier on the inner sphere, or on an outer one."""
    space, sphere = problem.space, problem.sphere
    if not isinstance(space, RoundSpace) or (space.radius != 1.0 if sphere == "inner" else space.radius <= 1.0):
        return None
    classifier = exact_classifier(problem.model)
    if classifier is None or classifier.shape or classifier.dim != space.dim:
        return None
    outer = {"outer_radius": space.radius} if sphere == "outer" else {}
    return {"classifier": classifier, "sphere": sphere, "metric": space.metric, **outer}


def _exactly(known: KnownErrors, points: FloatArray) -> _Found:
    """The nearest errors, and the widest certificate."""
    low, high = known.distances(points)
    some, none = np.isfinite(high), np.zeros(len(points), dtype=np.int64)
    gap = float((high[some] - low[some]).max(initial=0.0))
    return NearErrors(known.space, high, known.nearest(points), some, none, "exact"), gap


def _measured(
    problem: Problem,
    known: KnownErrors | None,
    find_one: Callable[[int, int], _Found],
    samples: int,
    counted_samples: int | None,
    progress: Callable[[int, int], None] | None,
    *,
    seed: int,
    confidence: float,
    epsilon: float | None,
    workers: int,
) -> Measurement:
    """Count the errors of a problem, and find those near blocks of its points: each half of the error budget."""
    half = share_of_budget(confidence, 2)
    counting = COUNTED_FOR_EACH_ATTACKED * samples if counted_samples is None else counted_samples
    counted = count_errors(problem, samples=counting, seed=seed, confidence=half, workers=workers)
    parts, gaps, done = list[NearErrors](), list[float](), 0
    for part, gap in map_blocks(find_one, samples, block_rows(problem.dim), workers=workers):
        parts.append(part)
        gaps.append(gap)
        done += len(part.succeeded)
        if progress is not None:
            progress(done, samples)
    widest = None if known is None else max(gaps)
    return Measurement(problem, counted, None, joined(parts), confidence, epsilon=epsilon, known=known, gap_max=widest)
