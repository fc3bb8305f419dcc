"""The engine: a claim and evidence become a verdict and a sentence.

A quantity has limits from below and from above (:mod:`~.verdicts.quantities`). "At least x" is verified
by a lower limit of at least x and refuted by an upper limit below x; "at most x" the other way round. A limit by proof
goes before one from a sample, and its verdict holds with confidence 1.

Why each side gets the whole error probability delta = 1 - confidence. A claim is true or false. If it is true, the
only wrong verdict is "refuted", and that takes a wrong limit on ONE side; if false, on the other. The sources of one
side share delta among them.
"""

from __future__ import annotations

import math
from dataclasses import replace

from ...theory.basics.arguments import check_instance
from ...theory.basics.validation import check_flag
from ..distances.sample import AS_IT_IS, Argument, Growth
from ..statistics.intervals import check_confidence
from .checks import Check, Verdict, vacuous_check
from .claims import Claim
from .evidence import Evidence
from .quantity import Limits
from .sources import Limit, Source

MOST_QUESTIONS = 10**10
"""What more than a day of questions would decide is said to be out of reach: no number of points is named."""
_FARTHEST = 10**15

QUESTIONS_A_POINT: dict[Argument, int] = {"max_samples": 1, "attacked_points": 3000, "certified_points": 3000}
"""About what a point costs, to name the cheapest argument that helps; a certificate costs as much time."""

_EXPONENT_STEP = 2.0**-10
CONTRADICTION = "the evidence contradicts itself"


def decide(claim: Claim, evidence: Evidence, confidence: float, *, name: str | None = None, plan: bool = True) -> Check:
    """Decide a claim by evidence.

    Parameters
    ----------
    claim
        One of the claims of :mod:`adversarial_spheres.numerics.verdicts.quantities`.
    evidence
        What is known about the sphere; claims about distances are in its unit and metric.
    confidence
        In (0, 1).
    name
        Name of the check; by default the claim's key.
    plan
        Whether to find out how many samples an inconclusive check would need.

    Returns
    -------
    Check
        **Guarantee**: the probability of a wrong "verified" or "refuted" is at most 1 - confidence (0 where the check
        says confidence 1), over the draw of the sample, whatever the classifier. An inconclusive check says about how
        many samples would decide it, if the statistics stay as they are.

    Examples
    --------
    >>> from adversarial_spheres import ErrorCounts, Evidence, MeanDistanceClaim, Sphere
    >>> evidence = Evidence(Sphere(500), error_rate=ErrorCounts(errors=31, samples=20_000))
    >>> check = decide(MeanDistanceClaim(0.5), evidence, 0.99)
    >>> check.verdict, check.explanation[:76]
    ('refuted', 'impossible: 31 errors in 20,000 points show an error rate of at least 0.0009')
    """
    confidence = check_confidence(confidence)
    check_instance("claim", claim, Claim, "a claim")
    check_instance("evidence", evidence, Evidence, "Evidence")
    check_instance("name", name, str | None, "text or None")
    check_flag("plan", plan)
    label, words, quantity = name or claim.key, claim.in_words(evidence.space.metric), claim.quantity
    nothing = quantity.vacuous(evidence)
    if nothing is not None:
        return replace(vacuous_check(label, words), explanation=nothing)
    limits, claimed = quantity.limits(evidence), float(claim.number)
    for certain in (True, False):
        decided = _decided(claim, limits, 1.0 - confidence, certain, AS_IT_IS)
        if decided is not None:
            verdict, limit = decided
            return Check(
                label,
                words,
                limits.observed,
                limit.value if certain and quantity.of_distances else claimed,
                1.0 if certain else confidence,
                verdict,
                quantity.refuted(limit) if verdict == "refuted" else limit.grounds,
                samples=_rests_on(limits, certain),
            )
    needed, by = samples_needed(claim, limits, 1.0 - confidence) if plan else (None, None)
    return Check(
        label,
        words,
        limits.observed,
        claimed,
        confidence,
        "inconclusive",
        _undecided(claim, limits, evidence, 1.0 - confidence) + quantity.remark(evidence),
        needed,
        _rests_on(limits, False),
        by,
    )


def samples_needed(claim: Claim, limits: Limits, delta: float) -> tuple[int | None, str | None]:
    """About how many points would decide the claim if the statistics stay so, and the argument that gives them.

    Points of one kind grow alone: whoever draws more does not attack more. Of the kinds that decide it the cheapest one
    is named; where only all together do, they grow in proportion, and the number is that of the largest. No number
    where it is out of reach, and neither where none decides it: near the truth it grows without end, and says nothing,
    as the statistics do not stay so.
    """
    have: dict[Argument, int] = {}
    for source in [*limits.low, *limits.high]:
        for argument, points in ({} if source.certain else source.points).items():
            have[argument] = max(points, have.get(argument, 0))
    alone = {argument: _needed(claim, limits, delta, argument, points) for argument, points in have.items()}
    enough = {argument: points for argument, points in alone.items() if points is not None}
    if enough:
        cheapest = min(enough, key=lambda argument: enough[argument] * QUESTIONS_A_POINT[argument])
        return _within_reach(enough[cheapest], cheapest)
    together = _needed(claim, limits, delta, None, max(have.values())) if len(have) > 1 else None
    return (None, None) if together is None else _within_reach(together, *have)


def _within_reach(points: int, *arguments: Argument) -> tuple[int | None, str]:
    cost = points * max(QUESTIONS_A_POINT[argument] for argument in arguments)
    return (points if cost <= MOST_QUESTIONS else None), " and ".join(arguments)


def _needed(claim: Claim, limits: Limits, delta: float, argument: Argument | None, have: int) -> int | None:
    """About how many points of an argument decide the claim, all others staying as they are."""

    def decides(factor: float) -> bool:
        return _decided(claim, limits, delta, False, Growth(factor, argument)) is not None

    # By powers of two, halving the interval of the exponent; at 2^-10 the number is known to 0.1%.
    short, enough = 0.0, math.log2(_FARTHEST / have)
    if not decides(2.0**enough):
        return None
    while enough - short > _EXPONENT_STEP:
        middle = 0.5 * (short + enough)
        short, enough = (short, middle) if decides(2.0**middle) else (middle, enough)
    return math.ceil(2.0**enough * have)


def _decided(claim: Claim, limits: Limits, delta: float, certain: bool, growth: Growth) -> tuple[Verdict, Limit] | None:
    """The verdict and the limit that gives it, from certain sources or from samples; None if undecided."""
    low = strongest(limits.low, delta, certain, growth, from_below=True)
    high = strongest(limits.high, delta, certain, growth, from_below=False)
    x = claim.threshold
    if claim.relation == "at least":
        for_it, against = (low is not None and low.beyond(-1) >= x), (high is not None and high.beyond(1) < x)
        verifying, refuting = low, high
    else:
        for_it, against = (high is not None and high.beyond(1) <= x), (low is not None and low.beyond(-1) > x)
        verifying, refuting = high, low
    if for_it == against:  # neither, or both: evidence that contradicts itself decides nothing
        return None
    if for_it:
        return None if verifying is None else ("verified", verifying)
    return None if refuting is None else ("refuted", refuting)


def strongest(sources: list[Source], delta: float, certain: bool, growth: Growth, *, from_below: bool) -> Limit | None:
    """The tightest limit of one side; the sources that rest on samples share delta."""
    usable = [source for source in sources if source.certain == certain]
    found = [source.limit(delta / len(usable), growth) for source in usable]
    if not found:
        return None
    if from_below:
        return max(found, key=lambda limit: limit.beyond(-1))
    return min(found, key=lambda limit: limit.beyond(1))


def _rests_on(limits: Limits, certain: bool) -> int | None:
    sources = [source for source in limits.low + limits.high if source.certain == certain]
    return max((source.samples for source in sources), default=0) or None


def _undecided(claim: Claim, limits: Limits, evidence: Evidence, delta: float) -> str:
    quantity, ends = claim.quantity, []
    for sources, from_below in ((limits.low, True), (limits.high, False)):
        found = [strongest(sources, delta, certain, AS_IT_IS, from_below=from_below) for certain in (True, False)]
        values = [limit.value for limit in found if limit is not None and quantity.is_limit(limit.value)]
        ends.append((max(values) if from_below else min(values)) if values else None)
    low, high = (None if end is None else quantity.shown(end, side) for end, side in zip(ends, (-1, 1), strict=True))
    what, unit = quantity.words(evidence.space.metric), quantity.unit_in(evidence.space)
    if ends[0] is not None and ends[1] is not None and ends[0] > ends[1]:
        return f"{CONTRADICTION}: {what} is at least {low} and at most {high}{unit}"
    if low is None and high is None:
        return f"nothing that was counted, found or proved limits {what}"
    if low is None or high is None:
        missing, other = ("below", f"at most {high}") if low is None else ("above", f"at least {low}")
        effect = "verify" if missing == {"at least": "below", "at most": "above"}[claim.relation] else "refute"
        return (
            f"{what} is {other}{unit}, but nothing that was counted, found or proved limits it from {missing}, "
            f"which could {effect} the claim"
        )
    claimed = quantity.shown(claim.threshold)
    if ends[0] == ends[1]:
        return f"{claimed} is the value itself, up to the accuracy to which that is computed"
    return (
        f"{what} is at least {low} and at most {high}{unit}: that leaves open whether it is {claim.relation} {claimed}"
    )
