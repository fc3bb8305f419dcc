"""Random points of a problem that walk where its score exceeds a level: the Markov chains behind splitting.

The score is positive on the side of the errors: minus the margin. A proposal of the space is accepted exactly where the
score exceeds the level, which leaves the law of the points above that level unchanged (:mod:`.error_rates.moves`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.sphere import error_sign, ties_are_errors
from ...theory.basics.validation import BoolArray, FloatArray
from ..models.problem import Problem
from .moves import move

BATCH = 256
"""Points handed to the model at once: a fixed number, as the bits of a matrix product may depend on it."""


class Walkers:
    """Points of a problem with their scores; they are resampled and moved in place.

    Parameters
    ----------
    problem
        A model with logits, on a space that has moves.
    count
        Number of points, drawn at random from the space.
    rng
        The only source of randomness.
    """

    def __init__(self, problem: Problem, count: int, rng: np.random.Generator) -> None:
        self._problem, self._sign = problem, error_sign(problem.sphere)
        self._rng = rng
        self.points = problem.sample(count, rng)
        self.scores = np.empty(count)
        for part in self._parts():
            self.scores[part] = self._scores_of(self.points[part])
        self._spare = np.empty_like(self.points)
        self._normal = np.empty((min(BATCH, count), problem.dim))

    def exceeding(self, level: float) -> BoolArray:
        """Which points have a score above a level; at level 0 these are the errors."""
        return self._exceeds(self.scores, level)

    def resample(self, survivors: NDArray[np.bool_]) -> None:
        """Replace all points by copies of survivors, equally many of each up to one, which one by chance.

        Each survivor has count / number of survivors copies in expectation, which keeps products of survival rates
        unbiased.
        """
        alive = self._rng.permutation(np.flatnonzero(survivors))
        source = np.resize(alive, len(self.points))
        np.take(self.points, source, axis=0, out=self._spare, mode="clip")  # "clip" writes without a buffer
        self.points, self._spare = self._spare, self.points
        self.scores = self.scores[source]

    def move(self, level: float, step: float, repeats: int) -> float:
        """Let each point take some steps within {score above level}; the share of accepted proposals comes back.

        Parameters
        ----------
        step
            Tangent of the typical angle of a proposal.
        """
        accepted = sum(self._step(part, level, step) for part in self._parts() for _ in range(repeats))
        return accepted / (repeats * len(self.points))

    def _step(self, part: slice, level: float, step: float) -> int:
        points = self.points[part]
        normal = self._rng.standard_normal(out=self._normal[: len(points)])
        proposals = move(self._problem.space, normal, points, step)
        scores = self._scores_of(proposals)
        accept = self._exceeds(scores, level)
        np.copyto(points, proposals, where=accept[:, None])
        np.copyto(self.scores[part], scores, where=accept)
        return int(np.count_nonzero(accept))

    def _scores_of(self, points: FloatArray) -> FloatArray:
        return self._sign * self._problem.model.scores(points)

    def _exceeds(self, scores: FloatArray, level: float) -> BoolArray:
        return np.asarray(scores >= level if ties_are_errors(self._problem.sphere) else scores > level)

    def _parts(self) -> list[slice]:
        return [slice(start, min(start + BATCH, len(self.points))) for start in range(0, len(self.points), BATCH)]
