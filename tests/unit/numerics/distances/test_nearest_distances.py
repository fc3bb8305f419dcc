"""Observed distances: the same for any number of workers, constant memory, statistics that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.numerics.distances import exact as module
from adversarial_spheres.numerics.distances.exact import (
    block_rows,
    draw_and_solve,
    nearest_distances_of,
    observe_nearest_distances,
)
from adversarial_spheres.numerics.distances.statistics import BINS, Moments
from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.nearest.many import bulk_plan
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.quadratic.errors import QuadraticErrors

C = np.random.default_rng(0).normal(-0.2, 0.3, 60)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK_ENTRIES", 60 * 100)


@pytest.mark.usefixtures("small_blocks")
def test_the_number_of_workers_changes_nothing() -> None:
    found = [
        observe_nearest_distances(QuadraticErrors(C, False), samples=1234, seed=5, workers=w, epsilon=0.2)
        for w in (1, 2, 3)
    ]
    for other in found[1:]:
        assert np.array_equal(other.histogram, found[0].histogram)
        assert other.angle == found[0].angle
        assert other.chord == found[0].chord
        assert (other.errors, other.within, other.safe) == (found[0].errors, found[0].within, found[0].safe)
        assert (other.gap_max, other.angle_max) == (found[0].gap_max, found[0].angle_max)


@pytest.mark.usefixtures("small_blocks")
def test_statistics_against_the_points_themselves() -> None:
    samples, epsilon = 1234, 0.25
    found = observe_nearest_distances(
        QuadraticErrors(C, False), samples=samples, seed=5, epsilon=epsilon, metric="euclidean"
    )
    angles = []
    for index, start in enumerate(range(0, samples, block_rows(60))):
        rng = block_generator(5, 102, 0, index)
        points = rng.standard_normal((min(block_rows(60), samples - start), 60))
        angles.append(nearest_error(points, C, boundary_is_error=False).angle_upper)
    angle = np.concatenate(angles)
    chord = 2.0 * np.sin(angle / 2.0)
    assert found.samples == samples
    assert abs(found.mean(metric="geodesic") - angle.mean()) < 1e-9
    assert abs(found.mean(radius=1.3, metric="euclidean") - 1.3 * chord.mean()) < 1e-9
    assert abs(found.angle.variance - angle.var(ddof=1)) < 1e-9
    assert abs(found.standard_error(metric="geodesic") - angle.std(ddof=1) / np.sqrt(samples)) < 1e-9
    assert found.errors == np.count_nonzero(angle == 0.0)
    assert found.within == np.count_nonzero(chord <= epsilon)
    assert abs(found.angle_max - angle.max()) < 1e-9
    correct = angle[angle > 0.0].mean()
    assert abs(found.mean_over_correct_points(metric="geodesic") - correct) < 1e-9
    levels = np.array([0.0, 0.01, 0.3, 0.5, 0.99, 1.0])
    exact = np.sort(angle)[np.maximum(np.ceil(levels * samples).astype(int) - 1, 0)]
    quantiles = found.quantiles(levels, metric="geodesic")
    assert np.all(quantiles >= exact - 1e-9)
    assert np.all(quantiles <= exact + 0.5 * np.pi / BINS + 1e-9)
    assert found.gap_max <= 1e-9
    assert found.relative_gap_max <= 1e-9
    assert found.histogram.sum() == samples


def test_more_samples_begin_with_the_same_points() -> None:
    plan = bulk_plan(C, boundary_is_error=False)
    few = draw_and_solve(plan, 10, block_generator(1, 2))
    more = draw_and_solve(plan, 40, block_generator(1, 2))
    assert np.allclose(few.angle_upper, more.angle_upper[:10], atol=1e-9)


def test_no_errors_leave_nothing_to_observe() -> None:
    found = observe_nearest_distances(QuadraticErrors([-1.0, -2.0], True), samples=100, seed=0, epsilon=0.1)
    assert found.no_errors
    assert found.samples == 100
    assert found.mean(metric="geodesic") == np.inf
    assert found.within == 0
    assert np.all(np.isinf(found.quantiles([0.5], metric="euclidean")))


def test_all_errors() -> None:
    found = observe_nearest_distances(QuadraticErrors([1.0, 2.0], True), samples=100, seed=0, epsilon=0.1)
    assert found.errors == found.within == 100
    assert found.mean(metric="geodesic") == 0.0
    assert np.isnan(found.mean_over_correct_points(metric="geodesic"))
    assert found.quantiles(1.0, metric="geodesic") == 0.0


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    observe_nearest_distances(
        QuadraticErrors(C, False), samples=200, seed=0, progress=lambda done, total: told.append((done, total))
    )
    assert told[-1] == (200, 200)


def test_given_points_in_any_basis_and_length() -> None:
    rng = np.random.default_rng(7)
    basis = np.linalg.qr(rng.standard_normal((60, 60)))[0]
    z = rng.standard_normal((50, 60))
    reference = nearest_error(z, C, boundary_is_error=False)
    plain = nearest_distances_of(z, QuadraticErrors(C, False))
    turned = nearest_distances_of(z @ basis.T, QuadraticErrors(C, False), basis=basis, workers=1)
    scaled = nearest_distances_of(z * np.logspace(-250, 250, 50)[:, None], QuadraticErrors(C, False))
    for found in (plain, turned, scaled):
        assert np.allclose(found.angle_upper, reference.angle_upper, rtol=0.0, atol=2e-9)
    single = z.astype(np.float32)
    found = nearest_distances_of(single, QuadraticErrors(C, False))
    exact = nearest_error(single.astype(np.float64), C, boundary_is_error=False)
    assert np.allclose(found.angle_upper, exact.angle_upper, rtol=0.0, atol=2e-9)
    none = nearest_distances_of(np.empty((0, 60)), QuadraticErrors(C, False))
    assert none.angle_upper.shape == (0,)


@pytest.mark.parametrize(
    ("points", "name"),
    [
        (np.zeros((1, 60)), "points"),
        (np.full((1, 60), np.nan), "points"),
        (np.full((1, 60), np.inf), "points"),
        (np.ones((1, 59)), "points"),
        (np.ones(60), "points"),
        (np.full((1, 60), "a"), "points"),
    ],
)
def test_bad_points_are_named(points: np.ndarray, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=name):
        nearest_distances_of(points, QuadraticErrors(C, False))


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"samples": 0}, "samples"),
        ({"samples": 1.5}, "samples"),
        ({"workers": 0}, "workers"),
        ({"epsilon": -1.0}, "epsilon"),
        ({"epsilon": 0.1, "metric": "manhattan"}, "metric"),
    ],
)
def test_bad_options_are_named(options: dict, name: str) -> None:
    arguments = {"samples": 10, "seed": 0} | options
    with pytest.raises(InvalidArgumentError, match=name):
        observe_nearest_distances(QuadraticErrors(C, False), **arguments)
    with pytest.raises(InvalidArgumentError, match="basis"):
        nearest_distances_of(np.ones((1, 60)), QuadraticErrors(C, False), basis=np.eye(3))


def test_moments_merge_like_one_sample() -> None:
    values = np.random.default_rng(8).standard_normal(1001) + 1e6
    merged = Moments()
    for part in np.array_split(values, 7):
        merged = merged.merged(Moments.of(part))
    assert merged.count == 1001
    assert abs(merged.mean - values.mean()) < 1e-9
    assert abs(merged.variance / values.var(ddof=1) - 1.0) < 1e-10
    assert Moments().merged(Moments()) == Moments()
    assert Moments.of(np.empty(0)).variance == 0.0
