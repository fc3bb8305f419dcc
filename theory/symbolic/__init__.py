"""What the package computes, as SymPy statements: for documents, and for checking code against mathematics.

Each statement is a value with its kind (exact, bound, estimate, asymptotic), its sources, its LaTeX and an evaluation
in arbitrary precision. SymPy is loaded when this module is, and nothing else in the package imports it.

>>> STATEMENTS["asymptotic_mean_distance"].kind
'asymptotic'
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..basics.errors import InvalidArgumentError
from .nearest import DISTANCES
from .network import FORMS, HIDDEN_UNITS, TAILS
from .spaces import SPACES
from .sphere import BOUNDS, CAPS, GAUSSIAN
from .statement import Kind, Statement

__all__ = ["SECTIONS", "STATEMENTS", "Kind", "Statement", "statement_latex", "statements_markdown"]

SECTIONS: Mapping[str, tuple[Statement, ...]] = MappingProxyType(
    {
        "The sphere and its caps": CAPS,
        "Bounds on the distance to the nearest error": BOUNDS,
        "Comparison with Gauss space": GAUSSIAN,
        "Other spaces": SPACES,
        "The quadratic network": FORMS,
        "Error rates": TAILS,
        "Hidden units": HIDDEN_UNITS,
        "The nearest error": DISTANCES,
    }
)
"""All statements in the order of presentation, under the headings of :func:`statements_markdown`."""

STATEMENTS: Mapping[str, Statement] = MappingProxyType(
    {statement.key: statement for section in SECTIONS.values() for statement in section}
)
"""All statements by their keys."""


def statement_latex(key: str) -> str:
    """LaTeX of one statement, without dollar signs.

    Parameters
    ----------
    key
        One of the keys of ``STATEMENTS``.

    Returns
    -------
    str
        LaTeX for math mode.

    Raises
    ------
    InvalidArgumentError
        No statement has this key.

    Examples
    --------
    >>> print(statement_latex("asymptotic_mean_distance"))
    \\bar{d}_{\\mathrm{cap}}(\\mu) \\sim \\frac{r z}{\\sqrt{d}}
    """
    if key not in STATEMENTS:
        raise InvalidArgumentError("key", key, f"one of {', '.join(STATEMENTS)}")
    return STATEMENTS[key].latex()


def statements_markdown(*, level: int = 2) -> str:
    """All statements as a fragment of MyST Markdown, each with a labelled equation.

    Parameters
    ----------
    level
        Level of the section headings, from 1 to 6.

    Returns
    -------
    str
        Text that ends with a newline; the equation of the statement ``key`` has the label ``statement-key``.

    Raises
    ------
    InvalidArgumentError
        The level is not from 1 to 6.

    Examples
    --------
    >>> print(statements_markdown().splitlines()[0])
    ## The sphere and its caps
    """
    if level not in range(1, 7):
        raise InvalidArgumentError("level", level, "an integer from 1 to 6")
    parts = []
    for heading, section in SECTIONS.items():
        parts.append(f"{'#' * level} {heading}")
        parts.extend(_paragraphs(statement) for statement in section)
    return "\n\n".join(parts) + "\n"


def _paragraphs(statement: Statement) -> str:
    """Title, kind and sources; the equation; where it holds and what computes it."""
    cited = "".join(f" [{source}]" for source in statement.sources)
    label = statement.key.replace("_", "-")
    return (
        f"**{statement.title}** ({statement.kind}){cited}\n\n"
        f"$$\n{statement.latex()}\n$$ (statement-{label})\n\n"
        f"Where: {statement.domain}. Computed by `adversarial_spheres.{statement.computed_by}`."
    )
