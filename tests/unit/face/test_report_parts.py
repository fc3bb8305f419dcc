"""Pieces of a report: plans, numbers in words, downloads."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from adversarial_spheres.numerics.cells.cell import cell_key
from adversarial_spheres.numerics.experiments.catalogue import EXPERIMENTS
from adversarial_spheres.numerics.runs.experiment import Experiment
from adversarial_spheres.rendering.formatting import counted, number, rate, signed
from adversarial_spheres.report import page
from adversarial_spheres.report.downloads import LIMIT, downloads
from adversarial_spheres.report.part import shown_width
from adversarial_spheres.report.plans import Plan
from adversarial_spheres.report.provenance import command
from adversarial_spheres.report.statements.statement import VERDICTS


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
        (-0.30103, "0.5"),
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
