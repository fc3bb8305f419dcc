"""Distances to caps: closed forms on the circle and the ordinary sphere, and Monte-Carlo-free identities."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.basics.validation import Metric
from adversarial_spheres.theory.caps.distance import single_point_mean_distance
from adversarial_spheres.theory.reference import isoperimetry as twin
from adversarial_spheres.theory.reference.caps import LogPair
from adversarial_spheres.theory.spaces.isoperimetry import (
    cap_distance_survival,
    log_mean_distance_bound,
    mean_distance_bound,
    quantile_distance_bound,
)

MEASURES = np.array([1e-12, 0.01, 0.25, 0.5, 0.75, 0.99])
METRICS: tuple[Metric, Metric] = ("geodesic", "euclidean")


def test_mean_on_the_circle() -> None:
    left = np.pi * (1.0 - MEASURES)
    assert np.allclose(mean_distance_bound(MEASURES, 2, metric="geodesic"), left**2 / (2 * np.pi), rtol=1e-13)
    truth = 8.0 * np.sin(left / 4.0) ** 2 / np.pi
    assert np.allclose(mean_distance_bound(MEASURES, 2, metric="euclidean"), truth, rtol=1e-13)


def test_mean_on_the_ordinary_sphere() -> None:
    phi = np.arccos(1.0 - 2.0 * MEASURES)
    # half the integral of (theta - phi) sin(theta)
    truth = (np.pi - phi - np.sin(phi)) / 2.0
    assert np.allclose(mean_distance_bound(MEASURES, 3, metric="geodesic"), truth, rtol=1e-9)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("dim", [2, 3, 17, 500])
def test_mean_is_the_integral_of_the_law(dim: int, metric: Metric) -> None:
    nodes, weights = np.polynomial.legendre.leggauss(20)
    for measure in (0.001, 0.5, 0.9):
        edges = np.linspace(0.0, float(quantile_distance_bound(1.0, measure, dim, metric=metric)), 41)
        half = np.diff(edges)[:, None] / 2.0
        law = cap_distance_survival(edges[:-1, None] + half * (1.0 + nodes), measure, dim, metric=metric).probability
        total = np.sum(half * weights * law)
        # in the euclidean metric of the circle the law ends in a square root
        assert mean_distance_bound(measure, dim, metric=metric) == pytest.approx(total, rel=1e-5 if dim == 2 else 1e-8)


@pytest.mark.parametrize("metric", METRICS)
def test_empty_cap_and_whole_sphere(metric: Metric) -> None:
    assert mean_distance_bound([0.0, 1.0], 9, metric=metric).tolist() == [np.inf, 0.0]
    assert log_mean_distance_bound([0.0, 1.0], 9, metric=metric).tolist() == [np.inf, -np.inf]
    assert quantile_distance_bound(0.3, [0.0, 1.0], 9, metric=metric).tolist() == [np.inf, 0.0]
    law = cap_distance_survival(0.5, [0.0, 1.0], 9, metric=metric)
    assert law.log.tolist() == [0.0, -np.inf]
    assert law.log_complement.tolist() == [-np.inf, 0.0]


def test_quantile_levels_at_the_ends() -> None:
    assert quantile_distance_bound(0.0, 0.1, 5, metric="geodesic") == 0.0
    phi = np.arccos(1.0 - 2.0 * 0.1)
    assert quantile_distance_bound(1.0, 0.1, 3, metric="geodesic") == pytest.approx(np.pi - phi, rel=1e-14, abs=0.0)
    assert quantile_distance_bound(1.0, 0.0, 3, metric="geodesic") == np.inf
    assert quantile_distance_bound(0.1, 0.1, 500, metric="euclidean") == 0.0


def test_median_of_a_large_cap_is_zero() -> None:
    assert quantile_distance_bound(0.5, [0.5, 0.7], 500, metric="geodesic").tolist() == [0.0, 0.0]
    assert quantile_distance_bound(0.5, 0.25, 2, metric="euclidean") == pytest.approx(
        2 * np.sin(np.pi / 8), rel=1e-14, abs=0.0
    )


def test_law_beyond_the_sphere_and_at_zero() -> None:
    law = cap_distance_survival([0.0, 3.0, 4.0, np.inf], 0.25, 3, metric="euclidean")
    assert law.probability.tolist() == [0.75, 0.0, 0.0, 0.0]
    beyond = cap_distance_survival(np.nextafter(np.pi, 4.0), LogProbability.from_log(-1e6), 3, metric="geodesic")
    assert beyond.log == -np.inf


def test_n5_the_double_of_pi_is_not_beyond_the_sphere() -> None:
    """pi is 1.2246e-16 more than its double: a cap of that radius, of measure 3.7e-33, is left at d = 3."""
    far = cap_distance_survival(np.pi, LogProbability.from_log(-1e6), 3, metric="geodesic")
    assert np.log(3.749e-33) < far.log < -65.0
    half = cap_distance_survival(np.pi / 2.0, 0.5, [2, 3, 500, 10**9], metric="geodesic")
    assert np.all(np.isfinite(half.log))
    assert np.all(half.log >= np.array([np.log(6.12e-17 / np.pi), np.log(9.37e-34), -2e4, -5e10]))
    whole = cap_distance_survival(1e-300, LogProbability.of(1.0), 3, metric="geodesic")
    assert whole.log == -np.inf


def test_n5_a_quantile_above_the_measure_is_not_at_distance_zero() -> None:
    for log in (-1.0, -0.1, -30.0):
        measure, above = LogProbability.from_log(log), LogProbability.from_log(np.nextafter(log, 0.0))
        assert 0.0 < quantile_distance_bound(above, measure, 2, metric="geodesic") <= 2e-15
        assert quantile_distance_bound(measure, measure, 2, metric="geodesic") == 0.0


def test_single_point() -> None:
    assert single_point_mean_distance(2, metric="euclidean") == pytest.approx(4 / np.pi, rel=1e-14, abs=0.0)
    assert single_point_mean_distance(3, radius=1.3, metric="euclidean") == pytest.approx(
        1.3 * 4 / 3, rel=1e-14, abs=0.0
    )
    assert single_point_mean_distance(10**9, metric="euclidean") == pytest.approx(np.sqrt(2), rel=1e-9)
    assert single_point_mean_distance([2, 77], radius=2.0, metric="geodesic").tolist() == [np.pi, np.pi]


def test_shapes() -> None:
    out = mean_distance_bound([[0.1], [0.2]], [2, 3, 4], radius=[1.0, 2.0, 3.0], metric="geodesic")
    assert out.shape == (2, 3)
    assert isinstance(mean_distance_bound(0.1, 2, metric="geodesic"), np.float64)
    assert mean_distance_bound([], 2, metric="geodesic").shape == (0,)
    assert quantile_distance_bound([[0.1], [0.9]], [0.05, 0.2], 7, metric="euclidean").shape == (2, 2)
    assert cap_distance_survival([0.1, 0.2, 0.3], [[0.1], [0.2]], 7, metric="euclidean").shape == (2, 3)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: mean_distance_bound(-0.1, 3, metric="geodesic"), "error_rate"),
        (lambda: mean_distance_bound(0.1, 3, metric="angle"), "metric"),
        (lambda: mean_distance_bound(0.1, 3, radius=0.0, metric="geodesic"), "radius"),
        (lambda: mean_distance_bound(0.1, 3, radius=np.inf, metric="geodesic"), "radius"),
        (lambda: quantile_distance_bound(1.5, 0.1, 3, metric="geodesic"), "quantile"),
        (lambda: cap_distance_survival(-1.0, 0.1, 3, metric="geodesic"), "distance"),
        (lambda: single_point_mean_distance(1, metric="geodesic"), "dim"),
    ],
)
def test_refusals_name_the_argument(call: object, argument: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        call()  # type: ignore[operator]
    assert caught.value.argument == argument


@pytest.mark.parametrize("dim", [2, 77])
@pytest.mark.parametrize("log_rate", [-1e4, -5.0, -0.8, 5.0])
@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
def test_the_law_is_that_of_the_twin_near_and_far(dim: int, log_rate: float, metric) -> None:
    # positive: the logarithm of what is left of the sphere
    if log_rate < 0:
        rate, pair = LogProbability.from_log(log_rate), LogPair.from_log(log_rate, digits=40)
    else:
        rate, pair = LogProbability.from_log_complement(-log_rate), LogPair.from_log_complement(-log_rate, digits=40)
    for distance in (1e-12, 0.1, 1.25, 1.9, 2.9):
        if metric == "euclidean" and distance > 2.0:
            continue
        found = cap_distance_survival(distance, rate, dim, metric=metric)
        exact = twin.cap_distance_survival(distance, pair, dim, metric=metric, digits=17)
        for ours, truth in ((found.log, exact.log), (found.log_complement, exact.log_complement)):
            if truth == -mp.inf:
                assert ours == -np.inf
            else:
                assert abs(float(ours) - truth) <= 4e-13 * max(abs(truth), 1e-280) + 1e-290


def test_at_distance_zero_and_without_errors_the_rate_keeps_its_digits() -> None:
    rate = LogProbability.from_log([-1e-20, -1e5, -np.inf])
    for distance in (0.0, [0.0, 0.0, 1.0]):
        law = cap_distance_survival(distance, rate, 500, metric="euclidean")
        np.testing.assert_array_equal(law.log, rate.log_complement)
        np.testing.assert_array_equal(law.log_complement, rate.log)


def test_a_distance_in_units_of_the_radius() -> None:
    for metric in ("geodesic", "euclidean"):
        plain = cap_distance_survival(0.5, 0.01, 30, metric=metric)
        for radius in (2.0**-900, 2.0, 2.0**900):
            scaled = cap_distance_survival(0.5 * radius, 0.01, 30, radius=radius, metric=metric)
            assert (scaled.log, scaled.log_complement) == (plain.log, plain.log_complement)
        assert cap_distance_survival(1e300, 0.01, 30, radius=1e-300, metric=metric).log == -np.inf


@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
def test_quantiles_on_each_side_of_the_equator_are_those_of_the_twin(metric) -> None:
    for low, high in ((1e-300, 1e-299), (0.2, 0.4), (0.3, 0.8), (0.9, 1.0 - 1e-9)):
        for dim in (2, 77):
            found = quantile_distance_bound(high, low, dim, radius=1.5, metric=metric)
            exact = 1.5 * twin.quantile_distance_bound(LogPair.of(high), LogPair.of(low), dim, metric=metric, digits=17)
            # limited by the cancellation between the two caps' heights
            assert abs(float(found) - exact) <= 1e-12 * exact + 3e-16


def test_the_unit_sphere_is_the_default() -> None:
    for metric in ("geodesic", "euclidean"):
        mean = mean_distance_bound(0.1, 20, metric=metric)
        assert log_mean_distance_bound(0.1, 20, metric=metric) == pytest.approx(np.log(mean), rel=1e-13)
