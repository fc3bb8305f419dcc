"""A classifier near many data points at once: each its own error rate and distances, at several noise sizes.

The limit of a data set is the mean of the limits of its points, never the limit at their mean error rate: the bound is
convex in the error rate, so that the latter is lower, and false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...theory.basics.arguments import check_progress
from ...theory.basics.by_value import ByValue
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import BoolArray, FloatArray, Metric, as_array, check_finite
from ...theory.spaces.gaussian import Gaussian
from ...theory.spaces.space import Space
from ..attacks.attack import attack
from ..attacks.settings import DEFAULT_SETTINGS, AttackSettings
from ..models.around import around
from ..models.problem import Problem
from ..sampling.blocks import map_blocks
from ..sampling.points import check_seed
from ..sampling.streams import DATA_SET_KEY
from ..statistics.intervals import concentration_width, share_of_budget
from ..storage.records import plain
from ..storage.results import Result, at_most, sure
from .attacked import measure_problem
from .centres import centre_distance_bound, half_space_distance
from .measurement import Measurement

_OF_EACH = (
    "errors",
    "error_rate",
    "error_rate_low",
    "error_rate_high",
    "mean_distance",
    "bound",
    "bound_at_estimate",
    "share",
    "centre_distance",
    "half_space_distance",
    "centre_bound",
    "failed",
)
"""What a row of the frame says of a data point at a size."""


@dataclass(frozen=True, eq=False)
class DataSetMeasurement(Result, ByValue):
    """What counting, an attack and geometry say of a classifier near n data points, at k sizes of the noise.

    Parameters
    ----------
    sizes
        Standard deviations of the noise, or radii of the spheres, shape (k,).
    spaces
        Where the random points about each data point are, k of them.
    errors
        Number of random points that are errors, of ``counted_samples`` about each data point, shape (k, n).
    error_rate_low, error_rate_high
        Ends of the intervals of the error rates, shape (k, n).
    mean_distance
        Mean distance of the random points to the errors that an attack found, shape (k, n): **upper bounds** on the
        means of their distances to the nearest errors. +inf where an attack failed in noise, or no error is known.
    centre_distance
        Distance from the data point itself to the error that the attack found, shape (k, n): **upper bounds**, 0 where
        it is one itself, +inf where nothing was found.
    failed
        Attacks that found nothing, of ``samples`` about each data point, shape (k, n).
    wrong_at_centre
        Whether the classifier errs at the data point itself, shape (n,).
    samples, counted_samples
        Random points about each data point that were attacked, and on which errors were counted.
    confidence
        Of all limits together.

    Examples
    --------
    >>> from adversarial_spheres import measure_data_set
    >>> points = [[3.0, 0.0], [1.0, 0.0]]  # of class 0: column 0 is the largest
    >>> found = measure_data_set(lambda x: x, points, [0, 0], noise=[0.5, 1.0], samples=500, seed=0)
    >>> found.errors.shape, bool(np.all(found.mean_distance < found.bound))
    ((2, 2), True)
    >>> found.centre_distance.round(3).tolist()  # 3 and 1 over the square root of 2
    [[2.121, 0.707], [2.121, 0.707]]
    """

    sizes: FloatArray
    spaces: tuple[Space, ...]
    errors: NDArray[np.int64]
    error_rate_low: FloatArray
    error_rate_high: FloatArray
    mean_distance: FloatArray
    centre_distance: FloatArray
    failed: NDArray[np.int64]
    wrong_at_centre: BoolArray
    samples: int
    counted_samples: int
    confidence: float

    @property
    def error_rate(self) -> FloatArray:
        """Share of the counted points that are errors, shape (k, n): an estimate."""
        return self.errors / self.counted_samples

    @property
    def bound(self) -> FloatArray:
        """Upper limit of the true mean distances, by geometry at the lower limits of the error rates, shape (k, n)."""
        return self._of_each(lambda space, rates: space.mean_distance_bound(rates), self.error_rate_low)

    @property
    def bound_at_estimate(self) -> FloatArray:
        """An estimate: the bound at the counted share of errors, shape (k, n); +inf where no error was counted."""
        return self._of_each(lambda space, rates: space.mean_distance_bound(rates), self.error_rate)

    @property
    def mean_bound(self) -> FloatArray:
        """Upper limit of the true mean distance over all random points: the mean of ``bound``, shape (k,).

        +inf where no error was counted about some data point: nothing bounds the distance there.
        """
        return np.asarray(self.bound.mean(axis=1))

    @property
    def width(self) -> FloatArray:
        """How far the mean of all true distances may be from its expectation, on one side, shape (k,)."""
        delta = 1.0 - share_of_budget(self.confidence, 2 * len(self.sizes))
        count = self.samples * self.errors.shape[1]
        return np.array([concentration_width(count, space.concentration, delta) for space in self.spaces])

    @property
    def mean_high(self) -> FloatArray:
        """Upper limit of the same by the attack, shape (k,): its mean, and what chance may add."""
        return np.asarray(self.mean_distance.mean(axis=1) + self.width)

    @property
    def share(self) -> FloatArray:
        """Attack's mean distance as a share of ``bound_at_estimate``, shape (k, n); NaN where no error was counted."""
        with np.errstate(invalid="ignore", divide="ignore"):
            found = self.mean_distance / self.bound_at_estimate
        return np.where(self.errors > 0, found, np.nan)

    @property
    def half_space_distance(self) -> FloatArray:
        """An estimate of the distance from the data points themselves, shape (k, n).

        See :func:`~.distances.centres.half_space_distance`; +inf where no error was counted.
        """
        return self._of_each(half_space_distance, self.error_rate)

    @property
    def centre_bound(self) -> FloatArray:
        """Upper limit of the distance from the data points themselves, by geometry, shape (k, n).

        See :func:`~.distances.centres.centre_distance_bound`, at the lower limits of the error rates.
        """
        return self._of_each(centre_distance_bound, self.error_rate_low)

    def to_dict(self) -> dict[str, Any]:
        """Of all together, of each size, and in ``rows`` of each data point at each size."""
        values: dict[str, Any] = plain(
            {
                "space": type(self.spaces[0]).__name__,
                "metric": self.spaces[0].metric,
                "samples": self.samples,
                "counted_samples": self.counted_samples,
                "confidence": self.confidence,
                **{name: getattr(self, name) for name in ("sizes", "mean_bound", "mean_high")},
                "rows": self._rows(),
            }
        )
        return values

    def _rows(self) -> list[dict[str, Any]]:
        columns = {name: getattr(self, name).tolist() for name in _OF_EACH}
        wrong = self.wrong_at_centre.tolist()
        return [
            {"size": size, "centre": i, "wrong_at_centre": wrong[i], **{name: c[k][i] for name, c in columns.items()}}
            for k, size in enumerate(self.sizes.tolist())
            for i in range(len(wrong))
        ]

    def _heading(self) -> str:
        space, points = type(self.spaces[0]).__name__, len(self.wrong_at_centre)
        return f"{type(self).__name__}: {points:,} data points, {space}, confidence {sure(self.confidence)}"

    def _shown(self) -> list[dict[str, Any]]:
        return [
            {
                "size": float(size),
                "error rate": float(self.error_rate[k].mean()),
                "mean distance, by an attack": float(self.mean_distance[k].mean()),
                "its true value": f"at most {at_most(min(self.mean_high[k], self.mean_bound[k]))}",
                "any classifier": f"at most {at_most(self.mean_bound[k])}",
                "failed attacks": int(self.failed[k].sum()),
            }
            for k, size in enumerate(self.sizes)
        ]

    def _of_each(self, function: Callable[[Any, FloatArray], FloatArray], rates: FloatArray) -> FloatArray:
        return np.stack([function(space, row) for space, row in zip(self.spaces, rates, strict=True)])


def measure_data_set(
    model: Any,
    centres: ArrayLike,
    labels: ArrayLike,
    *,
    noise: ArrayLike | None = None,
    radius: ArrayLike | None = None,
    samples: int,
    seed: int,
    counted_samples: int | None = None,
    confidence: float = 0.99,
    shape: tuple[int, ...] | None = None,
    metric: Metric = "euclidean",
    settings: AttackSettings = DEFAULT_SETTINGS,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> DataSetMeasurement:
    """Count and attack a classifier near each of many data points, at each of several sizes of the noise.

    Parameters
    ----------
    model, shape, metric
        As for :func:`~.models.around.around`; the model is called from several threads where ``workers`` > 1.
    centres
        The data points, shape (n, ...), finite.
    labels
        Their labels, shape (n,).
    noise
        One standard deviation, or several, shape (k,).
    radius
        Instead of it: one radius, or several.
    samples
        Random points that are attacked about each data point, at each size.
    seed
        Same seed, same numbers, whatever the number of workers. Each data point has random points of its own, the same
        ones at all sizes, but for the size.
    counted_samples
        Random points on which errors are counted; default 20 times ``samples``.
    confidence
        Of all limits together: of every data point, at every size.
    settings
        How hard the attack tries.
    progress
        Called with the data points done so far and their number.

    Returns
    -------
    DataSetMeasurement
        **Guarantee**: distances are upper bounds, each at an error that the model was asked about; the limits hold
        with the stated confidence.

    Raises
    ------
    InvalidArgumentError
        Both or neither of ``noise`` and ``radius``, as many labels as there are no data points, or what
        :func:`~.models.around.around` refuses of one of them.
    ModelError
        The model's answers are no answers, or depend on chance or on the other points of a batch.

    Notes
    -----
    The mean over a data set is bounded by the mean of the bounds, ``mean_bound``: at the mean error rate the bound is
    lower, and false, as it is convex in the error rate.

    Examples
    --------
    >>> from adversarial_spheres import measure_data_set
    >>> points = [[3.0, 0.0], [0.0, 2.0]]
    >>> found = measure_data_set(lambda x: x, points, [0, 1], radius=4.0, samples=50, seed=0)
    >>> bool(found.mean_bound[0] > found.mean_distance.mean()), found.failed.tolist()
    (True, [[0, 0]])
    """
    given, answers = _data_points(centres, labels)
    name, sizes = _sizes(noise, radius)
    check_seed(seed)
    check_progress(progress)
    level = share_of_budget(confidence, len(sizes) * len(given))

    def measure(index: int, _size: int) -> list[tuple[Measurement, float]]:
        own = _seed_of(seed, index)
        found = []
        for size in sizes:
            about: dict[str, Any] = {"label": answers[index], "shape": shape, "metric": metric, name: float(size)}
            with _labels_named():
                problem = around(model, given[index], **about)
            near = measure_problem(
                problem,
                samples=samples,
                seed=own,
                confidence=level,
                counted_samples=counted_samples,
                settings=settings,
            )
            found.append((near, _from_the_centre(problem, settings, own)))
        return found

    rows = []
    for row in map_blocks(measure, len(given), 1, workers=workers):
        rows.append([_numbers(near, centre) for near, centre in row])
        spaces = tuple(near.problem.space for near, _ in row)
        counted = row[0][0].counted.samples
        if progress is not None:
            progress(len(rows), len(given))
    errors, low, high, mean, centre, failed, wrong = np.array(rows).T
    return DataSetMeasurement(
        sizes,
        spaces,
        errors.astype(np.int64),
        low,
        high,
        mean,
        centre,
        failed.astype(np.int64),
        wrong[0].astype(np.bool_),
        samples,
        counted,
        confidence,
    )


@contextmanager
def _labels_named() -> Iterator[None]:
    """Let what is said of one label be said of the labels."""
    try:
        yield
    except InvalidArgumentError as error:
        if error.argument != "label":
            raise
        raise InvalidArgumentError("labels", error.value, f"such that each is {error.allowed}") from error


def _data_points(centres: ArrayLike, labels: ArrayLike) -> tuple[FloatArray, list[Any]]:
    given = check_finite("centres", centres)
    if given.ndim < 2 or not len(given):
        raise InvalidArgumentError("centres", given.shape, "of shape (n, ...) with n >= 1: one data point a row")
    answers = as_array("labels", labels)
    if answers.shape != (len(given),):
        raise InvalidArgumentError("labels", answers.shape, f"of shape ({len(given)},), one of each data point")
    return given, answers.tolist()


def _sizes(noise: ArrayLike | None, radius: ArrayLike | None) -> tuple[str, FloatArray]:
    if (noise is None) == (radius is None):
        raise InvalidArgumentError("radius", radius, "None where noise is given, and numbers where it is not")
    name, given = ("noise", noise) if radius is None else ("radius", radius)
    sizes = np.atleast_1d(check_finite(name, given))  # type: ignore[arg-type]
    if sizes.ndim != 1 or not len(sizes):
        raise InvalidArgumentError(name, sizes.shape, "a number, or of shape (k,) with k >= 1")
    return name, sizes


def _seed_of(seed: int, index: int) -> int:
    """A seed for each data point."""
    words: Sequence[int] = np.random.SeedSequence(seed, spawn_key=(DATA_SET_KEY, index)).generate_state(4).tolist()
    return sum(word << (32 * place) for place, word in enumerate(words))


def _from_the_centre(problem: Problem, settings: AttackSettings, seed: int) -> float:
    """Distance from the centre itself, in all of the space about it, to an error that the attack finds."""
    scale = problem.typical_norm / np.sqrt(problem.dim)
    flat = Problem(problem.model, Gaussian(problem.dim, scale), problem.sphere, problem.centre)
    return float(attack(flat, np.zeros((1, problem.dim)), settings=settings, seed=seed).distance_upper[0])


def _numbers(near: Measurement, centre: float) -> tuple[float, ...]:
    counted, ends, wrong = near.counted, near.counted.interval, near.problem.wrong_at_centre
    return counted.errors, ends.low, ends.high, near.mean, centre, near.failed_attacks, wrong
