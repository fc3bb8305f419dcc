"""The formulas of a report, printed from the SymPy statements that the tests hold against the code."""

from __future__ import annotations

from dataclasses import dataclass

KEYS = (
    "mean_distance_euclidean",
    "mean_distance_geodesic",
    "explicit_mean_distance",
    "asymptotic_mean_distance",
    "clt_error_rate_inner",
    "clt_error_rate_outer",
    "exact_tail",
    "nearest_error_certificate",
    "mean_angle_lower_bound",
    "worst_case_loss_inner",
    "worst_case_loss_outer",
)


@dataclass(frozen=True)
class Formula:
    """A formula with its title, kind (exact, upper bound, ...) and where it holds, as LaTeX and as MathML."""

    title: str
    kind: str
    latex: str
    mathml: str
    domain: str


def formulas() -> list[Formula]:
    """The formulas behind the numbers of a report."""
    from latex2mathml.converter import convert

    from ..theory.symbolic import STATEMENTS

    chosen = [STATEMENTS[key] for key in KEYS]
    return [
        Formula(s.title, s.kind, s.latex(), convert(s.latex(), display="block"), inline_mathml(s.domain))
        for s in chosen
    ]


def inline_mathml(text: str) -> str:
    """Text, escaped for HTML, with LaTeX between dollar signs turned into MathML."""
    from html import escape

    from latex2mathml.converter import convert

    parts = text.split("$")
    return "".join(convert(part) if index % 2 else escape(part) for index, part in enumerate(parts))


def latex_formulas() -> str:
    """All of them as LaTeX, one displayed equation each."""
    lines = ["% needs \\usepackage{amsmath,amssymb}"]
    for formula in formulas():
        lines += [
            rf"\paragraph{{{formula.title}}} ({formula.kind})",
            r"\begin{equation*}",
            formula.latex,
            r"\end{equation*}",
        ]
    return "\n".join(lines) + "\n"
