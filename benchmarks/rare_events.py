"""Rare error rates: splitting and importance sampling against the exact value, over many seeds.

    python -m benchmarks.rare_events [--seeds 200] [--dim 100] [--log10 -6 -20] [--particles 500] [--steps 5]

For each depth: how many of the intervals hold the exact error rate, the mean of the estimates against it in standard
errors, and the seconds an estimate takes. At a confidence of 95% a right interval covers 190 of 200.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from adversarial_spheres.numerics.error_rates.importance import importance_error_rate
from adversarial_spheres.numerics.error_rates.pilot import SplittingBudget
from adversarial_spheres.numerics.error_rates.splitting import splitting_error_rate
from adversarial_spheres.numerics.statistics.log_intervals import LogInterval
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier
from adversarial_spheres.theory.quadratic.error_rate import exact_error_rate

RADIUS = 1.3


@dataclass(frozen=True)
class Study:
    """Estimates over seeds: logarithms, and whether each interval holds the exact value."""

    ratios: np.ndarray
    covered: np.ndarray
    seconds: float

    def row(self, name: str) -> str:
        """One line of the table."""
        mean, error = self.ratios.mean(), self.ratios.std(ddof=1) / np.sqrt(len(self.ratios))
        return (
            f"{name:44} {self.covered.sum():4d} of {len(self.covered):4d}  {mean:7.4f} +- {error:6.4f}  "
            f"{(mean - 1) / error:+5.2f}  {self.ratios.std(ddof=1):7.4f}  {self.seconds / len(self.ratios):8.3f}"
        )


def classifier_of_rate(dim: int, log10_rate: float) -> tuple[QuadraticClassifier, float]:
    """A classifier whose inner error rate is about 10^log10_rate, with the exact logarithm; one alpha in five errs."""

    def build(log_alpha: float) -> QuadraticClassifier:
        wrong = max(1, dim // 5)
        return QuadraticClassifier.from_alphas(np.repeat([np.exp(log_alpha), 0.8], [wrong, dim - wrong]))

    def excess(log_alpha: float) -> float:
        return float(exact_error_rate(build(log_alpha), "inner", RADIUS).log10) - log10_rate

    model = build(brentq(excess, 1e-9, np.log(50.0), xtol=1e-6))
    return model, float(exact_error_rate(model, "inner", RADIUS).log)


def study(estimate: Callable[[int], tuple[float, LogInterval]], exact: float, seeds: int) -> Study:
    """Run an estimator with the seeds 0, 1, ..."""
    start = time.perf_counter()
    found = [estimate(seed) for seed in range(seeds)]
    seconds = time.perf_counter() - start
    ratios = np.exp(np.array([log for log, _ in found]) - exact)
    return Study(ratios, np.array([exact in interval for _, interval in found]), seconds)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--log10", type=float, nargs="+", default=[-6.0, -20.0])
    parser.add_argument("--particles", type=int, default=500)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--samples", type=int, default=5000)
    parser.add_argument("--confidence", type=float, default=0.95)
    given = parser.parse_args()
    budget = SplittingBudget(given.particles, given.runs, given.steps)
    print(f"d = {given.dim}, {given.confidence:.0%} intervals, {budget}, {given.samples} tilted directions")
    print(f"{'':44} {'covered':>12}  {'mean / exact':>17}  {'sigma':>5}  {'spread':>7}  {'seconds':>8}")
    for depth in given.log10:
        model, exact = classifier_of_rate(given.dim, depth)
        for name, estimate in estimators(model, given, budget).items():
            print(study(estimate, exact, given.seeds).row(f"1e{depth:g} {name}"), flush=True)


def estimators(
    model: QuadraticClassifier, given: argparse.Namespace, budget: SplittingBudget
) -> dict[str, Callable[[int], tuple[float, LogInterval]]]:
    """The methods: seed to (log of the estimate, interval)."""

    def splitting(seed: int) -> tuple[float, LogInterval]:
        found = splitting_error_rate(model, given.dim, "inner", budget=budget, seed=seed, confidence=given.confidence)
        return float(found.probability.log), found.interval

    def importance(seed: int) -> tuple[float, LogInterval]:
        found = importance_error_rate(
            model, "inner", RADIUS, samples=given.samples, seed=seed, confidence=given.confidence
        )
        return float(found.probability.log), found.interval

    def importance_normal(seed: int) -> tuple[float, LogInterval]:
        found = importance_error_rate(
            model, "inner", RADIUS, samples=given.samples, seed=seed, confidence=given.confidence
        )
        return float(found.probability.log), found.normal_interval

    return {
        "splitting, Cox": splitting,
        "importance, empirical Bernstein": importance,
        "importance, central limit": importance_normal,
    }


if __name__ == "__main__":
    main()
