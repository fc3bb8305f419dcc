"""LaTeX for direct use."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from adversarial_spheres.rendering.latex import (
    Table,
    latex_escaped,
    latex_figure,
    latex_long_table,
    latex_table,
)

TABLE = Table("names", "100% of α_i ≤ 1×10⁻¹²", ["a & b", "note"], [["1", "{x} ~ ^2"], ["≥ 2", "w" * 60]])


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("50% & more", r"50\% \& more"),
        ("a_i^2", r"a\_i\textasciicircum{}2"),
        ("2×10⁻¹²", r"2$\times$10$^{-12}$"),
        ("µ ≤ 1 − σ²", r"$\mu$ $\le$ 1 $-$ $\sigma$$^{2}$"),
        ("“a” – b", "``a'' -- b"),
        ("\\{", r"\textbackslash{}\{"),
    ],
)
def test_escaped(text: str, latex: str) -> None:
    assert latex_escaped(text) == latex


def test_a_table_has_as_many_cells_as_columns() -> None:
    text = latex_table(TABLE, "names")
    body = text.split(r"\toprule")[1].split(r"\bottomrule")[0]
    rows = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert [line.replace(r"\&", "").count("&") for line in rows] == [1, 1, 1]
    assert r"\label{tab:names}" in text
    assert r"\begin{tabular}{lp{0.75\linewidth}}" in text


def test_a_figure_has_caption_and_label() -> None:
    text = latex_figure("x.pdf", "Rates at 1%.", "kind-x")
    assert r"\includegraphics[width=\linewidth]{x.pdf}" in text
    assert r"\caption{Rates at 1\%.}" in text
    assert r"\label{fig:kind-x}" in text


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_latex_reads_it(tmp_path: Path) -> None:
    document = "\\documentclass{article}\\usepackage{booktabs,longtable}\\begin{document}"
    document += latex_table(TABLE, "names") + latex_long_table(TABLE, "long")
    (tmp_path / "t.tex").write_text(document + "\\end{document}", encoding="ascii")
    subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"], cwd=tmp_path, check=True, stdout=-3
    )
    assert (tmp_path / "t.pdf").stat().st_size > 1000
