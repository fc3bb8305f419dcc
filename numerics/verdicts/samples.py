"""A growing sample of random points of one space, as evidence about any model.

Points are counted first: one question each. What costs more comes only for claims that counting left open
(:meth:`ModelSample.deepen`): certificates, and an attack. Why no error budget is lost by that: see
:mod:`adversarial_spheres.numerics.verdicts.sequential`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...theory.basics.errors import InvalidArgumentError, ModelError, SpheresError
from ...theory.basics.validation import FloatArray, Metric, Sphere, check_sphere
from ...theory.spaces.compared import LipschitzImage
from ...theory.spaces.even_sphere import EvenSphere
from ...theory.spaces.space import Space
from ...theory.spaces.sphere import Sphere as RoundSpace
from ..distances.certified import CertificateMethod, certifiable, certify, certify_on
from ..distances.sample import AS_IT_IS
from ..models.problem import Problem
from ..models.query_limits import LimitReachedError, Meter
from ..models.sanity import RECHECKED, confirm
from ..models.users_code import users_code
from ..networks.relu import ReluNetwork
from ..sampling.blocks import block_sizes, map_blocks
from ..sampling.points import block_generator, sample_unit_vectors
from ..sampling.streams import BOUND_CHECK_KEY, CERTIFICATE_KEY, SPHERE_KEY
from ..statistics.intervals import check_confidence, check_samples
from .attack_evidence import Attack, ask, verified_distances
from .claims import Claim
from .engine import decide
from .evidence import (
    AttackDistances,
    DistanceEvidence,
    ErrorCounts,
    Evidence,
    LowerCertificates,
    PlannedDistances,
)
from .sources import lower_sample, mean_of_true

LARGEST_BLOCK = 2048
SMALLEST_BLOCK = 16
BLOCK_ENTRIES = 2**22
CERTIFIED_AT_ONCE = 8
_PILOT_POINTS, _PILOT_BLOCK, _IMAGINED = 16, 2**31, 10_000


class ModelSample:
    """Random points of one space, as evidence about any model: counted errors, and an attack's distances.

    Parameters
    ----------
    problem
        What is measured.
    seed, workers
        What the points are drawn from, and by how many threads; they change no number.
    attack, attacked_points
        Searches errors near the first points.
    certified_points
        How many of the first points get a certified lower bound; 0: none.
    meter
        Counts the questions, and may end the sample.
    pilot
        Whether to attack a few other points first, and none of the sample where these say that it would decide nothing.

    Attributes
    ----------
    note
        Why the sample was not attacked, for open checks; empty where it was.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int,
        workers: int,
        attack: Attack | None,
        attacked_points: int,
        certified_points: int = 0,
        meter: Meter | None = None,
        pilot: bool = False,
    ) -> None:
        _check_base(problem.space)
        self.known, self.meter = Evidence(problem.space), Meter() if meter is None else meter
        self._asked, self._seed, self._workers = problem, seed, workers
        self._problem = replace(problem, model=problem.model.metered(self.meter))
        self._attack, self._pilot, self.note = attack, pilot, ""
        self._attacked_points = check_samples(attacked_points, name="attacked_points")
        # Points a block; it depends on nothing but the dimension, so that the points depend on nothing but the seed.
        self._block = int(np.clip(BLOCK_ENTRIES // problem.dim, SMALLEST_BLOCK, LARGEST_BLOCK))
        self._errors = np.zeros(0, dtype=np.bool_)
        self._first_scores = np.zeros(0)
        self._certified_points = check_samples(certified_points, name="certified_points", minimum=0)
        if certified_points and not isinstance(problem.space, RoundSpace):
            raise InvalidArgumentError("certified_points", certified_points, "0: certificates are of spheres")
        self._network = certifiable(problem.model) if certified_points else None
        self._distances: tuple[DistanceEvidence, ...] = ()
        if self._network is not None:
            self._distances += (PlannedDistances("below"),)
        if attack is not None:
            self._distances += (PlannedDistances("above"),)

    def evidence(self, samples: int, anytime: bool) -> Evidence:
        """What is known after ``samples`` points.

        Raises
        ------
        LimitReachedError
            No more than its number of points are known.
        """
        if samples == 0:
            return self.known
        self._count(samples)
        counts = ErrorCounts(int(np.count_nonzero(self._errors[:samples])), samples, anytime)
        return replace(self.known, error_rate=counts, distances=self._distances)

    def deepen(self, claims: Sequence[Claim]) -> bool:
        """Find certificates and attack, once, if that may decide a claim; returns whether more is known then.

        The number of points that are attacked or certified is fixed beforehand: it depends on nothing that was seen.
        Not to attack at all is always allowed, since it decides nothing.
        """
        planned = any(isinstance(d, PlannedDistances) for d in self._distances)
        if not planned or not (self._network or any(claim.quantity.by_attack for claim in claims)):
            return False
        found: list[DistanceEvidence] = []
        try:
            if self._network is not None:
                found.append(self._certified(self._network))
            if self._attack is not None and self._is_promising(self._attack, claims):
                found.append(self._attacked(self._attack, self._first(self._attacked_points)))
        except LimitReachedError as reached:
            raise self._reached(reached, "; what the attack had found does not count") from reached
        self._distances = (*found, *self._distances[len(found) :])
        return bool(found)

    def points(self, block: int, size: int) -> FloatArray:
        """Random points of one block."""
        rng = block_generator(self._seed, BOUND_CHECK_KEY, SPHERE_KEY[self._problem.sphere], block)
        return self._problem.sample(size, rng)

    def confirm(self) -> None:
        """Refuse a model that is not the one that was counted: it is asked about the first points again.

        These questions are not metered.
        """
        count = len(self._first_scores[:RECHECKED])
        if count:
            confirm(self._asked.model, self.points(0, count), self._first_scores)

    def _count(self, samples: int) -> None:
        """Count errors among the first points: as many as asked for, or as the limits allow."""
        if len(self._errors) >= samples:
            return
        try:
            self.meter.check()  # a model that could not be questioned first is not believed
            # Each point costs one question: how many may be counted is known whatever the order in which threads ask.
            self._grow(int(min(samples, len(self._errors) + self.meter.left)))
        except LimitReachedError as reached:
            if len(self._errors) < samples:
                raise self._reached(reached) from reached
        if len(self._errors) < samples:
            raise self._reached(LimitReachedError("max_queries"))

    def _grow(self, samples: int) -> None:
        first, skipped = divmod(len(self._errors), self._block)
        if len(self._errors) >= samples:
            return

        def wrong(block: int, size: int) -> NDArray[np.bool_]:
            points = self.points(first + block, size)[skipped if block == 0 else 0 :]
            scores = self._problem.model.scores(points)
            if first + block == 0 and not skipped:
                self._first_scores = scores
            found = self._problem.errors_of(scores)
            self._check_even(points[found])
            return found

        parts = [self._errors]
        try:
            for part in map_blocks(wrong, samples - first * self._block, self._block, workers=self._workers):
                parts.append(part)
        finally:
            self._errors = np.concatenate(parts)

    def _check_even(self, errors: FloatArray) -> None:
        """Refuse an error that has none opposite to it, where the bounds are those of even sets.

        Without such errors the count is also that of the errors whose opposite points are errors. They are an even set,
        no error is farther than they are, and so what follows holds whether or not the set of all errors is even.
        """
        if isinstance(self.known.space, EvenSphere) and len(errors):
            alone = int(np.count_nonzero(~self._problem.errors(-errors)))
            if alone:
                allowed = "one that errs at -x wherever it errs at x: EvenSphere bounds no other, Sphere does"
                raise ModelError("model", f"{alone} of {len(errors)} errors with none at -x", allowed)

    def _is_promising(self, attack: Attack, claims: Sequence[Claim]) -> bool:
        """Whether any number of attacked points could decide a claim, by the nearer half of a few that are not counted.

        The nearer half errs on the side of attacking. A claim about the attack itself, or that there is no error at
        all, is not judged by a few points.
        """
        if not self._pilot or self._attacked_points <= _PILOT_POINTS:
            return True
        if any(claim.quantity.by_any_error for claim in claims):
            return True
        tried = self._attacked(attack, self.points(_PILOT_BLOCK, _PILOT_POINTS), pilot=True)
        half = np.repeat(np.sort(tried.upper)[: _PILOT_POINTS // 2], _IMAGINED)
        nearer = AttackDistances(half, half < tried.largest, largest=tried.largest)
        evidence = replace(self.evidence(len(self._errors), True), distances=(nearer,))
        if any(decide(claim, evidence, 0.5, plan=False).verdict != "inconclusive" for claim in claims):
            return True
        length = "angle" if isinstance(self.known.space, RoundSpace) else "distance"
        found = tried.upper[np.asarray(tried.succeeded)]
        near = "no error near any"
        if len(found):
            near = f"errors at a mean {length} of {found.mean():.4g} near {len(found)}"
        self.note = f"the attack found {near} of {_PILOT_POINTS} other points: attacking more could not decide it"
        return False

    def _attacked(self, attack: Attack, points: FloatArray, *, pilot: bool = False) -> AttackDistances:
        passing = (SpheresError, LimitReachedError)
        with users_code("attack", "a function that ends without an exception", passing=passing):
            outcome = ask(attack, self._problem, points)
        self.meter.check()
        wrong = self._problem.errors(points) if pilot else self._errors[: len(points)]
        return verified_distances(outcome, self._problem, points, wrong)

    def _certified(self, network: ReluNetwork) -> DistanceEvidence:
        points, parts = self._first(self._certified_points), []
        for start in range(0, len(points), CERTIFIED_AT_ONCE * self._workers):
            self.meter.check()
            some = points[start : start + CERTIFIED_AT_ONCE * self._workers]
            radius = self._problem.typical_norm
            found = certify_on(network, some, self._problem.sphere, radius, workers=self._workers)
            parts.append(found.angle_lower)
        return LowerCertificates(np.concatenate(parts))

    def _first(self, count: int) -> FloatArray:
        sizes = block_sizes(min(count, len(self._errors)), self._block)
        return np.concatenate([self.points(block, size) for block, size in enumerate(sizes)])

    def _reached(self, reached: LimitReachedError, then: str = "") -> LimitReachedError:
        counted = len(self._errors)
        done = f"{counted:,} points were counted, with {self.meter.queries:,} questions in all{then}"
        return LimitReachedError(reached.limit, done, counted)


def _check_base(space: Space) -> None:
    """Refuse images of the sphere of even sets: nobody knows the point opposite to an image."""
    base = space
    while isinstance(base, LipschitzImage):
        base = base.base
    if isinstance(base, EvenSphere) and base is not space:
        raise InvalidArgumentError("space", space, "an image of another space: here no error is known to be even")


@dataclass(frozen=True)
class CertifiedMean:
    """Certified lower bounds near random points, and what they say of the mean distance.

    Parameters
    ----------
    mean
        Mean of the bounds.
    low
        Lower limit of the mean TRUE distance over the sphere, at ``confidence``.
    points, confidence, method
        How many, how sure, and how they were proved.
    """

    mean: float
    low: float
    points: int
    confidence: float
    method: CertificateMethod

    guarantee = "certified lower bound"


def certified_mean(
    network: ReluNetwork,
    sphere: Sphere,
    *,
    outer_radius: float = 1.3,
    metric: Metric,
    points: int,
    seed: int,
    confidence: float,
    method: CertificateMethod = "relaxation",
    workers: int = 1,
) -> CertifiedMean:
    """Certify random points of a sphere, and limit the mean distance to the nearest error from below.

    Parameters
    ----------
    points
        Number of random points, >= 2.
    confidence
        Of ``low``, in (0, 1).

    Returns
    -------
    CertifiedMean
        **Guarantee**: each bound is a certified lower bound; ``low`` is wrong with probability at most 1 - confidence
        over the draw of the points.

    Examples
    --------
    >>> network = ReluNetwork.random(4, 1, 3, np.random.default_rng(0))
    >>> found = certified_mean(network, "inner", metric="geodesic", points=4, seed=0, confidence=0.9)
    >>> found.low <= found.mean, found.points
    (True, 4)
    """
    certifiable(network)
    check_sphere(sphere)
    count, delta = check_samples(points, name="points", minimum=2), 1.0 - check_confidence(confidence)
    rng = block_generator(seed, CERTIFICATE_KEY, SPHERE_KEY[sphere])
    units = np.asarray(sample_unit_vectors(count, network.dim, rng), dtype=np.float64)
    found = certify(network, units, sphere, outer_radius=outer_radius, method=method, workers=workers)
    evidence = Evidence(RoundSpace(network.dim, found.radius, metric))
    sample = lower_sample(evidence, LowerCertificates(found.angle_lower))
    low = mean_of_true(sample, -1).limit(delta, AS_IT_IS).value
    return CertifiedMean(sample.mean, low, count, confidence, method)
