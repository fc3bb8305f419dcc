"""Quantities: all that is known of one lies in its class, so that a new one needs nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from adversarial_spheres.numerics.verdicts.claims import Claim, Claims
from adversarial_spheres.numerics.verdicts.engine import decide
from adversarial_spheres.numerics.verdicts.evidence import (
    AttackDistances,
    ErrorCounts,
    Evidence,
    ExactDistances,
    ExactErrorRate,
)
from adversarial_spheres.numerics.verdicts.quantities import (
    AttackedMean,
    ErrorRate,
    MeanDistance,
    NearErrors,
    Perfection,
    QuantileDistance,
    RobustAccuracy,
    Tightness,
)
from adversarial_spheres.numerics.verdicts.quantity import Limits, Quantity
from adversarial_spheres.numerics.verdicts.sources import Tally, share_of
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.spaces.gaussian import Gaussian
from adversarial_spheres.theory.spaces.space import Space
from adversarial_spheres.theory.spaces.sphere import Sphere

ALL = [
    ErrorRate(),
    Perfection(),
    MeanDistance(),
    QuantileDistance(0.5),
    RobustAccuracy(0.1),
    NearErrors(0.1),
    Tightness(),
    AttackedMean(),
]
RATE = LogProbability.of(0.01)
FREE = Evidence(Sphere(5), ExactErrorRate(0.0))
COUNTED = Evidence(Sphere(50), ErrorCounts(30, 1000), (AttackDistances(np.full(100, 0.2)),))


@dataclass(frozen=True)
class Accuracy(Quantity):
    """What a user could add: the complement of the error rate, on its own scale."""

    key: ClassVar[str] = "accuracy"
    argument: ClassVar[str] = "claim_accuracy"
    text: ClassVar[str] = "the accuracy"
    largest: ClassVar[float] = 1.0
    of_distances: ClassVar[bool] = False

    def limits(self, evidence: Evidence) -> Limits:
        rate = evidence.error_rate
        assert isinstance(rate, ErrorCounts)
        tally = Tally(rate.samples - rate.errors, rate.samples, rate.anytime)
        return Limits([share_of(tally, "right", 0)], [share_of(tally, "right", 1)], tally.rate)


def test_a_new_quantity_is_one_class() -> None:
    claim = Claim(Accuracy(), "at least", 0.95)
    check = decide(claim, COUNTED, 0.99)
    assert (check.verdict, check.name, check.claim) == ("verified", "accuracy", "the accuracy is at least 0.95")
    assert check.explanation.startswith("970 of 1,000 points are right: the share is at least 0.95")
    assert decide(Claim(Accuracy(), "at least", 0.99), COUNTED, 0.99).verdict == "refuted"
    with pytest.raises(InvalidArgumentError, match="claim_accuracy"):
        Claim(Accuracy(), "at least", 1.5)


def test_each_has_its_own_key_words_and_argument() -> None:
    for names in ({q.key for q in ALL}, {q.words("euclidean") + q.claim("at most", 0.5, "x") for q in ALL}):
        assert len(names) == len(ALL)
    assert len({q.argument for q in ALL}) == len(ALL) - 1  # no error at all is an error rate
    assert [q.key for q in ALL if q.own_number is not None] == ["perfection", "attack"]


def test_claims_name_their_options() -> None:
    claims = Claims(0.1, 0.2, 0.9, 0.1, 0.5, 0.1, 0.8, True).values()
    assert {c.quantity.argument.removeprefix("claim_") for c in claims} == {
        "error_rate",
        "mean_distance",
        "robust_accuracy",
        "quantile_distance",
        "tightness",
    }
    assert [claim.claimed for claim in claims] == [None, 0.1, 0.2, 0.1, 0.9, 0.8]


@pytest.mark.parametrize("quantity", ALL, ids=lambda q: q.key)
def test_what_may_spend_error_budget_is_what_is_not_known(quantity: Quantity) -> None:
    assert quantity.rests_on_samples(COUNTED)
    assert quantity.rests_on_samples(FREE) == isinstance(quantity, AttackedMean)
    exact = Evidence(Sphere(5), ExactErrorRate(RATE))
    assert quantity.rests_on_samples(exact) == (quantity.of_distances)


@pytest.mark.parametrize("quantity", ALL, ids=lambda q: q.key)
def test_where_there_is_no_error_nothing_is_claimed_of_distances(quantity: Quantity) -> None:
    about_distances = quantity.key in ("mean_distance", "quantile_distance", "tightness", "attack")
    assert (quantity.vacuous(FREE) is not None) == about_distances
    assert quantity.vacuous(COUNTED) is None


@pytest.mark.parametrize("space", [Sphere(50, 2.0, "geodesic"), Gaussian(50, 0.3)])
def test_what_geometry_says_is_what_the_space_says(space: Space) -> None:
    said = [quantity.bound_at(RATE, space) for quantity in ALL]
    expected = [
        None,
        None,
        float(space.mean_distance_bound(RATE)),
        float(space.quantile_distance_bound(0.5, RATE)),
        float(space.max_robust_accuracy(RATE, 0.1)),
        1.0 - float(space.max_robust_accuracy(RATE, 0.1)),
        1.0,
        1.0,
    ]
    assert said[:2] == expected[:2]
    assert said[2:] == pytest.approx(expected[2:], rel=1e-12)


def test_the_share_near_errors_is_the_complement_of_the_robust_accuracy() -> None:
    angles = np.linspace(0.0, 0.4, 200)
    known = Evidence(Sphere(50), None, (ExactDistances(angles, angles),))
    robust, near = RobustAccuracy(0.2).limits(known), NearErrors(0.2).limits(known)
    assert near.observed == pytest.approx(1.0 - float(robust.observed or math.nan))
    for relation, other in (("at least", "at most"), ("at most", "at least")):
        claims: list[Any] = [Claim(RobustAccuracy(0.2), relation, 0.3), Claim(NearErrors(0.2), other, 0.7)]  # type: ignore[arg-type]
        assert len({decide(claim, known, 0.99).verdict for claim in claims}) == 1


@pytest.mark.parametrize(("quantity", "relation"), [(3, "at least"), (None, "at most"), (ErrorRate, "at most")])
def test_a_claim_is_about_a_quantity(quantity: Any, relation: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="quantity"):
        Claim(quantity, relation, 0.5)
