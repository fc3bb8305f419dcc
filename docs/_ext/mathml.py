"""Formulas as MathML, so that the built pages need no network and no LaTeX."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx

_FUNCTION = r"\\(?:log|exp|sin|cos|sinh|cosh|tanh|arcsin|arccos)(?![a-zA-Z])"
_BEFORE = re.compile(rf"(?<=[\w)}}])\s*(?={_FUNCTION})")
_AFTER = re.compile(rf"({_FUNCTION}(?:\^(?:\{{[^{{}}]*\}}|.))?)\s*(?=[a-zA-Z\\])(?!\\(?:left|,))")


def spaced(latex: str) -> str:
    """LaTeX with the thin spaces around named functions that the converter forgets."""
    return _AFTER.sub(r"\1\\, ", _BEFORE.sub(r"\\, ", latex))


def visit_inline(translator: Any, node: nodes.math) -> None:
    """Write an inline formula."""
    translator.body.append(convert(spaced(node.astext())))
    raise nodes.SkipNode


def visit_block(translator: Any, node: nodes.math_block) -> None:
    """Write a displayed formula."""
    translator.body.append(f'<div class="math">{convert(spaced(node.astext()), display="block")}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer under the name "mathml"."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
