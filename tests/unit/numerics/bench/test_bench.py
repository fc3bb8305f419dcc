"""The bench: broken attacks are told apart from a good one, ours are close, and cells give one record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.bench.attacks import OURS, attack_named, origin_of
from adversarial_spheres.numerics.bench.bench import (
    AttackScore,
    BenchConfig,
    assemble,
    attack_bench,
    bench_cells,
    run_attack,
)
from adversarial_spheres.numerics.bench.bridges import BRIDGED
from adversarial_spheres.numerics.bench.problems import bench_problem
from adversarial_spheres.numerics.cells.run import run_cells
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

good = attack_named("walk")


def score_of(attack: Callable[[Any, Any], Any], family: str = "easy", points: int = 10) -> AttackScore:
    return run_attack(attack, bench_problem(family, 10, points=points), "it")[0]


def test_a_good_attack() -> None:
    score = score_of(good)
    assert (score.success, score.share_within, score.note) == (1.0, 1.0, "")
    assert score.worst_ratio is not None
    assert 1.0 <= score.worst_ratio < 1.0001


def test_one_that_returns_the_original_has_found_nothing() -> None:
    score = score_of(lambda model, points: points)
    assert (score.success, score.no_error, score.mean_ratio, score.share_within) == (0.0, 10, None, 0.0)


def test_one_that_returns_points_that_are_no_errors() -> None:
    def broken(model: Any, points: Any) -> Any:
        return points + 0.99 * (good(model, points) - points)

    on_sphere = score_of(lambda model, points: (x := broken(model, points)) / np.linalg.norm(x, axis=1)[:, None])
    assert (on_sphere.success, on_sphere.no_error) == (0.0, 10)
    assert score_of(broken).success == 0.0  # nor where they are off the sphere


def test_one_that_leaves_the_sphere() -> None:
    """In space there may be nearer errors: on the sphere they do not count."""
    score = score_of(lambda model, points: 1.2 * points)
    assert (score.success, score.off_sphere) == (0.0, 10)


def test_one_that_drops_what_it_finds_hard() -> None:
    def broken(model: Any, points: Any) -> Any:
        found = np.asarray(good(model, points)).copy()
        far = np.argsort(np.linalg.norm(found - points, axis=1))[5:]
        found[far] = np.nan
        return found

    score = score_of(broken)
    assert (score.success, score.missing, score.share_within) == (0.5, 5, 0.5)
    assert score.mean_ratio is not None  # of those it found ...
    assert score.quantile_99 is None  # ... but the others count as infinitely far


def test_one_that_returns_too_few_rows() -> None:
    score = score_of(lambda model, points: np.asarray(good(model, points))[:-1])
    assert (score.success, score.missing) == (0.0, 10)
    assert "(9, 10)" in score.note


@pytest.mark.parametrize("returned", [None, "points", 3.0, [[1.0], [2.0, 3.0]], {"a": 1}])
def test_one_that_returns_something_else(returned: Any) -> None:
    score = score_of(lambda model, points: returned)
    assert (score.success, score.missing) == (0.0, 10)
    assert "returned" in score.note or "raised" in score.note


def test_one_that_moves_its_input_is_scored_against_the_points_as_they_were() -> None:
    def broken(model: Any, points: Any) -> Any:
        points[:] = good(model, points)
        return points

    score, honest = score_of(broken), score_of(good)
    assert score.mean_ratio == honest.mean_ratio
    assert "changed the points" in score.note


def test_one_that_brings_the_points_to_the_errors_has_not_done_better() -> None:
    def broken(model: Any, points: Any) -> Any:
        far = -np.asarray(good(model, points))
        points[:] = far
        return far

    score = score_of(broken)
    assert score.mean_ratio is not None
    assert score.mean_ratio > 2.0


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(0), RuntimeError()])
def test_one_that_raises_has_failed_everywhere(error: BaseException) -> None:
    def broken(model: Any, points: Any) -> Any:
        model.logits(points)
        raise error

    score = score_of(broken)
    assert (score.success, score.missing, score.queries) == (0.0, 10, 10)
    assert type(error).__name__ in score.note


def _counts(model: Any, points: Any) -> Any:
    found = good(model, points)
    model._meter.queries = 0
    return found


def _meter(model: Any, points: Any) -> Any:
    model._meter = None
    return good(model, points)


def _answer(model: Any, points: Any) -> Any:
    twin = bench_problem("easy", 10, points=10)
    return good(twin.model(), twin.points)


@pytest.mark.parametrize(
    ("attack", "success", "words"),
    [
        (_counts, 0.0, "a count of questions does not fall"),
        (_meter, 0.0, "_meter of an attacked model is not changed"),
        (_answer, 1.0, "without a question"),
        (lambda model, points: (point for point in points), 0.0, "it returned object of shape ()"),
        (lambda model, points: np.broadcast_to(points[:1], (10**9, 10)), 0.0, "(1000000000, 10)"),
        (lambda model, points: np.broadcast_to(0.0, (10, 10**9)), 0.0, "(10, 1000000000)"),
        (lambda model, points: good(model, points)[::-1], 1.0, ""),
    ],
    ids=["counts", "counter", "answer", "generator", "rows", "columns", "other rows"],
)
def test_one_that_cheats_is_named(attack: Callable[[Any, Any], Any], success: float, words: str) -> None:
    score = score_of(attack)
    assert score.success == success
    assert words in score.note
    if not words:  # errors of other points: far
        assert score.mean_ratio is not None
        assert score.mean_ratio > 2.0


def test_one_that_changes_the_model_has_failed_and_leaves_no_trace() -> None:
    def broken(model: Any, points: Any) -> Any:
        inner = model._model.model
        inner.__dict__["logits"] = lambda x: np.ones(len(x))
        return points

    score = score_of(broken)
    assert (score.success, "changed the model" in score.note) == (0.0, True)
    assert score_of(good).success == 1.0


def test_ctrl_c_is_the_user_s_own() -> None:
    def interrupted(model: Any, points: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_of(interrupted)


def test_what_an_attack_keeps_does_not_change_its_score() -> None:
    kept: list[Any] = []

    def returns_its_own(model: Any, points: Any) -> Any:
        kept.append(np.asarray(good(model, points)).copy())
        return kept[-1]

    problem = bench_problem("easy", 10, points=5)
    scores = run_attack(returns_its_own, problem, "it")[1]
    before = scores.ratio.copy()
    kept[-1][:] = 0.0
    assert np.array_equal(scores.ratio, before)


def test_questions_are_counted_by_the_model() -> None:
    def asks(model: Any, points: Any) -> Any:
        model.queries_told = 0
        model.logits(points[:1])
        model.labels(np.repeat(points, 3, axis=0))
        model.input_gradient(points)
        return points

    score = score_of(asks)
    assert (score.queries, score.queries_per_point) == (41, 4.1)


@pytest.mark.parametrize("family", ["easy", "outer", "ill-conditioned", "huge-alpha", "near-hard-case", "ellipsoid"])
def test_ours_with_gradients_are_within_a_thousandth(family: str) -> None:
    for name in ("walk", "differences"):
        score = attack_bench(name, problems=[family], points=10)[0]
        assert score.worst_ratio is not None, name
        assert score.worst_ratio < 1.001, name
        assert score.success == 1.0, name


def test_points_near_the_hard_case_need_more_than_one_start() -> None:
    once, often = attack_bench(["walk-once", "walk"], problems=["near-hard-case"], points=20)
    assert once.share_within < 0.9
    assert often.share_within == 1.0


def test_ours_see_what_their_method_needs() -> None:
    problem = bench_problem("easy", 10, points=2)
    asked: list[str] = []

    class Watched:
        def __init__(self) -> None:
            self._model = problem.model()

        def __getattr__(self, name: str) -> Any:
            asked.append(name)
            return getattr(self._model, name)

    attack_named("labels")(Watched(), problem.points)
    assert not {"logits", "input_gradient"} & set(asked)
    asked.clear()
    attack_named("differences")(Watched(), problem.points)
    assert "input_gradient" not in asked


def test_order_and_names_of_scores() -> None:
    def mine(model: Any, points: Any) -> Any:
        return points

    scores = attack_bench([mine, "paper"], problems=["cap", "half-space"], dims=[10, 20], points=2)
    assert [(s.attack, s.problem) for s in scores] == [
        (name, f"{family}-{dim}") for name in ("mine", "paper") for family in ("cap", "half-space") for dim in (10, 20)
    ]


SMALL = BenchConfig(attacks=("walk", "paper"), families=("cap", "easy"), dims=(10,), points=5)


def apart_from_times(values: Any) -> Any:
    return {**values, "rows": [{**row, "seconds": None} for row in values["rows"]]}


def test_the_record_is_the_same_after_an_interruption(tmp_path: Path) -> None:
    cells = bench_cells(SMALL)
    whole = assemble(SMALL, run_cells(cells, tmp_path / "whole"))
    run_cells(cells[2:3], tmp_path / "parts")
    parts = assemble(SMALL, run_cells(cells, tmp_path / "parts"))
    assert apart_from_times(whole.values) == apart_from_times(parts.values)
    assert np.array_equal(whole.arrays["ratio"], parts.arrays["ratio"])
    assert [row["attack"] for row in whole.values["rows"]] == ["walk", "walk", "paper", "paper"]
    assert [problem["name"] for problem in whole.values["problems"]] == ["cap-10", "easy-10"]


def test_an_attack_of_a_user_is_another_cell_once_its_code_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "my_attacks.py"
    file.write_text("def stay(model, points):\n    return points\n")
    first = origin_of("my_attacks:stay")
    file.write_text("def stay(model, points):\n    return -points\n")
    assert first != origin_of("my_attacks:stay")
    assert first.startswith("sha256:")
    assert [cell.origin for cell in bench_cells(replace(SMALL, attacks=("my_attacks:stay",)))] == [
        origin_of("my_attacks:stay")
    ] * 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("best", "one of walk"),
        ("no_such_module_at_all:f", "No module"),
        ("math:no_such_function", "no_such_function"),
        ("math:pi", "function"),
        (":f", "MODULE:NAME"),
    ],
)
def test_what_is_no_attack(name: str, words: str) -> None:
    with pytest.raises(InvalidArgumentError, match="attack must be") as caught:
        attack_named(name)
    assert words in str(caught.value)


@pytest.mark.parametrize("name", BRIDGED)
def test_a_library_that_is_missing_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda library: None)
    with pytest.raises(InvalidArgumentError, match="torch is not"):
        attack_named(name)


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"attacks": ()}, "attacks"),
        ({"attacks": ("walk", "walk")}, "attacks"),
        ({"attacks": (3,)}, "attacks"),
        ({"families": ("hard",)}, "families"),
        ({"dims": (2,)}, "dims"),
        ({"dims": (50, 50)}, "dims"),
        ({"points": 0}, "points"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_is_no_configuration(changed: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        BenchConfig(**{**asdict(SMALL), **changed})
    assert caught.value.argument == name


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"attacks": 3}, "attacks"),
        ({"attacks": []}, "attacks"),
        ({"attacks": [3]}, "attacks"),
        ({"attacks": "best"}, "attack"),
        ({"problems": ["hard"]}, "problems"),
        ({"problems": []}, "problems"),
        ({"dims": [1]}, "dims"),
        ({"points": 0.5}, "points"),
        ({"progress": 3}, "progress"),
    ],
)
def test_what_the_function_refuses(arguments: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        attack_bench(**{"attacks": "walk", "problems": ["cap"], "dims": [10], "points": 2, **arguments})
    assert caught.value.argument == name


def test_all_of_ours_are_named() -> None:
    few = {f"secants-{most}" for most in (5, 10, 20, 50, 100, 1000)}
    assert set(OURS) == few | {"walk", "walk-once", "differences", "paper", "labels"}
