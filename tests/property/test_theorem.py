"""The theorem itself: no error set lies farther from a random point than the cap of the same measure.

Error sets that nobody designed for the theorem, in dimensions from 2 to 60 and in both metrics. Where the law of the
distance has a closed form it is compared without sampling; elsewhere measures are exact or proved lower bounds,
distances exact, and samples are compared within limits whose false alarms have probability 1e-9 at most over the whole
file: one-sided Dvoretzky-Kiefer-Wolfowitz band for the law and its quantiles (Massart's constant), the Lipschitz
limit for the mean, Clopper-Pearson for measures that are not known, their error budget split evenly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import betainc, betaincc, betaincinv

from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.basics.metrics import distance_from_angle
from adversarial_spheres.theory.basics.validation import Metric
from adversarial_spheres.theory.caps.cap import cap_log_measure_from_angle, cap_of_measure
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.predicted.mean_distance import mean_angle_lower_bound, mean_chord_lower_bound
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.error_rate import exact_error_rate
from adversarial_spheres.theory.spaces.isoperimetry import (
    cap_distance_survival,
    max_error_rate,
    max_robust_accuracy,
    mean_distance_bound,
    quantile_distance_bound,
)

Array = NDArray[np.float64]
METRICS: tuple[Metric, ...] = ("geodesic", "euclidean")
R = 1.3
FALSE_ALARM = 1e-9
SAMPLES = 20_000
SEED = 20180117


# Laws in closed form: no sampling, no tolerance but rounding.


@dataclass(frozen=True)
class KnownSet:
    """An error set of known measure whose distance (an angle) has the known law P(distance > t)."""

    dim: int
    error_rate: float
    survival: Callable[[Array], Array]
    largest: float


def tube(dim: int, flat: int, angle: float) -> KnownSet:
    """Points within ``angle`` of a subspace of dimension ``flat``.

    A double cap for flat = 1, a band for flat = dim - 1, the cone of two eigenvalues in between. The squared sine of
    the angle to the subspace has the law Beta((dim - flat)/2, flat/2).
    """
    p, q = 0.5 * (dim - flat), 0.5 * flat

    def survival(t: Array) -> Array:
        return np.where(angle + t < 0.5 * np.pi, betaincc(p, q, np.sin(np.minimum(angle + t, 0.5 * np.pi)) ** 2), 0.0)

    return KnownSet(dim, float(betainc(p, q, np.sin(angle) ** 2)), survival, 0.5 * np.pi - angle)


def arcs(count: int, half_angle: float) -> KnownSet:
    """Equal arcs of the circle in equal distances."""
    largest = np.pi / count - half_angle
    return KnownSet(
        2, count * half_angle / np.pi, lambda t: np.maximum(1.0 - count * (half_angle + t) / np.pi, 0.0), largest
    )


def cap(dim: int, angle: float) -> KnownSet:
    """The extremal set, which attains every bound."""

    def survival(t: Array) -> Array:
        return np.asarray(cap_log_measure_from_angle(np.minimum(angle + t, np.pi), dim).complement.probability)

    return KnownSet(dim, float(cap_log_measure_from_angle(angle, dim)), survival, np.pi - angle)


def known_violations(known: KnownSet, metric: Metric, radius: float, *, error_rate: float | None = None) -> set[str]:
    """Which bounds of this error rate (its own where not given) the set violates by more than rounding."""
    mu = known.error_rate if error_rate is None else error_rate
    dim, law = known.dim, {"radius": radius, "metric": metric}
    nodes, weights = np.polynomial.legendre.leggauss(60)
    t, w = 0.5 * known.largest * (nodes + 1.0), 0.5 * known.largest * weights
    distances, beyond = distance_from_angle(t, **law), known.survival(t)
    # A chord close to the diameter barely tells the angle: allow for the rounding of the distances.
    rounded = distances * (1.0 - 1e-15)
    found = set()
    if np.any(beyond > cap_distance_survival(rounded, mu, dim, **law).probability * (1.0 + 1e-9)):
        found.add("survival")
    if np.any(beyond > max_robust_accuracy(mu, dim, rounded, **law).probability * (1.0 + 1e-9)):
        found.add("robust accuracy")
    some = (beyond > 1e-250) & (beyond < 1.0)
    level = LogProbability.from_log(np.log(beyond[some])).complement
    if np.any(distances[some] > quantile_distance_bound(level, mu, dim, **law) + 1e-8 * radius):
        found.add("quantile")
    slope = radius * (np.cos(0.5 * t) if metric == "euclidean" else 1.0)
    mean = float(w @ (beyond * slope))
    if mean > mean_distance_bound(mu, dim, **law) * (1.0 + 1e-9):
        found.add("mean")
    if max_error_rate(mean, dim, **law).probability < mu * (1.0 - 1e-7):
        found.add("error rate")
    return found


EVERY_BOUND = {"survival", "robust accuracy", "quantile", "mean", "error rate"}
RADII = st.sampled_from([1.0, 1.3, 0.25])
ON_METRICS = pytest.mark.parametrize("metric", METRICS)


@ON_METRICS
@settings(max_examples=40)
@given(st.data(), st.integers(2, 60), RADII)
def test_no_tube_is_farther_than_its_cap(metric: Metric, data: st.DataObject, dim: int, radius: float) -> None:
    flat = data.draw(st.integers(1, dim - 1), label="flat")
    rate = data.draw(st.floats(1e-6, 0.999), label="rate")
    angle = float(np.arcsin(np.sqrt(betaincinv(0.5 * (dim - flat), 0.5 * flat, rate))))
    assume(1e-6 < angle < 0.5 * np.pi - 1e-3)
    assert known_violations(tube(dim, flat, angle), metric, radius) == set()


@ON_METRICS
@settings(max_examples=40)
@given(st.integers(1, 9), st.floats(1e-6, 0.999), RADII)
def test_no_arcs_are_farther_than_one_arc(metric: Metric, count: int, share: float, radius: float) -> None:
    assert known_violations(arcs(count, share * np.pi / count), metric, radius) == set()


@ON_METRICS
@settings(max_examples=40)
@given(st.integers(2, 60), st.floats(1e-6, 0.999), RADII)
def test_the_cap_attains_every_bound(metric: Metric, dim: int, rate: float, radius: float) -> None:
    known = cap(dim, float(cap_of_measure(rate, dim).angle))
    assert known_violations(known, metric, radius) == set()
    too_large = known.error_rate * (1.0 + 0.01 * (1.0 - known.error_rate))
    assert "survival" in known_violations(known, metric, radius, error_rate=too_large)


@ON_METRICS
@pytest.mark.parametrize("dim", [2, 3, 20, 60])
def test_control_a_measure_too_large_breaks_every_known_bound(metric: Metric, dim: int) -> None:
    for rate in (1e-3, 0.1, 0.6):
        known = cap(dim, float(cap_of_measure(rate, dim).angle))
        assert known_violations(known, metric, R, error_rate=known.error_rate * 1.01) == EVERY_BOUND
    double = tube(dim, 1, 0.7)
    assert known_violations(double, metric, R, error_rate=1.0 - 0.01 * (1.0 - double.error_rate)) == EVERY_BOUND


@settings(max_examples=30)
@given(st.integers(2, 40), st.integers(0, 2**32 - 1), st.floats(0.05, 2.0), st.floats(0.0, 1.5))
def test_the_proved_lower_bound_of_a_cone_is_below_the_bound_of_every_set(
    dim: int, seed: int, spread: float, shift: float
) -> None:
    c = spread * block_generator(seed).standard_normal(dim) - shift
    assume(c.max() > 1e-3)
    rate = exact_error_rate(QuadraticClassifier(c, np.asarray(0.0)), "inner", R)
    lower = mean_angle_lower_bound(c, error_rate=rate)
    assert lower <= mean_distance_bound(rate, dim, metric="geodesic") * (1.0 + 1e-9)
    chord = mean_chord_lower_bound(c, error_rate=rate)
    assert chord <= mean_distance_bound(rate, dim, metric="euclidean") * (1.0 + 1e-9)


# Laws known from samples.


@dataclass(frozen=True)
class ErrorSet:
    """An error set on the sphere of ``radius``: exact angles from points to it, and a lower bound on its measure."""

    dim: int
    radius: float
    angles: Callable[[Array], Array]
    error_rate: LogProbability
    measured: bool = False  # whether the sample may improve the lower bound


def union_of_caps(dim: int, rng: np.random.Generator) -> ErrorSet:
    """Random caps; proved measure: their sum where they are disjoint, else that of the largest."""
    count = int(rng.integers(2, 7))
    centres = sample_unit_vectors(count, dim, rng)
    measures = 10.0 ** rng.uniform(-3.0, -1.0, count)
    radii = np.asarray(cap_of_measure(measures, dim).angle)
    between = np.arccos(np.clip(centres @ centres.T, -1.0, 1.0)) - radii[:, None] - radii
    disjoint = bool(np.all(between[~np.eye(count, dtype=bool)] > 1e-6))
    proved = measures.sum() if disjoint else measures.max()

    def angles(points: Array) -> Array:
        to_centres = np.arccos(np.clip(points @ centres.T, -1.0, 1.0))
        return np.maximum((to_centres - radii).min(axis=1), 0.0)

    return ErrorSet(dim, 1.0, angles, LogProbability.of(proved * (1.0 - 1e-9)), measured=True)


def orthant(dim: int, rng: np.random.Generator) -> ErrorSet:
    """All coordinates of random signs: measure 2^-dim; the nearest point is the positive part, or an axis."""
    signs = np.where(rng.integers(0, 2, dim) > 0, 1.0, -1.0)

    def angles(points: Array) -> Array:
        x = points * signs
        inside, outside = (np.linalg.norm(np.maximum(s * x, 0.0), axis=1) for s in (1.0, -1.0))
        return np.where(inside > 0.0, np.arctan2(outside, inside), np.arccos(np.clip(x.max(axis=1), -1.0, 1.0)))

    return ErrorSet(dim, 0.5, angles, LogProbability.from_log(-dim * np.log(2.0)))


def lune(dim: int, rng: np.random.Generator) -> ErrorSet:
    """The part of the sphere between two half great spheres, at most a quarter wide on either side of its middle."""
    half_angle = float(rng.uniform(0.02, 0.5 * np.pi))

    def angles(points: Array) -> Array:
        length, turn = np.hypot(points[:, 0], points[:, 1]), np.abs(np.arctan2(points[:, 1], points[:, 0]))
        past = np.clip(turn - half_angle, 0.0, 0.5 * np.pi)  # beyond, the nearest point of the plane's wedge is 0
        away = length * np.sin(past)
        return np.arctan2(away, np.sqrt(np.maximum(1.0 - away**2, 0.0)))

    # In the plane alone (dim = 2) the wedge's nearest point 0 has no direction: the nearest end is meant.
    def ends(points: Array) -> Array:
        return np.maximum(np.abs(np.arctan2(points[:, 1], points[:, 0])) - half_angle, 0.0)

    return ErrorSet(dim, 2.0, ends if dim == 2 else angles, LogProbability.of(half_angle / np.pi))


def band(dim: int, rng: np.random.Generator) -> ErrorSet:
    """abs(x_1) at most h, by sampling what is known in closed form too."""
    half_width = float(rng.uniform(0.0, 0.5)) / np.sqrt(dim) + 1e-3
    rate = tube(dim, dim - 1, half_width).error_rate
    return ErrorSet(
        dim,
        1.0,
        lambda points: np.maximum(np.arcsin(np.minimum(np.abs(points[:, 0]), 1.0)) - half_width, 0.0),
        LogProbability.of(rate),
    )


def single_cap(dim: int, rng: np.random.Generator) -> ErrorSet:
    """The extremal set around a random centre, large or small."""
    centre = sample_unit_vectors(1, dim, rng)[0]
    rate = float(rng.uniform(0.01, 0.6))
    angle = float(cap_of_measure(rate, dim).angle)
    return ErrorSet(
        dim,
        R,
        lambda points: np.maximum(np.arccos(np.clip(points @ centre, -1.0, 1.0)) - angle, 0.0),
        LogProbability.of(rate),
    )


def cone(sphere: str) -> Callable[[int, np.random.Generator], ErrorSet]:
    """Errors of a random quadratic classifier, some of them sure to exist."""

    def make(dim: int, rng: np.random.Generator) -> ErrorSet:
        middle, spread = rng.uniform(0.65, 0.95), 10.0 ** rng.uniform(-2.0, 0.0)
        alphas = middle + spread * rng.standard_normal(dim)
        alphas[:2] = 1.0 + rng.uniform(0.01, 0.5), 0.9 / R**2
        classifier = QuadraticClassifier.from_alphas(alphas)
        c = classifier.error_coefficients(sphere, R)

        def angles(points: Array) -> Array:
            return np.asarray(nearest_error(points, c, boundary_is_error=sphere == "outer").angle_upper)

        radius = 1.0 if sphere == "inner" else R
        return ErrorSet(dim, radius, angles, exact_error_rate(classifier, sphere, R))

    return make


KINDS: dict[str, Callable[[int, np.random.Generator], ErrorSet]] = {
    "union of caps": union_of_caps,
    "orthant": orthant,
    "lune": lune,
    "band": band,
    "cap": single_cap,
    "inner cone": cone("inner"),
    "outer cone": cone("outer"),
}
SAMPLED = [(kind, dim) for kind in KINDS for dim in (2, 3, 5, 9, 17, 33, 60)]
EVENTS_PER_CASE = 3  # the band of the law, the limit of the mean, the lower limit of the measure
SHARE = FALSE_ALARM / ((len(SAMPLED) + 1) * len(METRICS) * EVENTS_PER_CASE)  # one more for the control


def lower_limit(errors: int) -> float:
    """Clopper-Pearson's lower limit of a measure at the confidence 1 - SHARE."""
    return float(betaincinv(errors, SAMPLES - errors + 1.0, SHARE)) if errors else 0.0


def sampled_violations(angles: Array, error_rate: LogProbability, dim: int, radius: float, metric: Metric) -> set[str]:
    """Which bounds of this error rate the sample contradicts, each at the confidence 1 - SHARE."""
    law = {"radius": radius, "metric": metric}
    distances, n = np.sort(distance_from_angle(angles, **law)), len(angles)
    margin = np.sqrt(-np.log(SHARE) / (2.0 * n))
    # Largest excess of the empirical survival over a continuous law: just below each distance above 0.
    reached = 1.0 - np.arange(n) / n
    some = distances > 0.0
    limit = cap_distance_survival(distances[some], error_rate, dim, **law).probability + margin
    found = {"survival"} if np.any(reached[some] > limit) else set()
    for level in (0.1, 0.25, 0.5, 0.75, 0.9):
        position = int(np.ceil((level - margin) * n)) - 1  # of the empirical quantile of level - margin
        if distances[position] > quantile_distance_bound(level, error_rate, dim, **law):
            found.add("quantile")
        epsilon = distances[position]
        if np.mean(distances > epsilon) > max_robust_accuracy(error_rate, dim, epsilon, **law).probability + margin:
            found.add("robust accuracy")
    mean = distances.mean() - radius * np.sqrt(-2.0 * np.log(SHARE) / (n * (dim - 1.0)))
    if mean > mean_distance_bound(error_rate, dim, **law):
        found.add("mean")
    if mean > 0.0 and max_error_rate(mean, dim, **law).log < error_rate.log - 1e-9:
        found.add("error rate")
    return found


def make(kind: str, dim: int) -> tuple[ErrorSet, Array]:
    """The set and the angles of a fresh sample to it; its measure, where the sample improves on what is proved."""
    rng = block_generator(SEED, list(KINDS).index(kind), dim)
    errors = KINDS[kind](dim, rng)
    return errors, errors.angles(sample_unit_vectors(SAMPLES, dim, rng))


@pytest.mark.parametrize(("kind", "dim"), SAMPLED)
def test_no_error_set_is_farther_than_its_cap(kind: str, dim: int) -> None:
    errors, angles = make(kind, dim)
    assert np.all((angles >= 0.0) & (angles <= np.pi))
    rate, hits = errors.error_rate, int(np.count_nonzero(angles == 0.0))
    if errors.measured and (limit := lower_limit(hits)) > float(rate):
        rate = LogProbability.of(limit)
    else:  # the measure and the distances are of the same set
        expected = float(rate) * SAMPLES
        slack = 7.0 * np.sqrt(expected + 1.0) + 7.0
        assert hits >= expected - slack
        assert errors.measured or hits <= expected + slack
    for metric in METRICS:
        assert sampled_violations(angles, rate, dim, errors.radius, metric) == set()


@pytest.mark.parametrize("dim", [2, 9, 60])
def test_control_a_measure_too_large_is_noticed(dim: int) -> None:
    errors, angles = make("cap", dim)
    rate = float(errors.error_rate)
    assert sampled_violations(angles, LogProbability.of(rate), dim, R, "geodesic") == set()
    too_large = LogProbability.of(rate + 0.7 * (1.0 - rate))
    for metric in METRICS:
        assert sampled_violations(angles, too_large, dim, R, metric) == EVERY_BOUND


def test_control_distances_a_little_too_large_are_noticed() -> None:
    for dim in (2, 9, 60):
        errors, angles = make("cap", dim)
        stretched = np.where(angles > 0.0, np.minimum(angles + 0.4 / np.sqrt(dim), np.pi), 0.0)
        for metric in METRICS:
            assert "survival" in sampled_violations(stretched, errors.error_rate, dim, R, metric)


@pytest.mark.parametrize("kind", ["union of caps", "orthant", "lune", "band", "inner cone", "outer cone"])
def test_distances_are_lipschitz_and_zero_where_they_should_be(kind: str) -> None:
    # A distance to a set grows by no more than the way walked: true of exact distances, not of arbitrary numbers.
    for dim in (2, 3, 17):
        rng = block_generator(SEED, 99, dim)
        errors = KINDS[kind](dim, rng)
        here, there = sample_unit_vectors(500, dim, rng), sample_unit_vectors(500, dim, rng)
        for step in (1.0, 0.1, 1e-3):
            other = here + step * there
            other /= np.linalg.norm(other, axis=1, keepdims=True)
            walked = 2.0 * np.arcsin(np.minimum(0.5 * np.linalg.norm(other - here, axis=1), 1.0))
            assert np.all(np.abs(errors.angles(here) - errors.angles(other)) <= walked + 1e-7)
