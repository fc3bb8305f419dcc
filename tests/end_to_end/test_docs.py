"""The documentation: its code runs, and whatever is cited stands in the bibliography."""

from __future__ import annotations

import importlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adversarial_spheres
from adversarial_spheres.cli import main

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(adversarial_spheres.__file__).parent
PAGES = [
    page
    for page in sorted((ROOT / "docs").rglob("*.md"))
    if not page.relative_to(ROOT / "docs").parts[0].startswith("_")
]


def code_of(page: Path) -> str:
    """The Python blocks of a page, which build on each other."""
    return "\n".join(re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL))


def shell_lines(page: Path) -> list[str]:
    """The commands in the shell blocks of a page, without their comments."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines() if line.split("#")[0].strip()]


PACKAGED = "adversarial-spheres "
COMMANDS = [
    pytest.param(line.removeprefix(PACKAGED), id=f"{page.stem}: {line.removeprefix(PACKAGED)[:60]}")
    for page in PAGES
    for line in shell_lines(page)
    if line.startswith(PACKAGED)
]
TOO_LONG = ("report ", "sweep --dims 20,60,100")


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with everything that the pages name, into which commands may write."""
    for name, target in {"docs": "docs", "src": "src", "report": "docs/standard"}.items():
        (tmp_path / name).symlink_to(ROOT / target)
    for name in ("sweep", "another-sweep"):
        (tmp_path / name).symlink_to(ROOT / "docs" / "standard" / "experiments")
    np.save(tmp_path / "alphas.npy", adversarial_spheres.paper_alphas())
    model = "class Half:\n    def logits(self, points):\n        return points[:, 0] - 0.1\n\n\nmodel = Half()\n"
    (tmp_path / "my_module.py").write_text(model, encoding="utf-8")
    images = "def model(images):\n    return images[:, 0, :4] - images[:, 1, :4]\n"  # the scores of four classes
    (tmp_path / "my_images.py").write_text(images, encoding="utf-8")
    np.save(tmp_path / "image.npy", np.eye(2, 4, 3))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(cli: Callable[..., Any], command: str) -> None:
    name, *arguments = shlex.split(command)
    if command.startswith(TOO_LONG):  # its options are read, and that is all
        main.commands[name].make_context(name, arguments)
        return
    outcome = cli(name, *arguments)
    assert outcome.status in ((0, 1) if name == "check" else (0,)), outcome.err
    assert outcome.out


def test_every_line_of_the_shell_is_tested_or_known() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    for page in [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]:
        for line in shell_lines(page):
            program, *arguments = shlex.split(line)
            if program == "make":
                assert arguments[0] in targets, line
            else:
                assert Path(program).name in ("adversarial-spheres", "pip", "python", "python3", "git", "cd"), (
                    f"{page.name}: {line}"
                )


def test_keys_of_json_are_those_of_the_page(cli: Callable[..., Any], scratch: Path) -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## `([a-z-]+)`\n(.*?)(?=^## |\Z)", page, flags=re.DOTALL | re.MULTILINE)
    assert {name for name, _ in sections} == set(main.commands)
    for name, text in sections:
        told = {key for row in re.findall(r"^\| (`.*?`) \|", text, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)}
        command = re.search(r"^adversarial-spheres ([^#\n]*)", text, flags=re.MULTILINE)
        assert command is not None
        if name == "report":
            continue  # takes minutes; test_report.py holds its keys
        outcome = cli(*shlex.split(command.group(1)), "--json")
        assert outcome.status == 0, outcome.err
        found = outcome.json
        assert set(found) | {"notes"} == told | {"notes"}, name


def cited_keys() -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in [*sources(), *PAGES]]
    return {key for text in texts for key in re.findall(r"\[([A-Z][A-Za-z]{1,5}[0-9]{4})\]", text)}


@pytest.mark.parametrize("page", [page for page in PAGES if code_of(page)], ids=lambda page: page.stem)
def test_code_blocks_run_and_print_what_stands_below_them(
    page: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(code_of(page), str(page), "exec"), {})
    shown = re.findall(r"```output\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not shown or capsys.readouterr().out == "".join(shown)


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

    def page_of(name: str) -> str:
        return (tmp_path / "api" / f"adversarial_spheres.{name}.rst").read_text(encoding="utf-8")

    for name, count in {"numerics.bench.bridges": 1, "numerics.attacks.paper": 0}.items():  # functions; numbers
        assert page_of(name).count(".. py:data::") == count
    symbolic, training = (page_of(name) for name in ("theory.symbolic", "numerics.training.loop"))
    assert "exclude-members: SECTIONS, STATEMENTS" in symbolic, "their values are longer than anybody reads"
    assert "``Callable[[TrainingState], None]``" in training, "an alias as its source has it"
    assert "<adversarial_spheres.theory.caps.tail>`" in page_of("theory.caps"), "a package lists its modules"
    listed = (tmp_path / "api_names.rst").read_text(encoding="utf-8")
    *wanted, others = reference.grouped_names().values()
    assert 30 <= sum(map(len, wanted)) <= 45, "those that most users need"
    assert "check_bound" not in others
    assert listed.index("check_bound") < listed.index(reference.OTHERS) < listed.index("run_suite")
    packages = {"cli", "figures", "numerics", "plotting", "report", "theory"}
    names = set(adversarial_spheres.__all__) - {"__version__"} - packages
    assert [name for name in names if f":py:obj:`{name} <adversarial_spheres." not in listed] == []


def test_docstrings_read_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sphinx", reason="make docs installs it")
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_ext"))
    reference, unbroken = (importlib.import_module(name) for name in ("api_reference", "unbroken"))
    lines = [r"|x| <= \|y\|, `|z|`", ">>> a | b"]
    reference.plain_bars(None, "", "", None, None, lines)
    assert lines == [r"\|x\| <= \|y\|, `|z|`", ">>> a | b"], "a bar that is escaped stays so"
    told, _ = reference.short_defaults(
        None, "", "", None, None, "(a=<function f.<lambda>>, b=<factory>, c=1 < 2)", None
    )
    assert told == "(a=..., b=..., c=1 < 2)"
    found = unbroken.NUMBER.findall("at most 1e-12, -inf or -1.5e-6; 9 % of 10-20, x-1, v-2.5, 3e-4a")
    assert found == ["1e-12", "-inf", "-1.5e-6", "9 %"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, built with warnings as errors: a notebook that fails is one."""
    pytest.importorskip("sphinx_gallery", reason="make docs installs it")
    folder = tmp_path_factory.mktemp("pages")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", str(ROOT / "docs"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_pages_hold_every_public_name(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inventory = importlib.import_module("sphinx.util.inventory")
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_ext"))
    reference = importlib.import_module("api_reference")
    objects = inventory.InventoryFile.loads((built / "objects.inv").read_bytes(), uri="").data
    described = {name for kind, items in objects.items() if kind.startswith("py:") for name in items}
    modules = [name for names in reference.public_modules().values() for name in names]
    members = [f"{module}.{member}" for module in modules for member in reference.public_members(module)]
    assert len(members) > 500
    assert [name for name in members if name not in described] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("notebook", "shown"),
    [
        ("checks", ("<caption>BoundCheck: refuted", 'class="dataframe"', "sphx_glr_checks_002.png")),
        ("distances", ("<caption>Measurement", 'class="dataframe"', "sphx_glr_distances_002.png")),
        ("figures", ("rcParams", "sphx_glr_figures_004.png", ".pgf")),
    ],
)
def test_notebooks_show_what_they_computed_and_can_be_saved(built: Path, notebook: str, shown: tuple[str, ...]) -> None:
    page = (built / "_generated" / "notebooks" / f"{notebook}.html").read_text(encoding="utf-8")
    assert [words for words in shown if words not in page] == []
    assert list(built.glob(f"_downloads/*/{notebook}.ipynb"))


@pytest.mark.slow
def test_the_reference_shows_no_walls_of_values(built: Path) -> None:
    pages = {page.name: page.read_text(encoding="utf-8") for page in (built / "_generated" / "api").glob("*.html")}
    signatures = {
        (name, text) for name, page in pages.items() for text in re.findall(r"(?s)<dt class=\"sig.*?</dt>", page)
    }
    long = {(name, re.sub("<[^>]*>", "", text)) for name, text in signatures}
    assert [name for name, text in long if len(text) > 500 or re.search(r" at 0x|&lt;\w", text)] == []
    assert [name for name, page in pages.items() if "Alias for field number" in page or "–json" in page] == []
    assert pages["adversarial_spheres.numerics.error_rates.moves.html"].count('<span class="pre">move</span>') == 1


@pytest.mark.slow
def test_thumbnails_lead_to_their_figures(built: Path) -> None:
    page = (built / "gallery.html").read_text(encoding="utf-8")
    thumbnails = page[page.index("thumbnails") : page.index("<section", page.index("thumbnails"))]
    anchors = re.findall(r'href="#([\w-]+)"><img', thumbnails)
    assert len(anchors) == len(set(anchors)) > 20
    assert [anchor for anchor in anchors if f'id="{anchor}"' not in page] == []


def public_sources() -> list[Path]:
    """Source files whose name, and whose folders' names, do not begin with an underscore."""
    return [path for path in sources() if path.name == "__init__.py" or not path.name.startswith("_")]


def sources() -> list[Path]:
    """Every module of the package, through its links."""
    folders = os.walk(PACKAGE, followlinks=True)
    return [Path(folder, name) for folder, _, names in folders for name in names if name.endswith(".py")]


def module_of(path: Path) -> str:
    """The import name of a source file."""
    parts = list(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
