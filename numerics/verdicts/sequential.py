"""Questions put to evidence that grows: a check stops as soon as it is decided, by what is cheap first.

1. Nothing has been drawn: what proof or geometry decides costs no sample.
2. The sample doubles until every question is decided, it has its largest size, or counting has gone far enough
   (``COUNTED_FIRST`` points).
3. What costs thousands of questions a point (an attack, certificates) is done once, if a question is open that it may
   decide. Then the sample goes on to double.

Why the confidence holds. A verdict is wrong only if a limit on one side is (:mod:`.verdicts.engine`), and the k
sources of one side have delta / k each. As the sample's size depends on what was seen, its counts are marked
``anytime`` and judged by confidence sequences: with probability 1 - delta / k they are right at EVERY look, before
the attack and after it. The attack's points are the first n of the stream, with n fixed beforehand, and its limit is
a fixed-sample one: with probability 1 - delta / k it is right, whether anybody looks or not. So whether to attack may
depend on the counts, even on those of the same points: the two events are joined by the union bound, which asks for
no independence. What must not happen is that the count takes all of delta while the attack is still to come; so an
attack that is planned holds its share from the first look on (:class:`~.verdicts.evidence.PlannedDistances`).

A plan with a single look keeps the sharper fixed-sample limits for its counts, unless a limit of questions or time may
end it early: then they are judged by confidence sequences, too, which hold wherever one stops. Points are kept in the
order of the stream, without gaps. An attack that is cut off by a limit says nothing: how far it came may depend on what
it found, and a mean over the points that were quickly done is no mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ...theory.basics.validation import Sphere
from ..models.problem import place_of
from ..models.query_limits import LimitReachedError, Meter
from ..statistics.intervals import check_confidence, check_samples
from .checks import Check
from .claims import Claim
from .engine import decide
from .evidence import Evidence, ExactDistances, SummarisedDistances

FIRST_LOOK = 2048
COUNTED_FIRST = 2**16
"""Points that are counted before an attack: far fewer questions than it costs."""


@dataclass(frozen=True)
class Question:
    """A claim with the name and the words of its check.

    Parameters
    ----------
    name
        Short and stable, for scripts.
    words
        The claim in words.
    claim
        What is to be decided.
    by_sample
        Let exact distances alone decide: the claim IS what theory says, so theory may not be its own witness.
    """

    name: str
    words: str
    claim: Claim
    by_sample: bool = False

    @classmethod
    def about(cls, claim: Claim, evidence: Evidence, sphere: Sphere) -> Question:
        """A user's claim about one sphere, or another space, named and worded by default."""
        where = place_of(evidence.space, sphere)
        name = f"{where.split(maxsplit=1)[0].lower()}_claimed_{claim.key}"
        return cls(name, f"{where}: {claim.in_words(evidence.space.metric)}", claim)


Collect = Callable[[int, bool], Evidence]
"""(samples, anytime) -> evidence from the first ``samples`` points; 0 asks for what is known without a sample.

Where a limit ends the sample it raises :class:`~.models.query_limits.LimitReachedError`, which says how many points are
known.
"""
Deepen = Callable[[Sequence[Claim]], bool]
"""open claims -> whether costly evidence was added that :data:`Collect` will give from now on."""


def answer(question: Question, evidence: Evidence, confidence: float, *, plan: bool = True) -> Check:
    """Decide one question by evidence; ``plan`` as for :func:`~.verdicts.engine.decide`."""
    seen = evidence
    if question.by_sample and not evidence.no_errors:
        exact = tuple(d for d in evidence.distances if isinstance(d, ExactDistances | SummarisedDistances))
        seen = replace(evidence, error_rate=None, distances=exact)
    check = decide(question.claim, seen, confidence, plan=plan)
    return replace(check, name=question.name, claim=question.words)


def looks(max_samples: int, first: int = FIRST_LOOK) -> list[int]:
    """Sample sizes at which one looks: ``first`` (at least 1), doubled, up to ``max_samples``.

    Examples
    --------
    >>> looks(10_000)
    [2048, 4096, 8192, 10000]
    """
    sizes = [min(check_samples(first, name="first"), check_samples(max_samples, name="max_samples"))]
    while sizes[-1] < max_samples:
        sizes.append(min(2 * sizes[-1], max_samples))
    return sizes


def decide_sequentially(
    questions: Sequence[Question],
    collect: Collect,
    confidence: float,
    *,
    max_samples: int,
    first: int = FIRST_LOOK,
    deepen: Deepen | None = None,
    limited: bool = False,
) -> list[Check]:
    """Draw until every question is decided, or the sample has ``max_samples`` points.

    Parameters
    ----------
    questions
        What is asked.
    collect
        Gives the evidence of the first n points; called with growing n, first with 0.
    confidence
        Of each check, however often one looks.
    max_samples
        Largest number of points.
    first
        Number of points at the first look that has any, >= 1.
    deepen
        Adds what costs more than points; called once, where counting has gone far enough and questions are open.
    limited
        Whether a limit of questions or time may end the sample before ``max_samples``.

    Returns
    -------
    list of Check
        In the order of the questions; each rests on the points drawn until it was decided (``Check.samples``). Where a
        limit ended the sample, open checks say so.

    Examples
    --------
    >>> from adversarial_spheres import ErrorCounts, ErrorRateClaim, Sphere
    >>> class Coin:
    ...     def evidence(self, samples, anytime):
    ...         counts = ErrorCounts(samples // 10, samples, anytime) if samples else None
    ...         return Evidence(Sphere(50), error_rate=counts)
    >>> question = Question("rate", "at most one half", ErrorRateClaim(0.5))
    >>> (check,) = decide_sequentially([question], Coin().evidence, 0.99, max_samples=10_000)
    >>> check.verdict, check.samples
    ('verified', 2048)
    """
    check_confidence(confidence)
    sizes = looks(max_samples, first)
    found = _Answers(questions, confidence, collect, limited or len(sizes) > 1)
    try:
        found.look(0)
        for size in sizes:
            if not found.open:
                break
            found.look(size)
            if deepen is not None and found.open and (size >= COUNTED_FIRST or size == sizes[-1]):
                if deepen([question.claim for question in found.open]):
                    found.look(size)
                deepen = None
    except LimitReachedError as reached:
        found.look(reached.samples)
        return [_stopped(check, reached) for check in found.checks()]
    return found.checks()


class Sample(Protocol):
    """A growing sample of one problem; see :class:`~.verdicts.samples.ModelSample`."""

    meter: Meter
    note: str

    def evidence(self, samples: int, anytime: bool) -> Evidence:
        """What is known after ``samples`` points."""

    def deepen(self, claims: Sequence[Claim]) -> bool:
        """Add what costs more than points; whether more is known then."""

    def confirm(self) -> None:
        """Refuse a model that is no longer the one that was asked."""


def decide_by_sample(questions: Sequence[Question], sample: Sample, confidence: float, max_samples: int) -> list[Check]:
    """Decide questions by the sample of one problem; open ones that distances decide say what its note says."""
    checks = decide_sequentially(
        questions,
        sample.evidence,
        confidence,
        max_samples=max_samples,
        deepen=sample.deepen,
        limited=sample.meter.limited,
    )
    sample.confirm()
    return [
        replace(check, explanation=f"{check.explanation}; {sample.note}")
        if sample.note and check.verdict == "inconclusive" and question.claim.quantity.by_attack
        else check
        for question, check in zip(questions, checks, strict=True)
    ]


class _Answers:
    """The latest check of each question; those that are decided stay."""

    def __init__(self, questions: Sequence[Question], confidence: float, collect: Collect, anytime: bool) -> None:
        self._questions, self._confidence = questions, confidence
        self._collect, self._anytime = collect, anytime
        self._latest: dict[int, Check] = {}

    @property
    def open(self) -> list[Question]:
        return [q for i, q in enumerate(self._questions) if not _is_decided(self._latest.get(i))]

    def look(self, samples: int) -> None:
        """Answer what is open from the first points."""
        if not self.open:
            return
        evidence = self._collect(samples, self._anytime)
        for i, question in enumerate(self._questions):
            if not _is_decided(self._latest.get(i)):
                self._latest[i] = answer(question, evidence, self._confidence, plan=False)

    def checks(self) -> list[Check]:
        """The checks, in the order of the questions; open ones say how many points they need."""
        return [_planned(q, self._latest[i], self._collect, self._confidence) for i, q in enumerate(self._questions)]


def _stopped(check: Check, reached: LimitReachedError) -> Check:
    """An open check says which limit ended the sample."""
    return check if _is_decided(check) else replace(check, explanation=f"{check.explanation}; {reached}")


def _planned(question: Question, check: Check, collect: Collect, confidence: float) -> Check:
    """Say how many samples an open question needs, if one looks again and again until then."""
    if _is_decided(check) or check.samples is None:
        return check
    again = answer(question, collect(check.samples, True), confidence)
    return replace(check, samples_needed=again.samples_needed, samples_needed_by=again.samples_needed_by)


def _is_decided(check: Check | None) -> bool:
    return check is not None and check.verdict != "inconclusive"
