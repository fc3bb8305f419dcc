"""The theorem in every space: no set of errors is farther from a random point than the bound, sets nobody designed.

A set has exact distances, and its exact measure or a lower limit of it from a sample of its own. What is compared: the
mean of the true distances, within its Lipschitz width, and the shares of points within three distances, within the
limits of Clopper and Pearson. Each limit fails with probability 1e-13 at most; 2e4 sets with four comparisons and a
count each leave a false alarm a probability of 1e-8. The three distances are quantiles of the
sample that is counted.
"""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adversarial_spheres.numerics.models.space_sets import HalfSpaceSet, PointsSet, SpaceSet, farthest_set
from adversarial_spheres.numerics.sampling.spaces import sample
from adversarial_spheres.numerics.statistics.intervals import clopper_pearson_limits
from adversarial_spheres.space_strategies import error_sets_of, lists_of_points, spaces
from adversarial_spheres.strategies import dims
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.spaces.anisotropic import AnisotropicGaussian
from adversarial_spheres.theory.spaces.bodies import Ball, Cube
from adversarial_spheres.theory.spaces.compared import LipschitzImage
from adversarial_spheres.theory.spaces.curved import SphereProduct
from adversarial_spheres.theory.spaces.gaussian import Gaussian
from adversarial_spheres.theory.spaces.hamming import Hamming
from adversarial_spheres.theory.spaces.space import Space
from adversarial_spheres.theory.spaces.sphere import Sphere

POINTS, COUNTED, DELTA = 400, 1500, 1e-13
KINDS = (Gaussian, AnisotropicGaussian, Sphere, Ball, Cube, Hamming, SphereProduct, LipschitzImage)


def known_rate(errors: SpaceSet, points: np.ndarray) -> LogProbability | None:
    """The measure, or a lower limit of it from a sample; None where no error was seen."""
    measure = errors.measure()
    if measure is not None:
        return measure
    found = int(np.count_nonzero(errors.contains(points)))
    return LogProbability.of(float(clopper_pearson_limits(found, COUNTED, DELTA)[0])) if found else None


def violations(errors: SpaceSet, seed: int, *, stretch: float = 1.0) -> list[str]:
    """What contradicts the bounds of the space, at distances multiplied by a factor."""
    space = errors.space
    # The sets are made of points of smaller seeds, which must not be drawn again.
    others, points = sample(space, COUNTED, 2**33 + 2 * seed), sample(space, POINTS, 2**33 + 2 * seed + 1)
    rate = known_rate(errors, others)
    if rate is None:
        return ["not decided"]
    distances = stretch * errors.distances(points)
    width = stretch * np.sqrt(2.0 * space.concentration * np.log(1.0 / DELTA) / POINTS)
    found = []
    if np.mean(distances) - width > space.mean_distance_bound(rate):
        found.append("mean")
    for t in np.quantile(stretch * errors.distances(others), (0.25, 0.5, 0.9)):
        share = np.count_nonzero(distances <= t)
        high = clopper_pearson_limits(int(share), POINTS, DELTA)[1]
        if space.neighbourhood(rate, t).probability > high:
            found.append(f"share within {t}")
    return found


def check(kind: type[Space], examples: int) -> Counter[str]:
    """Try that many sets; how many of each kind there were."""
    kinds: Counter[str] = Counter()

    @given(spaces(dims(max_dim=30), kind=kind).flatmap(error_sets_of), st.integers(0, 2**32 - 1))
    @settings(max_examples=examples, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    def no_violation(errors: SpaceSet, seed: int) -> None:
        found = violations(errors, seed)
        kinds[type(errors).__name__ + (" (not decided)" if found == ["not decided"] else "")] += 1
        assert found in ([], ["not decided"]), errors

    no_violation()
    return kinds


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_set_is_farther_than_the_bound(kind: type[Space]) -> None:
    kinds = check(kind, 60)
    decided = sum(number for name, number in kinds.items() if "not" not in name)
    assert decided >= 0.4 * kinds.total(), kinds


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_set_of_thousands_is_farther_than_the_bound(kind: type[Space]) -> None:
    check(kind, 2000)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_control_distances_that_are_too_long_are_seen(kind: type[Space]) -> None:
    """Three times the distance breaks the bound of some set in every space: the comparison has power.

    (Thirty times in images, whose proved Lipschitz constants are large.)
    """
    seen, stretch = 0, 30.0 if kind is LipschitzImage else 3.0

    @given(spaces(st.integers(4, 30), kind=kind).flatmap(error_sets_of), st.integers(0, 1000))
    @settings(max_examples=60, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def count(errors: SpaceSet, seed: int) -> None:
        nonlocal seen
        seen += violations(errors, seed, stretch=stretch) not in ([], ["not decided"])

    count()
    assert seen >= 3


@given(st.one_of(spaces(kind=Gaussian), spaces(kind=AnisotropicGaussian)), st.floats(-12.0, -0.01))
@settings(max_examples=100)
def test_extremal_half_spaces_are_as_far_as_the_bound_and_no_farther(space: Space, log: float) -> None:
    """The law of the distance to a half-space is known: (z + x)+ times its deviation, x standard normal."""
    assert isinstance(space, Gaussian | AnisotropicGaussian)
    errors = farthest_set(space, float(np.exp(log)))
    along = errors.normal / np.linalg.norm(errors.normal)
    # At a point on the line through the origin that a deviation moves by the deviation of the distance.
    point = along * (errors.height - errors.deviation) / (along @ errors.normal)
    exact = float(errors.distances(point[None])[0]) * Gaussian(1).mean_distance_bound(errors.measure() or 0.0)
    bound = float(space.mean_distance_bound(errors.measure() or 0.0))
    assert exact == pytest.approx(bound, rel=1e-10)
    assert exact > 0.99 * bound  # the control: a bound that is one percent smaller is broken


def everything(dim: int) -> np.ndarray:
    return np.array(np.meshgrid(*[[0.0, 1.0]] * dim, indexing="ij")).reshape(dim, -1).T


def exact_violations(errors: PointsSet, *, shrink: float = 1.0) -> int:
    """Violations of any bound, from the distances of all points."""
    space, rate = errors.space, errors.measure()
    distances = errors.distances(everything(space.dim))
    shares = np.array([np.mean(distances <= t) for t in range(space.dim + 1)])
    least = space.neighbourhood(rate, np.arange(space.dim + 1.0)).probability
    wrong = int(np.count_nonzero(shares < least * (1.0 - 1e-12)))
    wrong += int(np.mean(distances) > shrink * space.mean_distance_bound(rate) * (1.0 + 1e-12))
    for level in (0.1, 0.5, 0.95):
        exact = np.searchsorted(shares, level * (1.0 - 1e-13))
        wrong += int(exact > space.quantile_distance_bound(level, rate))
    return wrong


@given(spaces(st.integers(1, 10), kind=Hamming).flatmap(lists_of_points))  # type: ignore[arg-type]
@settings(max_examples=200)
def test_no_set_of_binary_features_is_farther_counted_over_all_points(errors: PointsSet) -> None:
    assert exact_violations(errors) == 0


@pytest.mark.slow
@given(spaces(st.integers(1, 10), kind=Hamming).flatmap(lists_of_points))  # type: ignore[arg-type]
@settings(max_examples=5000)
def test_no_set_of_thousands_of_binary_features_is_farther(errors: PointsSet) -> None:
    assert exact_violations(errors) == 0


@pytest.mark.parametrize("dim", [2, 5, 9])
def test_initial_segments_attain_harpers_bound_and_break_a_smaller_one(dim: int) -> None:
    points = everything(dim)
    order = sorted(range(len(points)), key=lambda i: (points[i].sum(), tuple(-points[i])))
    for size in range(1, len(points), max(1, len(points) // 40)):
        errors = PointsSet(Hamming(dim), points[order[:size]])
        mean = float(np.mean(errors.distances(points)))
        assert mean == pytest.approx(float(Hamming(dim).mean_distance_bound(errors.measure())), rel=1e-12)
        assert exact_violations(errors) == 0
        assert exact_violations(errors, shrink=0.99) == 1


@given(st.integers(1, 30), st.floats(0.1, 10.0), st.floats(-12.0, -0.01), st.integers(0, 2**32 - 1))
@settings(max_examples=100)
def test_a_linear_image_of_normal_points_attains_its_bound(dim: int, stretch: float, log: float, seed: int) -> None:
    """x = A g: the half-space along the direction that A stretches most, whose distance is normal of deviation L."""
    matrix = stretch * np.random.default_rng(seed).standard_normal((dim, dim))
    images = LipschitzImage(Gaussian(dim), float(np.linalg.norm(matrix, 2)), lambda z: z @ matrix.T)
    errors = farthest_set(AnisotropicGaussian(matrix @ matrix.T), float(np.exp(log)))
    exact = errors.deviation / np.linalg.norm(errors.normal) * Gaussian(1).mean_distance_bound(errors.measure() or 0.0)
    assert exact == pytest.approx(float(images.mean_distance_bound(errors.measure() or 0.0)), rel=1e-10)
    assert exact > 0.99 * images.mean_distance_bound(errors.measure() or 0.0)


def test_half_spaces_are_sets_of_all_norms() -> None:
    for norm, distance in product((1.0, 2.0, np.inf), (0.5,)):
        errors = HalfSpaceSet(Gaussian(4, norm=norm), np.ones(4), 4.0 * distance)
        expected = {1.0: 4.0 * distance, 2.0: 2.0 * distance, np.inf: distance}[norm]
        assert errors.distances(np.zeros((1, 4))).tolist() == pytest.approx([expected])
