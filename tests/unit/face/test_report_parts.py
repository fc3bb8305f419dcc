"""Pieces of a report: plans, numbers in words, downloads."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from adversarial_spheres.figures import figures_of
from adversarial_spheres.numerics.cells.cell import cell_key
from adversarial_spheres.numerics.experiments.catalogue import EXPERIMENTS
from adversarial_spheres.numerics.runs.experiment import Experiment
from adversarial_spheres.numerics.storage.records import load_record
from adversarial_spheres.rendering.formatting import counted, interval, log10_number, number, rate, signed, typeset
from adversarial_spheres.report import page
from adversarial_spheres.report.downloads import LIMIT, downloads
from adversarial_spheres.report.part import Part, shown_width
from adversarial_spheres.report.plans import Plan
from adversarial_spheres.report.provenance import command
from adversarial_spheres.report.statements.statement import VERDICTS

KEPT = Path(__file__).resolve().parents[3] / "docs" / "standard" / "experiments"
PROVENANCE: dict[str, Any] = {
    "command": "",
    "seconds": 1.0,
    "cpu_seconds": 1.0,
    "workers": 1,
    "machine": {"cores": 1, "processor": "", "system": ""},
    "started": "",
    "stages": {},
    "versions": {},
    "cells": [],
}


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.kind)
def test_another_seed_reaches_every_cell(experiment: Experiment[Any]) -> None:
    first, other = ({cell_key(cell) for cell in Plan.of(experiment, "quick", seed, 0.99).cells} for seed in (0, 1000))
    assert first
    assert not first & other


@pytest.mark.parametrize(
    ("log10", "text"),
    [
        (-8.70632, "2.0×10⁻⁹"),
        (-400.5, "3.2×10⁻⁴⁰¹"),
        (-3.0000001, "1.0×10⁻³"),
        (-3.99999, "1.0×10⁻⁴"),
        (-0.30103, "0.50"),
        (-math.inf, "0"),
        (math.nan, "–"),
        (None, "–"),
    ],
)
def test_rates_of_any_size(log10: float | None, text: str) -> None:
    assert rate(log10) == text


def test_every_verdict_has_a_colour() -> None:
    style = (Path(page.__file__).parent / "page.css").read_text(encoding="utf-8")
    assert [verdict for verdict in VERDICTS if f".{verdict.replace(' ', '-')}" not in style] == []


def test_numbers_in_words() -> None:
    assert number(math.nan) == number(None) == "–"
    assert number(1234567) == "1,234,567"
    assert number(1.5e-9, 2) == "1.5×10⁻⁹"
    assert signed(-10.99) == "−10.99"
    assert (counted(1, "draw"), counted(1200, "draw")) == ("1 draw", "1,200 draws")


def test_digits_of_a_column_line_up() -> None:
    assert [number(value, 3) for value in (0.49996, 0.51349, 5e-7 + 1e-10)] == ["0.500", "0.513", "5.00×10⁻⁷"]
    assert (number(0.5395, 3, 1), number(0.5401, 3, -1), interval(0.11999, 0.12001, 2)) == (
        "0.540",
        "0.540",
        "0.11 to 0.13",
    )
    assert [number(value, 3) for value in (0.5, 1.3, 0.0, 363.98, 5.0, math.inf)] == [
        "0.5",
        "1.3",
        "0",
        "364",
        "5",
        "inf",
    ]
    assert rate(math.log10(0.2) + 1e-6) == "0.20"


def test_numbers_have_a_minus_sign_and_powers_of_ten() -> None:
    assert (number(-8.70631), number(-2002.0), log10_number(-5.158, no_errors=False)) == ("−8.706", "−2,002", "−5.158")
    text = "the interval [0, 7.37774e-06] holds 10^-8.70631, as PGD-50 on a finite-dimensional sphere does not"
    seen = "the interval [0, 7.37774×10⁻⁶] holds 10^−8.70631, as PGD-50 on a finite-dimensional sphere does not"
    assert (typeset(text), typeset("-1 to 1e+20")) == (seen, "−1 to 1×10²⁰")


def test_the_first_screen_says_a_limit_once_and_rounds_it_up() -> None:
    record = load_record(KEPT / "quadratic-network")
    drawn = {name: {"svg": b'<svg width="360pt"/>'} for name in figures_of(record)}
    shown = page.render_page([Part("quadratic-network", "Main", record, None, drawn)], PROVENANCE)
    for sphere in record.values["spheres"].values():
        found = sphere["distances"]["euclidean"]
        limit = number(found["predicted"]["upper"] / found["radius"], 3, 1)
        assert f"{limit} that any classifier of this error rate can have" in shown
    inner = record.values["spheres"]["inner"]["distances"]["euclidean"]["predicted"]["upper"]
    assert f"{number(inner, 3, 1)} on average" in shown


def test_large_and_impossible_files_are_told() -> None:
    small, large, none = downloads("x", {"svg": b"<svg/>", "pdf": b"0" * (LIMIT + 1), "pgf": None})
    assert small.source == "data:image/svg+xml;base64,PHN2Zy8+"
    assert large.source is None
    assert "0.4 MB" in large.reason
    assert none.source is None
    assert "raster" in none.reason


def test_the_width_of_a_figure() -> None:
    assert shown_width(b'<svg xmlns="x" width="518.4pt" height="2pt">') == pytest.approx(518.4 / 9, abs=0.01)
    with pytest.raises(ValueError, match="without a width"):
        shown_width(b"<svg>")


def test_the_command_that_does_the_same() -> None:
    options = {"profile": "quick", "seed": 0, "only": None, "resume": True, "quiet": False}
    assert command(options) == "adversarial-spheres report --profile quick --seed 0 --resume --out DIR"
