"""The law of the distance to the nearest error, observed on any number of uniform points in constant memory.

Points are drawn in blocks; block i uses the generator of (seed, key, i), so what is found depends neither on the
number of workers nor on their order. Each block is drawn, squared and projected while it is in cache
(``theory.nearest.many``), reduced to sums and a histogram, and forgotten; the reductions are merged in the order of
the blocks. Uniform points look the same in every orthonormal basis, so they are drawn in the eigenbasis of the form.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...theory.basics.arguments import check_instance, check_key, check_progress
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.metrics import angle_from_distance
from ...theory.basics.sphere import sphere_radius
from ...theory.basics.validation import (
    FloatArray,
    Metric,
    Sphere,
    as_array,
    check_finite,
    check_flag,
    check_metric,
    check_number,
)
from ...theory.nearest.many import BulkPlan, BulkResult, bulk_nearest, bulk_plan
from ...theory.quadratic.classifier import QuadraticClassifier, check_single_classifier
from ...theory.quadratic.errors import QuadraticErrors
from ...theory.spaces.sphere import Sphere as RoundSpace
from ..models.adapters import as_model
from ..models.problem import Problem
from ..sampling.blocks import check_workers, map_blocks
from ..sampling.points import block_generator, check_seed
from ..sampling.streams import DISTANCE_KEY, SPHERE_KEY
from ..statistics.intervals import check_confidence, check_samples
from .control import ControlVariate
from .measurement import Measurement
from .predicted import predicted_mean
from .statistics import DistanceStatistics, nothing_observed, reduced

_BLOCK_ENTRIES = 2**22
_CACHED_ENTRIES = 2**18
_LEAST_ROWS = 16  # fewer rows would read the matrix of the product too often
_MAX_ROWS = 2**14
_GIVEN_BLOCKS = 8


def observe_nearest_distances(
    errors: QuadraticErrors,
    *,
    samples: int,
    seed: int,
    key: int | tuple[int, ...] = 0,
    epsilon: float | None = None,
    metric: Metric = "geodesic",
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
    control: bool = False,
) -> DistanceStatistics:
    """Draw uniform points on the unit sphere and observe their certified distances to the nearest error.

    Parameters
    ----------
    errors
        Those of one classifier: ``classifier.errors_on(sphere, outer_radius)``.
    samples
        Number of points, >= 1.
    seed, key
        The points are those of the generators ``(seed, 102, *key, block)``.
    epsilon
        Count the points within this distance of an error; on the unit sphere, in the unit of ``metric``.
    metric
        "geodesic" or "euclidean"; concerns only ``epsilon``: both kinds of means are always observed.
    workers
        Number of threads, >= 1; the result does not depend on it. Each uses one thread of BLAS.
    progress
        Called with (points done, points in all) after each block.
    control
        Observe a control variate, too (:mod:`~.distances.control`), which makes intervals of the mean narrower.

    Returns
    -------
    DistanceStatistics
        Guarantee: exact distances to a relative 1e-9 with a floor of 1e-12 radians, each certified.

    Raises
    ------
    InvalidArgumentError
        An argument is out of range.

    Examples
    --------
    >>> found = observe_nearest_distances(QuadraticErrors([1.0, -1.0], False), samples=1000, seed=1)
    >>> bool(abs(found.angle.mean - np.pi / 16) < 0.03)
    True
    """
    plan = _plan(errors)
    check_samples(samples)
    check_workers(workers)
    check_progress(progress)
    words = check_key(key)
    check_metric(metric)
    angle = epsilon_angle(epsilon, metric=metric)
    rows = block_rows(plan.errors.dim)
    total = nothing_observed(angle)
    variate = ControlVariate.of(plan) if check_flag("control", control) else None

    def observe(index: int, size: int) -> DistanceStatistics:
        return _observe_block(plan, size, (seed, DISTANCE_KEY, *words, index), angle, variate)

    for block in map_blocks(observe, samples, rows, workers=workers):
        total = total.merged(block)
        if progress is not None:
            progress(total.samples, samples)
    return total


def _plan(errors: QuadraticErrors) -> BulkPlan:
    check_instance("errors", errors, QuadraticErrors, "QuadraticErrors")
    return bulk_plan(errors)


def epsilon_angle(epsilon: float | None, *, radius: float = 1.0, metric: Metric) -> float | None:
    """The angle of a distance epsilon; None where there is none."""
    if epsilon is None:
        return None
    size = check_number("epsilon", epsilon)
    return float(angle_from_distance(size, radius=radius, metric=metric, name="epsilon"))


def measure_distances(
    classifier: QuadraticClassifier,
    sphere: Sphere,
    *,
    outer_radius: float = 1.3,
    metric: Metric = "euclidean",
    samples: int,
    seed: int,
    confidence: float = 0.99,
    epsilon: float | None = None,
    workers: int = 1,
    key: tuple[int, ...] = (),
    statistics: DistanceStatistics | None = None,
    progress: Callable[[int, int], None] | None = None,
    control: bool = False,
    predict: bool = True,
) -> Measurement:
    """Predicted and observed mean distance to the nearest error on one sphere, in constant memory.

    Parameters
    ----------
    classifier
        One classifier (no leading axes).
    metric
        "geodesic" or "euclidean"; the unit is that of the radii.
    samples, seed
        Number of points and what they are drawn from.
    epsilon
        If given, also the share of points within this distance (in the metric) of an error.
    key
        Tells this sample from others of the same seed and sphere.
    statistics
        What was observed before of the same error set (``Measurement.statistics``), to be read in another
        metric without drawing anew.
    progress
        Called with the points done and their number.
    control
        Observe a control variate, too, as for :func:`observe_nearest_distances`.
    predict
        Say what theory predicts; at d = 500 its proved interval takes seconds.

    Examples
    --------
    >>> classifier = QuadraticClassifier.from_alphas([0.9, 0.8, 1.1])
    >>> found = measure_distances(classifier, "inner", samples=1000, seed=0)
    >>> round(found.observed.mean, 3), found.observed.mean in found.observed.interval
    (0.355, True)
    """
    check_single_classifier(classifier)
    radius = sphere_radius(sphere, outer_radius)
    check_metric(metric)
    check_samples(samples, minimum=2)
    check_seed(seed)
    check_confidence(confidence)
    check_workers(workers)
    check_progress(progress)
    check_flag("control", control)
    check_flag("predict", predict)
    words = check_key(key)
    if statistics is not None:
        check_instance("statistics", statistics, DistanceStatistics, "DistanceStatistics or None")
    angle = epsilon_angle(epsilon, radius=radius, metric=metric)
    errors = classifier.errors_on(sphere, outer_radius)
    space = RoundSpace(classifier.dim, radius, metric)
    problem = Problem(as_model(classifier), space, sphere)
    if errors.is_null:
        nothing = nothing_observed(angle, samples=samples, no_errors=True)
        return Measurement(problem, errors.rate, nothing, None, confidence)
    if statistics is None:
        statistics = observe_nearest_distances(
            errors,
            samples=samples,
            seed=seed,
            key=(SPHERE_KEY[sphere], *words),
            epsilon=angle,
            workers=workers,
            progress=progress,
            control=control,
        )
    elif statistics.epsilon != angle:
        raise InvalidArgumentError("epsilon", epsilon, "the one of the statistics that are read again")
    predicted = predicted_mean(errors, space) if predict else None
    return Measurement(problem, errors.rate, statistics, None, confidence, predicted, epsilon)


def nearest_distances_of(
    points: ArrayLike,
    errors: QuadraticErrors,
    *,
    basis: ArrayLike | None = None,
    workers: int = 2,
) -> BulkResult:
    """Certified angles for given points, by the fast path.

    Parameters
    ----------
    points
        Nonzero points of any length, shape (n, dim), finite.
    errors
        As for :func:`observe_nearest_distances`.
    basis
        Orthonormal eigenvectors in the columns, shape (dim, dim); None if the points are in the eigenbasis already.
    workers
        Number of threads, >= 1; the result does not depend on it.

    Returns
    -------
    BulkResult
        Angles in the order of the points. Guarantee: exact, each certified to a relative 1e-9 with a floor of 1e-12
        radians.

    Raises
    ------
    InvalidArgumentError
        A point is zero or not finite, or shapes do not agree.

    Examples
    --------
    >>> found = nearest_distances_of([[0.0, 2.0]], QuadraticErrors([1.0, -1.0], False))
    >>> bool(abs(found.angle_upper[0] - np.pi / 4) < 1e-12)
    True
    """
    plan = _plan(errors)
    dim = plan.errors.dim
    x = as_array("points", points)
    if x.ndim != 2 or x.shape[1] != dim or x.dtype.kind not in "buif":
        raise InvalidArgumentError("points", f"{x.dtype} {x.shape}", f"real numbers of shape (n, {dim})")
    v = None if basis is None else check_finite("basis", basis)
    if v is not None and v.shape != (dim, dim):
        raise InvalidArgumentError("basis", v.shape, f"of shape ({dim}, {dim})")
    check_workers(workers)
    # points that exist may come in larger blocks than those that are drawn: there are some for each worker still
    rows = max(block_rows(dim), min(len(x) // _GIVEN_BLOCKS, _BLOCK_ENTRIES // dim))

    def solve(index: int, size: int) -> BulkResult:
        start = index * rows
        return _solve_points(plan, x[start : start + size], v)

    parts = [*map_blocks(solve, len(x), rows, workers=workers)] or [solve(0, 0)]
    return BulkResult(
        np.concatenate([part.angle_lower for part in parts]),
        np.concatenate([part.angle_upper for part in parts]),
        np.concatenate([part.is_error for part in parts]),
        np.concatenate([part.safe for part in parts]),
    )


def _solve_points(plan: BulkPlan, points: NDArray[Any], basis: FloatArray | None) -> BulkResult:
    squares, projections = squares_of(points, plan.matrix, basis)
    return bulk_nearest(plan, squares, projections=projections)


def squares_of(
    points: NDArray[Any], matrix: FloatArray | None, basis: FloatArray | None = None
) -> tuple[FloatArray, FloatArray | None]:
    """Squared coordinates of given points in the ``basis``, each row up to a factor, and their product with ``matrix``.

    The last column of the matrix must be ones. The squares are valid until the thread's next block.
    """

    def fill(part: FloatArray, rows: slice) -> None:
        turned = points[rows] if basis is None else points[rows] @ basis
        np.multiply(turned, turned, out=part, dtype=np.float64)  # also for points in single precision

    with np.errstate(over="ignore", invalid="ignore"):  # rows that leave the range of doubles are done again below
        squares, projections = _filled(matrix, points.shape, fill)
        lengths = squares.sum(axis=1) if projections is None else projections[:, -1]
    odd = np.flatnonzero(~((lengths > 1e-200) & (lengths < 1e200)))
    if odd.size:
        rows = check_finite("points", points[odd])
        largest = np.abs(rows).max(axis=1, keepdims=True)
        if np.any(largest == 0.0):
            raise InvalidArgumentError("points", "a zero vector", "nonzero vectors: the zero vector has no direction")
        rows = rows / largest if basis is None else (rows / largest) @ basis
        squares[odd] = rows * rows
        if projections is not None and matrix is not None:
            projections[odd] = squares[odd] @ matrix
    return squares, projections


def block_rows(dim: int) -> int:
    """Number of points of a block: a function of the dimension only, as the points drawn depend on it."""
    return int(np.clip(_BLOCK_ENTRIES // dim, _LEAST_ROWS, _MAX_ROWS))


def _observe_block(
    plan: BulkPlan, count: int, key: tuple[int, ...], epsilon: float | None, control: ControlVariate | None
) -> DistanceStatistics:
    squares, projections = drawn_squares(count, plan.errors.dim, plan.matrix, block_generator(*key))
    found = bulk_nearest(plan, squares, projections=projections)
    seen = reduced(found, epsilon)
    if control is None or projections is None:
        return seen
    return replace(seen, controlled=control.observed(projections, found.angle_upper))


def draw_and_solve(plan: BulkPlan, count: int, rng: np.random.Generator) -> BulkResult:
    """Draw ``count`` normal vectors and solve for their directions."""
    squares, projections = drawn_squares(count, plan.errors.dim, plan.matrix, rng)
    return bulk_nearest(plan, squares, projections=projections)


def drawn_squares(
    count: int, dim: int, matrix: FloatArray | None, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray | None]:
    """Squared coordinates of normal vectors and their product with ``matrix``; valid until the thread's next block."""

    def fill(part: FloatArray, rows: slice) -> None:
        rng.standard_normal(out=part)
        np.multiply(part, part, out=part)

    return _filled(matrix, (count, dim), fill)


class _Scratch(threading.local):
    """One buffer for the squares per thread: fresh memory for each block would cost as much as a matrix product."""

    buffer: FloatArray = np.empty(0)

    def array(self, rows: int, dim: int) -> FloatArray:
        if self.buffer.size < rows * dim:
            self.buffer = np.empty(rows * dim)
        return self.buffer[: rows * dim].reshape(rows, dim)


_SCRATCH = _Scratch()


def _filled(
    matrix: FloatArray | None, shape: tuple[int, ...], fill: Callable[[FloatArray, slice], None]
) -> tuple[FloatArray, FloatArray | None]:
    """Squares and projections of a block, made piece by piece in cache; valid until the thread's next block."""
    count, dim = shape
    squares = _SCRATCH.array(count, dim)
    projections = None if matrix is None else np.empty((count, matrix.shape[1]))
    step = max(_LEAST_ROWS, _CACHED_ENTRIES // dim)
    for start in range(0, count, step):
        rows = slice(start, start + step)
        fill(squares[rows], rows)
        if projections is not None and matrix is not None:
            np.matmul(squares[rows], matrix, out=projections[rows])
    return squares, projections
