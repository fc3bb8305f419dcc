"""Caps against the table of 40-digit values made by generate_caps.py: the promised accuracy at every point."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.caps.cap import (
    cap_height,
    cap_log_measure,
    cap_log_measure_from_angle,
    cap_log_measure_from_log_sin,
    cap_measure,
    cap_of_measure,
)

TABLE = json.loads(Path(__file__).with_name("caps.json").read_text(encoding="utf-8"))
LOG_TOLERANCE = 1e-13
MEASURE_TOLERANCE = 1e-11
FORWARD = {
    "from_height": cap_log_measure,
    "from_angle": cap_log_measure_from_angle,
    "from_log_sin": cap_log_measure_from_log_sin,
}


def columns(name: str) -> list[NDArray[np.float64]]:
    return [np.array([float(x) for x in column]) for column in zip(*TABLE[name], strict=True)]


def relative_error(value: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    same = value == truth
    return np.where(same, 0.0, np.abs(value - truth) / np.maximum(np.abs(truth), 5e-324))


def test_the_table_is_large_enough() -> None:
    assert sum(len(TABLE[name]) for name in [*FORWARD, "inverse"]) >= 200
    assert min(float(row[2]) for row in TABLE["from_height"]) < -1e6


@pytest.mark.parametrize("name", FORWARD)
def test_log_measure(name: str) -> None:
    dim, given, log, log_complement = columns(name)
    found = FORWARD[name](given, dim)
    small = log <= log_complement
    smaller = np.where(small, found.log, found.log_complement)
    larger = np.where(small, found.log_complement, found.log)
    assert np.max(relative_error(smaller, np.minimum(log, log_complement))) <= LOG_TOLERANCE
    # the other side is -measure for small measures
    normal = np.maximum(log, log_complement) < -1e-300
    error = relative_error(larger, np.maximum(log, log_complement))
    assert np.max(error[normal]) <= MEASURE_TOLERANCE


@pytest.mark.parametrize("dim", [2, 3, 5])
def test_the_closed_forms_of_few_dimensions(dim: int) -> None:
    for name, closed in (("from_height", cap_log_measure), ("inverse", cap_height)):
        rows = [row for row in zip(*columns(name), strict=True) if row[0] == dim]
        given, truth = np.array([row[1:3] for row in rows]).T
        found = closed(given, dim).log if name == "from_height" else closed(LogProbability.from_log(given), dim)
        away = (truth < -0.6932) if name == "from_height" else (given < -0.69999)
        assert np.max(relative_error(found, truth)[away]) <= (LOG_TOLERANCE if name == "from_height" else 1e-12)


def test_measure_where_it_does_not_underflow() -> None:
    dim, height, log, _ = columns("from_height")
    normal = log > -700.0
    error = relative_error(cap_measure(height, dim), np.exp(log))
    # exp(log) of the table's own double costs up to 700 * 2^-53
    assert np.max(error[normal]) <= MEASURE_TOLERANCE


def test_each_coordinate_of_the_inverse() -> None:
    dim, log_measure, height, angle, log_sin = columns("inverse")
    cap = cap_of_measure(LogProbability.from_log(log_measure), dim)
    away = log_measure < -0.69999  # nearer to 1/2 the height has the absolute accuracy of the measure
    assert np.max(relative_error(cap.height, height)[away]) <= 1e-12
    assert np.all(np.abs(cap.height - height) <= 1e-14 / np.sqrt(dim) + np.spacing(height))
    assert np.max(relative_error(cap.log_sin_angle, log_sin)[away]) <= 1e-12
    heights = cap_height(LogProbability.from_log(log_measure), dim)
    np.testing.assert_array_equal(heights, cap.height)
    normal = angle > 1e-300
    # the relative error of the angle is the absolute one of its log
    assert np.max((relative_error(cap.angle, angle) / np.maximum(1.0, -log_sin))[normal]) <= 1e-14


def test_the_round_trip_through_the_best_coordinate() -> None:
    dim, log_measure, *_ = columns("inverse")
    cap = cap_of_measure(LogProbability.from_log(log_measure), dim)
    trips = np.stack(
        [
            np.asarray(cap_log_measure(cap.height, dim).log),
            np.asarray(cap_log_measure_from_angle(cap.angle, dim).log),
            np.asarray(cap_log_measure_from_log_sin(cap.log_sin_angle, dim).log),
        ]
    )
    with np.errstate(invalid="ignore"):
        best = np.nanmin(np.abs(trips / log_measure - 1.0), axis=0)
    assert np.max(best) <= LOG_TOLERANCE
    assert np.max(relative_error(np.asarray(cap.log_measure.log), log_measure)) <= LOG_TOLERANCE
