"""Laws of the nearest error, for inputs that Hypothesis picks: hard, wide and degenerate ones among them."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from adversarial_spheres.theory.nearest.in_space import nearest_boundary_point
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.nearest.secular import Solution, SplitForm, evaluate

COORDINATES = st.one_of(
    st.just(0.0),
    st.floats(-3.0, 3.0),
    st.builds(lambda s, e: s * 10.0**e, st.sampled_from([-1.0, 1.0]), st.floats(-20.0, 1.0)),
)
COEFFICIENTS = st.one_of(
    st.just(0.0),
    st.just(1.0),
    st.just(-1.0),
    st.floats(-2.0, 2.0).map(lambda x: x if abs(x) > 1e-30 else 0.0),
    st.builds(lambda s, e: s * 10.0**e, st.sampled_from([-1.0, 1.0]), st.floats(-12.0, 12.0)),
)


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    dim = draw(st.integers(2, 7))
    z = np.array(draw(st.lists(COORDINATES, min_size=dim, max_size=dim)))
    c = np.array(draw(st.lists(COEFFICIENTS, min_size=dim, max_size=dim)))
    assume(np.abs(z).max() > 1e-10)
    return z, c


def angle_between(u: np.ndarray, z: np.ndarray) -> float:
    u, z = u / np.linalg.norm(u), z / np.linalg.norm(z)
    return float(2.0 * np.arctan2(np.linalg.norm(u - z), np.linalg.norm(u + z)))


@given(problems(), st.booleans())
def test_the_certificate_is_ordered_tight_and_attained(problem: tuple[np.ndarray, np.ndarray], tie: bool) -> None:
    z, c = problem
    found = nearest_error(z, c, boundary_is_error=tie, return_points=True)
    assert 0.0 <= found.angle_lower <= found.angle_upper
    if np.isfinite(found.angle_upper):
        assert found.gap <= 1e-13
        assert found.angle_upper <= np.pi / 2.0
        y = found.points
        assert c @ y**2 >= -1e-13 * (np.abs(c) @ y**2)
        assert abs(angle_between(y, z) - found.angle_upper) <= 3e-14
    else:
        assert np.isposinf(found.angle_lower)
        assert c.max() < 0.0 or (c.max() == 0.0 and not tie)


@given(problems(), st.floats(-8.0, 8.0), st.floats(-8.0, 8.0))
def test_only_directions_and_ratios_count(
    problem: tuple[np.ndarray, np.ndarray], log_length: float, log_scale: float
) -> None:
    z, c = problem
    first = nearest_error(z, c, boundary_is_error=True)
    second = nearest_error(z * 10.0**log_length, c * 10.0**log_scale, boundary_is_error=True)
    assert_same_angle(first, second)


@given(problems(), st.integers(0, 2**32 - 1))
def test_permutations_and_signs_change_nothing(problem: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    z, c = problem
    rng = np.random.default_rng(seed)
    order, signs = rng.permutation(z.size), rng.choice([-1.0, 1.0], z.size)
    first = nearest_error(z, c, boundary_is_error=True)
    second = nearest_error((z * signs)[order], c[order], boundary_is_error=True)
    assert_same_angle(first, second)


@given(problems(), st.floats(0.0, 6.3))
def test_rotations_among_equal_coefficients_change_nothing(problem: tuple[np.ndarray, np.ndarray], turn: float) -> None:
    z, c = problem
    c[1] = c[0]
    turned = z.copy()
    turned[0], turned[1] = (
        np.cos(turn) * z[0] - np.sin(turn) * z[1],
        np.sin(turn) * z[0] + np.cos(turn) * z[1],
    )
    first = nearest_error(z, c, boundary_is_error=True)
    second = nearest_error(turned, c, boundary_is_error=True)
    assert_same_angle(first, second)


@given(problems(), st.integers(0, 6), st.floats(0.0, 5.0))
def test_a_growing_coefficient_brings_errors_nearer(
    problem: tuple[np.ndarray, np.ndarray], index: int, growth: float
) -> None:
    z, c = problem
    larger = c.copy()
    larger[index % c.size] += growth
    before = nearest_error(z, c, boundary_is_error=True)
    after = nearest_error(z, larger, boundary_is_error=True)
    assert after.angle_lower <= before.angle_upper


@given(problems(), st.floats(0.0, 1.0, exclude_max=True))
def test_every_multiplier_proves_a_lower_bound(problem: tuple[np.ndarray, np.ndarray], m: float) -> None:
    from adversarial_spheres.theory.nearest.on_sphere import lower_angles

    z, c = problem
    assume(c.max() > 0.0)
    found = nearest_error(z, c, boundary_is_error=False)
    form = SplitForm.of(c)
    squares = form.split_squares((z / np.linalg.norm(z))[None, :])
    at, rest = np.array([m]), np.array([1.0 - m])
    sums = evaluate(form, *squares, at, rest)
    if sums.lagrange_n[0] >= sums.lagrange_p[0]:
        proved = lower_angles(Solution(at, rest, np.zeros(1), sums), z.size)
        assert proved[0] <= found.angle_upper


@given(problems())
def test_the_triangle_inequality(problem: tuple[np.ndarray, np.ndarray]) -> None:
    z, c = problem
    other = np.roll(z, 1) + 0.1
    assume(np.abs(other).max() > 1e-10)
    found = nearest_error(np.stack([z, other]), c, boundary_is_error=False)
    assume(np.isfinite(found.angle_upper[0]))
    assert abs(found.angle_upper[0] - found.angle_upper[1]) <= angle_between(z, other) + 1e-13


@given(problems())
def test_ambient_distances_are_ordered_tight_and_attained(problem: tuple[np.ndarray, np.ndarray]) -> None:
    z, alphas = problem
    found = nearest_boundary_point(z, alphas, return_points=True)
    assert 0.0 <= found.distance_lower <= found.distance_upper
    if alphas.max() > 0.0:
        size = found.distance_upper + np.linalg.norm(z)
        assert found.gap <= 1e-13 * size
        y = found.points
        assert abs(alphas @ y**2 - 1.0) <= 1e-12 * (1.0 + np.abs(alphas) @ y**2)
        assert abs(np.linalg.norm(y - z) - found.distance_upper) <= 1e-13 * size
    else:
        assert np.isposinf(found.distance_lower)


def assert_same_angle(first: object, second: object) -> None:
    if np.isinf(first.angle_upper):
        assert np.isinf(second.angle_upper)
    else:
        assert first.angle_lower <= second.angle_upper + 1e-14
        assert second.angle_lower <= first.angle_upper + 1e-14
