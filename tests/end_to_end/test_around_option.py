"""``--around``: any classifier near a data point at the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from outcomes import refused

Cli = Callable[..., Any]
MODULE = """
import numpy as np

def scores(images):  # of three classes, of images of shape (2, 3)
    flat = images.reshape(len(images), -1)
    return np.stack([flat[:, 0], flat[:, 1] - 1.0, flat[:, 2] - 1.0], axis=1)

def flat_scores(points):
    return scores(points)

def height(points):
    return points[:, 0] - 0.99

def words(points):
    return np.where(points[:, 0] > points[:, 1], "cat", "dog")

def numbers(points):
    return np.where(points[:, 0] > points[:, 1], 7, 3)

class Estimator:
    classes_ = np.array(["cat", "dog", "emu"])
    n_features_in_ = 6
    def decision_function(self, points):
        return scores(points)
    def predict(self, points):
        return self.classes_[scores(points).argmax(axis=1)]

def two_dimensional_only(images):
    if images.shape[1:] != (2, 3):
        raise TypeError("images of 2 x 3 pixels, please")
    return scores(images)

def far(points):  # no error within reach
    return np.tile([1.0, -1.0], (len(points), 1))

estimator = Estimator()
number = 3.5
"""
NOISE = ("--noise", 0.5)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "near_zoo.py").write_text(MODULE)
    image = np.array([[1.0, 0.5, 0.0], [0.0, 0.0, 0.0]])
    np.save(tmp_path / "image.npy", image)
    np.save(tmp_path / "bytes.npy", image.astype(np.uint8))
    np.save(tmp_path / "nan.npy", np.where(image == 0.5, np.nan, image))
    np.save(tmp_path / "five.npy", np.zeros(5))
    np.save(tmp_path / "words.npy", np.array(["a", "b"]))
    (tmp_path / "text.npy").write_text("no array")
    monkeypatch.chdir(tmp_path)


def of(model: str, label: object, *space: object, image: str = "image.npy") -> tuple[object, ...]:
    return ("--model", f"near_zoo:{model}", "--around", image, "--label", label, *(space or NOISE))


def test_error_rates_in_noise_are_counted_and_the_space_is_told(cli: Cli) -> None:
    found = cli("error-rate", *of("scores", 0), "--samples", 20_000, "--json").json
    assert (found["dim"], found["space"], found["sigma"], found["radius"]) == (6, "gaussian", 0.5, None)
    assert found["centre"] == {"file": "image.npy", "label": "0", "wrong": False}
    counted = found["around"]["monte_carlo"]
    # Class 1 wins by a normal number of mean -1.5 and variance 0.5, class 2 by one of mean -2: 0.0169, and 0.0023.
    assert counted["low"] < 0.0187 < counted["high"]
    assert (counted["samples"], found["findings"]) == (20_000, [])


@pytest.mark.parametrize("place", [("--noise", 0.4), ("--sphere-radius", 1.2)])
def test_error_rates_too_rare_to_count_are_estimated(cli: Cli, place: tuple[object, ...]) -> None:
    """Class 1 wins 1.5 / sqrt(2) from the image: Phi(-2.65), or a cap; class 2 adds at most 2e-4."""
    options = ("--samples", 20, "--rare-event", "--quiet", "--json")
    paper = cli("error-rate", "--model", "near_zoo:height", "--dim", 6, *options).json["inner"]
    found = cli("error-rate", *of("scores", 0, *place), *options).json["around"]["rare_event"]
    assert set(found) == set(paper["rare_event"])
    exact = 0.0041 if "--noise" in place else 0.00414
    assert found["low"] < exact < found["high"]
    assert found["rigorous"] is (found["levels"] == 1) is False


def test_what_is_said_of_the_smoothed_classifier_says_that_it_is_another_one(cli: Cli) -> None:
    """The model's boundary is 1.5 / sqrt(2) from the image, and nearly that of the smoothed classifier."""
    options = ("--samples", 20_000, "--smoothed")
    outcome = cli("error-rate", *of("scores", 0), *options, "--json")
    found = outcome.json["around"]
    smoothed = found["smoothed"]
    assert smoothed["error_rate_high"] == found["monte_carlo"]["high"]
    assert 0.9 < smoothed["distance_at_least"] < 1.5 / np.sqrt(2.0)
    assert smoothed["about"].startswith("the smoothed classifier")
    assert "the model itself may err nearer" in cli("error-rate", *of("scores", 0), *options).out
    wrong = cli("error-rate", *of("scores", 1), *options, "--json").json["around"]["smoothed"]
    assert wrong["distance_at_least"] == 0.0
    refused(cli("error-rate", *of("scores", 0, "--sphere-radius", 1), "--smoothed"), "--smoothed", "--noise")
    refused(cli("error-rate", "--model", "near_zoo:height", "--dim", 6, "--smoothed"), "--smoothed", "--around")


def test_a_rare_event_is_of_scores(cli: Cli) -> None:
    np.save("flat.npy", np.load("image.npy").ravel())
    refused(cli("error-rate", *of("words", "cat", image="flat.npy"), "--rare-event"), "model", "levels to climb")


def test_distances_in_noise_lie_below_the_bound(cli: Cli) -> None:
    options = ("--samples", 200, "--epsilon", 1.0, "--quiet", "--json")
    found = cli("distances", *of("scores", 0), *options).json
    assert (found["method"], found["guarantee"], found["failed_attacks"]) == ("attack", "upper bound", 0)
    assert 0.9 < found["observed"]["mean"] < found["predicted"]["upper"]
    assert found["observed"]["mean"] < found["observed"]["high"]
    assert 0.0 < found["within_epsilon"]["low"] < found["within_epsilon"]["observed"] < 1.0
    assert found["verdict"] == found["checks"][0]["verdict"] == "inconclusive"


def test_on_a_sphere_the_metric_and_the_radius_are_told(cli: Cli) -> None:
    options = ("--metric", "geodesic", "--samples", 50, "--quiet", "--json")
    found = cli("distances", *of("scores", 0, "--sphere-radius", 2.0), *options).json
    assert (found["space"], found["radius"], found["metric"], found["sigma"]) == ("sphere", 2.0, "geodesic", None)
    assert found["sphere"] is found["agreement"] is None
    assert found["observed"]["mean"] < found["predicted"]["upper"]


def test_keys_are_those_of_two_spheres_plus_space_and_centre(cli: Cli) -> None:
    paper = ("--model", "near_zoo:flat", "--dim", 6)
    Path("near_zoo.py").write_text(MODULE + "\ndef flat(points):\n    return points[:, 0] - 0.5\n")
    more = {"space", "sigma", "norm", "sharp", "assumption", "centre"}
    options = ("--samples", 20, "--epsilon", 0.1, "--quiet", "--json")
    assert set(cli("distances", *of("scores", 0), *options).json) == set(cli("distances", *paper, *options).json) | more
    two, one = (cli("error-rate", *model, "--samples", 20, "--json").json for model in (paper, of("scores", 0)))
    assert set(one) == set(two) - {"outer_radius", "inner", "outer"} | more | {"around", "radius", "metric"}
    assert set(one["around"]) == set(two["inner"])


@pytest.mark.parametrize(
    ("model", "label"),
    [("scores", 0), ("words", "cat"), ("numbers", 7), ("estimator", "cat"), ("two_dimensional_only", 0)],
)
def test_raw_functions_and_estimators_are_wrapped(cli: Cli, model: str, label: object) -> None:
    image = "image.npy"
    if model in ("words", "numbers", "estimator"):  # which take flat points
        np.save("flat.npy", np.load("image.npy").ravel())
        image = "flat.npy"
    found = cli("error-rate", *of(model, label, image=image), "--samples", 2000, "--json").json
    assert not found["centre"]["wrong"]
    assert 0 < found["around"]["monte_carlo"]["errors"] < 800


def test_a_flat_file_and_a_shape_are_an_image(cli: Cli) -> None:
    np.save("flat.npy", np.load("image.npy").ravel())
    shaped = cli("error-rate", *of("two_dimensional_only", 0, image="flat.npy"), *NOISE, "--shape", "2,3", "--json")
    assert shaped.json["around"] == cli("error-rate", *of("two_dimensional_only", 0), "--json").json["around"]


def test_pixels_in_bytes_are_numbers(cli: Cli) -> None:
    assert cli("error-rate", *of("scores", 0, image="bytes.npy"), "--samples", 100, "--json").status == 0


def test_a_model_wrong_at_the_centre_itself_is_measured_and_it_is_said(cli: Cli) -> None:
    outcome = cli("distances", *of("scores", 1), "--samples", 20, "--json")
    assert outcome.status == 0
    assert "the data point itself another answer" in outcome.err
    assert outcome.json["centre"]["wrong"]
    assert outcome.json["findings"][0]["name"] == "centre"


@pytest.mark.filterwarnings("ignore")
def test_where_the_attack_finds_nothing_the_mean_is_null_and_said(cli: Cli) -> None:
    found = cli("distances", *of("far", 0), "--samples", 8, "--quiet", "--json").json
    assert found["observed"]["mean"] is found["observed"]["high"] is found["predicted"]["upper"] is None
    assert (found["failed_attacks"], found["verdict"]) == (8, "inconclusive")
    assert {"failed_attacks", "no_errors", "predicted.upper"} <= set(found["notes"])


def test_the_same_seed_gives_the_same_numbers_whatever_the_workers(cli: Cli) -> None:
    base = ("distances", *of("scores", 0), "--samples", 600, "--quiet", "--json")
    one, two, other = (cli(*base, *extra) for extra in (("--workers", 1), ("--workers", 2), ("--seed", 1)))
    assert one.out == two.out != other.out


def test_claims_near_a_data_point_are_verified_and_refuted(cli: Cli) -> None:
    fine = cli("check", *of("scores", 0), "--claim-error-rate", 0.1, "--json")
    assert (fine.status, fine.json["verdict"]) == (0, "verified")
    assert (fine.json["space"], fine.json["centre"]["label"], fine.json["metric"]) == ("gaussian", "0", "euclidean")
    impossible = cli("check", *of("scores", 0), "--claim-mean-distance", 3, "--json")
    assert (impossible.status, impossible.json["verdict"]) == (1, "refuted")
    assert "impossible" in impossible.json["checks"][0]["explanation"]
    on_sphere = cli("check", *of("scores", 0, "--sphere-radius", 2), "--claim-robust-accuracy", 0.99, "--epsilon", 1)
    assert (on_sphere.status, on_sphere.out.startswith("refuted")) == (1, True)


def test_a_check_says_that_the_model_is_wrong_at_the_centre(cli: Cli) -> None:
    outcome = cli("check", *of("scores", 1), "--claim-error-rate", 0.1)
    assert outcome.status == 1
    assert "the data point itself another answer" in outcome.err


BAD: dict[str, tuple[tuple[object, ...], tuple[str, ...]]] = {
    "a centre of another shape": (of("two_dimensional_only", 0, image="five.npy"), ("model", "2 x 3 pixels")),
    "a centre of another size": (of("estimator", "cat", image="five.npy"), ("centre", "6")),
    "a centre that is not of the shape": ((*of("scores", 0), "--shape", "3,3"), ("centre", "(3, 3)")),
    "a class that the scores lack": (of("scores", 3), ("label", "3")),
    "a class that the estimator lacks": (of("estimator", "cow"), ("label", "cow")),
    "a word to a function of numbers": (of("numbers", "cat", image="five.npy"), ("label", "cat")),
    "a number to a function of words": (of("words", 0, image="five.npy"), ("label", "0")),
    "a class with an underscore": (of("scores", "0_1"), ("label", "0_1")),
    "a negative class": (of("scores", -1), ("label", "-1")),
    "noise 0": (of("scores", 0, "--noise", 0), ("noise", "0")),
    "negative noise": (of("scores", 0, "--noise", -0.5), ("noise", "-0.5")),
    "noise that is no number": (of("scores", 0, "--noise", "nan"), ("noise", "nan")),
    "radius 0": (of("scores", 0, "--sphere-radius", 0), ("radius", "0")),
    "an image with a NaN": (of("scores", 0, image="nan.npy"), ("centre", "nan")),
    "an image of words": (of("scores", 0, image="words.npy"), ("centre",)),
    "a file that is no array": (of("scores", 0, image="text.npy"), ("centre", "text.npy")),
    "a file that is missing": (of("scores", 0, image="missing.npy"), ("centre", "missing.npy")),
    "noise and a radius": ((*of("scores", 0), "--sphere-radius", 1), ("exactly one", "--noise", "--sphere-radius")),
    "neither noise nor a radius": (of("scores", 0)[:-2], ("exactly one", "--noise", "--sphere-radius")),
    "no label": (("--model", "near_zoo:scores", "--around", "image.npy", *NOISE), ("--label",)),
    "no model": (("--around", "image.npy", "--label", 0, *NOISE), ("--model",)),
    "a model that is a number": (of("number", 0), ("model", "float")),
    "an outer radius": ((*of("scores", 0), "--outer-radius", 2), ("--outer-radius",)),
    "a dimension": ((*of("scores", 0), "--dim", 6), ("--dim",)),
    "alphas": ((*of("scores", 0), "--alphas", "image.npy"), ("--alphas",)),
    "noise without a centre": (("--model", "near_zoo:words", "--dim", 6, *NOISE), ("--noise", "--around")),
    "a label without a centre": (("--model", "near_zoo:words", "--dim", 6, "--label", 0), ("--label", "--around")),
    "a radius without a centre": (
        ("--model", "near_zoo:words", "--dim", 6, "--sphere-radius", 1),
        ("--sphere-radius",),
    ),
}


@pytest.mark.parametrize("command", ["error-rate", "distances", "check"])
@pytest.mark.parametrize("name", BAD)
def test_bad_input_ends_with_status_2(cli: Cli, command: str, name: str) -> None:
    arguments, words = BAD[name]
    refused(cli(command, *arguments, "--max-samples" if command == "check" else "--samples", 20), *words)


def test_options_of_two_spheres_are_refused_by_their_names(cli: Cli) -> None:
    for option in (("--sphere", "inner"), ("--certify", 5), ("--history",)):
        refused(cli("distances", *of("scores", 0), *option), option[0])
    for option in (("--sphere", "both"), ("--certify", 5)):
        refused(cli("check", *of("scores", 0), *option), option[0])


def test_noise_has_no_great_circles(cli: Cli) -> None:
    refused(cli("distances", *of("scores", 0), "--metric", "geodesic"), "metric", "noise")
