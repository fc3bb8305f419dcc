"""The fast path of the distance in space against the safe solver, on both sides, in plain and in hard cases."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.numerics.distances.in_space import observe_boundary_distances
from adversarial_spheres.theory.nearest.in_space import nearest_boundary_point
from adversarial_spheres.theory.nearest.many_in_space import bulk_boundary, bulk_boundary_plan

RNG = np.random.default_rng(5)
ALPHAS = {
    "d 500": RNG.normal(0.96, 0.11, 500),
    "d 2": np.array([1.1, 0.3]),
    "equal": np.full(50, 0.8),
    "repeated": np.repeat([1.2, 0.7], [3, 47]),
    "wide": np.logspace(-6, 1, 40),
    "negative": RNG.normal(0.3, 0.7, 100),
    "none positive": np.array([0.0, -1.0]),
}


@pytest.mark.parametrize("name", ALPHAS)
@pytest.mark.parametrize(("sphere", "radius"), [("inner", 1.0), ("outer", 1.3), ("outer", 30.0)])
@pytest.mark.parametrize("hard", [False, True])
def test_it_agrees_with_the_safe_solver(name: str, sphere: str, radius: float, hard: bool) -> None:
    a = ALPHAS[name]
    squares = np.random.default_rng(1).standard_normal((300, a.size)) ** 2
    if hard:
        squares[:, 0] = 1.0
        squares[:, a == a.max()] = 0.0
        squares[:, -1] += squares.sum(axis=1) == 0.0
    points = radius * np.sqrt(squares / squares.sum(axis=1, keepdims=True))
    found = bulk_boundary(bulk_boundary_plan(a, radius=radius, sphere=sphere), squares)
    safe = nearest_boundary_point(points, a)
    error = found.is_error
    assert np.array_equal(error, (points**2 @ a > 1.0) == (sphere == "inner"))
    assert np.all(found.distance_upper[error] == 0.0)
    assert np.all(found.distance_lower[~error] <= safe.distance_upper[~error])
    assert np.all(found.distance_upper[~error] >= safe.distance_lower[~error])


def test_the_number_of_workers_changes_nothing() -> None:
    one, two = (
        observe_boundary_distances(
            ALPHAS["negative"], radius=1.0, sphere="inner", samples=40000, seed=3, workers=workers
        )
        for workers in (1, 2)
    )
    assert one.distance == two.distance
    assert np.array_equal(one.histogram, two.histogram)
    assert one.relative_gap_max <= 1e-9
    assert one.histogram.sum() == one.samples == 40000
