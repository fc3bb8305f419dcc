"""What is measured of a ReLU network at one step."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.runs.relu_measurement import MeasurementBudget, measure_network


@pytest.mark.filterwarnings("ignore:the scores of all")  # they are all of one sign
def test_without_a_known_error_the_limit_of_the_mean_is_the_largest_distance() -> None:
    random = ReluNetwork.random(5, 1, 40, np.random.default_rng(0))
    inner = ReluNetwork(random.layers, [0.0] * 5 + [-1.0])  # says "inner" everywhere
    budget = MeasurementBudget(1.3, 200, 10, 0, 100, 10, 0.99, 0)
    row = measure_network(inner, budget, lambda *told: None)
    assert row["mean_distance"] == (2.0, 0.0)
    assert row["mean_distance_high"][0] == 2.0  # type: ignore[index]  # as in the kept records
    assert row["failed_attacks"] == (10.0, 0.0)
