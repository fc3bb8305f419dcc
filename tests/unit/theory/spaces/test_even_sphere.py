"""The bound for even error sets: never below what a tube attains, near it, and below the cap's."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mpf
from numpy.typing import NDArray
from scipy.special import betainc, betaincc, betaincinv, gammaln

from adversarial_spheres import QuadraticClassifier, exact_error_rate, measure_distances
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.basics.validation import Metric
from adversarial_spheres.theory.caps.cap import cap_of_measure
from adversarial_spheres.theory.reference import even_sphere as twin
from adversarial_spheres.theory.spaces.even_profile import best_tube, growth, tube_profile
from adversarial_spheres.theory.spaces.even_sphere import EvenSphere
from adversarial_spheres.theory.spaces.sphere import Sphere

Floats = NDArray[np.float64]
RATES = [0.3, 1e-2, 1e-5, 1e-12, 1e-60, 1e-300]
METRICS: list[Metric] = ["geodesic", "euclidean"]


def tube_angle(measure: float, k: int, dim: int) -> float:
    """Radius of the tube of a measure about a great S^(k-1)."""
    if k == 1:
        return float(cap_of_measure(LogProbability.from_log(np.log(measure) - np.log(2.0)), dim).angle)
    return float(np.arcsin(np.sqrt(betaincinv(0.5 * (dim - k), 0.5 * k, measure))))


def attained(measure: float, k: int, dim: int, metric: Metric) -> float:
    """Mean distance to the tube: the integral of P(angle > t) dc over its panels, by Gauss's rule."""
    radius = tube_angle(measure, k, dim)
    edges = np.linspace(radius, 0.5 * np.pi, 401)
    x, g = np.polynomial.legendre.leggauss(8)
    half = 0.5 * np.diff(edges)[:, None]
    angle = edges[:-1, None] + half * (x + 1.0)
    beyond = betaincc(0.5 * (dim - k), 0.5 * k, np.sin(angle) ** 2)
    slope = np.ones_like(angle) if metric == "geodesic" else np.cos(0.5 * (angle - radius))
    return float((half * g * beyond * slope).sum())


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("dim", [3, 10, 60, 500, 2000])
def test_no_tube_is_farther_than_the_bound(dim: int, metric: Metric) -> None:
    """Two-valued spectra of quadratic networks are these tubes."""
    bounds = np.asarray(EvenSphere(dim, metric=metric).mean_distance_bound(RATES))
    for rate, bound in zip(RATES, bounds, strict=True):
        for k in sorted({1, 2, 3, 7, dim // 3, dim // 2, dim - 2, dim - 1} & set(range(1, dim))):
            if rate > 1e-200 or k < dim // 2:  # SciPy's radii of wide tubes underflow beyond
                assert attained(rate, k, dim, metric) <= bound * (1.0 + 1e-9), (rate, k)


def test_two_antipodes_are_possible_in_high_dimensions() -> None:
    """At dim 200,000 a double cap of measure e^-1000000 is still as wide as 0.007."""
    dim = 200_000
    antipodes = 0.5 * np.pi - float(np.exp(gammaln(0.5 * dim) - gammaln(0.5 * dim + 0.5))) / np.sqrt(np.pi)
    even = EvenSphere(dim, metric="geodesic")
    assert antipodes <= even.largest_mean_distance
    assert float(even.max_error_rate(antipodes).log) < -1e6


@pytest.mark.parametrize("rate", [1e-12, 1e-60, 1e-300])
def test_the_bound_is_near_the_double_cap_at_500_dimensions(rate: float) -> None:
    for metric in METRICS:
        bound = float(EvenSphere(500, metric=metric).mean_distance_bound(rate))
        assert 1.0 <= bound / attained(rate, 1, 500, metric) <= 1.03


@pytest.mark.parametrize(("rate", "bound"), [(1e-12, 0.2861), (1e-5, 0.1675), (1e-2, 0.0858)])
def test_known_bounds_at_500_dimensions(rate: float, bound: float) -> None:
    assert EvenSphere(500).mean_distance_bound(rate) == pytest.approx(bound, abs=1e-4)


@pytest.mark.parametrize("dim", [2, 3, 4, 5, 60, 500, 10_000])
def test_the_bound_is_below_the_caps(dim: int) -> None:
    rates = LogProbability.from_log(-np.geomspace(1e-8, 1e5, 60))
    for metric in METRICS:
        even, any_set = EvenSphere(dim, 1.3, metric), Sphere(dim, 1.3, metric)
        assert np.all(even.log_mean_distance_bound(rates) <= any_set.log_mean_distance_bound(rates) + 1e-10)
        for t in (1e-3, 0.1, 0.7):
            assert np.all(even.neighbourhood(rates, t).log >= any_set.neighbourhood(rates, t).log - 1e-9)


@pytest.mark.parametrize("dim", [2, pytest.param(5, marks=pytest.mark.slow)])
def test_the_mean_is_that_of_the_twin(dim: int) -> None:
    even = EvenSphere(dim, metric="geodesic")
    for rate in (0.25, 1e-4):  # the bound for rare errors is less: no point is farther than pi/2
        exact = float(twin.mean_distance(mpf(rate), dim, digits=8))
        assert (0.98 if rate < 0.01 else 1.0 - 1e-8) <= even.mean_distance_bound(rate) / exact <= 1.0 + 2e-5


@pytest.mark.parametrize("dim", [4, 9])
def test_the_profile_is_that_of_the_twin(dim: int) -> None:
    for v in (1e-8, 0.1, 0.31, 0.45, 0.5):
        exact = float(twin.profile(mpf(v), dim))
        assert best_tube(v, dim)[0] == pytest.approx(exact, rel=1e-11)
        table = growth(dim)
        if table.edge < v:
            assert exact <= 1.0 / np.interp(v, table.measure, table.rate) * (1.0 + 1e-4)
            assert exact >= 1.0 / np.interp(v, table.measure, table.rate)


@pytest.mark.parametrize("dim", [5, 8, 61, 300])
def test_the_best_tube_grows_with_the_measure(dim: int) -> None:
    """What the table uses, for all tubes and not only those up to d/2."""
    found, k = [], np.arange(1.0, dim)
    for v in np.linspace(0.02, 0.5, 60):
        values = tube_profile(v, k, dim)
        found.append(int(np.argmin(values)) + 1)
        assert best_tube(v, dim)[0] == pytest.approx(values.min(), rel=1e-9)
        if v <= growth(dim).edge:
            assert found[-1] == 1
    assert np.all(np.diff(found) >= 0)
    assert found[-1] <= (dim + 1) // 2


@pytest.mark.parametrize("dim", [3, 4, 60, 500])
def test_the_table_is_a_lower_bound_of_the_profile_everywhere(dim: int) -> None:
    table, k = growth(dim), np.arange(1.0, dim)
    for v in np.linspace(table.edge, 0.5, 41):
        assert 1.0 / np.interp(v, table.measure, table.rate) <= tube_profile(v, k, dim).min()


def test_neighbourhoods_of_double_caps_are_exact() -> None:
    even = EvenSphere(60, metric="geodesic")
    radius = tube_angle(1e-5, 1, 60)
    found = even.neighbourhood(1e-5, 0.3)
    assert found.probability == pytest.approx(betainc(29.5, 0.5, np.sin(radius + 0.3) ** 2), rel=1e-10)
    assert float(even.neighbourhood(1e-5, 0.5 * np.pi)) == 1.0
    assert float(even.neighbourhood(0.0, 5.0)) == 0.0


@pytest.mark.parametrize("dim", [3, 60, 500])
@pytest.mark.parametrize("metric", METRICS)
def test_quantiles_invert_neighbourhoods(dim: int, metric: Metric) -> None:
    even = EvenSphere(dim, 1.3, metric)
    for rate in (1e-40, 1e-3, 0.25, 0.4, 0.8):
        for t in (1e-3, 0.01, 0.05):
            assert even.quantile_distance_bound(even.neighbourhood(rate, t), rate) == pytest.approx(t, rel=1e-7)


@pytest.mark.parametrize("dim", [2, 3, 500])
def test_the_largest_error_rate_inverts_the_mean(dim: int) -> None:
    even = EvenSphere(dim, 1.3)
    for rate in (1e-250, 1e-6, 0.1, 0.45, 0.9):
        mean = float(even.mean_distance_bound(rate))
        found = even.max_error_rate(mean)
        assert float(even.mean_distance_bound(found)) == pytest.approx(mean, rel=1e-9)
    assert float(even.max_error_rate(0.0)) == 1.0
    with pytest.raises(InvalidArgumentError, match="even set"):
        even.max_error_rate(1.4 * 1.3)


def test_means_and_quantiles_fit_together() -> None:
    """The mean is the integral of the law that the quantiles give."""
    even, rate = EvenSphere(60, metric="geodesic"), 1e-4
    levels = (np.arange(20_000) + 0.5) / 20_000
    mean = float(np.mean(even.quantile_distance_bound(levels, rate)))
    assert mean == pytest.approx(float(even.mean_distance_bound(rate)), rel=1e-4)


def test_a_quadratic_network_of_two_values_is_a_tube() -> None:
    network = QuadraticClassifier.from_alphas([0.9] * 55 + [1.25] * 5)
    rate = exact_error_rate(network, "inner", 1.3)
    seen = measure_distances(network, "inner", metric="geodesic", samples=4000, seed=0).observed
    assert seen is not None
    assert seen.mean == pytest.approx(attained(float(rate), 5, 60, "geodesic"), abs=6.0 * 0.1 / np.sqrt(4000))
    assert seen.interval.low < EvenSphere(60, metric="geodesic").mean_distance_bound(rate)


def test_a_cap_is_farther_than_the_bound_for_even_sets() -> None:
    """Negative control: for sets that are not even the bound is false."""
    assert Sphere(500).mean_distance_bound(1e-5) > 1.1 * EvenSphere(500).mean_distance_bound(1e-5)


def test_ends_of_the_range() -> None:
    even = EvenSphere(500, 1.3)
    assert even.mean_distance_bound([0.0, 1.0]).tolist() == [np.inf, 0.0]
    assert even.quantile_distance_bound(0.5, [0.0, 0.5, 0.6]).tolist() == [np.inf, 0.0, 0.0]
    tiny, most = LogProbability.from_log(-1e6), LogProbability.from_log_complement(-1e6)
    assert even.mean_distance_bound(tiny) <= even.largest_distance
    assert np.isfinite(even.log_mean_distance_bound(most))
    assert np.isfinite(even.neighbourhood(tiny, 0.5).log)
    assert even.neighbourhood(most, 0.5).log == 0.0  # what is left is narrower


@pytest.mark.parametrize("arguments", [(1,), (3, 0.0), (3, 1.0, "manhattan"), ([3, 4],), (10**6 + 1,)])
def test_what_is_no_even_sphere(arguments: tuple[object, ...]) -> None:
    with pytest.raises(InvalidArgumentError):
        EvenSphere(*arguments)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_million_dimensions() -> None:
    """Scaled by the root of the dimension, bounds settle; the table there has few nodes."""
    one, other = (float(EvenSphere(d).mean_distance_bound(1e-5)) * np.sqrt(d) for d in (10_000, 10**6))
    assert one == pytest.approx(other, rel=2e-3)
