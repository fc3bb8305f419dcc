"""Laws of the error rates and losses of a quadratic classifier."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.error_rate import (
    chernoff_log_error_rate,
    clt_error_rate,
    exact_error_rate,
    worst_case_loss,
)
from adversarial_spheres.theory.reference import quadratic_network as reference

spheres = st.sampled_from(["inner", "outer"])
radii = st.floats(1.01, 5.0)
values = st.floats(-3.0, 3.0).filter(lambda x: x == 0.0 or abs(x) > 1e-9)
eigenvalue_lists = st.lists(values, min_size=2, max_size=12).map(np.array)
classifiers = st.builds(QuadraticClassifier, eigenvalue_lists, values)


@given(classifiers, spheres, radii)
def test_perfect_means_error_rate_zero(classifier, sphere, radius) -> None:
    rate = exact_error_rate(classifier, sphere, radius)
    assert classifier.is_perfect(sphere, radius) == (rate.log == -np.inf)
    if classifier.touches_boundary(sphere, radius):
        assert classifier.is_perfect(sphere, radius)
        assert worst_case_loss(classifier, sphere, radius) == np.log(2.0)


@given(st.lists(st.floats(1e-3, 3.0), min_size=2, max_size=12), st.floats(-30.0, -0.01), spheres, radii)
def test_alphas_carry_everything_for_a_negative_bias(alphas, bias, sphere, radius) -> None:
    unit = QuadraticClassifier.from_alphas(alphas)
    scaled = QuadraticClassifier(-bias * np.array(alphas), bias)
    np.testing.assert_allclose(scaled.alphas, alphas, rtol=4e-16)
    c = unit.error_coefficients(sphere, radius)
    if np.all(np.abs(c) > 1e-6):  # where rounding of the product bias * alpha can't decide
        one, other = (exact_error_rate(x, sphere, radius) for x in (unit, scaled))
        np.testing.assert_allclose(one.log, other.log, rtol=1e-8)
        assert unit.alphas_outside(radius) >= np.sum(c > 0.0)
        for x in (unit, scaled):
            assert x.is_perfect(sphere, radius) == (not np.any(c > 0.0))


@given(classifiers, radii)
def test_a_perfect_pair_of_spheres_has_no_alpha_outside(classifier, radius) -> None:
    if np.asarray(classifier.bias) < 0.0:
        both = classifier.is_perfect("inner", radius) and classifier.is_perfect("outer", radius)
        all_in = classifier.alphas_outside(radius) == 0
        assert both == all_in or (all_in and np.all(classifier.error_coefficients("outer", radius) == 0.0))


@given(classifiers, spheres, radii, st.integers(0, 2**32 - 1))
def test_worst_case_loss_is_reached_and_never_exceeded(classifier, sphere, radius, seed) -> None:
    rng = np.random.default_rng(seed)
    r = 1.0 if sphere == "inner" else radius
    points = rng.standard_normal((200, classifier.dim))
    points = np.concatenate([points / np.linalg.norm(points, axis=1, keepdims=True), np.eye(classifier.dim)]) * r
    logit = points**2 @ classifier.eigenvalues + classifier.bias
    loss = np.logaddexp(0.0, logit if sphere == "inner" else -logit)
    worst = worst_case_loss(classifier, sphere, radius)
    assert np.all(loss <= worst + 1e-13)
    assert abs(loss.max() - worst) <= 1e-13  # the axes are among the points


@given(classifiers, spheres, radii, st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_error_rate_agrees_with_a_count(classifier, sphere, radius, seed) -> None:
    """Hoeffding: 20,000 points are off by more than 0.024 with probability below 2e-10."""
    rng = np.random.default_rng(seed)
    r = 1.0 if sphere == "inner" else radius
    points = rng.standard_normal((20_000, classifier.dim))
    logit = (points**2 / np.sum(points**2, axis=1, keepdims=True)) @ classifier.eigenvalues * r**2 + classifier.bias
    count = np.mean(logit > 0.0) if sphere == "inner" else np.mean(logit <= 0.0)
    ties = np.all(np.abs(classifier.error_coefficients(sphere, radius)) < 1e-9)
    if not ties:
        assert abs(exact_error_rate(classifier, sphere, radius).probability - count) <= 0.024


@given(classifiers, spheres, radii)
def test_chernoff_lies_above_the_exact_rate(classifier, sphere, radius) -> None:
    rate = exact_error_rate(classifier, sphere, radius)
    assert chernoff_log_error_rate(classifier, sphere, radius) >= rate.log - 1e-13 * max(1.0, abs(rate.log))


@given(eigenvalue_lists, values, radii)
def test_raising_a_weight_helps_outside_and_hurts_inside(eigenvalues, bias, radius) -> None:
    low = QuadraticClassifier(eigenvalues, bias)
    high = QuadraticClassifier(eigenvalues + np.eye(len(eigenvalues))[0], bias)
    assert exact_error_rate(high, "inner", radius).log >= exact_error_rate(low, "inner", radius).log - 1e-12
    assert exact_error_rate(high, "outer", radius).log <= exact_error_rate(low, "outer", radius).log + 1e-12


@settings(max_examples=20)
@given(st.lists(values, min_size=2, max_size=6), values, spheres, radii)
def test_the_twins_in_arbitrary_precision_agree(eigenvalues, bias, sphere, radius) -> None:
    classifier = QuadraticClassifier(np.array(eigenvalues), bias)
    rate = exact_error_rate(classifier, sphere, radius)
    log, complement = (float(x) for x in reference.exact_error_rate(eigenvalues, bias, sphere, radius, digits=20))
    for ours, theirs in ((rate.log, log), (rate.log_complement, complement)):
        # One rounding of each coefficient comes on top of the error of the tail.
        assert ours == theirs or abs(ours - theirs) <= 2e-14 * max(1.0, abs(theirs))
    loss = float(reference.worst_case_loss(eigenvalues, bias, sphere, radius))
    assert abs(worst_case_loss(classifier, sphere, radius) - loss) <= 1e-14 * max(1.0, loss)
    if any(reference.error_coefficients(eigenvalues, bias, sphere, radius)):
        clt = float(reference.clt_error_rate(eigenvalues, bias, sphere, radius, digits=20)[0])
        assert abs(clt_error_rate(classifier, sphere, radius).log - clt) <= 1e-12 * max(1.0, abs(clt))
        chernoff = float(reference.chernoff_log_error_rate(eigenvalues, bias, sphere, radius, digits=20))
        ours = chernoff_log_error_rate(classifier, sphere, radius)
        assert ours == chernoff or abs(ours - chernoff) <= 1e-12 * max(1.0, abs(chernoff))
