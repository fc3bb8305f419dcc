"""Radii and records at the ends of what numbers hold: refused or answered, without a warning."""

from __future__ import annotations

import numpy as np
import pytest

from adversarial_spheres.figures import figures_of
from adversarial_spheres.numerics.experiments.sweep import SweepConfig, summarise, sweep_cells
from adversarial_spheres.numerics.models.checked import CheckedModel
from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.sampling.points import (
    block_generator,
    sample_two_spheres,
    sample_unit_vectors,
)
from adversarial_spheres.numerics.storage.records import Record
from adversarial_spheres.theory.basics.errors import InvalidArgumentError, ModelError


@pytest.fixture(scope="module")
def network() -> ReluNetwork:
    return ReluNetwork.random(300, 3, 4, block_generator(0))


@pytest.mark.parametrize("radius", [1e10, 1e20, 1e30, 1e37, 3e38])
def test_a_relu_network_far_out_warns_of_nothing(network: ReluNetwork, radius: float) -> None:
    points = radius * sample_unit_vectors(50, 4, block_generator(1))
    for answers in (network.logits(points), network.input_gradient(points)):
        assert np.all(np.isfinite(answers)) or radius > 1e36


def test_logits_beyond_all_numbers_are_refused_in_words(network: ReluNetwork) -> None:
    points = 3e38 * sample_unit_vectors(50, 4, block_generator(1))
    with pytest.raises(ModelError, match="a function that returns finite logits"):
        CheckedModel(network).scores(points)


def test_points_that_a_precision_does_not_hold_are_refused(network: ReluNetwork) -> None:
    with pytest.raises(InvalidArgumentError, match=r"float32 holds, got 'a coordinate of size 1e\+100'"):
        network.logits(np.full((1, 4), -1e100))


@pytest.mark.parametrize(("dtype", "largest"), [(np.float32, 1e19), (np.float64, 1e154)])
def test_radii_whose_squares_a_precision_does_not_hold_are_refused(dtype: type, largest: float) -> None:
    points, outer = sample_two_spheres(20, 3, largest, block_generator(0), dtype)
    norms = np.linalg.norm(points.astype(np.longdouble), axis=1)
    np.testing.assert_allclose(norms.astype(float), np.where(outer, largest, 1.0), rtol=1e-6)
    with pytest.raises(InvalidArgumentError, match="outer_radius"):
        sample_two_spheres(20, 3, 2 * largest, block_generator(0), dtype)


@pytest.mark.parametrize("ends", [("", "_low"), ("_low",), ("", "_low", "_high")])
def test_a_sweep_with_error_rates_of_zero_is_drawn_without_a_warning(ends: tuple[str, ...]) -> None:
    config = SweepConfig(dims=(3, 4), steps=2, distance_samples=4, monte_carlo_samples=10)
    made = summarise(config, [cell.run() for cell in sweep_cells(config)])
    arrays = dict(made.arrays)
    for end in ends:
        arrays[f"log10_error_rate{end}"] = np.full((2, 2), -np.inf)
    (spec,) = figures_of(made).values()
    assert spec.draw(Record(made.kind, made.values, arrays)).axes
