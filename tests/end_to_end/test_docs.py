"""The documentation: its code runs, and whatever is cited stands in the bibliography."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md")) + sorted((ROOT / "docs" / "tutorials").glob("*.md"))


def code_of(page: Path) -> str:
    """The Python blocks of a page, which build on each other."""
    return "\n".join(re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL))


def cited_keys() -> set[str]:
    sources = [path for room in ("theory", "numerics", "src") for path in (ROOT / room).rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in [*sources, *PAGES]]
    return {key for text in texts for key in re.findall(r"\[([A-Z][A-Za-z]{1,5}[0-9]{4})\]", text)}


@pytest.mark.parametrize("page", [page for page in PAGES if code_of(page)], ids=lambda page: page.stem)
def test_code_blocks_run(page: Path) -> None:
    exec(compile(code_of(page), str(page), "exec"), {})


def test_every_citation_stands_in_the_bibliography() -> None:
    bibliography = (ROOT / "docs" / "bibliography.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\[([A-Za-z]+[0-9]{4})\]$", bibliography, flags=re.MULTILINE))
    assert len(cited_keys()) >= 10
    assert cited_keys() <= listed, cited_keys() - listed
