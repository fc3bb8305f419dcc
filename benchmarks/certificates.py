"""Certified lower bounds against the attack's upper bounds on a trained ReLU network: how loose, and how slow.

``python -m benchmarks.certificates [CHECKPOINT]``: without a checkpoint, the network 500-1000-1000 is trained for 5000
steps at rate 1e-3 (a minute or two). Ratios are those of Euclidean distances, over the points that are no errors;
times are processor times, the spectra of the network's matrices included. Where auto_LiRPA is installed, its radii
(CROWN, by bisection of the radius, as it is called by its users) stand beside.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import get_args

import numpy as np

from adversarial_spheres.numerics.attacks.attack import attack
from adversarial_spheres.numerics.distances.certified import CertificateMethod, certifiable, certify, fold
from adversarial_spheres.numerics.networks.relu import ReluNetwork
from adversarial_spheres.numerics.sampling.points import block_generator, sample_unit_vectors
from adversarial_spheres.numerics.training.checkpoint import load_checkpoint
from adversarial_spheres.numerics.training.config import TrainingConfig
from adversarial_spheres.numerics.training.loop import train
from adversarial_spheres.theory.basics.validation import Sphere

POINTS = 10
CONFIG = TrainingConfig(dim=500, hidden=1000, steps=5000, network="relu", depth=2, learning_rate=1e-3)
SPHERES: tuple[Sphere, ...] = ("inner", "outer")
RADII: dict[Sphere, float] = {"inner": 1.0, "outer": 1.3}
Bounds = Callable[[np.ndarray, Sphere], np.ndarray]


def main() -> None:
    """Print the table."""
    state = load_checkpoint(sys.argv[1]) if len(sys.argv) > 1 else train(CONFIG)
    network = certifiable(state.trained_network())
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}; {state.step} steps, {POINTS} points a sphere")
    print(f"{'':30s} {'lower':>9s} {'attack':>9s} {'ratio':>8s} {'ms a point':>11s}")
    for sphere in SPHERES:
        _measure(network, sphere)


def _measure(network: ReluNetwork, sphere: Sphere) -> None:
    points = sample_unit_vectors(POINTS, network.dim, block_generator(0))
    found = attack(network, points, sphere)
    upper = found.distance_upper(metric="euclidean")
    correct = found.succeeded & (upper > 0.0)
    for name, bounds in _methods(network).items():
        start = time.process_time()
        lower = bounds(points, sphere)
        spent = (time.process_time() - start) / POINTS * 1e3
        ratio = float(np.mean(lower[correct] / upper[correct]))
        means = f"{np.mean(lower[correct]):9.5f} {np.mean(upper[correct]):9.5f}"
        print(f"{f'{sphere}, {name}':30s} {means} {ratio:8.4f} {spent:11.1f}", flush=True)


def _methods(network: ReluNetwork) -> dict[str, Bounds]:
    ours: dict[str, Bounds] = {
        method: partial(_ours, network, method) for method in reversed(get_args(CertificateMethod))
    }
    peer = importlib.util.find_spec("torch") and importlib.util.find_spec("auto_LiRPA")
    return ours | ({"auto_LiRPA, CROWN": partial(_auto_lirpa, network)} if peer else {})


def _ours(network: ReluNetwork, method: CertificateMethod, points: np.ndarray, sphere: Sphere) -> np.ndarray:
    return certify(network, points, sphere, method=method).distance_lower(metric="euclidean")


def _auto_lirpa(network: ReluNetwork, points: np.ndarray, sphere: Sphere) -> np.ndarray:
    """Radii of balls, to 1 part in 1000, in double precision without a margin for rounding."""
    import torch
    from auto_LiRPA import BoundedModule, BoundedTensor, PerturbationLpNorm

    folded, parts = fold(network), []
    ends = (folded.readout[None, :-1], folded.readout[-1:])
    for weights, biases in (*zip(folded.weights, folded.biases, strict=True), ends):
        layer = torch.nn.Linear(weights.shape[1], weights.shape[0], dtype=torch.float64)
        layer.weight.data, layer.bias.data = torch.from_numpy(weights.copy()), torch.from_numpy(biases.copy())
        parts += [layer, torch.nn.ReLU()]
    bounded = BoundedModule(torch.nn.Sequential(*parts[:-1]), torch.empty(1, network.dim, dtype=torch.float64))

    def proved(x: np.ndarray, radius: float) -> bool:
        ball = BoundedTensor(torch.from_numpy(x[None]), PerturbationLpNorm(norm=2.0, eps=radius))
        low, high = bounded.compute_bounds(x=(ball,), method="CROWN")
        return bool(high.item() <= 0.0 if sphere == "inner" else low.item() > 0.0)

    def radius(x: np.ndarray) -> float:
        low, high = 0.0, 0.5 * RADII[sphere]
        while high - low > 1e-3 * high > 1e-6:
            middle = 0.5 * (low + high)
            low, high = (middle, high) if proved(x, middle) else (low, middle)
        return low

    return np.array([radius(RADII[sphere] * x) for x in points])


if __name__ == "__main__":
    main()
