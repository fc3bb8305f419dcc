"""Write quadratic_form_tails.json: tails of quadratic forms to 30 digits, each by two independent methods.

Run from the root of the repository: ``python tests/reference/generate_quadratic_form_tails.py``. It takes about ten
minutes with gmpy2 installed, several times that without. Coefficients are stored as [value, multiplicity] pairs; the
values are doubles, printed so that they read back exactly. The first method is always the inversion integral beside
the saddle point; the second is the characteristic function on the imaginary axis with extra digits (gil-pelaez), or,
where that would take hours and there are two distinct values only, the arc tangent or the incomplete beta function.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections import Counter
from importlib import resources
from pathlib import Path
from statistics import NormalDist

from mpmath import mp, mpf, nstr, workdps

from adversarial_spheres.theory.reference.quadratic_form import contour_tail, gil_pelaez_tail

DIGITS = 30
AGREEMENT = 1e-27
Case = tuple[str, list[float]]


def paper_alphas() -> list[float]:
    text = (resources.files("adversarial_spheres") / "data" / "paper_alphas.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return [float(row["alpha_bin_centre"]) for row in rows for _ in range(int(row["count"]))]


def normal_alphas(dim: int, mean: float, deviation: float, grid: int = 64) -> list[float]:
    """Normal quantiles on a grid of multiples of 1/grid: few distinct values, so that many digits are affordable."""
    normal = NormalDist(mean, deviation)
    return [round(grid * normal.inv_cdf((i + 0.5) / dim)) / grid for i in range(dim)]


def two_values(k: int, rest: int, a: float, b: float) -> list[float]:
    return [a] * k + [-b] * rest


def progression(dim: int, low: float, high: float) -> list[float]:
    return [low + (high - low) * i / (dim - 1) for i in range(dim)]


def pairs() -> list[Case]:
    ratios = [(1.0, 1.0), (1.0, 3.0), (1.0, 1e3), (1.0, 1e9), (1e-50, 1e50), (1.0, 1e308), (1e-300, 1e300)]
    return [
        (f"dim 2, {a:g} against {b:g}", [a, -b]) for a, b in [*ratios, (5e-324, 1e308), (2.0, 1.0), (1e300, 1e-300)]
    ]


def small() -> list[Case]:
    rows = [
        [1.0, -1.0, -1.0],
        [1.000001 - 1.0, 0.5 - 1.0, 0.3 - 1.0],
        [1e-12, -1.0, -2.0],
        [1.0, 1.0, -1e6],
        [-3.0, 1.0, 1.0],
        [1e6, -1.0, -1e-6],
        [1.0, -1.0, -1.0, -1.0],
        [1.0, 0.5, -0.5, -1.0],
        [1e-9, -1.0, -1.0, -1.0, -1.0],
        [1.0, 1.0, 1.0, 1e-3, -7.0],
        [1e300, -2e300, 1e-300, -1.0, 5e-324, 0.0],
        [1e-3, 1e-6, 1e-9, -1e-3, -1.0, -1e3, -1e6],
        [0.0] * 10 + [1.0, -2.0, -3.0],
        [-50.0] + [1.0] * 50,
        [-1.0, -1.0] + [0.05] * 41,
        [0.01] + [-1.0] * 9,
        [1e-4] * 3 + [-1.0] * 57,
    ]
    return [(f"dim {len(row)}, case {i}", row) for i, row in enumerate(rows)]


def middle() -> list[Case]:
    cases: list[Case] = []
    for k, rest in [(5, 5), (30, 30), (29, 31), (250, 250), (200, 300), (100, 400), (50, 450), (1, 499), (2, 498)]:
        cases += [(f"{k} equal against {rest}", two_values(k, rest, 1.0, 1.0))]
    for k, rest, a in [(10, 50, 0.1), (100, 400, 0.5), (400, 100, 0.05), (3, 497, 0.03), (499, 1, 0.002)]:
        cases += [(f"{k} times {a} against {rest}", two_values(k, rest, a, 1.0))]
    for low, high in [(-1.0, 1.0), (-1.2, 0.9), (-1.0, 0.4), (-0.9, 0.15), (-0.5, 0.02), (-0.4, 1.0)]:
        cases += [(f"500 distinct from {low} to {high}", progression(500, low, high))]
    for dim in (499, 501):
        cases += [(f"normal quantiles, dim {dim}", [a - 1.0 for a in normal_alphas(dim, 0.8, 0.3)])]
    return cases


def networks() -> list[Case]:
    cases: list[Case] = []
    named = {
        "paper's network": paper_alphas(),
        "alphas N(0.8, 0.11)": normal_alphas(500, 0.8, 0.11),
        "alphas N(0.8, 0.3)": normal_alphas(500, 0.8, 0.3),
        "alphas N(0.9, 0.4), dim 60": normal_alphas(60, 0.9, 0.4),
        "one alpha of 500 at 1.0625": [1.0625] + [0.75] * 499,
        "three alphas of 60 near 1": [1.03125, 1.015625, 1.0078125] + [0.75] * 57,
    }
    for name, alphas in named.items():
        cases += [(f"{name}, inner", [a - 1.0 for a in alphas])]
        if min(alphas) < 1 / 1.69:
            cases += [(f"{name}, outer", [1.0 - a * 1.69 for a in alphas])]
    return cases


def extremes() -> list[Case]:
    return [
        ("deep, 2 times 0.125", two_values(2, 498, 0.125, 2.0)),
        ("deep, 100 times 2^-4", two_values(100, 400, 0.0625, 4.0)),
        ("deep, 1 times 2^-10, three values", [2.0**-10] + [-1.0] * 200 + [-2.0] * 200),
        ("deep, 2 times 2^-14, three values", [2.0**-14] * 2 + [-0.5] * 250 + [-2.0] * 248),
        ("deep, 1 times 2^-20", [2.0**-20] + [-1.0] * 499),
        ("deep, 20 times 2^-28", two_values(20, 480, 2.0**-28, 1.0)),
        ("deep, 20 times 2^-32", two_values(20, 480, 2.0**-32, 1.0)),
        ("deep, 400 times 2^-8, dim 2000", two_values(400, 1600, 2.0**-8, 1.0)),
        ("deep, 1e-300 beside 1e300", [1e-300] * 3 + [-1e300] * 4),
        ("close to 1 by about e^-170", [-a for a in two_values(20, 180, 0.125, 1.0)]),
        ("close to 1 by about e^-24", [-a for a in two_values(100, 160, 0.5, 1.0)]),
        ("dim 10000, centre", two_values(5000, 5000, 1.0, 1.0)),
        ("dim 10000, tail", two_values(4500, 5500, 1.0, 1.0)),
        ("dim 100001, tail", two_values(20000, 80001, 3.5, 1.0)),
        ("dim 1000000, tail", two_values(495000, 505000, 1.0, 1.0)),
    ]


def second_opinion(coefficients: list[float], log_first) -> tuple[str, tuple]:
    nonzero = [c for c in coefficients if c]
    if len(nonzero) == 2 or max(map(abs, nonzero)) > 1e200 * min(map(abs, nonzero)) or log_first < -3000:
        positive, negative = [mpf(c) for c in nonzero if c > 0], [-mpf(c) for c in nonzero if c < 0]
        if len(positive) == len(negative) == 1:
            ratio = mp.sqrt(positive[0] / negative[0])
            return "arc tangent", (mp.log(2 / mp.pi * mp.atan(ratio)), mp.log(2 / mp.pi * mp.atan(1 / ratio)))
        if len(set(positive)) == len(set(negative)) == 1:
            return "incomplete beta", beta_tail(len(positive), len(negative), positive[0], negative[0])
    return "gil-pelaez", gil_pelaez_tail(coefficients, digits=DIGITS)


def beta_tail(k: int, rest: int, a, b) -> tuple:
    """P(B > b/(a+b)) = P(1 - B < a/(a+b)) by the series of the incomplete beta function, for a much below b."""
    x, p, q = a / (a + b), mpf(rest) / 2, mpf(k) / 2
    log_p = p * mp.log(x) - mp.log(p) - mp.log(mp.beta(p, q)) + mp.log(mp.hyp2f1(p, 1 - q, p + 1, x))
    return log_p, mp.log1p(-mp.exp(log_p))


def row(name: str, coefficients: list[float]) -> dict:
    start = time.perf_counter()
    first = contour_tail(coefficients, digits=DIGITS)
    method, second = second_opinion(coefficients, first[0])
    difference = max(abs(a - b) / max(1, abs(a)) for a, b in zip(first, second, strict=True))
    if difference > AGREEMENT:
        raise SystemExit(f"{name}: the two methods differ by {nstr(difference, 3)}")
    sys.stderr.write(f"{name}: log {nstr(first[0], 8)}, {method}, {time.perf_counter() - start:.1f} s\n")
    return {
        "name": name,
        "coefficients": [[value, count] for value, count in Counter(coefficients).items()],
        "log": nstr(first[0], DIGITS),
        "log_complement": nstr(first[1], DIGITS),
        "second_method": method,
        "difference": nstr(difference, 2),
    }


def main() -> None:
    with workdps(DIGITS + 20):
        rows = [row(*case) for case in [*pairs(), *small(), *middle(), *networks(), *extremes()]]
    path = Path(__file__).with_name("quadratic_form_tails.json")
    lines = ",\n".join(json.dumps(r) for r in rows)
    path.write_text(f'{{"digits": {DIGITS}, "rows": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
