"""The commands: keys, numbers and edge cases."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adversarial_spheres
from adversarial_spheres.numerics.training.checkpoint import load_checkpoint

Cli = Callable[..., Any]
DATA = Path(adversarial_spheres.__file__).parent / "data"


@pytest.fixture
def alphas(tmp_path: Path) -> Callable[[object], Path]:
    def write(values: object) -> Path:
        path = tmp_path / "alphas.npy"
        np.save(path, np.asarray(values, dtype=float))
        return path

    return write


BOUND_KEYS = {
    "dim",
    "radius",
    "metric",
    "error_rate",
    "log10_error_rate",
    "mean_distance_bound",
    "explicit_bound",
    "asymptotic",
    "cap_height",
    "cap_angle",
}


def test_bound_has_the_agreed_keys_and_orders_its_bounds(cli: Cli) -> None:
    result = cli("bound", "--dim", 500, "--error-rate", 0.01, "--epsilon", 0.1, "--json").json
    assert set(result) >= BOUND_KEYS | {"max_robust_accuracy"}
    assert result["mean_distance_bound"] < result["explicit_bound"]
    assert (result["error_rate"], result["log10_error_rate"], result["metric"]) == (0.01, -2.0, "euclidean")


def test_bound_answers_far_beyond_doubles(cli: Cli) -> None:
    result = cli("bound", "--dim", 10**9, "--log10-error-rate", -100_000, "--metric", "geodesic", "--json").json
    assert result["log10_error_rate"] == -100_000
    assert result["error_rate"] == 0.0
    assert result["error_rate_underflows"]
    # The reference is mpmath's, by tests/reference/generate_isoperimetry.py's method with 40 digits.
    assert 0.99 * result["explicit_bound"] < result["mean_distance_bound"] < result["explicit_bound"]


def test_bound_and_its_converse_agree(cli: Cli) -> None:
    for metric in ("geodesic", "euclidean"):
        there = cli("bound", "--dim", 500, "--log10-error-rate", -20, "--metric", metric, "--json").json
        distance = there["mean_distance_bound"]
        back = cli("bound", "--dim", 500, "--distance", repr(distance), "--metric", metric, "--json").json
        assert back["log10_error_rate"] == pytest.approx(-20, rel=1e-10)
        assert back["mean_distance_bound"] == pytest.approx(distance, rel=1e-12)


def test_bound_at_error_rates_0_and_1_and_in_the_plane(cli: Cli) -> None:
    none = cli("bound", "--dim", 2, "--error-rate", 0, "--json").json
    assert none["empty_error_set"]
    assert none["mean_distance_bound"] is none["log10_error_rate"] is none["cap_height"] is None
    everything = cli("bound", "--dim", 2, "--error-rate", 1, "--json").json
    assert (everything["mean_distance_bound"], everything["explicit_bound"]) == (0.0, None)
    half = cli("bound", "--dim", 2, "--error-rate", 0.5, "--metric", "geodesic", "--json").json
    assert half["mean_distance_bound"] == pytest.approx(
        math.pi / 8
    )  # the mean of an angle uniform on [0, pi/2], halved


def test_error_rates_of_the_paper_s_network(cli: Cli) -> None:
    result = cli("error-rate", "--alphas", DATA / "paper_alphas.csv", "--json").json
    assert result["dim"] == 500
    assert result["outer_radius"] == 1.3
    expected = {"inner": (-11.010, -12.241), "outer": (-4.595, -5.158)}
    for sphere, (clt, exact) in expected.items():
        assert result[sphere]["log10_clt"] == pytest.approx(clt, abs=2e-3)
        assert result[sphere]["log10_exact"] == pytest.approx(exact, abs=2e-3)
        assert result[sphere]["chernoff_log10"] > result[sphere]["log10_exact"]


def test_error_rate_with_samples_holds_the_exact_value(cli: Cli, alphas: Callable[[object], Path]) -> None:
    path = alphas(np.linspace(0.5, 1.4, 20))
    result = cli("error-rate", "--alphas", path, "--samples", 50_000, "--confidence", 1 - 1e-9, "--json").json
    for sphere in ("inner", "outer"):
        counted = result[sphere]["monte_carlo"]
        assert counted["low"] <= result[sphere]["exact"] <= counted["high"]
        assert counted["samples"] == 50_000


@pytest.mark.parametrize(
    ("values", "inner", "outer"),
    [
        (
            [0.8, 0.9, 1.0],
            {"no_errors": True, "touches_boundary": True},
            {"no_errors": True, "touches_boundary": False},
        ),
        ([0.7] * 4, {"no_errors": True, "touches_boundary": False}, {"no_errors": True}),
        ([1 / 1.5**2] * 3, {"no_errors": True}, {"no_errors": False, "exact": 1.0, "log10_exact": 0.0}),
        ([1.0] * 3, {"no_errors": True, "touches_boundary": True}, {"no_errors": True}),
        ([1.2, 1.2], {"exact": 1.0}, {"no_errors": True}),
        ([0.1, 0.2], {"no_errors": True, "log10_exact": None}, {"exact": 1.0}),
    ],
    ids=["perfect, touching", "all equal", "all 1/R^2", "all 1", "all too large", "all too small"],
)
def test_edge_cases_of_error_rates(
    cli: Cli, alphas: Callable[[object], Path], values: list[float], inner: dict[str, object], outer: dict[str, object]
) -> None:
    result = cli("error-rate", "--alphas", alphas(values), "--outer-radius", 1.5, "--json").json
    assert result["inner"] | inner == result["inner"]
    assert result["outer"] | outer == result["outer"]


DISTANCE_KEYS = {
    "dim",
    "sphere",
    "radius",
    "metric",
    "samples",
    "method",
    "guarantee",
    "counts_errors_as_zero",
    "error_rate",
    "log10_error_rate",
    "observed",
    "certificate_gap_max",
    "predicted",
    "no_errors",
    "failed_attacks",
    "verdict",
}


@pytest.mark.parametrize("sphere", ["inner", "outer"])
@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
def test_distances_lie_in_the_sandwich(cli: Cli, sphere: str, metric: str) -> None:
    options = ("--sphere", sphere, "--metric", metric, "--samples", 2000, "--epsilon", 0.2)
    result = cli("distances", "--alphas", DATA / "paper_alphas.csv", *options, "--json").json
    assert set(result) >= DISTANCE_KEYS
    assert set(result["observed"]) >= {"mean", "low", "high", "confidence", "quantiles", "mean_over_correct_points"}
    assert set(result["within_epsilon"]) >= {"observed", "low", "high", "at_least"}
    assert result["predicted"]["lower"] <= result["observed"]["high"]
    assert result["observed"]["low"] <= result["predicted"]["upper"]
    assert result["predicted"]["point"] == pytest.approx(result["observed"]["mean"], rel=0.01)
    assert result["certificate_gap_max"] <= 1e-10
    assert result["radius"] == (1.0 if sphere == "inner" else 1.3)
    assert result["verdict"] in {"verified", "inconclusive"}  # the lower bound lies within 0.2% of the mean


def test_distances_of_a_perfect_network_are_vacuous(cli: Cli, alphas: Callable[[object], Path]) -> None:
    outcome = cli("distances", "--alphas", alphas([0.8, 0.9]), "--samples", 10, "--json")
    assert outcome.status == 0
    assert outcome.json["no_errors"]
    assert outcome.json["observed"]["mean"] is None
    assert outcome.json["verdict"] == "vacuous"


def test_same_seed_same_numbers_whatever_the_workers(cli: Cli) -> None:
    base = ("distances", "--alphas", DATA / "paper_alphas.csv", "--samples", 5000, "--json")
    one, two, other = (cli(*base, *extra) for extra in (("--workers", 1), ("--workers", 2), ("--seed", 1)))
    assert one.out == two.out != other.out


def test_check_without_claims_verifies_theory(cli: Cli) -> None:
    outcome = cli("check", "--alphas", DATA / "paper_alphas.csv", "--max-samples", 4000, "--json")
    result = outcome.json
    assert outcome.status == 0
    assert result["error_budget"]["spent"] <= result["error_budget"]["allowed"] + 1e-12
    for check in result["checks"]:
        keys = {"name", "claim", "observed", "bound", "confidence", "verdict", "explanation", "samples_needed"}
        assert set(check) >= keys
        assert check["verdict"] in {"verified", "inconclusive"}


@pytest.mark.parametrize(
    ("claim", "verdict", "status"),
    [
        (("--claim-error-rate", 1e-5), "verified", 0),
        (("--claim-error-rate", 1e-6), "refuted", 1),
        (("--claim-mean-distance", 0.05), "verified", 0),
        (("--claim-mean-distance", 0.9), "refuted", 1),
        (("--claim-robust-accuracy", 0.97, "--epsilon", 0.6), "refuted", 1),
        (("--claim-robust-accuracy", 0.5, "--epsilon", 0.05), "verified", 0),
        (("--claim-quantile", 0.5, 0.05), "verified", 0),
        (("--claim-quantile", 0.5, 0.9), "refuted", 1),
        (("--claim-tightness", 0.1), "verified", 0),
        (("--claim-tightness", 1.5), "refuted", 1),
        (("--claim-perfect",), "refuted", 1),
    ],
)
def test_claims(cli: Cli, claim: tuple[object, ...], verdict: str, status: int) -> None:
    outcome = cli("check", "--alphas", DATA / "paper_alphas.csv", "--max-samples", 4000, "--json", *claim)
    verdicts = {check["name"]: check["verdict"] for check in outcome.json["checks"] if "claimed" in check["name"]}
    assert len(verdicts) == 2
    assert verdict in verdicts.values()
    assert outcome.status == status


def test_an_impossible_claim_is_refuted_by_proof(cli: Cli) -> None:
    outcome = cli(
        "check", "--alphas", DATA / "paper_alphas.csv", "--claim-mean-distance", 0.9, "--max-samples", 1000, "--json"
    )
    refuted = [check for check in outcome.json["checks"] if check["verdict"] == "refuted"]
    assert refuted
    assert all(check["confidence"] == 1.0 and "impossible" in check["explanation"] for check in refuted)


def test_a_check_stops_as_soon_as_it_is_decided(cli: Cli, alphas: Callable[[object], Path]) -> None:
    path = alphas(np.linspace(0.5, 1.4, 20))
    options = ("--sphere", "inner", "--claim-robust-accuracy", 0.2, "--epsilon", 0.1, "--max-samples", 100_000)
    result = cli("check", "--alphas", path, *options, "--json").json
    found = {check["name"]: check for check in result["checks"]}
    claimed = found["inner_claimed_robust_accuracy"]
    assert (claimed["verdict"], claimed["samples"]) == ("verified", 2048)
    assert result["max_samples"] == 100_000
    assert result["samples"] <= 100_000
    assert all(check["samples_needed"] is None for check in result["checks"] if check["verdict"] != "inconclusive")


def test_an_open_check_says_how_many_samples_it_needs(cli: Cli) -> None:
    claim = ("--sphere", "inner", "--claim-mean-distance", 0.229, "--metric", "geodesic")
    few = cli("check", "--alphas", DATA / "paper_alphas.csv", *claim, "--max-samples", 2048, "--json").json
    (check,) = [check for check in few["checks"] if check["name"] == "inner_claimed_mean_distance"]
    assert check["verdict"] == "inconclusive"
    assert check["samples_needed"] > 2048


def test_check_for_people_names_every_verdict(cli: Cli) -> None:
    outcome = cli("check", "--alphas", DATA / "paper_alphas.csv", "--max-samples", 1000)
    assert "verified" in outcome.out
    assert "one error budget" in outcome.out


def test_error_rate_by_splitting(cli: Cli, alphas: Callable[[object], Path]) -> None:
    path = alphas([1.1] * 3 + [0.6] * 17)
    result = cli("error-rate", "--alphas", path, "--rare-event", "--confidence", 1 - 1e-9, "--json", "--quiet").json
    inner, outer = result["inner"]["rare_event"], result["outer"]["rare_event"]
    assert set(inner) >= {"estimate", "log10_estimate", "low", "high", "runs", "rigorous", "method", "interval_method"}
    assert inner["low"] <= result["inner"]["exact"] <= inner["high"]
    assert (inner["rigorous"], inner["reached"], inner["runs"]) == (False, True, 10)
    assert result["outer"]["no_errors"]
    assert (outer["reached"], outer["estimate"]) == (False, None)


def test_splitting_claims_no_error_rate_where_there_are_no_errors(cli: Cli, alphas: Callable[[object], Path]) -> None:
    result = cli("error-rate", "--alphas", alphas([0.8, 0.9, 1.0]), "--rare-event", "--json")
    inner = result.json["inner"]["rare_event"]
    assert (inner["reached"], inner["estimate"], inner["low"], inner["high"]) == (False, None, None, None)


def test_distances_along_a_training_history(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "c"
    assert cli("train", "--dim", 8, "--hidden", 12, "--steps", 30, "--out", path, "--quiet").status == 0
    options = ("--checkpoint", path, "--samples", 500, "--sphere", "inner", "--history", "--quiet")
    result = cli("distances", *options, "--json").json
    steps = [row["step"] for row in result["history"]]
    assert steps[0] == 0
    assert steps[-1] == 30
    assert steps == sorted(steps)
    for row in result["history"]:
        if not row["no_errors"]:
            assert row["predicted"]["lower"] <= row["observed"]["high"]
            assert row["observed"]["low"] <= row["predicted"]["upper"]
    assert cli("distances", "--alphas", DATA / "paper_alphas.csv", "--history").status == 2
    shown = cli("distances", *options).out.partition("Along the training:\n")[2].splitlines()
    assert [line.split()[0] for line in shown[:2]] == ["step", "0"]
    assert shown[-1].split()[0] == "30"
    assert len(shown) == 1 + min(10, len(steps))


def test_claims_about_any_model(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_space.py").write_text("def logits(points):\n    return points[:, 0] - 0.2\n")
    monkeypatch.chdir(tmp_path)
    model = ("--model", "half_space:logits", "--dim", 100, "--sphere", "inner", "--json")
    possible = cli("check", *model, "--claim-error-rate", 0.05)
    assert possible.status == 0
    assert possible.json["verdict"] == "verified"
    impossible = cli("check", *model, "--claim-mean-distance", 0.5)
    assert impossible.status == 1
    assert "impossible" in impossible.json["checks"][0]["explanation"]


def test_a_perfect_start_of_any_scale(cli: Cli, tmp_path: Path) -> None:
    perfect = ("train", "--dim", 4, "--hidden", 6, "--steps", 0, "--init", "perfect", "--quiet", "--json")
    assert cli(*perfect, "--init-scale", 3, "--out", tmp_path / "three").status == 0
    assert cli(*perfect, "--out", tmp_path / "one").status == 0
    three, one = (load_checkpoint(tmp_path / name) for name in ("three", "one"))
    assert (three.config.init_scale, one.config.init_scale) == (3.0, 1.0)
    assert np.allclose(three.network.logits(np.eye(4)), 3.0 * one.network.logits(np.eye(4)), rtol=1e-5)


def test_quadratic_form_of_files(cli: Callable[..., Any], tmp_path: Path) -> None:
    """P(3 chi^2_1 > 3) = 0.3173..., and its inverse; a file that does not fit is refused."""
    weights, degrees = tmp_path / "w.json", tmp_path / "k.csv"
    weights.write_text("[3.0]", encoding="utf-8")
    degrees.write_text("1\n2\n", encoding="utf-8")
    tail = cli("quadratic-form", "--weights", weights, "--threshold", 3, "--json").json["tail"]
    assert set(tail) == {"probability", "log10_probability", "log_error"}
    assert tail["probability"] == pytest.approx(0.31731050786291415, rel=1e-13)
    assert 0.0 < tail["log_error"] < 1e-12
    found = cli("quadratic-form", "--weights", weights, "--quantile", 1.0 - tail["probability"], "--json").json
    assert found == {"quantile": pytest.approx(3.0, rel=1e-11)}
    assert cli("quadratic-form", "--weights", weights, "--degrees", degrees, "--threshold", 3).status == 2
    assert cli("quadratic-form", "--weights", weights).status == 2
