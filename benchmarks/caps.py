"""Speed of the caps: heights from log-measures, log-measures from heights, mean distances.

    python -m benchmarks.caps

The peer is SciPy's (inverse) regularised incomplete beta function, the only vectorised way in common use. It works on
the measure, not on its logarithm: beyond log-measure -745 it has no answer, so it is timed within its domain.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy import special

from adversarial_spheres.theory.caps import cap_log_measure, cap_of_measure
from adversarial_spheres.theory.isoperimetry import max_error_rate, mean_distance_bound
from adversarial_spheres.theory.log_probability import LogProbability

COUNT = 1_000_000
LIMIT_SECONDS = 2.0
DIMS = (2, 30, 500, 10**6, 10**9)
REPEATS = 3


def best_time(call: Callable[[], object], repeats: int = REPEATS) -> float:
    """Least wall time of some calls, seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def peer_heights(log_p: np.ndarray, dim: int) -> np.ndarray:
    """Heights by SciPy: I_x((d-1)/2, 1/2) = 2 p for x = 1 - h^2."""
    return np.sqrt(special.betainccinv(0.5, (dim - 1) / 2, 2.0 * np.exp(log_p)))


def rows() -> list[tuple[str, float, str, float]]:
    """What is measured, our seconds, against what, its seconds."""
    rng = np.random.default_rng(2018)
    far = -np.exp(rng.uniform(np.log(0.7), np.log(1e6), COUNT))
    near = -rng.uniform(0.7, 600.0, COUNT)
    table = []
    for dim in DIMS:
        ours = best_time(lambda dim=dim: cap_of_measure(LogProbability.from_log(far), dim))  # type: ignore[misc]
        table.append((f"10^6 heights, log-measure to -10^6, d = {dim:.3g}", ours, "limit", LIMIT_SECONDS))
    mixed = rng.choice(np.array(DIMS), COUNT)
    ours = best_time(lambda: cap_of_measure(LogProbability.from_log(far), mixed))
    table.append(("10^6 heights, dimensions mixed", ours, "limit", LIMIT_SECONDS))
    small = near[: COUNT // 100]
    for dim in (30, 500):
        ours = best_time(lambda dim=dim: cap_of_measure(LogProbability.from_log(small), dim))  # type: ignore[misc]
        peer = best_time(lambda dim=dim: peer_heights(small, dim), 1)  # type: ignore[misc]
        table.append((f"10^4 heights, log-measure to -600, d = {dim}", ours, "SciPy betainccinv", peer))
    heights = rng.uniform(-0.9, 0.9, COUNT)
    ours = best_time(lambda: cap_log_measure(heights, 500))
    peer = best_time(lambda: special.betainc(249.5, 0.5, 1.0 - heights**2), 1)
    table.append(("10^6 log-measures, d = 500", ours, "SciPy betainc", peer))
    part = far[: COUNT // 10]
    ours = best_time(lambda: mean_distance_bound(LogProbability.from_log(part), 500, metric="geodesic"))
    table.append(("10^5 mean distances, d = 500", ours, "limit", LIMIT_SECONDS))
    means = np.linspace(1e-3, 1.5, COUNT // 10)
    ours = best_time(lambda: max_error_rate(means, 500, metric="geodesic"), 1)
    table.append(("10^5 error rates from mean distances, d = 500", ours, "limit", LIMIT_SECONDS))
    return table


def main() -> None:
    """Print the table."""
    print(f"{'what':58} {'seconds':>9} {'against':>18} {'seconds':>9} {'ratio':>7}")
    for what, ours, against, theirs in rows():
        print(f"{what:58} {ours:9.4f} {against:>18} {theirs:9.4f} {ours / theirs:7.3f}")


if __name__ == "__main__":
    main()
