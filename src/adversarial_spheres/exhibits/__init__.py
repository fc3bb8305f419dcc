"""What is shown of a record: figures with captions, text and tables, one module for each kind of record."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from ..theory.basics.errors import InvalidArgumentError
from .style import Exhibit

KINDS = tuple(module.name.replace("_", "-") for module in iter_modules(__path__) if module.name != "style")
"""The kinds of records that have an exhibit: each module here exports that of the kind of its name as ``EXHIBIT``."""


def exhibit_of(kind: str) -> Exhibit:
    """Figures, text and tables of a kind of record."""
    if kind not in KINDS:
        raise InvalidArgumentError("record", kind, f"of a kind that has figures ({', '.join(KINDS)})")
    exhibit: Exhibit = import_module(f".{kind.replace('-', '_')}", __package__).EXHIBIT
    return exhibit
