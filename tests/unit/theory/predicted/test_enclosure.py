"""The proved intervals of the mean distance: narrow, around the exact means, and proofs whatever is proposed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mpmath import mp
from scipy import integrate
from scipy.special import gammaln

from adversarial_spheres import QuadraticClassifier, paper_alphas, predict_distance
from adversarial_spheres.numerics.verdicts.exact_sample import sample_nearest_angles
from adversarial_spheres.theory.basics.errors import AccuracyError
from adversarial_spheres.theory.predicted import enclosure, root_moments
from adversarial_spheres.theory.predicted.enclosure import mean_distance_enclosure
from adversarial_spheres.theory.predicted.mean_distance import shared_nodes
from adversarial_spheres.theory.predicted.root_moments import mean_roots
from adversarial_spheres.theory.quadratic.errors import QuadraticErrors

TUBES = [
    (1, 2, 1.0),
    (2, 5, 0.3),
    (39, 40, 1e-3),
    *(pytest.param(x, marks=pytest.mark.slow) for x in [(1, 3, 100.0), (20, 30, 1.0), (1, 30, 0.05)]),
]


def tube(positive: int, dim: int, ratio: float) -> QuadraticErrors:
    """Errors within an angle of a coordinate subspace, whose distances have an elementary density."""
    return QuadraticErrors(np.repeat([1.0, -ratio], [positive, dim - positive]), False)


def tube_mean(positive: int, dim: int, ratio: float, function) -> float:
    """Mean of a function of the distance to such a tube, 0 on it."""
    edge = np.arctan(1.0 / np.sqrt(ratio))
    powers = dim - positive - 1.0, positive - 1.0
    peak = np.arctan2(np.sqrt(powers[0]), np.sqrt(powers[1]))

    def density(angle: float) -> float:
        return np.sin(angle) ** powers[0] * np.cos(angle) ** powers[1]

    def whole(f, low: float) -> float:
        inner = [peak] if low < peak < np.pi / 2 else None
        return integrate.quad(f, low, np.pi / 2, points=inner, epsabs=0.0, epsrel=1e-11, limit=300)[0]

    return whole(lambda t: density(t) * function(t - edge), edge) / whole(density, 0.0)


@pytest.mark.parametrize("shape", TUBES)
def test_tubes_are_known_to_a_thousandth_and_the_means_of_sine_and_cosine_are_exact(shape):
    for metric, function in (("geodesic", lambda t: t), ("euclidean", lambda t: 2.0 * np.sin(t / 2.0))):
        low, high = mean_distance_enclosure(tube(*shape), metric=metric)
        assert low <= tube_mean(*shape, function) <= high <= 1.001 * low
    means, errors = mean_roots(shared_nodes(tube(*shape).coefficients))
    exact = [tube_mean(*shape, f) for f in (np.sin, lambda t: 2.0 * np.sin(t / 2.0) ** 2)]
    assert np.all(np.abs(means - exact) <= errors)
    assert np.all(errors <= 1e-6 * means)


@pytest.mark.parametrize(("sphere", "width"), [("inner", 5e-4), pytest.param("outer", 1e-5, marks=pytest.mark.slow)])
def test_the_papers_network_is_known_to_a_thousandth(sphere, width):
    found = predict_distance(QuadraticClassifier.from_alphas(paper_alphas()), sphere)
    assert found.lower <= found.point <= found.proved_upper <= found.lower * (1.0 + width)
    assert found.proved_upper < found.even_limit < found.upper


@pytest.mark.parametrize(("positive", "dim", "exponent"), [(1, 31, 89), (5, 10, 45), (50, 100, 8), (2, 5, 60)])
def test_tiny_angles_are_known_as_well_as_large_ones(positive, dim, exponent):
    """Powers of sin^2 that would underflow are kept in a unit of it; E theta is elementary in the limit."""
    ratio = 10.0**-exponent
    low, high = mean_distance_enclosure(tube(positive, dim, ratio), metric="geodesic")
    density = gammaln(0.5 * dim) - gammaln(0.5 * (dim - positive)) - gammaln(0.5 * positive) + np.log(2.0)
    # Errors are at phi > eps = sqrt(ratio) of the angle phi to the other coordinates' space: theta = eps - phi.
    mean = np.exp(density + 0.5 * (positive + 1.0) * np.log(ratio)) / (positive * (positive + 1.0))
    assert low <= mean * (1.0 + 1e-4)
    assert high >= mean * (1.0 - 1e-4)
    assert high <= low * 1.001


@pytest.mark.slow
def test_products_that_no_double_holds_spoil_no_proof():
    """The interval was [7.49e-120, 8.58e-120]: terms of an integral overflowed and were lost."""
    positive, negative, share = 500, 2424, 0.02839192
    errors = QuadraticErrors(np.repeat([1.0, -share], [positive, negative]), False)
    with mp.workdps(30):
        edge, scale = mp.atan(mp.sqrt(mp.mpf(share))), 2 / mp.beta(positive / 2, negative / 2)
        places = mp.linspace(0.8 * edge, edge, 30)
        truth = scale * mp.quad(
            lambda a: (edge - a) * mp.sin(a) ** (positive - 1) * mp.cos(a) ** (negative - 1), places
        )
    low, high = mean_distance_enclosure(errors, metric="geodesic")
    assert low <= truth <= high <= 1.001 * low


def test_where_intervals_stay_wide():
    """Where E sin^2 is below 1e-280, or all angles are below 1e-45: nothing but the coarse bounds is said."""
    for positive, dim, exponent in ((1, 2, 95), (5, 10, 80)):
        errors = tube(positive, dim, 10.0**-exponent)
        assert enclosure._Law.of(errors, shared_nodes(errors.coefficients)) is None
        low, high = mean_distance_enclosure(errors, metric="geodesic")
        assert 0.0 <= low <= high < 1e-90


def test_powers_beyond_the_doubles_propose_nothing():
    """As of spectrum 67 of ``benchmarks.intervals``, of 5749 dimensions: the programme refused them, a ValueError."""
    errors = tube(1, 30, 0.05)
    law = enclosure._Law.of(errors, shared_nodes(errors.coefficients))
    tiny = replace(law, powers=law.powers * 1e-60 ** np.arange(7.0))
    with np.errstate(over="ignore", invalid="ignore"):
        assert tiny._proposal(enclosure._angle, 1.0, 1) is None


@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
def test_a_mean_below_the_doubles_is_not_bounded_by_0(metric):
    low, high = mean_distance_enclosure(tube(1500, 1520, 0.1), metric=metric)
    assert low == 0.0 < high < 1e-300


def test_any_proposal_is_lifted_to_a_bound(monkeypatch):
    """The programme only proposes: what it says is held against the distance, so that nonsense gives wide bounds."""
    errors, exact = tube(2, 5, 0.3), tube_mean(2, 5, 0.3, lambda t: t)
    rng = np.random.default_rng(1)
    monkeypatch.setattr(
        enclosure._Law, "_proposal", lambda law, *_: 0.1 * rng.standard_normal(len(law.uncertain)), raising=True
    )
    for _ in range(5):
        law = enclosure._Law.of(errors, shared_nodes(errors.coefficients))
        assert law.bound(enclosure._angle, -1.0) <= exact <= law.bound(enclosure._angle, 1.0)
        p = law._lifted(law._proposal(), enclosure._angle, 1.0)
        theta = rng.uniform(0.0, law.farthest, 10_000)
        y = law._standard(theta)
        assert np.all(law._functions(theta, y) @ p >= theta)


def test_without_the_lift_a_proposal_is_no_bound():
    """Negative control: the programme's own answer is below the distance somewhere."""
    errors = tube(2, 5, 0.3)
    law = enclosure._Law.of(errors, shared_nodes(errors.coefficients))
    p = law._proposal(enclosure._angle, 1.0, 1)
    theta = np.linspace(0.0, law.farthest, 100_000)
    y = law._standard(theta)
    assert np.min(law._functions(theta, y) @ p - theta) < 0.0


def test_where_the_programme_fails_a_plain_bound_is_left(monkeypatch):
    monkeypatch.setattr(enclosure._Law, "_proposal", lambda *_: None)
    low, high = mean_distance_enclosure(tube(2, 5, 0.3), metric="geodesic")
    assert 0.0 < low < tube_mean(2, 5, 0.3, lambda t: t) < high < np.arctan(np.sqrt(0.3))


def test_ends_of_the_range():
    assert mean_distance_enclosure(QuadraticErrors([-1.0, -2.0], False), metric="geodesic") == (np.inf, np.inf)
    assert mean_distance_enclosure(QuadraticErrors([1.0, 2.0], False), metric="geodesic") == (0.0, 0.0)
    assert mean_distance_enclosure(QuadraticErrors([0.0, 0.0], True), metric="euclidean") == (0.0, 0.0)
    low, high = mean_distance_enclosure(QuadraticErrors([0.0, -1.0, -1.0], True), metric="geodesic")
    assert low < 1.0 < high < 1.0 + 1e-8  # to an axis: a uniform height
    nearly_all = QuadraticErrors(np.array([1.0] * 199 + [-1e-9]), False)
    low, high = mean_distance_enclosure(nearly_all, metric="geodesic")
    assert 0.0 <= low <= high < 1e-300


def test_an_integral_that_does_not_converge_raises(monkeypatch):
    monkeypatch.setattr(root_moments, "_MAX_NODES", 4)
    with pytest.raises(AccuracyError, match="inverse root did not converge"):
        mean_roots(shared_nodes(np.array([1.0, -0.7, -0.2])))


@pytest.mark.slow
def test_observed_means_lie_in_the_proved_intervals():
    """Means of 4000 points less what powers of sin^2, of known means, explain; 6 standard errors: 1e-9 each."""
    rng = np.random.default_rng(3)
    for dim in (2, 3, 7, 30, 200):
        for errors in (rng.uniform(-1.0, rng.uniform(0.1, 1.0), dim), rng.normal(-0.5, 0.3, dim)):
            errors[0] = abs(errors[0])
            errors[1] = -abs(errors[1])
            found = QuadraticErrors(errors, False)
            low, high = mean_distance_enclosure(found, metric="geodesic")
            assert high <= 1.001 * low
            angles = sample_nearest_angles(found, samples=4000, seed=dim, key=(0,)).upper
            nodes = shared_nodes(errors / errors.max())
            known = np.arange(1, 7) * (nodes.moments @ nodes.weights) * nodes.unit ** np.arange(6)
            powers = np.sin(angles)[:, None] ** np.array([2, 4, 6]) - known[:3]
            design = np.column_stack([np.ones(len(angles)), powers])
            rest = angles - powers @ np.linalg.lstsq(design, angles, rcond=None)[0][1:]
            error = 6.0 * rest.std() / np.sqrt(len(rest))
            assert low - error <= rest.mean() <= high + error
