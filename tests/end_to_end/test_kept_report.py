"""The report that is kept in docs/standard: whole, of this catalogue, and what docs/report.md says of it."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from adversarial_spheres.exhibits import exhibit_of
from adversarial_spheres.figures import figures_of
from adversarial_spheres.numerics.experiments.catalogue import EXPERIMENTS
from adversarial_spheres.numerics.storage.records import Record, load_record, plain
from adversarial_spheres.report.plans import record_folder, with_seed
from adversarial_spheres.report.statements import CATALOGUE, statements

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "docs" / "standard"


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    return {experiment.kind: load_record(record_folder(KEPT, experiment.kind)) for experiment in EXPERIMENTS}


def test_every_experiment_is_there_in_its_standard_profile(records: dict[str, Record]) -> None:
    provenance = json.loads((KEPT / "provenance.json").read_text(encoding="utf-8"))
    assert "--profile standard" in provenance["command"]
    for experiment in EXPERIMENTS:
        record = records[experiment.kind]
        assert record.kind == experiment.kind
        config = with_seed(experiment.profiles["standard"], record.values["config"]["seed"], 0.99)
        assert plain(config) == record.values["config"], experiment.kind


def test_every_statement_has_a_verdict(records: dict[str, Record]) -> None:
    assert set(CATALOGUE) <= set(records)
    assert len(statements(records)) == sum(len(makers) for makers in CATALOGUE.values())


def test_every_figure_has_a_caption_with_numbers_for_people(records: dict[str, Record]) -> None:
    captions = [spec.caption(record) for record in records.values() for spec in figures_of(record).values()]
    assert all(len(caption) > 50 for caption in captions)
    assert [caption for caption in captions if re.search(r"\de[+-]?\d", caption)] == []


def test_no_exact_distance_lies_above_the_limit_of_geometry(records: dict[str, Record]) -> None:
    assert records["distance-curves"].values["summary"]["exact_points_above_bound"] == 0
    assert records["exponential-law"].values["points_above_curve"] == 0


def test_the_relu_network_of_the_paper_was_trained_long(records: dict[str, Record]) -> None:
    relu = records["distance-curves"].values["relu"]
    assert (relu["hidden"], relu["depth"]) == (1000, 2)
    assert relu["steps"] == 1_000_000
    assert records["distance-curves"].values["summary"]["relu_monte_carlo_points"] == 20_000_000


@pytest.mark.parametrize(
    ("kind", "count", "tables"), [("perfect-start", 3, ["runs"]), ("outer-radius", 3, ["quadratic", "relu"])]
)
def test_what_takes_under_two_minutes_is_there_from_several_seeds(
    records: dict[str, Record], kind: str, count: int, tables: list[str]
) -> None:
    for name in tables:
        rows = records[kind].values[name]
        assert [row["seed"] for row in rows] == list(range(count)) * (len(rows) // count)
        first = [[row[key] for key in row if key.startswith("log10_error_rate")] for row in rows[:count]]
        assert all(a != b for a, b in pairwise(first))  # no seed is the one before once more
    told = f"least to greatest of {count} seeds"
    (statement,) = statements({kind: records[kind]})
    assert told in exhibit_of(kind).text(records[kind])[0]
    assert told in statement.measured


def test_page_of_the_report_tells_the_kept_numbers(records: dict[str, Record]) -> None:
    page = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    relu = records["distance-curves"].values["relu"]
    for sphere in ("inner", "outer"):
        found = relu[sphere]
        for value in (found["mean_distance"]["mean"], found["bound"], found["tightness"]):
            assert f"{value:.3f}" in page
        assert f"{found['error_rate']['log10']:.2f}".replace("-", "−") in page
