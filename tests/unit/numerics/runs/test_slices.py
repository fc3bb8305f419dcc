"""Slices of a model's decision."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.numerics.networks.quadratic import QuadraticNetwork
from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.runs.slices import (
    CIRCLE_POINTS,
    Slice,
    circle_angles,
    decision_slices,
    orthonormal,
    slice_arrays,
)
from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.theory.basics.errors import InvalidArgumentError


class HalfSpace:
    """Outer beyond a height: a cap of errors on the inner sphere."""

    def logits(self, points: np.ndarray) -> np.ndarray:
        return points[:, 0] - 0.5

    def input_gradient(self, points: np.ndarray) -> np.ndarray:
        return np.broadcast_to(np.eye(points.shape[1])[0], points.shape)


def by_name(slices: list[Slice]) -> dict[str, Slice]:
    return {cut.name: cut for cut in slices}


def test_logits_stand_where_the_grid_says() -> None:
    slices = decision_slices(HalfSpace(), 6, resolution=7)
    for cut in slices:
        np.testing.assert_allclose(cut.basis @ cut.basis.T, np.eye(2), atol=1e-14)
        assert (cut.axis[0], cut.axis[3], cut.axis[-1]) == (-1.2 * 1.3, 0.0, 1.2 * 1.3)
        s, t = np.meshgrid(cut.axis, cut.axis)
        np.testing.assert_allclose(cut.logits, s * cut.basis[0, 0] + t * cut.basis[1, 0] - 0.5, atol=1e-13)


@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_adversarial_points_are_errors_in_their_planes(sphere: str) -> None:
    model, radius = HalfSpace(), {"inner": 1.0, "outer": 1.3}[sphere]
    cuts = by_name(decision_slices(model, 6, sphere=sphere, resolution=3))  # type: ignore[arg-type]
    assert [len(cut.marks) for cut in cuts.values()] == [0, 1, 2]
    for cut in cuts.values():
        np.testing.assert_allclose(np.linalg.norm(cut.marks, axis=1), radius)
        points = cut.marks @ cut.basis
        assert np.array_equal(model.logits(points) > -1e-9, np.ones(len(points), bool))
        np.testing.assert_allclose(points[:, 0], 0.5, atol=1e-4)  # nearest errors lie on the boundary
    np.testing.assert_allclose(cuts["adversarial_random"].marks[0], [radius, 0.0], atol=1e-12)


def test_planes_without_adversarial_points_are_missing() -> None:
    network = QuadraticNetwork.perfect(6, 5, 1.3, block_generator(0))
    slices = decision_slices(network, 5, resolution=5)
    assert [cut.name for cut in slices] == ["random_random"]
    # A perfect network's decision is a circle between the two circles in every plane.
    (cut,) = decision_slices(network, 5, resolution=101)
    s, t = np.meshgrid(cut.axis, cut.axis)
    distance = np.hypot(s, t)
    assert np.all(cut.logits[distance <= 1.0] < 0.0)
    assert np.all(cut.logits[distance >= 1.3] > 0.0)


def test_errors_on_one_line_span_no_plane() -> None:
    class Double:  # in two dimensions, errors around two opposite points: all nearest errors lie on two lines
        def logits(self, points: np.ndarray) -> np.ndarray:
            return points[:, 0] ** 2 - 0.5

    found = by_name(decision_slices(Double(), 2, resolution=3))
    assert list(found) == ["random_random", "adversarial_random", "adversarial_adversarial"]
    for cut in found.values():
        np.testing.assert_allclose(cut.basis @ cut.basis.T, np.eye(2), atol=1e-12)


def test_same_arrays_whatever_the_threads() -> None:
    network = ReluNetwork.random(30, 2, 6, block_generator(0))
    options = {"resolution": 90, "seed": 3}
    one, two, other = (
        slice_arrays(decision_slices(network, 6, **{**options, **change}))  # type: ignore[arg-type]
        for change in ({}, {"workers": 3}, {"seed": 4})
    )
    assert set(one) >= {f"slice_random_random_{part}" for part in ("axis", "logits", "marks")}
    assert all(np.array_equal(one[name], two[name]) for name in one)
    assert not np.array_equal(one["slice_random_random_logits"], other["slice_random_random_logits"])


def test_basis_of_nearly_parallel_vectors() -> None:
    x = np.ones(5)
    y = x + 1e-9 * np.arange(5)
    basis = orthonormal(x, y)
    np.testing.assert_allclose(basis @ basis.T, np.eye(2), atol=1e-14)


def test_bad_arguments() -> None:
    for name, change in (("resolution", {"resolution": 1}), ("outer_radius", {"outer_radius": 1.0}), ("dim", {})):
        with pytest.raises(InvalidArgumentError, match=f"^{name} must be"):
            decision_slices(HalfSpace(), 1 if name == "dim" else 4, **change)  # type: ignore[arg-type]


def test_circles_hold_the_logits_on_both_spheres() -> None:
    for cut in decision_slices(HalfSpace(), 6, outer_radius=1.4, resolution=3):
        angles = circle_angles()
        assert (angles[0], len(angles)) == (0.0, CIRCLE_POINTS)
        height = np.cos(angles) * cut.basis[0, 0] + np.sin(angles) * cut.basis[1, 0]
        np.testing.assert_allclose(cut.circles, np.stack([height, 1.4 * height]) - 0.5, atol=1e-13)
