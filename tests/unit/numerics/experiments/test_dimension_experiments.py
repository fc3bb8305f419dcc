"""The experiments on dimension, width, slices and the exponential law: what their records say, at tiny sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from adversarial_spheres.figures import figures_of, render
from adversarial_spheres.numerics.cells.cell import cell_key
from adversarial_spheres.numerics.experiments import (
    decision_slices,
    dimension_of_errors,
    dimension_scaling,
    distance_curves,
    exponential_law,
    width,
)
from adversarial_spheres.numerics.experiments.catalogue import EXPERIMENTS
from adversarial_spheres.numerics.experiments.trainings import outer_radius, robust_training
from adversarial_spheres.numerics.runs.experiment import PROFILES, Experiment
from adversarial_spheres.numerics.runs.slices import CIRCLE_POINTS
from adversarial_spheres.numerics.storage.records import Record, load_record, save_record
from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.quadratic.hidden_units import equal_alphas_error_rates
from adversarial_spheres.theory.spaces.isoperimetry import mean_distance_bound

SPHERES = ("inner", "outer")
SCALING = dimension_scaling.DimensionScalingConfig((0.2, 0.05), (3, 12), 400, 200, 200, check_every=20)
RELU = distance_curves.ReluPlan(
    hidden=8,
    depth=2,
    measured_steps=(10,),
    monte_carlo_samples=500,
    attack_points=20,
    rare_event_runs=0,
    slice_resolution=15,
)
CURVES = distance_curves.PROFILES["quick"]
CONFIGS = {
    "dimension-scaling": SCALING,
    "exponential-law": exponential_law.ExponentialLawConfig(SCALING, dims=(3, 12, 500, 100_000), distances=41),
    "width": width.WidthConfig(12, (3, 6, 11), 300, 200),
    "dimension-of-errors": dimension_of_errors.DimensionOfErrorsConfig(
        quadratic_dims=(2, 30),
        quadratic_seeds=(0, 1),
        quadratic_steps=1500,
        relu_dims=(2, 20),
        relu_seeds=(0,),
        relu_steps=50,
        relu_hidden=10,
        distance_samples=100,
        monte_carlo_samples=500,
        attack_points=20,
        rare_event_runs=0,
        rare_event_particles=100,
    ),
    "decision-slices": decision_slices.DecisionSlicesConfig(
        replace(CURVES, grid=replace(CURVES.grid, dim=6), relu=(RELU,)), dim=6, hidden=12, steps=30, resolution=21
    ),
    "robust-training": robust_training.RobustTrainingConfig(
        dim=4,
        hidden=8,
        trials=robust_training.trials(average=(30, 10), worst_case=(30, 10), pgd={100: (20, 10), 50: (20, 10)}),
    ),
    "outer-radius": outer_radius.OuterRadiusConfig(
        8, 16, (1.1, 2.0), 200, 50, distance_samples=50, depth_draws=300, monte_carlo_samples=500, attack_points=20
    ),
}
BY_KIND: Mapping[str, Experiment] = {experiment.kind: experiment for experiment in EXPERIMENTS}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Record]:
    """The assembled records as they come back from disk."""
    folder, done, found = tmp_path_factory.mktemp("records"), {}, {}
    for kind, config in CONFIGS.items():
        experiment = BY_KIND[kind]
        cells = experiment.cells(config)
        for cell in cells:
            if cell_key(cell) not in done:
                done[cell_key(cell)] = cell.run()
        record = experiment.assemble(config, [done[cell_key(cell)] for cell in cells])
        save_record(record, folder / kind)
        found[kind] = load_record(folder / kind)
    return found


@pytest.mark.parametrize("kind", CONFIGS)
def test_every_figure_can_be_drawn_and_has_a_caption(records: Mapping[str, Record], kind: str) -> None:
    for spec in figures_of(records[kind]).values():
        assert render(spec, records[kind], ["png"])["png"].startswith(b"\x89PNG")
        assert "nan" not in spec.caption(records[kind])


@pytest.mark.parametrize("kind", CONFIGS)
def test_every_profile_has_cells_and_names_its_kind(kind: str) -> None:
    experiment = BY_KIND[kind]
    assert set(experiment.profiles) == set(PROFILES)
    for config in experiment.profiles.values():
        assert len(experiment.cells(config)) > 0
        assert experiment.cells(config) == experiment.cells(config)


def test_networks_of_other_experiments_are_not_trained_twice() -> None:
    def keys(experiment: Experiment, profile: str) -> set[str]:
        return {cell_key(cell) for cell in experiment.cells(experiment.profiles[profile])}

    for profile in PROFILES:
        assert keys(exponential_law.EXPERIMENT, profile) <= keys(dimension_scaling.EXPERIMENT, profile)
        shared = keys(decision_slices.EXPERIMENT, profile) & keys(distance_curves.EXPERIMENT, profile)
        assert len(shared) == 1


def test_no_quadratic_network_is_above_the_cap_of_its_error_rate(records: Mapping[str, Record]) -> None:
    # 99% intervals of about 20 means, each well below the cap: a single one above it would be a bug.
    rows = [*records["dimension-scaling"].values["trained"], *records["dimension-of-errors"].values["quadratic"]]
    seen = 0
    for row in rows:
        for sphere in SPHERES:
            if row[f"mean_distance_{sphere}"] is not None:
                assert row[f"mean_distance_low_{sphere}"] <= row[f"bound_{sphere}"]
                seen += 1
    assert seen >= 8
    assert records["exponential-law"].values["points_above_curve"] == 0
    assert records["exponential-law"].values["points"] > 50


def test_points_above_the_curve_would_be_counted(records: Mapping[str, Record]) -> None:
    arrays = dict(records["exponential-law"].arrays)
    arrays["point_distance_low"] = arrays["point_distance_low"] + 3.0  # no two points of the sphere are that far apart
    above = exponential_law.points_above_curve(arrays)
    assert np.all(above)


def test_scaled_distances_tend_to_the_mean_excess_and_not_to_the_asymptote(records: Mapping[str, Record]) -> None:
    record = records["dimension-scaling"]
    for row in record.values["limits"]:
        assert row["scaled_at_largest_dim"] == pytest.approx(row["limit"], rel=1e-5)
        assert row["limit"] > row["asymptote"]
    assert record.values["limits"][0]["limit"] - record.values["limits"][0]["asymptote"] > 0.04
    arrays, many = record.arrays, record.arrays["dims"] > 2
    assert np.all(arrays["exact_euclidean"] <= arrays["exact_geodesic"])
    assert np.all(arrays["exact_geodesic"][:, many] < arrays["explicit"][:, many])
    assert np.all(np.diff(arrays["exact_geodesic"], axis=0) > 0.0)  # rarer errors can be farther away
    assert np.all(np.diff(arrays["exact_geodesic"], axis=1) < 0.0)  # and more dimensions bring them nearer


def test_the_numbers_of_the_papers_figure_are_medians(records: Mapping[str, Record]) -> None:
    rows = records["dimension-scaling"].values["paper"]
    for row in rows:
        half_a_digit = 0.05 if row["dim"] == 2 else 0.005 if row["dim"] == 100 else 0.0005
        assert abs(row["cap_median"] - row["paper"]) <= half_a_digit
    assert abs(rows[0]["cap_mean"] - rows[0]["paper"]) > 0.1


def test_a_network_stops_below_its_target_and_says_so(records: Mapping[str, Record]) -> None:
    rows = records["dimension-scaling"].values["trained"]
    assert [(row["target"], row["dim"]) for row in rows] == [(0.2, 3), (0.2, 12), (0.05, 3), (0.05, 12)]
    for row in rows:
        below = [
            row[f"log10_error_rate_{sphere}"] is None or row[f"log10_error_rate_{sphere}"] < np.log10(row["target"])
            for sphere in SPHERES
        ]
        assert row["reached"] == all(below)
        assert row["reached"] or row["steps"] == SCALING.max_steps


def test_the_error_rate_needed_is_the_inverse_of_the_bound(records: Mapping[str, Record]) -> None:
    arrays = records["exponential-law"].arrays
    curve, x = arrays["log10_max_error_rate"], arrays["distance"]
    assert np.all(curve[:, 0] == 0.0)
    assert np.all(np.diff(curve, axis=1) < 0.0)
    assert np.all(np.diff(curve, axis=0)[:, 1:] < 0.0)
    back = mean_distance_bound(LogProbability.from_log10(curve[:, 1:]), arrays["dims"][:, None], metric="euclidean")
    np.testing.assert_allclose(back, np.broadcast_to(x[1:], back.shape), rtol=1e-11)
    # In large dimension a cap of measure mu is at the angle x where log mu is about d log(cos x): slope -d tan(x).
    angle = 2.0 * np.arcsin(arrays["slope_distance"][10:] / 2.0)
    slope = -arrays["dims"][-1] * np.tan(angle) / np.log(10.0) / np.cos(angle / 2.0)
    np.testing.assert_allclose(arrays["slope"][-1, 10:], slope, rtol=0.02)


def test_narrow_networks_have_their_zero_alphas(records: Mapping[str, Record]) -> None:
    record = records["width"]
    for row, alphas in zip(record.values["trained"], record.arrays["alphas"], strict=True):
        assert np.sum(alphas == 0.0) == row["zero_alphas"] == 12 - row["hidden"]
        assert row["log10_error_rate_outer"] > -np.inf
        rates = [10.0 ** row[f"log10_error_rate_{sphere}"] for sphere in SPHERES]
        assert 10.0 ** row["log10_mean_error_rate"] == pytest.approx(np.mean(rates), rel=1e-12)
        equal = np.mean(equal_alphas_error_rates(row["hidden"], 12, 1.3))
        assert 10.0 ** row["log10_equal_alphas"] == pytest.approx(equal, rel=1e-12, abs=0.0)
        # As many equal alphas as suffice for the trained network's error rate, and no fewer.
        enough = row["hidden_equal_alphas"]
        assert np.mean(equal_alphas_error_rates(enough, 12, 1.3)) <= 10.0 ** row["log10_mean_error_rate"]
        if enough > 1:
            assert np.mean(equal_alphas_error_rates(enough - 1, 12, 1.3)) > 10.0 ** row["log10_mean_error_rate"]


def test_perfect_networks_and_networks_with_errors_are_told_apart(records: Mapping[str, Record]) -> None:
    values = records["dimension-of-errors"].values
    for row in values["quadratic"]:
        perfect = [row[f"log10_error_rate_{sphere}"] is None for sphere in SPHERES]
        assert [row[f"perfect_{sphere}"] for sphere in SPHERES] == perfect
        assert row["has_errors"] == (not all(perfect))
        rates = [10.0 ** row[f"log10_error_rate_{sphere}"] for sphere in SPHERES if not row[f"perfect_{sphere}"]]
        assert row["seen_in_test"] == (sum(rates) * 1e7 >= 1.0)
    assert [row["dim"] for row in values["quadratic"]] == [2, 2, 30, 30]
    assert not any(row["has_errors"] for row in values["quadratic"][:2])
    assert values["quadratic_least_dim_with_errors"] == values["quadratic_least_dim_seen_in_test"] == 30
    for row in values["relu"]:
        for sphere in SPHERES:
            assert 0.0 <= row[f"share_found_{sphere}"] <= 1.0
            assert (row[f"log10_error_rate_{sphere}"] is None) == (row[f"method_{sphere}"] == 3)


def test_slices_of_both_networks(records: Mapping[str, Record]) -> None:
    record = records["decision-slices"]
    assert set(record.values["networks"]) == {"relu", "quadratic"}
    for name, network in record.values["networks"].items():
        assert network["error_rate_exact"] == (name == "quadratic")
        for plane in network["planes"]:
            circles = record.arrays[f"{name}_{plane['name']}_circles"]
            assert circles.shape == (2, CIRCLE_POINTS)
            assert plane["wrong_share_inner"] == np.mean(circles[0] > 0.0)
            assert plane["wrong_share_outer"] == np.mean(circles[1] <= 0.0)
            assert record.arrays[f"{name}_{plane['name']}_logits"].shape == (network["resolution"],) * 2
