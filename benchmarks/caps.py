"""Speed of the caps: whole caps and heights from log-measures, log-measures from heights, mean distances.

    python -m benchmarks.caps

The peer is SciPy: the measure of a cap is an incomplete beta function and a tail of Student's law, and the fastest of
the vectorised forms counts. They work on the measure, not on its logarithm: beyond log-measure -745 they have no
answer, so they are timed within their domain.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy import special

from adversarial_spheres.theory.basics.log_probability import LogProbability
from adversarial_spheres.theory.caps.cap import cap_height, cap_log_measure, cap_of_measure
from adversarial_spheres.theory.spaces.isoperimetry import max_error_rate, mean_distance_bound

COUNT = 1_000_000
LIMIT_SECONDS = 2.0
DIMS = (2, 30, 500, 10**6, 10**9)
PEER_DIMS = (2, 3, 5, 30, 500, 10**4)
REPEATS = 3
LEAST_SECONDS = 0.2


def best_time(call: Callable[[], object], repeats: int = REPEATS) -> float:
    """Least processor time of some calls, seconds: of many where they are short, which other programs disturb most."""
    times: list[float] = []
    while len(times) < repeats or sum(times) < LEAST_SECONDS:
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def peer_heights(log_p: np.ndarray, dim: int) -> dict[str, Callable[[], np.ndarray]]:
    """Ways to heights by SciPy: with h^2 or 1 - h^2 in an incomplete beta function, or h from Student's law."""
    n = dim - 1

    def student() -> np.ndarray:
        t = special.stdtrit(n, np.exp(log_p))
        return -t / np.sqrt(n + t**2)

    return {
        "SciPy betainccinv": lambda: np.sqrt(special.betainccinv(0.5, n / 2, 2.0 * np.exp(log_p))),
        "SciPy betaincinv": lambda: np.sqrt(1.0 - special.betaincinv(n / 2, 0.5, 2.0 * np.exp(log_p))),
        "SciPy stdtrit": student,
    }


def peer_measures(heights: np.ndarray, dim: int) -> dict[str, Callable[[], np.ndarray]]:
    """Ways to log-measures by SciPy, which is given half of the work: heights of one sign."""
    n, h = dim - 1, np.abs(heights)
    return {
        "SciPy betainc": lambda: np.log(0.5 * special.betainc(n / 2, 0.5, 1.0 - h**2)),
        "SciPy betaincc": lambda: np.log(0.5 * special.betaincc(0.5, n / 2, h**2)),
        "SciPy stdtr": lambda: np.log(special.stdtr(n, -h * np.sqrt(n / (1.0 - h**2)))),
    }


def fastest(ways: dict[str, Callable[[], np.ndarray]]) -> tuple[str, float]:
    """Name and seconds of the fastest of several ways to the same numbers."""
    times = {name: best_time(way) for name, way in ways.items()}
    name = min(times, key=lambda way: times[way])
    return name, times[name]


def rows() -> list[tuple[str, float, str, float]]:
    """What is measured, our seconds, against what, its seconds."""
    rng = np.random.default_rng(2018)
    far = -np.exp(rng.uniform(np.log(0.7), np.log(1e6), COUNT))
    near = -rng.uniform(0.7, 600.0, COUNT)
    table = []
    for dim in DIMS:
        ours = best_time(lambda dim=dim: cap_of_measure(LogProbability.from_log(far), dim))  # type: ignore[misc]
        table.append((f"10^6 caps, log-measure to -10^6, d = {dim:.3g}", ours, "limit", LIMIT_SECONDS))
    mixed = rng.choice(np.array(DIMS), COUNT)
    ours = best_time(lambda: cap_of_measure(LogProbability.from_log(far), mixed))
    table.append(("10^6 caps, dimensions mixed", ours, "limit", LIMIT_SECONDS))
    small = near[: COUNT // 10]
    for dim in PEER_DIMS:
        ours = best_time(lambda dim=dim: cap_height(LogProbability.from_log(small), dim))  # type: ignore[misc]
        name, peer = fastest(peer_heights(small, dim))
        table.append((f"10^5 heights, log-measure to -600, d = {dim:.3g}", ours, name, peer))
    heights = rng.uniform(-0.9, 0.9, COUNT // 10)
    for dim in PEER_DIMS:
        ours = best_time(lambda dim=dim: cap_log_measure(heights, dim))  # type: ignore[misc]
        table.append((f"10^5 log-measures, d = {dim:.3g}", ours, *fastest(peer_measures(heights, dim))))
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
