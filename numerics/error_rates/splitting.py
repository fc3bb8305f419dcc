"""Error rates too small to count, for any model with logits: multilevel splitting in a space that has moves.

The error set {score > 0} is reached through nested sets {score > L_1}, ..., {score > L_m = 0}, and its measure is the
product of conditional measures, none of them small ([AB2001], [CG2007]). A pilot run with randomness of its own
chooses the levels and the steps of the walk. The estimating runs take both as given, which makes the estimate of each
run unbiased ([DM2004], for fixed levels and any walk that leaves the law of the random points on each set unchanged),
and the runs are independent of each other. Walks are those of spheres and of Gaussian noise
(:mod:`.error_rates.moves`).

The interval over the runs is **not rigorous**: an error set that no walk has found is missed without a trace, however
many runs agree. It never decides a verdict alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...theory.basics.arguments import Progress, check_instance, check_progress
from ...theory.basics.by_value import ByValue
from ...theory.basics.errors import AccuracyError, InvalidArgumentError
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.sphere import ties_are_errors
from ...theory.basics.validation import FloatArray, Sphere
from ..models.checked import AnyModel
from ..models.problem import Problem, two_spheres
from ..models.sanity import examine
from ..sampling.blas import blas_threads
from ..sampling.blocks import check_workers, map_blocks
from ..sampling.points import block_generator
from ..sampling.streams import PILOT_KEY, RUN_KEY, SPHERE_KEY
from ..statistics.intervals import check_confidence, clopper_pearson_interval
from ..statistics.log_intervals import LogInterval, cox_interval, log_mean_exp
from .pilot import SplittingBudget, SplittingPlan, pilot
from .walkers import Walkers

__all__ = [
    "SplittingErrorRate",
    "plan_splitting",
    "run_splitting",
    "splitting_error_rate",
]


@dataclass(frozen=True, eq=False)
class SplittingErrorRate(ByValue):
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
    model: AnyModel | Problem,
    dim: int | None = None,
    sphere: Sphere | None = None,
    *,
    outer_radius: float | None = None,
    budget: SplittingBudget | None = None,
    seed: int,
    confidence: float = 0.99,
    workers: int = 1,
    progress: Progress | None = None,
) -> SplittingErrorRate:
    """Error rate of any model on one sphere, or of a problem, however small, by multilevel splitting.

    Source: [AB2001], [CG2007]; fixed levels from an independent pilot.

    Parameters
    ----------
    model
        Called with float64 arrays of shape (n, dim), n <= 256, from several threads where ``workers`` > 1. Or a
        :class:`~.models.problem.Problem`, from :func:`~.models.around.around`, say, on a sphere or in Gaussian noise
        of any covariance: it says what the three next arguments say of a model.
    dim
        Ambient dimension, >= 2.
    sphere
        "inner" (radius 1) or "outer" (radius ``outer_radius``).
    outer_radius
        Default 1.3.
    budget
        Particles, runs, steps; see :class:`~.error_rates.pilot.SplittingBudget`.
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
    InvalidArgumentError
        A model of labels alone, or a space in which no moves are known.
    ErrorSetNotReachedError
        The levels stall or there are too many of them. An error rate of 0 is never claimed.
    AccuracyError
        A run has lost all its particles; more are needed.

    Examples
    --------
    >>> from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
    >>> from adversarial_spheres.theory.quadratic.error_rate import exact_error_rate
    >>> model = QuadraticClassifier.from_alphas([1.1] * 5 + [0.5] * 25)
    >>> found = splitting_error_rate(model, 30, "inner", budget=SplittingBudget(200, 8, 5), seed=1)
    >>> bool(exact_error_rate(model, "inner", 1.3).log in found.interval), found.interval.rigorous
    (True, False)
    >>> from adversarial_spheres import around
    >>> near = around(lambda points: points, [7.0, -7.0], label=0, noise=1.4142)  # an error is x < y: Phi(-7)
    >>> round(float(splitting_error_rate(near, seed=0).probability.log10), 1)
    -11.9
    """
    limits = _limits(budget)
    check_confidence(confidence)
    check_workers(workers)
    check_progress(progress)
    problem = _asked(model, dim, sphere, outer_radius)
    plan = plan_splitting(problem, budget=limits, seed=seed, progress=progress)
    return run_splitting(
        problem,
        None,
        None,
        plan,
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
    model: AnyModel | Problem,
    dim: int | None = None,
    sphere: Sphere | None = None,
    *,
    outer_radius: float | None = None,
    budget: SplittingBudget | None = None,
    seed: int,
    progress: Progress | None = None,
) -> SplittingPlan:
    """Choose levels and steps by an adaptive pilot run, whose points are then thrown away.

    Parameters, errors and determinism as in :func:`splitting_error_rate`. Each level is an order statistic of the
    scores, so that a strictly increasing function of the logit that keeps 0 in place gives the same sets.
    """
    problem = _asked(model, dim, sphere, outer_radius)
    limits = _limits(budget)

    rng = block_generator(seed, PILOT_KEY, SPHERE_KEY[problem.sphere])
    with blas_threads(1):  # as in the runs: the bits of a matrix product may depend on it
        return pilot(Walkers(problem, limits.particles, rng), limits, problem, progress)


def run_splitting(
    model: AnyModel | Problem,
    dim: int | None,
    sphere: Sphere | None,
    plan: SplittingPlan,
    *,
    outer_radius: float | None = None,
    budget: SplittingBudget | None = None,
    seed: int,
    confidence: float = 0.99,
    workers: int = 1,
    progress: Progress | None = None,
) -> SplittingErrorRate:
    """Estimate with a given plan, which must not depend on the randomness of these runs.

    Parameters, result and errors as in :func:`splitting_error_rate`.
    """
    problem = _asked(model, dim, sphere, outer_radius)
    limits = _limits(budget)
    level = check_confidence(confidence)

    def run(index: int, _size: int) -> tuple[FloatArray, FloatArray]:
        rng = block_generator(seed, RUN_KEY, SPHERE_KEY[problem.sphere], index)
        return _run(Walkers(problem, limits.particles, rng), plan, limits.steps)

    survivors, acceptance = [], []
    for done, (counts, accepted) in enumerate(map_blocks(run, limits.runs, 1, workers=workers), start=1):
        survivors.append(counts)
        acceptance.append(accepted)
        if progress is not None:
            progress(f"splitting, {problem.place}", done, limits.runs, f"{len(plan.levels)} levels")
    counts = np.array(survivors)
    with np.errstate(divide="ignore"):
        logs = np.log(counts / limits.particles).sum(axis=1)
    _check_alive(logs)
    interval = _interval(counts, logs, limits.particles, level)
    return SplittingErrorRate(logs, interval, plan, np.mean(acceptance, axis=0))


def _asked(model: Any, dim: int | None, sphere: Sphere | None, outer_radius: float | None) -> Problem:
    """What is asked, as a problem whose model has been questioned."""
    if isinstance(model, Problem):
        problem, given = model, {"dim": dim, "sphere": sphere, "outer_radius": outer_radius}
        for name, value in given.items():
            if value is not None:
                raise InvalidArgumentError(name, value, "left out: the problem says it")
    else:
        both = two_spheres(model, dim, 1.3 if outer_radius is None else outer_radius)  # type: ignore[arg-type]
        problem = both[ties_are_errors(sphere)]  # type: ignore[arg-type]
    if not problem.model.returns_logits:
        raise InvalidArgumentError("model", type(model).__name__, "a model with logits: labels have no levels to climb")
    examine(problem.model, problem.dim, problem.sphere, problem.typical_norm, problem.probes)
    return problem


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
