"""One table of all topics: our time, that of a peer, the limit we set ourselves, and the ratio to whichever is there.

    python -m benchmarks.summary

Times are the best of several runs in seconds. "Drawing" as the peer of exact distances is the time of drawing the same
points: whoever samples pays it anyway. Steps of training have a table of their own (``python -m benchmarks.training``).
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from adversarial_spheres.numerics.nearest_distances import nearest_distances_of
from adversarial_spheres.theory.quadratic_form import positive_probability
from benchmarks import caps, nearest, tails

POINTS, DIM = 20_000, 500
QUADRATURES = 5


@dataclass(frozen=True)
class Row:
    """One measurement, seconds; None where there is no peer or no limit."""

    what: str
    ours: float
    peer: str
    peer_seconds: float | None
    limit: float | None

    @property
    def ratio(self) -> float:
        """Ours over the peer's, else over the limit."""
        return self.ours / float(self.peer_seconds if self.peer_seconds is not None else self.limit or np.nan)


def cap_rows() -> list[Row]:
    """Heights, measures and mean distances of caps."""
    return [
        Row(what, ours, "", None, theirs) if against == "limit" else Row(what, ours, against, theirs, None)
        for what, ours, against, theirs in caps.rows()
    ]


def tail_rows() -> list[Row]:
    """Exact tails of quadratic forms, a row of 500 coefficients at a time."""
    table = []
    for name, rows in tails.histories(np.random.default_rng(2018)).items():
        ours = tails.best_time(lambda rows=rows: positive_probability(rows), 2) / len(rows)  # type: ignore[misc]
        some = rows[:QUADRATURES]
        peer = tails.best_time(lambda some=some: [tails.imhof(c) for c in some], 1) / len(some)  # type: ignore[misc]
        table.append(Row(f"exact tail, d = 500: {name}", ours, "Imhof, scipy.quad", peer, tails.BATCH_LIMIT_MS / 1e3))
    return table


def nearest_rows() -> list[Row]:
    """Certified distances to the nearest error against drawing the points."""
    points, table = np.empty((POINTS, DIM)), []
    for name, c in nearest.spectra(DIM, np.random.default_rng(0)).items():
        drawing = min(nearest.timed(nearest.draw, points)[0] for _ in range(nearest.ROUNDS))
        ours = min(
            nearest.timed(nearest_distances_of, points, c, boundary_is_error=False, workers=nearest.WORKERS)[0]
            for _ in range(nearest.ROUNDS)
        )
        what = f"{POINTS} nearest errors, d = {DIM}: {name}"
        table.append(Row(what, ours, "drawing", drawing, nearest.LIMIT * drawing))
    return table


def machine() -> str:
    """Processor, cores, versions and load: what the numbers depend on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", maxsplit=1)[1].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.processor()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}"
    return f"{platform.system()} {platform.machine()}, {processor}, {os.cpu_count()} cores, {versions}, load {load}"


def main() -> None:
    """Print the table."""

    def seconds(value: float | None) -> str:
        return "" if value is None else f"{value:.2e}"

    print(machine())
    print("\n| what | ours, s | peer | peer, s | limit, s | ratio |\n|---|---|---|---|---|---|")
    for row in [*cap_rows(), *tail_rows(), *nearest_rows()]:
        against = f"{row.peer} | {seconds(row.peer_seconds)} | {seconds(row.limit)}"
        print(f"| {row.what} | {seconds(row.ours)} | {against} | {row.ratio:.3g} |", flush=True)


if __name__ == "__main__":
    main()
