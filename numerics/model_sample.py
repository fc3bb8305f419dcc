"""A growing sample of random points of one sphere, as evidence about any model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..theory.errors import InvalidArgumentError, SpheresError
from ..theory.validation import FloatArray, Sphere
from .blocks import block_sizes, map_blocks
from .certificates import certifiable, certify_on
from .confidence import check_samples
from .evidence import AttackDistances, DistanceEvidence, ErrorCounts, Evidence, LowerCertificates
from .models import AnyModel, checked, misclassified
from .networks.relu import ReluNetwork
from .spheres import block_generator, sample_unit_vectors
from .streams import BOUND_CHECK_KEY, SPHERE_KEY
from .users_code import users_code

LARGEST_BLOCK = 2048
SMALLEST_BLOCK = 16
BLOCK_ENTRIES = 2**22


class AttackOutcome(Protocol):
    """What an attack returns: an angle (radians) for each point, and whether it found an error."""

    @property
    def angle_upper(self) -> FloatArray:
        """Upper bounds of the angles to the nearest error, shape (n,)."""

    @property
    def succeeded(self) -> NDArray[np.bool_]:
        """Where an error was found, shape (n,)."""


Attack = Callable[..., "AttackOutcome | ArrayLike"]
"""attack(model, points, sphere, outer_radius=radius) -> an AttackOutcome, or angles with +inf where it failed."""


class ModelSample:
    """Random points of one sphere, as evidence about any model: counted errors, and an attack's distances.

    Parameters
    ----------
    model, sphere
        What is measured.
    known
        Dimension, radius and metric.
    seed, workers
        What the points are drawn from, and by how many threads; they change no number.
    attack, attacked_points
        Searches errors near the first points.
    certified_points
        How many of the first points get a certified lower bound; 0: none.
    """

    def __init__(
        self,
        model: AnyModel,
        sphere: Sphere,
        known: Evidence,
        seed: int,
        workers: int,
        attack: Attack | None,
        attacked_points: int,
        certified_points: int = 0,
    ) -> None:
        self.known = known
        self._model, self._sphere, self._seed, self._workers = checked(model), sphere, seed, workers
        self._attack = attack
        self._attacked_points = check_samples(attacked_points, name="attacked_points")
        # Points a block; it depends on nothing but the dimension, so that the points depend on nothing but the seed.
        self._block = int(np.clip(BLOCK_ENTRIES // known.dim, SMALLEST_BLOCK, LARGEST_BLOCK))
        self._errors = np.zeros(0, dtype=np.bool_)
        self._found: AttackDistances | None = None
        self._certified_points = check_samples(certified_points, name="certified_points", minimum=0)
        self._network = certifiable(self._model) if certified_points else None
        self._lower: LowerCertificates | None = None

    def evidence(self, samples: int, anytime: bool) -> Evidence:
        """What is known after ``samples`` points."""
        if samples == 0:
            return self.known
        self._grow(samples)
        counts = ErrorCounts(int(np.count_nonzero(self._errors[:samples])), samples, anytime)
        distances: tuple[DistanceEvidence, ...] = ()
        if self._attack is not None:
            # The number of attacked points was fixed beforehand.
            distances = (self._attacked(samples),)
        if self._network is not None:
            distances += (self._certified(samples, self._network),)
        return replace(self.known, error_rate=counts, distances=distances)

    def points(self, block: int, size: int) -> FloatArray:
        """Points of one block, on the sphere."""
        rng = block_generator(self._seed, BOUND_CHECK_KEY, SPHERE_KEY[self._sphere], block)
        return np.asarray(sample_unit_vectors(size, self.known.dim, rng), dtype=np.float64) * self.known.radius

    def _grow(self, samples: int) -> None:
        first = len(self._errors) // self._block
        if len(self._errors) >= samples:
            return

        def wrong(block: int, size: int) -> NDArray[np.bool_]:
            return misclassified(self._model.scores(self.points(first + block, size)), self._sphere)

        kept = self._errors[: first * self._block]
        parts = list(map_blocks(wrong, samples - len(kept), self._block, workers=self._workers))
        self._errors = np.concatenate([kept, *parts])

    def _attacked(self, samples: int) -> AttackDistances:
        # The first look decides on the number of attacks, before anything was seen.
        if self._found is None and self._attack is not None:
            count = min(samples, self._attacked_points)
            points = self._first(count)
            with users_code("attack", "a function that ends without an exception", passing=SpheresError):
                outcome = self._attack(self._model, points, self._sphere, outer_radius=self.known.radius)
            self._found = attack_distances(outcome, count, self.known.radius)
        if self._found is None:
            raise InvalidArgumentError("attack", None, "given")
        return self._found

    def _certified(self, samples: int, network: ReluNetwork) -> LowerCertificates:
        if self._lower is None:
            points = self._first(min(samples, self._certified_points))
            found = certify_on(network, points, self._sphere, self.known.radius, workers=self._workers)
            self._lower = LowerCertificates(found.angle_lower)
        return self._lower

    def _first(self, count: int) -> FloatArray:
        sizes = block_sizes(count, self._block)
        return np.concatenate([self.points(block, size) for block, size in enumerate(sizes)])


def attack_distances(outcome: AttackOutcome | ArrayLike, count: int, radius: float) -> AttackDistances:
    """What an attack returned, as evidence; failed attacks enter as the largest possible distance.

    An attack that says on which sphere it searched is taken at its word: elsewhere the same classifier errs elsewhere.
    """
    searched = getattr(outcome, "radius", radius)
    if searched != radius:
        raise InvalidArgumentError(
            "attack", f"radius {searched}", f"one that searches on the sphere of radius {radius:g}"
        )
    angles = np.asarray(getattr(outcome, "angle_upper", outcome))
    if angles.shape != (count,) or angles.dtype.kind not in "fiub":
        given = f"{angles.dtype} {angles.shape}"
        raise InvalidArgumentError("attack", given, f"a function that returns angles of shape ({count},)")
    return AttackDistances(angles, getattr(outcome, "succeeded", None))
