"""Findings: what the questions to a model brought to light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """What the questions to a model have brought to light.

    Parameters
    ----------
    level
        "refuse": no verdict about it would mean anything; "warn": it may be honest, and the user should know.
    name
        Short and stable, for scripts: ``determinism``, ``batch``; ``rounding``, ``constant``, ``probabilities``,
        ``one-sided``, ``classes``, ``centre``.
    message
        What was found, and what to do.

    Examples
    --------
    >>> Finding("warn", "constant", "all scores are -1").level
    'warn'
    """

    level: Literal["refuse", "warn"]
    name: str
    message: str
