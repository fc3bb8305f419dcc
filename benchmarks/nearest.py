"""Exact nearest errors against the time of drawing the points: ``python -m benchmarks.nearest``.

"exact s" holds everything from the points to the certified distances, the preparation of the spectrum ("plan s",
once, on one thread) included. Both sides use two threads with one BLAS thread each, in one run, interleaved; the
best of several rounds counts. Every distance is certified to a relative 1e-9 with a floor of 1e-12 radians.
"""

from __future__ import annotations

import resource
from time import perf_counter

import numpy as np

from adversarial_spheres.numerics.distances.exact import (
    block_rows,
    nearest_distances_of,
    observe_nearest_distances,
)
from adversarial_spheres.numerics.sampling.blocks import map_blocks
from adversarial_spheres.numerics.sampling.points import block_generator
from adversarial_spheres.theory.nearest.many import bulk_plan
from adversarial_spheres.theory.quadratic.errors import QuadraticErrors

WORKERS = 2
ROUNDS = 5
LIMITS = {10: 2.0, 100: 1.0, 500: 0.5}  # of the time of drawing, by dimension
NUMBERS = 5 * 10**7


def draw_block(out: np.ndarray, index: int) -> None:
    """Draw and normalise one block, in pieces that stay in cache."""
    rng = block_generator(0, index)
    step = max(1, 2**16 // out.shape[1])
    for start in range(0, len(out), step):
        part = out[start : start + step]
        rng.standard_normal(out=part)
        part /= np.sqrt(np.einsum("ij,ij->i", part, part))[:, None]


def draw(points: np.ndarray) -> None:
    """Draw and normalise all points with two threads."""
    rows = block_rows(points.shape[1])

    def block(index: int, size: int) -> None:
        draw_block(points[index * rows : index * rows + size], index)

    list(map_blocks(block, len(points), rows, workers=WORKERS))


def rotate(points: np.ndarray, basis: np.ndarray, out: np.ndarray) -> None:
    """Rotate all points with two threads."""
    rows = block_rows(points.shape[1])

    def block(index: int, size: int) -> None:
        part = slice(index * rows, index * rows + size)
        np.matmul(points[part], basis, out=out[part])

    list(map_blocks(block, len(points), rows, workers=WORKERS))


def timed(function: object, *arguments: object, **options: object) -> tuple[float, object]:
    """Seconds that a call takes, and its result."""
    start = perf_counter()
    result = function(*arguments, **options)  # type: ignore[operator]
    return perf_counter() - start, result


def spectra(dim: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Logit forms on the inner sphere for alphas of three laws."""
    return {
        "alphas ~ N(0.96, 0.11)": rng.normal(0.96, 0.11, dim) - 1.0,
        "alphas ~ Gamma(0.8, 0.55)": rng.gamma((0.8 / 0.55) ** 2, 0.55**2 / 0.8, dim) - 1.0,
        "alphas ~ N(0.8, 0.11)": rng.normal(0.8, 0.11, dim) - 1.0,
    }


def row(name: str, dim: int, points: np.ndarray, coefficients: np.ndarray) -> None:
    """Time one spectrum and print the row."""
    drawing, solving = np.inf, np.inf
    errors = QuadraticErrors(coefficients, False)
    planning = timed(bulk_plan, errors)[0]
    for _ in range(ROUNDS):
        drawing = min(drawing, timed(draw, points)[0])
        seconds, found = timed(nearest_distances_of, points, errors, workers=WORKERS)
        solving = min(solving, seconds)
    correct = np.isfinite(found.angle_upper) & (found.angle_upper > 0.0)  # type: ignore[attr-defined]
    gap = (found.angle_upper - found.angle_lower)[correct]  # type: ignore[attr-defined]
    allowed = np.maximum(1e-9 * found.angle_upper[correct], 1e-12)  # type: ignore[attr-defined]
    certified = bool(np.all(gap <= allowed))
    print(
        f"{name:26} {dim:7} {len(points):7} {drawing:9.3f} {solving:9.3f} {solving / drawing:7.2f} {planning:7.3f}"
        f" {found.safe.sum():7} {gap.max(initial=0.0):9.1e} {certified!s:>9}"  # type: ignore[attr-defined]
    )


def main() -> None:
    """Print the tables."""
    rng = np.random.default_rng(0)
    for samples in (10**5, 10**6):
        seconds, _ = timed(
            observe_nearest_distances,
            QuadraticErrors(spectra(500, rng)["alphas ~ N(0.96, 0.11)"], False),
            samples=samples,
            seed=1,
            workers=WORKERS,
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"drawn and solved in a stream: {samples} points in {seconds:.2f} s, peak memory {peak:.0f} MiB")
    print("limits of the ratio: " + ", ".join(f"{limit} at dim {dim}" for dim, limit in LIMITS.items()))
    print(
        f"{'spectrum':26} {'dim':>7} {'points':>7} {'draw s':>9} {'exact s':>9} {'ratio':>7} {'plan s':>7}"
        f" {'safe':>7} {'max gap':>9} {'certified':>9}"
    )
    points = np.empty((10**5, 500))
    for name, c in spectra(500, rng).items():
        row(name, 500, points, c)
    basis, rotated = np.linalg.qr(rng.standard_normal((500, 500)))[0], np.empty_like(points)
    drawing = min(timed(draw, points)[0] for _ in range(ROUNDS))
    turning = min(timed(rotate, points, basis, rotated)[0] for _ in range(ROUNDS))
    label = "rotation to the eigenbasis"
    print(f"{label:26} {500:7} {len(points):7} {drawing:9.3f} {turning:9.3f} {turning / drawing:7.2f}")
    del points, rotated
    for dim in (10, 30, 100, 1000, 10**4, 10**5):
        points = np.empty((min(10**5, NUMBERS // dim), dim))
        row("alphas ~ N(0.8, 0.3)" if dim < 100 else "alphas ~ N(0.96, 0.11)", dim, points, scaling_spectrum(dim, rng))
        del points


def scaling_spectrum(dim: int, rng: np.random.Generator) -> np.ndarray:
    """A spectrum for the scaling with the dimension; wide in few dimensions, so that points are correct."""
    if dim < 100:
        return np.append(rng.normal(0.8, 0.3, dim - 1) - 1.0, 0.1)
    return rng.normal(0.96, 0.11, dim) - 1.0


if __name__ == "__main__":
    main()
