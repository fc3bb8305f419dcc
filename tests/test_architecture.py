"""The arrows between the rooms: theory <- numerics <- face; no room imports what is to its right."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {
    "theory": ROOT / "theory",
    "numerics": ROOT / "numerics",
    "face": ROOT / "src" / "adversarial_spheres",
}
PREFIX = {
    "theory": "adversarial_spheres.theory",
    "numerics": "adversarial_spheres.numerics",
    "face": "adversarial_spheres",
}
THIRD_PARTY = {
    "theory": {"numpy", "scipy", "mpmath", "sympy", "lazy_loader"},
    "numerics": {"numpy", "scipy", "joblib", "threadpoolctl", "lazy_loader"},
}
OPTIONAL = {"theory": set(), "numerics": {"torch", "jax", "sklearn", "pandas", "distributed", "numba"}}
"""Libraries that may be missing: imported inside the functions that need them, never when a module loads."""
MAY_IMPORT = {
    "theory": {"theory"},
    "numerics": {"theory", "numerics"},
    "face": {"theory", "numerics", "face"},
}
STANDARD_LIBRARY_BANNED_IN_THEORY = {"random", "pathlib", "os", "io", "subprocess", "socket", "tempfile"}


def room_of(module: str) -> str | None:
    for room in ("theory", "numerics"):
        if module == PREFIX[room] or module.startswith(PREFIX[room] + "."):
            return room
    return "face" if module.split(".", maxsplit=1)[0] == "adversarial_spheres" else None


def imported_modules(path: Path, room: str) -> set[str]:
    package = [*PREFIX[room].split("."), *path.relative_to(ROOMS[room]).parent.parts]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{module}.{alias.name}" for alias in node.names} | {module}
    return found


FILES = [(room, path) for room, folder in ROOMS.items() for path in sorted(folder.rglob("*.py"))]


@pytest.mark.parametrize(("room", "path"), FILES, ids=[str(p.relative_to(ROOT)) for _, p in FILES])
def test_imports_follow_the_arrows(room: str, path: Path) -> None:
    for module in imported_modules(path, room):
        target = room_of(module)
        if target is not None and not (target == "face" and module == "adversarial_spheres"):
            assert target in MAY_IMPORT[room], f"{path}: {room} must not import {module}"
        if room == "theory":
            assert module.split(".")[0] not in STANDARD_LIBRARY_BANNED_IN_THEORY, f"{path} imports {module}"


@pytest.mark.parametrize("room", ["theory", "numerics"])
def test_third_party_imports_are_the_agreed_ones(room: str) -> None:
    import sys

    for path in ROOMS[room].rglob("*.py"):
        for module in imported_modules(path, room):
            top = module.split(".")[0]
            if top in sys.stdlib_module_names or top in {"adversarial_spheres", ""}:
                continue
            assert top in THIRD_PARTY[room] | OPTIONAL[room], f"{path} imports {module}"


@pytest.mark.parametrize("room", ["theory", "numerics"])
def test_optional_libraries_are_imported_inside_functions_only(room: str) -> None:
    for path in ROOMS[room].rglob("*.py"):
        found = {module.split(".")[0] for module in imported_when_loaded(ast.parse(path.read_text(encoding="utf-8")))}
        assert not found & OPTIONAL["numerics"], path


def imported_when_loaded(tree: ast.AST) -> set[str]:
    """Absolute names of the modules that loading the module imports: those not inside a function."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module))
        found |= imported_when_loaded(node)
    return found


def test_the_test_of_optional_libraries_can_fail() -> None:
    assert imported_when_loaded(ast.parse("try:\n    import torch\nexcept ImportError:\n    pass")) == {"torch"}
    assert imported_when_loaded(ast.parse("class A:\n    from jax import jit")) == {"jax"}
    assert imported_when_loaded(ast.parse("def f():\n    import torch")) == set()


def test_theory_draws_no_random_numbers() -> None:
    for path in ROOMS["theory"].rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"random", "default_rng"}, f"{path}:{node.lineno}"


def test_the_arrow_test_can_fail(tmp_path: Path) -> None:
    bad = ROOMS["theory"] / "imaginary.py"
    tree = ast.parse("from ..numerics import training")
    node = tree.body[0]
    assert isinstance(node, ast.ImportFrom)
    package = PREFIX["theory"].split(".")
    base = package[: len(package) - node.level + 1]
    assert room_of(".".join([*base, "numerics"])) == "numerics"
    assert "numerics" not in MAY_IMPORT["theory"]
    assert not bad.exists()
