"""Sequential checks of true claims: however often one looks, false refutations stay within the error budget.

One-sided binomial test at level 1e-6 with a fixed seed, and fixed-sample limits as the negative control.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from calibration import DIM, ERROR_RATE, cap_angles
from scipy.stats import binom

from adversarial_spheres.numerics.verdicts.claims import (
    Claim,
    ErrorRateClaim,
    MeanDistanceClaim,
    QuantileDistanceClaim,
)
from adversarial_spheres.numerics.verdicts.evidence import ErrorCounts, Evidence, ExactDistances
from adversarial_spheres.numerics.verdicts.sequential import Question, decide_sequentially
from adversarial_spheres.theory.spaces.isoperimetry import mean_distance_bound, quantile_distance_bound
from adversarial_spheres.theory.spaces.sphere import Sphere

REPEATS, CONFIDENCE = 200, 0.9
MEAN = float(mean_distance_bound(ERROR_RATE, DIM, metric="geodesic"))
MEDIAN = float(quantile_distance_bound(0.5, ERROR_RATE, DIM, metric="geodesic"))


class CapSample:
    """A growing sample of a cap: counts and exact distances."""

    def __init__(self, rng: np.random.Generator, most: int, *, honest: bool, distances: bool) -> None:
        self.angles = cap_angles((most,), rng)
        self.honest, self.distances = honest, distances

    def evidence(self, samples: int, anytime: bool) -> Evidence:
        known = Evidence(Sphere(DIM, metric="geodesic"))
        if not samples:
            return known
        angles, marked = self.angles[:samples], anytime and self.honest
        if self.distances:
            return replace(known, distances=(ExactDistances(angles, angles, marked),))
        counts = ErrorCounts(int(np.count_nonzero(angles == 0.0)), samples, marked)
        return replace(known, error_rate=counts)


def false_refutations(claim: Claim, *, honest: bool, distances: bool, looks: int = 7) -> int:
    refuted, most = 0, 20 * 2**looks
    for repeat in range(REPEATS):
        sample = CapSample(np.random.default_rng(repeat), most, honest=honest, distances=distances)
        (check,) = decide_sequentially(
            [Question("name", "words", claim)], sample.evidence, CONFIDENCE, max_samples=most, first=20
        )
        refuted += check.verdict == "refuted"
    return refuted


def is_too_often(refuted: int) -> bool:
    return bool(binom.sf(refuted - 1, REPEATS, 1.0 - CONFIDENCE) < 1e-6)


@pytest.mark.slow
def test_true_claims_at_the_boundary_are_not_refuted_too_often() -> None:
    for claim, distances in (
        (ErrorRateClaim(ERROR_RATE), False),
        (MeanDistanceClaim(MEAN), False),
        (QuantileDistanceClaim(0.5, MEDIAN), True),
        (MeanDistanceClaim(MEAN, "at most"), True),
    ):
        assert not is_too_often(false_refutations(claim, honest=True, distances=distances))


@pytest.mark.slow
def test_fixed_sample_limits_would_refute_them_too_often() -> None:
    assert is_too_often(false_refutations(QuantileDistanceClaim(0.5, MEDIAN), honest=False, distances=True))
    assert not is_too_often(false_refutations(QuantileDistanceClaim(0.5, MEDIAN), honest=True, distances=True))
