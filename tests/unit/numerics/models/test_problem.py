"""Problems: the two spheres, and any classifier around a data point."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.models.adapters import from_callable
from adversarial_spheres.numerics.models.around import around
from adversarial_spheres.numerics.models.problem import Problem, two_spheres
from adversarial_spheres.theory.basics.errors import InvalidArgumentError, ModelError
from adversarial_spheres.theory.spaces.gaussian import Gaussian
from adversarial_spheres.theory.spaces.sphere import Sphere

CENTRE = np.array([1.0, 0.2, 0.0])


def scores(points: Any) -> Any:
    """Three classes: x, y, and 0."""
    return np.stack([points[:, 0], points[:, 1], np.zeros(len(points))], axis=1)


def words(points: Any) -> Any:
    return np.array(["x", "y", "z"])[np.argmax(scores(points), axis=1)]


def test_ties_on_the_two_spheres() -> None:
    inner, outer = two_spheres(lambda points: points[:, 0], 2)
    tie = [[0.0, 1.0]]
    assert not inner.errors(tie)[0]
    assert outer.errors(tie)[0]
    assert inner.margins([[0.3, 0.1]]).tolist() == [-0.3]
    assert outer.margins([[0.3, 0.1]]).tolist() == [0.3]


def test_a_tie_of_scores_is_an_error() -> None:
    problem = around(scores, CENTRE, label=0, radius=1.0)
    assert problem.errors([[-1.0, -0.5, 0.0]])[0]


def test_margins_are_those_of_the_label_over_the_best_other() -> None:
    problem = around(scores, CENTRE, label=1, noise=1.0)
    points = np.random.default_rng(0).standard_normal((50, 3))
    values = scores(CENTRE + points)
    assert np.allclose(problem.margins(points), values[:, 1] - np.maximum(values[:, 0], values[:, 2]), atol=0, rtol=0)
    assert np.array_equal(problem.errors(points), np.argmax(values, axis=1) != 1)
    assert problem.wrong_at_centre


def test_functions_of_labels() -> None:
    problem = around(words, CENTRE, label="x", noise=1.0)
    points = np.random.default_rng(0).standard_normal((50, 3))
    assert np.array_equal(problem.errors(points), words(CENTRE + points) != "x")
    assert not problem.wrong_at_centre
    assert not problem.model.returns_logits


def test_a_label_that_a_function_of_labels_never_gives_makes_every_point_an_error_and_the_centre_too() -> None:
    """Which labels such a function has nobody knows; scores and estimators, which say it, are refused."""
    problem = around(words, CENTRE, label="w", noise=1.0)
    assert problem.errors(np.random.default_rng(0).standard_normal((50, 3))).all()
    assert problem.wrong_at_centre


@pytest.mark.parametrize("label", [0, 1])
def test_models_of_two_classes_keep_their_tie_rule(label: int) -> None:
    model = from_callable(lambda points: points[:, 0], gradient=lambda points: np.eye(3)[[0] * len(points)])
    problem = around(model, CENTRE, label=label, noise=1.0)
    points = np.array([[-1.0, 0.0, 0.0], [0.5, 0.0, 0.0], [-1.5, 0.0, 0.0]])
    assert np.array_equal(problem.errors(points), model.labels(CENTRE + points) != label)
    assert np.array_equal(problem.input_gradient(points)[:, 0], np.full(3, 2.0 * label - 1.0))


def test_points_have_the_shape_of_the_centre() -> None:
    seen = []

    def image_scores(images: Any) -> Any:
        seen.append(images.shape[1:])
        return images.reshape(len(images), -1)[:, :3]

    assert around(image_scores, np.ones((1, 2, 3)), label=2, noise=1.0).dim == 6
    around(image_scores, np.ones(6), label=2, noise=1.0, shape=(3, 2))
    assert set(seen) == {(1, 2, 3), (3, 2)}


def test_samples_are_those_of_the_space() -> None:
    rng = np.random.default_rng(0)
    on_sphere = around(scores, CENTRE, label=0, radius=3.0)
    assert np.allclose(np.linalg.norm(on_sphere.sample(10, rng), axis=1), 3.0, rtol=1e-14)
    noisy = around(scores, CENTRE, label=0, noise=0.5)
    assert noisy.space == Gaussian(3, 0.5)
    assert on_sphere.space == Sphere(3, 3.0)
    assert abs(np.std(noisy.sample(20_000, rng)) - 0.5) < 0.01
    assert np.array_equal(noisy.inputs([[1.0, 0.0, 0.0]]), [[2.0, 0.2, 0.0]])


@pytest.mark.parametrize(
    ("argument", "changed"),
    [
        ("noise", {"noise": None}),
        ("radius", {"radius": 1.0}),
        ("noise", {"noise": 0.0}),
        ("noise", {"noise": -1.0}),
        ("noise", {"noise": np.nan}),
        ("radius", {"noise": None, "radius": 0.0}),
        ("radius", {"noise": None, "radius": -2.0}),
        ("label", {"label": 3}),
        ("label", {"label": -1}),
        ("label", {"label": "x"}),
        ("centre", {"centre": [1.0, np.nan, 0.0]}),
        ("centre", {"shape": (2, 2)}),
        ("metric", {"metric": "geodesic"}),
        ("metric", {"metric": "manhattan"}),
    ],
)
def test_bad_arguments_are_refused_by_name(argument: str, changed: dict[str, Any]) -> None:
    given: dict[str, Any] = {"centre": CENTRE, "label": 0, "noise": 1.0, **changed}
    with pytest.raises(InvalidArgumentError) as caught:
        around(scores, **given)
    assert caught.value.argument == argument


@pytest.mark.parametrize(
    "model",
    [
        3,
        lambda points: points[:, 0],  # one float a point: neither labels nor scores of classes
        lambda points: points[:, :1],
        lambda points: np.full((len(points), 3), np.nan),
        lambda points: points @ np.ones((7, 2)),
    ],
)
def test_what_is_no_classifier_is_refused(model: Any) -> None:
    with pytest.raises(ModelError):
        around(model, CENTRE, label=0, noise=1.0)


def test_points_of_another_dimension_are_refused() -> None:
    problem = around(scores, CENTRE, label=0, noise=1.0)
    with pytest.raises(InvalidArgumentError, match="points"):
        problem.errors([[1.0, 2.0]])
    with pytest.raises(InvalidArgumentError, match="centre"):
        Problem(problem.model, problem.space, "inner", np.ones(2))


@pytest.mark.libraries
def test_modules_of_many_classes_have_gradients() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(6, 8), torch.nn.Tanh(), torch.nn.Linear(8, 4))
    problem = around(module.double(), np.ones((1, 2, 3)), label=2, noise=1.0)
    points = np.random.default_rng(0).standard_normal((20, 6))
    with torch.no_grad():
        values = module(torch.as_tensor(problem.inputs(points).reshape(-1, 1, 2, 3))).numpy()
    others = np.delete(values, 2, axis=1).max(axis=1)
    assert np.allclose(problem.margins(points), values[:, 2] - others, rtol=1e-12, atol=1e-12)
    steps = 1e-6 * np.eye(6)
    slopes = [(problem.margins(points + step) - problem.margins(points - step)) / 2e-6 for step in steps]
    assert np.allclose(problem.input_gradient(points), np.stack(slopes, axis=1), atol=1e-6)
    with pytest.raises(InvalidArgumentError, match="label"):
        around(module, np.ones((1, 2, 3)), label=4, noise=1.0)


class Unfitted:
    def fit(self) -> None: ...

    def predict(self) -> None: ...

    def get_params(self) -> None: ...


class Threshold:
    """An estimator of three classes with names, by ``predict`` alone."""

    classes_ = np.array(["high", "low", "middle"])
    n_features_in_ = 3

    def predict(self, points: Any) -> Any:
        return np.where(points[:, 0] > 1.5, "high", np.where(points[:, 0] < 0.5, "low", "middle"))


def test_estimators_are_asked_for_their_prediction() -> None:
    problem = around(Threshold(), CENTRE, label="middle", noise=1.0)
    points = np.random.default_rng(0).standard_normal((50, 3))
    assert np.array_equal(problem.errors(points), Threshold().predict(CENTRE + points) != "middle")
    assert not problem.wrong_at_centre
    for label in ("none", 1, None):
        with pytest.raises(InvalidArgumentError, match="label"):
            around(Threshold(), CENTRE, label=label, noise=1.0)
    with pytest.raises(InvalidArgumentError, match="centre"):
        around(Threshold(), np.ones(4), label="low", noise=1.0)
    with pytest.raises(ModelError, match="fitted"):
        around(Unfitted(), CENTRE, label=0, noise=1.0)
