"""Error rates too small to count, for any model with logits: multilevel splitting on the sphere.

The error set {score > 0} is reached through nested sets {score > L_1}, ..., {score > L_m = 0}, and its measure is the
product of conditional measures, none of them small ([AB2001], [CG2007]). A pilot run with randomness of its own
chooses the levels and the steps of the walk. The estimating runs take both as given, which makes the estimate of each
run unbiased ([DM2004], for fixed levels and any walk that leaves the uniform law on each set unchanged), and the runs
are independent of each other.

The interval over the runs is **not rigorous**: an error set that no walk has found is missed without a trace, however
many runs agree. It never decides a verdict alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from threadpoolctl import threadpool_limits

from ..theory.errors import AccuracyError, InvalidArgumentError
from ..theory.log_probability import LogProbability
from ..theory.validation import FloatArray, Sphere, check_outer_radius, check_range, check_sphere
from .arguments import check_instance, check_integer, check_progress, single_dim
from .blocks import check_workers, map_blocks
from .confidence import check_confidence, clopper_pearson_interval
from .log_intervals import LN10, LogInterval, cox_interval, log_mean_exp
from .models import AnyModel, checked
from .spheres import block_generator
from .streams import PILOT_KEY, RUN_KEY, SPHERE_KEY
from .walkers import ErrorScore, Walkers

ACCEPTANCE = 0.3
_LARGEST_LOG_STEP = math.log(8.0)
_SMALLEST_LOG_STEP = math.log(1e-7)

Progress: TypeAlias = Callable[[str, int, int, str], None]
"""Called with the name of a stage, how much of it is done, how much there is at most, and a note."""


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


@dataclass(frozen=True)
class SplittingPlan:
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


@dataclass(frozen=True)
class SplittingErrorRate:
    """An error rate by splitting.

    Parameters
    ----------
    log_estimates
        Natural logs of the unbiased estimates of the runs, shape (runs,).
    interval
        For the error rate; rigorous only where one level was enough (plain counting).
    plan
        The fixed levels and steps.
    acceptance
        Mean share of accepted proposals above each level but the last, shape (m - 1,).
    """

    log_estimates: FloatArray
    interval: LogInterval
    plan: SplittingPlan
    acceptance: FloatArray

    @property
    def runs(self) -> int:
        """Number of independent runs."""
        return len(self.log_estimates)

    @property
    def probability(self) -> LogProbability:
        """Mean of the estimates of the runs: unbiased given the plan."""
        log = min(0.0, log_mean_exp(self.log_estimates))
        return LogProbability.from_log(log)

    @property
    def relative_spread(self) -> float:
        """Standard deviation of the logarithms of the estimates."""
        return float(self.log_estimates.std(ddof=1))


def splitting_error_rate(
    model: AnyModel,
    dim: int,
    sphere: Sphere,
    *,
    outer_radius: float = 1.3,
    budget: SplittingBudget | None = None,
    seed: int,
    confidence: float = 0.99,
    workers: int = 1,
    progress: Progress | None = None,
) -> SplittingErrorRate:
    """Error rate of any model on one sphere, however small, by multilevel splitting.

    Source: [AB2001], [CG2007]; fixed levels from an independent pilot.

    Parameters
    ----------
    model
        Called with float64 arrays of shape (n, dim), n <= 256, from several threads where ``workers`` > 1.
    dim
        Ambient dimension, >= 2.
    sphere
        "inner" (radius 1) or "outer" (radius ``outer_radius``).
    budget
        Particles, runs, steps; see :class:`SplittingBudget`.
    seed
        Same seed, same numbers, whatever the number of workers.
    confidence
        Nominal coverage of the interval, in (0, 1).
    workers
        Threads over which the runs are spread.
    progress
        Called after each level of the pilot and each run.

    Returns
    -------
    SplittingErrorRate
        **Guarantee**: an estimate, unbiased given the levels. Its interval (Cox's over the logs of the runs) is not
        rigorous; over 200 seeds on quadratic networks a test holds its coverage. With a single level the points are
        counted and the interval is Clopper and Pearson's, which is rigorous.

    Raises
    ------
    ErrorSetNotReachedError
        The levels stall or there are too many of them. An error rate of 0 is never claimed.
    AccuracyError
        A run has lost all its particles; more are needed.

    Examples
    --------
    >>> from adversarial_spheres.theory.quadratic_network import QuadraticClassifier, exact_error_rate
    >>> model = QuadraticClassifier.from_alphas([1.1] * 5 + [0.5] * 25)
    >>> found = splitting_error_rate(model, 30, "inner", budget=SplittingBudget(200, 8, 5), seed=1)
    >>> bool(exact_error_rate(model, "inner", 1.3).log in found.interval), found.interval.rigorous
    (True, False)
    """
    limits = _limits(budget)
    check_confidence(confidence)
    check_workers(workers)
    check_progress(progress)
    plan = plan_splitting(model, dim, sphere, outer_radius=outer_radius, budget=limits, seed=seed, progress=progress)
    return run_splitting(
        model,
        dim,
        sphere,
        plan,
        outer_radius=outer_radius,
        budget=limits,
        seed=seed,
        confidence=confidence,
        workers=workers,
        progress=progress,
    )


def _limits(budget: SplittingBudget | None) -> SplittingBudget:
    if budget is None:
        return SplittingBudget()
    check_instance("budget", budget, SplittingBudget, "a SplittingBudget or None")
    return budget


def plan_splitting(
    model: AnyModel,
    dim: int,
    sphere: Sphere,
    *,
    outer_radius: float = 1.3,
    budget: SplittingBudget | None = None,
    seed: int,
    progress: Progress | None = None,
) -> SplittingPlan:
    """Choose levels and steps by an adaptive pilot run, whose points are then thrown away.

    Parameters, errors and determinism as in :func:`splitting_error_rate`. Each level is an order statistic of the
    scores, so that a strictly increasing function of the logit that keeps 0 in place gives the same sets.
    """
    score = _check_score(model, dim, sphere, outer_radius)
    limits = _limits(budget)

    rng = block_generator(seed, PILOT_KEY, SPHERE_KEY[sphere])
    with threadpool_limits(limits=1):  # as in the runs: the bits of a matrix product may depend on it
        return _pilot(Walkers(score, limits.particles, rng), limits, sphere, progress)


def run_splitting(
    model: AnyModel,
    dim: int,
    sphere: Sphere,
    plan: SplittingPlan,
    *,
    outer_radius: float = 1.3,
    budget: SplittingBudget | None = None,
    seed: int,
    confidence: float = 0.99,
    workers: int = 1,
    progress: Progress | None = None,
) -> SplittingErrorRate:
    """Estimate with a given plan, which must not depend on the randomness of these runs.

    Parameters, result and errors as in :func:`splitting_error_rate`.
    """
    score = _check_score(model, dim, sphere, outer_radius)
    limits = _limits(budget)
    level = check_confidence(confidence)

    def run(index: int, _size: int) -> tuple[FloatArray, FloatArray]:
        rng = block_generator(seed, RUN_KEY, SPHERE_KEY[sphere], index)
        return _run(Walkers(score, limits.particles, rng), plan, limits.steps)

    survivors, acceptance = [], []
    for done, (counts, accepted) in enumerate(map_blocks(run, limits.runs, 1, workers=workers), start=1):
        survivors.append(counts)
        acceptance.append(accepted)
        if progress is not None:
            progress(f"splitting ({sphere})", done, limits.runs, f"{len(plan.levels)} levels")
    counts = np.array(survivors)
    with np.errstate(divide="ignore"):
        logs = np.log(counts / limits.particles).sum(axis=1)
    _check_alive(logs)
    interval = _interval(counts, logs, limits.particles, level)
    return SplittingErrorRate(logs, interval, plan, np.mean(acceptance, axis=0))


def _check_score(model: AnyModel, dim: int, sphere: Sphere, outer_radius: float) -> ErrorScore:
    radius = check_outer_radius(outer_radius)
    d, answering = single_dim(dim), checked(model)
    if not answering.returns_logits:
        raise InvalidArgumentError("model", type(model).__name__, "a model with logits: labels have no levels to climb")
    return ErrorScore(answering, check_sphere(sphere), 1.0 if sphere == "inner" else radius, d)


def _pilot(walkers: Walkers, limits: SplittingBudget, sphere: Sphere, progress: Progress | None) -> SplittingPlan:
    keep = max(1, round(limits.level_probability * limits.particles))
    levels: list[float] = []
    steps: list[float] = []
    log_step, log_reached, level = 0.0, 0.0, -math.inf
    for number in range(1, limits.max_levels + 1):
        found = next_level(walkers.scores, level, keep, strict=sphere == "inner")
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
            progress(f"levels ({sphere})", number, limits.max_levels, note)
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


def _run(walkers: Walkers, plan: SplittingPlan, repeats: int) -> tuple[FloatArray, FloatArray]:
    """Survivors at each level, and shares of accepted proposals above each but the last; zeros after extinction."""
    counts, acceptance = np.zeros(len(plan.levels)), np.zeros(len(plan.steps))
    for number, level in enumerate(plan.levels):
        survivors = walkers.exceeding(float(level))
        counts[number] = np.count_nonzero(survivors)
        if counts[number] == 0 or number == len(plan.steps):
            break
        walkers.resample(survivors)
        acceptance[number] = walkers.move(float(level), float(plan.steps[number]), repeats)
    return counts, acceptance


def _check_alive(logs: FloatArray) -> None:
    lost = int(np.count_nonzero(logs == -np.inf))
    if lost:
        message = f"{lost} of {len(logs)} runs have lost all particles before the error set: use more particles"
        raise AccuracyError(message, log_mean_exp(logs))


def _interval(counts: FloatArray, logs: FloatArray, particles: int, confidence: float) -> LogInterval:
    if counts.shape[1] == 1:  # plain counting of independent points
        total = clopper_pearson_interval(int(counts.sum()), particles * len(counts), confidence)
        return LogInterval.of(total, rigorous=True)
    return cox_interval(logs, confidence)
