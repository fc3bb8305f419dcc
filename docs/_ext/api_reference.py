"""The API reference: one page a module, one list a room, and the names that load from the top."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sphinx import addnodes
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
LONG = 400
"""A value of more signs is no longer read."""


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
    """Documented constants whose values say nothing: where functions lie in memory, or more than anybody reads."""
    return {
        member: lines
        for member, (value, lines) in _documented(name).items()
        if typing.get_origin(value) is None and (" at 0x" in repr(value) or len(repr(value)) > LONG)
    }


def _documented(name: str) -> dict[str, tuple[Any, list[str]]]:
    """Values and documentation of the public names of a module that are neither functions nor classes."""
    module, found = importlib.import_module(name), ModuleAnalyzer.for_module(name).find_attr_docs()
    return {
        member: (getattr(module, member), list(lines))
        for (owner, member), lines in found.items()
        if not owner and not member.startswith("_")
    }


def _by_hand(name: str) -> Iterator[str]:
    """What autodoc is kept from: constants without their values, and aliases of types as their source has them."""
    yield from (f".. py:currentmodule:: {name}", "")
    for member, lines in type_aliases(name).items():
        meaning = f"   ``{_source(name, member)}``"
        yield from (f".. py:type:: {member}", "", *(f"   {line}" for line in lines), meaning, "")
    for member, lines in opaque_constants(name).items():
        yield from (f".. py:data:: {member}", "", *(f"   {line}" for line in lines), "")


def _source(name: str, member: str) -> str:
    """What is assigned to a name of a module."""
    lines = ast.parse(inspect.getsource(importlib.import_module(name))).body
    return next(
        ast.unparse(line.value)
        for line in lines
        if isinstance(line, ast.Assign | ast.AnnAssign) and line.value and re.match(rf"{member}\b", ast.unparse(line))
    )


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
        entries = [f"   {_short(name)} <api/{name}>" for name in modules]
        tree = [".. toctree::", "   :hidden:", "", *entries]
        _write(target / f"api_{room}.rst", [title, "=" * len(title), "", purpose, "", *_module_table(modules), *tree])
        for name in modules:
            wanted.add(folder / f"{name}.rst")
            short = _breakable(name)
            left_out = [*type_aliases(name), *opaque_constants(name)]
            exclude = [f"   :exclude-members: {', '.join(left_out)}"] if left_out else []
            module = [f".. automodule:: {name}", "   :members:", *exclude, ""]
            parts = _module_table(other for other in modules if other.rpartition(".")[0] == name)
            _write(folder / f"{name}.rst", [short, "=" * len(short), "", *module, *_by_hand(name), *parts])
    for old in set(folder.glob("*.rst")) - wanted:
        old.unlink()
    _write(target / "api_names.rst", [line for group in grouped_names().items() for line in _name_table(*group)])


def _module_table(modules: Iterable[str]) -> list[str]:
    """Lines of a table of modules and what they are about; none for none."""
    rows = [f"   * - :py:mod:`{_breakable(name)} <{name}>`\n     - {_summary(name)}" for name in modules]
    return [".. list-table::", "   :widths: 35 65", "", *rows, ""] if rows else []


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


def _breakable(name: str) -> str:
    """A module's short name, which a narrow page may break after a dot, not inside a word."""
    return _short(name).replace(".", ".\u200b")


def _summary(name: str) -> str:
    return _sentence(inspect.getdoc(importlib.import_module(name)))


def _first_line(place: str) -> str:
    module, _, name = place.rpartition(".")
    return _sentence(inspect.getdoc(getattr(importlib.import_module(module), name)))


def _sentence(text: str | None) -> str:
    """The first paragraph of a docstring, on one line."""
    words = " ".join((text or "").split("\n\n", maxsplit=1)[0].split())
    # A name without its module means nothing in a table of all modules.
    return _bars_escaped(re.sub(r":[a-z]+:`[.~]*([\w.]+)`", r"``\1``", words))


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
    """The text with its bars escaped, but for those in literals and roles, and those that are."""
    return re.sub(r"(`[^`]+`|\\\|)|\|", lambda found: found.group(1) or r"\|", text)


def short_defaults(
    _app: Sphinx, _what: str, _name: str, _object: Any, _options: Any, arguments: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """Defaults that have no source text, such as ``<factory>``, as dots."""
    return arguments and re.sub(r"(?<==)<.*?>+(?=[,)])", "...", arguments), returned


def undescribed(_app: Sphinx, what: str, _name: str, member: Any, _skip: bool, _options: Any) -> bool | None:
    """Leave out what nobody here has described: fields of named tuples, SymPy's functions and mpmath's methods."""
    foreign = what == "module" and (inspect.ismethod(member) or getattr(member, "__module__", "") is None)
    return True if foreign or str(inspect.getdoc(member)).startswith("Alias for field number") else None


def said_once(_app: Sphinx, _domain: str, _kind: str, content: addnodes.desc_content) -> None:
    """One signature of those that read alike, as those of a function that is registered for several types do."""
    known = set()
    for signature in [child for child in content.parent if isinstance(child, addnodes.desc_signature)]:
        if signature.astext() in known:
            content.parent.remove(signature)
        known.add(signature.astext())


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the reader of docstrings and signatures."""
    app.connect("autodoc-process-docstring", plain_bars)
    app.connect("autodoc-process-signature", short_defaults)
    app.connect("autodoc-skip-member", undescribed)
    app.connect("object-description-transform", said_once)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
