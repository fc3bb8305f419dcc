"""The strategies for users give what they say: sets with their measure and distance, error rates at the extremes."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from adversarial_spheres.numerics.models.error_sets import (
    BandSet,
    CapSet,
    ErrorSet,
    HalfSpacesSet,
    QuadraticConeSet,
    UnionSet,
    as_model,
    random_rotation,
)
from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.numerics.sampling.rotations import RandomRotation
from adversarial_spheres.numerics.statistics.intervals import clopper_pearson_limits
from adversarial_spheres.strategies import (
    SMALLEST_LOG_ERROR_RATE,
    alphas,
    bands,
    caps,
    dims,
    error_rates,
    error_sets,
    half_space_intersections,
    quadratic_cones,
    rotations,
    small_networks,
    unions_of_caps,
)
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.error_rate import exact_error_rate

SMALL = dims(max_dim=20)
KINDS = {
    "caps": caps(SMALL),
    "bands": bands(SMALL),
    "unions": unions_of_caps(SMALL),
    "cones": quadratic_cones(SMALL),
    "half-spaces": half_space_intersections(SMALL),
    "networks": small_networks(SMALL),
}


def uniform_points(errors: ErrorSet, count: int) -> np.ndarray:
    return np.asarray(sample_unit_vectors(count, errors.dim, block_generator(11)))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_measure_agrees_with_a_count(kind: str) -> None:
    """Clopper-Pearson at 1e-12 a side, at most a hundred examples: false-alarm probability 2e-10."""

    @settings(max_examples=100)
    @given(KINDS[kind])
    def check(errors: ErrorSet) -> None:
        measure = errors.measure()
        if measure is None:
            return
        inside = errors.contains(uniform_points(errors, 3000))
        low, high = clopper_pearson_limits(int(np.count_nonzero(inside)), len(inside), 1e-12)
        assert low <= float(measure) <= high

    check()


def test_a_wrong_measure_does_not_agree_with_a_count() -> None:
    """The negative control of the test above."""
    cap = CapSet(np.array([1.0, 0.0, 0.0]), 0.4)
    inside = cap.contains(uniform_points(cap, 3000))
    low, high = clopper_pearson_limits(int(np.count_nonzero(inside)), 3000, 1e-12)
    assert low < float(cap.measure()) < high
    assert not low < 1.3 * float(cap.measure()) < high


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_distance_is_zero_inside_lipschitz_and_at_most_that_to_any_member(kind: str) -> None:
    @settings(max_examples=60)
    @given(KINDS[kind])
    def check(errors: ErrorSet) -> None:
        points = uniform_points(errors, 200)
        angles, inside = errors.angles(points), errors.contains(points)
        assert inside.shape == (200,)
        if angles is None:
            return
        assert np.all(angles[inside] <= 1e-7)
        assert np.all(angles >= 0.0)
        assert np.all(angles <= math.pi)
        assert np.all(angles[~inside] > 0.0)
        between = 2.0 * np.arcsin(np.minimum(np.linalg.norm(points[1:] - points[:-1], axis=1) / 2.0, 1.0))
        assert np.all(np.abs(np.diff(angles)) <= between + 1e-7)
        if inside.any():
            to_members = 2.0 * np.arcsin(
                np.minimum(np.linalg.norm(points[:, None] - points[inside][None], axis=2) / 2.0, 1.0)
            )
            assert np.all(angles <= to_members.min(axis=1) + 1e-7)

    check()


@given(error_sets(SMALL))
def test_a_set_becomes_a_model_that_errs_in_it(errors: ErrorSet) -> None:
    points = uniform_points(errors, 50)
    inside = errors.contains(points)
    assert np.array_equal(as_model(errors).logits(points) > 0.0, inside)
    assert np.array_equal(as_model(errors, "outer").logits(1.3 * points) <= 0.0, inside)


def test_every_kind_of_set_occurs() -> None:
    for kind in (CapSet, BandSet, UnionSet, QuadraticConeSet, HalfSpacesSet):
        assert isinstance(find(error_sets(SMALL), lambda errors, kind=kind: isinstance(errors, kind)), kind)  # type: ignore[misc]


def test_overlapping_caps_have_no_derived_measure() -> None:
    east, west = np.array([1.0, 0.0, 0.0]), np.array([-1.0, 0.0, 0.0])
    apart = UnionSet((CapSet(east, 0.5), CapSet(west, 0.5)))
    overlap = UnionSet((CapSet(east, 0.5), CapSet(np.array([1.0, 1.0, 0.0]), 0.5)))
    touching = UnionSet((CapSet(east, 0.0), CapSet(west, 0.0)))
    measure = apart.measure()
    assert measure is not None
    assert float(measure) == pytest.approx(0.5)  # two caps of a quarter of the sphere each
    assert overlap.measure() is touching.measure() is None


@given(error_rates())
def test_error_rates_are_positive_and_below_one(rate: LogProbability) -> None:
    assert SMALLEST_LOG_ERROR_RATE <= float(rate.log) <= 0.0
    assert SMALLEST_LOG_ERROR_RATE <= float(rate.log_complement) <= 0.0
    assert float(rate.log) < 0.0 or float(rate.log_complement) > -np.inf


def test_error_rates_reach_the_extremes() -> None:
    quiet = settings(max_examples=2000, database=None, suppress_health_check=list(HealthCheck))
    assert float(find(error_rates(), lambda p: float(p.log) < -9e5, settings=quiet).log) < -9e5
    assert float(find(error_rates(), lambda p: float(p.log_complement) < -9e5, settings=quiet).log_complement) < -9e5
    find(error_rates(include_one=True), lambda p: float(p.log) == 0.0, settings=quiet)
    with pytest.raises(NoSuchExample):
        find(error_rates(min_log=-5.0, max_log=-1.0), lambda p: not -5.0 <= float(p.log) <= -1.0, settings=quiet)


@given(dims(min_dim=3, max_dim=10**9))
def test_dims_stay_in_their_range(dim: int) -> None:
    assert isinstance(dim, int)
    assert 3 <= dim <= 10**9


@given(alphas("perfect"))
def test_perfect_alphas_have_no_errors(values: np.ndarray) -> None:
    classifier = QuadraticClassifier.from_alphas(values)
    assert classifier.is_perfect("inner", 1.3)
    assert classifier.is_perfect("outer", 1.3)


@given(alphas("nearly_perfect", outer_radius=2.0))
def test_nearly_perfect_alphas_have_errors_on_one_sphere(values: np.ndarray) -> None:
    classifier = QuadraticClassifier.from_alphas(values)
    assert 1 <= int(classifier.alphas_outside(2.0)) <= max(1, len(values) // 10)
    assert not (classifier.is_perfect("inner", 2.0) and classifier.is_perfect("outer", 2.0))


@given(alphas("hopeless"))
def test_hopeless_alphas_are_wrong_about_a_whole_sphere(values: np.ndarray) -> None:
    classifier = QuadraticClassifier.from_alphas(values)
    rates = [float(exact_error_rate(classifier, sphere, 1.3)) for sphere in ("inner", "outer")]
    assert max(rates) == 1.0


@given(alphas("degenerate", dim=7))
def test_degenerate_alphas_are_survived(values: np.ndarray) -> None:
    assert values.shape == (7,)
    for sphere in ("inner", "outer"):
        assert 0.0 <= float(exact_error_rate(QuadraticClassifier.from_alphas(values), sphere, 1.3)) <= 1.0


@given(st.integers(2, 30).flatmap(rotations))
def test_rotations_are_orthogonal(rotation: np.ndarray) -> None:
    assert np.allclose(rotation.T @ rotation, np.eye(len(rotation)), rtol=0.0, atol=1e-13)


def test_drawing_cones_in_many_dimensions_takes_no_time() -> None:
    """A hundred took 48 seconds: each basis was written out, and checked."""
    start = time.perf_counter()

    @settings(max_examples=100, database=None, suppress_health_check=list(HealthCheck))
    @given(quadratic_cones(dims(max_dim=2000)))
    def draw(errors: ErrorSet) -> None:
        assert errors.dim <= 2000

    draw()
    assert time.perf_counter() - start < 5.0


def test_applied_rotations_are_orthogonal_uniform_and_repeatable() -> None:
    """As for written ones: the first entry is uniform on [-1, 1] in R^3, so is each other one (5 sigma)."""
    for dim in (2, 3, 40):
        matrix = RandomRotation(dim, 5).coordinates(np.eye(dim))
        assert np.allclose(matrix.T @ matrix, np.eye(dim), rtol=0.0, atol=1e-13)
        assert np.array_equal(matrix, RandomRotation(dim, 5).coordinates(np.eye(dim)))
        points = np.random.default_rng(0).standard_normal((7, dim))
        assert np.allclose(RandomRotation(dim, 5).coordinates(points), points @ matrix, rtol=0.0, atol=1e-13)
    entries = np.array([RandomRotation(3, seed).coordinates(np.eye(3)) for seed in range(2000)])
    assert np.all(np.abs(np.mean(entries**2, axis=0) - 1.0 / 3.0) < 5 * 0.3 / math.sqrt(2000))
    assert np.all(np.abs(np.mean(entries, axis=0)) < 5 * 0.58 / math.sqrt(2000))
    assert abs(np.mean(np.linalg.det(entries) > 0.0) - 0.5) < 5 * 0.5 / math.sqrt(2000)


@given(st.integers(2, 12), st.integers(0, 2**32 - 1))
def test_a_cone_is_the_same_in_an_applied_and_in_a_written_basis(dim: int, seed: int) -> None:
    coefficients = np.linspace(1.0, -2.0, dim)
    rotation = RandomRotation(dim, seed)
    applied, written = (QuadraticConeSet(coefficients, b) for b in (rotation, rotation.coordinates(np.eye(dim))))
    points = uniform_points(applied, 20)
    assert np.array_equal(applied.contains(points), written.contains(points))
    assert np.allclose(applied.angles(points), written.angles(points), rtol=0.0, atol=1e-9)
    assert applied.measure() == written.measure()


@given(st.floats(-0.6, -1e-3), st.data())
def test_error_rates_stay_above_the_smallest(low: float, data: st.DataObject) -> None:
    assert float(data.draw(error_rates(min_log=low)).log) >= low - 1e-12


def test_random_rotations_are_uniform_and_repeatable() -> None:
    """The first entry of a uniform rotation of R^3 is uniform on [-1, 1]: its mean square is 1/3 (5 sigma)."""
    first = np.array([random_rotation(3, seed)[0, 0] for seed in range(2000)])
    assert abs(np.mean(first**2) - 1.0 / 3.0) < 5 * 0.3 / math.sqrt(2000)
    assert abs(np.mean(first)) < 5 * 0.58 / math.sqrt(2000)
    assert np.array_equal(random_rotation(4, 3), random_rotation(4, 3))


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: dims(min_dim=1), "min_dim and max_dim"),
        (lambda: dims(max_dim=10**10), "min_dim and max_dim"),
        (lambda: error_rates(min_log=-math.inf), "min_log and max_log"),
        (lambda: error_rates(max_log=0.1), "min_log and max_log"),
        (lambda: CapSet(np.zeros(3), 0.1), "pole"),
        (lambda: CapSet(np.ones(3), 1.1), "height"),
        (lambda: BandSet(np.ones(3), -0.1), "height"),
        (lambda: UnionSet(()), "parts"),
        (lambda: QuadraticConeSet(-np.ones(3)), "coefficients"),
        (lambda: QuadraticConeSet(np.ones(3), RandomRotation(4, 0)), "basis"),
        (lambda: RandomRotation(3, 0).coordinates(np.ones((2, 4))), "points"),
        (lambda: HalfSpacesSet(np.ones((2, 3)), np.ones(3)), "normals"),
        (lambda: CapSet(np.ones(3), 0.1).contains(np.ones((2, 3))), "points"),
        (lambda: CapSet(np.ones(3), 0.1).contains(np.ones((2, 4)) / 2.0), "points"),
        (lambda: alphas("good"), "kind"),  # type: ignore[arg-type]
    ],
)
def test_bad_input_is_named(make: object, argument: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.argument == argument
