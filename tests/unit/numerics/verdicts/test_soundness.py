"""No false claim is verified, no true one refuted: where the truth is known and a careless check is wrong."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.attacks.settings import AttackSettings
from adversarial_spheres.numerics.distances.attacked import measure_model_distances, measure_problem
from adversarial_spheres.numerics.models.around import on
from adversarial_spheres.numerics.networks.layers import EPSILON, ReluLayer
from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.statistics.intervals import share_of_budget
from adversarial_spheres.numerics.verdicts.bound_check import check_bound
from adversarial_spheres.numerics.verdicts.claims import (
    Claim,
    Claims,
    ErrorRateClaim,
    MeanDistanceClaim,
    NearErrorsClaim,
    Relation,
    RobustAccuracyClaim,
    TightnessClaim,
)
from adversarial_spheres.numerics.verdicts.engine import decide
from adversarial_spheres.numerics.verdicts.evidence import (
    AttackDistances,
    ErrorCounts,
    Evidence,
    ExactDistances,
    ExactErrorRate,
)
from adversarial_spheres.numerics.verdicts.exact_sample import known_evidence
from adversarial_spheres.numerics.verdicts.questions import model_distance_checks
from adversarial_spheres.numerics.verdicts.suite import (
    SuiteSettings,
    run_sequential_suite,
    run_suite,
)
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.spaces.bodies import Ball
from adversarial_spheres.theory.spaces.gaussian import Gaussian
from adversarial_spheres.theory.spaces.isoperimetry import (
    max_robust_accuracy,
    mean_distance_bound,
    quantile_distance_bound,
)
from adversarial_spheres.theory.spaces.sphere import Sphere


def half_space(dim: int, height: float, sign: float = 1.0) -> ReluNetwork:
    """A ReLU network whose logit is sign * (x_1 - height)."""
    weights = np.zeros((2, dim))
    weights[:, 0] = 1.0, -1.0
    statistics = np.array([[0.0, 0.0], [1.0 - EPSILON, 1.0 - EPSILON]])
    layer = ReluLayer(weights, np.array([[1.0, 1.0], [0.0, 0.0]]), statistics)
    return ReluNetwork([layer], [sign, -sign, -sign * height])


class NeverWrong:
    """Calls every point inner."""

    def logits(self, points: np.ndarray) -> np.ndarray:
        return np.full(len(points), -1.0)

    def input_gradient(self, points: np.ndarray) -> np.ndarray:
        return np.zeros_like(points)


@pytest.mark.parametrize("radius", [0.5, 1.0, 2.0])
def test_certificates_are_those_of_the_sphere_that_is_asked_about(radius: float) -> None:
    """The errors x_1 > 0.75 r are a cap; a claim above its mean distance is false, one far below it is true."""
    network, dim = half_space(200, 0.75 * radius), 200
    truth = radius * math.asin(0.75)  # the mean angle to the pole is pi / 2, the cap's angular radius acos(0.75)
    settings: dict[str, Any] = {"dim": dim, "radius": radius, "metric": "geodesic", "attack": None}
    for claimed, expected in ((0.6 * truth, "verified"), (1.05 * truth, "inconclusive"), (1.5 * truth, "inconclusive")):
        found = check_bound(
            network, Claims(mean_distance=claimed), certified_points=300, max_samples=600, confidence=0.9, **settings
        )
        assert found.checks[0].verdict == expected


@pytest.mark.filterwarnings("ignore::adversarial_spheres.ModelWarning")
@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
def test_a_failed_attack_is_no_error_at_the_other_end_of_the_sphere(metric: Any) -> None:
    largest = math.pi if metric == "geodesic" else 2.0
    found = check_bound(
        NeverWrong(), Claims(robust_accuracy=0.9, epsilon=largest), dim=5, metric=metric, max_samples=500
    )
    assert found.checks[0].verdict == "inconclusive"
    nothing = Evidence(Sphere(5, 1.0, metric), None, (AttackDistances(np.full(500, np.inf)),))
    assert decide(NearErrorsClaim(0.5, largest), nothing, 0.9).verdict == "inconclusive"
    measured = measure_model_distances(
        NeverWrong(),
        5,
        "inner",
        metric=metric,
        samples=300,
        seed=0,
        epsilon=largest,
        settings=AttackSettings(rescues=0),
    )
    assert measured.within_epsilon is not None
    assert measured.within_epsilon.observed == 0.0
    assert "verified" not in {check.verdict for check in model_distance_checks(measured) if "share" in check.name}


def test_an_attack_on_another_sphere_is_refused() -> None:
    """The package's own attack searches the inner sphere at radius 1, where the model errs elsewhere."""
    network = half_space(5, 0.5)
    tuned = partial(attack, settings=AttackSettings(restarts=0))
    with pytest.raises(InvalidArgumentError, match=r"attack must be .*radius 2"):
        check_bound(network, Claims(mean_distance=0.1), dim=5, radius=2.0, attack=tuned, max_samples=500)
    found = check_bound(network, Claims(mean_distance=2.0), dim=5, attack=tuned, max_samples=500)
    assert found.checks[0].verdict == "refuted"


# alpha = 1 / R^2: the logit is 0 on the axis, a tie, which is an error of the outer sphere, though of measure 0.
TOUCHING = QuadraticClassifier.from_alphas([0.25, 1.0, 1.0])


def test_errors_of_measure_zero_are_errors() -> None:
    epsilon = 1.0
    settings = SuiteSettings(distance_samples=3000, monte_carlo_samples=1000, seed=0)
    wrong = Claims(robust_accuracy=1.0, epsilon=epsilon, perfect=True, mean_distance=1.9)
    checks = [
        *check_bound(TOUCHING, wrong, sphere="outer", radius=2.0, max_samples=3000).checks,
        *run_suite(TOUCHING, 2.0, settings, spheres=("outer",), claims=wrong).checks,
        *run_sequential_suite(TOUCHING, 2.0, settings, spheres=("outer",), claims=wrong).checks,
    ]
    claimed = [check for check in checks if "claimed" in check.name]
    assert len(claimed) == 9
    assert {check.verdict for check in claimed} <= {"refuted", "inconclusive"}
    assert {c.verdict for c in claimed if "perfection" in c.name} == {"refuted"}
    # The share of the sphere within chord 1 of (+-2, 0, 0) is 1/8, by Archimedes.
    true = Claims(robust_accuracy=0.85, epsilon=epsilon, error_rate=0.0, mean_distance=1.0)
    found = check_bound(TOUCHING, true, sphere="outer", radius=2.0, max_samples=9000)
    assert [check.verdict for check in found.checks] == ["verified"] * 3
    assert check_bound(TOUCHING, sphere="outer", radius=2.0).verdict == "verified"


@pytest.mark.parametrize("alphas", [[1.5, 0.5], [1.25, 1.25, 0.75, 0.75], [1.125, 0.875]])
def test_a_claim_of_exactly_the_truth_is_not_refuted(alphas: list[float]) -> None:
    """By symmetry half of the inner sphere is wrong; the computed rate is off by some roundings."""
    classifier = QuadraticClassifier.from_alphas(alphas)
    known = known_evidence(classifier.errors_on("inner", 1.3), Sphere(classifier.dim))
    relations: list[Relation] = ["at most", "at least"]
    for relation in relations:
        for off in (0.0, 4e-15, -4e-15):
            assert decide(ErrorRateClaim(0.5 + off, relation), known, 0.9).verdict == "inconclusive"
        for off in (1e-13, -1e-13):
            truth = "verified" if (off > 0.0) == (relation == "at most") else "refuted"
            assert decide(ErrorRateClaim(0.5 + off, relation), known, 0.9).verdict == truth
    assert decide(ErrorRateClaim(0.5 + 1e-10), known, 0.9).verdict == "verified"
    assert decide(ErrorRateClaim(0.5 - 1e-10), known, 0.9).verdict == "refuted"


@pytest.mark.parametrize("radius", [1.0, 1.3, 7.0])
@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
def test_what_a_cap_attains_is_not_refuted(metric: Any, radius: float) -> None:
    """A half-space attains the bounds; what is computed of them may be off by some roundings on either side."""
    for rate in (0.5, 1e-3, 1e-30):
        known = Evidence(Sphere(50, radius, metric), ExactErrorRate(LogProbability.of(rate)))
        mean = float(mean_distance_bound(rate, 50, radius=radius, metric=metric))
        epsilon = 0.1 * radius
        robust = float(max_robust_accuracy(rate, 50, epsilon, radius=radius, metric=metric))
        assert quantile_distance_bound(0.9, rate, 50, radius=radius, metric=metric) > 0.0
        true: list[Claim] = [
            MeanDistanceClaim(mean * (1.0 + 4e-13)),
            RobustAccuracyClaim(min(1.0, robust * (1.0 + 4e-13)), epsilon),
            NearErrorsClaim(max(0.0, (1.0 - robust) * (1.0 - 4e-13)), epsilon, "at most"),
        ]
        for claim in true:
            assert decide(claim, known, 0.9).verdict != "refuted"
        assert decide(MeanDistanceClaim(mean * (1.0 + 1e-9)), known, 0.9).verdict == "refuted"


@pytest.mark.parametrize("radius", [1e-200, 1e-160, 1e160, 1e200, math.inf, math.nan])
def test_radii_whose_squares_leave_the_doubles_are_refused(radius: float) -> None:
    """A variance that underflows to 0 would make every interval too narrow."""
    with pytest.raises(InvalidArgumentError, match="radius"):
        Evidence(Sphere(3, radius))
    with pytest.raises(InvalidArgumentError, match="radius"):
        check_bound(NeverWrong(), Claims(mean_distance=0.5), dim=3, radius=radius, attack=None)


@pytest.mark.parametrize("size", [1e-200, 1e-162, 1e155, 1e200])
def test_spaces_whose_squares_leave_the_doubles_are_refused(size: float) -> None:
    """In such noise the distances that the attack found were 0, which refuted whatever was claimed."""

    def beyond(points: Any) -> Any:
        return (points[:, 0] > 2.0 * size).astype(int)

    for space in (Gaussian(20, size), Ball(20, size), Sphere(20, size)):
        calls: list[Any] = [
            Evidence,
            lambda space: check_bound(on(beyond, space, label=0), Claims(mean_distance=size)),
            lambda space: measure_problem(on(beyond, space, label=0), samples=10, seed=0),
            lambda space: attack(on(beyond, space, label=0), np.full((1, 20), size)),
        ]
        for call in calls:
            with pytest.raises(InvalidArgumentError, match=r"^(radius|space) "):
                call(space)


def test_a_budget_next_to_certainty_is_not_exceeded() -> None:
    for checks in range(1, 60):
        for ulps in range(1, 40):
            confidence = 1.0 - ulps * 2.0**-53
            try:
                each = share_of_budget(confidence, checks)
            except InvalidArgumentError:  # no double is left between the share and certainty
                continue
            assert checks * (1.0 - each) <= (1.0 - confidence) * (1.0 + 1e-9)
    assert share_of_budget(0.99, 2) == 1.0 - (1.0 - 0.99) / 2


def test_nothing_is_larger_than_a_share_of_no_distance() -> None:
    """Where every point is an error, distance and bound are both 0, and 0 is at least twice 0."""
    everywhere = Evidence(Sphere(5), error_rate=ExactErrorRate(LogProbability.of(1.0)))
    assert decide(TightnessClaim(2.0), everywhere, 0.9).verdict != "refuted"
    given = Evidence(Sphere(5, 1.0, "geodesic"), ErrorCounts(100, 100), (ExactDistances(np.zeros(100), np.zeros(100)),))
    assert decide(TightnessClaim(0.5), given, 0.9).verdict != "refuted"


@pytest.mark.parametrize("points", [-1, 1.5, True, "ten", None])
def test_numbers_of_certified_points_are_checked(points: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="certified_points"):
        check_bound(half_space(5, 0.5), Claims(mean_distance=0.5), dim=5, attack=None, certified_points=points)


def test_no_share_of_a_bound_that_is_infinite() -> None:
    """At error rate 0 the isoperimetric bound is infinite, whether errors of measure 0 exist or not."""
    found = check_bound(TOUCHING, Claims(tightness=0.1), sphere="outer", radius=2.0, max_samples=3000)
    assert [(check.verdict, check.explanation) for check in found.checks] == [
        ("vacuous", "the error rate is 0, where the isoperimetric bound is infinite")
    ]
