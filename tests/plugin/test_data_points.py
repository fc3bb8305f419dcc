"""``bound_check(model, around=..., label=..., noise=...)``: any classifier near a data point, in a test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]
RunUser = Callable[..., pytest.RunResult]

TESTS = """
import numpy as np
import pytest
from adversarial_spheres import Gaussian, Hamming, InvalidArgumentError

IMAGE = np.array([[1.0, 0.5, 0.0], [0.0, 0.0, 0.0]])


def scores(images):  # of three classes
    flat = images.reshape(len(images), -1)
    return np.stack([flat[:, 0], flat[:, 1] - 1.0, flat[:, 2] - 1.0], axis=1)


def test_holds(bound_check):
    found = bound_check(scores, around=IMAGE, label=0, noise=0.5, claim_error_rate=0.1)
    assert found.space == Gaussian(6, 0.5)


def test_on_a_sphere(bound_check):
    found = bound_check(scores, around=IMAGE, label=0, radius=1.2, metric="geodesic", claim_error_rate=0.1)
    assert (found.radius, found.metric) == (1.2, "geodesic")


def test_with_a_shape(bound_check):
    bound_check(scores, around=IMAGE.ravel(), label=0, noise=0.5, shape=(2, 3), claim_error_rate=0.1)


def test_in_a_space(bound_check):
    found = bound_check(lambda x: x[:, 0] - 2.0, space=Gaussian(6, 0.5), claim_error_rate=0.01)
    assert found.space == Gaussian(6, 0.5)


def test_any_classifier_in_a_space(bound_check):
    found = bound_check(lambda x: np.where(x.sum(axis=1) > 15, 1, 0), space=Hamming(20), label=0, claim_error_rate=0.02)
    assert found.space == Hamming(20)


class Estimator:
    classes_ = np.array(["small", "tall"])

    def predict(self, points):
        return self.classes_[(points[:, 0] > 1.0).astype(int)]


def test_an_estimator_in_a_space_is_told_which_class_is_right(bound_check):
    with pytest.raises(InvalidArgumentError, match="label must be one of the classes"):
        bound_check(Estimator(), space=Gaussian(6, 0.5), claim_error_rate=0.1)
    bound_check(Estimator(), space=Gaussian(6, 0.5), label="small", claim_error_rate=0.1)
    bound_check(Estimator(), space=Gaussian(6, 0.5), sphere="inner", claim_error_rate=0.1)


@pytest.mark.bound_check(around=IMAGE, label=0, noise=0.5)
def test_by_the_marker(bound_check):
    bound_check(scores, claim_error_rate=0.1)


def test_impossible(bound_check):
    bound_check(scores, around=IMAGE, label=0, noise=0.5, claim_mean_distance=3.0)


def test_bad_input(bound_check):
    for wrong, word in (
        ({"label": 0, "noise": 0.0}, "noise"),
        ({"label": 0, "noise": -1.0}, "noise"),
        ({"label": 0}, "noise"),
        ({"label": 7, "noise": 0.5}, "label"),
        ({"noise": 0.5}, "label"),
        ({"label": 0, "noise": 0.5, "shape": (3, 3)}, "centre"),
        ({"label": 0, "noise": 0.5, "dim": 7}, "dim"),
        ({"label": 0, "noise": 0.5, "sphere": "outer"}, "sphere"),
    ):
        with pytest.raises(InvalidArgumentError, match=word):
            bound_check(scores, around=IMAGE, claim_error_rate=0.1, **wrong)
    with pytest.raises(InvalidArgumentError, match="centre"):
        bound_check(scores, around=IMAGE * np.nan, label=0, noise=0.5, claim_error_rate=0.1)
    space = Gaussian(6)
    for wrong in (
        {"noise": 0.5},
        {"label": 0},
        {"space": space, "around": IMAGE},
        {"space": space, "label": 0, "noise": 0.5},
        {"space": space, "shape": (2, 3)},
    ):
        with pytest.raises(TypeError, match="around="):
            bound_check(scores, claim_error_rate=0.1, **wrong)
"""


def test_claims_near_a_data_point(run_user: RunUser) -> None:
    result = run_user(TESTS)
    result.assert_outcomes(passed=8, failed=1)
    result.stdout.fnmatch_lines(["*REFUTED*mean euclidean distance*", "*impossible*"])


QUESTIONS = """
import numpy as np
from adversarial_spheres import around


def label_of(points):  # which many models share
    return points.argmax(axis=1)


def test_two_images_are_two_questions(bound_check):
    for image, label in (([1.0, 0.0, 0.0], 0), ([0.0, 1.0, 0.0], 1)):
        bound_check(label_of, around=image, label=label, noise=0.3, claim_error_rate=0.2)


def test_the_same_problem_is_the_same_question_in_another_form(bound_check):
    first = bound_check(lambda x: x, around=[1.0, 0.0], label=0, noise=0.3, claim_error_rate=0.2)
    again = bound_check(around(lambda x: x, [1.0, 0.0], label=0, noise=0.3), claim_error_rate=0.2)
    assert first.confidence == again.confidence
"""


def test_questions_near_data_points_are_told_apart(run_user: RunUser) -> None:
    run_user(QUESTIONS).assert_outcomes(passed=2)
