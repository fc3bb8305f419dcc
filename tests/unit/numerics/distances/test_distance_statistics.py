"""Statistics of distances: merged blocks say what the whole sample says, and bounds bound."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.distances.moments import Moments
from adversarial_spheres.numerics.distances.statistics import BINS, nothing_observed, reduced
from adversarial_spheres.theory.nearest.many import BulkResult

ANGLES = np.concatenate([np.zeros(7), np.random.default_rng(0).uniform(0.0, 0.5 * np.pi, 500), [0.5 * np.pi]])


def block(angles: np.ndarray, gap: float = 0.0) -> BulkResult:
    none = np.zeros(len(angles), dtype=bool)
    return BulkResult(np.maximum(angles - gap, 0.0), angles, angles == 0.0, none)


@pytest.mark.parametrize("cut", [0, 1, 7, 200, len(ANGLES)])
def test_merged_blocks_are_the_whole(cut: int) -> None:
    parts = [reduced(block(part, 1e-9), 0.3) for part in (ANGLES[:cut], ANGLES[cut:]) if len(part)]
    total = nothing_observed(0.3)
    for part in parts:
        total = total.merged(part)
    whole = reduced(block(ANGLES, 1e-9), 0.3)
    assert (total.samples, total.errors, total.within, total.possibly_within) == (508, 7, whole.within, whole.within)
    assert total.angle.mean == pytest.approx(ANGLES.mean(), rel=1e-14, abs=0.0)
    assert total.angle.variance == pytest.approx(ANGLES.var(ddof=1), rel=1e-13, abs=0.0)
    assert total.chord.mean == pytest.approx((2 * np.sin(ANGLES / 2)).mean(), rel=1e-14, abs=0.0)
    assert (total.angle_min, total.angle_max, total.gap_max) == (0.0, 0.5 * np.pi, whole.gap_max)
    assert np.array_equal(total.histogram, whole.histogram)
    assert total.histogram.sum() == 508


def test_moments_of_few_values() -> None:
    assert Moments.of(np.zeros(0)) == Moments()
    assert Moments().merged(Moments()) == Moments()
    assert Moments.of(np.array([3.0])).variance == 0.0


@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
def test_order_statistics_are_bounded_from_both_sides(metric: Any) -> None:
    radius, found, ordered = 2.0, reduced(block(ANGLES, 1e-7), None), np.sort(ANGLES)
    for rank in (1, 7, 8, 100, 400, 507, 508):
        angle = ordered[rank - 1]
        true = radius * (angle if metric == "geodesic" else 2.0 * np.sin(angle / 2.0))
        low, high = (
            found.order_statistic(rank, radius=radius, metric=metric, from_below=below) for below in (True, False)
        )
        assert low <= true <= high
        assert high - low <= radius * (0.5 * np.pi / BINS + 1e-7) * 1.0001


def test_quantiles_are_above_the_sample_s_by_at_most_a_bin() -> None:
    found = reduced(block(ANGLES), None)
    p = np.array([0.0, 0.01, 0.25, 0.5, 0.99, 1.0])
    true = np.sort(ANGLES)[np.clip(np.ceil(p * 508), 1, 508).astype(int) - 1]
    quantiles = found.quantiles(p, metric="geodesic")
    assert np.all((quantiles >= true) & (quantiles <= true + 0.5 * np.pi / BINS))


def test_means_over_correct_points() -> None:
    found = reduced(block(ANGLES), None)
    assert found.mean_over_correct_points(metric="geodesic") == pytest.approx(ANGLES[7:].mean())
    assert np.isnan(reduced(block(np.zeros(3)), None).mean_over_correct_points(metric="geodesic"))
    assert found.standard_error(metric="geodesic") == pytest.approx(ANGLES.std(ddof=1) / np.sqrt(508))


def test_without_errors_all_distances_are_infinite() -> None:
    nothing = reduced(block(np.full(4, np.inf)), 0.1)
    assert (nothing.no_errors, nothing.samples, nothing.within) == (True, 4, 0)
    assert np.isinf(nothing.mean(metric="euclidean"))
    assert np.isinf(nothing.quantiles([0.5], metric="euclidean")).all()
