"""A classifier on any space: counted errors, the bound beside true distances, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.distances.attacked import measure_problem
from adversarial_spheres.numerics.error_rates.counting import count_errors
from adversarial_spheres.numerics.models.adapters import from_callable
from adversarial_spheres.numerics.models.around import around, on
from adversarial_spheres.numerics.models.problem import Problem
from adversarial_spheres.numerics.sampling.spaces import sample
from adversarial_spheres.numerics.verdicts.bound_check import check_bound
from adversarial_spheres.numerics.verdicts.claims import Claims
from adversarial_spheres.theory.basics.errors import InvalidArgumentError, ModelError
from adversarial_spheres.theory.spaces.anisotropic import AnisotropicGaussian
from adversarial_spheres.theory.spaces.bodies import Ball, Cube
from adversarial_spheres.theory.spaces.compared import LipschitzImage
from adversarial_spheres.theory.spaces.curved import Curved, SphereProduct
from adversarial_spheres.theory.spaces.even_sphere import EvenSphere
from adversarial_spheres.theory.spaces.gaussian import Gaussian
from adversarial_spheres.theory.spaces.hamming import Hamming
from adversarial_spheres.theory.spaces.space import Space
from adversarial_spheres.theory.spaces.sphere import Sphere

IMAGES = LipschitzImage(Gaussian(4), 2.0, image=lambda z: 2.0 * z)
# A space, and the share of its points whose first coordinate is above a level.
SHARES: list[tuple[Space, float, float]] = [
    (Gaussian(5, 2.0), 2.0, 0.158655),
    (AnisotropicGaussian([4.0, 1.0]), 2.0, 0.158655),
    (Sphere(3), 0.5, 0.25),
    (Ball(3), 0.5, 0.15625),
    (Cube(7), 0.75, 0.25),
    (Hamming(10), 0.5, 0.5),
    (SphereProduct((3, 5)), 0.5, 0.25),
    (IMAGES, 2.0, 0.158655),
]
NAMES = [type(space).__name__ for space, _, _ in SHARES]


@pytest.mark.parametrize(("space", "level", "share"), SHARES, ids=NAMES)
def test_errors_are_counted_in_every_space(space: Space, level: float, share: float) -> None:
    problem = on(lambda points: (points[:, 0] > level).astype(int), space, label=0)
    counted = count_errors(problem, samples=4000, seed=0, confidence=1.0 - 1e-9)
    assert share in counted.interval
    assert problem.space is space
    assert counted == count_errors(problem, samples=4000, seed=0, confidence=1.0 - 1e-9, workers=2)


@pytest.mark.parametrize("kind", ["uint8", "int8", "bool"])
def test_whole_numbers_as_scores_of_a_label_do_not_wrap_around(kind: str) -> None:
    low, high = (0, 1) if kind == "bool" else (np.iinfo(kind).min, np.iinfo(kind).max)

    def votes(points: Any) -> Any:
        first = points[:, 0] > 1.0
        return np.stack([np.where(first, high, low), np.where(first, low, high)], axis=1).astype(kind)

    counted = count_errors(on(votes, Gaussian(5), label=1), samples=4000, seed=0, confidence=1.0 - 1e-9)
    assert 0.158655 in counted.interval


def test_what_is_not_even_is_refused_on_the_sphere_of_even_sets() -> None:
    """The cap is farther than any even set: its true distance would be refuted."""
    cap = on(lambda points: (points[:, 0] > 0.25).astype(int), EvenSphere(100), label=0)
    true_mean = 0.2518  # of a cap of its measure, 0.005845; even sets have 0.2093 at most
    with pytest.raises(ModelError, match="errs at -x wherever it errs at x"):
        check_bound(cap, Claims(mean_distance=0.99 * true_mean))


def test_images_of_the_sphere_of_even_sets_are_refused() -> None:
    images = LipschitzImage(EvenSphere(100), 1.0, image=lambda z: z)
    with pytest.raises(InvalidArgumentError, match="no error is known to be even"):
        check_bound(on(lambda points: (points[:, 0] > 0.25).astype(int), images, label=0), Claims(mean_distance=0.25))


@pytest.mark.parametrize("space", [{"noise": 1.0}, {"radius": 4.0}], ids=["noise", "radius"])
def test_random_points_that_are_lost_beside_the_centre_are_refused(space: dict[str, float]) -> None:
    """At 1e16 a normal number is rounded to an even one: 84% are then errors, not 16%."""
    level = 1e16

    def scores(points: Any) -> Any:
        return np.stack([np.full(len(points), level + 1.0), points[:, 0]], axis=1)

    with pytest.raises(InvalidArgumentError, match="lost in rounding"):
        around(scores, np.full(16, level), label=0, **space)


def test_even_errors_are_checked_on_the_sphere_of_even_sets() -> None:
    caps = on(lambda points: (np.abs(points[:, 0]) > 0.25).astype(int), EvenSphere(100), label=0)
    for limit in (None, 3000):
        found = check_bound(caps, Claims(mean_distance=0.3, error_rate=0.05), max_queries=limit)
        assert [check.verdict for check in found.checks] == ["verified", "refuted"]


@pytest.mark.parametrize(("space", "level", "share"), SHARES, ids=NAMES)
def test_claims_are_checked_in_every_space(space: Space, level: float, share: float) -> None:
    problem = on(lambda points: (points[:, 0] > level).astype(int), space, label=0)
    allowed = float(space.mean_distance_bound(0.5 * share))
    found = check_bound(problem, Claims(error_rate=0.9, mean_distance=2.0 * allowed), max_samples=20_000)
    assert [check.verdict for check in found.checks if "rate" in check.name] == ["verified"]
    assert [check.verdict for check in found.checks if "mean" in check.name] == ["refuted"]


def test_scores_images_and_labels_of_any_kind() -> None:
    def scores(points: Any) -> Any:
        assert points.shape[1:] == (2, 3)
        flat = points.reshape(len(points), 6)
        return np.stack([flat[:, 0], flat[:, 1], 0.5 * np.ones(len(points))], axis=1)

    problem = on(scores, Cube(6), label=2, shape=(2, 3))
    points = sample(Cube(6), 50, 0)
    assert np.array_equal(problem.errors(points), points[:, :2].max(axis=1) >= 0.5)
    words = on(lambda x: np.where(x[:, 0] > 0.5, "cat", "dog"), Cube(6), label="dog")
    assert np.array_equal(words.errors(points), points[:, 0] > 0.5)


def test_a_model_that_knows_no_points_but_those_of_the_space_is_asked_about_no_others() -> None:
    def strict(points: Any) -> Any:
        assert np.isin(points, (0.0, 1.0)).all()
        return points.sum(axis=1).astype(int) % 2

    counted = count_errors(on(strict, Hamming(9), label=0), samples=2000, seed=1)
    assert 0.5 in counted.interval


def test_a_model_that_depends_on_its_batch_is_refused_in_other_spaces_too() -> None:
    problem = Problem(from_callable(lambda x: x[:, 0] - x[:, 0].mean()), Cube(5))
    with pytest.raises(InvalidArgumentError, match="model must be a function of each point by itself"):
        count_errors(problem, samples=100, seed=0)


def test_attacks_search_where_they_cannot_leave_the_space() -> None:
    model = from_callable(lambda x: x[:, 1] - 3.0, gradient=lambda x: np.tile([0.0, 1.0], (len(x), 1)))
    noisy = Problem(model, AnisotropicGaussian([1.0, 4.0]))
    measured = measure_problem(noisy, samples=200, seed=0)
    # A half-space along the coordinate of the largest variance, 1.5 deviations away: none of its rate is farther.
    exact = float(noisy.space.mean_distance_bound(0.0668072))
    assert measured.mean == pytest.approx(exact, abs=0.7)  # 5 deviations of the mean of 200 points
    for space in (Cube(2), Hamming(2), Ball(2)):
        with pytest.raises(InvalidArgumentError, match="model must be a problem on a sphere or in normal noise"):
            attack(Problem(model, space), np.zeros((1, 2)))


@pytest.mark.parametrize(
    ("argument", "changed"),
    [
        ("space", {"space": "cube"}),
        ("space", {"space": Cube(1)}),
        ("space", {"space": Curved(1.0, 4)}),
        ("space", {"space": LipschitzImage(Gaussian(4), 1.0)}),
        ("shape", {"shape": (2, 3)}),
        ("label", {"label": -1}),
        ("model", {"model": 3}),
    ],
)
def test_bad_arguments_are_refused_by_name(argument: str, changed: dict[str, Any]) -> None:
    given = {"model": lambda x: np.stack([x[:, 0], x[:, 1]], axis=1), "space": Cube(4), "label": 0, **changed}
    with pytest.raises(InvalidArgumentError) as caught:
        on(**given)  # type: ignore[arg-type]
    assert caught.value.argument == argument
