"""Exact means of sin^2 and point predictions against mpmath, computed with other contours and panels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from adversarial_spheres.theory.predicted.mean_distance import (
    jensen_sine_square,
    mean_angle_lower_bound,
    mean_angle_prediction,
    mean_angle_second_order,
    mean_chord_prediction,
    mean_sine_square,
)
from adversarial_spheres.theory.predicted.negative_part import negative_part_moments
from adversarial_spheres.theory.reference import predicted_distance as twin

ROWS = json.loads(Path(__file__).with_name("predicted_distances.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ROWS, ids=[str(row["c"]) for row in ROWS])
def test_exact_means_agree(row: dict) -> None:
    assert abs(mean_sine_square(row["c"]) / float(row["mean_sine_square"]) - 1.0) < 1e-9
    assert abs(jensen_sine_square(row["c"]) - float(row["jensen_sine_square"])) < 1e-11


@pytest.mark.parametrize("row", [row for row in ROWS if "mean_angle_prediction" in row], ids=lambda row: str(row["c"]))
def test_predictions_agree(row: dict) -> None:
    # the number of Gauss points changes along the integral, at places that depend on rounding
    assert abs(mean_angle_prediction(row["c"]) / float(row["mean_angle_prediction"]) - 1.0) < 2e-4
    assert abs(mean_chord_prediction(row["c"]) / float(row["mean_chord_prediction"]) - 1.0) < 2e-4


@pytest.mark.parametrize("dim", [2, 3, 6])
def test_moments_of_negative_parts_agree(dim: int) -> None:
    rng = np.random.default_rng(dim)
    q, s = rng.standard_normal(dim), rng.standard_normal(dim)
    q[0] = -abs(q[0])
    exact = np.array([float(x) for x in twin.negative_part_moments(list(q), list(s), 5, digits=15)])
    found = negative_part_moments(q[None, :], s[None, :], 5)[:, 0]
    size = np.array([float(x) for x in twin.negative_part_moments(list(q), list(np.abs(s)), 5, digits=15)])
    assert np.all(np.abs(found - exact) <= [1e-13, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8] * size)


@pytest.mark.parametrize("dim", [2, 10, 100])
def test_the_expansion_agrees(dim: int) -> None:
    c = np.linspace(-1.0, 0.3, dim)
    assert abs(mean_angle_second_order(c) / float(twin.mean_angle_second_order(list(c))) - 1.0) < 1e-11


@pytest.mark.slow
def test_the_lower_bound_agrees() -> None:
    c = [0.3, -0.5, -1.0]
    exact = float(twin.mean_angle_lower_bound(c, error_rate=0.1, digits=10))
    assert abs(mean_angle_lower_bound(c, error_rate=0.1) - exact) < 1e-8
