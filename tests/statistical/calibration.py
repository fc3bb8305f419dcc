"""Do verdicts keep their promise? Thousands of simulated checks whose truth is known, counted.

    python tests/statistical/calibration.py [CHECKS]

Errors are spherical caps, where the isoperimetric bound is attained, so that a claim AT the bound is just true and one
beyond it just false; the cosine of the angle from a uniform point to the pole of the cap is drawn directly. Each row
counts refutations in many independent simulated checks:

false alarms
    the claim is true, right at the boundary; the rate must be at most 1 - confidence;
power
    the claim is false by a margin, with a sample size and a power that were fixed beforehand; the rate must be at
    least the power. A bound that is 10% too small and a weak attack are among them.

A row passes unless a one-sided binomial test rejects it at level 1e-6.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc

from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.numerics.sampling.streams import CALIBRATION_KEY
from adversarial_spheres.numerics.statistics.sequences import beta_binomial_limits
from adversarial_spheres.numerics.verdicts.claims import (
    AttackClaim,
    Claim,
    ErrorRateClaim,
    MeanDistanceClaim,
    QuantileDistanceClaim,
    RobustAccuracyClaim,
)
from adversarial_spheres.numerics.verdicts.engine import decide
from adversarial_spheres.numerics.verdicts.evidence import AttackDistances, ErrorCounts, Evidence, ExactDistances
from adversarial_spheres.theory.basics.validation import FloatArray
from adversarial_spheres.theory.caps.cap import cap_of_measure
from adversarial_spheres.theory.spaces.isoperimetry import (
    max_robust_accuracy,
    mean_distance_bound,
    quantile_distance_bound,
)
from adversarial_spheres.theory.spaces.sphere import Sphere

LEVEL = 1e-6
DIM = 100
ERROR_RATE = 0.01
EPSILON = 0.2
_PEEKING = 10**6
_METRIC: Literal["geodesic"] = "geodesic"


@dataclass(frozen=True)
class CalibrationRow:
    """How often one kind of check refuted.

    Parameters
    ----------
    name
        What was checked.
    kind
        "false alarms" or "power".
    checks, refuted
        Number of simulated checks, and how many of them were refuted.
    promised
        Largest (false alarms) or smallest (power) rate of refutations that is promised.
    p_value
        Probability of so many (so few) refutations at exactly the promised rate.
    """

    name: str
    kind: Literal["false alarms", "power"]
    checks: int
    refuted: int
    promised: float
    p_value: float

    @property
    def passes(self) -> bool:
        """Whether the promise stands at level 1e-6."""
        return self.p_value >= LEVEL


@dataclass(frozen=True)
class Simulation:
    """One kind of check: a claim, and evidence drawn anew for each of many checks.

    ``evidence(checks, rng)`` gives pairs of evidence and the number of checks in which it came up: of counts of errors
    there are few different ones.
    """

    name: str
    claim: Claim
    evidence: Callable[[int, np.random.Generator], Iterator[tuple[Evidence, int]]]
    power: float | None = None

    def refutations(self, checks: int, rng: np.random.Generator, confidence: float) -> int:
        """How many of the simulated checks are refuted."""
        return sum(
            times
            for evidence, times in self.evidence(checks, rng)
            if decide(self.claim, evidence, confidence, plan=False).verdict == "refuted"
        )


def calibrate(checks: int = 10_000, *, seed: int = 0, confidence: float = 0.99) -> list[CalibrationRow]:
    """Simulate checks of every kind and count refutations.

    Parameters
    ----------
    checks
        Simulated checks for each row of false alarms; a tenth of it for each row of power.
    seed
        Same seed, same numbers.
    confidence
        Of each check.

    Returns
    -------
    list of CalibrationRow
    """
    rows = []
    for index, simulation in enumerate([*true_claims(), *false_claims()]):
        rng = block_generator(seed, CALIBRATION_KEY, index)
        count = checks if simulation.power is None else max(1, checks // 10)
        refuted = simulation.refutations(count, rng, confidence)
        rows.append(calibration_row(simulation.name, count, refuted, confidence, simulation.power))
    return [*rows, peeking_row(beta_binomial_limits, checks, seed=seed, confidence=confidence)]


def peeking_row(
    limits: Callable[[NDArray[np.int64], NDArray[np.int64], float], tuple[FloatArray, FloatArray]],
    checks: int,
    *,
    seed: int = 0,
    confidence: float = 0.99,
    batch: int = 200,
    looks: int = 100,
) -> CalibrationRow:
    """False alarms of somebody who looks after every batch and stops when a true claim seems refuted.

    The claim is that the error rate is what it is; refuted is it by either limit, each at half of the error budget.
    Limits for a sample of fixed size (Clopper-Pearson) fail here, those of a confidence sequence do not.
    """
    rng = block_generator(seed, CALIBRATION_KEY, _PEEKING)
    sizes = batch * np.arange(1, looks + 1)
    low, high = limits(peeking_counts(checks, rng, sizes), sizes, (1.0 - confidence) / 2.0)
    refuted = int(np.count_nonzero(np.any((low > ERROR_RATE) | (high < ERROR_RATE), axis=1)))
    return calibration_row(f"error rate, {looks} looks", checks, refuted, confidence, None)


def calibration_row(name: str, checks: int, refuted: int, confidence: float, power: float | None) -> CalibrationRow:
    """One row, with its one-sided binomial test."""
    if power is None:
        delta = 1.0 - confidence
        p_value = float(bdtrc(refuted - 1, checks, delta)) if refuted else 1.0
        return CalibrationRow(name, "false alarms", checks, refuted, delta, p_value)
    return CalibrationRow(name, "power", checks, refuted, power, float(bdtr(refuted, checks, power)))


def true_claims() -> list[Simulation]:
    """Claims that are true right at the boundary, about a cap of measure 0.01."""
    mean, median = _mean_bound(), float(quantile_distance_bound(0.5, ERROR_RATE, DIM, metric=_METRIC))
    robust = float(max_robust_accuracy(ERROR_RATE, DIM, EPSILON, metric=_METRIC))
    return [
        Simulation("error rate at most, from counts", ErrorRateClaim(ERROR_RATE), _counts(2000)),
        Simulation("error rate at least, from counts", ErrorRateClaim(ERROR_RATE, "at least"), _counts(2000)),
        Simulation("error rate at most, anytime limits", ErrorRateClaim(ERROR_RATE), _counts(2000, anytime=True)),
        Simulation("mean distance at least, from counts", MeanDistanceClaim(mean), _counts(2000)),
        Simulation("mean distance at least, exact", MeanDistanceClaim(mean), _exact(100)),
        Simulation("mean distance at most, exact", MeanDistanceClaim(mean, "at most"), _exact(100)),
        Simulation("mean distance at least, counts and attack", MeanDistanceClaim(mean), _attacked(100, 1.0, 0.0)),
        Simulation("median distance at least, exact", QuantileDistanceClaim(0.5, median), _exact(100)),
        Simulation("median distance at most, exact", QuantileDistanceClaim(0.5, median, "at most"), _exact(100)),
        Simulation("robust accuracy at least, exact", RobustAccuracyClaim(robust, EPSILON), _exact(100)),
        Simulation("robust accuracy at least, from counts", RobustAccuracyClaim(robust, EPSILON), _counts(2000)),
        Simulation("an attack that finds the nearest errors", AttackClaim(), _attacked(100, 1.0, 0.0)),
    ]


def false_claims() -> list[Simulation]:
    """Claims that are false by a margin; sample sizes and powers were fixed before any simulation."""
    mean = _mean_bound()
    return [
        Simulation("error rate twice as large as claimed", ErrorRateClaim(ERROR_RATE / 2), _counts(5000), 0.95),
        Simulation("mean distance 10% above the bound, exact", MeanDistanceClaim(1.1 * mean), _exact(1500), 0.99),
        Simulation(
            "mean distance 30% above the bound, from counts", MeanDistanceClaim(1.3 * mean), _counts(5000), 0.99
        ),
        Simulation("a bound that is 10% too small", MeanDistanceClaim(0.9 * mean, "at most"), _exact(1500), 0.99),
        Simulation("an attack 60% too long, one of fifty failed", AttackClaim(), _attacked(2000, 1.6, 0.02), 0.99),
    ]


def cap_angles(shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Angles from uniform points to the cap of measure 0.01: (theta - phi)+."""
    # The square of a coordinate of a uniform point is Beta(1/2, (d-1)/2) distributed.
    height = np.sqrt(rng.beta(0.5, 0.5 * (DIM - 1), shape)) * rng.choice((-1.0, 1.0), shape)
    return np.maximum(np.arccos(height) - _CAP_ANGLE, 0.0)


def peeking_counts(checks: int, rng: np.random.Generator, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers of errors at each look (after ``sizes`` points) of many checks, shape (checks, looks)."""
    steps = np.diff(np.concatenate([[0], sizes]))
    counts: NDArray[np.int64] = np.cumsum(rng.binomial(steps, ERROR_RATE, size=(checks, len(sizes))), axis=1)
    return counts


def _counts(samples: int, *, anytime: bool = False) -> Callable[..., Iterator[tuple[Evidence, int]]]:
    def draw(checks: int, rng: np.random.Generator) -> Iterator[tuple[Evidence, int]]:
        errors, times = np.unique(rng.binomial(samples, ERROR_RATE, checks), return_counts=True)
        for count, number in zip(errors, times, strict=True):
            yield _evidence(ErrorCounts(int(count), samples, anytime)), int(number)

    return draw


def _exact(samples: int) -> Callable[..., Iterator[tuple[Evidence, int]]]:
    def draw(checks: int, rng: np.random.Generator) -> Iterator[tuple[Evidence, int]]:
        for _ in range(checks):
            angles = cap_angles((samples,), rng)
            yield _evidence(None, ExactDistances(angles, angles)), 1

    return draw


def _attacked(samples: int, factor: float, failing: float) -> Callable[..., Iterator[tuple[Evidence, int]]]:
    def draw(checks: int, rng: np.random.Generator) -> Iterator[tuple[Evidence, int]]:
        for count in rng.binomial(10 * samples, ERROR_RATE, checks):
            angles = np.minimum(cap_angles((samples,), rng) * factor, np.pi)
            found = AttackDistances(angles, rng.random(samples) >= failing)
            yield _evidence(ErrorCounts(int(count), 10 * samples), found), 1

    return draw


def _evidence(counts: ErrorCounts | None, *distances: ExactDistances | AttackDistances) -> Evidence:
    return Evidence(Sphere(DIM, metric=_METRIC), error_rate=counts, distances=distances)


def _mean_bound() -> float:
    return float(mean_distance_bound(ERROR_RATE, DIM, metric=_METRIC))


_CAP_ANGLE = float(cap_of_measure(ERROR_RATE, DIM).angle)


def main() -> None:
    """Print the report."""
    checks = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"{'simulated claim':64s} {'kind':13s} {'refuted':>8s} {'of':>7s} {'promised rate':>14s} {'p-value':>9s}")
    for row in calibrate(checks, seed=1):
        at = "<=" if row.kind == "false alarms" else ">="
        promise = f"{at} {row.promised:g}"
        print(f"{row.name:64s} {row.kind:13s} {row.refuted:8d} {row.checks:7d} {promise:>14s} {row.p_value:9.2g}")


if __name__ == "__main__":
    main()
