"""The mpmath twins themselves, against mpmath's incomplete beta function and closed forms: a second method."""

from __future__ import annotations

import pytest
from mpmath import mp

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.reference import caps, isoperimetry
from adversarial_spheres.theory.reference.caps import LogPair

CLOSE = mp.mpf(10) ** -38


@pytest.mark.parametrize(("dim", "height"), [(2, 0.3), (3, -0.5), (4, 1e-8), (10, 0.9), (500, 0.2), (5000, 0.1)])
def test_measure_by_the_incomplete_beta_function(dim: int, height: float) -> None:
    with mp.workdps(60):
        h = mp.mpf(height)
        truth = mp.betainc(mp.mpf(dim - 1) / 2, mp.mpf(1) / 2, 0, 1 - h * h, regularized=True) / 2
        pair = caps.cap_log_measure(height, dim, digits=40)
        assert abs(mp.exp(min(pair)) / truth - 1) < CLOSE
        assert (pair.log <= pair.log_complement) == (height >= 0)
        assert abs(mp.exp(pair.log) + mp.exp(pair.log_complement) - 1) < CLOSE


@pytest.mark.parametrize("log_measure", [-0.7, -5, -1000, -(10**6)])
def test_circle_and_ordinary_sphere(log_measure: float) -> None:
    with mp.workdps(60):
        pair = LogPair.from_log(log_measure, digits=50)
        p = mp.exp(pair.log)
        assert abs(caps.cap_of_measure(pair, 2, digits=40).angle / (mp.pi * p) - 1) < CLOSE
        assert abs(caps.cap_of_measure(pair, 3, digits=40).height - (1 - 2 * p)) < CLOSE
        mean = isoperimetry.mean_distance_bound(pair, 2, metric="geodesic", digits=40)
        assert abs(mean / (mp.pi * (1 - p) ** 2 / 2) - 1) < CLOSE
        phi = mp.acos(1 - 2 * p)
        mean = isoperimetry.mean_distance_bound(pair, 3, metric="geodesic", digits=40)
        assert abs(mean / ((mp.pi - phi - mp.sin(phi)) / 2) - 1) < CLOSE


@pytest.mark.parametrize("dim", [2, 3, 50, 10**9])
def test_single_point_by_gamma_functions(dim: int) -> None:
    with mp.workdps(60):
        n = mp.mpf(dim - 1)
        log = mp.loggamma((n + 1) / 2) + mp.loggamma(n) - mp.loggamma(n / 2) - mp.loggamma(n + mp.mpf(1) / 2)
        mean = isoperimetry.single_point_mean_distance(dim, metric="euclidean", digits=30)
        assert abs(mean / (2 * mp.exp(log)) - 1) < mp.mpf(10) ** -28
        assert abs(isoperimetry.single_point_mean_distance(dim, metric="geodesic", digits=30) * 2 / mp.pi - 1) < 1e-28


def test_more_digits_agree_with_fewer() -> None:
    with mp.workdps(120):
        few, many = (caps.cap_log_measure(0.4, 77, digits=digits).log for digits in (20, 80))
        assert 0 < abs(few / many - 1) < mp.mpf(10) ** -20


def test_edges_and_refusals() -> None:
    assert caps.cap_log_measure(1, 5).log == -mp.inf
    assert caps.cap_of_measure(LogPair.of(0), 5).angle == 0
    assert isoperimetry.mean_distance_bound(LogPair.of(0), 5, metric="geodesic") == mp.inf
    for call in (
        lambda: caps.cap_log_measure(1.1, 5),
        lambda: caps.cap_log_measure_from_angle(-1, 5),
        lambda: caps.cap_log_measure(0.1, 1),
        lambda: caps.cap_log_measure(0.1, 5, digits=5),
        lambda: LogPair.of(2),
    ):
        with pytest.raises(InvalidArgumentError):
            call()
