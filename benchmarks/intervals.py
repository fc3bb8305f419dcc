"""Proved intervals of the mean distance: their width, and whether the mean of many points lies inside.

``python -m benchmarks.intervals --last 205`` takes 200 random spectra of 2 to 10^4 dimensions (0 to 199) and six
networks (200 to 205), which is hours; the default the first six. ``--first 40 --last 45`` takes those of these numbers,
so that a run can be resumed, ``--points 1000000`` as many points each. Every row is printed when it is done.

The observed mean is sharpened by what powers of sin^2, of known means, explain; it counts as inside if it is so within
6 standard errors, which goes wrong once in 5 x 10^8 rows. Where nearly every point is an error, so that fewer than 100
have a distance above 0, there is nothing to judge: such rows are counted by themselves.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice

import numpy as np

from adversarial_spheres import QuadraticClassifier, paper_alphas
from adversarial_spheres.numerics.distances.exact import draw_and_solve
from adversarial_spheres.theory.nearest.many import bulk_plan
from adversarial_spheres.theory.predicted.enclosure import mean_distance_enclosure
from adversarial_spheres.theory.predicted.mean_distance import shared_nodes
from adversarial_spheres.theory.quadratic.errors import QuadraticErrors

SPECTRA, LIMIT, SURE, FEW = 200, 1e-3, 6.0, 100
_ENTRIES = 4e6


def spectra() -> Iterator[QuadraticErrors]:
    """Random spectra of both signs, of six kinds."""
    rng = np.random.default_rng(17)
    for _ in range(SPECTRA):
        yield QuadraticErrors(_spectrum(rng, round(10.0 ** rng.uniform(np.log10(2.0), 4.0))), False)


def _spectrum(rng: np.random.Generator, d: int) -> np.ndarray:
    kind = rng.integers(6)
    if kind == 0:
        c = rng.normal(rng.uniform(-1.0, 0.1), rng.uniform(0.05, 0.6), d)
    elif kind == 1:
        c = rng.uniform(-1.0, rng.uniform(0.0, 1.2), d)
    elif kind == 2:
        k = rng.integers(1, d)
        c = np.concatenate([np.ones(k), -np.full(d - k, 10.0 ** rng.uniform(-2.0, 2.0))])
    elif kind == 3:
        c = rng.normal(size=d) * 10.0 ** rng.uniform(-3.0, 1.0, d)
    elif kind == 4:
        c = -np.abs(rng.normal(1.0, 0.3, d))
        k = rng.integers(1, min(d, 4))
        c[:k] = 10.0 ** rng.uniform(-2.0, 1.0, k)
    else:
        c = -rng.exponential(1.0, d) + rng.uniform(0.0, 1.0)
    c[0] = c[0] if c.min() < 0.0 < c.max() else -0.1 * np.sign(c.sum()) * np.abs(c).max()
    return c


def networks() -> Iterator[QuadraticErrors]:
    """The paper's network on both spheres, and four of normal alphas on the inner one."""
    yield from (QuadraticClassifier.from_alphas(paper_alphas()).errors_on(s, 1.3) for s in ("inner", "outer"))
    for dim, mean, deviation in ((500, 0.8, 0.3), (500, 0.8, 0.11), (500, 0.96, 0.11), (10, 0.8, 0.3)):
        alphas = np.random.default_rng(0).normal(mean, deviation, dim)
        yield QuadraticClassifier.from_alphas(alphas).errors_on("inner", 1.3)


def observed(errors: QuadraticErrors, points: int, rng: np.random.Generator) -> tuple[int, list[tuple[float, float]]]:
    """Points that are no errors; mean and standard error of angle and chord, sharpened by three powers of sin^2."""
    plan, size = bulk_plan(errors), int(np.clip(_ENTRIES / errors.dim, 64, 20_000))
    found = [draw_and_solve(plan, min(size, points - i), rng) for i in range(0, points, size)]
    theta = np.concatenate([0.5 * (part.angle_lower + part.angle_upper) for part in found])
    c = errors.coefficients
    nodes = shared_nodes(np.maximum(c / c.max(), -1e100))
    means = np.arange(1.0, 4.0) * (nodes.moments[:3] @ nodes.weights) / nodes.unit
    powers = (np.sin(theta)[:, None] ** 2 / nodes.unit) ** np.arange(1.0, 4.0) - means
    design = np.column_stack([np.ones(len(theta)), powers])
    rests = (f - powers @ np.linalg.lstsq(design, f, rcond=None)[0][1:] for f in (theta, 2.0 * np.sin(0.5 * theta)))
    return int(np.sum(theta > 0.0)), [(float(rest.mean()), float(rest.std() / np.sqrt(points))) for rest in rests]


def row(number: int, errors: QuadraticErrors, points: int) -> tuple[str, float]:
    """Print one row; where the means lie, and the wider interval's relative width."""
    start, inside, width, words = time.process_time(), True, 0.0, ""
    correct, means = observed(errors, points, np.random.default_rng([17, number]))
    for metric, (mean, error) in zip(("geodesic", "euclidean"), means, strict=True):
        low, high = mean_distance_enclosure(errors, metric=metric)
        inside &= low - SURE * error <= mean <= high + SURE * error
        width = max(width, high / low - 1.0 if low > 0.0 else np.inf)
        words += f"  [{low:.8g}, {high:.8g}] {mean:.8g} +- {error:.1e}"
    verdict = ("inside" if inside else "OUTSIDE") if correct >= FEW else "unseen"
    print(
        f"{number:4} d = {errors.dim:5}{words}  {width:.1e} {verdict} {time.process_time() - start:.1f} s", flush=True
    )
    return verdict, width


def main() -> None:
    """Print the rows asked for, and how many are inside and narrow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int, default=5)
    parser.add_argument("--points", type=int, default=100_000)
    asked = parser.parse_args()
    every = (errors for group in (spectra(), networks()) for errors in group)
    chosen = islice(enumerate(every), asked.first, asked.last + 1)
    rows = [row(number, errors, asked.points) for number, errors in chosen]
    narrow, verdicts = sum(width <= LIMIT for _, width in rows), Counter(verdict for verdict, _ in rows)
    print(f"{len(rows)} intervals: {narrow} are at most {LIMIT:g} wide; observed means: {dict(verdicts)}")


if __name__ == "__main__":
    main()
