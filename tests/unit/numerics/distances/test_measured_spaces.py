"""Distances by attack are measured only where a search stays in the space."""

from __future__ import annotations

import pytest

from adversarial_spheres import Ball, Cube, Hamming, Space, measure_problem, on
from adversarial_spheres.theory.basics.errors import InvalidArgumentError


@pytest.mark.parametrize("space", [Hamming(30), Cube(30), Ball(5)], ids=["hamming", "cube", "ball"])
def test_a_space_that_a_search_would_leave_is_refused(space: Space) -> None:
    problem = on(lambda points: (points.sum(axis=1) >= 20.5).astype(int), space, label=0)
    with pytest.raises(InvalidArgumentError, match=r"^problem must be a problem on a sphere or in normal noise"):
        measure_problem(problem, samples=5, seed=0)
