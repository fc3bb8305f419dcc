"""Attacks against the exact distance: ours, the one of the paper, and foolbox's (if it is installed).

``python -m benchmarks.attacks [POINTS]``: quadratic networks A (alphas ~ N(0.96, 0.11^2)) and B (alphas ~ Gamma of mean
0.8 and standard deviation 0.55), d = 500, R = 1.3, attacked on the sphere; one thread. The ratio is that of the angle
found to the certified exact one. A peer that does not know the sphere attacks f(x/|x|), and its points are moved on
the sphere along their rays, which changes nothing for that function.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.attacks.candidates import score_candidates
from adversarial_spheres.numerics.attacks.settings import AttackSettings
from adversarial_spheres.numerics.models.adapters import from_callable, from_torch
from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.theory.nearest.on_sphere import nearest_error
from adversarial_spheres.theory.quadratic.classifier import QuadraticClassifier

DIM, OUTER_RADIUS, POINTS, FEW = 500, 1.3, 200, 20
SHAPE = (0.8 / 0.55) ** 2
NETWORKS = {
    "A": lambda rng: rng.normal(0.96, 0.11, DIM),
    "B": lambda rng: rng.gamma(SHAPE, 0.8 / SHAPE, DIM),
}
Attack = Callable[[Any], tuple[Any, float]]
"""From points of the unit sphere to candidates and the questions a point (NaN where unknown)."""


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else POINTS
    print(f"d = {DIM}, inner sphere, {count} points ({FEW} for the attacks without a gradient), one thread")
    print(f"load of the machine before the start: {os.getloadavg()[0]:.2f} (other programs spoil the times)")
    columns = f"{'success':>8s} {'mean ratio':>11s} {'worst':>9s} {'asked':>7s} {'ms/point':>9s}"
    print(f"{'network':8s} {'attack':44s} {columns}")
    for name, draw in NETWORKS.items():
        classifier = QuadraticClassifier.from_alphas(draw(block_generator(0)))
        points = sample_unit_vectors(count, DIM, block_generator(1))
        attacks = {**_ours(classifier), **_on_torch(classifier), **foolbox_attacks(classifier)}
        if not any(label.startswith("foolbox") for label in attacks):
            print("foolbox, or PyTorch which it needs, is not installed: skipped")
        for label, run in attacks.items():
            few = "labels" in label or "differences" in label
            _row(name, label, classifier, points[:FEW] if few else points, run)
        _exact_row(name, classifier, points)


def _row(name: str, label: str, classifier: QuadraticClassifier, points: Any, run: Attack) -> None:
    with threadpool_limits(1):
        start = time.perf_counter()
        candidates, asked = run(points)
        spent = time.perf_counter() - start
    found = score_candidates(points, candidates, classifier, "inner", outer_radius=OUTER_RADIUS).summary()
    mean = float("nan") if found.mean_ratio is None else found.mean_ratio
    worst = float("nan") if found.worst_ratio is None else found.worst_ratio
    numbers = f"{found.success_share:8.1%} {mean:11.6f} {worst:9.6f} {asked:7.0f} {1e3 * spent / len(points):9.2f}"
    print(f"{name:8s} {label:44s} {numbers}")


def _exact_row(name: str, classifier: QuadraticClassifier, points: Any) -> None:
    coefficients = classifier.error_coefficients("inner", OUTER_RADIUS)
    with threadpool_limits(1):
        start = time.perf_counter()
        nearest_error(points, coefficients, boundary_is_error=False)
        spent = time.perf_counter() - start
    label = "exact solver, certified"
    print(f"{name:8s} {label:44s} {1:8.1%} {1:11.6f} {1:9.6f} {'':7s} {1e3 * spent / len(points):9.2f}")


def _ours(classifier: QuadraticClassifier) -> dict[str, Attack]:
    labels = from_callable(lambda x: classifier.logits(x) > 0, returns="labels")
    logits = from_callable(classifier.logits)
    return {
        "ours, walk": _attack(classifier, AttackSettings()),
        "ours, walk, no restart": _attack(classifier, AttackSettings(restarts=0)),
        "ours, differences of logits": _attack(logits, AttackSettings(restarts=0)),
        "ours, labels": _attack(labels, AttackSettings()),
        "paper: steps of 0.01, bisection": _attack(classifier, AttackSettings(method="paper")),
    }


def ours(classifier: QuadraticClassifier, settings: AttackSettings) -> Attack:
    """Our attack on a quadratic network."""
    return _attack(classifier, settings)


def _attack(model: Any, settings: AttackSettings) -> Attack:
    def run(points: Any) -> tuple[Any, float]:
        found = attack(model, points, "inner", outer_radius=OUTER_RADIUS, settings=settings)
        return found.points, float(np.mean(found.queries))

    return run


def _on_torch(classifier: QuadraticClassifier) -> dict[str, Attack]:
    if importlib.util.find_spec("torch") is None:
        return {}
    import torch

    torch.set_num_threads(1)
    alphas = torch.tensor(classifier.alphas)
    model = from_torch(lambda x: x.square() @ alphas - 1.0, dtype=torch.float64)
    return {"ours, walk, on the model in PyTorch": _attack(model, AttackSettings())}


def foolbox_attacks(classifier: QuadraticClassifier) -> dict[str, Attack]:
    """The L2 attacks of foolbox that do best here, at several efforts, one thread; none where it is not installed."""
    if importlib.util.find_spec("torch") is None or importlib.util.find_spec("foolbox") is None:
        return {}
    import foolbox
    import torch

    torch.set_num_threads(1)
    alphas = torch.tensor(classifier.alphas)
    methods = {
        "foolbox DeepFool, 50 steps": foolbox.attacks.L2DeepFoolAttack(steps=50, overshoot=1e-6),
        "foolbox DDN, 100 steps": foolbox.attacks.DDNAttack(steps=100),
        "foolbox DDN, 1000 steps": foolbox.attacks.DDNAttack(steps=1000, gamma=0.01),
    }
    return {label: _foolbox(torch, foolbox, alphas, method) for label, method in methods.items()}


def _foolbox(torch: Any, foolbox: Any, alphas: Any, method: Any) -> Attack:
    class OnSphere(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            logit = (x / x.norm(dim=1, keepdim=True)).square() @ alphas - 1.0
            return torch.stack([-0.5 * logit, 0.5 * logit], dim=1)

    model = foolbox.PyTorchModel(OnSphere().eval(), bounds=(-2.0, 2.0), device="cpu")

    def run(points: Any) -> tuple[Any, float]:
        inputs, inner = torch.tensor(points), torch.zeros(len(points), dtype=torch.int64)
        _, found, success = method(model, inputs, foolbox.criteria.Misclassification(inner), epsilons=None)
        candidates = found.detach().numpy().astype(np.float64)
        candidates /= np.linalg.norm(candidates, axis=1, keepdims=True)
        candidates[~success.numpy()] = np.nan
        return candidates, float("nan")

    return run


if __name__ == "__main__":
    main()
