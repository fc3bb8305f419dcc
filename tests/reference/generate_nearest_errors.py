"""Write nearest_errors.json: angles to the nearest error and distances to the boundary, 30 digits from mpmath.

Run from the root: ``python tests/reference/generate_nearest_errors.py`` (15 s). Inputs are stored as exact doubles.
"""

from __future__ import annotations

import json
from pathlib import Path

import mpmath as mp
import numpy as np

from adversarial_spheres.theory.reference.nearest_error import nearest_boundary_distance, nearest_error_angle

DIGITS = 30


def cone_cases() -> list[tuple[str, np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(20240501)
    cases = []
    for dim in (2, 3, 5, 8, 20, 60):
        for spread in (0, 2, 12):
            c = np.where(rng.random(dim) < 0.4, 1.0, -1.0) * 10.0 ** rng.uniform(-spread, spread, dim)
            c[0], c[1] = abs(c[0]), -abs(c[1])
            cases.append((f"random, d {dim}, coefficients over 10^+-{spread}", rng.standard_normal(dim), c))
    form = np.array([1.0, 1.0, 0.5, -0.3, -2.0])
    for exponent in range(0, 110, 6):
        z = rng.standard_normal(5)
        z[:2] *= 10.0**-exponent
        z[2] *= 0.2
        cases.append((f"near-hard, top component 1e-{exponent}", z, form))
    for gap in (1e-3, 1e-8, 1e-15):
        z = rng.standard_normal(5)
        z[0], z[2] = 0.0, 0.2 * z[2]
        cases.append((f"hard, second coefficient {gap} below", z, np.array([1.0, 1.0 - gap, 0.5, -0.3, -2.0])))
    cases.append(("hard, no positive part", np.array([0.0, 0.0, 1.0, -2.0]), np.array([1.0, 1.0, -0.3, -2.0])))
    for exponent in range(1, 17):
        # a point at about 10^-exponent from the cone
        z = np.array([1.0, 1.0 + 10.0**-exponent, 1e-3])
        cases.append((f"near the boundary, 1e-{exponent}", z, np.array([1.0, -1.0, 0.1])))
    return cases


def boundary_cases() -> list[tuple[str, np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(20240502)
    cases = []
    for dim in (2, 3, 8, 30):
        for length in (0.0, 1e-6, 0.3, 1.0, 3.0, 1e4):
            alphas = rng.gamma(2.0, 0.5, dim)
            if dim == 8:
                alphas[:3] = 0.0
            if dim == 30:
                alphas[-1] = -0.2
            cases.append((f"d {dim}, length {length}", length * rng.standard_normal(dim), alphas))
    for exponent in (0, 5, 20, 60):
        z = np.array([10.0**-exponent, 0.1, 0.2])
        cases.append((f"near-hard from inside, 1e-{exponent}", z, np.array([2.0, 1.0, 0.5])))
        z = np.array([3.0, 1.0, 10.0**-exponent])
        cases.append((f"near-hard from outside, 1e-{exponent}", z, np.array([2.0, 1.0, -0.5])))
    return cases


def main() -> None:
    rows = []
    for name, z, c in cone_cases():
        value = nearest_error_angle(list(z), list(c), boundary_is_error=False, digits=DIGITS)
        rows.append({"kind": "cone", "name": name, "z": list(z), "c": list(c), "value": mp.nstr(value, DIGITS)})
    for name, z, c in boundary_cases():
        value = nearest_boundary_distance(list(z), list(c), digits=DIGITS)
        rows.append({"kind": "boundary", "name": name, "z": list(z), "c": list(c), "value": mp.nstr(value, DIGITS)})
    path = Path(__file__).with_name("nearest_errors.json")
    path.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
