"""Bounds: known numbers, edges, refusals, the explicit bound and the asymptote."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from mpmath import mp

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.basics.validation import Metric
from adversarial_spheres.theory.caps.distance import single_point_mean_distance
from adversarial_spheres.theory.spaces.comparison import (
    asymptote_crossing,
    asymptotic_mean_distance,
    explicit_mean_distance_bound,
    log_explicit_mean_distance_bound,
)
from adversarial_spheres.theory.spaces.isoperimetry import (
    cap_distance_survival,
    log_mean_distance_bound,
    max_error_rate,
    max_robust_accuracy,
    mean_distance_bound,
    quantile_distance_bound,
)

METRICS: tuple[Metric, Metric] = ("geodesic", "euclidean")


@pytest.mark.parametrize("metric", METRICS)
def test_error_rates_zero_and_one(metric: Metric) -> None:
    assert mean_distance_bound([0.0, 1.0], 500, metric=metric).tolist() == [np.inf, 0.0]
    assert log_mean_distance_bound([0.0, 1.0], 500, metric=metric).tolist() == [np.inf, -np.inf]
    assert quantile_distance_bound(0.5, [0.0, 1.0], 500, metric=metric).tolist() == [np.inf, 0.0]
    assert max_robust_accuracy([0.0, 1.0], 500, 0.1, metric=metric).probability.tolist() == [1.0, 0.0]
    assert explicit_mean_distance_bound([0.0, 1.0], 500).tolist() == [np.inf, 0.0]
    assert log_explicit_mean_distance_bound([0.0, 1.0], 500).tolist() == [np.inf, -np.inf]
    assert asymptotic_mean_distance([0.0, 0.5, 1.0], 500).tolist() == [np.inf, 0.0, -np.inf]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("dim", [2, 3, 500, 10**9])
def test_mean_distances_zero_and_that_of_a_point(dim: int, metric: Metric) -> None:
    for radius in (1.0, 1.3, 0.1):
        limit = single_point_mean_distance(dim, radius=radius, metric=metric)
        whole = max_error_rate(0.0, dim, radius=radius, metric=metric)
        assert (whole.log, whole.log_complement) == (0.0, -np.inf)
        near = [np.nextafter(limit, 0.0), limit, np.nextafter(limit, 9.0)]
        rates = max_error_rate(near, dim, radius=radius, metric=metric)
        assert np.all(np.isfinite(rates.log))
        assert np.all(rates.log < -30.0)
        assert np.all(np.diff(rates.log) <= 0.0)
        with pytest.raises(InvalidArgumentError, match="impossible for any nonempty set"):
            max_error_rate(limit * (1.0 + 2e-14), dim, radius=radius, metric=metric)


def test_n5_the_input_of_the_list() -> None:
    """On the circle the mean distance is pi (1 - mu)^2 / 2: at the double of pi/2 mu is at least 3.9e-17 / 2."""
    rate = max_error_rate(1.5707963267948966, 2, metric="geodesic")
    assert 2e-17 < float(rate) < 2e-14


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("dim", [2, 3, 4, 5, 10, 50, 500, 10_000, 10**6, 10**9])
def test_n5_round_trips_never_come_back_below(dim: int, metric: Metric) -> None:
    """1018 of them fell short once, 209 at the largest distance, where they came back as 0."""
    log = -np.concatenate([np.geomspace(1e-300, 1e-2, 100), np.geomspace(1e-2, 1e6, 400)])
    complement = np.geomspace(-0.7, -300.0, 100)
    for rate in (LogProbability.from_log(log), LogProbability.from_log_complement(complement)):
        for radius in (1.0, 1.3, 1e-100):
            distance = mean_distance_bound(rate, dim, radius=radius, metric=metric)
            again = max_error_rate(distance[distance > 1e-300], dim, radius=radius, metric=metric)
            assert np.all(again.log >= rate.log[distance > 1e-300])
            assert np.all(again.log_complement <= rate.log_complement[distance > 1e-300])
            back = mean_distance_bound(again, dim, radius=radius, metric=metric)
            assert np.allclose(back, distance[distance > 1e-300], rtol=1e-12, atol=0.0)


def test_n5_the_largest_error_rate_is_never_below_the_exact_one() -> None:
    """Closed forms: pi (1 - mu)^2 / 2 on the circle; (pi - phi - sin phi) / 2, mu = sin(phi/2)^2 on the sphere."""
    with mp.workdps(60):
        for mu in [mp.mpf(10) ** -k for k in (1, 2, 5, 10, 13, 14, 15, 16, 17, 20, 40)]:
            phi = 2 * mp.asin(mp.sqrt(mu))
            for dim, exact in ((2, mp.pi * (1 - mu) ** 2 / 2), (3, (mp.pi - phi - mp.sin(phi)) / 2)):
                distance = float(exact)  # rounded: the exact rate of the double
                if dim == 2:
                    truth = 1 - mp.sqrt(2 * mp.mpf(distance) / mp.pi)
                else:
                    p = mp.findroot(lambda x, d=distance: (mp.pi - x - mp.sin(x)) / 2 - mp.mpf(d), phi)
                    truth = mp.sin(p / 2) ** 2
                found = max_error_rate(distance, dim, metric="geodesic")
                assert mp.exp(mp.mpf(float(found.log))) >= truth


def test_explicit_bound_with_the_other_curvature_would_be_false() -> None:
    exact = mean_distance_bound(0.16, 500, metric="geodesic")
    explicit = explicit_mean_distance_bound(0.16, 500)
    assert exact / explicit == pytest.approx(0.99926, abs=2e-5)
    assert exact / (explicit * np.sqrt(498.0 / 499.0)) == pytest.approx(1.00026, abs=2e-5)


def test_explicit_bound_far_out() -> None:
    rate = LogProbability.from_log10(-99.0)
    ratio = mean_distance_bound(rate, 500, metric="geodesic") / explicit_mean_distance_bound(rate, 500)
    assert ratio == pytest.approx(0.92656, abs=1e-5)
    assert log_explicit_mean_distance_bound(LogProbability.from_log_complement(-1e6), 500) < -1e6
    assert explicit_mean_distance_bound(LogProbability.from_log(-1e6), 502) == pytest.approx(63.2, rel=1e-3)


def test_asymptote_lies_below_the_bound_for_large_error_rates() -> None:
    for metric, crossing in (("geodesic", 0.001), ("euclidean", 0.004)):
        assert float(asymptote_crossing(500, metric=metric)) == pytest.approx(crossing, rel=0.06)
    gap = 1.0 - asymptotic_mean_distance([0.1, 0.25, 0.5], 500) / mean_distance_bound(
        [0.1, 0.25, 0.5], 500, metric="geodesic"
    )
    assert np.allclose(gap, [0.036, 0.18, 1.0], atol=0.005)


def test_robust_accuracy_beyond_the_sphere() -> None:
    out = max_robust_accuracy(0.01, 500, [0.0, np.pi, 10.0], metric="geodesic").probability
    assert out.tolist() == pytest.approx([0.99, 0.0, 0.0], abs=1e-15)


def test_log_mean_where_the_mean_underflows() -> None:
    nearly_one = LogProbability.from_log_complement(-1e6)
    assert mean_distance_bound(nearly_one, 500, metric="euclidean") == 0.0
    assert log_mean_distance_bound(nearly_one, 500, metric="euclidean") == pytest.approx(-1002010.2, abs=0.1)


def test_radius_is_in_the_unit_of_the_distance() -> None:
    one = max_error_rate(0.5, 500, radius=1.0, metric="euclidean")
    other = max_error_rate(0.65, 500, radius=1.3, metric="euclidean")
    assert other.log == pytest.approx(one.log, rel=1e-13)
    wide = cap_distance_survival(0.65, 0.01, 500, radius=1.3, metric="euclidean").log
    assert wide == pytest.approx(cap_distance_survival(0.5, 0.01, 500, metric="euclidean").log, rel=1e-12)


def test_extreme_radii() -> None:
    tiny = max_error_rate(5e-324, 500, radius=1e10, metric="geodesic")
    assert tiny.log_complement == pytest.approx(max_error_rate(1e-300, 500, metric="geodesic").log_complement, rel=0.2)
    assert max_robust_accuracy(0.1, 500, 1e300, radius=1e-300, metric="geodesic").log == -np.inf
    assert mean_distance_bound(0.1, 500, radius=1e300, metric="geodesic") > 1e297


def test_shapes() -> None:
    assert asymptote_crossing([2, 3], metric="geodesic").log.shape == (2,)
    assert max_error_rate([[0.1], [0.2]], [2, 3, 500], metric="geodesic").log.shape == (2, 3)
    assert isinstance(max_error_rate(0.1, 500, metric="geodesic").log, np.float64)
    assert isinstance(asymptotic_mean_distance(0.1, 500), np.float64)
    assert explicit_mean_distance_bound([[0.1], [0.2]], [3, 500], radius=2.0).shape == (2, 2)
    assert max_error_rate([], 500, metric="geodesic").log.shape == (0,)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: mean_distance_bound(1.1, 3, metric="geodesic"), "error_rate"),
        (lambda: explicit_mean_distance_bound(0.1, 2), "dim"),
        (lambda: max_error_rate(-0.1, 3, metric="geodesic"), "mean_distance"),
        (lambda: max_error_rate([0.1, 1.6], 3, metric="geodesic"), "mean_distance"),
        (lambda: max_error_rate(np.inf, 3, metric="geodesic"), "mean_distance"),
        (lambda: max_error_rate(0.1, 3, metric="chord"), "metric"),
        (lambda: max_robust_accuracy(0.1, 3, -0.1, metric="geodesic"), "epsilon"),
        (lambda: quantile_distance_bound(-0.1, 0.1, 3, metric="geodesic"), "quantile"),
        (lambda: asymptotic_mean_distance(0.1, 1), "dim"),
        (lambda: asymptote_crossing(0, metric="geodesic"), "dim"),
    ],
)
def test_refusals_name_the_argument(call: object, argument: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        call()  # type: ignore[operator]
    assert caught.value.argument == argument


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys, adversarial_spheres.theory.spaces.isoperimetry\n"
        "print([m for m in ('scipy.stats', 'scipy.optimize', 'sympy', 'mpmath', 'matplotlib') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("metric", METRICS)
def test_distances_are_those_of_the_unit_sphere_unless_a_radius_is_given(metric: Metric) -> None:
    functions: list[tuple[Callable[..., Any], tuple[float, ...]]] = [
        (mean_distance_bound, (0.1, 5)),
        (log_mean_distance_bound, (0.1, 5)),
        (quantile_distance_bound, (0.5, 0.1, 5)),
        (cap_distance_survival, (0.2, 0.1, 5)),
        (max_robust_accuracy, (0.1, 5, 0.2)),
        (max_error_rate, (0.2, 5)),
    ]
    for function, arguments in functions:
        by_default, unit, larger = (
            function(*arguments, metric=metric, **radius) for radius in ({}, {"radius": 1.0}, {"radius": 2.0})
        )
        values = [np.asarray(getattr(found, "log", found)) for found in (by_default, unit, larger)]
        assert values[0] == values[1] != values[2]
