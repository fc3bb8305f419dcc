"""Quadrature along the dual variable: nodes, moments, Gauss rules and the factor for the mean of x^(-1/2)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, special

from adversarial_spheres.theory.basics.errors import AccuracyError
from adversarial_spheres.theory.predicted import quadrature as module
from adversarial_spheres.theory.predicted.quadrature import (
    divisors,
    dual_nodes,
    form_variance,
    gauss_rules,
    inverse_root_factors,
    jensen_optimum,
)

SPECTRA = {
    "two": np.array([1.0, -1.0]),
    "few positive": np.concatenate([[1.0, 0.7], -np.linspace(0.1, 3.0, 30)]),
    "one large negative": np.concatenate([[1.0], -np.full(8, 0.4), [-300.0]]),
    "narrow": np.repeat([1.0, -0.1], [2, 60]),
    "mostly errors": np.concatenate([np.linspace(0.1, 1.0, 9), [-1.0]]),
}


def nodes(lam: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes m, 1 - m and weights of the first panels."""
    largest = float(-lam.min())
    return module._Panels.over(lam, largest).nodes(largest)


@pytest.mark.parametrize("name", SPECTRA)
def test_nodes_integrate_what_the_weights_are_made_of(name: str) -> None:
    lam = SPECTRA[name]
    m, w, weights = nodes(lam)
    np.testing.assert_allclose(m + w, 1.0, rtol=1e-15)
    assert np.all((m > 0.0) & (w > 0.0) & (weights > 0.0))
    assert np.all(np.diff(m[12:]) > -1e-300)
    # integrals over 0 < m < 1 of 1, m, 1/(1 - m l) for l < 0 and of m^(-1/2), by the squared first panel
    for value, exact in (
        (np.ones_like(m), 1.0),
        (m, 0.5),
        (w**2, 1.0 / 3.0),
        (np.log(w), -1.0),
    ):
        assert weights @ value == pytest.approx(exact, rel=2e-10)
    assert weights @ (1.0 / np.sqrt(m)) == pytest.approx(2.0, rel=1e-5)
    for low in lam[lam < 0.0][-3:]:
        assert weights @ (1.0 / (1.0 - m * low)) == pytest.approx(np.log1p(-low) / -low, rel=1e-11)
    assert len(m) % 12 == 0
    assert len(m) <= 12 * 30


@pytest.mark.parametrize("name", SPECTRA)
def test_panels_are_short_where_the_optimum_concentrates(name: str) -> None:
    lam = SPECTRA[name]
    pair, bound = jensen_optimum(lam)
    if lam.sum() >= 0.0:
        assert (pair.tolist(), bound) == ([0.0, 1.0], 0.0)
        return
    assert pair.sum() == pytest.approx(1.0, rel=1e-15, abs=0.0)
    slope = (lam / divisors(lam, pair[:1], pair[1:])[0] ** 2).sum()
    assert abs(slope) <= 1e-11 * np.abs(lam / divisors(lam, pair[:1], pair[1:])[0] ** 2).sum()
    assert bound == pytest.approx(1.0 - (1.0 / (1.0 - pair[0] * lam)).mean(), rel=1e-9, abs=1e-13)
    largest = -lam.min()
    m, w, _ = nodes(lam)
    t = np.sort(np.log1p(largest * m) - np.log(w))
    at = np.log1p(largest * pair[0]) - np.log(pair[1])
    # the deviation of the optimal multiplier, in t
    squares = np.random.default_rng(3).standard_normal((400, lam.size)) ** 2
    grid = np.linspace(0.0, at + 12.0, 4001)[1:]
    mm = (1.0 - np.exp(-grid)) / (1.0 + largest * np.exp(-grid))
    form = squares @ (lam[:, None] / (1.0 - np.outer(lam, mm)) ** 2)
    optima = grid[np.argmax(form > 0.0, axis=1)]
    spread = np.std(optima[optima > grid[0]])
    near = np.diff(t[(t > at - 0.5 * spread) & (t < at + 0.5 * spread)])
    assert len(near) >= 5
    # panels are cut 6 deviations on either side, to first order
    expected = module._multiplier_spread(lam, pair) * (largest / (1.0 + largest * pair[0]) + 1.0 / pair[1])
    edges = at + expected * np.array([-6.0, -3.0, -1.0, 1.0, 3.0, 6.0])
    for low, high in zip(edges[edges > 0.1 * expected], edges[edges > 0.1 * expected][1:], strict=False):
        assert np.count_nonzero((t > low) & (t < high)) >= 12


def test_the_spread_of_the_multiplier_is_that_of_the_delta_method() -> None:
    lam = SPECTRA["few positive"]
    pair, _ = jensen_optimum(lam)
    w = 1.0 / (1.0 - pair[0] * lam)
    curvature = 2.0 * (lam**2 * w**3).mean()
    expected = np.sqrt(form_variance(lam * w**2)) / curvature
    assert module._multiplier_spread(lam, pair) == pytest.approx(expected, rel=1e-12)


def test_the_variance_of_a_form_is_that_of_the_dirichlet_law() -> None:
    c = np.array([3.0, -1.0, 0.5, 2.0])
    d = c.size
    mean = np.full(d, 1.0 / d)
    cov = (np.diag(mean) - np.outer(mean, mean)) / (0.5 * d + 1.0)
    assert form_variance(c) == pytest.approx(c @ cov @ c, rel=1e-14, abs=0.0)


def test_moments_of_the_plane_in_closed_form() -> None:
    # l = (1, -1): 1 - psi = -m (x + m)/(1 - m^2), x = cos 2 phi, psi' < 0 where x < -2m/(1 + m^2)
    lam = SPECTRA["two"]
    found = dual_nodes(lam, 3)
    m, w, moments = found.m, found.w, found.moments
    for index in np.flatnonzero((m > 0.05) & (w > 0.05))[::9]:
        at, below = m[index], 1.0 - m[index] ** 2

        def integrand(angle: float, power: int, at: float = at, below: float = below) -> float:
            x = np.cos(angle)
            falling = -((1.0 + at * at) * x + 2.0 * at) / below**2
            return max(falling, 0.0) * (-at * (x + at) / below) ** power / np.pi

        start = np.arccos(-2.0 * at / (1.0 + at * at))
        for power in range(4):
            exact = integrate.quad(integrand, start, np.pi, args=(power,), epsabs=1e-13, epsrel=1e-11)[0]
            assert moments[power, index] == pytest.approx(exact, rel=1e-8, abs=1e-12)


def test_panels_are_halved_where_the_series_falls_slowly() -> None:
    # Nearly all points are errors, so that the integrand falls much faster than the optimum of the others spreads.
    lam = np.repeat([1.0, -0.017], [32, 1])
    largest = 0.017
    weights = dual_nodes(lam, 2).weights
    before = len(nodes(lam)[0])
    assert before < len(weights) <= 2 * before
    whole = module._Panels.over(lam, largest)
    chosen = np.arange(len(whole.low)) < 3  # the first of them in the root
    halves = whole.halves(chosen)
    assert halves.rooted.tolist() == [True, False, False, True, False, False]
    for part, other in zip(whole.nodes(largest), halves.nodes(largest), strict=True):
        assert part.size == 12 * len(whole.low)
        assert other.size == 2 * 12 * 3
    lengths = [x.nodes(largest)[2].reshape(-1, 12).sum(axis=1) for x in (whole, halves)]
    np.testing.assert_allclose(lengths[0][:3], lengths[1][:3] + lengths[1][3:], rtol=1e-12)


def test_what_a_rule_misses_is_told_by_the_fall_of_the_series() -> None:
    x, g = np.polynomial.legendre.leggauss(12)
    for pole in (1.05, 1.2, 1.5, 3.0):  # of 1/(pole - x), whose integral is a logarithm
        integral, error = (part.item() for part in module._panel_errors(g / (pole - x)))
        off = abs(integral - np.log((pole + 1.0) / (pole - 1.0)))
        assert off <= error + 1e-15
        assert error <= 3000.0 * off + 1e-14
    assert [part.item() for part in module._panel_errors(np.zeros(12))] == [0.0, 0.0]
    together = module._panel_errors(np.concatenate([g / (1.05 - x), 1e-6 * g / (1.05 - x)]))
    np.testing.assert_allclose(together[1][1], 1e-6 * together[1][0], rtol=1e-9)
    scaled = module._panel_errors(1e-250 * g / (1.05 - x))
    np.testing.assert_allclose(scaled, 1e-250 * np.array(module._panel_errors(g / (1.05 - x))), rtol=1e-9)


def test_an_integral_that_stays_unknown_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HALVINGS", 1)
    monkeypatch.setattr(module, "_PANEL_ERROR", 1e-40)
    with pytest.raises(AccuracyError, match="along the dual variable did not converge") as caught:
        dual_nodes(np.array([1.0, -1.0]), 0)
    assert caught.value.best_estimate == pytest.approx(0.25 - 0.5 / np.pi, rel=1e-9)


@pytest.mark.parametrize(("a", "b"), [(2.0, 3.0), (0.5, 7.0), (40.0, 10.0)])
def test_three_points_match_six_moments(a: float, b: float) -> None:
    moments = np.cumprod([1.0, *((a + k) / (a + b + k) for k in range(5))])[:, None] * 0.37
    nodes, shares = gauss_rules(moments)
    assert shares.sum() == pytest.approx(1.0, rel=1e-13)
    for k in range(6):
        assert (shares * nodes**k).sum() == pytest.approx(moments[k, 0] / moments[0, 0], rel=1e-9)
    assert np.all((nodes > 0.0) & (nodes < 1.0))


def test_fewer_points_serve_narrow_laws_and_two_atoms() -> None:
    one = 0.3 ** np.arange(6.0)
    two = 0.25 * 0.1 ** np.arange(6.0) + 0.75 * 0.6 ** np.arange(6.0)
    nodes, shares = gauss_rules(np.stack([one, two], axis=1))
    assert np.max(shares[0]) == pytest.approx(1.0, rel=1e-12)
    assert nodes[0][np.argmax(shares[0])] == pytest.approx(0.3, rel=1e-8)
    found = sorted((x, y) for x, y in zip(nodes[1], shares[1], strict=True) if y > 1e-6)
    np.testing.assert_allclose(found, [(0.1, 0.25), (0.6, 0.75)], rtol=1e-5)


def test_rules_that_would_leave_the_interval_lose_points() -> None:
    # moments of no law on (0, 1): a tail beyond 1
    wild = np.array([[1.0, 0.5, 0.4, 0.39, 0.5, 0.9]]).T
    nodes, shares = gauss_rules(wild)
    assert np.all((nodes > 0.0) & (nodes < 1.0))
    assert shares.sum() == pytest.approx(1.0, rel=1e-12)
    assert (shares * nodes).sum() == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize("shape", [1.5, 2.0, 5.0, 100.0])
def test_the_factor_makes_a_gamma_laws_inverse_root_exact(shape: float) -> None:
    mean = 0.02
    moments = mean ** np.arange(6) * np.cumprod([1.0, *((shape + k) / shape for k in range(5))])
    nodes, weights = special.roots_genlaguerre(3, shape - 1.0)
    rule = (weights / weights.sum() / np.sqrt(mean * nodes / shape)).sum()
    exact = np.exp(special.gammaln(shape - 0.5) - special.gammaln(shape)) * np.sqrt(shape / mean)
    assert inverse_root_factors(moments[:, None])[0] == pytest.approx(exact / rule, rel=1e-9)


def test_the_factor_is_one_where_the_law_is_narrow_and_stays_finite_where_it_is_wide() -> None:
    narrow = np.array([[1.0], [0.3], [0.3**2 * (1.0 + 1e-6)]])
    wide = np.array([[1.0], [0.1], [0.1**2 * 3.0]])  # relative variance 2: a below 1 counts as 1
    limit = np.array([[1.0], [0.1], [0.1**2 * 2.0]])
    assert inverse_root_factors(narrow)[0] == 1.0
    assert inverse_root_factors(wide)[0] == inverse_root_factors(limit)[0]


def test_divisors_do_not_cancel_at_the_pole() -> None:
    w = np.array([1e-30])
    found = divisors(np.array([1.0, 1.0 - 2.0**-53, -2.0]), 1.0 - w, w)[0]
    np.testing.assert_allclose(found, [1e-30, 2.0**-53, 3.0], rtol=1e-14)
