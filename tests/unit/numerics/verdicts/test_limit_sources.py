"""One-sided limits: each errs on the side it says, with at most the probability it is given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from adversarial_spheres.numerics.distances.sample import AS_IT_IS, Growth
from adversarial_spheres.numerics.verdicts.evidence import (
    AttackDistances,
    ErrorCounts,
    Evidence,
    ExactDistances,
    LowerCertificates,
)
from adversarial_spheres.numerics.verdicts.sources import (
    Limit,
    Tally,
    certain,
    counted_errors,
    free_tallies,
    lower_sample,
    mean_limit,
    mean_of_found,
    mean_of_true,
    mirrored,
    order_statistic,
    upper_sample,
)
from adversarial_spheres.theory.spaces.sphere import Sphere

ANGLES = np.random.default_rng(0).uniform(0.2, 0.6, 400)


def sample(anytime: bool = False) -> Any:
    known = Evidence(Sphere(50, 2.0, "geodesic"))
    return upper_sample(known, ExactDistances(ANGLES, ANGLES, anytime))


def test_a_certain_limit_takes_rounding_to_its_own_side() -> None:
    limit = certain(0.5, "why", rounding=0.1).limit(0.01, AS_IT_IS)
    assert (limit.beyond(1), limit.beyond(-1)) == (0.6, 0.4)
    assert Limit(0.5, "why").beyond(1) == 0.5
    mirror = mirrored(certain(0.25, "why", rounding=0.1)).limit(0.01, AS_IT_IS)
    assert (mirror.value, mirror.rounding) == (0.75, 0.1)


@pytest.mark.parametrize("anytime", [False, True])
def test_more_confidence_and_fewer_points_widen(anytime: bool) -> None:
    for source in (
        mean_of_true(sample(anytime), 1),
        mean_of_found(sample(anytime), 1),
        order_statistic(sample(anytime), 0.5, 1),
        counted_errors(ErrorCounts(20, 400, anytime), 1),
    ):
        values = [source.limit(delta, AS_IT_IS).value for delta in (0.5, 0.1, 1e-3, 1e-9)]
        assert values == sorted(values)
        assert source.limit(1e-3, Growth(100.0)).value <= source.limit(1e-3, AS_IT_IS).value


def test_a_count_s_limits_are_those_of_clopper_and_pearson() -> None:
    low, high = Tally(3.0, 50, False).limits(0.01)
    assert low == pytest.approx(stats.beta.ppf(0.01, 3, 48), rel=1e-10)
    assert high == pytest.approx(stats.beta.ppf(0.99, 4, 47), rel=1e-10)
    assert counted_errors(ErrorCounts(0, 50), 0).limit(0.01, AS_IT_IS).value == -np.inf


@pytest.mark.parametrize("quantile", [0.05, 0.5, 0.9])
@pytest.mark.parametrize("n", [5, 60, 400])
def test_order_statistics_err_no_more_often_than_they_may(quantile: float, n: int) -> None:
    """The rank is a number of points: how often it is wrong is a binomial probability, computed exactly."""
    delta, grid = 0.05, np.arange(1.0, n + 1.0) / (n + 1.0)
    known = Evidence(Sphere(50, 1.0, "geodesic"))
    distances = upper_sample(known, ExactDistances(grid, grid))
    above = order_statistic(distances, quantile, 1).limit(delta, AS_IT_IS).value
    below = order_statistic(distances, quantile, -1).limit(delta, AS_IT_IS).value
    if above <= 1.0:  # a point, not the largest possible distance: too small if at least as many lie below the quantile
        rank = round(above * (n + 1))
        assert stats.binom.sf(rank - 1, n, quantile) <= delta * (1.0 + 1e-9)
    if below > 0.0:
        rank = round(below * (n + 1))
        assert stats.binom.cdf(rank - 1, n, quantile) <= delta * (1.0 + 1e-9)


def test_a_mean_stays_within_what_is_possible() -> None:
    assert mean_limit(sample(), 99.0, 1).value == pytest.approx(2.0 * np.pi)
    assert mean_limit(sample(), -1.0, -1).value == 0.0


def test_who_has_what_to_say_of_points_without_an_error_nearby() -> None:
    exact = free_tallies(ExactDistances(np.array([0.1, 0.3]), np.array([0.2, 0.4])), 0.25)
    assert [tally.successes for tally in exact if tally is not None] == [1.0, 1.0]
    proved, left = free_tallies(AttackDistances(np.array([0.2, np.pi, np.inf])), np.pi)
    assert proved is None
    assert left is not None
    assert left.successes == 1.0  # the failed attack, and it alone
    proved, left = free_tallies(LowerCertificates(np.array([0.2, 0.3])), 0.25)
    assert left is None
    assert proved is not None
    assert proved.successes == 1.0


def test_lower_bounds_of_distances_limit_the_mean_from_below() -> None:
    known = Evidence(Sphere(50, 2.0, "geodesic"))
    bounds = lower_sample(known, LowerCertificates(ANGLES))
    assert mean_of_true(bounds, -1).limit(0.01, AS_IT_IS).value < 2.0 * ANGLES.mean()
    assert bounds.cut_at(0.5).mean <= 0.5
