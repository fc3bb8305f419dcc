"""What is known where all errors are: by proof, and by a growing sample of exact distances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...theory.basics.by_value import ByValue
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray
from ...theory.nearest.many import bulk_plan
from ...theory.quadratic.errors import QuadraticErrors
from ...theory.spaces.sphere import Sphere as Round
from ..distances.exact import draw_and_solve
from ..distances.known import KnownErrors
from ..distances.predicted import proved_mean
from ..models.problem import Problem
from ..models.query_limits import LimitReachedError, Meter
from ..sampling.blocks import map_blocks
from ..sampling.points import block_generator
from ..sampling.streams import EXACT_SAMPLE_KEY, SPHERE_KEY
from ..statistics.intervals import check_samples
from .claims import Claim
from .evidence import DistanceEvidence, Evidence, ExactDistances, ExactErrorRate, ProvedMeanDistance

BLOCK_SIZE = 2048


@dataclass(frozen=True, eq=False)
class NearestAngles(ByValue):
    """Certified bounds of the angles (radians) from sampled points to their nearest error, shape (n,) each."""

    lower: FloatArray
    upper: FloatArray


def sample_nearest_angles(
    errors: QuadraticErrors,
    *,
    samples: int,
    seed: int,
    key: tuple[int, ...],
    workers: int = 1,
    first_block: int = 0,
    meter: Meter | None = None,
) -> NearestAngles:
    """Angles from uniform points to the nearest error of a quadratic classifier, in the eigenbasis.

    The uniform law does not know the basis, so the points are drawn in the eigenbasis.

    Parameters
    ----------
    errors
        Those of one classifier.
    samples, seed, key
        Number of points and what they are drawn from.
    first_block
        Where a sample is continued: number of the blocks (of ``BLOCK_SIZE`` points) that were drawn before.
    meter
        May end it, by its time.
    """
    plan = bulk_plan(errors)

    def solve(block: int, size: int) -> tuple[FloatArray, FloatArray]:
        if meter is not None:
            meter.check_time()
        rng = block_generator(seed, EXACT_SAMPLE_KEY, *key, first_block + block)
        found = draw_and_solve(plan, size, rng)
        return found.angle_lower, found.angle_upper

    parts = list(map_blocks(solve, check_samples(samples), BLOCK_SIZE, workers=workers))
    return NearestAngles(np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]))


class ExactSample:
    """Exact distances of the first n points of one stream; what was drawn is kept when n grows.

    Parameters
    ----------
    errors
        Those of one classifier on a sphere.
    known
        What is known without a sample; its unit and metric are those of the evidence.
    seed, workers
        What the points are drawn from, and by how many threads; they change no number.
    meter
        May end the sample, by its time.
    """

    note = ""

    def __init__(
        self,
        errors: QuadraticErrors,
        known: Evidence,
        seed: int,
        workers: int = 1,
        meter: Meter | None = None,
    ) -> None:
        self.known = known
        self.meter = Meter() if meter is None else meter
        self._errors = errors
        self._seed, self._workers = seed, workers
        self._angles = NearestAngles(np.zeros(0), np.zeros(0))

    def evidence(self, samples: int, anytime: bool) -> Evidence:
        """What is known after ``samples`` points."""
        if samples == 0 or self.known.no_errors:
            return self.known
        self._grow(samples)
        drawn = NearestAngles(self._angles.lower[:samples], self._angles.upper[:samples])
        exact = ExactDistances(drawn.lower, drawn.upper, anytime, self.known.largest_length)
        distances = (*self.known.distances, exact)
        return replace(self.known, distances=distances)

    def deepen(self, claims: Sequence[Claim]) -> bool:
        """Exact distances leave nothing to add."""
        return False

    def confirm(self) -> None:
        """What is known of the classifier was not asked."""

    def _grow(self, samples: int) -> None:
        have = len(self._angles.upper)
        if have >= samples:
            return
        if have % BLOCK_SIZE:
            raise InvalidArgumentError("samples", samples, f"not above {have}, where a block was cut")
        try:
            more = self._more(samples - have, have // BLOCK_SIZE)
        except LimitReachedError as reached:
            raise LimitReachedError(reached.limit, f"the distances of {have:,} points", have) from reached
        self._angles = NearestAngles(
            np.concatenate([self._angles.lower, more.lower]), np.concatenate([self._angles.upper, more.upper])
        )

    def _more(self, samples: int, first_block: int) -> NearestAngles:
        return sample_nearest_angles(
            self._errors,
            samples=samples,
            seed=self._seed,
            key=(SPHERE_KEY["outer" if self._errors.ties_are_errors else "inner"],),
            workers=self._workers,
            first_block=first_block,
            meter=self.meter,
        )


class KnownSample(ExactSample):
    """The same of a problem whose errors are known (:mod:`~.distances.known`); lengths are those of its space.

    Parameters
    ----------
    problem, errors
        Where points are drawn, and the distance to what.
    of_distances
        Whether the mean distance is asked about: a proved bound of it takes half a second.
    """

    def __init__(
        self, problem: Problem, errors: KnownErrors, seed: int, workers: int, meter: Meter, *, of_distances: bool
    ) -> None:
        proofs: tuple[DistanceEvidence, ...] = ()
        if of_distances and not errors.no_errors:
            proofs = (ProvedMeanDistance(errors.mean_at_least),)
        self.known = Evidence(problem.space, ExactErrorRate(errors.rate, errors.log_error), proofs)
        self.meter = meter
        self._problem, self._known_errors = problem, errors
        self._seed, self._workers = seed, workers
        self._angles = NearestAngles(np.zeros(0), np.zeros(0))

    def _more(self, samples: int, first_block: int) -> NearestAngles:
        def solve(block: int, size: int) -> tuple[FloatArray, FloatArray]:
            self.meter.check_time()
            rng = block_generator(self._seed, EXACT_SAMPLE_KEY, SPHERE_KEY[self._problem.sphere], first_block + block)
            return self._known_errors.lengths(self._problem.sample(size, rng))

        parts = list(map_blocks(solve, samples, BLOCK_SIZE, workers=self._workers))
        return NearestAngles(np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]))


def known_evidence(errors: QuadraticErrors, space: Round, *, lower: float | None = None) -> Evidence:
    """What is known of a quadratic classifier without a sample: its error rate and the proved lower bound.

    Parameters
    ----------
    errors, space
        Those of one classifier on a sphere.
    lower
        The proved lower bound of the mean distance, where the caller has it already.
    """
    rate = exact_rate(errors)
    proofs: tuple[DistanceEvidence, ...] = ()
    if not rate.is_zero:
        proofs = (ProvedMeanDistance(proved_mean(errors, space) if lower is None else lower),)
    return Evidence(space, rate, proofs, even=True)


def exact_rate(errors: QuadraticErrors) -> ExactErrorRate:
    """The exact error rate of a quadratic classifier as evidence: with what may be off about it, and ties."""
    return ExactErrorRate(errors.rate, float(errors.log_error), touches=bool(errors.touches))
