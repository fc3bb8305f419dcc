"""What a verdict says: as a truth value, as an exception, and in words with a quantity, a unit and an argument."""

from __future__ import annotations

import numpy as np
import pytest

import adversarial_spheres as spheres
from adversarial_spheres import Claims, QuadraticClassifier, check_bound, paper_alphas
from adversarial_spheres.numerics.distances.exact import measure_distances
from adversarial_spheres.numerics.distances.measurement import agreement
from adversarial_spheres.numerics.verdicts.claims import AttackClaim, ErrorRateClaim, MeanDistanceClaim
from adversarial_spheres.numerics.verdicts.engine import decide
from adversarial_spheres.numerics.verdicts.evidence import (
    AttackDistances,
    ErrorCounts,
    Evidence,
    PlannedDistances,
)
from adversarial_spheres.theory.basics.errors import InconclusiveError, RefutedError
from adversarial_spheres.theory.spaces.sphere import Sphere

PAPER = QuadraticClassifier.from_alphas(paper_alphas())


class Plane:
    def logits(self, points: np.ndarray) -> np.ndarray:
        return points[:, 0] - 0.1


def test_bool_follows_the_verdict() -> None:
    """faults.md: ``assert check_bound(...)`` always passed."""
    assert check_bound(PAPER, Claims(error_rate=0.1))
    assert not check_bound(PAPER, Claims(mean_distance=0.9))
    perfect = check_bound(QuadraticClassifier.from_alphas([0.7, 0.8]), Claims(mean_distance=1.0))
    assert perfect.verdict == "vacuous"
    assert perfect
    with pytest.raises(InconclusiveError, match=r"compare \.verdict with a text, or call \.raise_for_refuted\(\)"):
        bool(check_bound(Plane(), Claims(error_rate=0.16), dim=100, max_samples=100))


def test_raise_for_refuted() -> None:
    found = check_bound(PAPER, Claims(error_rate=0.1))
    assert found.raise_for_refuted() is found
    check_bound(Plane(), Claims(error_rate=0.16), dim=100, max_samples=100).raise_for_refuted()
    with pytest.raises(spheres.RefutedError, match=r"at least 0\.9: impossible: no classifier of error rate"):
        check_bound(PAPER, Claims(mean_distance=0.9)).raise_for_refuted()
    assert issubclass(RefutedError, AssertionError)
    assert issubclass(spheres.InconclusiveError, ValueError)


def test_open_checks_say_what_and_in_which_unit() -> None:
    """faults.md: "nothing that was given limits it", "1 lies between the limits 0.5948 and 1.66969"."""
    nothing = decide(MeanDistanceClaim(0.1), Evidence(Sphere(100)), 0.99).explanation
    assert nothing == (
        "nothing that was counted, found or proved limits the mean euclidean distance to the nearest error"
    )
    rng = np.random.default_rng(0)
    found = Evidence(
        Sphere(100, 1.3, "geodesic"), ErrorCounts(300, 2000), (AttackDistances(rng.uniform(0.0, 0.3, 200)),)
    )
    attack = decide(AttackClaim(), found, 0.99).explanation
    assert "the mean geodesic distance that the attack found is at least" in attack
    assert "times the isoperimetric bound: that leaves open whether it is at most 1" in attack
    mean = decide(MeanDistanceClaim(0.05), found, 0.99).explanation
    assert "on the sphere of radius 1.3, but nothing that was counted" in mean


def test_the_argument_that_helps_is_named() -> None:
    """faults.md: "N samples would decide it" ran away, as the number of attacked points stayed the same."""
    rng = np.random.default_rng(0)
    angles = rng.uniform(0.05, 0.15, 100)
    many = Evidence(Sphere(100, 1.0, "geodesic"), ErrorCounts(100, 100_000), (AttackDistances(angles),))
    check = decide(MeanDistanceClaim(0.12), many, 0.99)
    assert (check.verdict, check.samples_needed_by) == ("inconclusive", "attacked_points")
    assert check.samples_needed is not None
    assert check.advice == f"about {check.samples_needed:,} points would decide it (attacked_points)"
    more = np.resize(angles, check.samples_needed)
    decided = decide(
        MeanDistanceClaim(0.12), Evidence(Sphere(100, 1.0, "geodesic"), many.error_rate, (AttackDistances(more),)), 0.99
    )
    assert decided.verdict == "refuted"
    counted = decide(MeanDistanceClaim(0.22), Evidence(Sphere(100), error_rate=ErrorCounts(3, 50)), 0.99)
    assert (counted.verdict, counted.samples_needed_by) == ("inconclusive", "max_samples")


@pytest.mark.parametrize("off", [1e-6, 1e-7])
def test_near_the_truth_no_absurd_number_of_points_is_named(off: float) -> None:
    """The number runs away with the square of the distance, on statistics that do not stay what they are."""
    near = decide(ErrorRateClaim(0.01 + off), Evidence(Sphere(100), ErrorCounts(100, 10_000)), 0.99)
    assert (near.verdict, near.samples_needed, near.samples_needed_by) == ("inconclusive", None, "max_samples")
    assert near.advice == "no number of points within reach would decide it (max_samples)"
    angles = np.random.default_rng(0).uniform(0.05, 0.15, 100)
    attacked = Evidence(Sphere(100, 1.0, "geodesic"), ErrorCounts(100, 100_000), (AttackDistances(angles),))
    check = decide(MeanDistanceClaim(float(angles.mean()) + 10.0 * off), attacked, 0.99)
    assert (check.samples_needed, check.samples_needed_by) == (None, "attacked_points")


def test_planned_evidence_keeps_its_share_and_decides_nothing() -> None:
    counts = ErrorCounts(31, 20_000, True)
    for claim in (MeanDistanceClaim(0.5), MeanDistanceClaim(0.3)):
        half = decide(claim, Evidence(Sphere(500), error_rate=counts, distances=(PlannedDistances("above"),)), 0.98)
        alone = decide(claim, Evidence(Sphere(500), error_rate=counts), 0.99)
        assert half.explanation == alone.explanation
    nothing = decide(MeanDistanceClaim(0.5), Evidence(Sphere(500), distances=(PlannedDistances("above"),)), 0.98)
    assert nothing.verdict == "inconclusive"


def test_prediction_and_observation_agree_or_not() -> None:
    """faults.md: the README's own example ended "inconclusive" though they agree to 4e-5."""
    measured = measure_distances(PAPER, "inner", samples=2000, seed=0)
    agreed = agreement(measured)
    assert agreed is not None
    assert agreed.consistent
    assert abs(agreed.difference) < 2e-3
    assert "an estimate is not proved by that" in agreed.explanation
    assert agreement(measure_distances(QuadraticClassifier.from_alphas([0.7, 0.8]), "inner", samples=5, seed=0)) is None
