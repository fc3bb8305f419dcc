"""All experiments, in the order of the report."""

from __future__ import annotations

from typing import Any

from ..runs.experiment import Experiment
from .clt_map import EXPERIMENT as CLT_MAP
from .decision_slices import EXPERIMENT as DECISION_SLICES
from .dimension_of_errors import EXPERIMENT as DIMENSION_OF_ERRORS
from .dimension_scaling import EXPERIMENT as DIMENSION_SCALING
from .distance_curves import EXPERIMENT as DISTANCE_CURVES
from .exponential_law import EXPERIMENT as EXPONENTIAL_LAW
from .nearest_pair import EXPERIMENT as NEAREST_PAIR
from .perfect_start import EXPERIMENT as PERFECT_START
from .quadratic_network import EXPERIMENT as QUADRATIC_NETWORK
from .real_classifiers import EXPERIMENT as REAL_CLASSIFIERS
from .training_sets import EXPERIMENT as TRAINING_SETS
from .trainings.outer_radius import EXPERIMENT as OUTER_RADIUS
from .trainings.robust_training import EXPERIMENT as ROBUST_TRAINING
from .width import EXPERIMENT as WIDTH

EXPERIMENTS: tuple[Experiment[Any], ...] = (
    QUADRATIC_NETWORK,
    DISTANCE_CURVES,
    TRAINING_SETS,
    PERFECT_START,
    DIMENSION_OF_ERRORS,
    WIDTH,
    DECISION_SLICES,
    DIMENSION_SCALING,
    EXPONENTIAL_LAW,
    ROBUST_TRAINING,
    OUTER_RADIUS,
    CLT_MAP,
    NEAREST_PAIR,
    REAL_CLASSIFIERS,
)
