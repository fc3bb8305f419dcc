"""Spaces with the bounds of another at a scale: the base's numbers, what limits them, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.spaces.bodies import Ball, Cube
from adversarial_spheres.theory.spaces.compared import ComparedSpace, LipschitzImage
from adversarial_spheres.theory.spaces.curved import Curved, SphereProduct
from adversarial_spheres.theory.spaces.gaussian import Gaussian
from adversarial_spheres.theory.spaces.hamming import Hamming
from adversarial_spheres.theory.spaces.sphere import Sphere

RATES = np.array([0.0, 1e-300, 1e-5, 0.3, 0.5, 0.99, 1.0])
TINY = LogProbability.from_log(-1e6)
SPACES: list[ComparedSpace] = [
    LipschitzImage(Gaussian(10, 0.5), 3.0),
    LipschitzImage(Sphere(500, 2.0), 0.25),
    LipschitzImage(LipschitzImage(Hamming(20), 0.5), 4.0),
    Ball(60, 1.3),
    Cube(784, 2.0),
    Curved(9.0, 5),
    SphereProduct((10, 20), (1.0, 3.0)),
]


@pytest.mark.parametrize("space", SPACES, ids=lambda space: type(space).__name__)
def test_bounds_are_those_of_the_base_at_the_constant(space: ComparedSpace) -> None:
    base, constant = space.comparison
    rates = RATES[2:]
    assert space.mean_distance_bound(rates) == pytest.approx(constant * base.mean_distance_bound(rates), rel=1e-14)
    assert space.quantile_distance_bound(0.5, rates) == pytest.approx(
        constant * base.quantile_distance_bound(0.5, rates), rel=1e-14
    )
    for t in (0.0, 0.1, 1.0):
        assert np.array_equal(space.neighbourhood(rates, t).log, base.neighbourhood(rates, t / constant).log)
    assert space.concentration == pytest.approx(constant**2 * base.concentration)
    mean = float(space.mean_distance_bound(0.25))
    assert float(space.max_error_rate(mean).log) == pytest.approx(np.log(0.25), rel=1e-10)


@pytest.mark.parametrize("space", SPACES, ids=lambda space: type(space).__name__)
def test_the_ends(space: ComparedSpace) -> None:
    assert space.mean_distance_bound([0.0, 1.0]).tolist() == [np.inf, 0.0]
    assert space.quantile_distance_bound([0.5, 0.5, 0.0], [0.0, 1.0, 0.5]).tolist() == [np.inf, 0.0, 0.0]
    law = space.neighbourhood([0.0, 1.0, 0.5], [np.inf, 1.0, np.inf])
    assert law.probability.tolist() == [0.0, 1.0, 1.0]
    assert space.max_error_rate(0.0).log_complement == -np.inf


@pytest.mark.parametrize("space", SPACES, ids=lambda space: type(space).__name__)
def test_no_bound_is_beyond_the_largest_distance(space: ComparedSpace) -> None:
    largest = space.largest_distance
    assert space.mean_distance_bound(TINY) <= largest
    assert space.quantile_distance_bound(0.999, TINY) <= largest
    if np.isfinite(largest):
        assert space.max_robust_accuracy(TINY, largest).probability == 0.0
        assert space.max_robust_accuracy(0.0, largest).probability == 1.0
        with pytest.raises(InvalidArgumentError, match="mean_distance must be"):
            space.max_error_rate(largest * 1.01)


def test_a_refusal_of_the_base_speaks_of_the_unit_of_the_space() -> None:
    space = LipschitzImage(Sphere(500), 10.0)
    with pytest.raises(InvalidArgumentError, match=r"10 times a number that is at most 1\.41.*got 15"):
        space.max_error_rate(15.0)


def test_images_have_the_size_that_is_said() -> None:
    assert LipschitzImage(Gaussian(3), 1.0).dim == 3
    space = LipschitzImage(Gaussian(3), 1.0, image=lambda points: points[:, :2], outputs=2)
    assert (space.dim, space.sharp) == (2, False)
    assert LipschitzImage(Gaussian(3), 1.0) == LipschitzImage(Gaussian(3), 1)
    assert len({LipschitzImage(Gaussian(3), 1.0), LipschitzImage(Gaussian(3), 1.0)}) == 1


@pytest.mark.parametrize(
    ("argument", "changed"),
    [
        ("base", {"base": "gaussian"}),
        ("constant", {"constant": 0.0}),
        ("constant", {"constant": np.inf}),
        ("constant", {"constant": [1.0, 2.0]}),
        ("image", {"image": 3}),
        ("outputs", {"outputs": 0}),
    ],
)
def test_what_is_no_image(argument: str, changed: dict[str, object]) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        LipschitzImage(**{"base": Gaussian(3), "constant": 1.0, **changed})  # type: ignore[arg-type]
    assert caught.value.argument == argument
