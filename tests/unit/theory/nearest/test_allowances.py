"""What the certificates of nearest errors and nearest boundary points allow for rounding, and that they raise.

With a large allowance in place of rounding's, its place in the formulas is seen to 12 digits: a lower bound is the
least of its formula when every sum is off by so much, an upper bound the distance of its point, enlarged.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from mpmath import mp

from adversarial_spheres.theory.basics.errors import AccuracyError
from adversarial_spheres.theory.nearest import in_space as space
from adversarial_spheres.theory.nearest import on_sphere as sphere
from adversarial_spheres.theory.nearest.secular import Solution, SplitForm, solve

ALLOWANCE = 1e-4
SUMS = ("dot_p", "dot_n", "lagrange_p", "lagrange_n")


def cases(offset: int) -> list[tuple[SplitForm, np.ndarray, Solution]]:
    """Forms, points and solutions: easy and hard, near and far."""
    rng, found = np.random.default_rng(offset + 3), []
    for seed in range(12):
        c = rng.uniform(-1.0, 0.5, 6)
        c[0], c[1] = (1.0, -0.7) if seed % 2 else (1.0, 0.3)
        if offset < 0:
            c = -np.abs(c) if seed % 3 else c
        z = rng.standard_normal((8, 6)) * np.where(c > 0.0, 0.3, 1.0) * (0.2 if offset > 0 else 2.0)
        if seed % 4 == 3:
            z[:4, 0] = 0.0
        if offset == 0:
            z /= np.linalg.norm(z, axis=1, keepdims=True)
        z = z[(z * z) @ (c / SplitForm.of(c).scale) < offset]
        if len(z):
            form = SplitForm.of(c)
            found.append((form, z, solve(form, *form.split_squares(z), offset)))
    assert sum(len(z) for _, z, _ in found) > 20
    return found


def perturbed(solution: Solution) -> list[Solution]:
    """All sums larger or smaller by the allowance, in every combination."""
    sums = solution.sums
    factors = [1.0 - ALLOWANCE, 1.0 + ALLOWANCE]
    return [
        replace(solution, sums=replace(sums, **{n: getattr(sums, n) * f for n, f in zip(SUMS, part, strict=True)}))
        for part in product(factors, repeat=len(SUMS))
    ]


def test_the_lower_angle_is_the_least_of_sums_that_are_off_by_the_allowance(monkeypatch: pytest.MonkeyPatch) -> None:
    for _, _, solution in cases(0):
        monkeypatch.setattr(sphere, "rounding_allowance", lambda _: 0.0)
        least = np.min([sphere.lower_angles(other, 6) for other in perturbed(solution)], axis=0)
        monkeypatch.setattr(sphere, "rounding_allowance", lambda _: ALLOWANCE)
        np.testing.assert_allclose(sphere.lower_angles(solution, 6), least, rtol=1e-12, atol=1e-14)


def test_the_lower_distance_is_the_least_of_sums_that_are_off_by_the_allowance(monkeypatch: pytest.MonkeyPatch) -> None:
    for offset in (1, -1):
        for _, _, solution in cases(offset):
            sums, m = solution.sums, solution.multiplier
            monkeypatch.setattr(space, "rounding_allowance", lambda _: ALLOWANCE)
            # the level itself is one of the terms
            least = offset - ALLOWANCE + sums.lagrange_n * (1.0 - ALLOWANCE) - sums.lagrange_p * (1.0 + ALLOWANCE)
            expected = np.sqrt(np.maximum(m * least, 0.0))
            np.testing.assert_allclose(space._lower(solution, offset, 6), expected, rtol=1e-11, atol=1e-14)


def test_the_upper_angle_is_that_of_its_point_enlarged_by_the_allowance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sphere, "rounding_allowance", lambda _: ALLOWANCE)
    for form, z, solution in cases(0):
        upper, stretch = sphere.upper_angles(solution, 6)
        y = sphere.boundary_points(form, z, solution, stretch)
        signed = np.zeros(6)
        signed[form.positive_at], signed[form.rest_at] = form.positive, -form.rest
        size = np.linalg.norm(y, axis=1)
        np.testing.assert_allclose((y * y) @ signed, 0.0, atol=1e-14 * size.max() ** 2)  # on the boundary
        angle = 2.0 * np.arcsin(np.linalg.norm(y / size[:, None] - z, axis=1) / 2.0)
        share = np.linalg.norm(y[:, form.positive_at], axis=1) / size
        expected = angle * (1.0 + ALLOWANCE) + ALLOWANCE * share
        np.testing.assert_allclose(upper, np.minimum(expected, 0.5 * np.pi), rtol=1e-11, atol=1e-13)


def test_the_upper_distance_is_that_of_its_point_enlarged_by_the_allowance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "rounding_allowance", lambda _: ALLOWANCE)
    for offset in (1, -1):
        for form, z, solution in cases(offset):
            upper, stretch = space._upper(solution, offset, 6)
            y = sphere.boundary_points(form, z, solution, stretch if offset > 0 else np.ones_like(stretch))
            if offset < 0:
                y[:, form.rest_at] *= stretch[:, None]
            signed = np.zeros(6)
            signed[form.positive_at], signed[form.rest_at] = form.positive, -form.rest
            np.testing.assert_allclose((y * y) @ signed, offset, atol=1e-13 * (y * y).sum(axis=1).max())
            # what was stretched, and what was added in the hard case (inside it is stretched by 1)
            part = (y[:, form.positive_at] if offset > 0 else y[:, form.rest_at]) ** 2
            size = np.sqrt(part.sum(axis=1) + (solution.added_square if offset < 0 else 0.0))
            expected = np.linalg.norm(y - z, axis=1) * (1.0 + ALLOWANCE) + ALLOWANCE * size
            np.testing.assert_allclose(upper, expected, rtol=1e-11, atol=1e-13)


def test_the_allowance_is_that_of_the_documentation() -> None:
    for dim in (2, 500, 10**6):
        assert sphere.rounding_allowance(dim) == pytest.approx((16.0 + 2.0 * dim**0.5) * 2.0**-52, rel=1e-15, abs=0.0)


@pytest.mark.parametrize("dim", [2, 10, 500])
def test_certificates_hold_and_are_no_wider_than_a_few_allowances(dim: int) -> None:
    rng = np.random.default_rng(dim)
    allowance = sphere.rounding_allowance(dim)
    for spread in (0.01, 0.3):
        c = rng.normal(-spread, spread, dim)
        c[0] = 1.0
        found = sphere.nearest_error(rng.standard_normal((20, dim)), c, boundary_is_error=False)
        assert np.all(found.gap <= 6.0 * allowance)
        alphas = rng.normal(1.0, spread, dim)
        inside = space.nearest_boundary_point(rng.standard_normal((20, dim)) / np.sqrt(dim), alphas)
        assert np.all(inside.gap <= 12.0 * allowance)


def test_uncertified_distances_in_space_raise_with_the_best_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    z, alphas = [[0.1, 0.2], [3.0, 1.0]], [1.0, 0.5]
    monkeypatch.setattr(space, "_WIDEST_RELATIVE_GAP", 0.0)
    with pytest.raises(AccuracyError, match=r"^2 of 2 distances were not certified") as caught:
        space.nearest_boundary_point(z, alphas)
    assert caught.value.best_estimate.distance_upper.shape == (2,)
    # where there is no boundary, there is nothing to certify
    assert np.all(np.isposinf(space.nearest_boundary_point(z, [-1.0, -0.5]).distance_lower))


def test_a_certificate_may_be_as_wide_as_its_share_of_distance_and_length(monkeypatch: pytest.MonkeyPatch) -> None:
    found = space.nearest_boundary_point([0.3, 0.4], [1.0, 1.0])
    share = float(found.gap / (found.distance_lower + 0.5))
    for factor in (0.98, 1.02):
        monkeypatch.setattr(space, "_WIDEST_RELATIVE_GAP", factor * share)
        if factor > 1.0:
            space.nearest_boundary_point([0.3, 0.4], [1.0, 1.0])
        else:
            with pytest.raises(AccuracyError):
                space.nearest_boundary_point([0.3, 0.4], [1.0, 1.0])


def test_wide_angles_raise_with_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sphere, "_WIDEST_GAP", 1e-30)
    with pytest.raises(
        AccuracyError, match=r"^the nearest errors of 1 of 2 points were not certified to 1e-30"
    ) as caught:
        sphere.nearest_error([[0.1, 1.0], [1.0, 0.1]], [1.0, -2.0], boundary_is_error=False)
    assert caught.value.best_estimate.angle_upper.shape == (2,)


@pytest.mark.parametrize("null", [1, 2, 3])
def test_the_angle_to_a_null_space_has_the_same_allowance(null: int) -> None:
    c = np.array([0.0] * null + [-1.0, -0.3])
    z = np.random.default_rng(null).standard_normal((20, null + 2))
    found = sphere.nearest_error(z, c, boundary_is_error=True, return_points=True)
    allowance = sphere.rounding_allowance(null + 2)
    for row, low, high, point in zip(z, found.angle_lower, found.angle_upper, found.points, strict=True):
        with mp.workdps(40):
            inside = mp.norm([mp.mpf(x) for x in row[:null]])
            exact = mp.atan2(mp.norm([mp.mpf(x) for x in row[null:]]), inside)
        assert low <= exact <= high
        assert abs(float(exact) - low - allowance * low) < 1e-15
        assert abs(high - float(exact) - allowance * high) < 1e-15
        np.testing.assert_allclose(point, np.append(row[:null], [0.0, 0.0]) / float(inside), rtol=1e-14)


def test_a_point_at_right_angles_to_the_null_space_is_at_most_a_right_angle_away() -> None:
    found = sphere.nearest_error([[0.0, 1.0]], [0.0, -1.0], boundary_is_error=True, return_points=True)
    assert found.angle_upper[0] == 0.5 * np.pi
    assert found.points.tolist() == [[1.0, 0.0]]


def test_a_certificate_does_not_depend_on_the_other_points() -> None:
    alphas, small = [1.0, 0.5, 2.0], np.array([1e-3, 2e-3, -1e-3])
    alone = space.nearest_boundary_point(small, alphas)
    among = space.nearest_boundary_point([small, [1e6, 1e7, -3e6], [0.5, 0.1, 0.1]], alphas)
    for name in ("distance_lower", "distance_upper"):
        assert getattr(among, name)[0] == pytest.approx(float(getattr(alone, name)), rel=1e-15, abs=0.0)
    c, z = [1.0, -0.5, -2.0], np.array([0.01, 0.5, 1.0])
    one = sphere.nearest_error(z, c, boundary_is_error=False)
    many = sphere.nearest_error([z, [1e-200, 1.0, 1.0], [0.6, 1e9, 0.1]], c, boundary_is_error=False)
    for name in ("angle_lower", "angle_upper"):
        assert getattr(many, name)[0] == pytest.approx(float(getattr(one, name)), rel=1e-15, abs=0.0)


def test_a_point_near_the_boundary_keeps_its_narrow_certificate_beside_a_distant_one() -> None:
    alphas = [1.0, 1e-12]
    near, distant = [1.0 - 1e-9, 0.0], [0.0, 1e5]
    alone = space.nearest_boundary_point(near, alphas)
    among = space.nearest_boundary_point([near, distant], alphas)
    assert among.gap[0] == alone.gap <= 1e-13
