"""What is measured of a ReLU network at one step of its training, on each sphere.

The error rate is counted; where fewer than ``FEWEST_ERRORS`` errors were seen it is estimated by splitting as well,
whose interval is not rigorous; the narrower of both intervals stands in the record as that of the error rate.
Distances are those of an attack: each is an upper bound on the true one.

Notation: n points are attacked, x_i their distances found (the largest possible one, 2, where the attack failed) and
t_i <= x_i the true ones, in units of the radius. With probability 1 - delta the true mean is at most mean(t) + w, w the
Lipschitz width [Led2001], and so at most mean(x) + w; a second upper limit is that of the mean of x [MP2009]. The lower
limit given here is that of the mean of x: the true mean may lie below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ...theory.basics.arguments import Progress
from ...theory.basics.errors import AccuracyError
from ...theory.basics.log_probability import LogProbability
from ...theory.basics.validation import Sphere
from ...theory.spaces.isoperimetry import mean_distance_bound
from ..distances.attacked import measure_model_distances
from ..distances.measurement import Measurement
from ..distances.sample import sample_of
from ..error_rates.pilot import SplittingBudget
from ..error_rates.splitting import splitting_error_rate
from ..networks.relu import ReluNetwork
from ..statistics.intervals import lipschitz_width, share_of_budget
from ..training.log import SPHERES
from .values import LN10

FEWEST_ERRORS = 100
"""Where Monte Carlo saw fewer, rare events are simulated."""

EXACT, MONTE_CARLO, RARE_EVENT, NONE_SEEN = range(4)
"""How an error rate is known, as records say it; RARE_EVENT: the interval is not rigorous; NONE_SEEN: only the upper
limit is known, the estimate is NaN and the lower limit -inf."""

NAN = float("nan")


@dataclass(frozen=True)
class MeasurementBudget:
    """How much to measure.

    Parameters
    ----------
    outer_radius
        R > 1.
    monte_carlo_samples, attack_points
        Points a sphere on which errors are counted, and from which errors are searched (at least 2).
    rare_event_runs, rare_event_particles, rare_event_levels
        Splitting, see :class:`~.error_rates.pilot.SplittingBudget`; 0 runs: never.
    confidence
        Of what is said of one sphere at one step: a third of the error budget each for the error rate, for the mean of
        the attack's distances, and for the Lipschitz limit on the true mean.
    seed
        Same seed, same numbers.
    """

    outer_radius: float
    monte_carlo_samples: int
    attack_points: int
    rare_event_runs: int
    rare_event_particles: int
    rare_event_levels: int
    confidence: float
    seed: int

    @property
    def delta(self) -> float:
        """Probability that one of the three statements is wrong."""
        return 1.0 - share_of_budget(self.confidence, 3)

    def splitting(self) -> SplittingBudget:
        """The budget of splitting, where it is wanted."""
        return SplittingBudget(
            particles=self.rare_event_particles, runs=self.rare_event_runs, max_levels=self.rare_event_levels
        )


Row: TypeAlias = dict[str, float | tuple[float, ...]]
"""Numbers of one step by name: one, or one for each sphere."""


def measure_network(network: ReluNetwork, budget: MeasurementBudget, say: Progress) -> Row:
    """All numbers of one step, one row of the arrays that :class:`~.runs.trained.ReluRun` describes."""
    sides = [_measure_sphere(network, sphere, budget, say) for sphere in SPHERES]
    return {name: tuple(side[name] for side in sides) for name in sides[0]}


def _measure_sphere(network: ReluNetwork, sphere: Sphere, budget: MeasurementBudget, say: Progress) -> dict[str, float]:
    measured = measure_model_distances(
        network,
        network.dim,
        sphere,
        outer_radius=budget.outer_radius,
        samples=budget.attack_points,
        counted_samples=budget.monte_carlo_samples,
        seed=budget.seed,
        confidence=1.0 - 2.0 * budget.delta,
        progress=lambda done, total: say(f"attack, {sphere} sphere", done, total, ""),
    )
    rare = _rare_event(network, sphere, measured, budget, say)
    rate = _error_rate(measured, rare)
    return {**rate, **rare, **_counted(measured), **_distances(measured, budget), **_bounds(rate, network.dim)}


def _counted(measured: Measurement) -> dict[str, float]:
    interval = measured.counted.interval
    return {
        "monte_carlo_estimate": measured.counted.estimate,
        "monte_carlo_low": interval.low,
        "monte_carlo_high": interval.high,
        "monte_carlo_errors": float(measured.counted.errors),
    }


def _rare_event(
    network: ReluNetwork, sphere: Sphere, measured: Measurement, budget: MeasurementBudget, say: Progress
) -> dict[str, float]:
    """Splitting where too few errors were counted; NaN where it was not asked for or has not reached the error set."""
    names = ("log10_rare_event", "log10_rare_event_low", "log10_rare_event_high")
    if budget.rare_event_runs == 0 or measured.counted.errors >= FEWEST_ERRORS:
        return dict.fromkeys(names, NAN)
    try:
        found = splitting_error_rate(
            network,
            network.dim,
            sphere,
            outer_radius=budget.outer_radius,
            budget=budget.splitting(),
            seed=budget.seed,
            confidence=1.0 - budget.delta,
            progress=say,
        )
    except AccuracyError:  # the error set was not reached, or too few particles got there
        return dict.fromkeys(names, NAN)
    ends = (float(found.probability.log10), found.interval.log10_low, found.interval.log10_high)
    return dict(zip(names, ends, strict=True))


def _error_rate(measured: Measurement, rare: dict[str, float]) -> dict[str, float]:
    """The best that is known of the error rate, and how: of two intervals the one that is narrower in the logarithm."""
    interval, estimate = measured.counted.interval, measured.counted.estimate
    method = MONTE_CARLO if estimate > 0.0 else NONE_SEEN
    ends = (_log10(estimate) if estimate > 0.0 else NAN, _log10(interval.low), _log10(interval.high))
    splitting = (rare["log10_rare_event"], rare["log10_rare_event_low"], rare["log10_rare_event_high"])
    if np.isfinite(splitting[0]) and splitting[2] - splitting[1] < ends[2] - ends[1]:
        method, ends = RARE_EVENT, splitting
    names = ("log10_error_rate", "log10_error_rate_low", "log10_error_rate_high")
    return {**dict(zip(names, ends, strict=True)), "error_rate_method": float(method)}


def _log10(rate: float) -> float:
    return float(np.log10(rate)) if rate > 0.0 else -np.inf


def _distances(measured: Measurement, budget: MeasurementBudget) -> dict[str, float]:
    if measured.found is None:
        raise TypeError("a ReLU network was taken for a quadratic one")
    radius, sample = measured.radius, sample_of(measured.found)
    own = sample.own_width((1.0 - measured.each) / 2.0)  # both sides
    width = min(own, lipschitz_width(sample.count, measured.problem.dim, budget.delta, radius=radius))
    return {
        "mean_distance": sample.mean / radius,
        "mean_distance_low": max(sample.mean - own, 0.0) / radius,
        "mean_distance_high": min(sample.mean + width, sample.largest) / radius,
        "failed_attacks": float(measured.failed_attacks),
    }


def _bounds(rate: dict[str, float], dim: int) -> dict[str, float]:
    """The isoperimetric bound at the error rate, and at the ends of its interval: a smaller rate has a larger bound."""
    return {
        "bound": _bound(rate["log10_error_rate"], dim),
        "bound_low": _bound(rate["log10_error_rate_high"], dim),
        "bound_high": _bound(rate["log10_error_rate_low"], dim),
    }


def _bound(log10_rate: float, dim: int) -> float:
    """On the mean Euclidean distance / radius; NaN where the error rate is not known, or not above 0."""
    if not np.isfinite(log10_rate):
        return NAN
    return float(mean_distance_bound(LogProbability.from_log(min(log10_rate * LN10, 0.0)), dim, metric="euclidean"))


def columns(rows: list[Row]) -> dict[str, Any]:
    """Rows as arrays, (n,) or (2, n), the counts and methods among them as integers."""
    arrays = {name: np.ascontiguousarray(np.array([row[name] for row in rows]).T) for name in rows[0]}
    whole = ("error_rate_method", "failed_attacks", "monte_carlo_errors")
    return {name: array.astype(np.int64) if name in whole else array for name, array in arrays.items()}
