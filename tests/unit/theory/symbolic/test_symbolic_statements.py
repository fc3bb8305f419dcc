"""The statements as objects: consistent, complete, and LaTeX that a document can take."""

from __future__ import annotations

import pkgutil
import re
import subprocess
import sys

import mpmath
import pytest
import sympy as sp

from adversarial_spheres.theory.basics.errors import InvalidArgumentError
from adversarial_spheres.theory.symbolic import (
    SECTIONS,
    STATEMENTS,
    Statement,
    statement_latex,
    statements_markdown,
)


def test_statements_are_consistent() -> None:
    relations = {"upper bound": sp.LessThan, "lower bound": sp.GreaterThan}
    assert sum(len(section) for section in SECTIONS.values()) == len(STATEMENTS) >= 30
    for key, statement in STATEMENTS.items():
        assert statement.key == key
        assert isinstance(statement.expression, relations.get(statement.kind, sp.Equality))
        free = {s for s in statement.expression.rhs.free_symbols if not isinstance(s, sp.Indexed)}
        given = {s.label if isinstance(s, sp.IndexedBase) else s for s in statement.symbols.values()}
        assert free == given, key
        assert all(re.fullmatch(r"[A-Za-z]+\d{4}", source) for source in statement.sources)
        assert statement in {statement}


def test_the_named_functions_exist() -> None:
    for statement in STATEMENTS.values():
        assert callable(pkgutil.resolve_name(f"adversarial_spheres.{statement.computed_by}"))


@pytest.mark.parametrize("key", STATEMENTS)
def test_latex_is_balanced(key: str) -> None:
    latex = statement_latex(key)
    assert latex.count(r"\left") - latex.count(r"\leftarrow") == latex.count(r"\right")
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", latex):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    assert "$" not in latex
    sides = re.split(r" (?:=|\\le|\\ge|\\approx|\\sim) ", latex, maxsplit=1)
    assert len(sides) == 2
    assert all(side.strip() for side in sides)


def test_latex_says_what_kind_of_statement_it_is() -> None:
    assert r" \sim " in statement_latex("asymptotic_mean_distance")
    assert r" \approx " in statement_latex("clt_error_rate_inner")
    assert r" \le " in statement_latex("mean_distance_geodesic")
    assert r" \ge " in statement_latex("nearest_error_certificate")
    assert r"1 - m" in statement_latex("dual_function")  # not -m + 1


def test_the_fragment_holds_every_statement_under_its_label() -> None:
    text = statements_markdown(level=3)
    labels = re.findall(r"^\$\$ \(statement-([a-z-]+)\)$", text, flags=re.MULTILINE)
    assert labels == [key.replace("_", "-") for key in STATEMENTS]
    assert text.count("$$") == 2 * len(STATEMENTS)
    assert text.replace("$$", "").count("$") % 2 == 0
    assert [line for line in text.splitlines() if line.startswith("#")] == [f"### {heading}" for heading in SECTIONS]
    assert text.endswith("\n")


def test_bad_input_is_named() -> None:
    with pytest.raises(InvalidArgumentError, match="key must be one of polar_density"):
        statement_latex("unknown")
    with pytest.raises(InvalidArgumentError, match="level must be"):
        statements_markdown(level=7)
    with pytest.raises(InvalidArgumentError, match="values must be given for exactly height, dim"):
        STATEMENTS["cap_measure"].evaluate(height=0.5)
    with pytest.raises(InvalidArgumentError, match="height must be a number"):
        STATEMENTS["cap_measure"].evaluate(height="0.5", dim=3)


def test_digits_are_had_on_demand() -> None:
    statement: Statement = STATEMENTS["cap_measure_integral"]
    with mpmath.workdps(60):
        exact = mpmath.mpf(1) / 2 - mpmath.cos(mpmath.mpf(1)) / 2
        assert abs(statement.evaluate(cap_angle=1, dim=3, digits=50) - exact) < mpmath.mpf(10) ** -50


def test_sympy_is_not_loaded_by_the_rest_of_the_package() -> None:
    code = (
        "import sys, adversarial_spheres as a; from adversarial_spheres.theory.spaces import isoperimetry;"
        "from adversarial_spheres.theory.quadratic import error_rate, hidden_units;"
        "from adversarial_spheres.theory.nearest import on_sphere;"
        "from adversarial_spheres.theory.predicted import mean_distance; dir(a);"
        "sys.exit('sympy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
