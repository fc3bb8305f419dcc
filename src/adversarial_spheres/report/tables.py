"""The tables of a report as LaTeX (package booktabs), for direct use."""

from __future__ import annotations

from ..numerics.records import Record
from .formatting import Table, tables

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "×": r"$\times$",
    **{sign: rf"$^{{{plain}}}$" for sign, plain in zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True)},
}
_WIDE = {"claim": "p{5cm}", "explanation": "p{5cm}"}


def latex_escaped(text: str) -> str:
    """Text with LaTeX's special characters escaped."""
    return "".join(_SPECIAL.get(character, character) for character in text)


def latex_table(table: Table) -> str:
    """One table in a table environment; needs the package booktabs."""
    columns = "".join(_WIDE.get(name, "l") for name in table.columns)
    lines = [
        "% needs \\usepackage{booktabs}",
        r"\begin{table}",
        rf"\caption{{{latex_escaped(table.caption)}}}",
        rf"\label{{tab:{table.name.replace('_', '-')}}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        " & ".join(latex_escaped(name) for name in table.columns) + r" \\",
        r"\midrule",
        *(" & ".join(latex_escaped(cell) for cell in row) + r" \\" for row in table.rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def latex_tables(record: Record) -> dict[str, str]:
    """All tables of a record, by name."""
    return {table.name: latex_table(table) for table in tables(record)}
