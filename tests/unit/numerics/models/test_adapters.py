"""Models of other libraries: logits, labels and gradients against a plain calculation; the libraries may be missing."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.models.adapters import (
    as_model,
    from_callable,
    from_jax,
    from_sklearn,
    from_torch,
)
from adversarial_spheres.numerics.sampling.points import block_generator, sample_two_spheres
from adversarial_spheres.numerics.verdicts.bound_check import check_bound
from adversarial_spheres.numerics.verdicts.claims import Claims
from adversarial_spheres.theory.basics.errors import InvalidArgumentError, ModelError

POINTS, LABELS = sample_two_spheres(200, 5, 1.3, block_generator(3))
WEIGHTS = np.array([1.0, -0.5, 0.25, 0.0, 2.0])


def logit(x: Any) -> Any:
    return (x**2) @ WEIGHTS - 0.7


def test_functions() -> None:
    model = from_callable(logit, gradient=lambda x: 2 * x * WEIGHTS, dtype=np.float32, max_batch=64)
    np.testing.assert_allclose(model.logits(POINTS), logit(POINTS), atol=1e-6)
    np.testing.assert_allclose(model.input_gradient(POINTS), 2 * POINTS * WEIGHTS, atol=1e-6)
    assert model.resolution == np.finfo(np.float64).eps  # float32 points times float64 weights
    labels = from_callable(lambda x: logit(x) > 0, returns="labels")
    np.testing.assert_array_equal(labels.labels(POINTS), logit(POINTS) > 0)


@pytest.mark.parametrize("kind", ["uint8", "int8", "uint64", "int64", "bool"])
@pytest.mark.parametrize("classes", [None, (0, 1)])
def test_whole_numbers_as_scores_do_not_wrap_around(kind: str, classes: tuple[int, int] | None) -> None:
    """Votes, say: 0 - 1 is 255 in uint8, and 127 - (-128) is -1 in int8."""
    outer, limits = logit(POINTS) > 0, (0, 1) if kind == "bool" else (np.iinfo(kind).min, np.iinfo(kind).max)
    votes = np.stack([np.where(outer, *limits), np.where(outer, *limits[::-1])], axis=1).astype(kind)
    model = from_callable(lambda x: votes[: len(x)], classes=classes)
    np.testing.assert_array_equal(model.labels(POINTS), outer)


@pytest.mark.parametrize("outer", [0, 1])
def test_whole_numbers_as_decisions_do_not_wrap_around(outer: int) -> None:
    class Votes:
        classes_ = (0, 1)

        def decision_function(self, points: Any) -> Any:
            inside = logit(points) <= 0
            return np.stack([inside, ~inside], axis=1).astype(np.uint8)

    model = from_sklearn(Votes(), outer=outer)
    np.testing.assert_array_equal(model.labels(POINTS), (logit(POINTS) > 0) == (outer == 1))


def test_columns_of_plain_functions() -> None:
    expected = logit(POINTS)
    for function in (
        lambda x: logit(x)[:, None],
        lambda x: np.stack([-logit(x) / 2, logit(x) / 2], axis=1),
        lambda x: np.stack([0 * logit(x), logit(x)], axis=1).tolist(),
        lambda x: logit(x)[:, None].squeeze(),
    ):
        for max_batch in (8192, 199, 1):  # 200 = 199 + 1
            model = from_callable(function, max_batch=max_batch)
            np.testing.assert_allclose(model.logits(POINTS), expected, atol=1e-12)
    five = from_callable(lambda x: np.outer(logit(x), [0.0, 5.0, 2.0, 1.0, 7.0]), classes=(3, 2))
    np.testing.assert_allclose(five.logits(POINTS), expected)
    labels = from_callable(lambda x: (logit(x) > 0)[:, None], returns="labels", max_batch=199)
    np.testing.assert_array_equal(labels.labels(POINTS), expected > 0)
    for wrong in (lambda x: x[:, :3], lambda x: x[:, 0][:3], lambda x: None, lambda x: [[1.0], [1.0, 2.0]]):
        with pytest.raises(ModelError):
            from_callable(wrong).logits(POINTS)


def test_shapes_of_plain_functions() -> None:
    def image(x: Any) -> Any:
        assert x.shape[1:] == (2, 2)
        return x[:, 0, 1] ** 2 - 0.1

    def slope(x: Any) -> Any:
        result = np.zeros_like(x)
        result[:, 0, 1] = 2 * x[:, 0, 1]
        return result

    model = from_callable(image, gradient=slope, shape=(2, 2), dtype=np.float32)
    np.testing.assert_allclose(model.logits(POINTS[:, :4]), POINTS[:, 1] ** 2 - 0.1, atol=1e-6)
    np.testing.assert_allclose(model.input_gradient(POINTS[:, :4])[:, 1], 2 * POINTS[:, 1], atol=1e-6)
    with pytest.raises(ModelError, match="shape must be of 5 numbers"):
        model.logits(POINTS)


def test_probabilities_of_plain_functions() -> None:
    def chance(x: Any) -> Any:
        return 1 / (1 + np.exp(-logit(x)))

    one = from_callable(chance, returns="probabilities", gradient=lambda x: 2 * x)
    two = from_callable(lambda x: np.stack([1 - chance(x), chance(x)], axis=1), returns="probabilities")
    for model in (one, two):
        np.testing.assert_allclose(model.logits(POINTS), chance(POINTS) - 0.5)
        np.testing.assert_array_equal(model.labels(POINTS), logit(POINTS) > 0)
    np.testing.assert_array_equal(one.input_gradient(POINTS), 2 * POINTS)
    # A tie is the answer "inner", as the logit 0 is.
    assert from_callable(lambda x: np.full(len(x), 0.5), returns="probabilities").labels(POINTS).max() == 0
    for wrong in (lambda x: 1.5 * np.ones(len(x)), lambda x: -0.1 * np.ones(len(x)), lambda x: logit(x) * np.nan):
        with pytest.raises(ModelError):
            from_callable(wrong, returns="probabilities").logits(POINTS)


def test_what_is_taken_for_a_model() -> None:
    class Duck:
        classes_ = (0, 1)

        def predict(self, points: Any) -> Any:
            return (logit(points) > 0).astype(int)

    class Named:
        logits = staticmethod(logit)

    for value in (Duck(), Named(), logit, from_callable(logit)):
        np.testing.assert_array_equal(as_model(value).labels(POINTS), logit(POINTS) > 0)
    for value, words in ((3, "got 'int'"), (Duck, "the type Duck"), (None, "NoneType"), ("logits", "from_torch")):
        with pytest.raises(ModelError, match=words):
            as_model(value)
    with pytest.raises(ModelError, match="from_callable, from_torch, from_jax or from_sklearn"):
        check_bound(3, Claims(error_rate=0.1), dim=5)
    assert check_bound(logit, Claims(error_rate=0.9), dim=5).verdict == "verified"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"function": logit, "classes": (0, 1), "returns": "labels"}, "classes"),
        ({"function": logit, "classes": (0, 0)}, "classes"),
        ({"function": logit, "shape": 4}, "shape"),
        ({"function": 3}, "function"),
        ({"function": None}, "function"),
        ({"function": logit, "returns": "scores"}, "returns"),
        ({"function": logit, "gradient": 1}, "gradient"),
        ({"function": logit, "gradient": logit, "returns": "labels"}, "gradient"),
        ({"function": logit, "dtype": "long words"}, "dtype"),
        ({"function": logit, "dtype": int}, "dtype"),
        ({"function": logit, "dtype": bool}, "dtype"),
        ({"function": logit, "dtype": complex}, "dtype"),
        ({"function": logit, "dtype": object}, "dtype"),
        ({"function": logit, "dtype": "U3", "returns": "labels"}, "dtype"),
        ({"function": logit, "dtype": [("x", float)]}, "dtype"),
        ({"function": logit, "max_batch": 0}, "max_batch"),
    ],
)
def test_bad_functions(arguments: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=name):
        from_callable(**arguments)


def test_sklearn_decision_function_probabilities_and_labels() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    naive_bayes = pytest.importorskip("sklearn.naive_bayes")
    neighbors = pytest.importorskip("sklearn.neighbors")
    features = POINTS**2

    logistic = linear_model.LogisticRegression().fit(features, LABELS)
    np.testing.assert_allclose(from_sklearn(logistic).logits(features), logistic.decision_function(features))

    bayes = naive_bayes.GaussianNB().fit(features, LABELS)
    odds = np.diff(np.log(bayes.predict_proba(features)), axis=1)[:, 0]
    np.testing.assert_allclose(from_sklearn(bayes).logits(features), odds, rtol=1e-9, atol=1e-9)

    class OnlyLabels:
        def __init__(self, inner: Any) -> None:
            self.predict, self.classes_ = inner.predict, inner.classes_

    voter = neighbors.KNeighborsClassifier(3).fit(POINTS, np.where(LABELS, "outer", "inner"))
    model = from_sklearn(OnlyLabels(voter))
    assert not model.returns_logits
    np.testing.assert_array_equal(model.labels(POINTS), voter.predict(POINTS) == "outer")
    np.testing.assert_array_equal(from_sklearn(voter).labels(POINTS), voter.predict_proba(POINTS)[:, 1] > 0.5)


def test_sklearn_models_are_attacked() -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    forest = ensemble.RandomForestClassifier(10, random_state=0).fit(POINTS, LABELS)
    model = from_sklearn(forest)
    found = attack(model, POINTS[~LABELS][:5], "inner")
    assert found.succeeded.all()
    assert (model.labels(found.points) == 1).all()


def test_sklearn_estimators_that_cannot_serve() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    with pytest.raises(ModelError, match="fitted"):
        from_sklearn(linear_model.LogisticRegression())
    three = linear_model.LogisticRegression().fit(POINTS, np.arange(len(POINTS)) % 3)
    with pytest.raises(ModelError, match="two classes"):
        from_sklearn(three)

    class Nothing:
        classes_ = (0, 1)

    with pytest.raises(ModelError, match="decision_function, predict_proba or predict"):
        from_sklearn(Nothing())


@pytest.mark.libraries
@pytest.mark.parametrize("outputs", [0, 1, 2])
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_torch_logits_and_gradients(outputs: int, kind: str) -> None:
    torch = pytest.importorskip("torch")

    class Network(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.weights = torch.nn.Parameter(torch.as_tensor(WEIGHTS, dtype=getattr(torch, kind)))
            self.dropout = torch.nn.Dropout(0.5)

        def forward(self, x: Any) -> Any:
            values = self.dropout(x**2) @ self.weights - 0.7
            if outputs == 0:
                return values
            return values[:, None] if outputs == 1 else torch.stack([-values / 2, values / 2], dim=1)

    module = Network().train()
    model = from_torch(module)
    np.testing.assert_allclose(model.logits(POINTS), logit(POINTS), atol=1e-5)
    np.testing.assert_allclose(model.input_gradient(POINTS), 2 * POINTS * WEIGHTS, atol=1e-5)
    assert model.resolution == np.finfo(kind).eps
    assert module.weights.grad is None
    found = attack(model, POINTS[~LABELS][:20], "inner")
    assert np.all(model.logits(found.points[found.succeeded]) > 0)


@pytest.mark.libraries
def test_torch_modules_that_cannot_serve() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(ModelError, match=r"shape \(200, 3\)"):
        from_torch(torch.nn.Linear(5, 3)).logits(POINTS)
    with pytest.raises(InvalidArgumentError, match="module"):
        from_torch(3)
    with pytest.raises(InvalidArgumentError, match="dtype"):
        from_torch(torch.nn.Linear(5, 1), dtype="int64")
    for kind in (torch.int64, int, "nonsense", object()):
        with pytest.raises(InvalidArgumentError, match="dtype"):
            from_torch(torch.nn.Linear(5, 1), dtype=kind)
    plain = from_torch(lambda x: (x**2).sum(dim=1) - 1.2, dtype=np.float64, gradient=False)
    assert not plain.has_gradient
    np.testing.assert_allclose(plain.logits(POINTS), (POINTS**2).sum(axis=1) - 1.2)


@pytest.mark.libraries
def test_jax_logits_and_gradients() -> None:
    numpy = pytest.importorskip("jax.numpy")
    model = from_jax(lambda x: (x**2) @ numpy.asarray(WEIGHTS, dtype=numpy.float32) - 0.7)
    np.testing.assert_allclose(model.logits(POINTS), logit(POINTS), atol=1e-5)
    np.testing.assert_allclose(model.input_gradient(POINTS), 2 * POINTS * WEIGHTS, atol=1e-5)
    pairs = from_jax(lambda x: numpy.stack([0 * x[:, 0], x[:, 0]], axis=1))
    np.testing.assert_allclose(pairs.logits(POINTS[:7]), POINTS[:7, 0], atol=1e-6)
    with pytest.raises(ModelError, match="shape"):
        from_jax(lambda x: x).logits(POINTS)


def test_adapters_load_no_library_before_they_are_used() -> None:
    code = "import sys, adversarial_spheres.numerics.models.adapters; print(*{m.split('.')[0] for m in sys.modules})"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"torch", "jax", "sklearn"} & set(out)
