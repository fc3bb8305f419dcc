"""Cells that train and measure: the same bits however they were interrupted, and keys that tell them apart."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.cells.cell import Cell, cell_key
from adversarial_spheres.numerics.runs.trained import QuadraticRun, ReluRun, _MeasuredRows
from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.numerics.storage.records import Record, content_digest, json_bytes, load_record, save_record
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.log import SPHERES
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

QUADRATIC = QuadraticRun(
    TrainingConfig(dim=6, hidden=8, steps=4, learning_rate=0.1),
    monte_carlo_samples=300,
    distance_samples=40,
    confidence=0.95,
)
RELU = ReluRun(
    TrainingConfig(dim=6, hidden=8, steps=60, network="relu"),
    (0, 7, 40, 60),
    monte_carlo_samples=80,
    attack_points=6,
    rare_event_runs=4,
    rare_event_particles=50,
    slice_resolution=5,
    final_monte_carlo_samples=500,
    final_attack_points=8,
    final_rare_event_particles=60,
)
CELLS: list[Any] = [QUADRATIC, RELU]


class InterruptionError(Exception):
    """What stops a cell from outside."""


def stop_at(number: int) -> Callable[[str, int, int, str], None]:
    """A callback that raises when it is called for the ``number``-th time."""
    calls = iter(range(number))

    def progress(stage: str, done: int, total: int, note: str) -> None:
        if next(calls, None) is None:
            raise InterruptionError

    return progress


def assert_same(one: Record, other: Record) -> None:
    assert (one.kind, one.values) == (other.kind, other.values)
    assert one.arrays.keys() == other.arrays.keys()
    for name, array in one.arrays.items():
        assert array.dtype == other.arrays[name].dtype
        assert array.tobytes() == other.arrays[name].tobytes(), name


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    return {cell.KIND: cell.run() for cell in CELLS}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("calls", [1, 8])
def test_an_interrupted_cell_ends_with_the_same_bits(
    cell: Cell, calls: int, records: dict[str, Record], tmp_path: Path
) -> None:
    checkpoint = tmp_path / "work"
    with pytest.raises(InterruptionError):
        cell.run(checkpoint, stop_at(calls))
    assert_same(cell.run(checkpoint), records[cell.KIND])
    assert_same(cell.run(checkpoint), records[cell.KIND])  # all of it was there already


def test_a_cell_goes_on_from_a_checkpoint_between_two_measured_steps(
    records: dict[str, Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adversarial_spheres.numerics.runs import training as module

    checkpoint, original = tmp_path / "work", module.train

    def often(*arguments: Any, **options: Any) -> Any:
        return original(*arguments, **options, checkpoint_steps=11)

    monkeypatch.setattr(module, "train", often)
    for stage in ("training", "attack, inner sphere", "measuring", "levels, inner sphere"):
        seen: list[int] = []

        def progress(name: str, done: int, total: int, note: str, stage: str = stage, seen: list[int] = seen) -> None:
            seen += [done] * (name == stage)
            if len(seen) > 2:
                raise InterruptionError

        try:
            RELU.run(checkpoint, progress)
        except InterruptionError:
            assert checkpoint.with_name("work.rows").exists()
    assert_same(RELU.run(checkpoint), records["relu-run"])


CHILD = """
import sys
from functools import partial
from pathlib import Path
from adversarial_spheres.numerics.runs import training
from adversarial_spheres.numerics.runs.trained import QuadraticRun, ReluRun
from adversarial_spheres.numerics.storage.records import save_record
from adversarial_spheres.numerics.training.config import TrainingConfig

training.train = partial(training.train, checkpoint_steps=9)
folder, cell = Path(sys.argv[1]), eval(sys.argv[2])
print("ready", flush=True)
save_record(cell.run(folder / "work"), folder)
"""


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_killed_at_random_instants_it_ends_with_the_same_bits(
    cell: Cell, records: dict[str, Record], tmp_path: Path
) -> None:
    rng, kills = block_generator(7), 0
    while not (tmp_path / "record.json").exists():
        command = [sys.executable, "-c", CHILD, str(tmp_path), repr(cell)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        try:
            # Later and later, so that it ends some time even if it always had to start anew.
            assert child.wait(timeout=(0.02 + 0.02 * kills) * (1.0 + rng.random())) == 0
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            kills += 1
        child.stdout.close()
    assert kills >= 3
    assert_same(load_record(tmp_path), records[cell.KIND])


@pytest.mark.slow
def test_without_its_rows_a_cell_starts_anew(records: dict[str, Record], tmp_path: Path) -> None:
    checkpoint = tmp_path / "work"
    RELU.run(checkpoint)
    rows = checkpoint.with_name("work.rows")
    rows.unlink()
    assert_same(RELU.run(checkpoint), records["relu-run"])
    for damaged in (b"", b"[]", b'{"key": 1}', rows.read_bytes()[:-9]):
        rows.write_bytes(damaged)
        assert _MeasuredRows(RELU, checkpoint).found == {}
        assert not _MeasuredRows(RELU, checkpoint).allow_resume(checkpoint)
    rows.unlink()
    measured = _MeasuredRows(RELU, checkpoint)
    measured.add(3, {"loss": 0.5, "mean_distance": (0.1875, 0.25), "bound": (float("nan"), 1.0)})
    whole = rows.read_bytes()
    assert list(_MeasuredRows(RELU, checkpoint).found) == [3]
    for place in range(len(whole)):  # a flipped bit in a measured number was taken
        rows.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        found = _MeasuredRows(RELU, checkpoint).found
        assert found == {} or (found[3]["loss"], found[3]["mean_distance"]) == (0.5, (0.1875, 0.25))
    older = {**json.loads(whole), "schema_version": 1}  # rows of an older form are measured again
    rows.write_bytes(json_bytes({**older, "content_sha256": content_digest(older)}))
    assert _MeasuredRows(RELU, checkpoint).found == {}
    rows.unlink()
    # The rows of another cell are no rows of this one.
    other = replace(RELU, attack_points=7)
    found = other.run(checkpoint)
    assert_same(found, other.run())
    assert not np.array_equal(found.arrays["mean_distance"], records["relu-run"].arrays["mean_distance"])


@pytest.mark.parametrize("cell", CELLS)
def test_cells_and_records_survive_transport(cell: Cell, records: dict[str, Record], tmp_path: Path) -> None:
    again = pickle.loads(pickle.dumps(cell))
    assert again == cell
    assert cell_key(again) == cell_key(cell)
    save_record(records[cell.KIND], tmp_path)
    assert_same(load_record(tmp_path), records[cell.KIND])


@pytest.mark.parametrize("cell", CELLS)
def test_every_field_is_part_of_the_key(cell: Any) -> None:
    changes: dict[str, Any] = {"training": replace(cell.training, seed=5), "measured_steps": (1, 60)}
    keys = {cell_key(cell)}
    for field in fields(cell):
        if field.name not in changes:
            changes[field.name] = 0.5 if field.name == "confidence" else (getattr(cell, field.name) or 0) + 2
        keys.add(cell_key(replace(cell, **{field.name: changes[field.name]})))
    for name, other in {"train_size": 9, "learning_rate": 0.2, "batch_size": 7, "init": "random"}.items():
        training = replace(cell.training, **{name: other})
        keys.add(cell_key(replace(cell, training=training)))  # the last change is none
    assert len(keys) == 1 + len(fields(cell)) + 3


def test_the_quadratic_record_has_what_its_description_says(records: dict[str, Record]) -> None:
    arrays, steps = records["quadratic-run"].arrays, len(records["quadratic-run"].arrays["step"])
    assert arrays["alphas"].shape == (steps, 6)
    low, high = 1 / 1.3**2, 1.0
    outside = np.sum((arrays["alphas"] < low) | (arrays["alphas"] > high), axis=1)
    exists = arrays["alphas_outside"] >= 0
    np.testing.assert_array_equal(arrays["alphas_outside"][exists], outside[exists])
    for name in ("log10_clt", "log10_chernoff", "worst_case_loss", "bound"):
        assert arrays[name].shape == (2, steps)
    assert np.all(arrays["error_rate_method"] == np.zeros((2, steps)))
    rate = arrays["log10_error_rate"]
    np.testing.assert_array_equal(rate, arrays["log10_error_rate_high"])
    np.testing.assert_allclose(10**rate, arrays["monte_carlo_estimate"], atol=0.12)
    known = np.isfinite(arrays["mean_distance"])
    assert np.all(arrays["mean_distance_low"][known] <= arrays["bound"][known])


def test_each_row_is_the_sphere_of_its_name(records: dict[str, Record]) -> None:
    _, log = train(QUADRATIC.training).quadratic()
    for row, sphere in zip(records["quadratic-run"].arrays["log10_error_rate"], SPHERES, strict=True):
        np.testing.assert_allclose(row, log.error_rate(sphere).log10, rtol=1e-14)


def test_without_distances_the_rest_is_the_same(records: dict[str, Record]) -> None:
    bare = replace(QUADRATIC, distance_samples=0).run().arrays
    assert np.all(np.isnan(bare["mean_distance"]))
    for name in ("bound", "log10_error_rate"):
        np.testing.assert_array_equal(bare[name], records["quadratic-run"].arrays[name])


def test_the_relu_record_has_what_its_description_says(records: dict[str, Record]) -> None:
    record = records["relu-run"]
    arrays = record.arrays
    assert arrays["step"].tolist() == [0, 7, 40, 60]
    assert record.values["training"]["points_seen"] == 3000
    assert record.values["distance_guarantee"] == "upper bound"
    assert arrays["slice_random_random_logits"].shape == (5, 5)
    for name, array in arrays.items():
        assert name.startswith("slice_") or array.shape == ((4,) if name in ("step", "loss") else (2, 4)), name
    low, mid, high = (arrays[f"log10_error_rate{end}"] for end in ("_low", "", "_high"))
    assert np.all((low <= mid) & (mid <= high) | np.isnan(mid))
    assert np.all(arrays["bound_low"] <= arrays["bound"])
    assert set(arrays["error_rate_method"].flat) <= {1, 2, 3}


def test_rare_events_are_simulated_where_few_errors_were_counted(records: dict[str, Record]) -> None:
    arrays = records["relu-run"].arrays
    few = arrays["monte_carlo_errors"] < 100
    assert few[:, :3].tolist() == [[True] * 3] * 2  # of 80 points there are no more
    assert np.all(np.isnan(arrays["log10_rare_event"][~few]))
    assert np.all(np.isfinite(arrays["log10_rare_event"][few]))
    never = replace(RELU, rare_event_runs=0).run().arrays
    assert np.all(np.isnan(never["log10_rare_event"]))


@pytest.mark.parametrize(
    ("kind", "changes", "name"),
    [
        (QUADRATIC, {"training": RELU.training}, "training"),
        (QUADRATIC, {"distance_samples": 1}, "distance_samples"),
        (QUADRATIC, {"monte_carlo_samples": 0}, "monte_carlo_samples"),
        (QUADRATIC, {"confidence": 1.0}, "confidence"),
        (RELU, {"training": QUADRATIC.training}, "training"),
        (RELU, {"measured_steps": (0, 7)}, "measured_steps"),
        (RELU, {"measured_steps": (7, 7, 60)}, "measured_steps"),
        (RELU, {"measured_steps": ()}, "measured_steps"),
        (RELU, {"attack_points": 1}, "attack_points"),
        (RELU, {"final_monte_carlo_samples": 0}, "monte_carlo_samples"),
        (RELU, {"rare_event_runs": 1}, "runs"),
        (RELU, {"slice_resolution": 1}, "slice_resolution"),
    ],
)
def test_bad_fields_are_refused(kind: Any, changes: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        replace(kind, **changes)
    assert name in str(caught.value)


def test_labels_name_network_and_data() -> None:
    assert QUADRATIC.label == "quadratic 8, d = 6, online, seed 0"
    fixed = replace(RELU, training=replace(RELU.training, train_size=1000))
    assert fixed.label == "relu 2 x 8, d = 6, 1,000 points, seed 0"
    assert 0 < QUADRATIC.cost < fixed.cost + QUADRATIC.cost


def test_the_end_alone_is_the_last_row_of_the_history() -> None:
    training = TrainingConfig(dim=5, hidden=8, steps=40)
    whole = QuadraticRun(training, 200, 100).run()
    last = QuadraticRun(training, 200, 100, final_only=True).run()
    assert last.arrays["step"].tolist() == [40]
    alone = ("step", "loss", "alphas", "alphas_outside")  # they have no axis of spheres
    sampled = ("mean_distance", "monte_carlo")  # other points: the samples of each row are keyed by its place
    for name, values in last.arrays.items():
        if not name.startswith(sampled):
            ends = (values[-1], whole.arrays[name][-1]) if name in alone else (values[:, -1], whole.arrays[name][:, -1])
            np.testing.assert_array_equal(*ends, err_msg=name)
    low, high = (whole.arrays[f"mean_distance_{end}"][:, -1] for end in ("low", "high"))
    seen = last.arrays["mean_distance"][:, 0]
    assert np.all((low <= seen) & (seen <= high))
