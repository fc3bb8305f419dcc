"""Numbers and options stay on one line: a browser breaks 1e-12 and --dim after a hyphen, and 9 % before its sign."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

CLASS = "unbroken"
NUMBER = re.compile(r"(?<![\w.-])(-?\d[\d.,]*e-\d+|-(?:\d[\d.,]*|inf\b)|\d[\d.,]*\s%)(?!\w)")
"""Those with a hyphen, and those in percent; one group, so that a split keeps them."""
OPTION = re.compile(r"--[a-z0-9-]{1,24}")
AS_THEY_ARE = nodes.literal | nodes.literal_block | nodes.math | nodes.math_block | nodes.raw


class Unbroken(SphinxPostTransform):
    """Mark what could be broken, for the style sheet."""

    default_priority = 30

    def run(self, **_: Any) -> None:
        """Change the document in place."""
        for literal in self.document.findall(nodes.literal):
            if OPTION.fullmatch(literal.astext()):
                literal["classes"].append(CLASS)
        for text in list(self.document.findall(nodes.Text)):
            if NUMBER.search(text) and not isinstance(text.parent, AS_THEY_ARE):
                text.parent.replace(text, [_marked(part) for part in NUMBER.split(text)])


def _marked(part: str) -> nodes.Node:
    return nodes.inline("", part, classes=[CLASS]) if NUMBER.fullmatch(part) else nodes.Text(part)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform."""
    app.add_post_transform(Unbroken)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
