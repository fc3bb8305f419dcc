"""The engine: a claim and evidence become a verdict and a sentence.

A quantity has limits from below and from above (:mod:`~.verdicts.limits`). "At least x" is verified
by a lower limit of at least x and refuted by an upper limit below x; "at most x" the other way round. A limit by proof
goes before one from a sample, and its verdict holds with confidence 1.

Why each side gets the whole error probability delta = 1 - confidence. A claim is true or false. If it is true, the
only wrong verdict is "refuted", and that takes a wrong limit on ONE side; if false, on the other. The sources of one
side share delta among them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ...theory.basics.arguments import check_flag, check_instance
from ...theory.basics.rounded_text import probability_rounded_down, probability_rounded_up, rounded_out
from ...theory.spaces.sphere import Sphere
from ..statistics.intervals import check_confidence
from .checks import Check, Verdict, vacuous_check
from .evidence import AttackDistances, Evidence, ExactErrorRate
from .limits import (
    Limits,
    attack_limits,
    error_rate_limits,
    mean_distance_limits,
    near_errors_limits,
    perfection_limits,
    quantile_distance_limits,
    robust_accuracy_limits,
    tightness_limits,
)
from .quantities import (
    AttackClaim,
    Claim,
    ErrorRateClaim,
    MeanDistanceClaim,
    NearErrorsClaim,
    PerfectionClaim,
    QuantileDistanceClaim,
    RobustAccuracyClaim,
    TightnessClaim,
    probability_words,
)
from .sources import AS_IT_IS, Argument, Growth, Limit, Source

MOST_SAMPLES = 10**15
"""A check that would need more points than this is said to need no number of them."""

QUESTIONS_A_POINT: dict[Argument, int] = {"max_samples": 1, "attacked_points": 3000, "certified_points": 3000}
"""About what a point costs, to name the cheapest argument that helps; a certificate costs as much time."""

_EXPONENT_STEP = 2.0**-10
_LIMITS: dict[type, Callable[[Any, Evidence], Limits]] = {
    ErrorRateClaim: lambda claim, evidence: error_rate_limits(evidence),
    PerfectionClaim: lambda claim, evidence: perfection_limits(evidence),
    MeanDistanceClaim: lambda claim, evidence: mean_distance_limits(evidence),
    QuantileDistanceClaim: lambda claim, evidence: quantile_distance_limits(evidence, claim.quantile),
    RobustAccuracyClaim: lambda claim, evidence: robust_accuracy_limits(evidence, claim.epsilon),
    NearErrorsClaim: lambda claim, evidence: near_errors_limits(evidence, claim.epsilon),
    TightnessClaim: lambda claim, evidence: tightness_limits(evidence),
    AttackClaim: lambda claim, evidence: attack_limits(evidence),
}
_ABOUT_DISTANCES = (MeanDistanceClaim, QuantileDistanceClaim, TightnessClaim, AttackClaim)
_ABOUT_RATES = (ErrorRateClaim, PerfectionClaim)
CONTRADICTION = "the evidence contradicts itself"
TOO_WEAK = "the attack is too weak: closer errors exist than it found"


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
    >>> from adversarial_spheres import ErrorCounts, Evidence, Sphere
    >>> evidence = Evidence(Sphere(500), error_rate=ErrorCounts(errors=31, samples=20_000))
    >>> check = decide(MeanDistanceClaim(0.5), evidence, 0.99)
    >>> check.verdict, check.explanation[:76]
    ('refuted', 'impossible: 31 errors in 20,000 points show an error rate of at least 0.0009')
    """
    confidence = check_confidence(confidence)
    check_instance("claim", claim, tuple(_LIMITS), "a claim")
    check_instance("evidence", evidence, Evidence, "Evidence")
    check_instance("name", name, str | None, "text or None")
    check_flag("plan", plan)
    label, words = name or claim.key, claim.in_words(evidence.space.metric)
    if evidence.no_errors and isinstance(claim, _ABOUT_DISTANCES):
        return vacuous_check(label, words)
    rate = evidence.error_rate
    if isinstance(claim, TightnessClaim) and isinstance(rate, ExactErrorRate) and rate.is_zero:
        why = "the error rate is 0, where the isoperimetric bound is infinite"
        return replace(vacuous_check(label, words), explanation=why)
    limits = _LIMITS[type(claim)](claim, evidence)
    for certain in (True, False):
        decided = _decided(claim, limits, 1.0 - confidence, certain, AS_IT_IS)
        if decided is not None:
            verdict, limit = decided
            return Check(
                label,
                words,
                limits.observed,
                limit.value if certain and not isinstance(claim, _ABOUT_RATES) else _claimed(claim),
                1.0 if certain else confidence,
                verdict,
                _explained(claim, verdict, limit),
                samples=_rests_on(limits, certain),
            )
    needed = samples_needed(claim, limits, 1.0 - confidence) if plan else None
    return Check(
        label,
        words,
        limits.observed,
        _claimed(claim),
        confidence,
        "inconclusive",
        _undecided(claim, limits, evidence, 1.0 - confidence) + _failures(claim, evidence),
        None if needed is None else needed[0],
        _rests_on(limits, False),
        None if needed is None else needed[1],
    )


def samples_needed(claim: Claim, limits: Limits, delta: float) -> tuple[int, str] | None:
    """About how many points would decide the claim if the statistics stay so, and the argument that gives them.

    Points of one kind grow alone: whoever draws more does not attack more. Of the kinds that decide it the cheapest one
    is named; where only all together do, they grow in proportion, and the number is that of the largest. None where no
    number does.
    """
    have: dict[Argument, int] = {}
    for source in [*limits.low, *limits.high]:
        for argument, points in ({} if source.certain else source.points).items():
            have[argument] = max(points, have.get(argument, 0))
    alone = {argument: _needed(claim, limits, delta, argument, points) for argument, points in have.items()}
    enough = {argument: points for argument, points in alone.items() if points is not None}
    if enough:
        cheapest = min(enough, key=lambda argument: enough[argument] * QUESTIONS_A_POINT[argument])
        return enough[cheapest], cheapest
    together = _needed(claim, limits, delta, None, max(have.values())) if len(have) > 1 else None
    return None if together is None else (together, " and ".join(have))


def _needed(claim: Claim, limits: Limits, delta: float, argument: Argument | None, have: int) -> int | None:
    """About how many points of an argument decide the claim, all others staying as they are."""

    def decides(factor: float) -> bool:
        return _decided(claim, limits, delta, False, Growth(factor, argument)) is not None

    # By powers of two, halving the interval of the exponent; at 2^-10 the number is known to 0.1%.
    short, enough = 0.0, math.log2(MOST_SAMPLES / have)
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


def _claimed(claim: Claim) -> float:
    """The claimed number in its own unit: error rates are compared by their logarithms."""
    if isinstance(claim, ErrorRateClaim):
        return float(claim.error_rate)
    return 0.0 if isinstance(claim, PerfectionClaim) else claim.threshold


def _explained(claim: Claim, verdict: Verdict, limit: Limit) -> str:
    if verdict == "refuted" and isinstance(claim, AttackClaim):
        return f"{TOO_WEAK} ({limit.grounds})"
    return f"impossible: {limit.grounds}" if verdict == "refuted" and limit.impossible else limit.grounds


def _undecided(claim: Claim, limits: Limits, evidence: Evidence, delta: float) -> str:
    ends = []
    for sources, from_below in ((limits.low, True), (limits.high, False)):
        found = [strongest(sources, delta, certain, AS_IT_IS, from_below=from_below) for certain in (True, False)]
        values = [limit.value for limit in found if limit is not None and _is_shown(claim, limit.value)]
        ends.append((max(values) if from_below else min(values)) if values else None)
    low, high = (None if end is None else _shown(claim, end, side) for end, side in zip(ends, (-1, 1), strict=True))
    what, unit = claim.quantity(evidence.space.metric), _unit(claim, evidence)
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
    claimed = _shown(claim, claim.threshold)
    if ends[0] == ends[1]:
        return f"{claimed} is the value itself, up to the accuracy to which that is computed"
    return (
        f"{what} is at least {low} and at most {high}{unit}: that leaves open whether it is {claim.relation} {claimed}"
    )


def _unit(claim: Claim, evidence: Evidence) -> str:
    if isinstance(claim, MeanDistanceClaim | QuantileDistanceClaim) and isinstance(evidence.space, Sphere):
        return f" on the sphere of radius {evidence.space.radius:g}"
    return claim.unit


def _failures(claim: Claim, evidence: Evidence) -> str:
    """What failed attacks mean for a mean in an unbounded space: there is no largest distance to count them with."""
    attacks = (d for d in evidence.distances if isinstance(d, AttackDistances) and np.isinf(d.largest))
    failed = sum(attack.failed for attack in attacks)
    if not failed or not isinstance(claim, MeanDistanceClaim | TightnessClaim | AttackClaim):
        return ""
    return (
        f"; {failed:,} failed attacks may be any distance away, so that no upper limit of a mean comes from the attack"
    )


def _is_shown(claim: Claim, value: float) -> bool:
    # The logarithm of error rate 0 is -inf; elsewhere an infinity stands for no limit at all.
    return math.isfinite(value) or (isinstance(claim, _ABOUT_RATES) and value < 0.0)


def _shown(claim: Claim, value: float, side: int = 0) -> str:
    """A claimed number; a limit from below (side -1) or above (1) is rounded outwards."""
    if not isinstance(claim, _ABOUT_RATES):
        return rounded_out(value, side) if side else f"{value:.6g}"
    if -np.inf < value < -1e300:
        return "just above 0"
    outwards = {-1: probability_rounded_down, 0: probability_words, 1: probability_rounded_up}
    return outwards[side](value)
