"""How hard an attack tries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from ...theory.basics.arguments import check_integer, check_single, check_word
from ...theory.basics.errors import InvalidArgumentError
from ...theory.basics.validation import check_range
from ..models.checked import CheckedModel
from .paper import STEP, STEPS

Method: TypeAlias = Literal["walk", "secants", "differences", "paper", "labels"]


@dataclass(frozen=True)
class AttackSettings:
    """How hard an attack tries.

    Parameters
    ----------
    method
        One of the above; None takes "walk" for a model with a gradient, "differences" for one with logits alone and
        "labels" for one with labels.
    steps
        Most steps of each walk along the boundary.
    restarts
        Further starts of "walk" and "differences" from random points; the best of all starts counts.
    most_restarts
        Most further starts of a point whose best angle was found by one start alone: where errors are few and far
        apart, the first one that is found is often not the nearest.
    rescues
        Yet further starts of "walk", from points anywhere on the sphere, where none has led to an error: a climb may
        end on a hill of the margin that stays below zero. Each point is rescued by its own starts, never by what was
        found for another one: the found distances stay independent. Last come climbs to the summit of the margin,
        where errors are a sliver around it. 0: no rescue of any kind.
    gain
        A walk stops when its steps gain less than this share of the angle.
    paper_step, paper_steps
        Length and most number of the steps of "paper".
    paper_start
        Length of a random step before the first one of "paper", as projected gradient descent begins; 0: it begins at
        the point itself, as the paper's does.
    query_budget
        Questions a point after which "labels" stops; "secants" asks no more than these.

    Examples
    --------
    >>> AttackSettings(method="labels", query_budget=500).query_budget
    500
    """

    method: Method | None = None
    steps: int = 40
    restarts: int = 1
    most_restarts: int = 8
    rescues: int = 20
    gain: float = 1e-5
    paper_step: float = STEP
    paper_steps: int = STEPS
    paper_start: float = 0.0
    query_budget: int = 10_000

    def __post_init__(self) -> None:
        if self.method is not None:
            check_word("method", self.method, get_args(Method), f"one of {', '.join(get_args(Method))}")
        for name, low in (
            ("steps", 0),
            ("restarts", 0),
            ("most_restarts", 0),
            ("rescues", 0),
            ("paper_steps", 1),
            ("query_budget", 1),
        ):
            check_integer(name, getattr(self, name), low, 10**9)
        for name, positive in (("gain", True), ("paper_step", True), ("paper_start", False)):
            check_single(name, check_range(name, getattr(self, name), 0.0, 1.0, low_open=positive, high_open=True))

    def method_for(self, model: CheckedModel) -> Method:
        """The method that is used on a model."""
        if self.method in ("walk", "secants", "paper") and not model.has_gradient:
            raise InvalidArgumentError("method", self.method, "one that needs no gradient: the model has none")
        if self.method == "differences" and not model.returns_logits:
            raise InvalidArgumentError("method", self.method, '"labels" for a model without logits')
        if self.method is not None:
            return self.method
        if model.has_gradient:
            return "walk"
        return "differences" if model.returns_logits else "labels"


DEFAULT_SETTINGS = AttackSettings()
