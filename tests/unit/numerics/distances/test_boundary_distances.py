"""Distances in space to the boundary, observed: moments and quantiles against all distances at once."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.numerics.distances.in_space import (
    ObservedBoundaryDistances,
    boundary_distances_of,
    observe_boundary_distances,
)
from adversarial_spheres.numerics.distances.statistics import BINS
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

ALPHAS = np.array([1.6, 0.9, 0.5])
SAMPLES = 4000


def observed(alphas: np.ndarray = ALPHAS, *, samples: int = SAMPLES) -> ObservedBoundaryDistances:
    return observe_boundary_distances(alphas, radius=1.0, sphere="inner", samples=samples, seed=2, workers=1)


def test_statistics_agree_with_distances_of_other_points_of_the_sphere() -> None:
    found = observed()
    points = np.random.default_rng(5).standard_normal((SAMPLES, 3))
    single = boundary_distances_of(points, ALPHAS, radius=1.0, sphere="inner").distance_upper
    spread = single.std(ddof=1) / np.sqrt(SAMPLES)
    assert found.mean == pytest.approx(single.mean(), abs=6 * spread)
    assert found.variance == pytest.approx(single.var(ddof=1), rel=0.2)
    assert found.standard_error == pytest.approx(np.sqrt(found.variance / SAMPLES))
    assert found.errors == pytest.approx(np.count_nonzero(single == 0.0), abs=6 * np.sqrt(SAMPLES / 4))
    assert found.mean_over_correct_points * (SAMPLES - found.errors) == pytest.approx(found.mean * SAMPLES)
    assert found.distance_min == 0.0
    assert found.distance_max <= found.reach


def test_quantiles_are_at_least_those_of_the_sample_by_at_most_a_bin() -> None:
    found = observed()
    shares = np.array([0.0, found.errors / SAMPLES, 0.5, 0.9, 1.0])
    bin_width = found.reach / BINS
    quantiles = found.quantiles(shares)
    assert np.all(np.diff(quantiles) >= 0.0)
    assert quantiles[0] == quantiles[1] == 0.0
    assert found.distance_max <= quantiles[-1] + 1e-15
    # As many points lie below a quantile less one bin as the order statistic says, and no more.
    below = np.cumsum(found.histogram)
    for share, quantile in zip(shares[2:], quantiles[2:], strict=True):
        bins = round(quantile / bin_width)
        assert below[min(bins, BINS - 1)] >= share * SAMPLES
        if bins >= 2:
            assert below[bins - 2] < share * SAMPLES
    with pytest.raises(InvalidArgumentError, match=r"^probabilities must be"):
        found.quantiles(1.5)


def test_without_a_boundary_all_distances_are_infinite() -> None:
    found = observed(np.array([-1.0, -0.5, 0.0]), samples=100)
    assert found.no_boundary
    assert found.mean == np.inf
    assert np.all(found.quantiles([0.1, 0.9]) == np.inf)


def test_without_a_correct_point_there_is_no_mean_over_them() -> None:
    found = observed(np.array([4.0, 5.0, 6.0]), samples=100)
    assert found.errors == 100
    assert np.isnan(found.mean_over_correct_points)
    assert found.mean == 0.0
