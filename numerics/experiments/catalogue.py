"""All experiments but the main one, in the order of the report."""

from __future__ import annotations

from typing import Any

from .experiment import Experiment
from .nearest_pair import EXPERIMENT as NEAREST_PAIR

EXPERIMENTS: tuple[Experiment[Any], ...] = (NEAREST_PAIR,)
