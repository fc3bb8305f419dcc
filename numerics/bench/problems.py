"""A problem of the bench: points that are no errors, the exact distance of each to the nearest error, and the score.

Nothing is believed of an attack. What it returns is copied, and every row is asked about again:

found
    An error, on the sphere where the problem is on one: within ``TOLERANCE`` of it, and an error both as it is and
    after it was moved there along its ray.
missing
    NaN, infinite, longer than 1e100, or not returned at all.
off-sphere
    Not on the sphere.
no-error
    The model is right there; the attacked point itself is a case of it.
too-close
    Nearer than any error can be, by more than ``TOLERANCE`` of the distance: the model errs there by rounding only.

All but the first are failures. They stay in every share and quantile, with the ratio +inf.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...theory.basics.arguments import check_integer, check_single, check_word
from ...theory.basics.by_value import ByValue, ShortRepr
from ...theory.basics.errors import AccuracyError, InvalidArgumentError
from ...theory.basics.validation import BoolArray, FloatArray, as_array, check_range
from ...theory.spaces.sphere import Sphere
from ..attacks.geometry import angles_between, unit_rows
from ..models.checked import CheckedModel
from ..models.problem import Problem
from ..models.query_limits import Meter
from ..sampling.points import block_generator, check_seed
from ..sampling.streams import BENCH_KEY
from .families import FAMILIES, Instance

__all__ = ["OUTCOMES", "TOLERANCE", "AskedModel", "BenchProblem", "BenchScores", "bench_problem"]

TOLERANCE = 1e-6
"""Relative: of a norm to the radius, and of a distance to the exact one."""
OUTCOMES = ("found", "missing", "off-sphere", "no-error", "too-close")
SMALLEST_DIM, LARGEST_DIM, MOST_POINTS = 10, 10_000, 10_000
_LONGEST = 1e100
_ENTRIES_AT_ONCE, _MOST_BLOCKS = 500_000, 10_000


class _Count(Meter):
    """A count of questions that does not fall."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "queries" and value < self.__dict__.get(name, 0):
            raise AttributeError("a count of questions does not fall")
        super().__setattr__(name, value)


class AskedModel:
    """What an attack sees of a problem; it counts the questions.

    An error is a point whose label is not ``label``: that of all attacked points.

    Parameters
    ----------
    problem
        The model on its space.

    Attributes
    ----------
    dim
        Number of coordinates.
    radius
        Of the sphere on which errors count; None in space.
    label
        0 or 1.
    space, sphere
        The same as the package says it, see :class:`~.models.problem.Problem`.

    Examples
    --------
    >>> model = bench_problem("cap", 10, points=5).model()
    >>> model.labels(np.zeros((3, 10))).tolist(), model.queries, model.radius
    ([0, 0, 0], 3, 1.0)
    """

    def __init__(self, problem: Problem) -> None:
        self._meter = _Count()
        # A copy: what an attack does to its model is done to no other.
        self._model: CheckedModel = CheckedModel(deepcopy(problem.model.model)).metered(self._meter)
        self.dim, self.space, self.sphere = problem.dim, problem.space, problem.sphere
        self.radius = problem.space.radius if isinstance(problem.space, Sphere) else None
        self.label = 0 if problem.sphere == "inner" else 1

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__:
            raise AttributeError(f"{name} of an attacked model is not changed")
        super().__setattr__(name, value)

    @property
    def queries(self) -> int:
        """Points that the model was asked about; a gradient counts as one."""
        return self._meter.queries

    def answers_as(self, other: CheckedModel, points: FloatArray) -> bool:
        """Whether the model still has the logits of another one; not counted."""
        try:
            return np.array_equal(self._model.metered(Meter()).scores(points), other.scores(points))
        except Exception:  # whatever was made of it
            return False

    def logits(self, points: NDArray[Any]) -> FloatArray:
        """Logits, shape (n,), of points (n, dim); the label is 1 where they are positive."""
        return self._model.scores(points)

    def labels(self, points: NDArray[Any]) -> NDArray[np.int64]:
        """Labels, shape (n,), of points (n, dim)."""
        return self._model.labels(points)

    def input_gradient(self, points: NDArray[Any]) -> FloatArray:
        """Gradients of the logits, shape (n, dim), at points (n, dim)."""
        return self._model.input_gradient(points)


@dataclass(frozen=True, eq=False)
class BenchScores(ByValue):
    """What an attack's points are worth, one entry for each attacked point.

    Parameters
    ----------
    outcomes
        Place in ``OUTCOMES``, shape (n,): 0 is "found".
    ratio
        Distance to the found error over the exact one, or over the best that is known; +inf where the attack failed.
    ratio_upper
        No less than the ratio to the exact distance: over what is proved of it; None where that is ``ratio``.

    Examples
    --------
    >>> scores = BenchScores(np.array([0, 3]), np.array([1.25, np.inf]))
    >>> scores.success, scores.mean_ratio, scores.quantile(0.9), scores.share_within(1.3), scores.count("no-error")
    (0.5, 1.25, inf, 0.5, 1)
    """

    outcomes: NDArray[np.int64]
    ratio: FloatArray
    ratio_upper: FloatArray | None = None

    @property
    def success(self) -> float:
        """Share of the points near which an error was found."""
        return float(np.mean(self.outcomes == 0))

    @property
    def mean_ratio(self) -> float:
        """Mean ratio of the errors that were found; +inf where none was."""
        return float(np.mean(self._found)) if self._found.size else np.inf

    @property
    def worst_ratio(self) -> float:
        """Largest ratio of the errors that were found; +inf where none was."""
        return float(np.max(self._found)) if self._found.size else np.inf

    @property
    def mean_ratio_upper(self) -> float:
        """No less than the mean ratio to the exact distances, of the errors that were found; +inf where none was."""
        upper = self.ratio if self.ratio_upper is None else self.ratio_upper
        return float(np.mean(upper[self.outcomes == 0])) if self._found.size else np.inf

    def quantile(self, level: float) -> float:
        """The least ratio that a share ``level`` of ALL points does not exceed: failures count as +inf."""
        checked = check_single("level", check_range("level", level, 0.0, 1.0))
        return float(np.quantile(self.ratio, checked, method="inverted_cdf"))

    def share_within(self, ratio: float) -> float:
        """Share of ALL points near which an error was found with at most this ratio; no failure is, at any ratio."""
        most = check_single("ratio", check_range("ratio", ratio, 1.0, np.inf))
        return float(np.mean((self.outcomes == 0) & (self.ratio <= most)))

    def count(self, outcome: str) -> int:
        """Number of points with an outcome."""
        check_word("outcome", outcome, OUTCOMES)
        return int(np.count_nonzero(self.outcomes == OUTCOMES.index(outcome)))

    @property
    def _found(self) -> FloatArray:
        return self.ratio[self.outcomes == 0]


@dataclass(frozen=True, eq=False)
class BenchProblem(ShortRepr):
    """Points, and how far each is from the nearest error; made by :func:`bench_problem`.

    Parameters
    ----------
    name
        Family and dimension, such as "easy-50".
    problem
        The model on its space, and what an error is.
    points
        None is an error, shape (n, dim).
    exact_lower, exact_upper
        The exact distances lie between them, shape (n,): along the sphere, or l2 in space. They differ by rounding but
        for ReLU networks, of which the lower one is proved and the upper one the best that a long search has found.

    Examples
    --------
    >>> problem = bench_problem("cap", 10, points=5)
    >>> problem.score(problem.points).count("no-error")  # the points themselves
    5
    """

    name: str
    problem: Problem
    points: FloatArray
    exact_lower: FloatArray
    exact_upper: FloatArray

    @property
    def is_exact(self) -> bool:
        """Whether the distances are known up to rounding; else they lie between the bounds."""
        return bool(np.all(self.exact_upper - self.exact_lower <= TOLERANCE * self.exact_upper))

    @property
    def guarantee(self) -> str:
        """What the distances are."""
        return "exact" if self.is_exact else "enclosure"

    def model(self) -> AskedModel:
        """What an attack is given: a model that has not been asked yet."""
        return AskedModel(self.problem)

    def score(self, candidates: ArrayLike) -> BenchScores:
        """Verify and score points that an attack found.

        Parameters
        ----------
        candidates
            One row for each point, shape (n, dim), real numbers; NaN where there is none.

        Returns
        -------
        BenchScores
            Guarantee: every ratio of a success belongs to a point that the model was asked about here, and is exact up
            to rounding and the certificate of the exact distance; of a ReLU network the exact ratio lies between
            ``ratio`` and ``ratio_upper``.

        Raises
        ------
        InvalidArgumentError
            Not such an array.
        """
        x = as_array("candidates", candidates)
        if x.dtype.kind not in "buif" or x.shape != self.points.shape:
            allowed = f"real numbers of shape {self.points.shape}, a row for each point"
            raise InvalidArgumentError("candidates", f"{x.dtype.name} of shape {x.shape}", allowed)
        x = np.array(x, dtype=np.float64)
        ratio, outcomes = np.full(len(x), np.inf), np.full(len(x), OUTCOMES.index("missing"))
        given = np.flatnonzero(np.all(np.abs(x) <= _LONGEST / self.problem.dim, axis=1))  # False for NaN
        outcomes[given], distance = self._asked(self.points[given], x[given])
        near = distance < self.exact_lower[given] * (1.0 - TOLERANCE)
        outcomes[given[near & (outcomes[given] == 0)]] = OUTCOMES.index("too-close")
        found = outcomes[given] == 0
        ratio[given[found]] = distance[found] / self.exact_upper[given[found]]
        if self.is_exact:
            return BenchScores(outcomes, ratio)
        upper = np.full(len(x), np.inf)
        upper[given[found]] = distance[found] / self.exact_lower[given[found]]
        return BenchScores(outcomes, ratio, upper)

    def _asked(self, z: FloatArray, x: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
        """Outcomes of finite candidates, and their distances."""
        space = self.problem.space
        outcomes = np.where(self._errors(x), 0, OUTCOMES.index("no-error"))
        if not isinstance(space, Sphere):
            return outcomes, np.linalg.norm(x - z, axis=1)
        norms = np.linalg.norm(x, axis=1)
        on_sphere = np.abs(norms / space.radius - 1.0) <= TOLERANCE
        units = unit_rows(np.where(on_sphere[:, None], x, z))
        outcomes[~self._errors(space.radius * units)] = OUTCOMES.index("no-error")
        outcomes[~on_sphere] = OUTCOMES.index("off-sphere")
        return outcomes, space.radius * angles_between(unit_rows(z), units)

    def _errors(self, x: FloatArray) -> BoolArray:
        return self.problem.errors(x) if len(x) else np.zeros(0, dtype=np.bool_)


def bench_problem(family: str, dim: int, *, points: int = 100, seed: int = 0) -> BenchProblem:
    """A problem of the bench.

    Parameters
    ----------
    family
        One of :data:`~.bench.families.FAMILIES`.
    dim
        Dimension, 10 to 10,000.
    points
        How many, 1 to 10,000: random ones of the space that are no errors.
    seed
        Same seed, same points.

    Returns
    -------
    BenchProblem
        **Guarantee**: exact distances; lower and upper bound differ by rounding. Of "relu" nobody knows them: they are
        between the bounds. The arrays cannot be written to.

    Raises
    ------
    AccuracyError
        Nearly all random points are errors.

    Examples
    --------
    >>> from adversarial_spheres import bench_problem
    >>> problem = bench_problem("half-space", 10, points=3)
    >>> bool((problem.exact_upper - problem.exact_lower).max() < 1e-13)
    True
    """
    check_word("family", family, tuple(FAMILIES))
    d = check_integer("dim", dim, SMALLEST_DIM, LARGEST_DIM)
    wanted = check_integer("points", points, 1, MOST_POINTS)
    return _made(family, d, wanted, check_seed(seed))


@lru_cache(maxsize=2)
def _made(family: str, dim: int, wanted: int, seed: int) -> BenchProblem:
    rng = block_generator(seed, BENCH_KEY, list(FAMILIES).index(family), dim)
    instance = FAMILIES[family].make(dim)
    z = _correct_points(instance, wanted, rng)
    lower, upper = (np.array(bound) for bound in instance.nearest(z))
    for array in (z, lower, upper):
        array.flags.writeable = False  # the next one who asks gets the same arrays
    return BenchProblem(f"{family}-{dim}", instance.problem, z, lower, upper)


def _correct_points(instance: Instance, wanted: int, rng: np.random.Generator) -> FloatArray:
    """Random points that are no errors, at a distance from the nearest one."""
    parts, found = list[FloatArray](), 0
    block = max(64, min(1000, _ENTRIES_AT_ONCE // instance.problem.dim))
    for _ in range(_MOST_BLOCKS):
        drawn = instance.prepared(instance.problem.sample(block, rng))
        drawn = drawn[~instance.problem.errors(drawn)][: wanted - found]
        parts.append(drawn[instance.nearest(drawn)[0] > 0.0] if len(drawn) else drawn)
        found += len(parts[-1])
        if found >= wanted:
            return np.concatenate(parts)[:wanted]
    raise AccuracyError(f"only {found} of {wanted} random points are no errors")
