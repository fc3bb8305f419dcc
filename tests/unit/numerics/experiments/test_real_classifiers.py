"""Real classifiers in noise: a small run, its figures and words, and a machine without scikit-learn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.exhibits import exhibit_of
from adversarial_spheres.figures import figures_of
from adversarial_spheres.numerics.experiments.real_classifiers import experiment
from adversarial_spheres.numerics.experiments.real_classifiers.cell import ARRAYS, RealClassifier
from adversarial_spheres.numerics.storage.records import Record, load_record, save_record
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

pytest.importorskip("sklearn")
CONFIG = experiment.RealClassifiersConfig((0.3, 0.6), images=2, samples=2, counted_samples=200, trained_on=100)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    first = experiment.cells(CONFIG)[0]
    made = experiment.assemble(CONFIG, [first.run()])
    folder = tmp_path_factory.mktemp("record")
    save_record(made, folder)
    return load_record(folder)


def test_each_image_has_its_error_rate_and_distances_at_each_noise(record: Record) -> None:
    assert {f"mlp_{name}" for name in (*ARRAYS, "wrong_at_centre")} == set(record.arrays)
    assert {record.arrays[f"mlp_{name}"].shape for name in ARRAYS} == {(2, 2)}
    assert record.values["skipped"] is None
    (row,) = record.values["classifiers"]
    assert row["name"] == "mlp"
    assert row["accuracy"] > 0.6
    assert [part["noise"] for part in row["noise"]] == [0.3, 0.6]
    assert row["noise"][1]["images"] == np.count_nonzero(record.arrays["mlp_errors"][1])
    assert row["noise"][1]["share"] > 0.0


def test_the_same_cell_gives_the_same_numbers(record: Record) -> None:
    again = experiment.assemble(CONFIG, [experiment.cells(CONFIG)[0].run()])
    for name, array in again.arrays.items():
        np.testing.assert_array_equal(array, record.arrays[name])


def test_figures_text_and_table(record: Record) -> None:
    exhibit = exhibit_of(record.kind)
    for spec in figures_of(record).values():
        spec.draw(record).draw_without_rendering()
        assert len(spec.caption(record)) > 50
    assert "upper bounds" in " ".join(exhibit.text(record))
    (table,) = exhibit.tables(record)
    assert [row[0] for row in table.rows] == ["neural network"] * 2


def test_without_scikit_learn_it_is_skipped_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "find_spec", lambda name: None)
    assert experiment.cells(CONFIG) == []
    record = experiment.assemble(CONFIG, [])
    exhibit = exhibit_of(record.kind)
    assert "scikit-learn is not installed" in exhibit.text(record)[0]
    assert exhibit.tables(record)[0].rows == []
    for spec in figures_of(record).values():
        (axis,) = spec.draw(record).axes
        assert "skipped" in axis.texts[0].get_text()


def test_without_pytorch_the_convolutional_network_is_left_out_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, record: Record
) -> None:
    monkeypatch.setattr(experiment, "find_spec", lambda name: None if name == "torch" else object())
    assert [cell.name for cell in experiment.cells(CONFIG)] == ["mlp", "forest", "svc"]
    made = experiment.assemble(CONFIG, [])
    assert made.values["left_out"] == {"conv": "PyTorch is not installed"}
    told = replace(record, values=record.values | {"left_out": made.values["left_out"]})
    assert "The convolutional network is left out: PyTorch is not installed." in exhibit_of(record.kind).text(told)


@pytest.mark.libraries
def test_with_pytorch_a_convolutional_network_is_one_of_them() -> None:
    torch = pytest.importorskip("torch")
    state, cell = torch.random.get_rng_state(), experiment.cells(CONFIG)[-1]
    made, again = cell.run(), cell.run()
    assert (cell.name, made.values["accuracy"] > 0.6) == ("conv", True)
    for name, array in made.arrays.items():
        np.testing.assert_array_equal(array, again.arrays[name])
    assert torch.equal(state, torch.random.get_rng_state())
    limits = made.arrays["error_rate_low"], made.arrays["error_rate_high"]
    assert np.all((limits[0] <= made.arrays["errors"] / 200) & (made.arrays["errors"] / 200 <= limits[1]))


@pytest.mark.parametrize(("name", "value"), [("name", "knn"), ("images", 0), ("trained_on", 1000)])
def test_bad_cells_are_refused(name: str, value: Any) -> None:
    given: dict[str, Any] = {"name": "mlp", "noise": (0.3,), "images": 1, "samples": 1, "counted_samples": 1}
    with pytest.raises(InvalidArgumentError, match=name):
        RealClassifier(**(given | {"trained_on": 100, "confidence": 0.9, "seed": 0} | {name: value}))
