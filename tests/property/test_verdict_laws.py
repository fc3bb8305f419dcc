"""Laws of verdicts: weaker claims are easier, more confidence decides less, units do not matter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from adversarial_spheres.numerics.verdicts.claims import (
    Claim,
    ErrorRateClaim,
    MeanDistanceClaim,
    NearErrorsClaim,
    QuantileDistanceClaim,
    Relation,
    RobustAccuracyClaim,
    TightnessClaim,
)
from adversarial_spheres.numerics.verdicts.engine import CONTRADICTION, decide
from adversarial_spheres.numerics.verdicts.evidence import (
    AttackDistances,
    ErrorCounts,
    Evidence,
    ExactDistances,
    ExactErrorRate,
    LowerCertificates,
)
from adversarial_spheres.strategies import dims, error_rates
from adversarial_spheres.theory.spaces.sphere import Sphere

EPSILON = 0.3
MAKERS: dict[str, Any] = {
    "error rate": lambda x, relation: ErrorRateClaim(x, relation),  # noqa: PLW0108
    "mean": lambda x, relation: MeanDistanceClaim(2.0 * x, relation),
    "quantile": lambda x, relation: QuantileDistanceClaim(0.3, 2.0 * x, relation),
    "robust accuracy": lambda x, relation: RobustAccuracyClaim(x, EPSILON, relation),
    "near errors": lambda x, relation: NearErrorsClaim(x, EPSILON, relation),
    "tightness": lambda x, relation: TightnessClaim(1.5 * x, relation),
}
OTHER: dict[Relation, Relation] = {"at least": "at most", "at most": "at least"}


@st.composite
def evidences(draw: Any) -> Evidence:
    samples = draw(st.integers(2, 3000))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    angles = draw(st.floats(0.01, np.pi)) * rng.random(samples)
    angles[: draw(st.integers(0, samples))] *= draw(st.sampled_from([0.0, 1.0]))
    anytime = draw(st.booleans())
    errors = int(np.count_nonzero(angles == 0.0))
    rate = draw(
        st.one_of(
            st.none(),
            st.just(ErrorCounts(errors, samples, anytime)),
            error_rates(min_log=-40.0).map(ExactErrorRate),
        )
    )
    kinds = {
        "exact": ExactDistances(angles, angles, anytime),
        "attack": AttackDistances(angles, anytime=anytime),
        "lower": LowerCertificates(0.5 * angles, anytime),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(kinds))))
    return Evidence(Sphere(draw(dims()), 1.0, "geodesic"), rate, tuple(kinds[name] for name in sorted(chosen)))


CLAIMS = st.tuples(
    st.sampled_from(sorted(MAKERS)), st.sampled_from(["at least", "at most"]), st.floats(0.0, 1.0), st.floats(0.0, 1.0)
)


def verdict(claim: Claim, evidence: Evidence, confidence: float = 0.95) -> str:
    return decide(claim, evidence, confidence, plan=False).verdict


@given(evidences(), CLAIMS)
def test_what_follows_from_a_verified_claim_is_verified(evidence: Evidence, drawn: Any) -> None:
    kind, relation, x, y = drawn
    hard, easy = (max(x, y), min(x, y)) if relation == "at least" else (min(x, y), max(x, y))
    make = MAKERS[kind]
    strong, weak = verdict(make(hard, relation), evidence), verdict(make(easy, relation), evidence)
    if strong == "verified":
        assert weak == "verified"
    if weak == "refuted":
        assert strong == "refuted"


@given(evidences(), CLAIMS)
def test_a_claim_and_its_opposite_are_not_both_verified(evidence: Evidence, drawn: Any) -> None:
    kind, relation, x, y = drawn
    if x == y:
        return
    hard, easy = (max(x, y), min(x, y)) if relation == "at least" else (min(x, y), max(x, y))
    one, other = MAKERS[kind](hard, relation), MAKERS[kind](easy, OTHER[relation])
    if verdict(one, evidence) == "verified":
        assert verdict(other, evidence) == "refuted"


@given(evidences(), CLAIMS)
def test_more_confidence_decides_less_and_never_otherwise(evidence: Evidence, drawn: Any) -> None:
    kind, relation, x, _ = drawn
    claim = MAKERS[kind](x, relation)
    bold = decide(claim, evidence, 0.9, plan=False)
    assume(CONTRADICTION not in bold.explanation)  # no set of errors has the drawn angles and the drawn count
    assert verdict(claim, evidence, 1 - 1e-9) in (bold.verdict, "inconclusive")


def test_evidence_that_contradicts_itself_decides_nothing() -> None:
    """Half of the points are errors, and yet all errors are said to be far away: no set is like that."""
    far = np.full(3000, 1.5)
    evidence = Evidence(Sphere(24, 1.0, "geodesic"), ErrorCounts(1500, 3000), (LowerCertificates(far),))
    for relation in ("at least", "at most"):
        check = decide(MeanDistanceClaim(0.7, relation), evidence, 0.9)
        assert check.verdict == "inconclusive"
        assert CONTRADICTION in check.explanation


@given(evidences(), CLAIMS, st.sampled_from([0.25, 4.0]))
def test_the_unit_of_length_does_not_matter(evidence: Evidence, drawn: Any, radius: float) -> None:
    _, relation, x, _ = drawn
    scaled = replace(evidence, space=Sphere(evidence.space.dim, radius, evidence.space.metric))
    for unit, other in (
        (MeanDistanceClaim(2.0 * x, relation), MeanDistanceClaim(2.0 * x * radius, relation)),
        (RobustAccuracyClaim(x, EPSILON, relation), RobustAccuracyClaim(x, EPSILON * radius, relation)),
        (TightnessClaim(x, relation), TightnessClaim(x, relation)),
    ):
        one, two = decide(unit, evidence, 0.95, plan=False), decide(other, scaled, 0.95, plan=False)
        # At a tie of the last digit rounding may decide.
        assert one.verdict == two.verdict or "inconclusive" in (one.verdict, two.verdict)


@given(evidences(), CLAIMS)
def test_a_decided_check_needs_no_more_samples(evidence: Evidence, drawn: Any) -> None:
    kind, relation, x, _ = drawn
    check = decide(MAKERS[kind](x, relation), evidence, 0.95)
    if check.verdict != "inconclusive":
        assert check.samples_needed is None
    elif check.samples_needed is not None:
        assert check.samples is not None
        assert check.samples_needed > check.samples
