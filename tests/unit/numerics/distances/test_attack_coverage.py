"""Statistical test: the upper limit from an attack's distances covers the true mean as often as it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from adversarial_spheres.numerics.attacks.settings import AttackSettings
from adversarial_spheres.numerics.distances.attacked import measure_model_distances
from adversarial_spheres.numerics.models.adapters import from_callable
from adversarial_spheres.theory.caps.cap import cap_measure
from adversarial_spheres.theory.spaces.isoperimetry import mean_distance_bound

DIM, HEIGHT, SEEDS, CONFIDENCE = 10, 0.35, 300, 0.8


@pytest.mark.slow
def test_the_upper_limit_covers_the_mean_distance_to_a_cap() -> None:
    """The mean distance to a cap is known: it is the isoperimetric bound. False-alarm probability below 1e-9."""
    truth = float(mean_distance_bound(cap_measure(HEIGHT, DIM), DIM, metric="geodesic"))
    axis = np.eye(DIM)[0]
    model = from_callable(lambda x: x[:, 0] - HEIGHT, gradient=lambda x: np.broadcast_to(axis, x.shape))
    missed, mean_below = 0, 0
    for seed in range(SEEDS):
        measured = measure_model_distances(
            model,
            DIM,
            "inner",
            metric="geodesic",
            samples=60,
            counted_samples=100,
            seed=seed,
            confidence=CONFIDENCE,
            settings=AttackSettings(restarts=0),
        )
        assert measured.observed is not None
        missed += measured.observed.interval.high < truth
        mean_below += measured.observed.mean < truth
    allowed = binom.isf(1e-9, SEEDS, 1.0 - CONFIDENCE)
    assert missed <= allowed
    # The negative control: a "limit" that is the mean itself misses far more often than that.
    assert mean_below > allowed
