"""Claims about any classifier around a data point, on scikit-learn's digits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.models.adapters import from_callable
from adversarial_spheres.numerics.models.around import around
from adversarial_spheres.numerics.models.problem import two_spheres
from adversarial_spheres.numerics.verdicts.bound_check import check_bound
from adversarial_spheres.numerics.verdicts.quantities import Claims
from adversarial_spheres.theory.basics.errors import InvalidArgumentError


@pytest.mark.parametrize("sphere", ["inner", "outer"])
@pytest.mark.parametrize("radius", [0.25, 20.0])
def test_any_radius_can_be_attacked(sphere: Any, radius: float) -> None:
    sign = 1.0 if sphere == "inner" else -1.0
    model = from_callable(lambda x: sign * (x[:, 0] - 0.5 * radius))
    found = attack(model, [[0.0, 1.0, 0.0]], sphere, radius=radius)
    assert found.radius == radius
    assert abs(found.angle_upper[0] - np.pi / 6) < 1e-6
    assert abs(np.linalg.norm(found.points) - radius) < 1e-12 * radius


@pytest.mark.parametrize("radius", [0.25, 20.0])
def test_inner_spheres_of_any_radius_are_checked(radius: float) -> None:
    model = from_callable(lambda x: x[:, 0] - 0.1 * radius)
    found = check_bound(model, Claims(mean_distance=0.2 * radius), dim=20, radius=radius, attacked_points=64)
    assert found.verdict == "refuted"
    wider = check_bound(model, dim=20, radius=radius, max_samples=2000, attacked_points=64)
    assert wider.verdict != "refuted"


def test_a_problem_says_its_own_dimension_sphere_radius_and_metric() -> None:
    _, outer = two_spheres(lambda x: x[:, 0] + 0.5, 6, 1.7, metric="geodesic")
    found = check_bound(outer, Claims(error_rate=0.5))
    assert (found.dim, found.sphere, found.radius, found.metric) == (6, "outer", 1.7, "geodesic")
    same = check_bound(outer.model, Claims(error_rate=0.5), dim=6, sphere="outer", radius=1.7, metric="geodesic")
    assert [c.explanation for c in found.checks] == [c.explanation for c in same.checks]


@pytest.mark.parametrize(("name", "value"), [("dim", 7), ("sphere", "inner"), ("radius", 1.3), ("metric", "euclidean")])
def test_what_a_problem_says_is_not_said_otherwise(name: str, value: Any) -> None:
    _, outer = two_spheres(lambda x: x[:, 0] + 0.5, 6, 1.7, metric="geodesic")
    with pytest.raises(InvalidArgumentError, match=name):
        check_bound(outer, Claims(error_rate=0.5), **{name: value})


def test_problems_in_noise_are_sent_elsewhere() -> None:
    problem = around(lambda x: x[:, :3], np.ones(4), label=0, noise=1.0)
    with pytest.raises(InvalidArgumentError, match="measure_problem"):
        check_bound(problem, Claims(error_rate=0.5))
