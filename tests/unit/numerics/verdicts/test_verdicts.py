"""The engine of verdicts: every claim by every kind of evidence, and what evidence can never prove."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from adversarial_spheres.numerics.statistics.intervals import clopper_pearson_limits
from adversarial_spheres.numerics.verdicts.claims import (
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
from adversarial_spheres.numerics.verdicts.engine import decide
from adversarial_spheres.numerics.verdicts.evidence import (
    AttackDistances,
    DistanceEvidence,
    ErrorCounts,
    Evidence,
    ExactDistances,
    ExactErrorRate,
    LowerCertificates,
    ProvedMeanDistance,
)
from adversarial_spheres.numerics.verdicts.quantities import TOO_WEAK, MeanDistance, QuantileDistance, RobustAccuracy
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.caps.cap import cap_of_measure
from adversarial_spheres.theory.spaces.isoperimetry import (
    max_robust_accuracy,
    mean_distance_bound,
    quantile_distance_bound,
)
from adversarial_spheres.theory.spaces.sphere import Sphere

DIM, RATE, N = 100, 0.01, 5000
CONFIDENCE = 1 - 1e-9
MEAN = float(mean_distance_bound(RATE, DIM, metric="geodesic"))
MEDIAN = float(quantile_distance_bound(0.5, RATE, DIM, metric="geodesic"))
ROBUST = float(max_robust_accuracy(RATE, DIM, MEDIAN, metric="geodesic"))


def cap_angles(seed: int = 0, samples: int = N) -> np.ndarray:
    points = np.random.default_rng(seed).standard_normal((samples, DIM))
    height = points[:, 0] / np.linalg.norm(points, axis=1)
    return np.maximum(np.arccos(height) - float(cap_of_measure(RATE, DIM).angle), 0.0)


ANGLES = cap_angles()
COUNTS = ErrorCounts(int(np.count_nonzero(ANGLES == 0.0)), N)
EXACT_RATE = ExactErrorRate(LogProbability.of(RATE))
DISTANCES: dict[str, DistanceEvidence] = {
    "exact": ExactDistances(ANGLES, ANGLES),
    "attack": AttackDistances(1.02 * ANGLES),
    "certificate": LowerCertificates(0.98 * ANGLES),
}


def evidence(*distances: str, rate: ErrorCounts | ExactErrorRate | None = None) -> Evidence:
    return Evidence(Sphere(DIM, 1.0, "geodesic"), rate, tuple(DISTANCES[name] for name in distances))


def verdict(claim: Claim, given: Evidence) -> str:
    return decide(claim, given, CONFIDENCE).verdict


BELOW, ABOVE = "below the truth", "above the truth"
QUANTITIES = {
    "mean": (MeanDistanceClaim, MEAN),
    "median": (lambda x, r: QuantileDistanceClaim(0.5, x, r), MEDIAN),
    "robust accuracy": (lambda x, r: RobustAccuracyClaim(x, MEDIAN, r), 0.5),
    "near errors": (lambda x, r: NearErrorsClaim(x, MEDIAN, r), 0.5),
}
# What each kind of evidence says of "at least x" for an x well below and well above the truth; "at most" mirrors it.
EXPECTED = {
    "exact": {BELOW: "verified", ABOVE: "refuted"},
    "attack": {BELOW: "inconclusive", ABOVE: "refuted"},
    "certificate": {BELOW: "verified", ABOVE: "inconclusive"},
}
MIRROR = {"verified": "refuted", "refuted": "verified", "inconclusive": "inconclusive"}


@pytest.mark.parametrize("anytime", [False, True])
@pytest.mark.parametrize(("quantity", "kind"), [*itertools.product(QUANTITIES, DISTANCES)])
def test_direction_is_in_the_evidence(quantity: str, kind: str, anytime: bool) -> None:
    make, truth = QUANTITIES[quantity]
    expected = EXPECTED[kind]
    if quantity == "near errors":  # more errors are nearer: what limits distances from above limits this from below
        expected = {"exact": expected, "attack": EXPECTED["certificate"], "certificate": EXPECTED["attack"]}[kind]
    given = DISTANCES[kind]
    given = type(given)(**{**given.__dict__, "anytime": anytime})
    known = Evidence(Sphere(DIM, 1.0, "geodesic"), None, (given,))
    for place, factor in ((BELOW, 0.7), (ABOVE, 1.3)):
        assert verdict(make(factor * truth, "at least"), known) == expected[place]
        assert verdict(make(factor * truth, "at most"), known) == MIRROR[expected[place]]


@pytest.mark.parametrize("claim", [MeanDistanceClaim(0.0001), TightnessClaim(1e-6), QuantileDistanceClaim(0.9, 1e-6)])
def test_an_attack_never_verifies_a_distance(claim: Claim) -> None:
    assert verdict(claim, evidence("attack", rate=COUNTS)) == "inconclusive"


def test_geometry_refutes_from_counts_alone_and_says_so() -> None:
    known = evidence(rate=COUNTS)
    for claim in (
        MeanDistanceClaim(1.3 * MEAN),
        QuantileDistanceClaim(0.5, 1.3 * MEDIAN),
        RobustAccuracyClaim(min(1.0, 1.9 * ROBUST), MEDIAN),
        TightnessClaim(1.01),
    ):
        check = decide(claim, known, CONFIDENCE)
        assert check.verdict == "refuted"
        assert check.explanation.startswith("impossible: ")
    assert verdict(MeanDistanceClaim(0.9 * MEAN), known) == "inconclusive"
    assert decide(MeanDistanceClaim(1.3 * MEAN, "at most"), known, CONFIDENCE).explanation[:10] != "impossible"


def test_geometry_at_the_exact_error_rate_is_a_proof() -> None:
    check = decide(MeanDistanceClaim(1.0001 * MEAN), evidence(rate=EXACT_RATE), 0.5)
    assert (check.verdict, check.confidence, check.bound) == ("refuted", 1.0, MEAN)
    assert verdict(MeanDistanceClaim(0.9999 * MEAN), evidence(rate=EXACT_RATE)) == "inconclusive"


def test_without_an_error_in_the_sample_geometry_is_silent() -> None:
    known = evidence(rate=ErrorCounts(0, N))
    for claim in (MeanDistanceClaim(3.0), RobustAccuracyClaim(1.0, 1.0), QuantileDistanceClaim(0.5, 3.0)):
        check = decide(claim, known, CONFIDENCE)
        assert check.verdict == "inconclusive"
    assert verdict(PerfectionClaim(), known) == "inconclusive"


def test_the_error_budget_is_split_alike_whatever_was_seen() -> None:
    """In a growing sample a share that changed once an error is seen would spend more than the budget."""
    for errors in (0, 1, 50):
        known = evidence("exact", rate=ErrorCounts(errors, N, anytime=True))
        for limits in (
            MeanDistance().limits(known),
            QuantileDistance(0.5).limits(known),
            RobustAccuracy(0.1).limits(known),
        ):
            assert [sum(not source.certain for source in side) for side in (limits.low, limits.high)] == [1, 2]
            assert "inf" not in decide(RobustAccuracyClaim(0.9, 0.1), evidence(rate=known.error_rate), 0.9).explanation


def test_not_even_a_single_point_is_as_far_as_this() -> None:
    known = Evidence(Sphere(DIM, 1.0, "geodesic"), ErrorCounts(1, N))
    check = decide(MeanDistanceClaim(0.51 * math.pi), known, CONFIDENCE)
    assert (check.verdict, check.confidence) == ("refuted", 1.0)


def test_no_errors_at_all() -> None:
    known = evidence(rate=ExactErrorRate(LogProbability.of(0.0)))
    assert verdict(MeanDistanceClaim(1.0), known) == "vacuous"
    assert verdict(QuantileDistanceClaim(0.5, 1.0), known) == "vacuous"
    assert verdict(TightnessClaim(0.5), known) == "vacuous"
    assert verdict(RobustAccuracyClaim(1.0, 0.5), known) == "verified"
    assert verdict(PerfectionClaim(), known) == "verified"
    assert verdict(ErrorRateClaim(0.0), known) == "verified"


@pytest.mark.parametrize("log", [-1e6, -400.0, -1e-3])
def test_error_rates_are_compared_beyond_doubles(log: float) -> None:
    known = Evidence(Sphere(DIM), error_rate=ExactErrorRate(LogProbability.from_log(log)))
    assert verdict(ErrorRateClaim(LogProbability.from_log(0.999 * log)), known) == "verified"
    assert verdict(ErrorRateClaim(LogProbability.from_log(1.001 * log)), known) == "refuted"
    assert verdict(ErrorRateClaim(LogProbability.from_log(1.001 * log), "at least"), known) == "verified"
    assert verdict(PerfectionClaim(), known) == "refuted"


def test_one_error_refutes_perfection_for_certain() -> None:
    counted = decide(PerfectionClaim(), evidence(rate=ErrorCounts(1, N)), 0.9)
    attacked = decide(PerfectionClaim(), evidence("attack", rate=ErrorCounts(0, N)), 0.9)
    assert (counted.verdict, counted.confidence) == (attacked.verdict, attacked.confidence) == ("refuted", 1.0)


def test_counts_limit_the_error_rate_from_both_sides() -> None:
    known = evidence(rate=COUNTS)
    assert verdict(ErrorRateClaim(3 * RATE), known) == "verified"
    assert verdict(ErrorRateClaim(RATE / 4), known) == "refuted"
    assert verdict(ErrorRateClaim(RATE / 4, "at least"), known) == "verified"
    assert verdict(ErrorRateClaim(RATE), known) == "inconclusive"


def test_lower_certificates_limit_the_error_rate() -> None:
    """The bound, inverted: no classifier with errors this far away has more of them."""
    assert verdict(ErrorRateClaim(2 * RATE), evidence("certificate")) == "verified"
    assert verdict(ErrorRateClaim(2 * RATE), evidence("attack")) == "inconclusive"
    proved = Evidence(Sphere(DIM, 1.0, "geodesic"), None, (ProvedMeanDistance(MEAN),))
    check = decide(ErrorRateClaim(RATE * (1 + 1e-9)), proved, 0.5)
    assert (check.verdict, check.confidence) == ("verified", 1.0)


def test_tightness_of_a_cap_is_nearly_one() -> None:
    assert verdict(TightnessClaim(0.8), evidence("exact", rate=COUNTS)) == "verified"
    assert verdict(TightnessClaim(0.9), evidence("exact", rate=EXACT_RATE)) == "verified"
    half = Evidence(Sphere(DIM, 1.0, "geodesic"), EXACT_RATE, (ExactDistances(ANGLES / 2, ANGLES / 2),))
    assert verdict(TightnessClaim(0.8), half) == "refuted"
    assert verdict(TightnessClaim(1.0, "at most"), evidence(rate=COUNTS)) == "verified"


def test_a_weak_attack_is_blamed_and_not_the_theorem() -> None:
    weak = Evidence(Sphere(DIM, 1.0, "geodesic"), COUNTS, (AttackDistances(1.8 * ANGLES),))
    check = decide(AttackClaim(), weak, CONFIDENCE)
    assert check.verdict == "refuted"
    assert check.explanation.startswith(TOO_WEAK)
    assert "impossible" not in check.explanation
    assert verdict(MeanDistanceClaim(MEAN, "at most"), weak) != "refuted"
    assert verdict(AttackClaim(), evidence("attack", rate=COUNTS)) != "refuted"


def test_a_tighter_sample_mean_serves_for_one_sided_bounds_too() -> None:
    """In high dimension the Lipschitz width, which is that of the true distances, is far below Bernstein's."""
    check = decide(MeanDistanceClaim(1.1 * MEAN, "at most"), evidence("attack"), CONFIDENCE)
    assert check.verdict == "verified"


def test_failed_attacks_enter_as_the_largest_distance() -> None:
    angles = np.array([0.1, np.inf, np.nan, 0.2])
    found = AttackDistances(angles)
    assert found.failed == 2
    assert found.upper.tolist() == [0.1, np.pi, np.pi, 0.2]
    told = AttackDistances(np.array([0.1, 0.3]), np.array([True, False]))
    assert told.upper.tolist() == [0.1, np.pi]
    nothing = AttackDistances(np.full(50, np.inf))
    assert not nothing.found_errors
    assert verdict(MeanDistanceClaim(3.0), Evidence(Sphere(DIM, 1.0, "geodesic"), None, (nothing,))) == "inconclusive"


@pytest.mark.parametrize("anytime", [False, True])
def test_so_many_samples_decide_if_the_statistics_stay(anytime: bool) -> None:
    """An inconclusive check names a number at which the same statistics would decide, and 0.9 of which they do not."""
    claim = ErrorRateClaim(0.012)
    needed = decide(claim, Evidence(Sphere(DIM), error_rate=ErrorCounts(50, 5000, anytime)), 0.99).samples_needed
    assert needed is not None
    for factor, expected in ((1.02, "verified"), (0.9, "inconclusive")):
        samples = int(needed * factor)
        counts = ErrorCounts(samples // 100, samples, anytime)
        assert verdict_at(claim, counts) == expected


def verdict_at(claim: Claim, counts: ErrorCounts) -> str:
    return decide(claim, Evidence(Sphere(DIM), error_rate=counts), 0.99).verdict


def test_no_number_of_samples_helps_where_no_evidence_limits() -> None:
    assert decide(MeanDistanceClaim(0.5 * MEAN), evidence("attack", rate=COUNTS), 0.99).samples_needed is None
    assert decide(MeanDistanceClaim(MEAN), evidence(), 0.99).samples_needed is None


def test_half_of_the_error_probability_is_not_wasted_on_the_other_side() -> None:
    """A claim between the one-sided limits at 1% and at 0.5% is refuted at confidence 99%, not at 99.5%."""
    counts = ErrorCounts(31, 3000)
    limits = [float(clopper_pearson_limits(31, 3000, delta)[0]) for delta in (0.01, 0.005)]
    low = 0.5 * sum(limits)
    assert verdict_at(ErrorRateClaim(low), counts) == "refuted"
    assert decide(ErrorRateClaim(low), Evidence(Sphere(DIM), error_rate=counts), 0.995).verdict == "inconclusive"


@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
def test_distances_scale_with_the_radius(metric: str) -> None:
    for radius in (0.5, 1.0, 7.0):
        bound = float(mean_distance_bound(RATE, DIM, radius=radius, metric=metric))  # type: ignore[arg-type]
        known = Evidence(Sphere(DIM, radius, metric), None, (DISTANCES["exact"],))  # type: ignore[arg-type]
        assert verdict(MeanDistanceClaim(0.8 * bound), known) == "verified"
        assert verdict(MeanDistanceClaim(1.2 * bound), known) == "refuted"


def test_every_check_has_one_sentence() -> None:
    claims = [*Claims(0.01, 0.1, 0.5, 0.2, 0.5, 0.1, 0.9, True).values(), AttackClaim(), NearErrorsClaim(0.5, 0.2)]
    rates = (None, COUNTS, EXACT_RATE, ErrorCounts(0, 10))
    for claim, rate, kinds in itertools.product(claims, rates, ((), ("exact",), ("attack",), ("certificate",))):
        check = decide(claim, evidence(*kinds, rate=rate), 0.99)
        assert check.explanation
        assert "\n" not in check.explanation
        assert "nan" not in check.explanation
        assert " inf" not in check.explanation
        assert "\n" not in check.claim


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: ErrorCounts(3, 2), "errors"),
        (lambda: ErrorCounts(-1, 2), "errors"),
        (lambda: ErrorCounts(0, 0), "samples"),
        (lambda: ExactErrorRate(1.5), "error_rate"),
        (lambda: ExactDistances(np.array([0.2]), np.array([0.1])), "lower"),
        (lambda: ExactDistances(np.array([0.2]), np.array([0.2, 0.3])), "lower"),
        (lambda: AttackDistances(np.array([4.0])), "upper"),
        (lambda: AttackDistances(np.array([[0.1]])), "upper"),
        (lambda: AttackDistances(np.array([0.1]), np.array([1.0])), "succeeded"),
        (lambda: LowerCertificates(np.array([-0.1])), "lower"),
        (lambda: LowerCertificates(np.array([np.nan])), "lower"),
        (lambda: ProvedMeanDistance(math.inf), "at_least"),
        (lambda: Evidence(Sphere(1)), "dim"),
        (lambda: Evidence(Sphere(3, -1.0)), "radius"),
        (lambda: Evidence(Sphere(3, 1.0, "taxi")), "metric"),
        (lambda: MeanDistanceClaim(math.nan), "claim_mean_distance"),
        (lambda: MeanDistanceClaim(0.1, "about"), "relation"),
        (lambda: QuantileDistanceClaim(1.0, 0.1), "claim_quantile"),
        (lambda: RobustAccuracyClaim(1.1, 0.1), "claim_robust_accuracy"),
        (lambda: NearErrorsClaim(0.5, -1.0), "epsilon"),
        (lambda: Claims(quantile=0.5), "claim_quantile_distance"),
        (lambda: decide(PerfectionClaim(), Evidence(Sphere(3)), 1.0), "confidence"),
    ],
)
def test_bad_input_is_named(make: object, argument: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.argument == argument
