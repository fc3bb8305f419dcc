"""The exact tail against a table made by two independent methods, see generate_quadratic_form_tails.py."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from mpmath import mpf, workdps

from adversarial_spheres.theory.quadratic.form import chernoff_log_bound, positive_probability
from adversarial_spheres.theory.reference.quadratic_form import contour_tail, gil_pelaez_tail

TABLE = json.loads(Path(__file__).with_name("quadratic_form_tails.json").read_text(encoding="utf-8"))
ROWS = TABLE["rows"]


def coefficients(row: dict) -> np.ndarray:
    values, counts = zip(*row["coefficients"], strict=True)
    return np.repeat(np.array(values, dtype=np.float64), counts)


def errors(row: dict, tail) -> tuple[float, float]:
    with workdps(40):
        return tuple(
            abs(float(mpf(float(getattr(tail.probability, side))) - mpf(row[side])))
            for side in ("log", "log_complement")
        )


def promise(row: dict, dim: int) -> float:
    size = max(-float(row["log"]), -float(row["log_complement"]))
    allowed = 1e-14 * max(1.0, size, np.sqrt(dim) / 100.0)
    return min(allowed, 1e-12) if size <= -np.log(1e-300) else allowed


def test_the_table_is_what_it_claims_to_be() -> None:
    assert len(ROWS) >= 60
    assert all(float(row["difference"]) <= 1e-27 for row in ROWS)
    logs = np.array([float(row["log"]) for row in ROWS])
    assert logs.min() < -5000.0
    assert logs.max() > -1e-50
    assert logs.max() < 0.0
    dims = [sum(count for _, count in row["coefficients"]) for row in ROWS]
    assert min(dims) == 2
    assert max(dims) == 1_000_000
    assert sum(row["second_method"] == "gil-pelaez" for row in ROWS) >= 50


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_tail_is_as_accurate_as_promised_and_as_it_says(row) -> None:
    c = coefficients(row)
    tail = positive_probability(c)
    worst = max(errors(row, tail))
    assert worst <= tail.log_error
    assert tail.log_error <= promise(row, len(c))
    assert chernoff_log_bound(c) >= float(row["log"])


def test_order_of_the_coefficients_is_free() -> None:
    rng = np.random.default_rng(11)
    for row in ROWS:
        c = coefficients(row)
        if len(c) <= 1000:
            tail = positive_probability(rng.permutation(c))
            assert max(errors(row, tail)) <= tail.log_error


def test_a_batch_gives_what_single_calls_give() -> None:
    rows = [row for row in ROWS if len(coefficients(row)) == 500]
    tail = positive_probability(np.array([coefficients(row) for row in rows]))
    for i, row in enumerate(rows):
        assert max(errors(row, tail[i])) <= tail.log_error[i]


def test_a_wrong_table_would_be_noticed() -> None:
    row = dict(ROWS[10])
    row["log"] = str(float(row["log"]) * (1.0 + 1e-13))
    tail = positive_probability(coefficients(row))
    assert max(errors(row, tail)) > tail.log_error


@pytest.mark.slow
def test_the_table_can_be_made_again() -> None:
    for row in ROWS[10:40:3]:
        c = list(coefficients(row))
        if len(set(c)) <= 40:
            for method in (contour_tail, gil_pelaez_tail):
                log, complement = method(c, digits=TABLE["digits"])
                with workdps(TABLE["digits"]):
                    assert abs(log - mpf(row["log"])) <= abs(log) * mpf(10) ** -26
                    assert abs(complement - mpf(row["log_complement"])) <= abs(complement) * mpf(10) ** -26
