"""Figures as files: one layout for all formats, PGF without LaTeX."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

import adversarial_spheres
from adversarial_spheres.exhibits import KINDS, exhibit_of
from adversarial_spheres.exhibits.style import Exhibit, FigureSpec, new_figure
from adversarial_spheres.figures import FORMATS, render, save_figures
from adversarial_spheres.numerics.experiments.catalogue import EXPERIMENTS
from adversarial_spheres.numerics.experiments.nearest_pair import NearestPairConfig, assemble, cells
from adversarial_spheres.numerics.storage.records import Record
from adversarial_spheres.rendering.pgf import RasterImageError, pgf_picture
from adversarial_spheres.theory.basics.errors import InvalidArgumentError


@pytest.fixture(scope="module")
def record() -> Record:
    config = NearestPairConfig(dim=6, points=40, draws=3)
    made = assemble(config, [cell.run() for cell in cells(config)])
    return Record(made.kind, {**made.values, "config": vars(config)}, made.arrays)


def simple(image: bool = False) -> FigureSpec:
    def draw(_record: Record) -> Figure:
        figure, (axis,) = new_figure(3.0, 2.0)
        if image:
            axis.imshow(np.eye(3))
        else:
            axis.plot([0, 1], [1e-5, 1.0], label="100% of $x_i$")
            axis.set(yscale="log", xlabel="µ − σ²", title="one\ntwo")
            axis.legend()
        return figure

    return FigureSpec("Simple", lambda _: "A line.", draw)


def test_formats_do_not_change_each_other(record: Record) -> None:
    together = render(simple(), record, FORMATS)
    for file_format, content in together.items():
        assert render(simple(), record, [file_format])[file_format] == content


def test_pgf_asks_no_latex(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    text = render(simple(), record, ["pgf"])["pgf"].decode()
    assert "100% of" in text
    assert text.count(r"\begin{pgfscope}") == text.count(r"\end{pgfscope}")
    assert "/" not in text.split(r"\begin{pgfpicture}")[0].replace("\\usepackage", "")


def test_a_raster_image_cannot_be_pgf(record: Record) -> None:
    with pytest.raises(RasterImageError, match="raster image"):
        pgf_picture(simple(image=True).draw(record))
    assert set(render(simple(image=True), record, ["svg", "pgf"])) == {"svg"}


@pytest.mark.parametrize("backend", ["module://matplotlib_inline.backend_inline", "nonsense", "qtagg"])
def test_the_backend_of_a_notebook_does_not_matter(backend: str) -> None:
    code = """
import os, sys
from adversarial_spheres.exhibits.style import FigureSpec, new_figure
from adversarial_spheres.figures import render
from adversarial_spheres.numerics.storage.records import Record

spec = FigureSpec("", lambda _: "", lambda _: new_figure(3, 2)[0])
assert len(render(spec, Record("x", {}, {}), ["pdf", "svg", "png", "pgf"])) == 4
assert "matplotlib.pyplot" not in sys.modules
print(os.environ["MPLBACKEND"])
"""
    environment = os.environ | {"MPLBACKEND": backend}
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr) == (f"{backend}\n", "")


def test_settings_of_the_user_stay_and_change_no_byte(record: Record) -> None:
    plain = render(simple(), record, ["svg"])
    with matplotlib.rc_context({"font.size": 20, "axes.grid": False, "text.color": "red", "toolbar": "None"}):
        before = dict(matplotlib.rcParams.copy())
        assert render(simple(), record, ["svg"]) == plain
        assert dict(matplotlib.rcParams.copy()) == before


def test_no_global_state_of_pyplot_is_touched_but_the_current_axes_of_a_user() -> None:
    for path in (Path(adversarial_spheres.figures.__file__).parent).rglob("*.py"):
        if path.parts[-2:] == ("plotting", "axes.py"):
            continue
        assert not re.search(r"import.*pyplot|matplotlib\.(pyplot|use)|rcdefaults", path.read_text(encoding="utf-8")), (
            path
        )


def test_captions_stand_beside_the_figures(record: Record, tmp_path: Path) -> None:
    paths = save_figures(record, tmp_path, ["svg"])
    assert [path.name for path in paths] == ["nearest_pair.svg"]
    text = (tmp_path / "figures.tex").read_text(encoding="ascii")
    assert r"\label{fig:nearest-pair-nearest-pair}" in text
    assert r"\includegraphics[width=\linewidth]{nearest_pair}" in text  # no PDF was made
    save_figures(record, tmp_path, ["pdf"])
    text = (tmp_path / "figures.tex").read_text(encoding="ascii")
    assert r"\includegraphics[width=\linewidth]{nearest_pair.pdf}" in text


def test_every_experiment_has_an_exhibit() -> None:
    assert sorted(KINDS) == sorted(["sweep", "attack-bench", *(experiment.kind for experiment in EXPERIMENTS)])
    assert all(exhibit_of(kind).figures for kind in KINDS)


def test_all_but_a_sweep_have_text_and_tables() -> None:
    nothing = Exhibit({})
    assert [kind for kind in KINDS if exhibit_of(kind).text is nothing.text] == ["sweep"]
    assert [kind for kind in KINDS if exhibit_of(kind).tables is nothing.tables] == ["sweep"]
    assert list(nothing.text(Record("sweep", {}, {}))) == list(nothing.tables(Record("sweep", {}, {}))) == []


@pytest.mark.parametrize("kind", ["style", "cell", "../sweep", ""])
def test_other_records_have_no_exhibit(kind: str) -> None:
    with pytest.raises(InvalidArgumentError, match="of a kind that has figures"):
        exhibit_of(kind)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex with the package pgf")
def test_latex_reads_pgf(record: Record, tmp_path: Path) -> None:
    save_figures(record, tmp_path, ["pgf"])
    (tmp_path / "simple.pgf").write_bytes(render(simple(), record, ["pgf"])["pgf"])
    inputs = r"\input{nearest_pair.pgf}\input{simple.pgf}"
    document = rf"\documentclass{{article}}\usepackage{{pgf}}\begin{{document}}{inputs}\end{{document}}"
    (tmp_path / "t.tex").write_text(document, encoding="ascii")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert (tmp_path / "t.pdf").stat().st_size > 1000


@pytest.mark.parametrize("found", [[1.2, 1.0], [None, 1.5], [None, None]])
def test_a_bench_is_drawn_whatever_was_found(found: list[float | None]) -> None:
    rows = [
        {"attack": "mine", "points": 5, "queries": 0, "seconds": 0.0, "median_ratio": ratio, "success": 0.0}
        for ratio in found
    ]
    values = {"config": {"attacks": ["mine"], "points": 5}, "rows": rows}
    (spec,) = exhibit_of("attack-bench").figures.values()
    assert b"mine" in render(spec, Record("attack-bench", values, {}), ["pgf"])["pgf"]
