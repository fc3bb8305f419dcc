"""Texts and tables of the page: one module for each kind of record."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from .section import Section

SECTIONS: Mapping[str, str] = {
    "quadratic-network": "quadratic_network",
    "distance-curves": "distance_curves",
    "training-sets": "training_sets",
    "perfect-start": "perfect_start",
    "clt-map": "clt_map",
    "dimension-of-errors": "dimension_of_errors",
    "width": "width",
    "decision-slices": "decision_slices",
    "dimension-scaling": "dimension_scaling",
    "exponential-law": "exponential_law",
    "robust-training": "robust_training",
    "nearest-pair": "nearest_pair",
}
"""The module in this package for each kind of record; each exports ``SECTION``."""


def section_of(kind: str) -> Section:
    """Texts and tables of a kind of record."""
    section: Section = import_module(f".{SECTIONS[kind]}", __package__).SECTION
    return section
