"""Write caps.json: log-measures and heights of caps by the mpmath twin, 40 digits. About two minutes.

    python tests/reference/generate_caps.py
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import mpmath
import numpy as np
from mpmath import mp

from adversarial_spheres.theory.reference import caps

DIGITS = 40
DIMS = (2, 3, 4, 5, 7, 10, 30, 40, 41, 100, 500, 10_000, 1_000_000, 1_000_000_000)
LOG_MEASURES = (-0.6931471906, -0.7, -1.0, -4.0, -40.0, -700.0, -5000.0, -1e5, -1e6)
SCALED_HEIGHTS = (1e-9, 0.5, 3.0, 8.0, 38.0)
HEIGHTS = (1e-300, 0.4999, 0.999, 1.0 - 2.0**-53)


def heights(dim: int) -> list[float]:
    scaled = [z / np.sqrt(dim) for z in SCALED_HEIGHTS if z < 0.9 * np.sqrt(dim)]
    return [sign * h for h in [*scaled, *HEIGHTS] for sign in (1.0, -1.0)]


def angles(dim: int) -> list[float]:
    tilt = min(1.5, 3.0 / np.sqrt(dim))
    return [1e-300, 1e-5, 0.7, np.pi / 2 - tilt, np.pi / 2, np.pi / 2 + tilt / 2, 3.0, float(np.pi)]


def log_sines(dim: int) -> list[float]:
    return [-1e-200, -1e-12, -0.4, -20.0, -1e6 / (dim - 1)]


def digits(value: object) -> str:
    return str(mpmath.nstr(value, DIGITS))


def forward(function: object, inputs: object) -> list[list[object]]:
    rows = []
    for dim in DIMS:
        for x in inputs(dim):  # type: ignore[operator]
            pair = function(float(x), dim, digits=DIGITS)  # type: ignore[operator]
            rows.append([dim, float(x), digits(pair.log), digits(pair.log_complement)])
    return rows


def inverse() -> list[list[object]]:
    rows = []
    for dim in DIMS:
        for log_measure in LOG_MEASURES:
            pair = caps.LogPair.from_log(log_measure, digits=DIGITS + 10)
            cap = caps.cap_of_measure(pair, dim, digits=DIGITS)
            rows.append([dim, log_measure, digits(cap.height), digits(cap.angle), digits(cap.log_sin_angle)])
    return rows


def main() -> None:
    start = time.perf_counter()
    mp.dps = DIGITS + 10
    table = {
        "digits": DIGITS,
        "mpmath": mpmath.__version__,
        "columns": "dim, input, log measure, log(1 - measure); inverse: dim, log measure, height, angle, log sin(angle)",
        "from_height": forward(caps.cap_log_measure, heights),
        "from_angle": forward(caps.cap_log_measure_from_angle, angles),
        "from_log_sin": forward(caps.cap_log_measure_from_log_sin, log_sines),
        "inverse": inverse(),
    }
    path = Path(__file__).with_name("caps.json")
    path.write_text(json.dumps(table).replace("], [", "],\n[") + "\n", encoding="utf-8")
    count = sum(len(rows) for rows in table.values() if isinstance(rows, list))
    print(f"{count} points in {time.perf_counter() - start:.0f} s")  # noqa: T201


if __name__ == "__main__":
    main()
