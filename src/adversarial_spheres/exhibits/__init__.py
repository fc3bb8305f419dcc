"""What is shown of a record: figures with captions, text and tables, one module for each kind of record."""

from __future__ import annotations

from importlib import import_module

from ..theory.basics.errors import InvalidArgumentError
from .style import Exhibit

KINDS = (
    "quadratic-network",
    "distance-curves",
    "training-sets",
    "perfect-start",
    "clt-map",
    "dimension-of-errors",
    "width",
    "dimension-scaling",
    "exponential-law",
    "robust-training",
    "nearest-pair",
    "decision-slices",
    "sweep",
)
"""The kinds of records that have an exhibit; the module of the same name exports it as ``EXHIBIT``."""


def exhibit_of(kind: str) -> Exhibit:
    """Figures, text and tables of a kind of record."""
    if kind not in KINDS:
        raise InvalidArgumentError("record", kind, f"of a kind that has figures ({', '.join(KINDS)})")
    exhibit: Exhibit = import_module(f".{kind.replace('-', '_')}", __package__).EXHIBIT
    return exhibit
