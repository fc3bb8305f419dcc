"""Experiments made of training cells, at a tiny scale: what they join, what they sum up, what they draw."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.figures import figures_of, render
from adversarial_spheres.numerics.cells.cell import cell_key
from adversarial_spheres.numerics.experiments import clt_map, distance_curves, perfect_start, training_sets
from adversarial_spheres.numerics.experiments.catalogue import EXPERIMENTS
from adversarial_spheres.numerics.experiments.distance_curves import DistanceCurvesConfig, ReluPlan
from adversarial_spheres.numerics.runs.experiment import PROFILES
from adversarial_spheres.numerics.runs.grid import QuadraticGrid
from adversarial_spheres.numerics.storage.records import Record, load_record, save_record, to_json
from adversarial_spheres.report.plans import with_seed
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

GRID = QuadraticGrid(
    dim=8,
    hidden=12,
    steps=13,
    learning_rate=0.05,
    train_sizes=(20, None),
    monte_carlo_samples=300,
    distance_samples=60,
)
PLAN = ReluPlan(
    hidden=8,
    depth=2,
    measured_steps=(5, 30),
    learning_rate=0.01,
    monte_carlo_samples=90,
    attack_points=6,
    rare_event_runs=4,
    rare_event_particles=50,
    slice_resolution=7,
    final_monte_carlo_samples=120,
    final_attack_points=8,
)
DEEP = replace(PLAN, depth=3, slice_resolution=0, rare_event_runs=0, train_size=20)
CONFIGS: dict[str, Any] = {
    "distance-curves": DistanceCurvesConfig(GRID, relu=(PLAN,), deep=(DEEP,)),
    "training-sets": training_sets.TrainingSetsConfig(GRID),
    "perfect-start": perfect_start.PerfectStartConfig(
        dim=8,
        hidden=12,
        steps=13,
        learning_rates=(0.02, 0.002),
        monte_carlo_samples=300,
        distance_samples=60,
    ),
    "clt-map": clt_map.CltMapConfig(GRID, dims=(4,), dim_steps=6, dim_monte_carlo_samples=50),
}
OURS = [experiment for experiment in EXPERIMENTS if experiment.kind in CONFIGS]


@pytest.fixture(scope="module")
def cell_records() -> dict[str, Record]:
    """The record of every cell, by its key; cells that experiments share run once."""
    cells = [cell for experiment in OURS for cell in experiment.cells(CONFIGS[experiment.kind])]
    unique = {cell_key(cell): cell for cell in cells}
    assert len(unique) < len(cells)
    return {key: cell.run() for key, cell in unique.items()}


@pytest.fixture(scope="module")
def assembled(cell_records: dict[str, Record]) -> dict[str, Record]:
    return {
        experiment.kind: experiment.assemble(CONFIGS[experiment.kind], _records_of(experiment, cell_records))
        for experiment in OURS
    }


def _records_of(experiment: Any, cell_records: dict[str, Record]) -> list[Record]:
    return [cell_records[cell_key(cell)] for cell in experiment.cells(CONFIGS[experiment.kind])]


def test_the_catalogue() -> None:
    kinds = [experiment.kind for experiment in EXPERIMENTS]
    assert len(set(kinds)) == len(kinds) >= 4
    for experiment in EXPERIMENTS:
        assert set(experiment.profiles) == set(PROFILES)
        for config in experiment.profiles.values():
            changed = with_seed(config, 1000, 0.9)
            before = {cell_key(cell) for cell in experiment.cells(config)}
            after = {cell_key(cell) for cell in experiment.cells(changed)}
            assert not before & after
            assert all(cell.cost > 0 and cell.label for cell in experiment.cells(config))


@pytest.mark.parametrize("profile", PROFILES)
def test_experiments_share_the_quadratic_networks(profile: str) -> None:
    keys = {
        experiment.kind: {cell_key(cell) for cell in experiment.cells(experiment.profiles[profile])}
        for experiment in OURS
    }
    assert keys["training-sets"] < keys["distance-curves"]
    assert keys["training-sets"] < keys["clt-map"]


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_record_is_the_same_from_cells_on_disk(
    kind: str, cell_records: dict[str, Record], assembled: dict[str, Record], tmp_path: Path
) -> None:
    (experiment,) = (one for one in OURS if one.kind == kind)
    stored = []
    for index, record in enumerate(_records_of(experiment, cell_records)):
        save_record(record, tmp_path / str(index))
        stored.append(load_record(tmp_path / str(index)))
    again, first = experiment.assemble(CONFIGS[kind], stored), assembled[kind]
    assert again.kind == first.kind == kind
    assert to_json(again.values) == to_json(first.values)
    assert json.loads(to_json(first.values)) == first.values  # nothing is lost in JSON
    assert again.arrays.keys() == first.arrays.keys()
    for name, array in first.arrays.items():
        np.testing.assert_array_equal(again.arrays[name], array)


def test_no_exact_point_lies_above_the_cap(assembled: dict[str, Record]) -> None:
    record = assembled["distance-curves"]
    arrays = record.arrays
    exact = arrays["network"] == 0
    assert record.values["summary"]["exact_points_above_bound"] == 0
    known = exact & np.isfinite(arrays["mean_distance"])
    assert np.all(np.count_nonzero(known, axis=1) > 10)
    assert not np.any(arrays["above_bound"][known])
    assert np.all(arrays["mean_distance_low"][known] <= arrays["bound"][known])


def test_a_point_above_the_cap_is_noticed(cell_records: dict[str, Record]) -> None:
    (experiment,) = (one for one in OURS if one.kind == "distance-curves")
    records = _records_of(experiment, cell_records)
    arrays = dict(records[0].arrays)
    low, (inner, _) = arrays["mean_distance_low"], arrays["bound"]
    arrays["mean_distance_low"] = np.stack([inner * 1.001, low[1]])
    records[0] = Record(records[0].kind, records[0].values, arrays)
    found = experiment.assemble(CONFIGS["distance-curves"], records)
    assert found.values["summary"]["exact_points_above_bound"] == np.count_nonzero(np.isfinite(inner))


def test_the_table_of_three_networks(assembled: dict[str, Record], cell_records: dict[str, Record]) -> None:
    record = assembled["distance-curves"]
    arrays, relu = record.arrays, record.values["relu"]
    assert [network["guarantee"] for network in record.values["networks"]] == ["exact", "upper bound", "upper bound"]
    assert [network["depth"] for network in record.values["networks"]] == [1, 2, 3]
    assert np.count_nonzero(arrays["is_last"]) == 4
    assert arrays["train_size"][arrays["is_last"]].tolist() == [20, 0, 0, 20]
    assert arrays["step"][arrays["is_last"]].tolist() == [13, 13, 30, 30]
    assert (relu["steps"], relu["points_seen"], relu["hidden"], relu["depth"]) == (30, 1500, 8, 2)
    for side, sphere in enumerate(("inner", "outer")):
        found = relu[sphere]
        assert found["mean_distance"]["points"] == 8
        assert found["monte_carlo"]["samples"] == 120
        assert found["error_rate"]["log10"] == arrays["relu_log10_error_rate"][side, -1]
        assert found["tightness"] == found["mean_distance"]["mean"] / found["bound"]
        assert found["tightness_low"] <= found["tightness"] <= found["tightness_high"]
        assert found["bound_low"] <= found["bound"] <= found["bound_high"]
        low, high = found["error_rate"]["log10_low"], found["error_rate"]["log10_high"]
        assert low < found["error_rate"]["log10"] < high


def test_a_main_run_without_an_error_is_told_as_such(cell_records: dict[str, Record]) -> None:
    record = next(one for one in cell_records.values() if one.kind == "relu-run")
    arrays = {name: array.copy() for name, array in record.arrays.items()}
    arrays["error_rate_method"][0] = 3
    arrays["log10_error_rate_low"][0] = -np.inf
    for name in ("log10_error_rate", "log10_rare_event", "bound", "bound_high"):
        arrays[name][0] = np.nan
    found = distance_curves._main_sphere(PLAN, Record(record.kind, record.values, arrays), "inner")
    assert found["error_rate"]["method"] == "none seen"
    assert found["error_rate"]["log10"] is None
    assert found["error_rate"]["log10_low"] is None
    assert found["rare_event"] is None
    assert np.isnan(found["tightness"])  # None once the record is assembled
    assert np.isfinite(found["tightness_high"])


def test_sizes_of_training_sets_are_summed_up(assembled: dict[str, Record]) -> None:
    record = assembled["training-sets"]
    arrays, (fixed, online) = record.arrays, record.values["sizes"]
    assert (fixed["train_size"], online["train_size"]) == (20, None)
    assert fixed["epochs"] == 13 * 50 / 20
    assert arrays["alphas"].shape == (2, 8)
    for entry, row in zip((fixed, online), arrays["alphas"], strict=True):
        assert entry["alphas_outside"] == np.count_nonzero((row < 1 / 1.69) | (row > 1))
    last = arrays["alphas_outside"][:, -1]
    assert record.values["summary"]["alphas_outside_most"] == max(last)
    assert record.values["summary"]["alphas_outside_online"] == last[1]
    for sphere, exact, clt in zip(("inner", "outer"), arrays["log10_error_rate"], arrays["log10_clt"], strict=True):
        assert online[sphere]["clt_error"] == pytest.approx(exact[1, -1] - clt[1, -1])
        largest = np.max(np.abs(exact - clt))
        assert record.values["summary"][f"largest_clt_error_{sphere}"] == pytest.approx(largest)


def test_the_error_of_the_central_limit(assembled: dict[str, Record]) -> None:
    record, same = assembled["clt-map"], assembled["training-sets"].arrays
    np.testing.assert_allclose(record.arrays["clt_error"], same["log10_error_rate"] - same["log10_clt"])
    assert record.arrays["dim_clt_error"].shape == (2, 1, len(record.arrays["dim_step"]))
    for sphere, errors in zip(("inner", "outer"), record.arrays["clt_error"], strict=True):
        summary = record.values["summary"]
        assert summary[f"most_too_low_{sphere}"] == max(errors.max(), 0.0)
        assert summary[f"most_too_high_{sphere}"] == max(-errors.min(), 0.0)
        worst = summary[f"worst_log10_exact_{sphere}"] - summary[f"worst_log10_clt_{sphere}"]
        assert abs(worst) == pytest.approx(np.abs(errors).max())
    assert np.isnan(training_sets.clt_error(-np.inf, -5.0))
    assert training_sets.clt_error([-3.0], [-5.0]).tolist() == [2.0]


def test_a_map_without_other_dimensions(cell_records: dict[str, Record]) -> None:
    config = replace(CONFIGS["clt-map"], dims=())
    records = [cell_records[cell_key(cell)] for cell in clt_map.cells(config)]
    assert len(clt_map.assemble(config, records).arrays["dims"]) == 0


def test_a_perfect_start_has_the_loss_that_was_asked_for(assembled: dict[str, Record]) -> None:
    record = assembled["perfect-start"]
    arrays, summary = record.arrays, record.values["summary"]
    assert record.values["runs"][0] == summary
    assert np.all(arrays["alphas_outside"][:, 0] == 0)
    assert np.all(arrays["log10_error_rate"][:, :, 0] == -np.inf)
    assert summary["worst_case_loss_start"] == pytest.approx(0.03, rel=1e-5)
    assert summary["average_loss_first"] == pytest.approx(0.03, rel=1e-5)
    np.testing.assert_allclose(arrays["worst_case_loss"][:, :, 0], 0.03, rtol=1e-5)
    assert summary["worst_case_loss_most"] > summary["worst_case_loss_start"]
    assert summary["most_alphas_outside"] == arrays["alphas_outside"][0].max() > 0
    assert arrays["alphas_outside"][0, arrays["step"] == summary["first_wrong_step"]][0] > 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: replace(GRID, train_sizes=()),
        lambda: replace(GRID, train_sizes=(5, 5)),
        lambda: DistanceCurvesConfig(GRID, relu=(), deep=(DEEP,)),
        lambda: DistanceCurvesConfig(GRID, relu=(PLAN, DEEP), deep=(DEEP,)),
        lambda: perfect_start.cells(replace(CONFIGS["perfect-start"], start_loss=0.7)),
    ],
)
def test_bad_configurations_are_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(InvalidArgumentError):
        make()


def _wide(record: Record) -> Record:
    """The record with error rates over many decades, unseen errors, networks without an error and without boundary."""
    arrays = {name: array.copy() for name, array in record.arrays.items()}
    for name, array in arrays.items():
        if not name.startswith("curve_") and array.size > 2:
            flat = array.reshape(-1)
            if "log10" in name or "clt_error" in name:
                flat *= 20.0
                flat[1] = np.nan if "clt_error" in name else -np.inf
            if name.startswith(("monte_carlo_estimate", "monte_carlo_low")):
                flat[:3] = 0.0
            if name.startswith("alphas_outside"):
                flat[0] = -1
    for prefix in ("", "relu_"):
        if f"{prefix}error_rate_method" in arrays:
            arrays[f"{prefix}error_rate_method"][:, :1] = 3
            arrays[f"{prefix}log10_error_rate"][:, 0] = np.nan
            arrays[f"{prefix}log10_error_rate_low"][:, 0] = -np.inf
            arrays[f"{prefix}bound"][:, 0] = np.nan
    return Record(record.kind, record.values, arrays)


@pytest.mark.parametrize("kind", CONFIGS)
@pytest.mark.parametrize("wide", [False, True])
def test_every_figure_can_be_drawn(kind: str, wide: bool, assembled: dict[str, Record]) -> None:
    record = _wide(assembled[kind]) if wide else assembled[kind]
    for spec in figures_of(record).values():
        assert render(spec, record, ["svg"])["svg"].startswith(b"<?xml")
        assert len(spec.caption(record)) > 50
