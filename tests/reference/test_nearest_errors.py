"""Certificates against 30 digits: the true distance lies between the bounds, and they meet at rounding."""

from __future__ import annotations

import json
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest

from adversarial_spheres.theory.nearest.in_space import nearest_boundary_point
from adversarial_spheres.theory.nearest.on_sphere import nearest_error

ROWS = json.loads(Path(__file__).with_name("nearest_errors.json").read_text(encoding="utf-8"))
CONE = [row for row in ROWS if row["kind"] == "cone"]
BOUNDARY = [row for row in ROWS if row["kind"] == "boundary"]


def test_the_tables_are_complete() -> None:
    assert len(CONE) >= 55
    assert len(BOUNDARY) >= 30


@pytest.mark.parametrize("row", CONE, ids=[row["name"] for row in CONE])
def test_the_angle_lies_in_its_certificate(row: dict) -> None:
    found = nearest_error(row["z"], row["c"], boundary_is_error=False, return_points=True)
    with mp.workdps(40):
        truth = mp.mpf(row["value"])
        assert mp.mpf(float(found.angle_lower)) <= truth <= mp.mpf(float(found.angle_upper))
    assert found.gap <= 1e-14 * (1.0 + np.sqrt(len(row["z"])))
    y, c = found.points, np.array(row["c"])
    assert c @ y**2 >= -1e-14 * (abs(c) @ y**2)


@pytest.mark.parametrize("row", BOUNDARY, ids=[row["name"] for row in BOUNDARY])
def test_the_ambient_distance_lies_in_its_certificate(row: dict) -> None:
    found = nearest_boundary_point(row["z"], row["c"], return_points=True)
    truth = mp.mpf(row["value"])
    with mp.workdps(40):
        assert mp.mpf(float(found.distance_lower)) <= truth <= mp.mpf(float(found.distance_upper))
    size = float(truth) + np.linalg.norm(row["z"])
    assert found.gap <= 1e-14 * (1.0 + np.sqrt(len(row["z"]))) * size
    assert abs(np.array(row["c"]) @ found.points**2 - 1.0) <= 1e-13 * (abs(np.array(row["c"])) @ found.points**2)
