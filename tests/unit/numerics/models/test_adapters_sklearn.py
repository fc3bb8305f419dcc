"""Estimators of scikit-learn: what ``predict`` says is the answer, whichever the class and the features' names."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.error_rates.counting import monte_carlo_error_rate
from adversarial_spheres.numerics.models.adapters import from_callable, from_sklearn
from adversarial_spheres.numerics.models.problem import two_spheres
from adversarial_spheres.numerics.models.sanity import sanity_points
from adversarial_spheres.numerics.sampling.points import block_generator, sample_two_spheres
from adversarial_spheres.numerics.verdicts.bound_check import check_bound
from adversarial_spheres.numerics.verdicts.claims import Claims
from adversarial_spheres.theory.basics.errors import InvalidArgumentError, ModelError

pytest.importorskip("sklearn")
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

DIM = 20
CLOUD = np.random.default_rng(0).standard_normal((5000, DIM))
POINTS, OUTER = sample_two_spheres(300, 4, 1.3, block_generator(3))
FEATURES = POINTS**2


def late() -> FixedThresholdClassifier:
    """It says "outer" from a probability of a thousandth on."""
    inner = LogisticRegression(C=100)
    model = FixedThresholdClassifier(inner, threshold=0.001, response_method="predict_proba")
    return model.fit(CLOUD, CLOUD[:, 0] > 0.3)


def agrees(model: Any, estimator: Any, points: Any, outer: Any) -> None:
    np.testing.assert_array_equal(model.labels(points) == 1, estimator.predict(points) == outer)


class Asked:
    """Counts what an estimator is asked."""

    def __init__(self, estimator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        for name in ("predict", "predict_proba"):
            monkeypatch.setattr(type(estimator), name, self._counting(name, getattr(type(estimator), name)))

    def _counting(self, name: str, method: Any) -> Any:
        @functools.wraps(method)
        def call(*arguments: Any, **options: Any) -> Any:
            self.calls.append(name)
            return method(*arguments, **options)

        return call


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("kind", [RandomForestClassifier, DecisionTreeClassifier])
def test_a_forest_is_asked_once(kind: Any, classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever its class; ties of its trees go to the first class, as in ``predict``."""
    options = {"n_estimators": 4} if kind is RandomForestClassifier else {"max_depth": 2}
    labels = np.digitize(CLOUD[:300, 0], [-0.4, 0.4][: classes - 1])
    estimator = kind(random_state=0, **options).fit(CLOUD[:300, :2], labels)
    points, expected = CLOUD[:500, :2], estimator.predict(CLOUD[:500, :2])
    asked = Asked(estimator, monkeypatch)
    for outer in range(classes):
        asked.calls.clear()
        scores = from_sklearn(estimator, outer=outer).scores(points)
        assert asked.calls == ["predict_proba"]
        np.testing.assert_array_equal(scores > 0.0, expected == outer)


def test_v1_a_fixed_threshold_is_that_of_predict() -> None:
    estimator = late()
    claimed = check_bound(from_sklearn(estimator), Claims(error_rate=0.12), dim=DIM)
    assert claimed.verdict == "refuted"
    assert claimed.checks[0].observed == pytest.approx(0.20, abs=0.05)
    counted = monte_carlo_error_rate(from_sklearn(estimator), DIM, "inner", samples=2000, seed=0)
    plain = monte_carlo_error_rate(from_sklearn(OnlyLabels(estimator)), DIM, "inner", samples=2000, seed=0)
    assert counted == plain


class OnlyLabels:
    """What predicts, without scores."""

    def __init__(self, estimator: Any) -> None:
        self.predict, self.classes_ = estimator.predict, estimator.classes_


@pytest.mark.parametrize(
    "estimator",
    [
        late(),
        TunedThresholdClassifierCV(LogisticRegression(C=100), scoring="recall", cv=3).fit(CLOUD, CLOUD[:, 0] > 0.3),
        FixedThresholdClassifier(LogisticRegression(), threshold=0.9, pos_label=False).fit(CLOUD, CLOUD[:, 0] > 0.3),
        BaggingClassifier(LogisticRegression(C=1e3), 3, max_samples=0.01, random_state=0).fit(CLOUD, CLOUD[:, 0] > 0.3),
        SVC(C=0.1).fit(CLOUD[:300], CLOUD[:300, 0] > 0.3),
        RandomForestClassifier(6, random_state=0).fit(CLOUD[:300], CLOUD[:300, 0] > 0.3),
        KNeighborsClassifier(2).fit(CLOUD[:300], CLOUD[:300, 0] > 0.3),
        GaussianProcessClassifier(random_state=0).fit(CLOUD[:100], CLOUD[:100, 0] > 0.3),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_v1_the_answer_is_that_of_predict(estimator: Any) -> None:
    points = np.concatenate([sanity_points(DIM, 1.0), sanity_points(DIM, 1.3), CLOUD[:100]])
    for outer in (True, False):
        agrees(from_sklearn(estimator, outer=outer), estimator, points, outer)


def test_v1_what_an_attack_finds_predict_calls_an_error() -> None:
    class Late:
        classes_ = (False, True)

        def decision_function(self, points: Any) -> Any:
            return 5.0 * (points[:, 0] - 0.3)

        def predict(self, points: Any) -> Any:
            return points[:, 0] > 0.1

    start = sanity_points(DIM, 1.0)[:10]
    found = attack(from_sklearn(Late()), start, "inner")
    assert found.succeeded.all()
    assert Late().predict(found.points).all()
    shifted = from_callable(lambda x: x[:, 0] - 0.1)
    np.testing.assert_allclose(found.angle_upper, attack(shifted, start, "inner").angle_upper, rtol=1e-3)


def test_v1_stock_estimators_are_asked_once() -> None:
    for estimator in (LogisticRegression(), SVC(), RandomForestClassifier(3, random_state=0)):
        estimator.fit(POINTS, OUTER)
        model = from_sklearn(estimator)
        agrees(model, estimator, POINTS, True)
        estimator.predict = None  # type: ignore[method-assign]
        model.logits(POINTS)

    class Tuned(LogisticRegression):
        def predict(self, points: Any) -> Any:
            return self.decision_function(points) > -2.0

    tuned = Tuned().fit(POINTS, OUTER)
    agrees(from_sklearn(tuned), tuned, POINTS, True)


def test_v7_the_outer_class_is_named() -> None:
    words = np.where(OUTER, "big", "small")
    estimator = LogisticRegression(C=1e3).fit(FEATURES, words)
    assert estimator.score(FEATURES, words) == 1.0
    model = from_sklearn(estimator, outer="big")
    np.testing.assert_array_equal(model.labels(FEATURES), OUTER)
    with pytest.raises(InvalidArgumentError, match=r"outer must be one of the classes \['big', 'small'\], got 'large'"):
        from_sklearn(estimator, outer="large")
    np.testing.assert_array_equal(from_sklearn(estimator, outer="small").labels(FEATURES), ~OUTER)


def test_v7_words_in_the_wrong_order_get_a_hint() -> None:
    class Radial:
        classes_ = np.array(["big", "small"])

        def predict(self, points: Any) -> Any:
            return np.where((points**2).sum(axis=1) > 1.3, "big", "small")

    with pytest.warns(UserWarning, match="outer="):
        wrong = monte_carlo_error_rate(from_sklearn(Radial()), 5, "inner", samples=2048, seed=0)
    assert wrong.errors == 2048
    assert monte_carlo_error_rate(from_sklearn(Radial(), outer="big"), 5, "inner", samples=2048, seed=0).errors == 0


@pytest.mark.parametrize(
    "estimator", [LogisticRegression(), SVC(decision_function_shape="ovr"), KNeighborsClassifier(3), late()]
)
def test_v7_one_of_many_classes_against_the_others(estimator: Any) -> None:
    three = np.where(OUTER, "big", np.where(POINTS[:, 0] > 0, "left", "right"))
    if isinstance(estimator, FixedThresholdClassifier):
        estimator = KNeighborsClassifier(5)
    estimator.fit(POINTS, three)
    for outer in ("big", "left", "right"):  # the last one, too: votes of a support vector machine may tie
        agrees(from_sklearn(estimator, outer=outer), estimator, POINTS, outer)
    with pytest.raises(ModelError, match="named by outer="):
        from_sklearn(estimator)


def test_decisions_between_pairs_of_classes_give_way_to_probabilities_or_are_refused() -> None:
    class Pairs:
        classes_ = np.arange(4)

        def decision_function(self, points: Any) -> Any:
            return np.zeros((len(points), 6))

    with pytest.raises(ModelError, match=r"\(10, 6\)"):
        from_sklearn(Pairs(), outer=1).logits(POINTS[:10])

    class Odds(Pairs):
        def predict_proba(self, points: Any) -> Any:
            return np.tile([0.1, 0.6, 0.1, 0.2], (len(points), 1))

    np.testing.assert_allclose(from_sklearn(Odds(), outer=1).logits(POINTS[:10]), np.log(3.0))


@pytest.mark.libraries
@pytest.mark.filterwarnings("error")
def test_estimators_fitted_to_names_are_given_names() -> None:
    pandas = pytest.importorskip("pandas")
    names = [f"x{i}" for i in range(4)]
    estimator = LogisticRegression().fit(pandas.DataFrame(POINTS, columns=names), OUTER)
    model = from_sklearn(estimator)
    expected = estimator.decision_function(pandas.DataFrame(POINTS, columns=names))
    np.testing.assert_allclose(model.logits(POINTS), expected)
    monte_carlo_error_rate(model, 4, "inner", samples=300, seed=0, workers=2)


@pytest.mark.filterwarnings("error")
def test_names_are_given_by_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    import types

    class Frame:
        def __init__(self, points: Any, columns: Any) -> None:
            self.points, self.columns = points, list(columns)

        def __len__(self) -> int:
            return len(self.points)

    given = types.ModuleType("pandas")
    given.DataFrame = Frame  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pandas", given)

    class Named:
        classes_ = (0, 1)
        feature_names_in_ = np.array(["a", "b", "c", "d"])

        def decision_function(self, frame: Any) -> Any:
            assert frame.columns == ["a", "b", "c", "d"]
            return frame.points[:, 0] - 0.1

    np.testing.assert_allclose(from_sklearn(Named()).logits(POINTS), POINTS[:, 0] - 0.1)


def test_raw_estimators_are_wrapped() -> None:
    estimator = LogisticRegression().fit(CLOUD, CLOUD[:, 0] > 0.3)
    raw = check_bound(estimator, Claims(error_rate=0.9), dim=DIM)
    assert raw == check_bound(from_sklearn(estimator), Claims(error_rate=0.9), dim=DIM)
    with pytest.raises(ModelError, match="fitted"):
        check_bound(LogisticRegression(), Claims(error_rate=0.9), dim=DIM)


def test_scores_that_are_no_numbers_are_refused() -> None:
    """A training that diverged leaves NaN: ``predict`` then says the first class, the largest score the second."""
    model = LogisticRegression().fit(CLOUD[:, :2], CLOUD[:, 0] > 0.0)
    model.coef_ = np.array([[np.nan, 1.0]])
    with pytest.raises(ModelError, match="finite logits"):
        from_sklearn(model).labels(CLOUD[:, :2])


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_estimator_says_its_dimension(wrapped: bool) -> None:
    points = np.random.default_rng(0).standard_normal((200, 7))
    estimator = LogisticRegression().fit(points, points[:, 0] > 1.0)
    model = from_sklearn(estimator) if wrapped else estimator
    found = check_bound(model, Claims(error_rate=0.9), max_samples=500)
    assert (found.verdict, found.dim) == ("verified", 7)
    assert check_bound(model, Claims(error_rate=0.9), dim=7, max_samples=500).to_dict() == found.to_dict()
    with pytest.raises(InvalidArgumentError, match=r"dim must be 7, that of the points the model takes"):
        check_bound(model, Claims(error_rate=0.9), dim=8)
    with pytest.raises(InvalidArgumentError, match=r"dim must be 7"):
        two_spheres(model, 8)


def test_a_model_that_does_not_say_its_dimension_is_asked_for_it() -> None:
    with pytest.raises(InvalidArgumentError, match=r"dim must be given for a model that does not say it"):
        check_bound(lambda points: points[:, 0], Claims(error_rate=0.9))
