"""Claims about any classifier around a data point, on scikit-learn's digits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.models.adapters import from_callable
from adversarial_spheres.numerics.models.around import around
from adversarial_spheres.numerics.models.problem import Problem, two_spheres
from adversarial_spheres.numerics.verdicts.bound_check import check_bound
from adversarial_spheres.numerics.verdicts.claims import Claims
from adversarial_spheres.numerics.verdicts.evidence import AttackDistances, Evidence
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.spaces.anisotropic import AnisotropicGaussian
from adversarial_spheres.theory.spaces.gaussian import Gaussian
from adversarial_spheres.theory.spaces.sphere import Sphere


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


@pytest.mark.parametrize("space", [{"noise": 1.0}, {"radius": 2.0}])
def test_a_model_that_is_wrong_at_the_data_point_itself_is_said_to_be(space: dict[str, float]) -> None:
    def scores(points: Any) -> Any:
        return points[:, :2]

    wrong = check_bound(around(scores, [0.0, 1.0, 0.0], label=0, **space), Claims(error_rate=0.9))
    assert [finding.name for finding in wrong.findings] == ["centre"]
    assert "warning: the model gives the data point itself another answer" in repr(wrong)
    assert "the data point itself" in wrong._repr_html_()
    right = check_bound(around(scores, [1.0, 0.0, 0.0], label=0, **space), Claims(error_rate=0.9))
    assert right.findings == ()
    assert "warning" not in repr(right)


def half_plane(distance: float, dim: int = 20) -> Any:
    """Column 0 against column 1: the centre is ``distance`` away from its nearest error."""
    return around(lambda x: x[:, :2], np.append(distance * np.sqrt(2.0), np.zeros(dim - 1)), label=0, noise=1.0)


def cube(side: float) -> Any:
    """Errors outside of a cube: forty half-spaces, which are nearer than one of their error rate."""

    def scores(x: np.ndarray) -> np.ndarray:
        return np.stack([side - np.abs(x).max(axis=1), np.zeros(len(x))], axis=1)

    return around(scores, np.zeros(20), label=0, noise=1.0)


def test_a_count_and_geometry_refute_a_mean_distance_in_noise() -> None:
    """The half-space is the farthest set: at error rate Phi(-1) its mean is 1.0833."""
    found = check_bound(half_plane(1.0), Claims(mean_distance=1.2), max_samples=20_000, attack=None)
    (check,) = found.checks
    assert (check.verdict, check.name) == ("refuted", "gaussian_claimed_mean_distance")
    assert check.claim == "Gaussian space: the mean euclidean distance to the nearest error is at least 1.2"
    assert check.explanation.endswith(", if coordinates are independent and normal, of one standard deviation")
    assert (found.dim, found.radius, found.metric) == (20, None, "euclidean")
    assert found.predicted[0] == pytest.approx(1.0833, rel=0.03)
    true = check_bound(half_plane(1.0), Claims(mean_distance=1.08), max_samples=4000)
    assert true.verdict == "inconclusive"


def test_an_attack_in_noise_refutes_what_the_count_leaves_open() -> None:
    claims = Claims(mean_distance=2.1)
    counted = check_bound(cube(3.5), claims, max_samples=4000, attack=None)
    attacked = check_bound(cube(3.5), claims, max_samples=4000)
    assert (counted.verdict, attacked.verdict) == ("inconclusive", "refuted")
    assert "256 distances found by the attack" in attacked.checks[0].explanation


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (Claims(error_rate=0.17), Claims(error_rate=0.15)),
        (Claims(quantile=0.5, quantile_distance=0.9), Claims(quantile=0.5, quantile_distance=1.1)),
        (Claims(robust_accuracy=0.3, epsilon=0.4), Claims(robust_accuracy=0.8, epsilon=0.4)),
        (Claims(tightness=0.9), Claims(tightness=1.01)),
        (Claims(mean_distance=1.0), Claims(perfect=True)),
    ],
)
def test_claims_in_noise_have_the_verdicts_of_the_half_space(true: Claims, false: Claims) -> None:
    problem = half_plane(1.0)
    assert check_bound(problem, true, max_samples=20_000).verdict != "refuted"
    assert check_bound(problem, false, max_samples=20_000).verdict == "refuted"


def test_the_attack_is_held_against_the_bound_in_noise() -> None:
    found = check_bound(cube(3.5), max_samples=4000)
    assert found.checks[0].name == "gaussian_claimed_attack"
    assert found.verdict == "verified" or "inconclusive" in found.verdict

    def far_away(problem: Any, points: np.ndarray) -> np.ndarray:
        return np.where(np.arange(problem.dim) == 0, 50.0, points)

    weak = check_bound(half_plane(1.0), max_samples=4000, attack=far_away)
    assert weak.checks[0].verdict == "refuted"
    assert "too weak" in weak.checks[0].explanation


def test_noise_of_any_covariance_is_attacked() -> None:
    """The errors are x_1 > 1: geometry allows a robust accuracy of 0.69, the attack sees the true one, 0.5."""
    problem = Problem(from_callable(lambda x: x[:, 0] - 1.0), AnisotropicGaussian([1.0, 4.0]))
    claims = Claims(robust_accuracy=0.66, epsilon=1.0)
    assert check_bound(problem, claims, max_samples=4000).verdict == "refuted"
    assert check_bound(problem, claims, max_samples=4000, attack=None).verdict == "inconclusive"


def test_a_failed_attack_in_noise_may_be_any_distance_away() -> None:
    """There is no largest distance to count it with; one of one hundred spoils the mean, but no quantile."""

    def mostly(problem: Any, points: np.ndarray) -> np.ndarray:
        found = attack(problem, points).points
        found[7] = np.nan
        return found

    claims = Claims(mean_distance=1.9, quantile=0.5, quantile_distance=2.2)
    found = check_bound(cube(3.5), claims, max_samples=4000, attack=mostly, attacked_points=100)
    quantile, mean = (
        next(c for c in found.checks if c.name.endswith(key)) for key in ("quantile_distance", "_mean_distance")
    )
    assert mean.verdict == "inconclusive"
    assert mean.observed is None
    assert "1 failed attacks may be any distance away" in mean.explanation
    assert quantile.verdict == "refuted"
    assert quantile.observed == pytest.approx(1.4, abs=0.1)


def test_what_an_attack_finds_in_noise_is_verified() -> None:
    problem = half_plane(1.0)

    def lies(problem: Any, points: np.ndarray) -> np.ndarray:
        return points

    found = check_bound(problem, Claims(mean_distance=0.5), max_samples=2048, attack=lies, attacked_points=64)
    assert found.checks[0].verdict == "inconclusive"
    assert "failed attacks" in found.checks[0].explanation
    with pytest.raises(InvalidArgumentError, match="attack"):
        check_bound(problem, Claims(mean_distance=0.5), max_samples=2048, attack=lambda *_: np.zeros(3))


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
def test_distances_are_those_of_the_norm(norm: float) -> None:
    """The bound of a coordinate half-space is attained for p >= 2; for p = 1 it is sqrt(dim) farther."""
    problem = half_plane(1.0)
    asked = Problem(problem.model, Gaussian(20, 1.0, norm), problem.sphere, problem.centre)
    found = check_bound(asked, Claims(mean_distance=1.2 if norm > 1.0 else 1.2 * np.sqrt(20.0)), attack=None)
    assert found.verdict == "refuted"
    assert found.metric == {1.0: "l_1", 2.0: "euclidean", np.inf: "l_inf"}[norm]
    attacked = check_bound(asked, Claims(mean_distance=0.0, robust_accuracy=0.5, epsilon=0.1), max_samples=2048)
    assert attacked.verdict != "refuted"


@pytest.mark.parametrize(
    "given", [{"dim": 21}, {"sphere": "outer"}, {"sphere": "both"}, {"radius": 1.0}, {"metric": "geodesic"}]
)
def test_what_a_problem_in_noise_says_is_not_said_otherwise(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=next(iter(given))):
        check_bound(half_plane(1.0), Claims(error_rate=0.5), **given)


def test_certificates_are_of_spheres() -> None:
    with pytest.raises(InvalidArgumentError, match="certified_points"):
        check_bound(half_plane(1.0), Claims(error_rate=0.5), certified_points=2)


def test_angles_are_no_evidence_in_noise() -> None:
    """Lengths are angles on spheres alone; elsewhere their largest value says what they are."""
    with pytest.raises(InvalidArgumentError, match="largest"):
        Evidence(Gaussian(5), distances=(AttackDistances([0.1]),))
    with pytest.raises(InvalidArgumentError, match="largest"):
        Evidence(Sphere(5), distances=(AttackDistances([0.1], largest=np.inf),))


def test_the_same_seed_gives_the_same_verdicts_in_noise_whatever_the_workers() -> None:
    one, three = (check_bound(cube(3.5), Claims(mean_distance=2.1), max_samples=9000, workers=w) for w in (1, 3))
    assert one.checks == three.checks


def test_limits_of_questions_hold_in_noise() -> None:
    found = check_bound(cube(3.5), Claims(mean_distance=2.0), max_queries=3000)
    assert "stopped by max_queries" in found.checks[0].explanation


def test_a_classifier_of_labels_is_attacked_in_noise() -> None:
    """As an estimator of scikit-learn is: what it predicts is all that is known."""
    far = around(lambda x: (np.abs(x).max(axis=1) > 3.5).astype(int), np.zeros(20), label=0, noise=1.0)
    found = check_bound(far, Claims(mean_distance=2.1), max_samples=4000, attacked_points=128)
    assert not far.model.returns_logits
    assert found.verdict == "refuted"
    assert "128 distances found by the attack" in found.checks[0].explanation


def test_neither_noise_nor_a_radius_asks_for_noise_and_both_are_too_many() -> None:
    with pytest.raises(InvalidArgumentError, match=r"^noise must be a standard deviation, or a radius given instead"):
        around(lambda points: points, [3.0, 0.0], label=0)
    with pytest.raises(InvalidArgumentError, match=r"^radius must be left out where noise is given.*got 1\.0"):
        around(lambda points: points, [3.0, 0.0], label=0, noise=1.0, radius=1.0)
