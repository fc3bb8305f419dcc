"""PyTorch modules as users have them: half precision, squeezed outputs, layers in place, convolutions, many classes."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from adversarial_spheres.inputs import load_model
from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.error_rates.counting import monte_carlo_error_rate
from adversarial_spheres.numerics.models.adapters import as_model, from_torch
from adversarial_spheres.numerics.models.checked import BFLOAT16_EPS
from adversarial_spheres.numerics.models.sanity import ModelWarning, sanity_points
from adversarial_spheres.numerics.verdicts.bound_check import check_bound
from adversarial_spheres.numerics.verdicts.claims import Claims
from adversarial_spheres.theory.basics.errors import InvalidArgumentError, ModelError

pytestmark = pytest.mark.libraries
torch = pytest.importorskip("torch")

DIM = 16
POINTS = sanity_points(DIM, 1.0)


def network(*layers: Any, outputs: int = 1) -> Any:
    torch.manual_seed(0)
    return torch.nn.Sequential(*layers, torch.nn.Linear(DIM, 32), torch.nn.ReLU(), torch.nn.Linear(32, outputs))


def slopes(model: Any, points: Any) -> Any:
    """Gradients by differences."""
    steps = 1e-6 * np.eye(points.shape[1])
    return np.stack([(model.logits(points + step) - model.logits(points - step)) / 2e-6 for step in steps], axis=1)


def test_bfloat16() -> None:
    exact, module = from_torch(network().double()), network().bfloat16()
    model = from_torch(module)
    np.testing.assert_allclose(model.logits(POINTS), exact.logits(POINTS), atol=0.02)
    np.testing.assert_allclose(model.input_gradient(POINTS), exact.input_gradient(POINTS), atol=0.05)
    assert model.resolution == BFLOAT16_EPS
    check_bound(model, Claims(error_rate=0.9), dim=DIM)
    right = POINTS[model.logits(POINTS) <= 0][:10]
    found = attack(model, right, "inner")
    assert np.all(model.logits(found.points[found.succeeded]) > 0)
    assert found.succeeded.any()
    named = from_torch(lambda x: x[:, 0] - 0.1, dtype="bfloat16")
    np.testing.assert_allclose(named.logits(POINTS), POINTS[:, 0] - 0.1, atol=0.01)


def test_plain_functions_may_return_tensors() -> None:
    weights = torch.ones(DIM, dtype=torch.float64, requires_grad=True)
    model = as_model(lambda points: torch.as_tensor(points) @ weights)
    np.testing.assert_allclose(model.logits(POINTS), POINTS.sum(axis=1))
    coarse = as_model(lambda points: (torch.as_tensor(points).bfloat16() @ weights.detach().bfloat16())[:, None])
    np.testing.assert_allclose(coarse.logits(POINTS), POINTS.sum(axis=1), atol=0.1)
    assert coarse.resolution == BFLOAT16_EPS


@pytest.mark.parametrize("outputs", [1, 2])
def test_squeezed_outputs_of_one_point(outputs: int) -> None:
    module = network(outputs=outputs)
    model, plain = from_torch(lambda x: module(x).squeeze(), dtype="float32", max_batch=8), from_torch(module)
    np.testing.assert_allclose(model.logits(POINTS[:9]), plain.logits(POINTS[:9]), rtol=1e-5, atol=1e-6)  # 9 = 8 + 1
    np.testing.assert_allclose(model.input_gradient(POINTS[:9]), plain.input_gradient(POINTS[:9]), atol=1e-6)
    check_bound(from_torch(lambda x: module(x).squeeze(), dtype="float32"), Claims(error_rate=0.9), dim=DIM)


def test_8193_points_of_a_squeezing_module() -> None:
    found = monte_carlo_error_rate(from_torch(lambda x: (x[:, :1] - 0.5).squeeze()), 5, "inner", samples=8193, seed=0)
    assert 0 < found.errors < 8193


def test_a_first_layer_that_works_in_place() -> None:
    module = network(torch.nn.ReLU(inplace=True)).double()
    model, points = from_torch(module), POINTS.copy()
    np.testing.assert_allclose(model.input_gradient(points), slopes(model, points), atol=1e-6)
    assert np.array_equal(points, POINTS)
    shifted = from_torch(lambda x: x.sub_(1.0).pow(2).sum(dim=1))
    np.testing.assert_allclose(shifted.input_gradient(points), 2 * (POINTS - 1.0))
    assert np.array_equal(points, POINTS)


def test_every_part_is_left_in_its_mode() -> None:
    module = network(torch.nn.BatchNorm1d(DIM), torch.nn.Dropout(0.5)).train()
    module[0].eval()
    before = [part.training for part in module.modules()]
    inside: list[bool] = []
    module.register_forward_hook(lambda *_: inside.append(any(part.training for part in module.modules())))
    model = from_torch(module)
    for ask in (model.logits, model.input_gradient):
        ask(POINTS)
        assert [part.training for part in module.modules()] == before
    assert inside == [False, False]
    with pytest.raises(ModelError):
        model.logits(POINTS[:, :3])
    assert [part.training for part in module.modules()] == before


def test_threads_do_not_wake_each_other_from_evaluation() -> None:
    module = network(torch.nn.Dropout(0.5)).train()
    model, answers = from_torch(module), []
    threads = [
        threading.Thread(target=lambda: answers.extend(model.logits(POINTS) for _ in range(50))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 150
    assert all(np.array_equal(answer, answers[0]) for answer in answers)
    assert all(part.training for part in module.modules())


def test_v2_batch_normalisation_without_running_statistics_is_refused() -> None:
    module = network(torch.nn.BatchNorm1d(DIM, track_running_stats=False))
    for max_batch in (8192, 7, 1):
        with pytest.raises(ModelError):
            check_bound(from_torch(module, max_batch=max_batch), Claims(error_rate=0.9), dim=DIM)
    with pytest.raises(ModelError, match="by itself"):
        check_bound(from_torch(lambda x: x[:, 0] - x[:, 0].mean()), Claims(error_rate=0.9), dim=DIM)
    check_bound(network(torch.nn.BatchNorm1d(DIM)).train(), Claims(error_rate=0.9), dim=DIM)


def test_convolutions_need_a_shape() -> None:
    torch.manual_seed(1)
    convolution = torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, 2), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(27, 2)
    ).double()
    model = from_torch(convolution, shape=(1, 4, 4))
    with torch.no_grad():
        outputs = convolution(torch.as_tensor(POINTS).reshape(-1, 1, 4, 4)).numpy()
    np.testing.assert_allclose(model.logits(POINTS), outputs[:, 1] - outputs[:, 0])
    assert model.input_gradient(POINTS).shape == POINTS.shape
    np.testing.assert_allclose(model.input_gradient(POINTS), slopes(model, POINTS), atol=1e-6)
    check_bound(model, Claims(error_rate=0.99), dim=DIM)
    with pytest.raises(ModelError, match=r"shape must be of 5 numbers in all"):
        model.logits(POINTS[:, :5])
    images = from_torch(torch.nn.Conv2d(1, 1, 4), shape=(1, 4, 4))  # outputs (n, 1, 1, 1)
    assert images.logits(POINTS).shape == (len(POINTS),)
    for shape in (4, "44", (), (0, 4), (2.0, 8)):
        with pytest.raises(InvalidArgumentError, match="shape"):
            from_torch(convolution, shape=shape)  # type: ignore[arg-type]


def test_v7_the_columns_of_the_classes_are_named() -> None:
    module = network(outputs=5).double()
    with torch.no_grad():
        outputs = module(torch.as_tensor(POINTS)).numpy()
    model = from_torch(module, classes=(3, 1))
    np.testing.assert_allclose(model.logits(POINTS), outputs[:, 1] - outputs[:, 3])
    np.testing.assert_allclose(model.input_gradient(POINTS), slopes(model, POINTS), atol=1e-6)
    with pytest.raises(ModelError, match="classes="):
        from_torch(module).logits(POINTS)
    with pytest.raises(ModelError, match="k > 7"):
        from_torch(module, classes=(0, 7)).logits(POINTS)
    for classes in ((0, 0), (0,), (0, -1), (0, 1.0), "01", 1, (0, 1, 2)):
        with pytest.raises(InvalidArgumentError, match="classes"):
            from_torch(module, classes=classes)  # type: ignore[arg-type]


@pytest.mark.parametrize("columns", [1, 2])
def test_v6_probabilities(columns: int) -> None:
    def chances(x: Any) -> Any:
        p = torch.sigmoid(8.0 * (x[:, 0] - 0.1))
        return p if columns == 1 else torch.stack([1 - p, p], dim=1)

    claims = Claims(error_rate=0.01)
    named = check_bound(from_torch(chances, returns="probabilities"), claims, dim=DIM, sphere="outer")
    plain = check_bound(from_torch(lambda x: x[:, 0] - 0.1), claims, dim=DIM, sphere="outer")
    assert [c.observed for c in named.checks] == [c.observed for c in plain.checks]
    assert named.verdict == "refuted"
    with pytest.raises(ModelError, match=r"probabilities, in \[0, 1\]"):
        from_torch(lambda x: 3.0 * x[:, 0] + 2.0, returns="probabilities").logits(POINTS)
    if columns == 1:
        with pytest.warns(ModelWarning):
            assert check_bound(from_torch(chances), claims, dim=DIM, sphere="outer").findings


def test_raw_modules_are_wrapped(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    module = network()
    raw = check_bound(module, Claims(error_rate=0.9), dim=DIM)
    assert raw == check_bound(from_torch(module), Claims(error_rate=0.9), dim=DIM)

    class Named(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.features, self.classifier, self.logits = torch.nn.Identity(), network(), torch.nn.Identity()

        def forward(self, x: Any) -> Any:
            return self.logits(self.classifier(self.features(x)))

    assert check_bound(Named(), Claims(error_rate=0.9), dim=DIM) == raw
    code = "import torch\ntorch.manual_seed(0)\nnet = torch.nn.Sequential(torch.nn.Linear(16, 1))\n"
    (tmp_path / "torch_models_of_users.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    assert load_model("torch_models_of_users:net").has_gradient  # type: ignore[union-attr]
    with pytest.raises(ModelError, match="the type Named"):
        check_bound(Named, Claims(error_rate=0.9), dim=DIM)


def test_the_device_is_that_of_the_module() -> None:
    module = network().to("meta")
    from_torch(module)
    assert next(module.parameters()).device.type == "meta"  # not moved
