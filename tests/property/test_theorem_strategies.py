"""The theorem on the error sets that the strategies make, decided by the package's own verdict engine.

Each set has either its exact measure or a count of errors in a sample of its own, and exact distances of another
sample; a set whose distances cannot be derived (half-spaces, networks) decides nothing here. No verdict may be
"refuted", at a confidence of 1 - 1e-13 each, so that a false alarm has probability below 1e-8 over 3000 examples, both
metrics and three claims.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adversarial_spheres.numerics.models.error_sets import ErrorSet
from adversarial_spheres.numerics.sampling.points import sample_unit_vectors
from adversarial_spheres.numerics.statistics.intervals import clopper_pearson_limits
from adversarial_spheres.numerics.verdicts.claims import (
    MeanDistanceClaim,
    QuantileDistanceClaim,
    RobustAccuracyClaim,
)
from adversarial_spheres.numerics.verdicts.engine import decide
from adversarial_spheres.numerics.verdicts.evidence import Evidence, ExactDistances
from adversarial_spheres.strategies import caps, error_sets
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.basics.validation import Metric
from adversarial_spheres.theory.spaces.isoperimetry import (
    max_robust_accuracy,
    mean_distance_bound,
    quantile_distance_bound,
)
from adversarial_spheres.theory.spaces.sphere import Sphere

POINTS, COUNTED, CONFIDENCE = 600, 2000, 1 - 1e-13
METRICS: tuple[Metric, Metric] = ("geodesic", "euclidean")


def known_rate(errors: ErrorSet, rng: np.random.Generator) -> LogProbability | None:
    """The measure, or a lower limit of it; None where there is no error, or none was seen."""
    measure = errors.measure()
    if measure is not None:
        return measure if np.isfinite(measure.log) else None
    found = int(np.count_nonzero(errors.contains(sample_unit_vectors(COUNTED, errors.dim, rng))))
    if not found:
        return None
    return LogProbability.of(float(clopper_pearson_limits(found, COUNTED, 1e-13)[0]))


def verdicts(errors: ErrorSet, seed: int, *, stretch: float = 1.0) -> list[str]:
    """Verdicts on mean, median and robust accuracy against the bounds of the cap, in both metrics."""
    rng = np.random.default_rng(seed)
    rate = known_rate(errors, rng)
    points = sample_unit_vectors(POINTS, errors.dim, rng)
    angles = errors.angles(points)
    if rate is None or angles is None:
        return []
    angles = np.minimum(stretch * angles, np.pi)
    found = []
    for metric in METRICS:
        evidence = Evidence(Sphere(errors.dim, 1.0, metric), None, (ExactDistances(angles, angles),))
        mean = float(mean_distance_bound(rate, errors.dim, metric=metric))
        median = float(quantile_distance_bound(0.5, rate, errors.dim, metric=metric))
        robust = float(max_robust_accuracy(rate, errors.dim, max(mean, 1e-300), metric=metric))
        found += [
            decide(MeanDistanceClaim(mean, "at most"), evidence, CONFIDENCE, plan=False).verdict,
            decide(
                QuantileDistanceClaim(0.5, median * (1 + 1e-12), "at most"), evidence, CONFIDENCE, plan=False
            ).verdict,
            decide(RobustAccuracyClaim(min(robust, 1.0), mean, "at most"), evidence, CONFIDENCE, plan=False).verdict,
        ]
    return found


@given(error_sets(), st.integers(0, 2**32 - 1))
@settings(max_examples=150)
def test_no_set_is_farther_than_its_cap(errors: ErrorSet, seed: int) -> None:
    assert "refuted" not in verdicts(errors, seed)


@pytest.mark.slow
@given(error_sets(), st.integers(0, 2**32 - 1))
@settings(max_examples=3000)
def test_no_set_of_thousands_is_farther_than_its_cap(errors: ErrorSet, seed: int) -> None:
    assert "refuted" not in verdicts(errors, seed)


@given(caps(dim=40, min_log_measure=-6.0), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_control_distances_that_are_too_long_are_refuted(errors: ErrorSet, seed: int) -> None:
    """A cap attains the bound: distances twice as long break it, unless hardly any point has a distance."""
    measure = errors.measure()
    assert measure is not None
    if float(measure) < 0.3:
        assert "refuted" in verdicts(errors, seed, stretch=2.0)


def test_the_sets_are_of_many_kinds_and_most_have_exact_distances() -> None:
    kinds: Counter[str] = Counter()

    @given(error_sets(), st.integers(0, 1000))
    @settings(max_examples=200, derandomize=True, database=None)
    def collect(errors: ErrorSet, seed: int) -> None:
        kinds[type(errors).__name__ + ("" if verdicts(errors, seed) else " (not decided)")] += 1

    collect()
    decided = {kind for kind in kinds if "not" not in kind}
    assert {"CapSet", "BandSet", "UnionSet", "QuadraticConeSet"} <= decided, kinds
