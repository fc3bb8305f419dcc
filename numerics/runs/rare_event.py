"""Rare error rates as plain values under the stable keys of the command line."""

from __future__ import annotations

import math
from typing import Any

from ...theory.basics.arguments import Progress
from ..error_rates.pilot import ErrorSetNotReachedError, SplittingBudget
from ..error_rates.splitting import SplittingErrorRate, splitting_error_rate
from ..models.problem import Problem
from .values import LN10, finite_or_none, probability_values

METHOD = "multilevel splitting"


def rare_event_values(
    problem: Problem,
    *,
    no_errors: bool = False,
    budget: SplittingBudget | None = None,
    seed: int,
    confidence: float,
    workers: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """The error rate of a problem by splitting.

    Parameters as in :func:`~.error_rates.splitting.splitting_error_rate`; ``no_errors`` says that the
    error rate is known to be exactly 0, so that there is nothing to look for.

    Returns
    -------
    dict
        Keys estimate, log10_estimate, low, high, log10_low, log10_high, confidence, runs, rigorous, method,
        interval_method, levels, relative_spread, reached. Where the error set is not reached ``reached`` is false and
        the estimate and both ends are None: level is then how far the logit is from an error, and log10_reached the
        (estimated, not bounded) measure of the points that come as close as that; None where nothing was looked for.
    """
    limits = budget or SplittingBudget()
    if no_errors:
        return _not_reached(limits, confidence, None, None)
    try:
        found = splitting_error_rate(
            problem, budget=limits, seed=seed, confidence=confidence, workers=workers, progress=progress
        )
    except ErrorSetNotReachedError as stop:
        return _not_reached(limits, confidence, stop.log_reached / LN10, stop.level)
    return _reached(found)


def _reached(found: SplittingErrorRate) -> dict[str, Any]:
    interval = found.interval
    ends = interval.interval
    return {
        **probability_values(found.probability, "estimate"),
        "low": ends.low,
        "high": ends.high,
        "log10_low": finite_or_none(interval.log10_low),
        "log10_high": interval.log10_high,
        "confidence": interval.confidence,
        "runs": found.runs,
        "rigorous": interval.rigorous,
        "method": METHOD,
        "interval_method": interval.method,
        "levels": len(found.plan.levels),
        "relative_spread": found.relative_spread,
        "reached": True,
    }


def _not_reached(
    limits: SplittingBudget, confidence: float, log10_reached: float | None, level: float | None
) -> dict[str, Any]:
    empty = ("estimate", "log10_estimate", "low", "high", "log10_low", "log10_high")
    return {
        **dict.fromkeys(empty),
        "confidence": confidence,
        "runs": limits.runs,
        "rigorous": False,
        "method": METHOD,
        "reached": False,
        "log10_reached": log10_reached,
        "level": None if level is None or not math.isfinite(level) else level,
    }
