"""Points of a sphere that walk where the score of a model exceeds a level: the Markov chains behind splitting.

The score is the signed logit, positive on the side of the errors. A proposal adds an isotropic normal vector to the
point and returns to the sphere. Its law depends on the angle between old and new point only, so it is symmetric, and
accepting it exactly where the score exceeds the level leaves the uniform law on {score above level} unchanged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.sphere import error_sign, ties_are_errors
from ...theory.basics.validation import BoolArray, FloatArray, Sphere
from ..models.adapters import as_model
from ..models.checked import AnyModel
from ..sampling.points import sample_unit_vectors

BATCH = 256
"""Points handed to the model at once: a fixed number, as the bits of a matrix product may depend on it."""


@dataclass(frozen=True)
class ErrorScore:
    """The signed logit of a model on one sphere: an error is a score > 0 (inner sphere) or >= 0 (outer sphere)."""

    model: AnyModel
    sphere: Sphere
    radius: float
    dim: int

    def of(self, points: FloatArray) -> FloatArray:
        """Scores, shape (n,)."""
        return error_sign(self.sphere) * as_model(self.model).scores(points)

    def exceeds(self, scores: FloatArray, level: float) -> BoolArray:
        """Which scores lie above a level; at level 0 these are the errors."""
        above: BoolArray = scores >= level if ties_are_errors(self.sphere) else scores > level
        return above


class Walkers:
    """Points on a sphere with their scores; they are resampled and moved in place.

    Parameters
    ----------
    score
        What is to be exceeded.
    count
        Number of points, drawn uniformly from the sphere.
    rng
        The only source of randomness.
    """

    def __init__(self, score: ErrorScore, count: int, rng: np.random.Generator) -> None:
        self._score = score
        self._rng = rng
        self.points = sample_unit_vectors(count, score.dim, rng).astype(np.float64, copy=False)
        self.points *= score.radius
        self.scores = np.empty(count)
        for part in self._parts():
            self.scores[part] = score.of(self.points[part])
        self._spare = np.empty_like(self.points)
        self._proposals = np.empty((min(BATCH, count), score.dim))

    def exceeding(self, level: float) -> BoolArray:
        """Which points have a score above a level."""
        return self._score.exceeds(self.scores, level)

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
        proposals = self._proposals[: len(points)]
        self._rng.standard_normal(out=proposals)
        proposals *= step * self._score.radius / math.sqrt(self._score.dim)
        proposals += points
        lengths = np.einsum("ij,ij->i", proposals, proposals)
        np.sqrt(lengths, out=lengths)
        np.divide(self._score.radius, lengths, out=lengths)
        proposals *= lengths[:, None]
        scores = self._score.of(proposals)
        accept = self._score.exceeds(scores, level)
        np.copyto(points, proposals, where=accept[:, None])
        np.copyto(self.scores[part], scores, where=accept)
        return int(np.count_nonzero(accept))

    def _parts(self) -> list[slice]:
        return [slice(start, min(start + BATCH, len(self.points))) for start in range(0, len(self.points), BATCH)]
