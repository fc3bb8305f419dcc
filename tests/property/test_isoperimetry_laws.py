"""Laws of the bounds, for dimensions 2 to 10^9 and error rates from e^-10^6 to 1 - e^-10^6."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.basics.validation import Metric
from adversarial_spheres.theory.caps.cap import cap_log_measure_from_angle, cap_of_measure
from adversarial_spheres.theory.caps.distance import single_point_mean_distance
from adversarial_spheres.theory.caps.tail import log_gamma_ratio
from adversarial_spheres.theory.spaces.comparison import (
    asymptote_crossing,
    asymptotic_mean_distance,
    log_explicit_mean_distance_bound,
)
from adversarial_spheres.theory.spaces.isoperimetry import (
    cap_distance_survival,
    log_mean_distance_bound,
    max_error_rate,
    max_robust_accuracy,
    mean_distance_bound,
    quantile_distance_bound,
)

dims = st.one_of(st.integers(2, 60), st.floats(0.31, 9.0).map(lambda e: max(2, round(10.0**e))))
metrics = st.sampled_from(["geodesic", "euclidean"])
log_halves = st.floats(np.log(0.6932), np.log(1e6)).map(lambda e: -float(np.exp(e)))
rates = st.one_of(
    log_halves.map(LogProbability.from_log),
    log_halves.map(LogProbability.from_log_complement),
    st.floats(1e-6, 1.0 - 1e-6).map(LogProbability.of),
)
levels = st.floats(0.001, 0.999)


@given(dims, rates, rates, metrics)
def test_more_errors_are_nearer(dim: int, p: LogProbability, q: LogProbability, metric: Metric) -> None:
    more, fewer = (p, q) if (p.log, -p.log_complement) >= (q.log, -q.log_complement) else (q, p)
    one, other = (log_mean_distance_bound(x, dim, metric=metric) for x in (more, fewer))
    assert one <= other + 1e-13 * max(1.0, abs(other))


@given(dims, log_halves.map(LogProbability.from_log), st.integers(1, 100))
def test_errors_are_nearer_in_higher_dimension(dim: int, p: LogProbability, more: int) -> None:
    # not for error rates above one half, and not for chords: that to a single point grows from 4/pi to sqrt(2)
    one = log_mean_distance_bound(p, min(dim + more, 10**9), metric="geodesic")
    other = log_mean_distance_bound(p, dim, metric="geodesic")
    assert one <= other + 1e-13 * max(1.0, abs(other))


@given(dims, rates)
def test_the_chord_is_shorter_and_the_explicit_bound_longer(dim: int, p: LogProbability) -> None:
    chord, arc = (log_mean_distance_bound(p, dim, metric=m) for m in ("euclidean", "geodesic"))
    slack = 2e-14 * max(1.0, abs(arc))
    assert chord <= arc + slack
    assert chord >= arc + np.log(2.0 / np.pi) - slack
    if dim > 2:
        assert arc <= log_explicit_mean_distance_bound(p, dim) + slack


@given(dims, rates, metrics, st.floats(1e-3, 1e3))
def test_distances_scale_with_the_radius(dim: int, p: LogProbability, metric: Metric, radius: float) -> None:
    one, other = (mean_distance_bound(p, dim, radius=r, metric=metric) for r in (1.0, radius))
    assert other == pytest.approx(radius * one, rel=1e-12, abs=1e-300)


@given(dims, rates, metrics)
def test_the_largest_error_rate_inverts_the_mean(dim: int, p: LogProbability, metric: Metric) -> None:
    mean = mean_distance_bound(p, dim, metric=metric)
    assume(1e-290 < mean < single_point_mean_distance(dim, metric=metric))
    again = mean_distance_bound(max_error_rate(mean, dim, metric=metric), dim, metric=metric)
    assert again == pytest.approx(mean, rel=1e-12, abs=0.0)


@given(dims, rates, metrics, levels)
def test_law_and_quantiles_are_inverse(dim: int, p: LogProbability, metric: Metric, level: float) -> None:
    t = quantile_distance_bound(level, p, dim, metric=metric)
    assert np.isfinite(t)
    if t > 0.0:
        law = cap_distance_survival(t, p, dim, metric=metric)
        # the angle of the quantile is rounded to 1e-16 of the largest angle in it
        slack = 1e-11 + 1e-15 * np.sqrt(dim) * float(np.abs(cap_of_measure(p, dim).height))
        assert law.probability == pytest.approx(1.0 - level, abs=slack)
    else:
        assert p.probability >= level * (1 - 1e-15)


@given(dims, rates, metrics)
def test_robust_accuracy_at_zero_is_the_accuracy(dim: int, p: LogProbability, metric: Metric) -> None:
    law = max_robust_accuracy(p, dim, 0.0, metric=metric)
    assert (law.log, law.log_complement) == (p.log_complement, p.log)


@given(dims, rates, metrics, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_larger_perturbations_leave_less(dim: int, p: LogProbability, metric: Metric, s: float, t: float) -> None:
    small, large = sorted((s, t))
    less, more = (max_robust_accuracy(p, dim, e, metric=metric) for e in (large, small))
    assert less.log * (1.0 + 1e-11) <= more.log + 1e-11


@given(st.integers(2, 10**6), rates, st.floats(1e-6, 4.0), st.floats(1e-6, 4.0))
def test_widening_twice_is_widening_once(dim: int, p: LogProbability, s: float, t: float) -> None:
    scale = 1.0 / np.sqrt(dim)
    first = cap_distance_survival(s * scale, p, dim, metric="geodesic").complement
    twice = cap_distance_survival(t * scale, first, dim, metric="geodesic")
    once = cap_distance_survival((s + t) * scale, p, dim, metric="geodesic")
    # a law within 1e-4 of its end is decided by the last bits of s + t
    assume(once.log_complement < -1e-280 and once.log > -1e3)
    assert twice.log == pytest.approx(once.log, rel=1e-8, abs=1e-8)


@given(st.integers(2, 10**6), st.floats(0.05, 5.0), st.floats(0.0, 5.0))
def test_another_set_obeys_the_bound(dim: int, z: float, t: float) -> None:
    # two opposite caps of height h: their neighbourhood is known, and is larger than the cap's
    angle = float(np.arccos(min(1.0, z / np.sqrt(dim))))
    epsilon = t / np.sqrt(dim)
    one = cap_log_measure_from_angle(angle, dim)
    pair = LogProbability.from_log(min(0.0, one.log + np.log(2.0)))
    assume(pair.log > -1e4)
    wide = cap_log_measure_from_angle(min(angle + epsilon, np.pi / 2), dim).log
    robust = -np.expm1(min(0.0, wide + np.log(2.0)))
    assert robust <= max_robust_accuracy(pair, dim, epsilon, metric="geodesic").probability + 1e-9


@given(rates)
def test_gaussian_limit_of_the_mean(p: LogProbability) -> None:
    assume(p.log > -200.0 and p.log_complement > -200.0)
    exact = log_mean_distance_bound(p, 10**9, metric="geodesic")
    assert exact == pytest.approx(log_explicit_mean_distance_bound(p, 10**9), abs=1e-5)


@given(dims, metrics)
def test_the_asymptote_crosses_the_mean_where_it_says(dim: int, metric: Metric) -> None:
    crossing = asymptote_crossing(dim, metric=metric)
    curve, bound = asymptotic_mean_distance(crossing, dim), mean_distance_bound(crossing, dim, metric=metric)
    assert curve == pytest.approx(bound, rel=1e-13, abs=0.0)
    for log_rate in (crossing.log * 1.5, crossing.log * 3.0, crossing.log * 20.0):
        rate = LogProbability.from_log(log_rate)
        assert asymptotic_mean_distance(rate, dim) > mean_distance_bound(rate, dim, metric=metric)
    for log_rate in (crossing.log * 0.9, crossing.log * 0.5, -0.7, -1e-9):
        rate = LogProbability.from_log(max(log_rate, crossing.log * 0.9))
        assert asymptotic_mean_distance(rate, dim) < mean_distance_bound(rate, dim, metric=metric)


@given(dims)
def test_half_the_sphere_has_a_known_mean(dim: int) -> None:
    # h <= arcsin(h) <= pi/2 h, and the mean of the height's positive part is 1 / (2 sqrt(pi) G(d))
    mean = mean_distance_bound(0.5, dim, metric="geodesic")
    mean_height = 0.5 / np.sqrt(np.pi) * np.exp(-log_gamma_ratio(np.array(float(dim))))
    assert mean_height * (1.0 - 1e-14) <= mean <= mean_height * (np.pi / 2.0)
