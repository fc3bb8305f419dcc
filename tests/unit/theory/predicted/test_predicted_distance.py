"""Means of distances without sampling: closed forms, exact one-dimensional integrals, sampling, edges, refusals."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from mpmath import mp
from scipy.integrate import quad
from scipy.special import betaln

from adversarial_spheres.numerics.distances.exact import observe_nearest_distances
from adversarial_spheres.theory.basics.errors import AccuracyError, InvalidArgumentError
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.predicted import mean_distance as module
from adversarial_spheres.theory.predicted import negative_part
from adversarial_spheres.theory.predicted.mean_distance import (
    jensen_sine_square,
    mean_angle_lower_bound,
    mean_angle_prediction,
    mean_angle_second_order,
    mean_chord_lower_bound,
    mean_chord_prediction,
    mean_sine_square,
)
from adversarial_spheres.theory.predicted.negative_part import negative_part_moments
from adversarial_spheres.theory.predicted.quadrature import gauss_rules
from adversarial_spheres.theory.quadratic.errors import QuadraticErrors
from adversarial_spheres.theory.quadratic.form import positive_probability


def two_valued_mean(positive: int, dim: int, ratio: float, function) -> float:
    """Exact mean for c = 1 (``positive`` times) and -ratio: theta = max(0, phi - phi0), phi from the positive part."""
    a, b = (dim - positive) / 2.0, positive / 2.0
    edge = np.arctan(1.0 / np.sqrt(ratio))

    def integrand(phi: float) -> float:
        log_density = (2 * a - 1) * np.log(np.sin(phi)) + (2 * b - 1) * np.log(np.cos(phi)) - betaln(a, b)
        return 2.0 * np.exp(log_density) * function(phi - edge)

    peak = np.arctan2(np.sqrt(a), np.sqrt(b))
    cuts = [
        edge,
        *sorted(x for x in peak + np.array([-6, -2, 0, 2, 6]) / np.sqrt(dim) if edge < x < np.pi / 2),
        np.pi / 2,
    ]
    return sum(quad(integrand, low, high, epsabs=0.0, epsrel=1e-12)[0] for low, high in pairwise(cuts))


TWO_VALUED = [
    (1, 2, 1.0),
    (1, 2, 0.3),
    (1, 3, 1.0),
    (2, 3, 4.0),
    (1, 10, 0.1),
    (3, 10, 0.5),
    (30, 60, 2.0),
    (2, 60, 0.05),
]
LARGE = [(10, 500, 0.05), (250, 500, 2.0), (1, 500, 0.02), (100, 500, 0.2), (100, 500, 0.24), (400, 2000, 0.3)]


@pytest.mark.parametrize(("positive", "dim", "ratio"), TWO_VALUED + LARGE)
def test_the_mean_of_sine_square_is_exact(positive: int, dim: int, ratio: float) -> None:
    c = np.repeat([1.0, -ratio], [positive, dim - positive])
    exact = two_valued_mean(positive, dim, ratio, lambda x: np.sin(x) ** 2)
    assert abs(mean_sine_square(c) / exact - 1.0) < 1e-9


@pytest.mark.parametrize(
    ("positive", "dim", "ratio"),
    [
        *((20, 25, 0.2), (32, 33, 0.0173), (47, 48, 1.4e-3), (100, 115, 0.27), (145, 146, 1.4e-3), (400, 403, 0.49)),
        *((1, 1742, 1.281e-3), (1333, 1334, 1337.0)),
    ],
)
def test_the_mean_of_sine_square_is_exact_where_nearly_all_coefficients_or_points_are_on_one_side(
    positive: int, dim: int, ratio: float
) -> None:
    c = np.repeat([1.0, -ratio], [positive, dim - positive])
    with mp.workdps(25):
        a, b, edge = mp.mpf(dim - positive), mp.mpf(positive), mp.acot(mp.sqrt(ratio))
        size = mp.beta(a / 2, b / 2) / 2

        def integrand(phi: Any) -> Any:
            """The square of the sine and, as imaginary part, the angle, times the density."""
            density = mp.sin(phi) ** (a - 1) * mp.cos(phi) ** (b - 1) / size
            return mp.mpc(mp.sin(phi - edge) ** 2, phi - edge) * density

        cuts = [edge + (mp.pi / 2 - edge) * (mp.mpf(j) / 120) ** 2 for j in range(121)]
        exact = mp.quad(integrand, cuts, method="gauss-legendre", maxdegree=5)
    assert abs(mean_sine_square(c) / exact.real - 1) < 1e-9
    angle = exact.imag
    error_rate = positive_probability(c).probability
    assert mean_angle_lower_bound(c, error_rate=error_rate) <= angle
    assert abs(mean_angle_prediction(c) / angle - 1) < 0.04


@pytest.mark.parametrize(("positive", "dim", "ratio"), TWO_VALUED + LARGE)
def test_predictions_and_lower_bounds_against_exact_means(positive: int, dim: int, ratio: float) -> None:
    c = np.repeat([1.0, -ratio], [positive, dim - positive])
    angle = two_valued_mean(positive, dim, ratio, lambda x: x)
    chord = two_valued_mean(positive, dim, ratio, lambda x: 2.0 * np.sin(x / 2.0))
    # points in or near the error set cost accuracy
    error_rate = 1.0 - two_valued_mean(positive, dim, ratio, np.ones_like)
    allowed = (0.0012 if dim >= 500 else 0.0025) + 0.005 * error_rate
    assert abs(mean_angle_prediction(c) / angle - 1.0) < allowed
    assert abs(mean_chord_prediction(c) / chord - 1.0) < allowed
    assert mean_angle_lower_bound(c) <= angle
    assert mean_chord_lower_bound(c) <= chord
    if dim >= 500 and angle > 0.1:
        assert mean_angle_lower_bound(c) > 0.985 * angle


@pytest.mark.parametrize("ratio", [0.1, 1.0, 7.0])
def test_the_plane_has_a_closed_form(ratio: float) -> None:
    free = np.pi / 2.0 - np.arctan(1.0 / np.sqrt(ratio))
    exact = (free / 2.0 - np.sin(2.0 * free) / 4.0) * 2.0 / np.pi
    assert abs(mean_sine_square([1.0, -ratio]) / exact - 1.0) < 1e-12


SAMPLED = {
    "few positive, d 60": (np.random.default_rng(1).normal(-0.15, 0.11, 60), 0.001),
    "wide, d 60": (np.random.default_rng(2).normal(-0.2, 0.3, 60), 0.001),
    "d 10": (np.random.default_rng(3).normal(-0.2, 0.3, 10), 0.004),
}


@pytest.mark.parametrize("name", SAMPLED)
def test_sampling_agrees(name: str) -> None:
    c, allowed = SAMPLED[name]
    found = observe_nearest_distances(QuadraticErrors(c, False), samples=40_000, seed=4, workers=1)
    # six standard errors: a false alarm has probability 2e-9
    for metric, predict, bound in (
        ("geodesic", mean_angle_prediction, mean_angle_lower_bound),
        ("euclidean", mean_chord_prediction, mean_chord_lower_bound),
    ):
        observed, slack = found.mean(metric=metric), 6.0 * found.standard_error(metric=metric)
        assert abs(predict(c) - observed) < slack + allowed * observed
        assert bound(c, error_rate=0.0) < observed + slack


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_prediction_holds_to_two_per_mille_at_dim_500(seed: int) -> None:
    rng = np.random.default_rng(seed)
    c = [rng.normal(-0.2, 0.11, 500), rng.normal(-0.2, 0.3, 500), rng.gamma(2.1, 0.38, 500) - 1.0][seed]
    found = observe_nearest_distances(QuadraticErrors(c, False), samples=600_000, seed=seed)
    observed, error = found.mean(metric="geodesic"), found.standard_error(metric="geodesic")
    assert error < 2.5e-4 * observed
    assert abs(mean_angle_prediction(c) - observed) < 6.0 * error + 3e-4 * observed
    assert mean_angle_lower_bound(c) < observed + 6.0 * error
    worse = abs(mean_angle_second_order(c) - observed)
    if seed == 0:
        assert worse > 6.0 * error  # negative control: the expansion is told apart from the exact moments


def test_no_errors_are_infinitely_far() -> None:
    for function in (
        jensen_sine_square,
        mean_sine_square,
        mean_angle_lower_bound,
        mean_chord_lower_bound,
        mean_angle_prediction,
        mean_chord_prediction,
    ):
        assert function([-1.0, -2.0]) == np.inf
        assert function([0.0, -2.0]) == np.inf
        assert function([0.0, 0.0], boundary_is_error=True) == 0.0
        assert function([0.0, 2.0]) == 0.0
    assert mean_angle_second_order([-1.0, -2.0]) == np.inf


def test_the_null_space_as_the_error_set() -> None:
    c = [0.0, 0.0, -1.0, -2.0, -3.0]
    assert abs(jensen_sine_square(c, boundary_is_error=True) - 0.6) < 1e-15
    assert abs(mean_sine_square(c, boundary_is_error=True) - 0.6) < 1e-15
    # the angle to a line in the plane is uniform
    assert abs(mean_angle_prediction([0.0, -1.0], boundary_is_error=True) - np.pi / 4.0) < 1e-13
    assert abs(mean_chord_prediction([0.0, -1.0], boundary_is_error=True) - (8.0 - 4.0 * np.sqrt(2.0)) / np.pi) < 1e-12
    assert mean_angle_lower_bound(c, boundary_is_error=True) < mean_angle_prediction(c, boundary_is_error=True)


def test_a_history_is_taken_row_by_row() -> None:
    c = np.random.default_rng(5).normal(-0.2, 0.4, (2, 3, 8))
    c[1, 2] = -1.0
    values = mean_angle_prediction(c)
    assert values.shape == (2, 3)
    assert values[1, 2] == np.inf
    assert values[0, 1] == mean_angle_prediction(c[0, 1])
    rates = np.linspace(0.0, 0.1, 3)
    bounds = mean_angle_lower_bound(c, error_rate=rates)
    assert bounds[0, 1] == mean_angle_lower_bound(c[0, 1], error_rate=LogProbability.of(rates[1]))


@pytest.mark.parametrize(
    ("coefficients", "options", "name"),
    [
        ([1.0], {}, "coefficients"),
        ([1.0, np.nan], {}, "coefficients"),
        ([1.0, -1.0], {"error_rate": 1.5}, "error_rate"),
        ([1.0, -1.0], {"error_rate": -0.1}, "error_rate"),
    ],
)
def test_bad_input_is_named(coefficients: list[float], options: dict, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=name):
        mean_angle_lower_bound(coefficients, **options)


def test_the_expansion_refuses_when_most_points_are_errors() -> None:
    with pytest.raises(InvalidArgumentError, match="negative sum"):
        mean_angle_second_order([1.0, -0.5])


def test_negative_parts_of_definite_forms_are_plain_moments() -> None:
    q, s = np.array([[-1.0, -2.0, -3.0]]), np.array([[1.0, 1.0, 1.0]])
    assert np.allclose(negative_part_moments(q, s, 3)[:, 0], 2.0, rtol=1e-14)  # S = 1 on the sphere
    assert np.all(negative_part_moments(-q, s, 3) == 0.0)


def test_both_parts_differ_by_the_mean() -> None:
    rng = np.random.default_rng(6)
    q, s = rng.standard_normal((20, 7)), rng.standard_normal((20, 7))
    difference = negative_part_moments(-q, s, 1) - negative_part_moments(q, s, 1)
    assert np.allclose(difference[0], q.mean(axis=1), atol=1e-14)
    exact = (q.sum(axis=1) * s.sum(axis=1) + 2.0 * (q * s).sum(axis=1)) / (7.0 * 9.0)
    assert np.allclose(difference[1], exact, atol=1e-14)


def test_the_step_of_the_contour_integral_is_small_enough() -> None:
    rng = np.random.default_rng(7)
    for dim in (2, 5, 50, 1000):
        q = rng.normal(-0.1, 1.0, (10, dim)) * rng.lognormal(0.0, 1.0, dim)
        q[5:, 0] = 100.0 * dim  # one large positive coefficient against a nearly constant rest
        coarse = negative_part_moments(q, np.abs(q), 5)
        fine = negative_part_moments(q, np.abs(q), 5, step=1.0 / 20.0)
        assert np.allclose(coarse, fine, rtol=1e-8, atol=0.0), dim


def test_rows_that_turn_fast_have_a_finer_step_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = np.concatenate([np.full(20, 1.0), np.full(21, -1.0)])
    fast = np.concatenate([[1.0], np.full(40, -1.0 / 40.0)])
    forms = np.array([slow, fast])
    both = negative_part_moments(forms, np.abs(forms), 0)
    for row in range(2):
        alone = negative_part_moments(forms[row : row + 1], np.abs(forms[row : row + 1]), 0)
        np.testing.assert_allclose(both[0, row], alone[0, 0], rtol=1e-14)
    monkeypatch.setattr(negative_part, "_TURN", 0.01)
    monkeypatch.setattr(negative_part, "_LEAST_STEP", 1.0 / 16.0)
    with pytest.raises(AccuracyError, match="were not resolved") as caught:
        negative_part_moments(forms, np.abs(forms), 0)
    assert caught.value.best_estimate.shape == (1, 2)


def test_gauss_rules_fall_back_to_fewer_points() -> None:
    point = np.array([[0.3**k] for k in range(6)])
    nodes, shares = gauss_rules(point)
    assert abs((shares * nodes).sum() - 0.3) < 1e-12
    two = np.array([[0.5 * 0.2**k + 0.5 * 0.6**k] for k in range(6)])
    nodes, shares = gauss_rules(two)
    assert abs((shares / np.sqrt(nodes)).sum() - 0.5 * (0.2**-0.5 + 0.6**-0.5)) < 1e-9


def test_a_quadrature_that_breaks_down_raises_with_what_it_gave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "jensen_optimum", lambda lam: (np.zeros(2), -np.inf))
    with pytest.raises(AccuracyError, match=r"smallest coefficient is -5\.0e-01 times the largest") as caught:
        jensen_sine_square([2.0, -1.0])
    assert caught.value.best_estimate == -np.inf
