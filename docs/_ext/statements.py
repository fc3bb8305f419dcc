"""Formulas and sources in pages: ``{statement}`` prints statements, cited keys lead to the bibliography."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from adversarial_spheres.theory.symbolic import STATEMENTS

BIBLIOGRAPHY = "bibliography"
KEY = re.compile(r"\[([A-Z][A-Za-z]{1,5}[0-9]{4})\]")


class StatementDirective(SphinxDirective):
    """The formulas of the statements whose keys are given, each with its kind."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Make the formulas."""
        made: list[nodes.Node] = []
        for key in self.arguments[0].split():
            if key not in STATEMENTS:
                raise self.error(f"no statement has the key {key!r}")
            statement = STATEMENTS[key]
            label = f"statement-{key.replace('_', '-')}"
            line = nodes.container(classes=["statement"])
            line += nodes.math_block("", statement.latex(), nowrap=False, number=None, label=None)
            link = nodes.reference("", statement.kind, internal=True, refuri=f"#{label}", classes=["kind"])
            link["statement"] = label
            line += nodes.paragraph("", "", link, classes=["kind"])
            made.append(line)
        return made


class Links(SphinxPostTransform):
    """Lead the kinds of statements to the list of all statements, and cited keys to the bibliography."""

    default_priority = 20

    def run(self, **_: Any) -> None:
        """Change the document in place."""
        for link in self.document.findall(nodes.reference):
            if "statement" in link:
                link["refuri"] = self._uri("theory/statements", f"equation-{link['statement']}")
        for text in list(self.document.findall(nodes.Text)):
            if KEY.search(text) and not isinstance(text.parent, nodes.literal | nodes.reference | nodes.literal_block):
                text.parent.replace(text, list(self._linked(text)))

    def _linked(self, text: nodes.Text) -> Iterator[nodes.Node]:
        defines = isinstance(text.parent, nodes.term) and self.env.docname == BIBLIOGRAPHY
        for index, part in enumerate(KEY.split(text)):
            if index % 2 == 0:
                yield nodes.Text(part)
            elif defines:
                yield nodes.inline("", f"[{part}]", ids=[part.lower()])
            else:
                yield nodes.reference("", f"[{part}]", internal=True, refuri=self._uri(BIBLIOGRAPHY, part.lower()))

    def _uri(self, page: str, anchor: str) -> str:
        if self.app.builder.format != "html":
            return f"#{anchor}"
        return f"{self.app.builder.get_relative_uri(self.env.docname, page)}#{anchor}"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register directive and links."""
    app.add_directive("statement", StatementDirective)
    app.add_post_transform(Links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
