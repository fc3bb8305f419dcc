"""LaTeX for direct use: escaped text, tables with booktabs, figures with caption and label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SUPERSCRIPTS, _PLAIN = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"
SIGNS = {
    "×": r"\times",
    "·": r"\cdot",
    "±": r"\pm",
    "−": "-",
    "≤": r"\le",
    "≥": r"\ge",
    "≈": r"\approx",
    "√": r"\surd",
    "∞": r"\infty",
    "α": r"\alpha",
    "λ": r"\lambda",
    "µ": r"\mu",
    "μ": r"\mu",
    "π": r"\pi",
    "σ": r"\sigma",
    "φ": r"\varphi",
    "Φ": r"\Phi",
    "Σ": r"\Sigma",
    **{sign: f"^{{{plain}}}" for sign, plain in zip(_SUPERSCRIPTS, _PLAIN, strict=True)},
}
"""Signs of mathematics as LaTeX, for use within a formula."""
PUNCTUATION = {"–": "--", "…": r"\dots{}", "’": "'", "“": "``", "”": "''"}
_SPECIAL = {
    "\\": r"\textbackslash{}",
    **{sign: rf"\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **PUNCTUATION,
    **{sign: f"${name}$" for sign, name in SIGNS.items()},
    "<": "$<$",
    ">": "$>$",
}
_TOKEN = re.compile(f"[{_SUPERSCRIPTS}]+|.", re.DOTALL)
WIDE = 40
"""Columns with longer cells get a paragraph's width."""


@dataclass(frozen=True)
class Table:
    """A table: name of its file, caption, names of the columns, rows of text."""

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def latex_escaped(text: str) -> str:
    """Text with LaTeX's special characters escaped and the signs of mathematics as commands."""
    return _TOKEN.sub(lambda match: _escaped_token(match[0]), text)


def _escaped_token(token: str) -> str:
    if token[0] in _SUPERSCRIPTS:
        return f"$^{{{token.translate(str.maketrans(_SUPERSCRIPTS, _PLAIN))}}}$"
    return _SPECIAL.get(token, token)


def latex_table(table: Table, label: str) -> str:
    """One table in a table environment; needs the package booktabs."""
    lines = [
        "% needs \\usepackage{booktabs}",
        r"\begin{table}",
        rf"\caption{{{latex_escaped(table.caption)}}}",
        rf"\label{{tab:{label}}}",
        rf"\begin{{tabular}}{{{_column_kinds(table)}}}",
        r"\toprule",
        " & ".join(latex_escaped(name) for name in table.columns) + r" \\",
        r"\midrule",
        *(" & ".join(latex_escaped(cell) for cell in row) + r" \\" for row in table.rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def latex_long_table(table: Table, label: str) -> str:
    """One table that may go over several pages; needs the packages booktabs and longtable."""
    head = [r"\toprule", " & ".join(latex_escaped(name) for name in table.columns) + r" \\", r"\midrule"]
    lines = [
        "% needs \\usepackage{booktabs,longtable}",
        rf"\begin{{longtable}}{{{_column_kinds(table)}}}",
        rf"\caption{{{latex_escaped(table.caption)}}}\label{{tab:{label}}} \\",
        *head,
        r"\endfirsthead",
        *head,
        r"\endhead",
        *(" & ".join(latex_escaped(cell) for cell in row) + r" \\ \addlinespace" for row in table.rows),
        r"\bottomrule",
        r"\end{longtable}",
    ]
    return "\n".join(lines) + "\n"


def _column_kinds(table: Table) -> str:
    widest = [max((len(row[index]) for row in table.rows), default=0) for index in range(len(table.columns))]
    long = sum(width > WIDE for width in widest)
    return "".join(f"p{{{0.75 / long:.2f}\\linewidth}}" if width > WIDE else "l" for width in widest)


def latex_figure(file: str, caption: str, label: str) -> str:
    r"""A figure environment; needs the package graphicx, and ``file`` where ``\includegraphics`` finds it."""
    lines = [
        "% needs \\usepackage{graphicx}",
        r"\begin{figure}",
        r"\centering",
        rf"\includegraphics[width=\linewidth]{{{file}}}",
        rf"\caption{{{latex_escaped(caption)}}}",
        rf"\label{{fig:{label}}}",
        r"\end{figure}",
    ]
    return "\n".join(lines) + "\n"
