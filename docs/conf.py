"""Sphinx configuration."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from adversarial_spheres import __version__
from adversarial_spheres.theory.symbolic import statements_markdown

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

from api_reference import write_reference  # noqa: E402
from command_pages import write_commands  # noqa: E402
from gallery import write_gallery  # noqa: E402
from rooms import write_rooms  # noqa: E402

project = "adversarial-spheres"
author = "The adversarial-spheres developers"
project_copyright = f"2026, {author}"
release = version = __version__

extensions = [
    "sphinx.ext.autodoc",
    "numpydoc",
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "mathml",
    "api_reference",
    "statements",
    "unbroken",
]
html_math_renderer = "mathml"
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
numpydoc_show_class_members = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_preserve_defaults = True
smartquotes_action = "qe"  # two hyphens begin an option; they are no dash
add_module_names = False
exclude_patterns = [
    "_build",
    "last_benchmarks.md",
    "notebooks",
    "_generated/*.md",
    "_generated/commands/*.md",
    "_generated/api_names.rst",
    "_generated/notebooks/*.py",
    "_generated/notebooks/*.ipynb",
    "standard",
]
# Notebooks are run at every build: what they show depends on the package, not on their text alone.
sphinx_gallery_conf = {
    "examples_dirs": "notebooks",
    "gallery_dirs": "_generated/notebooks",
    "filename_pattern": r"\.py$",
    "run_stale_examples": True,
    "within_subsection_order": "FileNameSortKey",
    "show_signature": False,
    "min_reported_time": float("inf"),
    "write_computation_times": False,
    "download_all_examples": False,
}
html_theme = "furo"
html_title = "adversarial-spheres"
html_static_path = ["_static", "../src/adversarial_spheres/report/wide.js"]
html_css_files = ["custom.css"]
html_js_files = ["wide.js"]
nitpicky = True

# The formulas of the theory page are printed from the SymPy statements that the tests hold against the code.
GENERATED = HERE / "_generated"
GENERATED.mkdir(exist_ok=True)
linked = re.sub(r"Computed by `([\w.]+)`", r"Computed by {py:obj}`~\1`", statements_markdown())
(GENERATED / "statements.md").write_text(linked, encoding="utf-8")


write_reference(GENERATED)
write_commands(GENERATED)
write_gallery(HERE / "standard", GENERATED)
write_rooms(GENERATED)
