"""The API reference: one page a module, one list a room, and the names that load from the top."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

import adversarial_spheres

ROOMS = {
    "face": ("The front door", "Command line, inputs, plots, figures, report, pytest plugin."),
    "theory": ("Theory", "What is proved or computed exactly: pure functions of numbers and arrays."),
    "numerics": ("Numerics", "What is trained, sampled and measured, and its comparison with theory."),
}

START_HERE = {
    "Check what is claimed of a classifier": (
        "check_bound Claims BoundCheck around on two_spheres Problem from_sklearn from_torch from_jax from_callable "
        "mean_distance_bound quantile_distance_bound max_error_rate max_robust_accuracy"
    ),
    "Compare predicted with observed distances": (
        "QuadraticClassifier load_alphas paper_alphas load_model exact_error_rate LogProbability predict_distance "
        "measure_distances measure_problem measure_data_set Measurement count_errors attack AttackSettings"
    ),
    "Draw, train and keep": "train TrainingConfig QuadraticNetwork load_checkpoint load_record Record sample",
    "Spaces": "Sphere EvenSphere Gaussian Ball Cube Hamming",
}
"""The names that most users need, by what they are for; all others follow, under ``OTHERS``."""
OTHERS = "All other names"


def public_modules() -> dict[str, list[str]]:
    """Names of the public modules by room."""
    rooms: dict[str, list[str]] = {room: [] for room in ROOMS}
    for found in pkgutil.walk_packages(adversarial_spheres.__path__, "adversarial_spheres."):
        parts = found.name.split(".")[1:]
        if not any(part.startswith("_") for part in parts):
            rooms[parts[0] if parts[0] in rooms else "face"].append(found.name)
    return {room: sorted(names) for room, names in rooms.items()}


def public_members(name: str) -> list[str]:
    """Functions and classes that a module defines for its users."""
    members = vars(importlib.import_module(name)).items()
    return [
        member
        for member, value in members
        if not member.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__ == name
    ]


def type_aliases(name: str) -> dict[str, list[str]]:
    """Documented aliases of types that a module defines, each with its documentation.

    Autodoc takes an alias for a class, and looks for the pages of other libraries' types in vain.
    """
    return {
        member: lines for member, (value, lines) in _documented(name).items() if typing.get_origin(value) is not None
    }


def opaque_constants(name: str) -> dict[str, list[str]]:
    """Documented constants whose values tell where functions lie in memory, which means nothing to a reader."""
    return {
        member: lines
        for member, (value, lines) in _documented(name).items()
        if typing.get_origin(value) is None and " at 0x" in repr(value)
    }


def _documented(name: str) -> dict[str, tuple[Any, list[str]]]:
    """Values and documentation of the public names of a module that are neither functions nor classes."""
    module, found = importlib.import_module(name), ModuleAnalyzer.for_module(name).find_attr_docs()
    return {
        member: (getattr(module, member), list(lines))
        for (owner, member), lines in found.items()
        if not owner and not member.startswith("_")
    }


def _constant_lines(name: str, constants: dict[str, list[str]]) -> Iterator[str]:
    for member, lines in constants.items():
        yield from (f".. py:data:: {name}.{member}", "", *(f"   {line}" for line in lines), "")


def _alias_lines(name: str, aliases: dict[str, list[str]]) -> Iterator[str]:
    for member, lines in aliases.items():
        meaning = str(getattr(importlib.import_module(name), member)).replace("typing.", "")
        meaning = re.sub(r"(?<![\w'])(?:\w+\.)+(?=\w)", "", meaning)
        yield from (f".. py:type:: {name}.{member}", "", *(f"   {line}" for line in lines), f"   ``{meaning}``", "")


def top_names() -> Iterator[tuple[str, str]]:
    """The names that load lazily from the top, and the dotted name of the place that documents each."""
    stub = Path(adversarial_spheres.__file__).with_suffix(".pyi")
    for line in ast.parse(stub.read_text(encoding="utf-8")).body:
        if isinstance(line, ast.ImportFrom) and line.module and not line.module.startswith("_"):
            for alias in line.names:
                yield alias.name, f"adversarial_spheres.{line.module}.{alias.name}"


def write_reference(target: Path) -> None:
    """Write ``api_ROOM.rst``, ``api/MODULE.rst`` and ``api_names.rst``: nothing can be forgotten."""
    folder = target / "api"
    folder.mkdir(exist_ok=True)
    wanted = set()
    for room, modules in public_modules().items():
        title, purpose = ROOMS[room]
        rows = [f"   * - :py:mod:`{_short(name)} <{name}>`\n     - {_summary(name)}" for name in modules]
        entries = [f"   {_short(name)} <api/{name}>" for name in modules]
        table = [".. list-table::", "   :widths: 35 65", "   :class: wide-code", "", *rows]
        tree = [".. toctree::", "   :hidden:", "", *entries]
        _write(target / f"api_{room}.rst", [title, "=" * len(title), "", purpose, "", *table, "", *tree])
        for name in modules:
            wanted.add(folder / f"{name}.rst")
            short = _short(name).replace(".", ".\u200b")  # a narrow page may break it there, not inside a word
            aliases = type_aliases(name)
            opaque = opaque_constants(name)
            exclude = [f"   :exclude-members: {', '.join([*aliases, *opaque])}"] if aliases or opaque else []
            module = [f".. automodule:: {name}", "   :members:", *exclude, ""]
            by_hand = [*_alias_lines(name, aliases), *_constant_lines(name, opaque)]
            _write(folder / f"{name}.rst", [short, "=" * len(short), "", *module, *by_hand])
    for old in set(folder.glob("*.rst")) - wanted:
        old.unlink()
    _write(target / "api_names.rst", [line for group in grouped_names().items() for line in _name_table(*group)])


def grouped_names() -> dict[str, dict[str, str]]:
    """The names that load from the top, and the place that documents each, by what they are for."""
    left = dict(top_names())
    groups = {title: {name: left.pop(name) for name in names.split()} for title, names in START_HERE.items()}
    return {**groups, OTHERS: left}


def _name_table(title: str, names: dict[str, str]) -> list[str]:
    rows = [f"   * - :py:obj:`{name} <{place}>`\n     - {_first_line(place)}" for name, place in names.items()]
    return [title, "^" * len(title), "", ".. list-table::", "   :widths: 35 65", "", *rows, ""]


def _short(name: str) -> str:
    return name.removeprefix("adversarial_spheres.")


def _summary(name: str) -> str:
    return _sentence(inspect.getdoc(importlib.import_module(name)))


def _first_line(place: str) -> str:
    module, _, name = place.rpartition(".")
    return _sentence(inspect.getdoc(getattr(importlib.import_module(module), name)))


def _sentence(text: str | None) -> str:
    """The first paragraph of a docstring, on one line."""
    words = " ".join((text or "").split("\n\n", maxsplit=1)[0].split())
    # A name without its module means nothing in a table of all modules.
    return _bars_escaped(re.sub(r":[a-z]+:`([\w.]+)`", r"``\1``", words))


def _write(path: Path, lines: list[str]) -> None:
    """Write a page only where it changed: an untouched page is not built again."""
    text = "\n".join(lines) + "\n"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def plain_bars(
    _app: Sphinx,
    _what: str,
    _name: str,
    _object: Any,
    _options: Any,
    lines: list[str],
) -> None:
    """A bar in a docstring is an absolute value, not the mark of a substitution."""
    lines[:] = [line if line.lstrip().startswith(">>>") else _bars_escaped(line) for line in lines]


def _bars_escaped(text: str) -> str:
    """The text with its bars escaped, but for those in literals and roles."""
    return re.sub(r"(`[^`]+`)|\|", lambda found: found.group(1) or r"\|", text)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the reader of docstrings."""
    app.connect("autodoc-process-docstring", plain_bars)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
