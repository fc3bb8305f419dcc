"""The errors of a quadratic classifier as a value: what they know, and that everything takes them."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.basics.validation import Sphere
from adversarial_spheres.theory.nearest.many import bulk_nearest, bulk_plan
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.predicted import mean_distance as predicted
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.error_rate import (
    chernoff_log_error_rate,
    clt_error_rate,
    exact_error_rate,
    exact_error_rate_enclosure,
    worst_case_loss,
)
from adversarial_spheres.theory.quadratic.errors import QuadraticErrors, as_errors, rates_of

R = 2.0
ALPHAS = [[1.1, 0.5, 0.9, 0.2], [0.25, 0.25, 0.25, 0.25], [1.0, 0.5, 0.5, 0.5], [0.25, 0.5, 0.6, 0.7]]
HISTORY = QuadraticClassifier.from_alphas(ALPHAS)
"""Errors on both spheres; ties everywhere on the outer one; a touching inner, and a touching outer sphere."""
PREDICTED = [
    predicted.jensen_sine_square,
    predicted.mean_sine_square,
    predicted.mean_angle_lower_bound,
    predicted.mean_chord_lower_bound,
    predicted.mean_angle_prediction,
    predicted.mean_chord_prediction,
]


@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_short_forms_ask_the_errors(sphere: Sphere) -> None:
    errors = HISTORY.errors_on(sphere, R)
    assert np.array_equal(errors.coefficients, HISTORY.error_coefficients(sphere, R))
    assert errors.ties_are_errors == (sphere == "outer")
    assert np.array_equal(errors.rate.log, exact_error_rate(HISTORY, sphere, R).log)
    for mine, theirs in zip(errors.enclosure, exact_error_rate_enclosure(HISTORY, sphere, R), strict=True):
        assert np.array_equal(mine.log, theirs.log)
    assert np.array_equal(errors.clt_rate.log, clt_error_rate(HISTORY, sphere, R).log)
    assert np.array_equal(errors.chernoff_log_rate, chernoff_log_error_rate(HISTORY, sphere, R))
    assert np.array_equal(errors.worst_loss, worst_case_loss(HISTORY, sphere, R))
    assert np.array_equal(errors.is_null, HISTORY.is_perfect(sphere, R))
    assert np.array_equal(errors.touches, HISTORY.touches_boundary(sphere, R))


def test_ties_count_on_the_outer_sphere() -> None:
    inner, outer = (HISTORY.errors_on(sphere, R) for sphere in ("inner", "outer"))
    assert inner.is_null.tolist() == [False, True, True, True]
    assert inner.touches.tolist() == [False, False, True, False]
    assert outer.is_everything.tolist() == [False, True, False, False]
    assert outer.is_null.tolist() == [False, False, True, True]
    assert outer.touches.tolist() == [False, False, False, True]
    assert outer.rate.probability.tolist()[1:] == [1.0, 0.0, 0.0]
    assert not QuadraticErrors([0.0, 0.0], False).is_everything


def test_a_null_set_and_everything_are_known_without_an_error() -> None:
    log_error = HISTORY.errors_on("outer", R).log_error
    assert 0.0 < log_error[0] < 1e-12
    assert log_error[1:].tolist() == [0.0, 0.0, 0.0]
    one = HISTORY[0].errors_on("outer", R)
    assert one.log_error == log_error[0]
    low, high = one.enclosure
    assert max(one.rate.log - low.log, high.log - one.rate.log) <= one.log_error


def test_what_was_computed_is_kept() -> None:
    errors = HISTORY.errors_on("inner", R)
    assert errors.rate is errors.rate
    assert errors.enclosure is errors.enclosure


def test_a_value_like_any_other() -> None:
    mine = np.array([1.0, -1.0])
    errors = QuadraticErrors(mine, False)
    mine[0] = 5.0
    assert errors == QuadraticErrors([1.0, -1.0], False)
    assert errors != QuadraticErrors([1.0, -1.0], True)
    assert len({errors, QuadraticErrors([1.0, -1.0], False)}) == 1
    with pytest.raises(ValueError, match="read-only"):
        errors.coefficients[0] = 5.0


@pytest.mark.parametrize("index", range(len(ALPHAS)))
@pytest.mark.parametrize("sphere", ["inner", "outer"])
def test_distances_take_the_errors_or_coefficients_and_their_ties(sphere: Sphere, index: int) -> None:
    errors = HISTORY[index].errors_on(sphere, R)
    pair = {"coefficients": errors.coefficients, "boundary_is_error": errors.ties_are_errors}
    points = np.random.default_rng(index).standard_normal((5, 4))
    assert nearest_error(points, errors) == nearest_error(points, **pair)
    assert bulk_nearest(bulk_plan(errors), points**2) == bulk_nearest(bulk_plan(**pair), points**2)
    for function in PREDICTED:
        assert function(errors) == function(**pair)


def test_a_history_has_predictions_but_no_single_nearest_error() -> None:
    errors = HISTORY.errors_on("outer", R)
    assert predicted.mean_angle_prediction(errors).shape == (4,)
    for call in (lambda: nearest_error(np.ones(4), errors), lambda: bulk_plan(errors)):
        with pytest.raises(InvalidArgumentError, match="coefficients must be one vector of coefficients"):
            call()


@pytest.mark.parametrize("said", [True, np.True_, "yes", None])
def test_errors_know_their_ties_so_nothing_is_said_beside_them(said) -> None:
    errors = QuadraticErrors([1.0, -1.0], False)
    assert as_errors(errors) is errors
    for call in (as_errors, predicted.mean_sine_square, bulk_plan):
        with pytest.raises(InvalidArgumentError, match="boundary_is_error must be"):
            call(errors, boundary_is_error=said)


@pytest.mark.parametrize(
    ("coefficients", "ties", "name"),
    [([1.0], False, "coefficients"), ([1.0, np.nan], False, "coefficients"), ([1.0, -1.0], 0, "ties_are_errors")],
)
def test_what_is_no_set_of_errors_is_refused(coefficients, ties, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"{name} must be"):
        QuadraticErrors(coefficients, ties)


def test_rates_together_are_those_of_each() -> None:
    several = [HISTORY.errors_on(sphere, R) for sphere in ("inner", "outer")]
    for rate, errors in zip(rates_of(several), several, strict=True):
        np.testing.assert_allclose(rate.log, errors.rate.log, rtol=0.0, atol=1e-13)
        np.testing.assert_allclose(rate.log_complement, errors.rate.log_complement, rtol=0.0, atol=1e-13)
    for bad in ([], [several[0], several[0][0]]):
        with pytest.raises(InvalidArgumentError, match="several"):
            rates_of(bad)


def test_the_errors_of_one_of_a_history_know_its_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = HISTORY.errors_on("outer", R)
    unknown = errors[3]
    assert unknown == HISTORY[3].errors_on("outer", R)
    rate = errors.rate
    monkeypatch.setattr("adversarial_spheres.theory.quadratic.errors.positive_probability", None)
    assert errors[3].rate == rate[3]
    assert errors[3].is_null == errors.is_null[3]
    with pytest.raises(TypeError):
        _ = unknown.rate
    with pytest.raises(InvalidArgumentError, match="history"):
        _ = unknown[0]
