from __future__ import annotations

import csv
from fractions import Fraction
from importlib import resources

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mpmath import mp

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier, eigenbasis_of_weights
from adversarial_spheres.theory.quadratic.contour import EPS
from adversarial_spheres.theory.quadratic.error_rate import (
    chernoff_log_error_rate,
    clt_error_rate,
    exact_error_rate,
    exact_error_rate_enclosure,
    worst_case_loss,
)
from adversarial_spheres.theory.reference import quadratic_network as twin

R = 1.3


def paper_alphas() -> np.ndarray:
    text = (resources.files("adversarial_spheres") / "data" / "paper_alphas.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    pairs = [(float(row["alpha_bin_centre"]), int(row["count"])) for row in rows]
    return np.repeat([p[0] for p in pairs], [p[1] for p in pairs])


@pytest.mark.parametrize(
    ("sphere", "clt", "exact"),
    [("inner", -11.010, -12.241), ("outer", -4.595, -5.158)],
)
def test_the_papers_own_network(sphere: str, clt: float, exact: float) -> None:
    classifier = QuadraticClassifier.from_alphas(paper_alphas())
    assert classifier.dim == 500
    assert classifier.alphas_outside(R) == 390
    assert clt_error_rate(classifier, sphere, R).log10 == pytest.approx(clt, abs=5e-4)
    assert exact_error_rate(classifier, sphere, R).log10 == pytest.approx(exact, abs=5e-4)
    assert chernoff_log_error_rate(classifier, sphere, R) >= exact_error_rate(classifier, sphere, R).log


def test_eigenvalues_of_a_network_wider_and_narrower_than_the_space() -> None:
    rng = np.random.default_rng(5)
    for hidden, dim in [(7, 4), (4, 4), (3, 6), (1, 5)]:
        w = rng.standard_normal((hidden, dim)).astype(np.float32)
        for scale in (0.7, -0.7):
            classifier = QuadraticClassifier.from_weights(w, scale, -1.25)
            basis = eigenbasis_of_weights(w)
            x = rng.standard_normal((20, dim))
            logit = scale * np.sum((x @ w.astype(np.float64).T) ** 2, axis=-1) - 1.25
            ours = (x @ basis) ** 2 @ classifier.eigenvalues + classifier.bias
            np.testing.assert_allclose(ours, logit, atol=1e-12)
            assert np.sum(np.abs(classifier.eigenvalues) < 1e-12) == max(0, dim - hidden)
            assert np.all(classifier.eigenvalues * scale >= 0.0)


def test_weights_of_extreme_size() -> None:
    w = np.random.default_rng(2).standard_normal((4, 3))
    plain = QuadraticClassifier.from_weights(w, 1.0, -1.0)
    for power in (-400, 400):
        huge = QuadraticClassifier.from_weights(np.ldexp(w, power), 1.0, -1.0)
        np.testing.assert_array_equal(huge.eigenvalues, np.ldexp(plain.eigenvalues, 2 * power))
        np.testing.assert_array_equal(eigenbasis_of_weights(np.ldexp(w, power)), eigenbasis_of_weights(w))
    with pytest.raises(InvalidArgumentError, match="weights"):
        QuadraticClassifier.from_weights(np.ldexp(w, 1000), 1.0, -1.0)
    assert np.all(QuadraticClassifier.from_weights(np.zeros((2, 3)), 1.0, -1.0).eigenvalues == 0.0)


def test_no_logit_anywhere_is_an_error_of_the_outer_sphere_only() -> None:
    for classifier in (
        QuadraticClassifier(np.zeros(3), 0.0),
        QuadraticClassifier(np.full(3, -4.0), 4.0 * 1.5**2),
    ):
        assert exact_error_rate(classifier, "outer", 1.5).probability == 1.0
        assert clt_error_rate(classifier, "outer", 1.5).log == 0.0
        assert chernoff_log_error_rate(classifier, "outer", 1.5) == 0.0
        assert not classifier.is_perfect("outer", 1.5)
        assert not classifier.touches_boundary("outer", 1.5)
    assert exact_error_rate(QuadraticClassifier(np.zeros(3), 0.0), "inner", 1.5).log == -np.inf
    assert QuadraticClassifier.from_alphas([1.0, 1.0]).touches_boundary("inner", 1.5)


def test_perfect_networks() -> None:
    inside = QuadraticClassifier.from_alphas([0.7, 0.9, 0.95])
    touching = QuadraticClassifier.from_alphas([0.7, 0.9, 1.0])
    for sphere in ("inner", "outer"):
        assert inside.is_perfect(sphere, R)
        assert not inside.touches_boundary(sphere, R)
        assert exact_error_rate(inside, sphere, R).log == -np.inf
        assert exact_error_rate(inside, sphere, R).log_complement == 0.0
    assert touching.is_perfect("inner", R)
    assert touching.touches_boundary("inner", R)
    assert not touching.touches_boundary("outer", R)
    wrong = QuadraticClassifier.from_alphas([3.0, 4.0])
    assert exact_error_rate(wrong, "inner", R).probability == 1.0


def test_outer_coefficients_keep_their_digits_at_the_edge_of_the_band() -> None:
    for alpha in (0.591715976331361, np.nextafter(1 / 1.3**2, 0), 1 / 1.3**2, 0.5917159769):
        c = QuadraticClassifier.from_alphas([alpha, 0.8]).error_coefficients("outer", 1.3)
        exact = -(Fraction(alpha) * Fraction(1.3) ** 2 - 1)
        assert abs(Fraction(float(c[0])) - exact) <= abs(exact) * Fraction(1, 2**52)


def test_wildly_unequal_eigenvalues_neither_overflow_nor_vanish() -> None:
    classifier = QuadraticClassifier(np.array([1e300, 1e-300, -1e300]), -1e-300)
    c = classifier.error_coefficients("outer", 1.3)
    np.testing.assert_allclose(c, [-1.69e300, -0.69e-300, 1.69e300], rtol=1e-15)
    with pytest.raises(InvalidArgumentError, match="eigenvalues"):
        QuadraticClassifier(np.array([1.7e308, 0.0]), 1.0).error_coefficients("outer", 1.3)


@pytest.mark.parametrize("scale", [1e-300, 1e-320])
def test_coefficients_that_would_lose_their_digits_are_refused(scale: float) -> None:
    """A coefficient that cancelled to 1e-16 of this lost its digits, and at last its sign: a rate of 1 instead of 0."""
    radius = float(np.nextafter(1.0, 2.0))
    exact = QuadraticClassifier([scale, 2.0 * scale], -scale).error_coefficients("inner", radius)
    assert exact.tolist() == [0.0, scale]
    with pytest.raises(InvalidArgumentError, match="keeps its digits"):
        QuadraticClassifier([scale, scale], -scale).error_coefficients("outer", radius)


def test_histories() -> None:
    rng = np.random.default_rng(1)
    history = QuadraticClassifier(rng.normal(0.8, 0.3, (4, 20)), -np.ones(4))
    rates = exact_error_rate(history, "inner", R)
    assert rates.shape == (4,) == history.shape
    assert len(history) == 4
    for i, one in enumerate(history):
        assert one.shape == ()
        assert exact_error_rate(one, "inner", R).log == pytest.approx(rates.log[i], abs=1e-14)
    assert history[1:3].shape == (2,)
    assert history.alphas.shape == (4, 20)
    assert worst_case_loss(history, "outer", R).shape == (4,)
    with pytest.raises(InvalidArgumentError):
        len(history[0])
    with pytest.raises(InvalidArgumentError):
        history[0][0]


@pytest.mark.parametrize(
    "call",
    [
        lambda: QuadraticClassifier.from_alphas([0.5]),
        lambda: QuadraticClassifier.from_alphas([0.5, np.nan]),
        lambda: QuadraticClassifier(np.ones((3, 2)), np.ones(2)),
        lambda: QuadraticClassifier(np.ones(2), np.ones(2)),
        lambda: QuadraticClassifier.from_weights(np.ones(3), 1.0, 1.0),
        lambda: QuadraticClassifier.from_weights(np.ones((3, 1)), 1.0, 1.0),
        lambda: QuadraticClassifier.from_weights(np.ones((3, 2)), [1.0], 1.0),
        lambda: QuadraticClassifier.from_weights(np.full((3, 2), np.inf), 1.0, 1.0),
        lambda: QuadraticClassifier(np.ones(2), 1.0).alphas,
        lambda: QuadraticClassifier(np.ones(2), 0.0).alphas_outside(R),
        lambda: QuadraticClassifier(np.ones(2), -1.0).alphas_outside(1.0),
        lambda: exact_error_rate(QuadraticClassifier(np.ones(2), -1.0), "middle", R),
        lambda: exact_error_rate(QuadraticClassifier(np.ones(2), -1.0), "inner", 0.9),
    ],
)
def test_bad_input_is_refused(call) -> None:
    with pytest.raises(InvalidArgumentError):
        call()


@pytest.mark.parametrize("shape", [(2,), (1, 2), (5, 2), (3, 5, 2)])
def test_the_input_gradient_is_the_slope_of_the_logit(shape: tuple[int, ...]) -> None:
    classifier = QuadraticClassifier(np.array([1.5, -0.5]), -1.0)
    points = np.random.default_rng(1).standard_normal(shape)
    gradient = classifier.input_gradient(points)
    assert gradient.shape == shape
    for axis in range(2):
        step = 1e-3 * np.eye(2)[axis]
        slope = (classifier.logits(points + step) - classifier.logits(points - step)) / 2e-3
        np.testing.assert_allclose(gradient[..., axis], slope, rtol=1e-9, atol=1e-12)


def test_logits_and_gradients_take_any_number_of_axes() -> None:
    classifier = QuadraticClassifier.from_alphas([0.9, 0.5, 1.1])
    points = np.random.default_rng(1).standard_normal((4, 2, 5, 3))
    logits, gradients = classifier.logits(points), classifier.input_gradient(points)
    assert logits.shape == (4, 2, 5)
    assert gradients.shape == points.shape
    for index in np.ndindex(4, 2, 5):
        z = points[index]
        assert isinstance(classifier.logits(z), np.float64)
        assert logits[index] == pytest.approx(0.9 * z[0] ** 2 + 0.5 * z[1] ** 2 + 1.1 * z[2] ** 2 - 1.0, abs=1e-14)
        np.testing.assert_allclose(gradients[index], 2.0 * z * [0.9, 0.5, 1.1], rtol=1e-15)
    assert classifier.logits(np.empty((0, 3))).shape == (0,)


def test_each_classifier_of_a_history_is_judged_by_itself() -> None:
    alphas = np.array([[[0.8, 0.9], [0.8, 1.1]], [[0.55, 0.9], [1.0, 1.0]], [[0.5, 1.1], [0.3, 0.4]]])
    history = QuadraticClassifier.from_alphas(alphas)
    for sphere in ("inner", "outer"):
        perfect, touching = history.is_perfect(sphere, R), history.touches_boundary(sphere, R)
        rates = exact_error_rate(history, sphere, R)
        for index in np.ndindex(3, 2):
            one = history[index]
            assert perfect[index] == one.is_perfect(sphere, R) == np.isneginf(rates.log[index])
            assert touching[index] == one.touches_boundary(sphere, R)
            assert history.alphas_outside(R)[index] == one.alphas_outside(R)
            for function in (exact_error_rate, clt_error_rate):
                assert function(history, sphere, R).log[index] == pytest.approx(
                    function(one, sphere, R).log, rel=1e-14, abs=0.0
                )
            for rule in (chernoff_log_error_rate, worst_case_loss):
                assert rule(history, sphere, R)[index] == pytest.approx(rule(one, sphere, R), rel=1e-14, abs=0.0)
    assert history.is_perfect("inner", R).tolist() == [[True, False], [True, True], [False, True]]
    assert history.is_perfect("outer", R).tolist() == [[True, True], [False, True], [False, False]]
    assert history.touches_boundary("inner", R).tolist() == [[False, False], [False, True], [False, False]]


def test_a_classifier_of_a_history_whose_logits_are_all_zero_is_judged_by_itself() -> None:
    """On the outer sphere of radius 2 alphas of 1/4 make every logit 0, which is an error there."""
    history = QuadraticClassifier.from_alphas([[0.25, 0.25], [0.5, 0.5]])
    assert history.is_perfect("outer", 2.0).tolist() == [False, True]
    assert chernoff_log_error_rate(history, "outer", 2.0).tolist() == [0.0, -np.inf]
    assert exact_error_rate(history, "outer", 2.0).log.tolist() == [0.0, -np.inf]


@given(
    st.integers(1, 2**20), st.integers(-(2**20), 2**20), st.sampled_from([1.0, 1.3, 7.0]), st.sampled_from([1, 2**-60])
)
@example(6, -3, 1.0, 1)
def test_coefficients_are_rounded_once_where_all_three_terms_cancel(
    up: int, down: int, radius: float, unit: float
) -> None:
    # The double nearest to a R^2 as bias: what is left of the logit lies beyond two times the working precision.
    outer_radius, a = radius * (1.0 + up * 2.0**-52), unit * (1.0 + down * 2.0**-52)
    bias = -float(Fraction(a) * Fraction(outer_radius) ** 2)
    exact = -(Fraction(a) * Fraction(outer_radius) ** 2 + Fraction(bias))
    found = QuadraticClassifier([a, 2.0 * a], bias).error_coefficients("outer", outer_radius)[0]
    assert abs(Fraction(float(found)) - exact) <= abs(exact) * Fraction(1, 2**52)


@pytest.mark.parametrize("sphere", ["inner", "outer"])
@pytest.mark.parametrize("alphas", [[0.5, 1.2, 1.0], [1.0, 1.0 + EPS, 1.0 - EPS], [0.9] * 60 + [1.1] * 40, [2.0, 3.0]])
def test_an_enclosure_of_the_error_rate_holds_the_exact_one(alphas: list[float], sphere: str) -> None:
    classifier = QuadraticClassifier.from_alphas(alphas)
    low, high = exact_error_rate_enclosure(classifier, sphere, R)
    middle = exact_error_rate(classifier, sphere, R)
    with mp.workdps(40):
        log, complement = twin.exact_error_rate(alphas, -1.0, sphere, R, digits=40)
        assert low.log <= log <= high.log
        assert high.log_complement <= complement <= low.log_complement
    assert low.log <= middle.log <= high.log
    if 0.0 < middle.probability < 1.0:
        assert float(high.log - low.log) <= 1e-12 * max(1.0, abs(middle.log))


def test_an_enclosure_knows_coefficients_that_are_all_rounded_against_it() -> None:
    """Half of them up and half down: the logarithm moves by more than the tail's own error, and by sqrt(dim log)."""
    dim = 10**4
    c = np.where(np.arange(dim) < dim // 2, 1.0, -1.1)
    moved = np.nextafter(c, np.inf)
    given, meant = (QuadraticClassifier(x, 0.0) for x in (c, moved))
    low, high = exact_error_rate_enclosure(given, "inner", R)
    assert low.log < exact_error_rate(meant, "inner", R).log < high.log
    assert high.log - low.log > 2e-14


def test_an_enclosure_of_certain_rates_is_a_point() -> None:
    for classifier, sphere, rate in (
        (QuadraticClassifier.from_alphas([0.9, 1.0]), "inner", 0.0),
        (QuadraticClassifier.from_alphas([1.1, 1.2]), "inner", 1.0),
        (QuadraticClassifier.from_alphas([0.25, 0.25]), "outer", 1.0),
    ):
        low, high = exact_error_rate_enclosure(classifier, sphere, 2.0)
        assert (low.probability, high.probability) == (rate, rate)
    history = QuadraticClassifier.from_alphas([[0.9, 1.0], [0.5, 1.1]])
    low, high = exact_error_rate_enclosure(history, "inner", 2.0)
    assert low.log.shape == high.log.shape == (2,)
    assert low.log[0] == high.log[0] == -np.inf


def test_an_enclosure_of_a_rare_error_is_narrow_on_both_sides() -> None:
    classifier = QuadraticClassifier.from_alphas(paper_alphas())
    for one, rate in ((classifier, 10.0**-12.2412), (QuadraticClassifier(-classifier.eigenvalues, 1.0), 1.0)):
        low, high = exact_error_rate_enclosure(one, "inner", R)
        exact = exact_error_rate(one, "inner", R)
        for name in ("log", "log_complement"):
            ends = sorted([float(getattr(low, name)), float(getattr(high, name))])
            middle = float(getattr(exact, name))
            assert ends[0] < middle < ends[1]
            assert ends[1] - ends[0] <= 3e-12 * max(abs(middle), 1.0) * min(1.0, 1e3 * abs(middle))
        assert exact.probability == pytest.approx(rate, rel=1e-3, abs=0.0)
