"""Laws of cap measures, for any dimension from 2 to 10^9 and log-measures down to -10^6."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from adversarial_spheres.theory.basics.log_probability import LOG_HALF, LogProbability
from adversarial_spheres.theory.caps.cap import (
    cap_log_measure,
    cap_log_measure_from_angle,
    cap_log_measure_from_log_sin,
    cap_measure,
    cap_of_measure,
)
from adversarial_spheres.theory.caps.tail import log_gamma_ratio
from adversarial_spheres.theory.reference import caps as reference

dims = st.one_of(st.integers(2, 60), st.floats(0.31, 9.0).map(lambda e: max(2, round(10.0**e))))
log_halves = st.floats(np.log(0.6932), np.log(1e6)).map(lambda e: -float(np.exp(e)))
heights = st.floats(-1.0, 1.0)
scores = st.floats(-30.0, 30.0)


def height_of_score(z: float, dim: int) -> float:
    return float(np.clip(z / np.sqrt(dim), -1.0, 1.0))


@given(dims, log_halves)
def test_height_and_measure_are_inverse(dim: int, log_p: float) -> None:
    cap = cap_of_measure(LogProbability.from_log(log_p), dim)
    assert cap.log_measure.log == pytest.approx(log_p, rel=1e-13, abs=0.0)
    if cap.height < 0.5:
        assert cap_log_measure(cap.height, dim).log == pytest.approx(log_p, rel=1e-13, abs=0.0)
    else:
        assert cap_log_measure_from_log_sin(cap.log_sin_angle, dim).log == pytest.approx(log_p, rel=1e-13)
    if cap.angle > 1e-300 and cap.height > 0.5:
        assert cap_log_measure_from_angle(cap.angle, dim).log == pytest.approx(log_p, rel=1e-13)


@given(dims, scores)
def test_measure_and_height_are_inverse(dim: int, z: float) -> None:
    h = height_of_score(z, dim)
    p = cap_log_measure(h, dim)
    back = cap_of_measure(p, dim)
    assert float(back.height) == pytest.approx(h, rel=1e-12, abs=1e-14 / np.sqrt(dim))


@given(dims, heights)
def test_a_cap_and_its_complement_fill_the_sphere(dim: int, h: float) -> None:
    one, other = cap_log_measure(h, dim), cap_log_measure(-h, dim)
    assert one.log == other.log_complement
    assert one.log_complement == other.log
    assert one.probability + other.probability == pytest.approx(1.0, abs=4e-16)


@given(dims, scores, scores)
def test_higher_caps_are_smaller(dim: int, z: float, w: float) -> None:
    low, high = sorted((height_of_score(z, dim), height_of_score(w, dim)))
    one, other = cap_log_measure(low, dim), cap_log_measure(high, dim)
    assert one.log >= other.log * (1.0 + 1e-13)
    assert one.log_complement * (1.0 + 1e-13) <= other.log_complement


@given(dims, st.integers(1, 1000), st.floats(1e-6, 0.999))
def test_a_height_cuts_off_less_in_a_higher_dimension(dim: int, more: int, h: float) -> None:
    higher = min(dim + more, 10**9)
    assert cap_log_measure(h, higher).log <= cap_log_measure(h, dim).log * (1.0 - 1e-13)


@given(dims, log_halves)
def test_a_cap_of_fixed_measure_moves_to_the_equator(dim: int, log_p: float) -> None:
    p = LogProbability.from_log(log_p)
    assert cap_of_measure(p, dim + 1 if dim < 10**9 else dim).log_sin_angle >= cap_of_measure(p, dim).log_sin_angle


@given(dims, st.floats(1e-3, 0.9999))
def test_two_dimensions_more_take_off_a_known_slice(dim: int, share: float) -> None:
    # mu(h, d) - mu(h, d + 2) = h (1 - h^2)^(n/2) G(n) / (sqrt(pi) n), n = d - 1: integration by parts
    h = share * min(1.0, 20.0 / np.sqrt(dim))
    n = dim - 1.0
    log_slice = np.log(h) + 0.5 * n * np.log1p(-h * h) + log_gamma_ratio(np.array(n)) - 0.5 * np.log(np.pi) - np.log(n)
    upper = cap_log_measure(h, min(dim + 2, 10**9)).log
    if dim + 2 <= 10**9:
        total = np.logaddexp(upper, log_slice)
        assert total == pytest.approx(cap_log_measure(h, dim).log, rel=1e-12)


@given(scores)
def test_gaussian_limit(z: float) -> None:
    # log mu(z / sqrt(d), d) - log Phi(-z) is O((1 + z^4) / d)
    gap = cap_log_measure(z / np.sqrt(1e9), 10**9).log - special.log_ndtr(-z)
    assert abs(gap) <= 1e-9 * (2.0 + z**4)


@given(dims)
def test_half_the_sphere_is_at_height_zero(dim: int) -> None:
    assert cap_measure(0.0, dim) == 0.5
    assert cap_of_measure(0.5, dim).height == 0.0
    assert cap_log_measure_from_angle(np.pi / 2, dim).log == pytest.approx(LOG_HALF, rel=1e-11)


@given(dims, st.floats(1e-3, 3.14))
def test_angle_and_height_agree(dim: int, angle: float) -> None:
    from_angle = cap_log_measure_from_angle(angle, dim)
    from_height = cap_log_measure(np.cos(angle), dim)
    # cos rounds the height: dim times that in the log-measure
    slack = 1e-12 + 4e-16 * dim * abs(np.cos(angle)) / np.sin(angle) ** 2
    small = min(from_angle.log, from_angle.log_complement)
    assert min(from_height.log, from_height.log_complement) == pytest.approx(small, abs=slack * max(1.0, abs(small)))


@given(dims, log_halves)
def test_the_twin_agrees(dim: int, log_p: float) -> None:
    log_sin = float(cap_of_measure(LogProbability.from_log(log_p), dim).log_sin_angle)
    twin = reference.cap_log_measure_from_log_sin(log_sin, dim, digits=20)
    assert float(abs(cap_log_measure_from_log_sin(log_sin, dim).log / twin.log - 1)) <= 1e-13


@pytest.mark.slow
def test_the_twin_agrees_on_a_dense_grid() -> None:
    worst = 0.0
    for dim in [*range(2, 90), 101, 333, 1001, 10**5, 10**7, 10**9]:
        for z in (1e-3, 0.7, 2.0, 9.0, 31.0):
            h = z / np.sqrt(dim)
            if h < 1.0:
                twin = reference.cap_log_measure(h, dim, digits=20)
                worst = max(worst, float(abs(cap_log_measure(h, dim).log / twin.log - 1)))
    assert worst <= 2e-14
