"""The two metrics: known distances, inverses of each other, and the ends of their ranges."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.metrics import angle_from_distance, distance_from_angle

ANGLES = np.array([0.0, np.pi / 3, np.pi / 2, np.pi])
DISTANCES = {"geodesic": ANGLES, "euclidean": np.array([0.0, 1.0, np.sqrt(2.0), 2.0])}
LARGEST = {"geodesic": np.pi, "euclidean": 2.0}


@pytest.mark.parametrize("metric", DISTANCES)
@pytest.mark.parametrize("radius", [1.0, 1.3])
def test_known_distances_and_their_angles(metric, radius: float) -> None:
    distances = radius * DISTANCES[metric]
    np.testing.assert_allclose(distance_from_angle(ANGLES, radius=radius, metric=metric), distances, rtol=1e-15)
    np.testing.assert_allclose(angle_from_distance(distances, radius=radius, metric=metric), ANGLES, rtol=1e-15)


@pytest.mark.parametrize("metric", DISTANCES)
def test_the_radius_is_one_unless_given(metric) -> None:
    assert distance_from_angle(np.pi / 3, metric=metric) == pytest.approx(DISTANCES[metric][1], rel=1e-15, abs=0.0)
    assert angle_from_distance(0.5, metric=metric) == angle_from_distance(1.5, radius=3.0, metric=metric)


@pytest.mark.parametrize("metric", DISTANCES)
def test_radii_broadcast(metric) -> None:
    found = distance_from_angle(ANGLES[:, None], radius=[1.0, 2.0], metric=metric)
    np.testing.assert_allclose(found, DISTANCES[metric][:, None] * [1.0, 2.0], rtol=1e-15)
    np.testing.assert_allclose(
        angle_from_distance(found, radius=[1.0, 2.0], metric=metric), np.stack([ANGLES, ANGLES], axis=1), rtol=1e-15
    )


@pytest.mark.parametrize("metric", DISTANCES)
def test_no_point_is_infinitely_far(metric) -> None:
    assert distance_from_angle([np.inf, 0.0], metric=metric).tolist() == [np.inf, 0.0]


@pytest.mark.parametrize("metric", DISTANCES)
@pytest.mark.parametrize("angle", [-1e-9, 3.15, np.nan, -np.inf])
def test_angles_beyond_the_antipode_are_refused(metric, angle: float) -> None:
    with pytest.raises(InvalidArgumentError, match="angle must be"):
        distance_from_angle(angle, metric=metric)


@pytest.mark.parametrize("metric", DISTANCES)
def test_the_largest_distance_is_the_antipode_and_no_more(metric) -> None:
    assert angle_from_distance(LARGEST[metric], metric=metric) == pytest.approx(np.pi, rel=1e-15, abs=0.0)
    beyond = float(np.nextafter(LARGEST[metric], 4.0))
    allowed = rf"in \[0, {LARGEST[metric]:g} r\], r the radius, in the {metric} metric"
    for bad in (beyond, -1e-300):
        with pytest.raises(InvalidArgumentError, match=f"^distance must be {allowed}"):
            angle_from_distance(bad, metric=metric)
    with pytest.raises(InvalidArgumentError, match=r"^epsilon must be"):
        angle_from_distance([0.0, beyond], metric=metric, name="epsilon")


def test_other_metrics_and_radii_are_refused() -> None:
    for convert in (distance_from_angle, angle_from_distance):
        with pytest.raises(InvalidArgumentError, match='metric must be "geodesic" or "euclidean"'):
            convert(1.0, metric="manhattan")
        with pytest.raises(InvalidArgumentError, match="radius must be positive"):
            convert(1.0, radius=0.0, metric="geodesic")


def test_numbers_in_numbers_out() -> None:
    assert np.ndim(distance_from_angle(1.0, metric="euclidean")) == 0
    assert isinstance(angle_from_distance(1.0, metric="geodesic"), np.float64)
    assert isinstance(angle_from_distance(1.0, metric="euclidean"), np.float64)


@pytest.mark.parametrize("bad", ["x", 1j, None, [[1.0], [1.0, 2.0]], 10**400])
def test_what_is_no_number_is_refused_by_name(bad: object) -> None:
    with pytest.raises(InvalidArgumentError, match="angle must be a "):
        distance_from_angle(bad, metric="euclidean")
    with pytest.raises(InvalidArgumentError, match="epsilon must be a "):
        angle_from_distance(bad, metric="euclidean", name="epsilon")


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="angle, radius must be of shapes that broadcast together"):
        distance_from_angle([0.1, 0.2], radius=[1.0, 2.0, 3.0], metric="geodesic")
    with pytest.raises(InvalidArgumentError, match="epsilon, radius must be of shapes that broadcast together"):
        angle_from_distance([0.1, 0.2], radius=[1.0, 2.0, 3.0], metric="geodesic", name="epsilon")


@pytest.mark.parametrize("metric", DISTANCES)
def test_the_smallest_and_the_largest_sphere(metric) -> None:
    for radius in (1e-300, 1e300):
        found = distance_from_angle(ANGLES, radius=radius, metric=metric)
        np.testing.assert_allclose(found, radius * DISTANCES[metric], rtol=1e-15)
        np.testing.assert_allclose(angle_from_distance(found, radius=radius, metric=metric), ANGLES, rtol=1e-15)
    with pytest.raises(InvalidArgumentError, match="distance must be in"):
        angle_from_distance(1.0, radius=5e-324, metric=metric)


def test_the_value_that_is_refused_is_the_first_bad_one() -> None:
    with pytest.raises(InvalidArgumentError, match=r"got 2\.5"):
        angle_from_distance([0.5, 2.5, 3.0], metric="euclidean")
