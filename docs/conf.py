"""Sphinx configuration."""

from __future__ import annotations

import pkgutil
import sys
from pathlib import Path

import adversarial_spheres
from adversarial_spheres import __version__
from adversarial_spheres.theory.symbolic import statements_markdown

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

from gallery import write_gallery  # noqa: E402

project = "adversarial-spheres"
author = "The adversarial-spheres developers"
project_copyright = f"2026, {author}"
release = version = __version__

extensions = ["sphinx.ext.autodoc", "numpydoc", "myst_parser", "mathml"]
html_math_renderer = "mathml"
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
numpydoc_show_class_members = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
exclude_patterns = ["_build", "_generated/*.md", "standard"]
html_theme = "furo"
html_title = "adversarial-spheres"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
nitpicky = False

# The formulas of the theory page are printed from the SymPy statements that the tests hold against the code.
GENERATED = HERE / "_generated"
GENERATED.mkdir(exist_ok=True)
(GENERATED / "statements.md").write_text(statements_markdown(), encoding="utf-8")


def write_api_pages() -> None:
    """One page a room, with every public module: nothing can be forgotten."""
    rooms = {"theory": [], "numerics": [], "face": []}
    for module in pkgutil.walk_packages(adversarial_spheres.__path__, "adversarial_spheres."):
        room = module.name.split(".")[1]
        if not any(part.startswith("_") for part in module.name.split(".")[1:]):
            rooms[room if room in rooms else "face"].append(module.name)
    for room, modules in rooms.items():
        lines = [f"The room {room}", "=" * 30, ""]
        for name in sorted(modules):
            lines += [name, "-" * len(name), "", f".. automodule:: {name}", "   :members:", ""]
        (GENERATED / f"api_{room}.rst").write_text("\n".join(lines), encoding="utf-8")


write_api_pages()
write_gallery(HERE / "standard", GENERATED)
