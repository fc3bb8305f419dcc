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
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from ...theory.basics.errors import InconclusiveError, InvalidArgumentError, RefutedError
from ...theory.basics.rounded_text import rounded_down, rounded_up
from ..statistics.intervals import Interval
from ..storage.records import plain
from ..storage.results import Result, sure

if TYPE_CHECKING:
    from ..models.findings import Finding

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
        For an inconclusive check: about how many points would decide it; None where unknown, not needed or out of
        reach.
    samples
        How many points were looked at for it; None where it rests on none.
    samples_needed_by
        The argument that gives the points that are needed: "max_samples", "attacked_points" or "certified_points"; with
        no number, it would have to be larger than anybody waits for.

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
    samples_needed_by: str | None = None

    @property
    def advice(self) -> str | None:
        """What would decide an open check, in words; None where nothing is known to."""
        if self.samples_needed is not None:
            return f"about {self.samples_needed:,} points would decide it ({self.samples_needed_by or 'max_samples'})"
        if self.samples_needed_by is not None:
            return f"no number of points within reach would decide it ({self.samples_needed_by})"
        return None


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
class Decisions(Result):
    """Checks whose verdicts hold together with the stated confidence.

    Parameters
    ----------
    checks
        The checks.
    confidence
        Probability that no verdict "verified" or "refuted" is wrong.
    findings
        What makes the model doubtful, see :mod:`~.models.sanity`; empty where nothing does.
    about_claims
        Those of the checks that answer a user's claims; empty where nothing was claimed.

    Notes
    -----
    ``bool()`` follows the verdict, so that ``assert check_bound(...)`` means what it says: True where it is verified,
    and where it is vacuous (without an error nothing claimed of the distances to errors is false), False where it is
    refuted. Where it is inconclusive there is no answer, and InconclusiveError is raised.

    Examples
    --------
    >>> found = Decisions([check_exactly("name", "one is at most two", True, "counted")], 0.99)
    >>> found
    Decisions: verified at confidence 0.99
      verdict   claim               explanation
      verified  one is at most two  counted
    >>> bool(found)
    True
    """

    checks: Sequence[Check]
    confidence: float
    findings: Sequence[Finding] = field(default=(), kw_only=True)
    about_claims: Sequence[Check] = field(default=(), kw_only=True)

    def __bool__(self) -> bool:
        if self.verdict == "inconclusive":
            raise InconclusiveError(
                "the verdict is inconclusive, neither true nor false: compare .verdict with a text, or call "
                f".raise_for_refuted() to let it pass ({self._reasons('inconclusive')})"
            )
        return self.verdict != "refuted"

    def raise_for_refuted(self) -> Self:
        """Raise RefutedError, with the reasons, where a check is refuted; else return this very object.

        Examples
        --------
        >>> found = Decisions([check_exactly("name", "three is at most two", False, "counted")], 0.99)
        >>> found.raise_for_refuted()
        Traceback (most recent call last):
            ...
        adversarial_spheres.theory.basics.errors.RefutedError: refuted: three is at most two: counted
        """
        if self.verdict == "refuted":
            raise RefutedError(f"refuted: {self._reasons('refuted')}")
        return self

    def _reasons(self, verdict: Verdict) -> str:
        return "; ".join(f"{check.claim}: {check.explanation}" for check in self.checks if check.verdict == verdict)

    @property
    def verdict(self) -> Verdict:
        """Refuted if any check is, else inconclusive if any is, else verified; vacuous where all are.

        Where something was claimed, this is said of the claims: a check of the theory that a sample leaves open says
        nothing about them.
        """
        refuted = [check for check in self.checks if check.verdict == "refuted"]
        return overall_verdict([*self.about_claims, *refuted] if self.about_claims else self.checks)

    def to_dict(self) -> dict[str, Any]:
        """What ``check --json`` says of it."""
        values: dict[str, Any] = plain(
            {
                "checks": self._rows(),
                "verdict": self.verdict,
                "confidence": self.confidence,
                "error_budget": self.error_budget,
                "samples": max((check.samples or 0 for check in self.checks), default=0),
                "findings": self.findings,
            }
        )
        return values

    def _rows(self) -> list[dict[str, Any]]:
        return [asdict(check) for check in self.checks]

    def _heading(self) -> str:
        return f"{type(self).__name__}: {self.verdict} at confidence {sure(self.confidence)}"

    def _notes(self, rows: Sequence[Any]) -> list[str]:
        return [*super()._notes(rows), *(f"warning: {finding.message}" for finding in self.findings)]

    def _shown(self) -> list[dict[str, Any]]:
        return [{name: row[name] for name in ("verdict", "claim", "explanation")} for row in self._rows()]

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
