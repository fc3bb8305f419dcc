"""The documentation: its code runs, and whatever is cited stands in the bibliography."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import adversarial_spheres

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    page
    for page in sorted((ROOT / "docs").rglob("*.md"))
    if not page.relative_to(ROOT / "docs").parts[0].startswith("_")
]


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


def test_every_public_name_has_its_place_in_the_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sphinx", reason="make docs installs it")
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_ext"))
    reference = importlib.import_module("api_reference")
    reference.write_reference(tmp_path)
    modules = [name for names in reference.public_modules().values() for name in names]
    assert {module_of(path) for path in public_sources()} - {"adversarial_spheres"} == set(modules)
    for name in modules:
        assert f".. automodule:: {name}\n   :members:" in (tmp_path / "api" / f"{name}.rst").read_text(encoding="utf-8")
    listed = (tmp_path / "api_names.rst").read_text(encoding="utf-8")
    names = set(adversarial_spheres.__all__) - {"__version__", "cli", "figures", "numerics", "report", "theory"}
    assert [name for name in names if f":py:obj:`{name} <adversarial_spheres." not in listed] == []


@pytest.mark.slow
def test_pages_build_without_a_warning_and_hold_every_public_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inventory = pytest.importorskip("sphinx.util.inventory", reason="make docs installs it")
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_ext"))
    reference = importlib.import_module("api_reference")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", str(ROOT / "docs"), str(tmp_path)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    content = (tmp_path / "objects.inv").read_bytes()
    objects = inventory.InventoryFile.loads(content, uri="").data
    described = {name for kind, items in objects.items() if kind.startswith("py:") for name in items}
    modules = [name for names in reference.public_modules().values() for name in names]
    members = [f"{module}.{member}" for module in modules for member in reference.public_members(module)]
    assert len(members) > 500
    assert [name for name in members if name not in described] == []


def public_sources() -> list[Path]:
    """Source files whose name, and whose folders' names, do not begin with an underscore."""
    rooms = [ROOT / "theory", ROOT / "numerics", ROOT / "src" / "adversarial_spheres"]
    files = [(room, path.relative_to(room)) for room in rooms for path in room.rglob("*.py")]
    return [room / path for room, path in files if path.name == "__init__.py" or not path.name.startswith("_")]


def module_of(path: Path) -> str:
    """The import name of a source file."""
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    parts = parts[1:] if parts[0] == "src" else ["adversarial_spheres", *parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
