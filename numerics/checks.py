"""Checks as values: a claim, what was observed, the bound that it is held against, and a verdict.

A verdict is one of

verified
    the claim is true, at the stated confidence (1 means: by proof or exact computation);
refuted
    the claim is false, at the stated confidence;
inconclusive
    the evidence does not decide it;
vacuous
    there is no error at all, so that no distance to an error exists.

A suite of checks shares one error budget: with k checks that rest on samples, each is held at confidence
1 - (1 - confidence)/k, so that with the stated confidence ALL verdicts are right (union bound).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ..theory.errors import InvalidArgumentError
from ..theory.rounded_text import rounded_down, rounded_up
from .confidence import Interval, check_confidence, check_samples

Verdict: TypeAlias = Literal["verified", "refuted", "inconclusive", "vacuous"]


@dataclass(frozen=True)
class Check:
    """One claim with its evidence and verdict.

    Parameters
    ----------
    name
        Short and stable, for scripts.
    claim
        The claim in words.
    observed
        The observed or computed value; None where there is none.
    bound
        What the observed value is held against; None where there is none.
    confidence
        Probability that the verdict is right; 1 where it rests on no sample.
    verdict
        See the module's description.
    explanation
        One sentence.
    samples_needed
        For an inconclusive check: about how many samples would decide it; None where unknown or not needed.
    samples
        How many points were looked at for it; None where it rests on none.

    Examples
    --------
    >>> check = check_exactly("name", "one is at most two", True, "counted")
    >>> check.verdict, check.confidence
    ('verified', 1.0)
    """

    name: str
    claim: str
    observed: float | None
    bound: float | None
    confidence: float
    verdict: Verdict
    explanation: str
    samples_needed: int | None = None
    samples: int | None = None


def share_of_budget(confidence: float, checks: int) -> float:
    """Confidence of each of ``checks`` checks, so that together they hold with ``confidence``.

    Examples
    --------
    >>> round(share_of_budget(0.99, 10), 6)
    0.999
    """
    k, budget = check_samples(checks, name="checks"), 1.0 - check_confidence(confidence)
    each = 1.0 - budget / k
    if k * (1.0 - each) > budget * (1.0 + 1e-9):  # next to 1 there are too few doubles: take the next one
        each = float(np.nextafter(each, 1.0))
    return check_confidence(each, name="confidence of each check")


def overall_verdict(checks: Sequence[Check]) -> Verdict:
    """Refuted if any check is, else inconclusive if any is, else verified; vacuous where all are.

    Examples
    --------
    >>> overall_verdict([vacuous_check("a", "b"), check_exactly("c", "d", True, "e")])
    'verified'
    """
    verdicts = {check.verdict for check in checks}
    for verdict in ("refuted", "inconclusive", "verified"):
        if verdict in verdicts:
            return verdict
    return "vacuous"


def spent_budget(checks: Sequence[Check]) -> float:
    """Sum of the probabilities of a wrong verdict: at most 1 minus the confidence of the suite."""
    return math.fsum(1.0 - check.confidence for check in checks)


@dataclass(frozen=True)
class Decisions:
    """Checks whose verdicts hold together with the stated confidence.

    Parameters
    ----------
    checks
        The checks.
    confidence
        Probability that no verdict "verified" or "refuted" is wrong.
    """

    checks: Sequence[Check]
    confidence: float

    @property
    def verdict(self) -> Verdict:
        """Refuted if any check is, else inconclusive if any is, else verified; vacuous where all are."""
        return overall_verdict(self.checks)

    @property
    def error_budget(self) -> dict[str, float]:
        """Allowed and spent probability of any wrong verdict."""
        return {"allowed": 1.0 - self.confidence, "spent": spent_budget(self.checks)}


def check_inside(name: str, claim: str, observed: float, interval: Interval, computed: float) -> Check:
    """Check "the computed value is the true one" from an interval that holds the true value.

    Verified means consistent: the interval holds the computed value. It is refuted where it does not.
    """
    if not math.isfinite(observed):
        raise InvalidArgumentError("observed", observed, "finite")
    inside = computed in interval
    where = "holds" if inside else "does not hold"
    why = f"the interval [{rounded_down(interval.low)}, {rounded_up(interval.high)}] {where} {computed:.6g}"
    verdict: Verdict = "verified" if inside else "refuted"
    return Check(name, claim, observed, computed, interval.confidence, verdict, why)


def check_exactly(
    name: str,
    claim: str,
    holds: bool,
    explanation: str,
    *,
    observed: float | None = None,
    bound: float | None = None,
) -> Check:
    """Check a claim that is decided by proof or exact computation."""
    return Check(name, claim, observed, bound, 1.0, "verified" if holds else "refuted", explanation)


def vacuous_check(name: str, claim: str) -> Check:
    """Answer to a claim about distances to errors where there is no error."""
    return Check(name, claim, None, None, 1.0, "vacuous", "there are no errors to be near")
