"""Attacks of other libraries: through the counting model, back on the sphere, verified. Each needs its library."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.numerics.bench.attacks import attack_named, origin_of
from adversarial_spheres.numerics.bench.bench import attack_bench, run_attack
from adversarial_spheres.numerics.bench.bridges import BRIDGED, art_attack, foolbox_attack, torch_attack
from adversarial_spheres.numerics.bench.problems import bench_problem
from adversarial_spheres.theory.basics.errors import InvalidArgumentError

CLOSE = {
    "foolbox-ddn": 1.05,
    "foolbox-deepfool": 1.5,
    "art-deepfool": 1.5,
    "torchattacks-deepfool": 1.5,
    "torchattacks-fab": 1.05,
    "adv-lib-ddn": 1.05,
    "adv-lib-fmn": 1.01,
    "adv-lib-deepfool": 1.5,
}
"""The worst ratio on the ellipsoid is below ..."""


def library(name: str) -> Any:
    """PyTorch and the library of an attack, or the test is skipped."""
    pytest.importorskip("torch")
    return pytest.importorskip(BRIDGED[name].library)


@pytest.mark.filterwarnings("ignore")  # of the other libraries
@pytest.mark.parametrize("name", BRIDGED)
def test_points_of_another_library_are_verified_and_its_questions_counted(name: str) -> None:
    library(name)
    score = attack_bench(name, problems=["ellipsoid"], dims=[20], points=5)[0]
    assert score.note == ""
    assert score.queries > 0
    assert score.success == 1.0 or name not in CLOSE
    assert score.worst_ratio is None or score.worst_ratio >= 1.0 - 1e-6
    assert name not in CLOSE or (score.worst_ratio or np.inf) < CLOSE[name]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["foolbox-ddn", "art-deepfool", "torchattacks-fab", "adv-lib-fmn"])
def test_on_the_sphere_the_same_twice(name: str) -> None:
    library(name)
    problem = bench_problem("outer", 20, points=5)
    before = np.random.get_state()[1].copy()  # type: ignore[index, union-attr] # noqa: NPY002
    first, second = (run_attack(attack_named(name), problem, name)[1] for _ in range(2))
    assert np.array_equal(np.random.get_state()[1], before)  # type: ignore[index] # noqa: NPY002
    assert first == second
    assert first.count("off-sphere") == first.count("missing") == 0
    assert first.success == 1.0


@pytest.mark.filterwarnings("ignore")
def test_an_attack_made_by_hand() -> None:
    foolbox = library("foolbox-ddn")
    attack = foolbox_attack(foolbox.attacks.DDNAttack(steps=50))
    assert attack_bench(attack, problems=["easy"], dims=[20], points=5)[0].success == 1.0


@pytest.mark.filterwarnings("ignore")
def test_an_estimator_of_art_by_hand() -> None:
    library("art-deepfool")
    kind = importlib.import_module("art.attacks.evasion").DeepFool
    attack = art_attack(lambda estimator: kind(estimator, verbose=False))
    assert attack_bench(attack, problems=["half-space"], dims=[20], points=5)[0].success >= 0.5


def test_gradients_pass_through_the_counting_model() -> None:
    torch = pytest.importorskip("torch")
    problem = bench_problem("half-space", 10, points=4)
    seen: dict[str, Any] = {}

    def run(module: Any, inputs: Any, labels: Any) -> Any:
        y = inputs.clone().requires_grad_()
        logits = module(y)
        logits[:, 1].sum().backward()
        seen.update(labels=labels, logits=logits.detach(), gradient=y.grad)
        return inputs

    model = problem.model()
    returned = torch_attack(run)(model, problem.points)
    assert model.queries == 8
    assert returned == pytest.approx(problem.points, abs=1e-14)
    assert seen["labels"].tolist() == [0] * 4
    logits = problem.model().logits(problem.points)
    assert seen["logits"][:, 1].numpy() == pytest.approx(logits / 2, abs=1e-14)
    assert torch.equal(seen["logits"][:, 0], -seen["logits"][:, 1])
    bound = 4.0 * np.abs(problem.points).max()
    assert seen["gradient"].numpy() == pytest.approx(problem.model().input_gradient(problem.points) * bound)


@pytest.mark.parametrize("name", BRIDGED)
def test_versions_of_another_library_are_told(name: str) -> None:
    library(name)
    assert origin_of(name).startswith(BRIDGED[name].library)
    assert "torch " in origin_of(name)


@pytest.mark.parametrize("value", [3, "ddn", [1]])
def test_what_is_no_attack_of_a_library(value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="attack"):
        foolbox_attack(value)
