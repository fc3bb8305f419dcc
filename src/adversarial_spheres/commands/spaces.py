"""Spaces by their names at the command line: which one, and which options it takes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..theory.spaces.space import Space

SPACES: dict[str, tuple[str, tuple[str, ...]]] = {
    "sphere": ("Sphere", ("radius", "metric")),
    "gaussian": ("Gaussian", ("sigma", "norm")),
    "ball": ("Ball", ("radius",)),
    "cube": ("Cube", ()),
    "hamming": ("Hamming", ()),
    "even-sphere": ("EvenSphere", ("radius", "metric")),
}
"""Name, class and the options that it takes beside the dimension, which are also its attributes."""
OPTIONS = tuple(dict.fromkeys(option for _, options in SPACES.values() for option in options))


def space_of(name: str, dim: int, given: Mapping[str, Any]) -> Space:
    """The space of a name; ``given`` are the options that the command line has, not those left to their defaults."""
    kind, taken = SPACES[name]
    for option in given:
        if option not in taken:
            raise click.UsageError(f"--{option} is no option of --space {name}, which takes {_listed(taken)}")
    space: Space = getattr(import_module("adversarial_spheres"), kind)(dim, **given)
    return space


def space_values(space: Space) -> dict[str, Any]:
    """A space as plain values: its name and options, None where it does not have one or it is infinite."""
    (name,) = (name for name, (kind, _) in SPACES.items() if kind == type(space).__name__)
    values = {option: getattr(space, option) if option in SPACES[name][1] else None for option in OPTIONS}
    if values["norm"] == math.inf:
        values["norm"] = None
    return {"space": name, **values, "sharp": space.sharp, "assumption": space.assumption}


def _listed(options: tuple[str, ...]) -> str:
    return " and ".join(f"--{option}" for option in options) or "none"
