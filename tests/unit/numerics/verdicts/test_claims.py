"""Claims: what can be claimed at all, and how it is worded."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.verdicts.claims import (
    Claims,
    ErrorRateClaim,
    MeanDistanceClaim,
    NearErrorsClaim,
    PerfectionClaim,
    QuantileDistanceClaim,
    RobustAccuracyClaim,
    TightnessClaim,
)
from adversarial_spheres.numerics.verdicts.evidence import ProvedMeanDistance
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.basics.rounded_text import probability_words

NO_NUMBERS = [math.nan, "0.1", [0.1], np.array([0.1, 0.2]), None, 1j]
OUTSIDE_A_SHARE = [-1e-300, math.nextafter(1.0, 2.0), math.inf, -math.inf, *NO_NUMBERS]
NO_DISTANCES = [-1e-300, -1.0, math.inf, -math.inf, *NO_NUMBERS]

MAKERS: list[tuple[Callable[[Any], object], str, list[Any]]] = [
    (ErrorRateClaim, "claim_error_rate", OUTSIDE_A_SHARE),
    (MeanDistanceClaim, "claim_mean_distance", NO_DISTANCES),
    (lambda x: QuantileDistanceClaim(x, 0.1), "claim_quantile", [0.0, 1.0, *OUTSIDE_A_SHARE]),
    (lambda x: QuantileDistanceClaim(0.5, x), "claim_quantile_distance", NO_DISTANCES),
    (lambda x: RobustAccuracyClaim(x, 0.1), "claim_robust_accuracy", OUTSIDE_A_SHARE),
    (lambda x: RobustAccuracyClaim(0.5, x), "epsilon", NO_DISTANCES),
    (lambda x: NearErrorsClaim(x, 0.1), "claim_share", OUTSIDE_A_SHARE),
    (lambda x: NearErrorsClaim(0.5, x), "epsilon", NO_DISTANCES),
    (TightnessClaim, "claim_tightness", NO_DISTANCES),
    (ProvedMeanDistance, "at_least", NO_DISTANCES),
]
BAD = [(make, argument, value) for make, argument, values in MAKERS for value in values]


@pytest.mark.parametrize(("make", "argument", "value"), BAD)
def test_what_no_classifier_could_be_said_to_have_is_refused(
    make: Callable[[Any], object], argument: str, value: Any
) -> None:
    """A claim below the range would be true of everything, one above it false of everything: a slip, not a claim."""
    with pytest.raises(InvalidArgumentError) as caught:
        make(value)
    assert caught.value.argument == argument


@pytest.mark.parametrize("make", [ErrorRateClaim, MeanDistanceClaim, TightnessClaim])
@pytest.mark.parametrize("relation", ["about", "", None, 3])
def test_a_claim_has_a_direction(make: Any, relation: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="relation must be"):
        make(0.5, relation)


def test_a_single_error_rate_is_claimed() -> None:
    with pytest.raises(InvalidArgumentError, match="claim_error_rate must be a single number"):
        ErrorRateClaim(LogProbability.from_log(np.array([-1.0, -2.0])))
    assert ErrorRateClaim(LogProbability.from_log(-1e5)).threshold == -1e5


@pytest.mark.parametrize("name", ["error_rate", "mean_distance", "tightness"])
def test_claims_are_checked_when_they_are_made(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"claim_{name} must be"):
        Claims(**{name: -1.0})  # type: ignore[arg-type]


@pytest.mark.parametrize("perfect", [1, "no", None])
def test_perfection_is_claimed_or_not(perfect: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="claim_perfect must be True or False"):
        Claims(perfect=perfect)


def test_what_comes_in_pairs() -> None:
    for given, missing in (
        ({"robust_accuracy": 0.5}, "epsilon"),
        ({"epsilon": 0.5}, "claim_robust_accuracy"),
        ({"quantile": 0.5}, "claim_quantile_distance"),
        ({"quantile_distance": 0.5}, "claim_quantile"),
    ):
        with pytest.raises(InvalidArgumentError, match=f"{missing} must be given"):
            Claims(**given)  # type: ignore[arg-type]


def test_all_claims_one_by_one() -> None:
    claims = Claims(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, True)
    assert claims.values() == [
        PerfectionClaim(),
        ErrorRateClaim(0.1),
        MeanDistanceClaim(0.2),
        QuantileDistanceClaim(0.5, 0.6),
        RobustAccuracyClaim(0.3, 0.4),
        TightnessClaim(0.7),
    ]
    assert Claims(0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0).values()[0] == ErrorRateClaim(0.0)
    assert len({claim.key for claim in claims.values()}) == 6
    assert all("the " in claim.in_words("euclidean") or "there" in claim.in_words("") for claim in claims.values())


def test_probabilities_in_words() -> None:
    shown = [probability_words(log) for log in (-math.inf, 0.0, math.log(0.25), -1e6)]
    assert shown == ["0", "1", "0.25", "10^-434294"]
