"""Checks in Gaussian noise of claims that are true right at the boundary: half-spaces attain every bound there.

One-sided binomial test at level 1e-6 with fixed seeds. The negative control is the same evidence taken for that of a
space whose distances vary half as much: its checks refute what is true.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import binom

from adversarial_spheres.numerics.verdicts.claims import (
    AttackClaim,
    Claim,
    ErrorRateClaim,
    MeanDistanceClaim,
    QuantileDistanceClaim,
    RobustAccuracyClaim,
)
from adversarial_spheres.numerics.verdicts.engine import decide
from adversarial_spheres.numerics.verdicts.evidence import AttackDistances, ErrorCounts, Evidence, ExactDistances
from adversarial_spheres.theory.spaces.gaussian import Gaussian

CHECKS, CONFIDENCE, RATE = 2000, 0.9, 0.3
NOISE = Gaussian(20, 0.5)
Z = float(-ndtri(RATE))
MEAN = float(NOISE.mean_distance_bound(RATE))
MEDIAN = float(NOISE.quantile_distance_bound(0.5, RATE))
ROBUST = float(NOISE.max_robust_accuracy(RATE, 0.2))


def distances(rng: np.random.Generator, points: int) -> np.ndarray:
    """Of random points to a half-space of measure RATE."""
    return np.asarray(NOISE.sigma * np.maximum(Z + rng.standard_normal(points), 0.0))


def counted(rng: np.random.Generator, space: Gaussian) -> Evidence:
    return Evidence(space, ErrorCounts(int(rng.binomial(300, RATE)), 300))


def exact(rng: np.random.Generator, space: Gaussian) -> Evidence:
    found = distances(rng, 100)
    return Evidence(space, None, (ExactDistances(found, found, largest=np.inf),))


def attacked(rng: np.random.Generator, space: Gaussian) -> Evidence:
    return Evidence(space, counted(rng, space).error_rate, (AttackDistances(distances(rng, 100), largest=np.inf),))


def refuted(claim: Claim, draw: Callable[[np.random.Generator, Gaussian], Evidence], space: Gaussian = NOISE) -> int:
    rng = np.random.default_rng(0)
    return sum(decide(claim, draw(rng, space), CONFIDENCE, plan=False).verdict == "refuted" for _ in range(CHECKS))


def is_too_often(count: int) -> bool:
    return bool(binom.sf(count - 1, CHECKS, 1.0 - CONFIDENCE) < 1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("claim", "draw"),
    [
        (ErrorRateClaim(RATE), counted),
        (MeanDistanceClaim(MEAN), counted),
        (MeanDistanceClaim(MEAN), exact),
        (MeanDistanceClaim(MEAN, "at most"), exact),
        (MeanDistanceClaim(MEAN), attacked),
        (QuantileDistanceClaim(0.5, MEDIAN), attacked),
        (QuantileDistanceClaim(0.5, MEDIAN, "at most"), exact),
        (RobustAccuracyClaim(ROBUST, 0.2), attacked),
        (AttackClaim(), attacked),
    ],
    ids=lambda x: getattr(x, "__name__", None) or getattr(x, "key", None),
)
def test_true_claims_are_not_refuted_too_often(
    claim: Claim, draw: Callable[[np.random.Generator, Gaussian], Evidence]
) -> None:
    assert not is_too_often(refuted(claim, draw))


@pytest.mark.slow
def test_the_test_sees_a_concentration_that_is_too_small() -> None:
    assert is_too_often(refuted(MeanDistanceClaim(MEAN), exact, Gaussian(20, 0.125)))


def test_the_bounds_are_those_of_the_half_space() -> None:
    found = distances(np.random.default_rng(1), 10**6)
    assert abs(found.mean() - MEAN) < 5.0 * found.std() / 1000.0
    assert math.isclose(float(ndtr((MEDIAN / NOISE.sigma) - Z)), 0.5)
