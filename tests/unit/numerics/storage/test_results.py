"""Results in hand: plain values, frames, and what a console and a notebook show."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

import adversarial_spheres as spheres
from adversarial_spheres.numerics.verdicts.checks import Decisions, check_exactly
from adversarial_spheres.rendering.answers import flat

CLASSIFIER = spheres.QuadraticClassifier.from_alphas([0.5, 0.8, 0.9, 1.1])
PERFECT = spheres.QuadraticClassifier.from_alphas([0.8, 0.9, 0.9])


def in_noise(model: Callable[[Any], Any], centre: Any) -> spheres.Measurement:
    return spheres.measure_problem(spheres.around(model, centre, label=0, noise=1.0), samples=4, seed=0)


RESULTS: dict[str, Callable[[], Any]] = {
    "exact": lambda: spheres.measure_distances(CLASSIFIER, "outer", samples=300, seed=0, epsilon=0.1),
    "observed": lambda: result("exact").observed,
    "interval": lambda: result("exact").observed.interval,
    "within": lambda: result("exact").within_epsilon,
    "predicted": lambda: result("exact").predicted,
    "perfect": lambda: spheres.measure_distances(PERFECT, "inner", samples=300, seed=0),
    "attacked": lambda: in_noise(lambda points: points[:, :2], np.linspace(1.0, -1.0, 900)),
    "no errors found": lambda: in_noise(lambda points: points * 0.0 + [1.0, 0.0], [1.0, 2.0]),
    "counted": lambda: spheres.monte_carlo_error_rate(CLASSIFIER, 4, "outer", samples=50, seed=0),
    "checked": lambda: spheres.check_bound(
        CLASSIFIER, spheres.Claims(error_rate=0.9, mean_distance=1.5), sphere="outer"
    ),
    "suite": lambda: spheres.run_suite(CLASSIFIER, 1.3, spheres.SuiteSettings(200, 200, seed=0)),
    "data set": lambda: spheres.measure_data_set(
        lambda x: x, np.eye(3), [0, 1, 2], noise=[0.2, 1.0], samples=4, counted_samples=50, seed=0
    ),
    "scores": lambda: spheres.attack_bench(["walk-once", "paper"], problems=["cap"], dims=[10], points=3),
    "score": lambda: spheres.attack_bench(lambda model, points: points, problems=["cap"], dims=[10], points=3)[0],
}


@cache
def result(name: str) -> Any:
    return RESULTS[name]()


@pytest.mark.parametrize("name", RESULTS)
def test_plain_values_are_json(name: str) -> None:
    values = result(name).to_dict()
    assert json.loads(json.dumps(values, allow_nan=False)) == values


@pytest.mark.parametrize("name", RESULTS)
def test_what_is_shown_is_short(name: str) -> None:
    found = result(name)
    text = repr(found)
    assert text.startswith(type(found).__name__)
    assert len(text.splitlines()) <= 25
    assert max(map(len, text.splitlines())) < 400
    assert "object at" not in text
    assert found._repr_html_().count("<tr>") <= 25


def test_a_result_that_holds_arrays_does_not_print_them() -> None:
    attacked = result("attacked")
    for value in (attacked.problem, attacked.found, spheres.Record("k", {}, {"a": np.zeros(900)})):
        assert len(repr(value)) < 400
        assert "(900,)" in repr(value) or "(4, 900)" in repr(value)
    assert "lower=<float64 of shape (7,)>" in repr(spheres.ExactDistances(np.ones(7), np.ones(7)))
    assert "lower=array([1., 1.])" in repr(spheres.ExactDistances(np.ones(2), np.ones(2)))


def test_bounds_are_shown_rounded_outwards_and_no_confidence_becomes_a_proof() -> None:
    shown = repr(spheres.Interval(0.123456, 0.123456, 1.0 - 1e-9, "by hand"))
    assert shown == "Interval(low=0.1234, high=0.1235, confidence=0.999999999, method=by hand)"
    assert "high=inf" in repr(spheres.Interval(0.0, float("inf"), 0.99, "none"))


def test_what_somebody_else_put_there_is_shown_too() -> None:
    odd: Any = spheres.Interval
    assert repr(odd("low", None, float("nan"), 3)) == "Interval(low=low, high=–, confidence=nan, method=3)"


def test_a_table_of_many_rows_ends() -> None:
    checks = [check_exactly(f"c{i}", "claim", True, "why") for i in range(25)]
    assert repr(Decisions(checks, 0.99)).splitlines()[-1] == "and 5 rows more: see to_frame()"
    assert repr(Decisions([], 0.99)) == "Decisions: vacuous at confidence 0.99"


def test_a_notebook_gets_words_and_no_markup_of_a_user() -> None:
    found = Decisions([check_exactly("name", "<script>alert(1)</script> & more", True, "it is")], 0.99)
    assert "<script>" not in found._repr_html_()
    assert "<td>&lt;script&gt;alert(1)&lt;/script&gt; &amp; more</td>" in found._repr_html_()


@pytest.mark.parametrize(
    ("name", "rows"), [("exact", 1), ("checked", 2), ("suite", 10), ("data set", 6), ("scores", 2), ("interval", 1)]
)
def test_a_frame_has_a_row_for_each_thing(name: str, rows: int) -> None:
    pytest.importorskip("pandas")
    assert len(result(name).to_frame()) == rows


@pytest.mark.parametrize("name", ["exact", "attacked", "interval", "predicted"])
def test_columns_of_a_frame_are_those_of_the_command_line(name: str) -> None:
    pytest.importorskip("pandas")
    assert set(result(name).to_frame().columns) == set(dict(flat(result(name).to_dict())))


def test_a_data_set_is_a_row_for_each_centre_and_size() -> None:
    pytest.importorskip("pandas")
    found = result("data set")
    frame = found.to_frame().set_index(["size", "centre"])
    assert frame.loc[(1.0, 2), "mean_distance"] == found.mean_distance[1, 2]
    assert frame.loc[(0.2, 1), "errors"] == found.errors[0, 1]


def test_without_pandas_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r'pip install "adversarial-spheres\[pandas\]"'):
        result("exact").to_frame()
