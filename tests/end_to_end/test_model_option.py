"""``--model MODULE:NAME``: any classifier at the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adversarial_spheres import cap_measure

Cli = Callable[..., Any]
MODULE = """
import numpy as np
from adversarial_spheres import QuadraticClassifier, QuadraticFunction

class Cap:
    def logits(self, points):
        return points[:, 0] - 0.5
    def input_gradient(self, points):
        return np.broadcast_to(np.eye(points.shape[1])[0], points.shape)

class Bad:
    def __init__(self, answer):
        self.logits = answer

def raises(points):
    raise KeyError("weights")

class Linear(Cap):
    def quadratic(self):
        return QuadraticFunction(np.zeros(8), np.eye(8)[0], -0.5)

cap, linear = Cap(), Linear()
quadratic = QuadraticClassifier.from_alphas([0.5, 1.2, 1.0, 0.8])
column, nan, raising = Bad(lambda x: x[:, :1]), Bad(lambda x: x[:, 0] * np.nan), Bad(raises)
random = Bad(lambda x: np.random.default_rng().standard_normal(len(x)))
"""


@pytest.fixture(autouse=True)
def _module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cli_models.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)


def test_distances_of_a_cap_are_upper_bounds(cli: Cli) -> None:
    options = ("--dim", 8, "--samples", 3000, "--epsilon", 0.3, "--metric", "geodesic", "--quiet", "--json")
    result = cli("distances", "--model", "cli_models:cap", *options).json
    assert (result["method"], result["guarantee"], result["failed_attacks"]) == ("attack", "upper bound", 0)
    assert result["predicted"]["lower"] is result["predicted"]["point"] is None
    # A cap attains the bound, so that the mean lies at it, and its interval around it.
    assert result["observed"]["mean"] == pytest.approx(result["predicted"]["upper"], rel=0.05)
    assert result["observed"]["low"] == 0.0
    assert result["within_epsilon"]["high"] == 1.0
    assert result["verdict"] == "inconclusive"
    assert [check["confidence"] for check in result["checks"]] == [pytest.approx(0.995)] * 2


def test_error_rates_of_a_cap_are_counted(cli: Cli) -> None:
    result = cli("error-rate", "--model", "cli_models:cap", "--dim", 8, "--samples", 5000, "--json").json
    for sphere in ("inner", "outer"):
        for key in ("exact", "log10_exact", "clt", "log10_clt", "chernoff_log10"):
            assert result[sphere][key] is None
        assert result[sphere]["monte_carlo"]["samples"] == 5000
        assert result[sphere]["monte_carlo"]["errors"] > 0


def test_a_quadratic_model_is_measured_exactly(cli: Cli) -> None:
    found = cli("distances", "--model", "cli_models:quadratic", "--dim", 4, "--samples", 100, "--json").json
    assert (found["method"], found["guarantee"]) == ("exact", "exact")
    rates = cli("error-rate", "--model", "cli_models:quadratic", "--json").json
    assert rates["inner"]["exact"] > 0
    assert "monte_carlo" not in rates["inner"]


def test_a_linear_model_that_says_so_is_measured_exactly(cli: Cli) -> None:
    found = cli("distances", "--model", "cli_models:linear", "--dim", 8, "--samples", 100, "--quiet", "--json").json
    assert (found["method"], found["guarantee"], found["attack"]) == ("exact", "exact", None)
    rates = cli("error-rate", "--model", "cli_models:linear", "--dim", 8, "--samples", 5000, "--json").json
    for sphere, height in (("inner", 0.5), ("outer", 0.5 / 1.3)):
        rate = cap_measure(height, 8)
        assert rates[sphere]["exact"] == pytest.approx(rate if sphere == "inner" else 1.0 - rate, rel=1e-12)
        assert rates[sphere]["monte_carlo"]["samples"] == 5000
    claim = ("--claim-error-rate", float(cap_measure(0.5, 8)) * 1.001, "--sphere", "inner")
    assert cli("check", "--model", "cli_models:linear", "--dim", 8, *claim, "--json").json["verdict"] == "verified"


def test_workers_change_nothing(cli: Cli) -> None:
    base = ("distances", "--model", "cli_models:cap", "--dim", 8, "--samples", 600, "--quiet", "--json")
    one, two, other = (cli(*base, *extra) for extra in (("--workers", 1), ("--workers", 2), ("--seed", 1)))
    assert one.out == two.out != other.out


@pytest.mark.parametrize("command", ["distances", "error-rate"])
@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--model", "cli_models:cap"), "--dim"),
        (("--model", "cli_models:cap", "--dim", 1), "dim"),
        (("--model", "cli_models:cap", "--dim", 8, "--alphas", "x.npy"), "exactly one of --alphas and --checkpoint"),
        (("--model", "cli_models:quadratic", "--dim", 5), "dim"),
        (("--model", "cli_models", "--dim", 5), "MODULE:NAME"),
        (("--model", "cli_models:nothing", "--dim", 5), "nothing"),
        (("--model", "missing_module:cap", "--dim", 5), "missing_module"),
        (("--model", "cli_models:column", "--dim", 5), "1)"),
        (("--model", "cli_models:nan", "--dim", 5), "nan"),
        (("--model", "cli_models:raising", "--dim", 5), "weights"),
        (("--model", "cli_models:random", "--dim", 5), "deterministic"),
    ],
)
def test_bad_models_get_one_clear_line(cli: Cli, command: str, arguments: tuple[object, ...], word: str) -> None:
    outcome = cli(command, *arguments, "--samples", 20, "--quiet")
    assert outcome.status == 2
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    message = outcome.err.strip().splitlines()[-1]
    assert message.startswith("Error: ")
    assert word in message


def test_a_check_stops_at_its_limits_and_says_so(cli: Cli) -> None:
    options = ("--model", "cli_models:cap", "--dim", 8, "--sphere", "inner", "--claim-mean-distance", 0.5)
    for limit in (("--max-queries", 3000), ("--max-seconds", 1e-6)):
        outcome = cli("check", *options, *limit, "--json")
        (check,) = outcome.json["checks"]
        assert (outcome.status, check["verdict"]) == (0, "inconclusive")
        assert f"stopped by {limit[0][2:].replace('-', '_')}" in check["explanation"]
    assert cli("check", *options, "--max-queries", 0).status == 2


def test_distances_say_whether_prediction_and_observation_agree(cli: Cli) -> None:
    found = cli("distances", "--model", "cli_models:quadratic", "--samples", 500, "--json").json
    assert found["agreement"]["consistent"]
    assert found["agreement"]["low"] < found["predicted"]["point"] < found["agreement"]["high"]
    attacked = cli("distances", "--model", "cli_models:cap", "--dim", 8, "--samples", 20, "--quiet", "--json").json
    assert attacked["agreement"] is None
