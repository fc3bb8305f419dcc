"""Float functions against closed forms at parameters that nobody chose: spectra of two values, and of pairs.

Coefficients 1 (``few`` times) and -ratio (``many`` times) make the tail a beta law, the nearest error a matter of plane
geometry, and every mean distance one integral. Where each coefficient comes an even number of times the tail is a sum
of exponential laws.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpmath import mp

from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.theory.basics.errors import AccuracyError
from adversarial_spheres.theory.basics.validation import Metric
from adversarial_spheres.theory.caps.distance import single_point_mean_distance
from adversarial_spheres.theory.nearest.in_space import nearest_boundary_point
from adversarial_spheres.theory.nearest.many import bulk_nearest, bulk_plan
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.predicted.mean_distance import (
    jensen_sine_square,
    mean_angle_lower_bound,
    mean_sine_square,
)
from adversarial_spheres.theory.quadratic.form import (
    chernoff_log_bound,
    positive_probability,
    promised_log_error,
)
from adversarial_spheres.theory.reference.quadratic_form import paired_tail, two_valued_tail
from adversarial_spheres.theory.spaces.isoperimetry import max_error_rate, mean_distance_bound

LONG = np.longdouble
ROUNDING = 2e-15


def spectrum(rng: np.random.Generator, largest: float, spread: float) -> tuple[int, int, float]:
    """Numbers of both values and a ratio near the one at which the mean of the form is 0."""
    few, many = (int(np.exp(rng.uniform(0.0, rng.choice([1.0, 4.0, largest])))) for _ in range(2))
    return few, many, float(np.exp(rng.normal(0.0, spread * rng.choice([1e-9, 0.03, 0.3, 1.0])))) * few / many


def points(rng: np.random.Generator, count: int, dim: int, radius: float = 1.0) -> np.ndarray:
    """Points of a sphere, some of them far from uniform."""
    drawn = rng.standard_normal((count, dim)) * np.exp(rng.normal(0.0, rng.choice([0.0, 1.0, 5.0]), (count, dim)))
    return radius * drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@pytest.mark.slow
def test_tails_are_beta_laws_within_the_error_that_they_tell() -> None:
    rng, refused = block_generator(1), 0
    for _ in range(3000):
        few, many, ratio = spectrum(rng, 8.5, 3.0)
        c = rng.permutation(np.repeat([1.0, -ratio], [few, many]))
        try:
            tail = positive_probability(c)
        except AccuracyError:  # near P = 1/2 the promise is as large as what the nodes' roundings may come to
            refused += 1
            continue
        with mp.workdps(60):
            log, rest = two_valued_tail(few, many, ratio)
            assert abs(mp.exp(log) + mp.exp(rest) - 1) < mp.mpf(10) ** -30
            assert abs(tail.probability.log - log) <= tail.log_error, (few, many, ratio)
            assert abs(tail.probability.log_complement - rest) <= tail.log_error, (few, many, ratio)
            assert chernoff_log_bound(c) >= log - mp.mpf(10) ** -30
        assert tail.log_error <= promised_log_error(tail.probability, few + many)
    assert refused < 30  # below 1 %


def few_against_small(rng: np.random.Generator) -> tuple[list[float], list[tuple[float, int]]]:
    """One to three large ones against as many and 25 to 100 small ones."""
    few, against = (np.exp(rng.normal(0.0, 0.5, rng.integers(1, 4))) for _ in range(2))
    return few.tolist(), [
        *((-x, 1) for x in against),
        (-float(10.0 ** rng.uniform(-5.0, -3.3)), int(rng.integers(25, 101))),
    ]


def all_sizes(rng: np.random.Generator) -> tuple[list[float], list[tuple[float, int]]]:
    """Up to eight of each sign, of sizes over 4, 40 or 300 decades."""
    decades = float(rng.choice([2.0, 20.0, 150.0]))
    single, repeated = (10.0 ** rng.uniform(-decades, decades, rng.integers(1, 9)) for _ in range(2))
    return single.tolist(), [(-float(x), int(rng.integers(1, 4))) for x in repeated]


def near_ties(rng: np.random.Generator) -> tuple[list[float], list[tuple[float, int]]]:
    """Up to six that differ by little from one another, against as many that differ by little from them."""
    spread = 10.0 ** rng.uniform(-9.0, -1.0)
    single = {float(1.0 + spread * x) for x in rng.standard_normal(rng.integers(1, 7))}
    size = len(single) * float(np.exp(rng.normal(0.0, 0.7)))
    many = int(rng.integers(1, 7))
    return sorted(single), [(-float(size / many * (1.0 + spread * x)), 1) for x in rng.standard_normal(many)]


def one_against_thousands(rng: np.random.Generator) -> tuple[list[float], list[tuple[float, int]]]:
    """One to three against up to 4000 that balance them, or nearly."""
    single, many = np.exp(rng.normal(0.0, 1.0, rng.integers(1, 4))), int(np.exp(rng.uniform(0.0, 7.6)))
    shift = float(np.exp(rng.normal(0.0, rng.choice([1e-9, 0.3, 2.0]))))
    return single.tolist(), [(-float(single.sum()) / many * shift, many)]


FAMILIES = (few_against_small, all_sizes, near_ties, one_against_thousands)


def held_against_exponential_sums(seed: int, draws: int) -> dict[str, int]:
    """Draw spectra of the families in turn; each told error must cover the true one. Count what is refused."""
    rng, refused = block_generator(seed), dict.fromkeys((family.__name__ for family in FAMILIES), 0)
    for draw in range(draws):
        family = FAMILIES[draw % len(FAMILIES)]
        single, repeated = family(rng)
        sign = float(rng.choice([-1.0, 1.0]))
        values, counts = zip(*[(x, 1) for x in single], *repeated, strict=True)
        c = sign * np.repeat(values, 2 * np.array(counts))
        try:
            tail = positive_probability(rng.permutation(c))
        except AccuracyError:
            refused[family.__name__] += 1
            continue
        log, rest = paired_tail([sign * x for x in single], [(sign * x, n) for x, n in repeated], digits=25)
        assert abs(tail.probability.log - log) <= tail.log_error, (sign, single, repeated)
        assert abs(tail.probability.log_complement - rest) <= tail.log_error, (sign, single, repeated)
        assert tail.log_error <= promised_log_error(tail.probability, len(c))
    return refused


@pytest.mark.slow
def test_tails_are_sums_of_exponential_laws_within_the_error_that_they_tell() -> None:
    draws = 4000
    refused = held_against_exponential_sums(6, draws)
    assert sum(refused.values()) < 0.01 * draws, refused


@pytest.mark.slow
def test_mean_squared_sines_are_one_integral_and_lower_bounds_below_the_mean() -> None:
    rng = block_generator(2)
    compared = 0
    for _ in range(150):
        few, many, ratio = spectrum(rng, 6.5, 1.5)
        c = np.repeat([1.0, -ratio], [few, many])
        found = float(mean_sine_square(c))
        with mp.workdps(25):
            a, b, edge = mp.mpf(many), mp.mpf(few), mp.acot(mp.sqrt(ratio))
            size = mp.beta(a / 2, b / 2) / 2

            def integrand(phi: Any, a: Any = a, b: Any = b, edge: Any = edge, size: Any = size) -> Any:
                density = mp.sin(phi) ** (a - 1) * mp.cos(phi) ** (b - 1) / size
                return mp.mpc(mp.sin(phi - edge) ** 2, phi - edge) * density

            left, peak, width = mp.pi / 2 - edge, mp.atan2(mp.sqrt(a), mp.sqrt(b)), 1 / mp.sqrt(a + b)
            cuts = {edge + left * (mp.mpf(j) / 60) ** 2 for j in range(61)}
            cuts |= {peak + width * j / 2 for j in range(-16, 17) if edge < peak + width * j / 2 < mp.pi / 2}
            exact = mp.quad(integrand, sorted(cuts), method="gauss-legendre", maxdegree=5)
        if exact.real < 1e-290:
            continue
        compared += 1
        assert abs(found / exact.real - 1) < 1e-9, (few, many, ratio)
        assert jensen_sine_square(c) <= exact.real * (1 + 1e-12)
        error_rate = positive_probability(c).probability
        assert mean_angle_lower_bound(c, error_rate=error_rate) <= exact.imag * (1 + 1e-12), (few, many, ratio)
    assert compared > 100


@pytest.mark.slow
def test_nearest_errors_are_plane_geometry() -> None:
    rng = block_generator(3)
    for _ in range(3000):
        few, many, ratio = spectrum(rng, 8.0, 3.0)
        c, u = np.repeat([1.0, -ratio], [few, many]), points(rng, 4, few + many)
        squares = u.astype(LONG) ** 2
        angle = np.arctan2(np.sqrt(squares[:, few:].sum(axis=1)), np.sqrt(squares[:, :few].sum(axis=1)))
        exact = np.maximum(angle - np.arctan2(LONG(1.0), np.sqrt(LONG(ratio))), 0.0)
        one = nearest_error(u, c, boundary_is_error=False)
        many_at_once = bulk_nearest(bulk_plan(c, boundary_is_error=False), u**2)
        assert np.all((one.angle_lower <= exact) & (exact <= one.angle_upper)), (few, many, ratio)
        lower, upper = many_at_once.angle_lower - ROUNDING, many_at_once.angle_upper + ROUNDING
        assert np.all((lower <= exact) & (exact <= upper)), (few, many, ratio)


def to_ellipse(p: Any, q: Any, first: Any, second: Any) -> Any:
    """Distance in the plane from (p, q) in the first quadrant to first x^2 + second y^2 = 1, in extended precision."""
    x, y = 1.0 / np.sqrt(first), 1.0 / np.sqrt(second)
    grid = np.linspace(LONG(0.0), LONG(np.pi) / 2.0, 2001, dtype=LONG)

    def square(t: Any) -> Any:
        return (p - x * np.cos(t)) ** 2 + (q - y * np.sin(t)) ** 2

    best = int(np.argmin(square(grid)))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
    for _ in range(70):
        middle = (low + high) / 2.0
        falls = (p - x * np.cos(middle)) * x * np.sin(middle) < (q - y * np.sin(middle)) * y * np.cos(middle)
        low, high = (middle, high) if falls else (low, middle)
    return np.sqrt(min(square((low + high) / 2.0), square(grid[0]), square(grid[-1])))


@pytest.mark.slow
def test_nearest_boundary_points_are_those_of_an_ellipse() -> None:
    rng = block_generator(4)
    for _ in range(1500):
        few, many, _ = spectrum(rng, 7.0, 1.0)
        first, second = np.exp(rng.normal(0.0, rng.choice([1e-12, 0.01, 0.3, 3.0], 2)))
        alphas, radius = np.repeat([first, second], [few, many]), float(np.exp(rng.normal(0.0, 0.3)))
        z = points(rng, 3, few + many, radius)
        squares = z.astype(LONG) ** 2
        sides = np.sqrt(squares[:, :few].sum(axis=1)), np.sqrt(squares[:, few:].sum(axis=1))
        exact = np.array([to_ellipse(p, q, LONG(first), LONG(second)) for p, q in zip(*sides, strict=True)])
        one = nearest_boundary_point(z, alphas)
        assert np.all((one.distance_lower <= exact + 1e-18) & (exact <= one.distance_upper + 1e-18))


@pytest.mark.slow
def test_error_rates_and_mean_distances_are_inverses() -> None:
    rng = block_generator(5)
    metrics: tuple[Metric, Metric] = ("geodesic", "euclidean")
    for draw in range(4000):
        metric = metrics[draw % 2]
        dim = int(np.exp(rng.uniform(np.log(2.0), np.log(1e9))))
        radius = float(np.exp(rng.normal(0.0, rng.choice([0.3, 20.0]))))
        largest = float(single_point_mean_distance(dim, metric=metric)) * radius
        share = 10.0 ** rng.uniform(-15.0, 0.0)
        distance = largest * (1.0 - share if rng.random() < 0.5 else max(share, 1e-12))
        rate = max_error_rate(distance, dim, radius=radius, metric=metric)
        again = mean_distance_bound(rate, dim, radius=radius, metric=metric)
        assert abs(float(again) / distance - 1.0) < 1e-13, (dim, metric, distance / largest)
