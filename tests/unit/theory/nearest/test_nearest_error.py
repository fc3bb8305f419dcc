"""The nearest error: agreed cases, brute force, edges and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError
from adversarial_spheres.theory.nearest import on_sphere as module
from adversarial_spheres.theory.nearest.on_sphere import nearest_error


def brute_force_angle(z: np.ndarray, c: np.ndarray, rng: np.random.Generator, starts: int) -> float:
    """Smallest angle that SLSQP finds from many starts."""
    best = np.inf
    constraints = [
        {"type": "eq", "fun": lambda x: x @ x - 1.0, "jac": lambda x: 2.0 * x},
        {"type": "ineq", "fun": lambda x: c @ x**2, "jac": lambda x: 2.0 * c * x},
    ]
    for _ in range(starts):
        start = rng.standard_normal(z.size)
        found = minimize(
            lambda x: float((x - z) @ (x - z)),
            start / np.linalg.norm(start),
            jac=lambda x: 2.0 * (x - z),
            method="SLSQP",
            constraints=constraints,
            options={"ftol": 1e-15, "maxiter": 300},
        )
        x = found.x / np.linalg.norm(found.x)
        if c @ x**2 >= -1e-9:
            best = min(best, 2.0 * np.arcsin(min(1.0, float(np.linalg.norm(x - z)) / 2.0)))
    return best


@pytest.mark.parametrize("dim", [3, 4, 5, 8])
@pytest.mark.parametrize("hard", [False, True])
def test_no_search_beats_the_certificate(dim: int, hard: bool) -> None:
    rng = np.random.default_rng(dim + 100 * hard)
    c = rng.uniform(-1.0, 0.4, dim)
    c[0], c[1] = 1.0, -1.0
    z = rng.standard_normal(dim) * np.where(c > 0.0, 0.2, 1.0)
    z[1] += 2.0
    z[0] = 0.0 if hard else z[0]
    z /= np.linalg.norm(z)
    found = nearest_error(z, c, boundary_is_error=False)
    assert found.angle_upper > 0.0
    assert found.gap <= 1e-10
    assert abs(brute_force_angle(z, c, rng, starts=12) - found.angle_upper) <= 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_no_search_beats_the_certificate_in_many_draws(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dim = int(rng.integers(3, 9))
    c = rng.standard_normal(dim)
    c[0] = 1.5
    if seed % 3 == 1:
        c[1] = c[0]
    z = rng.standard_normal(dim) * np.where(c > 0.0, 0.2, 1.0)
    if seed % 4 == 2:
        z[c == c.max()] = 0.0
    z /= np.linalg.norm(z)
    found = nearest_error(z, c, boundary_is_error=False)
    assert found.gap <= 1e-10
    if found.angle_upper > 0.0:
        assert abs(brute_force_angle(z, c, rng, starts=30) - found.angle_upper) <= 1e-6


def test_the_diagonal_in_the_plane() -> None:
    angles = np.linspace(0.0, np.pi / 2.0, 101)
    z = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found = nearest_error(z, [-3.0, 3.0], boundary_is_error=False)
    expected = np.maximum(np.pi / 4.0 - angles, 0.0)
    assert np.all(found.angle_lower <= expected + 1e-15)
    assert np.all(found.angle_upper >= expected - 1e-15)
    assert found.gap.max() < 2e-14


def test_tiny_angles_keep_their_digits() -> None:
    for exponent in range(1, 14):
        angle = 10.0**-exponent
        z = [np.cos(np.pi / 4.0 - angle), np.sin(np.pi / 4.0 - angle)]
        found = nearest_error(z, [-1.0, 1.0], boundary_is_error=False)
        assert abs(found.angle_upper - angle) <= 3e-14
        assert abs(found.angle_lower - angle) <= 3e-14


def test_points_of_the_error_set_have_distance_zero() -> None:
    found = nearest_error([[1.0, 0.1], [1.0, 1.0]], [1.0, -1.0], boundary_is_error=False, return_points=True)
    assert np.all(found.angle_lower == 0.0)
    assert np.all(found.angle_upper == 0.0)
    assert found.points is not None
    assert np.allclose(found.points[0], np.array([1.0, 0.1]) / np.hypot(1.0, 0.1), atol=1e-16)


@pytest.mark.parametrize("boundary", [False, True])
def test_no_errors_are_infinitely_far(boundary: bool) -> None:
    found = nearest_error(np.eye(3), [-1.0, -2.0, -1e-300], boundary_is_error=boundary, return_points=True)
    assert np.all(np.isposinf(found.angle_lower))
    assert np.all(np.isposinf(found.angle_upper))
    assert np.all(found.gap == 0.0)
    assert np.all(np.isnan(found.points))
    assert np.all(np.isposinf(found.distance(metric="euclidean")))


def test_a_largest_coefficient_of_zero_depends_on_the_boundary() -> None:
    z, c = [[0.6, 0.8, 0.0], [0.0, 1.0, 0.0]], [0.0, -1.0, -2.0]
    strict = nearest_error(z, c, boundary_is_error=False)
    assert np.all(np.isposinf(strict.angle_upper))
    tie = nearest_error(z, c, boundary_is_error=True, return_points=True)
    assert np.allclose(tie.angle_upper, [np.arccos(0.6), np.pi / 2.0], atol=1e-14)
    assert np.all(tie.angle_lower <= tie.angle_upper)
    assert np.allclose(np.abs(tie.points), [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]], atol=1e-15)


def test_the_zero_form() -> None:
    assert np.all(nearest_error(np.eye(2), [0.0, 0.0], boundary_is_error=True).angle_upper == 0.0)
    assert np.all(np.isposinf(nearest_error(np.eye(2), [0.0, 0.0], boundary_is_error=False).angle_lower))


def test_all_positive_coefficients_make_everything_an_error() -> None:
    assert np.all(nearest_error(np.eye(2), [1.0, 2.0], boundary_is_error=False).angle_upper == 0.0)


@pytest.mark.parametrize("magnitude", [1e-300, 1e-12, 1e12, 1e300])
def test_extreme_scales(magnitude: float) -> None:
    rng = np.random.default_rng(3)
    z, c = rng.standard_normal((20, 6)), np.array([1.0, 0.3, -0.5, -1.0, -2.0, 0.0])
    reference = nearest_error(z, c, boundary_is_error=False)
    scaled = nearest_error(z * magnitude, c * magnitude, boundary_is_error=False)
    assert np.allclose(scaled.angle_upper, reference.angle_upper, rtol=0.0, atol=1e-14)


def test_coefficients_wider_than_a_double_can_scale() -> None:
    found = nearest_error(np.ones(4), [1e-300, 5e-301, -0.3, -2e300], boundary_is_error=False)
    assert found.gap <= 1e-13
    assert abs(found.angle_upper - np.pi / 4.0) < 1e-13  # both negative coordinates must vanish


def test_the_certificate_is_at_rounding_at_dim_500() -> None:
    rng = np.random.default_rng(0)
    found = nearest_error(rng.standard_normal((500, 500)), rng.normal(-0.04, 0.11, 500), boundary_is_error=False)
    assert found.gap.max() < 1e-13


def test_shapes_follow_the_points() -> None:
    rng = np.random.default_rng(1)
    z = rng.standard_normal((2, 3, 5))
    found = nearest_error(z, [1.0, -1.0, -2.0, 0.5, 0.0], boundary_is_error=True, return_points=True)
    assert found.angle_lower.shape == (2, 3)
    assert found.points is not None
    assert found.points.shape == (2, 3, 5)
    assert np.ndim(nearest_error(z[0, 0], [1.0, -1.0, -2.0, 0.5, 0.0], boundary_is_error=True).gap) == 0
    empty = nearest_error(np.empty((0, 2)), [1.0, -1.0], boundary_is_error=False)
    assert empty.angle_lower.shape == (0,)


@pytest.mark.parametrize(
    ("points", "coefficients", "name"),
    [
        ([[0.0, 0.0]], [1.0, -1.0], "points"),
        ([[1.0, 0.0, 0.0]], [1.0, -1.0], "points"),
        ([[1.0, np.nan]], [1.0, -1.0], "points"),
        ([[1.0, np.inf]], [1.0, -1.0], "points"),
        ([[1.0, 0.0]], [1.0, np.inf], "coefficients"),
        ([[1.0, 0.0]], [[1.0, -1.0]], "coefficients"),
        ([[1.0]], [1.0], "coefficients"),
        ([["a", "b"]], [1.0, -1.0], "points"),
    ],
)
def test_bad_input_is_named(points: object, coefficients: object, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=name):
        nearest_error(points, coefficients, boundary_is_error=False)


def test_a_wide_certificate_raises_with_the_best_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WIDEST_GAP", 0.0)
    with pytest.raises(AccuracyError) as caught:
        nearest_error([0.1, 1.0], [1.0, -2.0], boundary_is_error=False)
    assert caught.value.best_estimate.angle_upper > 0.0


def test_distances_in_both_metrics() -> None:
    found = nearest_error([0.0, 1.0], [1.0, -1.0], boundary_is_error=False)
    assert abs(found.distance(radius=1.3, metric="geodesic") - 1.3 * np.pi / 4.0) < 1e-13
    assert abs(found.distance(radius=1.3, metric="euclidean") - 2.6 * np.sin(np.pi / 8.0)) < 1e-13
    assert np.array_equal(found.distance(metric="geodesic"), found.angle_upper)  # of the unit sphere


def test_chunks_cover_each_row_once() -> None:
    for count, dim, entries in ((10, 3, 9), (7, 5, 3), (0, 2, 8), (4, 1, 4)):
        parts = list(module.chunks(count, dim, entries=entries))
        rows = [row for part in parts for row in range(count)[part]]
        assert rows == list(range(count))
        assert all(len(range(count)[part]) <= max(1, entries // dim) for part in parts)
        assert len(parts) == -(-count // max(1, entries // dim))
