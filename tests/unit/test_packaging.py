"""The wheel holds every file of every room; the front door is lazy and complete."""

from __future__ import annotations

import ast
import configparser
import importlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import adversarial_spheres

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(adversarial_spheres.__file__).parent


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(out), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def files_that_must_ship() -> list[str]:
    found = []
    for folder, _, names in os.walk(PACKAGE, followlinks=True):
        if "__pycache__" not in folder:
            found += [f"adversarial_spheres/{Path(folder, name).relative_to(PACKAGE).as_posix()}" for name in names]
    return found


def test_the_rooms_are_links_or_real_folders_that_hold_modules() -> None:
    for room in ("theory", "numerics"):
        assert (PACKAGE / room / "__init__.py").is_file()
        assert sum(name.startswith(f"adversarial_spheres/{room}/") for name in files_that_must_ship()) > 30


def test_a_checkout_that_lost_its_links_is_refused(tmp_path: Path) -> None:
    """Elsewhere a link becomes a text file: what was built from it lacked two rooms, and nobody was told."""
    package = tmp_path / "src" / "adversarial_spheres"
    package.mkdir(parents=True)
    for room in ("theory", "numerics"):
        (package / room).write_text(f"../../{room}")
    shutil.copy(ROOT / "setup.py", tmp_path)
    done = subprocess.run(
        [sys.executable, "setup.py", "--version"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "theory and numerics must be symbolic links" in done.stderr


def test_the_wheel_holds_every_file_of_every_room(wheel_names: set[str]) -> None:
    missing = [name for name in files_that_must_ship() if name not in wheel_names]
    assert not missing
    assert len(files_that_must_ship()) > 40


def test_the_wheel_holds_nothing_else(wheel_names: set[str]) -> None:
    tops = {name.split("/")[0] for name in wheel_names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"adversarial_spheres"}


def test_every_public_name_loads() -> None:
    for name in adversarial_spheres.__all__:
        assert getattr(adversarial_spheres, name) is not None


def test_the_stub_names_what_exists() -> None:
    tree = ast.parse((ROOT / "src/adversarial_spheres/__init__.pyi").read_text(encoding="utf-8"))
    for node in tree.body:
        assert isinstance(node, ast.ImportFrom)
        module = importlib.import_module(f"adversarial_spheres.{node.module}" if node.module else "adversarial_spheres")
        for alias in node.names:
            assert hasattr(module, alias.name), f"{module.__name__} has no {alias.name}"


HEAVY = {"numpy", "scipy", "sympy", "matplotlib", "mpmath", "jinja2", "hypothesis", "rich"}
HELP = "from adversarial_spheres.cli import main; main({}, standalone_mode=False)"


def loaded_by(code: str) -> set[str]:
    """Names of the modules that a fresh interpreter holds after running ``code``."""
    after = "\nimport sys; print('LOADED', *sys.modules)"
    out = subprocess.run([sys.executable, "-c", code + after], check=True, capture_output=True, text=True).stdout
    return set(out.rsplit("LOADED", maxsplit=1)[1].split())


@pytest.mark.parametrize(
    "code",
    ["import adversarial_spheres", HELP.format(["--help"]), HELP.format(["check", "--help"])],
    ids=["import", "--help", "check --help"],
)
def test_starting_up_loads_nothing_heavy(code: str) -> None:
    assert not HEAVY & loaded_by(code)


def test_a_bound_loads_only_what_it_computes_with() -> None:
    loaded = loaded_by(HELP.format(["bound", "--dim", "500", "--error-rate", "0.001"]))
    assert "scipy.special" in loaded
    assert not (HEAVY - {"numpy", "scipy"}) & loaded
    slow = {"scipy.stats", "scipy.optimize", "scipy.linalg", "scipy.integrate"}
    assert not slow & (loaded - loaded_by("import scipy.special"))  # which loads scipy.linalg from SciPy 1.18 on


def test_the_plugin_loads_nothing_heavy() -> None:
    loaded = loaded_by("import adversarial_spheres.pytest_plugin")
    assert not HEAVY & loaded


def lower_bounds() -> dict[str, str]:
    """Least version of everything that setup.cfg requires to run and to be tested."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = settings["options"]["install_requires"] + settings["options.extras_require"]["test"]
    return dict(line.split(" >= ") for line in lines.strip().splitlines())


def test_the_oldest_versions_that_are_tested_are_the_lower_bounds() -> None:
    lines = (ROOT / "tests" / "oldest-requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split(" == ") for line in lines if " == " in line)
    # pip refuses extras in a list of constraints: dask[distributed] stands there as dask.
    bounds = {name.partition("[")[0]: least for name, least in lower_bounds().items()}
    assert set(pinned) == set(bounds)
    for name, least in bounds.items():
        assert pinned[name] == least or pinned[name].startswith(f"{least}."), name
        assert not set(pinned[name].removeprefix(least)) - set(".0"), name


def test_the_citation_names_the_released_version() -> None:
    (cited,) = re.findall(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), flags=re.MULTILINE)
    released = adversarial_spheres.__version__
    assert ".dev" not in cited
    assert ".dev" in released or cited == released
