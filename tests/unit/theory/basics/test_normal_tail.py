"""Far normal tails against mpmath and against SciPy where SciPy is accurate."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp
from scipy import special

from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.basics.normal_tail import (
    log_mean_excess,
    mills_ratio,
    normal_score,
    upper_quantile,
)


def test_quantiles_return_their_log_probability() -> None:
    log_p = -np.geomspace(0.7, 1e6, 200)
    assert np.allclose(special.log_ndtr(-upper_quantile(log_p)), log_p, rtol=5e-15)
    assert upper_quantile(np.array([-np.log(2.0), -np.inf])).tolist() == [0.0, np.inf]


def test_scores_of_both_sides() -> None:
    p = LogProbability.of([0.0, 0.025, 0.5, 0.975, 1.0])
    assert normal_score(p)[[0, 2, 4]].tolist() == [np.inf, 0.0, -np.inf]
    assert np.allclose(normal_score(p)[[1, 3]], [1.959963984540054, -1.959963984540054], rtol=1e-14)


@pytest.mark.parametrize("z", [-1414.0, -40.0, -8.0, -2.6, -2.5, -2.4, -1.0, -1e-9, 0.0, 0.5, 3.0, 40.0])
def test_mean_excess(z: float) -> None:
    with mp.workdps(60):
        truth = mp.log(mp.npdf(z) + mp.mpf(z) * mp.erfc(-mp.mpf(z) / mp.sqrt(2)) / 2)
        assert float(abs(log_mean_excess(np.array(z)) - truth)) <= 1e-14 * max(1.0, abs(float(truth)))


def test_mean_excess_at_the_ends() -> None:
    assert log_mean_excess(np.array([-np.inf, np.inf])).tolist() == [-np.inf, np.inf]


def test_mills_ratio() -> None:
    assert mills_ratio(np.array(0.0)) == pytest.approx(np.sqrt(np.pi / 2), rel=1e-15, abs=0.0)
