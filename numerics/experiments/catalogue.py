"""All experiments that are made of cells, in the order of the report."""

from __future__ import annotations

from typing import Any

from .clt_map import EXPERIMENT as CLT_MAP
from .distance_curves import EXPERIMENT as DISTANCE_CURVES
from .experiment import Experiment
from .perfect_start import EXPERIMENT as PERFECT_START
from .training_sets import EXPERIMENT as TRAINING_SETS

EXPERIMENTS: tuple[Experiment[Any], ...] = (DISTANCE_CURVES, TRAINING_SETS, PERFECT_START, CLT_MAP)
