"""The page of the attack bench is what its kept record says."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

import pytest

from adversarial_spheres.exhibits import exhibit_of
from adversarial_spheres.numerics.bench.attacks import OURS
from adversarial_spheres.numerics.bench.families import FAMILIES
from adversarial_spheres.numerics.storage.records import load_record

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "attack_bench.md").read_text(encoding="utf-8")


def test_tables_of_the_page_are_those_of_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))
    tables = importlib.import_module("bench_tables")
    for table in tables.tables(load_record(DOCS / "bench")).split("\n\n"):
        assert table in PAGE


def test_versions_and_machine_of_the_page_are_those_of_the_run() -> None:
    record = load_record(DOCS / "bench")
    provenance = json.loads((DOCS / "bench" / "provenance.json").read_text(encoding="utf-8"))
    told = " ".join(PAGE.split())
    for row in record.values["rows"]:
        for part in filter(None, row["origin"].split(", ")):
            assert part.split()[-1] in told
    assert provenance["machine"]["system"] in told
    assert provenance["machine"]["processor"] in told
    assert f"{provenance['seconds']:.0f} seconds" in told
    assert f"numpy {provenance['versions']['numpy']}" in told


def test_what_the_page_says_of_the_record() -> None:
    rows = load_record(DOCS / "bench").values["rows"]
    worst = {row["attack"]: 1.0 for row in rows}
    for row in rows:
        worst[row["attack"]] = max(worst[row["attack"]], row["mean_ratio"] or float("inf"))
    assert min(worst, key=lambda name: worst[name]).startswith("secants")
    assert worst["walk"] < 1.00001
    assert len(worst) == 30
    assert len({name.partition("-")[0] for name in worst if "-" in name} & {"foolbox", "art", "torchattacks"}) == 3


@pytest.mark.parametrize("most", [5, 10, 20, 50, 100, 1000])
def test_ours_is_first_at_each_number_of_queries(most: int) -> None:
    """By the median over all points, failures as infinite, among those of other libraries that ask no more."""
    rows = load_record(DOCS / "bench").values["rows"]
    for problem in {row["problem"] for row in rows}:
        medians = {
            row["attack"]: row["median_ratio"] or float("inf")
            for row in rows
            if row["problem"] == problem and row["queries"] <= most * row["points"]
        }
        others = [ratio for name, ratio in medians.items() if name not in OURS]
        assert medians[f"secants-{most}"] <= min(others, default=float("inf")), problem


def test_problems_and_attacks_of_the_page_exist() -> None:
    record = load_record(DOCS / "bench")
    exhibit = exhibit_of(record.kind)
    assert len(exhibit.tables(record)[0].rows) == len(record.values["rows"]) == 180
    assert len(exhibit.text(record)) == 30
    section = PAGE.partition("| problem | what it is |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z-]+)`", "".join(line.split("|")[1] for line in section.splitlines()[2:]))) == set(
        FAMILIES
    )
