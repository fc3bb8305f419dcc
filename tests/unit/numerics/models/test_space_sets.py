"""Sets of errors in spaces: distances known otherwise, measures beside counts, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.models.space_sets import (
    BallsSet,
    HalfSpaceSet,
    PointsSet,
    UnionOfSets,
    farthest_set,
)
from adversarial_spheres.numerics.sampling.spaces import sample
from adversarial_spheres.numerics.statistics.intervals import clopper_pearson_limits
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.spaces.anisotropic import AnisotropicGaussian
from adversarial_spheres.theory.spaces.bodies import Cube
from adversarial_spheres.theory.spaces.curved import SphereProduct
from adversarial_spheres.theory.spaces.gaussian import Gaussian
from adversarial_spheres.theory.spaces.hamming import Hamming
from adversarial_spheres.theory.spaces.sphere import Sphere

PLANE = Gaussian(2)


def test_balls_of_every_kind_of_space() -> None:
    origin = np.zeros((1, 2))
    for norm, exact in ((1.0, 6.0), (2.0, 4.0), (np.inf, 3.0)):
        errors = BallsSet(Gaussian(2, norm=norm), origin, np.ones(1))
        assert errors.distances([[3.0, 4.0]]).tolist() == pytest.approx([exact])
    pole, equator = np.array([[1.0, 0.0, 0.0]]), [[0.0, 1.0, 0.0]]
    arc = BallsSet(Sphere(3, metric="geodesic"), pole, np.array([np.pi / 6])).distances(equator)
    chord = BallsSet(Sphere(3), pole, np.array([2.0 * np.sin(np.pi / 12)])).distances(equator)
    assert arc.tolist() == pytest.approx([np.pi / 3])
    assert chord.tolist() == pytest.approx([1.0])
    features = BallsSet(Hamming(4), np.zeros((1, 4)), np.array([1.5]))
    assert features.distances([[1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]]).tolist() == [2.0, 0.0]
    product = SphereProduct((3, 3), (1.0, 2.0))
    first = np.array([[1.0, 0.0, 0.0, 2.0, 0.0, 0.0]])
    other = np.array([[0.0, 1.0, 0.0, 0.0, 2.0, 0.0]])
    assert BallsSet(product, first, np.zeros(1)).distances(other).tolist() == pytest.approx([np.pi / 2 * np.sqrt(5.0)])
    two = BallsSet(Cube(2), np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0.1, 0.2]))
    assert two.distances([[1.0, 0.5], [0.0, 0.05]]).tolist() == pytest.approx([0.3, 0.0])
    assert two.contains([[1.0, 0.5], [0.0, 0.05]]).tolist() == [False, True]
    assert two.measure() is None


@pytest.mark.parametrize(
    "space",
    [
        *(Gaussian(5, 0.5, norm) for norm in (1.0, 1.0 + 2e-16, 1.5, 2.0, np.inf)),
        *(AnisotropicGaussian([1.0, 4.0, 9.0], norm) for norm in (1.0, 1.0 + 2e-16, 1.5, 3.0)),
        AnisotropicGaussian([[2.0, 1.0], [1.0, 2.0]]),
        AnisotropicGaussian([[2.0, 1.0], [1.0, 3.0]], np.inf),
    ],
    ids=str,
)
def test_the_farthest_half_space_has_its_measure_and_the_scale_of_the_space(
    space: Gaussian | AnisotropicGaussian,
) -> None:
    errors = farthest_set(space, 0.2)
    measure = errors.measure()
    assert float(measure) == pytest.approx(0.2, rel=1e-12)
    points = sample(space, 4000, 1)
    low, high = clopper_pearson_limits(int(np.count_nonzero(errors.contains(points))), 4000, 1e-12)
    assert low <= 0.2 <= high
    gaps = errors.height - points @ errors.normal
    outside = gaps > 1e-6
    dual = gaps[outside] / errors.distances(points)[outside]
    assert errors.deviation / dual == pytest.approx(space.scale, rel=1e-10)


def test_lists_of_points() -> None:
    errors = PointsSet(Hamming(3), np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 0.0]]))
    assert errors.distances([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [0.0, 1.0, 1.0]]).tolist() == [1.0, 0.0, 2.0]
    assert float(errors.measure()) == pytest.approx(0.25)


def test_unions_are_as_near_as_the_nearest_part() -> None:
    both = UnionOfSets((HalfSpaceSet(PLANE, np.array([1.0, 0.0]), 2.0), BallsSet(PLANE, np.zeros((1, 2)), np.ones(1))))
    assert both.distances([[1.75, 0.0], [0.0, 3.0]]).tolist() == [0.25, 2.0]
    assert both.space == PLANE
    assert both == UnionOfSets(both.parts)


def refused(argument: str, call: Any) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        call()
    assert caught.value.argument == argument


def test_what_is_no_set() -> None:
    point = np.zeros((1, 2))
    refused("space", lambda: BallsSet("plane", point, np.ones(1)))  # type: ignore[arg-type]
    refused("centres", lambda: BallsSet(PLANE, np.zeros(2), np.ones(1)))
    refused("radii", lambda: BallsSet(PLANE, point, np.ones(2)))
    refused("radii", lambda: BallsSet(PLANE, point, -np.ones(1)))
    refused("points", lambda: BallsSet(PLANE, point, np.ones(1)).distances(np.zeros((1, 3))))
    refused("space", lambda: HalfSpaceSet(Cube(2), np.ones(2), 0.0))  # type: ignore[arg-type]
    refused("normal", lambda: HalfSpaceSet(PLANE, np.zeros(2), 0.0))
    refused("height", lambda: HalfSpaceSet(PLANE, np.ones(2), np.nan))
    refused("space", lambda: PointsSet(PLANE, point))  # type: ignore[arg-type]
    refused("points", lambda: PointsSet(Hamming(2), np.array([[0.0, 0.5]])))
    refused("points", lambda: PointsSet(Hamming(2), np.zeros((2, 2))))
    refused("parts", lambda: UnionOfSets(()))
    refused("parts", lambda: UnionOfSets((BallsSet(PLANE, point, np.ones(1)), PointsSet(Hamming(2), point))))
    refused("space", lambda: farthest_set(Cube(2), 0.5))  # type: ignore[arg-type]
    refused("error_rate", lambda: farthest_set(PLANE, 0.0))
