"""Training configurations: ranges, JSON, what may differ on resuming."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.networks.quadratic import QuadraticNetwork
from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

CONFIG = TrainingConfig(dim=3, hidden=4, steps=10)

OTHER: dict[str, Any] = {
    "dim": 5,
    "hidden": 6,
    "network": "relu",
    "batch_size": 7,
    "learning_rate": 0.5,
    "outer_radius": 1.5,
    "train_size": 9,
    "init": "perfect",
    "objective": "pgd",
    "pgd_steps": 3,
    "pgd_step": 0.5,
    "seed": 1,
    "dtype": "float64",
    "blas_threads": 2,
    "stop_below": 0.5,
    "check_every": 3,
    "schedule": "cosine",
    "ema_decay": 0.9,
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dim", 1),
        ("dim", 2.5),
        ("hidden", 0),
        ("steps", -1),
        ("batch_size", 0),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("learning_rate", [1e-3]),
        ("outer_radius", 1.0),
        ("train_size", 0),
        ("network", "cubic"),
        ("depth", 2),
        ("depth", 0),
        ("init", "zero"),
        ("objective", "none"),
        ("pgd_steps", 0),
        ("pgd_step", 0.0),
        ("pgd_step", 1.5),
        ("seed", -1),
        ("dtype", "float16"),
        ("blas_threads", 0),
        ("stop_below", 0.0),
        ("stop_below", 1.5),
        ("check_every", 0),
        ("schedule", "exponential"),
        ("ema_decay", 0.0),
        ("ema_decay", 1.0),
        ("init_scale", 0.0),
        ("init_scale", 2.0),  # of a start that is not perfect
    ],
)
def test_bad_values_are_named(name: str, value: object) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"^{name} must be"):
        replace(CONFIG, **{name: value})  # type: ignore[arg-type]


def test_perfect_needs_enough_units() -> None:
    with pytest.raises(InvalidArgumentError, match=r"^hidden must be at least dim = 3"):
        replace(CONFIG, hidden=2, init="perfect")


def test_numpy_numbers_become_plain_ones() -> None:
    config = replace(CONFIG, dim=np.int64(3), learning_rate=np.float32(0.5), dtype=np.float32)  # type: ignore[arg-type]
    assert {type(v) for v in config.as_dict().values()} <= {int, float, str, type(None)}
    assert config.dtype == "float32"


def test_survives_json() -> None:
    config = replace(CONFIG, seed=2**127 + 1, stop_below=1e-6, learning_rate=0.1 + 0.2)
    assert TrainingConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config


@pytest.mark.parametrize("change", [{"extra": 1}, {"dim": None}])
def test_foreign_fields_are_refused(change: dict[str, Any]) -> None:
    values = CONFIG.as_dict() | change
    if change.get("dim", 0) is None:
        del values["dim"]
    with pytest.raises(InvalidArgumentError, match=r"exactly the known fields"):
        TrainingConfig.from_dict(values)


def test_only_steps_may_grow() -> None:
    replace(CONFIG, steps=11).check_resumable_from(CONFIG)
    CONFIG.check_resumable_from(CONFIG)
    with pytest.raises(InvalidArgumentError, match=r"^steps must be at least 10"):
        replace(CONFIG, steps=9).check_resumable_from(CONFIG)
    assert set(OTHER) | {"depth", "steps", "init_scale"} == {field.name for field in fields(TrainingConfig)}
    for name, value in OTHER.items():
        with pytest.raises(InvalidArgumentError, match=rf"^{name} must be .* as in the checkpoint"):
            replace(CONFIG, **{name: value}).check_resumable_from(CONFIG)
    falling = replace(CONFIG, schedule="linear")
    with pytest.raises(InvalidArgumentError, match=r"^steps must be 10 as in the checkpoint"):
        replace(falling, steps=11).check_resumable_from(falling)
    perfect = replace(CONFIG, init="perfect")
    with pytest.raises(InvalidArgumentError, match=r"^init_scale must be .* as in the checkpoint"):
        replace(perfect, init_scale=2.0).check_resumable_from(perfect)


def test_learning_rates_fall_to_zero_over_the_run() -> None:
    rates = {
        name: [replace(CONFIG, schedule=name, learning_rate=0.5).learning_rate_at(step) for step in (0, 5, 10)]
        for name in ("constant", "linear", "cosine")
    }
    assert rates["constant"] == [0.5, 0.5, 0.5]
    np.testing.assert_allclose([rates["linear"], rates["cosine"]], [[0.5, 0.25, 0.0]] * 2, atol=1e-16)


def test_initial_network_is_a_function_of_the_seed() -> None:
    first, again = CONFIG.initial_network(), CONFIG.initial_network()
    assert np.array_equal(first.weights, again.weights)
    assert not np.array_equal(first.weights, replace(CONFIG, seed=1).initial_network().weights)
    assert first.weights.dtype == np.float32
    perfect = replace(CONFIG, init="perfect", dtype="float64").initial_network()
    assert perfect.classifier().is_perfect("inner", 1.3)


def test_relu_network_and_what_does_not_go_with_it() -> None:
    config = TrainingConfig(dim=3, hidden=4, steps=10, network="relu", dtype="float64")
    assert (config.depth, CONFIG.depth) == (2, 1)
    network = config.initial_network()
    assert isinstance(network, ReluNetwork)
    assert (network.dim, network.hidden, network.depth, network.dtype) == (3, 4, 2, np.float64)
    with pytest.raises(InvalidArgumentError, match=r"^depth must be .* as in the checkpoint"):
        replace(config, depth=3).check_resumable_from(config)
    assert TrainingConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config
    for name, value in (
        ("stop_below", 1e-6),
        ("objective", "worst-case"),
        ("init", "perfect"),
        ("batch_size", 1),
        ("depth", 1001),
    ):
        with pytest.raises(InvalidArgumentError, match=rf"^{name} must be"):
            replace(config, **{name: value, **({"hidden": 5} if name == "init" else {})})  # type: ignore[arg-type]


def test_weights_start_with_the_variance_that_is_asked_for() -> None:
    config = TrainingConfig(dim=100, hidden=200, steps=0, dtype="float64")
    ours, wide = config.initial_network(), replace(config, init="random-dim").initial_network()
    assert isinstance(ours, QuadraticNetwork)
    assert isinstance(wide, QuadraticNetwork)
    np.testing.assert_allclose(wide.weights, ours.weights * np.sqrt(2.0), rtol=1e-15)
    assert np.var(wide.weights) == pytest.approx(1.0 / 100, rel=0.05)
