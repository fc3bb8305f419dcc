"""``bound --space``: the limit in every space that has a name, and options that a space does not take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from outcomes import refused

from adversarial_spheres import Gaussian
from adversarial_spheres.commands.spaces import OPTIONS, SPACES

Cli = Callable[..., Any]
VALUES: dict[str, Any] = {"radius": 2.0, "metric": "euclidean", "sigma": 0.5, "norm": 3.0}


@pytest.mark.parametrize("space", SPACES)
def test_every_space_has_the_keys_of_the_sphere_and_a_bound(cli: Cli, space: str) -> None:
    keys = set(cli("bound", "--dim", 20, "--error-rate", 0.01, "--json").json)
    found = cli("bound", "--dim", 20, "--error-rate", 0.01, "--space", space, "--json").json
    assert set(found) == keys
    assert (found["space"], type(found["sharp"])) == (space, bool)
    assert found["mean_distance_bound"] > 0.0
    assert found["assumption"]


@pytest.mark.parametrize("space", SPACES)
def test_a_space_takes_its_own_options_and_says_them(cli: Cli, space: str) -> None:
    taken = {option: VALUES[option] for option in SPACES[space][1]}
    options = [word for option, value in taken.items() for word in (f"--{option}", value)]
    found = cli("bound", "--dim", 20, "--space", space, "--error-rate", 0.01, *options, "--json").json
    assert {option: found[option] for option in OPTIONS} == dict.fromkeys(OPTIONS) | taken


FOREIGN = [(space, option) for space, (_, taken) in SPACES.items() for option in OPTIONS if option not in taken]


@pytest.mark.parametrize(("space", "option"), FOREIGN)
def test_an_option_of_another_space_is_refused_by_its_name(cli: Cli, space: str, option: str) -> None:
    outcome = cli("bound", "--dim", 20, "--space", space, "--error-rate", 0.01, f"--{option}", VALUES[option])
    refused(outcome, f"--{option}", f"--space {space}")


def test_noise_answers_as_its_class_does(cli: Cli) -> None:
    noise = Gaussian(784, 0.1, norm=1)
    options = ("--dim", 784, "--space", "gaussian", "--sigma", 0.1, "--norm", 1, "--epsilon", 2, "--json")
    found = cli("bound", "--error-rate", 0.003, *options).json
    assert found["mean_distance_bound"] == float(noise.mean_distance_bound(0.003))
    assert found["max_robust_accuracy"] == float(noise.max_robust_accuracy(0.003, 2.0))
    back = cli("bound", "--distance", found["mean_distance_bound"], *options).json
    assert back["error_rate"] == pytest.approx(0.003)


def test_the_norm_of_the_largest_coordinate_is_null_in_json_and_said(cli: Cli) -> None:
    options = ("--dim", 9, "--space", "gaussian", "--norm", "inf", "--error-rate", 0.1, "--json")
    found = cli("bound", *options).json
    assert found["norm"] is None
    assert "infinite" in found["notes"]["norm"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--sigma", 0), "sigma"),
        (("--sigma", -1), "sigma"),
        (("--sigma", "nan"), "sigma"),
        (("--norm", 0.5), "norm"),
        (("--dim", 0), "dim"),
        (("--space", "torus"), "--space"),
    ],
)
def test_bad_spaces_end_with_status_2(cli: Cli, arguments: tuple[object, ...], word: str) -> None:
    refused(cli("bound", "--dim", 9, "--space", "gaussian", "--error-rate", 0.1, *arguments), word)


@pytest.mark.parametrize("space", SPACES)
def test_people_are_told_of_a_space_what_it_has(cli: Cli, space: str) -> None:
    """The rows of what it lacks were empty, five of them with a note that said so."""
    shown = cli("bound", "--dim", 20, "--error-rate", 0.01, "--space", space).out
    assert ("cap of that measure" in shown) is (space == "sphere")
    assert "known on the sphere only" not in shown
    assert "–" not in shown.split()
