"""The sphere as a space says what the functions of isoperimetry say."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.validation import Metric
from adversarial_spheres.theory.spaces import isoperimetry
from adversarial_spheres.theory.spaces.sphere import Sphere

RATES = np.array([0.0, 1e-300, 1e-5, 0.3, 0.5, 0.99, 1.0])


@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
@pytest.mark.parametrize("radius", [1.0, 1.3])
def test_bounds_are_those_of_caps(metric: Metric, radius: float) -> None:
    space, where = Sphere(60, radius, metric), {"radius": radius, "metric": metric}
    mean = isoperimetry.mean_distance_bound(RATES, 60, **where)
    assert np.array_equal(space.mean_distance_bound(RATES), mean)
    median = isoperimetry.quantile_distance_bound(0.5, RATES, 60, **where)
    assert np.array_equal(space.quantile_distance_bound(0.5, RATES), median)
    robust = isoperimetry.max_robust_accuracy(RATES, 60, 0.2, **where)
    assert np.array_equal(space.max_robust_accuracy(RATES, 0.2).log, robust.log)
    assert np.array_equal(space.max_error_rate(0.2).log, isoperimetry.max_error_rate(0.2, 60, **where).log)
    assert np.array_equal(space.neighbourhood(RATES, 0.2).log_complement, robust.log)
    assert space.concentration == radius**2 / 59
    assert space.largest_distance == radius * (np.pi if metric == "geodesic" else 2.0)


def test_spaces_are_values() -> None:
    assert Sphere(3) == Sphere(3, 1.0, "euclidean") != Sphere(3, 2.0)
    assert len({Sphere(3), Sphere(3, 1.0)}) == 1


@pytest.mark.parametrize("arguments", [(1,), (3, 0.0), (3, 1.0, "manhattan"), ([3, 4],), (3, [1.0, 2.0])])
def test_what_is_no_sphere(arguments: tuple[object, ...]) -> None:
    with pytest.raises(InvalidArgumentError):
        Sphere(*arguments)  # type: ignore[arg-type]
