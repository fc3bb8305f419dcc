"""Estimators whose answer is the sign of a quadratic function: which are recognised, and which only look like it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.models.adapters import from_sklearn
from adversarial_spheres.numerics.models.checked import described, exact_classifier
from adversarial_spheres.numerics.models.recognised.estimators import quadratic_score

pytest.importorskip("sklearn")
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, Perceptron, RidgeClassifier, SGDClassifier
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC

RNG = np.random.default_rng(0)
POINTS = RNG.standard_normal((300, 4)) * [1.0, 0.5, 2.0, 1.0] + [0.0, 3.0, 0.0, 1.0]
ANSWERS = np.where((POINTS[:, 0] + POINTS[:, 2] ** 2 + 0.3 * RNG.standard_normal(300)) > 1.0, "yes", "no")
FAMILIES = [
    QuadraticDiscriminantAnalysis(reg_param=0.01),
    GaussianNB(),
    LinearDiscriminantAnalysis(),
    LinearDiscriminantAnalysis(solver="lsqr"),
    LogisticRegression(),
    LinearSVC(),
    SGDClassifier(random_state=0),
    Perceptron(),
    RidgeClassifier(),
    make_pipeline(StandardScaler(), LogisticRegression()),
    make_pipeline(StandardScaler(with_mean=False), StandardScaler(with_std=False), GaussianNB()),
]


@pytest.mark.parametrize("outer", [0, 1])
@pytest.mark.parametrize("estimator", FAMILIES, ids=lambda e: "-".join(type(s).__name__ for _, s in _steps(e)))
def test_the_sign_is_that_of_predict(estimator: Any, outer: int) -> None:
    estimator.fit(POINTS, ANSWERS)
    function = quadratic_score(estimator, outer)
    assert function is not None
    many = 3.0 * RNG.standard_normal((2000, 4)) + POINTS.mean(0)
    np.testing.assert_array_equal(function.values(many) > 0.0, estimator.predict(many) == estimator.classes_[outer])


def _steps(estimator: Any) -> Any:
    return getattr(estimator, "steps", [("", estimator)])


def test_scores_are_log_odds_where_the_estimator_has_them() -> None:
    for estimator in FAMILIES[:2]:
        odds = estimator.fit(POINTS, ANSWERS).predict_log_proba(POINTS)
        function = quadratic_score(estimator, 1)
        assert function is not None
        np.testing.assert_allclose(function.values(POINTS), odds[:, 1] - odds[:, 0], rtol=1e-6, atol=1e-8)


class Late(LogisticRegression):
    """One whose answer is another method's."""

    def predict(self, points: Any) -> Any:
        return self.classes_[(self.decision_function(points) > -2.0).astype(int)]


class Bent(GaussianNB):
    """One whose likelihood is its own."""

    def _joint_log_likelihood(self, points: Any) -> Any:
        return super()._joint_log_likelihood(points)[:, ::-1]


@pytest.mark.parametrize(
    "estimator",
    [Late(), Bent(), SVC(), BernoulliNB(), make_pipeline(MinMaxScaler(), LogisticRegression())],
    ids=lambda e: "-".join(type(s).__name__ for _, s in _steps(e)),
)
def test_others_are_not_recognised(estimator: Any) -> None:
    assert quadratic_score(estimator.fit(POINTS, ANSWERS), 1) is None
    assert described(from_sklearn(estimator)) is None


def test_three_classes_are_no_single_quadric() -> None:
    three = np.digitize(POINTS[:, 0], [-0.5, 0.5])
    for estimator in FAMILIES:
        assert quadratic_score(estimator.fit(POINTS, three), 1) is None


def test_a_method_that_was_replaced_and_one_that_is_not_fitted_are_not_believed() -> None:
    estimator = LogisticRegression().fit(POINTS, ANSWERS)
    assert quadratic_score(estimator, 1) is not None
    estimator.predict = lambda points: np.full(len(points), "no")
    assert quadratic_score(estimator, 1) is None
    assert quadratic_score(LogisticRegression(), 1) is None


def test_damaged_coefficients_are_not_recognised() -> None:
    estimator = LogisticRegression().fit(POINTS, ANSWERS)
    estimator.coef_ = np.full((1, 4), np.nan)
    assert quadratic_score(estimator, 1) is None
    estimator.coef_ = np.zeros((2, 4))
    assert quadratic_score(estimator, 1) is None


def test_a_centred_form_is_a_quadratic_classifier_of_every_sphere_about_the_origin() -> None:
    estimator = GaussianNB().fit(POINTS, ANSWERS)
    assert exact_classifier(from_sklearn(estimator)) is None
    estimator.theta_[:] = 0.0
    known = exact_classifier(from_sklearn(estimator))
    assert known is not None
    outer = estimator.predict(POINTS) == "yes"
    np.testing.assert_array_equal(np.asarray(known.logits(POINTS)) > 0.0, outer)
