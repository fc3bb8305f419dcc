"""The attack against the exact distance at d = 500: mean ratio at most 1.001, worst at most 1.005, every point met."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.attacks.settings import AttackSettings
from adversarial_spheres.numerics.networks.quadratic import QuadraticNetwork
from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier, eigenbasis_of_weights

R, DIM, POINTS = 1.3, 500, 1000
SHAPE = (0.8 / 0.55) ** 2
NETWORKS = {
    "A": lambda rng: rng.normal(0.96, 0.11, DIM),
    "B": lambda rng: rng.gamma(SHAPE, 0.8 / SHAPE, DIM),
}


def ratios(classifier: QuadraticClassifier, sphere: Any, settings: AttackSettings, count: int = POINTS) -> Any:
    points = sample_unit_vectors(count, DIM, block_generator(11))
    c = classifier.error_coefficients(sphere, R)
    best = nearest_error(points, c, boundary_is_error=sphere == "outer").angle_upper
    found = attack(classifier, points, sphere, outer_radius=R, settings=settings, workers=2)
    assert found.failed == 0
    assert np.all(found.angle_upper >= best)
    return found.angle_upper[best > 0] / best[best > 0]


@pytest.mark.slow
@pytest.mark.parametrize("draw", [0, 1])
@pytest.mark.parametrize("sphere", ["inner", "outer"])
@pytest.mark.parametrize("name", NETWORKS)
def test_ratio_to_the_exact_distance(name: str, sphere: Any, draw: int) -> None:
    classifier = QuadraticClassifier.from_alphas(NETWORKS[name](block_generator(draw)))
    if classifier.is_perfect(sphere, R):
        assert attack(classifier, np.eye(DIM)[:20] + 0.1, sphere, outer_radius=R).failed == 20
        return
    ratio = ratios(classifier, sphere, AttackSettings())
    assert ratio.mean() <= 1.001
    assert ratio.max() <= 1.005


@pytest.mark.slow
def test_networks_in_single_precision_and_their_own_basis() -> None:
    network = QuadraticNetwork.random(1000, DIM, block_generator(3))
    basis, classifier = eigenbasis_of_weights(network.weights), network.classifier()
    points = sample_unit_vectors(200, DIM, block_generator(4))
    found = attack(network, points, "inner")  # type: ignore[arg-type]
    c = classifier.error_coefficients("inner", R)
    best = nearest_error(points @ basis, c, boundary_is_error=False).angle_upper
    ratio = found.angle_upper[best > 0] / best[best > 0]
    assert found.failed == 0
    assert ratio.mean() <= 1.001
    assert ratio.max() <= 1.005


@pytest.mark.slow
def test_the_paper_s_attack_is_within_its_known_range_and_worse() -> None:
    """A negative control: the ratio that the walk is held to does not hold for the paper's attack."""
    classifier = QuadraticClassifier.from_alphas(NETWORKS["A"](block_generator(0)))
    ratio = ratios(classifier, "inner", AttackSettings(method="paper"), 200)
    assert 1.003 < ratio.mean() < 1.05


def test_ratio_on_few_points() -> None:
    for make in NETWORKS.values():
        classifier = QuadraticClassifier.from_alphas(make(block_generator(5)))
        ratio = ratios(classifier, "inner", AttackSettings(), 40)
        assert ratio.mean() <= 1.0001
        assert ratio.max() <= 1.001
