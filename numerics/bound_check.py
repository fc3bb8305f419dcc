"""Claims about any classifier on one sphere, checked with as few points as decide them.

A quadratic classifier or network is checked by its exact error rate, proved bounds and exact distances. Of any other
model only logits are asked for: random points give its error rate, from which geometry limits every distance; an
attack, where one is given, gives upper bounds of distances.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..theory.errors import InvalidArgumentError
from ..theory.isoperimetry import max_robust_accuracy, mean_distance_bound, quantile_distance_bound
from ..theory.log_probability import LogProbability
from ..theory.quadratic_network import QuadraticClassifier
from ..theory.validation import FloatArray, Metric, Sphere, check_metric, check_radius, check_sphere
from .arguments import check_instance, check_single, single_dim
from .attacks import attack as default_attack
from .blocks import block_sizes, map_blocks
from .certificates import certifiable, certify_on
from .checks import Check, Decisions, share_of_budget
from .claims import (
    AttackClaim,
    Claim,
    Claims,
    ErrorRateClaim,
    MeanDistanceClaim,
    NearErrorsClaim,
    PerfectionClaim,
    QuantileDistanceClaim,
    RobustAccuracyClaim,
    TightnessClaim,
)
from .confidence import check_samples
from .distances import predict_distance, theory_questions
from .evidence import AttackDistances, DistanceEvidence, ErrorCounts, Evidence, ExactErrorRate, LowerCertificates
from .exact_sample import ExactSample
from .models import AnyModel, checked, exact_classifier, misclassified
from .networks.relu import ReluNetwork
from .sequential import Collect, Question, decide_sequentially, rests_on_samples
from .spheres import block_generator, sample_unit_vectors
from .streams import BOUND_CHECK_KEY, SPHERE_KEY
from .suite import known_evidence

LARGEST_BLOCK = 2048
SMALLEST_BLOCK = 16
BLOCK_ENTRIES = 2**22
DEFAULT_RADIUS = {"inner": 1.0, "outer": 1.3}
ATTACKED_POINTS = 256
"""Most points that are attacked, unless asked for more: an attack costs thousands of queries a point."""


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


@dataclass(frozen=True)
class CheckedClaim:
    """A check, with the claimed number and what geometry predicts at the best known error rate (None: nothing)."""

    check: Check
    claimed: float | None
    predicted: float | None


@dataclass(frozen=True)
class BoundCheck(Decisions):
    """What was found about one model on one sphere; the verdicts hold together with the stated confidence.

    Parameters
    ----------
    checks, confidence
        One check for each claim, and the probability that no verdict is wrong.
    claimed, predicted
        For each check the claimed number, and what geometry predicts at most at the best known error rate; None where
        there is none.
    dim, sphere, radius, metric
        Where the claims are made: distances are in the unit of the radius, in this metric.
    """

    claimed: Sequence[float | None]
    predicted: Sequence[float | None]
    dim: int
    sphere: Sphere
    radius: float
    metric: Metric

    @property
    def results(self) -> list[CheckedClaim]:
        """The checks, each with its numbers."""
        return [CheckedClaim(*row) for row in zip(self.checks, self.claimed, self.predicted, strict=True)]


def check_bound(
    model: Any,
    claims: Claims = Claims(),  # noqa: B008 (immutable)
    *,
    dim: int | None = None,
    sphere: Sphere = "inner",
    radius: float | None = None,
    metric: Metric = "euclidean",
    max_samples: int = 20_000,
    confidence: float = 0.99,
    seed: int = 0,
    workers: int = 1,
    attack: Attack | Literal["default"] | None = "default",
    attacked_points: int = ATTACKED_POINTS,
    certified_points: int = 0,
) -> BoundCheck:
    """Check claims about a model on one sphere; each check stops as soon as it is decided.

    Parameters
    ----------
    model
        A QuadraticClassifier, anything whose ``classifier()`` gives one (a QuadraticNetwork), or anything with
        ``logits(points) -> (n,)`` (positive means "outer") or ``labels(points)``.
    claims
        What is claimed. Without any, theory is held against exact distances (quadratic) or the attack's.
    dim
        Ambient dimension; may be left out for quadratic models.
    sphere
        "inner": a positive logit is an error; "outer": any other is.
    radius
        Radius of the sphere; default 1 (inner) or 1.3 (outer). The inner sphere of a quadratic model has radius 1.
    metric
        Metric of distances and epsilon, which are in the unit of the radius.
    max_samples
        Largest number of random points.
    confidence
        Of all verdicts together: the checks that may rest on a sample share the error budget.
    seed, workers
        Same seed, same numbers, whatever the number of workers (threads).
    attack
        Called as ``attack(model, points, sphere, outer_radius=radius)``; finds errors near given points, each
        without regard to the others, of a model
        that is not quadratic. "default": :func:`adversarial_spheres.numerics.attacks.attack`, where a claim is about
        distances; None: no attack, geometry alone limits the distances.
    attacked_points
        Largest number of points that are attacked.
    certified_points
        Largest number of points near which certified lower bounds are computed; for ReLU networks alone, and slow.

    Returns
    -------
    BoundCheck
        **Guarantee**: with the stated confidence no verdict "verified" or "refuted" is wrong.

    Raises
    ------
    InvalidArgumentError
        An argument is out of range, the model returns something else than logits, or nothing is to be checked.

    Examples
    --------
    >>> found = check_bound(QuadraticClassifier.from_alphas([0.9, 0.8, 1.1]), Claims(error_rate=0.2))
    >>> found.verdict, found.checks[0].explanation
    ('refuted', 'the exact error rate is 0.231704')
    """
    check_sphere(sphere)
    size = check_single("radius", check_radius(DEFAULT_RADIUS[sphere] if radius is None else radius))
    check_metric(metric)
    check_instance("claims", claims, Claims, "Claims")
    if not (attack is None or attack == "default" or callable(attack)):
        raise InvalidArgumentError("attack", attack, 'None, "default" or a function')
    classifier = exact_classifier(model)
    if classifier is None:
        if dim is None:
            raise InvalidArgumentError("dim", dim, "given for a model that is not quadratic")
        known = Evidence(single_dim(dim), size, metric)
        search = _attack_for(claims, attack, sphere, size)
        held = search is not None and (attack != "default" or not claims.values())
        sample = ModelSample(model, sphere, known, seed, workers, search, attacked_points, certified_points)
        collect: Collect = sample.evidence
    else:
        outer = _outer_radius(classifier, dim, sphere, size)
        known = known_evidence(classifier, sphere, outer, metric)
        held = False
        collect = ExactSample(classifier, sphere, outer, known, seed, workers).evidence
    questions = _questions(claims, known, sphere, classifier, attack_is_held=held)
    each = share_of_budget(confidence, max(1, sum(rests_on_samples(q.claim, known) for q in questions)))
    checks = decide_sequentially(questions, collect, each, max_samples=max_samples)
    last = collect(max((check.samples or 0 for check in checks), default=0), True)
    claimed = [_claimed(question.claim) for question in questions]
    predicted = [predicted_for(question.claim, last) for question in questions]
    return BoundCheck(checks, confidence, claimed, predicted, known.dim, sphere, size, metric)


def _attack_for(
    claims: Claims, attack: Attack | Literal["default"] | None, sphere: Sphere, radius: float
) -> Attack | None:
    """The attack that is used on a model that is not quadratic."""
    if attack == "default":
        about_rates = all(isinstance(claim, ErrorRateClaim | PerfectionClaim) for claim in claims.values())
        attack = None if claims.values() and about_rates else default_attack
    if attack is default_attack and sphere == "inner" and radius != 1.0:
        raise InvalidArgumentError("radius", radius, "1 on the inner sphere, where the default attack searches")
    return attack


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
            outcome = self._attack(self._model, self._first(count), self._sphere, outer_radius=self.known.radius)
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


def predicted_for(claim: Claim, evidence: Evidence) -> float | None:
    """What geometry predicts at most for a claimed quantity, at the exact or the observed error rate."""
    rate = evidence.error_rate
    if isinstance(rate, ExactErrorRate):
        known = rate.rate
    elif isinstance(rate, ErrorCounts):
        known = LogProbability.of(rate.errors / rate.samples)
    else:
        return None
    at: dict[str, Any] = {"radius": evidence.radius, "metric": evidence.metric}
    if isinstance(claim, MeanDistanceClaim):
        value = float(mean_distance_bound(known, evidence.dim, **at))
    elif isinstance(claim, QuantileDistanceClaim):
        value = float(quantile_distance_bound(claim.quantile, known, evidence.dim, **at))
    elif isinstance(claim, RobustAccuracyClaim):
        value = float(max_robust_accuracy(known, evidence.dim, claim.epsilon, **at))
    elif isinstance(claim, NearErrorsClaim):
        value = float(max_robust_accuracy(known, evidence.dim, claim.epsilon, **at).complement)
    elif isinstance(claim, TightnessClaim | AttackClaim):
        value = 1.0
    else:
        value = float(known)
    return value if np.isfinite(value) else None


def _questions(
    claims: Claims,
    known: Evidence,
    sphere: Sphere,
    classifier: QuadraticClassifier | None,
    *,
    attack_is_held: bool,
) -> list[Question]:
    """The user's claims; without any, what theory says of a quadratic model; and whether the attack is any good."""
    asked = claims.values()
    if attack_is_held:
        asked.append(AttackClaim())
    elif classifier is not None and not asked:
        rate = known.error_rate
        if isinstance(rate, ExactErrorRate) and not rate.is_zero:
            outer = DEFAULT_RADIUS["outer"] if sphere == "inner" else known.radius
            predicted = predict_distance(classifier, sphere, outer_radius=outer, metric=known.metric)
            return theory_questions(sphere, known.metric, predicted, None)
        # Where the error set has measure 0 but is not empty, there is no perfection to speak of.
        asked.append(PerfectionClaim() if known.no_errors else ErrorRateClaim(0.0))
    if not asked:
        raise InvalidArgumentError("claims", claims, "at least one claim, or an attack to be held against the bound")
    return [Question.about(claim, known, sphere) for claim in asked]


def _claimed(claim: Claim) -> float | None:
    values = (getattr(claim, name, None) for name in ("error_rate", "distance", "accuracy", "share"))
    return next((float(value) for value in values if value is not None), None)


def _outer_radius(classifier: QuadraticClassifier, dim: int | None, sphere: Sphere, radius: float) -> float:
    """The outer radius of a quadratic model, after checking that it fits what was asked."""
    if classifier.shape:
        raise InvalidArgumentError("model", classifier.shape, "a single classifier, not a history")
    if dim is not None and single_dim(dim) != classifier.dim:
        raise InvalidArgumentError("dim", dim, f"{classifier.dim}, the dimension of the model")
    if sphere == "outer":
        return radius
    if radius != 1.0:
        raise InvalidArgumentError("radius", radius, "1, the radius of a quadratic classifier's inner sphere")
    return DEFAULT_RADIUS["outer"]
