"""A growing sample of exact distances of a quadratic classifier, as evidence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..theory.errors import InvalidArgumentError
from ..theory.quadratic_network import QuadraticClassifier
from ..theory.validation import Sphere
from .distances import BLOCK_SIZE, NearestAngles, exact_distances, sample_nearest_angles
from .error_rate import SPHERE_KEY
from .evidence import Evidence


class ExactSample:
    """Exact distances of the first n points of one stream; what was drawn is kept when n grows.

    Parameters
    ----------
    classifier, sphere, outer_radius
        What is measured.
    known
        What is known without a sample; its unit and metric are those of the evidence.
    seed, workers
        What the points are drawn from, and by how many threads; they change no number.
    """

    def __init__(
        self,
        classifier: QuadraticClassifier,
        sphere: Sphere,
        outer_radius: float,
        known: Evidence,
        seed: int,
        workers: int = 1,
    ) -> None:
        self.known = known
        self._coefficients = classifier.error_coefficients(sphere, outer_radius)
        self._sphere: Sphere = sphere
        self._seed, self._workers = seed, workers
        self._angles = NearestAngles(np.zeros(0), np.zeros(0))

    def evidence(self, samples: int, anytime: bool) -> Evidence:
        """What is known after ``samples`` points."""
        if samples == 0 or self.known.no_errors:
            return self.known
        self._grow(samples)
        drawn = NearestAngles(self._angles.lower[:samples], self._angles.upper[:samples])
        distances = (*self.known.distances, exact_distances(drawn, anytime=anytime))
        return replace(self.known, distances=distances)

    def _grow(self, samples: int) -> None:
        have = len(self._angles.upper)
        if have >= samples:
            return
        if have % BLOCK_SIZE:
            raise InvalidArgumentError("samples", samples, f"not above {have}, where a block was cut")
        more = sample_nearest_angles(
            self._coefficients,
            boundary_is_error=self._sphere == "outer",
            samples=samples - have,
            seed=self._seed,
            key=(SPHERE_KEY[self._sphere],),
            workers=self._workers,
            first_block=have // BLOCK_SIZE,
        )
        self._angles = NearestAngles(
            np.concatenate([self._angles.lower, more.lower]), np.concatenate([self._angles.upper, more.upper])
        )
