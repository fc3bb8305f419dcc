"""The wheel holds every file of every room; the front door is lazy and complete."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import adversarial_spheres

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"src/adversarial_spheres": "", "theory": "theory/", "numerics": "numerics/"}


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
    for folder, prefix in FOLDERS.items():
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                found.append(f"adversarial_spheres/{prefix}{path.relative_to(ROOT / folder).as_posix()}")
    return found


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


def test_importing_the_front_door_loads_nothing_heavy() -> None:
    code = "import sys, adversarial_spheres; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"numpy", "scipy", "sympy", "matplotlib", "mpmath", "joblib", "jinja2"} & set(out)
