"""The pilot of multilevel splitting: what splitting may cost, and the levels and steps that a pilot run chooses for it.

Source and use: :mod:`.error_rates.splitting`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...theory.basics.arguments import Progress, check_integer
from ...theory.basics.by_value import ByValue
from ...theory.basics.errors import AccuracyError, InvalidArgumentError
from ...theory.basics.sphere import ties_are_errors
from ...theory.basics.validation import FloatArray, check_range
from ..models.problem import Problem
from ..statistics.log_intervals import LN10
from .walkers import Walkers

ACCEPTANCE = 0.3
_LARGEST_LOG_STEP = math.log(8.0)
_SMALLEST_LOG_STEP = math.log(1e-7)


@dataclass(frozen=True)
class SplittingBudget:
    """What an estimate by splitting may cost: about particles * steps * (runs + 1) points a level.

    Parameters
    ----------
    particles
        Points of each run, >= 50.
    runs
        Independent runs, >= 4.
    steps
        Steps of the walk at each level, >= 1.
    level_probability
        Measure of each level set within the one before, in [0.05, 0.8].
    max_levels
        Number of levels after which the search for the error set is given up, in [1, 100000]: with the default the
        pilot has then come down to a measure of about 1e-350.

    Examples
    --------
    >>> SplittingBudget(particles=200).level_probability
    0.2
    """

    particles: int = 1000
    runs: int = 10
    steps: int = 10
    level_probability: float = 0.2
    max_levels: int = 500

    def __post_init__(self) -> None:
        check_integer("particles", self.particles, 50, 10**7)
        check_integer("runs", self.runs, 4, 10**6)
        check_integer("steps", self.steps, 1, 10**6)
        check_range("level_probability", self.level_probability, 0.05, 0.8)
        check_integer("max_levels", self.max_levels, 1, 100_000)


class ErrorSetNotReachedError(AccuracyError):
    """The walk did not get to the error set, so there is no estimate: the error rate may be 0 or very small.

    Parameters
    ----------
    message
        What happened.
    log_reached
        Natural log of the estimated measure of the last level set: the error rate is a part of it. An estimate of an
        upper limit, no bound.
    level
        That level of the signed logit, negative: how far the logit is from an error.
    """

    def __init__(self, message: str, log_reached: float, level: float) -> None:
        super().__init__(message, log_reached)
        self.log_reached = log_reached
        self.level = level

    def __reduce__(self) -> tuple[type[AccuracyError], tuple[Any, ...]]:
        return type(self), (self.message, self.log_reached, self.level)


@dataclass(frozen=True, eq=False)
class SplittingPlan(ByValue):
    """Levels of the signed logit, increasing to 0, and the step of the walk above each but the last.

    Parameters
    ----------
    levels
        Shape (m,), strictly increasing, the last one 0.
    steps
        Shape (m - 1,), tangents of the typical angle of a proposal.
    """

    levels: FloatArray
    steps: FloatArray

    def __post_init__(self) -> None:
        if len(self.levels) < 1 or self.levels[-1] != 0.0 or not np.all(np.diff(self.levels) > 0.0):
            raise InvalidArgumentError("levels", self.levels, "strictly increasing and end with 0")
        if len(self.steps) != len(self.levels) - 1 or not np.all(self.steps > 0.0):
            raise InvalidArgumentError("steps", self.steps, "positive, one for each level but the last")


def pilot(walkers: Walkers, limits: SplittingBudget, problem: Problem, progress: Progress | None) -> SplittingPlan:
    """Choose levels, each an order statistic of the scores, and steps of which a fair share is accepted.

    Parameters
    ----------
    walkers
        Uniform points with a randomness of their own; they are moved.
    limits
        What it may cost.
    problem
        Says whether a score of 0 is an error (outer) or not (inner), and where that is.
    progress
        Called after each level.

    Raises
    ------
    ErrorSetNotReachedError
        The levels stall or there are too many of them.
    """
    keep = max(1, round(limits.level_probability * limits.particles))
    levels: list[float] = []
    steps: list[float] = []
    log_step, log_reached, level = 0.0, 0.0, -math.inf
    for number in range(1, limits.max_levels + 1):
        found = next_level(walkers.scores, level, keep, strict=not ties_are_errors(problem.sphere))
        if found is None:
            raise _not_reached(f"the signed logit does not rise above {level:.6g}", log_reached, level)
        if found >= 0.0:
            return SplittingPlan(np.array([*levels, 0.0]), np.array(steps))
        level = found
        survivors = walkers.exceeding(level)
        log_reached += math.log(np.count_nonzero(survivors) / len(survivors))
        walkers.resample(survivors)
        log_step = _adapt(walkers, level, log_step, limits.steps)
        levels.append(level)
        steps.append(math.exp(log_step))
        if progress is not None:
            note = f"signed logit {level:.4g}, error rate below about 1e{log_reached / LN10:.0f}"
            progress(f"levels, {problem.place}", number, limits.max_levels, note)
    raise _not_reached(f"no error after {limits.max_levels} levels", log_reached, level)


def _not_reached(what: str, log_reached: float, level: float) -> ErrorSetNotReachedError:
    message = (
        f"splitting has not reached the error set: {what}; the error rate, if it is not 0, appears to be below "
        f"about 1e{log_reached / LN10:.1f} (an estimate, no bound)"
    )
    return ErrorSetNotReachedError(message, log_reached, level)


def next_level(scores: FloatArray, previous: float, keep: int, *, strict: bool) -> float | None:
    """Level that ``keep`` of the scores exceed, where ties allow it; None where no level above ``previous`` is left.

    Parameters
    ----------
    scores
        Scores of points that exceed ``previous``.
    keep
        Number of points to survive, below the number of scores.
    strict
        Whether a score must be above the level to survive (inner sphere), or may equal it (outer sphere).
    """
    ordered = np.sort(scores)
    if strict:
        candidates = ordered[ordered < ordered[-1]]
        wanted = ordered[-keep - 1]
        if wanted < ordered[-1]:
            return float(wanted)
        return float(candidates[-1]) if len(candidates) else (0.0 if ordered[-1] > 0.0 else None)
    wanted = ordered[-keep]
    if wanted > previous:
        return float(wanted)
    higher = ordered[ordered > previous]
    return float(higher[0]) if len(higher) else None


def _adapt(walkers: Walkers, level: float, log_step: float, repeats: int) -> float:
    """Move the points while steering the share of accepted proposals; the mean log step of the later moves."""
    history = []
    for _ in range(repeats):
        accepted = walkers.move(level, math.exp(log_step), 1)
        history.append(log_step)
        log_step = min(max(log_step + 2.0 * (accepted - ACCEPTANCE), _SMALLEST_LOG_STEP), _LARGEST_LOG_STEP)
    later = [*history, log_step][len(history) // 2 + 1 :]
    return sum(later) / len(later)
