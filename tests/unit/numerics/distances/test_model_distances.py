"""Distances of any model: the exact solver where it can serve, one-sided statements elsewhere."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.attacks.settings import AttackSettings
from adversarial_spheres.numerics.distances.attacked import measure_model_distances, measure_problem
from adversarial_spheres.numerics.distances.exact import measure_distances
from adversarial_spheres.numerics.distances.measurement import sample_of
from adversarial_spheres.numerics.distances.predicted import predict_distance
from adversarial_spheres.numerics.models.adapters import from_callable
from adversarial_spheres.numerics.models.around import around
from adversarial_spheres.numerics.models.checked import CheckedModel, exact_classifier
from adversarial_spheres.numerics.networks.quadratic import QuadraticNetwork
from adversarial_spheres.numerics.runs.values import distance_values
from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.numerics.storage.records import to_json
from adversarial_spheres.numerics.verdicts.questions import model_distance_checks
from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.validation import Metric
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.spaces.isoperimetry import mean_distance_bound

R = 1.3
CLASSIFIER = QuadraticClassifier.from_alphas(np.linspace(0.3, 1.3, 20))
BLACK_BOX = from_callable(CLASSIFIER.logits, gradient=CLASSIFIER.input_gradient)


def measure(model: Any, dim: int = 20, sphere: Any = "inner", **options: Any) -> Any:
    chosen = {"samples": 400, "seed": 0, "outer_radius": R} | options
    return measure_model_distances(model, dim, sphere, **chosen)


def test_quadratic_models_go_to_the_exact_solver() -> None:
    network = QuadraticNetwork(np.diag(np.sqrt(CLASSIFIER.alphas)), 1.0, -1.0)
    for model in (CLASSIFIER, network, CheckedModel(CLASSIFIER)):
        found = measure(model, metric="geodesic", epsilon=0.1)
        assert found.found is None
        expected = measure_distances(CLASSIFIER, "inner", metric="geodesic", samples=400, seed=0, epsilon=0.1)
        assert found.observed.mean == pytest.approx(expected.observed.mean, rel=1e-9)  # type: ignore[union-attr]
    assert exact_classifier(BLACK_BOX) is None
    with pytest.raises(InvalidArgumentError, match="dim"):
        measure(CLASSIFIER, dim=21)


@pytest.mark.parametrize("sphere", ["inner", "outer"])
@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
def test_an_attack_bounds_the_exact_mean_from_above_only(sphere: Any, metric: Any) -> None:
    found = measure(BLACK_BOX, sphere=sphere, metric=metric, samples=2000, epsilon=0.2)
    exact = measure_distances(
        CLASSIFIER, sphere, outer_radius=R, metric=metric, samples=20_000, seed=9, confidence=1 - 1e-9, epsilon=0.2
    )
    assert found.observed.interval.low == 0.0
    assert exact.observed is not None
    assert found.observed.interval.high >= exact.observed.interval.low
    assert found.observed.mean == pytest.approx(exact.observed.mean, rel=0.05)
    share = found.within_epsilon
    assert share is not None
    assert exact.within_epsilon is not None
    assert share.interval.high == 1.0
    assert share.interval.low <= exact.within_epsilon.interval.high
    low, high = found.counted.interval.low, found.counted.interval.high
    assert found.bound == float(mean_distance_bound(low, 20, radius=found.radius, metric=metric))
    assert found.bound_at_high < found.bound
    assert low < high


def test_keys_and_nulls() -> None:
    values = distance_values(measure(BLACK_BOX, epsilon=0.2))
    assert values["method"] == "attack"
    assert values["guarantee"] == "upper bound"
    assert values["failed_attacks"] == 0
    assert values["certificate_gap_max"] is None
    assert values["predicted"]["lower"] is values["predicted"]["point"] is None
    assert values["predicted"]["upper"] > values["observed"]["mean"]
    assert values["observed"]["low"] == 0.0
    assert values["counts_errors_as_zero"] is True
    exact = distance_values(measure(CLASSIFIER, epsilon=0.2))
    assert set(exact) <= set(values)
    assert set(exact["observed"]) == set(values["observed"])
    assert "Infinity" not in to_json(values)


def test_without_a_counted_error_there_is_no_bound() -> None:
    rare = QuadraticClassifier.from_alphas(np.r_[np.full(10, 1.05), np.full(90, 0.7)])
    found = measure(from_callable(rare.logits, gradient=rare.input_gradient), dim=100, samples=50)
    values = distance_values(found)
    assert values["predicted"]["upper"] is None
    assert values["log10_error_rate"] is None
    assert values["error_rate"] == 0.0
    assert values["no_errors"] is False
    assert "lower limit" in values["notes"]["predicted.upper"]
    assert values["observed"]["mean"] < 1.0
    (check,) = model_distance_checks(found)
    assert check.verdict in {"verified", "inconclusive"}


def test_failed_attacks_stay_in_the_mean() -> None:
    hopeless = from_callable(lambda x: np.zeros(len(x)), returns="labels")
    settings = AttackSettings(query_budget=100)
    found = measure(hopeless, dim=5, samples=30, settings=settings)
    assert found.failed_attacks == 30
    assert sample_of(found.found).mean == 2.0
    assert found.observed.mean == found.observed.interval.high == np.inf  # there may be no error at all
    assert distance_values(found)["observed"]["high"] is None
    (check,) = model_distance_checks(found)
    assert check.verdict == "inconclusive"
    assert "30 failed attacks" in check.explanation


def test_a_good_attack_verifies_the_bound_and_a_weak_one_is_told_so() -> None:
    good = measure(BLACK_BOX, samples=3000, epsilon=0.3)
    assert [check.verdict for check in model_distance_checks(good)] == ["verified", "verified"]
    assert all(check.confidence == pytest.approx(0.99) for check in model_distance_checks(good))
    # Right answers, but a gradient that leads where no errors are.
    wrong_way = from_callable(CLASSIFIER.logits, gradient=lambda x: np.broadcast_to(np.eye(20)[5], x.shape))
    weak = measure(wrong_way, samples=3000, settings=AttackSettings(steps=0, restarts=0))
    (check,) = model_distance_checks(weak)
    assert check.verdict == "inconclusive"
    assert "too weak" in check.explanation


def test_workers_change_nothing_and_seeds_do() -> None:
    model = from_callable(lambda x: x[:, 0] > 0.4, returns="labels")
    settings = AttackSettings(query_budget=200)
    runs = [
        measure(model, dim=6, samples=300, settings=settings, seed=seed, workers=workers)
        for seed, workers in ((0, 1), (0, 2), (1, 1))
    ]
    assert distance_values(runs[0]) == distance_values(runs[1]) != distance_values(runs[2])


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    measure(BLACK_BOX, samples=300, progress=lambda done, total: told.append((done, total)))
    assert told == [(256, 300), (300, 300)]


def test_networks_in_their_own_basis_are_attacked_as_they_are() -> None:
    network = QuadraticNetwork.random(30, 20, block_generator(1), dtype=np.float64)
    black = from_callable(network.logits, gradient=network.input_gradient)
    for sphere in ("inner", "outer"):
        attacked, exact = measure(black, sphere=sphere), measure(network, sphere=sphere, samples=20_000)
        assert attacked.observed.mean == pytest.approx(exact.observed.mean, abs=0.05)


@pytest.mark.parametrize("change", [{"samples": 1}, {"confidence": 1.0}, {"epsilon": -1.0}, {"dim": 1}])
def test_bad_input(change: Any) -> None:
    with pytest.raises(InvalidArgumentError):
        measure(BLACK_BOX, **change)


@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
def test_what_is_predicted_without_a_sample_is_what_a_measurement_is_held_against(metric: Metric) -> None:
    network = QuadraticClassifier.from_alphas([0.4, 0.9, 1.2, 0.7])
    measured = measure_distances(network, "outer", metric=metric, samples=100, seed=0)
    assert predict_distance(network, "outer", metric=metric) == measured.predicted
    empty = predict_distance(QuadraticClassifier.from_alphas([0.9, 0.8]), "inner", metric=metric)
    assert (empty.lower, empty.point, empty.upper) == (math.inf, math.inf, math.inf)
    with pytest.raises(InvalidArgumentError, match="single classifier"):
        predict_distance(QuadraticClassifier.from_alphas(np.ones((2, 3))), "inner")


def test_a_measurement_is_read_in_either_metric() -> None:
    for model in (CLASSIFIER, BLACK_BOX):
        chord, angle = (measure(model, sphere="outer", metric=metric) for metric in ("euclidean", "geodesic"))
        assert chord.observed == chord.summary() == chord.summary("euclidean")
        read, own = chord.summary("geodesic", 0.9), angle.summary(confidence=0.9)
        assert read.mean == pytest.approx(own.mean, rel=1e-12)
        assert (read.interval.low, read.interval.high) == pytest.approx((own.interval.low, own.interval.high), rel=1e-9)
    noisy = measure_problem(around(lambda x: x, [1.0, 0.0], label=0, noise=1.0), samples=5, seed=0)
    with pytest.raises(InvalidArgumentError, match="metric"):
        noisy.summary("geodesic")
    with pytest.raises(InvalidArgumentError, match="outer_radius"):
        measure(BLACK_BOX, outer_radius=0.5)
    perfect = measure(QuadraticClassifier.from_alphas([0.7, 0.8]), dim=2)
    assert (perfect.no_errors, perfect.summary(), perfect.mean, perfect.samples) == (True, None, math.inf, 400)
    assert distance_values(perfect)["samples"] == 400
    with pytest.raises(TypeError, match="no errors were counted"):
        measure(CLASSIFIER).counted  # noqa: B018


def test_the_limit_from_an_attack_is_as_narrow_as_a_distance_is_lipschitz() -> None:
    """In many dimensions empirical Bernstein alone is far wider."""
    network = QuadraticClassifier.from_alphas(np.linspace(0.3, 1.3, 200))
    found = measure(from_callable(network.logits, gradient=network.input_gradient), dim=200, samples=300)
    assert found.width < 0.3 * sample_of(found.found).own_width(1.0 - found.each)
