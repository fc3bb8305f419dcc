"""The ReLU network at the command line: trained, resumed, and its checkpoint measured like any model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
NETWORK = ("--network", "relu", "--dim", 6, "--hidden", 20, "--batch", 20, "--learning-rate", 1e-2, "--quiet")


@pytest.fixture(name="checkpoint", scope="module")
def _checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from adversarial_spheres.numerics.training.config import TrainingConfig
    from adversarial_spheres.numerics.training.loop import train

    path = tmp_path_factory.mktemp("relu") / "network.checkpoint"
    config = TrainingConfig(dim=6, hidden=20, steps=400, batch_size=20, learning_rate=1e-2, network="relu")
    train(config, checkpoint=path)
    return path


def test_train_and_resume(cli: Cli, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    result = cli("train", *NETWORK, "--depth", 3, "--steps", 30, "--out", one, "--json").json
    assert (result["network"], result["steps"]) == ("relu", 30)
    assert 0.0 <= result["training_error"] <= 1.0
    assert result["alphas_outside"] is result["inner"]["exact"] is None
    cli("train", *NETWORK, "--depth", 3, "--steps", 12, "--out", two)
    assert cli("train", *NETWORK, "--depth", 3, "--steps", 30, "--out", two, "--resume").status == 0
    assert one.read_bytes() == two.read_bytes()
    refused = cli("train", *NETWORK, "--depth", 2, "--steps", 30, "--out", two, "--resume")
    assert (refused.status, "depth" in refused.err) == (2, True)
    assert cli("train", *NETWORK, "--steps", 0, "--out", tmp_path / "none", "--json").json["training_error"] is None


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--stop-below", 1e-6), "stop_below must be None for the ReLU network"),
        (("--init", "perfect", "--hidden", 20), "init"),
        (("--batch", 1), "batch_size"),
        (("--depth", 0), "depth"),
        (("--network", "quadratic", "--depth", 2), "depth"),
        (("--objective", "worst-case"), "objective"),
        (("--objective", "pgd", "--pgd-steps", 0), "pgd_steps"),
        (("--objective", "pgd", "--pgd-step", 0), "pgd_step"),
    ],
)
def test_bad_options(cli: Cli, tmp_path: Path, arguments: tuple[object, ...], word: str) -> None:
    outcome = cli("train", *NETWORK, "--steps", 3, "--out", tmp_path / "c", *arguments)
    assert outcome.status == 2
    assert word in outcome.err
    assert not (tmp_path / "c").exists()


def test_error_rate_is_counted_and_estimated(cli: Cli, checkpoint: Path) -> None:
    options = ("--samples", 2000, "--rare-event", "--quiet", "--json")
    result = cli("error-rate", "--checkpoint", checkpoint, *options).json
    assert (result["dim"], result["outer_radius"]) == (6, 1.3)
    for sphere in ("inner", "outer"):
        assert result[sphere]["exact"] is None
        assert result[sphere]["monte_carlo"]["samples"] == 2000
        assert result[sphere]["rare_event"]["estimate"] > 0.0


def test_distances_are_attacked(cli: Cli, checkpoint: Path) -> None:
    base = ("distances", "--checkpoint", checkpoint, "--samples", 60, "--quiet", "--json")
    result = cli(*base).json
    assert (result["dim"], result["method"], result["attack"]) == (6, "attack", "walk")
    assert result["failed_attacks"] <= 6
    assert 0.0 < result["observed"]["mean"] < 1.5
    assert cli(*base, "--workers", 1).json == result
    assert cli(*base, "--dim", 7).status == 2


def test_claims_are_checked(cli: Cli, checkpoint: Path) -> None:
    base = ("check", "--checkpoint", checkpoint, "--max-samples", 3000, "--quiet", "--json")
    theory = cli(*base).json
    assert [check["name"] for check in theory["checks"]] == ["inner_claimed_attack", "outer_claimed_attack"]
    false = cli(*base, "--claim-error-rate", 1e-9)
    assert (false.status, false.json["verdict"]) == (1, "refuted")
    true = cli(*base, "--claim-error-rate", 0.5)
    assert (true.status, true.json["verdict"]) == (0, "verified")
    assert true.json["error_budget"]["spent"] <= true.json["error_budget"]["allowed"]
    far = cli(*base, "--claim-mean-distance", 1.9, "--sphere", "inner")
    assert far.json["verdict"] == "refuted"


def test_adversarial_training(cli: Cli, tmp_path: Path) -> None:
    robust = cli(
        "train", *NETWORK, "--objective", "pgd", "--pgd-steps", 3, "--steps", 9, "--out", tmp_path / "r", "--json"
    )
    assert robust.json["final_loss"] > 0.0
    base = ("train", "--dim", 5, "--hidden", 9, "--learning-rate", 1e-2, "--quiet", "--json")
    exact = cli(*base, "--objective", "worst-case", "--steps", 800, "--out", tmp_path / "q")
    assert exact.json["inner"]["no_errors"]
    assert exact.json["outer"]["no_errors"]


@pytest.mark.slow
def test_certified_lower_bounds(cli: Cli, checkpoint: Path) -> None:
    base = ("distances", "--checkpoint", checkpoint, "--samples", 20, "--quiet", "--json", "--certify", 40)
    found = cli(*base).json["certified_lower"]
    assert (found["points"], found["method"], found["guarantee"]) == (40, "relaxation", "certified lower bound")
    assert 0.0 <= found["low"] <= found["mean"] < 0.5
    assert cli(*base, "--workers", 1).json["certified_lower"] == found
    claim = ("check", "--checkpoint", checkpoint, "--sphere", "outer", "--max-samples", 2000, "--quiet", "--json")
    claim += ("--claim-mean-distance", 0.05)
    assert cli(*claim).json["verdict"] == "inconclusive"
    verified = cli(*claim, "--certify", 200).json
    assert verified["verdict"] == "verified"
    assert "certified distances" in verified["checks"][0]["explanation"]
