"""Questions to a model before it is believed: what is refused, what is told, and that honest models hear nothing."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.error_rates.counting import monte_carlo_error_rate
from adversarial_spheres.numerics.models.adapters import as_model, from_callable, from_sklearn
from adversarial_spheres.numerics.models.checked import CheckedModel
from adversarial_spheres.numerics.models.findings import Finding
from adversarial_spheres.numerics.models.sanity import (
    AWAY_QUERIES,
    QUERIES,
    ModelWarning,
    examine,
    question,
    sanity_points,
)
from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.verdicts.bound_check import check_bound
from adversarial_spheres.numerics.verdicts.claims import Claims
from adversarial_spheres.numerics.verdicts.suite import SuiteSettings, run_model_suite
from adversarial_spheres.theory.basics.errors import ModelError
from adversarial_spheres.theory.basics.validation import Sphere

DIM = 20


def minus_mean(points: Any) -> Any:
    return points[:, 0] - points[:, 0].mean() - 0.05


def seeded_anew(points: Any) -> Any:
    return points[:, 0] - 0.1 + 0.05 * np.random.default_rng(0).standard_normal(len(points))


def by_place(points: Any) -> Any:
    return points[:, 0] - 0.1 - 0.01 * np.arange(len(points))


def standardised(points: Any) -> Any:
    return ((points - points.mean(axis=0)) / (points.std(axis=0) + 1e-9))[:, 0] - 1.0


def sigmoid(points: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-10.0 * (points[:, 0] - 0.1)))


def found(function: Callable[[Any], Any], sphere: Sphere = "inner", dim: int = DIM, **options: Any) -> list[str]:
    model, radius = from_callable(function, **options), 1.0 if sphere == "inner" else 1.3
    return [finding.name for finding in question(model, sanity_points(dim, radius), sphere)]


@pytest.mark.parametrize("max_batch", [8192, 7, 1])
def test_v2_answers_that_depend_on_the_batch_are_refused(max_batch: int) -> None:
    model = from_callable(minus_mean, max_batch=max_batch)
    with pytest.raises(ModelError, match="a function of each point by itself"):
        check_bound(model, Claims(error_rate=0.9), dim=DIM)


@pytest.mark.parametrize("function", [seeded_anew, by_place, standardised, minus_mean])
@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_v2_every_entry_refuses_them(function: Callable[[Any], Any], sphere: Sphere) -> None:
    for options in ({}, {"max_batch": 7}):
        with pytest.raises(ModelError, match="by itself"):
            check_bound(from_callable(function, **options), Claims(error_rate=0.5), dim=DIM, sphere=sphere)
    with pytest.raises(ModelError, match="by itself"):
        monte_carlo_error_rate(as_model(function), DIM, sphere, samples=100, seed=0)


def test_v2_a_pipeline_that_normalises_by_batch_is_refused() -> None:
    pipeline = pytest.importorskip("sklearn.pipeline")
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    linear_model = pytest.importorskip("sklearn.linear_model")
    points = np.random.default_rng(0).standard_normal((400, DIM))
    scale = preprocessing.FunctionTransformer(lambda x: (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-9))
    model = pipeline.make_pipeline(scale, linear_model.LogisticRegression()).fit(points, points[:, 0] > 0.3)
    with pytest.raises(ModelError, match="by itself"):
        check_bound(from_sklearn(model), Claims(error_rate=0.9), dim=DIM)


def test_labels_that_depend_on_the_batch_are_refused() -> None:
    model = from_callable(lambda x: x[:, 0] > np.median(x[:, 0]), returns="labels")
    with pytest.raises(ModelError, match="a score of"):
        check_bound(model, Claims(error_rate=0.9), dim=DIM)


def test_answers_of_chance_are_refused() -> None:
    rng = np.random.default_rng(0)
    for function, returns in (
        (lambda x: x[:, 0] + 1e-3 * rng.standard_normal(len(x)), "logits"),
        (lambda x: rng.integers(0, 2, len(x)), "labels"),
    ):
        with pytest.raises(ModelError, match="deterministic"):
            check_bound(from_callable(function, returns=returns), Claims(error_rate=0.9), dim=DIM)  # type: ignore[arg-type]


def test_rounding_is_no_change_of_mind() -> None:
    rng = np.random.default_rng(0)
    assert found(lambda x: x[:, 0] * (1.0 + 1e-8 * rng.standard_normal(len(x)))) == []
    half = np.float16
    assert found(lambda x: x.astype(half) @ np.ones(DIM, half) * half(len(x) / 1e6 + 1.0)) == []


def test_low_precision_that_shows_is_told() -> None:
    assert found(lambda x: x[:, 0] - 0.1 + 1e-3 * len(x) / 72) == ["rounding"]


@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_v6_probabilities_given_as_logits_are_told(sphere: Sphere) -> None:
    with pytest.warns(ModelWarning, match='returns="probabilities"'):
        result = check_bound(sigmoid, Claims(error_rate=0.01), dim=DIM, sphere=sphere)
    assert [finding.name for finding in result.findings] == ["probabilities"]
    assert result.findings[0].level == "warn"


def test_v6_probabilities_named_as_such_give_the_verdict_of_their_logits() -> None:
    claims = Claims(error_rate=0.01)
    named = check_bound(from_callable(sigmoid, returns="probabilities"), claims, dim=DIM, sphere="outer")
    logits = check_bound(lambda x: 10.0 * (x[:, 0] - 0.1), claims, dim=DIM, sphere="outer")
    assert named.verdict == logits.verdict == "refuted"
    assert named.findings == ()
    assert [check.observed for check in named.checks] == [check.observed for check in logits.checks]


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (sigmoid, "probabilities"),
        (lambda x: 1.0 / (1.0 + np.exp(-1e4 * (x[:, 0] - 0.1))), "probabilities"),  # saturated: 0 and 1 among them
        (lambda x: np.log(sigmoid(x)), "one-sided"),
        (lambda x: -np.logaddexp(0.0, -5.0 * x[:, 0]), "one-sided"),
        (lambda x: np.exp(x[:, 0]), "one-sided"),
        (lambda x: 100.0 * sigmoid(x), "one-sided"),  # per cent: 0 far from the spheres, by underflow
        (lambda x: 1.0 + (x[:, 0] > 0.1), "one-sided"),  # classes 1 and 2
        (lambda x: np.full(len(x), -1.0), "constant"),
        (lambda x: np.zeros(len(x)), "constant"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_v6_scores_of_one_sign_are_told(function: Callable[[Any], Any], name: str) -> None:
    for sphere in ("inner", "outer"):
        assert found(function, sphere) == [name]


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x[:, 0] - 0.1,
        lambda x: x[:, 0] - 2.0,  # no errors on the inner sphere, no right answers on the outer one
        lambda x: (x**2).sum(axis=1) - 1.2,
        lambda x: 0.1 * ((x**2).sum(axis=1) - 1.2),  # between 0 and 1 on the outer sphere
        lambda x: np.tanh((x**2).sum(axis=1) - 1.2),
        lambda x: (x[:, 0] > 0.1).astype(float),  # labels: the threshold is theirs
        lambda x: np.where(x[:, 0] > 0.1, 1.0, -1.0),
        lambda x: np.maximum(x[:, 0] - 0.1, 0.0),
        lambda x: sigmoid(x) - 0.5,
        lambda x: ((x**2).sum(axis=1) - 1.2).astype(np.float32),
    ],
)
@pytest.mark.parametrize("dim", [2, 20, 500])
def test_honest_models_hear_nothing(function: Callable[[Any], Any], dim: int) -> None:
    for sphere in ("inner", "outer"):
        assert found(function, sphere, dim) == []


def test_models_that_answer_near_their_spheres_alone_are_asked_nothing_else_loudly() -> None:
    def careful(points: Any) -> Any:
        if np.linalg.norm(points, axis=1).max() > 2.0:
            warnings.warn("too far", RuntimeWarning, stacklevel=1)
            raise ValueError("too far")
        return points[:, 0] - 2.0

    assert found(careful) == ["one-sided"]

    def of_one_sphere(points: Any) -> Any:
        np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1.0, rtol=1e-12)
        return points[:, 0] - 0.1

    assert found(of_one_sphere) == []


def test_v7_classes_the_wrong_way_round_get_a_hint() -> None:
    with pytest.warns(ModelWarning, match="the wrong way round") as caught:
        result = check_bound(lambda x: 1.2 - (x**2).sum(axis=1), Claims(error_rate=0.01), dim=DIM)
    assert result.verdict == "refuted"
    assert [finding.name for finding in result.findings] == ["classes"]
    assert "64 of 64 points of the inner" in str(caught[0].message)
    assert found(lambda x: (x**2).sum(axis=1) < 1.2, returns="labels") == ["classes"]


def test_the_questions_are_few_and_counted() -> None:
    asked: list[int] = []

    def counting(points: Any) -> Any:
        asked.append(len(points))
        return points[:, 0] - 0.1

    found(counting)
    assert sum(asked) == QUERIES == 266
    assert 1 in asked
    asked.clear()
    found(lambda x: 2.0 + 0.0 * counting(x))
    assert sum(asked) == QUERIES + AWAY_QUERIES == 458


def test_a_model_is_questioned_once() -> None:
    asked: list[int] = []
    model = as_model(lambda x: (asked.append(len(x)), sigmoid(x))[1])
    with pytest.warns(ModelWarning):
        first = examine(model, DIM, "inner", 1.0)
    count = len(asked)
    assert examine(model, DIM, "inner", 1.0) == first  # no warning either
    assert len(asked) == count
    with pytest.warns(ModelWarning):
        examine(model, DIM, "outer", 1.3)


def test_where_warnings_are_errors_every_check_ends_with_one() -> None:
    model = as_model(sigmoid)
    for _ in range(2):
        with pytest.raises(ModelWarning):
            examine(model, DIM, "inner", 1.0)


def test_networks_of_our_own_are_known() -> None:
    model, asked = CheckedModel(ReluNetwork.random(4, 1, DIM, np.random.default_rng(0))), list[int]()
    model.scores = lambda points: asked.append(len(points))  # type: ignore[method-assign, assignment, return-value]
    assert examine(model, DIM, "inner", 1.0) == ()
    assert not asked


def test_both_spheres_tell_a_finding_once() -> None:
    settings = SuiteSettings(200, 200, seed=0)
    with pytest.warns(ModelWarning):
        result = run_model_suite(as_model(sigmoid), DIM, 1.3, settings, claims=Claims(error_rate=0.9))
    assert [finding.name for finding in result.findings] == ["probabilities"]
    assert len(result.checks) == 2


def test_large_dimensions_are_asked_little() -> None:
    assert sanity_points(2**18, 1.0).shape == (16, 2**18)
    assert math.isclose(float(np.linalg.norm(sanity_points(2**18, 1.3)[0])), 1.3)


def test_findings_are_values() -> None:
    assert Finding("warn", "a", "b") == Finding("warn", "a", "b")
    assert len({Finding("warn", "a", "b"), Finding("warn", "a", "b")}) == 1


def test_a_model_that_looks_at_the_size_of_a_large_batch_is_refused() -> None:
    """faults.md: it was asked about at most 72 points at once before it was believed, and verified."""

    def crowded(points: np.ndarray) -> np.ndarray:
        return points[:, 0] - 0.1 - (5.0 if len(points) > 500 else 0.0)

    with pytest.raises(ModelError, match="asked about again"):
        check_bound(crowded, Claims(error_rate=0.1), dim=20)


@pytest.mark.parametrize("returns", ["logits", "labels"])
def test_a_model_that_changes_while_it_is_asked_is_refused(returns: Any) -> None:
    """faults.md: a state that changes after 20 calls is in none of the first questions."""
    calls = []

    def tired(points: np.ndarray) -> np.ndarray:
        calls.append(len(points))
        scores = points[:, 0] + (0.5 if len(calls) > 20 else -0.5)
        return scores if returns == "logits" else (scores > 0.0).astype(int)

    with pytest.raises(ModelError, match="however often it was asked"):
        check_bound(from_callable(tired, returns=returns), Claims(error_rate=0.012), dim=20, max_samples=60_000)


def test_a_count_alone_refuses_such_models_too() -> None:
    def crowded(points: np.ndarray) -> np.ndarray:
        return points[:, 0] - 0.1 - (5.0 if len(points) > 500 else 0.0)

    with pytest.raises(ModelError, match="asked about again"):
        monte_carlo_error_rate(as_model(crowded), 20, "inner", samples=4000, seed=0)
    assert monte_carlo_error_rate(as_model(crowded), 20, "inner", samples=400, seed=0).errors > 0  # as it is asked


def test_a_model_of_low_precision_is_not_taken_for_another() -> None:
    def half(points: np.ndarray) -> np.ndarray:
        return (points.astype(np.float16)[:, :3].sum(axis=1, dtype=np.float16) - np.float16(0.1)).astype(np.float16)

    assert check_bound(half, Claims(error_rate=0.5), dim=20).verdict == "verified"
