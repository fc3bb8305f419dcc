"""Write bounds.json: isoperimetric bounds by the mpmath twin, 30 digits. About ten minutes.

    python tests/reference/generate_bounds.py
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import mpmath
import numpy as np
from mpmath import mp

from adversarial_spheres.theory.reference import isoperimetry as twin
from adversarial_spheres.theory.reference.caps import LogPair

DIGITS = 30
DIMS = (2, 3, 4, 5, 10, 30, 41, 100, 500, 10_000, 1_000_000, 1_000_000_000)
LOG_RATES = (-0.7, -1.5, -5.0, -20.0, -100.0, -700.0, -1e4, -1e6)
METRICS = ("geodesic", "euclidean")
FRACTIONS = (1e-300, 1e-6, 0.1, 0.5, 0.9, 0.99)
CROSSING_DIMS = (2, 3, 10, 500, 10_000)


def digits(value: object) -> str:
    return str(mpmath.nstr(value, DIGITS))


def bound_row(dim: int, log_rate: float, complement: bool) -> list[object]:
    make = LogPair.from_log_complement if complement else LogPair.from_log
    rate = make(log_rate, digits=DIGITS + 20)
    means = [mp.log(twin.mean_distance_bound(rate, dim, metric=m, digits=DIGITS)) for m in METRICS]
    explicit = mp.log(twin.explicit_mean_distance_bound(rate, dim, digits=DIGITS)) if dim > 2 else mp.nan
    asymptotic = twin.asymptotic_mean_distance(rate, dim, digits=DIGITS)
    quantile = twin.quantile_distance_bound(LogPair.of(0.9375), rate, dim, metric="euclidean", digits=DIGITS)
    distance = float(1.5 / np.sqrt(dim))
    law = twin.cap_distance_survival(distance, rate, dim, metric="euclidean", digits=DIGITS)
    values = [*means, explicit, asymptotic, quantile, *law]
    return [dim, log_rate, complement, *[digits(v) for v in values]]


def inverse_rows(dim: int) -> list[list[object]]:
    rows: list[list[object]] = []
    for metric in METRICS:
        limit = float(twin.single_point_mean_distance(dim, metric=metric, digits=DIGITS))
        for fraction in FRACTIONS:
            # beyond a few dozen standard deviations the logarithms pass 10^6
            scale = 1.0 if fraction < 0.01 else min(1.0, 50.0 / np.sqrt(dim))
            distance = float(fraction * limit * scale)
            pair = twin.max_error_rate(distance, dim, metric=metric, digits=DIGITS)
            rows.append([dim, metric, distance, digits(pair.log), digits(pair.log_complement)])
    return rows


def crossing_rows() -> list[list[object]]:
    return [
        [dim, metric, digits(twin.asymptote_crossing(dim, metric=metric, digits=25).log)]
        for dim in CROSSING_DIMS
        for metric in METRICS
    ]


def main() -> None:
    start = time.perf_counter()
    mp.dps = DIGITS + 20
    table = {
        "digits": DIGITS,
        "mpmath": mpmath.__version__,
        "columns": "bounds: dim, log, whether of 1 - error rate, log mean geodesic, log mean euclidean, log explicit, "
        "asymptotic, 0.9375-quantile euclidean, log and log complement of P(euclidean distance > 1.5/sqrt(dim)); "
        "inverse: dim, metric, distance, log error rate, log(1 - error rate); crossing: dim, metric, log error rate",
        "bounds": [bound_row(d, x, side) for d in DIMS for x in LOG_RATES for side in (False, True)],
        "inverse": [row for d in DIMS for row in inverse_rows(d)],
        "crossing": crossing_rows(),
    }
    path = Path(__file__).with_name("bounds.json")
    path.write_text(json.dumps(table).replace("], [", "],\n[") + "\n", encoding="utf-8")
    count = sum(len(rows) for rows in table.values() if isinstance(rows, list))
    print(f"{count} points in {time.perf_counter() - start:.0f} s")  # noqa: T201


if __name__ == "__main__":
    main()
