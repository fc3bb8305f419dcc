"""The checking wrapper: every bad answer is refused with a message that says what it was."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.error_rates.counting import monte_carlo_error_rate
from adversarial_spheres.numerics.models.adapters import as_model
from adversarial_spheres.numerics.models.checked import (
    CheckedModel,
    described,
    exact_classifier,
    is_model,
)
from adversarial_spheres.theory.basics.errors import InvalidArgumentError, ModelError
from adversarial_spheres.theory.basics.sphere import misclassified

POINTS = np.linspace(-1.0, 1.0, 30).reshape(10, 3)


class Logits:
    def __init__(self, function: Callable[[Any], Any], gradient: Callable[[Any], Any] | None = None) -> None:
        self.logits = function
        if gradient is not None:
            self.input_gradient = gradient


class Labels:
    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.labels = function


def raises(x: Any) -> Any:
    raise RuntimeError("no memory left")


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: np.zeros((len(x), 1)), ["(10, 1)", "(10,)"]),
        (lambda x: np.zeros(3), ["(3,)", "(10,)"]),
        (lambda x: 0.0, ["()", "(10,)"]),
        (lambda x: None, ["()"]),
        (lambda x: [[1.0], [1.0, 2.0]], ["array of logits"]),
        (lambda x: np.full(len(x), np.nan), ["nan", "10 of 10", "finite"]),
        (lambda x: np.where(x[:, 0] > 0, np.inf, 0.0), ["inf", "5 of 10"]),
        (lambda x: np.array(["outer"] * len(x)), ["real numbers"]),
        (lambda x: np.zeros(len(x), dtype=complex), ["complex", "real numbers"]),
        (raises, ["RuntimeError", "no memory left"]),
    ],
    ids=["column", "length", "number", "nothing", "ragged", "nan", "infinite", "words", "complex", "raising"],
)
def test_bad_logits(function: Callable[[Any], Any], words: list[str]) -> None:
    with pytest.raises(ModelError) as caught:
        CheckedModel(Logits(function)).scores(POINTS)
    for word in ["model must be", *words]:
        assert word in str(caught.value)


@pytest.mark.parametrize("wrong", [2, -1, 0.5])
def test_labels_other_than_0_and_1(wrong: float) -> None:
    with pytest.raises(ModelError, match=f"labels 0 or 1 only, got {wrong}"):
        CheckedModel(Labels(lambda x: np.where(x[:, 0] > 0, wrong, 0))).scores(POINTS)


def test_models_that_change_their_mind_are_refused() -> None:
    rng = np.random.default_rng(0)
    for model in (
        Logits(lambda x: x[:, 0] + 1e-3 * rng.standard_normal(len(x))),
        Labels(lambda x: rng.integers(0, 2, len(x))),
    ):
        with pytest.raises(ModelError, match="deterministic"):
            monte_carlo_error_rate(model, 5, "inner", samples=1000, seed=0)


def test_bad_gradients() -> None:
    for gradient, word in ((lambda x: x[:, 0], "(10,)"), (lambda x: x * np.nan, "nan"), (raises, "no memory left")):
        model = CheckedModel(Logits(lambda x: x[:, 0], gradient))
        assert model.has_gradient
        with pytest.raises(ModelError, match="gradients") as caught:
            model.input_gradient(POINTS)
        assert word in str(caught.value)
    with pytest.raises(ModelError, match="input_gradient"):
        CheckedModel(Logits(lambda x: x[:, 0])).input_gradient(POINTS)


def test_what_is_no_model() -> None:
    for value in (3, "logits", lambda x: x):
        assert not is_model(value)
        with pytest.raises(ModelError, match="logits\\(points\\) or labels\\(points\\)"):
            CheckedModel(value)  # type: ignore[arg-type]


def test_answers_are_double_and_batches_small() -> None:
    sizes: list[int] = []

    def function(x: Any) -> Any:
        assert x.dtype == np.float64
        sizes.append(len(x))
        return x[:, 0].astype(np.float32)

    model = CheckedModel(Logits(function, lambda x: np.ones_like(x, dtype=np.float32)), max_batch=4)
    scores = model.scores(POINTS.astype(np.float32))
    assert scores.dtype == model.input_gradient(POINTS).dtype == np.float64
    np.testing.assert_allclose(scores, POINTS[:, 0], rtol=1e-6)
    assert max(sizes) == 4
    assert model.resolution == np.finfo(np.float32).eps


def test_labels_become_signs() -> None:
    model = CheckedModel(Labels(lambda x: x[:, 0] > 0))
    np.testing.assert_array_equal(model.scores(POINTS), np.where(POINTS[:, 0] > 0, 1.0, -1.0))
    np.testing.assert_array_equal(model.labels(POINTS), POINTS[:, 0] > 0)
    assert not model.returns_logits
    assert not model.has_gradient


def test_a_model_that_writes_on_its_input_does_not_write_on_ours() -> None:
    def function(x: Any) -> Any:
        x *= 0.0
        return x[:, 0]

    points = POINTS.copy()
    as_model(Logits(function)).scores(points)
    np.testing.assert_array_equal(points, POINTS)


def test_no_points_no_questions() -> None:
    assert CheckedModel(Logits(raises)).scores(np.empty((0, 3))).shape == (0,)


def test_a_checked_model_is_checked_once() -> None:
    model = CheckedModel(Logits(lambda x: x[:, 0]))
    assert as_model(model) is model


def test_what_a_user_raises_is_told_in_full() -> None:
    words = "the weights of layer 17 " + "are missing, " * 40 + "and so is the licence"

    def fails(points: Any) -> Any:
        raise RuntimeError(words)

    with pytest.raises(ModelError) as caught:
        CheckedModel(Logits(fails)).scores(POINTS)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_point_may_come_without_its_axis() -> None:
    model = CheckedModel(Logits(lambda x: x[:, 0].squeeze()), max_batch=3)
    np.testing.assert_array_equal(model.scores(POINTS), POINTS[:, 0])
    votes = CheckedModel(Labels(lambda x: (x[:, 0] > 0).squeeze()), max_batch=3)
    np.testing.assert_array_equal(votes.labels(POINTS), POINTS[:, 0] > 0)


def test_a_layer_called_classifier_is_no_description() -> None:
    class Layer:
        def __call__(self) -> None:
            raise TypeError("forward() missing 1 required positional argument")

    network: Any = Logits(lambda x: x[:, 0])
    network.classifier = Layer()
    assert exact_classifier(network) is None


@pytest.mark.parametrize("name", ["classifier", "quadratic"])
def test_a_method_from_features_to_scores_is_no_description(name: str) -> None:
    kind = type("Net", (Logits,), {name: lambda self, features: features})
    model = kind(lambda x: x[:, 0] - 0.1)
    assert exact_classifier(model) is None
    assert described(model) is None


@pytest.mark.parametrize("own", [224, (28, 28), "high", None])
def test_attributes_of_a_users_model_mean_nothing_here(own: Any) -> None:
    """An image model has a resolution; that it is 224 does not make its answers that coarse."""
    model = Logits(lambda x: x[:, 0] - 0.6)
    model.resolution = model.scale_is_known = own  # type: ignore[attr-defined]
    checked = CheckedModel(model)
    assert checked.scores(POINTS).shape == (len(POINTS),)
    assert checked.resolution == np.finfo(np.float64).eps
    assert not checked.scale_is_known


@pytest.mark.skipif(np.finfo(np.longdouble).tiny == np.finfo(np.float64).tiny, reason="long doubles are doubles here")
@pytest.mark.parametrize("power", ["1e-4000", "1e4000"])
def test_logits_that_no_double_holds_are_refused(power: str) -> None:
    """They would lose their sign, and with it the answer."""
    model = CheckedModel(Logits(lambda x: x[:, 0].astype(np.longdouble) * np.longdouble(power)))
    with pytest.raises(ModelError, match="logits"):
        model.scores(POINTS)


def test_an_attribute_that_raises_is_told() -> None:
    class Lazy:
        @property
        def logits(self) -> Any:
            raise RuntimeError("no weights yet")

    with pytest.raises(ModelError, match="no weights yet"):
        as_model(Lazy())


def test_ties_are_errors_on_the_outer_sphere_only() -> None:
    scores = np.array([-1.0, 0.0, 1.0])
    assert misclassified(scores, "inner").tolist() == [False, False, True]
    assert misclassified(scores, "outer").tolist() == [True, True, False]


def test_the_error_is_an_argument_error_and_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(ModelError("model", "shape (3, 1)", "better")))
    assert isinstance(error, InvalidArgumentError)
    assert isinstance(error, ModelError)
    assert str(error) == "model must be better, got 'shape (3, 1)'"


def test_error_rates_of_labels_and_of_logits_agree() -> None:
    logits = Logits(lambda x: x[:, 0] - 0.3)
    labels = Labels(lambda x: x[:, 0] > 0.3)
    for sphere in ("inner", "outer"):
        counts = {monte_carlo_error_rate(m, 6, sphere, samples=5000, seed=1).errors for m in (logits, labels)}  # type: ignore[arg-type]
        assert len(counts) == 1
        assert counts != {0}
