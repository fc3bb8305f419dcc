"""What counting, an attack and geometry say of a problem: any classifier on a sphere, or in Gaussian noise.

The error rate is counted, with an interval [CP1934]. From its lower limit the space bounds the true mean distance to
the nearest error, whatever the classifier. An attack's distances are upper bounds of the true ones, point by point; a
true distance is a 1-Lipschitz function of the point, so that the mean of n of them falls short of its expectation by
sqrt(2 C log(1/delta) / n) with probability at most delta, C the concentration of the space [Led2001]. So the attack's
mean plus that width bounds the true mean, too. Nothing here bounds a distance from below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...theory.basics.arguments import check_instance, check_progress
from ...theory.basics.by_value import ByValue
from ..attacks.attack import NearErrors, attack_problem_block, block_rows, check_attackable, joined
from ..attacks.settings import DEFAULT_SETTINGS, AttackSettings
from ..error_rates.counting import MonteCarloErrorRate, count_errors
from ..models.problem import Problem
from ..sampling.blocks import map_blocks
from ..sampling.points import block_generator, check_seed
from ..sampling.streams import PROBLEM_KEY
from ..statistics.intervals import check_samples, concentration_width, share_of_budget
from .attacked import COUNTED_FOR_EACH_ATTACKED


@dataclass(frozen=True, eq=False)
class ProblemMeasurement(ByValue):
    """A counted error rate, an attack's distances, and what the space makes of them.

    Parameters
    ----------
    problem
        What was measured.
    counted
        The error rate by counting.
    found
        The attack's distances near other random points.
    confidence
        Of the interval of the error rate and of ``mean_high`` and ``bound``, all together.

    Examples
    --------
    >>> from adversarial_spheres import around, measure_problem
    >>> problem = around(lambda points: points, [3.0, 0.0], label=0, noise=1.0)  # half-planes attain the bound
    >>> measured = measure_problem(problem, samples=200, seed=0)
    >>> measured.mean < measured.bound, round(float(measured.bound_at_estimate), 2)
    (True, 2.12)
    """

    problem: Problem
    counted: MonteCarloErrorRate
    found: NearErrors
    confidence: float

    @property
    def some_errors(self) -> bool:
        """Whether any error was counted or found: else there may be none, and nothing limits a distance."""
        return self.counted.errors > 0 or self.found.failed < len(self.found.succeeded)

    @property
    def mean(self) -> float:
        """Mean of the attack's distances; failed attacks count with the largest distance, +inf in noise.

        +inf where neither the attack nor counting knows of an error.
        """
        return float(np.mean(self.found.distance_upper)) if self.some_errors else np.inf

    @property
    def width(self) -> float:
        """How far the mean of so many true distances may be from its expectation, on one side."""
        delta = 1.0 - share_of_budget(self.confidence, 2)
        return concentration_width(len(self.found.distance_upper), self.problem.space.concentration, delta)

    @property
    def mean_high(self) -> float:
        """Upper limit of the true mean distance, from the attack; at most the largest distance, if errors are known."""
        return min(self.mean + self.width, self.problem.space.largest_distance) if self.some_errors else np.inf

    @property
    def bound(self) -> float:
        """Upper limit of the true mean distance, from the error rate's lower limit; +inf where that is 0."""
        return float(self.problem.space.mean_distance_bound(self.counted.interval.low))

    @property
    def bound_at_estimate(self) -> float:
        """An estimate: the bound at the share of errors that was counted; +inf where none was."""
        return float(self.problem.space.mean_distance_bound(self.counted.estimate))


def measure_problem(
    problem: Problem,
    *,
    samples: int,
    seed: int,
    confidence: float = 0.99,
    counted_samples: int | None = None,
    settings: AttackSettings = DEFAULT_SETTINGS,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> ProblemMeasurement:
    """Count the errors of a problem, and attack random points of it.

    Parameters
    ----------
    problem
        From :func:`~.models.around.around` or :func:`~.models.problem.two_spheres`, say; its model is called from
        several threads where ``workers`` > 1.
    samples
        Points that are attacked.
    seed
        Same seed, same numbers, whatever the number of workers.
    confidence
        Of all limits together: half of the error budget each for the error rate and for the distances.
    counted_samples
        Points on which errors are counted; default 20 times ``samples``.
    settings
        How hard the attack tries.
    progress
        Called with the points attacked so far and their number.

    Returns
    -------
    ProblemMeasurement
        **Guarantee**: distances are upper bounds, each at an error that the model was asked about; the limits hold
        with the stated confidence.

    Raises
    ------
    ModelError
        The model's answers are no answers, or depend on chance or on the other points of a batch.

    Examples
    --------
    >>> from adversarial_spheres import around
    >>> problem = around(lambda points: points, [3.0, 0.0], label=0, radius=4.0)
    >>> measured = measure_problem(problem, samples=50, seed=0)
    >>> measured.found.failed, measured.mean < measured.bound
    (0, True)
    """
    check_instance("problem", problem, Problem, "a Problem")
    check_attackable(problem, "problem")
    check_instance("settings", settings, AttackSettings, "AttackSettings")
    check_progress(progress)
    check_seed(seed)
    n, half = check_samples(samples), share_of_budget(confidence, 2)
    counting = COUNTED_FOR_EACH_ATTACKED * n if counted_samples is None else counted_samples
    counted = count_errors(problem, samples=counting, seed=seed, confidence=half, workers=workers)

    def attack_one(block: int, size: int) -> NearErrors:
        rng = block_generator(seed, PROBLEM_KEY, block)
        return attack_problem_block(problem, problem.sample(size, rng), settings, rng)

    parts, done = list[NearErrors](), 0
    for part in map_blocks(attack_one, n, block_rows(problem.dim), workers=workers):
        parts.append(part)
        done += len(part.succeeded)
        if progress is not None:
            progress(done, n)
    return ProblemMeasurement(problem, counted, joined(parts), confidence)
