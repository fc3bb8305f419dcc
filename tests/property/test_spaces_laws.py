"""Laws that every space's bounds obey: order, scaling, inverses, widening; and sets that are not extremal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import special

from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.spaces.anisotropic import AnisotropicGaussian
from adversarial_spheres.theory.spaces.bodies import Ball, Cube
from adversarial_spheres.theory.spaces.compared import LipschitzImage
from adversarial_spheres.theory.spaces.curved import Curved, SphereProduct
from adversarial_spheres.theory.spaces.even_sphere import EvenSphere
from adversarial_spheres.theory.spaces.gaussian import Gaussian
from adversarial_spheres.theory.spaces.hamming import Hamming
from adversarial_spheres.theory.spaces.space import Space
from adversarial_spheres.theory.spaces.sphere import Sphere

logs = st.floats(np.log(0.6932), np.log(1e6)).map(lambda e: -float(np.exp(e)))
rates = st.one_of(
    logs.map(LogProbability.from_log),
    logs.map(LogProbability.from_log_complement),
    st.floats(1e-6, 1.0 - 1e-6).map(LogProbability.of),
)
gaussians = st.builds(
    Gaussian,
    st.integers(1, 10**9),
    st.floats(1e-6, 1e6),
    norm=st.one_of(st.sampled_from([1.0, 2.0, np.inf]), st.floats(1.0, 50.0)),
)
spheres = st.builds(Sphere, st.integers(2, 10**6), st.floats(1e-3, 1e3), st.sampled_from(["geodesic", "euclidean"]))
compared: st.SearchStrategy[Space] = st.one_of(
    st.builds(AnisotropicGaussian, st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=9), st.floats(1.0, 50.0)),
    st.builds(Ball, st.integers(1, 10**6), st.floats(1e-3, 1e3)),
    st.builds(Cube, st.integers(1, 10**9), st.floats(1e-3, 1e3)),
    st.builds(Curved, st.floats(1e-6, 1e6), st.integers(1, 10**9)),
    st.builds(lambda dims: SphereProduct(tuple(dims)), st.lists(st.integers(3, 10**6), min_size=1, max_size=5)),
    st.builds(LipschitzImage, st.one_of(gaussians, spheres), st.floats(1e-3, 1e3)),
)
hammings: st.SearchStrategy[Space] = st.builds(Hamming, st.integers(1, 300))
evens = st.builds(
    EvenSphere, st.sampled_from([2, 3, 5, 64, 1000]), st.floats(1e-3, 1e3), st.sampled_from(["geodesic", "euclidean"])
)
smooth = st.one_of(gaussians, spheres, compared, evens)
spaces = st.one_of(smooth, hammings)
shares = st.floats(1e-3, 10.0)


def unit(space: Space) -> float:
    """About the distance over which measures change in this space."""
    return float(np.sqrt(space.concentration))


@given(spaces, rates, rates)
def test_more_errors_are_nearer(space: Space, p: LogProbability, q: LogProbability) -> None:
    more, fewer = (p, q) if (p.log, -p.log_complement) >= (q.log, -q.log_complement) else (q, p)
    one, other = space.log_mean_distance_bound(more), space.log_mean_distance_bound(fewer)
    assert one - 1e-12 * max(1.0, abs(one)) <= other


@given(gaussians, rates, st.floats(1e-3, 1e3))
def test_distances_scale_with_sigma(space: Gaussian, p: LogProbability, factor: float) -> None:
    scaled = Gaussian(space.dim, space.sigma * factor, space.norm)
    assert scaled.mean_distance_bound(p) == pytest.approx(factor * space.mean_distance_bound(p), rel=1e-12, abs=1e-290)


@given(gaussians, rates)
def test_the_largest_error_rate_inverts_the_mean(space: Gaussian, p: LogProbability) -> None:
    mean = space.mean_distance_bound(p)
    assume(mean > 1e-290)
    assert space.mean_distance_bound(space.max_error_rate(mean)) == pytest.approx(mean, rel=1e-12, abs=0.0)


@given(gaussians, rates, shares, shares)
def test_widening_twice_is_widening_once(space: Gaussian, p: LogProbability, s: float, t: float) -> None:
    first = space.neighbourhood(p, s * unit(space))
    twice, once = space.neighbourhood(first, t * unit(space)), space.neighbourhood(p, (s + t) * unit(space))
    assert twice.log == pytest.approx(once.log, rel=1e-9, abs=1e-9)
    assert twice.log_complement == pytest.approx(once.log_complement, rel=1e-9, abs=1e-9)


@given(smooth, rates, st.floats(0.001, 0.999))
def test_law_and_quantiles_are_inverse(space: Space, p: LogProbability, level: float) -> None:
    t = space.quantile_distance_bound(level, p)
    if t == space.largest_distance:
        assert space.neighbourhood(p, t).probability == 1.0
    elif t > 0.0:
        assume(abs(p.log) < 1e4)
        assert space.neighbourhood(p, t).probability == pytest.approx(level, abs=1e-7)
    else:
        assert p.probability >= level * (1.0 - 1e-15)


@given(hammings, rates, st.floats(0.001, 0.999))
def test_a_quantile_among_integers_is_the_first_that_reaches_its_level(
    space: Space, p: LogProbability, level: float
) -> None:
    t = space.quantile_distance_bound(level, p)
    assert space.neighbourhood(p, t).probability >= level * (1.0 - 1e-11)
    assert t == 0.0 or space.neighbourhood(p, t - 1.0).probability < level


@given(spaces, rates, shares, shares)
def test_wider_neighbourhoods_are_larger_and_no_smaller_than_the_set(
    space: Space, p: LogProbability, s: float, t: float
) -> None:
    near, far = (space.neighbourhood(p, x * unit(space)) for x in sorted((s, t)))
    for one, other in ((p, near), (near, far)):
        assert one.log <= other.log + 1e-12 * max(1.0, abs(one.log))
        assert one.log_complement >= other.log_complement - 1e-12 * max(1.0, abs(other.log_complement)) or np.isneginf(
            other.log_complement
        )


@given(spaces, rates)
def test_the_mean_is_between_the_ends(space: Space, p: LogProbability) -> None:
    assert 0.0 <= space.mean_distance_bound(p) <= space.largest_mean_distance * (1.0 + 1e-12)


@given(compared, st.floats(1e-6, 1.0 - 1e-6))
def test_the_largest_error_rate_of_a_mean_is_no_smaller(space: Space, p: float) -> None:
    mean = space.mean_distance_bound(p)
    assert space.max_error_rate(mean).log >= np.log(p) - 1e-9


@given(smooth, rates)
def test_robust_accuracy_at_zero_is_the_accuracy(space: Space, p: LogProbability) -> None:
    law = space.max_robust_accuracy(p, 0.0)
    assert (law.log, law.log_complement) == (p.log_complement, p.log)


@given(st.floats(0.05, 8.0), st.floats(0.0, 5.0), st.floats(1e-3, 1e3))
def test_errors_on_both_sides_obey_the_bound(height: float, t: float, sigma: float) -> None:
    """{|x1| >= a}: its neighbourhood is known, and is larger than the half-space's."""
    space = Gaussian(5, sigma)
    rate = LogProbability.from_log(min(0.0, special.log_ndtr(-height) + np.log(2.0)))
    within = 2.0 * special.ndtr(-max(height - t, 0.0))
    assert within >= space.neighbourhood(rate, t * sigma).probability * (1.0 - 1e-12)


@given(st.integers(1, 200), st.floats(0.01, 0.99), st.floats(0.0, 5.0))
def test_errors_outside_a_ball_obey_the_bound(dim: int, share: float, t: float) -> None:
    radius = special.gammaincinv(dim / 2.0, 1.0 - share) * 2.0
    inner = max(np.sqrt(radius) - t, 0.0)
    within = special.gammaincc(dim / 2.0, inner**2 / 2.0)
    assert within >= Gaussian(dim).neighbourhood(share, t).probability - 1e-12


@given(st.integers(2, 200), st.floats(0.01, 0.99), st.floats(0.0, 1.0))
def test_the_negative_control_a_bound_without_its_dimension_is_broken(dim: int, share: float, t: float) -> None:
    """In l_1 the bound of l_2 is none: the half-space along the diagonal is farther away."""
    taxicab, plain = Gaussian(dim, norm=1), Gaussian(dim)
    if t > 0.05 and dim > 2:
        # The l_1 neighbourhood of that half-space is the half-space moved by t / sqrt(dim).
        assert taxicab.neighbourhood(share, t).probability < plain.neighbourhood(share, t).probability


@given(spaces)
def test_the_largest_mean_distance_has_an_error_rate(space: Space) -> None:
    if np.isfinite(space.largest_mean_distance):
        assert space.max_error_rate(space.largest_mean_distance).log < 0.0
