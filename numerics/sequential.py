"""Questions put to evidence that grows: a check stops as soon as it is decided.

At the first look nothing has been drawn: what proof or geometry decides costs no sample. Then the sample doubles until
every question is decided or it has its largest size. As the sample's size depends on what was seen, its evidence is
marked ``anytime`` and judged by confidence sequences; a plan with a single look keeps the sharper fixed-sample limits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .checks import Check
from .claims import AttackClaim, Claim, ErrorRateClaim, PerfectionClaim
from .confidence import check_confidence, check_samples
from .evidence import Evidence, ExactDistances, ExactErrorRate, SummarisedDistances
from .verdicts import decide

FIRST_LOOK = 2048


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
    def about(cls, claim: Claim, evidence: Evidence, where: str) -> Question:
        """A user's claim about one sphere, named and worded by default."""
        return cls(f"{where}_claimed_{claim.key}", f"{where} sphere: {claim.in_words(evidence.metric)}", claim)


Collect = Callable[[int, bool], Evidence]
"""(samples, anytime) -> evidence from the first ``samples`` points; 0 asks for what is known without a sample."""


def answer(question: Question, evidence: Evidence, confidence: float, *, plan: bool = True) -> Check:
    """Decide one question by evidence; ``plan`` as for :func:`~.verdicts.decide`."""
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
    questions: Sequence[Question], collect: Collect, confidence: float, *, max_samples: int, first: int = FIRST_LOOK
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

    Returns
    -------
    list of Check
        In the order of the questions; each rests on the points drawn until it was decided (``Check.samples``).

    Examples
    --------
    >>> from adversarial_spheres.numerics.evidence import ErrorCounts
    >>> class Coin:
    ...     def evidence(self, samples, anytime):
    ...         counts = ErrorCounts(samples // 10, samples, anytime) if samples else None
    ...         return Evidence(50, error_rate=counts)
    >>> question = Question("rate", "at most one half", ErrorRateClaim(0.5))
    >>> (check,) = decide_sequentially([question], Coin().evidence, 0.99, max_samples=10_000)
    >>> check.verdict, check.samples
    ('verified', 2048)
    """
    check_confidence(confidence)
    sizes = looks(max_samples, first)
    anytime = len(sizes) > 1
    answers: dict[int, Check] = {}
    for size in [0, *sizes]:
        open_questions = [i for i in range(len(questions)) if not _is_decided(answers.get(i))]
        if not open_questions:
            break
        evidence = collect(size, anytime)
        for i in open_questions:
            answers[i] = answer(questions[i], evidence, confidence, plan=False)
    return [_planned(question, answers[i], collect, confidence) for i, question in enumerate(questions)]


def _planned(question: Question, check: Check, collect: Collect, confidence: float) -> Check:
    """Say how many samples an open question needs, if one looks again and again until then."""
    if _is_decided(check) or check.samples is None:
        return check
    again = answer(question, collect(check.samples, True), confidence)
    return replace(check, samples_needed=again.samples_needed)


def _is_decided(check: Check | None) -> bool:
    return check is not None and check.verdict != "inconclusive"


def rests_on_samples(claim: Claim, evidence: Evidence) -> bool:
    """Whether deciding a claim may spend error budget, given what is known without a sample."""
    by_rate = isinstance(claim, ErrorRateClaim | PerfectionClaim) and isinstance(evidence.error_rate, ExactErrorRate)
    vacuous = evidence.no_errors and not isinstance(claim, AttackClaim)
    return not (by_rate or vacuous)
