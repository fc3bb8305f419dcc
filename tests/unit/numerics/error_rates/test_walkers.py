"""The walk on the sphere: it stays where it may be and leaves the uniform law there unchanged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import beta, kstest

from adversarial_spheres.numerics.error_rates.walkers import BATCH, Walkers
from adversarial_spheres.numerics.models.checked import CheckedModel
from adversarial_spheres.numerics.models.problem import Problem
from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.theory.spaces.sphere import Sphere

DIM = 12


class Height:
    """Logit = first coordinate of the direction; remembers the largest batch."""

    largest = 0

    def logits(self, points: np.ndarray) -> np.ndarray:
        self.largest = max(self.largest, len(points))
        result: np.ndarray = points[:, 0] / np.linalg.norm(points, axis=1)
        return result


def problem(model: Height, sphere: Any, radius: float) -> Problem:
    return Problem(CheckedModel(model), Sphere(DIM, radius), sphere)


def walkers(count: int, sphere: Any = "inner", radius: float = 1.0, seed: int = 1) -> Walkers:
    return Walkers(problem(Height(), sphere, radius), count, block_generator(seed))


@pytest.mark.parametrize(("sphere", "radius"), [("inner", 1.0), ("outer", 1.7)])
def test_points_stay_on_the_sphere_above_the_level_with_the_right_scores(sphere: Any, radius: float) -> None:
    walk = walkers(600, sphere, radius)
    walk.resample(walk.exceeding(0.2))
    for _ in range(20):
        walk.move(0.2, 0.7, 3)
    np.testing.assert_allclose(np.linalg.norm(walk.points, axis=1), radius, rtol=4e-16 * 4)
    sign = 1.0 if sphere == "inner" else -1.0
    np.testing.assert_allclose(walk.scores, sign * walk.points[:, 0] / radius, rtol=0, atol=1e-15)
    assert walk.exceeding(0.2).all()


def test_ties_count_as_errors_on_the_outer_sphere_only() -> None:
    for sphere, expected in (("inner", [False, False, True]), ("outer", [False, True, True])):
        walk = walkers(3, sphere)
        walk.scores[:] = [-1.0, 0.0, 1.0]
        assert walk.exceeding(0.0).tolist() == expected


def test_batches_are_bounded() -> None:
    model = Height()
    walk = Walkers(problem(model, "inner", 1.0), 3 * BATCH + 7, block_generator(0))
    walk.move(-2.0, 1.0, 2)
    assert model.largest == BATCH


def test_resampling_copies_survivors_equally_often() -> None:
    walk = walkers(500)
    survivors = walk.exceeding(0.3)
    alive = int(survivors.sum())
    old = {row.tobytes() for row in walk.points[survivors]}
    walk.resample(survivors)
    new, counts = np.unique(walk.points, axis=0, return_counts=True)
    assert {row.tobytes() for row in new} == old
    assert set(counts) <= {500 // alive, 500 // alive + 1}


def test_extra_copies_are_dealt_by_chance() -> None:
    """Each of 3 survivors among 10 gets the 4th copy in a third of the cases (false-alarm probability 1e-9)."""
    extra = np.zeros(10)
    for seed in range(3000):
        walk = walkers(10, seed=seed)
        order = np.argsort(walk.scores)
        survivors = np.zeros(10, dtype=bool)
        survivors[order[-3:]] = True
        kept = walk.points[order]
        walk.resample(survivors)
        copies = [(walk.points == row).all(axis=1).sum() for row in kept]
        assert sorted(copies[-3:]) == [3, 3, 4]
        extra[int(np.argmax(copies))] += 1
    # 6.1 standard deviations of a binomial of 3000 at 1/3.
    assert np.all(np.abs(extra[-3:] - 1000) < 6.1 * np.sqrt(3000 * 2 / 9))


def heights_of_a_cap(count: int, level: float, rng: np.random.Generator) -> np.ndarray:
    """First coordinates of uniform points of the cap {u_1 > level}: (u_1 + 1)/2 is Beta((d-1)/2, (d-1)/2)."""
    law = beta((DIM - 1) / 2, (DIM - 1) / 2)
    low = law.cdf((level + 1) / 2)
    result: np.ndarray = 2 * law.ppf(low + (1 - low) * rng.random(count)) - 1
    return result


def put_on_cap(walk: Walkers, heights: np.ndarray) -> None:
    side = walk.points[:, 1:] / np.linalg.norm(walk.points[:, 1:], axis=1, keepdims=True)
    walk.points[:, 0] = heights
    walk.points[:, 1:] = side * np.sqrt(1 - heights**2)[:, None]
    walk.scores[:] = heights


def cap_law_p_value(start_level: float, repeats: int) -> float:
    """Kolmogorov-Smirnov p-value of the heights after some steps above 0.5, for points uniform above start_level."""
    walk = walkers(4000, seed=8)
    put_on_cap(walk, heights_of_a_cap(4000, start_level, np.random.default_rng(4)))
    walk.move(0.5, 0.5, repeats)
    law = beta((DIM - 1) / 2, (DIM - 1) / 2)
    low = law.cdf(0.75)
    return float(kstest(walk.points[:, 0], lambda h: (law.cdf((h + 1) / 2) - low) / (1 - low)).pvalue)


def test_the_uniform_law_on_a_cap_is_left_unchanged() -> None:
    """False-alarm probability 1e-9, fixed seed."""
    for repeats in (1, 10):
        assert cap_law_p_value(0.5, repeats) > 1e-9


def test_the_uniform_law_is_approached_from_another_one() -> None:
    assert cap_law_p_value(0.55, 1) < 1e-9  # control: the test sees a wrong law
    assert cap_law_p_value(0.55, 60) > 1e-9
