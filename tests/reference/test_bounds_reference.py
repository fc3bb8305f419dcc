"""Bounds against the table of 30-digit values made by generate_bounds.py."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.basics.validation import Metric
from adversarial_spheres.theory.spaces.comparison import (
    asymptote_crossing,
    asymptotic_mean_distance,
    log_explicit_mean_distance_bound,
)
from adversarial_spheres.theory.spaces.isoperimetry import (
    cap_distance_survival,
    log_mean_distance_bound,
    max_error_rate,
    mean_distance_bound,
    quantile_distance_bound,
)

TABLE = json.loads(Path(__file__).with_name("bounds.json").read_text(encoding="utf-8"))
METRICS: tuple[Metric, Metric] = ("geodesic", "euclidean")

DIM, LOG_RATE, COMPLEMENT, GEODESIC, EUCLIDEAN, EXPLICIT, ASYMPTOTIC, QUANTILE, LAW, LAW_COMPLEMENT = (
    np.array([float(x) for x in column]) for column in zip(*TABLE["bounds"], strict=True)
)


def rates() -> LogProbability:
    small, large = LogProbability.from_log(LOG_RATE), LogProbability.from_log_complement(LOG_RATE)
    complement = COMPLEMENT == 1.0
    return LogProbability(
        np.where(complement, large.log, small.log), np.where(complement, large.log_complement, small.log_complement)
    )


def scaled_error(value: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """Largest error of a logarithm: absolute where the logarithm is small, else relative."""
    return float(np.max(np.abs(value - truth) / np.maximum(1.0, np.abs(truth))))


def relative_error(value: NDArray[np.float64], truth: NDArray[np.float64], where: NDArray[np.bool_]) -> float:
    return float(np.max(np.abs(value[where] / truth[where] - 1.0)))


def test_the_table_is_large_enough() -> None:
    assert len(TABLE["bounds"]) + len(TABLE["inverse"]) >= 200
    assert LOG_RATE.min() == -1e6
    assert DIM.max() == 1e9


@pytest.mark.parametrize(("metric", "truth"), [("geodesic", GEODESIC), ("euclidean", EUCLIDEAN)])
def test_mean(metric: Metric, truth: NDArray[np.float64]) -> None:
    assert scaled_error(log_mean_distance_bound(rates(), DIM, metric=metric), truth) <= 2e-14
    normal = truth > -700.0
    mean = mean_distance_bound(rates(), DIM, metric=metric)
    assert relative_error(mean, np.exp(truth), normal) <= 1e-12


def test_explicit_bound() -> None:
    some = DIM > 2
    found = log_explicit_mean_distance_bound(rates()[some], DIM[some])
    assert scaled_error(found, EXPLICIT[some]) <= 2e-15


def test_asymptote() -> None:
    assert relative_error(asymptotic_mean_distance(rates(), DIM), ASYMPTOTIC, LOG_RATE < -1.0) <= 4e-15


def test_quantile() -> None:
    found = quantile_distance_bound(0.9375, rates(), DIM, metric="euclidean")
    positive = QUANTILE > 0.0
    assert np.array_equal(found > 0.0, positive)
    assert relative_error(found, QUANTILE, positive) <= 1e-12


def test_law() -> None:
    found = cap_distance_survival(1.5 / np.sqrt(DIM), rates(), DIM, metric="euclidean")
    for value, truth in ((found.log, LAW), (found.log_complement, LAW_COMPLEMENT)):
        finite = np.isfinite(truth) & (truth < -1e-300)
        assert np.array_equal(np.isneginf(value), np.isneginf(truth))
        assert relative_error(np.asarray(value), truth, finite) <= 1e-11


@pytest.mark.parametrize("metric", METRICS)
def test_largest_error_rate(metric: Metric) -> None:
    rows = [row for row in TABLE["inverse"] if row[1] == metric]
    dim, distance, log, log_complement = (np.array([float(row[i]) for row in rows]) for i in (0, 2, 3, 4))
    found = max_error_rate(distance, dim, metric=metric)
    assert np.all(found.log >= log * (1.0 - 1e-15 * np.sign(log)))  # an upper bound
    smaller, truth = np.minimum(found.log, found.log_complement), np.minimum(log, log_complement)
    assert relative_error(smaller, truth, np.isfinite(truth)) <= 1e-12
    larger, truth_of_larger = np.maximum(found.log, found.log_complement), np.maximum(log, log_complement)
    normal = truth_of_larger < -1e-300
    off = np.abs(larger[normal] / truth_of_larger[normal] - 1.0)
    assert np.all(off <= 1e-11 + 1e-12 * np.abs(truth[normal]))  # the larger side is an exponential of the smaller


def test_crossing() -> None:
    for dim, metric, log in TABLE["crossing"]:
        # the two curves part slowly: by 1e-9 of themselves at dim = 10^9
        tolerance = 1e-11 if dim <= 10_000 else 1e-7
        assert abs(asymptote_crossing(dim, metric=metric).log / float(log) - 1.0) <= tolerance
