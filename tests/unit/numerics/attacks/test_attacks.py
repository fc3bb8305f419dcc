"""Attacks: upper bounds that are met by real errors, ties, failures, determinism, and bad settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.attacks.attack import AttackResult, attack, block_rows
from adversarial_spheres.numerics.attacks.settings import AttackSettings
from adversarial_spheres.numerics.models.adapters import from_callable
from adversarial_spheres.numerics.networks.quadratic import QuadraticNetwork
from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.theory.basics.errors import InvalidArgumentError, ModelError
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier

R = 1.3
METHODS = {
    "walk": AttackSettings(),
    "differences": AttackSettings(method="differences", restarts=0),
    "paper": AttackSettings(method="paper"),
    "labels": AttackSettings(method="labels", query_budget=1500),
}
WORST = {"walk": 1.0005, "differences": 1.02, "paper": 1.3, "labels": 1.5}
CLASSIFIER = QuadraticClassifier.from_alphas(np.linspace(0.45, 1.15, 12))


def exact(points: Any, sphere: Any) -> Any:
    return nearest_error(points, CLASSIFIER.error_coefficients(sphere, R), boundary_is_error=sphere == "outer")


def is_error(logits: Any, sphere: str) -> Any:
    return logits > 0 if sphere == "inner" else logits <= 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_every_answer_is_an_error_on_the_sphere_and_no_nearer_than_the_nearest(method: str, sphere: Any) -> None:
    points = np.concatenate([sample_unit_vectors(60, 12, block_generator(1)), np.eye(12)[[0, 11]]])
    points += 1e-3  # an eigenvector that is no error is a critical point, where a gradient leads nowhere
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    found, best = attack(CLASSIFIER, points, sphere, outer_radius=R, settings=METHODS[method]), exact(points, sphere)
    radius = 1.0 if sphere == "inner" else R
    assert found.method == method
    assert found.guarantee == "upper bound"
    assert found.succeeded.all()
    assert found.failed == 0
    np.testing.assert_allclose(np.linalg.norm(found.points, axis=1), radius, rtol=1e-14)
    assert is_error(CLASSIFIER.logits(found.points), sphere).all()
    assert all(is_error(CLASSIFIER.logits(row[None]), sphere)[0] for row in found.points)
    assert np.all(found.angle_upper >= best.angle_lower)
    wrong = best.angle_upper == 0.0
    assert wrong.any()
    np.testing.assert_array_equal(found.angle_upper == 0.0, wrong)
    np.testing.assert_allclose(found.points[wrong], radius * points[wrong], rtol=1e-14)
    ratio = found.angle_upper[~wrong] / best.angle_upper[~wrong]
    assert ratio.max() < WORST[method]
    chord = np.linalg.norm(found.points - radius * points, axis=1)
    np.testing.assert_allclose(found.distance_upper(metric="euclidean"), chord, rtol=1e-9, atol=1e-14)
    assert np.all(found.queries >= 1)


def test_workers_and_order_of_blocks_change_no_bit() -> None:
    points = sample_unit_vectors(600, 500, block_generator(2))
    classifier = QuadraticClassifier.from_alphas(np.linspace(0.6, 1.2, 500))
    assert len(points) > 2 * block_rows(500)
    settings = AttackSettings(steps=3)
    one, three = (attack(classifier, points, "inner", settings=settings, workers=workers) for workers in (1, 3))
    for field in ("angle_upper", "points", "succeeded", "queries"):
        np.testing.assert_array_equal(getattr(one, field), getattr(three, field))


def test_seed_and_key_change_random_starts_only() -> None:
    points = sample_unit_vectors(8, 12, block_generator(4))
    settings = METHODS["labels"]
    runs = [
        attack(CLASSIFIER, points, "inner", settings=settings, seed=s, key=k) for s, k in ((0, ()), (1, ()), (0, (1,)))
    ]
    again = attack(CLASSIFIER, points, "inner", settings=settings)
    np.testing.assert_array_equal(runs[0].points, again.points)
    assert not np.array_equal(runs[0].points, runs[1].points)
    assert not np.array_equal(runs[0].points, runs[2].points)


@pytest.mark.filterwarnings("ignore::adversarial_spheres.ModelWarning")
def test_failed_attacks_are_counted_as_the_largest_distance() -> None:
    points = sample_unit_vectors(5, 4, block_generator(0))
    never = from_callable(lambda x: -np.ones(len(x)) - 0.1 * x[:, 0] ** 2, gradient=lambda x: -0.2 * x * np.eye(4)[0])
    flat = from_callable(lambda x: -np.ones(len(x)), gradient=np.zeros_like)
    labels = from_callable(lambda x: np.zeros(len(x)), returns="labels")
    for model in (never, flat, labels):
        for method in ("walk", "paper") if model.has_gradient else ("labels",):
            settings = AttackSettings(method=method, paper_steps=20, query_budget=300)  # type: ignore[arg-type]
            found = attack(model, points, "inner", settings=settings)
            assert found.failed == 5
            np.testing.assert_array_equal(found.angle_upper, np.pi)
            np.testing.assert_array_equal(found.distance_upper(metric="euclidean"), 2.0)
            assert np.isnan(found.points).all()


@pytest.mark.filterwarnings("ignore::adversarial_spheres.ModelWarning")
def test_ties_follow_the_sphere() -> None:
    tie = from_callable(lambda x: 0.0 * x[:, 0], gradient=np.zeros_like)
    points = sample_unit_vectors(3, 4, block_generator(0))
    assert attack(tie, points, "inner").failed == 3
    outer = attack(tie, points, "outer", outer_radius=R)
    np.testing.assert_array_equal(outer.angle_upper, 0.0)
    np.testing.assert_allclose(np.linalg.norm(outer.points, axis=1), R)


def test_errors_of_a_step_function_are_found_from_its_labels() -> None:
    step = from_callable(lambda x: np.where(x[:, 0] > 0.6, 1.0, -1.0))
    points = sample_unit_vectors(20, 6, block_generator(5))
    found = attack(step, points, "inner")
    expected = np.maximum(np.arccos(points[:, 0]) - np.arccos(0.6), 0.0)
    assert found.method == "differences"
    assert found.succeeded.all()
    np.testing.assert_allclose(found.angle_upper, expected, rtol=0.01)


def test_labels_lead_to_errors_that_chance_never_meets() -> None:
    """Error rate 2e-21: only the search along rays can find them."""
    classifier = QuadraticClassifier.from_alphas(np.r_[np.full(10, 1.06), np.full(50, 0.7)])
    model = from_callable(lambda x: classifier.logits(x) > 0, returns="labels")
    points = sample_unit_vectors(4, 60, block_generator(1))
    found = attack(model, points, "inner", settings=AttackSettings(query_budget=8000))
    best = nearest_error(points, classifier.error_coefficients("inner", R), boundary_is_error=False).angle_upper
    assert found.succeeded.all()
    assert np.max(found.angle_upper / best) < 1.25


def test_a_single_precision_network_errs_at_the_points_it_is_told() -> None:
    network = QuadraticNetwork.random(40, 30, block_generator(7))
    assert network.dtype == np.float32
    points = sample_unit_vectors(100, 30, block_generator(8))
    for sphere in ("inner", "outer"):
        found = attack(network, points, sphere, outer_radius=R)  # type: ignore[arg-type]
        assert found.succeeded.all()
        assert is_error(network.logits(found.points), sphere).all()
        assert is_error(np.array([network.logits(row[None])[0] for row in found.points]), sphere).all()


def test_directions_alone_count() -> None:
    points = sample_unit_vectors(6, 12, block_generator(1))
    near, far = attack(CLASSIFIER, points, "inner"), attack(CLASSIFIER, 1e200 * points, "inner")
    np.testing.assert_allclose(near.angle_upper, far.angle_upper, rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"method": "magic"}, "method"),
        ({"steps": -1}, "steps"),
        ({"restarts": 0.5}, "restarts"),
        ({"gain": 0.0}, "gain"),
        ({"paper_step": 2.0}, "paper_step"),
        ({"paper_start": -0.1}, "paper_start"),
        ({"query_budget": 0}, "query_budget"),
    ],
)
def test_bad_settings(change: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=name):
        replace(AttackSettings(), **change)


def test_methods_that_a_model_cannot_serve() -> None:
    labels = from_callable(lambda x: np.zeros(len(x)), returns="labels")
    logits = from_callable(lambda x: x[:, 0])
    for model, method in ((labels, "walk"), (logits, "walk"), (logits, "paper"), (labels, "differences")):
        with pytest.raises(InvalidArgumentError, match="method"):
            attack(model, np.eye(3), "inner", settings=AttackSettings(method=method))  # type: ignore[arg-type]


@pytest.mark.parametrize("points", [np.ones(3), np.empty((0, 3)), np.zeros((2, 3)), [[1.0, np.nan]], [[1.0]]])
def test_bad_points(points: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="points"):
        attack(CLASSIFIER, points, "inner")


def test_a_bad_model_is_told_off() -> None:
    with pytest.raises(ModelError, match="finite"):
        attack(from_callable(lambda x: np.full(len(x), np.nan)), np.eye(3), "inner")


def test_a_weak_attack_is_seen_beside_the_exact_distance() -> None:
    """A negative control: the paper's attack with long steps and without the walk must be visibly worse."""
    points = sample_unit_vectors(50, 12, block_generator(1))
    best = exact(points, "inner").angle_upper
    found: AttackResult = attack(CLASSIFIER, points, "inner", settings=AttackSettings(steps=0, restarts=0))
    moved = best > 0
    assert np.mean(found.angle_upper[moved] / best[moved]) > 1.002


@pytest.mark.parametrize("start", [0.0, 0.1])
def test_the_attack_of_the_paper_may_begin_beside_the_point(start: float) -> None:
    """A margin that is level at the attacked points: steps from there lead nowhere."""
    normal = np.eye(8)[0]
    level = from_callable(lambda x: x @ normal - 0.3, gradient=lambda x: np.outer((x @ normal) != 0.0, normal))
    points = sample_unit_vectors(6, 8, block_generator(3)) * (1.0 - normal)
    settings = AttackSettings(method="paper", paper_start=start)
    assert attack(level, points, "inner", settings=settings, seed=1).succeeded.all() == (start > 0.0)
