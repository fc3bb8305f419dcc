"""The barycentre of caps, against points and closed forms; even sets have none, and share half at most with a cap."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import betaln

from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.caps.barycentre import cap_barycentre


def test_closed_forms():
    mu = np.array([1e-8, 0.1, 0.5, 0.9, 1.0])
    np.testing.assert_allclose(cap_barycentre(mu, 3), 1.0 - mu, rtol=1e-12, atol=1e-15)  # the mean of uniform heights
    np.testing.assert_allclose(cap_barycentre(mu[:-1], 2), np.sin(np.pi * mu[:-1]) / (np.pi * mu[:-1]), rtol=1e-12)
    half = np.exp(-betaln(0.5, 249.5)) / 499.0 * 2.0
    assert cap_barycentre(0.5, 500) == pytest.approx(half, rel=1e-10)
    assert 0.0 < cap_barycentre(LogProbability.from_log10(-2000.0), 500) < 1.0


def test_no_set_of_points_has_a_longer_one_and_an_even_set_shares_half_with_a_cap():
    rng = np.random.default_rng(0)
    points = rng.standard_normal((200_000, 5))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    c = np.array([0.5, 0.1, -0.3, -0.4, -0.2])
    wrong = points**2 @ c > 0.0
    mu = wrong.mean()
    assert np.linalg.norm(points[wrong].mean(axis=0)) < 0.02
    half = points[wrong & (points[:, 0] > 0.0)]
    assert np.linalg.norm(half.mean(axis=0)) < cap_barycentre(mu / 2.0, 5)
    cap = points[:, 0] >= np.quantile(points[:, 0], 1.0 - mu)
    assert np.mean(cap & wrong) <= 0.5 * mu + 0.01
