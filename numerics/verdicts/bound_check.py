"""Claims about any classifier of one problem, checked with as few points as decide them.

A quadratic classifier or network is checked by its exact error rate, proved bounds and exact distances, and so is a
model whose errors are known (:mod:`~.distances.known`). Of any other model only logits are asked for: random points
give its error rate, from which geometry limits every distance; an attack, where one is given, gives upper bounds of
distances.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np

from ...theory.basics.arguments import check_instance, check_word, single_dim
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.sphere import any_radius
from ...theory.basics.validation import Metric, Sphere, check_metric, check_sphere
from ...theory.quadratic.classifier import QuadraticClassifier
from ...theory.quadratic.errors import QuadraticErrors
from ...theory.spaces.space import Space
from ...theory.spaces.sphere import Sphere as RoundSpace
from ..attacks.attack import attack as default_attack
from ..attacks.attack import is_attackable
from ..distances.known import CHECKED_POINTS, KnownErrors, known_errors
from ..distances.predicted import predicted_mean
from ..models.adapters import as_model
from ..models.checked import exact_classifier
from ..models.findings import Finding
from ..models.problem import Problem
from ..models.query_limits import LimitReachedError, Meter
from ..models.sanity import RECHECKED
from ..statistics.intervals import check_samples, share_of_budget
from .attack_evidence import Attack
from .checks import Check, Decisions, Verdict, overall_verdict
from .claims import (
    AttackClaim,
    Claim,
    Claims,
    ErrorRateClaim,
    PerfectionClaim,
)
from .evidence import Evidence, ExactErrorRate
from .exact_sample import ExactSample, KnownSample, known_evidence
from .quantities import AttackedMean
from .questions import theory_questions
from .samples import ModelSample
from .sequential import Question, decide_by_sample

DEFAULT_RADIUS = {"inner": 1.0, "outer": 1.3}
ATTACKED_POINTS = 256
"""Most points that are attacked, unless asked for more: an attack costs thousands of queries a point."""


@dataclass(frozen=True)
class CheckedClaim:
    """A check, with the claimed number and what geometry predicts at the best known error rate (None: nothing)."""

    check: Check
    claimed: float | None
    predicted: float | None


@dataclass(frozen=True)
class BoundCheck(Decisions):
    """What was found about one problem; the verdicts hold together with the stated confidence.

    Parameters
    ----------
    checks, confidence
        One check for each claim, and the probability that no verdict is wrong.
    claims, predicted
        For each check the claim, and what geometry predicts at most at the best known error rate; None where there is
        none.
    space, sphere
        Where the claims are made, whose unit and metric distances have; and what is an error there.

    Examples
    --------
    >>> from adversarial_spheres import Claims, QuadraticClassifier, check_bound, paper_alphas
    >>> found = check_bound(QuadraticClassifier.from_alphas(paper_alphas()), Claims(mean_distance=0.9))
    >>> found.verdict, found.claimed, found.predicted
    ('refuted', [0.9], [0.28943])
    """

    claims: Sequence[Claim]
    predicted: Sequence[float | None]
    space: Space
    sphere: Sphere

    @property
    def verdict(self) -> Verdict:
        """That of the claims about the model; that of the attack where nothing else was asked.

        An attack that is too weak is refuted in its own row: it says nothing against the model.
        """
        rows = zip(self.checks, self.claims, strict=True)
        about_model = [check for check, claim in rows if not isinstance(claim.quantity, AttackedMean)]
        return overall_verdict(about_model or self.checks)

    @property
    def claimed(self) -> list[float | None]:
        """For each check the claimed number; None where there was no choice."""
        return [claim.claimed for claim in self.claims]

    @property
    def dim(self) -> int:
        """Number of coordinates of a point."""
        return self.space.dim

    @property
    def space_name(self) -> str:
        """What kind of space it is: "Sphere", say."""
        return type(self.space).__name__

    @property
    def radius(self) -> float | None:
        """Radius of the sphere; None in other spaces."""
        return self.space.radius if isinstance(self.space, RoundSpace) else None

    @property
    def metric(self) -> str:
        """How distance is measured."""
        return self.space.metric

    @property
    def results(self) -> list[CheckedClaim]:
        """The checks, each with its numbers."""
        return [CheckedClaim(*row) for row in zip(self.checks, self.claimed, self.predicted, strict=True)]

    def to_dict(self) -> dict[str, Any]:
        """The same of checks in one space, and which space it is; ``sphere`` is None in other spaces than spheres."""
        about = {"dim": self.dim, "space": self.space_name, "radius": self.radius, "metric": self.metric}
        return {**super().to_dict(), **about, "sphere": None if self.radius is None else self.sphere}

    def _rows(self) -> list[dict[str, Any]]:
        return [{**asdict(row.check), "claimed": row.claimed, "predicted": row.predicted} for row in self.results]


def check_bound(
    model: Any,
    claims: Claims = Claims(),  # noqa: B008 (immutable)
    *,
    dim: int | None = None,
    sphere: Sphere | None = None,
    radius: float | None = None,
    metric: Metric | None = None,
    max_samples: int = 20_000,
    confidence: float = 0.99,
    seed: int = 0,
    workers: int = 1,
    attack: Attack | Literal["default"] | None = "default",
    attacked_points: int = ATTACKED_POINTS,
    certified_points: int = 0,
    max_queries: int | None = None,
    max_seconds: float | None = None,
) -> BoundCheck:
    """Check claims about a model on one sphere, by what is cheap first; each check stops as soon as it is decided.

    Parameters
    ----------
    model
        A QuadraticClassifier, anything whose ``classifier()`` gives one (a QuadraticNetwork), anything with
        ``logits(points) -> (n,)`` (positive means "outer") or ``labels(points)``, or what
        :func:`~.models.adapters.as_model` makes a model of: a function, a PyTorch module, a classifier of scikit-learn.
        It is questioned first: see :mod:`~.models.sanity`. Or a :class:`~.models.problem.Problem`, from
        :func:`~.models.around.around`, say, which says its dimension, sphere, radius and metric itself. Of an estimator
        that is recognised (two classes: discriminants, Gaussian naive Bayes, linear models) claims in normal noise are
        checked exactly, and those of linear ones on spheres: see :mod:`~.distances.known`.
    claims
        What is claimed. Without any, theory is held against exact distances (quadratic) or the attack's.
    dim
        Ambient dimension; may be left out for quadratic models, and for estimators that know their number of features.
    sphere
        "inner" (default): a positive logit is an error; "outer": any other is.
    radius
        Radius of the sphere; default 1 (inner) or 1.3 (outer). The inner sphere of a quadratic model has radius 1.
    metric
        Metric of distances and epsilon, which are in the unit of the radius; default "euclidean".
    max_samples
        Largest number of random points.
    confidence
        Of all verdicts together: the checks that may rest on a sample share the error budget.
    seed, workers
        Same seed, same numbers, whatever the number of workers (threads).
    attack
        Finds errors of a model that is not quadratic. Called as ``attack(model, points, sphere, outer_radius=radius)``,
        it returns an error near each point, found without regard to the other points: an array of shape (n, dim) with
        a row of NaN where it found none, or an object that has it as ``points`` (an AttackResult). In normal noise
        it is called as ``attack(problem, points)``; in other spaces than it and spheres none is. The model is asked
        about every point that it returns; what is no error counts as a failed attack. "default":
        :func:`~.attacks.attack.attack`, where a claim is about distances; None: no attack, geometry
        alone limits the distances. Only claims that counting leaves open are attacked, and by the default attack
        only if a try at 16 other points does not show that it would decide nothing. Where you give one, or claim
        nothing, a row of its own holds the attack against the bound, too. An attack that is too weak is refuted there;
        the verdict of all is that of your claims, where you make any.
    attacked_points
        Largest number of points that are attacked.
    certified_points
        Largest number of points near which certified lower bounds are computed; for ReLU networks alone, and slow.
    max_queries
        Most points that a model that is not quadratic is asked about (a gradient counts as one), by the attack, too, as
        long as it asks the model that it is given. What is still open then is inconclusive, and says so.
    max_seconds
        Most seconds, looked at before each batch of questions (but for the last few, which ask the model once more
        whether it is still the one that was counted). Which checks it leaves open depends on the machine and
        on what else runs there: unlike ``max_queries`` it is not reproducible. No verdict is less sure for either.

    Returns
    -------
    BoundCheck
        **Guarantee**: with the stated confidence no verdict "verified" or "refuted" is wrong.

    Raises
    ------
    InvalidArgumentError
        An argument is out of range, the model returns something else than logits, or nothing is to be checked.
    ModelError
        The model's answers are no answers, or depend on chance, on the other points of a batch, or on what it was asked
        before.

    Examples
    --------
    >>> found = check_bound(QuadraticClassifier.from_alphas([0.9, 0.8, 1.1]), Claims(error_rate=0.2))
    >>> found.verdict, found.checks[0].explanation
    ('refuted', 'the exact error rate is 0.231704')
    """
    check_instance("claims", claims, Claims, "Claims")
    if attack is not None and not callable(attack):
        check_word("attack", attack, ("default",), 'None, "default" or a function')
    check_samples(certified_points, name="certified_points", minimum=0)
    problem, classifier = _asked(model, dim=dim, sphere=sphere, radius=radius, metric=metric)
    meter = Meter(max_queries, max_seconds, kept_back=RECHECKED)
    findings, held, errors = tuple[Finding, ...](), False, None
    sample: ModelSample | ExactSample
    if classifier is None:
        with suppress(LimitReachedError):  # the sample asks the same meter, and says so
            findings = replace(problem, model=problem.model.metered(meter)).findings()
        search = _attack_for(claims, attack, problem.space)
        held = search is not None and (attack != "default" or not claims.values())
        exactly = None if held or certified_points else _known(problem, meter)
        if exactly is not None:
            of_distances = any(claim.quantity.of_distances for claim in claims.values())
            sample = KnownSample(problem, exactly, seed, workers, meter, of_distances=of_distances)
        else:
            pilot = attack == "default"
            sample = ModelSample(problem, seed, workers, search, attacked_points, certified_points, meter, pilot)
    else:
        outer = problem.typical_norm if problem.sphere == "outer" else DEFAULT_RADIUS["outer"]
        errors = classifier.errors_on(problem.sphere, outer)
        known = known_evidence(errors, Evidence(problem.space).sphere)
        sample = ExactSample(errors, known, seed, workers, meter)
    known = sample.known
    questions = _questions(claims, known, problem.sphere, errors, attack_is_held=held)
    each = share_of_budget(confidence, max(1, sum(q.claim.quantity.rests_on_samples(known) for q in questions)))
    checks = decide_by_sample(questions, sample, each, max_samples)
    last = sample.evidence(max((check.samples or 0 for check in checks), default=0), True)
    claimed = [question.claim for question in questions]
    predicted = [_predicted(question.claim, last) for question in questions]
    return BoundCheck(checks, confidence, claimed, predicted, problem.space, problem.sphere, findings=findings)


def _asked(model: Any, **given: Any) -> tuple[Problem, QuadraticClassifier | None]:
    """What is asked, as a problem; and the classifier on whose sphere all is exact, if it is one."""
    if isinstance(model, Problem):
        own = {name: getattr(model.space, name, None) for name in ("dim", "radius", "metric")}
        own["sphere"] = model.sphere
        for name, value in given.items():
            if value is not None and (not np.isscalar(value) or value != own[name]):
                allowed = "left out" if own[name] is None else f"left out, or {own[name]!r}"
                raise InvalidArgumentError(name, value, f"{allowed}: the problem says it")
        round_ = isinstance(model.space, RoundSpace)
        classifier = exact_classifier(model.model) if round_ else None
        if classifier is not None:
            _check_fit(classifier, model.space.dim, model.sphere, model.typical_norm)
        return model, classifier
    sphere: Sphere = "inner" if given["sphere"] is None else check_sphere(given["sphere"])
    metric: Metric = "euclidean" if given["metric"] is None else check_metric(given["metric"])
    wanted, dim = given["radius"], given["dim"]
    radius = any_radius(DEFAULT_RADIUS[sphere] if wanted is None else wanted)
    classifier = exact_classifier(model)
    if classifier is not None:
        _check_fit(classifier, dim, sphere, radius)
        dim = classifier.dim
    asked = as_model(model if classifier is None else classifier)
    dim = asked.dim if dim is None else dim
    if dim is None:
        raise InvalidArgumentError("dim", dim, "given for a model that does not say it")
    return Problem(asked, RoundSpace(single_dim(dim), radius, metric), sphere), classifier


def _check_fit(classifier: QuadraticClassifier, dim: int | None, sphere: Sphere, radius: float) -> None:
    """Refuse what does not fit a quadratic model."""
    if classifier.shape:
        raise InvalidArgumentError("model", classifier.shape, "a single classifier, not a history")
    if dim is not None and single_dim(dim) != classifier.dim:
        raise InvalidArgumentError("dim", dim, f"{classifier.dim}, the dimension of the model")
    if sphere == "inner" and radius != 1.0:
        raise InvalidArgumentError("radius", radius, "1, the radius of a quadratic classifier's inner sphere")


def _known(problem: Problem, meter: Meter) -> KnownErrors | None:
    """The errors, where they are known exactly and the limits leave room for the questions that check it."""
    if meter.left < 16 * CHECKED_POINTS:
        return None
    with suppress(LimitReachedError):
        return known_errors(replace(problem, model=problem.model.metered(meter)))
    return None


def _attack_for(claims: Claims, given: Attack | Literal["default"] | None, space: Space) -> Attack | None:
    """The attack that is used on a model that is not quadratic."""
    attack = None if given == "default" else given
    if given == "default":
        asked = claims.values()
        attack = default_attack if not asked or any(claim.quantity.of_distances for claim in asked) else None
    if not is_attackable(space):
        if callable(given):
            raise InvalidArgumentError("attack", given, f"None in {type(space).__name__} space: errors may lie outside")
        return None
    if attack is default_attack and isinstance(space, RoundSpace):
        return partial(default_attack, radius=space.radius)
    return attack


def _predicted(claim: Claim, evidence: Evidence) -> float | None:
    """What geometry predicts at most for a claimed quantity, at the exact or the observed error rate."""
    rate = evidence.best_rate
    value = None if rate is None else claim.quantity.bound_at(rate, evidence.geometry)
    return value if value is not None and np.isfinite(value) else None


def _questions(
    claims: Claims,
    known: Evidence,
    sphere: Sphere,
    errors: QuadraticErrors | None,
    *,
    attack_is_held: bool,
) -> list[Question]:
    """The user's claims; without any, what theory says of a quadratic model; and whether the attack is any good."""
    asked = claims.values()
    if attack_is_held:
        asked.append(AttackClaim())
    elif errors is not None and not asked:
        rate = known.error_rate
        if isinstance(rate, ExactErrorRate) and not rate.is_zero:
            return theory_questions(sphere, known.sphere.metric, predicted_mean(errors, known.sphere), None)
        # Where the error set has measure 0 but is not empty, there is no perfection to speak of.
        asked.append(PerfectionClaim() if known.no_errors else ErrorRateClaim(0.0))
    if not asked:
        raise InvalidArgumentError("claims", claims, "at least one claim, or an attack to be held against the bound")
    return [Question.about(claim, known, sphere) for claim in asked]
