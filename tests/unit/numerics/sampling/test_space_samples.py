"""Random points of every space: in it, of its law, the same for the same seed; what nobody can draw is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.numerics.sampling.spaces import MOST_NUMBERS, sample, sample_points
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.spaces.anisotropic import AnisotropicGaussian
from adversarial_spheres.theory.spaces.bodies import Ball, Cube
from adversarial_spheres.theory.spaces.compared import LipschitzImage
from adversarial_spheres.theory.spaces.curved import Curved, SphereProduct
from adversarial_spheres.theory.spaces.gaussian import Gaussian
from adversarial_spheres.theory.spaces.hamming import Hamming
from adversarial_spheres.theory.spaces.space import Space
from adversarial_spheres.theory.spaces.sphere import Sphere

COVARIANCE = np.array([[2.0, 1.0], [1.0, 3.0]])
DOUBLED = LipschitzImage(Gaussian(3), 2.0, image=lambda points: 2.0 * points[:, :2], outputs=2)
# One number of each point, and its law.
LAWS: dict[str, tuple[Space, Any, Any]] = {
    "sphere": (Sphere(3, 2.0), lambda x: x[:, 0], stats.uniform(-2.0, 4.0)),  # Archimedes
    "gaussian": (Gaussian(4, 0.5), lambda x: x[:, 3], stats.norm(0.0, 0.5)),
    "covariance": (AnisotropicGaussian(COVARIANCE), lambda x: x[:, 0] + x[:, 1], stats.norm(0.0, np.sqrt(7.0))),
    "variances": (AnisotropicGaussian([4.0, 0.0]), lambda x: x[:, 0], stats.norm(0.0, 2.0)),
    "ball": (Ball(5, 2.0), lambda x: np.linalg.norm(x, axis=1) / 2.0, stats.beta(5.0, 1.0)),
    "cube": (Cube(3, 2.0), lambda x: x[:, 1], stats.uniform(0.0, 2.0)),
    "product": (SphereProduct((3, 4), (2.0, 1.0)), lambda x: x[:, 2], stats.uniform(-2.0, 4.0)),
    "image": (DOUBLED, lambda x: x[:, 1], stats.norm(0.0, 2.0)),
}


@pytest.mark.parametrize("name", LAWS)
def test_points_have_the_law_of_the_space(name: str) -> None:
    """Kolmogorov and Smirnov at a level of 1e-10."""
    space, number, law = LAWS[name]
    points = sample(space, 5000, seed=3)
    assert points.shape == (5000, space.dim)
    assert stats.kstest(number(points), law.cdf).pvalue > 1e-10
    assert stats.kstest(1.1 * number(points), law.cdf).pvalue < 1e-3 or name in ("ball", "variances")  # the control


def test_points_lie_in_their_space() -> None:
    norms = np.linalg.norm(sample(SphereProduct((3, 4), (2.0, 1.0)), 100, 0).reshape(100, 7)[:, :3], axis=1)
    assert norms == pytest.approx(2.0)
    assert np.abs(sample(Cube(3, 2.0), 100, 0) - 1.0).max() <= 1.0
    assert np.linalg.norm(sample(Ball(1), 100, 0), axis=1).max() <= 1.0
    bits = sample(Hamming(20), 5000, 0)
    assert set(np.unique(bits)) == {0.0, 1.0}
    # A sum of 10^5 fair bits is within 8 deviations of its mean, but for a probability of 1e-15.
    assert abs(bits.sum() - 50_000) <= 8.0 * np.sqrt(25_000)
    pairs = bits[:, 0] + 2.0 * bits[:, 1]
    assert np.all(np.abs(np.bincount(pairs.astype(int)) - 1250) <= 8.0 * np.sqrt(5000 * 3 / 16))


@pytest.mark.parametrize("name", LAWS)
def test_a_seed_says_which_points(name: str) -> None:
    space = LAWS[name][0]
    assert np.array_equal(sample(space, 5, 1), sample(space, 5, 1))
    assert not np.array_equal(sample(space, 5, 1), sample(space, 5, 2))
    assert sample(space, 0, 1).shape == (0, space.dim)


@pytest.mark.parametrize(
    ("space", "words"),
    [
        (Curved(1.0, 3), "space must be one whose points can be drawn"),
        (LipschitzImage(Gaussian(3), 1.0), "space must be given its map"),
        (LipschitzImage(Gaussian(3), 1.0, lambda x: x[:, 0]), "image must be a map to finite points of shape"),
        (LipschitzImage(Gaussian(3), 1.0, lambda x: x + np.nan), "image must be a map to finite points of shape"),
        (LipschitzImage(Gaussian(3), 1.0, lambda x: 1.01 * x), "constant must be at least 1.01, by which the map"),
        ("sphere", "space must be a Space"),
    ],
    ids=["curvature", "no map", "shape", "nan", "constant", "word"],
)
def test_what_nobody_can_draw(space: Any, words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        sample(space, 2, 0)


def test_bad_numbers_and_generators() -> None:
    with pytest.raises(InvalidArgumentError, match="count must be"):
        sample(Cube(3), -1, 0)
    with pytest.raises(InvalidArgumentError, match=r"count must be an integer in .* for points of 1000 coordinates"):
        sample(Cube(1000), MOST_NUMBERS // 1000 + 1, 0)
    with pytest.raises(InvalidArgumentError, match="seed must be"):
        sample(Cube(3), 1, -1)
    with pytest.raises(InvalidArgumentError, match="rng must be"):
        sample_points(Cube(3), 1, "generator")  # type: ignore[arg-type]


def test_spheres_and_noise_are_drawn_as_they_were() -> None:
    rng, again = block_generator(1, 2), block_generator(1, 2)
    assert np.array_equal(sample_points(Gaussian(3, 0.5), 4, rng), again.standard_normal((4, 3)) * 0.5)


def test_a_space_that_makes_points_of_standard_normal_numbers_is_drawn_by_it() -> None:
    class Directions(Curved):
        def from_standard(self, normal: np.ndarray) -> np.ndarray:
            return normal / np.linalg.norm(normal, axis=1, keepdims=True)

    points = sample(Directions(1.0, 3), 5, seed=0)
    assert points.shape == (5, 3)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1.0, rtol=1e-15)
