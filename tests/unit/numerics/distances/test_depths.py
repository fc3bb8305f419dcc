"""Errors drawn uniformly, however rare, and how deep they lie below the limit of the cap."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import kstest

import adversarial_spheres as spheres
from adversarial_spheres.numerics.distances.depths import error_depths, largest_depth
from adversarial_spheres.numerics.error_rates.importance import uniform_errors
from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.caps.cap import cap_measure
from adversarial_spheres.theory.quadratic.errors import QuadraticErrors

TWO_CAPS = QuadraticErrors([1.0 - 0.6] + [-0.6] * 9, False)
"""z_1^2 > 0.6 in ten dimensions: two caps of height sqrt 0.6."""


def test_errors_are_drawn_from_the_uniform_law_on_all_errors() -> None:
    """The law of z_1^2 is a beta law, cut off; false alarm 1e-9. The control draws without the rejection's power."""
    from scipy.stats import beta

    found = uniform_errors(TWO_CAPS, draws=30_000, seed=1)
    assert np.all(found**2 @ TWO_CAPS.coefficients > 0.0)
    assert len(found) > 2000
    law = beta(0.5, 4.5)

    def below(share: np.ndarray) -> np.ndarray:
        return 1.0 - law.sf(share) / law.sf(0.6)

    assert kstest(found[:, 0] ** 2, below).pvalue > 1e-9
    points = sample_unit_vectors(200_000, 10, block_generator(2))
    assert kstest(points[points[:, 0] ** 2 > 0.55, 0] ** 2, below).pvalue < 1e-9


def test_depths_in_two_caps_are_the_angles_to_their_edges() -> None:
    found = uniform_errors(TWO_CAPS, draws=3000, seed=1)
    edge = math.acos(math.sqrt(0.6))
    exact = 2.0 * np.sin((edge - np.arccos(np.abs(found[:, 0]))) / 2.0)
    np.testing.assert_allclose(error_depths(TWO_CAPS, draws=3000, seed=1), exact, rtol=1e-9, atol=1e-12)


def test_the_largest_median_is_that_of_a_cap() -> None:
    angle, dim = 0.8, 30
    rate = LogProbability.of(float(cap_measure(math.cos(angle), dim)))
    heights = np.cos(np.linspace(0.0, angle, 20_001))
    inner = np.array([float(m) for m in np.asarray(cap_measure(heights, dim))])
    median = angle - np.arccos(heights[np.searchsorted(inner, float(rate) / 2.0)])
    assert largest_depth(rate, dim) == pytest.approx(2.0 * math.sin(median / 2.0), rel=5e-3)


@pytest.mark.parametrize(("sphere", "median"), [("inner", 0.003), ("outer", 0.0047)])
def test_half_of_the_errors_of_the_paper_s_network_are_nearer_to_a_correct_point_than_geometry_asks(
    sphere: str, median: float
) -> None:
    network = spheres.QuadraticClassifier.from_alphas(spheres.paper_alphas())
    errors = network.errors_on(sphere, 1.3)
    depths = error_depths(errors, draws=8000, seed=0)
    for quantile in (0.5, 0.9):
        assert np.quantile(depths, quantile) < largest_depth(errors.rate, 500, quantile)
    assert np.median(depths) == pytest.approx(median, rel=0.25)


def test_without_an_error_none_is_drawn_and_without_a_correct_point_all_are_infinitely_deep() -> None:
    assert uniform_errors(QuadraticErrors([-1.0, -2.0], True), draws=10, seed=0).shape == (0, 2)
    assert np.all(np.isinf(error_depths(QuadraticErrors([1.0, 2.0], False), draws=10, seed=0)))
    assert len(uniform_errors(QuadraticErrors([0.0, 0.0], True), draws=10, seed=0)) == 10
