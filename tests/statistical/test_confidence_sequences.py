"""Confidence sequences hold at all sample sizes at once, and are not needlessly wide.

Simulations look after every point (means) or batch (error rates); false-alarm probability of each test below 1e-6 by
a one-sided binomial test, with fixed seeds. Each has a negative control.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from adversarial_spheres.numerics.statistics.intervals import (
    empirical_bernstein_half_width,
    lipschitz_half_width,
)
from adversarial_spheres.numerics.statistics.sequences import (
    bounded_mean_sequence,
    error_rate_sequence,
    normal_mixture_width,
    predictable_squares,
    stitched_bernstein_width,
)
from adversarial_spheres.theory.basics.validation import FloatArray


def alarms_pass(alarms: int, repeats: int, delta: float) -> bool:
    return bool(binom.sf(alarms - 1, repeats, delta) > 1e-6)


@pytest.mark.parametrize("error_rate", [0.0, 1e-3, 0.2, 0.5, 0.97, 1.0])
def test_error_rates(error_rate: float) -> None:
    repeats, n = 200, 1000
    rng = np.random.default_rng(3)
    alarms = 0
    for _ in range(repeats):
        low, high = error_rate_sequence(rng.random(n) < error_rate, 0.9)
        alarms += bool(np.any((low > error_rate) | (high < error_rate)))
    assert alarms_pass(alarms, repeats, 0.1)


DISTRIBUTIONS = {
    "uniform": lambda rng, n: rng.random(n),
    "skewed": lambda rng, n: rng.random(n) ** 8,
    "rare": lambda rng, n: (rng.random(n) < 0.01).astype(float),
    "two-valued": lambda rng, n: rng.integers(0, 2, n).astype(float),
}
MEANS = {"uniform": 0.5, "skewed": 1.0 / 9.0, "rare": 0.01, "two-valued": 0.5}


@pytest.mark.parametrize("name", sorted(DISTRIBUTIONS))
def test_means_of_bounded_values(name: str) -> None:
    repeats, n, rng = 400, 2000, np.random.default_rng(4)
    alarms = 0
    for _ in range(repeats):
        low, high = bounded_mean_sequence(DISTRIBUTIONS[name](rng, n), 0.9, low=0.0, high=1.0)
        alarms += bool(np.any((low > MEANS[name]) | (high < MEANS[name])))
    assert alarms_pass(alarms, repeats, 0.1)


def test_fixed_sample_widths_fail_when_peeked_at() -> None:
    """Negative controls for means: a Gaussian mean with fixed-sample widths, and half of the right widths."""
    repeats, n, delta, dim = 400, 5000, 0.1, 2
    rng = np.random.default_rng(5)
    steps = np.arange(1, n + 1)
    # Standard normal values have exactly the variance proxy r^2 / (d - 1) of dim = 2.
    means = np.cumsum(rng.standard_normal((repeats, n)), axis=1) / steps
    right = normal_mixture_width(steps, 1.0 / (dim - 1.0), delta)
    fixed = np.array([lipschitz_half_width(int(k), dim, 1 - 2 * delta) for k in steps])
    assert alarms_pass(int(np.sum(np.any(means > right, axis=1))), repeats, delta)
    assert not alarms_pass(int(np.sum(np.any(means > fixed, axis=1))), repeats, delta)
    assert not alarms_pass(int(np.sum(np.any(means > 0.5 * right, axis=1))), repeats, delta)


def test_a_third_of_the_stitched_width_is_too_little() -> None:
    """The negative control; half of the width may still do, as the bound is not sharp."""
    repeats, n = 400, 3000
    rng = np.random.default_rng(6)
    alarms = 0
    for _ in range(repeats):
        x = rng.integers(0, 2, n).astype(float)
        steps = np.arange(1, n + 1)
        width = stitched_bernstein_width(predictable_squares(x, 0.0, 1.0), steps, 1.0, 0.05)
        alarms += bool(np.any(np.abs(np.cumsum(x) / steps - 0.5) > width / 3.0))
    assert not alarms_pass(alarms, repeats, 0.1)


def test_the_price_of_peeking_is_moderate() -> None:
    """At a tuned sample size the anytime widths are at most twice the fixed-sample ones."""
    n, delta = 4096, 0.005
    rng = np.random.default_rng(7)
    x: FloatArray = rng.random(n)
    anytime = float(stitched_bernstein_width(predictable_squares(x, 0.0, 1.0)[-1], n, 1.0, delta))
    fixed = empirical_bernstein_half_width(float(np.var(x, ddof=1)), n, 1.0, 1 - 2 * delta)
    assert 1.0 < anytime / fixed < 2.0
    ratio = float(normal_mixture_width(n, 1.0 / 499.0, delta)) / lipschitz_half_width(n, 500, 1 - 2 * delta)
    assert 1.0 < ratio < 1.4
