"""The nearest two of many random points: the search, the proved interval, and that it can fail."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from adversarial_spheres.numerics.experiments import nearest_pair as module
from adversarial_spheres.numerics.experiments.nearest_pair import (
    NearestPair,
    NearestPairConfig,
    assemble,
    cells,
    distance_at,
    log_none_within,
    nearest_pair,
)
from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.numerics.sampling.streams import NEAREST_PAIR_KEY
from adversarial_spheres.theory.basics.errors import InvalidArgumentError


def test_the_search_agrees_with_all_distances(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROWS", 7)
    points = sample_unit_vectors(45, 5, block_generator(3))
    first, second = nearest_pair(points)
    assert first < second
    assert np.linalg.norm(points[first] - points[second]) == pytest.approx(pdist(points).min(), abs=1e-15)


def test_a_cell_draws_from_its_own_stream() -> None:
    points = sample_unit_vectors(30, 4, block_generator(5, NEAREST_PAIR_KEY))
    assert NearestPair(4, 30, 5).run().values["distance"] == pytest.approx(pdist(points).min(), abs=1e-15)


def test_the_mean_number_of_near_pairs_on_a_circle() -> None:
    # On the circle a pair is within the chord 2 sin(a / 2) with probability a / pi.
    assert distance_at(0.5, 10, 2) == pytest.approx(2.0 * np.sin(0.05 * np.pi / 2.0), rel=1e-13, abs=0.0)


def test_all_pairs_lie_within_the_diameter() -> None:
    assert distance_at(10.0, 10, 3) == distance_at(199.0, 10, 3) == 2.0


def test_bounds_enclose_the_estimate() -> None:
    record = assemble(NearestPairConfig(draws=0), [])
    low, middle, high = (record.arrays[f"curve_{name}"] for name in ("low", "poisson", "high"))
    assert np.all(low <= middle)
    assert np.all(middle <= high)
    assert record.values["theory"]["low"] < record.values["theory"]["median"] < record.values["theory"]["high"]
    assert high[0] == pytest.approx(0.005)
    assert low[-1] == pytest.approx(0.995)


def test_draws_lie_in_the_proved_interval() -> None:
    # 100 draws at 0.99 each: more than 10 outside has probability below 1e-7. The control is the interval of a
    # few points.
    config = NearestPairConfig(dim=10, points=200, draws=100)
    record = assemble(config, [cell.run() for cell in cells(config)])
    nearest = np.array(record.values["nearest"])
    theory = record.values["theory"]
    outside = np.sum((nearest < theory["low"]) | (nearest > theory["high"]))
    assert outside <= 10
    other = assemble(NearestPairConfig(dim=10, points=30, draws=0), []).values["theory"]
    assert np.sum((nearest < other["low"]) | (nearest > other["high"])) > 10


@pytest.mark.parametrize(("dim", "points"), [(1, 10), (3, 1)])
def test_bad_input(dim: int, points: int) -> None:
    with pytest.raises(InvalidArgumentError):
        NearestPair(dim, points, 0)


def test_suen_s_bound_is_above_the_exact_probability_on_a_circle_and_close_to_it() -> None:
    """Of n points on a circle all gaps exceed an angle t with the probability (1 - n t / 2 pi)^(n - 1)."""
    for points, means in ((2, (0.01, 0.9)), (3, (0.3, 1.9)), (10, (0.3, 1.0, 3.0)), (100, (0.01, 1.0, 9.0))):
        for mean in means:
            angle = mean * 2.0 * np.pi / (points * (points - 1))
            exact = (points - 1) * np.log1p(-points * angle / (2.0 * np.pi))
            bound = log_none_within(2.0 * np.sin(angle / 2.0), 2, points)
            assert exact <= bound
            assert bound <= exact + 12.0 * mean**2 / points
