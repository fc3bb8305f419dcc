"""Every public float function of theory/ has a twin in arbitrary precision that a test compares it with, or a reason.

Here each is compared with its twin at a few points of its domain; the grids are in tests/reference and tests/property.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp

import adversarial_spheres.theory
from adversarial_spheres.theory.basics import log_probability as log_space
from adversarial_spheres.theory.basics import metrics
from adversarial_spheres.theory.basics import normal_tail as normal
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.basics.validation import Metric
from adversarial_spheres.theory.caps import cap as caps
from adversarial_spheres.theory.caps import distance as cap_distance
from adversarial_spheres.theory.caps import moment as cap_moment
from adversarial_spheres.theory.caps import tail as cap_tail
from adversarial_spheres.theory.nearest.in_space import nearest_boundary_point
from adversarial_spheres.theory.nearest.many import bulk_nearest, bulk_plan
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.nearest.quadric import nearest_positive_point
from adversarial_spheres.theory.predicted import mean_distance as predicted
from adversarial_spheres.theory.predicted.negative_part import negative_part_moments
from adversarial_spheres.theory.quadratic import error_rate as network
from adversarial_spheres.theory.quadratic import form, general, hidden_units, sloped
from adversarial_spheres.theory.quadratic.errors import rates_of
from adversarial_spheres.theory.quadratic.function import QuadraticFunction
from adversarial_spheres.theory.reference import caps as cap_twin
from adversarial_spheres.theory.reference import even_sphere as even_twin
from adversarial_spheres.theory.reference import general_form as general_twin
from adversarial_spheres.theory.reference import isoperimetry as bound_twin
from adversarial_spheres.theory.reference import metrics as metric_twin
from adversarial_spheres.theory.reference import nearest_error as nearest_twin
from adversarial_spheres.theory.reference import normal_tail as normal_twin
from adversarial_spheres.theory.reference import predicted_distance as predicted_twin
from adversarial_spheres.theory.reference import quadratic_form as form_twin
from adversarial_spheres.theory.reference import quadratic_network as network_twin
from adversarial_spheres.theory.spaces import comparison as gaussian
from adversarial_spheres.theory.spaces import even_profile, isoperimetry

ROOM = Path(adversarial_spheres.theory.__file__).parent
TESTS = Path(__file__).resolve().parents[2]
DIGITS = 25
DIM, LOG_RATE, R = 77, -12.5, 1.3
RATE = LogProbability.from_log(LOG_RATE)
PAIR = cap_twin.LogPair.from_log(LOG_RATE, digits=40)
HALF, MOST = LogProbability.of(0.5), LogProbability.from_log_complement(-20.0)
MOST_PAIR = cap_twin.LogPair.from_log_complement(-20.0, digits=40)
C = [1.0, 0.25, -0.5, -2.0, -1.125]
ALPHAS = [1.25, 0.5, 0.875, 0.75, 1.0625]
NETWORK = network.QuadraticClassifier.from_alphas(ALPHAS)
POINT = [0.1, -0.3, 0.7, 0.2, -0.45]
ONE = np.ones(1)
CURVED = QuadraticFunction(np.diag(C) + 0.125 - 0.125 * np.eye(5), ALPHAS, -3.0)
FLAT = QuadraticFunction(np.zeros((5, 5)), ALPHAS, -3.0)
METRICS: tuple[Metric, Metric] = ("geodesic", "euclidean")


@dataclass(frozen=True)
class Twin:
    """A value of a float function, the twin's (both may be several), and how far they may be apart, relative."""

    twin: Callable[..., Any]
    ours: Callable[[], Any]
    exact: Callable[[Callable[..., Any]], Any]
    tolerance: float = 1e-14


def both(pair: Any) -> list[Any]:
    """Log p and log(1 - p)."""
    return [pair.log, pair.log_complement] if hasattr(pair, "log") else list(pair)


def certified(lower: Any, upper: Any) -> float:
    """The middle of an enclosure that is narrow."""
    assert lower <= upper <= lower * (1.0 + 1e-9)
    return float(0.5 * (lower + upper))


def bulk_angle() -> float:
    found = bulk_nearest(bulk_plan(C, boundary_is_error=False), np.square([POINT]))
    return certified(found.angle_lower[0], found.angle_upper[0])


def on_sphere() -> list[Any]:
    with mp.workdps(40):
        length = mp.norm([mp.mpf(x) for x in POINT])
        return [mp.mpf(x) / length for x in POINT]


def tail(t: Callable[..., Any]) -> list[Any]:
    """The mean distance to the complement of a cap, and its derivative by the angle: the measure itself (geodesic)."""
    return [mp.log(t(MOST_PAIR, DIM, metric="geodesic", digits=DIGITS)), mp.mpf(-20)]


def tail_of_most() -> list[Any]:
    found = caps.coordinates_of_measure(MOST, np.asarray(float(DIM)))
    parts = [np.atleast_1d(x) for x in (found.h, found.s2, found.c, found.n)]
    return [x.item() for x in cap_moment.tail_moment(*parts, "geodesic")]


def c_of_quarter() -> Any:
    return -0.5 * np.log(np.array([0.75]))


TWINS: dict[str, Twin] = {
    "nearest.many.bulk_nearest": Twin(
        nearest_twin.nearest_error_angle,
        bulk_angle,
        lambda t: t(POINT, C, boundary_is_error=False, digits=DIGITS),
        1e-9,
    ),
    "caps.distance.single_point_mean_distance": Twin(
        bound_twin.single_point_mean_distance,
        lambda: [cap_distance.single_point_mean_distance(d, metric="euclidean") for d in (2, 77, 10**9)],
        lambda t: [t(d, metric="euclidean", digits=DIGITS) for d in (2, 77, 10**9)],
    ),
    "caps.moment.half_angle_sine": Twin(
        bound_twin.single_point_mean_distance,
        lambda: cap_moment.half_angle_sine(np.array([DIM - 1.0])).item(),
        lambda t: t(DIM, metric="euclidean", digits=DIGITS) / 2,
    ),
    "caps.moment.tail_moment": Twin(bound_twin.mean_distance_bound, tail_of_most, tail),
    "caps.moment.log_mean_distance": Twin(
        bound_twin.mean_distance_bound,
        lambda: cap_moment.log_mean_distance(
            caps.coordinates_of_measure(RATE, np.array([float(DIM)])), "euclidean"
        ).item(),
        lambda t: mp.log(t(PAIR, DIM, metric="euclidean", digits=DIGITS)),
    ),
    "caps.tail.log_gamma_ratio": Twin(
        cap_twin.log_gamma_ratio,
        lambda: cap_tail.log_gamma_ratio(np.array([1.0, 32.0, 33.0, 1e9])).tolist(),
        lambda t: [t(n, digits=DIGITS) for n in (1, 32, 33, 10**9)],
        4e-15,
    ),
    "caps.tail.log_norm": Twin(
        cap_twin.log_gamma_ratio,
        lambda: cap_tail.log_norm(np.array([5.0, 1e6])).tolist(),
        lambda t: [t(n, digits=DIGITS) - mp.log(mp.pi) / 2 for n in (5, 10**6)],
    ),
    "caps.tail.log_measure": Twin(
        cap_twin.cap_log_measure,
        lambda: cap_tail.log_measure(cap_tail.height_and_s2(c_of_quarter())[0], c_of_quarter(), 76.0 * ONE).item(),
        lambda t: t(0.5, DIM, digits=DIGITS).log,
    ),
    "caps.tail.solve_log_measure": Twin(
        cap_twin.cap_of_measure,
        lambda: -cap_tail.solve_log_measure(LOG_RATE * ONE, 76.0 * ONE).item(),
        lambda t: t(PAIR, DIM, digits=DIGITS).log_sin_angle,
    ),
    "caps.cap.cap_height": Twin(
        cap_twin.cap_of_measure,
        lambda: caps.cap_height(LogProbability.from_log(LOG_RATE), DIM),
        lambda t: t(PAIR, DIM, digits=DIGITS).height,
    ),
    "caps.cap.cap_measure": Twin(
        cap_twin.cap_log_measure,
        lambda: caps.cap_measure(0.5, DIM),
        lambda t: mp.exp(t(0.5, DIM, digits=DIGITS).log),
    ),
    "caps.cap.cap_log_measure": Twin(
        cap_twin.cap_log_measure,
        lambda: both(caps.cap_log_measure(-0.25, DIM)),
        lambda t: both(t(-0.25, DIM, digits=DIGITS)),
    ),
    "caps.cap.cap_log_measure_from_angle": Twin(
        cap_twin.cap_log_measure_from_angle,
        lambda: both(caps.cap_log_measure_from_angle(1.25, DIM)),
        lambda t: both(t(1.25, DIM, digits=DIGITS)),
    ),
    "caps.cap.cap_log_measure_from_log_sin": Twin(
        cap_twin.cap_log_measure_from_log_sin,
        lambda: caps.cap_log_measure_from_log_sin(-50.0, DIM).log,
        lambda t: t(-50, DIM, digits=DIGITS).log,
    ),
    "caps.cap.cap_of_measure": Twin(
        cap_twin.cap_of_measure,
        lambda: [getattr(caps.cap_of_measure(RATE, DIM), name) for name in ("height", "angle", "log_sin_angle")],
        lambda t: list(t(PAIR, DIM, digits=DIGITS)[:3]),
    ),
    "spaces.comparison.explicit_mean_distance_bound": Twin(
        bound_twin.explicit_mean_distance_bound,
        lambda: gaussian.explicit_mean_distance_bound(RATE, DIM),
        lambda t: t(PAIR, DIM, digits=DIGITS),
    ),
    "spaces.comparison.log_explicit_mean_distance_bound": Twin(
        bound_twin.explicit_mean_distance_bound,
        lambda: gaussian.log_explicit_mean_distance_bound(MOST, DIM),
        lambda t: mp.log(t(MOST_PAIR, DIM, digits=DIGITS)),
    ),
    "spaces.comparison.asymptotic_mean_distance": Twin(
        bound_twin.asymptotic_mean_distance,
        lambda: gaussian.asymptotic_mean_distance(RATE, DIM),
        lambda t: t(PAIR, DIM, digits=DIGITS),
    ),
    "spaces.comparison.asymptote_crossing": Twin(
        bound_twin.asymptote_crossing,
        lambda: gaussian.asymptote_crossing(20, metric="geodesic").log,
        lambda t: t(20, metric="geodesic", digits=12).log,
        1e-10,
    ),
    "quadratic.hidden_units.best_equal_alpha": Twin(
        network_twin.best_equal_alpha,
        lambda: hidden_units.best_equal_alpha(7, 10, R),
        lambda t: t(7, 10, R, digits=4),
        1e-3,
    ),
    "quadratic.hidden_units.equal_alphas_error_rates": Twin(
        network_twin.equal_alphas_error_rates,
        lambda: list(hidden_units.equal_alphas_error_rates(7, 10, R)),
        lambda t: list(t(7, 10, R, float(hidden_units.best_equal_alpha(7, 10, R)), digits=DIGITS)),
        1e-11,
    ),
    "spaces.isoperimetry.mean_distance_bound": Twin(
        bound_twin.mean_distance_bound,
        lambda: [isoperimetry.mean_distance_bound(RATE, DIM, metric=metric) for metric in METRICS],
        lambda t: [t(PAIR, DIM, metric=metric, digits=DIGITS) for metric in METRICS],
    ),
    "spaces.isoperimetry.log_mean_distance_bound": Twin(
        bound_twin.mean_distance_bound,
        lambda: [
            isoperimetry.log_mean_distance_bound(RATE, DIM, metric="euclidean"),
            isoperimetry.log_mean_distance_bound(MOST, DIM, metric="geodesic"),
        ],
        lambda t: [
            mp.log(t(PAIR, DIM, metric="euclidean", digits=DIGITS)),
            mp.log(t(MOST_PAIR, DIM, metric="geodesic", digits=DIGITS)),
        ],
    ),
    "spaces.isoperimetry.quantile_distance_bound": Twin(
        bound_twin.quantile_distance_bound,
        lambda: [
            isoperimetry.quantile_distance_bound(q, RATE, DIM, metric=metric)
            for q, metric in zip((0.25, 0.5, 0.75), ("euclidean", *reversed(METRICS)), strict=True)
        ],
        lambda t: [
            t(cap_twin.LogPair.of(q), PAIR, DIM, metric=metric, digits=DIGITS)
            for q, metric in zip((0.25, 0.5, 0.75), ("euclidean", *reversed(METRICS)), strict=True)
        ],
        1e-13,
    ),
    "spaces.isoperimetry.cap_distance_survival": Twin(
        bound_twin.cap_distance_survival,
        lambda: [
            *both(isoperimetry.cap_distance_survival(0.5, RATE, DIM, metric="euclidean")),
            *both(isoperimetry.cap_distance_survival(0.375, RATE, DIM, metric="geodesic")),
        ],
        lambda t: [
            *both(t(0.5, PAIR, DIM, metric="euclidean", digits=DIGITS)),
            *both(t(0.375, PAIR, DIM, metric="geodesic", digits=DIGITS)),
        ],
        1e-13,
    ),
    "spaces.isoperimetry.max_robust_accuracy": Twin(
        bound_twin.cap_distance_survival,
        lambda: both(isoperimetry.max_robust_accuracy(RATE, DIM, 0.5, metric="geodesic")),
        lambda t: both(t(0.5, PAIR, DIM, metric="geodesic", digits=DIGITS)),
        1e-13,
    ),
    "spaces.isoperimetry.max_error_rate": Twin(
        bound_twin.max_error_rate,
        lambda: both(isoperimetry.max_error_rate(0.5, DIM, metric="euclidean")),
        lambda t: both(t(0.5, DIM, metric="euclidean", digits=20)),
        1e-12,  # on the upper side
    ),
    "basics.log_probability.log_one_minus_exp": Twin(
        cap_twin.log_one_minus_exp,
        lambda: log_space.log_one_minus_exp([-1e-20, -0.5, -50.0]).tolist(),
        lambda t: [t(x) for x in (-1e-20, -0.5, -50)],
        1e-15,
    ),
    "basics.metrics.distance_from_angle": Twin(
        metric_twin.distance_from_angle,
        lambda: [metrics.distance_from_angle(x, radius=R, metric="euclidean") for x in (1e-9, 1.0, 3.0)],
        lambda t: [t(x, radius=R, metric="euclidean") for x in (1e-9, 1.0, 3.0)],
        1e-15,
    ),
    "basics.metrics.angle_from_distance": Twin(
        metric_twin.angle_from_distance,
        lambda: [metrics.angle_from_distance(x, radius=R, metric="euclidean") for x in (1e-9, 1.0, 2.5)],
        lambda t: [t(x, radius=R, metric="euclidean") for x in (1e-9, 1.0, 2.5)],
        4e-15,
    ),
    "nearest.in_space.nearest_boundary_point": Twin(
        nearest_twin.nearest_boundary_distance,
        lambda: nearest_boundary_point(POINT, ALPHAS).distance_upper,
        lambda t: t(POINT, ALPHAS, digits=DIGITS),
        1e-13,
    ),
    "nearest.quadric.nearest_positive_point": Twin(
        nearest_twin.nearest_positive_distance,
        lambda: [nearest_positive_point(POINT, f).distance_upper for f in (CURVED, FLAT)],
        lambda t: [t(POINT, f.matrix.tolist(), f.linear.tolist(), f.constant, digits=DIGITS) for f in (CURVED, FLAT)],
        1e-12,
    ),
    "quadratic.sloped.sloped_form_tail": Twin(
        general_twin.tail,
        lambda: both(sloped.sloped_form_tail(8.0, [1.0, -0.5], [1.0, 0.5]).probability),
        lambda t: t(8.125, [1, -0.5], [1, 1], [0.25, 0.25]),
        1e-12,
    ),
    "nearest.on_sphere.nearest_error": Twin(
        nearest_twin.nearest_error_angle,
        lambda: nearest_error(POINT, C, boundary_is_error=False).angle_upper,
        lambda t: t(POINT, C, boundary_is_error=False, digits=DIGITS),
        2e-14,
    ),
    "predicted.negative_part.negative_part_moments": Twin(
        predicted_twin.negative_part_moments,
        lambda: list(negative_part_moments(np.array([C]), np.array([[1.0, 2.0, 0.5, 1.0, 0.25]]), 2)[:, 0]),
        lambda t: t(C, [1.0, 2.0, 0.5, 1.0, 0.25], 2, digits=16),
        1e-12,
    ),
    "basics.normal_tail.mills_ratio": Twin(
        normal_twin.mills_ratio,
        lambda: normal.mills_ratio(np.array([0.0, 1.5, 40.0])).tolist(),
        lambda t: [t(a) for a in (0, 1.5, 40)],
        1e-15,
    ),
    "basics.normal_tail.upper_quantile": Twin(
        bound_twin.normal_score,
        lambda: normal.upper_quantile(np.array([LOG_RATE])).item(),
        lambda t: t(PAIR, digits=DIGITS),
        2e-15,
    ),
    "basics.normal_tail.normal_score": Twin(
        bound_twin.normal_score,
        lambda: float(normal.normal_score(MOST)),
        lambda t: t(MOST_PAIR, digits=DIGITS),
        2e-15,
    ),
    "basics.normal_tail.log_mean_excess": Twin(
        normal_twin.log_mean_excess,
        lambda: normal.log_mean_excess(np.array([-40.0, -2.4, -2.6, 0.0, 3.0])).tolist(),
        lambda t: [t(z) for z in (-40, -2.4, -2.6, 0, 3)],
        2e-15,
    ),
    "predicted.mean_distance.jensen_sine_square": Twin(
        predicted_twin.jensen_sine_square,
        lambda: predicted.jensen_sine_square(C),
        lambda t: t(C),
        1e-13,
    ),
    "predicted.mean_distance.mean_angle_second_order": Twin(
        predicted_twin.mean_angle_second_order,
        lambda: predicted.mean_angle_second_order(C),
        lambda t: t(C),
        1e-12,
    ),
    "quadratic.form.positive_probability": Twin(
        form_twin.gil_pelaez_tail,
        lambda: both(form.positive_probability(C).probability),
        lambda t: both(t(C, digits=20)),
    ),
    "quadratic.form.clt_probability": Twin(
        form_twin.clt_tail,
        lambda: both(form.clt_probability(C)),
        lambda t: both(t(C, digits=DIGITS)),
    ),
    "quadratic.form.chernoff_log_bound": Twin(
        form_twin.chernoff_log_bound,
        lambda: form.chernoff_log_bound(C),
        lambda t: t(C, digits=DIGITS),
    ),
    "quadratic.form.lugannani_rice_probability": Twin(
        form_twin.lugannani_rice_tail,
        lambda: form.lugannani_rice_probability(C).log,
        lambda t: t(C, digits=DIGITS),
        1e-6,
    ),
    "quadratic.error_rate.exact_error_rate": Twin(
        network_twin.exact_error_rate,
        lambda: both(network.exact_error_rate(NETWORK, "outer", R)),
        lambda t: both(t(ALPHAS, -1.0, "outer", R, digits=20)),
    ),
    "quadratic.errors.rates_of": Twin(
        network_twin.exact_error_rate,
        lambda: both(rates_of([NETWORK.errors_on("inner", R), NETWORK.errors_on("outer", R)])[1]),
        lambda t: both(t(ALPHAS, -1.0, "outer", R, digits=20)),
    ),
    "quadratic.error_rate.exact_error_rate_enclosure": Twin(
        network_twin.exact_error_rate,
        lambda: both(network.exact_error_rate_enclosure(NETWORK, "outer", R)[1]),
        lambda t: both(t(ALPHAS, -1.0, "outer", R, digits=20)),
        1e-13,
    ),
    "quadratic.error_rate.clt_error_rate": Twin(
        network_twin.clt_error_rate,
        lambda: both(network.clt_error_rate(NETWORK, "inner", R)),
        lambda t: both(t(ALPHAS, -1.0, "inner", R, digits=DIGITS)),
    ),
    "quadratic.error_rate.chernoff_log_error_rate": Twin(
        network_twin.chernoff_log_error_rate,
        lambda: network.chernoff_log_error_rate(NETWORK, "outer", R),
        lambda t: t(ALPHAS, -1.0, "outer", R, digits=DIGITS),
    ),
    "quadratic.error_rate.worst_case_loss": Twin(
        network_twin.worst_case_loss,
        lambda: network.worst_case_loss(NETWORK, "outer", R),
        lambda t: t(ALPHAS, -1.0, "outer", R, digits=DIGITS),
    ),
    "quadratic.general.quadratic_form_tail": Twin(
        general_twin.tail,
        lambda: both(general.quadratic_form_tail(9.0, [1.0, -0.5], degrees=[2, 3], normal=0.5).probability),
        lambda t: t(9, [1, -0.5], [2, 3], [0, 0], 0.5, digits=DIGITS),
        1e-12,
    ),
    "quadratic.general.quadratic_form_log_density": Twin(
        general_twin.log_density,
        lambda: general.quadratic_form_log_density(9.0, [1.0, -0.5], noncentrality=[1, 2])[0],
        lambda t: t(9, [1, -0.5], [1, 1], [1, 2], digits=DIGITS),
        1e-12,
    ),
    "spaces.even_profile.tube_profile": Twin(
        even_twin.tube,
        lambda: even_profile.tube_profile(0.25, np.array([3.0]), 9)[0],
        lambda t: t(0.25, 3, 9, digits=DIGITS),
        1e-12,
    ),
    "spaces.even_profile.best_tube": Twin(
        even_twin.profile,
        lambda: even_profile.best_tube(0.375, 9)[0],
        lambda t: t(0.375, 9, digits=DIGITS),
        1e-12,
    ),
}

ELSEWHERE = {
    "predicted.mean_distance.mean_sine_square": "reference/test_predicted_distances.py",
    "predicted.mean_distance.mean_angle_prediction": "reference/test_predicted_distances.py",
    "predicted.mean_distance.mean_chord_prediction": "reference/test_predicted_distances.py",
    "predicted.mean_distance.mean_angle_lower_bound": "reference/test_predicted_distances.py",
    "relu.bounds.relaxation_radius": "reference/test_relu_bounds_twin.py",
    "relu.quadratic.quadratic_radius": "reference/test_relu_quadratic_twin.py",
}
"""Compared in another test, with twins that take long or need more than a line."""

CHECK = "takes an argument, computes nothing"
TEXT = "text, compared with exact decimals in test_rounded_text.py"
BLOCK = "a step of the function named here, which is compared with its twin: "
EXEMPT = {
    "nearest.many.bulk_plan": BLOCK + "bulk_nearest",
    "caps.distance.angle_between": BLOCK + "quantile_distance_bound",
    "caps.distance.widened": BLOCK + "cap_distance_survival",
    "caps.inverse.measure_at_mean_distance": BLOCK + "max_error_rate",
    "caps.inverse.crossing_log_measure": BLOCK + "asymptote_crossing",
    "caps.moment.excess_over_tail": BLOCK + "log_mean_distance_bound",
    "caps.tail.scaled_tail": BLOCK + "log_measure",
    "caps.tail.height_and_s2": BLOCK + "log_measure",
    "caps.tail.shifted": BLOCK + "solve_log_measure",
    "caps.tail.in_chunks": "applies a function to parts of arrays",
    "caps.tail_series.first_guess": "the start of an iteration",
    "caps.tail_series.integrated_tail": BLOCK + "log_measure",
    "caps.tail_series.tail_ratio": BLOCK + "log_measure",
    "caps.cap.coordinates_of_measure": BLOCK + "cap_of_measure",
    "quadratic.contour.scale": BLOCK + "positive_probability",
    "quadratic.contour.saddle_log_odds": BLOCK + "chernoff_log_bound",
    "quadratic.contour.cumulant": BLOCK + "chernoff_log_bound",
    "quadratic.contour.rounded_off": "compared with rational numbers in test_contour.py",
    "quadratic.contour.scratch_for": "allocates memory",
    "quadratic.contour.integrate": BLOCK + "positive_probability",
    "quadratic.function.check_size": "checks an argument",
    "quadratic.general.quadratic_form_quantile": "a root of quadratic_form_tail, tested as its inverse",
    "nearest.quadric.multipliers": BLOCK + "nearest_positive_point",
    "nearest.mean_distance.dual_function": "a lower bound for each point, tested as such in test_mean_distance.py",
    "nearest.mean_distance.mean_positive_distance_lower_bound": "a lower bound, tested in test_mean_distance.py",
    "nearest.secular.newton": BLOCK + "nearest_error",
    "quadratic.sloped.check_accuracy": CHECK,
    "quadratic.sloped.keep_promise": CHECK,
    "quadratic.sloped.both_sides": BLOCK + "quadratic_form_tail",
    "quadratic.sloped.integral": BLOCK + "quadratic_form_tail",
    "quadratic.sloped.tails": BLOCK + "quadratic_form_tail",
    "quadratic.tilted.saddle": BLOCK + "quadratic_form_tail",
    "quadratic.tilted.tilt": BLOCK + "quadratic_form_tail",
    "quadratic.tilted_integral.integrate_tilted": BLOCK + "quadratic_form_tail",
    "basics.double_double.two_sum": "exact: compared with rational numbers in test_double_double.py",
    "basics.double_double.fast_two_sum": "exact: compared with rational numbers in test_double_double.py",
    "basics.double_double.split": "exact: compared with rational numbers in test_double_double.py",
    "basics.double_double.two_product": "exact: compared with rational numbers in test_double_double.py",
    "basics.double_double.accurate_sum": "compared with rational numbers in test_double_double.py",
    "basics.double_double.rounded_sum": "compared with exact sums in test_double_double.py",
    "basics.double_double.multiply": "compared with mpmath's own numbers in test_double_double.py",
    "basics.double_double.divide": "compared with mpmath's own numbers in test_double_double.py",
    "basics.double_double.log_product": "compared with mpmath's own numbers in test_double_double.py",
    "nearest.dual_interval.dual_interval": "any interval serves; how many points it leaves out is tested",
    "nearest.dual_interval.log_chernoff": "an upper bound from bisections, tested as such in test_bulk_nearest.py",
    "nearest.dual_interval.crossing": "bisection",
    "predicted.envelope.mean_angle_upper_bound": "the concave envelope at what mean_sine_square gives",
    "predicted.envelope.mean_chord_upper_bound": "the concave envelope at what mean_sine_square gives",
    "spaces.even_profile.slack": "a margin",
    "spaces.even_sphere.even_space": "chooses a space",
    "spaces.even_profile.growth": "a table of bounds, held against all tubes in test_even_sphere.py",
    "spaces.even_profile.first_area": "a bound of a panel of that table",
    "spaces.even_profile.middle_area": "a bound of a panel of that table",
    "predicted.quadrature.divisors": BLOCK + "jensen_sine_square",
    "predicted.quadrature.jensen_optimum": BLOCK + "jensen_sine_square",
    "predicted.quadrature.form_variance": BLOCK + "mean_angle_second_order",
    "predicted.quadrature.dual_nodes": BLOCK + "mean_sine_square",
    "predicted.quadrature.sine_unit": "a power of two",
    "predicted.quadrature.dual_forms": BLOCK + "mean_sine_square",
    "predicted.quadrature.by_chunks": "cuts rows into pieces",
    "predicted.mean_distance.shared_nodes": "keeps what dual_nodes gave",
    "predicted.negative_part.damped_negative_part": "held to such integrals with mean_roots",
    "predicted.root_moments.mean_roots": "held against elementary integrals of tubes in test_enclosure.py",
    "predicted.enclosure.mean_distance_enclosure": "an interval that is held against such integrals there",
    "predicted.quadrature.gauss_rules": BLOCK + "mean_angle_prediction",
    "predicted.quadrature.inverse_root_factors": BLOCK + "mean_angle_prediction",
    "nearest.dual_pieces.enclosed_maximum": BLOCK + "bulk_nearest",
    "nearest.dual_pieces.chebyshev_nodes": BLOCK + "bulk_nearest",
    "nearest.dual_pieces.ellipses": BLOCK + "bulk_nearest",
    "nearest.dual_pieces.weights": BLOCK + "bulk_nearest",
    "quadratic.shape.error_regions": "counts signs",
    "caps.barycentre.cap_barycentre": "closed form, held against others in test_barycentre.py",
    "quadratic.hidden_units.hidden_units_needed": "a search among integers, tested by equal_alphas_error_rates",
    "nearest.on_sphere.rounding_allowance": "a margin of proofs, tested in test_allowances.py",
    "nearest.on_sphere.chunks": "cuts rows into pieces",
    "nearest.on_sphere.lower_angles": BLOCK + "nearest_error",
    "nearest.on_sphere.upper_angles": BLOCK + "nearest_error",
    "nearest.on_sphere.boundary_points": BLOCK + "nearest_error",
    "nearest.on_sphere.unit_rows_of": BLOCK + "nearest_error",
    "predicted.mean_distance.mean_chord_lower_bound": "2 sin(t/2) of mean_angle_lower_bound",
    "quadratic.form.promised_log_error": "a margin, which the errors of positive_probability are held against",
    "basics.by_value.frozen_copy": "copies",
    "basics.errors.described": "words",
    "basics.rounded_text.confidence_percent": TEXT,
    "basics.rounded_text.confidence_text": TEXT,
    "basics.rounded_text.power_of_ten_rounded_out": TEXT,
    "basics.rounded_text.probability_rounded_down": TEXT,
    "basics.rounded_text.probability_rounded_up": TEXT,
    "basics.rounded_text.probability_words": TEXT,
    "basics.rounded_text.rounded_down": TEXT,
    "basics.rounded_text.rounded_out": TEXT,
    "basics.rounded_text.rounded_up": TEXT,
    "basics.sphere.any_radius": CHECK,
    "basics.sphere.error_sign": "the tie rule, tested in test_two_spheres.py",
    "basics.sphere.misclassified": "the tie rule, tested in test_two_spheres.py",
    "basics.sphere.sphere_radius": CHECK,
    "basics.sphere.ties_are_errors": "the tie rule, tested in test_two_spheres.py",
    "quadratic.classifier.check_single_classifier": CHECK,
    "quadratic.errors.as_errors": CHECK,
    "quadratic.classifier.eigenbasis_of_weights": "tested by what a basis of eigenvectors is",
    "relu.bounds.lipschitz_radius": "a bound with margins: its constant is compared in test_relu_bounds_twin.py",
    "relu.bounds.check_points": CHECK,
    "relu.rounding.check_layers": CHECK,
    "nearest.secular.evaluate": BLOCK + "nearest_error",
    "nearest.secular.solve": BLOCK + "nearest_error",
}


def public_functions() -> set[str]:
    """Functions of the modules of theory/ itself, apart from checks of arguments."""
    found = set()
    for file in sorted(ROOM.rglob("*.py")):
        module = ".".join(file.relative_to(ROOM).with_suffix("").parts)
        if module not in ("basics.validation", "basics.arguments") and not module.startswith(
            ("reference.", "symbolic.")
        ):
            nodes = ast.parse(file.read_text(encoding="utf-8")).body
            names = [node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name[0] != "_"]
            found |= {f"{module}.{name}" for name in names}
    return found


def test_every_function_has_a_twin_or_a_reason() -> None:
    lists = [*TWINS, *ELSEWHERE, *EXEMPT]
    assert sorted(lists) == sorted(public_functions())


def test_reasons_name_functions_that_have_a_twin() -> None:
    compared = {name.rpartition(".")[2] for name in (*TWINS, *ELSEWHERE)}
    for reason in EXEMPT.values():
        if reason.startswith(BLOCK):
            assert reason.removeprefix(BLOCK) in compared


def test_comparisons_elsewhere_use_both() -> None:
    for name, place in ELSEWHERE.items():
        text = (TESTS / place).read_text(encoding="utf-8")
        assert name.rpartition(".")[2] in text
        assert "twin" in text


@pytest.mark.parametrize("name", TWINS)
def test_it_agrees_with_its_twin(name: str) -> None:
    entry = TWINS[name]
    module, _, function = name.rpartition(".")
    assert callable(getattr(importlib.import_module(f"adversarial_spheres.theory.{module}"), function))
    assert ".theory.reference." in entry.twin.__module__
    with mp.workdps(40):
        ours, exact = entry.ours(), entry.exact(entry.twin)
        pairs = zip(ours, exact, strict=True) if isinstance(ours, list) else [(ours, exact)]
        for found, truth in pairs:
            assert abs(mp.mpf(float(found)) - truth) <= entry.tolerance * max(abs(truth), mp.mpf(10) ** -300)
