"""The rooms of the house: who may import whom stands in rooms.toml, and nothing else is imported.

A room is a folder of modules. Modules that lie directly in the package are the room ``face``, those that end every
arrow (the command line, the plugin) ``front``. A new arrow fails here, as does one in the table that nothing uses, a
circle among files or rooms, and a room that has grown too full to be read.
"""

from __future__ import annotations

import ast
import os
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

import adversarial_spheres

PACKAGE = Path(adversarial_spheres.__file__).parent
TABLE = Path(__file__).with_name("rooms.toml")
FRONT = {"cli", "__main__", "pytest_plugin"}
FULLEST = 14
THIRD_PARTY = {
    "theory": {"numpy", "scipy", "mpmath", "sympy", "lazy_loader"},
    "numerics": {"numpy", "scipy", "threadpoolctl", "lazy_loader"},
}
OPTIONAL = {"torch", "jax", "sklearn", "pandas", "distributed", "numba", "foolbox", "art"}
"""Libraries that may be missing: imported inside the functions that need them, never when a module loads."""
BANNED_IN_THEORY = {"random", "pathlib", "os", "io", "subprocess", "socket", "tempfile"}


def files() -> dict[str, Path]:
    """Import name, without the package's, and path of every module."""
    found = {}
    for folder, _, names in os.walk(PACKAGE, followlinks=True):
        for name in names:
            if name.endswith(".py"):
                path = Path(folder, name)
                parts = path.relative_to(PACKAGE).with_suffix("").parts
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


FILES = files()


def room_of(module: str) -> str:
    """The folder that a module lies in."""
    if FILES[module].name == "__init__.py":
        return module or "face"
    parent = module.rpartition(".")[0]
    return parent or ("front" if module in FRONT else "face")


def imported(tree: ast.AST, module: str, *, is_package: bool) -> set[str]:
    """Absolute names of all that a module imports; of ``from a import b`` both a and a.b."""
    package = ["adversarial_spheres", *module.split(".")] if module else ["adversarial_spheres"]
    package = package if is_package else package[:-1]
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            found |= {source} | {f"{source}.{alias.name}" for alias in node.names}
    return found


TREES = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in FILES.items()}
IMPORTS = {
    module: imported(tree, module, is_package=FILES[module].name == "__init__.py") for module, tree in TREES.items()
}


def own(names: Iterable[str]) -> set[str]:
    """Those of the names that are modules of the package, without its name."""
    return {name.removeprefix("adversarial_spheres.") for name in names if name.startswith("adversarial_spheres.")} & {
        *FILES
    }


GRAPH = {module: own(names) - {module} for module, names in IMPORTS.items()}


def arrows() -> dict[str, set[str]]:
    """From each room to the rooms that it imports; a package's own docstring file is no room."""
    found: dict[str, set[str]] = {}
    for module, targets in GRAPH.items():
        if FILES[module].name != "__init__.py":
            modules = {target for target in targets if FILES[target].name != "__init__.py"}
            room = room_of(module)
            found.setdefault(room, set()).update({room_of(target) for target in modules} - {room})
    return found


def table() -> dict[str, set[str]]:
    """The arrows that are agreed on."""
    return {room: set(targets) for room, targets in tomllib.loads(TABLE.read_text(encoding="utf-8")).items()}


def circle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """Some circle of a graph; empty where there is none."""
    done: set[str] = set()

    def walk(node: str, path: list[str]) -> list[str]:
        if node in path:
            return path[path.index(node) :]
        if node in done:
            return []
        for target in sorted(graph.get(node, ())):
            if found := walk(target, [*path, node]):
                return found
        done.add(node)
        return []

    return next((found for node in sorted(graph) if (found := walk(node, []))), [])


@pytest.mark.parametrize("room", sorted(arrows()))
def test_arrows_between_rooms_are_those_of_the_table(room: str) -> None:
    agreed, found = table().get(room), arrows()[room]
    assert agreed is not None, f"{room} is not in rooms.toml; it imports {sorted(found)}"
    assert found - agreed == set(), f"new arrows from {room}"
    assert agreed - found == set(), f"arrows from {room} that nothing uses any more"


def test_the_table_names_rooms_that_exist() -> None:
    assert set(table()) == set(arrows())


def test_there_is_no_circle() -> None:
    assert circle(table()) == []
    assert circle(GRAPH) == []


def test_the_circle_test_can_fail() -> None:
    assert circle({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c"]
    assert circle({"a": ["b"], "b": []}) == []


def test_theory_imports_nothing_to_its_right() -> None:
    assert {
        target.partition(".")[0] for room, targets in table().items() if room[:6] == "theory" for target in targets
    } == {"theory"}
    right = {
        target.partition(".")[0] for room, targets in table().items() if room[:8] == "numerics" for target in targets
    }
    assert right == {"theory", "numerics"}


def test_no_room_is_too_full() -> None:
    sizes: dict[str, int] = {}
    for module, path in FILES.items():
        if path.name != "__init__.py":
            sizes[room_of(module)] = sizes.get(room_of(module), 0) + 1
    assert {room: size for room, size in sizes.items() if size > FULLEST} == {}


@pytest.mark.parametrize("side", ["theory", "numerics"])
def test_third_party_imports_are_the_agreed_ones(side: str) -> None:
    allowed = THIRD_PARTY[side] | (OPTIONAL if side == "numerics" else set())
    for module, names in IMPORTS.items():
        if module.partition(".")[0] == side:
            tops = {name.partition(".")[0] for name in names} - {"adversarial_spheres", ""}
            assert tops - set(sys.stdlib_module_names) - allowed == set(), module
            assert side != "theory" or not tops & BANNED_IN_THEORY, module


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


def test_optional_libraries_are_imported_inside_functions_only() -> None:
    for module, tree in TREES.items():
        assert not {name.partition(".")[0] for name in imported_when_loaded(tree)} & OPTIONAL, module


def test_the_test_of_optional_libraries_can_fail() -> None:
    assert imported_when_loaded(ast.parse("try:\n    import torch\nexcept ImportError:\n    pass")) == {"torch"}
    assert imported_when_loaded(ast.parse("class A:\n    from jax import jit")) == {"jax"}
    assert imported_when_loaded(ast.parse("def f():\n    import torch")) == set()


def test_theory_draws_no_random_numbers() -> None:
    for module, tree in TREES.items():
        if module.partition(".")[0] == "theory":
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute):
                    assert node.attr not in {"random", "default_rng"}, f"{module}:{node.lineno}"


def test_relative_imports_are_followed() -> None:
    tree = ast.parse("from ..sampling import points\nfrom .engine import decide")
    found = own(imported(tree, "numerics.verdicts.suite", is_package=False))
    assert found == {"numerics.sampling", "numerics.sampling.points", "numerics.verdicts.engine"}
