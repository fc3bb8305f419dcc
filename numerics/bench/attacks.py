"""The attacks of the bench: ours by name, those of other libraries by name, and any function of a user.

An attack is a function of a model and points (n, dim) that returns points of the same shape, NaN where it has found
none. The model (:class:`~.bench.problems.AskedModel`) has ``logits``, ``labels``, ``input_gradient``, ``dim``,
``radius`` and ``label``: an error is a point whose label is another one, and where ``radius`` is not None it lies on
that sphere.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from numpy.typing import ArrayLike

from ...theory.basics.arguments import check_function, check_instance
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import FloatArray
from ..attacks.attack import attack_known
from ..attacks.settings import AttackSettings
from ..models.adapters import from_callable
from ..models.problem import Problem
from ..models.references import named_object
from .bridges import BRIDGED, bridged, bridged_versions
from .problems import AskedModel

__all__ = ["OURS", "attack_named", "name_of", "origin_of"]

BenchAttack: TypeAlias = Callable[[Any, Any], ArrayLike]
"""From a model and points (n, dim) to points of the same shape."""


def _ours(settings: AttackSettings) -> BenchAttack:
    """An attack of this package, which sees of the model what its method needs."""

    def run(model: AskedModel, points: FloatArray) -> FloatArray:
        seen: Any = model
        if settings.method == "differences":
            seen = from_callable(model.logits)
        if settings.method == "labels":
            seen = from_callable(model.labels, returns="labels")
        return attack_known(Problem(seen, model.space, model.sphere), points, settings).points

    return run


BUDGETS = (5, 10, 20, 50, 100, 1000)
OURS: dict[str, BenchAttack] = {
    "walk": _ours(AttackSettings(method="walk")),
    "walk-once": _ours(AttackSettings(method="walk", restarts=0, most_restarts=0)),
    "differences": _ours(AttackSettings(method="differences")),
    "paper": _ours(AttackSettings(method="paper")),
    "labels": _ours(AttackSettings(method="labels")),
    **{f"secants-{most}": _ours(AttackSettings(method="secants", query_budget=most)) for most in BUDGETS},
}
"""The attacks of this package by name; "secants-5" asks at most 5 questions a point, "walk-once" has one start."""


def attack_named(name: str) -> BenchAttack:
    """The attack that a name or ``MODULE:FUNCTION`` means.

    Raises
    ------
    InvalidArgumentError
        There is none, or its library is not installed.

    Examples
    --------
    >>> callable(attack_named("walk"))
    True
    """
    check_instance("attack", name, str, "the name of an attack, or MODULE:FUNCTION")
    if name in OURS:
        return OURS[name]
    if name in BRIDGED:
        return bridged(name)
    if ":" not in name:
        known = ", ".join([*OURS, *BRIDGED])
        raise InvalidArgumentError("attack", name, f"one of {known}, or MODULE:FUNCTION")
    found = named_object(name, "attack")
    check_function("attack", found)
    return found  # type: ignore[return-value]


def origin_of(name: str) -> str:
    """What the code of an attack is, as text that changes with it: versions of libraries, or a digest of its file.

    Examples
    --------
    >>> origin_of("walk")
    ''
    """
    if name in OURS:
        return ""
    if name in BRIDGED:
        return bridged_versions(name)
    attack_named(name)
    file = getattr(sys.modules.get(name.partition(":")[0]), "__file__", None)
    return "" if file is None else f"sha256:{hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16]}"


def name_of(attack: str | BenchAttack) -> str:
    """The name of an attack in a table: its own, or that of the function.

    Examples
    --------
    >>> def mine(model, points):
    ...     return points
    >>> name_of(mine), name_of("walk")
    ('mine', 'walk')
    """
    return attack if isinstance(attack, str) else str(getattr(attack, "__name__", type(attack).__name__))
