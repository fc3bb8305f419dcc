"""What an attack, a description or a certificate says is checked against the model before it is believed."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from adversarial_spheres import paper_alphas
from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.attacks.settings import AttackSettings
from adversarial_spheres.numerics.distances.certified import certifiable
from adversarial_spheres.numerics.models.checked import CheckedModel, exact_classifier
from adversarial_spheres.numerics.models.problem import Problem
from adversarial_spheres.numerics.networks.quadratic import QuadraticNetwork
from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.verdicts.attack_evidence import verified_distances
from adversarial_spheres.numerics.verdicts.bound_check import check_bound
from adversarial_spheres.numerics.verdicts.claims import Claims
from adversarial_spheres.theory.basics.errors import InvalidArgumentError, ModelError
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.spaces.sphere import Sphere

PAPER = QuadraticClassifier.from_alphas(paper_alphas())
TRUE_CLAIM = Claims(mean_distance=0.10)
"""True of the plane x_1 > 0.1 in 100 dimensions, where the mean distance is 0.1082."""


class Plane:
    def logits(self, points: np.ndarray) -> np.ndarray:
        return points[:, 0] - 0.1


def run(search: Any, **options: Any) -> Any:
    settings = {"dim": 100, "max_samples": 2048, "attacked_points": 40, **options}
    return check_bound(Plane(), TRUE_CLAIM, attack=search, **settings)


def test_v3_angles_alone_are_refused_with_what_to_return() -> None:
    """faults.md V3: the true claim was refuted by zeros."""
    zeros: Any = lambda m, p, sphere, outer_radius: np.zeros(len(p))  # noqa: E731 (the input of the fault)
    with pytest.raises(InvalidArgumentError, match=r"^attack must be a function that returns the errors it found"):
        run(zeros)


def test_v3_angle_0_at_a_point_that_is_right() -> None:
    class Says:
        def __init__(self, points: np.ndarray) -> None:
            self.points, self.angle_upper = points, np.zeros(len(points))
            self.succeeded = np.ones(len(points), dtype=bool)

    found = run(lambda m, p, sphere, outer_radius: Says(p))
    assert found.checks[0].verdict == "inconclusive"


def test_v3_points_that_are_no_errors() -> None:
    found = run(lambda m, p, sphere, outer_radius: p + 1e-9)
    assert found.checks[0].verdict == "inconclusive"
    assert "refuted" in {check.verdict for check in found.checks if check.name == "inner_claimed_attack"}


def test_v3_points_at_another_angle_than_claimed() -> None:
    class Says:
        def __init__(self, points: np.ndarray) -> None:
            self.points = np.tile(np.eye(points.shape[1])[0], (len(points), 1))  # errors, but far away
            self.angle_upper = np.full(len(points), 1e-3)

    found = run(lambda m, p, sphere, outer_radius: Says(p))
    assert found.checks[0].verdict == "inconclusive"
    assert found.checks[0].observed > 1.0


def test_an_attack_that_moves_its_points_in_place_cannot_move_the_attacked_ones() -> None:
    """Else every distance is 0, and a true claim refuted."""

    def in_place(model: Any, points: np.ndarray, sphere: str, outer_radius: float) -> np.ndarray:
        points[:, 0] = 0.0
        points *= np.sqrt(1.0 - 0.10001**2) / np.linalg.norm(points, axis=1, keepdims=True)
        points[:, 0] = 0.10001
        return points

    def in_a_copy(model: Any, points: np.ndarray, sphere: str, outer_radius: float) -> np.ndarray:
        return in_place(model, points.copy(), sphere, outer_radius)

    assert run(in_place, attacked_points=1000).checks == run(in_a_copy, attacked_points=1000).checks
    assert run(in_place, attacked_points=1000).checks[0].verdict == "inconclusive"


def test_points_off_the_sphere_count_where_their_ray_meets_it() -> None:
    model, wrong = CheckedModel(Plane()), np.zeros(1, dtype=bool)
    attacked = np.array([[0.0, 1.0]])
    beyond = np.array([[0.3, 3.0]])  # an error where it is; its ray meets the sphere at height 0.0995
    assert verified_distances(beyond, Problem(model, Sphere(2)), attacked, wrong).failed == 1
    found = verified_distances(np.array([[0.32, 3.0]]), Problem(model, Sphere(2)), attacked, wrong)
    assert found.upper[0] == pytest.approx(np.arctan2(0.32, 3.0), rel=1e-9)
    for nothing in ([[np.nan, 1.0]], [[0.0, 0.0]], [[np.inf, 0.0]]):
        assert verified_distances(nothing, Problem(model, Sphere(2)), attacked, wrong).failed == 1


def test_angle_0_is_that_of_an_attacked_point_that_is_an_error() -> None:
    model, attacked = CheckedModel(Plane()), np.array([[1.0, 0.0], [0.0, 1.0]])
    nothing = np.full((2, 2), np.nan)
    found = verified_distances(nothing, Problem(model, Sphere(2)), attacked, np.array([True, False]))
    assert found.upper.tolist() == [0.0, np.pi]


@pytest.mark.parametrize("returned", [None, "points", [[1.0]], np.zeros((40, 100), dtype=complex), 7])
def test_what_is_not_points_is_refused(returned: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^attack must be"):
        run(lambda m, p, sphere, outer_radius: returned)


def test_the_public_attack_is_believed() -> None:
    tuned = partial(attack, settings=AttackSettings(restarts=0))
    found = run(tuned)
    assert found.checks[0].verdict == "inconclusive"
    assert found.checks[0].observed == pytest.approx(0.108, abs=0.03)


class Liar:
    """Says that it is the paper's network, and is none."""

    def logits(self, points: np.ndarray) -> np.ndarray:
        return points[:, 0] - 0.1

    def classifier(self) -> QuadraticClassifier:
        return PAPER


class AlmostTheSame(Liar):
    def logits(self, points: np.ndarray) -> np.ndarray:
        return 1.1 * points**2 @ paper_alphas() - 1.0


@pytest.mark.parametrize("model", [Liar(), AlmostTheSame()])
def test_a_description_that_the_model_s_own_answers_deny_is_refused(model: Any) -> None:
    with pytest.raises(ModelError, match=r"described by its classifier\(\)"):
        check_bound(model, Claims(error_rate=1e-4))


def test_a_true_description_is_believed_in_any_basis() -> None:
    rng = np.random.default_rng(0)
    for bias, sign in ((-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)):
        network = QuadraticNetwork.random(hidden=5, dim=8, rng=rng)
        network = QuadraticNetwork(network.weights, sign, bias)
        assert exact_classifier(network) is not None


def test_only_the_network_itself_is_certified() -> None:
    class Other(ReluNetwork):
        def logits(self, points: Any) -> Any:
            return -super().logits(points)

    network = ReluNetwork.random(3, 1, 3, np.random.default_rng(0), np.float64)
    assert certifiable(network) is network
    with pytest.raises(InvalidArgumentError, match=r"^network must be"):
        certifiable(Other(network.layers, network.readout))
